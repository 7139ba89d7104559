"""Any loss, sampled on a grid and smooth in between: what the browser can descend without the function.

Between the nodes runs the bicubic polynomial that has the value, both derivatives and the mixed one of the nodes at
the corners (Hermite's), so that the gradient is exactly that of the surface, and both are continuous.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets.concepts.surfaces import Point, Range, Surface

__all__ = ["Grid", "grid_of", "sampled_surface"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """Values and derivatives at the nodes of a regular grid.

    Attributes:
        window: the range of each weight; the first and last nodes lie on its ends.
        nodes: float32. For one weight ``(2, n)``: the loss and its derivative. For two ``(4, rows, columns)``: the
            loss, its derivatives by w₁ and w₂, and the mixed second one; w₁ grows along a row, w₂ from row to row.
            NaN where the function is not defined.

    Example:
        >>> grid = grid_of(lambda w: (w**2, 2 * w), ((-1.0, 1.0),), 3)
        >>> grid.evaluate((0.5,))
        (0.25, (1.0,))
        >>> grid.evaluate((1.5,)) is None
        True
    """

    window: tuple[Range, ...]
    nodes: NDArray[np.float32]

    def evaluate(self, point: Point) -> tuple[float, Point] | None:
        """The loss and the gradient at a point; None beyond the window, and beside a node without a value."""
        places = [
            _place(value, bounds, size)
            for value, bounds, size in zip(point, self.window, reversed(self.nodes.shape[1:]), strict=True)
        ]
        if None in places:
            return None
        found = _line(self.nodes, places[0]) if len(places) == 1 else _patch(self.nodes, *places)
        return found if all(map(np.isfinite, (found[0], *found[1]))) else None


_Place = tuple[int, float, float]  # the node before a point, the way from it to the next one (0 to 1), their distance


def _place(value: float, bounds: Range, size: int) -> _Place | None:
    low, high = bounds
    if not low <= value <= high:
        return None
    along = (value - low) / (high - low) * (size - 1)
    index = min(int(along), size - 2)
    return index, along - index, (high - low) / (size - 1)


def _hermite(t: float, h: float, a: float, slope_a: float, b: float, slope_b: float) -> tuple[float, float]:
    """Value and derivative of the cubic with these values and derivatives at its ends, which lie `h` apart."""
    rest = 1 - t
    value = (1 + 2 * t) * rest * rest * a + t * t * (3 - 2 * t) * b + h * t * rest * (rest * slope_a - t * slope_b)
    slope = 6 * t * rest * (b - a) / h + rest * (1 - 3 * t) * slope_a + t * (3 * t - 2) * slope_b
    return value, slope


def _line(nodes: NDArray[np.float32], place: Any) -> tuple[float, Point]:
    i, t, h = place
    (a, b), (slope_a, slope_b) = nodes[:, i : i + 2].tolist()
    value, slope = _hermite(t, h, a, slope_a, b, slope_b)
    return value, (slope,)


def _patch(nodes: NDArray[np.float32], across: Any, up: Any) -> tuple[float, Point]:
    i, s, width = across
    j, t, height = up
    value, by_x, by_y, mixed = nodes[:, j : j + 2, i : i + 2].tolist()
    left, left_up = _hermite(t, height, value[0][0], by_y[0][0], value[1][0], by_y[1][0])
    right, right_up = _hermite(t, height, value[0][1], by_y[0][1], value[1][1], by_y[1][1])
    left_x, left_x_up = _hermite(t, height, by_x[0][0], mixed[0][0], by_x[1][0], mixed[1][0])
    right_x, right_x_up = _hermite(t, height, by_x[0][1], mixed[0][1], by_x[1][1], mixed[1][1])
    loss, slope_x = _hermite(s, width, left, left_x, right, right_x)
    slope_y, _ = _hermite(s, width, left_up, left_x_up, right_up, right_x_up)
    return loss, (slope_x, slope_y)


def grid_of(function: Callable[..., Any], window: tuple[Range, ...], *sizes: int) -> Grid:
    """Sample a function that gives its gradient, too.

    Args:
        function: float64 arrays of weights, all of one shape ``(n,)`` → the losses and each derivative, ``(n,)``.
        window: the range of each weight.
        sizes: the number of nodes along each.
    """
    axes = [np.linspace(low, high, size) for (low, high), size in zip(window, sizes, strict=True)]
    points = [each.ravel() for each in np.meshgrid(*axes)]
    shape = tuple(reversed(sizes))
    parts = [np.asarray(part, dtype=np.float64).reshape(shape) for part in function(*points)]
    return grid_from(parts, window)


def grid_from(parts: list[Array], window: tuple[Range, ...]) -> Grid:
    """A grid of losses and derivatives by each weight, ``(n,)`` or ``(rows, columns)``; NaN where there are none."""
    if len(window) == 2:
        parts = [*parts, _mixed(parts[1], parts[2], window)]
    with np.errstate(over="ignore", invalid="ignore"):
        nodes = np.stack(parts).astype(np.float32)
    nodes[:, ~np.isfinite(nodes).all(axis=0)] = np.nan
    return Grid(window, nodes)


def _mixed(by_x: Array, by_y: Array, window: tuple[Range, ...]) -> Array:
    """The mixed second derivative, by the differences of the first ones between nodes; 0 where there are none."""
    rows, columns = by_x.shape
    (left, right), (bottom, top) = window
    with np.errstate(all="ignore"):
        up = np.gradient(by_x, (top - bottom) / (rows - 1), axis=0)
        across = np.gradient(by_y, (right - left) / (columns - 1), axis=1)
        found: Array = np.nan_to_num((up + across) / 2, nan=0.0, posinf=0.0, neginf=0.0)
    return found


def sampled_surface(
    grid: Grid, *, name: str = "own", label: str = "own function", formula: str = "", start: Point | None = None
) -> Surface:
    """A grid as a surface to descend.

    The lowest loss is that of the lowest node, and counts as reached within a hundredth of what lies between it and the
    median, rounded to one digit. A descent starts at ``start``, by default at three quarters of the height between the
    lowest node and the highest, and with a learning rate at which the first step goes a twentieth of the window, but no
    more than what is stable where the surface is bent most among all that lies lower than the median.

    Raises:
        ValueError: for a grid without finite values side by side.
    """
    values = grid.nodes[0].astype(np.float64)
    known = values[np.isfinite(values)]
    if not known.size:
        msg = "the function has no finite value in the window"
        raise ValueError(msg)
    lowest = float(known.min())
    minimum = _node(grid, int(np.nanargmin(values)))
    if start is None:
        start = _node(grid, int(np.nanargmin(np.abs(values - (lowest + 0.75 * (float(known.max()) - lowest))))))
    here = grid.evaluate(start)
    if here is None:
        start, here = _lowest_known(grid)
    rate = _first_rate(grid, here[1], _bend(grid))
    height = float(np.median(known)) - lowest
    tolerance = _one_digit(height / 100) if height > 0 else 0.01
    return Surface(
        name,
        label,
        formula,
        "",
        grid.window,
        start,
        rate,
        grid.evaluate,
        (minimum,),
        None,
        lowest,
        tolerance=tolerance,
    )


def _lowest_known(grid: Grid) -> tuple[Point, tuple[float, Point]]:
    """The lowest node at which the loss is known, and what is known there: all of its neighbours have a value, too."""
    for index in np.argsort(grid.nodes[0], axis=None).tolist():
        point = _node(grid, index)
        here = grid.evaluate(point)
        if here is not None:
            return point, here
    msg = "the function has too few finite values in the window: choose another window, or mend the function"
    raise ValueError(msg)


def _node(grid: Grid, index: int) -> Point:
    axes = [
        np.linspace(low, high, size)
        for (low, high), size in zip(grid.window, reversed(grid.nodes.shape[1:]), strict=True)
    ]
    places = reversed(np.unravel_index(index, grid.nodes.shape[1:]))
    # Without the dust of binary fractions, but never outside of the window.
    return tuple(
        float(np.clip(round(float(axis[int(place)]), 12), axis[0], axis[-1]))
        for axis, place in zip(axes, places, strict=True)
    )


def _first_rate(grid: Grid, slope: Point, bend: float) -> float:
    rates = [(high - low) / 20 / abs(g) for g, (low, high) in zip(slope, grid.window, strict=False) if g]
    if bend > 0:
        rates.append(1 / bend)
    return min(max(_one_digit(min(rates)), 1e-4), 10.0) if rates else 0.1


def _bend(grid: Grid) -> float:
    """The largest second derivative along an axis, by differences of slopes between nodes that lie low."""
    losses, slopes = grid.nodes[0].astype(np.float64), grid.nodes[1 : len(grid.window) + 1].astype(np.float64)
    with np.errstate(all="ignore"):
        low = losses <= np.nanmedian(losses)
        found = [0.0]
        for axis, (slope, (first, last)) in enumerate(zip(slopes, grid.window, strict=True)):
            along = losses.ndim - 1 - axis
            bends = np.gradient(slope, (last - first) / (losses.shape[along] - 1), axis=along)[low]
            found.append(float(np.nanmax(bends, initial=0.0)))
    return max(found)


def _one_digit(value: float) -> float:
    return float(f"{value:.0e}")
