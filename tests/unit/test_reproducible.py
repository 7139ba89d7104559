"""Same seed, same bits: whoever looks, at any speed, whatever else happens in the process, by any detour."""

from __future__ import annotations

import threading
from contextlib import suppress

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnwidgets.networks import read_network
from nnwidgets.training import commands as c
from tests.unit.plain import PATIENCE, Curious, PlainRun, bits, make_loop, same_bits, small_data
from tests.unit.stories import DATA, Record, make_story, tell


def values(state):
    return [bits(value) for value in state.values()]


def watched(loop):
    loop.observer = Curious(read_network(loop.experiment.model, loop.experiment.x[:1]))
    return loop


@settings(max_examples=40)
@given(
    st.randoms(use_true_random=False),
    st.integers(1, 14),
    st.sampled_from(["sgd", "adam"]),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([0, 12_000, 64 * 2**20]),
    st.booleans(),
)
def test_any_story_ends_as_plain_training_would(random, length, optimizer, dropout, checkpoint_bytes, looked_at):
    story = make_story(random, length)
    network = {"hidden": (3,), "dropout": dropout, "optimizer": optimizer}
    loop = make_loop(DATA["circles"], checkpoint_bytes=checkpoint_bytes, **network)
    if looked_at:
        watched(loop)
    ours, theirs = [], []
    tell(loop, story, check=lambda: ours.append(values(loop.experiment.model.state_dict())))
    record = Record(**network)
    record.tell(story, check=lambda: theirs.append(values(record.run().state())))
    assert ours == theirs
    plain = record.run()
    position = loop.experiment.position
    assert (position.step, position.epoch, position.samples) == (plain.step, plain.epoch, plain.position)
    assert values(loop.experiment.model.state_dict()) == values(plain.state())


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(3, 12))
def test_stories_with_other_networks_do_not_depend_on_who_looks_or_on_checkpoints(random, length):
    story = make_story(random, length, networks=True)
    loops = [make_loop(hidden=(3,), dropout=0.2, checkpoint_bytes=size) for size in (64 * 2**20, 0)]
    loops[0].observer.next_look = lambda: 0.0  # stops after every step
    ends = [
        (values(tell(loop, story).experiment.model.state_dict()), loop.history.steps.tobytes(),
         loop.history.epochs.tobytes(), [run.steps.tobytes() for run in loop.history.pinned])
        for loop in loops
    ]  # fmt: skip
    assert ends[0] == ends[1]


def test_history_is_the_same_to_the_last_bit_whoever_looks():
    plain, seen = make_loop(hidden=(4,), dropout=0.2), watched(make_loop(hidden=(4,), dropout=0.2))
    for loop in (plain, seen):
        loop.call(c.Train(steps=33))
        loop.wait(PATIENCE)
    assert seen.observer.pictures > 30
    assert np.array_equal(plain.history.steps, seen.history.steps)
    assert np.array_equal(plain.history.epochs, seen.history.epochs, equal_nan=True)
    assert same_bits(plain.experiment.model.state_dict(), seen.experiment.model.state_dict())


@pytest.mark.parametrize("speed", [5.0, 300.0, 1e308, None])
def test_speed_and_pauses_leave_no_trace(speed):
    loop = make_loop(optimizer="adam", speed=speed)
    for rounds in range(1, 4):
        enough = threading.Event()
        loop.engine = Counting(loop.engine, 3, enough)
        loop.call(c.Play())
        assert enough.wait(PATIENCE)
        loop.call(c.Pause())
        assert loop.experiment.position.step >= 3 * rounds
    plain = PlainRun(small_data(), optimizer="adam").train(loop.experiment.position.step)
    assert same_bits(loop.experiment.model.state_dict(), plain.state())
    assert loop.history.steps[:, 1].tolist() == plain.losses


class Counting:
    """An engine that says when enough steps were made."""

    def __init__(self, engine, steps, enough):
        self.engine, self.left, self.enough = engine, steps, enough

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def run(self, experiment, limit, stop, log, *, epochs=0):
        self.engine.run(experiment, limit, stop, log, epochs=epochs)
        self.left -= len(log)
        if self.left <= 0:
            self.enough.set()


def test_threads_and_cells_that_draw_and_meddle_leave_no_trace():
    loop = make_loop(small_data(n_samples=120), hidden=(4, 4), dropout=0.4, optimizer="adam")
    over, meddled = threading.Event(), threading.Event()
    model, x = loop.experiment.model, loop.experiment.x

    def meddle():
        while not over.is_set():
            torch.manual_seed(1)
            torch.rand(100)
            model.train()
            with suppress(RuntimeError):  # a weight may change between forward and backward
                model(x).sum().backward()  # draws dropout masks, leaves gradients
            model.eval()
            model.zero_grad()
            model.register_forward_hook(lambda *_: None)
            meddled.set()

    thread = threading.Thread(target=meddle)
    thread.start()
    assert meddled.wait(PATIENCE)
    loop.call(c.Train(epochs=10))
    loop.wait(PATIENCE)
    over.set()
    thread.join(PATIENCE)
    plain = PlainRun(small_data(n_samples=120), hidden=(4, 4), dropout=0.4, optimizer="adam").train(240)
    assert values(loop.experiment.model.state_dict()) == values(plain.state())


def test_training_leaves_the_global_generator_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    loop = watched(make_loop(hidden=(4,), dropout=0.5))
    loop.call(c.Train(epochs=2))
    loop.wait(PATIENCE)
    loop.call(c.Rewind(1))
    loop.call(c.Reset(4))
    assert torch.equal(torch.get_rng_state(), before)


def test_looking_at_a_module_of_the_users_changes_nothing_in_it():
    class Remembering(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.layer, self.norm = torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1)
            self.register_buffer("scale", torch.ones(1))

        def forward(self, x):
            if not self.training:
                self.scale = torch.ones(1) * 1.0  # a buffer made anew whenever somebody looks
            return torch.sigmoid(self.norm(self.layer(x)) * self.scale)

    ends = []
    for look in (watched, lambda loop: loop):
        loop = look(make_loop(model=Remembering(), loss_fn="bce"))
        loop.call(c.Train(epochs=3))
        loop.wait(PATIENCE)
        ends.append(values(loop.experiment.model.state_dict()))
    assert ends[0] == ends[1]
