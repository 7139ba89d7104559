"""The run as a recording, which a saved page or notebook replays without Python."""

from __future__ import annotations

import traitlets

from nnwidgets.widgets._settings import TrainerSettings


class Recording(TrainerSettings):
    """The part of a trainer that records its run."""

    _recorded = traitlets.Bytes(None, allow_none=True).tag(sync=True)
    """None, or a recording, as `_recorded_types` describes it, of the run as it stands."""
