"""Hebb's rule as a widget: its values are those of PyTorch, its settings fit each other, its script prints them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import traitlets

from nnwidgets import HebbExplorer
from nnwidgets.concepts import hebb
from tests import vectors
from tests.browser.expected.hebb import numbers
from tests.unit.scripts import printed

CASES = vectors.stored("hebb")["cases"]


def explorer_of(case: dict[str, Any]) -> HebbExplorer:
    return HebbExplorer(
        patterns=[np.reshape(cells, case["shape"]) for cells in case["patterns"]],
        presented=case["presented"],
        rate=case["rate"],
        decay=case["decay"],
        silent=case["silent"],
        pair=case["pair"],
        pattern=0,
        damage=np.flatnonzero(np.array(case["cue"]) != case["patterns"][0]),
        update="synchronous" if case["synchronous"] else "asynchronous",
    )


@pytest.mark.parametrize("case", CASES, ids=[str(index) for index, _ in enumerate(CASES)])
def test_values_are_those_of_pytorch(case: dict[str, Any]) -> None:
    explorer = explorer_of(case)
    assert explorer.shape == tuple(case["shape"])
    assert explorer.cue.tolist() == case["cue"]
    np.testing.assert_allclose(explorer.weight_history, case["history"], rtol=1e-9, atol=1e-12)
    assert explorer.weight == pytest.approx(case["history"][-1], abs=1e-12)
    assert explorer.energy == pytest.approx(case["energies"][-1], abs=1e-9)
    assert list(explorer.right) == case["right"][-1]
    assert explorer.recall.settled == case["settled"]


@pytest.mark.parametrize("settings", [{}, {"steps": 3, "moment": 2}, {"steps": 0}, {"update": "synchronous"}])
@pytest.mark.parametrize("preset", HebbExplorer.PRESETS)
def test_what_is_shown_is_what_python_says(preset: str, settings: dict[str, Any]) -> None:
    explorer = HebbExplorer.preset(preset, **settings)
    shown = numbers(explorer._settings())
    assert explorer.weight == pytest.approx(shown["weight"])
    assert explorer.energy == pytest.approx(shown["energy"])
    assert explorer.right[explorer.pattern] == shown["right.now"]
    assert list(explorer.recalled) == [shown.get(f"recalled.{index}") for index in range(len(explorer.patterns))]
    assert explorer.remembered == shown["remembered"]


def test_three_letters_come_back_and_eight_do_not() -> None:
    assert HebbExplorer().remembered == 3
    assert HebbExplorer.preset("Eight letters").remembered == 1
    forgetting = HebbExplorer.preset("Forgetting")
    assert forgetting.recalled[:3] == (14, 25, 25)
    forgetting.decay = 0
    assert forgetting.remembered == 3
    assert HebbExplorer.preset("Silent counts 0").state.sum() > 20


def test_a_connection_grows_with_each_time_that_both_cells_fire() -> None:
    explorer = HebbExplorer.preset("Two cells")
    both = [index for index in explorer.presented if explorer.names[index] == "both"]
    assert len(both) == 6
    changes = np.diff(explorer.weight_history)
    for index, change in zip(explorer.presented, changes, strict=True):
        assert (change > 0) == (explorer.names[index] == "both")
    explorer.silent = -1
    assert np.diff(explorer.weight_history)[6] < 0  # one fires alone


def test_patterns_are_names_texts_or_arrays() -> None:
    explorer = HebbExplorer(patterns=["T", "#.#.#\n.....\n" + "#####\n" * 3, np.eye(5)])
    assert explorer.patterns[0] == hebb.LETTERS["T"]
    assert explorer.patterns[1] == "#.#.# ..... ##### ##### #####"
    assert explorer.patterns[2].split(" ")[4] == "....#"
    assert explorer.names == ("T", "pattern 2", "pattern 3")


def test_other_patterns_take_what_spoke_of_the_old_ones_with_them() -> None:
    explorer = HebbExplorer(pattern=7, presented=[0, 7, 1], damage=[0, 24])
    explorer.patterns = ["both", "first"]
    assert (explorer.presented, explorer.damage, explorer.pattern, explorer.pair) == ((0, 1), (0,), 1, (0, 1))
    assert explorer.weight == 0.0
    assert HebbExplorer(patterns=["second"]).presented == (0, 0)


def test_damage_is_cells_or_a_number_of_them() -> None:
    explorer = HebbExplorer(damage=4)
    assert explorer.damage == hebb.damage(25, 4, seed=14)
    assert (explorer.cue != explorer.cells[0]).sum() == 4
    assert HebbExplorer(damage=[3]).cue.tolist() == [1, 1, 1, 0, 1, *explorer.cells[0][5:]]
    assert HebbExplorer().damage == HebbExplorer(damage=6).damage


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("patterns", "T", "must be a list of patterns"),
        ("patterns", [], "from 1 to 8 patterns, not 0"),
        ("patterns", ["Q"], "or one of 'T', 'X'"),
        ("patterns", ["T", "both"], "the same rows and columns"),
        ("patterns", ["#"], "at least 2 cells"),
        ("patterns", ["######"], "at most 5 equal rows"),
        ("patterns", ["## #"], "equal rows"),
        ("patterns", [[["a"]]], "rows of ones and zeros"),
        ("presented", [8], "each of presented must be a whole number of at least 0 and at most 7, not 8"),
        ("presented", 3, "must be a list of indices"),
        ("presented", [0] * 201, "at most 200"),
        ("pair", (2, 2), "two different cells"),
        ("pair", (0, 25), "at most 24"),
        ("damage", [1, 1], "different cells"),
        ("damage", 26, "at most 25"),
        ("pattern", 8, "at most 7"),
        ("rate", 1.5, "rate must be a finite number of at least 0 and at most 1"),
        ("decay", float("nan"), "decay must be a finite number"),
        ("silent", 1, "silent must be -1 or 0"),
        ("update", "sync", "update must be one of 'asynchronous', 'synchronous'"),
        ("steps", -1, "steps must be a whole number"),
        ("moment", 201, "at most 200"),
    ],
)
def test_bad_settings_are_refused(setting: str, value: Any, message: str) -> None:
    explorer = HebbExplorer()
    before = getattr(explorer, setting)
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(explorer, setting, value)
    assert getattr(explorer, setting) == before


@pytest.mark.parametrize(
    "settings",
    [
        {"presented": [0, 1, 2, 0], "decay": 0.25, "pair": (3, 17)},
        {"steps": 5, "moment": 4, "damage": 9, "update": "synchronous"},
        {"patterns": ["first", "second"], "presented": [0], "pattern": 1, "damage": [0], "update": "synchronous"},
        {"presented": [], "damage": []},
        {"silent": 0, "pattern": 2},
    ],
)
def test_the_script_prints_the_numbers(settings: dict[str, Any]) -> None:
    explorer = HebbExplorer(**settings)
    *learned, energy, right = printed(explorer.to_code()).splitlines()
    given = len(explorer.presented[: explorer.moment])
    np.testing.assert_allclose(
        [float(line.split()[-1]) for line in learned], explorer.weight_history[1:][:given], atol=6e-4
    )
    assert float(energy.split()[-1]) == pytest.approx(explorer.energy, abs=6e-4)
    assert right == f"cells right {list(explorer.right)}"


@pytest.mark.parametrize(
    "settings", [{}, {"presented": []}, {"silent": 0, "moment": 3}, {"patterns": ["both", "first"]}]
)
def test_the_figure_shows_the_connection_and_what_is_recalled(settings: dict[str, Any]) -> None:
    explorer = HebbExplorer(**settings)
    history, weights, damaged, recalled = explorer.figure().axes[:4]
    points = history.lines[1].get_ydata()
    np.testing.assert_allclose(points, explorer.weight_history[: len(points)])
    assert points[-1] == explorer.weight
    np.testing.assert_allclose(weights.images[0].get_array(), explorer.weights)
    n = explorer.cue.size
    assert damaged.get_xlabel() == f"{n - len(explorer.damage)} of {n} cells right"
    assert recalled.get_xlabel().startswith(f"{explorer.right[0]} of {n}")


@pytest.mark.parametrize("preset", HebbExplorer.PRESETS)
def test_repr_makes_it_again(preset: str) -> None:
    explorer = HebbExplorer.preset(preset)
    script = f"print(({explorer!r})._settings())"
    assert printed(script, HebbExplorer=HebbExplorer).strip() == str(explorer._settings())
