"""Intervals: what they hold, and twins of the spread that they are made of."""

import numpy as np
import pytest
from scipy import stats

from unbraid import scores as room
from unbraid.core.rng import stream
from unbraid.core.scoring import ANY, Measured, score
from unbraid.core.values import Representation
from unbraid.evaluation import evaluate, evaluate_representation
from unbraid.evaluation.calibration import calibrate
from unbraid.evaluation.intervals import plan_of, spreads, with_interval
from unbraid.evaluation.measure import values
from unbraid.evaluation.parts import deleted, pieces
from unbraid.evaluation.resampling import COUNTING, N_FRESH, TREES, Resampled
from unbraid.evaluation.spread import Spread
from unbraid.evaluation.variance import spreads_of


@score(unit="nats", bounds=(-ANY, ANY))
def mean_of_codes(codes, factors):
    """Score the mean of the codes."""
    return Measured(float(codes.mean() + 0.0 * factors.sum()))


@score(unit="nats", bounds=(-ANY, ANY))
def squared_mean_of_codes(codes, factors):
    """Score the squared mean of the codes, which is made of pairs where the mean is 0."""
    return Measured(float(codes.mean() ** 2 + 0.0 * factors.sum()))


@score(unit="nats", bounds=(-ANY, ANY))
def mean_of_codes_at_most_zero(codes, factors):
    """Score the mean of the codes, or 0 where it is above."""
    return Measured(min(float(codes.mean() + 0.0 * factors.sum()), 0.0))


def rows(n, seed, sizes=(3, 4)):
    rng = np.random.default_rng(seed)
    factors = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    return Representation(codes=rng.normal(size=(n, 1)), factors=factors)


def test_the_spread_of_a_mean_is_its_standard_error():
    found = [
        spreads([mean_of_codes], rows(400, seed), seed=seed)["mean_of_codes"].sd
        for seed in range(10)
    ]
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(1 / np.sqrt(400), rel=0.15)


def test_the_spread_of_a_score_made_of_pairs_is_not_counted_twice():
    # The squared mean of n normal numbers has the standard deviation sqrt(2) / n.
    found = [
        spreads([squared_mean_of_codes], rows(200, seed), seed=seed)["squared_mean_of_codes"].sd
        for seed in range(25)
    ]
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(np.sqrt(2) / 200, rel=0.5)


def test_what_leaving_out_a_few_rows_does_not_move_is_as_uncertain_as_halves_say():
    given = rows(400, 0)
    lucky = Representation(codes=given.codes - given.codes.mean() + 0.05, factors=given.factors)
    left = [each.codes.mean() for each in deleted(lucky, 50, np.random.default_rng(0))]
    assert min(left) > 0
    # Samples of a mean one standard error above 0: the score's is 0.6 standard errors at 0.
    sd = spreads([mean_of_codes_at_most_zero], lucky)["mean_of_codes_at_most_zero"].sd
    assert 0.2 < sd / (1 / np.sqrt(400)) < 1.0


def test_an_interval_of_mutual_information_covers_its_expectation():
    # Drawing rows with replacement covers it hardly ever here.
    values, ends = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        factors = np.stack([rng.integers(size, size=300) for size in (3, 6, 20)], axis=1)
        codes = factors + 2.0 * rng.normal(size=factors.shape)
        found = evaluate(codes, factors, "mig", seed=seed, intervals=True)["mig"]
        values.append(found.value)
        ends.append((found.low, found.high))
    covered = [low <= np.mean(values) <= high for low, high in ends]
    assert np.mean(covered) > 0.8


def test_a_perfect_share_of_entropy_that_no_row_changes_is_as_sure_as_its_last_digit():
    factors = np.arange(400)[:, None] % [2, 3]
    found = evaluate(factors * 1.0, factors, ["dci_disentanglement"], intervals=True)
    each = found["dci_disentanglement"]
    assert (each.low, each.value, each.high) == pytest.approx((1 - 5e-5, 1.0, 1.0), abs=1e-9)


def test_the_interval_of_a_fraction_near_one_reaches_further_down_than_up():
    low, high = Spread(sd=0.01, dof=1e9).interval(0.98, top=1.0)
    assert 0.98 - low > 0.0196 > high - 0.98 > 0
    middle = Spread(sd=0.01, dof=1e9).interval(0.5, top=1.0)
    assert middle == pytest.approx((0.5 - 0.0196, 0.5 + 0.0196), abs=1e-4)


def test_the_interval_of_what_is_above_zero_is_the_limit_of_that_of_a_wide_range():
    spread = Spread(sd=0.5, dof=12)
    assert spread.interval(1.5, top=np.inf) == pytest.approx(
        spread.interval(1.5, top=1e9), rel=1e-6
    )
    low, high = spread.interval(0.2, top=np.inf)
    assert low == 0
    assert high - 0.2 > spread.half_width


def test_a_perfect_accuracy_says_no_more_than_its_held_out_answers():
    factors = np.arange(400)[:, None] % [2, 3]
    each = evaluate(factors * 1.0, factors, ["dci_informativeness"], intervals=True)
    low = each["dci_informativeness"].low
    # 133 rows are held out, with two answers each.
    z = stats.norm.ppf(0.975)
    assert each["dci_informativeness"].high == each["dci_informativeness"].value == 1.0
    assert low == pytest.approx(266 / (266 + z**2), abs=1e-9)


