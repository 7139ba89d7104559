"""The settings of the networks that we build: how many layers and neurons, and what they begin with."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets._checks import meant, one_of, positive, real, whole
from nnwidgets._limits import warn_of_threads
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.networks import INITIALISERS, NetworkGraph, each_layer, read_network
from nnwidgets.training import commands as c
from nnwidgets.training.engines.choice import CHOICES
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.freezing import from_plain
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.settings import MOST_THREADS, NETWORK_SETTINGS, NetworkSpec, Settings
from nnwidgets.widgets._base import Trainer
from nnwidgets.widgets._describe import MAX_LAYERS, MAX_NEURONS
from nnwidgets.widgets._editing import GONE
from nnwidgets.widgets._named import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch


class NetworkSettings(Trainer):
    """The traits of a trainer that builds networks, how they are checked, and the commands that they become."""

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

    _network = traitlets.Dict().tag(sync=True)
    _choices = traitlets.Dict().tag(sync=True)

    _constructor_only: ClassVar[tuple[str, ...]] = ("model", "engine", "device", "threads", "frozen")
    _browser_settings = Trainer._browser_settings | frozenset(NETWORK_SETTINGS)
    _most_neurons = MAX_NEURONS  # of a hidden layer that can be asked for on screen
    dataset: Any  # a trait of each kind of trainer
    _model: torch.nn.Module | None
    _device: torch.device | str | None
    _graph: NetworkGraph | None  # the present one as layers

    def __init__(
        self,
        *,
        model: torch.nn.Module | None,
        engine: str,
        device: torch.device | str | None,
        threads: int,
        frozen: Mapping[str, Any] | None,
        **settings: Any,
    ) -> None:
        import torch

        if model is not None and not isinstance(model, torch.nn.Module):
            name = getattr(model, "__name__", "")
            got = f"the class {name} itself: make one with {name}(...)" if isinstance(model, type) else repr(model)
            raise TypeError(f"model must be a torch.nn.Module; got {got:.200}")
        one_of("engine", engine, CHOICES)
        given = set(NETWORK_SETTINGS) & settings.keys()
        if model is not None and given:
            raise ValueError(f"{min(given)} belongs to networks of ours: leave it out when model= is given")
        self._model = model
        self._engine = engine
        self._device = device
        self._threads = whole("threads", threads, 1, MOST_THREADS)
        warn_of_threads(self._threads)
        self._frozen_first = {} if frozen is None else frozen
        self._graph = None
        self._graph_version = -1
        super().__init__(**settings)

    def _make_loop(self) -> TrainingLoop:
        named = isinstance(self.optimizer, str)
        settings = Settings(
            dataset=self.dataset,
            network=None if self._model is not None else self._network_spec(),
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
        experiment = Experiment(self._first_settings(settings), model=self._model, device=self._device)
        names, entries = from_plain(self._frozen_first, dict(experiment.model.named_parameters()))
        if names or entries:
            experiment.freeze(experiment.settings.frozen | names, entries)
        loop = TrainingLoop(experiment, threads=self._threads, engine=self._engine, speed=self.speed)
        loop.stop_when = self.stop_when
        return loop

    @abstractmethod
    def _first_settings(self, settings: Settings) -> Settings:
        """Those of the first step, with what only this kind of trainer has."""

    def _network_spec(self) -> NetworkSpec:
        """The network that is asked for, with the outputs that loss and data want."""
        for name in ("activation", "dropout"):
            each_layer(name, getattr(self, name), len(self.hidden_layers))
        spec = NetworkSpec(**{name: getattr(self, name) for name in NETWORK_SETTINGS})
        return spec.with_output_for(self.loss_fn, self.dataset)

    def _read_graph(self, experiment: Experiment) -> NetworkGraph:
        """The present network as layers, read once."""
        if self._graph is None or self._graph_version != experiment.network_version:
            self._graph_version = experiment.network_version
            self._graph = read_network(experiment.model, experiment.x[:1])
        return self._graph

    # -- validation -------------------------------------------------------------------------------

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
            most, deepest = max(self._most_neurons, *self.hidden_layers, 1), max(MAX_LAYERS, len(self.hidden_layers))
            if len(layers) > deepest or max(layers, default=1) > most:
                raise traitlets.TraitError(f"at most {deepest} hidden layers of {most} neurons can be set on screen")
        return self._ours("hidden_layers", layers)  # type: ignore[no-any-return]

    @traitlets.validate("activation")
    def _valid_activation(self, proposal: Any) -> str | tuple[str, ...]:
        def known(name: object) -> str:
            if not isinstance(name, str) or name not in ACTIVATIONS:
                allowed = ", ".join(map(repr, ACTIVATIONS))
                raise traitlets.TraitError(
                    f"activation must be one of {allowed}, or one for each layer; got {name!r}"
                    f"{meant(name, ACTIVATIONS)}"
                )
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
                f"{meant(proposal.value, INITIALISERS)}"
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

    def _place(self, layer: int, unit: int, input_: int | None) -> tuple[str, tuple[int, ...]]:
        layers = () if self._graph is None else self._graph.layers
        if layer < len(layers):
            node = layers[layer]
            rows, columns = node.weight_shape
            if input_ is not None and unit < rows and input_ < columns:
                return node.weight, (unit, input_)
            if input_ is None and unit < rows and node.bias is not None:
                return node.bias, (unit,)
        raise ValueError(GONE)

    # -- from the loop to the traits ---------------------------------------------------------------

    def _set_settings(self, loop: TrainingLoop) -> None:
        super()._set_settings(loop)
        network = loop.experiment.settings.network
        if network is not None:
            for name in NETWORK_SETTINGS:
                setattr(self, name, getattr(network, name))
