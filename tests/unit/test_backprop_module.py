"""BackpropExplorer on a module of the reader's own: worked on in place, whatever it is made of, or becomes."""

from __future__ import annotations

import threading
import types

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from nnwidgets import BackpropExplorer
from tests.unit.plain import PATIENCE, flat, maker
from tests.unit.scripts import spoken

make = maker(BackpropExplorer)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 3), nn.Linear(3, 2)
        self.act = nn.Tanh()

    def forward(self, x):
        return self.last(x + self.act(self.first(x)))


@pytest.fixture
def module():
    torch.manual_seed(1)
    return Residual()


def given(make, module, **settings):
    usual = {"inputs": torch.ones(2, 3), "targets": [[1, 2], [3, 4.5]], "loss_fn": "mse"}
    return make(model=module, **(usual | settings))


def test_a_module_of_ones_own_is_worked_on_itself(make, module):
    explorer = given(make, module)
    assert explorer.model is module
    assert explorer.weights[0] == float(str(module.first.weight[0, 0].detach().numpy()))
    x, y = torch.ones(2, 3), torch.tensor([[1, 2], [3, 4.5]])
    loss = nn.MSELoss()(module(x), y)
    loss.backward()
    assert explorer.loss == loss.item()
    expected = module.first.weight.detach() - 0.5 * module.first.weight.grad
    explorer.next_pass()
    torch.testing.assert_close(module.first.weight.detach(), expected, rtol=0, atol=1e-7)
    weights = list(explorer.weights)
    weights[0] = 0.125
    explorer.weights = weights
    explorer.wait(PATIENCE)
    assert module.first.weight[0, 0].item() == 0.125
    assert explorer._pass["owner"] == "module"
    before = module.first.weight.grad.clone()
    explorer.measure()
    assert torch.equal(module.first.weight.grad, before)  # the reader's own


def test_a_loss_of_ones_own_and_other_kinds_of_numbers(make, module):
    explorer = given(make, module.double(), loss_fn=lambda out, y: (out - y).abs().sum(), beside="relu")
    explorer.wait(PATIENCE)
    assert (explorer.loss_fn, explorer._pass["precision"], explorer._pass["averaged"]) == ("own", "float64", False)
    assert explorer.weights == tuple(flat(module.parameters()).tolist())
    assert explorer._pass["beside"]["label"] == "ReLU"
    with pytest.raises(traitlets.TraitError, match="function of your own"):
        explorer.loss_fn = "mse"
    words = make(
        model=nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(4, 3)),
        inputs=torch.tensor([[1, 2], [3, 4]]),
        targets=torch.tensor([0, 2]),
        loss_fn="cross_entropy",
    )
    assert words.targets == ((0.0,), (2.0,))
    assert np.isfinite(words.loss)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"model": "net"}, "model must be a torch.nn.Module"),
        ({"inputs": ((1, 2, 3),)}, "missing: targets, loss_fn"),
        ({"hidden_layers": (2,)}, "has hidden_layers of its own"),
        ({"weights": (1,)}, "has weights of its own"),
        ({"loss_fn": 3}, "loss_fn must be a function"),
        ({"inputs": "x"}, "inputs must be numbers"),
        ({"trainer": object()}, "not both"),
    ],
    ids=["no module", "missing", "layers", "weights", "loss", "inputs", "both"],
)
def test_what_does_not_go_with_a_module_is_refused(module, settings, says):
    all_given = {"model": module, "inputs": torch.ones(1, 3), "targets": ((0, 0),), "loss_fn": "mse"}
    wanted = settings if "targets" in says else all_given | settings
    with pytest.raises(TypeError, match=says):
        BackpropExplorer(**({"model": module} | wanted))


def test_of_a_module_only_the_samples_can_be_changed(make, module):
    explorer = given(make, module)
    for name, value in {"hidden_layers": (3,), "activation": "relu", "n_outputs": 2, "seed": 1}.items():
        with pytest.raises(traitlets.TraitError, match=f"module of your own; {name} cannot be changed"):
            setattr(explorer, name, value)
    with pytest.raises(traitlets.TraitError, match=f"the {len(flat(module.parameters()))} weights"):
        explorer.weights = ()
    explorer.set_state({"inputs": [[1, 0, 2]], "targets": [[0, 1]], "step": 5, "detail": "layer", "epsilon": 0.1})
    assert (explorer.step, explorer.detail, explorer.epsilon) == (5, "layer", 0.1)
    explorer.wait(PATIENCE)
    assert explorer.value("x3") == 2
    assert explorer._pass["batch"] == 1


def test_a_module_says_what_makes_it_again(make, module):
    explorer = given(make, module)
    assert repr(explorer) == (
        'BackpropExplorer(inputs=[[1, 1, 1], [1, 1, 1]], loss_fn="mse", targets=[[1, 2], [3, 4.5]], model=model)'
    )
    own = given(make, module, loss_fn=nn.L1Loss())
    assert repr(own).endswith("model=model, loss_fn=loss_fn)")
    for each, names in ((explorer, {}), (own, {"loss_fn": nn.L1Loss()})):
        before = flat(module.parameters())
        lines = spoken(each.to_code(), model=module, **names)
        assert float(lines["loss"]) == pytest.approx(each.loss, rel=1e-5)
        assert float(lines["finite difference"]) == pytest.approx(each.gradient("first.weight[0, 0]"), rel=1e-3)
        np.testing.assert_array_equal(flat(module.parameters()), before)


