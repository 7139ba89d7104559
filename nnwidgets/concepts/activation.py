"""Activation functions looked at: value, slope and tangent at a point, and where the gradient vanishes.

What is sampled is sampled on a grid: all multiples of a round step in a window, some 1,000 to 2,500 of them. The point
that a reader moves stays on it, so that what was sampled is exact there, and ranges end on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnwidgets.concepts.functions import ACTIVATIONS

__all__ = ["NAMES", "WINDOWS", "X_RANGE", "Grid", "default_heights", "remaining", "terms", "vanishing_ranges"]

Floats = NDArray[np.floating[Any]]
Range = tuple[float, float]
Window = tuple[float, float, float, float]

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "identity", "step")
"""The functions in the order of a course: the three that everybody meets first, then what was made of them."""

X_RANGE = (-6.0, 6.0)
_RAMP = (*X_RANGE, -1.1, 6.1)

WINDOWS: Mapping[str, Window] = {
    "sigmoid": (*X_RANGE, -0.1, 1.1),
    "tanh": (*X_RANGE, -1.1, 1.1),
    "relu": _RAMP,
    "leaky_relu": _RAMP,
    "elu": _RAMP,
    "softplus": _RAMP,
    "silu": _RAMP,
    "gelu": _RAMP,
    "identity": (*X_RANGE, -6.1, 6.1),
    "step": (*X_RANGE, -0.1, 1.1),
}
"""Part of the plane to show of each: ``(x_low, x_high, y_low, y_high)``."""


@dataclass(frozen=True)
class Grid:
    """The multiples of ``mantissa × 10^exponent`` in a range.

    Attributes:
        first, last: which multiples, both included.
        mantissa: 1, 2 or 5.
        exponent: of ten.

    Example:
        >>> grid = Grid.over(-6, 6)
        >>> grid.step, grid.decimals, len(grid.points)
        (0.01, 2, 1201)
        >>> grid.nearest(0.1234)
        0.12
        >>> Grid.over(0, 100).step
        0.1
    """

    first: int
    last: int
    mantissa: int
    exponent: int

    @classmethod
    def over(cls, low: float, high: float) -> Grid:
        """The finest grid that has no more than some 2,500 points between two bounds."""
        rough = (high - low) / 1000 * (1 + 1e-9)
        exponent = math.floor(math.log10(rough))
        mantissa = max(m for m in (1, 2, 5) if m * 10.0**exponent <= rough)
        unit = cls(0, 0, mantissa, exponent)
        return cls(math.ceil(unit._multiple(low) - 1e-9), math.floor(unit._multiple(high) + 1e-9), mantissa, exponent)

    @property
    def step(self) -> float:
        """The distance between two points."""
        return float(self._at(1))

    @property
    def decimals(self) -> int:
        """How many a point of it needs."""
        return max(0, -self.exponent)

    @property
    def points(self) -> Floats:
        """All of them, float64, each the number nearest to its decimal notation."""
        return np.asarray(self._at(np.arange(self.first, self.last + 1)), dtype=np.float64)

    def nearest(self, x: float) -> float:
        """The point that is nearest, within the grid."""
        return float(self._at(min(max(math.floor(self._multiple(x) + 0.5), self.first), self.last)))

    def index(self, x: float) -> int:
        """Which of the `points` is nearest."""
        return min(max(math.floor(self._multiple(x) + 0.5), self.first), self.last) - self.first

    def _at(self, multiple: Any) -> Any:
        # A division by a power of ten rounds once; 0.1 times 3 is no 0.3.
        if self.exponent < 0:
            return multiple * self.mantissa / 10.0**-self.exponent
        return multiple * self.mantissa * 10.0**self.exponent

    def _multiple(self, x: float) -> float:
        if self.exponent < 0:
            return x * 10.0**-self.exponent / self.mantissa
        return x / 10.0**self.exponent / self.mantissa


def vanishing_ranges(x: ArrayLike, slopes: ArrayLike, threshold: float) -> list[Range]:
    """Where a gradient vanishes: ranges over which the slope is nearer to zero than a threshold.

    Args:
        x: points of a grid, ascending, shape ``(n,)``.
        slopes: at each of them; NaN where there is none.
        threshold: of the slope's size; at 0 there are no ranges.

    Returns:
        The first and the last point of each range of at least two points.

    Example:
        >>> x = Grid.over(-6, 6).points
        >>> vanishing_ranges(x, ACTIVATIONS["tanh"].derivative(x), 0.05)
        [(-6.0, -2.18), (2.18, 6.0)]
        >>> vanishing_ranges(x, ACTIVATIONS["relu"].derivative(x), 0.05)
        [(-6.0, 0.0)]
    """
    at = np.asarray(x, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        flat = np.abs(np.asarray(slopes, dtype=np.float64)) < threshold
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    pairs = edges.reshape(-1, 2)
    return [(float(at[first]), float(at[end - 1])) for first, end in pairs if end - first > 1]


def remaining(slope: float, layers: int) -> float:
    """What is left of a gradient behind so many layers that each multiply it by the same slope.

    Args:
        slope: of the activation function where each neuron is.
        layers: how many, at least 1.

    Returns:
        ``slope ** layers``; infinite where that is too large for a number.

    Example:
        >>> remaining(0.25, 5)  # a sigmoid where it is steepest
        0.0009765625
    """
    try:
        return float(slope) ** layers
    except OverflowError:
        return -math.inf if slope < 0 and layers % 2 else math.inf


def default_heights(values: ArrayLike, slopes: ArrayLike) -> Range:
    """How much of the vertical axis to show of a function that has no window of its own.

    Args:
        values: of the function over the window.
        slopes: of it.

    Returns:
        Bounds that hold both, as far as they lie between −6 and 6, and 0 and 1; with a tenth of room below.

    Example:
        >>> default_heights([-0.4, 6.0], [0.0, 1.1])
        (-1.04, 6.1)
    """
    both = np.concatenate([np.ravel(values), np.ravel(slopes), [0.0, 1.0]])
    seen = np.clip(both[np.isfinite(both)], -6, 6)
    low, high = float(seen.min()), float(seen.max())
    return round(low - 0.1 * (high - low), 3), round(high + 0.1, 3)


def _logistic(x: float) -> float:
    return float(ACTIVATIONS["sigmoid"].function(x))


def _power(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def terms(name: str, x: float) -> dict[str, float]:
    """The numbers between a point and the value and slope there, as the formulas of a function have them.

    Args:
        name: of a function; one that is not in `NAMES` has none.
        x: the point.

    Returns:
        Numbers by name, such as ``sigma`` for σ(x).

    Example:
        >>> terms("tanh", 0.0)
        {'sigma2': 0.5}
        >>> terms("silu", 0.0)
        {'sigma': 0.5, 'rest': 0.5}
    """
    x = float(x)
    if name == "sigmoid":
        return {"exp": _power(-x), "rest": _logistic(-x)}
    if name == "tanh":
        return {"sigma2": _logistic(2 * x)}
    if name == "elu":
        return {"exp": _power(min(x, 0.0))}
    if name == "softplus":
        return {"exp": _power(x)}
    if name == "silu":
        return {"sigma": _logistic(x), "rest": _logistic(-x)}
    if name == "gelu":
        density = math.exp(-(min(abs(x), 1e3) ** 2) / 2) / math.sqrt(2 * math.pi)
        return {"phi": 0.5 * math.erfc(-x / math.sqrt(2)), "density": density}
    return {}
