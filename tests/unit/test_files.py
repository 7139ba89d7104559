"""Configurations and files: what comes back is the same run, and a file can do no harm."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets import PlanarTrainer
from tests.unit.plain import PATIENCE, bits, same_bits, small_data


def everything(trainer):
    """All by which two runs can be told apart."""
    loop = trainer._loop
    optimizer = loop.experiment.optimizer.state_dict()
    moments = [bits(v) for state in optimizer["state"].values() for v in state.values() if torch.is_tensor(v)]
    settings = {
        name: getattr(trainer, name)
        for name in (
            "learning_rate",
            "batch_size",
            "seed",
            "hidden_layers",
            "activation",
            "dropout",
            "initialiser",
            "initial_scale",
            "optimizer_options",
            "n_samples",
            "speed",
        )
    }
    history = trainer.history
    return {
        "weights": {name: bits(value) for name, value in trainer.model.state_dict().items()},
        "moments": moments,
        "position": loop.experiment.position,
        "settings": settings,
        "frozen": loop.experiment.settings.frozen,
        "steps": history.steps.tobytes(),
        "epochs": history.epochs.tobytes(),
        "pinned": [(run.name, run.steps.tobytes()) for run in history.pinned],
        "journal": [repr(entry) for entry in loop.journal],
        "rewound": loop.past.rewound,
    }


def eventful(make, **settings):
    initial = {"initialiser": "normal", "initial_scale": 0.7, "optimizer_options": {"betas": (0.7, 0.9)}}
    trainer = make(small_data(), hidden_layers=(3,), optimizer="adam", dropout=0.2, seed=4, **initial, **settings)
    trainer.step(7)
    trainer.learning_rate = 0.03
    trainer.edit("0.weight", 0.5, (0, 0))
    trainer.step(2, "epoch")
    trainer.model[0].bias.requires_grad_(False)
    trainer.step(2)
    trainer.hidden_layers = (4, 2)
    trainer.dataset = small_data("moons", 40)
    trainer.optimizer = "rmsprop"
    trainer.step(11)
    return trainer


def on(trainer):
    trainer.step(9)
    return everything(trainer)


@pytest.mark.parametrize("where", ["middle of an epoch", "the past", "the beginning"])
def test_a_saved_run_goes_on_as_if_it_had_never_stopped(make, tmp_path, where):
    trainer = eventful(make, speed=None) if where != "the beginning" else make(hidden_layers=(3,))
    if where == "the past":
        trainer.rewind(2)
    trainer.save(tmp_path / "run.pt")
    loaded = PlanarTrainer.load(tmp_path / "run.pt")
    assert everything(loaded) == everything(trainer)
    assert loaded.status == ("idle" if where == "the beginning" else "paused")
    assert loaded.dataset.same_as(trainer.dataset)
    assert on(loaded) == on(trainer)
    for epoch in (1, trainer.history.last_epoch, 0):
        trainer.rewind(epoch)
        loaded.rewind(epoch)
        assert everything(loaded) == everything(trainer)
    assert loaded.to_code() == trainer.to_code()
    loaded.reset()
    trainer.reset()
    assert on(loaded) == on(trainer)
    loaded.close()


def test_a_run_under_way_is_saved_between_two_steps(make, tmp_path):
    trainer = make()
    trainer.train()
    trainer.save(tmp_path / "run.pt")
    assert trainer.status == "running"
    trainer.pause()
    loaded = PlanarTrainer.load(tmp_path / "run.pt")
    assert loaded.step_count <= trainer.step_count
    if loaded.step_count < trainer.step_count:
        loaded.step(trainer.step_count - loaded.step_count)
    assert same_bits(loaded.model.state_dict(), trainer.model.state_dict())
    loaded.close()


def test_what_is_your_own_is_given_again(make, tmp_path):
    def net():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())

    def momentum(parameters):
        return torch.optim.SGD(parameters, lr=0.05, momentum=0.9)

    def harsh(p, y):
        return (p - y).abs().mean()

    data = small_data()
    arrays = (data.x_train, np.where(data.y_train.ravel() > 0.5, "yes", "no"))
    trainer = make(arrays, model=net(), optimizer=momentum, loss_fn=harsh, batch_size=6)
    trainer.step(6)
    trainer.learning_rate = 0.01
    trainer.step(2)
    trainer.save(tmp_path / "run.pt")
    given = {"model": net(), "optimizer": momentum, "loss_fn": harsh}
    for name in given:
        rest = {key: value for key, value in given.items() if key != name}
        with pytest.raises(ValueError, match=f"{name}="):
            PlanarTrainer.load(tmp_path / "run.pt", **rest)
    nn.init.ones_(given["model"][0].weight)
    loaded = PlanarTrainer.load(tmp_path / "run.pt", **given)
    assert loaded.dataset.same_as(trainer.dataset)
    trainer.step(5)
    loaded.step(5)
    assert same_bits(loaded.model.state_dict(), trainer.model.state_dict())
    loaded.reset()
    trainer.reset()
    assert same_bits(loaded.model.state_dict(), trainer.model.state_dict())
    loaded.close()


@pytest.mark.parametrize("loss_fn", [None, "bce_with_logits", "mse"])
def test_the_loss_of_ours_is_saved(make, tmp_path, loss_fn):
    trainer = make(loss_fn=loss_fn)
    trainer.step(3)
    trainer.save(tmp_path / "run.pt")
    loaded = PlanarTrainer.load(tmp_path / "run.pt")
    assert loaded._loop.experiment.objective.name == trainer._loop.experiment.objective.name
    assert on(loaded) == on(trainer)
    loaded.close()


class Harmful:
    def __reduce__(self):
        return open, ("harm.txt", "w")


@pytest.mark.fault("damaged file")
@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + b"\0" * 50, pickle.dumps({"kind": 1}, protocol=2)])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "run.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a saved"):
        PlanarTrainer.load(path)


@pytest.mark.fault("damaged file")
def test_half_a_file_is_refused(make, tmp_path):
    path = tmp_path / "run.pt"
    make().save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match="is not a saved trainer, or it is damaged"):
        PlanarTrainer.load(path)


def test_a_file_cannot_run_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"kind": "nnwidgets.PlanarTrainer", "format": 1, "run": Harmful()}, "run.pt")
    with pytest.raises(ValueError, match="damaged"):
        PlanarTrainer.load("run.pt")
    assert not (tmp_path / "harm.txt").exists()


@pytest.mark.fault("damaged file")
@pytest.mark.parametrize(
    "content",
    [
        {"kind": "nnwidgets.PlanarTrainer", "format": 1},
        {"kind": "nnwidgets.PlanarTrainer"},
        {"kind": "nnwidgets.PlanarTrainer", "format": 1, "run": {"datasets": []}},
        {"kind": "nnwidgets.PlanarTrainer", "format": 1, "run": 5},
        {"kind": "other"},
        [1, 2],
    ],
)
def test_a_file_with_parts_missing_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "run.pt")
    with pytest.raises(ValueError, match=r"run\.pt"):
        PlanarTrainer.load(tmp_path / "run.pt")


@pytest.mark.fault("newer file")
@pytest.mark.parametrize("version", [2, 99])
def test_a_newer_format_asks_for_an_upgrade(tmp_path, version):
    torch.save({"kind": "nnwidgets.PlanarTrainer", "format": version}, tmp_path / "run.pt")
    with pytest.raises(ValueError, match="newer version"):
        PlanarTrainer.load(tmp_path / "run.pt")
    with pytest.raises(ValueError, match="newer version"):
        PlanarTrainer.from_config({"format": version})


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        PlanarTrainer.load(tmp_path / "nothing.pt")


@pytest.mark.fault("full disk")
def test_saving_where_it_is_not_possible_leaves_the_old_file(make, tmp_path, monkeypatch):
    trainer = make()
    path = tmp_path / "run.pt"
    trainer.save(path)
    before = path.read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="no space"):
        trainer.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match="nowhere"):
        trainer.save(tmp_path / "nowhere" / "run.pt")


# --- configurations


def test_a_configuration_makes_an_equal_trainer(make):
    trainer = make(
        "moons", n_samples=44, noise=0.2, test_share=0.25, data_seed=3, hidden_layers=(3, 2), activation="relu",
        dropout=0.1, loss_fn="mse", optimizer="adam", learning_rate=0.02, batch_size=7, seed=5, speed=None, threads=2,
        initialiser="equal", initial_scale=0.25, optimizer_options={"betas": (0.7, 0.9)},
    )  # fmt: skip
    trainer.step(4)
    config = json.loads(json.dumps(trainer.config()))
    again = PlanarTrainer.from_config(config)
    assert again.config() == trainer.config()
    assert again.step_count == 0
    again.step(4)
    assert same_bits(again.model.state_dict(), trainer.model.state_dict())
    again.close()


def test_a_configuration_may_be_departed_from(make):
    config = make("moons", n_samples=44, optimizer="adam", optimizer_options={"betas": (0.7, 0.9)}).config()
    again = PlanarTrainer.from_config(config, hidden_layers=(5,), dataset="xor", optimizer="sgd")
    assert (again.hidden_layers, again.dataset.name) == ((5,), "xor")
    assert (again.optimizer, again.optimizer_options) == ("sgd", {})
    again.close()


def test_a_configuration_asks_for_what_is_your_own(make):
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    trainer = make(([[0.0, 0.0], [1.0, 1.0]], [0, 1]), model=model, batch_size=2)
    config = trainer.config()
    json.dumps(config)
    with pytest.raises(ValueError, match="dataset="):
        PlanarTrainer.from_config(config)
    with pytest.raises(ValueError, match="model="):
        PlanarTrainer.from_config(config, dataset="moons")
    again = PlanarTrainer.from_config(config, dataset="moons", model=model)
    assert again.model is model
    again.close()


def test_a_configuration_of_a_custom_optimizer_or_loss_asks_for_it(make):
    trainer = make(
        "moons", optimizer=lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.5), loss_fn=lambda p, y: (p - y).abs().mean()
    )
    config = trainer.config()
    with pytest.raises(ValueError, match="optimizer="):
        PlanarTrainer.from_config(config, loss_fn="mse")
    with pytest.raises(ValueError, match="loss_fn="):
        PlanarTrainer.from_config(config, optimizer="sgd")


def test_waiting_for_a_loaded_run_returns_at_once(make, tmp_path):
    trainer = make()
    trainer.step(3)
    trainer.save(tmp_path / "run.pt")
    loaded = PlanarTrainer.load(tmp_path / "run.pt")
    loaded.wait(PATIENCE)
    assert loaded.step_count == 3
    loaded.close()


def test_a_learning_rate_schedule_of_a_saved_run_is_repeated(make, tmp_path):
    trainer = make()
    schedule = torch.optim.lr_scheduler.ExponentialLR(trainer.optimizer_, 0.5)
    trainer.on_epoch_end(lambda _: schedule.step())
    trainer.step(3, "epoch")
    assert trainer.learning_rate == 0.1 * 0.5**3
    trainer.save(tmp_path / "run.pt")
    loaded = PlanarTrainer.load(tmp_path / "run.pt")
    assert everything(loaded) == everything(trainer)
    for epoch in (2, 1, 3):
        trainer.rewind(epoch)
        loaded.rewind(epoch)
        assert everything(loaded) == everything(trainer)
    assert loaded.to_code() == trainer.to_code()
    loaded.close()


def test_a_rewound_run_that_comes_from_a_file_still_stands_in_its_past(make, tmp_path):
    trainer = make(learning_rate=0.3)
    trainer.step(4, "epoch")
    trainer.rewind(2)
    trainer.save(tmp_path / "rewound.nnw")
    loaded = PlanarTrainer.load(tmp_path / "rewound.nnw", engine="eager")
    shown = loaded._snapshot
    assert (loaded.status, loaded.epoch, shown["epoch"], shown["full"]) == ("paused", 2, 2, True)
    assert loaded.history.last_epoch == 4
    loaded.learning_rate = 0.5  # of the steps to come, not of those that led here
    loaded.pin("up to here")
    abandoned, kept = loaded.history.pinned
    assert (abandoned.settings["learning_rate"], kept.settings["learning_rate"]) == (0.3, 0.3)
    assert (abandoned.abandoned, len(abandoned.epochs), len(kept.epochs)) == (True, 4, 2)
    assert loaded._legend == ["lr 0.3", "up to here"]
    loaded.close()


@pytest.mark.parametrize(
    "given", [{"n_samples": 60}, {"noise": 0.3}, {"test_share": 0.5}, {"data_seed": 4}, {"n_classes": 5}]
)
def test_settings_of_the_data_go_before_those_of_a_configuration(make, given):
    trainer = make("spiral", n_samples=40, n_classes=3)
    other = PlanarTrainer.from_config(trainer.config(), **given)
    expected = trainer.dataset.parameters | {name.removeprefix("data_"): value for name, value in given.items()}
    assert other.dataset.parameters == expected
    other.close()


def test_a_seed_that_is_for_the_next_run_is_kept_for_it(make, tmp_path):
    trainer = make(seed=1)
    trainer.step(3)
    trainer.seed = 7
    trainer.save(tmp_path / "run.nnw")
    loaded = PlanarTrainer.load(tmp_path / "run.nnw", engine="eager")
    for each in (trainer, loaded):
        each.step(3)
    assert everything(loaded) == everything(trainer)
    for each in (trainer, loaded):
        each.reset()
        each.step(3)
    assert everything(loaded) == everything(trainer)
    loaded.close()
