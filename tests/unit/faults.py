"""Runs with a fault that they were given, and healthy ones: what a diagnosis is judged by.

Every list is made from a seed. Thresholds were found on those of `DEVELOPED`, and are judged on those of `JUDGED`,
which differ in data, initial weights and the strength of the fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from nnwidgets.datasets import Dataset, make_planar
from nnwidgets.training import commands as c
from nnwidgets.training.diagnosis import Finding, diagnose_run
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.settings import NetworkSpec, Settings

DEVELOPED, JUDGED = 1_000, 0
EACH = 20
LOOKS = (1, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200)


@dataclass(frozen=True)
class Run:
    """A run and the fault that was provoked in it, None for a healthy one.

    `edits` are made before the first step. `looks` are the epochs after which it is diagnosed: of a faulty run only
    the last counts, a healthy one must be healthy at each.
    """

    name: str
    fault: str | None
    settings: Settings
    epochs: int
    edits: tuple[tuple[str, tuple[int, ...], float], ...] = ()
    looks: tuple[int, ...] = field(default=LOOKS)

    def findings(self) -> Iterator[tuple[int, tuple[Finding, ...]]]:
        """Train it, and diagnose it at each epoch that counts."""
        loop = TrainingLoop(Experiment(self.settings), engine="auto")
        try:
            for name, index, value in self.edits:
                weights = loop.experiment.copy_state()[name]
                weights[index] = value
                loop.call(c.Edit({name: weights}))
            looks = [self.epochs] if self.fault else [*(e for e in self.looks if e < self.epochs), self.epochs]
            for epoch in looks:
                loop.call(c.Train(epochs=epoch - loop.experiment.position.epoch))
                loop.wait()
                yield epoch, loop.call(c.Do(lambda: diagnose_run(loop)))
        finally:
            loop.close()


def _settings(data: Dataset, hidden: tuple[int, ...], activation: str = "tanh", **changes: object) -> Settings:
    """Settings with a network that fits the data and the loss."""
    network = {name: changes.pop(name) for name in ("initialiser", "initial_scale", "dropout") if name in changes}
    loss_fn = changes.get("loss_fn")
    spec = NetworkSpec(hidden, activation, in_features=data.x_train.shape[1], **network)
    spec = spec.with_output_for(loss_fn, data)
    settings = Settings(data, spec, batch_size=5)
    return replace(settings, **changes)


def _random(base: int, index: int) -> np.random.Generator:
    return np.random.default_rng([base, index])


ADAM = {"optimizer": "adam"}
MOMENTUM = {"optimizer": "sgd", "optimizer_options": (("momentum", 0.9),)}


def _pick(random: np.random.Generator, *choices: object) -> object:
    return choices[int(random.integers(len(choices)))]


# -- faults ------------------------------------------------------------------------------------------


def diverging(base: int) -> Iterator[Run]:
    """Losses without a bound, and a learning rate that is far too large for them."""
    for index in range(EACH):
        random, seed = _random(base, index), base + index
        data = make_planar(("plane", "hills", "circles", "moons", "rings")[index % 5], 200, seed=seed)
        hidden = ((8,), (8, 8), (6, 6, 6), (16, 8))[index % 4]
        loss = {"circles": "bce_with_logits", "moons": "bce_with_logits"}.get(data.name)
        rate = float(10 ** random.uniform(4, 7)) if data.n_classes else float(10 ** random.uniform(0.5, 3))
        settings = _settings(
            data, hidden, ("leaky_relu", "elu")[index % 2], loss_fn=loss, learning_rate=rate, seed=seed,
            **(MOMENTUM if index % 3 == 0 else {}),
        )  # fmt: skip
        yield Run(f"diverging {data.name} {hidden} lr {rate:.3g}", "diverged", settings, 20)


def dying(base: int) -> Iterator[Run]:
    """ReLU neurons with biases far below zero."""
    for index in range(EACH):
        random, seed = _random(base, 100 + index), base + index
        data = make_planar(("circles", "moons", "xor", "spiral", "gaussians")[index % 5], 200, seed=seed)
        hidden = ((8,), (8, 8), (6, 6, 6), (4, 12))[index % 4]
        layer = int(random.integers(len(hidden)))
        units = random.choice(hidden[layer], int(random.integers(1, 4)) + hidden[layer] // 8, replace=False)
        bias = -float(random.uniform(6, 20))
        settings = _settings(
            data, hidden, "relu", learning_rate=float(_pick(random, 0.01, 0.03)), seed=seed,
            initialiser=str(_pick(random, "default", "he_uniform", "xavier_normal")),
        )  # fmt: skip
        edits = tuple((f"{2 * layer}.bias", (int(unit),), bias) for unit in units)
        yield Run(f"dying {data.name} {hidden} layer {layer} {units}", "dead", settings, 10, edits)


def saturating(base: int) -> Iterator[Run]:
    """Initial weights that are far too large, or inputs in units that are far too small."""
    for index in range(EACH):
        random, seed = _random(base, 200 + index), base + index
        data = make_planar(("circles", "xor", "spiral", "moons")[index % 4], 300, seed=seed)
        activation = ("tanh", "sigmoid")[index // 2 % 2]
        optimizer = {"learning_rate": 0.01, **(ADAM if index % 3 == 0 else {})}
        if index % 2:
            scale = float(10 ** random.uniform(2, 3.5))
            data = Dataset(data.name, scale * data.x_train, data.y_train, [], [], data.class_names, ("a", "b"))
            settings = _settings(
                data, ((4,), (3, 3))[index % 4 // 2], activation, seed=seed, standardise=False, **optimizer
            )
            name = f"saturating by inputs of {scale:.3g}"
        else:
            scale = float(10 ** random.uniform(2, 3))
            hidden = ((4,), (4, 4), (6, 3))[index % 3]
            settings = _settings(
                data, hidden, activation, initialiser="normal", initial_scale=scale, seed=seed, **optimizer
            )
            name = f"saturating by weights of {scale:.3g}"
        yield Run(f"{name} {data.name} {activation}", "saturated", settings, 5)


def alike(base: int) -> Iterator[Run]:
    """Initial weights that are all the same."""
    for index in range(EACH):
        random, seed = _random(base, 300 + index), base + index
        data = make_planar(("circles", "moons", "xor", "spiral", "plane", "rings")[index % 6], 200, seed=seed)
        hidden = ((2,), (4, 3), (8,), (3, 3, 3))[index % 4]
        how = ("zeros", "equal")[index % 2]
        activation = ("tanh", "relu", "sigmoid")[index % 3]
        settings = _settings(
            data, hidden, activation, initialiser=how, initial_scale=float(random.uniform(0.1, 0.9)), seed=seed,
            learning_rate=float(_pick(random, 0.003, 0.03)), **(ADAM if index % 5 == 0 else {}),
        )  # fmt: skip
        yield Run(f"alike {how} {data.name} {hidden} {activation}", "symmetric", settings, 20)


def vanishing(base: int) -> Iterator[Run]:
    """Many layers of sigmoids, or of weights that are too small."""
    for index in range(EACH):
        random, seed = _random(base, 400 + index), base + index
        data = make_planar(("circles", "moons", "xor", "spiral", "rings")[index % 5], 200, seed=seed)
        width, depth = int(random.integers(3, 9)), int(random.integers(5, 9))
        small = index % 4 == 3
        settings = _settings(
            data, (width,) * depth, ("tanh" if small else "sigmoid"), seed=seed, learning_rate=0.03,
            initialiser="normal" if small else str(_pick(random, "default", "xavier_uniform")),
            initial_scale=0.08, **(MOMENTUM if index % 3 == 0 else {}),
        )  # fmt: skip
        yield Run(f"vanishing {data.name} {depth} × {width} {'small' if small else ''}", "vanishing", settings, 10)


def underfitting(base: int) -> Iterator[Run]:
    """Networks that cannot bend far enough, and penalties that do not let them."""
    for index in range(EACH):
        random, seed = _random(base, 500 + index), base + index
        name, hidden = (
            ("circles", ()), ("xor", (1,)), ("xor", ()), ("spiral", (2,)), ("circles", (1,)), ("hills", (1,)),
        )[index % 6]  # fmt: skip
        data = make_planar(name, 300, noise=0.1, test_share=0.3 * (index % 2), seed=seed)
        changes: dict[str, object] = {"learning_rate": float(_pick(random, 0.03, 0.1))}
        if index % 5 == 4:
            name, hidden = ("circles", "xor")[index % 2], (6,)
            data = make_planar(name, 300, noise=0.1, test_share=0.3, seed=seed)
            changes |= {"l2": float(random.uniform(0.2, 0.6))}
        settings = _settings(data, hidden, str(_pick(random, "tanh", "sigmoid")), seed=seed, **changes)
        yield Run(f"underfitting {name} {hidden} {changes}", "underfitting", settings, 200)


def overfitting(base: int) -> Iterator[Run]:
    """Few points with much noise, and networks with hundreds of weights."""
    for index in range(EACH):
        random, seed = _random(base, 600 + index), base + index
        name = ("circles", "moons", "xor", "gaussians", "spiral", "rings")[index % 6]
        noise = {"circles": 0.6, "moons": 0.5, "xor": 0.6, "gaussians": 1.0, "spiral": 0.35, "rings": 0.6}[name]
        data = make_planar(name, int(random.integers(50, 90)), noise, 0.5, seed)
        hidden = ((64, 16), (32, 32), (48, 24))[index % 3]
        settings = _settings(
            data, hidden, ("tanh", "relu", "elu")[index // 2 % 3], seed=seed, initialiser="he_uniform",
            learning_rate=float(random.uniform(0.008, 0.015)), batch_size=10, **ADAM,
        )  # fmt: skip
        yield Run(f"overfitting {name} {hidden}", "overfitting", settings, 400)


def bouncing(base: int) -> Iterator[Run]:
    """Learning rates that are too large for networks whose steps have a bound, or nearly one."""
    for index in range(EACH):
        random, seed = _random(base, 700 + index), base + index
        name = ("circles", "moons", "xor", "spiral")[index % 4]
        data = make_planar(name, 300, 0.25, seed=seed)
        hidden = ((3,), (4, 4), (8,), (6, 3), (5,))[index % 5]
        kind = index % 3
        changes: dict[str, object] = (
            {"learning_rate": float(random.uniform(8, 30))},
            {"learning_rate": float(random.uniform(2, 5)), **ADAM},
            {"learning_rate": float(random.uniform(3, 10)), **MOMENTUM},
        )[kind]
        loss = "bce_with_logits" if index % 2 else None
        batch = int(_pick(random, 5, 10, 20))
        activation = "tanh" if loss else ("tanh", "elu")[index // 2 % 2]
        settings = _settings(data, hidden, activation, loss_fn=loss, seed=seed, **changes)
        name = f"bouncing {name} {hidden} {kind} lr {changes['learning_rate']:.3g} {loss or ''}"
        yield Run(name, "learning_rate", replace(settings, batch_size=batch), 30)


# -- healthy ones --------------------------------------------------------------------------------------


def chapter(base: int) -> Iterator[Run]:
    """The chapter's own run, 50 seeds of it."""
    for seed in range(base, base + 50):
        yield Run(f"chapter {seed}", None, _settings(make_planar("circles"), (2,), seed=seed), 50)


