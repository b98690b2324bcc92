"""Noisy-OR: are the true causes recovered, how good is the fit, and how fast is diagnosis?

python benchmarks/noisy_or.py [--seeds 10] [--codes 16] [--samples 10000] [--families IMG UNIF ...]
python benchmarks/noisy_or.py --scale [--patients 1000]

1. Recovery, after Buhai et al. (2020, arXiv:1907.00030): networks of 8 causes, 10,000 samples,
   learned with 16. Theirs are made anew here: IMG (8 pictures of 8 x 8 pixels, priors 1/4), CON8
   and CON24 (8 or 24 random findings of 64 per cause, priors 1/8), UNIF (each link with chance
   1/4, failures in [.05, .2], priors in [.1, .2]), all with leaks of .001; IMG-FLIP (IMG with
   every fourth pixel inverted in a tenth of the samples: no noisy-OR network). PLNT was learned
   from data that are not at hand: PLNT-like has its numbers of links, from 3 to 19, and its ranges
   of failures, leaks and priors. All but the pictures are drawn anew for each seed. A cause is
   matched (Hungarian) if no -log failure differs by more than 1; causes with priors below .02 do
   not count. Beside it, by how much the log-likelihood of 2,000 new samples, which is exact, falls
   short of that of the true model. Bars: 8 of 8 in 90% of seeds on five of six families, and
   0.05 nats.
2. Scale: 570 diseases, 4,000 findings, 45,000 links (the size of QMR-DT). Bar: the posteriors of
   1,000 patients in 60 s on 2 cores. Sampling is checked against exact posteriors: of the
   patients with at most 12 present findings, and of those with all but 12 present and all but 200
   absent findings not looked for, which is harder.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np
from scipy.special import expit

from unbraid.learners import NoisyOr
from unbraid.numerics.matching import match
from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_exact import enumerated, quickscore
from unbraid.numerics.noisy_or_posterior import WAYS, posterior
from unbraid.numerics.noisy_or_sampling import sampled

FAMILIES = ("IMG", "PLNT-like", "UNIF", "CON8", "CON24", "IMG-FLIP")
FLIPPED = np.arange(0, 64, 4)


def pictures():
    """A ring, a swirl, three frames within one another, both diagonals, and a block."""
    grid = np.zeros((8, 8, 8))
    ring, swirl, outer, down, up, middle, inner, block = grid
    ring[3:5, [0, 7]] = ring[[0, 7], 3:5] = 1
    for row, column in ((1, 2), (2, 1)):
        ring[[row, row, 7 - row, 7 - row], [column, 7 - column] * 2] = 1
    swirl[4, :5] = swirl[:5, 3] = swirl[3, 4:] = swirl[4:, 4] = 1
    for frame, edge in ((outer, 0), (middle, 1), (inner, 2)):
        inside = slice(edge, 8 - edge)
        frame[[edge, 7 - edge], inside] = frame[inside, [[edge], [7 - edge]]] = 1
    down[np.arange(8), np.arange(8)] = up[np.arange(8), np.arange(7, -1, -1)] = 1
    block[4:7, 1:4] = 1
    return grid.reshape(8, 64)


def family(name, rng):
    leak = np.full(64, 0.999)
    if name.startswith("IMG"):
        return Network(failures=1 - 0.9 * pictures(), leak=leak, priors=np.full(8, 0.25))
    if name.startswith("CON"):
        linked = np.arange(64) < int(name[3:])
        linked = np.stack([rng.permutation(linked) for _ in range(8)])
        return Network(failures=1 - 0.9 * linked, leak=leak, priors=np.full(8, 0.125))
    if name == "UNIF":
        reach = rng.uniform(0.8, 0.95, size=(8, 64)) * (rng.uniform(size=(8, 64)) < 0.25)
        return Network(failures=1 - reach, leak=leak, priors=rng.uniform(0.1, 0.2, size=8))
    failures = np.ones((8, 70))
    for row, n_links in zip(failures, (19, 9, 17, 9, 3, 13, 3, 3), strict=True):
        chosen = rng.choice(70, size=n_links, replace=False)
        row[chosen] = rng.uniform(0.02, 0.5, size=n_links)
        row[chosen[:2]] = rng.uniform(0.02, 0.15, size=2)
    leak = 1 - np.minimum(np.exp(rng.normal(-4.8, 1.0, size=70)), 0.25)
    return Network(failures=failures, leak=leak, priors=rng.uniform(0.065, 0.175, size=8))


def draw(name, network, n, rng):
    findings = network.sample(n, rng)[1]
    if name == "IMG-FLIP":
        findings[np.ix_(rng.uniform(size=n) < 0.1, FLIPPED)] ^= 1
    return findings


def true_log_likelihood(name, network, findings):
    plain = enumerated(network, findings)[1]
    if name != "IMG-FLIP":
        return plain.mean()
    turned = findings.copy()
    turned[:, FLIPPED] ^= 1
    both = np.logaddexp(np.log(0.9) + plain, np.log(0.1) + enumerated(network, turned)[1])
    return both.mean()


def matched(model, network):
    """Return how many true causes are found, and the worst difference in -log failure."""
    logs = [-np.log(np.maximum(f, 1e-12)) for f in (network.failures, model.failures_)]
    away = np.abs(logs[0][:, None] - logs[1][None]).max(axis=-1)
    away[:, model.priors_ < 0.02] = 1000.0
    rows, columns = match(-away)
    found = away[rows, columns]
    return int((found <= 1.0).sum()), found.max()


def recovery(names, seeds, n_codes, n):
    print(
        f"{n} samples, {n_codes} causes at the start: found of 8, short of the true model, CPU s"
    )
    for name in names:
        all_found, gaps, seconds, left = [], [], [], []
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            network = family(name, rng)
            X, new = draw(name, network, n, rng), draw(name, network, 2000, rng)
            start = time.process_time()
            model = NoisyOr(n_codes=n_codes, random_state=seed).fit(X)
            seconds.append(time.process_time() - start)
            found, worst = matched(model, network)
            learned = Network(failures=model.failures_, leak=model.leak_, priors=model.priors_)
            gap = true_log_likelihood(name, network, new) - enumerated(learned, new)[1].mean()
            all_found.append(found)
            gaps.append(gap)
            left.append(model.n_codes_)
            print(
                f"  {name:10s} seed {seed}: {found} of 8, worst {worst:5.2f}, {gap:+.4f} nats, "
                f"{model.n_codes_} causes left, {seconds[-1]:.1f} s",
                flush=True,
            )
        perfect = np.mean(np.array(all_found) == 8)
        print(
            f"{name:10s} all 8 in {perfect:4.0%} of {seeds} seeds; {np.mean(gaps):+.4f} nats "
            f"short (worst {np.max(gaps):+.4f}); {np.mean(left):.1f} causes left; "
            f"{np.median(seconds):.1f} CPU s",
            flush=True,
        )


def diagnosis(n_patients, diseases=570, findings=4000, links=45_000):
    rng = np.random.default_rng(0)
    failures = np.ones(diseases * findings)
    chosen = rng.choice(failures.size, size=links, replace=False)
    failures[chosen] = rng.uniform(0.2, 0.95, size=links)
    network = Network(
        failures=failures.reshape(diseases, findings),
        leak=np.full(findings, 0.999),
        priors=rng.uniform(0.001, 0.01, size=diseases),
    )
    causes, X = network.sample(n_patients, rng)
    X = X.astype(np.int8)
    posterior(network, X[:3])  # compile first
    start, cpu = time.perf_counter(), time.process_time()
    found = posterior(network, X)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    present = X.sum(axis=1)
    print(f"{n_patients} patients with {np.median(present):.0f} present findings in the median")
    print(f"  posteriors in {seconds:.1f} s, {cpu:.1f} CPU s on one core (bar: 60 s on two)")
    ways = ", ".join(f"{(found.ways == at).sum()} {way}" for at, way in enumerate(WAYS))
    print(f"  {ways}")
    print(f"  mean chance of diseases that are there: {found.means[causes == 1].mean():.4f}")
    few = X[present <= 12]
    hidden = X[present > 12][:100].copy()
    for row in hidden:
        row[rng.permutation(np.flatnonzero(row == 1))[12:]] = -1
        row[rng.permutation(np.flatnonzero(row == 0))[200:]] = -1
    for what, cases in (("at most 12 present", few), ("12 present, 200 absent", hidden)):
        errors = np.abs(expit(sampled(network, cases)[0]) - expit(quickscore(network, cases)[0]))
        print(
            f"  {what}, {len(cases)} patients: sampling differs from exact by at most "
            f"{errors.max():.4f} (median of patients {np.median(errors.max(axis=1)):.4f}), "
            f"root mean square {np.sqrt((errors**2).mean()):.5f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=FAMILIES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--codes", type=int, default=16)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--patients", type=int, default=1000)
    options = parser.parse_args()
    if options.scale:
        diagnosis(options.patients)
    else:
        recovery(options.families, options.seeds, options.codes, options.samples)


if __name__ == "__main__":
    main()
