"""Layers that are open, and what the rows show, as a view gets them: small models with a backward pass behind them.

Binaries are lists of numbers here, of four digits; `js/test` makes views of them. The numbers themselves are checked in
`tests/unit` against PyTorch and NumPy.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.inside import look_inside
from nnwidgets.anatomy.rows import rows_of
from nnwidgets.anatomy.trace import trace
from nnwidgets.widgets._anatomy_showing import anatomy_trait

_ASKED = {"selected": "", "sample": 1, "channel": 0, "pixel": [], "tensor": "", "window": [], "first": 0}


class Residual(nn.Module):
    """A block with a branch that goes past it."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(6)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1, groups=2, bias=False)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = x + self.conv2(x)
        return x.mean(dim=(2, 3))


class Language(nn.Module):
    """A table of tokens, attention, and an LSTM."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.lstm = nn.LSTM(8, 5, batch_first=True)
        self.head = nn.Linear(5, 20)

    def forward(self, tokens):
        x = self.embedding(tokens)
        x = self.norm(x + self.attention(x, x, x)[0])
        return self.head(self.lstm(x)[0])


def make():
    """The models by name: the graph, open layers, and rows."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        small = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        large = nn.Sequential(nn.Linear(270, 20), nn.ReLU(), nn.Linear(20, 10))
        images, tokens = torch.randn(4, 3, 12, 12), torch.randint(0, 20, (3, 7))
        return {
            "small": _made(
                small, torch.randn(5, 2), {}, {"selected": "0", "sample": 2}, {"selected": "1"}, {"selected": "2"}
            ),
            "large": _made(
                large,
                torch.rand(3, 270),
                {},
                {"selected": "0", "channel": 7},
                {"selected": "0", "tensor": "0.weight", "window": [4, 16, 100, 32]},
            ),
            "residual": _made(
                Residual(),
                images,
                {"selected": ":input"},
                {"selected": "conv1", "channel": 5, "pixel": [0, 11]},
                {"selected": "conv2", "channel": 4, "pixel": [6, 3], "sample": 3},
                {"selected": "bn1"},
                {"selected": "relu"},
                {"selected": ":add"},
            ),
            "language": _made(
                Language(),
                tokens,
                {"selected": "embedding", "sample": 2, "channel": 3},
                {"selected": "attention", "channel": 1},
                {"selected": "norm"},
                {"selected": "lstm"},
                {"selected": "head"},
            ),
        }


def _made(model, x, *all_asked):
    model(x).square().mean().backward()
    arguments = Arguments.of(x)
    graph = trace(model, arguments)
    trait = anatomy_trait(
        graph, version=1, owner="module", label=type(model).__name__, unfolded=list(graph.first_unfolded())
    )
    nodes = [number for number, node in enumerate(graph.nodes) if node.terms]
    changes = {name: 0.001 for name, _ in model.named_parameters()}
    insides = [_inside(model, arguments, graph, {**_ASKED, **asked}) for asked in all_asked if asked]
    numbers = {
        "version": 1,
        "step": 12,
        "epoch": None,
        "loss": 0.5,
        "settled": True,
        "share": 0.01,
        "has_gradients": True,
        "rows": _plain(rows_of(model, graph, nodes, before=changes)),
    }
    return {"anatomy": trait, "insides": insides, "numbers": numbers}


def _inside(model, arguments, graph, asked):
    return {"version": 1, "of": 1, **_plain(look_inside(model, arguments, graph, asked))}


def _plain(value):
    """Dataclasses as dicts, arrays as lists, and numbers of four digits."""
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return [_plain(each) for each in value.ravel().tolist()]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
