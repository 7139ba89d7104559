"""A layer that is open: pictures of its tensors, how their numbers are spread, and what it does with them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import torch
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.attention import heads_of, is_attention
from nnwidgets.anatomy.captured import Captured, captured
from nnwidgets.anatomy.convolution import MOST_PRODUCTS, Convolving, Pixel, convolving_by, convolving_of, pixel_of
from nnwidgets.anatomy.graph import Graph
from nnwidgets.anatomy.layouts import (
    SamplePlace,
    is_convolution,
    layout_of_parameter,
    layout_of_sample,
    names_of,
    place_of_sample,
)
from nnwidgets.anatomy.normalisation import KINDS, Moments, moments_of
from nnwidgets.anatomy.pictures import MOST_CELLS, Layout, Part, Picture, picture_of
from nnwidgets.anatomy.spreads import Role, Spread, spread_of

InsideKind = Literal["dense", "convolution", "normalisation", "embedding", "attention", "recurrent", "tensors"]

MOST_TENSORS = 16  # parameters and buffers of one layer
_MOST_ENDS = 4  # tensors that go in, and that come out
_BYTES = 1_150_000  # of all pictures
_FIRST: Mapping[InsideKind, Sequence[str]] = {
    "dense": ("weight", "output", "input"),
    "embedding": ("weight", "output", "input"),
    "attention": ("attention", "output", "input", "weight"),
}
_ORDER = ("output", "input", "weight")


@dataclass(frozen=True)
class Inside:
    """What an `InsideTrait` has beside its versions, under the same names."""

    asked: Mapping[str, Any]
    kind: InsideKind
    channels: int
    pictures: tuple[Picture, ...]
    spreads: tuple[Spread, ...]
    pixel: Pixel | None
    moments: Moments | None
    note: str


@dataclass(frozen=True)
class _Shown:
    """A tensor that gets a picture."""

    tensor: torch.Tensor
    role: Role
    name: str
    layout: Layout
    is_spread: bool = True
    is_one_map: bool = False

    @property
    def numbers(self) -> int:
        """How many there are to see."""
        index = self.layout.placed(self.tensor.shape)
        return math.prod(size for size, at in zip(self.tensor.shape, index, strict=True) if at is None)

    def is_meant_by(self, name: str) -> bool:
        """Whether a name is this one's: its own, or the last part of it."""
        return bool(name) and name in (self.name, self.name.rpartition(".")[2])


def look_inside(
    model: nn.Module,
    arguments: Arguments,
    graph: Graph,
    asked: Mapping[str, Any],
    *,
    training: bool = False,
    gradients: Mapping[str, torch.Tensor] | None = None,
    found: Captured | None = None,
) -> Inside:
    """Open a layer, an operation, or where data begin and end.

    What is asked for and does not exist is taken to mean the nearest that does. Nothing stays of the forward.

    Args:
        model: any module.
        arguments: what it is called with.
        graph: the model's, as `trace` found it with the same arguments.
        asked: what an `AskedTrait` has: `selected`, the node's key; `sample` from 1; `channel`, `pixel`, `tensor`,
            `window` and `first`.
        training: the mode.
        gradients: by names of parameters; None for those that the parameters have.
        found: what `captured` found with that key, so that there is no forward again.

    Raises:
        KeyError: there is no such node; the message names the nearest.

    Example:
        >>> from nnwidgets.anatomy.trace import trace
        >>> model, arguments = nn.Sequential(nn.Linear(3, 2)), Arguments.of(torch.ones(4, 3))
        >>> inside = look_inside(model, arguments, trace(model, arguments), {"selected": "0"})
        >>> inside.kind, [(picture.name, picture.values.shape) for picture in inside.pictures]
        ('dense', [('0.weight', (1, 2, 3)), ('0.bias', (1, 1, 2)), ('output', (1, 1, 2)), ('input', (1, 1, 3))])
    """
    if found is None or found.key != asked["selected"]:
        found = captured(model, arguments, graph, asked["selected"], training=training)
    with torch.no_grad():
        return _Look(graph, found, asked, gradients).inside()


