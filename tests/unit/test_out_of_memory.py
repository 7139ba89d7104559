"""Memory that a model asks for and does not get: said, with the weights kept, and a smaller batch goes on."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nnwidgets import ImageTrainer
from tests.unit.hostile import Wire
from tests.unit.pictures import small_images
from tests.unit.plain import PATIENCE, same_bits, small_data

pytestmark = pytest.mark.fault("out of memory")

LOOK = {"type": "look", "view": "a", "visible": True, "focus": None, "map_size": 40, "tile_size": 8, "wants": []}
HUGE = 10**14  # numbers, more than any machine has


class Hungry(nn.Module):
    """Asks for memory that there is not, for batches larger than some."""

    def __init__(self, most, *, how="real", flatten=0):
        super().__init__()
        torch.manual_seed(0)
        head = [nn.Flatten(), nn.Linear(flatten, 3)] if flatten else [nn.Linear(2, 1), nn.Sigmoid()]
        self.layers = nn.Sequential(*head)
        self.most, self.how = most, how

    def forward(self, x):
        if len(x) > self.most:
            if self.how == "real":
                torch.empty(HUGE)
            raise {"python": MemoryError, "cuda": torch.OutOfMemoryError}[self.how]("CUDA out of memory")
        return self.layers(x)


@pytest.mark.parametrize("how", ["real", "python", "cuda"])
def test_a_step_that_does_not_fit_is_said_and_a_smaller_batch_goes_on(make, how):
    model = Hungry(10**6, how=how)
    trainer = make(small_data(), model=model, loss_fn="bce", batch_size=10)
    trainer.step(3)
    kept = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    model.most = 5
    trainer.train()
    with pytest.raises((RuntimeError, MemoryError), match=r"memory"):
        trainer.wait(PATIENCE)
    assert (trainer.status, trainer.step_count) == ("error", 3)
    assert same_bits(trainer.model.state_dict(), kept)
    assert trainer._message["title"].endswith("at step 4:")
    assert "memory" in trainer._message["text"]
    # Pictures and losses want more than a batch of five at a time: the steps go on without them.
    trainer.batch_size = 5
    trainer.step(4)
    assert (trainer.status, trainer.step_count) == ("idle", 7)
    model.most = 10**6
    trainer.step(4)
    assert trainer._message is None
    assert trainer.loss is not None
    trainer.rewind(0)
    assert trainer.step_count == 0


def test_a_picture_that_does_not_fit_is_said_in_its_place_and_training_goes_on(make):
    data = small_data()
    model = Hungry(10**6)
    trainer = make(data, model=model, loss_fn="bce")
    model.most = len(data.x_train)  # the data fit, the map of 40 × 40 does not
    wire = Wire(trainer)
    wire.say({"method": "custom", "content": LOOK})
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch) == ("idle", 2)
    assert "in the picture:" in trainer._message["title"]
    assert "memory" in trainer._message["text"]
    assert trainer.loss is not None
    model.most = 10**6
    wire.say({"method": "custom", "content": {"type": "request_full"}})
    trainer.step()
    assert trainer._message is None


def test_images_that_do_not_fit_are_said_and_fewer_at_a_time_go_on():
    model = Hungry(10**6, flatten=36)
    trainer = ImageTrainer(small_images(), model=model, batch_size=10)
    trainer.step()
    model.most = 9
    trainer.train()
    with pytest.raises(RuntimeError, match="memory"):
        trainer.wait(PATIENCE)
    assert (trainer.status, trainer.step_count) == ("error", 1)
    trainer.batch_size = 9
    trainer.step(2)
    assert trainer.step_count == 3
    trainer.close()


def test_a_past_that_does_not_fit_is_said_and_the_present_stays(make, monkeypatch):
    trainer = make()
    trainer.step(3, "epoch")
    kept = {name: value.clone() for name, value in trainer.model.state_dict().items()}

    def no_room(*_, **__):
        torch.empty(HUGE)

    monkeypatch.setattr(type(trainer._loop.experiment), "restore", no_room)
    with pytest.raises(RuntimeError, match="memory"):
        trainer.rewind(1)
    monkeypatch.undo()
    assert same_bits(trainer.model.state_dict(), kept)
    trainer.step(2)
    trainer.rewind(1)
    assert trainer.epoch == 1
