"""Functions of one number to fit: a table of them, text, drawings and a user's own, sampled as a `FunctionData`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nnwidgets._checks import plain
from nnwidgets._own_data import is_table, take_apart
from nnwidgets._own_functions import name_of, values_at
from nnwidgets._planar_sources import held_out, split_code
from nnwidgets._target_parts import (
    DOMAIN,
    FEWEST,
    FUNCTIONS,
    GRID,
    LARGEST,
    MOST_POINTS,
    TargetFunction,
    checked_domain,
    drawn_points,
    known_function,
    places,
)
from nnwidgets.datasets import DRAWING, Dataset, Range, sampling_parameters
from nnwidgets.expressions import parse_expression

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FUNCTIONS",
    "GRID",
    "MOST_POINTS",
    "FunctionData",
    "TargetFunction",
    "as_function_data",
    "checked_domain",
    "drawn_over",
    "drawn_points",
    "function_code",
    "function_parameters",
    "known_function",
    "make_function_data",
    "places",
    "resampled",
]


@dataclass(frozen=True, eq=False, repr=False)
class FunctionData(Dataset):
    """Samples of a function of one number, as a `Dataset` of one column with values to predict.

    Attributes:
        domain: the part of the x axis that is shown.
        target: the function without noise, float32 ``(GRID,)``, at so many places from one end of the domain to the
            other; None of samples alone.
        own: the arguments of `make_function_data` where one of them is a function of the user's, which `parameters`
            cannot say; not saved.

    Raises:
        TypeError, ValueError: as for `Dataset`; for a domain that is none.

    Example:
        >>> make_function_data("sine", n_samples=50)
        FunctionData('sine', 50 train, 0 test)
    """

    domain: Range = DOMAIN
    target: NDArray[np.float32] | None = None
    own: Mapping[str, Any] | None = field(default=None, compare=False)

    _FEWEST: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.feature_names) != 1:
            msg = f"a function of one number has one column, x, not {len(self.feature_names)}"
            raise ValueError(msg)
        if self.class_names:
            msg = "a function has values to predict, no classes"
            raise ValueError(msg)
        object.__setattr__(self, "domain", checked_domain(self.domain))
        if self.target is not None:
            target = np.array(self.target, np.float32)
            if target.shape != (GRID,) or not np.isfinite(target).all():
                msg = f"target must be {GRID} finite numbers, not an array of shape {target.shape}"
                raise ValueError(msg)
            target.setflags(write=False)
            object.__setattr__(self, "target", target)

    @property
    def recipe(self) -> Mapping[str, Any] | None:
        """The arguments of `make_function_data` that made it, so that it can be made with others; None of samples."""
        return self.own if self.parameters is None else self.parameters

    @property
    def is_own(self) -> bool:
        """Whether there are samples alone, and no function that they are of."""
        return self.target is None

    @property
    def drawn(self) -> bool:
        """Whether the function was drawn."""
        return self.recipe is not None and self.name == DRAWING

    @property
    def expression(self) -> str:
        """What can be typed to have this function; empty for one that was drawn, or is the user's."""
        function = None if self.recipe is None else self.recipe["function"]
        if not isinstance(function, str):
            return ""
        return FUNCTIONS[function].expression if function in FUNCTIONS else function

    def __repr__(self) -> str:
        return f"FunctionData({self.name!r}, {len(self.x_train)} train, {len(self.x_test)} test)"

    def __reduce__(self) -> tuple[type[Dataset], tuple[Any, ...]]:
        return FunctionData, (*super().__reduce__()[1], self.domain, self.target, self.own)

    def same_as(self, other: object) -> bool:
        """Whether ``other`` has the same names, bit-identical arrays and the same domain."""
        if not isinstance(other, FunctionData):
            return False
        shown = operator.attrgetter("domain", "own")
        none: Any = ()
        target, targeted = (none if each.target is None else each.target for each in (self, other))
        return super().same_as(other) and shown(self) == shown(other) and np.array_equal(target, targeted)


# -- functions that are sampled -------------------------------------------------------------------


