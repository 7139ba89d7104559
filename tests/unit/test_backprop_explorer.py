"""BackpropExplorer: what it records is PyTorch's, whatever is set, edited in Python, said by a view, or broken."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

import nnwidgets.widgets._backprop_source as engine
from nnwidgets import BackpropExplorer
from nnwidgets.functions import ACTIVATIONS
from tests.unit.background import messages, read, tell
from tests.unit.plain import PATIENCE, maker
from tests.unit.scripts import printed

make = maker(BackpropExplorer)
sent = messages()

FOUR = ((0.8, -0.5), (-0.6, 0.9), (0.3, 0.7), (-0.4, -0.8))
LOSSES = {"bce": nn.BCELoss(), "bce_with_logits": nn.BCEWithLogitsLoss(), "mse": nn.MSELoss()}


def plain(explorer):
    """A network of plain PyTorch with the weights of the settings; its inputs and its loss of outputs."""
    sizes = (len(explorer.inputs[0]), *explorer.hidden_layers, explorer.n_outputs)
    kind = ACTIVATIONS[explorer.activation]
    layers = []
    with torch.random.fork_rng():
        torch.manual_seed(explorer.seed)
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), getattr(nn, kind.torch_name)(**kind.torch_kwargs)]
    layers.pop()
    model = nn.Sequential(*layers, *([nn.Sigmoid()] if explorer.loss_fn == "bce" else []))
    if explorer.weights:
        nn.utils.vector_to_parameters(torch.tensor(explorer.weights), model.parameters())
    y = torch.tensor(explorer.targets)
    if explorer.loss_fn == "cross_entropy":
        return model, torch.tensor(explorer.inputs), lambda out: nn.CrossEntropyLoss()(out, y.long()[:, 0])
    return model, torch.tensor(explorer.inputs), lambda out: LOSSES[explorer.loss_fn](out, y)


def flat(tensors):
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).numpy()


def weights_of(explorer):
    return flat(explorer.model.parameters())


def spoken(script, **names):
    """What a script prints, by what it says before the numbers."""
    lines = printed(script, **names).splitlines()
    return dict(line.rsplit(" [", 1) if "[" in line else line.rsplit(maxsplit=1) for line in lines)


# -- recording --------------------------------------------------------------------------------------------------------


def test_it_is_imported_and_described_without_torch():
    program = """
import sys
from nnwidgets import BackpropExplorer
BackpropExplorer.class_traits(), BackpropExplorer._WORDS, BackpropExplorer.PRESETS, BackpropExplorer._SCRIPT
print(sorted({"torch", "torchvision", "matplotlib", "sklearn"} & sys.modules.keys()))
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden_layers": (), "loss_fn": "mse", "inputs": FOUR},
        {"hidden_layers": (3, 2), "activation": "gelu", "loss_fn": "bce_with_logits", "n_outputs": 2, "inputs": FOUR},
        {"hidden_layers": (4,), "activation": "identity", "loss_fn": "cross_entropy", "n_outputs": 3, "seed": 5},
        {"hidden_layers": (3,), "inputs": ((0.1, 0.2, 0.3),), "seed": 4},
    ],
    ids=["default", "no hidden layer", "logits", "classes", "three inputs"],
)
def test_values_and_gradients_are_those_of_plain_pytorch(make, settings):
    explorer = make(**settings)
    found = explorer.measure()
    model, x, loss_of = plain(explorer)
    loss = loss_of(model(x))
    loss.backward()
    assert explorer.loss == loss.item()
    for (name, parameter), (mine, recorded) in zip(
        model.named_parameters(), found.recording.parameters.items(), strict=True
    ):
        assert tuple(recorded.before.shape) == tuple(parameter.shape)
        np.testing.assert_array_equal(recorded.before, parameter.detach().numpy())
        np.testing.assert_array_equal(recorded.gradient, parameter.grad.numpy())
        index = (0,) * parameter.ndim
        entry = f"{mine}[{', '.join(map(str, index))}]"
        assert explorer.gradient(entry) == parameter.grad[index].item(), name
        assert explorer.value(entry) == parameter[index].item()


