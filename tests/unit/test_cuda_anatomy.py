"""Models on a GPU: the same anatomy as on the CPU, and nothing of the GPU's state is changed."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.examples import example
from nnwidgets.anatomy.inside import look_inside
from nnwidgets.anatomy.rows import rows_of
from nnwidgets.anatomy.trace import trace
from nnwidgets.widgets._anatomy_settings import EXAMPLES

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")


def asked(key, **others):
    return {
        "selected": key,
        "sample": 1,
        "channel": 0,
        "pixel": [],
        "tensor": "",
        "window": [],
        "first": 0,
    } | others


@pytest.fixture(params=EXAMPLES)
def models(request):
    """The same example on the CPU and on the GPU, with its input."""
    model, given, _ = example(request.param)
    return model, copy.deepcopy(model).cuda(), Arguments.of(given)


def test_the_graph_is_that_of_the_cpu(models):
    on_cpu, on_gpu, arguments = models
    ours, theirs = trace(on_gpu, arguments), trace(on_cpu, arguments)
    assert ours.pairs == theirs.pairs
    assert replace(ours, operations=0) == replace(theirs, operations=0)  # a GPU's LSTM lays its weights out anew


def test_every_layer_opens_to_the_numbers_of_the_cpu(models):
    on_cpu, on_gpu, arguments = models
    graph = trace(on_cpu, arguments)
    for node in graph.leaves:
        ours, theirs = (look_inside(model, arguments, graph, asked(node.key)) for model in (on_gpu, on_cpu))
        assert [picture.name for picture in ours.pictures] == [picture.name for picture in theirs.pictures]
        for mine, other in zip(ours.pictures, theirs.pictures, strict=True):
            np.testing.assert_allclose(mine.values, other.values, rtol=1e-3, atol=1e-3, err_msg=node.key)
        for mine, other in zip(ours.spreads, theirs.spreads, strict=True):
            assert mine.size == other.size
            assert sum(mine.counts) == sum(other.counts)


def test_rows_are_those_of_the_cpu(models):
    on_cpu, on_gpu, arguments = models
    graph = trace(on_cpu, arguments)
    nodes = [number for number, node in enumerate(graph.nodes) if node.terms]
    ours, theirs = (rows_of(model, graph, nodes, before=None) for model in (on_gpu, on_cpu))
    assert [row.weights for row in ours] == pytest.approx([row.weights for row in theirs], rel=1e-4)


def test_generators_and_buffers_stay(models):
    """Also in training mode, where dropout draws and batch norm counts."""
    _, model, arguments = models
    model.train()
    torch.cuda.manual_seed(3)
    before = torch.cuda.get_rng_state(), {name: value.clone() for name, value in model.state_dict().items()}
    trace(model, arguments, training=True)
    assert torch.equal(before[0], torch.cuda.get_rng_state())
    assert all(torch.equal(value, before[1][name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_an_input_on_the_cpu_goes_to_where_the_model_is():
    graph = trace(nn.Linear(3, 2).cuda(), Arguments.of(torch.zeros(1, 3)))
    assert graph.failed is None


def test_half_precision():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).cuda().half()
    arguments = Arguments.of(torch.rand(1, 3, 8, 8, dtype=torch.float16))
    graph = trace(model, arguments)
    assert graph.failed is None
    found = look_inside(model, arguments, graph, asked("0", channel=1, pixel=[2, 3]))
    assert found.pixel is not None
    assert found.pixel.value == pytest.approx(sum(found.pixel.sums) + found.pixel.bias, rel=2e-2, abs=2e-2)
