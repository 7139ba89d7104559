"""The run as a recording, which a saved page or notebook replays without Python."""

from __future__ import annotations

from concurrent.futures import Future
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets.training import commands as c
from nnwidgets.widgets._settings import TrainerSettings

if TYPE_CHECKING:
    from nnwidgets.widgets._frames import Parts


class Recording(TrainerSettings):
    """The part of a trainer that records its run."""

    # None travels as no bytes: nbclient never forgets a buffer that a trait has had, it only puts another in its place.
    _recorded = traitlets.Bytes(None, allow_none=True).tag(sync=True, to_json=lambda value, _: value or b"")
    """None, or a recording, as `_recorded_types` describes it, of the run as it stands."""

    _RECORDED: ClassVar[frozenset[str]] = frozenset()  # what panels show that is recorded, too

    def _record(self) -> bytes | None:
        """The recording of the run as it stands, which `_recorded` then has; of a run under way of what there is of it.

        None where there can be none: before the first step, and of a module that cannot be copied.
        """
        assert self._loop is not None
        publisher = self._publisher
        try:
            data, key = self._loop.call(c.Do(publisher.recording, "Recording"))
        except KeyboardInterrupt:
            publisher.give_way()
            raise
        # Here and not in the training thread: a program that runs a notebook keeps only what is sent in a cell's name.
        if data is not None:
            publisher.publish(data, key)
        found: bytes | None = data
        return found

    def _record_unseen(self, adopted: Future[Any]) -> None:
        """Record the run at the end of a cell, if no view has ever been there: nobody then waits for anything else.

        A program that runs a notebook to save it ends the kernel soon after the last cell.

        Args:
            adopted: done once what the cell has changed by hand is part of the run.
        """
        try:
            if self._publisher.is_unseen() and adopted.exception() is None and self._publisher.recording_due() < inf:
                self._record()
        except KeyboardInterrupt:
            return  # then it is recorded in the background, if somebody stays for that

    @property
    def _sight(self) -> object:
        """What of the data is on screen."""
        return None

    def _run_parts(self) -> Parts:
        """Arrays in each frame that are not of its moment, but of the whole run."""
        return {}
