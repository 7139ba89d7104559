"""A node while it is made of single operations, with PyTorch to compute them and to compare with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch.nn import functional

from nnwidgets.training.local_derivatives import Array, array

Kind = Literal["part", "source", "weight", "bias", "target", "number"]
Function = Callable[..., torch.Tensor]

Operand = tuple[Kind, int, float]
"""What goes into a part: another part, a source, weight or target by its index, the bias, or a number."""


@dataclass(frozen=True, eq=False)
class Part:
    """A single operation.

    Attributes:
        sign: as it is written: "×", "+", "−", "÷", "1/x", "exp", "ln", "x²", "√", "|x|", "max", "min", "Φ"; "pick" is
            the source whose number the target is.
        operands: in order.
        values: `(S,)`, for each sample.
        gradients: `(S,)`, the derivatives of the node with respect to this part.
        locals: `(S, operands)`, the derivatives of this part with respect to its operands.
    """

    sign: str
    operands: tuple[Operand, ...]
    values: Array
    gradients: Array
    locals: Array


# Which options of a tape PyTorch's function has to be given, to compare with it.
_OPTIONS = {
    "leaky_relu": ("negative_slope",),
    "hardtanh": ("min_val", "max_val"),
    "elu": ("alpha",),
    "softplus": ("beta", "threshold"),
}


@dataclass(frozen=True, eq=False)
class Term:
    """What may go into a part, and its numbers, `(S,)`."""

    operand: Operand
    tensor: torch.Tensor


class Workings:
    """The parts of a node, as they are made."""

    def __init__(
        self, values: Array, weights: Array | None, bias: float | None, target: Array | None, options: dict[str, Any]
    ) -> None:
        self.options = options
        self.samples: int = values.shape[0]
        self.count: int = values.shape[1]
        self._values = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        self.sources = [self._term("source", i, column) for i, column in enumerate(self._values.unbind(1))]
        self.weights = None if weights is None else [self._constant("weight", i, w) for i, w in enumerate(weights)]
        self.bias = None if bias is None else self._constant("bias", 0, bias)
        self.target = None if target is None else torch.tensor(target, dtype=torch.float64)
        columns = [] if self.target is None else self.target.clone().requires_grad_().unbind(1)
        self.targets = [self._term("target", i, column) for i, column in enumerate(columns)]
        self.parts: list[tuple[str, Function, tuple[Term, ...], Term]] = []

    @property
    def z(self) -> Term:
        """The one source of a function of one number."""
        return self.sources[0]

    def number(self, value: float) -> Term:
        """A number that is written in the formula."""
        return self._constant("number", 0, value)

    def part(self, sign: str, function: Function, *operands: Term) -> Term:
        """Note an operation; it has to take each sample by itself."""
        term = self._term("part", len(self.parts), function(*(each.tensor for each in operands)))
        self.parts.append((sign, function, operands, term))
        return term

    def finished(self) -> list[Part]:
        """All parts with their derivatives."""
        last = self.parts[-1][-1].tensor
        tensors = [term.tensor for *_, term in self.parts]
        gradients = torch.autograd.grad(last.sum(), tensors, retain_graph=True, allow_unused=True)
        return [
            Part(
                sign,
                tuple(each.operand for each in operands),
                array(term.tensor),
                np.zeros(self.samples) if gradient is None else array(gradient),
                local,
            )
            for (sign, _, operands, term), gradient, local in zip(self.parts, gradients, self._locals(), strict=True)
        ]

    def _locals(self) -> list[Array]:
        """The derivatives of each operation alone: made again, all of them together."""
        leaves = [[each.tensor.detach().requires_grad_() for each in operands] for *_, operands, _ in self.parts]
        again = [function(*own).sum() for (_, function, *_), own in zip(self.parts, leaves, strict=True)]
        flat = [leaf for own in leaves for leaf in own]
        found = torch.autograd.grad(torch.stack(again).sum(), flat, allow_unused=True, materialize_grads=True)
        rows = iter([array(each) for each in found])
        return [np.stack([next(rows) for _ in own], axis=1) for own in leaves]

    def agrees(self, function: str, output: Array | None) -> bool:
        """Whether the last part is what PyTorch's function gives, to rounding, and has its derivatives."""
        last = self.parts[-1][-1].tensor
        whole = self._whole(function)
        if output is not None and not np.allclose(array(last), output, rtol=1e-4, atol=1e-6):
            return False
        ours, theirs = (torch.autograd.grad(each.sum(), self._values, retain_graph=True)[0] for each in (last, whole))
        pairs = ((last, whole), (ours, theirs))
        return all(bool(a.isfinite().all()) and torch.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in pairs)

    def _whole(self, function: str) -> torch.Tensor:
        """What PyTorch's function gives for the sources, `(S,)`."""
        if function == "linear":
            assert self.weights is not None
            weights = torch.stack([each.tensor[:1] for each in self.weights], 1)
            bias = None if self.bias is None else self.bias.tensor[:1]
            return functional.linear(self._values, weights, bias)[:, 0]
        if self.target is not None:
            return self._loss(function, self.target)
        options = {key: value for key, value in self.options.items() if key in _OPTIONS.get(function, ())}
        found = (getattr(place, function, None) for place in (functional, torch, torch.Tensor))
        of_all: Function = next((each for each in found if each), None) or getattr(torch.Tensor, f"__{function}__")
        if "unit" in self.options:
            return of_all(self._values, dim=1)[:, self.options["unit"]]
        return of_all(*(each.tensor for each in self.sources), *self.other, **options)

    @property
    def other(self) -> tuple[float, ...]:
        """The number that an operation of two numbers was given in place of the second."""
        found = self.options.get("other", self.options.get("exponent"))
        return (found,) if self.count == 1 and isinstance(found, int | float) else ()

    def _loss(self, function: str, target: torch.Tensor) -> torch.Tensor:
        each: Callable[..., torch.Tensor] = getattr(functional, function)
        if function == "cross_entropy":
            return each(self._values, target[:, 0].long(), reduction="none")
        return each(self._values, target, reduction="none").mean(1)

    def _constant(self, kind: Kind, index: int, value: float) -> Term:
        tensor = torch.full((self.samples,), float(value), dtype=torch.float64, requires_grad=True)
        return Term((kind, index, float(value)), tensor)

    def _term(self, kind: Kind, index: int, tensor: torch.Tensor) -> Term:
        return Term((kind, index, 0.0), tensor)