def test_numbers_are_asked_for_by_name(make):
    explorer = make()
    a = 0.6 * 0.8 - 0.9 * -0.5 + 0.1
    assert explorer.value("a1") == pytest.approx(a, rel=1e-6)
    assert explorer.local("h1", "a1") == pytest.approx(1 - np.tanh(a) ** 2, rel=1e-5)
    assert explorer.local("a1", "w11") == np.float32(0.8)
    (path,) = explorer.paths("w11")
    assert path.product == pytest.approx(explorer.gradient("w11"), rel=1e-6)
    assert explorer.gradient("L") == 1
    with pytest.raises(KeyError, match="w13"):
        explorer.value("w13")
    with pytest.raises(KeyError, match="straight"):
        explorer.local("p", "w11")


def test_the_sample_that_is_looked_at_decides_about_nodes_and_not_about_weights(make):
    explorer = make(inputs=FOUR, targets=((1,), (0,), (1,), (0,)))
    first = explorer.gradient("w11"), explorer.value("h1"), explorer.gradient("h1")
    explorer.sample = 3
    assert explorer.gradient("w11") == first[0]
    assert explorer.value("x1") == pytest.approx(0.3)
    assert explorer.value("h1") != first[1]
    assert explorer.gradient("h1") != first[2]
    explorer.sample = 99  # the last
    assert explorer.value("x1") == pytest.approx(-0.4)


def test_what_travels_is_what_was_recorded(make):
    explorer = make(inputs=FOUR, targets=((1,), (0,), (1,), (0,)), beside="relu")
    explorer.wait(PATIENCE)
    found, trait = explorer.measure(), explorer._pass
    nodes, count = len(trait["symbols"]), len(trait["parameter_symbols"])
    assert (trait["owner"], trait["label"], trait["batch"], trait["shown"]) == ("settings", "4 samples", 4, 4)
    assert (trait["number"], trait["rule"], trait["precision"], trait["settled"]) == (1, "sgd", "float32", True)
    np.testing.assert_array_equal(read(trait, "values", 4, nodes), found.graph.values)
    np.testing.assert_array_equal(read(trait, "gradients", 4, nodes), found.graph.gradients)
    np.testing.assert_array_equal(read(trait, "before", count), weights_of(explorer))
    assert len(read(trait, "epsilons", -1)) > 5
    assert trait["settings"] == {name: explorer._plain(name) for name in trait["settings"]}
    assert trait["beside"]["label"] == "ReLU"
    mine, twin = ([each["weights"] for each in part["magnitudes"]] for part in (trait, trait["beside"]))
    assert len(mine) == len(twin) == 2
    assert mine != twin
    explorer.activation, explorer.beside = "relu", "tanh"
    explorer.wait(PATIENCE)
    again = [[each["weights"] for each in part["magnitudes"]] for part in (explorer._pass, explorer._pass["beside"])]
    assert again == [twin, mine]


def test_differences_of_a_large_network_come_after_its_pass(make):
    explorer = make()
    explorer.wait(PATIENCE)
    seen = []
    explorer.observe(lambda change: seen.append(len(change.new["epsilons"])), "_pass")
    explorer.hidden_layers = (6, 6)
    explorer.wait(PATIENCE)
    assert seen[0] == 0
    assert seen[-1] > 0
    assert len(seen) == 2


