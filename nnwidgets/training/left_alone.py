"""Running a module without leaving a trace on it."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from nnwidgets.training.inspection import same_values
from nnwidgets.training.replica import deep_copy, replicate

_CONTAINERS = (dict, OrderedDict, list, set)


@contextmanager
def left_alone(model: torch.nn.Module) -> Iterator[None]:
    """Put back what running a module changes: buffers, modes, hooks, attributes and PyTorch's random numbers.

    Whatever is raised meanwhile is raised, and all is put back as well. Parameters and their gradients are not looked
    after.
    """
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    containers = [
        (value, copy.copy(value)) for _, kept in attributes for value in kept.values() if type(value) in _CONTAINERS
    ]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    with torch.random.fork_rng(devices=cuda_devices(model)):
        try:
            yield
        finally:
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


def random_state(devices: Sequence[int]) -> Callable[[], None]:
    """What puts PyTorch's generators, the CPU's and those of some GPUs, back to where they stand now."""
    state = torch.get_rng_state()
    states = [(device, torch.cuda.get_rng_state(device)) for device in devices]

    def put_back() -> None:
        torch.set_rng_state(state)
        for device, each in states:
            torch.cuda.set_rng_state(each, device)

    return put_back


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
