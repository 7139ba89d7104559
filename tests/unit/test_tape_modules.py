"""Recording a pass: what modules do is followed or refused, and nothing of it stays."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from nnwidgets.networks import Dropout
from nnwidgets.training.tape import TapeError, record, values_again
from tests.unit.plain import Doubled, bits
from tests.unit.tapes import Does, accumulated, check_flow, network

# --- what modules do


def recorded(function, samples=3, **options):
    torch.manual_seed(3)
    return record(Does(function), torch.randn(samples, 2), torch.rand(samples, 1), nn.MSELoss(), **options)


def matmul(m, x):
    return m.b((x @ m.a.weight.t() + m.a.bias) * m.k)


FOLLOWED = {
    "one layer twice": lambda m, x: m.b(m.a(m.a(x))),
    "a residual": lambda m, x: m.b(x + torch.tanh(m.a(x))),
    "matrices": matmul,
    "in place": lambda m, x: m.b(m.a(x).mul_(2).add_(m.k).relu_()),
    "in place on the input": lambda m, x: m.b(m.a(x.mul_(2))),
    "a rectifier in place": lambda m, x: m.b(functional.relu(m.a(x), inplace=True)),
    "dropout": lambda m, x: m.b(functional.dropout(m.a(x), 0.5)),
    "noise": lambda m, x: m.b(m.a(x) + torch.randn_like(x)),
    "detached": lambda m, x: m.b(m.a(x).detach() * m.k),
    "without gradients": lambda m, x: m.b(torch.no_grad()(m.a)(x) + x * m.k),
    "two outputs": lambda m, x: m.b(torch.stack(m.a(x).unbind(1)[::-1], 1)),
    "a choice": lambda m, x: m.b(torch.where(x > 0, m.a(x), x * m.k)),
    "numbers": lambda m, x: m.b(1 / (2 - m.a(x) ** 2)),
    "an axis more": lambda m, x: m.b(m.a(x[:, None]).squeeze(1)),
    "nothing": lambda m, x: m.b(functional.dropout(m.a(x).float().contiguous(), 0.5, training=False)),
    "an unused branch": lambda m, x: (m.a(x).tanh(), m.b(x))[1],
    "one number": lambda m, x: m.b(m.a(x)) * m.k.sum(),
}


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("what", FOLLOWED)
def test_whatever_is_followed_sums_up(what, samples):
    tape = recorded(FOLLOWED[what], samples)
    found = accumulated(tape)
    factor = tape.samples
    for place, value in enumerate(tape.values):
        if value.gradient is None and value.kind == "result":
            continue  # autograd stopped here
        expected = np.zeros_like(value.array) if value.gradient is None else factor * value.gradient
        flow = found.get(place, np.zeros_like(value.array))
        flow = flow if value.per_sample else flow.sum(0, keepdims=True)
        np.testing.assert_allclose(flow, expected, rtol=1e-4, atol=1e-6)


def test_what_does_not_lead_to_the_loss_is_left_out():
    assert [o.module for o in recorded(FOLLOWED["an unused branch"]).operations] == ["b", ""]
    centred = recorded(lambda m, x: m.b(x) + 0 * m.b(x) if (x - x.mean(0)).sum() > 9 else m.b(x))
    assert [o.function for o in centred.operations] == ["linear", "mse_loss"]


def test_what_does_nothing_is_no_operation():
    assert [o.function for o in recorded(FOLLOWED["nothing"]).operations] == ["linear", "linear", "mse_loss"]


def test_values_before_and_after_a_change_in_place_are_two():
    tape = recorded(FOLLOWED["in place"])
    first, second, third, fourth = (tape.values[o.output] for o in tape.operations[:4])
    assert np.array_equal(second.array, 2 * first.array)
    assert (third.array < 0).any()
    assert np.array_equal(fourth.array, np.maximum(third.array, 0))
    np.testing.assert_allclose(first.gradient, 2 * fourth.gradient * (third.array > 0))


def test_nothing_flows_where_it_is_stopped_but_values_are_linked():
    tape = recorded(FOLLOWED["detached"])
    stopped = next(o for o in tape.operations if o.function == "detach")
    assert not stopped.local[0].any()
    assert np.array_equal(stopped.linked[0], np.eye(2, dtype=bool))
    assert not tape.gradients["a.weight"].any()
    quiet = recorded(FOLLOWED["without gradients"]).operations[0]
    assert not any(local.any() for local in quiet.local)
    assert quiet.linked[0].all()


def test_dropout_is_made_again_with_what_it_dropped():
    torch.manual_seed(0)
    tape = record(network(nn.Dropout(0.5)), torch.randn(4, 2), torch.randn(4, 1), nn.MSELoss())
    drop = next(o for o in tape.operations if o.function == "dropout")
    before, after = (tape.values[place].array for place in (drop.inputs[0], drop.output))
    dropped = after == 0
    assert 0 < dropped.sum() < dropped.size
    diagonal = drop.local[0][:, range(3), range(3)]
    assert np.array_equal(diagonal, np.where(dropped, 0.0, 2.0))
    np.testing.assert_allclose(after, before * diagonal)


def test_dropout_with_numbers_of_its_own_draws_what_it_is_seeded_with():
    generator = torch.Generator()
    model = network(Dropout(0.5, generator))
    x, y = torch.randn(4, 2), torch.randn(4, 1)
    one, same, other = (
        record(model, x, y, nn.MSELoss(), lambda seed=seed: generator.manual_seed(seed)) for seed in (5, 5, 6)
    )
    assert one.loss == same.loss != other.loss
    check_flow(one, rtol=1e-4, atol=1e-6)


def test_parameters_that_are_not_trained_have_no_gradient_but_local_derivatives():
    model = network()
    model[0].weight.requires_grad_(False)
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    weight = next(value for value in tape.values if value.name == "0.weight")
    assert weight.gradient is None
    assert "0.weight" not in tape.gradients
    assert "0.bias" in tape.gradients
    assert tape.operations[0].local[1].any()


def test_a_network_with_nothing_to_train_can_be_looked_at():
    model = network().requires_grad_(False)
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert tape.gradients == {}
    assert tape.values[0].gradient.any()


def test_a_shared_parameter_is_one_value():
    model = network()
    model[2] = nn.Linear(3, 1)
    model.append(nn.Linear(1, 1))
    model.append(model[3])
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert [value.name for value in tape.values].count("3.weight") == 1
    assert sum(o.module == "3" for o in tape.operations) == 2
    check_flow(tape, rtol=1e-4, atol=1e-6)


def test_options_and_modules_are_told():
    tape = record(network(nn.LeakyReLU(0.3), nn.Softplus(2.0)), torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    found = {o.function: (o.module, o.options) for o in tape.operations}
    assert found["leaky_relu"] == ("2", {"negative_slope": 0.3, "inplace": False})
    assert found["softplus"] == ("3", {"beta": 2.0, "threshold": 20.0})
    assert found["tanh"] == ("1", {})


def test_numbers_that_are_none_are_recorded_too():
    model = network()
    with torch.no_grad():
        model[0].weight[0, 0] = math.nan
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert math.isnan(tape.loss)
    assert np.isnan(tape.operations[0].local[0]).any()
    assert np.array_equal(tape.operations[1].linked[0], np.eye(3, dtype=bool))


def test_a_number_that_is_none_links_no_others():
    model = Does(lambda m, x: m.b(m.a(x) * m.k))
    with torch.no_grad():
        model.k[0] = math.nan  # times the zero of another unit, autograd gives NaN again
    tape = record(model, torch.randn(2, 2), torch.randn(2, 1), nn.MSELoss())
    assert np.isnan(tape.operations[1].local[0][0, :, 0]).all()
    assert all(np.array_equal(linked, np.eye(2, dtype=bool)) for linked in tape.operations[1].linked)


def test_derivatives_of_a_large_batch_are_asked_for_in_pieces(monkeypatch):
    model, x, y = network(nn.Softmax(1)), torch.randn(4, 2), torch.randn(4, 1)
    whole = record(model, x, y, nn.MSELoss())
    monkeypatch.setattr("nnwidgets.training.local_derivatives._AT_ONCE", 60)  # of 12 numbers each, 5 at a time
    pieces = record(model, x, y, nn.MSELoss())
    for ours, theirs in zip(pieces.operations, whole.operations, strict=True):
        for local, other in zip(ours.local, theirs.local, strict=True):
            np.testing.assert_allclose(local, other, rtol=1e-6)


class Cubed(torch.autograd.Function):
    """Looks at its numbers on the way back, which many derivatives at once cannot."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient * 3 * x**2 if gradient.abs().sum().item() < 1e9 else gradient


