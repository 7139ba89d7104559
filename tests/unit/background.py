"""What tests of explorers with a thread of their own do alike."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nnwidgets.widgets._explorer import Explorer
from tests.unit.plain import PATIENCE, flat


def messages():
    """A fixture of what explorers send to their views."""

    @pytest.fixture
    def sent(monkeypatch):
        found = []
        monkeypatch.setattr(Explorer, "send", lambda _, content, buffers=None: found.append(content))
        return found

    return sent


def read(trait, name, *shape, kind="<f8"):
    """An array of a trait."""
    return np.frombuffer(trait[name], kind).reshape(shape)


def until(explorer, name, holds):
    """Wait for a trait to be so."""
    event = threading.Event()

    def look(_=None):
        if holds(getattr(explorer, name)):
            event.set()

    explorer.observe(look, name)
    look()
    assert event.wait(PATIENCE), (name, getattr(explorer, name))
    explorer.unobserve(look, name)


def tell(explorer, kind):
    """Say something as a view does."""
    explorer._handle_custom_msg({"type": kind}, [])


def refused_in_a_callback(trainer, *verbs):
    """Call them at the end of an epoch: each is refused, since it would wait for the training itself."""
    said = []

    def at_the_end(_):
        for verb in verbs:
            with pytest.raises(RuntimeError, match="callback of the training"):
                verb()
            said.append(verb)

    trainer.on_epoch_end(at_the_end)
    trainer.train(epochs=1)
    trainer.wait(PATIENCE)
    return said == list(verbs)


def train_on(explorer, seen, alone):
    """Train two trainers, one of which is looked at: they end with the same bits."""
    for each in (seen, alone):
        each.train(epochs=4)
        each.wait(PATIENCE)
    explorer.wait(PATIENCE)
    np.testing.assert_array_equal(flat(seen.model.parameters()), flat(alone.model.parameters()))
    np.testing.assert_array_equal(seen.history.steps, alone.history.steps)
    np.testing.assert_array_equal(seen.history.epochs, alone.history.epochs)


NO_KIND = [None, 7, [], {}, {"type": None}, {"type": "close"}, {"type": "measure"}, {"type": ["train", "next_pass"]}]
"""Messages that mean nothing to any explorer."""


def hears(explorer, content):
    """Say what means nothing, and let it do what it would: whether anything has changed."""
    explorer.wait(PATIENCE)
    before = explorer.get_state()
    explorer._handle_custom_msg(content, [])
    explorer.wait(PATIENCE)
    return explorer.get_state() != before
