"""Fashion-MNIST: 70,000 pictures of clothes in ten classes, from disk, the network, or a tenth of them from here."""

from __future__ import annotations

import errno
import http.client
import socket
import tempfile
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from nnwidgets._checks import one_of
from nnwidgets._idx import read_idx
from nnwidgets.images import ImageDataset

if TYPE_CHECKING:
    import os

__all__ = ["BUNDLED", "FASHION_CLASSES", "FULL", "Source", "load_fashion_mnist"]

FASHION_CLASSES = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot")

Source = Literal["auto", "full", "bundled"]

FULL = (60_000, 10_000)
"""Training and test images of the full data."""

BUNDLED = (6_000, 1_000)
"""Training and test images that come with this package, a tenth of each class."""

_SIDE = 28
_FOLDER = Path("FashionMNIST", "raw")  # where torchvision puts its files, and finds them
_DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist
_HERE = Path(__file__).parent / "data" / "fashion_mnist"
_PATIENCE = 10.0  # seconds for which a server may be silent
_LONGEST = 300  # characters of a reason: torchvision's may be pages
_FAILURES = (OSError, RuntimeError, ValueError, EOFError, zlib.error, http.client.HTTPException, ImportError)


class _Arrays(NamedTuple):
    x_train: NDArray[np.uint8]
    y_train: NDArray[Any]
    x_test: NDArray[np.uint8]
    y_test: NDArray[Any]


def load_fashion_mnist(
    root: str | os.PathLike[str] = "data", *, source: Source = "auto", download: bool = True
) -> ImageDataset:
    """Fashion-MNIST of Xiao, Rasul and Vollgraf (2017, https://arxiv.org/abs/1708.07747), 28 × 28 grey pixels.

    It is taken from the first of these that has it: ``root``, as `torchvision.datasets.FashionMNIST` keeps it there;
    Debian's package ``dataset-fashion-mnist``; torchvision's download into ``root``; and the part that comes with
    nnwidgets, the first 600 training and 100 test images of each class. What is amiss is said in ``notice``.

    Args:
        root: the folder that has or gets the folder ``FashionMNIST/raw``.
        source: ``"auto"``; ``"full"`` for all images or an error; ``"bundled"`` for the part that comes along.
        download: whether the network may be asked.

    Raises:
        OSError: all images are wanted and cannot be had; the text says why.
        ValueError: for an unknown ``source``.

    Example:
        >>> data = load_fashion_mnist(source="bundled")
        >>> data
        ImageDataset('fashion_mnist', 6000 train, 1000 test, 28 × 28)
        >>> data.class_names[9], data.x_train.dtype
        ('Boot', dtype('uint8'))
    """
    one_of("source", source, get_args(Source))
    home = Path(root).expanduser()
    if source == "bundled":
        return _dataset(_read(_HERE, BUNDLED), "bundled", root, f"{_PART}.")
    arrays, troubles = _full(home, download=download)
    if arrays is not None:
        return _dataset(arrays, "full", root, " ".join(f"Passed over: {trouble}." for trouble in troubles))
    if source == "full":
        msg = f"Fashion-MNIST cannot be had in full: {'; '.join(troubles)}. {_remedy(home)}"
        raise OSError(msg)
    notice = f"{_PART}: the full data could not be had ({'; '.join(troubles)}). {_remedy(home)}"
    return _dataset(_read(_HERE, BUNDLED), "bundled", root, notice)


_PART = (
    f"{BUNDLED[0]:,} of the {FULL[0]:,} training images and {BUNDLED[1]:,} of the {FULL[1]:,} test images, "
    "which come with nnwidgets"
)


def _remedy(home: Path) -> str:
    return f"With network they are loaded into {home / _FOLDER}; or put its four files there."


def _dataset(arrays: _Arrays, source: str, root: str | os.PathLike[str], notice: str) -> ImageDataset:
    return ImageDataset(
        name="fashion_mnist",
        x_train=arrays.x_train[:, None],
        y_train=arrays.y_train,
        x_test=arrays.x_test[:, None],
        y_test=arrays.y_test,
        class_names=FASHION_CLASSES,
        label="Fashion-MNIST",
        parameters={"name": "fashion_mnist", "source": source, "root": str(root)},
        notice=notice,
    )


# --- files -------------------------------------------------------------------------------------------------------


