"""Hears of every function of PyTorch that is called, and of every operator underneath."""

from __future__ import annotations

from typing import Any

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode


class Functions(TorchFunctionMode):
    """Asks a watcher in place of each function."""

    def __init__(self, watcher: Any) -> None:
        super().__init__()
        self._watcher = watcher

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called in place of every function of PyTorch."""
        return self._watcher.function(func, args, kwargs or {})


class Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Asks a watcher in place of each operator."""

    def __init__(self, watcher: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._watcher = watcher

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whether PyTorch loads its compiler so that it does not compile us: that takes seconds, and nobody would."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called in place of every operator that functions are made of."""
        return self._watcher.operator(func, args, kwargs or {})
