"""Weights changed, frozen and put back by hand: the verbs, and what the browser is told of it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import traitlets

from nnwidgets._checks import real, whole
from nnwidgets._limits import STATE
from nnwidgets.training import commands as c
from nnwidgets.training.freezing import Entries, Names, masks, with_parts
from nnwidgets.training.inspection import same_values, state_of
from nnwidgets.widgets._settings import TrainerSettings
from nnwidgets.widgets._undoing import newest

if TYPE_CHECKING:
    import torch

    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.widgets._previewing import Described

Index = tuple[int, ...] | int | None
_Place = tuple[int, int, int | None]  # layer, unit, input

MOST_UNDO_BYTES = 16 * 2**20
SHARE = 1 / 32  # of the memory of a trainer
_ENTRY_BYTES = 150  # about what one frozen entry takes
GONE = "this weight is no longer there: the network has changed"
LARGEST = 1e30  # that a view may ask for


class Editing(TrainerSettings):
    """The part of a trainer that lets weights be changed by hand."""

    _edits = traitlets.Dict().tag(sync=True)

    _hand: Hand

    def edit(self, name: str, value: Any, index: Index = None) -> None:
        """Set a parameter, or one entry of it, as a step of the run's journal.

        Boundary, losses and accuracies follow at once; to the curves nothing is added. `undo_edit()` takes it back.

        Args:
            name: as in `model.state_dict()`, for instance "0.weight".
            value: a number, or an array of the parameter's shape.
            index: which entry; None for the whole parameter (a number then fills it).

        Raises:
            ValueError: no such parameter or entry, or a value of another shape.
            TypeError: a value that is no number and no array of numbers.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer()
            >>> trainer.edit("0.weight", 0.5, (1, 0))
            >>> trainer.model[0].weight[1, 0].item()
            0.5
        """
        assert self._loop is not None
        loop = self._loop
        self._tell(c.Do(lambda: self._hand.edit(loop, name, value, index), "Edit"))

    def freeze(self, name: str, index: Index = None) -> None:
        """Let training leave a parameter, or one entry of it, as it is.

        A whole parameter gets `requires_grad=False`. A single entry keeps its value to the last bit, whatever momentum
        or weight decay would do with it: to the optimizer its gradient is 0, and the value is put back after each
        step. Editing it is still possible.

        Args:
            name: as in `model.state_dict()`, for instance "0.weight".
            index: which entry, or row; None for the whole parameter.

        Raises:
            ValueError: no such parameter or entry.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer()
            >>> trainer.freeze("0.weight", (1, 0))
            >>> before = trainer.model[0].weight.detach().clone()
            >>> trainer.step(10)
            >>> trainer.model[0].weight == before
            tensor([[False, False],
                    [ True, False]])
        """
        self._freeze(name, index, frozen=True)

    def unfreeze(self, name: str | None = None, index: Index = None) -> None:
        """Let training change a parameter, or one entry of it, again; without a name all of them.

        Args:
            name: as in `model.state_dict()`.
            index: which entry, or row; None for the whole parameter.

        Raises:
            ValueError: no such parameter or entry.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer()
            >>> trainer.freeze("2.bias")
            >>> trainer.unfreeze()
            >>> trainer.frozen
            {}
        """
        self._freeze(name, index, frozen=False)

    @property
    def frozen(self) -> dict[str, torch.Tensor]:
        """What training leaves alone: by the names of parameters, tensors of their shapes, True where frozen.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer()
            >>> trainer.freeze("0.bias", 1)
            >>> trainer.frozen
            {'0.bias': tensor([False,  True])}
        """
        assert self._loop is not None
        loop = self._loop
        # Between two steps: a change of the network has to be over, or what is frozen would be of another one.
        found: dict[str, torch.Tensor] = loop.call(c.Do(lambda: _masks(loop.experiment)))
        return found

    def undo_edit(self) -> None:
        """Take back what was last done by `edit`, `freeze` or `unfreeze`, or by hand in a view.

        It does what the button beside the network does: it puts back that weight, or that parameter, and leaves what
        was learned since. Up to 100 things can be taken back, as far as what is kept for it has no more than 16 MiB.
        After a reset, a rewind behind it, or a change of the network there is nothing to take back, and nothing
        happens. The journal has it as a change of its own.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer()
            >>> before = trainer.model[0].weight[1, 0].item()
            >>> trainer.edit("0.weight", 0.5, (1, 0))
            >>> trainer.undo_edit()
            >>> trainer.model[0].weight[1, 0].item() == before
            True
        """
        assert self._loop is not None
        loop = self._loop
        self._tell(c.Do(lambda: self._hand.undo(loop), "Undo"))

    def _freeze(self, name: str | None, index: Index, *, frozen: bool) -> None:
        assert self._loop is not None
        loop = self._loop
        self._tell(c.Do(lambda: self._hand.freeze(loop, name, index, frozen=frozen), "Freeze"))

    # -- from a view --------------------------------------------------------------------------------

    def _target(self, version: int, place: _Place) -> tuple[str, tuple[int, ...]]:
        """The same of the place in a message, which was sent on sight of the network of that version."""
        assert self._loop is not None
        if version != self._loop.experiment.network_version:
            raise ValueError(GONE)
        return self._place(*place)

    @abstractmethod
    def _place(self, layer: int, unit: int, input_: int | None) -> tuple[str, tuple[int, ...]]:
        """The parameter and the index of a weight of the network, or of a bias: that of input None.

        Raises:
            ValueError: there is no such one (any more).
        """

    def _edit_place(self, content: dict[str, Any]) -> None:
        assert self._loop is not None
        loop, target = self._loop, _checked_target(content)
        value = real("value", content.get("value"), -LARGEST, LARGEST)
        gesture = whole("gesture", content.get("gesture"), 0, None)

        def edit() -> None:
            name, index = self._target(*target)
            # Said first, and in the thread that sends the frames: the one with the edit cannot come before.
            self.send({"type": "edited", "gesture": gesture, "value": value})
            self._hand.edit(loop, name, value, index, gesture)

        self._tell(c.Do(edit, "Edit"))

    def _freeze_place(self, content: dict[str, Any]) -> None:
        assert self._loop is not None
        loop, target, frozen = self._loop, _checked_target(content), content.get("frozen") is True

        def freeze() -> None:
            name, index = self._target(*target)
            self._hand.freeze(loop, name, index, frozen=frozen)

        self._tell(c.Do(freeze, "Freeze"))

    def _show_edits(self, loop: TrainingLoop, past: Described | None = None) -> None:
        """Bring the trait up to date: what is frozen in the run, or in its past that is looked at."""
        experiment = loop.experiment
        self._edits = {
            "version": experiment.network_version if past is None else past.network["version"],
            "frozen": _ranges(experiment if past is None else past.experiment),
            "can_undo": self._hand.can_undo(loop),
        }


def _checked_target(content: dict[str, Any]) -> tuple[int, _Place]:
    input_ = content.get("input")
    return whole("network_version", content.get("network_version"), 0, None), (
        whole("layer", content.get("layer"), 0, None),
        whole("unit", content.get("unit"), 0, None),
        None if input_ is None else whole("input", input_, 0, None),
    )


def _masks(experiment: Experiment) -> dict[str, torch.Tensor]:
    """For each parameter of which something is frozen a tensor of its shape, True where it is."""
    import torch

    settings, parameters = experiment.settings, dict(experiment.model.named_parameters())
    wholly = {name: torch.ones_like(parameters[name], dtype=torch.bool) for name in settings.frozen}
    return masks(settings.frozen_entries, parameters) | wholly


def _ranges(experiment: Experiment) -> list[list[int]]:
    """Where in all parameters, laid flat, the frozen ones are, as pairs of an offset and a count."""
    settings, offset, ranges = experiment.settings, 0, []
    for name, parameter in experiment.model.named_parameters():
        if name in settings.frozen:
            ranges.append([offset, parameter.numel()])
        else:
            ranges += [[offset + place, 1] for entry, place in sorted(settings.frozen_entries) if entry == name]
        offset += parameter.numel()
    return ranges


@dataclass
class _Level:
    """Something that can be taken back.

    Attributes:
        version: of the network that it was done to.
        gesture: what is done in the same one is taken back together.
        edited: name and index of what was edited, and its value before.
        frozen: parameters and entries that were frozen.
        thawed: those that were so no longer.
        applied: how many entries of the journal there were then; in a past with fewer it has not been done.
    """

    version: int
    gesture: int | None = None
    edited: tuple[str, Index, torch.Tensor] | None = None
    frozen: tuple[Names, Entries] = (frozenset(), frozenset())
    thawed: tuple[Names, Entries] = (frozenset(), frozenset())
    applied: int = 0

    @property
    def nbytes(self) -> int:
        """Memory held, about, in bytes."""
        entries = sum(len(part) for parts in (self.frozen, self.thawed) for part in parts)
        return _ENTRY_BYTES * (1 + entries) + (0 if self.edited is None else self.edited[2].nbytes)


class Hand:
    """What was changed by hand, and how to take it back. All methods are called in the training thread."""

    def __init__(self) -> None:
        self._levels: list[_Level] = []

    def can_undo(self, loop: TrainingLoop) -> bool:
        """Whether there is something to take back where the run stands; what is over is forgotten."""
        version, applied = loop.experiment.network_version, loop.past.applied
        self._levels = [level for level in self._levels if level.version == version and level.applied <= applied]
        return bool(self._levels)

    def edit(self, loop: TrainingLoop, name: str, value: Any, index: Index, gesture: int | None = None) -> None:
        """Set a parameter or one entry; all edits of the same gesture are taken back at once."""
        import torch

        tensor, before = _copy(loop, name)
        try:
            new = torch.as_tensor(value, dtype=tensor.dtype, device=tensor.device)
        except (TypeError, ValueError, RuntimeError) as error:
            raise TypeError(f"value must be a number, or an array of them, not {value!r}") from error
        try:
            old = tensor[... if index is None else index].clone()
            tensor[... if index is None else index] = new
        except (IndexError, TypeError, RuntimeError) as error:
            raise ValueError(f"{name} has the shape {tuple(tensor.shape)}: {error}") from None
        if same_values(tensor, before):
            return
        goes_on = self.can_undo(loop) and gesture is not None and self._levels[-1].gesture == gesture
        level = self._levels.pop() if goes_on else _Level(loop.experiment.network_version, gesture, (name, index, old))
        self._do(loop, c.Edit({name: tensor}), level, was_there=goes_on)

    def freeze(self, loop: TrainingLoop, name: str | None, index: Index, *, frozen: bool) -> None:
        """Freeze a parameter or some entries, or let them go; a name of None is all there are."""
        experiment = loop.experiment
        parameters = dict(experiment.model.named_parameters())
        before = experiment.settings.frozen, experiment.settings.frozen_entries
        after = with_parts(*before, parameters, name, index, frozen=frozen)
        if after == before:
            return
        self.can_undo(loop)
        level = _Level(experiment.network_version, frozen=_less(after, before), thawed=_less(before, after))
        self._do(loop, c.Freeze(*after), level)

    def undo(self, loop: TrainingLoop) -> None:
        """Take back what was done last."""
        if not self.can_undo(loop):
            return
        level = self._levels.pop()
        try:
            loop.call(_back(loop, level))
        except BaseException:
            self._levels.append(level)
            raise

    def _do(self, loop: TrainingLoop, change: c.Change, level: _Level, *, was_there: bool = False) -> None:
        kept = self._levels
        # Known when the change is announced.
        self._levels = newest([*kept, level], STATE.share(SHARE, MOST_UNDO_BYTES), lambda each: each.nbytes)
        try:
            loop.call(change)
        except BaseException:
            self._levels = [*kept, level] if was_there else kept
            raise
        level.applied = loop.past.applied


def _back(loop: TrainingLoop, level: _Level) -> c.Change:
    if level.edited is not None:
        name, index, old = level.edited
        tensor, _ = _copy(loop, name)
        tensor[... if index is None else index] = old
        return c.Edit({name: tensor})
    settings = loop.experiment.settings
    names, entries = _less((settings.frozen, settings.frozen_entries), level.frozen)
    return c.Freeze(names | level.thawed[0], entries | level.thawed[1])


def _less(one: tuple[Names, Entries], other: tuple[Names, Entries]) -> tuple[Names, Entries]:
    return one[0] - other[0], one[1] - other[1]


def _copy(loop: TrainingLoop, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A copy of a parameter or buffer to be changed, and the tensor itself."""
    state = state_of(loop.experiment.train_model)
    if name not in state:
        raise ValueError(f"no parameter {name!r}; there are {', '.join(state)}")
    return state[name].detach().clone(), state[name].detach()
