"""What a package index is told about a release, and what it would show."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

from tests.release.tree import version

# What each extra is for, by something that only it brings.
EXTRAS = {"export": "nbconvert", "lab": "jupyterlab", "docs": "sphinx", "dev": "pytest"}

# In the description, what leads to a file beside it: an index has no such files.
_RELATIVE = re.compile(r"\]\((?!https?://)([^)\s]*)")


def metadata_of(archive: Path) -> Message:
    """The metadata of a wheel or an sdist."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            name = next(each for each in wheel.namelist() if each.endswith(".dist-info/METADATA"))
            return email.message_from_bytes(wheel.read(name))
    with tarfile.open(archive) as sdist:
        opened = sdist.extractfile(next(each for each in sdist if each.name.endswith("/PKG-INFO")))
        assert opened is not None
        return email.message_from_bytes(opened.read())


def objections(archive: Path) -> list[str]:
    """What is wrong with the metadata of a wheel or an sdist."""
    from trove_classifiers import classifiers

    told = metadata_of(archive)
    found = []
    if told["Version"] != version():
        found.append(f"calls itself {told['Version']}, where nnwidgets/_version.py says {version()}")
    if told["License-Expression"] != "BSD-3-Clause AND MIT":
        found.append("says another licence than its files, BSD-3-Clause of ours, MIT of what is bundled")
    unknown = set(told.get_all("Classifier", [])) - set(classifiers)
    found += [f"has a classifier that no index knows: {each}" for each in sorted(unknown)]
    found += _of_extras(told)
    found += [f"links to {each}, which an index has not" for each in _RELATIVE.findall(_description(told))]
    found += [f"has the address {each}, which must be a real one" for each in told.get_all("Project-URL", [])]
    return [f"{archive.name} {each}" for each in found] or _of_twine(archive)


def _description(told: Message) -> str:
    text = told.get_payload()
    assert isinstance(text, str)
    return text


def _of_extras(told: Message) -> list[str]:
    required, extras = told.get_all("Requires-Dist", []), told.get_all("Provides-Extra", [])
    found = [f"has no extra {name}" for name in EXTRAS if name not in extras]
    found += [f"has an extra {name}, which nobody expects" for name in extras if name not in EXTRAS]
    for extra, package in EXTRAS.items():
        wanted = [each for each in required if f"extra == '{extra}'" in each]
        if not any(re.match(rf"{package}\b", each) for each in wanted):
            found.append(f"does not bring {package} with the extra {extra}")
    found += [f"takes {each} from an address" for each in required if "@" in each]
    return found


def _of_twine(archive: Path) -> list[str]:
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", archive]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"twine would not take {archive.name}: {done.stdout}{done.stderr}"]
