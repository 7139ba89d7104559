"""Whose model a `NetworkAnatomy` looks at, and how it is read: traced, and measured as it stands."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.captured import captured
from nnwidgets.anatomy.examples import example
from nnwidgets.anatomy.inside import Inside, look_inside
from nnwidgets.anatomy.moved import Moved
from nnwidgets.anatomy.rows import Row, rows_of
from nnwidgets.anatomy.trace import live_module, trace
from nnwidgets.widgets._anatomy_given import SAMPLES
from nnwidgets.widgets._anatomy_pace import StepChange

if TYPE_CHECKING:
    from nnwidgets.anatomy.graph import Graph, Node
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.widgets._anatomy_settings import Wish
    from nnwidgets.widgets._anatomy_types import AskedTrait
    from nnwidgets.widgets._base import Trainer

T = TypeVar("T")
Array = NDArray[np.generic]

_NO_GRADIENTS = "There were no gradients at step(): call it after backward(), and before zero_grad()."
Gradients = Mapping[str, torch.Tensor]
Owner = Literal["settings", "module", "trainer"]


@dataclass(frozen=True)
class Standing:
    """Where a training stands. `settled`: whether it stays there."""

    step: int | None = None
    epoch: float | None = None
    loss: float | None = None
    settled: bool = True


@dataclass(frozen=True)
class Subject:
    """A model that stands still for a moment.

    Attributes:
        model: the live module.
        arguments: what it is called with.
        key: another one when it has to be traced anew, whatever the module looks like.
        standing: of its training.
        gradients: its own last ones, None for those on the parameters.
    """

    model: nn.Module
    arguments: Arguments
    key: Hashable = None
    standing: Standing = Standing()
    gradients: Gradients | None = None


@dataclass(frozen=True)
class Scene:
    """A model that was traced. `structure` says whether it still is the same."""

    graph: Graph
    label: str
    unfolded: tuple[str, ...]
    structure: object
    version: int = 0


@dataclass(frozen=True)
class Measured:
    """What was measured; `rows` are None where only a layer was opened, `inside` is None where none is."""

    asked: AskedTrait
    standing: Standing
    has_gradients: bool
    rows: tuple[Row, ...] | None
    inside: Inside | None = None
    missing: str = ""
    note: str = ""
    versions: tuple[int, int] = (0, 0)


@dataclass
class Source(ABC):
    """A model, and how it is looked at.

    Attributes:
        training: the mode in which it runs.
        changes: what the steps of a loop of the reader's own change.
    """

    owner: ClassVar[Owner]
    training: bool = False
    changes: StepChange = field(default_factory=StepChange)
    _watch: tuple[Callable[[], object], Moved] | None = None

    @abstractmethod
    def visit(self, wish: Wish, function: Callable[[Subject], T]) -> T:
        """What a function makes of the model while it stands still."""

    @abstractmethod
    def label(self, subject: Subject) -> str:
        """Says whose model it is."""

    def stands(self, step: int | None = None, loss: Any = None, *, settled: bool = True) -> None:  # noqa: B027
        """Where a loop of the reader's own stands; where a trainer does is known."""

    def forget(self) -> None:  # noqa: B027
        """Begin anew, with the first weights, where they are our own."""

    def trace(self, wish: Wish) -> Scene:
        """Run the model, and read its structure.

        Raises:
            AnatomyError: nothing of it can be shown.
        """

        def look(subject: Subject) -> Scene:
            self._moved(subject)
            graph = trace(subject.model, subject.arguments, training=self.training)
            return Scene(graph, self.label(subject), tuple(graph.first_unfolded()), _structure(subject))

        return self.visit(wish, look)

    def look(self, scene: Scene, wish: Wish, *, follows: bool) -> Literal["trace", "measure"] | None:
        """What is to be done for the model to be shown as it is; `follows`: a loop changes it with every step."""

        def look(subject: Subject) -> Literal["trace", "measure"] | None:
            if scene.structure != _structure(subject):
                return "trace"
            if not self._moved(subject):
                return None
            return "trace" if subject.standing.settled and not follows else "measure"

        return self.visit(wish, look)

    def measure(self, scene: Scene, wish: Wish, *, rows: bool, follows: bool) -> Measured | None:
        """Measure what is wanted of the rows and of the open layer; None where the model has to be traced first."""

        def look(subject: Subject) -> Measured | None:
            if scene.structure != _structure(subject):
                return None
            moved = self._moved(subject)
            gradients = self._gradients(subject)
            found = Measured(wish.asked, subject.standing, _has_gradients(subject.model, gradients), None)
            if follows and subject.standing.step:
                self.changes.compare(subject.model, subject.standing.step)
                found = replace(found, note="" if found.has_gradients else _NO_GRADIENTS)
            if rows or moved:
                found = replace(found, rows=self._rows(scene, wish, subject, gradients))
            return self._opened(scene, found, subject, gradients)

        return self.visit(wish, look)

    def captured(self, scene: Scene, wish: Wish, key: str, which: Literal["inputs", "outputs"]) -> tuple[Array, ...]:
        """Exact tensors that go into a node or come out of it.

        Raises:
            KeyError: there is no such node.
            RuntimeError: it did not run, or not to its end.
        """

        def look(subject: Subject) -> tuple[Array, ...]:
            found = captured(subject.model, subject.arguments, scene.graph, key, training=self.training)
            if not found.heard and scene.graph.find(key).kind != "parameter":
                raise RuntimeError(found.failure or f"{key!r} did not run with this input")
            return tuple(_array(tensor) for _, tensor in (found.inputs if which == "inputs" else found.outputs))

        return self.visit(wish, look)

    def _rows(self, scene: Scene, wish: Wish, subject: Subject, gradients: Gradients | None) -> tuple[Row, ...]:
        visible = visible_leaves(scene.graph, scene.unfolded if wish.unfolded is None else wish.unfolded)
        numbers = [number for number in visible if scene.graph.nodes[number].parameters]
        return rows_of(subject.model, scene.graph, numbers, before=self.changes.changes or None, gradients=gradients)

    def _opened(self, scene: Scene, found: Measured, subject: Subject, gradients: Gradients | None) -> Measured:
        if not found.asked["selected"]:
            return found
        try:
            scene.graph.find(found.asked["selected"])
        except KeyError as error:
            return replace(found, missing=str(error.args[0]))
        inside = look_inside(
            subject.model, subject.arguments, scene.graph, found.asked, training=self.training, gradients=gradients
        )
        return replace(found, inside=inside)

    def _gradients(self, subject: Subject) -> Gradients | None:
        return subject.gradients

    def _moved(self, subject: Subject) -> bool:
        """Whether its numbers are others than when this was asked before."""
        model = live_module(subject.model)
        if self._watch is None or self._watch[0]() is not model:
            self._watch = weakref.ref(model), Moved(model)
            return True
        return self._watch[1].look()


