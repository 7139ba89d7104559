"""Runs the scripts that explorers print, here: PyTorch is imported already."""

from __future__ import annotations

import contextlib
import io
import runpy
import tempfile
from pathlib import Path
from typing import Any


def printed(script: str, **names: Any) -> str:
    """What a script prints that finds these names."""
    output = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(output):
        path = Path(folder) / "script.py"
        path.write_text(script, encoding="utf-8")
        runpy.run_path(str(path), names)
    return output.getvalue()


def spoken(script: str, **names: Any) -> dict[str, str]:
    """What a script prints, by what it says before the number, or before the list of numbers, of each line."""
    lines = printed(script, **names).splitlines()
    return dict(line.rsplit(" [", 1) if "[" in line else line.rsplit(maxsplit=1) for line in lines)
