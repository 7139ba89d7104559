"""Learning rates that follow the epochs: PyTorch's own, in both engines, at any speed, there and back again."""

from __future__ import annotations

import contextlib
import json
import math

import pytest
import torch
from torch.optim import lr_scheduler
from traitlets import TraitError

from nnwidgets import PlanarTrainer
from nnwidgets.training import commands as c
from nnwidgets.training.schedules import SCHEDULES, checked_schedule, code, rate, rates
from tests.unit.plain import PATIENCE, PlainRun, same_bits, small_data

PYTORCH = {
    "step": lambda optimizer: lr_scheduler.StepLR(optimizer, 30, 0.5),
    "exponential": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.98),
    "cosine": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 100, 0.0),
    "warmup": lambda optimizer: lr_scheduler.LinearLR(optimizer, 0.1, 1.0, 10),
}
FAST = {"name": "step", "step_size": 2, "gamma": 0.25}


@pytest.mark.parametrize("name", PYTORCH)
def test_a_schedule_is_pytorch_s_of_that_name(name):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    scheduler, schedule = PYTORCH[name](optimizer), checked_schedule(name)
    for epoch in range(101):
        assert rate(schedule, 0.3, epoch) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9, abs=1e-15)
        optimizer.step()
        scheduler.step()
    assert set(PYTORCH) | {"constant"} == set(SCHEDULES)


def test_a_cosine_stays_at_its_end():
    schedule = checked_schedule({"name": "cosine", "T_max": 10, "eta_min": 0.01})
    assert [rate(schedule, 0.3, epoch) for epoch in (10, 11, 500)] == [0.01] * 3


@pytest.mark.parametrize("name", SCHEDULES)
def test_tables_and_scripts_have_the_very_numbers(name):
    schedule = checked_schedule(name)
    alone = [rate(schedule, 0.3, epoch) for epoch in range(60)]
    in_script = [eval(code(schedule), {"math": math, "learning_rate": 0.3, "epoch": epoch}) for epoch in range(60)]
    assert alone == in_script
    table = rates(schedule, 0.3, 7, 20).tolist()
    assert table == (alone[7:27] if schedule else [0.3])
    assert rates(schedule, 0.3, 30, 3).tolist() == (alone[30:33] if schedule else [0.3])


