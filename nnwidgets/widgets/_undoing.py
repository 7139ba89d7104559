"""How much is kept so that it can be taken back: bounded in number, and in bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")

MOST_UNDOS = 100


def newest(levels: Sequence[T], most_bytes: int, nbytes: Callable[[T], int]) -> list[T]:
    """The last ones, up to a hundred of as many bytes together; the very last is always among them.

    Example:
        >>> newest(["a", "bb", "ccc"], 5, len), newest(["a", "bb", "ccc"], 2, len), newest([], 2, len)
        (['bb', 'ccc'], ['ccc'], [])
    """
    held = accumulate(nbytes(level) for level in reversed(levels[-MOST_UNDOS:]))
    fitting = sum(total <= most_bytes for total in held)
    return list(levels[-max(1, fitting) :])
