"""Whose network a `BackpropExplorer` looks at: that of its settings, or a module of the reader's own.

All of it is called in the explorer's background, which imports this module when it begins to work.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import nn

from nnwidgets.functions import ACTIVATIONS, LOSSES
from nnwidgets.networks import build_mlp
from nnwidgets.training.backprop import Recording, dtype_of, record_pass
from nnwidgets.training.left_alone import stand_in
from nnwidgets.training.local_derivatives import OriginalError, array
from nnwidgets.widgets._backprop_showing import magnitudes_of, recorded_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnwidgets.concepts.chain import Graph
    from nnwidgets.widgets._backprop_types import BesideTrait

_TRIES = 3  # of recording a module that a cell goes on to change

Numbers = tuple[float, ...]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class BackpropPass:
    """A pass that was recorded.

    Attributes:
        recording: what PyTorch computed: `parameters` by name with `before`, `gradient` and `updated`, each in the
            parameter's shape; `loss` and `loss_after` of the batch, `losses` of each sample; and the `tape`, with
            every operation and its local derivatives. All arrays are float64.
        settings: of which it was made.
        label: says of how many samples, or whose network, it is.
        number: counts passes from 1; of a trainer, the step that it makes next.
        settled: whether it stays so; not while a trainer moves on by itself.
        beside: the twin's, with another activation.
    """

    recording: Recording
    settings: dict[str, Any]
    label: str
    number: int = 0
    settled: bool = True
    beside: Recording | None = None

    @cached_property
    def graph(self) -> Graph:
        """The pass as a graph of single numbers: `values` and `gradients` of its nodes, `edges` with their `locals`."""
        return recorded_graph(self.recording)


class Source(ABC):
    """A network, and how a pass through it is recorded and ends."""

    _deciding: ClassVar[tuple[str, ...]] = ("weights",)  # the settings that say which weights it has

    def __init__(self) -> None:
        self._asked: dict[str, Any] = {}  # the settings of the last recording
        self._shown: Numbers = ()  # the weights that were found by it
        self._state: object = None  # of the network then

    @property
    @abstractmethod
    def model(self) -> nn.Module:
        """The live module."""

    @abstractmethod
    def record(self, settings: Mapping[str, Any], *, checks: bool) -> BackpropPass:
        """Bring the network to the settings, and record a pass. What else it finds to be so, the pass's settings say.

        Raises:
            Exception: it cannot be followed, or whatever the network raises.
        """

    def size(self, _: Mapping[str, Any]) -> int:
        """How many weights and biases the network of these settings has."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @abstractmethod
    def step(self, found: BackpropPass) -> None:
        """Make the step that this pass ends with."""

    @abstractmethod
    def has_moved(self) -> bool:
        """Whether the network is no longer what was recorded."""

    def know(self, settings: Mapping[str, Any]) -> None:
        """The settings have become those of the last recording."""
        self._asked = dict(settings)

    def _to_write(self, settings: Mapping[str, Any], wanted: Numbers) -> list[int]:
        """Which weights are asked to be others than those that were shown; the rest is left as it is by now."""
        if self._shown and all(self._asked.get(name) == settings[name] for name in self._deciding):
            return []
        if len(wanted) != len(self._shown):
            return list(range(len(wanted)))
        return [index for index, (new, old) in enumerate(zip(wanted, self._shown, strict=True)) if new != old]

    def _wrote(self, indices: list[int], wanted: Numbers) -> None:
        shown = list(self._shown if len(self._shown) == len(wanted) else wanted)
        for index in indices:
            shown[index] = wanted[index]
        self._shown = tuple(shown)