def test_derivatives_that_cannot_be_asked_for_together_are_asked_for_one_by_one():
    class Number(torch.Tensor):
        @staticmethod
        def cubed(x):
            return torch.overrides.handle_torch_function(Number.cubed, (x,), x) if watched(x) else Cubed.apply(x)

    def watched(x):
        return torch.overrides.has_torch_function((x,))

    x, y = torch.randn(3, 2), torch.randn(3, 1)
    tape = record(Does(lambda m, x: m.b(Number.cubed(m.a(x)))), x, y, nn.MSELoss())
    assert tape.operations[1].function == "cubed"
    assert np.array_equal(tape.operations[1].linked[0], np.eye(2, dtype=bool))
    before = tape.values[tape.operations[1].inputs[0]].array
    np.testing.assert_allclose(tape.operations[1].local[0][:, range(2), range(2)], 3 * before**2, rtol=1e-5)


# --- what cannot be followed


def write(m, x):
    h = m.a(x)
    h[:, 0] = 0
    return m.b(h)


def fill(m, x):
    h = torch.zeros(len(x), 2)
    h[:, 0] = m.a(x)[:, 1]
    return m.b(h)


def write_through_a_view(m, x):
    h = torch.zeros(len(x), 2)
    h[:, 0].copy_(m.a(x)[:, 1])
    return m.b(h)


