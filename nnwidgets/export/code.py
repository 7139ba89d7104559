"""A run as a plain PyTorch script that ends with the same bits."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from nnwidgets.datasets import PLANAR, Dataset
from nnwidgets.functions import ACTIVATIONS, LOSSES
from nnwidgets.training import commands as c
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.settings import NetworkSpec, Settings

_STOCHASTIC = (torch.nn.modules.dropout._DropoutNd, torch.nn.RReLU)


def to_code(loop: TrainingLoop) -> str:
    """The script of a loop's run up to where it stands; call it between two steps.

    A run without changes becomes the plain double loop over epochs and batches; one with changes
    becomes a function `train(steps)` and, between its calls, the changes as statements.
    """
    return _Script(loop).text()


@dataclass
class _Script:
    loop: TrainingLoop

    def __post_init__(self) -> None:
        experiment = self.loop.experiment
        step = experiment.position.step
        journal = [entry for entry in self.loop.journal if entry.step <= step]
        self.settings, self.journal = _settled(self.loop.checkpoints.items[0].settings, journal)
        networks = [self.settings.network]
        networks += [e.change.network for e in self.journal if isinstance(e.change, c.SetNetwork)]
        self.has_dropout = any(network is not None and network.dropout for network in networks)
        self.changes_network = len(networks) > 1

    def text(self) -> str:
        blocks = [
            self._imports(),
            f"torch.set_num_threads({self.loop.threads})",
            self._data(self.settings.dataset),
            *([_DROPOUT] if self.has_dropout else []),
            self._model(),
            self._training(),
            self._result(),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"

    # -- parts, from the top of the script down ---------------------------------------------------

    def _imports(self) -> str:
        sources = [self.settings.dataset]
        sources += [entry.change.dataset for entry in self.journal if isinstance(entry.change, c.SetData)]
        names = [dataset.name for dataset in sources if dataset.parameters is not None]
        lines = {PLANAR[name].imports for name in names}
        if any(dataset.parameters and dataset.parameters["test_share"] for dataset in sources):
            lines.add("import numpy as np")
        return "\n".join([*sorted(lines), "import torch", "from torch import nn"])

    def _data(self, dataset: Dataset) -> str:
        shape = f"{tuple(dataset.x_train.shape)} float32"
        if dataset.parameters is None:
            return (
                f"# Your own data belong here: {len(dataset.x_train)} training samples. This script cannot contain "
                "them.\n"
                f"x_train = ...  # torch tensor, {shape}\n"
                f"y_train = ...  # torch tensor, {tuple(dataset.y_train.shape)} float32, 0 or 1"
            )
        parameters = dataset.parameters
        lines = [
            f"n_samples, noise, seed = {parameters['n_samples']}, {parameters['noise']!r}, {parameters['seed']}",
            PLANAR[dataset.name].code,
        ]
        if parameters["test_share"]:
            held_out = round(parameters["test_share"] * parameters["n_samples"])
            lines += [
                "is_train = np.ones(n_samples, dtype=bool)",
                f"is_train[np.random.default_rng(seed).permutation(n_samples)[:{held_out}]] = False",
                "x, y = x[is_train], y[is_train]",
            ]
        lines += [
            f"x_train = torch.tensor(x, dtype=torch.float32)  # {tuple(dataset.x_train.shape)}",
            f"y_train = torch.tensor(y, dtype=torch.float32).reshape(-1, 1)  # {tuple(dataset.y_train.shape)}",
        ]
        return "\n".join(lines)

    def _model(self) -> str:
        settings = self.settings
        lines = []
        if settings.network is None:
            lines += self._own_model()
        else:
            lines += [f"seed = {settings.seed}", "torch.manual_seed(seed)", f"model = {_sequential(settings.network)}"]
        if settings.frozen:
            lines += _frozen(settings.frozen)
        lines += [f"loss_fn = {self._loss()}", f"optimizer = {_optimizer(settings)}"]
        return "\n".join(lines)

    def _own_model(self) -> list[str]:
        model = self.loop.experiment.model
        lines = [
            f"# Your own module belongs here: {type(model).__name__}, with the weights it had when it was given to the",
            "# trainer. This script cannot contain it.",
        ]
        random = sorted({type(m).__name__ for m in model.modules() if isinstance(m, _STOCHASTIC)})
        if random:
            lines += [
                f"# It draws from torch's global generator ({', '.join(random)}), which other code draws from too:",
                "# that part of the run cannot be reproduced.",
            ]
        return [*lines, "model = ...", f"seed = {self.settings.seed}"]

    def _loss(self) -> str:
        objective = self.loop.experiment.objective
        if objective.name is not None:
            return f"nn.{LOSSES[objective.name].torch_name}()"
        return f"...  # your own: {objective.label}"

    def _training(self) -> str:
        position = self.loop.experiment.position
        settings = self.settings
        if not self.journal and position.samples == 0:
            seed_line = [_DROPOUT_SEED] if self.has_dropout else []
            body = [
                f"for epoch in range({position.epoch}):",
                "    generator = torch.Generator().manual_seed(seed * 1_000_000 + epoch)",
                "    order = torch.randperm(len(x_train), generator=generator)",
                "    for batch in order.split(batch_size):",
                *(f"        {line}" for line in [*seed_line, *_STEP]),
            ]
            counter = ["step = 0"] if self.has_dropout else []
            if self.has_dropout:
                body.append("        step += 1")
            return "\n".join([f"batch_size = {settings.batch_size}", *counter, *body])
        return "\n".join(
            [
                f"batch_size = {settings.batch_size}",
                "step = epoch = position = 0  # position: samples used in this epoch",
                "",
                "",
                _train_function(has_dropout=self.has_dropout),
                *([inspect_resize()] if self.changes_network else []),
                "",
                "",
                *self._story(position.step),
            ]
        )

    def _story(self, end: int) -> list[str]:
        lines, at, settings = [], 0, self.settings
        for entry in self.journal:
            if entry.step > at:
                lines.append(f"train({entry.step - at})")
                at = entry.step
            statements, settings = self._statement(entry.change, settings)
            lines += statements
        if end > at:
            lines.append(f"train({end - at})")
        return lines

    def _statement(self, change: c.Change, settings: Settings) -> tuple[list[str], Settings]:
        """The lines that make a change, and the settings after it."""
        match change:
            case c.SetLearningRate(value):
                lines = ["for group in optimizer.param_groups:", f'    group["lr"] = {value!r}']
                return lines, replace(settings, learning_rate=value)
            case c.SetBatchSize(value):
                return [f"batch_size = {value}"], replace(settings, batch_size=value)
            case c.SetOptimizer(optimizer, rate):
                after = replace(settings, optimizer=optimizer, learning_rate=rate)
                return [f"optimizer = {_optimizer(after)}"], after
            case c.SetNetwork(network):
                after = replace(settings, network=network)
                lines = [
                    "torch.manual_seed(seed)",
                    f"network = {_sequential(network)}",
                    f"model, optimizer = resized(model, optimizer, network, lambda model: {_optimizer(after)})",
                ]
                return lines, after
            case c.SetData(dataset):
                after = replace(settings, dataset=dataset, batch_size=min(settings.batch_size, len(dataset.x_train)))
                keep_seed = ["weights_seed = seed", self._data(dataset), "seed = weights_seed"]
                return [*keep_seed, f"batch_size = {after.batch_size}", "position = 0"], after
            case c.Edit(values):
                return ["with torch.no_grad():", *(f"    {s}" for s in _edits(values))], settings
            case c.Freeze(names):
                return _frozen(names), replace(settings, frozen=names)
        raise TypeError(f"no code for {type(change).__name__}")

    def _result(self) -> str:
        return 'with torch.no_grad():\n    print(f"loss {loss_fn(model.eval()(x_train), y_train).item():.6f}")'


def _settled(settings: Settings, journal: c.Journal) -> tuple[Settings, c.Journal]:
    """Settings changed before the first step, as if the run had begun with them."""
    while journal and journal[0].step == 0:
        change = journal[0].change
        if isinstance(change, c.SetLearningRate):
            settings = replace(settings, learning_rate=change.value)
        elif isinstance(change, c.SetBatchSize):
            settings = replace(settings, batch_size=change.value)
        elif isinstance(change, c.SetOptimizer) and isinstance(change.optimizer, str):
            settings = replace(settings, optimizer=change.optimizer, learning_rate=change.learning_rate)
        elif isinstance(change, c.SetData):
            n = len(change.dataset.x_train)
            settings = replace(settings, dataset=change.dataset, batch_size=min(settings.batch_size, n))
        else:
            break
        journal = journal[1:]
    return settings, journal


_STEP = (
    "optimizer.zero_grad()",
    "loss = loss_fn(model(x_train[batch]), y_train[batch])",
    "loss.backward()",
    "optimizer.step()",
)
_DROPOUT_SEED = "dropout_generator.manual_seed(seed * 1_000_000 + step)"
_DROPOUT = '''dropout_generator = torch.Generator()


class Dropout(nn.Module):
    """Dropout with random numbers of its own, so that a run can be repeated."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        mask = torch.empty_like(x).bernoulli_(1 - self.p, generator=dropout_generator).div_(1 - self.p)
        return x * mask

