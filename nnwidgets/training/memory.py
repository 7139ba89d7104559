"""Memory that goes back to the system, and does not stay in the hands of the C library."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from functools import cache

import numpy as np

from nnwidgets.training.tables import Array

LARGE = 2**20  # bytes of an array whose place others would not fill


def give_back() -> None:
    """Give it back to the system, where the library can be told to; it takes some milliseconds.

    Tensors of some hundred kilobytes that come and go leave holes that are not given back by themselves: as much again
    as all that is held, when the steps of an epoch and looks at the test set have taken turns.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


def place_for(shape: tuple[int, int]) -> Array:
    """An array of float64 of no certain values; what is large is all given back once nobody has it any more.

    Glibc keeps what another thread than the first has freed last, up to 64 MB of it.
    """
    size = 8 * shape[0] * shape[1]
    if size < LARGE:
        return np.empty(shape)
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
    return np.ndarray(shape, buffer=mmap.mmap(-1, size, **private))


@cache
def _trim() -> Callable[[int], int] | None:
    """Glibc's `malloc_trim`; other libraries have none."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return found
