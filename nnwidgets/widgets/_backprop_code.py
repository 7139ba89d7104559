"""The scripts that print the numbers of a `BackpropExplorer` with plain PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnwidgets.functions import ACTIVATIONS, LOSSES
from nnwidgets.widgets._backprop_settings import OWN
from nnwidgets.widgets._literals import Words, literal

if TYPE_CHECKING:
    import torch

# The derivative of an activation at the sums `z`, where `h` is its value there.
_SLOPES = {
    "tanh": "1 - h**2",
    "relu": "(z > 0).float()",
    "sigmoid": "h * (1 - h)",
    "identity": "torch.ones_like(z)",
    "leaky_relu": "torch.where(z > 0, 1.0, 0.01)",
    "elu": "torch.where(z > 0, 1.0, z.exp())",
    "silu": "z.sigmoid() * (1 + z * (1 - z.sigmoid()))",
    "gelu": "(1 + torch.erf(z / 2**0.5)) / 2 + z * torch.exp(-z**2 / 2) / (2 * torch.pi) ** 0.5",
    "softplus": "z.sigmoid()",
}


def _module(name: str) -> str:
    kind = ACTIVATIONS[name]
    return f"nn.{kind.torch_name}({', '.join(f'{key}={literal(value)}' for key, value in kind.torch_kwargs.items())})"


_CLASSES = "torch.tensor(⟨targets⟩).long()[:, 0]"
_FLOATS = "torch.tensor(⟨targets⟩, dtype=torch.float32)"
_LOSSES = {name: f"nn.{LOSSES[name].torch_name}()" for name in ("bce", "bce_with_logits", "mse", "cross_entropy")}

WORDS: Words = {
    "layer": ("activation", {name: f", {_module(name)}" if name != "identity" else "" for name in ACTIVATIONS}),
    "hidden": ("activation", {name: "[:-1]" if name != "identity" else "" for name in ACTIVATIONS}),
    "end": ("loss_fn", {"bce": ", nn.Sigmoid()", "bce_with_logits": "", "mse": "", "cross_entropy": ""}),
    "y": ("loss_fn", dict.fromkeys(_LOSSES, _FLOATS) | {"cross_entropy": _CLASSES}),
    "y_double": ("loss_fn", dict.fromkeys(_LOSSES, "y.double()") | {"cross_entropy": "y"}),
    "loss": ("loss_fn", _LOSSES),
    "apply": ("activation", {name: "z" if name == "identity" else f"{_module(name)}(z)" for name in ACTIVATIONS}),
    "slope": ("activation", _SLOPES),
    "error": (
        "loss_fn",
        {
            "bce": "(z.sigmoid() - y) / y.numel()",
            "bce_with_logits": "(z.sigmoid() - y) / y.numel()",
            "mse": "2 * (z - y) / y.numel()",
            "cross_entropy": "(z.softmax(1) - nn.functional.one_hot(y, z.shape[1])) / len(y)",
        },
    ),
}

_IMPORTS = """import copy

import torch
from torch import nn

"""

_NETWORK = """x = torch.tensor(⟨inputs⟩, dtype=torch.float32)
y = ⟨y⟩

torch.manual_seed(⟨seed⟩)
sizes = [x.shape[1], *⟨hidden_layers⟩, ⟨n_outputs⟩]
layers = []
for n_in, n_out in zip(sizes, sizes[1:]):
    layers += [nn.Linear(n_in, n_out)⟨layer⟩]
model = nn.Sequential(*layers⟨hidden⟩⟨end⟩)
loss_fn = ⟨loss⟩
weights = ⟨weights⟩  # in the order of model.named_parameters(); [] for those that the seed draws
if weights:
    nn.utils.vector_to_parameters(torch.tensor(weights, dtype=torch.float32), model.parameters())

"""

_BACK = """# Forward, and back.
output = model(x)
loss = loss_fn(output, y)
loss.backward()
print(f"loss {loss.item():.6g}")
for name, parameter in model.named_parameters():
    print(f"gradient of {name}", [float(f"{number:.6g}") for number in parameter.grad.flatten().tolist()])

