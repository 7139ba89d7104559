"""A class on one server: how fast everybody trains, sees and pauses, what that takes, and what gives way first.

Usage:
    python -m tests.benchmarks.classroom                  5, 10, 20 and 30 learners; eight minutes
    python -m tests.benchmarks.classroom --learners 10 40 --seconds 30 --no-browser

One Jupyter server, and a kernel for each learner, in which `PlanarTrainer(speed=30)` is played: the experiment of the
chapter. One learner looks at it in JupyterLab in a real Chromium; the others are simulated by this program, which says
and hears what a view does. All of that shares this computer, so browser and simulation take their part of its
processors, which the table says. Without limits, then with `limits(threads=1, frames_per_second=10)`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import torch
from playwright.sync_api import sync_playwright

from tests.benchmarks.learner import Learner
from tests.benchmarks.live import CLICK
from tests.browser import chromium
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.view import View

SPEED = 30  # epochs per second that are asked for
COUNTS = (5, 10, 20, 30)
PAUSES = 3  # of each learner
REST = 1.2  # seconds between them, on average
WARM_UP = 2.0
NEEDED = 0.5e9  # bytes for a kernel that is not there yet, and
SPARE = 1.5e9  # bytes that are left for all else
PATIENCE = 120.0  # seconds, where many kernels start
AT_ONCE = 2  # kernels that start at the same time

CELL = f"import nnwidgets\nfrom nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer(speed={SPEED})\ntrainer"
LIMITS = {
    "none": 'nnwidgets.limits(threads="unlimited", frames_per_second="unlimited")',
    "1 thread, 10 frames/s": "nnwidgets.limits(threads=1, frames_per_second=10)",
}
# In bounds is what a learner takes for alive: a picture that moves, a training as fast as was asked for, and a Pause
# that answers before one presses again. Alone on the computer, Pause has 150 ms.
BOUNDS = {"frames": 5.0, "epochs": 0.95 * SPEED, "pause": 1000.0}
HEADER = (
    "learners", "limits", "frames/s: median, worst", "epochs/s: median, worst", "Pause, ms: median, 95 %, worst",
    "CPU %: kernels, server, clients", "messages/s", "MB a kernel: USS, PSS", "the one in Chromium: frames/s, Pause",
)  # fmt: skip


@dataclass
class Row:
    """What was measured at once."""

    learners: int
    limits: str
    frames: list[float]
    epochs: list[float]
    cpu: dict[str, float]  # in per cent of one processor
    messages: float
    seen: float | None = None
    memory: tuple[float, float] = (0.0, 0.0)  # MB
    pauses: list[float] = field(default_factory=list)  # ms
    seen_pauses: list[float] = field(default_factory=list)

    def cells(self) -> Iterable[str]:
        """As a row of the table."""
        frames, epochs, pauses = self.frames, self.epochs, sorted(self.pauses)
        yield str(self.learners)
        yield self.limits
        yield f"{statistics.median(frames):.1f}, {min(frames):.1f}"
        yield f"{statistics.median(epochs):.1f}, {min(epochs):.1f}"
        yield f"{statistics.median(pauses):.0f}, {percentile(pauses):.0f}, {pauses[-1]:.0f}"
        yield ", ".join(f"{self.cpu[name]:.0f}" for name in ("kernels", "server", "clients"))
        yield f"{self.messages:,.0f}"
        yield f"{self.memory[0]:.0f}, {self.memory[1]:.0f}"
        yield "" if self.seen is None else f"{self.seen:.1f}, {statistics.median(self.seen_pauses):.0f}"

    def broken(self) -> list[str]:
        """The bounds that do not hold, in words."""
        said = {
            "frames": (min(self.frames) < BOUNDS["frames"], f"pictures ({min(self.frames):.1f}/s)"),
            "epochs": (min(self.epochs) < BOUNDS["epochs"], f"training ({min(self.epochs):.1f} epochs/s)"),
            "pause": (percentile(self.pauses) > BOUNDS["pause"], f"Pause ({percentile(self.pauses):.0f} ms)"),
        }
        return [text for is_broken, text in said.values() if is_broken]


def percentile(values: Sequence[float]) -> float:
    """What 95 % do not exceed."""
    return sorted(values)[int(0.95 * (len(values) - 1) + 0.5)]


class Desk:
    """A learner in JupyterLab in a real browser; Playwright wants a thread of its own."""

    def __init__(self, server: JupyterServer) -> None:
        self._thread = ThreadPoolExecutor(1, "desk")
        self._server = server
        self._notebook: Notebook
        self._view: View

    async def _call(self, function, *arguments):  # type: ignore[no-untyped-def]
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    async def open(self) -> None:
        """Open JupyterLab, show the trainer, and press Play."""
        await self._call(self._open)

    def _open(self) -> None:
        self._playwright = sync_playwright().start()
        self._browser = chromium.launch(self._playwright)
        page = self._browser.new_page(viewport={"width": 1280, "height": 1000})
        self._notebook = Notebook.open(page, self._server, "desk", [CELL])
        page.set_default_timeout(PATIENCE * 1000)
        self._notebook.run_cell(0)
        self._view = self._notebook.widget(0)
        self._view.wait_for_frame(0)
        self._view.click("Play")
        self._view.wait_for_epoch(1)

    async def execute(self, code: str) -> None:
        """Run code in its kernel."""
        await self._call(self._notebook.execute, code)

    async def frame(self) -> int:
        """The number of the frame on screen."""
        return int(await self._call(lambda: self._view.frame))

    async def pause(self) -> float:
        """Press Pause, then Play; the milliseconds from the click on Pause to what is on screen."""
        return float(await self._call(self._pause))

    def _pause(self) -> float:
        took = self._view.root.evaluate(CLICK, ["Pause", "paused"])
        self._view.root.evaluate(CLICK, ["Play", "running"])
        return float(took)

    async def close(self) -> None:
        """Close the browser."""

        def close() -> None:
            self._browser.close()
            self._playwright.stop()

        with suppress(AttributeError):
            await self._call(close)


class Classroom:
    """A server, and learners that come in."""

    def __init__(self, server: JupyterServer, *, browser: bool) -> None:
        self._server, self._process = server, psutil.Process(server.pid)
        self._learners: list[Learner] = []
        self._desk = Desk(server) if browser else None

    def __len__(self) -> int:
        return len(self._learners) + (self._desk is not None)

    async def fill(self, count: int) -> bool:
        """Let learners come in until there are so many; says whether there is memory for them."""
        if psutil.virtual_memory().available < (count - len(self)) * NEEDED + SPARE:
            return False
        turns = asyncio.Semaphore(AT_ONCE)

        async def enter(learner: Learner) -> None:
            async with turns:
                await learner.start(CELL)
                await learner.train()

        if self._desk is not None and not self._learners:
            await self._desk.open()
        coming = [Learner(self._server.url, f"learner-{len(self) + i}") for i in range(count - len(self))]
        self._learners += coming
        await asyncio.gather(*map(enter, coming))
        return True

    async def limit(self, code: str) -> None:
        """Set limits in all kernels."""
        await asyncio.gather(*(learner.execute(code) for learner in self._learners))
        if self._desk is not None:
            await self._desk.execute(code)
        await asyncio.sleep(WARM_UP)
        for learner in self._learners:
            if learner.status != "running":
                await learner.train()

    async def measure(self, name: str, seconds: float) -> Row:
        """Let everybody train for so long, then press Pause now and then."""
        desk, kernels = self._desk, self._kernels()
        first = 0 if desk is None else await desk.frame()
        before, started = self._times(kernels), time.monotonic()
        heard = [learner.count() for learner in self._learners]
        await asyncio.sleep(seconds)
        passed = time.monotonic() - started
        frames, epochs = [each.frame_rate for each in heard], [each.epoch_rate for each in heard]
        after = self._times(kernels)
        cpu = {kind: 100 * (after[kind] - before[kind]) / passed for kind in after}
        row = Row(len(self), name, frames, epochs, cpu, sum(each.messages for each in heard) / passed)
        if desk is not None:
            row.seen = (await desk.frame() - first) / (time.monotonic() - started)
        await asyncio.gather(*(self._press(learner, row) for learner in self._learners), self._click(row))
        infos = [kernel.memory_full_info() for kernel in kernels]
        row.memory = tuple(statistics.median(getattr(info, kind) for info in infos) / 1e6 for kind in ("uss", "pss"))
        for learner in self._learners:
            if learner.failure:
                raise RuntimeError(learner.failure)
        return row

    async def _press(self, learner: Learner, row: Row) -> None:
        for _ in range(PAUSES):
            await asyncio.sleep(random.uniform(0, 2 * REST))
            row.pauses.append(await learner.press("pause", "paused"))
            await learner.press("play", "running")

    async def _click(self, row: Row) -> None:
        for _ in range(PAUSES if self._desk is not None else 0):
            await asyncio.sleep(random.uniform(0, 2 * REST))
            assert self._desk is not None
            row.seen_pauses.append(await self._desk.pause())

    def _kernels(self) -> list[psutil.Process]:
        return [child for child in self._process.children(recursive=True) if "ipykernel_launcher" in child.cmdline()]

    def _times(self, kernels: Sequence[psutil.Process]) -> dict[str, float]:
        """Seconds of a processor that each kind of process has used."""
        own = psutil.Process()
        clients = [own, *own.children(recursive=True)]
        of_server = {self._process.pid, *(child.pid for child in self._process.children(recursive=True))}
        return {
            "kernels": sum(map(seconds_of, kernels)),
            "server": seconds_of(self._process),
            "clients": sum(seconds_of(process) for process in clients if process.pid not in of_server),
        }

    def lost(self) -> int:
        """How many trainings have paused by themselves, although somebody looked."""
        return sum(learner.lost for learner in self._learners)

    async def close(self) -> None:
        """Everybody leaves."""
        await asyncio.gather(*(learner.close() for learner in self._learners))
        if self._desk is not None:
            await self._desk.close()


def seconds_of(process: psutil.Process) -> float:
    """Seconds of a processor that a process has used."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


