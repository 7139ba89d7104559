"""Places of a run to go back to, within a budget of bytes and up to a number."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from itertools import pairwise

from nnwidgets._limits import STATE
from nnwidgets.training.inspection import State, tensors_in
from nnwidgets.training.memory import give_back
from nnwidgets.training.settings import Position, Settings

SHARE = 3 / 8  # of the memory of a trainer
MOST = 2048  # however small they are, so that an hour of training takes no more memory than some minutes


@dataclass(frozen=True)
class Checkpoint:
    """Everything needed to stand where it was taken: copies, never aliases."""

    settings: Settings
    position: Position
    state: State
    optimizer: dict[str, object] | None
    journal_length: int

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes, with an allowance for the Python objects."""
        tensors = [*self.state.values(), *tensors_in(self.optimizer)]
        return 2_000 + sum(200 + tensor.nbytes for tensor in tensors)


@dataclass
class CheckpointStore:
    """Checkpoints in order of their step.

    The first is always kept: it is what a run can be repeated from, and so is the last. When the
    budget is exceeded, or what the limits leave of it, or there are more than `MOST`, others go where they stand
    closest, so that those that stay are spread evenly.
    Those that a re-run leaves on its way are kept for as long as there is room beside those of the run.
    """

    budget: int = 64 * 2**20
    items: list[Checkpoint] = field(default_factory=list)
    """Those that the run itself left."""
    repeated: list[Checkpoint] = field(default_factory=list)
    """Those that re-runs left, from between others: they can be made again."""
    nbytes: int = 0
    """Memory held by all of them, in bytes."""

    @property
    def room(self) -> int:
        """Bytes that there are for all of them."""
        return STATE.share(SHARE, self.budget)

    def keep_within(self) -> None:
        """Give up what there is no room for."""
        if self.repeated and not self._has_room():
            self._hold(self.items, [])
        before = len(self.items)
        while len(self.items) > 2 and not self._has_room():
            self._thin()
        if len(self.items) < 3 * before // 4:
            give_back()  # and with theirs the holes that messages and pictures have left since the last time

    def replace(self, items: list[Checkpoint]) -> None:
        """Hold these of the run instead, and no others."""
        self._hold(items, [])

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep it. Of those at the same place only the first, as the run arrived there, and the last stay."""
        same = [item for item in self.items[-2:] if item.position == checkpoint.position]
        if len(self.items) > 1 and same and (len(same) == 2 or same[-1].journal_length == checkpoint.journal_length):
            self.nbytes -= self.items.pop().nbytes
        self.items.append(checkpoint)
        self.nbytes += checkpoint.nbytes
        self.keep_within()

    def insert(self, checkpoint: Checkpoint) -> None:
        """Keep one that a re-run left between others, if there is room, in place of other such ones where need be."""
        place = _place(checkpoint)
        if _place(self.before(*place)) == place:
            return
        if not self._has_room(checkpoint):
            self._hold(self.items, [])
        if self._has_room(checkpoint):
            insort(self.repeated, checkpoint, key=_place)
            self.nbytes += checkpoint.nbytes

    def before(self, step: int, changes: int) -> Checkpoint:
        """The newest one that was taken up to `step`, and after no more than so many changes."""
        newest = self._up_to(step, changes)[-1:] + self.repeated[: _count(self.repeated, step, changes)][-1:]
        return max(newest, key=_place)

    def cut(self, step: int, changes: int) -> None:
        """Forget those after `step`, and those after more changes than these."""
        self._hold(self._up_to(step, changes), self.repeated[: _count(self.repeated, step, changes)])

    def _has_room(self, *more: Checkpoint) -> bool:
        count = len(self.items) + len(self.repeated) + len(more)
        return count <= MOST and self.nbytes + sum(each.nbytes for each in more) <= self.room

    def _up_to(self, step: int, changes: int) -> list[Checkpoint]:
        return self.items[: max(1, _count(self.items, step, changes))]

    def _thin(self) -> None:
        *others, last = self.items
        steps = [item.position.step for item in others]
        gap = max(1, 2 * min(after - before for before, after in pairwise(steps)))
        kept = others[:1]
        for item in others[1:]:
            if item.position.step - kept[-1].position.step >= gap:
                kept.append(item)
        self._hold([*kept, last], [])

    def _hold(self, items: list[Checkpoint], repeated: list[Checkpoint]) -> None:
        self.items, self.repeated = items, repeated
        self.nbytes = sum(item.nbytes for item in (*items, *repeated))


def _place(checkpoint: Checkpoint) -> tuple[int, int]:
    return checkpoint.position.step, checkpoint.journal_length


def _count(checkpoints: list[Checkpoint], step: int, changes: int) -> int:
    """How many come first that were taken up to `step`, and after no more than so many changes."""
    return bisect_left(
        checkpoints,
        x=True,
        key=lambda item: item.position.step > step or item.journal_length > changes,
    )
