"""A pass through a small network and back, as autograd sees it: one operation after the other, with its derivatives.

While a module runs, every function of PyTorch that it calls is noted together with the very tensors that go in and
come out. Hooks on these tensors hear what flows back. What an operation alone does to a small change, its local
derivative, is asked of autograd by making that one operation again; so nothing has to be known about any operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.training.left_alone import left_alone
from nnwidgets.training.local_derivatives import Array, Form, Links, TapeError, array, links, local_derivatives, mixes
from nnwidgets.training.recorder import MOST_OPERATIONS, MOST_UNITS, Noted, Option, Recorder, Step

__all__ = ["MOST_OPERATIONS", "MOST_UNITS", "Operation", "Tape", "TapeError", "Value", "record", "values_again"]

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _nothing() -> None:
    """What is called before a run where nothing has to be."""


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor on the way.

    Attributes:
        kind: "input", "parameter" or "result" (of an operation).
        name: of a parameter, as in `named_parameters()`; else empty.
        array: `(shown, units)` if it has a row for each sample, `(1, units)` if all of them share it; float64.
        shape: of one sample's.
        per_sample: whether it has a row for each sample.
        gradient: of the batch's loss, in the shape of `array`; None where nothing flows back.
        from_input: whether it depends on the samples at all.
    """

    kind: str
    name: str
    array: Array
    shape: tuple[int, ...]
    per_sample: bool
    gradient: Array | None
    from_input: bool


@dataclass(frozen=True, eq=False)
class Operation:
    """What one call of a function of PyTorch did.

    Attributes:
        function: its name without its module, such as "linear", "tanh" or "add".
        module: the innermost module that was running, as in `named_modules()`.
        options: what it was given besides tensors, by name, such as `negative_slope` or `inplace`.
        inputs, output: which of the tape's values.
        local: for each input `(shown, output units, input units)`, the derivatives of a sample's output with respect
            to that input. Where the samples come together in their mean, it is as if each were alone.
        linked: for each input `(output units, input units)`, which units depend on which at all.
    """

    function: str
    module: str
    options: dict[str, Option]
    inputs: tuple[int, ...]
    output: int
    local: list[Array]
    linked: list[Links]


@dataclass(frozen=True, eq=False)
class Tape:
    """All that leads to the loss in a pass.

    With `averaged`, the products of local derivatives along all paths from a sample's number to the loss sum to the
    derivative of that sample's own loss, which is `samples` times that of the batch's loss.

    Attributes:
        values: inputs first, then parameters as they are met, and results in the order of execution.
        operations: in that order; the last ones belong to the loss.
        outputs: which value the module returned.
        loss: of the batch.
        loss_value: which value that is.
        losses: `(shown,)`, of each sample alone; NaN where they do not make up the batch's.
        averaged: whether the loss is their mean.
        gradients: of the batch's loss, by the names of the parameters that are trained, in their shapes and dtypes
            (bfloat16 in float32); zeros where nothing flows.
        samples: of the batch.
        shown: how many of them, the first, are recorded.
    """

    values: list[Value]
    operations: list[Operation]
    outputs: int
    loss: float
    loss_value: int
    losses: Array
    averaged: bool
    gradients: dict[str, NDArray[Any]]
    samples: int
    shown: int


def record(
    model: torch.nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    loss_fn: Loss,
    before: Callable[[], None] = _nothing,
    *,
    shown: int | None = None,
) -> Tape:
    """Run a batch through a module and its loss, and back.

    The module's parameters, their gradients, its buffers, modes, hooks and attributes, and PyTorch's random numbers
    are as before.

    Args:
        model: any module of functions that take each sample by itself.
        x: `(n, features)`.
        y: what `loss_fn` wants.
        loss_fn: of outputs and targets, one number.
        before: called before each run, to seed generators of the module's own.
        shown: how many samples, the first of the batch, are recorded; None for all. The batch runs as a whole.

    Raises:
        TapeError: it changes tensors in a way that cannot be followed, mixes the samples of a batch, is too large, or
            its loss is not one number.
        Exception: whatever the module raises.

    Example:
        >>> layer = torch.nn.Linear(2, 1)
        >>> tape = record(layer, torch.ones(3, 2), torch.zeros(3, 1), torch.nn.MSELoss())
        >>> [(operation.function, operation.module) for operation in tape.operations]
        [('linear', ''), ('mse_loss', '')]
        >>> tape.operations[0].local[0].shape
        (3, 1, 2)
    """
    shown = len(x) if shown is None else min(shown, len(x))
    with left_alone(model), torch.enable_grad():
        recorder, outputs, returned, loss, end = _run(model, x, y, loss_fn, before)
        gradients = recorder.flow_back(loss)
        losses, averaged = _alone(loss_fn, outputs.detach(), y, shown)
        operations = _derived(recorder, shown, len(x) if averaged else 1)
        if len(x) > 1 and not recorder.noted[returned].form.per_sample:
            raise mixes()
    return Tape(
        [_value(noted, shown) for noted in recorder.noted],
        operations,
        returned,
        float(loss.detach()),
        end,
        losses,
        averaged,
        {name: _native(gradient) for name, gradient in gradients.items()},
        len(x),
        shown,
    )


