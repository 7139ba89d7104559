"""A whole pass: there, back, the update and there again, for any module and for the step a trainer makes next."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.networks import Dropout
from nnwidgets.training import commands as c
from nnwidgets.training.backprop import record_next_step, record_pass
from nnwidgets.training.tape import TapeError, record
from tests.unit.plain import PATIENCE, bits, make_loop, small_data


def network(*more):
    torch.manual_seed(4)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), *more, nn.Linear(3, 1), nn.Sigmoid())


def batch(samples=5):
    torch.manual_seed(6)
    return torch.randn(samples, 2), (torch.arange(samples) % 2).float()[:, None]


def stepped(model, x, y, loss_fn, learning_rate):
    """The module after a step of PyTorch's SGD."""
    other = copy.deepcopy(model)
    optimizer = torch.optim.SGD(other.parameters(), lr=learning_rate)
    loss_fn(other(x), y).backward()
    optimizer.step()
    return other


# --- a module


def test_the_update_is_that_of_pytorch_to_the_last_bit():
    model, (x, y), loss_fn = network(), batch(), nn.BCELoss()
    found = record_pass(model, x, y, loss_fn, 0.7)
    other = stepped(model, x, y, loss_fn, 0.7)
    assert list(found.parameters) == [name for name, _ in model.named_parameters()]
    for (name, before), after in zip(model.named_parameters(), other.parameters(), strict=True):
        parameter = found.parameters[name]
        assert parameter.trainable
        assert np.array_equal(parameter.before, before.detach().double())
        assert np.array_equal(parameter.gradient, after.grad.double())
        assert np.array_equal(parameter.updated, after.detach().double())
        assert parameter.before.shape == tuple(before.shape)
    assert found.loss == loss_fn(model(x), y).item()
    assert found.loss_after == loss_fn(other(x), y).item() < found.loss
    assert (found.rule, found.learning_rate, found.precision) == ("sgd", 0.7, "float32")


def test_values_after_it_are_those_of_a_pass_through_the_updated_network():
    model, (x, y), loss_fn = network(), batch(), nn.BCELoss()
    found = record_pass(model, x, y, loss_fn, 0.7, shown=2)
    again = record(stepped(model, x, y, loss_fn, 0.7), x, y, loss_fn, shown=2)
    assert len(found.after) == len(found.tape.values)
    for array, value, before in zip(found.after, again.values, found.tape.values, strict=True):
        assert np.array_equal(array, value.array)
        assert array.shape == before.array.shape
        assert np.array_equal(array, before.array) == (value.kind == "input")
    assert np.array_equal(found.losses_after, again.losses)


def test_only_some_samples_are_shown():
    model, (x, y) = network(), batch(10)
    found = record_pass(model, x, y, nn.BCELoss(), 0.1)
    assert (found.batch, found.shown) == (10, 8)
    assert found.x.shape == (10, 2)
    assert found.y.shape == (10, 1)
    assert np.array_equal(found.x, x.double())
    assert found.losses.shape == found.losses_after.shape == (8,)
    assert found.averaged
    assert record_pass(model, x[:3], y[:3], nn.BCELoss(), 0.1).shown == 3


def test_checks_are_made_only_where_they_are_wanted():
    model, (x, y) = network(), batch()
    found = record_pass(model, x, y, nn.BCELoss(), 0.1)
    gradient = np.concatenate([parameter.gradient.ravel() for parameter in found.parameters.values()])
    np.testing.assert_allclose(found.checks.gradient_double, gradient, rtol=1e-4, atol=1e-7)
    assert record_pass(model, x, y, nn.BCELoss(), 0.1, checks=False).checks is None


def test_parameters_that_are_not_trained_stay():
    model, (x, y) = network(), batch()
    model[0].weight.requires_grad_(False)
    found = record_pass(model, x, y, nn.BCELoss(), 0.1)
    weight = found.parameters["0.weight"]
    assert not weight.trainable
    assert np.isnan(weight.gradient).all()
    assert np.array_equal(weight.updated, weight.before)
    assert (found.parameters["0.bias"].updated != found.parameters["0.bias"].before).all()


