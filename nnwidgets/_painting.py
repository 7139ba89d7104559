"""Points painted on the plane of a data set, and erased from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets._checks import plain, whole
from nnwidgets.datasets import DRAWING, MOST_CLASSES, Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

FARTHEST = 1e30  # that a point may be: the data are float32
MOST_PLACES = 10_000
MOST_SAMPLES = 1_000_000  # with what is painted
MOST_DISTANCES = 50_000_000  # that are measured for one stroke of the eraser

Axes = tuple[int, int]
Plane = tuple[tuple[float, float], tuple[float, float]]


def painted(
    dataset: Dataset, points: object, label: object, axes: Axes, plane: Plane | None, *, clear: bool = False
) -> Dataset:
    """The data with more training samples.

    Args:
        dataset: what is painted on; values to predict give way to two classes.
        points: ``(n, 2)`` on the plane; columns that are no axis get their median.
        label: their class; the number of classes there are so far begins another one.
        axes: the two columns that the points are of.
        plane: the part of their plane that is shown, and stays; None where it is not known.
        clear: the points take the place of all others.

    Raises:
        TypeError, ValueError: for points that are no finite numbers, or classes beyond the eighth.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> moons = make_planar("moons", n_samples=10)
        >>> painted(moons, [[0.0, 0.0]], 2, (0, 1), ((-2, 2), (-2, 2)))
        Dataset('drawing', 11 train, 0 test)
    """
    names = dataset.class_names
    if not names:
        names, clear = ("0", "1"), True
    index = whole("label", label, 0, min(len(names), MOST_CLASSES - 1))
    if index == len(names):
        names = (*names, _fresh_name(names))
    new = np.tile(np.median(dataset.x_train, axis=0).astype(np.float32), (len(_places(points)), 1))
    if len(new) + len(dataset.x_train) > MOST_SAMPLES:
        raise ValueError(f"nothing more can be painted: there are {len(dataset.x_train):,} samples already")
    new[:, axes] = _places(points)
    labels = np.full((len(new), 1), index, dtype=np.float32)
    rest = slice(0, 0) if clear else slice(None)
    return replace(
        dataset,
        x_train=np.concatenate([new, dataset.x_train[rest]]),  # first, as of many only the first ones are drawn
        y_train=np.concatenate([labels, dataset.y_train[rest]]),
        x_test=dataset.x_test[rest],
        y_test=dataset.y_test[rest],
        class_names=names,
        **_kind(dataset, axes, plane),
    )


def erased(dataset: Dataset, points: object, reach: object, axes: Axes, plane: Plane | None) -> Dataset:
    """The data without the samples within an ellipse around any of these places, of the half axes `reach`.

    The very same object comes back where there are none.

    Raises:
        TypeError, ValueError: for places that are no finite numbers, or if no training sample would be left.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> circles = make_planar("circles", noise=0.0)
        >>> erased(circles, [[0.0, 0.0]], (0.5, 0.5), (0, 1), ((-2, 2), (-2, 2)))
        Dataset('drawing', 250 train, 0 test)
    """
    places, radii = _places(points), _places([reach])[0]
    if not (radii > 0).all():
        msg = f"reach must be two numbers above 0, not {reach!r}"
        raise ValueError(msg)

    if len(places) * len(dataset.x_train) > MOST_DISTANCES:
        raise ValueError(f"these are too many points at a time for {len(dataset.x_train):,} samples: {len(places):,}")

    def stays(x: NDArray[np.float32]) -> NDArray[np.bool_]:
        kept = np.ones(len(x), dtype=bool)
        with np.errstate(over="ignore"):  # what is as far away as that stays
            for place in places:
                kept &= (((x[:, axes] - place) / radii) ** 2).sum(axis=1) > 1
        return kept

    train, test = stays(dataset.x_train), stays(dataset.x_test)
    if train.all() and test.all():
        return dataset
    if not train.any():
        raise ValueError("one training sample at least must stay")
    return replace(
        dataset,
        x_train=dataset.x_train[train],
        y_train=dataset.y_train[train],
        x_test=dataset.x_test[test],
        y_test=dataset.y_test[test],
        **_kind(dataset, axes, plane),
    )


def _places(points: object) -> NDArray[np.float64]:
    places = np.asarray(plain("points", points), dtype=np.float64)
    if len(places) > MOST_PLACES:
        raise ValueError(f"a stroke has at most {MOST_PLACES} points at a time, not {len(places)}")
    if places.ndim != 2 or places.shape[1] != 2 or len(places) == 0 or not (np.abs(places) < FARTHEST).all():
        msg = f"points must be finite numbers of shape (n, 2), not {places.shape}"
        raise ValueError(msg)
    return places


def _kind(dataset: Dataset, axes: Axes, plane: Plane | None) -> dict[str, Any]:
    """What the data are called then: the user's own stay that, generated ones become a drawing."""
    kept: dict[str, Any] = {"parameters": None, "plane": (axes, *plane) if plane else dataset.plane}
    return kept if dataset.parameters is None else kept | {"name": DRAWING, "label": "your drawing"}


def _fresh_name(names: tuple[str, ...]) -> str:
    return next(str(number) for number in range(len(names), 2 * MOST_CLASSES + 1) if str(number) not in names)
