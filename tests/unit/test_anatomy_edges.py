"""What gives to which, in programs drawn at random, against the way that NaN takes through them.

The output of one module is made NaN, those of all others fixed numbers: what is NaN then is what the first gives to
without another module between.
"""

import math

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from tests.unit.traced_models import X, linear, traced

VARIABLES = 4
_index = st.integers(0, VARIABLES - 1)


def _whole_steps():
    """Steps that read and write all of a tensor."""
    two, one = st.tuples(_index, _index), st.tuples(_index)
    return st.one_of(
        st.tuples(st.just("linear"), st.tuples(_index, _index, st.integers(0, 2))),
        *(st.tuples(st.just(name), st.tuples(_index, _index, _index)) for name in ("add", "cat")),
        *(st.tuples(st.just(name), two) for name in ("add_", "identity", "alias", "copy_", "transposed")),
        *(st.tuples(st.just(name), one) for name in ("relu", "relu_", "mul_", "dropout", "zeros")),
    )


def _part_steps():
    """Steps that read or write a part of it."""
    return st.tuples(st.sampled_from(["set", "write", "scale", "halves", "swap"]), st.tuples(_index, _index))


class Program(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        self.linears = nn.ModuleList(linear() for _ in range(3))
        self.relu_ = nn.ReLU(inplace=True)
        self.identity = nn.Identity()

    def forward(self, x):
        held = [x, x * 2, torch.sin(x), torch.ones(3, 4)]
        for name, at in self.steps:
            DO[name](self, held, *at)
        return held


def _set(target):
    def put(model, held, at, *others):
        held[at] = target(model, held, *others)

    return put


def _halves(model, held, at, source):
    left, right = held[source].chunk(2, 1)
    held[at] = torch.cat([right, left], 1)


def _write(model, held, at, source):
    held[at][1:].copy_(held[source][:2] * 1)


def _set_column(model, held, at, source):
    held[at][:, 1] = held[source][:, 2] * 1


def _whole_copy(model, held, at, source):
    held[at].copy_(held[source] * 1)


DO = {
    "linear": _set(lambda model, held, source, which: model.linears[which](held[source])),
    "add": _set(lambda model, held, one, other: held[one] + held[other]),
    "cat": _set(lambda model, held, one, other: torch.stack([held[one], held[other]]).sum(0)),
    "identity": _set(lambda model, held, source: model.identity(held[source])),
    "alias": _set(lambda model, held, source: held[source].view(12).view(3, 4)),
    "transposed": _set(lambda model, held, source: held[source].t().t()),
    "add_": lambda model, held, at, source: held[at].add_(held[source] * 1),
    "copy_": _whole_copy,
    "relu": lambda model, held, at: held.__setitem__(at, functional.relu(held[at])),
    "relu_": lambda model, held, at: model.relu_(held[at]),
    "mul_": lambda model, held, at: held[at].mul_(2),
    "dropout": lambda model, held, at: held.__setitem__(at, functional.dropout(held[at], 0.5, model.training)),
    "zeros": lambda model, held, at: held.__setitem__(at, torch.zeros(3, 4)),
    "set": _set_column,
    "write": _write,
    "scale": lambda model, held, at, source: held[at][:, ::2].mul_(held[source][:, 1::2] * 1),
    "halves": _halves,
    "swap": lambda model, held, at, source: held.__setitem__(at, held[source][[1, 0, 2]]),
}


def _calls(graph):
    """Keys of the calls of modules that make numbers of their own, in order."""
    return [node.key for node in graph.nodes if node.kind == "module" and node.type != "Identity"]


def _ends(graph):
    return [node.key for node in graph.nodes if node.kind == "output"]


def _given_to(graph, start):
    """Calls and outputs that a call reaches without another call between."""
    further = {}
    for one, other in graph.pairs:
        further.setdefault(one, []).append(other)
    calls = {*_calls(graph), *_ends(graph)}
    reached, waiting, seen = set(), list(further.get(start, [])), set()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        if key in calls:
            reached.add(key)
        else:
            waiting += further.get(key, [])
    return reached


def _nan_goes_to(program, graph, start):
    """The same by the way that NaN takes."""
    keys, found, count = _calls(graph), set(), [0]

    def before(module, args):
        if args[0].isnan().any():
            found.add(keys[count[0]])

    def after(module, args, output):
        output.fill_(math.nan if keys[count[0]] == start else 0.5)
        count[0] += 1

    modules = [*program.linears, program.relu_]
    handles = [module.register_forward_pre_hook(before) for module in modules]
    handles += [module.register_forward_hook(after) for module in modules]
    try:
        with torch.no_grad():
            outputs = program.eval()(X.clone())
    finally:
        for handle in handles:
            handle.remove()
    assert count[0] == len(keys)
    return found | {key for key, output in zip(_ends(graph), outputs, strict=True) if output.isnan().any()}


def _checked(steps):
    program = Program(steps)
    graph = traced(program)
    assert graph.failed is None
    assume(not any(node.kind == "loop" for node in graph.nodes))
    return program, graph


@settings(max_examples=150, deadline=None)
@given(st.lists(_whole_steps(), min_size=2, max_size=14))
def test_what_gives_to_which_is_what_nan_shows(steps):
    program, graph = _checked(steps)
    for start in _calls(graph):
        assert _given_to(graph, start) == _nan_goes_to(program, graph, start)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(_whole_steps(), _part_steps()), min_size=2, max_size=14))
def test_with_parts_of_tensors_nothing_is_missing(steps):
    program, graph = _checked(steps)
    for start in _calls(graph):
        assert _nan_goes_to(program, graph, start) <= _given_to(graph, start)
