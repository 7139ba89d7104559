"""The function to fit, and those to choose from, as the browser is told of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nnwidgets.expressions import parse_expression
from nnwidgets.targets import FUNCTIONS, FunctionData
from nnwidgets.widgets._describe import MAX_LAYERS, SHOWN_POINTS

MOST_NEURONS = 64  # of a hidden layer that can be asked for on screen
PICTURE = 48  # values of a function's small picture


def function_data_trait(dataset: FunctionData, version: int, *, standardised: Any, can_undo: bool) -> dict[str, Any]:
    """A `FunctionDataTrait`: at most 2,000 samples, shared between the sets by their sizes."""
    n_train, n_test = len(dataset.x_train), len(dataset.x_test)
    share = min(1.0, SHOWN_POINTS / (n_train + n_test))
    shown_train, shown_test = int(n_train * share), int(n_test * share)
    train = np.hstack([dataset.x_train[:shown_train], dataset.y_train[:shown_train]])
    test = np.hstack([dataset.x_test[:shown_test], dataset.y_test[:shown_test]])
    return {
        "version": version,
        "name": dataset.name,
        "label": dataset.label,
        "expression": dataset.expression,
        "n_train": n_train,
        "n_test": n_test,
        "shown_train": shown_train,
        "shown_test": shown_test,
        "class_names": [],
        "feature_names": list(dataset.feature_names),
        "domain": list(dataset.domain),
        "value_range": list(_value_range(dataset)),
        "generated": dataset.recipe is not None,
        "drawn": dataset.drawn,
        "can_undo": can_undo,
        "standardised": standardised,
        "points": np.vstack([train, test]).astype(np.float32).tobytes(),
        "target": None if dataset.target is None else dataset.target.tobytes(),
    }


def _value_range(dataset: FunctionData) -> tuple[float, float]:
    """Bounds of samples and function."""
    parts = [dataset.y_train.ravel(), dataset.y_test.ravel()]
    parts += [] if dataset.target is None else [dataset.target]
    values = np.concatenate(parts)
    low, high = float(values.min()), float(values.max())
    return (low, high) if low < high else (low - 1.0, high + 1.0)


@cache
def function_choices() -> list[dict[str, Any]]:
    """The functions of the table, as `FunctionChoiceTrait`s."""
    choices = []
    for function in FUNCTIONS.values():
        values = parse_expression(function.expression)(np.linspace(*function.domain, PICTURE))
        low, high = values.min(), values.max()
        choices.append(
            {
                "name": function.name,
                "label": function.label,
                "expression": function.expression,
                "domain": list(function.domain),
                "values": ((values - low) / (high - low)).astype(np.float32).tobytes(),
            }
        )
    return choices


def limits(present: dict[str, Any]) -> dict[str, Any]:
    """What the controls of such a trainer offer, where that is something else than for the plane."""
    return present | {"neurons": [1, MOST_NEURONS], "layers": [0, MAX_LAYERS], "n_samples": [2, 1000]}