def test_each_epoch_is_trained_with_its_rate(make):
    trainer = make(schedule=FAST, learning_rate=0.8)
    plain = PlainRun(small_data())
    for epoch in range(5):
        plain.change("learning_rate", 0.8 * 0.25 ** (epoch // 2))
        plain.train(5)
    trainer.train(epochs=5)
    trainer.wait(PATIENCE)
    assert same_bits(trainer.model.state_dict(), plain.state())
    assert (trainer.learning_rate, trainer.optimizer_.param_groups[0]["lr"]) == (0.8, 0.8 * 0.0625)


@pytest.mark.parametrize("schedule", ["cosine", FAST])
def test_compiled_steps_follow_it_over_the_ends_of_epochs(make, schedule):
    trainers = [
        make(engine=engine, schedule=schedule, learning_rate=0.5, hidden_layers=(3,)) for engine in ("eager", "fused")
    ]
    for trainer in trainers:
        trainer.train(epochs=12)
        trainer.wait(PATIENCE)
    eager, fused = trainers
    for ours, theirs in zip(fused.model.parameters(), eager.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    constant = make(engine="fused", learning_rate=0.5, hidden_layers=(3,))
    constant.train(epochs=12)
    constant.wait(PATIENCE)
    assert not torch.allclose(constant.model[0].weight, fused.model[0].weight, rtol=1e-2)
    # However it is cut into calls, and from wherever it is begun again, the bits are the same.
    twin = make(engine="fused", schedule=schedule, learning_rate=0.5, hidden_layers=(3,))
    for steps in (3, 11, 17, 12 * 5 - 31):
        twin.step(steps)
    assert same_bits(twin.model.state_dict(), fused.model.state_dict())
    end = {name: value.clone() for name, value in fused.model.state_dict().items()}
    fused.rewind(5)
    fused.train(epochs=7)
    fused.wait(PATIENCE)
    assert same_bits(fused.model.state_dict(), end)


@pytest.mark.parametrize("engine", ["eager", "fused"])
def test_rate_and_schedule_are_changed_in_the_middle_of_a_run(make, engine):
    trainer = make(engine=engine, optimizer="adam")
    trainer.step(2, "epoch")
    state = trainer.optimizer_.state[trainer.optimizer_.param_groups[0]["params"][0]]["exp_avg"].clone()
    trainer.schedule = {"name": "step", "step_size": 1}
    after = trainer.optimizer_.state[trainer.optimizer_.param_groups[0]["params"][0]]["exp_avg"]
    assert torch.equal(state, after)
    trainer.step(1)
    assert trainer.optimizer_.param_groups[0]["lr"] == 0.1 * 0.25
    trainer.learning_rate = 0.4
    trainer.step(1)
    assert trainer.optimizer_.param_groups[0]["lr"] == 0.4 * 0.25
    trainer.schedule = None
    assert (trainer.schedule, trainer.optimizer_.param_groups[0]["lr"]) == ({}, 0.4)
    changes = [entry.change for entry in trainer._loop.journal]
    assert [type(change) for change in changes] == [c.SetSchedule, c.SetLearningRate, c.SetSchedule]


@pytest.mark.parametrize("engine", ["eager", "fused"])
def test_another_option_leaves_the_rate_that_it_follows_from(make, engine):
    trainer = make(engine=engine, schedule="exponential", learning_rate=0.5)
    trainer.step(4, "epoch")
    trainer.optimizer_options = {"momentum": 0.5}
    trainer.optimizer_.param_groups[0]["weight_decay"] = 0.01
    trainer.step(2, "epoch")
    assert trainer.learning_rate == 0.5
    assert trainer.optimizer_.param_groups[0]["lr"] == 0.5 * 0.98**5
    names = {}
    exec(trainer.to_code(), names)
    near = {"rtol": 0, "atol": 0} if engine == "eager" else {"rtol": 1e-4, "atol": 1e-6}
    for ours, theirs in zip(trainer.model.parameters(), names["model"].parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, **near)


def test_the_rates_of_a_schedule_are_no_changes_of_anybody(make):
    trainer = make(schedule=FAST)
    trainer.on_epoch_end(lambda _: None)
    trainer.train(epochs=6)
    trainer.wait(PATIENCE)
    assert trainer._loop.journal == []
    assert trainer.learning_rate == 0.1


def test_an_optimizer_of_one_s_own_follows_with_all_its_groups(make):
    def optimizer(parameters):
        first, *rest = parameters
        return torch.optim.SGD([{"params": [first], "lr": 0.2}, {"params": rest, "lr": 0.4}])

    trainer = make(optimizer=optimizer, schedule=FAST)
    trainer.step(3, "epoch")
    assert [group["lr"] for group in trainer.optimizer_.param_groups] == [0.05, 0.1]


def test_a_schedule_is_in_configurations_and_files(make, tmp_path):
    trainer = make("moons", n_samples=30, schedule={"name": "cosine", "T_max": 7})
    trainer.step(2, "epoch")
    trainer.save(tmp_path / "run")
    config = json.loads(json.dumps(trainer.config()))
    for twin in (PlanarTrainer.from_config(config), PlanarTrainer.load(tmp_path / "run")):
        assert twin.schedule == {"name": "cosine", "T_max": 7, "eta_min": 0.0}
        twin.close()


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("cosinus", "schedule must be one of 'constant', 'step'"),
        ({"name": "step", "every": 3}, "the schedule 'step' has no option 'every'; there are 'step_size', 'gamma'"),
        ({"name": "constant", "gamma": 3}, "has no option 'gamma'; there are none"),
        ({"name": "step", "step_size": 0}, "step_size must be a whole number of at least 1"),
        ({"name": "exponential", "gamma": 1.5}, "gamma must be a finite number of at least 0 and at most 1"),
        (3, "a dict of a name and options, or a callable; got 3"),
    ],
)
def test_what_is_no_schedule_is_refused(make, schedule, message):
    trainer = make(schedule="step")
    with pytest.raises(TraitError, match=message):
        trainer.schedule = schedule
    assert trainer.schedule["name"] == "step"


@pytest.mark.parametrize("engine", ["eager", "fused"])
@pytest.mark.parametrize(
    "make_scheduler",
    [
        lambda optimizer: lr_scheduler.StepLR(optimizer, 2, gamma=0.5),
        lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 3),
        lambda optimizer: lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=4),
        lambda optimizer: lr_scheduler.CyclicLR(optimizer, 0.01, 0.2, step_size_up=2),
        lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch)),
    ],
)
def test_a_callable_makes_any_scheduler_of_pytorch_s(make, engine, make_scheduler):
    trainer = make("moons", n_samples=30, learning_rate=0.3, schedule=make_scheduler, engine=engine)
    trainer.train(epochs=6)
    trainer.wait(PATIENCE)
    assert trainer.engine_name == engine
    plain = PlainRun(trainer.dataset, learning_rate=0.3)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3, momentum=0.9)
    scheduler = make_scheduler(optimizer)
    for _ in range(6):
        plain.change("learning_rate", optimizer.param_groups[0]["lr"])
        plain.train(6)
        optimizer.step()
        with contextlib.suppress(ValueError):  # one that has come to its end stays there
            scheduler.step()
    if engine == "eager":
        assert same_bits(trainer.model.state_dict(), plain.model.state_dict())
    else:
        for ours, theirs in zip(trainer.model.parameters(), plain.model.parameters(), strict=True):
            assert torch.allclose(ours, theirs, atol=1e-4)


