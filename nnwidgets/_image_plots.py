"""Images side by side, with what they are and what a model takes them for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from torch.utils.data import DataLoader

from nnwidgets._checks import column, names, plain
from nnwidgets._drawing import HAIRLINE, INK, INK_2, evaluating, new_axes
from nnwidgets._own_images import images_of, take_apart
from nnwidgets._percent import percent
from nnwidgets._state import is_trainer
from nnwidgets.datasets import Dataset
from nnwidgets.fashion import FASHION_CLASSES
from nnwidgets.images import ImageDataset, spoken_class

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

ROWS, COLUMNS = 4, 7
_INCHES = 1.06  # a column
# The rest in the longer side of an image: a column, what is below an image, where its two lines begin, and the rim.
_ACROSS = 1.36
_ONE_LINE, _TWO_LINES = 0.42, 0.66
_FIRST, _SECOND = 0.09, 0.3
_MARGIN = 0.07
_OF_FASHION = (1, 28, 28)
GREY = LinearSegmentedColormap.from_list("nnw-ink", ["#ffffff", INK])  # 0 is paper, full intensity is ink


class Pictured(NamedTuple):
    """Images to draw: their pixels as they are looked at, `(n, channels, height, width)`, 0 to 1, and their classes."""

    pixels: NDArray[np.float64]
    labels: NDArray[np.intp]
    names: tuple[str, ...]


class _Choice(NamedTuple):
    """The images to draw, and what a model gets of them."""

    pictured: Pictured
    inputs: NDArray[np.float32]


def plot_fashion_images(
    data: Any,
    labels: Any = None,
    device: torch.device | str | None = None,
    model: Callable[..., Any] | None = None,
    *,
    classes: Sequence[str] | None = None,
    seed: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw 4 × 7 images of a set at random, with their classes, and with a model's answers where one is given.

    Under an image stands its class; a model's answer below it is the probability alone where it is right. Where it is
    wrong, the image has a thick frame, and the answer is bold: "Coat? 56 %".

    Args:
        data: images ``(n, height, width)`` or ``(n, channels, height, width)`` with 1 or 3 channels, arrays or tensors;
            or, without ``labels``, a trainer or an `ImageDataset`, of which the test images are drawn, a dataset whose
            items are ``(image, label)``, as torchvision has them, or a `torch.utils.data.DataLoader` of one. A trainer
            also answers, with its network as it is between two steps, unless it is given a ``model``.
        labels: the class of each image: whole numbers from 0, or names.
        device: where the model is; None asks its parameters.
        model: gets float32 ``(28, channels, height, width)`` and puts out one logit or probability for each class; its
            training mode is kept. Whole-number pixels are divided by 255 for it.
        classes: what the classes are called. None takes the numbers themselves, and of grey images of 28 × 28 pixels in
            up to ten classes the names of Fashion-MNIST.
        seed: of the choice of images; None for another one each time.
        ax: where to draw; None for a new figure.

    Returns:
        The axes drawn into, all images on the same.

    Raises:
        TypeError: for images that are not numbers.
        ValueError: for wrong shapes, unequal lengths, labels without a name, or a model with too few outputs.

    Example:
        >>> from nnwidgets.fashion import load_fashion_mnist
        >>> data = load_fashion_mnist(source="bundled")
        >>> ax = plot_fashion_images(data, seed=0)
        >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
        >>> ax = plot_fashion_images(data.x_test, data.y_test, model=model)
    """
    choice = _chosen(data, labels, classes, seed)
    answers = None
    if model is not None:
        answers = _answers(model, device, choice)
    elif is_trainer(data):
        answers = data._with_state(lambda state: _answers(state.model, device, choice))
    return draw_images(choice.pictured, answers, ax)


