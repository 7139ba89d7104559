"""The shortcuts do what PyTorch does, to the last bit, and step aside where somebody hangs on to its wrappers."""

from __future__ import annotations

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from nnwidgets.training.engines import shortcuts
from nnwidgets.training.engines.shortcuts import gradients, update_of
from nnwidgets.training.optimizers import OPTIMIZERS


def make(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))


def train(model, optimizer, update, differentiate):
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(1))
    parameters = list(model.parameters())
    for _ in range(5):
        derivatives = differentiate(model(x).square().mean(), parameters)
        for parameter, derivative in zip(parameters, derivatives, strict=True):
            parameter.grad = derivative
        update()
    return [parameter.detach() for parameter in parameters], optimizer.state_dict()["state"]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}])
def test_steps_have_the_bits_of_pytorchs_own(name, options):
    ends = []
    for short in (False, True):
        model = make()
        optimizer = getattr(torch.optim, OPTIMIZERS[name].torch_name)(model.parameters(), lr=0.1, **options)
        update = update_of(optimizer) if short else optimizer.step
        assert (update != optimizer.step) is short
        ends.append(train(model, optimizer, update, gradients if short else torch.autograd.grad))
    (weights, state), (short_weights, short_state) = ends
    assert all(torch.equal(a, b) for a, b in zip(weights, short_weights, strict=True))
    assert str(state) == str(short_state)


def test_gradients_where_pytorch_keeps_its_engine_elsewhere(monkeypatch):
    weight, unused = torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True)
    short = gradients((weight * 3).sum(), [weight, unused])
    monkeypatch.setattr(shortcuts, "_run_backward", None)
    plain = gradients((weight * 3).sum(), [weight, unused])
    assert torch.equal(short[0], plain[0])
    assert (short[1], plain[1]) == (None, None)


def test_gradients_are_not_added_to_those_there():
    weight = torch.ones(2, requires_grad=True)
    gradients(weight.sum(), [weight])
    assert weight.grad is None


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.1)


def test_hooks_of_an_optimizer_are_called():
    calls = []
    for register in ("register_step_pre_hook", "register_step_post_hook"):
        optimizer = sgd(make())
        getattr(optimizer, register)(lambda *_: calls.append(1))
        update_of(optimizer)()
    assert len(calls) == 2


def test_hooks_of_all_optimizers_are_called():
    calls = []
    handle = register_optimizer_step_post_hook(lambda *_: calls.append(1))
    try:
        update_of(sgd(make()))()
    finally:
        handle.remove()
    assert calls == [1]


def test_a_schedule_sees_the_steps():
    optimizer = sgd(make())
    torch.optim.lr_scheduler.StepLR(optimizer, 1)
    assert update_of(optimizer) == optimizer.step


def test_an_optimizer_of_ones_own_is_called_as_it_is():
    class Own(torch.optim.SGD):
        def step(self, _closure=None):
            self.seen = True

    optimizer = Own(make().parameters(), lr=0.1)
    update_of(optimizer)()
    assert optimizer.seen
