"""Arguments checked: each function returns its value in one settled form, or says what was given and what may be."""

from __future__ import annotations

import difflib
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_FAR, _FLAT = 1e30, 1e-12  # what can be drawn: the farthest bound, and the least span as a share of it
_TWO = 2  # axes of a plane, the usual classes, and axes of a table


def whole(field: str, value: Any, low: int, high: int | None) -> int:
    """A whole number from ``low`` to ``high``, of any integer type but bool."""
    upper = "" if high is None else f" and at most {high}"
    # bool is an int to Python, but never what somebody meant by a size or a seed
    given: Any = None if isinstance(value, bool) else value
    try:
        number = operator.index(given)
    except TypeError:
        msg = f"{field} must be a whole number of at least {low}{upper}, not {value!r}"
        raise TypeError(msg) from None
    if number < low or (high is not None and number > high):
        msg = f"{field} must be a whole number of at least {low}{upper}, not {value!r}"
        raise ValueError(msg)
    return number


def real(field: str, value: Any, low: float, high: float | None) -> float:
    """A finite number from ``low`` to ``high``, of any numeric type but bool."""
    upper = "" if high is None else f" and at most {high:g}"
    given: Any = None if isinstance(value, (bool, str, np.bool_)) else value
    try:
        number = float(given)
    except OverflowError:  # a whole number, too large for a float
        number = math.inf
    except (TypeError, ValueError):
        msg = f"{field} must be a number of at least {low:g}{upper}, not {value!r}"
        raise TypeError(msg) from None
    if not (np.isfinite(number) and number >= low and (high is None or number <= high)):
        msg = f"{field} must be a finite number of at least {low:g}{upper}, not {value!r}"
        raise ValueError(msg)
    return number


def positive(field: str, value: object) -> float:
    try:
        number = real(field, value, -math.inf, None)
    except ValueError:
        number = -math.inf
    if number <= 0:
        msg = f"{field} must be a finite number above 0, not {value!r}"
        raise ValueError(msg)
    return number


def one_of(field: str, value: object, choices: Sequence[str]) -> str:
    """One of some names."""
    if isinstance(value, str) and value in choices:
        return value
    msg = f"{field} must be one of {', '.join(map(repr, choices))}, not {value!r}{meant(value, choices)}"
    raise ValueError(msg)


def meant(value: object, choices: Iterable[str]) -> str:
    """What to add where a text, or a class of PyTorch's or an object of one, is nearly one of some names."""
    kind = value if isinstance(value, type) else type(value)
    if not isinstance(value, str) and not kind.__module__.startswith("torch."):
        return ""
    said = value if isinstance(value, str) else kind.__name__
    plain = {choice.lower().replace("_", ""): choice for choice in choices}
    closest = 0.6 if isinstance(value, str) else 1.0  # of its classes, SELU is not ELU
    near = difflib.get_close_matches(said.lower().replace("_", "").removesuffix("loss"), plain, 1, closest)
    return f"; did you mean {plain[near[0]]!r}?" if near else ""


def plane(field: str, value: Any, columns: int) -> tuple[tuple[int, int], tuple[float, float], tuple[float, float]]:
    """Two of the columns, and a part of their plane that is neither infinite nor flat."""
    msg = (
        f"{field} must be two columns and the ranges to draw, such as ((0, 1), (-1.0, 1.0), (-1.0, 1.0)), not {value!r}"
    )
    try:
        (i, j), *ranges = value
        (x_low, x_high), (y_low, y_high) = ranges
    except (TypeError, ValueError):
        raise TypeError(msg) from None
    axes = tuple(whole(f"a column of {field}", each, 0, columns - 1) for each in (i, j))
    bounds = [real(f"a bound of {field}", each, -_FAR, _FAR) for each in (x_low, x_high, y_low, y_high)]
    spans = ((bounds[0], bounds[1]), (bounds[2], bounds[3]))
    if axes[0] == axes[1] or any(high - low <= _FLAT * max(abs(low), abs(high)) for low, high in spans):
        raise ValueError(msg)
    return (axes[0], axes[1]), *spans


