"""Whoever looks at a training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nnwidgets.training.engines import Stop
    from nnwidgets.training.loop import TrainingLoop


class Observer(Protocol):
    """Whoever looks at a loop. All methods but the first two are called in the training thread, between two steps."""

    def next_frame(self) -> float:
        """When a frame is wanted, on `time.monotonic`'s clock; infinity if never. Any thread may ask."""

    def next_look(self) -> float:
        """When to ask for `next_frame` again, which may have become sooner meanwhile. Any thread may ask."""

    def frame(self, loop: TrainingLoop) -> None:
        """Take a picture of a run under way."""

    def worked(self, waited: float, *, hurried: bool) -> None:
        """Steps were made, as fast as can be if `hurried`; others had the processor for `waited` seconds."""

    def changed(self, loop: TrainingLoop) -> None:
        """Take note of a new state: a run began, ended or paused, a setting or a weight changed."""

    def began(self) -> None:
        """Steps are about to be made, the first of a run or the first after it was held."""

    def epoch_ended(self, loop: TrainingLoop) -> None:
        """Take note of the numbers at an epoch's end, before callbacks see it."""

    def previewed(self, loop: TrainingLoop) -> None:
        """Take a picture of the epoch that is looked at, which is there now."""

    def preview_failed(self, loop: TrainingLoop, error: BaseException) -> None:
        """Tell why an epoch cannot be looked at; it is the present again that is."""

    def recording_due(self) -> float:
        """When the run is to be recorded, should it still stand where it does; infinity if it is not to be."""

    def record(self, loop: TrainingLoop, stop: Stop) -> None:
        """Record some of it, as far as `stop` allows."""

    def is_seen(self) -> bool:
        """Whether somebody may be looking; when not, a played run pauses."""

    def follows_steps(self) -> bool:
        """Whether what the last step changed is shown, so that it has to be made by itself."""

    def is_abandoned(self) -> bool:
        """Whether all who once looked are gone for good; then a run without an end pauses."""


class Unobserved:
    """Nobody looks, and nobody needs to."""

    def next_frame(self) -> float:
        """Never."""
        return float("inf")

    def next_look(self) -> float:
        """Never."""
        return float("inf")

    def frame(self, loop: TrainingLoop) -> None:
        """Not taken."""

    def worked(self, waited: float, *, hurried: bool) -> None:
        """Not noted."""

    def changed(self, loop: TrainingLoop) -> None:
        """Not noted."""

    def began(self) -> None:
        """Not noted."""

    def epoch_ended(self, loop: TrainingLoop) -> None:
        """Not noted."""

    def previewed(self, loop: TrainingLoop) -> None:
        """Not taken."""

    def preview_failed(self, loop: TrainingLoop, error: BaseException) -> None:
        """Not told."""

    def recording_due(self) -> float:
        """Never."""
        return float("inf")

    def record(self, loop: TrainingLoop, stop: Stop) -> None:
        """Not recorded."""

    def is_seen(self) -> bool:
        """Seeing is not asked for."""
        return True

    def follows_steps(self) -> bool:
        """Nobody does."""
        return False

    def is_abandoned(self) -> bool:
        """Nobody was ever there."""
        return False
