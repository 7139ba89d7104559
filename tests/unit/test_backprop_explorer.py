"""BackpropExplorer: what it records is PyTorch's, whatever is set, edited in Python, said by a view, or broken."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from torch import nn

import nnwidgets.widgets._backprop_source as engine
from nnwidgets import BackpropExplorer
from nnwidgets.functions import ACTIVATIONS
from tests.unit.background import NO_KIND, hears, messages, read, tell
from tests.unit.plain import PATIENCE, flat, maker
from tests.unit.scripts import spoken

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


def weights_of(explorer):
    return flat(explorer.model.parameters())


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
    # The pass is shown again where the thread was quicker than what else follows from the setting.
    *first, last = seen
    assert set(first) == {0}
    assert last > 0


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


@pytest.mark.parametrize("content", [*NO_KIND, "next_pass"], ids=str)
def test_messages_of_no_kind_change_nothing(make, content):
    assert not hears(make(), content)


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
