"""What is said of an answer, and how a notebook shows it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal, NamedTuple

Outcome = Literal["right", "wrong", "open", "unjudged"]


class _Look(NamedTuple):
    """A mark and words, so that it is not told by colour alone, and the colour."""

    mark: str
    head: str
    colour: str


# Of the palette for data: each has a contrast of 3 on a white page and on a black one.
_LOOKS: dict[Outcome, _Look] = {
    "right": _Look("✓", "Right:", "#1f66bd"),
    "wrong": _Look("✗", "Not yet:", "#d06300"),
    "open": _Look("…", "Not answered yet:", "#808080"),
    "unjudged": _Look("?", "Could not be judged:", "#808080"),
}
_CODE = re.compile(r"`([^`]+)`")
# A call is code, too, and what stands in quotation marks is quoted: they stay as they can be typed.
_MINUS = re.compile(
    r"(?P<typed>`[^`]+`|\w+\((?:[^()]|\([^()]*\))*\)|(?<!\w)'[^']*')|(?<![\w.])-(?P<size>\d+(?:\.\d+)?|\.\d+)"
)


@dataclass
class Verdict:
    """What is said of the answer to an exercise: shown as a sentence, and true where the answer is right.

    Attributes:
        exercise: its number.
        outcome: "right", "wrong", "open" as long as there is no answer, or "unjudged" where it cannot be looked at.
        text: why, as a sentence, with its numbers as they are written on screen.

    Example:
        >>> Verdict("2.3", "wrong", "1 + 1 is not 3.")
        2.3 Not yet: 1 + 1 is not 3.
    """

    exercise: str
    outcome: Outcome
    text: str
    _shown_in: object = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.text = _MINUS.sub(_as_on_screen, self.text)

    @property
    def right(self) -> bool | None:
        """Whether the answer is right; None while there is none that can be judged."""
        return None if self.outcome in {"open", "unjudged"} else self.outcome == "right"

    def __bool__(self) -> bool:
        return self.outcome == "right"

    def __repr__(self) -> str:
        return f"{self.exercise} {_LOOKS[self.outcome].head} {self.text}"

    def _repr_html_(self) -> str:
        look = _LOOKS[self.outcome]
        text = _CODE.sub(r"<code>\1</code>", escape(self.text))
        box = f"border-left:4px solid {look.colour};padding:6px 12px;background:rgba(128,128,128,0.1)"
        mark = f'<span aria-hidden="true">{look.mark}</span>'
        return f'<div role="status" style="{box}"><b>{mark} {escape(self.exercise)} {look.head}</b> {text}</div>'

    def show(self) -> None:
        """Show it where the cell shows what it prints; outside of a notebook, nothing happens."""
        cell = _running_cell()
        if cell is not None:
            from IPython import display

            publish: Any = display.display
            self._shown_in = cell
            publish({"text/plain": repr(self), "text/html": self._repr_html_()}, raw=True)

    def _ipython_display_(self) -> None:
        """Show it as the value of a cell, unless it has been shown in that cell already."""
        if self._shown_in != _running_cell():
            self.show()


def _as_on_screen(found: re.Match[str]) -> str:
    """A negative number as widgets write it, with a minus in place of the hyphen, and 0 without any."""
    size = found["size"]
    if size is None:
        return found[0]
    return f"−{size}" if size.strip("0.") else size


def _running_cell() -> object:
    """What tells one run of a cell from another; None outside of IPython."""
    ipython: Any = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return None if shell is None else (id(shell), shell.execution_count)
