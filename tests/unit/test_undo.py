"""Taking back what was done by hand, from a cell: how far, with how much memory, and beside a run."""

from __future__ import annotations

import threading

import pytest
import torch

from nnwidgets.training import commands as c
from nnwidgets.training.freezing import masks
from nnwidgets.widgets import _editing
from tests.unit.plain import PATIENCE, bits, same_bits, small_data


def weights(trainer):
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def test_a_cell_takes_back_one_thing_after_the_other(make):
    trainer = make(small_data(), hidden_layers=(3,))
    trainer.step(2)
    before = weights(trainer)
    trainer.edit("0.weight", 2.0, (1, 0))
    trainer.edit("2.bias", -1.0)
    trainer.freeze("0.bias", 1)
    trainer.unfreeze()
    for frozen, bias in ((["0.bias"], -1.0), ([], -1.0), ([], before["2.bias"].item())):
        trainer.undo_edit()
        assert list(trainer.frozen) == frozen
        assert trainer.model[2].bias.item() == bias
    assert trainer._edits["can_undo"]
    trainer.undo_edit()
    assert same_bits(weights(trainer), before)
    assert not trainer._edits["can_undo"]
    journal = len(trainer._loop.journal)
    trainer.undo_edit()
    assert len(trainer._loop.journal) == journal
    trainer.step(3)
    names = {}
    exec(trainer.to_code(), names)
    assert same_bits(names["model"].state_dict(), weights(trainer))


def test_a_cell_and_a_view_take_back_from_the_same_stack(make):
    trainer = make()
    before = bits(trainer.model[0].weight)
    trainer.edit("0.weight", 2.0, (1, 0))
    trainer._handle_custom_msg({"type": "undo_edit"}, [])
    trainer._loop.call(c.Do(lambda: None))
    assert bits(trainer.model[0].weight) == before
    trainer.undo_edit()
    assert bits(trainer.model[0].weight) == before


def held(trainer):
    return sum(level.nbytes for level in trainer._hand._levels)


def test_what_is_kept_to_take_back_has_a_bound_in_bytes(make, monkeypatch):
    trainer = make(small_data(), hidden_layers=(40, 40))
    monkeypatch.setattr(_editing, "MOST_UNDO_BYTES", 20_000)
    for value in range(20):  # each of 6,400 bytes
        trainer.edit("2.weight", float(value))
        assert held(trainer) <= 20_000
    assert len(trainer._hand._levels) == 3
    for value in (18.0, 17.0, 16.0, 16.0):
        trainer.undo_edit()
        assert trainer.model[2].weight.unique().tolist() == [value]


def test_what_is_larger_than_the_bound_can_still_be_taken_back(make, monkeypatch):
    trainer = make(small_data(), hidden_layers=(8,))
    monkeypatch.setattr(_editing, "MOST_UNDO_BYTES", 10)
    before = weights(trainer)
    trainer.edit("0.weight", 1.0)
    trainer.undo_edit()
    assert same_bits(weights(trainer), before)


def test_frozen_entries_count_too(make, monkeypatch):
    trainer = make(small_data(), hidden_layers=(40, 40))
    monkeypatch.setattr(_editing, "MOST_UNDO_BYTES", 20_000)
    for row in range(10):  # each of 40 entries
        trainer.freeze("2.weight", row)
    assert len(trainer._hand._levels) == 3


def test_what_is_frozen_is_read_between_two_steps(make, monkeypatch):
    trainer, readers = make(speed=None), []

    def masks_of(*arguments):
        readers.append(threading.current_thread().name)
        return masks(*arguments)

    monkeypatch.setattr(_editing, "masks", masks_of)
    trainer.freeze("0.weight", 0)
    passed = threading.Event()
    trainer.on_epoch_end(lambda _: passed.set())
    trainer.train()
    assert passed.wait(PATIENCE)
    assert trainer.frozen["0.weight"].tolist() == [[True, True], [False, False]]
    trainer.pause()
    trainer.close()
    assert trainer.frozen["0.weight"].sum().item() == 2  # what is closed can still be read
    assert readers[0] == "nnwidgets-training"


def test_what_is_frozen_never_belongs_to_another_network(make):
    trainer = make(small_data(), hidden_layers=(2,))
    loop = trainer._loop
    entered, goes_on = threading.Event(), threading.Event()
    found = []

    def grow():
        loop.experiment.settings = loop.experiment.settings.__class__(
            **{**vars(loop.experiment.settings), "frozen": frozenset(["9.bias"])}
        )  # as it is in the middle of a change of the network
        entered.set()
        goes_on.wait(PATIENCE)
        loop.experiment.freeze(frozenset(["2.bias"]))

    change = loop.submit(c.Do(grow))
    assert entered.wait(PATIENCE)
    reader = threading.Thread(target=lambda: found.append(trainer.frozen))
    reader.start()
    goes_on.set()
    reader.join(PATIENCE)
    change.result(PATIENCE)
    assert same_bits(found[0], {"2.bias": torch.tensor([True])})


@pytest.mark.parametrize("gone", ["reset", "network"])
def test_what_is_over_is_not_taken_back(make, gone):
    trainer = make()
    trainer.edit("0.weight", 2.0, (1, 0))
    if gone == "reset":
        trainer.reset()
    else:
        trainer.hidden_layers = (3,)
    before = weights(trainer)
    trainer.undo_edit()
    assert same_bits(weights(trainer), before)
