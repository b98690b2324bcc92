"""Noisy-OR networks: inference against brute force, bounds, moments, and learning."""

from itertools import product

import numpy as np
import pytest
from scipy.special import expit

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.numerics.noisy_or import LEAST, Network
from unbraid.numerics.noisy_or_bounds import conjugate, upper_bound
from unbraid.numerics.noisy_or_exact import costs, enumerated, quickscore
from unbraid.numerics.noisy_or_explaining import explain
from unbraid.numerics.noisy_or_learning import expect, link_gains
from unbraid.numerics.noisy_or_moments import from_moments, population_moment, sample_moment
from unbraid.numerics.noisy_or_posterior import WAYS, bounds, posterior
from unbraid.numerics.noisy_or_sampling import sampled
from unbraid.numerics.noisy_or_states import first_beliefs
from unbraid.numerics.noisy_or_structure import climbed, first_network, pruned, warmed


def network(k=8, d=20, density=0.4, seed=0):
    rng = stream(seed, "network")
    linked = rng.uniform(size=(k, d)) < density
    return Network(
        failures=np.where(linked, rng.uniform(0.05, 0.9, size=(k, d)), 1.0),
        leak=rng.uniform(0.95, 0.9999, size=d),
        priors=rng.uniform(0.01, 0.6, size=k),
    )


def drawn(net, n=40, seed=0):
    return net.sample(n, stream(seed, "findings"))[1]


def brute_force(net, findings):
    """Posterior means and log-likelihoods, in a few lines that anybody can check."""
    z = np.array(list(product((0, 1), repeat=len(net.priors))))
    present = net.chances(z)
    log_z = z @ np.log(net.priors) + (1 - z) @ np.log(1 - net.priors)
    means, logs = [], []
    for found in findings:
        log_x = np.log(np.where(found == 1, present, np.where(found == 0, 1 - present, 1)))
        joint = log_z + log_x.sum(axis=1)
        logs.append(np.logaddexp.reduce(joint))
        means.append(np.exp(joint - logs[-1]) @ z)
    return np.array(means), np.array(logs)


def alternating(net, found):
    """Heckerman's sum over subsets of the present findings, as it was published."""
    present, absent = np.flatnonzero(found == 1), np.flatnonzero(found == 0)
    moment = population_moment(net)
    return sum(
        (-1) ** sum(chosen)
        * moment((*absent.tolist(), *present[np.array(chosen, dtype=bool)].tolist()))
        for chosen in product((0, 1), repeat=len(present))
    )


@pytest.mark.parametrize("way", [enumerated, quickscore])
def test_exact_posteriors_are_those_of_brute_force(way):
    net = network()
    findings = drawn(net).astype(np.int8)
    findings[::3, :6] = -1  # not looked for
    odds, logs = way(net, findings)
    expected, likelihood = brute_force(net, findings)
    np.testing.assert_allclose(expit(odds), expected, atol=1e-12)
    np.testing.assert_allclose(logs, likelihood, rtol=1e-12)


