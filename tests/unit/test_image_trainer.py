"""`ImageTrainer` and `FashionTrainer` without a browser: the same runs as plain PyTorch's, and what trainers share."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from nnwidgets import FashionTrainer, ImageTrainer, count_parameters
from nnwidgets.training import commands as c
from nnwidgets.training import memory
from tests.unit.pictures import convolutional, outputs_of, plain_run, small_images
from tests.unit.plain import PATIENCE, same_bits


@pytest.fixture
def make():
    """Makes trainers of small images, and closes them in the end."""
    made = []

    def make_trainer(data=None, test=None, **settings):
        if "model" not in settings:
            settings = {"hidden_layers": (5, 4)} | settings
        usual = {"learning_rate": 0.1, "batch_size": 7}
        made.append(ImageTrainer(small_images() if data is None else data, test, **usual | settings))
        return made[-1]

    yield make_trainer
    for trainer in made:
        trainer.close()


def two_classes(data):
    """The training and test images of the first two classes, as pairs."""
    parts = ((data.x_train, data.y_train[:, 0]), (data.x_test, data.y_test[:, 0]))
    return [(x[y < 2], y[y < 2].astype(int)) for x, y in parts]


# -- the experiment ---------------------------------------------------------------------------------


def test_the_defaults_are_the_classic_experiment():
    trainer = FashionTrainer(source="bundled")
    assert repr(trainer.model) == (
        "Sequential(\n  (0): Flatten(start_dim=1, end_dim=-1)\n"
        "  (1): Linear(in_features=784, out_features=64, bias=True)\n  (2): ReLU()\n"
        "  (3): Linear(in_features=64, out_features=64, bias=True)\n  (4): ReLU()\n"
        "  (5): Linear(in_features=64, out_features=10, bias=True)\n)"
    )
    assert count_parameters(trainer.model) == 55_050
    assert (trainer.learning_rate, trainer.batch_size, trainer.epochs, trainer.shuffle) == (1e-3, 64, 10, False)
    assert (trainer.optimizer, trainer.loss_fn, trainer.engine_name.split(":")[0]) == ("sgd", "cross_entropy", "eager")
    assert trainer._network["steps_per_epoch"] == 94  # of the bundled part; of 60,000 images 938
    assert type(trainer.optimizer_) is torch.optim.SGD
    assert "6,000" in trainer._data["notice"]
    trainer.close()


def test_weights_are_those_of_plain_pytorch_from_the_seed(make):
    trainer = make(seed=4)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        plain = nn.Sequential(nn.Flatten(), nn.Linear(36, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
    assert same_bits(trainer.model.state_dict(), plain.state_dict())


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("scale", [255.0, 200.0])
def test_a_run_has_the_bits_of_the_loop_of_a_textbook(make, shuffle, scale):
    data = small_images(scale=scale)
    trainer = make(data, shuffle=shuffle, seed=3)
    plain = copy.deepcopy(trainer.model)
    losses = plain_run(plain, data, 22, seed=3 if shuffle else None)
    trainer.train(steps=22)
    trainer.wait(PATIENCE)
    assert same_bits(trainer.model.state_dict(), plain.state_dict())
    assert trainer.history.steps[:, 1].tolist() == losses


def test_any_module_is_trained_itself(make):
    data, model = small_images(), convolutional()
    plain = copy.deepcopy(model)
    plain_run(plain, data, 12)
    trainer = make(data, model=model)
    trainer.step(12)
    assert trainer.model is model
    assert same_bits(model.state_dict(), plain.state_dict())


def test_images_are_held_once_as_bytes(make):
    data = small_images()
    trainer = make(data, shuffle=True)
    trainer.step(3, "epoch")
    experiment = trainer._loop.experiment
    assert experiment.x.dtype == torch.uint8
    assert experiment.x.data_ptr() == data.tensor("x_train").data_ptr()
    assert experiment.epoch_batches().x is experiment.x


def test_the_test_sets_numbers_are_plain_pytorchs(make):
    data = small_images(n_test=50)
    trainer = make(data)
    trainer.train(epochs=4)
    trainer.wait(PATIENCE)
    outputs, labels = outputs_of(trainer.model, data), torch.tensor(data.y_test)[:, 0].long()
    assert trainer.test_loss == pytest.approx(nn.functional.cross_entropy(outputs, labels).item(), rel=1e-5)
    assert trainer.test_accuracy == pytest.approx((outputs.argmax(1) == labels).float().mean().item())
    assert trainer.history.test_loss[-1] == pytest.approx(trainer.test_loss)
    with torch.no_grad():
        train = trainer.model(torch.tensor(data.x_train) / 255)
    expected = nn.functional.cross_entropy(train, torch.tensor(data.y_train)[:, 0].long())
    assert trainer.loss == pytest.approx(expected.item(), rel=1e-5)
    assert trainer.confusion_matrix("test").sum() == 50


def test_a_large_test_set_is_looked_at_in_pieces_that_come_to_the_same(make, monkeypatch):
    whole = make()
    monkeypatch.setattr("nnwidgets.training.batches.PIECE", 7 * 36)
    pieces = make()
    for trainer in (whole, pieces):
        trainer.step(5)
    assert pieces.test_loss == pytest.approx(whole.test_loss, rel=1e-6)
    for name, gradient in whole.gradients().items():
        torch.testing.assert_close(pieces.gradients()[name], gradient)


def test_gradients_are_those_of_the_loss_over_all_images(make):
    data = small_images()
    trainer = make(data)
    plain = copy.deepcopy(trainer.model)
    x, y = torch.tensor(data.x_train) / 255, torch.tensor(data.y_train)[:, 0].long()
    nn.functional.cross_entropy(plain(x), y).backward()
    for name, parameter in plain.named_parameters():
        torch.testing.assert_close(trainer.gradients()[name], parameter.grad)


def test_a_loss_of_ones_own_gets_logits_and_the_numbers_of_classes(make):
    seen = []

    def loss_fn(outputs, targets):
        seen.append((tuple(outputs.shape), targets.dtype, tuple(targets.shape)))
        return nn.functional.cross_entropy(outputs, targets, label_smoothing=0.1)

    trainer = make(loss_fn=loss_fn)
    trainer.step(2)
    assert ((7, 3), torch.int64, (7,)) in seen
    assert trainer.loss_fn is loss_fn


def test_two_classes_have_an_output_each(make):
    trainer = make(*two_classes(small_images()))
    assert trainer.model[-1].out_features == 2
    trainer.train(epochs=20)
    trainer.wait(PATIENCE)
    assert trainer.test_accuracy > 0.9


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            nn.Sequential(nn.Flatten(), nn.Linear(36, 4)),
            "one output per class, which are 3",
        ),
        (nn.Sequential(nn.Flatten(), nn.Linear(30, 3)), r"cannot take a batch of shape \(60, 1, 6, 6\)"),
        (nn.Sequential(nn.Flatten(), nn.Linear(36, 1), nn.Sigmoid()), "per class"),
        (nn.Sequential(nn.Flatten(), nn.Softmax(1)), "no parameters"),
    ],
)
def test_a_model_that_does_not_fit_says_why(make, model, message):
    with pytest.raises(ValueError, match=message):
        make(model=model)


# -- settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epochs", 0, "epochs"),
        ("epochs", 2.5, "epochs"),
        ("batch_size", 61, "between 1 and 60|60"),
        ("loss_fn", "mse", "cross_entropy"),
        ("hidden_layers", 3, "hidden_layers"),
        ("dataset", (np.zeros((4, 5, 5), np.uint8), [0, 1, 0, 1]), "same size"),
    ],
)
def test_a_value_that_is_not_allowed_changes_nothing(make, name, value, message):
    trainer = make()
    before = getattr(trainer, name)
    with pytest.raises((traitlets.TraitError, ValueError), match=message):
        setattr(trainer, name, value)
    assert getattr(trainer, name) is before or getattr(trainer, name) == before


def test_an_argument_that_there_is_not_names_the_nearest(make):
    with pytest.raises(TypeError, match="learning_rate"):
        make(lr=0.1)


def test_settings_change_while_it_trains_and_keep_the_weights(make):
    trainer = make()
    trainer.step(4)
    weights = trainer.model[1].weight.detach().clone()
    trainer.hidden_layers = (8, 4)
    assert torch.equal(trainer.model[1].weight[:5], weights)
    trainer.optimizer = "adam"
    trainer.shuffle = True
    trainer.batch_size = 20
    trainer.step(3)
    assert trainer.step_count == 7
    trainer.rewind(0)
    assert trainer.hidden_layers == (5, 4)


def test_other_images_of_the_same_size_keep_the_weights(make):
    trainer = make()
    trainer.step(4)
    before = copy.deepcopy(trainer.model.state_dict())
    trainer.dataset = small_images(40, 12, seed=5)
    assert same_bits(trainer.model.state_dict(), before)
    assert len(trainer._gallery["images"]) == 12
    trainer.step(4)


# -- a planned run --------------------------------------------------------------------------------------


def test_play_goes_to_the_end_of_the_plan_and_then_as_far_again(make):
    trainer = make(epochs=3)
    trainer.step(1, "epoch")
    trainer.play()
    trainer.wait(PATIENCE)
    assert (trainer.epoch, trainer.status) == (3, "idle")
    trainer.play()
    trainer.wait(PATIENCE)
    assert trainer.epoch == 6


def test_a_planned_run_says_where_it_will_end(make):
    trainer = make(epochs=500_000)
    trainer.play()
    target = trainer._loop.call(c.Do(lambda: trainer._loop.goal.target_epoch(trainer._loop.experiment.position)))
    trainer.pause()
    assert target == 500_000


def test_without_a_plan_it_runs_until_paused(make):
    trainer = make(epochs=None)
    beyond = threading.Event()
    trainer.on_epoch_end(lambda trainer: beyond.set() if trainer.epoch == 20 else None)
    trainer.play()
    assert beyond.wait(PATIENCE)
    assert trainer.status == "running"
    trainer.pause()
    assert trainer.status == "paused"


def test_steps_that_play_takes_over_go_on_to_the_end_of_the_plan(make):
    trainer = make(epochs=2)
    trainer._loop.submit(c.Step(5))
    trainer.play()
    trainer.wait(PATIENCE)
    assert trainer.epoch == 2


def test_the_network_gets_images_as_shares(make):
    data = small_images(scale=100.0)
    trainer = make(data)
    expected = torch.tensor(data.x_test[:4]) / 100.0
    assert torch.equal(trainer.inputs(data.x_test[:4]), expected)
    assert torch.equal(trainer.inputs(data.x_test[:4, 0]), expected)
    with pytest.raises(ValueError, match=r"\(n, 1, 6, 6\)"):
        trainer.inputs(np.zeros((2, 5, 6)))


# -- what outlives it -----------------------------------------------------------------------------------


def story(trainer):
    trainer.step(5)
    trainer.shuffle = True
    trainer.step(7)
    trainer.hidden_layers = (6, 4)
    trainer.optimizer = "adam"
    trainer.step(3)
    trainer.edit("1.bias", 0.5, 2)
    trainer.batch_size = 11
    trainer.shuffle = False
    trainer.step(9)
    return trainer


def test_a_script_ends_with_the_same_bits(make):
    trainer = story(make())
    code = trainer.to_code().replace("x_train, y_train = ..., ...", "x_train, y_train = given")
    data = trainer.dataset
    scope = {"given": (torch.tensor(data.x_train) / 255, torch.tensor(data.y_train)[:, 0].long())}
    exec(code, scope)
    assert same_bits(scope["model"].state_dict(), trainer.model.state_dict())
    assert "your own images" in trainer.to_code()


def test_the_script_of_the_bundled_images_is_whole(make):
    trainer = FashionTrainer(source="bundled", learning_rate=0.1, hidden_layers=(8,))
    trainer.step(2, "epoch")
    scope = {}
    exec(trainer.to_code(), scope)
    assert same_bits(scope["model"].state_dict(), trainer.model.state_dict())
    trainer.close()


def test_a_rewound_run_goes_on_as_it_did(make):
    trainer, straight = make(shuffle=True), make(shuffle=True)
    trainer.step(3, "epoch")
    trainer.rewind(1)
    trainer.step(2, "epoch")
    straight.step(3, "epoch")
    assert same_bits(trainer.model.state_dict(), straight.model.state_dict())


def test_a_file_has_all_of_it(make, tmp_path):
    trainer = story(make(epochs=7))
    trainer.save(tmp_path / "run.nnw")
    loaded = ImageTrainer.load(tmp_path / "run.nnw")
    assert (loaded.epochs, loaded.shuffle, loaded.step_count) == (7, False, trainer.step_count)
    assert loaded.dataset.same_as(trainer.dataset)
    for each in (trainer, loaded):
        each.step(5)
    assert same_bits(loaded.model.state_dict(), trainer.model.state_dict())
    loaded.rewind(0)
    assert loaded.hidden_layers == (5, 4)
    loaded.close()


def test_a_file_does_not_hold_images_that_can_be_had_again(tmp_path):
    trainer = FashionTrainer(source="bundled", hidden_layers=(4,))
    trainer.step(2)
    trainer.save(tmp_path / "run.nnw")
    assert (tmp_path / "run.nnw").stat().st_size < 500_000
    loaded = FashionTrainer.load(tmp_path / "run.nnw")
    assert loaded.dataset.same_as(trainer.dataset)
    assert loaded.step_count == 2
    with pytest.raises(ValueError, match="not a saved ImageTrainer"):
        ImageTrainer.load(tmp_path / "run.nnw")
    loaded.close()
    trainer.close()


def test_a_configuration_makes_an_equal_untrained_trainer(make):
    trainer = make(epochs=None, shuffle=True, optimizer="adam")
    again = ImageTrainer.from_config(trainer.config(), train=trainer.dataset)
    assert again.config() == trainer.config()
    assert (again.epochs, again.shuffle) == (None, True)
    with pytest.raises(ValueError, match="train="):
        ImageTrainer.from_config(trainer.config())
    again.close()
    fashion = FashionTrainer(source="bundled", hidden_layers=(3,))
    again = FashionTrainer.from_config(fashion.config())
    assert again.dataset.same_as(fashion.dataset)
    again.close()
    fashion.close()


def test_a_figure_for_print_shows_images_mistakes_and_curves(make):
    trainer = make()
    trainer.step(2, "epoch")
    assert len(trainer.figure().axes) == 4


# -- faults ---------------------------------------------------------------------------------------------


class Fragile(nn.Module):
    def __init__(self, calls):
        super().__init__()
        self.layers, self.left = nn.Sequential(nn.Flatten(), nn.Linear(36, 3)), calls

    def forward(self, x):
        if self.training:
            self.left -= 1
            if self.left < 0:
                raise ArithmeticError("enough")
        return self.layers(x)


def test_what_a_module_raises_is_told_and_nothing_is_lost(make):
    trainer = make(model=Fragile(10))
    trainer.train(epochs=5)
    with pytest.raises(ArithmeticError, match="enough"):
        trainer.wait(PATIENCE)
    assert (trainer.status, trainer.step_count) == ("error", 10)
    assert "enough" in trainer._message["text"]


def test_a_run_that_diverges_says_so(make):
    trainer = make(learning_rate=1e30)
    trainer.train(epochs=20)
    trainer.wait(PATIENCE)
    assert trainer.status == "diverged"
    assert trainer.diagnosis[0].kind == "diverged"


def test_a_module_with_batch_normalisation_is_left_as_it_was_by_pictures(make):
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 3))
    plain, data = copy.deepcopy(model), small_images()
    plain_run(plain, data, 9)
    trainer = make(data, model=model)
    for _ in range(9):
        trainer.step()
        trainer._publisher.send_picture(full=True)
    assert same_bits(model.state_dict(), plain.state_dict())


def test_it_says_what_it_is(make):
    assert repr(make()) == "<ImageTrainer: stripes, 36-5-4-3, epoch 0, idle>"
    assert repr(make(model=convolutional())) == "<ImageTrainer: stripes, Sequential, epoch 0, idle>"


# -- what is said of it -----------------------------------------------------------------------------------


def test_the_hardest_class_is_the_one_of_which_the_fewest_are_right(make):
    data = small_images(n_test=120)
    trainer = make(data, learning_rate=0.03)
    assert "hardest" not in [finding.kind for finding in trainer.diagnosis]  # nothing was learned yet
    trainer.step(2, "epoch")
    counts = trainer.confusion_matrix("test")
    right = counts.diagonal() / counts.sum(axis=1)
    found = trainer.diagnosis[-1]
    hardest = int(right.argmin())
    assert (found.kind, found.class_) == ("hardest", hardest)
    share = f"{100 * right[hardest]:.0f}\u2009%"
    assert found.title == "Hardest class:"
    assert found.text.startswith(f"{data.class_names[hardest]}, {share} right; most often taken for ")
    most = int(np.where(np.arange(3) == hardest, -1, counts[hardest]).argmax())
    assert f"{data.class_names[most]} ({counts[hardest, most]} of 40)" in found.text
    assert trainer._diagnosis[-1]["class_"] == hardest


def test_where_all_classes_go_well_none_is_hard(make):
    trainer = make(*two_classes(small_images()), hidden_layers=(16,))
    trainer.train(epochs=60)
    trainer.wait(PATIENCE)
    assert trainer.test_accuracy == 1.0
    assert "hardest" not in [finding.kind for finding in trainer.diagnosis]


def test_memory_that_is_not_used_any_more_is_given_back(make, monkeypatch):
    given = []
    monkeypatch.setattr("nnwidgets.training.loop.give_back", lambda: given.append(1))
    trainer = make()
    trainer.step(3)
    assert given
    memory.give_back()  # wherever the C library cannot, nothing happens
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory._trim.cache_clear()
    assert memory._trim() is None
    memory.give_back()
    memory._trim.cache_clear()
