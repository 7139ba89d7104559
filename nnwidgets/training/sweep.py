"""Error against the number of neurons: networks of one hidden layer, of many sizes, trained side by side.

They are trained by an `Ensemble` in a thread of its own, one processor being left to others where there are several.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnwidgets._checks import whole
from nnwidgets._limits import pace
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.training.ensemble import Ensemble, usable_cores
from nnwidgets.training.layout import plan_of
from nnwidgets.training.objective import loss_name
from nnwidgets.training.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

NEURONS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
SEEDS = 3
COMPILING = "compiling, which takes some ten seconds the first time"
MOST_NEURONS = 512
MOST_RUNS = 500
MOST_EPOCHS = 1_000_000
STEPS = 16_000  # of each run, unless epochs are asked for
FEWEST_EPOCHS, MOST_USUAL_EPOCHS = 20, 2_000
PIECE = 10_000  # samples that are looked at together
RHYTHM = 0.25  # seconds from one look at the errors to the next
SHARE = 0.1  # of the time that may go into looks
EXIT_PATIENCE = 2.0

Status = Literal["running", "stopped", "done", "error"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What became of the networks of a sweep.

    Attributes:
        neurons: of the hidden layer of each kind of network.
        seeds: the seeds of each kind's runs.
        errors: float64, `(len(neurons), len(seeds))`: the root mean square error on the training samples; NaN of a run
            that diverged.
        epochs: that each run has completed.
        status: "running", "stopped", "done" or "error".
        message: what went wrong, if something did; while it is running, what it waits for.
    """

    neurons: tuple[int, ...]
    seeds: tuple[int, ...]
    errors: Floats
    epochs: int
    status: Status
    message: str = ""

    @property
    def medians(self) -> Floats:
        """The median error of each number of neurons, float64 `(len(neurons),)`; NaN where all runs diverged."""
        known = np.where(np.isnan(self.errors), np.inf, self.errors)
        middle = np.median(known, axis=1)
        return np.where(np.isinf(middle), np.nan, middle)

    def to_pandas(self) -> pd.DataFrame:
        """A row for each run: `neurons`, `seed` and `error`.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from error
        rows = {
            "neurons": np.repeat(self.neurons, len(self.seeds)),
            "seed": np.tile(self.seeds, len(self.neurons)),
            "error": self.errors.ravel(),
        }
        return pd.DataFrame(rows)


def sweep_settings(settings: Settings, neurons: Sequence[int], seeds: Sequence[int]) -> list[Settings]:
    """The runs of a sweep, size by size: those of a trainer but for one hidden layer of so many neurons, and the seed.

    Raises:
        ValueError: what an ensemble does not cover; the message says why.
    """
    network = settings.network
    if network is None:
        raise ValueError("a sweep trains networks of ours; this trainer has a module of your own")
    if not isinstance(settings.optimizer, str):
        raise ValueError("a sweep needs an optimizer by name; this one is your own")  # noqa: TRY004 (of a setting)
    loss_fn = settings.loss_fn
    if loss_fn is not None and (loss_fn if isinstance(loss_fn, str) else loss_name(loss_fn)) != "mse":
        raise ValueError('a sweep needs the mean squared error, loss_fn="mse"; this loss is your own')
    if settings.schedule:
        raise ValueError("a sweep needs a constant learning rate; this one has a schedule")
    first = {name: _first(getattr(network, name)) for name in ("activation", "dropout")}
    if first["dropout"]:
        raise ValueError("a sweep needs networks without dropout")
    runs = []
    for size in neurons:
        spec = replace(network, hidden_layers=(size,), **first)
        plan_of(spec)  # raises for an activation that compiled code does not know
        runs += [
            replace(settings, network=spec, seed=seed, frozen=frozenset(), frozen_entries=frozenset(), loss_fn="mse")
            for seed in seeds
        ]
    return runs


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def checked_neurons(value: object) -> tuple[int, ...]:
    """Sizes of hidden layers, each once, from small to large. Raises `TypeError` or `ValueError` for anything else."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(f"neurons must list numbers of neurons, such as {NEURONS[:6]}; got {value!r}")
    sizes = sorted({whole("a number in neurons", each, 1, MOST_NEURONS) for each in value})
    if not sizes:
        raise ValueError("neurons must list at least one number of neurons")
    return tuple(sizes)


