"""Memory that freed tensors leave in the hands of the C library."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Give it back to the system, where the library can be told to; it takes some milliseconds.

    Tensors of some hundred kilobytes that come and go leave holes that are not given back by themselves: as much again
    as all that is held, when the steps of an epoch and looks at the test set have taken turns.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """Glibc's `malloc_trim`; other libraries have none."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return found
