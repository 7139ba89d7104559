"""What `ActivationExplorer` prints as code: a body per function, and expressions for functions of the user's own."""

from __future__ import annotations

import keyword
import sys
from typing import TYPE_CHECKING, Any

from nnwidgets._own_functions import name_of
from nnwidgets.concepts.functions import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nnwidgets._own_functions import SlopesBy
    from nnwidgets.functions import Activation

SCRIPT = """import torch

⟨function⟩

print(f"f({x.item():g}) = {value:.6g}")
print(f"f'({x.item():g}) = {slope:.6g}")
print(f"behind ⟨layers⟩ layers of this slope: {slope ** ⟨layers⟩:.6g}")
"""

_BY_AUTOGRAD = """f = {}
x = torch.tensor(⟨x⟩, dtype=torch.float64, requires_grad=True)
y = f(x)
y.backward()
value, slope = y.item(), x.grad.item()"""

_BY_DIFFERENCES = """f = {}
x = torch.tensor(⟨x⟩, dtype=torch.float64)
h = 6e-6 * max(1, abs(x.item()))
value = float(f(x.item()))
slope = float(f(x.item() + h) - f(x.item() - h)) / (2 * h)  # a central difference"""

_GIVEN = """f, f_prime = {}
x = torch.tensor(⟨x⟩, dtype=torch.float64)
value, slope = float(f(x.item())), float(f_prime(x.item()))"""

_BODIES: dict[SlopesBy, str] = {"autograd": _BY_AUTOGRAD, "differences": _BY_DIFFERENCES, "given": _GIVEN}
_STEP = """# PyTorch has no step with a gradient: it is 0 wherever there is one.
""" + _BY_AUTOGRAD.format("lambda x: (x > 0) + 0 * x")


def bodies(own: Mapping[str, tuple[Any, SlopesBy]]) -> dict[str, str]:
    """What stands for ⟨function⟩, by the function's name.

    Args:
        own: the user's functions, and how their slopes are computed.
    """
    texts = {name: _BY_AUTOGRAD.format(_module(each)) for name, each in ACTIVATIONS.items() if each.torch_name}
    texts["step"] = _STEP
    for name, (function, by) in own.items():
        expression = expression_of(function, name)
        known = expression.startswith("torch.")
        texts[name] = ("" if known else "# Of your own: define it before.\n") + _BODIES[by].format(expression)
    return texts


def _module(activation: Activation) -> str:
    arguments = ", ".join(f"{key}={value!r}" for key, value in activation.torch_kwargs.items())
    return f"torch.nn.{activation.torch_name}({arguments})"


def expression_of(function: Any, name: str) -> str:
    """How a script calls a function: by PyTorch's name of it, or by the one that it has in the user's own code."""
    if isinstance(function, tuple):
        return "(" + ", ".join(expression_of(each, name) for each in function) + ")"
    torch = sys.modules.get("torch")  # without it there is none of its functions
    if torch is not None:
        if type(function).__module__.startswith("torch.nn.modules.activation"):
            return _without_parameters(function)
        own_name = str(getattr(function, "__name__", ""))
        for home, module in (("torch", torch), ("torch.nn.functional", torch.nn.functional)):
            if getattr(module, own_name, None) is function:
                return f"{home}.{own_name}"
    called = name_of(function)
    return called if called.isidentifier() and called != "f" else _identifier(name)


def _without_parameters(module: Any) -> str:
    return f"torch.nn.{module!r}" if not list(module.parameters()) else _identifier(type(module).__name__.lower())


def _identifier(name: str) -> str:
    text = "".join(letter if letter.isalnum() else "_" for letter in name)
    text = text if text.isidentifier() and not keyword.iskeyword(text) else f"f_{text}"
    return "my_f" if text == "f" else text