def test_quickscore_is_enumeration_to_twelve_digits():
    net = network(k=10, d=30, density=0.2, seed=1)
    findings = drawn(net, n=60)
    first, second = enumerated(net, findings), quickscore(net, findings)
    np.testing.assert_allclose(second[0], first[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(second[1], first[1], rtol=1e-12)


def test_quickscore_is_heckermans_sum():
    net = network(k=12, d=10)
    for found in drawn(net, n=10):
        expected = alternating(net, found)
        assert np.exp(quickscore(net, found[None])[1][0]) == pytest.approx(expected, rel=1e-9)


def test_quickscore_keeps_its_digits_where_heckermans_sum_loses_them():
    # Twelve present findings whose only cause is rare, and leaks of 1e-6.
    net = Network(
        failures=np.full((2, 12), 0.9), leak=np.full(12, 1 - 1e-6), priors=np.full(2, 1e-3)
    )
    found = np.ones((1, 12), dtype=np.int8)
    exact = brute_force(net, found)[1]
    np.testing.assert_allclose(quickscore(net, found)[1], exact, rtol=1e-12)
    assert abs(alternating(net, found[0]) / np.exp(exact[0]) - 1) > 1e-6


def test_present_findings_beyond_the_range_of_floats_do_no_harm():
    net = Network(
        failures=np.full((1, 300), 0.5), leak=np.full(300, 0.999), priors=np.full(1, 0.1)
    )
    odds, logs = enumerated(net, np.ones((1, 300), dtype=np.int8))
    expected = np.log(0.1) + 300 * np.log(1 - 0.4995)
    assert logs[0] == pytest.approx(expected, rel=1e-12)
    assert odds[0, 0] > 600


def test_certain_links_make_a_deterministic_or():
    net = Network(
        failures=np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
        leak=np.ones(3),
        priors=np.full(2, 0.3),
    )
    z = np.array(list(product((0, 1), repeat=2)))
    findings = np.array([[0, 0, 0], [0, 1, 1], [1, 1, 0], [1, 1, 1]])
    np.testing.assert_array_equal(net.chances(z), findings)
    for way in (enumerated, quickscore):
        np.testing.assert_allclose(expit(way(net, findings)[0]), z, atol=100 * LEAST)


def test_the_upper_bound_is_above_and_meets_the_likelihood_when_nothing_is_bounded():
    net = network()
    findings = drawn(net, n=60)
    exact = quickscore(net, findings)[1]
    before = np.inf
    for n_exact in (0, 2, 4, 8):
        gap = upper_bound(net, findings, n_exact=n_exact)[1] - exact
        assert gap.min() > -1e-9
        assert gap.mean() < before
        before = gap.mean()
    one = findings[findings.sum(axis=1) == 1]
    one = np.eye(20, dtype=np.int8) if len(one) == 0 else one
    tight = upper_bound(net, one, n_exact=1)[1]
    np.testing.assert_allclose(tight, quickscore(net, one)[1], rtol=1e-12)


def test_the_bound_of_one_present_finding_is_tight_if_its_causes_are_certain():
    net = Network(failures=np.array([[0.3]]), leak=np.array([0.9]), priors=np.ones(1))
    found = np.ones((1, 1), dtype=np.int8)
    assert upper_bound(net, found, n_exact=0)[1][0] == pytest.approx(np.log(1 - 0.27), rel=1e-9)


def test_no_tangent_is_ever_below_the_curve():
    x = np.linspace(0.01, 8, 50)
    lam = np.geomspace(1e-3, 1e3, 40)[:, None]
    above = lam * x - conjugate(lam.ravel())[:, None] - np.log(-np.expm1(-x))
    assert above.min() >= -1e-12


def test_the_slopes_found_are_the_best_ones():
    # The bound is convex in its slopes: none of many others gives a lower one.
    net = network(k=4, d=5)
    found = np.ones((1, 5), dtype=np.int8)
    best = upper_bound(net, found, n_exact=0)[1][0]
    theta, theta_0 = -np.log(net.failures), -np.log(net.leak)
    odds, _ = net.absence(found)
    constant = np.log1p(-net.priors).sum()
    rng = stream(0, "slopes")
    for lam in np.exp(rng.normal(0, 2, size=(300, 5))):
        other = (
            np.logaddexp(0, odds[0] + theta @ lam).sum() + (lam * theta_0 - conjugate(lam)).sum()
        )
        assert other + constant >= best - 1e-9


def test_sampling_agrees_with_exact_posteriors():
    net = network(k=10, d=30, density=0.2, seed=2)
    findings = drawn(net, n=30)
    odds, low = sampled(net, findings, n_sweeps=4000)
    expected, exact = enumerated(net, findings)
    assert np.abs(expit(odds) - expit(expected)).max() < 0.03
    assert (low <= exact + 1e-9).all()
    assert (exact - low).mean() < 0.05


def test_sampling_does_not_depend_on_what_else_is_sampled():
    net = network()
    findings = drawn(net, n=10)
    whole = sampled(net, findings, n_sweeps=100)[0]
    np.testing.assert_array_equal(sampled(net, findings[3:5], n_sweeps=100)[0], whole[3:5])


def test_rival_explanations_change_places():
    # Either of two rare causes explains ten findings: a sampler that drops one first never does.
    net = Network(failures=np.full((2, 10), 0.2), leak=np.full(10, 0.999), priors=np.full(2, 1e-3))
    found = np.ones((1, 10), dtype=np.int8)
    odds = sampled(net, found, n_sweeps=4000)[0]
    assert expit(odds) == pytest.approx(expit(enumerated(net, found)[0]), abs=0.05)


def test_each_sample_goes_the_cheaper_exact_way_or_is_sampled():
    net = network(k=40, d=60, density=0.5)
    findings = np.zeros((3, 60), dtype=np.int8)
    findings[1, :2], findings[2] = 1, 1
    found = posterior(net, findings, n_sweeps=50)
    assert [WAYS[way] for way in found.ways] == ["quickscore", "quickscore", "sampling"]
    assert costs(net, findings)[2].min() > 2**24
    low, high = bounds(net, findings, found)
    np.testing.assert_array_equal(low[:2], high[:2])
    assert low[2] <= high[2]


def test_population_moments_give_the_parameters_back():
    net = network(k=10, d=60, density=0.15)
    failures, leak, priors = from_moments(population_moment(net), net.failures < 1)
    np.testing.assert_allclose(failures, net.failures, atol=1e-9)
    np.testing.assert_allclose(leak, net.leak, atol=1e-9)
    np.testing.assert_allclose(priors, net.priors, atol=1e-9)


def test_causes_that_share_all_their_findings_are_not_told_apart_by_moments_of_three():
    net = network(k=2, d=6, density=1.0)
    assert np.isnan(from_moments(population_moment(net), net.failures < 1)[2]).all()


def test_a_cause_that_hides_behind_another_is_found_once_that_one_is_known():
    # The second shares each pair of its findings with the first, which has three of its own.
    failures = np.full((2, 6), 0.4)
    failures[1, :3] = 1.0
    net = Network(failures=failures, leak=np.full(6, 0.99), priors=np.array([0.2, 0.3]))
    found = from_moments(population_moment(net), failures < 1)
    np.testing.assert_allclose(found[2], net.priors, atol=1e-9)


def test_moments_of_samples_come_close():
    net = Network(
        failures=np.where(np.eye(2).repeat(4, axis=1) > 0, 0.2, 1.0),
        leak=np.full(8, 0.98),
        priors=np.array([0.2, 0.3]),
    )
    findings = drawn(net, n=20_000)
    failures, _, priors = from_moments(sample_moment(findings), net.failures < 1)
    np.testing.assert_allclose(priors, net.priors, atol=0.02)
    np.testing.assert_allclose(failures, net.failures, atol=0.05)


def learned(net, findings, n_states, passes=15, seed=0):
    rng = stream(seed, "learned")
    k = len(net.priors)
    beliefs = first_beliefs(len(findings), k, n_states, rng)
    now, said = first_network(findings, k, rng), []
    for _ in range(passes):
        said.append(expect(now, findings, beliefs))
        now = said[-1].maximised()
    return now, said


def test_the_likelihood_never_falls():
    net = network(k=4, d=12)
    findings = drawn(net, n=300)
    _, said = learned(net, findings, n_states=16)
    assert np.diff([each.bound for each in said]).min() > -1e-12


def test_the_bound_over_few_states_never_falls_and_is_never_above_the_likelihood():
    net = network(k=6, d=15)
    findings = drawn(net, n=300)
    now, said = learned(net, findings, n_states=6)
    assert np.diff([each.bound for each in said]).min() > -1e-12
    before_last = learned(net, findings, n_states=6, passes=14)[0]
    assert said[-1].bound <= enumerated(before_last, findings)[1].mean() + 1e-12
    assert len(now.priors) == 6


def test_over_all_states_expectations_are_exact():
    net = network(k=4, d=12)
    findings = drawn(net, n=100)
    said = expect(net, findings, first_beliefs(100, 4, 16, stream(0, "keys")))
    odds, logs = enumerated(net, findings)
    np.testing.assert_allclose(said.causes, expit(odds).mean(axis=0), rtol=1e-7)
    assert said.bound == pytest.approx(logs.mean(), rel=1e-9)


def test_states_of_a_sample_stay_different_from_one_another():
    net = network(k=6, d=15)
    findings = drawn(net, n=50)
    beliefs = first_beliefs(50, 6, 10, stream(0, "keys"))
    for _ in range(4):
        expect(net, findings, beliefs)
    assert all(len(np.unique(states, axis=0)) == 10 for states in beliefs.states)


def test_beliefs_without_a_cause_hold_each_state_once():
    net = network(k=4, d=12)
    findings = drawn(net, n=50)
    beliefs = first_beliefs(50, 4, 16, stream(0, "keys")).without(2)
    assert ((beliefs.hashes != 0).sum(axis=1) == 8).all()
    smaller = Network(
        failures=np.delete(net.failures, 2, axis=0), leak=net.leak, priors=np.delete(net.priors, 2)
    )
    said = expect(smaller, findings, beliefs)
    assert said.bound == pytest.approx(enumerated(smaller, findings)[1].mean(), rel=1e-9)


def test_links_that_are_there_gain_and_others_do_not():
    linked = np.eye(2).repeat(4, axis=1) > 0
    net = Network(
        failures=np.where(linked, 0.2, 1.0), leak=np.full(8, 0.98), priors=np.array([0.2, 0.3])
    )
    findings = drawn(net, n=2000)
    beliefs = first_beliefs(2000, 2, 4, stream(0, "keys"))
    full = Network(failures=np.where(linked, 0.2, 0.9), leak=net.leak, priors=net.priors)
    full, _ = climbed(full, findings, beliefs, max_iterations=60)
    gains = link_gains(full, findings, beliefs)
    assert gains[linked].min() > 100
    assert np.median(gains[~linked]) < 0.5 * np.log(2000)


def test_more_causes_than_there_are_are_pruned_away():
    linked = np.eye(3).repeat(5, axis=1) > 0
    net = Network(
        failures=np.where(linked, 0.1, 1.0), leak=np.full(15, 0.99), priors=np.full(3, 0.2)
    )
    findings, rng = drawn(net, n=2000), stream(0, "pruned")
    beliefs = first_beliefs(2000, 6, 16, rng)
    start = first_network(findings, 6, rng)
    warm = warmed(start, findings, beliefs, n_steps=60, batch_size=200, rng=rng)
    small = pruned(warm, findings, beliefs, max_iterations=20)
    assert len(small.priors) == 3
    order = small.failures.argmin(axis=1).argsort()
    np.testing.assert_array_equal(small.failures[order] < 0.5, linked)


def test_a_finding_that_is_explained_speaks_less_for_another_cause():
    net = Network(
        failures=np.array([[0.2, 1.0], [0.2, 0.1]]), leak=np.full(2, 0.99), priors=np.full(2, 0.1)
    )
    alone = explain(net, np.array([1, 0]), 0)
    rivalled = explain(net, np.array([1, 1]), 0)
    assert rivalled.posterior < alone.posterior
    assert rivalled.rivals == ("cause 1",)
    assert rivalled.taken[0] > 0
    # The second finding has no link to the first cause: it speaks against it all the same.
    assert dict(zip(rivalled.findings, rivalled.weights, strict=True))["finding 1"] < 0


def test_weights_of_independent_findings_add_up_to_the_posterior():
    net = Network(failures=np.full((1, 4), 0.3), leak=np.full(4, 0.9), priors=np.full(1, 0.2))
    why = explain(net, np.array([1, 0, 1, 0]), 0)
    assert why.prior + why.weights.sum() == pytest.approx(why.posterior, rel=1e-9)
    assert (why.weights[why.present] > 0).all()
    assert (why.weights[~why.present] < 0).all()


def test_samples_follow_the_network():
    net = network(k=3, d=5)
    causes, findings = net.sample(20_000, stream(0, "sample"))
    np.testing.assert_allclose(causes.mean(axis=0), net.priors, atol=0.02)
    absent = [population_moment(net)((j,)) for j in range(5)]
    np.testing.assert_allclose((findings == 0).mean(axis=0), absent, atol=0.02)


@pytest.mark.parametrize("name", ["failures", "leak", "priors"])
@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_numbers_that_are_no_chances_are_refused(name, value):
    good = {"failures": np.ones((2, 3)), "leak": np.ones(3), "priors": np.ones(2)}
    with pytest.raises(InputError, match=f"{name} must be chances"):
        Network(**good | {name: np.full_like(good[name], value)})
