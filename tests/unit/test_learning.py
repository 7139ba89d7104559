"""What is to be learned is learned: no worse than by scikit-learn's networks of the same shape."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from nnwidgets.datasets import PLANAR, make_planar
from tests.unit.plain import PATIENCE

BATCH_SIZE, RATE = 10, 0.02
SEEDS = (0, 1)  # of the initial weights, of which ours are drawn otherwise: a spiral may be missed with some
SLACK = 0.03  # of accuracy, or of R²


@dataclass(frozen=True)
class Case:
    """A data set and a network that has to learn it."""

    data: str
    hidden: tuple[int, ...] = (8, 8)
    activation: str = "tanh"
    n_classes: int | None = None
    epochs: int = 60


CASES = {
    **{name: Case(name) for name in PLANAR},
    "spiral": Case("spiral", (16, 16), epochs=150),
    "2-2-1": Case("circles", (2,)),
    "2-4-2-1": Case("circles", (4, 2)),
    "2-8-8-8-1": Case("moons", (8, 8, 8), "relu"),
    "no hidden layer": Case("gaussians", ()),
    "sigmoid": Case("xor", (8,), "sigmoid"),
    "four rings": Case("rings", (12, 12), n_classes=4),
    "three spirals": Case("spiral", (16, 16), n_classes=3, epochs=150),
    "eight gaussians": Case("gaussians", (8,), "relu", n_classes=8),
}


def scikit_learn_s(case, dataset, seed):
    """The accuracy, or R², of scikit-learn's network on the training samples."""
    kind = MLPRegressor if dataset.task == "regression" else MLPClassifier
    network = kind(
        hidden_layer_sizes=case.hidden,
        activation={"sigmoid": "logistic"}.get(case.activation, case.activation),
        solver="adam",
        alpha=0.0,
        batch_size=BATCH_SIZE,
        learning_rate_init=RATE,
        max_iter=case.epochs,
        tol=0.0,
        n_iter_no_change=case.epochs,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it shall make no more epochs than ours
        network.fit(dataset.x_train, dataset.y_train[:, 0])
    return network.score(dataset.x_train, dataset.y_train[:, 0])


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_it_learns_as_well_as_scikit_learn_s_network(make, name):
    case = CASES[name]
    dataset = make_planar(case.data, 300, 0.05, n_classes=case.n_classes)

    def ours(seed):
        trainer = make(
            dataset,
            engine="fused",
            hidden_layers=case.hidden,
            activation=case.activation,
            optimizer="adam",
            learning_rate=RATE,
            batch_size=BATCH_SIZE,
            seed=seed,
        )
        trainer.train(epochs=case.epochs)
        trainer.wait(PATIENCE)
        assert trainer.engine_name == "fused"
        return 1 - trainer.loss / dataset.y_train.var() if dataset.task == "regression" else trainer.accuracy

    assert max(map(ours, SEEDS)) >= max(scikit_learn_s(case, dataset, seed) for seed in SEEDS) - SLACK
