"""Which generators of random numbers the code of a model can reach, as far as its names tell."""

from __future__ import annotations

import functools
import random
import sys
import types
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal

import numpy as np
import torch

Generators = Literal["python", "numpy", "torch"]

MOST_FUNCTIONS = 5_000
_FOREIGN = frozenset(sys.stdlib_module_names) | {"functorch", "numpy", "torch", "triton"}
_SEEDS_OF_TORCH = ("default_generator", "manual_seed", "seed", "set_rng_state")
_SEEDS = {*_SEEDS_OF_TORCH, "manual_seed_all", "seed_all"}


def generators_reached(model: torch.nn.Module, *functions: Any) -> set[Generators]:
    """The global generators that methods and hooks of a model's modules, and functions, draw from, or (PyTorch's) seed.

    Functions and classes that they name are followed, those of PyTorch, NumPy and Python's own library are not.
    """
    found: set[Generators] = set()
    for function in _functions_of(model, *functions):
        found |= _named_by(function)
    return found


def _functions_of(model: torch.nn.Module, *functions: Any) -> Iterator[types.FunctionType]:
    waiting: list[Any] = list(functions)
    for module in model.modules():
        waiting.append(type(module))
        for value in vars(module).values():
            waiting += value.values() if isinstance(value, dict) else [value]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_FUNCTIONS:
        each = _bare(waiting.pop())
        if id(each) in seen:
            continue
        if isinstance(each, type):
            kinds = [kind for kind in each.__mro__ if not _is_foreign(kind)]
            seen.add(id(each))
            waiting += [part for kind in kinds for part in vars(kind).values()]
        elif isinstance(each, types.FunctionType) and not _is_foreign(each):
            seen.add(id(each))
            yield each
            waiting += _mentioned(each)


def _bare(value: Any) -> Any:
    """The function in it, or the class of which it is."""
    while True:
        if isinstance(value, functools.partial):
            value = value.func
        elif isinstance(value, types.MethodType | staticmethod | classmethod):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        elif callable(value) and not isinstance(value, types.FunctionType | type | torch.Tensor):
            return type(value)
        else:
            return value


def _is_foreign(value: Any) -> bool:
    return str(getattr(value, "__module__", None)).partition(".")[0] in _FOREIGN


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _names_in(function: types.FunctionType) -> set[str]:
    return {name for code in _codes(function.__code__) for name in code.co_names}


def _mentioned(function: types.FunctionType) -> Iterator[Any]:
    """What its names stand for, also those of modules that it names."""
    names = _names_in(function)
    for value in [function.__globals__[name] for name in names if name in function.__globals__]:
        yield value
        if isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] not in _FOREIGN:
            yield from (vars(value)[name] for name in names if name in vars(value))
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is empty
            yield cell.cell_contents


def _named_by(function: types.FunctionType) -> set[Generators]:
    found: set[Generators] = set()
    names = _names_in(function)
    if "random" in names:  # a module that is imported in the function itself is known by its name alone
        found |= {"python", "numpy"} if {"np", "numpy"} & names else {"python"}
    if "torch" in names and _SEEDS & names:
        found.add("torch")
    for value in _mentioned(function):
        owner = value.__self__ if isinstance(value, types.BuiltinMethodType | types.MethodType) else value
        if value is random or isinstance(owner, random.Random):
            found.add("python")
        if value is np.random or isinstance(owner, np.random.RandomState):
            found.add("numpy")
        if owner is torch.default_generator or any(value is getattr(torch, name) for name in _SEEDS_OF_TORCH):
            found.add("torch")
    return found
