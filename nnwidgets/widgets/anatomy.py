"""`NetworkAnatomy`: the inside of any PyTorch model, from its layers to single weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import traitlets

from nnwidgets.widgets._anatomy_settings import AnatomySettings
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._background import BackgroundExplorer
from nnwidgets.widgets._front_end import front_end

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOTS = tuple(f"_opened_{number}" for number in range(12))  # layers that stay explorable in a saved notebook

_Opened = traitlets.MetaHasTraits(
    "_Opened",
    (traitlets.HasTraits,),
    {name: traitlets.Dict(default_value=None, allow_none=True).tag(sync=True) for name in SLOTS},
)


@show_settings
class NetworkAnatomy(BackgroundExplorer, AnatomySettings, _Opened):
    """A model as it runs with an input: its layers in order of execution, and what is in each of them."""

    _esm: ClassVar[str] = front_end("anatomy.js")

    status = traitlets.Unicode("reading", read_only=True).tag(sync=True)
    """What is going on: "reading", "ready", "following", "error" or "closed"."""

    _anatomy = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _numbers = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _trouble = traitlets.Unicode("").tag(sync=True)

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "unfolded": "string[] | null",
        "pixel": "number[]",
        "window": "number[]",
        "_anatomy": "AnatomyTrait | null",
        "_numbers": "NumbersTrait | null",
        **dict.fromkeys(SLOTS, "InsideTrait | null"),
    }
