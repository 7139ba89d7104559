"""What the last step changed: known by making that step by itself while somebody wants to know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nnwidgets.training.insight import StepChange, flat_parameters, state_of_parameters

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment


def first_steps(experiment: Experiment, limit: int, epochs: int) -> int:
    """How many of up to `limit` steps come before the one that is made by itself.

    That one must not be the first after the end of an epoch, which belongs to the loop, unless each step is; `epochs`
    are those whose ends an engine passes by itself.
    """
    batch_size, per_epoch = experiment.settings.batch_size, experiment.steps_per_epoch
    in_epoch = -(-(len(experiment.x) - experiment.position.samples) // batch_size)
    first = min(limit, in_epoch + epochs * per_epoch) - 1
    is_after_end = first >= in_epoch and (first - in_epoch) % per_epoch == 0
    return first - 1 if is_after_end and per_epoch > 1 else first


def is_recorded(experiment: Experiment) -> bool:
    """Whether the last thing that happened to the parameters is a step whose change is known."""
    known = experiment.last_change
    return known is not None and known.state == state_of_parameters(experiment)


@contextmanager
def recorded_step(experiment: Experiment) -> Iterator[None]:
    """Note what the step made in this block changes."""
    step, before = experiment.position.step, flat_parameters(experiment)
    experiment.last_change = None
    yield
    if experiment.position.step == step + 1:
        change = flat_parameters(experiment) - before
        experiment.last_change = StepChange(state_of_parameters(experiment), change)