@dataclass
class OfModule(Source):
    """A module of the reader's own.

    Args:
        model: the module itself.
        arguments: what it is called with.
        backward: gradients of a loss by name; None for those on the parameters.
    """

    owner: ClassVar[Owner] = "module"
    model: nn.Module = field(default_factory=nn.Identity)
    arguments: Arguments = field(default_factory=lambda: Arguments((), {}, 0))
    backward: Callable[[nn.Module, Arguments], Gradients] | None = None
    _standing: Standing = Standing()

    def visit(self, wish: Wish, function: Callable[[Subject], T]) -> T:  # noqa: ARG002 (for examples)
        """As of every source."""
        return function(Subject(self.model, self.arguments, standing=self._standing))

    def label(self, _: Subject) -> str:
        """As of every source."""
        return "a module of your own"

    def stands(self, step: int | None = None, loss: Any = None, *, settled: bool = True) -> None:
        """As of every source."""
        self._standing = Standing(step, None, None if loss is None else float(loss), settled)

    def _gradients(self, subject: Subject) -> Gradients | None:
        return None if self.backward is None else self.backward(subject.model, subject.arguments)


@dataclass
class OfExample(OfModule):
    """An example of our own, by its name."""

    owner: ClassVar[Owner] = "settings"
    _name: str = ""
    _label: str = ""

    def visit(self, wish: Wish, function: Callable[[Subject], T]) -> T:
        """As of every source."""
        if wish.network != self._name:
            self.model, given, self._label = example(wish.network)
            self.arguments, self._name = Arguments.of(given), wish.network
        return super().visit(wish, function)

    def label(self, _: Subject) -> str:
        """As of every source."""
        return self._label

    def forget(self) -> None:
        """Begin anew, with the first weights."""
        self._name = ""


