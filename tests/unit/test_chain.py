"""The graph of scalars behind a recorded pass: its numbers against autograd, its names, its shape and its walk."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from nnwidgets.concepts.chain import graph_of
from nnwidgets.concepts.chain_steps import LEVELS, steps
from nnwidgets.training.tape import record

BCE, MSE = functional.binary_cross_entropy, functional.mse_loss


def mlp(*sizes, end=None, activation=nn.Tanh):
    layers = []
    for n_in, n_out in itertools.pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), activation()]
    return nn.Sequential(*layers[:-1], *([end] if end else [])).double()


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def graph(model, x, y=None, loss_fn=MSE, **options):
    y = torch.zeros_like(model(x)) if y is None else y
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    return graph_of(record(model, x, y, loss_fn, **options), shapes)


class Flow(nn.Module):
    """A module that is its forward function."""

    def __init__(self, forward, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self._flow = forward
        self.double()

    def forward(self, x):
        return self._flow(self, x)


def texts(found):
    return [each.text for each in found.symbols]


def parameters(found):
    return " ".join(each.text for each in found.parameter_symbols)


def groups(found):
    return [(each.symbol.text, each.label, each.column, each.row) for each in found.groups]


def walk(found, level="node", **parts):
    names = {
        ("value", "layer"): [each.symbol.text for each in found.groups],
        ("parameter", "layer"): [each.symbol.text for each in found.tensors],
        ("value", "node"): texts(found),
        ("parameter", "node"): [each.text for each in found.parameter_symbols],
    }
    stops = steps(found, level, **parts)
    return [
        (each.phase, names[each.kind, level][each.index] if (each.kind, level) in names else each.kind)
        for each in stops
    ]


def joined(stops, phase):
    return " ".join(name for of, name in stops if of == phase)


# -- random networks --------------------------------------------------------------------------------

ACTIVATIONS = (torch.tanh, torch.relu, torch.sigmoid, functional.silu, functional.leaky_relu, functional.softplus)


@st.composite
def networks(draw):
    """Networks whose paths part and meet, with layers that work twice, moves of numbers and normalisation."""
    width = draw(st.integers(1, 3))
    torch.manual_seed(draw(st.integers(0, 99)))
    linears = nn.ModuleList([nn.Linear(width, width) for _ in range(draw(st.integers(1, 2)))])
    wide = nn.Linear(2 * width, width)
    norm, scale = nn.LayerNorm(width), nn.Parameter(torch.randn(width))
    last = nn.Linear(width, draw(st.integers(1, 2)))
    which = st.integers(0, 50)
    kinds = ("linear", "activation", "add", "mul", "cat", "norm", "scale", "square", "moves", "slice")
    plan = draw(st.lists(st.tuples(st.sampled_from(kinds), which, which), min_size=1, max_size=5))

    def forward(self, x):
        met = [x]
        for kind, one, two in plan:
            a, b = met[-1 - one % min(2, len(met))], met[two % len(met)]
            met.append(
                {
                    "linear": lambda a=a, two=two: self.linears[two % len(self.linears)](a),
                    "activation": lambda a=a, two=two: ACTIVATIONS[two % len(ACTIVATIONS)](a),
                    "add": lambda a=a, b=b: a + b,
                    "mul": lambda a=a, b=b: a * b,
                    "cat": lambda a=a, b=b: self.wide(torch.cat([a, b], 1)),
                    "norm": lambda a=a: self.norm(a),
                    "scale": lambda a=a: self.scale * a,
                    "square": lambda a=a: a * a,
                    "moves": lambda a=a: a.flip(1).unsqueeze(1).reshape(len(a), -1).clone(),
                    "slice": lambda a=a, b=b: torch.cat([a[:, :1], b[:, 1:]], 1),
                }[kind]()
            )
        return self.last(met[-1])

    return Flow(forward, linears=linears, wide=wide, norm=norm, scale=scale, last=last), width


LOSSES = (
    lambda p, y: MSE(p, y),
    lambda p, y: functional.binary_cross_entropy_with_logits(p, y.sigmoid()),
    lambda p, y: ((p - y) ** 2).sum(1).mean(),
    lambda p, y: MSE(p, y, reduction="sum"),
)


@settings(max_examples=60)
@given(networks(), st.integers(1, 3), st.sampled_from(range(len(LOSSES))), st.integers(0, 9))
def test_products_along_all_paths_add_up_to_autograds_derivatives(network, samples, which, seed):
    (model, width), loss_fn = network, LOSSES[which]
    x = numbers(samples, width, seed=seed)
    y = numbers(*model(x).shape, seed=seed + 1)
    found = graph(model, x, y, loss_fn)
    parameters = dict(model.named_parameters())
    exact = []
    for sample in range(samples):
        loss = loss_fn(model(x[sample : sample + 1]), y[sample : sample + 1])
        gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True, materialize_grads=True)
        exact.append(np.concatenate([each.numpy().reshape(-1) for each in gradients]))
    for sample in range(samples):
        for index, symbol in enumerate(found.parameter_symbols):
            ways = list(found.paths(symbol.text, sample))
            total = sum(way.product for way in ways)
            assert total == pytest.approx(exact[sample][index], rel=1e-7, abs=1e-9)
            if found.find(symbol.text)[0] == "parameter":
                assert found.gradient(symbol.text, sample) == pytest.approx(total, rel=1e-7, abs=1e-9)
    whole = np.sum(exact, axis=0) / (samples if found.tape.averaged else 1)
    np.testing.assert_allclose(found.parameter_gradients, whole, rtol=1e-7, atol=1e-9)


@settings(max_examples=40)
@given(networks(), st.integers(1, 3), st.sampled_from(range(len(LOSSES))))
def test_nodes_are_what_flows_and_every_sum_over_what_follows_is_their_derivative(network, samples, which):
    model, width = network
    found = graph(model, numbers(samples, width), None, LOSSES[which])
    assert len(set(texts(found))) == len(found.symbols) == found.values.shape[1] == len(found.sources)
    assert len({each.text for each in found.parameter_symbols}) == len(found.parameter_symbols)
    assert [node for group in found.groups for node in group.nodes] == list(range(len(found.symbols)))
    columns = [group.column for group in found.groups for _ in group.nodes]
    assert all(columns[source] < columns[target] for source, target, _ in found.edges)
    assert len({(group.column, group.row) for group in found.groups}) == len(found.groups)
    for node in range(len(found.symbols) - 1):
        out = found.edges[:, 0] == node
        reached = (found.locals[:, out] * found.gradients[:, found.edges[out, 1]]).sum(axis=1)
        if found.groups[0].units <= node and out.any():
            np.testing.assert_allclose(found.gradients[:, node], reached, rtol=1e-7, atol=1e-9)
    assert (found.gradients[:, -1] == 1).all()
    linear = [group for group in found.groups if group.kind == "linear"]
    for node in [node for group in linear for node in group.nodes]:  # recomputed of what the graph says goes in
        into, uses = found.edges[:, 1] == node, found.uses[found.uses[:, 1] == node]
        total = found.values[:, found.edges[into, 0]] @ found.parameters[found.edges[into, 2]]
        total = total + found.parameters[uses[uses[:, 2] < 0, 0]].sum()
        np.testing.assert_allclose(found.values[:, node], total, rtol=1e-9, atol=1e-9)
        assert sorted(uses[uses[:, 2] >= 0, 2]) == sorted(found.edges[into, 0])


@settings(max_examples=40)
@given(networks(), st.sampled_from(LEVELS))
def test_each_stop_needs_only_what_earlier_stops_made_known(network, level):
    model, width = network
    found = graph(model, numbers(2, width))
    known = {node for group in found.groups if group.kind in ("input", "parameter") for node in group.nodes}
    back = {len(found.symbols) - 1}
    met = set()
    order = ["forward", "loss", "backward", "update"]
    stops = steps(found, level)
    assert [order.index(each.phase) for each in stops] == sorted(order.index(each.phase) for each in stops)
    for stop in stops[:-2]:
        of_layer = level == "layer"
        if stop.kind == "parameter":
            entries = found.tensors[stop.index].entries if of_layer else [stop.index]
            uses = found.uses[np.isin(found.uses[:, 0], entries)]
            own = [group.kind == "parameter" for group in found.groups for _ in group.nodes]
            ends = [e for u in uses for e in (found.edges[found.edges[:, 0] == u[1], 1] if own[u[1]] else [u[1]])]
            assert set(ends) <= back
            assert not met & set(entries)
            met |= set(entries)
            continue
        nodes = set(found.groups[stop.index].nodes if of_layer else [stop.index])
        assert nodes <= set(found.groups[stop.group].nodes)
        if stop.phase == "backward":
            assert set(found.edges[np.isin(found.edges[:, 0], list(nodes)), 1]) <= back
            assert not nodes & back
            back |= nodes
        else:
            assert set(found.edges[np.isin(found.edges[:, 1], list(nodes)), 0]) <= known
            assert not nodes & known
            known |= nodes
    assert known == set(range(len(found.symbols)))
    assert met == set(found.uses[:, 0])
    assert [each.kind for each in stops[-2:]] == ["all", "again"]


# -- names and order --------------------------------------------------------------------------------


def test_a_hidden_layer_of_two_is_walked_as_in_a_first_lesson():
    found = graph(mlp(2, 2, 1, end=nn.Sigmoid()), numbers(1, 2), torch.ones(1, 1).double(), BCE)
    assert texts(found) == ["x1", "x2", "a1", "a2", "h1", "h2", "z", "p", "L"]
    assert parameters(found) == "w11 w12 w21 w22 b1 b2 v1 v2 c"
    stops = walk(found)
    assert joined(stops, "forward") == "a1 a2 h1 h2 z p"
    assert joined(stops, "loss") == "L"
    assert joined(stops, "backward") == "p z v1 v2 c h1 h2 a1 a2 w11 w12 b1 w21 w22 b2"
    assert joined(stops, "update") == "all again"
    assert len(stops) == 24
    layers = walk(found, "layer")
    assert joined(layers, "forward") == "a h z p"
    assert joined(layers, "backward") == "p z v c h a W b"
    assert groups(found) == [
        ("x", "Input", 0, 0),
        ("a", "Weighted sum", 1, 0),
        ("h", "tanh", 2, 0),
        ("z", "Weighted sum", 3, 0),
        ("p", "sigmoid", 4, 0),
        ("L", "Cross-entropy", 5, 0),
    ]
    assert [each.kind for each in found.groups] == ["input", "linear", "activation", "linear", "activation", "loss"]
    assert [each.function for each in found.groups][2:] == ["tanh", "linear", "sigmoid", "bce"]


def test_w_12_leads_to_unit_1_from_input_2():
    model = mlp(2, 2, 1)
    x = numbers(1, 2)
    found = graph(model, x)
    assert found.value("w12") == model[0].weight[0, 1].item() == found.value("0.weight[0, 1]")
    assert found.local("a1", "w12") == x[0, 1].item() == found.value("x2")
    assert found.local("a1", "x2") == model[0].weight[0, 1].item()
    assert found.local("a1", "b1") == 1


def test_deeper_networks_number_their_layers():
    found = graph(mlp(2, 2, 2, 1, end=nn.Sigmoid()), numbers(1, 2), torch.ones(1, 1).double(), BCE)
    assert joined(walk(found), "forward") == "a(1)1 a(1)2 h(1)1 h(1)2 a(2)1 a(2)2 h(2)1 h(2)2 z p"
    assert [each.text for each in found.parameter_symbols] == (
        [
            "w(1)11",
            "w(1)12",
            "w(1)21",
            "w(1)22",
            "b(1)1",
            "b(1)2",
            "w(2)11",
            "w(2)12",
            "w(2)21",
            "w(2)22",
            "b(2)1",
            "b(2)2",
            "v1",
            "v2",
            "c",
        ]
    )
    symbol = found.parameter_symbols[1]
    assert (symbol.base, symbol.index, symbol.layer) == ("w", "12", "1")


def test_a_single_layer_has_plain_weights():
    found = graph(mlp(2, 1, end=nn.Sigmoid()), numbers(1, 2), torch.ones(1, 1).double(), BCE)
    assert texts(found) == ["x1", "x2", "z", "p", "L"]
    assert joined(walk(found), "backward") == "p z w1 w2 b"


def test_several_outputs_have_two_indices_on_their_weights():
    model = mlp(2, 2, 3)
    found = graph(model, numbers(1, 2), torch.tensor([2]), functional.cross_entropy)
    assert texts(found)[-4:] == ["z1", "z2", "z3", "L"]
    assert parameters(found).endswith(" b2 v11 v12 v21 v22 v31 v32 c1 c2 c3")
    assert found.groups[-1].function == "cross_entropy"


def test_numbers_of_two_digits_have_a_comma():
    found = graph(mlp(10, 1), numbers(1, 10))
    assert found.parameter_symbols[9].text == "w10"
    found = graph(mlp(10, 11, 1), numbers(1, 10))
    assert {"w19", "w1,10", "w11,1", "w11"} <= {each.text for each in found.parameter_symbols}


def test_other_functions_are_counted_and_headed_by_their_names():
    model = Flow(lambda self, x: self.last(self.norm(x).exp() + x), norm=nn.LayerNorm(2), last=nn.Linear(2, 1))
    found = graph(model, numbers(3, 2))
    assert [(each.symbol.text, each.label) for each in found.groups] == [
        ("x", "Input"),
        ("gamma", "norm.weight"),
        ("beta", "norm.bias"),
        ("u(1)", "layer_norm"),
        ("u(2)", "exp"),
        ("u(3)", "add"),
        ("z", "Weighted sum"),
        ("L", "Squared error"),
    ]
    assert [each.kind for each in found.groups[1:4]] == ["parameter", "parameter", "function"]
    assert texts(found)[2:8] == ["gamma1", "gamma2", "beta1", "beta2", "u(1)1", "u(1)2"]
    assert found.gradient("gamma1", 1) == pytest.approx(sum(path.product for path in found.paths("gamma1", 1)))
    assert [each.symbol.text for each in found.tensors] == ["gamma", "beta", "w", "b"]


def test_a_loss_of_several_functions_is_one_phase():
    found = graph(mlp(2, 1), numbers(2, 2), None, lambda p, y: (p - y).pow(2).mean())
    assert joined(walk(found), "forward") == "z"
    assert joined(walk(found), "loss") == "u(1) u(2) L"
    assert joined(walk(found), "backward") == "u(2) u(1) z w1 w2 b"


# -- what is a node ---------------------------------------------------------------------------------


def test_what_only_moves_numbers_makes_no_nodes():
    plain = graph(mlp(4, 3, 1), numbers(2, 4))

    def moved(self, x):
        x = x.reshape(len(x), 2, 2).transpose(1, 2).transpose(1, 2).flatten(1)
        h = torch.cat([x[:, :1], x[:, 1:].contiguous()], 1).unsqueeze(1).squeeze(1).clone()
        h = torch.stack(torch.tanh(self.first(h)).unbind(1), 1)
        return self.last(h).squeeze(1).double()[:, None]

    first, last = nn.Linear(4, 3), nn.Linear(3, 1)
    found = graph(Flow(moved, first=first, last=last), numbers(2, 4))
    assert groups(found) == groups(plain)
    assert texts(found) == texts(plain)
    assert (found.edges[:, :2] == plain.edges[:, :2]).all()


def test_turned_inputs_keep_their_weights():
    model = Flow(lambda self, x: self.last(x.flip(1)), last=nn.Linear(2, 1))
    found = graph(model, numbers(1, 2))
    assert found.local("z", "x1") == model.last.weight[0, 1].item()
    assert found.local("z", "w2") == found.value("x1")


def test_dropout_in_evaluation_is_no_node_and_in_training_it_is():
    model = Flow(lambda self, x: self.last(self.drop(torch.tanh(x))), drop=nn.Dropout(0.5), last=nn.Linear(2, 1))
    assert "dropout" not in [each.function for each in graph(model.eval(), numbers(1, 2)).groups]
    torch.manual_seed(0)
    assert "dropout" in [each.function for each in graph(model.train(), numbers(1, 2)).groups]


def test_an_activation_is_a_node_where_it_changes_nothing():
    model = mlp(2, 2, 1, activation=nn.ReLU)
    with torch.no_grad():
        model[0].bias.fill_(10.0)
    x = torch.full((1, 2), 0.1, dtype=torch.float64)
    found = graph(model, x)
    assert found.value("h1") == found.value("a1") > 0
    assert found.local("h1", "a1") == 1
    with torch.no_grad():
        model[0].bias.fill_(-10.0)
    dead = graph(model, x)
    assert texts(dead) == texts(found)
    assert (dead.edges == found.edges).all()
    assert walk(dead) == walk(found)


def test_where_numbers_are_no_more_the_walk_stays_the_same():
    model = mlp(2, 2, 1)
    fine = graph(model, numbers(1, 2))
    with torch.no_grad():
        model[0].weight.fill_(torch.inf)
    broken = graph(model, numbers(1, 2))
    assert not np.isfinite(broken.parameter_gradients).all()
    assert walk(broken) == walk(fine)
    assert (broken.edges == fine.edges).all()


def test_a_layer_that_works_twice_has_one_name_and_two_uses():
    def forward(self, x):
        return self.last(torch.tanh(self.shared(torch.tanh(self.shared(x)))))

    found = graph(Flow(forward, shared=nn.Linear(2, 2), last=nn.Linear(2, 1)), numbers(1, 2))
    assert [each.symbol.text for each in found.groups] == ["x", "a(1)", "h(1)", "a(2)", "h(2)", "z", "L"]
    assert found.parameter_symbols[0].text == "w(1)11"
    mine = found.uses[found.uses[:, 0] == 0]
    assert [(found.symbols[to].text, found.symbols[factor].text) for _, to, factor in mine] == [
        ("a(1)1", "x1"),
        ("a(2)1", "h(1)1"),
    ]
    back = joined(walk(found), "backward").split()
    assert back.index("w(1)11") > back.index("a(1)2")
    assert back.count("w(1)11") == 1
    assert len(list(found.paths("w(1)11"))) == 3


def test_paths_that_meet_stand_beside_each_other():
    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.last(torch.cat([self.one(h), torch.sigmoid(self.other(h))], 1) + torch.cat([h, h], 1))

    model = Flow(forward, first=nn.Linear(2, 2), one=nn.Linear(2, 2), other=nn.Linear(2, 2), last=nn.Linear(4, 1))
    found = graph(model, numbers(1, 2))
    places = {each.symbol.text: (each.column, each.row) for each in found.groups}
    assert places == {
        "x": (0, 0),
        "a(1)": (1, 0),
        "h(1)": (2, 0),
        "a(2)": (3, 0),
        "a(3)": (3, 1),
        "h(3)": (4, 0),
        "u": (5, 0),
        "z": (6, 0),
        "L": (7, 0),
    }
    add = next(each for each in found.groups if each.function == "add")
    assert [found.groups[each].symbol.text for each in add.inputs] == ["a(2)", "h(3)", "h(1)"]


def test_what_goes_in_twice_is_one_edge_with_the_sum():
    model = Flow(lambda self, x: self.last(x * x + x), last=nn.Linear(1, 1, bias=False))
    x = torch.tensor([[3.0]], dtype=torch.float64)
    found = graph(model, x)
    square, total = (each.start for each in found.groups if each.function in ("mul", "add"))
    assert found.local(texts(found)[square], "x1") == 6
    assert found.sources[square] == (0, 0)
    assert found.local(texts(found)[total], "x1") == 1


def test_a_product_with_a_matrix_of_parameters_is_a_weighted_sum():
    parameters = {"w": nn.Parameter(torch.randn(2, 3)), "b": nn.Parameter(torch.randn(3))}
    model = Flow(lambda self, x: self.last(torch.tanh(x @ self.w + self.b)), last=nn.Linear(3, 1), **parameters)
    found = graph(model, numbers(1, 2))
    assert [(each.symbol.text, each.kind) for each in found.groups][:2] == [("x", "input"), ("a", "linear")]
    assert found.value("w31") == model.w[0, 2].item()
    assert found.local("a3", "x1") == model.w[0, 2].item()
    mine = found.uses[found.uses[:, 0] == found.find("w[0, 1]")[1]][0]
    assert [found.symbols[node].text for node in mine[1:]] == ["a2", "x1"]
    turned = Flow(lambda self, x: self.last(x @ self.w.T), last=nn.Linear(3, 1), w=nn.Parameter(torch.randn(3, 2)))
    found = graph(turned, numbers(1, 2))
    assert found.value("w31") == turned.w[2, 0].item()


def test_a_weight_that_is_punished_has_a_node_too_and_one_derivative():
    model = mlp(2, 1)
    x, y = numbers(2, 2), numbers(2, 1, seed=1)

    def loss_fn(p, y):
        return MSE(p, y) + 0.1 * (model[0].weight ** 2).sum()

    found = graph(model, x, y, loss_fn)
    exact = torch.autograd.grad(loss_fn(model(x), y), model[0].weight)[0][0, 0].item()
    assert "w′1" in texts(found)
    total = np.mean([sum(path.product for path in found.paths("w1", sample)) for sample in range(2)])
    assert found.gradient("w1") == pytest.approx(exact)
    assert total == pytest.approx(exact)


def test_frozen_and_unused_parameters_are_no_stops():
    model = Flow(lambda self, x: self.last(torch.tanh(self.first(x))), first=nn.Linear(1, 1), last=nn.Linear(1, 1))
    model.spare = nn.Linear(1, 1).double()
    model.first.requires_grad_(requires_grad=False)
    found = graph(model, numbers(1, 1))
    assert joined(walk(found), "backward") == "z v1 c h1 a1"
    assert joined(walk(found, "layer"), "backward") == "z v c h a"
    assert [each.trainable for each in found.tensors] == [False, False, True, True, True, True]
    assert np.isnan(found.parameter_gradients[:2]).all()
    assert len(found.parameter_symbols) == 6


def test_where_nothing_flows_back_is_no_stop():
    model = Flow(
        lambda self, x: self.last(torch.tanh(x) * torch.sigmoid(self.gate(x)).detach()),
        gate=nn.Linear(1, 1),
        last=nn.Linear(1, 1),
    )
    found = graph(model, numbers(1, 1))
    assert joined(walk(found), "forward") == "u(1) a1 h1 u(2) u(3) z"
    assert joined(walk(found), "backward").startswith("z v1 c u(3) ")
    flowing = {each.symbol.text: each.flows for each in found.groups}
    assert (flowing["u(3)"], flowing["u(1)"], flowing["h"], flowing["a"]) == (True, True, False, False)
    stops = {name for phase, name in walk(found) if phase == "backward"}
    assert not stops & {"h1", "a1"}
    assert np.isnan(found.gradients[:, texts(found).index("h1")]).all()


def test_a_layer_on_rows_of_numbers_uses_each_weight_in_each_row():
    model = Flow(
        lambda self, x: self.last(torch.tanh(self.first(x.view(-1, 3, 2))).flatten(1)),
        first=nn.Linear(2, 2),
        last=nn.Linear(6, 1),
    )
    found = graph(model, numbers(2, 6))
    assert texts(found)[6:12] == ["a11", "a12", "a21", "a22", "a31", "a32"]
    mine = found.uses[found.uses[:, 0] == found.find("w12")[1]]
    assert [(found.symbols[to].text, found.symbols[factor].text) for _, to, factor in mine] == [
        ("a11", "x2"),
        ("a21", "x4"),
        ("a31", "x6"),
    ]
    assert found.local("a32", "x5") == model.first.weight[1, 0].item()
    assert found.edges[(found.edges[:, 0] == 4) & (found.edges[:, 1] == 11), 2] == found.find("w21")[1]


def test_parameters_that_would_share_a_name_are_told_apart():
    double = nn.Linear(2, 2)
    model = Flow(
        lambda self, x: self.last(functional.linear(x, self.w[:1]) + functional.linear(x, self.w[1:])),
        w=nn.Parameter(double.weight.detach()),
        last=nn.Linear(1, 1),
    )
    found = graph(model, numbers(1, 2))
    assert parameters(found) == "theta11 theta12 theta21 theta22 v1 c"
    assert found.local("a(2)1", "theta22") == found.value("x2")


def test_of_a_mean_each_sample_has_its_own_loss_and_gradients():
    model = mlp(2, 2, 1, end=nn.Sigmoid())
    x, y = numbers(3, 2), torch.tensor([[1.0], [0.0], [1.0]], dtype=torch.float64)
    found = graph(model, x, y, BCE)
    for sample in range(3):
        alone = graph(model, x[sample : sample + 1], y[sample : sample + 1], BCE)
        np.testing.assert_allclose(found.values[sample], alone.values[0], rtol=1e-12)
        np.testing.assert_allclose(found.gradients[sample], alone.gradients[0], rtol=1e-12)
        np.testing.assert_allclose(found.locals[sample], alone.locals[0], rtol=1e-12)


def test_the_batchs_number_is_not_shown_as_a_samples():
    found = graph(mlp(1, 1), numbers(2, 1), None, lambda p, y: 0.5 * ((p - y) ** 2).mean())
    mean = next(each.start for each in found.groups if each.function == "mean")
    assert np.isnan(found.values[:, mean]).all()
    np.testing.assert_allclose(found.values[:, -1], 0.5 * found.values[:, 1] ** 2)
    one = graph(mlp(1, 1), numbers(1, 1), None, lambda p, y: 0.5 * ((p - y) ** 2).mean())
    assert np.isfinite(one.values).all()


# -- by name ----------------------------------------------------------------------------------------


def test_quantities_are_found_by_symbol_and_by_pytorchs_name():
    model = mlp(2, 2, 1)
    found = graph(model, numbers(2, 2))
    assert found.find("h2") == ("node", 5)
    assert found.find("w21") == found.find("0.weight[1, 0]") == found.find("0.weight[-1,-2]") == ("parameter", 2)
    assert found.find("2.bias[0]") == found.find("c")
    assert found.gradient("w21") == found.tape.gradients["0.weight"][1, 0]
    assert found.value("h1", 1) == found.values[1, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w13", "did you mean 'w"),
        ("H1", "did you mean 'h1'"),
        ("0.wieght[0, 0]", "did you mean '0.weight"),
        ("0.weight", r"2 × 2; name one of its entries, such as '0.weight\[0, 0\]'"),
        ("0.weight[2, 0]", "not there: '0.weight' is 2 × 2"),
        ("0.weight[1]", "name one of its entries"),
        ("", "nothing is called ''"),
    ],
    ids=str,
)
def test_what_is_not_there_is_said_with_what_comes_near(text, message):
    found = graph(mlp(2, 2, 1), numbers(1, 2))
    for ask in (found.value, found.gradient, found.paths):
        with pytest.raises(KeyError, match=message):
            ask(text)


def test_a_local_derivative_is_between_neighbours():
    found = graph(mlp(2, 2, 1), numbers(1, 2))
    with pytest.raises(KeyError, match="'x1' does not go straight into 'h1'; what does: a1"):
        found.local("h1", "x1")
    with pytest.raises(KeyError, match="'w11' is a parameter"):
        found.local("w11", "x1")


def test_a_path_names_its_way():
    found = graph(mlp(2, 2, 2, 1), numbers(1, 2))
    ways = list(found.paths("w(1)11"))
    assert [[found.symbols[node].text for node in way.nodes] for way in ways] == [
        ["a(1)1", "h(1)1", "a(2)1", "h(2)1", "z", "L"],
        ["a(1)1", "h(1)1", "a(2)2", "h(2)2", "z", "L"],
    ]
    for way in ways:
        assert len(way.factors) == len(way.edges) + 1
        assert found.uses[way.use].tolist() == [0, way.nodes[0], 0]
        assert [tuple(found.edges[edge, :2]) for edge in way.edges] == list(zip(way.nodes, way.nodes[1:], strict=False))
    assert [way.use for way in found.paths("h(2)1")] == [None]
    assert [way.product for way in found.paths("L")] == [1.0]


def test_too_many_paths_are_counted_and_refused():
    found = graph(mlp(2, 8, 8, 8, 8, 8, 1), numbers(1, 2))
    with pytest.raises(ValueError, match="32,768 paths lead from"):
        graph(mlp(2, 8, 8, 8, 8, 8, 8, 1), numbers(1, 2)).paths("w(1)11")
    assert sum(1 for _ in found.paths("w(1)11")) == 8**4
    assert sum(way.product for way in found.paths("w(1)11")) == pytest.approx(found.gradient("w(1)11"))


# -- single operations ------------------------------------------------------------------------------


def test_parts_are_stops_and_those_without_a_derivative_are_passed_by():
    found = graph(mlp(1, 1, end=nn.Sigmoid()), numbers(1, 1), torch.ones(1, 1).double(), BCE)
    # of z parts 0 and 1, of p none, of L parts 2, 3 and 4, of which 3 is constant
    parts = [(), (0, 1), (), (2, 3, 4)]
    stops = steps(found, "operation", parts, {3})
    assert [(each.phase[0], each.kind[:2], each.index) for each in stops] == [
        ("f", "pa", 0),
        ("f", "pa", 1),
        ("f", "va", 2),
        ("l", "pa", 2),
        ("l", "pa", 3),
        ("l", "pa", 4),
        ("b", "pa", 2),
        ("b", "va", 2),
        ("b", "pa", 1),
        ("b", "pa", 0),
        ("b", "pa", 0),
        ("b", "pa", 1),
        ("u", "al", 0),
        ("u", "ag", 0),
    ]
