"""Training: the same result whatever happens in between, or a clear failure."""

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from unbraid.core.errors import RunFailed, StoreError
from unbraid.core.rng import stream
from unbraid.training.loop import Plan, train
from unbraid.training.networks import BernoulliDecoder, build
from unbraid.training.regulariser import Regulariser, WeightedKL
from unbraid.training.samples import Batches, Layout
from unbraid.training.schedules import Schedule
from unbraid.training.streams import torch_stream
from unbraid.training.variational import Variational

STEADY = Schedule(learning_rate=1e-3)


def run(folder=None, *, n_steps=12, shape=(5,), regulariser=None, progress=None, **plan):
    network = "conv" if len(shape) > 1 else "mlp"
    samples = stream(0, "samples").uniform(size=(20, *shape))
    layout = Layout(shape=shape, checked=True)
    encoder, body = build(network, layout.network_shape, 2, torch_stream(0, "weights"))
    model = Variational(encoder, BernoulliDecoder(body), regulariser or WeightedKL())
    settings = {"schedule": STEADY, "log_every": 3, "checkpoint_seconds": 0.0} | plan
    lines = train(
        model,
        Batches(samples, layout, 4, torch_stream(0, "batches")),
        torch_stream(0, "noise"),
        Plan(n_steps=n_steps, **settings),
        folder=folder,
        identity={"shape": list(shape), "settings": {"n_steps": n_steps}},
        **({"progress": progress} if progress else {}),
    )
    return model, lines


def weights(model):
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def interrupt_at(step):
    def listener(word):
        if word.done == step:
            raise KeyboardInterrupt

    return listener


def steps(folder):
    lines = (folder / "train.jsonl").read_text().splitlines()
    return [json.loads(line)["step"] for line in lines]


def test_a_seed_fixes_every_bit():
    assert equal(weights(run()[0]), weights(run()[0]))


def test_a_folder_changes_nothing(tmp_path):
    assert equal(weights(run()[0]), weights(run(tmp_path)[0]))


