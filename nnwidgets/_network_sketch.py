"""A network drawn for print: each neuron as its map over the plane, each weight as a signed line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from nnwidgets._drawing import (
    CLASS_COLORS,
    INK,
    INK_2,
    INK_3,
    MANY,
    NEGATIVE,
    POSITIVE,
    SIGNED_COLORS,
    TILE_ALPHA,
    Takes,
    class_marker,
    class_ramp,
    evaluating,
    probabilities,
)
from nnwidgets.datasets import plane_range
from nnwidgets.networks import dense_activations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from numpy.typing import NDArray

    from nnwidgets.datasets import Dataset
    from nnwidgets.features import Inputs
    from nnwidgets.networks import LayerNode, ModuleRow, NetworkGraph

    Pair = tuple[int, int]

# Lengths are in tiles: a neuron is one tile wide and high.
_LEAST_COLUMN = 2.4
_PITCH = 1.5
_SIDE = 40  # cells of a tile
_MOST_NEURONS = 12  # of a layer; a bigger one shows these and says how many more there are
_MOST_ROWS = 12
_ASPECT = 1.5  # width over height of the space that a sketch should fill


@dataclass(frozen=True)
class SketchedLayer:
    """A layer of neurons: weights `(units, inputs)`, and biases `(units,)` if it has any."""

    name: str
    activation: str
    weights: NDArray[Any]
    biases: NDArray[Any] | None


@dataclass(frozen=True)
class Sketch:
    """What is drawn of a network.

    Attributes:
        parameter_count: of all parameters.
        labels: what the inputs are called.
        layers: of a dense network; empty for others, of which the `modules` are listed.
        tiles: maps over the plane of the inputs and of each layer, `(units, side, side)`, −1 … 1, lowest row first.
        modules: the children.
    """

    parameter_count: int
    labels: tuple[str, ...]
    layers: tuple[SketchedLayer, ...]
    tiles: tuple[NDArray[Any], ...]
    modules: tuple[ModuleRow, ...]


def sketch_of(
    model: torch.nn.Module, graph: NetworkGraph, dataset: Dataset, takes: Takes, inputs: Inputs, columns: Pair
) -> Sketch:
    """What is drawn of a network over a plane of the data: neurons and weights if it is dense, else its modules."""
    labels = tuple(feature.label for feature in inputs.features)
    if graph.kind != "dense" or graph.in_features != len(inputs.features):
        return Sketch(graph.parameter_count, labels, (), (), graph.modules)
    parameters = {name: value.detach().double().cpu().numpy() for name, value in model.named_parameters()}
    layers = tuple(
        SketchedLayer(
            layer.name,
            layer.activation_label,
            parameters[layer.weight],
            None if layer.bias is None else parameters[layer.bias],
        )
        for layer in graph.layers
    )
    tiles = tuple(_tiles(model, graph, dataset, takes, inputs, columns))
    return Sketch(graph.parameter_count, labels, layers, tiles, graph.modules)


def draw_network(ax: Axes, sketch: Sketch, n_classes: int) -> None:
    """Draw a network: neurons and weights, or the list of its modules."""
    ax.set_axis_off()
    pad = 32 if sketch.layers else 6
    ax.set_title(f"network: {sketch.parameter_count:,} parameters", loc="left", fontsize=9, color=INK, pad=pad)
    if sketch.layers:
        _draw_dense(ax, sketch, n_classes)
    else:
        _draw_modules(ax, sketch.modules)


def _tiles(
    model: torch.nn.Module,
    graph: NetworkGraph,
    dataset: Dataset,
    takes: Takes,
    inputs: Inputs,
    columns: Pair,
) -> list[NDArray[Any]]:
    """Maps of the input and of each layer, ``(units, side, side)``, scaled to −1 … 1."""
    x, y = np.meshgrid(*(np.linspace(*ends, _SIDE) for ends in plane_range(dataset, columns)))
    grid = inputs.on_plane(columns, np.column_stack([x.ravel(), y.ravel()]))
    parameter = next(model.parameters())
    with evaluating(model):
        outputs = dense_activations(model, torch.tensor(grid, device=parameter.device, dtype=parameter.dtype))
    values = [grid, *(output.double().cpu().numpy() for output in outputs)]
    everywhere = np.concatenate([grid, inputs(dataset.x_train)])  # one that is held at its median is no extreme
    largest = np.nan_to_num(np.abs(everywhere), nan=0.0, posinf=0.0).max(axis=0)
    scales = [
        np.where(largest > 0, largest, 1.0)[:, None, None],
        *(_scale(*pair) for pair in zip(graph.layers, values[1:], strict=True)),
    ]
    if values[-1].shape[1] != 2:
        # The output is shown as the decision map shows it: undecided is the middle of the colours.
        low, high = dataset.value_range if takes == "value" else (0.0, 1.0)
        values[-1] = 2 * (probabilities(torch.as_tensor(values[-1]), takes) - low) / (high - low) - 1
        scales[-1] = 1.0
    return [
        np.clip(layer.T.reshape(-1, _SIDE, _SIDE) / scale, -1, 1) for layer, scale in zip(values, scales, strict=True)
    ]


def _scale(layer: LayerNode, values: NDArray[Any]) -> float:
    if layer.scale_fixed:
        return max(map(abs, layer.output_range))
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0


def _draw_dense(ax: Axes, sketch: Sketch, n_classes: int) -> None:
    tiles, layers = sketch.tiles, sketch.layers
    heights = [_heights(len(column)) for column in tiles]
    top, bottom = max(column[0] for column in heights), min(column[-1] for column in heights)
    pitch = max(_LEAST_COLUMN, (_ASPECT * (top - bottom + 2) - 1.9) / len(layers))
    names = ["input", *(layer.name.lower() for layer in layers)]
    activations = ["", *(layer.activation for layer in layers)]
    for index, (column, ys) in enumerate(zip(tiles, heights, strict=True)):
        x = index * pitch
        for text, color, points in ((names[index], INK_2, 20), (activations[index], INK, 8)):
            above: dict[str, Any] = {
                "xytext": (0, points),
                "textcoords": "offset points",
                "ha": "center",
                "annotation_clip": False,
            }
            ax.annotate(text, (x, top + 0.5), fontsize=8, color=color, **above)
        if len(column) > len(ys):
            ax.text(x, ys[-1] - 1.4, f"+ {len(column) - len(ys)} more", ha="center", fontsize=7, color=INK_2)
        of_classes = n_classes >= MANY and index == len(layers)
        for unit, (picture, y) in enumerate(zip(column, ys, strict=False)):
            _draw_tile(ax, picture, x, y, class_ramp(unit) if of_classes else SIGNED_COLORS)
            if of_classes:
                marker, area = class_marker(unit, n_classes)
                ax.plot(x + 0.8, y, color=CLASS_COLORS[unit], marker=marker, markersize=4.5 * area**0.5)
    for label, y in zip(sketch.labels, heights[0], strict=False):
        ax.text(-0.7, y, label.replace("$", r"\$"), ha="right", va="center", fontsize=9, color=INK)
    for index, layer in enumerate(layers):
        weights, starts, ends = layer.weights, heights[index], heights[index + 1]
        _draw_edges(
            ax, weights[: len(ends), : len(starts)], (index * pitch + 0.5, (index + 1) * pitch - 0.5), starts, ends
        )
        if layer.biases is not None:
            for bias, y in zip(layer.biases, ends, strict=False):
                _draw_bias(ax, float(bias), (index + 1) * pitch, y)
    ax.set_xlim(-1.3, pitch * len(layers) + (1.2 if n_classes >= MANY else 0.6))
    ax.set_ylim(bottom - 1.5, top + 0.5)
    ax.set_aspect("equal")


def _heights(units: int) -> NDArray[np.float64]:
    shown = min(units, _MOST_NEURONS)
    return np.linspace((shown - 1) / 2, -(shown - 1) / 2, shown, dtype=np.float64) * _PITCH


def _draw_tile(ax: Axes, picture: NDArray[Any], x: float, y: float, colors: Colormap) -> None:
    extent = (x - 0.5, x + 0.5, y - 0.5, y + 0.5)
    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="white", zorder=2))
    ax.imshow(picture, extent=extent, origin="lower", cmap=colors, vmin=-1, vmax=1, alpha=TILE_ALPHA, zorder=3)
    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=INK_3, linewidth=0.5, zorder=4))


def _draw_edges(
    ax: Axes, weights: NDArray[Any], sides: tuple[float, float], starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> None:
    ports = np.clip((np.arange(len(starts)) - (len(starts) - 1) / 2) * 0.17, -0.4, 0.4)
    # The strongest last, so that weak lines do not hide it.
    for unit, source in sorted(np.ndindex(weights.shape), key=lambda index: abs(weights[index])):
        weight = float(weights[unit, source])
        if not math.isfinite(weight):
            continue
        begin, end = (sides[0], starts[source]), (sides[1], ends[unit] - ports[source])
        middle = sum(sides) / 2
        path = Path([begin, (middle, begin[1]), (middle, end[1]), end], [Path.MOVETO, *[Path.CURVE4] * 3])
        strength = abs(weight)
        ax.add_patch(
            PathPatch(
                path,
                fill=False,
                edgecolor=POSITIVE if weight >= 0 else NEGATIVE,
                linewidth=0.5 + 3.6 * (1 - math.exp(-strength / 2.6)),
                alpha=0.38 + 0.57 * (1 - math.exp(-strength / 1.2)),
                linestyle="solid" if weight >= 0 else (0, (3, 1.2)),
                capstyle="butt",
                zorder=1,
            )
        )


def _draw_bias(ax: Axes, bias: float, x: float, y: float) -> None:
    ax.plot([x - 0.5, x + 0.5], [y - 0.65] * 2, color=INK_3, linewidth=0.5, zorder=1)
    if math.isfinite(bias):
        end = x + 0.5 * max(-1.0, min(1.0, bias / 3))
        color = POSITIVE if bias >= 0 else NEGATIVE
        ax.plot([x, end], [y - 0.65] * 2, color=color, linewidth=2.4, solid_capstyle="butt", zorder=2)


def _draw_modules(ax: Axes, modules: tuple[ModuleRow, ...]) -> None:
    rows = modules[:_MOST_ROWS]
    ax.set_xlim(0, 1)
    ax.set_ylim(max(len(modules), 8), -0.5)
    for index, row in enumerate(rows):
        ax.text(0.0, index, row.name, va="center", fontsize=8, color=INK_2)
        ax.text(0.16, index, row.type, va="center", fontsize=8, color=INK, weight="bold")
        ax.text(0.45, index, row.detail, va="center", fontsize=8, color=INK)
        ax.text(1.0, index, f"{row.parameters:,}", va="center", ha="right", fontsize=8, color=INK_2)
    if len(modules) > len(rows):
        ax.text(0.16, len(rows), f"and {len(modules) - len(rows)} more", va="center", fontsize=8, color=INK_2)
