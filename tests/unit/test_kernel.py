"""What widgets must know of the notebook's kernel: when cells run and end, and where answers go."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
from types import SimpleNamespace

import pytest

from nnwidgets.training.promptness import PROMPT_INTERVAL
from nnwidgets.widgets import _kernel
from nnwidgets.widgets._kernel import CellWatch, call_quietly, connect
from tests.unit.plain import apart


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
    monkeypatch.setattr(_kernel, "CELLS", CellWatch())  # other tests have no cell that never ends
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


def said(kind):
    return {"method": "custom", "content": {"type": kind}}


@pytest.mark.parametrize(
    ("data", "prompt"),
    [
        (said("pause"), True),
        (said("set"), True),
        (said("ack"), False),
        (said("look"), False),
        ({}, False),
        (None, False),
    ],
)
def test_messages_stay_where_they_came_in_and_what_the_reader_does_is_prompt_for_a_while(monkeypatch, data, prompt):
    monkeypatch.setattr(_kernel, "_PROMPT_FOR", 0.0)
    usual = sys.getswitchinterval()
    comm = SimpleNamespace(_reply_subshell_for="main", comm_id="1")

    async def hear():
        assert comm._reply_subshell_for(data, "a subshell") == "a subshell"
        interval = sys.getswitchinterval()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return interval

    connect(SimpleNamespace(comm=comm))
    assert apart(lambda: asyncio.run(hear())) == pytest.approx(PROMPT_INTERVAL if prompt else usual)
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_without_an_event_loop_nothing_is_made_prompt_that_would_stay_so():
    usual = sys.getswitchinterval()
    comm = SimpleNamespace(_reply_subshell_for="main", comm_id="1")
    connect(SimpleNamespace(comm=comm))
    assert apart(lambda: comm._reply_subshell_for(said("pause"), None)) is None
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_comms_of_other_kernels_are_left_as_they_are():
    plain = SimpleNamespace(comm_id="1")
    connect(SimpleNamespace(comm=plain))
    connect(SimpleNamespace(comm=None))
    assert vars(plain) == {"comm_id": "1"}


class Comm:
    def __init__(self, comm_id):
        self.comm_id = comm_id


class Kernel:
    """As much of ipykernel's as says "busy" and "idle" around each message."""

    def __init__(self):
        self.published, self.parent = [], {}

    def get_parent(self, channel):
        return self.parent if channel == "shell" else {}

    def _publish_status(self, status, channel, parent=None):
        assert channel in ("shell", "control")
        self.published.append(status)
        if parent is not None:
            self.parent = parent

    def handle(self, kind, comm_id, channel="shell"):
        self.parent = {"header": {"msg_type": kind}, "content": {"comm_id": comm_id}}
        self._publish_status("busy", channel)
        self._publish_status("idle", channel)
        statuses, self.published = self.published, []
        return statuses


def test_what_a_view_says_does_not_make_the_kernel_busy_and_all_else_does(shell):
    shell.kernel = kernel = Kernel()
    comms = [Comm("1"), Comm("2")]
    for comm in comms:
        connect(SimpleNamespace(comm=comm))
    published = kernel._publish_status
    connect(SimpleNamespace(comm=comms[0]))
    assert kernel._publish_status is published
    assert kernel.handle("comm_msg", "1") == kernel.handle("comm_msg", "2") == ["idle"]
    assert kernel.handle("comm_msg", "another's") == ["busy", "idle"]
    assert kernel.handle("execute_request", "1") == ["busy", "idle"]
    assert kernel.handle("comm_msg", "1", "control") == ["busy", "idle"]
    kernel.parent = {}
    kernel._publish_status("busy", "shell")
    kernel._publish_status("busy", "shell", parent=None)
    assert kernel.published == ["busy", "busy"]
    kernel.published = []
    del comms, comm
    gc.collect()
    assert kernel.handle("comm_msg", "2") == ["busy", "idle"]


def test_a_kernel_that_says_nothing_is_left_alone(shell):
    connect(SimpleNamespace(comm=Comm("1")))
    assert type(shell.kernel) is object


class Telling(Comm):
    """As much of a comm as tells IPython of each message."""

    def __init__(self, events):
        super().__init__("1")
        self.events = events
        self._msg_callback = events.append

    def handle_msg(self, message):
        self.events.append("pre_execute")
        self._msg_callback(message)
        self.events.append("post_execute")


def handled(comm, *, beside):
    """What IPython hears of a message, in a thread beside the main one or in that."""
    if beside:
        thread = threading.Thread(target=comm.handle_msg, args=("message",))
        thread.start()
        thread.join()
    else:
        comm.handle_msg("message")
    events = comm.events[:]
    comm.events.clear()
    return events


def test_a_message_beside_a_running_cell_does_not_end_it_for_those_who_draw_at_its_end(shell):
    watch = _kernel.CELLS
    comm = Telling([])
    connect(SimpleNamespace(comm=comm))
    assert watch.is_running
    assert handled(comm, beside=True) == ["message"]
    assert handled(comm, beside=False) == ["pre_execute", "message", "post_execute"]
    fire(shell, "post_run_cell")
    assert handled(comm, beside=True) == ["pre_execute", "message", "post_execute"]


def test_a_comm_is_not_kept_by_what_handles_its_messages(shell):
    comm = Telling([])
    connect(SimpleNamespace(comm=comm))
    handle = comm.handle_msg
    del comm
    handle("too late")


def test_what_goes_wrong_in_showing_is_logged_and_no_more(caplog):
    def fail(reason):
        raise ValueError(reason)

    with caplog.at_level(logging.ERROR, logger="nnwidgets"):
        call_quietly(fail, "the screen is dark")
    assert "the screen is dark" in caplog.text
