"""Recordings as bytes: what `_recorded_types` describes, written and read."""

from __future__ import annotations

import base64
import json
import math
import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets.widgets._frames import Parts

FORMAT = 1
NO_NUMBER, FINEST = -(2**15), 2**15 - 1
LEVEL = 9
PIECE = 2**18  # bytes that are compressed between two looks whether to go on
MOST_INFLATED = 2**27  # bytes; more is no recording of ours
_DTYPES = ("uint8", "int16", "float32", "float64")

Told = dict[str, Any]


@dataclass(frozen=True)
class RecordedFrame:
    """A moment of a run: its header, its arrays by name, and which of the run's pasts describes it, if one does."""

    header: Told
    arrays: Parts
    past: int | None = None


@dataclass(frozen=True)
class Recorded:
    """A run: its frames in their order, the number of the one where it stands, its curves, and `RecordedPast`s."""

    frames: Sequence[RecordedFrame]
    stands: int
    rows: Parts
    pasts: Sequence[Told] = field(default_factory=list)


# -- writing ----------------------------------------------------------------------------------------


def encode(recorded: Recorded, rounded: Collection[str] = (), check: Callable[[], None] = lambda: None) -> bytes:
    """A recording as bytes.

    Args:
        recorded: the run; arrays are uint8, int16, float32 or float64.
        rounded: names of float32 arrays that are kept as int16 multiples of a number, one for each stretch.
        check: called every few milliseconds; what it raises is passed on.

    Example:
        >>> frames = [RecordedFrame({"epoch": 0}, {"fit": np.array([0.25, np.nan], np.float32)})]
        >>> decode(encode(Recorded(frames, 0, {}))).frames[0].arrays["fit"].tolist()
        [0.25, nan]
    """
    stretches, planes = [], []
    for past, frames in _stretches(recorded.frames):
        parts = []
        for name, first in frames[0].arrays.items():
            values = np.stack([frame.arrays[name] for frame in frames])
            scale = _scale(values) if name in rounded and first.dtype == np.float32 else None
            parts.append(_part(name, first, scale))
            planes.append(values if scale is None else _multiples(values, scale))
        headers = [frame.header | {"parts": []} for frame in frames]
        stretches.append({"headers": headers, "parts": parts, "past": past})
    rows = [_part(name, array, None) for name, array in recorded.rows.items()]
    planes += [array[None] for array in recorded.rows.values()]
    about = {
        "format": FORMAT,
        "stands": recorded.stands,
        "stretches": stretches,
        "rows": rows,
        "pasts": [_in_text(past) for past in recorded.pasts],
    }
    return _compressed(_chunks(about, planes), check)


def _stretches(frames: Iterable[RecordedFrame]) -> Iterator[tuple[int | None, list[RecordedFrame]]]:
    def kind(frame: RecordedFrame) -> object:
        return frame.past, [(name, array.dtype.name, array.shape) for name, array in frame.arrays.items()]

    for _, stretch in groupby(frames, kind):
        found = list(stretch)
        yield found[0].past, found


def _part(name: str, array: NDArray[Any], scale: float | None) -> Told:
    if array.dtype.name not in _DTYPES:
        raise TypeError(f"{name} is {array.dtype.name}; arrays are {', '.join(_DTYPES)}")
    return {"name": name, "dtype": array.dtype.name, "shape": list(array.shape), "scale": scale}


def _scale(values: NDArray[np.float32]) -> float:
    """The number of which the largest of these is the largest multiple."""
    largest = float(np.abs(values, where=np.isfinite(values), out=np.zeros_like(values)).max(initial=0.0))
    return largest / FINEST or 1.0


def _multiples(values: NDArray[np.float32], scale: float) -> NDArray[np.int16]:
    known = np.isfinite(values)
    multiples = np.where(known, values, 0.0).astype(np.float64) / scale
    array: NDArray[np.int16] = np.where(known, np.rint(multiples), NO_NUMBER).astype(np.int16)
    return array


def _chunks(about: Told, planes: Iterable[NDArray[Any]]) -> Iterator[bytes]:
    text = json.dumps(about, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    yield struct.pack("<I", len(text)) + text + b"\0" * (-(4 + len(text)) % 8)
    for plane in planes:
        yield from _by_byte(plane)


def _by_byte(values: NDArray[Any]) -> Iterator[bytes]:
    """The lowest bytes of all differences from frame to frame, then the next higher ones, and so on."""
    size = values.dtype.itemsize
    numbers = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).view(f"<u{size}")
    numbers = numbers.reshape(len(values), -1)
    differences = np.concatenate([numbers[:1], numbers[1:] - numbers[:-1]])
    each = differences.astype(f"<u{size}", copy=False).view(np.uint8).reshape(*differences.shape, size)
    for place in range(size):
        yield each[:, :, place].tobytes()


def _compressed(chunks: Iterable[bytes], check: Callable[[], None]) -> bytes:
    stream, found = zlib.compressobj(LEVEL), []
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            check()
            found.append(stream.compress(chunk[start : start + PIECE]))
    return b"".join([*found, stream.flush()])


