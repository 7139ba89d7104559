"""A learner without a browser: a kernel with a trainer, and a view of it that says and hears what a real one does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PROTOCOL = "v1.kernel.websocket.jupyter.org"  # JupyterLab's: the server passes it on without reading it
WIDGETS = "jupyter.widget"
HEARTBEAT = 1.0  # seconds
FULL_RATE = 0.04  # as in js/src/model/acknowledge.ts: up to this interval each frame is acknowledged, else every other
PATIENCE = 1.5
ATTEMPTS = 20
LOOK = {
    "type": "look",
    "view": "classroom",
    "visible": True,
    "focus": None,
    "map_size": 80,
    "tile_size": 24,
    "wants": [],
}
Json = dict[str, Any]


def packed(channel: str, header: Json, content: Json) -> bytes:
    """A message as JupyterLab sends it."""
    parts = [channel.encode(), *(json.dumps(part).encode() for part in (header, {}, {}, content))]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join([*(number.to_bytes(8, "little") for number in (len(offsets), *offsets)), *parts])


def unpacked(data: bytes) -> tuple[Json, Json, Json]:
    """Header, header of the message that it answers, and content; what is binary is only carried."""
    count = int.from_bytes(data[:8], "little")
    offsets = [int.from_bytes(data[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    header, parent, _, content = (json.loads(data[offsets[i] : offsets[i + 1]]) for i in range(1, 5))
    return header, parent, content


@dataclass
class Heard:
    """What a view has heard since it was asked to count."""

    since: float = field(default_factory=time.monotonic)
    frames: list[float] = field(default_factory=list)  # when each came
    epochs: list[tuple[float, int]] = field(default_factory=list)
    messages: int = 0  # of either direction
    bytes: int = 0

    @property
    def frame_rate(self) -> float:
        """Frames per second."""
        return len(self.frames) / (time.monotonic() - self.since)

    @property
    def epoch_rate(self) -> float:
        """Epochs per second, from the first frame to the last."""
        if len(self.epochs) < 2 or self.epochs[-1][0] == self.epochs[0][0]:
            return 0.0
        (begun, first), (ended, last) = self.epochs[0], self.epochs[-1]
        return (last - first) / (ended - begun)


class Learner:
    """One kernel, its trainer, and a view of it.

    Args:
        url: of the server.
        name: of the notebook, of which there need be none.

    Attributes:
        kernel: its id.
        status: of the trainer, as it was last heard.
        lost: how often it has paused by itself, for it took this view to be gone.
        failure: what went wrong.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url, name
        self._socket: WebSocketClientConnection | None = None
        self._session = uuid.uuid4().hex
        self._answers: dict[str, asyncio.Future[Json]] = {}
        self._subshell: str | None = None
        self._comm = ""
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._under_way: set[asyncio.Future[None]] = set()
        self._said = 0
        self._acknowledging: asyncio.TimerHandle | None = None
        self.kernel, self.status, self.failure = "", "", ""
        self._pausing, self.lost = False, 0
        self.heard = Heard()

    async def start(self, code: str) -> None:
        """Start the kernel, run a cell that ends with a trainer, and show it."""
        body = {"path": f"{self._name}.ipynb", "name": self._name, "type": "notebook", "kernel": {"name": "python3"}}
        made = await _request(self._url, "POST", "api/sessions", body)
        self.kernel = made["kernel"]["id"]
        address = f"ws{self._url.removeprefix('http')}/api/kernels/{self.kernel}/channels?session_id={self._session}"
        self._socket = await websocket_connect(address, subprotocols=[PROTOCOL], max_message_size=2**28)
        self._tasks.append(asyncio.create_task(self._hear(self._socket)))
        info = await self._ask("shell", "kernel_info_request", {})
        if "kernel subshells" in info.get("supported_features", ()):
            self._subshell = (await self._ask("control", "create_subshell_request", {}))["subshell_id"]
        await self.execute(code)
        await self._until(lambda: bool(self._comm))
        self._say(LOOK)
        self._tasks.append(asyncio.create_task(self._beat()))

    async def execute(self, code: str) -> None:
        """Run a cell. Raises `RuntimeError` for what goes wrong in it."""
        answer = await self._ask("shell", "execute_request", {"code": code, "silent": False, "store_history": False})
        if answer["status"] != "ok":
            raise RuntimeError(f"{answer.get('ename')}: {answer.get('evalue')}")

    async def press(self, button: str, status: str, patience: float = 60.0) -> float:
        """Press a button, and wait for a status; the milliseconds from one to the other."""
        pressed = time.monotonic()
        self._pausing = button == "pause"
        self._say({"type": button})
        await self._until(lambda: self.status == status, patience)
        return 1000 * (time.monotonic() - pressed)

    async def train(self) -> None:
        """Press Play, and wait until the training is under way: the compiled engine has to be loaded first."""
        await self.press("play", "running")
        self.count()
        await self._until(lambda: len({epoch for _, epoch in self.heard.epochs}) > 1, 120)

    def count(self) -> Heard:
        """Count anew what is heard."""
        self.heard = Heard()
        return self.heard

    async def close(self) -> None:
        """Leave; the kernel ends with the server."""
        if self._acknowledging is not None:
            self._acknowledging.cancel()
        for task in self._tasks:
            task.cancel()
        if self._socket is not None:
            self._socket.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- messages ---------------------------------------------------------------------------------

    def _send(self, channel: str, kind: str, content: Json, subshell: str | None = None) -> str:
        identity = uuid.uuid4().hex
        header = {
            "msg_id": identity, "msg_type": kind, "session": self._session, "username": "", "version": "5.3",
            "date": datetime.now(UTC).isoformat(), "subshell_id": subshell,
        }  # fmt: skip
        assert self._socket is not None
        self.heard.messages += 1
        sent = asyncio.ensure_future(self._socket.write_message(packed(channel, header, content), binary=True))
        self._under_way.add(sent)
        sent.add_done_callback(self._under_way.discard)
        return identity

    async def _ask(self, channel: str, kind: str, content: Json) -> Json:
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._send(channel, kind, content)] = answer
        return await asyncio.wait_for(answer, 300)

    def _say(self, message: Json) -> None:
        """What a view says to its trainer."""
        self._send(
            "shell",
            "comm_msg",
            {"comm_id": self._comm, "data": {"method": "custom", "content": message}},
            self._subshell,
        )

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            self._say(LOOK)

    async def _hear(self, socket: WebSocketClientConnection) -> None:
        try:
            await self._listen(socket)
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"
            raise

    async def _listen(self, socket: WebSocketClientConnection) -> None:
        while (data := await socket.read_message()) is not None:
            assert isinstance(data, bytes)
            self.heard.messages += 1
            self.heard.bytes += len(data)
            header, parent, content = unpacked(data)
            kind = header["msg_type"]
            if kind.endswith("_reply") and parent.get("msg_id") in self._answers:
                self._answers.pop(parent["msg_id"]).set_result(content)
            elif kind == "comm_open" and content.get("target_name") == WIDGETS:
                if "step_count" in content["data"]["state"]:
                    self._comm = content["comm_id"]
                    self._take_state(content["data"]["state"])
            elif kind == "comm_msg" and content["comm_id"] == self._comm:
                self._take(content["data"])
        self.failure = self.failure or "the connection was closed"

    def _take(self, data: Json) -> None:
        if data["method"] == "update":
            self._take_state(data["state"])
        elif data["method"] == "custom":
            message = data["content"]
            if message["type"] == "frame":
                self._take_frame(message)
                self._changed.set()
            elif message["type"] in ("failed", "refused"):
                self.failure = str(message)

    def _take_state(self, state: Json) -> None:
        if "status" in state:
            if (self.status, state["status"]) == ("running", "paused") and not self._pausing:
                self.lost += 1
            self.status = state["status"]
            self._changed.set()

    def _take_frame(self, frame: Json) -> None:
        now = time.monotonic()
        self.heard.frames.append(now)
        self.heard.epochs.append((now, frame["epoch"]))
        if self._acknowledging is not None:
            self._acknowledging.cancel()
        number, interval = frame["number"], frame["interval"]
        if frame["status"] != "running" or interval < FULL_RATE or number - self._said >= 2:
            self._acknowledge(number, now)
        else:
            loop = asyncio.get_running_loop()
            self._acknowledging = loop.call_later(PATIENCE * interval, self._acknowledge, number, now)

    def _acknowledge(self, number: int, came: float) -> None:
        self._said = number
        self._say({"type": "ack", "number": number, "held": 1000 * (time.monotonic() - came), "drawn": 2.0})

    async def _until(self, condition: Callable[[], bool], patience: float = 60.0) -> None:
        async with asyncio.timeout(patience):
            while not condition():
                if self.failure:
                    raise RuntimeError(self.failure)
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), 1.0)


async def _request(url: str, method: str, path: str, body: Json) -> Any:
    request = HTTPRequest(
        f"{url}/{path}", method, {"Content-Type": "application/json"}, json.dumps(body), request_timeout=300
    )
    for _ in range(ATTEMPTS):
        with contextlib.suppress(ConnectionRefusedError):  # it says that it is running a moment before it listens
            return json.loads((await AsyncHTTPClient().fetch(request)).body)
        await asyncio.sleep(0.5)
    raise ConnectionRefusedError(f"nobody answers at {url}")
