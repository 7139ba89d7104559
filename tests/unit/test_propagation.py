"""What goes through networks, against hooks on modules that plain PyTorch built; six networks trained side by side."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.concepts.initialization import SCHEMES
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.training import commands as c
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.propagation import BINS, measure
from nnwidgets.training.schemes import MAP_SIZE, SchemeRuns, SupersededError
from tests.unit.plain import PATIENCE

SETTINGS = {
    "activation": "tanh",
    "n_layers": 3,
    "width": 7,
    "distribution": "normal",
    "constant": 0.3,
    "small": 0.02,
    "large": 2.0,
    "dataset": "moons",
    "n_samples": 40,
    "seed": 3,
    "learning_rate": 0.1,
    "optimizer": "sgd",
    "batch_size": 8,
}
CALLS = {
    "zeros": nn.init.zeros_,
    "constant": lambda w: nn.init.constant_(w, 0.3),
    "small": lambda w: nn.init.normal_(w, std=0.02),
    "large": lambda w: nn.init.normal_(w, std=2.0),
    "xavier": nn.init.xavier_normal_,
    "he": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
}
UNIFORM = {"xavier": nn.init.xavier_uniform_, "he": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu")}
NAMES = list(SCHEMES)


def plain(activation, call, seed=3, n_layers=3, width=7):
    """As a reader would write it, with PyTorch's global generator."""
    torch.manual_seed(seed)
    sizes = [2, *[width] * n_layers, 1]
    linears = [nn.Linear(n_in, n_out) for n_in, n_out in itertools.pairwise(sizes)]
    for layer in linears:
        call(layer.weight)
        nn.init.zeros_(layer.bias)
    kind = ACTIVATIONS[activation]
    modules = [each for layer in linears for each in (layer, getattr(nn, kind.torch_name)(**kind.torch_kwargs))]
    return nn.Sequential(*modules[:-1])


def watched(model, x, y):
    """By hooks, and `backward` to leaves: z, a, dL/da, dL/dW and slopes of each layer, as NumPy arrays."""
    seen = []

    def keep(module, _, out):
        out.retain_grad()
        seen.append((module, out))

    handles = [module.register_forward_hook(keep) for module in model]
    loss = nn.BCEWithLogitsLoss()(model(x), y)
    loss.backward()
    for handle in handles:
        handle.remove()
    sums = [(m, out) for m, out in seen if isinstance(m, nn.Linear)]
    outs = [(m, out) for m, out in seen if not isinstance(m, nn.Linear)] + [sums[-1]]
    slopes = []
    for module, out in outs[:-1]:
        z = sums[len(slopes)][1].detach().clone().requires_grad_()
        slopes.append(torch.autograd.grad(module(z).sum(), z)[0].numpy())
        assert out.shape == z.shape
    columns = (
        [out for _, out in sums],
        [out for _, out in outs],
        [out.grad for _, out in outs],
        [m.weight.grad for m, _ in sums],
    )
    return [[each.detach().numpy() for each in column] for column in columns], slopes, loss.item()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("scheme", NAMES)
def test_every_number_is_that_of_hooks_on_a_module_of_pytorchs(scheme, activation):
    runs = SchemeRuns(SETTINGS | {"activation": activation})
    model = plain(activation, CALLS[scheme])
    ours = runs.model(NAMES.index(scheme))
    for mine, other in zip(ours.parameters(), model.parameters(), strict=True):
        assert torch.equal(mine, other)
    kinds, slopes, loss = watched(model, runs.x, runs.y)
    signals = measure(ours, runs.x, runs.y)
    assert signals.loss == pytest.approx(loss, rel=1e-6)
    right = (kinds[0][-1] > 0) == (runs.y.numpy() == 1)
    assert signals.accuracy == pytest.approx(right.mean())
    for layer, slope in enumerate(slopes):
        assert signals.saturated[layer] == pytest.approx((np.abs(slope) < 0.05).mean())
    assert signals.saturated[-1] == 0
    for kind, column in enumerate(kinds):
        for layer, values in enumerate(column):
            check_numbers(signals, kind, layer, values.astype(np.float64).ravel())
    for layer, linear in enumerate(m for m in model if isinstance(m, nn.Linear)):
        assert signals.stds[layer] == pytest.approx(linear.weight.detach().double().numpy().std(), abs=1e-12)


