"""Softmax and cross-entropy by PyTorch: functions and autograd in float64, the naive formula in float32."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.nn import functional

EXTREMES = [
    ([3.0, 1.0, 0.2], 0, 1.0, 0.0),
    ([3.0, 1.0, 0.2], 0, 1.0, 100.0),
    ([3.0, 1.0, 0.2], 1, 1.0, -1000.0),
    ([1003.0, 1001.0, 1000.2], 2, 1.0, 0.0),
    ([0.0, 0.0], 1, 0.1, 1000.0),
    ([-1e6, 1e6], 0, 0.1, 0.0),
    ([1e6, -1e6], 0, 0.1, 0.0),
    ([88.0, 88.7, 87.0], 0, 1.0, 0.0),
    ([88.0, 90.0, 0.0], 0, 1.0, 0.0),
    ([4.0, -4.0, 0.0, 1.0], 1, 0.1, 0.0),
    ([4.0, -4.0, 0.0, 1.0], 0, 10.0, 100.0),
    ([-90.0, -101.0, -103.0], 0, 1.0, 0.0),
]


def make():
    """Settings, among them extreme ones, and what PyTorch computes of them."""
    rng = np.random.default_rng(20)
    settings = list(EXTREMES)
    for _ in range(40):
        n = int(rng.integers(2, 11))
        logits = (rng.normal(size=n) * rng.choice([1, 3, 10])).round(1).tolist()
        temperature = round(float(10 ** rng.uniform(-1, 1)), 2)
        offset = float(rng.choice([0, 0, 0, 100, 1000, -1000]))
        settings.append((logits, int(rng.integers(n)), temperature, offset))
    return {"cases": [_case(*each) for each in settings]}


def _case(logits, target, temperature, offset):
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = functional.cross_entropy(z[None] / temperature, torch.tensor([target]))
    loss.backward()
    return {
        "logits": logits,
        "target": target,
        "temperature": temperature,
        "offset": offset,
        "probabilities": torch.softmax(z.detach() / temperature, 0),
        "log_probabilities": torch.log_softmax(z.detach() / temperature, 0),
        "loss": loss.item(),
        "gradient": z.grad,
        "naive": _naive(logits, temperature, offset),
    }


def _naive(logits, temperature, offset):
    exponents = (torch.tensor(logits) + offset) / temperature
    exponentials = exponents.double().exp().float()  # one rounding: PyTorch's own float32 exp may be one unit beside it
    total = torch.tensor(0.0)
    for each in exponentials:
        total = total + each
    quotients = [float(each) for each in exponentials / total]
    return {
        "exponentials": exponentials,
        "total": total.item(),
        "probabilities": [None if math.isnan(each) else each for each in quotients],
    }
