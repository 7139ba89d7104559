"""Compiled code on disk: no two processes read or write it at the same time."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from numba import njit
from numba.core.caching import UserWideCacheLocator, _CacheLocator

from nnwidgets.training.engines.caching import SharedCache


@pytest.fixture
def square(tmp_path):
    """A function in a file of its own, beside which its compiled code is kept."""
    path = tmp_path / "squares.py"
    path.write_text("def square(x):\n    return x * x\n")
    spec = importlib.util.spec_from_file_location("squares", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.square


def compiled(function):
    dispatcher = njit(function)
    dispatcher._cache = SharedCache(function)
    return dispatcher


def test_who_reads_or_writes_compiled_code_is_alone(square, monkeypatch):
    dispatcher = compiled(square)
    cache, seen = dispatcher._cache, []

    def watched(name):
        do = getattr(cache._cache_file, name)

        def check(*given):
            with pytest.raises(Timeout):
                FileLock(cache.lock.lock_file).acquire(timeout=0)
            seen.append(name)
            return do(*given)

        return check

    for name in ("load", "save"):
        monkeypatch.setattr(cache._cache_file, name, watched(name))
    assert dispatcher(3.0) == 9.0
    assert seen == ["load", "save"]
    FileLock(cache.lock.lock_file).acquire(timeout=0)


def test_compiled_code_is_found_again(square):
    assert compiled(square)(3.0) == 9.0
    again = compiled(square)
    assert again(3.0) == 9.0
    assert (sum(again.stats.cache_hits.values()), sum(again.stats.cache_misses.values())) == (1, 0)


def test_it_is_compiled_again_when_a_file_beside_it_has_changed(square, tmp_path):
    beside = tmp_path / "beside.py"
    beside.write_text("FACTOR = 2\n")
    for text, hits in (("FACTOR = 2\n", 0), ("FACTOR = 2\n", 1), ("FACTOR = 30\n", 0)):
        if beside.read_text() != text:
            beside.write_text(text)
        dispatcher = compiled(square)
        assert dispatcher(3.0) == 9.0
        assert sum(dispatcher.stats.cache_hits.values()) == hits


@pytest.mark.parametrize("error", [OSError("no locks here"), NotImplementedError(), Timeout("nnwidgets.lock")])
def test_where_nothing_can_be_locked_code_is_kept_all_the_same(square, monkeypatch, error):
    dispatcher = compiled(square)

    def fail(**_):
        raise error

    monkeypatch.setattr(dispatcher._cache.lock, "acquire", fail)
    assert dispatcher(3.0) == 9.0
    assert list(Path(dispatcher._cache.cache_path).glob("*.nbc"))


@pytest.fixture
def unwritable(monkeypatch):
    """Folders in which this user cannot write."""
    folders = []
    ensure = _CacheLocator.ensure_cache_path

    def ensure_cache_path(locator):
        if any(folder in Path(locator.get_cache_path()).parents for folder in folders):
            raise PermissionError(locator.get_cache_path())
        ensure(locator)

    monkeypatch.setattr(_CacheLocator, "ensure_cache_path", ensure_cache_path)
    return folders


@pytest.mark.parametrize("home", [True, False])
def test_what_was_compiled_for_all_is_used_by_who_cannot_write_there(square, tmp_path, monkeypatch, unwritable, home):
    assert compiled(square)(3.0) == 9.0  # whoever installed it
    unwritable.append(tmp_path)
    monkeypatch.setattr(UserWideCacheLocator, "get_cache_path", lambda _: str(tmp_path.parent / "home" / "cache"))
    if not home:
        unwritable.append(tmp_path.parent / "home")
    dispatcher = compiled(square)
    assert dispatcher(3.0) == 9.0
    assert sum(dispatcher.stats.cache_hits.values()) == 1
    assert dispatcher(3) == 9  # of other types nothing was compiled
    assert sum(dispatcher.stats.cache_misses.values()) == 1
    again = compiled(square)
    assert again(3) == 9
    assert sum(again.stats.cache_hits.values()) == home  # kept where there is a place to keep it
    (tmp_path / "beside.py").write_text("FACTOR = 3\n")
    renewed = compiled(square)
    assert renewed(3.0) == 9.0
    assert not renewed.stats.cache_hits


def test_a_copy_of_the_files_finds_what_was_compiled_of_the_originals(square, tmp_path):
    assert compiled(square)(3.0) == 9.0
    os.utime(tmp_path / "squares.py", (1, 1))
    again = compiled(square)
    assert again(3.0) == 9.0
    assert sum(again.stats.cache_hits.values()) == 1


def test_where_nothing_can_be_kept_nor_read_there_is_no_cache(square, tmp_path, monkeypatch, unwritable):
    unwritable += [tmp_path, tmp_path.parent / "home"]
    monkeypatch.setattr(UserWideCacheLocator, "get_cache_path", lambda _: str(tmp_path.parent / "home" / "cache"))
    with pytest.raises(RuntimeError, match="no locator"):
        SharedCache(square)
