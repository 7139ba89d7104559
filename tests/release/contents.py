"""Which files are in a wheel and in an sdist, how large both are, and what must stand in none of the files."""

from __future__ import annotations

import fnmatch
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.release.tree import ROOT

# What has no business in a file that others get: places on the machine that built it, and where it got packages.
_PLACES = re.compile(rb"/(?:home|root|Users|work|tmp|private|build)/[A-Za-z0-9_.~-]+|[A-Z]:\\\\?Users\\")
_REGISTRIES = re.compile(
    rb"https?://(?:[\w.-]*\.)?(?:npmjs\.org|yarnpkg\.com|npmmirror\.com|pypi\.org|pythonhosted\.org|jfrog\.io|"
    rb"unpkg\.com|jsdelivr\.net|cdnjs\.cloudflare\.com)"
)
# Tests say which places they keep out, and pages of which one what they need is.
_MAY_NAME_THEM = ("tests/*", "js/test/*")

NEVER = ("*.map", "*/__pycache__/*", "*.py[cod]", "*/node_modules/*", "*.ipynb_checkpoints*", "*/labextension/*", "*~")

# Bytes, with room for a tenth more than they have; what grows above is looked at before it is allowed.
LARGEST = {"wheel": 5_000_000, "sdist": 11_500_000, "bundles": 1_730_000, "data": 3_400_000}

# What is committed and of use only where it is.
_STAYS = (".ci/*", ".git*")


def files_of(archive: Path) -> dict[str, bytes]:
    """What is in a wheel, or in an sdist's one folder: contents by path."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist() if not name.endswith("/")}
    with tarfile.open(archive) as sdist:
        return {member.name.partition("/")[2]: _read(sdist, member) for member in sdist if member.isfile()}


def _read(sdist: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = sdist.extractfile(member)
    assert opened is not None
    return opened.read()


def bundles(root: Path = ROOT) -> set[str]:
    """What the front end is built to: a module of each widget, what a page has beside them, styles, licences."""
    names = [f"{path.stem}.js" for path in (root / "js" / "src" / "widgets").glob("*.ts*")]
    others = ("nnwidgets.css", "page.js", "page.css", "third-party-licenses.txt")
    return {f"nnwidgets/static/{name}" for name in (*names, *others)}


def wheel_objections(wheel: Path, committed: set[str], root: Path = ROOT) -> list[str]:
    """What a wheel has too much or too little: it has the package, its front end, and what the server reads.

    Args:
        wheel: its path.
        committed: all that a checkout has, as paths.
        root: of the checkout.
    """
    files = files_of(wheel)
    info = next(name.split("/")[0] for name in files if name.endswith(".dist-info/METADATA"))
    stem = info.removesuffix(".dist-info")
    due = {name for name in committed if name.startswith("nnwidgets/")} | bundles(root)
    due |= {f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL")}
    due |= {f"{info}/licenses/{name}" for name in ("LICENSE", "nnwidgets/data/fashion_mnist/LICENSE")}
    due.add(f"{stem}.data/data/etc/jupyter/jupyter_server_config.d/nnwidgets.json")
    return [*_compared(wheel, set(files), due), *_blots(wheel, files)]


def sdist_objections(sdist: Path, committed: set[str], root: Path = ROOT) -> list[str]:
    """What an sdist has too much or too little: it has what a checkout has, and the front end as it is built."""
    files = files_of(sdist)
    due = {name for name in committed if not _matches(name, _STAYS)} | bundles(root)
    due |= {"PKG-INFO", ".gitignore"}  # which builders of an sdist add by themselves
    return [*_compared(sdist, set(files), due), *_blots(sdist, files)]


def _compared(archive: Path, there: set[str], due: set[str]) -> Iterator[str]:
    for name in sorted(there - due):
        yield f"{archive.name} has {name}, which nobody needs there"
    for name in sorted(due - there):
        yield f"{archive.name} lacks {name}"
    for name in sorted(there):
        if _matches(f"/{name}", NEVER):
            yield f"{archive.name} has {name}, which was left by a program"


def _blots(archive: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    for name, content in sorted(files.items()):
        if _matches(name, _MAY_NAME_THEM) or name.endswith((".gz", ".png")):
            continue
        for pattern, what in ((_PLACES, "a path of some machine"), (_REGISTRIES, "the address of a registry")):
            if found := pattern.search(content):
                yield f"{archive.name}: {name} names {what}: {found[0].decode(errors='replace')}"


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def sizes(wheel: Path, sdist: Path) -> dict[str, int]:
    """Bytes: of both files, and of what is largest in the wheel."""
    with zipfile.ZipFile(wheel) as opened:
        packed = opened.infolist()
    return {
        "wheel": wheel.stat().st_size,
        "sdist": sdist.stat().st_size,
        "bundles": sum(each.file_size for each in packed if each.filename.startswith("nnwidgets/static/")),
        "data": sum(each.compress_size for each in packed if each.filename.startswith("nnwidgets/data/")),
    }


def size_objections(wheel: Path, sdist: Path) -> list[str]:
    """Which of them is larger than it may be."""
    return [
        f"{name}: {size:,} bytes are more than the {LARGEST[name]:,} allowed"
        for name, size in sizes(wheel, sdist).items()
        if size > LARGEST[name]
    ]


def differences(one: Path, other: Path) -> list[str]:
    """Where two archives of a kind hold different files."""
    a, b = files_of(one), files_of(other)
    return [
        f"{name} is not the same in {one.parent.name}/{one.name} and {other.parent.name}/{other.name}"
        for name in sorted(a.keys() | b.keys())
        if a.get(name) != b.get(name)
    ]
