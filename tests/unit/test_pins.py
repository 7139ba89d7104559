"""Runs to compare with: what they keep, what they are called, how many there may be, and the tables they are in."""

from __future__ import annotations

import csv
import io
from queue import Queue

import numpy as np
import pytest
import torch

from nnwidgets import PlanarTrainer
from nnwidgets.training import commands as c
from nnwidgets.training.differences import differences, legend
from nnwidgets.training.history import History
from nnwidgets.training.pinning import MOST_PINNED, PinnedRun
from nnwidgets.training.tables import EPOCH_COLUMNS, STEP_COLUMNS, as_csv
from nnwidgets.widgets import _pins
from tests.unit.plain import PATIENCE, Gate


def names(trainer):
    return [run.name for run in trainer.history.pinned]


def trained(make, epochs=2, **settings):
    trainer = make(**settings)
    trainer.step(epochs, "epoch")
    return trainer


# --- pinning


def test_a_pinned_run_stays_as_it_was_through_training_and_reset(make):
    trainer = trained(make, learning_rate=0.3, hidden_layers=(4, 3))
    steps, epochs = trainer.history.steps, trainer.history.epochs
    trainer.pin()
    trainer.step(3, "epoch")
    trainer.learning_rate = 0.01
    trainer.reset()
    trainer.step(2, "epoch")
    (run,) = trainer.history.pinned
    assert run.name == "run 1"
    assert not run.abandoned
    assert np.array_equal(run.steps, steps)
    assert np.array_equal(run.epochs, epochs, equal_nan=True)
    assert (run.settings["learning_rate"], run.settings["hidden_layers"]) == (0.3, [4, 3])


def test_its_settings_are_those_of_its_steps_and_not_what_was_set_after_them(make):
    trainer = trained(make, learning_rate=0.3)
    trainer.learning_rate = 0.01
    trainer.pin()
    assert trainer.history.pinned[0].settings["learning_rate"] == 0.3
    trainer.step(2)
    trainer.pin()
    assert trainer.history.pinned[1].settings["learning_rate"] == 0.01


def test_an_abandoned_run_has_the_settings_that_it_ended_with(make):
    trainer = trained(make, learning_rate=0.3)
    trainer.learning_rate = 0.01
    trainer.step(2, "epoch")
    trainer.rewind(1)
    assert trainer.learning_rate == 0.3
    trainer.step()
    (run,) = trainer.history.pinned
    assert run.abandoned
    assert run.settings["learning_rate"] == 0.01
    trainer.pin()
    assert trainer.history.pinned[1].settings["learning_rate"] == 0.3


def test_a_change_made_in_the_past_is_not_of_the_steps_that_led_there(make):
    trainer = trained(make, learning_rate=0.3)
    trainer.rewind(1)
    trainer.learning_rate = 0.5
    trainer.pin()
    abandoned, kept = trainer.history.pinned
    assert (abandoned.settings["learning_rate"], kept.settings["learning_rate"]) == (0.3, 0.3)
    trainer.step()
    assert trainer.history.settings["learning_rate"] == 0.5


def test_going_on_from_the_past_shows_the_abandoned_run_at_once(make):
    trainer = trained(make)
    trainer.rewind(1)
    shown = []
    trainer.observe(lambda change: shown.append(trainer.step_count), "_pins")
    trainer.step(8)
    assert shown == [5]  # steps of an epoch: before the first that is new
    assert len(trainer._pins) == 1


def test_a_run_that_is_pinned_already_is_not_pinned_again(make):
    trainer = trained(make)
    trainer.pin("first")
    with pytest.raises(ValueError, match="pinned already, as 'first'"):
        trainer.pin()
    trainer.rewind(1)
    trainer.step()  # what is abandoned is what is pinned
    assert names(trainer) == ["first"]


