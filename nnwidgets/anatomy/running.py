"""Running a model so that what it does can be noted, and nothing is left of it."""

from __future__ import annotations

import linecache
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch

from nnwidgets.anatomy.apart import Apart
from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.calls import Call
from nnwidgets.anatomy.reach import generators_reached
from nnwidgets.anatomy.table import Table, is_known
from nnwidgets.anatomy.watching import Listener, ReachedOriginalError, Watcher, WritesWeightsError
from nnwidgets.training.left_alone import Draws, Generators, cuda_devices, left_alone
from nnwidgets.training.replica import deep_copy

_LONGEST = 400  # of a message


class AnatomyError(Exception):
    """Why a model cannot be shown at all."""


@dataclass
class Run:
    """A model that ran, or did so until something raised.

    Attributes:
        watcher: what was noted.
        outputs: what came out.
        failed: the inmost module call that raised.
        failure: what was raised and where, "" where all went well.
        notes: sentences about how it ran.
    """

    watcher: Watcher
    outputs: list[Call] = field(default_factory=list)
    failed: Call | None = None
    failure: str = ""
    notes: list[str] = field(default_factory=list)


def live_module(model: torch.nn.Module) -> torch.nn.Module:
    """What is looked at: of a compiled module the one that was compiled."""
    inner = None if isinstance(model, torch.jit.ScriptModule) else getattr(model, "_orig_mod", None)
    return live_module(inner) if isinstance(inner, torch.nn.Module) else model


def run(model: torch.nn.Module, arguments: Arguments, *, training: bool, listen: Listener | None) -> Run:
    """Run a model and note what it does; it is left as it was.

    Raises:
        AnatomyError: it is none of PyTorch's modules.
    """
    if not isinstance(model, torch.nn.Module):
        raise AnatomyError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    model = live_module(model)
    if not all(is_known(parameter) for parameter in model.parameters()):
        copy = _with_sizes(deep_copy(model), arguments, training=training)
        done = _run(copy, arguments, listen, training=training, writes="allow")
        done.notes.append("Its lazy modules have no sizes before their first batch: this is a copy that has seen one.")
        return done
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    try:
        return _run_apart(model, arguments, listen, training=training)
    except ReachedOriginalError:
        for module, kept in attributes:  # so it may have set some of them
            vars(module).clear()
            vars(module).update(kept)
        return _run_live(model, arguments, listen, training=training)


def _run_apart(model: torch.nn.Module, arguments: Arguments, listen: Listener | None, *, training: bool) -> Run:
    try:
        return _run(_apart(model, copied=False), arguments, listen, training=training, writes="refuse")
    except WritesWeightsError:
        done = _run(_apart(model, copied=True), arguments, listen, training=training, writes="allow")
        done.notes.append("Its forward changes parameters: it ran on a copy of them.")
        return done


def _with_sizes(copy: torch.nn.Module, arguments: Arguments, *, training: bool) -> torch.nn.Module:
    """A lazy module that has seen a batch."""
    copy.train(training)
    draws = Draws(cuda_devices(copy))
    given = arguments.to(_device(copy))
    try:  # what it raises it raises once more, and is told then
        with other_generators_kept(copy), draws, torch.no_grad(), suppress(Exception):
            copy(*given.args, **given.kwargs)
    finally:
        draws.put_back()
    return copy


def _apart(model: torch.nn.Module, *, copied: bool) -> tuple[torch.nn.Module, Apart]:
    apart = Apart(model, copied=copied)
    return apart.module(model), apart


def _run_live(model: torch.nn.Module, arguments: Arguments, listen: Listener | None, *, training: bool) -> Run:
    with _gradients_kept(model):
        return _run(model, arguments, listen, training=training, writes="restore")


@contextmanager
def _gradients_kept(model: torch.nn.Module) -> Iterator[None]:
    kept = [(each, each.grad, None if each.grad is None else each.grad.detach().clone()) for each in model.parameters()]
    try:
        yield
    finally:
        for parameter, gradient, copy in kept:
            if gradient is not None and copy is not None and not torch.equal(gradient, copy):
                with torch.no_grad():
                    gradient.copy_(copy)
            parameter.grad = gradient


def _run(
    model: torch.nn.Module | tuple[torch.nn.Module, Apart],
    arguments: Arguments,
    listen: Listener | None,
    *,
    training: bool,
    writes: str,
) -> Run:
    model, apart = model if isinstance(model, tuple) else (model, None)
    with ExitStack() as stack:
        for script in apart.scripts if apart is not None else ():
            stack.enter_context(_scripts_kept(script, training=training))
        stack.enter_context(_EAGER)
        stack.enter_context(other_generators_kept(model))
        stack.enter_context(left_alone(model))
        model.train(training)
        watched = partial(
            _watched, model, arguments, listen, writes=writes, foreign=apart.foreign if apart else frozenset()
        )
        done = watched(grad=False)
        if done.failure and _wants_gradients(done.failure):
            again = watched(grad=True)
            done = done if again.failure else again
        if "RecursionError" in done.failure:  # watching a call takes frames of its own
            with _deeper():
                done = watched(grad=False)
    done.notes += _notes(model, bool(apart is not None and apart.scripts))
    return done


