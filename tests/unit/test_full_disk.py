"""A disk that is full while something is saved: the system's error, the older file as it was, nothing beside it."""

from __future__ import annotations

import errno
import resource
from contextlib import contextmanager

import pytest

from nnwidgets import export_notebook
from tests.unit.saved_notebooks import text, write_notebook

pytestmark = pytest.mark.fault("full disk")

SPACE = 2000  # bytes


@contextmanager
def full_disk():
    """No file can grow beyond some bytes: writing on gives the error that the system gives then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SPACE, before[1]))
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
