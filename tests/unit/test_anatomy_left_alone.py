"""The reader's model is left exactly as it was, also when its forward raises."""

import copy
import random
import subprocess
import sys
import threading
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.trace import trace
from tests.unit.traced_models import Model, X, linear, traced


class Busy(nn.Module):
    """Does everything that may leave something behind."""

    def __init__(self, *, raises=False):
        super().__init__()
        self.first = linear()
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout(0.5)
        self.second = nn.utils.spectral_norm(linear())
        self.frozen = linear().requires_grad_(requires_grad=False)
        self.register_buffer("counter", torch.zeros(()))
        self.generator = torch.Generator().manual_seed(3)
        self.steps = 0
        self.seen = []
        self.nested = {"lists": [[1], [2]], "state": torch.zeros(2)}
        self.state = torch.zeros(3)
        self.raises = raises
        self.first.register_forward_hook(lambda module, args, output: output * 1)
        self.eval()
        self.norm.train()  # a mixture of modes

    def forward(self, x):
        self.counter += 1
        self.steps += 1
        self.seen.append(self.steps)
        self.nested["lists"][0].append(5)
        self.nested["state"].add_(1)
        self.state.mul_(2).add_(1)
        self.extra = "left"
        x = x + random.random() + np.random.rand()  # noqa: NPY002
        x = self.drop(self.norm(self.first(x)))
        x = self.second(x) + torch.rand(4) + torch.rand(4, generator=self.generator)
        if self.raises:
            raise ValueError("no")
        return self.frozen(x)


def _standing(model):
    """All that there is to a model, tensors with their versions and addresses."""
    return {
        name: (
            module.training,
            {key: _plain(value) for key, value in vars(module).items() if key != "does"},
        )
        for name, module in model.named_modules()
    }


def _plain(value):
    if isinstance(value, torch.Tensor):
        gradient = (
            None
            if not value.is_leaf or value.grad is None
            else (id(value.grad), value.grad._version, value.grad.tolist())
        )
        return (id(value), value._version, value.data_ptr(), value.requires_grad, value.tolist(), gradient)
    if isinstance(value, torch.Generator):
        return (id(value), value.get_state().tolist())
    if isinstance(value, dict | OrderedDict):
        return (id(value), [(key, _plain(each)) for key, each in value.items()])
    if isinstance(value, list | tuple):
        return (id(value), [_plain(each) for each in value])
    return id(value) if callable(value) else copy.copy(value)


def _randomness():
    return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002


@pytest.fixture(params=[False, True], ids=["returns", "raises"])
def busy(request):
    torch.manual_seed(1)
    model = Busy(raises=request.param)
    if not request.param:
        model(X).sum().backward()
    return model


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_nothing_is_left(busy, training):
    before, drawn = _standing(busy), _randomness()
    graph = traced(busy, training=training)
    assert (graph.failed == "") is busy.raises
    assert _standing(busy) == before
    assert _randomness() == drawn


def test_nothing_is_left_by_another_thread(busy):
    before, drawn = _standing(busy), _randomness()
    thread = threading.Thread(target=traced, args=(busy,), kwargs={"training": True})
    thread.start()
    thread.join()
    assert _standing(busy) == before
    assert _randomness() == drawn


def test_numbers_that_the_main_thread_draws_meanwhile_stay_its_own():
    begun, drawn = threading.Event(), threading.Event()

    def forward(s, x):
        begun.set()
        drawn.wait(10)
        return s.a(x)

    thread = threading.Thread(target=traced, args=(Model(forward, a=linear()),))
    random.seed(3)
    first, second = random.random(), random.random()
    random.seed(3)
    thread.start()
    begun.wait(10)
    assert random.random() == first
    drawn.set()
    thread.join()
    assert random.random() == second


def test_nothing_is_left_of_a_second_look_either(busy):
    before = _standing(busy)
    one, other = traced(busy, training=True), traced(busy, training=True)
    assert one == other
    assert _standing(busy) == before


def test_what_is_given_is_not_changed():
    x = X.clone().requires_grad_()
    version = x._version
    graph = trace(Model(lambda s, x: x.detach().mul_(0)), Arguments.of(x))
    assert graph.failed is None
    assert torch.equal(x, X)
    assert (x._version, x.grad) == (version, None)


def test_the_mode_is_the_one_that_is_asked_for():
    modes = []
    model = nn.Sequential(Model(lambda s, x: modes.append((s.training, s.a.training)) or s.a(x), a=linear()))
    model.train()
    model[0].a.eval()
    assert traced(model).mode == "evaluation"
    assert traced(model, training=True).mode == "training"
    assert modes == [(False, False), (True, True)]
    assert (model.training, model[0].training, model[0].a.training) == (True, True, False)


def test_a_train_method_of_ones_own_is_heeded():
    class Frozen(nn.Sequential):
        def train(self, mode=True):
            super().train(mode)
            self[1].eval()
            return self

    model = Frozen(linear(), nn.BatchNorm1d(4))
    graph = traced(model, torch.ones(1, 4), training=True)  # in training mode it refuses a single sample
    assert graph.failed is None


def test_weights_that_the_forward_changes_stay():
    embedding = nn.Embedding(5, 4, max_norm=0.1)
    before = _standing(nn.Sequential(embedding))["0"]
    graph = traced(embedding, torch.tensor([1, 2]))
    assert graph.failed is None
    assert "copy of them" in graph.notes[0]
    assert _standing(nn.Sequential(embedding))["0"] == before


