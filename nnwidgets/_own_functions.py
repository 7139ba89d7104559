"""A user's own function of one number, sampled: values, and slopes by autograd where PyTorch's tensors work.

Any callable may be given: a function of tensors, a module, a function of arrays, or one of plain numbers.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["Samples", "name_of", "sample", "values_at"]

Floats = NDArray[np.float64]
Evaluate = Callable[[Floats], Floats]
SlopesBy = Literal["autograd", "differences", "given"]

_CHECKED = 7  # every so many-th point is computed again on its own


@dataclass(frozen=True, eq=False)
class Samples:
    """A function at some points.

    Attributes:
        values: float64, shape ``(n,)``; NaN where the function has none.
        slopes: of it, likewise.
        slopes_by: ``"autograd"``, ``"differences"`` for central ones, or ``"given"`` for a derivative of the user's.
    """

    values: Floats
    slopes: Floats
    slopes_by: SlopesBy


def name_of(function: Any) -> str:
    """What to call a function: by its own name, or that of its class; ``"f"`` where it has none.

    Example:
        >>> name_of(np.tanh), name_of(lambda x: x)
        ('tanh', 'f')
    """
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    return "f" if name == "<lambda>" else str(name)


def sample(function: Any, x: Floats) -> Samples:
    """Compute a function and its slopes.

    Args:
        function: of a tensor, an array or a number, that acts on each number alone; or a pair of such a function and
            its derivative.
        x: where, float64, shape ``(n,)``.

    Raises:
        TypeError: for what cannot be called.
        ValueError: for a function that raises, or whose values are no numbers, or depend on more than their argument.

    Example:
        >>> sampled = sample(lambda x: x**2, np.array([-1.0, 3.0]))
        >>> sampled.values, sampled.slopes, sampled.slopes_by
        (array([1., 9.]), array([-2.,  6.]), 'autograd')
    """
    if isinstance(function, tuple) and len(function) == len(("f", "derivative")):
        (evaluate, values), (_, slopes) = (_evaluated(_callable(each), x) for each in function)
        return Samples(values, slopes, "given")
    evaluate, values = _evaluated(_callable(function), x)
    slopes_by_autograd = evaluate.slopes(x) if isinstance(evaluate, _OfTensors) else None
    if slopes_by_autograd is not None:
        return Samples(values, slopes_by_autograd, "autograd")
    return Samples(values, _differences(evaluate, x), "differences")


def values_at(function: Any, x: Floats) -> Floats:
    """A function's values alone, likewise.

    Example:
        >>> values_at(abs, np.array([-1.0, 3.0]))
        array([1., 3.])
    """
    return _evaluated(_callable(function), x)[1]


def _differences(evaluate: _Way, x: Floats) -> Floats:
    """Central differences; NaN at a jump, where they grow without end as the points come nearer."""
    # The step at which errors of rounding and of the formula are alike.
    step = np.cbrt(evaluate.epsilon) * np.maximum(1, np.abs(x))
    with np.errstate(all="ignore"):
        wide, narrow = (
            (evaluate(high) - evaluate(low)) / (high - low)
            for low, high in ((x - step, x + step), (x - step / 2, x + step / 2))
        )
        jumps = (np.abs(wide) > 1) & (np.abs(narrow - wide) > np.abs(wide) / 2)
    return np.where(jumps, np.nan, wide)


def _callable(function: Any) -> Callable[[Any], Any]:
    if not callable(function):
        msg = f"a function must be callable with a tensor, an array or a number, not {function!r}"
        raise TypeError(msg)
    if isinstance(function, type):
        msg = f"{function.__name__} is a class; give an instance of it: {function.__name__}()"
        raise TypeError(msg)
    return function  # type: ignore[no-any-return]


def _evaluated(function: Callable[[Any], Any], x: Floats) -> tuple[_Way, Floats]:
    """The first way to call it that works, and the values."""
    errors: dict[str, list[str]] = {}  # by what it raised: often the same of all
    for way in _ways(function):
        try:
            values = way(x)
        except Exception as error:  # noqa: BLE001 - whatever a user's function raises
            errors.setdefault(f"it raised {type(error).__name__}: {error}", []).append(way.what)
            continue
        _check_each_alone(way, x, values)
        return way, values
    reasons = "; ".join(f"{' and '.join(whats)} {error}" for error, whats in errors.items())
    msg = f"{name_of(function)} cannot be computed: {reasons}"
    raise ValueError(msg)


def _ways(function: Callable[[Any], Any]) -> Iterator[_Way]:
    if _is_module(function):
        yield _OfTensors(function, column=False)
        yield _OfTensors(function, column=True)
        return
    yield _OfTensors(function, column=False)
    yield _OfArrays(function)
    yield _OfNumbers(function)


def _is_module(function: object) -> bool:
    torch = sys.modules.get("torch")  # without it there is no module
    return torch is not None and isinstance(function, torch.nn.Module)


def _check_each_alone(way: _Way, x: Floats, values: Floats) -> None:
    if isinstance(way, _OfNumbers):
        return
    again = way(x[::_CHECKED])
    if not np.allclose(again, values[::_CHECKED], rtol=1e-4, atol=1e-6, equal_nan=True):
        msg = f"{name_of(way.function)} must act on each number alone, and always in the same way: no softmax, no noise"
        raise ValueError(msg)


class _Way(ABC):
    """A way to call a function: float64 of shape ``(n,)`` in, the same out."""

    what = ""
    epsilon = float(np.finfo(np.float64).eps)

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    @abstractmethod
    def __call__(self, x: Floats) -> Floats: ...


class _OfArrays(_Way):
    what = "of an array"

    def __call__(self, x: Floats) -> Floats:
        with np.errstate(all="ignore"):
            values = np.asarray(self.function(x.copy()))
        if values.shape != x.shape or values.dtype.kind not in "fiub":
            msg = f"of {len(x)} numbers it gave {values.dtype} of shape {values.shape}"
            raise ValueError(msg)
        return values.astype(np.float64)


class _OfNumbers(_Way):
    what = "of a number"

    def __call__(self, x: Floats) -> Floats:
        values = np.full(len(x), np.nan)
        refused: Exception | None = None
        for index, number in enumerate(x.tolist()):
            try:
                values[index] = float(self.function(number))
            except (ArithmeticError, ValueError) as error:  # outside its domain, as math.log of −1
                refused = error
        if refused is not None and np.isnan(values).all():
            raise refused
        return values


class _OfTensors(_Way):
    what = "of a tensor"

    def __init__(self, function: Callable[[Any], Any], *, column: bool) -> None:
        super().__init__(function)
        self.column = column
        import torch

        self.dtype, self.device = torch.float64, torch.device("cpu")
        if isinstance(function, torch.nn.Module):
            held = [*function.parameters(), *function.buffers()]
            for tensor in [each for each in held if each.is_floating_point()][:1]:
                self.dtype, self.device = tensor.dtype, tensor.device
        self.epsilon = torch.finfo(self.dtype).eps

    def __call__(self, x: Floats) -> Floats:
        return self._numbers(self._output(self._tensor(x)))

    def slopes(self, x: Floats) -> Floats | None:
        """By autograd; None where the values do not hang together with their arguments."""
        import torch

        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = self._tensor(x).requires_grad_()
            try:
                (slopes,) = torch.autograd.grad(self._output(leaf.clone()).sum(), leaf)
            except RuntimeError:  # no graph, or a function in it that has no derivative
                return None
        return self._numbers(slopes)

    def _tensor(self, x: Floats) -> torch.Tensor:
        import torch

        return torch.tensor(x[:, None] if self.column else x, dtype=self.dtype, device=self.device)

    def _output(self, x: torch.Tensor) -> torch.Tensor:
        import torch

        shape = x.shape
        with _evaluating(self.function):
            values = self.function(x)
        if not isinstance(values, torch.Tensor) or values.shape != shape:
            got = f"a tensor of shape {tuple(values.shape)}" if isinstance(values, torch.Tensor) else repr(values)
            msg = f"of a tensor of shape {tuple(shape)} it gave {got}"
            raise ValueError(msg)
        if values.is_complex():
            msg = "it gave complex numbers"
            raise ValueError(msg)
        return values

    @staticmethod
    def _numbers(values: torch.Tensor) -> Floats:
        return values.detach().cpu().double().reshape(-1).numpy()


@contextmanager
def _evaluating(function: Any) -> Iterator[None]:
    """Evaluation mode for a module, which gets its own back."""
    modules = list(function.modules()) if _is_module(function) else []
    modes = [module.training for module in modules]
    for module in modules:
        module.training = False
    try:
        yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode
