"""The script of a run: run in a fresh interpreter, it ends with the same bits; and it reads like a lesson."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn

from nnwidgets.datasets import PLANAR, as_dataset
from nnwidgets.export.code import to_code
from nnwidgets.export.parts import literals, nested
from nnwidgets.training import commands as c
from nnwidgets.training.settings import NetworkSpec
from tests.unit.plain import PATIENCE, bits, make_experiment, make_loop, same_bits, small_data
from tests.unit.stories import make_story, tell

ALL_AT_ONCE = """
import sys, torch
ends = []
for script in torch.load(sys.argv[1]):
    names = {"__name__": "__main__"}
    exec(compile(script, "script", "exec"), names)
    ends.append(dict(names["model"].state_dict()))
torch.save(ends, sys.argv[2])
"""


def python(*arguments):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def results(scripts, folder):
    """The final weights of scripts, each run in its own namespace of one fresh interpreter."""
    torch.save(scripts, folder / "scripts.pt")
    python("-c", ALL_AT_ONCE, folder / "scripts.pt", folder / "ends.pt")
    return torch.load(folder / "ends.pt")


def trained(steps, **settings):
    loop = make_loop(**settings)
    loop.call(c.Train(steps=steps))
    loop.wait(PATIENCE)
    return loop


def weights(loop):
    return dict(loop.experiment.model.state_dict())


@pytest.fixture(scope="module")
def plain():
    """A run without changes, at an epoch's end."""
    return trained(15, hidden=(3, 2), optimizer="adam", seed=3)


@pytest.mark.slow
def test_scripts_of_runs_with_changes_in_any_order_end_with_the_same_bits(tmp_path):
    loops = []
    for seed in range(40):
        chance = random.Random(seed)
        network = {"hidden": (3,), "dropout": chance.choice([0.0, 0.25]), "seed": seed}
        loop = make_loop(optimizer=chance.choice(["sgd", "adam", "rmsprop", "adagrad", "adamw"]), **network)
        loops.append(tell(loop, make_story(chance, 4 + seed % 9, networks=True)))
    ends = results([to_code(loop) for loop in loops], tmp_path)
    different = [seed for seed, loop in enumerate(loops) if not same_bits(ends[seed], weights(loop))]
    assert different == []
    assert sum(len(loop.journal) for loop in loops) > 50  # or nothing was shown


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_what_was_frozen_stays_frozen_in_another_network(optimizer):
    loop = make_loop(hidden=(3, 3), optimizer=optimizer)
    frozen = frozenset(["0.weight", "4.bias"])
    tell(loop, [("steps", 3), ("frozen", frozen), ("steps", 2), ("network", ((4,), "relu")), ("steps", 3)])
    names = {}
    exec(to_code(loop), names)
    assert same_bits(names["model"].state_dict(), weights(loop))
    tell(loop, [("frozen", frozenset()), ("steps", 3)])
    exec(to_code(loop), names)
    assert same_bits(names["model"].state_dict(), weights(loop))


def test_a_script_is_a_program_of_its_own(tmp_path, plain):
    path = tmp_path / "script.py"
    path.write_text(to_code(plain) + f"torch.save(model.state_dict(), {str(tmp_path / 'end.pt')!r})\n")
    printed = python("-W", "error", path)
    assert same_bits(torch.load(tmp_path / "end.pt"), weights(plain))
    loss = plain.experiment.objective.function(
        plain.experiment.eval_model(plain.experiment.x), plain.experiment.y
    ).item()
    assert printed == f"loss {loss:.6f} on the training set\n"


@pytest.mark.parametrize("test_share", [0.0, 0.3])
@pytest.mark.parametrize(("name", "n_classes"), [*((name, None) for name in PLANAR), ("gaussians", 8), ("spiral", 3)])
def test_a_script_makes_the_data_to_the_bit(name, n_classes, test_share):
    dataset = small_data(name, 31, noise=0.13, seed=5, test_share=test_share, n_classes=n_classes)
    loop = make_loop(dataset)
    names = {}
    exec(to_code(loop), names)
    assert names["x_train"].numpy().tobytes() == dataset.x_train.tobytes()
    assert names["y_train"].numpy().tobytes() == dataset.y_train.tobytes()
    assert names["x_train"].dtype == torch.float32


@pytest.mark.parametrize("loss_fn", ["bce", "mse"])
def test_a_run_without_changes_is_two_loops(plain, loss_fn):
    script = to_code(trained(10, loss_fn=loss_fn))
    assert (
        f"loss_fn = nn.{'BCELoss' if loss_fn == 'bce' else 'MSELoss'}()\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "\n"
        "batch_size = 5\n"
        "for epoch in range(2):\n"
        "    generator = torch.Generator().manual_seed(seed * 1_000_000 + epoch)\n"
        "    order = torch.randperm(len(x_train), generator=generator)\n"
        "    for batch in order.split(batch_size):\n"
        "        optimizer.zero_grad()\n"
        "        loss = loss_fn(model(x_train[batch]), y_train[batch])\n"
        "        loss.backward()\n"
        "        optimizer.step()\n"
    ) in script
    assert "def " not in script
    assert "    nn.Linear(2, 3), nn.Tanh(),\n    nn.Linear(3, 2), nn.Tanh(),\n    nn.Linear(2, 1), " in to_code(plain)


def test_a_script_has_no_line_too_long_to_show_and_no_lost_space():
    loop = make_loop(hidden=(4, 4), dropout=0.2)
    tell(loop, [("steps", 3), ("network", ((3, 2), "relu")), ("frozen", frozenset(["0.weight"])), ("steps", 2)])
    lines = to_code(loop).splitlines()
    assert max(map(len, lines)) <= 120
    assert not any(line != line.rstrip() for line in lines)
    assert "\n\n\n\n" not in "\n".join(lines)


def test_a_script_is_as_long_as_the_run_up_to_where_it_stands():
    loop = trained(12)
    loop.call(c.SetLearningRate(0.5))
    loop.call(c.Train(steps=5))
    loop.wait(PATIENCE)
    loop.call(c.Rewind(1))
    assert 'group["lr"]' not in to_code(loop)
    assert "for epoch in range(1):" in to_code(loop)
    loop.call(c.Rewind(3))
    assert 'train(12)\nfor group in optimizer.param_groups:\n    group["lr"] = 0.5\ntrain(3)\n' in to_code(loop)


def test_settings_made_before_the_first_step_are_simply_the_settings():
    loop = make_loop()
    for change in (
        c.SetLearningRate(0.4),
        c.SetBatchSize(7),
        c.SetOptimizer("adam", 0.3),
        c.SetOptions([{"betas": (0.8, 0.9)}]),
        c.SetData(small_data("xor")),
    ):
        loop.call(change)
    loop.call(c.Train(epochs=1))
    loop.wait(PATIENCE)
    script = to_code(loop)
    assert "torch.optim.Adam(model.parameters(), lr=0.3, betas=(0.8, 0.9))" in script
    assert "batch_size = 7\n" in script
    assert "def train" not in script
    assert "make_circles" not in script
    names = {}
    exec(script, names)
    assert same_bits(names["model"].state_dict(), weights(loop))


@pytest.mark.parametrize("initialiser", ["xavier_uniform", "he_normal", "normal", "zeros", "equal"])
@pytest.mark.parametrize("when", ["first", "after an edit", "later", "reset"])
def test_initial_weights_are_drawn_by_the_script_too(initialiser, when):
    network = NetworkSpec((3, 2), initialiser=initialiser, initial_scale=0.75)
    loop = make_loop(hidden=(3, 2), seed=2)
    if when == "after an edit":
        loop.call(c.Edit({"0.bias": torch.ones(3)}))
        loop.call(c.Freeze(frozenset(["2.bias"])))
    elif when == "later":
        tell(loop, [("steps", 4)])
    loop.call(c.SetNetwork(network))
    loop.call(c.SetNetwork(replace(network, hidden_layers=(4, 2))))
    if when == "reset":
        loop.call(c.Reset())
    tell(loop, [("steps", 7)])
    names = {}
    exec(to_code(loop), names)
    assert same_bits(names["model"].state_dict(), weights(loop))
    assert names["model"][2].bias.requires_grad is (when != "after an edit")


def test_an_initialiser_chosen_before_the_first_step_is_simply_the_initialiser():
    loop = make_loop()
    loop.call(c.SetNetwork(NetworkSpec(initialiser="he_uniform")))
    tell(loop, [("epochs", 1)])
    script = to_code(loop)
    assert script.count("nn.Sequential") == 1
    assert "        nn.init.kaiming_uniform_(layer.weight, nonlinearity='relu')\n" in script
    assert "resized" not in script


@pytest.mark.parametrize(
    "values",
    [
        [[0.3, -0.1], [1e-30, 16777216.0]],
        [[float("nan"), float("inf")], [float("-inf"), 0.0]],
        [[0.1 + 0.2, 1 / 3], [-0.0, 0.0]],
        [[0.7, 0.7], [0.7, 0.7]],
        [[-0.0, -0.0], [-0.0, -0.0]],
    ],
)
def test_edited_numbers_are_written_briefly_and_read_back_to_the_bit(values):
    loop = make_loop()
    tensor = torch.tensor(values)
    loop.call(c.Edit({"0.weight": tensor, "2.bias": torch.tensor([0.3])}))
    script = to_code(loop)
    assert "    model[2].bias.copy_(torch.tensor([0.3]))\n" in script
    names = {}
    exec(script, names)
    assert names["model"][0].weight.detach().numpy().tobytes() == tensor.numpy().tobytes()


