"""Images in classes, as one `ImageDataset`: held once as bytes, and scaled only when a network gets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nnwidgets._checks import names, positive, targets
from nnwidgets._own_images import MOST_IMAGE_CLASSES, classes_of, hold_out, images_of, settled_images, take_apart

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from numpy.typing import NDArray

__all__ = ["MOST_IMAGE_CLASSES", "ImageDataset", "Part", "as_images", "spoken_class"]

Part = Literal["x_train", "y_train", "x_test", "y_test"]
_PARTS = ("x_train", "y_train", "x_test", "y_test")
_SEED = 0  # of the images that are held out where there are none for testing


@dataclass(frozen=True, eq=False, repr=False)
class ImageDataset:
    """Images of one size, each with its class, in a training and a test part of at least one image each.

    Attributes:
        name: short identifier, such as ``"fashion_mnist"``.
        x_train, x_test: ``(n, channels, height, width)``, grey (1 channel) or coloured (3). uint8 where all values are
            whole numbers from 0 to 255; otherwise float32.
        y_train, y_test: float32, ``(n, 1)``: the number of the class, 0, 1, …
        class_names: what the classes are called, 2 to 100.
        label: the name to show to readers; ``name`` when empty.
        scale: a network gets ``x.to(torch.float32) / scale``. 1 where the values are no whole numbers.
        parameters: how `nnwidgets.load_fashion_mnist` can load the data again, or None for a user's images.
        notice: what readers have to know about the data, one or two sentences; empty for nothing.

    Contiguous, writable uint8 or float32 values, of a NumPy array or a tensor on the CPU, are taken as they are and not
    copied; what is exposed are read-only views of them.

    Raises:
        TypeError: for values that are not numbers, or names that are not text.
        ValueError: for wrong shapes, unequal lengths, NaN or infinite values, labels that are no class's number, or
            test images of another size than the training images.

    Example:
        >>> x = np.zeros((3, 1, 28, 28), dtype=np.uint8)
        >>> data = ImageDataset("blank", x, [0, 1, 1], x[:1], [0], ("cat", "dog"))
        >>> data
        ImageDataset('blank', 3 train, 1 test, 28 × 28)
        >>> data.shape, data.n_classes, data.scale
        ((1, 28, 28), 2, 255.0)
        >>> data.tensor("x_train").data_ptr() == x.ctypes.data
        True
    """

    name: str
    x_train: NDArray[Any]
    y_train: NDArray[np.float32]
    x_test: NDArray[Any]
    y_test: NDArray[np.float32]
    class_names: tuple[str, ...]
    label: str = ""
    scale: float = 255.0
    parameters: Mapping[str, Any] | None = None
    notice: str = ""
    _held: dict[str, NDArray[Any]] = field(init=False)  # the arrays as tensors need them: writable

    def __post_init__(self) -> None:
        texts = (self.name, self.label, self.notice)
        if not all(isinstance(text, str) for text in texts):
            msg = f"name, label and notice must be text, not {', '.join(map(repr, texts))}"
            raise TypeError(msg)
        class_names = names("class_names", self.class_names, None)
        if not 2 <= len(class_names) <= MOST_IMAGE_CLASSES:
            msg = f"class_names must be 2 to {MOST_IMAGE_CLASSES} texts, but {len(class_names)} were given"
            raise ValueError(msg)
        x_train, x_test = settled_images(self.x_train, self.x_test)
        held = {"x_train": x_train, "x_test": x_test}
        for part in ("train", "test"):
            y = np.array(targets(f"y_{part}", getattr(self, f"y_{part}"), len(class_names)))
            if len(y) != len(held[f"x_{part}"]):
                images = f"x_{part} has {len(held[f'x_{part}'])} images"
                msg = f"{images} and y_{part} has {len(y)} labels; they must be as many"
                raise ValueError(msg)
            held[f"y_{part}"] = y
        scale = positive("scale", self.scale) if x_train.dtype == np.uint8 else 1.0
        settled: dict[str, Any] = {
            "label": self.label or self.name,
            "class_names": class_names,
            "scale": scale,
            "_held": held,
        }
        if self.parameters is not None:
            settled["parameters"] = dict(self.parameters)
        for part in _PARTS:
            settled[part] = held[part].view()
            settled[part].setflags(write=False)
        for name, value in settled.items():
            object.__setattr__(self, name, value)  # the only way to write a field of a frozen dataclass

    @property
    def task(self) -> Literal["classification"]:
        """``"classification"``, which images are always for."""
        return "classification"

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(channels, height, width)`` of an image."""
        channels, height, width = self.x_train.shape[1:]
        return channels, height, width

    @property
    def nbytes(self) -> int:
        """Memory that the arrays hold, in bytes."""
        return sum(getattr(self, part).nbytes for part in _PARTS)

    @property
    def value_range(self) -> tuple[float, float]:
        """Bounds of what is predicted, which are probabilities."""
        return 0.0, 1.0

    @property
    def feature_names(self) -> tuple[str, ...]:
        """No pixel has a name."""
        return ()

    @property
    def plane(self) -> None:
        """Images do not lie on a plane."""
        return

    def tensor(self, part: Part) -> torch.Tensor:
        """One of the four arrays as a tensor that shares its memory: to be read, not to be written to.

        Args:
            part: ``"x_train"``, ``"y_train"``, ``"x_test"`` or ``"y_test"``.

        Raises:
            ValueError: for any other part.

        Example:
            >>> images = np.zeros((2, 1, 8, 8), dtype=np.uint8)
            >>> ImageDataset("blank", images, [0, 1], images, [0, 1], ("cat", "dog")).tensor("y_test").tolist()
            [[0.0], [1.0]]
        """
        import torch

        if part not in _PARTS:
            msg = f"part must be one of {', '.join(map(repr, _PARTS))}, not {part!r}"
            raise ValueError(msg)
        return torch.from_numpy(self._held[part])

    def pixels(self, part: Literal["train", "test"], numbers: Sequence[int] | NDArray[np.integer]) -> NDArray[np.uint8]:
        """Images to look at: uint8 ``(len(numbers), channels, height, width)``, 255 being full intensity.

        Float images are shown as they are from 0 to 1, or else from the least value of the training images to the
        greatest.

        Example:
            >>> images = np.full((2, 1, 1, 2), 8, dtype=np.uint8)
            >>> data = ImageDataset("grey", images, [0, 1], images, [0, 1], ("cat", "dog"), scale=16.0)
            >>> data.pixels("test", [1]).tolist()
            [[[[128, 128]]]]
        """
        chosen = np.ascontiguousarray(getattr(self, f"x_{part}")[np.asarray(numbers, dtype=np.intp)])
        if chosen.dtype == np.uint8 and self.scale == 255.0:
            return chosen
        low, high = (0.0, self.scale) if chosen.dtype == np.uint8 else self._float_range
        share = (chosen.astype(np.float64) - low) / (high - low)
        return np.floor(share.clip(0, 1) * 255 + 0.5).astype(np.uint8)

    def samples(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """The way back from `pixels`: images to look at, as those of the training set lie.

        Example:
            >>> images = np.full((2, 1, 1, 2), 8, dtype=np.uint8)
            >>> data = ImageDataset("grey", images, [0, 1], images, [0, 1], ("cat", "dog"), scale=16.0)
            >>> data.samples(data.pixels("test", [1])).tolist()
            [[[[8, 8]]]]
        """
        low, high = (0.0, self.scale) if self.x_train.dtype == np.uint8 else self._float_range
        values = pixels / 255 * (high - low) + low
        return np.rint(values).astype(np.uint8) if self.x_train.dtype == np.uint8 else values.astype(np.float32)

    @cached_property
    def _float_range(self) -> tuple[float, float]:
        low, high = float(self.x_train.min()), float(self.x_train.max())
        return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high if high > low else low + 1)

    def same_as(self, other: object) -> bool:
        """Whether ``other`` is an image dataset with the same names, the same scale and bit-identical arrays.

        Example:
            >>> images = np.zeros((2, 1, 8, 8), dtype=np.uint8)
            >>> one, two = (ImageDataset("blank", images, y, images, y, ("cat", "dog")) for y in ([0, 1], [1, 1]))
            >>> one.same_as(one), one.same_as(two)
            (True, False)
        """
        if self is other:
            return True
        if not isinstance(other, ImageDataset):
            return False
        named = ("name", "class_names", "label", "scale", "parameters")
        return all(getattr(self, name) == getattr(other, name) for name in named) and all(
            np.array_equal(getattr(self, part), getattr(other, part)) for part in _PARTS
        )

    def __repr__(self) -> str:
        channels, height, width = self.shape
        size = f"{height} × {width}" + (f" × {channels}" if channels > 1 else "")
        return f"ImageDataset({self.name!r}, {len(self.x_train)} train, {len(self.x_test)} test, {size})"

    def __reduce__(self) -> tuple[type[ImageDataset], tuple[Any, ...]]:
        # NumPy's copies and pickles come back writable; going through the constructor keeps the promise.
        arrays = tuple(self._held[part] for part in _PARTS)
        rest = (self.class_names, self.label, self.scale, self.parameters, self.notice)
        return ImageDataset, (self.name, *arrays, *rest)


