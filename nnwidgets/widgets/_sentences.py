"""What there is to say of how a run goes, or has ended, in a sentence under the picture."""

from __future__ import annotations

from typing import Any

from nnwidgets._limits import allowed_threads
from nnwidgets.training.findings import plural
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.perceptron import is_settled, updates_of
from nnwidgets.training.pinning import MOST_PINNED

A_CELL_IS_RUNNING = {
    "kind": "info",
    "title": "A cell is running:",
    "text": "what is done here takes effect when it has ended. This kernel hears nobody before that.",
    "detail": None,
    "action": None,
}


def sentence(loop: TrainingLoop) -> dict[str, Any] | None:
    """What there is to say about how a run ended, as a `MessageTrait`."""
    position, error = loop.experiment.position, loop.error
    if loop.paused_unseen and loop.status == "paused":
        return {
            "kind": "info",
            "title": "Paused by itself:",
            "text": "for some seconds nobody could see the picture. Play goes on.",
            "detail": None,
            "action": None,
        }
    if loop.settles and loop.status in ("idle", "paused") and is_settled(loop):
        updates = plural(updates_of(loop.experiment), "update")
        return {
            "kind": "info",
            "title": f"Settled with epoch {position.epoch:,}:",
            "text": f"it had no mistake, so nothing changes any more. There were {updates} in all.",
            "detail": None,
            "action": None,
        }
    if loop.stopped_by and loop.status == "idle":
        return {
            "kind": "info",
            "title": f"Stopped with epoch {position.epoch:,}:",
            "text": f"{loop.stopped_by}. Play goes on.",
            "detail": None,
            "action": None,
        }
    if loop.waits_for_engine:
        return {
            "kind": "info",
            "title": "Compiling:",
            "text": "the fast engine is made ready. The first time on a machine that takes some ten seconds.",
            "detail": None,
            "action": None,
        }
    if error is None or loop.status != "error":
        return _unkept(loop)
    said = str(error).rstrip(".") or "it says no more"
    place = f"at step {position.step + 1:,}"
    if loop.error_is_of_callback:
        place = f"in a function called at the end of epoch {position.epoch:,}"
    return {
        "kind": "error",
        "title": f"{type(error).__name__} {place}:",
        "text": f"{said}. The weights after {position.step:,} steps are kept.",
        "detail": loop.error_detail,
        "action": None,
    }


def _unkept(loop: TrainingLoop) -> dict[str, Any] | None:
    """That the run which was left could not be kept, until there is room again or something more urgent to say."""
    end, room = loop.past.unkept, MOST_PINNED - len(loop.history.pinned)
    if end is None or room > 0 or loop.status == "diverged":
        return None
    return {
        "kind": "info",
        "title": "Not kept to compare with:",
        "text": f"the run up to epoch {end:,} that this one left, for {MOST_PINNED} runs are pinned by hand. "
        "Take one off, and the next is kept.",
        "detail": None,
        "action": None,
    }


def fewer_threads(loop: TrainingLoop) -> dict[str, Any] | None:
    """That the run does not have the threads that it was to have."""
    asked = loop.asked_threads
    if loop.threads >= asked:
        return None
    why = "nnwidgets.limits() allows no more."
    if allowed_threads(asked) == asked:
        why = f"nnwidgets.limits() allowed no more, and a run keeps what it has. Reset begins one with {asked}."
    if not loop.engine.passes_epochs:  # compiled steps are made in one anyway
        why += " With another number of threads sums are rounded differently, in the last digits."
    return {
        "kind": "info",
        "title": f"{plural(loop.threads, 'thread')} instead of {asked}:",
        "text": why,
        "detail": None,
        "action": None,
    }
