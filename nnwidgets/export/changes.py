"""What changes make of the settings of a run, for scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nnwidgets.networks import keep_weights
from nnwidgets.training import commands as c
from nnwidgets.training.freezing import moved
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.settings import Settings, shared_inputs

# Changes that are nothing but other settings.
PLAIN: dict[type[c.Change], Callable[[Any], dict[str, Any]]] = {
    c.SetLearningRate: lambda change: {"learning_rate": change.value},
    c.SetSchedule: lambda change: {"schedule": change.schedule},
    c.SetBatchSize: lambda change: {"batch_size": change.value},
    c.SetShuffle: lambda change: {"shuffle": change.value},
    c.SetThreads: lambda change: {"threads": change.value},
    c.SetPenalty: lambda change: {"l1": change.l1, "l2": change.l2},
}


def settled(settings: Settings, journal: c.Journal) -> tuple[Settings, c.Journal]:
    """Settings changed before the first step, as if the run had begun with them."""
    while journal and journal[0].step == 0:
        change = journal[0].change
        if type(change) in PLAIN:
            settings = replace(settings, **PLAIN[type(change)](change))
        elif isinstance(change, c.SetOptimizer) and isinstance(change.optimizer, str):
            rate = settings.learning_rate if change.learning_rate is None else change.learning_rate
            settings = replace(settings, optimizer=change.optimizer, learning_rate=rate, optimizer_options=())
        elif isinstance(change, c.SetOptions) and _are_ours(settings.optimizer, change.groups):
            settings = with_options(settings, change.groups[0])
        elif isinstance(change, c.SetNetwork) and draws_anew(journal[0], settings):
            settings = with_frozen(replace(settings, network=change.network), settings)
        elif isinstance(change, c.SetData | c.SetLoss | c.SetInputs):
            after = settings_with(change, settings)
            other_inputs = settings.network is not None and after.input_features != settings.input_features
            is_frozen = settings.frozen or settings.frozen_entries
            if other_inputs or (is_frozen and after.network != settings.network):
                break
            settings = after
        else:
            break
        journal = journal[1:]
    return settings, journal


def settings_with(change: c.SetData | c.SetLoss | c.SetInputs, before: Settings) -> Settings:
    """The settings after a change that other settings follow from."""
    match change:
        case c.SetData(dataset):
            return before.with_data(dataset)
        case c.SetLoss(loss_fn):
            return before.with_loss(loss_fn)
        case c.SetInputs(features, standardise):
            return before.with_inputs(features, standardise=standardise)


def _are_ours(optimizer: object, groups: list[dict[str, Any]]) -> bool:
    """Whether all these options can be given to the optimizer's constructor, by a name of ours."""
    return isinstance(optimizer, str) and not groups[0].keys() - {"lr", *OPTIMIZERS[optimizer].options}


def with_options(settings: Settings, options: dict[str, Any]) -> Settings:
    """The settings after other options of the optimizer."""
    known: tuple[tuple[str, Any], ...] = ()
    if isinstance(settings.optimizer, str):
        known = OPTIMIZERS[settings.optimizer].differing(dict(settings.optimizer_options) | options)
    return replace(settings, learning_rate=options.get("lr", settings.learning_rate), optimizer_options=known)


def with_frozen(after: Settings, before: Settings) -> Settings:
    """The settings after a change of the network, with what of the frozen parameters there still is."""
    names, entries = before.frozen, before.frozen_entries
    if before.network is not None and after.network is not None and (names or entries):
        new, old = after.network.build(), before.network.build()
        kept = keep_weights(new, old, shared_inputs(after, before))
        names, entries = moved(names, entries, kept, dict(old.named_parameters()), dict(new.named_parameters()))
    return replace(after, frozen=names, frozen_entries=entries)


def draws_anew(entry: c.JournalEntry, settings: Settings) -> bool:
    """Whether nothing is left of the weights that were there before a change of the network."""
    assert isinstance(entry.change, c.SetNetwork)
    return entry.step == 0 and settings.network is not None and not entry.change.network.begins_as(settings.network)
