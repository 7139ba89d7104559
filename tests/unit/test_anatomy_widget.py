"""NetworkAnatomy: what it is given, what it shows of a model, and what a view may ask for."""

from __future__ import annotations

import base64
import gc
import threading
import weakref

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from nnwidgets import NetworkAnatomy, count_parameters
from nnwidgets.anatomy.trace import AnatomyError
from nnwidgets.widgets._anatomy_settings import EXAMPLES
from nnwidgets.widgets.anatomy import SLOTS
from tests.unit.background import NO_KIND, hears, messages, tell
from tests.unit.plain import PATIENCE, Gate, maker
from tests.unit.scripts import printed

make = maker(NetworkAnatomy)
sent = messages()


class Two(nn.Module):
    """Two inputs, a dict of outputs, a layer that is used twice, and one that never is."""

    def __init__(self):
        super().__init__()
        self.first, self.again, self.idle = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(2, 2)

    def forward(self, x, scale=None):
        h = self.again(self.again(self.first(x)).relu())
        return {"sum": h.sum(1), "h": h if scale is None else h * scale}


@pytest.fixture
def module():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


@pytest.fixture
def rows():
    return torch.rand(5, 3, generator=torch.Generator().manual_seed(2))


def opened(anatomy):
    """The layers that were sent, by key."""
    found = [getattr(anatomy, name) for name in SLOTS]
    return {each["asked"]["selected"]: each for each in found if each is not None}


