"""A slow connection between the browser and JupyterLab, such as a remote hub has."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import Self

REMOTE_HUB = 300_000  # bytes per second

# Buffers on the way are kept small, so that what is late on a slow link is late here too.
CHUNK = 4096
BUFFER = 16_384


class SlowLink:
    """A TCP relay that can be throttled while connections are open; at first it is not.

        with SlowLink(server.port) as link:
            ...  # open a page at link.url
            link.throttle(300_000)

    The rate is shared by all connections, each way for itself. `bytes_down` and `bytes_up` count
    what has passed.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._down = _Way()
        self._up = _Way()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slow link", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where the browser finds JupyterLab, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def bytes_down(self) -> int:
        """Bytes that went to the browser so far."""
        return self._down.passed

    @property
    def bytes_up(self) -> int:
        """Bytes that came from the browser so far."""
        return self._up.passed

    def throttle(self, rate: float | None = REMOTE_HUB) -> None:
        """Let at most `rate` bytes per second through each way; None for as many as come."""
        self._down.rate = self._up.rate = rate

    def close(self) -> None:
        """End all connections."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._connect, "127.0.0.1", 0, limit=BUFFER)

    async def _end(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, from_browser: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        upstream = socket.socket()
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        upstream.setblocking(False)
        await self._loop.sock_connect(upstream, ("127.0.0.1", self._target))
        from_server, to_server = await asyncio.open_connection(sock=upstream, limit=BUFFER)
        try:
            await asyncio.gather(
                self._down.carry(from_server, to_browser),
                self._up.carry(from_browser, to_server),
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            to_browser.close()
            to_server.close()


class _Way:
    """One direction: bytes pass in order, none before the line is free."""

    def __init__(self) -> None:
        self.rate: float | None = None
        self.passed = 0
        self._free_at = 0.0

    async def carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        sink.transport.set_write_buffer_limits(high=CHUNK)
        while chunk := await source.read(CHUNK):
            if self.rate is not None:
                self._free_at = max(self._free_at, loop.time()) + len(chunk) / self.rate
                await asyncio.sleep(self._free_at - loop.time())
            sink.write(chunk)
            self.passed += len(chunk)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
