"""Initial weights: six ways to choose them, and what theory says they do to signals on their way through a network.

Forwards, a pre-activation is a sum of many independent terms, so nearly normal, with the variance n Var(w) E[a²] of the
layer before (LeCun and others, 1998; Glorot and Bengio, 2010, proceedings.mlr.press/v9/glorot10a; He and others, 2015,
arXiv:1502.01852). Backwards, a gradient is taken to meet weights that are independent of those that the signal met, so
that its mean square follows from that of the layer behind in the same way. With E[a²] as an integral over the normal
distribution, this holds for any activation function (Poole and others, 2016, arXiv:1606.05340; Schoenholz and others,
2017, arXiv:1611.01232). What depends on several samples at once, as the gradient of a weight does, follows from the
covariances between their signals, which travel likewise.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnwidgets._percent import percent
from nnwidgets.functions import ACTIVATIONS

__all__ = [
    "KINDS",
    "OF_TRAINING",
    "SCHEMES",
    "Layer",
    "Scheme",
    "gaussian_mean",
    "judge",
    "layer_sizes",
    "predict",
    "predict_alike",
]

Floats = NDArray[np.float64]

KINDS = ("pre-activation", "activation", "gradient of the activation", "gradient of the weights")
"""What is measured in each layer, in this order."""

OF_TRAINING = ("learning_rate", "optimizer", "batch_size")
"""Settings that no signal before training depends on."""

_TERMS = 48  # of a series in the correlation of two signals
_NODES = 8  # of a panel
_NOTHING = 1e-9  # of the largest term


@dataclass(frozen=True)
class Scheme:
    """A way to choose the weights of a network; biases are 0.

    Attributes:
        name: identifier, the key in `SCHEMES`.
        label: the name to show to readers.
        formula: plain text, with n for the number of inputs of a layer.
        initialiser: name in `nnwidgets.networks.INITIALISERS`; its ending, "normal" or "uniform", is to be added where
            it ends with "_".
        scale: name of the setting that is its scale; empty where there is none.
    """

    name: str
    label: str
    formula: str
    initialiser: str
    scale: str = ""

    @property
    def is_random(self) -> bool:
        """Whether weights are drawn; else all of a layer are the same."""
        return self.initialiser not in ("zeros", "equal")

    def recipe(self, settings: Mapping[str, Any]) -> tuple[str, float]:
        """The initialiser's name and its scale, for `nnwidgets.networks.build_mlp`.

        Example:
            >>> SCHEMES["he"].recipe({"distribution": "uniform"}), SCHEMES["small"].recipe({"small": 0.01})
            (('he_uniform', 0.5), ('normal', 0.01))
        """
        ending = str(settings["distribution"]) if self.initialiser.endswith("_") else ""
        return self.initialiser + ending, float(settings[self.scale]) if self.scale else 0.5

    def std(self, n_in: int, n_out: int, settings: Mapping[str, Any]) -> float:
        """Standard deviation of the weights of a layer; 0 where all are the same.

        Example:
            >>> SCHEMES["xavier"].std(64, 64, {}), SCHEMES["zeros"].std(64, 64, {})
            (0.125, 0.0)
        """
        if self.name == "xavier":
            return math.sqrt(2 / (n_in + n_out))
        if self.name == "he":
            return math.sqrt(2 / n_in)
        return float(settings[self.scale]) if self.is_random else 0.0


SCHEMES: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("zeros", "Zeros", "w = 0", "zeros"),
        Scheme("constant", "Constant", "w = c", "equal", "constant"),
        Scheme("small", "Small", "Var(w) = σ²", "normal", "small"),
        Scheme("large", "Large", "Var(w) = σ²", "normal", "large"),
        Scheme("xavier", "Xavier", "Var(w) = 2 / (n_in + n_out)", "xavier_"),
        Scheme("he", "He", "Var(w) = 2 / n_in", "he_"),
    )
}
"""The schemes by name, in the order in which to offer them."""


@dataclass(frozen=True)
class Layer:
    """What decides how signals get through a layer of random weights.

    Attributes:
        n_in, n_out: neurons before and in the layer.
        std: standard deviation of its weights.
        activation: name in `nnwidgets.functions.ACTIVATIONS`.
    """

    n_in: int
    n_out: int
    std: float
    activation: str

    @property
    def gain(self) -> float:
        """What a mean square of the layer before is multiplied by: n Var(w)."""
        return self.n_in * self.std**2


def layer_sizes(n_layers: int, width: int, inputs: int = 2) -> list[tuple[int, int]]:
    """Neurons before and in each layer: the hidden ones, and an output of one.

    Example:
        >>> layer_sizes(2, 64)
        [(2, 64), (64, 64), (64, 1)]
    """
    sizes = [inputs, *[width] * n_layers, 1]
    return list(itertools.pairwise(sizes))


# -- integrals over the normal distribution -----------------------------------------------------------------------


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Points and weights of a quadrature over the standard normal distribution, `(n,)` each.

    Activation functions have their corners, and what saturates its steep place, at 0: panels that halve towards it
    find them, where Gauss and Hermite's points, all of them apart, would not.
    """
    edges = np.concatenate([[0.0], 2.0 ** np.arange(-10, 1), np.arange(2, 12)])
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half * (1 + points)).ravel()
    w = (half * weights).ravel() * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return np.concatenate([-z[::-1], z]), np.concatenate([w[::-1], w])


