"""Recording a pass: each number is autograd's, whatever the module is made of, and the module is as before."""

from __future__ import annotations

import copy
import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from nnwidgets.functions import ACTIVATIONS
from nnwidgets.training.tape import record
from tests.unit.tapes import accumulated, check_flow, network

ACTIVATION_MODULES = {name: partial(getattr(nn, a.torch_name), **a.torch_kwargs) for name, a in ACTIVATIONS.items()}

# --- random graphs


class Wired(nn.Module):
    """Instructions one after the other, each on what earlier ones gave; `given` keeps all of that.

    An instruction is (kind, sources, what): kinds are the methods below.
    """

    def __init__(self, width, instructions):
        super().__init__()
        self.instructions = instructions
        self.linears = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.last = nn.Linear(width, 1)
        self.norm = nn.LayerNorm(width)
        self.scale = nn.Parameter(torch.randn(width))
        self.activations = nn.ModuleDict({name: make() for name, make in ACTIVATION_MODULES.items()})

    def operation(self, kind, what):
        """A pure function, and the names of the parameters that come after its sources."""
        if kind == "linear":
            return functional.linear, [f"linears.{what}.weight", f"linears.{what}.bias"]
        if kind == "last":
            return functional.linear, ["last.weight", "last.bias"]
        if kind == "activation":
            pure = ACTIVATION_MODULES[what]()
            return pure, []
        if kind == "norm":
            return (lambda x, w, b: functional.layer_norm(x, x.shape[-1:], w, b)), ["norm.weight", "norm.bias"]
        if kind == "scale":
            return torch.mul, ["scale"]
        return {"softmax": partial(torch.softmax, dim=-1), "add": torch.add, "mul": torch.mul}[kind], []

    def forward(self, x):
        self.given = [x]
        parameters = dict(self.named_parameters())
        for kind, sources, what in self.instructions:
            chosen = [self.given[source] for source in sources]
            if kind == "activation":
                self.given.append(self.activations[what](*chosen))
            else:
                function, names = self.operation(kind, what)
                self.given.append(function(*chosen, *(parameters[name] for name in names)))
        return torch.sigmoid(self.last(self.given[-1]))


NAMES = [name for name in ACTIVATIONS if name != "identity"]


@st.composite
def wirings(draw, most=7):
    """(width, instructions): chains with branches that meet again, and layers that are used twice."""
    instructions = []
    for number in range(draw(st.integers(1, most))):
        before = st.integers(max(0, number - 2), number)
        kind = draw(st.sampled_from(["linear", "activation", "activation", "add", "mul", "scale", "softmax", "norm"]))
        sources = (draw(before), draw(before)) if kind in {"add", "mul"} else (draw(before),)
        what = draw(st.integers(0, 1)) if kind == "linear" else draw(st.sampled_from(NAMES))
        instructions.append((kind, sources, what))
    return draw(st.integers(2, 3)), instructions