async def lesson(server: JupyterServer, counts: Sequence[int], seconds: float, *, browser: bool) -> list[Row]:
    """All rows, printed as they come."""
    rows: list[Row] = []
    room = Classroom(server, browser=browser)
    try:
        for count in counts:
            if not await room.fill(count):
                print(f"\nThere is not enough memory for {count} kernels.", file=sys.stderr)
                break
            for name, code in LIMITS.items():
                await room.limit(code)
                rows.append(await room.measure(name, seconds))
                print(f"| {' | '.join(rows[-1].cells())} |", flush=True)
        print(f"\nTrainings that paused by themselves although somebody looked: {room.lost()}")
    finally:
        await room.close()
    return rows


def verdict(rows: Sequence[Row], limits: str) -> str:
    """What gives way first, and when."""
    mine = [row for row in rows if row.limits == limits]
    first = next((row for row in mine if row.broken()), None)
    kept = max((row.learners for row in mine if first is None or row.learners < first.learners), default=0)
    if first is None:
        return f"Limits {limits}: all in bounds up to {kept} learners."
    held = f"in bounds up to {kept} learners" if kept else "never in bounds"
    return f"Limits {limits}: {held}; with {first.learners} this gives way: {', '.join(first.broken())}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, nargs="+", default=COUNTS, help="how many, one class after the other")
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="of each row, without those in which Pause is pressed"
    )
    parser.add_argument("--no-browser", action="store_true", help="all learners are simulated")
    given = parser.parse_args()
    compiling = "from nnwidgets.training.engines.fused import _compilation; _compilation('float32').result()"
    subprocess.run([sys.executable, "-c", compiling], check=True)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, PyTorch {torch.__version__}\n")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}", flush=True)
    with JupyterServer() as server:
        rows = asyncio.run(lesson(server, sorted(given.learners), given.seconds, browser=not given.no_browser))
        disasters = server.disasters()
    print(
        f"\nBounds for everybody: at least {BOUNDS['frames']:g} frames/s and {BOUNDS['epochs']:g} epochs/s; "
        f"95 % of Pauses within {BOUNDS['pause']:g} ms."
    )
    print("\n".join(verdict(rows, limits) for limits in LIMITS))
    if disasters:
        sys.exit("the server's log has disasters:\n" + "\n".join(disasters))


if __name__ == "__main__":
    main()