def gaussian_mean(function: Callable[[Floats], NDArray[Any]], variance: ArrayLike) -> Floats:
    """The mean of a function of a normal variable with mean 0.

    Args:
        function: of an array, applied to each number; it may have a corner at 0.
        variance: of the variable, any shape, at least 0.

    Returns:
        The mean, of the same shape, float64.

    Example:
        >>> relu = ACTIVATIONS["relu"].function
        >>> gaussian_mean(lambda x: relu(x) ** 2, [1.0, 4.0]).round(6)
        array([0.5, 2. ])
    """
    z, weights = _nodes()
    scale = np.sqrt(np.asarray(variance, dtype=np.float64))
    values: Floats = np.asarray(function(scale[..., None] * z), dtype=np.float64) @ weights
    return values


@cache
def _hermite() -> Floats:
    """Orthonormal Hermite polynomials times the weights of the nodes, `(n, _TERMS)`."""
    z, weights = _nodes()
    rows = [np.ones_like(z), z]
    for k in range(1, _TERMS - 1):
        rows.append((z * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return (np.stack(rows) * weights).T


def _pair_means(function: Callable[[Floats], NDArray[Any]], variances: Floats, correlations: Floats) -> Floats:
    """E[f(u) f(v)] of normal variables, for each pair of them, `(m, m)`, by Mehler's series in the correlation.

    What is left of the series is put into one more term, so that its sum is right where the correlation is 1.
    """
    z, weights = _nodes()
    values = np.asarray(function(np.sqrt(variances)[:, None] * z), dtype=np.float64)
    terms = values @ _hermite()
    squares = values**2 @ weights
    rest = np.sqrt(np.maximum(squares - (terms**2).sum(axis=1), 0.0))
    total = np.outer(rest, rest)
    sizes = np.abs(terms).max(axis=0)
    for k in reversed(range(_TERMS)):
        total *= correlations
        if sizes[k] > _NOTHING * sizes.max():
            total += np.outer(terms[:, k], terms[:, k])
    np.fill_diagonal(total, squares)
    return total


def _correlations(kernel: Floats) -> Floats:
    variances = np.diag(kernel)
    scale = np.sqrt(np.outer(variances, variances))
    return np.clip(np.divide(kernel, scale, out=np.zeros_like(kernel), where=scale > 0), -1.0, 1.0)


# -- random weights -----------------------------------------------------------------------------------------------


def predict(layers: list[Layer], x: ArrayLike, y: ArrayLike) -> Floats:
    """Variances in each layer of a wide network with random weights, before it is trained.

    Args:
        layers: from the input side; the last has one neuron, whose sum z is the logit of class 1.
        x: inputs, `(n_samples, n_inputs)`.
        y: classes, 0 or 1, `(n_samples,)`.

    Returns:
        `(4, n_layers)` float64, in the order of `KINDS`: variances over samples and neurons, or over weights, expected
        over the draws of the weights. The loss is binary cross-entropy, averaged over the samples.

    Example:
        >>> layers = [Layer(2, 500, 1.0, "relu"), Layer(500, 500, (2 / 500) ** 0.5, "relu"), Layer(500, 1, 0.1, "relu")]
        >>> predict(layers, [[1, 1], [-1, -1]], [0, 1])[0, :2].round(6)  # He's weights keep the variance
        array([2., 2.])
    """
    inputs, classes = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64).ravel()
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        found = _predict(layers, inputs, classes)
    found[np.isnan(found)] = math.inf
    return found


def _predict(layers: list[Layer], inputs: Floats, classes: Floats) -> Floats:
    found = np.zeros((4, len(layers)))
    squares = [inputs @ inputs.T / inputs.shape[1]]  # E[a a′] of the neurons of each layer, the inputs first
    kernels: list[Floats] = []
    for index, layer in enumerate(layers):
        kernel = layer.gain * squares[-1]
        kernels.append(kernel)
        found[0, index] = np.diag(kernel).mean()
        if index == len(layers) - 1:
            break
        function = ACTIVATIONS[layer.activation].function
        squares.append(_pair_means(function, np.diag(kernel), _correlations(kernel)))
        mean = gaussian_mean(function, np.diag(kernel)).mean()
        found[1, index] = np.diag(squares[-1]).mean() - mean**2
    found[:2, -1] = np.diag(kernels[-1]).mean() - kernels[-1].mean()
    _predict_backwards(layers, kernels, squares, classes, found)
    return np.maximum(found, 0.0)


def _predict_backwards(
    layers: list[Layer], kernels: list[Floats], squares: list[Floats], classes: Floats, found: Floats
) -> None:
    last, n_samples = kernels[-1], len(classes)
    sigmoid = ACTIVATIONS["sigmoid"].function
    answers = _pair_means(sigmoid, np.diag(last), _correlations(last))
    errors = answers - (classes[:, None] + classes) / 2 + np.outer(classes, classes)
    gradients = errors / n_samples**2
    found[2, -1] = np.diag(gradients).mean() - gradients.mean()
    for index in reversed(range(len(layers))):
        layer = layers[index]
        if index < len(layers) - 1:
            gradients = layers[index + 1].n_out * layers[index + 1].std ** 2 * gradients
            found[2, index] = np.diag(gradients).mean()
            kernel = kernels[index]
            slopes = _pair_means(ACTIVATIONS[layer.activation].derivative, np.diag(kernel), _correlations(kernel))
            gradients = gradients * slopes
        signals = squares[index]
        if index == len(layers) - 1 and index:  # one neuron: what its weights' gradients have in common is their mean
            means = gaussian_mean(ACTIVATIONS[layers[index - 1].activation].function, np.diag(kernels[index - 1]))
            signals = signals - np.outer(means, means)
        found[3, index] = (gradients * signals).sum()


# -- weights that are all the same --------------------------------------------------------------------------------


def predict_alike(value: float, sizes: list[tuple[int, int]], activation: str, x: ArrayLike, y: ArrayLike) -> Floats:
    """Variances in each layer where all weights are the same number: all neurons of a layer are alike.

    Args:
        value: of each weight.
        sizes: neurons before and in each layer, as from `layer_sizes`.
        activation: name in `nnwidgets.functions.ACTIVATIONS`.
        x: inputs, `(n_samples, n_inputs)`.
        y: classes, 0 or 1, `(n_samples,)`.

    Returns:
        `(4, n_layers)` float64, in the order of `KINDS`; exact but for rounding.

    Example:
        >>> predict_alike(0.0, layer_sizes(2, 8), "tanh", [[1, 1], [-1, 1]], [0, 1])[0]
        array([0., 0., 0.])
    """
    inputs, classes = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64).ravel()
    kind = ACTIVATIONS[activation]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        sums = [value * inputs.sum(axis=1)]
        signals: list[Floats] = []
        for n_in, _ in sizes[1:]:
            signals.append(np.asarray(kind.function(sums[-1])))
            sums.append(value * n_in * signals[-1])
        gradients = [(np.asarray(ACTIVATIONS["sigmoid"].function(sums[-1])) - classes) / len(classes)]
        slopes = gradients[0]
        of_weights = [np.array([(slopes * signals[-1]).sum()])]
        for index in reversed(range(len(sizes) - 1)):
            gradients.insert(0, sizes[index + 1][1] * value * slopes)
            slopes = gradients[0] * np.asarray(kind.derivative(sums[index]))
            before = signals[index - 1] if index else inputs
            of_weights.insert(0, (slopes @ before).reshape(-1))
        columns = [sums, [*signals, sums[-1]], gradients, of_weights]
        found = np.array([[_spread(each) for each in column] for column in columns])
    found[np.isnan(found)] = math.inf
    return found


