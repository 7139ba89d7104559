"""When a run is recorded by itself: once it stands still where somebody may save it, and before a kernel ends."""

from __future__ import annotations

import base64
import threading
from types import SimpleNamespace

import pytest
from torch import nn

from nnwidgets import PlanarTrainer
from nnwidgets.training import commands as c
from nnwidgets.training import keyframes
from nnwidgets.widgets import _publisher, _recorder
from nnwidgets.widgets._recorded_format import decode
from tests.unit.plain import PATIENCE, Gate
from tests.unit.recordings import train

LOOK = {"type": "look", "view": "a", "visible": True, "focus": None, "map_size": 16, "tile_size": 8, "wants": []}


@pytest.fixture
def connected(monkeypatch):
    """Trainers are in a notebook, and are recorded as soon as they stand still."""
    monkeypatch.setattr(_publisher, "is_connected", lambda _: True)
    monkeypatch.setattr(_recorder, "REST", 0.0)


@pytest.fixture
def later(connected, monkeypatch):
    """They have stood still for far too short a time."""
    monkeypatch.setattr(_recorder, "REST", 1e6)


class Awaited:
    """Waits for the recording of a trainer."""

    def __init__(self, trainer):
        self.there, self.thread = threading.Event(), None
        trainer.observe(self.note, "_recorded")

    def note(self, change):
        if change.new is not None:
            self.thread = threading.current_thread()
            self.there.set()

    def wait(self):
        assert self.there.wait(PATIENCE)


def end(trainer):
    """Waits until there is nothing more to do."""
    thread = trainer._loop._thread
    if thread is not None:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_run_that_stands_still_is_recorded_by_itself_and_then_there_is_no_thread(make, connected):
    trainer = make()
    awaited = Awaited(trainer)
    trainer.train(epochs=4)
    awaited.wait()
    end(trainer)
    assert [frame.header["epoch"] for frame in decode(trainer._recorded).frames] == [0, 1, 2, 3, 4]
    assert awaited.thread.name == "nnwidgets-training"


def test_outside_a_notebook_nobody_asked_for_it(make, monkeypatch):
    monkeypatch.setattr(_recorder, "REST", 0.0)
    trainer = train(make(), epochs=2)
    assert trainer._loop.observer.recording_due() == float("inf")
    end(trainer)
    assert trainer._recorded is None


def test_before_the_first_step_there_is_nothing_to_record(make, connected):
    trainer = make()
    trainer.learning_rate = 0.3
    end(trainer)
    assert trainer._loop.observer.recording_due() == float("inf")


