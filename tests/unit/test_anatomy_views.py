"""NetworkAnatomy: what a view may ask for, and what it gets."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets import NetworkAnatomy
from nnwidgets.widgets.anatomy import SLOTS
from tests.unit.anatomy_widgets import Two, few, opened, some_rows
from tests.unit.background import NO_KIND, hears, messages, tell
from tests.unit.plain import PATIENCE, Gate, maker

make = maker(NetworkAnatomy)
module = few()
rows = some_rows()
sent = messages()


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
    slot = next(name for name in SLOTS if getattr(anatomy, name)["asked"]["selected"] == "5")
    anatomy.selected = "5"
    anatomy.sample = 2
    anatomy.wait(PATIENCE)
    assert getattr(anatomy, slot)["asked"]["sample"] == 2
    anatomy.selected = "12"
    anatomy.wait(PATIENCE)
    assert set(opened(anatomy)) == {str(key) for key in range(13)} - {"0"}
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
    anatomy = make(network="convolutional", unfolded=["block1"])
    anatomy.selected = anatomy.layers[0].key
    anatomy.wait(PATIENCE)
    anatomy.network = "recurrent"
    anatomy.wait(PATIENCE)
    kept = anatomy.layers[0].key in {node["key"] for node in anatomy._anatomy["nodes"]}
    assert anatomy._anatomy["label"] == "an LSTM that predicts words"
    assert anatomy.selected == "" or kept
    assert anatomy.unfolded is None


def test_a_picture_goes_with_the_widget(make, module, rows, monkeypatch):
    monkeypatch.setattr("nnwidgets.widgets._anatomy_reading._PICTURE", PATIENCE)
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