def test_the_newest_setting_wins_in_a_storm(make):
    explorer = make()

    def change(rates):
        for rate in rates:
            explorer.set_state({"learning_rate": rate, "inputs": [[rate, 1]]})

    threads = [threading.Thread(target=change, args=(np.arange(1 + k, 60, 3) / 64,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    explorer.wait(PATIENCE)
    assert explorer._pass["learning_rate"] == explorer.learning_rate == explorer.inputs[0][0]
    assert explorer.value("x1") == np.float32(explorer.inputs[0][0])
    assert explorer._pass["version"] < 60  # most of them nobody wanted any more


def test_how_it_is_looked_at_needs_no_recording(make):
    explorer = make()
    explorer.wait(PATIENCE)
    before = explorer._pass
    explorer.step, explorer.detail, explorer.sample, explorer.epsilon, explorer.precision = 9, "layer", 2, 0.1, "model"
    assert explorer._pass is before
    assert explorer._background._thread is None


# -- settings that belong together ------------------------------------------------------------------------------------


def test_another_shape_draws_other_weights_unless_they_are_given(make):
    explorer = make()
    explorer.hidden_layers = (3,)
    assert explorer.weights == ()
    torch.manual_seed(0)
    expected = flat([p for layer in (nn.Linear(2, 3), nn.Linear(3, 1)) for p in layer.parameters()])
    np.testing.assert_array_equal(weights_of(explorer), expected)
    explorer.set_state({"hidden_layers": [], "weights": [1, 2, 3]})
    assert explorer.weights == (1.0, 2.0, 3.0)
    explorer.activation, explorer.loss_fn = "relu", "mse"  # the same weights
    assert explorer.weights == (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(weights_of(explorer), [1, 2, 3])
    explorer.seed = 3
    assert explorer.weights == ()
    drawn = weights_of(explorer)
    explorer.seed = 4
    assert not np.array_equal(weights_of(explorer), drawn)


def test_weights_of_a_network_of_another_shape_do_not_go_over_by_chance(make):
    explorer = make(hidden_layers=(), inputs=((1, 2, 3, 4, 5, 6, 7, 8),))  # as many as the default's nine
    assert explorer.weights == ()
    given = make(hidden_layers=(), inputs=((1, 2, 3, 4, 5, 6, 7, 8),), weights=BackpropExplorer().weights)
    assert given.weights == BackpropExplorer().weights


def test_targets_follow_loss_outputs_and_inputs(make):
    explorer = make()
    explorer.inputs = FOUR
    assert explorer.targets == ((1.0,), (0.0,), (1.0,), (0.0,))
    explorer.targets = ((0.5,), (0.25,), (0.0,), (1.0,))
    explorer.inputs = FOUR[:3]
    assert explorer.targets == ((0.5,), (0.25,), (0.0,))
    explorer.loss_fn = "cross_entropy"
    assert (explorer.n_outputs, explorer.targets) == (2, ((0.0,), (1.0,), (0.0,)))
    explorer.n_outputs = 3
    assert explorer.targets == ((0.0,), (1.0,), (0.0,))
    explorer.set_state({"loss_fn": "mse", "n_outputs": 2, "targets": [[3, -2], [1, 1], [0, 7]]})
    assert explorer.targets == ((3.0, -2.0), (1.0, 1.0), (0.0, 7.0))
    explorer.loss_fn = "bce"
    assert explorer.targets == ((1.0, 0.0), (0.0, 1.0), (1.0, 0.0))
    explorer.wait(PATIENCE)
    assert explorer.status == "ready"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("hidden_layers", (9,), "hidden_layers.*at most 8"),
        ("hidden_layers", (1,) * 8, "at most 7 layers"),
        ("hidden_layers", 3, "at most 7 layers"),
        ("hidden_layers", (True,), "whole number"),
        ("activation", "step", "activation must be one of"),
        ("loss_fn", "hinge", "loss_fn must be one of"),
        ("loss_fn", "own", "loss_fn must be one of"),
        ("n_outputs", 0, "n_outputs must be"),
        ("inputs", (), "1 to 8 rows"),
        ("inputs", ((1, 2), (1,)), "inputs is not a table"),
        ("inputs", ((float("nan"), 1),), "finite"),
        ("inputs", ((1e7, 1),), "at most 1e"),
        ("inputs", "two", "rows"),
        ("targets", ((1,), (0,)), "one row for each of the 1"),
        ("targets", ((2,),), "from 0 to 1"),
        ("targets", ((1, 0),), "1 numbers, one for each output"),
        ("weights", (1, 2), "9 weights and biases of the network 2-2-1"),
        ("weights", (float("inf"),) * 9, "finite"),
        ("weights", ("x",) * 9, "number"),
        ("learning_rate", 0.0, "learning_rate must be"),
        ("learning_rate", 1e7, "at most 1e"),
        ("epsilon", 2.0, "epsilon must be"),
        ("epsilon", 1e-9, "epsilon must be"),
        ("precision", "half", "precision must be one of"),
        ("detail", "atom", "detail must be one of"),
        ("beside", "step", "beside must be one of"),
        ("step", 0, "step must be"),
        ("sample", 0, "sample must be"),
        ("seed", -1, "seed must be"),
    ],
)
def test_values_that_are_not_allowed_are_refused(make, name, value, says):
    explorer = make()
    before = explorer._settings()
    with pytest.raises(traitlets.TraitError, match=says):
        setattr(explorer, name, value)
    assert explorer._settings() == before


def test_classes_are_numbers_of_outputs_and_there_are_at_least_two(make):
    explorer = make(loss_fn="cross_entropy", n_outputs=3, targets=((2,),))
    with pytest.raises(traitlets.TraitError, match=r"number of a class, such as \(0,\), from 0 to 2"):
        explorer.targets = ((3,),)
    with pytest.raises(traitlets.TraitError, match="number of a class"):
        explorer.targets = ((0.5,),)
    with pytest.raises(traitlets.TraitError, match="n_outputs of cross-entropy"):
        explorer.n_outputs = 1
    assert explorer.targets == ((2.0,),)


def test_weights_are_written_as_float32_has_them(make):
    explorer = make()
    explorer.weights = tuple(np.float32(each) for each in explorer.weights)
    assert explorer.weights[:2] == (0.6, -0.9)
    explorer.weights = torch.arange(9) / 10
    assert explorer.weights[1:4] == (0.1, 0.2, 0.3)


# -- the next pass ----------------------------------------------------------------------------------------------------


def test_the_next_pass_begins_where_pytorchs_sgd_ends(make):
    explorer = make(inputs=FOUR, targets=((1,), (0,), (1,), (0,)), learning_rate=0.7)
    twin, x, loss_of = plain(explorer)
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.7)
    for number in range(2, 6):
        optimizer.zero_grad()
        loss_of(twin(x)).backward()
        optimizer.step()
        updated = read(explorer.measure() and explorer._pass, "updated", -1).copy()
        explorer.next_pass()
        assert explorer.number == explorer._pass["number"] == number
        np.testing.assert_array_equal(weights_of(explorer), flat(twin.parameters()))
        np.testing.assert_array_equal(updated, flat(twin.parameters()))
        np.testing.assert_array_equal(np.float32(explorer.weights), flat(twin.parameters()))
        assert explorer.loss == loss_of(twin(x)).item()
    assert max(len(repr(each)) for each in explorer.weights) < 16


def test_a_view_asks_for_the_next_pass(make, sent):
    explorer = make()
    explorer.wait(PATIENCE)
    for _ in range(3):
        tell(explorer, "next_pass")
    explorer.wait(PATIENCE)
    assert explorer.number == 4
    tell(explorer, "here")
    assert sent == [{"type": "here"}]


def test_one_edit_goes_on_and_another_network_begins_anew(make):
    explorer = make()
    explorer.next_pass()
    weights = list(explorer.weights)
    weights[0] = 0.5
    explorer.weights = weights
    explorer.inputs, explorer.learning_rate = ((1, 2),), 0.1
    explorer.wait(PATIENCE)
    assert explorer.number == 2
    explorer.activation = "relu"
    explorer.wait(PATIENCE)
    assert explorer.number == 1
    explorer.next_pass()
    explorer.weights = BackpropExplorer().weights
    explorer.wait(PATIENCE)
    assert explorer.number == 1


def test_reset_goes_back_to_the_first_settings_and_pass(make):
    explorer = make(hidden_layers=(3,), seed=7)
    first = weights_of(explorer)
    explorer.next_pass()
    explorer.next_pass()
    explorer.inputs, explorer.step = ((1, 2),), 5
    explorer.reset()
    explorer.wait(PATIENCE)
    assert (explorer.number, explorer.step, explorer.weights) == (1, 1, ())
    np.testing.assert_array_equal(weights_of(explorer), first)
    explorer.next_pass()
    explorer.set_state(dict(explorer._about["first"]))  # as a view does it
    explorer.wait(PATIENCE)
    assert explorer.number == 1
    np.testing.assert_array_equal(weights_of(explorer), first)


def test_a_step_to_nowhere_is_refused_and_changes_nothing(make, sent):
    explorer = make(loss_fn="mse", inputs=((1e6, 1e6),), weights=(1e15,) * 9, activation="identity", learning_rate=1e6)
    before = weights_of(explorer)
    with pytest.raises(ValueError, match="lower the learning rate"):
        explorer.next_pass()
    tell(explorer, "next_pass")
    explorer.wait(PATIENCE)
    assert "lower the learning rate" in sent[-1]["message"]
    np.testing.assert_array_equal(weights_of(explorer), before)
    assert (explorer.number, explorer.status) == (1, "ready")


# -- edits in Python --------------------------------------------------------------------------------------------------


def test_what_is_done_to_the_module_in_python_is_seen(make):
    explorer = make()
    with torch.no_grad():
        explorer.model[0].weight[0, 0] = 0.25
    assert explorer.value("w11") == 0.25
    explorer.wait(PATIENCE)
    assert explorer.weights[:2] == (0.25, -0.9)
    assert explorer._pass["settings"]["weights"][0] == 0.25
    version = explorer._pass["version"]
    explorer.value("w11")
    explorer.wait(PATIENCE)
    assert explorer._pass["version"] == version  # nothing is recorded again for it
    with torch.no_grad():
        explorer.model[2].bias[0] = 1.5
    explorer._cell_ended()
    explorer.wait(PATIENCE)
    assert explorer.weights[-1] == 1.5


def test_an_edit_in_a_view_leaves_what_was_done_in_python(make):
    explorer = make()
    explorer.wait(PATIENCE)
    model = explorer.model
    with torch.no_grad():
        model[0].weight[0, 0] = 0.25
    weights = list(explorer.weights)
    weights[1] = 0.75
    explorer.set_state({"weights": weights})
    explorer.wait(PATIENCE)
    assert explorer.weights[:3] == (0.25, 0.75, -0.7)
    assert model is explorer.model
    np.testing.assert_array_equal(weights_of(explorer), np.float32(explorer.weights))


def test_drawn_weights_that_are_edited_are_drawn_no_longer(make):
    explorer = make(hidden_layers=(3,))
    with torch.no_grad():
        explorer.model[0].weight[0, 0] = 0.25
    explorer.measure()
    assert explorer.weights[0] == 0.25
    explorer.learning_rate = 0.1
    explorer.wait(PATIENCE)
    assert explorer.value("w11") == 0.25


# -- a module of one's own --------------------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 3), nn.Linear(3, 2)
        self.act = nn.Tanh()

    def forward(self, x):
        return self.last(x + self.act(self.first(x)))


@pytest.fixture
def module():
    torch.manual_seed(1)
    return Residual()


def given(make, module, **settings):
    usual = {"inputs": torch.ones(2, 3), "targets": [[1, 2], [3, 4.5]], "loss_fn": "mse"}
    return make(model=module, **(usual | settings))


def test_a_module_of_ones_own_is_worked_on_itself(make, module):
    explorer = given(make, module)
    assert explorer.model is module
    assert explorer.weights[0] == float(str(module.first.weight[0, 0].detach().numpy()))
    x, y = torch.ones(2, 3), torch.tensor([[1, 2], [3, 4.5]])
    loss = nn.MSELoss()(module(x), y)
    loss.backward()
    assert explorer.loss == loss.item()
    expected = module.first.weight.detach() - 0.5 * module.first.weight.grad
    explorer.next_pass()
    torch.testing.assert_close(module.first.weight.detach(), expected, rtol=0, atol=1e-7)
    weights = list(explorer.weights)
    weights[0] = 0.125
    explorer.weights = weights
    explorer.wait(PATIENCE)
    assert module.first.weight[0, 0].item() == 0.125
    assert explorer._pass["owner"] == "module"
    before = module.first.weight.grad.clone()
    explorer.measure()
    assert torch.equal(module.first.weight.grad, before)  # the reader's own


def test_a_loss_of_ones_own_and_other_kinds_of_numbers(make, module):
    explorer = given(make, module.double(), loss_fn=lambda out, y: (out - y).abs().sum(), beside="relu")
    explorer.wait(PATIENCE)
    assert (explorer.loss_fn, explorer._pass["precision"], explorer._pass["averaged"]) == ("own", "float64", False)
    assert explorer.weights == tuple(flat(module.parameters()).tolist())
    assert explorer._pass["beside"]["label"] == "ReLU"
    with pytest.raises(traitlets.TraitError, match="function of your own"):
        explorer.loss_fn = "mse"
    words = make(
        model=nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(4, 3)),
        inputs=torch.tensor([[1, 2], [3, 4]]),
        targets=torch.tensor([0, 2]),
        loss_fn="cross_entropy",
    )
    assert words.targets == ((0.0,), (2.0,))
    assert np.isfinite(words.loss)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"model": "net"}, "model must be a torch.nn.Module"),
        ({"inputs": ((1, 2, 3),)}, "missing: targets, loss_fn"),
        ({"hidden_layers": (2,)}, "has hidden_layers of its own"),
        ({"weights": (1,)}, "has weights of its own"),
        ({"loss_fn": 3}, "loss_fn must be a function"),
        ({"inputs": "x"}, "inputs must be numbers"),
        ({"trainer": object()}, "not both"),
    ],
    ids=["no module", "missing", "layers", "weights", "loss", "inputs", "both"],
)
def test_what_does_not_go_with_a_module_is_refused(module, settings, says):
    all_given = {"model": module, "inputs": torch.ones(1, 3), "targets": ((0, 0),), "loss_fn": "mse"}
    wanted = settings if "targets" in says else all_given | settings
    with pytest.raises(TypeError, match=says):
        BackpropExplorer(**({"model": module} | wanted))