"""

_BY_HAND = """# The gradient of the very first weight by the chain rule, by hand: forward with all values kept ...
linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
h, kept = x, []
with torch.no_grad():
    for linear in linears:
        z, before = linear(h), h
        h = ⟨apply⟩
        kept.append((linear, before, z, h))
    # ... then back: what reaches a layer's sums, times what it multiplies, summed over the samples.
    flow = ⟨error⟩
    for linear, before, z, h in reversed(kept):
        if linear is not linears[-1]:
            flow = flow * (⟨slope⟩)
        gradient = flow.T @ before
        flow = flow @ linear.weight
print(f"by hand {gradient[0, 0].item():.6g}")

"""

_DIFFERENCE = """# The gradient of the very first weight by a finite difference, in double precision.
epsilon, losses = ⟨epsilon⟩, []
for step in (epsilon, -epsilon):
    twin = copy.deepcopy(model).double()
    with torch.no_grad():
        next(twin.parameters()).view(-1)[0] += step
        losses.append(loss_fn(twin(x.double()), ⟨y_double⟩).item())
print(f"finite difference {(losses[0] - losses[1]) / (2 * epsilon):.6g}")

"""

_STEP = """# One step of gradient descent.
torch.optim.SGD(model.parameters(), lr=⟨learning_rate⟩).step()
for name, parameter in model.named_parameters():
    print(f"updated {name}", [float(f"{number:.6g}") for number in parameter.flatten().tolist()])
print(f"loss after the step {loss_fn(model(x), y).item():.6g}")
"""

SCRIPT = _IMPORTS + _NETWORK + _BACK + _BY_HAND + _DIFFERENCE + _STEP

_OTHER_LOSSES = _LOSSES | {
    "hinge": "lambda z, y: torch.relu(1 - (2 * y - 1) * z).mean()",
    "perceptron": "lambda z, y: (((z > 0).float() - y) * z).mean()",
}

_OF_TRAINER = """model = copy.deepcopy(trainer.model)  # your trainer's, as it stands; that itself is left alone
# Its next mini-batch.
x = torch.tensor(⟨inputs⟩, dtype=torch.float32)
y = ⟨y⟩
loss_fn = ⟨loss⟩

"""


def trainer_script() -> tuple[str, Words]:
    """The script of a trainer's next step, which needs the trainer, and its words."""
    floats = dict.fromkeys((*_OTHER_LOSSES, OWN), _FLOATS)
    words: Words = {
        **WORDS,
        "y": ("loss_fn", floats | {"cross_entropy": _CLASSES}),
        "y_double": ("loss_fn", dict.fromkeys(floats, "y.double()") | {"cross_entropy": "y"}),
        "loss": ("loss_fn", _OTHER_LOSSES | {OWN: "trainer.loss_fn"}),
    }
    end = "# The step itself is the trainer's: trainer.step()\n"
    return _IMPORTS + _OF_TRAINER + _BACK + _DIFFERENCE + end, words


_OF_MODULE = """model = copy.deepcopy(model)  # the module of your own, which itself is left alone
x = torch.tensor(⟨inputs⟩, dtype=⟪dtype of x⟫).reshape(⟪shape of x⟫)
y = torch.tensor(⟨targets⟩, dtype=⟪dtype of y⟫).reshape(⟪shape of y⟫)
"""


def module_script(x: torch.Tensor, y: torch.Tensor, *, own_loss: bool) -> tuple[str, Words]:
    """The script of a pass through a module of the reader's, which needs the module and a loss that has no name.

    Args:
        x: what the module gets.
        y: what its loss gets beside the outputs.
        own_loss: whether the loss is a function of the reader's.
    """
    start = _OF_MODULE if own_loss else _OF_MODULE + "loss_fn = ⟨loss⟩\n"
    for name, tensor in (("x", x), ("y", y)):
        start = start.replace(f"⟪dtype of {name}⟫", str(tensor.dtype))
        start = start.replace(f"⟪shape of {name}⟫", ", ".join(map(str, (-1, *tensor.shape[1:]))))
    same = dict.fromkeys((*_LOSSES, OWN), "y.double()" if y.is_floating_point() else "y")
    text = _IMPORTS + start + "\n" + _BACK + _DIFFERENCE + _STEP
    if not x.is_floating_point():
        text = text.replace("x.double()", "x")
    return text, {"loss": ("loss_fn", _LOSSES | {OWN: "loss_fn"}), "y_double": ("loss_fn", same)}
