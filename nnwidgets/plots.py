"""Matplotlib pictures for print and pages without JavaScript: data, images, decision boundaries, curves, functions.

Figures are made without pyplot, so that they change no global state and none is left open. A function draws on ``ax``
if it is given and returns None; otherwise it returns a new figure, which a notebook shows as a cell's last value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.ticker import PercentFormatter

from nnwidgets._checks import plain
from nnwidgets._drawing import (
    HAIRLINE,
    INK,
    INK_2,
    Takes,
    decision_map,
    draw_key,
    draw_map,
    draw_points,
    finish_curve,
    new_figure,
    tidy,
)
from nnwidgets._image_plots import plot_fashion_images
from nnwidgets._network_sketch import draw_network
from nnwidgets._own_functions import values_at
from nnwidgets.datasets import Dataset, as_dataset, plane_range
from nnwidgets.features import column_features, fit_inputs
from nnwidgets.networks import read_network

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from nnwidgets._drawing import Place
    from nnwidgets.datasets import Range
    from nnwidgets.features import Inputs
    from nnwidgets.networks import NetworkGraph

    Area = tuple[Range, Range, int, int]  # the part of the plane, and the points across and upwards

__all__ = [
    "decision_map",
    "planar_figure",
    "plot_activation_function",
    "plot_dataset",
    "plot_decision_boundary",
    "plot_fashion_images",
    "plot_loss_acc",
]

_MOST_CELLS = 500  # per side of a decision map
_DASHED = (0, (4, 2))


@contextmanager
def _axes(ax: Axes | None, width: float, height: float) -> Iterator[tuple[Axes, Figure | None]]:
    if ax is not None:
        yield ax, None
        return
    figure = new_figure(width, height)
    yield figure.add_subplot(), figure


def _dataset(x: Any, y: Any) -> Dataset:
    """Samples as a `Dataset`: arrays, a `Dataset`, or a loader of batches ``(x, y)``."""
    if isinstance(x, Dataset):
        return x
    if y is None:
        batches = [(plain("x", xs), plain("y", ys)) for xs, ys in x]
        x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return as_dataset((x, y))


def _settled(takes: Takes | None, dataset: Dataset) -> Takes:
    """What the model of a dataset puts out, if it was not said."""
    if takes is None:
        return "value" if dataset.task == "regression" else "probability"
    if (takes == "value") != (dataset.task == "regression"):
        fit = '"value"' if dataset.task == "regression" else '"probability" or "logit"'
        msg = f"for {dataset.task}, as in {dataset.name!r}, takes must be {fit}, not {takes!r}"
        raise ValueError(msg)
    return takes


def _plain_inputs(dataset: Dataset) -> Inputs:
    """All columns of the data as they are."""
    return fit_inputs(dataset, column_features(len(dataset.feature_names)), standardise=False)


def _name_axes(ax: Axes, dataset: Dataset, columns: tuple[int, int] = (0, 1)) -> None:
    names = (dataset.feature_names[column].replace("$", r"\$") for column in columns)
    x, y = (re.sub(r"^x_?(\d)$", r"$x_\1$", name) for name in names)
    ax.set_xlabel(x, color=INK_2)
    ax.set_ylabel(y, color=INK_2)


def _draw_prediction(
    ax: Axes, model: Callable[..., Any], dataset: Dataset, takes: Takes, area: Area, place: Place
) -> None:
    values = decision_map(model, *area, takes, max(2, dataset.n_classes), place)
    draw_map(ax, values, area[0], area[1], dataset.value_range if takes == "value" else None)


def plot_dataset(x: Any, y: Any = None, ax: Axes | None = None) -> Figure | None:
    """Draw samples of the plane: class 0 in orange, class 1 in blue, each further one in a colour of its own.

    From three classes on, each has a shape of its own, too, and a legend names them. Values to predict go from orange
    to blue over `Dataset.value_range`, which a colour bar shows.

    Args:
        x: array-like ``(n_samples, n_columns)``, of which the first two are drawn; or, without ``y``, a `Dataset`, of
            which the training samples are drawn, or an iterable of batches ``(x, y)`` such as a
            `torch.utils.data.DataLoader`.
        y: one label or value per sample, told apart as `as_dataset` does.
        ax: where to draw.

    Raises:
        TypeError: for samples that are not numbers.
        ValueError: for other shapes, NaN or infinite values, or more than 8 classes.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> figure = plot_dataset(make_planar("circles"))
        >>> figure = plot_dataset([[0, 1], [2, 3], [4, 5]], ["cat", "dog", "owl"])
    """
    dataset = _dataset(x, y)
    with _axes(ax, _width(dataset), 4.2) as (axes, figure):
        draw_points(axes, dataset, "train", 22)
        draw_key(axes, dataset)
        tidy(axes)
        axes.set_aspect("equal", adjustable="datalim")
        _name_axes(axes, dataset)
    return figure


def _width(dataset: Dataset) -> float:
    """Inches of a figure that is square but for the key."""
    return 4.2 if dataset.n_classes == 2 else 4.9


def plot_decision_boundary(
    model: Callable[..., Any],
    x: Any,
    y: Any = None,
    ax: Axes | None = None,
    step: float = 0.01,
    takes: Takes | None = None,
    inputs: Inputs | None = None,
) -> Figure | None:
    """Draw what a model predicts over the data's range ± 0.1, and the samples.

    Of two classes, the probability of class 1 is drawn, and the boundary at 0.5. Of more, the most probable class is,
    the paler the smaller its lead over the next, and the lines between the regions. Values to predict are drawn over
    `Dataset.value_range`, clipped to it.

    Args:
        model: maps a float tensor of samples to probabilities, logits or values; its training mode is kept. For two
            classes these are ``(n, 1)`` or ``(n, 2)``, for more ``(n, n_classes)``, for regression ``(n, 1)``.
        x: samples, as for `plot_dataset`.
        y: their labels or values.
        ax: where to draw.
        step: distance of the points at which the model is computed, but never more than 500 of them to a side.
        takes: what the model puts out: ``"probability"``, ``"logit"`` or ``"value"``. None takes it for a value in
            regression, else for a probability.
        inputs: what the model gets of samples, as `nnwidgets.features.fit_inputs` makes it; None for their columns.

    Raises:
        TypeError: for samples that are not numbers.
        ValueError: for a ``step`` that is not positive, shapes that do not fit, or a ``takes`` that does not fit the
            data.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> from nnwidgets.networks import build_mlp
        >>> data = make_planar("circles")
        >>> figure = plot_decision_boundary(build_mlp(), data.x_train, data.y_train, step=0.1)
        >>> model = build_mlp(out_features=5, output_activation=None)
        >>> figure = plot_decision_boundary(model, make_planar("rings", n_classes=5), step=0.1, takes="logit")
    """
    if not step > 0:
        msg = f"step must be a positive number, not {step!r}"
        raise ValueError(msg)
    dataset = _dataset(x, y)
    takes = _settled(takes, dataset)
    points = dataset.x_train[:, :2].astype(np.float64)
    low, high = points.min(axis=0) - 0.1, points.max(axis=0) + 0.1
    columns, rows = (int(min(np.ceil(span / step - 1e-6) + 1, _MOST_CELLS)) for span in high - low)
    x_range, y_range = (low[0], high[0]), (low[1], high[1])
    with _axes(ax, _width(dataset), 4.2) as (axes, figure):
        place = partial((_plain_inputs(dataset) if inputs is None else inputs).on_plane, (0, 1))
        _draw_prediction(axes, model, dataset, takes, (x_range, y_range, columns, rows), place)
        draw_points(axes, dataset, "train", 16)
        draw_key(axes, dataset)
        axes.set_aspect("equal" if max(high - low) < 3 * min(high - low) else "auto")
        _name_axes(axes, dataset)
    return figure


def plot_activation_function(
    f: Callable[[Any], ArrayLike],
    f_prime: Callable[[Any], ArrayLike],
    name: str,
    axis: Sequence[float],
    ax: Axes | None = None,
) -> Figure | None:
    """Draw an activation function (solid) and its derivative (dashed).

    Args:
        f: the function, of a float64 array, a tensor or a number.
        f_prime: its derivative, likewise.
        name: the title.
        axis: the window ``(x_low, x_high, y_low, y_high)``.
        ax: where to draw.

    Raises:
        ValueError: for a window that is not four increasing bounds, or a function that cannot be computed there.

    Example:
        >>> from nnwidgets.functions import ACTIVATIONS
        >>> tanh = ACTIVATIONS["tanh"]
        >>> figure = plot_activation_function(tanh.function, tanh.derivative, "tanh", (-6, 6, -1.1, 1.1))
    """
    try:
        x_low, x_high, y_low, y_high = (float(bound) for bound in axis)
    except (TypeError, ValueError):
        x_low = x_high = y_low = y_high = np.nan
    if not (x_low < x_high and y_low < y_high):
        msg = f"axis must be four bounds (x_low, x_high, y_low, y_high) with low < high, not {axis!r}"
        raise ValueError(msg)
    x = np.linspace(x_low, x_high, 601)
    with _axes(ax, 4.6, 3.2) as (axes, figure):
        for at in (axes.axhline, axes.axvline):
            at(0, color=HAIRLINE, linewidth=0.8, zorder=0)
        axes.plot(x, values_at(f, x), color=INK, linewidth=1.8, label="$f(x)$")
        axes.plot(x, values_at(f_prime, x), color=INK_2, linewidth=1.6, linestyle=_DASHED, label="$f'(x)$")
        axes.set_xlim(x_low, x_high)
        axes.set_ylim(y_low, y_high)
        axes.set_title(name, fontsize=11, color=INK)
        axes.set_xlabel("$x$", color=INK_2)
        axes.legend(frameon=False, fontsize=9)
        tidy(axes)
    return figure


def _curve(history: Any, *names: str) -> NDArray[np.float64]:
    """A list of a history by the first of its names that it has; None becomes NaN, which is not drawn."""
    for name in names:
        values = history.get(name) if isinstance(history, Mapping) else getattr(history, name, None)
        if values is not None:
            return np.array([np.nan if value is None else value for value in plain(name, values).tolist()], dtype=float)
    return np.empty(0)


def plot_loss_acc(history: Any, ax: Axes | None = None) -> Figure | None:
    """Draw loss (left axis) and accuracy (right axis) per epoch.

    Args:
        history: what `nnwidgets.fit` returns, or a trainer's; or a mapping, or an object with attributes, of lists per
            epoch: ``loss`` and ``accuracy`` (or ``acc``), the latter as fractions or in per cent.
        ax: where to draw.

    Raises:
        ValueError: for a history without a loss.

    Example:
        >>> figure = plot_loss_acc({"loss": [0.7, 0.5, 0.4], "accuracy": [0.5, 0.8, 0.9]})
    """
    loss, accuracy = _curve(history, "loss"), _curve(history, "accuracy", "acc")
    if loss.size == 0:
        msg = "history must have the lists 'loss' and 'accuracy', one number per epoch; it has no loss"
        raise ValueError(msg)
    if not np.isfinite(accuracy).any():  # of values that are no classes there is none
        accuracy = accuracy[:0]
    elif np.nanmax(accuracy) > 1:
        accuracy = accuracy / 100
    with _axes(ax, 5.2, 3.2) as (axes, figure):
        lines = axes.plot(np.arange(1, len(loss) + 1), loss, color=INK, linewidth=1.8, label="loss")
        finish_curve(axes, "loss")
        if accuracy.size:
            right = axes.twinx()
            epochs = np.arange(1, len(accuracy) + 1)
            lines += right.plot(epochs, accuracy, color=INK_2, linewidth=1.6, linestyle=_DASHED, label="accuracy")
            right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            right.set_ylabel("accuracy", color=INK_2, fontsize=9)
            tidy(right)
            right.spines["right"].set_visible(True)
        axes.legend(handles=lines, frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure


def planar_figure(
    model: Callable[..., Any],
    dataset: Dataset,
    *,
    graph: NetworkGraph | None = None,
    inputs: Inputs | None = None,
    axes: tuple[int, int] = (0, 1),
    history: Any = None,
    takes: Takes | None = None,
    loss_label: str = "",
    title: str = "",
) -> Figure:
    """One picture of an experiment for print: network, decision map or predicted values, loss and accuracy.

    Args:
        model: maps a float tensor of inputs to what `plot_decision_boundary` takes; its training mode is kept.
        dataset: what it was trained on.
        graph: the model as `nnwidgets.networks.read_network` reads it, which is also the default.
        inputs: what the model gets of samples, as `nnwidgets.features.fit_inputs` makes it; None for their columns.
        axes: the columns of the data that the plane shows; others are held at their median.
        history: a mapping, or an object with attributes, of lists per epoch: ``epoch`` (1, 2, … if there is none),
            ``running_loss`` or ``loss``, ``running_accuracy`` or ``accuracy`` (fractions), ``test_loss`` and
            ``test_accuracy``. None or NaN where there is no value; missing curves are left out.
        takes: what the model puts out, as for `plot_decision_boundary`.
        loss_label: the name of the loss function.
        title: a line above the picture.

    Returns:
        A new figure of 10 × 6.4 inches.

    Raises:
        ValueError: for an output of the model, or a ``takes``, that does not fit the data.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> from nnwidgets.networks import build_mlp
        >>> figure = planar_figure(build_mlp(), make_planar("circles"), history={"loss": [0.7, 0.6]})
        >>> figure.get_size_inches().tolist()
        [10.0, 6.4]
    """
    takes = _settled(takes, dataset)
    inputs = _plain_inputs(dataset) if inputs is None else inputs
    figure = new_figure(10, 6.4)
    grid = figure.add_gridspec(2, 12, height_ratios=[1.75, 1])
    network, field = figure.add_subplot(grid[0, :7]), figure.add_subplot(grid[0, 7:])
    area = (*plane_range(dataset, axes), 200, 200)
    _draw_prediction(field, model, dataset, takes, area, partial(inputs.on_plane, axes))
    draw_points(field, dataset, "train", 14, axes)
    draw_points(field, dataset, "test", 14, axes)
    draw_key(field, dataset)
    field.set_box_aspect(1)
    regression = dataset.task == "regression"
    field.set_title("predicted value" if regression else "decision map", loc="left", fontsize=9, color=INK)
    _name_axes(field, dataset, axes)
    if graph is None and isinstance(model, torch.nn.Module):
        graph = read_network(model, torch.zeros(1, len(inputs.features)))
    if graph is None or not isinstance(model, torch.nn.Module):
        network.set_axis_off()
    else:
        draw_network(network, model, graph, dataset, takes, inputs, axes)
    loss, accuracy = figure.add_subplot(grid[1, :6]), figure.add_subplot(grid[1, 6:])
    draw_curves(loss, history, ("running_loss", "loss"), ("test_loss",))
    if regression:
        _say(accuracy, "no accuracy in regression")
        accuracy.set_axis_off()
    else:
        draw_curves(accuracy, history, ("running_accuracy", "accuracy", "acc"), ("test_accuracy",))
    finish_curve(loss)
    finish_curve(accuracy)
    loss.set_title(f"loss: {loss_label}" if loss_label else "loss", loc="left", fontsize=9, color=INK)
    accuracy.set_title("accuracy", loc="left", fontsize=9, color=INK)
    accuracy.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, color=INK)
    return figure


def draw_curves(ax: Axes, history: Any, train: tuple[str, ...], test: tuple[str, ...]) -> None:
    drawn = False
    for names, label, style in (
        (train, "train", {"color": INK}),
        (test, "test", {"color": INK_2, "linestyle": _DASHED}),
    ):
        values = np.empty(0) if history is None else _curve(history, *names)
        if not np.isfinite(values).any():
            continue
        epochs = _curve(history, "epoch")
        if len(epochs) != len(values):
            epochs = np.arange(1.0, len(values) + 1)
        seen = np.isfinite(values)  # test values come only now and then: lines join them
        marker = "o" if seen.sum() == 1 else ""
        ax.plot(epochs[seen], values[seen], linewidth=1.6, label=label, marker=marker, markersize=4, **style)
        drawn = True
    if drawn:
        ax.legend(frameon=False, fontsize=8)
    else:
        _say(ax, "not trained yet")


def _say(ax: Axes, text: str) -> None:
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=INK_2, fontsize=9)
