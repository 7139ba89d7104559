"""`InitializationExplorer`: what initial weights do to signals and gradients on their way through many layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets._checks import one_of, whole
from nnwidgets._front_end import front_end
from nnwidgets.concepts.initialization import OF_TRAINING, SCHEMES
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._background import BackgroundExplorer
from nnwidgets.widgets._initialization_code import SCRIPT, words
from nnwidgets.widgets._initialization_settings import DATASETS, MEASURED, MOST_EPOCHS, InitializationSettings
from nnwidgets.widgets._initialization_showing import measured_trait, training_trait
from nnwidgets.widgets._laboratory import Laboratory
from nnwidgets.widgets._page_answers import of_initialization

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from torch import nn

    from nnwidgets.export._page_types import PageAnswer
    from nnwidgets.training.schemes import Measured, SchemeRuns


@show_settings
class InitializationExplorer(BackgroundExplorer[Laboratory], InitializationSettings):
    """Six ways to draw initial weights: what they do to signals and gradients, layer by layer, and which of them learn.

    Six real PyTorch networks differ in nothing but the recipe of their weights: all zero, all equal, small, large,
    Xavier's, He's. Real samples run through them and the gradients of the real loss run back, in the kernel, in a
    thread of its own; beside what is measured stands what theory predicts. Then all six are trained side by side.

    Things to try: with ReLU, see Xavier's signals halve with every layer while He's keep their size. Take tanh and
    small weights: after some layers nothing is left, and no gradient comes back. Take large ones: almost all neurons
    are saturated. Set all weights equal: the neurons of a layer are all the same neuron. Go to 50 layers, and train.

    Args:
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> explorer = InitializationExplorer(activation="relu", n_layers=20)
        >>> variances = explorer.measure().variances
        >>> variances.shape  # schemes, kinds, layers: 20 hidden ones and the output
        (6, 4, 21)
        >>> xavier, he = variances[4, 1, 19], variances[5, 1, 19]
        >>> bool(xavier < 1e-4 < 0.01 < he)
        True
        >>> explorer.train(epochs=2)
        >>> explorer.wait()
        >>> explorer.status, explorer.epoch
        ('done', 2)
        >>> explorer.close()
    """

    _esm: ClassVar[str] = front_end("initialization.js")

    status = traitlets.Unicode("measuring", read_only=True).tag(sync=True)
    """What is going on: "measuring", "ready" to be trained, "running", "paused", "done", "error" or "closed"."""

    epoch = traitlets.Int(0, read_only=True).tag(sync=True)
    """Epochs trained."""

    _measured = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _training = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

    _SHAPES: ClassVar[Mapping[str, str]] = {"_measured": "MeasuredTrait | null", "_training": "TrainingTrait | null"}
    _SCRIPT: ClassVar[str] = SCRIPT
    _WORDS: ClassVar[Any] = words(DATASETS)

    def __init__(self, **settings: Any) -> None:
        self._version = 0
        self._start: Measured | None = None
        self._now: Measured | None = None
        super().__init__(**settings)

    def _make_background(self) -> Laboratory:
        return Laboratory(self)

    # -- verbs --------------------------------------------------------------------------------------

    def measure(self, moment: str | None = None) -> Measured:
        """What goes through the networks; waits until it is measured.

        Args:
            moment: "start" for the initial weights, "now" for the weights as they are; None for `moment`.

        Returns:
            A `Measured` with the arrays of all schemes: variances, predictions, means, histograms and more.

        Raises:
            ValueError: another moment.
            Exception: what went wrong in it.

        Example:
            >>> explorer = InitializationExplorer(n_layers=3, width=8, initialiser="zeros")
            >>> found = explorer.measure()
            >>> found.signals["zeros"].variances[0].tolist()
            [0.0, 0.0, 0.0, 0.0]
            >>> found.predicted.shape
            (6, 4, 4)
            >>> explorer.close()
        """
        moment = self.moment if moment is None else one_of("moment", moment, ("start", "now"))

        def look(runs: SchemeRuns) -> Measured:
            start = self._start
            known = start is not None and start.settings == runs.measured_settings
            if known and (moment == "start" or not runs.epoch):
                assert start is not None
                return start
            return runs.measure(initial=moment == "start")

        self._refuse_under_hold()
        found: Measured = self._bench.call(look)
        return found

    def train(self, epochs: int | None = None) -> None:
        """Train all six for so many more epochs, in the background; returns at once. `wait()` blocks until it is done.

        Args:
            epochs: how many; None for as many as the setting `epochs` says. All in all there can be 2000.

        Raises:
            TypeError, ValueError: no whole number from 1, or too many.
            RuntimeError: it is closed.
        """
        epochs = self.epochs if epochs is None else whole("epochs", epochs, 1, MOST_EPOCHS)
        with self._guard:
            self._refuse_beyond(self._bench.to_go + epochs)
            self._bench.train(epochs)
            self._tell_status()

    def _refuse_beyond(self, epochs: int) -> None:
        if self.epoch + epochs > MOST_EPOCHS:
            raise ValueError(f"all in all there can be at most {MOST_EPOCHS} epochs; reset_training() begins anew")

    def pause(self) -> None:
        """Stop at the end of the epoch under way; `train` goes on from there."""
        self._bench.pause()

    def reset_training(self) -> None:
        """Give all six their initial weights again."""
        with self._guard:
            self._bench.restart()
            self._tell_status()

    def model(self, initialiser: str | None = None) -> nn.Sequential:
        """One of the six networks with its weights as they are, as a module of its own.

        Args:
            initialiser: which; None for the one that is looked at.

        Raises:
            ValueError: there is no such scheme.

        Example:
            >>> explorer = InitializationExplorer(n_layers=2, width=3)
            >>> explorer.model("constant")[0].weight
            Parameter containing:
            tensor([[0.1000, 0.1000],
                    [0.1000, 0.1000],
                    [0.1000, 0.1000]], requires_grad=True)
            >>> explorer.close()
        """
        name = self.initialiser if initialiser is None else one_of("initialiser", initialiser, tuple(SCHEMES))
        index = list(SCHEMES).index(name)
        self._refuse_under_hold()
        found: nn.Sequential = self._bench.call(lambda runs: runs.model(index))
        return found

    def figure(self) -> Figure:
        """Histograms of the scheme that is looked at, and the variances of all, measured and predicted, for print."""
        from nnwidgets.figures.initialization import initialization_figure

        return initialization_figure(self.measure(), self.initialiser)

    def _page_answers(self) -> list[PageAnswer]:
        return of_initialization(self, MEASURED)

    # -- to and from the laboratory -----------------------------------------------------------------

    @traitlets.observe(*MEASURED, *OF_TRAINING)
    def _asked(self, _: Any) -> None:
        if self._about:  # it is open
            self._ask()

    def _ask(self) -> None:
        with self._guard:
            self._bench.ask({name: getattr(self, name) for name in (*MEASURED, *OF_TRAINING)})
            self._tell_status()

    @traitlets.observe("moment")
    def _show_moment(self, _: Any) -> None:
        with self._guard:
            shown = self._now if self.moment == "now" and self._now is not None else self._start
            if shown is not None and self._start is not None:
                self._version += 1
                self._measured = dict(measured_trait(shown, self._start.predicted, self._version))

    def _tell_status(self, training: Mapping[str, Any] | None = None) -> None:
        """What is going on; of the training, which may be a new picture of it, as of the whole."""
        status, error = self._bench.status, self._bench.error
        training = self._training if training is None else training
        if training is not None and status not in ("measuring", "closed"):
            self._version += 1
            self._training = {
                **training,
                "version": self._version,
                "status": status,
                "epochs": training["epoch"] + self._bench.to_go,
                "message": "" if error is None else self._said(error),
            }
        self.set_trait("status", status)

    def _wants_signals(self) -> bool:
        return self.moment == "now"

    def _show_measured(self, measured: Measured) -> None:
        with self._guard:
            if self._bench.is_wanted(measured.settings):
                self._start, self._now = measured, None
                self._show_moment(None)

    def _show_trained(self, measured: Measured) -> None:
        with self._guard:
            if self._bench.is_wanted(measured.settings):
                self._now = measured
                if self.moment == "now":
                    self._show_moment(None)

    def _show_training(self, runs: SchemeRuns) -> None:
        shown = training_trait(runs)
        with self._guard:
            if not self._bench.is_wanted(runs.measured_settings):
                return
            if not runs.epoch and self._now is not None:
                self._now = None
                self._show_moment(None)
            self.set_trait("epoch", shown["epoch"])
            self._tell_status(shown)

    def _show_failure(self) -> None:
        with self._guard:
            self._tell_status()
            error = self._bench.error
        assert error is not None
        self.send({"type": "refused", "message": self._said(error)})

    def _heed(self, kind: str) -> bool:
        does = {"train": self._go_on, "pause": self.pause, "reset_training": self.reset_training}.get(kind)
        if does is not None:
            does()
        return does is not None

    def _go_on(self) -> None:
        with self._guard:
            try:
                self._refuse_beyond(self._bench.to_go or self.epochs)
            except ValueError as error:
                self.send({"type": "refused", "message": str(error)})
                return
            self._bench.go_on(self.epochs)
            self._tell_status()
