"""What a network makes of whole sets of images, kept until its weights change: that takes a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.training.batches import pieces
from nnwidgets.training.insight import Counts, counted, state_of_parameters
from nnwidgets.training.probes import Evaluation, evaluate, judged
from nnwidgets.training.way import Stage, Way, listening

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment


@dataclass(frozen=True)
class LookAtTest:
    """What was seen.

    Attributes:
        state: of parameters and data then.
        outputs: logits, `(n, n_classes)`.
        way: of the network whose first layer was listened to; None if nobody did.
        on: of each unit of the first layer the share of images for which it is above 0, `(units,)`; of feature maps,
            that of all places.
        largest: for which class it is largest on average, `(units,)`.
    """

    state: tuple[int, ...]
    outputs: torch.Tensor
    way: Way | None
    on: NDArray[np.float32]
    largest: NDArray[np.uint8]


def evaluate_test(experiment: Experiment) -> Evaluation:
    """Loss and accuracy on the test set at the present weights."""
    if not experiment.settings.sees_images:
        return evaluate(experiment, experiment.x_test, experiment.y_test)
    return judged(experiment, look_at_test(experiment).outputs, experiment.y_test)[0]


def evaluate_training(experiment: Experiment) -> Evaluation:
    """Loss and accuracy on the training set at the present weights, on up to 10,000 samples."""
    if not experiment.settings.sees_images:
        return evaluate(experiment, experiment.x, experiment.y)
    known, state = experiment.training_look, (_state(experiment), experiment.objective)
    if known is None or known[0] != state:
        known = experiment.training_look = state, evaluate(experiment, experiment.x, experiment.y)
    return known[1]


def confusion_of_test(experiment: Experiment, *, recent: bool = False) -> Counts:
    """How many test images of each class (row) are taken for which (column), `(n_classes, n_classes)`.

    With `recent` it may be what the last look at the same network has seen, some steps ago.
    """
    known = experiment.test_look
    if not (recent and known is not None and known.state[2:] == _state(experiment)[2:]):
        known = look_at_test(experiment)
    return counted(experiment, known.outputs, experiment.y_test)


def look_at_test(experiment: Experiment, way: Way | None = None) -> LookAtTest:
    """Run the test set, in pieces, unless it was run at these weights; with a `way` its first layer is listened to."""
    known, state = experiment.test_look, _state(experiment)
    if known is None or known.state != state or (way is not None and known.way != way):
        with torch.no_grad():
            known = experiment.test_look = _look(experiment, way, state)
    return known


def _state(experiment: Experiment) -> tuple[int, ...]:
    return *state_of_parameters(experiment), experiment.data_version


def _look(experiment: Experiment, way: Way | None, state: tuple[int, ...]) -> LookAtTest:
    stage = _first_stage(way)
    units = 0 if way is None or stage is None else way.units
    targets = experiment.y_test[:, 0].long()
    classes, device = experiment.settings.dataset.n_classes, experiment.device
    outputs: list[torch.Tensor] = []
    on, sums = torch.zeros(units, device=device), torch.zeros(classes, units, device=device)
    with listening(experiment.eval_model, frozenset([stage.module] if stage else [])) as listener:
        start = 0
        for piece in pieces(experiment.x_test):
            outputs.append(experiment.eval_model(experiment.feed(piece)))
            values = listener.outputs.get((stage.module, stage.call)) if stage else None
            if values is not None:
                flat = values.float().reshape(*values.shape[:2], -1)
                on += (flat > 0).float().mean(dim=2).sum(dim=0)
                sums.index_add_(0, targets[start : start + len(piece)], flat.mean(dim=2))
            listener.forget()
            start += len(piece)
    counts = targets.bincount(minlength=classes).clamp(min=1)[:, None]
    largest = (sums / counts).argmax(dim=0).to(torch.uint8).cpu().numpy() if units else np.zeros(0, np.uint8)
    return LookAtTest(state, torch.cat(outputs), way, (on / len(targets)).cpu().numpy(), largest)


def _first_stage(way: Way | None) -> Stage | None:
    """The stage of the first layer, if its weights lie as images do."""
    if way is None or not way.first or not way.stages or way.stages[0].layer != way.first:
        return None
    return way.stages[0]