class Opponent(Regulariser):
    """With a parameter, so that two optimisers are kept."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))

    def forward(self, encoded):
        return encoded.kl + (encoded.codes * self.weight).mean()

    def own_loss(self, encoded):
        return -(encoded.codes * self.weight).mean()


# Images have weights whose order in memory is not that in which they are saved.
@pytest.mark.parametrize("kind", ["vectors", "images", "two players"])
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, kind):
    def go(*args, **kwargs):
        shape = (64, 64) if kind == "images" else (5,)
        opponent = Opponent() if kind == "two players" else None
        return run(*args, shape=shape, regulariser=opponent, **kwargs)

    whole, lines = go()
    for step in (3, 9):
        with pytest.raises(KeyboardInterrupt):
            go(tmp_path, progress=interrupt_at(step))
    resumed, resumed_lines = go(tmp_path)
    assert equal(weights(whole), weights(resumed))
    assert steps(tmp_path) == [3, 6, 9, 12]
    for line, again in zip(lines, resumed_lines, strict=True):
        assert line | {"seconds": 0} == again | {"seconds": 0}


def test_lines_after_the_checkpoint_are_dropped(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=interrupt_at(6))
    with (tmp_path / "train.jsonl").open("a") as file:
        file.write('{"step": 9, "loss": 0.0}\n{"step": 1')  # killed before the checkpoint
    run(tmp_path)
    assert steps(tmp_path) == [3, 6, 9, 12]


def test_a_finished_training_is_taken_as_it_is(tmp_path):
    first, lines = run(tmp_path)
    heard = []
    again, same = run(tmp_path, progress=heard.append)
    assert equal(weights(first), weights(again))
    assert same == lines
    assert not heard


def test_a_truncated_checkpoint_costs_an_interval_and_not_the_run(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=interrupt_at(9))
    older, newest = sorted((tmp_path / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:1000])
    assert equal(weights(run(tmp_path)[0]), weights(run()[0]))
    assert steps(tmp_path) == [3, 6, 9, 12]
    assert not older.exists()


def test_half_a_checkpoint_left_by_a_kill_is_not_taken_for_one(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=interrupt_at(6))
    half = tmp_path / "checkpoints" / ".step-000000009.safetensors.123.tmp"
    half.write_bytes(b"half")
    assert equal(weights(run(tmp_path)[0]), weights(run()[0]))
    assert not half.exists()


def test_damaged_checkpoints_alone_are_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=interrupt_at(6))
    for path in (tmp_path / "checkpoints").iterdir():
        path.write_bytes(b"")
    with pytest.raises(StoreError, match=r"no checkpoint in .* can be read"):
        run(tmp_path)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    run(tmp_path)
    with pytest.raises(StoreError, match=r"got settings\.n_steps = 12; allowed: .* = 15"):
        run(tmp_path, n_steps=15)


class Breaks(Regulariser):
    def forward(self, encoded):
        return encoded.kl * (float("nan") if encoded.step == 7 else 1.0)


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_checkpoints(tmp_path):
    with pytest.raises(RunFailed, match="the loss of step 8 is not finite"):
        run(tmp_path, regulariser=Breaks())
    assert [p.name for p in sorted((tmp_path / "checkpoints").iterdir())] == [
        "step-000000003.safetensors",
        "step-000000006.safetensors",
    ]
    assert steps(tmp_path) == [3, 6]


class BreaksWeights(Regulariser):
    def forward(self, encoded):
        # Finite, but its gradient is not.
        zero = (encoded.codes - encoded.codes.detach()).abs().sum()
        return encoded.kl + (zero.sqrt() if encoded.step == 5 else 0.0)


def test_a_checkpoint_never_holds_weights_that_are_not_finite(tmp_path):
    with pytest.raises(RunFailed, match="parameter is not finite after step 6"):
        run(tmp_path, regulariser=BreaksWeights())
    names = [path.name for path in (tmp_path / "checkpoints").iterdir()]
    assert names == ["step-000000003.safetensors"]


def test_the_listener_hears_each_line():
    heard = []
    _, lines = run(progress=heard.append)
    assert [word.done for word in heard] == [line["step"] for line in lines] == [3, 6, 9, 12]
    assert heard[0].numbers["loss"] == lines[0]["loss"]


def test_a_line_says_what_was_promised():
    line = run()[1][0]
    means = {"loss", "reconstruction", "kl", "kl_per_code"}
    last = {"total_correlation", "active_codes"}
    assert set(line) == {"step", "learning_rate", "seconds"} | means | last
    assert sum(line["kl_per_code"]) == pytest.approx(line["kl"], rel=1e-5)


def test_the_last_interval_may_be_short():
    assert [line["step"] for line in run(n_steps=7)[1]] == [3, 6, 7]


def test_loss_falls():
    lines = run(n_steps=100, log_every=20)[1]
    assert lines[-1]["loss"] < lines[0]["loss"]


def test_learning_with_bfloat16_products_stays_close():
    exact, rounded = run(bfloat16=False)[1][-1], run(bfloat16=True)[1][-1]
    assert exact["loss"] != rounded["loss"]
    assert rounded["loss"] == pytest.approx(exact["loss"], rel=0.02)


@pytest.mark.parametrize("decay", ["linear", "cosine"])
def test_schedules_rise_and_fall(decay):
    rising = Schedule(learning_rate=1.0, warmup=0.5, decay=decay)
    rates = [rising.rate(step, 100) for step in range(100)]
    assert all(a < b for a, b in pairwise(rates[:51]))
    assert all(a > b for a, b in pairwise(rates[50:]))
    assert rates[50] == max(rates) == 1
    assert min(rates) > 0
    assert np.all(np.array([STEADY.rate(step, 100) for step in range(100)]) == 1e-3)


def test_an_extra_weight_of_the_kl_fades_and_is_gone_by_its_end():
    fading = Schedule(learning_rate=1e-3, extra_kl=8.0, extra_until=0.5)
    assert [fading.extra(step, 8) for step in range(8)] == [8, 8, 8, 4, 0, 0, 0, 0]
    assert not any(STEADY.extra(step, 8) for step in range(8))
