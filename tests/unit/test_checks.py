"""Central differences: the losses are the module's own, and their quotients behave as a course says they do."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.networks import Dropout, build_mlp
from nnwidgets.training.checks import EPSILONS, MOST_PARAMETERS, central_differences
from tests.unit.plain import bits


def network(*more, hidden=3):
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), *more, nn.Linear(hidden, 1), nn.Sigmoid())


def batch(samples=4):
    torch.manual_seed(5)
    return torch.randn(samples, 2), (torch.arange(samples) % 2).float()[:, None]


def by_hand(model, x, y, loss_fn, number, epsilon):
    """The loss with one number of the parameters, counted through all of them, moved by ε."""
    moved = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in moved.parameters():
            if 0 <= number < parameter.numel():
                parameter.view(-1)[number] += epsilon
            number -= parameter.numel()
        return loss_fn(moved(x), y).item()


def quotients(found):
    return (found.losses[..., 0] - found.losses[..., 1]) / (2 * found.epsilons)


def test_epsilons():
    assert len(EPSILONS) == 17
    assert (EPSILONS[0], EPSILONS[-1]) == (1.0, 1e-8)
    np.testing.assert_allclose(EPSILONS[1::2], [0.3 * 10.0**-k for k in range(8)])
    np.testing.assert_allclose(EPSILONS[::2], [10.0**-k for k in range(9)])


def test_losses_are_those_of_the_module_with_each_number_moved():
    model, (x, y), loss_fn = network(), batch(), nn.BCELoss()
    found = central_differences(model, x, y, loss_fn)
    count = sum(p.numel() for p in model.parameters())
    assert found.losses.shape == (2, count, 17, 2)
    double = copy.deepcopy(model).double()
    for number in range(count):
        for k, epsilon in enumerate(found.epsilons):
            for side, sign in enumerate((1, -1)):
                ours = found.losses[:, number, k, side]
                own = by_hand(model, x, y, loss_fn, number, sign * epsilon)
                assert abs(ours[0] - own) <= 3 * np.finfo(np.float32).eps * max(1, own)
                theirs = by_hand(double, x.double(), y.double(), loss_fn, number, sign * epsilon)
                assert abs(ours[1] - theirs) <= 1e-14


def test_losses_are_float32_numbers_where_the_module_computes_in_it():
    model, (x, y) = network(), batch()
    own, double = central_differences(model, x, y, nn.BCELoss()).losses
    assert np.array_equal(own, own.astype(np.float32))
    assert not np.array_equal(double, double.astype(np.float32))


def test_a_float32_weight_that_is_large_does_not_notice_a_small_step():
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 1000.0)
    found = central_differences(model, torch.ones(1, 1), torch.zeros(1, 1), nn.MSELoss())
    own, double = found.losses[:, 0]
    unnoticed = found.epsilons <= 3e-5  # half of float32's distance there, 6.1e-5
    assert (own[unnoticed] == 1e6).all()
    assert (own[~unnoticed][:, 0] > own[~unnoticed][:, 1]).all()
    assert (double[:, 0] > double[:, 1]).all()


def test_the_gradient_in_double_is_autograds():
    model, (x, y) = network(), batch()
    model[0].weight.requires_grad_(False)  # what is not trained has a derivative as well
    found = central_differences(model, x, y, nn.BCELoss())
    double = copy.deepcopy(model).double().requires_grad_()
    nn.BCELoss()(double(x.double()), y.double()).backward()
    expected = torch.cat([p.grad.ravel() for p in double.parameters()])
    np.testing.assert_allclose(found.gradient_double, expected, rtol=1e-12)


def test_the_error_falls_with_the_square_of_epsilon_and_then_rises_with_rounding():
    found = central_differences(network(), *batch(), nn.BCELoss())
    error = np.abs(quotients(found) - found.gradient_double[:, None])
    own, double = np.sqrt((error**2).mean(1))
    at = {epsilon: k for k, epsilon in enumerate(EPSILONS)}
    for large, small in ((0.1, 0.01), (0.01, 0.001)):
        assert 90 < double[at[large]] / double[at[small]] < 110
    assert double.argmin() in range(at[1e-4], at[1e-6] + 1)
    assert double[at[1e-8]] > 20 * double.min()
    assert own.argmin() in range(at[0.1], at[1e-3] + 1)
    assert own[at[1e-8]] > 1000 * own.min()
    assert own.min() > 1000 * double.min()


@pytest.mark.parametrize("drop", [nn.Dropout(0.5), Dropout(0.5)], ids=["torch", "ours"])
def test_every_run_drops_the_same(drop):
    model, (x, y) = network(drop, hidden=6), batch()
    generator = getattr(drop, "generator", None)

    def before():
        if generator is not None:
            generator.manual_seed(3)

    torch.manual_seed(7)
    state = torch.get_rng_state()
    found = central_differences(model, x, y, nn.BCELoss(), before)
    assert torch.equal(torch.get_rng_state(), state)
    error = np.abs(quotients(found) - found.gradient_double[:, None])[1]
    assert error.min(axis=1).max() < 1e-9
    before()
    loss = nn.BCELoss()(model(x), y).item()  # from the same state
    np.testing.assert_allclose(found.losses[0, :, -1].mean(), loss, rtol=1e-5)


class Asks(nn.Module):
    """Looks at its numbers, so that it cannot be run for many parameters at once."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        z = self.layer(x)
        return torch.sigmoid(z * (1.0 if z.sum().item() < 1e9 else 0.0))