def test_names_are_given_and_numbers_are_not_used_twice(make):
    trainer = trained(make, 1)
    for name in (None, "  my   run ", None):
        trainer.pin(name)
        trainer.step()
    assert names(trainer) == ["run 1", "my run", "run 2"]
    trainer.unpin("run 1")
    trainer.pin()
    assert names(trainer) == ["my run", "run 2", "run 3"]
    trainer.step()
    for wrong, error in (
        ("my run", "'my run' already"),
        ("", "1 to 40"),
        ("x" * 41, "1 to 40"),
        ("present", "already"),
    ):
        with pytest.raises(ValueError, match=error):
            trainer.pin(wrong)
    with pytest.raises(TypeError, match="must be a text"):
        trainer.pin(3)
    with pytest.raises(ValueError, match="no pinned run is called 'run 1'; there are: 'my run'"):
        trainer.unpin("run 1")


def test_nothing_to_pin(make):
    with pytest.raises(ValueError, match="nothing has been trained"):
        make().pin()


def test_a_run_that_finds_no_room_is_not_dropped_in_silence(make):
    trainer = make()
    for index in range(MOST_PINNED):
        trainer.step(1, "epoch")
        trainer.pin(f"kept {index}")
    trainer.rewind(5)
    trainer.step(2, "epoch")
    assert trainer._message is None  # what was left is pinned
    trainer.rewind(3)
    trainer.step(1, "epoch")
    assert names(trainer) == [f"kept {index}" for index in range(MOST_PINNED)]
    message = trainer._message
    assert (message["kind"], message["title"]) == ("info", "Not kept to compare with:")
    assert message["text"].startswith("the run up to epoch 7 that this one left, for 6 runs are pinned by hand.")
    trainer.l2 = 0.1
    trainer.step(1, "epoch")
    assert trainer._message is None  # it was said, and what is measured has its place again
    trainer.rewind(2)
    trainer.learning_rate = 0.5
    assert "up to epoch 5" in trainer._message["text"]
    trainer.unpin("kept 0")
    assert trainer._message is None
    trainer.step(1, "epoch")
    trainer.rewind(2)
    trainer.step()
    assert names(trainer)[-1] == "run 1"
    assert trainer._message is None


def test_a_seventh_run_is_refused_by_hand_and_an_abandoned_one_makes_room():
    history = History()

    def more():
        history.add_steps(history.last_step, [0.5, 0.4], [1.0, 1.0])

    for index in range(MOST_PINNED):
        more()
        if index % 2:
            history.branch(history.last_step - 1)
        else:
            history.pin()
    assert [run.abandoned for run in history.pinned] == [False, True] * 3
    more()
    with pytest.raises(ValueError, match=r"6 runs are pinned.*trainer.unpin\('run 1'\)"):
        history.pin()
    history.branch(history.last_step - 1)
    assert [run.name for run in history.pinned] == ["run 1", "run 3", "run 4", "run 5", "run 6", "run 7"]
    for run in history.pinned:
        if run.abandoned:
            history.unpin(run.name)
            more()
            history.pin()
    before = history.pinned
    more()
    history.branch(history.last_step - 1)
    assert history.pinned == before  # what was pinned by hand stays


# --- the legend


def test_the_legend_names_only_what_differs_from_the_present_run(make):
    trainer = trained(make, learning_rate=0.03, optimizer="adam", hidden_layers=(4, 4))
    trainer.pin()
    assert trainer._legend == ["run 1"]
    trainer.learning_rate = 0.1
    assert trainer._legend == ["lr 0.03"]
    trainer.optimizer = "sgd"
    trainer.hidden_layers = (2,)
    assert trainer._legend == ["adam · hidden 4-4 · lr 0.03"]
    trainer.step()
    trainer.pin("the second")
    assert trainer._legend == ["adam · hidden 4-4 · lr 0.03", "the second"]


def test_runs_of_the_same_differences_are_told_by_their_numbers():
    runs = [PinnedRun(f"run {n}", np.empty((0, 7)), np.empty((0, 6)), {"learning_rate": 0.3}) for n in (1, 2)]
    assert legend(runs, {"learning_rate": 0.1}) == ["lr 0.3 (run 1)", "lr 0.3 (run 2)"]
    assert legend(runs, {"learning_rate": 0.3}) == ["run 1", "run 2"]


