"""Points of the plane, and what a model makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from torch.utils.data import DataLoader

from nnwidgets._checks import plain
from nnwidgets._drawing import INK_2, Takes, decision_map, draw_key, draw_map, draw_points, new_axes, tidy
from nnwidgets._state import State, is_trainer
from nnwidgets.datasets import Dataset, as_dataset
from nnwidgets.features import column_features, fit_inputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from nnwidgets.datasets import Range
    from nnwidgets.features import Inputs

    Area = tuple[Range, Range, int, int]  # the part of the plane, and the points across and upwards
    Columns = tuple[int, int]

_MOST_CELLS = 500  # per side of a decision map


def plot_dataset(x: Any, y: Any = None, ax: Axes | None = None) -> Axes:
    """Draw samples of the plane: class 0 in orange, class 1 in blue, each further one in a colour of its own.

    From three classes on, each has a shape of its own, too, and a legend names them. Values to predict go from orange
    to blue over `Dataset.value_range`, which a colour bar shows.

    Args:
        x: array-like ``(n_samples, n_columns)``, of which the first two are drawn; or, without ``y``, a trainer, of
            which the training samples are drawn in the columns that it shows, an iterable of batches ``(x, y)`` such as
            a `torch.utils.data.DataLoader`, or whatever `nnwidgets.as_dataset` takes.
        y: one label or value per sample, told apart as `as_dataset` does.
        ax: where to draw; None for a new figure.

    Returns:
        The axes drawn into.

    Raises:
        TypeError: for samples that are not numbers, or images.
        ValueError: for other shapes, NaN or infinite values, or more than 8 classes.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> ax = plot_dataset(make_planar("circles"))
        >>> ax = plot_dataset([[0, 1], [2, 3], [4, 5]], ["cat", "dog", "owl"])
        >>> ax.figure.savefig("pets.pdf")  # doctest: +SKIP
    """
    dataset, columns = _dataset(x, y), _columns_of(x)
    axes = _new_axes(dataset) if ax is None else ax
    draw_points(axes, dataset, "train", 22, columns)
    draw_key(axes, dataset)
    tidy(axes)
    _keep_proportions(axes, *np.ptp(dataset.x_train[:, columns], axis=0))
    name_axes(axes, dataset, columns)
    return axes


def plot_decision_boundary(
    model: Any,
    x: Any = None,
    y: Any = None,
    ax: Axes | None = None,
    step: float = 0.01,
    takes: Takes | None = None,
    inputs: Inputs | None = None,
) -> Axes:
    """Draw what a model predicts over the data's range ± 0.1, and the samples.

    Of two classes, the probability of class 1 is drawn, and the boundary at 0.5. Of more, the most probable class is,
    the paler the smaller its lead over the next, and the lines between the regions. Values to predict are drawn over
    `Dataset.value_range`, clipped to it.

    Args:
        model: maps a float tensor of samples to probabilities, logits or values; its training mode is kept. For two
            classes these are ``(n, 1)`` or ``(n, 2)``, for more ``(n, n_classes)``, for regression ``(n, 1)``. Or a
            trainer, running or not: its network as it is between two steps.
        x: samples, as for `plot_dataset`; not needed of a trainer, which has its own.
        y: their labels or values.
        ax: where to draw; None for a new figure.
        step: distance of the points at which the model is computed, but never more than 500 of them to a side.
        takes: what the model puts out: ``"probability"``, ``"logit"`` or ``"value"``. None takes it for a value in
            regression, else for a probability; a trainer knows.
        inputs: what the model gets of samples, as `nnwidgets.features.fit_inputs` makes it; None for their columns; a
            trainer knows.

    Returns:
        The axes drawn into.

    Raises:
        TypeError: for samples that are not numbers, or none where they are needed.
        ValueError: for a ``step`` that is not positive, shapes that do not fit, or a ``takes`` that does not fit the
            data.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> from nnwidgets.networks import build_mlp
        >>> data = make_planar("circles")
        >>> ax = plot_decision_boundary(build_mlp(), data.x_train, data.y_train, step=0.1)
        >>> model = build_mlp(out_features=5, output_activation=None)
        >>> ax = plot_decision_boundary(model, make_planar("rings", n_classes=5), step=0.1, takes="logit")
    """
    if not step > 0:
        msg = f"step must be a positive number, not {step!r}"
        raise ValueError(msg)
    columns = _columns_of(model)
    samples = None if x is None and is_trainer(model) else _dataset(x, y)

    def compute(state: State) -> tuple[Dataset, Area, NDArray[np.float64]]:
        dataset = samples or _points_of(state.data)
        area = _around(dataset.x_train[:, columns].astype(np.float64), step)
        settled = settled_takes(takes or state.takes, dataset)
        given = inputs or state.inputs or plain_inputs(dataset)
        return dataset, area, predicted(state.model, dataset, settled, given, area, columns)

    if is_trainer(model):
        dataset, area, values = model._with_state(compute)
    else:
        assert samples is not None
        dataset, area, values = compute(State(model, samples))
    axes = _new_axes(dataset) if ax is None else ax
    draw_prediction(axes, values, dataset, area)
    draw_points(axes, dataset, "train", 16, columns)
    draw_key(axes, dataset)
    _keep_proportions(axes, *(high - low for low, high in area[:2]))
    name_axes(axes, dataset, columns)
    return axes


def predicted(
    model: Callable[..., Any], dataset: Dataset, takes: Takes, inputs: Inputs, area: Area, columns: Columns
) -> NDArray[np.float64]:
    """The `decision_map` of a model of some data.

    Args:
        model: as `plot_decision_boundary` takes it.
        dataset: what it is for.
        takes: what it puts out.
        inputs: what it gets of samples.
        area: the part of the plane, and how many points across and upwards.
        columns: of the data, which make the plane.
    """
    return decision_map(model, *area, takes, max(2, dataset.n_classes), partial(inputs.on_plane, columns))


def plain_inputs(dataset: Dataset) -> Inputs:
    """All columns of the data as they are."""
    return fit_inputs(dataset, column_features(len(dataset.feature_names)), standardise=False)


def draw_prediction(ax: Axes, values: NDArray[np.float64], dataset: Dataset, area: Area) -> None:
    """A `decision_map` of a model of some data."""
    draw_map(ax, values, area[0], area[1], dataset.value_range if dataset.task == "regression" else None)


def settled_takes(takes: Takes | None, dataset: Dataset) -> Takes:
    """What the model of a dataset puts out, if it was not said."""
    if takes is None:
        return "value" if dataset.task == "regression" else "probability"
    if (takes == "value") != (dataset.task == "regression"):
        fit = '"value"' if dataset.task == "regression" else '"probability" or "logit"'
        msg = f"for {dataset.task}, as in {dataset.name!r}, takes must be {fit}, not {takes!r}"
        raise ValueError(msg)
    return takes


def name_axes(ax: Axes, dataset: Dataset, columns: Columns) -> None:
    """Beside the axes the names of the columns."""
    names = (dataset.feature_names[column].replace("$", r"\$") for column in columns)
    x, y = (re.sub(r"^x_?(\d)$", r"$x_\1$", name) for name in names)
    ax.set_xlabel(x, color=INK_2)
    ax.set_ylabel(y, color=INK_2)
    ax.locator_params(nbins=6)


def _columns_of(given: Any) -> Columns:
    """The columns of the data that a trainer shows; the first two of others."""
    return tuple(given.axes) if is_trainer(given) and hasattr(given, "axes") else (0, 1)


def _dataset(x: Any, y: Any) -> Dataset:
    """Samples as a `Dataset`, of whatever kind."""
    if y is not None:
        return as_dataset((x, y))
    if is_trainer(x):
        return _points_of(x.dataset)
    if isinstance(x, (DataLoader, list, Iterator)):
        batches = [(plain("x", xs), plain("y", ys)) for xs, ys in x]
        return as_dataset(tuple(np.concatenate(parts) for parts in zip(*batches, strict=True)))
    if x is None:
        msg = "samples are needed: x and y, a Dataset, a loader or a trainer"
        raise TypeError(msg)
    return as_dataset(x)


def _points_of(data: Any) -> Dataset:
    if not isinstance(data, Dataset):
        msg = f"only points can be drawn on a plane, not {data!r}; for images there is plot_fashion_images"
        raise TypeError(msg)
    return data


def _new_axes(dataset: Dataset) -> Axes:
    """Axes that are square but for the key."""
    return new_axes(4.2 if dataset.n_classes == 2 else 4.9, 4.2)


def _keep_proportions(ax: Axes, width: float, height: float) -> None:
    """The same scale on both axes, but for columns that are not alike."""
    ax.set_aspect("equal" if max(width, height) < 3 * min(width, height) else "auto")


def _around(points: NDArray[np.float64], step: float) -> Area:
    """The range of points and a tenth more, and as many points on it as steps."""
    low, high = points.min(axis=0) - 0.1, points.max(axis=0) + 0.1
    columns, rows = (int(min(np.ceil(span / step - 1e-6) + 1, _MOST_CELLS)) for span in high - low)
    return (low[0], high[0]), (low[1], high[1]), columns, rows
