"""Plain data in a file that is complete, and the same to the last bit, or is not read at all."""

from __future__ import annotations

import io
import os
import zipfile
from typing import IO, Any, cast

import torch

from nnwidgets._writing import replacing


class _Noting(io.RawIOBase):
    """A file for PyTorch to write to, which makes something else of an error of the disk."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Write all of it, and keep the error if there is one; a disk that is nearly full takes a part at a time."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self.error = error
            raise
        return size


def write(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write it; an older file is replaced once the new one is complete.

    Raises:
        OSError: it cannot be written; an older file is untouched.
    """
    with replacing(path) as part, part.open("wb", buffering=0) as file:
        noting = _Noting(file)
        try:
            torch.save(content, cast("IO[bytes]", noting))
        except Exception:
            if noting.error is None:
                raise
            raise noting.error from None


def read(path: str | os.PathLike[str]) -> Any:
    """What was written. Only plain data are read; it cannot run code.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is something else, or not as it was written.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - a path of any kind
        try:
            _check(file)
            file.seek(0)
            return torch.load(file, weights_only=True, map_location="cpu")
        except (MemoryError, OSError):
            raise
        except Exception as error:
            said = str(error).partition("\n")[0][:200] or type(error).__name__
            raise ValueError(f"{path} is not a saved trainer, or it is damaged: {said}") from error


def _check(file: Any) -> None:
    """Raise where a part of it is not what its check sum says; what was written without one is not looked at."""
    with zipfile.ZipFile(file) as parts:
        for part in parts.infolist():
            if part.CRC:
                with parts.open(part) as stream:
                    while stream.read(2**20):
                        pass
