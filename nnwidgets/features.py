"""What a network gets of each sample: columns of the data and functions of them, standardised or not."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets._checks import plain

if TYPE_CHECKING:
    from nnwidgets.datasets import Dataset

__all__ = ["Feature", "Inputs", "column_features", "fit_inputs", "offered_features", "parse_features"]

Floats = NDArray[np.float32]
Function = Callable[[Floats], Any]

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789", " _·")
_POWER = re.compile(r"\^2|²")
_PRODUCT = re.compile(r"x(\d+)\*?x(\d+)")
_SQUARE = re.compile(r"x(\d+)\*\*2")
_SINE = re.compile(r"sin\(?x(\d+)\)?")
_COLUMN = re.compile(r"x(\d+)")


@dataclass(frozen=True)
class Feature:
    """One number that a network gets of each sample.

    Attributes:
        name: such as ``"x1"``, ``"x1*x2"``, ``"sin(x1)"``, or what a function of the user's is called.
        label: the name to show to readers.
        columns: numbers, from 0, of the columns it is made of; unknown, and empty, of a function of the user's.
        code: the expression of the array ``z`` of columns, ``(n, d)``, that makes it; empty for the user's.
        function: the user's: maps the columns, ``(n, d)`` float32 in their own units, to ``(n,)``.
    """

    name: str
    label: str
    columns: tuple[int, ...] = ()
    code: str = ""
    function: Function | None = None

    def of(self, x: Floats, z: Floats) -> Floats:
        """Its values, ``(n,)`` float32, from the columns in their own units and as the network gets them.

        Raises:
            ValueError: a function of the user's fails, or returns something else.
        """
        if len(x) == 0:
            return np.empty(0, np.float32)
        if self.function is None:
            made: Floats = eval(_compiled(self.code), {"np": np, "z": z})  # noqa: S307 (code of our own table)
            return made
        try:
            values = plain(self.name, self.function(x)).astype(np.float32)
        except Exception as error:
            msg = f"feature {self.name!r} failed for columns of shape {x.shape}: {type(error).__name__}: {error}"
            raise ValueError(msg) from error
        if values.shape not in {(len(x),), (len(x), 1)}:
            msg = f"feature {self.name!r} must return one number per sample, shape ({len(x)},), not {values.shape}"
            raise ValueError(msg)
        return values.reshape(-1)


@lru_cache(maxsize=64)
def _compiled(code: str) -> Any:
    return compile(code, "feature", "eval")


def _label(column: int) -> str:
    return f"x{column + 1}".translate(_SUBSCRIPTS)


def _column(i: int) -> Feature:
    return Feature(f"x{i + 1}", _label(i), (i,), f"z[:, {i}]")


def _square(i: int) -> Feature:
    return Feature(f"x{i + 1}**2", f"{_label(i)}²", (i,), f"z[:, {i}] ** 2")


def _product(i: int, j: int) -> Feature:
    i, j = sorted((i, j))
    if i == j:
        return _square(i)
    return Feature(f"x{i + 1}*x{j + 1}", f"{_label(i)}{_label(j)}", (i, j), f"z[:, {i}] * z[:, {j}]")


def _sine(i: int) -> Feature:
    return Feature(f"sin(x{i + 1})", f"sin {_label(i)}", (i,), f"np.sin(z[:, {i}])")


_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[..., Feature]], ...] = (
    (_COLUMN, _column),
    (_SQUARE, _square),
    (_PRODUCT, _product),
    (_SINE, _sine),
)
_OFFERED = "x1, x2, x1**2, x2**2, x1*x2, sin(x1), sin(x2)"


def _named(name: str) -> Feature | None:
    """The feature of ours that a name stands for, in any of the usual ways to write it."""
    text = _POWER.sub("**2", name.casefold().translate(_PLAIN))
    text = {"xy": "x1*x2", "x*y": "x1*x2"}.get(text, text)
    text = re.sub(r"x(?!\d)", "x1", text)
    text = re.sub(r"y(?!\d)", "x2", text)
    for pattern, make in _GRAMMAR:
        found = pattern.fullmatch(text)
        if found and all(int(number) > 0 for number in found.groups()):
            return make(*(int(number) - 1 for number in found.groups()))
    return None


def parse_features(value: object, own: Mapping[str, Feature] | None = None) -> tuple[Feature, ...]:
    """Features as they are asked for: names, or a dict from names to names or functions.

    Args:
        value: names of features of ours (``"x1"``, ``"x1**2"``, ``"x1*x2"``, ``"sin(x1)"``, with any column's number;
            ``"x"``, ``"y²"``, ``"xy"`` and the like will do), or a dict ``{name: name or function}``.
        own: functions of the user's that are known by name.

    Raises:
        TypeError, ValueError: for an unknown name, none at all, or one twice.

    Example:
        >>> [feature.label for feature in parse_features(("x", "y²", "xy"))]
        ['x₁', 'x₂²', 'x₁x₂']
        >>> parse_features({"r": lambda x: np.hypot(x[:, 0], x[:, 1])})[0].name
        'r'
    """
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, Mapping | list | tuple):
        msg = f"features must be names such as ('x1', 'x1*x2'), or a dict of functions, not {value!r}"
        raise TypeError(msg)
    pairs = list(value.items()) if isinstance(value, Mapping) else [(name, name) for name in value]
    features = [_feature(name, given, own or {}) for name, given in pairs]
    names = [feature.name for feature in features]
    if not names:
        raise ValueError("a network needs at least one feature; None gives it all columns of the data")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"feature {twice[0]!r} is given twice")
    return tuple(features)


def _feature(name: object, given: object, own: Mapping[str, Feature]) -> Feature:
    if not isinstance(name, str) or not name:
        raise TypeError(f"the name of a feature is a text, not {name!r}")
    if callable(given):
        known = _named(name)
        if known is not None:
            raise ValueError(f"{name!r} is a feature of ours, {known.label}: give your function another name")
        return own[name] if name in own and own[name].function is given else Feature(name, name, function=given)
    if not isinstance(given, str):
        raise TypeError(f"a feature is a name or a function of the columns, not {given!r}")
    found = own.get(given) or _named(given)
    if found is None:
        there = ", ".join([_OFFERED, *own])
        raise ValueError(f"there is no feature {given!r}; there are {there} (any column's number will do)")
    if found not in (own.get(name), _named(name)):
        raise ValueError(f"{found.name!r} is a feature of its own name and cannot be called {name!r}")
    return found


def column_features(columns: int) -> tuple[Feature, ...]:
    """The columns of the data as they are, from x1 on.

    Example:
        >>> [feature.name for feature in column_features(3)]
        ['x1', 'x2', 'x3']
    """
    return tuple(map(_column, range(columns)))


def offered_features(columns: int, more: Iterable[Feature] = ()) -> tuple[Feature, ...]:
    """What to offer for data of so many columns: these, for two of them the usual functions, and ``more``.

    Example:
        >>> [feature.name for feature in offered_features(2)]
        ['x1', 'x2', 'x1**2', 'x2**2', 'x1*x2', 'sin(x1)', 'sin(x2)']
    """
    usual = [*column_features(columns)]
    if columns == 2:
        usual += [_square(0), _square(1), _product(0, 1), _sine(0), _sine(1)]
    fitting = [feature for feature in more if all(column < columns for column in feature.columns)]
    return tuple(dict.fromkeys([*usual, *fitting]))


@dataclass(frozen=True, eq=False)
class Inputs:
    """The way from the columns of data to the inputs of a network; made by `fit_inputs`.

    Attributes:
        features: what the network gets, in this order.
        mean: of each column of the training set, ``(d,)`` float64; None where it gets them in their own units.
        std: standard deviation likewise, 1 for a column that is constant.
        own: mean and standard deviation of each function of the user's, by name, where columns are standardised.
        medians: of each column, ``(d,)`` float32.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> data = make_planar("circles", n_samples=100)
        >>> inputs = fit_inputs(data, parse_features(("x1", "x1*x2")), standardise=True)
        >>> inputs(data.x_train).shape, inputs(data.x_train)[:, 0].std().round(3).item()
        ((100, 2), 1.0)
    """

    features: tuple[Feature, ...]
    medians: Floats
    mean: NDArray[np.float64] | None = None
    std: NDArray[np.float64] | None = None
    own: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __call__(self, x: object) -> Floats:
        """The inputs for samples: ``(n, d)`` to ``(n, len(features))``, float32.

        Raises:
            ValueError: another number of columns, or a function of the user's fails.
        """
        columns = np.ascontiguousarray(plain("x", x), dtype=np.float32)
        if columns.ndim != 2 or columns.shape[1] != len(self.medians):
            msg = f"x must have shape (n, {len(self.medians)}), the columns of the data, not {columns.shape}"
            raise ValueError(msg)
        z = columns
        if self.mean is not None and self.std is not None:
            z = ((columns - self.mean) / self.std).astype(np.float32)
        values = [self._one(feature, columns, z) for feature in self.features]
        return np.ascontiguousarray(np.column_stack(values), dtype=np.float32)

    def _one(self, feature: Feature, columns: Floats, z: Floats) -> Floats:
        values = feature.of(columns, z)
        if feature.name in self.own:
            mean, std = self.own[feature.name]
            values = ((values - mean) / std).astype(np.float32)
        return values

    def on_plane(self, axes: tuple[int, int], points: NDArray[Any]) -> Floats:
        """The inputs for points of a plane, ``(n, 2)``: the axes are two columns, the others are at their medians."""
        columns = np.tile(self.medians, (len(points), 1))
        columns[:, axes[0]] = points[:, 0]
        columns[:, axes[1]] = points[:, 1]
        # A function of the user's may have no value somewhere on the plane, where no sample is.
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self(columns)
            except ValueError:
                return np.concatenate([self._or_nan(row[None]) for row in columns])

    def _or_nan(self, row: Floats) -> Floats:
        try:
            return self(row)
        except ValueError:
            return np.full((1, len(self.features)), np.nan, np.float32)


def fit_inputs(dataset: Dataset, features: tuple[Feature, ...], *, standardise: bool) -> Inputs:
    """Inputs for a network, with means and standard deviations over the training set.

    The columns are standardised before functions of ours are taken of them. Functions of the user's get the columns in
    their own units; what they return is standardised.

    Raises:
        ValueError: the data have too few columns, or a function of the user's does not fit them.
    """
    x = dataset.x_train
    for feature in features:
        if any(column >= x.shape[1] for column in feature.columns):
            raise ValueError(f"the data have {x.shape[1]} columns, too few for the feature {feature.name!r}")
    medians = np.median(x, axis=0).astype(np.float32)
    mean = std = None
    own = {}
    if standardise:
        mean, std = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
        std[std == 0] = 1
        for feature in features:
            if feature.function is not None:
                values = feature.of(x, x).astype(np.float64)
                own[feature.name] = (float(values.mean()), float(values.std()) or 1.0)
    inputs = Inputs(features, medians, mean, std, own)
    with np.errstate(all="ignore"):
        made = inputs(np.concatenate([x, dataset.x_test]))
    bad = np.argwhere(~np.isfinite(made))
    if len(bad):
        row, column = bad[0]
        msg = f"feature {features[column].name!r} must be a finite number, but of row {row} it is {made[row, column]}"
        raise ValueError(msg)
    return inputs
