"""One step in slow motion: what is shown is what happens then, and showing it changes nothing."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.networks import Dropout, read_network
from nnwidgets.training import commands as c
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.trace import trace_step
from tests.unit.plain import OPTIMIZERS, PATIENCE, PlainDropout, bits, make_experiment, make_loop, same_bits, small_data


def train(loop, steps):
    loop.call(c.Train(steps=steps))
    loop.wait(PATIENCE)


def trace(loop, **options):
    graph = read_network(loop.experiment.model, loop.experiment.x[:1])
    return loop.call(c.Do(lambda: trace_step(loop.experiment, graph, **options)))


def after(shown):
    return {name: torch.tensor(parameter.after) for name, parameter in shown.parameters.items()}


def check(loop, steps=1):
    """Trace and make steps; returns the last trace."""
    for _ in range(steps):
        shown = trace(loop)
        train(loop, 1)
        assert shown.loss == loop.history.steps_since(loop.history.last_step - 1, 1)[-1, 1]
        assert same_bits(after(shown), dict(loop.experiment.model.named_parameters()))
        for name, parameter in loop.experiment.model.named_parameters():
            if parameter.grad is not None:
                assert bits(parameter.grad) == shown.parameters[name].used.tobytes()
    return shown


# --- what is shown is what happens


SETTINGS = {
    "plain": {},
    "deep": {"hidden": (4, 3), "activation": ("relu", "sigmoid")},
    "no hidden layer": {"hidden": ()},
    "mse": {"loss_fn": "mse"},
    "logits": {"loss_fn": "bce_with_logits"},
    "hinge": {"loss_fn": "hinge"},
    "perceptron": {"loss_fn": "perceptron", "hidden": ()},
    "classes": {"dataset": small_data("rings", 25), "hidden": (3,)},
    "values": {"dataset": small_data("plane", 14)},
    "momentum": {"optimizer_options": (("momentum", 0.9), ("nesterov", True))},
    "penalties": {"l1": 0.01, "l2": 0.1},
    "dropout": {"hidden": (6, 5), "dropout": 0.4},
    "schedule": {"schedule": (("name", "exponential"), ("gamma", 0.5))},
    **{name: {"optimizer": name} for name in OPTIMIZERS},
    "callable": {"optimizer": lambda parameters: torch.optim.NAdam(parameters, lr=0.02)},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_step_ends_with_the_values_shown(settings):
    # 23 samples in batches of 5: the last batch of each epoch has 3
    loop = make_loop(**settings)
    train(loop, 7)
    check(loop, 6)
    train(loop, 3)
    check(loop)


def test_frozen_parameters_stay_and_have_no_gradient():
    loop = make_loop(hidden=(3,))
    loop.call(c.Freeze(frozenset(["0.weight"])))
    shown = check(loop, 2)
    frozen = shown.parameters["0.weight"]
    assert np.isnan(frozen.gradient).all()
    assert np.isnan(frozen.used).all()
    assert np.array_equal(frozen.before, frozen.after)
    assert np.isfinite(shown.parameters["0.bias"].gradient).all()


def test_batches_are_those_of_the_epoch_to_come():
    loop = make_loop()
    seen = []
    for _ in range(5):
        shown = trace(loop)
        seen.append(shown.indices)
        assert np.array_equal(shown.inputs, loop.experiment.settings.dataset.x_train[shown.indices])
        assert np.array_equal(shown.targets, loop.experiment.settings.dataset.y_train[shown.indices])
        train(loop, 1)
    assert [len(indices) for indices in seen] == [5, 5, 5, 5, 3]
    assert sorted(np.concatenate(seen)) == list(range(23))
    assert trace(loop).epoch == 1


def test_edits_and_other_settings_are_part_of_the_step():
    loop = make_loop(hidden=(3,))
    train(loop, 2)
    loop.call(c.SetOptimizer("adam", 0.05))
    loop.call(c.SetPenalty(0.02, 0.0))
    loop.call(c.SetBatchSize(4))
    loop.call(c.Edit({"0.bias": torch.full((3,), 0.25)}))
    with torch.no_grad():
        loop.experiment.model[0].weight[0, 0] = 2.0
    shown = check(loop)
    assert shown.parameters["0.weight"].before[0, 0] == 2.0
    assert (shown.parameters["0.bias"].before == 0.25).all()
    assert len(shown.indices) == 4


def test_the_compiled_engine_makes_the_same_step_to_rounding():
    loop = make_loop(engine="fused", hidden=(3, 2), optimizer="adam", batch_size=4)
    train(loop, 9)
    for _ in range(4):
        shown = trace(loop)
        train(loop, 1)
        for name, value in loop.experiment.model.named_parameters():
            np.testing.assert_allclose(value.detach().numpy(), shown.parameters[name].after, rtol=2e-4, atol=2e-6)


# --- against plain PyTorch


def plain(loop, shown):
    """Forward and backward by hand, on the model that cells see."""
    experiment = loop.experiment
    model = copy.deepcopy(experiment.model)
    x = experiment.x[shown.indices]
    sums, outputs = [], []
    for module in model:
        x = module(x)
        if isinstance(module, nn.Linear):
            sums.append(x)
            outputs.append(x)
        outputs[-1] = x
        x.retain_grad()
    loss = experiment.objective.function(x, experiment.y[shown.indices])
    model.zero_grad()
    loss.backward()
    return model, loss, sums, outputs


@pytest.mark.parametrize("settings", [{}, {"hidden": (4, 3), "activation": "relu"}, {"loss_fn": "mse"}])
def test_values_and_derivatives_are_those_of_pytorch(settings):
    loop = make_loop(**settings)
    for steps in (3, 4):  # a second segment, too
        train(loop, steps)
        shown = trace(loop)
        model, loss, sums, outputs = plain(loop, shown)
        assert shown.loss == loss.item()
        for layer, z, h in zip(shown.layers, sums, outputs, strict=True):
            assert bits(z) == layer.z.tobytes()
            assert bits(h) == layer.h.tobytes()
            assert bits(z.grad) == layer.dz.tobytes()
            assert bits(h.grad) == layer.dh.tobytes()
        for name, parameter in model.named_parameters():
            assert bits(parameter.grad) == shown.parameters[name].gradient.tobytes()


def test_penalties_are_told_apart_from_the_loss():
    loop = make_loop(l1=0.01, l2=0.1)
    shown = trace(loop)
    total = 0.0
    for parameter in shown.parameters.values():
        weight = parameter.before.astype(float)
        extra = 0.01 * np.sign(weight) + 0.1 * weight if weight.ndim > 1 else 0.0
        np.testing.assert_allclose(parameter.used, parameter.gradient + extra, rtol=1e-5, atol=1e-7)
        total += 0.01 * np.abs(weight).sum() + 0.05 * (weight**2).sum() if weight.ndim > 1 else 0.0
    assert shown.penalty == pytest.approx(total)


def test_the_optimizers_means_are_those_after_the_step():
    loop = make_loop(optimizer="adam")
    train(loop, 2)
    shown = trace(loop)
    train(loop, 1)
    state = loop.experiment.optimizer.state_dict()["state"]
    for number, parameter in enumerate(shown.parameters.values()):
        assert bits(state[number]["exp_avg"]) == parameter.mean.tobytes()
        assert bits(state[number]["exp_avg_sq"]) == parameter.square.tobytes()
    assert shown.count == 3
    assert trace(make_loop()).parameters["0.weight"].mean is None


def test_samples_make_up_the_batch():
    loop = make_loop()
    shown = trace(loop)
    p, y = shown.outputs.astype(float), shown.targets
    np.testing.assert_allclose(shown.losses, -np.log(np.where(y > 0.5, p, 1 - p))[:, 0], rtol=1e-5)
    assert shown.averaged
    summed = trace(make_loop(loss_fn=nn.BCELoss(reduction="sum")))
    assert not summed.averaged
    assert np.isnan(summed.losses).all()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_of_a_large_batch_only_the_samples_that_are_shown_are_evaluated_one_by_one(reduction):
    sizes = []

    def loss(outputs, targets):
        sizes.append(len(outputs))
        return nn.functional.binary_cross_entropy(outputs, targets, reduction=reduction)

    loop = make_loop(small_data(n_samples=200), batch_size=150, loss_fn=loss)
    sizes.clear()
    shown = trace(loop, shown=20)
    assert sizes.count(1) == 20
    assert sizes.count(150) == 2  # before the step and after it
    assert (len(shown.indices), len(shown.losses), shown.averaged) == (150, 20, reduction == "mean")
    p, y = shown.outputs[:20].astype(float), shown.targets[:20]
    expected = -np.log(np.where(y > 0.5, p, 1 - p))[:, 0] if shown.averaged else np.full(20, np.nan)
    np.testing.assert_allclose(shown.losses, expected, rtol=1e-5)


def test_a_loss_that_draws_random_numbers_takes_none_away():
    loop = make_loop(loss_fn=lambda outputs, targets: nn.functional.mse_loss(outputs, targets) * (1 + torch.rand(())))
    before = torch.get_rng_state()
    trace(loop)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_loss_after_the_step_is_that_of_the_same_batch():
    loop = make_loop(hidden=(6,), dropout=0.5, learning_rate=0.5)
    shown = trace(loop)
    train(loop, 1)
    experiment = loop.experiment
    experiment.seed_step(shown.step)
    with torch.no_grad():
        loss = experiment.objective.function(
            experiment.train_model(experiment.x[shown.indices]), experiment.y[shown.indices]
        )
    assert shown.loss_after == loss.item() != shown.loss


def test_a_step_that_would_diverge_is_not_made():
    loop = make_loop()
    loop.call(c.Edit({"0.weight": torch.full((2, 2), float("inf"))}))
    shown = trace(loop)
    assert shown.loss is None
    assert shown.loss_after is None
    assert np.isnan(shown.layers[0].dz).all()
    for parameter in shown.parameters.values():
        np.testing.assert_array_equal(parameter.before, parameter.after)


def test_nothing_to_train_is_said():
    loop = make_loop()
    loop.call(c.Freeze(frozenset(dict(loop.experiment.model.named_parameters()))))
    with pytest.raises(ValueError, match="frozen"):
        trace(loop)


# --- modules of the user's


class Own(nn.Module):
    """Draws random numbers, counts, keeps what it computed, and has running statistics."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)
        self.drop = nn.Dropout(0.3)
        self.calls = []

    def forward(self, x):
        self.calls.append(len(x))
        self.hidden = self.drop(torch.tanh(self.norm(self.first(x))))
        return torch.sigmoid(self.last(self.hidden))


