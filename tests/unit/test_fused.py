"""The compiled engine against PyTorch: what it covers it computes alike, and what it does not it leaves alone."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from torch import nn

from nnwidgets.training.engines import (
    ChosenEngine,
    Diverged,
    EagerEngine,
    FusedEngine,
    StepLog,
    Stop,
    coverage,
    fused,
    kernel,
)
from nnwidgets.training.engines.coverage import NotCoveredError, obstacle
from nnwidgets.training.engines.kernel import elementary, lanes
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.objective import Hinge, PerceptronCriterion
from nnwidgets.training.settings import Settings
from tests.unit.plain import make_experiment, small_data

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "elu": lambda: nn.ELU(0.7),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "gelu_tanh": lambda: nn.GELU("tanh"),
    "softplus": lambda: nn.Softplus(2.0, 3.0),
    "identity": nn.Identity,
}
LOSSES = {
    "bce": nn.BCELoss,
    "bce_with_logits": nn.BCEWithLogitsLoss,
    "mse": nn.MSELoss,
    "cross_entropy": nn.CrossEntropyLoss,
    "hinge": Hinge,
    "perceptron": PerceptronCriterion,
}
# Where gradients are tiny, steps divided by their size are longer than the valley is wide, and a difference of the last
# bit becomes one of a thousandth in 200 steps, with PyTorch alone, too: hence the large eps.
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.8, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, weight_decay=0.01, eps=1e-2),
    "centered": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True, eps=1e-3),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.01, eps=1e-4),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True, eps=1e-4),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1, eps=1e-4),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05, lr_decay=0.01, weight_decay=0.01, eps=1e-4),
}


class Double(Experiment):
    """An experiment whose data are float64."""

    def _place_data(self):
        super()._place_data()
        self.x, self.y, self.x_test, self.y_test = (
            data.double() for data in (self.x, self.y, self.x_test, self.y_test)
        )


def stack(sizes, activation, loss, seed=0):
    """A network of `Linear` layers, the last one with as many outputs as the loss wants, and what is to follow."""
    modules = []
    if loss == "cross_entropy":
        sizes = (*sizes[:-1], 3)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for rows, columns in itertools.pairwise(sizes):
            modules += [nn.Linear(rows, columns), ACTIVATIONS[activation]()]
    modules[-1] = nn.Sigmoid() if loss == "bce" else nn.Identity()
    return nn.Sequential(*modules)


def experiment_of(model, loss, optimizer, *, double=False, batch_size=5, seed=0, **data):
    if loss == "cross_entropy":
        data = {"name": "rings"} | data
    settings_ = Settings(
        small_data(**data), None, OPTIMIZERS[optimizer], None, batch_size, seed, loss_fn=LOSSES[loss]()
    )
    kind = Double if double else Experiment
    return kind(settings_, model=model.double() if double else model)


def run(engine, experiment, steps, cuts=(10**9,), epochs=0):
    """Make `steps` in calls that are cut at the limits `cuts`, one after the other, round and round."""
    log, calls = StepLog(), 0
    while len(log) < steps:
        engine.run(experiment, min(cuts[calls % len(cuts)], steps - len(log)), Stop(), log, epochs=epochs)
        if experiment.position.samples >= len(experiment.x):
            experiment.finish_epoch()
        calls += 1
    return log


def state_of(experiment):
    """Parameters, gradients and the optimizer's state as PyTorch has them, by name."""
    found = {}
    for name, parameter in experiment.train_model.named_parameters():
        found[name], found[f"{name}.grad"] = parameter.detach(), parameter.grad
        state = experiment.optimizer.state[parameter]
        found |= {f"{name}.{key}": value for key, value in state.items() if isinstance(value, torch.Tensor)}
    return found


def check_alike(ours, theirs, **tolerance):
    ours, theirs = state_of(ours), state_of(theirs)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert value.dtype == theirs[name].dtype
        torch.testing.assert_close(value, theirs[name], msg=lambda text, name=name: f"{name}: {text}", **tolerance)


