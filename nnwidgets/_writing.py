"""Files that are written as a whole, or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Where to write what takes the place of a file once the block has ended well; else the older one stays.

    What is no ordinary file, such as /dev/stdout, is written to directly.

    Raises:
        OSError: it cannot be written, with the name of the file that was asked for.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "page.html"
        ...     with replacing(path) as part:
        ...         _ = part.write_text("<p>all of it</p>")
        ...     path.read_text(), len(list(Path(folder).iterdir()))
        ('<p>all of it</p>', 1)
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        yield target
        return
    target = target.resolve()  # what a link leads to is replaced, and not the link
    part = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield part
        if target.exists():
            part.chmod(target.stat().st_mode)
        part.replace(target)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            raise type(error)(error.errno, error.strerror, str(path)) from None
        raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file as a whole, or not at all."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
