"""Records a run as it stands: a picture of one moment after the other, taken beside what is on screen."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets._limits import STATE
from nnwidgets.training.engines import Stop
from nnwidgets.training.insight import MOST_PARAMETERS
from nnwidgets.training.keyframes import Keyframes
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.replay import changes_until
from nnwidgets.training.tested import evaluate_test
from nnwidgets.widgets._channel import ViewState
from nnwidgets.widgets._frames import CurveFeed, Parts, StepRate, header, numbers
from nnwidgets.widgets._previewing import Told, alike
from nnwidgets.widgets._recorded_format import Recorded, RecordedFrame, encode

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.widgets._base import Trainer
    from nnwidgets.widgets._previewing import PastDescription

REST = 1.0  # seconds for which a run stands still before it is recorded: a slider that is dragged costs nothing
NOT_READY = 0.05  # seconds until it is asked again whether the engine is
MOST_KEPT = 24 * 2**20  # bytes of pictures that are kept, so that a run that goes on brings only new ones
LOOKS, LONGEST_LOOKS = 10.0, 30.0  # seconds that the pictures of a recording may take; the fewest of them
MOST_BYTES = 4 * 2**20  # of a recording
SHARE, SHARE_OF_ONE = 1 / 4, 1 / 16  # of the memory of a trainer, for the pictures that are kept and for a recording
FEWEST = 8  # pictures that a recording keeps even so
TOO_LARGE = 4 * MOST_BYTES  # for which there is none: a page would have to load it
WIDEST = 256  # neurons of a layer whose space is recorded: its principal components take long, of 1,500 some seconds
MAP = 72  # cells of the map per side
TILES = ((64, 32), (256, 24), (inf, 16))  # up to how many neurons their pictures have so many cells per side
_AT_REST: Told = {
    "preview": False, "full": False, "interval": 0.0, "run_target_epoch": None, "steps_per_second": None, "focus": None,
    "parts": [],
}  # fmt: skip
FIRST_PAST = -1_000_001  # version of the first network or data that are not the present ones


@dataclass(frozen=True)
class Moment:
    """A picture of where the run was, and what a browser is told of network and data there."""

    identity: tuple[object, ...]
    header: Told
    arrays: Parts
    told: dict[str, Told]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, with an allowance for the rest."""
        return 4_000 + sum(array.nbytes for array in self.arrays.values())


class InterruptedRecordingError(Exception):
    """A command waits that goes first."""


