"""Whether the numbers of a model are others than before, without looking at all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import torch

_SAMPLED = 64  # entries of each tensor


class Moved:
    """Tells whether parameters, buffers or gradients have changed since it was asked before.

    PyTorch counts what is done to a tensor in place; some ways around that (`.data`, NumPy) show in a sample of
    entries. Little is read: asking costs about a millisecond for a hundred tensors.

    Args:
        model: any module; it is only looked at.

    Example:
        >>> model = torch.nn.Linear(2, 1)
        >>> moved = Moved(model)
        >>> moved.look()
        False
        >>> with torch.no_grad():
        ...     _ = model.weight.add_(1)
        >>> moved.look(), moved.look()
        (True, False)
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._model = model
        self._state = _state_of(model)

    def look(self) -> bool:
        """Whether anything has changed since this was asked before."""
        before, self._state = self._state, _state_of(self._model)
        return before != self._state


def _state_of(model: torch.nn.Module) -> tuple[object, ...]:
    marks: list[object] = []
    samples: dict[tuple[torch.device, torch.dtype], list[torch.Tensor]] = defaultdict(list)
    for name, tensor in _tensors_of(model):
        marks.append((name, tensor.requires_grad, *_mark(tensor), tensor.grad is not None and _mark(tensor.grad)))
        if _has_memory(tensor) and tensor.numel():
            samples[tensor.device, tensor.dtype].append(_sample(tensor.detach()))
    return tuple(marks), tuple(_bytes(torch.cat(each)) for each in samples.values())


def _tensors_of(model: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def _mark(tensor: torch.Tensor) -> tuple[object, ...]:
    if not _has_memory(tensor):
        return id(tensor), tuple(tensor.shape) if not torch.nn.parameter.is_lazy(tensor) else ()
    version = None if tensor.is_inference() else tensor._version
    return id(tensor), tensor.data_ptr(), tuple(tensor.shape), version


def _has_memory(tensor: torch.Tensor) -> bool:
    return not torch.nn.parameter.is_lazy(tensor) and not tensor.is_meta and tensor.layout is torch.strided


def _sample(tensor: torch.Tensor) -> torch.Tensor:
    """Some entries, evenly apart in memory, without a copy of the others."""
    flat = tensor.reshape(-1) if tensor.is_contiguous() else tensor.as_strided((_reach(tensor),), (1,))
    return flat[:: max(1, len(flat) // _SAMPLED)][:_SAMPLED]


def _reach(tensor: torch.Tensor) -> int:
    """From its first entry in memory to its last."""
    return 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))


def _bytes(tensor: torch.Tensor) -> bytes:
    array: bytes = tensor.contiguous().view(torch.uint8).cpu().numpy().tobytes()
    return array
