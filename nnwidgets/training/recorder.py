"""What a module does, call by call, while it runs: noted with the very tensors that go in and come out."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree

from nnwidgets.training.left_alone import Generators, cuda_devices, may_draw
from nnwidgets.training.local_derivatives import Call, Form, OriginalError, TapeError, tensors_of

MOST_UNITS = 64  # of one tensor, for each sample
MOST_SHARED = MOST_UNITS**2  # of a parameter
MOST_OPERATIONS = 100

Option = bool | int | float | str

# How functions call what they are given, that do not say it themselves.
_TWO = ("input", "other")
_NAMES = {
    "softplus": ("input", "beta", "threshold"),
    "softmax": ("input", "dim"),
    "log_softmax": ("input", "dim"),
    **dict.fromkeys(("add", "sub", "mul", "div", "rsub", "__rsub__", "__radd__", "__rmul__", "__rdiv__"), _TWO),
    "pow": ("input", "exponent"),
}


@dataclass(eq=False)
class Noted:
    """A tensor that was met.

    Attributes:
        kind: "input", "parameter" or "result".
        name: of a parameter, as in `named_parameters()`.
        tensor: itself; kept, so that no other has the same id.
        numbers: a copy of them as they were.
        version: how often it had been changed in place then.
        form: how they belong to the samples.
        gradients: what flows back through it.
    """

    kind: str
    name: str
    tensor: torch.Tensor
    numbers: torch.Tensor
    version: int
    form: Form
    gradients: list[torch.Tensor] = field(default_factory=list)


@dataclass(eq=False)
class Step:
    """A call: which function, in which module, with which options, and what went in and came out, by number."""

    function: str
    module: str
    options: dict[str, Option]
    inputs: tuple[int, ...]
    output: int
    call: Call


class Recorder(TorchFunctionMode):
    """Notes every function of PyTorch that is called with what depends on its samples, or on a module's parameters.

    Args:
        model: the module.
        x: the batch, `(n, …)`.
    """

    def __init__(self, model: torch.nn.Module, x: torch.Tensor) -> None:
        super().__init__()
        self.noted: list[Noted] = []
        self.steps: list[Step] = []
        self.samples = len(x)
        self._places: dict[int, int] = {}
        self._stack: list[str] = []
        self._parameters = {id(p): (name, p, p.detach().clone()) for name, p in model.named_parameters()}
        self._memory = {p.untyped_storage().data_ptr(): p for _, p, _ in self._parameters.values()}
        self._devices = sorted({*cuda_devices(model), *([x.device.index or 0] if x.is_cuda else [])})
        self.leaf = x.detach().clone().requires_grad_(x.is_floating_point())
        self.live = self.leaf.clone()  # what the module gets: it may change its input in place
        self._note("input", self.live, from_input=True)

    @contextmanager
    def running(self, model: torch.nn.Module) -> Iterator[None]:
        """Note what is called; and in which module."""
        thread = threading.get_ident()
        handles = []
        for name, module in model.named_modules():

            def enter(_: Any, __: Any, name: str = name) -> None:
                if threading.get_ident() == thread:  # a cell may call the module at the same time
                    self._stack.append(name)

            def leave(*_: Any) -> None:
                if threading.get_ident() == thread:
                    self._stack.pop()

            handles += [module.register_forward_pre_hook(enter), module.register_forward_hook(leave, always_call=True)]
        try:
            with self:
                yield
        finally:
            for handle in handles:
                handle.remove()

    def place(self, tensor: Any, what: str) -> int:
        """Which of `noted` a tensor is that somebody was given.

        Raises:
            TapeError: it is none of them.
        """
        if not isinstance(tensor, torch.Tensor):
            raise TapeError(f"{what} must be a tensor, not {type(tensor).__name__}")
        if id(tensor) in self._places:
            return self._used(tensor)
        if tensor.grad_fn is not None:
            raise TapeError(f"{what} is made in a way that cannot be followed")
        raise TapeError(f"{what} does not depend on what goes in")

    # -- while it runs ------------------------------------------------------------------------------

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called in place of every function of PyTorch."""
        kwargs = kwargs or {}
        leaves, spec = _pytree.tree_flatten((args, kwargs))
        tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
        places = [at for at, leaf in enumerate(leaves) if self._is_followed(leaf)]
        if any(isinstance(each, torch.nn.Parameter) and self._is_anothers(each) for each in tensors):
            raise OriginalError("it uses a parameter in another way than as its own, which cannot be followed")
        if not places:
            return func(*args, **kwargs)
        name = _name(func)
        if name.endswith("_like") or name.startswith("new_"):  # of a tensor's shape only
            return func(*args, **kwargs)
        self._check_all_are_known(tensors)
        inputs = [self._used(leaves[at]) for at in places]
        kept = [leaf.detach().clone() if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves]
        versions = [_version(tensor) for tensor in tensors]
        before = Generators(self._devices) if may_draw(func) else None
        out = func(*args, **kwargs)
        random = before.put_back if before is not None and before.have_moved() else _nothing
        changed = [t for t, version in zip(tensors, versions, strict=True) if _version(t) != version]
        found = tensors_of(out)
        self._check_changes(changed, found)
        for which, tensor in enumerate(found):
            is_new = not any(tensor is each for each in tensors) or any(tensor is each for each in changed)
            if tensor.is_floating_point() and is_new:
                numbers = tensor.detach().clone()
                call = Call(func, spec, kept, places, random, which, numbers, torch.is_grad_enabled())
                self._note_result(name, inputs, call, tensor, options_of(func, name, args, kwargs))
        return out

    def _is_followed(self, leaf: Any) -> bool:
        return isinstance(leaf, torch.Tensor) and (id(leaf) in self._places or id(leaf) in self._parameters)

    def _check_all_are_known(self, tensors: list[torch.Tensor]) -> None:
        if any(tensor.grad_fn is not None and not self._is_followed(tensor) for tensor in tensors):
            raise TapeError("it uses a tensor that is made in a way that cannot be followed")

    def _is_anothers(self, parameter: torch.nn.Parameter) -> bool:
        """Whether it lies in the memory of one of the module's, and is none of them."""
        memory = parameter.untyped_storage().data_ptr()
        return id(parameter) not in self._parameters and memory != 0 and memory in self._memory

    def _check_changes(self, changed: list[torch.Tensor], returned: list[torch.Tensor]) -> None:
        """Refuse what changes a tensor in place, unless it is what the function returns."""
        for tensor in changed:
            parameter = self._memory.get(tensor.untyped_storage().data_ptr())
            if parameter is not None:
                with torch.no_grad():
                    parameter.copy_(self._parameters[id(parameter)][2])
                raise TapeError("it changes a parameter while it runs, which cannot be followed")
            is_returned = any(tensor is each for each in returned)
            if not is_returned and (self._is_followed(tensor) or tensor.grad_fn is not None):
                raise TapeError(
                    "it writes into a part of a tensor, which cannot be followed; build a new one instead, "
                    "with torch.cat, torch.stack or torch.where"
                )

    def _used(self, tensor: torch.Tensor) -> int:
        """Which number a tensor has."""
        place = self._places.get(id(tensor))
        if place is None:
            name, parameter, _ = self._parameters[id(tensor)]
            return self._note("parameter", parameter, from_input=False, name=name)
        noted = self.noted[place]
        if _version(tensor) != noted.version:
            raise TapeError("it changes a tensor in place that is used elsewhere, which cannot be followed")
        if noted.kind == "result" and tensor.grad_fn is not None and not self.steps_flow(place):
            raise TapeError("it has a derivative of its own (torch.autograd.Function), which cannot be followed")
        return place

    def steps_flow(self, place: int) -> bool:
        """Whether autograd followed the call that made a result."""
        return next(step.call.flows for step in reversed(self.steps) if step.output == place)

    def _note_result(
        self, name: str, inputs: list[int], call: Call, tensor: torch.Tensor, options: dict[str, Option]
    ) -> None:
        if len(self.steps) == MOST_OPERATIONS:
            raise TapeError(f"it does more than {MOST_OPERATIONS} operations; that is too much to follow each of them")
        from_input = any(self.noted[place].form.from_input for place in inputs)
        module = self._stack[-1] if self._stack else ""
        self.steps.append(Step(name, module, options, tuple(inputs), len(self.noted), call))
        self._note("result", tensor, from_input=from_input)

    def _note(self, kind: str, tensor: torch.Tensor, *, from_input: bool, name: str = "") -> int:
        per_sample = from_input and tensor.ndim > 0 and len(tensor) == self.samples
        units = tensor.numel() // (self.samples if per_sample else 1)
        if units > (MOST_UNITS if per_sample else MOST_SHARED):
            raise TapeError(_too_many(kind, name or (self.steps[-1].function if self.steps else ""), units, per_sample))
        noted = Noted(
            kind, name, tensor, tensor.detach().clone(), _version(tensor), Form(per_sample, units, from_input)
        )
        place = self._places[id(tensor)] = len(self.noted)
        self.noted.append(noted)
        if tensor.requires_grad and kind != "parameter":
            heard = noted.gradients
            tensor.register_hook(lambda gradient: heard.append(gradient.detach().clone()))  # type: ignore[no-untyped-call]
        return place

    # -- afterwards ---------------------------------------------------------------------------------

    def keep(self, end: int) -> dict[int, int]:
        """Forget what does not lead to a result; the new numbers of what is left, the input among it, by their old."""
        alive = {0, end}
        for step in reversed(self.steps):
            if step.output in alive:
                alive.update(step.inputs)
        numbers = {old: new for new, old in enumerate(sorted(alive))}
        self.noted = [self.noted[old] for old in numbers]
        self.steps = [
            replace(step, inputs=tuple(numbers[place] for place in step.inputs), output=numbers[step.output])
            for step in self.steps
            if step.output in alive
        ]
        return numbers

    def flow_back(self, loss: torch.Tensor) -> dict[str, torch.Tensor]:
        """Let the derivatives of the loss flow back past the hooks; those of the parameters that are trained."""
        named = [(name, p) for name, p, _ in self._parameters.values() if p.requires_grad]
        ends = [p for _, p in named] + ([self.leaf] if self.leaf.requires_grad else [])
        found = torch.autograd.grad(loss, ends, allow_unused=True) if loss.requires_grad else [None] * len(ends)
        gradients = {
            name: torch.zeros_like(p) if gradient is None else gradient.detach()
            for (name, p), gradient in zip(named, found, strict=False)
        }
        for noted in self.noted:
            if noted.kind == "parameter" and noted.name in gradients:
                noted.gradients.append(gradients[noted.name])
        return gradients


