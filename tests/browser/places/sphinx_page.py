"""A page that Sphinx makes of a notebook, with myst-nb and the theme Furo: no Python is behind it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from playwright.sync_api import Route, expect

from tests.browser.cdn import cdn
from tests.browser.explorers import Explored
from tests.browser.offline import Offline, opened
from tests.browser.places.place import PROGRAM, Bench, Cannot, Opened, Place
from tests.browser.server import ROOT
from tests.browser.view import View

EPOCHS = 60  # of the run that is recorded: two seconds of it, played as it is set
REST = (f"trainer.train(epochs={EPOCHS})\ntrainer.wait()", "from nnwidgets import NeuronExplorer\nNeuronExplorer()")

# npm has another text of require.js than the one that myst-nb vouches for.
CONFIG = """
from myst_nb.core.config import ipywidgets_js_factory

extensions = ["myst_nb"]
html_theme = "furo"
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_ipywidgets_js = {
    address: {name: value for name, value in given.items() if name != "integrity"}
    for address, given in ipywidgets_js_factory().items()
}
"""
# What the manager of widgets asks for in vain first, a module beside the page; and what its parts say of themselves.
IN_VAIN = ("/anywidget.js",)
SAID = ("net::ERR_FAILED", "strict mode: use allowUnionTypes")

DARK: Literal["dark"] = "dark"
LIGHT: Literal["light"] = "light"


def built(folder: Path, program: Sequence[str]) -> Path:
    """The page of a notebook of this program."""
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONFIG, encoding="utf-8")
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A run"),
            *(nbformat.v4.new_code_cell(cell) for cell in (*program, *REST)),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(made, source / "index.ipynb")
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(folder / "html")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html" / "index.html"


def network(folder: Path, packages: Path) -> Callable[[Route], bool]:
    """What answers what a page asks for: files beside it, and Jupyter's scripts."""
    others = cdn(packages)
    beside = folder.absolute().as_uri()

    def answer(route: Route) -> bool:
        address = route.request.url
        if address.startswith(beside) and not address.endswith(IN_VAIN):
            route.continue_()
            return True
        return others(route)

    return answer


class SphinxPage(Opened):
    """A program in a page, which has been run when the page was made."""

    paused = "recorded"

    def __init__(self, offline: Offline) -> None:
        self.page = offline.page
        self._offline = offline

    def view(self) -> View:
        view = self._offline.widget(0)
        view.root.wait_for()
        return view

    def reload(self) -> None:
        self.page.reload()
        self.view()

    def begin(self) -> View:
        """At the beginning of the run that is replayed."""
        view = self.view()
        if view.status == "running":
            view.click("Pause")
        view.wait_for_status("recorded")
        if view.epoch:
            view.click("Reset")
            view.wait_for("(root) => root.dataset.epoch === '0'")
        return view

    @contextmanager
    def saved(self) -> Iterator[View]:
        """The page itself is what was saved, at the end of its run."""
        self.reload()
        yield self.view()

    def explorer(self) -> View:
        """The view below the trainer's."""
        return self._offline.widget(1)

    def wait_until(self, scheme: str) -> None:
        """Wait until all that is shown is light, or dark."""
        for view in (self.view(), self.explorer()):
            view.wait_for("(root, scheme) => getComputedStyle(root).colorScheme === scheme", scheme)


@dataclass(frozen=True)
class Sphinx(Place):
    """A page that Sphinx has made."""

    @contextmanager
    def open(self, bench: Bench, program: Sequence[str] = PROGRAM) -> Iterator[Opened]:
        folder = bench.folder / "sphinx"
        packages = folder / "packages"
        packages.mkdir(parents=True)
        page = built(folder, program)
        with opened(bench.browser, page, shown=".nnw", answer=network(page.parent, packages)) as offline:
            yield SphinxPage(offline)
            offline.requests[:] = [address for address in offline.requests if not address.endswith(IN_VAIN)]
            offline.said[:] = [text for text in offline.said if not any(known in text for known in SAID)]


def begins_anew(opened: SphinxPage) -> None:
    """A page that is loaded again shows the end of its run, wherever the reader was."""
    opened.begin()
    opened.reload()
    view = opened.view()
    view.wait_for_status("recorded")
    view.wait_for("(root, epochs) => Number(root.dataset.epoch) === epochs", EPOCHS)


def has_no_python(opened: SphinxPage) -> None:
    """What only Python could do is off and says why, and there is nowhere to write code."""
    view = opened.begin()
    expect(view.root.locator(".nnw-status")).to_have_text("recorded run")
    expect(view.button("Step batch")).to_be_disabled()
    expect(view.root.locator(".nnw-diag")).to_contain_text("no kernel is connected")
    assert opened.page.locator("[contenteditable=true], textarea:visible").count() == 0


def explorer_is_alive(opened: SphinxPage) -> None:
    """All controls of an explorer do what they do with a kernel."""
    explored = Explored(opened.explorer(), "NeuronExplorer")
    explored.open_call()
    explored.check("opened")
    explored.check_all()


def theme_is_followed(opened: SphinxPage) -> None:
    """Light and dark are those of the page, whoever chooses them: the browser, or the reader."""
    page = opened.page
    body, toggle = page.locator("body"), page.locator("button.theme-toggle:visible").first
    expect(body).to_have_attribute("data-theme", "auto")
    for scheme in (DARK, LIGHT):
        page.emulate_media(color_scheme=scheme)
        opened.wait_until(scheme)
    for scheme in (DARK, LIGHT):
        toggle.click()
        expect(body).to_have_attribute("data-theme", scheme)
        opened.wait_until(scheme)
    toggle.click()
    expect(body).to_have_attribute("data-theme", "auto")
    page.emulate_media(color_scheme=DARK)
    opened.wait_until(DARK)
    page.emulate_media(color_scheme=LIGHT)


NO_PYTHON = Cannot("No Python is behind the page: it replays what was run when it was made", has_no_python)
AFRESH = Cannot("Each page load begins with the end of the recorded run", begins_anew)

SPHINX_PAGE = Sphinx(
    "A Sphinx page (myst-nb)",
    ("sphinx", "myst-nb", "furo"),
    {
        "Pause while a cell runs": NO_PYTHON,
        "training from a cell": NO_PYTHON,
        "screen and cells agree": NO_PYTHON,
        "page reload": AFRESH,
    },
    {"Play": "The recorded run", "Pause": "The recorded run", "saved notebook": "The page is the saved notebook"},
    {"an explorer is alive": explorer_is_alive, "the theme is followed": theme_is_followed},
)
