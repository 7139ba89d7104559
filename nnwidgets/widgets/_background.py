"""A thread in which an explorer has PyTorch work for it; alive only while there is something to do.

Nothing here imports PyTorch: nobody who looks at a widget waits for that.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, TypeVar

from nnwidgets._limits import STATE
from nnwidgets.widgets._explorer import Explorer

EXIT_PATIENCE = 2.0

Job = Callable[[], None]


class Background(ABC):
    """Does one job after the other, in a thread of its own.

    Args:
        observer: who is shown what was found, in this thread; it is not kept alive.

    Attributes:
        error: what the last job raised.
    """

    _OBSERVERS: ClassVar[str] = "an observer of what it finds"  # who must not wait for it

    def __init__(self, observer: BackgroundExplorer[Any]) -> None:
        self._observer = weakref.ref(observer)
        self._changed = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._calls: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self.error: Exception | None = None

    @abstractmethod
    def _next_job(self) -> Job | None:
        """What to do next, None for nothing; asked for in the thread, and never of a background that is closed."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop what is left to do, for a job of it failed or it is closed."""

    def _is_superseded(self, _: Exception) -> bool:
        """Whether a job has only been given up for a newer one."""
        return False

    # -- from any thread ----------------------------------------------------------------------------

    def wait(self, timeout: float | None) -> None:
        """Block until there is nothing to do. Raises `TimeoutError` where it takes longer."""
        if self.is_own_thread():
            raise RuntimeError(f"wait() in {self._OBSERVERS} would wait for itself")
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
            self._forget()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and not self.is_own_thread():
            thread.join(EXIT_PATIENCE)

    def is_own_thread(self) -> bool:
        """Whether the caller is this thread."""
        return threading.current_thread() is self._thread

    def _put(self, function: Callable[[], Any]) -> Future[Any]:
        """Have a function called between two jobs; the lock is held, and it is not closed."""
        future: Future[Any] = Future()
        self._calls.append((function, future))
        self._wake()
        return future

    def _wake(self) -> None:
        self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"nnwidgets-{type(self).__name__}", daemon=True)
            _WORKING.add(self)
            self._thread.start()

    # -- in its thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._is_closed:
                    self._fail_calls(RuntimeError("this explorer was closed"))
                job = None if self._is_closed else self._next_job()
                if job is None:
                    self._thread = None
                    self._changed.notify_all()
                    return
            self._do(job)

    def _do(self, job: Job) -> None:
        try:
            with _in_allowed_threads():
                job()
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs on screen, and to whoever waits)
            if self._is_superseded(error):
                return
            with self._changed:
                self.error = error
                self._forget()
            self._tell(lambda observer: observer._show_failure())

    def _tell(self, show: Callable[[Any], None]) -> None:
        observer = self._observer()
        if observer is not None:
            show(observer)

    def _answer(self) -> None:
        function, future = self._calls.popleft()
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 (it belongs to whoever asked)
            future.set_exception(error)

    def _fail_calls(self, error: Exception) -> None:
        while self._calls:
            self._calls.popleft()[1].set_exception(error)


@contextmanager
def _in_allowed_threads() -> Iterator[None]:
    """PyTorch computes in no more threads than are allowed inside of it."""
    if STATE.now.threads is None:
        yield
        return
    import torch

    from nnwidgets.training.threads import in_threads

    with in_threads(torch.get_num_threads()):
        yield


_WORKING: weakref.WeakSet[Background] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """End the threads in good order: one that is inside PyTorch while Python ends would abort the process."""
    for background in list(_WORKING):
        background.close()


Bench = TypeVar("Bench", bound=Background)


class BackgroundExplorer(Explorer, Generic[Bench]):
    """An explorer that shows what its background finds; not shown by itself."""

    _NEEDS_KERNEL: ClassVar[bool] = True

    _background: Bench | None = None  # of one whose making has failed

    def __init__(self, **settings: Any) -> None:
        self._guard, self._held = threading.RLock(), threading.local()
        self._background = self._make_background()
        super().__init__(**settings)

    @abstractmethod
    def _make_background(self) -> Bench:
        """Called before the settings are there."""

    @property
    def _bench(self) -> Bench:
        assert self._background is not None
        return self._background

    @abstractmethod
    def _ask(self) -> None:
        """Have the background find what belongs to the settings."""

    @abstractmethod
    def _show_failure(self) -> None:
        """Show the background's `error`; called in its thread."""

    def open(self) -> None:
        """Connect to the browser, and begin to find out (called by ipywidgets)."""
        super().open()
        self._ask()

    @contextmanager
    def hold_trait_notifications(self) -> Iterator[Any]:
        """As of every widget; what is found in the meantime is shown after it."""
        # Settings that are refused are taken back together with all that was set in this time, by whichever thread.
        with self._guard, super().hold_trait_notifications():
            self._held.depth = getattr(self._held, "depth", 0) + 1
            try:
                yield
            finally:
                self._held.depth -= 1

    def _refuse_under_hold(self) -> None:
        if getattr(self._held, "depth", 0):
            raise RuntimeError("under hold_trait_notifications() this would never end: nothing is shown before its end")

    def wait(self, timeout: float | None = None) -> None:
        """Block until nothing is left to do, and all is shown; what was paused does not count.

        Raises:
            TimeoutError: it takes longer than `timeout` seconds; it goes on.
            Exception: what went wrong.
            RuntimeError: under `hold_trait_notifications()`, or in an observer that it would wait for.
        """
        self._refuse_under_hold()
        self._bench.wait(timeout)

    def _page_traits(self) -> dict[str, Any]:
        try:
            self.wait()
        except Exception:
            if self._bench.error is None:
                raise
            # What went wrong is on screen, and therefore in the page.
        return super()._page_traits()

    def close(self) -> None:
        """End what is going on, and take the widget off the page."""
        if self._background is not None:
            self._background.close()
        if self.comm is not None:
            self.set_trait("status", "closed")
        super().close()

    @staticmethod
    def _said(error: BaseException) -> str:
        return f"{type(error).__name__}: {error}"
