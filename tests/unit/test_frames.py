"""A picture as a message: what the browser gets can be read back bit by bit, and comes when it should."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from nnwidgets.training import commands as c
from nnwidgets.training.tables import EPOCH_COLUMNS
from nnwidgets.widgets._frames import FULL_ROWS, NEW_ROWS, CurveFeed, pack
from nnwidgets.widgets._messages import FrameHeader
from tests.unit.plain import PATIENCE, make_loop, small_data

LOOK = {"type": "look", "view": "a", "visible": True, "focus": None, "map_size": 20, "tile_size": 8}


def unpacked(header, buffer):
    """The parts of a frame, by the rules of the protocol alone."""
    parts = {}
    for part in header["parts"]:
        assert part["offset"] % 8 == 0
        count = math.prod(part["shape"])
        array = np.frombuffer(buffer, dtype=part["dtype"], count=count, offset=part["offset"])
        parts[part["name"]] = array.reshape(part["shape"])
    return parts


@pytest.fixture
def sent(monkeypatch):
    """Everything that a trainer sends to its views, as (content, buffers)."""
    messages = []
    from nnwidgets import PlanarTrainer

    def send(_, content, buffers=None):
        json.dumps(content, allow_nan=False)
        messages.append((content, [bytes(buffer) for buffer in buffers or ()]))

    monkeypatch.setattr(PlanarTrainer, "send", send)
    return messages


def frames(sent):
    return [(content, buffers[0]) for content, buffers in sent if content["type"] == "frame"]


def flush(trainer):
    trainer._loop.call(c.Do(lambda: None))


# --- packing


def test_arrays_come_back_as_they_were_packed():
    given = {
        "bytes": np.arange(5, dtype=np.uint8),
        "nothing": np.zeros((0, 7)),
        "floats": np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3),
        "doubles": np.array([[math.pi, math.nan]]),
        "turned": np.arange(6, dtype=np.float64).reshape(2, 3).T,
    }
    listing, buffer = pack(given)
    assert isinstance(buffer, bytes)
    back = unpacked({"parts": json.loads(json.dumps(listing))}, buffer)
    assert list(back) == list(given)
    for name, array in given.items():
        assert back[name].dtype == array.dtype
        assert np.array_equal(back[name], array, equal_nan=True)


# --- curves


def test_curves_are_sent_once_and_whole_when_asked():
    loop, feed = make_loop(), CurveFeed()
    seen = {"steps": [], "epochs": []}
    for round_ in range(4):
        loop.call(c.Train(steps=7))
        loop.wait(PATIENCE)
        full, rows = feed.take(loop, full=False)
        assert full is (round_ == 0)
        for name, new in rows.items():
            seen[name] += new.tolist()
    assert seen["steps"] == loop.history.steps.tolist()
    columns = [index for index, name in enumerate(EPOCH_COLUMNS) if name != "step"]
    assert np.array_equal(seen["epochs"], loop.history.epochs[:, columns], equal_nan=True)
    assert [len(rows) for rows in feed.take(loop, full=False)[1].values()] == [0, 0]
    full, rows = feed.take(loop, full=True)
    assert full
    assert rows["steps"].tolist() == seen["steps"]


def test_curves_are_bounded_and_end_with_the_last_step():
    loop, feed = make_loop(batch_size=1), CurveFeed()
    feed.take(loop, full=True)
    loop.call(c.Train(epochs=50))
    loop.wait(PATIENCE)
    _, rows = feed.take(loop, full=False)
    assert len(rows["steps"]) <= NEW_ROWS
    assert len(rows["epochs"]) <= NEW_ROWS
    assert rows["steps"][-1, 0] == 50 * 23
    assert rows["epochs"][-1, 0] == 50
    _, rows = feed.take(loop, full=True)
    assert FULL_ROWS / 2 < len(rows["steps"]) <= FULL_ROWS


@pytest.mark.parametrize("how", [c.Reset(), c.Rewind(1)])
def test_curves_are_sent_whole_when_rows_went_away(how):
    loop, feed = make_loop(), CurveFeed()
    loop.call(c.Train(epochs=2))
    loop.wait(PATIENCE)
    feed.take(loop, full=True)
    loop.call(how)
    loop.call(c.Step(1)).result(PATIENCE)
    full, rows = feed.take(loop, full=False)
    assert full
    assert rows["steps"].tolist() == loop.history.steps.tolist()


# --- whole frames


def test_a_frame_has_all_that_its_type_says_and_shows_the_model(make, sent):
    trainer = make(small_data(n_samples=40, test_share=0.25), hidden_layers=(3, 2))
    trainer.step(8)
    trainer._handle_custom_msg(LOOK | {"focus": [1, 1]}, [])
    flush(trainer)
    (header, buffer), *_ = frames(sent)
    assert header.keys() == FrameHeader.__required_keys__
    parts = unpacked(header, buffer)
    assert parts["parameters"].tobytes() == b"".join(p.detach().numpy().tobytes() for p in trainer.model.parameters())
    assert parts["map"].shape == (20, 20)
    assert parts["tiles"].shape == (5, 8, 8)
    assert parts["tile_scales"].shape == (5,)
    assert parts["focus_map"].shape == (20, 20)
    assert parts["focus_scale"].shape == (1,)
    assert parts["wrong"].shape == (5,)
    assert parts["steps"].shape[1] == 7
    assert parts["epochs"].shape[1] == 5
    assert header["focus"] == (1, 1)
    assert (header["step"], header["epoch"], header["batch"], header["steps_per_epoch"]) == (8, 1, 2, 6)
    for name in ("loss", "accuracy", "running_loss", "running_accuracy", "test_loss", "test_accuracy", "status"):
        assert header[name] == getattr(trainer, name)
    assert header["network_version"] == trainer._network["version"]
    assert header["data_version"] == trainer._data["version"]


def test_the_layers_say_where_their_weights_are(make):
    trainer = make(hidden_layers=(3, 2))
    flat = np.concatenate([p.detach().numpy().ravel() for p in trainer.model.parameters()])
    for index, layer in enumerate(trainer._network["layers"]):
        offset, rows, columns = layer["weight"]
        linear = trainer.model[2 * index]
        assert np.array_equal(flat[offset : offset + rows * columns].reshape(rows, columns), linear.weight.detach())
        offset, count = layer["bias"]
        assert np.array_equal(flat[offset : offset + count], linear.bias.detach())
        assert layer["units"] == rows == count


def test_every_pause_leaves_a_full_frame_as_a_trait(make, sent):
    trainer = make()
    numbers = [trainer._snapshot["number"]]
    for act in (trainer.step, lambda: trainer.edit("0.weight", 0.5), trainer.reset):
        act()
        snapshot = trainer._snapshot
        assert snapshot["full"]
        parts = unpacked(snapshot, snapshot["buffer"])
        weights = b"".join(p.detach().numpy().tobytes() for p in trainer.model.parameters())
        assert parts["parameters"].tobytes() == weights
        assert len(parts["steps"]) == trainer.history.last_step
        numbers.append(snapshot["number"])
    assert numbers == sorted(set(numbers))
    assert frames(sent) == []  # nobody looks


def test_a_full_frame_comes_on_request(make, sent):
    trainer = make()
    trainer.step(3)
    trainer._handle_custom_msg({"type": "request_full"}, [])
    flush(trainer)
    ((header, buffer),) = frames(sent)
    assert header["full"]
    assert len(unpacked(header, buffer)["steps"]) == 3


def test_nothing_is_computed_while_nobody_looks(make, sent, monkeypatch):
    trainer = make()
    pictures = []
    picture = type(trainer)._picture
    monkeypatch.setattr(type(trainer), "_picture", lambda *given: pictures.append(1) or picture(*given))
    trainer.train(epochs=40)
    trainer.wait(PATIENCE)
    assert len(pictures) == 1  # of the end
    assert frames(sent) == []


def test_a_run_that_is_looked_at_sends_frames_that_count_up(make, sent):
    trainer = make(speed=None)
    trainer._handle_custom_msg(LOOK, [])
    trainer.observe(lambda _: None)
    trainer.on_epoch_end(lambda t: [t._handle_custom_msg(ack(h), []) for h, _ in frames(sent)[-1:]])
    trainer.on_epoch_end(lambda t: t.pause() if len(frames(sent)) > 5 else None)
    trainer.train()
    trainer.wait(PATIENCE)
    got = frames(sent)
    numbers = [header["number"] for header, _ in got]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    rows = np.concatenate([unpacked(header, buffer)["steps"] for header, buffer in got])
    assert np.all(np.diff(rows[:, 0]) > 0)
    assert {header["status"] for header, _ in got[1:]} == {"running"}
    assert len({buffer for _, buffer in got}) == len(got)


def ack(header):
    return {"type": "ack", "number": header["number"], "held": 0.0, "drawn": 1.0}


def test_a_slow_link_gets_coarser_pictures_until_the_run_stands_still(make, sent):
    trainer = make()
    trainer._channel._level = 3
    trainer._handle_custom_msg(LOOK | {"map_size": 80, "tile_size": 24}, [])
    trainer.on_epoch_end(lambda t: t.pause() if len(frames(sent)) > 1 else None)
    trainer.train()
    trainer.wait(PATIENCE)
    still, moving = (unpacked(*frame) for frame in frames(sent)[:2])
    assert (still["map"].shape, still["tiles"].shape) == ((80, 80), (2, 24, 24))
    assert (moving["map"].shape, moving["tiles"].shape) == ((36, 36), (2, 10, 10))
    assert unpacked(trainer._snapshot, trainer._snapshot["buffer"])["map"].shape == (80, 80)


def test_buffers_are_copies(make, sent):
    trainer = make()
    trainer._handle_custom_msg(LOOK, [])
    flush(trainer)
    header, buffer = frames(sent)[0]
    before = unpacked(header, buffer)["parameters"].copy()
    with torch.no_grad():
        trainer.model[0].weight.fill_(9.0)
    assert np.array_equal(unpacked(header, buffer)["parameters"], before)


def test_at_most_2000_points_are_shown_shared_between_the_sets(make):
    trainer = make("circles", n_samples=6000, test_share=0.25)
    data = trainer._data
    assert (data["n_train"], data["n_test"]) == (4500, 1500)
    assert (data["shown_train"], data["shown_test"]) == (1500, 500)
    points = np.frombuffer(data["points"], dtype=np.float32).reshape(-1, 3)
    assert np.array_equal(points[:1500, :2], trainer.dataset.x_train[:1500])
    assert np.array_equal(points[1500:, 2:], trainer.dataset.y_test[:500])
    assert unpacked(trainer._snapshot, trainer._snapshot["buffer"])["wrong"].shape == (250,)


def test_numbers_of_a_run_reach_the_traits_though_nobody_looks(make):
    trainer = make()
    seen = []
    trainer.observe(lambda change: seen.append(change.new), "step_count")
    trainer.train(epochs=3)
    trainer.wait(PATIENCE)
    assert seen[-1] == 15
