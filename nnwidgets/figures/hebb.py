"""Hebb's rule for print: one connection over the presentations, all of them, and a damaged pattern that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from nnwidgets._drawing import HAIRLINE, INK, INK_2, INK_3, NEGATIVE, POSITIVE, SIGNED_COLORS, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nnwidgets.widgets.hebb import HebbExplorer


_MARK: dict[str, Any] = {"marker": "s", "s": 34, "edgecolors": INK_3, "linewidths": 0.6, "zorder": 3}


def hebb_figure(explorer: HebbExplorer) -> Figure:
    """The weight of the pair, all weights, the damaged pattern and what becomes of it.

    Args:
        explorer: whose settings are drawn.

    Returns:
        A new figure, 10 inches wide.
    """
    figure = new_figure(10, 2.9)
    axes = figure.subplots(1, 4, width_ratios=[1.5, 1.05, 0.85, 0.85])
    _draw_history(axes[0], explorer)
    _draw_weights(axes[1], explorer)
    right, n = explorer.right[explorer.pattern], explorer.cue.size
    name = explorer.names[explorer.pattern]
    _draw_cells(axes[2], explorer.cue, explorer, f"{name}, damaged")
    axes[2].set_xlabel(f"{n - len(explorer.damage)} of {n} cells right", color=INK_2, fontsize=9)
    _draw_cells(axes[3], explorer.state, explorer, "recalled")
    axes[3].set_xlabel(f"{right} of {n} cells right", color=INK_2, fontsize=9)
    return figure


def _title(ax: Axes, text: str) -> None:
    ax.set_title(text, loc="left", fontsize=9, color=INK, parse_math=False)


def _draw_history(ax: Axes, explorer: HebbExplorer) -> None:
    """The weight after each presentation, over what the two cells did at it."""
    i, j = explorer.pair
    shown = explorer.presented[: explorer.moment]
    history = explorer.weight_history[: len(shown) + 1]
    times = np.arange(len(history))
    tidy(ax)
    ax.axhline(0, color=INK_3, linewidth=0.6)
    ax.plot(times, history, color=INK, linewidth=1.4, marker="o", markersize=3.2)
    _title(ax, f"weight between cells {i + 1} and {j + 1}")
    ax.set_xlabel("presentation", color=INK_2, fontsize=9)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.6)
    ax.set_axisbelow(True)
    low, high = float(history.min()), float(history.max())
    span = (high - low) or 1.0
    ax.set_yticks([tick for tick in ax.get_yticks() if tick <= high + 1e-9])
    ax.set_ylim(low - 0.1 * span, high + 0.55 * span)
    ax.set_xlim(-0.5, max(1, len(history) - 1) + 0.5)
    if len(history) == 1:
        return
    rows = (high + 0.42 * span, high + 0.24 * span)
    fires = explorer.cells[list(shown)][:, [i, j]]
    for row, values in zip(rows, fires.T, strict=True):
        ax.scatter(times[1:], np.full(len(values), row), c=_colors(values, explorer.silent), **_MARK)
    lines = [[(time, rows[0]), (time, rows[1])] for time in times[1:]]
    colors = [NEGATIVE if weight < 0 else POSITIVE for weight in history[1:]]
    widths = [_edge_width(weight) for weight in history[1:]]
    dashes = ["--" if weight < 0 else "-" for weight in history[1:]]
    ax.add_collection(LineCollection(lines, colors=colors, linewidths=widths, linestyles=dashes, zorder=1))


def _edge_width(weight: float) -> float:
    return float(0.5 + 3.5 * (1 - np.exp(-abs(weight) / 2.6)))


def _colors(cells: NDArray[np.int64], silent: int) -> list[str]:
    return [POSITIVE if cell else ("#f2c194" if silent else "white") for cell in cells]


def _draw_weights(ax: Axes, explorer: HebbExplorer) -> None:
    weights = explorer.weights
    n = len(weights)
    largest = float(np.abs(weights).max()) or 1.0
    image = ax.imshow(weights, cmap=SIGNED_COLORS, vmin=-largest, vmax=largest)
    _title(ax, "all weights")
    i, j = explorer.pair
    for row, column in ((i, j), (j, i)):
        ax.add_patch(_square(column, row))
    ticks = [0, n - 1]
    ax.set_xticks(ticks, [str(tick + 1) for tick in ticks])
    ax.set_yticks(ticks, [str(tick + 1) for tick in ticks])
    ax.tick_params(colors=INK_2, labelsize=8, length=0)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.7, aspect=20, pad=0.03)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=INK_2, labelsize=8, length=3, width=0.6)
    for spine in ax.spines.values():
        spine.set_color(INK_3)
        spine.set_linewidth(0.6)


def _square(column: float, row: float) -> Rectangle:
    return Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=1.2)


def _draw_cells(ax: Axes, cells: NDArray[np.int64], explorer: HebbExplorer, title: str) -> None:
    sheet = cells.reshape(explorer.shape)
    values = np.where(sheet > 0, 1.0, explorer.silent * 0.5)
    ax.imshow(values, cmap=SIGNED_COLORS, vmin=-1, vmax=1)
    _title(ax, title)
    rows, columns = sheet.shape
    ax.set_xticks(np.arange(columns - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(rows - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="both", length=0, labelbottom=False, labelleft=False)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_color(INK_3)
        spine.set_linewidth(0.6)
