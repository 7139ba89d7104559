"""What all pictures of `nnwidgets.plots` are drawn with: palette, figure, decision map, points, axes."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from nnwidgets.datasets import Range

# The light palette of the widgets: orange is class 0 and negative, blue is class 1 and positive, the rest is ink.
NEGATIVE, POSITIVE = "#d06300", "#1f66bd"
INK, INK_2, INK_3, HAIRLINE = "#1f1f1f", "#5e5e5e", "#8c8c8c", "#e0e0e0"
SIGNED_COLORS = LinearSegmentedColormap.from_list("nnw", ["#db7a10", "#f7ba7a", "#f7f6f4", "#8cbaec", "#2468bd"])
FIELD_ALPHA, TILE_ALPHA = 0.46, 0.9

Takes = Literal["probability", "logit"]


class _NotebookFigure(Figure):
    """A figure that a notebook shows by itself, also where pyplot was never imported."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def new_figure(width: float, height: float) -> _NotebookFigure:
    """An empty figure, in inches, at a resolution that is sharp on screens of both kinds."""
    return _NotebookFigure(figsize=(width, height), dpi=144, layout="constrained", facecolor="white")


@contextmanager
def evaluating(model: Callable[..., Any]) -> Iterator[None]:
    """Evaluation mode without gradients; each module gets its own mode back."""
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
) -> NDArray[np.float64]:
    """The probability of class 1 that a model gives over a part of the plane.

    Args:
        model: maps a tensor ``(n, 2)`` to ``(n,)``, ``(n, 1)`` or, one column per class, ``(n, 2)``.
        x_range: first and last value of the horizontal axis.
        y_range: lowest and highest value of the vertical axis.
        columns: number of points across.
        rows: number of points upwards.
        takes: ``"logit"`` if the model puts out logits, as it does for a loss "with logits".

    Returns:
        Shape ``(rows, columns)``; the first row is the lowest.

    Raises:
        ValueError: for a model whose output has another shape.

    Example:
        >>> decision_map(lambda x: (x[:, :1] > 0).float(), (-1, 1), (-1, 1), columns=2, rows=1)
        array([[0., 1.]])
    """
    x, y = np.meshgrid(np.linspace(*x_range, columns), np.linspace(*y_range, rows))
    parameter = next(model.parameters(), None) if isinstance(model, torch.nn.Module) else None
    device, dtype = (None, torch.float32) if parameter is None else (parameter.device, parameter.dtype)
    grid = torch.tensor(np.column_stack([x.ravel(), y.ravel()]), device=device, dtype=dtype)
    with evaluating(model):
        output = model(grid)
    if output.shape not in {(len(grid),), (len(grid), 1), (len(grid), 2)}:
        msg = (
            f"a decision boundary needs one probability per sample, or two columns, but for an input of shape "
            f"{tuple(grid.shape)} the model puts out {tuple(output.shape)}"
        )
        raise ValueError(msg)
    output = output.detach().double().cpu().reshape(len(grid), -1)
    if takes == "logit":
        output = output.sigmoid() if output.shape[1] == 1 else output.softmax(dim=1)
    probability: NDArray[np.float64] = output[:, -1].reshape(rows, columns).numpy()
    return probability


def draw_points(
    ax: Axes, points: NDArray[Any], second: NDArray[np.bool_], size: float, *, hollow: bool = False
) -> None:
    """Points by class: filled for training samples, hollow for test samples."""
    for color, these in ((NEGATIVE, points[~second]), (POSITIVE, points[second])):
        face, edge, width = ("white", color, 1.2) if hollow else (color, "white", 0.6)
        ax.scatter(these[:, 0], these[:, 1], s=size, facecolors=face, edgecolors=edge, linewidths=width, zorder=3)


def tidy(ax: Axes) -> None:
    """Ticks and frame in the quiet manner of the widgets."""
    ax.tick_params(colors=INK_2, labelsize=8, length=3, width=0.6)
    for name, spine in ax.spines.items():
        spine.set_color(INK_3)
        spine.set_linewidth(0.6)
        spine.set_visible(name in {"left", "bottom"})


def draw_map(ax: Axes, probability: NDArray[np.float64], x_range: Range, y_range: Range) -> None:
    """A `decision_map` as a field of colour, with its boundary."""
    signed = 2 * probability - 1
    ax.imshow(
        signed,
        extent=(*x_range, *y_range),
        origin="lower",
        cmap=SIGNED_COLORS,
        vmin=-1,
        vmax=1,
        alpha=FIELD_ALPHA,
        interpolation="bilinear",
        aspect="auto",
    )
    if (signed < 0).any() and (signed > 0).any():  # matplotlib warns of a contour that is nowhere
        rows, columns = probability.shape
        axes = np.linspace(*x_range, columns), np.linspace(*y_range, rows)
        ax.contour(*axes, signed, levels=[0], colors=INK, linewidths=1.2)
    tidy(ax)
    ax.set_xlim(*x_range)
    ax.set_ylim(*y_range)


def finish_curve(ax: Axes, name: str = "") -> None:
    """Axes of a curve over epochs."""
    tidy(ax)
    ax.set_ylabel(name, color=INK_2, fontsize=9)
    ax.set_xlabel("epoch", color=INK_2, fontsize=9)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.6)
    ax.set_axisbelow(True)
