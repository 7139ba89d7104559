"""Fixtures of the browser tests; the package's docstring says how to use them."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import chromium
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.slow_link import SlowLink

VIEWPORT = ViewportSize(width=1280, height=1000)
SCREENSHOTS = Path("test-results")
HAS_FAILED = pytest.StashKey[bool]()

# The notebook that one test after another fills with its cells: a kernel that has imported PyTorch once is kept for it.
KEPT = "notebook"

_numbers = itertools.count(1)

OpenNotebook = Callable[..., Notebook]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = chromium.find()
    if path is None:
        pytest.fail("there is no Chromium for the browser tests: python -m tests.browser.chromium --install")
    return {"executable_path": path, "args": chromium.arguments()}


@pytest.fixture(scope="session")
def compiled() -> None:
    """What trains fast is compiled before a test waits for it: the first time on a machine that takes long."""
    program = "from nnwidgets.training.engines.fused import _compilation; _compilation('float32').result()"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture(scope="session")
def jupyter_server(compiled: None) -> Iterator[JupyterServer]:
    with JupyterServer() as server:
        yield server


@pytest.fixture
def slow_link(jupyter_server: JupyterServer) -> Iterator[SlowLink]:
    with SlowLink(jupyter_server.port) as link:
        yield link


class Desk:
    """JupyterLab in a page, and a kernel, where one test after another has its notebook: making them takes seconds."""

    def __init__(self, browser: Browser, server: JupyterServer) -> None:
        self._context = browser.new_context(viewport=VIEWPORT)
        self._server = server
        self._page: Page | None = None

    def open(self, *sources: str, fresh: bool = False) -> Notebook:
        """A notebook of these cells in JupyterLab as a new user finds it; `fresh` with a new kernel."""
        if self._page is None:
            self._page = self._context.new_page()
        elif fresh:
            Notebook(self._page, KEPT).close()
            self._server.reset()
        self._page.set_viewport_size(VIEWPORT)
        return Notebook.open(self._page, self._server, KEPT, sources)

    def open_beside(self, *sources: str, url: str | None = None) -> Notebook:
        """One in a page and with a kernel of its own."""
        name = f"beside-{next(_numbers)}"
        page = self._context.new_page()
        return Notebook.open(page, self._server, name, sources, url=url, workspace=name)

    def clear(self, notebooks: list[Notebook], *, has_failed: bool) -> None:
        """Clean the kernel, and close all but its notebook. What a test has failed with is not used again."""
        keep = True
        for notebook in notebooks:
            if has_failed or notebook.page is not self._page:
                notebook.page.close()
            else:
                keep = notebook.clean()
                notebook.close(keep=keep)
        if self._page is not None and self._page.is_closed():
            self._page, keep = None, False
        self._server.reset(keep=f"{KEPT}.ipynb" if keep else None)


@pytest.fixture(scope="session")
def desk(browser: Browser, jupyter_server: JupyterServer) -> Desk:
    return Desk(browser, jupyter_server)


@pytest.fixture
def open_notebook(jupyter_server: JupyterServer, desk: Desk, request: pytest.FixtureRequest) -> Iterator[OpenNotebook]:
    """Open a notebook of these cells: `open_notebook("a = 1", "a")`; through `link=slow_link` it gets its own page."""
    opened: list[Notebook] = []

    def open_one(*sources: str, link: SlowLink | None = None, fresh: bool = False) -> Notebook:
        if link is None and not opened:
            opened.append(desk.open(*sources, fresh=fresh))
        else:
            opened.append(desk.open_beside(*sources, url=None if link is None else link.url))
        return opened[-1]

    yield open_one
    has_failed = request.node.stash.get(HAS_FAILED, False)
    if has_failed:
        for number, notebook in enumerate(opened):
            notebook.page.screenshot(path=SCREENSHOTS / f"{request.node.originalname}-{number}.png")
    complaints = [] if has_failed else [line for notebook in opened for line in notebook.complaints()]
    desk.clear(opened, has_failed=has_failed)
    errors = [error for notebook in opened for error in notebook.errors]
    assert not errors, "uncaught in the page:\n" + "\n".join(errors)
    assert not complaints, "printed as errors under cells:\n" + "\n".join(complaints)
    disasters = jupyter_server.disasters()
    jupyter_server.forget_log()
    assert not disasters, "JupyterLab and its kernels said:\n" + "\n".join(disasters)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
        server = getattr(item, "funcargs", {}).get("jupyter_server")
        if server is not None:
            report.sections.append(("JupyterLab", server.log))
    return report
