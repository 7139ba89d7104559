"""Networks: built from a few numbers, read as a graph of layers, changed in size without losing their weights."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from nnwidgets._checks import positive, real, whole
from nnwidgets._dropout import Dropout, dropout_generator, seed_dropout
from nnwidgets._initialisers import INITIALISERS, Initialiser
from nnwidgets._network_graph import (
    LayerNode,
    ModuleRow,
    NetworkGraph,
    dense_activations,
    join_names,
    read_network,
)
from nnwidgets.functions import ACTIVATIONS, Activation

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "INITIALISERS",
    "Dropout",
    "Initialiser",
    "Kept",
    "LayerNode",
    "ModuleRow",
    "NetworkGraph",
    "build_mlp",
    "count_parameters",
    "dense_activations",
    "dropout_generator",
    "each_layer",
    "get_device",
    "keep_weights",
    "read_network",
    "seed_dropout",
]


# --- building --------------------------------------------------------------------------------------------------


def build_mlp(
    in_features: int = 2,
    hidden_layers: Sequence[int] = (2,),
    out_features: int = 1,
    *,
    activation: str | Sequence[str] = "tanh",
    output_activation: str | None = "sigmoid",
    dropout: float | Sequence[float] = 0.0,
    initialiser: str = "default",
    initial_scale: float = 0.5,
    flatten: bool = False,
    seed: int = 0,
    generator: torch.Generator | None = None,
) -> nn.Sequential:
    """Build a fully connected network, as plain PyTorch would and with the same initial weights.

    The weights are those of ``torch.manual_seed(seed)`` followed by ``torch.nn.Sequential(torch.nn.Linear(…), …)``,
    bit for bit, but torch's global generator is neither used nor changed.

    Args:
        in_features: size of a sample, at least 1.
        hidden_layers: neurons of each hidden layer, input side first; empty for none.
        out_features: size of the output, at least 1.
        activation: of the hidden layers, a name in `nnwidgets.functions.ACTIVATIONS`, or one for each of them;
            ``"identity"`` adds no module.
        output_activation: of the output, likewise; None adds no module either.
        dropout: probability of dropping an output of a hidden layer, or one for each of them; 0 adds no module.
        initialiser: of the weights, a name in `INITIALISERS`; all but the default set biases to 0.
        initial_scale: standard deviation of "normal", value of "equal", above 0; of no effect otherwise.
        flatten: begin with a module that lays samples of any shape flat, such as images.
        seed: of the weights and of the dropout masks.
        generator: draws the weights in place of one seeded with ``seed``.

    Returns:
        float32 modules on the CPU, in training mode.

    Raises:
        TypeError, ValueError: for an unknown activation or initialiser, or a number out of its range.

    Example:
        >>> model = build_mlp(2, (2,), 1)
        >>> model
        Sequential(
          (0): Linear(in_features=2, out_features=2, bias=True)
          (1): Tanh()
          (2): Linear(in_features=2, out_features=1, bias=True)
          (3): Sigmoid()
        )
        >>> count_parameters(model)
        9
    """
    seed = whole("seed", seed, 0, 2**63 - 1)
    sizes = [
        whole("in_features", in_features, 1, None),
        *(whole(f"hidden_layers[{i}]", units, 1, None) for i, units in enumerate(hidden_layers)),
        whole("out_features", out_features, 1, None),
    ]
    layers = len(sizes) - 2
    activations = [_activation(name) for name in each_layer("activation", activation, layers)]
    dropouts = [real("dropout", p, 0.0, 1.0) for p in each_layer("dropout", dropout, layers)]
    activations.append(_activation(output_activation or "identity"))
    if initialiser not in INITIALISERS:
        msg = f"there is no initialiser {initialiser!r}; there are {', '.join(map(repr, INITIALISERS))}"
        raise ValueError(msg)
    initial_scale = positive("initial_scale", initial_scale)
    generator = torch.Generator().manual_seed(seed) if generator is None else generator
    modules: list[nn.Module] = [nn.Flatten()] if flatten else []
    masks = torch.Generator().manual_seed(seed)
    for index, (rows, columns) in enumerate(itertools.pairwise(sizes)):
        modules.append(_linear(rows, columns, generator))
        modules += _activation_modules(activations[index])
        if index < layers and dropouts[index]:
            modules.append(Dropout(dropouts[index], masks))
    for module in modules:
        if isinstance(module, nn.Linear):
            INITIALISERS[initialiser].apply(module, initial_scale, generator)
    return nn.Sequential(*modules)


def each_layer(field: str, value: Any, layers: int) -> list[Any]:
    """A value for each of so many hidden layers, of which one for all may be given.

    Raises:
        ValueError: for as many values as there are not layers.

    Example:
        >>> each_layer("activation", "tanh", 2), each_layer("dropout", (0.1, 0.2), 2)
        (['tanh', 'tanh'], [0.1, 0.2])
    """
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return [value] * layers
    if len(value) != layers:
        msg = f"{field} must be one for all hidden layers, or one each: {layers}, not {len(value)}"
        raise ValueError(msg)
    return list(value)


def _activation(name: str) -> Activation:
    if name not in ACTIVATIONS:
        msg = f"there is no activation {name!r}; there are {', '.join(map(repr, ACTIVATIONS))}"
        raise ValueError(msg)
    return ACTIVATIONS[name]


def _activation_modules(activation: Activation) -> list[nn.Module]:
    if activation.name == "identity":
        return []
    module: nn.Module = getattr(nn, activation.torch_name)(**activation.torch_kwargs)
    return [module]


class _BlankLinear(nn.Linear):
    """A Linear whose constructor draws nothing from the global generator.

    `torch.nn.utils.skip_init` promises the same, but its first call imports modules for more than a second.
    """

    def reset_parameters(self) -> None:
        """Leave the parameters as they are."""


def _linear(in_features: int, out_features: int, generator: torch.Generator) -> nn.Linear:
    """A Linear with PyTorch's initial weights, uniform on ±1/√in_features, from a generator of our choice."""
    linear: nn.Linear = _BlankLinear(in_features, out_features, dtype=torch.float32, device="cpu")
    linear.__class__ = nn.Linear
    bound = 1 / math.sqrt(in_features)
    # The very calls of Linear.reset_parameters: another way to the same bound would round differently.
    nn.init.kaiming_uniform_(linear.weight, a=math.sqrt(5), generator=generator)
    nn.init.uniform_(linear.bias, -bound, bound, generator=generator)
    return linear


