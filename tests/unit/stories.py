"""Runs as lists of actions in any order: told to a training loop, and to a reference that starts from scratch."""

from __future__ import annotations

from dataclasses import replace

import torch

from nnwidgets.features import parse_features
from nnwidgets.functions import LOSSES
from nnwidgets.training import commands as c
from nnwidgets.training.objective import fits
from nnwidgets.training.schedules import SCHEDULES, checked_schedule
from tests.unit.plain import OPTIMIZERS, PATIENCE, PlainRun, small_data

DATA = {name: small_data(name, size) for name, size in (("circles", 23), ("moons", 12), ("xor", 31))}
TASKS = {name: small_data(name, size) for name, size in (("rings", 25), ("plane", 14), ("gaussians", 18))}
INPUTS = [(), ("x1", "x2"), ("x1*x2",), ("x2", "sin(x1)", "x1**2"), ("x1*x2", "x2", "x1", "sin(x2)")]
NAMES = ("0.weight", "0.bias")  # of every network that a story may have


def make_story(random, length, *, networks=False):
    """A list of (kind, value) drawn from `random`; with `networks` also other networks, tasks and losses."""
    kinds = ["steps"] * 4 + ["epochs", "whole", "learning_rate", "batch_size", "edit", "cell", "mischief", "rewind"]
    kinds += ["rewind", "optimizer", "frozen", "held", "data", "reset"] + [
        "network",
        "network",
        "task",
        "loss",
        "schedule",
        "inputs",
        "inputs",
    ] * networks
    story = []
    for _ in range(length):
        kind = random.choice(kinds)
        number = random.randint(0, 100)
        value = {
            "steps": 1 + number % 9,
            "epochs": 1 + number % 2,
            "whole": 1 + number % 2,
            "learning_rate": (1 + number) / 100,
            "batch_size": 1 + number % 12,
            "edit": (NAMES[number % 2], (number - 50) / 40),
            "cell": (NAMES[number % 2], (number - 50) / 30),
            "mischief": None,
            "rewind": number / 100,
            "optimizer": list(OPTIMIZERS)[number % len(OPTIMIZERS)],
            "frozen": frozenset(NAMES[: number % 2]),
            "held": frozenset((name, 0) for name in NAMES[: number % 3]),
            "data": list(DATA)[number % len(DATA)],
            "reset": number % 4,
            "task": list(TASKS)[number % len(TASKS)],
            "loss": number,
            "schedule": list(SCHEDULES)[number % len(SCHEDULES)],
            "inputs": (INPUTS[number % len(INPUTS)], (None, True, False)[number % 3]),
            "network": [
                ((2,), "tanh"),
                ((4,), "relu"),
                ((3, 2), ("tanh", "relu")),
                ((2, 2, 2), "sigmoid"),
                ((), "tanh"),
            ][number % 5],
        }[kind]
        story.append((kind, value))
    return story


def tell(loop, story, *, check=lambda: None):
    """Do all of it; `check` is called where a run stands at an epoch of its past."""
    for kind, value in story:
        ACTIONS[kind](loop, value)
        if kind == "rewind":
            check()
    return loop


def _train(loop, **target):
    loop.call(c.Train(**target))
    loop.wait(PATIENCE)


def _edit(loop, value):
    name, number = value
    loop.call(c.Edit({name: torch.full_like(loop.experiment.copy_state()[name], number)}))


def _cell(loop, value):
    name, number = value
    with torch.no_grad():
        loop.experiment.model.get_parameter(name).fill_(number)
    loop.call(c.Adopt())


def _mischief(loop, _):
    model = loop.experiment.model
    model.eval()
    model.zero_grad()
    loss = sum(parameter.sum() for parameter in model.parameters() if parameter.requires_grad)
    (loss * 9).backward()
    model.register_forward_hook(lambda *_: torch.zeros(1))
    torch.rand(3)


def _network(loop, value):
    network = loop.experiment.settings.network
    loop.call(c.SetNetwork(replace(network, hidden_layers=value[0], activation=value[1])))


def _frozen(loop, value):
    loop.call(c.Freeze(value, loop.experiment.settings.frozen_entries))


def _held(loop, value):
    loop.call(c.Freeze(loop.experiment.settings.frozen, value))


