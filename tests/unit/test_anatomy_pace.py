"""How rare the measurements of a training are that is followed, and what is known of its single steps."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nnwidgets.widgets._anatomy_pace import RHYTHM, SAMPLED, SHARE, SOON, Pace, StepChange
from tests.unit.anatomy_widgets import stopped

clock = stopped()


def test_a_measurement_is_due_by_what_one_costs_also_where_one_was_held_up(clock):
    pace = Pace(clock)
    pace.begin()
    assert pace.is_due()
    # One that is held up changes nothing; where they take longer from then on, the second one does.
    for cost, pause in (
        (0.0, RHYTHM),
        (0.001, RHYTHM),
        (0.5, RHYTHM),
        (0.001, RHYTHM),
        (0.5, RHYTHM),
        (0.3, 0.3 / SHARE),
    ):
        with pace.measuring():
            clock.now += cost
        clock.now += 0.99 * pause
        assert not pace.is_due()
        clock.now += 0.011 * pause
        assert pace.is_due()
    with pace.measuring():
        clock.now += 1
    pace.hurry()
    assert pace.is_due()
    assert pace.share == pytest.approx(2.302 / (clock.now - 100))


def test_what_is_done_for_a_measurement_counts_and_the_first_comes_soon(clock):
    pace = Pace(clock)
    pace.begin()
    with pace.noting():
        clock.now += 0.1
    with pace.measuring():
        clock.now += 0.2
    assert pace.cost == pytest.approx(0.3)
    clock.now += 1
    pace.begin()
    assert not pace.is_due()
    assert 0.3 / SHARE > SOON
    clock.now += SOON - 0.01
    assert not pace.is_due()
    clock.now += 0.02
    assert pace.is_due()
    assert pace.share == 0
    with pace.measuring():
        clock.now += 0.03
    clock.now += 1
    pace.begin()
    clock.now += 0.03 / SHARE - 0.01
    assert not pace.is_due()
    clock.now += 0.02
    assert pace.is_due()


def test_a_measurement_within_another_is_counted_once(clock):
    pace = Pace(clock)
    pace.begin()

    def measure():
        with pace.measuring():
            clock.now += 1
            with pace.measuring():
                clock.now += 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        measure()
    clock.now += 2
    assert pace.share == 0.5
    clock.now += 2 / SHARE - 2.01
    assert not pace.is_due()
    clock.now += 0.02
    assert pace.is_due()


def test_the_change_of_a_large_tensor_is_estimated_by_few_entries_of_all_its_columns():
    model = nn.Linear(512, 4096, bias=False)
    changes = StepChange()
    changes.remember(model, 4)
    assert not changes.is_ready(4)
    assert not changes.is_ready(6)
    assert changes.is_ready(5)
    entries = changes._entries["weight"]
    assert 0.9 * SAMPLED < entries.numel() <= SAMPLED
    with torch.no_grad():
        model.weight += torch.randn(4096, 512, generator=torch.Generator().manual_seed(1)) * torch.linspace(0, 2, 512)
    changes.compare(model, 6)
    assert changes.changes == {}
    changes.compare(model, 5)
    assert changes.changes["weight"] == pytest.approx((4 / 3) ** 0.5, rel=0.1)
    assert entries.untyped_storage().nbytes() <= 4 * SAMPLED
