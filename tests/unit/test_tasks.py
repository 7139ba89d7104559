"""Other data, other losses: what follows from them, and that it can be gone back to, saved and written down."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets import PlanarTrainer
from nnwidgets.training import commands as c
from tests.unit.plain import PATIENCE, same_bits, small_data


def train(trainer, epochs):
    trainer.train(epochs=epochs)
    trainer.wait(PATIENCE)


def picture(trainer, size=24):
    wish = trainer._channel.wish()
    wish.map_size, wish.tile_size = size, 8
    return trainer._loop.call(c.Do(lambda: trainer._picture(trainer._told(trainer._loop.experiment), wish)))


def outputs(trainer, size=24):
    (x_low, x_high), (y_low, y_high) = trainer._plane
    share = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(x_low + share * (x_high - x_low), y_high - share * (y_high - y_low))
    with torch.no_grad():
        return trainer.model(torch.tensor(np.stack([x.ravel(), y.ravel()], 1), dtype=torch.float32))


# -- pictures -----------------------------------------------------------------------------------------


def test_a_score_of_zero_is_the_middle_of_the_map(make):
    trainer = make("moons", n_samples=60, loss_fn="hinge", hidden_layers=(4,), learning_rate=0.3)
    train(trainer, 5)
    score, cells = outputs(trainer)[:, 0].numpy(), picture(trainer).map.ravel()
    assert (score > 0).any()
    assert (score < 0).any()
    assert np.array_equal(cells, np.floor(np.clip(128.5 + 127 * score, 1, 255)).astype(np.uint8))


def test_values_are_shown_over_the_range_of_the_data(make):
    trainer = make((np.eye(2).repeat(3, 0), [10.0, 11.5, 12.0, 13.0, 14.5, 20.0]))
    low, high = trainer.dataset.value_range
    assert (low, high) == (10, 20)
    shown = np.clip(128.5 + 127 * (outputs(trainer)[:, 0].numpy() - 15) / 5, 1, 255)
    assert np.abs(picture(trainer).map.ravel() - np.floor(shown)).max() <= 1


def test_the_map_of_classes_is_the_likeliest_and_its_lead(make):
    trainer = make("gaussians", n_samples=60, n_classes=4, hidden_layers=(6,), learning_rate=0.3)
    train(trainer, 5)
    shown, shares = picture(trainer), outputs(trainer).softmax(1).numpy()
    ordered = np.sort(shares, axis=1)
    assert np.array_equal(shown.classes.ravel(), shares.argmax(axis=1))
    lead = (shown.map.ravel() / 255) ** 2
    assert np.abs(lead - (ordered[:, -1] - ordered[:, -2])).max() < 0.005
    assert len(shown.tiles) == 6 + 4
    assert shown.tile_scales[-4:].tolist() == [1, 1, 1, 1]


def test_pointing_at_an_output_is_for_several_of_them(make):
    trainer = make("rings", n_samples=30)
    look = {"type": "look", "view": "a", "visible": True, "map_size": 24, "tile_size": 8}
    trainer._handle_custom_msg(look | {"focus": [1, 2]}, [])
    shown = picture(trainer)
    assert shown.focus == (1, 2)
    assert np.abs(shown.focus_map.ravel() / 255 - outputs(trainer).softmax(1)[:, 2].numpy()).max() < 0.005
    trainer._handle_custom_msg(look | {"focus": [1, 3]}, [])
    assert picture(trainer).focus is None
    trainer.dataset = "circles"
    trainer._handle_custom_msg(look | {"focus": [1, 0]}, [])
    assert picture(trainer).focus is None


# -- what follows from the data -----------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["eager", "fused"])
def test_a_run_goes_over_tasks_and_back(make, engine):
    trainer = make(engine=engine, hidden_layers=(3,), optimizer="adam")
    ends = {}
    for epoch, name in enumerate(("circles", "rings", "plane", "xor", "gaussians"), 1):
        trainer.dataset = small_data(name)
        train(trainer, 1)
        ends[epoch] = (name, trainer.loss_fn, {k: v.clone() for k, v in trainer.model.state_dict().items()})
    assert [ends[epoch][1] for epoch in ends] == ["bce", "cross_entropy", "mse", "bce", "bce"]
    for epoch in (2, 5, 3, 1, 4):
        trainer.rewind(epoch)
        name, loss_fn, state = ends[epoch]
        assert (trainer.dataset.name, trainer.loss_fn) == (name, loss_fn)
        assert same_bits(trainer.model.state_dict(), state)


def test_hidden_weights_stay_and_outputs_begin_anew(make):
    trainer = make(hidden_layers=(3,))
    train(trainer, 2)
    before = trainer.model[0].weight.clone()
    trainer.dataset = small_data("rings")
    assert torch.equal(trainer.model[0].weight, before)
    fresh = make(small_data("rings"), hidden_layers=(3,))
    assert torch.equal(trainer.model[2].weight, fresh.model[2].weight)


def test_data_that_were_there_for_a_moment_leave_their_trace(make):
    trainer = make(hidden_layers=(3,))
    train(trainer, 1)
    output = trainer.model[2].weight.clone()
    trainer.dataset = small_data("rings")
    trainer.dataset = small_data("moons")
    assert not torch.equal(trainer.model[2].weight, output)
    train(trainer, 1)
    end = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    names = {}
    exec(trainer.to_code(), names)
    assert same_bits(names["model"].state_dict(), end)
    trainer.rewind(1)
    trainer.rewind(2)
    assert same_bits(trainer.model.state_dict(), end)


def test_a_loss_that_was_asked_for_stays_where_it_fits(make):
    trainer = make(loss_fn="mse")
    trainer.dataset = small_data("plane")
    assert trainer.loss_fn == "mse"
    trainer.dataset = small_data("rings")
    assert trainer.loss_fn == "cross_entropy"
    trainer.dataset = small_data("circles")
    assert trainer.loss_fn == "bce"
    with pytest.raises(ValueError, match="values to predict, for which cross-entropy is no loss"):
        make(small_data("plane"), loss_fn=nn.CrossEntropyLoss())


def test_classes_are_added_and_taken_away_at_any_time(make):
    trainer = make("gaussians", n_samples=40)
    train(trainer, 1)
    for n_classes in (5, 8, 2, 3):
        trainer.n_classes = n_classes
        train(trainer, 1)
        assert trainer.dataset.n_classes == n_classes
        assert trainer.model[2].out_features == (1 if n_classes == 2 else n_classes)
    trainer.dataset = "rings"
    assert trainer.n_classes == 3
    trainer.dataset = "moons"
    assert trainer.n_classes == 2
    trainer.dataset = ([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], ["a", "b", "c"])
    assert trainer.n_classes == 3


def test_wishes_that_come_faster_than_they_are_carried_out_all_count(make):
    trainer = make("circles", n_samples=40)
    gate = threading.Event()
    trainer._loop.submit(c.Do(gate.wait))
    for name, value in (("dataset", "rings"), ("noise", 0.2), ("dataset", "plane"), ("noise", 0.3), ("n_samples", 50)):
        trainer._handle_custom_msg({"type": "set", "name": name, "value": value}, [])
    gate.set()
    trainer._loop.call(c.Do(lambda: None))
    parameters = trainer._loop.experiment.settings.dataset.parameters
    assert (parameters["name"], parameters["noise"], parameters["n_samples"]) == ("plane", 0.3, 50)
    assert trainer._message is None


# -- modules, losses and optimizers of the user's own ---------------------------------------------------


def test_a_module_s_usual_loss_is_decided_once(make):
    model = nn.Sequential(nn.Linear(2, 1), nn.Hardtanh())
    trainer = make(model=model)
    assert trainer.loss_fn == "bce_with_logits"
    trainer.dataset = small_data("plane")
    with trainer.paused():
        model[0].weight.data.zero_()
        model[0].bias.data.fill_(0.5)
    trainer.dataset = small_data("moons")  # its outputs could be probabilities now
    assert trainer.loss_fn == "bce_with_logits"


def test_a_script_has_the_loss_of_each_task_also_for_a_module_of_one_s_own(make):
    trainer = make(model=nn.Sequential(nn.Linear(2, 1)))
    train(trainer, 1)
    trainer.dataset = small_data("plane")
    train(trainer, 1)
    code = trainer.to_code()
    assert code.index("nn.BCEWithLogitsLoss()") < code.index("nn.MSELoss()")


def test_what_was_frozen_before_other_outputs_is_so_in_the_script(make):
    trainer = make(hidden_layers=(2,))
    trainer.model[2].weight.requires_grad_(False)
    train(trainer, 1)
    trainer.reset()
    trainer.dataset = small_data("rings")
    train(trainer, 2)
    names = {}
    exec(trainer.to_code(), names)
    assert same_bits(names["model"].state_dict(), trainer.model.state_dict())


def test_a_run_can_be_loaded_after_what_was_one_s_own_was_replaced(make, tmp_path):
    def optimizer(parameters):
        return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)

    loss_fn = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 1.0]))
    trainer = make("rings", n_samples=30, loss_fn=loss_fn, optimizer=optimizer)
    train(trainer, 1)
    trainer.dataset = small_data("plane")
    trainer.optimizer = "sgd"
    trainer.optimizer_options = {"momentum": 0.5}
    train(trainer, 1)
    trainer.save(tmp_path / "run")
    with pytest.raises(ValueError, match="the run used a loss of your own: give it again"):
        PlanarTrainer.load(tmp_path / "run", optimizer=optimizer)
    twin = PlanarTrainer.load(tmp_path / "run", optimizer=optimizer, loss_fn=loss_fn)
    assert (twin.loss_fn, twin.optimizer, twin.optimizer_options) == ("mse", "sgd", {"momentum": 0.5})
    twin.rewind(1)
    assert (twin.loss_fn, twin.optimizer) == (loss_fn, optimizer)
    twin.close()


def test_a_module_needs_an_output_for_each_class_whatever_the_loss():
    for outputs_ in (1, 2, 4):
        with pytest.raises(ValueError, match="one output per class"):
            PlanarTrainer(small_data("rings"), model=nn.Linear(2, outputs_), loss_fn=lambda z, y: (z - y).mean())


def test_a_configuration_takes_other_data_with_their_usual_loss(make):
    config = make("circles", n_samples=30).config()
    for name, loss_fn in (("plane", "mse"), ("rings", "cross_entropy"), ("moons", "bce")):
        twin = PlanarTrainer.from_config(config, dataset=small_data(name))
        assert twin.loss_fn == loss_fn
        twin.close()


def test_a_figure_is_drawn_of_each_task(make):
    for name, loss_fn in (("rings", None), ("plane", None), ("moons", "hinge"), ("xor", "cross_entropy")):
        trainer = make(small_data(name), loss_fn=loss_fn)
        train(trainer, 1)
        assert trainer.figure().axes
