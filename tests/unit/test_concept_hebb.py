"""Hebb's rule and recall against what PyTorch computed another way, and what theory says of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnwidgets.concepts import hebb
from nnwidgets.concepts.hebb import damage, damaged, energy, hebb_weights, recall, usual_patterns, weight_history
from tests.vectors import made, same, stored

VECTORS = stored("hebb")
CASES = list(enumerate(VECTORS["cases"]))


@st.composite
def memories(draw, silent=(-1, 0)):
    n = draw(st.integers(2, 9))
    pattern = st.lists(st.integers(0, 1), min_size=n, max_size=n)
    patterns = draw(st.lists(pattern, min_size=1, max_size=4))
    presented = draw(st.lists(st.integers(0, len(patterns) - 1), max_size=8))
    rate, decay = draw(st.floats(0, 1)), draw(st.floats(0, 1))
    weights = hebb_weights(patterns, presented, rate, decay, silent := draw(st.sampled_from(silent)))
    return weights, draw(pattern), silent


def test_the_file_is_up_to_date():
    assert same(VECTORS, made("hebb"))


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[str(index) for index, _ in CASES])
def test_values_are_those_of_pytorch(case):
    lesson = case["patterns"], case["presented"]
    how = {name: case[name] for name in ("rate", "decay", "silent")}
    weights = hebb_weights(*lesson, **how)
    np.testing.assert_allclose(weights[case["pair"][0]], case["row"], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(weights, weights.T)
    history = weight_history(*lesson, tuple(case["pair"]), **how)
    np.testing.assert_allclose(history, case["history"], rtol=1e-9, atol=1e-12)
    done = recall(weights, case["cue"], silent=case["silent"], synchronous=case["synchronous"])
    assert done.settled == case["settled"]
    sweep = 1 if case["synchronous"] else len(case["cue"])
    ends = np.minimum(np.arange(len(case["states"])) * sweep, len(done.states) - 1)
    assert ["".join(map(str, state)) for state in done.states[ends]] == case["states"]
    np.testing.assert_allclose(done.energies[ends], case["energies"], rtol=1e-9, atol=1e-9)
    agreements = (done.states[ends, None] == np.array(case["patterns"])).sum(axis=2)
    assert agreements.tolist() == case["right"]


@given(memories())
def test_one_cell_after_the_other_the_energy_never_rises_and_an_end_is_found(memory):
    weights, cue, silent = memory
    done = recall(weights, cue, silent=silent)
    assert (np.diff(done.energies) <= 1e-9 * (1 + np.abs(weights).sum())).all()
    assert done.settled is not None
    assert done.energies[-1] == pytest.approx(energy(weights, done.states[-1], silent))
    assert len(done.states) == done.settled + len(cue) + 1


@given(memories())
def test_a_state_that_no_cell_leaves_is_found_by_both_ways(memory):
    weights, cue, silent = memory
    end = recall(weights, cue, silent=silent).states[-1]
    for synchronous in (False, True):
        again = recall(weights, end, silent=silent, synchronous=synchronous)
        assert again.settled == 0
        np.testing.assert_array_equal(again.states[-1], end)


def test_a_sum_that_only_rounding_keeps_from_0_is_a_tie():
    weights = np.zeros((4, 4))
    weights[0] = weights[:, 0] = [0, 0.1, 0.2, -0.3]
    assert weights[0] @ np.ones(4) > 0  # what binary fractions leave
    assert recall(weights, [0, 1, 1, 1]).states[1].tolist() == [0, 1, 1, 1]


def test_all_at_once_may_swing_for_ever():
    done = recall(hebb_weights([[1, 0]], [0]), [1, 1], synchronous=True)
    assert done.states.tolist() == [[1, 1], [0, 0], [1, 1]]
    assert done.settled is None


def test_silent_cells_that_count_nothing_wire_only_what_fires_together():
    weights = hebb_weights([[1, 1, 0, 0]], [0], silent=0)
    assert weights.sum() == 1.0  # the one connection, seen from both ends
    cue = [1, 1, 1, 0]
    assert recall(weights, cue, silent=0).states[-1].tolist() == cue  # nothing silences the third cell
    assert recall(hebb_weights([[1, 1, 0, 0]], [0]), cue).states[-1].tolist() == [1, 1, 0, 0]


def test_decay_alone_keeps_only_the_last_pattern():
    patterns = [[1, 1, 0], [1, 0, 0]]
    np.testing.assert_array_equal(hebb_weights(patterns, [0, 0, 1], decay=1.0), hebb_weights(patterns, [1]))


def test_three_damaged_letters_are_recalled_and_eight_are_not():
    letters = usual_patterns((5, 5))

    def recalled(count):
        weights = hebb_weights(letters, range(count))
        cues = [damaged(letter, damage(25, 6, seed=14)) for letter in letters[:count]]
        return [(recall(weights, cue).states[-1] == letter).all() for cue, letter in zip(cues, letters, strict=False)]

    assert all(recalled(3))
    assert sum(recalled(8)) == 1
    assert 3 <= hebb.CAPACITY * 25 < 8


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 3), (2, 3), (4, 4), (5, 5)])
def test_usual_patterns_fit_their_sheet_and_differ(shape):
    patterns = [tuple(pattern) for pattern in usual_patterns(shape)]
    assert all(len(pattern) == shape[0] * shape[1] for pattern in patterns)
    assert len(set(patterns)) == len(patterns) >= 2


def test_names_are_those_of_the_letters():
    assert [hebb.pattern_name(cells) for cells in VECTORS["letters"]] == list(hebb.LETTERS)
    assert [hebb.pattern_name(cells) for cells in VECTORS["pairs"]] == list(hebb.PAIRS)
    assert hebb.pattern_name([1, 0, 1]) is None


@pytest.mark.parametrize("case", VECTORS["damage"], ids=str)
def test_damage_is_the_same_for_the_same_seed(case):
    flipped = damage(case["cells"], case["count"], case["seed"])
    assert list(flipped) == case["damage"]
    cells = np.zeros(case["cells"], dtype=int)
    assert np.flatnonzero(damaged(cells, flipped)).tolist() == sorted(flipped)
    np.testing.assert_array_equal(damaged(damaged(cells, flipped), flipped), cells)
