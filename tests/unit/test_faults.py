"""The diagnosis of runs whose faults are known, and of healthy ones."""

from __future__ import annotations

import pytest

from tests.unit.faults import EACH, FAULTS, JUDGED, Run, chapter, healthy

AT_LEAST = 0.95
HEALTHY = 50


def is_right(run: Run) -> bool:
    """Whether the first finding is the run's fault; a healthy run has none at any time."""
    seen = [[finding.kind for finding in findings] for _, findings in run.findings()]
    return seen[-1][:1] == [run.fault] if run.fault else not any(seen)


@pytest.fixture(scope="module")
def score():
    """How many runs of each kind were diagnosed, and how many of them rightly."""
    made = {}
    for kind in (*FAULTS, chapter, healthy):
        right = [is_right(run) for run in kind(JUDGED)]
        made[kind.__name__] = (sum(right), len(right))
        print(f"{kind.__name__:>14}: {sum(right)} of {len(right)}")
    right, runs = (sum(column) for column in zip(*made.values(), strict=True))
    print(f"{'all':>14}: {right} of {runs}, {100 * right / runs:.1f} %")
    return made


def test_at_least_95_percent_of_runs_with_a_fault_and_without_are_diagnosed_rightly(score):
    assert all(score[fault.__name__][1] == EACH for fault in FAULTS)
    right, runs = (sum(column) for column in zip(*score.values(), strict=True))
    assert right / runs >= AT_LEAST, score
    faulty = [score[fault.__name__] for fault in FAULTS]
    assert sum(right for right, _ in faulty) / sum(runs for _, runs in faulty) >= AT_LEAST, score


@pytest.mark.parametrize("fault", [fault.__name__ for fault in FAULTS])
def test_no_fault_is_overlooked_more_often_than_now_and_then(score, fault):
    right, runs = score[fault]
    assert right / runs >= 0.85, score


@pytest.mark.parametrize("kind", ["chapter", "healthy"])
def test_healthy_runs_raise_no_alarm(score, kind):
    assert score[kind] == (HEALTHY, HEALTHY)
