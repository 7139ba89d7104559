"""Data on a plane, in classes or with values to predict: generated, or a user's own arrays, as one `Dataset`."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from nnwidgets._checks import names, plane, points, real, targets, whole
from nnwidgets._own_data import are_values, classes_of, take_apart
from nnwidgets._planar_pictures import plane_range, thumbnails
from nnwidgets._planar_sources import MOST_CLASSES, PLANAR, PlanarSource, held_out, known_name, planar_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "MOST_CLASSES",
    "MOST_NOISE",
    "PLANAR",
    "Dataset",
    "PlanarSource",
    "as_dataset",
    "check_classes",
    "make_planar",
    "planar_code",
    "planar_parameters",
    "plane_range",
    "thumbnails",
]

Range = tuple[float, float]
Task = Literal["classification", "regression"]

MOST_NOISE = 1000.0
"""Of generated data, at most: they lie within a few units, of which then nothing is left."""

DRAWING = "drawing"
"""The name of data that were drawn on the plane."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples on a plane, each with its class or with a value to predict, split into training and test samples.

    Attributes:
        name: short identifier, such as ``"circles"``.
        x_train, x_test: float32, shape ``(n_samples, n_columns)``, 2 columns or more; the test part may have no rows.
        y_train, y_test: float32, shape ``(n_samples, 1)``: the number of the class, 0, 1, …; or the value.
        class_names: what the classes are called, 2 to 8; empty where values are to be predicted.
        feature_names: what the columns of ``x`` are called, as many as there are.
        label: the name to show to readers; ``name`` when empty.
        parameters: the arguments of `make_planar` that made the data, or None for a user's arrays.
        plane: two columns and the part of their plane to draw, ``((0, 1), (x_low, x_high), (y_low, y_high))``; None
            follows the samples.

    The arrays are C-contiguous read-only copies of what was given. ``torch.tensor(dataset.x_train)`` copies them
    once more; ``torch.from_numpy`` would warn, since tensors are always writable.

    Raises:
        TypeError: for values that are not numbers, or names that are not text.
        ValueError: for wrong shapes, unequal lengths, NaN or infinite values, labels that are no class's number, or a
            plane that cannot be drawn.

    Example:
        >>> data = Dataset("pair", [[0, 0], [1, 1]], [0, 1], [], [], ("no", "yes"), ("width", "height"))
        >>> data
        Dataset('pair', 2 train, 0 test)
        >>> data.y_train.shape, data.task, data.n_classes
        ((2, 1), 'classification', 2)
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.float32]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.float32]
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    label: str = ""
    parameters: Mapping[str, Any] | None = None
    plane: tuple[tuple[int, int], Range, Range] | None = None

    _FEWEST: ClassVar[int] = 2  # columns

    def __post_init__(self) -> None:
        def settle(field: str, value: object) -> None:
            object.__setattr__(self, field, value)  # the only way to write a field of a frozen dataclass

        if not isinstance(self.name, str) or not isinstance(self.label, str):
            msg = f"name and label must be text, not {self.name!r} and {self.label!r}"
            raise TypeError(msg)
        settle("label", self.label or self.name)
        settle("class_names", names("class_names", self.class_names, None))
        if self.class_names and not 2 <= len(self.class_names) <= MOST_CLASSES:
            some = f"2 to {MOST_CLASSES} texts, or none where values are predicted"
            msg = f"class_names must be {some}, but {len(self.class_names)} were given: {self.class_names!r}"
            raise ValueError(msg)
        settle("feature_names", names("feature_names", self.feature_names, None))
        for part in ("train", "test"):
            x = points(f"x_{part}", getattr(self, f"x_{part}"), len(self.feature_names), self._FEWEST)
            y = targets(f"y_{part}", getattr(self, f"y_{part}"), self.n_classes)
            if len(x) != len(y):
                msg = f"x_{part} has {len(x)} samples and y_{part} has {len(y)} labels; they must be as many"
                raise ValueError(msg)
            settle(f"x_{part}", x)
            settle(f"y_{part}", y)
        if len(self.x_train) == 0:
            msg = "x_train has no samples; training needs at least 1"
            raise ValueError(msg)
        if self.plane is not None:
            settle("plane", plane("plane", self.plane, len(self.feature_names)))
        if self.parameters is not None:
            settle("parameters", dict(self.parameters))

    @property
    def task(self) -> Task:
        """``"classification"``, or ``"regression"`` where values are to be predicted."""
        return "classification" if self.class_names else "regression"

    @property
    def n_classes(self) -> int:
        """The number of classes; 0 for regression."""
        return len(self.class_names)

    @property
    def is_own(self) -> bool:
        """Whether samples are the user's, neither generated nor drawn."""
        return self.parameters is None and self.name != DRAWING

    @property
    def nbytes(self) -> int:
        """Memory that the arrays hold, in bytes."""
        return sum(array.nbytes for array in (self.x_train, self.y_train, self.x_test, self.y_test))

    @cached_property
    def value_range(self) -> Range:
        """Bounds of what is to be predicted, symmetric about 0 where values of both signs are among it.

        Example:
            >>> make_planar("plane", noise=0.0).value_range
            (-0.9780452847480774, 0.9780452847480774)
        """
        values = np.concatenate([self.y_train, self.y_test])
        low, high = float(values.min()), float(values.max())
        if low < 0 < high:
            high = max(-low, high)
            low = -high
        return (low, high) if low < high else (low - 1.0, high + 1.0)

    def __repr__(self) -> str:
        return f"Dataset({self.name!r}, {len(self.x_train)} train, {len(self.x_test)} test)"

    def __reduce__(self) -> tuple[type[Dataset], tuple[Any, ...]]:
        # NumPy's copies and pickles come back writable; going through the constructor keeps the promise.
        arrays = (self.x_train, self.y_train, self.x_test, self.y_test)
        names = self.class_names, self.feature_names, self.label
        return Dataset, (self.name, *arrays, *names, self.parameters, self.plane)

    def same_as(self, other: object) -> bool:
        """Whether ``other`` is a dataset with the same names and bit-identical arrays.

        Example:
            >>> make_planar("moons", seed=1).same_as(make_planar("moons", seed=1))
            True
            >>> make_planar("moons", seed=1).same_as(make_planar("moons", seed=2))
            False
        """
        if self is other:
            return True
        if not isinstance(other, Dataset):
            return False
        names = operator.attrgetter("name", "label", "class_names", "feature_names", "parameters", "plane")
        arrays = operator.attrgetter("x_train", "y_train", "x_test", "y_test")
        return names(self) == names(other) and all(map(np.array_equal, arrays(self), arrays(other)))

    def to_pandas(self) -> pd.DataFrame:
        """One row per sample: the features, ``class`` (its name) or ``target`` (the value), and ``set``.

        ``set`` is ``"train"`` or ``"test"``. `as_dataset` makes the same samples of it again.

        Raises:
            ImportError: where pandas, which nnwidgets does not require, is not installed.

        Example:
            >>> make_planar("xor", n_samples=4, test_share=0.25).to_pandas().shape
            (4, 4)
        """
        try:
            import pandas as pd
        except ImportError as error:
            msg = "Dataset.to_pandas() needs pandas, which is not installed: pip install pandas"
            raise ImportError(msg) from error
        frame = pd.DataFrame(np.concatenate([self.x_train, self.x_test]), columns=list(self.feature_names))
        y = np.concatenate([self.y_train, self.y_test]).ravel()
        if self.class_names:
            classes = list(dict.fromkeys(self.class_names))  # as categories they keep their order
            labels = np.array(self.class_names, dtype=object)[y.astype(int)]
            frame["class"] = pd.Categorical(labels, categories=classes)
        else:
            frame["target"] = y
        frame["set"] = ["train"] * len(self.x_train) + ["test"] * len(self.x_test)
        return frame


