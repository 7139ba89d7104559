"""What all widgets of a process may use together: what can be asked for, who keeps to it, and who says so."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
import weakref
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import nnwidgets
from nnwidgets import InitializationExplorer, _limits
from nnwidgets._limits import LEAST_MEMORY, UNITS, VARIABLES, Limits, LimitWarning, State, limits
from nnwidgets.training import commands as c
from nnwidgets.training import sweep as sweeps
from nnwidgets.training.checkpoints import Checkpoint, CheckpointStore
from nnwidgets.training.ensemble import Ensemble
from nnwidgets.training.history import FEWEST_ROWS, History
from nnwidgets.training.settings import NetworkSpec, Position, Settings
from nnwidgets.training.threads import in_threads
from nnwidgets.widgets import _backprop_bench, _diagnosing
from nnwidgets.widgets._anatomy_pace import Pace
from tests.unit.plain import PATIENCE, small_data
from tests.unit.scripts import printed
from tests.unit.test_channel import World

NONE = Limits()


@pytest.fixture(autouse=True)
def unlimited():
    """The limits are the process's: what other tests do must not depend on these."""
    yield
    _limits.limits("unlimited", "unlimited", "unlimited")
    assert limits() == NONE


# -- what can be asked for --------------------------------------------------------------------------------------------


def test_that_nothing_is_limited_at_first_and_that_a_limit_left_out_stays():
    assert limits() == NONE
    assert limits(threads=1) == Limits(threads=1)
    assert limits(frames_per_second=10) == Limits(1, 10.0)
    assert nnwidgets.limits(memory="200 MB") == Limits(1, 10.0, 200_000_000)
    assert limits(threads="unlimited") == Limits(None, 10.0, 200_000_000)
    assert limits() == Limits(None, 10.0, 200_000_000)


def test_that_what_holds_is_shown_as_it_can_be_given_and_cannot_be_changed_by_hand():
    held = limits(2, 7.5, "1 GiB")
    assert repr(held) == "Limits(threads=2, frames_per_second=7.5, memory='1 GiB')"
    assert repr(Limits(memory=1_234_567)) == "Limits(threads=None, frames_per_second=None, memory='1234567 B')"
    with pytest.raises(FrozenInstanceError):
        held.threads = 3  # type: ignore[misc]


@given(st.integers(LEAST_MEMORY, 10**15))
def test_that_bytes_are_shown_as_a_text_that_means_exactly_as_many(number):
    text = _limits._said_bytes(number)
    assert _limits._memory("memory", text) == number == _limits._memory("memory", number)


@given(st.integers(1, 10**6), st.sampled_from(sorted(UNITS)), st.sampled_from(["", " ", "  "]), st.booleans())
def test_units_of_memory(number, unit, space, lower):
    expected = number * UNITS[unit]
    text = f"{number}{space}{unit.lower() if lower else unit}"
    if expected < LEAST_MEMORY:
        with pytest.raises(ValueError, match="at least 1 MB"):
            limits(memory=text)
    else:
        assert limits(memory=text).memory == expected


def test_that_mb_is_a_million_and_mib_is_not():
    assert limits(memory="1.5 MB").memory == 1_500_000
    assert limits(memory="1.5 MiB").memory == 1_572_864


