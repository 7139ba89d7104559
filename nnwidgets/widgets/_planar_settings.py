"""The settings of a planar trainer: its data, and what the network gets of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from nnwidgets._checks import real, whole
from nnwidgets.datasets import (
    MOST_CLASSES,
    MOST_NOISE,
    PLANAR,
    Dataset,
    as_dataset,
    make_planar,
    planar_parameters,
)
from nnwidgets.features import Feature, parse_features
from nnwidgets.training import commands as c
from nnwidgets.widgets._named import checked
from nnwidgets.widgets._network_settings import NetworkSettings

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop

_DATA_SETTINGS = ("n_samples", "noise", "test_share", "data_seed", "n_classes")
MOST_SAMPLES = 1_000_000  # of data that are generated
_INPUT_SETTINGS = ("features", "standardise")


def checked_axes(value: Any, names: tuple[str, ...]) -> tuple[int, int]:
    """Two columns of data, by number or name, as numbers. Raises `TypeError` or `ValueError` for anything else."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise TypeError(f"axes must be two columns of the data, by number or name; got {value!r}")
    x, y = (
        whole("a column in axes", names.index(each) if each in names else each, 0, len(names) - 1) for each in value
    )
    if x == y:
        raise ValueError(f"axes must be two different columns of the data; got {value!r}")
    return x, y


