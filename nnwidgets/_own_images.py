"""Images as people have them (datasets of torchvision, arrays, bunches), taken apart and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnwidgets._checks import column, plain

MOST_IMAGE_CLASSES = 100

_COLOURED = 3
_CHANNELS = (1, _COLOURED)
_FEWEST_CLASSES = 2
_CHUNK = 1024  # images looked at together: copies of all of them would need their memory several times
_HELD_OUT = 6  # one of so many images is for testing

_SHAPES = "(n, height, width) or (n, channels, height, width) with 1 or 3 channels"
_KINDS = (
    "an ImageDataset, a dataset of (image, label) such as torchvision's, arrays (X, y), or a bunch of scikit-learn's "
    "with images and target"
)


class OwnImages(NamedTuple):
    """Images of any layout with their labels; `names` and `name` are what the data say of themselves, if they do.

    `of_bytes` says that 255 is full intensity, also where no image is so bright.
    """

    images: Any
    labels: NDArray[Any]
    names: tuple[str, ...] = ()
    name: str = ""
    of_bytes: bool = False


# --- where images come from --------------------------------------------------------------------------------------


def take_apart(field: str, value: Any) -> OwnImages:
    """Images and labels of arrays, of a dataset of items, or of a bunch.

    Raises:
        TypeError, ValueError: it is none of these, or lacks something.
    """
    if isinstance(value, Mapping):
        return _bunch(field, value)
    if isinstance(value, (tuple, list)):
        if len(value) != len(("X", "y")):
            msg = f"{field} has {len(value)} items; arrays are given as a pair (X, y)"
            raise ValueError(msg)
        return OwnImages(value[0], _labels(field, value[1]))
    if hasattr(value, "dataset") and hasattr(value, "batch_size"):
        msg = f"{field} is a loader of batches; give the dataset that it loads, {field}.dataset"
        raise TypeError(msg)
    is_array = hasattr(value, "dtype") and hasattr(value, "shape")
    if is_array or isinstance(value, str) or not (hasattr(value, "__getitem__") and hasattr(value, "__len__")):
        given = f"an array of shape {tuple(value.shape)} without labels" if is_array else type(value).__name__
        msg = f"{field} must be {_KINDS}, not {given}"
        raise TypeError(msg)
    return _dataset(field, value)


def _bunch(field: str, bunch: Mapping[str, Any]) -> OwnImages:
    if "images" not in bunch or "target" not in bunch:
        msg = f"{field} must have 'images' and 'target', as load_digits() has; it has {', '.join(map(repr, bunch))}"
        raise ValueError(msg)
    y = _labels(field, bunch["target"])
    texts = bunch.get("target_names")
    named = tuple(map(str, () if texts is None else texts)) if np.issubdtype(y.dtype, np.integer) else ()
    return OwnImages(bunch["images"], y, named)


def _labels(field: str, value: Any) -> NDArray[Any]:
    return column(f"y_{field}", value)


def _dataset(field: str, dataset: Any) -> OwnImages:
    name, names = type(dataset).__name__, _class_names(dataset)
    if len(dataset) == 0:
        msg = f"{field} has no images; it needs at least 1"
        raise ValueError(msg)
    if _is_of(dataset, "torch.utils.data.dataset", "TensorDataset") and len(dataset.tensors) == len(("X", "y")):
        return OwnImages(dataset.tensors[0], _labels(field, dataset.tensors[1]))
    if _is_of(dataset, "torch.utils.data.dataset", "Subset") and _holds_bytes(dataset.dataset):
        chosen = np.asarray(dataset.indices, dtype=np.intp)
        data, y = plain(field, dataset.dataset.data), _labels(field, dataset.dataset.targets)
        return OwnImages(data[chosen], y[chosen], names, type(dataset.dataset).__name__, of_bytes=True)
    if _holds_bytes(dataset):
        return OwnImages(dataset.data, _labels(field, dataset.targets), names, name, of_bytes=True)
    images, labels = _read(field, dataset)
    return OwnImages(images, labels, names, name, of_bytes=images.dtype == np.uint8)


def _is_of(value: Any, module: str, *names: str) -> bool:
    """Whether the items of a dataset are read as a class of a library does; the library is not imported."""
    read = type(value).__getitem__
    return read.__module__ == module and read.__qualname__.split(".")[0] in names


def _holds_bytes(dataset: Any) -> bool:
    """Whether a dataset's items are its `data` and `targets`, at most made tensors of."""
    known = _is_of(dataset, "torchvision.datasets.mnist", "MNIST")
    known = known or _is_of(dataset, "torchvision.datasets.cifar", "CIFAR10")
    if not known or dataset.target_transform is not None or len(np.shape(dataset.targets)) != 1:
        return False
    return dataset.transform is None or _makes_tensors(dataset.transform)


