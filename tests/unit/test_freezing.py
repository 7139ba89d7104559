"""Single entries of weights and biases that no step changes, whatever the optimizer remembers or lets decay."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nnwidgets.export.code import to_code
from nnwidgets.features import parse_features
from nnwidgets.training import commands as c
from nnwidgets.training.settings import NetworkSpec
from tests.unit.plain import PATIENCE, PlainRun, bits, make_experiment, make_loop, same_bits, small_data
from tests.unit.test_experiment import steps

ENTRIES = frozenset([("0.weight", 3), ("0.weight", 4), ("0.bias", 0), ("2.weight", 1), ("2.bias", 0)])
OPTIMIZERS = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.01, amsgrad=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05, weight_decay=0.01),
}


def trained(loop, **target):
    loop.call(c.Train(**target))
    loop.wait(PATIENCE)
    return loop


def at(loop, entries=ENTRIES):
    state = loop.experiment.copy_state()
    return {entry: bits(state[entry[0]].flatten()[entry[1]]) for entry in entries}


@pytest.mark.parametrize("engine", ["eager", "fused"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_frozen_entry_keeps_its_bits_and_the_others_do_not(engine, optimizer):
    loop = trained(make_loop(hidden=(4,), engine=engine, optimizer=OPTIMIZERS[optimizer], l1=0.01, l2=0.02), epochs=1)
    kept = at(loop)
    loop.call(c.Freeze(frozenset(), ENTRIES))
    others = {(name, place) for name, value in loop.experiment.copy_state().items() for place in range(value.numel())}
    before = at(loop, others - ENTRIES)
    trained(loop, epochs=4)
    assert loop.engine.name_for(loop.experiment) == engine
    assert at(loop) == kept
    assert not at(loop, others - ENTRIES).items() & before.items()
    loop.call(c.Freeze())
    trained(loop, epochs=1)
    assert not at(loop).items() & kept.items()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_others_train_as_with_gradients_that_are_masked_by_hand(optimizer):
    make = OPTIMIZERS[optimizer]
    experiment = steps(make_experiment(hidden=(4,), optimizer=make, learning_rate=None), 3)
    experiment.freeze(frozenset(), ENTRIES)
    plain = PlainRun(small_data(), hidden=(4,), optimizer=make).train(3)
    plain.change("held", ENTRIES)
    assert same_bits(steps(experiment, 11).model.state_dict(), plain.train(11).state())
    experiment.freeze(frozenset())
    plain.change("held", frozenset())
    assert same_bits(steps(experiment, 4).model.state_dict(), plain.train(4).state())
    assert bits(experiment.model[0].weight) != bits(PlainRun(small_data(), hidden=(4,), optimizer=make).model[0].weight)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_both_engines_agree(optimizer):
    states = []
    for engine in ("eager", "fused"):
        loop = make_loop(hidden=(4,), engine=engine, optimizer=OPTIMIZERS[optimizer], l2=0.02)
        loop.call(c.Freeze(frozenset(), ENTRIES))
        states.append(trained(loop, epochs=6).experiment.copy_state())
    for name, value in states[0].items():
        torch.testing.assert_close(states[1][name], value, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("checkpoint_bytes", [0, 64 * 2**20])
def test_the_past_knows_what_was_frozen(checkpoint_bytes):
    loop = trained(make_loop(hidden=(4,), optimizer="adam", checkpoint_bytes=checkpoint_bytes), epochs=2)
    loop.call(c.Freeze(frozenset(), ENTRIES))
    there = trained(loop, epochs=1).experiment.copy_state()
    loop.call(c.Freeze())
    trained(loop, epochs=2)
    loop.call(c.Rewind(3))
    assert loop.experiment.settings.frozen_entries == ENTRIES
    assert same_bits(loop.experiment.copy_state(), there)
    kept = at(loop)
    loop.call(c.Edit({"0.bias": torch.zeros(4)}))
    trained(loop, epochs=1)
    assert {entry: value for entry, value in at(loop).items() if entry[0] != "0.bias"}.items() <= kept.items()
    assert loop.experiment.model[0].bias[0].item() == 0.0
    loop.call(c.Rewind(1))
    assert loop.experiment.settings.frozen_entries == frozenset()


def test_another_network_keeps_frozen_what_it_still_has():
    loop = make_loop(hidden=(4,))
    loop.call(c.Freeze(frozenset(), ENTRIES))
    loop.call(c.SetNetwork(NetworkSpec((2, 3))))
    assert loop.experiment.settings.frozen_entries == {("0.weight", 3), ("0.bias", 0), ("4.weight", 1), ("4.bias", 0)}
    loop.call(c.Reset(3))
    assert len(loop.experiment.settings.frozen_entries) == 4


def test_other_features_move_the_columns():
    loop = make_loop(hidden=(2,))
    loop.call(c.Freeze(frozenset(), frozenset([("0.weight", 1), ("0.weight", 2)])))  # of x2, and of x1
    loop.call(c.SetInputs(parse_features(("x1*x2", "x2", "x1"))))
    assert loop.experiment.settings.frozen_entries == {("0.weight", 1), ("0.weight", 5)}


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_a_script_keeps_them_too(optimizer):
    loop = trained(make_loop(hidden=(4,), optimizer=optimizer, l2=0.02), steps=3)
    loop.call(c.Freeze(frozenset(["0.bias"]), ENTRIES))
    trained(loop, steps=4)
    loop.call(c.SetNetwork(NetworkSpec((3, 2))))
    trained(loop, steps=4)
    loop.call(c.Freeze(frozenset(), frozenset([("0.weight", 0)])))
    trained(loop, steps=4)
    names = {}
    exec(to_code(loop), names)
    assert same_bits(names["model"].state_dict(), loop.experiment.copy_state())
    assert "held" not in to_code(trained(make_loop(), steps=3))


def test_gradients_that_autograd_hands_out_twice_are_not_taken_from_each_other():
    class Twins(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Parameter(torch.zeros(1, 1)), nn.Parameter(torch.zeros(1, 1))

        def forward(self, x):
            return torch.sigmoid(x[:, :1] * 0 + (self.a + self.b))

    experiment = make_experiment(model=Twins(), loss_fn="bce")
    experiment.freeze(frozenset(), frozenset([("a", 0)]))
    steps(experiment, 3)
    assert experiment.model.a.item() == 0.0
    assert experiment.model.b.item() != 0.0


@pytest.mark.parametrize("entry", [("0.weight", 8), ("0.weight", -1), ("1.weight", 0)])
def test_an_entry_that_there_is_not_is_refused(entry):
    experiment = make_experiment(hidden=(4,))
    with pytest.raises(ValueError, match=r"entries|no parameter '1.weight'"):
        experiment.freeze(frozenset(["0.bias"]), frozenset([entry]))
    assert experiment.settings.frozen == frozenset()


def test_a_drag_without_a_step_leaves_one_edit():
    loop = trained(make_loop(), steps=3)
    for value in (0.1, 0.2, 0.3):
        loop.call(c.Edit({"0.bias": torch.full((2,), value)}))
    loop.call(c.Edit({"2.bias": torch.ones(1)}))
    loop.call(c.Edit({"0.bias": torch.ones(2)}))
    assert [list(entry.change.values) for entry in loop.journal] == [["0.bias"], ["2.bias"], ["0.bias"]]
    assert loop.journal[0].change.values["0.bias"][0].item() == pytest.approx(0.3)
