"""Recordings of runs: each moment is what a rewind would show, and the run itself notices nothing."""

from __future__ import annotations

import functools
import random

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets import FashionTrainer, FunctionTrainer, ImageTrainer, PerceptronTrainer, PlanarTrainer
from nnwidgets.training import commands as c
from nnwidgets.training import keyframes
from nnwidgets.training.keyframes import Keyframes
from nnwidgets.widgets import _recorder
from nnwidgets.widgets._recorded_format import decode
from nnwidgets.widgets._recorder import FIRST_PAST
from tests.unit.pictures import convolutional, small_images
from tests.unit.plain import PATIENCE, Uncopied, bits, same_bits, small_data
from tests.unit.recordings import check_frame, epochs_of, look, recorded, train
from tests.unit.stories import ACTIONS, make_story

# -- what is in it ------------------------------------------------------------------------------------


def nothing(_):
    """The run goes on as it is."""


def edit(trainer):
    with torch.no_grad():
        next(trainer.model.parameters()).fill_(0.25)
    trainer._loop.call(c.Adopt())


def freeze(trainer):
    trainer.model[0].bias.requires_grad_(False)
    trainer._loop.call(c.Adopt())


SETTINGS = {
    "plain": ({}, nothing),
    "dropout": ({"dropout": 0.3, "hidden_layers": (4,)}, nothing),
    "momentum": ({"optimizer": "sgd", "optimizer_options": {"momentum": 0.9}}, nothing),
    "schedule": ({"schedule": {"name": "step", "step_size": 2, "gamma": 0.5}}, nothing),
    "classes": ({"data": small_data("rings", 40, test_share=0.25), "hidden_layers": (3, 2)}, nothing),
    "values": ({"data": small_data("plane", 30)}, nothing),
    "fused": ({"engine": "fused", "optimizer": "adam"}, nothing),
    "rate": ({}, lambda trainer: setattr(trainer, "learning_rate", 0.5)),
    "edit": ({}, edit),
    "frozen": ({}, freeze),
    "network": ({}, lambda trainer: setattr(trainer, "hidden_layers", (4, 3))),
    "data": ({}, lambda trainer: setattr(trainer, "dataset", small_data("rings", 30))),
    "batches": ({"batch_size": 3}, lambda trainer: setattr(trainer, "batch_size", 8)),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_moment_is_what_a_rewind_shows(make, name):
    settings, change = SETTINGS[name]
    data = settings.get("data", small_data(n_samples=40, test_share=0.25))
    trainer, twin = (make(data, **{name: value for name, value in settings.items() if name != "data"}) for _ in "ab")
    for each in (trainer, twin):
        train(each, epochs=3)
        change(each)
        train(each, epochs=3)
    found = recorded(trainer)
    assert (epochs_of(found), found.stands) == ([0, 1, 2, 3, 4, 5, 6], 6)
    look(twin)
    for frame in found.frames:
        twin.rewind(frame.header["epoch"])
        check_frame(frame, twin)


def told_from(story, make):
    trainer = make(hidden_layers=(3,))
    for kind, value in story:
        if kind not in ("reset", "mischief"):
            ACTIONS[kind](trainer._loop, value)
    return trainer


@pytest.mark.parametrize("seed", range(6))
def test_whatever_was_done_is_recorded_as_it_was(make, seed):
    story = [("whole", 2), *make_story(random.Random(seed), 12, networks=True)]
    trainer, twin = told_from(story, make), told_from(story, make)
    found = recorded(trainer)
    weights = bits(torch.cat([parameter.detach().ravel() for parameter in twin.model.parameters()]))
    assert found.frames[found.stands].arrays["parameters"].tobytes() == weights
    assert sorted(set(epochs_of(found))) == list(range(trainer.history.last_epoch + 1))
    others = [frame for number, frame in enumerate(found.frames) if number != found.stands]
    for frame in others:
        twin.rewind(frame.header["epoch"])
        look(twin)
        twin._publisher._shown = None
        twin._loop.call(c.Refresh())
        check_frame(frame, twin)


def test_a_run_that_stands_within_an_epoch_ends_with_that_moment(make):
    trainer = train(train(make(), epochs=2), steps=2)
    found = recorded(trainer)
    assert [(frame.header["epoch"], frame.header["batch"]) for frame in found.frames] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (2, 2),
    ]
    assert found.stands == 3
    assert found.frames[3].header["loss"] == trainer.loss