def _loss(loop, value):
    fitting = [name for name in LOSSES if fits(name, loop.experiment.settings.dataset.n_classes)]
    loop.call(c.SetLoss([*fitting, None][value % (len(fitting) + 1)]))


ACTIONS = {
    "steps": lambda loop, value: _train(loop, steps=value),
    "epochs": lambda loop, value: _train(loop, epochs=value),
    "whole": lambda loop, value: loop.call(c.Step(value, "epoch")).result(PATIENCE),
    "learning_rate": lambda loop, value: loop.call(c.SetLearningRate(value)),
    "batch_size": lambda loop, value: loop.call(c.SetBatchSize(value)),
    "edit": _edit,
    "cell": _cell,
    "mischief": _mischief,
    "rewind": lambda loop, value: loop.call(c.Rewind(round(value * loop.history.last_epoch))),
    "optimizer": lambda loop, value: loop.call(c.SetOptimizer(value, 0.05)),
    "frozen": _frozen,
    "held": _held,
    "data": lambda loop, value: loop.call(c.SetData(DATA[value])),
    "reset": lambda loop, value: loop.call(c.Reset(value)),
    "network": _network,
    "task": lambda loop, value: loop.call(c.SetData(TASKS[value])),
    "loss": _loss,
    "inputs": lambda loop, value: loop.call(c.SetInputs(value[0] and parse_features(value[0]), value[1])),
    "schedule": lambda loop, value: loop.call(c.SetSchedule(checked_schedule(value))),
}


class Record:
    """What a story comes to, by plain training from the very beginning up to the step where it stands."""

    def __init__(self, **settings):
        self.settings = settings
        self.changes, self.applied, self.at, self.end = [], 0, 0, 0

    def run(self):
        """A plain run up to where the story stands."""
        return self._run(self.at, self._kept())

    def _run(self, upto, changes):
        plain = PlainRun(DATA["circles"], **self.settings)
        for step, kind, value in changes:
            plain.train(step - plain.step).change(kind, value)
        return plain.train(upto - plain.step)

    def tell(self, story, *, check=lambda: None):
        """The same as `tell`, for the record."""
        for kind, value in story:
            if kind == "mischief":
                continue
            if kind == "rewind":
                ends = self._run(self.end, self.changes).epoch_ends
                self.at = ends[round(value * max(ends))]
                self.applied = sum(step < max(self.at, 1) for step, *_ in self.changes)
                check()
            elif kind == "reset":
                self._reset(value)
            elif kind in ("steps", "epochs", "whole"):
                self._cut()
                plain = self.run()
                steps = value if kind == "steps" else self._steps_to(plain, plain.epoch + value)
                self.at = self.end = self.at + steps
            elif kind == "optimizer":
                self._changed("rate_and_optimizer", (0.05, value))
            else:
                self._changed("edit" if kind == "cell" else kind, DATA[value] if kind == "data" else value)
        return self

    def _reset(self, seed):
        batch_size, rate, optimizer = self._now()
        plain = self.run()
        frozen = frozenset(name for name, weight in plain.model.named_parameters() if not weight.requires_grad)
        data = next((value for _, kind, value in reversed(self._kept()) if kind == "data"), DATA["circles"])
        self.settings |= {"seed": seed}
        self.changes, self.applied, self.at, self.end = [], 0, 0, 0
        self._changed("data", data)
        self._changed("rate_and_optimizer", (rate, optimizer))
        self._changed("batch_size", batch_size)
        self._changed("frozen", frozen)
        self._changed("held", plain.held)

    def _changed(self, kind, value):
        self._cut()
        self.changes.append((self.at, kind, value))
        self.applied = len(self.changes)

    def _cut(self):
        self.changes, self.end = self._kept(), self.at

    def _kept(self):
        return self.changes[: self.applied]

    def _now(self):
        plain = self.run()
        optimizer = next((v[1] for _, k, v in reversed(self._kept()) if k == "rate_and_optimizer"), None)
        return plain.batch_size, plain.learning_rate, optimizer or self.settings.get("optimizer", "sgd")

    @staticmethod
    def _steps_to(plain, epoch):
        before = plain.step
        while plain.epoch < epoch:
            plain.train(1)
        return plain.step - before