def make_planar(
    name: str,
    n_samples: int = 500,
    noise: float = 0.1,
    test_share: float = 0.0,
    seed: int = 0,
    n_classes: int | None = None,
) -> Dataset:
    """Generate one of the `PLANAR` datasets; the same arguments give the same bits.

    Args:
        name: ``"circles"``, ``"moons"``, ``"gaussians"``, ``"xor"``, ``"spiral"`` or ``"rings"``, in classes;
            ``"plane"`` or ``"hills"``, with values to predict.
        n_samples: of all classes and both sets together, at least 2, and 1 a class.
        noise: standard deviation, 0 to 1,000, of the Gaussian noise on each coordinate, in units of the plane (on rings
            it is 2 / ``n_classes`` of that, so that they stay as far apart); of that on the values to predict.
        test_share: the share of samples, 0 to 0.9, held out for testing; drawn by a permutation of ``seed``, so that
            a larger share holds out the same samples and more, and none leaves the order as generated.
        seed: 0 to 2³² − 1.
        n_classes: 2 to 8 for gaussians, spiral and rings; None for the usual number: 2, of rings 3.

    Raises:
        TypeError, ValueError: for an unknown name or an argument out of its range.

    The circles are ``sklearn.datasets.make_circles(n_samples, noise=noise, factor=0.3, random_state=seed)`` bit for
    bit, class 1 being the inner circle; the moons are ``make_moons`` likewise.

    Example:
        >>> data = make_planar("circles", n_samples=200, test_share=0.25, seed=1)
        >>> data.x_train.shape, data.x_test.shape, data.x_train.dtype
        ((150, 2), (50, 2), dtype('float32'))
        >>> make_planar("rings", n_classes=5).class_names
        ('0', '1', '2', '3', '4')
    """
    parameters = planar_parameters(name, n_samples, noise, test_share, seed, n_classes)
    name, n_samples, noise, test_share, seed, n_classes = parameters.values()
    source = PLANAR[name]
    x, y = source.generate(n_samples, noise, seed, *([n_classes] if source.takes_classes else []))
    test = held_out(n_samples, test_share, seed)
    return Dataset(
        name=name,
        x_train=x[~test].astype(np.float32),
        y_train=y[~test].astype(np.float32),
        x_test=x[test].astype(np.float32),
        y_test=y[test].astype(np.float32),
        class_names=tuple(map(str, range(n_classes))),
        feature_names=("x1", "x2"),
        label=source.label,
        parameters=parameters,
    )