def test_a_scheduler_of_one_s_own_is_gone_back_in_and_asked_for_again(make, tmp_path):
    def halving(optimizer):
        return lr_scheduler.ExponentialLR(optimizer, 0.5)

    trainer = make("moons", n_samples=30, learning_rate=0.3, schedule=halving)
    trainer.train(epochs=4)
    trainer.wait(PATIENCE)
    weights = [parameter.detach().clone() for parameter in trainer.model.parameters()]
    trainer.rewind(1)
    trainer.train(epochs=3)
    trainer.wait(PATIENCE)
    assert all(map(torch.equal, trainer.model.parameters(), weights))
    assert trainer.schedule == {"name": "custom", "function": halving}
    trainer.save(tmp_path / "run")
    with pytest.raises(ValueError, match="a schedule of your own: give it again, as schedule="):
        PlanarTrainer.load(tmp_path / "run")
    loaded = PlanarTrainer.load(tmp_path / "run", schedule=halving)
    with pytest.raises(ValueError, match="a schedule of your own: give it as schedule="):
        PlanarTrainer.from_config(trainer.config())
    again = PlanarTrainer.from_config(trainer.config(), schedule=halving)
    assert dict(loaded.schedule) == dict(again.schedule) == trainer.schedule
    json.dumps(trainer.config())
    assert trainer.get_state("schedule")["schedule"] == {"name": "custom"}
    assert "return ...  # your own: halving" in trainer.to_code()
    loaded.close()
    again.close()
    trainer.schedule = {}
    assert trainer.schedule == {}


def test_a_scheduler_that_fails_has_come_to_its_end(make):
    rates_ = [1.0, 0.5]
    trainer = make("moons", n_samples=10, schedule=lambda o: lr_scheduler.LambdaLR(o, lambda epoch: rates_[epoch]))
    trainer.train(epochs=4)
    trainer.wait(PATIENCE)
    assert trainer._loop.experiment.learning_rate_now == 0.05


def test_a_base_rate_that_a_scheduler_cannot_take_is_refused(make):
    def small(optimizer):
        if optimizer.param_groups[0]["lr"] > 1:
            raise ValueError("too much")
        return lr_scheduler.StepLR(optimizer, 1)

    trainer = make("moons", n_samples=10, schedule=small, learning_rate=0.5)
    with pytest.raises(TraitError, match="too much"):
        trainer.learning_rate = 2.0
    assert trainer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda optimizer: lr_scheduler.ReduceLROnPlateau(optimizer), "follows the loss, not the epochs"),
        (lambda optimizer: 0.1, "must return a scheduler of torch.optim.lr_scheduler, not float"),
        (lambda: 0.1, "positional argument"),
        (
            lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda _: math.nan),
            "finite rate of at least 0, not nan",
        ),
    ],
)
def test_callables_that_make_no_scheduler_of_epochs_are_refused(make, function, message):
    with pytest.raises(TraitError, match=message):
        make("moons", n_samples=10, schedule=function)
