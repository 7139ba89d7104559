"""What is refused is said right under the line that asked for it, with what to do; other errors are told in full."""

from __future__ import annotations

import traceback

import pytest
import torch
from torch import nn
from traitlets import TraitError

import nnwidgets
from nnwidgets import FunctionTrainer, LossExplorer, NetworkAnatomy, PlanarTrainer

X = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
DEPTH = 2  # the reader's line, and the one place where it is told


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: PlanarTrainer(X, [0, 1, 1]),
            r"only dataset without a name.*data and labels go together: .*\(\(X, y\)\)",
        ),
        (lambda: LossExplorer("bce"), "LossExplorer.* no argument without a name, and by name batch, logit, loss_fn"),
        (lambda: NetworkAnatomy(nn.Linear(2, 1), torch.zeros(1, 2)), "only model without a name, and by name input"),
        (lambda: nnwidgets.ImageTrainer(X, X, X), "only train and test without a name, and by name classes"),
        (lambda: PlanarTrainer(lr=0.1), "no argument 'lr'; did you mean 'learning_rate'"),
    ],
)
def test_an_argument_that_there_is_not_is_told_briefly(make, message):
    with pytest.raises(TypeError, match=message) as told:
        make()
    assert len(traceback.extract_tb(told.value.__traceback__)) <= DEPTH + 1  # and this test's


class Mine(PlanarTrainer):
    """A trainer of the reader's own, whose constructor has other arguments."""

    def __init__(self, points, labels, /, **settings):
        super().__init__((points, labels), **settings)


def test_a_class_of_ones_own_has_the_arguments_that_its_constructor_says():
    trainer = Mine(X, [0, 1, 1], seed=3)
    assert (len(trainer.dataset.x_train), trainer.seed) == (3, 3)
    with pytest.raises(TypeError, match=r"Mine\(\) takes only points and labels without a name, and by name "):
        Mine(X, [0, 1, 1], 3)


def test_a_value_that_is_not_allowed_is_told_briefly(request):
    with pytest.raises(TraitError, match=r"'learning_rate' .* not the str 'fast'") as told:
        PlanarTrainer(learning_rate="fast")
    assert len(traceback.extract_tb(told.value.__traceback__)) == DEPTH
    with pytest.raises(TraitError, match="did you mean sin") as told:
        FunctionTrainer("sen(x)")
    assert len(traceback.extract_tb(told.value.__traceback__)) == DEPTH
    trainer = PlanarTrainer()
    request.addfinalizer(trainer.close)
    with pytest.raises(TraitError, match="above 0, not -1") as told:
        trainer.learning_rate = -1
    assert len(traceback.extract_tb(told.value.__traceback__)) == DEPTH


def test_an_error_of_the_readers_own_code_is_told_in_full():
    def optimizer(parameters):
        return len(parameters) + "no number"

    with pytest.raises(TypeError, match="unsupported operand") as told:
        PlanarTrainer(optimizer=optimizer)
    assert traceback.extract_tb(told.value.__traceback__)[-1].name == "optimizer"
