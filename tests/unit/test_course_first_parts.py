"""The exercises of the course's first four notebooks: right answers, usual mistakes, and what is said of them."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

from nnwidgets import (
    DescentExplorer,
    FunctionTrainer,
    HebbExplorer,
    InitializationExplorer,
    LossExplorer,
    NeuronExplorer,
    PerceptronTrainer,
    PlanarTrainer,
    check,
)
from nnwidgets.course._answers import trained
from nnwidgets.course._exercises import Unanswered

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02-neurons.ipynb"


def step(total):
    return int(total > 0)


def xor(x1, x2):
    h1, h2 = step(x1 + x2 - 0.5), step(1.5 - x1 - x2)
    return step(h1 + h2 - 1.5)


def count(sizes):
    return sum((a + 1) * b for a, b in pairwise(sizes))


RIGHT = {
    "1.2": [(3,), (3.0,), (torch.tensor(3),)],
    "2.1": [(NeuronExplorer(gate="AND", weights=(1, 1), bias=-1.5),), (NeuronExplorer.preset("AND"),),
            (NeuronExplorer(gate="AND", weights=(0.4, 0.3), bias=-0.5, form="mcculloch_pitts"),)],
    "2.2": [([1, 1, 0.5], [-1, -0.5]), ((2.0, 3.0, 0), (-2, -1)), (np.array([1, 1, 0.9]), torch.tensor([-1, -0.1]))],
    "2.3": [(1,), (1.0,), (np.float32(1),)],
    "2.4": [([1, 1, 1], [1, 0, 0]), (torch.tensor([1.0, 1, 1]), (1, 0, 0))],
    "2.5": [(xor,), (lambda x1, x2: x1 != x2,), (lambda x1, x2: np.float64(x1 ^ x2),)],
    "3.1": [(9,), (9.0,)],
    "3.2": [(count,), (lambda sizes: torch.tensor(count(sizes)),)],
    "3.3": [(lambda x, w, b: math.tanh(sum(p * q for p, q in zip(x, w, strict=True)) + b),),
            (lambda x, w, b: torch.tanh(torch.tensor(x) @ torch.tensor(w) + b),)],
    "3.4": [(lambda x: 1 / math.cosh(x) ** 2, lambda x: 1 if x > 0 else 0),
            (lambda x: 1 - np.tanh(x) ** 2, lambda x: np.float64(x > 0))],
    "3.5": [([2, 3], 5), ([[2.0, 3.0]], [5]), (torch.tensor([[2.0, 3.0]]), torch.tensor([5.0]))],
    "3.6": [(["sigmoid", "tanh", "relu"],), ({"ReLU", "tanh", "Sigmoid"},)],
    "4.1": [(["forward", "loss", "gradient", "update"],), (("Forward", "loss", " gradient", "update"),)],
    "4.2": [(lambda p, y: -math.log(p if y else 1 - p),), (lambda p, y: -(y * np.log(p) + (1 - y) * np.log(1 - p)),),
            (lambda p, y: torch.nn.BCELoss()(torch.tensor(p).double(), torch.tensor(y).double()),)],
    "4.3": [(["Xavier", "He"],), ({"he", "xavier"},)],
    "4.4": [(lambda n_in, n_out: (2 / (n_in + n_out)) ** 0.5,)],
    "4.5": [(-2.72,), (-3.4 - 0.1 * 2 * -3.4,)],
    "4.6": [(0.5, 1), (1 / 2, 1.0)],
}  # fmt: skip

MISTAKES = [
    ("1.2", (1,), "1 neuron draws one line"),
    ("1.2", (2,), "2 lines do not close"),
    ("1.2", (5,), "5 neurons do close the region, but fewer"),
    ("1.2", (2.5,), "2.5 is no number of neurons"),
    ("1.2", (0,), "0 is no number of neurons"),
    ("2.1", (NeuronExplorer.preset("OR"),), "you chose OR"),
    ("2.1", (NeuronExplorer(gate="AND", weights=(1, 1), bias=-0.5),),
     "x₁ = 0 and x₂ = 1 the sum 1 is above the threshold 0.5"),
    ("2.1", (NeuronExplorer(gate="AND", weights=(1, 1), bias=-2),), "the sum 2 is not above the threshold 2"),
    ("2.1", (NeuronExplorer(gate="AND", hidden_layer=True),), "hidden layer"),
    ("2.1", (NeuronExplorer,), "the class NeuronExplorer"),
    ("2.1", (HebbExplorer(),), "you gave HebbExplorer("),
    ("2.2", ([1, 1, 1], [-1, -0.5]), "x₁ = 0 and x₂ = 1 the sum 1 is not above the threshold 1"),
    ("2.2", ([1, 1, -1], [-1, -0.5]), "the sum 0 is above the threshold −1, so the neuron fires; OR wants 0"),
    ("2.2", ([1, 1, 0.5], [1, 0.5]), "x = 0 the sum 0 is not above the threshold 0.5, so the neuron stays silent; NOT"),
    ("2.2", ([1, 1, 0.5], [0, -0.5]), "x = 1 the sum 0 is above the threshold −0.5"),
    ("2.2", ([1, 1], [-1, -0.5]), "or_gate should be 3 numbers; you gave [1, 1], which are 2"),
    ("2.3", (2,), "2 would be 0.5 for each of the four"),
    ("2.3", (1.5,), "1.5 counts"),
    ("2.3", (0.5,), "0.5 is what one presentation adds"),
    ("2.3", (7,), "not 7"),
    ("2.4", ([1, 1, 0], [1, 0, 0]), "you have [1, 1, 0]. Before it the weights are [0, 0, 0]: the bias changes, too"),
    ("2.4", ([-1, -1, -1], [0, 0, 0]), "you went the other way"),
    ("2.4", ([0, 0, 0], [0, 0, 0]), "something has to change"),
    ("2.4", ([1, 1, 1], [1, 1, 1]), "(0, 1) you have [1, 1, 1]"),
    ("2.4", ([1, 1, 1], [1, 0, 1]), "the bias changes, too"),
    ("2.4", ([1, 1, 1], [5, 5, 5]), "the error −1"),
    ("2.5", (lambda x1, x2: x1 | x2,), "that is OR: its four outputs are [0, 1, 1, 1]"),
    ("2.5", (lambda x1, x2: x1 & x2,), "that is AND"),
    ("2.5", (lambda x1, x2: 1 - (x1 ^ x2),), "the opposite of XOR"),
    ("2.5", (lambda x1, x2: 1,), "xor(0, 0) gives 1, and should give 0"),
    ("2.5", (lambda x1, x2: x1 + x2,), "xor(1, 1) gives 2; a neuron"),
    ("2.5", (lambda x1: x1,), "your function(0, 0) raised TypeError"),
    ("3.1", (6,), "6 are the weights"),
    ("3.1", (11,), "11 gives the two inputs a bias"),
    ("3.1", (100,), "not 100"),
    ("3.1", (6.5,), "not 6.5"),
    ("3.2", (lambda sizes: sum(a * b for a, b in pairwise(sizes)),),
     "parameters([4, 3, 2]) gives 18, and should give 23: those are the weights alone"),
    ("3.2", (lambda sizes: sum(a * b for a, b in pairwise(sizes)) + sum(sizes),), "gives the inputs a bias"),
    ("3.2", (lambda sizes: sum(a * b + 1 for a, b in pairwise(sizes)),), "one bias for each layer"),
    ("3.2", (lambda sizes: 9,),
     "parameters([4, 3, 2]) gives 9, and should give 23: there are 18 weights and 5 biases in it"),
    ("3.3", (lambda x, w, b: x[0] * w[0] + x[1] * w[1] + b,),
     "neuron([1.0, 1.0], [1.5, -0.5], -0.5) gives 0.5000, and should give 0.4621: that is z itself"),
    ("3.3", (lambda x, w, b: math.tanh(x[0] * w[0] + x[1] * w[1]),), "without the bias"),
    ("3.3", (lambda x, w, b: math.tanh(x[0] * w[0] + x[1] * w[1] + b),), "a third input is left out"),
    ("3.3", (lambda x, w, b: 1 / (1 + math.exp(-(x[0] * w[0] + x[1] * w[1] + b))),), "the sigmoid of z"),
    ("3.3", (lambda x, w, b: math.tanh(x * w + b),), "raised TypeError: can't multiply sequence"),
    ("3.4", (math.tanh, lambda x: x > 0), "tanh(-2) gives −0.9640, and should give 0.0707: that is tanh itself"),
    ("3.4", (lambda x: 1 / math.cosh(x), lambda x: 1), "that is 1/cosh; the square is missing"),
    ("3.4", (lambda x: 1 / math.cosh(x) ** 2, lambda x: max(0, x)), "your function(0.5) gives 0.5, and should give 1"),
    ("3.4", (lambda x: 1 / math.cosh(x) ** 2, lambda x: 1 if x >= 0 else 0),
     "your function(0) gives 1, and should give 0: at 0 we take 0"),
    ("3.5", ([2, 3], 3), "weight is right; bias is 3: that is b₂ alone"),
    ("3.5", ([2, 3], 4), "bias is 4: that is b₁ + b₂"),
    ("3.5", ([4, -1], 5), "weight is [4, −1], which is not W₂ W₁: that is W₁ W₂"),
    ("3.5", ([9, 9], 5), "weight is [9, 9]"),
    ("3.6", (["step", "sigmoid", "tanh", "relu"],), "step is in your list"),
    ("3.6", (["linear", "sigmoid", "tanh", "relu"],), "linear is in your list"),
    ("3.6", (["sigmoid", "tanh"],), "relu is missing in your list ['sigmoid', 'tanh']"),
    ("3.6", (["softmax"],), "'softmax' is none of those"),
    ("3.6", ("tanh",), "you gave 'tanh'"),
    ("4.1", (["loss", "forward", "gradient", "update"],), "you have loss before forward"),
    ("4.1", (["forward", "gradient", "loss", "update"],), "you have gradient before loss"),
    ("4.1", (["update", "forward", "loss", "gradient"],), "you have update before gradient"),
    ("4.1", (["forward", "loss"],), "you gave ['forward', 'loss']"),
    ("4.2", (lambda p, y: math.log(p),), "bce(0.9, 1) gives −0.1054, and should give 0.1054: the minus is missing"),
    ("4.2", (lambda p, y: -math.log10(p),), "base 10"),
    ("4.2", (lambda p, y: -math.log(p),), "bce(0.2, 0) gives 1.6094, and should give 0.2231: for the target 0"),
    ("4.2", (lambda p, y: -y * math.log(p),), "bce(0.2, 0) gives 0.0000, and should give 0.2231: that is 0"),
    ("4.2", (lambda p, y: (p - y) ** 2,), "the squared error"),
    ("4.3", (["Xavier"],), "He is missing in your list"),
    ("4.3", (["Xavier", "He", "Large"],), "Large is in your list, but its signals grow"),
    ("4.3", (["Glorot"],), "'Glorot' is none of those"),
    ("4.4", (lambda n_in, n_out: 2 / (n_in + n_out),),
     "xavier(64, 64) gives 0.0156, and should give 0.1250: that is the variance"),
    ("4.4", (lambda n_in, n_out: (2 / n_in) ** 0.5,), "that is He's"),
    ("4.4", (lambda n_in, n_out: (2 / n_in + n_out) ** 0.5,), "in brackets"),
    ("4.5", (-4.08,), "w_next is −4.08: that went uphill"),
    ("4.5", (-6.8,), "w_next is −6.8: that is the slope"),
    ("4.5", (0,), "w_next is 0: w is −3.4"),
    ("4.6", (0.1, 1), "with η = 0.1 a step makes 0.8 w of w, which is still short of 0"),
    ("4.6", (1, 1), "with η = 1 a step makes −1 w of w, which jumps past 0"),
    ("4.6", (0.5, 0.9), "With η = 0.9 each step makes −0.8 w of w, which still comes closer"),
    ("4.6", (0.5, 2), "With η = 2 each step makes −3 w of w, which goes away"),
    ("2.5", (lambda x1, x2: (1, 1),), "xor(0, 0) gives (1, 1): give h₁ and h₂ to a third neuron"),
    ("3.2", (lambda sizes: (sizes[0] + 1) * sizes[1],),
     "parameters([4, 3, 2]) gives 15, and should give 23: that is the first layer alone"),
    ("3.3", (lambda x, w, b: math.tanh(sum(p * q + b for p, q in zip(x, w, strict=True))),), "the bias is added once"),
    ("3.4", (lambda x: math.tanh(x) * (1 - math.tanh(x)), lambda x: x > 0), "is the slope of the sigmoid"),
    ("3.4", (lambda x: 1 / math.cosh(x**2), lambda x: x > 0), "what is squared is cosh(x), not x"),
    ("3.4", (lambda x: 1, lambda x: x > 0), "1/cosh² everywhere"),
    ("3.5", ([2, 5], 5),
     "weight is [2, 5], which is not W₂ W₁: multiply the row W₂ by each column of W₁, the second, too"),
    ("3.6", ([math.tanh],), "usable has functions in it; give their names, in quotation marks"),
    ("4.2", (lambda p, y: -y * math.log(p) + (1 - y) * math.log(1 - p),), "it belongs before both terms"),
    ("4.4", (lambda n_in, n_out: (2 / (n_in + n_out)) ** 1 / 2,), "write `** (1 / 2)`"),
    ("4.5", (2.72,), "w_next is 2.72: the size is right"),
    ("4.5", (-3.5,), "that is w − η"),
    ("4.6", (0.5, -1), "a learning rate is above 0; −1 would not go downhill"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answers"), [(name, each) for name, given in RIGHT.items() for each in given])
def test_a_right_answer_is_right_in_whatever_form_it_comes(name, answers):
    verdict = check(name, *answers)
    assert verdict, verdict


@pytest.mark.parametrize(("name", "answers", "said"), MISTAKES)
def test_a_usual_mistake_is_told_with_what_was_given_and_where_to_look(name, answers, said):
    verdict = check(name, *answers)
    assert verdict.outcome == "wrong"
    assert said in verdict.text


def test_a_neuron_as_the_notebook_makes_it_is_no_answer_yet():
    neuron = NeuronExplorer(form="mcculloch_pitts", gate="AND", weights=(1, 1), bias=0, inputs=(1, 0))
    assert check("2.1", neuron).outcome == "open"


def test_no_neuron_of_the_notebook_is_shown_with_its_gate_made_already():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    made = [cell.source.rsplit("\n", 1)[0] for cell in cells if " = NeuronExplorer(" in cell.source]
    neurons: dict[str, object] = {"NeuronExplorer": NeuronExplorer}
    exec("\n".join(made), neurons)
    starts = {neuron.gate: neuron.right for neuron in neurons.values() if isinstance(neuron, NeuronExplorer)}
    assert starts == {"AND": 2, "OR": 2, "NOT": 1, "XOR": 2}


# -- trainers -------------------------------------------------------------------------------------


def trained_for(epochs, kind=PlanarTrainer, **settings):
    trainer = kind(**settings)
    if epochs:
        trainer.train(epochs=epochs)
        trainer.wait()
    return trainer


@pytest.fixture
def play():
    """A playground, trained for so many epochs."""
    made = []

    def make(epochs, **settings):
        made.append(trained_for(epochs, **{"batch_size": 10, **settings}))
        return made[-1]

    yield make
    for trainer in made:
        trainer.close()


def test_trainers_that_are_not_trained_or_still_at_it_are_no_answer_yet(play):
    playground = play(0)
    for name in ("1.1", "1.4", "1.5"):
        assert check(name, playground).outcome == "open"
    assert "it stands at epoch 0" in check("1.1", playground).text
    assert "it stands at epoch 0" in check("1.3", playground, 3).text
    playground.train()
    with pytest.raises(Unanswered, match=r"it is still training, at epoch \d+"):
        trained(playground, "PlanarTrainer")
    playground.pause()


def test_two_neurons_are_judged_after_fifty_epochs(play):
    playground = play(20)
    assert "what 50 epochs make of it" in check("1.1", playground).text
    playground.train(epochs=30)
    playground.wait()
    verdict = check("1.1", playground)
    assert verdict
    assert f"{100 * playground.accuracy:.0f}\u2009%" in verdict.text
    assert "yours has 3 hidden neurons" in check("1.1", play(50, hidden_layers=(3,))).text
    assert "on screen is moons" in check("1.1", play(50, dataset="moons")).text


def test_the_epoch_of_ninety_per_cent_is_read_off_the_run(play):
    playground = play(50, hidden_layers=(3,))
    seen = [epoch for epoch in range(1, 51) if playground.history.accuracy[epoch - 1] >= 0.9]
    assert check("1.3", playground, seen[0] - 1)
    assert "at epoch 5 it is still below 90\u2009%" in check("1.3", playground, 5).text
    assert "at epoch 45 it is above 90\u2009% already" in check("1.3", playground, 45).text
    assert "epoch 99 was not trained yet" in check("1.3", playground, 99).text
    assert "never comes to 90\u2009%" in check("1.3", play(20), 10).text


def test_a_learning_rate_that_fails_is_what_is_asked_for(play):
    assert check("1.4", play(20, hidden_layers=(3,), learning_rate=0.001))
    assert check("1.4", play(20, hidden_layers=(3,), learning_rate=10.0))
    learns = check("1.4", play(20, hidden_layers=(3,), learning_rate=1.0)).text
    assert "with the learning rate 1 it does learn" in learns
    assert "ten times larger" in learns
    assert check("1.4", play(20)).outcome == "open"
    assert "1 hidden neuron," in check("1.4", play(20, hidden_layers=(1,), learning_rate=0.001)).text
    assert "stands at epoch 5" in check("1.4", play(5, learning_rate=0.001)).text


def test_xor_is_judged_by_its_accuracy(play):
    assert check("1.5", play(60, hidden_layers=(4,), dataset="xor"))
    few = check("1.5", play(60, dataset="xor"))
    assert few.outcome == "wrong"
    assert "2 hidden neurons, after 60 epochs: add a neuron" in few.text
    assert check("1.5", play(5)).outcome == "open"


def test_a_function_is_judged_by_its_loss():
    few, many, deep = (trained_for(n, FunctionTrainer, hidden_layers=layers) for n, layers in
                       ((50, (1,)), (200, (8,)), (1, (2, 2))))  # fmt: skip
    assert check("2.6", many)
    assert "with 1 neuron the loss is 0.4" in check("2.6", few).text
    assert "yours has 2" in check("2.6", deep).text
    assert check("2.6", FunctionTrainer(hidden_layers=(1,))).outcome == "open"
    assert "on screen is 'x²'" in check("2.6", trained_for(1, FunctionTrainer, function="x²")).text


# -- what the notebooks say -----------------------------------------------------------------------


def test_the_numbers_in_the_text_of_the_first_notebook_are_those_of_its_runs(play):
    assert play(50, hidden_layers=(3,)).accuracy == 1
    assert play(100, hidden_layers=(2,)).accuracy < 0.9
    assert play(100, hidden_layers=(4,)).accuracy > 0.99
    assert play(100, hidden_layers=(4,), dataset="spiral").accuracy < 0.7


def test_the_numbers_in_the_text_of_the_second_notebook_are_those_of_its_widgets():
    perceptron = PerceptronTrainer(seed=81)
    perceptron.train()
    perceptron.wait()
    assert (perceptron.updates, perceptron.epoch, perceptron.accuracy) == (10, 6, 1)
    assert len(perceptron.dataset.x_train) == 40
    gate = PerceptronTrainer("and_gate", initialiser="zeros", seed=0)
    gate.train()
    gate.wait()
    assert (gate.weights.tolist(), gate.epoch) == ([1, 2, -2], 9)
    assert trained_for(200, FunctionTrainer, hidden_layers=(1,)).loss == pytest.approx(0.44, abs=0.005)


def test_the_numbers_in_the_text_of_the_third_notebook_are_those_of_its_runs():
    assert trained_for(50, hidden_layers=(8, 8), activation="identity").accuracy == pytest.approx(0.5, abs=0.02)
    assert trained_for(50, hidden_layers=(8, 8)).accuracy == 1


def test_the_numbers_in_the_text_of_the_fourth_notebook_are_those_of_its_widgets():
    assert round(LossExplorer().batch_loss, 3) == 0.619
    assert [round(each, 3) for each in LossExplorer().batch_losses[:2]] == [0.105, 0.223]
    assert LossExplorer(loss_fn="mse", logit=-6.0).loss_by_logit == pytest.approx(0, abs=0.01)
    assert LossExplorer(logit=-6.0).loss_by_logit == pytest.approx(-1, abs=0.01)
    ravine = DescentExplorer(surface="ravine", learning_rate=0.1)
    assert ravine.steps_to_bottom["sgd"] == 33
    ravine.learning_rate = 0.115
    assert ravine.leaves["sgd"] is not None
    (end,) = DescentExplorer(surface="double_well").runs["sgd"].path[-1]
    assert end > 0 > DescentExplorer(surface="double_well").loss_surface.minima[0][0]
    ends = {name: run.path[-1][0] for name, run in DescentExplorer(surface="double_well").runs.items()}
    assert [name for name, w in ends.items() if w < 0] == ["momentum"]
    weights = InitializationExplorer()
    weights.train()
    weights.wait()
    learns = {
        name for name, verdict in zip(weights.measure().schemes, weights._training["verdicts"], strict=True)
        if verdict == "learns"
    }  # fmt: skip
    assert learns == {"xavier", "he"}
    weights.close()
