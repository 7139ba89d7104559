"""Recorded passes of backpropagation as a view gets them: PyTorch's numbers, the graph, the stops of the walk.

Binaries are lists of numbers here; `js/test` makes views of them. Of the deepest network the checks are of a few ε.
Numbers have ten digits, but the losses of checks, whose differences matter, have all.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from nnwidgets.training.backprop import Recording, record_pass
from nnwidgets.widgets._backprop_showing import magnitudes_of, pass_trait, recorded_graph

_INTEGERS = ("edges", "uses")
_EXACT = ("epsilons", "checks")
_FEW = (2, 6, 10, 14)  # of the ε
_SETTINGS = {
    "hidden_layers": [2],
    "activation": "tanh",
    "loss_fn": "bce",
    "n_outputs": 1,
    "inputs": [[0.8, -0.5]],
    "targets": [[1.0]],
    "sample": 1,
    "learning_rate": 0.5,
    "weights": [0.6, -0.9, -0.7, 0.4, 0.1, -0.2, -1.1, 0.8, 0.2],
    "seed": 0,
    "detail": "node",
    "step": 1,
    "epsilon": 1e-3,
    "precision": "double",
    "beside": "",
}
_LOSSES = {"bce": nn.BCELoss(), "mse": nn.MSELoss(), "cross_entropy": nn.CrossEntropyLoss()}
_ACTIVATIONS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}
_FOUR = [[0.8, -0.5], [-0.6, 0.9], [0.3, 0.4], [-1.2, -0.7]]


def make():
    """The passes by name."""
    return {
        "default": _built({}),
        "paths meet": _built({"hidden_layers": [2, 2], "weights": []}),
        "three classes": _built(
            {
                "hidden_layers": [3],
                "activation": "relu",
                "loss_fn": "cross_entropy",
                "n_outputs": 3,
                "targets": [[2]],
                "weights": [],
            }
        ),
        "vanishing": _built(
            {"hidden_layers": [8] * 6, "activation": "sigmoid", "beside": "relu", "weights": [], "seed": 3}
        ),
        "mini-batch": _built({"inputs": _FOUR, "targets": [[1.0], [0.0], [1.0], [0.0]], "sample": 2}),
        "own module": _own(),
    }


def _built(changes):
    settings = {**_SETTINGS, **changes}
    model = _network(settings, settings["activation"])
    settings["weights"] = [float(str(each)) for each in _weights(model)]
    recording = _recorded(model, settings)
    beside = None
    if settings["beside"]:
        twin = _recorded(_network(settings, settings["beside"]), settings)
        label = {"relu": "ReLU"}[settings["beside"]]
        found = magnitudes_of(recorded_graph(twin))
        beside = {"activation": settings["beside"], "label": label, "magnitudes": found}
        recording = replace(recording, checks=_thinned(recording.checks))
    return _plain(pass_trait(recording, beside=beside, **_common(settings, "settings", _title(settings))))


def _thinned(checks):
    few = list(_FEW)
    return replace(checks, epsilons=checks.epsilons[few], losses=checks.losses[:, :, few])


def _own():
    torch.manual_seed(5)
    model = Own()
    settings = {**_SETTINGS, "inputs": _FOUR[:2], "targets": [[0.5], [-0.5]], "loss_fn": "mse"}
    settings["weights"] = [float(str(each)) for each in _weights(model)]
    recording = _recorded(model, settings)
    return _plain(pass_trait(recording, **_common(settings, "module", "a module of your own")))


class Own(nn.Module):
    """Paths that part and meet, a layer that works twice, normalisation, and a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.shared = nn.Linear(3, 3)
        self.norm = nn.LayerNorm(3)
        self.scale = nn.Parameter(torch.tensor(0.5))
        self.last = nn.Linear(3, 1)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        h = h + torch.relu(self.shared(h))
        h = h + self.scale * torch.tanh(self.shared(h))
        return self.last(self.norm(h))


def _network(settings, activation):
    torch.manual_seed(settings["seed"])
    layers, units = [], len(settings["inputs"][0])
    for width in settings["hidden_layers"]:
        layers += [nn.Linear(units, width), _ACTIVATIONS[activation]()]
        units = width
    layers.append(nn.Linear(units, settings["n_outputs"]))
    if settings["loss_fn"] == "bce":
        layers.append(nn.Sigmoid())
    model = nn.Sequential(*layers)
    if settings["weights"]:
        nn.utils.vector_to_parameters(torch.tensor(settings["weights"]), model.parameters())
    return model


def _weights(model):
    return np.concatenate([p.detach().numpy().reshape(-1) for p in model.parameters()])


def _recorded(model, settings) -> Recording:
    x = torch.tensor(settings["inputs"])
    y = torch.tensor(settings["targets"])
    if settings["loss_fn"] == "cross_entropy":
        y = y.long().reshape(-1)
    return record_pass(model, x, y, _LOSSES[settings["loss_fn"]], settings["learning_rate"])


def _common(settings, owner, label):
    return {"version": 1, "settings": settings, "number": 1, "owner": owner, "label": label}


def _title(settings):
    count = len(settings["inputs"])
    return "one sample" if count == 1 else f"{count} samples"


def _plain(trait):
    """Binaries as lists, of numbers with ten digits at most."""
    found = {}
    for key, value in trait.items():
        if not isinstance(value, bytes):
            found[key] = value
            continue
        numbers = np.frombuffer(value, dtype="<i4" if key in _INTEGERS else "<f8").tolist()
        found[key] = numbers if key in _EXACT else [_rounded(each) for each in numbers]
    return found


def _rounded(number):
    return float(f"{number:.10g}") if isinstance(number, float) and math.isfinite(number) else number
