"""The reader's model is left exactly as it was, also when its forward raises."""

import random
import subprocess
import sys
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from random import uniform
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from numpy.random import normal
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.gradients import gradients_of
from nnwidgets.anatomy.trace import trace
from tests.unit.plain import PATIENCE
from tests.unit.traced_models import Busy, Model, X, linear, randomness, standing, traced


@pytest.fixture(params=[False, True], ids=["returns", "raises"])
def busy(request):
    torch.manual_seed(1)
    model = Busy(raises=request.param)
    if not request.param:
        model(X).sum().backward()
    return model


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_nothing_is_left(busy, training):
    before, drawn = standing(busy), randomness()
    graph = traced(busy, training=training)
    assert (graph.failed == "") is busy.raises
    assert standing(busy) == before
    assert randomness() == drawn


def test_nothing_is_left_of_a_second_look_either(busy):
    before = standing(busy)
    one, other = traced(busy, training=True), traced(busy, training=True)
    assert one == other
    assert standing(busy) == before


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
    before = standing(nn.Sequential(embedding))["0"]
    graph = traced(embedding, torch.tensor([1, 2]))
    assert graph.failed is None
    assert "copy of them" in graph.notes[0]
    assert standing(nn.Sequential(embedding))["0"] == before


def test_weights_that_a_forward_writes_itself_stay():
    def forward(s, x):
        with torch.no_grad():
            s.a.weight.clamp_(-0.1, 0.1)
            s.a.bias.data += 1
        return s.a(x)

    model = Model(forward, a=linear())
    before = standing(model)
    graph = traced(model)
    assert ("a", ":output") in graph.pairs
    assert standing(model) == before


def test_a_model_that_knows_itself_is_left_alone():
    model = Model(lambda s, x: other(x) * 2, a=linear())
    other = model.a  # a closure: no copy of the model calls its own
    model.register_buffer("count", torch.zeros(()))
    model.does = lambda s, x: (setattr(model, "n", 1), model.count.add_(1), model.a(x), model.a(torch.rand(3, 4)))[2]
    model.a(X).sum().backward()
    before, drawn = standing(model.a), randomness()
    graph = traced(model)
    assert [node.key for node in graph.nodes if node.kind == "module"] == ["a", "a#2"]
    assert standing(model.a) == before
    assert model.count == 0
    assert not hasattr(model, "n")
    assert randomness() == drawn


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


def test_a_scripted_module_is_left_alone():
    inner = nn.Sequential(linear(), nn.BatchNorm1d(4)).train()
    scripted = torch.jit.script(inner)
    buffers = [buffer.tolist() for buffer in scripted.buffers()]
    traced(scripted)
    traced(nn.Sequential(scripted), training=True)
    assert [buffer.tolist() for buffer in scripted.buffers()] == buffers
    assert all(module.training for module in scripted.modules())


def test_a_scripted_module_runs_in_training_mode_by_itself():
    scripted = torch.jit.script(nn.Sequential(linear(), nn.BatchNorm1d(4)))
    buffers = [buffer.tolist() for buffer in scripted.buffers()]
    graph = traced(scripted, training=True)
    assert graph.failure == ""
    assert graph.multiply_adds == 3 * 16
    assert [buffer.tolist() for buffer in scripted.buffers()] == buffers


def test_a_lazy_module_stays_lazy():
    model = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(2))
    torch.manual_seed(7)
    drawn = randomness()
    graph = traced(model)
    assert [(node.type, node.count) for node in graph.nodes[1:4]] == [("Linear", 15), ("ReLU", 0), ("Linear", 8)]
    assert graph.parameter_count == 23
    assert all(torch.nn.parameter.is_lazy(parameter) for parameter in model.parameters())
    assert "lazy" in graph.notes[0]
    assert randomness() == drawn


def test_a_lazy_module_with_statistics_stays_lazy():
    model = nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d())
    assert [(node.type, node.count) for node in traced(model).nodes[1:3]] == [("Linear", 15), ("BatchNorm1d", 6)]
    assert all(torch.nn.parameter.is_lazy(each) for each in (*model.parameters(), model[1].running_mean))


def _counts(model):
    model.state["calls"] += 1


def _adds(model):
    model.state += 1


def _draws(model):
    model.state.random()


def _meters(model):
    model.state.seen += 1
    model.state.log.append(model.state)


class _Cache(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, [*value, "kept"])


class _Rows(list):
    name = "rows"


@dataclass(slots=True)
class _Slots:
    seen: int = 0
    mean: torch.Tensor = field(default_factory=lambda: torch.zeros(2))
    log: list = field(default_factory=list)


class _Hidden:
    __slots__ = ("__inner", "plain")

    def __init__(self):
        self.__inner, self.plain = [0], _Rows()

    def add(self):
        self.__inner.append(1)
        self.plain.append(2)

    def read(self):
        return list(self.__inner), list(self.plain)


class _Pair(NamedTuple):
    first: list
    second: torch.Tensor


def _caches(model):
    model.state["calls"][0].append(1)
    model.state["more"] = [1]


def _appends(model):
    model.state[0] += 1
    model.state[1].append(1)
    model.state.append(3)
    model.state.name = "others"


def _notes(model):
    model.state.seen += 1
    model.state.mean += 1
    model.state.log.append(model.state)


def _pairs(model):
    model.state.first.append(1)
    model.state.second.add_(1)


