"""marimo, where a notebook is edited, and where it is shown as an app."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import marimo
from playwright.sync_api import Page, Route, expect

from tests.browser.agreement import settle
from tests.browser.offline import opened
from tests.browser.places.abilities import plays
from tests.browser.places.jupyter import pause_waits_for_the_cell
from tests.browser.places.place import PROGRAM, Bench, Cannot, Opened, Place
from tests.browser.places.voila import begins_anew, has_no_cells
from tests.browser.server import ROOT
from tests.browser.serving import Serving, free_port
from tests.browser.view import View

# What would be in the way of a test: a question before cells run, and saving at times of its own.
CONFIG = '[runtime]\nauto_instantiate = true\n\n[save]\nautosave = "off"\n'
# What a page that marimo exports loads of marimo: its version, and a file.
FRONTEND = re.compile(r"/@marimo-team/frontend@[^/]+/dist/(?P<file>[\w./-]+)")
# What such a page asks for besides, and what Chromium says of what it asks for.
IN_VAIN = ("/favicon.ico", "/manifest.json")
SAID = ("was preloaded using link preload", "net::ERR_FAILED")

NAME = "notebook.py"
OPEN = "__import__('ipywidgets.widgets.widget', fromlist=['widget'])._instances.values()"  # widgets that are not closed

_numbers = itertools.count(1)


def written(path: Path, cells: Sequence[str]) -> Path:
    """A notebook of these cells."""
    made = ["import marimo", 'app = marimo.App(width="full")']
    made += [
        f"@app.cell(expand_output=True)\ndef _():\n{textwrap.indent(source, '    ')}\n    return" for source in cells
    ]
    path.write_text("\n\n\n".join(made) + "\n", encoding="utf-8")
    return path


def command(*arguments: object) -> list[str]:
    """marimo, run by this interpreter."""
    return [sys.executable, "-m", "marimo", "-y", *map(str, arguments)]


def environment(home: Path) -> dict[str, str]:
    """One with folders of its own, in which this checkout is found."""
    config = home / "config" / "marimo" / "marimo.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(CONFIG, encoding="utf-8")
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    folders = {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "state", "cache", "data")}
    return os.environ | folders | {"PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1"}


class OpenedInMarimo(Opened):
    """A program in a page of marimo; where it is edited, its last cell is an empty one."""

    def __init__(self, page: Page, folder: Path, program: Sequence[str]) -> None:
        self.page = page
        self.folder = folder
        self._program = program
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))

    def view(self) -> View:
        view = View(self.page, self.page.locator(".nnw").first)
        view.root.wait_for()
        return view

    def reload(self) -> None:
        self.page.reload()
        self.view()


class App(OpenedInMarimo):
    """Where the cells are not shown."""

    def run(self, source: str) -> None:
        """The cell is written into the notebook, and is run as the page is loaded again."""
        path = self.folder / NAME
        written(path, [*self._program, source])
        self.reload()
        written(path, self._program)


class Edited(OpenedInMarimo):
    """Where cells can be written."""

    def run(self, source: str) -> None:
        self.start(source)()

    def start(self, source: str) -> Any:
        """Run a cell; returns what waits for its end."""
        number = next(_numbers)
        cell = self.page.locator(".marimo-cell").last
        editor = cell.locator(".cm-content")
        editor.fill(f"{source}\nprint('done', {number})")
        editor.press("Control+Enter")
        ended = cell.filter(has_text=f"done {number}").or_(self.page.locator(".marimo-cell.has-error"))

        def wait() -> None:
            ended.first.wait_for()
            expect(cell, f"a cell raised: {source}").not_to_have_class(re.compile("has-error"))

        return wait

    def value(self, expression: str) -> Any:
        path = self.folder / "value.json"
        self.run(f"import json as _json, pathlib as _p\n_p.Path({str(path)!r}).write_text(_json.dumps({expression}))")
        return json.loads(path.read_text(encoding="utf-8"))

    @contextmanager
    def busy(self) -> Iterator[None]:
        until = self.folder / "until"
        until.unlink(missing_ok=True)
        wait = self.start(
            f"import pathlib as _p, time as _t\nprint('has', 'begun')\n"
            f"while not _p.Path({str(until)!r}).exists():\n    _t.sleep(0.01)"
        )
        self.page.locator(".marimo-cell", has_text="has begun").last.wait_for()
        try:
            yield
        finally:
            until.touch()
            wait()

    @contextmanager
    def saved(self) -> Iterator[View]:
        cells = [*self._program, "trainer.train(epochs=5)\ntrainer.wait()"]
        path, page = written(self.folder / "saved.py", cells), self.folder / "saved.html"
        subprocess.run(
            command("export", "html", path, "-o", page), env=environment(self.folder), check=True, capture_output=True
        )
        browser = self.page.context.browser
        assert browser is not None
        with opened(browser, page, shown=".nnw", answer=frontend) as offline:
            yield offline.widget()
            offline.requests[:] = [address for address in offline.requests if not address.endswith(IN_VAIN)]
            offline.said[:] = [text for text in offline.said if not any(known in text for known in SAID)]


def frontend(route: Route) -> bool:
    """Answer a request for a file of marimo's own front end, as a CDN would: what is installed has it, too."""
    found = FRONTEND.search(route.request.url)
    path = Path(marimo.__file__).parent / "_static" / found["file"] if found else None
    if path is None or not path.is_file():
        return False
    route.fulfill(path=path)
    return True


