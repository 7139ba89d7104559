"""What all pictures of `nnwidgets.plots` are drawn with: palette, figure, decision map, points, axes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.registry import BackendFilter, backend_registry
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nnwidgets._percent import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from nnwidgets.datasets import Dataset, Range

# The light palette of the widgets: orange is class 0 and negative, blue is class 1 and positive, the rest is ink.
NEGATIVE, POSITIVE = "#d06300", "#1f66bd"
INK, INK_2, INK_3, HAIRLINE = "#1f1f1f", "#5e5e5e", "#8c8c8c", "#e0e0e0"
PAPER = "#f7f6f4"
SIGNED_COLORS = LinearSegmentedColormap.from_list("nnw", ["#db7a10", "#f7ba7a", PAPER, "#8cbaec", "#2468bd"])
FIELD_ALPHA, TILE_ALPHA = 0.46, 0.9
DASHED = (0, (4, 2))
_SHOWN_DPI = 100  # of a figure on a page, where an inch is as many CSS pixels

Takes = Literal["probability", "logit", "value"]
Place = Callable[[NDArray[np.float64]], NDArray[np.float32]]
"""What makes of points of a plane, ``(n, 2)``, the inputs of a model."""

MANY = 3  # from so many classes on, each has a colour and a shape of its own
CLASS_COLORS = (NEGATIVE, POSITIVE, "#005744", "#9a060c", "#289ba6", "#a478ff", "#3e1233", "#829463")
_CLASS_MARKERS = (("o", 1.0), ("s", 0.85), ("^", 1.5), ("D", 0.85), ("v", 1.5), ("P", 1.5), ("X", 1.5), ("*", 2.4))


def class_marker(index: int, n_classes: int) -> tuple[str, float]:
    """The shape of a class's points, and the area at which it looks as large as a circle of area 1."""
    return _CLASS_MARKERS[index if n_classes >= MANY else 0]


def class_ramp(index: int) -> LinearSegmentedColormap:
    """From paper to the colour of a class."""
    return LinearSegmentedColormap.from_list("nnw", [PAPER, CLASS_COLORS[index]])


