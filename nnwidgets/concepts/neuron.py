"""One neuron: products of inputs and weights, their sum with the bias, an activation; and what such a neuron can be.

McCulloch and Pitts, "A logical calculus of the ideas immanent in nervous activity", 1943, have a threshold θ: the
neuron fires if the sum of the products is above it. That is the step of the sum with the bias b = −θ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnwidgets.concepts.functions import ACTIVATIONS

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
ACTIVATION_NAMES = ("step", "sigmoid", "tanh", "relu")

GATES: Mapping[str, tuple[int, int, int, int]] = {
    "AND": (0, 0, 0, 1),
    "OR": (0, 1, 1, 1),
    "NOT": (1, 1, 0, 0),
    "NAND": (1, 1, 1, 0),
    "XOR": (0, 1, 1, 0),
}
"""Targets for the inputs (0, 0), (0, 1), (1, 0), (1, 1); NOT is that of x₁, whatever x₂ is."""

_DUST = 1e-12  # a sum smaller than its terms by this factor is what binary fractions leave of 0

# Steps of a tenth from −2 to 2 for each weight and the bias: what the sliders can be set to.
_TENTHS = np.arange(-20, 21)


def pre_activation(weights: ArrayLike, bias: float, inputs: ArrayLike) -> float:
    """The weighted sum with the bias: z = w₁x₁ + w₂x₂ + b; exactly 0 where only rounding is left of it.

    Example:
        >>> pre_activation((1.0, 1.0), -1.5, (1, 1))
        0.5
        >>> pre_activation((1.0, -0.7), -0.3, (1, 1))
        0.0
    """
    (w1, w2), (x1, x2) = np.asarray(weights, dtype=np.float64), np.asarray(inputs, dtype=np.float64)
    z = float(w1 * x1 + w2 * x2 + bias)
    return 0.0 if abs(z) < _DUST * float(abs(w1 * x1) + abs(w2 * x2) + abs(bias)) else z


def activate(activation: str, z: float) -> float:
    """What the neuron puts out: one of `ACTIVATION_NAMES` of z.

    Example:
        >>> activate("step", 0.5), activate("step", 0.0)
        (1.0, 0.0)
    """
    return float(ACTIVATIONS[activation].function(z))


def hidden(inputs: ArrayLike) -> tuple[float, float]:
    """What two neurons before this one make of the inputs: OR and NAND, each with a step.

    Example:
        >>> [hidden(corner) for corner in CORNERS]
        [(0.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 0.0)]
    """
    return (
        activate("step", pre_activation((1, 1), -0.5, inputs)),
        activate("step", pre_activation((-1, -1), 1.5, inputs)),
    )


@dataclass(frozen=True)
class Row:
    """A row of the truth table.

    Attributes:
        inputs: x₁ and x₂, 0 or 1.
        seen: what the neuron gets: these, or h₁ and h₂ where there is a hidden layer.
        target: 0 or 1.
        z, output: the weighted sum with the bias, and the activation of it.
        is_right: whether z is above 0 just where the target is 1.
    """

    inputs: tuple[int, int]
    seen: tuple[float, float]
    target: int
    z: float
    output: float
    is_right: bool


def table(weights: ArrayLike, bias: float, activation: str, gate: str, *, layered: bool = False) -> tuple[Row, ...]:
    """The truth table of a gate beside what the neuron makes of it; `layered` puts `hidden` before it.

    Example:
        >>> [row.is_right for row in table((1, 1), -1.5, "step", "AND")]
        [True, True, True, True]
        >>> sum(row.is_right for row in table((1, 1), -0.5, "step", "XOR"))
        3
    """
    rows = []
    for inputs, target in zip(CORNERS, GATES[gate], strict=True):
        seen = hidden(inputs) if layered else (float(inputs[0]), float(inputs[1]))
        z = pre_activation(weights, bias, seen)
        rows.append(Row(inputs, seen, target, z, activate(activation, z), (z > 0) == bool(target)))
    return tuple(rows)


def experiment(gate: str, *, layered: bool = False) -> tuple[int, int, int, int, int]:
    """How many of all settings of the sliders get 0, 1, 2, 3 and 4 rows of the truth table right.

    Weights and bias each go from −2 to 2 in tenths: 41³ = 68,921 settings.

    Example:
        >>> experiment("AND")[4] > 0
        True
        >>> experiment("XOR")[4]
        0
    """
    w1, w2, b = np.meshgrid(_TENTHS, _TENTHS, _TENTHS, indexing="ij")  # in tenths, so that 0 is exact
    right = np.zeros(w1.shape, dtype=np.int64)
    for inputs, target in zip(CORNERS, GATES[gate], strict=True):
        x1, x2 = (int(x) for x in (hidden(inputs) if layered else inputs))
        right += (w1 * x1 + w2 * x2 + b > 0) == bool(target)
    counts = np.bincount(right.ravel(), minlength=5).tolist()
    return (counts[0], counts[1], counts[2], counts[3], counts[4])


@dataclass(frozen=True)
class Line:
    """Where z = 0: the points (x₁, x₂) of it at the edge of a square."""

    start: tuple[float, float]
    end: tuple[float, float]


def line(weights: ArrayLike, bias: float, low: float = -0.5, high: float = 1.5) -> Line | None:
    """The separating line within the square from `low` to `high`; None where it does not cross it.

    Example:
        >>> line((1.0, 1.0), -1.5)
        Line(start=(0.0, 1.5), end=(1.5, 0.0))
    """
    w1, w2 = np.asarray(weights, dtype=np.float64).tolist()
    points: list[tuple[float, float]] = []
    if w2:
        points += [(x, y) for x in (low, high) if low <= (y := -(w1 * x + bias) / w2) <= high]
    if w1:
        points += [(x, y) for y in (low, high) if low <= (x := -(w2 * y + bias) / w1) <= high]
    distinct = sorted({(round(x, 12) + 0.0, round(y, 12) + 0.0) for x, y in points})  # without −0
    return Line(distinct[0], distinct[-1]) if len(distinct) > 1 else None


def outputs_of(weights: ArrayLike, bias: float, activation: str, points: ArrayLike) -> NDArray[np.floating[Any]]:
    """The output at many points: shape (n, 2) → (n,)."""
    z = np.asarray(points, dtype=np.float64) @ np.asarray(weights, dtype=np.float64) + bias
    return ACTIVATIONS[activation].function(z)