def test_an_edit_at_the_end_of_an_epoch_is_a_moment_of_its_own(make):
    trainer = train(make(), epochs=2)
    edit(trainer)
    found = recorded(trainer)
    assert (epochs_of(found), found.stands) == ([0, 1, 2, 2], 3)
    assert found.frames[3].arrays["parameters"][0] == 0.25
    assert found.frames[2].arrays["parameters"][0] != 0.25


def test_a_run_that_was_rewound_is_recorded_to_its_end(make):
    trainer = train(make(), epochs=5)
    whole = recorded(trainer)
    trainer.rewind(2)
    found = recorded(trainer)
    assert (epochs_of(found), found.stands) == ([0, 1, 2, 3, 4, 5], 2)
    assert found.frames[5].arrays["parameters"].tobytes() == whole.frames[5].arrays["parameters"].tobytes()
    assert found.rows["epochs"].tobytes() == whole.rows["epochs"].tobytes()


def test_the_curves_are_those_of_a_full_frame(make):
    trainer = train(make(), epochs=3)
    found = recorded(trainer)
    assert found.rows["epochs"].tobytes() == trainer.history.epochs[:, [0, 2, 3, 4, 5]].tobytes()
    assert found.rows["steps"].tobytes() == trainer.history.steps.tobytes()


def test_a_run_that_diverged_is_recorded(make):
    trainer = make(small_data("plane", 30), hidden_layers=(3,), activation="relu", learning_rate=1e12)
    trainer.train(epochs=20)
    trainer.wait(PATIENCE)
    assert trainer.status == "diverged"
    found = recorded(trainer)
    last = found.frames[found.stands]
    assert last.header["status"] == "diverged"
    weights = np.concatenate([parameter.detach().numpy().ravel() for parameter in trainer.model.parameters()])
    assert last.arrays["parameters"].tobytes() == weights.tobytes()


def test_weights_that_are_no_numbers_are_recorded(make):
    trainer = train(make(), epochs=1)
    with torch.no_grad():
        trainer.model[0].weight.fill_(float("nan"))
        trainer.model[0].bias.fill_(float("inf"))
    trainer._loop.call(c.Adopt())
    last = recorded(trainer).frames[-1]
    assert np.isnan(last.arrays["parameters"][:4]).all()
    assert np.isinf(last.arrays["parameters"][4:6]).all()
    assert last.header["loss"] is None


def test_stretches_of_another_network_or_other_data_bring_their_descriptions(make):
    trainer = train(make(), epochs=2)
    network, data = trainer._network, trainer._data
    trainer.hidden_layers = (4,)
    train(trainer, epochs=1)
    trainer.dataset = small_data("moons", 30)
    train(trainer, epochs=1)
    found = recorded(trainer)
    assert [frame.past for frame in found.frames] == [0, 0, 0, 1, None]
    first, second = found.pasts
    assert {**first["network"], "version": 0} == {**network, "version": 0, "editable": False}
    assert first["data"]["points"] == data["points"]
    assert (first["network"]["version"], second["network"]["version"]) == (FIRST_PAST, FIRST_PAST - 1)
    assert [layer["units"] for layer in second["network"]["layers"]] == [4, 1]
    for frame in found.frames:
        told = {"network": trainer._network, "data": trainer._data} if frame.past is None else found.pasts[frame.past]
        versions = frame.header["network_version"], frame.header["data_version"]
        assert versions == (told["network"]["version"], told["data"]["version"])
    assert first["way"] is first["gallery"] is first["chosen"] is None


