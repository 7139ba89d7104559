"""What widgets must know of the notebook's kernel: when cells run and end, and where answers go."""

from __future__ import annotations

import gc
import logging
from types import SimpleNamespace

import pytest

from nnwidgets.widgets._kernel import CellWatch, answer_on_any_shell, call_quietly


class Listener:
    def __init__(self):
        self.ended = 0

    def _cell_ended(self):
        self.ended += 1


@pytest.fixture
def shell(monkeypatch):
    """An IPython shell with a kernel, of which a cell is running."""
    callbacks = {}
    events = SimpleNamespace(register=lambda name, callback: callbacks.setdefault(name, []).append(callback))
    made = SimpleNamespace(events=events, kernel=object(), callbacks=callbacks)
    monkeypatch.setattr("IPython.get_ipython", lambda: made)
    return made


def fire(shell, name):
    for callback in shell.callbacks[name]:
        callback(None)


def test_without_a_notebook_no_cell_ever_runs():
    watch, listener = CellWatch(), Listener()
    watch.register(listener)
    assert not watch.is_running
    assert listener.ended == 0


def test_the_cell_that_makes_the_first_widget_is_running_already(shell):
    watch, listener = CellWatch(), Listener()
    watch.register(listener)
    assert watch.is_running
    fire(shell, "post_run_cell")
    assert not watch.is_running
    assert listener.ended == 1


def test_listeners_hear_of_each_cell_once_and_of_nested_ones_at_the_end(shell):
    watch, listeners = CellWatch(), [Listener(), Listener()]
    for listener in listeners:
        watch.register(listener)
    fire(shell, "post_run_cell")
    fire(shell, "pre_run_cell")
    fire(shell, "pre_run_cell")
    fire(shell, "post_run_cell")
    assert watch.is_running
    fire(shell, "post_run_cell")
    assert [listener.ended for listener in listeners] == [2, 2]
    assert [len(callbacks) for callbacks in shell.callbacks.values()] == [1, 1]


def test_listeners_are_not_kept_alive(shell):
    watch, listener = CellWatch(), Listener()
    watch.register(listener)
    del listener
    gc.collect()
    fire(shell, "post_run_cell")
    assert len(watch._listeners) == 0


def test_answers_stay_where_they_came_in_where_a_comm_can_be_told_so():
    comm = SimpleNamespace(_reply_subshell_for="main")
    answer_on_any_shell(comm)
    assert comm._reply_subshell_for is None
    plain = SimpleNamespace()
    answer_on_any_shell(plain)
    answer_on_any_shell(None)
    assert vars(plain) == {}


def test_what_goes_wrong_in_showing_is_logged_and_no_more(caplog):
    def fail(reason):
        raise ValueError(reason)

    with caplog.at_level(logging.ERROR, logger="nnwidgets"):
        call_quietly(fail, "the screen is dark")
    assert "the screen is dark" in caplog.text
