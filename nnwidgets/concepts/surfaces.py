"""Curves and surfaces to descend: loss, gradient, minima, and where a ball on them is worth watching.

Plain floats, added and multiplied in one order, so that the browser's twin computes the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["SURFACES", "Surface"]

Point = tuple[float, ...]
Range = tuple[float, float]
Evaluate = Callable[[Point], tuple[float, Point] | None]


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss over one or two weights.

    Attributes:
        name: identifier, the key in `SURFACES`.
        label: the name to show to readers.
        formula, tex: the loss as plain text, and as matplotlib and MathJax write it.
        window: the range of each weight that is drawn; its length is the number of weights.
        start, learning_rate, steps: from where, how fast and for how long a descent is worth watching.
        evaluate: the weights → the loss and the gradient; not finite where that overflows, None where not known.
        minima: the weights of the lowest loss.
        local_minima: the weights of minima that are not the lowest.
        lowest: the loss there.
        curvature: the largest eigenvalue of the matrix of second derivatives at the first of `minima`. Plain gradient
            descent near it diverges where the learning rate exceeds 2 / curvature. None where it is not known.
        rates: for optimizers that want another learning rate than `learning_rate`.
        tolerance: a loss this near to the lowest counts as the bottom.

    Example:
        >>> ravine = SURFACES["ravine"]
        >>> ravine.evaluate((2.0, 1.0))
        (11.0, (2.0, 18.0))
        >>> ravine.dimensions, ravine.minima, ravine.curvature
        (2, ((0.0, 0.0),), 18.0)
    """

    name: str
    label: str
    formula: str
    tex: str
    window: tuple[Range, ...]
    start: Point
    learning_rate: float
    evaluate: Evaluate
    minima: tuple[Point, ...]
    curvature: float | None
    lowest: float = 0.0
    local_minima: tuple[Point, ...] = ()
    steps: int = 60
    rates: Mapping[str, float] = field(default_factory=dict)
    tolerance: float = 0.01

    @property
    def dimensions(self) -> int:
        """The number of weights, 1 or 2."""
        return len(self.window)

    def holds(self, point: Point) -> bool:
        """Whether a point lies in the window.

        Example:
            >>> SURFACES["parabola"].holds((9.0,))
            False
        """
        return all(low <= value <= high for value, (low, high) in zip(point, self.window, strict=True))


def _parabola(point: Point) -> tuple[float, Point]:
    (w,) = point
    return w * w, (2 * w,)


def _double_well(point: Point) -> tuple[float, Point]:
    (w,) = point
    a, b = w + 2, w - 2
    return a * a * (b * b + 0.5) / 8, (a * (2 * w * w - 4 * w + 0.5) / 4,)


def _plateau(point: Point) -> tuple[float, Point]:
    (w,) = point
    e = math.exp(-w * w / 2)
    return 1 - e, (w * e,)


def _waves(point: Point) -> tuple[float, Point]:
    (w,) = point
    if not math.isfinite(3 * w):
        return math.inf, (math.inf,)
    return w * w / 10 + (1 - math.cos(3 * w)) / 2, (w / 5 + 1.5 * math.sin(3 * w),)


def _bowl(point: Point) -> tuple[float, Point]:
    x, y = point
    return (x * x + y * y) / 2, (x, y)


def _ravine(point: Point) -> tuple[float, Point]:
    x, y = point
    return (x * x + 18 * y * y) / 2, (x, 18 * y)


def _saddle(point: Point) -> tuple[float, Point]:
    x, y = point
    a = y * y - 1
    return x * x / 2 + a * a / 4, (x, y * a)


def _himmelblau(point: Point) -> tuple[float, Point]:
    x, y = point
    a, b = x * x + y - 11, x + y * y - 7
    return a * a + b * b, (4 * x * a + 2 * b, 2 * a + 4 * y * b)


def _rosenbrock(point: Point) -> tuple[float, Point]:
    x, y = point
    a, b = 1 - x, y - x * x
    return a * a + 100 * b * b, (-2 * a - 400 * x * b, 200 * b)


def _beale(point: Point) -> tuple[float, Point]:
    x, y = point
    y2 = y * y
    y3 = y2 * y
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y2, 2.625 - x + x * y3
    by_x = 2 * (a * (y - 1) + b * (y2 - 1) + c * (y3 - 1))
    by_y = 2 * x * (a + 2 * b * y + 3 * c * y2)
    return a * a + b * b + c * c, (by_x, by_y)