def make_function_data(
    function: object,
    domain: Sequence[float] | None = None,
    n_samples: int = 128,
    noise: float = 0.0,
    test_share: float = 0.0,
    seed: int = 0,
) -> FunctionData:
    """Sample a function of one number at evenly spaced places; the same arguments give the same bits.

    Args:
        function: the name of one of `FUNCTIONS`; an expression of x, as `nnwidgets.expressions.parse_expression` reads
            it; the points of a drawing, from left to right, that lines join, ``((x, y), …)``; or a callable of an
            array, a tensor or a number.
        domain: the first and the last place; None for the usual ones of the function, else −3 and 3.
        n_samples: of both sets together, at least 2.
        noise: standard deviation, 0 to 1,000, of the Gaussian noise on each value.
        test_share: the share of samples, 0 to 0.9, held out for testing, as in `nnwidgets.datasets.make_planar`.
        seed: of noise and test samples, 0 to 2³² − 1.

    Raises:
        TypeError: for something else.
        ValueError: for text that is neither a name nor an expression, an argument out of its range, or a function
            without a finite value somewhere in the domain; the message says where.

    Example:
        >>> data = make_function_data("x²", domain=(0, 2), n_samples=5)
        >>> data.x_train.ravel().tolist(), data.y_train.ravel().tolist()
        ([0.0, 0.5, 1.0, 1.5, 2.0], [0.0, 0.25, 1.0, 2.25, 4.0])
        >>> make_function_data("log(x)")
        Traceback (most recent call last):
        ...
        ValueError: log(x) is not a finite number at x = -3
    """
    parameters = function_parameters(function, domain, n_samples, noise, test_share, seed)
    ends: Range
    function, ends, n_samples, noise, test_share, seed = parameters.values()
    called = _called(function)
    target = _finite(function, called, places(ends)).ravel()
    x = np.linspace(*ends, n_samples).reshape(-1, 1)
    y = _finite(function, called, x)
    if noise:
        y = y + np.random.default_rng(seed).normal(0.0, noise, x.shape)
    test = held_out(n_samples, test_share, seed)
    is_own = callable(function)
    (x_train, y_train), (x_test, y_test) = (
        (x[part].astype(np.float32), y[part].astype(np.float32)) for part in (~test, test)
    )
    return FunctionData(
        name=_name(function),
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        class_names=(),
        feature_names=("x",),
        label=_label(function),
        parameters=None if is_own else parameters,
        domain=ends,
        target=target.astype(np.float32),
        own=parameters if is_own else None,
    )


def function_parameters(
    function: object, domain: Sequence[float] | None, n_samples: int, noise: float, test_share: float, seed: int
) -> dict[str, Any]:
    """The arguments of `make_function_data` in their settled form, in its order, checked but for the values.

    Raises:
        TypeError, ValueError: as `make_function_data`.

    Example:
        >>> function_parameters("Sine", None, 10, 0, 0, 7)["domain"]
        (-3.0, 3.0)
    """
    known: Any = function
    usual = DOMAIN
    if isinstance(function, str):
        known = known_function(function)
        usual = FUNCTIONS[known].domain if known in FUNCTIONS else DOMAIN
    elif not callable(function):
        known = drawn_points(function)
        usual = (known[0][0], known[-1][0])
    settled = checked_domain(usual if domain is None else domain)
    sampling = sampling_parameters(n_samples, noise, test_share, seed, FEWEST)
    return {"function": known, "domain": settled, **sampling}


def drawn_over(data: FunctionData, points: object) -> tuple[tuple[float, float], ...]:
    """The points of the function that a stroke makes of another one, which stays beside the stroke, if it is known.

    Raises:
        TypeError, ValueError: as `drawn_points`.

    Example:
        >>> straight = make_function_data("x", domain=(0, 4))
        >>> (first, *_, last) = drawn_over(straight, [(1, 3), (2, 3)])
        >>> first, last
        ((0.0, 0.0), (4.0, 4.0))
    """
    stroke = drawn_points(points)
    x, y = np.array(stroke).T
    x = np.clip(x, *data.domain)
    if data.target is None:
        return drawn_points(list(zip(x, y, strict=True)))
    at = places(data.domain).ravel()
    beside = (at < x[0]) | (at > x[-1])
    known = zip(at[beside], data.target[beside], strict=True)
    return drawn_points([*known, *zip(x, y, strict=True)])


def resampled(data: FunctionData, domain: Sequence[float] | None = (), **sampling: Any) -> FunctionData:
    """The same function sampled otherwise; of a user's samples another domain is shown.

    Args:
        data: what was made of the function.
        domain: other ends, None for the usual ones.
        sampling: other arguments of `make_function_data`.

    Raises:
        TypeError, ValueError: as `make_function_data`.

    Example:
        >>> resampled(make_function_data("sine"), n_samples=40, test_share=0.25)
        FunctionData('sine', 30 train, 10 test)
    """
    other = sampling if domain == () else sampling | {"domain": domain}
    if data.recipe is not None:
        return make_function_data(**(dict(data.recipe) | other))
    every = np.concatenate([data.x_train, data.x_test]).astype(np.float64)
    return replace(data, domain=_around(every) if domain is None else checked_domain(domain))


def _called(function: Any) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """A function of the settled parameters as one of a column of numbers."""
    if isinstance(function, str):
        return parse_expression(_expression(function))
    if callable(function):
        return lambda x: values_at(function, x.ravel()).reshape(x.shape)
    x_drawn, y_drawn = zip(*function, strict=True)
    return lambda x: np.interp(x, x_drawn, y_drawn)


def _expression(function: str) -> str:
    return FUNCTIONS[function].expression if function in FUNCTIONS else function


