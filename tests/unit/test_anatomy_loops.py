"""Rounds of the same calls as one loop; graphs that are too large."""

import random

import pytest
import torch
from torch import nn

from nnwidgets.anatomy import building
from nnwidgets.anatomy.cutting import cut
from nnwidgets.anatomy.graph import Node
from tests.unit.traced_models import Model, X, anatomy, edges, keys, linear, traced


def _times(count):
    def forward(s, x):
        for _ in range(count):
            x = torch.tanh(s.a(x))
        return s.b(x)

    return anatomy(forward, a=linear(), b=linear())


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_rounds_are_told_one_by_one(count):
    graph = _times(count)
    assert not keys(graph, "loop")
    assert len([node for node in graph.nodes if node.type == "Linear"]) == count + 1


@pytest.mark.parametrize("count", [4, 5, 30])
def test_many_rounds_are_a_loop(count):
    graph = _times(count)
    assert keys(graph) == [":input", ":loop", "a", ":tanh", "b", ":output"]
    loop = graph.find(":loop")
    assert (loop.repeats, loop.detail, loop.kind) == (count, f"{count} rounds", "loop")
    assert loop.multiply_adds == count * graph.find("a").multiply_adds == count * 48
    assert loop.output_bytes == count * 2 * 48
    assert (graph.multiply_adds, graph.parameter_count) == ((count + 1) * 48, 40)
    assert (graph.find("a").calls, graph.find("a").fresh, loop.fresh) == (count, 20, 20)
    assert [graph.nodes[number].key for number in graph.inside(1)] == ["a", ":tanh"]


def test_edges_of_later_rounds_are_those_of_the_first():
    assert edges(_times(6)) == {
        (":input", "a"), ("a", ":tanh"), (":tanh", "a"), (":tanh", "b"), ("b", ":output")
    }  # fmt: skip


def test_cells_that_go_through_a_sequence():
    def forward(s, x):
        h = c = torch.zeros(2, 5)
        heard = []
        for time in range(x.shape[1]):
            h, c = s.cell(x[:, time], (h, c))
            heard.append(h)
        return torch.stack(heard, 1)

    graph = anatomy(forward, given=torch.zeros(2, 9, 4), cell=nn.LSTMCell(4, 5))
    assert keys(graph) == [":input", ":zeros", ":loop", ":getitem", "cell", ":stack", ":output"]
    assert graph.find(":loop").repeats == 9
    assert graph.find("cell").outputs[0].shape == (2, 5)
    assert edges(graph) == {
        (":input", ":getitem"), (":zeros", "cell"), (":getitem", "cell"), ("cell", "cell"), ("cell", ":stack"),
        (":stack", ":output"),
    }  # fmt: skip


def test_containers_that_run_again_and_again():
    graph = anatomy(
        lambda s, x: s.l(s.l(s.l(s.l(s.l(x))))), l=nn.Sequential(linear(), nn.ReLU(), nn.Sequential(linear()))
    )
    assert keys(graph) == [":input", ":loop", "l", "l.0", "l.1", "l.2", "l.2.0", ":output"]
    assert ("l.2.0", "l.0") in edges(graph)
    assert graph.find(":loop").multiply_adds == 5 * 2 * 48


def test_loops_in_loops():
    def forward(s, x):
        for _ in range(5):
            for _ in range(6):
                x = s.a(x)
            x = s.b(x)
        return x

    graph = anatomy(forward, a=linear(), b=linear())
    assert keys(graph) == [":input", ":loop", ":loop:loop", "a", "b", ":output"]
    assert (graph.find(":loop").multiply_adds, graph.find(":loop:loop").multiply_adds) == (5 * 7 * 48, 6 * 48)
    assert edges(graph) == {(":input", "a"), ("a", "a"), ("a", "b"), ("b", "a"), ("b", ":output")}


def test_two_loops_in_a_row():
    def forward(s, x):
        for _ in range(4):
            x = s.a(x)
        for _ in range(7):
            x = s.b(x)
        return x

    graph = anatomy(forward, a=linear(), b=linear())
    assert [(node.key, node.repeats) for node in graph.nodes if node.kind == "loop"] == [(":loop", 4), (":loop#2", 7)]