class NotebookFigure(Figure):
    """A figure that a notebook shows by itself, also where pyplot was never imported, and sharp on any screen."""

    def _picture(self) -> tuple[bytes, dict[str, int]]:
        """What a notebook shows; then it is shown, and pyplot need not do it at the end of the cell."""
        picture = self._repr_png_()
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None and "inline" in mpl.get_backend():
            pyplot.close(self)
        return picture

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=2 * _SHOWN_DPI, bbox_inches="tight")
        picture = file.getvalue()
        width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))  # as PNG's header says
        return picture, {"width": width // 2, "height": height // 2}


class NotebookAxes(Axes):
    """Axes that stand for their whole figure where a notebook shows a cell's last value.

    Nothing is shown then where pyplot does it anyway, so that the pictures of a cell keep their order.
    """

    shown_by_pyplot_in: int | None = None
    """The number of the cell at whose end pyplot shows the figure; None where it does not."""

    def _ipython_display_(self) -> None:
        from IPython.display import display

        shell = _kernel_shell()
        if shell is None or shell.execution_count != self.shown_by_pyplot_in:
            display(self.figure)  # type: ignore[no-untyped-call]


def _kernel_shell() -> Any:
    """IPython where it runs in a kernel, as in a notebook; else None."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None


def _pyplot_shows() -> bool:
    """Whether this is a notebook in which pyplot shows its figures, which it does at the end of a cell."""
    silent: list[str] = backend_registry.list_builtin(BackendFilter.NON_INTERACTIVE)  # type: ignore[no-untyped-call]
    return _kernel_shell() is not None and mpl.get_backend().lower() not in silent


def _made(figure_class: Callable[..., Any], width: float, height: float) -> NotebookFigure:
    shell = _kernel_shell()
    if shell is not None:  # pyplot tells IPython how to show every figure; of the more special class this is heard
        shell.display_formatter.formatters["image/png"].for_type(NotebookFigure, NotebookFigure._picture)
    size: dict[str, Any] = {"figsize": (width, height), "dpi": 144}
    figure: NotebookFigure = figure_class(**size, layout="constrained", facecolor="white")
    return figure


def new_figure(width: float, height: float) -> NotebookFigure:
    """An empty figure, in inches. It is made without pyplot: it changes no global state, and is not left open."""
    return _made(NotebookFigure, width, height)


def new_axes(width: float, height: float) -> NotebookAxes:
    """Axes that fill a new figure, in inches, which a notebook shows exactly once.

    A statement in the midst of a cell shows its picture at the end of the cell, changed as it was until then, as
    readers know it of pyplot. So in a notebook the figure is pyplot's, which also closes it there. Elsewhere pyplot
    would keep it for good, so that there the figure is nobody's but the caller's.
    """
    if _pyplot_shows():
        from matplotlib import pyplot as plt

        axes = _axes_of(_made(partial(plt.figure, FigureClass=NotebookFigure), width, height))
        if mpl.is_interactive():  # else the user said plt.ioff()
            axes.shown_by_pyplot_in = _kernel_shell().execution_count
        return axes
    return _axes_of(new_figure(width, height))


def _axes_of(figure: NotebookFigure) -> NotebookAxes:
    axes = figure.add_subplot(axes_class=NotebookAxes)
    assert isinstance(axes, NotebookAxes)
    return axes


@contextmanager
def evaluating(model: Callable[..., Any]) -> Iterator[None]:
    """Evaluation mode without gradients; each module gets its own mode back."""
    import torch  # palette and axes are also for who does without it

    modules = list(model.modules()) if isinstance(model, torch.nn.Module) else []
    modes = [module.training for module in modules]
    for module in modules:
        module.training = False
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


def decision_map(
    model: Callable[..., Any],
    x_range: Range,
    y_range: Range,
    columns: int = 200,
    rows: int = 200,
    takes: Takes = "probability",
    n_classes: int = 2,
    inputs: Place | None = None,
) -> NDArray[np.float64]:
    """What a model gives over a part of the plane: the probability of class 1, of each of more classes, or a value.

    Args:
        model: maps a tensor ``(n, 2)``, or of what ``inputs`` gives, to ``(n,)``, ``(n, 1)`` or, one column per class,
            ``(n, 2)``; for more than two classes to ``(n, n_classes)``; for values to ``(n,)`` or ``(n, 1)``.
        x_range: first and last value of the horizontal axis.
        y_range: lowest and highest value of the vertical axis.
        columns: number of points across.
        rows: number of points upwards.
        takes: what the model puts out: ``"probability"``; ``"logit"``, as for a loss "with logits", of which the
            sigmoid is taken, or over several columns the softmax; ``"value"`` for regression.
        n_classes: how many classes there are, at least 2; of no effect on values.
        inputs: makes of points ``(n, 2)`` what the model takes; None for the points themselves.

    Returns:
        float64, shape ``(rows, columns)``, or ``(rows, columns, n_classes)`` for more than two classes; the first row
        is the lowest.

    Raises:
        ValueError: for a model whose output has another shape, or another ``takes``.

    Example:
        >>> decision_map(lambda x: (x[:, :1] > 0).float(), (-1, 1), (-1, 1), columns=2, rows=1)
        array([[0., 1.]])
        >>> import torch
        >>> decision_map(torch.nn.Linear(2, 5), (-1, 1), (-1, 1), 30, 20, takes="logit", n_classes=5).shape
        (20, 30, 5)
    """
    if takes not in get_args(Takes):
        msg = f'takes must be "probability", "logit" or "value", not {takes!r}'
        raise ValueError(msg)
    x, y = np.meshgrid(np.linspace(*x_range, columns), np.linspace(*y_range, rows))
    import torch

    parameter = next(model.parameters(), None) if isinstance(model, torch.nn.Module) else None
    device, dtype = (None, torch.float32) if parameter is None else (parameter.device, parameter.dtype)
    points = np.column_stack([x.ravel(), y.ravel()])
    grid = torch.tensor(points if inputs is None else inputs(points), device=device, dtype=dtype)
    with evaluating(model):
        output = model(grid)
    n = len(grid)
    shapes: set[tuple[int, ...]]
    if takes == "value":
        needed, shapes = "a map of values needs one value per sample", {(n,), (n, 1)}
    elif n_classes >= MANY:
        needed, shapes = f"a decision map of {n_classes} classes needs {n_classes} columns", {(n, n_classes)}
    else:
        needed = "a decision boundary needs one probability per sample, or two columns"
        shapes = {(n,), (n, 1), (n, 2)}
    if output.shape not in shapes:
        msg = f"{needed}, but for an input of shape {tuple(grid.shape)} the model puts out {tuple(output.shape)}"
        raise ValueError(msg)
    settled = probabilities(output.detach().double().cpu().reshape(n, -1), takes)
    if settled.shape[1] >= MANY:
        return settled.reshape(rows, columns, -1)
    return settled[:, -1].reshape(rows, columns)


def probabilities(output: torch.Tensor, takes: Takes) -> NDArray[np.float64]:
    """Outputs ``(n, columns)`` of a model as probabilities; values stay as they are."""
    if takes == "logit":
        output = output.sigmoid() if output.shape[1] == 1 else output.softmax(dim=1)
    settled: NDArray[np.float64] = output.numpy()
    return settled


def draw_points(
    ax: Axes, dataset: Dataset, part: Literal["train", "test"], size: float, columns: tuple[int, int] = (0, 1)
) -> None:
    """Samples by class or value: training samples filled; test samples hollow, or outlined where colour is a value."""
    points, y = getattr(dataset, f"x_{part}")[:, columns], getattr(dataset, f"y_{part}")[:, 0]
    hollow = part == "test"
    if dataset.task == "regression":
        low, high = dataset.value_range
        edge, width = (INK, 0.9) if hollow else (INK_2, 0.4)
        colors: dict[str, Any] = {"c": y, "cmap": SIGNED_COLORS, "vmin": low, "vmax": high}
        ax.scatter(points[:, 0], points[:, 1], s=size, edgecolors=edge, linewidths=width, zorder=3, **colors)
        return
    for index in range(dataset.n_classes):
        color, (marker, area) = CLASS_COLORS[index], class_marker(index, dataset.n_classes)
        face, edge, width = ("white", color, 1.2) if hollow else (color, "white", 0.6)
        line: dict[str, Any] = {"facecolors": face, "edgecolors": edge, "linewidths": width, "zorder": 3}
        ax.scatter(points[y == index, 0], points[y == index, 1], s=size * area, marker=marker, **line)


def draw_key(ax: Axes, dataset: Dataset) -> None:
    """What the colours stand for: a bar of values, or the names of three classes and more."""
    if dataset.task == "regression":
        low, high = dataset.value_range
        scale = ScalarMappable(Normalize(low, high), SIGNED_COLORS)
        bar = ax.figure.colorbar(scale, ax=ax, shrink=0.8, aspect=26, pad=0.03)
        bar.outline.set_visible(False)
        bar.ax.tick_params(colors=INK_2, labelsize=8, length=3, width=0.6)
    elif dataset.n_classes >= MANY:
        handles = []
        for index, color in enumerate(CLASS_COLORS[: dataset.n_classes]):
            marker, area = class_marker(index, dataset.n_classes)
            handles.append(Line2D([], [], color=color, linestyle="", marker=marker, markersize=5.5 * area**0.5))
        numbers = [str(index) for index in range(dataset.n_classes)]
        beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.0}
        legend = ax.legend(handles, numbers, frameon=False, fontsize=8, handletextpad=0.2, labelcolor=INK, **beside)
        for text, name in zip(legend.texts, dataset.class_names, strict=True):
            text.set(text=name, parse_math=False)  # a name may have "$" in it, or "_" before it


def tidy(ax: Axes) -> None:
    """Ticks and frame in the quiet manner of the widgets."""
    ax.tick_params(colors=INK_2, labelsize=8, length=3, width=0.6)
    for name, spine in ax.spines.items():
        spine.set_color(INK_3)
        spine.set_linewidth(0.6)
        spine.set_visible(name in {"left", "bottom"})


def draw_map(
    ax: Axes, values: NDArray[np.float64], x_range: Range, y_range: Range, value_range: Range | None = None
) -> None:
    """A `decision_map` as a field of colour: classes with the lines between them, or values over their range."""
    picture: dict[str, Any] = {
        "extent": (*x_range, *y_range),
        "origin": "lower",
        "interpolation": "bilinear",
        "aspect": "auto",
    }
    lines = []  # each is drawn where such a field changes its sign
    if values.ndim > len(("rows", "columns")):
        classes = range(values.shape[-1])
        with np.errstate(invalid="ignore"):
            lines = [values[..., index] - np.delete(values, index, axis=-1).max(axis=-1) for index in classes]
        ax.imshow(_class_field(values, np.max(lines, axis=0)), **picture)
    elif value_range is None:
        lines = [2 * values - 1]
        ax.imshow(lines[0], cmap=SIGNED_COLORS, vmin=-1, vmax=1, alpha=FIELD_ALPHA, **picture)
    else:
        low, high = value_range
        ax.imshow(values, cmap=SIGNED_COLORS, vmin=low, vmax=high, alpha=TILE_ALPHA, **picture)
    rows, columns = values.shape[:2]
    axes = np.linspace(*x_range, columns), np.linspace(*y_range, rows)
    for signed in lines:
        if (signed < 0).any() and (signed > 0).any():  # matplotlib warns of a contour that is nowhere
            ax.contour(*axes, signed, levels=[0], colors=INK, linewidths=1.2)
    tidy(ax)
    ax.set_xlim(*x_range)
    ax.set_ylim(*y_range)


def _class_field(probability: NDArray[np.float64], lead: NDArray[np.float64]) -> NDArray[np.float64]:
    """RGBA of the most probable class, the paler the less it leads; clear where there are no numbers."""
    strength = np.clip(lead, 0, 1)[..., None]
    colors = np.array([to_rgb(color) for color in CLASS_COLORS])[probability.argmax(axis=-1)]
    rgb = to_rgb(PAPER) + strength * (colors - to_rgb(PAPER))
    rgba = np.concatenate([rgb, np.full_like(strength, FIELD_ALPHA)], axis=-1)
    rgba[np.isnan(lead)] = 0
    return rgba


def finish_curve(ax: Axes, name: str = "") -> None:
    """Axes of a curve over epochs."""
    tidy(ax)
    ax.set_ylabel(name, color=INK_2, fontsize=9)
    ax.set_xlabel("epoch", color=INK_2, fontsize=9)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.6)
    ax.set_axisbelow(True)


def finish_shares(ax: Axes) -> None:
    """Shares on the vertical axis in per cent."""
    ax.yaxis.set_major_formatter(lambda share, _: percent(share))
