"""What a look at an activation function shows, by mpmath and plain decimal arithmetic; no formula is the package's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import mpmath
import numpy as np

from tests.vectors.functions import FUNCTIONS

X_RANGES = ((-6, 6), (-6, 6), (-6, 6), (-1, 1), (0, 20), (-0.5, 0.25), (-700, 900), (-1e6, 1e6), (3, 3.0004))


def _step(low: float, high: float) -> Decimal:
    """The largest of …, 0.1, 0.2, 0.5, 1, … of which at least 1,000 fit."""
    span = Decimal(repr(high)) - Decimal(repr(low))
    steps = [Decimal(m).scaleb(e) for e in range(-12, 7) for m in (1, 2, 5)]
    return max(step for step in steps if step * 1000 <= span)


def _points(low: float, high: float) -> list[Decimal]:
    step = _step(low, high)
    first = Decimal(repr(low)) // step - 1
    multiples = ((first + count) * step for count in range(2600))
    return [point for point in multiples if Decimal(repr(low)) <= point <= Decimal(repr(high))]


def _ranges(points: list[float], slopes: list[Any], threshold: float) -> list[list[float]]:
    ranges, begun = [], None
    for index, slope in enumerate([*slopes, mpmath.inf]):
        flat = abs(slope) < threshold
        if flat and begun is None:
            begun = index
        if not flat and begun is not None:
            if index - begun > 1:
                ranges.append([points[begun], points[index - 1]])
            begun = None
    return ranges


def _sigma(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


TERMS: dict[str, dict[str, Any]] = {
    "sigmoid": {"exp": lambda x: mpmath.exp(-x), "rest": lambda x: 1 - _sigma(x)},
    "tanh": {"sigma2": lambda x: (1 + mpmath.tanh(x)) / 2},
    "elu": {"exp": lambda x: mpmath.exp(x) if x < 0 else mpmath.mpf(1)},
    "softplus": {"exp": mpmath.exp},
    "silu": {"sigma": _sigma, "rest": lambda x: 1 - _sigma(x)},
    "gelu": {"phi": mpmath.ncdf, "density": mpmath.npdf},
}


def _case(name: str, x_range: tuple[float, float], random: np.random.Generator) -> dict[str, Any]:
    points = _points(*x_range)
    x = points[int(random.integers(len(points)))]
    threshold, layers = round(float(random.uniform(0, 0.3)), 3), int(random.integers(1, 13))
    f, derivative = FUNCTIONS[name]
    at = mpmath.mpf(float(x))
    # Few digits are enough to see on which side of the threshold a slope is; far out none is near it.
    slopes = [derivative(mpmath.mpf(max(min(float(point), 1000.0), -1000.0))) for point in points]
    numbers = [float(point) for point in points]
    with mpmath.workdps(900):
        return {
            "activation": name,
            "x_range": list(x_range),
            "step": float(points[1] - points[0]),
            "count": len(points),
            "x": float(x),
            "vanishing": threshold,
            "layers": layers,
            "value": float(f(at)),
            "slope": float(derivative(at)),
            "remaining": float(derivative(at) ** layers),
            "ranges": _ranges(numbers, slopes, threshold),
            "terms": {key: float(term(at)) for key, term in TERMS.get(name, {}).items()},
        }


def make() -> dict[str, Any]:
    """Every function in windows of many sizes, at a random point, threshold and number of layers.

    Returns:
        ``cases``, each a setting and what is to be seen of it, and ``fixed``: ranges that a course speaks of.
    """
    random = np.random.default_rng(3)
    ranges = [X_RANGES[index % len(X_RANGES)] for index in range(4 * len(FUNCTIONS))]
    with mpmath.workdps(60):
        cases = [_case(name, x_range, random) for name, x_range in zip(list(FUNCTIONS) * 4, ranges, strict=True)]
    return {"cases": cases, "fixed": {"tanh": [[-6.0, -2.18], [2.18, 6.0]], "relu": [[-6.0, 0.0]], "identity": []}}
