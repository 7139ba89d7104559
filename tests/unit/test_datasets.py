"""Generated data, users' arrays in every form, and the plane they are drawn on."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_circles, make_moons

from nnwidgets.datasets import PLANAR, Dataset, as_dataset, make_planar, planar_code, plane_range, thumbnails

every_name = pytest.mark.parametrize("name", PLANAR)
KINDS = [
    (name, n_classes)
    for name, source in PLANAR.items()
    for n_classes in range(source.classes[0], source.classes[2] + 1)  # of values, 0
]
every_kind = pytest.mark.parametrize(("name", "n_classes"), KINDS)
X = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
arguments = st.fixed_dictionaries(
    {
        "n_samples": st.integers(8, 80),
        "noise": st.sampled_from([0.0, 0.1, 0.25]),
        "test_share": st.sampled_from([0.0, 0.2, 0.5]),
        "seed": st.integers(0, 2**32 - 1),
    }
)


def dataset(x=X, y=(0, 1, 0), **changes):
    parts = {"name": "mine", "x_train": x, "y_train": y, "x_test": [], "y_test": []}
    parts |= {"class_names": ("no", "yes"), "feature_names": ("a", "b")}
    return Dataset(**(parts | changes))


# --- generators


@given(n=st.integers(2, 200), noise=st.floats(0, 0.5), seed=st.integers(0, 2**32 - 1))
def test_circles_and_moons_are_those_of_scikit_learn(n, noise, seed):
    for name, (x, y) in {
        "circles": make_circles(n, noise=noise, factor=0.3, random_state=seed),
        "moons": make_moons(n, noise=noise, random_state=seed),
    }.items():
        ours, labels = PLANAR[name].generate(n, noise, seed)
        np.testing.assert_array_equal(ours, x)
        np.testing.assert_array_equal(labels, y)


def _gaussians_of_two(n, noise, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return np.where(y == 1, 0.7, -0.7)[:, None] + (0.2 + noise) * rng.normal(size=(n, 2)), y


def _spiral_of_two(n, noise, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    radius = np.linspace(0.1, 2.0, n)
    angle = 1.65 * np.pi * radius + np.pi * y
    x = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return x + noise * rng.normal(size=(n, 2)), y


@given(n=st.integers(2, 200), noise=st.floats(0, 0.5), seed=st.integers(0, 2**32 - 1))
def test_two_gaussians_and_two_arms_are_the_bits_of_their_plain_formulas(n, noise, seed):
    for name, formula in (("gaussians", _gaussians_of_two), ("spiral", _spiral_of_two)):
        for ours, theirs in zip(PLANAR[name].generate(n, noise, seed, 2), formula(n, noise, seed), strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("gaussians", [[-0.6996309757232666, -0.6103763580322266], [0.6177586317062378, 0.43282243609428406]]),
        ("xor", [[0.6885191798210144, 0.7158606052398682], [-0.9234304428100586, 0.4355390667915344]]),
        ("spiral", [[0.08698616921901703, 0.07942041754722595], [-0.1165517196059227, -0.14226114749908447]]),
    ],
)
def test_a_seed_keeps_its_data_from_version_to_version(name, first):
    np.testing.assert_array_equal(make_planar(name, 500, 0.1, seed=7).x_train[:2], np.array(first, dtype=np.float32))


@every_kind
@settings(max_examples=25)
@given(n=st.integers(8, 60), noise=st.sampled_from([0.0, 0.1, 0.3]), seed=st.integers(0, 1000))
def test_code_of_a_source_makes_the_same_bits(name, n_classes, n, noise, seed):
    source = PLANAR[name]
    scope = {"n_samples": n, "noise": noise, "seed": seed, "n_classes": n_classes}
    exec(f"{source.imports}\n{source.code}", scope)
    x, y = source.generate(n, noise, seed, *([n_classes] if source.takes_classes else []))
    assert scope["x"].tobytes() == x.tobytes()
    np.testing.assert_array_equal(scope["y"], y)


@every_kind
@settings(max_examples=25)
@given(arguments=arguments)
def test_planar_code_makes_the_same_dataset(name, n_classes, arguments):
    data = make_planar(name, n_classes=n_classes, **arguments)
    imports, code = planar_code(**data.parameters)
    scope = {}
    exec("\n".join([*imports, code]), scope)
    for part in ("x_train", "y_train", *(("x_test", "y_test") if arguments["test_share"] else ())):
        assert scope[part].dtype == np.float32
        assert scope[part].shape == getattr(data, part).shape
        assert scope[part].tobytes() == getattr(data, part).tobytes()


def test_planar_code_prints_the_line_that_readers_know():
    _, code = planar_code("circles", 500, 0.1, 0.0, 4, 2)
    assert "x, y = make_circles(500, noise=0.1, factor=0.3, random_state=4)" in code


@every_kind
@settings(max_examples=25)
@given(arguments=arguments)
def test_generated_data_has_the_promised_form(name, n_classes, arguments):
    data = make_planar(name, n_classes=n_classes, **arguments)
    assert data.n_classes == n_classes
    assert data.task == ("classification" if n_classes else "regression")
    assert data.class_names == tuple(str(index) for index in range(n_classes))
    n_test = round(arguments["test_share"] * arguments["n_samples"])
    assert data.x_test.shape == (n_test, 2)
    assert data.x_train.shape == (arguments["n_samples"] - n_test, 2)
    for part in ("train", "test"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        assert x.dtype == y.dtype == np.float32
        assert y.shape == (len(x), 1)
        assert not n_classes or set(np.unique(y)) <= set(range(n_classes))
        assert np.isfinite(y).all()
        assert x.flags.c_contiguous
        assert not x.flags.writeable
        assert not y.flags.writeable
    assert data.parameters == {"name": name, "n_classes": n_classes, **arguments}
    assert data.same_as(make_planar(**data.parameters))


@every_name
def test_same_seed_same_data_other_seed_other_data(name):
    data = make_planar(name, seed=3)
    assert data.same_as(make_planar(name, seed=3))
    assert not data.same_as(make_planar(name, seed=4))


# The largest difference between the classes' numbers of samples, of 500: of xor chance decides, of a gate its rows.
_UNEVEN = {"xor": 100, "separable": 160, "and_gate": 250, "or_gate": 250}


@every_kind
def test_every_class_comes_often(name, n_classes):
    counts = np.bincount(make_planar(name, 500, n_classes=n_classes).y_train[:, 0].astype(int)) if n_classes else [1]
    assert max(counts) - min(counts) <= _UNEVEN.get(name, 1)
    assert len(counts) == max(1, n_classes)


def _nearest_center(x, n_classes):
    turn = 2 * np.pi / n_classes
    return np.round((np.arctan2(x[:, 1], x[:, 0]) + 3 * np.pi / 4) / turn) % n_classes


def _ring(x, n_classes):
    return np.floor(np.hypot(*x.T) * n_classes / 1.2).clip(0, n_classes - 1)


def _nearest_arm(x, n_classes):
    turn = 2 * np.pi / n_classes
    return np.round((np.arctan2(x[:, 1], x[:, 0]) - 3.3 / n_classes * np.pi * np.hypot(*x.T)) / turn) % n_classes


@pytest.mark.parametrize("n_classes", range(2, 9))
@pytest.mark.parametrize(
    ("name", "guess", "share"),
    [("gaussians", _nearest_center, 0.99), ("rings", _ring, 0.99), ("spiral", _nearest_arm, 0.97)],
)
def test_the_geometry_tells_every_number_of_classes_apart(name, guess, share, n_classes):
    data = make_planar(name, noise=0.05, n_classes=n_classes)
    assert (guess(data.x_train, n_classes) == data.y_train[:, 0]).mean() > share


def test_rings_lie_around_one_another_class_0_inmost():
    data = make_planar("rings", noise=0.0, n_classes=4)
    np.testing.assert_allclose(np.hypot(*data.x_train.T), 1.2 * (data.y_train[:, 0] + 0.5) / 4, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "usual"), [("circles", 2), ("gaussians", 2), ("spiral", 2), ("rings", 3), ("hills", 0)]
)
def test_the_usual_number_of_classes(name, usual):
    assert make_planar(name).same_as(make_planar(name, n_classes=usual))
    assert make_planar(name).n_classes == usual


def test_the_plane_slopes_and_the_hills_rise_and_sink_to_one():
    plane = make_planar("plane", noise=0.0)
    np.testing.assert_allclose(plane.y_train[:, 0], plane.x_train.mean(axis=1), atol=1e-6)
    hills = make_planar("hills", 2000, noise=0.0)
    assert hills.value_range == pytest.approx((-1, 1), abs=0.05)
    for height, center in ((1, (-0.6, 0.4)), (-1, (0.0, 0.4)), (1, (0.0, -0.4)), (-1, (0.6, -0.4))):
        near = np.hypot(*(hills.x_train - np.float32(center)).T) < 0.08
        assert near.sum() > 2
        assert np.sign(hills.y_train[near, 0]).tolist() == [height] * near.sum()
        assert abs(hills.y_train[near, 0]).min() > 0.8


@pytest.mark.parametrize("name", ["plane", "hills"])
def test_noise_of_values_leaves_the_samples_where_they_are(name):
    exact, noisy = make_planar(name, 2000, noise=0.0), make_planar(name, 2000, noise=0.2)
    np.testing.assert_array_equal(exact.x_train, noisy.x_train)
    assert (noisy.y_train - exact.y_train).std() == pytest.approx(0.2, rel=0.1)


def test_class_1_of_the_circles_is_the_inner_one():
    data = make_planar("circles", noise=0.0)
    radius = np.hypot(*data.x_train.T)
    np.testing.assert_allclose(radius, np.where(data.y_train[:, 0] == 1, 0.3, 1.0), atol=1e-6)


def test_xor_is_true_where_the_signs_differ():
    data = make_planar("xor", noise=0.0)
    np.testing.assert_array_equal(data.y_train[:, 0] == 1, np.sign(data.x_train).prod(axis=1) < 0)


def test_more_noise_scatters_more():
    def misplaced(noise):
        radius = np.hypot(*make_planar("circles", noise=noise).x_train.T)
        return np.minimum(abs(radius - 0.3), abs(radius - 1)).mean()

    assert misplaced(0.0) < misplaced(0.1) < misplaced(0.3)


def test_no_test_share_keeps_the_generated_order():
    x, _ = PLANAR["moons"].generate(50, 0.1, 0)
    np.testing.assert_array_equal(make_planar("moons", 50).x_train, x.astype(np.float32))


def test_test_split_is_a_partition_that_grows():
    whole = {tuple(row) for row in make_planar("moons", 50).x_train}
    fifth, half = make_planar("moons", 50, test_share=0.2), make_planar("moons", 50, test_share=0.5)
    for split in (fifth, half):
        train, test = ({tuple(row) for row in part} for part in (split.x_train, split.x_test))
        assert train | test == whole
        assert not train & test
    assert {tuple(row) for row in fifth.x_test} < {tuple(row) for row in half.x_test}


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"name": "circels"}, ValueError, "did you mean 'circles'"),
        ({"name": "zzz"}, ValueError, "'circles', 'moons', 'gaussians', 'xor', 'spiral', 'rings', 'plane', 'hills'"),
        ({"name": 3}, TypeError, "3"),
        ({"n_samples": 1}, ValueError, "at least 2, not 1"),
        ({"n_samples": 10.5}, TypeError, "n_samples must be a whole number"),
        ({"n_samples": True}, TypeError, "True"),
        ({"noise": -0.1}, ValueError, "noise must be a finite number of at least 0"),
        ({"noise": float("nan")}, ValueError, "nan"),
        ({"noise": "much"}, TypeError, "'much'"),
        ({"noise": 1e308}, ValueError, r"noise must be a finite number of at least 0 and at most 1000, not 1e\+308"),
        ({"test_share": 0.95}, ValueError, "at most 0.9"),
        ({"test_share": 0.9, "n_samples": 4}, ValueError, "a test_share of 0.9 of 4 samples leaves none to train with"),
        ({"seed": -1}, ValueError, "at least 0"),
        ({"seed": 2**32}, ValueError, "4294967295"),
        ({"seed": None}, TypeError, "None"),
        ({"name": "rings", "n_classes": 1}, ValueError, "n_classes must be .* at least 2 and at most 8, not 1"),
        ({"name": "spiral", "n_classes": 9}, ValueError, "at most 8, not 9"),
        ({"name": "gaussians", "n_classes": 2.5}, TypeError, "n_classes must be a whole number"),
        ({"name": "moons", "n_classes": 3}, ValueError, "moons has 2 classes.*for gaussians, spiral, rings, not 3"),
        ({"name": "hills", "n_classes": 2}, ValueError, "hills has values to predict, no classes"),
        ({"name": "rings", "n_classes": 5, "n_samples": 4}, ValueError, "n_samples must be .* at least 5, not 4"),
    ],
)
def test_bad_arguments_are_refused_with_what_is_allowed(changes, error, said):
    with pytest.raises(error, match=said):
        make_planar(**({"name": "circles"} | changes))


def test_numbers_of_numpy_are_numbers():
    data = make_planar("circles", np.int64(40), np.float32(0.5), np.float64(0.5), np.uint8(3))
    expected = {"name": "circles", "n_samples": 40, "noise": 0.5, "test_share": 0.5, "seed": 3, "n_classes": 2}
    assert data.parameters == expected
    assert all(type(value) in {str, int, float} for value in data.parameters.values())


# --- Dataset


def test_dataset_copies_what_it_is_given():
    x = np.array(X, dtype=np.float32)
    data = dataset(x)
    x[:] = 9
    assert data.x_train.max() == 5
    assert x.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        data.x_train[0] = 0
    with pytest.raises(AttributeError):
        data.name = "other"


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"x_train": [[1, 2, 3]] * 3}, ValueError, r"shape \(n_samples, 2\).*not \(3, 3\)"),
        ({"x_train": [1, 2, 3]}, ValueError, r"not \(3,\)"),
        ({"x_train": [[1, 2], [3]]}, ValueError, "x_train is not a table"),
        ({"x_train": [[0, 0], [1, np.nan], [np.inf, 0]]}, ValueError, r"row 1 is \[1.0, nan\] \(2 such rows\)"),
        ({"x_train": [[0, 0], [1, 1], [1e300, 0]]}, ValueError, r"row 2 is \[1e\+300, 0.0\]"),
        ({"x_train": [["a", "b"]] * 3}, TypeError, "x_train must hold numbers"),
        ({"x_train": [[1j, 0]] * 3}, TypeError, "real numbers"),
        ({"x_train": np.ma.masked_array(X, mask=np.eye(3, 2))}, ValueError, "masked"),
        ({"x_train": X[:2]}, ValueError, "x_train has 2 samples and y_train has 3 labels"),
        ({"x_train": [], "y_train": []}, ValueError, "at least 1"),
        ({"x_test": X}, ValueError, "x_test has 3 samples and y_test has 0"),
        ({"y_train": [0, 1, 2]}, ValueError, "0 or 1 for each sample, but row 2 is 2"),
        ({"y_train": [0, np.nan, 1]}, ValueError, "row 1 is nan"),
        ({"y_train": [0, 1, 3], "class_names": tuple("abc")}, ValueError, "a class from 0 to 2 .*, but row 2 is 3"),
        ({"y_train": [0, 1, 0.5], "class_names": tuple("abc")}, ValueError, "row 2 is 0.5"),
        ({"y_train": [0, 1, -1], "class_names": tuple("abc")}, ValueError, "row 2 is -1"),
        ({"y_train": [0.5, np.nan, 1], "class_names": ()}, ValueError, "a finite number .*, but row 1 is nan"),
        ({"y_train": [0.5, 1, 1e300], "class_names": ()}, ValueError, r"row 2 is 1e\+300"),
        ({"y_train": ["a", "b", "a"], "class_names": ()}, TypeError, "a finite number of float32"),
        ({"y_train": ["a", "b", "a"]}, TypeError, "0 or 1"),
        ({"y_train": np.eye(3, 2)}, ValueError, r"one label per sample, not \(3, 2\)"),
        ({"class_names": ("a",)}, ValueError, "2 to 8 texts, or none .*, but 1 were given"),
        ({"class_names": tuple("abcdefghi")}, ValueError, "2 to 8 texts, or none .*, but 9 were given"),
        ({"class_names": "ab"}, TypeError, "class_names must be texts"),
        ({"feature_names": (1, 2)}, TypeError, "feature_names must be texts"),
        ({"feature_names": ("a", "b", "c")}, ValueError, r"shape \(n_samples, 3\), one column per feature"),
        ({"feature_names": ("a",)}, ValueError, r"shape \(n_samples, 2\)"),
        ({"name": None}, TypeError, "text"),
    ],
)
def test_dataset_refuses_what_does_not_fit(changes, error, said):
    with pytest.raises(error, match=said):
        dataset(**changes)


def test_the_task_and_the_number_of_classes_follow_from_the_class_names():
    for class_names, y, task in (((), [0.5, -2, 7], "regression"), (("a", "b", "c"), [2, 0, 1], "classification")):
        data = dataset(y=y, class_names=class_names)
        assert (data.task, data.n_classes) == (task, len(class_names))
        assert data.y_train.tolist() == [[value] for value in y]
        assert data.y_train.dtype == np.float32


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        ([-1, 0, 3], [], (-3, 3)),
        ([-1, 0, 0.5], [-4], (-4, 4)),
        ([2, 3, 5], [1], (1, 5)),
        ([-2, -3, -5], [], (-5, -2)),
        ([0, 1, 2], [], (0, 2)),
        ([4, 4, 4], [], (3, 5)),
    ],
)
def test_value_range_has_all_values_and_its_middle_at_zero_where_signs_differ(train, test, expected):
    assert dataset(y=train, class_names=(), x_test=X[: len(test)], y_test=test).value_range == expected


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda data: pickle.loads(pickle.dumps(data))])
@pytest.mark.parametrize(("name", "n_classes"), [("moons", 2), ("rings", 5), ("hills", 0)])
def test_copies_are_the_same_and_stay_read_only(duplicate, name, n_classes):
    data = make_planar(name, test_share=0.3, n_classes=n_classes)
    again = duplicate(data)
    assert again.same_as(data)
    assert again.label == data.label
    assert (again.task, again.n_classes) == (data.task, n_classes)
    assert again.parameters == data.parameters
    assert not again.x_train.flags.writeable


def test_same_as_compares_names_and_every_array():
    data = dataset(x_test=X[:1], y_test=[1])
    assert data.same_as(dataset(x_test=X[:1], y_test=[1]))
    assert not data.same_as("mine")
    for change in (
        {"name": "other"},
        {"class_names": ("yes", "no")},
        {"y_train": (1, 1, 0)},
        {"x_test": X[1:2]},
        {"y_test": [0]},
    ):
        assert not data.same_as(dataset(**({"x_test": X[:1], "y_test": [1]} | change)))


def test_to_pandas_names_columns_classes_and_sets():
    frame = dataset(x_test=[[7, 8]], y_test=[1]).to_pandas()
    expected = {
        "a": [0.0, 2.0, 4.0, 7.0],
        "b": [1.0, 3.0, 5.0, 8.0],
        "class": ["no", "yes", "no", "yes"],
        "set": ["train", "train", "train", "test"],
    }
    assert frame.to_dict("list") == expected


def test_to_pandas_names_the_classes_of_three_and_has_values_as_they_are():
    assert dataset(y=[2, 0, 1], class_names=tuple("abc")).to_pandas()["class"].tolist() == ["c", "a", "b"]
    frame = dataset(y=[0.5, -1, 2], class_names=()).to_pandas()
    assert list(frame.columns) == ["a", "b", "target", "set"]
    assert frame["target"].tolist() == [0.5, -1, 2]


def test_to_pandas_without_pandas_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        dataset().to_pandas()


def test_repr_is_short():
    assert repr(make_planar("circles", 100, test_share=0.3)) == "Dataset('circles', 70 train, 30 test)"


# --- anything as a dataset


def test_a_name_is_generated_with_the_arguments():
    data = as_dataset("XOR", n_samples=60, noise=0.2, test_share=0.5, seed=9)
    assert data.same_as(make_planar("xor", 60, 0.2, 0.5, 9))
    assert data.label == "XOR"
    assert as_dataset("rings", n_classes=6).same_as(make_planar("rings", n_classes=6))


def test_a_dataset_is_returned_as_it_is():
    data = dataset()
    assert as_dataset(data) is data


@pytest.mark.parametrize(
    "convert",
    [
        list,
        np.array,
        lambda values: np.asfortranarray(np.array(values, dtype=np.float64)),
        torch.tensor,
        lambda values: torch.tensor(values, dtype=torch.float64).requires_grad_(),
        lambda values: torch.tensor(values, dtype=torch.bfloat16),
        pd.DataFrame,
    ],
    ids=["list", "array", "fortran", "tensor", "grad", "bfloat16", "frame"],
)
@pytest.mark.parametrize("column", [False, True])
def test_array_likes_of_every_kind(convert, column):
    y = convert([[0.0], [1.0], [0.0]]) if column else [0, 1, 0]
    data = as_dataset((convert(X), y))
    np.testing.assert_array_equal(data.x_train, np.array(X, dtype=np.float32))
    assert data.x_train.flags.c_contiguous
    assert data.y_train.tolist() == [[0.0], [1.0], [0.0]]
    assert data.class_names == ("0", "1")
    assert data.x_test.shape == (0, 2)
    assert data.y_test.shape == (0, 1)
    assert data.parameters is None


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([0, 1, 0], ("0", "1")),
        ([-1, 1, -1], ("-1", "1")),
        ([7, 9, 7], ("7", "9")),
        ([False, True, False], ("False", "True")),
        ([0.0, 1.0, 0.0], ("0", "1")),
        ([0.5, 1.5, 0.5], ("0.5", "1.5")),
        (["cat", "dog", "cat"], ("cat", "dog")),
        (pd.Series(["cat", "dog", "cat"], dtype="category"), ("cat", "dog")),
        (pd.Series([0, 1, 0], index=[5, 6, 7]), ("0", "1")),
        (torch.tensor([[2], [3], [2]]), ("2", "3")),
        (np.array(["a", 1, "a"], dtype=object)[[1, 0, 1]], ("1", "a")),
    ],
)
def test_two_labels_of_any_kind_become_0_and_1_in_sorted_order(labels, names):
    data = as_dataset((X, labels))
    assert data.y_train.ravel().tolist() == [0, 1, 0]
    assert data.class_names == names


@pytest.mark.parametrize(
    ("labels", "codes", "names"),
    [
        ([2, 0, 1], [2, 0, 1], ("0", "1", "2")),
        ([7.0, 5.0, 9.0], [1, 0, 2], ("5", "7", "9")),
        (["dog", "cat", "owl"], [1, 0, 2], ("cat", "dog", "owl")),
        (pd.Series([3, 1, 2], dtype="category"), [2, 0, 1], ("1", "2", "3")),
    ],
)
def test_more_labels_become_classes_in_sorted_order(labels, codes, names):
    data = as_dataset((X, labels))
    assert data.y_train.ravel().tolist() == codes
    assert data.class_names == names


def test_eight_labels_are_the_most():
    assert as_dataset(([[0, 1]] * 8, range(8))).n_classes == 8


@pytest.mark.parametrize(
    ("labels", "task", "found"),
    [
        ([0.5, 1.5, 2.5], None, "regression"),
        (np.array([0.5, 1.5, 2.5], dtype=np.float32), None, "regression"),
        (torch.tensor([[0.5], [1.0], [2.0]]), None, "regression"),
        (pd.Series([0.5, 1.0, 2.0]), None, "regression"),
        ([0.5, 1.5, 0.5], None, "classification"),
        ([0.0, 1.0, 2.0], None, "classification"),
        ([0, 1, 2], None, "classification"),
        (["0.5", "1.5", "2.5"], None, "classification"),
        ([0.5, 1.5, 2.5], "classification", "classification"),
        ([0, 1, 0], "regression", "regression"),
        ([4, 5, 6], "regression", "regression"),
    ],
)
def test_the_task_is_guessed_from_the_labels_or_said(labels, task, found):
    data = as_dataset((X, labels), task=task)
    assert data.task == found
    if found == "regression":
        np.testing.assert_array_equal(data.y_train[:, 0], np.asarray(labels, dtype=np.float32).ravel())
        assert data.class_names == ()
    else:
        assert data.n_classes == len({str(label) for label in np.asarray(labels).tolist()})


def test_the_task_is_guessed_from_training_and_test_values_together():
    data = as_dataset((X, [1.0, 2.0, 3.0], X[:1], [0.5]))
    assert data.task == "regression"
    assert data.y_test.tolist() == [[0.5]]


def test_values_of_many_samples_are_no_classes():
    values = np.linspace(-1, 1, 30)
    assert as_dataset((np.zeros((30, 2)), values)).value_range == (-1, 1)


@pytest.mark.parametrize("task", ["Regression", "clustering", 1])
def test_an_unknown_task_is_refused(task):
    with pytest.raises(ValueError, match=r'task must be "classification", "regression" or None'):
        as_dataset((X, [0, 1, 0]), task=task)


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(TypeError, match="y_train must hold a finite number of float32"):
        as_dataset((X, ["a", "b", "c"]), task="regression")
    with pytest.raises(ValueError, match="row 1 is nan"):
        as_dataset((X, [0.5, np.nan, 1.5]), task="regression")


@pytest.mark.parametrize(
    ("label", "code", "names"),
    [
        (0, 0, ("0", "1")),
        (1, 1, ("0", "1")),
        (True, 1, ("0", "1")),
        (5, 0, ("5", "other")),
        ("cat", 0, ("cat", "other")),
    ],
)
def test_one_class_alone_is_accepted(label, code, names):
    data = as_dataset((X, [label] * 3))
    assert data.y_train.ravel().tolist() == [code] * 3
    assert data.class_names == names


def test_classes_of_training_and_test_are_the_same():
    data = as_dataset((X, ["b", "b", "b"], X[:2], ["a", "b"]))
    assert data.class_names == ("a", "b")
    assert data.y_train.ravel().tolist() == [1, 1, 1]
    assert data.y_test.ravel().tolist() == [0, 1]


def test_column_names_of_a_frame_are_the_feature_names():
    assert as_dataset((pd.DataFrame(X, columns=["width", "height"]), [0, 1, 0])).feature_names == ("width", "height")
    assert as_dataset((X, [0, 1, 0])).feature_names == ("x1", "x2")


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        ("circels", ValueError, "did you mean 'circles'"),
        (None, TypeError, "NoneType"),
        (np.zeros((3, 2)), TypeError, r"arrays \(X, y\)"),
        ((X,), ValueError, "1 items"),
        ((X, [0, 1, 0], X), ValueError, "3 items"),
        ((X * 3, range(9)), ValueError, r'9 classes \(0, 1, 2, 3, 4, 5, 6, 7, …\), and 8 .*task="regression"\)'),
        ((X, [0, 1]), ValueError, "3 samples and y_train has 2 labels"),
        ((X, [0, np.nan, 1]), ValueError, "y_train must have a label for each sample, but row 1 is nan"),
        ((X, ["a", None, "b"]), ValueError, "row 1 is None"),
        ((X, pd.Series([1, pd.NA, 0], dtype=object)), ValueError, "row 1 is <NA>"),
        ((X, np.eye(3, 2)), ValueError, "one label per sample"),
        ((np.eye(3), [0, 1, 0], np.eye(2), [0, 1]), ValueError, r"x_test must have shape \(n_samples, 3\)"),
        (([[0, np.inf]] * 3, [0, 1, 0]), ValueError, "row 0"),
        ((X, [0, 1, 0], [[0, np.nan]], [1]), ValueError, "x_test must be finite"),
        (([], []), ValueError, "at least 1"),
        ((pd.DataFrame(index=range(3)), [0, 1, 0]), ValueError, "x_train has 0 samples"),
    ],
)
def test_what_cannot_be_a_dataset_is_refused(value, error, said):
    with pytest.raises(error, match=said):
        as_dataset(value)


# --- the plane


@pytest.mark.parametrize("name", PLANAR)
def test_plane_covers_all_samples_with_a_margin_and_round_circles(name):
    data = make_planar(name, test_share=0.3)
    x = np.concatenate([data.x_train, data.x_test])
    ranges = plane_range(data)
    for (low, high), values in zip(ranges, x.T, strict=True):
        assert low <= values.min() - 0.1
        assert high >= values.max() + 0.1
        assert low + high == pytest.approx(values.min() + values.max(), abs=1e-6)
    (x_low, x_high), (y_low, y_high) = ranges
    assert x_high - x_low == pytest.approx(y_high - y_low)
    assert x_high - x_low < 1.6 * np.ptp(x, axis=0).max()


def test_plane_of_unlike_scales_keeps_them_apart():
    (x_low, x_high), (y_low, y_high) = plane_range(dataset([[0, 0], [100, 1], [50, 0.5]]))
    assert (x_low, x_high) == pytest.approx((-8, 108))
    assert (y_low, y_high) == pytest.approx((-0.1, 1.1))


def test_plane_of_tiny_data_is_not_mostly_margin():
    (low, high), _ = plane_range(dataset([[0, 0], [0.01, 0.01], [0, 0.01]]))
    assert low < 0
    assert high > 0.01
    assert high - low < 0.02


@pytest.mark.parametrize("x", [[[3, 4]] * 3, [[3, 4], [3, 6], [3, 5]], [[3e38, 0], [-3e38, 0], [0, 0]]])
def test_plane_of_flat_data_still_has_an_area(x):
    for low, high in plane_range(dataset(x)):
        assert np.isfinite([low, high]).all()
        assert high > low


def test_thumbnails_show_all_classes_inside_their_frame():
    assert list(thumbnails()) == list(PLANAR)
    for name, picture in thumbnails().items():
        assert picture.dtype == np.float32
        assert len(picture) == 4 if name.endswith("_gate") else 60 <= len(picture) <= 160
        assert picture.shape[1] == 3
        assert picture.flags.c_contiguous
        assert not picture.flags.writeable
        assert 0.7 < abs(picture[:, :2]).max() <= 1
        if n_classes := PLANAR[name].classes[1]:
            assert set(picture[:, 2]) == set(range(n_classes))
        else:
            assert picture[:, 2].min() < -0.5
            assert picture[:, 2].max() > 0.5


def test_importing_datasets_imports_nothing_slow():
    script = "import sys, nnwidgets.datasets as d; d.make_planar('circles'); d.thumbnails(); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert "numpy" in loaded
    assert not loaded & {"torch", "sklearn", "matplotlib", "pandas", "scipy"}
