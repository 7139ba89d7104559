"""Activation and loss functions in two tables: their formulas, their derivatives, and PyTorch's names for them.

NumPy only, so that the tables can be read where PyTorch is not imported. The functions are computed in forms that
neither overflow nor cancel, and agree with PyTorch's to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ACTIVATIONS", "LOSSES", "Activation", "Loss"]

Floats = NDArray[np.floating[Any]]
Function = Callable[[ArrayLike], Floats]


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation function, applied to each neuron's weighted sum.

    Attributes:
        name: identifier, the key in `ACTIVATIONS`.
        label: the name to show to readers.
        formula, derivative_formula: plain text, in x.
        function, derivative: array-like of any shape → float array of that shape; float32 stays float32, anything
            else becomes float64. Where the function has a corner, the derivative is the one that PyTorch uses.
        torch_name, torch_kwargs: the class in `torch.nn`, and its arguments.
        output_range: bounds of the function's values, infinite where there is none.

    Example:
        >>> sigmoid = ACTIVATIONS["sigmoid"]
        >>> sigmoid.function([-1000.0, 0.0, 1000.0])
        array([0. , 0.5, 1. ])
        >>> sigmoid.derivative(0.0)
        array(0.25)
        >>> sigmoid.derivative_formula
        'σ(x) (1 − σ(x))'
    """

    name: str
    label: str
    formula: str
    derivative_formula: str
    function: Function
    derivative: Function
    torch_name: str
    torch_kwargs: Mapping[str, Any] = field(default_factory=dict)
    output_range: tuple[float, float] = (-math.inf, math.inf)

    @property
    def is_bounded(self) -> bool:
        """Whether the values lie between two finite bounds.

        Example:
            >>> [name for name, activation in ACTIVATIONS.items() if activation.is_bounded]
            ['tanh', 'sigmoid']
        """
        return all(map(math.isfinite, self.output_range))


@dataclass(frozen=True)
class Loss:
    """A loss function, averaged over a batch.

    Attributes:
        name: identifier, the key in `LOSSES`.
        label: the name to show to readers.
        formula: plain text; p is a predicted probability, z a logit, y the target.
        torch_name: the class in `torch.nn`; empty where it has none.
        takes: what the network must put out: ``"probability"``, ``"logit"`` (one per sample), ``"logits"`` (one per
            class), ``"value"`` or ``"score"`` (its sign is the class).

    Example:
        >>> LOSSES["bce"].torch_name, LOSSES["bce"].takes
        ('BCELoss', 'probability')
    """

    name: str
    label: str
    formula: str
    torch_name: str
    takes: str


def _floats(x: ArrayLike) -> Floats:
    given = np.asarray(x)
    return given if given.dtype == np.float32 else given.astype(np.float64, copy=False)


_FAR = 1e4  # beyond it eˣ has overflowed or vanished: cut there, an infinite x times zero is not NaN but the limit


def _tanh(x: ArrayLike) -> Floats:
    return np.asarray(np.tanh(_floats(x)))


def _tanh_derivative(x: ArrayLike) -> Floats:
    # 4 e^(−2|x|) / (1 + e^(−2|x|))² is 1 / cosh²(x) without a cosh that overflows.
    e = np.exp(-2 * np.minimum(np.abs(_floats(x)), _FAR))
    return np.asarray(4 * e / (1 + e) ** 2)


def _relu(x: ArrayLike) -> Floats:
    return np.asarray(np.maximum(_floats(x), np.float32(0)))


def _step(x: ArrayLike) -> Floats:
    x = _floats(x)
    return np.asarray(x > 0, dtype=x.dtype)


def _sigmoid(x: ArrayLike) -> Floats:
    x = _floats(x)
    e = np.exp(-np.abs(x))  # at most 1, so that it cannot overflow
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _sigmoid_derivative(x: ArrayLike) -> Floats:
    e = np.exp(-np.abs(_floats(x)))
    return np.asarray(e / (1 + e) ** 2)


def _identity(x: ArrayLike) -> Floats:
    return _floats(x).copy()


def _one(x: ArrayLike) -> Floats:
    return np.ones_like(_floats(x))


_SLOPE = 0.01


def _leaky_relu(x: ArrayLike) -> Floats:
    x = _floats(x)
    return np.where(x > 0, x, x * x.dtype.type(_SLOPE))


def _leaky_relu_derivative(x: ArrayLike) -> Floats:
    x = _floats(x)
    return np.where(x > 0, x.dtype.type(1), x.dtype.type(_SLOPE))


def _elu(x: ArrayLike) -> Floats:
    x = _floats(x)
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _elu_derivative(x: ArrayLike) -> Floats:
    return np.asarray(np.exp(np.minimum(_floats(x), 0)))


