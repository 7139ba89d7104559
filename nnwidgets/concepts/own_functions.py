"""A reader's own Python function as a surface to descend: called, differentiated, sampled."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets.concepts.sampled import Grid, grid_of
from nnwidgets.concepts.surfaces import Range

__all__ = ["SIZES", "checked_window", "count_arguments", "sample_function"]

Array = NDArray[np.float64]
Function = Callable[..., Any]

SIZES = {1: (401,), 2: (61, 61)}
"""Nodes along each axis."""

DEFAULT_RANGE = (-3.0, 3.0)
_TRIED = 7  # points at which two ways of computing are compared
_NOT_DEFINED = (ValueError, ZeroDivisionError, OverflowError, ArithmeticError)


def count_arguments(function: Function) -> int:
    """How many weights a function takes.

    Raises:
        TypeError: if it takes neither one nor two, or does not say.

    Example:
        >>> count_arguments(lambda a, b, scale=1: a + b)
        2
    """
    name = getattr(function, "__name__", type(function).__name__)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        msg = f"{name} does not say how many arguments it takes; give dimensions=1 or dimensions=2"
        raise TypeError(msg) from None
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p for p in plain if p.default is p.empty]
    if any(p.kind == p.VAR_POSITIONAL for p in parameters) and not needed:
        msg = f"{name} takes any number of arguments; give dimensions=1 or dimensions=2"
        raise TypeError(msg)
    count = len(needed) or min(len(plain), 1)
    if count not in (1, 2) or any(p.kind == p.KEYWORD_ONLY and p.default is p.empty for p in parameters):
        msg = f"the function must take one or two weights, f(w) or f(w1, w2), and give the loss; {name} takes {count}"
        raise TypeError(msg)
    return count


def checked_window(window: Any, dimensions: int) -> tuple[Range, ...]:
    """The range of each weight; None for −3 to 3, one pair for one weight.

    Raises:
        ValueError: for other shapes, and bounds that are not finite and increasing.

    Example:
        >>> checked_window((0, 2), 1)
        ((0.0, 2.0),)
    """
    if window is None:
        return (DEFAULT_RANGE,) * dimensions
    try:
        bounds = np.asarray(window, dtype=np.float64)
    except (TypeError, ValueError):
        bounds = np.empty(0)
    if bounds.shape == (2,) and dimensions == 1:
        bounds = bounds[None]
    if bounds.shape != (dimensions, 2) or not np.isfinite(bounds).all() or not (bounds[:, 0] < bounds[:, 1]).all():
        wanted = "(low, high)" if dimensions == 1 else "((low, high), (low, high))"
        msg = f"window must be {wanted} with finite low < high, not {window!r}"
        raise ValueError(msg)
    return tuple((float(low), float(high)) for low, high in bounds)


def sample_function(
    function: Function, window: tuple[Range, ...], sizes: Sequence[int] | None = None
) -> tuple[Grid, str]:
    """Sample a function of one or two weights, with its gradient.

    The gradient is PyTorch's where the function takes tensors and its gradient agrees with differences; else it is by
    central differences. The function is called with arrays if it takes them, else number by number. Where it raises
    `ValueError` or `ArithmeticError`, or is not finite, it counts as not defined.

    Args:
        function: of NumPy, PyTorch or plain Python.
        window: the range of each weight.
        sizes: nodes along each, `SIZES` by default.

    Returns:
        The grid, and how the gradient was found: ``"autograd"`` or ``"differences"``.

    Raises:
        ValueError: if no value is finite.
        TypeError: if what it returns is not a number.
        Exception: what the function raises for every point.

    Example:
        >>> grid, how = sample_function(lambda a, b: np.sin(a) * b**2, ((-1.0, 1.0), (-1.0, 1.0)))
        >>> grid.nodes.shape, how
        ((4, 61, 61), 'differences')
    """
    caller = _Caller(function, window)
    grid = grid_of(caller.values_and_gradient, window, *(sizes or SIZES[len(window)]))
    if not np.isfinite(grid.nodes[0]).any():
        if caller.error is not None:
            raise caller.error
        msg = "the function has no finite value in the window: choose another window, or mend the function"
        raise ValueError(msg)
    return grid, "autograd" if caller.uses_autograd else "differences"


class _Caller:
    """Calls a function the way it can be called, and differentiates it.

    Attributes:
        error: the first exception that said that the function is not defined somewhere.
    """

    def __init__(self, function: Function, window: tuple[Range, ...]) -> None:
        self.function = function
        self.error: BaseException | None = None
        self._span = np.array([high - low for low, high in window])
        # off the middle and off each other, so that one symmetry of the function cannot hide a difference
        shares = np.linspace(0.137, 0.871, _TRIED)
        self._tried = [
            low + (high - low) * (shares if i == 0 else shares[[3, 0, 5, 1, 6, 2, 4]])
            for i, (low, high) in enumerate(window)
        ]
        self._tensors = False
        first = self._first_result()
        self._whole = self._takes_arrays()
        self._step = 3e-3 if "float32" in str(getattr(first, "dtype", "")) else 1e-5
        self.uses_autograd = self._gradients_agree()

    def values_and_gradient(self, *points: Array) -> list[Array]:
        if self.uses_autograd:
            return self._autograd(*points)
        return [self._values(*points), *self._differences(*points)]

    def _first_result(self) -> Any:
        """What it gives somewhere; settles whether it wants tensors."""
        for point in zip(*self._tried, strict=True):
            try:
                result = self.function(*map(float, point))
            except _NOT_DEFINED as error:
                self.error = self.error or error
                continue
            except (TypeError, AttributeError):
                self._tensors = "torch" in sys.modules
                if not self._tensors:
                    raise
                result = self._call(*point)
            if not _is_number(result):
                msg = f"the function must give one number for a point, the loss; it gave {type(result).__name__}"
                raise TypeError(msg)
            return result
        return None

    def _call(self, *weights: Any) -> Any:
        return self.function(*map(_tensor, weights)) if self._tensors else self.function(*weights)

    def _single(self, *weights: float) -> float:
        try:
            return float(self._call(*map(float, weights)))
        except _NOT_DEFINED as error:
            self.error = self.error or error
            return float("nan")

    def _one_by_one(self, *points: Array) -> Array:
        return np.array([self._single(*point) for point in zip(*points, strict=True)])

    def _takes_arrays(self) -> bool:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one_by_one = self._one_by_one(*self._tried)
            try:
                whole = np.asarray(_array(self._call(*self._tried)), dtype=np.float64)
            except Exception:  # noqa: BLE001  whatever it is, the function does not take arrays
                return False
        return whole.shape == one_by_one.shape and np.allclose(whole, one_by_one, rtol=1e-5, equal_nan=True)

    def _values(self, *points: Array) -> Array:
        with np.errstate(all="ignore"):
            if self._whole:
                return np.asarray(_array(self._call(*points)), dtype=np.float64)
            return self._one_by_one(*points)

    def _differences(self, *points: Array) -> list[Array]:
        here = None
        found = []
        for axis, span in enumerate(self._span):
            h = self._step * span
            shifted = [[p + (sign * h if i == axis else 0) for i, p in enumerate(points)] for sign in (1, -1)]
            above, below = (self._values(*each) for each in shifted)
            with np.errstate(all="ignore"):
                slope = (above - below) / (2 * h)
                if not np.isfinite(slope).all():  # at the border of where it is defined, one side has to do
                    here = self._values(*points) if here is None else here
                    for one in ((above - here) / h, (here - below) / h):
                        slope = np.where(np.isfinite(slope), slope, one)
            found.append(slope)
        return found

    def _gradients_agree(self) -> bool:
        """Whether autograd works, and sees all of the function: `math.sin` of a tensor is a number without a past."""
        if "torch" not in sys.modules:
            return False
        try:
            with warnings.catch_warnings():  # such a sine warns, of what is found out here
                warnings.simplefilter("ignore")
                values, *slopes = self._autograd(*self._tried)
        except Exception:  # noqa: BLE001  whatever it is, differences have to do
            return False
        expected = [self._values(*self._tried), *self._differences(*self._tried)]
        scale = max(1e-6, float(np.nanmax(np.abs(expected[1:]), initial=0.0)))
        return np.allclose(values, expected[0], rtol=1e-5, equal_nan=True) and all(
            np.allclose(one, other, rtol=1e-3, atol=1e-3 * scale, equal_nan=True)
            for one, other in zip(slopes, expected[1:], strict=True)
        )

    def _autograd(self, *points: Array) -> list[Array]:
        import torch

        leaves = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in points]
        with torch.enable_grad():
            if self._whole:
                losses = self.function(*leaves)
            else:
                losses = torch.stack([self.function(*point).reshape(()) for point in zip(*leaves, strict=True)])
            slopes = torch.autograd.grad(losses.sum(), leaves)
        return [part.detach().numpy().astype(np.float64) for part in (losses, *slopes)]


def _tensor(values: Any) -> Any:
    import torch

    return torch.as_tensor(values, dtype=torch.float64)


def _array(values: Any) -> Any:
    return values.detach().cpu().numpy() if hasattr(values, "detach") else values


def _is_number(result: Any) -> bool:
    try:
        float(result)
    except (TypeError, ValueError):
        return False
    return np.ndim(_array(result)) == 0
