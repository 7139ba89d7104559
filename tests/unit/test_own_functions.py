"""A user's own functions: sampled by autograd where tensors work, else by differences; refused with a reason."""

from __future__ import annotations

import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch

from nnwidgets._own_functions import name_of, sample

X = np.round(np.arange(-300, 301) * 0.02, 2)
ZERO, ONE = 300, 350


def straight_through(x):
    return x.sign()


@pytest.mark.parametrize(
    ("function", "by", "value", "slope"),
    [
        (torch.nn.Mish(), "autograd", 0.8650983882673103, 1.0490362200997922),
        (torch.tanh, "autograd", math.tanh(1), 1 - math.tanh(1) ** 2),
        (torch.nn.ReLU(inplace=True), "autograd", 1, 1),
        (partial(torch.nn.functional.elu, alpha=2), "autograd", 1, 1),
        (torch.nn.Dropout(0.5), "autograd", 1, 1),
        (straight_through, "autograd", 1, 0),
        (lambda x: x * abs(x), "autograd", 1, 2),
        (np.tanh, "differences", math.tanh(1), 1 - math.tanh(1) ** 2),
        (lambda x: np.where(x > 0, x**3, 0), "differences", 1, 3),
        (math.sinh, "differences", math.sinh(1), math.cosh(1)),
        (lambda x: max(0, x), "differences", 1, 1),
        (lambda x: 2, "differences", 2, 0),
        (lambda x: (x > 0).double(), "differences", 1, 0),
        ((np.sin, np.cos), "given", math.sin(1), math.cos(1)),
    ],
)
def test_any_callable_is_sampled(function, by, value, slope):
    sampled = sample(function, X)
    assert sampled.slopes_by == by
    assert sampled.values[ONE] == pytest.approx(value, abs=1e-12)
    assert sampled.slopes[ONE] == pytest.approx(slope, abs=1e-9)
    for array in (sampled.values, sampled.slopes):
        assert (array.shape, array.dtype) == (X.shape, np.float64)


def test_module_keeps_its_mode_its_gradients_and_its_precision():
    module = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1), torch.nn.Dropout(0.5))
    module[3].eval()
    before = [each.training for each in module.modules()]
    with torch.no_grad():
        sampled = sample(module, X)
    assert [each.training for each in module.modules()] == before
    assert all(parameter.grad is None for parameter in module.parameters())
    at = torch.tensor([[1.0]], requires_grad=True)
    module.eval()(at).backward()
    assert sampled.slopes_by == "autograd"
    assert sampled.values[ONE] == pytest.approx(module(at).item(), abs=1e-6)
    assert sampled.slopes[ONE] == pytest.approx(at.grad.item(), abs=1e-6)


def test_a_function_has_no_value_outside_its_domain_and_no_slope_at_a_jump():
    logarithm = sample(math.log, X)
    assert np.isnan(logarithm.values[: ZERO + 1]).all()
    np.testing.assert_allclose(logarithm.values[ZERO + 1 :], np.log(X[ZERO + 1 :]))
    jump = sample(lambda x: 1.0 if x > 0 else 0.0, X)
    assert np.flatnonzero(np.isnan(jump.slopes)).tolist() == [ZERO]
    assert (np.delete(jump.slopes, ZERO) == 0).all()
    corner = sample(lambda x: x if x > 0 else 0.1 * x, X)
    assert corner.slopes[ZERO] == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("function", "kind", "reason"),
    [
        (3, TypeError, "must be callable.* not 3"),
        (torch.nn.ReLU, TypeError, r"ReLU is a class; give an instance of it: ReLU\(\)"),
        (torch.nn.Softmax(0), ValueError, "Softmax must act on each number alone"),
        (torch.rand_like, ValueError, "always in the same way"),
        (lambda x: "a", ValueError, "f cannot be computed: .*gave 'a'"),
        (lambda x: 1 / 0, ValueError, "of a tensor and of an array and of a number it raised ZeroDivisionError"),
        (lambda x: x * 1j, ValueError, "complex"),
        (lambda x, y: x, ValueError, "missing 1 required positional argument"),
        (torch.nn.Linear(2, 3), ValueError, "Linear cannot be computed"),
        (lambda x: x[:3], ValueError, r"it gave a tensor of shape \(3,\)"),
    ],
)
def test_what_is_no_function_of_a_number_is_refused_with_a_reason(function, kind, reason):
    with pytest.raises(kind, match=reason):
        sample(function, X)


@pytest.mark.parametrize(
    ("function", "name"),
    [(torch.nn.Mish(), "Mish"), (torch.tanh, "tanh"), (lambda x: x, "f"), (partial(partial(math.tanh)), "tanh")],
)
def test_a_function_goes_by_its_name(function, name):
    assert name_of(function) == name


def test_importing_needs_no_torch():
    code = "import sys, nnwidgets._own_functions; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