def as_images(train: object, test: object = None, classes: Sequence[str] | None = None) -> ImageDataset:
    """Whatever holds images in classes, as an `ImageDataset`.

    Args:
        train: an `ImageDataset`, returned as it is; or a dataset of torchvision or any other whose items are
            ``(image, label)``; or arrays or tensors ``(X, y)``, ``X`` being ``(n, height, width)`` or ``(n, channels,
            height, width)``, or ``(n, height, width, 3)``; or a bunch of scikit-learn's with ``images`` and
            ``target``, such as ``load_digits()``.
        test: images for testing, of the same kinds. None holds a sixth of each class's training images out, drawn by
            a fixed seed, which ``notice`` says.
        classes: what the classes are called, in the order of their numbers; None takes the names that the data have,
            else the labels themselves.

    Of torchvision's MNIST and CIFAR10 and their kin, without a transform or with one that only makes tensors
    (`ToTensor`), the pixels are used where they lie. Other datasets are read once, item by item: a random transform is
    drawn once. Pixels that are whole numbers stay bytes, and ``scale`` is the least of 1, 16 and 255 that they do not
    exceed (of datasets always 255); others are used as they are.

    Raises:
        TypeError: for data of another kind, or pixels that are not numbers.
        ValueError: for wrong shapes, images of several sizes, NaN, labels that are no class's, unequal lengths, or a
            single class.

    Example:
        >>> from sklearn.datasets import load_digits
        >>> digits = as_images(load_digits())
        >>> digits, digits.scale
        (ImageDataset('data', 1498 train, 299 test, 8 × 8), 16.0)
        >>> as_images((np.random.default_rng(0).random((6, 8, 8)), ["cat", "dog"] * 3)).class_names
        ('cat', 'dog')
    """
    if classes is not None:
        classes = names("classes", classes, None)
    if isinstance(train, ImageDataset):
        if test is not None:
            msg = "an ImageDataset has its own test images; give no test beside it"
            raise TypeError(msg)
        if classes is None:
            return train
        fields: dict[str, Any] = {"class_names": tuple(classes), "parameters": None, **train._held}
        return replace(train, **fields)
    own = take_apart("train", train)
    rest = None if test is None else _taken("test", test)
    labels, class_names = classes_of(own, rest, classes)
    notice = ""
    x_train, y_train = images_of("x_train", own.images), labels[0]
    if rest is not None:
        x_test, y_test = images_of("x_test", rest.images), labels[1]
    else:
        if len(x_train) != len(y_train):
            msg = f"x_train has {len(x_train)} images and y_train has {len(y_train)} labels; they must be as many"
            raise ValueError(msg)
        held_out = hold_out(y_train, _SEED)
        x_train, x_test = x_train[~held_out], x_train[held_out]
        y_train, y_test = y_train[~held_out], y_train[held_out]
        notice = (
            f"No test images were given: {len(y_test):,} of {len(labels[0]):,} images, a sixth of each class drawn at "
            "random, are held out for testing."
        )
    return ImageDataset(
        name=own.name or "data",
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        class_names=class_names,
        label=own.name or "your data",
        scale=255.0 if own.of_bytes else _scale(x_train, x_test),
        notice=notice,
    )


def _taken(field: str, value: object) -> Any:
    if isinstance(value, ImageDataset):
        msg = f"{field} is an ImageDataset, which has training images too; give its x_test and y_test as a pair"
        raise TypeError(msg)
    return take_apart(field, value)


def _scale(*parts: NDArray[Any]) -> float:
    """Full intensity: 1 of masks, 16 of scikit-learn's digits, 255 of everything else."""
    brightest = max((float(part.max()) for part in parts if part.size), default=255.0)
    return next((scale for scale in (1.0, 16.0) if brightest <= scale), 255.0)


def spoken_class(name: str) -> str:
    """What a class is called beside numbers, for one of which its name might be taken.

    Example:
        >>> spoken_class("9"), spoken_class("deer")
        ('class 9', 'deer')
    """
    return f"class {name}" if name.isdecimal() else name
