"""The eager engine against a loop written by hand: the same bits, whatever the model, the loss and the optimizer."""

from __future__ import annotations

import copy
import itertools
import math

import pytest
import torch
from torch import nn

from nnwidgets.training.engines import Diverged, EagerEngine, StepLog, Stop
from tests.unit.plain import PlainRun, bits, make_experiment, same_bits, small_data


def run(experiment, steps, cuts=(10**9,)):
    """Make `steps` in calls that are cut at the limits `cuts`, one after the other, round and round."""
    engine, log, calls = EagerEngine(), StepLog(), 0
    while len(log) < steps:
        limit = min(cuts[calls % len(cuts)], steps - len(log))
        engine.run(experiment, limit, Stop(), log)
        if experiment.position.samples >= len(experiment.x):
            experiment.finish_epoch()
        calls += 1
    return log


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.07, momentum=0.9, nesterov=True, weight_decay=0.01)


class Shared(nn.Module):
    """The same weights twice."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.same = self.inner
        self.out = nn.Linear(2, 1)
        self.out.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return torch.sigmoid(self.out(torch.tanh(self.same(torch.tanh(self.inner(x))))))


class Unused(nn.Module):
    """A layer that no output depends on, and one that is frozen."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 1)
        self.c.bias.requires_grad_(False)

    def forward(self, x):
        return torch.sigmoid(self.c(torch.relu(self.a(x))))


def normalised():
    return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1), nn.Sigmoid())


def mean_and_scale(parameters):
    weights = list(parameters)
    return torch.optim.SGD([{"params": weights[:2], "lr": 0.5}, {"params": weights[2:]}], lr=0.05)


@pytest.mark.parametrize("cuts", [(10**9,), (1,), (3, 1, 7)])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad", momentum])
def test_steps_are_those_of_a_loop_written_by_hand(optimizer, cuts):
    rate = 0.1 if isinstance(optimizer, str) else None
    experiment = make_experiment(hidden=(3, 2), optimizer=optimizer, learning_rate=rate, batch_size=5, seed=4)
    plain = PlainRun(small_data(), hidden=(3, 2), optimizer=optimizer, batch_size=5, seed=4).train(33)
    log = run(experiment, 33, cuts)
    assert same_bits(experiment.model.state_dict(), plain.state())
    assert (log.losses.tolist(), log.accuracies.tolist()) == (plain.losses, plain.accuracies)
    assert (experiment.position.step, experiment.position.epoch) == (plain.step, plain.epoch)


@pytest.mark.parametrize("make", [Shared, Unused, normalised])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_modules_of_all_kinds_train_as_by_hand(make, optimizer):
    torch.manual_seed(1)
    model = make()
    plain = PlainRun(small_data(), model=copy.deepcopy(model), optimizer=optimizer, batch_size=4)
    experiment = make_experiment(model=model, loss_fn="bce", optimizer=optimizer, batch_size=4)
    before = bits(model.state_dict()[list(model.state_dict())[-1]])
    log = run(experiment, 20, (3,))
    plain.train(20)
    assert experiment.model is model
    assert same_bits(model.state_dict(), plain.state())
    assert log.losses.tolist() == plain.losses
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    assert (bits(model.state_dict()[list(model.state_dict())[-1]]) == before) is bool(frozen)


@pytest.mark.parametrize(
    "loss_fn", [nn.BCELoss(), nn.MSELoss(), nn.BCELoss(reduction="sum"), lambda p, y: (p - y).abs().pow(1.5).mean()]
)
def test_losses_of_all_kinds_train_as_by_hand(loss_fn):
    experiment = make_experiment(loss_fn=loss_fn, batch_size=6)
    plain = PlainRun(small_data(), loss_fn=loss_fn, batch_size=6).train(15)
    assert run(experiment, 15).losses.tolist() == plain.losses
    assert same_bits(experiment.model.state_dict(), plain.state())


def test_parameter_groups_keep_their_own_learning_rates():
    experiment = make_experiment(optimizer=mean_and_scale, learning_rate=None)
    plain = PlainRun(small_data(), optimizer=mean_and_scale).train(15)
    run(experiment, 15)
    assert same_bits(experiment.model.state_dict(), plain.state())


def test_dropout_masks_depend_on_seed_and_step_alone():
    experiment = make_experiment(hidden=(4, 4), dropout=0.4, seed=7)
    plain = PlainRun(small_data(), hidden=(4, 4), dropout=0.4, seed=7).train(17)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert run(experiment, 17, (2, 5)).losses.tolist() == plain.losses
    assert torch.equal(torch.get_rng_state(), before)
    values = [bits(value) for name, value in plain.state().items()]
    assert [bits(value) for value in experiment.model.state_dict().values()] == values


