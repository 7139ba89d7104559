"""A process that serves pages, and what it prints."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0


class Serving:
    """A process that is ready when it has said so.

    Args:
        name: of what it is, for messages.
        command: what is run.
        folder: where it is run.
        environment: its variables.
        sign: what it prints when it is ready.

    Raises:
        RuntimeError: it did not start; the message has what it printed.
    """

    def __init__(
        self, name: str, command: Sequence[object], folder: Path, environment: Mapping[str, str], sign: str
    ) -> None:
        self._sign = sign
        self._log: deque[str] = deque(maxlen=400)
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read_log, name=f"{name} log", daemon=True)
        self._reader.start()
        if not self._ready.wait(START_TIMEOUT) or self._process.poll() is not None:
            self.close()
            raise RuntimeError(f"{name} did not start; it said:\n{self.log}")

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def log(self) -> str:
        """The last lines that it and its children printed."""
        return "".join(self._log)

    def forget_log(self) -> None:
        """Let `log` begin anew."""
        self._log.clear()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # A child that outlives it holds its output open: it is not waited for.
        self._reader.join(STOP_TIMEOUT)

    def _read_log(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._log.append(line)
                if self._sign in line:
                    self._ready.set()
        # The process has ended: nobody should wait any longer.
        self._ready.set()


def free_port() -> int:
    """A port of this machine that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
