"""One picture of an experiment with images for print."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets._curves import draw_curves
from nnwidgets._drawing import HAIRLINE, INK, INK_2, finish_curve, finish_shares, new_figure
from nnwidgets._image_plots import GREY, plot_fashion_images

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nnwidgets.images import ImageDataset

MOST_NAMED = 20  # classes with more are not named beside the matrix
LEAST_WRITTEN = 10  # images of a cell whose number is written


def image_figure(
    model: Any, dataset: ImageDataset, confusion: NDArray[np.int64], *, history: Any = None, title: str = ""
) -> Figure:
    """Test images with a model's answers, its mistakes on the whole test set, loss and accuracy.

    Args:
        model: as `plot_fashion_images` takes it.
        dataset: what it was trained on.
        confusion: `(n_classes, n_classes)`, rows being true classes.
        history: as `planar_figure` takes it.
        title: a line above the picture.

    Returns:
        A new figure of 10 × 7.6 inches.
    """
    return draw_experiment(
        lambda ax: plot_fashion_images(dataset, model=model, seed=0, ax=ax),
        confusion,
        dataset.class_names,
        history=history,
        title=title,
    )


def draw_experiment(
    draw: Callable[[Axes], object],
    confusion: NDArray[np.int64],
    names: tuple[str, ...],
    *,
    history: Any = None,
    title: str = "",
) -> Figure:
    """What `image_figure` gives.

    Args:
        draw: draws images with answers into axes.
        confusion: as `image_figure` takes it.
        names: of the classes.
        history: as `planar_figure` takes it.
        title: a line above the picture.
    """
    figure = new_figure(10, 7.6)
    grid = figure.add_gridspec(2, 12, height_ratios=[2.2, 1])
    draw(figure.add_subplot(grid[0, :7]))
    _draw_mistakes(figure.add_subplot(grid[0, 7:]), confusion, names)
    loss, accuracy = figure.add_subplot(grid[1, :6]), figure.add_subplot(grid[1, 6:])
    draw_curves(loss, history, ("running_loss", "loss"), ("test_loss",))
    draw_curves(accuracy, history, ("running_accuracy", "accuracy"), ("test_accuracy",))
    for ax, name in ((loss, "loss"), (accuracy, "accuracy")):
        finish_curve(ax)
        ax.set_title(name, loc="left", fontsize=9, color=INK)
    finish_shares(accuracy)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, color=INK)
    return figure


def _draw_mistakes(ax: Axes, confusion: NDArray[np.int64], names: tuple[str, ...]) -> None:
    """How many images of each class (row) are taken for which other one (column)."""
    wrong = confusion.astype(float)
    np.fill_diagonal(wrong, 0.0)
    most = wrong.max() or 1.0
    ax.imshow((wrong / most) ** 0.62, cmap=GREY, vmin=0, vmax=1.15)
    for row, column in zip(*np.nonzero(wrong >= LEAST_WRITTEN), strict=True):
        dark = wrong[row, column] > most / 3
        text = f"{int(wrong[row, column])}"
        ax.text(column, row, text, ha="center", va="center", fontsize=6, color="white" if dark else INK)
    places = range(len(names)) if len(names) <= MOST_NAMED else ()
    ax.set_xticks(places, [names[place] for place in places], rotation=90, fontsize=7, color=INK_2, parse_math=False)
    ax.set_yticks(places, [names[place] for place in places], fontsize=7, color=INK_2, parse_math=False)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_color(HAIRLINE)
    n, total = int(wrong.sum()), int(confusion.sum())
    ax.set_title(f"mistakes: {n:,} of {total:,}; rows true, columns answered", loc="left", fontsize=9, color=INK)
