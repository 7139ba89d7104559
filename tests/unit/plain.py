"""The reference that the engine room is compared with: a training loop as one writes it by hand, and small helpers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from nnwidgets.datasets import make_planar
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop, Unobserved
from nnwidgets.training.probes import View, take_snapshot
from nnwidgets.training.settings import NetworkSpec, Settings

PATIENCE = 60  # seconds after which a test that waits in vain gives up

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}
ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def maker(kind, **defaults):
    """A fixture that makes widgets of a kind, and closes all of them at the end."""

    @pytest.fixture
    def make():
        made = []

        def make_one(*arguments, **settings):
            made.append(kind(*arguments, **(defaults | settings)))
            return made[-1]

        yield make_one
        for widget in made:
            widget.close()

    return make


class PlainDropout(nn.Module):
    """Masks from a generator of its own, as torch's dropout makes them from the global one."""

    def __init__(self, p, generator):
        super().__init__()
        self.p, self.generator = p, generator

    def forward(self, x):
        if not self.training:
            return x
        return x * torch.empty_like(x).bernoulli_(1 - self.p, generator=self.generator).div_(1 - self.p)


class PlainRun:
    """A run without any of our code but the data: `train` makes steps, `change` does what a journal entry says."""

    def __init__(
        self, dataset, *, hidden=(2,), activation="tanh", dropout=0.0, optimizer="sgd", learning_rate=0.1,
        batch_size=5, seed=0, model=None, loss_fn=None,
    ):  # fmt: skip
        self.masks = torch.Generator()
        self.seed, self.batch_size, self.learning_rate = seed, batch_size, learning_rate
        self.step = self.epoch = self.position = 0
        self.losses, self.accuracies, self.epoch_ends = [], [], {0: 0}
        self.held = frozenset()
        self.loss_fn = nn.BCELoss() if loss_fn is None else loss_fn
        self.model = self.built(hidden, activation, dropout) if model is None else model
        self.change("data", dataset)
        self.change("optimizer", optimizer)

    def built(self, hidden, activation, dropout):
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            layers, size = [], 2
            for units in hidden:
                layers += [nn.Linear(size, units), ACTIVATIONS[activation]()]
                layers += [PlainDropout(dropout, self.masks)] if dropout else []
                size = units
            return nn.Sequential(*layers, nn.Linear(size, 1), nn.Sigmoid())

    def train(self, steps):
        for _ in range(steps):
            generator = torch.Generator().manual_seed(self.seed * 1_000_000 + self.epoch)
            order = torch.randperm(len(self.x), generator=generator)
            batch = order[self.position : self.position + self.batch_size]
            self.masks.manual_seed(self.seed * 1_000_000 + self.step)
            self.optimizer.zero_grad()
            outputs = self.model(self.x[batch])
            loss = self.loss_fn(outputs, self.y[batch])
            loss.backward()
            held = [(self.model.get_parameter(name), place) for name, place in self.held]
            values = [weight.flatten()[place].item() for weight, place in held]
            for weight, place in held:
                if weight.grad is not None:
                    weight.grad.view(-1)[place] = 0.0
            self.optimizer.step()
            for (weight, place), value in zip(held, values, strict=True):
                weight.data.view(-1)[place] = value
            self.losses.append(loss.item())
            self.accuracies.append(((outputs > 0.5) == (self.y[batch] > 0.5)).float().mean().item())
            self.step, self.position = self.step + 1, self.position + len(batch)
            if self.position >= len(self.x):
                self.epoch, self.position = self.epoch + 1, 0
                self.epoch_ends[self.epoch] = self.step
        return self

    def change(self, kind, value):
        if kind == "rate_and_optimizer":
            self.learning_rate = value[0]
            self.change("optimizer", value[1])
        elif kind == "learning_rate":
            self.learning_rate = value
            for group in self.optimizer.param_groups:
                group["lr"] = value
        elif kind in ("batch_size", "held"):
            setattr(self, kind, value)
        elif kind == "optimizer":
            make = OPTIMIZERS.get(value, value)
            parameters = self.model.parameters()
            self.optimizer = make(parameters, lr=self.learning_rate) if value in OPTIMIZERS else make(parameters)
        elif kind == "data":
            self.x, self.y = torch.tensor(value.x_train), torch.tensor(value.y_train)
            self.batch_size, self.position = min(self.batch_size, len(self.x)), 0
        elif kind == "edit":
            name, number = value
            with torch.no_grad():
                self.model.get_parameter(name).fill_(number)
        elif kind == "frozen":
            for name, parameter in self.model.named_parameters():
                parameter.requires_grad_(name not in value)
        else:
            raise ValueError(kind)

    def state(self):
        return self.model.state_dict()


class Uncopied(nn.Module):
    """A module that cannot be copied."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))

    def __deepcopy__(self, _):
        raise RuntimeError("not this one")


def apart(function):
    """What it gives in a thread of its own, where no other test has left an event loop running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def ended(*threads):
    """Wait until threads have ended; one that is None has."""
    for thread in filter(None, threads):
        thread.join(PATIENCE)
        assert not thread.is_alive()


def closed(trainer):
    """Close it, and wait until its thread has ended."""
    thread = trainer._loop._thread
    trainer.close()
    ended(thread)


def same_bits(ours, theirs):
    """Whether two state dicts hold the same values, bit by bit."""
    return ours.keys() == theirs.keys() and all(bits(ours[name]) == bits(theirs[name]) for name in ours)


def bits(tensor):
    return tensor.detach().cpu().numpy().tobytes()


def flat(tensors):
    """All numbers of these, one tensor after the other, as a copy."""
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).numpy().copy()


class Doubled(torch.autograd.Function):
    """A function of one's own for autograd."""

    @staticmethod
    def forward(_, x):
        return x * 2

    @staticmethod
    def backward(_, gradient):
        return gradient * 2


def small_data(name="circles", n_samples=23, **parameters):
    return make_planar(name, n_samples=n_samples, **parameters)


def make_experiment(dataset=None, *, model=None, loss_fn=None, hidden=(2,), activation="tanh", dropout=0.0, **settings):
    dataset = small_data() if dataset is None else dataset
    network = None
    if model is None:
        network = NetworkSpec(tuple(hidden), activation, dropout).with_output_for(loss_fn, dataset)
    return Experiment(Settings(dataset, network, loss_fn=loss_fn, **settings), model=model)


def make_loop(*arguments, engine="eager", speed=None, checkpoint_bytes=64 * 2**20, **settings):
    experiment = make_experiment(*arguments, **settings)
    return TrainingLoop(experiment, engine=engine, speed=speed, checkpoint_bytes=checkpoint_bytes)


class Gate:
    """Stops whoever passes, so that a test can do something while a step is under way."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, *_):
        self.reached.set()
        assert self.opened.wait(PATIENCE)

    def wait(self):
        assert self.reached.wait(PATIENCE)

    def open(self):
        self.opened.set()


class Curious(Unobserved):
    """An observer that takes a picture after every single step, and a full one of every change."""

    def __init__(self, graph):
        self.graph = graph
        self.pictures = 0

    def next_frame(self):
        return 0.0

    next_look = next_frame

    def frame(self, loop):
        view = View((-2.0, 2.0), (-2.0, 2.0), map_size=9, tile_size=8, focus=(0, 0))
        take_snapshot(loop.experiment, self.graph, view, (len(loop.experiment.x), len(loop.experiment.x_test)))
        self.pictures += 1

    changed = frame
