"""News from inside the kernel while its main thread is busy."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

TIMEOUT = 30.0
INTERVAL = 0.002

# Runs in the kernel. A thread of its own looks at the expression and tells each new value, until nobody listens: it
# finds out by waiting for a word that never comes.
_PROGRAM = """
def begin(namespace, expression, port, interval):
    import json, socket, threading, time

    def look():
        try:
            return eval(expression, namespace)
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def is_heard(line):
        line.settimeout(interval)
        try:
            return line.recv(1) != b""
        except TimeoutError:
            return True
        finally:
            line.settimeout(None)

    def tell():
        told = None
        with socket.create_connection(("127.0.0.1", port)) as line:
            while is_heard(line):
                news = json.dumps(look(), default=repr)
                if news != told:
                    line.sendall((json.dumps([time.time(), json.loads(news)]) + "\\n").encode())
                    told = news

    def run():
        try:
            tell()
        except OSError:
            pass

    threading.Thread(target=run, name="watch", daemon=True).start()
"""


@dataclass(frozen=True)
class Change:
    """A value, and when it was first seen (seconds, `time.time()`)."""

    at: float
    value: Any


class Watch:
    """The values of an expression in the kernel, as they change; made by `Notebook.watch`.

        with notebook.watch("trainer.status") as status:
            notebook.run_cell(2, wait=False)
            view.click("Pause")
            status.wait_for("paused")

    Attributes:
        changes: all so far, the first value included.
    """

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._news: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self._line: socket.socket | None = None
        self._door = socket.create_server(("127.0.0.1", 0))
        self._listener = threading.Thread(target=self._listen, name="watch", daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def program(self, expression: str) -> str:
        """What the kernel must execute."""
        port = self._door.getsockname()[1]
        return (
            f"_scope = {{}}; exec({_PROGRAM!r}, _scope); "
            f"_scope['begin'](globals(), {expression!r}, {port}, {INTERVAL}); del _scope"
        )

    def wait_for(self, condition: Callable[[Any], bool] | Any, timeout: float = TIMEOUT) -> Change:
        """Wait for a value that is equal to `condition`, or for which `condition` is true; the last one counts too.

        Raises:
            TimeoutError: it did not come; the message says what came.
        """
        holds = condition if callable(condition) else lambda value: value == condition
        if self.changes and holds(self.changes[-1].value):
            return self.changes[-1]
        # The bound is on the whole: news that are not those waited for may never end.
        deadline = time.monotonic() + timeout
        while True:
            try:
                change = self._news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                change = None
            if change is None:
                raise TimeoutError(f"it did not come; the last values were {[c.value for c in self.changes[-10:]]}")
            self.changes.append(change)
            if holds(change.value):
                return change

    def close(self) -> None:
        """Stop watching."""
        for end in (self._door, self._line):
            if end is not None:
                # Wakes the listener, which a mere close() would not.
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._door.close()

    def _listen(self) -> None:
        try:
            self._line, _ = self._door.accept()
            with self._line, self._line.makefile("r", encoding="utf-8") as lines:
                for line in lines:
                    self._news.put(Change(*json.loads(line)))
        except OSError:
            pass
        self._news.put(None)
