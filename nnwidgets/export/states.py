"""Widgets as a notebook saved them: traits with their bytes in place, and the arrays of frames.

What is read here may have been written by anybody: sizes are checked before anything is made of them, and nothing is
run.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"

MOST_BOXES = 8  # in one another

_MODEL = "IPY_MODEL_"
_MODULE = "nnwidgets."
_DTYPES = ("uint8", "int16", "float32", "float64")


@dataclass(frozen=True)
class Saved:
    """A widget as it was saved.

    Attributes:
        kind: name of its class, such as "PlanarTrainer"; of widgets that are not of this package that of its model.
        is_ours: whether it is of this package.
        traits: by name; bytes are where they belong.
    """

    kind: str
    is_ours: bool
    traits: Mapping[str, Any]

    @property
    def children(self) -> list[str]:
        """The ids of the models in a box."""
        names = self.traits.get("children")
        texts = [name for name in names if isinstance(name, str)] if isinstance(names, list | tuple) else []
        return [name.removeprefix(_MODEL) for name in texts if name.startswith(_MODEL)]


def states_in(metadata: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The states of widgets, by their model's id, as ipywidgets writes them into a notebook's metadata.

    What is no state is left out, and of the bytes beside one those that belong nowhere.
    """
    found: Any = metadata
    for key in ("widgets", STATE, "state"):
        found = found.get(key) if isinstance(found, Mapping) else None
    entries = found if isinstance(found, Mapping) else {}
    return {
        name: {**entry, "buffers": _placed(entry)}
        for name, entry in entries.items()
        if isinstance(entry, Mapping) and isinstance(entry.get("state"), Mapping)
    }


def _placed(entry: Mapping[str, Any]) -> list[Any]:
    """The buffers of a state that can be read and have a place in it.

    What executes notebooks also keeps those of what is None by now, or shorter.
    """
    filled, buffers = _copied(entry["state"]), entry.get("buffers")
    return [buffer for buffer in buffers if _put(filled, buffer)] if isinstance(buffers, list | tuple) else []


def saved(entry: Any) -> Saved | None:
    """One of these states; None where it is none."""
    traits = entry.get("state") if isinstance(entry, Mapping) else None
    if not isinstance(traits, Mapping):
        return None
    filled = _copied(traits)
    buffers = entry.get("buffers")
    for buffer in buffers if isinstance(buffers, list | tuple) else ():
        _put(filled, buffer)
    name = filled.get("_anywidget_id")
    if isinstance(name, str) and name.startswith(_MODULE):
        return Saved(name.rpartition(".")[2], is_ours=True, traits=filled)
    return Saved(str(entry.get("model_name", "")).removesuffix("Model"), is_ours=False, traits=filled)


def ours_in(model_id: str, states: Mapping[str, Any], depth: int = MOST_BOXES) -> Iterator[tuple[str, Saved]]:
    """The id and the state of a widget of ours; or those in a box, in their order."""
    entry = saved(states.get(model_id))
    if entry is None:
        return
    if entry.is_ours:
        yield model_id, entry
    elif depth:
        for child in entry.children:
            yield from ours_in(child, states, depth - 1)


def model_of(view: Any) -> str | None:
    """The id of the model that an output shows."""
    found = view.get("model_id") if isinstance(view, Mapping) else None
    return found if isinstance(found, str) else None


def is_recording(data: Any) -> bool:
    """Whether these are bytes from which a run can be replayed, or such bytes as base64."""
    from nnwidgets.widgets._recorded_format import decode

    try:
        decode(_decoded(data, "base64") if isinstance(data, str) else data)
    except (TypeError, ValueError):
        return False
    return True


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list | tuple) else value


def _put(traits: dict[str, Any], buffer: Any) -> bool:
    """Put bytes in their place; says whether there is one."""
    try:
        *path, last = buffer["path"]
        data = _decoded(buffer["data"], buffer.get("encoding", "base64"))
        place: Any = traits
        for key in path:
            place = place[key]
        if isinstance(place, list) and not -1 < last < len(place):
            return False
        place[last] = data
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return False
    return isinstance(place, dict | list)


def _decoded(text: str, encoding: str) -> bytes:
    if encoding == "hex":
        return bytes.fromhex(text)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64: {error}") from error


def frame_arrays(parts: Any, data: Any) -> Arrays:
    """The arrays of a frame by name, from the list of its parts and its bytes.

    Raises:
        ValueError: the list does not fit the bytes, or is none.
    """
    arrays = {}
    for part in _listed(parts):
        shape, dtype = part.get("shape"), part.get("dtype")
        offset: Any = part.get("offset")
        if dtype not in _DTYPES or not isinstance(part.get("name"), str):
            raise ValueError(f"a frame has no part such as {part.get('name')!r} of {dtype!r}")
        if not isinstance(shape, list | tuple) or not all(map(_is_size, (*shape, offset))):
            raise ValueError(f"a part of a frame has no such shape as {shape!r}, or place as {offset!r}")
        arrays[part["name"]] = array_of(data, dtype, tuple(shape), offset)
    return arrays


def _listed(parts: Any) -> list[Mapping[str, Any]]:
    if not isinstance(parts, list | tuple) or not all(isinstance(part, Mapping) for part in parts):
        raise ValueError("a frame lists its parts")
    return list(parts)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def array_of(data: Any, dtype: str, shape: tuple[int, ...], offset: int = 0) -> NDArray[Any]:
    """Numbers from bytes, little-endian; raises `ValueError` where the bytes are too few."""
    kind = np.dtype(dtype).newbyteorder("<")
    count = math.prod(shape)
    if not isinstance(data, bytes) or offset + count * kind.itemsize > len(data):
        raise ValueError(f"there are fewer bytes than {shape} numbers take")
    array: NDArray[Any] = np.frombuffer(data, kind, count, offset).reshape(shape).astype(dtype)
    return array
