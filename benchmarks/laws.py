"""Which laws published implementations keep: the table of docs/laws.md.

python benchmarks/laws.py                    # unbraid's own scores, as published ("study" mode)
pip install --no-deps disent==0.8.0 tqdm; python benchmarks/laws.py disent
pip install scib-metrics==0.5.10; python benchmarks/laws.py scib

Every function is tried as its authors wrote it, on arrays. A named package that is not installed
is said and passed over. disent's metric files are loaded without the package around them, whose
import needs torchvision, lightning and more that metrics do not.
"""

# ruff: noqa: E402 (the number of threads is set before numpy is loaded)
import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import importlib
import sys
import time
import types
import warnings
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from unbraid import scores
from unbraid.evaluation import STUDY
from unbraid.testing import check_score

# Draws of the two scores that draw samples, fewer than the study's so that a law takes seconds.
QUICK = {"n_train": 1000, "n_eval": 500, "n_variance": 2000}


def of_unbraid():
    for name in (*STUDY, "sap_continuous"):
        function = scores.load(name)
        options = {key: value for key, value in QUICK.items() if key in function.needs}
        yield name, function, {"options": options}


def of_disent():
    mig, sap, dci = (
        vars(module)[f"_compute_{name}"] for name, module in _metrics_of_disent().items()
    )

    def of_mig(codes, factors):
        return mig(codes.T, factors.T)["mig.discrete_score"]

    def of_sap(codes, factors, codes_test, factors_test):
        return sap(codes.T, factors.T, codes_test.T, factors_test.T, False)["sap.score"]

    def of_sap_continuous(codes, factors):
        return sap(codes.T, factors.T, None, None, True)["sap.score"]

    def of_dci(part):
        def function(codes, factors, codes_test, factors_test):
            return dci(codes.T, factors.T, codes_test.T, factors_test.T)[f"dci.{part}"]

        return function

    each = {"invariant_to": ("permutation", "sign", "shift", "scale")}
    yield "mig", of_mig, each
    yield "sap", of_sap, {"held_out": True}
    yield "sap, continuous", of_sap_continuous, each
    for part in ("disentanglement", "completeness", "informativeness_test"):
        yield f"dci {part}", of_dci(part), {"held_out": True}


def _metrics_of_disent():
    root = Path(find_spec("disent").submodule_search_locations[0])
    stubs = {
        "disent": {},
        "disent.metrics": {},
        "disent.dataset": {"DisentDataset": object},
        "disent.util": {"to_numpy": np.asarray},
    }
    for name, values in stubs.items():
        stub = types.ModuleType(name)
        stub.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        vars(stub).update(values)
        sys.modules[name] = stub
    return {
        name: importlib.import_module(f"disent.metrics._{name}") for name in ("mig", "sap", "dci")
    }


def of_scib():
    import scib_metrics

    def of_silhouette(codes, factors):
        return scib_metrics.silhouette_label(codes, factors[:, 0])

    def of_clusters(codes, factors):
        return scib_metrics.nmi_ari_cluster_labels_kmeans(codes, factors[:, 0])["nmi"]

    affine = ("permutation", "sign", "shift")
    yield "silhouette_label", of_silhouette, {"invariant_to": affine}
    yield "nmi of k-means", of_clusters, {"invariant_to": affine}


SOURCES = {"unbraid": of_unbraid, "disent": of_disent, "scib": of_scib}
PACKAGES = {"disent": "disent", "scib": "scib-metrics", "unbraid": "unbraid"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", default="unbraid", choices=SOURCES)
    parser.add_argument("--sizes", default="3,6,40,32,32")
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--only", default="")
    parser.add_argument("--strict", action="store_true", help="try the six strict laws alone")
    parser.add_argument("--all", action="store_true", help="print laws that are held, too")
    arguments = parser.parse_args()
    try:
        package = f"{PACKAGES[arguments.source]} {version(PACKAGES[arguments.source])}"
    except importlib.metadata.PackageNotFoundError:
        sys.exit(f"{arguments.source} is not installed: see the first lines of this file")
    warnings.simplefilter("ignore")
    sizes = tuple(int(size) for size in arguments.sizes.split(","))
    for name, function, rest in SOURCES[arguments.source]():
        if arguments.only and arguments.only not in name:
            continue
        started = time.process_time()
        with np.errstate(all="ignore"):
            strict = "only" if arguments.strict else True
            report = check_score(
                function, strict=strict, factor_sizes=sizes, n=arguments.n, **rest
            )
        seconds = time.process_time() - started
        tried = [finding for finding in report.findings if finding.held is not None]
        kept = len(tried) - len(report.broken)
        print(f"\n{package}: {name}: {kept} of {len(tried)} laws, {seconds:.0f} CPU s")
        for finding in report.findings if arguments.all else report.broken:
            print(f"  {finding}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
