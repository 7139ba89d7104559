"""The tables of functions against PyTorch: values, derivatives and names."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnwidgets.functions import ACTIVATIONS, LOSSES
from nnwidgets.training.objective import Hinge, PerceptronCriterion

floats = hnp.arrays(np.float64, st.integers(1, 20), elements=st.floats(-800, 800))
every_activation = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)


def torch_module(activation):
    return getattr(torch.nn, activation.torch_name)(**activation.torch_kwargs)


def tolerance(activation):
    # PyTorch's softplus is x itself above 20, where ln(1 + eˣ) − x is at most 2.1e-9. The others cancel where ours do
    # not, such as 1 − tanh² and 1 + erf for large arguments.
    return 2.1e-9 if activation.name == "softplus" else 1e-14


@every_activation
@given(x=floats)
def test_function_equals_pytorch(activation, x):
    expected = torch_module(activation)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(activation.function(x), expected, rtol=1e-12, atol=tolerance(activation))


@every_activation
@given(x=floats)
def test_derivative_equals_autograd(activation, x):
    at = torch.tensor(x, requires_grad=True)
    (expected,) = torch.autograd.grad(torch_module(activation)(at).sum(), at)
    np.testing.assert_allclose(activation.derivative(x), expected.numpy(), rtol=1e-12, atol=tolerance(activation))


@every_activation
def test_derivative_at_the_corner_is_that_of_pytorch(activation):
    at = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    torch_module(activation)(at).sum().backward()
    assert activation.derivative(0.0) == pytest.approx(at.grad.item(), abs=1e-15)


@every_activation
def test_extreme_inputs_give_no_warning_and_no_nan(activation):
    x = np.array([-1.7e308, -1e300, -1e4, -750.0, -0.0, 0.0, 750.0, 1e4, 1e300, 1.7e308])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values, slopes = activation.function(x), activation.derivative(x)
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()


@every_activation
@given(x=floats)
def test_values_lie_in_the_output_range(activation, x):
    low, high = activation.output_range
    values = activation.function(x)
    assert values.min() >= low
    assert values.max() <= high


@every_activation
def test_output_range_is_tight(activation):
    values = activation.function(np.concatenate([np.linspace(-5, 5, 200_001), [-50, 50, -1e9, 1e9]]))
    for bound, reached in zip(activation.output_range, (values.min(), values.max()), strict=True):
        if math.isfinite(bound):
            assert reached == pytest.approx(bound, abs=1e-9)
        else:
            assert abs(reached) > 1e6


@every_activation
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_shape_is_kept_and_float32_stays(activation, shape, dtype):
    x = np.ones(shape, dtype=dtype)
    for function in (activation.function, activation.derivative):
        result = function(x)
        assert isinstance(result, np.ndarray)
        assert result.shape == shape
        assert result.dtype == (np.float32 if dtype == np.float32 else np.float64)


@every_activation
def test_input_is_left_alone(activation):
    x = np.linspace(-2, 2, 5)
    activation.function(x)[:] = 7
    activation.derivative(x)[:] = 7
    np.testing.assert_array_equal(x, np.linspace(-2, 2, 5))


def test_tanh_is_a_scaled_sigmoid():
    x = np.linspace(-5, 5, 101)
    tanh, sigmoid = ACTIVATIONS["tanh"].function, ACTIVATIONS["sigmoid"].function
    np.testing.assert_allclose(tanh(x), 2 * sigmoid(2 * x) - 1, atol=1e-15)


def test_keys_are_names_and_texts_are_there():
    for table in (ACTIVATIONS, LOSSES):
        for name, entry in table.items():
            assert entry.name == name
            assert entry.label
            assert entry.formula
            assert name in OURS or isinstance(getattr(torch.nn, entry.torch_name), type)
    assert ACTIVATIONS["identity"].label == "linear"


LOSS_FORMULAS = {
    "bce": lambda p, y: -torch.mean(y * torch.log(p) + (1 - y) * torch.log(1 - p)),
    "bce_with_logits": lambda z, y: torch.mean(torch.log(1 + torch.exp(z)) - y * z),
    "cross_entropy": lambda z, y: torch.mean(torch.log(torch.exp(z).sum(1)) - z[torch.arange(len(z)), y]),
    "mse": lambda p, y: torch.mean((p - y) ** 2),
    "hinge": lambda z, y: torch.mean(torch.clamp(1 - (2 * y - 1) * z, min=0)),
    "perceptron": lambda z, y: torch.mean(((z > 0).double() - y) * z),
}


OURS = {"hinge": Hinge, "perceptron": PerceptronCriterion}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_loss_formula_is_that_of_pytorch_for_what_it_takes(loss):
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(6, 1, generator=generator, dtype=torch.float64)
    outputs = {"probability": z.sigmoid(), "logits": torch.cat([z, -z, z**2], dim=1)}
    output = outputs.get(loss.takes, z)
    target = torch.arange(6) % 3 if loss.takes == "logits" else (z > 0).double()
    function = getattr(torch.nn, loss.torch_name)() if loss.torch_name else OURS[loss.name]()
    torch.testing.assert_close(function(output, target), LOSS_FORMULAS[loss.name](output, target))
