"""Running a module without leaving a trace on it."""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from nnwidgets.training.inspection import same_values
from nnwidgets.training.replica import deep_copy, replicate

_CONTAINERS = (dict, OrderedDict, list, set)


@contextmanager
def left_alone(model: torch.nn.Module) -> Iterator[Draws]:
    """Put back what running a module changes: buffers, modes, hooks, attributes and PyTorch's random numbers.

    Whatever is raised meanwhile is raised, and all is put back as well. Parameters and their gradients are not looked
    after. Random numbers that other threads draw in the meantime stay theirs.
    """
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    containers = [
        (value, copy.copy(value)) for _, kept in attributes for value in kept.values() if type(value) in _CONTAINERS
    ]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    draws = Draws(cuda_devices(model))
    try:
        with draws:
            yield draws
    finally:
        draws.put_back()
        for module, kept in attributes:
            vars(module).clear()
            vars(module).update(kept)
        for container, content in containers:
            _fill(container, content)
        with torch.no_grad():
            for buffer, value in buffers:
                if not same_values(buffer, value):
                    buffer.copy_(value)


def cuda_devices(model: torch.nn.Module) -> list[int]:
    """On which GPUs a module is."""
    devices = {tensor.device for tensor in (*model.parameters(), *model.buffers()) if tensor.is_cuda}
    return sorted(torch.cuda.current_device() if device.index is None else device.index for device in devices)


class Generators:
    """Where PyTorch's own generators stand, the CPU's and those of some GPUs."""

    def __init__(self, devices: Sequence[int]) -> None:
        self._state = torch.get_rng_state()
        self._states = [(device, torch.cuda.get_rng_state(device)) for device in devices]

    def have_moved(self) -> bool:
        """Whether they stand elsewhere by now."""
        return not torch.equal(self._state, torch.get_rng_state()) or any(
            not torch.equal(state, torch.cuda.get_rng_state(device)) for device, state in self._states
        )

    def put_back(self) -> None:
        """To where they stood."""
        torch.set_rng_state(self._state)
        for device, state in self._states:
            torch.cuda.set_rng_state(state, device)


class Draws(TorchFunctionMode):
    """Heeds whether this thread draws from PyTorch's own generators: others may draw from them meanwhile, or seed them.

    Args:
        devices: GPUs whose generators count as well.
    """

    def __init__(self, devices: Sequence[int]) -> None:
        super().__init__()
        self._devices = devices
        self._before: Generators | None = None  # the first draw

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called in place of every function of PyTorch."""
        if self._before is not None or not may_draw(func):
            return func(*args, **(kwargs or {}))
        before = Generators(self._devices)
        try:
            return func(*args, **(kwargs or {}))
        finally:
            if before.have_moved():
                self._before = before

    def put_back(self) -> None:
        """Put the generators to where they stood before the first draw, if there was any."""
        if self._before is not None:
            self._before.put_back()


_DRAWING = re.compile(
    "drop|rand|^normal$|normal_|log_normal|bernoulli|binomial|multinomial|poisson|uniform|exponential|geometric|cauchy|dirichlet"
    "|gamma|gumbel|rrelu|fractional|attention|^rnn|^gru|^lstm|lowrank|lobpcg"
)


def may_draw(func: Any) -> bool:
    """Whether a function of PyTorch may draw random numbers, as its name says."""
    return _DRAWING.search(getattr(func, "__name__", "")) is not None


def _fill(container: Any, content: Any) -> None:
    if len(container) == len(content) and all(
        ours is theirs for ours, theirs in zip(_items(container), _items(content), strict=True)
    ):
        return
    container.clear()
    if isinstance(container, list):
        container.extend(content)
    else:
        container.update(content)


def _items(container: Any) -> list[Any]:
    if isinstance(container, dict):
        return [*container.keys(), *container.values()]
    return list(container)


def stand_in(model: torch.nn.Module) -> torch.nn.Module:
    """A module of the same kind whose parameters and buffers can be exchanged while others use `model`.

    Until they are, they lie in the same memory.
    """
    replica = replicate(model)
    if replica is model:  # it cannot be taken apart
        return deep_copy(model)
    for module in replica.modules():
        vars(module)["_buffers"] = dict(module._buffers)
    return replica
