"""One notebook for all tests of a module, where opening one for each would take minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.browser.conftest import SCREENSHOTS, Desk
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.view import View


@contextmanager
def shared_notebook(
    request: pytest.FixtureRequest, desk: Desk, server: JupyterServer, *sources: str
) -> Iterator[Notebook]:
    """For a fixture of module scope; the module's tests must not ask for `open_notebook`."""
    failed_before = request.session.testsfailed
    with no_tracebacks(server):
        name = request.module.__name__.rpartition(".")[2]
        notebook = Notebook.open(desk.page(), server, name, sources)
        yield notebook
        has_failed = request.session.testsfailed > failed_before
        if has_failed:
            notebook.page.screenshot(path=SCREENSHOTS / f"{name}.png")
        desk.clear([notebook], has_failed=has_failed)
    assert not notebook.errors, "uncaught in the page:\n" + "\n".join(notebook.errors)


def fresh_view(notebook: Notebook, index: int = 0) -> View:
    """Run a cell again, and wait for the first picture of the trainer that it shows."""
    notebook.clear_outputs(index)
    view = notebook.widget(index)
    view.root.wait_for(state="detached")
    notebook.run_cell(index)
    view.wait_for_frame(1)
    return view


@contextmanager
def no_tracebacks(server: JupyterServer) -> Iterator[None]:
    """Assert that neither the server nor a kernel printed a traceback meanwhile: that is where nobody looks."""
    before = server.log.count("Traceback")
    yield
    log = server.log
    assert log.count("Traceback") <= before, log