def test_of_a_module_only_the_samples_can_be_changed(make, module):
    explorer = given(make, module)
    for name, value in {"hidden_layers": (3,), "activation": "relu", "n_outputs": 2, "seed": 1}.items():
        with pytest.raises(traitlets.TraitError, match=f"module of your own; {name} cannot be changed"):
            setattr(explorer, name, value)
    with pytest.raises(traitlets.TraitError, match=f"the {len(flat(module.parameters()))} weights"):
        explorer.weights = ()
    explorer.set_state({"inputs": [[1, 0, 2]], "targets": [[0, 1]], "step": 5, "detail": "layer", "epsilon": 0.1})
    assert (explorer.step, explorer.detail, explorer.epsilon) == (5, "layer", 0.1)
    explorer.wait(PATIENCE)
    assert explorer.value("x3") == 2
    assert explorer._pass["batch"] == 1


def test_a_module_says_what_makes_it_again(make, module):
    explorer = given(make, module)
    assert repr(explorer) == (
        'BackpropExplorer(inputs=[[1, 1, 1], [1, 1, 1]], loss_fn="mse", targets=[[1, 2], [3, 4.5]], model=model)'
    )
    own = given(make, module, loss_fn=nn.L1Loss())
    assert repr(own).endswith("model=model, loss_fn=loss_fn)")
    for each, names in ((explorer, {}), (own, {"loss_fn": nn.L1Loss()})):
        before = flat(module.parameters())
        lines = spoken(each.to_code(), model=module, **names)
        assert float(lines["loss"]) == pytest.approx(each.loss, rel=1e-5)
        assert float(lines["finite difference"]) == pytest.approx(each.gradient("first.weight[0, 0]"), rel=1e-3)
        np.testing.assert_array_equal(flat(module.parameters()), before)


