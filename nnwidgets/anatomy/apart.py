"""A replica of a model that can run without a trace on it."""

from __future__ import annotations

import copy
import random
from collections import deque
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np
import torch

from nnwidgets.anatomy.table import is_known, memory_of
from nnwidgets.training.replica import Replicator

_PARALLEL = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
_COLLECTIONS = (list, dict, set, deque)
_STATES = (np.ndarray, random.Random, np.random.Generator, np.random.RandomState)
_MEETING_PLACES = ("asyncio", "concurrent", "logging", "multiprocessing", "queue", "threading")


class Scripted(torch.nn.Module):
    """Stands for a module of TorchScript, in which hooks are not allowed: calls it, and has the same parameters."""

    def __init__(self, script: torch.jit.ScriptModule) -> None:
        super().__init__()
        vars(self)["script"] = script
        vars(self)["nnwidgets_opaque"] = True
        vars(self)["nnwidgets_type"] = getattr(script, "original_name", type(script).__name__)
        _hold(self, script)

    def __getattr__(self, name: str) -> Any:
        """Its own, or the script's."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(vars(self)["script"], name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the script gives."""
        return vars(self)["script"](*args, **kwargs)


def _hold(module: torch.nn.Module, script: torch.nn.Module) -> None:
    module._parameters.update(script.named_parameters(recurse=False))
    module._buffers.update(script.named_buffers(recurse=False))
    module.training = script.training
    for name, child in script.named_children():
        holder = torch.nn.Module()
        _hold(holder, child)
        module._modules[name] = holder


class Apart(Replicator):
    """Makes a replica with its own buffers, tensors, lists, generators and plain objects; parameters lie in one memory.

    Modules of TorchScript are called as they are; `scripts` are those. Compiled and
    parallel modules run without their compiler, and on one device.
    `foreign` is the memory of the model that the replica has nothing to do with.

    Args:
        model: what is replicated.
        copied: whether parameters get memory of their own as well.
    """

    def __init__(self, model: torch.nn.Module, *, copied: bool = False) -> None:
        super().__init__(training=None)
        self.scripts: list[torch.jit.ScriptModule] = []
        self._copied = copied
        self._known: dict[int, tuple[Any, Any]] = {}
        self._memories = {memory_of(parameter) for parameter in model.parameters() if is_known(parameter)}
        scripts = (each for each in model.modules() if isinstance(each, torch.jit.ScriptModule))
        kept = {memory_of(buffer) for script in scripts for buffer in script.buffers()}  # put back after the run
        others = {memory_of(buffer) for buffer in model.buffers()} - kept
        self.foreign = frozenset(others | self._memories if copied else others - self._memories)

    def module(self, original: torch.nn.Module) -> torch.nn.Module:
        """Its replica."""
        if id(original) in self._modules:
            return self._modules[id(original)]
        if isinstance(original, torch.jit.ScriptModule):
            self.scripts.append(original)
            replica: torch.nn.Module = Scripted(original)
            self._modules[id(original)] = replica
            return replica
        replica = super().module(original)
        attributes = vars(replica)
        attributes["_buffers"] = {name: self.attribute(buffer) for name, buffer in original._buffers.items()}
        attributes["_compiled_call_impl"] = None
        name = "module" if isinstance(original, _PARALLEL) else "_orig_mod"
        if isinstance(original._modules.get(name), torch.nn.Module):
            replica.__class__ = _Through
            attributes.pop("forward", None)  # the compiler's
            attributes["nnwidgets_inner"] = name
            attributes["nnwidgets_type"] = type(original).__name__
        return replica

    def attribute(self, value: Any) -> Any:
        """What stands for it in the replica."""
        if isinstance(value, torch.nn.Module | torch.nn.Parameter):
            return super().attribute(value)
        if id(value) not in self._known:
            own = self._own(value)
            self._known.setdefault(id(value), (value, own))
        return self._known[id(value)][1]

    def _own(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value if memory_of(value) in self._memories else value.detach().clone()
        if isinstance(value, torch.Generator):
            generator = torch.Generator(value.device)
            generator.set_state(value.get_state())
            return generator
        if isinstance(value, tuple):
            return self._tuple(value)
        if isinstance(value, _COLLECTIONS):
            return self._collection(value)
        if isinstance(value, _STATES):
            return copy.deepcopy(value)
        return self._object(value) if _is_object(value) else super().attribute(value)

    def _object(self, value: Any) -> Any:
        own = value
        with suppress(Exception):  # one that cannot be copied stays as it is
            own = copy.copy(value)
        if own is not value and type(own) is type(value):
            self._known[id(value)] = (value, own)  # it may lead back to itself
            for name, part in _attributes(value).items():
                object.__setattr__(own, name, self.attribute(part))
        return own

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        if type(value) is not tuple and not hasattr(value, "_make"):
            return value
        parts = [self.attribute(part) for part in value]
        return tuple(parts) if type(value) is tuple else type(value)._make(parts)  # type: ignore[attr-defined]

    def _collection(self, value: Any) -> Any:
        own = self._object(value)
        if own is value:
            return value
        # By the methods of the kind itself: those of one's own may do more than put a part in its place.
        if isinstance(value, set):
            set.clear(own)
            set.update(own, [self.attribute(part) for part in value])
        kind: Any = next((each for each in (dict, list, deque) if isinstance(value, each)), None)
        for key, part in kind.items(value) if kind is dict else enumerate(kind.__iter__(value)) if kind else ():
            kind.__setitem__(own, key, self.attribute(part))
        return own

    def parameter(self, original: torch.nn.Parameter) -> torch.nn.Parameter:
        """Its replica."""
        if self._copied and id(original) not in self._parameters:
            copied = torch.nn.Parameter(original.detach().clone(), requires_grad=original.requires_grad)
            self._parameters[id(original)] = copied
        return super().parameter(original)


def _attributes(value: Any) -> dict[str, Any]:
    """What it has by name, also in slots."""
    named = [(kind, vars(kind).get("__slots__", ())) for kind in type(value).__mro__]
    pairs = [(kind, name) for kind, names in named for name in ([names] if isinstance(names, str) else names)]
    slots = [
        f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
        for kind, name in pairs
        if name not in ("__dict__", "__weakref__")
    ]
    return {name: getattr(value, name) for name in slots if hasattr(value, name)} | getattr(value, "__dict__", {})


def _is_object(value: Any) -> bool:
    """Whether it is a plain object with attributes, which no other thread waits at, and nothing ends with."""
    kind = type(value)
    return (
        (hasattr(value, "__dict__") or any("__slots__" in vars(each) for each in kind.__mro__))
        and not (callable(value) or isinstance(value, ModuleType) or hasattr(kind, "__del__"))
        and kind.__module__.partition(".")[0] not in _MEETING_PLACES
    )


class _Through(torch.nn.Module):
    """Stands for a module that is compiled, or that runs on several devices at once: calls the one that is in it."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What it gives by itself."""
        return getattr(self, str(self.nnwidgets_inner))(*args, **kwargs)
