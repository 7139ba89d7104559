"""Clicks without end, and verbs of several threads at once: all are carried out, and the last one decides."""

from __future__ import annotations

import random
import threading

import pytest

from nnwidgets.training import commands as c
from tests.unit.hostile import Wire
from tests.unit.plain import PATIENCE, PlainRun, closed, ended, same_bits, small_data


def click(wire, **content):
    wire.say({"method": "custom", "content": content})


@pytest.mark.fault("impatient clicks")
@pytest.mark.parametrize("engine", ["eager", "fused"])
@pytest.mark.parametrize("last", ["play", "pause"])
def test_two_hundred_clicks_on_play_and_pause(make, engine, last):
    trainer = make(engine=engine, speed=None)
    wire = Wire(trainer)
    for _ in range(200):
        for kind in ("pause", "play") if last == "play" else ("play", "pause"):
            click(wire, type=kind)
    trainer._loop.call(c.Do(lambda: None))
    assert trainer.status == {"play": "running", "pause": "paused"}[last]
    trainer.pause()
    assert wire.refusals == []
    twin = make(engine=engine)
    if trainer.step_count:
        twin.step(trainer.step_count)
    assert same_bits(trainer.model.state_dict(), twin.model.state_dict())


@pytest.mark.fault("impatient clicks")
@pytest.mark.parametrize("seed", range(4))
def test_steps_resets_and_rewinds_at_any_moment_leave_the_run_of_the_seed(make, seed):
    trainer, numbers = make(speed=None), random.Random(seed)
    wire = Wire(trainer)
    for _ in range(150):
        kind = numbers.choice(("play", "pause", "step", "step", "reset", "rewind", "preview", "request_full", "trace"))
        content = {
            "step": {"n": numbers.choice((1, 3, 40)), "unit": numbers.choice(("batch", "epoch"))},
            "reset": {"seed": None},
            "rewind": {"epoch": numbers.randrange(4)},
            "preview": {"epoch": numbers.choice((None, 0, 1, 2))},
        }.get(kind, {})
        click(wire, type=kind, **content)
        if numbers.random() < 0.1:
            trainer._loop.call(c.Do(lambda: None))
    trainer.pause()
    # What was refused were epochs that were not there (any more).
    assert {said["command"].lower() for said in wire.refusals} <= {"rewind", "preview"}
    made = PlainRun(small_data()).train(trainer.step_count)
    assert same_bits(trainer.model.state_dict(), made.state())
    closed(trainer)


@pytest.mark.fault("verbs of several threads")
def test_cells_of_several_threads_may_call_verbs_at_once(make):
    trainer = make(speed=None)
    problems = []

    def cell(number):
        order = random.Random(number)
        for _ in range(25):
            verb = order.choice(("step", "pause", "train", "edit", "rate", "paused", "read", "wait"))
            try:
                {
                    "step": lambda: trainer.step(3),
                    "pause": trainer.pause,
                    "train": lambda: trainer.train(epochs=1),
                    "edit": lambda: trainer.edit("0.weight", order.random(), (0, 0)),
                    "rate": lambda: setattr(trainer, "learning_rate", 0.1 + order.random() / 10),
                    "paused": lambda: held(trainer),
                    "read": lambda: (trainer.diagnosis, trainer.history.to_csv(), trainer.to_code()),
                    "wait": lambda: trainer.wait(PATIENCE),
                }[verb]()
            except RuntimeError as error:
                if "held by" not in str(error):  # a step under another thread's `paused()`
                    problems.append((verb, error))
            except Exception as error:  # noqa: BLE001
                problems.append((verb, error))

    threads = [threading.Thread(target=cell, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    ended(*threads)
    assert problems == []
    trainer.pause()
    before = trainer.step_count
    trainer.step(5)
    assert trainer.step_count == before + 5
    # The journal has all of it, in the order in which it was done.
    trainer.rewind(0)
    trainer.rewind(trainer.history.last_epoch)


def held(trainer):
    with trainer.paused():
        return trainer.model[0].weight.sum().item()


@pytest.mark.fault("verbs of several threads")
def test_whoever_closes_first_closes_for_all(make):
    for _ in range(10):
        trainer = make()
        trainer.train()
        threads = [threading.Thread(target=trainer.close) for _ in range(4)]
        for thread in threads:
            thread.start()
        ended(*threads)
        assert trainer.status == "closed"
