"""check_score: it passes what is right, and names the law that a wrong score breaks."""

import inspect
import itertools

import numpy as np
import pytest

from unbraid import scores
from unbraid.core.errors import InputError
from unbraid.testing import check_score


def r_squared(codes, factors):
    """Return the mean over factors of the greatest squared correlation with a code."""
    codes, factors = (np.asarray(each, dtype=np.float64) for each in (codes, factors))
    if len(codes) != len(factors) or len(codes) == 0:
        raise ValueError("codes and factors must have as many rows, one or more")
    if not (np.isfinite(codes).all() and np.isfinite(factors).all()):
        raise ValueError("codes and factors must be finite")
    codes = codes / np.maximum(np.abs(codes).max(axis=0), 1e-300)
    codes, factors = codes - codes.mean(axis=0), factors - factors.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        codes, factors = (each / np.linalg.norm(each, axis=0) for each in (codes, factors))
    if not np.isfinite(factors).all():
        return None
    found = np.nan_to_num(codes.T @ factors) ** 2
    return float(np.minimum(found.max(axis=0), 1.0).mean())


def broken(function, **options):
    return [finding.law for finding in check_score(function, **options).broken]


def test_a_score_that_keeps_every_law_passes():
    report = check_score(r_squared, invariant_to=("permutation", "sign", "shift", "scale"))
    report.require()
    assert all(
        finding.held is not None for finding in report.findings if "affine" not in str(finding)
    )


def test_a_score_of_the_room_says_itself_what_it_declares():
    report = check_score(scores.load("sap_continuous"))
    report.require()
    declared = [finding for finding in report.findings if "where declared" in finding.law]
    assert [finding.held for finding in declared] == [True, True, True, None]


def mutating(codes, factors):
    value = r_squared(codes, factors)
    codes *= 2
    return value


def fickle():
    values = itertools.count()
    return lambda *_: (next(values) % 2) * 0.5


def of_the_first_code(codes, factors):
    return r_squared(codes[:, :1], factors)


def of_the_first_rows(codes, factors):
    return r_squared(codes[:20], factors[:20]) if len(codes) > 30 else r_squared(codes, factors)


def of_a_sum(codes, factors):
    return r_squared(np.sum(codes, axis=1, keepdims=True), factors)


def of_exact_numbers(codes, factors):
    return r_squared(codes, factors) * (0.9 if np.asarray(codes).dtype == np.float32 else 1.0)


@pytest.mark.parametrize(
    ("function", "law"),
    [
        (lambda codes, factors: 2 * r_squared(codes, factors), "number within its bounds"),
        (mutating, "input is not changed"),
        (fickle(), "the same input"),
        (of_the_first_code, "order of codes"),
        (of_the_first_rows, "order of samples"),
        (of_a_sum, "scales do not matter"),
        (of_exact_numbers, "float32"),
        (lambda *_: 0.5, "true factors score better"),
    ],
)
def test_the_law_that_a_wrong_score_breaks_is_named(function, law):
    found = broken(function, invariant_to=("permutation", "shift", "scale"))
    assert any(law in each for each in found), found


def without_checks(codes, factors):
    codes = np.asarray(codes, dtype=np.float64)
    with np.errstate(all="ignore"):
        found = [
            [np.corrcoef(code, factor)[0, 1] ** 2 for code in codes.T] for factor in factors.T
        ]
    return float(np.max(found, axis=1).mean())


def test_a_value_that_is_no_number_is_found_on_degenerate_input():
    with pytest.warns(RuntimeWarning):
        report = check_score(without_checks)
    found = {finding.law: finding.evidence for finding in report.broken}
    assert found["constant codes has a value or a reason"] == "broken: the value nan"
    assert "NaN in the codes is refused" in found


def test_what_crashes_is_a_finding_and_no_crash():
    def crashing(codes, _):
        return codes[0][99]

    first = check_score(crashing).broken[0]
    assert first.evidence.startswith("broken: IndexError")


def test_requiring_says_which_law_is_broken_unless_that_is_known():
    report = check_score(of_the_first_code)
    with pytest.raises(AssertionError, match=r"breaks \d+ laws?:\nbroken  the order of codes"):
        report.require()
    report.require(known=[finding.law for finding in report.broken])


def test_strict_laws_tell_that_modularity_rewards_noise():
    report = check_score(
        scores.load("modularity"), strict=True, factor_sizes=(3, 6, 40, 32, 32), n=1000
    )
    laws = [finding.law for finding in report.broken]
    assert "noise reaches the bottom" in laws
    assert "codes of noise beside the true factors do not matter" in laws
    assert "the true factors reach the top" not in laws


def test_the_strict_laws_can_be_tried_alone():
    report = check_score(r_squared, strict="only")
    assert len(report.findings) == 6
    # One row in 150, 30 times as far out as the others, rules a correlation.
    assert [each.law for each in report.broken] == ["one outlier does not ruin true factors"]


def test_held_out_rows_are_given_where_they_are_taken():
    shapes = []

    def held_out(_, __, codes_test, factors_test):
        shapes.append(np.shape(codes_test))
        return r_squared(codes_test, factors_test)

    laws = broken(held_out, held_out=True)
    assert all(len(shape) == 2 for shape in shapes)
    assert "the true factors score better than noise" not in laws


def test_what_is_no_score_or_no_change_of_codes_is_refused():
    check = inspect.unwrap(check_score)  # without the types that tests ask for
    with pytest.raises(InputError, match="must be a function: got int"):
        check(3)
    with pytest.raises(InputError, match=r"unknown change of codes: got 'sing'.*try 'sign'"):
        check(r_squared, invariant_to=("sing",))
