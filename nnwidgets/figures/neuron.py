"""One neuron for print: its plane with the line and the truth table's points, and its activation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnwidgets._drawing import (
    FIELD_ALPHA,
    HAIRLINE,
    INK,
    INK_2,
    NEGATIVE,
    POSITIVE,
    SIGNED_COLORS,
    new_figure,
    tidy,
)
from nnwidgets.concepts import neuron
from nnwidgets.concepts.functions import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nnwidgets.widgets.neuron import NeuronExplorer

_LOW, _HIGH = -0.5, 1.5
_SIDE = 0.62  # how strong the two sides of a step are


def neuron_figure(explorer: NeuronExplorer) -> Figure:
    """What `NeuronExplorer.figure` gives."""
    figure = new_figure(8.4, 3.9)
    activation, plane = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_activation(activation, explorer)
    _draw_plane(plane, explorer)
    return figure


def _draw_activation(ax: Axes, explorer: NeuronExplorer) -> None:
    z, name = explorer.pre_activation, explorer._applied
    reach = max(3.0, float(np.ceil(1.15 * abs(z))))
    x = np.linspace(-reach, reach, 601)
    for at in (ax.axhline, ax.axvline):
        at(0, color=HAIRLINE, linewidth=0.8, zorder=0)
    ax.plot(x, ACTIVATIONS[name].function(x), color=INK, linewidth=1.8)
    ax.plot([z], [explorer.output], "o", color=INK, markersize=6)
    w1, w2 = explorer.weights
    x1, x2 = explorer.seen
    ax.set_title(
        f"$z = {w1:g} \\times {x1:g} + {_bracketed(w2)} \\times {x2:g} + {_bracketed(explorer.bias)} = {z:.4g}$",
        fontsize=10,
        color=INK,
    )
    ax.annotate(f"$y = {explorer.output:.3g}$", (z, explorer.output), (8, -4), textcoords="offset points", color=INK)
    ax.set_xlabel("$z$", color=INK_2)
    ax.set_ylabel(ACTIVATIONS[name].label, color=INK_2)
    tidy(ax)


def _bracketed(value: float) -> str:
    return f"({value:g})" if value < 0 else f"{value:g}"


def _draw_plane(ax: Axes, explorer: NeuronExplorer) -> None:
    x = np.linspace(_LOW, _HIGH, 201)
    points = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    name = explorer._applied
    output = neuron.outputs_of(explorer.weights, explorer.bias, name, points).reshape(len(x), len(x))
    shade = {"step": (2 * output - 1) * _SIDE, "sigmoid": 2 * output - 1}.get(name, np.clip(output, -1, 1))
    extent = (_LOW, _HIGH, _LOW, _HIGH)
    ax.imshow(shade, SIGNED_COLORS, vmin=-1, vmax=1, extent=extent, origin="lower", alpha=FIELD_ALPHA)
    if explorer.line is not None:
        (x1, y1), (x2, y2) = explorer.line.start, explorer.line.end
        ax.plot([x1, x2], [y1, y2], color=INK, linewidth=1.4)
    for row in explorer.table:
        (u, v), color = row.seen, POSITIVE if row.target else NEGATIVE
        ax.plot([u], [v], "o", color=color, markersize=8, markeredgecolor="white", zorder=3)
        if not row.is_right:
            ax.plot([u], [v], "o", markersize=15, markerfacecolor="none", markeredgecolor=INK, zorder=4)
    ax.set_xlim(_LOW, _HIGH)
    ax.set_ylim(_LOW, _HIGH)
    symbol = "h" if explorer.hidden_layer else "x"
    ax.set_xlabel(f"${symbol}_1$", color=INK_2)
    ax.set_ylabel(f"${symbol}_2$", color=INK_2)
    ax.set_title(f"{explorer.gate}: {explorer.right} of 4 right", fontsize=10, color=INK)
    tidy(ax)
