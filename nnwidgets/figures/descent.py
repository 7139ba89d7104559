"""A race of optimizers down a curve or a surface, for print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from nnwidgets._drawing import INK, INK_2, INK_3, new_figure, tidy
from nnwidgets.concepts.descent import OPTIMIZERS, Run
from nnwidgets.concepts.surfaces import Surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["DASHES", "descent_figure", "levels"]

DASHES: Mapping[str, Any] = {
    "sgd": "-",
    "momentum": (0, (6, 3)),
    "nesterov": (0, (10, 2.5)),
    "rmsprop": (0, (1.2, 2)),
    "adam": (0, (6, 2, 1.2, 2)),
}
"""How each optimizer's path is drawn."""

_POINTS = 241
_LEVELS = 9
_HIGHEST = 1e200  # what a logarithmic axis can take in, with its margins


def descent_figure(surface: Surface, runs: Mapping[str, Run], chosen: str = "sgd", step: int | None = None) -> Figure:
    """Draw the surface and the paths down to a step, and beside it the losses over the steps.

    Args:
        surface: what is descended.
        runs: by the names of the optimizers.
        chosen: the one that is drawn heavier, with a dot at each step.
        step: how far the paths go; all of it by default.

    Example:
        >>> from nnwidgets.concepts.descent import run
        >>> from nnwidgets.concepts.surfaces import SURFACES
        >>> ravine = SURFACES["ravine"]
        >>> descent_figure(ravine, {"sgd": run(ravine.evaluate, ravine.start, "sgd")}).get_size_inches().tolist()
        [9.6, 4.0]
    """
    last = max(len(run.path) for run in runs.values()) - 1 if step is None else step
    found = new_figure(9.6, 4.0)
    place, losses = found.subplots(1, 2, width_ratios=[1.55, 1])
    (_draw_curve if surface.dimensions == 1 else _draw_map)(place, surface)
    for name, run in sorted(runs.items(), key=lambda item: item[0] == chosen):
        _draw_path(place, surface, name, run.path[: last + 1], is_chosen=name == chosen)
    _draw_losses(losses, surface, runs, chosen, last)
    place.set_title(f"${surface.tex}$" if surface.tex else surface.label, fontsize=11, color=INK)
    return found


def levels(low: float, high: float, typical: float) -> NDArray[np.float64]:
    """Heights of contour lines from the lowest to the highest loss, closer where a typical loss lies low between them.

    Args:
        low: the lowest loss.
        high: the highest.
        typical: its median.

    Example:
        >>> levels(0.0, 100.0, 25.0).round(2).tolist()
        [1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0, 64.0, 81.0]
    """
    share = min(max((typical - low) / (high - low), 1e-6), 0.5) if high > low else 0.5
    power = np.log(share) / np.log(0.5)
    return np.asarray(low + (high - low) * (np.arange(1, _LEVELS + 1) / (_LEVELS + 1)) ** power)


def _draw_curve(ax: Axes, surface: Surface) -> None:
    ((low, high),) = surface.window
    x = np.linspace(low, high, 2 * _POINTS)
    ax.plot(x, _losses(surface, x[:, None]), color=INK_3, linewidth=1.4)
    ax.set_xlim(low, high)
    ax.set_xlabel("$w$", color=INK_2)
    ax.set_ylabel("loss $L$", color=INK_2)
    tidy(ax)


def _draw_map(ax: Axes, surface: Surface) -> None:
    x, y = (np.linspace(low, high, _POINTS) for low, high in surface.window)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    loss = np.ma.masked_invalid(_losses(surface, points).reshape(_POINTS, _POINTS))
    at = levels(min(surface.lowest, float(loss.min())), float(loss.max()), float(np.median(loss.compressed())))
    paper = LinearSegmentedColormap.from_list("nnw", ["#ffffff", "#e4e4e4"])
    ax.contourf(x, y, loss, [loss.min() - 1, *at, loss.max() + 1], cmap=paper)
    ax.contour(x, y, loss, at, colors="#c8c8c8", linewidths=0.8)
    for minimum in surface.minima:
        ax.plot(*minimum, marker="+", color=INK, markersize=8)
    ax.set_xlim(*surface.window[0])
    ax.set_ylim(*surface.window[1])
    ax.set_xlabel("$w_1$", color=INK_2)
    ax.set_ylabel("$w_2$", color=INK_2)
    tidy(ax)


def _losses(surface: Surface, points: NDArray[np.float64]) -> NDArray[np.float64]:
    found = (surface.evaluate(tuple(map(float, point))) for point in points)
    return np.array([np.nan if here is None else here[0] for here in found])


def _draw_path(ax: Axes, surface: Surface, name: str, path: tuple[Any, ...], *, is_chosen: bool) -> None:
    points = np.array(path)
    if surface.dimensions == 1:
        points = np.column_stack([points, _losses(surface, points)])
    ax.plot(
        *np.clip(points, -1e9, 1e9).T,
        color=INK if is_chosen else INK_2,
        linewidth=2.2 if is_chosen else 1.2,
        linestyle=DASHES[name],
        marker="o" if is_chosen else None,
        markersize=3.5,
        label=OPTIMIZERS[name].label,
        zorder=3 if is_chosen else 2,
    )
    ax.plot(*points[0], marker="o", markersize=6, markerfacecolor="white", markeredgecolor=INK, zorder=4)


def _draw_losses(ax: Axes, surface: Surface, runs: Mapping[str, Run], chosen: str, last: int) -> None:
    for name, run in runs.items():
        above = np.array(run.losses[: last + 1]) - surface.lowest
        style: dict[str, Any] = (
            {"color": INK, "linewidth": 2.2} if name == chosen else {"color": INK_2, "linewidth": 1.2}
        )
        ax.plot(np.clip(above, 1e-12, _HIGHEST), linestyle=DASHES[name], label=OPTIMIZERS[name].label, **style)
    ax.set_yscale("log")
    highest = max((run.losses[0] - surface.lowest for run in runs.values()), default=1.0)
    ax.set_ylim(1e-4 * max(highest, 1e-9), 30 * max(highest, 1e-9))
    ax.set_xlabel("step", color=INK_2)
    ax.set_ylabel("loss" if surface.lowest == 0 else "loss above the lowest", color=INK_2)
    ax.legend(frameon=False, fontsize=9)
    tidy(ax)
