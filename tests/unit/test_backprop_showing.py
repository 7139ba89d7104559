"""What a view gets of a recorded pass: lengths, numbers and stops, against autograd written out by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.training.backprop import record_pass
from nnwidgets.widgets._backprop_showing import magnitudes_of, pass_trait, recorded_graph
from tests import vectors
from tests.vectors.backprop import Own

STORED = vectors.stored("backprop")
CASES = sorted(STORED)
WEIGHTS = (0.6, -0.9, -0.7, 0.4, 0.1, -0.2, -1.1, 0.8, 0.2)


def first_lesson(dtype=torch.float64):
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1), nn.Sigmoid()).to(dtype)
    nn.utils.vector_to_parameters(torch.tensor(WEIGHTS, dtype=dtype), model.parameters())
    return model


def shown(model, x, y, loss_fn, learning_rate=0.5, **options):
    x = torch.as_tensor(x, dtype=next(model.parameters()).dtype)
    y = torch.as_tensor(y, dtype=None if isinstance(y[0], int) else x.dtype)
    recording = record_pass(model, x, y, loss_fn, learning_rate, **options)
    trait = pass_trait(recording, version=3, settings={"step": 1}, number=2, owner="module", label="mine")
    return recording, Read(trait)


class Read:
    """A trait with its binaries as arrays."""

    def __init__(self, trait):
        self.trait = trait
        self.samples, self.nodes = trait["shown"], len(trait["symbols"])
        self.parameters = len(trait["parameter_symbols"])
        self.edges, self.uses = (self.array(name, "<i4").reshape(-1, 3) for name in ("edges", "uses"))

    def array(self, name, kind="<f8"):
        assert isinstance(self.trait[name], bytes)
        return np.frombuffer(self.trait[name], kind)

    def rows(self, name):
        return self.array(name).reshape(self.samples, -1)

    def of_nodes(self, name, sample=0):
        texts = [each["text"] for each in self.trait["symbols"]]
        return dict(zip(texts, self.rows(name)[sample].tolist(), strict=True))

    def of_parameters(self, name):
        texts = [each["text"] for each in self.trait["parameter_symbols"]]
        return dict(zip(texts, self.array(name).tolist(), strict=True))


def own_module():
    torch.manual_seed(5)
    return Own().double(), [[0.8, -0.5], [-0.6, 0.9]], [[0.5], [-0.5]], nn.MSELoss()


def three_classes():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3))
    return model, [[0.8, -0.5], [-0.6, 0.9], [0.3, 0.4]], [2, 0, 1], nn.CrossEntropyLoss()


def first():
    return first_lesson(), [[0.8, -0.5]], [[1.0]], nn.BCELoss()


EXAMPLES = {"first lesson": first, "own module": own_module, "three classes": three_classes}


def test_the_file_is_up_to_date():
    made = vectors.made("backprop")
    assert made.keys() == STORED.keys()
    for name, case in made.items():
        assert case.keys() == STORED[name].keys()
        for key, value in case.items():
            assert alike(value, STORED[name][key]), f"{name}: {key}"


def alike(one, other):
    """Equal, but that float32 may be rounded otherwise by another machine's instructions."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        numbers = all(isinstance(each, int | float) for each in [*one, *other])
        if len(one) != len(other):
            return False
        return np.allclose(one, other, 1e-4, 2e-6, equal_nan=True) if numbers else all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-4, abs_tol=2e-6) or (math.isnan(one) and math.isnan(other))
    return one == other


def test_a_file_that_is_not_up_to_date_is_noticed():
    assert alike({"a": [[1.0, math.nan], {"b": "x"}]}, {"a": [[1.0 + 1e-7, math.nan], {"b": "x"}]})
    assert not alike([1.0], [1.001])
    assert not alike([1.0], [1.0, 2.0])
    assert not alike({"a": ["x"]}, {"a": ["y"]})
    assert not alike([1.0, math.nan], [1.0, 0.0])


