"""What a run was trained with, as plain values, and in few words how that differs from another run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nnwidgets._percent import percent
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.training.objective import usual_loss
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.pinning import PinnedRun
from nnwidgets.training.settings import NETWORK_SETTINGS, Settings

Plain = dict[str, Any]
_OWN = "custom"  # what a callable of the user's is called here


def described(settings: Settings) -> Plain:
    """Settings as plain JSON values; what is of the user's own is "custom".

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> from nnwidgets.training.settings import NetworkSpec
        >>> plain = described(Settings(make_planar("circles"), NetworkSpec((4, 3))))
        >>> plain["dataset"], plain["hidden_layers"], plain["loss_fn"]
        ('circles', [4, 3], 'bce')
    """
    dataset, network = settings.dataset, settings.network
    loss_fn = settings.loss_fn
    if loss_fn is None and network is not None:
        loss_fn = usual_loss(dataset.n_classes)
    parameters = {("data_seed" if name == "seed" else name): v for name, v in (dataset.parameters or {}).items()}
    for name in ("name", "function"):  # which the label says
        parameters.pop(name, None)
    plain = {
        "dataset": dataset.label,
        **parameters,
        "optimizer": settings.optimizer,
        **({} if network is None else {name: getattr(network, name) for name in NETWORK_SETTINGS}),
        "learning_rate": settings.learning_rate,
        "schedule": dict(settings.schedule),
        "optimizer_options": dict(settings.optimizer_options),
        "batch_size": settings.batch_size,
        "l1": settings.l1,
        "l2": settings.l2,
        "loss_fn": loss_fn,
        "features": [feature.label for feature in settings.input_features],
        "standardise": settings.standardises,
        "seed": settings.seed,
    }
    return {name: _plain(value) for name, value in plain.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return _OWN if callable(value) else value


def legend(pinned: Iterable[PinnedRun], present: Plain) -> list[str]:
    """A few words for each run: the name it was given, else how its settings differ from the present run's.

    Where nothing differs, or for two runs the same, it is told by its number.
    """
    runs = list(pinned)
    texts = [run.name if run.is_named else differences(run.settings, present) for run in runs]
    often = Counter(texts)
    return [
        run.name if not text else f"{text} ({run.name})" if often[text] > 1 and not run.is_named else text
        for run, text in zip(runs, texts, strict=True)
    ]


def differences(settings: Mapping[str, Any], present: Mapping[str, Any]) -> str:
    """The settings that are not as in the present run, in few words; "" if there are none.

    Example:
        >>> differences({"learning_rate": 0.03, "seed": 1}, {"learning_rate": 0.1, "seed": 1})
        'lr 0.03'
    """
    words = [
        say(settings[name], settings, present)
        for name, say in _WORDS.items()
        if name in settings and settings[name] != present.get(name)
    ]
    return " · ".join(word for word in words if word)


_Say = Callable[[Any, Mapping[str, Any], Mapping[str, Any]], str]


def _named(word: str) -> _Say:
    """The value after a word: "lr 0.03"."""
    return lambda value, *_: f"{word} {_number(value)}"


def _number(value: Any) -> str:
    if isinstance(value, list):
        return "-".join(map(_number, value))
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _itself(value: Any, *_: Any) -> str:
    return str(value)


def _layers(value: Any, *_: Any) -> str:
    if not value:
        return "no hidden layer"
    if len(value) > 1:
        return f"hidden {'-'.join(map(str, value))}"
    return f"{value[0]} neuron{'s' * (value[0] != 1)}"


def _activation(value: Any, *_: Any) -> str:
    return "-".join(ACTIVATIONS[name].label for name in ([value] if isinstance(value, str) else value))


def _schedule(value: Any, *_: Any) -> str:
    return f"{value['name']} schedule" if value else "constant rate"


def _options(value: Any, settings: Mapping[str, Any], present: Mapping[str, Any]) -> str:
    """Those that differ; with another optimizer, those that are not its defaults."""
    kind, others = str(settings.get("optimizer")), present.get("optimizer_options", {})
    defaults = OPTIMIZERS[kind].options if kind in OPTIMIZERS else {}
    if kind != present.get("optimizer"):
        others = {}
    mine, theirs = defaults | value, defaults | others
    return " ".join(f"{name} {_number(mine[name])}" for name in mine if _plain(mine[name]) != _plain(theirs.get(name)))


_WORDS: dict[str, _Say] = {
    "dataset": _itself,
    "n_classes": lambda value, *_: f"{value} classes" if value else "",
    "domain": lambda value, *_: f"x {value[0]:g} to {value[1]:g}",
    "n_samples": lambda value, *_: f"{value:,} samples",
    "noise": _named("noise"),
    "test_share": lambda value, *_: f"test {percent(value, None)}",
    "data_seed": _named("data seed"),
    "optimizer": _itself,
    "hidden_layers": _layers,
    "activation": _activation,
    "learning_rate": _named("lr"),
    "schedule": _schedule,
    "optimizer_options": _options,
    "batch_size": _named("batch"),
    "l1": _named("L1"),
    "l2": _named("L2"),
    "dropout": _named("dropout"),
    "initialiser": lambda value, *_: f"{value} weights",
    "initial_scale": _named("scale"),
    "loss_fn": _itself,
    "features": lambda value, *_: ", ".join(value),
    "standardise": lambda value, *_: "standardised" if value else "not standardised",
    "seed": _named("seed"),
}
"""How a setting is said, in the order in which to say them."""