def _name(function: Any) -> str:
    return function if isinstance(function, str) else name_of(function) if callable(function) else DRAWING


def _label(function: Any) -> str:
    if not isinstance(function, str):
        return "" if callable(function) else "your drawing"
    return FUNCTIONS[function].label if function in FUNCTIONS else function


def _finite(function: Any, called: Callable[..., Any], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values at some places, all of which are to be numbers that a network can be trained with."""
    values: NDArray[np.float64] = called(x)
    bad = np.flatnonzero(~(np.abs(values) <= LARGEST))
    if len(bad):
        at, value = x.ravel()[bad[0]], values.ravel()[bad[0]]
        what = f"larger than {LARGEST:,.0f}" if np.isfinite(value) else "not a finite number"
        msg = f"{_expression(_name(function))} is {what} at x = {at:.6g}"
        raise ValueError(msg)
    return values


def function_code(
    function: Any, domain: Range, n_samples: int, noise: float, test_share: float, seed: int
) -> tuple[list[str], str]:
    """The plain Python that makes the arrays of `make_function_data` with these arguments, but for a callable.

    Returns:
        The import lines, and the statements that set ``x_train``, ``y_train`` (and ``x_test``, ``y_test`` where
        ``test_share`` is not 0) to float32 arrays of shape ``(n, 1)``.

    Example:
        >>> imports, code = function_code("sine", (-3.0, 3.0), 100, 0.0, 0.0, 3)
        >>> print(code)
        x = np.linspace(-3.0, 3.0, 100).reshape(-1, 1)
        y = np.sin(2 * x)
        x_train = x.astype(np.float32)
        y_train = y.astype(np.float32).reshape(-1, 1)
    """
    low, high = domain
    if isinstance(function, str):
        expression = parse_expression(_expression(function))
        value = expression.code if expression.has_x else f"np.full_like(x, {expression.code})"
    else:
        value = f"np.interp(x, {[x for x, _ in function]}, {[y for _, y in function]})"
    code = f"x = np.linspace({low!r}, {high!r}, {n_samples}).reshape(-1, 1)\ny = {value}"
    if noise:
        code += f"\ny = y + np.random.default_rng({seed}).normal(0.0, {noise!r}, x.shape)"
    return ["import numpy as np"], code + split_code(n_samples, test_share, seed)


# -- anything as samples of a function ------------------------------------------------------------


def as_function_data(value: object, **sampling: Any) -> FunctionData:
    """Whatever names, is or holds a function of one number, as a `FunctionData`.

    Args:
        value: what `make_function_data` takes, to be sampled with the other arguments; or a `FunctionData`, returned as
            it is; or arrays ``(x, y)`` or ``(x_train, y_train, x_test, y_test)``, of shape ``(n,)`` or ``(n, 1)``; or a
            data frame with one feature and a column ``target`` or ``y``.
        sampling: the other arguments of `make_function_data`; but for ``domain``, of no effect on arrays.

    Raises:
        TypeError, ValueError: as `make_function_data`; for arrays that do not fit each other.

    Example:
        >>> as_function_data(([1.0, 2.0, 4.0], [1.0, 4.0, 16.0])).domain
        (0.88, 4.12)
    """
    if isinstance(value, FunctionData):
        return value
    if isinstance(value, str) or callable(value) or not _holds_samples(value):
        return make_function_data(value, **sampling)
    if isinstance(value, (tuple, list)):
        value = tuple(_column(part) if index % 2 == 0 else part for index, part in enumerate(value))
    own = take_apart(value, None)
    every = np.concatenate([plain("x", part).reshape(-1).astype(np.float64) for part in (own.x_train, own.x_test)])
    domain = sampling.get("domain")
    return FunctionData(
        name="data",
        x_train=own.x_train,
        y_train=own.y_train,
        x_test=own.x_test,
        y_test=own.y_test,
        class_names=(),
        feature_names=own.feature_names[:1] if len(own.feature_names) == 1 else ("x",),
        label="your data",
        domain=_around(every) if domain is None else checked_domain(domain),
    )


def _holds_samples(value: object) -> bool:
    """Whether it is arrays and not the points of a drawing, which are pairs of numbers."""
    if is_table(value) or isinstance(value, Mapping):
        return True
    if not isinstance(value, (tuple, list)) or len(value) not in (2, 4):
        return False
    first = plain("x", value[0])
    return first.ndim == 2 or first.size != 2 or any(np.size(plain("y", part)) != 2 for part in value)


def _column(part: object) -> NDArray[Any]:
    """Places as a column."""
    x = plain("x", part)
    return x.reshape(-1, 1) if x.ndim <= 1 else x


def _around(x: NDArray[np.float64]) -> Range:
    """A domain with a margin of 4 % beside the samples."""
    if not len(x) or not np.isfinite(x).all():
        return DOMAIN  # refused as such
    low, high = float(x.min()), float(x.max())
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin
