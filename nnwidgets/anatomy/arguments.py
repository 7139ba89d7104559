"""What a model is called with, and where in it tensors are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

_DEEPEST = 12


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call.

    Attributes:
        args: those by position.
        kwargs: those by name.
        samples: length of the first tensor's first axis; 1 where there is none.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    samples: int

    @classmethod
    def of(cls, given: Any) -> Arguments:
        """What is meant by an `input`.

        Args:
            given: a tensor or an array; a tuple of arguments by position; or a dict of those by name. A list is one
                argument. Arrays become tensors, those of float64 become float32.

        Raises:
            TypeError: there is no tensor in it, or a nested one.

        Example:
            >>> Arguments.of((torch.zeros(4, 2), None)).samples
            4
        """
        args: tuple[Any, ...] = ()
        kwargs: dict[str, Any] = {}
        if isinstance(given, Mapping):
            kwargs = {str(name): _tensors(value) for name, value in given.items()}
        elif is_several(given):
            args = tuple(_tensors(value) for value in given)
        else:
            args = (_tensors(given, alone=True),)
        tensors = [tensor for _, tensor in tensors_with_paths((args, kwargs))]
        if any(tensor.is_nested for tensor in tensors):
            raise TypeError(
                "input has a nested tensor, which has no shape to show: pad it with torch.nested.to_padded_tensor"
            )
        found = next(iter(tensors), None)
        if found is None:
            raise TypeError(
                "input must be what the model is called with: a tensor or an array, a tuple of arguments, or a dict "
                f"of them by name; there is no tensor in this {type(given).__name__}"
            )
        return cls(args, kwargs, len(found) if found.ndim else 1)

    def to(self, device: torch.device | str | None) -> Arguments:
        """The same on a device, None for where they are: copies, each on memory of its own."""

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            copy = tensor.detach().clone() if device is None else tensor.detach().to(device, copy=True)
            return copy.requires_grad_(tensor.requires_grad)

        args, kwargs = mapped(self.args, moved), mapped(self.kwargs, moved)
        return Arguments(args, kwargs, self.samples)

    def named(self) -> list[tuple[str, torch.Tensor]]:
        """All tensors and where they are; ``""`` for one by itself."""
        return argument_tensors(self.args, self.kwargs)


def is_several(given: Any) -> bool:
    """Whether it is a tuple of arguments; one with names, such as a packed sequence, is one argument."""
    return isinstance(given, tuple) and not hasattr(given, "_fields")


def argument_tensors(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[tuple[str, torch.Tensor]]:
    """All tensors among a call's arguments and where they are: ``""`` for the only one, ``"[1]"``, ``"['mask']"``."""
    found = list(tensors_with_paths(args))
    named = list(tensors_with_paths(kwargs))
    if len(found) == 1 and not named:
        return [(found[0][0].removeprefix("[0]"), found[0][1])]
    return found + named


def tensors_with_paths(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors in nested tuples, lists, dicts and objects, and where they are.

    Example:
        >>> [path for path, _ in tensors_with_paths({"a": torch.zeros(2), "b": [torch.zeros(2)]})]
        ["['a']", "['b'][0]"]
    """
    if isinstance(value, torch.Tensor):
        yield path, value
        return
    if depth > _DEEPEST or value is None or isinstance(value, str | bytes | int | float | bool | torch.nn.Module):
        return
    for name, part in _parts(value):
        yield from tensors_with_paths(part, path + name, depth + 1)


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(f"[{key!r}]", part) for key, part in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{name}", part) for name, part in zip(value._fields, value, strict=True)]
    if isinstance(value, tuple | list):
        return [(f"[{index}]", part) for index, part in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f".{field.name}", getattr(value, field.name, None)) for field in dataclasses.fields(value)]
    try:
        attributes = vars(value)
    except TypeError:
        return []
    return (
        [] if isinstance(value, type) or callable(value) else [(f".{name}", part) for name, part in attributes.items()]
    )


def _tensors(value: Any, *, alone: bool = False) -> Any:
    """The same with tensors in place of arrays."""
    if isinstance(value, np.ndarray) or (alone and _is_table(value)):
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"input must be numbers, not an array of {array.dtype}")
        return torch.as_tensor(array.astype(np.float32) if array.dtype == np.float64 else array)
    if type(value) in (list, tuple):
        return type(value)(_tensors(part) for part in value)
    if type(value) is dict:
        return {key: _tensors(part) for key, part in value.items()}
    return value


def _is_table(value: Any) -> bool:
    """Whether it is numbers in another form, such as nested lists or a table of pandas."""
    if isinstance(value, list):
        return next(tensors_with_paths(value), None) is None and not any(isinstance(part, np.ndarray) for part in value)
    return hasattr(value, "__array__") and not isinstance(value, torch.Tensor)


def mapped(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """The same with other tensors, in tuples, lists and dicts."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)(mapped(part, change) for part in value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(mapped(part, change) for part in value))
    if type(value) is dict:
        return {key: mapped(part, change) for key, part in value.items()}
    return value
