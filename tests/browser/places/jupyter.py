"""JupyterLab and Notebook 7."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import nbformat
from playwright.sync_api import Page, expect

from tests.browser.agreement import settle
from tests.browser.notebook import Notebook
from tests.browser.places.jupyter_server import PlacesServer, version_of
from tests.browser.places.place import PROGRAM, Bench, Cannot, Opened, Place
from tests.browser.shared import wait_for_recording
from tests.browser.view import View

EPOCHS_WAITED = 20


class JupyterNotebook(Notebook):
    """A notebook in JupyterLab, or alone in a page, as Notebook 7 has it."""

    @classmethod
    def open_at(cls, page: Page, server: PlacesServer, address: str, path: str) -> Self:
        """Open a notebook that is there, and wait until its kernel is ready."""
        page.goto(f"{server.url}/{address}/{path}?reset")  # and nothing of what was open before
        opened = cls(page, path)
        opened._wait_until_ready()
        return opened

    def _wait_until_ready(self, *, idle: bool = True) -> None:
        self.page.wait_for_function("(path) => window.jupyterapp && window.testing.find(path)", arg=self.path)
        super()._wait_until_ready(idle=idle)


def write(server: PlacesServer, path: str, kernel: str, cells: Sequence[str]) -> None:
    """Write a notebook for a kernel of the server."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
    )
    nbformat.write(made, server.folder / path)


class OpenedNotebook(Opened):
    """A program in a notebook of JupyterLab or Notebook 7."""

    def __init__(self, place: JupyterPlace, notebook: JupyterNotebook, server: PlacesServer, bench: Bench) -> None:
        self._place = place
        self.page = notebook.page
        self.notebook = notebook
        self.server = server
        self._bench = bench
        self._shown_by = len(notebook.sources) - 1
        self._last: int | None = None

    def view(self) -> View:
        return self.notebook.widget(self._shown_by)

    def reload(self) -> None:
        self.notebook.reload()

    def run(self, source: str) -> None:
        self.notebook.run_cell(self._write(source))

    def value(self, expression: str) -> Any:
        return self.notebook.value(expression)

    @contextmanager
    def busy(self) -> Iterator[None]:
        until = self._bench.folder / "until"
        until.unlink(missing_ok=True)
        self.notebook.execute("begun = False")
        with self.notebook.watch("begun") as begun:
            cell = self._write(
                f"import pathlib, time\nbegun = True\nwhile not pathlib.Path({str(until)!r}).exists(): time.sleep(0.01)"
            )
            self.notebook.run_cell(cell, wait=False)
            begun.wait_for(True)
            try:
                yield
            finally:
                until.touch()
                self.notebook.wait_until_done(cell)

    def _write(self, source: str) -> int:
        """Write into the one cell below the program, so that it stays in sight."""
        if self._last is None:
            self._last = self.notebook.add_cell(source)
        else:
            self.page.evaluate(
                "([index, source]) => window.testing.panel.context.model.sharedModel.cells[index].setSource(source)",
                [self._last, source],
            )
        return self._last

    @contextmanager
    def saved(self) -> Iterator[View]:
        view = self.begin()
        self.run("trainer.train(epochs=5)\ntrainer.wait()")
        view.wait_for_epoch(5)
        wait_for_recording(self.notebook, "trainer")
        settle(view)
        self.notebook.save()
        path = f"saved-{self.notebook.path}"
        shutil.copy(self.server.folder / self.notebook.path, self.server.folder / path)
        with self._bench.page() as page:
            notebook = JupyterNotebook.open_at(page, self.server, self._place.address, path)
            notebook.wait_for_widgets()
            yield notebook.widget(self._shown_by)


@dataclass(frozen=True)
class JupyterPlace(Place):
    """JupyterLab or Notebook 7, with a release of ipykernel.

    Attributes:
        address: where on the server a notebook is, before its path.
        release: of ipykernel, such as "7.4".
    """

    address: str = "lab/tree"
    release: str = "7.4"

    @property
    def versions(self) -> str:
        return f"{super().versions}, ipykernel {version_of(self.release)}"

    @contextmanager
    def open(self, bench: Bench, program: Sequence[str] = PROGRAM) -> Iterator[Opened]:
        server = bench.shared(PlacesServer)
        kernel = server.add_kernel(self.release)
        path = f"{self.address.split('/')[0]}-{self.release}.ipynb"
        with bench.page() as page:
            write(server, path, kernel, program)
            notebook = JupyterNotebook.open_at(page, server, self.address, path)
            used = notebook.value("__import__('ipykernel').__version__")
            assert f"{used}.".startswith(f"{self.release}."), used
            notebook.run_all()
            yield OpenedNotebook(self, notebook, server, bench)
            server.reset()


def pause_waits_for_the_cell(opened: OpenedNotebook) -> None:
    """A click on Pause beside a cell has no effect before the cell has ended, and then it has; the view says why."""
    view = opened.begin()
    said = view.root.locator(".nnw-diag").first
    view.click("Play")
    view.wait_for_epoch(2)
    with opened.busy():
        view.click("Pause")
        view.wait_for_epoch(view.epoch + EPOCHS_WAITED)
        assert view.status == "running"
        said.filter(has_text="A cell is running").wait_for()
    view.wait_for_status("paused")
    expect(said).not_to_contain_text("A cell is running")


WAITS = Cannot(
    "ipykernel 6 handles messages between cells only: a click waits until the running cell has ended",
    pause_waits_for_the_cell,
)

JUPYTER: tuple[Place, ...] = (
    JupyterPlace("JupyterLab, ipykernel 7.4", ("jupyterlab",), release="7.4"),
    JupyterPlace("JupyterLab, ipykernel 7.3", ("jupyterlab",), release="7.3"),
    JupyterPlace("JupyterLab, ipykernel 6", ("jupyterlab",), {"Pause while a cell runs": WAITS}, release="6.31"),
    JupyterPlace("Notebook 7", ("notebook",), address="notebooks", release="7.4"),
)