def change_a_view(m, x):
    h = m.a(x)
    h[:, :1].mul_(2)
    return m.b(h)


def change_what_is_kept(m, x):
    h = m.a(x)
    view = h[:, :2]
    h.mul_(2)
    return m.b(view)


def clip(m, x):
    m.k.data.clamp_(-1, 1)
    return m.b(m.a(x) * m.k)


def clip_without_gradients(m, x):
    with torch.no_grad():
        m.a.weight.mul_(0.5)
    return m.b(m.a(x))


def many(m, x):
    h = m.a(x)
    for _ in range(100):
        h = h + 1
    return m.b(h)


def drawn(m, x):
    return m.b(torch.bernoulli(m.a(x).sigmoid(), generator=m.generator) * m.a(x))


REFUSED = {
    "writing into a part": (write, "writes into a part"),
    "filling": (fill, "writes into a part"),
    "writing through a view": (write_through_a_view, "cannot be followed"),
    "changing a view": (change_a_view, "in place"),
    "changing what is kept": (change_what_is_kept, "in place"),
    "clipping weights": (clip, "changes a parameter"),
    "changing weights": (clip_without_gradients, "changes a parameter"),
    "a function of its own": (lambda m, x: m.b(Doubled.apply(m.a(x))), "cannot be followed"),
    "centring the batch": (lambda m, x: m.b(m.a(x) - m.a(x).mean(0)), "each sample of a batch by itself"),
    "the batch's order": (lambda m, x: m.b(m.a(x).flip(0)), "each sample of a batch by itself"),
    "one sample for all": (lambda m, x: m.b(m.a(x)[:1].expand(3, 2)), "each sample of a batch by itself"),
    "batch normalization": (
        lambda m, x: m.b(functional.batch_norm(m.a(x), None, None, training=True)),
        "each sample of a batch by itself",
    ),
    "too many units": (lambda m, x: m.b(torch.cat([m.a(x)] * 33, 1)[:, :2]), "66 numbers for each sample"),
    "too many operations": (many, "more than 100 operations"),
    "no tensor": (lambda m, x: [m.b(x)], "must be a tensor, not list"),
    "no input": (lambda m, x: m.b(torch.ones(3, 2)), "does not depend on what goes in"),
    "numbers only": (lambda m, x: torch.ones(3, 1), "does not depend on what goes in"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_followed_is_refused(what):
    function, message = REFUSED[what]
    torch.manual_seed(3)
    model = Does(function)
    before = {name: bits(value) for name, value in model.named_parameters()}
    with pytest.raises(TapeError, match=message):
        record(model, torch.randn(3, 2), torch.rand(3, 1), nn.MSELoss())
    assert {name: bits(value) for name, value in model.named_parameters()} == before
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_two_samples_that_normalization_mixes_are_refused_as_well():
    # it makes nearly ±1 of them, whatever they are: derivatives hardly show it
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))
    with pytest.raises(TapeError, match="batch normalization"):
        record(model, torch.randn(2, 2), torch.rand(2, 1), nn.MSELoss())
    tape = record(model.eval(), torch.randn(2, 2), torch.rand(2, 1), nn.MSELoss())
    check_flow(tape, rtol=1e-4, atol=1e-6)


def test_random_numbers_that_cannot_be_drawn_again_are_refused():
    model = Does(drawn)
    model.generator = torch.Generator()
    with pytest.raises(TapeError, match="made again"):
        record(model, torch.randn(30, 2), torch.rand(30, 1), nn.MSELoss())


