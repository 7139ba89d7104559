"""The same experiment in a real JupyterLab: how fast it trains while shown, draws, and obeys."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.slow_link import REMOTE_HUB, SlowLink
from tests.browser.view import View

SECONDS = 5
CLICKS = 20

_SHOW = "from nnwidgets import FashionTrainer, PlanarTrainer\ntrainer = {made}\ntrainer"

# From a click to the status that Python sends back, in the page's own time.
CLICK = """(root, [name, status]) => new Promise((done) => {
  const started = performance.now();
  const check = () => root.dataset.status === status && (seen.disconnect(), done(performance.now() - started));
  const seen = new MutationObserver(check);
  seen.observe(root, { attributes: true });
  root.querySelector(`button[aria-label="${name}"]`).click();
})"""

_WORK = """import time
def work(n=3_000_000):
    started = time.perf_counter()
    total = 0
    for i in range(n):
        total += i * i
    return time.perf_counter() - started
"""

# Runs of both trainers in turn, so that whatever else the machine does meets both.
_SHOWN_AND_NOT = """import time, torch
other = {made}
def rate(trainer, epochs={epochs}):
    before, started = trainer.step_count, time.perf_counter()
    trainer.train(epochs=epochs); trainer.wait()
    return (trainer.step_count - before) / (time.perf_counter() - started)
rate(trainer), rate(other)
rates = [(rate(other), rate(trainer)) for _ in range({rounds})]
"""

# The training's speed, and that of a cell, each alone and both together, in turn.
_BESIDE_A_CELL = """import time
from nnwidgets.training import commands as c
def steps():
    # Asked of the training itself: the trait follows twice a second while nobody looks.
    return other._loop.call(c.Do(lambda: other._loop.experiment.position.step))
trainings, together = [], []
alone, beside = [], []
def steps_per_second(wait):
    before, started = steps(), time.perf_counter()
    took = wait()
    return (steps() - before) / (time.perf_counter() - started), took
for _ in range(9):
    alone.append(work(10_000_000))
    other.train()
    trainings.append(steps_per_second(lambda: time.sleep(alone[-1]))[0])
    rate_, took = steps_per_second(lambda: work(10_000_000))
    other.pause()
    together.append(rate_)
    beside.append(took)
"""

_COUNT = """import json
lags, sizes = [], []
_send = trainer.send
def send(content, buffers=None):
    if content.get("type") == "frame":
        sizes.append(len(json.dumps(content)) + sum(map(len, buffers)))
    _send(content, buffers)
trainer.send = send
_acknowledge = trainer._channel.acknowledge
def acknowledge(number, held):
    import time
    sent = trainer._channel._sent_times.get(number)
    if sent is not None:
        lags.append(1000 * (time.monotonic() - sent - held))
    _acknowledge(number, held)
