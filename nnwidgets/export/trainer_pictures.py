"""Trainers from their saved state, drawn as `figure()` draws them: no model is run, only what it put out is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets._image_plots import Pictured, draw_images
from nnwidgets._network_sketch import Sketch, SketchedLayer
from nnwidgets.concepts.perceptron import Crossing, Separation
from nnwidgets.datasets import Dataset
from nnwidgets.export.states import Arrays, array_of
from nnwidgets.figures.function import draw_function
from nnwidgets.figures.images import draw_experiment
from nnwidgets.figures.perceptron import perceptron_figure
from nnwidgets.figures.planar import PlanarScene, draw_planar
from nnwidgets.networks import ModuleRow
from nnwidgets.targets import GRID, FunctionData
from nnwidgets.training.history import History
from nnwidgets.training.pinning import PinnedRun
from nnwidgets.training.sweep import SweepResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Traits = Mapping[str, Any]

_MAP, _TILE = 200, 40  # places across and up: of a decision map, of a neuron's picture
_INPUT_TILE = 32
_CURVES = 5  # columns of a curve's rows: epoch, train loss and accuracy, test loss and accuracy
_LARGEST_BYTE, _ZERO, _SPAN = 255, 128, 127


def trainer_figure(kind: str, traits: Traits, header: Traits, arrays: Arrays) -> Figure:
    """The figure of a trainer.

    Args:
        kind: name of its class.
        traits: as they were saved.
        header: of the frame that is drawn, as `FrameHeader` has it.
        arrays: of that frame.

    Raises:
        Exception: of any kind, for traits and frames that are not as they ought to be.
    """
    of = {"data_version": traits["_data"], "network_version": traits["_network"]}
    if any(header[name] != trait["version"] for name, trait in of.items()):
        raise ValueError("the picture is of other data, or of another network, than the rest")
    title = f"epoch {int(header['epoch'])}, step {int(header['step']):,}"
    return _FIGURES[kind](traits, arrays, title)


def _history(traits: Traits, arrays: Arrays) -> History:
    history = History()
    history.add_epochs(_with_steps(arrays["epochs"]))
    for pin in traits["_pins"]:
        data = pin["rows"]
        rows = array_of(data, "float32", (len(data) // (4 * _CURVES), _CURVES)).astype(np.float64)
        history.pinned.append(PinnedRun(str(pin["name"]), np.zeros((0, 7)), _with_steps(rows), {}))
    return history


def _with_steps(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Rows of a curve as a history has them, of which the steps are not known."""
    if rows.ndim != 2 or rows.shape[1] != _CURVES:
        raise ValueError(f"a curve has {_CURVES} columns, not {rows.shape}")
    return np.insert(rows.astype(np.float64), 1, 0.0, axis=1)


def _loss_label(traits: Traits) -> str:
    return str(traits["_choices"]["loss_label"]).replace("$", r"\$")


# -- on the plane -----------------------------------------------------------------------------------


def _planar(traits: Traits, arrays: Arrays, title: str) -> Figure:
    data, network = traits["_data"], traits["_network"]
    dataset, values = _points(data), _map(data, arrays)
    sketch = _sketch(network, data, arrays)
    return draw_planar(
        PlanarScene(dataset, values, sketch, (0, 1), _history(traits, arrays), _loss_label(traits), title)
    )


def _points(data: Traits) -> Dataset:
    """The samples that were on screen, in the two columns that were."""
    n_train, n_test = data["shown_train"], data["shown_test"]
    points = array_of(data["points"], "float32", (n_train + n_test, 3))
    across, up = data["axes"]
    names = data["feature_names"][across], data["feature_names"][up]
    plane = (0, 1), tuple(data["x_range"]), tuple(data["y_range"])
    x, y = points[:, :2], points[:, 2:]
    classes = tuple(data["class_names"])
    return Dataset(
        data["name"], x[:n_train], y[:n_train], x[n_train:], y[n_train:], classes, names, data["label"], plane=plane
    )


def _map(data: Traits, arrays: Arrays) -> NDArray[np.float64]:
    """What `nnwidgets.plots.decision_map` gave, from the bytes of the map on screen."""
    cells = arrays["map"]
    if "classes" in arrays:
        likeliest = arrays["classes"]
        lead = (cells / _LARGEST_BYTE) ** 2
        # Of what was put out only the likeliest class is known, and by how much it leads.
        is_class = likeliest[..., None] == np.arange(len(data["class_names"]))
        values = np.where(is_class, 0.5 + lead[..., None] / 2, 0.5 - lead[..., None] / 2)
    else:
        low, high = data["value_range"]
        values = (low + high) / 2 + _signed(cells) * (high - low) / 2
    return _from_below(values, _MAP)