def test_the_file_is_small_enough_to_travel():
    assert (vectors.HERE / "backprop.json").stat().st_size < 1.5e6


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_binary_is_as_long_as_its_contract_says(name):
    recording, read = shown(*EXAMPLES[name]())
    trait, s, n, p = read.trait, read.samples, read.nodes, read.parameters
    e, u = len(read.edges), len(read.uses)
    operands = sum(len(part["inputs"]) for part in trait["parts"])
    k = len(read.array("epsilons"))
    lengths = {
        "values": s * n,
        "gradients": s * n,
        "after": s * n,
        "locals": s * e,
        "use_locals": s * u,
        "before": p,
        "gradient": p,
        "updated": p,
        "targets": s,
        "losses": s,
        "epsilons": 17,
        "checks": 2 * p * k * 2,
        "gradient_double": p,
        "part_values": s * len(trait["parts"]),
        "part_gradients": s * len(trait["parts"]),
        "part_locals": s * operands,
    }
    assert {key: len(read.array(key)) for key in lengths} == lengths
    assert (n, p) == (
        sum(g["units"] for g in trait["groups"]),
        sum(each.before.size for each in recording.parameters.values()),
    )
    starts = [group["start"] for group in trait["groups"]]
    assert starts == np.cumsum([0, *(group["units"] for group in trait["groups"])]).tolist()[:-1]
    assert read.edges[:, :2].min() >= 0
    assert read.edges[:, :2].max() == n - 1
    assert set(read.edges[:, 2]) <= {-1, *range(p)}
    assert set(read.uses[:, 0]) == set(range(p))
    json.dumps({key: value for key, value in trait.items() if not isinstance(value, bytes)}, allow_nan=False)


def test_the_numbers_of_the_first_lesson_are_those_of_a_calculation_by_hand():
    _, read = shown(*first())
    w = torch.tensor(WEIGHTS, dtype=torch.float64, requires_grad=True)
    x = torch.tensor([0.8, -0.5], dtype=torch.float64)
    a = torch.stack([w[0] * x[0] + w[1] * x[1] + w[4], w[2] * x[0] + w[3] * x[1] + w[5]])
    h = torch.tanh(a)
    z = w[6] * h[0] + w[7] * h[1] + w[8]
    p = 1 / (1 + torch.exp(-z))
    loss = -torch.log(p)
    inner = torch.autograd.grad(loss, [a, h, z, p, w])
    values, gradients = read.of_nodes("values"), read.of_nodes("gradients")
    exact = {"a1": a[0], "a2": a[1], "h1": h[0], "h2": h[1], "z": z, "p": p, "L": loss}
    assert {key: values[key] for key in exact} == pytest.approx({key: each.item() for key, each in exact.items()})
    names = ["a1", "a2", "h1", "h2", "z", "p"]
    slopes = torch.cat([each.reshape(-1) for each in inner[:4]]).tolist()
    assert [gradients[name] for name in names] == pytest.approx(slopes)
    assert gradients["L"] == 1
    assert read.array("gradient").tolist() == pytest.approx(inner[4].tolist())
    assert read.array("before").tolist() == pytest.approx(WEIGHTS)
    assert read.array("updated").tolist() == pytest.approx((w - 0.5 * inner[4]).tolist())
    assert {key: round(value, 3) for key, value in values.items()} == {
        "x1": 0.8, "x2": -0.5, "a1": 1.030, "a2": -0.960, "h1": 0.774, "h2": -0.744, "z": -1.247, "p": 0.223, "L": 1.499
    }  # fmt: skip
    assert {key: round(gradients[key], 3) for key in names} == {
        "a1": 0.343, "a2": -0.277, "h1": 0.854, "h2": -0.621, "z": -0.777, "p": -4.479
    }  # fmt: skip
    found = read.of_parameters("gradient")
    assert round(found["w11"], 6) == 0.274138
    assert [round(found[key], 4) for key in ("v1", "v2", "c")] == [-0.6011, 0.5781, -0.7767]
    assert round(read.of_parameters("updated")["w11"], 3) == 0.463


def test_the_chain_of_w_11_is_that_of_the_first_lesson():
    _, read = shown(*first())
    texts = [each["text"] for each in read.trait["symbols"]]
    locals_ = {
        (texts[to], texts[source]): value
        for (source, to, _), value in zip(read.edges, read.rows("locals")[0], strict=True)
    }
    use = read.uses.tolist().index([0, texts.index("a1"), texts.index("x1")])
    factors = [read.rows("use_locals")[0, use], *(locals_[pair] for pair in (("h1", "a1"), ("z", "h1"), ("p", "z")))]
    assert [round(each, 3) for each in [*factors, locals_["L", "p"]]] == [0.8, 0.401, -1.1, 0.173, -4.479]
    k = read.array("epsilons").tolist().index(1e-3)
    larger, smaller = read.array("checks").reshape(2, 9, 17, 2)[1, 0, k]
    assert [round(larger, 7), round(smaller, 7)] == [1.4996550, 1.4991067]
    assert round((larger - smaller) / 0.002, 6) == 0.274138


