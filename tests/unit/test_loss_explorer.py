"""`LossExplorer`: its properties against exact values, its script, and what it refuses."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
import torch
import traitlets

from nnwidgets import LossExplorer
from nnwidgets.concepts.loss import BINARY_LOSSES
from tests.unit.scripts import printed
from tests.vectors import stored

VECTORS = stored("loss")
every_loss = pytest.mark.parametrize("name", BINARY_LOSSES)


@every_loss
def test_properties_are_exact(name):
    for point in VECTORS["points"]:
        explorer = LossExplorer(loss_fn=name, target=point["target"], logit=point["z"])
        ours = [explorer.loss, explorer.loss_by_prediction, explorer.loss_by_logit]
        np.testing.assert_allclose(ours, point["losses"][name], rtol=1e-9)
        assert explorer.prediction == pytest.approx(point["p"], rel=1e-9)
        assert explorer.prediction_by_logit == pytest.approx(point["dp_dz"], rel=1e-9)
        np.testing.assert_allclose(explorer.in_float32, list(point["single"].values()), rtol=1e-6, atol=1e-7)


@every_loss
def test_batches_are_exact(name):
    for batch in VECTORS["batches"]:
        samples = list(zip(batch["predictions"], batch["targets"], strict=True))
        explorer, expected = LossExplorer(loss_fn=name, batch=samples), batch["losses"][name]
        np.testing.assert_allclose(explorer.batch_losses, expected["losses"], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(explorer.batch_gradient, expected["gradient"], rtol=1e-9, atol=1e-12)
        assert explorer.batch_loss == pytest.approx(expected["mean"], rel=1e-9)
        assert explorer.batch_loss_clamped == pytest.approx(expected["clamped"], rel=1e-9)


@every_loss
@pytest.mark.parametrize(
    "settings",
    [
        {"logit": -3.0},
        {"logit": 20.0, "target": 0, "batch": [(0.0, 1), (0.5, 1)]},
        {"logit": 150.0, "target": 0},
        {"logit": -150.0, "batch": [(1.0, 0)]},
    ],
)
def test_the_script_prints_the_numbers_shown(name, settings):
    explorer = LossExplorer(loss_fn=name, **settings)
    lines = dict(line.split(" ", 1) for line in printed(explorer.to_code()).splitlines())
    assert float(lines["prediction"]) == round(explorer.prediction, 3)
    assert float(lines["loss"]) == pytest.approx(explorer.loss, abs=6e-4)
    slopes = lines["dL/dp"].split()[::2]
    expected = [explorer.loss_by_prediction, explorer.prediction_by_logit, explorer.loss_by_logit]
    assert [float(each) for each in slopes] == pytest.approx(expected, rel=1e-6, abs=6e-4)
    assert [float(each) for each in lines["BCELoss"].split()] == pytest.approx(explorer.in_float32, rel=1e-6)
    assert float(lines["batch"]) == pytest.approx(explorer.batch_loss, abs=6e-4)
    assert ast.literal_eval(lines["gradient"]) == pytest.approx(explorer.batch_gradient, abs=6e-4)


def test_where_float32_has_certainty_a_loss_of_p_has_no_gradient_left():
    """What the widget says of `BCELoss` at z = 20 for the target 0."""
    z = torch.tensor([20.0], requires_grad=True)
    torch.nn.BCELoss()(torch.sigmoid(z), torch.zeros(1)).backward()
    assert z.grad.item() == 0
    assert LossExplorer(logit=20.0, target=0).in_float32 == (1.0, 100.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss_fn": "mae"}, "loss_fn must be one of 'bce', 'mse', 'hinge', not 'mae'"),
        ({"target": 2}, "target must be a whole number of at least 0 and at most 1, not 2"),
        ({"logit": 201.0}, "logit must be a finite number of at least -200 and at most 200"),
        ({"logit": math.nan}, "logit must be a finite number"),
        ({"batch": []}, "batch must be 1 to 8 samples"),
        ({"batch": [(0.5, 1)] * 9}, "batch must be 1 to 8 samples"),
        ({"batch": [(1.5, 1)]}, "each prediction of batch must be a finite number of at least 0 and at most 1"),
        ({"batch": [(0.5, -1)]}, "each target of batch must be a whole number"),
    ],
)
def test_what_is_not_allowed_is_refused_and_nothing_changed(settings, message):
    explorer = LossExplorer()
    before = repr(explorer)
    for name, value in settings.items():
        with pytest.raises(traitlets.TraitError, match=message):
            setattr(explorer, name, value)
    assert repr(explorer) == before == "LossExplorer()"


@pytest.mark.parametrize("name", LossExplorer.PRESETS)
def test_presets_can_be_made_and_drawn(name):
    explorer = LossExplorer.preset(name)
    assert math.isfinite(explorer.loss)
    assert len(explorer.figure().axes) == 7


def test_the_presets_are_what_they_say():
    of = LossExplorer.preset
    assert of("Right").prediction > 0.5 > of("Wrong").prediction
    assert of("Undecided").loss == pytest.approx(math.log(2))
    assert of("Confident, wrong").prediction < 0.01
    assert of("Too sure for float32").in_float32 == (1.0, 100.0)
    certain = of("A batch with p = 0")
    assert certain.batch_loss == math.inf
    assert math.isfinite(certain.batch_loss_clamped)
