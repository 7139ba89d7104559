"""Which part of the plane is drawn, and small pictures of the data that can be generated."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nnwidgets.datasets import Dataset

Range = tuple[float, float]


def plane_range(dataset: Dataset, axes: tuple[int, int] = (0, 1)) -> tuple[Range, Range]:
    """The part of the plane of two columns to draw, as ``((x_low, x_high), (y_low, y_high))``.

    It is the dataset's own where it has one, else that of all samples with a margin.

    The margin is 8 % of the data's span and at least 0.1 (a quarter of the span, for data much smaller than that).
    Axes whose spans differ by less than a factor of 3 get equal spans, so that a circle looks round in a square.

    Example:
        >>> from nnwidgets.datasets import Dataset
        >>> square = Dataset("square", [[-1, -1], [1, 1]], [0, 1], [], [], ("0", "1"), ("x1", "x2"))
        >>> plane_range(square)
        ((-1.16, 1.16), (-1.16, 1.16))
    """
    if dataset.plane is not None and dataset.plane[0] == axes:
        return dataset.plane[1:]
    x = np.concatenate([dataset.x_train, dataset.x_test])[:, axes].astype(np.float64)
    low, high = x.min(axis=0), x.max(axis=0)
    span = high - low
    flat = span == 0
    if flat.all():
        span[:] = 1.0
    elif flat.any():
        span[flat] = span[~flat]
    span += 2 * np.maximum(0.08 * span, np.minimum(0.1, 0.25 * span))
    if span.max() < 3 * span.min():
        span[:] = span.max()
    centre = low + (high - low) / 2
    (x_low, y_low), (x_high, y_high) = (centre - span / 2).tolist(), (centre + span / 2).tolist()
    return (x_low, x_high), (y_low, y_high)


_THUMBNAIL_NOISE = {
    "circles": 0.07,
    "moons": 0.06,
    "gaussians": 0.05,
    "xor": 0.03,
    "spiral": 0.02,
    "rings": 0.05,
    "plane": 0.0,
    "hills": 0.0,
    "separable": 0.0,
    "narrow": 0.0,
    "overlapping": 0.0,
    "and_gate": 0.0,
    "or_gate": 0.0,
    "xor_gate": 0.0,
}
_THUMBNAIL_POINTS = {"spiral": 72, "rings": 72, "plane": 90, "hills": 160, "and_gate": 4, "or_gate": 4, "xor_gate": 4}


@cache
def thumbnails() -> Mapping[str, NDArray[np.float32]]:
    """A few samples of each of the `PLANAR` datasets, for small pictures: triples (x, y, class), scaled to [−1, 1]².

    Returns:
        name → read-only float32 array of shape ``(60 to 160, 3)``, of a gate ``(4, 3)``; y points upwards. Where values
        are to be predicted, they stand in place of the class.

    Example:
        >>> thumbnails()["spiral"].shape
        (72, 3)
    """
    from nnwidgets.datasets import make_planar

    pictures = {}
    for name, noise in _THUMBNAIL_NOISE.items():
        dataset = make_planar(name, _THUMBNAIL_POINTS.get(name, 60), noise, seed=5)
        ranges = np.array(plane_range(dataset))
        scaled = (dataset.x_train - ranges.mean(axis=1)) / (ranges[:, 1] - ranges[:, 0]) * 2
        picture = np.ascontiguousarray(np.hstack([scaled, dataset.y_train]), dtype=np.float32)
        picture.setflags(write=False)
        pictures[name] = picture
    return pictures
