"""What `pip install` gives to people who have no node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "LICENSE", "nnwidgets", "js")
FRONT_END = tuple(f"nnwidgets/static/{name}" for name in ("planar.js", "nnwidgets.css", "third-party-licenses.txt"))
FASHION = tuple(f"nnwidgets/data/fashion_mnist/{name}" for name in (
    "LICENSE", "README.md", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
))  # fmt: skip

# Python 3.11 learnt this in its fourth bug-fix release.
SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}

# Installing packages takes the time that the network takes.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The environment variables of a machine whose search path has a shell and nothing else."""
    commands = tmp_path_factory.mktemp("commands")
    shell = shutil.which("sh")
    assert shell is not None
    (commands / "sh").symlink_to(shell)
    hidden = ("PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in hidden} | {"PATH": str(commands)}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A fresh clone, as far as building goes: nothing built, nothing installed."""
    folder = tmp_path_factory.mktemp("checkout")
    unbuilt = shutil.ignore_patterns("static", "node_modules", "__pycache__")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unbuilt)
        else:
            shutil.copy(source, folder / name)
    return folder


def build(kind, source, machine, folder):
    command = [sys.executable, "-m", "build", f"--{kind}", "--outdir", folder, source]
    done = subprocess.run(command, env=machine, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(checkout, machine, tmp_path_factory):
    assert not (checkout / "nnwidgets" / "static").exists()
    assert shutil.which("node", path=machine["PATH"]) is None
    return build("wheel", checkout, machine, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(wheel, checkout, machine, tmp_path_factory):
    # The wheel has built the front end, which need not be done twice.
    return build("sdist", checkout, machine, tmp_path_factory.mktemp("sdist"))


def test_a_wheel_built_without_node_holds_the_front_end_and_nothing_of_its_making(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= {"nnwidgets/__init__.py", *FRONT_END, *FASHION}
    data = [file for file in zipfile.ZipFile(wheel).infolist() if file.filename.startswith("nnwidgets/data/")]
    assert sum(file.compress_size for file in data) <= 4e6
    placed = {name for name in names if ".dist-info/" not in name and ".data/" not in name}
    assert {name.split("/")[0] for name in placed} == {"nnwidgets"}
    # What the server reads to find its extension is put into the environment, beside the packages.
    (outside,) = (name for name in names if ".data/" in name)
    assert outside.endswith(".data/data/etc/jupyter/jupyter_server_config.d/nnwidgets.json")
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_an_installed_wheel_imports_without_torch_and_shows_what_it_carries(wheel, tmp_path):
    python = install(wheel, tmp_path)
    program = """
import sys, nnwidgets
print(nnwidgets.__file__)
print("torch" in sys.modules)
trainer = nnwidgets.PlanarTrainer()
print(len(trainer._esm), len(trainer._css))
trainer.close()
print(nnwidgets.load_fashion_mnist(source="bundled"))
"""
    command = [python, "-I", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    home, has_torch, sizes, images = done.stdout.splitlines()
    assert Path(home).is_relative_to(tmp_path)
    assert has_torch == "False"
    carried = {name: len(zipfile.ZipFile(wheel).read(name).decode()) for name in FRONT_END}
    assert sizes == f"{carried[FRONT_END[0]]} {carried[FRONT_END[1]]}"
    assert images == "ImageDataset('fashion_mnist', 6000 train, 1000 test, 28 × 28)"


def install(wheel, folder):
    """An environment of its own for the wheel; what it depends on is borrowed from this one, which has it all."""
    venv.create(folder / "environment", with_pip=False)
    python = folder / "environment" / "bin" / "python"
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    zipfile.ZipFile(wheel).extractall(packages)
    # Comes after the environment's own packages; and an editable install in there has no say.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def test_an_sdist_holds_the_front_end_and_its_sources(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {*FRONT_END, *FASHION, "hatch_build.py", "js/package-lock.json", "js/src/widgets/planar.ts"}
    assert not any("node_modules" in name for name in names)


def test_a_wheel_from_an_sdist_needs_no_front_end_tools(sdist, wheel, machine, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, **SAFELY)
    (source,) = tmp_path.iterdir()
    # Whoever ran npm now would fail.
    (source / "js" / "package-lock.json").write_text("{}", encoding="utf-8")
    os.utime(source / "js" / "package-lock.json", (0, 0))
    (tmp_path / "wheel").mkdir()
    again = build("wheel", source, machine, tmp_path / "wheel")
    for name in FRONT_END:
        assert zipfile.ZipFile(again).read(name) == zipfile.ZipFile(wheel).read(name)
