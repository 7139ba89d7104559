"""Looking at the past: what a rewind would come to, bit by bit, while the run itself notices nothing."""

from __future__ import annotations

import random
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.training import commands as c
from nnwidgets.training import randomness, replay
from nnwidgets.training.observer import Unobserved
from nnwidgets.training.settings import NetworkSpec
from tests.unit.plain import PATIENCE, Gate, Uncopied, bits, make_loop, small_data
from tests.unit.stories import make_story, tell

CHANGES = [
    c.SetLearningRate(0.03),
    c.SetBatchSize(7),
    c.Edit({"0.weight": torch.ones(3, 2)}),
    c.Freeze(frozenset(["0.bias"])),
    c.SetNetwork(NetworkSpec((4, 2), "relu", dropout=0.2)),
    c.SetData(small_data("moons", 40)),
    c.SetOptimizer("rmsprop", 0.003),
    c.SetData(small_data("rings", 30)),
]


class Watcher(Unobserved):
    """Notes the epochs that can be looked at, as they come."""

    def __init__(self, gate=None):
        self.seen, self.failures, self.gate = [], [], gate

    def previewed(self, loop):
        assert loop.preview.ghost.position.samples == 0
        self.seen.append(loop.preview.ghost.position.epoch)
        if self.gate is not None:
            self.gate()

    def preview_failed(self, _, error):
        self.failures.append(error)


def watched(loop, gate=None):
    loop.observer = Watcher(gate)
    return loop.observer


def trained(loop, **target):
    loop.call(c.Train(**target))
    loop.wait(PATIENCE)
    return loop


def look(loop, epoch):
    """The ghost, standing at the end of an epoch."""
    loop.call(c.Preview(epoch)).result(PATIENCE)
    return loop.preview.ghost


def at(experiment):
    """Everything by which two places in a run can be told apart."""
    optimizer = experiment.optimizer.state_dict()
    moments = [bits(value) for state in optimizer["state"].values() for value in state.values()]
    weights = {name: bits(value) for name, value in experiment.copy_state().items()}
    return weights, moments, str(optimizer["param_groups"]), experiment.position, experiment.settings


def whole(loop):
    """The present and the record of a run."""
    history = loop.history.as_dict()
    rows = history["steps"].tobytes(), history["epochs"].tobytes(), len(history["pinned"])
    parameters = [(id(parameter), bits(parameter)) for parameter in loop.experiment.model.parameters()]
    counts = loop.past.applied, loop.past.rewound, loop.experiment.edit_count, loop.experiment.network_version
    return at(loop.experiment), rows, parameters, counts, [id(entry) for entry in loop.journal]


def check_all_epochs(loop, order):
    """Looks at epochs in some order, twice, and then goes to each of them."""
    before = whole(loop)
    ghosts = {epoch: at(look(loop, epoch)) for epoch in order}
    assert all(at(look(loop, epoch)) == ghosts[epoch] for epoch in reversed(order))
    assert whole(loop) == before
    for epoch in order:
        loop.call(c.Rewind(epoch))
        assert at(loop.experiment) == ghosts[epoch]


@pytest.mark.parametrize("engine", ["eager", "fused"])
@pytest.mark.parametrize("checkpoint_bytes", [0, 64 * 2**20])
@pytest.mark.parametrize("piece", [0.0, 60.0])
def test_an_epoch_is_shown_as_a_rewind_would_reach_it(monkeypatch, engine, checkpoint_bytes, piece):
    monkeypatch.setattr(replay, "PIECE", piece)
    loop = make_loop(hidden=(3,), optimizer="adam", engine=engine, checkpoint_bytes=checkpoint_bytes)
    for change in CHANGES:
        trained(loop, steps=4)
        loop.call(change)
        trained(loop, epochs=2)
    order = list(range(loop.history.last_epoch + 1))
    random.Random(1).shuffle(order)
    check_all_epochs(loop, order)


def test_a_long_way_is_gone_once(monkeypatch):
    loop = trained(make_loop(hidden=(3,)), epochs=8)
    loop.call(c.SetLearningRate(0.05))
    trained(loop, epochs=8)
    first, *_, last = loop.checkpoints.items
    loop.checkpoints.replace([first, last])
    monkeypatch.setattr(replay, "PIECE", 0.0)
    look(loop, 12)
    places = [(item.position.step, item.journal_length) for item in loop.checkpoints.repeated]
    assert places == sorted(set(places))
    assert [step for step, _ in places] == [*range(1, 12 * loop.experiment.steps_per_epoch + 1)]
    assert loop.checkpoints.items == [first, last]
    look(loop, 3)
    assert len(loop.checkpoints.repeated) == len(places)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_was_done_is_seen_in_the_past(seed):
    chance = random.Random(seed)
    loop = tell(make_loop(hidden=(3,), dropout=0.2, checkpoint_bytes=0), make_story(chance, 14, networks=True))
    order = list(range(loop.history.last_epoch + 1))
    chance.shuffle(order)
    check_all_epochs(loop, order)