def test_a_module_that_is_rebuilt_is_recorded_as_it_is(make):
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    explorer = make(model=net, inputs=((1, 2),), targets=((0, 0),), loss_fn="mse")
    explorer.wait(PATIENCE)
    net[1] = nn.ReLU()
    assert explorer.value("o1") == max(0.0, explorer.value("z1"))
    net.append(nn.Linear(2, 2))
    assert len(explorer.measure().settings["weights"]) == 12
    explorer.wait(PATIENCE)
    assert len(explorer.weights) == 12


# -- trouble ----------------------------------------------------------------------------------------------------------


def test_what_fails_is_on_screen_and_raised_and_the_next_setting_is_recorded(make, sent, monkeypatch):
    explorer = make()
    explorer.wait(PATIENCE)

    def fail(*_, **__):
        raise MemoryError("no room for it")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "record_pass", fail)
        explorer.learning_rate = 0.25
        with pytest.raises(MemoryError, match="no room"):
            explorer.wait(PATIENCE)
        with pytest.raises(MemoryError, match="no room"):
            explorer.measure()
        with pytest.raises(MemoryError, match="no room"):
            explorer.next_pass()
        assert (explorer.status, explorer._trouble) == ("error", "MemoryError: no room for it")
        assert explorer.get_state()["_trouble"] == "MemoryError: no room for it"  # of a page that is opened again
    assert explorer.measure().settings["learning_rate"] == 0.25  # it is tried again
    explorer.wait(PATIENCE)
    assert (explorer.status, explorer._trouble, explorer.number) == ("ready", "", 1)