@dataclass
class OfTrainer(Source):
    """The network of a trainer, which is not kept alive, with some of its samples."""

    owner: ClassVar[Owner] = "trainer"
    held: Callable[[], Trainer | None] = lambda: None

    @property
    def trainer(self) -> Trainer:
        """The trainer itself."""
        trainer = self.held()
        if trainer is None:
            raise RuntimeError("the trainer is gone: nothing refers to it any more")
        return trainer

    def visit(self, wish: Wish, function: Callable[[Subject], T]) -> T:  # noqa: ARG002 (for examples)
        """As of every source."""
        visited: T = self.trainer._between_steps(lambda loop: function(_subject_of(loop)))
        return visited

    def label(self, _: Subject) -> str:
        """As of every source."""
        return type(self.trainer).__name__


def _subject_of(loop: TrainingLoop) -> Subject:
    experiment = loop.experiment
    position, settled = experiment.position, loop.status != "running"
    samples = experiment.feed(experiment.x[:SAMPLES])
    gradients = {n: p.grad for n, p in experiment.train_model.named_parameters() if p.grad is not None}
    return Subject(
        experiment.model,
        Arguments.of(samples),
        (experiment.network_version, experiment.data_version),
        Standing(
            position.step,
            position.epoch + position.samples / max(1, len(experiment.x)),
            position.running_loss,
            settled,
        ),
        None if settled else gradients,
    )


def _structure(subject: Subject) -> object:
    """What the graph depends on, but for what the forward itself decides."""
    model = live_module(subject.model)
    modules = [(name, id(each), _words(each)) for name, each in model.named_modules(remove_duplicate=False)]
    tensors = [
        (name, id(each), _shape(each), str(each.dtype), each.requires_grad, str(each.device))
        for name, each in (*model.named_parameters(remove_duplicate=False), *model.named_buffers())
        if isinstance(each, torch.Tensor)
    ]
    return subject.key, id(model), modules, _without_identity(tensors)


def _words(module: nn.Module) -> str:
    try:
        return module.extra_repr()
    except Exception:  # noqa: BLE001 (it is the reader's own, and only says how the module looks)
        return ""


def _shape(tensor: torch.Tensor) -> tuple[int, ...] | None:
    return None if nn.parameter.is_lazy(tensor) else tuple(tensor.shape)


def _without_identity(tensors: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Which are the same tensor counts, not which object it is: `load_state_dict(assign=True)` changes no structure."""
    numbers: dict[int, int] = {}
    return [(name, numbers.setdefault(identity, len(numbers)), *rest) for name, identity, *rest in tensors]


def _array(tensor: torch.Tensor) -> Array:
    plain = tensor.detach().cpu()
    return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy().copy()


def _has_gradients(model: nn.Module, gradients: Gradients | None) -> bool:
    if gradients is not None:
        return bool(gradients)
    return any(each.grad is not None for each in live_module(model).parameters())


def visible_leaves(graph: Graph, unfolded: tuple[str, ...]) -> list[int]:
    """Numbers of the leaves that are visible where just these containers are unfolded."""
    opened, holders = set(unfolded), {node.parent for node in graph.nodes}
    is_open: list[bool] = []
    found = []
    for number, node in enumerate(graph.nodes):
        visible = node.parent < 0 or is_open[node.parent]
        is_open.append(visible and number in holders and node.key in opened)
        if visible and number not in holders:
            found.append(number)
    return found


def layers_of(graph: Graph) -> Iterator[Node]:
    """The modules that hold no others, in order of execution, each call of one by itself."""
    holders = {node.parent for node in graph.nodes}
    return (node for number, node in enumerate(graph.nodes) if node.kind == "module" and number not in holders)
