"""What widgets must know of marimo: when cells of a notebook run and end, and when a cell is run again."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from types import SimpleNamespace

import pytest

from nnwidgets import NeuronExplorer, PlanarTrainer
from nnwidgets.widgets._kernel import CELLS, cells_here
from nnwidgets.widgets._long_cells import LONG_CELLS, long_cells_here
from nnwidgets.widgets._marimo import end_with
from tests.unit.plain import PATIENCE, apart


class Context:
    """What marimo has for a notebook, as far as it is asked."""

    def __init__(self) -> None:
        self._execution_context: object | None = None

    @property
    def execution_context(self) -> object | None:
        return self._execution_context

    @execution_context.setter
    def execution_context(self, cell: object | None) -> None:
        self._execution_context = cell


class Listener:
    def __init__(self) -> None:
        self.ended = 0

    def _cell_ended(self) -> None:
        self.ended += 1


@pytest.fixture
def notebooks(monkeypatch):
    """The notebook of the thread that asks, where it has one."""
    of = threading.local()
    runtime = SimpleNamespace(safe_get_context=lambda: getattr(of, "context", None))
    monkeypatch.setitem(sys.modules, "marimo._runtime.context", runtime)
    of.context = Context()
    return of


def test_outside_of_marimo_nothing_is_watched(notebooks):
    notebooks.context = None
    assert cells_here() is CELLS
    notebooks.context = SimpleNamespace(execution_context=None)  # of some other release
    assert cells_here() is CELLS


def test_the_cell_that_makes_the_first_widget_is_running_already_and_its_end_is_heard(notebooks):
    context, listener = notebooks.context, Listener()
    context.execution_context = object()
    cells = cells_here()
    cells.register(listener)
    assert cells.is_running
    context.execution_context = None
    assert not cells.is_running
    assert listener.ended == 1
    assert context.execution_context is None


def test_each_cell_is_heard_of_once_and_what_runs_within_it_is_part_of_it(notebooks):
    context, listener = notebooks.context, Listener()
    cells = cells_here()
    assert cells_here() is cells
    cells.register(listener)
    cell = object()
    context.execution_context = cell
    assert context.execution_context is cell
    context.execution_context = object()
    context.execution_context = cell
    assert cells.is_running
    assert listener.ended == 0
    context.execution_context = None
    context.execution_context = None
    assert listener.ended == 1
    assert type(context).__name__ == "Context"
    assert isinstance(context, Context)


def test_what_goes_wrong_at_the_end_of_a_cell_does_not_harm_it(notebooks, caplog):
    class Failing(Listener):
        def _cell_ended(self) -> None:
            raise ValueError("the screen is dark")

    listener = Failing()
    cells_here().register(listener)
    notebooks.context.execution_context = object()
    notebooks.context.execution_context = None
    assert notebooks.context.execution_context is None
    assert "the screen is dark" in caplog.text


def test_views_hear_of_long_cells_of_their_notebook(notebooks):
    long_cells = long_cells_here()
    assert long_cells is not LONG_CELLS
    assert long_cells_here() is long_cells
    explorer = NeuronExplorer()
    long_cells.heard(explorer)
    notebooks.context.execution_context = object()
    assert long_cells._timer is not None
    notebooks.context.execution_context = None
    assert long_cells._timer is None
    notebooks.context = None
    assert long_cells_here() is LONG_CELLS


def test_notebooks_that_one_server_shows_have_their_own_cells(notebooks):
    cells = cells_here()

    def show():
        notebooks.context = Context()
        others = cells_here()
        notebooks.context.execution_context = object()
        return others.is_running, others

    running, others = apart(show)
    assert running
    assert others is not cells
    assert not cells.is_running
    assert not CELLS.is_running


@pytest.fixture
def closings(monkeypatch):
    """Closings of comms, of which each is one of marimo's."""
    from comm import DummyComm

    closed = []
    own = DummyComm.close

    def close(self, *arguments, **more):
        closed.append(self)
        own(self, *arguments, **more)

    monkeypatch.setattr(DummyComm, "kernel", "marimo", raising=False)
    monkeypatch.setattr(DummyComm, "close", close)
    return closed


def test_a_trainer_ends_when_the_cell_that_made_it_is_run_again(closings):
    trainer = PlanarTrainer()
    trainer.train()
    comm = trainer.comm
    comm.close()
    assert trainer.status == "closed"
    assert trainer.comm is None
    assert set(closings) == {comm}
    assert trainer.accuracy is not None


def test_so_does_an_explorer(closings):
    explorer = NeuronExplorer()
    comm = explorer.comm
    comm.close()
    assert explorer.comm is None
    assert set(closings) == {comm}


def test_a_widget_that_is_closed_closes_its_comm_and_is_not_kept_by_it(closings):
    trainer = PlanarTrainer()
    comm = trainer.comm
    trainer.close()
    assert set(closings) == {comm}
    comm.on_msg(None)
    reference = weakref.ref(trainer)
    del trainer
    gc.collect()
    assert reference() is None
    comm.close()


def test_a_comm_of_a_kernel_is_left_as_it_is():
    comm = SimpleNamespace(close=lambda: None)
    close = comm.close
    end_with(comm, object())
    assert comm.close is close


class MarimosTable:
    """What marimo keeps of each widget that is shown, for as long as there is the widget, which it keeps itself."""

    def __init__(self):
        self.kept = {}

    def show(self, widget):
        self.kept[id(widget)] = SimpleNamespace(widget=widget)

    def _cleanup(self, identity):
        self.kept.pop(identity, None)


@pytest.fixture
def read(notebooks, monkeypatch):
    """Shows a trainer to a reader of an app, in a thread of his own; says how to let him leave, and what he has."""
    from comm import DummyComm

    monkeypatch.setattr(DummyComm, "kernel", "marimo", raising=False)
    table = MarimosTable()
    monkeypatch.setitem(sys.modules, "marimo._plugins.ui._impl.from_anywidget", SimpleNamespace(_cache=table))
    ends = []

    def begin(thread=threading.Thread, *, has_context=True):
        shown, left, made = [], threading.Event(), threading.Event()

        def reader():
            notebooks.context = Context() if has_context else None
            trainer = PlanarTrainer()
            table.show(trainer)
            shown.append(weakref.ref(trainer))
            del trainer
            made.set()
            left.wait(PATIENCE)

        own = thread(target=reader)
        own.start()
        assert made.wait(PATIENCE)

        def leave():
            left.set()
            own.join(PATIENCE)

        ends.append(leave)
        return leave, shown[0]

    yield begin
    for end in ends:
        end()
    PlanarTrainer().close()  # what is left ends now


def test_of_readers_who_have_left_an_app_nothing_is_kept(read):
    leave, first = read()
    _, second = read()
    assert first().status == "idle"
    leave()
    _, third = read()
    gc.collect()
    assert first() is None
    assert second().status == third().status == "idle"


def test_threads_of_a_readers_own_may_end(read):
    class Own(threading.Thread):
        """As marimo has one for cells."""

    for kind in ({"thread": Own}, {"has_context": False}):
        leave, trainer = read(**kind)
        leave()
        read()
        gc.collect()
        assert trainer().status == "idle"
        trainer().close()