@pytest.mark.parametrize(
    ("given", "error", "allowed"),
    [
        ({"threads": 0}, ValueError, "threads must be a whole number of at least 1"),
        ({"threads": -2}, ValueError, "at least 1"),
        ({"threads": 1.5}, TypeError, "whole number"),
        ({"threads": True}, TypeError, "whole number"),
        ({"threads": "two"}, TypeError, '"unlimited" lifts'),
        ({"frames_per_second": 0}, ValueError, "at least 0.5"),
        ({"frames_per_second": float("nan")}, ValueError, "finite"),
        ({"frames_per_second": "fast"}, TypeError, "a number"),
        ({"frames_per_second": False}, TypeError, "a number"),
        ({"memory": "much"}, ValueError, '"200 MB"'),
        ({"memory": "200 Mb/s"}, ValueError, '"200 MB"'),
        ({"memory": "-200 MB"}, ValueError, '"200 MB"'),
        ({"memory": 1000}, ValueError, "at least 1 MB; got 1000"),
        ({"memory": "9" * 400 + ".0 GB"}, ValueError, "one of 402 digits"),
        ({"memory": -5}, ValueError, "at least 1 MB"),
        ({"memory": 2e8}, TypeError, "a whole number of bytes"),
        ({"memory": True}, TypeError, "a whole number of bytes"),
    ],
)
def test_that_what_is_refused_says_what_is_allowed_and_changes_nothing(given, error, allowed):
    before = limits(3, 20, "50 MB")
    with pytest.raises(error, match=allowed):
        limits(**({"threads": 2, "frames_per_second": 5, "memory": "10 MB"} | given))
    assert limits() is before


# -- the administrator's ----------------------------------------------------------------------------------------------


def test_that_variables_are_ceilings_that_a_call_can_go_below_but_not_above():
    state = State({"NNWIDGETS_THREADS": "2", "NNWIDGETS_FRAMES_PER_SECOND": "12.5", "NNWIDGETS_MEMORY": "200 MB"})
    ceilings = Limits(2, 12.5, 200_000_000)
    assert state.now == Limits(2, 12.5, 200_000_000, ceilings)
    assert "ceilings=Limits(threads=2, frames_per_second=12.5, memory='200 MB')" in repr(state.now)
    assert state.change({"threads": 1}).threads == 1
    with pytest.warns(LimitWarning, match="threads is limited to 2: the environment variable NNWIDGETS_THREADS"):
        assert state.change({"threads": 8}).threads == 2
    with pytest.warns(LimitWarning, match="memory is limited to 200 MB"):
        assert state.change({"memory": float("inf")}).memory == 200_000_000
    assert state.now.ceilings == ceilings


def test_that_what_no_variable_limits_can_be_lifted():
    state = State({"NNWIDGETS_THREADS": "2"})
    state.change({"memory": 10**7})
    assert state.change({"memory": float("inf")}) == Limits(2, ceilings=Limits(2))


@pytest.mark.parametrize("text", ["", "  ", "unlimited", "Unlimited"])
def test_that_a_variable_can_say_that_there_is_no_limit(text):
    assert State(dict.fromkeys(VARIABLES.values(), text)).now == NONE


@settings(max_examples=60)
@given(st.text(max_size=12), st.sampled_from(sorted(VARIABLES.items())))
def test_that_any_text_in_a_variable_is_a_limit_or_is_told_of_once(text, named):
    name, variable = named
    state = State({variable: text})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        first, second = state.now, state.now
    assert first is second
    if getattr(first, name) is None and text.strip() and text.strip().lower() != "unlimited":
        (warning,) = caught
        assert issubclass(warning.category, LimitWarning)
        assert variable in str(warning.message)
        assert "it must be" in str(warning.message)
        assert _limits._EXAMPLES[name] in str(warning.message)
    else:
        assert not caught