def test_each_change_puts_it_off(make, later, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(_recorder, "time", SimpleNamespace(monotonic=lambda: now[0]))
    trainer = train(make(), epochs=2)
    due = trainer._loop.observer.recording_due
    assert due() == 100.0 + 1e6
    now[0] = 101.0
    trainer.learning_rate = 0.3
    assert due() == 101.0 + 1e6
    now[0] = 102.0
    trainer.pin("a")
    trainer.preview(1)
    assert due() == 101.0 + 1e6
    trainer.train()
    trainer._loop.call(c.Do(lambda: None))
    assert due() == float("inf")
    trainer.pause()
    assert due() == 102.0 + 1e6


@pytest.mark.parametrize("what", ["previewed", "held"])
def test_while_the_past_is_looked_at_or_a_cell_holds_the_run_it_waits(make, later, monkeypatch, what):
    trainer = train(make(), epochs=3)
    awaited = Awaited(trainer)
    trainer._loop.call(c.Preview(1) if what == "previewed" else c.Hold())
    trainer._publisher._recorder.due = 0.0
    end(trainer)
    assert trainer._recorded is None
    trainer._loop.call(c.Preview(None) if what == "previewed" else c.Release())
    awaited.wait()


@pytest.fixture
def slow(make, connected, monkeypatch):
    """Makes a trainer whose recording comes to a gate when it repeats a step, and the gate."""
    monkeypatch.setattr(keyframes, "may_draw", lambda _: False)

    def make_slow():
        gate, steps = Gate(), []

        def hook(module, *_):
            if module.training and (steps.append(1) or len(steps) == 25 + 8):
                gate()

        model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
        model.register_forward_hook(hook)
        trainer = make(model=model, loss_fn="bce")
        monkeypatch.setattr(_recorder, "REST", 1e6)
        train(trainer, epochs=5)
        trainer._loop.checkpoints.replace(trainer._loop.checkpoints.items[:1])
        return trainer, gate

    return make_slow


def test_a_command_that_comes_while_the_run_is_repeated_does_not_wait_for_that(slow):
    trainer, gate = slow()
    awaited = Awaited(trainer)
    trainer._publisher._recorder.due = 0.0
    trainer._loop.call(c.Do(lambda: None))
    gate.wait()
    asked = trainer._loop.submit(c.Do(lambda: (trainer._recorded, trainer._publisher._recorder._moments.keys())))
    gate.open()
    found, moments = asked.result(PATIENCE)
    assert found is None
    assert 5 not in moments
    awaited.wait()
    assert [frame.header["epoch"] for frame in decode(trainer._recorded).frames] == [0, 1, 2, 3, 4, 5]


def test_a_run_that_goes_on_while_it_is_recorded_has_no_recording(slow):
    trainer, gate = slow()
    trainer._publisher._recorder.due = 0.0
    trainer._loop.call(c.Do(lambda: None))
    gate.wait()
    trainer._loop.submit(c.Train(epochs=1))
    gate.open()
    trainer.wait(PATIENCE)
    assert (trainer.epoch, trainer._recorded) == (6, None)


def test_a_recording_of_a_run_that_stands_elsewhere_by_now_is_not_shown(make):
    trainer = train(make(), epochs=2)
    data, key = trainer._loop.call(c.Do(trainer._publisher.recording))
    trainer.learning_rate = 0.3
    trainer._publisher.publish(data, key)
    assert trainer._recorded is None


# -- at the end of a cell -----------------------------------------------------------------------------


def test_where_no_view_has_ever_been_the_end_of_a_cell_waits_for_it(make, later):
    trainer = train(make(), epochs=3)
    awaited = Awaited(trainer)
    trainer._cell_ended()
    assert len(decode(trainer._recorded).frames) == 4
    assert awaited.thread is threading.current_thread()
    data = trainer._recorded
    trainer._cell_ended()
    assert trainer._recorded is data


def test_what_the_cell_did_by_hand_is_in_it(make, later):
    trainer = train(make(), epochs=2)
    trainer._cell_ended()
    trainer.model[0].weight.data.fill_(0.5)
    trainer._cell_ended()
    last = decode(trainer._recorded).frames[-1]
    assert last.arrays["parameters"][:4].tolist() == [0.5] * 4


@pytest.mark.parametrize("way", ["view", "plain Python", "run under way"])
def test_otherwise_no_cell_waits(make, later, monkeypatch, way):
    trainer = train(make(), epochs=3)
    if way == "view":
        trainer._handle_custom_msg(LOOK, [])
    elif way == "plain Python":
        monkeypatch.setattr(_publisher, "is_connected", lambda _: False)
    else:
        trainer.train()
    trainer._cell_ended()
    assert trainer._recorded is None
    trainer.pause()


def test_a_view_that_comes_ends_the_waiting(slow):
    trainer, gate = slow()
    ended = threading.Thread(target=trainer._cell_ended)
    ended.start()
    gate.wait()
    trainer._handle_custom_msg(LOOK, [])
    gate.open()
    ended.join(PATIENCE)
    assert not ended.is_alive()
    assert trainer._recorded is None
    assert trainer._loop.observer.recording_due() < float("inf")


def test_a_cell_that_is_interrupted_then_ends_at_once(slow, monkeypatch):
    trainer, gate = slow()
    gate.open()
    given = []
    monkeypatch.setattr(trainer._publisher, "give_way", lambda: given.append(True))

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer._loop, "call", interrupted)
    trainer._cell_ended()
    assert given == [True]
    with pytest.raises(KeyboardInterrupt):
        trainer._record()


def test_a_program_that_runs_a_notebook_saves_the_recording(tmp_path):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    cells = [
        "from nnwidgets import PlanarTrainer\na, b = (PlanarTrainer(n_samples=30, engine='eager') for _ in 'ab')",
        "for each in (a, b):\n    each.train(epochs=3)\n    each.wait()",
        "b.reset()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=PATIENCE, resources={"metadata": {"path": tmp_path}}).execute()
    saved = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    found = {
        model["state"]["epoch"]: base64.b64decode(buffer["data"])
        for model in saved
        if "epoch" in model["state"]
        for buffer in model["buffers"]
        if buffer["path"] == ["_recorded"]
    }
    assert [frame.header["epoch"] for frame in decode(found[3]).frames] == [0, 1, 2, 3]
    assert found[0] == b""


def test_a_trainer_that_is_gone_is_not_recorded(connected, monkeypatch):
    monkeypatch.setattr(_recorder, "REST", 1e6)
    trainer = PlanarTrainer(n_samples=30, engine="eager")
    publisher = trainer._publisher
    monkeypatch.setattr(publisher, "_trainer", lambda: None)
    assert publisher.recording_due() == float("inf")
    trainer.close()