def healthy(base: int) -> Iterator[Run]:
    """Runs of all sorts that learn what there is to learn."""
    for index in range(10):
        seed = base + index
        circles = make_planar("circles", 400, test_share=0.3, seed=seed)
        moons = make_planar("moons", 300, 0.2, 0.3, seed)
        xor = make_planar("xor", 300, test_share=0.3, seed=seed)
        noisy = make_planar("circles", 500, 0.45, 0.3, seed)
        rings = make_planar("rings", 400, 0.1, 0.3, seed, 3 + index % 3)
        gaussians = make_planar("gaussians", 300, 0.5, 0.3, seed, 3 + index % 4)
        plane, hills = (make_planar(name, 300, test_share=0.3, seed=seed) for name in ("plane", "hills"))
        spiral = make_planar("spiral", 400, 0.05, seed=seed)
        activation = ("tanh", "elu", "silu", "gelu", "softplus", "leaky_relu", "tanh", "sigmoid", "elu", "tanh")[index]
        small = {"learning_rate": 0.005, **ADAM}
        runs = (
            ("circles", _settings(circles, (6,), activation, seed=seed, **small), 100),
            ("dropout", _settings(moons, (12,), "tanh", seed=seed, dropout=0.2, learning_rate=0.05), 60),
            ("L2", _settings(moons, (8, 4), "tanh", seed=seed, l2=0.003, learning_rate=0.05), 100),
            ("one by one", replace(_settings(xor, (6,), "tanh", seed=seed, learning_rate=0.03), batch_size=1), 50),
            ("noise", _settings(noisy, (4,), "tanh", seed=seed, learning_rate=0.03), 130),
            ("rings", _settings(rings, (10, 6), activation, seed=seed, **small), 80),
            ("gaussians", _settings(gaussians, (5,), "tanh", seed=seed, learning_rate=0.03, **MOMENTUM), 60),
            ("plane", _settings(plane, (4,), "tanh", seed=seed, learning_rate=0.02), 80),
            ("hills", _settings(hills, (12,), "tanh", seed=seed, **small), 100),
            ("hinge", _settings(xor, (5,), "tanh", seed=seed, loss_fn="hinge", learning_rate=0.02), 60),
            ("whole", replace(_settings(moons, (6,), "tanh", seed=seed, learning_rate=0.5), batch_size=210), 200),
            ("deep", _settings(circles, (6, 6, 6), "tanh", seed=seed, learning_rate=0.05), 80),
            ("spiral", _settings(spiral, (16, 8), "tanh", seed=seed, **small), 160),
            ("relu", _settings(moons, (16,), "relu", seed=seed, initialiser="he_uniform", **small), 80),
            ("linear", _settings(gaussians_two(seed), (), seed=seed), 60),
        )  # fmt: skip
        for place, (name, settings, epochs) in enumerate(runs):
            if (place + index) % 3 == 0:
                yield Run(f"healthy {name} {index}", None, settings, epochs)


def gaussians_two(seed: int) -> Dataset:
    """Two classes that overlap."""
    return make_planar("gaussians", 300, 0.8, 0.3, seed)


FAULTS = (diverging, alike, bouncing, dying, saturating, vanishing, overfitting, underfitting)
