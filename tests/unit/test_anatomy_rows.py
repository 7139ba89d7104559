"""What rows show of the weights, whether a model has moved, and gradients of a loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from nnwidgets.anatomy import rows
from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.gradients import gradients_of
from nnwidgets.anatomy.moved import Moved
from nnwidgets.anatomy.rows import rows_of
from nnwidgets.anatomy.trace import trace


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def rows_by_key(model, x, **others):
    graph = trace(model, Arguments.of(x))
    found = rows_of(model, graph, range(len(graph.nodes)), **others)
    return {graph.nodes[row.node].key: row for row in found}


# -- rows -----------------------------------------------------------------------------------------


def test_root_mean_squares_and_spread_of_the_weights():
    model, x = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.BatchNorm1d(7)), torch.randn(4, 5)
    model(x).square().sum().backward()
    found = rows_by_key(model, x)
    weight = model[0].weight.detach().double().numpy()
    assert found["0"].weights == pytest.approx(math.sqrt((weight**2).mean()), rel=1e-6)
    assert found["0"].gradients == pytest.approx(model[0].weight.grad.square().mean().sqrt().item(), rel=1e-5)
    assert (found["0"].low, found["0"].high) == (weight.min(), weight.max())
    assert list(found["0"].counts) == np.histogram(weight, 24)[0].tolist()
    both = torch.cat([model[2].weight, model[2].bias]).detach()
    assert found["2"].weights == pytest.approx(both.square().mean().sqrt().item())
    assert (found["2"].low, found["2"].high, sum(found["2"].counts)) == (0, 1, 14)
    assert "1" not in found


def test_without_gradients_there_are_none():
    model, x = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), torch.randn(1, 2)
    model[1](x).sum().backward()
    found = rows_by_key(model, x)
    assert found["0"].gradients is None
    assert found["1"].gradients > 0
    given = rows_by_key(model, x, gradients={"0.weight": torch.full((2, 2), 3.0)})
    assert (given["0"].gradients, given["1"].gradients) == (3, None)


def test_the_update_is_the_change_over_the_weights():
    model, x = nn.Sequential(nn.LSTM(2, 3)), torch.randn(4, 1, 2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.5)
    before = {"0.weight_ih_l0": 0.01, "0.weight_hh_l0": 0.02, "0.bias_ih_l0": 9.0}
    row = rows_by_key(model, x, before=before)["0"]
    counts = np.array([24, 36])
    expected = math.sqrt((counts * [0.01**2, 0.02**2]).sum() / counts.sum()) / 0.5
    assert row.update == pytest.approx(expected)
    assert rows_by_key(model, x)["0"].update is None
    assert rows_by_key(model, x, before={"other": 1.0})["0"].update is None


def test_all_zero_weights_have_no_update():
    model = nn.Sequential(nn.Linear(2, 2))
    nn.init.zeros_(model[0].weight)
    row = rows_by_key(model, torch.zeros(1, 2), before={"0.weight": 0.1})["0"]
    assert (row.weights, row.update, row.low, row.high, sum(row.counts)) == (0, None, 0, 0, 4)


def test_of_many_numbers_a_sample_is_counted(monkeypatch):
    monkeypatch.setattr(rows, "SAMPLED", 100)
    model = nn.Sequential(nn.Linear(60, 50))
    with torch.no_grad():
        model[0].weight.copy_(torch.linspace(-1, 1, 3000).reshape(50, 60))
        model[0].weight[0, 1] = -4
    row = rows_by_key(model, torch.zeros(1, 60))["0"]
    assert (row.low, row.high) == (-4, 1)
    assert 50 <= sum(row.counts) <= 100
    assert not any(row.counts[:14])
    assert row.weights == pytest.approx(model[0].weight.square().mean().sqrt().item(), rel=1e-5)


def test_a_sample_falls_into_no_step_with_the_axes(monkeypatch):
    monkeypatch.setattr(rows, "SAMPLED", 1000)
    kernels = torch.zeros(100, 10, 3, 3)
    kernels[..., 1, 1] = 1
    sample = rows._sampled(kernels)
    assert len(sample) > 400
    assert sample.mean().item() == pytest.approx(1 / 9, abs=0.01)


def test_what_is_not_finite_has_no_size_but_a_spread():
    model = nn.Sequential(nn.Linear(2, 2))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[math.nan, 1], [math.inf, 3]]))
    row = rows_by_key(model, torch.zeros(1, 2))["0"]
    assert (row.weights, row.low, row.high, sum(row.counts)) == (None, 1, 3, 2)


def test_shared_and_half_precision_weights():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)).bfloat16()
    model[1].weight = model[0].weight
    found = rows_by_key(model, torch.zeros(1, 3, dtype=torch.bfloat16), gradients={"0.weight": torch.ones(3, 3)})
    assert found["1"].gradients == 1
    assert (
        found["1"].weights == found["0"].weights == pytest.approx(model[0].weight.float().square().mean().sqrt().item())
    )


# -- whether it has moved ---------------------------------------------------------------------------


def step(model):
    optimiser = torch.optim.Adam(model.parameters())
    model(torch.randn(4, 3, 5, 5)).square().sum().backward()
    optimiser.step()


def made():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(36, 2))


def change_data(model):
    model[0].bias.data.add_(1)


def change_with_numpy(model):
    model[3].bias.detach().numpy()[1] = 7


def replace_a_layer(model):
    model[3] = nn.Linear(36, 2)


def change_a_buffer(model):
    model[1].running_mean += 1


def freeze(model):
    model[0].weight.requires_grad_(requires_grad=False)


def load(model):
    model.load_state_dict(made().state_dict())


def backward(model):
    model(torch.randn(4, 3, 5, 5)).sum().backward()


def zero_gradients(model):
    model.zero_grad()


def scale_gradients(model):
    model[0].weight.grad.mul_(2)


CHANGES = [step, change_data, change_with_numpy, replace_a_layer, change_a_buffer, freeze, load, backward]


@pytest.mark.parametrize("change", [*CHANGES, zero_gradients, scale_gradients], ids=lambda change: change.__name__)
def test_what_changes_a_model_is_seen_once(change):
    model = made()
    backward(model)
    moved = Moved(model)
    assert not moved.look()
    change(model)
    assert moved.look()
    assert not moved.look()


def test_what_only_looks_moves_nothing():
    model = made().eval()
    moved = Moved(model)
    with torch.no_grad():
        model(torch.randn(2, 3, 5, 5))
    copy = {name: value.clone() for name, value in model.state_dict().items()}
    model.train(mode=False)
    assert copy
    assert not moved.look()


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.LazyLinear(3), nn.Linear(2, 2, device="meta")),
        nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last),
        nn.Linear(3, 3).bfloat16(),
        nn.ReLU(),
    ],
    ids=["without memory", "channels last", "half", "no tensors"],
)
def test_unusual_models(model):
    moved = Moved(model)
    assert not moved.look()
    weight = getattr(model, "weight", None)
    if weight is not None:
        weight.data.reshape(-1)[0:1].add_(1) if weight.is_contiguous() else weight.data.add_(1)
        assert moved.look()


def test_nan_is_not_a_change():
    model = nn.Linear(2, 2)
    nn.init.constant_(model.weight, math.nan)
    moved = Moved(model)
    assert not moved.look()


# -- gradients of a loss ----------------------------------------------------------------------------


class Counting(nn.Module):
    """With running statistics, dropout, a layer that is frozen and one that is not used."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.drop = nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)
        self.last, self.spare, self.frozen = nn.Linear(4, 2), nn.Linear(1, 1), nn.Linear(2, 2)
        self.frozen.requires_grad_(requires_grad=False)

    def forward(self, x):
        return self.frozen(self.last(self.drop(self.norm(self.first(x)))))


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_gradients_are_those_of_a_backward_pass(training):
    model, x, y = Counting(), torch.randn(6, 3), torch.randint(0, 2, (6,))
    state = torch.get_rng_state()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    found = gradients_of(model, Arguments.of(x), "cross_entropy", y, training=training)
    assert torch.equal(state, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, kept[name]) for name, value in model.state_dict().items())
    assert model.training
    model.train(training)
    functional.cross_entropy(model(x), y).backward()
    expected = {name: each.grad for name, each in model.named_parameters() if each.grad is not None}
    assert found.keys() == expected.keys()
    assert "spare.weight" not in found
    assert "frozen.weight" not in found
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name])


