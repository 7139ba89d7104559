"""One notebook for all tests of a module, where opening one for each would take long: its cells are run again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage

from tests.browser.conftest import SCREENSHOTS, Desk
from tests.browser.notebook import GIVEN_UP_ON_CONSOLE, NOBODY_TO_TELL, CellError, Notebook
from tests.browser.server import JupyterServer
from tests.browser.view import View


@contextmanager
def shared_notebook(
    request: pytest.FixtureRequest, desk: Desk, server: JupyterServer, *sources: str
) -> Iterator[Notebook]:
    """For a fixture of module scope; the module's tests must not ask for `open_notebook`."""
    failed_before = request.session.testsfailed
    name = request.module.__name__.rpartition(".")[2]
    console: list[str] = []

    def note(message: ConsoleMessage) -> None:
        known = any(text in message.text for text in (GIVEN_UP_ON_CONSOLE, NOBODY_TO_TELL))
        if message.type == "error" and not known:
            console.append(message.text)

    server.forget_log()
    notebook = desk.open(*sources)
    page = notebook.page
    page.on("console", note)
    yield notebook
    page.remove_listener("console", note)
    has_failed = request.session.testsfailed > failed_before
    if has_failed:
        page.screenshot(path=SCREENSHOTS / f"{name}.png")
    complaints = [] if has_failed else notebook.complaints()
    desk.clear([notebook], has_failed=has_failed)
    disasters = server.disasters()
    assert not console, "on the console of the page:\n" + "\n".join(console)
    assert not notebook.errors, "uncaught in the page:\n" + "\n".join(notebook.errors)
    assert not complaints, "printed as errors under cells:\n" + "\n".join(complaints)
    assert not disasters, "JupyterLab and its kernels said:\n" + "\n".join(disasters)


def fresh_view(notebook: Notebook, index: int = 0) -> View:
    """Run a cell again, and wait for the first picture of the trainer that it shows."""
    notebook.clear_outputs(index)
    view = notebook.widget(index)
    view.root.wait_for(state="detached")
    notebook.run_cell(index)
    view.wait_for_frame(1)
    return view


def wait_for_value(notebook: Notebook, expression: str, value: Any) -> None:
    """Wait until an expression in the kernel has this value, or one that satisfies it."""
    with notebook.watch(expression) as watch:
        watch.wait_for(value)


def wait_for_recording(notebook: Notebook, trainer: str) -> None:
    """Wait until the run of a trainer is recorded as it stands, and the recording is on its way to the page."""
    wait_for_value(notebook, f"[bool({trainer}._recorded), {trainer}._loop.is_alive]", [True, False])


def end_by_interrupt(notebook: Notebook, index: int) -> None:
    """Interrupt the kernel, which ends the cell that it is at work on."""
    notebook.interrupt()
    with pytest.raises(CellError, match="KeyboardInterrupt"):
        notebook.wait_until_done(index)


@contextmanager
def kernel_gone(notebook: Notebook) -> Iterator[None]:
    """The notebook has no kernel; afterwards it has a new one, which knows nothing."""
    notebook.page.evaluate("() => window.testing.panel.sessionContext.shutdown()")
    notebook.page.wait_for_function("() => !window.testing.panel.sessionContext.session")
    try:
        yield
    finally:
        notebook.page.evaluate(
            "() => window.testing.panel.sessionContext.changeKernel({ name: 'python3' }).then(() => {})"
        )
        notebook.wait_until_idle()
