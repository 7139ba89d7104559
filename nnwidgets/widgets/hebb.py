"""`HebbExplorer`: cells that fire together wire together, and what their connections remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets

from nnwidgets._checks import one_of, real, whole
from nnwidgets._front_end import front_end
from nnwidgets.concepts import hebb
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._cell_patterns import Patterns
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import Whole, checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_MOST_PRESENTED, _MOST_STEPS = 200, 1000
_SEED = 14  # of the damage that is not given cell by cell: three letters survive it, eight do not
_UPDATES = ("asynchronous", "synchronous")
_LETTERS, _PAIRS = tuple(hebb.LETTERS.values()), tuple(hebb.PAIRS.values())
_TXL = (0, 1, 2, 0, 1, 2)


@show_settings
class HebbExplorer(Explorer):
    """Hebb's rule (1949): each time two cells fire together, the connection between them grows; and what that is for.

    A sheet of cells is shown patterns, one after the other. With each, every weight changes by η xᵢ xⱼ, and loses the
    share λ of what it was. Then a pattern is damaged, and each cell follows its connections (Hopfield 1982): the
    pattern comes back.

    Things to try: with two cells, let both fire again and again, then only one; then a decay. With the letters, click
    cells of the damaged pattern until another letter comes back. Present all eight: they disturb each other, as more
    than 0.138 patterns per cell do (Amit, Gutfreund and Sompolinsky 1985). Count silent cells as 0: nothing is ever
    unlearned, and in recall nothing silences a cell. With a large decay only the last letters are remembered.

    Args:
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> explorer = HebbExplorer(patterns=["both", "first"], presented=[0, 0, 1], rate=0.5)
        >>> explorer.weight_history
        array([0. , 0.5, 1. , 0.5])
        >>> letters = HebbExplorer(presented=[0, 1, 2], damage=6)
        >>> letters.right[0], letters.recalled, letters.remembered
        (25, (25, 25, 25, None, None, None, None, None), 3)
        >>> letters.presented = range(8)
        >>> letters.remembered
        1
    """

    _esm: ClassVar[str] = front_end("hebb.js")

    patterns = Patterns(default_value=_LETTERS).tag(sync=True)
    """From one to eight patterns of the same sheet, of 2 cells to 5 × 5. Each is given as the name of a letter ("T",
    "X", "L", "+", "H", "O", "C", "Z") or of what two cells do ("both", "first", "second", "neither"), as rows of ``#``
    for a cell that fires and ``.`` as in ``"#.# .#. #.#"``, or as an array ``(rows, columns)`` of ones and zeros. They
    read as rows."""

    presented = traitlets.Any(_TXL).tag(sync=True)
    """Which of the patterns were presented, in order: indices, at most 200."""

    moment = Whole(None, allow_none=True).tag(sync=True)
    """How many of these presentations count: the weights are those after them. None for all."""

    rate = traitlets.Float(0.5).tag(sync=True)
    """η, from 0 to 1: what one presentation adds to a weight."""

    decay = traitlets.Float(0.0).tag(sync=True)
    """λ, from 0 to 1: the share of each weight that a presentation takes away."""

    silent = Whole(-1).tag(sync=True)
    """What a silent cell counts as: −1, so that a connection shrinks when one of its cells fires alone, or 0."""

    pair = traitlets.Tuple(Whole(), Whole(), default_value=(0, 4)).tag(sync=True)
    """The two cells that are looked at, counted from 0 along the rows; on screen from 1."""

    pattern = Whole(0).tag(sync=True)
    """The pattern that is damaged and to be recalled: its index."""

    damage = traitlets.Any(hebb.damage(25, 6, _SEED)).tag(sync=True)
    """Which cells of it are the other way round. A number of cells may be given: then they are drawn, always the
    same."""

    update = traitlets.Unicode("asynchronous").tag(sync=True)
    """ "asynchronous": in recall the cells follow their connections one after the other, in order. "synchronous": all
    at once."""

    steps = Whole(None, allow_none=True).tag(sync=True)
    """How many updates of recall are shown, of one cell each or of all; None to go on until nothing changes."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        name: {"moment": None, "rate": 0.5, "update": "asynchronous", "steps": None} | settings
        for name, settings in {
            "Two cells": {
                "patterns": _PAIRS,
                "presented": (0, 0, 0, 0, 3, 3, 1, 0, 0, 2),
                "decay": 0.1,
                "silent": 0,
                "pair": (0, 1),
                "pattern": 0,
                "damage": (1,),
            },
            **{
                name: {"patterns": _LETTERS, "pair": (0, 4), "pattern": 0, "damage": hebb.damage(25, 6, _SEED)} | own
                for name, own in {
                    "Three letters": {"presented": _TXL, "decay": 0.0, "silent": -1},
                    "Eight letters": {"presented": tuple(range(8)), "decay": 0.0, "silent": -1},
                    "Forgetting": {"presented": (0, 0, 1, 1, 2, 2), "decay": 0.4, "silent": -1},
                    "Silent counts 0": {"presented": _TXL, "decay": 0.0, "silent": 0},
                }.items()
            },
        }.items()
    }

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "patterns": "string[]",
        "presented": "number[]",
        "damage": "number[]",
        "silent": "-1 | 0",
        "update": '"asynchronous" | "synchronous"',
    }

    _WORDS: ClassVar[Any] = {
        "ask": (
            "update",
            {
                "asynchronous": "cells = [updates % len(s)]  # one after the other",
                "synchronous": "cells = range(len(s))  # all at once",
            },
        ),
        "changes": (
            "update",
            {
                "asynchronous": "unchanged < len(s)",
                "synchronous": "not any(torch.equal(s, each) for each in states[:-1])",
            },
        ),
    }
    _SCRIPT: ClassVar[str] = """import torch

patterns = ⟨patterns⟩
silent = ⟨silent⟩
fires = torch.tensor([[float(cell == "#") for cell in rows if cell != " "] for rows in patterns], dtype=torch.float64)
x = fires + silent * (1 - fires)

# Hebb's rule
i, j = ⟨pair⟩
w = torch.zeros(x.shape[1], x.shape[1], dtype=torch.float64)
for index in ⟨presented⟩[:⟨moment⟩]:
    w = (1 - ⟨decay⟩) * w + ⟨rate⟩ * torch.outer(x[index], x[index])
    w.fill_diagonal_(0)  # no cell is connected to itself
    print("pattern", index, "weight", round(w[i, j].item(), 3))

# Recall of a damaged pattern
damage = torch.zeros(len(w), dtype=torch.bool)
damage[torch.tensor(⟨damage⟩, dtype=torch.long)] = True
s = torch.where(damage, 1 + silent - x[⟨pattern⟩], x[⟨pattern⟩])
steps = ⟨steps⟩  # None: until nothing changes
states = [s]
updates = unchanged = 0
while ⟨changes⟩ and updates != steps:
    ⟨ask⟩
    before = s
    s = before.clone()
    for cell in cells:
        total = w[cell] @ before
        if total.abs() > 1e-9 * (w[cell] * before).abs().sum():  # at 0 a cell stays as it is
            s[cell] = 1 if total > 0 else silent
    unchanged = unchanged + 1 if torch.equal(s, before) else 0
    updates += 1
    states.append(s)
print("energy", round(-(s @ w @ s).item() / 2, 3))
print("cells right", (s == x).sum(1).tolist())
"""

    # -- the patterns -------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the sheet."""
        rows = self.patterns[0].split(" ")
        return len(rows), len(rows[0])

    @property
    def names(self) -> tuple[str, ...]:
        """What the patterns are called."""
        known = (hebb.pattern_name(each) for each in self.cells)
        return tuple(name or f"pattern {index + 1}" for index, name in enumerate(known))

    @property
    def cells(self) -> NDArray[np.int64]:
        """Which cells fire in each pattern, ones and zeros, ``(n_patterns, n_cells)``."""
        return np.array([hebb.cells_of(text) for text in self.patterns])

    @property
    def _n_cells(self) -> int:
        rows, columns = self.shape
        return rows * columns

    # -- what is learned ----------------------------------------------------------------------------

    @property
    def weights(self) -> NDArray[np.float64]:
        """After the presentations that count, ``(n_cells, n_cells)``."""
        return hebb.hebb_weights(self.cells, self.presented[: self.moment], self.rate, self.decay, self.silent)

    @property
    def weight(self) -> float:
        """That of the connection between the two cells looked at."""
        return float(self.weights[self.pair])

    @property
    def weight_history(self) -> NDArray[np.float64]:
        """The same before the first presentation and after each, ``(n_presented + 1,)``."""
        lesson = (self.cells, self.presented, self.pair)
        return hebb.weight_history(*lesson, self.rate, self.decay, self.silent)

    # -- what is recalled ---------------------------------------------------------------------------

    @property
    def cue(self) -> NDArray[np.int64]:
        """The damaged pattern, ones and zeros, ``(n_cells,)``."""
        return hebb.damaged(self.cells[self.pattern], self.damage)

    @property
    def recall(self) -> hebb.Recall:
        """How it is mended, to the end."""
        return self._recall(self.cue)

    @property
    def state(self) -> NDArray[np.int64]:
        """Which cells fire after `steps` updates, ones and zeros, ``(n_cells,)``."""
        states = self.recall.states
        return np.array(states[-1 if self.steps is None else min(self.steps, len(states) - 1)])

    @property
    def energy(self) -> float:
        """Hopfield's energy of `state`."""
        return hebb.energy(self.weights, self.state, self.silent)

    @property
    def right(self) -> tuple[int, ...]:
        """In how many cells `state` agrees with each pattern."""
        return tuple(int(each) for each in (self.cells == self.state).sum(axis=1))

    @property
    def recalled(self) -> tuple[int | None, ...]:
        """In how many cells each pattern, damaged in the same cells, is right in the end; None if not presented."""
        ends = [self._recall(hebb.damaged(cells, self.damage)).states[-1] for cells in self.cells]
        shown = set(self.presented[: self.moment])
        return tuple(
            int((end == cells).sum()) if index in shown else None
            for index, (end, cells) in enumerate(zip(ends, self.cells, strict=True))
        )

    @property
    def remembered(self) -> int:
        """How many of the patterns presented come back without a fault."""
        return sum(right == self._n_cells for right in self.recalled)

    def _recall(self, cue: NDArray[np.int64]) -> hebb.Recall:
        return hebb.recall(self.weights, cue, silent=self.silent, synchronous=self.update == "synchronous")

    def figure(self) -> Figure:
        """The weight of the pair over the presentations, all weights, and the recall, for print."""
        from nnwidgets.figures.hebb import hebb_figure

        return hebb_figure(self)

    # -- validation ---------------------------------------------------------------------------------

    @traitlets.validate("presented")
    def _valid_presented(self, proposal: Any) -> tuple[int, ...]:
        return self._indices("presented", proposal.value, len(self.patterns), _MOST_PRESENTED)

    @traitlets.validate("damage")
    def _valid_damage(self, proposal: Any) -> tuple[int, ...]:
        given, n = proposal.value, self._n_cells
        if isinstance(given, int | np.integer) and not isinstance(given, bool):
            return hebb.damage(n, checked(whole, "damage", given, 0, n), _SEED)
        cells = self._indices("damage", given, n, n)
        if len(set(cells)) < len(cells):
            raise traitlets.TraitError(f"damage must be different cells, not {given!r}")
        return cells

    @staticmethod
    def _indices(name: str, given: Any, count: int, most: int) -> tuple[int, ...]:
        try:
            listed = tuple(given)
        except TypeError:
            raise traitlets.TraitError(f"{name} must be a list of indices, not {given!r}") from None
        if len(listed) > most:
            raise traitlets.TraitError(f"{name} must be at most {most} indices, not {len(listed)}")
        return tuple(checked(whole, f"each of {name}", each, 0, count - 1) for each in listed)

    @traitlets.validate("pair")
    def _valid_pair(self, proposal: Any) -> tuple[int, ...]:
        pair = self._indices("pair", proposal.value, self._n_cells, 2)
        if pair[0] == pair[1]:
            raise traitlets.TraitError(f"pair must be two different cells, not {proposal.value!r}")
        return pair

    @traitlets.validate("pattern")
    def _valid_pattern(self, proposal: Any) -> int:
        return int(checked(whole, "pattern", proposal.value, 0, len(self.patterns) - 1))

    @traitlets.validate("moment")
    def _valid_moment(self, proposal: Any) -> int | None:
        most = _MOST_PRESENTED
        return None if proposal.value is None else int(checked(whole, "moment", proposal.value, 0, most))

    @traitlets.validate("steps")
    def _valid_steps(self, proposal: Any) -> int | None:
        return None if proposal.value is None else int(checked(whole, "steps", proposal.value, 0, _MOST_STEPS))

    @traitlets.validate("rate", "decay")
    def _valid_share(self, proposal: Any) -> float:
        return float(checked(real, proposal.trait.name, proposal.value, 0, 1))

    @traitlets.validate("silent")
    def _valid_silent(self, proposal: Any) -> int:
        if proposal.value not in {-1, 0}:
            raise traitlets.TraitError(f"silent must be -1 or 0, not {proposal.value!r}")
        return int(proposal.value)

    @traitlets.validate("update")
    def _valid_update(self, proposal: Any) -> str:
        return str(checked(one_of, "update", proposal.value, _UPDATES))

    @traitlets.observe("patterns")
    def _fit(self, _change: Any) -> None:
        """What speaks of patterns or cells that there are no more is left out."""
        n, count = self._n_cells, len(self.patterns)
        with self.hold_trait_notifications():
            self.presented = tuple(index for index in self.presented if index < count)
            self.damage = tuple(cell for cell in self.damage if cell < n)
            self.pattern = min(self.pattern, count - 1)
            if max(self.pair) >= n:
                self.pair = (0, 1)
