"""How much a configuration that comes as text may ask for: it may be a stranger's, and nothing shall hang for it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

LONGEST = 100_000
"""Characters that a text may have: what can still be pasted into a message."""

MOST: Mapping[str, int] = {
    "samples": 1_000_000,
    "columns of data": 100,
    "features": 100,
    "hidden layers": 16,
    "neurons in a hidden layer": 256,
    "weights": 100_000,
    "inputs of all samples": 10_000_000,
    "products of weights and samples a step": 2_000_000_000,
    "threads": 64,
    "characters of a name": 200,
    "characters of the lesson": 2_000,
    "frozen weights": 100_000,
}
"""What a configuration may have of each. Far more than the controls on screen offer."""


def check_size(config: Mapping[str, Any], columns: int, samples: object) -> None:
    """Refuse, with a `ValueError`, a configuration that asks for more than `MOST`.

    What is no number or list is left to whoever checks the settings.

    Args:
        config: as `config()` has it.
        columns: of its data.
        samples: of its data, training and test together.

    Example:
        >>> check_size({"hidden_layers": [3, 1000]}, 2, 500)
        Traceback (most recent call last):
        ...
        ValueError: this configuration asks for 1,000 neurons in a hidden layer; a text may ask for at most 256
    """
    for what, count in _counts(config, columns, _whole(samples)).items():
        if count > MOST[what]:
            raise ValueError(f"this configuration asks for {count:,} {what}; a text may ask for at most {MOST[what]:,}")


def check_texts(texts: list[Any]) -> None:
    """Refuse, with a `ValueError`, names that are too long to be shown."""
    longest = max((len(text) for text in texts if isinstance(text, str)), default=0)
    if longest > MOST["characters of a name"]:
        raise ValueError(
            f"this configuration has a name of {longest:,} characters; a text may have at most "
            f"{MOST['characters of a name']:,}"
        )


def _counts(config: Mapping[str, Any], columns: int, samples: int) -> dict[str, int]:
    features, hidden = config.get("features"), [_whole(units) for units in _list(config.get("hidden_layers"))]
    inputs = len(_list(features)) if features else columns
    counts = {
        "samples": samples,
        "columns of data": columns,
        "features": inputs,
        "hidden layers": len(hidden),
        "neurons in a hidden layer": max(hidden, default=0),
        "threads": _whole(config.get("threads")),
        "characters of the lesson": len(config["lesson"]) if isinstance(config.get("lesson"), str) else 0,
        "frozen weights": sum(len(_list(places)) for places in _values(config.get("frozen"))),
    }
    sizes = [inputs, *hidden, 8]
    weights = sum(before * after for before, after in pairwise(sizes))
    return counts | {
        "weights": weights,
        "inputs of all samples": inputs * samples,
        "products of weights and samples a step": weights * min(_whole(config.get("batch_size")), samples),
    }


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0  # a setting may be 1e3, too


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _values(value: object) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else []
