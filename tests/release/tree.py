"""Whether what is checked out can be released as the version that it says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def version(root: Path = ROOT) -> str:
    """The version, from the one place where it is written."""
    text = (root / "nnwidgets" / "_version.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, flags=re.MULTILINE)
    assert found is not None
    return found[1]


def objections(root: Path = ROOT) -> list[str]:
    """What speaks against a release of what is committed."""
    return [*_uncommitted(root), *_untold(root, version(root)), *_taken(root, version(root))]


def _uncommitted(root: Path) -> list[str]:
    changed = git(root, "status", "--porcelain").splitlines()
    if not changed:
        return []
    named = ", ".join(line[3:] for line in changed[:5]) + (", …" if len(changed) > 5 else "")
    return [f"the tree is not clean: commit, or remove, {named}"]


def _untold(root: Path, release: str) -> list[str]:
    """A heading `## 1.2.3`, with a date or more after it, and something under it."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(
        rf"^## {re.escape(release)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL
    )
    if section is None:
        return [f'CHANGELOG.md has no section "## {release}": say there what is new, or mend nnwidgets/_version.py']
    if "unreleased" in section[0].partition("\n")[0]:
        return [f"CHANGELOG.md calls {release} unreleased: write the date of its release in its place"]
    return [] if section[1].strip() else [f'the section "## {release}" of CHANGELOG.md is empty']


def _taken(root: Path, release: str) -> list[str]:
    tags = {release, f"v{release}"} & set(git(root, "tag", "--list").split())
    return [f"there is a release {tag} already: nnwidgets/_version.py wants another version" for tag in sorted(tags)]


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def files(root: Path = ROOT) -> set[str]:
    """What a checkout has, as paths: all that git knows, or would if it were added."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return {name for name in listed if name and (root / name).is_file()}
