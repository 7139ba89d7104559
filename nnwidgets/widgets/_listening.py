"""What comes in from a browser, before anything is done about it: it may be damaged, or a stranger's."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import anywidget

from nnwidgets.widgets._long_cells import long_cells_here

OF_ANY_WIDGET = frozenset(("tooltip", "tabbable"))
"""What a view of any widget may set."""

DEEPEST = 20  # levels of lists and dicts in each other that make any sense
LONGEST = 300  # characters of a refusal: what was refused may be of any size


class Listening(anywidget.AnyWidget):
    """A widget that is told nonsense, says so, and goes on.

    Each message is either understood, or answered with a sentence; nothing is raised into the kernel, which would
    print it under whatever cell there is. What cannot be sent is noted in the log and harms nobody: the training thread
    least of all.
    """

    _has_lost_touch = False

    def _handle_msg(self, msg: Any) -> None:
        """A message to the widget; may come in any thread."""
        try:
            data = _readable(msg["content"]["data"])
            _check_method(data)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            self._refuse("message", error)
            return
        long_cells_here().heard(self)
        super()._handle_msg({**msg, "content": {**msg["content"], "data": data}, "buffers": msg.get("buffers") or []})

    def _waits_for_cell(self, *, waits: bool) -> None:
        """Say, or say no longer, that a cell keeps the kernel from hearing the views; may be called in any thread."""

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what a view has changed; what is not allowed is refused, and the views hear why.

        Called by ipywidgets, in whatever thread the message came.
        """
        allowed = self._may_be_set()
        others = [name for name in sync_data if name not in allowed and not self._is_so(name, sync_data[name])]
        try:
            if others:
                raise TypeError(f"{others[0]!r} cannot be set from a view")
            super().set_state({name: value for name, value in sync_data.items() if name in allowed})
        except Exception as error:  # noqa: BLE001 (of whatever kind: it comes from what the message says)
            self.send_state([name for name in sync_data if name in self.keys])
            self._refuse("update", error)

    def _may_be_set(self) -> frozenset[str]:
        """The traits that a view may set."""
        return OF_ANY_WIDGET

    def _is_so(self, name: str, value: Any) -> bool:
        """Whether this is what a trait is anyway: some pages send all that they have."""
        return name in self.keys and bool(self.get_state(name)[name] == value)

    def _refuse(self, _what: str, error: object) -> None:
        """Say in the views that something was refused."""
        self.send({"type": "refused", "message": shortened(error)})

    def _send(self, msg: Any, buffers: Any = None) -> None:
        """Send a message; that it does not arrive anywhere is no mistake of whoever sends it."""
        try:
            super()._send(msg, buffers)
        except (TypeError, ValueError, RecursionError):
            raise  # it is no message
        except Exception as error:  # noqa: BLE001 (the comm was closed meanwhile, or the kernel's sockets are)
            if not self._has_lost_touch:
                self._has_lost_touch = True
                logging.getLogger("nnwidgets").info("a widget's views cannot be reached: %r", error)


def shortened(error: object) -> str:
    """What an error says; it may repeat a message of any length."""
    said = str(error) or type(error).__name__
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def _check_method(data: Any) -> None:
    """Raise where ipywidgets would not know what to do with it, or would do it by halves."""
    method = data.get("method") if isinstance(data, dict) else None
    if method == "update":
        state = data.get("state", {})
        if not isinstance(state, dict):
            raise TypeError("the state of a widget has a name for each value")
        if data.get("buffer_paths", []) != []:
            raise ValueError("no setting is made of bytes")
    elif method == "custom":
        if "content" not in data:
            raise ValueError("a message has a content")
    elif method != "request_state":
        raise ValueError(f"there is no method {method!r}")


def _readable(value: Any, level: int = 0) -> Any:
    """The same, as it can be written down again.

    Half a character, as of an emoji that was cut, becomes a question mark, and a number that JSON does not have becomes
    None, as browsers write it.

    Raises:
        ValueError: it is nested more than anything that makes sense.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | Mapping):
        if level == DEEPEST:
            raise ValueError(f"a message may be nested {DEEPEST} levels deep")
        if isinstance(value, Mapping):
            return {_readable(name): _readable(each, level + 1) for name, each in value.items()}
        return [_readable(each, level + 1) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