CHANGES = {
    "seed": (7, "seed 7"),
    "batch_size": (8, "batch 8"),
    "l1": (0.01, "L1 0.01"),
    "l2": (0.1, "L2 0.1"),
    "activation": ("relu", "ReLU"),
    "dropout": (0.2, "dropout 0.2"),
    "schedule": ({"name": "step"}, "step schedule"),
    "optimizer_options": ({"momentum": 0.9}, "momentum 0.9"),
    "loss_fn": ("mse", "mse"),
    "features": (("x1", "x1*x2"), "x₁, x₁x₂"),
    "standardise": (True, "standardised"),
    "hidden_layers": ((), "no hidden layer"),
    "initialiser": ("xavier_uniform", "xavier_uniform weights"),
    "initial_scale": (0.25, "scale 0.25"),
    "noise": (0.25, "noise 0.25"),
    "n_samples": (60, "60 samples"),
    "test_share": (0.5, "test 50\u2009%"),
    "data_seed": (3, "data seed 3"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_setting_has_its_words(make, name):
    value, words = CHANGES[name]
    usual = {"n_samples": 40, "standardise": False}
    present = make("circles", **usual)
    other = make("circles", **(usual | {name: value}))
    for trainer in (present, other):
        trainer.step()
    assert differences(other.history.settings, present.history.settings) == words
    assert differences(present.history.settings, other.history.settings) != ""


def test_settings_without_words_would_go_unnamed(make):
    trainer = trained(make, 1)
    from nnwidgets.training.differences import _WORDS

    assert set(trainer.history.settings) <= set(_WORDS)


def test_what_is_of_your_own_is_called_so(make):
    def harsh(p, y):
        return (p - y).abs().mean()

    trainer = trained(make, loss_fn=harsh, optimizer=lambda p: torch.optim.SGD(p, lr=0.1))
    assert (trainer.history.settings["loss_fn"], trainer.history.settings["optimizer"]) == ("custom", "custom")
    trainer.pin()
    trainer.loss_fn = "bce"
    assert trainer._legend == ["custom"]


# --- files and notebooks


def test_pinned_runs_survive_a_file(make, tmp_path):
    trainer = trained(make, learning_rate=0.3)
    trainer.pin()
    trainer.step(2, "epoch")
    trainer.rewind(1)
    trainer.step()
    trainer.learning_rate = 0.5
    trainer.save(tmp_path / "run.pt")
    loaded = PlanarTrainer.load(tmp_path / "run.pt")
    assert loaded._legend == trainer._legend == ["lr 0.3 (run 1)", "lr 0.3 (run 2)"]
    assert loaded._pins == trainer._pins
    for ours, theirs in zip(loaded.history.pinned, trainer.history.pinned, strict=True):
        assert (ours.name, ours.abandoned, ours.settings) == (theirs.name, theirs.abandoned, theirs.settings)
        assert np.array_equal(ours.steps, theirs.steps)
    loaded.pin()
    assert loaded.history.pinned[2].settings["learning_rate"] == 0.3  # that of its last step
    loaded.close()


def test_a_file_from_before_pinned_runs_had_settings_still_loads(make, tmp_path):
    trainer = trained(make, learning_rate=0.3)
    trainer.rewind(1)
    trainer.step()
    trainer.save(tmp_path / "run.pt")
    content = torch.load(tmp_path / "run.pt", weights_only=True)
    history = content["run"]["history"]
    del history["settings"]
    history["pinned"] = [run[:3] for run in history["pinned"]]
    torch.save(content, tmp_path / "old.pt")
    loaded = PlanarTrainer.load(tmp_path / "old.pt")
    (run,) = loaded.history.pinned
    assert (run.name, dict(run.settings), run.abandoned) == ("run 1", {}, False)
    assert loaded._legend == ["run 1"]
    assert loaded.history.settings["learning_rate"] == 0.3
    loaded.close()


def test_the_browser_gets_at_most_512_rows_of_each_and_the_ends_of_them(make):
    trainer = trained(make, 700, batch_size=20)
    trainer.pin()
    (pin,) = trainer._pins
    rows = np.frombuffer(pin["rows"], dtype=np.float32).reshape(-1, 5)
    assert len(rows) <= 512
    assert (rows[0, 0], rows[-1, 0]) == (1, 700)
    assert rows[-1, 1] == np.float32(trainer.history.loss[-1])
    before = trainer._pins
    trainer.step()
    assert trainer._pins is before  # they travel once


# --- messages


def test_a_view_pins_and_unpins_and_hears_why_not(make):
    trainer = trained(make)
    said = []
    trainer.send = lambda content, buffers=None: said.append(content)
    for message in ({"type": "pin", "name": None}, {"type": "pin", "name": None}, {"type": "unpin", "name": "run 9"}):
        trainer._handle_custom_msg(message, [])
    trainer.wait(PATIENCE)
    failures = [(message["command"], message["message"]) for message in said if message["type"] == "failed"]
    assert [command for command, _ in failures] == ["Pin", "Unpin"]
    assert "pinned already" in failures[0][1]
    trainer._handle_custom_msg({"type": "unpin", "name": "run 1"}, [])
    trainer.wait(PATIENCE)
    assert names(trainer) == []


@pytest.fixture
def hear(monkeypatch):
    """Lets one wait for a message of a kind to the views."""
    said = Queue()
    monkeypatch.setattr(PlanarTrainer, "send", lambda _, content, buffers=None: said.put(content))

    def next_of(kind):
        while (message := said.get(timeout=PATIENCE))["type"] != kind:
            pass
        return message

    return next_of


def test_a_view_asks_for_the_curves_as_text(make, hear):
    trainer = trained(make)
    trainer._handle_custom_msg({"type": "export", "per": "step", "ask": "abc"}, [])
    answer = hear("csv")
    assert (answer["ask"], answer["text"]) == ("abc", trainer.history.to_csv(per="step"))
    trainer._handle_custom_msg({"type": "export", "per": "hour", "ask": "abc"}, [])
    assert "per must be" in hear("failed")["message"]


def test_while_curves_become_text_the_run_goes_on(make, hear, monkeypatch):
    trainer, gate = trained(make), Gate()
    expected = trainer.history.to_csv()

    def slow(*arguments):
        gate()
        return as_csv(*arguments)

    monkeypatch.setattr(_pins, "as_csv", slow)
    trainer._handle_custom_msg({"type": "export", "per": "epoch", "ask": "abc"}, [])
    gate.wait()
    trainer._loop.submit(c.Step(3, "epoch")).result(PATIENCE).result(PATIENCE)
    assert trainer._loop.history.last_epoch == 5
    gate.open()
    assert hear("csv")["text"] == expected  # what was there when it was asked for
    monkeypatch.setattr(_pins, "as_csv", lambda *_: (_ for _ in ()).throw(MemoryError))
    trainer._handle_custom_msg({"type": "export", "per": "epoch", "ask": "abc"}, [])
    assert hear("failed")["command"] == "Export"


# --- tables


def read(text):
    return list(csv.reader(io.StringIO(text)))


def test_csv_has_all_rows_of_all_runs_to_the_last_digit(make, tmp_path):
    trainer = trained(make)
    trainer.pin("one, two")
    trainer.step(1, "epoch")
    history = trainer.history
    for per, columns, rows, pinned in (
        ("epoch", EPOCH_COLUMNS, history.epochs, history.pinned[0].epochs),
        ("step", STEP_COLUMNS, history.steps, history.pinned[0].steps),
    ):
        table = read(history.to_csv(tmp_path / "run.csv", per=per))
        assert read((tmp_path / "run.csv").read_text(encoding="utf-8")) == table
        assert table[0] == ["run", *columns]
        assert [row[0] for row in table[1:]] == ["present"] * len(rows) + ["one, two"] * len(pinned)
        numbers = np.array([[float(cell or "nan") for cell in row[1:]] for row in table[1:]])
        assert np.array_equal(numbers, np.vstack([rows, pinned]), equal_nan=True)
    assert table[1][1] == "1"  # a whole number has no point
    assert read(history.to_csv())[1][-1] == ""  # no test set
    with pytest.raises(ValueError, match='"epoch" or "step"'):
        history.to_csv(per="batch")


def test_a_pinned_run_for_pandas(make):
    trainer = trained(make)
    trainer.pin()
    (run,) = trainer.history.pinned
    for per in ("epoch", "step"):
        assert run.to_pandas(per).equals(trainer.history.to_pandas(per))
    with pytest.raises(ValueError, match='"epoch" or "step"'):
        run.to_pandas("batch")
