"""Losses and their derivatives by mpmath, with many digits; what float32 makes of them, by PyTorch."""

from __future__ import annotations

import mpmath
import numpy as np
import torch

EXTREMES = [-200.0, -104.0, -89.0, -40.0, -8.0, -1.0, 0.0, 1.0, 8.0, 16.7, 17.0, 40.0, 200.0]
DIGITS = 400


def make():
    """Values at random and extreme logits, and of batches, some with a prediction that is certain."""
    rng = np.random.default_rng(21)
    logits = EXTREMES + rng.uniform(-8, 8, 30).round(2).tolist()
    with mpmath.workdps(DIGITS):
        return {
            "points": [_point(z, target) for z in logits for target in (0, 1)],
            "batches": [_batch(*each) for each in _batches(rng)],
        }


def _point(z, target):
    exact = mpmath.mpf(z)
    p = 1 / (1 + mpmath.exp(-exact))
    slope = p * (1 - p)
    by_p = (p - target) / slope
    hinge = mpmath.mpf(0 if (2 * target - 1) * z >= 1 else 1 - 2 * target)
    losses = {
        "bce": (-mpmath.log(p if target else 1 - p), by_p, p - target),
        "mse": ((p - target) ** 2, 2 * (p - target), 2 * (p - target) * slope),
        "hinge": (max(mpmath.mpf(0), 1 - (2 * target - 1) * exact), hinge / slope, hinge),
    }
    single = torch.sigmoid(torch.tensor([z]))
    return {
        "z": z,
        "target": target,
        "p": float(p),
        "dp_dz": float(slope),
        "losses": {name: [float(value) for value in values] for name, values in losses.items()},
        "single": {"p": single.item(), "loss": _single_loss(single, target)},
    }


def _single_loss(p, target):
    return torch.nn.BCELoss()(p, torch.tensor([float(target)])).item()


def _batches(rng):
    yield [0.9, 0.2, 0.6], [1, 0, 0]
    yield [0.0, 0.5, 1.0, 1.0], [1, 1, 0, 1]
    yield [1.0], [1]
    yield [0.0, 1.0], [1, 0]
    for _ in range(12):
        n = int(rng.integers(1, 9))
        yield rng.uniform(0, 1, n).round(2).tolist(), rng.integers(0, 2, n).tolist()


def _batch(predictions, targets):
    return {
        "predictions": predictions,
        "targets": targets,
        "losses": {name: _mean(name, predictions, targets) for name in ("bce", "mse", "hinge")},
    }


def _mean(name, predictions, targets):
    pairs = [(mpmath.mpf(p), y) for p, y in zip(predictions, targets, strict=True)]
    each, slopes = zip(*(_of(name, p, y) for p, y in pairs), strict=True)
    n = len(pairs)
    kept = [min(value, mpmath.mpf(100)) for value in each] if name == "bce" else each
    return {
        "losses": [float(value) for value in each],
        "mean": float(mpmath.fsum(each) / n),
        "clamped": float(mpmath.fsum(kept) / n),
        "gradient": [float(slope / n) for slope in slopes],
        "total": float(mpmath.fsum(slopes) / n),
    }


def _of(name, p, y):
    """The loss, and its derivative by the logit, in terms of p alone."""
    if name == "bce":
        chosen = p if y else 1 - p
        return (-mpmath.log(chosen) if chosen else mpmath.inf), p - y
    if name == "mse":
        return (p - y) ** 2, 2 * (p - y) * p * (1 - p)
    side = 2 * y - 1
    if p in (0, 1):
        right = p == y
        return (mpmath.mpf(0) if right else mpmath.inf), mpmath.mpf(0 if right else -side)
    margin = side * mpmath.log(p / (1 - p))
    return max(mpmath.mpf(0), 1 - margin), mpmath.mpf(0 if margin >= 1 else -side)