class OfModule(Source):
    """A module of the reader's own. Its weights are changed in place.

    Args:
        model: the module itself.
        x, y: tensors whose kinds and shapes, but for the first axis, those of the settings are to have.
        loss_fn: None for that of the settings.
        shown: the weights that the settings were given, which may have been changed since then.
    """

    def __init__(
        self, model: nn.Module, x: torch.Tensor, y: torch.Tensor, loss_fn: Loss | None, shown: Numbers = ()
    ) -> None:
        super().__init__()
        self._model, self._x, self._y, self._loss_fn, self._shown = model, x, y, loss_fn, shown

    @property
    def model(self) -> nn.Module:
        """The module itself."""
        return self._model

    def record(self, settings: Mapping[str, Any], *, checks: bool) -> BackpropPass:
        """As of every source."""
        self._write(settings)
        self._asked = dict(settings)
        x, y = self._batch(settings)
        loss_fn, rate = self._loss_fn or _loss(settings["loss_fn"]), settings["learning_rate"]
        recording = self._recorded_at_rest(x, y, loss_fn, rate, checks=checks)
        self._shown = numbers_of(recording)
        twin = self._twin(settings, recording) if settings["beside"] else None
        beside = None if twin is None else record_pass(twin, x, y, loss_fn, rate, checks=False)
        followed = dict(settings) | {"weights": self._weights(settings)}
        return BackpropPass(recording, followed, self._label(len(x)), beside=beside)

    def _recorded_at_rest(
        self, x: torch.Tensor, y: torch.Tensor, loss_fn: Loss, rate: float, *, checks: bool
    ) -> Recording:
        """Once more where a cell has changed weights meanwhile: part of the pass would be of these, part of those."""
        for last in (*[False] * _TRIES, True):
            self._state = self._present()
            try:
                found = self._recorded(x, y, loss_fn, rate, checks=checks)
            except Exception:
                if last or not self.has_moved():
                    raise
            else:
                if last or not self.has_moved():
                    break
        return found

    def _recorded(self, x: torch.Tensor, y: torch.Tensor, loss_fn: Loss, rate: float, *, checks: bool) -> Recording:
        """On a replica, so that what a cell does to the module meanwhile, such as `eval()`, stays."""
        try:
            return record_pass(stand_in(self._model), x, y, loss_fn, rate, checks=checks)
        except OriginalError:  # a function of the reader's refers to the module itself: no copy can be updated or moved
            found = record_pass(self._model, x, y, loss_fn, rate, checks=False)
            after = tuple(np.full_like(each, np.nan) for each in found.after)
            return replace(found, loss_after=None, losses_after=np.full_like(found.losses_after, np.nan), after=after)

    def step(self, found: BackpropPass) -> None:
        """As of every source."""
        updated = {name: each.updated for name, each in found.recording.parameters.items()}
        for name, values in updated.items():
            if not np.isfinite(values).all():
                raise ValueError(f"the step would leave no finite numbers in {name}: lower the learning rate")
        with torch.no_grad():
            for name, parameter in self._model.named_parameters():
                parameter.copy_(torch.as_tensor(updated[name]))

    def has_moved(self) -> bool:
        """As of every source."""
        return self._state != self._present()

    def _present(self) -> object:
        tensors = [*self._model.parameters(), *self._model.buffers()]
        flags = [tensor.requires_grad for tensor in tensors]
        return repr(self._model), flags, [array(tensor).tobytes() for tensor in tensors]

    def _write(self, settings: Mapping[str, Any]) -> None:
        wanted = self._wanted(settings)
        indices = self._to_write(settings, wanted)
        if not indices:
            return
        parameters = list(self._model.parameters())
        count = sum(parameter.numel() for parameter in parameters)
        if count != len(wanted):
            raise ValueError(f"the module has {count} weights and biases by now, and there are {len(wanted)} to set")
        with torch.no_grad():
            start = 0
            for parameter in parameters:
                flat = parameter.detach().reshape(-1).clone()
                mine = [index for index in indices if start <= index < start + len(flat)]
                for index in mine:
                    flat[index - start] = wanted[index]
                if mine:
                    parameter.copy_(flat.view_as(parameter))
                start += len(flat)
        self._wrote(indices, wanted)

    def _wanted(self, settings: Mapping[str, Any]) -> Numbers:
        return tuple(settings["weights"])

    def _weights(self, _: Mapping[str, Any]) -> Numbers:
        return self._shown

    def _batch(self, settings: Mapping[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = (
            torch.tensor(settings[name], dtype=like.dtype, device=like.device).reshape(-1, *like.shape[1:])
            for name, like in (("inputs", self._x), ("targets", self._y))
        )
        return x, y

    def _label(self, _: int) -> str:
        return "a module of your own"

    def _twin(self, settings: Mapping[str, Any], recording: Recording) -> nn.Module | None:
        return with_another(self._model, settings["beside"], recording)


class OfSettings(OfModule):
    """The network that the settings describe."""

    _deciding = ("weights", "seed")

    def __init__(self) -> None:
        super().__init__(nn.Sequential(), torch.empty(0), torch.empty(0), None)
        self._key: object = None

    def size(self, settings: Mapping[str, Any]) -> int:
        """As of every source."""
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(_sizes(settings)))

    def _write(self, settings: Mapping[str, Any]) -> None:
        key = _sizes(settings), settings["activation"], settings["loss_fn"] == "bce"
        if key != self._key:
            self._model, self._key, self._shown = network(settings), key, ()
        super()._write(settings)

    def _wanted(self, settings: Mapping[str, Any]) -> Numbers:
        return super()._wanted(settings) or numbers_in(network(settings))

    def _weights(self, settings: Mapping[str, Any]) -> Numbers:
        # As long as they are those that were drawn, it is enough to say so.
        drawn = not settings["weights"] and self._shown == self._wanted(settings)
        return () if drawn else self._shown

    def _batch(self, settings: Mapping[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = (torch.tensor(settings[name], dtype=torch.float32) for name in ("inputs", "targets"))
        return x, y[:, 0].long() if settings["loss_fn"] == "cross_entropy" else y

    def _label(self, samples: int) -> str:
        return "one sample" if samples == 1 else f"{samples} samples"

    def _twin(self, settings: Mapping[str, Any], _: Recording) -> nn.Module:
        twin = network({**settings, "activation": settings["beside"]})
        with torch.no_grad():
            for mine, other in zip(twin.parameters(), self._model.parameters(), strict=True):
                mine.copy_(other)
        return twin


def network(settings: Mapping[str, Any]) -> nn.Sequential:
    """The network of settings, with weights drawn from their seed."""
    n_in, *hidden, n_out = _sizes(settings)
    return build_mlp(
        n_in,
        hidden,
        n_out,
        activation=settings["activation"],
        output_activation="sigmoid" if settings["loss_fn"] == "bce" else None,
        seed=settings["seed"],
    )


def _sizes(settings: Mapping[str, Any]) -> tuple[int, ...]:
    return len(settings["inputs"][0]), *settings["hidden_layers"], settings["n_outputs"]


def _loss(name: str) -> Loss:
    loss: Loss = getattr(nn, LOSSES[name].torch_name)()
    return loss


def numbers_in(model: nn.Module) -> Numbers:
    """All weights and biases of a module, laid flat."""
    return tuple(
        number for parameter in model.parameters() for number in shortest(array(parameter), dtype_of(parameter))
    )


def numbers_of(recording: Recording) -> Numbers:
    """The weights and biases that a pass was recorded with, laid flat.

    Raises:
        ValueError: some are no finite numbers.
    """
    for name, parameter in recording.parameters.items():
        if not np.isfinite(parameter.before).all():
            raise ValueError(f"{name} has entries that are no finite numbers any more")
    return tuple(number for each in recording.parameters.values() for number in shortest(each.before, each.dtype))


def shortest(values: NDArray[np.float64], dtype: str = "float32") -> list[float]:
    """Numbers as they are written: those of float32 as 0.6 and not 0.60000002384, those of float64 as they are."""
    flat: list[float] = values.reshape(-1).tolist()
    single = values.reshape(-1).astype(np.float32)
    if dtype == "float64" or not np.array_equal(single, values.reshape(-1)):
        return flat
    return [float(str(value)) for value in single]


def rows_of(values: NDArray[Any], dtype: str = "float32") -> tuple[Numbers, ...]:
    """Samples as a setting, the numbers of each in a row."""
    return tuple(tuple(shortest(np.asarray(row, dtype=np.float64), dtype)) for row in values)


def with_another(model: nn.Module, activation: str, recording: Recording) -> nn.Module | None:
    """A copy of a module with another activation wherever it has one, but at its end; None where it has none.

    Args:
        model: the module.
        activation: the other one's name.
        recording: of the module, which tells what is at its end.
    """
    kind = ACTIVATIONS[activation]
    known = tuple(getattr(nn, each.torch_name) for each in ACTIVATIONS.values() if each.name != "identity")
    twin = copy.deepcopy(model)
    ends = [each.module for each in recording.tape.operations if each.output == recording.tape.outputs]
    found = [
        (parent, name)
        for path, parent in twin.named_modules()
        for name, child in parent.named_children()
        if isinstance(child, known) and f"{path}.{name}".lstrip(".") not in ends
    ]
    for parent, name in found:
        setattr(parent, name, getattr(nn, kind.torch_name)(**kind.torch_kwargs))
    return twin if found else None


def beside_trait(found: BackpropPass) -> BesideTrait | None:
    """The twin's gradients as they travel, with those of the network's own layers."""
    if found.beside is None:
        return None
    activation = ACTIVATIONS[found.settings["beside"]]
    magnitudes = magnitudes_of(recorded_graph(found.beside))
    return {"activation": activation.name, "label": activation.label, "magnitudes": magnitudes}
