"""PyTorch's optimizers without its compiler, as long as nobody else wants that."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

_COMPILER = "torch._dynamo"
_STAND_IN = "__dynamo_disable"  # where PyTorch keeps what it calls instead of a function that it must not compile


def leave_out_the_compiler() -> None:
    """Let making an optimizer, and reading its state, not load PyTorch's compiler.

    PyTorch loads it to say that these functions are not to be compiled: a second of computing and 90 MB in each
    process, of which most compile nothing. As soon as the compiler is there for another reason, all is as usual. A
    PyTorch that is made in another way loads it as before.
    """
    for wrapper, function in _wrapped(torch.optim.Optimizer):
        if not hasattr(function, _STAND_IN):
            setattr(function, _STAND_IN, _stand_in(wrapper, function))


def _wrapped(kind: type) -> Iterator[tuple[Callable[..., Any], Callable[..., Any]]]:
    """The methods that are not to be compiled, each with the function that it wraps."""
    for method in vars(kind).values():
        function = getattr(method, "__wrapped__", None)
        if function is not None and getattr(method, "__globals__", {}).get("__name__") == "torch._compile":
            yield method, function


def _stand_in(wrapper: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        if _COMPILER not in sys.modules:
            return function(*arguments, **options)
        if getattr(function, _STAND_IN, None) is call:
            delattr(function, _STAND_IN)
        return wrapper(*arguments, **options)

    return call
