"""Models that cannot be shown in full: what ran until then, and a clear reason why not the rest."""

import threading

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.trace import AnatomyError, live_module, trace
from tests.unit.traced_models import Model, X, anatomy, edges, keys, linear, traced


def _refuse(*_):
    raise ValueError("no")


def test_what_ran_until_then_is_shown():
    graph = traced(nn.Sequential(linear(), nn.Sequential(nn.ReLU(), linear(5)), linear()))
    assert keys(graph) == [":input", "0", "1", "1.0", "1.1", "2"]
    assert graph.failed == "1.1"
    assert graph.failure.startswith("Linear '1.1' raised with an input of 3 × 4: RuntimeError: ")
    assert "shapes cannot be multiplied" in graph.failure
    assert graph.find("1.1").outputs == ()
    assert ("1.0", "1.1") in edges(graph)
    assert graph.find("2").kind == "idle"
    assert graph.parameter_count == 20 + 24 + 20


def test_the_inmost_module_is_named():
    graph = traced(nn.Sequential(nn.Sequential(Model(lambda s, x: _refuse(s.a(x)), a=linear()))))
    assert graph.failed == "0.0"
    assert graph.failure == "Model '0.0' raised with an input of 3 × 4: ValueError: no"


def test_operations_before_it_are_shown_and_the_one_that_raised():
    graph = anatomy(lambda s, x: (s.a(x) * 2) @ torch.ones(7, 7), a=linear())
    assert keys(graph) == [":input", "a", ":mul", ":ones", ":matmul"]
    assert {("a", ":mul"), (":mul", ":matmul"), (":ones", ":matmul")} <= edges(graph)
    assert (graph.failed, graph.find(":matmul").outputs) == ("", ())
    assert graph.failure.startswith("the model (Model) raised with an input of 3 × 4: RuntimeError")


def test_a_model_that_is_one_layer():
    graph = traced(linear(5))
    assert keys(graph) == [":input", ":model"]
    assert graph.failed == ":model"


def test_an_argument_that_is_missing():
    graph = anatomy(lambda s, x, mask: s.a(x), a=linear())
    assert (graph.failed, keys(graph)) == ("", [":input", "a"])
    assert "missing 1 required positional argument: 'mask'" in graph.failure


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_forward_that_would_end_another_thread(kind):
    def ends(self, x):
        raise kind("enough")

    found = []
    thread = threading.Thread(target=lambda: found.append(traced(Model(ends, layer=linear()))))
    thread.start()
    thread.join()
    assert f"{kind.__name__}: enough" in found[0].failure


def test_a_hook_that_raises_is_named():
    model = nn.Sequential(linear(), nn.ReLU())
    model[1].register_forward_hook(_refuse)
    graph = traced(model)
    assert graph.failure == "the hook _refuse of ReLU '1' raised with an input of 3 × 4: ValueError: no"
    assert (graph.failed, keys(graph)) == ("1", [":input", "0", "1"])


def test_a_hook_before_a_module_that_raises_is_named():
    model = nn.Sequential(linear(), nn.Sequential(linear()))
    model[1].register_forward_pre_hook(_refuse)
    graph = traced(model)
    assert graph.failure.startswith("the hook _refuse of Sequential '1' raised")
    assert graph.failed == "1"


def test_a_hook_that_is_an_object_is_named_by_its_class():
    class Watch:
        def __call__(self, *_):
            raise ValueError("no")

    model = linear()
    model.register_forward_hook(Watch())
    assert traced(model).failure.startswith("the hook Watch of the model (Linear) raised")


def test_what_another_module_raises_in_a_hook_is_the_hooks():
    inner = linear(5)
    model = Model(lambda s, x: x * 2, a=linear())
    model.register_forward_hook(lambda module, args, output: inner(output))
    assert traced(model).failure.startswith("the hook test_what_")


def test_what_the_forward_catches_is_no_failure():
    def forward(s, x):
        try:
            s.bad(x)
        except RuntimeError:
            x = s.good(x)
        return x

    graph = anatomy(forward, bad=linear(5), good=linear())
    assert graph.failed is None
    assert keys(graph) == [":input", "bad", "good", ":output"]
    assert ("good", ":output") in edges(graph)


