"""Pictures that are compared with kept ones, in the folder `images`.

``python -m tests.unit.images`` draws the kept ones anew; look at each before it is committed. Text is left out, as
fonts and their rendering differ from machine to machine: what is written is tested on its own.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from nnwidgets import plot_activation_function, plot_dataset, plot_decision_boundary, plot_fashion_images, plot_loss_acc
from nnwidgets.datasets import make_planar
from nnwidgets.figures.images import image_figure
from nnwidgets.figures.planar import planar_figure
from nnwidgets.images import ImageDataset
from nnwidgets.networks import build_mlp

KEPT = Path(__file__).with_name("images")
DPI = 50
TILE = 20  # pixels
MOST = 8.0
"""The greatest `difference` that is no change: edges are smoothed by a little more or less from release to release."""


def _weighted(model, *tensors):
    with torch.no_grad():
        for parameter, values in zip(model.parameters(), tensors, strict=True):
            parameter.copy_(torch.tensor(values))
    return model


def ring():
    """A network whose boundary is a closed curve: high in the middle."""
    weights = [[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]]
    return _weighted(build_mlp(2, (3,)), weights, [1.0, 1.0, 1.0], [[2.5, 2.5, 2.5]], [-4.0])


def fans():
    """Logits of five classes, one in each direction."""
    angles = 2 * np.pi * np.arange(5) / 5
    return _weighted(nn.Sequential(nn.Linear(2, 5)), 3 * np.stack([np.cos(angles), np.sin(angles)], 1), np.zeros(5))


def slope():
    return _weighted(nn.Sequential(nn.Linear(2, 1)), [[0.8, 0.3]], [0.1])


class Answers(nn.Module):
    """Takes images for the class that is the place of their brightest row."""

    def forward(self, x):
        return 6 * x.mean(dim=(1, 3))[:, ::4]


def _images():
    x = np.zeros((28, 1, 16, 16), dtype=np.uint8)
    y = np.arange(28) % 4
    for number in range(28):
        row = 4 * (y[number] if number % 5 else (number // 5 + 1) % 4)
        x[number, 0, row : row + 4, : 4 + number % 12] = 90 + 6 * number
    return ImageDataset("rows", x[:4], y[:4], x, y, tuple("abcd"))


CIRCLES = make_planar("circles", 80, seed=1, test_share=0.25)
RINGS = make_planar("rings", 100, seed=1, n_classes=5, test_share=0.2)
HILLS = make_planar("hills", 80, seed=1, test_share=0.25)
HISTORY = {
    "loss": [0.9, 0.6, 0.45, 0.36, 0.31],
    "accuracy": [0.5, 0.7, 0.78, 0.84, 0.86],
    "test_loss": [0.95, None, 0.6, None, 0.42],
    "test_accuracy": [0.48, None, 0.7, None, 0.8],
}
CONFUSION = np.array([[20, 12, 0, 0], [3, 30, 0, 1], [0, 0, 25, 8], [0, 2, 15, 18]])

PICTURES = {
    "dataset-two": lambda: plot_dataset(CIRCLES),
    "dataset-many": lambda: plot_dataset(RINGS),
    "dataset-values": lambda: plot_dataset(HILLS),
    "boundary-two": lambda: plot_decision_boundary(ring(), CIRCLES),
    "boundary-many": lambda: plot_decision_boundary(fans(), RINGS, takes="logit"),
    "boundary-values": lambda: plot_decision_boundary(slope(), HILLS),
    "activation-tanh": lambda: plot_activation_function("tanh"),
    "activation-relu": lambda: plot_activation_function("relu"),
    "loss-acc": lambda: plot_loss_acc(HISTORY),
    "loss-alone": lambda: plot_loss_acc({"loss": HISTORY["loss"]}),
    "loss-point": lambda: plot_loss_acc({"loss": [0.7], "acc": [60.0]}),
    "fashion": lambda: plot_fashion_images(_images(), seed=0),
    "fashion-answers": lambda: plot_fashion_images(_images(), seed=0, model=Answers()),
    "planar": lambda: planar_figure(ring(), CIRCLES, history=HISTORY),
    "planar-many": lambda: planar_figure(fans(), RINGS, history=HISTORY, takes="logit"),
    "images": lambda: image_figure(Answers(), _images(), CONFUSION, history=HISTORY),
}
"""What is compared, by the names of the files: each gives axes or a figure."""


def render(name: str) -> NDArray[np.uint8]:
    """A picture without what is written in it: ``(height, width, 3)``."""
    with mpl.rc_context({**mpl.rcParamsDefault, "backend": "Agg"}), warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = PICTURES[name]()
        figure = drawn if isinstance(drawn, Figure) else drawn.figure
        for ax in figure.axes:
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_formatter(NullFormatter())
        for text in figure.findobj(Text):
            text.set_text("")
        figure.set_dpi(DPI)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]


def kept(name: str) -> NDArray[np.uint8]:
    """The picture as it should be."""
    with Image.open(KEPT / f"{name}.png") as image:
        return np.array(image.convert("RGB"))


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """How far two pictures of one size are apart, 0 to 255: the root mean square of the tile where it is greatest."""
    squares = ((one.astype(float) - other) ** 2).mean(axis=2)
    height, width = (-(-side // TILE) * TILE for side in squares.shape)
    padded = np.zeros((height, width))
    padded[: squares.shape[0], : squares.shape[1]] = squares
    tiles = padded.reshape(height // TILE, TILE, width // TILE, TILE).mean(axis=(1, 3))
    return float(np.sqrt(tiles.max()))


def write(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture as a small PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, optimize=True)


def compared(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two pictures side by side, and where they differ as dark as they do; white where only one of them is."""
    height, width = (max(one.shape[axis], other.shape[axis]) for axis in (0, 1))
    both = np.full((2, height, width, 3), 255, dtype=np.uint8)
    for place, picture in zip(both, (one, other), strict=True):
        place[: picture.shape[0], : picture.shape[1]] = picture
    return np.hstack([*both, 255 - np.abs(both[0].astype(int) - both[1]).astype(np.uint8)])


if __name__ == "__main__":
    for each in PICTURES:
        write(KEPT / f"{each}.png", render(each))