def _nothing() -> None:
    """What puts generators back that were not used."""


def _name(func: Callable[..., Any]) -> str:
    """A function's name; of an attribute such as `T`, the attribute's."""
    name: str = getattr(func, "__name__", "function")
    return getattr(getattr(func, "__self__", None), "__name__", name) if name == "__get__" else name


def options_of(func: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Option]:
    """What a function was given besides tensors, by name; also what it takes where it is not told.

    Example:
        >>> options_of(torch.nn.functional.elu, "elu", (torch.zeros(2), 0.5), {})
        {'alpha': 0.5, 'inplace': False}
    """
    signature = _signature(func)
    if signature is None:
        given = dict(zip(_NAMES.get(name, ()), args, strict=False)) | kwargs
    else:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
    return {key: value for key, value in given.items() if key[:1] != "_" and isinstance(value, Option)}


@cache
def _signature(func: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(func)
    except (TypeError, ValueError):
        return None


def _too_many(kind: str, name: str, units: int, per_sample: bool) -> str:  # noqa: FBT001
    most, of_each = (MOST_UNITS, " for each sample") if per_sample else (MOST_SHARED, "")
    what = {"input": "what goes in", "parameter": f"the parameter {name}"}.get(kind, f"what {name} puts out")
    return f"{what} has {units} numbers{of_each}; more than {most} are too many to follow each of them"


def _version(tensor: torch.Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version