def test_after_the_update_values_are_those_of_the_updated_module():
    _, x, y, loss_fn = EXAMPLES["three classes"]()
    recording, read = shown(*EXAMPLES["three classes"]())
    model = EXAMPLES["three classes"]()[0]
    nn.utils.vector_to_parameters(torch.tensor(read.array("updated")).float(), model.parameters())
    z = model(torch.tensor(x))
    np.testing.assert_allclose(read.rows("after")[:, -4:-1], z.detach(), rtol=1e-5)
    alone = [loss_fn(z[i : i + 1], torch.tensor(y[i : i + 1])).item() for i in range(3)]
    np.testing.assert_allclose(read.rows("after")[:, -1], alone, rtol=1e-5)
    assert recording.loss_after == pytest.approx(np.mean(alone), rel=1e-5)
    assert (read.trait["loss"], read.trait["loss_after"]) == (recording.loss, recording.loss_after)
    assert read.trait["target_kind"] == "class"
    assert read.array("targets").tolist() == [2, 0, 1]
    assert (read.trait["batch"], read.trait["shown"], read.trait["averaged"]) == (3, 3, True)


def test_of_a_large_batch_the_first_samples_are_shown():
    model = first_lesson()
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = (x[:, :1] > 0).double()
    _, read = shown(model, x.tolist(), y.tolist(), nn.BCELoss(), checks=False)
    assert (read.trait["batch"], read.trait["shown"]) == (20, 8)
    np.testing.assert_allclose(read.rows("values")[:, -2], model(x)[:8, 0].detach())
    whole = torch.autograd.grad(nn.BCELoss()(model(x), y), list(model.parameters()))
    np.testing.assert_allclose(read.array("gradient"), np.concatenate([each.reshape(-1) for each in whole]))
    one = torch.autograd.grad(nn.BCELoss()(model(x[5:6]), y[5:6]), model[2].bias)[0].item()
    assert read.of_nodes("gradients", 5)["z"] == pytest.approx(one)
    assert len(read.array("checks")) == len(read.array("epsilons")) == 0
    assert np.isnan(read.array("gradient_double")).all()


@pytest.mark.parametrize("name", EXAMPLES)
def test_parts_end_in_their_nodes_and_their_local_derivatives_make_up_those_of_the_edges(name):
    _, read = shown(*EXAMPLES[name]())
    parts, values, gradients = read.trait["parts"], read.rows("part_values"), read.rows("part_gradients")
    locals_ = read.rows("part_locals")
    of_nodes = {}
    for index, part in enumerate(parts):
        of_nodes.setdefault(part["node"], []).append(index)
    computed = {each["function"]: each for each in read.trait["groups"]}
    assert {computed[f]["start"] in of_nodes for f in computed if f in ("linear", "tanh", "relu")} == {True}
    assert read.nodes - 1 in of_nodes
    ends = np.cumsum([0, *(len(part["inputs"]) for part in parts)])
    numbers = {"part": values, "node": read.rows("values"), "target": read.rows("targets")}
    for node, mine in of_nodes.items():
        assert (values[:, mine[-1]] == read.rows("values")[:, node]).all()
        assert (gradients[:, mine[-1]] == read.rows("gradients")[:, node]).all()
        into = {}
        for at in mine:
            part = parts[at]
            operands = list(zip(part["kinds"], part["inputs"], part["numbers"], strict=True))
            given = [
                numbers[kind][:, index]
                if kind in numbers
                else np.full(read.samples, read.array("before")[index] if kind == "parameter" else number)
                for kind, index, number in operands
            ]
            if part["sign"] in ("×", "+"):
                expected = np.prod(given, axis=0) if part["sign"] == "×" else np.sum(given, axis=0)
                np.testing.assert_allclose(values[:, at], expected, rtol=1e-5, atol=1e-6)
            for column, (kind, index, _) in enumerate(operands):
                slope = gradients[:, at] * locals_[:, ends[at] + column]
                into[kind, index] = into.get((kind, index), 0) + slope
        for (kind, index), slope in into.items():
            if kind == "part":
                np.testing.assert_allclose(slope, gradients[:, index], rtol=1e-5, atol=1e-7)
            elif kind == "node":
                edges = (read.edges[:, 0] == index) & (read.edges[:, 1] == node)
                reached = read.rows("locals")[:, edges].sum(axis=1) * read.rows("gradients")[:, node]
                np.testing.assert_allclose(slope, reached, rtol=1e-4, atol=1e-6)
            elif kind == "parameter":
                uses = (read.uses[:, 0] == index) & (read.uses[:, 1] == node)
                reached = read.rows("use_locals")[:, uses].sum(axis=1) * read.rows("gradients")[:, node]
                np.testing.assert_allclose(slope, reached, rtol=1e-4, atol=1e-6)