def names(field: str, value: object, count: int | None) -> tuple[str, ...]:
    """Texts, as many as ``count`` says, if it does."""
    many = "texts" if count is None else f"{count} texts"
    if not isinstance(value, (tuple, list)) or not all(isinstance(name, str) for name in value):
        msg = f"{field} must be {many}, not {value!r}"
        raise TypeError(msg)
    if count is not None and len(value) != count:
        msg = f"{field} must be {many}, but {len(value)} were given: {value!r}"
        raise ValueError(msg)
    return tuple(value)


def plain(field: str, value: Any) -> NDArray[Any]:
    """Any array-like as a NumPy array: lists, data frames, tensors on any device and with gradients."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":  # NumPy has no such type
            value = value.float()
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        msg = f"{field} has masked values; remove or fill them first"
        raise ValueError(msg)
    try:
        return np.asarray(value)
    except ValueError as error:
        msg = f"{field} is not a table of numbers: {error}"
        raise ValueError(msg) from error


def points(field: str, value: object, columns: int, fewest: int = _TWO) -> NDArray[np.float32]:
    """Samples with ``fewest`` or more columns: a read-only float32 copy of shape ``(n_samples, n_columns)``."""
    given = plain(field, value)
    if given.size == 0 and given.ndim <= _TWO:
        given = np.empty((0, columns))
    if np.iscomplexobj(given):
        msg = f"{field} must hold real numbers, not {given.dtype}"
        raise TypeError(msg)
    try:
        with np.errstate(over="ignore"):
            x = np.array(given, dtype=np.float32, order="C")
    except (TypeError, ValueError) as error:
        msg = f"{field} must hold numbers: {error}"
        raise TypeError(msg) from error
    if x.ndim != _TWO or x.shape[1] != columns or columns < fewest:
        msg = f"{field} must have shape (n_samples, {max(fewest, columns)}), one column per feature, not {x.shape}"
        raise ValueError(msg)
    bad = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if len(bad):
        row = bad[0]
        msg = f"{field} must be finite numbers of float32, but row {row} is {given[row].tolist()}"
        if len(bad) > 1:
            msg += f" ({len(bad)} such rows)"
        raise ValueError(msg)
    x.setflags(write=False)
    return x


def column(field: str, value: object) -> NDArray[Any]:
    """Labels as a flat array, given flat or as one column."""
    given = plain(field, value)
    if given.size == 0 and given.ndim <= _TWO:
        return given.reshape(0)
    if given.ndim == 1 or (given.ndim == _TWO and given.shape[1] == 1):
        return given.reshape(-1)
    msg = f"{field} must have shape (n_samples,) or (n_samples, 1), one label per sample, not {given.shape}"
    raise ValueError(msg)


def targets(field: str, value: object, n_classes: int) -> NDArray[np.float32]:
    """Classes from 0, or any values where there are no classes: a read-only float32 copy, ``(n_samples, 1)``."""
    if n_classes == _TWO:
        what = "0 or 1"
    else:
        what = f"a class from 0 to {n_classes - 1}" if n_classes else "a finite number of float32"
    given = column(field, value)
    try:
        with np.errstate(over="ignore"):
            y = np.array(given, dtype=np.float32).reshape(-1, 1)
    except (TypeError, ValueError) as error:
        msg = f"{field} must hold {what} for each sample: {error}"
        raise TypeError(msg) from error
    bad = np.flatnonzero(~np.isin(y, np.arange(n_classes)) if n_classes else ~np.isfinite(y))
    if len(bad):
        msg = f"{field} must hold {what} for each sample, but row {bad[0]} is {given[bad[0]].item()!r}"
        raise ValueError(msg)
    y.setflags(write=False)
    return y