def _spread(values: Floats) -> float:
    return 0.0 if (values == values[0]).all() else float(values.var())


# -- what training makes of them ----------------------------------------------------------------------------------

_LITTLE, _MUCH = 0.2, 0.8  # of the way from chance to no mistake


def judge(losses: Floats, accuracies: Floats, chance: float, *, diverged: bool) -> tuple[str, str]:
    r"""How a training goes, in a word and in a sentence with numbers.

    Args:
        losses: by epoch, `(n_epochs + 1,)`, the first before training; NaN for epochs not completed.
        accuracies: likewise.
        chance: accuracy of always the larger class.
        diverged: whether the loss was no finite number in the end.

    Returns:
        "untrained", "learns", "slow", "stuck" or "diverged"; and the sentence.

    Example:
        >>> judge(np.array([0.7, 0.1]), np.array([0.5, 0.98]), 0.5, diverged=False)
        ('learns', 'learns: 98\u2009% right, loss 0.1')
        >>> judge(np.array([0.693, 0.693]), np.array([0.5, 0.5]), 0.5, diverged=False)
        ('stuck', 'stays at chance: 50\u2009% right, loss 0.693')
    """
    if diverged:
        return "diverged", f"diverged in epoch {int(np.isfinite(losses).sum()) or 1}: the loss is no finite number"
    loss, accuracy = float(losses[-1]), float(accuracies[-1])
    numbers = f"{percent(accuracy)} right, loss {loss:.3g}"
    if len(losses) == 1:
        return "untrained", numbers
    way = (accuracy - chance) / (1 - chance)
    if way < _LITTLE:
        return "stuck", f"stays at chance: {numbers}"
    if loss > math.log(2):  # more than a network has that says 1/2 to all
        return "slow", f"not there yet: {numbers}"
    return ("slow", f"learns slowly: {numbers}") if way < _MUCH else ("learns", f"learns: {numbers}")