@dataclass(frozen=True)
class MarimoPlace(Place):
    """marimo, as an editor or an app."""

    mode: Literal["edit", "run"] = "edit"

    @contextmanager
    def open(self, bench: Bench, program: Sequence[str] = PROGRAM) -> Iterator[Opened]:
        folder = bench.folder / f"marimo-{self.mode}"
        folder.mkdir()
        is_edited = self.mode == "edit"
        path = written(folder / NAME, [*program, *([""] if is_edited else [])])
        port = free_port()
        asked = command(self.mode, "--headless", "--no-token", "--port", port, path)
        serving = Serving("marimo", asked, folder, environment(folder), "URL:")
        with closing(serving), bench.page() as page:
            page.goto(f"http://127.0.0.1:{port}")
            place = (Edited if is_edited else App)(page, folder, program)
            place.view()
            yield place
            assert not place.errors, "\n".join(place.errors)


def edits_are_adopted(opened: Edited) -> None:
    """What a cell does to a model is on screen when it has ended."""
    view = opened.begin()
    settle(view)
    unseen = view.frame + 1
    opened.run("with __import__('torch').no_grad():\n    trainer.model[0].weight.fill_(1.25)")
    view.wait_for_frame(unseen)


def ends_when_run_again(opened: Edited) -> None:
    """A trainer ends when the cell that made it is run again, and the new one works."""
    opened.run("pass")  # what uses the trainer would run again, too
    view = opened.begin()
    view.click("Play")
    view.wait_for_epoch(2)
    root = view.root.element_handle()
    opened.page.locator(".marimo-cell .cm-content").nth(-2).press("Control+Enter")
    opened.page.wait_for_function("(root) => !root.isConnected", arg=root)
    plays(opened)
    assert opened.value(f"sum(type(each).__name__ == 'PlanarTrainer' for each in {OPEN})") == 1


def is_heard_from(opened: Edited) -> None:
    """A cell that runs long, while nobody is heard, is no end of the kernel."""
    view = opened.begin()
    view.click("Play")
    view.wait_for_epoch(2)
    with opened.busy():
        expect(view.root.locator(".nnw-diag")).to_contain_text("A cell is running")
        assert view.status == "running"
        view.wait_for_epoch(view.epoch + 5)


WAITS = Cannot(
    "marimo handles messages between cells only: a click waits until the running cell has ended",
    pause_waits_for_the_cell,
)
AFRESH = Cannot("Each page load runs the notebook for itself: what was done in the page before is gone", begins_anew)
NO_CELLS = Cannot("The page shows what the cells made, and has no others", has_no_cells)
BY_COMMAND = "As `marimo export html` writes it, which runs the notebook"

OWN = {
    "edits are adopted": edits_are_adopted,
    "ends when run again": ends_when_run_again,
    "is heard from": is_heard_from,
}

MARIMO = (
    MarimoPlace("marimo edit", ("marimo",), {"Pause while a cell runs": WAITS}, {"saved notebook": BY_COMMAND}, OWN),
    MarimoPlace(
        "marimo run",
        ("marimo",),
        {
            "Pause while a cell runs": NO_CELLS,
            "screen and cells agree": NO_CELLS,
            "page reload": AFRESH,
            "saved notebook": AFRESH,
        },
        {"training from a cell": "A cell of the notebook, as the page is loaded"},
        mode="run",
    ),
)