def _full(home: Path, *, download: bool) -> tuple[_Arrays | None, list[str]]:
    """All images from wherever they are, and what was wrong where they were looked for before."""
    troubles: list[str] = []
    for folder in (home / _FOLDER, _DEBIAN):
        if not _has_files(folder):
            continue
        try:
            return _read(folder, FULL), troubles
        except (OSError, ValueError) as error:
            troubles.append(_reason(error))
    if not download:
        return None, troubles or [f"they are not in {home / _FOLDER}, and download=False"]
    try:
        return _download(home), troubles
    except _FAILURES as error:
        return None, [*troubles, f"download: {_reason(error)}"]


def _stems(part: str) -> tuple[str, str]:
    return f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"


def _has_files(folder: Path) -> bool:
    """Whether there is any of them, which then is worth a word if the others are not."""
    stems = (*_stems("train"), *_stems("t10k"))
    with suppress(OSError):  # a folder that may not be entered has nothing for us
        return any((folder / f"{stem}{end}").is_file() for stem in stems for end in ("", ".gz"))
    return False


def _read(folder: Path, sizes: tuple[int, int]) -> _Arrays:
    """The four files of a folder, each unpacked or not.

    Raises:
        OSError, ValueError: one is not there, cannot be read, or is not what it should be.
    """
    arrays = []
    for part, size in zip(("train", "t10k"), sizes, strict=True):
        images, labels = _stems(part)
        arrays.append(_read_either(folder / images, (size, _SIDE, _SIDE)))
        numbers = _read_either(folder / labels, (size,))
        if numbers.max() >= len(FASHION_CLASSES):
            row = int(np.argmax(numbers >= len(FASHION_CLASSES)))
            msg = f"{folder / labels} has the label {numbers[row]} for image {row}; they go from 0 to 9"
            raise ValueError(msg)
        arrays.append(numbers)
    return _Arrays(*arrays)


def _read_either(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    there = [each for each in (path, path.with_name(f"{path.name}.gz")) if each.is_file()]
    if not there:
        msg = f"{path} is not there"
        raise FileNotFoundError(msg)
    for each in there[:-1]:
        with suppress(OSError, ValueError):
            return read_idx(each, shape)
    return read_idx(there[-1], shape)


# --- network -----------------------------------------------------------------------------------------------------


def _download(home: Path) -> _Arrays:
    """Load the files by torchvision and put them into place once they are whole."""
    from torchvision.datasets import FashionMNIST

    made = [folder for folder in (home, *home.parents) if not folder.exists()]
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fashion-mnist-", dir=home) as waiting:
            first, _ = FashionMNIST.resources[0]
            _reach(f"{FashionMNIST.mirrors[0]}{first}")
            with _impatient():
                FashionMNIST(waiting, train=True, download=True)
            arrays = _read(Path(waiting, _FOLDER), FULL)
            (home / _FOLDER).mkdir(parents=True, exist_ok=True)
            for stem in (*_stems("train"), *_stems("t10k")):
                Path(waiting, _FOLDER, stem).replace(home / _FOLDER / stem)
            return arrays
    finally:
        for folder in made:  # only the empty ones among them go
            with suppress(OSError):
                folder.rmdir()


def _reach(url: str) -> None:
    """Ask for a file in a thread of its own: looking up a name can take minutes, which nothing ends.

    Raises:
        OSError: there is no network, no such server or no such file.
        TimeoutError: no answer in time.
    """
    failures: list[BaseException | None] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - torchvision's address
            with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310
                failures.append(None)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it is an answer, too
            failures.append(error)

    asking = threading.Thread(target=ask, name="nnwidgets-reach", daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    if not failures:
        raise TimeoutError
    if failures[0] is not None:
        raise failures[0]


@contextmanager
def _impatient() -> Iterator[None]:
    """Sockets that give up a silent server, which torchvision's would wait for without end."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _reason(error: BaseException) -> str:
    """What failed, in a few words."""
    cause: Any = error
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError):
        cause = error.reason
    if isinstance(cause, TimeoutError):
        return f"no answer within {_PATIENCE:g} s"
    if isinstance(cause, (socket.gaierror, ConnectionError)) or getattr(cause, "errno", None) in _UNREACHABLE:
        return "no network"
    if getattr(cause, "errno", None) == errno.ENOSPC:
        return "no space left on the disk"
    if isinstance(cause, PermissionError) and cause.filename is not None:
        return f"no permission for {cause.filename}"
    text = " ".join(str(cause).split()) or type(cause).__name__
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
