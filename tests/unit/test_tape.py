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
from nnwidgets.networks import Dropout
from nnwidgets.training.tape import TapeError, record, values_again
from tests.unit.plain import bits

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


def accumulated(tape):
    """Derivatives of each sample's loss by reverse accumulation of local derivatives, `(shown, units)` per value."""
    found = {tape.loss_value: np.ones((tape.shown, 1))}
    for operation in reversed(tape.operations):
        if operation.output in found:
            for place, local in zip(operation.inputs, operation.local, strict=True):
                flow = np.einsum("su,sui->si", found[operation.output], local)
                found[place] = found.get(place, 0) + flow
    return found


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


def check_flow(tape, **tolerance):
    """Reverse accumulation gives what the hooks heard."""
    found = accumulated(tape)
    factor = tape.samples if tape.averaged else 1
    for place, value in enumerate(tape.values):
        if value.gradient is None:
            assert not np.any(found.get(place, 0)), value
        elif value.per_sample:
            np.testing.assert_allclose(found[place], factor * value.gradient, **tolerance)
        elif value.kind == "parameter" and tape.shown == tape.samples:
            together = found[place].sum(0, keepdims=True) if place in found else np.zeros_like(value.gradient)
            np.testing.assert_allclose(together, factor * value.gradient, **tolerance)


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


def network(*layers):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), *layers, nn.Linear(3, 1))


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


# --- what modules do


class Does(nn.Module):
    """A function of its own two layers."""

    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.k = nn.Linear(2, 2), nn.Linear(2, 1), nn.Parameter(torch.tensor([0.5, -2.0]))
        self.function = function

    def forward(self, x):
        return self.function(self, x)


def recorded(function, samples=3, **options):
    torch.manual_seed(3)
    return record(Does(function), torch.randn(samples, 2), torch.rand(samples, 1), nn.MSELoss(), **options)


def matmul(m, x):
    return m.b((x @ m.a.weight.t() + m.a.bias) * m.k)


FOLLOWED = {
    "one layer twice": lambda m, x: m.b(m.a(m.a(x))),
    "a residual": lambda m, x: m.b(x + torch.tanh(m.a(x))),
    "matrices": matmul,
    "in place": lambda m, x: m.b(m.a(x).mul_(2).add_(m.k).relu_()),
    "in place on the input": lambda m, x: m.b(m.a(x.mul_(2))),
    "a rectifier in place": lambda m, x: m.b(functional.relu(m.a(x), inplace=True)),
    "dropout": lambda m, x: m.b(functional.dropout(m.a(x), 0.5)),
    "noise": lambda m, x: m.b(m.a(x) + torch.randn_like(x)),
    "detached": lambda m, x: m.b(m.a(x).detach() * m.k),
    "without gradients": lambda m, x: m.b(torch.no_grad()(m.a)(x) + x * m.k),
    "two outputs": lambda m, x: m.b(torch.stack(m.a(x).unbind(1)[::-1], 1)),
    "a choice": lambda m, x: m.b(torch.where(x > 0, m.a(x), x * m.k)),
    "numbers": lambda m, x: m.b(1 / (2 - m.a(x) ** 2)),
    "an axis more": lambda m, x: m.b(m.a(x[:, None]).squeeze(1)),
    "nothing": lambda m, x: m.b(functional.dropout(m.a(x).float().contiguous(), 0.5, training=False)),
    "an unused branch": lambda m, x: (m.a(x).tanh(), m.b(x))[1],
    "one number": lambda m, x: m.b(m.a(x)) * m.k.sum(),
}


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("what", FOLLOWED)
def test_whatever_is_followed_sums_up(what, samples):
    tape = recorded(FOLLOWED[what], samples)
    found = accumulated(tape)
    factor = tape.samples
    for place, value in enumerate(tape.values):
        if value.gradient is None and value.kind == "result":
            continue  # autograd stopped here
        expected = np.zeros_like(value.array) if value.gradient is None else factor * value.gradient
        flow = found.get(place, np.zeros_like(value.array))
        flow = flow if value.per_sample else flow.sum(0, keepdims=True)
        np.testing.assert_allclose(flow, expected, rtol=1e-4, atol=1e-6)