# --- changing the size -----------------------------------------------------------------------------------------


Index = tuple[slice | list[int], ...]


class Kept(NamedTuple):
    """Where a block of a new network's parameter came from.

    Attributes:
        source: name of the old network's parameter.
        block: the index of the block in the new parameter: a slice, or numbers, for each of its axes.
        origin: the index of the same block in the old one.
    """

    source: str
    block: Index
    origin: Index


def keep_weights(
    new: nn.Module, old: nn.Module, inputs: tuple[Sequence[int], Sequence[int]] | None = None
) -> dict[str, Kept]:
    """Copy into a newly built network the weights of an old one that stay.

    Hidden layers are matched by position from the input, the output layer with an output layer of as many outputs, if
    both or none of them get the inputs themselves;
    of each pair of parameters the block that both have is copied, the rest of ``new`` stays as it was initialised.

    Args:
        new: the network to write to; its `torch.nn.Linear` modules are executed in the order of their definition.
        old: the network to read from, of the same kind.
        inputs: the numbers of the inputs that both have, in the new network and in the old; None for the first ones.

    Returns:
        Name of a parameter of ``new`` → what it got, so that the optimizer's state can be moved the same way.

    Example:
        >>> old, new = build_mlp(2, (2,), 1, seed=1), build_mlp(2, (3,), 1, seed=2)
        >>> keep_weights(new, old)["2.weight"].block
        (slice(0, 1, None), slice(0, 2, None))
        >>> torch.equal(new[0].weight[:2], old[0].weight)
        True
    """
    (*new_hidden, new_output), (*old_hidden, old_output) = _linears(new), _linears(old)
    kept = {}
    pairs = list(zip(new_hidden, old_hidden, strict=False))
    as_many = new_output[1].out_features == old_output[1].out_features
    if as_many and bool(new_hidden) == bool(old_hidden):  # else their weights mean something else
        pairs.append((new_output, old_output))
    for (new_name, target), (old_name, source) in pairs:
        for part in ("weight", "bias"):
            values, known = getattr(target, part), getattr(source, part)
            if values is None or known is None:
                continue
            block: Index = tuple(slice(0, min(sizes)) for sizes in zip(values.shape, known.shape, strict=True))
            origin = block
            if inputs is not None and part == "weight" and target is pairs[0][0][1]:
                block, origin = (block[0], list(inputs[0])), (block[0], list(inputs[1]))
            with torch.no_grad():
                values[block] = known[origin]
            kept[join_names(new_name, part)] = Kept(join_names(old_name, part), block, origin)
    return kept


def _linears(model: nn.Module) -> list[tuple[str, nn.Linear]]:
    found = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    if not found:
        msg = f"weights can be kept between networks of Linear modules; this {type(model).__name__} has none"
        raise ValueError(msg)
    return found


# --- asking ----------------------------------------------------------------------------------------------------


def count_parameters(model: nn.Module) -> int:
    """The number of trainable parameters of a model: weights and biases, each counted once.

    Raises:
        ValueError: for a model with lazy modules that has not seen a batch yet, whose sizes are not known.

    Example:
        >>> count_parameters(torch.nn.Linear(3, 2))
        8
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if any(nn.parameter.is_lazy(parameter) for parameter in parameters):
        msg = "the model has lazy modules whose sizes are not known yet: call it on one batch first"
        raise ValueError(msg)
    return sum(parameter.numel() for parameter in parameters)


def get_device() -> torch.device:
    """The best device that PyTorch can use here: a CUDA GPU, else Apple's (MPS), else the CPU.

    Example:
        >>> get_device().type in {"cuda", "mps", "cpu"}
        True
    """
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
