"""Between arrays and tensors."""

import numpy as np
import pytest
import torch

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.training.samples import Batches, Layout, fingerprint, look
from unbraid.training.streams import torch_stream


@pytest.mark.parametrize("shape", [(5,), (4, 6), (4, 6, 3)])
def test_a_tensor_and_back_is_the_sample(shape):
    batch = stream(0, "batch").uniform(size=(7, *shape)).astype(np.float32)
    layout = Layout(shape=shape)
    x = layout.tensor(batch)
    assert x.shape[1:] == layout.network_shape
    assert np.array_equal(layout.array(x), batch)


def test_colours_come_first_in_shape_and_last_in_memory():
    x = Layout(shape=(4, 6, 3)).tensor(np.zeros((2, 4, 6, 3), dtype=np.uint8))
    assert x.shape == (2, 3, 4, 6)
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_bytes_are_scaled():
    x = Layout(shape=(2,), scale=255.0).tensor(np.array([[0, 255]], dtype=np.uint8))
    assert x.tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("value", [-0.1, 1.5])
def test_values_outside_the_unit_interval_are_refused_where_they_must_lie_in_it(value):
    batch = np.array([[0.5, value]])
    Layout(shape=(2,)).tensor(batch)
    with pytest.raises(InputError, match="must lie in"):
        Layout(shape=(2,), checked=True).tensor(batch)


def test_read_only_samples_are_taken():
    batch = np.ones((2, 3), dtype=np.uint8)
    batch.flags.writeable = False
    assert Layout(shape=(3,)).tensor(batch).sum().item() == 6


def test_batches_draw_every_sample_alike_and_may_exceed_them():
    samples = np.eye(4)
    batches = Batches(samples, Layout(shape=(4,)), 10_000, torch_stream(0, "batches"))
    # Counts of a fair draw have a standard deviation of 43.
    assert batches.next().sum(0).numpy() == pytest.approx(2500, abs=220)


def test_the_fingerprint_knows_content_shape_and_type():
    samples = stream(0, "samples").integers(5, size=(300, 4))
    other = samples.copy()
    other[0, 0] += 1
    prints = {fingerprint(x) for x in (samples, other, samples[:-1], samples.astype(float))}
    assert len(prints) == 4
    assert fingerprint(samples.copy()) in prints


def test_looking_reads_few_samples_from_all_over():
    assert look(np.arange(10_000), most=3).tolist() == [0, 5000, 9999]
    assert look(np.arange(2)).tolist() == [0, 1]