def test_an_exception_that_is_handled_outside_is_none_of_the_models():
    try:
        raise ValueError("outside")
    except ValueError:
        graph = traced(nn.Sequential(linear(), nn.ReLU()))
    assert graph.failed is None
    assert [node.outputs[0].shape for node in graph.nodes] == [(3, 4)] * 4


def test_a_failing_lazy_module():
    graph = traced(nn.Sequential(nn.LazyLinear(3), nn.ReLU(), linear(7)))
    assert graph.failed == "2"
    assert graph.find("0").count == 15
    graph = traced(nn.Sequential(linear(7), nn.LazyLinear(3)))
    assert (graph.failed, graph.find("1").count) == ("0", 0)
    assert graph.parameters[-1].shape == ()


def test_long_messages_are_cut():
    def forward(s, x):
        raise ValueError("x" * 5000)

    assert len(anatomy(forward).failure) < 600


def test_modules_nested_deeper_than_watching_them_may_go():
    model = linear()
    for _ in range(250):
        model = nn.Sequential(model)
    graph = traced(model)
    assert graph.failed is None
    assert len(graph.nodes) == 252


def test_endless_recursion_is_a_failure():
    def forward(s, x):
        return s(x)

    graph = anatomy(forward, a=linear())
    assert "RecursionError" in graph.failure
    assert graph.parameter_count == 20


def test_a_model_that_calls_itself():
    def forward(s, x, depth=3):
        return s.a(x) if depth == 0 else s(s.a(x), depth - 1)

    graph = anatomy(forward, a=linear())
    assert edges(graph) == {(":input", "a"), ("a", "a#2"), ("a#2", "a#3"), ("a#3", "a#4"), ("a#4", ":output")}


def test_no_parameters():
    graph = traced(nn.Sequential(nn.Flatten(), nn.ReLU()))
    assert (graph.parameter_count, graph.parameters, graph.multiply_adds) == (0, (), 0)
    assert keys(graph) == [":input", "0", "1", ":output"]


def test_a_model_that_gives_no_tensor():
    graph = anatomy(lambda s, x: s.a(x).sum().item(), a=linear())
    assert keys(graph) == [":input", "a"]
    assert graph.failed is None


def test_weights_without_numbers():
    graph = traced(nn.Sequential(linear(), nn.BatchNorm1d(4)).to("meta"))
    assert graph.failed is None
    assert graph.find("0").outputs[0].shape == (3, 4)
    assert "meta device" in graph.notes[0]


def test_torchscript_is_one_node():
    inner = torch.jit.script(nn.Sequential(linear(), nn.ReLU(), linear()))
    graph = traced(nn.Sequential(inner, linear()))
    assert keys(graph) == [":input", "0", "1", ":output"]
    assert (graph.find("0").type, graph.find("0").count, graph.find("0").multiply_adds) == ("Sequential", 40, 96)
    assert edges(graph) == {(":input", "0"), ("0", "1"), ("1", ":output")}
    assert "TorchScript" in graph.notes[0]
    assert keys(traced(inner)) == [":input", ":model", ":output"]


def test_a_function_of_torchscript_is_its_operations():
    function = torch.jit.script(_doubled)
    graph = anatomy(lambda s, x: s.b(function(s.a(x))), a=linear(), b=linear())
    assert edges(graph) == {(":input", "a"), ("a", ":mul"), (":mul", ":add"), (":add", "b"), ("b", ":output")}


def _doubled(x):
    return x * 2 + 1


def test_a_compiled_model_is_what_was_compiled():
    inner = nn.Sequential(linear(), nn.ReLU())
    compiled = torch.compile(inner)
    assert live_module(compiled) is inner
    graph = traced(compiled)
    assert (graph.name, keys(graph)) == ("Sequential", [":input", "0", "1", ":output"])