def test_a_module_in_double_precision():
    model, (x, y) = network().double(), batch()
    found = record_pass(model, x.double(), y.double(), nn.BCELoss(), 0.1)
    assert found.precision == "float64"
    own, double = found.checks.losses
    np.testing.assert_allclose(own, double, rtol=1e-12)


@pytest.mark.parametrize("drop", [nn.Dropout(0.5), Dropout(0.5)], ids=["torch", "ours"])
def test_what_is_dropped_is_the_same_before_and_after_and_in_the_checks(drop):
    model, (x, y) = network(drop), batch()
    generator = getattr(drop, "generator", torch.default_generator)
    found = record_pass(model, x, y, nn.BCELoss(), 0.1, before=lambda: generator.manual_seed(1))
    place = next(o.output for o in found.tape.operations if o.function in {"dropout", "mul"})
    dropped = found.tape.values[place].array == 0
    assert 0 < dropped.sum() < dropped.size
    assert np.array_equal(found.after[place] == 0, dropped)
    gradient = np.concatenate([parameter.gradient.ravel() for parameter in found.parameters.values()])
    np.testing.assert_allclose(found.checks.gradient_double, gradient, rtol=1e-4, atol=1e-7)


def test_the_module_and_the_random_numbers_stay():
    model, (x, y) = network(nn.Dropout(0.5)), batch()
    model.register_buffer("buffer", torch.ones(2))
    stepped(model, x, y, nn.BCELoss(), 0.1)
    tensors = {name: (id(t), bits(t)) for name, t in model.state_dict(keep_vars=True).items()}
    state = torch.get_rng_state()
    record_pass(model, x, y, nn.BCELoss(), 0.1)
    assert {name: (id(t), bits(t)) for name, t in model.state_dict(keep_vars=True).items()} == tensors
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)


def test_too_large_a_step_leaves_no_values():
    model, (x, y) = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), batch()
    found = record_pass(model, x, y, nn.BCELoss(), math.inf)
    assert found.loss is not None
    assert found.loss_after is None
    results = [a for a, value in zip(found.after, found.tape.values, strict=True) if value.kind == "result"]
    assert all(np.isnan(array).all() for array in results)


def test_what_cannot_be_followed_is_said():
    x, y = batch()
    with pytest.raises(TapeError, match="batch normalization"):
        record_pass(network(nn.BatchNorm1d(3)), x, y, nn.BCELoss(), 0.1)


# --- a trainer's next step


def train(loop, steps):
    loop.call(c.Train(steps=steps))
    loop.wait(PATIENCE)


def next_step(loop, **options):
    return loop.call(c.Do(lambda: record_next_step(loop.experiment, **options)))


