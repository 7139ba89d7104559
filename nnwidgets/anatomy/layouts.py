"""Which axes of a layer's tensors are tiles, rows and columns, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from nnwidgets.anatomy.graph import Graph, Node
from nnwidgets.anatomy.pictures import Layout, layout_of

_GATES = {"LSTM": ("i", "f", "g", "o"), "GRU": ("r", "z", "n")}
_MAPS = {1: ("channel",), 2: ("channel", "position"), 3: ("channel", "row", "column")}
_VOLUMES = ("channel", "depth", "row", "column")
_OF_CHANNELS = (
    "conv", "batchnorm", "batch_norm", "instancenorm", "instance_norm", "groupnorm", "group_norm", "pool", "upsample",
    "interpolate", "dropout1d", "dropout2d", "dropout3d", "localresponsenorm", "pixelshuffle", "pixelunshuffle", "pad",
)  # fmt: skip
_OF_FEATURES = {
    "linear": ("input", "neuron"), "layernorm": ("feature", "feature"), "layer_norm": ("feature", "feature"),
    "rmsnorm": ("feature", "feature"), "embedding": ("", "dimension"), "multiheadattention": ("feature", "feature"),
    "lstm": ("input", "unit"), "gru": ("input", "unit"), "rnn": ("input", "unit"), "lstmcell": ("input", "unit"),
    "grucell": ("input", "unit"), "rnncell": ("input", "unit"),
}  # fmt: skip
_OF_HEADS = "scaled_dot_product_attention"
_STATES = ("LSTM", "GRU", "RNN")  # whose second output, and input, are states of each layer
_FARTHEST = 60  # steps back through the graph


# -- what goes in and comes out -------------------------------------------------------------------


@dataclass(frozen=True)
class SamplePlace:
    """Where in a tensor one sample is: number `index` along `axis`."""

    axis: int
    index: int


def place_of_sample(tensor: torch.Tensor, called: Any, sample: int, samples: int, path: str = "") -> SamplePlace | None:
    """Where in a tensor a sample is; None where it has no axis of samples.

    That is the first axis, where its length is that of the batch; the second one of what works on sequences with
    `batch_first=False`, and of states of recurrent layers. A convolution and its like always have them first: where a
    sample is several images there, it is the first of these.

    Args:
        tensor: what goes in or comes out.
        called: the module or function.
        sample: which one, from 0.
        samples: how many there are.
        path: where the tensor is among what goes in or comes out.
    """
    if isinstance(called, nn.RNNBase | nn.MultiheadAttention) and tensor.ndim == 3:
        is_state = isinstance(called, nn.RNNBase) and path.startswith("[1]")
        return _nearest_place(tensor, 0 if called.batch_first and not is_state else 1, sample)
    for axis in range(min(tensor.ndim, 2)):
        if tensor.shape[axis] == samples:
            return _nearest_place(tensor, axis, sample)
    if isinstance(called, nn.modules.conv._ConvNd | nn.modules.batchnorm._BatchNorm) and _is_batch(tensor, called):
        return _nearest_place(tensor, 0, sample * max(1, len(tensor) // max(1, samples)))
    return None


def _is_batch(tensor: torch.Tensor, called: nn.Module) -> bool:
    return not isinstance(called, nn.modules.conv._ConvNd) or tensor.ndim == called.weight.ndim


def _nearest_place(tensor: torch.Tensor, axis: int, index: int) -> SamplePlace | None:
    return SamplePlace(axis, min(index, tensor.shape[axis] - 1)) if tensor.shape[axis] else None


def names_of(graph: Graph, number: int, ndim: int, path: str = "", *, of_input: bool) -> tuple[str, ...]:
    """What the axes of one sample are, as the layer tells, or the one before it that left them as they are."""
    node = graph.nodes[number]
    if node.type in _STATES and path.startswith("[1]"):
        return ("layer", "unit")[-ndim:]
    if node.type == "MultiheadAttention" and not of_input and path == "[1]":
        return ("head", "query", "key")[-ndim:]
    if node.kind == "input":
        return _names_of_input(graph, number, ndim)
    for _ in range(_FARTHEST):
        before = None if _family(node) else _before(graph, number)
        if before is None:
            break
        number, node, of_input = before, graph.nodes[before], False
    return _names(node, ndim, of_input=of_input)


def _names_of_input(graph: Graph, number: int, ndim: int) -> tuple[str, ...]:
    """As the first that takes it has them, if it tells."""
    targets = [target for source, target in zip(graph.edges[::2], graph.edges[1::2], strict=True) if source == number]
    return _names(graph.nodes[min(targets)], ndim, of_input=True) if targets else ()


def _before(graph: Graph, number: int) -> int | None:
    """The leaf whose output has the same shape as this one's, and goes into it."""
    shapes = {each.shape for each in graph.nodes[number].outputs[:1]}
    sources = [source for source, target in zip(graph.edges[::2], graph.edges[1::2], strict=True) if target == number]
    earlier = [source for source in sources if source < number]
    same = [source for source in earlier if shapes & {each.shape for each in graph.nodes[source].outputs[:1]}]
    return max(same, default=None)


def _family(node: Node) -> str:
    """What "channels" are first of, a kind with features along the last axis, or nothing known."""
    name = node.type.lower()
    if name in _OF_FEATURES or name == _OF_HEADS:
        return name
    return "channels" if node.kind in ("module", "operation") and any(part in name for part in _OF_CHANNELS) else ""


