"""What views of an image trainer ask for and get: which images, how often, and what is said when it fails."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.training import commands as c
from tests.unit.pictures import outputs_of, plain_run, small_images
from tests.unit.plain import same_bits
from tests.unit.watched import ALL, watch

__all__ = ["watch"]


# -- which images -----------------------------------------------------------------------------------------------


def test_the_gallery_has_only_what_fits(watch):
    watched = watch(small_images(60, 60))
    trainer, data = watched.trainer, watched.trainer.dataset
    trainer.step(6)
    labels = data.y_test[:, 0].astype(int)
    answers = outputs_of(trainer.model, data).argmax(1).numpy()
    for wrong, actual, predicted in ((True, None, None), (False, 1, None), (False, 0, 2), (True, 2, None)):
        watched.say(type="gallery", wrong=wrong, actual=actual, predicted=predicted, others=False)
        fits = np.ones(60, bool)
        if wrong:
            fits &= answers != labels
        if actual is not None:
            fits &= labels == actual
        if predicted is not None:
            fits &= answers == predicted
        gallery = trainer._gallery
        assert gallery["fitting"] == fits.sum()
        assert len(gallery["images"]) == min(28, fits.sum())
        assert fits[gallery["images"]].all()
        assert gallery["labels"] == labels[gallery["images"]].tolist()
        assert gallery["pixels"] == data.x_test[gallery["images"]].tobytes()


def test_others_are_the_next_ones_and_begin_again_in_the_end(watch):
    watched = watch(small_images(60, 70))
    seen = [watched.trainer._gallery["images"]]
    for _ in range(3):
        watched.say(type="gallery", wrong=False, actual=None, predicted=None, others=True)
        seen.append(watched.trainer._gallery["images"])
    assert list(map(len, seen)) == [28, 28, 14, 28]
    assert sorted(seen[0] + seen[1] + seen[2]) == list(range(70))
    assert seen[3] == seen[0]


def test_what_was_chosen_stays_while_the_network_learns(watch):
    watched = watch()
    watched.say(type="gallery", wrong=True, actual=None, predicted=None, others=False)
    watched.say(type="choose", image=watched.trainer._gallery["images"][0])
    before = watched.trainer._gallery, watched.trainer._chosen
    watched.trainer.step(4, "epoch")
    assert (watched.trainer._gallery, watched.trainer._chosen) == before


@pytest.mark.parametrize(
    "filter_", [{"actual": 3}, {"actual": -1}, {"predicted": "1"}, {"predicted": 0.5}, {"actual": []}]
)
def test_a_class_that_there_is_not_is_refused(watch, filter_):
    watched = watch()
    before = watched.trainer._gallery
    watched.say(**{"type": "gallery", "wrong": False, "actual": None, "predicted": None, "others": False} | filter_)
    assert watched.refusals()
    assert watched.trainer._gallery == before


def test_wants_that_there_are_not_are_refused(watch):
    watched = watch()
    watched.look("errors")
    assert "'grid'" in watched.refusals()[0]


# -- what it costs ---------------------------------------------------------------------------------------------------


class Counting(nn.Module):
    """Counts the images that it is asked about in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.layers, self.seen = nn.Sequential(nn.Flatten(), nn.Linear(36, 3)), 0

    def forward(self, x):
        if not self.training:
            Counting.seen += len(x)
        return self.layers(x)


def test_the_test_set_is_run_once_for_all_that_is_said_of_it(watch, monkeypatch):
    monkeypatch.setattr(Counting, "seen", 0, raising=False)
    watched = watch(small_images(20_000, 300), model=Counting(), batch_size=20_000)
    trainer = watched.trainer
    trainer.step(1, "epoch")
    watched.look(*ALL)
    Counting.seen = 0
    trainer.step(1, "epoch")  # numbers of the epoch, traits, a diagnosis and a picture: each of them needs it
    assert 300 <= Counting.seen < 2 * 300 + 400
    assert trainer.diagnosis[-1].kind == "hardest"


def test_a_run_that_begins_is_not_kept_from_its_first_steps_by_a_look_at_what_is_on_screen(watch):
    watched = watch()
    trainer = watched.trainer
    trainer.step(2)
    watched.look(*ALL)
    trainer._loop.status = "running"
    trainer._publisher.send_picture(full=False)
    assert "confusion" not in watched.parts()
    trainer._look_due = 0.0
    trainer._publisher.send_picture(full=False)
    assert "confusion" in watched.parts()
    trainer._loop.status = "paused"


def test_other_weights_are_looked_at_anew(watch):
    watched = watch()
    trainer = watched.trainer
    trainer.step(2)
    before = trainer.test_loss
    trainer.edit("5.bias", 3.0, 1)
    assert trainer.test_loss != before
    outputs = outputs_of(trainer.model, trainer.dataset)
    labels = torch.tensor(trainer.dataset.y_test)[:, 0].long()
    assert trainer.test_loss == pytest.approx(nn.functional.cross_entropy(outputs, labels).item(), rel=1e-5)
    trainer.dataset = small_images(40, 12, seed=3)
    outputs = outputs_of(trainer.model, trainer.dataset)
    labels = torch.tensor(trainer.dataset.y_test)[:, 0].long()
    assert trainer.test_loss == pytest.approx(nn.functional.cross_entropy(outputs, labels).item(), rel=1e-5)