def own_loop():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Own()
    return TrainingLoop(make_experiment(model=model, loss_fn="bce", optimizer="adam"), engine="eager")


def test_a_module_of_ones_own_gives_loss_gradients_and_update():
    loop = own_loop()
    train(loop, 2)
    buffers, calls = copy.deepcopy(dict(loop.experiment.model.named_buffers())), len(loop.experiment.model.calls)
    state = torch.get_rng_state()
    shown = trace(loop)
    assert torch.equal(torch.get_rng_state(), state)
    assert same_bits(dict(loop.experiment.model.named_buffers()), buffers)
    assert len(loop.experiment.model.calls) == calls
    assert shown.layers == ()
    check(loop, 2)


def test_an_activation_used_twice_and_one_in_place():
    shared = nn.ReLU(inplace=True)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = nn.Sequential(nn.Linear(2, 3), shared, nn.Linear(3, 3), shared, nn.Linear(3, 1), nn.Sigmoid())
    loop = TrainingLoop(make_experiment(model=model), engine="eager")
    shown = check(loop, 2)
    assert len(shown.layers) == 3
    assert (shown.layers[0].z < 0).any()
    for layer in shown.layers[:2]:
        assert np.array_equal(layer.h, np.maximum(layer.z, 0))
        assert np.array_equal(layer.dz, np.where(layer.z > 0, layer.dh, 0))
    assert shared.inplace