def test_from_a_rewound_place_one_can_look_back_and_forth():
    loop = trained(make_loop(), epochs=6)
    loop.call(c.Rewind(3))
    check_all_epochs(loop, [5, 1, 6, 3])


def test_going_forward_repeats_only_the_steps_in_between():
    steps = []
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1), nn.Sigmoid())
    model.register_forward_hook(lambda module, *_: steps.append(1) if module.training else None)
    loop = trained(make_loop(model=model, checkpoint_bytes=0), epochs=8)
    look(loop, 4)
    steps.clear()
    look(loop, 6)
    assert len(steps) == 10
    look(loop, 3)
    assert len(steps) == 10 + 15


def test_only_the_newest_epoch_that_is_wanted_is_computed():
    loop = trained(make_loop(), epochs=9)
    gate = Gate()
    watcher = watched(loop, gate)
    first = loop.submit(c.Preview(2))
    gate.wait()
    waiting = [loop.submit(c.Preview(epoch)) for epoch in (5, 7, 4, 8)]
    gate.open()
    assert [future.result(PATIENCE).result(PATIENCE) for future in (first, *waiting)] == [None] * 5
    assert watcher.seen == [2, 8]


def gated(step):
    """A module that comes to a gate when it makes that step of all; the gate, and the steps made."""
    gate, steps = Gate(), []

    def hook(module, *_):
        if module.training and (steps.append(1) or len(steps) == step):
            gate()

    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    model.register_forward_hook(hook)
    return model, gate, steps


def test_what_is_no_longer_wanted_is_not_waited_for():
    model, gate, steps = gated(45 + 3)
    loop = trained(make_loop(model=model, checkpoint_bytes=0), epochs=9)
    watcher = watched(loop)
    first = loop.submit(c.Preview(8))
    gate.wait()
    second = loop.submit(c.Preview(2))
    gate.open()
    second.result(PATIENCE).result(PATIENCE)
    assert first.result(PATIENCE).done()
    assert watcher.seen == [2]
    assert len(steps) == 45 + 10  # the three made already are on the way to the second epoch


def test_a_command_that_comes_while_a_preview_is_under_way_does_not_wait_for_it():
    model, gate, steps = gated(45 + 3)
    loop = trained(make_loop(model=model, checkpoint_bytes=0), epochs=9)
    watcher = watched(loop)
    shown = loop.submit(c.Preview(8))
    gate.wait()
    asked = loop.submit(c.Do(lambda: loop.preview.is_under_way))
    gate.open()
    assert asked.result(PATIENCE)
    shown.result(PATIENCE).result(PATIENCE)
    assert watcher.seen == [8]
    assert len(steps) == 45 + 40


def test_a_run_under_way_is_paused_and_who_waits_for_it_waits_no_longer():
    loop = trained(make_loop(), epochs=3)
    loop.call(c.Train(epochs=10**9))
    look(loop, 2)
    loop.wait(PATIENCE)
    assert loop.status == "paused"
    assert loop.preview.ghost.position.epoch == 2
    assert loop.experiment.position.epoch >= 3


@pytest.mark.parametrize(
    "command",
    [
        c.Train(epochs=1),
        c.Play(),
        c.Step(),
        c.Reset(),
        c.Rewind(2),
        c.SetLearningRate(0.5),
        c.Edit({"0.weight": torch.ones(2, 2)}),
        c.Preview(None),
    ],
    ids=lambda command: type(command).__name__,
)
def test_whatever_goes_on_with_the_run_ends_the_preview_and_acts_on_the_present(command):
    loop, twin = (trained(make_loop(), epochs=4) for _ in range(2))
    assert look(loop, 1) is not None
    for each in (loop, twin):
        each.call(command)
        if isinstance(command, c.Play):
            each.call(c.Pause())
        else:
            each.wait(PATIENCE)
    assert loop.preview.epoch is None
    assert loop.preview.ghost is None
    if not isinstance(command, c.Play):
        assert at(loop.experiment)[:4] == at(twin.experiment)[:4]