def test_a_perfect_ranking_is_not_sure_either():
    factors = np.arange(600)[:, None] % 3
    found = evaluate(factors * 1.0, factors, ["explicitness"], intervals=True)["explicitness"]
    assert found.value == pytest.approx(1.0)
    answers = 6 * 600 * 0.3  # of the rows that are held out; the rule of three gives 3 / answers
    assert 1 / answers < 1 - found.low < 8 / answers


def test_an_accuracy_of_samples_drawn_is_never_sure_of_a_perfect_value():
    table = rows(600, 0)
    clean = Representation(codes=1.0 * table.factors, factors=table.factors)
    found = evaluate_representation(clean, "factor_vae_score", intervals=True)["factor_vae_score"]
    assert found.value == found.high == 1.0
    assert 0.99 < found.low < 0.9999


def test_the_interval_of_an_accuracy_is_wilsons():
    # Brown, Cai and DasGupta (2001), section 3.1.1: the ends are where the normal test at the
    # ends' own variance just rejects.
    spread = Spread(sd=0.1, dof=1e9).of_answers(0.9, 1e9)
    assert spread.trials == pytest.approx(9.0, rel=1e-6)
    for end in spread.interval(0.9):
        assert (0.9 - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / 9, rel=1e-5)


def test_in_the_middle_an_accuracy_has_the_interval_of_its_spread():
    spread = Spread(sd=0.01, dof=1e9)
    low, high = spread.of_answers(0.5, 1e9).interval(0.5)
    assert (low, high) == pytest.approx(spread.interval(0.5), abs=1e-4)


def test_a_high_accuracy_reaches_further_down_than_up():
    low, high = Spread(sd=0.004, dof=5).of_answers(0.99, 5000).interval(0.99)
    assert 0.99 - low > 1.5 * (high - 0.99)


def test_a_gap_of_accuracies_is_no_accuracy():
    table = rows(300, 0)
    noisy = Representation(codes=np.c_[table.factors, table.codes], factors=table.factors)
    functions = [room.load(name) for name in ("sap", "snc")]
    found = spreads(functions, noisy)
    assert found["sap"].trials is None
    assert 1 < found["snc"].trials <= 100 * 2


def test_codes_that_know_nothing_are_as_uncertain_as_random_pairings():
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(600, 2))
    codes = rng.normal(size=(600, 3))
    function = room.load("modularity")
    scale = calibrate([function], Representation(codes=codes, factors=factors))["modularity"]
    score = with_interval(function(codes, factors), Spread(sd=9.0, dof=9), function, scale)
    assert score.parts["sd"] == scale.null.std(ddof=1)
    assert score.low < score.value < score.high


def test_chance_that_hangs_on_the_reach_of_codes_is_more_uncertain_than_pairings():
    codes, factors = np.random.default_rng(0).normal(size=(400, 6)), rows(400, 0).factors
    found = evaluate(codes, factors, "irs", intervals=True, calibrated=True)["irs"]
    null = calibrate([room.load("irs")], Representation(codes=codes, factors=factors))["irs"]
    assert null.is_chance(found.value)
    assert found.parts["sd"][0] > 2 * null.spread


def test_intervals_stay_within_what_a_fraction_can_be():
    value = mean_of_codes([0.99], [0])
    mig = room.load("mig")
    fraction = mig([[0.0, 1.0], [1.0, 0.0]] * 20, [0, 1] * 20)
    wide = Spread(sd=0.5, dof=10)
    assert with_interval(fraction, wide, mig).low == 0.0
    assert with_interval(value, wide, mean_of_codes).high > 1.0


def test_evaluation_noise_is_told_apart_from_that_of_the_data():
    table = rows(600, 0)
    noisy = Representation(codes=table.factors + table.codes, factors=table.factors)
    found = evaluate_representation(noisy, "factor_vae_score,mig", intervals=True)
    parts = found["factor_vae_score"].parts
    assert 0 < parts["evaluation_sd"] <= parts["sd"]
    assert "evaluation_sd" not in found["mig"].parts


def test_a_pool_is_sampled_afresh():
    pool = rows(3000, 1)
    few = rows(100, 2)
    pooled = Representation(
        codes=few.codes,
        factors=few.factors,
        codes_test=few.codes[:50],
        factors_test=few.factors[:50],
        pool_codes=pool.codes,
        pool_factors=pool.factors,
    )
    found = spreads([mean_of_codes], pooled)["mean_of_codes"]
    assert found.dof == N_FRESH - 1
    assert 0.03 < found.sd < 0.3


def test_every_row_is_left_out_once():
    table = rows(101, 0)
    numbered = Representation(codes=np.arange(101.0)[:, None], factors=table.factors)
    kept = [each.codes.ravel() for each in deleted(numbered, 4, stream(0, "x"))]
    counts = np.bincount(np.concatenate(kept).astype(int), minlength=101)
    assert (counts == 3).all()


