"""Losses of one prediction for a target of 0 or 1, and the chain of derivatives that leads back to its logit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnwidgets.functions import ACTIVATIONS, LOSSES

__all__ = [
    "BINARY_LOSSES",
    "BatchLoss",
    "BinaryLoss",
    "batch_loss",
    "logit",
    "prediction",
    "prediction_derivative",
    "single_precision_bce",
]

Floats = NDArray[np.floating[Any]]
Of = Callable[[ArrayLike, ArrayLike], Floats]

_SIGMOID, _SOFTPLUS = ACTIVATIONS["sigmoid"], ACTIVATIONS["softplus"]
_CLAMP = -100.0  # PyTorch's BCELoss takes no logarithm for less


def prediction(z: ArrayLike) -> Floats:
    """The probability of class 1, σ(z).

    Example:
        >>> prediction([-2.0, 0.0, 2.0]).round(3)
        array([0.119, 0.5  , 0.881])
    """
    return _SIGMOID.function(z)


def prediction_derivative(z: ArrayLike) -> Floats:
    """dp/dz = p (1 − p), at most ¼.

    Example:
        >>> prediction_derivative([-4.0, 0.0]).round(3)
        array([0.018, 0.25 ])
    """
    return _SIGMOID.derivative(z)


def logit(p: ArrayLike) -> Floats:
    """The z whose sigmoid is p, ln(p / (1 − p)): −∞ for 0 and ∞ for 1.

    Example:
        >>> logit([0.0, 0.5, 0.75]).round(3)
        array([ -inf, 0.   , 1.099])
    """
    p = np.asarray(p, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p))


@dataclass(frozen=True, eq=False)
class BinaryLoss:
    """A loss of one prediction p = σ(z), as functions of the logit z and the target y.

    Attributes:
        name: identifier, the key in `BINARY_LOSSES`.
        label: the name to show to readers.
        value: L, of logits and targets 0 or 1 of any shapes that fit → float array.
        by_prediction: dL/dp, likewise. The hinge loss takes z itself; here it is seen as a function of σ(z), too.
        by_logit: dL/dz, likewise; at the corner of the hinge loss 0, as in PyTorch.

    Example:
        >>> bce = BINARY_LOSSES["bce"]
        >>> z = [-4.0, 0.0, 4.0]
        >>> (bce.by_prediction(z, 1) * prediction_derivative(z)).round(3)
        array([-0.982, -0.5  , -0.018])
        >>> bce.by_logit(z, 1).round(3)
        array([-0.982, -0.5  , -0.018])
    """

    name: str
    label: str
    value: Of
    by_prediction: Of
    by_logit: Of


def _side(target: ArrayLike) -> Floats:
    """−1 for class 0 and 1 for class 1: times z, it is by how much a prediction is right."""
    return 2 * np.asarray(target, dtype=np.float64) - 1


def _margin(z: ArrayLike, target: ArrayLike) -> Floats:
    return np.asarray(_side(target) * np.asarray(z, dtype=np.float64))


def _wrong(z: ArrayLike, target: ArrayLike) -> Floats:
    """|p − y|, without the cancellation of 1 − p."""
    return prediction(-_margin(z, target))


def _bce(z: ArrayLike, target: ArrayLike) -> Floats:
    return _SOFTPLUS.function(-_margin(z, target))


def _bce_by_prediction(z: ArrayLike, target: ArrayLike) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(-_side(target) * (1 + np.exp(-_margin(z, target))))


def _bce_by_logit(z: ArrayLike, target: ArrayLike) -> Floats:
    return np.asarray(-_side(target) * _wrong(z, target))


def _mse(z: ArrayLike, target: ArrayLike) -> Floats:
    return np.asarray(_wrong(z, target) ** 2)


def _mse_by_prediction(z: ArrayLike, target: ArrayLike) -> Floats:
    return np.asarray(-2 * _side(target) * _wrong(z, target))


def _mse_by_logit(z: ArrayLike, target: ArrayLike) -> Floats:
    return np.asarray(_mse_by_prediction(z, target) * prediction_derivative(z))


def _hinge(z: ArrayLike, target: ArrayLike) -> Floats:
    return np.asarray(np.maximum(0.0, 1 - _margin(z, target)))


def _hinge_by_prediction(z: ArrayLike, target: ArrayLike) -> Floats:
    slope = _hinge_by_logit(z, target)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(slope == 0, 0.0, slope / prediction_derivative(z))


def _hinge_by_logit(z: ArrayLike, target: ArrayLike) -> Floats:
    return np.where(_margin(z, target) < 1, -_side(target), 0.0)


_TABLE = (
    BinaryLoss("bce", LOSSES["bce"].label, _bce, _bce_by_prediction, _bce_by_logit),
    BinaryLoss("mse", "squared error", _mse, _mse_by_prediction, _mse_by_logit),
    BinaryLoss("hinge", LOSSES["hinge"].label, _hinge, _hinge_by_prediction, _hinge_by_logit),
)

BINARY_LOSSES: Mapping[str, BinaryLoss] = {loss.name: loss for loss in _TABLE}
"""The losses of one prediction, by name."""


def single_precision_bce(z: float, target: int) -> tuple[float, float]:
    """Binary cross-entropy by way of p, in float32, as ``BCELoss()(sigmoid(z), y)`` computes it.

    There p is exactly 1 from z ≈ 16.6 on and 0 below −88.7; the logarithm of 0 is −∞, of which PyTorch makes −100. A
    loss "with logits" has no such limit.

    Args:
        z: the logit.
        target: 0 or 1.

    Returns:
        p and the loss.

    Example:
        >>> single_precision_bce(20.0, 0)
        (1.0, 100.0)
        >>> BINARY_LOSSES["bce"].value([20.0], 0).round(3)
        array([20.])
    """
    single = np.float32
    with np.errstate(over="ignore", divide="ignore"):
        # One rounding for each operation: the exponential and the logarithm come from float64.
        p = single(1) / (single(1) + single(np.exp(-np.float64(z))))
        chosen = np.log(np.float64(p)) if target else np.log1p(-np.float64(p))
    return float(p), float(0 - single(max(chosen, _CLAMP)))


@dataclass(frozen=True, eq=False)
class BatchLoss:
    """The loss of a batch.

    Attributes:
        losses: of each sample, ``(n,)``; infinite where p is 0 and y is 1, or the other way round.
        mean: their mean.
        clamped: the mean as PyTorch computes it: its binary cross-entropy makes at most 100 of a sample.
        gradient: derivative of the mean by each sample's logit, ``(n,)``: the sample's own, divided by n.
        total: the sum of ``gradient``: the derivative of the mean by a bias that all samples share.
    """

    losses: Floats
    mean: float
    clamped: float
    gradient: Floats
    total: float


def batch_loss(name: str, predictions: Sequence[float], targets: Sequence[int]) -> BatchLoss:
    """The mean loss of predictions, and what each has in its gradient.

    Args:
        name: the loss, a key of `BINARY_LOSSES`.
        predictions: probabilities p from 0 to 1, at least one.
        targets: 0 or 1 for each.

    Example:
        >>> batch = batch_loss("bce", [0.9, 0.2, 0.6], [1, 0, 0])
        >>> round(batch.mean, 3), batch.gradient.round(3)
        (0.415, array([-0.033,  0.067,  0.2  ]))
        >>> batch_loss("bce", [0.0, 0.5], [1, 1]).mean
        inf
    """
    loss, z = BINARY_LOSSES[name], logit(predictions)
    losses = loss.value(z, targets)
    gradient = loss.by_logit(z, targets) / len(z)
    kept = np.minimum(losses, -_CLAMP) if name == "bce" else losses
    return BatchLoss(losses, _mean(losses), _mean(kept), gradient, math.fsum(gradient))


def _mean(values: Floats) -> float:
    return float(values.mean())
