"""Each detector at its edge, and the trainer's attribute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nnwidgets.datasets import Dataset, make_planar
from nnwidgets.training import course, neurons
from nnwidgets.training.course import Course
from nnwidgets.training.diagnosis import KINDS, Finding, diagnose
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.history import History
from nnwidgets.training.reference import constant_loss, neighbours_know
from nnwidgets.training.settings import NetworkSpec, Settings
from nnwidgets.widgets import _diagnosing
from tests.unit.plain import PATIENCE, small_data


def experiment(hidden=(3,), activation="tanh", data=None, **changes):
    """An experiment that stands at its beginning."""
    data = make_planar("circles", 100) if data is None else data
    settings = Settings(data, NetworkSpec(hidden, activation).with_output_for(changes.get("loss_fn"), data))
    return Experiment(replace(settings, **changes))


def written(history, losses, tests=None, steps=20):
    """A history of epochs with these losses."""
    tests = [np.nan] * len(losses) if tests is None else tests
    for epoch, (loss, test) in enumerate(zip(losses, tests, strict=True), 1):
        history.add_steps(steps * (epoch - 1), [loss] * steps, [0.5] * steps)
        history.add_epoch(epoch, steps * epoch, loss, 0.5, None if np.isnan(test) else test, None)
    return history


def after(losses, tests=None, data=None, **changes):
    """What is found in such a course, and the experiment."""
    made = experiment(data=data, **changes)
    made.position = replace(made.position, epoch=len(losses), step=20 * len(losses))
    return course.course_findings(made, written(History(), losses, tests))


def kinds(findings):
    return [finding.kind for finding in findings]


# -- the course of the losses ------------------------------------------------------------------------


def test_a_loss_that_goes_up_and_down_bounces_and_one_that_falls_does_not():
    up_and_down = [0.7 + 0.1 * (-1) ** n for n in range(course.JUDGED)]
    (finding,) = after(up_and_down, learning_rate=3.0)
    assert finding.kind == "learning_rate"
    assert finding.title == "The loss bounces with the learning rate 3:"
    assert "rose in 9 of the last 19 epochs, and changed by 0.2 in each" in finding.text
    assert finding.epoch == 2
    assert after(up_and_down[: course.LEAST_JUDGED - 1]) == []
    assert kinds(after(up_and_down[: course.LEAST_JUDGED])) == ["learning_rate"]
    # With every step smaller than the threshold, with none that turns, and while it goes down on the whole.
    assert after([0.7 + 0.04 * (-1) ** n for n in range(20)]) == []
    assert after([0.7 * 0.6**n for n in range(20)]) == []
    assert after([3.0 - 0.13 * n + 0.1 * (-1) ** n for n in range(20)]) == []


def test_a_loss_that_training_made_worse_is_the_learning_rates_and_one_that_began_so_is_not():
    (finding,) = after([0.7, *[5.0] * 20])
    assert finding.title == "The loss rose with the learning rate 0.1:"
    assert "it was 0.7 in the first step and is 5 now; the best constant answer has 0.693." in finding.text
    assert after([5.0] * 21) == []
    assert after([0.2, *[0.6] * 20]) == []  # worse than it was, yet better than nothing


def test_a_test_loss_that_rises_while_the_training_loss_falls_is_overfitting():
    train = np.linspace(0.6, 0.1, 40)
    data = make_planar("circles", 100, test_share=0.3)
    rising = np.concatenate([np.linspace(0.6, 0.4, 20), np.linspace(0.41, 0.8, 20)])
    (finding,) = after(train, rising, data)
    assert finding.kind == "overfitting"
    assert finding.epoch == pytest.approx(20, abs=2)
    assert "the test loss has risen from 0.4" in finding.text
    assert after(train, np.minimum(rising, 0.45), data) == []  # by too little
    assert after(train[:19], np.linspace(0.2, 0.9, 19), data) == []  # too early
    assert after(np.full(40, 0.6), rising, data) == []  # nothing is learned instead
    assert after(train, rising, make_planar("circles", 100, test_share=0.09)) == []  # 9 points say little


def test_long_runs_are_judged_in_no_time_by_some_of_their_epochs():
    n = 20_000
    train, rising = np.linspace(0.6, 0.1, n), np.abs(np.linspace(-0.4, 0.4, n)) + 0.4
    found = Course(np.arange(1.0, n + 1), np.arange(1.0, n + 1), train, rising, 0.69, 0.69)
    finding = course.overfitting(found, 100)
    assert finding is not None
    assert finding.epoch == pytest.approx(n // 2, rel=0.1)


def test_a_loss_that_has_levelled_off_high_is_underfitting_where_the_data_allow_more():
    level = [0.69] * course.UNDERFITTING_SEEN
    (finding,) = after(level)
    assert finding.kind == "underfitting"
    assert "levelled off at 0.69 (best constant answer 0.693)." in finding.text
    assert "by 10 neighbours 100\u2009% would be" in finding.text
    assert after(level[1:]) == []  # too early
    assert after([0.4] * 100) == []  # it has learned something
    assert after([0.69 - 0.002 * n for n in range(100)]) == []  # and here it is learning
    assert after(level, data=make_planar("circles", 100, noise=5.0)) == []  # noise is all there is


def test_the_longest_sentence_is_no_longer_than_the_callout_of_a_narrow_cell_has_room_for():
    level = [0.6825] * 1000
    (finding,) = after(level, [0.6831] * 1000, make_planar("circles", 100, test_share=0.3))
    assert "(test 0.683; best constant answer 0.693)" in finding.text
    assert len(str(finding)) <= 262  # four lines of a wide typeface beside the way to other findings


def test_of_values_the_neighbours_errors_are_compared():
    data = make_planar("hills", 200)
    variance = float(data.y_train.var())
    (finding,) = after([variance] * 100, data=data)
    assert "The mean of 10 neighbours has" in finding.text
    assert after([variance / 2] * 100, data=data) == []


def test_losses_from_before_a_change_or_after_the_present_do_not_count():
    made = experiment()
    up_and_down = [0.7 + 0.2 * (-1) ** n for n in range(20)]
    history = written(History(), up_and_down)
    made.position = replace(made.position, epoch=20, step=400)
    assert kinds(course.course_findings(made, history)) == ["learning_rate"]
    assert course.course_findings(made, history, since=300) == []
    made.position = replace(made.position, epoch=5, step=100)
    assert course.course_findings(made, history) == []


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=150), st.booleans())
def test_no_course_makes_it_fail_and_what_it_finds_is_a_sentence(losses, tested):
    data = make_planar("circles", 60, test_share=0.4)
    for finding in after(losses, losses[::-1] if tested else None, data):
        assert finding.kind in KINDS
        assert finding.title.endswith(":")
        assert finding.text.endswith(".")
        assert "nan" not in str(finding)


# -- what losses are compared with ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "loss_fn"), [("circles", "bce"), ("circles", "hinge"), ("rings", None), ("plane", None)]
)
def test_the_best_constant_answer_is_what_no_other_constant_beats(data, loss_fn):
    made = experiment(data=make_planar(data, 90), loss_fn=loss_fn)
    best = constant_loss(made)
    answer = torch.full((1, made.outputs), 0.3, requires_grad=True)
    optimizer = torch.optim.Adam([answer], lr=0.02)
    losses = []
    for _ in range(200):
        optimizer.zero_grad()
        loss = made.objective.function(answer.expand(len(made.y), -1), made.y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert best <= min(losses) + 1e-5
    assert best == pytest.approx(min(losses), abs=0.005)


def test_a_loss_of_the_users_own_has_no_constant_to_compare_with():
    made = experiment(loss_fn=lambda p, y: (p - y).abs().mean())
    assert constant_loss(made) is None


def test_neighbours_know_separate_classes_and_not_labels_drawn_at_random():
    assert neighbours_know(experiment(data=make_planar("xor", 400, 0.0))) > 0.95
    random = np.random.default_rng(0)
    lots = Dataset("lots", random.normal(size=(400, 2)), random.integers(0, 2, 400), [], [], ("a", "b"), ("x", "y"))
    assert 0.4 < neighbours_know(experiment(data=lots)) < 0.6
    assert neighbours_know(experiment(data=make_planar("xor", 12))) is None
    # Columns of other units count as much.
    scaled = Dataset("wide", lots.x_train * [1, 1e6], lots.y_train, [], [], ("a", "b"), ("x", "y"))
    assert neighbours_know(experiment(data=scaled)) == neighbours_know(experiment(data=lots))


# -- neurons ----------------------------------------------------------------------------------------


def found_in(made):
    return diagnose(made, History())


def test_a_rectified_neuron_that_is_zero_for_every_point_is_dead_and_one_that_is_not_for_one_point_is_alive():
    made = experiment((4,), "relu")
    reach = float((made.x @ made.model[0].weight.detach().T)[:, 2].max())
    made.edit({"0.bias": torch.tensor([9.0, 9.0, -reach - 1e-3, 9.0])})
    (finding,) = found_in(made)
    assert (finding.kind, finding.neurons) == ("dead", ((0, 2),))
    assert finding.title == "Neuron 3 of hidden layer 1 is dead:"
    assert "it outputs 0 for all 100 training points" in finding.text
    made.edit({"0.bias": torch.tensor([9.0, 9.0, -reach + 1e-3, 9.0])})
    assert found_in(made) == ()


def test_one_dead_neuron_in_many_is_usual():
    made = experiment((16,), "relu")
    bias = torch.full((16,), 9.0)
    bias[5] = -99.0
    made.edit({"0.bias": bias})
    assert found_in(made) == ()
    bias[6] = -99.0
    made.edit({"0.bias": bias})
    assert found_in(made)[0].title == "2 dead ReLU neurons in hidden layer 1:"


def test_every_point_of_a_large_set_counts_before_a_neuron_is_called_dead():
    data = make_planar("circles", 5_000)
    made = experiment((2,), "relu", data)
    x = made.x.clone()
    lonely = 1  # a point that is not among those looked at first
    x[lonely] = torch.tensor([50.0, 0.0])
    made.x = x
    made.edit({"0.weight": torch.tensor([[1.0, 0.0], [0.0, 1.0]]), "0.bias": torch.tensor([-40.0, 9.0])})
    assert found_in(made) == ()
    made.x[lonely] = 0.0
    assert kinds(found_in(made)) == ["dead"]


@pytest.mark.parametrize(
    ("activation", "said"), [("tanh", "|tanh| is above 0.975"), ("sigmoid", "within 0.013 of 0 or 1")]
)
def test_neurons_at_their_bounds_for_nearly_all_points_are_saturated(activation, said):
    made = experiment((3,), activation)
    made.edit({"0.weight": made.model[0].weight.detach() * 1e4})
    (finding,) = found_in(made)
    assert (finding.kind, len(finding.neurons)) == ("saturated", 3)
    assert said in finding.text
    made.edit({"0.weight": made.model[0].weight.detach() / 1e4})
    assert found_in(made) == ()


def test_saturated_shares_are_counted_by_the_slope():
    edge = torch.tensor([[0.9746], [0.9748], [-0.9748], [0.0]])
    assert neurons.flat_shares("tanh", edge).item() == 0.5
    assert neurons.flat_shares("sigmoid", (edge + 1) / 2).item() == 0.5


def test_a_network_that_has_learned_is_well_whatever_its_neurons_do():
    data = make_planar("gaussians", 100, 0.1)
    made = experiment((2,), "tanh", data)
    centre = made.x[made.y[:, 0] == 1].mean(0) - made.x[made.y[:, 0] == 0].mean(0)
    made.edit({"0.weight": 1e3 * torch.stack([centre, -centre]), "0.bias": torch.zeros(2)})
    made.edit({"2.weight": torch.tensor([[9.0, -9.0]]), "2.bias": torch.zeros(1)})
    assert found_in(made) == ()
    made.edit({"2.weight": torch.tensor([[-9.0, 9.0]])})
    assert kinds(found_in(made)) == ["saturated"]


def test_neurons_with_the_same_weights_in_and_out_are_alike():
    made = experiment((4,))
    row, column = made.model[0].weight.detach().clone(), made.model[2].weight.detach().clone()
    row[3] = row[1]
    made.edit({"0.weight": row, "0.bias": made.model[0].bias.detach()[[0, 1, 2, 1]]})
    assert found_in(made) == ()  # what follows tells them apart
    column[0, 3] = column[0, 1]
    made.edit({"2.weight": column})
    (finding,) = found_in(made)
    assert (finding.kind, finding.neurons) == ("symmetric", ((0, 1), (0, 3)))
    assert finding.title == "2 of 4 neurons of hidden layer 1 are alike:"
    row[3, 0] *= 1 + 1e-3
    made.edit({"0.weight": row})
    assert found_in(made) == ()


def test_dropout_makes_neurons_different_by_itself():
    data = make_planar("circles", 100)
    alike = NetworkSpec((4,), initialiser="equal")
    assert kinds(found_in(Experiment(Settings(data, alike)))) == ["symmetric"]
    assert found_in(Experiment(Settings(data, replace(alike, dropout=0.2)))) == ()


def test_gradients_that_do_not_reach_the_first_layer_vanish_as_autograd_says():
    made = experiment((4,) * 6, "sigmoid")
    (finding,) = found_in(made)
    assert finding.kind == "vanishing"
    x, hidden = made.x, []
    for module in made.model:
        x = module(x)
        if isinstance(module, nn.Sigmoid):
            x.retain_grad()
            hidden.append(x)
    made.objective.function(x, made.y).backward()
    first, last = hidden[0].grad.square().mean().sqrt(), hidden[5].grad.square().mean().sqrt()
    assert f"it is {first / last:.3g}".replace("-", "−") in finding.text
    assert found_in(experiment((4,), "sigmoid")) == ()
    assert found_in(experiment((4,) * 6, "tanh")) == ()


def test_frozen_layers_and_weights_that_are_no_numbers_are_no_trouble():
    made = experiment((4,) * 6, "sigmoid")
    made.freeze(frozenset(name for name, _ in made.model.named_parameters()))
    assert kinds(found_in(made)) == ["vanishing"]
    made.edit({"0.weight": torch.full((4, 2), torch.nan)})
    assert found_in(made) == ()


def test_diagnosing_leaves_the_run_as_it_is():
    made = experiment((4,) * 6, "sigmoid")
    before, grads = made.copy_state(), [p.grad for p in made.train_model.parameters()]
    found_in(made)
    assert all(torch.equal(value, before[name]) for name, value in made.copy_state().items())
    assert [p.grad for p in made.train_model.parameters()] == grads
    assert not made.x.requires_grad


# -- in a trainer -----------------------------------------------------------------------------------


def test_a_trainer_says_what_is_wrong_and_so_does_its_trait(make):
    trainer = make(hidden_layers=(3, 2), initialiser="zeros")
    (finding,) = trainer.diagnosis
    assert isinstance(finding, Finding)
    assert finding.neurons == ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1))
    assert repr(finding) == f"<symmetric: {finding.title} {finding.text} {finding.advice}>"
    assert trainer._diagnosis == [_diagnosing.finding_trait(finding)]
    trainer.initialiser = "default"
    assert (trainer.diagnosis, trainer._diagnosis) == ((), [])
    trainer.initialiser = "zeros"
    trainer.close()
    assert trainer.diagnosis == (finding,)


def test_what_diverged_is_found_and_gone_once_the_run_goes_on(make):
    trainer = make(make_planar("plane", 50), hidden_layers=(8, 8), activation="leaky_relu", loss_fn="mse")
    trainer.learning_rate = 1e4
    trainer.train(epochs=50)
    trainer.wait(PATIENCE)
    (finding,) = trainer.diagnosis
    assert (finding.kind, trainer.status) == ("diverged", "diverged")
    assert "with the learning rate 1e+04" in finding.text
    trainer.rewind(0)
    trainer.learning_rate = 0.01
    trainer.step()
    assert trainer.diagnosis == ()
    assert trainer._diagnosis == []


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return x[:, :1] * self.scale


def test_of_a_module_of_ones_own_the_losses_are_looked_at(make):
    trainer = make(make_planar("circles", 100), model=Own(), loss_fn="bce_with_logits", learning_rate=0.01)
    assert trainer.diagnosis == ()
    trainer.train(epochs=110)
    trainer.wait(PATIENCE)
    assert kinds(trainer.diagnosis) == ["underfitting"]


def test_a_model_that_raises_has_no_findings_on_screen_and_says_so_in_a_cell(make):
    class Fragile(Own):
        broken = False

        def forward(self, x):
            if self.broken:
                raise LookupError("no")
            return super().forward(x)

    trainer = make(small_data(), model=Fragile(), loss_fn="bce_with_logits")
    assert trainer._diagnosis == []
    trainer.model.broken = True
    trainer.train(epochs=1)
    with pytest.raises(LookupError):
        trainer.wait(PATIENCE)
    assert (trainer.status, trainer._diagnosis) == ("error", [])


def test_a_run_under_way_is_diagnosed_once_a_second_and_only_for_those_who_look(make, monkeypatch):
    trainer = make(hidden_layers=(3,), initialiser="zeros")
    now, asked = [100.0], []
    monkeypatch.setattr(_diagnosing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(_diagnosing, "diagnose_run", lambda loop: asked.append(now[0]) or ())
    diagnoses = _diagnosing.Diagnoses()
    for moment in (100.0, 100.5, 100.9, 101.0, 101.5):
        now[0] = moment
        diagnoses.of_run(trainer, trainer._loop)
    assert asked == [100.0, 101.0]
    monkeypatch.undo()
    seen = []
    monkeypatch.setattr(trainer._publisher._diagnoses, "of_run", lambda *_: seen.append(True))
    for is_seen in (False, True):
        monkeypatch.setattr(trainer._channel, "is_seen", lambda answer=is_seen: answer)
        trainer._publisher._show(trainer, trainer._loop)
        assert bool(seen) == is_seen
