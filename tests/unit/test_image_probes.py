"""What a picture of an image trainer shows, against plain PyTorch; and which images are chosen for it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.networks import read_network
from nnwidgets.training.image_probes import WITHIN_SCALE
from nnwidgets.training.way import read_way
from tests.unit.pictures import convolutional, in_base64, outputs_of, small_images
from tests.unit.watched import ALL, watch

__all__ = ["watch"]

# -- the test set ---------------------------------------------------------------------------------------


def test_matrix_and_answers_are_those_of_the_present_weights(watch):
    watched = watch()
    trainer, data = watched.trainer, watched.trainer.dataset
    labels = torch.tensor(data.y_test)[:, 0].long()
    for steps in (1, 30):
        trainer.step(steps)
        watched.look(*ALL)
        watched.trainer._publisher.send_picture(full=False)
        parts, outputs = watched.parts(), outputs_of(trainer.model, data)
        answers = outputs.argmax(1)
        expected = torch.zeros(3, 3)
        for actual, answer in zip(labels, answers, strict=True):
            expected[actual, answer] += 1
        assert parts["confusion"].tolist() == expected.tolist()
        images = trainer._gallery["images"]
        assert parts["answers"].tolist() == answers[images].tolist()
        torch.testing.assert_close(torch.tensor(parts["confidence"]), outputs.softmax(1).amax(1)[images])
        assert parts["confusion"].trace() / 30 == pytest.approx(trainer.test_accuracy)


def test_frames_between_two_looks_bring_the_numbers_and_the_curves_only(watch):
    watched = watch()
    trainer = watched.trainer
    trainer.step(2)
    loss = trainer.loss
    trainer.set_trait("status", "running")
    trainer._loop.status = "running"
    trainer._look_due = float("inf")
    trainer._publisher.send_picture(full=False)
    assert watched.parts().keys() == {"steps", "epochs"}
    assert trainer.loss == loss
    trainer._publisher.send_picture(full=True)
    assert "confusion" in watched.parts()
    trainer._loop.status = "paused"


# -- one image --------------------------------------------------------------------------------------------


def stages_of(model, pixels):
    """What each module of a Sequential puts out."""
    outputs = []
    for module in model:
        pixels = module(pixels)
        outputs.append(pixels)
    return outputs


def test_the_way_of_an_image_is_what_the_layers_put_out(watch):
    watched = watch()
    trainer, data = watched.trainer, watched.trainer.dataset
    trainer.step(40)
    watched.look(*ALL)
    watched.say(type="choose", image=11)
    parts, model = watched.parts(), trainer.model
    pixels = (torch.tensor(data.x_test[11:12]) / 255).requires_grad_()
    outputs = stages_of(model, pixels)
    assert trainer._chosen["image"] == 11
    assert trainer._chosen["label"] == int(data.y_test[11, 0])
    assert trainer._chosen["pixels"] == data.x_test[11].tobytes()
    torch.testing.assert_close(torch.tensor(parts["stage0"]), outputs[2][0].detach())
    torch.testing.assert_close(torch.tensor(parts["stage1"]), outputs[4][0].detach())
    torch.testing.assert_close(torch.tensor(parts["logits"]), outputs[5][0].detach())
    torch.testing.assert_close(torch.tensor(parts["probabilities"]), outputs[5][0].detach().softmax(0))
    (gradient,) = torch.autograd.grad(outputs[5][0].max(), pixels)
    torch.testing.assert_close(torch.tensor(parts["saliency"]), (gradient * pixels)[0, 0].detach())
    for stage, layer, before in ((1, model[3], outputs[2]), (2, model[5], outputs[4])):
        products = (layer.weight * before[0]).detach()
        edges = parts[f"edges{stage}"]
        for source, target, value in edges:
            assert value == pytest.approx(products[int(target), int(source)].item())
        sizes = np.abs(edges[:, 2])
        assert (np.diff(sizes) >= 0).all()
        if stage == 1:
            assert len(edges) == min(60, int((products != 0).sum()))
            assert sizes.max() == pytest.approx(products.abs().max().item())


def test_an_image_of_ones_own_is_scaled_as_the_data_are(watch):
    data = small_images(scale=100.0)
    watched = watch(data)
    trainer = watched.trainer
    drawn = np.arange(36, dtype=np.uint8) * 7
    watched.look("way")
    watched.say(type="show_image", source="drawn", name="", pixels=in_base64(drawn))
    stored = np.rint(drawn / 255 * 100).astype(np.uint8)
    with torch.no_grad():
        expected = trainer.model(torch.tensor(stored).reshape(1, 1, 6, 6) / 100.0)
    torch.testing.assert_close(torch.tensor(watched.parts()["logits"]), expected[0])
    chosen = trainer._chosen
    assert (chosen["source"], chosen["image"], chosen["label"], chosen["pixels"]) == (
        "drawn",
        None,
        None,
        drawn.tobytes(),
    )
    trainer.step(20)  # it stays, and is looked at with the weights that there are then
    watched.look("way")
    with torch.no_grad():
        after = trainer.model(torch.tensor(stored).reshape(1, 1, 6, 6) / 100.0)
    assert not torch.equal(after, expected)
    watched.trainer._publisher.send_picture(full=False)
    torch.testing.assert_close(torch.tensor(watched.parts()["logits"]), after[0])


@pytest.mark.parametrize(
    "message",
    [
        {"pixels": in_base64(range(35))},
        {"pixels": in_base64(range(37))},
        {"pixels": "no base64!"},
        {"pixels": None},
        {"pixels": "A" * 10_000_000},
        {"pixels": in_base64(range(36)), "source": "test"},
        {"pixels": in_base64(range(36)), "name": 3},
    ],
)
def test_pixels_that_are_no_image_are_refused_and_change_nothing(watch, message):
    watched = watch()
    before = watched.trainer._chosen
    watched.say(**{"type": "show_image", "source": "file", "name": "a.png"} | message)
    assert watched.refusals()
    assert watched.trainer._chosen == before


@pytest.mark.parametrize("image", [-1, 30, 1.5, "3", None, True, [1]])
def test_an_image_that_there_is_not_is_refused(watch, image):
    watched = watch()
    before = watched.trainer._chosen
    watched.say(type="choose", image=image)
    assert watched.refusals()
    assert watched.trainer._chosen == before


def test_a_chosen_image_is_answered_at_once_on_a_slow_link_too(watch):
    watched = watch()
    watched.look("grid", "way")
    trainer, channel = watched.trainer, watched.trainer._channel
    channel._level = 3  # what panels show comes with every fourth frame
    channel.sent = channel.acknowledged = 1
    trainer._look_due, trainer._stood = 0.0, False  # as for an image that has just been chosen while the run goes on
    wish = channel.wish()
    assert not wish.wants
    assert "logits" in trainer._picture(trainer._told(trainer._loop.experiment), wish).parts


# -- the first layer -----------------------------------------------------------------------------------------


def unquantised(parts):
    return (parts["first"].astype(float) - 128) / 127 * parts["first_scale"][0]


def check_first(parts, weight):
    """They are these weights, and all but the largest are within their scale."""
    sizes = weight.abs().flatten().sort().values
    scale = sizes[int(WITHIN_SCALE * (len(sizes) - 1))].item()
    assert parts["first_scale"][0] == pytest.approx(scale)
    within = weight.reshape(5, 6, 6).clamp(-scale, scale)
    np.testing.assert_allclose(unquantised(parts), within, atol=0.6 * scale / 127)


def test_weights_of_which_few_have_changed_have_a_scale(watch):
    watched = watch()
    with watched.trainer.paused(), torch.no_grad():
        watched.trainer.model[1].weight[0, 0] += 0.5
    watched.look("change")
    assert watched.parts()["first_scale"][0] == pytest.approx(0.5, rel=1e-6)


def test_the_first_layer_is_shown_as_weights_or_as_their_change(watch):
    watched = watch()
    trainer, data = watched.trainer, watched.trainer.dataset
    start = trainer.model[1].weight.detach().clone()
    trainer.step(30)
    weight, bias = trainer.model[1].weight.detach(), trainer.model[1].bias.detach()
    watched.look("weights")
    parts = watched.parts()
    assert parts["first_kind"][0] == 0
    check_first(parts, weight)
    assert parts["first_bias"].tolist() == bias.tolist()
    watched.look("change")
    parts = watched.parts()
    assert parts["first_kind"][0] == 1
    check_first(parts, weight - start)
    with torch.no_grad():
        hidden = trainer.model[2](trainer.model[1](trainer.model[0](torch.tensor(data.x_test) / 255)))
    np.testing.assert_allclose(parts["first_on"], (hidden > 0).float().mean(0), atol=1e-6)
    labels = torch.tensor(data.y_test)[:, 0].long()
    means = torch.stack([hidden[labels == label].mean(0) for label in range(3)])
    assert parts["first_class"].tolist() == means.argmax(0).tolist()


def test_change_is_since_the_beginning_of_the_run_also_with_another_seed(watch):
    watched = watch()
    watched.trainer.reset(seed=8)
    watched.look("change")
    assert np.abs(unquantised(watched.parts())).max() == 0


# -- any network ---------------------------------------------------------------------------------------------


def test_a_convolutional_network_shows_kernels_and_feature_maps(watch):
    watched = watch(model=convolutional())
    trainer, data = watched.trainer, watched.trainer.dataset
    trainer.step(10)
    stages = [(stage["name"], stage["kind"], stage["units"], stage["height"]) for stage in trainer._way["stages"]]
    assert stages == [
        ("Conv2d 1", "maps", 4, 6),
        ("MaxPool2d 1", "maps", 4, 3),
        ("Conv2d 2", "maps", 5, 3),
        ("Linear 1", "units", 3, 0),
    ]
    assert (trainer._way["units"], trainer._way["rows"], trainer._way["columns"]) == (4, 3, 3)
    watched.look(*ALL)
    watched.say(type="choose", image=3)
    parts = watched.parts()
    with torch.no_grad():
        outputs = stages_of(trainer.model, torch.tensor(data.x_test[3:4]) / 255)
    for index, expected in enumerate((outputs[1], outputs[2], outputs[4])):
        low, high = parts[f"stage{index}_range"]
        maps = parts[f"stage{index}"].astype(float) / 255 * (high - low) + low
        np.testing.assert_allclose(maps, expected[0], atol=0.6 * (high - low) / 255)
    np.testing.assert_allclose(parts["logits"], outputs[-1][0], rtol=1e-5)
    change = unquantised(parts)
    assert change.shape == (4, 3, 3)
    assert np.abs(change).max() > 0
    on = (stages_of(trainer.model, torch.tensor(data.x_test) / 255)[1] > 0).float().mean((0, 2, 3))
    np.testing.assert_allclose(parts["first_on"], on, atol=1e-6)


class Residual(nn.Module):
    """Reuses a module, adds what it skipped, and has an activation that is no module."""

    def __init__(self):
        super().__init__()
        self.into, self.again, self.out = nn.Linear(36, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.into(x.flatten(1)))
        x = x + self.again(x)
        return self.out(self.again(x))


def test_any_module_has_a_way(watch):
    watched = watch(model=Residual())
    stages = [(stage["name"], stage["detail"], stage["units"]) for stage in watched.trainer._way["stages"]]
    assert stages == [("into", "Linear", 6), ("again", "Linear", 6), ("again", "Linear", 6), ("out", "Linear", 3)]
    assert watched.trainer._way["units"] == 6
    watched.look(*ALL)
    watched.say(type="choose", image=1)
    parts = watched.parts()
    assert {"stage0", "stage1", "stage2", "logits", "first", "histograms", "saliency"} <= parts.keys()
    with torch.no_grad():
        expected = watched.trainer.model(torch.tensor(watched.trainer.dataset.x_test[1:2]) / 255)
    np.testing.assert_allclose(parts["logits"], expected[0], rtol=1e-5)
    # What `out` gets is what the second call of `again` put out; what `again` gets is not what `into` did.
    assert "edges1" not in parts
    assert "edges3" in parts


def test_a_network_whose_first_weights_are_no_images_has_none(watch):
    model = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(36, 3))
    watched = watch(model=model)
    watched.look(*ALL)
    watched.say(type="choose", image=1)
    assert watched.trainer._way["units"] == 0
    assert "first" not in watched.parts()


def test_a_way_is_no_longer_than_can_be_shown():
    layers = [layer for _ in range(40) for layer in (nn.Linear(4, 4), nn.Tanh())]
    model, image = nn.Sequential(nn.Flatten(), *layers, nn.Linear(4, 2)), torch.zeros(1, 1, 2, 2)
    way = read_way(model, read_network(model, image), image)
    assert len(way.stages) == 24
    assert way.stages[-1].shape == (2,)
    assert not any(module._forward_hooks for module in model.modules())


def test_histograms_are_of_weights_the_last_gradients_and_activations(watch):
    watched = watch()
    trainer, data = watched.trainer, watched.trainer.dataset
    trainer.step(3)
    watched.look("histograms")
    rows = watched.parts()["histograms"]
    assert rows.shape == (3, 3, 67)
    linears = [trainer.model[index] for index in (1, 3, 5)]
    outputs = stages_of(trainer.model, torch.tensor(data.x_test) / 255)
    for index, (linear, heard) in enumerate(zip(linears, (outputs[2], outputs[4], outputs[5]), strict=True)):
        for row, values in zip(rows, (linear.weight, linear.weight.grad, heard), strict=True):
            assert row[index, 1] == pytest.approx(values.mean().item(), abs=1e-6)
            assert row[index, 3:].sum() == values.numel()
