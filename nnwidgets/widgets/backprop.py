"""`BackpropExplorer`: the chain rule with the reader's own numbers, on a small network that is real."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import traitlets

from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._backprop_settings import BackpropSettings
from nnwidgets.widgets._front_end import front_end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure


@show_settings
class BackpropExplorer(BackpropSettings):
    """A pass of a small network, forward and back, number by number."""

    _esm: ClassVar[str] = front_end("backprop.js")
    _NEEDS_KERNEL: ClassVar[bool] = True

    status = traitlets.Unicode("recording", read_only=True).tag(sync=True)
    """What is going on: "recording", "ready", "error" or "closed"."""

    number = traitlets.Int(1, read_only=True).tag(sync=True)
    """Which pass it is, from 1; `next_pass()` makes the next."""

    _pass = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _trouble = traitlets.Unicode("").tag(sync=True)

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "hidden_layers": "number[]",
        "inputs": "number[][]",
        "targets": "number[][]",
        "weights": "number[]",
        "_pass": "PassTrait | null",
    }
    _SCRIPT: ClassVar[str] = ""

    def figure(self) -> Figure:
        """The graph with its values and gradients, for print."""
        raise RuntimeError("nothing is recorded")
