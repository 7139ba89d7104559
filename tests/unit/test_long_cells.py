"""Views hear of a cell that keeps the kernel from hearing them, and of no other."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from nnwidgets import PlanarTrainer
from nnwidgets.widgets._long_cells import EVERY, LISTENING, SURE, LongCells
from tests.unit.plain import ended, maker

make = maker(PlanarTrainer)


class Widget:
    def __init__(self):
        self.comm = SimpleNamespace()
        self.waits = False
        self.sent = []

    def _waits_for_cell(self, *, waits):
        self.waits = waits

    def send(self, content):
        self.sent.append(content)


@pytest.fixture
def now():
    return SimpleNamespace(time=100.0)


@pytest.fixture
def cells(now):
    cells = LongCells(lambda: now.time)
    yield cells
    cells.end()


def test_a_view_that_is_not_heard_is_told_and_the_sentence_goes_with_the_cell(cells, now):
    widget = Widget()
    cells.heard(widget)
    cells.begin()
    now.time += EVERY + 0.1
    cells.speak()
    assert (widget.sent, widget.waits) == ([{"type": "here"}], False)
    now.time += SURE
    cells.speak()
    assert len(widget.sent) == 2
    assert widget.waits
    cells.end()
    assert not widget.waits


def test_nothing_is_said_any_more_of_one_that_is_heard_after_all(cells, now):
    widget = Widget()
    cells.heard(widget)
    cells.begin()
    now.time += SURE + 0.1
    cells.speak()
    assert widget.waits
    cells.heard(widget)
    assert not widget.waits


def test_one_that_is_heard_beside_the_cell_is_told_nothing(cells, now):
    widget = Widget()
    cells.heard(widget)
    cells.begin()
    now.time += EVERY + 0.1
    cells.heard(widget)
    cells.speak()
    assert (widget.sent, widget.waits) == ([], False)


def test_nor_is_one_that_was_silent_before(cells, now):
    widget = Widget()
    cells.heard(widget)
    now.time += LISTENING + 0.1
    cells.begin()
    now.time += EVERY + 0.1
    cells.speak()
    assert widget.sent == []


def test_nothing_is_said_to_one_that_is_closed(cells, now):
    closed = Widget()
    closed.comm = None
    cells.heard(closed)
    cells.begin()
    now.time += SURE + 0.1
    cells.speak()
    assert (closed.sent, closed.waits) == ([], False)


def test_a_trainer_says_so_unless_there_is_something_more_urgent_and_then_that(make):
    trainer = make()
    trainer._waits_for_cell(waits=True)
    assert trainer._message["title"] == "A cell is running:"
    trainer.on_epoch_end(lambda _: 1 / 0)
    trainer.train(epochs=1)
    with pytest.raises(ZeroDivisionError):
        trainer.wait()
    said = trainer._message
    assert said["title"].startswith("ZeroDivisionError")
    trainer._waits_for_cell(waits=False)
    assert trainer._message == said
    trainer._waits_for_cell(waits=True)
    assert trainer._message == said


def test_widgets_may_be_heard_for_the_first_time_while_others_are_told(cells, now):
    now.time += 1
    kept, problems = [], []

    def come():
        for _ in range(3000):
            kept.append(Widget())
            cells.heard(kept[-1])

    def tell():
        try:
            while coming.is_alive():
                cells.speak()
        except RuntimeError as error:
            problems.append(error)

    coming, telling = threading.Thread(target=come), threading.Thread(target=tell)
    coming.start()
    telling.start()
    ended(coming, telling)
    assert problems == []


def test_it_is_said_again_until_the_cell_ends_by_a_thread_that_ends_with_it(cells, now, monkeypatch):
    monkeypatch.setattr("nnwidgets.widgets._long_cells.EVERY", 0.001)
    from threading import Event

    widget, again = Widget(), Event()

    def send(content):
        widget.sent.append(content)
        if len(widget.sent) == 3:
            again.set()

    widget.send = send
    cells.heard(widget)
    cells.begin()
    timer = cells._timer
    now.time += 1
    assert again.wait(30)
    cells.end()
    assert cells._timer is None
    timer.join(30)
    assert not timer.is_alive()


def test_without_widgets_a_cell_starts_nothing(cells):
    cells.begin()
    assert cells._timer is None
