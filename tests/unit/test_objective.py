"""Models, losses and optimizers that a trainer accepts, and those that it refuses with a reason."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from nnwidgets.training.objective import loss_name, output_for
from tests.unit.plain import make_experiment, same_bits, small_data


def logits():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))


def probabilities():
    return nn.Sequential(logits(), nn.Sequential(nn.Sigmoid()))


@pytest.mark.parametrize(
    ("model", "loss_fn", "name", "output"),
    [
        (probabilities, None, "bce", "probability"),
        (logits, None, "bce_with_logits", "logit"),
        (logits, nn.BCEWithLogitsLoss(), "bce_with_logits", "logit"),
        (logits, nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0])), None, "logit"),
        (probabilities, nn.BCELoss(reduction="sum"), None, "probability"),
        (probabilities, functional.binary_cross_entropy, "bce", "probability"),
        (logits, functional.binary_cross_entropy_with_logits, "bce_with_logits", "logit"),
        (probabilities, "mse", "mse", "probability"),
        (logits, "mse", "mse", "probability"),
        (logits, lambda z, y: functional.softplus(-z * (2 * y - 1)).mean(), None, "logit"),
    ],
)
def test_the_loss_tells_what_the_output_is(model, loss_fn, name, output):
    experiment = make_experiment(model=model(), loss_fn=loss_fn)
    objective = experiment.objective
    assert (objective.name, objective.output) == (name, output)
    raw = experiment.eval_model(experiment.x)
    right = (raw > 0 if output == "logit" else raw > 0.5) == experiment.y.bool()
    assert torch.equal(objective.correct(raw, experiment.y), right)
    shown = torch.sigmoid(raw) if output == "logit" else raw
    assert torch.equal(objective.probabilities(raw), shown)


def classes():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3))


@pytest.mark.parametrize("loss_fn", ["cross_entropy", nn.CrossEntropyLoss(), functional.cross_entropy, None])
def test_cross_entropy_is_for_an_output_a_class(loss_fn):
    experiment = make_experiment(small_data("rings"), model=classes(), loss_fn=loss_fn)
    objective, raw = experiment.objective, experiment.eval_model(experiment.x)
    labels = experiment.y[:, 0].long()
    assert (objective.name, objective.output) == ("cross_entropy", "logits")
    assert torch.equal(objective.function(raw, experiment.y), functional.cross_entropy(raw, labels))
    assert torch.equal(objective.correct(raw, experiment.y)[:, 0], raw.argmax(1) == labels)
    assert torch.equal(objective.probabilities(raw), raw.softmax(1))


def test_a_loss_with_options_has_no_name_of_ours():
    assert loss_name(nn.BCELoss()) == "bce"
    assert loss_name(nn.BCELoss(weight=torch.ones(1))) is None
    assert loss_name(nn.MSELoss(reduction="sum")) is None
    assert loss_name(nn.CrossEntropyLoss()) == "cross_entropy"
    assert loss_name(nn.CrossEntropyLoss(label_smoothing=0.1)) is None
    assert loss_name(nn.CrossEntropyLoss(ignore_index=1)) is None
    assert output_for(nn.BCEWithLogitsLoss(pos_weight=torch.ones(1)), 2) == (1, None)
    assert output_for(nn.BCELoss(), 2) == (1, "sigmoid")


class Wrong(nn.Module):
    def __init__(self, output):
        super().__init__()
        self.layer, self.output = nn.Linear(2, 1), output

    def forward(self, x):
        return self.output(self.layer(x))


@pytest.mark.parametrize(
    ("make", "loss_fn", "message"),
    [
        (lambda: nn.Linear(3, 1), None, r"cannot take a batch of shape \(23, 2\)"),
        (lambda: nn.Linear(2, 2), "bce", r"shape \(23, 1\), one output per sample; it returned \(23, 2\)"),
        (lambda: nn.Sequential(nn.Linear(2, 2), nn.Softmax(1)), None, "are probabilities already"),
        (classes, "cross_entropy", "one output per class, which are 2; the model has 3"),
        (lambda: Wrong(lambda z: z.flatten()), None, r"returned \(23,\)"),
        (lambda: Wrong(lambda z: (z, z)), None, "returned tuple"),
        (lambda: Wrong(lambda z: z.mean(0, keepdim=True)), None, r"returned \(1, 1\)"),
        (logits, "bce", r"end it with nn\.Sigmoid\(\)"),
        (logits, "cross_entropy", "one output per class"),
        (logits, nn.CrossEntropyLoss(), "one output per class"),
        (logits, "huber", "got 'huber'"),
        (logits, nn.MSELoss(reduction="none"), "must return one number"),
        (logits, lambda *_: 1.0, "must return one number"),
        (logits, lambda z: z.mean(), "loss_fn cannot take"),
        (lambda: Wrong(torch.tanh).requires_grad_(True), "bce", "between 0 and 1"),
        (lambda: nn.Sequential(nn.Flatten()), "mse", "no parameters"),
        (lambda: nn.LazyLinear(1), "mse", "lazy"),
        (lambda: nn.Linear(2, 1).double(), "mse", "cannot take a batch"),
        (lambda: Wrong(lambda z: z.sigmoid() * 0.5 + 0.1), None, "loss_fn must be given"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_module_left_as_it_was(make, loss_fn, message):
    model = make()
    lazy = any(nn.parameter.is_lazy(parameter) for parameter in model.parameters())
    model.eval()
    before = None if lazy else copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match=message):
        make_experiment(model=model, loss_fn=loss_fn)
    assert not model.training
    assert before is None or same_bits(model.state_dict(), before)


def test_a_loss_that_is_no_loss_is_refused():
    with pytest.raises(TypeError, match="got 5"):
        make_experiment(loss_fn=5)


def test_a_linear_output_is_a_logit_wherever_its_first_values_lie():
    model = logits()
    nn.init.constant_(model[2].bias, 0.5)
    nn.init.zeros_(model[2].weight)
    assert make_experiment(model=model).objective.name == "bce_with_logits"


@pytest.mark.parametrize(
    ("optimizer", "error", "message"),
    [
        (lambda _: None, TypeError, "must return a torch.optim.Optimizer"),
        (lambda _: torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0), ValueError, "called with"),
    ],
)
def test_an_optimizer_must_be_one_and_of_these_parameters(optimizer, error, message):
    with pytest.raises(error, match=message):
        make_experiment(optimizer=optimizer, learning_rate=None)


def test_an_optimizer_of_the_users_brings_its_own_learning_rate_or_gets_ours():
    def make(parameters):
        return torch.optim.Adam(parameters, lr=0.003)

    assert make_experiment(optimizer=make, learning_rate=None).settings.learning_rate == 0.003
    given = make_experiment(optimizer=make, learning_rate=0.5)
    assert given.optimizer.param_groups[0]["lr"] == given.settings.learning_rate == 0.5


def test_a_module_in_evaluation_mode_is_trained_all_the_same():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)).eval()
    experiment = make_experiment(model=model)
    assert model.training
    assert model[1].training
    assert experiment.train_model[1].training
    assert not experiment.eval_model[1].training


def test_a_layer_kept_in_evaluation_mode_stays_in_it():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    model[1].eval()
    assert not make_experiment(model=model).train_model[1].training