def draw_images(pictured: Pictured, answers: Sequence[tuple[int, float]] | None, ax: Axes | None = None) -> Axes:
    """Images in rows of seven, as `plot_fashion_images` draws them.

    Args:
        pictured: the images.
        answers: for each the class that it is taken for, and with which probability; None for no answers.
        ax: where to draw; None for a new figure.
    """
    height, width = pictured.pixels.shape[2:]
    across, down = width / max(height, width), height / max(height, width)
    rows = math.ceil(len(pictured.labels) / COLUMNS)
    row_height = down + (_ONE_LINE if answers is None else _TWO_LINES)
    size = 1.0 if ax is None else min(1.0, _inches(ax) / (COLUMNS * _INCHES))
    axes = new_axes(COLUMNS * _INCHES, rows * row_height * _INCHES / _ACROSS) if ax is None else ax
    for place, (image, label) in enumerate(zip(pictured.pixels, pictured.labels, strict=True)):
        row, column_ = divmod(place, COLUMNS)
        x, y = column_ * _ACROSS, row * row_height
        answer, share = (label, 1.0) if answers is None else answers[place]
        _draw_image(axes, image, (x, x + across, y + down, y), size, is_wrong=answer != label)
        _write(axes, x, y + down + _FIRST, spoken_class(pictured.names[label]), size)
        if answers is not None:
            text = percent(share)
            if answer != label:
                text = f"{_name(pictured.names, answer)}? {text}"
            _write(axes, x, y + down + _SECOND, text, size, answer=True, bold=answer != label)
    axes.set_xlim(-_MARGIN, COLUMNS * _ACROSS - _MARGIN)
    axes.set_ylim(rows * row_height - _MARGIN, -_MARGIN)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes


def _inches(ax: Axes) -> float:
    """How wide given axes are, or will be where the figure lays them out when it is drawn."""
    figure, place = ax.get_figure(root=True), ax.get_subplotspec()
    assert figure is not None
    if figure.get_layout_engine() is None or place is None:
        return float(ax.get_position().width * figure.get_figwidth())
    share = len(place.colspan) / place.get_gridspec().ncols
    return float(0.95 * share * figure.get_figwidth())


def _name(known: tuple[str, ...], number: int) -> str:
    return spoken_class(known[number] if number < len(known) else str(number))


def _write(ax: Axes, x: float, y: float, text: str, size: float, *, answer: bool = False, bold: bool = False) -> None:
    style: dict[str, Any] = {"color": INK_2 if answer and not bold else INK, "weight": "bold" if bold else "normal"}
    # a name may have "$" in it
    ax.text(x, y, text, fontsize=8 * size, va="top", ha="left", parse_math=False, **style)


def _draw_image(
    ax: Axes, image: NDArray[np.float64], extent: tuple[float, float, float, float], size: float, *, is_wrong: bool
) -> None:
    picture = image[0] if len(image) == 1 else image.transpose(1, 2, 0)
    ax.imshow(picture, cmap=GREY, vmin=0, vmax=1, extent=extent, interpolation="nearest", aspect="auto")
    left, right, bottom, top = extent
    gap = 0.03 if is_wrong else 0.0
    color, line = (INK, 1.6) if is_wrong else (HAIRLINE, 0.8)
    frame = Rectangle((left - gap, top - gap), right - left + 2 * gap, bottom - top + 2 * gap, fill=False)
    frame.set(edgecolor=color, linewidth=line * size, clip_on=False)
    ax.add_patch(frame)


# --- which images, and what they are -----------------------------------------------------------------------------


