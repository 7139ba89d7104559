"""Patterns of cells as a trait: names, texts or arrays in, rows of ``#`` and ``.`` out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import traitlets

from nnwidgets.concepts import hebb
from nnwidgets.widgets._named import checked

_MOST_PATTERNS, _LONGEST_SIDE = 8, 5


class Patterns(traitlets.Tuple):
    """Patterns in one settled form: rows of ``#`` and ``.``, separated by spaces."""

    def validate(self, obj: Any, value: Any) -> Any:
        return super().validate(obj, checked(_patterns, value))


def _patterns(given: Any) -> tuple[str, ...]:
    """One to eight patterns of the same shape, each in one settled form."""
    if isinstance(given, str):
        raise TypeError(f"patterns must be a list of patterns, not {given!r}")
    try:
        texts = tuple(_text(each) for each in given)
    except TypeError:
        raise TypeError(f"patterns must be a list of patterns, not {given!r}") from None
    if not 1 <= len(texts) <= _MOST_PATTERNS:
        raise ValueError(f"patterns must be from 1 to {_MOST_PATTERNS} patterns, not {len(texts)}")
    shapes = {tuple(map(len, text.split(" "))) for text in texts}
    if len(shapes) > 1:
        raise ValueError("patterns must all have the same rows and columns")
    return texts


def _text(pattern: Any) -> str:
    if isinstance(pattern, str):
        return _written(pattern)
    cells = np.atleast_2d(np.asarray(pattern))
    if cells.ndim != 2 or cells.dtype.kind not in "bifu":
        raise ValueError(f"each of patterns must be a text, or rows of ones and zeros, not {pattern!r}")
    return _sized([["#" if each > 0 else "." for each in row] for row in cells])


@lru_cache
def _written(pattern: str) -> str:
    named = hebb.LETTERS.get(pattern) or hebb.PAIRS.get(pattern)
    if named:
        return named
    if not set(pattern) <= set("#. \n"):
        names = ", ".join(map(repr, [*hebb.LETTERS, *hebb.PAIRS]))
        raise ValueError(f"each of patterns must be rows of # and ., as in '#. .#', or one of {names}, not {pattern!r}")
    return _sized(pattern.split())


def _sized(rows: Sequence[Sequence[str]]) -> str:
    widths = {len(row) for row in rows}
    n = sum(map(len, rows))
    if len(widths) != 1 or n < 2 or max(len(rows), *widths) > _LONGEST_SIDE:
        side = _LONGEST_SIDE
        raise ValueError(f"each of patterns must have at least 2 cells and at most {side} equal rows of {side} cells")
    return " ".join("".join(row) for row in rows)
