"""Losses and their derivatives, by PyTorch and its autograd."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

SOURCE = """
from nnwidgets import LossExplorer
explorer = LossExplorer()
explorer
"""
ALWAYS = ("z", "p", "L", "dp", "slope", "bce.dz", "mse.dz", "hinge.dz", "single.p", "b.mean", "b.total", "b.g.0")

LOSSES = {
    "bce": lambda z, y: torch.logaddexp(torch.zeros_like(z), -(2 * y - 1) * z),
    "mse": lambda z, y: (torch.sigmoid(z) - y) ** 2,
    "hinge": lambda z, y: torch.relu(1 - (2 * y - 1) * z),
}


def _exact(value: float) -> float | str:
    """Nothing is written as "0", and a value that is rounded to it otherwise."""
    return "0" if value == 0 else value


def numbers(settings: dict[str, Any]) -> dict[str, float | str | None]:
    """All numbers of `LossExplorer` at these settings."""
    target, name = settings["target"], settings["loss_fn"]
    logit = torch.tensor(float(settings["logit"]), dtype=torch.float64)
    y = torch.tensor(float(target), dtype=torch.float64)
    slope = (torch.sigmoid(logit) * torch.sigmoid(-logit)).item()
    found: dict[str, float | str | None] = {"z": logit.item(), "p": torch.sigmoid(logit).item(), "slope": slope}
    for each, loss_of in LOSSES.items():
        z = logit.clone().requires_grad_()
        loss = loss_of(z, y)
        loss.backward()
        assert z.grad is not None
        by_z = z.grad.item()
        found |= {f"{each}.dz": _exact(by_z), f"{each}.dp": _exact(by_z / slope)}
        if each == name:
            found |= {"L": _exact(loss.item()), "dp": _exact(by_z / slope), "dz": _exact(by_z)}
    p = 1 / (1 + torch.exp(-logit).float())  # PyTorch's own exponential in float32 may be one unit beside the right one
    bce = functional.binary_cross_entropy(p, y.float()).item()
    found |= {"single.p": p.item(), "single.L": _exact(bce)}
    return found | _batch(LOSSES[name], settings["batch"], by_p=name == "bce")


def _batch(loss_of: Any, batch: list[tuple[float, int]], *, by_p: bool) -> dict[str, float | str | None]:
    p, y = torch.tensor(batch, dtype=torch.float64).T
    z = torch.logit(p)
    z[p == 0], z[p == 1] = -math.inf, math.inf
    z.requires_grad_()
    # Each by itself: what is infinite has a gradient as well, but not by way of a mean.
    losses, slopes = [], []
    for index in range(len(p)):
        if by_p:
            losses.append(-math.log(chosen) if (chosen := (p if y[index] else 1 - p)[index].item()) else math.inf)
            slopes.append((p[index] - y[index]).item())
            continue
        loss = loss_of(z[index], y[index])
        (slope,) = torch.autograd.grad(loss, z)
        losses.append(loss.item())
        slopes.append(slope[index].item())
    n = len(losses)
    mean = sum(losses) / n
    clamped = functional.binary_cross_entropy(p, y).item() if by_p else mean
    found: dict[str, float | str | None] = {
        "b.mean": _exact(mean),
        "b.clamped": _exact(clamped),
        "b.total": math.fsum(slopes) / n,
    }
    for index in range(n):
        found |= {
            f"b.p.{index}": p[index].item(),
            f"b.L.{index}": _exact(losses[index]),
            f"b.g.{index}": _exact(slopes[index] / n),
        }
    return found
