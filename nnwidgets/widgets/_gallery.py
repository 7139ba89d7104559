"""Which images an image trainer shows: a choice of test images side by side, and one whose way is followed."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from nnwidgets._checks import whole
from nnwidgets.training.image_probes import predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnwidgets.images import ImageDataset
    from nnwidgets.training.experiment import Experiment

SHOWN = 28
LONGEST_NAME = 80


class Gallery:
    """Test images in an order of their own, of which those that fit are shown, 28 at a time.

    All methods are called in the training thread. What was chosen stays for as long as nobody asks for others: while
    the network learns, only the answers change.
    """

    def __init__(self) -> None:
        self.version = 0
        self.images: NDArray[np.int64] = np.zeros(0, np.int64)
        self._filter: tuple[bool, int | None, int | None] = (False, None, None)
        self._fitting = 0
        self._place = 0

    def choose(
        self, experiment: Experiment, *, wrong: bool, actual: int | None, predicted: int | None, others: bool
    ) -> None:
        """Take test images that fit: those that the network has wrong now, of a class, taken for a class.

        With `others` the next ones of them, where they are more than can be shown.
        """
        wanted = (wrong, actual, predicted)
        goes_on = others and wanted == self._filter
        fitting = _fitting(experiment, wrong=wrong, actual=actual, predicted=predicted)
        self._place = self._place + SHOWN if goes_on and len(fitting) > self._place + SHOWN else 0
        self._filter, self._fitting = wanted, len(fitting)
        self.images = fitting[self._place :][:SHOWN]
        self.version += 1

    def choose_again(self, experiment: Experiment) -> None:
        """The data are others."""
        self.choose(experiment, wrong=False, actual=None, predicted=None, others=False)

    def trait(self, dataset: ImageDataset) -> dict[str, Any]:
        """A `GalleryTrait`."""
        wrong, actual, predicted = self._filter
        return {
            "version": self.version,
            "wrong": wrong,
            "actual": actual,
            "predicted": predicted,
            "fitting": self._fitting,
            "images": self.images.tolist(),
            "labels": dataset.y_test[self.images, 0].astype(int).tolist(),
            "pixels": dataset.pixels("test", self.images).tobytes(),
        }


def _fitting(experiment: Experiment, *, wrong: bool, actual: int | None, predicted: int | None) -> NDArray[np.int64]:
    """The numbers of the test images that fit, in an order that is always the same and follows nothing."""
    targets = experiment.settings.dataset.y_test[:, 0].astype(np.int64)
    fits = np.ones(len(targets), dtype=bool)
    if actual is not None:
        fits &= targets == actual
    if wrong or predicted is not None:
        answers, _ = predictions(experiment)
        if wrong:
            fits &= answers != targets
        if predicted is not None:
            fits &= answers == predicted
    order = np.random.default_rng(0).permutation(len(targets))
    return order[fits[order]]


def checked_filter(content: dict[str, Any], n_classes: int) -> dict[str, Any]:
    """The arguments of `Gallery.choose` in a message. Raises `TypeError` or `ValueError` for anything else."""

    def class_(name: str) -> int | None:
        value = content.get(name)
        return None if value is None else whole(name, value, 0, n_classes - 1)

    flags = {name: content.get(name) is True for name in ("wrong", "others")}
    return flags | {name: class_(name) for name in ("actual", "predicted")}


class Chosen:
    """The image whose way through the network is shown. All methods are called in the training thread."""

    def __init__(self) -> None:
        self.version = 0
        self._source, self._name = "test", ""
        self._image: int | None = 0
        self._own: NDArray[np.uint8] | None = None

    def choose(self, dataset: ImageDataset, image: object) -> None:
        """A test image, by its number. Raises `TypeError` or `ValueError` if there is no such one."""
        self._image = whole("image", image, 0, len(dataset.x_test) - 1)
        self._source, self._name, self._own = "test", "", None
        self.version += 1

    def show(self, dataset: ImageDataset, content: dict[str, Any]) -> None:
        """An image of the reader's own, as a `ShowImageMessage` has it, or anything else.

        Raises:
            TypeError, ValueError: another source, or pixels that are not as many as the data's images have.
        """
        source, name = content.get("source"), content.get("name")
        if source not in ("drawn", "file") or not isinstance(name, str):
            raise ValueError("an image of one's own is drawn, or a file with a name")
        self._own = _decoded(content.get("pixels"), dataset.shape)
        self._source, self._name, self._image = source, name[:LONGEST_NAME], None
        self.version += 1

    def keep_within(self, dataset: ImageDataset) -> None:
        """The data are others, and may be fewer."""
        if self._image is not None and self._image >= len(dataset.x_test):
            self.choose(dataset, 0)

    def sample(self, dataset: ImageDataset) -> torch.Tensor:
        """The image as samples lie, `(1, channels, height, width)`."""
        if self._own is not None:
            return torch.from_numpy(dataset.samples(self._own))[None]
        assert self._image is not None
        return dataset.tensor("x_test")[self._image : self._image + 1]

    def trait(self, dataset: ImageDataset) -> dict[str, Any]:
        """A `ChosenTrait`."""
        image = self._image
        return {
            "version": self.version,
            "source": self._source,
            "name": self._name,
            "image": image,
            "label": None if image is None else int(dataset.y_test[image, 0]),
            "pixels": (dataset.pixels("test", [image or 0]) if self._own is None else self._own).tobytes(),
        }


def _decoded(text: object, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    count = int(np.prod(shape))
    if not isinstance(text, str) or len(text) > 2 * count + 8:
        raise ValueError(f"an image has {count} pixels here, as base64")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"these are no pixels in base64: {error}") from None
    if len(data) != count:
        raise ValueError(f"an image has {count} pixels here, {' × '.join(map(str, shape))}; got {len(data)}")
    return np.frombuffer(data, np.uint8).reshape(shape).copy()
