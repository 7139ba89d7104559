"""The modules, parameters and buffers of a model, by the objects that are met while it runs."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from nnwidgets.anatomy.graph import Parameter


def memory_of(tensor: torch.Tensor) -> int | None:
    """What tells a tensor's memory from any other's that is alive; None where it has none of its own."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError, ValueError):
        return None


def dtype_name(tensor: torch.Tensor) -> str:
    """As PyTorch writes it, without "torch."."""
    return f"{tensor.dtype}".removeprefix("torch.")


def bytes_of(tensor: torch.Tensor) -> int:
    """What its numbers take."""
    return 0 if torch.nn.parameter.is_lazy(tensor) else tensor.numel() * tensor.element_size()


def is_known(tensor: torch.Tensor) -> bool:
    """Whether its shape is."""
    return not torch.nn.parameter.is_lazy(tensor)


@dataclass
class Table:
    """What a model consists of, as it runs.

    Attributes:
        model: the one that runs.
        modules: their names by id.
        parameters: the tensors themselves, in order.
        numbers: of parameters by id.
        buffers: names by id.
    """

    model: torch.nn.Module

    def __post_init__(self) -> None:
        self.modules: dict[int, str] = {id(module): name for name, module in self.model.named_modules()}
        names: dict[int, list[str]] = {}
        self.parameters: list[torch.nn.Parameter] = []
        for name, parameter in self.model.named_parameters(remove_duplicate=False):
            if id(parameter) not in names:
                self.parameters.append(parameter)
            names.setdefault(id(parameter), []).append(name)
        self.names = [tuple(names[id(parameter)]) for parameter in self.parameters]
        self.numbers: dict[int, int] = {id(parameter): number for number, parameter in enumerate(self.parameters)}
        self.buffers: dict[int, str] = {id(buffer): name for name, buffer in self.model.named_buffers()}
        self._kept = list(self.model.buffers())  # alive, so that no other tensor has the id of one
        self.look_again()

    def look_again(self) -> None:
        """Note where parameters lie; again when lazy ones have got their sizes."""
        self.memories: dict[int, list[int]] = {}
        for number, parameter in enumerate(self.parameters):
            memory = memory_of(parameter) if is_known(parameter) else None
            if memory is not None:
                self.memories.setdefault(memory, []).append(number)

    def name_of(self, module: torch.nn.Module) -> str:
        """Its name in ``named_modules()``; of one that came later, its class."""
        return self.modules.get(id(module), type(module).__name__)

    def described(self) -> tuple[Parameter, ...]:
        """The parameters for those who read."""
        return tuple(
            Parameter(
                names=self.names[number],
                shape=tuple(parameter.shape) if is_known(parameter) else (),
                dtype=dtype_name(parameter),
                trainable=parameter.requires_grad,
                count=parameter.numel() if is_known(parameter) else 0,
            )
            for number, parameter in enumerate(self.parameters)
        )