@contextmanager
def other_generators_kept(model: torch.nn.Module, *functions: Any) -> Iterator[None]:
    """Put back the global generators of Python and of NumPy if it is the model that draws, PyTorch's if it seeds them.

    They do not tell which thread does: it is taken to be this one where the model's code, or that of the functions,
    can reach them. Those of Python and NumPy are put back in the main thread in any case.
    """
    drawn, numbers = random.getstate(), np.random.get_state()  # noqa: NPY002
    generators = Generators(cuda_devices(model))
    try:
        yield
    finally:
        moved = set()
        if random.getstate() != drawn:
            moved.add("python")
        if not _same_state(np.random.get_state(), numbers):  # noqa: NPY002
            moved.add("numpy")
        if generators.have_moved():
            moved.add("torch")
        mine = moved & generators_reached(model, *functions) if moved else moved
        if threading.current_thread() is threading.main_thread():
            mine |= moved - {"torch"}
        if "python" in mine:
            random.setstate(drawn)
        if "numpy" in mine:
            np.random.set_state(numbers)  # noqa: NPY002
        if "torch" in mine:
            generators.put_back()


def _same_state(one: Any, other: Any) -> bool:
    return all(np.array_equal(ours, theirs) for ours, theirs in zip(one, other, strict=True))


def _notes(model: torch.nn.Module, has_scripts: bool) -> list[str]:  # noqa: FBT001
    notes = []
    if has_scripts:
        notes.append("What happens in modules of TorchScript is not told.")
    if any(parameter.is_meta for parameter in model.parameters()):
        notes.append("Parameters on the meta device have shapes, but no numbers.")
    if any(".quantized" in type(module).__module__ for module in model.modules()):
        notes.append("Weights of quantised modules are not among a model's parameters, and are not counted.")
    return notes


class _Eager:
    """Lets functions that are compiled run without their compiler, which cannot follow how they are watched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._stance: Any = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1 and "torch._dynamo" in sys.modules and hasattr(torch.compiler, "set_stance"):
                self._stance = torch.compiler.set_stance("force_eager")
                self._stance.__enter__()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._stance is not None:
                self._stance.__exit__(None, None, None)
                self._stance = None


_EAGER = _Eager()
_DEEPER = threading.Lock()


@contextmanager
def _deeper() -> Iterator[None]:
    """Let calls nest deeper than they may."""
    with _DEEPER:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(3 * limit)
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)


def _wants_gradients(failure: str) -> bool:
    return "require grad" in failure or "grad_fn" in failure or "requires_grad" in failure


def _watched(
    model: torch.nn.Module,
    arguments: Arguments,
    listen: Listener | None,
    *,
    writes: str,
    grad: bool,
    foreign: frozenset[int | None],
) -> Run:
    watcher = Watcher(Table(model), listen, writes=writes, foreign=foreign)
    given = arguments.to(_device(model))
    watcher.give(given.named())
    done = Run(watcher)
    output = None
    try:
        with nullcontext() if grad else torch.no_grad(), watcher.running():
            output = model(*given.args, **given.kwargs)
        done.outputs = watcher.take(output)
    except BaseException as error:
        if not isinstance(error, Exception) and _may_be_ctrl_c():
            raise
        done.failed = watcher.where(error) or watcher.root
        done.failure = _failure(error, done.failed, model)
        watcher.forget()
    finally:
        with torch.no_grad():
            for number, value in watcher.saved.items():
                watcher.table.parameters[number].data.copy_(value)
    if watcher.refused is not None:
        raise watcher.refused
    watcher.table.look_again()
    return done


@contextmanager
def _scripts_kept(script: torch.nn.Module, *, training: bool) -> Iterator[None]:
    modes = [(module, module.training) for module in script.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in script.buffers()]
    script.train(training)
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        with torch.no_grad():
            for buffer, value in buffers:
                if not torch.equal(buffer, value):
                    buffer.copy_(value)


def _device(model: torch.nn.Module) -> torch.device | None:
    first = next((tensor for tensor in (*model.parameters(), *model.buffers())), None)
    return None if first is None else first.device


# -- what went wrong ----------------------------------------------------------------------------------


def _may_be_ctrl_c() -> bool:
    """Whether this thread is the one that Python interrupts, and that has a program to exit."""
    return threading.current_thread() is threading.main_thread()


def _failure(error: BaseException, call: Call, model: torch.nn.Module) -> str:
    module = call.module or model
    name = f"{type_of(module)} {call.name!r}" if call.name else f"the model ({type_of(module)})"
    hook = _hook_of(error, module)
    where = f"the hook {hook} of {name}" if hook else name
    shapes = ", ".join(" × ".join(map(str, each.shape)) or "a number" for each in call.inputs)
    given = f" with an input of {shapes}" if shapes else ""
    text = " ".join(str(error).split())
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f"{where} raised{given}: {type(error).__name__}: {text}".removesuffix(": ")


def type_of(module: torch.nn.Module) -> str:
    """The name of its class."""
    return str(vars(module).get("nnwidgets_type", type(module).__name__))


def _hook_of(error: BaseException, module: torch.nn.Module) -> str | None:
    """The name of a module's hook that raised it."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.endswith(("torch/nn/modules/module.py", "torch\\nn\\modules\\module.py")):
            line = linecache.getline(code.co_filename, trace.tb_lineno)
            hook: Any = trace.tb_frame.f_locals.get("hook")
            if trace.tb_frame.f_locals.get("self") is module:
                found = getattr(hook, "__qualname__", type(hook).__name__) if "hook(" in line else None
        trace = trace.tb_next
    return found
