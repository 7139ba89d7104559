"""Pictures of trainers: their data, their network as it is between two steps, their history."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

from nnwidgets import (
    ImageDataset,
    ImageTrainer,
    make_planar,
    plot_dataset,
    plot_decision_boundary,
    plot_fashion_images,
    plot_loss_acc,
)

SPREAD = make_planar("moons", 60, seed=3)
WIDE = np.column_stack([SPREAD.x_train, 100 + 50 * SPREAD.x_train[:, :1]])  # the third column is like the first
GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (30, 6, 6), dtype=np.uint8)
LABELS = np.arange(30) % 3
ORANGE = "#d06300"


@pytest.fixture
def image_trainer():
    trainer = ImageTrainer(
        (IMAGES, LABELS), (IMAGES, LABELS), classes=("a", "b", "c"), hidden_layers=(4,), engine="eager"
    )
    yield trainer
    trainer.close()


def offsets(ax, color=ORANGE):
    (points,) = [each for each in ax.collections if len(each.get_offsets()) and _face(each) == color]
    return np.asarray(points.get_offsets())


def _face(collection):
    faces = collection.get_facecolors()
    return to_hex(faces[0]) if len(faces) else ""


def test_the_data_of_a_trainer_are_drawn_in_the_columns_that_it_shows(make):
    trainer = make((WIDE, SPREAD.y_train), axes=(2, 1))
    ax = plot_dataset(trainer)
    np.testing.assert_allclose(offsets(ax), WIDE[SPREAD.y_train[:, 0] == 0][:, [2, 1]], rtol=1e-6)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_3$", "$x_2$")


def boundary(ax):
    return np.asarray(ax.images[0].get_array())


@pytest.mark.parametrize("loss_fn", ["bce", "bce_with_logits"])
def test_the_boundary_of_a_trainer_is_its_networks_which_gets_what_it_is_trained_on(make, loss_fn):
    trainer = make((100 * SPREAD.x_train, SPREAD.y_train), loss_fn=loss_fn, features=("x1", "x1*x2"))
    assert trainer.standardise
    trainer.train(epochs=2)
    trainer.wait()
    ax = plot_decision_boundary(trainer, step=20)
    experiment = trainer._loop.experiment
    (x_low, x_high), (y_low, y_high) = ax.get_xlim(), ax.get_ylim()
    rows, columns = boundary(ax).shape
    x, y = np.meshgrid(np.linspace(x_low, x_high, columns), np.linspace(y_low, y_high, rows))
    inputs = torch.from_numpy(experiment.inputs(np.column_stack([x.ravel(), y.ravel()]).astype(np.float32)))
    with torch.no_grad():
        outputs = trainer.model(inputs).double()
    p = (outputs.sigmoid() if loss_fn == "bce_with_logits" else outputs).reshape(rows, columns)
    np.testing.assert_allclose(boundary(ax), 2 * p - 1, atol=1e-4)
    assert np.ptp(boundary(ax)) > 0.01


def test_a_trainer_is_drawn_over_other_samples_too(make):
    trainer = make(SPREAD)
    other = 3 * SPREAD.x_train
    ax = plot_decision_boundary(trainer, other, SPREAD.y_train, step=0.1)
    np.testing.assert_allclose(offsets(ax), other[SPREAD.y_train[:, 0] == 0])
    assert ax.get_xlim() == pytest.approx((other[:, 0].min() - 0.1, other[:, 0].max() + 0.1))


def test_values_that_a_trainer_predicts_have_a_bar(make):
    ax = plot_decision_boundary(make(make_planar("hills", 60)), step=0.1)
    assert len(ax.figure.axes) == 2


class Watched(nn.Module):
    """Notes in which thread it is computed for a whole map of points."""

    def __init__(self):
        super().__init__()
        self.layer, self.threads = nn.Linear(2, 1), []

    def forward(self, x):
        if len(x) > 500:
            self.threads.append(threading.current_thread())
        return self.layer(x)


def test_a_running_trainer_is_drawn_between_two_steps_and_runs_on(make):
    trainer = make(SPREAD, model=Watched(), loss_fn="bce_with_logits")
    trainer.train()
    trainer.model.threads.clear()
    ax = plot_decision_boundary(trainer, step=0.05)
    assert plot_dataset(trainer).has_data()
    assert trainer.status == "running"
    trainer.pause()
    assert ax.has_data()
    assert trainer.model.threads
    assert threading.current_thread() not in trainer.model.threads


def test_the_history_of_a_trainer_is_that_of_its_epochs(make):
    trainer = make(SPREAD)
    with pytest.raises(ValueError, match="it has no loss"):
        plot_loss_acc(trainer)
    trainer.train(epochs=3)
    trainer.wait()
    for ax in (plot_loss_acc(trainer), plot_loss_acc(trainer.history)):
        np.testing.assert_array_equal(ax.lines[0].get_xydata().T, [[1, 2, 3], trainer.history.loss])
        np.testing.assert_array_equal(ax.right_ax.lines[0].get_ydata(), trainer.history.accuracy)


def answers(ax):
    """Whether each image has a thick frame, which is of wrong answers."""
    return [patch.get_linewidth() > 1 for patch in ax.patches]


def test_the_images_of_a_trainer_are_tested_with_its_network(image_trainer):
    image_trainer.train(epochs=1)
    image_trainer.wait()
    ax = plot_fashion_images(image_trainer, seed=1)
    beside = plot_fashion_images(image_trainer.dataset, model=image_trainer.model, seed=1)
    assert [text.get_text() for text in ax.texts] == [text.get_text() for text in beside.texts]
    assert len(ax.texts) == 2 * 28
    always_first = plot_fashion_images(image_trainer, model=lambda x: torch.eye(3)[[0] * len(x)], seed=1)
    assert answers(always_first) == [text.get_text() != "a" for text in always_first.texts[::2]]


def test_images_are_no_points_and_points_are_no_images(make, image_trainer):
    for draw in (plot_dataset, plot_decision_boundary):
        with pytest.raises(TypeError, match="for images there is plot_fashion_images"):
            draw(image_trainer)
    with pytest.raises(TypeError, match="for points there is plot_dataset"):
        plot_fashion_images(make(SPREAD))


PAIRS = TensorDataset(torch.tensor(IMAGES), torch.tensor(LABELS))


@pytest.mark.parametrize(
    "data",
    [
        PAIRS,
        DataLoader(PAIRS, batch_size=4),
        Subset(PAIRS, range(30)),
        (IMAGES, LABELS),
        ImageDataset("own", IMAGES[:3, None], LABELS[:3], IMAGES[:, None], LABELS, tuple("012")),
    ],
    ids=["items", "loader", "subset", "pair", "dataset"],
)
def test_images_that_have_their_labels_need_none(data):
    ax, beside = plot_fashion_images(data, seed=0), plot_fashion_images(IMAGES, LABELS, seed=0)
    assert [text.get_text() for text in ax.texts] == [text.get_text() for text in beside.texts]
    for one, other in zip(ax.images, beside.images, strict=True):
        np.testing.assert_allclose(one.get_array(), other.get_array(), atol=1e-6)
