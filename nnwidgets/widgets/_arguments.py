"""The settings of a widget as arguments: what `help()` shows, and what is said of one that does not exist."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from nnwidgets.widgets._named import NamedSettings

T = TypeVar("T", bound="NamedSettings")

# What other libraries call it.
_OTHER_NAMES = {
    "lr": "learning_rate",
    "eta": "learning_rate",
    "bs": "batch_size",
    "layers": "hidden_layers",
    "hidden_layer_sizes": "hidden_layers",
    "hidden_units": "hidden_layers",
    "criterion": "loss_fn",
    "lr_scheduler": "schedule",
    "scheduler": "schedule",
    "patience": "stop_when",
    "early_stopping": "stop_when",
    "weight_decay": "l2",
    "momentum": "optimizer_options",
    "betas": "optimizer_options",
    "random_state": "seed",
    "initializer": "initialiser",
    "init": "initialiser",
    "kernel_initializer": "initialiser",
}
_OF_TRAIN = ("epochs", "n_epochs", "num_epochs", "max_epochs", "steps")


def show_settings(cls: type[T]) -> type[T]:
    """Let `help()` and completion see a widget's settings as arguments (a class decorator)."""
    own = inspect.signature(cls.__init__).parameters.values()
    shown = [p for p in own if p.name != "self" and p.kind is not p.VAR_KEYWORD]
    names = [name for name in cls._setting_names() if name not in {p.name for p in shown}]
    traits = cls.class_traits()
    shown += [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=traits[n].default_value) for n in names]
    cls.__signature__ = inspect.Signature(shown)
    return cls


def is_meant(name: str, settings: Sequence[str]) -> bool:
    """Whether a name that is no setting stands for one."""
    other = name in _OF_TRAIN and "batch_size" in settings
    return other or _OTHER_NAMES.get(name) in settings or bool(difflib.get_close_matches(name, settings, 1))


def unknown(widget: str, name: str, names: Sequence[str]) -> str:
    """What is said of an argument that there is not."""
    if name in _OF_TRAIN and "batch_size" in names:  # it trains
        return f"{widget}() has no argument {name!r}: it is one of train(), as in train(epochs=10)"
    near = [_OTHER_NAMES[name]] if _OTHER_NAMES.get(name) in names else difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(names))}"
    return f"{widget}() has no argument {name!r}{hint}"


def count_unnamed(cls: type) -> float:
    """How many arguments the constructor of a class takes without their names."""
    own = inspect.signature(cls.__init__).parameters.values()  # type: ignore[misc]
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in own):
        return math.inf
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in own) - 1  # self


def unnamed(cls: type[Any]) -> str:
    """What is said of an argument that must have a name."""
    first = list(inspect.signature(cls.__init__).parameters)[1 : 1 + int(count_unnamed(cls))]
    others = [name for name in cls.__signature__.parameters if name not in first][:4]
    most = f"only {' and '.join(first)}" if first else "no argument"
    said = f"{cls.__name__}() takes {most} without a name, and by name {', '.join(others)}, …"
    return f"{said}; data and labels go together: {cls.__name__}((X, y))" if first[:1] == ["dataset"] else said
