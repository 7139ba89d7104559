"""The settings of a trainer of functions: the function, and how it is sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from nnwidgets._checks import real, whole
from nnwidgets.datasets import MOST_NOISE, Dataset
from nnwidgets.targets import (
    FUNCTIONS,
    FunctionData,
    as_function_data,
    checked_domain,
    drawn_over,
    known_function,
    make_function_data,
    resampled,
)
from nnwidgets.training import commands as c
from nnwidgets.widgets._describe_function import MOST_NEURONS
from nnwidgets.widgets._named import checked
from nnwidgets.widgets._network_settings import NetworkSettings

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop

MOST_SAMPLES = 1_000_000  # of a function
_SAMPLING = ("n_samples", "noise", "test_share", "data_seed")
_DATA_SETTINGS = ("domain", *_SAMPLING)


def _as_text(value: Any, _: object) -> str:
    """A function as the browser knows it: what can be typed, or what it is otherwise."""
    if isinstance(value, str):
        return value
    return "drawn" if isinstance(value, FunctionData) and value.drawn else "custom"


class FunctionSettings(NetworkSettings):
    """The traits of a trainer of functions, how they are checked, and the commands that they become."""

    function = traitlets.Any("sine").tag(sync=True, to_json=_as_text)
    function.allow_none = False
    """What is to be fitted: a name in `nnwidgets.targets.FUNCTIONS`, an expression such as `"sin(3x) + x²/4"`, a
    callable, arrays `(x, y)`, or points that lines join. Set it to another; the weights stay."""

    domain = traitlets.Any(None).tag(sync=True)
    domain.allow_none = False  # without this, None would not even be asked about
    """First and last x of the samples and of the plot, such as `(-3, 3)`. None is what is usual for the function;
    reading tells which."""

    n_samples = traitlets.Int(128).tag(sync=True)
    """Samples of the function, training and test together, evenly spaced, 2 to 1,000,000."""

    noise = traitlets.Float(0.0).tag(sync=True)
    """Standard deviation of the noise on the values of the samples, 0 to 1,000."""

    test_share = traitlets.Float(0.0).tag(sync=True)
    """Share of the samples held out for testing, 0 to 0.9."""

    data_seed = traitlets.Int(0).tag(sync=True)
    """Seed of the noise, and of which samples are for testing."""

    hidden_layers = traitlets.Any((8,)).tag(sync=True)
    hidden_layers.allow_none = False
    """Neurons of each hidden layer, input side first, such as `(8,)`. Weights that stay are kept."""

    optimizer = traitlets.Any("adam").tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str) else "custom"
    )
    optimizer.allow_none = False
    """Name of an optimizer, or a callable that makes one: `lambda params: torch.optim.SGD(params, lr=0.1)`."""

    learning_rate = traitlets.Float(0.02).tag(sync=True)
    """Step size η of the updates, above 0. A change keeps the optimizer's state."""

    batch_size = traitlets.Int(16).tag(sync=True)
    """Samples per step, 1 to the number of training samples; the last batch of an epoch may be smaller."""

    standardise = traitlets.Bool(None, allow_none=True).tag(sync=True)
    """Whether x is shifted and scaled to mean 0 and standard deviation 1 over the training set before the network gets
    it. None does it for samples of your own with a network of ours; reading tells."""

    _browser_settings = NetworkSettings._browser_settings | frozenset(("function", "standardise", *_DATA_SETTINGS))
    _laborious_settings = frozenset(("function", *_DATA_SETTINGS))
    _most_neurons = MOST_NEURONS
    _made: tuple[object, FunctionData] | None = None  # the function that was set last, as data

    # -- validation -------------------------------------------------------------------------------

    @traitlets.validate("function")
    def _valid_function(self, proposal: Any) -> Any:
        value = proposal.value
        if getattr(self._following, "active", False):
            return value
        if isinstance(value, str):
            value = checked(known_function, value)
        data = checked(self._as_data, value)
        if not (isinstance(value, str) or callable(value)):
            value = data
        self._made = value, data
        return value

    def _as_data(self, value: object) -> FunctionData:
        """A function as data, on its usual domain if it is one of the table, else on that of the present."""
        names = ("n_samples", "noise", "test_share")
        sampling = {name: getattr(self, name) for name in names} | {"seed": self.data_seed}
        return as_function_data(value, domain=self._domain_for(value), **sampling)

    def _domain_for(self, value: object) -> Any:
        if self._loop is None:
            return self.domain
        keeps = callable(value) or (isinstance(value, str) and value not in FUNCTIONS)
        return self.dataset.domain if keeps else None

    @traitlets.validate("domain")
    def _valid_domain(self, proposal: Any) -> tuple[float, float] | None:
        value = None if proposal.value is None else checked(checked_domain, proposal.value)
        return self._sampled("domain", value)  # type: ignore[no-any-return]

    @traitlets.validate("n_samples")
    def _valid_n_samples(self, proposal: Any) -> int:
        return self._sampled("n_samples", checked(whole, "n_samples", proposal.value, 2, MOST_SAMPLES))  # type: ignore[no-any-return]

    @traitlets.validate("noise")
    def _valid_noise(self, proposal: Any) -> float:
        return self._sampled("noise", checked(real, "noise", proposal.value, 0.0, MOST_NOISE))  # type: ignore[no-any-return]

    @traitlets.validate("test_share")
    def _valid_test_share(self, proposal: Any) -> float:
        return self._sampled("test_share", checked(real, "test_share", proposal.value, 0.0, 0.9))  # type: ignore[no-any-return]

    @traitlets.validate("data_seed")
    def _valid_data_seed(self, proposal: Any) -> int:
        return self._sampled("data_seed", checked(whole, "data_seed", proposal.value, 0, 2**32 - 1))  # type: ignore[no-any-return]

    def _sampled(self, name: str, value: Any) -> Any:
        """A setting of the samples; if it is another one, they are made with it, so that it is known that they can."""
        if not self._is_set:
            return value
        data = self.dataset
        if data.recipe is not None:
            self._made = name, checked(lambda: resampled(data, **{"seed" if name == "data_seed" else name: value}))
        elif name == "domain":
            self._made = name, checked(resampled, data, value)
        elif value != getattr(self, name):
            raise traitlets.TraitError(f"{name} is for functions; the present data are {data.label}")
        made = None if self._made is None else self._made[1]
        return made.domain if made is not None and name == "domain" else value

    # -- settings become commands -----------------------------------------------------------------

    @traitlets.observe("function", *_DATA_SETTINGS)
    def _data_changed(self, _: Any) -> None:
        if self._is_set:
            assert self._made is not None
            self._change(c.SetData(self._made[1]))

    @traitlets.observe("standardise")
    def _standardise_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetInputs((), change.new))

    def _draw_over(self, data: Dataset, points: Any) -> Dataset:
        """In the training thread: the function that a stroke makes of the present one, sampled as that is."""
        assert isinstance(data, FunctionData)
        names = ("n_samples", "noise", "test_share")
        sampling = {name: getattr(self, name) for name in names} | {"seed": self.data_seed}
        return make_function_data(drawn_over(data, points), data.domain, **sampling)

    # -- from the loop to the traits ---------------------------------------------------------------

    @property
    def dataset(self) -> FunctionData:
        """The samples, as a `FunctionData`: `x_train`, `y_train` and so on, and `target`, the function itself."""
        if self._loop is not None:
            data = self._loop.experiment.settings.dataset
            assert isinstance(data, FunctionData)
            return data
        assert self._made is not None
        return self._made[1]

    def _set_settings(self, loop: TrainingLoop) -> None:
        super()._set_settings(loop)
        data = self.dataset
        recipe = data.recipe or {}
        function = recipe.get("function", data)
        self.function = function if isinstance(function, str) or callable(function) else data
        for name in _SAMPLING:
            key = "seed" if name == "data_seed" else name
            if key in recipe:
                setattr(self, name, recipe[key])
        self.domain = data.domain
        self.standardise = loop.experiment.settings.standardises