def test_a_weight_that_was_changed_before_it_failed_is_changed_back(make, monkeypatch):
    explorer = make()
    first = weights_of(explorer)

    def fail(*_, **__):
        raise MemoryError

    before = explorer.weights
    with monkeypatch.context() as patch:
        patch.setattr(engine, "record_pass", fail)
        explorer.weights = (9.0, *before[1:])
        with pytest.raises(MemoryError):
            explorer.wait(PATIENCE)
    explorer.weights = before
    explorer.wait(PATIENCE)
    np.testing.assert_array_equal(weights_of(explorer), first)


def test_a_module_that_cannot_be_followed_says_why_until_it_can(make):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    explorer = make(model=net, inputs=((1, 2), (3, 4)), targets=((0, 0), (1, 1)), loss_fn="mse")
    with pytest.raises(ValueError, match="each sample of a batch by itself"):
        explorer.wait(PATIENCE)
    assert "each sample of a batch by itself" in explorer._trouble
    assert explorer._pass is None
    net[1] = nn.Tanh()
    assert explorer.value("o1") == pytest.approx(np.tanh(explorer.value("z1")), rel=1e-5)


@pytest.mark.parametrize(
    "content",
    [None, 7, [], "next_pass", {}, {"type": None}, {"type": ["next_pass"]}, {"type": "close"}],
    ids=str,
)
def test_messages_of_no_kind_change_nothing(make, content):
    explorer = make()
    explorer.wait(PATIENCE)
    before = explorer.get_state()
    explorer._handle_custom_msg(content, [])
    explorer.wait(PATIENCE)
    assert explorer.get_state() == before


