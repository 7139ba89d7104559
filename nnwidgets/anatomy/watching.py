"""What a model does while it runs: calls of modules and of PyTorch's functions, and what each gets from which."""

from __future__ import annotations

import functools
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from nnwidgets.anatomy.arguments import argument_tensors, mapped, tensors_with_paths
from nnwidgets.anatomy.calls import Call, among, flat, shape_of, shapes_of, taken, version_of
from nnwidgets.anatomy.costs import facts_of
from nnwidgets.anatomy.kinds import (
    OVERWRITES,
    OWN_STATISTICS,
    PASSES,
    SHAPES_ONLY,
    is_opaque,
    is_quiet,
    is_write,
    name_of,
)
from nnwidgets.anatomy.modes import Functions, Operators
from nnwidgets.anatomy.provenance import Provenance
from nnwidgets.anatomy.table import Table, bytes_of, is_known, memory_of

Listener = Callable[[str, Any, Any, Any, Any], None]


_LEAVING = ("numpy", "array")
_aside = torch._C.DisableTorchFunction  # what we do ourselves is not noted


class ReachedOriginalError(BaseException):
    """The forward uses parameters of the model itself, not those of its replica."""


class WritesWeightsError(BaseException):
    """The forward is about to change a parameter."""


class Watcher:
    """Notes what a model does.

    Args:
        table: its modules, parameters and buffers.
        listen: is told of each call as it ends.
        writes: what happens where the forward changes a parameter: "refuse" raises before it does; "restore" keeps a
            copy in `saved`; "allow" lets it.
        foreign: memory that it must not change.
    """

    def __init__(
        self,
        table: Table,
        listen: Listener | None = None,
        *,
        writes: str = "refuse",
        foreign: frozenset[int | None] = frozenset(),
    ) -> None:
        self.table = table
        self.inputs: list[Call] = []
        self.root = Call("", "module", "")
        self.operations = 0
        self.refused: BaseException | None = None
        self._provenance = Provenance()
        self._listen = listen
        self._writes = writes
        self._foreign = foreign - {None}
        self.saved: dict[int, torch.Tensor] = {}
        self._stack = [self.root]
        self._function: Call | None = None  # that runs now
        self._numbers: Counter[int] = Counter()
        self._failures: dict[int, tuple[BaseException, Call]] = {}
        self._thread = threading.get_ident()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Note what is called in this thread."""
        handles: list[Any] = []
        forwards: list[tuple[torch.nn.Module, dict[str, Any]]] = []
        try:
            for module in self.table.model.modules():
                handles += [
                    module.register_forward_pre_hook(self._before, prepend=True, with_kwargs=True),
                    module.register_forward_hook(self._after, with_kwargs=True, always_call=True),
                ]
                own = {"forward": vars(module)["forward"]} if "forward" in vars(module) else {}
                forwards.append((module, own))
                vars(module)["forward"] = self._watched(module)
            with Functions(self), Operators(self):
                yield
        finally:
            for handle in handles:
                handle.remove()
            for module, own in forwards:
                vars(module).pop("forward", None)
                vars(module).update(own)

    def give(self, named: Iterable[tuple[str, torch.Tensor]]) -> None:
        """What the model is called with."""
        for path, tensor in named:
            call = Call(f":input{path}", "input", "input", outputs=(shape_of(tensor, path),))
            self.inputs.append(call)
            self._provenance.note(tensor, call)
            self._tell(call.key, None, (), {}, tensor)

    def take(self, output: Any) -> list[Call]:
        """What came out: a call for each tensor."""
        found = []
        for path, tensor in tensors_with_paths(output):
            call = Call(f":output{path}", "output", "output", outputs=(shape_of(tensor, path),))
            self._read(call, tensor)
            found.append(call)
            self._tell(call.key, None, (), {}, tensor)
        return found

    def where(self, error: BaseException) -> Call | None:
        """The inmost module call that raised it."""
        return self._failures.get(id(error), (None, None))[1]

    def forget(self) -> None:
        """What was raised: it keeps all tensors alive that were on the way."""
        self._failures.clear()

    # -- modules --------------------------------------------------------------------------------------

    def _watched(self, module: torch.nn.Module) -> Callable[..., Any]:
        """Its `forward`, which also notes a call that goes past `__call__`."""
        forward = module.forward

        @functools.wraps(forward)
        def watched(*args: Any, **kwargs: Any) -> Any:
            top = self._stack[-1]
            if threading.get_ident() != self._thread:
                return forward(*args, **kwargs)
            if top.module is module and top.announced:
                top.announced = False
                return forward(*args, **kwargs)
            self._before(module, args, kwargs)
            self._stack[-1].announced = False
            try:
                output = forward(*args, **kwargs)
            except BaseException as error:
                self._leave(module, error)
                raise
            changed = self._after(module, args, kwargs, output)
            return output if changed is None else changed

        return watched

    def _before(self, module: torch.nn.Module, args: Any, kwargs: Any) -> None:
        if threading.get_ident() != self._thread:
            return
        parent = self._stack[-1]
        name = self.table.name_of(module)
        self._numbers[id(module)] += 1
        number = self._numbers[id(module)]
        key = f"{name or ':model'}#{number}" if number > 1 else name
        call = Call(key, "module", name, parent, module, number, outer=sys.exc_info()[1])
        call.owner = parent.owner or (call if is_opaque(module) else None)
        self._stack.append(call)
        if parent.owner is not None:
            return
        parent.calls.append(call)
        with _aside():
            tensors = argument_tensors(args, kwargs)
            call.inputs = tuple(shape_of(tensor, path) for path, tensor in tensors)
            for _, tensor in tensors:
                call.given[id(tensor)] = (tensor, version_of(tensor))
                call.passed.update(dict.fromkeys(self._provenance.made_by(tensor)))

    def _after(self, module: torch.nn.Module, args: Any, kwargs: Any, output: Any) -> Any:
        if threading.get_ident() != self._thread:
            return None
        call, error = self._stack[-1], sys.exc_info()[1]
        if error is not None and error is not call.outer:
            self._leave(module, error)
            return None
        while len(self._stack) > 1 and self._stack.pop().module is not module:
            pass
        if call.parent is not None and call.parent.owner is not None:
            return None
        with _aside():
            own = self._own(call, output)
            if own:
                output = mapped(output, lambda tensor: own.get(id(tensor), tensor))
            outputs = list(tensors_with_paths(output))
            call.outputs = tuple(shape_of(tensor, path) for path, tensor in outputs)
            if call.owner is call:
                call.taken = taken([tensor for _, tensor in outputs], [tensor for tensor, _ in call.given.values()])
            call.given.clear()
        self._tell(call.key or ":model", module, args, kwargs, output)
        return output if own else None

    def _leave(self, module: torch.nn.Module, error: BaseException) -> None:
        while len(self._stack) > 1:  # one that was never entered, for want of depth, is not there
            call = self._stack.pop()
            call.raised = True
            call.given.clear()
            self._failures.setdefault(id(error), (error, call))
            if call.module is module:
                return

    def _own(self, call: Call, output: Any) -> dict[int, torch.Tensor]:
        """Make a module's outputs its own that come from no call in it: in place of what it was given, a view of it."""
        views: dict[int, torch.Tensor] = {}
        if any(inner.kind == "module" for inner in call.calls):
            return views
        for _, tensor in tensors_with_paths(output):
            given = call.given.get(id(tensor))
            if given is not None and given[0] is tensor:
                if given[1] != version_of(tensor):
                    continue
            elif id(tensor) in self.table.numbers or id(tensor) in self.table.buffers:
                self._read(call, tensor)
            elif not self._provenance.made_by(tensor):
                self._provenance.note(tensor, call)
                call.opened = True
                continue
            else:
                continue
            views[id(tensor)] = tensor.view_as(tensor)
            self._provenance.note(views[id(tensor)], call)
            call.opened = True
        return views

    # -- functions ------------------------------------------------------------------------------------

    def function(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call it, and note what it read and what it put out."""
        if is_quiet(func):
            return func(*args, **kwargs)
        top = self._stack[-1]
        call = Call("", "operation", name_of(func), top)
        with _aside():
            tensors = [*flat(args), *flat(kwargs.values())]
        if not all(is_known(tensor) for tensor in tensors):  # a lazy module gets its sizes
            return func(*args, **kwargs)
        with _aside():
            self._read_all(call, tensors, kwargs.get("out"))
            versions = [version_of(tensor) for tensor in tensors]
        before, self._function = self._function, top.owner or call
        try:
            out = func(*args, **kwargs)
        except Exception:
            call.raised = True
            self._finish(call, tensors, [])
            raise
        finally:
            self._function = before
        with _aside():
            changed = [t for t, old in zip(tensors, versions, strict=True) if version_of(t) != old]
            if tensors and is_write(call.name) and tensors[0].is_inference():  # such a one has no version
                changed.append(tensors[0])
            out, results = self._results(call, out, tensors, changed)
            if not results:
                top.left.update(call.sources if call.name in _LEAVING else {})
                return out
            self._finish(call, tensors, results)
        if top.owner is None:
            self._tell(call.key, func, args, kwargs, out)
        return out

    def _read_all(self, call: Call, tensors: list[torch.Tensor], out: Any) -> None:
        if call.name in SHAPES_ONLY:
            tensors = []
        elif call.name in OVERWRITES:
            tensors = tensors[1:]
        for tensor in tensors:
            if tensor is not out:
                self._read(call, tensor)
        if call.name == "from_numpy" and not call.sources and call.parent is not None:
            call.sources.update(call.parent.left)
        call.constant = not (call.parameters or call.buffers) and all(source.constant for source in call.sources)

    def _read(self, call: Call, tensor: torch.Tensor) -> None:
        number = self.table.numbers.get(id(tensor))
        buffer = self.table.buffers.get(id(tensor))
        if number is not None and self._writes == "refuse":
            call.parameters[number] = None
            return
        in_layer = call.parent is not None and call.parent.owner is not None
        if buffer is not None and (in_layer or call.name in OWN_STATISTICS):
            call.buffers[buffer] = None
            return
        made, is_open = self._provenance.origin(tensor)
        call.sources.update(dict.fromkeys(made))
        if number is not None:
            call.parameters[number] = None
        elif buffer is not None:
            call.buffers.update({buffer: None} if is_open else {})
        elif not made:
            found = self.table.memories.get(memory_of(tensor) or 0, ())
            if found and isinstance(tensor, torch.nn.Parameter):
                self._refuse(ReachedOriginalError())
            call.parameters.update(dict.fromkeys(found))  # a view of one that was made before

    def _results(
        self, call: Call, out: Any, tensors: list[torch.Tensor], changed: list[torch.Tensor]
    ) -> tuple[Any, list[torch.Tensor]]:
        """What a function put out or changed; what it gave back as it was is a view of it."""
        maker = (call.parent and call.parent.owner) or call
        results = []
        for tensor in flat((out,)):
            if not any(tensor is each for each in tensors):
                call.taken += bytes_of(tensor) if self._provenance.note(tensor, maker) else 0
                results.append(tensor)
            elif out is tensor and maker is call and call.name not in PASSES and not among(tensor, changed):
                out = tensor.view_as(tensor)
                self._provenance.note(out, call)
                results.append(out)
        for tensor in changed:
            if not among(tensor, results):
                self._provenance.written(tensor, maker)
                results.append(tensor)
        return out, results

    def _finish(self, call: Call, tensors: list[torch.Tensor], results: list[torch.Tensor]) -> None:
        top = call.parent
        assert top is not None
        self.operations += 1
        if top.owner is not None:
            top.owner.sources.update(dict.fromkeys(source for source in call.sources if source is not top.owner))
            top.owner.parameters.update(call.parameters)
            top.owner.buffers.update(call.buffers)
            return
        top.names[call.name] += 1
        number = top.names[call.name]
        call.key = f"{top.key}:{call.name}" + (f"#{number}" if number > 1 else "")
        with _aside():
            call.inputs = shapes_of([each for each in tensors if id(each) not in self.table.numbers])
            call.outputs = shapes_of(results)
        top.calls.append(call)

    # -- operators, underneath --------------------------------------------------------------------------

    def operator(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call it, count its multiply–adds, and see to it that no parameter is changed."""
        cost, written = facts_of(func)
        if written:
            self._protect([args[place] if place < len(args) else kwargs.get(name) for place, name in written])
        top = self._stack[-1]
        done = len(top.calls)
        out = func(*args, **kwargs)
        if cost is not None:
            call = self._function or top.owner or (top.calls[-1] if len(top.calls) > done else top)
            with _aside():
                call.cost += cost(args, out)
        return out

    def _protect(self, written: list[Any]) -> None:
        with _aside():
            for tensor in flat(written):
                memory = memory_of(tensor) or 0
                if memory in self._foreign:
                    self._refuse(ReachedOriginalError())
                for number in self.table.memories.get(memory, ()):
                    if self._writes == "refuse":
                        self._refuse(WritesWeightsError())
                    if self._writes == "restore" and number not in self.saved:
                        self.saved[number] = self.table.parameters[number].detach().clone()

    def _refuse(self, error: BaseException) -> None:
        self.refused = error
        raise error

    def _tell(self, key: str, what: Any, args: Any, kwargs: Any, output: Any) -> None:
        if self._listen is not None:
            with _aside():
                self._listen(key, what, args, kwargs, output)
