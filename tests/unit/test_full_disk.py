"""A disk that is full while something is saved: the system's error, the older file as it was, nothing beside it."""

from __future__ import annotations

import errno
import io
import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest
import torch

from nnwidgets import export_notebook
from nnwidgets.training.run_files import _Noting
from tests.unit.saved_notebooks import text, write_notebook

pytestmark = pytest.mark.fault("full disk")

SPACE = 2000  # bytes


@contextmanager
def full_disk(space=SPACE):
    """No file can grow beyond some bytes: writing on gives the error that the system gives then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (space, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def trainer(make):
    trainer = make()
    trainer.step(40, "epoch")
    return trainer


@pytest.mark.parametrize("there", [True, False], ids=["over an older file", "anew"])
@pytest.mark.parametrize("kind", ["save", "to_html", "to_csv"])
def test_what_does_not_fit_leaves_what_was_there(trainer, tmp_path, kind, there):
    path = tmp_path / "run"
    write = {"save": trainer.save, "to_html": trainer.to_html, "to_csv": trainer.history.to_csv}[kind]
    if there:
        path.write_text("what was there")
    with full_disk(), pytest.raises(OSError, match="run") as caught:
        write(path)
    assert caught.value.errno == errno.EFBIG
    assert [each.read_text() for each in tmp_path.iterdir()] == (["what was there"] if there else [])
    # The trainer goes on, and with room it is written.
    trainer.step()
    write(path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_size > SPACE


def test_not_even_the_last_bytes_may_be_missing(trainer, tmp_path):
    path = tmp_path / "run"
    trainer.save(path)
    whole = path.read_bytes()
    for missing in (1, 10, 21, 300):
        with full_disk(len(whole) - missing), pytest.raises(OSError, match="run"):
            trainer.save(path)
        assert path.read_bytes() == whole
        assert list(tmp_path.iterdir()) == [path]


class Slow(io.RawIOBase):
    """A disk that takes some bytes at a time."""

    def __init__(self):
        super().__init__()
        self.taken = bytearray()

    def write(self, data):
        self.taken += data[:1000]
        return len(data[:1000])


def test_all_of_it_is_written_to_a_disk_that_takes_a_part_at_a_time(trainer):
    disk = Slow()
    torch.save(trainer.model.state_dict() | {"long": torch.arange(5000)}, _Noting(disk))
    assert torch.load(io.BytesIO(disk.taken))["long"].tolist() == list(range(5000))


def test_a_file_that_may_not_be_written_is_not_replaced(trainer, tmp_path, monkeypatch):
    path = tmp_path / "run"
    path.write_text("what was there")
    monkeypatch.setattr("os.access", lambda *_: False)  # whoever is root may write everything
    with pytest.raises(PermissionError, match="run"):
        trainer.save(path)
    assert path.read_text() == "what was there"


def test_what_is_printed_after_what_is_written_to_the_standard_output_stays(tmp_path):
    target = tmp_path / "out.txt"
    code = "from nnwidgets._writing import write_text\nwrite_text('/dev/stdout', 'one\\n')"
    with target.open("a") as out:
        subprocess.run([sys.executable, "-c", code + "\nprint('two')"], stdout=out, check=True)
    assert target.read_text().split() == ["one", "two"]


def test_a_name_may_be_as_long_as_the_system_allows(trainer, tmp_path):
    path = tmp_path / ("r" * 250)
    trainer.save(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", ["html", "ipynb"])
def test_a_notebook_that_cannot_be_exported_is_left_as_it_was(tmp_path, ending):
    source = write_notebook(tmp_path / "lecture.ipynb", text("All of it. " * 500))
    target = source.with_suffix(f".{ending}")
    if ending == "html":
        target.write_text("an older page")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with full_disk(), pytest.raises(OSError, match="lecture") as caught:
        export_notebook(source, target)
    assert caught.value.errno == errno.EFBIG
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