def _makes_tensors(transform: Any) -> bool:
    """Whether a transform of torchvision's does nothing but make of bytes a tensor from 0 to 1."""
    if not type(transform).__module__.startswith("torchvision.transforms."):
        return False
    steps = list(transform.transforms) if type(transform).__name__ == "Compose" else [transform]
    kinds = [type(step).__name__ for step in steps]
    if kinds == ["ToTensor"]:
        return True
    if kinds != ["ToImage", "ToDtype"]:
        return False
    return bool(steps[1].scale) and str(steps[1].dtype) == "torch.float32"


def _class_names(dataset: Any) -> tuple[str, ...]:
    while _is_of(dataset, "torch.utils.data.dataset", "Subset"):
        dataset = dataset.dataset
    found = getattr(dataset, "classes", None)
    if isinstance(found, (list, tuple)) and all(isinstance(name, str) for name in found):
        return tuple(found)
    return ()


def _read(field: str, dataset: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Every item of a dataset once, into arrays of the size that the first one has."""
    images: NDArray[Any] | None = None
    labels: list[Any] = []
    for number in range(len(dataset)):
        try:
            image, label = dataset[number]
        except (TypeError, ValueError) as error:
            msg = f"items of {field} must be (image, label), but item {number} cannot be read so: {error}"
            raise TypeError(msg) from error
        pixels = _pixels(field, number, image)
        if images is None:
            dtype = np.uint8 if pixels.dtype in {np.dtype(np.uint8), np.dtype(bool)} else np.float32
            images = np.empty((len(dataset), *pixels.shape), dtype=dtype)
        if pixels.shape != images.shape[1:]:
            raise _mixed(field, 0, images.shape[1:], number, pixels.shape)
        images[number] = pixels
        labels.append(label.item() if hasattr(label, "item") else label)
    assert images is not None
    return images, _labels(field, labels)


def _pixels(field: str, number: int, image: Any) -> NDArray[Any]:
    mode = getattr(image, "mode", "")  # a picture of Pillow's: palettes and masks are what they look like
    if mode and mode not in {"L", "RGB", "F", "I", "I;16"} and hasattr(image, "convert"):
        image = image.convert("L" if mode in {"1", "LA"} else "RGB")
    pixels = plain(f"image {number} of {field}", image)
    if pixels.dtype == object or pixels.ndim not in {2, 3}:
        msg = (
            f"image {number} of {field} must be a picture or an array of 2 or 3 axes, "
            f"not {type(image).__name__} of shape {pixels.shape}"
        )
        raise TypeError(msg)
    return pixels


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _mixed(field: str, one: int, size: tuple[int, ...], other: int, another: tuple[int, ...]) -> ValueError:
    msg = (
        f"the images of {field} must be of one size, but image {one} is {_size(size)} and image {other} is "
        f"{_size(another)}; resize them first, with torchvision.transforms.Resize for instance"
    )
    return ValueError(msg)


# --- images ------------------------------------------------------------------------------------------------------


def images_of(field: str, value: Any) -> NDArray[Any]:
    """Images of any of the layouts as ``(n, channels, height, width)``, not copied where they lie so."""
    x = _table(field, value)
    if x.ndim == len(("n", "height", "width")):
        x = x[:, None]
    elif (
        x.ndim == len(("n", "channels", "height", "width")) and x.shape[1] not in _CHANNELS and x.shape[3] in _CHANNELS
    ):
        x = x.transpose(0, 3, 1, 2)
    _check_shape(field, x.shape, _SHAPES, np.shape(x))
    return x


def _table(field: str, value: Any) -> NDArray[Any]:
    """Numbers in an array, at best the one that was given."""
    if isinstance(value, (list, tuple)) and value and all(hasattr(image, "__array__") for image in value):
        value = [plain(f"{field}[{number}]", image) for number, image in enumerate(value)]
        for number, image in enumerate(value):
            if image.shape != value[0].shape:
                raise _mixed(field, 0, value[0].shape, number, image.shape)
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        # NumPy would read a dataset to its end
        msg = f"{field} must hold numbers, in an array, a tensor or a list, not {type(value).__name__}"
        raise TypeError(msg)
    x = plain(field, value)
    if x.dtype == object and x.ndim == 1 and len(x) and all(hasattr(image, "shape") for image in x):
        return _table(field, list(x))
    if x.dtype != bool and not np.issubdtype(x.dtype, np.number):
        msg = f"{field} must hold numbers, not {x.dtype}"
        raise TypeError(msg)
    if np.iscomplexobj(x):
        msg = f"{field} must hold real numbers, not {x.dtype}"
        raise TypeError(msg)
    return x


def _check_shape(field: str, shape: tuple[int, ...], allowed: str, given: tuple[int, ...]) -> None:
    if len(shape) != len(("n", "channels", "height", "width")) or shape[1] not in _CHANNELS or 0 in shape[2:]:
        msg = f"{field} must have shape {allowed}, not {given}"
        if len(shape) == len(("n", "pixels")):
            side = round(shape[1] ** 0.5)
            if side * side == shape[1]:
                msg += f"; rows of pixels become images with {field}.reshape(-1, {side}, {side})"
        raise ValueError(msg)
    if shape[0] == 0:
        msg = f"{field} has no images; it needs at least 1"
        raise ValueError(msg)


def settled_images(x_train: Any, x_test: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both parts of an `ImageDataset`: bytes if all values are, else float32; contiguous and writable.

    Raises:
        TypeError, ValueError: they are no images, or not of one size.
    """
    parts = []
    for field, value in (("x_train", x_train), ("x_test", x_test)):
        x = _table(field, value)
        _check_shape(field, x.shape, "(n, channels, height, width) with 1 or 3 channels", x.shape)
        parts.append(x)
    train, test = parts
    if train.shape[1:] != test.shape[1:]:
        sizes = f"{_size(train.shape[1:])} and those of x_test are {_size(test.shape[1:])}"
        msg = f"images must be of one size, but those of x_train are {sizes} (channels × height × width)"
        raise ValueError(msg)
    for field, x in zip(("x_train", "x_test"), parts, strict=True):
        _check_finite(field, x)
    dtype = np.uint8 if _are_bytes(train) and _are_bytes(test) else np.float32
    settled = [_held(field, x, dtype) for field, x in zip(("x_train", "x_test"), parts, strict=True)]
    return settled[0], settled[1]


def _check_finite(field: str, x: NDArray[Any]) -> None:
    if not np.issubdtype(x.dtype, np.floating):
        return
    greatest = np.finfo(np.float32).max
    for start in range(0, len(x), _CHUNK):
        chunk = x[start : start + _CHUNK]
        # NaN is not within any bounds
        bad = np.flatnonzero(~((chunk >= -greatest) & (chunk <= greatest)).all(axis=(1, 2, 3)))
        if len(bad):
            image = chunk[bad[0]]
            value = image[~((image >= -greatest) & (image <= greatest))][0].item()
            msg = f"{field} must be finite numbers of float32, but image {start + bad[0]} has a {value}"
            raise ValueError(msg)


def _are_bytes(x: NDArray[Any]) -> bool:
    """Whether all values are whole numbers from 0 to 255."""
    if x.dtype in {np.dtype(np.uint8), np.dtype(bool)}:
        return True
    is_whole = np.issubdtype(x.dtype, np.integer)
    for start in range(0, len(x), _CHUNK):
        chunk = x[start : start + _CHUNK]
        if chunk.min() < 0 or chunk.max() > 255 or not (is_whole or (chunk == np.floor(chunk)).all()):
            return False
    return True


def _held(field: str, x: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """The values themselves if they can be kept as they are, else a copy."""
    if x.dtype == dtype and x.flags.c_contiguous and x.flags.writeable and x.flags.aligned and type(x) is np.ndarray:
        return x
    try:
        return np.array(x, dtype=dtype, order="C", subok=False)
    except MemoryError as error:
        needed = x.size * np.dtype(dtype).itemsize / 1e9
        msg = f"{field} needs {needed:.1f} GB of memory as {np.dtype(dtype).name}, which are not there"
        raise MemoryError(msg) from error


# --- labels ------------------------------------------------------------------------------------------------------


def classes_of(
    train: OwnImages, test: OwnImages | None, classes: Sequence[str] | None
) -> tuple[list[NDArray[np.float32]], tuple[str, ...]]:
    """Labels of any kind as the numbers of classes, and what the classes are called.

    Raises:
        TypeError, ValueError: labels are missing, or no class's, or of one class only.
    """
    given = {"y_train": _plain_labels("y_train", train.labels)}
    if test is not None:
        given["y_test"] = _plain_labels("y_test", test.labels)
    found = {label for labels in given.values() for label in labels}
    known = tuple(classes) if classes is not None else train.names
    numbers = all(isinstance(label, int) for label in found)
    if known and numbers:
        order: list[Any] = list(range(len(known)))
    elif known and found <= set(known):
        order = list(known)
    elif classes is not None:
        order = list(known)  # something is no class, which is said below
    else:
        order = sorted(found, key=(None if numbers or all(isinstance(label, str) for label in found) else str))
        known = tuple(map(str, order))
    _check_classes(given, order, known)
    code = {label: np.float32(number) for number, label in enumerate(order)}
    return [np.array([code[label] for label in labels], dtype=np.float32) for labels in given.values()], known


def _check_classes(given: dict[str, list[Any]], order: list[Any], known: tuple[str, ...]) -> None:
    for field, labels in given.items():
        if not labels:
            msg = f"{field} has no labels; it needs one for each image"
            raise ValueError(msg)
        there = set(order)
        for row, label in enumerate(labels):
            if label not in there:
                allowed = f"from 0 to {len(known) - 1}" if isinstance(label, int) else ", ".join(map(repr, known[:10]))
                msg = f"{field} must hold a class {allowed} for each image, but that of image {row} is {label!r}"
                raise ValueError(msg)
    if not _FEWEST_CLASSES <= len(known) <= MOST_IMAGE_CLASSES:
        some = f" ({', '.join(map(repr, known[:10]))}{', …' if len(known) > 10 else ''})" if known else ""
        msg = f"images must be of 2 to {MOST_IMAGE_CLASSES} classes, not of {len(known)}{some}"
        raise ValueError(msg)
    if len(set(given["y_train"])) < _FEWEST_CLASSES:
        msg = f"y_train must hold at least 2 classes, but every label is {given['y_train'][0]!r}"
        raise ValueError(msg)


def _plain_labels(field: str, labels: NDArray[Any]) -> list[Any]:
    """Labels as whole numbers or texts."""
    settled: list[Any] = []
    for row, label in enumerate(labels.tolist()):
        if isinstance(label, float) and label.is_integer():
            settled.append(int(label))
        elif isinstance(label, (str, bool, Integral)):
            settled.append(label if isinstance(label, str) else int(label))
        else:
            msg = f"{field} must hold whole numbers or texts, one class for each image, but that of {row} is {label!r}"
            raise ValueError(msg)
    return settled


def hold_out(y: NDArray[np.float32], seed: int) -> NDArray[np.bool_]:
    """Which images are for testing: a sixth of each class, at least one where there are two, drawn by a seed."""
    generator = np.random.default_rng(seed)
    test = np.zeros(len(y), dtype=bool)
    for number in np.unique(y):
        places = generator.permutation(np.flatnonzero(y == number))
        if len(places) > 1:
            test[places[: max(1, round(len(places) / _HELD_OUT))]] = True
    if not test.any():
        msg = "train has one image of each class: none can be held out for testing, so give test images"
        raise ValueError(msg)
    return test