def test_what_does_not_lead_to_the_loss_is_left_out():
    assert [o.module for o in recorded(FOLLOWED["an unused branch"]).operations] == ["b", ""]
    centred = recorded(lambda m, x: m.b(x) + 0 * m.b(x) if (x - x.mean(0)).sum() > 9 else m.b(x))
    assert [o.function for o in centred.operations] == ["linear", "mse_loss"]


def test_what_does_nothing_is_no_operation():
    assert [o.function for o in recorded(FOLLOWED["nothing"]).operations] == ["linear", "linear", "mse_loss"]


def test_values_before_and_after_a_change_in_place_are_two():
    tape = recorded(FOLLOWED["in place"])
    first, second, third, fourth = (tape.values[o.output] for o in tape.operations[:4])
    assert np.array_equal(second.array, 2 * first.array)
    assert (third.array < 0).any()
    assert np.array_equal(fourth.array, np.maximum(third.array, 0))
    np.testing.assert_allclose(first.gradient, 2 * fourth.gradient * (third.array > 0))


def test_nothing_flows_where_it_is_stopped_but_values_are_linked():
    tape = recorded(FOLLOWED["detached"])
    stopped = next(o for o in tape.operations if o.function == "detach")
    assert not stopped.local[0].any()
    assert np.array_equal(stopped.linked[0], np.eye(2, dtype=bool))
    assert not tape.gradients["a.weight"].any()
    quiet = recorded(FOLLOWED["without gradients"]).operations[0]
    assert not any(local.any() for local in quiet.local)
    assert quiet.linked[0].all()


def test_dropout_is_made_again_with_what_it_dropped():
    torch.manual_seed(0)
    tape = record(network(nn.Dropout(0.5)), torch.randn(4, 2), torch.randn(4, 1), nn.MSELoss())
    drop = next(o for o in tape.operations if o.function == "dropout")
    before, after = (tape.values[place].array for place in (drop.inputs[0], drop.output))
    dropped = after == 0
    assert 0 < dropped.sum() < dropped.size
    diagonal = drop.local[0][:, range(3), range(3)]
    assert np.array_equal(diagonal, np.where(dropped, 0.0, 2.0))
    np.testing.assert_allclose(after, before * diagonal)


def test_dropout_with_numbers_of_its_own_draws_what_it_is_seeded_with():
    generator = torch.Generator()
    model = network(Dropout(0.5, generator))
    x, y = torch.randn(4, 2), torch.randn(4, 1)
    one, same, other = (
        record(model, x, y, nn.MSELoss(), lambda seed=seed: generator.manual_seed(seed)) for seed in (5, 5, 6)
    )
    assert one.loss == same.loss != other.loss
    check_flow(one, rtol=1e-4, atol=1e-6)


def test_parameters_that_are_not_trained_have_no_gradient_but_local_derivatives():
    model = network()
    model[0].weight.requires_grad_(False)
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    weight = next(value for value in tape.values if value.name == "0.weight")
    assert weight.gradient is None
    assert "0.weight" not in tape.gradients
    assert "0.bias" in tape.gradients
    assert tape.operations[0].local[1].any()


def test_a_network_with_nothing_to_train_can_be_looked_at():
    model = network().requires_grad_(False)
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert tape.gradients == {}
    assert tape.values[0].gradient.any()


def test_a_shared_parameter_is_one_value():
    model = network()
    model[2] = nn.Linear(3, 1)
    model.append(nn.Linear(1, 1))
    model.append(model[3])
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert [value.name for value in tape.values].count("3.weight") == 1
    assert sum(o.module == "3" for o in tape.operations) == 2
    check_flow(tape, rtol=1e-4, atol=1e-6)


