"""Multiply–adds, memory and the arithmetic of parameters, against PyTorch's own counter and torchinfo."""

import math

import pytest
import torch
import torchinfo
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.costs import cost_of
from nnwidgets.anatomy.examples import example
from nnwidgets.anatomy.trace import trace
from nnwidgets.networks import count_parameters
from tests.unit.traced_models import Model, anatomy, linear, traced

MAPS = torch.randn(2, 4, 9, 8)
LINE = torch.randn(2, 4, 9)
STEPS = torch.randn(2, 5, 4)
WIDE = {
    "linear": (linear(4, 3), LINE.transpose(1, 2)),
    "conv1d": (nn.Conv1d(4, 6, 3, dilation=2), LINE),
    "conv2d": (nn.Conv2d(4, 6, (3, 2), stride=2, padding=1), MAPS),
    "grouped": (nn.Conv2d(4, 6, 3, groups=2), MAPS),
    "depthwise": (nn.Conv2d(4, 8, 3, groups=4, bias=False), MAPS),
    "conv3d": (nn.Conv3d(1, 2, 3), torch.randn(2, 1, 4, 5, 6)),
    "transposed": (nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), MAPS),
    "transposed1d": (nn.ConvTranspose1d(4, 6, 3, stride=2), LINE),
    "matmul": (Model(lambda s, x: x @ x.mT), MAPS),
    "einsum": (Model(lambda s, x: torch.einsum("bchw,bdhw->bcd", x, x)), MAPS),
    "baddbmm": (Model(lambda s, x: torch.baddbmm(torch.ones(2, 5, 5), x, x.mT)), STEPS),
    "addmm": (Model(lambda s, x: torch.addmm(torch.ones(5, 5), x[0], x[0].T, beta=2)), STEPS),
    "sdpa": (Model(lambda s, x: functional.scaled_dot_product_attention(x, x, x[..., :3])), MAPS),
    "attention": (Model(lambda s, x: s.a(x, x, x)[0], a=nn.MultiheadAttention(4, 2, batch_first=True)), STEPS),
    "encoder": (nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), STEPS),
}
CLOSED = {
    "lstm": (nn.LSTM(4, 3, 2, batch_first=True), STEPS, 10 * 4 * 3 * (4 + 3 + 3 + 3)),
    "lstm both ways": (nn.LSTM(4, 3, bidirectional=True, batch_first=True), STEPS, 10 * 2 * 4 * 3 * (4 + 3)),
    "lstm projected": (nn.LSTM(4, 3, proj_size=2, batch_first=True), STEPS, 10 * (4 * 3 * (4 + 2) + 3 * 2)),
    "gru": (nn.GRU(4, 3, batch_first=True), STEPS, 10 * 3 * 3 * (4 + 3)),
    "rnn": (nn.RNN(4, 3, batch_first=True), STEPS, 10 * 3 * (4 + 3)),
    "lstm cell": (nn.LSTMCell(4, 3), STEPS[:, 0], 2 * 4 * 3 * (4 + 3)),
    "gru cell": (nn.GRUCell(4, 3), STEPS[:, 0], 2 * 3 * 3 * (4 + 3)),
    "bilinear": (Model(lambda s, x: s.b(x, x), b=nn.Bilinear(4, 4, 3)), STEPS, 10 * 3 * 4 * 4),
    "dot": (Model(lambda s, x: x[0, 0] @ x[0, 1] + x[0] @ x[0, 0]), STEPS, 4 + 5 * 4),
    "normalisations": (nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Softmax(1)), MAPS, 0),
    "embedding": (nn.Embedding(5, 4), torch.tensor([[1, 2]]), 0),
    "sums": (Model(lambda s, x: (x + x) * 2 - x / 3), MAPS, 0),
}


@pytest.mark.parametrize("name", WIDE)
def test_multiply_adds_are_half_of_what_pytorch_counts(name):
    model, x = WIDE[name]
    assert traced(model, x).multiply_adds == _half_of_the_flops(model, x) > 0


