"""Error against the number of neurons: networks of many sizes, trained side by side beside the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import traitlets

from nnwidgets.widgets._network_settings import NetworkSettings

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop


class Sweeping(NetworkSettings):
    """The part of a trainer that trains networks of many sizes."""

    _sweep = traitlets.Dict(None, allow_none=True).tag(sync=True)

    def _note_sweep(self, loop: TrainingLoop) -> None:
        """Say whether data or settings have changed since."""