@pytest.mark.parametrize(
    ("state", "change", "read"),
    [
        (Counter(), _counts, dict),
        (np.zeros(3), _adds, np.ndarray.tolist),
        (random.Random(1), _draws, random.Random.getstate),
        (np.random.default_rng(1), _draws, lambda state: str(state.bit_generator.state)),
        (SimpleNamespace(seen=0, log=[]), _meters, lambda state: (state.seen, len(state.log))),
        (_Cache(calls=[[]]), _caches, repr),
        (_Rows([torch.zeros(2), []]), _appends, lambda state: (str(state), vars(state))),
        (deque([torch.zeros(2), []], maxlen=2), lambda model: model.state[1].append(model.state.popleft()), str),
        (_Slots(), _notes, lambda state: (state.seen, state.mean.tolist(), len(state.log))),
        (_Hidden(), lambda model: model.state.add(), _Hidden.read),
        (_Pair([], torch.zeros(2)), _pairs, str),
        ({1, 2}, lambda model: model.state.add(3), sorted),
    ],
    ids=[
        "counter",
        "array",
        "random",
        "generator",
        "object",
        "own dict",
        "own list",
        "deque",
        "slots",
        "hidden slots",
        "named tuple",
        "set",
    ],
)
def test_what_a_model_holds_of_its_own_kind_is_left_alone(state, change, read):
    def does(self, x):
        change(self)
        return self.layer(x)

    model = Model(does, layer=linear())
    model.state = state
    before = read(state)
    assert traced(model).failure == ""
    assert model.state is state
    assert read(state) == before


def test_objects_that_lead_back_to_themselves():
    model = Model(lambda self, x: self.layer(x) + self.state.bias, layer=linear())
    model.state = SimpleNamespace(bias=torch.ones(4), rows=[])
    model.state.owner = model.state
    model.state.rows.append(model.state.rows)
    assert traced(model).failure == ""


def draw_all(x):
    return x * (random.random() + np.random.rand())  # noqa: NPY002


class _Noise:
    def __call__(self, x):
        return draw_all(x)


class _DrawsInAMethod(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = linear()

    def forward(self, x):
        return self.scale(self.layer(x))

    def scale(self, x):
        return x * random.random() * np.random.rand()  # noqa: NPY002


def _seeds_and_draws(_, x):
    torch.manual_seed(0)
    return x * torch.rand(()) + random.random()


def _raises(_, x):
    draw_all(x)
    raise ValueError("no")


def _hooked():
    layer = linear()
    layer.register_forward_hook(lambda _, args, output: draw_all(output))
    return Model(lambda self, x: self.layer(x), layer=layer)


def _with_noise():
    model = linear()
    model.noise = _Noise()
    return Model(lambda self, x: self.layer.noise(x), layer=model)


def _late(_, x):
    import random as chance

    return x * chance.random()


DRAWING = {
    "a method": _DrawsInAMethod,
    "a function": lambda: Model(lambda _, x: draw_all(x)),
    "a function by another name": lambda: Model(lambda _, x: x * uniform(0, 1) * normal()),  # noqa: NPY002
    "a function in a partial one": lambda: Model(partial(lambda scale, self, x: draw_all(x) * scale, 2.0)),
    "an object": _with_noise,
    "a hook": _hooked,
    "before it raises": lambda: Model(_raises),
    "a module imported late": lambda: Model(_late),
    "seeds": lambda: Model(_seeds_and_draws),
    "a seed at random": lambda: Model(lambda _, x: x * (torch.seed() > 0)),
    "the generator itself": lambda: Model(lambda _, x: x + torch.default_generator.manual_seed(1).initial_seed()),
}


@pytest.mark.parametrize("make", DRAWING.values(), ids=DRAWING)
def test_random_numbers_that_are_drawn_in_another_thread_are_put_back(make):
    model, drawn = make(), randomness()
    thread = threading.Thread(target=traced, args=(model,))
    thread.start()
    thread.join()
    assert randomness() == drawn


def test_random_numbers_that_a_loss_draws_in_another_thread_are_put_back():
    given = (linear(), Arguments.of(X), lambda output: draw_all(output).sum())
    drawn = randomness()
    thread = threading.Thread(target=gradients_of, args=given)
    thread.start()
    thread.join()
    assert randomness() == drawn


def test_random_numbers_of_somebody_else_are_not_put_back():
    def draws(output):
        random.random()  # as a cell does, in a thread of its own
        np.random.rand()  # noqa: NPY002
        torch.manual_seed(1)
        return output

    elsewhere = threading.Event()

    def forward(self, x):
        began.set()
        elsewhere.wait(PATIENCE)
        return self.layer(x)

    began, drawn = threading.Event(), randomness()
    thread = threading.Thread(target=traced, args=(Model(forward, layer=linear()),))
    thread.start()
    began.wait(PATIENCE)
    draws(None)
    now = randomness()
    elsewhere.set()
    thread.join()
    assert randomness() == now != drawn


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_nothing_is_left_of_a_backward_pass(training):
    def does(self, x):
        self.inner.second.bias.data.clamp_(-0.01, 0.01)
        return self.inner(x)

    model = Model(does, inner=Busy())
    before, drawn = standing(model), randomness()
    gradients = gradients_of(model, Arguments.of(X), lambda output: output.sum(), training=training)
    assert "inner.first.weight" in gradients
    assert standing(model) == before
    assert randomness() == drawn


def test_a_listener_that_raises_leaves_nothing():
    def listen(*_):
        raise KeyboardInterrupt

    model = Busy()
    before, drawn = standing(model), randomness()
    with pytest.raises(KeyboardInterrupt):
        traced(model, training=True, listen=listen)
    assert standing(model) == before
    assert randomness() == drawn


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
