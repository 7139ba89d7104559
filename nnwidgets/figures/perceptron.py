"""A perceptron for print: the line with its weights among the samples, and the mistakes of each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nnwidgets._drawing import (
    DASHED,
    FIELD_ALPHA,
    INK,
    INK_2,
    SIGNED_COLORS,
    draw_key,
    draw_points,
    finish_curve,
    new_figure,
    tidy,
)
from nnwidgets._planar_plots import name_axes
from nnwidgets.concepts.perceptron import predicted
from nnwidgets.datasets import plane_range

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nnwidgets.concepts.perceptron import Separation
    from nnwidgets.datasets import Dataset

_SIDE = 0.62  # how strong the two sides are
_ARROW = 0.18  # length of the weight vector, in parts of the plane


def perceptron_figure(
    dataset: Dataset,
    weights: NDArray[np.float64],
    apart: Separation,
    mistakes: NDArray[np.float64],
    *,
    axes: tuple[int, int],
    updates: int,
    title: str,
) -> Figure:
    """What `PerceptronTrainer.figure` gives.

    Args:
        dataset: samples in two columns, in two classes.
        weights: w1, w2, b, `(3,)`.
        apart: whether a line separates the training samples.
        mistakes: rows of an epoch and its mistakes, `(n, 2)`.
        axes: which column is across, and which one up.
        updates: since the beginning.
        title: a line above the picture.

    Returns:
        A new figure of 9 × 4.4 inches.
    """
    figure = new_figure(9, 4.4)
    plane, bars = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_plane(plane, dataset, weights, apart, axes)
    _draw_mistakes(bars, mistakes, apart, updates)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, color=INK)
    return figure


def _draw_plane(
    ax: Axes, dataset: Dataset, weights: NDArray[np.float64], apart: Separation, axes: tuple[int, int]
) -> None:
    (low_x, high_x), (low_y, high_y) = plane_range(dataset, axes)
    across = np.array([weights[axes[0]], weights[axes[1]], weights[2]])
    if across[:2].any():
        grid = np.stack(np.meshgrid(np.linspace(low_x, high_x, 400), np.linspace(low_y, high_y, 400)), axis=-1)
        side = (2.0 * predicted(across, grid.reshape(-1, 2)) - 1).reshape(400, 400)
        extent = (low_x, high_x, low_y, high_y)
        ax.imshow(_SIDE * side, SIGNED_COLORS, vmin=-1, vmax=1, extent=extent, origin="lower", alpha=FIELD_ALPHA)
        _draw_line(ax, across, "-", 1.6)
        _draw_arrow(ax, across, extent)
    if apart.line is not None and any(apart.line[:2]):
        best = np.array([apart.line[axes[0]], apart.line[axes[1]], apart.line[2]])
        _draw_line(ax, best, DASHED, 0.9)
    if apart.crossing is not None:
        place = apart.crossing.place
        ax.plot([place[axes[0]]], [place[axes[1]]], "x", color=INK, markersize=8, zorder=5)
    draw_points(ax, dataset, "train", 18, axes)
    draw_points(ax, dataset, "test", 18, axes)
    draw_key(ax, dataset)
    ax.set_xlim(low_x, high_x)
    ax.set_ylim(low_y, high_y)
    ax.set_box_aspect(1)
    tidy(ax)
    name_axes(ax, dataset, axes)
    w1, w2, b = weights
    ax.set_title(f"$w = ({w1:.3g},\\ {w2:.3g})$, $b = {b:.3g}$", loc="left", fontsize=9, color=INK)


def _draw_line(ax: Axes, weights: NDArray[np.float64], style: Any, width: float) -> None:
    """Where w·x + b is 0."""
    normal, b = weights[:2], weights[2]
    foot = -b * normal / (normal @ normal)
    (x, y), (across, up) = foot.tolist(), normal.tolist()
    ax.axline((x, y), (x - up, y + across), color=INK, linestyle=style, linewidth=width)


def _draw_arrow(ax: Axes, weights: NDArray[np.float64], extent: tuple[float, float, float, float]) -> None:
    """The direction of the weight vector, from the place of the line that is nearest to the middle of the picture."""
    low_x, high_x, low_y, high_y = extent
    middle, normal = np.array([low_x + high_x, low_y + high_y]) / 2, weights[:2]
    foot = middle - (middle @ normal + weights[2]) * normal / (normal @ normal)
    tip = foot + _ARROW * (high_x - low_x) * normal / np.linalg.norm(normal)
    ax.annotate("", tip, foot, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.6}, zorder=6)


def _draw_mistakes(ax: Axes, mistakes: NDArray[np.float64], apart: Separation, updates: int) -> None:
    ax.bar(mistakes[:, 0], mistakes[:, 1], width=0.8, color=INK_2)
    if not len(mistakes):
        ax.set_xlim(0.5, 10.5)
        ax.set_ylim(0, 1)
    finish_curve(ax)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    bound = "not separable" if apart.bound is None else f"$(R/\\gamma)^2 = {apart.bound:,.4g}$"
    count = f"{updates:,} update{'' if updates == 1 else 's'}"
    ax.set_title(f"mistakes per epoch; {count}, {bound}", loc="left", fontsize=9, color=INK)