def batch(width, samples, seed, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(samples, width, generator=generator, dtype=dtype)
    return x, (torch.arange(samples) % 2).to(dtype)[:, None]


def made(width, instructions, seed, dtype=torch.float64):
    torch.manual_seed(seed)
    return Wired(width, instructions).to(dtype)


def leading_on(instructions):
    """Those that the last one needs, by the number of what they give."""
    needed = {len(instructions)}
    for number in range(len(instructions), 0, -1):
        if number in needed:
            needed.update(instructions[number - 1][1])
    return sorted(needed - {0})


random_graphs = given(wirings(), st.integers(1, 3), st.integers(0, 99))
examples = partial(settings, deadline=None, suppress_health_check=list(HealthCheck))


def paths(tape, start):
    """All ways from a value to the loss, as lists of (operation, input)."""
    if start == tape.loss_value:
        return [[]]
    return [
        [(operation, number), *rest]
        for operation in tape.operations
        for number, place in enumerate(operation.inputs)
        if place == start
        for rest in paths(tape, operation.output)
    ]


def along(path, sample, unit):
    """The sum over all scalar paths of the products of local derivatives along a path of tensors."""
    (operation, number), *rest = path
    local = operation.local[number][sample]
    total = 0.0
    for to in range(len(local)):
        if operation.linked[number][to, unit]:
            total += local[to, unit] * (along(rest, sample, to) if rest else 1.0)
        else:
            assert local[to, unit] == 0
    return total


@examples(max_examples=60)
@random_graphs
def test_values_and_gradients_are_those_of_autograd(wiring, samples, seed):
    model = made(*wiring, seed)
    x, y = batch(wiring[0], samples, seed)
    tape = record(model, x, y, nn.BCELoss())
    plain = copy.deepcopy(model)
    plain.given = []
    x = x.clone().requires_grad_()
    outputs = plain(x)
    kept = [x, *(plain.given[number] for number in leading_on(wiring[1])), outputs]
    for tensor in kept[1:]:
        tensor.retain_grad()
    loss = nn.BCELoss()(outputs, y)
    loss.backward()
    assert tape.loss == loss.item()
    assert tape.values[0].from_input
    recorded = [tape.values[0], *(tape.values[operation.output] for operation in tape.operations)]
    assert len(recorded) == len(kept) + 2  # the last sum and the loss
    for value, tensor in zip([*recorded[: len(kept) - 1], recorded[-2]], kept, strict=True):
        assert value.array.tobytes() == tensor.detach().numpy().reshape(samples, -1).tobytes()
        expected = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        found = np.zeros_like(value.array) if value.gradient is None else value.gradient
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    for name, parameter in plain.named_parameters():
        expected = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        np.testing.assert_allclose(tape.gradients[name], expected, rtol=1e-12, atol=1e-15)


@examples(max_examples=60)
@random_graphs
def test_local_derivatives_are_those_of_the_operation_alone(wiring, samples, seed):
    model = made(*wiring, seed)
    x, y = batch(wiring[0], samples, seed)
    tape = record(model, x, y, nn.BCELoss())
    instructions = [*(wiring[1][number - 1] for number in leading_on(wiring[1])), ("last", (0,), None)]
    for operation, (kind, _, what) in zip(tape.operations, instructions, strict=False):
        function, names = model.operation(kind, what)
        values = [tape.values[place] for place in operation.inputs]
        assert [value.name for value in values if value.kind == "parameter"] == names
        assert operation.module == ("" if kind not in {"activation", "last"} else operation.module)
        for sample in range(samples):
            at = [torch.tensor(value.array[sample if value.per_sample else 0]).reshape(value.shape) for value in values]
            jacobians = torch.func.jacrev(function, argnums=tuple(range(len(at))))(*at)
            for local, linked, value, jacobian in zip(
                operation.local, operation.linked, values, jacobians, strict=True
            ):
                expected = jacobian.reshape(-1, value.array.shape[1]).numpy()
                np.testing.assert_allclose(local[sample], expected, rtol=1e-9, atol=1e-12)
                assert linked[expected != 0].all()


@examples(max_examples=60)
@given(wirings(5), st.integers(1, 3), st.integers(0, 99))
def test_products_along_all_paths_sum_to_the_gradient(wiring, samples, seed):
    model = made(*wiring, seed)
    x, y = batch(wiring[0], samples, seed)
    tape = record(model, x, y, nn.BCELoss())
    check_flow(tape, rtol=1e-9, atol=1e-12)
    assert tape.averaged
    for place, value in enumerate(tape.values):
        if value.kind != "parameter":
            continue
        ways = paths(tape, place)
        for unit in range(value.array.shape[1]):
            each = [sum(along(way, sample, unit) for way in ways) for sample in range(samples)]
            expected = tape.gradients[value.name].ravel()[unit]
            assert math.isclose(sum(each) / samples, expected, rel_tol=1e-9, abs_tol=1e-12)


@examples(max_examples=30)
@random_graphs
def test_the_same_in_single_precision(wiring, samples, seed):
    model = made(*wiring, seed, torch.float32)
    x, y = batch(wiring[0], samples, seed, torch.float32)
    tape = record(model, x, y, nn.BCELoss())
    assert tape.gradients["last.weight"].dtype == np.float32
    check_flow(tape, rtol=1e-3, atol=1e-5)


# --- which depends on which


def structure(tape, function):
    """Links of the one input of the operation of that name."""
    return next(operation.linked for operation in tape.operations if operation.function == function)


class Between(nn.Module):
    """A function between two layers."""

    def __init__(self, function, width=3):
        super().__init__()
        self.first, self.function = nn.Linear(2, width), function
        self.last = nn.LazyLinear(1)
        self(torch.zeros(2, 2))

    def forward(self, x):
        return self.last(self.function(self.first(x)))


EVERY, OWN = np.ones((3, 3), bool), np.eye(3, dtype=bool)

STRUCTURES = {
    "softmax": (lambda h: torch.softmax(h, 1), EVERY),
    "layer_norm": (lambda h: functional.layer_norm(h, (3,)), EVERY),
    "cumsum": (lambda h: torch.cumsum(h, 1), np.tril(EVERY)),
    "flip": (lambda h: torch.flip(h, (1,)), OWN[::-1]),
    "max": (lambda h: torch.max(h, 1, keepdim=True).values.expand(-1, 3), EVERY[:1]),
    "__getitem__": (lambda h: h[:, 1:], OWN[1:]),
    "cat": (lambda h: torch.cat([h, h], 1), np.vstack([OWN, 0 * OWN])),
    "dropout": (lambda h: functional.dropout(h, 0.9), OWN),
    "hardtanh": (lambda h: functional.hardtanh(h - 9), OWN),
    "clamp": (lambda h: torch.clamp(h - 9, min=0), OWN),
    "where": (lambda h: torch.where(h > 0, h, h), OWN),
    "relu": (lambda h: functional.relu(h - 9), OWN),
    "detach": (lambda h: h.detach(), OWN),
}


@pytest.mark.parametrize("function", STRUCTURES)
def test_what_could_depend_is_linked_even_where_it_does_not_here(function):
    wanted = STRUCTURES[function]
    torch.manual_seed(0)
    tape = record(Between(wanted[0]), torch.randn(2, 2), torch.zeros(2, 1), nn.MSELoss())
    assert np.array_equal(structure(tape, function)[0], wanted[1])


@pytest.mark.parametrize("name", NAMES)
def test_activations_take_each_unit_by_itself(name):
    # far on the one side and on the other, where some of them are flat
    model = nn.Sequential(nn.Linear(1, 3), ACTIVATION_MODULES[name](), nn.Linear(3, 1))
    with torch.no_grad():
        model[0].bias[:] = torch.tensor([-200.0, 0.0, 200.0])
    tape = record(model, torch.zeros(1, 1), torch.zeros(1, 1), nn.MSELoss())
    assert np.array_equal(tape.operations[1].linked[0], OWN)
    expected = ACTIVATIONS[name].derivative(tape.values[tape.operations[1].inputs[0]].array[0].astype(np.float32))
    np.testing.assert_allclose(np.diag(tape.operations[1].local[0][0]), expected, rtol=1e-5, atol=1e-7)


def test_weights_belong_to_one_unit_also_where_they_are_zero():
    layer = nn.Linear(2, 3)
    nn.init.zeros_(layer.weight)
    tape = record(layer, torch.zeros(1, 2), torch.zeros(1, 3), nn.MSELoss())
    of_input, of_weight, of_bias = tape.operations[0].linked
    assert of_input.all()
    assert np.array_equal(of_weight, np.repeat(OWN, 2, axis=1))
    assert np.array_equal(of_bias, OWN)


# --- the batch and its samples


def test_only_the_samples_that_are_wanted_are_recorded_but_the_batch_runs_as_a_whole():
    x, y = torch.randn(6, 2), torch.randn(6, 1)
    few, all_ = (record(network(), x, y, nn.MSELoss(), shown=shown) for shown in (2, None))
    assert (few.samples, few.shown, all_.shown) == (6, 2, 6)
    assert few.loss == all_.loss
    assert np.array_equal(few.losses, all_.losses[:2])
    for name, gradient in all_.gradients.items():
        assert np.array_equal(few.gradients[name], gradient)
    for ours, theirs in zip(few.values, all_.values, strict=True):
        rows = slice(2) if theirs.per_sample else slice(None)
        assert np.array_equal(ours.array, theirs.array[rows])
        assert np.array_equal(ours.gradient, theirs.gradient[rows])
    for ours, theirs in zip(few.operations, all_.operations, strict=True):
        for local, whole in zip(ours.local, theirs.local, strict=True):
            assert np.array_equal(local, whole[:2])
    check_flow(few, rtol=1e-4, atol=1e-6)


LOSSES = {
    "mean": (nn.MSELoss(), True),
    "sum": (nn.MSELoss(reduction="sum"), False),
    "by hand": (lambda p, y: ((p - y) ** 2).mean() / 2, True),
    "root of the mean": (lambda p, y: ((p - y) ** 2).mean().sqrt(), False),
    "of whole batches": (lambda p, y: ((p - y) ** 2).mean() if len(p) == 3 else 1 / 0, False),
    "in an axis": (lambda p, y: nn.functional.mse_loss(p, y)[None], True),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss):
    loss_fn, averaged = LOSSES[loss]
    x, y = torch.randn(3, 2), torch.randn(3, 1)
    model = network()
    tape = record(model, x, y, loss_fn)
    assert tape.averaged == averaged
    assert tape.loss == loss_fn(model(x), y).item()
    check_flow(tape, rtol=1e-4, atol=1e-6)
    if averaged or loss == "sum":
        alone = [loss_fn(model(x[i : i + 1]), y[i : i + 1]).item() for i in range(3)]
        np.testing.assert_allclose(tape.losses, alone, rtol=1e-5)
    else:
        assert np.isnan(tape.losses).all()


def test_of_one_sample_alone_it_is_not_said_whether_it_is_a_mean():
    x, y = torch.randn(3, 2), torch.randn(3, 1)
    assert record(network(), x, y, nn.MSELoss(), shown=1).averaged
    assert not record(network(), x, y, nn.MSELoss(reduction="sum"), shown=1).averaged
    assert record(network(), x[:1], y[:1], nn.MSELoss(reduction="sum")).averaged


def test_classes():
    x, y = torch.randn(4, 2), torch.tensor([0, 2, 1, 2])
    model = nn.Sequential(nn.Linear(2, 3))
    tape = record(model, x, y, nn.CrossEntropyLoss())
    assert tape.operations[-1].function == "cross_entropy"
    assert tape.operations[-1].linked[0].all()
    expected = torch.softmax(model(x), 1) - functional.one_hot(y)
    np.testing.assert_allclose(tape.operations[-1].local[0][:, 0], expected.detach(), rtol=1e-4, atol=1e-6)


def test_a_mean_over_the_batch_that_is_as_long_as_the_batch_is_shared_by_all():
    def loss_fn(p, y):
        return (p - y).square().mean(0).sum()  # of three outputs, and three samples

    tape = record(nn.Linear(2, 3), torch.randn(3, 2), torch.randn(3, 3), loss_fn)
    assert [tape.values[o.output].per_sample for o in tape.operations] == [True, True, True, False, False]
    assert tape.averaged
    check_flow(tape, rtol=1e-4, atol=1e-6)


def test_a_penalty_in_the_loss_is_part_of_the_pass():
    model = network()

    def loss_fn(p, y):
        return functional.mse_loss(p, y) + 0.1 * model[0].weight.square().sum()

    x, y = torch.randn(3, 2), torch.randn(3, 1)
    tape = record(model, x, y, loss_fn)
    model.zero_grad()
    loss_fn(model(x), y).backward()
    assert np.array_equal(tape.gradients["0.weight"], model[0].weight.grad)
    assert tape.averaged
    flow = accumulated(tape)
    place = next(i for i, value in enumerate(tape.values) if value.name == "0.weight")
    np.testing.assert_allclose(flow[place].mean(0), model[0].weight.grad.ravel(), rtol=1e-4, atol=1e-6)