def check_numbers(signals, kind, layer, values):
    scale = np.abs(values).max() + 1e-300
    assert signals.variances[kind, layer] == pytest.approx(values.var(), rel=1e-4, abs=1e-11 * scale**2)
    assert signals.means[kind, layer] == pytest.approx(values.mean(), abs=1e-5 * scale)
    assert signals.zeros[kind, layer] == (values == 0).mean()
    assert signals.broken[kind, layer] == 0
    bound = min(np.abs(values).max(), 4 * np.sqrt((values**2).mean()))
    assert signals.bounds[kind, layer] == pytest.approx(bound, rel=1e-5)
    counts = signals.counts[kind, layer]
    assert counts.sum() == values.size
    if not bound:
        assert counts[BINS // 2] == values.size
        return
    expected, edges = np.histogram(np.clip(values, -bound, bound), BINS, (-bound, bound))
    near = np.abs(np.clip(values, -bound, bound)[:, None] - edges).min(axis=1) < 1e-4 * bound
    assert np.abs(counts - expected.astype(int)).sum() <= 2 * near.sum()


@pytest.mark.parametrize("scheme", ["xavier", "he"])
def test_uniform_weights_are_pytorchs_for_the_seed(scheme):
    runs = SchemeRuns(SETTINGS | {"distribution": "uniform", "seed": 11})
    model = plain("tanh", UNIFORM[scheme], seed=11)
    for mine, other in zip(runs.model(NAMES.index(scheme)).parameters(), model.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_gradients_are_those_of_float64_differences():
    """An independent way: no autograd at all."""
    runs = SchemeRuns(SETTINGS)
    model = runs.model(NAMES.index("he")).double()
    x, y = runs.x.double(), runs.y.double()
    weight = model[2].weight
    gradient = np.empty(weight.shape)
    with torch.no_grad():
        for at in np.ndindex(*weight.shape):
            losses = []
            for step in (1e-5, -2e-5):
                weight[at] += step
                losses.append(nn.functional.binary_cross_entropy_with_logits(model(x), y).item())
            weight[at] += 1e-5
            gradient[at] = (losses[0] - losses[1]) / 2e-5
    assert measure(model, x, y).variances[3, 1] == pytest.approx(gradient.var(), rel=1e-5)


def test_what_is_not_finite_is_told_from_what_is_zero():
    runs = SchemeRuns(SETTINGS | {"activation": "relu", "n_layers": 50, "width": 64, "n_samples": 20})
    large = measure(runs.model(NAMES.index("large")), runs.x, runs.y)
    assert large.broken[1, -1] > 0
    assert np.isinf(large.variances[1, -1])
    assert not np.isnan(large.variances).any()
    assert np.isnan(large.loss)
    assert large.counts[1, 0].sum() == 20 * 64
    assert large.counts[1, -1].sum() == round((1 - large.broken[1, -1]) * 20)
    small = measure(runs.model(NAMES.index("small")), runs.x, runs.y)
    assert small.zeros[1, -2] == 1
    assert (small.variances[1, -2], small.bounds[1, -2], small.broken[1].sum()) == (0, 0, 0)


def test_neurons_of_constant_weights_are_alike_and_zeros_pass_nothing():
    runs = SchemeRuns(SETTINGS)
    found = runs.measure()
    zeros = found.signals["zeros"]
    assert (zeros.zeros[0] == 1).all()
    assert (zeros.zeros[2, :-1] == 1).all()  # no gradient reaches a hidden neuron
    assert (zeros.zeros[3] == 1).all()
    constant = runs.model(NAMES.index("constant"))
    hidden = constant[:4](runs.x)
    assert torch.allclose(hidden, hidden[:, :1].expand_as(hidden), rtol=1e-5)
    assert found.signals["constant"].stds.max() < 1e-8
    # Theory of weights that are all the same is exact.
    for row in (0, 1):
        measured, predicted = found.variances[row, :3], found.predicted[row, :3]
        np.testing.assert_allclose(measured, predicted, rtol=1e-3, atol=1e-12)


def test_a_measurement_that_nobody_wants_ends():
    asked = []
    with pytest.raises(SupersededError):
        SchemeRuns(SETTINGS).measure(lambda: asked.append(1) or len(asked) < 3)
    assert len(asked) == 3


# -- training ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_each_network_trains_as_a_loop_alone_would(optimizer):
    runs = SchemeRuns(SETTINGS | {"optimizer": optimizer, "learning_rate": 0.02})
    runs.measure()
    for _ in range(4):
        runs.train(1)
    losses, accuracies = runs.curves
    assert losses.shape == accuracies.shape == (6, 5)
    for index, settings in enumerate(runs._runs()):
        loop = TrainingLoop(Experiment(settings), engine="eager")
        loop.call(c.Train(epochs=4))
        loop.wait(PATIENCE)
        np.testing.assert_allclose(losses[index, 1:], loop.history.epochs[:, 2], rtol=2e-3, atol=1e-4)
        np.testing.assert_allclose(accuracies[index, 1:], loop.history.epochs[:, 3], atol=0.03)
        for mine, other in zip(runs.model(index).parameters(), loop.experiment.model.parameters(), strict=True):
            torch.testing.assert_close(mine, other, rtol=5e-3, atol=2e-4)
        loop.close()


def test_signals_of_trained_weights_are_those_of_the_trained_modules():
    runs = SchemeRuns(SETTINGS)
    start = runs.measure()
    runs.train(3)
    now = runs.measure()
    assert (start.epoch, now.epoch, runs.epoch) == (0, 3, 3)
    assert np.isnan(now.predicted).all()
    for index, name in enumerate(NAMES):
        again = measure(runs.model(index), runs.x, runs.y)
        np.testing.assert_array_equal(now.variances[index], again.variances)
        assert now.signals[name].loss == again.loss
    np.testing.assert_array_equal(runs.measure(initial=True).variances, start.variances)
    assert not np.array_equal(now.variances[5], start.variances[5])
    runs.restart({"learning_rate": 0.5})
    assert runs.epoch == 0
    np.testing.assert_array_equal(runs.measure().variances, start.variances)
    runs.train(1)
    assert runs._ensemble.settings[0].learning_rate == 0.5


def test_maps_are_probabilities_with_the_top_row_first():
    runs = SchemeRuns(SETTINGS)
    runs.measure()
    maps = runs.maps()
    assert maps.shape == (6, MAP_SIZE, MAP_SIZE)
    assert (maps[0] == 128).all()  # 0.5
    (x_low, x_high), (y_low, y_high) = runs.ranges
    x1 = x_low + (x_high - x_low) * (5 + 0.5) / MAP_SIZE
    x2 = y_high - (y_high - y_low) * (2 + 0.5) / MAP_SIZE
    data = runs.data.x_train.astype(np.float64)
    place = torch.tensor((np.array([x1, x2]) - data.mean(axis=0)) / data.std(axis=0), dtype=torch.float32)
    p = torch.sigmoid(runs.model(5)(place[None])).item()
    assert abs(int(maps[5, 2, 5]) - 255 * p) < 0.51


def test_a_run_that_diverges_is_said_to_and_the_others_go_on():
    wild = {"activation": "relu", "n_layers": 6, "width": 16, "large": 50.0, "learning_rate": 1.0}
    runs = SchemeRuns(SETTINGS | wild)
    for _ in range(3):
        runs.train(1)
    assert runs.diverged[NAMES.index("large")]
    assert not runs.diverged[NAMES.index("zeros")]
    losses = runs.curves[0]
    assert np.isnan(losses[NAMES.index("large"), -1])
    assert np.isfinite(losses[NAMES.index("zeros")]).all()
