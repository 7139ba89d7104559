"""What one call in a model was given and what it gave: copies of the tensors as they were then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from nnwidgets.anatomy.arguments import Arguments, argument_tensors, tensors_with_paths
from nnwidgets.anatomy.graph import Graph, Node
from nnwidgets.anatomy.trace import live_module, trace
from nnwidgets.training.replica import deep_copy, replicate

Named = tuple[tuple[str, torch.Tensor], ...]

_IN_PLACE = frozenset(("__setitem__", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__", "copy_"))


@dataclass(frozen=True)
class Captured:
    """A call as it was.

    Attributes:
        key: of its node.
        called: the module or function; None where data begin or end, or where nothing was called.
        args: what it was called with by position; tensors are as they were when it began.
        kwargs: the same by name.
        inputs: its tensors with their paths, as they were when it began.
        outputs: the tensors that came out with their paths, as they were when it ended.
        parameters: its own parameters and buffers, by their names in the model.
        buffers: which of these are buffers.
        training: the mode of the module.
        heard: whether it ended. It did not where the forward raises before, or does not come there.
        failure: what the forward raised.
    """

    key: str
    called: Any = None
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    inputs: Named = ()
    outputs: Named = ()
    parameters: Mapping[str, torch.Tensor] = field(default_factory=dict)
    buffers: frozenset[str] = frozenset()
    training: bool = False
    heard: bool = False
    failure: str = ""


class _HeardError(BaseException):
    """The rest of the forward is not wanted; no `except Exception` of a model may stop it."""


def captured(
    model: torch.nn.Module, arguments: Arguments, graph: Graph, key: str, *, training: bool = False
) -> Captured:
    """What the call of that key was given and what it gave. The forward ends there; nothing of it stays.

    Args:
        model: any module; it is left as it is.
        arguments: what it is called with.
        graph: the model's, as `trace` found it with the same arguments.
        key: of one of its nodes.
        training: the mode.

    Raises:
        KeyError: there is no such node.
    """
    node = graph.find(key)
    live = live_module(model)
    own, buffers = _own_tensors(live, graph, node)
    if node.kind in ("idle", "parameter"):
        return Captured(key, _module_at(live, node), parameters=own, buffers=buffers)
    listener = _Listener(key)
    is_lazy = any(map(torch.nn.parameter.is_lazy, live.parameters()))
    replica = deep_copy(live) if is_lazy else replicate(live)
    module = _module_at(replica, node)
    if module is not None and replica is not live:
        module.register_forward_pre_hook(listener.before, with_kwargs=True)
    failure = ""
    try:
        with _BeforeChanges(listener):
            failure = trace(replica, arguments, training=training, listen=listener.after).failure
    except _HeardError:
        pass
    args, kwargs = listener.given or ((), {})
    inputs = tuple(argument_tensors(args, kwargs))
    outputs = tuple(listener.outputs)
    if node.kind in ("input", "output"):  # one tensor, whose path is in the key
        outputs = tuple((key.removeprefix(f":{node.kind}"), tensor) for _, tensor in outputs)
    return Captured(
        key, listener.called, args, kwargs, inputs, outputs, own, buffers, listener.training, listener.heard, failure
    )


def _module_at(model: torch.nn.Module, node: Node) -> torch.nn.Module | None:
    if node.kind in ("input", "output", "operation", "parameter"):
        return None
    return dict(model.named_modules()).get(node.name)


def _own_tensors(model: torch.nn.Module, graph: Graph, node: Node) -> tuple[dict[str, torch.Tensor], frozenset[str]]:
    """The parameters that are used in a leaf, and the buffers of a module that is one."""
    if graph.inside(graph.number(node.key)):
        return {}, frozenset()
    named = dict(model.named_parameters(remove_duplicate=False))
    names = [graph.parameters[number].names for number in node.parameters]
    found = {_nearest(each, node.name): named[each[0]] for each in names if each[0] in named}
    everything = dict(model.named_buffers(remove_duplicate=False))
    module = _module_at(model, node)
    if node.kind == "parameter":
        buffers = {name: buffer for name, buffer in everything.items() if name == node.name}
    elif module is None:
        buffers = {}
    else:
        prefix = f"{node.name}." if node.name else ""
        buffers = {prefix + name: buffer for name, buffer in module.named_buffers()}
    return found | buffers, frozenset(buffers)


def _nearest(names: Sequence[str], module: str) -> str:
    """Of the names of a shared parameter the one that it has in this module."""
    return next((name for name in names if module and name.startswith(f"{module}.")), names[0])


class _Listener:
    """Waits for the end of a call, and takes copies."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.called: Any = None
        self.given: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        self.outputs: list[tuple[str, torch.Tensor]] = []
        self.training = False
        self.heard = False
        self.changed: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}  # those that are changed in place: it, its copy

    def before(self, module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """As each call of the module begins."""
        self.called, self.training = module, module.training
        known: dict[int, torch.Tensor] = {}
        self.given = _copied(args, known), _copied(kwargs, known)

    def after(self, key: str, called: Any, args: Any, kwargs: Any, output: Any) -> None:
        """As each call of anything ends."""
        if key != self.key:
            return
        known = {name: copy for name, (_, copy) in self.changed.items()}
        if self.given is None or not isinstance(called, torch.nn.Module):
            self.given = _copied(tuple(args), known), _copied(dict(kwargs or {}), known)
        self.called = called
        self.outputs = [(path, tensor.detach().clone()) for path, tensor in tensors_with_paths(output)]
        self.heard = True
        raise _HeardError


class _BeforeChanges(TorchFunctionMode):
    """Keeps a copy of what a function is about to change in place, until the next one is called."""

    def __init__(self, listener: _Listener) -> None:
        super().__init__()
        self._listener = listener

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called in place of every function of PyTorch."""
        kwargs = kwargs or {}
        changes = bool(args) and isinstance(args[0], torch.Tensor) and _changes(func, args, kwargs)
        self._listener.changed = {id(args[0]): (args[0], args[0].detach().clone())} if changes else {}
        return func(*args, **kwargs)


def _changes(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    name = getattr(func, "__name__", "")
    if name in _IN_PLACE or kwargs.get("inplace"):
        return True
    if name.endswith("_") and not name.endswith("__"):
        return True
    return any(argument is True for argument in args[1:])  # `F.relu(x, True)`: at worst a copy is made in vain


def _copied(value: Any, known: dict[int, torch.Tensor]) -> Any:
    """The same with copies of all tensors, of each one; those in `known` as they were before."""
    if isinstance(value, torch.Tensor):
        if id(value) not in known:
            known[id(value)] = value.detach().clone()
        return known[id(value)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_copied(part, known) for part in value))
    if type(value) in (list, tuple):
        return type(value)(_copied(part, known) for part in value)
    if type(value) is dict:
        return {name: _copied(part, known) for name, part in value.items()}
    return value
