"""What is refused is said right under the line that asked for it, with what to do; other errors are told in full."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from types import FunctionType

import pytest
import torch
from torch import nn
from traitlets import TraitError

import nnwidgets
from nnwidgets import FunctionTrainer, LossExplorer, NetworkAnatomy, PlanarTrainer
from nnwidgets._dropout import Dropout

X = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
DEPTH = 1  # the reader's line


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


class Wrong(nn.Module):
    """A model of the reader's own for three features."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        return self.layer(x)


def names_of(error):
    return [call.name for call in traceback.extract_tb(error.__traceback__)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": nn.Linear(3, 1)}, "cannot take a batch of shape .* shapes cannot be multiplied"),
        ({"model": nn.Linear}, r"got the class Linear itself: make one with Linear\(...\)"),
        ({"model": nn.Sequential(nn.Linear(2, 1), nn.Hardtanh(3, 4)), "loss_fn": "bce"}, "outputs between 0 and 1"),
        ({"model": nn.Module()}, "no parameters"),
        ({"loss_fn": nn.BCELoss}, r"got the class BCELoss itself: make one with BCELoss\(\)"),
        ({"loss_fn": "BCE"}, "did you mean 'bce'"),
        ({"optimizer": "Adam"}, "did you mean 'adam'"),
        ({"activation": "Relu"}, "did you mean 'relu'"),
        ({"activation": nn.LeakyReLU}, "did you mean 'leaky_relu'"),
        ({"activation": nn.Sigmoid()}, "did you mean 'sigmoid'"),
        ({"activation": nn.SELU}, r"SELU'>$"),  # which is not ELU
        ({"initialiser": "Xavier"}, "did you mean 'xavier_"),
        ({"schedule": "Cosine"}, "did you mean 'cosine'"),
        ({"engine": "Eager"}, "did you mean 'eager'"),
        ({"dataset": [[1, 2], [3, 4]]}, r"a list of 2 rows is data without labels: give both, as \(X, y\)"),
        ({"dataset": torch.zeros(4, 2).numpy()}, "not ndarray without labels"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_told_briefly_with_what_was_meant(settings, message):
    with pytest.raises((TypeError, ValueError, TraitError), match=message) as told:
        PlanarTrainer(**settings)
    assert len(traceback.extract_tb(told.value.__traceback__)) == DEPTH
    assert told.value.__cause__ is None  # all of it is in the message
    assert told.value.__context__ is None or told.value.__suppress_context__


def test_what_a_model_of_the_readers_own_did_stays_and_nothing_between():
    with pytest.raises(ValueError, match="cannot take a batch") as told:
        PlanarTrainer(model=Wrong())
    assert len(names_of(told.value)) == DEPTH
    first, *others = traceback.extract_tb(told.value.__cause__.__traceback__)
    assert (first.name, first.filename) == ("forward", __file__)
    assert all("torch" in call.filename for call in others)


def test_what_a_method_refuses_is_told_briefly(request):
    trainer = PlanarTrainer()
    request.addfinalizer(trainer.close)
    for ask, message in (
        (lambda: trainer.rewind(5000), "epoch must be between 0 and 0"),
        (lambda: trainer.edit("hidden1.weight", 1.0), "no parameter 'hidden1.weight'; there are 0.weight"),
        (lambda: trainer.freeze("foo"), "no parameter 'foo'"),
        (lambda: trainer.unpin("foo"), "no pinned run is called 'foo'"),
    ):
        with pytest.raises(ValueError, match=message) as told:
            ask()
        assert len(names_of(told.value)) <= DEPTH + 3, names_of(told.value)  # the lambda, the method, what it asks
        assert not any("/concurrent/" in call.filename for call in traceback.extract_tb(told.value.__traceback__))


def test_what_a_callback_raises_is_told_with_its_own_lines_only(request):
    trainer = PlanarTrainer()
    request.addfinalizer(trainer.close)

    def failing(_):
        raise KeyError("mine")

    trainer.on_epoch_end(failing)
    trainer.train(1)
    with pytest.raises(KeyError, match="mine") as told:
        trainer.wait(60)
    assert names_of(told.value)[-1] == "failing"
    assert "_call_back" not in names_of(told.value)


def of_package(function):
    """The same function, as one of this package."""
    return FunctionType(function.__code__, globals() | {"__name__": "nnwidgets.mistake"})


@of_package
def mistake(*_):
    return None.scale


@of_package
def unsure(*given):
    assert len(given) < 0, "it is"


@of_package
def elsewhere(*_):
    json.dumps(len)


@pytest.mark.parametrize(("do", "kind"), [(mistake, AttributeError), (unsure, AssertionError), (elsewhere, TypeError)])
def test_a_mistake_of_this_package_is_told_in_full(request, monkeypatch, do, kind):
    trainer = PlanarTrainer()
    request.addfinalizer(trainer.close)
    monkeypatch.setattr(trainer._loop, "_do", do)
    with pytest.raises(kind) as told:
        trainer.rewind(0)
    assert {"_carry_out", do.__name__} <= set(names_of(told.value))


def test_a_refusal_that_a_mistake_of_this_package_led_to_keeps_both(monkeypatch):
    monkeypatch.setattr(Dropout, "forward", lambda *_: mistake())
    with pytest.raises(ValueError, match="cannot take a batch") as told:
        PlanarTrainer(dropout=0.3)
    assert "mistake" in names_of(told.value.__cause__)
    assert "checked_objective" in names_of(told.value)


@dataclass(frozen=True)
class Unchangeable(Exception):
    """An error of the reader's own that lets nobody set anything."""

    text: str


def test_errors_of_every_kind_come_as_they_are_however_often(request):
    trainer = PlanarTrainer()
    request.addfinalizer(trainer.close)
    for error in (
        Unchangeable("mine"),
        ExceptionGroup("two", [ValueError("first"), KeyError("second")]),
    ):

        def failing(_, error=error):
            raise error

        stop = trainer.on_epoch_end(failing)
        trainer.train(1)
        seen = []
        for _ in range(3):
            with pytest.raises(type(error)) as told:
                trainer.wait(60)
            assert told.value is error
            seen.append(names_of(error))
        assert seen[0] == seen[1] == seen[2]
        assert seen[0].count("failing") == 1
        stop()
    assert "first" in trainer._message["detail"]
    assert "second" in trainer._message["detail"]


def test_what_was_being_handled_in_the_readers_own_code_is_told_too(request):
    trainer = PlanarTrainer()
    request.addfinalizer(trainer.close)

    def handle():
        try:
            {}["none"]
        except KeyError:
            trainer.optimizer = "nix"

    with pytest.raises(TraitError) as told:
        handle()
    assert isinstance(told.value.__context__, KeyError)
    assert not told.value.__suppress_context__


class Steep(nn.Module):
    """A model of the reader's own whose outputs are probabilities for all samples but those far to the right."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(0.1))

    def forward(self, x):
        return 0.5 + self.slope * x[:, :1]


def test_outputs_that_are_probabilities_for_some_samples_only_are_refused():
    x = torch.zeros(200, 2)
    x[150] = 9.0
    with pytest.raises(ValueError, match=r"the model gives 0\.5 to 1\.4: end it with nn\.Sigmoid") as told:
        PlanarTrainer((x.numpy(), [0, 1] * 100), model=Steep(), loss_fn="bce")
    assert len(names_of(told.value)) == DEPTH
    PlanarTrainer((x[:150].numpy(), [0, 1] * 75), model=Steep(), loss_fn="bce").close()
