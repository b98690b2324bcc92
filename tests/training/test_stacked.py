"""Models that are trained as one end as if each had been trained alone."""

import pytest
import torch
from torch.testing import assert_close

from unbraid.core.errors import InputError, RunFailed
from unbraid.core.rng import stream
from unbraid.learners import DIPVAE, VAE, AnnealedVAE, BetaTCVAE, BetaVAE, FactorVAE
from unbraid.training.distributions import Gaussian
from unbraid.training.estimators import sticking_the_landing
from unbraid.training.loop import Plan, train
from unbraid.training.networks import BernoulliDecoder, GaussianDecoder, build
from unbraid.training.objective import Objective
from unbraid.training.regulariser import WeightedKL
from unbraid.training.samples import Batches, Layout
from unbraid.training.schedules import Schedule
from unbraid.training.stacked import Stacked
from unbraid.training.stacked_batches import Generators, Resident, StackedBatches
from unbraid.training.streams import torch_stream
from unbraid.training.variational import Variational

CPU = torch.device("cpu")
DEVICES = [CPU, torch.device("cuda")] if torch.cuda.is_available() else [CPU]
N_CODES, BATCH = 3, 8
FADING = Schedule(
    learning_rate=1e-3, warmup=0.1, decay="linear", decay_from=0.5, extra_kl=0.1, extra_until=0.5
)


class Float64Batches(Batches):
    def read(self, rows):
        return super().read(rows).double()


def noise_in_float32(posterior, cost, generator):
    """The reparametrised gradient; stacked models are given float32 noise."""
    noise = torch.empty(posterior.mean.shape).normal_(generator=generator)
    codes = posterior.mean + posterior.std * noise
    return codes, cost(codes, posterior)


def layout(shape):
    return Layout(shape=shape, checked=len(shape) > 1)


def objective(seed, regulariser, shape, decoder="bernoulli", n_steps=30, **rest):
    network = "conv" if len(shape) > 1 else "mlp"
    weights = torch_stream(seed, "weights")
    encoder, body = build(network, layout(shape).network_shape, N_CODES, weights)
    likelihood = (
        BernoulliDecoder(body)
        if decoder == "bernoulli"
        else GaussianDecoder(body, 0.5, learned=decoder == "learned")
    )
    rest = {"extra_kl": lambda step: FADING.extra(step, n_steps)} | rest
    return Variational(encoder, likelihood, regulariser, **rest).double()


def batches(seed, shape):
    samples = stream(0, "samples").uniform(size=(20, *shape))
    return Float64Batches(samples, layout(shape), BATCH, torch_stream(seed, "batches"))


def noise(seed):
    return torch_stream(seed, "noise")


