"""The networks that come with `NetworkAnatomy`, and models as a view gets them."""

import threading

import pytest
import torch

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.examples import SAMPLES, example
from nnwidgets.anatomy.trace import trace
from nnwidgets.networks import build_mlp, count_parameters
from nnwidgets.widgets._anatomy_settings import EXAMPLES
from tests import vectors


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_and_is_small(name):
    model, x, label = example(name)
    graph = trace(model, Arguments.of(x))
    assert graph.failed is None
    assert graph.samples == SAMPLES == len(x)
    assert not any(module.training for module in model.modules())
    assert label
    assert graph.parameter_count < 400_000
    assert not [node for node in graph.nodes if node.kind == "idle"]
    assert len(graph.inside(-1)) <= 20


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_the_same_each_time(name):
    state = torch.get_rng_state()
    one, other = example(name), example(name)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one[1], other[1])
    for ours, theirs in zip(one[0].parameters(), other[0].parameters(), strict=True):
        assert ours is not theirs
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "dense"])
def test_weights_are_those_of_seed_0(name):
    model, *_ = example(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        again = type(model)()
    assert [p.tolist() for p in model.parameters()] == [p.tolist() for p in again.parameters()]


def test_random_numbers_of_other_threads_do_not_reach_an_example():
    expected = [parameter.tolist() for parameter in example("residual")[0].parameters()]
    stop = threading.Event()

    def draw():
        while not stop.is_set():
            torch.rand(1)

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        found = [[p.tolist() for p in example("residual")[0].parameters()] for _ in range(20)]
    finally:
        stop.set()
        thread.join()
    assert found == [expected] * 20


def test_the_dense_one_is_the_chapters():
    model, x, _ = example("dense")
    built = build_mlp(784, (64, 64), 10, activation="relu", output_activation=None, flatten=True)
    assert repr(model) == repr(built)
    assert torch.equal(model[1].weight, built[1].weight)
    assert count_parameters(model) == 55050
    assert x.shape == (8, 1, 28, 28)
    assert (x.min(), x.max()) == (0, 1)


def test_the_transformer_shares_its_first_weight_with_its_last():
    model, x, _ = example("transformer")
    graph = trace(model, Arguments.of(x))
    assert model.head.weight is model.token_embedding.weight
    assert graph.find("head").shares == (graph.number("token_embedding"),)
    first = torch.full_like(x, 3)
    changed = first.clone()
    changed[:, 9:] = 5
    with torch.no_grad():  # no token looks at one that comes later
        assert torch.allclose(model(first)[:, :9], model(changed)[:, :9], atol=1e-5)


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="there are 'dense', 'convolutional'"):
        example("deep")


def test_what_the_view_is_tested_with_is_what_models_are():
    assert vectors.same(vectors.made("anatomy"), vectors.stored("anatomy"))
