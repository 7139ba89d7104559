"""What a run by Rosenblatt's rule shows: the sample at hand, updates, mistakes, and how far the classes are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.concepts.perceptron import Separation, separation
from nnwidgets.training import commands as c
from nnwidgets.training.findings import Finding
from nnwidgets.training.seeds import batch_order
from nnwidgets.training.tested import evaluate_training

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.loop import TrainingLoop

Floats = NDArray[np.float64]

ERROR = 6  # where `at_hand` has the error
ROUNDING = 1e-4  # sums that are nearer to 0 than this share of their parts are worked out as a step does
SHOWN_EPOCHS = 512


class _Layer(NamedTuple):
    """The weights, `(1, 2)`, and the bias, `(1,)`, of the only layer."""

    weight: torch.Tensor
    bias: torch.Tensor


def _layer(experiment: Experiment) -> _Layer:
    weight, bias = (parameter.detach() for parameter in experiment.train_model.parameters())
    return _Layer(weight, bias)


def weights_of(experiment: Experiment) -> Floats:
    """w1, w2, b as they are, `(3,)`."""
    weight, bias = _layer(experiment)
    return np.array([*weight.flatten().tolist(), bias.item()])


def order_of(experiment: Experiment, epoch: int) -> torch.Tensor:
    """The numbers of the training samples in the order of an epoch, `(n,)` int64."""
    return batch_order(len(experiment.x), experiment.settings.seed, epoch)


def at_hand(experiment: Experiment) -> Floats:
    """The sample that the next step takes, and what the rule will do with it, `(14,)`.

    Its number among the training samples, x1, x2, y, the sum z, the output y′, the error y − y′, the changes of w1, w2,
    b, their values after it, and 1 if it is the first of an epoch.
    """
    position = experiment.position
    place = position.samples % len(experiment.x)
    index = int(order_of(experiment, position.epoch + position.samples // len(experiment.x))[place])
    x, y, layer = experiment.x[index], float(experiment.y[index, 0]), _layer(experiment)
    with torch.no_grad():
        z = float(experiment.eval_model(x[None])[0, 0])
    error = y - float(z > 0)
    rate = experiment.learning_rate_now
    # By the operation of a step, so that what is announced is what comes.
    gradients = _Layer(-error * x[None], torch.full_like(layer.bias, -error))
    moves = _moves(experiment)
    after = np.array([*torch.add(layer.weight, gradients.weight, alpha=-rate).flatten().tolist(),
                      torch.add(layer.bias, gradients.bias, alpha=-rate).item()])  # fmt: skip
    added = np.where(moves, rate * error * np.array([*x.tolist(), 1.0]), 0.0)
    after = np.where(moves, after, weights_of(experiment))
    return np.array([index, *x.tolist(), y, z, float(z > 0), error, *added, *after, float(place == 0)])


def _moves(experiment: Experiment) -> NDArray[np.bool_]:
    """Which of w1, w2, b training changes, `(3,)`: those that are not frozen."""
    settings = experiment.settings
    entries = [(name, i) for name, p in experiment.train_model.named_parameters() for i in range(p.numel())]
    return np.array([name not in settings.frozen and (name, i) not in settings.frozen_entries for name, i in entries])


def updates_of(experiment: Experiment) -> int:
    """How many samples were taken for the other class since the beginning, each of which changed the weights."""
    return experiment.position.step - round(experiment.position.accuracy_total)


def counts_of(experiment: Experiment) -> Floats:
    """Updates in all, mistakes of the epoch begun (at its end: of that one), samples seen of it, `(3,)`."""
    position = experiment.position
    mistakes = position.batches - round(position.accuracy_sum)
    return np.array([updates_of(experiment), mistakes, position.samples], dtype=np.float64)


def mistakes_of(loop: TrainingLoop, most: int | None = None) -> Floats:
    """The completed epochs, each with its mistakes, `(n, 2)`; with `most` the last so many of them."""
    rows = loop.history.epochs
    rows = rows if most is None else rows[-most:]
    changes = [entry for entry in loop.journal if isinstance(entry.change, c.SetData)]
    sizes = [len(loop.checkpoints.items[0].settings.dataset.x_train)]
    sizes += [len(entry.change.dataset.x_train) for entry in changes if isinstance(entry.change, c.SetData)]
    # The data of an epoch are those that were set last before its last step.
    which = np.searchsorted([entry.step for entry in changes], rows[:, 1], side="left")
    return np.column_stack([rows[:, 0], np.rint((1 - rows[:, 3]) * np.array(sizes)[which])])


def is_settled(loop: TrainingLoop) -> bool:
    """Whether the run stands at the end of an epoch without a mistake: then nothing can change any more."""
    position = loop.experiment.position
    at_end = position.batches and position.samples in (0, len(loop.experiment.x))
    if not at_end or position.accuracy_sum < position.batches:
        return False
    return evaluate_training(loop.experiment).accuracy in (1.0, None)  # by hand it may have been changed meanwhile


def steps_to_mistake(experiment: Experiment) -> int:
    """How many steps there are until a sample is at hand that is taken for the other class.

    If the one at hand is such a sample already, the next one is meant, with the weights after that step. Where there is
    none, it is the steps to the end of an epoch without a mistake, of which at such an end there are 0.
    """
    hand = at_hand(experiment)
    first = int(hand[ERROR] != 0)
    layer = _layer(experiment)
    if first:
        layer = _Layer(layer.weight.new_tensor(hand[None, 10:12]), layer.bias.new_tensor(hand[12:13]))
    n, position, wrong = len(experiment.x), experiment.position, _wrong(experiment, layer)
    if not wrong.any():
        begun = position.batches - round(position.accuracy_sum)  # mistakes
        if not position.samples:
            return 0 if position.batches and not begun and not first else n * (1 + first)
        return n - position.samples + n * bool(begun or first)
    epoch, place = position.epoch + (position.samples + first) // n, (position.samples + first) % n
    rest = np.flatnonzero(wrong[order_of(experiment, epoch).numpy()[place:]])
    if len(rest):
        return first + int(rest[0])
    return first + n - place + int(np.flatnonzero(wrong[order_of(experiment, epoch + 1).numpy()])[0])


def _wrong(experiment: Experiment, layer: _Layer) -> NDArray[np.bool_]:
    """Which training samples these weights take for the other class, `(n,)`."""
    x, y = experiment.x, experiment.y[:, 0] > 0.5
    z = torch.nn.functional.linear(x, layer.weight, layer.bias)[:, 0]
    parts = x.abs() @ layer.weight.abs()[0] + layer.bias.abs()
    for i in (z.abs() <= ROUNDING * parts).nonzero()[:, 0].tolist():  # many at once may be rounded differently
        z[i] = torch.nn.functional.linear(x[i : i + 1], layer.weight, layer.bias)[0, 0]
    wrong: NDArray[np.bool_] = ((z > 0) != y).cpu().numpy()
    return wrong


_separations: WeakKeyDictionary[Experiment, tuple[int, Separation]] = WeakKeyDictionary()


def separation_of(experiment: Experiment) -> Separation:
    """Whether a line separates the training samples as the network gets them; worked out once for the data."""
    version, known = _separations.get(experiment, (-1, None))
    if known is None or version != experiment.data_version:
        known = separation(experiment.x.cpu().numpy(), experiment.y[:, 0].cpu().numpy())
        _separations[experiment] = experiment.data_version, known
    return known


def is_rule(experiment: Experiment) -> bool:
    """Whether the steps are Rosenblatt's rule: the criterion, of one linear layer on two columns as they are."""
    settings = experiment.settings
    network = settings.network
    if experiment.objective.name != "perceptron" or network is None or settings.features or settings.standardises:
        return False
    return not network.hidden_layers and network.in_features == 2


