"""What one operation alone does to a small change: asked of autograd, by making that operation again."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils import _pytree

from nnwidgets.training.engines.shortcuts import gradients_of_each

Array = NDArray[np.float64]
Links = NDArray[np.bool_]

_AT_ONCE = 4_000_000  # numbers of a batch of derivatives that are asked for together
_PROBES = 3  # other inputs at which every operation is tried that is in no table
_QUIET, _MOST_PROBES = 16, 100  # and those that choose among their inputs: until so many in a row show nothing new

# Functions that take each number of a tensor by itself.
_EACH_ALONE = frozenset((
    "abs", "alpha_dropout", "celu", "clamp", "clone", "contiguous", "cos", "detach", "double", "dropout", "elu",
    "erf", "exp", "expm1", "float", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log",
    "log1p", "logsigmoid", "mish", "neg", "reciprocal", "relu", "relu6", "rsqrt", "selu", "sigmoid", "sign", "silu",
    "sin", "softplus", "softshrink", "softsign", "sqrt", "square", "tan", "tanh", "tanhshrink", "threshold", "to",
    "add", "sub", "mul", "div", "pow", "__radd__", "__rsub__", "__rmul__", "__rdiv__", "__rpow__", "rsub",
    "maximum", "minimum", "where",
))  # fmt: skip
_LOSSES = frozenset(("binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "mse_loss"))


class TapeError(ValueError):
    """A pass that cannot be followed; the message says why."""


class OriginalError(TapeError):
    """A replica of a module that works with parameters of the original."""


def mixes() -> TapeError:
    """The error of a module that lets one sample of a batch change another's output."""
    return TapeError("it does not take each sample of a batch by itself, as batch normalization does not")


@dataclass(frozen=True)
class Form:
    """How the numbers of a tensor belong to the samples of a batch.

    Attributes:
        per_sample: whether each sample has some of its own, along the first axis.
        units: how many one sample has, or all of them share.
        from_input: whether they depend on the samples at all.
    """

    per_sample: bool
    units: int
    from_input: bool

    def shared(self, samples: int) -> Form:
        """The same numbers, shared by all samples."""
        return Form(per_sample=False, units=self.units * samples, from_input=self.from_input)


