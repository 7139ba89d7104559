"""Compiled code kept on disk, for all processes of a machine at once, until a file that it comes from changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from numba.core.caching import FunctionCache, IndexDataCacheFile

PATIENCE = 60.0  # seconds; what is done while others wait takes milliseconds


class SharedCache(FunctionCache):
    """numba's cache of a function, which one process at a time reads or writes.

    Left alone, two that compile at the same time, one for float32 and one for float64, may give both results the same
    name, and from then on the one would be run with the other's memory. It would also renew what was kept only if
    the function's own file changed, not if one of a function that is called in it did: here all files of its folder
    count.

    Raises:
        RuntimeError: neither the folder of the function's file nor the user's is writable.
    """

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        implementation = self._impl
        stamps = [(path.name, path.stat().st_mtime, path.stat().st_size) for path in _sources(function)]
        self._cache_file = IndexDataCacheFile(  # type: ignore[no-untyped-call]
            cache_path=self.cache_path,
            filename_base=implementation.filename_base,
            source_stamp=(implementation.locator.get_source_stamp(), *stamps),
        )
        self.lock = FileLock(Path(self.cache_path, "nnwidgets.lock"))

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for these types, else None."""
        with self._alone():
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for these types."""
        with self._alone():
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