def size_of(value):
    """Bytes of a trait as it travels, at least."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + size_of(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    return len(str(value))


# -- what it is given ------------------------------------------------------------------------------


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
    assert by_key["first"].split() == ["first", "Linear", "5", "×", "4", "16", "60", "80", "B"]
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


# -- what a view asks for --------------------------------------------------------------------------


def test_a_layer_that_is_opened_is_sent_with_what_it_was_opened_with(make, module, rows):
    anatomy = make(module, input=rows)
    anatomy.set_state({"selected": "2", "sample": 3, "channel": 1})
    anatomy.wait(PATIENCE)
    inside = opened(anatomy)["2"]
    assert inside["asked"] == anatomy._asked_for()
    assert inside["kind"] == "dense"
    assert inside["of"] == anatomy._numbers["version"] < inside["version"]
    weight = next(
        each for each in inside["pictures"] if each["role"] == "weight" and each["rows"] * each["columns"] > 2
    )
    np.testing.assert_array_equal(np.frombuffer(weight["values"], "<f4"), module[2].weight.detach().numpy().ravel())


def test_rows_are_those_of_what_is_visible(make):
    net = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), nn.Linear(2, 2))
    anatomy = make(net, input=torch.ones(1, 2), unfolded=())
    anatomy.wait(PATIENCE)
    nodes = anatomy._anatomy["nodes"]
    shown = lambda: [nodes[row["node"]]["key"] for row in anatomy._numbers["rows"]]  # noqa: E731
    assert shown() == ["1"]
    anatomy.unfolded = ["0", "nothing of the kind"]
    anatomy.wait(PATIENCE)
    assert shown() == ["0.0", "0.1", "1"]
    anatomy.unfolded = None
    anatomy.wait(PATIENCE)
    assert anatomy._anatomy["unfolded"] == ["0"]
    assert shown() == ["0.0", "0.1", "1"]


def test_layers_stay_in_their_slots_and_the_oldest_makes_room(make):
    net = nn.Sequential(*(nn.Linear(2, 2) for _ in range(14)))
    anatomy = make(net, input=torch.ones(3, 2))
    for key in range(12):
        anatomy.selected = str(key)
        anatomy.wait(PATIENCE)
    assert sorted(opened(anatomy), key=int) == [str(key) for key in range(12)]
    slot = next(name for name in SLOTS if getattr(anatomy, name)["asked"]["selected"] == "0")
    anatomy.selected = "0"
    anatomy.sample = 2
    anatomy.wait(PATIENCE)
    assert getattr(anatomy, slot)["asked"]["sample"] == 2
    anatomy.selected = "12"
    anatomy.wait(PATIENCE)
    assert set(opened(anatomy)) == {str(key) for key in range(13)} - {"1"}
    versions = [getattr(anatomy, name)["version"] for name in SLOTS]
    assert len(set(versions)) == len(versions)


def test_a_layer_that_does_not_exist_is_named_with_the_nearest_and_harms_nothing(make, module, rows):
    anatomy = make(Two(), input=rows)
    anatomy.selected = "firsst"
    anatomy.wait(PATIENCE)
    assert "did you mean 'first'" in anatomy._trouble
    assert (anatomy.status, opened(anatomy)) == ("ready", {})
    anatomy.selected = "first"
    anatomy.wait(PATIENCE)
    assert (anatomy._trouble, list(opened(anatomy))) == ("", ["first"])


@pytest.mark.parametrize(
    "state",
    [
        {"sample": 10**9},
        {"channel": 2**31 - 1},
        {"window": [0, 10**9, 0, 10**9], "tensor": "weight"},
        {"window": [10**9, 10**9, 5, 1], "tensor": "2.weight"},
        {"window": [0, 0, 0, 0], "tensor": "weight"},
        {"first": 10**9, "tensor": "output"},
        {"tensor": "nothing of the kind", "pixel": [10**9, 0]},
        {"pixel": [0, 0]},
    ],
    ids=str,
)
def test_what_is_out_of_range_is_clamped(make, module, rows, state):
    anatomy = make(module, input=rows)
    anatomy.set_state({"selected": "2", **state})
    anatomy.wait(PATIENCE)
    assert (anatomy.status, anatomy._trouble) == ("ready", "")
    inside = opened(anatomy)["2"]
    assert inside["asked"] == anatomy._asked_for()
    for picture in inside["pictures"]:
        assert len(picture["values"]) == 4 * picture["shown"] * picture["grid"][0] * picture["grid"][1] > 0


@pytest.mark.parametrize(
    "state",
    [
        {"selected": 3},
        {"selected": "x" * 2000},
        {"unfolded": "layer1"},
        {"unfolded": ["a"] * 20_000},
        {"unfolded": [["a"]]},
        {"pixel": [1]},
        {"pixel": [-1, 0]},
        {"window": [0, 1, 2]},
        {"window": [0, 1, 2, 10**400]},
        {"sample": 0},
        {"channel": -1},
        {"network": "nothing of the kind"},
        {"guess": -1},
        {"revealed": True},
        {"selected": "0", "first": 1.5},
    ],
    ids=lambda state: str(state)[:40],
)
def test_what_a_view_may_not_say_is_refused(make, sent, state):
    anatomy = make()
    anatomy.wait(PATIENCE)
    before = anatomy._settings()
    anatomy.set_state({"_anatomy": None, "_esm": "evil", **state})
    assert anatomy._settings() == before
    assert [each["type"] for each in sent] == ["refused"]
    assert anatomy._anatomy is not None


@pytest.mark.parametrize("content", NO_KIND, ids=str)
def test_what_means_nothing_does_nothing(make, content):
    assert not hears(make(), content)


def test_a_view_hears_whether_there_is_a_kernel(make, sent):
    anatomy = make()
    tell(anatomy, "here")
    assert sent == [{"type": "here"}]


def test_a_refresh_reads_the_model_anew(make, module, rows):
    calls = []
    module.register_forward_hook(lambda *_: calls.append(1))
    anatomy = make(module, input=rows)
    anatomy.wait(PATIENCE)
    version, before = anatomy._anatomy["version"], len(calls)
    tell(anatomy, "refresh")
    anatomy.wait(PATIENCE)
    assert len(calls) > before
    assert anatomy._anatomy["version"] == version  # for it is the same
    before = len(calls)
    anatomy.refresh()
    assert len(calls) > before


def test_reset_goes_back_and_gives_an_example_its_first_weights(make):
    anatomy = make(selected="", channel=1)
    first = next(anatomy.model.parameters()).clone()
    with torch.no_grad():
        next(anatomy.model.parameters()).zero_()
    anatomy.selected, anatomy.channel, anatomy.guessing = anatomy.layers[0].key, 2, True
    anatomy.reset()
    anatomy.wait(PATIENCE)
    assert (anatomy.selected, anatomy.channel, anatomy.guessing) == ("", 1, False)
    assert torch.equal(next(anatomy.model.parameters()), first)


def test_another_example_closes_what_it_does_not_have(make):
    anatomy = make(network="convolutional")
    anatomy.selected = anatomy.layers[0].key
    anatomy.wait(PATIENCE)
    anatomy.network = "recurrent"
    anatomy.wait(PATIENCE)
    kept = anatomy.layers[0].key in {node["key"] for node in anatomy._anatomy["nodes"]}
    assert anatomy._anatomy["label"] == "an LSTM that predicts words"
    assert anatomy.selected == "" or kept


def test_a_picture_goes_with_the_widget(make, module, rows):
    anatomy = make(module, input=rows)
    data, _ = anatomy._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_picture_that_fails_or_takes_too_long_does_not_keep_the_widget_off_the_page(make, module, rows, monkeypatch):
    anatomy = make(module, input=rows)
    anatomy.wait(PATIENCE)
    gate = Gate()
    monkeypatch.setattr("nnwidgets.widgets._anatomy_reading._PICTURE", 0.05)
    monkeypatch.setattr(NetworkAnatomy, "_drawn", lambda *_: gate())
    data, _ = anatomy._repr_mimebundle_()
    assert set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    gate.open()
    monkeypatch.setattr(NetworkAnatomy, "_drawn", lambda *_: 1 / 0)
    assert "image/png" not in anatomy._repr_mimebundle_()[0]


# -- in the background -----------------------------------------------------------------------------


class Slow(nn.Module):
    """Waits for somebody to open its gate."""

    def __init__(self, gate):
        super().__init__()
        self.inner, self.held = nn.Linear(3, 2), [gate]

    def forward(self, x):
        self.held[0]()
        return self.inner(x)


def test_a_slow_forward_blocks_nobody_and_only_the_newest_wish_is_fulfilled(make, rows):
    gate = Gate()
    anatomy = make(Slow(gate), input=rows)
    gate.wait()  # it is in there
    for sample in range(1, 5):
        anatomy.set_state({"selected": "inner", "sample": sample})
    tell(anatomy, "here")
    assert anatomy.status == "reading"
    seen = []
    for name in SLOTS:
        anatomy.observe(lambda change: seen.append(change.new["asked"]["sample"]), name)
    gate.open()
    anatomy.wait(PATIENCE)
    assert seen == [4]
    assert anatomy.status == "ready"


def test_closing_does_not_wait_for_ever_and_shows_nothing_more(rows, monkeypatch):
    monkeypatch.setattr("nnwidgets.widgets._background.EXIT_PATIENCE", 0.05)
    gate = Gate()
    anatomy = NetworkAnatomy(Slow(gate), input=rows)
    gate.wait()
    thread = anatomy._bench._thread
    anatomy.close()
    assert anatomy.status == "closed"
    gate.open()
    thread.join(PATIENCE)
    assert (anatomy.status, anatomy._anatomy) == ("closed", None)
    with pytest.raises(RuntimeError, match="closed"):
        _ = anatomy.graph


def test_what_was_read_stays_readable_after_closing(make, module, rows):
    anatomy = make(module, input=rows)
    anatomy.wait(PATIENCE)
    anatomy.close()
    assert anatomy.parameter_count == 26
    assert anatomy.summary()
    for verb in (anatomy.refresh, lambda: anatomy.output("0"), lambda: anatomy.model, anatomy.__enter__):
        with pytest.raises(RuntimeError, match="closed"):
            verb()
    anatomy.selected = "0"
    anatomy._cell_ended()
    assert opened(anatomy) == {}


def test_widget_and_model_are_freed(rows):
    model = nn.Sequential(nn.Linear(3, 4))
    anatomy = NetworkAnatomy(model, input=rows, selected="0")
    anatomy.wait(PATIENCE)
    anatomy.close()
    held = weakref.ref(model), weakref.ref(anatomy), weakref.ref(anatomy._bench)
    del model
    gc.collect()
    assert held[0]() is None
    del anatomy
    gc.collect()
    assert [each() for each in held] == [None] * 3


def test_under_hold_what_would_never_end_is_refused(make, module, rows):
    anatomy = make(module, input=rows)
    with anatomy.hold_trait_notifications():
        anatomy.selected, anatomy.sample = "0", 2
        for verb in (anatomy.wait, anatomy.refresh, anatomy.figure, anatomy.summary, anatomy.__enter__):
            with pytest.raises(RuntimeError, match="hold_trait_notifications"):
                verb()
        assert "image/png" not in anatomy._repr_mimebundle_()[0]
    anatomy.wait(PATIENCE)
    assert opened(anatomy)["0"]["asked"]["sample"] == 2


def test_an_observer_may_ask_while_the_thread_is_at_work(make, module, rows):
    """It runs under the lock of the settings, which whoever shows something needs as well."""
    anatomy = make(module, input=rows)
    found = []
    anatomy.observe(lambda change: found.append(anatomy.output(change.new).shape), "selected")
    thread = threading.Thread(target=lambda: [anatomy.set_state({"selected": key}) for key in "012012"])
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    anatomy.wait(PATIENCE)
    assert found == [(5, 4), (5, 4), (5, 2)] * 2


def test_a_large_model_is_not_sent(make):
    net = nn.Sequential(nn.Embedding(200_000, 512), nn.Linear(512, 1000), nn.Linear(1000, 200))
    anatomy = make(net, input=torch.arange(12).reshape(2, 6))
    assert anatomy.parameter_count > 100_000_000
    assert size_of(anatomy.get_state(["_anatomy", "_numbers"])) < 100_000
    for key in ("0", "1", "2", "0"):
        anatomy.selected = key
        for tensor, window in (("", ()), ("weight", (0, 64, 0, 64)), ("weight", (5, 400, 0, 500))):
            anatomy.tensor, anatomy.window = tensor, window
            anatomy.wait(PATIENCE)
        assert size_of(opened(anatomy)[key]) < 1_500_000
    assert anatomy._trouble == ""
    assert size_of({name: each for name, each in anatomy.get_state().items() if name != "_esm"}) < 3_000_000


# -- models that fail, and models that change ------------------------------------------------------


def test_of_a_model_that_fails_what_ran_is_shown_until_a_cell_mends_it(make, rows):
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))
    anatomy = make(net, input=rows)
    with pytest.raises(AnatomyError, match="Linear"):
        anatomy.wait(PATIENCE)
    assert anatomy.status == "error"
    assert anatomy._anatomy["failed"] == "1"
    assert "1" in anatomy._trouble
    assert anatomy.parameter_count == count_parameters(net)
    np.testing.assert_array_equal(anatomy.output("0"), net[0](rows).detach().numpy())
    with pytest.raises(RuntimeError, match="Linear"):
        anatomy.output("1")
    with pytest.raises(AnatomyError):
        anatomy.refresh()
    anatomy.summary()
    net[1] = nn.Linear(4, 2)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert (anatomy.status, anatomy._trouble, anatomy._anatomy["failed"]) == ("ready", "", None)


def test_a_layer_of_a_model_that_fails_can_be_opened(make, rows):
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))
    anatomy = make(net, input=rows, selected="0")
    with pytest.raises(AnatomyError):
        anatomy.wait(PATIENCE)
    assert list(opened(anatomy)) == ["0"]
    assert anatomy._numbers["rows"]


def test_weights_that_a_cell_changes_are_seen_when_it_ends(make, module, rows):
    anatomy = make(module, input=rows, selected="0")
    anatomy.wait(PATIENCE)
    before, inside = anatomy._numbers, opened(anatomy)["0"]
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers is before  # nothing has changed
    with torch.no_grad():
        module[0].weight.mul_(3)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["rows"][0]["weights"] > 1.5 * before["rows"][0]["weights"]
    assert opened(anatomy)["0"]["version"] > inside["version"]
    assert not anatomy._numbers["has_gradients"]
    module(rows).sum().backward()
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["has_gradients"]
    assert anatomy._numbers["rows"][0]["gradients"] > 0
    module.zero_grad()
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert not anatomy._numbers["has_gradients"]


def test_a_structure_that_a_cell_changes_is_traced_anew_and_what_is_open_stays(make, module, rows):
    anatomy = make(module, input=rows, selected="0", unfolded=())
    anatomy.wait(PATIENCE)
    version = anatomy._anatomy["version"]
    module[2] = nn.Linear(4, 7)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert anatomy._anatomy["version"] > version
    assert (anatomy.selected, anatomy.parameter_count) == ("0", 16 + 35)
    module[0].weight.requires_grad_(False)
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert (anatomy._anatomy["parameter_count"], anatomy._anatomy["frozen"]) == (4 + 35, 12)
    anatomy.selected = "2"
    anatomy.wait(PATIENCE)
    del module[2]
    anatomy._cell_ended()
    anatomy.wait(PATIENCE)
    assert (anatomy.selected, anatomy._trouble) == ("", "")


def test_what_is_asked_in_the_cell_is_of_the_model_as_it_is(make, module, rows):
    anatomy = make(module, input=rows)
    anatomy.wait(PATIENCE)
    module.append(nn.Linear(2, 1))
    assert anatomy.parameter_count == 26 + 3
    assert anatomy.output("3").shape == (5, 1)


def test_gradients_of_a_loss_of_ones_own_leave_those_of_the_parameters(make, module, rows):
    target = torch.tensor([0, 1, 0, 1, 1])
    anatomy = make(module, input=rows, loss_fn="cross_entropy", target=target, selected="0")
    anatomy.wait(PATIENCE)
    assert all(each.grad is None for each in module.parameters())
    assert anatomy._numbers["has_gradients"]
    loss = nn.functional.cross_entropy(module(rows), target)
    weight = torch.autograd.grad(loss, module[0].weight)[0]
    own = make(module, input=rows, loss_fn=lambda out: nn.functional.cross_entropy(out, target))
    own.wait(PATIENCE)
    for each in (anatomy, own):
        assert each._numbers["rows"][0]["gradients"] == pytest.approx(weight.square().mean().sqrt().item(), rel=1e-4)
    assert repr(anatomy).endswith("model=model, input=input, target=target, loss_fn=loss_fn)")
