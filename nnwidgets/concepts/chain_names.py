"""How the quantities of a pass are written: x₁, w₁₁⁽²⁾, a₁⁽²⁾, h₁⁽²⁾ … z, p, L.

A network with one hidden layer needs no layer numbers: its weights are w and, behind the hidden neurons, v, its biases
b and c. Deeper ones number their layers. What is no weighted sum, activation or loss is u, the functions counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from nnwidgets import functions

if TYPE_CHECKING:
    from nnwidgets.concepts.chain_graph import Kind

__all__ = ["ACTIVATIONS", "LOSS_NAMES", "Draft", "Names", "Role", "Symbol", "function_name", "index_text"]

_GREEK = {"γ": "gamma", "β": "beta", "θ": "theta"}

LOSS_NAMES = {
    "binary_cross_entropy": "bce",
    "binary_cross_entropy_with_logits": "bce_with_logits",
    "cross_entropy": "cross_entropy",
    "mse_loss": "mse",
}
"""PyTorch's functions → names in `nnwidgets.functions.LOSSES`."""

ACTIVATIONS = frozenset(
    name
    for names in (
        "tanh relu sigmoid leaky_relu elu silu gelu softplus",  # as in `nnwidgets.functions`
        "celu selu relu6 mish hardtanh hardsigmoid hardswish logsigmoid softsign tanhshrink hardshrink softshrink",
    )
    for name in names.split()
)
"""PyTorch's functions that make one unit of one."""

_LABELS = {
    "linear": "Weighted sum",
    "bce": "Cross-entropy",
    "bce_with_logits": "Cross-entropy",
    "cross_entropy": "Cross-entropy",
    "mse": "Squared error",
}
"""What heads the column of a function, where it is not its name."""

_REFLECTED = {"radd": "add", "iadd": "add", "rmul": "mul", "imul": "mul", "isub": "sub", "itruediv": "truediv"}
_DIGIT = 9


@dataclass(frozen=True)
class Symbol:
    """How a quantity is written.

    Attributes:
        base: a letter, such as "w".
        index: of its place in a tensor, counted from 1: "11", or "1,10" where a number has two digits; may be empty.
        layer: number of a layer, raised in parentheses; may be empty.

    Example:
        >>> Symbol("w", "11", "2").text, Symbol("γ", "3").text, Symbol("L").text
        ('w(2)11', 'gamma3', 'L')
    """

    base: str
    index: str = ""
    layer: str = ""

    @property
    def text(self) -> str:
        """In plain letters."""
        return _GREEK.get(self.base, self.base) + (f"({self.layer})" if self.layer else "") + self.index

    def at(self, index: str) -> Symbol:
        """An entry of it."""
        return Symbol(self.base, index, self.layer)


def index_text(place: Sequence[int | np.intp]) -> str:
    """Places in a tensor, counted from 0, as an index counted from 1.

    Example:
        >>> index_text((0, 1)), index_text((0, 9))
        ('12', '1,10')
    """
    numbers = [int(each) + 1 for each in place]
    return ("," if max(numbers, default=0) > _DIGIT else "").join(map(str, numbers))


def function_name(function: str) -> str:
    """PyTorch's name without the marks of operators and of what works in place.

    Example:
        >>> function_name("__radd__"), function_name("relu_"), function_name("layer_norm")
        ('add', 'relu', 'layer_norm')
    """
    name = function.strip("_") or function
    return _REFLECTED.get(name, name)


def label_of(draft: Draft) -> str:
    """What heads the column of a group."""
    if draft.kind in ("input", "parameter"):
        return draft.name or "Input"
    if draft.function in _LABELS:
        return _LABELS[draft.function]
    known = functions.ACTIVATIONS.get(draft.function)
    return known.label if known else draft.function


@dataclass(eq=False)
class Draft:
    """A group before it has a name."""

    kind: Kind
    function: str
    module: str
    shape: tuple[int, ...]  # of all that the operation puts out
    units: list[int]  # which of it are nodes
    is_loss: bool = False
    name: str = ""  # of a parameter
    moves: bool = True  # with the input
    flows: bool = True  # back to it
    operation: int = -1
    role: tuple[str, int] = ("", 0)  # of a parameter with nodes: the first function that takes it, and its place there
    inputs: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Role:
    """What a parameter is in the first weighted sum that it works in: the group, and its place from the output side."""

    draft: int
    what: Literal["weight", "bias"]
    place: tuple[int, ...]


