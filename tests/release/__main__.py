"""Builds a release, and checks it; the package's docstring says what for.

Usage:
    python -m tests.release dist           check the sdist and the wheel in dist/
    python -m tests.release --build dist   build both anew from what is committed, twice, and check them
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.release import building, contents, first_widget, installing, metadata, tree


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.release", description="Build and check a release.")
    parser.add_argument("folder", type=Path, help="where the sdist and the wheel are, or are put")
    parser.add_argument("--build", action="store_true", help="build them first, from what is committed")
    given = parser.parse_args()
    if given.build:
        end_if("There is nothing to release:", tree.objections())
    with tempfile.TemporaryDirectory(prefix="nnwidgets-release-") as work:
        if given.build:
            build(given.folder, Path(work))
        sdist, wheel = archives(given.folder)
        check(sdist, wheel, Path(work))


def build(folder: Path, work: Path) -> None:
    """Build both, twice, and leave them in the folder, alone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    again = work / "again"
    again.mkdir()
    print("Building the sdist and the wheel", flush=True)
    made = building.build_committed(folder, work / "first")
    print("Building them again", flush=True)
    made_again = building.build_committed(again, work / "second")
    differ = [
        f"{one.name} is another file when it is built again"
        for one, other in zip(made, made_again, strict=True)
        if one.read_bytes() != other.read_bytes()
    ]
    end_if("Building is not reproducible:", differ)


def archives(folder: Path) -> tuple[Path, Path]:
    """The one sdist and the one wheel in a folder."""
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    sdists = [path for path in there if path.name.endswith(".tar.gz")]
    wheels = [path for path in there if path.suffix == ".whl"]
    if len(there) != 2 or len(sdists) != 1 or len(wheels) != 1:
        names = ", ".join(path.name for path in there) or "nothing"
        sys.exit(f"{folder} must hold one sdist and one wheel, and nothing else; it holds {names}")
    return sdists[0], wheels[0]


def check(sdist: Path, wheel: Path, work: Path) -> None:
    """Make all checks, the quick ones first; ends the program with what speaks against the release."""
    committed = set(tree.git(tree.ROOT, "ls-files").splitlines())
    print(f"{'':10}{'bytes':>12}{'at most':>12}")
    for name, size in contents.sizes(wheel, sdist).items():
        print(f"{name:10}{size:12,}{contents.LARGEST[name]:12,}")
    step("contents", [*contents.wheel_objections(wheel, committed), *contents.sdist_objections(sdist, committed)])
    step("sizes", contents.size_objections(wheel, sdist))
    step("metadata", [*metadata.objections(wheel), *metadata.objections(sdist)])
    step("a wheel from the sdist, without node", rebuilding_objections(sdist, wheel, work))
    print("Installing the wheel with all that it needs", flush=True)
    python = installing.install(wheel, work / "environment")
    step("import", installing.import_objections(python, work))
    step("the first widget", first_widget.objections(python, Path("test-results") / "first-widget.png"))
    print(f"{wheel.name} and {sdist.name} can be released.")


def rebuilding_objections(sdist: Path, wheel: Path, work: Path) -> list[str]:
    """Where a wheel that is built from the sdist, on a machine without node, differs from the wheel."""
    folder, commands = work / "rebuilt", work / "commands"
    folder.mkdir()
    commands.mkdir()
    source = building.unpacked(sdist, folder)
    rebuilt = building.build("wheel", source, folder, building.without_commands(commands))
    return contents.differences(wheel, rebuilt)


def step(name: str, objections: Sequence[str]) -> None:
    end_if(f"{name}: no.", objections)
    print(f"{name}: good", flush=True)


def end_if(what: str, objections: Sequence[str]) -> None:
    if objections:
        sys.exit("\n".join([what, *(f"  - {each}" for each in objections)]))


if __name__ == "__main__":
    main()