def _silu(x: ArrayLike) -> Floats:
    x = _floats(x)
    return np.asarray(np.maximum(x, -_FAR) * _sigmoid(x))


def _silu_derivative(x: ArrayLike) -> Floats:
    x = np.clip(_floats(x), -_FAR, _FAR)
    return np.asarray(_sigmoid(x) * (1 + x * _sigmoid(-x)))


_erfc = np.vectorize(math.erfc, otypes=[np.float64])  # NumPy has no error function


def _normal_cdf(x: Floats) -> Floats:
    return np.asarray(0.5 * _erfc(-x / math.sqrt(2))).astype(x.dtype)


def _gelu(x: ArrayLike) -> Floats:
    x = _floats(x)
    return np.asarray(np.maximum(x, -_FAR) * _normal_cdf(x))


def _gelu_derivative(x: ArrayLike) -> Floats:
    x = np.clip(_floats(x), -_FAR, _FAR)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return np.asarray(_normal_cdf(x) + x * density)


def _softplus(x: ArrayLike) -> Floats:
    x = _floats(x)
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


_UP = (0.0, math.inf)

_ACTIVATIONS = (
    Activation(
        "tanh",
        "tanh",
        "tanh(x) = 2 σ(2x) − 1",
        "1 / cosh²(x)",
        _tanh,
        _tanh_derivative,
        "Tanh",
        output_range=(-1.0, 1.0),
    ),
    Activation("relu", "ReLU", "max(0, x)", "0 if x ≤ 0, 1 if x > 0", _relu, _step, "ReLU", output_range=_UP),
    Activation(
        "sigmoid",
        "sigmoid",
        "σ(x) = 1 / (1 + e⁻ˣ)",
        "σ(x) (1 − σ(x))",
        _sigmoid,
        _sigmoid_derivative,
        "Sigmoid",
        output_range=(0.0, 1.0),
    ),
    Activation("identity", "linear", "x", "1", _identity, _one, "Identity"),
    Activation(
        "leaky_relu",
        "leaky ReLU",
        "x if x > 0, 0.01 x if x ≤ 0",
        "1 if x > 0, 0.01 if x ≤ 0",
        _leaky_relu,
        _leaky_relu_derivative,
        "LeakyReLU",
        {"negative_slope": _SLOPE},
    ),
    # Clevert, Unterthiner and Hochreiter, 2015, arXiv:1511.07289
    Activation(
        "elu",
        "ELU",
        "x if x > 0, eˣ − 1 if x ≤ 0",
        "1 if x > 0, eˣ if x ≤ 0",
        _elu,
        _elu_derivative,
        "ELU",
        {"alpha": 1.0},
        (-1.0, math.inf),
    ),
    # Elfwing, Uchibe and Doya, 2017, arXiv:1702.03118; the minimum is at x ≈ −1.2785
    Activation(
        "silu",
        "SiLU",
        "x σ(x)",
        "σ(x) (1 + x (1 − σ(x)))",
        _silu,
        _silu_derivative,
        "SiLU",
        output_range=(-0.2784645427610738, math.inf),
    ),
    # Hendrycks and Gimpel, 2016, arXiv:1606.08415; the minimum is at x ≈ −0.7518
    Activation(
        "gelu",
        "GELU",
        "x Φ(x), Φ the normal distribution function",
        "Φ(x) + x φ(x)",
        _gelu,
        _gelu_derivative,
        "GELU",
        output_range=(-0.1699712074799037, math.inf),
    ),
    Activation("softplus", "softplus", "ln(1 + eˣ)", "σ(x)", _softplus, _sigmoid, "Softplus", output_range=_UP),
)

ACTIVATIONS: Mapping[str, Activation] = {activation.name: activation for activation in _ACTIVATIONS}
"""The activation functions, by name, in the order in which to offer them."""

_LOSSES = (
    Loss("bce", "binary cross-entropy", "−mean(y ln p + (1 − y) ln(1 − p))", "BCELoss", "probability"),
    Loss(
        "bce_with_logits",
        "binary cross-entropy with logits",
        "mean(ln(1 + eᶻ) − y z)",
        "BCEWithLogitsLoss",
        "logit",
    ),
    Loss("cross_entropy", "cross-entropy", "mean(ln Σⱼ exp(zⱼ) − z_y)", "CrossEntropyLoss", "logits"),
    Loss("mse", "mean squared error", "mean((p − y)²)", "MSELoss", "value"),
    Loss("hinge", "hinge", "mean(max(0, 1 − (2 y − 1) z))", "", "score"),
    # Rosenblatt's rule is its gradient step on one sample.
    Loss("perceptron", "perceptron criterion", "mean((y′ − y) z), y′ = 1 if z > 0, else 0", "", "score"),
)

LOSSES: Mapping[str, Loss] = {loss.name: loss for loss in _LOSSES}
"""The loss functions, by name."""