def test_intervals_are_fixed_by_the_seed():
    first, second = (spreads([mean_of_codes], rows(50, 0), seed=3) for _ in range(2))
    assert first == second
    assert plan_of(mean_of_codes) == COUNTING


def test_parts_hold_every_row_once():
    rng = np.random.default_rng(0)
    codes, factors = np.arange(22.0)[:, None], np.zeros((22, 1), dtype=int)
    rows = Representation(codes=codes[:15], factors=factors[:15], codes_test=codes[15:])
    parts = pieces(rows, 4, rng)
    assert sorted(np.concatenate([each.codes for each in parts]).ravel()) == list(range(15))
    held = np.concatenate([each.codes_test for each in parts])
    assert sorted(held.ravel()) == list(range(15, 22))


def test_the_spread_of_trees_is_that_of_fresh_data():
    def drawn(seed):
        rng = np.random.default_rng(seed)
        factors = rng.integers(3, size=(6000, 2))
        codes = factors @ [[1.0, 0.5], [-0.5, 1.0]] + rng.normal(size=factors.shape)
        return Representation(
            codes=codes[:4000],
            factors=factors[:4000],
            codes_test=codes[4000:],
            factors_test=factors[4000:],
        )

    score = [room.load("dci_disentanglement")]
    truth = np.std([values(score, drawn(seed), 0)[0] for seed in range(12)], ddof=1)
    found = spreads(score, drawn(99))["dci_disentanglement"].sd
    assert 0.4 * truth < found < 2.5 * truth


def test_a_probe_is_as_uncertain_as_its_rows_make_it_and_not_as_all_rows():
    def drawn(seed):
        rng = np.random.default_rng(seed)
        factors = rng.integers(3, size=(450, 2))
        codes = factors + 1.5 * rng.normal(size=factors.shape)
        parts = {"codes_test": codes[300:], "factors_test": factors[300:]}
        return Representation(codes=codes[:300], factors=factors[:300], **parts)

    probe = [room.load("probe_lr_10")]
    truth = np.std([values(probe, drawn(seed), seed)[0] for seed in range(40)], ddof=1)
    found = [spreads(probe, drawn(seed), seed=seed)["probe_lr_10"].sd for seed in range(20)]
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(truth, rel=0.4)


@pytest.mark.parametrize(("cut", "share"), [("halves", 0.5**0.725), ("parts", 1.3**2 / 4)])
def test_of_the_accuracy_of_trees_what_answers_do_is_known_and_the_rest_is_learning(cut, share):
    """Rates vary by 0.06 from fit to fit; 400 answers are judged in all, 200 in a half."""
    rng, truth = np.random.default_rng(0), 0.7
    judged, size = (100, (4, 300)) if cut == "parts" else (200, (400, 2, 300))
    rates = truth + 0.06 * rng.normal(size=size)
    table = {cut: rng.binomial(judged, rates) / judged}
    plain, told = (
        spreads_of(Resampled(**table, answers=answers), TREES)
        for answers in (None, np.full(300, 400))
    )
    known = truth * (1 - truth) / 400
    assert np.mean([one.sd**2 for one in told]) == pytest.approx(known + share * 0.06**2, rel=0.1)
    assert np.mean([one.sd for one in told]) < np.mean([one.sd for one in plain])
    assert min(one.dof for one in told) > plain[0].dof


@pytest.mark.parametrize(
    ("n", "share"), [(1000, 1.0), (200, 1.0), (150, 0.75), (100, 0.5), (50, 0.5)]
)
def test_half_of_the_rows_have_all_that_a_probe_learns_from_or_part_of_it(n, share):
    plan = plan_of(room.load("probe_lr_100"))
    assert plan.share(n) == share
    table = {"halves": np.random.default_rng(0).normal(size=(4000, 2, 1)), "share": share}
    (found,) = spreads_of(Resampled(**table), plan)
    assert found.sd == pytest.approx(share**0.3625, rel=0.05)


@pytest.mark.parametrize("n", [3, 4, 5, 12])
def test_a_handful_of_rows_has_values_and_says_that_it_has_no_interval(n):
    rng = stream(n, "handful")
    codes, factors = rng.normal(size=(n, 3)), np.arange(n)[:, None] % [2, 3]
    names = ("mig", "mcc", "dci_informativeness", "factor_vae_score")
    found = evaluate(codes, factors, names, calibrated=True, intervals=True)
    assert found["mig"].value is not None
    for each in found.values():
        if each.value is not None and n < 8:
            assert each.low is None
            assert "no interval" in each.reason


def test_constant_codes_are_as_uncertain_as_the_answers_that_are_judged():
    rng = stream(0, "constant")
    factors = rng.integers([3, 2], size=(300, 2))
    codes = np.ones((300, 2))
    found = evaluate(codes, factors, "dci_informativeness", calibrated=True, intervals=True)
    value, low, high = (getattr(found["dci_informativeness"], x) for x in ("value", "low", "high"))
    of_answers = np.sqrt(value * (1 - value) / 200)  # 100 rows, two factors
    assert high - low > 2 * of_answers
