"""What the tests know of a place where notebooks are opened, and of a program that is open there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self, TypeVar

from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.notebook import PAGE_SCRIPT, TIMEOUT
from tests.browser.view import View

# What is opened everywhere. The last cell shows the trainer.
PROGRAM = (
    "from nnwidgets import PlanarTrainer",
    "trainer = PlanarTrainer('circles', hidden_layers=(3,), learning_rate=0.1, seed=0)\ntrainer",
)
VIEWPORT = ViewportSize(width=1280, height=1000)

T = TypeVar("T")


class Impossible(Exception):
    """A place has no means for this: one that is not said to lack the ability has failed."""


class Bench:
    """What places are opened with, and what several of them share.

    Attributes:
        browser: Playwright's.
        folder: an empty one, for files.
    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self._shared: dict[Any, Any] = {}
        self._stack = ExitStack()
        self._place: Place | None = None
        self._opened: tuple[Opened, ExitStack] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.leave()
        finally:
            self._stack.close()

    def opened(self, place: Place) -> Opened:
        """A place, which is opened unless it is open; and another that is open is closed: one at a time."""
        if self._opened is None or place is not self._place:
            self.leave()
            stack = ExitStack()
            self._place, self._opened = place, (stack.enter_context(place.open(self)), stack)
        return self._opened[0]

    def leave(self) -> None:
        """Close the place that is open, if one is."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()

    def shared(self, make: Callable[[], AbstractContextManager[T]]) -> T:
        """What `make` makes: the first time it is asked for, and until all places are closed."""
        if make not in self._shared:
            self._shared[make] = self._stack.enter_context(make())
        found: T = self._shared[make]
        return found

    @contextmanager
    def page(self, **context: Any) -> Iterator[Page]:
        """An empty page in a context of its own, with the hands of the tests in it."""
        with self.browser.new_context(**{"viewport": VIEWPORT} | context) as made:
            page = made.new_page()
            page.set_default_timeout(TIMEOUT * 1000)
            page.add_init_script(path=PAGE_SCRIPT)
            yield page


class Opened(ABC):
    """A program in a page of a place. What is `Impossible` here is so wherever it is not replaced."""

    page: Page
    paused = "paused"  # the status of a view where Pause has been pressed

    @abstractmethod
    def view(self) -> View:
        """The view of the trainer, as it is on the page now."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page again, as after F5, and wait until the place is ready again."""

    def begin(self) -> View:
        """Stand where the program stands when it has just been opened, whatever happened before."""
        view = self.view()
        view.wait_for_frame(0)
        if view.status == "running":
            view.click("Pause")
            view.wait_for_status(self.paused)
        if view.epoch > 0 or view.status != "idle":
            view.click("Reset")
            view.wait_for_status("idle")
            view.wait_for("(root) => root.dataset.epoch === '0'")
        return view

    def run(self, source: str) -> None:
        """Run one more cell, and wait until it is done."""
        raise Impossible(f"no cell can be added here, such as {source!r}")

    def value(self, expression: str) -> Any:
        """What a Python expression is: plain data as it is."""
        raise Impossible(f"Python cannot be asked here what {expression} is")

    def busy(self) -> AbstractContextManager[None]:
        """A cell that is running, and does not end before the block does."""
        raise Impossible("no cell can be added here")

    def saved(self) -> AbstractContextManager[View]:
        """The trainer's view in the notebook that was saved at epoch 5, opened where none of its cells has been run."""
        raise Impossible("nothing is saved here")


@dataclass(frozen=True)
class Cannot:
    """Why a place cannot do something.

    Attributes:
        reason: for the reader of the table, in one sentence without a full stop.
        proof: raises AssertionError unless it is really so, and as the reason says.
    """

    reason: str
    proof: Callable[[Any], None] = field(repr=False)


@dataclass(frozen=True)
class Place(ABC):
    """One place, and so one row of the table.

    Attributes:
        name: what it is called there, with what matters of its version, such as "JupyterLab, ipykernel 6".
        packages: whose installed versions the table tells.
        cannot: what it cannot do, by the names of `ABILITIES`, with the reason and the proof.
        notes: what is to be said of what it can do, by the names of `ABILITIES`.
        own: what is asked of it alone, by names that are in no table.
    """

    name: str
    packages: Sequence[str] = ()
    cannot: Mapping[str, Cannot] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)

    @property
    def versions(self) -> str:
        """With what it was tested: read from what is installed."""
        return ", ".join(f"{name} {version(name)}" for name in self.packages)

    @abstractmethod
    def open(self, bench: Bench, program: Sequence[str] = PROGRAM) -> AbstractContextManager[Opened]:
        """Open a program: the sources of its cells, the last of which shows `trainer`."""