def test_where_a_run_went_back_to_its_first_network_that_is_the_present_one(make):
    trainer = train(make(), epochs=1)
    trainer.hidden_layers = (4,)
    train(trainer, epochs=1)
    trainer.rewind(1)
    found = recorded(trainer)
    assert [frame.past for frame in found.frames] == [None, None, 0]


@pytest.fixture
def close():
    """Closes in the end what is added to it."""
    made = []
    yield made
    for trainer in made:
        trainer.close()


@pytest.mark.parametrize(
    ("new", "epochs"),
    [
        (lambda: PerceptronTrainer(noise=0.3, initialiser="zeros"), 4),
        (lambda: FunctionTrainer(engine="eager", dropout=0.1), 3),
        (lambda: FunctionTrainer("step", engine="eager", hidden_layers=(3, 2), standardise=True), 3),
        (lambda: ImageTrainer(small_images(), hidden_layers=(5, 4), batch_size=7, learning_rate=0.1), 4),
        (lambda: ImageTrainer(small_images(), model=convolutional(), batch_size=7, learning_rate=0.1), 3),
    ],
    ids=["perceptron", "function", "deep function", "images", "convolutional"],
)
def test_each_kind_of_trainer_records_what_a_rewind_shows(close, new, epochs):
    trainer, twin = new(), new()
    close += [trainer, twin]
    for each in (trainer, twin):
        look(each)
        train(each, epochs=epochs)
    found = recorded(trainer)
    assert found.stands == len(found.frames) - 1 == trainer.epoch
    look(twin)
    for frame in found.frames[:-1]:
        twin.rewind(frame.header["epoch"])
        check_frame(frame, twin)


def test_other_images_and_networks_of_an_image_trainer_are_described_in_its_pasts(close):
    trainer = ImageTrainer(small_images(60, 12, seed=1), hidden_layers=(5,), batch_size=7)
    close.append(trainer)
    train(trainer, epochs=1)
    trainer.dataset = small_images()
    train(trainer, epochs=1)
    trainer.hidden_layers = (4, 3)
    train(trainer, epochs=1)
    before = trainer.get_state()
    found = recorded(trainer)
    assert [frame.past for frame in found.frames] == [0, 0, 1, None]
    first, second = found.pasts
    assert (first["data"]["n_test"], second["data"]["n_test"]) == (12, 30)
    assert sorted(first["gallery"]["images"]) == list(range(12))
    assert len(first["gallery"]["pixels"]) == 12 * 36
    assert [stage["units"] for stage in second["way"]["stages"]] == [5, 3]
    for frame in found.frames:
        told = found.pasts[frame.past] if frame.past is not None else vars(trainer)["_trait_values"]
        prefix = "" if frame.past is not None else "_"
        for name in ("network", "data", "gallery", "chosen"):
            assert frame.header[f"{name}_version"] == told[f"{prefix}{name}"]["version"]
    after = trainer.get_state()
    assert {name for name in before if before[name] != after[name]} == {"_recorded"}


# -- what it leaves alone -----------------------------------------------------------------------------


def everything(trainer):
    """All that can be seen of a trainer but its recording."""
    loop, channel = trainer._loop, trainer._channel
    state = {name: value for name, value in trainer.get_state().items() if name != "_recorded"}
    gradients = [None if p.grad is None else bits(p.grad) for p in trainer.model.parameters()]
    modes = [module.training for module in trainer.model.modules()]
    weights = {name: bits(value) for name, value in loop.experiment.copy_state().items()}
    counts = channel.sent, channel.acknowledged, loop.experiment.edit_count, loop.experiment.data_version
    return state, gradients, modes, weights, counts, bits(torch.get_rng_state()), loop.experiment.position, loop.status


