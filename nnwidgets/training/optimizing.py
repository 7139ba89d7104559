"""The optimizer of an experiment: made when it is needed, changed without losing its state."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch

from nnwidgets.training.commands import Change, SetOptions
from nnwidgets.training.optimizers import (
    OPTIMIZERS,
    OptionPairs,
    Options,
    build_optimizer,
    changed_options,
    complete_state,
    learning_rate_shares,
    options_of,
    set_learning_rate,
)
from nnwidgets.training.schedules import Schedule, rate
from nnwidgets.training.settings import OptimizerFactory, Position, Settings
from nnwidgets.training.uncompiled import leave_out_the_compiler

leave_out_the_compiler()


class Optimizing:
    """The part of an `Experiment` that has an optimizer."""

    settings: Settings
    position: Position
    train_model: torch.nn.Module

    def __init__(self) -> None:
        self.rate_shares: tuple[float, ...] = (1.0,)
        self._optimizer: torch.optim.Optimizer | None = None
        self._known_options: list[Options] = []

    @property
    def has_optimizer(self) -> bool:
        """Whether the live optimizer was made already."""
        return self._optimizer is not None

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """The live optimizer, made when it is first needed.

        Where PyTorch loads its compiler with the first one of a process, that takes seconds: longer than a widget may
        take to appear.
        """
        if self._optimizer is None:
            settings = self.settings
            self._optimizer = build_optimizer(
                settings.optimizer, self.train_model.parameters(), settings.learning_rate, settings.optimizer_options
            )
            self.rate_shares = learning_rate_shares(self._optimizer)
            self._known_options = options_of(self._optimizer)
        return self._optimizer

    def set_learning_rate(self, value: float) -> None:
        """Use it from the next step on; the optimizer keeps its state, and its groups their proportions."""
        if self._optimizer is not None:
            set_learning_rate(self._optimizer, value, self.rate_shares)
            self._known_options = options_of(self._optimizer)
        self.settings = replace(self.settings, learning_rate=value)

    def set_schedule(self, schedule: Schedule) -> None:
        """Another way in which the learning rate follows the epochs, from the next step on."""
        self.settings = replace(self.settings, schedule=schedule)
        if self._optimizer is not None and not schedule:
            self.set_learning_rate(self.learning_rate_now)

    @property
    def learning_rate_now(self) -> float:
        """The learning rate of the present epoch."""
        base = self.settings.learning_rate
        assert base is not None
        return rate(self.settings.schedule, base, self.position.epoch)

    def follow_schedule(self) -> None:
        """Give the optimizer the rate of the present epoch; without a schedule it keeps what it has."""
        if self.settings.schedule:
            set_learning_rate(self.optimizer, self.learning_rate_now, self.rate_shares)
            self._known_options = options_of(self.optimizer)

    def set_options(self, groups: list[Options]) -> None:
        """Other options of the optimizer's parameter groups from the next step on."""
        named = self.settings.optimizer if isinstance(self.settings.optimizer, str) else None
        options = dict(self.settings.optimizer_options) | groups[0]
        if self._optimizer is not None or named is None:
            for group, new in zip(self.optimizer.param_groups, groups, strict=False):
                group.update(copy.deepcopy(new))
            complete_state(self.optimizer)
            self._known_options = options_of(self.optimizer)
            options = self._known_options[0]
        self.settings = replace(
            self.settings,
            learning_rate=groups[0].get("lr", self.settings.learning_rate),  # the live one may follow a schedule
            optimizer_options=OPTIMIZERS[named].differing(options) if named else (),
        )

    def set_optimizer(
        self, optimizer: str | OptimizerFactory, learning_rate: float | None = None, options: OptionPairs = ()
    ) -> None:
        """Another optimizer with fresh state. `learning_rate` None keeps the present one, or a callable's own."""
        built = None
        if not isinstance(optimizer, str):
            built = build_optimizer(optimizer, self.train_model.parameters())
            self.rate_shares = learning_rate_shares(built)
            if learning_rate is None:
                learning_rate = float(built.param_groups[0]["lr"])
            else:
                set_learning_rate(built, learning_rate, self.rate_shares)
            self._known_options = options_of(built)
        self._optimizer = built
        self.settings = replace(
            self.settings,
            optimizer=optimizer,
            learning_rate=self.settings.learning_rate if learning_rate is None else learning_rate,
            optimizer_options=options,
        )

    def option_changes(self) -> list[Change]:
        """What was done to the options of the live optimizer since this, or `hand_over`, was last called."""
        if self._optimizer is None:
            return []
        before, self._known_options = self._known_options, options_of(self._optimizer)
        changed = changed_options(before, self._known_options)
        return [SetOptions(changed)] if changed else []

    def _new_optimizer(self) -> None:
        self.set_optimizer(self.settings.optimizer, self.settings.learning_rate, self.settings.optimizer_options)
