"""Looking back, with an image trainer, at an epoch of other images than the present ones."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from tests.unit.pictures import in_base64, of_floats, outputs_of, small_images
from tests.unit.watched import ALL, watch  # noqa: F401 (a fixture)

FEWER = small_images(60, 12, seed=1)


@pytest.mark.parametrize("before", [FEWER, of_floats(FEWER)], ids=["fewer", "floats"])
def test_an_epoch_of_other_images_is_looked_at_with_its_own(watch, before):  # noqa: F811
    watched = watch(before)
    trainer, now = watched.trainer, small_images()
    watched.look(*ALL)
    trainer.step(1, "epoch")
    then = copy.deepcopy(trainer.model)
    trainer.dataset = now
    trainer.step(1, "epoch")
    version = trainer._data["version"]
    trainer.preview(1)
    assert (trainer._data["n_test"], trainer._data["name"]) == (12, before.name)
    images = trainer._gallery["images"]
    assert sorted(images) == list(range(12))
    assert trainer._gallery["labels"] == before.y_test[images, 0].astype(int).tolist()
    parts, outputs = watched.parts(), outputs_of(then, before)
    assert parts["answers"].tolist() == outputs.argmax(1)[images].tolist()
    assert parts["confusion"].sum() == 12
    torch.testing.assert_close(torch.tensor(parts["logits"]), outputs[trainer._chosen["image"]], rtol=1e-5, atol=1e-6)
    header = next(content for content, _ in reversed(watched.sent) if content["type"] == "frame")
    assert header["data_version"] == trainer._data["version"] != version
    assert trainer.dataset is now
    trainer.preview(None)
    assert trainer._data["n_test"] == 30
    assert len(trainer._gallery["images"]) == 28
    assert watched.parts()["confusion"].sum() == 30


def test_an_image_of_ones_own_is_scaled_as_the_images_of_that_epoch_are(watch):  # noqa: F811
    before = of_floats(FEWER)
    watched = watch(before)
    trainer = watched.trainer
    trainer.step(1, "epoch")
    then = copy.deepcopy(trainer.model)
    trainer.dataset = small_images()
    trainer.step(1, "epoch")
    watched.look(*ALL)
    trainer.preview(1)
    pixels = np.arange(36, dtype=np.uint8).reshape(1, 6, 6) * 7
    watched.say(type="show_image", source="drawn", name="", pixels=in_base64(pixels))
    watched.say(type="choose", image=11)
    watched.say(type="choose", image=12)
    assert watched.refusals() == ["image must be a whole number of at least 0 and at most 11, not 12"]
    watched.say(type="show_image", source="drawn", name="", pixels=in_base64(pixels))
    with torch.no_grad():
        expected = then(torch.tensor(before.samples(pixels))[None])[0]
    torch.testing.assert_close(torch.tensor(watched.parts()["logits"]), expected, rtol=1e-5, atol=1e-6)


def test_wrong_ones_are_those_of_the_epoch_that_is_looked_at(watch):  # noqa: F811
    watched = watch(learning_rate=0.3)
    trainer = watched.trainer
    watched.look(*ALL)
    then = copy.deepcopy(trainer.model)
    trainer.step(20, "epoch")
    labels = torch.tensor(trainer.dataset.y_test)[:, 0].long()
    wrong_then = (outputs_of(then, trainer.dataset).argmax(1) != labels).nonzero()[:, 0].tolist()
    wrong_now = (outputs_of(trainer.model, trainer.dataset).argmax(1) != labels).nonzero()[:, 0].tolist()
    assert wrong_then != wrong_now
    trainer.preview(0)
    watched.say(type="gallery", wrong=True, actual=None, predicted=None, others=False)
    assert sorted(trainer._gallery["images"]) == wrong_then[:28]
