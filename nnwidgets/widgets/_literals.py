"""Values as Python writes them, and scripts with such values filled in; `js/src/model/literals.ts` says the same."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"⟨(\w+)⟩")

Words = Mapping[str, tuple[str, Mapping[str, str]]]
"""What stands for a place in a script that is no setting: the setting that decides, and a text for each value of it."""


def literal(value: Any) -> str:
    """A setting as an expression: whole numbers without a point, texts in double quotes, tuples as lists.

    Example:
        >>> literal({"x": [1.0, -0.5, 1e-7], "name": "a b"})
        '{"x": [1, -0.5, 1e-7], "name": "a b"}'
    """
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(str(key))}: {literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    number = float(value)
    if not math.isfinite(number):
        return f'float("{number}")'
    if number.is_integer() and abs(number) < 1e16:
        return str(int(number))
    return re.sub(r"e([+-])0", r"e\1", repr(number))


def fill(script: str, words: Words, settings: Mapping[str, Any]) -> str:
    """A script with each ``⟨place⟩`` filled in: by a setting as a literal, or by a text that may have places itself.

    Example:
        >>> words = {"apply": ("activation", {"tanh": "torch.tanh(⟨x⟩)", "relu": "torch.relu(⟨x⟩)"})}
        >>> fill("y = ⟨apply⟩", words, {"activation": "tanh", "x": 0.5})
        'y = torch.tanh(0.5)'
    """

    def of(place: re.Match[str]) -> str:
        name = place[1]
        if name not in words:
            return literal(settings[name])
        setting, texts = words[name]
        value = settings[setting]
        return fill(texts[str(value).lower() if isinstance(value, bool) else str(value)], words, settings)

    return _PLACE.sub(of, script)