class _Look:
    def __init__(
        self, graph: Graph, found: Captured, asked: Mapping[str, Any], gradients: Mapping[str, torch.Tensor] | None
    ) -> None:
        self.graph, self.found, self.asked, self.gradients = graph, found, asked, gradients
        self.number = graph.number(found.key)
        self.node = graph.nodes[self.number]
        self.called = found.called
        self.sample = min(max(int(asked.get("sample", 1)), 1), max(graph.samples, 1)) - 1
        self.notes: list[str] = []

    def inside(self) -> Inside:
        shown = self.shown()
        spreads = {id(each): spread_of(each.tensor, each.role, each.name) for each in shown if each.is_spread}
        pictures = self.pictures(shown, spreads)
        return Inside(
            dict(self.asked), self.kind, self.channels, pictures, tuple(spreads.values()), self.pixel(),
            self.moments(), " ".join([*self.missing(), *self.notes]),
        )  # fmt: skip

    # -- what it is -------------------------------------------------------------------------------

    @cached_property
    def kind(self) -> InsideKind:
        name = getattr(self.called, "__name__", "")
        kinds: dict[InsideKind, bool] = {
            "dense": isinstance(self.called, nn.Linear) or name == "linear",
            "convolution": is_convolution(self.called),
            "normalisation": isinstance(self.called, KINDS),
            "embedding": isinstance(self.called, nn.Embedding | nn.EmbeddingBag) or name == "embedding",
            "attention": is_attention(self.called),
            "recurrent": isinstance(self.called, nn.RNNBase | nn.RNNCellBase),
        }
        return next((kind for kind, is_it in kinds.items() if is_it), "tensors")

    @cached_property
    def channels(self) -> int:
        if isinstance(self.called, nn.modules.conv._ConvNd):
            return int(self.called.out_channels)
        if isinstance(self.called, nn.MultiheadAttention):
            return int(self.called.num_heads)
        if self.kind == "attention":
            return len(self.heads) if self.heads is not None else 0
        weight = next(iter(self.own.values()), None)
        if weight is None or not weight.ndim or self.kind in ("tensors", "recurrent"):
            return 0
        return len(weight)

    @cached_property
    def given(self) -> dict[str, torch.Tensor]:
        """Weight and bias that a function was called with."""
        if isinstance(self.called, nn.Module) or self.kind not in ("dense", "convolution", "embedding"):
            return {}
        found = dict(zip(("input", "weight", "bias"), self.found.args, strict=False)) | dict(self.found.kwargs)
        return {name: found[name] for name in ("weight", "bias") if isinstance(found.get(name), torch.Tensor)}

    @cached_property
    def own(self) -> dict[str, torch.Tensor]:
        """Its parameters and buffers that have values."""
        found = {**self.found.parameters, **self.given}
        return {name: tensor for name, tensor in found.items() if not nn.parameter.is_lazy(tensor)}

    @property
    def channel(self) -> int:
        return min(max(int(self.asked.get("channel", 0)), 0), max(self.channels - 1, 0))

    def missing(self) -> list[str]:
        """Why there is nothing to see of a forward."""
        if self.node.kind == "idle":
            return ["It did not run with this input."]
        if self.node.kind == "parameter" or self.found.heard:
            return []
        return [self.found.failure or "What went through it could not be heard."]

    # -- tensors ----------------------------------------------------------------------------------

    def shown(self) -> list[_Shown]:
        """All that get a picture, the most important first."""
        groups = {"weight": self._parameters(), "output": self._outputs(), "input": self._inputs()}
        if self.kind == "attention":
            groups["attention"] = self._heads()
        return [each for name in _FIRST.get(self.kind, _ORDER) for each in groups[name]]

    def _parameters(self) -> list[_Shown]:
        if any(map(nn.parameter.is_lazy, self.found.parameters.values())):
            self.notes.append("Its parameters have no values before its first batch.")
        shown, left_out = [], len(self.own) - MOST_TENSORS
        for name, tensor in list(self.own.items())[:MOST_TENSORS]:
            if name in self.found.buffers and not tensor.ndim:  # a counter
                continue
            layout = layout_of_parameter(tensor, name.rpartition(".")[2], self.called, self.channel)
            is_buffer = name in self.found.buffers
            shown.append(_Shown(tensor, "buffer" if is_buffer else "weight", name, layout, not is_buffer))
            gradient = self._gradient(name, tensor)
            if gradient is not None:
                shown.append(_Shown(gradient, "gradient", name, layout))
        if left_out > 0:
            self.notes.append(f"{left_out} more of its tensors are not shown.")
        return shown

    def _gradient(self, name: str, tensor: torch.Tensor) -> torch.Tensor | None:
        if self.gradients is None:
            return tensor.grad
        names = next((each.names for each in self.graph.parameters if name in each.names), (name,))
        return next((self.gradients[each] for each in names if each in self.gradients), None)

    def _outputs(self) -> list[_Shown]:
        shown = self._ends("output", self.found.outputs)
        has_samples = self.node.kind == "output" or any(self.place(*each) for each in self.found.inputs)
        is_one = self.graph.samples < 2 or not shown or not shown[0].tensor.ndim
        if has_samples and not is_one and self.place(*self.found.outputs[0]) is None:
            size = " × ".join(map(str, shown[0].tensor.shape))
            self.notes.append(f"What it puts out, {size}, has no axis of {self.graph.samples} samples.")
        return shown + self._one_map(shown)

    def _inputs(self) -> list[_Shown]:
        weights = {id(tensor) for tensor in self.given.values()}
        return self._ends("input", [each for each in self.found.inputs if id(each[1]) not in weights])

    def place(self, path: str, tensor: torch.Tensor) -> SamplePlace | None:
        return place_of_sample(tensor, self.called, self.sample, self.graph.samples, path)

    def _ends(self, role: Literal["input", "output"], tensors: Sequence[tuple[str, torch.Tensor]]) -> list[_Shown]:
        shown = []
        if self.node.kind == "input":
            role = "input"
        once = {id(tensor): (path, tensor) for path, tensor in reversed(tensors)}
        for path, tensor in list(reversed(once.values()))[:_MOST_ENDS]:
            place = self.place(path, tensor)
            names = names_of(self.graph, self.number, tensor.ndim - (place is not None), path, of_input=role == "input")
            labels = self._looked_up() if self.kind == "embedding" and role == "output" else ()
            layout = layout_of_sample(tensor, place, names, labels)
            shown.append(_Shown(tensor, role, f"{role}{path}", layout))
        return shown

    def _looked_up(self) -> tuple[str, ...]:
        """The indices of the rows that the sample looks up."""
        if not self.found.inputs:
            return ()
        path, indices = self.found.inputs[0]
        place = self.place(path, indices)
        if indices.is_floating_point() or isinstance(self.called, nn.EmbeddingBag):
            return ()
        rows = indices if place is None else indices.select(place.axis, place.index)
        return (
            tuple(str(index) for index in rows.reshape(-1, *rows.shape[-1:])[0].tolist())
            if rows.ndim
            else (str(rows.item()),)
        )

    def _one_map(self, shown: Sequence[_Shown]) -> list[_Shown]:
        """The chosen channel's own map, as exact as possible."""
        if self.kind != "convolution" or not shown or shown[0].layout.rows is None or shown[0].layout.tiles is None:
            return []
        layout = shown[0].layout
        index = (*layout.index, (layout.tiles or 0, self.channel))
        alone = replace(layout, tiles=None, names=("", *layout.names[1:]), index=index)
        return [replace(shown[0], layout=alone, is_spread=False, is_one_map=True)]

    # -- attention --------------------------------------------------------------------------------

    @cached_property
    def heads(self) -> torch.Tensor | None:
        if not self.found.heard:
            return None
        try:
            return heads_of(self.called, self.found.args, self.found.kwargs, self.sample, max(1, self.graph.samples))
        except ValueError as error:
            text = str(error)
            self.notes.append(text[:1].upper() + text[1:] + ".")
        return None

    def _heads(self) -> list[_Shown]:
        if self.heads is None:
            return []
        layout = Layout(0, 1, 2, ("head", "query", "key"))
        return [_Shown(self.heads, "output", "attention", layout, is_spread=False)]

    # -- numbers ----------------------------------------------------------------------------------

    def pixel(self) -> Pixel | None:
        pixel = self.asked.get("pixel") or ()
        if self.kind != "convolution" or len(pixel) != 2 or not self.found.outputs:
            return None
        how = self._convolving()
        if how is None:
            self.notes.append(f"Numbers of {self.node.type} are not taken apart.")
            return None
        x, y = (self._sample(*tensors[0]) for tensors in (self.found.inputs, self.found.outputs))
        if not y.numel():
            return None
        found = pixel_of(how, x, y, self.channel, pixel)
        if found is None:
            self.notes.append(f"A number here is a sum of more than {MOST_PRODUCTS:,} products, too many to be shown.")
        return found

    def _convolving(self) -> Convolving | None:
        if isinstance(self.called, nn.Module):
            return convolving_of(self.called)
        return convolving_by(getattr(self.called, "__name__", ""), self.found.args, self.found.kwargs)

    def _sample(self, path: str, tensor: torch.Tensor) -> torch.Tensor:
        place = self.place(path, tensor)
        if place is not None:
            return tensor.select(place.axis, place.index)
        return tensor

    def moments(self) -> Moments | None:
        if self.kind != "normalisation" or not self.found.outputs or not self.found.inputs:
            return None
        (path, x), (_, y) = self.found.inputs[0], self.found.outputs[0]
        place = self.place(path, x)
        if place is not None and place.axis == 1 and not isinstance(self.called, nn.modules.batchnorm._NormBase):
            x, y = x.transpose(0, 1), y.transpose(0, 1)  # sequences first
        index = 0 if place is None else place.index
        return moments_of(self.called, x, y, index, training=self.found.training)

    # -- pictures ---------------------------------------------------------------------------------

    def pictures(self, shown: Sequence[_Shown], spreads: Mapping[int, Spread]) -> tuple[Picture, ...]:
        asked = str(self.asked.get("tensor", ""))
        chosen = [each.is_meant_by(asked) and not each.is_one_map for each in shown]
        part = Part(tuple(self.asked.get("window") or ()), int(self.asked.get("first", 0)))
        if not any(chosen):
            chosen, part = [place == 0 for place in range(len(shown))], Part()
        bounds = {id(each.tensor): spreads[id(each)].bound for each in shown if id(each) in spreads}
        pictures: list[Picture] = []
        for each, is_chosen, cells in zip(
            shown, chosen, _shares([each.numbers for each in shown], chosen), strict=True
        ):
            if each.is_one_map and _has_exactly(pictures, self.channel):
                continue
            wanted = replace(part if is_chosen else Part(), cells=cells)
            bound = bounds.get(id(each.tensor))
            pictures.append(picture_of(each.tensor, each.role, each.name, each.layout, wanted, bound))
        return tuple(pictures)


def _has_exactly(pictures: Sequence[Picture], channel: int) -> bool:
    """Whether all numbers of a feature map are in a picture of several maps, which is the first."""
    maps = pictures[0]
    is_whole = maps.lows is None and maps.window == (0, maps.rows, 0, maps.columns)
    return is_whole and maps.first <= channel < maps.first + maps.shown


def _shares(numbers: Sequence[int], chosen: Sequence[bool]) -> list[int]:
    """How many cells each picture may have, so that all of them together are not too much to be sent.

    Those that are looked at share as many as there may be in one; of what is left the smallest take what they need, and
    the others get equal shares.
    """
    most = MOST_CELLS // max(1, sum(chosen))
    shares = [most if is_chosen else 0 for is_chosen in chosen]
    left = _BYTES - sum(12 * min(most, size) for size, is_chosen in zip(numbers, chosen, strict=True) if is_chosen)
    others = [place for place, is_chosen in enumerate(chosen) if not is_chosen]
    for done, place in enumerate(sorted(others, key=lambda place: numbers[place])):
        equal = max(0, left) // (len(others) - done)
        shares[place] = max(1, min(MOST_CELLS, equal // 12))
        left -= 12 * min(numbers[place], shares[place])
    return shares
