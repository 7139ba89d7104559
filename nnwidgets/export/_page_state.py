"""Traits as a page holds them: as JSON, with what that cannot hold beside it."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any, Literal

from nnwidgets.export._page_types import PageBuffer, PageKey, PageNumber, PageState

_NAMES: dict[float, Literal["Infinity", "-Infinity"]] = {math.inf: "Infinity", -math.inf: "-Infinity"}


def pack(traits: Mapping[str, Any], buffers: Iterable[Mapping[str, Any]] = ()) -> PageState:
    """Traits of a widget; `buffers` are what a saved state has apart from them already.

    Raises:
        TypeError: something that does not travel to a browser.
        ValueError: buffers that cannot be read.

    Example:
        >>> pack({"loss": float("nan"), "layers": (2, 3)})
        {'traits': {'loss': None, 'layers': [2, 3]}, 'buffers': [], 'numbers': [{'path': ['loss'], 'value': 'NaN'}]}
        >>> pack({"curves": [b"bytes"]})["buffers"]
        [{'path': ['curves', 0], 'data': 'Ynl0ZXM='}]
    """
    state: PageState = {"traits": {}, "buffers": [], "numbers": []}
    state["traits"] = {name: _plain(value, [name], state) for name, value in traits.items()}
    state["buffers"] += [_buffer(each) for each in buffers]
    return state


def size(state: PageState) -> int:
    """Bytes that it takes in a page, within some percent."""
    return len(json.dumps(state, separators=(",", ":")))


def _plain(value: Any, path: list[PageKey], state: PageState) -> Any:
    """A value of JSON; None in the place of what is put beside it."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        state["buffers"].append({"path": path, "data": base64.b64encode(value).decode("ascii")})
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(each, [*path, str(key)], state) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, [*path, index], state) for index, each in enumerate(value)]
    return _number(value, path, state["numbers"])


def _number(value: Any, path: list[PageKey], numbers: list[PageNumber]) -> int | float | None:
    if isinstance(value, Integral):
        return int(value)
    if not isinstance(value, Real):
        raise TypeError(f"{'.'.join(map(str, path))}: a {type(value).__name__} cannot be part of a page")
    number = float(value)
    if math.isfinite(number):
        return number
    numbers.append({"path": path, "value": _NAMES.get(number, "NaN")})
    return None


def _buffer(saved: Mapping[str, Any]) -> PageBuffer:
    """One as ipywidgets saves it."""
    data, encoding = str(saved["data"]), saved.get("encoding", "base64")
    if encoding == "hex":
        data = base64.b64encode(bytes.fromhex(data)).decode("ascii")
    elif encoding != "base64":
        raise ValueError(f"bytes of a widget are saved as base64 or hex, not as {encoding!r}")
    return {"path": list(saved["path"]), "data": data}
