"""A thread that lives only while there is something to do, and the queue of what it is told."""

from __future__ import annotations

import atexit
import threading
import weakref
from abc import ABC, abstractmethod
from collections import deque
from concurrent.futures import Future
from typing import Any

import torch

from nnwidgets.training import commands as c
from nnwidgets.training.engines import Stop
from nnwidgets.training.goal import Status
from nnwidgets.training.promptness import PROMPTNESS
from nnwidgets.training.threads import in_threads

EXIT_PATIENCE = 2.0  # seconds for the step under way when the interpreter ends


class ClosedError(RuntimeError):
    """A command was given to a loop that was closed."""


class Worker(ABC):
    """Carries out commands one by one, in a thread of its own, and works on between them while it is busy."""

    def __init__(self) -> None:
        self.status: Status = "idle"
        self._queue: deque[tuple[c.Command, Future[Any]]] = deque()
        self._attention = False
        self.stop = Stop()
        self._wakeup = threading.Condition()
        self._thread: threading.Thread | None = None
        # A thread's share of cores is settled at its first use of torch: settle the caller's now, so
        # that ours cannot become its default.
        torch.get_num_threads()

    @property
    @abstractmethod
    def threads(self) -> int:
        """PyTorch's intra-op threads in that thread."""

    @abstractmethod
    def _do(self, command: c.Command) -> Any:
        """Carry out a command."""

    @abstractmethod
    def _is_busy(self) -> bool:
        """Whether there is work to do without a further command."""

    @abstractmethod
    def _work_on(self) -> None:
        """Do a piece of that work, a short one where `stop` says so: a command waits (`_attention`)."""

    @abstractmethod
    def _give_up(self, error: BaseException) -> None:
        """The thread ends for a mistake of ours: nobody is to wait for it any more."""

    @abstractmethod
    def _leave(self) -> None:
        """The interpreter ends: have nothing more to do with anybody."""

    @property
    def is_alive(self) -> bool:
        """Whether there is a thread now."""
        return self._thread is not None

    def is_own_thread(self) -> bool:
        """Whether the caller is the training thread."""
        return threading.current_thread() is self._thread

    def submit(self, command: c.Command) -> Future[Any]:
        """Queue a command. The future has its result, or its exception, once it is carried out."""
        future: Future[Any] = Future()
        with self._wakeup:
            if self.status == "closed":
                future.set_exception(ClosedError("this trainer is closed"))
                return future
            self._queue.append((command, future))
            PROMPTNESS.begin()
            self._attention = True
            self.stop.flag[0] = 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="nnwidgets-training", daemon=True)
                _WORKING.add(self)
                self._thread.start()
            self._wakeup.notify_all()
        return future

    def call(self, command: c.Command) -> Any:
        """Have a command carried out and return its result.

        From within the training thread (a callback) it is carried out at once. A closed loop can
        still be read.
        """
        if self.is_own_thread():
            if isinstance(command, c.Step | c.StepBy):
                raise RuntimeError("step() in a callback of the training would wait for itself")
            return self._do(command)
        if self.status == "closed" and isinstance(command, c.Do):
            with in_threads(self.threads):
                return command.function()
        return self.submit(command).result()

    def _work(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            with self._wakeup:
                self._thread = None
                left = list(self._queue)
                self._queue.clear()
            self._give_up(error)
            for _, future in left:
                future.set_exception(error)
                PROMPTNESS.end()
            raise

    def _serve(self) -> None:
        torch.set_num_threads(self.threads)
        while True:
            with self._wakeup:
                if not self._queue and not self._is_busy():
                    self._thread = None
                    return
                queued = list(self._queue)
                self._queue.clear()
                self._attention = False
                self.stop.flag[0] = 0
            for command, future in queued:
                self._carry_out(command, future)
            if self._is_busy():
                self._work_on()

    def _carry_out(self, command: c.Command, future: Future[Any]) -> None:
        try:
            result = self._do(command)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever gave the command
            future.set_exception(error)
        else:
            future.set_result(result)
        finally:
            PROMPTNESS.end()


_WORKING: weakref.WeakSet[Worker] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """End the threads in good order: one that is inside PyTorch while Python ends would abort the process."""
    for worker in list(_WORKING):
        thread = worker._thread
        if thread is not None:
            worker._leave()
            worker.submit(c.Close())
            thread.join(EXIT_PATIENCE)