def test_what_a_cell_does_to_the_model_ends_it_too():
    loop = trained(make_loop(), epochs=4)
    look(loop, 1)
    with torch.no_grad():
        loop.experiment.model[0].weight.zero_()
    loop.call(c.Adopt())
    assert loop.preview.ghost is None
    assert not loop.experiment.model[0].weight.any()


def test_a_module_of_ones_own_keeps_its_state_and_its_random_numbers():
    model = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 1), nn.Sigmoid())
    torch.manual_seed(0)
    loop = trained(make_loop(small_data(n_samples=24), model=model, checkpoint_bytes=0), epochs=4)
    before, random_numbers = whole(loop), torch.get_rng_state()
    ghost = look(loop, 2)
    assert ghost.model is not model
    assert int(ghost.copy_state()["1.num_batches_tracked"]) == 10
    assert whole(loop) == before
    assert torch.equal(torch.get_rng_state(), random_numbers)


class Noisy(nn.Module):
    """Draws from PyTorch's generator in training, as own code for dropout does."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        noise = torch.randn_like(x) if self.training else 0.0
        return torch.sigmoid(self.linear(x + noise))


def noisy_loss(outputs, targets):
    return nn.functional.binary_cross_entropy(outputs, targets) * (1 + torch.rand(()))


def noisy_sgd(parameters):
    class Noise(torch.optim.SGD):
        def step(self, closure=None):
            torch.rand(1)
            return super().step(closure)

    return Noise(parameters, lr=0.1)


@pytest.mark.parametrize(
    "own",
    [{"model": Noisy(), "loss_fn": "bce"}, {"loss_fn": noisy_loss}, {"optimizer": noisy_sgd}],
    ids=["module", "loss", "optimizer"],
)
def test_a_rerun_that_draws_random_numbers_is_no_place_to_go_back_to(monkeypatch, own):
    monkeypatch.setattr(replay, "PIECE", 0.0)
    loop = trained(make_loop(checkpoint_bytes=2**20, **own), epochs=4)
    loop.call(c.Do(lambda: loop.checkpoints.replace(loop.checkpoints.items[:1])))
    random_numbers = torch.get_rng_state()
    look(loop, 3)
    assert loop.checkpoints.repeated == []
    assert torch.equal(torch.get_rng_state(), random_numbers)
    loop.call(c.Rewind(2))
    assert loop.checkpoints.repeated == []


def test_a_module_that_only_computes_is_gone_back_to_where_a_rerun_left_it(monkeypatch):
    monkeypatch.setattr(replay, "PIECE", 0.0)
    loop = trained(make_loop(model=nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())), epochs=4)
    loop.call(c.Do(lambda: loop.checkpoints.replace(loop.checkpoints.items[:1])))
    look(loop, 3)
    assert len(loop.checkpoints.repeated) == 15


def test_the_random_numbers_of_all_its_devices_are_kept(monkeypatch):
    places = {"a": "cuda:1", "b": "cpu", "c": "cuda", "d": "cuda:3"}
    tensors = {name: SimpleNamespace(device=torch.device(place)) for name, place in places.items()}
    model = SimpleNamespace(parameters=lambda: [tensors["a"], tensors["b"]], buffers=lambda: [tensors["c"]])
    experiments = [
        SimpleNamespace(train_model=model, x=tensors["d"]),
        SimpleNamespace(train_model=model, x=tensors["b"]),
    ]
    kept = []
    monkeypatch.setattr(randomness, "may_draw", lambda experiment: experiment.x is tensors["d"])
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.random, "fork_rng", lambda devices: kept.append(devices) or nullcontext())
    with randomness.random_numbers_kept(*experiments):
        assert kept == [[0, 1, 3]]
    with randomness.random_numbers_kept(experiments[1]):
        assert len(kept) == 1


def test_a_module_that_cannot_be_copied_is_not_looked_at_but_trains_on():
    loop = trained(make_loop(model=Uncopied(), loss_fn="bce"), epochs=2)
    watcher = watched(loop)
    with pytest.raises(TypeError, match=r"a Uncopied cannot be copied .*not this one.*rewind\(\)"):
        loop.call(c.Preview(1)).result(PATIENCE)
    assert [type(error) for error in watcher.failures] == [TypeError]
    assert not loop.preview.is_under_way
    trained(loop, epochs=1)
    assert loop.status == "idle"


@pytest.mark.parametrize("epoch", [-1, 3])
def test_an_epoch_that_never_was_cannot_be_looked_at(epoch):
    loop = trained(make_loop(), epochs=2)
    with pytest.raises(ValueError, match="between 0 and 2"):
        loop.call(c.Preview(epoch))
    assert loop.preview.epoch is None


# --- what the views get


@pytest.fixture
def sent(monkeypatch):
    """What a trainer sends."""
    from nnwidgets import PlanarTrainer

    messages = []
    monkeypatch.setattr(
        PlanarTrainer, "send", lambda _, content, buffers=None: messages.append(content | {"buffers": buffers})
    )
    return messages


def part(frame, name, buffer=None):
    """An array of a frame."""
    (place,) = [place for place in frame["parts"] if place["name"] == name]
    block = frame["buffers"][0] if buffer is None else buffer
    size = int(np.prod(place["shape"]))
    return np.frombuffer(block, place["dtype"], size, place["offset"]).reshape(place["shape"])


def traits(trainer):
    names = ("epoch", "step_count", "loss", "accuracy", "running_loss", "test_loss", "status", "learning_rate")
    return [getattr(trainer, name) for name in names] + [trainer._network, trainer._data, trainer._snapshot]


def test_a_preview_shows_the_numbers_and_the_weights_of_its_epoch(make, sent):
    trainer, twin = (make(small_data(n_samples=40, test_share=0.25)) for _ in range(2))
    for each in (trainer, twin):
        each.train(epochs=9)
        each.wait(PATIENCE)
    before = traits(trainer)
    trainer.preview(4)
    frame = sent[-1]
    assert (frame["preview"], frame["status"], frame["epoch"], frame["run_target_epoch"]) == (True, "idle", 4, None)
    twin.rewind(4)
    for name in ("step_count", "loss", "accuracy", "running_loss", "running_accuracy", "test_loss", "test_accuracy"):
        assert frame[{"step_count": "step"}.get(name, name)] == getattr(twin, name), name
    there = twin._snapshot
    for place in ("parameters", "map", "tiles", "wrong"):
        assert np.array_equal(part(frame, place), part(there, place, there["buffer"])), place
    assert traits(trainer) == before
    assert trainer._past is None
    trainer.preview(None)
    assert (sent[-1]["preview"], sent[-1]["epoch"]) == (False, 9)


def test_network_and_data_are_those_of_the_time_under_versions_of_their_own(make, sent):
    trainer = make(hidden_layers=(3,))
    trainer.step(2, "epoch")
    network, data = trainer._network, trainer._data
    trainer.hidden_layers = (4, 2)
    trainer.step(1, "epoch")
    trainer.n_samples = 40
    trainer.step(1, "epoch")

    trainer.preview(4)
    assert trainer._past is None
    trainer.preview(2)
    first, frame = trainer._past, sent[-1]
    assert first["network"] | {"version": 0} == network | {"version": 0, "editable": False}
    assert first["data"]["points"] == data["points"]
    assert first["network"]["version"] == frame["network_version"] < 0
    assert first["data"]["version"] == frame["data_version"] < 0
    assert part(frame, "tiles").shape[0] == 3
    trainer.preview(1)
    assert trainer._past == first
    trainer.preview(3)
    assert [layer["units"] for layer in trainer._past["network"]["layers"]] == [4, 2, 1]
    assert trainer._past["data"] == first["data"]
    assert trainer._past["network"]["version"] < first["network"]["version"]
    assert part(sent[-1], "tiles").shape[0] == 6
    trainer.learning_rate = 0.5
    assert trainer._past is None
    assert not trainer._snapshot["preview"]
    assert trainer._snapshot["epoch"] == 4


def test_columns_that_the_data_of_that_time_lack_are_not_asked_for(make, sent):
    x = np.random.default_rng(0).normal(size=(30, 4))
    trainer = make()
    trainer.step(1, "epoch")
    trainer.dataset = (x, (x[:, 3] > 0).astype(int))
    trainer.axes = (2, 3)
    trainer.step(1, "epoch")
    trainer.preview(1)
    assert trainer._past["data"]["axes"] == [0, 1]
    assert trainer.axes == (2, 3)


def test_a_view_that_comes_later_sees_the_preview_too(make, sent):
    trainer = make()
    trainer.step(3, "epoch")
    trainer.preview(1)
    sent.clear()
    trainer._handle_custom_msg({"type": "request_full"}, [])
    trainer._loop.call(c.Do(lambda: None))
    (frame,) = sent
    assert (frame["preview"], frame["epoch"], frame["full"]) == (True, 1, True)
    assert part(frame, "epochs")[:, 0].tolist() == [1, 2, 3]


@pytest.fixture
def slow(make, sent):
    """A trainer whose preview of epoch 3 is under way, and the gate that it has come to."""
    model, gate, _ = gated(25 + 8)
    trainer = make(model=model)
    trainer.step(5, "epoch")
    trainer._loop.checkpoints.replace(trainer._loop.checkpoints.items[:1])
    look_at(trainer, "errors")
    trainer._loop.submit(c.Preview(3))
    gate.wait()
    sent.clear()
    return trainer, gate


def look_at(trainer, *wants):
    sizes = {"map_size": 16, "tile_size": 8}
    told = {"type": "look", "view": "a", "visible": True, "focus": None, **sizes, "wants": list(wants)}
    trainer._handle_custom_msg(told, [])


def frames_of(sent):
    return [frame for frame in sent if frame["type"] == "frame"]


@pytest.mark.parametrize("then", ["preview", "cell", "train"])
def test_a_panel_opened_while_a_preview_is_prepared_is_filled_also_when_that_is_left(slow, sent, then):
    trainer, gate = slow
    look_at(trainer, "errors", "gradients")
    trainer._handle_custom_msg({"type": "request_full"}, [])
    left = trainer._loop.submit({"preview": c.Preview(None), "cell": c.Refresh(), "train": c.Train(epochs=1)}[then])
    gate.open()
    left.result(PATIENCE)
    trainer.wait(PATIENCE)
    while trainer._loop.is_alive:
        trainer._loop.call(c.Do(lambda: None))
    first = frames_of(sent)[0]
    assert (first["preview"], first["full"]) == (then == "cell", True)
    assert "gradients" in [part["name"] for part in first["parts"]]
    assert len(frames_of(sent)) == 1 or then == "train"


def test_a_page_is_told_that_an_epoch_that_it_looked_at_is_no_longer_shown(make, sent, monkeypatch):
    trainer = make(model=Uncopied(), loss_fn="bce")
    trainer.step(3, "epoch")
    monkeypatch.setattr(Uncopied, "__deepcopy__", None)
    trainer.preview(1)
    assert sent[-1]["preview"]
    monkeypatch.setattr(replay.Replay, "aim", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trainer.preview(2)
    assert not sent[-1]["preview"]


def test_the_first_picture_of_a_run_that_goes_on_is_of_the_present(make, sent):
    trainer = make()
    trainer.step(3, "epoch")
    trainer.preview(1)
    sent.clear()
    trainer.train(epochs=1)
    trainer.wait(PATIENCE)
    frames = [frame for frame in sent if frame["type"] == "frame"]
    assert frames[0]["preview"] is False
    assert frames[0]["epoch"] >= 3


def test_messages_ask_for_previews_and_are_told_why_not(make, sent):
    trainer = make(model=Uncopied(), loss_fn="bce")
    trainer.step(3, "epoch")

    def answers(epoch):
        sent.clear()
        trainer._handle_custom_msg({"type": "preview", "epoch": epoch}, [])
        while trainer._loop.is_alive:
            trainer._loop.call(c.Do(lambda: None))
        return [message["message"] for message in sent if message["type"] == "failed"]

    (refused,) = answers("2")
    assert "epoch" in refused
    (never,) = answers(7)
    assert "between 0 and 3" in never
    (uncopied,) = answers(1)
    assert "cannot be copied" in uncopied
    assert [message["type"] for message in sent] == ["failed"]  # the picture of the present stands
    assert answers(None) == []


class Keeping(nn.Module):
    """Keeps what it last saw, as modules do that somebody wants to look into."""

    def __init__(self):
        super().__init__()
        self.linear, self.all_seen = nn.Linear(2, 1), {}

    def forward(self, x):
        self.seen = self.linear(x)
        self.all_seen["outputs"] = [self.seen, self.seen.sigmoid()]
        return self.all_seen["outputs"][-1]


def test_a_module_that_keeps_its_activations_has_a_past_too():
    loop = trained(make_loop(model=Keeping(), loss_fn="bce"), epochs=3)
    ghost = at(look(loop, 1))
    loop.call(c.Rewind(1))
    assert at(loop.experiment) == ghost


def test_a_loop_that_is_closed_looks_back_no_more():
    loop = trained(make_loop(), epochs=2)
    look(loop, 1)
    loop.close()
    assert (loop.preview.epoch, loop.preview.ghost) == (None, None)
