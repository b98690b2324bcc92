"""Laws that every learner keeps: a learner joins by being a file in the room."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from unbraid import learners
from unbraid.core.errors import InputError, StoreError
from unbraid.core.rng import stream
from unbraid.learners import _samples

# Settings that keep a learner quick, for each one that has them.
QUICK = {
    "n_codes": 2,
    "n_steps": 8,
    "batch_size": 16,
    "discriminator_width": 8,
    "warmup": 0,
    "max_iterations": 30,
    "n_hidden": 8,
}
NAMES = learners.names()
# Too few samples to learn well from, and a learner may say so.
pytestmark = pytest.mark.filterwarnings("ignore::unbraid.core.errors.Caution")


def quick(name, **rest):
    known = learners.get(name)().get_params()
    return learners.make(name, **{k: v for k, v in QUICK.items() if k in known} | rest)


def sources(n, seed=0):
    """Six features that mix two sources, one with heavy tails and one with none."""
    rng = stream(seed, "conformance")
    made = np.stack([rng.laplace(size=n), rng.uniform(-1, 1, size=n)], axis=1)
    return made @ rng.normal(size=(2, 6)) + 0.3 * rng.normal(size=(n, 6))


class Lazy:
    """Samples that exist only when they are asked for."""

    dtype = np.dtype(float)

    def __init__(self, array):
        self.array, self.shape, self.most_read = array, array.shape, 0

    def __len__(self):
        return len(self.array)

    def __getitem__(self, index):
        taken = self.array[index]
        self.most_read = max(self.most_read, len(taken))
        return taken


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@parametrize_with_checks([quick(name) for name in NAMES])
def test_keeps_scikit_learns_laws(estimator, check):
    check(estimator)


def test_its_class_is_listed_by_dir(name):
    assert learners.get(name).__name__ in dir(learners)


def test_a_seed_fixes_the_codes_bit_for_bit(name):
    X = sources(60)
    first, second = quick(name).fit(X), quick(name).fit(X)
    assert np.array_equal(first.transform(X), second.transform(X))


def test_codes_do_not_depend_on_batch_size_or_order(name, monkeypatch):
    X = sources(60)
    learner = quick(name).fit(X)
    whole = learner.transform(X)
    order = stream(1, "order").permutation(len(X))
    monkeypatch.setattr(_samples, "_NUMBERS_PER_BATCH", 7 * X.shape[1])
    np.testing.assert_allclose(learner.transform(X[order]), whole[order], rtol=1e-5, atol=1e-6)


def test_a_saved_learner_gives_equal_codes(name, tmp_path):
    X = sources(60)
    learner = quick(name).fit(X)
    learner.save(tmp_path)
    loaded = learners.load(tmp_path)
    assert type(loaded) is type(learner)
    assert loaded.get_params() == learner.get_params()
    assert np.array_equal(loaded.transform(X), learner.transform(X))


def test_no_file_of_a_saved_learner_is_a_pickle(name, tmp_path):
    quick(name).fit(sources(60)).save(tmp_path)
    suffixes = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert suffixes <= {".json", ".jsonl", ".npz", ".safetensors"}


def test_a_damaged_folder_is_refused(name, tmp_path):
    quick(name).fit(sources(60)).save(tmp_path)
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(StoreError):
            learners.load(tmp_path)
        path.unlink()
        with pytest.raises(StoreError):
            learners.load(tmp_path)
        path.write_bytes(whole)
    learners.load(tmp_path)


def test_fitting_again_forgets_what_was_learned(name):
    X, other = sources(60), sources(60, seed=1)
    again = quick(name).fit(other).fit(X)
    assert np.array_equal(again.transform(X), quick(name).fit(X).transform(X))


def test_lazy_samples_give_the_codes_of_an_array(name):
    X = sources(60)
    fitted = quick(name).fit(X)
    lazy = quick(name).fit(Lazy(X))
    np.testing.assert_allclose(lazy.transform(Lazy(X)), fitted.transform(X), rtol=1e-6, atol=1e-8)


def test_lazy_samples_are_never_all_in_memory_when_encoding(name, monkeypatch):
    X = sources(60)
    learner = quick(name).fit(X)
    monkeypatch.setattr(_samples, "_NUMBERS_PER_BATCH", 10 * X.shape[1])
    lazy = Lazy(X)
    learner.transform(lazy)
    assert lazy.most_read <= 10


def test_images_are_taken_and_given_back_in_their_shape(name):
    images = stream(0, "images").uniform(size=(40, 8, 8, 1))
    learner = quick(name).fit(images)
    codes = learner.transform(images)
    assert codes.shape == (40, learner.n_codes_)
    if hasattr(learner, "inverse_transform"):
        assert learner.inverse_transform(codes).shape == images.shape


def test_samples_of_another_shape_are_refused(name):
    learner = quick(name).fit(sources(60))
    with pytest.raises(InputError):
        learner.transform(np.zeros((3, 2, 3)))


def test_samples_are_not_changed(name):
    X = sources(60)
    kept = X.copy()
    quick(name).fit_transform(X)
    assert np.array_equal(X, kept)


def test_nan_in_lazy_samples_is_refused(name):
    X = sources(60)
    X[5, 1] = np.nan
    with pytest.raises(InputError, match="NaN"):
        quick(name).fit(Lazy(X)).transform(Lazy(X))


def test_settings_survive_being_cloned(name):
    assert clone(quick(name)).get_params() == quick(name).get_params()


def test_an_unknown_learner_is_met_with_the_nearest_one():
    with pytest.raises(InputError, match="try 'pca'"):
        learners.make("pac")


def test_an_unknown_parameter_is_met_with_the_nearest_one():
    with pytest.raises(InputError, match="try 'n_codes'"):
        learners.make("pca", n_code=3)


def test_a_learner_that_does_not_exist_is_no_attribute():
    with pytest.raises(AttributeError, match="pca"):
        learners.PAC  # noqa: B018 (the access is what is tested)


def test_arrays_of_another_fit_are_refused(tmp_path):
    learners.make("pca", n_codes=2).fit(sources(60)).save(tmp_path / "one")
    learners.make("pca", n_codes=2).fit(sources(60, seed=1)).save(tmp_path / "two")
    (tmp_path / "two" / "arrays.npz").replace(tmp_path / "one" / "arrays.npz")
    with pytest.raises(StoreError, match="does not belong"):
        learners.load(tmp_path / "one")


def test_a_folder_of_a_learner_that_does_not_exist_is_refused(tmp_path):
    learners.make("pca", n_codes=2).fit(sources(60)).save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"learner": "pcb"}))
    with pytest.raises(StoreError, match="no known learner"):
        learners.load(tmp_path)


def test_a_class_refuses_the_folder_of_another(tmp_path):
    learners.make("pca", n_codes=2).fit(sources(60)).save(tmp_path)
    with pytest.raises(StoreError, match="another learner"):
        learners.Identity.load(tmp_path)


def test_a_random_state_that_is_no_integer_is_not_saved(tmp_path):
    learner = learners.make("pca", n_codes=2, random_state=np.random.default_rng(0))
    with pytest.raises(InputError, match="random_state cannot be saved"):
        learner.fit(sources(60)).save(tmp_path)
