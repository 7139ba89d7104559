"""One neuron, by PyTorch."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import torch

SOURCE = """
from nnwidgets import NeuronExplorer
explorer = NeuronExplorer()
explorer
"""
ALWAYS = ("product.0", "product.1", "sum", "output", "row.0.sum", "row.3.output", "right", "experiment.4")

GATES = {"AND": "0001", "OR": "0111", "NOT": "1100", "NAND": "1110", "XOR": "0110"}
ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}


def _seen(x: torch.Tensor, *, layered: bool) -> torch.Tensor:
    if not layered:
        return x
    weights, bias = torch.tensor([[1.0, 1.0], [-1.0, -1.0]]), torch.tensor([-0.5, 1.5])
    return (x @ weights.double().T + bias.double() > 0).double()


def numbers(settings: dict[str, Any]) -> dict[str, float | str | None]:
    """All numbers of `NeuronExplorer` at these settings."""
    layered, threshold = settings["hidden_layer"], settings["form"] == "mcculloch_pitts"
    w, b = torch.tensor(settings["weights"], dtype=torch.float64), float(settings["bias"])
    corners = list(itertools.product((0.0, 1.0), repeat=2))
    x = _seen(torch.tensor([settings["inputs"], *corners], dtype=torch.float64), layered=layered)
    z = (x @ w + b).round(decimals=9)
    name = "step" if threshold else settings["activation"]
    y = (z > 0).double() if name == "step" else ACTIVATIONS[name](z)
    targets = [int(digit) for digit in GATES[settings["gate"]]]
    counts = _counts(settings["gate"], layered)
    found: dict[str, float | str | None] = {
        "product.0": (w[0] * x[0, 0]).item(),
        "product.1": (w[1] * x[0, 1]).item(),
        "bias": b,
        "threshold": -b,
        "sum": (x[0] @ w).item() if threshold else z[0].item(),
        "output": y[0].item(),
        "right": float(sum((value > 0) == bool(target) for value, target in zip(z[1:].tolist(), targets, strict=True))),
        "experiment.3": float(counts[3]),
        "experiment.4": float(counts[4]),
    }
    for index in range(4):
        total = (x[index + 1] @ w).item() if threshold else z[index + 1].item()
        found |= {f"row.{index}.sum": total, f"row.{index}.output": y[index + 1].item()}
        found |= {f"row.{index}.seen.{at}": x[index + 1, at].item() for at in range(2)}
    return found | {f"seen.{at}": x[0, at].item() for at in range(2)}


@cache
def _counts(gate: str, layered: bool) -> list[int]:
    tenths = np.arange(-20, 21)
    w1, w2, b = (each.ravel() for each in np.meshgrid(tenths, tenths, tenths))
    right = 0
    for (x1, x2), digit in zip(itertools.product((0, 1), repeat=2), GATES[gate], strict=True):
        h1, h2 = (int(x1 or x2), int(not (x1 and x2))) if layered else (x1, x2)
        right = right + ((w1 * h1 + w2 * h2 + b > 0) == (digit == "1"))
    return [int((right == count).sum()) for count in range(5)]
