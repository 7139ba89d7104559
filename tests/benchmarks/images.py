"""Batches per second, memory and the time to a first picture, on Fashion-MNIST in full where that can be had."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nnwidgets import ImageDataset, load_fashion_mnist
from nnwidgets.networks import build_mlp
from nnwidgets.training import commands as c
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.settings import NetworkSpec, Settings

ROUNDS = 5
TEXTBOOK_BATCHES = 200

# In a process of its own: memory over that after importing PyTorch, and seconds to a picture.
_ALONE = """
import json, resource, time
import torch
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
before = resident()
from nnwidgets import FashionTrainer
started = time.perf_counter()
trainer = FashionTrainer()
seconds = time.perf_counter() - started
assert trainer._snapshot["buffer"]
trainer.train(epochs=1)
trainer.wait()
print(json.dumps([seconds, resident() - before]))
"""


@contextmanager
def _as_torchvision_has_it(data: ImageDataset) -> Iterator[str]:
    """A folder with the images in torchvision's files."""
    with tempfile.TemporaryDirectory() as root:
        raw = Path(root, "FashionMNIST", "raw")
        raw.mkdir(parents=True)
        for name, part in (("train", "train"), ("t10k", "test")):
            images, labels = getattr(data, f"x_{part}")[:, 0], getattr(data, f"y_{part}")[:, 0].astype(np.uint8)
            for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
                header = np.array([0x0800 + array.ndim, *array.shape], ">i4").tobytes()
                (raw / f"{name}-{kind}-ubyte").write_bytes(header + array.tobytes())
        yield root


def _textbook_loop(root: str) -> Callable[[], int]:
    """The loop of a course: `DataLoader`, `ToTensor`, loss and accuracy of each batch."""
    from torch.utils.data import DataLoader
    from torchvision.datasets import FashionMNIST
    from torchvision.transforms import ToTensor

    loader = DataLoader(FashionMNIST(root, train=True, transform=ToTensor()), batch_size=64)
    model = build_mlp(784, (64, 64), 10, activation="relu", output_activation=None, flatten=True)
    optimizer, loss_fn = torch.optim.SGD(model.parameters(), lr=1e-3), nn.CrossEntropyLoss()

    def run() -> int:
        loss_sum = correct = 0.0
        for count, (images, labels) in enumerate(loader, 1):
            outputs = model(images)
            loss = loss_fn(outputs, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item()
            correct += (outputs.argmax(1) == labels).float().mean().item()
            if count == TEXTBOOK_BATCHES:
                break
        return count

    return run


def _trainer_loop(data: ImageDataset) -> Callable[[], int]:
    network = NetworkSpec((64, 64), "relu", flatten=True, in_features=784, out_features=10, output_activation=None)
    settings = Settings(data, network, "sgd", 1e-3, 64, loss_fn="cross_entropy", shuffle=False)
    loop = TrainingLoop(Experiment(settings))

    def run() -> int:
        before = loop.experiment.position.step
        loop.call(c.Train(epochs=1))
        loop.wait()
        return loop.experiment.position.step - before

    return run


def batches_per_second() -> tuple[float, float, float]:
    """The trainer's over the textbook's, median of neighbouring rounds; then the medians of both, textbook first."""
    data = load_fashion_mnist(download=False)
    with _as_torchvision_has_it(data) as root:
        contestants = (_textbook_loop(root), _trainer_loop(data))
        rounds = [[_rate(run) for run in contestants] for _ in range(ROUNDS + 1)][1:]
    textbook, ours = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    return statistics.median(mine / theirs for theirs, mine in rounds), textbook, ours


def _rate(run: Callable[[], int]) -> float:
    started = time.perf_counter()
    return run() / (time.perf_counter() - started)


def alone() -> tuple[float, float]:
    """Seconds to the first picture, and MB above importing PyTorch after an epoch; medians of three processes."""
    found = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", _ALONE], capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    seconds, megabytes = (statistics.median(values) for values in zip(*found, strict=True))
    return seconds, megabytes
