"""Loss and accuracy over the epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets._checks import plain
from nnwidgets._drawing import DASHED, INK, INK_2, INK_3, finish_curve, finish_shares, new_axes, tidy
from nnwidgets.training.history import History
from nnwidgets.training.tables import EPOCH_COLUMNS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_RIGHT = "right_ax"  # as pandas calls it


def plot_loss_acc(history: Any, ax: Axes | None = None) -> Axes:
    """Draw loss (left axis) and accuracy (right axis) per epoch.

    Args:
        history: what `nnwidgets.fit` returns; a trainer, or its history; or a mapping, or an object with attributes, of
            lists per epoch: ``loss`` and ``accuracy`` (or ``acc``), the latter as fractions or in per cent.
        ax: where to draw; None for a new figure.

    Returns:
        The axes of the loss. Those of the accuracy, if there is one, are their ``right_ax``; they are used again for
        the next history that is drawn on the same axes.

    Raises:
        ValueError: for a history without a loss.

    Example:
        >>> ax = plot_loss_acc({"loss": [0.7, 0.5, 0.4], "accuracy": [0.5, 0.8, 0.9]})
        >>> ax.get_ylabel(), ax.right_ax.get_ylabel()
        ('loss', 'accuracy')
    """
    if not isinstance(history, Mapping):
        history = getattr(history, "history", history)  # a trainer's, whose own loss is a number
    loss, accuracy = _curve(history, "loss"), _curve(history, "accuracy", "acc")
    if loss.size == 0:
        msg = "history must have the lists 'loss' and 'accuracy', one number per epoch; it has no loss"
        raise ValueError(msg)
    if not np.isfinite(accuracy).any():  # of values that are no classes there is none
        accuracy = accuracy[:0]
    elif np.nanmax(accuracy) > 1:
        accuracy = accuracy / 100
    axes = new_axes(5.2, 3.2) if ax is None else ax
    right = _right_of(axes) if accuracy.size else None
    is_point = len(loss) == 1
    line: dict[str, Any] = {"color": INK, "linewidth": 1.8, "marker": "o" if is_point else "", "markersize": 5}
    lines = axes.plot(_epochs(history, len(loss)), loss, label="loss", **line)
    finish_curve(axes, "loss")
    if right is not None:
        epochs = _epochs(history, len(accuracy))
        line |= {"color": INK_2, "linewidth": 1.6, "linestyle": DASHED, "markersize": 9, "markerfacecolor": "none"}
        lines += right.plot(epochs, accuracy, label="accuracy", **line)
        finish_shares(right)
        right.set_ylabel("accuracy", color=INK_2, fontsize=9)
        tidy(right)
        right.spines["right"].set_visible(True)
    legend: dict[str, Any] = {"frameon": False, "fontsize": 9, "labelcolor": INK}
    axes.legend(handles=lines, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=2, **legend)
    return axes


def _right_of(ax: Axes) -> Axes:
    """Axes over others for the accuracy: those of the last time, unless the others have been cleared since then."""
    right: Axes | None = getattr(ax, _RIGHT, None)
    if right is not None and right.figure is ax.figure:
        if ax.lines:
            return right
        right.remove()
    fresh = ax.twinx()
    setattr(ax, _RIGHT, fresh)
    return fresh


def _curve(history: Any, *names: str) -> NDArray[np.float64]:
    """A list of a history by the first of its names that it has; None becomes NaN, which is not drawn."""
    for name in names:
        values = history.get(name) if isinstance(history, Mapping) else getattr(history, name, None)
        if values is not None:
            return np.array([np.nan if value is None else value for value in plain(name, values).tolist()], dtype=float)
    return np.empty(0)


def _epochs(history: Any, count: int) -> NDArray[np.float64]:
    """The numbers of the epochs: 1, 2, … where the history says none."""
    given = history.epochs[:, 0] if isinstance(history, History) else _curve(history, "epoch")
    return given if len(given) == count else np.arange(1.0, count + 1)


def draw_curves(ax: Axes, history: Any, train: tuple[str, ...], test: tuple[str, ...]) -> None:
    """A metric in training and in tests; "not trained yet" where there is neither.

    Args:
        ax: where to draw.
        history: as `nnwidgets.figures.planar.planar_figure` takes it.
        train: names that the metric may have in it, the first of which is drawn.
        test: likewise.
    """
    drawn = _draw_pinned(ax, history, train[0])
    for names, label, style in (
        (train, "train", {"color": INK}),
        (test, "test", {"color": INK_2, "linestyle": DASHED}),
    ):
        values = np.empty(0) if history is None else _curve(history, *names)
        if not np.isfinite(values).any():
            continue
        seen = np.isfinite(values)  # test values come only now and then: lines join them
        marker = "o" if seen.sum() == 1 else ""
        epochs = _epochs(history, len(values))[seen]
        ax.plot(epochs, values[seen], linewidth=1.6, label=label, marker=marker, markersize=4, **style)
        drawn = True
    if drawn:
        ax.legend(frameon=False, fontsize=8)
    else:
        say(ax, "not trained yet")


def _draw_pinned(ax: Axes, history: Any, metric: str) -> bool:
    """The metric in the pinned runs of a history, if it has any; says whether it has."""
    column, label = EPOCH_COLUMNS.index(metric), "pinned"
    for run in getattr(history, "pinned", ()):
        seen = np.isfinite(run.epochs[:, column])
        if seen.any():
            ax.plot(run.epochs[seen, 0], run.epochs[seen, column], color=INK_3, linewidth=1, label=label, zorder=1.5)
            label = ""  # of the others, which look alike
    return not label


def say(ax: Axes, text: str) -> None:
    """A text in the middle of axes."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=INK_2, fontsize=9)
