"""What a run leaves behind: rows that thin out without losing their extremes, pinned runs, checkpoints in a budget."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnwidgets.training.checkpoints import CheckpointStore
from nnwidgets.training.history import History
from nnwidgets.training.rows import Table, joined, joined_pairs
from nnwidgets.training.tables import EPOCH_COLUMNS, STEP_COLUMNS
from tests.unit.plain import make_experiment

NOTHING = (None, None)


def recorded(losses, max_steps=100_000, steps_per_epoch=None):
    history = History(max_steps)
    for step, loss in enumerate(losses):
        history.add_steps(step, [loss], [loss / 2])
        if steps_per_epoch and (step + 1) % steps_per_epoch == 0:
            history.add_epoch((step + 1) // steps_per_epoch, step + 1, loss, loss / 2, *NOTHING)
    return history


# --- rows


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=200))
def test_a_table_holds_what_was_put_in(batches):
    table = Table(1)
    for batch in batches:
        table.extend(np.array(batch, dtype=float).reshape(-1, 1))
    assert table.rows.ravel().tolist() == [value for batch in batches for value in batch]


def test_rows_once_read_do_not_change_when_others_come():
    table = Table(1)
    table.extend(np.arange(200.0).reshape(-1, 1))
    rows = table.rows
    before = rows.copy()
    table.cut(50)
    table.extend(np.full((300, 1), -1.0))
    table.replace(np.zeros((5, 1)))
    assert np.array_equal(rows, before)
    assert len(table) == 5


def test_a_table_that_is_thinned_keeps_its_room_and_what_was_read():
    table = Table(1)
    table.extend(np.arange(400.0).reshape(-1, 1))
    rows, size = table.rows, table.nbytes
    table.thin(rows[1::2])
    assert table.rows.ravel().tolist() == list(range(1, 400, 2))
    assert 400 * 8 <= table.nbytes <= size
    size = table.nbytes
    table.extend(np.zeros((200, 1)))
    assert table.nbytes == size
    assert rows.ravel().tolist() == list(range(400))


def test_a_history_that_is_full_takes_no_more_and_no_less_memory_from_then_on():
    history = History(max_steps=20_000, max_epochs=3_000)
    sizes = []
    for epoch in range(1, 9_000):
        history.add_steps(10 * epoch - 10, np.ones(10), np.ones(10))
        history.add_epoch(epoch, 10 * epoch, 1.0, 1.0, None, None)
        sizes.append(history.nbytes)
    full = sizes[4_000:]
    assert max(full) <= 1.05 * min(full)
    assert full[0] >= 8 * (8 * 20_000 + 6 * 3_000)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=70), st.integers(1, 9))
def test_joined_rows_keep_mean_least_greatest_and_last_step(losses, bins):
    rows = recorded(losses)._steps.rows
    few = joined(rows, bins)
    assert len(few) <= bins
    assert few[-1, 0] == len(losses)
    assert few[:, 7].sum() == len(losses)
    assert (few[:, 1] * few[:, 7]).sum() == pytest.approx(sum(losses))
    assert few[:, 2].min() == min(losses)
    assert few[:, 3].max() == max(losses)
    start = 0
    for row in few:
        part = losses[start : int(row[0])]
        assert (row[2], row[3]) == (min(part), max(part))
        assert row[1] == pytest.approx(sum(part) / len(part))
        assert row[4] == pytest.approx(row[1] / 2)
        start = int(row[0])


def test_an_odd_last_row_stays_alone():
    rows = recorded([1.0, 2.0, 5.0])._steps.rows
    assert joined_pairs(rows)[:, :4].tolist() == [[2, 1.5, 1, 2], [3, 5, 5, 5]]


# --- a history


def test_steps_and_epochs_are_there_as_recorded():
    history = recorded([4.0, 2.0, 1.0], steps_per_epoch=3)
    assert history.steps.tolist() == [[1, 4, 4, 4, 2, 2, 2], [2, 2, 2, 2, 1, 1, 1], [3, 1, 1, 1, 0.5, 0.5, 0.5]]
    assert history.steps.shape[1] == len(STEP_COLUMNS)
    assert history.epochs.shape == (1, len(EPOCH_COLUMNS))
    assert (history.last_step, history.last_epoch) == (3, 1)
    assert np.isnan(history.test_loss).all()
    assert np.isnan(history.test_accuracy).all()
    assert repr(history) == "<History: 1 epochs, 3 steps, 0 pinned>"


def test_what_is_read_is_a_copy():
    history = recorded([1.0, 2.0], steps_per_epoch=1)
    for name in ("steps", "epochs", "loss", "accuracy", "test_loss", "test_accuracy"):
        getattr(history, name)[...] = -1.0
    assert history.steps[0, 1] == history.loss[0] == 1.0


def test_a_long_run_is_thinned_and_loses_no_extreme():
    losses = [float(i % 17) for i in range(1000)]
    losses[500] = 1e6
    history = recorded(losses, max_steps=100)
    assert len(history.steps) <= 100
    assert history.last_step == 1000
    assert history.steps[:, 3].max() == 1e6
    assert history.steps[:, 2].min() == 0.0


def test_a_branch_drops_what_came_after_and_pins_the_run_as_it_was():
    history = recorded(range(1, 13), steps_per_epoch=4)
    whole = history.steps, history.epochs
    revision = history.revision
    history.branch(6)
    assert history.last_step == 6
    assert history.last_epoch == 1
    assert history.revision > revision
    (pinned,) = history.pinned
    assert pinned.name == "run 1"
    assert np.array_equal(pinned.steps, whole[0])
    assert np.array_equal(pinned.epochs, whole[1], equal_nan=True)
    history.branch(6)
    assert len(history.pinned) == 1


def test_epochs_and_steps_find_each_other():
    history = recorded(range(1, 13), steps_per_epoch=4)
    assert [history.epoch_step(epoch) for epoch in range(4)] == [0, 4, 8, 12]
    assert [history.epoch_at(step) for step in (0, 3, 4, 11, 12)] == [0, 0, 1, 2, 3]


def long_history(batches):
    """Epochs of so many steps each, in a history that holds few of their rows."""
    history, ends = History(max_epochs=50), np.cumsum(batches)
    history.add_steps(0, np.zeros(ends[-1]), np.zeros(ends[-1]))
    for first in range(0, len(batches), 7):
        rows = np.full((len(batches[first : first + 7]), 6), 0.5)
        rows[:, 0] = np.arange(first, first + len(rows)) + 1
        rows[:, 1] = ends[first : first + 7]
        history.add_epochs(rows)
    return history, [0, *ends.tolist()]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 300)), min_size=1, max_size=6))
def test_of_a_very_long_run_fewer_epochs_are_kept_and_all_their_ends_known(stretches):
    history, ends = long_history([batches for batches, epochs in stretches for _ in range(epochs)])
    assert history.epochs[0, 0] == 1
    assert len(history.epochs) <= 50 + 2 * len(stretches)
    assert [history.epoch_step(epoch) for epoch in range(len(ends))] == ends
    assert [history.epoch_at(end) for end in ends] == list(range(len(ends)))
    assert history.last_epoch == len(ends) - 1
    for epoch in (len(ends) // 2, len(ends) // 3):
        history.branch(ends[epoch])
        assert (history.last_epoch, history.epoch_step(epoch)) == (epoch, ends[epoch])


def test_new_rows_are_those_after_what_was_seen():
    history = recorded(range(1, 13), steps_per_epoch=4)
    assert history.steps_since(10, 5)[:, 0].tolist() == [11, 12]
    assert len(history.steps_since(0, 5)) <= 5
    assert history.steps_since(12, 5).shape == (0, 7)
    assert history.epochs_since(1, 5)[:, 0].tolist() == [2, 3]
    assert history.epochs_since(0, 2)[:, 0].tolist() == [1, 3]
    assert history.epochs_since(3, 2).shape == (0, 6)


def test_of_many_epochs_some_are_shown_and_always_the_first_and_the_last():
    history = recorded(range(1, 4001), steps_per_epoch=4)
    for bins in (2, 3, 7, 512):
        epochs = history.epochs_since(0, bins)[:, 0]
        assert len(epochs) <= bins
        assert (epochs[0], epochs[-1]) == (1, 1000)
        assert (np.diff(epochs) > 0).all()
    assert history.epochs_since(0, 1)[:, 0].tolist() == [1000]


def test_a_history_survives_a_file():
    history = recorded(range(1, 13), steps_per_epoch=4)
    history.branch(9)
    loaded = History()
    loaded.load_dict(history.as_dict())
    assert np.array_equal(loaded.steps, history.steps)
    assert np.array_equal(loaded.epochs, history.epochs, equal_nan=True)
    assert np.array_equal(loaded.pinned[0].steps, history.pinned[0].steps)
    loaded.add_steps(9, [0.5], [0.5])
    assert loaded.last_step == 10


def test_tables_for_pandas():
    history = recorded([4.0, 2.0, 1.0], steps_per_epoch=3)
    epochs, steps = history.to_pandas(), history.to_pandas(per="step")
    assert list(epochs.index) == [1]
    assert epochs["step"].dtype == steps.index.dtype == np.int64
    assert epochs.loc[1, "running_loss"] == 1.0
    assert pd.isna(epochs.loc[1, "test_loss"])
    assert steps["loss"].tolist() == [4.0, 2.0, 1.0]


def test_a_table_of_something_else_is_refused():
    with pytest.raises(ValueError, match=r'"epoch" or "step"; got \'batch\''):
        History().to_pandas(per="batch")


def test_pandas_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        History().to_pandas()


# --- checkpoints


def checkpoints(n, budget=None, every=10):
    experiment = make_experiment()
    size = experiment.capture(0).nbytes
    store = CheckpointStore(10**9 if budget is None else int(budget * size))
    for index in range(n):
        experiment.position = type(experiment.position)(step=every * index)
        store.add(experiment.capture(0))
    return store


def steps_of(store):
    return [item.position.step for item in store.items]


def test_the_newest_checkpoint_at_or_before_a_step_is_found():
    store = checkpoints(4)
    assert [store.before(step, 0).position.step for step in (0, 9, 10, 29, 30, 99)] == [0, 0, 10, 20, 30, 30]


@pytest.mark.parametrize("budget", [0, 2, 5.5, 40])
def test_a_budget_is_kept_with_the_first_the_last_and_a_spread(budget):
    store = checkpoints(200, budget)
    steps = steps_of(store)
    assert steps[0] == 0
    assert steps[-1] == 1990
    assert steps == sorted(steps)
    assert store.nbytes == sum(item.nbytes for item in store.items)
    assert len(store.items) == 2 or store.nbytes <= store.budget
    if budget == 40:
        assert len(steps) >= 20
        assert max(np.diff(steps)) <= 1990 / 40 * 4


def test_of_small_ones_there_are_no_more_than_a_number_and_a_rerun_leaves_none_beyond(monkeypatch):
    monkeypatch.setattr("nnwidgets.training.checkpoints.MOST", 40)
    store = checkpoints(200)
    assert 20 <= len(store.items) <= 40
    assert (steps_of(store)[0], steps_of(store)[-1]) == (0, 1990)
    assert max(np.diff(steps_of(store))) <= 1990 / 40 * 4
    experiment = make_experiment()
    for step in range(1, 99, 2):
        experiment.position = type(experiment.position)(step=step)
        store.insert(experiment.capture(0))
        assert len(store.items) + len(store.repeated) <= 40
    assert store.repeated


def test_one_place_in_the_run_has_one_checkpoint_but_the_first_is_kept():
    experiment = make_experiment()
    store = CheckpointStore()
    store.replace([experiment.capture(0)])
    store.add(experiment.capture(1))
    store.add(experiment.capture(2))
    assert [item.journal_length for item in store.items] == [0, 2]
    assert [store.before(0, changes).journal_length for changes in (0, 1, 2, 9)] == [0, 0, 2, 2]
    assert store.nbytes == sum(item.nbytes for item in store.items)


def test_a_cut_forgets_what_is_after():
    store = checkpoints(5)
    store.cut(20, 0)
    assert steps_of(store) == [0, 10, 20]
    assert store.nbytes == sum(item.nbytes for item in store.items)
    store.cut(-1, 0)
    assert steps_of(store) == [0]


def test_what_a_rerun_leaves_takes_nothing_away_from_the_run():
    store = checkpoints(20, budget=24.5)
    own = list(store.items)
    experiment = make_experiment()

    def leave(step):
        experiment.position = type(experiment.position)(step=step)
        store.insert(experiment.capture(0))
        assert store.items == own
        assert store.nbytes == sum(item.nbytes for item in (*store.items, *store.repeated)) <= store.budget

    for step in (5, 3, 10, 3, 4, 17, 6, 200):
        leave(step)
    assert [item.position.step for item in store.repeated] == [6, 200]  # what came before made room
    assert [store.before(step, 0).position.step for step in (4, 6, 9, 10, 500)] == [0, 6, 6, 10, 200]
    for step in (300, 310, 320):
        experiment.position = type(experiment.position)(step=step)
        store.add(experiment.capture(0))
    assert len(store.items) == len(own) + 3
    assert [item.position.step for item in store.repeated] == []
    leave_nothing = CheckpointStore(0)
    leave_nothing.replace(own[:1])
    leave_nothing.insert(own[3])
    assert leave_nothing.before(10**9, 0) is own[0]


def test_a_cut_forgets_what_reruns_left_after_it():
    store = checkpoints(3)
    experiment = make_experiment()
    for step in (5, 15):
        experiment.position = type(experiment.position)(step=step)
        store.insert(experiment.capture(0))
    store.cut(10, 0)
    assert store.before(99, 0).position.step == 10
    assert [item.position.step for item in store.repeated] == [5]
