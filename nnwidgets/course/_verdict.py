"""What is said of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_HEADS = {True: ("✓", "Right:"), False: ("✗", "Not yet:"), None: ("…", "Not answered yet:")}


@dataclass(frozen=True)
class Verdict:
    """What is said of the answer to an exercise; `right` is None while there is none.

    It is shown as a sentence, and is true where the answer is right.
    """

    exercise: str
    right: bool | None
    text: str

    def __bool__(self) -> bool:
        return self.right is True

    def __repr__(self) -> str:
        return f"{self.exercise} {_HEADS[self.right][1]} {self.text}"

    def _repr_html_(self) -> str:
        mark, head = _HEADS[self.right]
        return f"<div><b>{mark} {escape(self.exercise)} {head}</b> {escape(self.text)}</div>"
