"""The perceptron's mathematics: the rule, the margin, the bounds, and why no line separates two classes."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from sklearn.svm import SVC

from nnwidgets.concepts.perceptron import change, predicted, separation, with_one


def numpy_rule(x, y, order, weights, rate):
    """Rosenblatt's rule as it is written; returns the weights, and how many samples were wrong."""
    w, wrong = np.array(weights, dtype=float), 0
    for i in order:
        sample = np.array([*x[i], 1.0])
        error = y[i] - (1 if w @ sample > 0 else 0)
        w, wrong = w + rate * error * sample, wrong + (error != 0)
    return w, wrong


@st.composite
def labelled(draw, most=12, whole=True):
    """Samples on a grid, where places coincide and lie on lines, or anywhere."""
    n = draw(st.integers(2, most))
    number = st.integers(-4, 4) if whole else st.floats(-3, 3, width=32)
    x = draw(st.lists(st.tuples(number, number), min_size=n, max_size=n))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return np.array(x, dtype=np.float32).astype(float), np.array(y)


def is_separable(x, y):
    """Whether there are weights with s w·x̂ ≥ 1 for all samples: a linear programme."""
    signed = np.where(y == 1, 1.0, -1.0)[:, None] * with_one(x)
    return linprog(np.zeros(3), -signed, -np.ones(len(x)), bounds=(None, None)).status == 0


def test_the_rule_changes_nothing_for_a_sample_that_is_right_and_else_goes_towards_or_away_from_it():
    w = np.array([1.0, -1.0, 0.0])
    assert (change(w, [2.0, 1.0], 1, 0.5) == 0).all()
    assert change(w, [2.0, 1.0], 0, 0.5).tolist() == [-1.0, -0.5, -0.5]
    assert change(w, [1.0, 1.0], 1, 0.5).tolist() == [0.5, 0.5, 0.5]  # z = 0 is class 0
    assert change(w, [1.0, 1.0], 0, 0.5).tolist() == [0, 0, 0]
    assert predicted(w, [[2.0, 1.0], [1.0, 1.0], [0.0, 1.0]]).tolist() == [1, 0, 0]


@given(labelled())
@settings(max_examples=100, deadline=None)
def test_separable_is_what_a_linear_programme_says(data):
    x, y = data
    apart = separation(x, y)
    assert apart.separable == is_separable(x, y)
    assert (apart.crossing is None) == apart.separable
    assert (apart.line is None) == (apart.bound is None) == (not apart.separable)


@given(labelled())
@settings(max_examples=100, deadline=None)
def test_a_crossing_is_a_place_in_the_hull_of_either_class(data):
    x, y = data
    crossing = separation(x, y).crossing
    assume(crossing is not None)
    samples, weights = list(crossing.samples), np.array(crossing.weights)
    assert 2 <= len(samples) == len(set(samples)) <= 4
    assert (weights > 0).all()
    for label in (0, 1):
        mine = y[samples] == label
        assert weights[mine].sum() == pytest.approx(1, abs=1e-12)
        assert weights[mine] @ x[samples][mine] == pytest.approx(np.array(crossing.place), abs=1e-9)


@given(labelled(whole=False))
@settings(max_examples=100, deadline=None)
def test_the_line_has_the_margin_and_no_other_one_a_larger_one(data):
    x, y = data
    apart = separation(x, y)
    assume(apart.separable)
    signed = np.where(y == 1, 1.0, -1.0)[:, None] * with_one(x)
    line = np.array(apart.line)
    assert np.linalg.norm(line) == pytest.approx(1, rel=1e-12)
    assert (signed @ line).min() == pytest.approx(apart.margin, rel=1e-6, abs=1e-12)
    assert apart.radius == pytest.approx(np.linalg.norm(signed, axis=1).max(), rel=1e-12)
    for other in np.random.default_rng(len(x)).normal(size=(200, 3)):
        assert (signed @ other).min() / np.linalg.norm(other) <= apart.margin * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_margin_is_that_of_a_support_vector_machine_without_a_bias(seed):
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, size=(30, 2))
    y = (x @ [0.6, -0.8] > 0.1).astype(int)
    x = x + 0.15 * (2 * y[:, None] - 1) * [0.6, -0.8]
    # The hyperplane through the origin: each sample once on its side, and once, turned round, on the other.
    signed = np.where(y == 1, 1.0, -1.0)[:, None] * with_one(x)
    machine = SVC(kernel="linear", C=1e9, tol=1e-10).fit(np.vstack([signed, -signed]), [1] * 30 + [0] * 30)
    assert separation(x, y).margin == pytest.approx(1 / np.linalg.norm(machine.coef_), rel=1e-4)


