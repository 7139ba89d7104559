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
from tests.unit.plain import apart


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
