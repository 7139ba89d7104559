"""`fit`, the loop of a textbook: the same numbers as the loop written out, and what it says and returns."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnwidgets import ImageDataset, build_mlp, count_parameters, fit, get_device, plot_loss_acc


@pytest.fixture(autouse=True)
def no_tqdm(monkeypatch):
    """Whether it is installed must not matter."""
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


def make_data(n_classes=3, count=50):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(count, 4, generator=generator)
    return TensorDataset(x, (x[:, 0] * 3).long().clamp(0, n_classes - 1))


def make_loader(n_classes=3, batch_size=16):
    return DataLoader(make_data(n_classes), batch_size=batch_size)


def make_model(outputs=3, seed=1, *end):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, outputs), *end)


def by_hand(model, loader, loss_fn, optimizer, epochs):
    """Mean loss and accuracy of each epoch, without any of ours."""
    means = []
    for _ in range(epochs):
        losses, accuracies = [], []
        for x, y in loader:
            optimizer.zero_grad()
            outputs = model(x)
            loss = loss_fn(outputs, y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            accuracies.append((outputs.argmax(1) == y).float().mean().item())
        means.append((np.mean(losses), np.mean(accuracies)))
    return np.array(means).T


def test_it_trains_as_the_loop_written_out_does():
    loader, model, twin = make_loader(), make_model(), make_model()
    history = fit(model, loader, epochs=3, learning_rate=0.1, progress=False)
    loss, accuracy = by_hand(twin, loader, nn.CrossEntropyLoss(), torch.optim.SGD(twin.parameters(), lr=0.1), 3)
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(one, other)
    np.testing.assert_allclose(history.loss, loss, rtol=1e-6)
    np.testing.assert_allclose(history.accuracy, accuracy, rtol=1e-6)
    assert np.isnan(history.test_loss).all()
    assert (history.last_epoch, history.last_step) == (3, 12)
    assert len(history.to_pandas("step")) == 12
    assert list(history.to_pandas()["step"]) == [4, 8, 12]


def test_a_loss_and_an_optimizer_of_ones_own():
    loader, model, twin = make_loader(), make_model(), make_model()
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
    fit(model, loader, loss_fn, torch.optim.Adam(model.parameters(), lr=0.01), epochs=2, progress=False)
    by_hand(twin, loader, loss_fn, torch.optim.Adam(twin.parameters(), lr=0.01), 2)
    assert torch.equal(model[0].weight, twin[0].weight)


def test_test_batches_are_evaluated_after_each_epoch_without_training_on_them():
    model = nn.Sequential(make_model(), nn.Dropout(0.5))
    loader, tests = list(make_loader()), list(make_loader(batch_size=7))  # a DataLoader draws a number at each round
    torch.manual_seed(3)
    history = fit(model, loader, epochs=2, learning_rate=0.1, test_loader=tests, progress=False)
    x, y = make_data().tensors
    model.eval()
    with torch.no_grad():
        outputs = model(x)
        expected = nn.functional.cross_entropy(outputs, y).item()
    assert history.test_loss[-1] == pytest.approx(expected, rel=1e-5)
    assert history.test_accuracy[-1] == pytest.approx((outputs.argmax(1) == y).float().mean().item())
    assert history.test_loss[0] != history.test_loss[1]
    torch.manual_seed(3)
    again = nn.Sequential(make_model(), nn.Dropout(0.5))
    torch.manual_seed(3)
    fit(again, loader, epochs=2, learning_rate=0.1, progress=False)
    assert torch.equal(again[0][0].weight, model[0][0].weight)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_training_meanwhile_and_then_as_it_was(training):
    modes = []
    model = make_model().train(training)
    model[1].register_forward_hook(lambda module, *_: modes.append(module.training))
    fit(model, make_loader(batch_size=50), epochs=2, test_loader=make_loader(batch_size=50), progress=False)
    assert modes == [True, False, True, False]
    assert model.training is training


@pytest.mark.parametrize(
    ("end", "reference", "threshold"),
    [((), nn.BCEWithLogitsLoss(), 0.0), ((nn.Sigmoid(),), nn.BCELoss(), 0.5)],
    ids=["logits", "probabilities"],
)
@pytest.mark.parametrize("column", [True, False])
def test_one_output_is_a_binary_question(end, reference, threshold, column):
    x, y = make_data(2).tensors
    batches = [(x, y[:, None] if column else y)]
    model = make_model(1, 1, *end)
    with torch.no_grad():
        outputs = model(x)
    history = fit(model, batches, epochs=1, progress=False)
    assert history.loss[0] == pytest.approx(reference(outputs, y[:, None].float()).item(), rel=1e-6)
    assert history.accuracy[0] == pytest.approx(((outputs[:, 0] > threshold) == (y == 1)).float().mean().item())


@pytest.mark.parametrize("shape", [(50,), (50, 1)])
@pytest.mark.parametrize("dtype", [torch.int64, torch.float32, torch.uint8, torch.int32])
def test_labels_of_any_kind_are_classes(shape, dtype):
    x, y = make_data().tensors
    history = fit(make_model(), [(x, y.reshape(shape).to(dtype))], epochs=1, progress=False)
    expected = fit(make_model(), [(x, y)], epochs=1, progress=False)
    np.testing.assert_array_equal(history.epochs, expected.epochs)


def test_shares_of_classes_are_compared_by_their_greatest():
    x, y = make_data().tensors
    shares = nn.functional.one_hot(y, 3).float()
    history = fit(make_model(), [(x, shares)], nn.CrossEntropyLoss(), epochs=1, progress=False)
    assert history.accuracy[0] == fit(make_model(), [(x, y)], epochs=1, progress=False).accuracy[0]


@pytest.mark.parametrize("outputs", [1, 2])
def test_values_have_a_loss_and_no_accuracy(outputs):
    x, _ = make_data().tensors
    history = fit(make_model(outputs), [(x, x[:, :outputs])], nn.MSELoss(), epochs=2, learning_rate=0.1, progress=False)
    assert history.loss[1] < history.loss[0]
    assert np.isnan(history.accuracy).all()
    ax = plot_loss_acc(history)
    assert ax.figure.axes == [ax]
    assert ax.lines[0].get_ydata() == pytest.approx(history.loss)


def test_what_it_returns_can_be_drawn():
    history = fit(make_model(), make_loader(), epochs=3, progress=False)
    ax = plot_loss_acc(history)
    assert ax.lines[0].get_ydata() == pytest.approx(history.loss)
    assert ax.right_ax.lines[0].get_ydata() == pytest.approx(history.accuracy)


def test_bytes_are_scaled_as_torchvision_scales_them():
    pixels = torch.arange(200, dtype=torch.uint8).reshape(50, 1, 2, 2)
    y = torch.arange(50) % 2
    seen = []
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    model.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    fit(model, [(pixels, y)], epochs=1, progress=False)
    assert torch.equal(seen[0], pixels.float().div(255))


def test_a_convolutional_network_on_an_image_dataset():
    x = np.random.default_rng(0).integers(0, 256, (40, 3, 8, 8), dtype=np.uint8)
    x[::2, 0] = 0
    data = ImageDataset("reds", x, np.arange(40) % 2, x, np.arange(40) % 2, ("no", "red"))
    train = DataLoader(TensorDataset(data.tensor("x_train"), data.tensor("y_train")), batch_size=10)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model.append(nn.Linear(4, 2))
    history = fit(model, train, epochs=20, learning_rate=0.5, test_loader=train, progress=False)
    assert history.accuracy[-1] > 0.9
    assert count_parameters(model) == 4 * 27 + 4 + 8 + 10


def test_arrays_and_a_list_of_batches_will_do():
    x, y = (part.numpy() for part in make_data().tensors)
    history = fit(make_model(), [(x[:20], y[:20]), (x[20:], y[20:])], epochs=1, progress=False)
    assert history.last_step == 2


def test_the_model_goes_where_it_is_told(monkeypatch):
    model = make_model()
    moved = []
    monkeypatch.setattr(model, "to", moved.append)
    fit(model, make_loader(), epochs=1, device="cpu", progress=False)
    assert moved == ["cpu"]
    fit(model, make_loader(), epochs=1, progress=False)
    assert moved == ["cpu"]


@pytest.mark.skipif(get_device().type != "cuda", reason="needs a GPU")
def test_on_a_gpu_the_batches_come_to_the_model():
    model = make_model()
    history = fit(model, make_loader(), epochs=2, device=get_device(), test_loader=make_loader(), progress=False)
    assert next(model.parameters()).is_cuda
    expected = fit(make_model(), make_loader(), epochs=2, test_loader=make_loader(), progress=False)
    np.testing.assert_allclose(history.epochs, expected.epochs, rtol=1e-4)


# --- what it says


def test_a_line_of_progress_and_one_of_results_for_each_epoch(capsys):
    history = fit(make_model(), make_loader(), epochs=2, test_loader=make_loader())
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    shown = [line.rstrip() for line in lines if line.startswith("epoch ")]
    assert shown[0].startswith("epoch 1/2: 1 of 4 batches, ")
    assert any(line.startswith("epoch 2/2: 4 of 4 batches, ") and line.endswith(" batches/s") for line in shown)
    loss, accuracy, test_loss, test_accuracy = history.epochs[-1, 2:]
    assert lines[-1] == (
        f"mean loss {loss:.5f}, accuracy {100 * accuracy:.2f}\N{THIN SPACE}%; "
        f"test loss {test_loss:.5f}, accuracy {100 * test_accuracy:.2f}\N{THIN SPACE}%"
    )


def test_without_progress_it_is_quiet(capsys):
    fit(make_model(), make_loader(), epochs=2, progress=False)
    assert capsys.readouterr() == ("", "")


def test_batches_of_unknown_number_are_counted(capsys):
    class Stream:
        def __iter__(self):
            return iter(make_loader())

    fit(make_model(), Stream(), epochs=1)
    assert "epoch 1/1: 4 batches, " in capsys.readouterr().out


def test_tqdm_shows_the_progress_where_it_is(monkeypatch, capsys):
    lines = []

    class Line:
        def __init__(self, **options):
            self.options, self.count = options, 0
            lines.append(self)

        def __enter__(self):
            return self

        def update(self):
            self.count += 1

        def __exit__(self, *error):
            self.closed = True

    monkeypatch.setitem(sys.modules, "tqdm.auto", SimpleNamespace(tqdm=Line))
    fit(make_model(), make_loader(), epochs=2)
    assert [(line.options, line.count, line.closed) for line in lines] == [
        ({"total": 4, "desc": f"epoch {epoch}/2", "unit": " batches"}, 4, True) for epoch in (1, 2)
    ]
    assert capsys.readouterr().out.count("mean loss ") == 2
    fit(make_model(), make_loader(), epochs=2, progress=False)
    assert len(lines) == 2


def test_an_interrupt_leaves_the_model_and_the_history_so_far(capsys):
    model, twin = make_model(), make_model()
    batches = list(make_loader())

    class Interrupted:
        def __init__(self):
            self.rounds = 0

        def __iter__(self):
            self.rounds += 1
            yield from batches[:3]
            if self.rounds == 2:
                raise KeyboardInterrupt
            yield from batches[3:]

    history = fit(model.eval(), Interrupted(), epochs=5, learning_rate=0.1)
    assert (history.last_epoch, history.last_step, len(history.loss)) == (1, 7, 1)
    assert "interrupted after 7 batches, 1 whole epoch\n" in capsys.readouterr().out
    assert not model.training
    fit(twin, [*batches, *batches[:3]], epochs=1, learning_rate=0.1, progress=False)
    assert torch.equal(model[0].weight, twin[0].weight)


# --- what it refuses


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"model": lambda x: x}, TypeError, "model must be a torch.nn.Module, not function"),
        ({"epochs": 0}, ValueError, "epochs must be a whole number of at least 1, not 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be a whole number"),
        ({"learning_rate": -1}, ValueError, "learning_rate must be a finite number above 0"),
        (
            {"optimizer": torch.optim.Adam},
            TypeError,
            r"one such as torch.optim.Adam\(model.parameters\(\)\), not <class",
        ),
        ({"loader": []}, ValueError, "loader has no batches"),
        ({"loader": iter(list(make_loader()))}, ValueError, "loader is used up after the first epoch"),
        ({"test_loader": []}, ValueError, "test_loader has no batches"),
        (
            {"test_loader": iter(list(make_loader()))},
            ValueError,
            "test_loader has no batches; give a DataLoader or a list",
        ),
        ({"loader": make_data()}, ValueError, "give a DataLoader of the dataset"),
        ({"loader": [torch.zeros(2, 4)]}, TypeError, r"loader must give batches \(x, y\), not Tensor"),
        ({"loader": [(1, 2, 3)]}, TypeError, r"loader must give batches \(x, y\), not 3 items"),
        ({"loader": [(torch.zeros(3, 4), torch.zeros(2))]}, ValueError, "as many x as y, but a batch has 3 and 2"),
    ],
)
def test_what_cannot_be_trained_is_refused(arguments, error, text):
    with pytest.raises(error, match=text):
        fit(**{"model": make_model(), "loader": make_loader(), "epochs": 2, "progress": False} | arguments)


# --- the helpers beside it


def test_parameters_of_any_module_are_counted():
    shared = nn.Linear(3, 3)
    frozen = nn.Conv2d(1, 2, 3)
    frozen.requires_grad_(requires_grad=False)
    assert count_parameters(nn.Sequential(shared, shared)) == 12
    assert count_parameters(frozen) == 0
    assert count_parameters(nn.LSTM(2, 3)) == 4 * (2 * 3 + 3 * 3 + 2 * 3)
    assert count_parameters(nn.ReLU()) == 0
    assert count_parameters(nn.Sequential(nn.Flatten(), build_mlp(784, (64, 64), 10, activation="relu"))) == 55_050
