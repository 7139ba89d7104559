"""How an explorer hears of what happens to a trainer, without that one of the two keeps the other alive."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

if TYPE_CHECKING:
    from nnwidgets.widgets._base import Trainer

# What a trainer shows of itself whenever a step, an edit or a setting has changed what it will do next.
_TELLING = ("_snapshot", "step_count", "status", "learning_rate", "schedule", "batch_size", "optimizer",
            "optimizer_options", "l1", "l2", "loss_fn", "_edits")  # fmt: skip


class Looking(Protocol):
    """What is told, and looks for itself."""

    def look(self, *, runs: bool = False) -> None:
        """The trainer may have moved; `runs`: it goes on by itself."""


def is_trainer(value: object) -> TypeGuard[Trainer]:
    """Whether it is one of our trainers; imports nothing, for whoever has one has imported it."""
    base = sys.modules.get("nnwidgets.widgets._base")
    return base is not None and isinstance(value, base.Trainer)


def watch_trainer(trainer: Trainer, looking: Looking) -> Callable[[], None]:
    """Have something look whenever the trainer has moved; what it returns ends that."""
    held, shown = weakref.ref(trainer), weakref.ref(looking)

    def look(_: Any) -> None:
        trainer, found = held(), shown()
        if trainer is not None and found is not None:
            found.look(runs=trainer.status == "running")

    def end() -> None:
        trainer = held()
        if trainer is not None:
            trainer.unobserve(look, _TELLING)

    trainer.observe(look, _TELLING)
    return end


def is_in_callback(trainer: Trainer | None) -> bool:
    """Whether the caller is the training itself, which nobody may wait for there."""
    return trainer is not None and trainer._loop is not None and trainer._loop.is_own_thread()
