"""IDX files, in which MNIST and its kin are handed on: a magic number, the sizes of the axes, and bytes."""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BYTES = 0x08  # the code of unsigned bytes, in the third byte of the magic number
_CHUNK = 1 << 20


def read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The bytes of a file, compressed by gzip or not, that has to hold just ``shape``.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else, or is damaged. The text begins with the file's name.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            return _read(path, file, shape)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        msg = f"{path} is damaged or cut off: {error}"
        raise ValueError(msg) from error


def _read(path: Path, file: io.BufferedIOBase, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    axes = len(shape)
    header = file.read(4 * (1 + axes))
    if len(header) >= 4 and header[:4] != bytes([0, 0, _BYTES, axes]):
        expected = f"0x{_BYTES:06x}{axes:02x}"
        msg = f"{path} is no IDX file of bytes: it begins with 0x{header[:4].hex()}, not {expected}"
        raise ValueError(msg)
    if len(header) < 4 * (1 + axes):
        msg = f"{path} is cut off: it has {len(header)} bytes, and its header alone {4 * (1 + axes)}"
        raise ValueError(msg)
    found = struct.unpack(f">{axes}I", header[4:])
    if found != shape:  # before memory is asked for: a damaged header may say anything
        msg = f"{path} holds {_size(found)} bytes, not {_size(shape)}"
        raise ValueError(msg)
    values = np.empty(math.prod(shape), dtype=np.uint8)
    rest, done = values.data, 0
    while done < len(rest):
        count = file.readinto(rest[done : done + _CHUNK])
        if not count:
            msg = f"{path} is cut off: it has {done:,} of {len(rest):,} values"
            raise ValueError(msg)
        done += count
    if file.read(1):  # at the end gzip compares its checksum, too
        msg = f"{path} has more than the {len(rest):,} values that its header says"
        raise ValueError(msg)
    return values.reshape(shape)


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{axis:,}" for axis in shape)


def write_idx(path: Path, values: NDArray[np.uint8]) -> None:
    """Write such a file, compressed if its name ends in ``.gz``; the same values give the same file."""
    header = bytes([0, 0, _BYTES, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    content = header + values.tobytes()
    path.write_bytes(gzip.compress(content, 9, mtime=0) if path.suffix == ".gz" else content)
