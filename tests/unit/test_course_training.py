"""What the course's `check` says of answers in its last four parts, from the chain rule to a reader's own network."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, load_wine, make_circles
from sklearn.model_selection import train_test_split
from torch import nn

from nnwidgets import (
    BackpropExplorer,
    FashionTrainer,
    ImageTrainer,
    PlanarTrainer,
    build_mlp,
    check,
    count_parameters,
    fit,
    load_fashion_mnist,
)

FOLDER = Path(__file__).parents[2] / "notebooks"
FASHION = load_fashion_mnist(source="bundled")


@pytest.fixture
def made():
    """Makes trainers, and closes them at the end."""
    trainers = []

    def make(trainer):
        trainers.append(trainer)
        return trainer

    yield make
    for trainer in trainers:
        trainer.close()


def train(trainer, epochs):
    trainer.train(epochs=epochs)
    trainer.wait()
    return trainer


def refused(number, *answers):
    """What is said of a wrong answer."""
    verdict = check(number, *answers)
    assert verdict.outcome == "wrong", verdict
    return verdict.text


def unanswered(number, *answers):
    """What is said of an answer that is not there so far."""
    verdict = check(number, *answers)
    assert verdict.outcome == "open", verdict
    return verdict.text


# -- numbers --------------------------------------------------------------------------------------

RIGHT = [
    ("5.1", -0.1713),
    ("5.1", -4.479 * 0.173 * -1.1 * 0.401 * -0.5),
    ("5.1", torch.tensor([-0.17134])),
    ("5.4", -0.25),
    ("5.4", np.float32(-0.25)),
    ("5.4", -0.4 - 0.5 * -0.3),
    ("5.5", ["w11", "w21"]),
    ("5.5", ("w₂₁", "w₁₁")),
    ("5.5", {"w_11", "w_21"}),
    ("5.5", "w11, w21"),
    ("5.6", 10),
    ("5.6", 10.0),
    ("6.1", 13),
    ("6.1", 3 * 2 + 3 + 3 * 1 + 1),
    ("6.4", 1250),
    ("6.4", 500 / 20 * 50),
    ("7.1", 55_050),
    ("7.1", torch.tensor(55_050)),
    ("7.3", 2.303),
    ("7.3", -math.log(0.1)),
    ("7.3", torch.tensor(10.0).log()),
    ("7.4", 938),
    ("7.4", math.ceil(60_000 / 64)),
    ("8.3", 2304),
    ("8.3", 16 * 12 * 12),
]


@pytest.mark.parametrize(("number", "answer"), RIGHT)
def test_a_right_answer_is_right_in_whatever_form(number, answer):
    assert check(number, answer).right, check(number, answer)


WRONG = [
    ("5.1", 0.1713, "only the sign is wrong"),
    ("5.1", 0.2741, "the gradient of w₁₁"),
    ("5.1", 0.3427, "right as far as a₁"),
    ("5.1", 0.1386, "the gradient of w₂₂"),
    ("5.1", -0.9, "the weight itself"),
    ("5.1", 7, "Multiply the slopes on the path"),
    ("5.4", -0.55, "along the gradient"),
    ("5.4", -0.1, "The learning rate η is 0.5"),
    ("5.4", -0.7, "and as long"),
    ("5.4", 0.15, "the change. The weight was −0.4"),
    ("5.4", -0.15, "half of the gradient"),
    ("5.4", 0.25, "the wrong sign"),
    ("5.4", 2, "put the numbers into w − η g"),
    ("5.5", ["w11", "b1"], "b1, whose gradient is 0.542"),
    ("5.5", ["w11", "w33"], "no 'w33' in the network; its nine numbers are w11, w12"),
    ("5.5", ["w21"], "you named w21; there is one more"),
    ("5.5", [], "you named none"),
    ("5.5", 11, "a list of names"),
    ("5.6", 9, "= 262,144 through. That is still more"),
    ("5.6", 11, "= 4,194,304 through. That is less than one in a million, but so it is with fewer"),
    ("5.6", 1, "a quarter of a quarter"),
    ("5.6", 9.97, "layers come whole"),
    ("5.6", -1, "Begin with 1 layer"),
    ("6.1", 9, "Three have 9 weights and biases"),
    ("6.1", 12, "without the bias of the output"),
    ("6.1", 10, "without the biases of the hidden"),
    ("6.1", 15, "too many: the output neuron"),
    ("6.1", 100, "you gave 100, which is another number"),
    ("6.4", 25, "the steps of one epoch"),
    ("6.4", 1000, "50 · 20"),
    ("6.4", 5000, "batches of 5"),
    ("6.4", 3, "you gave 3, which is another number"),
    ("7.1", 54_912, "54,912, all weights, but not the 138 biases"),
    ("7.1", 50_240, "the first layer alone"),
    ("7.1", 50_890, "one hidden layer"),
    ("7.1", 54_911, "54,911, too few"),
    ("7.1", 54_922, "54,922, too few"),
    ("7.1", 30, "you gave 30, too few"),
    ("7.1", 10**6, "you gave 1,000,000, too many"),
    ("7.3", 0.1, "the probability of the true class"),
    ("7.3", -2.303, "minus the logarithm"),
    ("7.3", -2.3, "minus the logarithm"),
    ("7.3", 1, "to the base 10"),
    ("7.3", 3.322, "to the base 2"),
    ("7.3", 5, "you gave 5, which is another number: every class"),
    ("7.4", 937, "the other 32"),
    ("7.4", 937.5, "round up"),
    ("7.4", 9380, "ten epochs"),
    ("7.4", 9381, "you gave 9381, which is another number"),
    ("7.4", 94, "of 6,000 images"),
    ("7.4", 64, "you gave 64, which is another number"),
    ("8.3", 16 * 14 * 14, "of 28 pixels it leaves 24"),
    ("8.3", 16 * 24 * 24, "before the pooling"),
    ("8.3", 144, "one channel"),
    ("8.3", 10, "you gave 10: that is another number. Follow the width"),
]


@pytest.mark.parametrize(("number", "answer", "said"), WRONG)
def test_a_wrong_answer_is_told_what_it_is(number, answer, said):
    text = refused(number, answer)
    assert said in text
    assert text.endswith((".", "?"))


# -- functions ------------------------------------------------------------------------------------


def slope_of(x, h, v, p):
    return -1 / p * p * (1 - p) * v * (1 - h**2) * x


@pytest.mark.parametrize(
    "gradient", [slope_of, lambda x, h, v, p: torch.tensor((p - 1) * v * (1 - h * h) * x, dtype=torch.float64)]
)
def test_the_product_of_the_slopes_is_right(gradient):
    assert check("5.2", gradient).right


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (lambda x, h, v, p: -slope_of(x, h, v, p), "only the sign"),
        (lambda x, h, v, p: (p - 1) * v * x, "the slope of tanh is missing"),
        (lambda x, h, v, p: (p - 1) * v * (1 - h) * x, "you have 1 − h where"),
        (lambda x, h, v, p: (p - 1) * v * h * (1 - h) * x, "the slope of a sigmoid; that of tanh"),
        (lambda x, h, v, p: (p - 1) * v * (1 - h**2), "the last slope is missing"),
        (lambda x, h, v, p: (p - 1) * (1 - h**2) * x, "the weight v"),
        (lambda x, h, v, p: -v / p * (1 - h**2) * x, "the sigmoid at the output is missing"),
        (lambda x, h, v, p: p * (1 - p) * v * (1 - h**2) * x, "the slope of the loss by p is missing"),
        (lambda x, h, v, p: -1 / p + p * (1 - p) + v + 1 - h**2 + x, "you have added them"),
        (lambda x, h, v, p: 1.0, "gradient(0.8, 0.7739, -1.1, 0.2233) gives 1; the gradient is 0.2741"),
        (lambda x, h, v, p: None, "is a `return` missing"),
        (lambda x: x, "raised TypeError"),
    ],
)
def test_what_is_missing_in_a_product_of_slopes_is_named(gradient, said):
    assert said in refused("5.2", gradient)


@pytest.mark.parametrize(
    "slope",
    [
        lambda f, x, epsilon: (f(x + epsilon) - f(x - epsilon)) / (2 * epsilon),
        lambda f, x, epsilon: (f(x + epsilon) - f(x - epsilon)) / 2 / epsilon,
    ],
)
def test_a_central_difference_is_right(slope):
    assert check("5.3", slope).right


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        (lambda f, x, e: (f(x + e) - f(x)) / e, "yours gives 12.61, and should give 12.01: that looks to the right"),
        (lambda f, x, e: (f(x) - f(x - e)) / e, "to the left only"),
        (lambda f, x, e: (f(x + e) - f(x - e)) / e, "twice too much"),
        (lambda f, x, e: (f(x - e) - f(x + e)) / (2 * e), "the wrong way round"),
        (lambda f, x, e: f(x + e) - f(x - e), "divide it by the distance"),
        (lambda f, x, e: (f(x + e) - f(x - e)) / 2 * e, "Use brackets"),
        (
            lambda f, x, e: (f(x + e / 2) - f(x - e / 2)) / e,
            "yours gives 12.0025, and should give 12.01: that goes half",
        ),
        (lambda f, x, e: 12.0, "the derivative itself"),
        (lambda f, x, e: 12.001, "take f(x + ε) − f(x − ε)"),
        (lambda f, x, e: 12.01, "slope(exp, 0.0, 0.01) gives 12.01, not 1.00002."),
        (lambda f, x, e: 1.0, "take f(x + ε) − f(x − ε)"),
    ],
)
def test_a_finite_difference_that_is_none_is_told_what_it_does(slope, said):
    assert said in refused("5.3", slope)


@pytest.mark.parametrize(
    "accuracy",
    [
        lambda p, y: ((p > 0.5) == (y == 1)).float().mean(),
        lambda p, y: ((p > 0.5).float() == y).float().mean().item(),
        lambda p, y: sum(int((a > 0.5) == (b == 1)) for a, b in zip(p, y, strict=True)) / len(p),
        lambda p, y: np.mean((p.numpy() >= 0.5) == y.numpy()),
    ],
)
def test_an_accuracy_is_right(accuracy):
    assert check("6.2", accuracy).right


@pytest.mark.parametrize(
    ("accuracy", "said"),
    [
        (lambda p, y: ((p > 0.5) != (y == 1)).float().mean(), "Yours gives 0.4: that is the share of the wrong"),
        (lambda p, y: ((p > 0.5) == (y == 1)).sum(), "Yours gives 3: that is how many"),
        (lambda p, y: 100 * ((p > 0.5) == (y == 1)).float().mean(), "in percent"),
        (lambda p, y: (p == y).float().mean(), "hardly ever exactly 0 or 1"),
        (lambda p, y: p.mean(), "the mean of the probabilities"),
        (lambda p, y: (p > 0.5).float().mean(), "all points are of class 0"),
        (lambda p, y: (p > 0.5) == (y == 1), "should be one number"),
    ],
)
def test_an_accuracy_that_is_none_is_told_what_it_is(accuracy, said):
    assert said in refused("6.2", accuracy)


def step_with(backward=True, zero=True, by=lambda param, rate: param.sub_(rate * param.grad), returns=None):
    """A step of gradient descent, right but for what is said."""

    def step(model, x, y, learning_rate):
        loss = nn.functional.binary_cross_entropy(model(x), y)
        if zero:
            model.zero_grad()
        if backward:
            loss.backward()
        with torch.no_grad():
            for param in model.parameters():
                by(param, learning_rate)
        return loss if returns is None else returns

    return step


def with_an_optimizer(model, x, y, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    loss = nn.BCELoss()(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def without_no_grad(model, x, y, learning_rate):
    loss = nn.functional.binary_cross_entropy(model(x), y)
    loss.backward()
    for param in model.parameters():
        param -= learning_rate * param.grad  # noqa: PLW2901
    return loss


@pytest.mark.parametrize("step", [step_with(), with_an_optimizer])
def test_a_step_against_the_gradient_is_right(step):
    assert check("6.3", step).right, check("6.3", step)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (step_with(by=lambda param, rate: param.add_(rate * param.grad)), "go along the gradient"),
        (step_with(by=lambda param, rate: param.sub_(param.grad)), "multiply it by `learning_rate`"),
        (step_with(by=lambda param, rate: param.sub_(0.1 * param.grad)), "0.1 times the gradient, whatever"),
        (step_with(by=lambda param, rate: param - rate * param.grad), "leaves the parameter alone"),
        (step_with(backward=False, by=lambda param, rate: None), "call `loss.backward()`, then go on"),
        (step_with(backward=False), "only after `loss.backward()`"),
        (step_with(zero=False), "the second is not: PyTorch adds new gradients"),
        (step_with(by=lambda param, rate: param.mul_(2)), "the first weight changes by"),
        (step_with(returns=7), "the weights are right, but it returns 7; the loss is"),
        (without_no_grad, "with torch.no_grad():"),
        (lambda model, x, y: None, "raised TypeError"),
        (lambda model, x, y, learning_rate: None, "gives None"),
    ],
)
def test_a_step_that_goes_wrong_is_told_where(step, said):
    assert said in refused("6.3", step)


def softmax_by_lists(z):
    powers = [math.exp(value - max(z)) for value in z]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize(
    "softmax",
    [
        lambda z: torch.exp(z - z.max()) / torch.exp(z - z.max()).sum(),
        lambda z: torch.softmax(z, dim=0),
        lambda z: (z - torch.logsumexp(z, 0)).exp().numpy(),
        softmax_by_lists,
    ],
)
def test_a_softmax_that_survives_large_logits_is_right(softmax):
    assert check("7.2", softmax).right, check("7.2", softmax)


@pytest.mark.parametrize(
    ("softmax", "said"),
    [
        (
            lambda z: torch.exp(z) / torch.exp(z).sum(),
            "For [1003.0, 1001.0, 1000.2], the same but for 1,000, it gives nan: e^1003",
        ),
        (lambda z: [math.exp(value) / sum(map(math.exp, z)) for value in z], "Subtract the largest logit"),
        (lambda z: torch.exp(z), "it gives [20.0855, 2.7183, 1.2214]: these are the powers of e. Divide each by 24.0"),
        (lambda z: z / z.sum(), "shares of the logits"),
        (lambda z: torch.log_softmax(z, 0), "as LogSoftmax gives them"),
        (lambda z: torch.exp(z) / torch.exp(z).max(), "not by the largest"),
        (torch.sigmoid, "whose sum is 2.23"),
        (lambda z: torch.full_like(z, 1 / 3), "softmax gives [0.836, 0.1131, 0.0508]"),
        (lambda z: z.max(), "should be 3 numbers"),
    ],
)
def test_a_softmax_that_is_none_is_told_what_it_gives(softmax, said):
    text = refused("7.2", softmax).replace("by their sum, ", "by ")
    assert said in text


# -- trainers -------------------------------------------------------------------------------------


def test_the_third_neuron_is_asked_for_before_it_is_judged(made):
    trainer = made(PlanarTrainer())
    assert "Press + below its hidden neurons, then train it" in unanswered("6.5", trainer)
    train(trainer, 5)
    assert re.search(r"train again: 2 neurons are at \d\d\.\d\u2009%", unanswered("6.5", trainer))
    trainer.hidden_layers = (3,)
    trainer.reset()
    assert "it stands at epoch 0" in unanswered("6.5", trainer)
    train(trainer, 50)
    verdict = check("6.5", trainer)
    assert verdict.right
    assert f"{100 * trainer.accuracy:.1f}\u2009% are right" in verdict.text


def test_what_differs_from_three_neurons_on_two_circles_is_named(made):
    assert "its hidden layers are [3, 2]" in refused("6.5", made(PlanarTrainer(hidden_layers=(3, 2))))
    assert "its data are 'moons'" in refused("6.5", made(PlanarTrainer("moons", hidden_layers=(3,))))
    slow = train(made(PlanarTrainer(hidden_layers=(3,), learning_rate=0.0001)), 50)
    assert "with learning rate 0.0001 and batches of 5" in refused("6.5", slow)
    assert "you gave the class PlanarTrainer" in refused("6.5", PlanarTrainer)


@pytest.mark.parametrize(
    "cure", [{"l2": 0.01}, {"dropout": 0.5}, {"hidden_layers": (4,)}, {"stop_when": {"patience": 20}}]
)
def test_each_cure_of_overfitting_is_right(made, cure):
    trainer = train(made(PlanarTrainer.preset("overfitting", **cure)), 200)
    verdict = check("6.6", trainer)
    assert verdict.right, verdict
    assert f"after {trainer.epoch} epochs" in verdict.text


def test_what_is_not_cured_is_told_with_both_losses(made):
    trainer = made(PlanarTrainer.preset("overfitting"))
    assert "at epoch 0, and this exercise looks at what 200 epochs" in unanswered("6.6", trainer)
    train(trainer, 200)
    assert f"the test loss {trainer.test_loss:.2f}: it still knows the training points" in refused("6.6", trainer)
    untested = made(PlanarTrainer("moons"))
    assert "no test set" in refused("6.6", untested)
    rigid = train(made(PlanarTrainer.preset("overfitting", l2=1.0)), 200)
    assert "it has hardly learned" in refused("6.6", rigid)


def test_a_learning_rate_that_is_fast_enough_is_found(made):
    trainer = made(FashionTrainer(FASHION))
    assert "train it first" in unanswered("7.5", trainer)
    train(trainer, 2)
    assert "after 2 epochs with learning rate 0.001" in refused("7.5", trainer)
    assert "It may train for 8 epochs more" in refused("7.5", trainer)
    trainer.learning_rate = 0.1
    trainer.reset()
    train(trainer, 5)
    verdict = check("7.5", trainer)
    assert verdict.right, verdict
    assert "after 5 epochs with learning rate 0.1" in verdict.text
    train(trainer, 6)
    assert "trained for 11 epochs; 10 are allowed" in refused("7.5", trainer)


def test_a_learning_rate_far_too_large_is_told_so(made):
    trainer = train(made(FashionTrainer(FASHION, learning_rate=10)), 1)
    assert "the steps are too long" in refused("7.5", trainer)


@pytest.fixture(scope="module")
def clothes():
    trainer = FashionTrainer(FASHION, learning_rate=0.1)
    yield train(trainer, 3)
    trainer.close()


def test_how_far_an_answer_can_be_believed_is_asked_of_a_network_that_has_learned(made):
    trainer = made(FashionTrainer(FASHION, learning_rate=0.1))
    assert "train it first" in unanswered("7.6", trainer, 0.5)
    train(trainer, 1)
    trainer.confusion_matrix = lambda on: np.diag([1, 1, 1, 1, 0, 1, 1, 1, 1, 1])
    assert "not found a single coat" in unanswered("7.6", trainer, 0.5)


def test_the_share_of_an_answer_that_is_right_is_that_of_its_column(clothes):
    matrix = clothes.confusion_matrix("test")
    right, answered = matrix[4, 4], matrix[:, 4].sum()
    others = [matrix[row, 4] if row != 4 else -1 for row in range(10)]
    verdict = check("7.6", clothes, right / answered)
    assert verdict.right, verdict
    assert f"{right:,} of the {answered:,} images that it calls Coat" in verdict.text
    assert f"in the class {clothes.dataset.class_names[int(np.argmax(others))]}. " in verdict.text
    assert check("7.6", clothes, round(right / answered, 2)).right


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (lambda m: m[4, 4] / m[4].sum(), "the share of the coats that it finds"),
        (lambda m: 1 - m[4, 4] / m[:, 4].sum(), "those that are no coats"),
        (lambda m: 100 * m[4, 4] / m[:, 4].sum(), "in percent"),
        (lambda m: m[4, 4] / m.sum(), "a share of all test images"),
        (lambda m: m[:, 4].sum() / m[4, 4], "upside down"),
        (lambda m: m[4, 4], "how many are right"),
        (lambda m: m[:, 4].sum(), "how many it calls Coat"),
        (lambda m: m[5, 5] / m[:, 5].sum(), "the share for Sandal. Coat is number 4"),
        (lambda m: 2.5, "which is another number"),
        (lambda m: "Coat", "leave out the quotation marks"),
    ],
)
def test_another_share_of_a_confusion_matrix_is_told_what_it_is(share, said, clothes):
    assert said in refused("7.6", clothes, share(clothes.confusion_matrix("test")))


def test_a_share_of_a_large_confusion_matrix_may_be_rounded_and_its_counts_can_be_read(clothes, monkeypatch):
    matrix = np.diag([1000] * 10)
    matrix[6, 4], matrix[4, 4], matrix[4, 6] = 1281, 562, 438
    monkeypatch.setattr(clothes, "confusion_matrix", lambda on: matrix)
    assert "562 of the 1,843 images" in check("7.6", clothes, 562 / 1843).text
    assert check("7.6", clothes, 0.30).right  # 0.3049
    assert not check("7.6", clothes, 0.29).right
    assert "those that are no coats" in refused("7.6", clothes, 0.7)  # 0.6951
    assert "in percent" in refused("7.6", clothes, 30.5)


def test_the_share_of_coats_that_are_found_is_told_where_it_is_also_that_of_another_class(clothes, monkeypatch):
    matrix = np.diag([500] * 10)
    matrix[4, 0] = matrix[0, 4] = 500
    matrix[0, 4] += 500
    monkeypatch.setattr(clothes, "confusion_matrix", lambda on: matrix)
    assert "the share of the coats that it finds" in refused("7.6", clothes, 0.5)


def wines():
    x_train, x_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=0)
    return x_train, y_train, x_test, y_test


def test_wines_are_to_be_tested_with_others_than_those_shown(made):
    x_train, y_train, x_test, y_test = wines()
    trainer = made(PlanarTrainer((x_train, y_train, x_test, y_test), hidden_layers=(8,)))
    assert "train it first" in unanswered("8.1", trainer)
    train(trainer, 30)
    verdict = check("8.1", trainer)
    assert verdict.right, verdict
    assert "of 45 wines" in verdict.text
    assert "it has no test set" in refused("8.1", made(PlanarTrainer(load_wine())))
    leaking = made(PlanarTrainer((x_train, y_train, x_train[:20], y_train[:20])))
    assert "20 of the 20 test samples are among the training samples" in refused("8.1", leaking)
    assert "its data have 2 columns and 2 classes" in refused("8.1", made(PlanarTrainer()))
    poor = train(made(PlanarTrainer(wines(), learning_rate=1e-5)), 1)
    assert "after 1 epochs" in refused("8.1", poor)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(13, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x)))


class Without(nn.Module):
    def __init__(self):
        super().__init__()
        self.output = nn.Linear(13, 3)


class Dots(Without):
    def forward(self, _):
        return ...


class Uncalled(Net):
    def forward(self, x):
        return self.output(nn.ReLU(self.hidden(x)))


class Silent(Without):
    def forward(self, x):
        self.output(x)


@pytest.mark.parametrize("net", [Net(), nn.Sequential(nn.Linear(13, 5), nn.Tanh(), nn.Dropout(), nn.Linear(5, 3))])
def test_a_network_for_the_wines_is_right(net):
    net.train()
    verdict = check("8.2", net)
    assert verdict.right, verdict
    assert f"{count_parameters(net)} numbers" in verdict.text
    assert net.training


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (Net, "you gave the class; give a network that is made of it: `net = Net()`"),
        (Without(), "it has no `forward(self, x)`"),
        (Silent(), "its `forward` gives None"),
        (nn.Linear(13, 1), "it gives (5, 1); it should be (5, 3)"),
        (nn.Linear(4, 3), "for x of shape (5, 13) its forward pass raised RuntimeError"),
        (Uncalled(), "write `torch.relu(…)`"),
        (nn.Linear(13, 3), "a straight line in disguise"),
        (nn.Sequential(nn.Linear(13, 8), nn.Linear(8, 3)), "a straight line in disguise"),
        (nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(1)), "it ends in a softmax"),
        (nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 3), nn.LogSoftmax(1)), "it ends in a log-softmax"),
        (nn.ReLU(), "it has no parameters"),
        ("Net", "you gave 'Net'"),
    ],
)
def test_a_network_that_does_not_fit_the_wines_is_told_why(net, said):
    assert said in refused("8.2", net)


def test_a_forward_pass_of_dots_is_not_written_so_far():
    assert "in place of the dots" in unanswered("8.2", Dots())


def test_an_optimizer_is_looked_at_with_the_model_that_it_is_for():
    model, other = build_mlp(), build_mlp()
    assert check("8.4", torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9), model).right
    for_another = torch.optim.SGD(other.parameters(), lr=0.05, momentum=0.9)
    assert "it would not change 0.weight, 0.bias" in refused("8.4", for_another, model)
    assert "its learning rate is 0.001" in refused("8.4", torch.optim.SGD(model.parameters(), momentum=0.9), model)
    assert "its momentum is 0; " in refused("8.4", torch.optim.SGD(model.parameters(), lr=0.05), model)
    assert "you gave Adam" in refused("8.4", torch.optim.Adam(model.parameters(), lr=0.05), model)
    assert "the class SGD; call it" in refused("8.4", torch.optim.SGD, model)
    assert "you gave 'sgd'" in refused("8.4", "sgd", model)


@pytest.mark.parametrize(("options", "loss"), [({}, 1.95), ({"momentum": 0.9}, 0.17)])
def test_momentum_makes_the_difference_that_is_told_of_it(options, loss, made):
    def sgd(parameters, lr):
        return torch.optim.SGD(parameters, lr=0.05, **options)

    names = {"digits": made(ImageTrainer(load_digits())), "torch": torch, "nn": nn, "sgd": sgd}
    source = cell("08-your-own", "x_train = digits").replace("(torch.optim.SGD, torch.optim.RMSprop, ", "(sgd, ")
    exec(source.replace("torch.optim.Adam)", ")").replace("print(", "(lambda *_: None)("), names)
    assert names["loss"].item() == pytest.approx(loss, abs=0.02)


def convolutional(channels):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, channels, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(channels * 9, 10)
    )


def test_a_small_network_for_the_digits_is_judged_by_its_size_and_by_the_test_images(made):
    def trainer(channels):
        model = convolutional(channels)
        return made(ImageTrainer(load_digits(), model=model, optimizer="adam", learning_rate=0.01))

    small = trainer(8)
    assert "train it first" in unanswered("8.5", small)
    train(small, 3)
    assert re.search(r"with 810 parameters \d\d\.\d\u2009% of the test images", refused("8.5", small))
    train(small, 22)
    assert check("8.5", small).right, check("8.5", small)
    assert "it has 1,610 parameters, and 1,000 are allowed" in refused("8.5", train(trainer(16), 1))
    assert "its images are (1, 28, 28)" in refused("8.5", made(FashionTrainer(FASHION)))


NUMBERS = sorted({number for number, *_ in [*RIGHT, *WRONG]} | {"5.2", "5.3", "6.2", "6.3", "7.2", "8.2"})


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("answer", [None, "", "five", object(), math.nan, math.inf, True, print, 10**400, {}])
def test_nonsense_is_wrong_and_told_so_in_a_sentence(number, answer):
    assert refused(number, answer)


@pytest.mark.parametrize("number", ["6.5", "6.6", "7.5", "8.1", "8.5"])
@pytest.mark.parametrize("answer", [None, "trainer", 3, build_mlp(), BackpropExplorer])
def test_what_is_no_trainer_is_told_what_is_wanted(number, answer):
    assert re.search(r"looks at an? \w+Trainer; you gave", refused(number, answer))


# -- what the notebooks say -----------------------------------------------------------------------


def cell(name, begins):
    """The only code cell of a notebook that begins so."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    (found,) = [each.source for each in notebook.cells if each.source.startswith(begins)]
    return found


