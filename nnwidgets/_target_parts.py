"""The functions to choose from, and what functions are made of: names, domains, points of drawings, places."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets._checks import real
from nnwidgets.expressions import ExpressionError, parse_expression

if TYPE_CHECKING:
    from numpy.typing import NDArray

Range = tuple[float, float]

GRID = 129
"""Places, from one end of the domain to the other, at which a function and what is fitted to it are drawn."""

DOMAIN: Range = (-3.0, 3.0)
"""Where a function that says nothing about it is looked at."""

MOST_POINTS = 257
"""Of a function that was drawn, at most."""

LARGEST = 1e6
"""Values, and ends of a domain, of either sign, at most."""

_SHORTEST = 1e-6  # of a domain, as a share of its larger end
FEWEST = 2  # samples, and points of a drawing


@dataclass(frozen=True)
class TargetFunction:
    """A function of the table: its name, what it is called on screen, the expression it is, and its usual domain."""

    name: str
    label: str
    expression: str
    domain: Range = DOMAIN


FUNCTIONS: Mapping[str, TargetFunction] = {
    function.name: function
    for function in (
        TargetFunction("sine", "sine", "sin(2x)"),
        TargetFunction("bump", "bump", "exp(-x²)"),
        TargetFunction("absolute", "|x|", "abs(x)"),
        TargetFunction("step", "step", "step(x)"),
        TargetFunction("box", "box", "step(x + 1) - step(x - 1)"),
        TargetFunction("polynomial", "polynomial", "(x³ - 4x) / 3", (-2.5, 2.5)),
        TargetFunction("sinc", "sinc", "sinc(x)"),
        TargetFunction("sawtooth", "sawtooth", "x - floor(x)", (-2.0, 2.0)),
        TargetFunction("chirp", "chirp", "sin(x²)", (-3.5, 3.5)),
    )
}
"""The functions to choose from, by name, in the order in which to offer them."""


def known_function(text: str) -> str:
    """The name of a function of the table, or an expression of x, in settled form.

    Raises:
        ExpressionError: it is neither; the message says what is wrong with it, and where.

    Example:
        >>> known_function(" Sine "), known_function("2 x + 1 ")
        ('sine', '2 x + 1')
    """
    name = text.strip()
    if name.casefold() in FUNCTIONS:
        return name.casefold()
    try:
        return parse_expression(text).text
    except ExpressionError as error:
        near = difflib.get_close_matches(name.casefold(), FUNCTIONS, 1) if name.isalpha() else []
        if near:
            msg = f"there is no function {name!r}; did you mean {near[0]!r}?"
            raise ExpressionError(msg, error.place) from None
        raise


def checked_domain(value: object) -> Range:
    """The two ends of a part of the x axis, from left to right.

    Raises:
        TypeError, ValueError: it is none.
    """
    msg = f"domain must be two numbers, the first the smaller one, such as (-3, 3), not {value!r}"
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(msg)
    ends = [real("an end of the domain", end, -LARGEST, LARGEST) for end in value]
    if len(ends) != 2 or ends[1] - ends[0] < _SHORTEST * max(1.0, *map(abs, ends)):
        raise ValueError(msg)
    return ends[0], ends[1]


def drawn_points(value: Any) -> tuple[tuple[float, float], ...]:
    """The points of a drawing from left to right; where several have the same x, the last of them.

    Of more than 257 points so many are taken, evenly spaced, of the line that joins them.

    Raises:
        TypeError: they are no points.
        ValueError: fewer than two places, or numbers that are not finite.

    Example:
        >>> drawn_points([(1, 2), (0, 0), (1, 1)])
        ((0.0, 0.0), (1.0, 1.0))
    """
    try:
        points = np.array(value, np.float64)
    except (TypeError, ValueError):
        points = np.zeros(0)
    if points.ndim != 2 or points.shape[1] != 2:
        msg = (
            "a function is a name, an expression of x, a callable, arrays (x, y), or points ((x, y), …) that were drawn"
        )
        raise TypeError(msg)
    if not (np.abs(points) <= LARGEST).all():
        msg = f"the points of a drawing must be finite numbers up to {LARGEST:,.0f}"
        raise ValueError(msg)
    rounded = np.array([[float(f"{number:.6g}") for number in point] for point in points.tolist()])
    settled = dict(rounded.tolist())
    if len(settled) < FEWEST:
        msg = "a drawing needs points at two places or more"
        raise ValueError(msg)
    x, y = np.array(sorted(settled.items())).T
    if len(x) > MOST_POINTS:
        even = np.linspace(x[0], x[-1], MOST_POINTS)
        x, y = even, np.interp(even, x, y)
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def places(domain: Range) -> NDArray[np.float64]:
    """`GRID` places from one end of a domain to the other, ``(GRID, 1)`` float64."""
    return np.linspace(*domain, GRID).reshape(-1, 1)
