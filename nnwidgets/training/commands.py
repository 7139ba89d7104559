"""What a training loop can be told, as data.

Two families. *Orders* start, stop and move a run and are carried out by the loop. *Changes* alter
what is trained: each knows how to apply itself to an `Experiment`, is written into the journal at
its step, and is applied again, the same way, when a rewind or a loaded file runs through that step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch

    from nnwidgets.datasets import Dataset
    from nnwidgets.features import Feature
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.objective import LossFunction
    from nnwidgets.training.schedules import Schedule
    from nnwidgets.training.settings import NetworkSpec, OptimizerFactory

Unit = Literal["batch", "epoch"]


@dataclass(frozen=True)
class Command:
    """Anything that may be put on a loop's queue."""


# -- orders ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Train(Command):
    """Run that many more epochs or steps at full speed; with neither, until paused."""

    epochs: int | None = None
    steps: int | None = None


@dataclass(frozen=True)
class Play(Command):
    """Run, paced, until paused, or, of a run that is planned for so many `epochs`, until these are made.

    Where they have been made already, as many are made once more.
    """

    epochs: int | None = None


@dataclass(frozen=True)
class Pause(Command):
    """Stop between two steps and say that somebody did."""


@dataclass(frozen=True)
class Step(Command):
    """Make `n` steps, or finish `n` epochs (the one begun counts)."""

    n: int = 1
    unit: Unit = "batch"


@dataclass(frozen=True)
class StepBy(Command):
    """Make as many steps as a function says of the experiment where it stands; what is under way is ended there."""

    count: Callable[[Experiment], int]


@dataclass(frozen=True)
class Reset(Command):
    """Begin again with the initial weights of `seed` (None: the same seed)."""

    seed: int | None = None


@dataclass(frozen=True)
class Rewind(Command):
    """Go to where the run came to at the end of `epoch` (0: before the first step)."""

    epoch: int = 0


@dataclass(frozen=True)
class Preview(Command):
    """Look at where the run came to at the end of `epoch` (None: at the present), and change nothing."""

    epoch: int | None = None


@dataclass(frozen=True)
class Hold(Command):
    """Stand still without ending the run, until `Release`."""


@dataclass(frozen=True)
class Release(Command):
    """Undo one `Hold`."""


@dataclass(frozen=True)
class Adopt(Command):
    """Look for changes that a cell made to the live model, and write them into the journal."""


@dataclass(frozen=True)
class Refresh(Command):
    """Show the present state in full."""


@dataclass(frozen=True)
class Do(Command):
    """Call a function between two steps, in the training thread; its result is the command's.

    `name` is what a reader is told that did not work, if it does not.
    """

    function: Callable[[], Any]
    name: str = "The command"


@dataclass(frozen=True)
class Close(Command):
    """End the run and its thread for good."""


# -- changes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change(Command, ABC):
    """A command that alters the experiment and belongs into the journal."""

    @abstractmethod
    def apply(self, experiment: Experiment) -> None:
        """Alter the experiment; raise, with nothing altered, when that is not possible."""


@dataclass(frozen=True)
class SetLearningRate(Change):
    """The next step uses this learning rate; the optimizer's state stays."""

    value: float

    def apply(self, experiment: Experiment) -> None:
        experiment.set_learning_rate(self.value)


@dataclass(frozen=True)
class SetSchedule(Change):
    """The learning rate follows the epochs in another way; `()` for one that is constant."""

    schedule: Schedule = ()

    def apply(self, experiment: Experiment) -> None:
        experiment.set_schedule(self.schedule)


@dataclass(frozen=True)
class SetBatchSize(Change):
    """The next batch has this many samples."""

    value: int

    def apply(self, experiment: Experiment) -> None:
        experiment.set_batch_size(self.value)


