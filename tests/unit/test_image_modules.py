"""Image trainers with modules as people write them: what is unusual in them neither ends the picture nor the data."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from nnwidgets import ImageDataset
from nnwidgets.training import image_probes
from tests.unit.pictures import convolutional, of_floats, plain_run, small_images
from tests.unit.plain import PATIENCE, same_bits
from tests.unit.watched import ALL, watch  # noqa: F401 (a fixture)


class InPlace(nn.Module):
    """Standardises the very tensor that it gets."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(36, 3)

    def forward(self, x):
        return self.linear(x.sub_(0.3).div_(0.5).flatten(1))


class Patches(nn.Module):
    """Looks at four pieces of each image with the same convolution."""

    def __init__(self):
        super().__init__()
        self.convolution, self.linear = nn.Conv2d(1, 4, 3), nn.Linear(16, 3)

    def forward(self, x):
        pieces = x.unfold(2, 3, 3).unfold(3, 3, 3).reshape(-1, 1, 3, 3)
        return self.linear(self.convolution(pieces).reshape(len(x), -1))


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Linear(8, 3))


def pruned():
    model = perceptron()
    prune.l1_unstructured(model[1], "weight", amount=0.5)
    return model


@pytest.mark.parametrize("model", [InPlace, Patches, pruned], ids=["in place", "patches", "pruned"])
def test_a_module_with_something_unusual_in_it_has_a_picture(watch, model):  # noqa: F811
    watched = watch(model=model())
    watched.look(*ALL)
    watched.trainer.step(3)
    watched.trainer._publisher.send_picture(full=True)
    parts = watched.parts()
    assert parts["confusion"].sum() == 30
    assert parts["logits"].shape == (3,)
    assert np.isfinite(parts["saliency"]).all()
    assert parts["saliency"].any()


def test_the_first_layer_of_a_pruned_network_is_shown_as_it_computes(watch):  # noqa: F811
    watched = watch(model=pruned())
    watched.trainer.step(3)
    watched.look("weights")
    watched.trainer._publisher.send_picture(full=True)
    parts = watched.parts()
    weight = watched.trainer.model[1].weight_orig * watched.trainer.model[1].weight_mask
    scale = float(parts["first_scale"][0])
    shown = (parts["first"].astype(float) - 128) / 127 * scale
    np.testing.assert_allclose(shown.reshape(8, 36), weight.detach().clamp(-scale, scale), atol=scale / 200)


def test_a_module_that_writes_into_its_input_does_not_write_into_the_data(watch):  # noqa: F811
    data = of_floats(small_images())
    x_train, x_test = data.x_train.copy(), data.x_test.copy()
    torch.manual_seed(0)
    model, plain = InPlace(), InPlace()
    plain.load_state_dict(model.state_dict())
    watched = watch(data, model=model)
    watched.look(*ALL)
    watched.trainer.train(steps=20)
    watched.trainer.wait(PATIENCE)
    watched.trainer._publisher.send_picture(full=True)
    np.testing.assert_array_equal(data.x_train, x_train)
    np.testing.assert_array_equal(data.x_test, x_test)
    plain_run(plain, data, 20)
    assert same_bits(watched.trainer.model.state_dict(), plain.state_dict())


# -- losses -----------------------------------------------------------------------------------------------


def smoothed(logits, classes):
    return nn.functional.cross_entropy(logits, classes, label_smoothing=0.1)


def two_of(data):
    """The same images without those of the third class."""
    parts = [array[labels[:, 0] < 2] for array, labels in (
        (data.x_train, data.y_train), (data.y_train, data.y_train), (data.x_test, data.y_test),
        (data.y_test, data.y_test),
    )]  # fmt: skip
    return ImageDataset("two", *parts, data.class_names[:2])


def test_a_loss_of_ones_own_for_two_classes_gets_an_output_for_each(watch):  # noqa: F811
    trainer = watch(two_of(small_images()), loss_fn=smoothed).trainer
    assert trainer.model[-1].out_features == 2
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    with torch.no_grad():
        data = trainer.dataset
        outputs = trainer.model(torch.tensor(data.x_test) / data.scale)
    assert trainer.test_loss == pytest.approx(
        float(smoothed(outputs, torch.tensor(data.y_test)[:, 0].long())), rel=1e-5
    )


def test_a_loss_of_ones_own_stays_where_two_classes_are_left(watch):  # noqa: F811
    trainer = watch(loss_fn=smoothed).trainer
    trainer.dataset = two_of(trainer.dataset)
    assert trainer.loss_fn is smoothed
    assert trainer.model[-1].out_features == 2
    trainer.loss_fn = "cross_entropy"
    trainer.loss_fn = smoothed
    assert trainer.model[-1].out_features == 2


def test_a_model_that_ends_in_a_softmax_is_told_so(watch):  # noqa: F811
    def model():
        return nn.Sequential(*perceptron(), nn.Softmax(1))

    with pytest.raises(ValueError, match="Leave the softmax at its end out"):
        watch(model=model())
    assert watch(model=model(), loss_fn=nn.CrossEntropyLoss()).trainer.model
    trainer = watch(model=perceptron()).trainer
    assert trainer.loss_fn == trainer.config()["loss_fn"] == "cross_entropy"


# -- gradients --------------------------------------------------------------------------------------------


def test_gradients_are_those_of_the_step_that_led_to_where_the_run_stands(watch):  # noqa: F811
    watched = watch(hidden_layers=(5,))
    trainer = watched.trainer

    def spreads():
        watched.look(*ALL)
        trainer._publisher.send_picture(full=True)
        return watched.parts()["histograms"][1, :, 2]

    trainer.step(1, "epoch")
    first = spreads()
    assert (first > 0).all()
    trainer.step(2, "epoch")
    assert not np.array_equal(spreads(), first)
    trainer.rewind(1)
    at_one = spreads()  # none where it is stood at by a checkpoint, and no step was made
    assert np.isnan(at_one).all() or np.array_equal(at_one, first)
    trainer.reset()
    assert np.isnan(spreads()).all()
    assert all(parameter.grad is None for parameter in trainer.model.parameters())


# -- what it costs ----------------------------------------------------------------------------------------


class Counted(nn.Module):
    """Counts the images that it is asked about in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.layers, self.seen = perceptron(), []

    def forward(self, x):
        if not self.training:
            self.seen.append(len(x))
        return self.layers(x)


def test_the_training_set_is_run_once_at_the_same_weights(watch):  # noqa: F811
    model = Counted()
    watched = watch(small_images(600, 30), model=model)
    watched.look("grid")
    watched.trainer.step(2)
    model.seen.clear()
    watched.trainer.step(2)  # the run begins, and stands: traits and a picture, each with the numbers
    assert model.seen.count(600) == 1
    loss = watched.trainer.loss
    watched.trainer.loss_fn = smoothed
    assert watched.trainer.loss > loss
    watched.trainer.edit("layers.1.bias", 3.0, 1)
    assert model.seen.count(600) == 3


def test_activations_of_large_maps_are_counted_for_fewer_images(watch, monkeypatch):  # noqa: F811
    watched = watch(model=convolutional())
    watched.look("histograms")
    counts = watched.parts()["histograms"][2, :, 3:].sum(axis=1)
    sizes = counts / 30
    monkeypatch.setattr(image_probes, "MOST_ACTIVATIONS", int(sizes.sum()) * 7)
    watched.trainer._publisher.send_picture(full=True)
    assert (watched.parts()["histograms"][2, :, 3:].sum(axis=1) == 7 * sizes).all()