def _names(node: Node, ndim: int, *, of_input: bool) -> tuple[str, ...]:
    family = _family(node)
    if family == "channels":
        return _VOLUMES if ndim == len(_VOLUMES) else _MAPS.get(ndim, ())
    if family == _OF_HEADS:
        return ("head", "position", "feature")[-ndim:] if 1 < ndim < 4 else ()
    if not family or not ndim:
        return ()
    last = _OF_FEATURES[family][0 if of_input else 1]
    before = ("position",) if ndim == 2 else tuple(f"axis {axis + 1}" for axis in range(ndim - 1))
    return (*before, last) if last else ("position",) * ndim if ndim == 1 else ()


def layout_of_sample(
    tensor: torch.Tensor, place: SamplePlace | None, names: Sequence[str], labels: Sequence[str] = ()
) -> Layout:
    """Of one sample of a tensor: maps, or rows and columns.

    Args:
        tensor: the whole one.
        place: where the sample is, or None.
        names: what the other axes are; without them they are numbered.
        labels: names of rows.
    """
    if place is None:
        return layout_of(tensor.shape, labels=labels)
    index = [(place.axis, place.index)]
    others = [axis for axis in range(tensor.ndim) if axis != place.axis]
    called = dict(zip(others, names if len(names) == len(others) else [f"axis {axis}" for axis in others], strict=True))
    if called.get(others[1] if len(others) == 4 else -1) == "depth":
        index.append((others[1], tensor.shape[others[1]] // 2))
    if len(others) == 2 and called[others[0]] == "channel":  # each channel a tile with one row
        first, second = others
        return Layout(first, None, second, (called[first], "", called[second]), tuple(index))
    return layout_of(tensor.shape, [called.get(axis, "") for axis in range(tensor.ndim)], index, labels)


# -- parameters -----------------------------------------------------------------------------------


def layout_of_parameter(tensor: torch.Tensor, name: str, called: Any, channel: int) -> Layout:
    """Of a parameter or a buffer.

    Args:
        tensor: it.
        name: by which the module knows it.
        called: the module, or the function that uses it.
        channel: the output channel that is looked at, of a convolution.
    """
    if is_convolution(called) and tensor.ndim > 2:
        return _layout_of_kernels(tensor, called, channel)
    if isinstance(called, nn.RNNBase | nn.RNNCellBase):
        return _layout_by_gates(tensor, name, called)
    if isinstance(called, nn.MultiheadAttention):
        labels = _labels("qkv", called.embed_dim) if name.startswith("in_proj") and tensor.ndim == 2 else ()
        return layout_of(
            tensor.shape, ("row", "feature") if tensor.ndim == 2 else ("feature",) * tensor.ndim, (), labels
        )
    return layout_of(tensor.shape, _AXES.get((_word(called), tensor.ndim), ()))


def is_convolution(called: Any) -> bool:
    """Whether it is a convolution, of a module or as a function, transposed ones included."""
    return isinstance(called, nn.modules.conv._ConvNd) or getattr(called, "__name__", "").startswith("conv")


def is_transposed(called: Any) -> bool:
    """Whether its kernels are by input channel first."""
    return bool(getattr(called, "transposed", False)) or "transpose" in getattr(called, "__name__", "")


def _word(called: Any) -> str:
    if isinstance(called, nn.Linear):
        return "linear"
    if isinstance(called, nn.Embedding | nn.EmbeddingBag):
        return "embedding"
    if is_convolution(called) or isinstance(called, nn.modules.batchnorm._NormBase | nn.GroupNorm | nn.PReLU):
        return "channels"
    if isinstance(called, nn.LayerNorm | nn.RMSNorm):
        return "features"
    name = getattr(called, "__name__", "")
    return name if name in ("linear", "embedding") else ""


_AXES = {
    ("linear", 2): ("neuron", "input"),
    ("linear", 1): ("neuron",),
    ("embedding", 2): ("row", "dimension"),
    ("channels", 1): ("channel",),
    ("features", 1): ("feature",),
}


def _layout_of_kernels(tensor: torch.Tensor, called: Any, channel: int) -> Layout:
    """The kernels of one output channel, a tile for each input channel."""
    axis = 1 if is_transposed(called) else 0
    index = [(axis, channel % max(1, tensor.shape[axis]))]
    if tensor.ndim == 5:
        index.append((2, tensor.shape[2] // 2))
    tiles = 1 - axis
    rows, columns = (None if tensor.ndim == 3 else tensor.ndim - 2), tensor.ndim - 1
    return Layout(tiles, rows, columns, ("input channel", "" if rows is None else "row", "column"), tuple(index))


def _layout_by_gates(tensor: torch.Tensor, name: str, called: nn.Module) -> Layout:
    kind = type(called).__name__.removesuffix("Cell")
    gates = _GATES.get(kind, ())
    labels = _labels(gates, len(tensor) // len(gates)) if gates and "weight_hr" not in name else ()
    if tensor.ndim < 2:
        return layout_of(tensor.shape, ("unit",))
    columns = "input" if "_ih" in name else "unit"
    return layout_of(tensor.shape, ("unit", columns), (), labels)


def _labels(parts: Sequence[str], size: int) -> tuple[str, ...]:
    return tuple(f"{part}[{number}]" for part in parts for number in range(size))
