"""NetworkAnatomy: the thread in which a model is read, and how it ends."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
import torch
from torch import nn

from nnwidgets import NetworkAnatomy
from nnwidgets.widgets.anatomy import SLOTS
from tests.unit.anatomy_widgets import few, opened, size_of, some_rows
from tests.unit.background import messages, tell
from tests.unit.plain import PATIENCE, Gate, maker

make = maker(NetworkAnatomy)
module = few()
rows = some_rows()
sent = messages()


class Slow(nn.Module):
    """Waits for somebody to open its gate."""

    def __init__(self, gate):
        super().__init__()
        self.inner, self.held = nn.Linear(3, 2), [gate]

    def forward(self, x):
        self.held[0]()
        return self.inner(x)


def test_a_slow_forward_blocks_nobody_and_only_the_newest_wish_is_fulfilled(make, rows):
    gate = Gate()
    anatomy = make(Slow(gate), input=rows)
    gate.wait()  # it is in there
    for sample in range(1, 5):
        anatomy.set_state({"selected": "inner", "sample": sample})
    tell(anatomy, "here")
    assert anatomy.status == "reading"
    seen = []
    for name in SLOTS:
        anatomy.observe(lambda change: seen.append(change.new["asked"]["sample"]), name)
    gate.open()
    anatomy.wait(PATIENCE)
    assert seen == [4]
    assert anatomy.status == "ready"


def test_what_comes_late_does_not_replace_what_is_newer(make, module, rows, monkeypatch):
    """Two threads may find something, and the one that found it first may show it last."""
    found = {"_show_scene": [], "_show_measured": []}
    for name, calls in found.items():
        show = getattr(NetworkAnatomy, name)

        def record(anatomy, *given, show=show, calls=calls):
            calls.append(given)
            show(anatomy, *given)

        monkeypatch.setattr(NetworkAnatomy, name, record)
    anatomy = make(module, input=rows, selected="0")
    anatomy.wait(PATIENCE)
    module.append(nn.Linear(2, 1))
    anatomy.refresh()
    shown = anatomy._anatomy, anatomy._numbers, opened(anatomy)["0"]
    for name, calls in found.items():
        getattr(anatomy, name)(*calls[0])
    assert shown == (anatomy._anatomy, anatomy._numbers, opened(anatomy)["0"])


def test_closing_does_not_wait_for_ever_and_shows_nothing_more(rows, monkeypatch):
    monkeypatch.setattr("nnwidgets.widgets._background.EXIT_PATIENCE", 0.05)
    gate = Gate()
    anatomy = NetworkAnatomy(Slow(gate), input=rows)
    gate.wait()
    thread = anatomy._bench._thread
    anatomy.close()
    assert anatomy.status == "closed"
    gate.open()
    thread.join(PATIENCE)
    assert (anatomy.status, anatomy._anatomy) == ("closed", None)
    with pytest.raises(RuntimeError, match="closed"):
        _ = anatomy.graph


def test_what_was_read_stays_readable_after_closing(make, module, rows):
    anatomy = make(module, input=rows)
    anatomy.wait(PATIENCE)
    anatomy.close()
    assert anatomy.parameter_count == 26
    assert anatomy.summary()
    for verb in (anatomy.refresh, lambda: anatomy.output("0"), lambda: anatomy.model, anatomy.__enter__):
        with pytest.raises(RuntimeError, match="closed"):
            verb()
    anatomy.selected = "0"
    anatomy._cell_ended()
    assert opened(anatomy) == {}


def test_widget_and_model_are_freed(rows):
    model = nn.Sequential(nn.Linear(3, 4))
    anatomy = NetworkAnatomy(model, input=rows, selected="0")
    anatomy.wait(PATIENCE)
    anatomy.close()
    held = weakref.ref(model), weakref.ref(anatomy), weakref.ref(anatomy._bench)
    del model
    gc.collect()
    assert held[0]() is None
    del anatomy
    gc.collect()
    assert [each() for each in held] == [None] * 3


def test_under_hold_what_would_never_end_is_refused(make, module, rows):
    anatomy = make(module, input=rows)
    with anatomy.hold_trait_notifications():
        anatomy.selected, anatomy.sample = "0", 2
        for verb in (anatomy.wait, anatomy.refresh, anatomy.figure, anatomy.summary, anatomy.__enter__):
            with pytest.raises(RuntimeError, match="hold_trait_notifications"):
                verb()
        assert "image/png" not in anatomy._repr_mimebundle_()[0]
    anatomy.wait(PATIENCE)
    assert opened(anatomy)["0"]["asked"]["sample"] == 2


def test_an_observer_may_ask_while_the_thread_is_at_work(make, module, rows):
    """It runs under the lock of the settings, which whoever shows something needs as well."""
    anatomy = make(module, input=rows)
    found = []
    anatomy.observe(lambda change: found.append(anatomy.output(change.new).shape), "selected")
    thread = threading.Thread(target=lambda: [anatomy.set_state({"selected": key}) for key in "012012"])
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    anatomy.wait(PATIENCE)
    assert found == [(5, 4), (5, 4), (5, 2)] * 2


def test_a_large_model_is_not_sent(make):
    net = nn.Sequential(nn.Embedding(200_000, 512), nn.Linear(512, 1000), nn.Linear(1000, 200))
    anatomy = make(net, input=torch.arange(12).reshape(2, 6))
    assert anatomy.parameter_count > 100_000_000
    assert size_of(anatomy.get_state(["_anatomy", "_numbers"])) < 100_000
    for key in ("0", "1", "2", "0"):
        anatomy.selected = key
        for tensor, window in (("", ()), ("weight", (0, 64, 0, 64)), ("weight", (5, 400, 0, 500))):
            anatomy.tensor, anatomy.window = tensor, window
            anatomy.wait(PATIENCE)
        assert size_of(opened(anatomy)[key]) < 1_500_000
    assert anatomy._trouble == ""
    assert size_of({name: each for name, each in anatomy.get_state().items() if name != "_esm"}) < 3_000_000
