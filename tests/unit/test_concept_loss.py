"""Losses of one prediction and of a batch against exact values, and against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nnwidgets.concepts.loss import (
    BINARY_LOSSES,
    batch_loss,
    prediction,
    prediction_derivative,
    single_precision_bce,
)
from nnwidgets.training.objective import Hinge
from tests.vectors import made, same, stored

VECTORS = stored("loss")
every_loss = pytest.mark.parametrize("name", BINARY_LOSSES)


def test_the_file_is_up_to_date():
    assert same(VECTORS, made("loss"))


@pytest.mark.parametrize("point", VECTORS["points"], ids=[f"{p['z']}-{p['target']}" for p in VECTORS["points"]])
def test_values_and_derivatives_are_exact(point):
    z, target = point["z"], point["target"]
    np.testing.assert_allclose(prediction(z), point["p"], rtol=1e-9)
    np.testing.assert_allclose(prediction_derivative(z), point["dp_dz"], rtol=1e-9)
    for name, loss in BINARY_LOSSES.items():
        ours = [loss.value(z, target), loss.by_prediction(z, target), loss.by_logit(z, target)]
        np.testing.assert_allclose(ours, point["losses"][name], rtol=1e-9, err_msg=name)
    # PyTorch's own exponential in float32 may be one unit beside the right one.
    p, loss = single_precision_bce(z, target)
    assert p == pytest.approx(point["single"]["p"], rel=1e-6)
    assert loss == pytest.approx(point["single"]["loss"], rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("batch", VECTORS["batches"], ids=[str(b["predictions"]) for b in VECTORS["batches"]])
def test_batches_are_exact(batch):
    for name, expected in batch["losses"].items():
        ours = batch_loss(name, batch["predictions"], batch["targets"])
        for field, value in expected.items():
            np.testing.assert_allclose(getattr(ours, field), value, rtol=1e-9, atol=1e-12, err_msg=f"{name} {field}")


TORCH = {
    "bce": torch.nn.BCELoss(),
    "mse": torch.nn.MSELoss(),
    "hinge": Hinge(),
}


@every_loss
@given(st.lists(st.tuples(st.floats(-8, 8), st.sampled_from([0, 1])), min_size=1, max_size=8))
def test_the_chain_of_derivatives_is_that_of_autograd(name, samples):
    z = torch.tensor([[each] for each, _ in samples], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([[float(each)] for _, each in samples], dtype=torch.float64)
    p = torch.sigmoid(z)
    p.retain_grad()
    mean = TORCH[name](z if name == "hinge" else p, y)
    mean.backward()
    ours = batch_loss(name, p.detach().numpy()[:, 0], y.numpy()[:, 0].astype(int))
    assert ours.mean == pytest.approx(mean.item(), rel=1e-9, abs=1e-12)
    if name == "hinge" and (abs(abs(z.detach()) - 1) < 1e-9).any():
        return  # at the corner, the way by p and back decides
    np.testing.assert_allclose(ours.gradient, z.grad.numpy()[:, 0], rtol=1e-9, atol=1e-12)
    if name != "hinge":
        by_p = BINARY_LOSSES[name].by_prediction(z.detach().numpy(), y.numpy())
        np.testing.assert_allclose(by_p / len(samples), p.grad.numpy(), rtol=1e-9)


def test_at_its_corner_the_hinge_loss_has_the_slope_of_pytorch():
    z = torch.ones(1, 1, requires_grad=True)
    Hinge()(z, torch.ones(1, 1)).backward()
    assert BINARY_LOSSES["hinge"].by_logit(1.0, 1) == z.grad.item()
