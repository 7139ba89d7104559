"""The network of a trainer, and its next step, as a `BackpropExplorer` looks at them."""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from nnwidgets.training.backprop import Recording, record_next_step, record_pass
from nnwidgets.widgets._backprop_settings import OWN
from nnwidgets.widgets._backprop_source import BackpropPass, Source, numbers_of, rows_of, with_another

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.widgets._base import Trainer

MOST_FOLLOWED = 4096  # numbers of a mini-batch that become settings


class OfTrainer(Source):
    """The network of a trainer, which is not kept alive, and the step that it makes next."""

    def __init__(self, trainer: Trainer) -> None:
        super().__init__()
        self._trainer = weakref.ref(trainer)
        self._rate: float | None = None  # that was shown

    @property
    def trainer(self) -> Trainer:
        """The trainer itself."""
        trainer = self._trainer()
        if trainer is None:
            raise RuntimeError("the trainer is gone: nothing refers to it any more")
        return trainer

    @property
    def model(self) -> nn.Module:
        """The trainer's."""
        return self.trainer.model

    def record(self, settings: Mapping[str, Any], *, checks: bool) -> BackpropPass:
        """As of every source."""
        trainer = self.trainer
        self._write(trainer, settings)
        self._asked = dict(settings)

        def look(loop: TrainingLoop) -> BackpropPass:
            settled = loop.status != "running"
            self._state = _state_of(loop)
            recording = record_next_step(loop.experiment, checks=checks and settled)
            number = loop.experiment.position.step + 1
            label = f"{type(trainer).__name__}, step {number:,}"
            followed = dict(settings) | self._followed(recording, loop)
            return BackpropPass(recording, followed, label, number, settled, _beside(loop, recording, settings))

        found: BackpropPass = trainer._between_steps(look)
        self._shown, self._rate = found.settings["weights"], found.settings["learning_rate"]
        return found

    def step(self, _: BackpropPass) -> None:
        """As of every source."""
        self.trainer.step()

    def has_moved(self) -> bool:
        """As of every source."""
        loop = self.trainer._loop
        assert loop is not None
        return self._state != _state_of(loop)

    def _write(self, trainer: Trainer, settings: Mapping[str, Any]) -> None:
        """Change what is asked to be otherwise, by the trainer's own verbs."""
        if not self._asked:
            return
        rate = settings["learning_rate"]
        if rate not in (self._asked["learning_rate"], self._rate):
            trainer.learning_rate = rate
        indices = self._to_write(settings, settings["weights"])
        if indices:
            shapes = {name: tuple(p.shape) for name, p in trainer.model.named_parameters()}
            places = [(name, index) for name, shape in shapes.items() for index in np.ndindex(shape)]
            if len(places) != len(settings["weights"]):
                raise ValueError(f"the trainer's network has {len(places)} weights and biases by now")
            for index in indices:
                name, place = places[index]
                trainer.edit(name, settings["weights"][index], place)
            self._wrote(indices, settings["weights"])

    def _followed(self, recording: Recording, loop: TrainingLoop) -> dict[str, Any]:
        experiment = loop.experiment
        rows = max(recording.shown, MOST_FOLLOWED // max(1, math.prod(recording.x.shape[1:])))
        return {
            "weights": numbers_of(recording),
            "learning_rate": experiment.settings.learning_rate,
            "loss_fn": experiment.objective.name or OWN,
            "inputs": rows_of(recording.x[:rows]),
            "targets": rows_of(recording.y[:rows]),
        }


def _state_of(loop: TrainingLoop) -> object:
    experiment = loop.experiment
    versions = experiment.edit_count, experiment.data_version, experiment.network_version
    return experiment.position, versions, id(experiment.settings), id(experiment.objective), loop.status == "running"


def _beside(loop: TrainingLoop, recording: Recording, settings: Mapping[str, Any]) -> Recording | None:
    """The same batch through the same network with another activation."""
    experiment = loop.experiment
    twin = with_another(experiment.model, settings["beside"], recording) if settings["beside"] else None
    if twin is None:
        return None
    x, y = (torch.tensor(each, dtype=torch.float32, device=experiment.device) for each in (recording.x, recording.y))
    return record_pass(twin, x, y, experiment.objective.function, recording.learning_rate, checks=False)
