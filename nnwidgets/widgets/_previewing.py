"""Looking back at an epoch: the verb, and what the browser is told of the network and the data of that time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import traitlets

from nnwidgets._checks import whole
from nnwidgets.networks import NetworkGraph, read_network
from nnwidgets.training import commands as c
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.settings import Settings
from nnwidgets.widgets._describe import network_trait
from nnwidgets.widgets._settings import TrainerSettings

Told = dict[str, Any]


class Previewing(TrainerSettings):
    """The part of a trainer that shows the past without going there."""

    _past = traitlets.Dict(None, allow_none=True).tag(sync=True)

    def preview(self, epoch: int | None) -> None:
        """Have the views show the state at the end of `epoch`, marked as a preview; the run stays where it is.

        Model, optimizer, history and traits are those of the present all the while; `rewind(epoch)` goes there. A run
        under way is paused. Whatever goes on with the run, or changes it, ends the preview.

        Args:
            epoch: 0 is before the first step; None for the present.

        Raises:
            ValueError: no such epoch was completed.
            TypeError: a module of your own cannot be copied, which is how its past is shown beside its present.
        """
        assert self._loop is not None
        shown = self._tell(c.Preview(None if epoch is None else whole("epoch", epoch, 0, None)))
        if shown is not None and not self._loop.is_own_thread():
            shown.result()


@dataclass(frozen=True, eq=False)
class Described:
    """An experiment, its model as layers, and what a browser is told of network and data: what a picture goes with."""

    experiment: Experiment
    graph: NetworkGraph
    network: Told
    data: Told

    @property
    def told(self) -> dict[str, Told]:
        """What a browser is told, by the names that it has in a `RecordedPast`."""
        return {"network": self.network, "data": self.data}

    @property
    def versions(self) -> dict[str, int]:
        """Which of these a picture goes with, by the names that frames have for that."""
        return {"network_version": self.network["version"], "data_version": self.data["version"]}


class PastDescription:
    """Data and network of a ghost: those of the present where they are the same, else with versions of their own.

    Versions count down from -1, so that no frame of the past is ever taken for one of the present.
    """

    def __init__(self) -> None:
        self._versions = count(-1, -1)
        self.forget()

    def forget(self) -> None:
        """The present is shown again."""
        self._ghost: tuple[Experiment, int] | None = None
        self._of: Settings | None = None
        self._sight: object = None
        self.graph: NetworkGraph | None = None
        self.network: Told = {}
        self.data: Told = {}

    def follow(
        self, ghost: Experiment, present: Described, describe: Callable[[Settings, int], Told], sight: object = None
    ) -> Described:
        """Describe where a ghost stands.

        Args:
            ghost: what is looked at.
            present: what it is a ghost of.
            describe: makes a description of other data, of settings and a version.
            sight: what of the data is on screen; of something else they are described anew.
        """
        graph = self.follow_network(ghost, present.network)
        settings, data = ghost.settings, present.data
        if _same_data(settings, present.experiment.settings):
            self.data = data
        elif self._of is None or not _same_data(settings, self._of) or self.data is data or self._sight != sight:
            self.data = describe(settings, self.new_version())
        self._of, self._sight = settings, sight
        return Described(ghost, graph, self.network, self.data)

    def follow_network(self, ghost: Experiment, present: Told) -> NetworkGraph:
        """Describe a ghost's network alone, where the present one is told of so; returns it as layers."""
        if self.graph is None or self._ghost != (ghost, ghost.network_version):
            self._ghost = ghost, ghost.network_version
            self.graph = read_network(ghost.model, ghost.x[:1])
        described = network_trait(ghost, self.graph)
        same = next((known for known in (present, self.network) if alike(known, described)), None)
        if same is None:  # what is no longer there cannot be changed
            same = described | {"version": self.new_version(), "editable": False}
        self.network = same
        return self.graph

    def new_version(self) -> int:
        """One that nothing has been described with."""
        return next(self._versions)


def alike(one: Told, other: Told) -> bool:
    """Whether both tell the same, by whatever version, and whether or not it can be changed any more."""
    names = one.keys() - {"version", "editable", "can_undo"}
    return one.keys() == other.keys() and all(one[name] == other[name] for name in names)


def _same_data(one: Settings, other: Settings) -> bool:
    features = one.input_features == other.input_features and one.standardises == other.standardises
    return one.dataset is other.dataset and features
