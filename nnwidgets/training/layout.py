"""How the parameters of many networks lie in the memory that compiled code trains them in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nnwidgets.training.engines.coverage import Layer, NotCoveredError, read_layers
from nnwidgets.training.engines.fused import load
from nnwidgets.training.settings import NetworkSpec


@dataclass(frozen=True)
class Plan:
    """How networks of one kind lie in memory: parameters one after the other."""

    layers: list[Layer]
    names: list[str]
    shapes: list[tuple[int, ...]]

    @property
    def sizes(self) -> list[int]:
        """Numbers in each parameter."""
        return [int(np.prod(shape)) for shape in self.shapes]

    @property
    def size(self) -> int:
        """Numbers in all of them."""
        return sum(self.sizes)

    @property
    def table(self) -> NDArray[np.int64]:
        """Rows of `Task.layers`."""
        kernel = load()
        return np.array(
            [
                (
                    layer.linear.in_features,
                    layer.linear.out_features,
                    2 * index,
                    2 * index + 1,
                    getattr(kernel, layer.activation.upper()),
                )
                for index, layer in enumerate(self.layers)
            ]
        )

    def tensors(self, stretch: int, has_part: list[bool]) -> NDArray[np.int64]:
        """Rows of `Task.tensors`; gradients and parts of the state follow the values `stretch` apart."""
        starts = np.cumsum([0, *self.sizes[:-1]])
        columns = [starts, starts + stretch]
        columns += [starts + (2 + part) * stretch if has else 0 * starts - 1 for part, has in enumerate(has_part)]
        return np.stack([*columns, self.sizes, [len(shape) > 1 for shape in self.shapes]], axis=1)


@cache
def plan_of(spec: NetworkSpec) -> Plan:
    """Where the parameters of such a network lie. Raises `ValueError` if compiled code does not cover it."""
    model = spec.build()
    try:
        layers = read_layers(model)
    except NotCoveredError as error:
        raise ValueError(f"the compiled engine, which trains ensembles, does not cover a network: {error}") from None
    named = dict(model.named_parameters())
    return Plan(layers, list(named), [tuple(parameter.shape) for parameter in named.values()])
