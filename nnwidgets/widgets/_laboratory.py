"""The thread in which an `InitializationExplorer` measures and trains; alive only while there is something to do.

What it runs imports PyTorch, which this module does not: nobody who looks at a widget waits for that.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

from nnwidgets.concepts.initialization import OF_TRAINING

if TYPE_CHECKING:
    from nnwidgets.training.schemes import Measured, SchemeRuns

RHYTHM = 0.1  # seconds between pictures of a training, at least
SHARE = 0.25  # of a training's time that may go into them
SIGNALS_RHYTHM = 0.5  # the same for what goes through the networks
EXIT_PATIENCE = 2.0

Job = Callable[[], None]


class Observer(Protocol):
    """Who is shown what was found; called in the laboratory's thread."""

    def _show_measured(self, measured: Measured) -> None: ...
    def _show_training(self, runs: SchemeRuns) -> None: ...
    def _show_trained(self, measured: Measured) -> None: ...
    def _show_failure(self) -> None: ...
    def _wants_signals(self) -> bool: ...


class Laboratory:
    """Measures what is asked for last, and trains.

    Attributes:
        error: what the last measurement or training raised.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = weakref.ref(observer)
        self._changed = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._wanted: dict[str, Any] = {}
        self._must_measure = self._must_restart = self._must_show = self._is_closed = False
        self._left = self._rest = 0  # epochs to go, and those that a pause left
        self._calls: deque[tuple[Callable[[SchemeRuns], Any], Future[Any]]] = deque()
        self._runs: SchemeRuns | None = None
        self._shown_at = self._signals_at = 0.0  # when the next ones are due
        self.error: Exception | None = None

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
        if self.is_own_thread() and self._runs is not None:
            return function(self._runs)
        future: Future[Any] = Future()
        with self._changed:
            if self._is_closed:
                if self._runs is None:
                    raise RuntimeError("this explorer was closed before anything was measured")
                runs = self._runs
            else:
                runs = None
                self._calls.append((function, future))
                self._wake()
        return future.result() if runs is None else function(runs)

    def wait(self, timeout: float | None) -> None:
        """Block until there is nothing to do. Raises `TimeoutError` where it takes longer."""
        if self.is_own_thread():
            raise RuntimeError("wait() in a callback of the training would wait for itself")
        with self._changed:
            if not self._changed.wait_for(lambda: self._thread is None, timeout):
                raise TimeoutError(f"there is still something to do after {timeout} seconds")
            error = self.error
        if error is not None:
            raise error

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._is_closed = True
            self._left = 0
            self._must_measure = self._must_restart = self._must_show = False
            self._interrupt()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and not self.is_own_thread():
            thread.join(EXIT_PATIENCE)

    def is_own_thread(self) -> bool:
        """Whether the caller is this thread."""
        return threading.current_thread() is self._thread

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

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="nnwidgets-initialization", daemon=True)
            _WORKING.add(self)
            self._thread.start()

    # -- in its thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                job = self._next_job()
                if job is None:
                    self._thread = None
                    self._changed.notify_all()
                    return
            self._do(job)

    def _next_job(self) -> Job | None:
        if self._is_closed:
            for _, future in self._calls:
                future.set_exception(RuntimeError("this explorer was closed"))
            self._calls.clear()
            return None
        if self._must_measure:
            return self._measure
        if self._runs is None:  # it could not be measured: what is asked for then fails likewise
            self._left = 0
            return self._fail_calls if self._calls else None
        if self._must_restart:
            return self._restart
        if self._calls:
            return self._answer
        if self._left:
            return self._train
        return self._show_end if self._must_show else None

    def _do(self, job: Job) -> None:
        from nnwidgets.training.schemes import SupersededError

        try:
            job()
        except SupersededError:
            pass
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs on screen, and to whoever waits)
            with self._changed:
                self.error, self._left, self._must_show = error, 0, False
            self._tell(lambda observer: observer._show_failure())

    def _tell(self, show: Callable[[Observer], None]) -> None:
        observer = self._observer()
        if observer is not None:
            show(observer)

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

    def _answer(self) -> None:
        function, future = self._calls.popleft()
        try:
            future.set_result(function(self._runs))  # type: ignore[arg-type]
        except BaseException as error:  # noqa: BLE001 (it belongs to whoever asked)
            future.set_exception(error)

    def _fail_calls(self) -> None:
        while self._calls:
            self._calls.popleft()[1].set_exception(self.error or RuntimeError("nothing is measured"))

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
            self._shown_at = done + max(RHYTHM, (done - now) / SHARE)
        observer = self._observer()
        if observer is not None and observer._wants_signals() and time.monotonic() >= self._signals_at:
            now = time.monotonic()
            observer._show_trained(runs.measure())
            done = time.monotonic()
            self._signals_at = done + max(SIGNALS_RHYTHM, (done - now) / SHARE)

    def _show_end(self) -> None:
        with self._changed:
            self._must_show = False
        runs = self._runs
        assert runs is not None
        self._tell(lambda observer: observer._show_training(runs))
        measured = runs.measure(lambda: not (self._left or self._must_measure or self._must_restart))
        self._tell(lambda observer: observer._show_trained(measured))


_WORKING: weakref.WeakSet[Laboratory] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """End the threads in good order: one that is inside PyTorch while Python ends would abort the process."""
    for laboratory in list(_WORKING):
        laboratory.close()
