"""The settings of a `NetworkAnatomy`: what is looked at, and how closely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import traitlets

from nnwidgets._checks import one_of, whole
from nnwidgets.widgets._anatomy_types import AskedTrait
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import Whole, checked

EXAMPLES = ("dense", "convolutional", "residual", "transformer", "recurrent")
_MOST_INDEX = 2**31 - 1
_LONGEST_KEY = 1000
_MOST_UNFOLDED = 10_000
_RANGES = {"sample": (1, _MOST_INDEX), "channel": (0, _MOST_INDEX), "first": (0, _MOST_INDEX), "revealed": (0, 10**6)}


@dataclass(frozen=True)
class Wish:
    """What is to be shown: settings as they stand."""

    network: str
    unfolded: tuple[str, ...] | None
    asked: AskedTrait


class _Keys(traitlets.TraitType[Any, Any]):
    """Keys of nodes, or None."""

    def validate(self, _: Any, value: Any) -> tuple[str, ...] | None:
        """A tuple of texts, each once."""
        if value is None:
            return None
        if not isinstance(value, list | tuple) or len(value) > _MOST_UNFOLDED:
            raise traitlets.TraitError(f'{self.name} must be None, or names of modules such as ("layer1",)')
        return tuple(dict.fromkeys(_key(str(self.name), each) for each in value))


class _Wholes(traitlets.TraitType[Any, Any]):
    """So many whole numbers, or none."""

    def __init__(self, count: int, meaning: str) -> None:
        super().__init__(())
        self._count, self._meaning = count, meaning

    def validate(self, _: Any, value: Any) -> tuple[int, ...]:
        """A tuple of them."""
        name = str(self.name)
        if not isinstance(value, list | tuple) or len(value) not in (0, self._count):
            raise traitlets.TraitError(f"{name} must be {self._meaning}, or () for none, not {value!r}")
        return tuple(checked(whole, f"each of {name}", each, 0, _MOST_INDEX) for each in value)


class AnatomySettings(Explorer):
    """The settings; not shown by itself."""

    network = traitlets.Unicode("dense").tag(sync=True)
    """An example, where no model is given: "dense" (the chapter's, 784-64-64-10), "convolutional", "residual",
    "transformer" or "recurrent"."""

    unfolded = _Keys(None, allow_none=True).tag(sync=True)
    """Keys of the containers that are unfolded: names as in `named_modules()`, with "#2" for a second call. None for as
    many as fit on one screen."""

    selected = traitlets.Unicode("").tag(sync=True)
    """Key of the layer or operation that is open, such as `"layer1.0.conv1"` or `"layer1.0:add_"`; "" for none."""

    sample = Whole(1).tag(sync=True)
    """The sample of the input that is looked at, from 1; the last one where there are not so many."""

    channel = Whole(0).tag(sync=True)
    """The output channel, neuron or row that is looked at, from 0; the last one where there are not so many."""

    pixel = _Wholes(2, "a row and a column of a feature map, such as (3, 5)").tag(sync=True)
    """Row and column of the feature map whose number is taken apart; () for none."""

    tensor = traitlets.Unicode("").tag(sync=True)
    """Which picture of the open layer `window` and `first` are of, such as "weight" or "output"."""

    window = _Wholes(4, "first row, rows, first column and columns of a part of a matrix").tag(sync=True)
    """The part of `tensor` that is looked at: first row, rows, first column, columns; () for the whole."""

    first = Whole(0).tag(sync=True)
    """The first of the maps of `tensor` that are shown, where there are too many."""

    guessing = traitlets.Bool(default_value=False).tag(sync=True)
    """Whether parameter counts are hidden, to be guessed."""

    guess = traitlets.Int(None, allow_none=True).tag(sync=True)
    """The reader's guess of the parameter count; None before there is one."""

    revealed = Whole(0).tag(sync=True)
    """How many layers' counts have been revealed after the guess."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "the chapter's: 784-64-64-10": {"network": "dense"},
        "convolutions": {"network": "convolutional"},
        "residual branches": {"network": "residual"},
        "a transformer": {"network": "transformer"},
        "a language model with an LSTM": {"network": "recurrent"},
        "guess the parameter count": {"network": "dense", "guessing": True, "guess": None, "revealed": 0},
    }

    @property
    def _wish(self) -> Wish:
        return Wish(self.network, self.unfolded, self._asked_for())

    def _asked_for(self) -> AskedTrait:
        """What the open layer is opened with."""
        return {
            "selected": self.selected,
            "sample": self.sample,
            "channel": self.channel,
            "pixel": list(self.pixel),
            "tensor": self.tensor,
            "window": list(self.window),
            "first": self.first,
        }

    @traitlets.validate("network")
    def _valid_network(self, proposal: Any) -> str:
        return str(checked(one_of, "network", proposal.value, EXAMPLES))

    @traitlets.validate("selected", "tensor")
    def _valid_key(self, proposal: Any) -> str:
        return _key(proposal.trait.name, proposal.value)

    @traitlets.validate(*_RANGES)
    def _valid_whole(self, proposal: Any) -> int:
        name = proposal.trait.name
        return int(checked(whole, name, proposal.value, *_RANGES[name]))

    @traitlets.validate("guess")
    def _valid_guess(self, proposal: Any) -> int | None:
        return None if proposal.value is None else int(checked(whole, "guess", proposal.value, 0, 10**15))


def _key(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_KEY:
        raise traitlets.TraitError(f"{name}: a name is at most {_LONGEST_KEY} characters, not {value!r:.60}")
    return value