# --- the same as PyTorch


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_everything_covered_agrees_with_pytorch_at_a_pause(activation, loss, optimizer):
    model = stack((2, 3, 2, 1), activation, loss)
    fused, eager = (experiment_of(copy.deepcopy(model), loss, optimizer) for _ in range(2))
    assert ChosenEngine("auto").name_for(fused) == "fused"
    steps = 3 + 7 * len(activation + loss + optimizer) % 31  # an arbitrary one, the same at each run
    ours = run(FusedEngine(), fused, steps, cuts=(2, 11, 3), epochs=9)
    theirs = run(EagerEngine(), eager, steps)
    check_alike(fused, eager, rtol=2e-4, atol=2e-6)
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-4, atol=1e-6)
    assert ours.accuracies.tolist() == theirs.accuracies.tolist()
    assert fused.position.loss_sum == pytest.approx(eager.position.loss_sum, rel=1e-4)
    counted = [(e.position.epoch, e.position.samples, e.position.step, e.position.batches) for e in (fused, eager)]
    assert counted[0] == counted[1]


@settings(max_examples=40, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 12), max_size=4),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    batch_size=st.integers(1, 23),
    seed=st.integers(0, 2**31),
)
def test_200_steps_in_float64_agree_whatever_the_network(hidden, activation, loss, optimizer, batch_size, seed):
    model = stack((2, *hidden, 1), activation, loss, seed)
    fused, eager = (
        experiment_of(copy.deepcopy(model), loss, optimizer, double=True, batch_size=batch_size, seed=seed % 1000)
        for _ in range(2)
    )
    assert obstacle(fused) is None
    run(FusedEngine(), fused, 200, epochs=999)
    run(EagerEngine(), eager, 200)
    check_alike(fused, eager, rtol=1e-6, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 12), min_size=1, max_size=2),
    activation=st.sampled_from(["tanh", "sigmoid", "silu", "softplus"]),
    loss=st.sampled_from(sorted(LOSSES)),
    batch_size=st.integers(1, 23),
    seed=st.integers(0, 2**31),
)
def test_200_steps_in_float32_agree_where_the_way_is_smooth(hidden, activation, loss, batch_size, seed):
    """Gradient descent with a small rate, activations without corners: differences of rounding stay small."""
    model = stack((2, *hidden, 1), activation, loss, seed)
    fused, eager = (
        experiment_of(copy.deepcopy(model), loss, "sgd", batch_size=batch_size, seed=seed % 1000) for _ in range(2)
    )
    run(FusedEngine(), fused, 200, epochs=999)
    run(EagerEngine(), eager, 200)
    check_alike(fused, eager, rtol=1e-3, atol=2e-5)


@settings(max_examples=40, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 20), max_size=3),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    batch_size=st.integers(1, 23),
    seed=st.integers(0, 2**31),
)
def test_one_step_from_the_same_state_agrees_tightly(hidden, activation, loss, optimizer, batch_size, seed):
    fused = experiment_of(stack((2, *hidden, 1), activation, loss, seed), loss, optimizer, batch_size=batch_size)
    run(EagerEngine(), fused, 3)
    eager = experiment_of(stack((2, *hidden, 1), activation, loss, seed), loss, optimizer, batch_size=batch_size)
    run(EagerEngine(), eager, 3)
    ours, theirs = run(FusedEngine(), fused, 1), run(EagerEngine(), eager, 1)
    # The centred variance is a difference of two nearly equal numbers, whose rounding it enlarges.
    check_alike(fused, eager, rtol=1e-3 if optimizer == "centered" else 1e-5, atol=1e-6)
    assert ours.losses[0] == pytest.approx(theirs.losses[0], rel=1e-5, abs=1e-6)


@given(n=st.integers(1, 3000), seed=st.integers(0, 2**62))
def test_the_order_of_an_epoch_is_torchs(n, seed):
    order = np.empty(n, np.int64)
    kernel.shuffle(order, np.empty(624, np.uint32), seed)
    assert order.tolist() == torch.randperm(n, generator=torch.Generator().manual_seed(seed)).tolist()


@njit(error_model="numpy")
def lane_by_lane(function, values):
    """A function of lanes for all values, whose number is a multiple of eight."""
    results = np.empty_like(values)
    for index in range(0, len(values), 8):
        lanes.set_lanes_at(results, index, function(lanes.lanes_at(values, index)))
    return results


