"""Settings of a BackpropExplorer: what each may be, and what becomes of those that no longer fit the others."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from nnwidgets import BackpropExplorer
from tests.unit.plain import PATIENCE, maker

make = maker(BackpropExplorer)

FOUR = ((0.8, -0.5), (-0.6, 0.9), (0.3, 0.7), (-0.4, -0.8))


def weights_of(explorer):
    return nn.utils.parameters_to_vector(explorer.model.parameters()).detach().numpy()


def test_another_shape_draws_other_weights_unless_they_are_given(make):
    explorer = make()
    explorer.hidden_layers = (3,)
    assert explorer.weights == ()
    torch.manual_seed(0)
    expected = nn.utils.parameters_to_vector(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).parameters()).detach()
    np.testing.assert_array_equal(weights_of(explorer), expected)
    explorer.set_state({"hidden_layers": [], "weights": [1, 2, 3]})
    assert explorer.weights == (1.0, 2.0, 3.0)
    explorer.activation, explorer.loss_fn = "relu", "mse"  # the same weights
    assert explorer.weights == (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(weights_of(explorer), [1, 2, 3])
    explorer.seed = 3
    assert explorer.weights == ()
    drawn = weights_of(explorer)
    explorer.seed = 4
    assert not np.array_equal(weights_of(explorer), drawn)


def test_weights_of_a_network_of_another_shape_do_not_go_over_by_chance(make):
    explorer = make(hidden_layers=(), inputs=((1, 2, 3, 4, 5, 6, 7, 8),))  # as many as the default's nine
    assert explorer.weights == ()
    given = make(hidden_layers=(), inputs=((1, 2, 3, 4, 5, 6, 7, 8),), weights=BackpropExplorer().weights)
    assert given.weights == BackpropExplorer().weights


def test_targets_follow_loss_outputs_and_inputs(make):
    explorer = make()
    explorer.inputs = FOUR
    assert explorer.targets == ((1.0,), (0.0,), (1.0,), (0.0,))
    explorer.targets = ((0.5,), (0.25,), (0.0,), (1.0,))
    explorer.inputs = FOUR[:3]
    assert explorer.targets == ((0.5,), (0.25,), (0.0,))
    explorer.loss_fn = "cross_entropy"
    assert (explorer.n_outputs, explorer.targets) == (2, ((0.0,), (1.0,), (0.0,)))
    explorer.n_outputs = 3
    assert explorer.targets == ((0.0,), (1.0,), (0.0,))
    explorer.set_state({"loss_fn": "mse", "n_outputs": 2, "targets": [[3, -2], [1, 1], [0, 7]]})
    assert explorer.targets == ((3.0, -2.0), (1.0, 1.0), (0.0, 7.0))
    explorer.loss_fn = "bce"
    assert explorer.targets == ((1.0, 0.0), (0.0, 1.0), (1.0, 0.0))
    explorer.wait(PATIENCE)
    assert explorer.status == "ready"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("hidden_layers", (9,), "hidden_layers.*at most 8"),
        ("hidden_layers", (1,) * 8, "at most 7 layers"),
        ("hidden_layers", 3, "at most 7 layers"),
        ("hidden_layers", (True,), "whole number"),
        ("activation", "step", "activation must be one of"),
        ("loss_fn", "hinge", "loss_fn must be one of"),
        ("loss_fn", "own", "loss_fn must be one of"),
        ("n_outputs", 0, "n_outputs must be"),
        ("inputs", (), "1 to 8 rows"),
        ("inputs", ((1, 2), (1,)), "inputs is not a table"),
        ("inputs", ((float("nan"), 1),), "finite"),
        ("inputs", ((1e7, 1),), "at most 1e"),
        ("inputs", "two", "rows"),
        ("targets", ((1,), (0,)), "one row for each of the 1"),
        ("targets", ((2,),), "from 0 to 1"),
        ("targets", ((1, 0),), "1 numbers, one for each output"),
        ("weights", (1, 2), "9 weights and biases of the network 2-2-1"),
        ("weights", (float("inf"),) * 9, "finite"),
        ("weights", ("x",) * 9, "number"),
        ("learning_rate", 0.0, "learning_rate must be"),
        ("learning_rate", 1e7, "at most 1e"),
        ("epsilon", 2.0, "epsilon must be"),
        ("epsilon", 1e-9, "epsilon must be"),
        ("precision", "half", "precision must be one of"),
        ("detail", "atom", "detail must be one of"),
        ("beside", "step", "beside must be one of"),
        ("step", 0, "step must be"),
        ("sample", 0, "sample must be"),
        ("seed", -1, "seed must be"),
    ],
)
def test_values_that_are_not_allowed_are_refused(make, name, value, says):
    explorer = make()
    before = explorer._settings()
    with pytest.raises(traitlets.TraitError, match=says):
        setattr(explorer, name, value)
    assert explorer._settings() == before


def test_classes_are_numbers_of_outputs_and_there_are_at_least_two(make):
    explorer = make(loss_fn="cross_entropy", n_outputs=3, targets=((2,),))
    with pytest.raises(traitlets.TraitError, match=r"number of a class, such as \(0,\), from 0 to 2"):
        explorer.targets = ((3,),)
    with pytest.raises(traitlets.TraitError, match="number of a class"):
        explorer.targets = ((0.5,),)
    with pytest.raises(traitlets.TraitError, match="n_outputs of cross-entropy"):
        explorer.n_outputs = 1
    assert explorer.targets == ((2.0,),)


def test_weights_are_written_as_float32_has_them(make):
    explorer = make()
    explorer.weights = tuple(np.float32(each) for each in explorer.weights)
    assert explorer.weights[:2] == (0.6, -0.9)
    explorer.weights = torch.arange(9) / 10
    assert explorer.weights[1:4] == (0.1, 0.2, 0.3)