def test_hulls_that_touch_are_not_apart_and_a_hair_between_them_is():
    x = np.array([[0.0, 0.0], [0.0, 2.0], [0.0, 1.0]])
    assert not separation(x, [0, 0, 1]).separable
    x[2, 0] = 1e-30
    hair = separation(x, [0, 0, 1])
    assert hair.separable
    assert 0 < hair.margin < 1e-29
    x[2, 0] = -1e-30
    assert separation(x, [0, 0, 1]).separable
    x[1] = [-1e-30, 2.0]
    assert not separation([*x.tolist(), [-5e-31, 1.0]], [0, 0, 0, 1]).separable


def test_the_same_sample_in_both_classes_crosses_at_itself():
    crossing = separation([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]], [0, 0, 1]).crossing
    assert crossing.place == (1.0, 2.0)
    assert crossing.samples == (0, 2)
    assert crossing.weights == (1.0, 1.0)


def test_one_class_alone_is_separable():
    assert separation([[1.0, 2.0]], [1]).bound == pytest.approx(1)
    assert separation([[1.0, 2.0], [-3.0, 1.0]], [0, 0]).separable


def test_many_samples_at_few_places_are_no_more_work_than_these_places():
    places = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    crossing = separation(np.tile(places, (20_000, 1)), np.tile([0, 0, 1, 1], 20_000)).crossing
    assert crossing.place == (0.5, 0.5)


@given(labelled(whole=False), st.randoms(use_true_random=False), st.floats(0.01, 10), st.booleans())
@settings(max_examples=80, deadline=None)
def test_there_are_never_more_updates_than_the_bounds_allow(data, random, rate, from_zeros):
    x, y = data
    apart = separation(x, y)
    assume(apart.separable and apart.bound < 2_000)
    start = np.zeros(3) if from_zeros else np.array([random.uniform(-20, 20) for _ in range(3)]) * rate
    bound = apart.start_bound(start, rate)
    if from_zeros:
        assert bound == pytest.approx(apart.bound)
    weights, updates = start, 0
    while True:
        order = random.sample(range(len(x)), len(x))
        weights, wrong = numpy_rule(x, y, order, weights, rate)
        updates += wrong
        assert updates <= bound * (1 + 1e-9) + 1e-9
        if not wrong:
            break
    assert (predicted(weights, x) == y).all()


@given(st.floats(0.01, 1), st.floats(1, 5), st.floats(-30, 30), st.floats(0, 30), st.floats(0.01, 10))
def test_the_start_bound_is_the_larger_root_of_what_it_is_derived_from(margin, radius, along, across, rate):
    from nnwidgets.concepts.perceptron import Separation

    apart = Separation(margin, (1.0, 0.0, 0.0), radius, None)
    k = apart.start_bound([along, across, 0.0], rate)
    assert k >= 0
    left, right = (along + k * rate * margin) ** 2, along**2 + across**2 + k * (rate * radius) ** 2
    assert left == pytest.approx(right, rel=1e-6, abs=1e-6)
    more = k * 1.001 + 0.001
    assert (along + more * rate * margin) ** 2 > along**2 + across**2 + more * (rate * radius) ** 2


def test_the_margin_of_and_is_that_of_all_triples_of_its_rows():
    """By brute force: the nearest point of the hull is that of the affine hull of some of its corners."""
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 0, 0, 1])
    signed = np.where(y == 1, 1.0, -1.0)[:, None] * with_one(x)
    best = 0.0
    for k in (1, 2, 3):
        for rows in itertools.combinations(range(4), k):
            corner = signed[list(rows)]
            system = np.block([[corner @ corner.T, np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]])
            shares = np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0][:k]
            point = shares @ corner
            margin = (signed @ point).min() / np.linalg.norm(point)
            best = max(best, margin)
    assert separation(x, y).margin == pytest.approx(best)
    assert Fraction(separation(x, y).bound).limit_denominator(100) == 51


@pytest.mark.parametrize(
    ("x", "y"),
    [([[1, 2, 3]], [1]), ([], []), ([[1, 2]], [1, 0]), ([[1, 2]], [2]), ([[np.nan, 2]], [1]), ([[np.inf, 0]], [0])],
    ids=["columns", "empty", "lengths", "label", "nan", "infinite"],
)
def test_what_is_no_data_is_refused(x, y):
    with pytest.raises(ValueError, match="x must be"):
        separation(x, y)
