"""What a traced model is made of: calls in order, containers, what gives to which."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.graph import TensorShape
from nnwidgets.anatomy.trace import AnatomyError, trace
from nnwidgets.networks import build_mlp, count_parameters
from tests.unit.plain import Doubled
from tests.unit.traced_models import Model, X, anatomy, edges, keys, linear, traced


def test_a_chain_is_told_in_order():
    graph = traced(build_mlp(4, (3,), 2))
    assert keys(graph) == [":input", "0", "1", "2", "3", ":output"]
    assert [node.type for node in graph.nodes[1:-1]] == ["Linear", "Tanh", "Linear", "Sigmoid"]
    assert graph.pairs == ((":input", "0"), ("0", "1"), ("1", "2"), ("2", "3"), ("3", ":output"))
    assert graph.find("0").inputs == (TensorShape("", (3, 4), "float32"),)
    assert graph.find("0").outputs == (TensorShape("", (3, 3), "float32"),)
    assert (graph.parameter_count, graph.samples, graph.mode) == (23, 3, "evaluation")


def test_order_is_that_of_execution_and_not_of_definition():
    graph = anatomy(lambda s, x: s.first(s.second(x)), first=linear(), second=linear())
    assert keys(graph, "module") == ["second", "first"]


def test_a_residual_branch():
    graph = anatomy(lambda s, x: s.a(x) + x, a=linear())
    assert edges(graph) == {(":input", "a"), (":input", ":add"), ("a", ":add"), (":add", ":output")}


def test_a_shortcut_that_does_nothing_is_a_branch_of_its_own():
    for shortcut in (nn.Identity(), nn.Sequential(), nn.Dropout(0.5)):
        graph = anatomy(lambda s, x: s.shortcut(x) + s.body(x), shortcut=shortcut, body=linear())
        assert edges(graph) == {
            (":input", "shortcut"), (":input", "body"), ("shortcut", ":add"), ("body", ":add"), (":add", ":output")
        }  # fmt: skip


def test_a_function_that_gives_back_its_input_is_a_branch_of_its_own():
    graph = anatomy(lambda s, x: functional.dropout(x, 0.5, s.training) * x)
    assert (":input", ":dropout") in edges(graph)
    assert (":input", ":mul") in edges(graph)
    assert (":dropout", ":mul") in edges(graph)


def test_containers_hold_what_they_call():
    graph = traced(nn.Sequential(nn.Sequential(linear(), nn.ReLU()), linear()))
    assert [(node.key, node.kind, node.parent) for node in graph.nodes] == [
        (":input", "input", -1),
        ("0", "container", -1),
        ("0.0", "module", 1),
        ("0.1", "module", 1),
        ("1", "module", -1),
        (":output", "output", -1),
    ]
    assert graph.inside(-1) == (0, 1, 4, 5)
    assert [node.key for node in graph.leaves] == [":input", "0.0", "0.1", "1", ":output"]


def test_a_module_of_one_operation_is_a_leaf_and_of_two_a_container():
    one, two = Model(lambda s, x: x * 2), Model(lambda s, x: x * 2 + 1)
    graph = traced(nn.Sequential(one, two))
    assert [(node.key, node.kind) for node in graph.nodes[1:-1]] == [
        ("0", "module"),
        ("1", "container"),
        ("1:mul", "operation"),
        ("1:add", "operation"),
    ]


def test_a_kind_of_layer_of_pytorchs_is_a_leaf_whatever_it_does():
    class Norm(nn.LayerNorm):
        def forward(self, x):
            return super().forward(x.transpose(0, 1)).transpose(0, 1)

    graph = traced(nn.Sequential(Norm(3)))
    assert keys(graph) == [":input", "0", ":output"]
    assert graph.find("0").count == 6


def test_the_model_itself_may_be_one_layer():
    graph = traced(linear(4, 2))
    assert keys(graph) == [":input", ":model", ":output"]
    assert (graph.find(":model").type, graph.find(":model").count) == ("Linear", 10)


def test_what_a_module_only_passes_on_goes_past_what_did_not_run():
    graph = anatomy(lambda s, x: s.after(s.skip(x)), skip=Model(lambda s, x: x, unused=linear()), after=linear())
    assert keys(graph) == [":input", "skip", "skip.unused", "after", ":output"]
    assert edges(graph) == {(":input", "after"), ("after", ":output")}


def test_what_is_only_passed_on_is_needed():
    graph = anatomy(lambda s, x: s.identity(x * 2) + s.a(x), identity=nn.Identity(), a=linear())
    assert {(":input", ":mul"), (":mul", "identity"), ("identity", ":add")} <= edges(graph)


def test_a_move_that_needs_another_tensor_is_no_part_of_a_row():
    graph = anatomy(lambda s, x: s.a(x).view(12)[s.b(x).argmax(1)], a=linear(), b=linear())
    assert keys(graph, "operation") == [":view", ":argmax", ":getitem"]
    assert {(":view", ":getitem"), (":argmax", ":getitem")} <= edges(graph)


def test_operations_whose_result_leads_nowhere_are_dropped_and_modules_never():
    def forward(s, x):
        x.sum().item()
        s.a(x)
        return s.b(x)

    assert keys(anatomy(forward, a=linear(), b=linear())) == [":input", "a", "b", ":output"]


def test_moves_in_a_row_are_one():
    graph = anatomy(lambda s, x: s.a(x.view(3, 2, 2).transpose(1, 2).flatten(1)), a=linear())
    assert keys(graph) == [":input", ":flatten", "a", ":output"]
    node = graph.find(":flatten")
    assert node.name == node.type == "view → transpose → flatten"
    assert [shape.shape for shape in (*node.inputs, *node.outputs)] == [(3, 4), (3, 4)]


def test_moves_that_feed_two_are_apart():
    def forward(s, x):
        y = s.a(x).view(4, 3)
        return y.T + y.reshape(3, 4)

    assert keys(anatomy(forward, a=linear()), "operation") == [":view", ":T", ":reshape", ":add"]


def test_constants_in_a_row_are_one():
    graph = anatomy(lambda s, x: s.a(x) + torch.ones(4, 4).triu()[:3], a=linear())
    assert graph.find(":getitem").name == "ones → triu → getitem"


def test_what_only_takes_a_shape_reads_nothing():
    graph = anatomy(lambda s, x: torch.ones_like(s.a(x)) + x, a=linear())
    assert ("a", ":ones_like") not in edges(graph)
    assert (":ones_like", ":add") in edges(graph)


def test_a_module_that_runs_twice():
    graph = anatomy(lambda s, x: s.a(s.a(x).relu()), a=linear())
    assert [(node.key, node.call, node.calls, node.fresh) for node in graph.nodes if node.kind == "module"] == [
        ("a", 1, 2, 20),
        ("a#2", 2, 2, 0),
    ]
    assert graph.find("a").shares == (graph.number("a#2"),)
    assert edges(graph) == {(":input", "a"), ("a", ":relu"), (":relu", "a#2"), ("a#2", ":output")}


def test_one_module_under_two_names_has_the_first():
    layer = linear()
    graph = traced(nn.Sequential(layer, nn.ReLU(), layer))
    assert keys(graph, "module") == ["0", "1", "0#2"]
    assert graph.parameters[0].names == ("0.weight", "2.weight")


def test_a_tied_weight_is_counted_once():
    embedding, head = nn.Embedding(5, 4), linear(4, 5, bias=False)
    head.weight = embedding.weight
    model = nn.Sequential(embedding, head)
    graph = traced(model, torch.tensor([[0, 1]]))
    assert graph.parameter_count == count_parameters(model) == 20
    assert [(node.count, node.fresh) for node in graph.nodes[1:3]] == [(20, 20), (20, 0)]
    assert (graph.find("0").shares, graph.find("1").shares) == ((2,), (1,))
    assert graph.parameters[0].names == ("0.weight", "1.weight")


def test_a_parameter_that_an_operation_uses_is_a_leaf():
    model = Model(lambda s, x: s.a(x * s.scale) + s.shift, a=linear(), scale=nn.Parameter(torch.ones(4)))
    model.register_buffer("shift", torch.ones(4))
    graph = traced(model)
    assert keys(graph) == [":input", "scale", ":mul", "a", "shift", ":add", ":output"]
    assert {("scale", ":mul"), ("shift", ":add")} <= edges(graph)
    assert [(graph.find(key).kind, graph.find(key).type, graph.find(key).count) for key in ("scale", "shift")] == [
        ("parameter", "Parameter", 4),
        ("parameter", "Buffer", 0),
    ]


def test_a_parameter_that_a_layer_is_given_is_a_leaf():
    def forward(s, x):
        return s.a(s.queries) + s.b(s.places) + s.one(x)

    one = Model(lambda s, x: x * scale)
    model = Model(forward, a=linear(), b=linear(), queries=nn.Parameter(torch.ones(3, 4)), one=one)
    model.register_buffer("places", torch.ones(3, 4))
    scale = model.scale = nn.Parameter(torch.ones(4))
    graph = traced(model)
    assert {("queries", "a"), ("places", "b"), ("scale", "one")} <= edges(graph)
    assert [graph.find(key).count for key in ("a", "queries", "b", "places", "one", "scale")] == [20, 12, 20, 0, 0, 4]
    assert sum(node.fresh for node in graph.leaves) == graph.parameter_count == 56


def test_a_weight_that_is_used_by_itself_shares_with_its_layer():
    graph = anatomy(
        lambda s, x: functional.linear(s.table(x), s.table.weight), given=torch.tensor([1]), table=nn.Embedding(5, 4)
    )
    assert graph.find("table.weight").shares == (graph.number("table"),)
    assert (graph.find("table.weight").fresh, graph.parameter_count) == (0, 20)


def test_what_did_not_run_comes_at_the_end_of_its_parent():
    inner = Model(lambda s, x: s.used(x) * 2, used=linear(), unused=nn.Sequential(linear(), nn.ReLU(), linear()))
    inner.lonely = nn.Parameter(torch.ones(7))
    graph = traced(nn.Sequential(inner, linear()))
    assert keys(graph) == [":input", "0", "0.used", "0:mul", "0.lonely", "0.unused", "1", ":output"]
    assert [(node.kind, node.count) for node in graph.nodes if node.kind == "idle"] == [("idle", 7), ("idle", 40)]
    assert sum(node.fresh for node in graph.leaves) == graph.parameter_count == 87


def test_of_a_list_of_modules_those_are_idle_that_did_not_run():
    graph = anatomy(lambda s, x: s.layers[1](x) * 2, layers=nn.ModuleList([linear(), linear(), linear()]))
    assert keys(graph) == [":input", "layers.1", ":mul", "layers.0", "layers.2", ":output"]


def test_several_inputs_and_outputs():
    model = Model(lambda s, x, *, mask: {"logits": s.a(x) * mask, "all": (x, s.a(x))}, a=linear())
    graph = trace(model, Arguments((X,), {"mask": X}, 3))
    assert keys(graph, "input", "output") == [
        ":input[0]", ":input['mask']", ":output['logits']", ":output['all'][0]", ":output['all'][1]"
    ]  # fmt: skip
    assert {(":input['mask']", ":mul"), (":mul", ":output['logits']")} <= edges(graph)
    assert {(":input[0]", ":output['all'][0]"), ("a#2", ":output['all'][1]")} <= edges(graph)


def test_an_output_may_be_an_object():
    @dataclasses.dataclass
    class Result:
        logits: torch.Tensor
        loss: torch.Tensor | None = None

    graph = anatomy(lambda s, x: Result(s.a(x)), a=linear())
    assert keys(graph, "output") == [":output.logits"]
    assert ("a", ":output.logits") in edges(graph)


def test_only_what_ran_with_this_input_is_told():
    model = Model(lambda s, x: s.a(x) if x.sum() > 0 else s.b(x), a=linear(), b=linear())
    assert [node.key for node in traced(model, X + 1).nodes if node.kind == "module"] == ["a"]
    assert [node.key for node in traced(model, X - 1).nodes if node.kind == "module"] == ["b"]


def test_a_forward_that_is_called_by_its_name_counts_as_a_call():
    graph = anatomy(lambda s, x: s.b.forward(s.a.forward(x)), a=linear(), b=nn.Sequential(linear(), nn.ReLU()))
    assert edges(graph) == {(":input", "a"), ("a", "b.0"), ("b.0", "b.1"), ("b.1", ":output")}


def test_checkpoints_are_seen_through():
    def forward(s, x):
        return checkpoint(s.b, checkpoint(s.a, x, use_reentrant=False), use_reentrant=False) + x

    assert keys(anatomy(forward, a=linear(), b=linear()), "module", "operation") == ["a", "b", ":add"]


def test_transforms_of_functions_are_seen_through():
    def forward(s, x):
        return s.b(torch.func.vmap(lambda row: torch.sin(row) * 2)(s.a(x)))

    graph = anatomy(forward, a=linear(), b=linear())
    assert edges(graph) == {(":input", "a"), ("a", ":sin"), (":sin", ":mul"), (":mul", "b"), ("b", ":output")}


def test_a_functional_call_is_a_call():
    def forward(s, x):
        return torch.func.functional_call(s.a, dict(s.a.named_parameters()), (x,))

    assert edges(anatomy(forward, a=linear())) == {(":input", "a"), ("a", ":output")}


def test_a_function_of_ones_own_for_autograd():
    graph = anatomy(lambda s, x: s.b(Doubled.apply(s.a(x))), a=linear(), b=linear())
    assert edges(graph) == {(":input", "a"), ("a", ":mul"), (":mul", "b"), ("b", ":output")}


def test_through_numpy_and_back():
    graph = anatomy(lambda s, x: s.b(torch.from_numpy(np.sin(s.a(x).numpy()))), a=linear(), b=linear())
    assert edges(graph) == {(":input", "a"), ("a", ":from_numpy"), (":from_numpy", "b"), ("b", ":output")}


def test_a_forward_that_needs_gradients_gets_them():
    def forward(s, x):
        x = x.requires_grad_()
        return torch.autograd.grad(s.a(x).sum(), x)[0]

    graph = anatomy(forward, a=linear())
    assert graph.failed is None
    assert ("a", ":sum") in edges(graph)


def test_listening_hears_each_node_once_with_its_key_and_its_output():
    heard = {}

    def listen(key, what, args, kwargs, output):
        assert key not in heard
        heard[key] = (what, output)

    model = Model(lambda s, x: s.block(x.view(3, 4)) + x, block=nn.Sequential(linear(), nn.ReLU()))
    graph = traced(model, listen=listen)
    assert set(keys(graph)) <= set(heard)
    assert isinstance(heard["block.0"][0], nn.Linear)
    assert heard[":add"][0] in (torch.add, torch.Tensor.add)
    with torch.no_grad():
        assert torch.equal(heard["block"][1], model.block(X))
        assert torch.equal(heard[":output"][1], model(X))
    assert torch.equal(heard[":input"][1], X)


def test_as_much_is_unfolded_as_fits():
    block = [nn.Sequential(linear(), nn.ReLU(), nn.Sequential(linear(), nn.ReLU())) for _ in range(2)]
    graph = traced(nn.Sequential(*block, linear()))
    assert [graph.first_unfolded(rows) for rows in (4, 10, 11, 14, 15)] == [
        (),
        (),
        ("0", "1"),
        ("0", "1"),
        ("0", "1", "0.2", "1.2"),
    ]


def test_a_key_that_is_not_there_names_the_nearest():
    graph = traced(nn.Sequential(nn.Sequential(linear())))
    with pytest.raises(KeyError, match=r"did you mean '0\.0'"):
        graph.find("0.0.0")


def test_what_is_no_module_is_refused():
    with pytest.raises(AnatomyError, match=r"must be a torch\.nn\.Module, not function"):
        trace(lambda x: x, Arguments.of(X))
