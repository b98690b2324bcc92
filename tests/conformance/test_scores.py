"""Laws that every score keeps; a file joins them by being in the room."""

import numpy as np
import pytest

from unbraid import scores
from unbraid.core import rooms
from unbraid.core.errors import InputError
from unbraid.core.rng import stream

# A family is tried at one size that every case below has rows for.
NAMES = [f"{name[:-1]}30" if name.endswith("_n") else name for name in rooms.names("scores")]
# Few draws, so that the laws take seconds.
QUICK = {"n_train": 300, "n_eval": 200, "n_variance": 500, "batch_size": 16}


def run(name, *arrays, **rest):
    function = scores.load(name)
    quick = {key: value for key, value in QUICK.items() if key in function.needs}
    return function(*arrays, **quick, **rest)


def data(n=150, seed=0):
    """Codes that mix three factors of 2, 3 and 4 values, with noise, and held-out rows."""
    rng = stream(seed, "score laws")
    factors = np.stack([rng.integers(size, size=2 * n) for size in (2, 3, 4)], axis=1)
    mixing = np.eye(3, 4) + 0.3 * rng.normal(size=(3, 4))
    codes = factors @ mixing + 0.2 * rng.normal(size=(2 * n, 4))
    return codes[:n], factors[:n], codes[n:], factors[n:]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def plain():
    return {name: run(name, *data()) for name in NAMES}


def near(name):
    """How near a value stays when the codes are rewritten: draws are the same, ties are not."""
    return 0.03 if "rng" in scores.load(name).needs else 0.005


def test_a_score_is_a_fraction_and_says_which_way_is_better(name, plain):
    assert plain[name].status == "ok"
    assert 0 <= plain[name].value <= 1
    assert plain[name].unit in {"fraction", "accuracy"}
    assert plain[name].better == "higher"
    assert plain[name].parts


def test_the_same_input_and_seed_give_the_same_score(name, plain):
    again = run(name, *data())
    assert again.value == plain[name].value
    for part, array in plain[name].parts.items():
        assert np.array_equal(again.parts[part], array, equal_nan=True)


def test_the_input_is_not_changed(name):
    given = data()
    before = [array.copy() for array in given]
    run(name, *given)
    for array, old in zip(given, before, strict=True):
        assert np.array_equal(array, old)


def test_single_precision_gives_the_score_of_the_same_numbers_in_double(name):
    codes, factors, codes_test, factors_test = data()
    single = codes.astype(np.float32), factors, codes_test.astype(np.float32), factors_test
    double = [array.astype(np.float64) if array.dtype.kind == "f" else array for array in single]
    assert run(name, *single).value == run(name, *double).value


def test_the_order_of_codes_does_not_matter(name, plain):
    codes, factors, codes_test, factors_test = data()
    order = [2, 0, 3, 1]
    found = run(name, codes[:, order], factors, codes_test[:, order], factors_test)
    assert found.value == pytest.approx(plain[name].value, abs=near(name))


@pytest.mark.parametrize("change", ["sign", "shift", "scale"])
def test_declared_changes_of_the_codes_do_not_matter(name, change, plain):
    if change not in scores.load(name).invariant_to:
        pytest.skip("not declared")
    codes, factors, codes_test, factors_test = data()
    times = {"sign": [-1, 1, -1, 1], "shift": 1, "scale": [0.125, 4, 1, 32]}[change]
    plus = [0.25, -3, 1, 0] if change == "shift" else 0
    given = codes * times + plus, factors, codes_test * times + plus, factors_test
    assert run(name, *given).value == pytest.approx(plain[name].value, abs=near(name))


def test_the_order_of_samples_does_not_matter(name, plain):
    codes, factors, *held_out = data()
    order = stream(0, "order").permutation(len(codes))
    found = run(name, codes[order], factors[order], *held_out)
    # Probes learn from the first rows, and draws from a table are other rows in another order.
    drawn = "n" in scores.load(name).needs or "rng" in scores.load(name).needs
    assert found.value == pytest.approx(plain[name].value, abs=0.15 if drawn else 1e-3)


