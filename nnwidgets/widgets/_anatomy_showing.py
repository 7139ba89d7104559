"""What a `NetworkAnatomy` found, as the traits that a view reads."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nnwidgets.widgets._anatomy_types import AnatomyTrait, AskedTrait, InsideTrait, NumbersTrait

if TYPE_CHECKING:
    from nnwidgets.anatomy.graph import Graph
    from nnwidgets.anatomy.inside import Inside
    from nnwidgets.widgets._anatomy_source import Measured


def plain(value: Any) -> Any:
    r"""A value as it travels: dataclasses as dicts, arrays as little-endian float32, no infinite numbers.

    Example:
        >>> plain((1, float("nan"), np.float32(0.5), np.ones(1)))
        [1, None, 0.5, b'\x00\x00\x80?']
    """
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value, dtype="<f4").tobytes()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def anatomy_trait(graph: Graph, **others: Any) -> AnatomyTrait:
    """A graph; `others` are what only the widget knows."""
    fields = [name for name in AnatomyTrait.__annotations__ if name not in others]
    return cast("AnatomyTrait", {name: plain(getattr(graph, name)) for name in fields} | others)


def numbers_trait(found: Measured, version: int, share: float | None) -> NumbersTrait:
    """What the rows show."""
    standing = found.standing
    return {
        "version": version,
        "step": standing.step,
        "epoch": plain(standing.epoch),
        "loss": plain(standing.loss),
        "settled": standing.settled,
        "share": plain(share),
        "has_gradients": found.has_gradients,
        "rows": plain(found.rows),
    }


def inside_trait(inside: Inside, *, version: int, of: int, asked: AskedTrait, note: str = "") -> InsideTrait:
    """A layer that is open; `note` is said besides."""
    said = " ".join(filter(None, (inside.note, note)))
    fields = plain(inside)
    known = {name: fields[name] for name in InsideTrait.__annotations__ if name in fields}
    return cast("InsideTrait", known | {"version": version, "of": of, "asked": asked, "note": said})
