"""How the functions of the kernel are compiled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from numba import njit
from numba.extending import intrinsic

from nnwidgets.training.engines.caching import SharedCache


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` as all functions here want it, kept on disk where that can be written."""

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = njit(nogil=True, error_model="numpy", **options)(function)
        with suppress(RuntimeError):  # neither the package's folder nor the user's is writable
            dispatcher._cache = SharedCache(function)
        return dispatcher

    return decorate


def as_intrinsic(function: Callable[..., Any]) -> Any:
    """`numba.extending.intrinsic`; what comes of it is called without the first argument of `function`."""
    return intrinsic(function)
