"""Many networks trained at once: the ground for comparing seeds, learning rates, widths and initial weights."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nnwidgets._checks import whole
from nnwidgets._limits import allowed_threads
from nnwidgets.functions import LOSSES
from nnwidgets.training.engines.coverage import state_parts
from nnwidgets.training.engines.fused import load, options_array
from nnwidgets.training.layout import plan_of
from nnwidgets.training.objective import check_fits
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.seeds import step_seed
from nnwidgets.training.settings import NetworkSpec, Settings
from nnwidgets.training.tables import EPOCH_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

Initialize = Callable[[nn.Sequential, int], None]

_LOOK = 0.05  # seconds after which a waiting thread looks whether somebody interrupts


class Ensemble:
    """Networks that are trained independently of each other, all cores at work, outside the interpreter.

    Each run ends with the weights that a `TrainingLoop` of its settings comes to, up to rounding. They are the
    same bits whatever the number of threads.

    Args:
        settings: of each run. They share the data set; seed, learning rate, network, optimizer (a name),
            batch size and penalties may differ.
        loss_fn: a name in `LOSSES`; None for what fits the last layer: "bce" after a sigmoid, else
            "bce_with_logits", or "cross_entropy" where there are several outputs.
        initialize: called with each new network and the index of its run, to change its weights in place.

    Attributes:
        settings: of each run.
        epochs: `(n_runs,)` int64, how many each has completed.
        diverged: `(n_runs,)` bool, which runs ended because their loss was no finite number; they stand
            before the step that was not made.

    Raises:
        TypeError: an optimizer is no name.
        ValueError: no runs, several data sets, or something that the compiled engine does not cover.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> data = make_planar("moons", n_samples=40)
        >>> ensemble = Ensemble([Settings(data, NetworkSpec((3,)), seed=seed) for seed in range(4)])
        >>> ensemble.train(epochs=2)
        >>> ensemble.loss.shape, ensemble.parameters()["0.weight"].shape
        ((4, 2), (4, 3, 2))
    """

    def __init__(
        self, settings: Sequence[Settings], *, loss_fn: str | None = None, initialize: Initialize | None = None
    ) -> None:
        self.settings = tuple(settings)
        if not self.settings:
            raise ValueError("settings must hold at least one run")
        first = self.settings[0]
        if any(other.dataset is not first.dataset for other in self.settings):
            raise ValueError("the runs must share one data set, the same object")
        if any(
            (run.input_features, run.standardises) != (first.input_features, first.standardises) for run in settings
        ):
            raise ValueError("the runs must share the features of the data, standardised or not")
        self._specs = [_spec(run) for run in self.settings]
        for spec in dict.fromkeys(self._specs):
            _check_data(spec, first)
        if loss_fn is None and isinstance(first.loss_fn, str):
            loss_fn = first.loss_fn
        self._loss = _loss_name(loss_fn, self._specs, settings[0].dataset.n_classes)
        self._inputs = first.fit_inputs()
        self._runs = self._prepared(initialize)
        n = len(self.settings)
        self._counts, self._sums = np.zeros((n, 5), np.int64), np.zeros((n, 3))
        self._reasons, self._history = np.zeros(n, np.int64), np.empty((n, 0, len(EPOCH_COLUMNS)))
        self._flag = np.zeros(1, np.uint8)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.settings)

    def __repr__(self) -> str:
        epochs = self.epochs
        return f"<Ensemble: {len(self)} runs, {epochs.min()} to {epochs.max()} epochs, {self.diverged.sum()} diverged>"

    # -- training ---------------------------------------------------------------------------------

    def train(self, epochs: int, *, threads: int | None = None) -> None:
        """Train all runs for further epochs, counted from the run that is ahead; the others catch up.

        An interrupt (Ctrl-C, the notebook's ■) or `stop()` ends this after the steps under way; the next call
        goes on where each run stands.

        Args:
            epochs: how many.
            threads: that work at the same time, as far as they are allowed; None for one a core.

        Raises:
            RuntimeError: it trains already, in another thread.
            KeyboardInterrupt: passed on, with all runs intact.
        """
        epochs = whole("epochs", epochs, 0, None)
        threads = allowed_threads(usable_cores() if threads is None else whole("threads", threads, 1, None))
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("this ensemble is being trained already")
        try:
            target = int(self.epochs.max()) + epochs
            self._extend(target)
            self._flag[0] = 0
            self._work(target, min(threads, len(self)))
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End a `train` in another thread after the steps under way."""
        self._flag[0] = 1

    def _extend(self, epochs: int) -> None:
        n, known, columns = self._history.shape
        if epochs > known:
            more = np.full((n, epochs - known, columns), np.nan)
            self._history = np.concatenate([self._history, more], axis=1)

    def _work(self, target: int, threads: int) -> None:
        kernel, counter, failures = load(), np.zeros(1, np.int64), []

        def work() -> None:
            try:
                kernel.train_runs(
                    self._runs, self._counts, self._sums, self._reasons, self._history, target, self._flag, counter
                )
            except BaseException as error:  # noqa: BLE001 (raised where it is seen)
                failures.append(error)

        workers = [threading.Thread(target=work, name="nnwidgets-ensemble", daemon=True) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                while worker.is_alive():
                    worker.join(_LOOK)
        finally:
            self.stop()
            for worker in workers:
                worker.join()
        if self.settings[0].dataset.task == "regression":  # of values none is right or wrong
            self._history[..., [3, 5]] = np.nan
        if failures:
            raise failures[0]

    # -- results ----------------------------------------------------------------------------------

    @property
    def epochs(self) -> NDArray[np.int64]:
        """How many epochs each run has completed, `(n_runs,)`; true also while others train."""
        epochs: NDArray[np.int64] = self._counts[:, load().EPOCH].copy()
        return epochs

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs ended because their loss was no finite number, `(n_runs,)`."""
        diverged: NDArray[np.bool_] = self._reasons == load().DIVERGED
        return diverged

    @property
    def history(self) -> NDArray[np.float64]:
        """`(n_runs, n_epochs, 6)`, columns `EPOCH_COLUMNS`; NaN for epochs that a run did not complete."""
        return self._history.copy()

    @property
    def loss(self) -> NDArray[np.float64]:
        """Mean batch loss, `(n_runs, n_epochs)`."""
        return self._history[..., 2].copy()

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Mean batch accuracy as a fraction, `(n_runs, n_epochs)`."""
        return self._history[..., 3].copy()

    @property
    def test_loss(self) -> NDArray[np.float64]:
        """Loss on the test set at each epoch's end, `(n_runs, n_epochs)`; NaN without a test set."""
        return self._history[..., 4].copy()

    @property
    def test_accuracy(self) -> NDArray[np.float64]:
        """Accuracy on the test set at each epoch's end, `(n_runs, n_epochs)`; NaN without a test set."""
        return self._history[..., 5].copy()

    def parameters(self) -> dict[str, NDArray[np.float32]]:
        """Weights and biases as they stand, by their names in `model.state_dict()`: `(n_runs, …)`.

        Where networks differ, arrays are as large as the largest, and NaN where a network has nothing.
        """
        found: dict[str, list[tuple[int, NDArray[np.float32]]]] = {}
        for run in range(len(self)):
            for name, value in self._values(run):
                found.setdefault(name, []).append((run, value))
        arrays = {}
        for name, values in found.items():
            shape = np.max([value.shape for _, value in values], axis=0)
            arrays[name] = np.full((len(self), *shape), np.nan, np.float32)
            for run, value in values:
                arrays[name][run][tuple(map(slice, value.shape))] = value
        return arrays

    def model(self, run: int) -> nn.Sequential:
        """The network of one run, as a module of its own with the weights as they stand."""
        run = range(len(self))[run]
        model = self._specs[run].build()
        model.load_state_dict({name: torch.tensor(value) for name, value in self._values(run)})
        return model

    def inputs(self, x: object) -> torch.Tensor:
        """What the networks get of samples `(n, d)`, `(n, inputs)` float32: features, standardised if that is so.

        Example:
            >>> from nnwidgets.datasets import make_planar
            >>> runs = Ensemble([Settings(make_planar("moons"), NetworkSpec())])
            >>> runs.model(0)(runs.inputs(runs.settings[0].dataset.x_train)).shape
            torch.Size([500, 1])
        """
        return torch.tensor(self._inputs(x))

    def to_pandas(self) -> pd.DataFrame:
        """The metrics of completed epochs as a `pandas.DataFrame`, indexed by run and epoch."""
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from error
        done = np.isfinite(self._history[..., 0])
        frame = pd.DataFrame(self._history[done], columns=list(EPOCH_COLUMNS)).astype(
            {"epoch": "int64", "step": "int64"}
        )
        frame.insert(0, "run", np.nonzero(done)[0])
        return frame.set_index(["run", "epoch"])

    # -- parts ------------------------------------------------------------------------------------

    def _values(self, run: int) -> list[tuple[str, NDArray[np.float32]]]:
        plan, kernel = plan_of(self._specs[run]), load()
        offsets, memory = self._runs.tensors[run, :, kernel.VALUE], self._runs.memory[run]
        return [
            (name, memory[offset : offset + np.prod(shape)].reshape(shape))
            for name, shape, offset in zip(plan.names, plan.shapes, offsets, strict=False)
        ]

    def _prepared(self, initialize: Initialize | None) -> Any:
        kernel, n = load(), len(self.settings)
        plans = [plan_of(spec) for spec in self._specs]
        depth, size = max(len(plan.layers) for plan in plans), max(plan.size for plan in plans)
        memory = np.zeros((n, 5 * size), np.float32)  # values, gradients, and up to three parts of an optimizer's state
        tensors = np.full((n, 2 * depth, 7), -1)
        layers, activation_options = np.zeros((n, depth, 5), np.int64), np.zeros((n, depth, 2))
        optimizers, options = np.zeros(n, np.int64), np.zeros((n, kernel.OPTIONS))
        for run, (settings, spec, plan) in enumerate(zip(self.settings, self._specs, plans, strict=True)):
            model = spec.build(settings.seed)
            if initialize is not None:
                initialize(model, run)
            weights = [parameter.detach().numpy().ravel() for parameter in model.parameters()]
            memory[run, : plan.size] = np.concatenate(weights)
            layers[run, : len(plan.layers)] = plan.table
            activation_options[run, : len(plan.layers)] = [layer.options for layer in plan.layers]
            name, group = _optimizer(settings)
            optimizers[run] = getattr(kernel, name.upper())
            options[run] = options_array(group, settings.l1, settings.l2)
            parts = state_parts(OPTIMIZERS[name].torch_class, group)
            tensors[run, : 2 * len(plan.layers)] = plan.tensors(size, [part is not None for part in parts])
        data, inputs = self.settings[0].dataset, self._inputs
        return kernel.Runs(
            memory,
            tensors,
            np.array([len(plan.layers) for plan in plans]),
            layers,
            activation_options,
            getattr(kernel, self._loss.upper()),
            optimizers,
            options,
            0.5 if LOSSES[self._loss].takes in ("probability", "value") else 0.0,
            *(np.array(part) for part in (inputs(data.x_train), data.y_train, inputs(data.x_test), data.y_test)),
            np.array([min(settings.batch_size, len(data.x_train)) for settings in self.settings]),
            np.array([step_seed(settings.seed, 0) for settings in self.settings]),
        )


def _spec(settings: Settings) -> NetworkSpec:
    if settings.network is None:
        raise ValueError("each run needs a NetworkSpec: a module of your own cannot be in an ensemble")
    if not isinstance(settings.optimizer, str):
        raise TypeError(f"each run needs an optimizer by name, one of {', '.join(map(repr, OPTIMIZERS))}")
    if settings.schedule:
        raise ValueError("schedules of the learning rate are not covered in an ensemble")
    return settings.network


def _check_data(spec: NetworkSpec, settings: Settings) -> None:
    features = len(settings.input_features)
    if spec.in_features != features:
        raise ValueError(f"a network takes {spec.in_features} features, the data has {features}")


def _loss_name(loss_fn: str | None, specs: Sequence[NetworkSpec], n_classes: int) -> str:
    """The loss, one for all, that fits all networks and the data."""
    if loss_fn is None and n_classes == 0:
        loss_fn = "mse"
    if loss_fn is None:
        ending = specs[0].output_activation
        fits_one = "bce" if ending == "sigmoid" else "bce_with_logits"
        loss_fn = fits_one if specs[0].out_features == 1 else "cross_entropy"
    if loss_fn not in LOSSES:
        raise ValueError(f"loss_fn must be one of {', '.join(map(repr, LOSSES))}; got {loss_fn!r}")
    check_fits(loss_fn, n_classes)
    for spec in specs:
        if (spec.out_features > 1) != (loss_fn == "cross_entropy"):
            raise ValueError(f"the loss {loss_fn!r} does not fit networks with {spec.out_features} outputs")
        if loss_fn == "cross_entropy" and spec.out_features != n_classes:
            raise ValueError(f"a network has {spec.out_features} outputs, the data {n_classes} classes")
        if loss_fn == "bce" and spec.output_activation != "sigmoid":
            raise ValueError('the loss "bce" needs networks that end with a sigmoid')
    return loss_fn


def _optimizer(settings: Settings) -> tuple[str, dict[str, Any]]:
    """Its name, and its options: PyTorch's, with those that are set."""
    assert isinstance(settings.optimizer, str)
    # Not from an optimizer: the first one of a process takes PyTorch seconds.
    parameters = inspect.signature(OPTIMIZERS[settings.optimizer].torch_class).parameters.values()
    group = {parameter.name: parameter.default for parameter in parameters if parameter.default is not parameter.empty}
    return settings.optimizer, group | dict(settings.optimizer_options) | {
        "lr": 0.1 if settings.learning_rate is None else settings.learning_rate
    }


def usable_cores() -> int:
    """The processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(usable(0)) if usable else os.cpu_count() or 1