def perceptron_findings(experiment: Experiment) -> list[Finding]:
    """Why a run by the rule never settles, if it does not."""
    crossing = separation_of(experiment).crossing
    if crossing is None:
        return []
    names, labels = experiment.settings.planar.class_names, experiment.y[:, 0].tolist()
    zero, one = (f"{_where([i for i in crossing.samples if labels[i] == k])} of class {names[k]}" for k in (0, 1))
    x1, x2 = crossing.place
    return [
        Finding(
            "inseparable",
            "No line separates these classes:",
            f"the place ({x1:.3g}, {x2:.3g}) is {zero}, and {one}. Whatever the line, at least one of these is on the "
            "wrong side, so each epoch has a mistake and the rule goes on.",
            "A hidden layer bends the boundary, as in PlanarTrainer.",
        )
    ]


def _where(samples: list[int]) -> str:
    """Which samples a place is at, or between."""
    if len(samples) == 1:
        return f"at sample {samples[0]}"
    listed = ", ".join(map(str, samples[:-1]))
    return f"{'between' if len(samples) == 2 else 'amid'} the samples {listed} and {samples[-1]}"


def wrong_of(experiment: Experiment, shown: tuple[int, int]) -> NDArray[np.uint8]:
    """Which samples are taken for the other class: one bit a training sample that is shown, then a test sample."""
    sets = ((experiment.x, experiment.y, shown[0]), (experiment.x_test, experiment.y_test, shown[1]))
    with torch.no_grad():
        right = [experiment.objective.correct(experiment.eval_model(x[:n]), y[:n]) for x, y, n in sets]
    return np.packbits(~torch.cat(right).cpu().numpy()[:, 0], bitorder="little")


def start_of(loop: TrainingLoop) -> Floats | None:
    """The weights w1, w2, b before the first step, `(3,)`, if from there on nothing but the rule has changed anything.

    Then alone what is known of all updates in advance is true of them.
    """
    first = loop.checkpoints.items[0]
    if loop.experiment.settings.frozen or loop.experiment.settings.frozen_entries:
        return None
    state = dict(first.state)
    for entry in loop.journal[: loop.past.applied]:
        change, present = entry.change, first.settings.network
        if entry.step:
            return None
        if isinstance(change, c.Edit):
            state |= change.values
        elif isinstance(change, c.SetNetwork) and present is not None and not change.network.begins_as(present):
            state = dict(change.network.build(first.settings.seed).state_dict())
    return np.concatenate([value.flatten().double().cpu().numpy() for value in state.values()])


def start_bound_of(loop: TrainingLoop) -> float | None:
    """At most so many updates the run has in all; None where that is not known."""
    start = start_of(loop)
    rate = loop.experiment.settings.learning_rate
    if start is None or rate is None:
        return None
    return separation_of(loop.experiment).start_bound(start, rate)
