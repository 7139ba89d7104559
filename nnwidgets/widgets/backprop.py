"""`BackpropExplorer`: the chain rule with the reader's own numbers, on a small network that is real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets._front_end import front_end
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._background import BackgroundExplorer
from nnwidgets.widgets._backprop_bench import Bench
from nnwidgets.widgets._backprop_code import SCRIPT, WORDS
from nnwidgets.widgets._backprop_given import Given, given_module, given_trainer
from nnwidgets.widgets._backprop_settings import MEASURED, BackpropSettings
from nnwidgets.widgets._kernel import cells_here
from nnwidgets.widgets._page_answers import of_backprop
from nnwidgets.widgets._trainer_watch import is_in_callback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from matplotlib.figure import Figure
    from torch import nn

    from nnwidgets.concepts.chain import Path
    from nnwidgets.export._page_types import PageAnswer
    from nnwidgets.widgets._backprop_source import BackpropPass
    from nnwidgets.widgets._base import Trainer


@show_settings
class BackpropExplorer(BackgroundExplorer[Bench], BackpropSettings):
    """A pass through a small network and back, number by number: values, local derivatives, gradients, the step.

    Every number is PyTorch's: the network is a live module, of which each operation is recorded as it runs, and hooks
    hear what flows back. Go through it step by step, change an input, a target or a weight anywhere, and see what
    follows; beside each gradient stands what a finite difference says.

    Things to try: follow the gradient of the first weight from the loss back to it, factor by factor. With two hidden
    layers, see where two paths meet, and their products add up. Take six sigmoid layers and see each of them make the
    gradient smaller; beside them, ReLU. Make ε of the finite difference smaller until rounding takes over.

    Args:
        trainer: one of the trainers, whose weights and next mini-batch are looked at. The step at the end of the pass
            is that very trainer's `step()`, a weight that is changed here is its `edit()`, and `learning_rate` is its
            own. Neither of the two keeps the other.
        model: a `torch.nn.Module` of your own in place of the settings' network, of functions that treat each sample
            by itself. `inputs`, `targets` and `loss_fn` then have to be given; tensors and arrays will do, and a loss
            can be a function `(outputs, targets) -> scalar tensor`. A weight that is changed here, and the step at
            the end of the pass, are changes of this module, in place.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument, of which the message names the nearest; one that does not go with a trainer or
            a module.
        ValueError, traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> backprop = BackpropExplorer()
        >>> round(backprop.value("h1"), 4), round(backprop.gradient("w11"), 4)
        (0.7739, 0.2741)
        >>> [round(factor, 4) for path in backprop.paths("w11") for factor in path.factors]
        [0.8, 0.4011, -1.1, 0.1734, -4.4789]
        >>> loss = backprop.loss
        >>> backprop.next_pass()
        >>> backprop.loss < loss
        True
        >>> backprop.close()
    """

    _esm: ClassVar[str] = front_end("backprop.js")

    status = traitlets.Unicode("recording", read_only=True).tag(sync=True)
    """What is going on: "recording", "ready", "error" or "closed"."""

    number = traitlets.Int(1, read_only=True).tag(sync=True)
    """Which pass it is, from 1; `next_pass()` makes the next. Of a trainer, the step that it makes next."""

    _pass = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _trouble = traitlets.Unicode("").tag(sync=True)

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "hidden_layers": "number[]",
        "inputs": "number[][]",
        "targets": "number[][]",
        "weights": "number[]",
        "_pass": "PassTrait | null",
    }
    _end_watching: Callable[[], None] | None = None

    _SCRIPT: ClassVar[str] = SCRIPT
    _WORDS: ClassVar[Any] = WORDS
    _constructor_only: ClassVar[tuple[str, ...]] = ("trainer", "model")

    def __init__(self, trainer: Trainer | None = None, *, model: nn.Module | None = None, **settings: Any) -> None:
        self._version = 0
        self._given = Given()
        self._known: dict[str, Any] = {}
        if trainer is not None and model is not None:
            raise TypeError("give a trainer or a module of your own as model=, not both")
        if trainer is not None:
            self._given = given_trainer(trainer, settings, self._view_settings())
        elif model is not None:
            self._given = given_module(model, settings)
        self._owner, self._is_single = self._given.owner, self._given.is_single
        self._watches = self._owner == "module"  # whether somebody may change the module in a cell
        super().__init__(**(settings | self._given.settings))

    @classmethod
    def _view_settings(cls) -> list[str]:
        return [name for name in cls._setting_names() if name not in MEASURED] + ["beside"]

    def _make_background(self) -> Bench:
        return Bench(self, self._given.source)

    def open(self) -> None:
        """Connect to the browser, and begin to record (called by ipywidgets)."""
        self._known = {name: getattr(self, name) for name in MEASURED}
        super().open()
        if self._given.watch is not None:
            self._end_watching = self._given.watch(self._bench)
        cells_here().register(self)

    def _description(self) -> dict[str, Any]:
        given, about = self._given, super()._description()
        about["script"], about["arguments"] = given.script, list(given.arguments)
        about["words"] = {name: [setting, dict(texts)] for name, (setting, texts) in given.words.items()}
        about["defaults"] = about["defaults"] | dict.fromkeys(given.needed)
        about["defaults"] = {name: each for name, each in about["defaults"].items() if name not in given.followed}
        about["first"] = {name: each for name, each in about["first"].items() if name not in given.kept}
        if self._owner != "settings":
            about["presets"] = []
        return about

    # -- verbs --------------------------------------------------------------------------------------

    @property
    def model(self) -> nn.Module:
        """The live network: what is done to it in Python is seen when a cell ends, and by `measure()`.

        That of the settings is another one when its layers, its activation or its output become others.

        Example:
            >>> import torch
            >>> backprop = BackpropExplorer()
            >>> with torch.no_grad():
            ...     _ = backprop.model[0].weight[0, 0].fill_(0.25)
            >>> backprop.value("w11")
            0.25
            >>> backprop.weights[:2]
            (0.25, -0.9)
            >>> backprop.close()
        """
        self._refuse_to_wait()
        self._watches = self._owner != "trainer"  # which watches its own
        found: nn.Module = self._bench.call(lambda _, source: source.model)
        return found

    def measure(self) -> BackpropPass:
        """Record the network as it is, with the samples as they are; waits until it is done.

        Returns:
            A `BackpropPass`: its `recording` has inputs, targets, losses and, by name, the parameters before and
            after the step with their gradients; its `graph` has the values and gradients of all numbers on the way.

        Raises:
            Exception: it cannot be followed, or what the network raises.
            RuntimeError: where this would never end: under `hold_trait_notifications()`, or in a callback of the
                trainer.

        Example:
            >>> backprop = BackpropExplorer(inputs=((0.8, -0.5), (0.1, 0.4)), targets=((1,), (0,)))
            >>> found = backprop.measure()
            >>> found.recording.parameters["0.weight"].gradient.shape, found.recording.losses.shape
            ((2, 2), (2,))
            >>> found.graph.values.shape == found.graph.gradients.shape
            True
            >>> backprop.close()
        """
        self._refuse_to_wait()
        found: BackpropPass = self._bench.call(lambda found, _: found, again=True)
        return found

    @property
    def loss(self) -> float | None:
        """Of the batch; None where it is not finite."""
        return self._newest().recording.loss

    def value(self, of: str) -> float:
        """A number of the pass: of a node for the sample that is looked at, or a weight.

        Args:
            of: its name as on screen in plain letters, such as "x1", "h2", "w11", "w(2)11", "L", or a parameter's in
                PyTorch, such as "0.weight[0, 0]".

        Raises:
            KeyError: there is nothing of this name; the message names the nearest.
        """
        return self._newest().graph.value(of, self._row)

    def gradient(self, of: str) -> float:
        """The derivative of the loss: with respect to a weight that of the batch's loss, as PyTorch's `grad` is.

        With respect to a node it is that of the loss of the sample that is looked at alone, where the batch's is the
        samples' mean.

        Args:
            of: as for `value`.

        Raises:
            KeyError: there is nothing of this name.
        """
        graph = self._newest().graph
        return graph.gradient(of, self._row if graph.find(of)[0] == "node" else None)

    def local(self, of: str, with_respect_to: str) -> float:
        """The local derivative: of a node with respect to a node or a weight that goes straight into it.

        Raises:
            KeyError: there is nothing of this name, or it does not go straight into the node.

        Example:
            >>> backprop = BackpropExplorer()
            >>> round(backprop.local("h1", "a1"), 4), backprop.local("a1", "w11")
            (0.4011, 0.800000011920929)
            >>> backprop.close()
        """
        return self._newest().graph.local(of, with_respect_to, self._row)

    def paths(self, of: str) -> list[Path]:
        """All ways from a node or a weight to the loss of the sample that is looked at.

        Each `Path` has its `nodes`, the local derivatives along it as `factors`, and their `product`; the products add
        up to the derivative of this sample's loss.

        Raises:
            KeyError: there is nothing of this name.
            ValueError: there are more than 10,000.
        """
        return list(self._newest().graph.paths(of, self._row))

    def next_pass(self) -> None:
        """Make the step that the pass ends with, and record the next; returns when it is done.

        Of a trainer it is its `step()`. Else it is one of `torch.optim.SGD`, and `weights` are the updated ones.

        Raises:
            ValueError: the step would leave weights that are no finite numbers; nothing is changed.
            Exception: what goes wrong in it.
            RuntimeError: it is closed, or this would never end.
        """
        self._refuse_to_wait()
        self._bench.step().result()

    def reset(self) -> None:
        """Go back to the settings that it was made with, and to pass 1; of a trainer, to those of the view alone."""
        super().reset()
        if self._owner != "trainer":
            self._ask(anew=True)

    def close(self) -> None:
        """End what is going on, and take the widget off the page; a trainer stays as it is."""
        end, self._end_watching = self._end_watching, None
        if end is not None:
            end()
        super().close()

    def figure(self) -> Figure:
        """The graph with the values and gradients of the sample that is looked at, for print."""
        from nnwidgets.figures.backprop import backprop_figure

        return backprop_figure(self._newest(), self._row)

    def _newest(self) -> BackpropPass:
        self._refuse_to_wait()
        found: BackpropPass = self._bench.call(lambda found, _: found)
        return found

    @property
    def _row(self) -> int:
        """The sample that is looked at, from 0."""
        found = self._bench.found
        return int(min(self.sample, 1 if found is None else found.recording.shown)) - 1

    def _refuse_to_wait(self) -> None:
        self._refuse_under_hold()
        if is_in_callback(self._given.trainer()):
            raise RuntimeError("in a callback of the training this would wait for the training itself")

    def wait(self, timeout: float | None = None) -> None:
        """Block until the pass is recorded and shown.

        Raises:
            TimeoutError: it takes longer than `timeout` seconds; it goes on.
            Exception: what went wrong.
            RuntimeError: where it would never end.
        """
        self._refuse_to_wait()
        super().wait(timeout)

    def _page_answers(self) -> list[PageAnswer]:
        return of_backprop(self, MEASURED) if self._owner == "settings" else []

    # -- to and from the bench ----------------------------------------------------------------------

    @property
    def _is_following(self) -> bool:  # type: ignore[override]
        return getattr(self._held, "follows", False)

    def _parameter_count(self) -> int:
        return super()._parameter_count() if self._owner == "settings" else self._given.count

    @traitlets.observe(*MEASURED)
    def _asked(self, _: Any) -> None:
        goes_on = self._settle()
        if self._about and not self._is_following:  # it is open
            self._ask(anew=not goes_on)

    def _ask(self, *, anew: bool = False) -> None:
        with self._guard:
            settings = self._measured()
            first = self._about["first"]
            again = all(self._plain(name) == first[name] for name in settings if name in first)
            self._bench.ask(settings, anew=anew or again)
            self.set_trait("status", self._bench.status)

    def _measured(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in MEASURED}

    def _pass_trait(self, found: BackpropPass) -> dict[str, Any]:
        from nnwidgets.widgets._backprop_showing import pass_trait
        from nnwidgets.widgets._backprop_source import beside_trait

        self._version += 1
        trait = pass_trait(
            found.recording,
            graph=found.graph,
            version=self._version,
            settings={name: self._plain(name, value) for name, value in found.settings.items()},
            number=found.number,
            owner=self._owner,
            label=found.label,
            settled=found.settled,
            beside=beside_trait(found),
        )
        return dict(trait)

    def _show_pass(self, found: BackpropPass, asked: Mapping[str, Any]) -> None:
        trait = self._pass_trait(found)
        with self._guard, self.hold_sync():
            if self.status == "closed":
                return
            self._pass = trait
            self._trouble = ""
            self.set_trait("number", found.number)
            if self._bench.is_wanted(asked) and self._measured() == asked:
                self._follow(found.settings)
            self.set_trait("status", self._bench.status)

    def _follow(self, settings: Mapping[str, Any]) -> None:
        """Let the settings be those that the network was found to have."""
        self._given.count = len(settings["weights"])
        self._held.follows = True
        try:
            with self.hold_trait_notifications():
                for name, value in settings.items():
                    setattr(self, name, value)
        finally:
            self._held.follows = False
        self._known = self._measured()
        self._bench.know(self._known)

    def _show_failure(self) -> None:
        with self._guard:
            error = self._bench.error
            if error is not None:
                self._trouble = self._said(error)
            self.set_trait("status", self._bench.status)

    def _cell_ended(self) -> None:
        if self._watches:
            self._bench.look()

    def _heed(self, kind: str) -> bool:
        if kind == "next_pass" and self.status != "closed":
            self._bench.step().add_done_callback(self._report)
        return kind == "next_pass"

    def _report(self, done: Future[None]) -> None:
        error = done.exception()
        if error is not None and error is not self._bench.error:  # that is shown already
            self.send({"type": "refused", "message": self._said(error)})
