"""Steps per second of a hand-written loop and of the engine, on the same experiment."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnwidgets.datasets import make_planar
from nnwidgets.training import commands as c
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.settings import NetworkSpec, Settings

ROUNDS = 5
EPOCHS = 10


def textbook_loop() -> Callable[[], int]:
    """A course's own loop: `DataLoader`, loss and accuracy of each batch, the update written out by hand."""
    data = make_planar("circles")
    x, y = torch.tensor(data.x_train), torch.tensor(data.y_train)
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1), nn.Sigmoid())
    loader = DataLoader(TensorDataset(x, y), batch_size=5, shuffle=True)
    criterion = nn.BCELoss()

    def run() -> int:
        steps = 0
        for _ in range(EPOCHS):
            loss_sum = correct = 0.0
            for features, labels in loader:
                outputs = model(features)
                loss = criterion(outputs, labels)
                model.zero_grad()
                loss.backward()
                with torch.no_grad():
                    for parameter in model.parameters():
                        parameter -= 0.1 * parameter.grad  # noqa: PLW2901 (in place, as a course writes it)
                loss_sum += loss.item()
                correct += ((outputs > 0.5) == labels).float().mean().item()
                steps += 1
        return steps

    return run


def engine_loop() -> Callable[[], int]:
    """The same experiment in a `TrainingLoop` that nobody looks at."""
    loop = TrainingLoop(Experiment(Settings(make_planar("circles"), NetworkSpec())))

    def run() -> int:
        before = loop.experiment.position.step
        loop.call(c.Train(epochs=EPOCHS))
        loop.wait()
        return loop.experiment.position.step - before

    return run


def steps_per_second() -> dict[str, list[float]]:
    """Rates of both, measured in turn, `ROUNDS` times each after one to warm up."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    contestants = {"hand-written": textbook_loop(), "eager": engine_loop()}
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run()
    for _ in range(ROUNDS):
        for name, run in contestants.items():
            started = time.perf_counter()
            steps = run()
            rates[name].append(steps / (time.perf_counter() - started))
    torch.set_num_threads(threads)
    return rates
