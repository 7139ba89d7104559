"""Weights changed by hand: from a view or a cell, while training or not, frozen, and taken back."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nnwidgets import PlanarTrainer
from nnwidgets.training import commands as c
from tests.unit.plain import PATIENCE, bits, same_bits, small_data
from tests.unit.test_inbox import sent, tell  # noqa: F401 (a fixture)


def edit(layer, unit, number, value, gesture=1, version=1):
    place = {"network_version": version, "layer": layer, "unit": unit, "input": number}
    return {"type": "edit", **place, "value": value, "gesture": gesture}


def freeze(layer, unit, number, frozen=True, version=1):
    place = {"network_version": version, "layer": layer, "unit": unit, "input": number}
    return {"type": "freeze", **place, "frozen": frozen}


UNDO = {"type": "undo_edit"}


def weights(trainer):
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def curves(trainer):
    return trainer.history.steps.tobytes(), trainer.history.epochs.tobytes()


def evaluated(trainer, part):
    x, y = (torch.tensor(getattr(trainer.dataset, f"{name}_{part}")) for name in "xy")
    with torch.no_grad():
        outputs = trainer.model(trainer.inputs(x))
    return nn.BCELoss()(outputs, y).item(), ((outputs > 0.5) == (y > 0.5)).float().mean().item()


@pytest.mark.parametrize("engine", ["eager", "fused"])
def test_losses_and_accuracies_follow_and_the_curves_do_not_grow(make, engine):
    trainer = make(small_data("moons", 60, test_share=0.3), engine=engine)
    for _ in range(2):  # after a second segment, too
        trainer.train(epochs=2)
        trainer.wait(PATIENCE)
        before = curves(trainer), trainer.epoch, trainer.step_count
        for value in (2.0, -3.0):
            tell(trainer, edit(1, 0, 1, value))
            assert trainer.model[2].weight[0, 1].item() == value
            assert (trainer.loss, trainer.accuracy) == evaluated(trainer, "train")
            assert (trainer.test_loss, trainer.test_accuracy) == evaluated(trainer, "test")
            assert trainer._snapshot["loss"] == trainer.loss
            assert trainer._snapshot["test_loss"] == trainer.test_loss
        tell(trainer, edit(0, 1, None, 0.5))
        assert trainer.model[0].bias[1].item() == 0.5
        assert (curves(trainer), trainer.epoch, trainer.step_count) == before


def test_a_view_is_told_which_frames_have_its_edit(make, sent):  # noqa: F811
    trainer = make(small_data("moons", 60))
    tell(trainer, edit(1, 0, 1, 2.0, gesture=5))
    tell(trainer, edit(1, 0, 1, 2.0, gesture=6))  # changes nothing, and is answered all the same
    tell(trainer, edit(7, 0, 1, 2.0, gesture=7))
    answers = [message for message in sent if message["type"] == "edited"]
    assert answers == [{"type": "edited", "gesture": gesture, "value": 2.0} for gesture in (5, 6)]


@pytest.mark.parametrize("how", ["activation", "hidden_layers", "features"])
def test_what_was_sent_on_sight_of_another_network_does_not_hit_the_new_one(make, sent, how):  # noqa: F811
    trainer = make(small_data(), hidden_layers=(2, 2))
    old = trainer._network["version"]
    setattr(trainer, how, {"activation": "relu", "hidden_layers": (2,), "features": ("x2", "x1")}[how])
    before, new = weights(trainer), trainer._network["version"]
    assert new > old
    tell(trainer, edit(0, 1, 1, 2.0, version=old))
    tell(trainer, freeze(0, 1, 1, version=old))
    assert [message["message"] for message in sent] == ["this weight is no longer there: the network has changed"] * 2
    assert same_bits(weights(trainer), before)
    assert trainer.frozen == {}
    tell(trainer, edit(0, 1, 1, 2.0, version=new))
    tell(trainer, freeze(0, 1, 1, version=new))
    assert trainer.model[0].weight[1, 1].item() == 2.0
    assert trainer.frozen["0.weight"].tolist() == [[False, False], [False, True]]


def test_a_gesture_is_one_entry_and_one_undo(make):
    trainer = make()
    trainer.step(3)
    before = weights(trainer)
    for value in (0.1, 0.2, 0.3):
        tell(trainer, edit(0, 0, 1, value, gesture=7))
    assert len(trainer._loop.journal) == 1
    tell(trainer, edit(0, 0, 1, 0.4, gesture=8))
    assert trainer._edits["can_undo"]
    tell(trainer, UNDO)
    assert trainer.model[0].weight[0, 1].item() == pytest.approx(0.3)
    tell(trainer, UNDO)
    assert same_bits(weights(trainer), before)
    assert not trainer._edits["can_undo"]
    tell(trainer, UNDO)
    assert same_bits(weights(trainer), before)


def test_undo_puts_back_that_weight_and_leaves_what_was_learned_since(make):
    trainer = make()
    old = trainer.model[0].weight[1, 1].item()
    tell(trainer, edit(0, 1, 1, 3.0))
    trainer.step(4)
    before = weights(trainer)
    tell(trainer, UNDO)
    before["0.weight"][1, 1] = old
    assert same_bits(weights(trainer), before)
    assert [entry.step for entry in trainer._loop.journal] == [0, 4]
    trainer.step(2)
    names = {}
    exec(trainer.to_code(), names)
    assert same_bits(names["model"].state_dict(), weights(trainer))


def test_an_edit_lands_between_two_steps_of_a_run_under_way(make):
    trainer = make(speed=None)
    trainer.train()
    for gesture in range(20):
        tell(trainer, edit(0, gesture % 2, 0, gesture / 10, gesture))
        tell(trainer, freeze(1, 0, None, gesture % 3 == 0))
    tell(trainer, UNDO)
    trainer.pause()
    names = {}
    exec(trainer.to_code(), names)
    assert same_bits(names["model"].state_dict(), weights(trainer))
    trainer.step(1, "epoch")
    epoch, there = trainer.epoch, weights(trainer)
    trainer._loop.checkpoints.replace(trainer._loop.checkpoints.items[:1])  # all of it is made again
    trainer.step(1, "epoch")
    trainer.rewind(epoch)
    assert same_bits(weights(trainer), there)


def test_a_view_freezes_single_weights_and_the_trait_says_where_they_are(make):
    trainer = make(small_data(), hidden_layers=(3,))
    tell(trainer, freeze(0, 1, 1))
    tell(trainer, freeze(1, 0, None))
    trainer.freeze("0.bias")
    assert trainer._edits["frozen"] == [[3, 1], [6, 3], [12, 1]]
    assert {name: mask.tolist() for name, mask in trainer.frozen.items()} == {
        "0.weight": [[False, False], [False, True], [False, False]],
        "0.bias": [True, True, True],
        "2.bias": [True],
    }
    before = weights(trainer)
    trainer.step(5)
    after = weights(trainer)
    assert (after["0.weight"] == before["0.weight"]).flatten().tolist() == [False, False, False, True, False, False]
    assert bits(after["0.bias"]) == bits(before["0.bias"])
    assert bits(after["2.bias"]) == bits(before["2.bias"])
    tell(trainer, freeze(0, 2, None, frozen=False))  # one of a parameter that is frozen as a whole
    assert trainer._edits["frozen"] == [[3, 1], [6, 1], [7, 1], [12, 1]]
    for expected in ([[3, 1], [6, 3], [12, 1]], [[3, 1], [12, 1]], [[3, 1]], []):
        tell(trainer, UNDO)
        assert trainer._edits["frozen"] == expected
    assert trainer.model[0].bias.requires_grad


def test_what_a_cell_freezes_itself_goes_on_working(make):
    trainer = make()
    trainer.freeze("0.weight", 0)
    trainer.model[0].bias.requires_grad_(False)
    trainer.step(2)
    assert trainer._edits["frozen"] == [[0, 1], [1, 1], [4, 2]]
    trainer.model[0].bias.requires_grad_(True)
    trainer.step(2)
    assert list(trainer.frozen) == ["0.weight"]
    trainer.unfreeze("0.weight", (0, 1))
    assert trainer._edits["frozen"] == [[0, 1]]
    trainer.unfreeze()
    assert trainer.frozen == {}


def test_a_look_at_the_past_shows_what_was_frozen_then(make):
    trainer = make()
    trainer.train(1)
    trainer.wait(PATIENCE)
    trainer.freeze("0.bias")
    trainer.train(1)
    trainer.wait(PATIENCE)
    trainer.unfreeze()
    trainer.freeze("2.bias")
    trainer.train(1)
    trainer.wait(PATIENCE)
    trainer.hidden_layers = (3,)
    trainer.train(1)
    trainer.wait(PATIENCE)
    present = trainer._edits
    for epoch, frozen in ((1, []), (2, [[4, 2]]), (1, []), (3, [[8, 1]]), (4, [[12, 1]])):
        trainer.preview(epoch)
        network = trainer._past["network"] if trainer._past else trainer._network  # what is on screen
        assert (trainer._edits["version"], trainer._edits["frozen"]) == (network["version"], frozen)
    trainer.preview(2)
    trainer.preview(None)
    assert trainer._edits == present


def test_a_cells_edit_can_be_undone_too(make):
    trainer = make()
    before = weights(trainer)
    trainer.edit("0.weight", [[1.0, 2.0], [3.0, 4.0]])
    trainer.edit("0.weight", 9.0, 1)
    tell(trainer, UNDO)
    assert trainer.model[0].weight.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    tell(trainer, UNDO)
    assert same_bits(weights(trainer), before)


@pytest.mark.parametrize("gone", ["reset", "rewind", "network"])
def test_what_is_over_cannot_be_undone(make, gone):
    trainer = make()
    trainer.step(1, "epoch")
    tell(trainer, edit(0, 0, 0, 2.0))
    assert trainer._edits["can_undo"]
    if gone == "reset":
        trainer.reset()
    elif gone == "rewind":
        trainer.rewind(1)
    else:
        trainer.hidden_layers = (3,)
    assert not trainer._edits["can_undo"]
    before = weights(trainer)
    tell(trainer, UNDO)
    assert same_bits(weights(trainer), before)


def test_a_hundred_levels_are_kept(make):
    trainer = make()
    for gesture in range(103):
        tell(trainer, edit(0, 0, 0, float(gesture), gesture))
    for _ in range(110):
        tell(trainer, UNDO)
    assert trainer.model[0].weight[0, 0].item() == 2.0


def test_a_saved_run_keeps_what_is_frozen(make, tmp_path):
    trainer = make(small_data(), optimizer="adam")
    trainer.step(3)
    trainer.freeze("0.weight", (1, 0))
    trainer.edit("0.weight", 0.25, (1, 0))
    trainer.step(3)
    trainer.save(tmp_path / "run.pt")
    loaded = PlanarTrainer.load(tmp_path / "run.pt")
    assert loaded._edits == trainer._edits | {"can_undo": False}
    for each in (trainer, loaded):
        each.step(5)
        assert each.model[0].weight[1, 0].item() == 0.25
    assert same_bits(weights(loaded), weights(trainer))
    loaded.rewind(0)
    assert loaded.frozen == {}
    loaded.close()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (edit(2, 0, 0, 1.0), "no longer there"),
        (edit(0, 2, 0, 1.0), "no longer there"),
        (edit(0, 0, 2, 1.0), "no longer there"),
        (edit(1, 1, None, 1.0), "no longer there"),
        (edit(-1, 0, 0, 1.0), "layer must be"),
        (edit(0, 0, True, 1.0), "input must be"),
        (edit(0, 0, 0, float("inf")), "value must be"),
        (edit(0, 0, 0, 1e39), "value must be"),
        (edit(0, 0, 0, "1"), "value must be"),
        (edit(0, 0, 0, 1.0, "a"), "gesture must be"),
        (edit(0, 0, 0, 1.0, version=None), "network_version must be"),
        (edit(0, 0, 0, 1.0, version=-1), "network_version must be"),
        (freeze(0, 0, 0, version=2), "no longer there"),
        (freeze(0, 0, 2), "no longer there"),
        (freeze(0, None, 0), "unit must be"),
    ],
)
def test_nonsense_is_answered_and_changes_nothing(make, sent, content, match):  # noqa: F811
    trainer = make()
    before = weights(trainer)
    tell(trainer, content)
    (answer,) = sent
    assert answer["type"] == "failed"
    assert match in answer["message"]
    assert same_bits(weights(trainer), before)
    assert trainer._loop.journal == []
    assert not trainer._edits["can_undo"]


@pytest.mark.parametrize(
    ("name", "index", "match"),
    [("x", None, "no parameter 'x'; there are 0.weight"), ("0.weight", (2, 0), "shape"), ("0.bias", (0, 0), "shape")],
)
def test_what_cannot_be_frozen_is_said(make, name, index, match):
    trainer = make()
    for verb in (trainer.freeze, trainer.unfreeze):
        with pytest.raises(ValueError, match=match):
            verb(name, index)
    assert trainer._loop.journal == []


@pytest.mark.parametrize(
    ("value", "index", "error", "match"),
    [
        ("2", None, TypeError, "value must be a number, or an array of them, not '2'"),
        (None, (0, 0), TypeError, "value must be a number, or an array of them, not None"),
        ([[1.0], [1.0, 2.0]], None, TypeError, "value must be a number, or an array of them"),
        ([1.0, 2.0, 3.0], None, ValueError, r"0\.weight has the shape \(2, 2\): .*\[3\]"),
        (1.0, (2, 0), ValueError, r"0\.weight has the shape \(2, 2\): index 2 is out of bounds"),
        (1.0, (0.5, 0), ValueError, r"0\.weight has the shape \(2, 2\): only integers"),
        (1.0, object(), ValueError, r"0\.weight has the shape \(2, 2\)"),
    ],
)
def test_what_cannot_be_edited_is_said(make, value, index, error, match):
    trainer = make()
    before = weights(trainer)
    with pytest.raises(error, match=match):
        trainer.edit("0.weight", value, index)
    assert same_bits(weights(trainer), before)
    assert not trainer._edits["can_undo"]


def test_a_bias_that_there_is_not_cannot_be_edited(make, sent):  # noqa: F811
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Tanh(), nn.Linear(2, 1), nn.Sigmoid())
    trainer = make(small_data(), model=model)
    tell(trainer, edit(0, 0, None, 1.0))
    assert "no longer there" in sent[0]["message"]
    tell(trainer, edit(1, 0, None, 1.0))
    assert model[2].bias.item() == 1.0


def test_an_edit_that_fails_leaves_nothing_to_undo(make, monkeypatch):
    trainer = make()
    tell(trainer, edit(0, 0, 0, 1.0, 1))
    kept = weights(trainer)

    def refuse(*_):
        raise RuntimeError("not today")

    with monkeypatch.context() as patch:
        patch.setattr(c.Edit, "apply", refuse)
        for gesture in (1, 2):
            tell(trainer, edit(0, 0, 0, 2.0, gesture))
        tell(trainer, UNDO)
    assert same_bits(weights(trainer), kept)
    tell(trainer, UNDO)
    assert trainer.model[0].weight[0, 0].item() != 1.0
    assert not trainer._edits["can_undo"]
