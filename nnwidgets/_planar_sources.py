"""The kinds of planar data, and the plain Python that makes each of them.

The generators need NumPy alone: importing scikit-learn costs seconds, which is longer than a widget may take to
appear. Where a generator stands for one of scikit-learn's, it returns that function's values bit for bit.
"""

from __future__ import annotations

import difflib
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets import _linear_sources

Points = tuple[NDArray[np.float64], NDArray[Any]]
Generate = Callable[..., Points]
MOST_CLASSES = 8


@dataclass(frozen=True)
class PlanarSource:
    """A kind of planar data: how to make it, and the lines of Python that make the same bits elsewhere.

    Attributes:
        name: identifier, the key in `PLANAR`.
        label: the name to show to readers.
        default_noise: a noise that leaves the shape recognisable and the classes a little mixed.
        generate: ``(n_samples, noise, seed)``, and ``n_classes`` where that may be chosen, to ``x`` (float64,
            ``(n, 2)``) and ``y`` (``(n,)``: int64 classes from 0, or float64 values).
        imports: the import line that `code` needs.
        call: the call of another library that ``generate`` stands for, if any.
        classes: the fewest, the usual and the largest number of classes; all 0 where values are to be predicted.
        for_one_line: whether they are for a perceptron, which offers them.
    """

    name: str
    label: str
    default_noise: float
    generate: Generate
    imports: str = "import numpy as np"
    call: str = ""
    classes: tuple[int, int, int] = (2, 2, 2)
    for_one_line: bool = False

    @property
    def takes_classes(self) -> bool:
        """Whether the number of classes may be chosen."""
        return self.classes[0] < self.classes[2]

    @property
    def code(self) -> str:
        """Statements that set ``x`` and ``y`` from the variables ``n_samples``, ``noise``, ``seed`` and ``n_classes``.

        Example:
            >>> print(PLANAR["moons"].code)
            x, y = make_moons(n_samples, noise=noise, random_state=seed)
        """
        if self.call:
            return self.call
        # The generator's own body is the code: written once, it cannot differ from what was run.
        _, _, body = inspect.getsource(self.generate).partition("-> Points:\n")
        body = re.sub(r'^    """.*"""\n', "", body)
        statements, _, _ = body.rpartition("    return x, y\n")
        return textwrap.dedent(statements).rstrip()


def _two_curves(
    class_0: tuple[NDArray[np.float64], NDArray[np.float64]],
    class_1: tuple[NDArray[np.float64], NDArray[np.float64]],
    noise: float,
    seed: int,
) -> Points:
    """Class 0 then class 1, shuffled, then noise: the order in which scikit-learn draws its random numbers."""
    random = np.random.RandomState(seed)  # scikit-learn's generator: the same bits
    x = np.column_stack([np.append(a, b) for a, b in zip(class_0, class_1, strict=True)])
    y = np.repeat(np.array([0, 1], dtype=np.int64), [len(class_0[0]), len(class_1[0])])
    order = np.arange(len(y))
    random.shuffle(order)
    return x[order] + random.normal(scale=noise, size=x.shape), y[order]


def _circles(n_samples: int, noise: float, seed: int) -> Points:
    n_outer = n_samples // 2
    outer = np.linspace(0, 2 * np.pi, n_outer, endpoint=False)
    inner = np.linspace(0, 2 * np.pi, n_samples - n_outer, endpoint=False)
    return _two_curves((np.cos(outer), np.sin(outer)), (np.cos(inner) * 0.3, np.sin(inner) * 0.3), noise, seed)


def _moons(n_samples: int, noise: float, seed: int) -> Points:
    n_upper = n_samples // 2
    upper = np.linspace(0, np.pi, n_upper)
    lower = np.linspace(0, np.pi, n_samples - n_upper)
    return _two_curves((np.cos(upper), np.sin(upper)), (1 - np.cos(lower), 1 - np.sin(lower) - 0.5), noise, seed)


def _gaussians(n_samples: int, noise: float, seed: int, n_classes: int) -> Points:
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    angle = 2 * np.pi * np.arange(n_classes) / n_classes - 3 * np.pi / 4
    centers = np.round(0.7 * np.sqrt(2) * np.column_stack([np.cos(angle), np.sin(angle)]), 12)
    spread = (0.2 + noise) * np.sin(np.pi / n_classes)  # neighbours overlap as much, however many they are
    x = centers[y] + spread * rng.normal(size=(n_samples, 2))
    return x, y


def _xor(n_samples: int, noise: float, seed: int) -> Points:
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.1, 1.0, size=(n_samples, 2)) * rng.choice([-1, 1], size=(n_samples, 2))
    y = (x[:, 0] * x[:, 1] < 0).astype(np.int64)
    x = x + noise * rng.normal(size=(n_samples, 2))
    return x, y


def _spiral(n_samples: int, noise: float, seed: int, n_classes: int) -> Points:
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    radius = np.linspace(0.1, 2.0, n_samples)
    angle = 3.3 / n_classes * np.pi * radius + 2 * np.pi * y / n_classes
    x = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    x = x + noise * rng.normal(size=(n_samples, 2))
    return x, y


def _rings(n_samples: int, noise: float, seed: int, n_classes: int) -> Points:
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    radius = 1.2 * (y + 0.5) / n_classes
    angle = rng.uniform(0, 2 * np.pi, size=n_samples)
    x = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    x = x + 2 / n_classes * noise * rng.normal(size=(n_samples, 2))  # rings mix as much, however many they are
    return x, y