SETTINGS = {
    "plain": ({}, "sgd"),
    "deep": ({"hidden": (4, 3), "activation": ("relu", "sigmoid")}, "sgd"),
    "classes": ({"dataset": small_data("rings", 25), "hidden": (3,)}, "sgd"),
    "values": ({"dataset": small_data("plane", 14)}, "sgd"),
    "hinge": ({"loss_fn": "hinge"}, "sgd"),
    "dropout": ({"hidden": (6, 5), "dropout": 0.4}, "sgd"),
    "schedule": ({"schedule": (("name", "exponential"), ("gamma", 0.5))}, "sgd"),
    "momentum": ({"optimizer_options": (("momentum", 0.9),)}, "SGD"),
    "penalties": ({"l1": 0.01, "l2": 0.1}, "SGD"),
    "adam": ({"optimizer": "adam"}, "Adam"),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_the_step_shown_is_the_one_made(what):
    settings, rule = SETTINGS[what]
    loop = make_loop(**settings)
    train(loop, 6)
    for _ in range(3):
        found = next_step(loop, checks=False)
        train(loop, 1)
        assert found.loss == loop.history.steps_since(loop.history.last_step - 1, 1)[-1, 1]
        assert found.rule == rule
        for name, parameter in loop.experiment.model.named_parameters():
            assert np.array_equal(found.parameters[name].updated, parameter.detach().double()), name
            if not settings.get("l1"):  # else what penalties add is in it
                np.testing.assert_allclose(found.parameters[name].gradient, parameter.grad, rtol=1e-5, atol=1e-8)
        if rule == "sgd":
            for parameter in found.parameters.values():
                difference = parameter.before - parameter.updated
                np.testing.assert_allclose(difference, found.learning_rate * parameter.gradient, rtol=1e-3, atol=1e-6)


def test_batches_are_those_of_the_epoch():
    loop = make_loop()  # 23 samples in batches of 5: the last one has 3
    sizes, seen = [], []
    for _ in range(5):
        found = next_step(loop)
        sizes.append((found.batch, found.shown))
        seen.append(found.x)
        train(loop, 1)
    assert sizes == [(5, 5)] * 4 + [(3, 3)]
    ours = {tuple(row) for row in np.concatenate(seen)}
    assert ours == {tuple(row) for row in loop.experiment.settings.dataset.x_train.astype(np.float64)}


def test_the_run_goes_on_as_if_nobody_had_looked():
    def run(looked):
        loop = make_loop(hidden=(4,), dropout=0.3, optimizer="adam")
        for _ in range(7):
            if looked:
                next_step(loop)
            train(loop, 1)
        return {name: bits(p) for name, p in loop.experiment.model.named_parameters()}

    assert run(looked=True) == run(looked=False)


def test_frozen_parameters_and_entries_stay():
    loop = make_loop(hidden=(3,))
    loop.call(c.Freeze(frozenset(["0.weight"]), frozenset([("0.bias", 1)])))
    found = next_step(loop)
    weight, bias = found.parameters["0.weight"], found.parameters["0.bias"]
    assert not weight.trainable
    assert np.array_equal(weight.updated, weight.before)
    assert (bias.updated == bias.before).tolist() == [False, True, False]
    assert found.rule == "SGD"  # not each entry is w − η g
    train(loop, 1)
    for name, parameter in loop.experiment.model.named_parameters():
        assert np.array_equal(found.parameters[name].updated, parameter.detach().double())


def test_a_step_that_diverges_changes_nothing():
    loop = make_loop(loss_fn="mse")
    loop.call(c.Edit({"0.weight": torch.full((2, 2), math.inf)}))
    found = next_step(loop)
    assert found.loss is None
    for parameter in found.parameters.values():
        assert np.array_equal(parameter.updated, parameter.before)


def test_checks_of_a_trainer_with_dropout_are_of_the_same_masks():
    loop = make_loop(hidden=(6, 5), dropout=0.4)
    train(loop, 3)
    found = next_step(loop)
    gradient = np.concatenate([parameter.gradient.ravel() for parameter in found.parameters.values()])
    np.testing.assert_allclose(found.checks.gradient_double, gradient, rtol=1e-4, atol=1e-7)
    quotient = (found.checks.losses[1, ..., 0] - found.checks.losses[1, ..., 1]) / (2 * found.checks.epsilons)
    np.testing.assert_allclose(quotient[:, 10], found.checks.gradient_double, rtol=1e-5, atol=1e-8)


def test_pieces_without_gradients_and_other_kinds_of_numbers_are_recorded():
    x, y = batch()
    model = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(2, 3)), nn.Linear(3, 1))
    before = copy.deepcopy(model.state_dict())
    found = record_pass(model, x, y, nn.MSELoss(), 0.1)  # whose power iteration writes into `out=`
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    nn.MSELoss()(model(x), y).backward()
    name = "0.parametrizations.weight.original"
    np.testing.assert_allclose(found.parameters[name].gradient, dict(model.named_parameters())[name].grad, rtol=1e-5)
    rough = nn.Linear(2, 1).bfloat16()
    found = record_pass(rough, x.bfloat16(), y.bfloat16(), nn.MSELoss(), 0.1)
    assert (found.precision, found.parameters["weight"].dtype) == ("bfloat16", "bfloat16")
    nn.MSELoss()(rough(x.bfloat16()), y.bfloat16()).backward()
    assert np.array_equal(found.parameters["weight"].gradient, rough.weight.grad.double())
