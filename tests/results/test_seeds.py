from unbraid.core.values import Score
from unbraid.results.seeds import over_seeds


def mig(value):
    status = {} if value is not None else {"status": "undefined", "reason": "one code"}
    return {"mig": Score(name="mig", value=value, unit="fraction", better="higher", **status)}


def test_a_mean_counts_every_seed_and_keeps_the_worst():
    runs = {f"vae-{n}": mig(value) for n, value in enumerate((0.1, 0.5, 0.3))}
    found = over_seeds(dict.fromkeys(runs, "vae"), runs)["vae"]
    assert found.runs == ("vae-0", "vae-1", "vae-2")
    assert abs(found.scores["mig"].value - 0.3) < 1e-12
    assert found.ranges["mig"] == (0.1, 0.5)


def test_a_seed_without_a_value_leaves_no_mean_of_the_others():
    runs = {"vae-0": mig(0.1), "vae-1": mig(None)}
    found = over_seeds({"vae-0": "vae", "vae-1": "vae"}, runs)["vae"]
    assert found.scores["mig"].value is None
    assert "1 of 2 seeds" in found.scores["mig"].reason
    assert found.ranges == {}


def test_one_seed_each_is_no_mean():
    assert over_seeds({"vae": "vae", "pca": "pca"}, {"vae": mig(0.1), "pca": mig(0.2)}) == {}