class RunRecorder:
    """Knows whether the run is recorded as it stands, and records it.

    All methods but `due`, `publish` and `give_way` are called in the training thread.

    Attributes:
        due: when to begin, on `time.monotonic`'s clock; infinity if there is nothing to do.
    """

    def __init__(self) -> None:
        self.due = inf
        self._lock = threading.RLock()
        self._key: tuple[object, ...] | None = None
        self._keyframes: Keyframes | None = None
        self._moments: dict[int, Moment] = {}
        self._plan: list[int] | None = None
        self._sight: object = None
        self._origin: object = None
        self._coarser = 0
        self._waits = False  # for the engine
        self._looked = 0.0, 0  # seconds that pictures of this recording have taken, and how many they are
        self._known: PastDescription | None = None
        self._told: dict[str, Told] = {}  # in the last picture
        self._own_stop = Stop()
        self._room = MOST_BYTES

    # -- what there is to do ------------------------------------------------------------------------

    def changed(self, trainer: Trainer, loop: TrainingLoop, *, wanted: bool) -> None:
        """The run may stand elsewhere, or go on: then what was recorded of it is no longer true.

        Args:
            trainer: whose run it is.
            loop: the run.
            wanted: whether it is to be recorded by itself as it stands now.
        """
        self._keep_within(trainer)
        key = _key(trainer, loop)
        if key is not None and key == self._key:
            return
        with self._lock:
            self._key = key
            if trainer._recorded is not None:
                trainer.set_trait("_recorded", None)
        self._leave()
        self.due = time.monotonic() + REST if wanted and key is not None and _has_past(loop) else inf

    def _keep_within(self, trainer: Trainer) -> None:
        """Give up what there is no room for any more."""
        room, before = STATE.share(SHARE_OF_ONE, MOST_BYTES), self._room
        self._room = room
        if room < before and trainer._recorded is not None and len(trainer._recorded) > room:
            self._key = None  # it is recorded again, with fewer pictures
        if self._kept > _most_kept():
            self._moments.clear()

    @property
    def _kept(self) -> int:
        return sum(moment.nbytes for moment in self._moments.values())

    def publish(self, trainer: Trainer, data: bytes, key: object) -> None:
        """Show a recording, if the run still stands where it did; called in any thread."""
        with self._lock:
            if key is not None and key == self._key:
                self.due = inf
                trainer.set_trait("_recorded", data)

    def give_way(self) -> None:
        """Somebody has come for whom nothing is to wait; called in any thread."""
        self._own_stop.flag[0] = 1

    # -- recording ----------------------------------------------------------------------------------

    def work(self, trainer: Trainer, loop: TrainingLoop, stop: Stop) -> None:
        """Do a piece of it; at the end the trait has the recording."""
        try:
            data = self._work(trainer, loop, stop)
        except Exception:  # noqa: BLE001 - a module of the user's cannot be copied, or raises when it runs again
            self.due = inf
            self._leave()
            return
        if data is not None:
            self.publish(trainer, data, self._key)
            self._leave()
        elif self._waits:
            self.due = time.monotonic() + NOT_READY

    def whole(self, trainer: Trainer, loop: TrainingLoop) -> tuple[bytes | None, object]:
        """All of it at once, unless it is there or `give_way` is called; with what `publish` wants to know.

        Of a run under way it is what there is up to now. There is none of a module that cannot be copied or raises when
        it runs again, of one that is too large, nor before the first step.
        """
        if trainer._recorded is not None or not _has_past(loop):
            return trainer._recorded, None
        self._own_stop = stop = Stop()
        data = None
        try:
            self._leave()
            while data is None and not stop():
                data = self._work(trainer, loop, stop)
                if self._waits:
                    time.sleep(NOT_READY)
        except Exception:  # noqa: BLE001 - as above
            self.due = inf
        finally:
            self._leave()
        return data, _key(trainer, loop)

    def _leave(self) -> None:
        """Forget what only a recording under way needs."""
        self._plan, self._looked = None, (0.0, 0)
        if self._keyframes is not None:
            self._keyframes.leave()
        if self._known is not None:
            self._known.forget()

    def _work(self, trainer: Trainer, loop: TrainingLoop, stop: Stop) -> bytes | None:
        """Take the next picture, or put all of them together."""
        self._waits = False
        if self._keyframes is None or self._known is None:
            self._keyframes, self._known = Keyframes(loop.experiment, loop.past, loop.engine), trainer._new_past()
        if self._plan is None:
            self._plan = self._planned(trainer, loop, self._keyframes)
        missing = next((epoch for epoch in self._plan if epoch not in self._moments), None)
        if missing is not None:
            self._take(trainer, loop, self._keyframes, missing, stop)
            return None
        try:
            data = self._joined(trainer, loop, self._plan, stop)
        except InterruptedRecordingError:
            return None
        if len(data) > self._room and len(self._plan) > FEWEST:
            self._thin()
            return None
        if len(data) > TOO_LARGE:
            raise ValueError("what such a network shows is too large to be recorded")
        return data

    def _planned(self, trainer: Trainer, loop: TrainingLoop, keyframes: Keyframes) -> list[int]:
        """The epochs to show, without the one where the run stands as it came there: that one is at hand."""
        if self._origin is not loop.past.origin:
            self._coarser, keyframes.is_costly = 0, False
            self._origin = loop.past.origin
        if self._sight != trainer._sight:
            self._moments.clear()
            self._sight = trainer._sight
        last = loop.history.last_epoch
        self._moments = {
            epoch: moment
            for epoch, moment in self._moments.items()
            if epoch <= last and moment.identity == keyframes.identity(epoch)
        }
        plan = keyframes.plan(loop.step_seconds, self._moments.keys(), self._coarser)
        self._moments = {epoch: moment for epoch, moment in self._moments.items() if epoch in plan}
        if _is_as_it_came(loop):
            plan = [epoch for epoch in plan if epoch != loop.experiment.position.epoch]
        return plan

    def _take(self, trainer: Trainer, loop: TrainingLoop, keyframes: Keyframes, epoch: int, stop: Stop) -> None:
        ghost = keyframes.go(epoch, stop)
        if ghost is not None:
            started = time.monotonic()
            with random_numbers_kept(loop.experiment):
                self._moments[epoch] = self._moment(trainer, loop, ghost, keyframes.identity(epoch))
            seconds, taken = self._looked
            self._looked = seconds + time.monotonic() - started, taken + 1
            if self._is_too_much(self._plan or []):
                self._thin()
        elif keyframes.is_costly:
            self._plan = None
        else:
            self._waits = not stop()

    def _is_too_much(self, plan: list[int]) -> bool:
        """Whether all pictures would take too much memory, or too long."""
        if self._kept > _most_kept():
            return True
        seconds, taken = self._looked
        to_go = sum(epoch not in self._moments for epoch in plan)
        most = LOOKS if len(plan) > FEWEST else LONGEST_LOOKS
        return taken > 1 and to_go > 0 and seconds + to_go * seconds / taken > most

    def _thin(self) -> None:
        """Every other epoch goes."""
        self._coarser += 1
        self._plan = None

    # -- pictures -----------------------------------------------------------------------------------

    def _moment(
        self, trainer: Trainer, loop: TrainingLoop, experiment: Experiment, identity: tuple[object, ...] = ()
    ) -> Moment:
        assert self._known is not None
        told = trainer._told_aside(experiment, self._known)
        neurons = sum(layer.units for layer in told.graph.layers)
        tile = next(size for most, size in TILES if neurons <= most)
        wide = {f"space{number}" for number, layer in enumerate(told.graph.layers) if layer.units > WIDEST}
        wish = ViewState(True, None, MAP, tile, wants=trainer._RECORDED - wide, lasting=True)  # noqa: FBT003
        picture = trainer._look_at(told, wish)
        test = evaluate_test(experiment) if picture.test is None else picture.test
        head = header(loop, experiment, StepRate()) | numbers(experiment.position, picture.train, test)
        # Copies: what is taken apart from a model may lie in its memory.
        arrays = {name: np.array(array) for name, array in trainer._parts(picture).items()}
        # What is told again is kept once.
        self._told = {name: _same(self._told.get(name), value) for name, value in told.told.items()}
        return Moment(identity, {name: _plain(value) for name, value in head.items()}, arrays, self._told)

    def _joined(self, trainer: Trainer, loop: TrainingLoop, plan: list[int], stop: Stop) -> bytes:
        moments = [self._moments[epoch] for epoch in plan]
        with random_numbers_kept(loop.experiment):
            present = self._moment(trainer, loop, loop.experiment)
        stands = sum(moment.header["step"] <= present.header["step"] for moment in moments)
        moments.insert(stands, present)
        shown = {name: getattr(trainer, f"_{name}") for name in present.told}
        pasts: list[dict[str, Told]] = []
        frames = []
        for number, moment in enumerate(moments):
            past = _past_of(moment.told, shown, pasts)
            head = moment.header | _versions(shown if past is None else pasts[past])
            fixed = _AT_REST | {"number": number, "status": loop.status}
            of_run = {name: part for name, part in trainer._run_parts().items() if name in moment.arrays}
            frames.append(RecordedFrame(head | fixed, moment.arrays | of_run, past))
        _, rows = CurveFeed().take(loop, full=True)

        def check() -> None:
            if stop():
                raise InterruptedRecordingError

        # So many weights are nowhere to be read on screen, only to be drawn.
        rounded = {name for moment in moments for name, array in moment.arrays.items() if array.size > MOST_PARAMETERS}
        none = dict.fromkeys(("way", "gallery", "chosen"))
        return encode(Recorded(frames, stands, rows, [none | past for past in pasts]), rounded, check)