class Names:
    """Symbols of groups and nodes, of tensors and their entries."""

    def __init__(
        self,
        drafts: Sequence[Draft],
        outputs: set[int],
        shapes: Mapping[str, tuple[int, ...]],
        roles: Mapping[int, Role],
        starts: Mapping[str, int],
    ) -> None:
        self._drafts = drafts
        self._roles = roles
        self._shapes, self._starts = shapes, starts
        self._sums = [at for at, draft in enumerate(drafts) if draft.kind == "linear" and not draft.is_loss]
        self._last = self._output_sum(outputs)
        self._hidden = [at for at in self._sums if at != self._last]
        self.tensors: dict[str, Symbol] = {}
        self.parameters = self._of_parameters()
        self.groups = self._of_groups(outputs)
        self.nodes = tuple(symbol for at, draft in enumerate(drafts) for symbol in self._of_nodes(at, draft))

    def _output_sum(self, outputs: set[int]) -> int | None:
        """The weighted sum that the network puts out, perhaps through a function."""
        if len(outputs) != 1:
            return None
        at = next(iter(outputs))
        if at not in self._sums and len(self._drafts[at].inputs) == 1:
            at = self._drafts[at].inputs[0]
        return at if at in self._sums else None

    def _layer(self, at: int) -> str:
        return str(self._hidden.index(at) + 1) if len(self._hidden) > 1 else ""

    # -- groups -------------------------------------------------------------------------------------

    def _of_groups(self, outputs: set[int]) -> list[Symbol]:
        found: dict[int, Symbol] = {}
        for at, draft in enumerate(self._drafts):
            symbol = self._known(at, draft, outputs)
            if symbol is None and draft.kind == "activation":
                behind = max((each for each in self._ancestors(at) if each in self._hidden), default=None)
                symbol = None if behind is None else Symbol("h", layer=self._layer(behind))
            if symbol is not None and symbol not in found.values():
                found[at] = symbol
        others = [at for at in range(len(self._drafts)) if at not in found]
        for number, at in enumerate(others, 1):
            found[at] = Symbol("u", layer=str(number) if len(others) > 1 else "")
        return [found[at] for at in range(len(self._drafts))]

    def _known(self, at: int, draft: Draft, outputs: set[int]) -> Symbol | None:
        if draft.kind == "input":
            return Symbol("x")
        if draft.kind == "parameter":
            symbol = self.tensors[draft.name]
            return Symbol(symbol.base + "′", layer=symbol.layer) if self._is_weight(draft.name) else symbol
        if at == len(self._drafts) - 1:
            return Symbol("L")
        if at == self._last:
            return Symbol("z")
        if at in self._hidden:
            return Symbol("a", layer=self._layer(at))
        if at in outputs and (self._last is not None or draft.function in ("sigmoid", "softmax")):
            return Symbol("p" if draft.function in ("sigmoid", "softmax") else "o")
        return None

    def _ancestors(self, at: int) -> set[int]:
        found: set[int] = set()
        open_ = list(self._drafts[at].inputs)
        while open_:
            each = open_.pop()
            if each not in found:
                found.add(each)
                open_ += self._drafts[each].inputs
        return found

    def _of_nodes(self, at: int, draft: Draft) -> list[Symbol]:
        symbol = self.groups[at]
        if draft.kind == "parameter":
            entries = self.parameters[self._starts[draft.name] :]
            if symbol == self.tensors[draft.name]:
                return list(entries[: len(draft.units)])
            return [Symbol(each.base + "′", each.index, each.layer) for each in entries[: len(draft.units)]]
        if len(draft.units) == 1 and symbol.base not in "xah":
            return [symbol]
        return [symbol.at(index_text(np.unravel_index(unit, draft.shape))) for unit in draft.units]

    # -- parameters ---------------------------------------------------------------------------------

    def _is_weight(self, name: str) -> bool:
        return all(entry in self._roles for entry in self._entries(name))

    def _entries(self, name: str) -> range:
        return range(self._starts[name], self._starts[name] + int(np.prod(self._shapes[name], dtype=int)))

    def _of_parameters(self) -> tuple[Symbol, ...]:
        named = {name: self._of_weights(name) for name in self._shapes if self._is_weight(name)}
        times = Counter(each.text for symbols in named.values() for each in symbols)
        named = {name: symbols for name, symbols in named.items() if all(times[each.text] == 1 for each in symbols)}
        counts = Counter(self._letter(name) for name in self._shapes if name not in named)
        seen: Counter[str] = Counter()
        for name, shape in self._shapes.items():
            if name in named:
                continue
            letter = self._letter(name)
            seen[letter] += 1
            symbol = self.tensors[name] = Symbol(letter, layer=str(seen[letter]) if counts[letter] > 1 else "")
            size = len(self._entries(name))
            places = [index_text(np.unravel_index(unit, shape)) if size > 1 else "" for unit in range(size)]
            named[name] = [symbol.at(place) for place in places]
        return tuple(each for name in self._shapes for each in named[name])

    def _of_weights(self, name: str) -> list[Symbol]:
        entries = self._entries(name)
        role = self._roles[entries[0]]
        is_last = role.draft == self._last
        behind = is_last and bool(self._hidden)
        layer = "" if is_last else self._layer(role.draft)
        alone = is_last and self._drafts[role.draft].shape[-1:] in ((1,), ())
        if role.what == "bias":
            base = "c" if behind else "b"
            self.tensors[name] = Symbol(base, layer=layer)
            return [Symbol(base, "" if alone else index_text(self._roles[each].place), layer) for each in entries]
        base = "v" if behind else "w"
        self.tensors[name] = Symbol(base if alone else base.upper(), layer=layer)
        return [Symbol(base, index_text(self._roles[each].place[alone:]), layer) for each in entries]

    def _letter(self, name: str) -> str:
        """γ and β of what normalises, as its papers have it; θ of all else."""
        draft = next((each for each in self._drafts if each.kind == "parameter" and each.name == name), None)
        function, place = draft.role if draft else ("", 0)
        return ("γ" if place == 1 else "β") if function.endswith("_norm") and place else "θ"