def test_a_sum_of_a_few_is_no_loop():
    graph = anatomy(lambda s, x: x + x + x + x + x + x)
    assert len(keys(graph, "operation")) == 5


def test_layers_of_their_own_are_no_loop():
    graph = traced(nn.Sequential(*(linear() for _ in range(8))))
    assert not keys(graph, "loop")


def test_rounds_that_differ_in_their_weights_are_no_loop():
    graph = anatomy(lambda s, x: sum(x @ w for w in s.w), w=nn.ParameterList([torch.ones(4, 4) for _ in range(6)]))
    assert not keys(graph, "loop")
    assert len(keys(graph, "parameter")) == 6


def test_random_sequences_are_told_in_full():
    """Put back into rounds, loops are what ran."""
    draw = random.Random(0)
    for _ in range(60):
        unit = [draw.choice("ab") for _ in range(draw.randint(1, 4))]
        sequence = [draw.choice("abc") for _ in range(3)] + unit * draw.randint(1, 7) + [draw.choice("abc")]

        def forward(s, x, sequence=sequence):
            for name in sequence:
                x = getattr(s, name)(x)
            return x

        graph = anatomy(forward, a=linear(), b=linear(), c=linear())
        assert _unrolled(graph, -1) == sequence
        assert graph.multiply_adds == 48 * len(sequence)


def _unrolled(graph, number):
    found = []
    for each in graph.inside(number):
        node = graph.nodes[each]
        if node.kind == "module":
            found.append(node.name)
        found += _unrolled(graph, each) * node.repeats
    return found


def test_loops_that_share_a_call_are_told_in_full():
    sequence = list("ababababcbcbcbcb")

    def forward(s, x):
        for name in sequence:
            x = getattr(s, name)(x)
        return x

    graph = anatomy(forward, a=linear(), b=linear(), c=linear())
    assert _unrolled(graph, -1) == sequence


def test_a_round_of_a_thousand_steps_is_quick():
    def forward(s, x):
        for _ in range(1500):
            x = torch.tanh(s.a(x)) * 0.5 + x
        return x

    graph = anatomy(forward, a=linear())
    assert graph.find(":loop").repeats == 1500
    assert len(graph.nodes) == 7


def test_of_too_large_a_graph_the_deepest_nodes_are_left_out():
    inner = nn.Sequential(nn.Sequential(linear(), nn.ReLU()), linear())
    model = nn.Sequential(inner, nn.ReLU(), linear())
    whole = traced(model)
    nodes, pairs, without = cut(list(whole.nodes), set(zip(whole.edges[::2], whole.edges[1::2], strict=True)), 7)
    assert without == 2
    assert [(node.key, node.kind) for node in nodes] == [
        (":input", "input"), ("0", "container"), ("0.0", "module"), ("0.1", "module"), ("1", "module"),
        ("2", "module"), (":output", "output"),
    ]  # fmt: skip
    assert sorted(pairs) == [(0, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
    assert len(nodes[2].parameters) == 2


def test_thousands_of_nodes_in_one_container_are_cut():
    model = Model(lambda s, x: sum(layer(x) for layer in s.layers), layers=nn.ModuleList(linear() for _ in range(1700)))
    graph = traced(model, X)
    assert len(graph.nodes) == building.MOST_NODES
    assert graph.without == 2 * 1700 + 2 - building.MOST_NODES
    assert graph.notes[-1].startswith(f"{graph.without:,} of 3,402 layers and operations are left out")
    assert (graph.parameter_count, graph.multiply_adds) == (1700 * 20, 1700 * 48)
    assert graph.nodes[-1].kind == "output"


def test_a_cut_keeps_inputs_and_outputs():
    nodes = [Node(":input", "input", "", ""), *(Node(str(n), "module", "", "") for n in range(9))]
    nodes.append(Node(":output", "output", "", ""))
    kept, _, without = cut(nodes, set(), 4)
    assert [node.key for node in kept] == [":input", "0", "1", ":output"]
    assert without == 7
