"""A wheel in an environment of its own, with all that it needs from the index, as a user installs it."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import venv
from pathlib import Path

# Seconds that an import of nnwidgets may take beyond what it takes to import anywidget, which it stands on.
IMPORT_LIMIT = 0.15
STARTS = 9


def install(wheel: Path, folder: Path) -> Path:
    """Install `nnwidgets-….whl[lab]` and all that it needs; returns the environment's Python."""
    venv.create(folder, with_pip=uv() is None)
    python = folder / "bin" / "python"
    wanted = f"nnwidgets[lab] @ {wheel.resolve().as_uri()}"
    installer = [uv() or python, *([] if uv() else ["-m"]), "pip", "install", "--quiet"]
    subprocess.run([*installer, *(["--python", python] if uv() else []), wanted], cwd=folder, check=True)
    return python


def uv() -> str | None:
    """Where uv is: it installs in a fraction of the time."""
    return shutil.which("uv")


def import_objections(python: Path, folder: Path) -> list[str]:
    """What is imported with nnwidgets that must not be, and whether that takes too long.

    Args:
        python: of an environment that has nnwidgets.
        folder: where it is started, in which there is none.
    """
    program = "import sys, nnwidgets; print(nnwidgets.__file__); print('torch' in sys.modules)"
    home, has_torch = _run(python, folder, program).splitlines()
    found = []
    if not Path(home).is_relative_to(python.parents[1]):
        found.append(f"nnwidgets is imported from {home}, not from where it was installed")
    if has_torch != "False":
        found.append("importing nnwidgets imports torch")
    more, whole = import_times(python, folder)
    print(f"import nnwidgets: {more * 1000:.0f} ms more than import anywidget, which takes {whole * 1000:.0f} ms")
    if more > IMPORT_LIMIT:
        found.append(
            f"importing nnwidgets takes {more:.2f} s more than importing anywidget, where {IMPORT_LIMIT} s may be"
        )
    return found


def import_times(python: Path, folder: Path, *, starts: int = STARTS) -> tuple[float, float]:
    """Seconds to import nnwidgets where anywidget is imported already, and to import anywidget: medians of starts."""
    program = """
from time import perf_counter
begin = perf_counter()
import anywidget
middle = perf_counter()
import nnwidgets
print(perf_counter() - middle, middle - begin)
"""
    took = [[float(each) for each in _run(python, folder, program).split()] for _ in range(starts)]
    more, whole = map(statistics.median, zip(*took, strict=True))
    return more, whole


def _run(python: Path, folder: Path, program: str) -> str:
    command = [python, "-I", "-c", program]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
