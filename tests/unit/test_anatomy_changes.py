"""NetworkAnatomy: models that fail, and models that a cell changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets import NetworkAnatomy, count_parameters
from nnwidgets.anatomy.trace import AnatomyError
from tests.unit.anatomy_widgets import Moody, few, opened, some_rows
from tests.unit.plain import PATIENCE, maker

make = maker(NetworkAnatomy)
module = few()
rows = some_rows()


def test_of_a_model_that_fails_what_ran_is_shown_until_a_cell_mends_it(make, rows):
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))
    anatomy = make(net, input=rows)
    with pytest.raises(AnatomyError, match="Linear"):
        anatomy.wait(PATIENCE)
    assert anatomy.status == "error"
    assert anatomy._anatomy["failed"] == "1"
    assert "1" in anatomy._trouble
    assert anatomy.parameter_count == count_parameters(net)
    np.testing.assert_array_equal(anatomy.output("0"), net[0](rows).detach().numpy())
    with pytest.raises(RuntimeError, match="Linear"):
        anatomy.output("1")
    with pytest.raises(AnatomyError):
        anatomy.refresh()
    anatomy.summary()
    net[1] = nn.Linear(4, 2)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert (anatomy.status, anatomy._trouble, anatomy._anatomy["failed"]) == ("ready", "", None)


def test_a_layer_of_a_model_that_fails_can_be_opened(make, rows):
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))
    anatomy = make(net, input=rows, selected="0")
    with pytest.raises(AnatomyError):
        anatomy.wait(PATIENCE)
    assert list(opened(anatomy)) == ["0"]
    assert anatomy._numbers["rows"]


def test_what_mends_a_model_may_be_anything(make, rows):
    net = nn.Sequential(nn.Linear(3, 4), Moody(4, 2))
    anatomy = make(net, input=rows)
    with pytest.raises(AnatomyError, match="not today"):
        anatomy.wait(PATIENCE)
    net[1].fails = False
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert (anatomy.status, anatomy._trouble) == ("ready", "")
    assert [layer.key for layer in anatomy.layers] == ["0", "1"]


def test_weights_that_a_cell_changes_are_seen_when_it_ends(make, module, rows):
    anatomy = make(module, input=rows, selected="0")
    anatomy.wait(PATIENCE)
    before, inside = anatomy._numbers, opened(anatomy)["0"]
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers is before  # nothing has changed
    with torch.no_grad():
        module[0].weight.mul_(3)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["rows"][0]["weights"] > 1.5 * before["rows"][0]["weights"]
    assert opened(anatomy)["0"]["version"] > inside["version"]
    assert not anatomy._numbers["has_gradients"]
    module(rows).sum().backward()
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["has_gradients"]
    assert anatomy._numbers["rows"][0]["gradients"] > 0
    module.zero_grad()
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert not anatomy._numbers["has_gradients"]


def test_with_a_layer_that_is_opened_rows_are_renewed_where_weights_have_moved(make, module, rows):
    anatomy = make(module, input=rows)
    anatomy.wait(PATIENCE)
    before = anatomy._numbers
    anatomy.selected = "2"
    anatomy.wait(PATIENCE)
    assert anatomy._numbers is before
    with torch.no_grad():
        module[0].weight.mul_(3)
    anatomy.selected = "0"
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["version"] > before["version"]
    assert opened(anatomy)["0"]["of"] == anatomy._numbers["version"]


def test_a_structure_that_a_cell_changes_is_traced_anew_and_what_is_open_stays(make, module, rows):
    anatomy = make(module, input=rows, selected="0", unfolded=())
    anatomy.wait(PATIENCE)
    version = anatomy._anatomy["version"]
    module[2] = nn.Linear(4, 7)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._anatomy["version"] > version
    assert (anatomy.selected, anatomy.parameter_count) == ("0", 16 + 35)
    module[0].weight.requires_grad_(False)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert (anatomy._anatomy["parameter_count"], anatomy._anatomy["frozen"]) == (4 + 35, 12)
    anatomy.selected = "2"
    anatomy.wait(PATIENCE)
    del module[2]
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert (anatomy.selected, anatomy._trouble) == ("", "")


def test_what_is_asked_in_the_cell_is_of_the_model_as_it_is(make, module, rows):
    anatomy = make(module, input=rows)
    anatomy.wait(PATIENCE)
    module.append(nn.Linear(2, 1))
    assert anatomy.parameter_count == 26 + 3
    assert anatomy.output("3").shape == (5, 1)


def test_gradients_of_a_loss_of_ones_own_leave_those_of_the_parameters(make, module, rows):
    target = torch.tensor([0, 1, 0, 1, 1])
    anatomy = make(module, input=rows, loss_fn="cross_entropy", target=target, selected="0")
    anatomy.wait(PATIENCE)
    assert all(each.grad is None for each in module.parameters())
    assert anatomy._numbers["has_gradients"]
    loss = nn.functional.cross_entropy(module(rows), target)
    weight = torch.autograd.grad(loss, module[0].weight)[0]
    own = make(module, input=rows, loss_fn=lambda out: nn.functional.cross_entropy(out, target))
    own.wait(PATIENCE)
    for each in (anatomy, own):
        assert each._numbers["rows"][0]["gradients"] == pytest.approx(weight.square().mean().sqrt().item(), rel=1e-4)
    assert repr(anatomy).endswith("model=model, input=input, target=target, loss_fn=loss_fn)")
