"""Views hear of a cell that keeps the kernel from hearing them, and of no other."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from nnwidgets.widgets._long_cells import A_CELL_IS_RUNNING, EVERY, LISTENING, SURE, LongCells


class Widget:
    def __init__(self, message=None):
        self.comm = SimpleNamespace()
        self._message = message
        self.sent = []

    def set_trait(self, name, value):
        setattr(self, name, value)

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
    assert (widget.sent, widget._message) == ([{"type": "here"}], None)
    now.time += SURE
    cells.speak()
    assert len(widget.sent) == 2
    assert widget._message == A_CELL_IS_RUNNING
    cells.end()
    assert widget._message is None


def test_nothing_is_said_any_more_of_one_that_is_heard_after_all(cells, now):
    widget = Widget()
    cells.heard(widget)
    cells.begin()
    now.time += SURE + 0.1
    cells.speak()
    assert widget._message == A_CELL_IS_RUNNING
    cells.heard(widget)
    assert widget._message is None


def test_one_that_is_heard_beside_the_cell_is_told_nothing(cells, now):
    widget = Widget()
    cells.heard(widget)
    cells.begin()
    now.time += EVERY + 0.1
    cells.heard(widget)
    cells.speak()
    assert (widget.sent, widget._message) == ([], None)


def test_nor_is_one_that_was_silent_before(cells, now):
    widget = Widget()
    cells.heard(widget)
    now.time += LISTENING + 0.1
    cells.begin()
    now.time += EVERY + 0.1
    cells.speak()
    assert widget.sent == []


def test_what_is_more_urgent_stays(cells, now):
    widget, closed = Widget("an error"), Widget()
    closed.comm = None
    for each in (widget, closed):
        cells.heard(each)
    cells.begin()
    now.time += SURE + 0.1
    cells.speak()
    cells.end()
    assert (widget._message, closed.sent, closed._message) == ("an error", [], None)
    assert widget.sent == [{"type": "here"}]


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