def test_weights_that_a_forward_writes_itself_stay():
    def forward(s, x):
        with torch.no_grad():
            s.a.weight.clamp_(-0.1, 0.1)
            s.a.bias.data += 1
        return s.a(x)

    model = Model(forward, a=linear())
    before = _standing(model)
    graph = traced(model)
    assert ("a", ":output") in graph.pairs
    assert _standing(model) == before


def test_a_model_that_knows_itself_is_left_alone():
    model = Model(lambda s, x: other(x) * 2, a=linear())
    other = model.a  # a closure: no copy of the model calls its own
    model.register_buffer("count", torch.zeros(()))
    model.does = lambda s, x: (setattr(model, "n", 1), model.count.add_(1), model.a(x), model.a(torch.rand(3, 4)))[2]
    model.a(X).sum().backward()
    before, drawn = _standing(model.a), _randomness()
    graph = traced(model)
    assert [node.key for node in graph.nodes if node.kind == "module"] == ["a", "a#2"]
    assert _standing(model.a) == before
    assert model.count == 0
    assert not hasattr(model, "n")
    assert _randomness() == drawn


def test_weights_of_a_model_that_knows_itself_stay():
    model = Model(lambda s, x: (weight.data.mul_(2), x @ weight)[1], a=linear())
    weight = model.a.weight
    values = weight.tolist()
    traced(model)
    assert model.a.weight is weight
    assert weight.tolist() == values


def test_gradients_of_a_model_that_knows_itself_stay():
    def forward(s, x):
        with torch.enable_grad():
            model.a(x).sum().backward()
        return model.a(x)

    model = Model(forward, a=linear())
    model.a(X).sum().backward()
    before = [(p.grad, p.grad.tolist()) for p in model.parameters()]
    assert traced(model).failed is None
    assert all(p.grad is g and p.grad.tolist() == v for p, (g, v) in zip(model.parameters(), before, strict=True))


def test_hooks_of_the_reader_run_and_stay():
    calls = []
    model = nn.Sequential(linear(), nn.ReLU())
    model[0].register_forward_hook(lambda *_: calls.append("forward"))
    model[0].register_forward_pre_hook(lambda *_: calls.append("before"))
    hooks = (dict(model[0]._forward_hooks), dict(model[0]._forward_pre_hooks))
    traced(model)
    assert calls == ["before", "forward"]
    assert (dict(model[0]._forward_hooks), dict(model[0]._forward_pre_hooks)) == hooks
    assert "forward" not in vars(model[0])


def test_random_numbers_of_another_thread_stay_its_own():
    draws, drawn = threading.Event(), threading.Event()

    def forward(s, x):
        x = x + torch.rand(4)
        draws.set()
        drawn.wait(10)
        return s.a(x)

    def other():
        draws.wait(10)
        found.append(torch.rand(3).tolist())
        drawn.set()

    found = []
    model = Model(forward, a=linear())
    torch.manual_seed(5)
    thread = threading.Thread(target=other)
    thread.start()
    graph = traced(model)
    thread.join()
    assert graph.failed is None
    torch.manual_seed(5)
    torch.rand(4)  # of the forward
    assert found == [torch.rand(3).tolist()]


def test_many_threads_at_once_see_the_same():
    model = nn.Sequential(linear(), nn.BatchNorm1d(4), nn.Dropout(0.5), Busy())
    before = _standing(model)
    expected = traced(model)
    found = []
    threads = [threading.Thread(target=lambda: found.append(traced(model))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6
    assert _standing(model) == before


def test_a_scripted_module_is_left_alone():
    inner = nn.Sequential(linear(), nn.BatchNorm1d(4)).train()
    scripted = torch.jit.script(inner)
    buffers = [buffer.tolist() for buffer in scripted.buffers()]
    traced(scripted)
    traced(nn.Sequential(scripted), training=True)
    assert [buffer.tolist() for buffer in scripted.buffers()] == buffers
    assert all(module.training for module in scripted.modules())


def test_a_lazy_module_stays_lazy():
    model = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(2))
    torch.manual_seed(7)
    drawn = _randomness()
    graph = traced(model)
    assert [(node.type, node.count) for node in graph.nodes[1:4]] == [("Linear", 15), ("ReLU", 0), ("Linear", 8)]
    assert graph.parameter_count == 23
    assert all(torch.nn.parameter.is_lazy(parameter) for parameter in model.parameters())
    assert "lazy" in graph.notes[0]
    assert _randomness() == drawn


def test_a_listener_that_raises_leaves_nothing():
    def listen(*_):
        raise KeyboardInterrupt

    model = Busy()
    before, drawn = _standing(model), _randomness()
    with pytest.raises(KeyboardInterrupt):
        traced(model, training=True, listen=listen)
    assert _standing(model) == before
    assert _randomness() == drawn


def test_a_first_look_does_not_load_pytorchs_compiler():
    code = """if True:
        import sys, torch
        from nnwidgets.anatomy.arguments import Arguments
        from nnwidgets.anatomy.trace import trace
        model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU())
        assert trace(model, Arguments.of(torch.ones(1, 1, 4, 4))).failed is None
        assert not {"sympy", "torch._dynamo"} & sys.modules.keys()
    """
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""
