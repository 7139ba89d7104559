"""Activation functions and their derivatives by mpmath, with many digits: no formula is shared with the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from nnwidgets.functions import ACTIVATIONS

Real = Any

SPECIAL = (0.0, 0.01, -0.01, 0.05, -0.05, 1.0, -1.0, 2.0, -2.0, 2.83, -2.83, 6.0, -6.0)
LARGE = (20.5, -20.5, 30.0, -30.0, 700.0, -700.0, 800.0, -800.0, 1e9, -1e9, 1e300, -1e300)


def _cdf(x: Real) -> Real:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _density(x: Real) -> Real:
    return mpmath.exp(-(x**2) / 2) / mpmath.sqrt(2 * mpmath.pi)


def _sigmoid(x: Real) -> Real:
    return 1 / (1 + mpmath.exp(-x))


def _slope_of_sigmoid(x: Real) -> Real:
    return mpmath.exp(x) / (1 + mpmath.exp(x)) ** 2


FUNCTIONS: dict[str, tuple[Callable[[Real], Real], Callable[[Real], Real]]] = {
    "tanh": (mpmath.tanh, lambda x: mpmath.sech(x) ** 2),
    "relu": (lambda x: max(x, mpmath.mpf(0)), lambda x: mpmath.mpf(x > 0)),
    "sigmoid": (_sigmoid, _slope_of_sigmoid),
    "identity": (lambda x: x, lambda x: mpmath.mpf(1)),
    "leaky_relu": (
        lambda x: x if x > 0 else x * mpmath.mpf("0.01"),
        lambda x: mpmath.mpf(1) if x > 0 else mpmath.mpf("0.01"),
    ),
    "elu": (
        lambda x: x if x > 0 else mpmath.exp(x) - 1,
        lambda x: mpmath.mpf(1) if x > 0 else mpmath.exp(x),
    ),
    "silu": (lambda x: x * _sigmoid(x), lambda x: _sigmoid(x) + x * _slope_of_sigmoid(x)),
    "gelu": (lambda x: x * _cdf(x), lambda x: _cdf(x) + x * _density(x)),
    "softplus": (lambda x: mpmath.log(1 + mpmath.exp(x)), _sigmoid),
    "step": (lambda x: mpmath.mpf(x > 0), lambda x: mpmath.mpf(0)),
}


def _exact(function: Callable[[Real], Real], x: float) -> float:
    # Beyond ±800 the arithmetic would need more digits than there is time for: all but polynomials are at their limits.
    if abs(x) <= 1000:
        return float(function(mpmath.mpf(x)))
    near, far = (function(mpmath.mpf(np.copysign(size, x))) for size in (500, 1000))
    grows = abs(far) > 1.5 * abs(near) and abs(far) > 1
    return float(far / 1000 * mpmath.mpf(abs(x)) if grows else far)


def make() -> dict[str, Any]:
    """The values of every function, at special, random and huge arguments.

    Returns:
        ``x``, and per name the label and the values of the function and its derivative at each of them.
    """
    random = np.random.default_rng(7)
    x = [*SPECIAL, *LARGE, *random.uniform(-6, 6, 40).tolist(), *random.uniform(-40, 40, 20).tolist()]
    with mpmath.workdps(50 + 400):
        table = {
            name: {
                "label": ACTIVATIONS[name].label if name in ACTIVATIONS else name,
                "f": [_exact(f, value) for value in x],
                "derivative": [_exact(derivative, value) for value in x],
            }
            for name, (f, derivative) in FUNCTIONS.items()
        }
        arguments = [-6.0, -1.5, 0.0, 0.3, 1.0, 1.999, 2.0, 2.5, 5.0, 10.0, 20.0, 26.0, 27.5]
        erfc = [float(mpmath.erfc(value)) for value in arguments]
    return {"x": x, "activations": table, "erfc": {"x": arguments, "values": erfc}}