# -- looking changes nothing ----------------------------------------------------------------------------------------


def test_a_run_is_the_same_whether_it_is_looked_at_or_not(watch):
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 3))
    plain, data = copy.deepcopy(model), small_images()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        plain_run(plain, data, 12)
    watched = watch(data, model=model)
    watched.look(*ALL)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for step in range(12):
            watched.trainer.step()
            watched.say(type="choose", image=step)
            watched.say(type="gallery", wrong=True, actual=None, predicted=None, others=False)
            watched.trainer._publisher.send_picture(full=True)
    assert same_bits(model.state_dict(), plain.state_dict())
    assert not any(module._forward_hooks for module in model.modules())


def test_an_epoch_of_another_network_is_looked_at_with_its_own_layers(watch):
    watched = watch()
    trainer = watched.trainer
    trainer.step(2, "epoch")
    at_two = copy.deepcopy(trainer.model)
    trainer.hidden_layers = (7,)
    trainer.step(1, "epoch")
    watched.look(*ALL)
    trainer.preview(2)
    assert [stage["units"] for stage in trainer._way["stages"]] == [5, 4, 3]
    assert trainer._network["version"] < 0
    parts = watched.parts()
    assert parts["stage0"].shape == (5,)
    expected = outputs_of(at_two, trainer.dataset).argmax(1)[trainer._gallery["images"]]
    assert parts["answers"].tolist() == expected.tolist()
    trainer.preview(None)
    assert [stage["units"] for stage in trainer._way["stages"]] == [7, 3]
    assert trainer._network["version"] > 0


def test_a_page_that_is_opened_later_has_all_of_the_picture(watch):
    watched = watch()
    watched.trainer.step(5)
    parts = {part["name"] for part in watched.trainer._snapshot["parts"]}
    assert {"confusion", "answers", "confidence", "logits", "saliency", "first", "stage0", "edges1", "steps"} <= parts
    assert watched.trainer._snapshot["full"]


# -- faults -----------------------------------------------------------------------------------------------------------


class Moody(nn.Module):
    """Raises in evaluation mode, once it is told to."""

    def __init__(self):
        super().__init__()
        self.layers, self.broken = nn.Sequential(nn.Flatten(), nn.Linear(36, 3)), False

    def forward(self, x):
        if self.broken and not self.training:
            raise ArithmeticError("no picture of me")
        return self.layers(x)


def test_what_a_module_raises_that_is_looked_at_is_said_until_there_is_a_picture_again(watch):
    watched = watch(model=Moody())
    trainer = watched.trainer
    trainer.model.broken = True
    trainer.train(steps=3)
    trainer.wait(60)
    assert trainer.step_count == 3
    assert trainer._message["title"] == "ArithmeticError in the picture:"
    assert "no picture of me" in trainer._message["text"]
    trainer.model.broken = False
    trainer.train(steps=2)
    trainer.wait(60)
    assert trainer._message is None


@pytest.mark.parametrize("kind", ["paint", "erase", "undo", "preset", "configure", "trace"])
def test_what_only_views_of_planes_say_is_no_message_here(watch, kind):
    watched = watch()
    watched.say(type=kind)
    assert watched.refusals() == [f"unknown message {kind!r}"]


def test_of_many_images_that_are_asked_for_at_once_the_newest_is_shown(watch):
    watched = watch()
    trainer = watched.trainer
    watched.look("way")
    with trainer.paused():
        pass
    before = len(watched.sent)
    block = threading.Event()
    trainer._loop.submit(c.Do(block.wait))
    for image in range(20):
        trainer._handle_custom_msg({"type": "choose", "image": image}, [])
    block.set()
    trainer._loop.call(c.Do(lambda: None))
    assert trainer._chosen["image"] == 19
    frames = [content for content, _ in watched.sent[before:] if content["type"] == "frame"]
    assert len(frames) == 1


def test_large_feature_maps_are_shown_smaller(watch):
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(2 * 48 * 48, 3))
    watched = watch(small_images(12, 6, side=48), model=model)
    assert (watched.trainer._way["stages"][0]["height"], watched.trainer._way["stages"][0]["width"]) == (32, 32)
    watched.look("way")
    watched.say(type="choose", image=1)
    parts = watched.parts()
    assert parts["stage0"].shape == (2, 32, 32)
    with torch.no_grad():
        maps = model[0](torch.tensor(watched.trainer.dataset.x_test[1:2]) / 255)
    low, high = parts["stage0_range"]
    expected = nn.functional.adaptive_avg_pool2d(maps, 32)[0]
    np.testing.assert_allclose(parts["stage0"] / 255 * (high - low) + low, expected, atol=0.6 * (high - low) / 255)