def _chosen(data: Any, labels: Any, classes: Sequence[str] | None, seed: int | None) -> _Choice:
    if is_trainer(data):
        data = data.dataset
    if isinstance(data, Dataset):
        msg = f"data must be images, not {data!r}; for points there is plot_dataset"
        raise TypeError(msg)
    if isinstance(data, ImageDataset):
        if labels is not None:
            msg = "an ImageDataset has its labels; give none beside it, or its x_test and y_test"
            raise TypeError(msg)
        places = _places(len(data.x_test), seed)
        known = data.class_names if classes is None else names("classes", classes, data.n_classes)
        inputs = data.x_test[places].astype(np.float32) / np.float32(data.scale)
        numbers = data.y_test[places, 0].astype(np.intp)
        return _Choice(Pictured(data.pixels("test", places) / 255, numbers, known), inputs)
    if labels is None:
        own = take_apart("data", data.dataset if isinstance(data, DataLoader) else data)
        data, labels, classes = own.images, own.labels, classes or own.names or None
    x = images_of("data", data)
    y = column("labels", labels)
    if len(x) != len(y):
        msg = f"data has {len(x)} images and labels has {len(y)}; they must be as many"
        raise ValueError(msg)
    all_numbers, known = _numbers(y, classes, x.shape[1:])
    places = _places(len(x), seed)
    chosen = x[places]
    is_whole = not np.issubdtype(chosen.dtype, np.floating)
    inputs = chosen.astype(np.float32) / np.float32(255 if is_whole and chosen.dtype != bool else 1)
    return _Choice(Pictured(_looked_at(inputs), all_numbers[places], known), inputs)


def _places(count: int, seed: int | None) -> NDArray[np.intp]:
    return np.random.default_rng(seed).permutation(count)[: ROWS * COLUMNS]


def _looked_at(inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Pixels as intensities from 0 to 1: as they are, or else between their least and their greatest value."""
    pixels = inputs.astype(np.float64)
    low, high = pixels.min(), pixels.max()
    if not np.isfinite([low, high]).all():
        msg = "data must be finite numbers, but an image has NaN or an infinite value"
        raise ValueError(msg)
    if low >= 0 and high <= 1:
        return pixels
    stretched: NDArray[np.float64] = (pixels - low) / (high - low if high > low else 1.0)
    return stretched


def _numbers(
    y: NDArray[Any], classes: Sequence[str] | None, shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Labels as numbers of classes, and the names of these."""
    known = () if classes is None else names("classes", classes, None)
    given = y.tolist()
    if all(isinstance(label, str) for label in given):
        known = known or tuple(sorted(set(given)))
        place = {name: number for number, name in enumerate(known)}
        numbers = [place.get(label, -1) for label in given]
    else:
        numbers = [_number(label) for label in given]
        most = max(numbers, default=0) + 1
        if not known:
            is_fashion = shape == _OF_FASHION and most <= len(FASHION_CLASSES)
            known = FASHION_CLASSES if is_fashion else tuple(map(str, range(most)))
    for row, number in enumerate(numbers):
        if not 0 <= number < len(known):
            msg = f"labels must be classes, {_all(known)}, but that of image {row} is {given[row]!r}"
            raise ValueError(msg)
    return np.array(numbers, dtype=np.intp), known


def _number(label: Any) -> int:
    """The number of a class, −1 for what is none."""
    is_number = isinstance(label, (int, float)) and math.isfinite(label) and label == int(label)
    return int(label) if is_number else -1


def _all(known: tuple[str, ...]) -> str:
    return f"0 to {len(known) - 1} ({', '.join(known[:10])}{', …' if len(known) > 10 else ''})"


def _answers(model: Callable[..., Any], device: torch.device | str | None, choice: _Choice) -> list[tuple[int, float]]:
    """For each image the class that a model takes it for, and with which probability."""
    parameter = next(model.parameters(), None) if isinstance(model, torch.nn.Module) else None
    dtype = torch.float32 if parameter is None else parameter.dtype
    if device is None and parameter is not None:
        device = parameter.device
    x = torch.from_numpy(choice.inputs).to(device=device, dtype=dtype)
    with evaluating(model):
        outputs = plain("the model's outputs", model(x)).astype(np.float64)
    if outputs.ndim != 2 or len(outputs) != len(x) or outputs.shape[1] < len(choice.pictured.names):
        wanted = f"({len(x)}, {len(choice.pictured.names)})"
        msg = f"the model must put out one number for each class, {wanted}, but it puts out {outputs.shape}"
        raise ValueError(msg)
    if not (outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=1e-4)):  # else they are probabilities
        outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs /= outputs.sum(axis=1, keepdims=True)
    return [(int(row.argmax()), float(row.max())) for row in outputs]
