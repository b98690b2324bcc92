import numpy as np
import pytest

from unbraid.numerics.interventions import mean_differences, variances, world_of


@pytest.mark.parametrize("measure", [mean_differences, variances])
def test_rows_of_a_table_are_measured_as_codes_made_to_order_are(measure):
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(50, 2))
    codes = rng.normal(size=(50, 4))
    table = world_of(codes, factors, None)

    class Copied:  # the same rows, gone through one copy at a time
        draw, again = table.draw, table.again

        def rows(self, draws, rng):  # noqa: ARG002 (the protocol of a world)
            return codes[draws], np.arange(len(draws))

    found = measure(table, 0, 7, 5, np.random.default_rng(1))
    twin = measure(Copied(), 0, 7, 5, np.random.default_rng(1))
    assert found == pytest.approx(twin, rel=1e-12)