def test_the_loop_by_hand_and_the_trainer_come_to_the_same(made):
    x, y = make_circles(n_samples=500, noise=0.1, factor=0.3, random_state=0)
    names = {"torch": torch, "nn": nn, "count_parameters": count_parameters, "loss_fn": nn.BCELoss()}
    names["x_train"] = torch.tensor(x, dtype=torch.float32)
    names["y_train"] = torch.tensor(y, dtype=torch.float32).reshape(-1, 1)
    for begins in ("from torch import nn", "learning_rate = 0.1"):
        exec(cell("06-binary-classification", begins), names)
    trainer = train(made(PlanarTrainer(learning_rate=0.1, batch_size=5, seed=0)), 50)
    by_hand, live = (nn.utils.parameters_to_vector(each.parameters()) for each in (names["model"], trainer.model))
    torch.testing.assert_close(by_hand, live, rtol=1e-3, atol=1e-4)
    assert trainer.dataset.x_train == pytest.approx(x, abs=1e-6)
    assert trainer.loss == pytest.approx(0.379, abs=1e-3)


def test_the_loop_of_fit_and_the_trainer_come_to_the_same(made, one_thread):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    x, y = FASHION.tensor("x_train") / 255, FASHION.tensor("y_train").flatten().long()
    batches = list(zip(x.split(64), y.split(64), strict=True))
    history = fit(model, batches, nn.CrossEntropyLoss(), epochs=10, learning_rate=0.001, progress=False)
    trainer = train(made(FashionTrainer(FASHION)), 10)
    assert history.loss == pytest.approx(trainer.history.loss, abs=1e-4)
    assert history.loss[-1] == pytest.approx(2.22, abs=0.005)  # "near 2.2 after them, and the accuracy near 32 %"
    assert history.accuracy[-1] == pytest.approx(0.324, abs=0.01)


