"""A pass of backpropagation as a graph with its values and gradients, for print."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from nnwidgets._drawing import HAIRLINE, INK, INK_2, INK_3, NEGATIVE, POSITIVE, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nnwidgets.concepts.chain import Graph, Group
    from nnwidgets.concepts.chain_names import Symbol
    from nnwidgets.widgets._backprop_source import BackpropPass

    Place = tuple[float, float]

__all__ = ["backprop_figure"]

_WIDE, _NARROW = 0.82, 1.5  # inches from column to column: for each weight of a node and one more, or without any
_FAR = 3.0  # for an edge that is in the way of others
_HIGH = 1.0  # from node to node
_MOST_LABELS = 36  # edges with numbers
_BACKGROUND = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
_GREEK = {"γ": r"\gamma", "β": r"\beta", "θ": r"\theta", "ŷ": r"\hat{y}"}


def backprop_figure(found: BackpropPass, sample: int = 0) -> Figure:
    """Draw the graph of a pass: in each node its value, under it the gradient; at each weight both of them.

    Args:
        found: what `BackpropExplorer.measure` gives.
        sample: whose values and gradients, from 0.

    Example:
        >>> from nnwidgets import BackpropExplorer
        >>> explorer = BackpropExplorer()
        >>> backprop_figure(explorer.measure()).axes[0].get_title()
        'one sample, loss 1.499, after the step 0.8015'
        >>> explorer.close()
    """
    graph, recording = found.graph, found.recording
    places = _places(graph)
    wide = max(x for x, _ in places.values())
    high = max(abs(y) for _, y in places.values())
    figure = new_figure(max(5.0, wide + 1.4), 2 * high + 1.7)
    ax = figure.add_subplot()
    ax.set_axis_off()
    _draw_edges(ax, graph, places)
    _draw_parameters_of_nodes(ax, graph, places)
    for group in graph.groups:
        _draw_group(ax, graph, group, places, sample)
    title = f"{found.label}, loss {_text(recording.loss)}, after the step {_text(recording.loss_after)}"
    if recording.shown > 1:
        title += f"; sample {sample + 1}"
    ax.set_title(title, fontsize=10, color=INK)
    ax.set_xlim(-0.6, wide + 0.6)
    ax.set_ylim(-high - 0.5, high + 0.7)
    return figure


def _is_labelled(graph: Graph) -> bool:
    return int((graph.edges[:, 2] >= 0).sum()) <= _MOST_LABELS


def _ends(graph: Graph) -> Counter[int]:
    """How many weights lead away from each node."""
    return Counter(graph.edges[graph.edges[:, 2] >= 0, 0].tolist())


def _places(graph: Graph) -> dict[int, Place]:
    """Where each node stands, in inches; the nodes of a column are centred."""
    columns: dict[int, list[Group]] = {}
    for group in graph.groups:
        columns.setdefault(group.column, []).append(group)
    ends = _ends(graph)
    places, x = {}, 0.0
    for column in sorted(columns):
        nodes = [node for group in sorted(columns[column], key=lambda each: each.row) for node in group.nodes]
        if column:
            into = [ends[a] for a, b, weight in graph.edges.tolist() if weight >= 0 and b in nodes]
            x += max(_NARROW, _WIDE * (max(2, *into) + 1)) if into and _is_labelled(graph) else _NARROW
        for row, node in enumerate(nodes):
            places[node] = x, ((len(nodes) - 1) / 2 - row) * _HIGH
    return places


def _draw_group(ax: Axes, graph: Graph, group: Group, places: dict[int, Place], sample: int) -> None:
    top = max(y for _, y in (places[node] for node in group.nodes))
    ax.annotate(
        group.label, (places[group.start][0], top), (0, 28), textcoords="offset points", ha="center", fontsize=8,
        color=INK_2,
    )  # fmt: skip
    for node in group.nodes:
        value, gradient = graph.values[sample, node], graph.gradients[sample, node]
        name = _math(graph.symbols[node])
        ax.annotate(
            f"{name}  {_text(value)}", places[node], ha="center", va="center", fontsize=9, color=INK, zorder=4,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": INK_3, "linewidth": 0.8},
        )  # fmt: skip
        if not math.isnan(gradient) and group.kind != "input":
            inner = name.strip("$")
            ax.annotate(
                rf"$\partial L/\partial {inner}$  {_text(gradient)}", places[node], (0, -17),
                textcoords="offset points", ha="center", va="center", fontsize=7, color=_colour(gradient), zorder=3,
                bbox=_BACKGROUND,
            )  # fmt: skip


def _draw_edges(ax: Axes, graph: Graph, places: dict[int, Place]) -> None:
    weights = graph.parameters
    largest = float(np.nanmax(np.abs(weights))) if len(weights) else 1.0
    labelled = _is_labelled(graph)
    ends = _ends(graph)
    for source, target, weight in graph.edges.tolist():
        (x, y), (u, v) = places[source], places[target]
        if weight < 0:
            ax.plot([x, u], [y, v], color=HAIRLINE if u - x > _FAR else INK_3, linewidth=0.9, zorder=1)
            continue
        value = float(weights[weight])
        width = 0.6 + 2.0 * abs(value) / (largest or 1.0)
        ax.plot([x, u], [y, v], color=_colour(value), linewidth=width, zorder=1, solid_capstyle="round")
        if labelled:
            share = 1 / (max(2, ends[source]) + 1)  # where numbers of edges that cross are evenly apart
            gradient = float(graph.parameter_gradients[weight])
            ax.annotate(
                _weight_text(graph.parameter_symbols[weight], value, gradient),
                (x + share * (u - x), y + share * (v - y)), ha="center", va="center", fontsize=7, color=_colour(value),
                zorder=3, bbox=_BACKGROUND,
            )  # fmt: skip


def _draw_parameters_of_nodes(ax: Axes, graph: Graph, places: dict[int, Place]) -> None:
    """Those that are no weight of an edge, such as biases, above the node that they work in."""
    for parameter, node, source in graph.uses.tolist():
        if source >= 0 or node not in places:
            continue
        value, gradient = float(graph.parameters[parameter]), float(graph.parameter_gradients[parameter])
        text = _weight_text(graph.parameter_symbols[parameter], value, gradient).replace("\n", "  ")
        ax.annotate(
            text, places[node], (0, 17), textcoords="offset points", ha="center", va="center", fontsize=7,
            color=_colour(value), zorder=3, bbox=_BACKGROUND,
        )  # fmt: skip


def _weight_text(symbol: Symbol, value: float, gradient: float) -> str:
    name = _math(symbol)
    return f"{name} {_text(value)}" + ("" if math.isnan(gradient) else f"\n$\\partial$ {_text(gradient)}")


def _math(symbol: Symbol) -> str:
    text = _GREEK.get(symbol.base, symbol.base)
    if symbol.index:
        text += f"_{{{symbol.index}}}"
    return f"${text}^{{({symbol.layer})}}$" if symbol.layer else f"${text}$"


def _colour(value: float) -> str:
    return INK_2 if value == 0 or math.isnan(value) else POSITIVE if value > 0 else NEGATIVE


def _text(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "not finite"
    return f"{value:.4g}".replace("-", "\u2212")