def planar_parameters(
    name: str, n_samples: int, noise: float, test_share: float, seed: int, n_classes: int | None
) -> dict[str, Any]:
    """The arguments of `make_planar` in their settled form, in its order, checked as it does, with no data made.

    Raises:
        TypeError, ValueError: as `make_planar`.

    Example:
        >>> planar_parameters("Rings", 100, 0, 0.5, 7, None)
        {'name': 'rings', 'n_samples': 100, 'noise': 0.0, 'test_share': 0.5, 'seed': 7, 'n_classes': 3}
    """
    name = known_name(name)
    n_classes = check_classes(name, n_classes)
    sampling = sampling_parameters(n_samples, noise, test_share, seed, max(2, n_classes))
    return {"name": name, **sampling, "n_classes": n_classes}


def sampling_parameters(n_samples: int, noise: float, test_share: float, seed: int, fewest: int) -> dict[str, Any]:
    """How samples are drawn, of which there are to be so many at least, checked and in settled form.

    Raises:
        TypeError, ValueError: for an argument out of its range, or where none is left to train with.
    """
    n_samples = whole("n_samples", n_samples, fewest, None)
    test_share = real("test_share", test_share, 0.0, 0.9)
    if round(test_share * n_samples) == n_samples:
        msg = f"a test_share of {test_share:g} of {n_samples} samples leaves none to train with"
        raise ValueError(msg)
    return {
        "n_samples": n_samples,
        "noise": real("noise", noise, 0.0, MOST_NOISE),
        "test_share": test_share,
        "seed": whole("seed", seed, 0, 2**32 - 1),
    }