def test_the_true_factors_score_higher_than_noise(name):
    _, factors, _, factors_test = data()
    rng = stream(1, "noise")
    noise = run(name, rng.normal(size=factors.shape), factors,
                rng.normal(size=factors.shape), factors_test)  # fmt: skip
    true = run(name, factors * 1.0, factors, factors_test * 1.0, factors_test)
    assert true.value > noise.value + 0.15


def test_noise_scores_what_codes_paired_at_random_score(name):
    codes, factors, codes_test, factors_test = data()
    rng = stream(2, "noise")
    noise, paired = [], []
    for _ in range(6):
        made = rng.normal(size=(2, *codes.shape))
        noise.append(run(name, made[0], factors, made[1], factors_test).value)
        others = rng.permutation(codes), factors, rng.permutation(codes_test), factors_test
        paired.append(run(name, *others).value)
    # Noise fills other bins than codes do, so the bias of their information differs a little.
    assert np.mean(noise) == pytest.approx(np.mean(paired), abs=0.08)


CASES = {
    "one code": lambda c, f: (c[:, :1], f),
    "one factor": lambda c, f: (c, f[:, 1]),
    "one code and one factor": lambda c, f: (c[:, 0], f[:, 0]),
    "a constant code": lambda c, f: (c * [1, 0, 1, 1], f),
    "constant codes": lambda c, f: (np.full_like(c, 3.0), f),
    "a constant factor": lambda c, f: (c, f * [1, 0, 1]),
    "constant factors": lambda c, f: (c, f * 0),
    "a value that occurs once": lambda c, f: (c, np.where(np.arange(len(f))[:, None] == 7, 9, f)),
    "three samples": lambda c, f: (c[:3], f[:3]),
    "many codes": lambda c, f: (np.tile(c[:40], (1, 30)), f[:40]),
    "the same row again": lambda c, f: (np.tile(c[:2], (40, 1)), np.tile(f[:2], (40, 1))),
    "a code twice": lambda c, f: (c[:, [0, 0]], f),
    "huge codes": lambda c, f: (c * 1e30, f),
    "tiny codes": lambda c, f: (c * 1e-30, f),
    "half precision": lambda c, f: (c.astype(np.float16), f),
    "integer codes": lambda c, f: (c.astype(np.int16), f.astype(np.uint8)),
    "truth values": lambda c, f: (c > 1, f > 1),
    "negative and fractional factors": lambda c, f: (c, f * 0.5 - 7),
    "a continuous factor": lambda c, f: (c, f + c[:, :3]),
    "a number per row": lambda c, f: (c, np.arange(len(f))),
}


@pytest.mark.parametrize("case", CASES)
def test_degenerate_input_has_a_value_or_a_reason(name, case):
    codes, factors, *_ = data()
    found = run(name, *CASES[case](codes, factors))
    if found.status == "ok":
        assert 0 <= found.value <= 1
    else:
        assert found.status == "undefined"
        assert found.reason
        assert found.reason != "the value is not finite"


def test_values_missing_on_either_side_have_a_value_or_a_reason(name):
    codes, factors, codes_test, factors_test = data()
    lacking, lacking_test = factors[:, 2] != 3, factors_test[:, 2] != 0
    given = codes[lacking], factors[lacking], codes_test[lacking_test], factors_test[lacking_test]
    found = run(name, *given)
    assert found.status == "ok"
    assert 0 <= found.value <= 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c, f: (np.where(c > 1, np.nan, c), f), "codes hold NaN"),
        (lambda c, f: (c, np.where(f > 1, np.inf, f)), "factors hold NaN or infinity"),
        (lambda c, f: (c[:-1], f), "one row per sample"),
        (lambda c, f: (c.astype(str), f), "codes must be numbers"),
        (lambda c, f: (c[:0], f[:0]), "codes are empty"),
        (lambda c, f: (c[None], f), "two axes"),
    ],
    ids=["NaN", "infinity", "lengths", "strings", "empty", "axes"],
)
def test_bad_input_is_a_named_error(name, spoil, message):
    codes, factors, *_ = data()
    with pytest.raises(InputError, match=message):
        run(name, *spoil(codes, factors))