'''


def _train_function(*, has_dropout: bool) -> str:
    return "\n".join(
        [
            "def train(steps):",
            "    global step, epoch, position",
            "    for _ in range(steps):",
            "        generator = torch.Generator().manual_seed(seed * 1_000_000 + epoch)",
            "        order = torch.randperm(len(x_train), generator=generator)",
            "        batch = order[position : position + batch_size]",
            *(f"        {line}" for line in ([_DROPOUT_SEED] if has_dropout else [])),
            *(f"        {line}" for line in _STEP),
            "        step, position = step + 1, position + len(batch)",
            "        if position >= len(x_train):",
            "            epoch, position = epoch + 1, 0",
        ]
    )


def inspect_resize() -> str:
    """The source of `resized`, for scripts of runs whose network changed."""
    return "\n\n" + inspect.getsource(resized).rstrip()


def resized(model, optimizer, new, make_optimizer):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 (printed into scripts)
    """Keep the weights, and the optimizer's state, of the neurons that both networks have."""
    linear = [module for module in model if isinstance(module, torch.nn.Linear)]
    fresh = [module for module in new if isinstance(module, torch.nn.Linear)]
    pairs = [*zip(fresh[:-1], linear[:-1], strict=False), (fresh[-1], linear[-1])]
    new_optimizer = make_optimizer(new)
    for group, old_group in zip(new_optimizer.param_groups, optimizer.param_groups, strict=True):
        group.update({key: value for key, value in old_group.items() if key != "params"})
    for target_layer, source_layer in pairs:
        for target, source in zip(target_layer.parameters(), source_layer.parameters(), strict=True):
            block = tuple(slice(0, min(sizes)) for sizes in zip(target.shape, source.shape, strict=True))
            with torch.no_grad():
                target[block] = source[block]
            for key, value in optimizer.state.get(source, {}).items():
                moved = value
                if torch.is_tensor(value) and value.shape == source.shape:
                    moved = torch.zeros_like(target)
                    moved[block] = value[block]
                new_optimizer.state[target][key] = moved
    return new, new_optimizer


def _sequential(network: NetworkSpec) -> str:
    """The expression that builds a network."""
    sizes = [network.in_features, *network.hidden_layers, network.out_features]
    parts = []
    for index, (rows, columns) in enumerate(pairwise(sizes)):
        is_output = index == len(sizes) - 2
        parts.append(f"nn.Linear({rows}, {columns})")
        name = (network.output_activation or "identity") if is_output else network.activation
        activation = ACTIVATIONS[name]
        if name != "identity":
            options = ", ".join(f"{key}={value!r}" for key, value in activation.torch_kwargs.items())
            parts.append(f"nn.{activation.torch_name}({options})")
        if network.dropout and not is_output:
            parts.append(f"Dropout({network.dropout!r})")
    return f"nn.Sequential({', '.join(parts)})"


def _optimizer(settings: Settings) -> str:
    if not isinstance(settings.optimizer, str):
        name = getattr(settings.optimizer, "__name__", "a callable")
        return f"...  # your own: {name}, over model.parameters()"
    kind = OPTIMIZERS[settings.optimizer]
    return f"torch.optim.{kind.torch_name}(model.parameters(), lr={settings.learning_rate!r})"


def _frozen(names: frozenset[str]) -> list[str]:
    return [
        f"frozen = {sorted(names)!r}",
        "for name, parameter in model.named_parameters():",
        "    parameter.requires_grad_(name not in frozen)",
    ]


def _edits(values: dict[str, torch.Tensor]) -> list[str]:
    lines = []
    for name, value in values.items():
        target = f"model.get_parameter({json.dumps(name)})"
        flat = value.flatten()
        if value.numel() > 1 and bool((flat == flat[0]).all()):
            lines.append(f"{target}.fill_({_number(flat[0].item())})")
        else:
            lines.append(f"{target}.copy_(torch.tensor({_nested(value.tolist())}))")
    return lines


def _nested(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_nested, value))}]"
    return _number(value)


def _number(value: object) -> str:
    text = repr(value)
    return f'float("{text}")' if text in ("nan", "inf", "-inf") else text
