"""An activation function for print: its derivative, where the gradient vanishes, a tangent, and others beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from nnwidgets._drawing import INK_2, INK_3, new_figure
from nnwidgets._function_plots import plot_activation_function

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nnwidgets.concepts.activation import Range, Window

__all__ = ["activation_figure"]

_ACCENT, _SHADE = "#8a2f8f", "#e8e8e8"
Function = Callable[[ArrayLike], NDArray[Any]]


def activation_figure(
    label: str,
    function: Function,
    derivative: Function,
    window: Window,
    *,
    x: float,
    decimals: int,
    ranges: Sequence[Range] = (),
    threshold: float = 0.0,
    others: Mapping[str, Function] | None = None,
) -> Figure:
    """Draw it.

    Args:
        label: the name to show.
        function: of a float64 array.
        derivative: of it.
        window: ``(x_low, x_high, y_low, y_high)``.
        x: where the tangent is.
        decimals: of ``x``, to show.
        ranges: of x to shade.
        threshold: below which the slope's size is there.
        others: functions to compare with, by their labels.

    Example:
        >>> figure = activation_figure("sine", np.sin, np.cos, (-6, 6, -1.1, 1.1), x=1, decimals=2)
    """
    figure = new_figure(6.4, 3.8)
    axes = figure.add_subplot()
    plot_activation_function(function, derivative, label, window, ax=axes)
    handles, labels = axes.get_legend_handles_labels()
    for index, (low, high) in enumerate(ranges):
        shade = axes.axvspan(low, high, color=_SHADE, linewidth=0, zorder=-1)
        if index == 0:
            handles.append(shade)
            labels.append(f"|slope| < {threshold:g}")
    _draw_others(axes, others or {}, window)
    _draw_point(axes, (x, decimals), function, derivative)
    axes.legend(handles, labels, frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
    axes.set_title(label, fontsize=11, loc="right")
    axes.title.set_text("")
    return figure


def _draw_others(axes: Axes, others: Mapping[str, Function], window: Window) -> None:
    x_low, x_high, y_low, y_high = window
    x = np.linspace(x_low, x_high, 1201)
    ends: list[float] = []
    for label, function in sorted(others.items(), key=lambda item: -_last(item[1], x, window)[1]):
        axes.plot(x, function(x), color=INK_3, linewidth=0.9, zorder=1)
        at, height = _last(function, x, window)
        if at < x_high:  # it leaves through the top or the bottom: its name is beside it there
            above = height > (y_low + y_high) / 2
            place: dict[str, Any] = {
                "ha": "right",
                "va": "top" if above else "bottom",
                "xytext": (-4, -2 if above else 2),
            }
        else:
            height = min([height, *(end - 0.05 * (y_high - y_low) for end in ends)])
            ends.append(height)
            place = {"ha": "left", "va": "center", "xytext": (4, 0)}
        text = axes.annotate(label, (at, height), textcoords="offset points", color=INK_2, fontsize=8, **place)
        text.set(parse_math=False)


def _last(function: Function, x: NDArray[Any], window: Window) -> tuple[float, float]:
    """The last point of a curve that is in the window."""
    y = np.asarray(function(x), dtype=np.float64)
    inside = np.flatnonzero((y >= window[2]) & (y <= window[3]))
    return (float(x[inside[-1]]), float(y[inside[-1]])) if len(inside) else (float(x[-1]), float(window[3]))


def _draw_point(axes: Axes, point: tuple[float, int], function: Function, derivative: Function) -> None:
    x, decimals = point
    value, slope = (float(np.asarray(each(np.array([x])))[0]) for each in (function, derivative))
    if not np.isfinite(value):
        return
    limits = axes.get_xlim(), axes.get_ylim()
    text = f"x = {x:.{decimals}f}\nvalue {value:.4g}"
    if np.isfinite(slope):
        # As long on paper whatever the slope is.
        (x_low, x_high), (y_low, y_high) = limits
        reach = 0.09 * (x_high - x_low) / np.hypot(1, slope * (x_high - x_low) / (y_high - y_low) * 0.55)
        ends = np.array([x - reach, x + reach])
        axes.plot(ends, value + slope * (ends - x), color=_ACCENT, linewidth=1.6, zorder=4)
        text += f"\nslope {slope:.4g}"
    axes.plot([x], [value], "o", color=_ACCENT, markersize=5, markeredgecolor="white", zorder=5)
    # Beside a rising curve there is room below it on the right, or above it on the left.
    (x_low, x_high), (y_low, y_high) = limits
    above = value < y_low + 0.18 * (y_high - y_low)
    left = above if x < x_low + 0.8 * (x_high - x_low) else True
    left = left and x > x_low + 0.2 * (x_high - x_low)
    place: dict[str, Any] = {"ha": "right" if left else "left", "va": "bottom" if above else "top"}
    offset = (-7 if left else 7, 7 if above else -7)
    note = axes.annotate(
        text.replace("-", "\u2212"), (x, value), offset, textcoords="offset points", fontsize=8, zorder=6, **place
    )
    note.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    axes.set(xlim=limits[0], ylim=limits[1])