def test_a_view_cannot_write_what_was_found(make, sent):
    explorer = make()
    explorer.wait(PATIENCE)
    before = explorer.get_state()
    explorer.set_state({"_pass": {}, "_trouble": "x", "status": "error", "number": 9})
    assert explorer.get_state() == before


def test_closing_ends_the_thread_and_leaves_what_was_found(make, sent):
    explorer = make(hidden_layers=(8, 8, 8))
    thread = explorer._background._thread
    explorer.close()
    assert thread is not None
    thread.join(PATIENCE)
    assert not thread.is_alive()
    done = make()
    done.wait(PATIENCE)
    done.close()
    assert done.status == "closed"
    assert done.value("x2") == -0.5
    assert done.measure().number == 1
    with pytest.raises(RuntimeError, match="closed"):
        done.next_pass()
    tell(done, "next_pass")
    done.close()


def test_waiting_that_would_never_end_is_refused(make):
    explorer = make()
    explorer.wait(PATIENCE)
    said = []
    with explorer.hold_trait_notifications():
        for verb in (explorer.wait, explorer.measure, explorer.next_pass):
            with pytest.raises(RuntimeError, match="never end"):
                verb()

    def look(_):
        try:
            explorer.wait()
        except RuntimeError as error:
            said.append(str(error))
        said.append(explorer.value("x1"))

    explorer.observe(look, "_pass")
    explorer.inputs = ((0.5, 1),)
    explorer.wait(PATIENCE)
    assert said == ["wait() in an observer of what it finds would wait for itself", 0.5]


