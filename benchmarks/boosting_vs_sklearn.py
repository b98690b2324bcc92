"""Boosted trees against scikit-learn's: CPU seconds and errors of D, C and I, paired in one run.

    python benchmarks/boosting_vs_sklearn.py --rows 10000   # the study's size; 15 minutes
    python benchmarks/boosting_vs_sklearn.py                # 2 000 rows

CPU seconds are of one thread. "two seeds" is how far scikit-learn is from itself with another
random_state, which draws between equally good splits.
"""

import argparse
import time

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from unbraid.numerics.boosting import boosted_importances, fit_boosted_trees

SIZES = (3, 6, 40, 32, 32)


def draw(family, n, rng):
    """Ten codes of factors with dSprites' sizes."""
    factors = np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)
    scaled = 3.0 * (factors / (np.array(SIZES) - 1) - 0.5)
    spare = rng.normal(size=(n, 5))
    if family == "noise":
        return rng.normal(size=(n, 10)), factors
    if family == "rotated":
        turn = np.linalg.qr(np.random.default_rng(3).normal(size=(5, 5)))[0]
        return np.hstack([scaled @ turn, 0.01 * spare]), factors
    leak = np.random.default_rng(4).normal(size=(5, 5)) * 0.15 + np.eye(5)
    return np.hstack([np.tanh(scaled @ leak) + 0.1 * rng.normal(size=(n, 5)), spare]), factors


def sklearn_importances(codes, factors, codes_test, factors_test, seed):
    importances, accuracies = [], []
    for y, y_test in zip(factors.T, factors_test.T, strict=True):
        model = GradientBoostingClassifier(random_state=seed).fit(codes, y)
        importances.append(model.feature_importances_)
        accuracies.append(model.score(codes_test, y_test))
    return np.stack(importances, axis=1), np.array(accuracies)


def dci(importances, accuracies):
    def certainty(table):
        p = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300) + 1e-11
        return 1.0 + (p * np.log(p)).sum(axis=1) / np.log(table.shape[1])

    weights = importances / importances.sum()
    return np.array(
        [
            (certainty(importances) * weights.sum(axis=1)).sum(),
            (certainty(importances.T) * weights.sum(axis=0)).sum(),
            accuracies.mean(),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--families", nargs="+", default=["aligned", "rotated", "noise"])
    parser.add_argument("--two-seeds", action="store_true", help="fit scikit-learn twice")
    args = parser.parse_args()
    start = time.process_time()
    fit_boosted_trees(np.arange(6.0)[:, None], np.arange(6) // 2, n_rounds=1)
    print(f"compiling or loading: {time.process_time() - start:.1f} CPU s; {args.rows} rows")
    for family in args.families:
        rng = np.random.default_rng(0)
        train, test = draw(family, args.rows, rng), draw(family, args.rows // 2, rng)
        start = time.process_time()
        importances, _, accuracies = boosted_importances(*train, *test)
        ours = time.process_time() - start
        start = time.process_time()
        reference = dci(*sklearn_importances(*train, *test, seed=0))
        theirs = time.process_time() - start
        errors = dci(importances, accuracies) - reference
        print(
            f"{family:8}  scikit-learn {theirs:6.1f} s  unbraid {ours:5.2f} s"
            f"  {theirs / ours:4.0f} x"
            f"  D C I {reference.round(3)}  errors {errors.round(4)}"
        )
        if args.two_seeds:
            again = dci(*sklearn_importances(*train, *test, seed=1))
            print(f"{'':8}  two seeds of scikit-learn: {(again - reference).round(4)}")


if __name__ == "__main__":
    main()