def _plane(n_samples: int, noise: float, seed: int) -> Points:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(n_samples, 2))
    y = (x[:, 0] + x[:, 1]) / 2
    y = y + noise * rng.normal(size=n_samples)
    return x, y


def _hills(n_samples: int, noise: float, seed: int) -> Points:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(n_samples, 2))
    centers = np.array([[-0.6, 0.4], [0.0, 0.4], [0.6, 0.4], [-0.6, -0.4], [0.0, -0.4], [0.6, -0.4]])
    heights = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    distance = ((x[:, None, :] - centers) ** 2).sum(axis=2)
    y = (heights * np.exp(-distance / (2 * 0.2**2))).sum(axis=1)
    y = y + noise * rng.normal(size=n_samples)
    return x, y


_MAKE_CIRCLES = "x, y = make_circles(n_samples, noise=noise, factor=0.3, random_state=seed)"
_MAKE_MOONS = "x, y = make_moons(n_samples, noise=noise, random_state=seed)"

_SOURCES = (
    PlanarSource("circles", "circles", 0.1, _circles, "from sklearn.datasets import make_circles", _MAKE_CIRCLES),
    PlanarSource("moons", "moons", 0.1, _moons, "from sklearn.datasets import make_moons", _MAKE_MOONS),
    PlanarSource("gaussians", "gaussians", 0.1, _gaussians, classes=(2, 2, MOST_CLASSES)),
    PlanarSource("xor", "XOR", 0.1, _xor),
    PlanarSource("spiral", "spiral", 0.1, _spiral, classes=(2, 2, MOST_CLASSES)),
    PlanarSource("rings", "rings", 0.1, _rings, classes=(2, 3, MOST_CLASSES)),
    PlanarSource("plane", "plane", 0.1, _plane, classes=(0, 0, 0)),
    PlanarSource("hills", "hills", 0.1, _hills, classes=(0, 0, 0)),
    PlanarSource("separable", "separable", 0.0, _linear_sources.separable, for_one_line=True),
    PlanarSource("narrow", "narrow", 0.0, _linear_sources.narrow, for_one_line=True),
    PlanarSource("overlapping", "overlapping", 0.0, _linear_sources.overlapping, for_one_line=True),
    PlanarSource("and_gate", "AND", 0.0, _linear_sources.and_gate, for_one_line=True),
    PlanarSource("or_gate", "OR", 0.0, _linear_sources.or_gate, for_one_line=True),
    PlanarSource("xor_gate", "XOR gate", 0.0, _linear_sources.xor_gate, for_one_line=True),
)

PLANAR: Mapping[str, PlanarSource] = {source.name: source for source in _SOURCES}
"""The kinds of planar data, by name, in the order in which to offer them."""


def planar_code(
    name: str, n_samples: int, noise: float, test_share: float, seed: int, n_classes: int
) -> tuple[list[str], str]:
    """The plain Python that makes the arrays of `make_planar` with these arguments.

    Returns:
        The import lines, and the statements that set ``x_train``, ``y_train`` (and ``x_test``, ``y_test`` where
        ``test_share`` is not 0) to float32 arrays of the shapes of a `Dataset`.

    Example:
        >>> imports, code = planar_code("moons", 100, 0.1, 0.0, 3, 2)
        >>> imports
        ['import numpy as np', 'from sklearn.datasets import make_moons']
        >>> print(code)
        x, y = make_moons(100, noise=0.1, random_state=3)
        x_train = x.astype(np.float32)
        y_train = y.astype(np.float32).reshape(-1, 1)
    """
    source = PLANAR[known_name(name)]
    values = {"n_samples": n_samples, "noise": noise, "seed": seed, "n_classes": n_classes}
    # A word that "=" follows is the name of a keyword argument and stays: noise=noise becomes noise=0.1.
    code = re.sub(r"\b(n_samples|noise|seed|n_classes)\b(?!=)", lambda match: repr(values[match[1]]), source.code)
    code += split_code(n_samples, test_share, seed)
    return list(dict.fromkeys(["import numpy as np", source.imports])), code


def split_code(n_samples: int, test_share: float, seed: int) -> str:
    """The lines that make of ``x``, ``(n, d)``, and ``y`` the arrays of a `Dataset`, after the lines that set them."""
    if not test_share:
        return "\nx_train = x.astype(np.float32)\ny_train = y.astype(np.float32).reshape(-1, 1)"
    return f"""
test = np.zeros({n_samples}, dtype=bool)
test[np.random.default_rng({seed}).permutation({n_samples})[:{round(test_share * n_samples)}]] = True
x_train, x_test = x[~test].astype(np.float32), x[test].astype(np.float32)
y_train, y_test = (part.astype(np.float32).reshape(-1, 1) for part in (y[~test], y[test]))"""


def held_out(n_samples: int, test_share: float, seed: int) -> NDArray[np.bool_]:
    """Which samples are for testing, ``(n_samples,)``; those of a larger share are the same ones and more."""
    test = np.zeros(n_samples, dtype=bool)
    test[np.random.default_rng(seed).permutation(n_samples)[: round(test_share * n_samples)]] = True
    return test


def known_name(name: str) -> str:
    if not isinstance(name, str):
        msg = f"the name of a dataset is a text such as 'circles', not {name!r}"
        raise TypeError(msg)
    if name.casefold() in PLANAR:
        return name.casefold()
    near = difflib.get_close_matches(name.casefold(), PLANAR, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    msg = f"there is no dataset {name!r}; there are {', '.join(map(repr, PLANAR))}{hint}"
    raise ValueError(msg)