class Sweep:
    """Networks of many sizes in training, in a thread that ends by itself.

    Args:
        settings: of the trainer.
        neurons: the sizes.
        seeds: how many runs of each, with the trainer's seed and those after it.
        epochs: how many; None for 16,000 steps, which are 20 to 2,000 epochs.
        report: called in the thread after each look at the errors; what it returns is whether to go on.

    Raises:
        TypeError, ValueError: numbers out of their range, or something that an ensemble does not cover.

    Example:
        >>> from nnwidgets.targets import make_function_data
        >>> from nnwidgets.training.settings import NetworkSpec
        >>> network = NetworkSpec(in_features=1, output_activation=None)
        >>> settings = Settings(make_function_data("bump"), network, optimizer="adam", learning_rate=0.02)
        >>> sweep = Sweep(settings, (1, 8), 2, 30)
        >>> sweep.start()
        >>> sweep.wait()
        >>> sweep.result().errors.shape, sweep.result().status
        ((2, 2), 'done')
    """

    def __init__(
        self,
        settings: Settings,
        neurons: object = NEURONS,
        seeds: int = SEEDS,
        epochs: int | None = None,
        report: Callable[[], bool] = lambda: True,
    ) -> None:
        self.settings = settings
        self.neurons = checked_neurons(neurons)
        count = whole("seeds", seeds, 1, MOST_RUNS // len(self.neurons))
        self.seeds = tuple(range(settings.seed, settings.seed + count))
        self._runs = sweep_settings(settings, self.neurons, self.seeds)
        steps = -(-len(settings.dataset.x_train) // settings.batch_size)
        usual = min(max(STEPS // steps, FEWEST_EPOCHS), MOST_USUAL_EPOCHS)
        self.epochs = usual if epochs is None else whole("epochs", epochs, 1, MOST_EPOCHS)
        self._report = report
        self._found = (0, np.full((len(self.neurons), count), np.nan))  # epochs, and errors after them
        self._status: Status = "running"
        self._message = COMPILING  # until the first epochs are made
        self._stop = threading.Event()
        self._ensemble: Ensemble | None = None
        self._thread = threading.Thread(target=self._work, name="nnwidgets-sweep", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        _WORKING.add(self)
        self._thread.start()

    def stop(self) -> None:
        """End it after the steps under way; returns at once."""
        self._stop.set()
        if self._ensemble is not None:
            self._ensemble.stop()

    def wait(self, timeout: float | None = None) -> None:
        """Block until it has ended. Raises `TimeoutError` where it takes longer; it goes on then."""
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise TimeoutError(f"the sweep is not done after {timeout} seconds; it goes on")

    @property
    def is_running(self) -> bool:
        """Whether its thread is at work."""
        return self._thread.is_alive()

    def result(self) -> SweepResult:
        """What there is by now."""
        done, errors = self._found
        return SweepResult(self.neurons, self.seeds, errors.copy(), done, self._status, self._message)

    # -- in its thread ----------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            self._ensemble = Ensemble(self._runs, loss_fn="mse")
            self._train(self._ensemble)
        except Exception as error:  # noqa: BLE001 (whatever it is, the reader is told)
            self._status, self._message = "error", str(error) or type(error).__name__
        else:
            done, _ = self._found
            self._status = "stopped" if self._stop.is_set() and done < self.epochs else "done"
            self._message = ""
        self._report()

    def _train(self, ensemble: Ensemble) -> None:
        threads = max(1, usable_cores() - 1)
        self._look(ensemble)
        slice_, done = 1, 0
        while self._report() and not self._stop.is_set() and done < self.epochs:
            started = time.monotonic()
            ensemble.train(min(slice_, self.epochs - done), threads=threads)
            trained = time.monotonic()
            self._message = ""
            done = self._look(ensemble)
            pause = max(pace(RHYTHM), (time.monotonic() - trained) / SHARE)
            slice_ = max(1, min(4 * slice_, int(slice_ * pause / max(trained - started, 1e-6))))

    def _look(self, ensemble: Ensemble) -> int:
        """Work out the errors. Returns how many epochs all runs have completed, those that diverged left out."""
        going = ~ensemble.diverged
        done = int(ensemble.epochs[going].min()) if going.any() else self.epochs
        errors = np.where(going, errors_of(ensemble), np.nan)
        self._found = done, errors.reshape(len(self.neurons), len(self.seeds))
        return done


def errors_of(ensemble: Ensemble) -> Floats:
    """The root mean square error of each run, `(n_runs,)`, on the training samples; networks have one hidden layer."""
    data = ensemble.settings[0].dataset
    x, y = ensemble.inputs(data.x_train).numpy(), data.y_train
    parameters = ensemble.parameters()
    hidden, bias = parameters["0.weight"], parameters["0.bias"]
    output, last = (parameters[name] for name in sorted(parameters.keys() - {"0.weight", "0.bias"}, reverse=True))
    errors = np.empty(len(ensemble))
    with np.errstate(all="ignore"):
        for run, settings in enumerate(ensemble.settings):
            network = settings.network
            assert network is not None
            units, activation = network.hidden_layers[0], ACTIVATIONS[_first(network.activation)].function
            squares = 0.0
            for start in range(0, len(x), PIECE):
                sums = x[start : start + PIECE] @ hidden[run, :units].T + bias[run, :units]
                fit = activation(sums) @ output[run, :, :units].T + last[run]
                squares += float(((fit - y[start : start + PIECE]).astype(np.float64) ** 2).sum())
            errors[run] = np.sqrt(squares / len(x))
    return np.where(np.isfinite(errors), errors, np.nan)


_WORKING: weakref.WeakSet[Sweep] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """End the threads in good order: one that is inside compiled code while Python ends would abort the process."""
    for sweep in list(_WORKING):
        sweep.stop()
        if sweep.is_running:
            sweep._thread.join(EXIT_PATIENCE)
