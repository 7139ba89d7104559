"""Softmax and cross-entropy, by PyTorch."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

SOURCE = """
from nnwidgets import SoftmaxExplorer
explorer = SoftmaxExplorer()
explorer
"""
ALWAYS = ("z.0", "e.0", "p.0", "g.0", "z.1", "p.1", "sum.e", "sum.p", "naive", "loss", "loss.p", "logp")


def _exact(value: float) -> float | str:
    """Nothing is written as "0", and a value that is rounded to it otherwise."""
    return "0" if value == 0 else value


def _single(value: float) -> float | str:
    return "nan" if math.isnan(value) else _exact(value)


def numbers(settings: dict[str, Any]) -> dict[str, float | str | None]:
    """All numbers of `SoftmaxExplorer` at these settings."""
    z = torch.tensor(settings["logits"], dtype=torch.float64, requires_grad=True)
    temperature, offset, target = settings["temperature"], settings["offset"], settings["target"]
    loss = functional.cross_entropy(z[None] / temperature, torch.tensor([target]))
    loss.backward()
    logits, gradient = z.detach(), z.grad
    assert gradient is not None
    p = torch.softmax(logits / temperature, 0)
    # 1 − p of a class that is almost certain cancels: there it is what the others have.
    gradient[target] = -(p.sum() - p[target] if p[target] < 0.9 else p[torch.arange(len(p)) != target].sum())
    gradient[target] /= temperature
    shifted = (logits - logits.max()) / temperature
    powers = torch.exp(shifted)
    single = torch.exp(((logits.float() + offset) / temperature).double()).float()
    quotients = single / single.sum()
    found: dict[str, float | str | None] = {
        "T": temperature,
        "sum.e": _single(single.sum().item()),
        "sum.p": p.sum().item(),
        "naive": _single(quotients[target].item()),
        "em": _exact(powers[target].item()),
        "sum.em": powers.sum().item(),
        "loss": _exact(loss.item()),
        "loss.p": _exact(0 - math.log(p[target].item()) if p[target] else math.inf),
        "shifted": _exact(shifted[target].item()),
        "logp": _exact(-loss.item()),
    }
    for index in range(len(logits)):
        found |= {
            f"z.{index}": logits[index].item(),
            f"zo.{index}": logits[index].item() + offset,
            f"zm.{index}": (logits[index] - logits.max()).item(),
            f"e.{index}": _single(single[index].item()),
            f"p.{index}": _exact(p[index].item()),
            f"g.{index}": _exact(gradient[index].item()),
        }
    return found