def check_classes(name: str, n_classes: int | None) -> int:
    """The number of classes of generated data, which may be asked for; None is the usual number.

    Raises:
        TypeError, ValueError: those data cannot have so many.

    Example:
        >>> check_classes("rings", None), check_classes("gaussians", 5)
        (3, 5)
    """
    source = PLANAR[name]
    fewest, usual, most = source.classes
    if n_classes is None:
        return usual
    if source.takes_classes:
        return whole("n_classes", n_classes, fewest, most)
    if whole("n_classes", n_classes, 0, None) != usual:
        what = f"has {usual} classes" if usual else "has values to predict, no classes"
        msg = f"{source.name} {what}: n_classes can be chosen for {', '.join(_CHOOSABLE)}, not {n_classes!r} here"
        raise ValueError(msg)
    return usual


_CHOOSABLE = [source.name for source in PLANAR.values() if source.takes_classes]


# --- anything as a dataset -------------------------------------------------------------------------------------


def as_dataset(
    value: object,
    *,
    n_samples: int = 500,
    noise: float = 0.1,
    test_share: float = 0.0,
    seed: int = 0,
    n_classes: int | None = None,
    task: Task | None = None,
    columns: Sequence[str | int] | None = None,
) -> Dataset:
    """Whatever names or holds planar data, as a `Dataset`.

    Args:
        value: the name of one of the `PLANAR` datasets, to be generated with the other arguments; or a `Dataset`,
            returned as it is; or arrays ``(X, y)`` or ``(X_train, y_train, X_test, y_test)``. ``X`` has shape
            ``(n_samples, n_columns)``, 2 or more, ``y`` one label or value per sample, flat or as a column; lists, data
            frames and tensors will do. Or a data frame with the columns of the features, one with labels (``class``,
            ``target``, ``label`` or ``y``) and perhaps ``set``, as `Dataset.to_pandas` makes it; or what the loaders
            of scikit-learn return. Up to 8 distinct labels are the classes 0, 1, …, in the order of their categories,
            else sorted.
        n_samples: as in `make_planar`; this and the following have no effect on arrays.
        noise: as in `make_planar`.
        test_share: as in `make_planar`.
        seed: as in `make_planar`.
        n_classes: as in `make_planar`.
        task: of your own data: whether the labels are classes or values to predict. None takes more than two distinct
            numbers that are not all whole for values, all else for classes.
        columns: of your own data: which columns to take, two or more, by name or number; None for all.

    Raises:
        TypeError: for a value of another kind, or features that are not numbers.
        ValueError: for an unknown name, wrong shapes, NaN or infinite values, or more than 8 classes.

    Example:
        >>> data = as_dataset(([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], ["cat", "dog", "cat"]))
        >>> data.class_names, data.y_train.ravel().tolist()
        (('cat', 'dog'), [0.0, 1.0, 0.0])
        >>> as_dataset(([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [0.5, 1.5, 2.25])).task
        'regression'
    """
    if isinstance(value, Dataset):
        if len(value.feature_names) < 2:
            msg = f"{value.name!r} has one column, and a plane needs two: FunctionTrainer shows functions of one number"
            raise ValueError(msg)
        return value
    if isinstance(value, str):
        return make_planar(value, n_samples, noise, test_share, seed, n_classes)
    if task not in {None, "classification", "regression"}:
        msg = f'task must be "classification", "regression" or None, not {task!r}'
        raise ValueError(msg)
    own = take_apart(value, columns)
    y: list[NDArray[Any]] = [own.y_train, own.y_test]
    class_names: tuple[str, ...] = ()
    is_named = own.order is not None
    if task == "classification" or (task is None and (is_named or not are_values(y))):
        y, class_names = classes_of(own)
    return Dataset(
        name="data",
        x_train=own.x_train,
        y_train=y[0],
        x_test=own.x_test,
        y_test=y[1],
        class_names=class_names,
        feature_names=own.feature_names,
        label="your data",
    )