def _from_below(cells: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Values of cells, `(rows, columns, …)` from the top, at so many places from end to end, the lowest row first."""
    return _at_places(_at_places(cells, count, 0)[::-1], count, 1)


def _at_places(values: NDArray[np.float64], count: int, axis: int) -> NDArray[np.float64]:
    cells = values.shape[axis]
    places = np.clip(np.linspace(0, cells, count) - 0.5, 0, cells - 1)
    first = np.minimum(places.astype(int), max(0, cells - 2))
    share = (places - first).reshape([-1 if each == axis else 1 for each in range(values.ndim)])
    last = np.minimum(first + 1, cells - 1)
    found: NDArray[np.float64] = values.take(first, axis) * (1 - share) + values.take(last, axis) * share
    return found


def _signed(cells: NDArray[Any]) -> NDArray[np.float64]:
    """Bytes as shares of their scale, −1 … 1."""
    shares: NDArray[np.float64] = (cells.astype(np.float64) - _ZERO) / _SPAN
    return shares


def _sketch(network: Traits, data: Traits, arrays: Arrays) -> Sketch:
    features = {feature["name"]: feature for feature in data["features"]}
    inputs = [features[name] for name in data["inputs"]]
    labels = tuple(str(feature["label"]) for feature in inputs)
    modules = tuple(
        ModuleRow(_unmarked(row["name"]), _unmarked(row["type"]), _unmarked(row["detail"]), int(row["parameters"]))
        for row in network["modules"]
    )
    count = int(network["parameter_count"])
    if network["kind"] != "dense":
        return Sketch(count, labels, (), (), modules)
    layers = tuple(_layer(layer, arrays["parameters"]) for layer in network["layers"])
    if layers[0].weights.shape[1] != len(inputs):
        return Sketch(count, labels, (), (), modules)
    shape = _INPUT_TILE, _INPUT_TILE
    tiles = [np.stack([_signed(array_of(feature["tile"], "uint8", shape)) for feature in inputs])]
    hidden, first = arrays["tiles"], 0
    for layer in layers[:-1]:
        tiles.append(_signed(hidden[first : first + len(layer.weights)]))
        first += len(layer.weights)
    rest = hidden[first:]
    tiles.append(_signed(arrays["map"])[None] if not len(rest) else 2 * rest / _LARGEST_BYTE - 1)
    if [len(tile) for tile in tiles[1:]] != [len(layer.weights) for layer in layers]:
        raise ValueError("there are not as many maps as neurons")
    pictures = tuple(np.stack([_from_below(cells, _TILE) for cells in layer]) for layer in tiles)
    return Sketch(count, labels, layers, pictures, modules)


def _layer(layer: Traits, parameters: NDArray[Any]) -> SketchedLayer:
    (offset, units, inputs), bias = layer["weight"], layer["bias"]
    weights = parameters[offset : offset + units * inputs].reshape(units, inputs)
    biases = None if bias is None else parameters[bias[0] : bias[0] + bias[1]]
    return SketchedLayer(_unmarked(layer["name"]), _unmarked(layer["activation"]), weights, biases)


def _unmarked(text: object) -> str:
    """A text in which no formula begins."""
    return str(text).replace("$", r"\$")


def _perceptron(traits: Traits, arrays: Arrays, title: str) -> Figure:
    data, told = traits["_data"], traits["_separation"]
    axes = list(data["axes"])
    crossing = told["crossing"]
    if crossing is not None:
        place = crossing["place"]
        crossing = Crossing((place[axes[0]], place[axes[1]]), tuple(crossing["samples"]), tuple(crossing["weights"]))
    line = None if told["line"] is None else tuple(told["line"][place] for place in (*axes, 2))
    return perceptron_figure(
        _points(data),
        arrays["parameters"].astype(np.float64)[[*axes, 2]],
        Separation(told["margin"], line, float(told["radius"]), crossing),
        arrays["mistakes"],
        axes=(0, 1),
        updates=int(arrays["counts"][0]),
        title=title,
    )


# -- others -----------------------------------------------------------------------------------------


def _function(traits: Traits, arrays: Arrays, title: str) -> Figure:
    data, sweep = traits["_data"], traits.get("_sweep")
    n_train, n_test = data["shown_train"], data["shown_test"]
    points = array_of(data["points"], "float32", (n_train + n_test, 2))
    x, y = points[:, :1], points[:, 1:]
    samples = FunctionData(
        data["name"],
        x[:n_train],
        y[:n_train],
        x[n_train:],
        y[n_train:],
        (),
        tuple(data["feature_names"]),
        data["label"],
        {"function": data["expression"]} if data["expression"] else None,
        domain=tuple(data["domain"]),
        target=None if data["target"] is None else array_of(data["target"], "float32", (GRID,)),
    )
    parts: Arrays = {name: arrays[name] for name in ("contributions", "bias") if name in arrays}
    result = None if sweep is None else _swept(sweep)
    return draw_function(samples, arrays["fit"], parts, _history(traits, arrays), sweep=result, title=title)


def _swept(sweep: Traits) -> SweepResult:
    neurons, seeds = tuple(sweep["neurons"]), int(sweep["seeds"])
    errors = array_of(sweep["errors"], "float64", (len(neurons), seeds))
    return SweepResult(neurons, tuple(range(seeds)), errors, int(sweep["done"]), sweep["status"], sweep["message"])


def _images(traits: Traits, arrays: Arrays, title: str) -> Figure:
    data, gallery = traits["_data"], traits["_gallery"]
    labels = np.array(gallery["labels"], dtype=np.intp)
    shape = len(labels), data["channels"], data["height"], data["width"]
    pixels = array_of(gallery["pixels"], "uint8", shape) / _LARGEST_BYTE
    answers = list(zip(arrays["answers"].tolist(), arrays["confidence"].tolist(), strict=True))
    if len(answers) != len(labels):
        raise ValueError("the answers are to other images")
    names = tuple(map(str, data["class_names"]))
    return draw_experiment(
        lambda ax: draw_images(Pictured(pixels, labels, names), answers, ax),
        arrays["confusion"].astype(np.int64),
        names,
        history=_history(traits, arrays),
        title=title,
    )


_FIGURES: Mapping[str, Callable[[Traits, Arrays, str], Figure]] = {
    "PlanarTrainer": _planar,
    "PerceptronTrainer": _perceptron,
    "FunctionTrainer": _function,
    "ImageTrainer": _images,
    "FashionTrainer": _images,
}
TRAINERS = tuple(_FIGURES)
"""The classes of trainers that can be drawn so."""
