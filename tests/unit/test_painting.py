"""Points painted and erased: the data, the strokes, and what becomes of the run."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from nnwidgets import PlanarTrainer
from nnwidgets._painting import erased, painted
from nnwidgets.datasets import DRAWING, as_dataset, make_planar
from nnwidgets.training import commands as c
from nnwidgets.widgets import _board
from tests.unit.plain import PATIENCE

AXES, PLANE = (0, 1), ((-2.0, 2.0), (-1.0, 3.0))


def draw(trainer, **message):
    """A message of a view, and wait until it has taken effect."""
    kept = {
        "paint": {"label": 0, "clear": False, "axes": [0, 1]},
        "erase": {"reach": [0.1, 0.1], "axes": [0, 1]},
        "undo": {},
    }
    trainer._handle_custom_msg(kept[message["type"]] | message, [])
    trainer._loop.call(c.Do(lambda: None))


def test_painted_points_are_training_samples_of_their_class():
    base = make_planar("moons", n_samples=20, test_share=0.25)
    data = painted(base, [[0.5, 0.25], [1, 2]], 1, AXES, PLANE)
    assert np.array_equal(data.x_train[2:], base.x_train)
    assert data.x_train[:2].tolist() == [[0.5, 0.25], [1, 2]]  # first: of many points only the first ones are drawn
    assert data.y_train[:2].ravel().tolist() == [1, 1]
    assert np.array_equal(data.x_test, base.x_test)
    assert (data.name, data.parameters, data.plane) == (DRAWING, None, (AXES, *PLANE))


def test_another_class_begins_with_its_first_point_up_to_eight():
    data = make_planar("circles", n_samples=10)
    for label in range(2, 8):
        data = painted(data, [[0, 0]], label, AXES, PLANE)
    assert data.class_names == ("0", "1", "2", "3", "4", "5", "6", "7")
    with pytest.raises(ValueError, match="label"):
        painted(data, [[0, 0]], 8, AXES, PLANE)
    with pytest.raises(ValueError, match="at most 2"):
        painted(make_planar("circles", n_samples=10), [[0, 0]], 3, AXES, PLANE)


def test_painting_on_values_begins_anew_with_two_classes():
    data = painted(make_planar("plane", n_samples=30, test_share=0.5), [[0, 0]], 1, AXES, PLANE)
    assert (data.n_classes, len(data.x_train), len(data.x_test)) == (2, 1, 0)


def test_own_data_stay_the_users_and_their_other_columns_get_the_median():
    x = [[0, 0, 5], [1, 1, 7], [2, 2, 90]]
    base = as_dataset((x, ["cat", "dog", "cat"]))
    data = painted(base, [[9, 8]], 2, (2, 0), None)
    assert (data.name, data.label, data.class_names) == ("data", "your data", ("cat", "dog", "2"))
    assert data.x_train[0].tolist() == [8, 1, 9]
    assert data.plane is None  # it was not known


@pytest.mark.parametrize("points", [[], [[1]], [[np.nan, 0]], "text", None, [[1, 2, 3]], [[0, 0]] * 10_001])
def test_what_are_no_points_is_refused(points):
    with pytest.raises((TypeError, ValueError)):
        painted(make_planar("moons"), points, 0, AXES, PLANE)
    with pytest.raises((TypeError, ValueError)):
        erased(make_planar("moons"), points, (1, 1), AXES, PLANE)


def test_erasing_takes_what_lies_in_the_ellipse_of_both_sets():
    base = as_dataset(([[0, 0], [0.3, 0], [0, 0.3], [5, 5]], [0, 1, 0, 1], [[0.1, 0], [1, 1]], [0, 1]))
    data = erased(base, [[0, 0]], (0.4, 0.2), AXES, PLANE)
    assert data.x_train.tolist() == [[0, np.float32(0.3)], [5, 5]]
    assert data.x_test.tolist() == [[1, 1]]
    assert erased(base, [[3, 3]], (0.1, 0.1), AXES, PLANE) is base
    with pytest.raises(ValueError, match="one training sample at least must stay"):
        erased(base, [[0, 0]], (99, 99), AXES, PLANE)
    with pytest.raises(ValueError, match="reach"):
        erased(base, [[0, 0]], (0, 1), AXES, PLANE)


def test_a_drawing_makes_the_round_trip_over_a_data_frame(make):
    trainer = make("moons", n_samples=30, test_share=0.2)
    draw(trainer, type="paint", stroke=1, label=2, points=[[0.5, 0.5], [0.6, 0.5]])
    frame = trainer.dataset.to_pandas()
    assert frame["class"].tolist().count("2") == 2
    again = make(frame, standardise=False)
    for part in ("x_train", "y_train", "x_test", "y_test", "class_names"):
        assert np.array_equal(getattr(again.dataset, part), getattr(trainer.dataset, part))


def test_a_stroke_is_undone_at_once_and_one_after_the_other(make):
    trainer = make("moons", n_samples=20)
    moons = trainer.dataset
    for stroke, x in ((1, 0.1), (1, 0.2), (2, 0.3)):
        draw(trainer, type="paint", stroke=stroke, points=[[x, 0]])
    draw(trainer, type="erase", stroke=3, points=[[0.3, 0]], reach=[0.05, 0.05])
    counts = [len(trainer.dataset.x_train)]
    for _ in range(4):
        can_undo = trainer._data["can_undo"]
        draw(trainer, type="undo")
        counts.append((can_undo, len(trainer.dataset.x_train)))
    assert counts == [22, (True, 23), (True, 22), (True, 20), (False, 20)]
    assert trainer.dataset is moons
    assert trainer._data["generated"]


def test_the_plane_stands_still_while_points_are_painted(make):
    trainer = make("moons", n_samples=20)
    plane = trainer._plane
    draw(trainer, type="paint", stroke=1, points=[[0, 0]], clear=True)
    draw(trainer, type="paint", stroke=1, points=[[0.1, 0.1]])
    assert trainer._plane == plane
    assert len(trainer.dataset.x_train) == 2
    assert not trainer.standardise


def test_what_is_kept_to_take_strokes_back_has_a_bound_in_bytes(make, monkeypatch):
    monkeypatch.setattr(_board, "MOST_UNDO_BYTES", 2_000)
    trainer = make("moons", n_samples=50)  # 12 bytes a sample
    for stroke in range(6):
        draw(trainer, type="paint", stroke=stroke, points=[[0.1, 0.1]])
    taken_back = 0
    while trainer._data["can_undo"]:
        draw(trainer, type="undo")
        taken_back += 1
    assert (taken_back, len(trainer.dataset.x_train)) == (3, 53)


def test_a_new_class_gives_the_network_another_output_and_undo_takes_it_away(make):
    trainer = make("circles", n_samples=20)
    draw(trainer, type="paint", stroke=1, label=2, points=[[0, 0]])
    assert (trainer.model[-1].out_features, trainer.loss_fn) == (3, "cross_entropy")
    draw(trainer, type="undo")
    assert (type(trainer.model[-1]), trainer.loss_fn) == (torch.nn.Sigmoid, "bce")


def test_batches_grow_back_with_the_points_unless_somebody_chose_their_size(make):
    trainer = make("moons", n_samples=20, batch_size=4)
    sizes = []
    draw(trainer, type="paint", stroke=1, points=[[0, 0]], clear=True)
    for number in range(4):
        sizes.append(trainer.batch_size)
        draw(trainer, type="paint", stroke=2, points=[[0.1 * number, 0]])
    assert [*sizes, trainer.batch_size] == [1, 2, 3, 4, 4]
    draw(trainer, type="paint", stroke=3, points=[[0, 0], [1, 1]], clear=True)
    trainer.batch_size = 1
    draw(trainer, type="paint", stroke=3, points=[[0, 1], [1, 0]])
    assert trainer.batch_size == 1


def test_no_stroke_is_lost_however_fast_they_come_while_training_runs(make):
    trainer = make("moons", n_samples=20, speed=None)
    begun = threading.Event()
    trainer.on_epoch_end(lambda _: begun.set())
    trainer.play()
    assert begun.wait(PATIENCE)
    for number in range(50):
        message = {"type": "paint", "stroke": number // 10, "label": 1, "clear": False, "axes": [0, 1]}
        trainer._handle_custom_msg(message | {"points": [[number / 50, 0.0]]}, [])
    trainer.pause()
    trainer.wait(PATIENCE)
    assert np.allclose(trainer.dataset.x_train[:50, 0], np.arange(50)[::-1] / 50)


def test_a_run_with_painting_is_gone_back_in_saved_and_repeated(make, tmp_path):
    trainer = make("circles", n_samples=20, hidden_layers=(3,))
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    draw(trainer, type="paint", stroke=1, label=2, points=[[0, 0], [0.2, 0.1]])
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    weights = [parameter.detach().clone() for parameter in trainer.model.parameters()]
    trainer.save(tmp_path / "run")
    trainer.rewind(2)
    assert trainer.dataset.name == "circles"
    trainer.rewind(4)
    loaded = PlanarTrainer.load(tmp_path / "run")
    for again in (trainer, loaded):
        assert all(map(torch.equal, again.model.parameters(), weights))
        assert again.dataset.class_names == ("0", "1", "2")
        assert again._plane == trainer._plane
    loaded.close()
    assert "your own data" in trainer.to_code()


def test_a_drawing_that_gave_way_to_other_data_can_be_had_back(make):
    trainer = make("circles", n_samples=20)
    draw(trainer, type="paint", stroke=1, points=[[0, 0]])
    drawing = trainer.dataset
    trainer.dataset = "xor"
    assert trainer._data["can_undo"]
    draw(trainer, type="undo")
    assert trainer.dataset is drawing


def test_undo_after_other_data_brings_the_painted_ones_back_whosever_they_were(make):
    trainer = make(as_dataset(([[0, 0], [1, 1], [2, 0]], [0, 1, 0])))
    draw(trainer, type="paint", stroke=1, points=[[0.5, 0.5]])
    painted_on = trainer.dataset
    trainer.dataset = "moons"
    draw(trainer, type="undo")
    assert trainer.dataset is painted_on
    draw(trainer, type="undo")
    assert len(trainer.dataset.x_train) == 3


def test_points_go_into_the_columns_of_the_map_that_they_were_painted_on(make):
    x = np.random.default_rng(0).normal(size=(30, 4)) * [1, 1, 1000, 1000]
    trainer = make(as_dataset((x, x[:, 0] > 0)))
    trainer.axes = (2, 3)  # the view has not heard of it yet
    plane = trainer._plane
    draw(trainer, type="paint", stroke=1, points=[[0.5, 0.25]], axes=[0, 1])
    assert trainer.dataset.x_train[0, :2].tolist() == [0.5, 0.25]
    assert trainer._plane == plane
    draw(trainer, type="paint", stroke=2, points=[[900, 100]], axes=[2, 3], clear=True)
    assert trainer._plane == plane  # it stands still for any two columns
    assert trainer.dataset.x_train[0, 2:].tolist() == [900, 100]


def test_what_is_painted_on_many_samples_is_among_those_that_are_shown(make):
    trainer = make("circles", n_samples=3000)
    draw(trainer, type="paint", stroke=1, points=[[0.125, 0.25]])
    shown = np.frombuffer(trainer._data["points"], np.float32).reshape(-1, 3)
    assert [0.125, 0.25, 0] in shown.tolist()


@pytest.mark.parametrize(
    "message",
    [
        {"type": "paint", "points": "x", "label": 0, "stroke": 1},
        {"type": "paint", "points": [[0, 0]], "label": 9, "stroke": 1},
        {"type": "erase", "points": [[0, 0]], "reach": None, "stroke": 1},
        {"type": "erase", "points": [[0, 0]], "reach": [99, 99], "stroke": 1},
        {"type": "paint", "points": [[0, 0]], "axes": [0, 5], "stroke": 1},
    ],
)
def test_bad_strokes_are_said_to_the_view_and_change_nothing(make, message):
    trainer = make("moons", n_samples=20)
    moons, sent = trainer.dataset, []
    trainer.send = lambda content, *_: sent.append(content)
    draw(trainer, **message)
    assert [content["type"] for content in sent] == ["failed"]
    assert trainer.dataset is moons
    assert not trainer._data["can_undo"]


def test_a_module_with_one_output_refuses_a_third_class(make):
    trainer = make("moons", n_samples=20, model=torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid()))
    sent = []
    trainer.send = lambda content, *_: sent.append(content)
    draw(trainer, type="paint", stroke=1, label=2, points=[[0, 0]])
    assert "one output per class, which are 3; the model has 1" in sent[0]["message"]
    assert trainer.dataset.n_classes == 2
