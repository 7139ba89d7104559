"""Numbers of a run are there for the run, and not the run for them."""

from types import SimpleNamespace

import pytest

from nnwidgets.widgets import _publisher
from nnwidgets.widgets._publisher import SUMMARY_INTERVAL, SUMMARY_SHARE


@pytest.mark.parametrize("took", [0.0, 2.0])
def test_numbers_that_take_long_are_rarer_where_nobody_looks(make, monkeypatch, took):
    trainer = make()
    publisher, now = trainer._publisher, [100.0]

    def show(*_):
        now[0] += took

    monkeypatch.setattr(_publisher, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(publisher, "_show", show)
    publisher.frame(trainer._loop)
    assert publisher.next_frame() - now[0] == pytest.approx(max(SUMMARY_INTERVAL, took / SUMMARY_SHARE))
