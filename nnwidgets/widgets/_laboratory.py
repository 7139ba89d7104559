"""The thread in which an `InitializationExplorer` measures and trains."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from nnwidgets._limits import pace
from nnwidgets.concepts.initialization import OF_TRAINING
from nnwidgets.widgets._background import Background, Job

if TYPE_CHECKING:
    from nnwidgets.training.schemes import SchemeRuns
    from nnwidgets.widgets.initialization import InitializationExplorer

RHYTHM = 0.1  # seconds between pictures of a training, at least
SHARE = 0.25  # of a training's time that may go into them
SIGNALS_RHYTHM = 0.5  # the same for what goes through the networks


class Laboratory(Background):
    """Measures what is asked for last, and trains."""

    _OBSERVERS: ClassVar[str] = "a callback of the training"

    def __init__(self, observer: InitializationExplorer) -> None:
        super().__init__(observer)
        self._wanted: dict[str, Any] = {}
        self._must_measure = self._must_restart = self._must_show = False
        self._left = self._rest = 0  # epochs to go, and those that a pause left
        self._runs: SchemeRuns | None = None
        self._shown_at = self._signals_at = 0.0  # when the next ones are due

    # -- from any thread ----------------------------------------------------------------------------

    def ask(self, settings: Mapping[str, Any]) -> None:
        """Measure networks of these settings, of which some may be of their training; ends a training under way."""
        with self._changed:
            before, self._wanted = self._wanted, dict(settings)
            if before == self._wanted or self._is_closed:
                return
            self._left, self._rest, self.error = 0, 0, None
            if any(before.get(name) != value for name, value in settings.items() if name not in OF_TRAINING):
                self._must_measure = True
            self._must_restart = True
            self._interrupt()
            self._wake()

    def train(self, epochs: int) -> None:
        """So many more epochs."""
        with self._changed:
            if self._is_closed:
                raise RuntimeError("this explorer is closed")
            self._left += epochs
            self._rest = 0
            self._try_again()
            self._wake()

    def go_on(self, epochs: int) -> None:
        """What is left of a training that was paused, or so many more epochs; of no effect while it trains."""
        with self._changed:
            if not (self._left or self._is_closed):
                self.train(self._rest or epochs)

    def pause(self) -> None:
        """Stop at the end of the epoch under way."""
        with self._changed:
            if self._left:
                self._left, self._rest, self._must_show = 0, self._left, True
                self._wake()

    def restart(self) -> None:
        """Back to the initial weights."""
        with self._changed:
            if self._is_closed:
                return
            self._left, self._rest, self._must_restart = 0, 0, True
            self._try_again()
            self._interrupt()
            self._wake()

    def call(self, function: Callable[[SchemeRuns], Any]) -> Any:
        """The result of a function of the networks, when they are measured, and between two epochs."""

        def answer() -> Any:
            assert self._runs is not None
            return function(self._runs)

        if self.is_own_thread() and self._runs is not None:
            return answer()
        with self._changed:
            if self._is_closed and self._runs is None:
                raise RuntimeError("this explorer was closed before anything was measured")
            future = None if self._is_closed else self._put(answer)
        return answer() if future is None else future.result()

    def is_wanted(self, settings: Mapping[str, Any]) -> bool:
        """Whether networks of these settings are still those that are asked for."""
        with self._changed:
            wanted = self._wanted.items()
            return not self._is_closed and all(settings.get(n) == v for n, v in wanted if n not in OF_TRAINING)

    @property
    def status(self) -> str:
        """What it is about: "measuring", "running", "ready", "paused", "done", "error" or "closed"."""
        with self._changed:
            if self._is_closed:
                return "closed"
            if self.error is not None:
                return "error"
            if self._must_measure or self._runs is None:
                return "measuring"
            if self._left:
                return "running"
            if self._must_restart or not self._runs.epoch:
                return "ready"
            return "paused" if self._rest else "done"

    @property
    def to_go(self) -> int:
        """Epochs that are still planned."""
        with self._changed:
            return self._left + self._rest

    def _try_again(self) -> None:
        """Forget what went wrong; if that was the measurement, without which nothing else can be done, measure."""
        if self.error is not None and self._runs is None:
            self._must_measure = True
        self.error = None

    def _interrupt(self) -> None:
        if self._runs is not None:
            self._runs.stop()

    # -- in its thread ------------------------------------------------------------------------------

    def _next_job(self) -> Job | None:
        if self._must_measure:
            return self._measure
        if self._runs is None:  # it could not be measured: what is asked for then fails likewise
            self._left = 0
            self._fail_calls(self.error or RuntimeError("nothing is measured"))
            return None
        if self._must_restart:
            return self._restart
        if self._calls:
            return self._answer
        if self._left:
            return self._train
        return self._show_end if self._must_show else None

    def _forget(self) -> None:
        self._left, self._must_show = 0, False
        if self._is_closed:
            self._must_measure = self._must_restart = False
            self._interrupt()

    def _is_superseded(self, error: Exception) -> bool:
        from nnwidgets.training.schemes import SupersededError

        return isinstance(error, SupersededError)

    def _measure(self) -> None:
        from nnwidgets.training.schemes import SchemeRuns

        with self._changed:
            self._must_measure = self._must_restart = False
            settings = dict(self._wanted)
            self._runs = None
        runs = SchemeRuns(settings)
        measured = runs.measure(lambda: self.is_wanted(settings))
        with self._changed:
            if self._must_measure:
                return
            self._runs = runs
        self._tell(lambda observer: observer._show_measured(measured))
        self._tell(lambda observer: observer._show_training(runs))

    def _restart(self) -> None:
        with self._changed:
            self._must_restart = self._must_show = False
            options = {name: self._wanted[name] for name in OF_TRAINING}
            runs = self._runs
        assert runs is not None
        runs.restart(options)
        self._tell(lambda observer: observer._show_training(runs))

    def _train(self) -> None:
        runs = self._runs
        assert runs is not None
        before = runs.epoch
        runs.train(1)
        with self._changed:
            if self._must_measure or self._must_restart or self._is_closed:
                return
            done = runs.epoch - before  # none where all of them have diverged
            self._rest = max(0, self._rest - 1) if done else 0
            self._left = max(0, self._left - 1) if done else 0
            if not self._left:
                self._must_show = True
                return
        self._show_on_the_way(runs)

    def _show_on_the_way(self, runs: SchemeRuns) -> None:
        now = time.monotonic()
        if now >= self._shown_at:
            self._tell(lambda observer: observer._show_training(runs))
            done = time.monotonic()
            self._shown_at = done + max(pace(RHYTHM), (done - now) / SHARE)
        observer = self._observer()
        if observer is not None and observer._wants_signals() and time.monotonic() >= self._signals_at:
            now = time.monotonic()
            observer._show_trained(runs.measure())
            done = time.monotonic()
            self._signals_at = done + max(pace(SIGNALS_RHYTHM), (done - now) / SHARE)

    def _show_end(self) -> None:
        with self._changed:
            self._must_show = False
        runs = self._runs
        assert runs is not None
        self._tell(lambda observer: observer._show_training(runs))
        measured = runs.measure(lambda: not (self._left or self._must_measure or self._must_restart))
        self._tell(lambda observer: observer._show_trained(measured))
