"""What goes through a network, forwards and backwards, layer by layer: real tensors, as numbers and histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

BINS = 48
FLAT = 0.05  # of a slope, below which a neuron is saturated
_REACH = 4.0  # root mean squares to which a histogram reaches at most

Floats = NDArray[np.float64]


class Values(NamedTuple):
    """What there is of each layer, from the input side; the last is the output.

    `z`, `a` and `gradients` (of the loss with respect to a) are `(n_samples, n_neurons)`, `of_weights` as the weights.
    """

    z: list[torch.Tensor]
    a: list[torch.Tensor]
    gradients: list[torch.Tensor]
    of_weights: list[torch.Tensor]
    slopes: list[torch.Tensor]
    weights: list[torch.Tensor]
    outputs: torch.Tensor
    loss: float


@dataclass(frozen=True, eq=False)
class Signals:
    """The same as numbers; arrays are float64, `(4, n_layers)` where nothing else is said.

    The four are pre-activation, activation, and the gradient of the loss with respect to the activation and to the
    weights that lead to the layer.

    Attributes:
        variances: over all samples and neurons, or all weights; infinite where a value is not finite.
        means: of the finite values.
        zeros: which share is exactly 0.
        broken: which share is infinite or NaN.
        saturated: at which share of the pre-activations the slope is below `FLAT` in size, `(n_layers,)`.
        bounds: half the width of each histogram: 4 root mean squares, or the largest value if that is less.
        counts: `(4, n_layers, BINS)` uint32, of the finite values from −bound to bound; those beyond are in the
            outermost bins.
        stds: standard deviation of the weights, `(n_layers,)`.
        loss: over all samples; NaN if it is no finite number.
        accuracy: over all samples, from 0 to 1.
    """

    variances: Floats
    means: Floats
    zeros: Floats
    broken: Floats
    saturated: Floats
    bounds: Floats
    counts: NDArray[np.uint32]
    stds: Floats
    loss: float
    accuracy: float


def values_of(model: nn.Sequential, x: torch.Tensor, y: torch.Tensor) -> Values:
    """Run a network forwards and backwards.

    Args:
        model: `Linear` modules, each but the last with an activation behind it, or without for the identity; the
            last puts out the logit of class 1.
        x: inputs, `(n_samples, n_inputs)` float32.
        y: classes, 0 or 1, `(n_samples, 1)` float32.

    Example:
        >>> from nnwidgets.networks import build_mlp
        >>> x, y = torch.randn(8, 2), torch.zeros(8, 1)
        >>> found = values_of(build_mlp(2, (3, 3), 1, output_activation=None), x, y)
        >>> [tuple(z.shape) for z in found.z]
        [(8, 3), (8, 3), (8, 1)]
    """
    z, a, weights = [], [], []
    signal = x
    with torch.enable_grad():
        for module in model:
            signal = module(signal)
            if isinstance(module, nn.Linear):
                z.append(signal)
                a.append(signal)
                weights.append(module.weight)
            else:
                a[-1] = signal
        loss = nn.functional.binary_cross_entropy_with_logits(signal, y)
        wanted = torch.autograd.grad(loss, [*a, *weights], retain_graph=True)
    slopes = [_slopes(before, after) for before, after in zip(z, a, strict=True)]
    n = len(a)
    return Values(
        [each.detach() for each in z],
        [each.detach() for each in a],
        list(wanted[:n]),
        list(wanted[n:]),
        slopes,
        [each.detach() for each in weights],
        signal.detach(),
        loss.item(),
    )


def _slopes(z: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(z) if a is z else torch.autograd.grad(a, z, torch.ones_like(a))[0]


def measure(model: nn.Sequential, x: torch.Tensor, y: torch.Tensor) -> Signals:
    """Describe what goes through a network; see `values_of`.

    Example:
        >>> from nnwidgets.networks import build_mlp
        >>> x, y = torch.randn(50, 2), torch.zeros(50, 1)
        >>> signals = measure(build_mlp(2, (9,), 1, output_activation=None, initialiser="zeros"), x, y)
        >>> signals.zeros[0].tolist(), signals.counts.shape
        ([1.0, 1.0], (4, 2, 48))
    """
    found = values_of(model, x, y)
    kinds = [found.z, found.a, found.gradients, found.of_weights]
    rows = [[_describe(tensor) for tensor in kind] for kind in kinds]

    def column(name: str) -> NDArray[np.float64]:
        return np.array([[getattr(each, name) for each in row] for row in rows])

    flat = [(slopes.abs() < FLAT).double().mean().item() for slopes in found.slopes[:-1]]
    right = ((found.outputs > 0) == (y > 0.5)) & ~found.outputs.isnan()
    return Signals(
        variances=column("variance"),
        means=column("mean"),
        zeros=column("zeros"),
        broken=column("broken"),
        saturated=np.array([*flat, 0.0]),
        bounds=column("bound"),
        counts=column("counts").astype(np.uint32),
        stds=np.array([weights.double().std(correction=0).item() for weights in found.weights]),
        loss=found.loss if np.isfinite(found.loss) else float("nan"),
        accuracy=right.double().mean().item(),
    )


class _Described(NamedTuple):
    variance: float
    mean: float
    zeros: float
    broken: float
    bound: float
    counts: NDArray[np.float64]


def _describe(tensor: torch.Tensor) -> _Described:
    values = tensor.reshape(-1)
    finite = values.isfinite()
    n, n_finite = values.numel(), int(finite.sum())
    known = (values if n_finite == n else values[finite]).double()
    if not n_finite:
        return _Described(float("inf"), 0.0, 0.0, 1.0, 0.0, np.zeros(BINS))
    low, high = (each.item() for each in known.aminmax())
    variance = 0.0 if low == high else known.var(correction=0).item()
    bound = min(max(-low, high), _REACH * known.square().mean().sqrt().item())
    # As shares of the bound: a width of some 1e-40 would not do for the bins of float32.
    shares = (known / bound).clamp(-1.0, 1.0) if bound else known
    return _Described(
        variance if n_finite == n else float("inf"),
        known.mean().item(),
        (values == 0).double().mean().item(),
        (n - n_finite) / n,
        bound,
        torch.histc(shares, BINS, -1.0, 1.0).numpy(),
    )
