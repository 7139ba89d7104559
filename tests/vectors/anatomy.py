"""Models as a view gets them: what they do in order, what gives to which, their counts.

The numbers are checked against PyTorch's hooks, torchinfo and torchvision in `tests/unit`.
"""

from __future__ import annotations

import torch
import torchvision
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.examples import example
from nnwidgets.anatomy.trace import trace
from nnwidgets.widgets._anatomy_showing import anatomy_trait


class Cells(nn.Module):
    """An LSTM cell that runs once for each token."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.cell = nn.LSTMCell(6, 5)
        self.head = nn.Linear(5, 20)

    def forward(self, tokens):
        x = self.embedding(tokens)
        h = c = torch.zeros(len(tokens), 5)
        for time in range(tokens.shape[1]):
            h, c = self.cell(x[:, time], (h, c))
        return self.head(h)


class Failing(nn.Module):
    """A classifier whose first layer expects more numbers than it gets."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.classifier = nn.Sequential(nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))

    def forward(self, x):
        return self.classifier(self.features(x))


class Unused(nn.Module):
    """A layer that runs twice, one that never runs, two outputs."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.ones(4))
        self.auxiliary = nn.Linear(4, 2)

    def forward(self, x, mask):
        x = self.shared(x).relu()
        x = self.shared(x) * self.scale
        return {"logits": x * mask, "hidden": x}


def make():
    """The models by name."""
    made = {name: _trait(*example(name)) for name in ("dense", "convolutional", "residual", "transformer", "recurrent")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        resnet = torchvision.models.resnet50()
        others = {"cells": Cells(), "failing": Failing(), "unused": Unused()}
    made["resnet50"] = _trait(resnet, torch.zeros(1, 3, 224, 224), "")
    made["cells"] = _trait(others["cells"], torch.zeros(2, 9, dtype=torch.int64), "")
    made["failing"] = _trait(others["failing"], torch.zeros(8, 1, 28, 28), "")
    made["unused"] = _trait(others["unused"], {"x": torch.zeros(3, 4), "mask": torch.zeros(3, 4)}, "")
    return made


def _trait(model, x, label):
    graph = trace(model, Arguments.of(x))
    unfolded = list(graph.first_unfolded())
    return anatomy_trait(graph, version=1, owner="settings" if label else "module", label=label, unfolded=unfolded)
