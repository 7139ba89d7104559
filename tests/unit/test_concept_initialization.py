"""Theory of initial weights: integrals, closed forms, wide random networks, and weights that are all the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.concepts.initialization import (
    SCHEMES,
    Layer,
    gaussian_mean,
    judge,
    layer_sizes,
    predict,
    predict_alike,
)
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.networks import build_mlp
from nnwidgets.training.propagation import measure

SETTINGS = {"small": 0.05, "large": 1.0, "distribution": "normal"}
Z, A, DA, DW = range(4)


def samples(n=60, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return (x - x.mean(axis=0)) / x.std(axis=0), (rng.random(n) < 0.4).astype(float)


def layers_of(scheme, n_layers, width, activation):
    return [
        Layer(n_in, n_out, SCHEMES[scheme].std(n_in, n_out, SETTINGS), activation)
        for n_in, n_out in layer_sizes(n_layers, width)
    ]


# -- integrals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("variance", [1e-8, 0.3, 1.0, 25.0, 2500.0])
def test_integrals_over_the_normal_distribution(name, variance):
    function = ACTIVATIONS[name].function
    z = np.concatenate([np.linspace(-12, -1e-9, 600_001), np.linspace(1e-9, 12, 600_001)])
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    for power in (1, 2):
        expected = np.trapezoid(function(math.sqrt(variance) * z) ** power * density, z)
        found = gaussian_mean(lambda x, power=power: function(x) ** power, variance)
        assert found == pytest.approx(expected, rel=2e-6, abs=1e-9)


def test_integrals_with_closed_forms():
    q = np.array([0.0, 0.5, 4.0, 1e30])
    relu = ACTIVATIONS["relu"]
    np.testing.assert_allclose(gaussian_mean(relu.function, q), np.sqrt(q / (2 * np.pi)), rtol=1e-10)
    np.testing.assert_allclose(gaussian_mean(lambda x: relu.function(x) ** 2, q), q / 2, rtol=1e-10)
    np.testing.assert_allclose(gaussian_mean(relu.derivative, q[1:]), 0.5, rtol=1e-10)
    np.testing.assert_allclose(gaussian_mean(ACTIVATIONS["sigmoid"].function, q), 0.5, rtol=1e-10)
    np.testing.assert_allclose(gaussian_mean(np.cos, q[:3]), np.exp(-q[:3] / 2), rtol=1e-7)


# -- random weights ---------------------------------------------------------------------------------------------------


def test_with_relu_he_keeps_and_xavier_halves():
    x, y = samples()
    he = predict(layers_of("he", 20, 64, "relu"), x, y)
    np.testing.assert_allclose(he[Z, :20], 2.0, rtol=1e-9)
    np.testing.assert_allclose(he[DA, :20], he[DA, 19], rtol=1e-9)
    xavier = predict(layers_of("xavier", 20, 64, "relu"), x, y)
    np.testing.assert_allclose(xavier[Z, 1:20] / xavier[Z, :19], 0.5, rtol=1e-9)
    np.testing.assert_allclose(xavier[DA, :19] / xavier[DA, 1:20], 0.5, rtol=1e-9)


def test_without_an_activation_function_variances_are_products():
    x, y = samples()
    found = predict(layers_of("small", 5, 100, "identity"), x, y)
    gain = 100 * 0.05**2
    first = 2 * 0.05**2  # of inputs with mean square 1
    np.testing.assert_allclose(found[Z, :5], first * gain ** np.arange(5), rtol=1e-9)
    np.testing.assert_allclose(found[A], found[Z], rtol=1e-9)
    np.testing.assert_allclose(found[Z, 5], first * gain**5, rtol=1e-9)  # inputs have mean 0, so the logits too
    np.testing.assert_allclose(found[DA, :4], found[DA, 4] * gain ** np.arange(4, 0, -1), rtol=1e-9)
    error = 1 / 4 / 60**2  # of a logit near 0, the mean over 60 samples
    assert found[DA, 4] == pytest.approx(0.05**2 * error, rel=1e-4)


def test_small_weights_make_tanh_linear_and_large_ones_saturate_it():
    x, y = samples()
    found = predict(layers_of("small", 5, 100, "tanh"), x, y)
    linear = predict(layers_of("small", 5, 100, "identity"), x, y)
    np.testing.assert_allclose(found, linear, rtol=0.03)
    large = [Layer(layer.n_in, layer.n_out, 100.0, "tanh") for layer in layers_of("large", 5, 100, "tanh")]
    np.testing.assert_allclose(predict(large, x, y)[A, :5], 1.0, rtol=0.02)


@pytest.mark.parametrize(("angles", "share"), [((0.0, 0.7, 2.0, np.pi), 1e-3), ((0.0, 0.1), 0.03)])
def test_covariances_of_relu_are_those_of_the_arc_cosine_kernel(angles, share):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    y = np.arange(len(angles)) % 2.0
    found = predict([Layer(2, 50, 1.0, "relu"), Layer(50, 1, 0.3, "relu")], x, y)
    theta = np.arccos(np.clip(x @ x.T, -1, 1))
    kernel = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / (2 * np.pi)  # E[relu(u) relu(v)]; Cho and Saul, 2009
    output = 50 * 0.3**2 * kernel
    assert found[Z, 1] == pytest.approx(np.diag(output).mean() - output.mean(), rel=share)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("scheme", ["small", "large", "xavier", "he"])
def test_wide_random_networks_are_as_predicted(scheme, activation, one_thread):
    """Means over many draws, within five of their standard errors and a tenth for widths that are not infinite."""
    x, y = samples(30)
    inputs, targets = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None]
    name, scale = SCHEMES[scheme].recipe(SETTINGS)
    draws = []
    for seed in range(16):
        model = build_mlp(
            2, (128,) * 3, 1, activation=activation, output_activation=None, initialiser=name, initial_scale=scale,
            seed=seed,
        )  # fmt: skip
        draws.append(measure(model, inputs, targets).variances)
    mean, error = np.mean(draws, axis=0), np.std(draws, axis=0) / math.sqrt(len(draws) - 1)
    predicted = predict(layers_of(scheme, 3, 128, activation), x, y)
    wrong = np.abs(mean - predicted) > 5 * error + 0.1 * predicted
    assert not wrong.any(), (np.argwhere(wrong).tolist(), mean[wrong], predicted[wrong], error[wrong])
    assert (error[:, :3] < 0.5 * predicted[:, :3]).all()  # else it says nothing


# -- weights that are all the same ------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("value", [0.0, 0.02, 0.1])
def test_weights_that_are_all_the_same_are_computed_exactly(value, activation):
    x, y = samples()
    model = build_mlp(2, (12,) * 4, 1, activation=activation, output_activation=None).double()
    for parameter in model.parameters():
        nn.init.constant_(parameter, value if parameter.ndim > 1 else 0.0)
    found = predict_alike(value, layer_sizes(4, 12), activation, x, y)
    exact = measure(model, torch.tensor(x), torch.tensor(y)[:, None]).variances
    # What is the same up to rounding has a variance of rounding alone.
    np.testing.assert_allclose(found, exact, rtol=1e-7, atol=1e-28)
    if value == 0:
        assert (found[Z] == 0).all()
        assert (found[A, :-1] == 0).all()
        assert (found[DA, :-1] == 0).all()
        assert found[DA, -1] > 0


def test_what_is_too_large_for_a_number_is_infinite_and_never_nan():
    x, y = samples()
    for found in (
        predict_alike(100.0, layer_sizes(50, 256), "relu", x, y),
        predict([Layer(n_in, n_out, 1e8, "relu") for n_in, n_out in layer_sizes(50, 256)], x, y),
    ):
        assert not np.isnan(found).any()
        assert np.isinf(found[Z, -1])


# -- schemes and verdicts ---------------------------------------------------------------------------------------------


def test_standard_deviations_of_the_schemes():
    assert SCHEMES["xavier"].std(30, 70, SETTINGS) == pytest.approx(math.sqrt(2 / 100))
    assert SCHEMES["he"].std(50, 9, SETTINGS) == pytest.approx(0.2)
    assert (SCHEMES["small"].std(9, 9, SETTINGS), SCHEMES["large"].std(9, 9, SETTINGS)) == (0.05, 1.0)
    assert [name for name, scheme in SCHEMES.items() if not scheme.is_random] == ["zeros", "constant"]


@pytest.mark.parametrize(
    ("losses", "accuracies", "diverged", "verdict", "words"),
    [
        ([0.7], [0.5], False, "untrained", "50\u2009% right, loss 0.7"),
        ([0.7, 0.2], [0.5, 0.96], False, "learns", "learns: 96\u2009% right, loss 0.2"),
        ([0.7, 0.6], [0.5, 0.75], False, "slow", "learns slowly: 75\u2009% right, loss 0.6"),
        ([0.7, 9.0], [0.5, 0.95], False, "slow", "not there yet: 95\u2009% right, loss 9"),
        ([0.7, 0.69], [0.5, 0.55], False, "stuck", "stays at chance: 55\u2009% right, loss 0.69"),
        ([9.0, 2.0, np.nan], [0.5, 0.6, np.nan], True, "diverged", "diverged in epoch 2: the loss is no finite number"),
        ([np.nan, np.nan], [0.5, np.nan], True, "diverged", "diverged in epoch 1: the loss is no finite number"),
    ],
)
def test_verdicts(losses, accuracies, diverged, verdict, words):
    assert judge(np.array(losses), np.array(accuracies), 0.5, diverged=diverged) == (verdict, words)


def test_chance_is_that_of_the_larger_class():
    assert judge(np.array([0.7, 0.5]), np.array([0.8, 0.82]), 0.8, diverged=False)[0] == "stuck"
