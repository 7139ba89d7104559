"""One picture of an experiment on a plane for print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from nnwidgets._curves import draw_curves, say
from nnwidgets._drawing import INK, draw_key, draw_points, finish_curve, finish_shares, new_figure
from nnwidgets._network_sketch import Sketch, draw_network, sketch_of
from nnwidgets._planar_plots import draw_prediction, name_axes, plain_inputs, predicted, settled_takes
from nnwidgets.datasets import plane_range
from nnwidgets.networks import read_network

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nnwidgets._drawing import Takes
    from nnwidgets.datasets import Dataset
    from nnwidgets.features import Inputs
    from nnwidgets.networks import NetworkGraph

__all__ = ["PlanarScene", "draw_planar", "planar_figure"]


@dataclass(frozen=True)
class PlanarScene:
    """An experiment on a plane as plain values.

    Attributes:
        dataset: the samples.
        values: what `nnwidgets.plots.decision_map` gives over the plane of `axes` from end to end.
        sketch: the network; None where there is none to be drawn.
        axes: the columns of the data that the plane shows.
        history: as `planar_figure` takes it.
        loss_label: the name of the loss function.
        title: a line above the picture.
    """

    dataset: Dataset
    values: NDArray[Any]
    sketch: Sketch | None = None
    axes: tuple[int, int] = (0, 1)
    history: Any = None
    loss_label: str = ""
    title: str = ""


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
    takes = settled_takes(takes, dataset)
    inputs = inputs or plain_inputs(dataset)
    area = (*plane_range(dataset, axes), 200, 200)
    if graph is None and isinstance(model, torch.nn.Module):
        graph = read_network(model, torch.zeros(1, len(inputs.features)))
    sketch = None
    if graph is not None and isinstance(model, torch.nn.Module):
        sketch = sketch_of(model, graph, dataset, takes, inputs, axes)
    values = predicted(model, dataset, takes, inputs, area, axes)
    return draw_planar(PlanarScene(dataset, values, sketch, axes, history, loss_label, title))


def draw_planar(scene: PlanarScene) -> Figure:
    """What `planar_figure` gives."""
    dataset, axes = scene.dataset, scene.axes
    figure = new_figure(10, 6.4)
    grid = figure.add_gridspec(2, 12, height_ratios=[1.75, 1])
    network, field = figure.add_subplot(grid[0, :7]), figure.add_subplot(grid[0, 7:])
    rows, columns = scene.values.shape[:2]
    draw_prediction(field, scene.values, dataset, (*plane_range(dataset, axes), columns, rows))
    draw_points(field, dataset, "train", 14, axes)
    draw_points(field, dataset, "test", 14, axes)
    draw_key(field, dataset)
    field.set_box_aspect(1)
    regression = dataset.task == "regression"
    field.set_title("predicted value" if regression else "decision map", loc="left", fontsize=9, color=INK)
    name_axes(field, dataset, axes)
    if scene.sketch is None:
        network.set_axis_off()
    else:
        draw_network(network, scene.sketch, dataset.n_classes)
    loss, accuracy = figure.add_subplot(grid[1, :6]), figure.add_subplot(grid[1, 6:])
    draw_curves(loss, scene.history, ("running_loss", "loss"), ("test_loss",))
    if regression:
        say(accuracy, "no accuracy in regression")
        accuracy.set_axis_off()
    else:
        draw_curves(accuracy, scene.history, ("running_accuracy", "accuracy", "acc"), ("test_accuracy",))
    finish_curve(loss)
    finish_curve(accuracy)
    loss.set_title(f"loss: {scene.loss_label}" if scene.loss_label else "loss", loc="left", fontsize=9, color=INK)
    accuracy.set_title("accuracy", loc="left", fontsize=9, color=INK)
    finish_shares(accuracy)
    if scene.title:
        figure.suptitle(scene.title, x=0.01, ha="left", fontsize=11, color=INK)
    return figure