def test_edits_of_one_value_fill():
    loop = make_loop()
    loop.call(c.Edit({"0.weight": torch.zeros(2, 2)}))
    assert "    model[0].weight.fill_(0.0)\n" in to_code(loop)


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.5), nn.Linear(2, 1))

    def forward(self, x):
        return self.layers(x)


def harsh(outputs, targets):
    return (outputs - targets).abs().mean()


def test_what_a_script_cannot_contain_is_said_in_it():
    data = as_dataset(([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]], [0, 1, 1]))
    loop = make_loop(
        data, model=Own(), loss_fn=harsh, optimizer=lambda p: torch.optim.SGD(p, lr=0.1), learning_rate=None,
        batch_size=3,
    )  # fmt: skip
    loop.call(c.Step(2)).result(PATIENCE)
    loop.call(c.Edit({"layers.1.running_mean": torch.zeros(2), "layers.0.bias": torch.ones(2)}))
    script = to_code(loop)
    compile(script, "script", "exec")
    head = script[: script.index("import torch")]
    for said in (
        "the data",
        "the model, Own",
        "the loss function, harsh",
        "the optimizer",
        "Dropout draws from torch's",
    ):
        assert said in head
    for name in ("x_train, y_train", "model", "loss_fn", "optimizer"):
        assert f"{name} = ..." in script
    assert 'model.get_buffer("layers.1.running_mean").fill_(0.0)' in script
    assert 'model.get_parameter("layers.0.bias").fill_(1.0)' in script


def test_a_module_of_the_users_in_its_place_makes_the_script_whole():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    loop = make_loop(model=model)
    tell(loop, [("steps", 3), ("edit", ("0.bias", 0.5)), ("frozen", frozenset(["0.weight"])), ("steps", 9)])
    again = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    again.load_state_dict(before)
    names = {"own": again}
    exec(to_code(loop).replace("model = ...", "model = own"), names)
    assert same_bits(again.state_dict(), weights(loop))


def test_loss_with_options_is_not_passed_off_as_the_plain_one():
    loop = make_loop(loss_fn=nn.BCELoss(reduction="sum"))
    assert "loss_fn = ...  # your own: " in to_code(loop)
    assert "loss_fn = nn.BCELoss()" in to_code(make_loop(loss_fn=nn.BCELoss()))


def test_networks_without_activation_or_hidden_layers_are_written_too():
    for spec in (
        NetworkSpec(()),
        NetworkSpec((3,), "identity"),
        NetworkSpec((3,), "leaky_relu", output_activation=None),
    ):
        experiment = make_experiment(loss_fn="mse")
        loop = make_loop(loss_fn="mse")
        experiment.set_network(spec)
        loop.call(c.SetNetwork(spec))
        names = {}
        exec(to_code(loop), names)
        assert same_bits(names["model"].state_dict(), experiment.model.state_dict())
        assert repr(names["model"]) == repr(experiment.model)


def test_a_learning_rate_schedule_is_written_as_what_it_set():
    loop = make_loop()
    schedule = torch.optim.lr_scheduler.StepLR(loop.call(c.Do(lambda: loop.experiment.optimizer)), 2, 0.5)
    loop.callbacks.append(schedule.step)
    loop.call(c.Train(epochs=5))
    loop.wait(PATIENCE)
    code = to_code(loop)
    assert '"lr": 0.05}' in code
    names = {}
    exec(code, names)
    assert same_bits(names["model"].state_dict(), weights(loop))


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool]
)
def test_literals_are_the_shortest_that_become_the_same_values_again(dtype):
    # The first has a text as short as 7.038531e-26, which by way of a float64 becomes its neighbour.
    numbers = [7.038530691851209e-26, 0.0, -0.0, 1.0, -2.5, 0.1, 1 / 3, 1e-5, 123456789.0, 1e16, 2e-40]
    numbers += [] if dtype in (torch.int64, torch.bool) else [math.inf, -math.inf, math.nan]
    values = torch.tensor(numbers, dtype=torch.float64).to(dtype).reshape(-1, 1, 1)
    text = nested(values)
    assert bits(torch.tensor(eval(text), dtype=dtype).view(torch.uint8)) == bits(values.view(torch.uint8))
    if dtype in (torch.float32, torch.float64, torch.float16):
        assert literals(values)[5] == "0.1"
    assert nested(values[0, 0, 0]) == literals(values)[0]
