"""What panels show: errors, gradients, activations and the last change are those of plain PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.datasets import make_planar
from nnwidgets.networks import dense_activations, read_network
from nnwidgets.training import commands as c
from nnwidgets.training import insight
from nnwidgets.training.batches import EVALUATED_SAMPLES
from nnwidgets.training.engines import ChosenEngine, fused
from nnwidgets.training.insight import BINS, WANTS, Sight, binned, confusion, look_inside, loss_gradients
from nnwidgets.training.loop import Unobserved
from tests.unit.plain import bits, make_experiment, make_loop, same_bits, small_data

TASKS = {
    "binary": {"dataset": small_data(n_samples=40, test_share=0.25)},
    "logit": {"dataset": small_data(n_samples=40, test_share=0.25), "loss_fn": "bce_with_logits"},
    "hinge": {"dataset": small_data(n_samples=40, test_share=0.25), "loss_fn": "hinge"},
    "classes": {"dataset": make_planar("rings", n_samples=60, n_classes=4, test_share=0.3)},
    "values": {"dataset": make_planar("hills", n_samples=50, test_share=0.2)},
}

PANELS = [name for name in WANTS if not name.startswith("space")]


class Following(Unobserved):
    """Somebody who has the panel of parameters open."""

    def follows_steps(self):
        return True


def trained(steps=30, engine="eager", observer=None, **settings):
    """A loop that has trained in two segments."""
    loop = make_loop(**{"hidden": (4, 3)} | settings, engine=engine)
    loop.observer = observer or Unobserved()
    for _ in range(2):
        loop.call(c.Train(steps=steps))
        loop.wait(60)
    return loop


def look(experiment, *wants, most=EVALUATED_SAMPLES):
    graph = read_network(experiment.model, experiment.x[:1])
    sight = Sight(
        experiment, graph, (len(experiment.x), len(experiment.x_test)), most, ((0, 1), (-1.0, 1.0), (-1.0, 1.0))
    )
    return look_inside(sight, frozenset(wants))


def backward(experiment):
    """What `.backward()` leaves on a model that has the same parameters, flat."""
    model = experiment.model
    model.eval()
    before = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    experiment.objective.function(model(experiment.x), experiment.y).backward()
    gradients = torch.cat([parameter.grad.reshape(-1) for parameter in model.parameters()])
    for parameter, gradient in zip(model.parameters(), before, strict=True):
        parameter.grad = gradient
    model.train()
    return gradients.numpy()


@pytest.mark.parametrize("task", TASKS)
def test_gradients_are_those_of_the_loss_over_the_training_set(task):
    experiment = trained(**TASKS[task]).experiment
    gradients = look(experiment, "gradients")["gradients"]
    assert gradients.dtype == np.float32
    assert np.abs(gradients).max() > 0
    assert gradients.tobytes() == backward(experiment).tobytes()


def test_looking_leaves_no_gradients_and_no_modes_behind():
    experiment = trained().experiment
    kept = [bits(parameter.grad) for parameter in experiment.train_model.parameters()]
    experiment.model.zero_grad()
    look(experiment, *WANTS)
    assert all(parameter.grad is None for parameter in experiment.model.parameters())
    assert all(parameter.grad is None for parameter in experiment.eval_model.parameters())
    assert [bits(parameter.grad) for parameter in experiment.train_model.parameters()] == kept
    assert experiment.model.training
    assert experiment.train_model.training


def test_a_frozen_parameter_has_a_gradient_and_stays_frozen():
    experiment = make_experiment(hidden=(3,))
    expected = backward(experiment)
    experiment.freeze(frozenset({"0.weight"}))
    assert look(experiment, "gradients")["gradients"].tobytes() == expected.tobytes()
    assert not experiment.model[0].weight.requires_grad


def test_dropout_is_off_and_penalties_are_left_out():
    experiment = trained(dropout=0.5, l2=0.1).experiment
    assert look(experiment, "gradients")["gradients"].tobytes() == backward(experiment).tobytes()


def test_what_the_loss_does_not_depend_on_has_no_gradient():
    class Partial(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.unused = nn.Linear(2, 1), nn.Parameter(torch.ones(2))

        def forward(self, x):
            return torch.sigmoid(self.layer(x))

    experiment = make_experiment(model=Partial(), loss_fn="bce")
    gradients = look(experiment, *WANTS)["gradients"]
    known = dict(zip([n for n, _ in experiment.model.named_parameters()], loss_gradients(experiment), strict=True))
    assert known["unused"] is None
    assert np.isnan(gradients).sum() == 2
    assert np.isfinite(gradients).sum() == 3


def test_outputs_that_are_not_finite_have_no_gradients():
    experiment = make_experiment(hidden=(2,))
    with torch.no_grad():
        experiment.model[0].weight.fill_(float("nan"))
    assert np.isnan(look(experiment, "gradients")["gradients"]).all()


@pytest.mark.parametrize("task", ["binary", "logit", "hinge", "classes"])
def test_the_confusion_matrix_counts_what_the_model_says(task):
    experiment = trained(**TASKS[task]).experiment
    arrays = look(experiment, "errors")
    threshold = {"binary": 0.5, "logit": 0.0, "hinge": 0.0}.get(task)
    n_classes = experiment.settings.dataset.n_classes
    for name, x, y in (("train", experiment.x, experiment.y), ("test", experiment.x_test, experiment.y_test)):
        outputs = experiment.model(x).detach()
        guesses = outputs.argmax(1) if threshold is None else (outputs[:, 0] > threshold).long()
        expected = np.zeros((n_classes, n_classes), int)
        for truth, guess in zip(y[:, 0].long().tolist(), guesses.tolist(), strict=True):
            expected[truth, guess] += 1
        assert arrays[f"confusion_{name}"].tolist() == expected.tolist()
        assert expected.sum() == len(x)
    right = experiment.objective.correct(experiment.model(experiment.x), experiment.y).sum().item()
    assert np.trace(confusion(experiment, experiment.x, experiment.y)) == right
    assert right < len(experiment.x)


def test_residuals_are_true_minus_predicted():
    experiment = trained(**TASKS["values"]).experiment
    arrays = look(experiment, "errors")
    assert not any(name.startswith("confusion") for name in arrays)
    predictions = []
    for row, (x, y) in enumerate(((experiment.x, experiment.y), (experiment.x_test, experiment.y_test))):
        outputs = experiment.model(x).detach()
        residuals = (y - outputs)[:, 0].double().numpy()
        rmse, largest, index = arrays["residuals"][row]
        assert rmse == pytest.approx(np.sqrt((residuals**2).mean()))
        assert index == np.abs(residuals).argmax()
        assert largest == pytest.approx(residuals[int(index)])
        predictions.append(outputs[:, 0].numpy())
    assert arrays["fitted"].tobytes() == np.concatenate(predictions).tobytes()


def test_more_samples_than_are_evaluated_are_not_counted():
    experiment = make_experiment(**TASKS["binary"])
    arrays = look(experiment, *PANELS, most=29)
    assert set(arrays) == {"confusion_test", "activations"}
    values = look(make_experiment(**TASKS["values"]), "errors", most=30)
    assert np.isnan(values["residuals"][0]).all()
    assert np.isfinite(values["residuals"][1]).all()
    assert len(values["fitted"]) == 50


def test_activations_are_binned_layer_by_layer():
    experiment = trained(activation="relu").experiment
    rows = look(experiment, "activations")["activations"]
    layers = dense_activations(experiment.model, experiment.x)
    assert rows.shape == (3, 3 + BINS)
    for row, outputs in zip(rows, layers, strict=True):
        values = outputs.detach().numpy()
        bound, mean, deviation, counts = row[0], row[1], row[2], row[3:]
        assert np.abs(values).max() <= bound
        assert np.log2(bound) % 1 == 0
        assert mean == pytest.approx(values.mean(), rel=1e-5)
        assert deviation == pytest.approx(values.std(), rel=1e-5)
        assert counts.sum() == values.size
        assert counts[: BINS // 2].sum() == (values < 0).sum()


def test_histograms_of_odd_values():
    assert binned(np.array([])).tolist()[3:] == [0.0] * BINS
    row = binned(np.array([np.nan, np.inf, 1e300, -3.0]))
    assert row[3:].sum() == 1
    assert row[:3].tolist() == [4.0, -3.0, 0.0]
    assert binned(np.array([0.3]), bound=1.0)[0] == 1.0
    assert binned(np.array([3.0]), bound=1.0)[0] == 4.0


@pytest.mark.parametrize("engine", ["eager", "fused"])
@pytest.mark.parametrize("batch_size", [5, 8, 23])
def test_the_last_change_is_what_the_last_step_changed(engine, batch_size):
    loop = trained(33, engine, Following(), dataset=small_data(), batch_size=batch_size)
    other = make_loop(small_data(), hidden=(4, 3), engine=engine, batch_size=batch_size)
    other.call(c.Train(steps=65))
    other.wait(60)
    before = insight.flat_parameters(other.experiment)
    other.call(c.Train(steps=1))
    other.wait(60)
    assert same_bits(loop.experiment.copy_state(), other.experiment.copy_state())
    changes = look(loop.experiment, "parameters")["changes"]
    assert np.abs(changes).max() > 0
    assert changes.tobytes() == (insight.flat_parameters(other.experiment) - before).tobytes()


@pytest.mark.parametrize("engine", ["eager", "fused"])
def test_following_the_steps_changes_nothing_else(engine):
    """Whole epochs, some with a last batch that is smaller, end with the same bits, curves and epochs."""
    loops = []
    for observer in (Unobserved(), Following()):
        loop = make_loop(small_data(test_share=0.2), hidden=(3,), engine=engine, batch_size=4)
        loop.observer = observer
        for _ in range(2):
            loop.call(c.Train(epochs=3))
            loop.wait(60)
        loops.append(loop)
    plain, followed = loops
    assert followed.experiment.position == plain.experiment.position
    assert same_bits(followed.experiment.copy_state(), plain.experiment.copy_state())
    assert followed.history.epochs_since(0, 100).tobytes() == plain.history.epochs_since(0, 100).tobytes()
    assert len(look(followed.experiment, "parameters")["changes"])
    assert "changes" not in look(plain.experiment, "parameters")


@pytest.mark.parametrize("batch_size", [5, 20, 40])
@pytest.mark.parametrize("target", [{"epochs": 400}, {"steps": 401}])
def test_only_the_step_before_a_picture_is_made_by_itself(monkeypatch, batch_size, target):
    """Also where each step ends an epoch."""
    monkeypatch.setattr(fused, "FIRST_RATE", 1e9)
    calls, states, run = [], [], ChosenEngine.run

    def counted(engine, experiment, limit, *rest, **options):
        calls.append(limit)
        run(engine, experiment, limit, *rest, **options)

    monkeypatch.setattr(ChosenEngine, "run", counted)
    for observer in (Unobserved(), Following()):
        loop = make_loop(small_data(n_samples=40), hidden=(3,), engine="fused", batch_size=batch_size)
        loop.observer = observer
        calls.clear()
        loop.call(c.Train(**target))
        loop.wait(60)
        rows = loop.history.steps, loop.history.epochs
        states.append((loop.experiment.position, *(bits(torch.tensor(array)) for array in rows), at_bits(loop)))
    assert states[0] == states[1]
    assert len(calls) <= 8  # a command that comes meanwhile ends a call, too
    assert calls[-1] == 1
    assert "changes" in look(loop.experiment, "parameters")


def at_bits(loop):
    return [bits(value) for value in loop.experiment.copy_state().values()]


def test_after_an_edit_or_a_rewind_the_last_change_is_not_known():
    loop = trained(23, observer=Following())
    assert "changes" in look(loop.experiment, "parameters")
    loop.call(c.Edit({"0.bias": torch.zeros(4)}))
    assert "changes" not in look(loop.experiment, "parameters")
    loop.call(c.Train(steps=1))
    loop.wait(60)
    assert "changes" in look(loop.experiment, "parameters")
    loop.call(c.Rewind(1))
    assert "changes" not in look(loop.experiment, "parameters")


@pytest.mark.parametrize("batch_size", [5, 23])
def test_a_condition_that_ends_the_run_holds_with_the_panel_open(batch_size):
    for engine in ("eager", "fused"):
        loop = make_loop(small_data(), hidden=(3,), engine=engine, batch_size=batch_size)
        loop.observer, loop.stop_when = Following(), {"epoch": 4}
        loop.call(c.Train(epochs=50))
        loop.wait(60)
        assert (loop.experiment.position.epoch, loop.experiment.position.samples) == (4, 0)


def test_a_large_network_has_neither_gradients_nor_changes_on_screen(monkeypatch):
    monkeypatch.setattr(insight, "MOST_PARAMETERS", 20)
    loop = trained(5, observer=Following(), hidden=(8,))
    assert set(look(loop.experiment, *PANELS)) == {"confusion_train", "activations"}


def test_a_module_of_ones_own_shows_errors_gradients_and_changes():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(2, 3), nn.Linear(3, 1)

        def forward(self, x):
            return torch.sigmoid(self.second(torch.sin(self.first(x))))

    loop = make_loop(model=Own(), loss_fn="bce")
    loop.observer = Following()
    loop.call(c.Train(steps=7))
    loop.wait(60)
    arrays = look(loop.experiment, *WANTS)
    assert set(arrays) == {"confusion_train", "gradients", "changes"}
    assert arrays["gradients"].tobytes() == backward(loop.experiment).tobytes()


def test_nothing_is_worked_out_that_nobody_wants(monkeypatch):
    experiment = make_experiment()
    experiment.eval_model.forward = None  # whoever runs the model fails
    assert look(experiment) == {}


def test_a_cell_asks_for_the_matrix_and_the_gradients(make):
    trainer = make(small_data(n_samples=40, test_share=0.25))
    trainer.train(epochs=3)
    trainer.wait(60)
    with torch.no_grad():
        guesses = trainer.model(torch.tensor(trainer.dataset.x_test))[:, 0] > 0.5
    matrix = trainer.confusion_matrix(on="test")
    assert matrix.dtype == np.int64
    assert matrix.sum(axis=0).tolist() == [(~guesses).sum().item(), guesses.sum().item()]
    assert np.trace(matrix) / matrix.sum() == pytest.approx(trainer.test_accuracy)
    gradients = trainer.gradients()
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients.values()]).numpy()
    assert list(gradients) == [name for name, _ in trainer.model.named_parameters()]
    assert flat.tobytes() == backward(trainer._loop.experiment).tobytes()
    with pytest.raises(ValueError, match='"train" or "test"'):
        trainer.confusion_matrix("all")
    with pytest.raises(ValueError, match="no test samples"):
        make().confusion_matrix("test")
    with pytest.raises(ValueError, match="values to predict"):
        make("hills").confusion_matrix()