def values_again(
    tape: Tape,
    model: torch.nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    loss_fn: Loss,
    before: Callable[[], None] = _nothing,
) -> tuple[tuple[Array, ...], float, Array]:
    """The values of a tape, the batch's loss and those of its samples alone, in a like module with other parameters.

    NaN where it went another way there. Raises as `record` does.
    """
    with left_alone(model), torch.enable_grad():
        recorder, outputs, _, loss, _ = _run(model, x, y, loss_fn, before)
    loss_value = float(loss.detach())
    losses, _ = _alone(loss_fn, outputs.detach(), y, tape.shown)
    ours = [(step.function, step.inputs, step.output) for step in recorder.steps]
    shapes = [tuple(noted.tensor.shape[value.per_sample :]) for noted, value in zip(recorder.noted, tape.values)]  # noqa: B905
    if ours != [(o.function, o.inputs, o.output) for o in tape.operations] or shapes != [v.shape for v in tape.values]:
        return tuple(np.full_like(value.array, math.nan) for value in tape.values), loss_value, losses
    again = (
        _rows(noted.numbers, value.per_sample, tape.shown)
        for noted, value in zip(recorder.noted, tape.values, strict=True)
    )
    return tuple(again), loss_value, losses


def _run(
    model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, loss_fn: Loss, before: Callable[[], None]
) -> tuple[Recorder, torch.Tensor, int, torch.Tensor, int]:
    """Forward, and the loss: what was noted, the outputs and the loss, each with its number among what was noted."""
    before()
    recorder = Recorder(model, x)
    with recorder.running(model):
        outputs = model(recorder.live)
        returned = recorder.place(outputs, "what the module returns")
        loss = loss_fn(outputs, y)
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        raise TapeError("the loss of a batch must be one number, a tensor of one element")
    if not recorder.noted[returned].form.from_input:
        raise TapeError("what the module returns does not depend on what goes in")
    end = recorder.place(loss, "the loss")
    numbers = recorder.keep(end)
    if returned not in numbers:
        raise TapeError("the loss does not depend on what the module returns")
    return recorder, outputs, numbers[returned], loss, numbers[end]


def _derived(recorder: Recorder, shown: int, factor: int) -> list[Operation]:
    """All operations with their local derivatives; `factor` for those that bring the samples together in a mean."""
    return [_operation(recorder, step, shown, factor) for step in recorder.steps]


def _operation(recorder: Recorder, step: Step, shown: int, factor: int) -> Operation:
    noted, samples = recorder.noted, recorder.samples
    inputs = [noted[place].form for place in step.inputs]
    form = noted[step.output].form
    local = local_derivatives(step.call, inputs, form, samples, shown) if _looks(form, inputs) else None
    if local is None:  # as many numbers as samples, but all of them share these
        form = noted[step.output].form = form.shared(samples)
        local = local_derivatives(step.call, inputs, form, samples, shown)
        assert local is not None
    joined = [each.from_input and not each.per_sample for each in inputs]
    if samples > 1 and form.per_sample and any(joined):
        raise mixes()
    linked = links(step.call, step.function, inputs, form, samples, local)
    if not form.per_sample:
        local = [each * factor if one.per_sample else each for each, one in zip(local, inputs, strict=True)]
    return Operation(step.function, step.module, step.options, step.inputs, step.output, local, linked)


def _looks(form: Form, inputs: list[Form]) -> bool:
    """Whether a result may belong to the samples as it seems by its shape."""
    return not form.per_sample or any(each.per_sample for each in inputs)


def _value(noted: Noted, shown: int) -> Value:
    per_sample = noted.form.per_sample
    return Value(
        noted.kind,
        noted.name,
        _rows(noted.numbers, per_sample, shown),
        tuple(noted.tensor.shape[per_sample:]),
        per_sample,
        _rows(noted.gradients[-1], per_sample, shown) if noted.gradients else None,
        noted.form.from_input,
    )


def _rows(tensor: torch.Tensor, per_sample: bool, shown: int) -> Array:  # noqa: FBT001
    rows = array(tensor).reshape(len(tensor) if per_sample else 1, -1)
    return rows[:shown].copy()


def _native(tensor: torch.Tensor) -> NDArray[Any]:
    """In its own dtype, but for those that NumPy does not have."""
    tensor = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
    found: NDArray[Any] = tensor.cpu().numpy().copy()
    return found


def _alone(loss_fn: Loss, outputs: torch.Tensor, y: torch.Tensor, shown: int) -> tuple[Array, bool]:
    """The loss of each sample, and whether that of the batch is their mean."""
    several = min(len(outputs), max(shown, 2))  # of one sample, any loss is the mean
    try:
        with torch.no_grad():
            alone = np.array([float(loss_fn(outputs[i : i + 1], y[i : i + 1])) for i in range(several)])
            whole = float(loss_fn(outputs[:several], y[:several]))
    except Exception:  # noqa: BLE001 - a loss of the reader's own may want whole batches
        return np.full(shown, math.nan), False
    if math.isclose(alone.mean(), whole, rel_tol=1e-4, abs_tol=1e-12):
        return alone[:shown], True
    is_sum = math.isclose(alone.sum(), whole, rel_tol=1e-4)
    return (alone[:shown] if is_sum else np.full(shown, math.nan)), False
