"""Voilà: a notebook as an app, without its code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from playwright.sync_api import Page

from tests.browser.places.jupyter import write
from tests.browser.places.jupyter_server import PlacesServer
from tests.browser.places.place import PROGRAM, Bench, Cannot, Opened, Place
from tests.browser.view import View

PATH = "voila.ipynb"


class OpenedApp(Opened):
    """A program in a page of Voilà."""

    def __init__(self, page: Page, server: PlacesServer, program: Sequence[str]) -> None:
        self.page = page
        self._server = server
        self._program = tuple(program)
        self._write(self._program)
        page.goto(f"{server.url}/voila/render/{PATH}")
        self.view().wait_for_frame(0)

    def view(self) -> View:
        return View(self.page, self.page.locator(".nnw").first)

    def reload(self) -> None:
        self.page.reload()
        self.view().wait_for_frame(0)

    def run(self, source: str) -> None:
        """The cell is written into the notebook, and is run as the page is loaded again."""
        self._write((*self._program, source))
        self.reload()
        self._write(self._program)

    def _write(self, cells: Sequence[str]) -> None:
        write(self._server, PATH, self._server.add_kernel("7.4"), cells)


@dataclass(frozen=True)
class Voila(Place):
    """Voilà, as an extension of the tests' server."""

    @contextmanager
    def open(self, bench: Bench, program: Sequence[str] = PROGRAM) -> Iterator[Opened]:
        server = bench.shared(PlacesServer)
        with bench.page() as page:
            yield OpenedApp(page, server, program)


@cache  # it proves two things, and loading a page takes seconds
def begins_anew(opened: OpenedApp) -> None:
    """A page that is loaded again shows a trainer that has not trained, and nothing that was set on screen."""
    view = opened.begin()
    view.choose("Optimizer", "adam")
    view.click("Play")
    view.wait_for_epoch(2)
    opened.reload()
    view = opened.view()
    assert view.status == "idle"
    assert view.epoch == 0
    assert view.root.get_by_role("combobox", name="Optimizer").input_value() == "sgd"


def has_no_cells(opened: OpenedApp) -> None:
    """The page has nowhere to write code, and comes when the last cell has run."""
    opened.begin()
    outside = opened.page.locator("textarea, [contenteditable=true], .jp-InputArea-editor")
    assert outside.filter(visible=True).count() == opened.view().root.locator("textarea").count()


AFRESH = Cannot(
    "Each page load runs the notebook in a new kernel: what was done in the page before is gone", begins_anew
)
NO_CELLS = Cannot("The page comes when all cells have run, and has no others", has_no_cells)

VOILA = Voila(
    "Voilà",
    ("voila", "ipykernel"),
    {
        "Pause while a cell runs": NO_CELLS,
        "screen and cells agree": NO_CELLS,
        "page reload": AFRESH,
        "saved notebook": AFRESH,
    },
    {"training from a cell": "A cell of the notebook, as the page is loaded"},
)