def test_a_compiled_function_is_seen_through():
    function = torch.compile(lambda x: torch.sin(x) * 2)
    graph = anatomy(lambda s, x: s.b(function(s.a(x))), a=linear(), b=linear())
    assert edges(graph) == {(":input", "a"), ("a", ":sin"), (":sin", ":mul"), (":mul", "b"), ("b", ":output")}


def test_a_compiled_part_is_seen_through():
    graph = traced(nn.Sequential(torch.compile(nn.Sequential(linear(), nn.ReLU())), linear()))
    assert keys(graph) == [":input", "0", "0._orig_mod", "0._orig_mod.0", "0._orig_mod.1", "1", ":output"]
    assert graph.find("0").type == "OptimizedModule"


def test_a_module_that_is_compiled_in_place_is_seen_through():
    model = nn.Sequential(linear(), nn.ReLU())
    model.compile()
    assert keys(traced(model)) == [":input", "0", "1", ":output"]


def test_data_parallel_is_seen_through():
    graph = traced(nn.DataParallel(nn.Sequential(linear())))
    assert edges(graph) == {(":input", "module.0"), ("module.0", ":output")}


@pytest.mark.parametrize("kind", ["weight norm", "old weight norm", "spectral norm", "old spectral norm", "orthogonal"])
def test_layers_with_another_weight_behind_theirs_are_layers(kind):
    utils = nn.utils
    make = {
        "weight norm": utils.parametrizations.weight_norm,
        "old weight norm": _old_weight_norm,
        "spectral norm": utils.parametrizations.spectral_norm,
        "old spectral norm": utils.spectral_norm,
        "orthogonal": utils.parametrizations.orthogonal,
    }
    model = nn.Sequential(make[kind](linear()), nn.ReLU())
    graph = traced(model)
    assert keys(graph) == [":input", "0", "1", ":output"]
    assert graph.find("0").count == sum(p.numel() for p in model.parameters())
    assert edges(graph) == {(":input", "0"), ("0", "1"), ("1", ":output")}


def _old_weight_norm(layer):
    with pytest.warns(FutureWarning):
        return nn.utils.weight_norm(layer)


def test_pruned_layers_are_layers():
    model = nn.Sequential(linear(), nn.ReLU())
    prune.l1_unstructured(model[0], "weight", 0.5)
    graph = traced(model)
    assert keys(graph) == [":input", "0", "1", ":output"]
    assert [term.factors for term in graph.find("0").terms] == [(4,), (4, 4)]


def test_a_packed_sequence_is_one_argument():
    packed = nn.utils.rnn.pack_sequence([torch.zeros(5, 4), torch.zeros(3, 4)])
    graph = trace(nn.LSTM(4, 2), Arguments.of(packed))
    assert graph.failure == ""
    assert graph.multiply_adds == 8 * 4 * 2 * (4 + 2)


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_a_nested_tensor_is_refused(layout):
    nested = torch.nested.nested_tensor([torch.zeros(2, 4), torch.zeros(3, 4)], layout=layout)
    with pytest.raises(TypeError, match="pad it"):
        traced(linear(), nested)


def test_an_input_without_tensors_is_refused():
    for nothing in (None, "text", (), {}, {"a": 3}, [1, "b"]):
        with pytest.raises(TypeError):
            Arguments.of(nothing)


def test_inputs_in_other_forms():
    assert Arguments.of(X.numpy()).args[0].dtype == torch.float32
    assert Arguments.of(X.double().numpy()).args[0].dtype == torch.float32
    assert Arguments.of([[1, 2], [3, 4]]).args[0].tolist() == [[1, 2], [3, 4]]
    assert Arguments.of([X, X]).args[0][1] is X
    assert Arguments.of((X, None, {"mask": X.numpy()})).args[2]["mask"].shape == (3, 4)
    assert (Arguments.of({"x": X}).kwargs["x"].shape, Arguments.of({"x": X}).samples) == ((3, 4), 3)
    assert Arguments.of(torch.tensor(2.0)).samples == 1


def test_a_model_that_is_none_is_refused():
    with pytest.raises(AnatomyError, match="not NoneType"):
        trace(None, Arguments.of(X))
