"""Data as people have them (arrays, tables, scikit-learn's bunches), taken apart into features and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnwidgets._checks import column, plain
from nnwidgets._planar_sources import MOST_CLASSES

_AXES = 2
_LABELS = ("class", "target", "label", "y")  # what a column with labels is called
_SET = "set"

Columns = Sequence[str | int]


class OwnData(NamedTuple):
    """Features and labels of both sets; `order` are the labels in order, where that is known."""

    x_train: Any
    y_train: NDArray[Any]
    x_test: Any
    y_test: NDArray[Any]
    feature_names: tuple[str, ...]
    order: list[Any] | None = None
    names: list[str] | None = None


def is_table(value: object) -> bool:
    """Whether it is a data frame; pandas is not required, so it is told by what it can do."""
    return hasattr(value, "columns") and hasattr(value, "to_numpy")


def take_apart(value: object, columns: Columns | None) -> OwnData:
    """Features and labels of arrays, of a data frame, or of a bunch.

    Raises:
        TypeError, ValueError: it is none of these, or has no such columns.
    """
    if is_table(value):
        return _table(value, columns)
    if isinstance(value, Mapping) and "data" in value and "target" in value:
        return _bunch(value, columns)
    if not isinstance(value, (tuple, list)):
        msg = (
            "a dataset is a name such as 'circles', a Dataset, a data frame, a bunch of scikit-learn's, or arrays "
            f"(X, y) or (X_train, y_train, X_test, y_test), not {type(value).__name__}"
        )
        if hasattr(value, "shape"):
            msg += " without labels"
        raise TypeError(msg)
    if len(value) not in {2, 4}:
        msg = f"arrays are given as (X, y) or (X_train, y_train, X_test, y_test), not as {len(value)} items"
        raise ValueError(msg)
    x_train, y_train, x_test, y_test = value if value[2:] else (*value, [], [])
    names = [str(name) for name in getattr(x_train, "columns", ())]
    given = plain("x_train", x_train)
    if isinstance(value, list) and given.ndim == 1:
        msg = f"a list of {len(value)} rows is data without labels: give both, as (X, y)"
        raise ValueError(msg)
    x, chosen = _chosen(given, names, columns)
    rest = plain("x_test", x_test)
    if rest.ndim == _AXES and columns is not None:
        rest, _ = _chosen(rest, names, columns)
    return OwnData(x, column("y_train", y_train), rest, column("y_test", y_test), chosen)


def _table(table: Any, columns: Columns | None) -> OwnData:
    names = [str(name) for name in table.columns]
    label = next((name for name in _LABELS if name in names), None)
    if label is None:
        allowed = ", ".join(map(repr, _LABELS))
        msg = f"a data frame needs a column of labels called {allowed}; it has {', '.join(map(repr, names))}"
        raise ValueError(msg)
    kept = [place for place, name in enumerate(names) if name not in (label, _SET)]
    features = table.iloc[:, kept].to_numpy()
    x, chosen = _chosen(features, [names[place] for place in kept], columns)
    labels = table.iloc[:, names.index(label)]
    test = np.zeros(len(table), dtype=bool)
    if _SET in names:
        sets = table.iloc[:, names.index(_SET)].astype(str).to_numpy()
        unknown = set(sets.tolist()) - {"train", "test"}
        if unknown:
            msg = f"the column 'set' must say 'train' or 'test', not {min(unknown)!r}"
            raise ValueError(msg)
        test = sets == "test"
    y = column("y", labels.to_numpy())
    order = getattr(labels.dtype, "categories", None)
    return OwnData(x[~test], y[~test], x[test], y[test], chosen, None if order is None else list(order))


def _bunch(bunch: Mapping[str, Any], columns: Columns | None) -> OwnData:
    features = plain("data", bunch["data"])
    names = [str(name) for name in bunch.get("feature_names", ())]
    x, chosen = _chosen(features, names, columns)
    y = column("target", bunch["target"])
    texts = [str(name) for name in bunch.get("target_names", ())]
    is_named = len(texts) > 1 and np.issubdtype(y.dtype, np.integer)
    order = list(range(len(texts))) if is_named else None
    return OwnData(x, y, x[:0], y[:0], chosen, order, texts if is_named else None)


def _chosen(features: NDArray[Any], names: list[str], columns: Columns | None) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The columns that are wanted, and what they are called."""
    if features.ndim != _AXES:
        return features, ("x1", "x2")  # refused as such
    if not names:
        names = [f"x{place + 1}" for place in range(features.shape[1] if features.size else _AXES)]
    if columns is None:
        return features, tuple(names)
    there = ", ".join(map(repr, names))
    if isinstance(columns, str) or len(columns) < _AXES:
        msg = f"columns must be two names or numbers of features, or more, not {columns!r}"
        raise ValueError(msg)
    places = []
    for wanted in columns:
        place = names.index(str(wanted)) if wanted in names else wanted
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(names):
            msg = f"there is no feature {wanted!r}; there are {there}"
            raise ValueError(msg)
        places.append(place)
    return features[:, places], tuple(names[place] for place in places)


# --- labels ------------------------------------------------------------------------------------------------------


def are_values(parts: list[NDArray[Any]]) -> bool:
    """Whether labels are numbers that stand for no classes: more than two, and not all whole."""
    joined = np.concatenate([part.astype(object) for part in parts]).tolist()
    numbers = [label for label in joined if isinstance(label, float) and not isnan(label)]
    return len(numbers) == len(joined) and len(set(numbers)) > 2 and not all(n.is_integer() for n in numbers)


def _is_missing(label: object) -> bool:
    # pandas' marks for missing values are told by name: pandas is not required
    return label is None or type(label).__name__ in {"NAType", "NaTType"} or (isinstance(label, float) and isnan(label))


def classes_of(own: OwnData) -> tuple[list[NDArray[Any]], tuple[str, ...]]:
    """Labels of any kind to 0, 1, … in their order, else sorted; and the texts for them."""
    values = [own.y_train.tolist(), own.y_test.tolist()]
    for field, labels in zip(("y_train", "y_test"), values, strict=True):
        for row, label in enumerate(labels):
            if _is_missing(label):
                msg = f"{field} must have a label for each sample, but row {row} is {label!r}"
                raise ValueError(msg)
    classes = _in_order(set(values[0]) | set(values[1]), own.order)
    if len(classes) > MOST_CLASSES:
        shown = ", ".join(map(repr, classes[:MOST_CLASSES]))
        msg = (
            f"y has {len(classes)} classes ({shown}, …), and {MOST_CLASSES} are supported; if they are values to "
            'predict, give as_dataset((X, y), task="regression")'
        )
        raise ValueError(msg)
    if len(classes) == 1:
        # A lone 0 or 1 says which of the two it is; any other lone label is the first class.
        classes = [0, 1] if classes[0] in {0, 1} else [classes[0], "other"]
    code = {label: np.float32(index) for index, label in enumerate(classes)}
    texts = tuple(str(int(c)) if isinstance(c, float) and c.is_integer() else str(c) for c in classes)
    if own.names is not None and len(own.names) == len(classes):
        texts = tuple(own.names)
    codes: list[NDArray[Any]] = [np.array([code[label] for label in labels], dtype=np.float32) for labels in values]
    return codes, texts or ("0", "1")


def _in_order(found: set[Any], order: list[Any] | None) -> list[Any]:
    if order is not None and found <= set(order):
        return order
    try:
        return sorted(found)
    except TypeError:  # labels of kinds that have no order between them
        return sorted(found, key=str)
