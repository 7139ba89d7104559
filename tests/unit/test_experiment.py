"""The thing being trained: what may change, what cells may do to it, and standing where one stood before."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.datasets import make_planar
from nnwidgets.export.code import to_code
from nnwidgets.training import commands as c
from nnwidgets.training.commands import Edit, Freeze
from nnwidgets.training.engines import EagerEngine, StepLog, Stop
from nnwidgets.training.inspection import ModelChangedError
from nnwidgets.training.replica import replicate
from nnwidgets.training.seeds import batch_order
from nnwidgets.training.settings import NetworkSpec
from tests.unit.plain import PATIENCE, PlainRun, bits, make_experiment, make_loop, same_bits, small_data


def steps(experiment, n):
    for _ in range(n):
        EagerEngine().run(experiment, 1, Stop(), StepLog())
        if experiment.position.samples >= len(experiment.x):
            experiment.finish_epoch()
    experiment.hand_over()
    return experiment


def state_of(experiment):
    return experiment.copy_state()


# --- changes


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_frozen_parameter_stays_and_its_last_gradient_is_forgotten(optimizer):
    experiment = steps(make_experiment(optimizer=optimizer), 3)
    before = state_of(experiment)
    experiment.freeze(frozenset(["0.weight"]))
    steps(experiment, 4)
    after = state_of(experiment)
    assert bits(after["0.weight"]) == bits(before["0.weight"])
    assert bits(after["2.weight"]) != bits(before["2.weight"])
    plain = PlainRun(small_data(), optimizer=optimizer).train(3)
    plain.change("frozen", ["0.weight"])
    assert same_bits(experiment.model.state_dict(), plain.train(4).state())


def test_a_learning_rate_takes_effect_at_the_next_step_and_keeps_the_moments():
    experiment = steps(make_experiment(optimizer="adam"), 3)
    experiment.set_learning_rate(0.5)
    plain = PlainRun(small_data(), optimizer="adam").train(3)
    plain.change("learning_rate", 0.5)
    assert same_bits(steps(experiment, 6).model.state_dict(), plain.train(6).state())


def test_an_optimizer_by_name_begins_with_a_state_of_its_own():
    experiment = steps(make_experiment(optimizer="adam"), 3)
    experiment.set_optimizer("rmsprop", 0.02)
    plain = PlainRun(small_data(), optimizer="adam").train(3)
    plain.learning_rate = 0.02
    plain.change("optimizer", "rmsprop")
    assert same_bits(steps(experiment, 6).model.state_dict(), plain.train(6).state())


def drawn(initialiser, hidden=(2,), scale=0.5):
    return NetworkSpec(tuple(hidden), initialiser=initialiser, initial_scale=scale)


def test_before_the_first_step_another_initialiser_draws_all_weights_anew():
    experiment = make_experiment(seed=4, optimizer="adam")
    experiment.edit({"0.bias": torch.ones(2)})
    experiment.set_network(drawn("he_normal"))
    assert same_bits(state_of(experiment), drawn("he_normal").build(4).state_dict())
    experiment.set_network(drawn("normal", scale=2.0))
    assert same_bits(state_of(experiment), drawn("normal", scale=2.0).build(4).state_dict())
    before = state_of(experiment)
    experiment.set_network(drawn("normal", (2, 2), 2.0))
    assert torch.equal(state_of(experiment)["0.weight"], before["0.weight"])
    steps(experiment, 3)


def test_during_a_run_another_initialiser_is_for_what_is_added_and_for_reset():
    experiment = steps(make_experiment(seed=4), 2)
    before = state_of(experiment)
    experiment.set_network(drawn("equal", scale=0.25))
    assert same_bits(state_of(experiment), before)
    experiment.set_network(drawn("equal", (3,), 0.25))
    weight = state_of(experiment)["0.weight"]
    assert torch.equal(weight[:2], before["0.weight"])
    assert weight[2].tolist() == [0.25, 0.25]
    experiment.reset()
    assert same_bits(state_of(experiment), drawn("equal", (3,), 0.25).build(4).state_dict())


def test_other_data_keep_the_weights_and_begin_the_epoch_anew():
    experiment = steps(make_experiment(batch_size=20), 1)
    before = state_of(experiment)
    experiment.set_data(small_data("moons", 12))
    assert same_bits(state_of(experiment), before)
    assert experiment.settings.batch_size == 12
    assert experiment.position.samples == 0
    assert experiment.position.step == 1


@pytest.mark.parametrize("value", [0, -1, 24])
def test_a_batch_size_that_the_data_do_not_have_is_refused(value):
    experiment = make_experiment()
    with pytest.raises(ValueError, match="between 1 and 23"):
        experiment.set_batch_size(value)
    assert experiment.settings.batch_size == 5


@pytest.mark.parametrize(
    ("values", "message"),
    [({"0.wait": torch.zeros(2, 2)}, "no parameter '0.wait'"), ({"0.weight": torch.zeros(3, 2)}, "shape")],
)
def test_an_edit_that_does_not_fit_changes_nothing(values, message):
    experiment = make_experiment()
    before = state_of(experiment)
    with pytest.raises(ValueError, match=message):
        experiment.edit({"2.bias": torch.ones(1)} | values)
    assert same_bits(state_of(experiment), before)


def test_freezing_what_is_not_there_changes_nothing():
    experiment = make_experiment()
    with pytest.raises(ValueError, match="no parameter 'x'"):
        experiment.freeze(frozenset(["0.weight", "x"]))
    assert all(parameter.requires_grad for parameter in experiment.model.parameters())


def test_a_network_keeps_the_weights_and_the_moments_of_the_neurons_that_stay():
    experiment = steps(make_experiment(hidden=(3,), optimizer="adam"), 7)
    weights = state_of(experiment)
    moments = copy.deepcopy(experiment.optimizer.state_dict()["state"])
    experiment.set_network(NetworkSpec((5, 2)))
    state = experiment.optimizer.state_dict()["state"]
    assert bits(state_of(experiment)["0.weight"][:3]) == bits(weights["0.weight"])
    assert bits(state[0]["exp_avg"][:3]) == bits(moments[0]["exp_avg"])
    assert not state[0]["exp_avg"][3:].any()
    assert state[0]["step"] == 7
    assert 2 not in state  # the new layer's
    fresh = make_experiment(hidden=(5, 2))
    assert bits(state_of(experiment)["0.weight"][3:]) == bits(state_of(fresh)["0.weight"][3:])
    assert bits(state_of(experiment)["2.weight"]) == bits(state_of(fresh)["2.weight"])


def test_a_network_keeps_frozen_what_it_still_has():
    experiment = make_experiment(hidden=(3, 3))
    experiment.freeze(frozenset(["0.weight", "4.bias"]))
    experiment.set_network(NetworkSpec((4,)))
    assert experiment.settings.frozen == frozenset(["0.weight", "2.bias"])  # the output is the output
    assert not experiment.model[0].weight.requires_grad


def test_a_network_that_the_optimizer_refuses_changes_nothing():
    def only_nine(parameters):
        if sum(parameter.numel() for parameter in parameters) != 9:
            raise MemoryError("nine weights are enough")
        return torch.optim.SGD(parameters, lr=0.1)

    experiment = steps(make_experiment(optimizer=only_nine), 2)
    model, settings, before = experiment.model, experiment.settings, state_of(experiment)
    with pytest.raises(MemoryError):
        experiment.set_network(NetworkSpec((3,)))
    assert experiment.model is model
    assert experiment.settings is settings
    assert same_bits(state_of(steps(experiment, 1)), PlainRun(small_data()).train(3).state())
    assert not same_bits(state_of(experiment), before)


def test_reset_gives_the_initial_weights_of_the_seed():
    experiment = steps(make_experiment(optimizer="adam"), 9)
    experiment.reset(seed=3)
    assert same_bits(state_of(experiment), state_of(make_experiment(seed=3)))
    assert experiment.position.step == 0
    plain = PlainRun(small_data(), optimizer="adam", seed=3).train(9)
    assert same_bits(state_of(steps(experiment, 9)), plain.state())


def test_reset_gives_a_module_of_the_users_its_own_weights_back():
    model = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1), nn.Sigmoid())
    before = copy.deepcopy(model.state_dict())
    experiment = steps(make_experiment(model=model), 9)
    assert not same_bits(model.state_dict(), before)
    experiment.reset()
    assert same_bits(model.state_dict(), before)


# --- what cells do to the live model


def mischief(model):
    """All that a cell may do to a model without changing it."""
    model.eval()
    model.register_forward_hook(lambda *_: (_ for _ in ()).throw(AssertionError("a hook of a cell's ran")))
    model.register_full_backward_hook(lambda *_: None)
    for parameter in model.parameters():
        parameter.register_hook(lambda gradient: gradient * 1000)
        parameter.grad = torch.full_like(parameter, 7.0)
    model.zero_grad()
    for parameter in model.parameters():
        (parameter.sum() * 3).backward()


def test_mode_gradients_and_hooks_of_cells_do_not_reach_the_steps():
    experiment = steps(make_experiment(hidden=(3,), dropout=0.3), 2)
    mischief(experiment.model)
    assert experiment.cell_changes() == []
    plain = PlainRun(small_data(), hidden=(3,), dropout=0.3).train(7)
    ours = [bits(value) for value in steps(experiment, 5).copy_state().values()]
    assert ours == [bits(value) for value in plain.state().values()]


def test_after_a_step_cells_find_its_gradients():
    experiment = steps(make_experiment(), 4)
    plain = PlainRun(small_data()).train(4)
    for ours, theirs in zip(experiment.model.parameters(), plain.model.parameters(), strict=True):
        assert bits(ours.grad) == bits(theirs.grad)


def test_values_written_by_a_cell_become_changes():
    experiment = steps(make_experiment(), 2)
    with torch.no_grad():
        experiment.model[0].weight[1, 0] = 5.0
    experiment.model[2].bias.requires_grad_(False)
    edit, freeze = experiment.cell_changes()
    assert isinstance(edit, Edit)
    assert list(edit.values) == ["0.weight"]
    assert edit.values["0.weight"][1, 0] == 5.0
    assert isinstance(freeze, Freeze)
    assert freeze.names == {"2.bias"}
    freeze.apply(experiment)
    assert experiment.cell_changes() == []


def test_not_a_number_written_by_a_cell_is_one_change_and_not_one_for_ever():
    experiment = make_experiment()
    experiment.model[0].weight.data[0, 0] = float("nan")
    assert len(experiment.cell_changes()) == 1
    assert experiment.cell_changes() == []


@pytest.mark.parametrize("how", ["parameter", "data", "layer"])
def test_parameters_replaced_by_a_cell_are_trained_on(how):
    experiment = steps(make_experiment(optimizer="adam", hidden=(3,), dropout=0.2), 3)
    experiment.model.eval()
    values = torch.full((3, 2), 0.25)
    if how == "parameter":
        experiment.model[0].weight = nn.Parameter(values.clone())
    elif how == "data":
        experiment.model[0].weight.data = values.clone()
    else:
        bias = experiment.model[0].bias
        experiment.model[0] = nn.Linear(2, 3)
        experiment.model[0].bias = bias
        nn.init.constant_(experiment.model[0].weight, 0.25)
    (edit,) = experiment.cell_changes()
    assert bits(edit.values["0.weight"]) == bits(values)
    edit.apply(experiment)
    plain = PlainRun(small_data(), optimizer="adam", hidden=(3,), dropout=0.2).train(3)
    plain.change("edit", ("0.weight", 0.25))
    plain.train(4)
    steps(experiment, 4)
    live = [bits(value) for value in experiment.model.state_dict().values()]
    assert live == [bits(value) for value in plain.state().values()]
    shown = experiment.eval_model(experiment.x)
    assert bits(shown) == bits(plain.model.eval()(plain.x))


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.append(nn.Linear(1, 1)),
        lambda model: model.append(nn.Dropout(0.5)),
        lambda model: model.__setitem__(1, nn.ReLU()),
        lambda model: model.__setitem__(0, nn.Linear(2, 5)),
        lambda model: model.__delitem__(1),
        lambda model: model.double(),
    ],
)
def test_other_layers_are_refused_and_the_run_stands_where_it_stood(change):
    experiment = steps(make_experiment(), 2)
    layers, before = list(experiment.model), state_of(experiment)
    change(experiment.model)
    with pytest.raises(ModelChangedError, match="new trainer"):
        experiment.cell_changes()
    experiment.hand_over()
    assert same_bits(state_of(experiment), before)
    steps(experiment, 3)
    if experiment.model[0].weight.dtype == torch.float32:
        while len(experiment.model):
            del experiment.model[0]
        experiment.model.extend(layers)
        assert experiment.cell_changes() == []
        assert same_bits(experiment.model.state_dict(), PlainRun(small_data()).train(5).state())


def test_plain_attributes_go_both_ways():
    class Warm(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.temperature, self.count = nn.Linear(2, 1), 1.0, 0

        def forward(self, x):
            if self.training:
                self.count += 1
            return torch.sigmoid(self.layer(x) / self.temperature)

    model = Warm()
    experiment = steps(make_experiment(model=model, loss_fn="bce"), 3)
    assert model.count == 3
    model.temperature = 5.0
    assert experiment.cell_changes() == []
    assert bits(experiment.eval_model(experiment.x)) == bits(torch.sigmoid(model.layer(experiment.x) / 5.0))


def test_a_replica_shares_values_and_nothing_else():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    model.register_forward_hook(lambda *_: None)
    replica = replicate(model, training=False)
    model.register_forward_hook(lambda *_: None)
    assert len(replica._forward_hooks) == 1
    assert not any(module.training for module in replica.modules())
    assert all(module.training for module in model.modules())
    model[0].weight.data.fill_(3.0)
    model[1].running_mean.fill_(4.0)
    assert replica[0].weight.eq(3.0).all()
    assert replica[1].running_mean.eq(4.0).all()
    replica(torch.ones(3, 2)).sum().backward()
    assert all(parameter.grad is None for parameter in model.parameters())


# --- checkpoints


def test_restoring_a_checkpoint_repeats_the_run():
    experiment = steps(make_experiment(hidden=(3,), dropout=0.2, optimizer="adam"), 3)
    checkpoint = experiment.capture(0)
    first = state_of(steps(experiment, 9))
    experiment.set_network(NetworkSpec((2, 2), "relu"))
    experiment.set_data(small_data("moons", 12))
    experiment.set_optimizer("sgd", 0.3)
    experiment.freeze(frozenset(["0.weight"]))
    steps(experiment, 5)
    experiment.restore(checkpoint)
    assert experiment.settings == checkpoint.settings
    assert experiment.position.step == 3
    assert same_bits(state_of(steps(experiment, 9)), first)
    experiment.restore(checkpoint)
    assert same_bits(state_of(steps(experiment, 9)), first)


def test_a_checkpoint_is_a_copy():
    experiment = steps(make_experiment(optimizer="adam"), 3)
    checkpoint = experiment.capture(0)
    before = copy.deepcopy(checkpoint)
    steps(experiment, 5)
    assert same_bits(checkpoint.state, before.state)
    assert bits(checkpoint.optimizer["state"][0]["exp_avg"]) == bits(before.optimizer["state"][0]["exp_avg"])
    assert checkpoint.nbytes > sum(value.nbytes for value in checkpoint.state.values()) * 3


def test_batch_order_is_a_permutation_of_seed_and_epoch_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    order = batch_order(100, seed=2, epoch=3)
    assert torch.equal(torch.get_rng_state(), before)
    assert sorted(order.tolist()) == list(range(100))
    assert torch.equal(order, batch_order(100, seed=2, epoch=3))
    assert not torch.equal(order, batch_order(100, seed=2, epoch=4))
    assert not torch.equal(order, batch_order(100, seed=3, epoch=3))


def test_data_are_those_of_the_dataset():
    dataset = make_planar("xor", n_samples=40, test_share=0.25)
    experiment = make_experiment(dataset)
    assert np.array_equal(experiment.x.numpy(), dataset.x_train)
    assert np.array_equal(experiment.y_test.numpy(), dataset.y_test)
    assert experiment.steps_per_epoch == 6


class Listed(nn.Module):
    """Its layers are attributes, and its forward pass finds them in plain containers."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.first, self.last = nn.Linear(2, 3), nn.Linear(3, 1)
        self.scale = nn.Parameter(torch.ones(3))
        self.order = [self.first, nn.Tanh()]
        self.named = {"end": (self.last, self.scale)}

    def forward(self, x):
        for layer in self.order:
            x = layer(x)
        last, scale = self.named["end"]
        return torch.sigmoid(last(x * scale))