def test_options_and_modules_are_told():
    tape = record(network(nn.LeakyReLU(0.3), nn.Softplus(2.0)), torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    found = {o.function: (o.module, o.options) for o in tape.operations}
    assert found["leaky_relu"] == ("2", {"negative_slope": 0.3, "inplace": False})
    assert found["softplus"] == ("3", {"beta": 2.0, "threshold": 20.0})
    assert found["tanh"] == ("1", {})


def test_numbers_that_are_none_are_recorded_too():
    model = network()
    with torch.no_grad():
        model[0].weight[0, 0] = math.nan
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert math.isnan(tape.loss)
    assert np.isnan(tape.operations[0].local[0]).any()
    assert np.array_equal(tape.operations[1].linked[0], OWN)


def test_a_number_that_is_none_links_no_others():
    model = Does(lambda m, x: m.b(m.a(x) * m.k))
    with torch.no_grad():
        model.k[0] = math.nan  # times the zero of another unit, autograd gives NaN again
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert np.isnan(tape.operations[1].local[0][0, :, 0]).all()
    assert all(np.array_equal(linked, np.eye(2, dtype=bool)) for linked in tape.operations[1].linked)


def test_derivatives_of_a_large_batch_are_asked_for_in_pieces(monkeypatch):
    model, x, y = network(nn.Softmax(1)), torch.randn(4, 2), torch.randn(4, 1)
    whole = record(model, x, y, nn.MSELoss())
    monkeypatch.setattr("nnwidgets.training.local_derivatives._AT_ONCE", 60)  # of 12 numbers each, 5 at a time
    pieces = record(model, x, y, nn.MSELoss())
    for ours, theirs in zip(pieces.operations, whole.operations, strict=True):
        for local, other in zip(ours.local, theirs.local, strict=True):
            np.testing.assert_allclose(local, other, rtol=1e-6)


class Cubed(torch.autograd.Function):
    """Looks at its numbers on the way back, which many derivatives at once cannot."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient * 3 * x**2 if gradient.abs().sum().item() < 1e9 else gradient


def test_derivatives_that_cannot_be_asked_for_together_are_asked_for_one_by_one():
    class Number(torch.Tensor):
        @staticmethod
        def cubed(x):
            return torch.overrides.handle_torch_function(Number.cubed, (x,), x) if watched(x) else Cubed.apply(x)

    def watched(x):
        return torch.overrides.has_torch_function((x,))

    x, y = torch.randn(3, 2), torch.randn(3, 1)
    tape = record(Does(lambda m, x: m.b(Number.cubed(m.a(x)))), x, y, nn.MSELoss())
    assert tape.operations[1].function == "cubed"
    assert np.array_equal(tape.operations[1].linked[0], np.eye(2, dtype=bool))
    before = tape.values[tape.operations[1].inputs[0]].array
    np.testing.assert_allclose(tape.operations[1].local[0][:, range(2), range(2)], 3 * before**2, rtol=1e-5)


# --- what cannot be followed


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(_, x):
        return x * 2

    @staticmethod
    def backward(_, gradient):
        return gradient * 2


def write(m, x):
    h = m.a(x)
    h[:, 0] = 0
    return m.b(h)


def fill(m, x):
    h = torch.zeros(len(x), 2)
    h[:, 0] = m.a(x)[:, 1]
    return m.b(h)


def write_through_a_view(m, x):
    h = torch.zeros(len(x), 2)
    h[:, 0].copy_(m.a(x)[:, 1])
    return m.b(h)


def change_a_view(m, x):
    h = m.a(x)
    h[:, :1].mul_(2)
    return m.b(h)


def change_what_is_kept(m, x):
    h = m.a(x)
    view = h[:, :2]
    h.mul_(2)
    return m.b(view)


def clip(m, x):
    m.k.data.clamp_(-1, 1)
    return m.b(m.a(x) * m.k)


def clip_without_gradients(m, x):
    with torch.no_grad():
        m.a.weight.mul_(0.5)
    return m.b(m.a(x))


def many(m, x):
    h = m.a(x)
    for _ in range(100):
        h = h + 1
    return m.b(h)


def drawn(m, x):
    return m.b(torch.bernoulli(m.a(x).sigmoid(), generator=m.generator) * m.a(x))


REFUSED = {
    "writing into a part": (write, "writes into a part"),
    "filling": (fill, "writes into a part"),
    "writing through a view": (write_through_a_view, "cannot be followed"),
    "changing a view": (change_a_view, "in place"),
    "changing what is kept": (change_what_is_kept, "in place"),
    "clipping weights": (clip, "changes a parameter"),
    "changing weights": (clip_without_gradients, "changes a parameter"),
    "a function of its own": (lambda m, x: m.b(Doubled.apply(m.a(x))), "cannot be followed"),
    "centring the batch": (lambda m, x: m.b(m.a(x) - m.a(x).mean(0)), "each sample of a batch by itself"),
    "the batch's order": (lambda m, x: m.b(m.a(x).flip(0)), "each sample of a batch by itself"),
    "one sample for all": (lambda m, x: m.b(m.a(x)[:1].expand(3, 2)), "each sample of a batch by itself"),
    "batch normalization": (
        lambda m, x: m.b(functional.batch_norm(m.a(x), None, None, training=True)),
        "each sample of a batch by itself",
    ),
    "too many units": (lambda m, x: m.b(torch.cat([m.a(x)] * 33, 1)[:, :2]), "66 numbers for each sample"),
    "too many operations": (many, "more than 100 operations"),
    "no tensor": (lambda m, x: [m.b(x)], "must be a tensor, not list"),
    "no input": (lambda m, x: m.b(torch.ones(3, 2)), "does not depend on what goes in"),
    "numbers only": (lambda m, x: torch.ones(3, 1), "does not depend on what goes in"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_followed_is_refused(what):
    function, message = REFUSED[what]
    torch.manual_seed(3)
    model = Does(function)
    before = {name: bits(value) for name, value in model.named_parameters()}
    with pytest.raises(TapeError, match=message):
        record(model, torch.randn(3, 2), torch.rand(3, 1), nn.MSELoss())
    assert {name: bits(value) for name, value in model.named_parameters()} == before
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_two_samples_that_normalization_mixes_are_refused_as_well():
    # it makes nearly ±1 of them, whatever they are: derivatives hardly show it
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))
    with pytest.raises(TapeError, match="batch normalization"):
        record(model, torch.randn(2, 2), torch.rand(2, 1), nn.MSELoss())
    tape = record(model.eval(), torch.randn(2, 2), torch.rand(2, 1), nn.MSELoss())
    check_flow(tape, rtol=1e-4, atol=1e-6)


def test_random_numbers_that_cannot_be_drawn_again_are_refused():
    model = Does(drawn)
    model.generator = torch.Generator()
    with pytest.raises(TapeError, match="made again"):
        record(model, torch.randn(30, 2), torch.rand(30, 1), nn.MSELoss())


def test_a_loss_has_one_number():
    with pytest.raises(TapeError, match="one number"):
        record(network(), torch.randn(3, 2), torch.rand(3, 1), nn.MSELoss(reduction="none"))
    with pytest.raises(TapeError, match="one number"):
        record(network(), torch.randn(3, 2), torch.rand(3, 1), lambda p, y: 1.0)
    model = network()
    with pytest.raises(TapeError, match="the loss does not depend on what the module returns"):
        record(model, torch.randn(3, 2), torch.rand(3, 1), lambda p, y: model[0].weight.sum())
    with pytest.raises(TapeError, match="the loss does not depend"):
        record(network(), torch.randn(3, 2), torch.rand(3, 1), lambda p, y: y.sum())


def test_a_large_input_is_refused():
    with pytest.raises(TapeError, match="what goes in has 65 numbers for each sample"):
        record(nn.Linear(65, 1), torch.randn(3, 65), torch.rand(3, 1), nn.MSELoss())


# --- nothing of it stays


class Restless(nn.Module):
    """Changes all of itself that a module may, and fails if it is told to."""

    def __init__(self):
        super().__init__()
        self.layer, self.drop = nn.Linear(2, 1), nn.Dropout(0.5)
        self.register_buffer("seen", torch.zeros(2))
        self.register_buffer("last", None)
        self.calls, self.kept, self.fails = 0, [], False

    def forward(self, x):
        self.seen.add_(x.detach().sum(0))
        self.last = x.detach()
        self.calls += 1
        self.kept.append(x)
        self.drop.train()
        self.another = 1
        self.layer.register_forward_hook(lambda *_: None)
        result = self.layer(self.drop(x))
        if self.fails:
            raise RuntimeError("no")
        return result


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_is_as_before(fails):
    model = Restless()
    model.eval()
    model(torch.ones(1, 2)).sum().backward()
    model.eval()
    model.fails = fails
    hooks = [dict(module._forward_hooks) for module in model.modules()]
    state = {name: bits(value) for name, value in model.state_dict().items()}
    gradients = [p.grad for p in model.parameters()]
    values = [bits(p.grad) for p in model.parameters()]
    last, attributes, random = model.last, set(vars(model)), torch.get_rng_state()
    if fails:
        with pytest.raises(RuntimeError, match=r"^no$"):
            record(model, torch.ones(2, 2), torch.ones(2, 1), nn.MSELoss())
    else:
        tape = record(model, torch.ones(2, 2), torch.ones(2, 1), nn.MSELoss())
        assert [o.function for o in tape.operations] == ["dropout", "linear", "mse_loss"]
    assert {name: bits(value) for name, value in model.state_dict().items()} == state
    assert all(p.grad is gradient for p, gradient in zip(model.parameters(), gradients, strict=True))
    assert [bits(p.grad) for p in model.parameters()] == values
    assert [dict(module._forward_hooks) for module in model.modules()] == hooks
    assert not any(module._forward_pre_hooks or module.training for module in model.modules())
    assert (model.calls, len(model.kept), model.last) == (1, 1, last)
    assert set(vars(model)) == attributes
    assert torch.equal(torch.get_rng_state(), random)


def test_what_goes_in_stays():
    x, y = torch.randn(3, 2), torch.rand(3, 1)
    before = bits(x), bits(y)
    record(Does(FOLLOWED["in place on the input"]), x, y, nn.MSELoss())
    assert (bits(x), bits(y)) == before
    assert not x.requires_grad


def test_gradients_may_be_switched_off_around_it():
    with torch.no_grad():
        tape = record(network(), torch.randn(3, 2), torch.rand(3, 1), nn.MSELoss())
    assert tape.gradients["0.weight"].any()


# --- the same with other parameters


def test_values_with_other_parameters():
    model, other = network(), network()
    with torch.no_grad():
        other[0].weight.mul_(2)
    x, y = torch.randn(5, 2), torch.randn(5, 1)
    tape, wanted = (record(each, x, y, nn.MSELoss(), shown=2) for each in (model, other))
    found, loss, losses = values_again(tape, other, x, y, nn.MSELoss())
    assert loss == wanted.loss
    assert np.array_equal(losses, wanted.losses)
    for array, value in zip(found, wanted.values, strict=True):
        assert np.array_equal(array, value.array)


def test_there_are_none_where_it_went_another_way():
    def turns(m, x):
        return m.b(torch.tanh(m.a(x)) if m.k[0] > 0 else torch.sigmoid(m.a(x)))

    model, other = Does(turns), Does(turns)
    with torch.no_grad():
        other.k.neg_()
    x, y = torch.randn(5, 2), torch.randn(5, 1)
    tape = record(model, x, y, nn.MSELoss())
    found, loss, _ = values_again(tape, other, x, y, nn.MSELoss())
    assert loss == nn.MSELoss()(other(x), y).item()
    assert all(np.isnan(array).all() for array in found)