def test_what_cannot_be_copied_is_said():
    class Stubborn(nn.Linear):
        def __deepcopy__(self, memo):
            raise TypeError("there is only one of me")

    loop = TrainingLoop(make_experiment(model=nn.Sequential(Stubborn(2, 1), nn.Sigmoid())), engine="eager")
    with pytest.raises(ValueError, match="only one of me"):
        trace(loop)
    train(loop, 1)


def test_an_optimizer_with_attributes_of_its_own():
    class Lazy(torch.optim.SGD):
        def __init__(self, parameters):
            super().__init__(parameters, lr=0.1)
            self.made = [0]

        def step(self, closure=None):
            self.made[0] += 1
            return super().step(closure)

    loop = make_loop(optimizer=Lazy)
    check(loop, 3)
    assert loop.experiment.optimizer.made == [3]


# --- nothing is touched


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adam", "l2": 0.01},
        {"hidden": (6,), "dropout": 0.5, "optimizer_options": (("momentum", 0.9),)},
        {"optimizer": lambda parameters: torch.optim.RMSprop(parameters, momentum=0.5)},
    ],
    ids=["adam", "dropout", "callable"],
)
def test_a_run_ends_with_the_same_bits_with_and_without(settings):
    quiet, watched = make_loop(**settings), make_loop(**settings)
    for steps in (3, 1, 4, 1, 2):
        trace(watched)
        trace(watched)
        for loop in (quiet, watched):
            train(loop, steps)
    assert same_bits(*(dict(loop.experiment.model.state_dict()) for loop in (quiet, watched)))
    assert np.array_equal(*(loop.history.steps_since(0, 100) for loop in (quiet, watched)))
    states = [loop.experiment.capture(0) for loop in (quiet, watched)]
    assert states[0].nbytes == states[1].nbytes
    assert watched.journal == []
    assert quiet.experiment.position == watched.experiment.position


