"""The moments that a recording of a run shows: which epochs, and a ghost that goes to one after the other."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np

from nnwidgets.training.engines import ChosenEngine, Stop
from nnwidgets.training.preview import ghost_replay
from nnwidgets.training.randomness import may_draw, random_numbers_kept
from nnwidgets.training.replay import Replay, changes_until

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.past import Past

MOST = 120  # epochs beside the last; of a longer run every second one is shown, every fourth and so on
# Seconds that re-runs of a recording may take in all, by the measured time of the run's own steps: nobody asked for
# them. Where it would be more, which is so with large models of whose checkpoints few have room, only epochs that have
# a checkpoint are shown. The compiled engine leaves a checkpoint every quarter of a second, but repeats a thousand
# epochs in that time; so there all of them are shown.
RERUN = 4.0


class Keyframes:
    """Chooses epochs of a run, and takes an experiment of its own, a ghost of the run's, to each of them.

    Args:
        experiment: of the run; it is never touched.
        past: of the run; it is only read.
        engine: of the run, for the choice of the ghost's own.

    Attributes:
        is_costly: whether re-runs have turned out to take too long.
    """

    def __init__(self, experiment: Experiment, past: Past, engine: ChosenEngine) -> None:
        self._experiment, self._past, self._engine = experiment, past, engine
        self._replay: Replay | None = None
        self._aimed: int | None = None
        self._spent = 0.0
        self.is_costly = False

    # -- which epochs -----------------------------------------------------------------------------

    def plan(self, seconds: float, kept: Collection[int], coarser: int = 0) -> list[int]:
        """The epochs to show, from 0 to the last.

        Args:
            seconds: that a step of the run takes.
            kept: epochs of which a picture is there already; they are preferred, as are those with a checkpoint.
            coarser: how often every other epoch is left out beyond what `MOST` asks for.
        """
        free = {0, *kept, *self._with_checkpoint()}
        epochs = self._spread(free, coarser)
        self._spent = 0.0
        # Of a module that draws random numbers only what was kept is sure to be what the run came to.
        if self.is_costly or may_draw(self._experiment) or seconds * self._repeated(epochs, kept) > RERUN:
            return [epoch for epoch in epochs if epoch in free]
        return epochs

    def _spread(self, free: Collection[int], coarser: int) -> list[int]:
        """Every epoch, or about every second, fourth and so on: so those that were shown are shown again later."""
        last = self._past.history.last_epoch
        stride = 2**coarser
        while last > MOST * stride:
            stride *= 2
        inner = [_nearest(multiple, stride, free, last) for multiple in range(stride, last, stride)]
        return sorted({0, *inner, last})

    def _with_checkpoint(self) -> set[int]:
        """Epochs at whose end a checkpoint was left, as the run came there."""
        history, journal, found = self._past.history, self._past.journal, set()
        ends = dict(history.epochs[:, 1::-1].tolist())
        for checkpoint in (*self._past.checkpoints.items, *self._past.checkpoints.repeated):
            position = checkpoint.position
            is_end = not position.samples and ends.get(position.step) == position.epoch
            if is_end and checkpoint.journal_length == changes_until(journal, position.step):
                found.add(position.epoch)
        return found

    def _repeated(self, epochs: Iterable[int], kept: Collection[int]) -> int:
        """How many steps are made again on the way from one of these epochs to the next."""
        steps, at = 0, 0
        for epoch in epochs:
            if epoch not in kept:
                step = self._past.history.epoch_step(epoch)
                before = self._past.checkpoints.before(step, changes_until(self._past.journal, step))
                steps += step - max(before.position.step, at)
                at = step
        return steps

    def identity(self, epoch: int) -> tuple[object, ...]:
        """What makes the end of an epoch the same that it was: the beginning, the changes since, and its numbers."""
        history, journal = self._past.history, self._past.journal
        step = history.epoch_step(epoch)
        rows = history.epochs
        row = rows[np.searchsorted(rows[:, 0], epoch) :][:1] if epoch else rows[:0]
        return self._past.origin, step, tuple(journal[: changes_until(journal, step)]), row.tobytes()

    # -- going there ------------------------------------------------------------------------------

    def go(self, epoch: int, stop: Stop) -> Experiment | None:
        """The ghost at the end of an epoch; None if it is not there yet when `stop` says so, or the engine is not.

        Raises:
            TypeError: the user's module cannot be copied.
            Exception: whatever it raises when it runs again.
        """
        experiment = self._experiment
        with random_numbers_kept(experiment, *([] if self._replay is None else [self._replay.experiment])):
            if self._replay is None:
                self._replay = ghost_replay(experiment, self._past, self._engine)
            replay = self._replay
            if not replay.engine.settle(replay.experiment):
                return None
            if self._aimed != epoch:
                self._aimed = None
                replay.aim(self._past.history.epoch_step(epoch))
                self._aimed = epoch
            return replay.experiment if self._advance(replay, stop) else None

    def _advance(self, replay: Replay, stop: Stop) -> bool:
        started, limited = time.monotonic(), Stop()
        # The run's steps may have been faster, or never timed: it was loaded from a file.
        limited.flag, limited.deadline = stop.flag, min(stop.deadline, started + 2 * RERUN - self._spent)
        arrived = replay.advance(limited)
        self._spent += time.monotonic() - started
        if not arrived and self._spent >= 2 * RERUN:
            self.is_costly = True
        return arrived

    def leave(self) -> None:
        """Forget the ghost."""
        self._replay = self._aimed = None


def _nearest(multiple: int, stride: int, free: Collection[int], last: int) -> int:
    """The epoch around this one that costs least, and of those the nearest."""
    window = [multiple, *range(max(1, multiple - stride // 2 + 1), min(last, multiple + stride // 2))]
    nearest: int = min(window, key=lambda epoch: (epoch not in free, abs(epoch - multiple)))
    return nearest