@pytest.mark.parametrize(
    ("ours", "exact", "low", "high"),
    [
        (elementary.exp_float32, np.exp, -103.0, 0.0),
        (elementary.expm1_float32, np.expm1, -30.0, 0.0),
        (elementary.tanh_float32, np.tanh, -12.0, 12.0),
        (elementary.log_float32, np.log, 1e-45, 4.0),
        (elementary.log1p_float32, np.log1p, -0.999, 1.0),
    ],
    ids=["exp", "expm1", "tanh", "log", "log1p"],
)
def test_elementary_functions_are_right_to_the_last_bits(ours, exact, low, high):
    sizes = np.geomspace(1e-6, max(-low, high), 2000)
    numbers = np.concatenate([np.linspace(low, high, 20_000), sizes, -sizes]).astype(np.float32)
    numbers = np.where((low <= numbers) & (numbers <= high), numbers, np.float32(high))
    expected = exact(numbers.astype(np.float64))
    apart = np.abs(lane_by_lane(ours, numbers) - expected)
    assert (apart <= 3 * np.spacing(np.abs(expected).astype(np.float32))).all()
    assert np.isnan(lane_by_lane(ours, np.full(8, np.nan, np.float32))).all()


@pytest.mark.parametrize("function", [elementary.log, elementary.log1p])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_logarithm_of_nothing_is_less_than_any_loss(function, dtype):
    @njit(error_model="numpy")
    def apply(lanes):
        return function(lanes)

    assert (lane_by_lane(apply, np.full(8, 0.0 if function is elementary.log else -1.0, dtype)) < -100).all()


# --- as an engine


def test_it_is_cut_anywhere_with_the_same_bits():
    whole, cut = make_experiment(optimizer="adam", hidden=(5, 3)), make_experiment(optimizer="adam", hidden=(5, 3))
    first, second = run(FusedEngine(), whole, 117, epochs=99), run(FusedEngine(), cut, 117, cuts=(1, 4, 9))
    for name, value in state_of(whole).items():
        assert torch.equal(value, state_of(cut)[name])
    assert first.losses.tolist() == second.losses.tolist()
    assert whole.position == cut.position


def test_epochs_that_it_passes_are_logged_as_the_loop_would():
    data = {"n_samples": 40, "test_share": 0.3}
    experiment, plain = make_experiment(small_data(**data)), make_experiment(small_data(**data))
    steps = experiment.steps_per_epoch
    log = run(FusedEngine(), experiment, 3 * steps + 2, epochs=99)
    rows = []
    for epoch in range(1, 4):
        run(EagerEngine(), plain, steps)
        with torch.no_grad():
            outputs = plain.eval_model(plain.x_test)
            loss = plain.objective.function(outputs, plain.y_test).item()
            right = ((outputs > 0.5) == (plain.y_test > 0.5)).float().mean().item()
        rows.append([epoch, epoch * steps, plain.position.running_loss, plain.position.running_accuracy, loss, right])
    np.testing.assert_allclose(log.epochs, rows, rtol=1e-5)
    assert (experiment.position.epoch, experiment.position.batches) == (3, 2)


def test_it_returns_at_the_end_of_an_epoch_that_it_may_not_pass():
    experiment, log = make_experiment(), StepLog()
    engine = FusedEngine()
    engine.run(experiment, 10**6, Stop(), log, epochs=2)
    assert (len(log), len(log.epochs), experiment.position.epoch, experiment.position.samples) == (15, 2, 2, 23)


def test_it_stops_when_asked():
    experiment, log, stop = make_experiment(), StepLog(), Stop()
    run(FusedEngine(), experiment, 5)
    stop.flag[0] = 1
    FusedEngine().run(experiment, 10**6, stop, log, epochs=10**6)
    assert len(log) == 1


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_that_is_no_number_stops_at_the_step_where_pytorch_has_one(loss):
    model = stack((2, 4, 1), "relu", loss)
    steps = []
    for engine in (FusedEngine(), EagerEngine()):
        experiment = experiment_of(copy.deepcopy(model), loss, "sgd")
        run(engine, experiment, 7)
        with torch.no_grad():
            experiment.train_model[0].weight[1] = torch.inf
        with pytest.raises(Diverged):
            run(engine, experiment, 500, epochs=99)
        steps.append(experiment.position.step)
    assert steps[0] == steps[1] >= 7


