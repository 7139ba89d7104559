"""Hidden space: coordinates are the layer's own activations, and separating lines are where the next layer's are 0."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.networks import read_network
from nnwidgets.training.hidden_space import LINES, MOST_TEST, MOST_TRAIN, STOPS, hidden_space
from nnwidgets.training.insight import Sight, look_inside
from tests.unit.plain import make_experiment, small_data

PLANE = ((0, 1), (-2.0, 1.0), (-1.0, 3.0))


def space(experiment, layer, plane=PLANE, shown=None):
    graph = read_network(experiment.model, experiment.x[:1])
    return hidden_space(experiment, graph, layer, plane, shown or (len(experiment.x), len(experiment.x_test)))


def experiment_of(*hidden, **settings):
    made = make_experiment(small_data(n_samples=60, test_share=0.25), hidden=hidden, **settings)
    with torch.no_grad():
        for parameter in made.model.parameters():
            parameter.mul_(2).add_(0.1)
    return made


def layer_output(experiment, layer, x):
    """In plain PyTorch: each hidden layer is a Linear and an activation."""
    with torch.no_grad():
        return experiment.model[: 2 * layer + 2](x).numpy()


@pytest.mark.parametrize("units", [1, 2, 3])
def test_few_neurons_are_the_coordinates_themselves(units):
    experiment = experiment_of(4, units)
    found = space(experiment, 1)
    assert np.abs(found.train - layer_output(experiment, 1, experiment.x)).max() < 1e-6
    assert np.abs(found.test - layer_output(experiment, 1, experiment.x_test)).max() < 1e-6
    assert found.shares.shape == (0,)
    output = experiment.model[4]
    assert np.array_equal(found.planes, torch.cat([output.weight, output.bias[:, None]], dim=1).detach().numpy())


def test_the_grid_is_the_plane_line_by_line():
    experiment = experiment_of(2)
    grid = space(experiment, 0).grid
    assert grid.shape == (2 * LINES, STOPS, 2)
    (left, right), (bottom, top) = PLANE[1:]

    def at(x, y):
        return layer_output(experiment, 0, torch.tensor([[x, y]]))[0]

    corners = {(0, 0): (left, bottom), (0, -1): (left, top), (LINES - 1, 0): (right, bottom)}
    corners |= {(LINES, 0): (left, top), (LINES, -1): (right, top), (-1, 0): (left, bottom)}
    for (line, stop), (x, y) in corners.items():
        assert grid[line, stop] == pytest.approx(at(x, y), abs=1e-6)
    middle = grid[LINES // 2, STOPS // 2]
    assert middle == pytest.approx(at((left + right) / 2, (bottom + top) / 2), abs=1e-6)
    assert middle == pytest.approx(grid[LINES + LINES // 2, STOPS // 2], abs=1e-6)


def test_of_more_neurons_the_principal_components_are_shown_and_separated_exactly_within_them():
    experiment = experiment_of(6, 5)
    found = space(experiment, 0)
    values = layer_output(experiment, 0, experiment.x).astype(float)
    centred = values - values.mean(axis=0)
    variances = np.linalg.svd(centred, compute_uv=False) ** 2
    assert found.train.shape == (len(values), 3)
    assert np.abs(found.train.mean(axis=0)).max() < 1e-6
    assert (found.train**2).sum(axis=0) == pytest.approx(variances[:3], rel=1e-4)
    assert found.shares == pytest.approx(variances[:3] / variances.sum(), rel=1e-4)
    # The weighted sum at the foot of each sample in the space of the components.
    _, _, components = np.linalg.svd(centred)
    foot = values.mean(axis=0) + centred @ components[:3].T @ components[:3]
    following = experiment.model[2]
    with torch.no_grad():
        sums = following(torch.tensor(foot, dtype=torch.float32)).numpy()
    ours = found.train @ found.planes[:, :-1].T + found.planes[:, -1]
    assert np.abs(ours - sums).max() < 1e-4
    assert found.planes.shape == (5, 4)


def test_an_output_that_predicts_a_value_separates_in_the_middle_of_the_range():
    experiment = make_experiment(small_data("plane", n_samples=40), hidden=(2,))
    low, high = experiment.settings.dataset.value_range
    found = space(experiment, 0)
    with torch.no_grad():
        predicted = experiment.model(experiment.x).numpy()
    ours = found.train @ found.planes[:, :-1].T + found.planes[:, -1]
    assert np.abs(ours + (low + high) / 2 - predicted).max() < 1e-5


def test_there_is_a_space_for_each_hidden_layer_and_for_no_other():
    experiment = experiment_of(2, 3)
    assert [space(experiment, layer) is not None for layer in (-1, 0, 1, 2, 3)] == [False, True, True, False, False]
    own = make_experiment(
        small_data(), model=nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Linear(4, 1), nn.Sigmoid())
    )
    assert space(own, 0) is None


def test_many_samples_are_represented_by_the_first():
    experiment = make_experiment(small_data(n_samples=3000, test_share=0.5), hidden=(2,))
    found = space(experiment, 0)
    assert (len(found.train), len(found.test)) == (MOST_TRAIN, MOST_TEST)
    assert np.abs(found.train - layer_output(experiment, 0, experiment.x[:MOST_TRAIN])).max() < 1e-6


def test_weights_that_are_no_numbers_make_no_error():
    experiment = experiment_of(5)
    with torch.no_grad():
        experiment.model[0].weight[0, 0] = float("nan")
    found = space(experiment, 0)
    assert np.isnan(found.train).any()
    assert np.isfinite(found.shares).all()


def test_the_grid_follows_the_plane_that_is_shown():
    experiment = experiment_of(2)
    here = space(experiment, 0).grid
    there = space(experiment, 0, ((0, 1), (-1.0, 1.0), (-1.0, 1.0))).grid
    assert np.abs(here - there).max() > 0.1
    assert np.array_equal(space(experiment, 0).grid, here)


def test_a_frame_has_it_as_shares_of_one_scale():
    experiment = experiment_of(4, activation="relu")
    with torch.no_grad():
        experiment.model[2].weight[0, 0] = 40.0
    exact = space(experiment, 0)
    graph = read_network(experiment.model, experiment.x[:1])
    sight = Sight(experiment, graph, (len(experiment.x), len(experiment.x_test)), 10_000, PLANE)
    parts = look_inside(sight, frozenset({"space0", "space1"}))
    assert {name.split("_")[0] for name in parts} == {"space0"}
    (scale,) = parts["space0_scale"]
    for name in ("test", "grid"):
        array, expected = parts[f"space0_{name}"], getattr(exact, name)
        assert (array.dtype, array.shape) == (np.int16, expected.shape)
        assert np.abs(array / 32767 * scale - expected).max() <= 0.51 * scale / 32767
    assert np.array_equal(parts["space0_planes"], exact.planes)
    with torch.no_grad():
        experiment.model[0].bias[0] = float("inf")
    assert (look_inside(sight, frozenset({"space0"}))["space0_train"] == -32768).any()