def _in_text(value: Any) -> Any:
    """A trait's value with its bytes as text."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: _in_text(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_in_text(each) for each in value]
    return value


# -- reading ----------------------------------------------------------------------------------------


def decode(data: bytes) -> Recorded:
    """What was recorded. Arrays are copies; of those that were rounded, what was no finite number is NaN.

    Raises:
        ValueError: it is no recording, was cut or changed, or is of a newer version.
    """
    plain = _inflated(data)
    try:
        about, start = _about(plain)
        reader = _Planes(plain, start)
        frames = [frame for stretch in about["stretches"] for frame in _frames(stretch, reader)]
        rows = {part["name"]: reader.take(part, 1)[0] for part in about["rows"]}
        pasts = [_in_bytes(past) for past in about["pasts"]]
        stands = about["stands"]
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"this is no recording of a run: {type(error).__name__} in what it says of itself") from error
    reader.end()
    if type(stands) is not int or not 0 <= stands < len(frames):
        raise ValueError(f"this recording has {len(frames)} moments, and says that its run stands at number {stands}")
    if any(frame.past is not None and not _is_place(frame.past, pasts) for frame in frames):
        raise ValueError("this recording lacks a network that it speaks of")
    return Recorded(frames, stands, rows, pasts)


def _is_place(number: object, things: Sequence[object]) -> bool:
    return type(number) is int and 0 <= number < len(things)


def _inflated(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(data, MOST_INFLATED)
    except zlib.error as error:
        raise ValueError(f"this is no recording of a run: {error}") from error
    if stream.unconsumed_tail:
        raise ValueError("this is no recording of a run: it is too large")
    if not stream.eof or stream.unused_data:
        raise ValueError("this recording of a run was cut" if not stream.eof else "something follows this recording")
    return plain


def _about(plain: bytes) -> tuple[Told, int]:
    """What a recording says of itself, and where its planes begin."""
    length = int.from_bytes(plain[:4], "little")
    if len(plain) < 4 + length:
        raise ValueError("this recording of a run was cut")
    about = json.loads(plain[4 : 4 + length].decode())  # what is wrong with it is a ValueError
    found = about["format"]
    if found != FORMAT:
        raise ValueError(f"this recording has the format {found!r}; this version of nnwidgets reads {FORMAT}")
    return about, -(-(4 + length) // 8) * 8


class _Planes:
    """Takes one plane after the other."""

    def __init__(self, plain: bytes, start: int) -> None:
        self._plain, self._place = plain, start

    def take(self, part: Told, count: int) -> NDArray[Any]:
        """The next plane, `(count, …)`."""
        shape, scale = part["shape"], part["scale"]
        if part["dtype"] not in _DTYPES or not isinstance(shape, list):
            raise ValueError(f"this recording has a part of a kind that there is not: {part['dtype']!r}")
        if any(type(side) is not int or side < 0 for side in shape):
            raise ValueError(f"this recording has a part of the shape {shape}")
        dtype = np.dtype(part["dtype"] if scale is None else "int16").newbyteorder("<")
        size, units = dtype.itemsize, math.prod(shape)
        numbers = count * units
        if numbers * size > len(self._plain) - self._place:
            raise ValueError("this recording of a run was cut")
        each = np.frombuffer(self._plain, np.uint8, numbers * size, self._place).reshape(size, count, units)
        self._place += numbers * size
        differences = np.ascontiguousarray(np.moveaxis(each, 0, -1)).view(f"<u{size}").reshape(each.shape[1:])
        values = np.cumsum(differences, axis=0, dtype=f"u{size}").astype(f"<u{size}", copy=False).view(dtype)
        values = values.reshape(count, *shape).astype(dtype.newbyteorder("="), copy=False)
        return values if scale is None else _from_multiples(values, scale)

    def end(self) -> None:
        """Nothing may be left."""
        if self._place != len(self._plain):
            raise ValueError("this recording has more in it than it says of itself")


def _from_multiples(multiples: NDArray[np.int16], scale: object) -> NDArray[np.float32]:
    if not isinstance(scale, int | float) or not math.isfinite(scale):
        raise ValueError(f"this recording has a part with the scale {scale!r}")
    known = multiples != NO_NUMBER
    array: NDArray[np.float32] = np.where(known, multiples.astype(np.float64) * float(scale), np.nan).astype(np.float32)
    return array


def _frames(stretch: Told, reader: _Planes) -> list[RecordedFrame]:
    headers, past = stretch["headers"], stretch["past"]
    if not isinstance(headers, list) or not all(isinstance(header, dict) for header in headers):
        raise ValueError("this recording has moments that say nothing of themselves")
    planes = {part["name"]: reader.take(part, len(headers)) for part in stretch["parts"]}
    return [
        RecordedFrame(header, {name: plane[at] for name, plane in planes.items()}, past)
        for at, header in enumerate(headers)
    ]


def _in_bytes(value: Any) -> Any:
    """The inverse of `_in_text`."""
    if isinstance(value, dict):
        if value.keys() == {"base64"} and isinstance(value["base64"], str):
            return base64.b64decode(value["base64"], validate=True)
        return {name: _in_bytes(each) for name, each in value.items()}
    return [_in_bytes(each) for each in value] if isinstance(value, list) else value
