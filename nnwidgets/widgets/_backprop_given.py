"""What a `BackpropExplorer` was given to look at: nothing but settings, a module of the reader's own, or a trainer."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnwidgets.functions import LOSSES
from nnwidgets.widgets._backprop_code import SCRIPT, WORDS, module_script, trainer_script
from nnwidgets.widgets._backprop_settings import LOSS_NAMES, OF_NETWORK, OWN, Owner
from nnwidgets.widgets._literals import Words
from nnwidgets.widgets._trainer_watch import is_trainer, watch_trainer

if TYPE_CHECKING:
    import torch

    from nnwidgets.widgets._backprop_bench import Bench
    from nnwidgets.widgets._backprop_source import Source
    from nnwidgets.widgets._base import Trainer

_NEEDED = ("inputs", "targets", "loss_fn")


def _of_settings() -> Source:
    from nnwidgets.widgets._backprop_source import OfSettings

    return OfSettings()


@dataclass
class Given:
    """Whose network it is, and what follows from that.

    Attributes:
        owner: "settings", "module" or "trainer".
        settings: that it brings along.
        followed: those of which it has its own; no call repeats them.
        needed: those without which it cannot be made.
        kept: those that a reset leaves alone.
        arguments: of a call that makes the explorer again.
        count: weights and biases, where settings do not say it.
        is_single: whether all of them are float32.
        script, words: of the code that is shown.
        source: makes what is worked with, in the background.
        trainer: it, as long as it lives.
        watch: begins to have a bench told of what happens to it; what it returns ends that.
    """

    owner: Owner = "settings"
    settings: dict[str, Any] = field(default_factory=dict)
    followed: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    count: int = 0
    is_single: bool = True
    script: str = SCRIPT
    words: Words = field(default_factory=lambda: WORDS)
    source: Callable[[], Source] = _of_settings
    watch: Callable[[Bench], Callable[[], None]] | None = None
    trainer: Callable[[], Trainer | None] = lambda: None


def given_module(model: torch.nn.Module, settings: dict[str, Any]) -> Given:
    """A module of the reader's; what goes with it is taken out of the settings.

    Raises:
        TypeError: no module, or something is missing, or settings of another network.
        ValueError: inputs that are no samples.
    """
    torch = sys.modules.get("torch")  # whoever has a module has imported it
    if torch is None or not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {model!r}")
    missing = [name for name in _NEEDED if name not in settings]
    if missing:
        raise TypeError(f"a module of your own needs {', '.join(_NEEDED)} as well; missing: {', '.join(missing)}")
    _refuse([*OF_NETWORK, "weights"], settings, "a module of your own has")
    from nnwidgets.training.backprop import dtype_of
    from nnwidgets.training.local_derivatives import array
    from nnwidgets.widgets._backprop_source import OfModule, numbers_in, rows_of

    loss_fn = settings.pop("loss_fn")
    own = None if isinstance(loss_fn, str) else loss_fn
    if own is not None and not callable(own):
        raise TypeError(f"loss_fn must be a function, or one of {', '.join(map(repr, LOSS_NAMES))}, not {loss_fn!r}")
    first = next(model.parameters(), torch.empty(0))
    x = _tensor("inputs", settings.pop("inputs"), first)
    y = _tensor("targets", settings.pop("targets"), first)
    if own is None and loss_fn == "cross_entropy":
        y = y.reshape(len(y), -1)[:, 0].long()
    elif own is None:
        y = y.to(first.dtype).reshape(len(y), -1)
    script, words = module_script(x, y, own_loss=own is not None)
    weights = numbers_in(model)
    return Given(
        owner="module",
        settings={
            "inputs": rows_of(array(x), dtype_of(x)),
            "targets": rows_of(array(y), dtype_of(y)),
            "loss_fn": OWN if own is not None else loss_fn,
            "weights": weights,
        },
        followed=("weights", "loss_fn") if own is not None else ("weights",),
        needed=("inputs", "targets", "loss_fn"),
        arguments=("model=model",) if own is None else ("model=model", "loss_fn=loss_fn"),
        count=len(weights),
        is_single=_is_single(model),
        script=script,
        words=words,
        source=lambda: OfModule(model, x, y, own, weights),
    )


def given_trainer(trainer: Trainer, settings: dict[str, Any], of_view: Sequence[str]) -> Given:
    """A trainer, which is not kept alive.

    Raises:
        TypeError: none of ours, or settings that are the trainer's.
    """
    if not is_trainer(trainer):
        raise TypeError(
            f"trainer must be one of nnwidgets' trainers, not {trainer!r}; a module of your own is given as model="
        )
    own = [name for name in settings if name not in of_view]
    _refuse(own, settings, "the trainer has")
    from nnwidgets.widgets._backprop_source import numbers_in
    from nnwidgets.widgets._backprop_trainer import OfTrainer

    held = weakref.ref(trainer)
    known = trainer.loss_fn if isinstance(trainer.loss_fn, str) and trainer.loss_fn in LOSSES else OWN
    weights = numbers_in(trainer.model)
    followed = ("inputs", "targets", "weights", "learning_rate", "loss_fn")
    source = OfTrainer(trainer)
    script, words = trainer_script()
    return Given(
        owner="trainer",
        settings={"weights": weights, "learning_rate": trainer.learning_rate, "loss_fn": known},
        followed=followed,
        kept=followed,
        arguments=("trainer=trainer",),
        count=len(weights),
        is_single=_is_single(trainer.model),
        script=script,
        words=words,
        source=lambda: source,
        watch=lambda bench: watch_trainer(source.trainer, bench),
        trainer=held,
    )


def _refuse(names: Sequence[str], settings: dict[str, Any], whose: str) -> None:
    for name in names:
        if name in settings:
            raise TypeError(f"{whose} {name} of its own: leave it out")


def _tensor(name: str, values: Any, like: torch.Tensor) -> torch.Tensor:
    """Samples as a tensor of the module's kind of numbers; a tensor or targets of whole numbers stay what they are."""
    import torch

    whole = isinstance(values, torch.Tensor) or name == "targets"
    try:
        found = torch.as_tensor(values).detach().clone()
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name} must be numbers, with a row for each sample: {error}") from error
    if not found.ndim or not found.numel():
        raise ValueError(f"{name} must have a row for each sample, not the shape {tuple(found.shape)}")
    return found.to(like.device) if whole and not found.is_floating_point() else found.to(like)


def _is_single(model: torch.nn.Module) -> bool:
    return all(str(parameter.dtype) == "torch.float32" for parameter in model.parameters())
