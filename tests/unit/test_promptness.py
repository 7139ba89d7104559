"""The switch interval is short only while a command waits."""

from __future__ import annotations

import sys

import pytest

from nnwidgets.training import commands as c
from nnwidgets.training.promptness import PROMPT_INTERVAL, PROMPTNESS
from tests.unit.plain import PATIENCE


@pytest.fixture
def usual():
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.004)
    yield pytest.approx(0.004)
    sys.setswitchinterval(before)


def test_nested_waits_end_with_the_usual_interval(usual):
    PROMPTNESS.begin()
    PROMPTNESS.begin()
    PROMPTNESS.end()
    assert sys.getswitchinterval() == pytest.approx(PROMPT_INTERVAL)
    PROMPTNESS.end()
    assert sys.getswitchinterval() == usual


def test_a_stretch_without_need_has_the_usual_interval(usual):
    with PROMPTNESS:
        with PROMPTNESS.off():
            assert sys.getswitchinterval() == usual
        assert sys.getswitchinterval() == pytest.approx(PROMPT_INTERVAL)
    assert sys.getswitchinterval() == usual


def test_an_interval_that_is_shorter_already_stays(usual):
    sys.setswitchinterval(0.0001)
    with PROMPTNESS:
        assert sys.getswitchinterval() == pytest.approx(0.0001)


def test_the_usual_interval_does_not_shrink_by_and_by(usual):
    for _ in range(1000):
        with PROMPTNESS:
            pass
    assert sys.getswitchinterval() == usual


def test_a_command_is_carried_out_promptly_and_the_next_cell_finds_the_usual_interval(make, usual):
    trainer = make()
    seen = []
    trainer._tell(c.Do(lambda: seen.append(sys.getswitchinterval())))
    with pytest.raises(ValueError, match="no parameter"):
        trainer.edit("7.weight", 1.0)
    trainer.train(epochs=1)
    trainer.wait(PATIENCE)
    trainer.close()
    assert seen == [pytest.approx(PROMPT_INTERVAL)]
    assert sys.getswitchinterval() == usual