def test_an_infinite_weight_without_decay_goes_on_as_with_pytorch():
    ends = []
    for engine in (FusedEngine(), EagerEngine()):
        experiment = experiment_of(stack((2, 3, 1), "relu", "mse"), "mse", "sgd")
        with torch.no_grad():
            experiment.train_model[0].bias[0] = -torch.inf
        run(engine, experiment, 20, epochs=9)
        ends.append(experiment)
    check_alike(*ends, rtol=1e-4, atol=1e-6)


def test_gradients_taken_away_during_a_call_are_not_freed():
    experiment = make_experiment()
    run(FusedEngine(), experiment, 3)
    rule = coverage.read_optimizer(experiment.optimizer, list(experiment.train_model.parameters()))
    rows = fused._tensors(list(experiment.train_model.parameters()), rule)
    memory, offsets = fused._memory(rows)
    experiment.optimizer.zero_grad()
    assert [row[1] is not None for row in rows] == [True] * 4
    assert memory[offsets[0, 1]] == rows[0][1].flatten()[0].item()


def test_a_graph_that_a_cell_built_before_is_not_followed_back():
    experiment = make_experiment()
    run(FusedEngine(), experiment, 3)
    loss = experiment.model(experiment.x).sum()
    run(FusedEngine(), experiment, 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


# --- what is left to PyTorch


def planted(change):
    """A network of ours with something in it that is not covered."""
    model = stack((2, 3, 1), "tanh", "bce")
    return change(model) or model


SHARED = nn.Linear(2, 2)


def empty(rows, columns):
    """A `Linear` without neurons, made without PyTorch's warning that there is nothing to initialise."""
    linear = nn.Linear(1, 1)
    linear.in_features, linear.out_features = rows, columns
    linear.weight, linear.bias = nn.Parameter(torch.zeros(columns, rows)), nn.Parameter(torch.zeros(columns))
    return linear


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: nn.Sequential(m[:2], nn.Dropout(0.1), m[2:]), "Dropout is not covered"),
        (lambda m: nn.Sequential(m[:2], nn.LayerNorm(3), m[2:]), "LayerNorm is not covered"),
        (lambda _: nn.Sequential(SHARED, nn.Tanh(), SHARED, nn.Linear(2, 1), nn.Sigmoid()), "share parameters"),
        (lambda m: nn.Sequential(nn.Tanh(), *m), "does not begin with a Linear"),
        (lambda m: nn.Sequential(m[:2], nn.ReLU(), m[2:]), "two activations"),
        (lambda m: m[0].register_forward_hook(lambda *_: None) and None, "hooks on Linear"),
        (lambda m: m.register_forward_pre_hook(lambda *_: None) and None, "hooks on Sequential"),
        (lambda m: m[2].register_full_backward_hook(lambda *_: None) and None, "hooks on Linear"),
        (lambda m: m[0].bias.requires_grad_(False) is None or None, "frozen"),
        (lambda m: setattr(m[0], "weight", nn.Parameter(torch.rand(2, 3).T)), "not contiguous"),
        (lambda m: setattr(m[2], "bias", nn.Parameter(m[2].weight.detach()[0, :1])), "share memory"),
        (lambda m: setattr(m[0], "out_features", 400_000), "do not fit"),
        (lambda m: setattr(m[0], "bias", nn.Parameter(torch.zeros(1))), "do not fit"),
        (lambda m: m[0].register_parameter("unused", nn.Parameter(torch.ones(1))), "no weights or biases"),
        (lambda _: nn.Sequential(nn.Linear(2, 1), nn.Tanh(), empty(1, 0), empty(0, 1), nn.Sigmoid()), "is empty"),
        (lambda m: nn.utils.parametrizations.weight_norm(m[2]) and None, "ParametrizedLinear is not covered"),
    ],
)
def test_a_network_that_is_almost_covered_is_left_to_pytorch(change, reason):
    experiment = make_experiment(model=planted(change), loss_fn="bce")
    assert reason in obstacle(experiment)
    with pytest.raises(NotCoveredError, match=reason):
        FusedEngine().run(experiment, 1, Stop(), StepLog())
    assert experiment.position.step == 0