@pytest.mark.parametrize("looked", [False, True])
def test_nothing_but_the_recording_changes(make, monkeypatch, looked):
    model = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 1), nn.Sigmoid())
    trainer = train(make(small_data(n_samples=24), model=model, learning_rate=0.2), epochs=4)
    called, sent = [], []
    trainer.on_epoch_end(lambda _: called.append(True))
    if looked:
        trainer.preview(2)
    trainer.observe(lambda change: called.append(change.name), [*METRICS_SHOWN, "_past", "_network", "_data"])
    monkeypatch.setattr(PlanarTrainer, "send", lambda *_, **__: sent.append(True))
    before = everything(trainer)
    assert epochs_of(recorded(trainer)) == [0, 1, 2, 3, 4]
    assert everything(trainer) == before
    assert called == sent == []
    assert trainer._loop.preview.epoch == (2 if looked else None)


class Noisy(nn.Module):
    """Draws from PyTorch's generator whenever it is asked, in evaluation mode as well."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x + torch.randn_like(x)))


def test_no_random_number_of_a_module_is_missing_from_its_run(make):
    trainer = train(make(model=Noisy(), loss_fn="bce"), epochs=2)
    trainer.dataset = small_data("moons", 30, test_share=0.3)
    trainer.loss_fn = nn.functional.mse_loss  # it is tried, also on the way to what was before
    train(trainer, epochs=2)
    before = bits(torch.get_rng_state())
    assert epochs_of(recorded(trainer)) == [0, 1, 2, 3, 4]
    assert bits(torch.get_rng_state()) == before


METRICS_SHOWN = ("loss", "accuracy", "epoch", "step_count", "status", "_snapshot", "_message", "_diagnosis")


@pytest.mark.parametrize("engine", ["eager", "fused"])
@pytest.mark.parametrize("steps", [0, 3])
def test_a_run_comes_to_the_same_weights_whether_or_not_it_was_recorded(make, engine, steps):
    settings = {"dropout": 0.2, "hidden_layers": (4,), "optimizer": "adam", "engine": engine}
    trainer, twin = make(**settings), make(**settings)
    for each in (trainer, twin):
        train(each, epochs=3)
        if steps:
            train(each, steps=steps)
    recorded(trainer)
    for each in (trainer, twin):
        train(each, epochs=3)
    assert same_bits(trainer.model.state_dict(), twin.model.state_dict())
    assert trainer.history.steps.tobytes() == twin.history.steps.tobytes()


def test_a_run_under_way_is_recorded_as_far_as_it_has_come_and_goes_on(make):
    trainer, twin = make(), make()
    found = []
    trainer.on_epoch_end(lambda each: found.append(each._record()) if each.epoch == 3 else None)
    for each in (trainer, twin):
        train(each, epochs=6)
    (data,) = found
    assert data is not None
    assert trainer._recorded is None
    assert epochs_of(decode(data)) == [0, 1, 2, 3]
    assert same_bits(trainer.model.state_dict(), twin.model.state_dict())


def test_a_cell_records_a_run_under_way_between_two_steps(make):
    trainer = make()
    trainer.train()
    try:
        while not trainer.epoch:
            trainer._loop.call(c.Do(lambda: None))
        assert recorded(trainer).frames[-1].header["status"] == "running"
        assert trainer.status == "running"
        assert trainer._recorded is None
    finally:
        trainer.pause()


@pytest.mark.parametrize("before", [False, True])
def test_a_trainer_that_was_closed_can_still_be_recorded(make, before):
    trainer = train(make(), epochs=2)
    first = trainer._record() if before else None
    trainer.close()
    assert epochs_of(recorded(trainer)) == [0, 1, 2]
    assert first in (None, trainer._recorded)


# -- when there is none -------------------------------------------------------------------------------


def test_before_the_first_step_there_is_none(make):
    trainer = make()
    edit(trainer)
    assert trainer._record() is None
    assert trainer._recorded is None


def test_of_a_module_that_cannot_be_copied_there_is_none_and_nothing_is_said(make, caplog):
    trainer = train(make(model=Uncopied(), loss_fn="bce"), epochs=2)
    assert trainer._record() is None
    assert caplog.records == []
    assert train(trainer, epochs=1).epoch == 3


CHANGES = {
    "train": lambda trainer: trainer.train(epochs=1),
    "step": lambda trainer: trainer.step(),
    "rate": lambda trainer: setattr(trainer, "learning_rate", 0.3),
    "network": lambda trainer: setattr(trainer, "hidden_layers", (3,)),
    "data": lambda trainer: setattr(trainer, "dataset", small_data("moons")),
    "rewind": lambda trainer: trainer.rewind(1),
    "reset": lambda trainer: trainer.reset(),
    "edit": edit,
    "freeze": freeze,
    "preset": lambda trainer: trainer._begin_preset("xor"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_what_stands_makes_the_recording_none(make, name):
    trainer = train(make(), epochs=3)
    recorded(trainer)
    assert trainer._recorded is not None
    CHANGES[name](trainer)
    trainer._loop.call(c.Do(lambda: None))
    assert trainer._recorded is None


def test_other_columns_on_the_plane_want_another_recording(make):
    x = np.random.default_rng(0).normal(size=(30, 3))
    trainer = train(make((x, (x[:, 2] > 0).astype(int))), epochs=2)
    first = recorded(trainer)
    trainer.axes = (1, 2)
    assert trainer._recorded is None
    second = recorded(trainer)
    assert [frame.past for frame in second.frames] == [None, None, None]
    assert second.frames[0].arrays["map"].tobytes() != first.frames[0].arrays["map"].tobytes()


def test_another_image_wants_another_recording(close):
    trainer = ImageTrainer(small_images(), hidden_layers=(5,), batch_size=7)
    close.append(trainer)
    train(trainer, epochs=2)
    recorded(trainer)
    trainer._handle_custom_msg({"type": "choose", "image": 3}, [])
    trainer._loop.call(c.Do(lambda: None))
    assert trainer._recorded is None
    found = recorded(trainer)
    assert {frame.header["chosen_version"] for frame in found.frames} == {trainer._chosen["version"]}


def test_what_changes_nothing_of_what_stands_keeps_it(make):
    trainer = train(make(), epochs=3)
    data = trainer._record()
    trainer.pin("a")
    trainer.speed = 5.0
    trainer.preview(1)
    trainer.preview(None)
    trainer._loop.call(c.Refresh())
    trainer.pause()
    assert trainer._recorded is data
    assert trainer._record() is data


def test_without_a_recording_no_bytes_travel_so_that_none_that_was_sent_remains(make):
    trainer = train(make(), epochs=1)
    assert trainer.get_state("_recorded")["_recorded"] == b""
    assert trainer.get_state("_recorded")["_recorded"] != trainer._record()
    assert trainer.get_state("_recorded")["_recorded"] == trainer._recorded


# -- which moments ------------------------------------------------------------------------------------


@pytest.fixture
def went(monkeypatch):
    """The epochs that ghosts were taken to."""
    epochs = []
    take = _recorder.RunRecorder._moment

    def note(self, trainer, loop, experiment, identity=()):
        if experiment is not loop.experiment:
            epochs.append(experiment.position.epoch)
        return take(self, trainer, loop, experiment, identity)

    monkeypatch.setattr(_recorder.RunRecorder, "_moment", note)
    return epochs


def test_a_run_that_goes_on_brings_only_its_new_epochs(make, went):
    trainer = train(make(), epochs=3)
    recorded(trainer)
    assert went == [0, 1, 2]
    train(trainer, epochs=2)
    assert epochs_of(recorded(trainer)) == [0, 1, 2, 3, 4, 5]
    assert went == [0, 1, 2, 3, 4]


def test_what_a_branch_left_is_forgotten_and_what_came_before_is_kept(make, went):
    trainer = train(make(), epochs=5)
    recorded(trainer)
    went.clear()
    trainer.rewind(2)
    trainer.learning_rate = 0.9
    train(trainer, epochs=3)
    found = recorded(trainer)
    assert went == [3, 4]
    twin = train(make(), epochs=2)
    twin.learning_rate = 0.9
    train(twin, epochs=2)
    weights = np.concatenate([parameter.detach().numpy().ravel() for parameter in twin.model.parameters()])
    assert found.frames[4].arrays["parameters"].tobytes() == weights.tobytes()
    trainer.reset()
    train(trainer, epochs=2)
    went.clear()
    recorded(trainer)
    assert went == [0, 1]


def test_of_a_long_run_every_second_epoch_is_shown_every_fourth_and_so_on(make, monkeypatch, went):
    monkeypatch.setattr(keyframes, "MOST", 8)
    trainer = train(make(), epochs=9)
    assert epochs_of(recorded(trainer)) == [0, 2, 4, 6, 8, 9]
    went.clear()
    train(trainer, epochs=12)
    assert epochs_of(recorded(trainer)) == [0, 4, 8, 12, 16, 20, 21]
    assert went == [12, 16, 20]


def test_epochs_with_a_checkpoint_are_preferred(make, monkeypatch):
    monkeypatch.setattr(keyframes, "MOST", 4)
    trainer = train(make(), epochs=16)
    items = trainer._loop.checkpoints.items
    trainer._loop.checkpoints.replace([item for item in items if item.position.epoch in (0, 5, 11, 16)])
    assert epochs_of(recorded(trainer)) == [0, 5, 8, 11, 16]


def test_where_repeating_the_run_would_take_long_only_checkpoints_are_shown(make):
    trainer = train(make(), epochs=12)
    loop = trainer._loop
    items = loop.checkpoints.items
    loop.checkpoints.replace([item for item in items if item.position.epoch in (0, 4, 7, 12)])
    loop._timed = keyframes.RERUN, 1.0
    found = recorded(trainer)
    assert epochs_of(found) == [0, 4, 7, 12]


def test_where_it_turns_out_to_take_long_only_checkpoints_are_shown(make, monkeypatch):
    monkeypatch.setattr(keyframes, "RERUN", 0.0)
    trainer = train(make(), epochs=12)
    loop = trainer._loop
    items = loop.checkpoints.items
    loop.checkpoints.replace([item for item in items if item.position.epoch in (0, 4, 7, 12)])
    loop._timed = 0.0, 1.0
    assert epochs_of(recorded(trainer)) == [0, 4, 7, 12]


def test_of_a_module_that_draws_random_numbers_only_checkpoints_are_shown(make):
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.Linear(3, 1), nn.Sigmoid())
    trainer = train(make(model=model), epochs=6)
    loop = trainer._loop
    items = loop.checkpoints.items
    loop.checkpoints.replace([item for item in items if item.position.epoch in (0, 2, 6)])
    found = recorded(trainer)
    assert epochs_of(found) == [0, 2, 6]
    kept = next(item for item in items if item.position.epoch == 2)
    weights = np.concatenate([kept.state[name].numpy().ravel() for name, _ in model.named_parameters()])
    assert found.frames[1].arrays["parameters"].tobytes() == weights.tobytes()


@pytest.mark.parametrize("limit", ["MOST_KEPT", "MOST_BYTES"])
def test_a_recording_that_would_be_too_large_has_fewer_moments(make, monkeypatch, limit):
    trainer = train(make(), epochs=40)
    size, memory = len(trainer._record()), sum(each.nbytes for each in moments(trainer).values())
    monkeypatch.setattr(_recorder, limit, size // 2 if limit == "MOST_BYTES" else memory // 2)
    trainer.step(1, "epoch")
    found = recorded(trainer)
    assert epochs_of(found) in ([*range(0, 41, 2), 41], [*range(0, 41, 4), 41])
    assert len(trainer._recorded) < size
    assert sum(each.nbytes for each in moments(trainer).values()) < memory / 2 + 100_000


def moments(trainer):
    return trainer._publisher._recorder._moments


def test_pictures_that_take_long_are_fewer(make, monkeypatch):
    monkeypatch.setattr(_recorder, "LOOKS", 0.0)
    found = recorded(train(make(), epochs=30))
    assert _recorder.FEWEST // 2 < len(found.frames) <= _recorder.FEWEST + 1
    assert (epochs_of(found)[0], epochs_of(found)[-1]) == (0, 30)
    monkeypatch.setattr(_recorder, "LONGEST_LOOKS", 0.0)
    trainer = train(make(), epochs=30)
    assert epochs_of(recorded(trainer)) == [0, 16, 30]


def test_the_space_of_a_wide_layer_is_left_out(make, monkeypatch):
    monkeypatch.setattr(_recorder, "WIDEST", 4)
    names = recorded(train(make(hidden_layers=(5, 4)), epochs=1)).frames[-1].arrays.keys()
    assert "space1_grid" in names
    assert "space0_grid" not in names


def test_many_neurons_have_smaller_pictures(make):
    small, large = (recorded(train(make(hidden_layers=(units,)), epochs=1)) for units in (8, 70))
    assert small.frames[0].arrays["tiles"].shape == (8, 32, 32)
    assert large.frames[0].arrays["tiles"].shape == (70, 24, 24)


# -- how large it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "epochs", "most", "frames"),
    [
        (functools.partial(PlanarTrainer, learning_rate=0.1), 50, 1e6, 51),
        (functools.partial(FashionTrainer, source="bundled"), 10, 5e6, 11),
        (functools.partial(FunctionTrainer), 600, 1e6, 76),
    ],
    ids=["planar", "fashion", "function"],
)
def test_a_recording_is_small(close, new, epochs, most, frames):
    trainer = new()
    close.append(trainer)
    train(trainer, epochs=epochs)
    found = recorded(trainer)
    assert len(found.frames) == frames
    assert 10_000 < len(trainer._recorded) < most


def test_many_weights_are_rounded_and_what_is_too_large_is_not_recorded(make, monkeypatch):
    monkeypatch.setattr(_recorder, "MOST_PARAMETERS", 100)
    trainer = train(make(hidden_layers=(50,)), epochs=2)
    weights = np.concatenate([parameter.detach().numpy().ravel() for parameter in trainer.model.parameters()])
    found = recorded(trainer).frames[-1].arrays["parameters"]
    assert found.tobytes() != weights.tobytes()
    assert np.abs(found - weights).max() < np.abs(weights).max() / 60_000
    monkeypatch.setattr(_recorder, "TOO_LARGE", 10_000)
    train(trainer, epochs=1)
    monkeypatch.setattr(_recorder, "MOST_BYTES", 10_000)
    assert trainer._record() is None


def test_what_is_told_of_network_and_data_again_and_again_is_kept_once(close):
    trainer = ImageTrainer(small_images(), hidden_layers=(5,), batch_size=7)
    close.append(trainer)
    recorded(train(trainer, epochs=4))
    kept = [moment.told for moment in moments(trainer).values()]
    assert len(kept) == 4
    assert all(told[name] is kept[0][name] for told in kept for name in ("network", "data", "gallery", "chosen", "way"))


def test_ghosts_are_forgotten(make):
    trainer = train(make(), epochs=3)
    recorded(trainer)
    recorder = trainer._publisher._recorder
    assert recorder._keyframes._replay is None
    assert recorder._known.graph is None
    assert isinstance(recorder._keyframes, Keyframes)
