"""What trainers of columns tell of data and network: those of the present, and those of an epoch that is looked at."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import traitlets

from nnwidgets.widgets._network_settings import NetworkSettings
from nnwidgets.widgets._previewing import PastDescription, Told

if TYPE_CHECKING:
    from nnwidgets.networks import NetworkGraph
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.settings import Settings


class LookingBack(NetworkSettings):
    """The part of a trainer that describes its past beside its present."""

    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        self._past_description = PastDescription()
        super().__init__(**settings)

    @abstractmethod
    def _data_of(self, settings: Settings, version: int) -> Told:
        """The description of data of the past."""

    @property
    def _sight(self) -> object:
        """What of the data is on screen."""
        return None

    def _describe_past(self, ghost: Experiment | None) -> None:
        assert self._loop is not None
        told = self._past_description
        if ghost is None:
            told.forget()
            self.set_trait("_past", None)
            return
        told.follow(ghost, self._loop.experiment, self._network, self._data, self._data_of, self._sight)
        is_present = told.network is self._network and told.data is self._data
        self.set_trait("_past", None if is_present else {"network": told.network, "data": told.data})

    def _told_of(self, experiment: Experiment) -> tuple[NetworkGraph, dict[str, Any], dict[str, Any]]:
        """The graph, the `NetworkTrait` and the description of the data, of the run or of its ghost."""
        assert self._loop is not None
        past = self._past_description
        is_present = experiment is self._loop.experiment
        graph = self._graph if is_present else past.graph
        assert graph is not None
        return graph, *((self._network, self._data) if is_present else (past.network, past.data))

    def _versions(self, experiment: Experiment) -> dict[str, int]:
        _, network, data = self._told_of(experiment)
        return {"network_version": network["version"], "data_version": data["version"]}
