"""One view of a widget on the page."""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page

_recordings = itertools.count()

MAP = "canvas[role=img]"  # the large map: the decision boundary
NETWORK = "canvas.nnw-wires"  # wires and activation maps
CURVES = ".nnw-chart-canvas canvas"


@dataclass(frozen=True)
class Drawn:
    """One drawn frame: its number, the milliseconds of script it took, and when (ms, the page's clock)."""

    number: int
    script: float
    at: float


class View:
    """One view of a widget: `root` is a Playwright locator, for all that is not said here."""

    def __init__(self, page: Page, root: Locator) -> None:
        self.page = page
        self.root = root

    # -- controls, by the names that screen readers say -------------------------------------------

    def button(self, name: str) -> Locator:
        """A button, such as "Play"."""
        return self.root.get_by_role("button", name=name, exact=True)

    def click(self, name: str) -> None:
        """Press a button."""
        self.button(name).click()

    def slider(self, name: str) -> Locator:
        """A slider."""
        return self.root.get_by_role("slider", name=name, exact=True)

    def field(self, name: str) -> Locator:
        """A field for text or numbers."""
        return self.root.get_by_role("textbox", name=name, exact=True)

    def enter(self, name: str, text: str) -> None:
        """Type into a field, and Enter."""
        field = self.field(name)
        field.fill(text)
        field.press("Enter")

    def radio(self, name: str) -> Locator:
        """One of several radio buttons."""
        return self.root.get_by_role("radio", name=name, exact=True)

    def choose(self, name: str, option: str) -> None:
        """Choose from a list, by the value of the option."""
        self.root.get_by_role("combobox", name=name, exact=True).select_option(option)

    # -- what it shows ----------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """What the view takes the status to be: a status of the trainer, "recorded", or "disconnected"."""
        return self._data("status") or ""

    @property
    def frame(self) -> int:
        """The number of the frame on screen; -1 before the first."""
        return int(self._data("frame") or -1)

    @property
    def epoch(self) -> int:
        """The epoch of the frame on screen; -1 before the first."""
        return int(self._data("epoch") or -1)

    @property
    def width(self) -> int:
        """In CSS pixels."""
        box = self.root.bounding_box()
        assert box is not None
        return round(box["width"])

    def pixels(self, canvas: str = MAP) -> npt.NDArray[np.uint8]:
        """The pixels of a canvas: (height, width, 4), red, green, blue, alpha."""
        taken = self.root.locator(canvas).first.evaluate("(canvas) => window.testing.pixels(canvas)")
        flat = np.frombuffer(base64.b64decode(taken["data"]), dtype=np.uint8)
        return flat.reshape(taken["height"], taken["width"], 4)

    # -- waiting ----------------------------------------------------------------------------------

    def wait_for(self, condition: str, argument: Any = None) -> None:
        """Wait until a JavaScript function `(root, argument) => ...` returns something true.

        It is asked in every animation frame. The root must stay the same meanwhile.
        """
        self.root.wait_for(state="attached")
        handle = self.root.element_handle()
        self.page.wait_for_function(f"([root, argument]) => ({condition})(root, argument)", arg=[handle, argument])

    def wait_for_status(self, status: str) -> None:
        """Wait until the view shows this status."""
        self.wait_for("(root, status) => root.dataset.status === status", status)

    def wait_for_frame(self, number: int | None = None) -> int:
        """Wait until the frame of this number, or a later one, is on screen; without a number, for any new one."""
        wanted = self.frame + 1 if number is None else number
        self.wait_for("(root, number) => Number(root.dataset.frame ?? -1) >= number", wanted)
        return self.frame

    def wait_for_epoch(self, epoch: int) -> int:
        """Wait until this epoch, or a later one, is on screen."""
        self.wait_for("(root, epoch) => Number(root.dataset.epoch ?? -1) >= epoch", epoch)
        return self.epoch

    # -- measuring --------------------------------------------------------------------------------

    def record(self) -> Recording:
        """Note every frame drawn from now on."""
        return Recording(self)

    def _data(self, name: str) -> str | None:
        return self.root.get_attribute(f"data-{name}")


class Recording:
    """The frames that a view draws until `stop`."""

    def __init__(self, view: View) -> None:
        self._page = view.page
        self._key = f"recording {next(_recordings)}"
        view.root.evaluate("(root, key) => window.testing.record(root, key)", self._key)

    def stop(self) -> list[Drawn]:
        """The frames so far, oldest first."""
        frames = self._page.evaluate("(key) => window.testing.recorded(key)", self._key)
        return [Drawn(**frame) for frame in frames]