class PlanarSettings(NetworkSettings):
    """The traits of a planar trainer, how they are checked, and the commands that they become."""

    dataset = traitlets.Any("circles")
    dataset.allow_none = False
    """The data, as a `Dataset`. Set it to a name, a `Dataset` or arrays; the weights stay."""

    n_samples = traitlets.Int(500).tag(sync=True)
    """Samples of a generated data set, training and test together, 2 to 1,000,000."""

    noise = traitlets.Float(0.1).tag(sync=True)
    """Standard deviation of the noise on each coordinate of generated data, 0 to 1,000."""

    test_share = traitlets.Float(0.0).tag(sync=True)
    """Share of generated samples held out for testing, 0 to 0.9."""

    data_seed = traitlets.Int(0).tag(sync=True)
    """Seed of generated data, 0 to 4,294,967,295."""

    n_classes = traitlets.Int(2).tag(sync=True)
    """Classes of generated gaussians, spirals and rings, 2 to 8; 0 where values are to be predicted."""

    features = traitlets.Any(None).tag(sync=True)
    """What the network gets of each point: names such as `("x1", "x2", "x1**2", "x1*x2", "sin(x1)")`, or a dict with
    functions of your own, `{"x1": "x1", "r": lambda X: np.hypot(X[:, 0], X[:, 1])}`. None is all columns of the data;
    reading tells which."""

    standardise = traitlets.Bool(None, allow_none=True).tag(sync=True)
    """Whether the columns are shifted and scaled to mean 0 and standard deviation 1 over the training set before the
    network, or the features, get them. None does it for data of your own with a network of ours; reading tells."""

    axes = traitlets.Any((0, 1)).tag(sync=True)
    axes.allow_none = False
    """The two columns of the data that the plane shows, by number or name; others are held at their median there."""

    _browser_settings = NetworkSettings._browser_settings | frozenset(
        ("dataset", "axes", *_INPUT_SETTINGS, *_DATA_SETTINGS)
    )
    _laborious_settings = frozenset(("dataset", *_DATA_SETTINGS))
    _own_features: dict[str, Feature]  # those that were in use, and those that are asked for
    _asked_features: dict[str, Feature]

    # -- validation -------------------------------------------------------------------------------

    @traitlets.validate("dataset")
    def _valid_dataset(self, proposal: Any) -> Dataset:
        made: Dataset = checked(self._as_dataset, proposal.value)
        return made

    def _as_dataset(self, value: object) -> Dataset:
        return as_dataset(
            value,
            n_samples=whole("n_samples", self._samples_of(value), 2, MOST_SAMPLES),  # else checked only after this
            noise=self.noise,
            test_share=self.test_share,
            seed=self.data_seed,
            n_classes=self._classes_of(value),
        )

    def _samples_of(self, value: object) -> int:  # noqa: ARG002
        """How many samples data that are to be generated get."""
        return self.n_samples

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
        return value

    @traitlets.validate("n_samples")
    def _valid_n_samples(self, proposal: Any) -> int:
        value: int = self._generated("n_samples", checked(whole, "n_samples", proposal.value, 2, MOST_SAMPLES))
        return value

    @traitlets.validate("noise")
    def _valid_noise(self, proposal: Any) -> float:
        value: float = self._generated("noise", checked(real, "noise", proposal.value, 0.0, MOST_NOISE))
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
        if self._is_set and self.dataset.parameters is not None:
            checked(lambda: planar_parameters(**self._wanted_data(name, value)))
        return value

    def _wanted_data(self, name: str, value: Any) -> dict[str, Any]:
        """The arguments of `make_planar` for the newest data that were asked for, but for one setting.

        The other traits may still be those of data before.
        """
        assert self.dataset.parameters is not None
        return dict(self.dataset.parameters) | {"seed" if name == "data_seed" else name: value}

    @traitlets.validate("features")
    def _valid_features(self, proposal: Any) -> tuple[str, ...] | None:
        if proposal.value is None:
            return None
        features = checked(parse_features, proposal.value, self._own_features)
        names = tuple(feature.name for feature in features)
        if getattr(self._following, "active", False):
            return names
        self._asked_features = {f.name: f for f in features if f.function is not None}
        if self._is_set and names == self.features and self._asked_features.items() - self._own_features.items():
            self._set_inputs(features=names)  # the names are the same: no observer is told of other functions
        return names

    @traitlets.validate("standardise")
    def _valid_standardise(self, proposal: Any) -> bool | None:
        loop, value = self._loop, proposal.value
        if self._is_set and loop is not None and value == self.standardise != loop.experiment.settings.standardise:
            self._set_inputs(standardise=value)  # it was so by itself, and is now meant to stay so
        return value  # type: ignore[no-any-return]

    @traitlets.validate("axes")
    def _valid_axes(self, proposal: Any) -> tuple[int, int]:
        data = self.dataset if isinstance(self.dataset, Dataset) else checked(self._as_dataset, self.dataset)
        return checked(checked_axes, proposal.value, data.feature_names)  # type: ignore[no-any-return]

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
        wanted = self._wanted_data(change.name, change.new)
        if wanted != dict(self.dataset.parameters):
            try:
                self.dataset = make_planar(**wanted)
            except Exception:
                self._follow(self._loop)
                raise

    @traitlets.observe(*_INPUT_SETTINGS)
    def _inputs_changed(self, change: Any) -> None:
        if self._is_set:
            self._set_inputs(**{change.name: change.new})

    def _set_inputs(self, **changed: Any) -> None:
        """Other features, or standardised ones; what is not said stays as it is when this command's turn comes."""
        assert self._loop is not None
        loop = self._loop
        wanted = self._wanted_features(changed["features"]) if "features" in changed else None

        def change() -> None:
            present = loop.experiment.settings
            features = present.features if wanted is None else wanted
            loop.call(c.SetInputs(features, changed.get("standardise", present.standardise)))

        self._change(c.Do(change, "Setting features" if wanted is not None else "Standardising"))

    def _wanted_features(self, names: tuple[str, ...] | None) -> tuple[Feature, ...]:
        return () if names is None else parse_features(names, self._own_features | self._asked_features)

    @traitlets.observe("axes")
    def _axes_changed(self, _: Any) -> None:
        if not self._is_set:
            return
        assert self._loop is not None
        loop = self._loop

        def show() -> None:
            loop.experiment.data_version += 1  # frames taken before are of another plane
            loop.observer.changed(loop)

        self._tell(c.Do(show, "Setting axes"))

    # -- from the loop to the traits ---------------------------------------------------------------

    def _set_settings(self, loop: TrainingLoop) -> None:
        super()._set_settings(loop)
        settings = loop.experiment.settings
        self.dataset = settings.dataset
        parameters = settings.dataset.parameters or {"n_classes": settings.dataset.n_classes}
        for name in _DATA_SETTINGS:
            key = "seed" if name == "data_seed" else name
            if key in parameters:
                setattr(self, name, parameters[key])
        if max(self.axes) >= len(settings.dataset.feature_names):
            self.axes = (0, 1)
        self._own_features = self._own_features | {f.name: f for f in settings.features if f.function is not None}
        self.features = tuple(feature.name for feature in settings.input_features)
        self.standardise = settings.standardises