def test_the_walk_through_single_operations_has_a_stop_for_each():
    _, read = shown(*first())
    stops = read.trait["steps"]["operation"]
    parts = read.trait["parts"]
    forward = [each["index"] for each in stops if each["phase"] in ("forward", "loss")]
    assert forward == list(range(len(parts)))
    constant = [index for index, part in enumerate(parts) if set(part["kinds"]) <= {"number", "target"}]
    assert [parts[each]["sign"] for each in constant] == ["−"]  # 1 − y
    back = [each["index"] for each in stops if (each["phase"], each["kind"]) == ("backward", "part")]
    assert sorted(back) == [each for each in forward[:-1] if each not in constant]
    assert {level: len(read.trait["steps"][level]) for level in ("layer", "node")} == {"layer": 15, "node": 24}
    assert all(each["group"] == len(read.trait["groups"]) - 1 for each in stops if each["phase"] == "loss")


def test_more_than_can_be_stepped_through_stays_whole():
    model = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    x = torch.randn(1, 64, generator=torch.Generator().manual_seed(0))
    _, read = shown(model, x.tolist(), [[0.0]], nn.MSELoss(), checks=False)
    signs = {part["sign"] for part in read.trait["parts"]}
    assert "exp" in signs
    assert not any("parameter" in part["kinds"] for part in read.trait["parts"])
    assert sum(each["kind"] == "value" for each in read.trait["steps"]["operation"]) == 2 * 65


def test_gradients_vanish_in_deep_sigmoid_layers_and_less_in_relu():
    found = {}
    for activation in (nn.Sigmoid, nn.ReLU):
        torch.manual_seed(3)
        layers = [each for _ in range(5) for each in (nn.Linear(8, 8), activation())]
        model = nn.Sequential(*layers, nn.Linear(8, 1), nn.Sigmoid())
        x, y = torch.randn(4, 8), torch.tensor([[1.0], [0.0], [1.0], [0.0]])
        recording = record_pass(model, x, y, nn.BCELoss(), 0.1, checks=False)
        found[activation] = magnitudes_of(recorded_graph(recording))
        nn.BCELoss()(model(x), y).backward()
        sizes = [layer.weight.grad.double().square().mean().sqrt().item() for layer in model[::2]]
        assert [each["weights"] for each in found[activation]] == pytest.approx(sizes, rel=1e-4)
    assert [each["symbol"]["text"] for each in found[nn.ReLU]] == ["W(1)", "W(2)", "W(3)", "W(4)", "W(5)", "v"]
    assert found[nn.Sigmoid][0]["sums"] < 1e-3 * found[nn.Sigmoid][-1]["sums"]
    assert found[nn.Sigmoid][0]["weights"] < 0.1 * found[nn.ReLU][0]["weights"]


def test_magnitudes_are_root_mean_squares_and_none_where_there_is_no_number():
    model, x, y, loss_fn = first()
    model[0].weight.requires_grad_(requires_grad=False)
    recording, read = shown(model, x, y, loss_fn)
    found = magnitudes_of(recorded_graph(recording))
    gradients = read.of_nodes("gradients")
    assert found == read.trait["magnitudes"]
    assert found[0]["weights"] is None
    assert found[0]["sums"] == pytest.approx(math.sqrt((gradients["a1"] ** 2 + gradients["a2"] ** 2) / 2))
    assert found[1]["weights"] == pytest.approx(np.sqrt(np.mean(np.square(read.array("gradient")[6:8]))))


def test_what_the_explorer_says_of_a_pass_travels_with_it():
    beside = {"activation": "relu", "label": "ReLU", "magnitudes": []}
    recording, read = shown(*first())
    said = {"version": 3, "settings": {"step": 1}, "number": 2, "owner": "module", "label": "mine", "settled": True}
    assert {key: read.trait[key] for key in said} == said
    assert read.trait["beside"] is None
    other = pass_trait(
        recording, version=1, settings={}, number=1, owner="trainer", label="", settled=False, beside=beside
    )
    assert (other["settled"], other["beside"], other["target_kind"]) == (False, beside, "value")
    assert (other["precision"], other["rule"], other["learning_rate"]) == ("float64", "sgd", 0.5)


@pytest.mark.parametrize("name", CASES)
def test_the_passes_for_the_front_end_are_whole(name):
    trait = STORED[name]
    samples, nodes = trait["shown"], len(trait["symbols"])
    assert len(trait["values"]) == len(trait["gradients"]) == len(trait["after"]) == samples * nodes
    assert trait["steps"]["node"][-1]["kind"] == "again"
    assert np.isfinite(trait["values"]).all()
    assert (trait["beside"] is not None) == (name == "vanishing")