_SURFACES = (
    Surface(
        "parabola",
        "parabola",
        "L = w²",
        r"L = w^2",
        ((-4.0, 4.0),),
        (-3.4,),
        0.1,
        _parabola,
        ((0.0,),),
        2.0,
    ),
    Surface(
        "double_well",
        "two minima",
        "L = (w + 2)² ((w − 2)² + 0.5) / 8",
        r"L = \frac{1}{8} (w + 2)^2 \left((w - 2)^2 + 0.5\right)",
        ((-3.2, 3.2),),
        (2.9,),
        0.05,
        _double_well,
        ((-2.0,),),
        4.125,
        local_minima=((1 + math.sqrt(3) / 2,),),
    ),
    Surface(
        "plateau",
        "plateau",
        "L = 1 − exp(−w² / 2)",
        r"L = 1 - \exp(-w^2 / 2)",
        ((-4.0, 4.0),),
        (-3.2,),
        0.2,
        _plateau,
        ((0.0,),),
        1.0,
        steps=100,
    ),
    Surface(
        "waves",
        "waves",
        "L = w² / 10 + (1 − cos 3w) / 2",
        r"L = \frac{w^2}{10} + \frac{1 - \cos 3w}{2}",
        ((-5.0, 5.0),),
        (4.5,),
        0.15,
        _waves,
        ((0.0,),),
        4.7,
        local_minima=((-4.0012143182955535,), (-2.004222758489096,), (2.004222758489096,), (4.0012143182955535,)),
    ),
    Surface(
        "bowl",
        "bowl",
        "L = ½ (w₁² + w₂²)",
        r"L = \frac{1}{2} (w_1^2 + w_2^2)",
        ((-4.0, 4.0), (-3.0, 3.0)),
        (-3.2, 2.2),
        0.1,
        _bowl,
        ((0.0, 0.0),),
        1.0,
    ),
    Surface(
        "ravine",
        "ravine",
        "L = ½ (w₁² + 18 w₂²)",
        r"L = \frac{1}{2} (w_1^2 + 18 w_2^2)",
        ((-5.0, 3.4), (-1.9, 1.9)),
        (-4.2, 1.15),
        0.1,
        _ravine,
        ((0.0, 0.0),),
        18.0,
        rates={"nesterov": 0.05},
    ),
    Surface(
        "saddle",
        "saddle",
        "L = ½ w₁² + ¼ (w₂² − 1)²",
        r"L = \frac{1}{2} w_1^2 + \frac{1}{4} (w_2^2 - 1)^2",
        ((-2.4, 2.4), (-1.8, 1.8)),
        (-2.0, 0.01),
        0.1,
        _saddle,
        ((0.0, 1.0), (0.0, -1.0)),
        2.0,
    ),
    # Himmelblau, Applied Nonlinear Programming, 1972
    Surface(
        "himmelblau",
        "four minima",
        "L = (w₁² + w₂ − 11)² + (w₁ + w₂² − 7)²",
        r"L = (w_1^2 + w_2 - 11)^2 + (w_1 + w_2^2 - 7)^2",
        ((-5.0, 5.0), (-5.0, 5.0)),
        (-0.4, -0.7),
        0.01,
        _himmelblau,
        (
            (3.0, 2.0),
            (3.584428340330492, -1.848126526964404),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
        ),
        82.28427124746192,
        steps=100,
        rates={"rmsprop": 0.1, "adam": 0.3},
    ),
    # Rosenbrock, The Computer Journal 3 (1960), page 175
    Surface(
        "rosenbrock",
        "Rosenbrock",
        "L = (1 − w₁)² + 100 (w₂ − w₁²)²",
        r"L = (1 - w_1)^2 + 100 (w_2 - w_1^2)^2",
        ((-2.0, 2.0), (-1.0, 3.0)),
        (-1.2, 1.0),
        0.001,
        _rosenbrock,
        ((1.0, 1.0),),
        1001.6006392325123,
        steps=500,
        rates={"rmsprop": 0.01, "adam": 0.1},
    ),
    # Beale, On an iterative method for finding a local minimum of a function of more than one variable, 1958
    Surface(
        "beale",
        "Beale",
        "L = (1.5 − w₁ + w₁ w₂)² + (2.25 − w₁ + w₁ w₂²)² + (2.625 − w₁ + w₁ w₂³)²",
        r"L = (1.5 - w_1 + w_1 w_2)^2 + (2.25 - w_1 + w_1 w_2^2)^2 + (2.625 - w_1 + w_1 w_2^3)^2",
        ((-0.6, 4.2), (-1.8, 2.2)),
        (1.0, 1.5),
        0.003,
        _beale,
        ((3.0, 0.5),),
        48.97978635347775,
        steps=200,
        rates={"rmsprop": 0.02, "adam": 0.1},
    ),
)

SURFACES: Mapping[str, Surface] = {surface.name: surface for surface in _SURFACES}
"""The curves and surfaces, by name, in the order in which to offer them."""
