"""A view that goes in the middle of a frame, and a trainer that is closed wherever that can be done."""

from __future__ import annotations

import logging
import threading

import pytest

from nnwidgets import FunctionTrainer, PlanarTrainer
from nnwidgets.training import commands as c
from tests.unit.hostile import Wire
from tests.unit.plain import PATIENCE, Gate, PlainRun, closed, ended, make_loop, same_bits, small_data

LOOK = {"type": "look", "view": "a", "visible": True, "focus": None, "map_size": 20, "tile_size": 8, "wants": []}


@pytest.fixture(autouse=True)
def nothing_is_said(caplog, monkeypatch):
    """No warning in the log, and no thread that ended in an exception."""
    ended = []
    monkeypatch.setattr(threading, "excepthook", ended.append)
    with caplog.at_level(logging.WARNING):
        yield
    assert ended == []
    assert [record.getMessage() for record in caplog.records] == []


@pytest.fixture
def seen(make):
    """Makes trainers that train for somebody who looks on, with a comm that can be spoiled in mid-frame."""

    def make_seen(**settings):
        trainer = make(small_data(), **settings)
        wire = Wire(trainer)
        wire.say({"method": "custom", "content": LOOK})
        trainer._loop.call(c.Do(lambda: None))  # it has its first picture
        trainer._channel.next_frame = lambda: 0.0  # a frame after every few steps
        return trainer, wire

    return make_seen


def in_mid_frame(trainer, wire):
    """Let it train until a frame is being sent, and that go on only when the gate is opened."""
    gate, take = Gate(), wire.comm.publish_msg

    def slow(kind, data=None, **others):
        if (data or {}).get("content", {}).get("type") == "frame" and not gate.opened.is_set():
            gate()
        take(kind, data=data, **others)

    wire.comm.publish_msg = slow
    trainer._loop.submit(c.Train())
    gate.wait()
    return gate


@pytest.mark.fault("closed comm")
def test_a_comm_that_the_page_closes_in_mid_frame_leaves_the_run_alone(seen):
    import comm

    trainer, wire = seen()
    gate = in_mid_frame(trainer, wire)
    message = {"content": {"comm_id": wire.comm.comm_id, "data": {}}}
    comm.get_comm_manager().comm_close(None, None, message)
    gate.open()
    steps = trainer.step_count
    reached = threading.Event()
    trainer.on_epoch_end(lambda t: t.step_count > steps + 50 and reached.set())
    assert reached.wait(PATIENCE)
    trainer.pause()
    assert trainer.status == "paused"
    closed(trainer)


@pytest.mark.fault("closed comm")
def test_a_trainer_that_is_closed_in_mid_frame_ends_with_that_step(seen):
    trainer, wire = seen()
    gate = in_mid_frame(trainer, wire)
    thread = trainer._loop._thread
    closing = threading.Thread(target=trainer.close)
    closing.start()
    gate.open()
    ended(closing, thread)
    assert trainer.status == "closed"
    assert trainer.step_count > 0
    assert same_bits(trainer.model.state_dict(), PlainRun(small_data()).train(trainer.history.last_step).state())


@pytest.mark.fault("closed comm")
@pytest.mark.parametrize(
    "error", [OSError("broken pipe"), RuntimeError("the socket is closed"), AttributeError("None")]
)
def test_a_kernel_that_cannot_send_any_more_trains_to_the_end(seen, error):
    trainer, wire = seen()

    def broken(*_, **__):
        raise error

    wire.comm.publish_msg = broken
    trainer.train(epochs=3)
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch) == ("idle", 3)
    trainer.learning_rate = 0.2
    trainer.step()
    wire.comm.publish_msg = lambda *_, **__: None


@pytest.mark.fault("closed comm")
def test_what_cannot_be_packed_is_still_raised(make):
    trainer = make()
    wire = Wire(trainer)
    with pytest.raises(ValueError, match="JSON"):
        trainer.send({"type": object()})
    assert wire.arrived == {}


@pytest.mark.fault("closed comm")
def test_a_training_thread_that_ends_by_a_mistake_of_ours_lets_nobody_wait(monkeypatch):
    ended = []
    monkeypatch.setattr(threading, "excepthook", lambda error: ended.append(error.exc_value))
    loop = make_loop()
    loop.call(c.Do(lambda: None))

    def mistaken(*_):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(loop, "_work_on", mistaken)
    loop.submit(c.Train())
    with pytest.raises(ZeroDivisionError):
        loop.wait(PATIENCE)
    assert loop.status == "error"
    monkeypatch.undo()
    loop.call(c.Train(steps=2))
    loop.wait(PATIENCE)
    assert loop.experiment.position.step >= 2
    loop.close()


# -- closed by whatever is called back ------------------------------------------------------------------


def closed_from(trainer, register):
    """The trainer is closed by what `register` is given, once, while it trains."""
    done = threading.Event()

    def close(*_):
        if not done.is_set():
            trainer.close()
            done.set()

    register(close)
    trainer.train()
    thread = trainer._loop._thread
    assert done.wait(PATIENCE)
    ended(thread)
    assert trainer.status == "closed"
    assert trainer.comm is None
    assert len(trainer.model.state_dict()) == 4


@pytest.mark.fault("closed by a callback")
@pytest.mark.parametrize("kind", [PlanarTrainer, FunctionTrainer])
def test_a_callback_may_close_the_trainer(kind):
    trainer = kind()
    closed_from(trainer, trainer.on_epoch_end)


@pytest.mark.fault("closed by a callback")
@pytest.mark.parametrize("trait", ["epoch", "step_count", "loss", "status"])
def test_an_observer_may_close_the_trainer(seen, trait):
    trainer, _ = seen()
    closed_from(trainer, lambda close: trainer.observe(close, trait))


@pytest.mark.fault("closed by a callback")
def test_a_listener_to_messages_may_close_the_trainer(seen):
    trainer, wire = seen()
    trainer.on_msg(lambda *_: trainer.close())
    trainer.train()
    thread = trainer._loop._thread
    wire.say({"method": "custom", "content": LOOK})
    assert trainer.status == "closed"
    ended(thread)
