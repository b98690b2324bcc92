"""What a training step and an encoding cost, beside plain PyTorch and pythae on the same network.

python benchmarks/training_vs_peers.py [--rounds 5] [--steps 50] [--images 10000]

Each contender lives in a process of its own, on one thread, and they take turns; reported are CPU
times. Plain PyTorch is the fastest loop we could write with stock layers, once with the allocator
as it is and once with the setting that unbraid makes. pythae is left out where it is not
installed (pip install pythae).
"""

import argparse
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TQDM_DISABLE"] = "1"  # pythae draws a bar for each block

BATCH = 64
BETA = 4.0
_kept = {}


def images(n):
    if n not in _kept:
        import numpy as np

        from unbraid.data import load_dataset

        data = load_dataset("dsprites")
        _kept[n] = data.images[np.sort(np.random.default_rng(0).integers(len(data), size=n))]
    return _kept[n]


def cpu_seconds(run):
    start = time.process_time()
    run()
    return time.process_time() - start


def layers():
    from torch import nn

    down = [nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 32, 4, 2, 1), nn.ReLU()]
    down += [nn.Conv2d(32, 64, 2, 2), nn.ReLU(), nn.Conv2d(64, 64, 2, 2), nn.ReLU()]
    down += [nn.Flatten(), nn.Linear(1024, 256), nn.ReLU()]
    up = [nn.Linear(10, 256), nn.ReLU(), nn.Linear(256, 1024), nn.ReLU()]
    up += [nn.Unflatten(1, (64, 4, 4)), nn.ConvTranspose2d(64, 64, 4, 2, 1), nn.ReLU()]
    up += [nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU()]
    up += [nn.ConvTranspose2d(32, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1)]
    return nn.Sequential(*down), nn.Linear(256, 10), nn.Linear(256, 10), nn.Sequential(*up)


def unbraid_training(steps, n):
    from unbraid.learners import BetaVAE

    model = BetaVAE(beta=BETA, n_steps=steps)
    samples = images(n)
    return cpu_seconds(lambda: model.fit(samples)) / steps


def unbraid_encoding(steps, n):
    from unbraid.learners import BetaVAE

    if "model" not in _kept:
        _kept["model"] = BetaVAE(beta=BETA, n_steps=1).fit(images(n))
    samples = images(n)
    return cpu_seconds(lambda: _kept["model"].transform(samples)) / n


def plain_training(steps, n, *, allocator=False):
    import torch
    import torch.nn.functional as F  # noqa: N812 (as torch writes it)
    from torch import nn

    from unbraid.training.memory import keep_freed_memory

    if allocator:
        keep_freed_memory()
    body, mean, logvar, up = layers()
    nn.ModuleList([body, mean, logvar, up]).to(memory_format=torch.channels_last)
    parameters = [p for part in (body, mean, logvar, up) for p in part.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    samples = torch.from_numpy(images(n))

    def loop():
        for _ in range(steps):
            x = samples[torch.randint(n, (BATCH,))].float().unsqueeze(1)
            features = body(x)
            m, v = mean(features), logvar(features)
            logits = up(m + torch.exp(0.5 * v) * torch.randn_like(m))
            loss = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / BATCH
            loss = loss + BETA * 0.5 * (m * m + v.exp() - v - 1).sum() / BATCH
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()

    return cpu_seconds(loop) / steps


def tuned_training(steps, n):
    return plain_training(steps, n, allocator=True)


def plain_encoding(steps, n, batch=256, *, allocator=False):
    import torch

    from unbraid.training.memory import keep_freed_memory

    if allocator:
        keep_freed_memory()
    body, mean, _, _ = layers()
    body.to(memory_format=torch.channels_last)
    samples = torch.from_numpy(images(n))

    def loop():
        with torch.inference_mode():
            parts = samples.split(batch)
            torch.cat([mean(body(part.float().unsqueeze(1))) for part in parts])

    return cpu_seconds(loop) / n


def tuned_encoding(steps, n):
    return plain_encoding(steps, n, allocator=True)


def pythae_training(steps, n):
    import logging

    import torch
    from pythae.data.datasets import BaseDataset
    from pythae.models import BetaVAE, BetaVAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    logging.disable(logging.CRITICAL)
    body, mean, logvar, up = layers()

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.body, self.mean, self.logvar = body, mean, logvar

        def forward(self, x):
            features = self.body(x)
            return ModelOutput(embedding=self.mean(features), log_covariance=self.logvar(features))

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.up = up

        def forward(self, codes):
            return ModelOutput(reconstruction=torch.sigmoid(self.up(codes)))

    config = BetaVAEConfig(
        input_dim=(1, 64, 64), latent_dim=10, beta=BETA, reconstruction_loss="bce"
    )
    samples = torch.from_numpy(images(n)[: steps * BATCH]).float().unsqueeze(1)
    trainer = BaseTrainer(
        BetaVAE(config, Encoder(), Decoder()),
        BaseDataset(samples, torch.zeros(len(samples))),
        training_config=BaseTrainerConfig(
            output_dir="/tmp/pythae",
            num_epochs=1,
            learning_rate=1e-3,
            per_device_train_batch_size=BATCH,
            train_dataloader_num_workers=0,
            no_cuda=True,
        ),
    )
    trainer.prepare_training()
    return cpu_seconds(lambda: trainer.train_step(1)) / steps


def compare(title, unit, scale, contenders, settings):
    """Let contenders take turns, and print medians and the ratio to the first, round by round."""
    pools = {name: ProcessPoolExecutor(1, mp_context=get_context("spawn")) for name in contenders}
    took = {name: [] for name in contenders}
    for round_ in range(settings.rounds + 1):
        for name, run in contenders.items():
            seconds = pools[name].submit(run, settings.steps, settings.images).result()
            if round_:  # the first warms up
                took[name].append(scale * seconds)
    for pool in pools.values():
        pool.shutdown()
    print(f"{title}, {unit}: median (least), and how often ours fits into it")
    ours = took["unbraid"]
    for name, figures in took.items():
        ratio = statistics.median(a / b for a, b in zip(figures, ours, strict=True))
        middle = statistics.median(figures)
        print(f"  {name:36} {middle:8.2f} ({min(figures):.2f})   {ratio:5.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--images", type=int, default=10_000)
    settings = parser.parse_args()
    training = {
        "unbraid": unbraid_training,
        "PyTorch, channels last, fused Adam": plain_training,
        "the same, with our allocator setting": tuned_training,
    }
    if find_spec("pythae"):
        training["pythae"] = pythae_training
    else:
        print("pythae is not installed and left out")
    compare("A training step", "CPU ms", 1e3, training, settings)
    encoding = {
        "unbraid": unbraid_encoding,
        "bare forward pass, batches of 256": plain_encoding,
        "the same, with our allocator setting": tuned_encoding,
    }
    compare(f"Encoding {settings.images} images", "CPU us each", 1e6, encoding, settings)


if __name__ == "__main__":
    main()