def test_not_even_meanwhile_do_running_statistics_change():
    model, x = Counting(), torch.randn(6, 3)
    kept = model.norm.running_mean.clone()

    def loss(output):
        assert torch.equal(model.norm.running_mean, kept)
        return output.sum()

    assert gradients_of(model, Arguments.of(x), loss, training=True)


def test_a_loss_of_ones_own_and_a_target_that_is_an_array():
    model, x = nn.Linear(2, 1), torch.randn(3, 2)
    found = gradients_of(model, Arguments.of(x), lambda output: output.mean())
    torch.testing.assert_close(found["weight"], x.mean(dim=0, keepdim=True))
    found = gradients_of(model, Arguments.of(x), "mse", np.zeros((3, 1), np.float32))
    expected = torch.autograd.grad(model(x).square().mean(), model.weight)[0]
    torch.testing.assert_close(found["weight"], expected)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda output: output, "one number"),
        (lambda output: 3.0, "one number"),
        (lambda output: torch.zeros(()), "no parameter"),
    ],
    ids=["a table", "no tensor", "a constant"],
)
def test_a_loss_that_is_none(loss, message):
    with pytest.raises(ValueError, match=message):
        gradients_of(nn.Linear(2, 2), Arguments.of(torch.zeros(1, 2)), loss)


def test_a_forward_that_raises_leaves_nothing():
    model = Counting()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(RuntimeError):
        gradients_of(model, Arguments.of(torch.randn(6, 5)), lambda output: output.sum(), training=True)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert model.training


def test_lazy_and_shared_parameters():
    found = gradients_of(nn.Sequential(nn.LazyLinear(2)), Arguments.of(torch.ones(1, 3)), lambda output: output.sum())
    assert found["0.weight"].shape == (2, 3)
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    model[1].weight = model[0].weight
    found = gradients_of(model, Arguments.of(torch.ones(1, 2)), lambda output: output.sum())
    assert list(found) == ["0.weight"]
