"""The built front end, as the text that goes to the browser."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def front_end(name: str) -> str:
    """The text of the built front end; says how to build it where it is missing.

    The text and not its path: anywidget would watch a file, and keep every widget alive for that.
    """
    path = STATIC / name
    if not path.exists():
        raise ImportError(
            f"the front end of nnwidgets is not built ({path.name} is missing); in a checkout, run `make lab` "
            "once, or `pip install .`"
        )
    return path.read_text(encoding="utf-8")