def test_running_means_do_not_depend_on_how_a_run_is_cut():
    ends = set()
    for cuts in ((10**9,), (1,), (2, 3)):
        # Losses of very different size: their sum is rounded, in an order that must not vary.
        sizes = itertools.cycle((1e9, 4e-7, 4e-7))
        loss = nn.MSELoss()
        experiment = make_experiment(learning_rate=1e-30, batch_size=2, loss_fn=lambda p, y: loss(p, y) * next(sizes))  # noqa: B023
        run(experiment, 11, cuts)
        ends.add((experiment.position.loss_sum, experiment.position.accuracy_sum))
    assert len(ends) == 1


def test_running_means_are_those_of_the_batches_of_the_epoch():
    experiment = make_experiment(batch_size=5)
    log = run(experiment, 5)
    assert experiment.position.epoch == 1
    assert experiment.position.running_loss == pytest.approx(sum(log.losses) / 5)
    assert experiment.position.running_accuracy == pytest.approx(sum(log.accuracies) / 5)
    more = run(experiment, 1)
    assert experiment.position.running_loss == more.losses[0]


def test_a_call_ends_with_the_epoch():
    experiment = make_experiment(batch_size=5)
    log = StepLog()
    EagerEngine().run(experiment, 1000, Stop(), log)
    assert len(log) == 5
    assert experiment.position.samples == 23
    assert experiment.position.epoch == 0


def test_it_stops_between_two_steps_when_asked():
    experiment = make_experiment()
    log, stop = StepLog(), Stop()
    asked = []
    experiment.train_model.register_forward_hook(lambda *_: asked.append(1) or stop.flag.fill(len(asked) == 3))
    EagerEngine().run(experiment, 1000, stop, log)
    assert len(log) == experiment.position.step == 3


class Fragile(nn.Module):
    """Raises in training at its n-th batch, or spoils its output there."""

    def __init__(self, at, *, spoilt=None):
        super().__init__()
        self.layer, self.at, self.spoilt, self.count = nn.Linear(2, 1), at, spoilt, 0
        nn.init.zeros_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, x):
        outputs = torch.sigmoid(self.layer(x))
        if self.training:
            self.count += 1
            if self.count == self.at:
                if self.spoilt is None:
                    raise ArithmeticError("the 4th batch is not to my taste")
                return outputs * self.spoilt
        return outputs


def test_an_exception_of_the_model_keeps_the_steps_before_it():
    experiment = make_experiment(model=Fragile(4), loss_fn="bce")
    plain = PlainRun(small_data(), model=Fragile(99)).train(3)
    log = StepLog()
    with pytest.raises(ArithmeticError, match="not to my taste"):
        EagerEngine().run(experiment, 1000, Stop(), log)
    assert len(log) == experiment.position.step == 3
    assert same_bits(experiment.model.state_dict(), plain.state())


@pytest.mark.parametrize("spoilt", [math.nan, math.inf])
@pytest.mark.parametrize("loss_fn", ["bce", "mse"])
def test_a_loss_that_is_no_number_stops_before_the_update(spoilt, loss_fn):
    experiment = make_experiment(model=Fragile(4, spoilt=spoilt), loss_fn=loss_fn)
    loss = nn.BCELoss() if loss_fn == "bce" else nn.MSELoss()
    plain = PlainRun(small_data(), model=Fragile(99), loss_fn=loss).train(3)
    with pytest.raises(Diverged):
        EagerEngine().run(experiment, 1000, Stop(), StepLog())
    assert experiment.position.step == 3
    assert same_bits(experiment.model.state_dict(), plain.state())


def test_a_model_without_anything_to_train_says_so():
    experiment = make_experiment()
    experiment.freeze(frozenset(name for name, _ in experiment.model.named_parameters()))
    with pytest.raises(ValueError, match="frozen"):
        EagerEngine().run(experiment, 1, Stop(), StepLog())


def test_data_stay_where_they_are():
    experiment = make_experiment()
    batches = experiment.epoch_batches()
    x, y = batches.x, batches.y
    assert experiment.epoch_batches() is batches
    order = torch.randperm(23, generator=torch.Generator().manual_seed(0))
    assert bits(x) == bits(experiment.x[order])
    assert bits(y) == bits(experiment.y[order])
