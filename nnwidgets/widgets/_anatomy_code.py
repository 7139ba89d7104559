"""The script that prints a model's layers with plain PyTorch, as `NetworkAnatomy` shows them."""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnwidgets.widgets._literals import Words

_HOOKS = """
rows = []


def note(name):
    def hook(module, args, output):
        first = output[0] if isinstance(output, (tuple, list)) else output
        shape = " × ".join(map(str, first.shape)) if isinstance(first, torch.Tensor) else type(first).__name__
        count = sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
        rows.append((name, type(module).__name__, shape, f"{count:,}"))

    return hook


# A hook on each layer hears of every call of it, in order of execution.
handles = [
    module.register_forward_hook(note(name))
    for name, module in model.named_modules()
    if isinstance(module, torch.nn.MultiheadAttention) or not any(True for _ in module.children())
]
modes = [(module, module.training) for module in model.modules()]
try:
    with torch.no_grad():
        model.⟪mode⟫()
        model(⟪call⟫)
finally:
    for handle in handles:
        handle.remove()
    for module, mode in modes:
        module.training = mode

widths = [max(map(len, column)) for column in zip(*rows)] if rows else []
for row in rows:
    print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
# A weight that two layers share counts once.
print("parameters", sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad))
"""

_IMAGES, _TOKENS = "torch.rand(8, 1, 28, 28)", "torch.randint(1_000, (8, 16))"
_CLASSES = {  # of examples, with an input
    "convolutional": ("ConvolutionalNetwork", _IMAGES),
    "residual": ("ResidualNetwork", _IMAGES),
    "transformer": ("TransformerLanguageModel", _TOKENS),
    "recurrent": ("RecurrentLanguageModel", _TOKENS),
}
_DENSE = f"""torch.manual_seed(0)
model = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
)
input = {_IMAGES}"""

_CALLS = {"tensor": "torch.as_tensor(input)", "tuple": "*input", "dict": "**input"}


def _script(before: str, call: str, *, training: bool) -> str:
    hooks = _HOOKS.replace("⟪mode⟫", "train" if training else "eval").replace("⟪call⟫", call)
    return f"import torch\n{before}\n{hooks.lstrip()}"


def example_script(*, training: bool) -> tuple[str, Words]:
    """The script of an example, and its words."""
    return _script("from torch import nn\n\n⟨example⟩\n", "input", training=training), _words()


@cache
def _words() -> Words:
    texts = {
        name: f"{_code_of(kind)}\n\n\ntorch.manual_seed(0)\nmodel = {kind}()\ninput = {given}"
        for name, (kind, given) in _CLASSES.items()
    }
    return {"example": ("network", {"dense": _DENSE, **texts})}


def _code_of(name: str) -> str:
    """The source of an example's class with all that it needs of its file, which is only read: importing takes long."""
    text = files("nnwidgets").joinpath("anatomy", "examples.py").read_text(encoding="utf-8")
    defined = {each: node for node in ast.parse(text).body for each in _names(node)}
    needed, left = set(), [name]
    while left:
        each = left.pop()
        if each in defined and each not in needed:
            needed.add(each)
            left += [part.id for part in ast.walk(defined[each]) if isinstance(part, ast.Name)]
    parts = [_segment(text, each, node) for each, node in defined.items() if each in needed]
    return "\n\n\n".join(parts)


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    return [each.id for each in node.targets if isinstance(each, ast.Name)] if isinstance(node, ast.Assign) else []


def _segment(text: str, name: str, node: ast.stmt) -> str:
    return "_CLASSES = 10" if name == "_CLASSES" else ast.get_source_segment(text, node) or ""


def given_script(kind: str, *, training: bool) -> str:
    """The script of a model of the reader's, which needs `model` and `input`.

    Args:
        kind: of the input: "tensor", "tuple" or "dict".
        training: the mode in which it runs.
    """
    return _script("\n# `model` and `input` are yours.", _CALLS[kind], training=training)


def trainer_script(shape: Sequence[int], *, training: bool) -> str:
    """The script of a trainer's network, which needs the trainer.

    Args:
        shape: of its samples.
        training: the mode in which the network runs.
    """
    sizes = ", ".join(map(str, shape))
    before = f"\nmodel = trainer.model\ninput = torch.zeros({sizes})  # what the numbers are does not matter here"
    return _script(before, "input", training=training)
