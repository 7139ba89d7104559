"""What a picture shows: the model's own values, cell by cell, top row first."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.networks import dense_activations, read_network
from nnwidgets.training import probes
from nnwidgets.training.probes import Evaluation, View, evaluate, quantised, take_snapshot
from tests.unit.plain import make_experiment, small_data

VIEW = View((-2.0, 1.0), (-1.0, 3.0), map_size=20, tile_size=8)


def snapshot(experiment, view=VIEW, shown=None):
    graph = read_network(experiment.model, experiment.x[:1])
    return take_snapshot(experiment, graph, view, shown or (len(experiment.x), len(experiment.x_test)))


def plane(size, view=VIEW):
    """Cell centres, row by row from the top."""
    (x0, x1), (y0, y1) = view.x_range, view.y_range
    cells = [
        [x0 + (column + 0.5) * (x1 - x0) / size, y1 - (row + 0.5) * (y1 - y0) / size]
        for row in range(size)
        for column in range(size)
    ]
    return torch.tensor(cells)


def values(quantised_map, scale):
    return (quantised_map.astype(float) - 128) / 127 * scale


@pytest.fixture
def experiment():
    made = make_experiment(small_data(n_samples=40, test_share=0.25), hidden=(3, 2), activation="tanh")
    with torch.no_grad():
        for parameter in made.model.parameters():
            parameter.mul_(3)
    return made


def test_the_map_is_the_models_output_over_the_plane(experiment):
    picture = snapshot(experiment)
    expected = 2 * experiment.model(plane(20)) - 1
    assert picture.map.shape == (20, 20)
    assert picture.map.dtype == np.uint8
    assert np.abs(values(picture.map, 1.0) - expected.detach().numpy().reshape(20, 20)).max() <= 0.51 / 127
    assert np.ptp(picture.map) > 50


def test_tiles_are_the_hidden_neurons_in_order(experiment):
    picture = snapshot(experiment)
    first, second, _ = dense_activations(experiment.model, plane(8))
    expected = torch.cat([first, second], dim=1).detach().numpy().T.reshape(5, 8, 8)
    assert picture.tiles.shape == (5, 8, 8)
    assert picture.tile_scales.tolist() == [1.0] * 5  # the bound of tanh
    assert np.abs(values(picture.tiles, 1.0) - expected).max() <= 0.51 / 127


def test_neurons_without_a_bound_have_scales_of_their_own():
    experiment = make_experiment(hidden=(3,), activation="relu")
    with torch.no_grad():
        experiment.model[0].weight[0] = 0.0
        experiment.model[0].bias[0] = -1.0
    picture = snapshot(experiment)
    hidden = dense_activations(experiment.model, plane(8))[0].detach().numpy()
    assert picture.tile_scales[0] == 1.0  # nothing to see
    assert picture.tile_scales[1:].tolist() == pytest.approx(hidden.max(axis=0)[1:].tolist())
    for unit in range(3):
        shown = values(picture.tiles[unit], picture.tile_scales[unit])
        assert np.abs(shown.ravel() - hidden[:, unit]).max() <= 0.51 / 127 * picture.tile_scales[unit]


@pytest.mark.parametrize(("focus", "unit"), [((0, 1), 1), ((1, 1), 4)])
def test_the_neuron_in_focus_is_shown_as_finely_as_the_map(experiment, focus, unit):
    picture = snapshot(experiment, View(VIEW.x_range, VIEW.y_range, 20, 8, focus))
    expected = dense_activations(experiment.model, plane(20))[focus[0]][:, focus[1]].detach().numpy()
    assert picture.focus == focus
    assert picture.focus_scale == picture.tile_scales[unit]
    assert np.abs(values(picture.focus_map.ravel(), picture.focus_scale) - expected).max() <= 0.51 / 127


@pytest.mark.parametrize("focus", [(2, 0), (0, 3), (9, 9), None])
def test_a_neuron_that_is_not_there_is_not_in_focus(experiment, focus):
    picture = snapshot(experiment, View(VIEW.x_range, VIEW.y_range, 20, 8, focus))
    assert picture.focus is None
    assert picture.focus_map is None


def test_parameters_are_those_of_the_model_in_its_order(experiment):
    flat = torch.cat([parameter.detach().flatten() for parameter in experiment.model.parameters()])
    assert snapshot(experiment).parameters.tobytes() == flat.numpy().tobytes()


@pytest.mark.parametrize("shown", [(30, 10), (7, 3), (0, 0)])
def test_wrong_samples_have_their_bit_set(experiment, shown):
    picture = snapshot(experiment, shown=shown)
    x = torch.cat([experiment.x[: shown[0]], experiment.x_test[: shown[1]]])
    y = torch.cat([experiment.y[: shown[0]], experiment.y_test[: shown[1]]])
    wrong = ((experiment.model(x) > 0.5) != (y > 0.5)).flatten().tolist()
    assert len(picture.wrong) == -(-sum(shown) // 8)
    assert [bool(picture.wrong[i >> 3] >> i % 8 & 1) for i in range(sum(shown))] == wrong
    assert sum(shown) == 0 or any(wrong)


def test_numbers_are_those_of_the_whole_training_set(experiment):
    loss = nn.BCELoss()(experiment.model(experiment.x), experiment.y).item()
    right = ((experiment.model(experiment.x) > 0.5) == (experiment.y > 0.5)).float().mean().item()
    assert snapshot(experiment).train == evaluate(experiment, experiment.x, experiment.y) == Evaluation(loss, right)


def test_nothing_is_said_of_no_samples_or_too_many(experiment, monkeypatch):
    assert evaluate(experiment, experiment.x[:0], experiment.y[:0]) == Evaluation(None, None)
    monkeypatch.setattr(probes, "EVALUATED_SAMPLES", 20)
    assert evaluate(experiment, experiment.x, experiment.y) == Evaluation(None, None)
    picture = snapshot(experiment, shown=(12, 10))
    assert picture.train == Evaluation(None, None)
    assert len(picture.wrong) == 3


def test_looking_does_not_touch_the_live_model(experiment):
    experiment.model.train()
    before = [parameter.grad for parameter in experiment.model.parameters()]
    snapshot(experiment)
    assert experiment.model.training
    assert [parameter.grad for parameter in experiment.model.parameters()] == before


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.layer(x) + torch.randn(len(x), 1))


def test_looking_takes_no_random_numbers_from_the_training(make):
    trainer = make(model=Noisy(), loss_fn="bce")
    before = torch.get_rng_state()
    snapshot(trainer._loop.experiment)
    trainer.confusion_matrix()
    trainer.gradients()
    trainer.figure()
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_is_not_shown():
    experiment = make_experiment(hidden=(8,), dropout=0.5)
    assert snapshot(experiment).map.tobytes() == snapshot(experiment).map.tobytes()
    experiment.model.eval()
    expected = 2 * experiment.model(plane(20)) - 1
    shown = values(snapshot(experiment).map, 1.0)
    assert np.abs(shown - expected.detach().numpy().reshape(20, 20)).max() <= 0.51 / 127


def test_logits_are_shown_as_probabilities():
    experiment = make_experiment(model=nn.Linear(2, 1), loss_fn="bce_with_logits")
    expected = 2 * torch.sigmoid(experiment.model(plane(20))) - 1
    shown = values(snapshot(experiment).map, 1.0)
    assert np.abs(shown - expected.detach().numpy().reshape(20, 20)).max() <= 0.51 / 127


def test_a_module_of_any_kind_has_a_map_but_no_tiles():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, x):
            return torch.sigmoid(self.layer(x)) ** 2

    picture = snapshot(make_experiment(model=Odd(), loss_fn="bce"))
    assert picture.tiles.shape == (0, 8, 8)
    assert picture.tile_scales.shape == (0,)
    assert picture.map.shape == (20, 20)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_parameters_of_any_precision_are_shown_as_float32(dtype):
    class Stored(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([[0.5], [-2.0]], dtype=dtype))

        def forward(self, x):
            return x @ self.weight.float()

    picture = snapshot(make_experiment(model=Stored(), loss_fn="bce_with_logits"))
    assert picture.parameters.dtype == np.float32
    assert picture.parameters.tolist() == [0.5, -2.0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e38])
@pytest.mark.parametrize("loss_fn", ["bce", "bce_with_logits"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_weights_beyond_all_bounds_give_a_picture_all_the_same(bad, loss_fn, activation):
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh() if activation == "tanh" else nn.ReLU(), nn.Linear(3, 1))
    if loss_fn == "bce":
        model.append(nn.Sigmoid())
    experiment = make_experiment(model=model, loss_fn=loss_fn)
    experiment.edit({"0.weight": torch.full((3, 2), bad), "2.weight": torch.full((1, 3), bad)})
    picture = snapshot(experiment)
    assert picture.map.shape == (20, 20)
    assert np.isfinite(picture.tile_scales).all()
    assert picture.train.loss is None or np.isfinite(picture.train.loss)
    assert 0.0 <= picture.train.accuracy <= 1.0


def test_quantising_keeps_sign_zero_and_bounds():
    given = np.array([-5.0, -1.0, -1e-9, 0.0, 0.5, 1.0, 7.0, np.nan, np.inf], np.float32)
    assert quantised(given, 1.0).tolist() == [1, 1, 128, 128, 192, 255, 255, 128, 255]
    assert quantised(given * 4, 4.0).tolist() == quantised(given, 1.0).tolist()