def test_layers_that_are_found_in_plain_containers_are_trained():
    loop = make_loop(model=Listed(), loss_fn="bce")
    loop.call(c.Train(steps=7))
    loop.wait(PATIENCE)
    plain = PlainRun(small_data(), model=Listed()).train(7)
    assert same_bits(loop.experiment.model.state_dict(), plain.state())
    assert loop.experiment.model.order[0] is loop.experiment.model.first
    assert loop.experiment.train_model.order[0] is loop.experiment.train_model.first


@pytest.mark.parametrize(
    "mischief",
    [
        lambda model: model.register_buffer("extra", torch.zeros(2)),
        lambda model: model.register_buffer("running_mean", torch.zeros(5)),
        lambda model: model.__delattr__("running_mean"),
    ],
)
def test_buffers_that_a_cell_changes_are_named_and_can_be_put_back(mischief):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1), nn.Sigmoid())
    loop = make_loop(model=model)
    loop.call(c.Train(steps=2))
    loop.wait(PATIENCE)
    kept = dict(model[1]._buffers)
    mischief(model[1])
    with pytest.raises(ModelChangedError, match=r"buffers of trainer.model \(1\.(extra|running_mean)\)"):
        loop.call(c.Train(steps=1))
    model[1]._buffers.clear()
    model[1]._buffers.update(kept)
    loop.call(c.Train(steps=2))
    loop.wait(PATIENCE)
    assert loop.experiment.position.step == 4


def two_groups(parameters):
    weights, *others = parameters
    return torch.optim.SGD([{"params": [weights], "lr": 0.2}, {"params": others, "lr": 0.05}], momentum=0.5)


def rates(loop):
    return [group["lr"] for group in loop.experiment.optimizer.param_groups]


def test_groups_of_an_optimizer_keep_the_proportion_of_their_learning_rates():
    loop = make_loop(optimizer=two_groups, learning_rate=None)
    assert (loop.experiment.settings.learning_rate, rates(loop)) == (0.2, [0.2, 0.05])
    loop.call(c.SetLearningRate(0.4))
    assert rates(loop) == [0.4, 0.1]
    loop.call(c.Reset(1))
    assert rates(loop) == [0.4, 0.1]
    assert "zip(optimizer.param_groups, (1.0, 0.25))" not in to_code(loop)
    loop.call(c.Train(steps=2))
    loop.wait(PATIENCE)
    loop.call(c.SetLearningRate(0.1))
    assert "zip(optimizer.param_groups, (1.0, 0.25))" in to_code(loop)
