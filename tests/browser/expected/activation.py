"""Activation functions, by PyTorch and its autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

SOURCE = """
from nnwidgets import ActivationExplorer
explorer = ActivationExplorer()
explorer
"""
ALWAYS = ("value", "value.drawn", "slope", "slope.drawn", "left")

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.01),
    "elu": functional.elu,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "silu": functional.silu,
    "gelu": functional.gelu,
    "identity": lambda x: x * 1,
    "step": lambda x: (x > 0) + 0 * x,
}


def _computed(name: str, x: Tensor) -> tuple[Tensor, Tensor]:
    at = x.clone().requires_grad_()
    values = FUNCTIONS[name](at)
    (slopes,) = torch.autograd.grad(values.sum(), at)
    return values.detach(), slopes


def numbers(settings: dict[str, Any]) -> dict[str, float | str | None]:
    """All numbers of `ActivationExplorer` at these settings, in the window of a function of PyTorch's."""
    name = settings["activation"]
    x = torch.tensor(float(settings["x"]), dtype=torch.float64)
    value, slope = (each.item() for each in _computed(name, x))
    points = torch.arange(-600, 601, dtype=torch.float64) / 100
    slopes = _computed(name, points)[1]
    steepest = max(range(len(points)), key=lambda i: (abs(slopes[i].item()), -abs(points[i].item())))
    found: dict[str, float | str | None] = {
        "value": value,
        "value.drawn": value,
        "slope": slope,
        "slope.drawn": slope,
        "left": slope ** settings["layers"],
        "percent": 100 * abs(slope),
        "steepest": points[steepest].item(),
        "largest": slopes[steepest].item(),
        "most": 100 * slopes[steepest].item(),
        "most.left": 100 * slopes[steepest].item() ** settings["layers"],
        "exp": torch.exp({"sigmoid": -x, "softplus": x}.get(name, x.clamp(max=0))).item(),
        "sigma": torch.sigmoid(x).item(),
        "rest": (1 - torch.sigmoid(x)).item(),
        "sigma2": torch.sigmoid(2 * x).item(),
        "phi": torch.special.ndtr(x).item(),
        "density": torch.exp(torch.distributions.Normal(0, 1).log_prob(x)).item(),
    }
    flat = (slopes.abs() < settings["vanishing"]).nonzero().flatten().tolist()
    edges = [i for i in flat if not {i - 1, i + 1} <= set(flat) and {i - 1, i + 1} & set(flat)]
    if edges:
        found["edge"] = min((points[i].item() for i in edges), key=lambda edge: abs(edge - x.item()))
    return found