def test_a_module_that_is_rebuilt_is_recorded_as_it_is(make):
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    explorer = make(model=net, inputs=((1, 2),), targets=((0, 0),), loss_fn="mse")
    explorer.wait(PATIENCE)
    net[1] = nn.ReLU()
    assert explorer.value("o1") == max(0.0, explorer.value("z1"))
    net.append(nn.Linear(2, 2))
    assert len(explorer.measure().settings["weights"]) == 12
    explorer.wait(PATIENCE)
    assert len(explorer.weights) == 12


def test_a_module_that_cannot_be_followed_says_why_until_it_can(make):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    explorer = make(model=net, inputs=((1, 2), (3, 4)), targets=((0, 0), (1, 1)), loss_fn="mse")
    with pytest.raises(ValueError, match="each sample of a batch by itself"):
        explorer.wait(PATIENCE)
    assert "each sample of a batch by itself" in explorer._trouble
    assert explorer._pass is None
    net[1] = nn.Tanh()
    assert explorer.value("o1") == pytest.approx(np.tanh(explorer.value("z1")), rel=1e-5)


def test_looking_at_a_module_does_not_touch_it(make, module):
    before = [parameter.detach().clone() for parameter in module.parameters()]
    changes = [parameter._version for parameter in module.parameters()]
    loss = nn.MSELoss()(module(torch.ones(2, 3)), torch.zeros(2, 2))
    explorer = given(make, module, beside="relu")
    with torch.no_grad():
        module.last.bias.fill_(0.25)  # before anything is recorded, or just after
    assert explorer.value("c1") == 0.25
    assert module.last.bias.tolist() == [0.25, 0.25]
    loss.backward()  # which needs the other parameters as they were
    assert all(map(torch.equal, before[:3], list(module.parameters())[:3]))
    changes[-1] += 1  # ours
    assert [parameter._version for parameter in module.parameters()] == changes


def test_numbers_of_double_precision_stay_what_they_are_where_those_of_single_precision_are_enough(make, module):
    before = flat(module.double().parameters())  # such as 0.10000000149
    x = torch.full((2, 3), 0.1).double()
    explorer = given(make, module, inputs=x)
    assert explorer.weights == tuple(before.tolist())
    assert explorer.inputs == tuple(map(tuple, x.tolist()))
    explorer.weights = [0.5, *explorer.weights[1:]]
    explorer.wait(PATIENCE)
    explorer.reset()
    explorer.wait(PATIENCE)
    assert flat(module.parameters()).tolist() == before.tolist()


@pytest.mark.parametrize("changed", ["bias", "weight"])
def test_a_module_that_a_cell_changes_while_it_is_recorded_is_recorded_once_more(make, module, changed):
    parameter = getattr(module.last, changed)
    calls = []

    def cell():
        with torch.no_grad():
            parameter.fill_(0.25)

    def loss_fn(outputs, targets):
        calls.append(outputs)
        if len(calls) == 1:  # the rest of the pass is of other numbers, or autograd refuses it
            thread = threading.Thread(target=cell)
            thread.start()
            thread.join()
        return ((outputs - targets) ** 2).mean()

    explorer = given(make, module, loss_fn=loss_fn)
    explorer.wait(PATIENCE)
    found = explorer._bench.found.recording
    loss = nn.MSELoss()(module(torch.ones(2, 3)), torch.tensor([[1, 2], [3, 4.5]]))
    loss.backward()
    assert found.loss == pytest.approx(loss.item(), rel=1e-6)
    assert (found.parameters[f"last.{changed}"].before == 0.25).all()
    np.testing.assert_allclose(found.parameters["last.weight"].gradient, module.last.weight.grad, rtol=1e-6)


@pytest.mark.parametrize("bound", ["its own", "a method", "a closure"])
def test_what_a_cell_does_to_the_module_while_it_is_recorded_stays(make, module, bound):
    runs = []

    def does(net, x):
        runs.append(net)
        if bound == "its own" and len(runs) == 1:
            module.eval()
            module.more = nn.Linear(1, 1)
            module.register_forward_hook(lambda *_: None)
        return Residual.forward(net, x)

    class Meanwhile(Residual):
        forward = does

    module = Meanwhile()
    if bound == "a method":
        module.forward = types.MethodType(Residual.forward, module)
    elif bound == "a closure":
        module.forward = lambda x: does(module, x + 0 * module.first.weight.sum())
    explorer = given(make, module)
    found = explorer.measure()
    loss = nn.MSELoss()(module(torch.ones(2, 3)), torch.tensor([[1, 2], [3, 4.5]]))
    loss.backward()
    assert found.recording.loss == loss.item()
    np.testing.assert_allclose(found.recording.parameters["first.weight"].gradient, module.first.weight.grad, rtol=1e-6)
    is_known = bound != "a closure"  # of which there is no copy that could be updated, or moved
    assert (found.recording.loss_after is not None) == (found.recording.checks is not None) == is_known
    assert np.isfinite(found.recording.after[-1]).all() == is_known
    if bound == "its own":
        assert not module.training
        assert module.more is not None
        assert module._forward_hooks