def _half_of_the_flops(model, x):
    """In training mode: in the other, attention takes a way that PyTorch does not count."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.train()(x)
    model.eval()
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("name", CLOSED)
def test_multiply_adds_that_pytorch_does_not_count(name):
    model, x, expected = CLOSED[name]
    assert traced(model, x).multiply_adds == expected


def test_a_packed_sequence_costs_what_is_in_it():
    def forward(s, x):
        return s.rnn(nn.utils.rnn.pack_padded_sequence(x, [5, 2], batch_first=True))[1][0]

    assert anatomy(forward, given=STEPS, rnn=nn.LSTM(4, 3)).multiply_adds == 7 * 4 * 3 * (4 + 3)


def test_a_sparse_matrix_costs_what_is_in_it():
    adjacency = torch.eye(5).to_sparse()
    assert anatomy(lambda s, x: torch.sparse.mm(adjacency, x[0]), given=STEPS).multiply_adds == 5 * 4


def test_attention_whose_values_are_narrower_than_its_keys():
    cost = cost_of(torch.ops.aten._scaled_dot_product_efficient_attention.default)
    assert cost((torch.ones(2, 3, 5, 8), torch.ones(2, 3, 7, 8), torch.ones(2, 3, 7, 4)), None) == 6 * 5 * 7 * (8 + 4)


def test_operators_of_others_cost_nothing_that_is_known():
    assert cost_of(torch.ops.prims.mul.default) is None
    assert cost_of(torch.ops.aten.relu.default) is None


def test_biases_and_additions_cost_nothing():
    assert traced(linear(4, 3)).multiply_adds == traced(linear(4, 3, bias=False)).multiply_adds == 36


@pytest.mark.parametrize("name", ["dense", "convolutional", "residual", "transformer", "recurrent"])
def test_examples_cost_what_pytorch_counts(name):
    model, x, _ = example(name)
    graph = trace(model, Arguments.of(x))
    recurrent = 8 * 16 * 4 * 128 * (64 + 128) if name == "recurrent" else 0
    assert graph.multiply_adds == _half_of_the_flops(model, x) + recurrent
    assert graph.parameter_count == count_parameters(model) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("name", ["dense", "convolutional", "residual"])
def test_torchinfo_says_the_same_where_it_counts_the_same(name):
    """It counts biases as multiply–adds, and weights of normalisations, once for each sample."""
    model, x, _ = example(name)
    graph = trace(model, Arguments.of(x))
    info = torchinfo.summary(model, input_data=x, verbose=0)
    biases = sum(_biases(model.get_submodule(node.name), node) for node in graph.leaves if node.kind == "module")
    assert info.total_mult_adds == graph.multiply_adds + biases
    assert info.total_params == graph.parameter_count
    rows = [each for each in info.summary_list if each.is_leaf_layer and each.depth > 0]
    mine = [node for node in graph.leaves if node.kind == "module"]
    assert [each.class_name for each in rows] == [node.type for node in mine]
    assert [each.num_params for each in rows] == [node.count for node in mine]
    assert [tuple(each.output_size) for each in rows] == [node.outputs[0].shape for node in mine]
    assert [tuple(each.input_size) for each in rows] == [node.inputs[0].shape for node in mine]


def _biases(module, node):
    out = node.outputs[0].shape
    if isinstance(module, nn.BatchNorm2d):
        return 2 * out[1] * out[0]
    if getattr(module, "bias", None) is None:
        return 0
    return math.prod(out)


def test_memory_is_what_is_taken_for_outputs():
    model = nn.Sequential(linear(4, 6), nn.ReLU(inplace=True), nn.Unflatten(1, (2, 3)), nn.Tanh())
    graph = traced(model, torch.zeros(5, 4))
    assert [node.output_bytes for node in graph.nodes] == [0, 120, 0, 0, 120, 0]
    assert graph.output_bytes == 240
    assert graph.parameter_bytes == 4 * 30


def test_bytes_are_those_of_the_numbers_kind():
    graph = traced(nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6)).double(), torch.zeros(5, 4, dtype=torch.float64))
    assert graph.parameter_bytes == 8 * (30 + 12)
    assert graph.buffer_bytes == 8 * 12 + 8
    assert graph.find("0").outputs[0].dtype == "float64"


def test_a_container_costs_what_is_in_it():
    model, x, _ = example("residual")
    graph = trace(model, Arguments.of(x))
    for number, node in enumerate(graph.nodes):
        inside = [graph.nodes[each] for each in graph.inside(number)]
        if inside:
            assert node.multiply_adds == sum(each.multiply_adds for each in inside)
            assert node.output_bytes == sum(each.output_bytes for each in inside)
            assert node.count == sum(each.fresh for each in inside)
    assert graph.multiply_adds == sum(node.multiply_adds for node in graph.leaves)


TERMS = {
    "linear": (linear(784, 64), ((784, 64), ("inputs", "neurons")), ((64,), ("neurons",))),
    "conv": (
        nn.Conv2d(3, 64, (7, 5)),
        ((3, 64, 7, 5), ("input channels", "output channels", "kernel rows", "kernel columns")),
        ((64,), ("output channels",)),
    ),
    "grouped": (
        nn.Conv1d(4, 6, 3, groups=2, bias=False),
        ((2, 6, 3), ("input channels of each group", "output channels", "kernel size")),
    ),
    "transposed": (
        nn.ConvTranspose2d(3, 6, 2, bias=False),
        ((3, 6, 2, 2), ("input channels", "output channels", "kernel rows", "kernel columns")),
    ),
    "batch norm": (nn.BatchNorm2d(5), ((5,), ("channels",)), ((5,), ("channels",))),
    "group norm": (nn.GroupNorm(1, 5), ((5,), ("channels",)), ((5,), ("channels",))),
    "layer norm": (nn.LayerNorm((3, 4)), ((3, 4), ("features", "features")), ((3, 4), ("features", "features"))),
    "rms norm": (nn.RMSNorm(4), ((4,), ("features",))),
    "embedding": (nn.Embedding(9, 4), ((9, 4), ("entries", "features"))),
    "lstm": (
        nn.LSTM(4, 3),
        ((4, 3, 4), ("gates", "units", "inputs")),
        ((4, 3, 3), ("gates", "units", "units")),
        ((4, 3), ("gates", "units")),
        ((4, 3), ("gates", "units")),
    ),
    "lstm projected": (
        nn.LSTM(4, 3, proj_size=2, bias=False),
        ((4, 3, 4), ("gates", "units", "inputs")),
        ((4, 3, 2), ("gates", "units", "outputs")),
        ((2, 3), ("outputs", "units")),
    ),
    "gru": (
        nn.GRUCell(4, 3, bias=False),
        ((3, 3, 4), ("gates", "units", "inputs")),
        ((3, 3, 3), ("gates", "units", "units")),
    ),
    "rnn": (nn.RNN(4, 3, bias=False), ((3, 4), ("units", "inputs")), ((3, 3), ("units", "units"))),
    "attention": (
        nn.MultiheadAttention(4, 2),
        ((3, 4, 4), ("query, key and value", "features", "features")),
        ((3, 4), ("query, key and value", "features")),
        ((4, 4), ("inputs", "features")),
        ((4,), ("features",)),
    ),
    "bilinear": (
        nn.Bilinear(4, 5, 3),
        ((4, 5, 3), ("first inputs", "second inputs", "neurons")),
        ((3,), ("neurons",)),
    ),
    "prelu": (nn.PReLU(4), ((4,), ("channels",))),
    "weight norm": (
        nn.utils.parametrizations.weight_norm(linear(4, 3)),
        ((3,), ("neurons",)),
        ((1, 3), ("inputs", "neurons")),
        ((4, 3), ("inputs", "neurons")),
    ),
}


@pytest.mark.parametrize("name", TERMS)
def test_terms_are_the_count_as_arithmetic(name):
    layer, *expected = TERMS[name]
    given = {
        "embedding": torch.tensor([1]),
        "bilinear": (torch.ones(1, 4), torch.ones(1, 5)),
        "attention": (STEPS,) * 3,
    }
    sizes = {"linear": (1, 784), "conv": (1, 3, 9, 9), "transposed": (1, 3, 4, 4), "batch norm": (1, 5, 2, 2)}
    sizes |= {"grouped": (1, 4, 5), "group norm": (2, 5), "layer norm": (2, 3, 4), "gru": (1, 4), "prelu": (2, 4)}
    graph = traced(layer, given.get(name, torch.ones(sizes.get(name, (2, 1, 4)))))
    assert graph.failure == ""
    node = graph.find(":model")
    assert [(term.factors, term.meanings) for term in node.terms] == expected
    assert [math.prod(term.factors) for term in node.terms] == [graph.parameters[i].count for i in node.parameters]
    assert sum(math.prod(term.factors) for term in node.terms) == node.count == count_parameters(layer)


def test_terms_of_any_other_parameter_are_its_axes():
    model = Model(lambda s, x: x @ s.w * s.c, w=nn.Parameter(torch.ones(4, 3)), c=nn.Parameter(torch.ones(())))
    graph = traced(model)
    assert graph.find("w").terms[0].factors == (4, 3)
    assert graph.find("w").terms[0].meanings == ("axis 0", "axis 1")
    assert graph.find("c").terms[0].factors == (1,)


def test_frozen_parameters_are_counted_apart():
    model = nn.Sequential(linear(4, 3), linear(3, 2))
    model[0].requires_grad_(requires_grad=False)
    graph = traced(model)
    assert (graph.parameter_count, graph.frozen) == (count_parameters(model), 15) == (8, 15)
    assert (graph.find("0").count, graph.find("0").trainable) == (15, 0)