@dataclass
class Unhashable:
    scale: float = 1.0

    def __call__(self, outputs, targets):
        return self.scale * (outputs - targets).abs().mean()


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (nn.BCELoss(reduction="sum"), "options of BCELoss"),
        (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0])), "options of BCEWithLogitsLoss"),
        (nn.HuberLoss(), "HuberLoss is not covered"),
        (lambda outputs, targets: (outputs - targets).abs().mean(), "lambda"),
        (Unhashable(), "Unhashable is not covered"),
    ],
)
def test_a_loss_that_is_not_covered_is_left_to_pytorch(loss, reason):
    experiment = make_experiment(model=planted(lambda _: None), loss_fn=loss)
    assert reason in obstacle(experiment)


@pytest.mark.parametrize("option", [{"label_smoothing": 0.1}, {"ignore_index": 1}, {"weight": torch.ones(3)}])
def test_options_of_cross_entropy_are_left_to_pytorch(option):
    model = stack((2, 4, 3), "tanh", "cross_entropy")
    experiment = make_experiment(small_data("rings"), model=model, loss_fn=nn.CrossEntropyLoss(**option))
    assert obstacle(experiment) == "options of CrossEntropyLoss are not covered"


def scheduled(parameters):
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    torch.optim.lr_scheduler.StepLR(optimizer, 1)
    return optimizer


def watched(parameters):
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    optimizer.register_step_post_hook(lambda *_: None)
    return optimizer


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (torch.optim.NAdam, "NAdam is not covered"),
        (lambda p: torch.optim.SGD(p, lr=0.1, maximize=True), "maximize"),
        (lambda p: torch.optim.SGD([{"params": [q]} for q in p], lr=0.1), "several groups"),
        (lambda p: torch.optim.SGD(list(p)[:2], lr=0.1), "other parameters"),
        (scheduled, "hangs on the optimizer"),
        (watched, "hangs on the optimizer"),
    ],
)
def test_an_optimizer_that_is_not_covered_is_left_to_pytorch(optimizer, reason):
    assert reason in obstacle(make_experiment(optimizer=optimizer))


def test_parameters_replaced_in_a_cell_are_the_ones_that_are_trained():
    experiment = make_experiment()
    run(FusedEngine(), experiment, 4)
    experiment.hand_over()
    experiment.model[0].weight.data = torch.full((2, 2), 0.25)
    for change in experiment.cell_changes():
        change.apply(experiment)
    before = experiment.model[0].weight.clone()
    run(FusedEngine(), experiment, 1)
    assert not torch.equal(experiment.model[0].weight, before)
    assert torch.allclose(experiment.model[0].weight, before, atol=0.1)


# --- penalties on the weights


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("penalty", [(0.03, 0.0), (0.0, 0.05), (0.01, 0.02)], ids=["l1", "l2", "both"])
def test_penalties_are_pytorchs_derivatives_of_them(penalty, optimizer):
    model = stack((2, 5, 9, 1), "tanh", "bce")
    with torch.no_grad():
        model[0].weight[0] = 0.0  # where |w| has a corner, PyTorch goes straight on
    fused, eager, plain = (experiment_of(copy.deepcopy(model), "bce", optimizer) for _ in range(3))
    for experiment in (fused, eager):
        experiment.set_penalty(*penalty)
    loss_fn = plain.objective.function

    def with_penalty(outputs, targets):
        weights = [p for p in plain.train_model.parameters() if p.ndim > 1]
        l1, l2 = sum(w.abs().sum() for w in weights), sum((w**2).sum() for w in weights)
        return loss_fn(outputs, targets) + penalty[0] * l1 + penalty[1] / 2 * l2

    plain.objective = dataclasses.replace(plain.objective, function=with_penalty)
    assert obstacle(fused) is None
    losses = run(FusedEngine(), fused, 12, epochs=9).losses
    np.testing.assert_allclose(losses, run(EagerEngine(), eager, 12).losses, rtol=1e-4)
    run(EagerEngine(), plain, 12)
    check_alike(fused, eager, rtol=2e-4, atol=2e-6)
    check_alike(eager, plain, rtol=2e-4, atol=2e-6)


def test_a_call_for_a_few_steps_does_not_say_how_fast_many_are(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(fused.time, "thread_time", lambda: next(clock) / 1000)  # each call takes a millisecond
    engine, experiment = FusedEngine(), make_experiment()
    rates = []
    for limit in (1, 2000, 1, 9, 5):
        engine.run(experiment, limit, Stop(), StepLog(), epochs=10**6)
        rates += engine._rates.values()
    assert rates == pytest.approx([1e3, 1e6, 1e6, 1e6, 1e6])
