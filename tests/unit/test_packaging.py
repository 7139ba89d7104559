"""What `pip install` gives to people who have no node. tests/release checks what is released further than this."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.release import building, contents, metadata, tree

# Installing packages takes the time that the network takes.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not (tree.ROOT / ".git").exists(), reason="only git says what belongs to a checkout"),
]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The environment variables of a machine whose search path has a shell and nothing else."""
    return building.without_commands(tmp_path_factory.mktemp("commands"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A fresh clone: nothing built, nothing installed."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in tree.files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree.ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout, machine, tmp_path_factory):
    assert not (checkout / "nnwidgets" / "static").exists()
    assert shutil.which("node", path=machine["PATH"]) is None
    return building.build("wheel", checkout, tmp_path_factory.mktemp("wheel"), machine)


@pytest.fixture(scope="module")
def sdist(wheel, checkout, machine, tmp_path_factory):
    # The wheel has built the front end, which need not be done twice.
    return building.build("sdist", checkout, tmp_path_factory.mktemp("sdist"), machine)


def test_a_wheel_built_without_node_holds_the_package_with_its_front_end_and_nothing_of_its_making(wheel):
    assert contents.wheel_objections(wheel, tree.files()) == []


def test_an_sdist_holds_what_a_checkout_has_and_the_front_end(sdist):
    assert contents.sdist_objections(sdist, tree.files()) == []


def test_neither_is_larger_than_it_may_be(wheel, sdist):
    assert contents.size_objections(wheel, sdist) == []


def test_a_package_index_would_take_both(wheel, sdist):
    assert metadata.objections(wheel) == []
    assert metadata.objections(sdist) == []


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
    carried = [
        len(contents.files_of(wheel)[f"nnwidgets/static/{name}"].decode()) for name in ("planar.js", "nnwidgets.css")
    ]
    assert sizes == " ".join(map(str, carried))
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


def test_a_wheel_from_an_sdist_needs_no_front_end_tools(sdist, wheel, machine, tmp_path):
    source = building.unpacked(sdist, tmp_path)
    # Whoever ran npm now would fail.
    (source / "js" / "package-lock.json").write_text("{}", encoding="utf-8")
    os.utime(source / "js" / "package-lock.json", (0, 0))
    again = building.build("wheel", source, tmp_path, machine)
    assert contents.differences(wheel, again) == []