def test_a_module_that_cannot_run_for_many_at_once_runs_one_by_one():
    model, (x, y) = Asks(), batch()
    found = central_differences(model, x, y, nn.BCELoss())
    plain = central_differences(nn.Sequential(model.layer, nn.Sigmoid()), x, y, nn.BCELoss())
    np.testing.assert_allclose(found.losses, plain.losses, rtol=1e-6)
    np.testing.assert_allclose(found.gradient_double, plain.gradient_double)


def test_where_the_loss_takes_no_number_there_is_none():
    model = nn.Linear(1, 1)  # no sigmoid: larger by 1 it leaves the probabilities
    nn.init.constant_(model.weight, 0.5)
    nn.init.zeros_(model.bias)
    found = central_differences(model, torch.ones(1, 1), torch.ones(1, 1), nn.BCELoss())
    assert np.isnan(found.losses[:, :, 0]).all(axis=(0, 1)).tolist() == [True, True]
    assert np.isfinite(found.losses[:, :, 2:]).all()


def test_a_module_that_wants_its_own_precision_has_no_copy_in_double():
    class Single(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, x):
            return torch.sigmoid(self.layer(x.float()))

    found = central_differences(Single(), *batch(), nn.BCELoss())
    assert np.isfinite(found.losses[0]).all()
    assert np.isnan(found.losses[1]).all()
    assert np.isnan(found.gradient_double).all()


def test_classes_and_losses_with_weights():
    torch.manual_seed(0)
    model, y = nn.Linear(2, 3), torch.tensor([0, 2, 1, 2])
    loss_fn = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    found = central_differences(model, batch()[0], y, loss_fn)
    error = np.abs(quotients(found) - found.gradient_double[:, None])[1]
    assert error.min(axis=1).max() < 1e-9
    assert loss_fn.weight.dtype == torch.float32


def test_the_module_stays_as_it_is():
    model, (x, y) = network(nn.BatchNorm1d(3), nn.Dropout(0.5)), batch()
    model[2].num_batches_tracked += 5
    before = {name: (bits(value), value.dtype, id(value)) for name, value in model.state_dict(keep_vars=True).items()}
    assert central_differences(model, x, y, nn.BCELoss()) is not None
    after = {name: (bits(value), value.dtype, id(value)) for name, value in model.state_dict(keep_vars=True).items()}
    assert after == before
    assert all(p.grad is None and p.requires_grad for p in model.parameters())


def test_too_much_is_left_out():
    large = build_mlp(hidden_layers=(MOST_PARAMETERS // 4 + 1,))
    assert central_differences(large, *batch(), nn.BCELoss()) is None
    assert central_differences(nn.Sigmoid(), *batch(), nn.MSELoss()) is None
    x = torch.randn(30_000, 2)
    assert central_differences(network(), x, torch.zeros(30_000, 1), nn.BCELoss()) is None