def test_model_and_optimizer_are_left_as_they_were():
    loop = make_loop(optimizer="adam", hidden=(4,), dropout=0.5)
    assert not loop.experiment.has_optimizer
    trace(loop)
    assert not loop.experiment.has_optimizer
    train(loop, 4)
    experiment = loop.experiment
    models = (experiment.model, experiment.train_model, experiment.eval_model)
    gradients = [[parameter.grad for parameter in model.parameters()] for model in models]
    optimizer = copy.deepcopy(experiment.optimizer.state_dict())
    hooks = [len(module._forward_hooks) for model in models for module in model.modules()]
    state, settings = experiment.copy_state(), experiment.settings
    drawn = experiment.train_model[2].generator.get_state()
    trace(loop)
    assert isinstance(experiment.train_model[2], Dropout)
    assert torch.equal(experiment.train_model[2].generator.get_state(), drawn)
    for before, model in zip(gradients, models, strict=True):
        assert all(parameter.grad is old for parameter, old in zip(model.parameters(), before, strict=True))
    assert [len(module._forward_hooks) for model in models for module in model.modules()] == hooks
    assert same_bits(experiment.copy_state(), state)
    assert experiment.settings is settings
    assert repr(experiment.optimizer.state_dict()) == repr(optimizer)


def test_a_generator_of_the_modules_own_is_not_drawn_from():
    generator = torch.Generator().manual_seed(5)
    model = nn.Sequential(nn.Linear(2, 5), PlainDropout(0.5, generator), nn.Linear(5, 1), nn.Sigmoid())
    loop = TrainingLoop(make_experiment(model=model), engine="eager")
    before = generator.get_state()
    trace(loop)
    assert torch.equal(generator.get_state(), before)
    check(loop, 3)
