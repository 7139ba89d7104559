"""The thread in which a `BackpropExplorer` records its passes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nnwidgets._limits import pace
from nnwidgets.widgets._background import Background, Job

if TYPE_CHECKING:
    from nnwidgets.widgets._backprop_source import BackpropPass, Source
    from nnwidgets.widgets.backprop import BackpropExplorer

RHYTHM = 0.25  # seconds between passes of a trainer that runs, at least
SHARE = 0.1  # of its time that may go into them
FEW = 60  # weights whose finite differences are computed at once; those of more, when nothing else is asked for
PAUSE = 0.2  # seconds without anything asked for, until then


class Bench(Background):
    """Records a pass with the settings that are asked for last, and makes the steps between passes.

    Args:
        observer: who is shown each pass.
        make_source: called in the thread before the first pass.

    Attributes:
        found: the newest pass.
    """

    def __init__(self, observer: BackpropExplorer, make_source: Callable[[], Source]) -> None:
        super().__init__(observer)
        self._make_source = make_source
        self._source: Source | None = None
        self._wanted: dict[str, Any] = {}
        self._must_record = self._must_look = self._must_check = False
        self._number = 1
        self._due = 0.0  # when the next pass of a trainer that runs may be recorded
        self.found: BackpropPass | None = None

    # -- from any thread ----------------------------------------------------------------------------

    def ask(self, settings: Mapping[str, Any], *, anew: bool) -> None:
        """Record a pass with these settings: the first of a network, or `anew` False, the same with a change."""
        with self._changed:
            if self._is_closed:
                return
            self._wanted = dict(settings)
            if anew:
                self._number = 1
            self._must_record, self.error = True, None
            self._wake()

    def know(self, settings: Mapping[str, Any]) -> None:
        """The settings have become those of the newest pass; said in the thread, while that is shown."""
        with self._changed:
            self._wanted = dict(settings)
            if self._source is not None:
                self._source.know(settings)

    def is_wanted(self, settings: Mapping[str, Any]) -> bool:
        """Whether these are still the settings that were asked for last."""
        with self._changed:
            return not self._is_closed and self._wanted == settings

    def look(self, *, runs: bool = False) -> None:
        """The network may have been changed, by a trainer that `runs` again and again."""
        with self._changed:
            if not (self._is_closed or (runs and time.monotonic() < self._due)):
                self._must_look = True
                self._wake()

    def call(self, function: Callable[[BackpropPass, Source], Any], *, again: bool = False) -> Any:
        """The result of a function of the newest pass, of the network as it is by then; recorded `again` if need be."""

        def answer() -> Any:
            if self.error is not None:
                raise self.error
            assert self.found is not None
            assert self._source is not None
            return function(self.found, self._source)

        if self.is_own_thread():
            return answer()
        with self._changed:
            if self._is_closed and self.found is None:
                raise RuntimeError("this explorer was closed before anything was recorded")
            future = None if self._is_closed else self._put_after_look(answer, again=again)
        return answer() if future is None else future.result()

    def step(self) -> Future[None]:
        """Make the step that the newest pass ends with, and record the next one."""
        with self._changed:
            if self._is_closed:
                raise RuntimeError("this explorer is closed")
            return self._put_after_look(self._step, again=False)

    def _put_after_look(self, function: Callable[[], Any], *, again: bool) -> Future[Any]:
        if self.error is not None or again:  # what went wrong may have been put right
            self._must_record, self.error = True, None
        self._must_look = True
        return self._put(function)

    @property
    def status(self) -> str:
        """What it is about: "recording", "ready", "error" or "closed"."""
        with self._changed:
            if self._is_closed:
                return "closed"
            if self.error is not None:
                return "error"
            return "recording" if self._must_record or self.found is None else "ready"

    # -- in its thread ------------------------------------------------------------------------------

    def _next_job(self) -> Job | None:
        if self._must_record:
            return self._record
        if self._must_look:
            return self._look
        if self._calls:
            return self._answer
        return self._check if self._must_check else None

    def _forget(self) -> None:
        self._must_check = False
        if self._is_closed:
            self._must_record = self._must_look = False

    def _look(self) -> None:
        with self._changed:
            self._must_look = False
        if self.found is not None and self._source is not None and self._source.has_moved():
            self._record()

    def _record(self, *, checks: bool = False) -> None:
        with self._changed:
            self._must_record = self._must_check = False
            settings, number = dict(self._wanted), self._number
        if self._source is None:
            self._source = self._make_source()
        started = time.monotonic()
        checks = checks or self._source.size(settings) <= FEW
        found = self._source.record(settings, checks=checks)
        if not found.number:
            found = replace(found, number=number)
        with self._changed:
            self.found, self.error = found, None
            self._must_check = found.settled and not checks
        self._tell(lambda observer: observer._show_pass(found, settings))
        done = time.monotonic()
        self._due = done + max(pace(RHYTHM), (done - started) / SHARE)

    def _check(self) -> None:
        """The same pass again with its finite differences, unless something else is asked for meanwhile."""
        with self._changed:
            if self._changed.wait_for(self._has_other, PAUSE):
                return
        self._record(checks=True)

    def _has_other(self) -> bool:
        return bool(self._must_record or self._must_look or self._calls or self._is_closed)

    def _step(self) -> None:
        if self.error is None:
            assert self._source is not None
            assert self.found is not None
            self._source.step(self.found)
            with self._changed:
                self._number += 1
            self._do(self._record)
        if self.error is not None:
            raise self.error
