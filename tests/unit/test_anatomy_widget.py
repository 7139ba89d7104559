"""NetworkAnatomy: what it is given, and what can be read of it from Python."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from nnwidgets import NetworkAnatomy, count_parameters
from nnwidgets.widgets._anatomy_settings import EXAMPLES
from tests.unit.anatomy_widgets import Two, few, size_of, some_rows
from tests.unit.background import messages
from tests.unit.plain import PATIENCE, maker
from tests.unit.scripts import printed

make = maker(NetworkAnatomy)
module = few()
rows = some_rows()
sent = messages()


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        ((nn.Linear,), {}, r"an instance, such as Linear\(\), not the class Linear"),
        ((torch.relu,), {}, "relu is a function"),
        (("dense",), {}, "network='dense'"),
        ((3,), {}, "or one of nnwidgets' trainers, not 3"),
        ((nn.Sequential(nn.Flatten(), nn.Linear(784, 3)),), {}, r"input=: give a batch such as torch.zeros\(1, 784\)"),
        ((nn.Conv2d(3, 4, 5),), {}, r"torch.zeros\(1, 3, 224, 224\)"),
        ((nn.Conv1d(2, 4, 5),), {}, r"torch.zeros\(1, 2, 128\)"),
        ((nn.Embedding(9, 2),), {}, r"torch.zeros\(1, 16, dtype=torch.long\)"),
        ((nn.LSTM(7, 2),), {}, r"torch.zeros\(1, 16, 7\)"),
        ((nn.GRUCell(7, 2),), {}, r"torch.zeros\(1, 7\)"),
        ((nn.LazyLinear(2),), {}, "input=: give a batch of samples, or a tuple or a dict"),
        ((nn.Linear(2, 2),), {"input": "x"}, "there is no tensor in this"),
        ((), {"input": torch.ones(1, 2)}, "input= needs a model"),
        ((), {"loss_fn": "mse"}, "loss_fn= needs a model"),
        ((nn.Linear(2, 2),), {"input": torch.ones(1, 2), "target": 1}, "target= needs a loss_fn="),
        ((nn.Linear(2, 2),), {"input": torch.ones(1, 2), "loss_fn": "mse"}, "needs a target="),
        ((nn.Linear(2, 2),), {"input": torch.ones(1, 2), "loss_fn": 3}, "loss_fn must be a function"),
        ((nn.Linear(2, 2),), {"input": torch.ones(1, 2), "network": "dense"}, "network is one of the examples"),
        ((nn.Linear(2, 2),), {"input": torch.ones(1, 2), "training": 1}, "training must be True or False"),
        ((), {"inputs": 1}, "no argument 'inputs'; did you mean 'input'"),
        ((), {"selectd": ""}, "did you mean 'selected'"),
        ((), {"trainer": 1}, r"NetworkAnatomy\(trainer\)"),
    ],
    ids=[
        "class",
        "function",
        "text",
        "number",
        "linear",
        "images",
        "sequences",
        "tokens",
        "lstm",
        "cell",
        "lazy",
        "no tensor",
        "no model",
        "no model for a loss",
        "no loss",
        "no target",
        "no function",
        "two models",
        "no truth value",
        "inputs",
        "selectd",
        "trainer",
    ],
)
def test_what_cannot_be_looked_at_is_refused_with_a_word_of_help(arguments, settings, says):
    with pytest.raises(TypeError, match=says):
        NetworkAnatomy(*arguments, **settings)


def test_an_unknown_loss_is_refused_by_the_names_that_there_are():
    with pytest.raises(ValueError, match="did you mean 'cross_entropy'"):
        NetworkAnatomy(nn.Linear(2, 2), input=torch.ones(1, 2), loss_fn="crossentropy", target=torch.ones(1))


def test_a_model_of_ones_own_is_no_example(make, module, rows):
    anatomy = make(module, input=rows)
    with pytest.raises(traitlets.TraitError, match="not one of the examples"):
        anatomy.network = "residual"
    assert anatomy._about["presets"] == []
    assert "network" not in anatomy._about["defaults"]


# -- what there is ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read_and_shown(make, name):
    anatomy = make(network=name)
    anatomy.wait(PATIENCE)
    assert (anatomy.status, anatomy._trouble) == ("ready", "")
    trait = anatomy._anatomy
    assert trait["owner"] == "settings"
    assert anatomy.parameter_count == trait["parameter_count"] == count_parameters(anatomy.model) > 0
    assert anatomy.multiply_adds == trait["multiply_adds"] > 0
    assert [node["key"] for node in trait["nodes"]] == [node.key for node in anatomy.graph.nodes]
    assert anatomy._numbers["rows"]
    assert size_of(trait) < 200_000


def test_layers_are_what_hooks_hear(make, module, rows):
    anatomy = make(module, input=rows)
    assert [(layer.key, layer.type, layer.outputs[0].shape) for layer in anatomy.layers] == [
        ("0", "Linear", (5, 4)),
        ("1", "ReLU", (5, 4)),
        ("2", "Linear", (5, 2)),
    ]
    assert (anatomy.parameter_count, anatomy.multiply_adds) == (26, 5 * (12 + 8))


def test_tensors_are_exact(make, module, rows):
    anatomy = make(module, input=rows.numpy())
    hidden = module[0](rows)
    np.testing.assert_array_equal(anatomy.output("0"), hidden.detach().numpy())
    np.testing.assert_array_equal(anatomy.inputs("2")[0], hidden.relu().detach().numpy())
    with pytest.raises(KeyError, match="no '3'"):
        anatomy.output("3")


def test_arguments_by_name_calls_of_the_same_layer_and_several_outputs(make, rows):
    two = Two()
    anatomy = make(two, input={"x": rows, "scale": torch.tensor(2.0)})
    hidden = two.first(rows)
    once = two.again(hidden)
    twice = two.again(once.relu())
    np.testing.assert_array_equal(anatomy.output("again"), once.detach().numpy())
    np.testing.assert_array_equal(anatomy.output("again#2"), twice.detach().numpy())
    assert [layer.key for layer in anatomy.layers] == ["first", "again", "again#2"]
    assert anatomy.graph.find("idle").kind == "idle"
    with pytest.raises(RuntimeError, match="did not run"):
        anatomy.output("idle")
    assert repr(anatomy) == "NetworkAnatomy(model=model, input=input)"


def test_numbers_of_a_kind_that_numpy_does_not_have_become_single_precision(make, module, rows):
    anatomy = make(module.bfloat16(), input=rows.bfloat16())
    assert anatomy.output("0").dtype == np.float32


def test_a_summary_has_every_layer_and_the_totals(make, rows):
    anatomy = make(Two(), input=rows)
    lines = anatomy.summary().splitlines()
    assert lines[0] == "Two in evaluation mode, input 5 × 3 (float32)"
    by_key = {line.split()[0]: line for line in lines if line}
    assert by_key["first"].split() == ["first", "Linear", "5", "×", "4", "16", "60", "144", "B"]
    assert "(20 shared)" in by_key["again#2"]
    assert "did not run" in by_key["idle"]
    assert lines[-3].startswith("42 parameters")
    assert all(line == line.rstrip() for line in lines)


def test_a_table_of_pandas_has_all_nodes(make, module, rows):
    pytest.importorskip("pandas")
    anatomy = make(module, input=rows)
    table = anatomy.to_pandas()
    assert list(table.index) == [node.key for node in anatomy.graph.nodes]
    assert table.loc["0", "parameters"] == 16
    assert table.loc["0", "outputs"] == [(5, 4)]


def test_without_pandas_it_is_said_how_to_get_it(make, module, rows, monkeypatch):
    anatomy = make(module, input=rows)
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        anatomy.to_pandas()


@pytest.mark.parametrize("given", ["tensor", "tuple", "dict"])
@pytest.mark.parametrize("training", [False, True])
def test_a_script_prints_the_layers_and_ends_with_the_same_count(make, rows, given, training):
    two = Two().train(not training)
    wanted = {"tensor": rows, "tuple": (rows, 2.0), "dict": {"x": rows}}[given]
    anatomy = make(two, input=wanted, training=training)
    anatomy.wait(PATIENCE)  # whose forward would be heard by the script's hooks as well
    lines = printed(anatomy.to_code(), model=two, input=wanted).splitlines()
    assert [line.split()[0] for line in lines] == ["first", "again", "again", "parameters"]
    assert lines[0].split() == ["first", "Linear", "5", "×", "4", "16"]
    assert lines[-1] == f"parameters {anatomy.parameter_count}"
    assert {each.training for each in two.modules()} == {not training}
    assert not any(each._forward_hooks for each in two.modules())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_script_of_an_example_builds_it(make, name):
    anatomy = make(network=name)
    lines = printed(anatomy.to_code()).splitlines()
    assert lines[-1] == f"parameters {anatomy.parameter_count}"
    ran = [layer.name for layer in anatomy.layers]
    assert [line.split()[0] for line in lines[:-1]] == ran