def plan(n_steps):
    return Plan(
        n_steps=n_steps,
        schedule=FADING,
        log_every=max(1, n_steps // 3),
        checkpoint_seconds=0.0,
        bfloat16=False,
    )


def alone(seed, regulariser, shape, n_steps=30, **rest):
    model = objective(seed, regulariser, shape, n_steps=n_steps, **rest)
    model.estimator = noise_in_float32
    lines = train(model, batches(seed, shape), noise(seed), plan(n_steps))
    return model, lines


class Float64Stack(StackedBatches):
    def next(self):
        x, noise = super().next()
        return x.double(), noise


def together(
    regularisers, shape, n_steps=30, folder=None, progress=lambda _: None, device=CPU, **rest
):
    seeds = range(len(regularisers))
    models = [
        objective(seed, regulariser, shape, n_steps=n_steps, **rest)
        for seed, regulariser in zip(seeds, regularisers, strict=True)
    ]
    stacked = Stacked(models, device)
    drawn = Float64Stack(
        [batches(seed, shape) for seed in seeds], [noise(seed) for seed in seeds], N_CODES, device
    )
    lines = train(stacked, drawn, noise(9), plan(n_steps), folder=folder, progress=progress)
    stacked.unstack()
    return models, lines


def regulariser(learner, seed):
    learner.n_samples_ = 20
    return learner._regulariser(seed)


def same(model, lines, other, other_lines, place, device=CPU):
    # Elsewhere the learning rate is a float32 number.
    on_cpu = device.type == "cpu"
    close = {"rtol": 1e-6, "atol": 1e-9} if on_cpu else {"rtol": 1e-5, "atol": 1e-7}
    for (name, weight), own in zip(model.named_parameters(), other.parameters(), strict=True):
        # What float64 leaves of the order of sums, after steps of Adam.
        assert_close(own, weight, **close, msg=lambda m, n=name: f"{n}: {m}")
    for line, stacked in zip(lines, other_lines, strict=True):
        for name in ("loss", "reconstruction", "kl", "kl_per_code", "total_correlation"):
            found = torch.tensor(stacked[name][place])
            assert_close(found, torch.tensor(line[name]), rtol=1e-6, atol=1e-6)
        assert stacked["active_codes"][place] == line["active_codes"]
        assert stacked["learning_rate"] == line["learning_rate"]


NARROW = {"n_codes": N_CODES, "discriminator_width": 16}
METHODS = {
    "beta": [BetaVAE(beta=beta) for beta in (1.0, 4.0, 16.0)],
    "annealed": [AnnealedVAE(c_max=c, gamma=10.0, n_steps=30) for c in (1.0, 5.0, 25.0)],
    "total correlation": [BetaTCVAE(beta=beta) for beta in (1.0, 6.0)],
    "stratified": [BetaTCVAE(beta=beta, estimator="stratified") for beta in (1.0, 6.0)],
    "dip i": [DIPVAE(lambda_od=weight) for weight in (1.0, 10.0)],
    "dip ii": [DIPVAE(variant="ii", lambda_od=w, lambda_d=1.0) for w in (1.0, 10.0)],
    "factor": [FactorVAE(gamma=gamma, **NARROW) for gamma in (10.0, 40.0)],
    "equal settings": [VAE(), VAE()],
}


on_devices = pytest.mark.parametrize("device", DEVICES, ids=str)


@on_devices
@pytest.mark.parametrize("method", METHODS)
def test_each_model_ends_as_if_it_had_been_trained_alone(method, device):
    learners = METHODS[method]
    regularisers = [regulariser(learner, seed) for seed, learner in enumerate(learners)]
    models, lines = together(regularisers, (5,), device=device)
    for seed, learner in enumerate(learners):
        twin, twin_lines = alone(seed, regulariser(learner, seed), (5,))
        same(twin, twin_lines, models[seed], lines, seed, device)


@on_devices
@pytest.mark.parametrize("decoder", ["learned", "fixed"])
def test_gaussian_decoders_too(decoder, device):
    kinds = [WeightedKL(1.0), WeightedKL(2.0)]
    models, lines = together(kinds, (5,), decoder=decoder, device=device)
    for seed in (0, 1):
        twin, twin_lines = alone(seed, WeightedKL(1.0 + seed), (5,), decoder=decoder)
        same(twin, twin_lines, models[seed], lines, seed, device)


@on_devices
@pytest.mark.parametrize("channels", [(), (3,)])
def test_convolutional_networks_too(channels, device):
    shape = (64, 64, *channels)
    kinds = [WeightedKL(1.0), WeightedKL(4.0)]
    models, lines = together(kinds, shape, n_steps=6, device=device)
    for seed, beta in enumerate([1.0, 4.0]):
        twin, twin_lines = alone(seed, WeightedKL(beta), shape, n_steps=6)
        same(twin, twin_lines, models[seed], lines, seed, device)


def test_models_do_not_see_one_another():
    pair, _ = together([WeightedKL(1.0), WeightedKL(2.0)], (5,), n_steps=9)
    other, _ = together([WeightedKL(1.0), WeightedKL(50.0)], (5,), n_steps=9)
    for weight, own in zip(pair[0].parameters(), other[0].parameters(), strict=True):
        assert_close(weight, own, rtol=0, atol=0)
    assert not torch.equal(pair[1].encoder.mean.weight, other[1].encoder.mean.weight)


@on_devices
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, device):
    def interrupt(word):
        if word.done == 6:
            raise KeyboardInterrupt

    def pair():
        kinds = [FactorVAE(gamma=gamma, **NARROW) for gamma in (10.0, 40.0)]
        return [regulariser(kind, seed) for seed, kind in enumerate(kinds)]

    whole, lines = together(pair(), (5,), n_steps=9, device=device)
    with pytest.raises(KeyboardInterrupt):
        together(pair(), (5,), n_steps=9, folder=tmp_path, progress=interrupt, device=device)
    assert (tmp_path / "checkpoints" / "step-000000003.safetensors").exists()
    resumed, again = together(pair(), (5,), n_steps=9, folder=tmp_path, device=device)
    for one, other in zip(whole, resumed, strict=True):
        for weight, own in zip(one.parameters(), other.parameters(), strict=True):
            assert_close(weight, own, rtol=0, atol=0)
    assert [line["loss"] for line in lines] == [line["loss"] for line in again]