@dataclass(eq=False)
class Call:
    """How to make an operation again: of all that goes in, only what is on the tape can be something else.

    Attributes:
        function, spec, leaves: what was called, with copies of what went in.
        places: of the inputs on the tape, among the leaves.
        random: puts PyTorch's generators to where they stood.
        which: of its outputs.
        output: what came out.
        flows: whether autograd followed it.
    """

    function: Callable[..., Any]
    spec: Any
    leaves: list[Any]
    places: list[int]
    random: Callable[[], None]
    which: int
    output: torch.Tensor
    flows: bool

    def __call__(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """Its output for other inputs."""
        leaves = list(self.leaves)
        for place, tensor in zip(self.places, inputs, strict=True):
            leaves[place] = tensor.clone()  # it may be changed in place
        self.random()
        args, kwargs = _pytree.tree_unflatten(leaves, self.spec)
        return tensors_of(self.function(*args, **kwargs))[self.which]

    @property
    def inputs(self) -> list[torch.Tensor]:
        """What is on the tape of what went in."""
        return [self.leaves[place].detach() for place in self.places]


def plain(name: str) -> str:
    """The name of a function that does the same, but not in place."""
    return name if name.startswith("__") else name.rstrip("_")


def tensors_of(result: Any) -> list[torch.Tensor]:
    """All tensors that a function returned."""
    return [each for each in _pytree.tree_leaves(result) if isinstance(each, torch.Tensor)]


def local_derivatives(call: Call, inputs: Sequence[Form], output: Form, samples: int, shown: int) -> list[Array] | None:
    """The derivatives of an operation's output at its own inputs, for each input `(shown, output units, input units)`.

    None where the output has not a row for each sample, though its shape looks like it.

    Raises:
        TapeError: it is another one each time.
    """
    leaves = [tensor.requires_grad_(call.flows and tensor.is_floating_point()) for tensor in call.inputs]
    again = call(leaves)
    if not _is_same(again.detach(), call.output):
        raise TapeError("an operation gives something else when it is made again, which cannot be followed")
    if not call.flows:
        return [np.zeros((shown, output.units, form.units)) for form in inputs]
    return _rows(again, leaves, inputs, output, samples, shown)


def links(call: Call, name: str, inputs: Sequence[Form], output: Form, samples: int, local: list[Array]) -> list[Links]:
    """Which units depend on which at all, for each input `(output units, input units)`.

    Said by a table where that is certain; else asked at the inputs and at others, for a corner hides what is there.

    Raises:
        TapeError: at other inputs the samples are mixed.
    """
    known = _known(call, name, inputs, output)
    if known is not None:
        return known
    shown = min(samples, 2)
    found = [_non_zero(each) for each in local]
    quiet, asked, choosing = 0, 0, False
    for tensors in _others(call.inputs):
        new = _probe(call, tensors, inputs, output, samples, shown)
        if new is None:
            continue
        choosing = choosing or any((one != other).any() for one, other in zip(found, new, strict=True))
        joined = [one | other for one, other in zip(found, new, strict=True)]
        quiet = quiet + 1 if all(map(np.array_equal, joined, found)) else 0
        found, asked = joined, asked + 1
        if asked >= _PROBES and (not choosing or quiet >= _QUIET):
            break
    return found if asked else [(each != 0).any(axis=0) for each in local]


def _known(call: Call, name: str, inputs: Sequence[Form], output: Form) -> list[Links] | None:
    """What a table says about a function."""
    name = plain(name)
    first = call.inputs[0]
    if name == "linear" and first.ndim == 2 and len(inputs) == len(call.leaves) - call.leaves.count(None):
        every = np.ones((output.units, inputs[0].units), dtype=bool)
        own = np.eye(output.units, dtype=bool)
        return [every, np.repeat(own, inputs[0].units, axis=1), own][: len(inputs)]
    alike = all(form == output and t.shape == call.output.shape for form, t in zip(inputs, call.inputs, strict=True))
    if name in _EACH_ALONE and alike:
        return [np.eye(output.units, dtype=bool) for _ in inputs]
    if len(inputs) == 1 and name in _LOSSES and call.places == [0] and not call.output.ndim:
        return [np.ones((1, inputs[0].units), dtype=bool)]
    return None


def _others(tensors: list[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Other numbers in their place: of both signs, positive ones, and shares of 1."""
    generator = np.random.default_rng(0)
    for number in range(_MOST_PROBES):
        yield [_drawn(generator, number % 3, tensor) for tensor in tensors]


def _drawn(generator: np.random.Generator, kind: int, like: torch.Tensor) -> torch.Tensor:
    drawn = generator.uniform(size=like.shape) if kind == 2 else generator.normal(size=like.shape)
    return torch.as_tensor(np.abs(drawn) if kind == 1 else drawn).to(like)


def _probe(
    call: Call, tensors: list[torch.Tensor], inputs: Sequence[Form], output: Form, samples: int, shown: int
) -> list[Links] | None:
    try:
        leaves = [tensor.requires_grad_(tensor.is_floating_point()) for tensor in tensors]
        found = _rows(call(leaves), leaves, inputs, output, samples, shown)
    except Exception:  # noqa: BLE001 - not every function takes every number
        return None
    if found is None:
        raise mixes()
    return [_non_zero(each) for each in found]


def _non_zero(local: Array) -> Links:
    """Where a derivative is one: NaN may come from another unit, for autograd multiplies it by zero."""
    found: Links = ((local != 0) & ~np.isnan(local)).any(axis=0)
    return found


def _rows(
    output: torch.Tensor, leaves: list[torch.Tensor], inputs: Sequence[Form], form: Form, samples: int, shown: int
) -> list[Array] | None:
    found = [np.zeros((shown, form.units, each.units)) for each in inputs]
    if not output.requires_grad:
        return found
    rows = shown if form.per_sample else 1
    for place, gradient in enumerate(_jacobians(output, leaves, rows, form.units)):
        if gradient is None:
            continue
        if not inputs[place].per_sample:
            found[place][:] = gradient.reshape(rows, form.units, -1)
            continue
        of_samples = gradient.reshape(rows, form.units, samples, -1)
        if not form.per_sample:
            found[place] = of_samples[0, :, :shown].swapaxes(0, 1).copy()
            continue
        own = np.arange(shown)
        found[place] = of_samples[own, :, own].copy()
        of_samples[own, :, own] = 0
        if ((of_samples != 0) & ~np.isnan(of_samples)).any():
            return None
    return found


def _jacobians(output: torch.Tensor, leaves: list[torch.Tensor], rows: int, units: int) -> list[Array | None]:
    """The derivatives of the first `rows · units` numbers of an output, for each leaf with its own axes behind."""
    wanted = rows * units
    together = max(1, _AT_ONCE // max(1, output.numel()))
    pieces = []
    for start in range(0, wanted, together):
        count = min(together, wanted - start)
        chosen = torch.zeros(count, output.numel(), dtype=output.dtype, device=output.device)
        chosen[torch.arange(count), torch.arange(start, start + count)] = 1
        pieces.append(_gradients(output, leaves, chosen.reshape(count, *output.shape)))
    return [
        None if any(piece is None for piece in each) else np.concatenate([array(piece) for piece in each])
        for each in zip(*pieces, strict=True)
    ]


def _gradients(output: torch.Tensor, leaves: list[torch.Tensor], chosen: torch.Tensor) -> list[torch.Tensor | None]:
    followed = [leaf for leaf in leaves if leaf.requires_grad]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that one or the other function is slow in this
            found = iter(gradients_of_each(output, chosen, followed))
    except RuntimeError:  # not every function can be differentiated for many at once
        one_by_one = [
            torch.autograd.grad(output, followed, each, retain_graph=True, allow_unused=True) for each in chosen
        ]
        found = iter(
            None if any(piece is None for piece in each) else torch.stack(each)
            for each in zip(*one_by_one, strict=True)
        )
    return [next(found) if leaf.requires_grad else None for leaf in leaves]


def _is_same(again: torch.Tensor, before: torch.Tensor) -> bool:
    """To rounding: the memory of a copy may lie otherwise, and be gone through in another order."""
    if again.shape != before.shape:
        return False
    scale = float(before.nan_to_num(0.0, 0.0, 0.0).abs().max()) if before.numel() else 0.0
    precision = math.sqrt(torch.finfo(before.dtype).eps)
    return torch.allclose(again, before, rtol=precision, atol=precision * scale, equal_nan=True)


def array(tensor: torch.Tensor) -> Array:
    """A tensor's numbers as NumPy's, in double precision, in memory of their own."""
    return tensor.detach().cpu().double().numpy().copy()
