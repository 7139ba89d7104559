"""Images on a GPU: data and model stay there, and a picture brings only what it shows."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from nnwidgets import ImageTrainer
from nnwidgets.training.image_probes import IMAGE_WANTS
from tests.unit.pictures import convolutional, in_base64, small_images
from tests.unit.plain import PATIENCE
from tests.unit.watched import Watched

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")

SETTINGS = {"hidden_layers": (5, 4), "learning_rate": 0.1, "batch_size": 7}


def train(trainer, epochs):
    trainer.train(epochs=epochs)
    trainer.wait(PATIENCE)
    return trainer


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_the_same_run_as_on_the_cpu_but_for_rounding(shuffle, kind):
    runs = []
    for device in ("cuda", "cpu"):
        settings = SETTINGS | {"shuffle": shuffle, "device": device}
        if kind == "convolutional":
            del settings["hidden_layers"]
            settings["model"] = convolutional()
        runs.append(train(ImageTrainer(small_images(), **settings), 4))
    ours, theirs = runs
    assert ours.device_name == "cuda"
    assert ours.history.steps[:, 1] == pytest.approx(theirs.history.steps[:, 1], rel=1e-2, abs=1e-4)
    assert ours.test_loss == pytest.approx(theirs.test_loss, rel=1e-2)
    for each in runs:
        each.close()


def test_data_and_model_stay_on_the_gpu_as_they_are():
    trainer = train(ImageTrainer(small_images(), device="cuda", shuffle=True, **SETTINGS), 2)
    experiment = trainer._loop.experiment
    assert {experiment.x.device.type, experiment.x_test.device.type, experiment.y.device.type} == {"cuda"}
    assert experiment.x.dtype == torch.uint8
    assert {parameter.device.type for parameter in trainer.model.parameters()} == {"cuda"}
    trainer.close()


def test_a_picture_shows_the_same_as_on_the_cpu():
    watched = [Watched(small_images(), device=device, hidden_layers=(5, 4)) for device in ("cuda", "cpu")]
    for each in watched:
        each.trainer.step(20)
    state = {name: value.cpu() for name, value in copy.deepcopy(watched[0].trainer.model.state_dict()).items()}
    with watched[1].trainer.paused():
        watched[1].trainer.model.load_state_dict(state)
    pictures = []
    for each in watched:
        each.look(*(set(IMAGE_WANTS) - {"weights"}))
        each.say(type="show_image", source="drawn", name="", pixels=in_base64(np.arange(36)))
        pictures.append(each.parts())
    ours, theirs = pictures
    assert ours.keys() == theirs.keys()
    for name in ("confusion", "answers"):
        assert ours[name].tolist() == theirs[name].tolist()
    for name in ("logits", "probabilities", "stage0", "stage1", "saliency", "confidence", "first_on"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-3, atol=1e-4)
    for each in watched:
        each.trainer.close()


def test_files_rewinding_and_previews_do_as_on_the_cpu(tmp_path):
    trainer = train(ImageTrainer(small_images(), device="cuda", **SETTINGS), 3)
    after = copy.deepcopy(trainer.model.state_dict())
    trainer.preview(1)
    trainer.preview(None)
    trainer.rewind(1)
    train(trainer, 2)
    for name, value in trainer.model.state_dict().items():
        assert torch.equal(value, after[name])
    trainer.save(tmp_path / "run.nnw")
    for device in ("cpu", "cuda"):
        loaded = ImageTrainer.load(tmp_path / "run.nnw", device=device)
        assert loaded.device_name == device
        assert loaded.test_loss == pytest.approx(trainer.test_loss, rel=1e-3)
        loaded.close()
    assert len(trainer.figure().axes) == 4
    trainer.close()
