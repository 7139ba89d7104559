"""What trainers of columns tell of data and network: those of the present, and those of an epoch that is looked at."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import traitlets

from nnwidgets.widgets._network_settings import NetworkSettings
from nnwidgets.widgets._previewing import Described, PastDescription, Told

if TYPE_CHECKING:
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

    def _told(self, experiment: Experiment) -> Described:
        return self._told_aside(experiment, self._past_description)

    def _told_aside(self, experiment: Experiment, known: PastDescription) -> Described:
        assert self._loop is not None
        present = self._loop.experiment
        described = Described(present, self._read_graph(present), self._network, self._data)
        if experiment is present:
            return described
        return known.follow(experiment, described, self._data_of, self._sight)

    def _describe_past(self, ghost: Experiment | None) -> None:
        if ghost is None:
            self._past_description.forget()
            self.set_trait("_past", None)
            return
        told = self._told_aside(ghost, self._past_description)
        is_present = told.network is self._network and told.data is self._data
        self.set_trait("_past", None if is_present else told.told)