@dataclass(frozen=True)
class SetPenalty(Change):
    """The next step's gradients have the derivatives of `l1·Σ|w| + l2/2·Σw²` added, over all weights."""

    l1: float = 0.0
    l2: float = 0.0

    def apply(self, experiment: Experiment) -> None:
        experiment.set_penalty(self.l1, self.l2)


@dataclass(frozen=True)
class SetShuffle(Change):
    """Whether the batches of each epoch are drawn anew, or are the samples in their order."""

    value: bool

    def apply(self, experiment: Experiment) -> None:
        experiment.set_shuffle(value=self.value)


@dataclass(frozen=True)
class SetThreads(Change):
    """PyTorch computes in so many threads from the next step on."""

    value: int

    def apply(self, experiment: Experiment) -> None:
        experiment.set_threads(self.value)


@dataclass(frozen=True)
class SetOptimizer(Change):
    """Another optimizer, with a state of its own from here on."""

    optimizer: str | OptimizerFactory
    learning_rate: float | None = None

    def apply(self, experiment: Experiment) -> None:
        experiment.set_optimizer(self.optimizer, self.learning_rate)


@dataclass(frozen=True, eq=False)
class SetOptions(Change):
    """Other options of the optimizer's parameter groups, a dict for each, as a learning rate schedule sets them."""

    groups: list[dict[str, Any]] = field(default_factory=list)

    def apply(self, experiment: Experiment) -> None:
        experiment.set_options(self.groups)


@dataclass(frozen=True)
class SetLoss(Change):
    """Another loss, None for the usual one; a network of ours gets the outputs that it wants."""

    loss_fn: str | LossFunction | None = None

    def apply(self, experiment: Experiment) -> None:
        experiment.set_loss(self.loss_fn)


@dataclass(frozen=True)
class SetInputs(Change):
    """Other features of the data, or standardised ones; the weights of the features that stay are kept."""

    features: tuple[Feature, ...] = ()
    standardise: bool | None = None

    def apply(self, experiment: Experiment) -> None:
        experiment.set_inputs(self.features, standardise=self.standardise)


@dataclass(frozen=True)
class SetNetwork(Change):
    """Another network: the weights that stay are kept, new ones come from the seed.

    Before the first step another initialiser draws all weights anew.
    """

    network: NetworkSpec

    def apply(self, experiment: Experiment) -> None:
        experiment.set_network(self.network)


@dataclass(frozen=True, eq=False)
class SetData(Change):
    """Other data; the weights stay, the loss if it fits, and the current epoch begins anew."""

    dataset: Dataset

    def apply(self, experiment: Experiment) -> None:
        experiment.set_data(self.dataset)


@dataclass(frozen=True, eq=False)
class Edit(Change):
    """New values for whole parameters or buffers, by their names in `model.state_dict()`."""

    values: dict[str, torch.Tensor] = field(default_factory=dict)

    def apply(self, experiment: Experiment) -> None:
        experiment.edit(self.values)


@dataclass(frozen=True)
class Freeze(Change):
    """Which parameters the optimizer leaves alone (`requires_grad` is False), and which single entries of others.

    An entry is the name of its parameter and its number there, row by row.
    """

    names: frozenset[str] = frozenset()
    entries: frozenset[tuple[str, int]] = frozenset()

    def apply(self, experiment: Experiment) -> None:
        experiment.freeze(self.names, self.entries)


CHANGES: dict[str, type[Change]] = {
    cls.__name__: cls
    for cls in (
        SetLearningRate,
        SetSchedule,
        SetBatchSize,
        SetPenalty,
        SetShuffle,
        SetThreads,
        SetOptimizer,
        SetOptions,
        SetLoss,
        SetInputs,
        SetNetwork,
        SetData,
        Edit,
        Freeze,
    )
}


@dataclass(frozen=True, eq=False)
class JournalEntry:
    """A change and the number of steps that had been made when it took effect."""

    step: int
    change: Change

    def __repr__(self) -> str:
        return f"<step {self.step}: {type(self.change).__name__}>"


Journal = list[JournalEntry]
