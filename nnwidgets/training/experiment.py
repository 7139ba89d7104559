"""The thing being trained: model, optimizer, data and where the run stands. No threads here.

Everything in it is a function of `Settings`, the changes made since and the number of steps, which
is what makes a run repeatable. Only a `TrainingLoop` touches an experiment while it trains.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from nnwidgets.features import Feature
from nnwidgets.networks import Dropout, keep_weights, seed_dropout
from nnwidgets.training.checkpoints import Checkpoint
from nnwidgets.training.commands import Change, Edit, Freeze
from nnwidgets.training.freezing import Entries, Holder, check_frozen, moved
from nnwidgets.training.insight import StepChange
from nnwidgets.training.inspection import (
    State,
    check_parameters,
    checked_objective,
    refuse_another_model,
    same_structure,
    same_values,
    state_of,
)
from nnwidgets.training.objective import LossFunction, check_probabilities
from nnwidgets.training.optimizers import move_state, options_of
from nnwidgets.training.optimizing import Optimizing
from nnwidgets.training.placing import Placing
from nnwidgets.training.replica import copy_attributes, copy_gradients, deep_copy, replicate
from nnwidgets.training.seeds import step_seed
from nnwidgets.training.settings import NetworkSpec, Position, Settings, shared_inputs

if TYPE_CHECKING:
    from nnwidgets.training.settings import AnyDataset

TRIED = 64  # samples that model and loss are tried out on


class Experiment(Placing, Optimizing):
    """Model, optimizer and data, with the ways in which they may change."""

    def __init__(
        self,
        settings: Settings,
        *,
        model: torch.nn.Module | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        if (model is None) == (settings.network is None):
            raise TypeError("an experiment has either a model of the user's or a NetworkSpec")
        super().__init__()
        self.device = torch.device("cpu" if device is None else device)
        self.settings = settings
        self.position = Position()
        self.network_version = 0
        self.edit_count = 0
        self.last_change: StepChange | None = None  # only while somebody looks at it
        self.usual_losses: dict[int, str | None] = {}
        if model is None:
            model = self._built()
        else:
            check_parameters(model)
        self._place_data()
        self._take(model.to(self.device))
        self._settle_objective()
        self.initial = self.copy_state()
        self._check_batch_size(settings.batch_size, settings.dataset)
        self._new_optimizer()
        frozen = frozenset(n for n, p in self.model.named_parameters() if not p.requires_grad)
        self.settings = replace(self.settings, frozen=frozen)
        if not model.training:  # only now, when nothing can be refused any more
            model.train()
            self.train_model.train()

    # -- what a step needs ------------------------------------------------------------------------

    def seed_step(self, step: int) -> None:
        """Give the dropout layers that we built the random numbers of this step."""
        if self._has_dropout:
            seed_dropout(self.train_model, step_seed(self.settings.seed, step))

    def finish_epoch(self) -> None:
        """Count the epoch whose last sample was used; its means stay until the next step."""
        self.position = replace(self.position, epoch=self.position.epoch + 1, samples=0)

    # -- changes ----------------------------------------------------------------------------------

    def set_batch_size(self, value: int) -> None:
        """Use it from the next batch on. Raises `ValueError` beyond the training samples."""
        self._check_batch_size(value, self.settings.dataset)
        self.settings = replace(self.settings, batch_size=value)

    def set_shuffle(self, *, value: bool) -> None:
        """Whether batches are drawn anew, from the next epoch on; of the one begun the rest is as it would be then."""
        self.settings = replace(self.settings, shuffle=value)

    def set_threads(self, value: int) -> None:
        """Compute in so many threads from the next step on."""
        self.settings = replace(self.settings, threads=value)

    def set_penalty(self, l1: float, l2: float) -> None:
        """Add the derivatives of `l1·Σ|w| + l2/2·Σw²` to the gradients from the next step on."""
        self.settings = replace(self.settings, l1=l1, l2=l2)

    def set_network(self, network: NetworkSpec) -> None:
        """Another network of ours; weights and optimizer state of what both have stay.

        Before the first step another initialiser draws all of them anew; later it is for what is added.
        """
        if self.settings.network is None:
            raise ValueError("the network is your own module: change it in Python, with a new trainer")
        with self._or_as_before():
            self._change_network(replace(self.settings, network=network))

    def _change_network(self, settings: Settings) -> None:
        """Take over settings with another network, or with other features for its inputs."""
        before = self.settings
        assert before.network is not None
        assert settings.network is not None
        draws = not self.position.step and not settings.network.begins_as(before.network)
        old_optimizer, old_twins = self._optimizer, dict(self.train_model.named_parameters())
        self.settings = settings
        model = self._built().to(self.device)
        kept = keep_weights(model, self.train_model, shared_inputs(settings, before))
        self._take(self._built().to(self.device) if draws else model)
        self._new_optimizer()
        new_twins = dict(self.train_model.named_parameters())
        if old_optimizer is not None:
            move_state(old_optimizer, old_twins, self.optimizer, new_twins, kept)
        self.freeze(*moved(before.frozen, before.frozen_entries, kept, old_twins, new_twins))

    @contextmanager
    def _or_as_before(self) -> Iterator[None]:
        """What cannot be changed as a whole is not changed at all."""
        before = dict(self.__dict__)
        try:
            yield
        except BaseException:
            self.__dict__.update(before)
            raise

    def set_data(self, dataset: AnyDataset) -> None:
        """Other data; the current epoch begins anew, with at most as many samples a batch as there are.

        A network of ours gets the outputs that data of another kind want, and where the loss does not fit them, the
        usual one takes its place.
        """
        with self._or_as_before():
            self._want(self.settings.with_data(dataset))
        self.position = replace(self.position, samples=0, batches=0, loss_sum=0.0, accuracy_sum=0.0)

    def set_loss(self, loss_fn: str | LossFunction | None) -> None:
        """Another loss from the next step on, None for the usual one; a network of ours gets the outputs it wants."""
        with self._or_as_before():
            self._want(self.settings.with_loss(loss_fn))

    def set_inputs(self, features: tuple[Feature, ...], *, standardise: bool | None) -> None:
        """Other features from the next step on, `()` for all columns; weights of those that stay are kept."""
        with self._or_as_before():
            self._want(self.settings.with_inputs(features, standardise=standardise))

    def _want(self, settings: Settings) -> None:
        """Take over settings with other data, inputs or loss, and with the network that these want."""
        before = self.settings
        other_inputs = settings.input_features != before.input_features
        if settings.network is not None and (other_inputs or settings.network != before.network):
            self._change_network(settings)
        self.settings = replace(settings, **self._frozen)
        if _seen(settings) != _seen(before):
            self._place_data()
        if _task(settings) != _task(before):
            self._settle_objective()

    def edit(self, values: State) -> None:
        """Write values into parameters and buffers, by name; nothing is written if one does not fit."""
        state = self._live_state()
        for name, value in values.items():
            if name not in state:
                raise ValueError(f"no parameter {name!r}; there are {', '.join(state)}")
            if value.shape != state[name].shape:
                raise ValueError(f"{name} has the shape {tuple(state[name].shape)}, the value {tuple(value.shape)}")
        with torch.no_grad():
            for name, value in values.items():
                state[name].copy_(value)
        self.edit_count += 1

    def freeze(self, names: frozenset[str], entries: Entries = frozenset()) -> None:
        """Let the optimizer leave exactly these parameters, and these entries of others, alone."""
        parameters = dict(self.model.named_parameters())
        check_frozen(names, entries, parameters)
        twins = dict(self.train_model.named_parameters())
        for name, parameter in parameters.items():
            parameter.requires_grad_(name not in names)
            twins[name].requires_grad_(name not in names)
            if name in names:
                twins[name].grad = None  # the last step's would be applied again and again
        self.settings = replace(self.settings, frozen=names, frozen_entries=entries)

    def holder(self) -> Holder:
        """What keeps frozen entries as they are now over the steps that come."""
        return Holder(self.settings.frozen_entries, self.train_model.named_parameters())

    @property
    def _frozen(self) -> dict[str, Any]:
        return {name: getattr(self.settings, name) for name in ("frozen", "frozen_entries")}

    def reset(self, seed: int | None = None) -> None:
        """Step 0 with the initial weights of `seed`; a module of the user's gets back its own."""
        self.settings = replace(self.settings, seed=self.settings.seed if seed is None else seed)
        fresh = self.initial if self.settings.network is None else dict(self._built().to(self.device).state_dict())
        self.position = Position()
        self.edit({name: value.detach() for name, value in fresh.items()})
        self._forget_gradients()
        self._new_optimizer()

    # -- the boundary between cells and steps -----------------------------------------------------

    def hand_over(self) -> None:
        """Leave the model to the cells: gradients and attributes of the last step on it."""
        if same_structure(self.model, self.train_model):
            copy_gradients(self.train_model, self.model)
            copy_attributes(self.train_model, self.model)
        self._known = self.copy_state()
        if self._optimizer is not None:
            self._known_options = options_of(self._optimizer)

    def cell_changes(self) -> list[Change]:
        """What cells did to model and optimizer since `hand_over`, as changes for the journal.

        Raises:
            ModelChangedError: layers or buffers were added, removed or replaced by others of another
                kind or shape.
        """
        refuse_another_model(self.model, self.train_model, self._known)
        self._rebind_replaced_parameters()
        copy_attributes(self.model, self.train_model)
        copy_attributes(self.model, self.eval_model)
        live = state_of(self.model)
        edited = {n: v.detach().clone() for n, v in live.items() if not same_values(v, self._known[n])}
        frozen = frozenset(n for n, p in self.model.named_parameters() if not p.requires_grad)
        changes: list[Change] = []
        if edited:
            changes.append(Edit(edited))
        if frozen != self.settings.frozen:
            changes.append(Freeze(frozen, self.settings.frozen_entries))
        self._known.update(edited)
        return changes + self.option_changes()

    # -- checkpoints ------------------------------------------------------------------------------

    def copy_state(self) -> State:
        """Copies of all parameters and buffers by name."""
        return {name: value.detach().clone() for name, value in self._live_state().items()}

    def capture(self, journal_length: int) -> Checkpoint:
        """A copy of everything that decides how the run goes on."""
        return Checkpoint(
            self.settings,
            self.position,
            self.copy_state(),
            None if self._optimizer is None else copy.deepcopy(self._optimizer.state_dict()),
            journal_length,
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Stand exactly where the checkpoint was taken."""
        settings = checkpoint.settings
        kept = self._optimizer if settings.optimizer == self.settings.optimizer else None
        before = replace(self.settings, network=self._network)
        self.settings = replace(settings, **self._frozen)
        if _seen(settings) != _seen(before):
            self._place_data()
        if settings.network != self._network:
            kept = None
            self._take(self._built().to(self.device))
        self.edit(checkpoint.state)
        self._forget_gradients()
        self.freeze(settings.frozen, settings.frozen_entries)
        if _task(settings) != _task(before):
            self._settle_objective()
        state = checkpoint.optimizer
        if kept is None or state is None:
            self._new_optimizer()
        if kept is not None:  # the same object, for a learning rate schedule holds on to it
            state = self.optimizer.state_dict() if state is None else state
            self._optimizer = kept
        if state is not None:
            self.optimizer.load_state_dict(copy.deepcopy(state))
        self.position = checkpoint.position

    def become(self, other: Experiment) -> None:
        """Stand at the beginning of another one, with its data, its network of ours and its settings.

        Whatever goes wrong in that, this one is as it was.
        """
        present, wanted = self.capture(0), other.capture(0)
        if wanted.settings.dataset.same_as(present.settings.dataset):  # whoever shows them need not do so anew
            wanted = replace(wanted, settings=replace(wanted.settings, dataset=present.settings.dataset))
        try:
            with self._or_as_before():
                self.restore(wanted)
                self.initial = self.copy_state()
        except BaseException:
            self.restore(present)
            raise

    def twin(self) -> Experiment:
        """Another experiment on the same data, with a model and an optimizer of its own, to be restored elsewhere.

        A module of the user's is copied. Raises what that does where it is not possible.
        """
        other = copy.copy(self)
        other.usual_losses = dict(self.usual_losses)
        other._optimizer = other.last_change = None
        own = self.settings.network is None
        other._take(deep_copy(self.train_model) if own else self._built().to(self.device))
        return other

    # -- parts ------------------------------------------------------------------------------------

    def _settle_objective(self) -> None:
        settings, n_classes = self.settings, self.settings.dataset.n_classes
        loss_fn = settings.loss_fn
        if loss_fn is None and settings.network is None:  # decided once, not anew by what the weights have become
            loss_fn = self.usual_losses.get(n_classes)
        sample = self.feed(self.x[:TRIED])
        self.objective, self.outputs = checked_objective(
            self.eval_model, loss_fn, sample, self.y[:TRIED], n_classes, of_images=settings.sees_images
        )
        if self.objective.name == "bce" and settings.network is None and not settings.sees_images:
            with torch.no_grad():  # some samples may have probabilities by chance, and others not
                outputs = self.eval_model(self.feed(self.x))
            check_probabilities(torch.nan_to_num(outputs, 0.5, 0.5, 0.5))
        if settings.loss_fn is None:
            self.usual_losses[n_classes] = self.objective.name

    def _built(self) -> torch.nn.Sequential:
        network = self.settings.network
        assert network is not None
        return network.build(self.settings.seed)

    def _take(self, model: torch.nn.Module) -> None:
        self.model = model
        self._network = self.settings.network
        self.train_model = replicate(model)
        self.eval_model = replicate(model, training=False)
        dropouts = [module for module in self.train_model.modules() if isinstance(module, Dropout)]
        generator = torch.Generator()  # not the live model's: cells may draw from that during a step
        for module in dropouts:
            module.generator = generator
        self._has_dropout = bool(dropouts)
        self._known = self.copy_state()
        self.network_version += 1

    def _live_state(self) -> State:
        # Of the replica: it is what trains, also while a cell takes the live model apart.
        return state_of(self.train_model)

    def _forget_gradients(self) -> None:
        """Those of the last step are not of the weights that there are now."""
        for model in (self.train_model, self.model):
            for parameter in model.parameters():
                parameter.grad = None

    def _rebind_replaced_parameters(self) -> None:
        live = dict(self.model.named_parameters())
        for replica in (self.train_model, self.eval_model):
            for name, twin in replica.named_parameters():
                if twin.data_ptr() != live[name].data_ptr():
                    twin.data = live[name].data

    @staticmethod
    def _check_batch_size(value: int, dataset: AnyDataset) -> None:
        n = len(dataset.x_train)
        if not 1 <= value <= n:
            raise ValueError(f"batch_size must be between 1 and {n}, the training samples; got {value}")


def _seen(settings: Settings) -> object:
    """What decides which numbers a network gets."""
    return id(settings.dataset), settings.input_features, settings.standardises


def _task(settings: Settings) -> object:
    """What decides how outputs are judged."""
    return settings.loss_fn, settings.dataset.n_classes, settings.network, len(settings.input_features)
