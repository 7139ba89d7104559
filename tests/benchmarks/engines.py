"""Steps per second of a loop as a course writes it and of the engines, on the same experiments."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnwidgets.datasets import make_planar
from nnwidgets.networks import build_mlp
from nnwidgets.training import commands as c
from nnwidgets.training.ensemble import Ensemble
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.settings import NetworkSpec, Settings

ROUNDS = 3


@dataclass(frozen=True)
class Case:
    """An experiment: hidden layers, optimizer, learning rate, samples and batch size."""

    hidden: tuple[int, ...]
    optimizer: str
    n_samples: int
    batch_size: int

    @property
    def name(self) -> str:
        """Sizes of all layers, and the optimizer."""
        return "-".join(map(str, (2, *self.hidden, 1))) + f", {'SGD' if self.optimizer == 'sgd' else 'Adam'}"

    @property
    def learning_rate(self) -> float:
        """A usual one for the optimizer."""
        return 0.1 if self.optimizer == "sgd" else 0.001


CASES = tuple(
    Case(hidden, optimizer, *size)
    for hidden, size in (((2,), (500, 5)), ((4, 2), (250, 10)), ((8, 8, 8), (250, 10)))
    for optimizer in ("sgd", "adam")
)


def textbook_loop(case: Case) -> Callable[[int], int]:
    """A course's own loop: `DataLoader`, loss and accuracy of each batch; the update of SGD written out by hand."""
    data = make_planar("circles", n_samples=case.n_samples)
    x, y = torch.tensor(data.x_train), torch.tensor(data.y_train)
    model = build_mlp(2, case.hidden, 1)
    loader = DataLoader(TensorDataset(x, y), batch_size=case.batch_size, shuffle=True)
    criterion = nn.BCELoss()
    adam = torch.optim.Adam(model.parameters(), lr=case.learning_rate)

    def run(epochs: int) -> int:
        steps = 0
        for _ in range(epochs):
            loss_sum = correct = 0.0
            for features, labels in loader:
                outputs = model(features)
                loss = criterion(outputs, labels)
                model.zero_grad()
                loss.backward()
                if case.optimizer == "adam":
                    adam.step()
                else:
                    with torch.no_grad():
                        for parameter in model.parameters():
                            parameter -= case.learning_rate * parameter.grad  # noqa: PLW2901 (in place)
                loss_sum += loss.item()
                correct += ((outputs > 0.5) == labels).float().mean().item()
                steps += 1
        return steps

    return run


def engine_loop(case: Case, engine: str) -> Callable[[int], int]:
    """The same experiment in a `TrainingLoop` that nobody looks at."""
    settings = Settings(
        make_planar("circles", n_samples=case.n_samples),
        NetworkSpec(case.hidden),
        case.optimizer,
        case.learning_rate,
        case.batch_size,
    )
    loop = TrainingLoop(Experiment(settings), engine=engine)

    def run(epochs: int) -> int:
        before = loop.experiment.position.step
        loop.call(c.Train(epochs=epochs))
        loop.wait()
        return loop.experiment.position.step - before

    return run


def ensemble_seconds() -> float:
    """To make and train 1,000 networks of the default experiment for 50 epochs, on all cores; the better of two."""
    data = make_planar("circles", n_samples=500)
    settings = [Settings(data, NetworkSpec((2,)), seed=seed) for seed in range(1000)]
    Ensemble(settings[:2]).train(epochs=1)
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        Ensemble(settings).train(epochs=50)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def pauses() -> list[float]:
    """Milliseconds from asking a run of the compiled engine to pause until it has, in a process with nothing else."""
    settings = Settings(make_planar("circles"), NetworkSpec((8, 8, 8)))
    loop = TrainingLoop(Experiment(settings), engine="fused")
    loop.call(c.Train(epochs=1000))
    loop.wait()
    waits = []
    for _ in range(40):
        loop.call(c.Train())
        time.sleep(0.1)
        started = time.perf_counter()
        loop.call(c.Pause())
        waits.append(1000 * (time.perf_counter() - started))
    return waits


def steps_per_second(case: Case) -> dict[str, float]:
    """Median rates of the three, measured in turn, `ROUNDS` times each after one to warm up."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    contestants = {
        "hand-written": (textbook_loop(case), 10),
        "eager": (engine_loop(case, "eager"), 20),
        "fused": (engine_loop(case, "fused"), 10_000),
    }
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for run, epochs in contestants.values():
        run(epochs)
    for _ in range(ROUNDS):
        for name, (run, epochs) in contestants.items():
            started = time.perf_counter()
            steps = run(epochs)
            rates[name].append(steps / (time.perf_counter() - started))
    torch.set_num_threads(threads)
    return {name: statistics.median(values) for name, values in rates.items()}
