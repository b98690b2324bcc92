"""The untrained variational autoencoder: the weights that a VAE starts from."""

import numpy as np
import pytest

from unbraid.core.rng import stream
from unbraid.learners import VAE, UntrainedVAE


def samples(n=30):
    return stream(0, "samples").uniform(size=(n, 6))


@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_where_the_vae_of_the_same_seed_starts(seed):
    # A step of this learning rate moves a weight of zero by no more.
    still = VAE(n_codes=3, n_steps=1, learning_rate=1e-30, random_state=seed).fit(samples())
    drawn = UntrainedVAE(n_codes=3, random_state=seed).fit(samples())
    np.testing.assert_allclose(
        drawn.transform(samples()), still.transform(samples()), rtol=1e-12, atol=0
    )


def test_it_learns_nothing_of_the_samples():
    other = stream(1, "others").uniform(size=(50, 6))
    first, second = UntrainedVAE().fit(samples()), UntrainedVAE().fit(other)
    assert np.array_equal(first.transform(other), second.transform(other))


def test_a_folder_for_its_log_stays_without_checkpoints(tmp_path):
    UntrainedVAE().fit(samples(), folder=tmp_path)
    assert not list(tmp_path.rglob("*.safetensors"))