def test_that_variables_are_read_late_and_without_pytorch():
    program = (
        "import nnwidgets, sys\n"
        "assert 'nnwidgets._limits' not in sys.modules\n"
        "print(nnwidgets.limits())\n"
        "assert 'torch' not in sys.modules"
    )
    environment = {"NNWIDGETS_MEMORY": "plenty", "NNWIDGETS_THREADS": "1", "PYTHONPATH": "."}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Limits(threads=1, frames_per_second=None, memory=None, ceilings=")
    assert done.stderr.count("NNWIDGETS_MEMORY is 'plenty'") == 1


def test_that_a_malformed_variable_breaks_no_widget(make, monkeypatch):
    monkeypatch.setattr(_limits.STATE, "_environment", {"NNWIDGETS_MEMORY": "plenty"})
    monkeypatch.setattr(_limits.STATE, "_now", None)
    with pytest.warns(LimitWarning, match="NNWIDGETS_MEMORY is 'plenty'") as caught:
        assert [make().config()["threads"] for _ in range(2)] == [1, 1]
    assert len(caught) == 1


# -- threads ----------------------------------------------------------------------------------------------------------


class Witness(torch.nn.Linear):
    """A network that notes in how many threads it runs."""

    def __init__(self):
        super().__init__(2, 1)
        self.seen = []

    def forward(self, x):
        self.seen.append(torch.get_num_threads())
        return super().forward(x)


def settled(trainer):
    """The commands given so far are carried out."""
    trainer._loop.call(c.Do(lambda: None))
    return trainer


def test_that_a_new_trainer_gets_what_there_is_and_says_so(make):
    limits(threads=2)
    with pytest.warns(LimitWarning, match=r"threads is 2, not 4: nnwidgets\.limits\(\) allows no more") as caught:
        trainer = make(threads=4)
    assert caught[0].filename == __file__.replace("test_limits", "conftest")  # where the trainer is made
    assert trainer.config()["threads"] == 2
    assert "torch.set_num_threads(2)" in trainer.to_code()
    assert trainer._message["title"] == "2 threads instead of 4:"
    assert make(threads=2)._message is None


def test_that_a_run_gets_fewer_threads_at_its_next_step_and_writes_it_down(make):
    network = Witness()
    trainer = make(model=network, loss_fn="bce_with_logits", threads=3)
    seen = trainer._loop.experiment.train_model.seen
    seen.clear()
    trainer.step(2, "epoch")
    step = trainer.step_count
    assert set(seen) == {3}
    limits(threads=1)
    settled(trainer)
    assert trainer._message["title"] == "1 thread instead of 3:"
    assert trainer.config()["threads"] == 1
    assert not trainer._loop.journal  # nothing was computed otherwise yet
    seen.clear()
    trainer.step()
    assert set(seen) == {1}
    assert [(entry.step, entry.change) for entry in trainer._loop.journal] == [(step, c.SetThreads(1))]
    limits(threads="unlimited")
    settled(trainer).step()
    assert trainer.config()["threads"] == 1  # what a run is made with never changes by itself
    assert trainer._message["title"] == "1 thread instead of 3:"


def test_that_what_is_said_of_threads_is_so(make):
    limits(threads=1)
    with pytest.warns(LimitWarning):
        trainer = make(threads=2, engine="fused")
    assert trainer._message["text"] == "nnwidgets.limits() allows no more."  # compiled steps are made in one anyway
    trainer.step()
    limits(threads="unlimited")
    settled(trainer)
    assert "allowed no more, and a run keeps what it has. Reset begins one with 2" in trainer._message["text"]
    trainer.reset()
    assert (trainer._message, trainer.config()["threads"]) == (None, 2)
    trainer = make(threads=2, engine="eager")
    limits(threads=1)
    assert "last digits" in settled(trainer)._message["text"]


def test_that_what_is_said_of_threads_hides_no_finding(make):
    limits(threads=1)
    with pytest.warns(LimitWarning):
        trainer = make(threads=2, initialiser="zeros")
    assert trainer.diagnosis
    assert trainer._message is None
    trainer.initialiser = make().initialiser
    trainer.reset()
    assert not trainer.diagnosis
    assert trainer._message["title"] == "1 thread instead of 2:"


def test_that_a_compiled_run_under_way_hears_of_it(make):
    trainer = make(threads=2, engine="fused")
    trainer.train()
    threads = lambda: trainer._loop.call(c.Do(torch.get_num_threads))  # noqa: E731
    assert threads() == 2
    limits(threads=1)
    assert threads() == 1
    assert trainer.status == "running"


def test_that_a_lesson_takes_no_room_from_others_and_keeps_the_threads_that_were_asked_for(make, monkeypatch):
    monkeypatch.setattr(_limits.STATE, "_holders", weakref.WeakSet())  # without trainers that other tests have left
    limits(threads=1, memory="1 MB")
    with pytest.warns(LimitWarning):
        lesson = make(threads=2)
    other = make(optimizer="adam", hidden_layers=(8, 8))
    other.step(300, "epoch")
    kept = len(other._loop.checkpoints.items)
    lesson._handle_custom_msg({"type": "preset", "name": "xor"}, [])
    settled(lesson)
    settled(other)
    assert lesson.dataset.name == "xor"
    assert len(other._loop.checkpoints.items) == kept > 4
    assert lesson._loop.asked_threads == 2


def test_that_what_undo_keeps_has_its_share(make):
    limits(memory="1 MB")
    trainer = make()
    for stroke in range(30):
        points = np.random.default_rng(stroke).uniform(-1, 1, (400, 2)).tolist()
        trainer._handle_custom_msg(
            {"type": "paint", "stroke": stroke, "label": 0, "points": points, "axes": [0, 1], "clear": False}, []
        )
    settled(trainer)
    assert trainer._board.can_undo
    assert sum(data.nbytes for data in trainer._board._before[1:]) <= 10**6


def test_that_a_limit_which_was_lifted_before_a_step_has_changed_nothing(make):
    trainer = make(threads=3)
    limits(threads=1)
    limits(threads="unlimited")
    settled(trainer).step()
    assert trainer.config()["threads"] == 3
    assert not trainer._loop.journal
    assert trainer._message is None


def test_that_the_script_of_such_a_run_ends_with_its_weights(make):
    trainer = make(threads=2, hidden_layers=(3,))
    trainer.step(7)
    limits(threads=1)
    settled(trainer).step(6)
    code = trainer.to_code()
    start, change = code.index("torch.set_num_threads(2)"), code.index("torch.set_num_threads(1)")
    assert start < code.index("train(7)") < change < code.index("train(6)")
    before = torch.get_num_threads()
    try:
        shown = printed(code + "\nprint([p.tolist() for p in model.parameters()])").splitlines()[-1]
    finally:
        torch.set_num_threads(before)
    assert shown == str([p.tolist() for p in trainer.model.parameters()])


def test_that_a_limit_before_the_first_step_belongs_to_the_beginning(make):
    trainer = make(threads=2)
    limits(threads=1)
    assert "torch.set_num_threads(1)" in settled(trainer).to_code()
    trainer.step(3)
    code = trainer.to_code()
    assert "torch.set_num_threads(1)" in code
    assert "torch.set_num_threads(2)" not in code


def test_that_a_rewound_run_goes_on_within_the_limit_and_a_file_knows_the_change(make, tmp_path):
    trainer = make(threads=2)
    trainer.step(2, "epoch")
    limits(threads=1)
    settled(trainer).step(1, "epoch")
    trainer.rewind(1)
    assert trainer.history.last_epoch == 3  # looking back alone drops nothing
    trainer.step()
    assert [(entry.step, entry.change) for entry in trainer._loop.journal] == [
        (trainer.step_count - 1, c.SetThreads(1))
    ]
    trainer.save(tmp_path / "run")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = type(trainer).load(tmp_path / "run")
    assert again.config()["threads"] == 1
    assert again.to_code() == trainer.to_code()
    again.close()


def test_that_a_file_of_more_threads_is_opened_with_fewer(make, tmp_path):
    trainer = make(threads=2)
    trainer.step(4)
    trainer.save(tmp_path / "run")
    limits(threads=1)
    with pytest.warns(LimitWarning, match="threads is 1, not 2"):
        again = type(trainer).load(tmp_path / "run")
    again.step()
    assert [(entry.step, entry.change) for entry in again._loop.journal] == [(4, c.SetThreads(1))]
    again.close()


def test_that_ensembles_sweeps_and_explorers_keep_to_it(monkeypatch):
    limits(threads=1)
    data = small_data()
    ensemble = Ensemble([Settings(data, NetworkSpec((2,)), seed=seed) for seed in range(3)])
    workers = []
    work = ensemble._work
    monkeypatch.setattr(ensemble, "_work", lambda target, threads: (workers.append(threads), work(target, threads)))
    ensemble.train(1, threads=8)
    ensemble.train(1)
    assert workers == [1, 1]
    with in_threads(2):
        assert torch.get_num_threads() == 1
    explorer = InitializationExplorer(n_layers=2)
    explorer.wait(PATIENCE)
    assert explorer._bench.call(lambda _: torch.get_num_threads()) == 1
    explorer.close()


# -- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "most"), [(10, 51), (2, 11), (25, 126)])
@pytest.mark.parametrize("hurried", [False, True])
def test_frames_per_second(rate, most, hurried):
    limits(frames_per_second=rate)
    world = World()
    world.look()
    world.channel.worked(0.0, hurried=hurried)
    sent = world.stream(5.0, 0.01)
    assert sent <= most
    assert sent >= 0.85 * (most - 1)


def test_that_a_limit_above_the_usual_rhythm_changes_nothing():
    world, limited = World(), World()
    world.look()
    usual = world.stream(3.0, 0.01)
    limits(frames_per_second=100)
    limited.look()
    assert limited.stream(3.0, 0.01) == usual


def test_frames_while_a_cell_keeps_acknowledgements_from_being_read():
    limits(frames_per_second=1)
    world = World()
    world.look()
    world.busy = True
    world.send()
    world.send()
    world.wait(0.9)
    assert world.channel.next_frame() > world.now
    world.wait(2.0)
    assert world.channel.next_frame() <= world.now


def test_that_what_else_streams_has_the_same_rhythm():
    now = [0.0]
    following = Pace(lambda: now[0])
    limits(frames_per_second=0.5)
    following.begin()
    with following.measuring():
        now[0] += 0.001
    assert following._due >= 2.0
    for module in (sweeps, _backprop_bench):
        assert _limits.pace(module.RHYTHM) == 2.0
    assert _limits.pace(_diagnosing.INTERVAL) == 2.0


# -- memory -----------------------------------------------------------------------------------------------------------


class Keeper:
    """One of those who keep something."""

    def __init__(self, state):
        self.told, self.state = 0, state
        state.join(self)

    def limits_changed(self):
        self.told += 1


def test_that_memory_is_shared_and_those_who_have_it_are_told():
    state = State({})
    first = Keeper(state)
    assert state.share(1 / 2, 10**7) == 10**7
    state.change({"memory": 12 * 10**6})
    assert first.told == 1
    assert state.share(1 / 2, 10**7) == 6 * 10**6
    others = [Keeper(state) for _ in range(2)]
    assert first.told == 3
    assert state.share(1 / 2, 10**7) == 2 * 10**6
    del others
    assert state.share(1 / 2, 10**7) == 6 * 10**6  # whoever is gone has no share


@settings(max_examples=60, deadline=None)
@given(
    memory=st.integers(LEAST_MEMORY, 10**7),
    sizes=st.lists(st.integers(1, 20_000), min_size=1, max_size=80),
    gaps=st.lists(st.integers(0, 50), min_size=80, max_size=80),
    lowered=st.integers(1, 10),
)
def test_that_checkpoints_keep_within_their_share_and_the_first_and_last_stay(memory, sizes, gaps, lowered):
    limits(memory=memory)
    store, step, last = CheckpointStore(), 0, None
    for size, gap in zip(sizes, gaps, strict=False):
        step += gap
        state = {"weight": torch.zeros(size)}
        data = Settings(None, None)  # type: ignore[arg-type]
        last = Checkpoint(data, Position(step=step), state, None, len(store.items))
        first = last if not store.items else store.items[0]
        store.add(last)
        assert store.items[0] is first
        assert store.items[-1] is last
        assert store.nbytes <= max(store.room, first.nbytes + last.nbytes)
    limits(memory=max(LEAST_MEMORY, memory // lowered))
    store.keep_within()
    assert store.nbytes <= max(store.room, store.items[0].nbytes + store.items[-1].nbytes)
    assert store.items[-1] is last


@settings(max_examples=20, deadline=None)
@given(memory=st.integers(LEAST_MEMORY, 4 * 10**7), counts=st.lists(st.integers(1, 9_000), min_size=1, max_size=8))
def test_that_curves_keep_within_theirs_and_their_means_stay_right(memory, counts):
    limits(memory=memory)
    history, losses = History(), []
    for count in counts:
        new = np.random.default_rng(count).random(count)
        history.add_steps(len(losses), new, new)
        losses += new.tolist()
        history.pin(f"{len(losses)}") if len(history.pinned) < 6 else None
    assert len(history.steps) <= max(FEWEST_ROWS, memory // 500)
    limits(memory="1 MB")
    history.keep_within()
    assert len(history.steps) <= FEWEST_ROWS
    assert history.nbytes <= 8 * 14 * 8 * FEWEST_ROWS * 2
    for steps in (history.steps, *(run.steps for run in history.pinned)):
        widths = np.diff(steps[:, 0], prepend=0)
        total = int(steps[-1, 0])
        assert widths.sum() == total
        assert (widths * steps[:, 1]).sum() == pytest.approx(sum(losses[:total]), rel=1e-9)
        assert steps[:, 2].min() == pytest.approx(min(losses[:total]))


def kept(trainer):
    """Bytes that a trainer keeps of its run."""
    recorder = trainer._publisher._recorder
    recorded = 0 if trainer._recorded is None else len(trainer._recorded)
    return trainer._loop.checkpoints.nbytes + trainer._loop.history.nbytes + recorder._kept + recorded


def test_that_trainers_make_room_for_each_other_and_every_epoch_can_be_gone_back_to(make):
    trainer = make(hidden_layers=(150, 150), batch_size=20)  # some 95 kB a checkpoint
    trainer.step(60, "epoch")
    epochs = {epoch: state_at(trainer, epoch) for epoch in (0, 1, 29, 59, 60)}
    assert kept(trainer) > 4_000_000
    limits(memory="4 MB")
    settled(trainer)
    assert kept(trainer) <= 4_000_000
    trainer.rewind(60)
    others = [make() for _ in range(3)]
    assert all(kept(settled(each)) <= 1_000_000 for each in (trainer, *others))
    for epoch, weights in epochs.items():
        trainer.rewind(epoch)
        assert torch.equal(torch.cat([p.flatten() for p in trainer.model.parameters()]), weights)
    assert kept(trainer) <= 1_000_000


def state_at(trainer, epoch):
    trainer.rewind(epoch)
    return torch.cat([p.detach().clone().flatten() for p in trainer.model.parameters()])


def test_that_a_closed_trainer_makes_room_too(make):
    trainer = make(hidden_layers=(150, 150), batch_size=20)
    trainer.step(30, "epoch")
    trainer.close()
    assert kept(trainer) > 2_000_000
    limits(memory="1 MB")
    assert kept(trainer) <= 1_000_000


def test_that_a_recording_has_fewer_pictures_where_there_is_less_room(make):
    trainer = make(hidden_layers=(8, 8))
    trainer.step(40, "epoch")
    usual = len(trainer._record() or b"")
    limits(memory="2 MB")
    settled(trainer)
    assert trainer._publisher._recorder._kept <= 2_000_000 / 4
    less = trainer._record()
    assert less
    assert len(less) <= 2_000_000 / 16 < usual
    assert kept(trainer) <= 2_000_000


def test_that_limits_change_while_trainers_train(make):
    trainers = [make(hidden_layers=(30, 30), threads=2) for _ in range(3)]
    for trainer in trainers:
        trainer.train()
    for number in range(20):
        limits(threads=1 + number % 2, frames_per_second=5 + number, memory=f"{1 + number} MB")
        assert all(settled(trainer).status == "running" for trainer in trainers)
    for trainer in trainers:
        trainer.pause()
        trainer.wait(PATIENCE)
        assert trainer.status == "paused"
        assert trainer.diagnosis is not None
    assert threading.active_count() < 20
