"""How soon the training thread gets the interpreter back from a busy cell."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PROMPT_INTERVAL = 0.0001  # seconds; the requests are not more for it, they only wait less


class Promptness:
    """Shortens Python's switch interval while something is done that a reader waits for.

    A pure-Python cell gives the interpreter up only when somebody has asked for it for 5 ms, and a
    training step asks for it some 25 times, once after each operation of PyTorch. A click would
    wait for all of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0
        self._usual: float | None = None

    def begin(self) -> None:
        """Somebody waits."""
        with self._lock:
            self._waiting += 1
            usual = sys.getswitchinterval()
            if self._waiting == 1 and usual > PROMPT_INTERVAL:
                self._usual = usual
                sys.setswitchinterval(PROMPT_INTERVAL)

    def end(self) -> None:
        """It is done."""
        with self._lock:
            self._waiting -= 1
            if not self._waiting and self._usual is not None:
                sys.setswitchinterval(self._usual + 0.5e-6)  # Python cuts off what is less than a microsecond
                self._usual = None

    @contextmanager
    def off(self) -> Iterator[None]:
        """Inside `with PROMPTNESS:`, a stretch that does not need the interpreter."""
        self.end()
        try:
            yield
        finally:
            self.begin()

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *_: object) -> None:
        self.end()


PROMPTNESS = Promptness()
