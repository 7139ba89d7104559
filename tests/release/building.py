"""An sdist and a wheel, built as `pip install` and `python -m build` build them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.release.tree import ROOT, git

# Python 3.11 learnt this in its fourth bug-fix release.
SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def build(kind: str, source: Path, folder: Path, environment: Mapping[str, str] | None = None) -> Path:
    """Build the "sdist" or the "wheel" of a source tree into a folder, where it is then found."""
    made = folder / f"making-{kind}"
    command = [sys.executable, "-m", "build", f"--{kind}", "--outdir", made, source]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"building the {kind} failed:\n{done.stdout}{done.stderr}")
    (built,) = made.iterdir()
    shutil.move(built, folder / built.name)
    made.rmdir()
    return folder / built.name


def build_committed(folder: Path, work: Path) -> tuple[Path, Path]:
    """Build the sdist from what is committed, and the wheel from the sdist; returns both."""
    source = work / "committed"
    source.mkdir(parents=True)
    git(ROOT, "archive", "--output", str(work / "committed.tar"), "HEAD")
    unpack(work / "committed.tar", source)
    environment = os.environ | {"SOURCE_DATE_EPOCH": git(ROOT, "log", "-1", "--format=%ct").strip()}
    sdist = build("sdist", source, folder, environment)
    return sdist, build("wheel", unpacked(sdist, work), folder, environment)


def unpacked(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist; returns its one folder."""
    unpack(sdist, folder)
    return folder / sdist.name.removesuffix(".tar.gz")


def unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        opened.extractall(folder, **SAFELY)


def without_commands(folder: Path) -> dict[str, str]:
    """The environment variables of a machine whose search path, an empty folder, gets a shell and nothing else."""
    shell = shutil.which("sh")
    assert shell is not None
    (folder / "sh").symlink_to(shell)
    hidden = ("PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in hidden} | {"PATH": str(folder)}
