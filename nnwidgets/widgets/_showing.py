"""What a student sees: which panels, which controls, and the sentence over them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from nnwidgets.widgets._base import Trainer

INSIDE = ("errors", "distributions", "parameters", "space", "step")
"""What can be looked into below the curves; one that is named is open from the start."""

PANELS = (
    "data", "network", "output", "curves", "hyperparameters", "diagnosis", "timeline", "inside", *INSIDE,
)  # fmt: skip
"""The parts of the picture."""

CONTROLS = (
    # the run
    "play", "step", "reset", "speed", "rewind",
    # the data
    "dataset", "draw", "n_samples", "noise", "n_classes", "test_share", "data_seed", "batch_size", "axes",
    # the network
    "hidden_layers", "activation", "features", "standardise", "edit",
    # the hyperparameters
    "loss_fn", "optimizer", "optimizer_options", "learning_rate", "schedule", "l1", "l2", "dropout", "initialiser",
    "initial_scale", "stop_when", "seed",
    # the rest
    "pin", "code", "presentation", "menu",
)  # fmt: skip
"""What can be pressed, dragged and chosen: settings by their names, and the rest."""


def _checked(kind: str, value: Any, known: Sequence[str]) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple | set | frozenset):
        raise traitlets.TraitError(f"{kind} must list names, or be None for all; got {value!r}")
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name).casefold(), known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise traitlets.TraitError(f"{kind} has no {name!r}; {hint}")
    return tuple(name for name in known if name in names)


class Showing(Trainer):
    """The part of a trainer that is about what is on screen, and not about what is trained.

    Nothing of it is in the journal. What is hidden can still be set from Python.
    """

    PANELS: ClassVar[tuple[str, ...]] = PANELS
    """The parts that there are: what `panels` may name."""

    CONTROLS: ClassVar[tuple[str, ...]] = CONTROLS
    """The controls that there are: what `controls` may name."""

    panels = traitlets.Any(None).tag(sync=True)
    """Which parts are on screen: names in `PANELS`, such as `("data", "network", "output")`; None for
    all. One that looks inside, such as `"errors"`, is open from the start if it is named."""

    controls = traitlets.Any(None).tag(sync=True)
    """Which controls are on screen: names in `CONTROLS`, most of them those of settings, such as
    `("play", "step", "learning_rate")`; `()` for none, None for all."""

    lesson = traitlets.Unicode("").tag(sync=True)
    """A sentence over the picture that says what to look for; what stands before its first colon is in bold."""

    @traitlets.validate("panels")
    def _valid_panels(self, proposal: Any) -> tuple[str, ...] | None:
        return _checked("panels", proposal.value, self.PANELS)

    @traitlets.validate("controls")
    def _valid_controls(self, proposal: Any) -> tuple[str, ...] | None:
        return _checked("controls", proposal.value, self.CONTROLS)

    def _shown(self) -> dict[str, Any]:
        """These traits as plain JSON values."""
        return {
            "panels": None if self.panels is None else list(self.panels),
            "controls": None if self.controls is None else list(self.controls),
            "lesson": self.lesson,
        }
