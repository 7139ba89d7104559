"""What tests of recorded passes share."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


def accumulated(tape):
    """Derivatives of each sample's loss by reverse accumulation of local derivatives, `(shown, units)` per value."""
    found = {tape.loss_value: np.ones((tape.shown, 1))}
    for operation in reversed(tape.operations):
        if operation.output in found:
            for place, local in zip(operation.inputs, operation.local, strict=True):
                flow = np.einsum("su,sui->si", found[operation.output], local)
                found[place] = found.get(place, 0) + flow
    return found


def check_flow(tape, **tolerance):
    """Reverse accumulation gives what the hooks heard."""
    found = accumulated(tape)
    factor = tape.samples if tape.averaged else 1
    for place, value in enumerate(tape.values):
        if value.gradient is None:
            assert not np.any(found.get(place, 0)), value
        elif value.per_sample:
            np.testing.assert_allclose(found[place], factor * value.gradient, **tolerance)
        elif value.kind == "parameter" and tape.shown == tape.samples:
            together = found[place].sum(0, keepdims=True) if place in found else np.zeros_like(value.gradient)
            np.testing.assert_allclose(together, factor * value.gradient, **tolerance)


def network(*layers):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), *layers, nn.Linear(3, 1))


class Does(nn.Module):
    """A function of its own two layers."""

    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.k = nn.Linear(2, 2), nn.Linear(2, 1), nn.Parameter(torch.tensor([0.5, -2.0]))
        self.function = function

    def forward(self, x):
        return self.function(self, x)
