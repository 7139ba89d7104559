"""NetworkAnatomy: what following a loop costs it, and how soon large models are there."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import NamedTuple

import torch
from torch import nn

STEPS = 60
_OPENING = """
import threading
import time
import torch, torchvision
from torch import nn
from nnwidgets import NetworkAnatomy

class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(20_000, 512), nn.LSTM(512, 512, num_layers=2, batch_first=True)
        self.output = nn.Linear(512, 20_000)
        self.output.weight = self.embedding.weight

    def forward(self, tokens):
        return self.output(self.lstm(self.embedding(tokens))[0])

{made}
started = time.perf_counter()
anatomy = NetworkAnatomy(model, input=x)
is_there = threading.Event()
anatomy.observe(lambda _: is_there.set(), "_anatomy")
if anatomy._anatomy is None:
    is_there.wait()
shown = time.perf_counter() - started
anatomy.wait()
print(shown, time.perf_counter() - started)
"""
MODELS = {
    "ResNet-50": "model, x = torchvision.models.resnet50(), torch.rand(1, 3, 224, 224)",
    "ViT-B/16": "model, x = torchvision.models.vit_b_16(), torch.rand(1, 3, 224, 224)",
    "language model with an LSTM": "model, x = Language(), torch.randint(20_000, (4, 64))",
}


class Following(NamedTuple):
    """Of a training of torchvision's ResNet-18."""

    median: float  # of the time of a step with step() over that without, in pairs
    share: float  # of the whole time that went into the widget
    step: float  # seconds
    shown: int  # measurements


def following(batch: int, pixels: int) -> Following:
    """Steps with and without the widget, in turns; every step but those that are not followed is told of.

    Args:
        batch: samples in one.
        pixels: width and height of an image.
    """
    import torchvision

    from nnwidgets import NetworkAnatomy

    torch.manual_seed(0)
    model = torchvision.models.resnet18(num_classes=10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.rand(batch, 3, pixels, pixels), torch.randint(10, (batch,))
    anatomy = NetworkAnatomy(model, input=x[:1], selected="layer4.1.conv2")
    anatomy.wait()
    shown: list[object] = []
    anatomy.observe(shown.append, "_numbers")
    spent, alone, inside = 0.0, [], []

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    step()
    began = time.perf_counter()
    with anatomy:
        for _ in range(STEPS):
            started = time.perf_counter()
            loss = step()
            done = time.perf_counter()
            anatomy.step(loss)
            told = time.perf_counter()
            alone.append(done - started)
            inside.append((told - started) / (done - started))
            spent += told - done
        ended = time.perf_counter()
    anatomy.close()
    return Following(statistics.median(inside), spent / (ended - began), statistics.median(alone), len(shown))


def opening(made: str) -> tuple[float, float]:
    """Seconds until a model's structure is there, and until all is; PyTorch is imported already."""
    program = _OPENING.format(made=made)
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    shown, all_there = map(float, out.split())
    return shown, all_there
