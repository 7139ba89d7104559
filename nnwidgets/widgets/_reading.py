"""Texts of a trainer that views have open: kept current for as long as somebody looks at them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nnwidgets.training import commands as c
from nnwidgets.widgets._channel import MOST_VIEWS
from nnwidgets.widgets._files import Files

if TYPE_CHECKING:
    from collections.abc import Callable

SHARE = 50  # so many times as long as texts took to be made, until those of a run under way are due again
PACE = 20_000  # characters a second that are sent of them


class Reading(Files):
    """The part of a trainer that shows its texts in views."""

    def __init__(self, **settings: Any) -> None:
        self._readers: dict[str, str] = {}  # which text the views have open
        self._texts_sent: dict[str, tuple[str, str | None]] = {}
        self._texts_due = 0.0  # of a run under way
        super().__init__(**settings)

    @property
    def _texts(self) -> dict[str, Callable[[], str]]:
        """How each text is made that there is, by its name in a `ReadMessage`."""
        return {"code": self.to_code}

    def _read(self, view: str, what: str | None) -> None:
        """A view opens a text, or closes what it had open.

        Raises:
            ValueError: there is no such text.
        """
        if what is None:
            self._readers.pop(view, None)
            return
        if what not in self._texts:
            raise ValueError(f"there is no text {what!r}")
        self._readers.pop(view, None)
        self._readers[view] = what  # the newest
        for other in list(self._readers)[:-MOST_VIEWS]:
            self._readers.pop(other, None)
        self._texts_sent.pop(what, None)
        self._tell(c.Do(self._send_texts, "The text"))

    def _send_live(self) -> None:
        super()._send_live()
        if self.status != "running" or time.monotonic() >= self._texts_due:
            self._send_texts()

    def _send_texts(self) -> None:
        """In the training thread: send what has changed of the texts that somebody looks at.

        With each step that is made the script is another one. How soon that of a run under way is due again depends
        on how long it takes to make, and how long it is.
        """
        if not self._readers:
            return
        started, length = time.monotonic(), 0
        for what in {what for view, what in list(self._readers.items()) if self._channel.sees(view)}:
            text, error = "", None
            try:
                text = self._texts[what]()
            except Exception as failure:  # noqa: BLE001 (whatever it is, the reader is told)
                error = str(failure) or type(failure).__name__
            if self._texts_sent.get(what) != (text, error):
                self._texts_sent[what] = (text, error)
                self.send({"type": "text", "what": what, "text": text, "error": error})
                length += len(text)
        done = time.monotonic()
        self._texts_due = done + SHARE * (done - started) + length / PACE
