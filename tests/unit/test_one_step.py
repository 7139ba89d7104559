"""One step in slow motion as a message: of where the run stands, or of the epoch that is looked at."""

from __future__ import annotations

import numpy as np

from nnwidgets.widgets._messages import TraceMessage
from tests.unit.plain import flat, small_data
from tests.unit.test_frames import flush, sent, unpacked  # noqa: F401 (a fixture)

ASK = {"type": "trace"}


def told(trainer, sent):  # noqa: F811
    """What is answered now: the message, and its parts."""
    del sent[:]
    trainer._handle_custom_msg(ASK, [])
    flush(trainer)
    ((message, buffers),) = [(content, buffers) for content, buffers in sent if content["type"] == "trace"]
    assert message.keys() == TraceMessage.__required_keys__
    return message, unpacked(message, buffers[0])


def test_it_is_the_one_that_comes_next(make, sent):  # noqa: F811
    trainer = make(small_data(n_samples=40), hidden_layers=(3, 2), learning_rate=0.3)
    trainer.step(11)
    message, parts = told(trainer, sent)
    assert (message["epoch"], message["step"], message["samples"]) == (1, 11, 5)
    assert np.array_equal(parts["before"], flat(trainer.model.parameters()))
    trainer.step(1)
    assert np.array_equal(parts["after"], flat(trainer.model.parameters()))


def test_of_an_epoch_that_is_looked_at_it_is_the_one_that_followed(make, sent):  # noqa: F811
    trainer = make(small_data(n_samples=40), hidden_layers=(3,), learning_rate=0.3)
    trainer.step(2, unit="epoch")
    then = flat(trainer.model.parameters())
    trainer.step(1)
    after = flat(trainer.model.parameters())
    trainer.step(3, unit="epoch")
    now = flat(trainer.model.parameters())
    trainer.preview(2)
    message, parts = told(trainer, sent)
    assert (message["epoch"], message["step"]) == (2, 16)
    assert message["network_version"] == trainer._network["version"]
    assert np.array_equal(parts["before"], then)
    assert np.array_equal(parts["after"], after)
    assert np.array_equal(flat(trainer.model.parameters()), now)
    trainer.preview(None)
    assert told(trainer, sent)[0]["step"] == trainer.step_count


def test_of_a_time_with_another_network_it_is_that_network(make, sent):  # noqa: F811
    trainer = make(small_data(n_samples=40), hidden_layers=(3,), dropout=0.5)
    trainer.step(1, unit="epoch")
    trainer.hidden_layers, trainer.dropout = (2, 2), 0.0
    trainer.step(1, unit="epoch")
    assert told(trainer, sent)[0]["drops"] is False
    trainer.preview(1)
    message, parts = told(trainer, sent)
    assert message["drops"] is True
    assert parts["before"].size == 3 * 2 + 3 + 3 + 1
    assert message["network_version"] == trainer._past["network"]["version"] < 0