def test_a_loss_has_one_number():
    with pytest.raises(TapeError, match="one number"):
        record(network(), torch.randn(3, 2), torch.rand(3, 1), nn.MSELoss(reduction="none"))
    with pytest.raises(TapeError, match="one number"):
        record(network(), torch.randn(3, 2), torch.rand(3, 1), lambda p, y: 1.0)
    model = network()
    with pytest.raises(TapeError, match="the loss does not depend on what the module returns"):
        record(model, torch.randn(3, 2), torch.rand(3, 1), lambda p, y: model[0].weight.sum())
    with pytest.raises(TapeError, match="the loss does not depend"):
        record(network(), torch.randn(3, 2), torch.rand(3, 1), lambda p, y: y.sum())


def test_a_large_input_is_refused():
    with pytest.raises(TapeError, match="what goes in has 65 numbers for each sample"):
        record(nn.Linear(65, 1), torch.randn(3, 65), torch.rand(3, 1), nn.MSELoss())


# --- nothing of it stays


class Restless(nn.Module):
    """Changes all of itself that a module may, and fails if it is told to."""

    def __init__(self):
        super().__init__()
        self.layer, self.drop = nn.Linear(2, 1), nn.Dropout(0.5)
        self.register_buffer("seen", torch.zeros(2))
        self.register_buffer("last", None)
        self.calls, self.kept, self.fails = 0, [], False

    def forward(self, x):
        self.seen.add_(x.detach().sum(0))
        self.last = x.detach()
        self.calls += 1
        self.kept.append(x)
        self.drop.train()
        self.another = 1
        self.layer.register_forward_hook(lambda *_: None)
        result = self.layer(self.drop(x))
        if self.fails:
            raise RuntimeError("no")
        return result


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_is_as_before(fails):
    model = Restless()
    model.eval()
    model(torch.ones(1, 2)).sum().backward()
    model.eval()
    model.fails = fails
    hooks = [dict(module._forward_hooks) for module in model.modules()]
    state = {name: bits(value) for name, value in model.state_dict().items()}
    gradients = [p.grad for p in model.parameters()]
    values = [bits(p.grad) for p in model.parameters()]
    last, attributes, random = model.last, set(vars(model)), torch.get_rng_state()
    if fails:
        with pytest.raises(RuntimeError, match=r"^no$"):
            record(model, torch.ones(2, 2), torch.ones(2, 1), nn.MSELoss())
    else:
        tape = record(model, torch.ones(2, 2), torch.ones(2, 1), nn.MSELoss())
        assert [o.function for o in tape.operations] == ["dropout", "linear", "mse_loss"]
    assert {name: bits(value) for name, value in model.state_dict().items()} == state
    assert all(p.grad is gradient for p, gradient in zip(model.parameters(), gradients, strict=True))
    assert [bits(p.grad) for p in model.parameters()] == values
    assert [dict(module._forward_hooks) for module in model.modules()] == hooks
    assert not any(module._forward_pre_hooks or module.training for module in model.modules())
    assert (model.calls, len(model.kept), model.last) == (1, 1, last)
    assert set(vars(model)) == attributes
    assert torch.equal(torch.get_rng_state(), random)


def test_what_goes_in_stays():
    x, y = torch.randn(3, 2), torch.rand(3, 1)
    before = bits(x), bits(y)
    record(Does(FOLLOWED["in place on the input"]), x, y, nn.MSELoss())
    assert (bits(x), bits(y)) == before
    assert not x.requires_grad


def test_gradients_may_be_switched_off_around_it():
    with torch.no_grad():
        tape = record(network(), torch.randn(3, 2), torch.rand(3, 1), nn.MSELoss())
    assert tape.gradients["0.weight"].any()


# --- the same with other parameters


def test_values_with_other_parameters():
    model, other = network(), network()
    with torch.no_grad():
        other[0].weight.mul_(2)
    x, y = torch.randn(5, 2), torch.randn(5, 1)
    tape, wanted = (record(each, x, y, nn.MSELoss(), shown=2) for each in (model, other))
    found, loss, losses = values_again(tape, other, x, y, nn.MSELoss())
    assert loss == wanted.loss
    assert np.array_equal(losses, wanted.losses)
    for array, value in zip(found, wanted.values, strict=True):
        assert np.array_equal(array, value.array)


def test_there_are_none_where_it_went_another_way():
    def turns(m, x):
        return m.b(torch.tanh(m.a(x)) if m.k[0] > 0 else torch.sigmoid(m.a(x)))

    model, other = Does(turns), Does(turns)
    with torch.no_grad():
        other.k.neg_()
    x, y = torch.randn(5, 2), torch.randn(5, 1)
    tape = record(model, x, y, nn.MSELoss())
    found, loss, _ = values_again(tape, other, x, y, nn.MSELoss())
    assert loss == nn.MSELoss()(other(x), y).item()
    assert all(np.isnan(array).all() for array in found)