def test_the_weights_of_the_single_models_wait_for_the_end():
    models = [objective(seed, WeightedKL(), (5,)) for seed in (0, 1)]
    before = models[1].encoder.mean.weight.clone()
    stacked = Stacked(models, CPU)
    with torch.no_grad():
        for weight in stacked.weights:
            weight.add_(1)
    assert torch.equal(models[1].encoder.mean.weight, before)
    stacked.unstack()
    assert_close(models[1].encoder.mean.weight, before + 1)


def test_a_model_that_diverges_stops_them_all():
    with pytest.raises(RunFailed, match="diverged"):
        together([WeightedKL(1.0), WeightedKL(float("inf"))], (5,), n_steps=9)


def test_what_was_never_run_has_no_summary():
    assert Stacked([objective(0, WeightedKL(), (5,))], CPU).summary() == {}


def test_generators_are_taken_up_where_they_were_left():
    both = Generators(torch_stream(0, "a"), torch_stream(0, "b"))
    state = both.get_state()
    first = [torch.rand(3, generator=part) for part in both.parts]
    both.set_state(state)
    again = [torch.rand(3, generator=part) for part in both.parts]
    assert torch.equal(torch.stack(first), torch.stack(again))
    assert not torch.equal(*first)


@pytest.mark.parametrize("shape", [(7,), (4, 4), (4, 4, 3)])
@pytest.mark.parametrize("kind", ["uint8", "float64"])
def test_samples_kept_on_a_device_are_the_samples(shape, kind):
    numbers = stream(0, "pixels").integers(256, size=(50, *shape)).astype(kind)
    scaled = Layout(shape=shape, scale=255.0, checked=True)
    rows = torch.tensor([3, 49, 3, 0])
    kept = Resident(numbers, scaled, CPU).read(rows)
    assert torch.equal(kept, scaled.tensor(numbers[rows.numpy()]))


def test_samples_that_cannot_be_learned_from_are_not_kept():
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        Resident(stream(0, "normal").normal(size=(9, 2)), Layout(shape=(2,), checked=True), CPU)


class OtherKL(WeightedKL):
    def forward(self, encoded):
        return super().forward(encoded) * 2


class Counting(WeightedKL):
    def __init__(self, n):
        super().__init__()
        self.n = n


def wide():
    encoder, body = build("mlp", (5,), N_CODES + 1, torch_stream(0, "weights"))
    return Variational(encoder, BernoulliDecoder(body), WeightedKL())


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda: objective(1, OtherKL(), (5,)), "kind of regulariser"),
        (lambda: objective(1, Counting(3), (5,)), "kind of regulariser"),
        (wide, "sizes of their weights"),
        (lambda: objective(1, WeightedKL(), (5,), decoder="learned"), "networks"),
        (lambda: objective(1, WeightedKL(), (5,), estimator=sticking_the_landing), "gradient"),
        (Objective, "kind of learner"),
    ],
)
def test_what_cannot_be_stacked_is_refused(other, said):
    with pytest.raises(InputError, match=said):
        Stacked([objective(0, WeightedKL(), (5,)), other()], CPU)


def test_whole_numbers_and_optimisers_may_not_differ():
    with pytest.raises(InputError, match="agree in n: got 1 and 2"):
        Stacked([objective(seed, Counting(seed + 1), (5,)) for seed in (0, 1)], CPU)
    rates = [FactorVAE(discriminator_learning_rate=rate, **NARROW) for rate in (1e-3, 1e-4)]
    with pytest.raises(InputError, match="optimisers"):
        Stacked([objective(0, regulariser(kind, 0), (5,)) for kind in rates], CPU)


def test_a_second_batch_is_refused():
    paper = regulariser(FactorVAE(protocol="paper", **NARROW), 0)
    with pytest.raises(InputError, match="second batch"):
        Stacked([objective(0, paper, (5,))], CPU)


def test_the_noise_is_that_of_a_model_alone():
    drawn = StackedBatches([batches(s, (5,)) for s in (0, 1)], [noise(0), noise(1)], N_CODES, CPU)
    x, given = drawn.next()
    one = batches(1, (5,))
    assert torch.equal(x[1], one.next())
    posterior = Gaussian(torch.zeros(BATCH, N_CODES), torch.zeros(BATCH, N_CODES))
    assert torch.equal(given[1], posterior.draw(noise(1)))