def test_backpropagation_by_the_explorer_and_by_pytorch_come_to_the_same():
    names = {}
    exec(cell("05-backpropagation", "import torch").replace("print(", "(lambda *_: None)("), names)
    explorer = BackpropExplorer()
    assert names["loss"].item() == pytest.approx(explorer.loss, rel=1e-6)
    found = [explorer.gradient(name) for name in ("w11", "w12", "w21", "w22")]
    assert names["model"][0].weight.grad.flatten().tolist() == pytest.approx(found, rel=1e-5)
    assert explorer.gradient("w12") == pytest.approx(-0.17134, abs=1e-5)
    explorer.inputs = [(0.0, -0.5)]
    gradients = {name: explorer.gradient(name) for name in ("w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c")}
    assert [name for name, gradient in gradients.items() if not gradient] == ["w11", "w21"]
    for name, gradient in gradients.items():
        if gradient:
            said = re.search(r"whose gradient is (−?[\d.]+) there", refused("5.5", [name]))[1].replace("−", "-")
            assert float(said) == pytest.approx(gradient, rel=0.005)
    explorer.close()


@pytest.mark.parametrize("name", ["05-backpropagation", "06-binary-classification", "07-images", "08-your-own"])
def test_each_check_of_a_notebook_stands_at_the_end_of_a_cell_that_can_be_run_untouched(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    checks = [each.source for each in notebook.cells if each.cell_type == "code" and "check(" in each.source]
    numbers = []
    for source in checks:
        last = ast.parse(source).body[-1]
        assert isinstance(last, ast.Expr)
        assert last.value.func.id == "check"
        numbers.append(last.value.args[0].value)
    assert numbers == [f"{int(name[:2])}.{k}" for k in range(1, len(numbers) + 1)]
    text = "\n".join(each.source for each in notebook.cells if each.cell_type == "markdown")
    assert re.findall(r"^### Exercise (\d\.\d): ", text, re.MULTILINE) == numbers
