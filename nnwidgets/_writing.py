"""Files that are written as a whole, or not at all."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OPEN = ("/dev/stdout", "/dev/stderr")  # for this process


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Where to write what takes the place of a file once the block has ended well; else the older one stays.

    What is no ordinary file, such as /dev/stdout, is written to directly. What takes the place of a file has its
    rights, and another name of it (a hard link) keeps what was in it.

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
    is_open = str(target) in OPEN or target.is_relative_to("/dev/fd")  # also where it leads to a file
    if is_open or (target.exists() and not target.is_file()):
        yield target
        return
    target = target.resolve()  # what a link leads to is replaced, and not the link
    part = target.with_name(f".{os.getpid()}-{threading.get_ident()}.part")  # as short as can be: names have limits
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())
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
