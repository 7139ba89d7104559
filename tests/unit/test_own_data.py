"""Data frames and scikit-learn's bunches: the samples that are in them, with their names, or a reason why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine

from nnwidgets.datasets import Dataset, as_dataset, make_planar
from tests.unit.plain import PATIENCE

X = [[0.0, 1.0], [2.0, 3.0], [4.0, 6.0], [5.0, 5.0]]


@pytest.mark.parametrize(
    "dataset",
    [
        make_planar("circles", 31, test_share=0.3),
        make_planar("rings", 31, n_classes=4),
        make_planar("hills", 31, test_share=0.2),
        Dataset("pets", X, [1, 0, 2, 1], X[:2], [0, 2], ("dog", "cat", "ape"), ("weight", "height")),
    ],
    ids=lambda dataset: dataset.name,
)
def test_a_data_frame_of_a_dataset_is_that_dataset_again(dataset):
    again = as_dataset(dataset.to_pandas())
    for part in ("x_train", "y_train", "x_test", "y_test"):
        assert np.array_equal(getattr(again, part), getattr(dataset, part)), part
    assert (again.task, again.class_names) == (dataset.task, dataset.class_names)
    assert again.feature_names == dataset.feature_names


@pytest.mark.parametrize("label", ["class", "target", "label", "y"])
def test_the_column_of_labels_may_stand_anywhere(label):
    frame = pd.DataFrame({"width": [0.0, 2.0, 4.0], label: ["b", "a", "b"], "height": [1.0, 3.0, 6.0]})
    dataset = as_dataset(frame)
    assert dataset.feature_names == ("width", "height")
    assert dataset.class_names == ("a", "b")
    assert dataset.x_train.tolist() == [[0, 1], [2, 3], [4, 6]]
    assert dataset.y_train.ravel().tolist() == [1, 0, 1]


def test_categories_keep_their_order_also_those_that_do_not_occur():
    sizes = pd.Categorical(["large", "small", "large"], ["small", "middle", "large"])
    dataset = as_dataset(pd.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 1.0], "class": sizes}))
    assert dataset.class_names == ("small", "middle", "large")
    assert dataset.y_train.ravel().tolist() == [2, 0, 2]


@pytest.mark.parametrize("as_frame", [False, True])
@pytest.mark.parametrize("columns", [(2, 3), ("petal length (cm)", "petal width (cm)")])
def test_two_columns_of_a_bunch_are_the_axes(columns, as_frame):
    iris = load_iris(as_frame=as_frame)
    dataset = as_dataset(iris, columns=columns)
    assert np.allclose(dataset.x_train, np.asarray(iris.data)[:, 2:])
    assert dataset.y_train.ravel().tolist() == np.asarray(iris.target).tolist()
    assert dataset.class_names == ("setosa", "versicolor", "virginica")
    assert dataset.feature_names == ("petal length (cm)", "petal width (cm)")


def test_values_of_a_bunch_are_predicted():
    dataset = as_dataset(load_diabetes(), columns=("bmi", "bp"), task="regression")
    assert (dataset.task, dataset.feature_names) == ("regression", ("bmi", "bp"))
    assert dataset.y_train.ravel().tolist() == load_diabetes().target.tolist()


def test_columns_are_chosen_of_arrays_too():
    x = np.arange(12.0).reshape(4, 3)
    dataset = as_dataset((x, [0, 1, 1, 0], x[:1], [1]), columns=(2, 0))
    assert dataset.x_train.tolist() == x[:, [2, 0]].tolist()
    assert dataset.x_test.tolist() == [[2, 0]]
    assert dataset.feature_names == ("x3", "x1")


def test_a_trainer_learns_from_them(make):
    trainer = make(as_dataset(load_wine(), columns=("alcohol", "flavanoids")), optimizer="adam", learning_rate=0.05)
    trainer.train(epochs=20)
    trainer.wait(PATIENCE)
    assert trainer.model[-1].out_features == 3
    assert trainer.accuracy > 0.7
    trainer.dataset = trainer.dataset.to_pandas()
    assert trainer.dataset.class_names == ("class_0", "class_1", "class_2")


FRAME = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0], "c": [2.0, 2.0]})


@pytest.mark.parametrize(
    ("value", "columns", "message"),
    [
        (FRAME, None, "a column of labels called 'class', 'target', 'label', 'y'; it has 'a', 'b', 'c'"),
        (FRAME.assign(y=[0, 1]), ("a", "d"), "there is no feature 'd'; there are 'a', 'b', 'c'"),
        (FRAME.assign(y=[0, 1]), (0, 3), "there is no feature 3"),
        (FRAME.assign(y=[0, 1]), "ab", "columns must be two names or numbers"),
        (FRAME.assign(y=[0, 1]), ("a",), "columns must be two names or numbers"),
        (FRAME.assign(y=[0, 1], set=["train", "dev"]), ("a", "b"), "'train' or 'test', not 'dev'"),
        (FRAME[["a", "b"]].assign(y=[0, None]), None, "row 1 is nan"),
        (FRAME[["a"]].assign(y=[0, 1]), None, r"shape \(n_samples, 2\)"),
        (load_iris(), (0,), "columns must be two names or numbers"),
        ({"data": X}, None, "not dict"),
    ],
)
def test_what_does_not_fit_is_refused(value, columns, message):
    with pytest.raises((TypeError, ValueError), match=message):
        as_dataset(value, columns=columns)


def test_all_columns_are_kept_or_those_that_are_chosen():
    iris = load_iris()
    data = as_dataset(iris)
    assert data.feature_names == tuple(iris.feature_names)
    assert np.array_equal(data.x_train, iris.data.astype(np.float32))
    three = as_dataset(iris, columns=(3, "sepal width (cm)", 0))
    assert three.feature_names == ("petal width (cm)", "sepal width (cm)", "sepal length (cm)")
    assert np.array_equal(three.x_train, iris.data[:, [3, 1, 0]].astype(np.float32))
    again = as_dataset(data.to_pandas())
    assert again.feature_names == data.feature_names
    assert np.array_equal(again.x_train, data.x_train)