# -- presets, scripts, figures ----------------------------------------------------------------------------------------


def test_presets_are_true(make):
    def of(name):
        explorer = BackpropExplorer.preset(name)
        explorer.wait(PATIENCE)
        found = explorer.measure()
        explorer.close()
        return explorer, found

    explorer, found = of("paths meet: 2-2-2-1")
    assert len(list(found.graph.paths("w(1)11"))) == 2
    explorer, found = of("three classes")
    assert found.recording.loss > 1.2
    assert found.recording.loss_after < found.recording.loss
    explorer, found = of("vanishing: six sigmoid layers")
    parts = explorer._pass, explorer._pass["beside"]
    sigmoid, relu = ([each["weights"] for each in part["magnitudes"]] for part in parts)
    assert len(sigmoid) == 7
    assert sigmoid[0] < 1e-4 * sigmoid[-1]
    assert relu[0] > 1e-2 * relu[-1]
    explorer, found = of("ReLU: a dead neuron")
    weights = found.recording.parameters["0.weight"]
    assert not weights.gradient[1].any()
    assert weights.gradient[0].all()
    assert (found.graph.values[:, [symbol.text == "h2" for symbol in found.graph.symbols]] == 0).all()
    explorer, found = of("a mini-batch of four")
    assert found.recording.batch == 4
    assert found.recording.averaged


@pytest.mark.parametrize("loss_fn", ["bce", "bce_with_logits", "mse", "cross_entropy"])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_the_script_prints_the_numbers_on_screen(make, activation, loss_fn):
    outputs = 3 if loss_fn == "cross_entropy" else 2
    explorer = make(
        hidden_layers=(3, 2), activation=activation, loss_fn=loss_fn, n_outputs=outputs, inputs=FOUR, seed=9
    )
    explorer.wait(PATIENCE)
    for _ in range(2):  # with weights as they are drawn, and with updated ones
        found = explorer.measure().recording
        lines = spoken(explorer.to_code())
        for name, parameter in found.parameters.items():
            for part, array in (("gradient of", parameter.gradient), ("updated", parameter.updated)):
                numbers = [float(each) for each in lines[f"{part} {name}"].strip("[]").split(",")]
                np.testing.assert_allclose(numbers, array.reshape(-1), rtol=2e-4, atol=1e-7)
        first = found.parameters["0.weight"].gradient[0, 0]
        assert float(lines["loss"]) == pytest.approx(found.loss, rel=1e-5)
        assert float(lines["by hand"]) == pytest.approx(first, rel=1e-4, abs=1e-7)
        assert float(lines["finite difference"]) == pytest.approx(first, rel=1e-2, abs=1e-6)
        assert float(lines["loss after the step"]) == pytest.approx(found.loss_after, rel=1e-5)
        explorer.next_pass()


@pytest.mark.parametrize("name", list(BackpropExplorer.PRESETS))
def test_a_figure_has_the_values_of_all_nodes(name):
    explorer = BackpropExplorer.preset(name)
    figure = explorer.figure()
    texts = [text.get_text() for text in figure.axes[0].texts]
    graph = explorer.measure().graph
    for node in range(len(graph.symbols)):
        value = f"{graph.values[0, node]:.4g}".replace("-", "−")
        assert any(text.endswith(f"  {value}") for text in texts), graph.symbols[node].text
    assert f"loss {explorer.loss:.4g}" in figure.axes[0].get_title()
    figure.canvas.draw()
    explorer.close()