trainer._channel.acknowledge = acknowledge
"""


@dataclass
class Drawing:
    """Frames drawn per second, milliseconds of script and bytes per frame.

    `bytes` are those of the frame's own message; `traffic` is all that the page receives while it
    plays, where that passes through a link.
    """

    name: str
    rate: float
    script: float
    script_p95: float
    bytes: float
    traffic: float
    lag_p95: float = 0.0


def open_everything(notebook: Notebook, view: View) -> None:
    """All that can be shown while a run goes on, and all of it in sight: what is not is not drawn."""
    notebook.page.set_viewport_size({"width": 1280, "height": 3000})
    notebook.execute("trainer.train(epochs=20); trainer.wait(); trainer.pin(); trainer.reset()")
    for title in ("PyTorch code", "contours", "Errors", "Distributions", "Parameters", "Hidden space"):
        view.click(title)
    view.root.get_by_text("gradients", exact=True).first.click()


class Lab:
    """A JupyterLab and a browser, for one measurement after the other."""

    def __init__(self, server: JupyterServer, link: SlowLink, browser: object) -> None:
        self._server, self._link, self._browser = server, link, browser
        self._count = 0

    @contextmanager
    def notebook(self, *sources: str, linked: bool = False) -> Iterator[tuple[Notebook, View]]:
        """A notebook whose first cell shows a trainer."""
        self._count += 1
        context = self._browser.new_context(viewport={"width": 1280, "height": 1000})  # type: ignore[attr-defined]
        try:
            name = f"bench-{self._count}"
            notebook = Notebook.open(
                context.new_page(), self._server, name, sources, url=(self._link.url if linked else None)
            )
            notebook.run_cell(0)
            view = notebook.widget(0)
            view.wait_for_frame(0)
            notebook.execute("trainer.step(); trainer.reset()")  # what PyTorch loads with the first step is loaded now
            yield notebook, view
        finally:
            context.close()
            self._server.reset()

    def drawing(self, name: str, arguments: str, *, throttled: bool = False, everything: bool = False) -> Drawing:
        """Play at the default speed and count what is drawn, and what passes on the way.

        Args:
            name: what the result is called.
            arguments: of the trainer.
            throttled: over a slow link.
            everything: with every panel open, gradients as lines and contours on the map, and a pinned run.
        """
        with self.notebook(_SHOW.format(made=f"PlanarTrainer({arguments})"), linked=throttled) as (notebook, view):
            notebook.execute(_COUNT)
            if everything:
                open_everything(notebook, view)
            if throttled:
                self._link.throttle(REMOTE_HUB)
            try:
                view.click("Play")
                view.wait_for_epoch(10)
                notebook.execute("lags.clear(), sizes.clear()")
                before = self._link.bytes_down
                recording = view.record()
                notebook.page.wait_for_timeout(1000 * SECONDS)
                frames = recording.stop()
                received = self._link.bytes_down - before
                lags, sizes = notebook.value("lags"), notebook.value("sizes")
                view.click("Pause")
            finally:
                self._link.throttle(None)
            span = (frames[-1].at - frames[0].at) / 1000
            scripts = sorted(frame.script for frame in frames)
            return Drawing(
                name,
                (len(frames) - 1) / span,
                statistics.median(scripts),
                scripts[int(0.95 * len(scripts))],
                statistics.fmean(sizes),
                received / len(frames),
                sorted(lags)[int(0.95 * len(lags))] if lags else float("nan"),
            )

    def shown_over_not(
        self, made: str, epochs: int, rounds: int = 25, height: int = 1000
    ) -> tuple[float, float, float]:
        """The speed of a trainer that is shown over that of one that is not, without a limit, and steps per second.

        The ratio is the median of those of neighbouring runs: others on the machine come and go.

        Args:
            made: the expression that makes either.
            epochs: of each run.
            rounds: of both.
            height: of the window, which what is to be drawn must fit into.
        """
        with self.notebook(_SHOW.format(made=made)) as (notebook, view):
            notebook.page.set_viewport_size({"width": 1280, "height": height})
            notebook.add_and_run(_SHOWN_AND_NOT.format(made=made, epochs=epochs, rounds=rounds))
            pairs = notebook.value("rates")
            assert view.frame > 0
            ratio = statistics.median(shown / hidden for hidden, shown in pairs)
            return ratio, statistics.median(pair[1] for pair in pairs), statistics.median(pair[0] for pair in pairs)

    def pauses(self) -> dict[str, list[float]]:
        """Milliseconds from a click on Pause to its effect, for each thing the main thread may be doing."""
        cells = (
            _SHOW.format(made="PlanarTrainer(speed=None)"),
            "import time\ntime.sleep(3600)",
            "while True:\n    sum(range(1000))",
        )
        waits: dict[str, list[float]] = {}
        with self.notebook(*cells) as (notebook, view):
            for index, name in enumerate(("idle", "in time.sleep", "in a busy Python loop")):
                if index:
                    notebook.run_cell(index, wait=False)
                waits[name] = []
                for _ in range(CLICKS):
                    view.root.evaluate(CLICK, ["Play", "running"])
                    view.wait_for_frame(view.frame + 2)
                    waits[name].append(view.root.evaluate(CLICK, ["Pause", "paused"]))
                if index:
                    assert notebook.is_running(index), "the cell ended before the last click"
                    notebook.interrupt()
                    notebook.page.wait_for_function("(index) => !window.testing.isRunning(index)", arg=index)
        return waits

    def beside_a_cell(self, engine: str) -> tuple[float, float, float, float]:
        """A trainer that is not shown and a pure-Python cell, each alone and both together.

        The training's speed together over that alone, the cell's likewise; steps per second and seconds alone.
        """
        with self.notebook(_SHOW.format(made=f"PlanarTrainer(engine={engine!r})")) as (notebook, _):
            notebook.execute(_WORK)
            notebook.execute(f"other = PlanarTrainer(engine={engine!r}); other.step()")
            notebook.execute(_BESIDE_A_CELL)
            trainings, together, alone, beside = map(notebook.value, ("trainings", "together", "alone", "beside"))
            return (
                statistics.median(b / a for a, b in zip(trainings, together, strict=True)),
                statistics.median(a / b for a, b in zip(alone, beside, strict=True)),
                statistics.median(trainings),
                statistics.median(alone),
            )


@contextmanager
def lab() -> Iterator[Lab]:
    """Start JupyterLab, a link that can be throttled, and Chromium."""
    with JupyterServer() as server, SlowLink(server.port) as link, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        try:
            yield Lab(server, link, browser)
        finally:
            browser.close()
