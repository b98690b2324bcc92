"""Deep variational autoencoders on MNIST: log likelihood and active codes by CPU minutes.

python benchmarks/deep_vae_mnist.py [--mnist PATH] [--minutes 60] [--models one,one50,...]
    [--test 1000] [--draws 5000] [--batch 50] [--rate 1e-3] [--seed 0] [--save FOLDER]

Dynamic binarisation: pixels are probabilities, drawn anew for each batch in training and once
for the test. All on one thread, the minutes being those of the CPU. Models:

- ``one`` and ``one50``: one layer of 50 codes, two hidden layers of 200 tanh units, K = 1, and 50
  for the last tenth of the steps.
- ``two`` and ``two50``: layers of 100 and 50 codes, with 200 and 100 units.
- ``five`` and ``five_ladder``: layers of 64, 32, 16, 8 and 4 codes, with 512, 256, 128, 64 and 32
  units; plain, and as a ladder with batch normalisation, a KL whose weight rises, and half a nat
  of it free in each layer.
- ``pythae`` and ``pythae50``: pythae's VAE and IWAE on the network of ``one``, with its own
  trainer, in a Python that has pythae and torch.

Beside them stands the table of Burda et al. (2016), arXiv:1509.00519, after 3,280 epochs.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["TQDM_DISABLE"] = "1"  # pythae draws bars

import numpy as np
import torch

import unbraid
from unbraid.learners import DeepVAE, LadderVAE
from unbraid.training.importance import log_likelihood

ONE = {"n_codes": 50, "n_hidden": 200}
TWO = {"n_codes": (100, 50), "n_hidden": (200, 100)}
FIVE = {"n_codes": (64, 32, 16, 8, 4), "n_hidden": (512, 256, 128, 64, 32), "network": "leaky"}
MANY = {"gradient": "importance_weighted", "n_draws": 50, "importance_warmup": 0.9}
LADDER = {"batch_norm": True, "kl_warmup": 0.3, "free_nats": 0.5}
MODELS = {
    "one": (DeepVAE, ONE),
    "one50": (DeepVAE, ONE | MANY),
    "two": (DeepVAE, TWO),
    "two50": (DeepVAE, TWO | MANY),
    "five": (DeepVAE, FIVE),
    "five_ladder": (LadderVAE, FIVE | LADDER),
}
PUBLISHED = {
    "one": "86.76 (19)",
    "one50": "84.78 (25)",
    "two": "85.33 (16 + 5)",
    "two50": "82.90 (26 + 7)",
}


def seconds_per_step(make, images, **settings):
    def cost(n_steps):
        model = make(n_steps).set_params(**settings)
        started = time.process_time()
        model.fit(images)
        return time.process_time() - started

    cost(2)
    return (cost(220) - cost(20)) / 200


def steps_within(seconds, make, images):
    alone = seconds_per_step(make, images, gradient="reparametrised", n_draws=1)
    model = make(1)
    if model.gradient == "reparametrised":
        return int(seconds / alone)
    weighted = seconds_per_step(make, images, importance_warmup=0.0)
    share = model.importance_warmup
    return int(seconds / (share * alone + (1 - share) * weighted))


def report(name, minutes, epochs, found, active):
    error = found.std() / np.sqrt(len(found))
    print(
        f"{name:12s} {minutes:6.1f} min {epochs:7.1f} epochs  -log p {-found.mean():7.2f} "
        f"+- {error:.2f}  active {' + '.join(map(str, active)):18s} "
        f"Burda et al.: {PUBLISHED.get(name.replace('pythae', 'one'), '')}",
        flush=True,
    )


def run(name, options, train, test):
    kind, settings = MODELS[name]

    def make(n_steps):
        return kind(
            **settings,
            dynamic_binarisation=True,
            batch_size=options.batch,
            learning_rate=options.rate,
            n_steps=n_steps,
            random_state=options.seed,
        )

    n_steps = steps_within(60 * options.minutes, make, train)
    started = time.process_time()
    model = make(n_steps).fit(train)
    minutes = (time.process_time() - started) / 60
    found = model.log_likelihood(test, n_samples=options.draws)
    layers = range(1, model.n_layers_ + 1)
    active = [int((model.activity(test, layer) > 0.01).sum()) for layer in layers]
    report(name, minutes, n_steps * options.batch / len(train), found, active)
    if options.save:
        model.save(options.save / name)


class Drawn(torch.utils.data.Dataset):
    """Images that are made binary whenever they are asked for, as pythae takes them."""

    def __init__(self, images, kind):
        self.images, self.kind = torch.from_numpy(images).flatten(1), kind

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.kind(data=torch.bernoulli(self.images[index]))


class Weighed:
    """A pythae model as unbraid estimates likelihoods."""

    def __init__(self, model):
        self.model = model

    def log_weights(self, x, generator, n_draws):
        q = self.model.encoder(x)
        mean, logvar = (t.repeat(n_draws, 1) for t in (q.embedding, q.log_covariance))
        noise = torch.empty_like(mean).normal_(generator=generator)
        codes = mean + torch.exp(0.5 * logvar) * noise
        made = self.model.decoder(codes).reconstruction
        many = x.repeat(n_draws, 1)
        loss = torch.nn.functional.binary_cross_entropy(made, many, reduction="none").sum(1)
        ratio = 0.5 * (codes.square() - noise.square() - logvar).sum(1)
        return (-loss - ratio).view(n_draws, len(x))


def pythae_model(k):
    from pythae.models import IWAE, VAE, IWAEConfig, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from torch import nn

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                *(nn.Linear(784, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh())
            )
            self.mean, self.logvar = nn.Linear(200, 50), nn.Linear(200, 50)

        def forward(self, x):
            h = self.body(x)
            return ModelOutput(embedding=self.mean(h), log_covariance=self.logvar(h))

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                *(nn.Linear(50, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh()),
                *(nn.Linear(200, 784), nn.Sigmoid()),
            )

        def forward(self, z):
            return ModelOutput(reconstruction=self.body(z))

    config = {"input_dim": (784,), "latent_dim": 50, "reconstruction_loss": "bce"}
    if k > 1:
        return IWAE(IWAEConfig(**config, number_samples=k), Encoder(), Decoder())
    return VAE(VAEConfig(**config), Encoder(), Decoder())


def train_pythae(k, options, images, epochs):
    """Train for some epochs and return the model and the CPU seconds."""
    from pythae.data.datasets import DatasetOutput
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    torch.manual_seed(options.seed)  # noqa: TID251 (pythae knows no generator)
    model = pythae_model(k)
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            model,
            Drawn(images, DatasetOutput),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                num_epochs=epochs,
                learning_rate=options.rate,
                per_device_train_batch_size=options.batch,
                no_cuda=True,
            ),
        )
        started = time.process_time()
        trainer.train(log_output_dir=folder)
        return model.eval(), time.process_time() - started


def run_pythae(name, options, train, test):
    k = 50 if name.endswith("50") else 1
    share = 0.05 if k > 1 else 0.2  # of the images, for a first look at the cost
    _, seconds = train_pythae(k, options, train[: int(share * len(train))], 1)
    epochs = max(1, round(60 * options.minutes * share / seconds))
    model, seconds = train_pythae(k, options, train, epochs)
    noise = torch.Generator().manual_seed(options.seed)
    found, means = [], []
    with torch.inference_mode():
        for start in range(0, len(test), 32):
            x = torch.from_numpy(test[start : start + 32]).flatten(1)
            means.append(model.encoder(x).embedding)
            x = torch.bernoulli(x, generator=noise)
            found.append(log_likelihood(Weighed(model), x, options.draws, noise)[0])
    active = int((torch.cat(means).var(0, correction=0) > 0.01).sum())
    report(name, seconds / 60, epochs, torch.cat(found).numpy(), [active])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", default=None)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=Path, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    train = unbraid.load_dataset("mnist", path=options.mnist).images
    test = unbraid.load_dataset("mnist", path=options.mnist, split="test").images[: options.test]
    print(f"MNIST, dynamic binarisation, {len(test)} test images, k = {options.draws}", flush=True)
    for name in options.models.split(","):
        (run_pythae if name.startswith("pythae") else run)(name, options, train, test)


if __name__ == "__main__":
    main()
