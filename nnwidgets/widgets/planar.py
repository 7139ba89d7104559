"""`PlanarTrainer`: a small network learns the classes, or the values, of points on a plane, while you watch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets

from nnwidgets._checks import positive, real, whole
from nnwidgets.datasets import (
    MOST_CLASSES,
    PLANAR,
    Dataset,
    as_dataset,
    check_classes,
    make_planar,
    plane_range,
    thumbnails,
)
from nnwidgets.functions import ACTIVATIONS, LOSSES
from nnwidgets.networks import INITIALISERS, NetworkGraph, each_layer, read_network
from nnwidgets.training import commands as c
from nnwidgets.training.engines.choice import CHOICES
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.objective import fits
from nnwidgets.training.probes import Snapshot, View, take_snapshot
from nnwidgets.training.schedules import SCHEDULES
from nnwidgets.training.settings import NETWORK_SETTINGS, NetworkSpec, Settings
from nnwidgets.widgets._base import Trainer, front_end
from nnwidgets.widgets._channel import ViewState
from nnwidgets.widgets._describe import data_trait, network_trait, optimizer_choices
from nnwidgets.widgets._files import Files
from nnwidgets.widgets._frames import Parts
from nnwidgets.widgets._settings import checked, show_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

MAX_NEURONS, MAX_LAYERS = 16, 8  # what the controls offer; cells may make larger networks
SPEEDS = (1, 2, 5, 10, 30, 100, None)
_DATA_SETTINGS = ("n_samples", "noise", "test_share", "data_seed", "n_classes")


@show_settings
class PlanarTrainer(Files, Trainer):
    """Train a network on points of a plane, in classes or with values to predict, live in the notebook.

    The defaults are a classic experiment: 500 points on two noisy circles, a network with two tanh
    neurons and a sigmoid output (9 parameters), binary cross-entropy, plain gradient descent with
    learning rate 0.1 and batches of 5, reshuffled each epoch.

    Args:
        dataset: a name ("circles", "moons", "gaussians", "xor", "spiral", "rings", and for values to predict
            "plane", "hills"), a `Dataset`, or arrays `(X, y)` or `(X_train, y_train, X_test, y_test)` with `X` of
            shape `(n_samples, 2)`. Up to 8 labels are classes; other numbers are values to predict.
        model: any `torch.nn.Module` from `(n, 2)` to `(n, 1)`, or to `(n, n_classes)` logits, in place of a network
            of ours. It is trained itself, not a copy.
        engine: "eager" for PyTorch's own steps; "fused" for compiled ones, hundreds of times faster where a network
            is small and made of `Linear` layers, and equal to rounding; "auto" for compiled ones where they are
            the faster ones. What they do not cover PyTorch does; `engine_name` says which one runs, and why.
        device: of model and data; None for the CPU.
        threads: PyTorch's intra-op threads while training; part of what makes a run repeatable.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        ValueError, traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> trainer = PlanarTrainer(hidden_layers=(3,), learning_rate=0.5)
        >>> trainer.train(epochs=2)
        >>> trainer.wait()
        >>> trainer.epoch, trainer.step_count
        (2, 200)
        >>> trainer.close()
    """

    _esm: ClassVar[str] = front_end("planar.js")
    _css: ClassVar[str] = front_end("nnwidgets.css")

    dataset = traitlets.Any("circles")
    dataset.allow_none = False
    """The data, as a `Dataset`. Set it to a name, a `Dataset` or arrays; the weights stay."""

    n_samples = traitlets.Int(500).tag(sync=True)
    """Samples of a generated data set, training and test together, 2 or more."""

    noise = traitlets.Float(0.1).tag(sync=True)
    """Standard deviation of the noise on each coordinate of generated data."""

    test_share = traitlets.Float(0.0).tag(sync=True)
    """Share of generated samples held out for testing, 0 to 0.9."""

    data_seed = traitlets.Int(0).tag(sync=True)
    """Seed of generated data."""

    n_classes = traitlets.Int(2).tag(sync=True)
    """Classes of generated gaussians, spirals and rings, 2 to 8; 0 where values are to be predicted."""

    hidden_layers = traitlets.Any((2,)).tag(sync=True)
    hidden_layers.allow_none = False
    """Neurons of each hidden layer, input side first, such as `(4, 2)`. Weights that stay are kept."""

    activation = traitlets.Any("tanh").tag(sync=True)
    activation.allow_none = False
    """Activation of the hidden layers: a name in `nnwidgets.functions.ACTIVATIONS`, or one for each of them."""

    dropout = traitlets.Any(0.0).tag(sync=True)
    dropout.allow_none = False
    """Probability of dropping an output of a hidden layer during training, 0 to 0.95, or one for each of them."""

    initialiser = traitlets.Unicode("default").tag(sync=True)
    """How initial weights are drawn: a name in `nnwidgets.networks.INITIALISERS`.

    Before the first step a change draws all weights anew; later it is for neurons that are added, and for `reset()`.
    """

    initial_scale = traitlets.Float(0.5).tag(sync=True)
    """Standard deviation of the initial weights with "normal", their value with "equal"; above 0."""

    _data = traitlets.Dict().tag(sync=True)
    _network = traitlets.Dict().tag(sync=True)
    _choices = traitlets.Dict().tag(sync=True)

    _constructor_only = ("model", "engine", "device", "threads")
    _browser_settings = Trainer._browser_settings | frozenset(("dataset", *NETWORK_SETTINGS, *_DATA_SETTINGS))

    def __init__(
        self,
        dataset: object = "circles",
        *,
        model: torch.nn.Module | None = None,
        engine: str = "auto",
        device: torch.device | str | None = None,
        threads: int = 1,
        **settings: Any,
    ) -> None:
        import torch

        if model is not None and not isinstance(model, torch.nn.Module):
            raise TypeError(f"model must be a torch.nn.Module; got {type(model).__name__}")
        if engine not in CHOICES:
            raise ValueError(f"engine must be one of {', '.join(map(repr, CHOICES))}; got {engine!r}")
        given = set(NETWORK_SETTINGS) & settings.keys()
        if model is not None and given:
            raise ValueError(f"{min(given)} belongs to networks of ours: leave it out when model= is given")
        self._model = model
        self._engine = engine
        self._device = device
        self._threads = whole("threads", threads, 1, None)
        self._graph: NetworkGraph | None = None
        self._graph_version = self._data_shown = -1
        super().__init__(dataset=dataset, **settings)

    def _make_loop(self) -> TrainingLoop:
        named = isinstance(self.optimizer, str)
        settings = Settings(
            dataset=self.dataset,
            network=self._spec() if self._model is None else None,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate if named or "learning_rate" in self._explicit else None,
            batch_size=self.batch_size,
            seed=self.seed,
            l1=self.l1,
            l2=self.l2,
            optimizer_options=tuple(self.optimizer_options.items()),
            loss_fn=self.loss_fn,
            schedule=tuple(self.schedule.items()),
        )
        if "batch_size" not in self._explicit:
            settings = replace(settings, batch_size=min(self.batch_size, len(self.dataset.x_train)))
        experiment = Experiment(settings, model=self._model, device=self._device)
        loop = TrainingLoop(experiment, threads=self._threads, engine=self._engine, speed=self.speed)
        loop.stop_when = self.stop_when
        return loop

    def _spec(self) -> NetworkSpec:
        for name in ("activation", "dropout"):
            each_layer(name, getattr(self, name), len(self.hidden_layers))
        spec = NetworkSpec(**{name: getattr(self, name) for name in NETWORK_SETTINGS})
        return spec.with_output_for(self.loss_fn, self.dataset)

    # -- validation -------------------------------------------------------------------------------

    @traitlets.validate("dataset")
    def _valid_dataset(self, proposal: Any) -> Dataset:
        made: Dataset = checked(self._as_dataset, proposal.value)
        return made

    def _as_dataset(self, value: object) -> Dataset:
        return as_dataset(
            value,
            n_samples=self.n_samples,
            noise=self.noise,
            test_share=self.test_share,
            seed=self.data_seed,
            n_classes=self._classes_of(value),
        )

    def _classes_of(self, value: object) -> int | None:
        """How many classes data that are to be generated get: those asked for, else the usual number."""
        source = PLANAR.get(value.casefold()) if isinstance(value, str) else None
        if self._loop is None:
            return self.n_classes if source and "n_classes" in self._explicit else None
        present = PLANAR.get(self.dataset.name) if self.dataset.parameters is not None else None
        return self.n_classes if source and present and source.takes_classes and present.takes_classes else None

    @traitlets.validate("n_classes")
    def _valid_n_classes(self, proposal: Any) -> int:
        value: int = self._generated("n_classes", checked(whole, "n_classes", proposal.value, 0, MOST_CLASSES))
        if self._is_set and self.dataset.parameters is not None:
            checked(check_classes, self.dataset.name, value)
        return value

    @traitlets.validate("n_samples")
    def _valid_n_samples(self, proposal: Any) -> int:
        value: int = self._generated("n_samples", checked(whole, "n_samples", proposal.value, 2, 1_000_000))
        return value

    @traitlets.validate("noise")
    def _valid_noise(self, proposal: Any) -> float:
        value: float = self._generated("noise", checked(real, "noise", proposal.value, 0.0, None))
        return value

    @traitlets.validate("test_share")
    def _valid_test_share(self, proposal: Any) -> float:
        value: float = self._generated("test_share", checked(real, "test_share", proposal.value, 0.0, 0.9))
        return value

    @traitlets.validate("data_seed")
    def _valid_data_seed(self, proposal: Any) -> int:
        value: int = self._generated("data_seed", checked(whole, "data_seed", proposal.value, 0, 2**32 - 1))
        return value

    def _generated(self, name: str, value: Any) -> Any:
        if self._is_set and self.dataset.parameters is None and value != getattr(self, name):
            raise traitlets.TraitError(f"{name} is for generated data; the present data are {self.dataset.label}")
        return value

    @traitlets.validate("hidden_layers")
    def _valid_hidden_layers(self, proposal: Any) -> tuple[int, ...]:
        value = proposal.value
        if isinstance(value, int | str) or not hasattr(value, "__iter__"):
            raise traitlets.TraitError(
                f"hidden_layers must list the neurons of each hidden layer, such as (4, 2); got {value!r}"
            )
        layers = tuple(checked(whole, f"hidden_layers[{i}]", n, 1, None) for i, n in enumerate(value))
        if self._is_set and getattr(self._from_browser, "active", False):
            # By mouse networks stay small; what a cell made larger may stay as large as it is.
            most, deepest = max(MAX_NEURONS, *self.hidden_layers, 1), max(MAX_LAYERS, len(self.hidden_layers))
            if len(layers) > deepest or max(layers, default=1) > most:
                raise traitlets.TraitError(f"at most {deepest} hidden layers of {most} neurons can be set on screen")
        return self._ours("hidden_layers", layers)  # type: ignore[no-any-return]

    @traitlets.validate("activation")
    def _valid_activation(self, proposal: Any) -> str | tuple[str, ...]:
        def known(name: object) -> str:
            if not isinstance(name, str) or name not in ACTIVATIONS:
                allowed = ", ".join(map(repr, ACTIVATIONS))
                raise traitlets.TraitError(f"activation must be one of {allowed}, or one for each layer; got {name!r}")
            return name

        return self._ours("activation", self._per_layer("activation", proposal.value, known))  # type: ignore[no-any-return]

    @traitlets.validate("dropout")
    def _valid_dropout(self, proposal: Any) -> float | tuple[float, ...]:
        def probability(value: object) -> float:
            return checked(real, "dropout", value, 0.0, 0.95)  # type: ignore[no-any-return]

        return self._ours("dropout", self._per_layer("dropout", proposal.value, probability))  # type: ignore[no-any-return]

    def _per_layer(self, name: str, value: Any, check: Callable[[object], Any]) -> Any:
        """One for all hidden layers, or one each."""
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            return check(value)
        each = tuple(map(check, value))
        if not each:
            raise traitlets.TraitError(f"{name} must be one for all hidden layers, or one each; got none")
        if self._is_set:
            checked(each_layer, name, each, len(self.hidden_layers))
        return each

    @traitlets.validate("initialiser")
    def _valid_initialiser(self, proposal: Any) -> str:
        if proposal.value not in INITIALISERS:
            raise traitlets.TraitError(
                f"initialiser must be one of {', '.join(map(repr, INITIALISERS))}; got {proposal.value!r}"
            )
        return self._ours("initialiser", proposal.value)  # type: ignore[no-any-return]

    @traitlets.validate("initial_scale")
    def _valid_initial_scale(self, proposal: Any) -> float:
        return self._ours("initial_scale", checked(positive, "initial_scale", proposal.value))  # type: ignore[no-any-return]

    def _ours(self, name: str, value: Any) -> Any:
        if self._loop is not None and self._model is not None and value != getattr(self, name):
            raise traitlets.TraitError(f"{name} belongs to networks of ours; this one is your own module")
        return value

    # -- settings become commands -----------------------------------------------------------------

    @traitlets.observe("dataset")
    def _dataset_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetData(change.new))

    @traitlets.observe(*_DATA_SETTINGS)
    def _data_settings_changed(self, change: Any) -> None:
        if not self._is_set or self.dataset.parameters is None:
            return
        assert self._loop is not None
        # The other traits may still be those of data before: the data are the newest that was asked for.
        wanted = dict(self.dataset.parameters)
        wanted["seed" if change.name == "data_seed" else change.name] = change.new
        if wanted != dict(self.dataset.parameters):
            try:
                self.dataset = make_planar(**wanted)
            except Exception:
                self._follow(self._loop)
                raise

    @traitlets.observe(*NETWORK_SETTINGS)
    def _network_changed(self, change: Any) -> None:
        if not self._is_set or self._model is not None:
            return
        assert self._loop is not None
        loop = self._loop

        def change_network() -> None:
            # Of the network that there will be when this command's turn comes.
            present = loop.experiment.settings.network
            assert present is not None
            loop.call(c.SetNetwork(replace(present, **{change.name: change.new})))

        self._change(c.Do(change_network, f"Setting {change.name}"))

    def __repr__(self) -> str:
        if self._loop is None or self._graph is None:
            return "<PlanarTrainer>"
        sizes = "-".join(str(n) for n in (2, *(layer.units for layer in self._graph.layers)))
        network = sizes if self._graph.layers else type(self.model).__name__
        return f"<PlanarTrainer: {self.dataset.name}, {network}, epoch {self.epoch}, {self.status}>"

    # -- from the loop to the traits and the browser ----------------------------------------------

    def _set_settings(self, loop: TrainingLoop) -> None:
        super()._set_settings(loop)
        settings = loop.experiment.settings
        self.dataset = settings.dataset
        parameters = settings.dataset.parameters or {"n_classes": settings.dataset.n_classes}
        for name in _DATA_SETTINGS:
            key = "seed" if name == "data_seed" else name
            if key in parameters:
                setattr(self, name, parameters[key])
        if settings.network is not None:
            for name in NETWORK_SETTINGS:
                setattr(self, name, getattr(settings.network, name))

    def _describe(self, loop: TrainingLoop) -> None:
        experiment = loop.experiment
        if self._data_shown != experiment.data_version:
            self._data_shown = experiment.data_version
            self._plane = plane_range(experiment.settings.dataset)
            self._data = data_trait(experiment.settings.dataset, experiment.data_version, self._plane)
        if self._graph is None or self._graph_version != experiment.network_version:
            self._graph_version = experiment.network_version
            self._graph = read_network(experiment.model, experiment.x[:1])
        self._network = network_trait(experiment, self._graph)
        self._choices = {
            "activations": [{"name": a.name, "label": a.label} for a in ACTIVATIONS.values()],
            "optimizers": optimizer_choices(),
            "schedules": [
                {"name": s.name, "label": s.label, "options": dict(s.options), "words": s.words}
                for s in SCHEDULES.values()
            ],
            "initialisers": [
                {"name": i.name, "label": i.label, "reason": i.reason, "scale_symbol": i.scale_symbol}
                for i in INITIALISERS.values()
            ],
            "datasets": [
                {
                    "name": source.name,
                    "label": source.label,
                    "classes": source.classes,
                    "points": thumbnails()[source.name].tobytes(),
                }
                for source in PLANAR.values()
            ],
            "speeds": list(SPEEDS),
            "losses": [
                {"name": loss.name, "label": loss.label}
                for loss in LOSSES.values()
                if fits(loss.name, experiment.settings.dataset.n_classes)
            ],
            "loss_label": experiment.objective.label,
            "limits": {
                "neurons": [1, MAX_NEURONS],
                "layers": [0, MAX_LAYERS],
                "batch_size": [1, len(experiment.x)],
                "n_samples": [20, 2000],
                "noise": [0.0, 0.5],
            },
        }

    def _picture(self, loop: TrainingLoop, wish: ViewState) -> Snapshot:
        assert self._graph is not None
        view = View(*self._plane, wish.map_size, wish.tile_size, wish.focus)
        return take_snapshot(loop.experiment, self._graph, view, (self._data["shown_train"], self._data["shown_test"]))

    def _parts(self, picture: Snapshot) -> Parts:
        parts: Parts = {
            "parameters": picture.parameters,
            "map": picture.map,
            "tiles": picture.tiles,
            "tile_scales": picture.tile_scales,
            "wrong": picture.wrong,
        }
        if picture.classes is not None:
            parts["classes"] = picture.classes
        if picture.focus_map is not None:
            parts["focus_map"] = picture.focus_map
            parts["focus_scale"] = np.array([picture.focus_scale], dtype=np.float32)
        return parts