def _most_kept() -> int:
    return STATE.share(SHARE, MOST_KEPT)


def _key(trainer: Trainer, loop: TrainingLoop) -> tuple[object, ...] | None:
    """What a recording is of; None while a run is under way, for it is of nothing for long."""
    if loop.goal is not None:
        return None
    experiment, past = loop.experiment, loop.past
    position = experiment.position
    where = position.epoch, position.samples, position.step, past.applied, past.rewound, loop.history.last_step
    versions = experiment.edit_count, experiment.data_version, experiment.network_version, loop.history.revision
    return past.origin, tuple(past.journal), where, versions, trainer._sight


def _has_past(loop: TrainingLoop) -> bool:
    return loop.experiment.position.step > 0 or loop.history.last_step > 0


def _is_as_it_came(loop: TrainingLoop) -> bool:
    """Whether the run stands at the end of an epoch with nothing changed since."""
    position, past = loop.experiment.position, loop.past
    is_end = not position.samples and position.step == loop.history.epoch_step(position.epoch)
    return is_end and past.applied == changes_until(past.journal, position.step)


def _past_of(told: dict[str, Told], shown: dict[str, Told], pasts: list[dict[str, Told]]) -> int | None:
    """Which of the pasts is told of so, a new one if none is; None where it is what is shown."""
    for number, known in enumerate([shown, *pasts]):
        if all(value is known[name] or alike(value, known[name]) for name, value in told.items()):
            return number - 1 if number else None
    version = {"version": FIRST_PAST - len(pasts)}
    pasts.append({name: value | version for name, value in told.items()})
    return len(pasts) - 1


def _same(before: Told | None, now: Told) -> Told:
    """What was told before, if it is told again."""
    return before if before is not None and before == now else now


def _versions(told: dict[str, Told]) -> dict[str, int]:
    return {f"{name}_version": value["version"] for name, value in told.items() if name != "way"}


def _plain(value: Any) -> Any:
    """What JSON has for it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
