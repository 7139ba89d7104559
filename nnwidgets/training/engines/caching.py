"""Compiled code kept on disk, for all processes of a machine at once, until a file that it comes from changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, InTreeCacheLocator

PATIENCE = 60.0  # seconds; what is done while others wait takes milliseconds


class _Beside(InTreeCacheLocator):
    """What lies beside a function's file, to be read where nothing can be written."""

    @classmethod
    def from_function(cls, function: Any, path: str) -> Any:
        locator: Any = cls(function, path)
        return locator if next(Path(locator.get_cache_path()).glob("*.nbi"), None) else None


class _Readable(CompileResultCacheImpl):
    _locator_classes = [  # noqa: RUF012 (numba's own, of which this is one)
        *CompileResultCacheImpl._locator_classes,
        _Beside,
    ]


class SharedCache(FunctionCache):
    """numba's cache of a function, which one process at a time reads or writes.

    Left alone, two that compile at the same time, one for float32 and one for float64, may give both results the same
    name, and from then on the one would be run with the other's memory. It would also renew what was kept only if
    the function's own file changed, not if one of a function that is called in it did: here all files of its folder
    count. And it would pass over what lies beside that file where this user cannot write: there somebody who installed
    the package may have compiled it for all.

    Raises:
        RuntimeError: neither the folder of the function's file nor the user's is writable, and nothing lies there.
    """

    _impl_class = _Readable

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        implementation = self._impl
        files = _digests(tuple((path, path.stat().st_mtime_ns) for path in _sources(function)))
        stamp = implementation.locator.get_source_stamp(), *files

        def files_at(path: str) -> Any:
            return IndexDataCacheFile(  # type: ignore[no-untyped-call]
                cache_path=path, filename_base=implementation.filename_base, source_stamp=stamp
            )

        beside = str(Path(function.__code__.co_filename).absolute().parent / "__pycache__")
        self._cache_file: Any = files_at(self.cache_path)
        self._for_all: Any = None if beside == self.cache_path else files_at(beside)
        self.lock = FileLock(Path(self.cache_path, "nnwidgets.lock"))

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for these types, else None."""
        with self._alone():
            found = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return self._load_for_all(sig, target_context) if found is None and self._for_all is not None else found

    def _load_for_all(self, sig: Any, target_context: Any) -> Any:
        own, self._cache_file = self._cache_file, self._for_all
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except OSError:  # whoever compiled it for all does so again
            return None
        finally:
            self._cache_file = own

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for these types, where there is a place for it."""
        with self._alone(), suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """As far as the file system knows locks: it is better to go on than to wait for ever."""
        try:
            self._impl.locator.ensure_cache_path()
            self.lock.acquire(timeout=PATIENCE)
        except (OSError, NotImplementedError, Timeout):
            yield
            return
        try:
            yield
        finally:
            self.lock.release()


def _sources(function: Any) -> list[Path]:
    """The files of the function's folder."""
    return sorted(Path(function.__code__.co_filename).parent.glob("*.py"))


@cache
def _digests(files: tuple[tuple[Path, int], ...]) -> tuple[tuple[str, str], ...]:
    """What is in files, as they are at these times; not when they were written, which is another time in a copy."""
    return tuple((path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path, _ in files)
