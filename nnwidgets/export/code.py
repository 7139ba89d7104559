"""A run as a plain PyTorch script that ends with the same bits."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from nnwidgets.export.changes import PLAIN, draws_anew, settings_with, settled, with_frozen, with_options
from nnwidgets.export.data import data_code, data_imports
from nnwidgets.export.parts import (
    BATCH,
    DROPOUT,
    DROPOUT_SEED,
    EPOCH,
    HOLD,
    LOSS_EXPRESSIONS,
    PENALTY,
    PUT_BACK,
    RESIZED,
    SCHEDULED,
    STEP,
    TRAIN,
    TRAIN_COUNTS,
    building_lines,
    drops,
    freezing_lines,
    holding_lines,
    indented,
    input_lines,
    literals,
    nested,
    nested_options,
    optimizer_call,
    order_lines,
    penalty_line,
    rate_lines,
    scheduled_groups,
)
from nnwidgets.functions import LOSSES
from nnwidgets.training import commands as c
from nnwidgets.training import schedules
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.objective import loss_name, usual_loss
from nnwidgets.training.optimizers import state_code
from nnwidgets.training.settings import Settings, shared_inputs

if TYPE_CHECKING:
    from nnwidgets.training.settings import AnyDataset

# The lines of changes that are nothing but other settings.
_PLAIN_LINES: dict[type[c.Change], Callable[[Settings], list[str]]] = {
    c.SetBatchSize: lambda after: [f"batch_size = {after.batch_size}"],
    c.SetShuffle: lambda after: [f"shuffle = {after.shuffle}"],
    c.SetThreads: lambda after: [f"torch.set_num_threads({after.threads})"],
    c.SetPenalty: penalty_line,
    c.SetSchedule: lambda after: ["", *rate_lines(after), ""],
}
_STOCHASTIC = (torch.nn.modules.dropout._DropoutNd, torch.nn.RReLU)


def to_code(loop: TrainingLoop) -> str:
    """The script of a loop's run up to where it stands; call it between two steps.

    A run without changes becomes the plain double loop over epochs and batches; one with changes
    becomes a function `train(steps)` and, between its calls, the changes as statements.
    """
    return Script(loop).text()


@dataclass
class Script:
    """The script of a run, part by part."""

    loop: TrainingLoop

    def __post_init__(self) -> None:
        journal = self.loop.journal[: self.loop.past.applied]
        self.settings, self.journal = settled(self.loop.checkpoints.items[0].settings, journal)
        networks = [self.settings.network]
        changes = [entry.change for entry in self.journal]
        networks += [change.network for change in changes if isinstance(change, c.SetNetwork)]
        self.has_dropout = any(network is not None and drops(network) for network in networks)
        self.followed = [change.schedule for change in changes if isinstance(change, c.SetSchedule)]
        penalties = [(change.l1, change.l2) for change in changes if isinstance(change, c.SetPenalty)]
        self.followed.append(self.settings.schedule)
        self.has_schedule = any(self.followed)
        shuffles = {self.settings.shuffle, *(change.value for change in changes if isinstance(change, c.SetShuffle))}
        self.order = order_lines(shuffles)
        self.has_shuffle = len(shuffles) > 1
        self.has_math = any("math." in schedules.code(schedule) for schedule in self.followed)
        self.has_penalty = any(map(any, [(self.settings.l1, self.settings.l2), *penalties]))
        frozen = [change.entries for change in changes if isinstance(change, c.Freeze)]
        self.holds = any([self.settings.frozen_entries, *frozen])
        seen = self._settings_in_turn()
        self.has_inputs = any(settings.features or settings.standardises for settings in seen)
        self.own_features = {f.name for settings in seen for f in settings.features if f.function is not None}
        self.story = self._story(self.loop.experiment.position.step)
        self.changes_network = any("resized(" in line for line in self.story)

    def text(self) -> str:
        """The whole script."""
        blocks = [
            self._notes(),
            self._imports(),
            f"torch.set_num_threads({self._first_threads()})  # sums are rounded differently with another number",
            self._data(self.settings),
            *([DROPOUT] if self.has_dropout else []),
            self._model(),
            self._training(),
            self._result(),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def _first_threads(self) -> int:
        """Those that the first step was made with, or will be."""
        return self.settings.threads if self.loop.experiment.position.step else self.loop.threads

    def _settings_in_turn(self) -> list[Settings]:
        """The settings at the beginning, and after each change of what the network gets."""
        seen = [self.settings]
        for entry in self.journal:
            match entry.change:
                case c.SetData(dataset):
                    seen.append(seen[-1].with_data(dataset))
                case c.SetInputs(features, standardise):
                    seen.append(seen[-1].with_inputs(features, standardise=standardise))
        return seen

    # -- parts, from the top of the script down ---------------------------------------------------

    def _notes(self) -> str:
        """What the script cannot contain, or cannot repeat, as comments; nothing if it is complete."""
        experiment = self.loop.experiment
        optimizers = [self.settings.optimizer]
        optimizers += [e.change.optimizer for e in self.journal if isinstance(e.change, c.SetOptimizer)]
        losses = [self.settings.loss_fn, *(e.change.loss_fn for e in self.journal if isinstance(e.change, c.SetLoss))]
        missing = {
            "the data": any(dataset.parameters is None for dataset in self._datasets()),
            f"the model, {type(experiment.model).__name__}, with its initial weights": self.settings.network is None,
            f"the loss function, {experiment.objective.label}": any(_is_own(loss) for loss in losses),
            f"the features, {', '.join(sorted(self.own_features))}": bool(self.own_features),
            "the schedule of the learning rate": any(
                ("name", schedules.CUSTOM) in followed for followed in self.followed
            ),
            "the optimizer": not all(isinstance(optimizer, str) for optimizer in optimizers),
        }
        notes = [f"# - {what}" for what, is_missing in missing.items() if is_missing]
        if notes:
            notes = ["# Some parts of this run are your own. Put them where the script says ...:", *notes]
        random = sorted({type(m).__name__ for m in experiment.model.modules() if isinstance(m, _STOCHASTIC)})
        if random:
            notes += [
                f"# {', '.join(random)} draws from torch's global generator, which other code draws from too:",
                "# that part of the run cannot be repeated.",
            ]
        if self.loop.engine.name_for(experiment) == "fused":
            notes.append(
                "# The run was made by the compiled engine, with which this agrees to rounding, not to the bit."
            )
        if experiment.device.type != "cpu":
            notes.append(f"# The run was on {experiment.device}, which rounds differently from the CPU.")
        return "\n".join(notes)

    def _datasets(self) -> list[AnyDataset]:
        changes = [entry.change.dataset for entry in self.journal if isinstance(entry.change, c.SetData)]
        return [self.settings.dataset, *changes]

    def _imports(self) -> str:
        lines = {"import torch", "from torch import nn"}
        if self.has_math:
            lines.add("import math")
        if self.has_inputs:
            lines.add("import numpy as np")
        for dataset in self._datasets():
            lines.update(data_imports(dataset))
        return "\n".join(sorted(lines, key=lambda line: (line.startswith("from"), line)))

    def _data(self, settings: Settings) -> str:
        return data_code(settings, has_inputs=self.has_inputs)

    def _model(self) -> str:
        settings = self.settings
        lines = [f"seed = {settings.seed}"]
        if settings.network is None:
            name = type(self.loop.experiment.model).__name__
            lines.append(f"model = ...  # your own: {name}")
        else:
            lines += building_lines("model", settings.network)
        lines += freezing_lines(settings.frozen) if settings.frozen else []
        lines += holding_lines(settings.frozen_entries) if self.holds else []
        lines += [self._loss(settings), f"optimizer = {optimizer_call(settings)}"]
        return "\n".join(lines)

    def _loss(self, settings: Settings) -> str:
        """The line that sets the loss."""
        loss_fn = self._usual_loss(settings) if settings.loss_fn is None else settings.loss_fn
        name = loss_fn if isinstance(loss_fn, str) or loss_fn is None else loss_name(loss_fn)
        if name is None:
            label = getattr(loss_fn, "__name__", type(loss_fn).__name__)
            return f"loss_fn = ...  # your own: {label}"
        if settings.sees_images:
            return "loss_fn = nn.CrossEntropyLoss()"
        return f"loss_fn = {LOSS_EXPRESSIONS.get(name) or f'nn.{LOSSES[name].torch_name}()'}"

    def _usual_loss(self, settings: Settings) -> str | None:
        if settings.network is None:
            return self.loop.experiment.usual_losses.get(settings.dataset.n_classes)
        usual = usual_loss(settings.dataset.n_classes)
        return "bce_with_logits" if usual == "bce" and settings.network.output_activation is None else usual

    def _training(self) -> str:
        position = self.loop.experiment.position
        if position.step == 0 and not self.journal:
            return ""
        batch_size = f"batch_size = {self.settings.batch_size}"
        step = indented([*([DROPOUT_SEED] if self.has_dropout else []), *self._step()], 8)
        batch_size = "\n".join([*(penalty_line(self.settings) if self.has_penalty else []), batch_size])
        if self.has_schedule:
            first = [f"learning_rate = {self.settings.learning_rate!r}", "", "", *rate_lines(self.settings), "", ""]
            batch_size = "\n".join([*first, batch_size])
        if self.has_shuffle:
            batch_size += f"\nshuffle = {self.settings.shuffle}"
        if not self.journal and position.samples == 0:
            counts = ["step = 0"] if self.has_dropout else []
            count = ["        step += 1"] if self.has_dropout else []
            epochs = [f"for epoch in range({position.epoch}):", *indented(self.order, 4), EPOCH]
            return "\n".join([batch_size, *counts, *epochs, *step, *count])
        functions = ["\n\n" + "\n".join([*TRAIN, *indented([*self.order, BATCH], 8), *step, *TRAIN_COUNTS])]
        if self.changes_network:
            functions.append("\n\n" + RESIZED)
        counts = ["step = epoch = position = 0  # position: how many samples of this epoch were used"]
        return "\n".join([batch_size, *counts, *functions, "\n", *self.story])

    def _step(self) -> list[str]:
        shares = self.loop.experiment.rate_shares
        scheduled = SCHEDULED if len(shares) == 1 else scheduled_groups(shares)
        between = [*(PENALTY if self.has_penalty else []), *(scheduled if self.has_schedule else [])]
        before, after = (HOLD, PUT_BACK) if self.holds else ((), ())
        return [*STEP[:-1], *between, *before, STEP[-1], *after]

    def _story(self, end: int) -> list[str]:
        """The calls of `train`, and between them the changes."""
        lines, at, settings = [], 0, self.settings
        for entry in self.journal:
            if entry.step > at:
                lines.append(f"train({entry.step - at})")
                at = entry.step
            statements, after = self._statement(entry, settings)
            lines += statements
            if self.has_schedule and after.learning_rate != settings.learning_rate:
                lines.append(f"learning_rate = {after.learning_rate!r}")
            settings = after
        if end > at:
            lines.append(f"train({end - at})")
        return lines

    def _statement(self, entry: c.JournalEntry, settings: Settings) -> tuple[list[str], Settings]:
        """The lines that make a change, and the settings after it."""
        change = entry.change
        match change:
            case c.SetLearningRate(value):
                return self._learning_rate(value, settings), replace(settings, learning_rate=value)
            case c.SetOptions(groups):
                return _options(groups, settings), with_options(settings, groups[0])
            case c.SetBatchSize() | c.SetShuffle() | c.SetThreads() | c.SetPenalty() | c.SetSchedule():
                after = replace(settings, **PLAIN[type(change)](change))
                return _PLAIN_LINES[type(change)](after), after
            case c.SetOptimizer(optimizer, rate):
                rate = settings.learning_rate if rate is None else rate
                after = replace(settings, optimizer=optimizer, learning_rate=rate, optimizer_options=())
                return [f"optimizer = {optimizer_call(after)}"], after
            case c.SetNetwork():
                return self._network(entry, settings)
            case c.SetData() | c.SetLoss() | c.SetInputs():
                return self._task(change, settings)
            case c.Edit(values):
                return ["with torch.no_grad():", *indented(self._edits(values), 4)], settings
            case c.Freeze(names, entries):
                after = replace(settings, frozen=names, frozen_entries=entries)
                return self._freezing(after, settings), after
        raise TypeError(f"no code for {type(change).__name__}")

    def _task(self, change: c.SetData | c.SetLoss | c.SetInputs, before: Settings) -> tuple[list[str], Settings]:
        """Other data, inputs or another loss, and another network where these want it."""
        after, lines = settings_with(change, before), []
        if isinstance(change, c.SetData):
            lines = [self._data(after), f"batch_size = {after.batch_size}", "position = 0"]
        elif isinstance(change, c.SetInputs) and self.has_inputs:
            lines = input_lines(after)
        other_inputs = after.input_features != before.input_features
        if after.network is not None and (other_inputs or after.network != before.network):
            resized, after = self._resized(after, before)
            lines = [*lines, *resized]
        is_same = after.dataset.n_classes == before.dataset.n_classes and after.loss_fn == before.loss_fn
        return [*lines, *([] if is_same else [self._loss(after)])], after

    def _network(self, entry: c.JournalEntry, settings: Settings) -> tuple[list[str], Settings]:
        network = entry.change.network  # type: ignore[attr-defined]
        after = replace(settings, network=network)
        if not draws_anew(entry, settings):
            return self._resized(after, settings)
        after = with_frozen(after, settings)
        lines = [*building_lines("model", network), f"optimizer = {optimizer_call(after)}"]
        return [*lines, *self._frozen_again(after, settings)], after

    def _resized(self, after: Settings, before: Settings) -> tuple[list[str], Settings]:
        network, after = after.network, with_frozen(after, before)
        assert network is not None
        new, old = shared_inputs(after, before)
        first = list(range(min(after.n_inputs, before.n_inputs)))
        inputs = "" if new == old == first else f", ({new}, {old})"
        resized = f"resized(model, optimizer, network, lambda model: {optimizer_call(after)}{inputs})"
        lines = [*building_lines("network", network), f"model, optimizer = {resized}"]
        return [*lines, *self._frozen_again(after, before)], after

    def _frozen_again(self, after: Settings, before: Settings) -> list[str]:
        """The lines that freeze in another network what is left of what was frozen."""
        names = freezing_lines(after.frozen) if after.frozen else []
        return [*names, *(holding_lines(after.frozen_entries) if before.frozen_entries else [])]

    def _freezing(self, after: Settings, before: Settings) -> list[str]:
        """The lines that freeze, of whole parameters and of single entries, what is not as it was."""
        names = [] if before.frozen == after.frozen else freezing_lines(after.frozen)
        same = before.frozen_entries == after.frozen_entries
        return [*names, *([] if same else holding_lines(after.frozen_entries))]

    def _learning_rate(self, value: float, settings: Settings) -> list[str]:
        shares = self.loop.experiment.rate_shares
        if isinstance(settings.optimizer, str) or len(shares) == 1:
            return ["for group in optimizer.param_groups:", f'    group["lr"] = {value!r}']
        return [f"for group, share in zip(optimizer.param_groups, {shares!r}):", f'    group["lr"] = {value!r} * share']

    def _edits(self, values: dict[str, torch.Tensor]) -> list[str]:
        parameters = dict(self.loop.experiment.model.named_parameters())
        lines = []
        for name, value in values.items():
            if self.settings.network is not None:
                index, _, part = name.partition(".")
                target = f"model[{index}].{part}"
            else:
                target = f"model.{'get_parameter' if name in parameters else 'get_buffer'}({json.dumps(name)})"
            numbers = set(literals(value))
            if value.numel() > 1 and len(numbers) == 1:
                lines.append(f"{target}.fill_({numbers.pop()})")
            else:
                kind = "" if value.dtype in (torch.float32, torch.int64, torch.bool) else f", dtype={value.dtype}"
                lines.append(f"{target}.copy_(torch.tensor({nested(value)}{kind}))")
        return lines

    def _result(self) -> str:
        if not all(bool(parameter.isfinite().all()) for parameter in self.loop.experiment.model.parameters()):
            return ""  # there is no loss of a diverged network
        return (
            "model.eval()\n"
            "with torch.no_grad():\n"
            "    outputs = model(x_train)\n"
            'print(f"loss {loss_fn(outputs, y_train).item():.6f} on the training set")'
        )


def _options(groups: list[dict[str, Any]], settings: Settings) -> list[str]:
    lines = [
        f"optimizer.param_groups[{index}].update({nested_options(options)})"
        for index, options in enumerate(groups)
        if options
    ]
    return lines + (state_code(settings.optimizer, groups[0]) if isinstance(settings.optimizer, str) else [])


def _is_own(loss_fn: Any) -> bool:
    """Whether a loss is none that a script can name."""
    return loss_fn is not None and not isinstance(loss_fn, str) and loss_name(loss_fn) is None
