"""Networks against plain PyTorch: initial bits, dropout masks, weights kept, and what a model is read as."""

from __future__ import annotations

import copy
import io
import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune

from nnwidgets.functions import ACTIVATIONS
from nnwidgets.networks import (
    INITIALISERS,
    Dropout,
    Kept,
    build_mlp,
    count_parameters,
    dense_activations,
    dropout_generator,
    get_device,
    keep_weights,
    read_network,
    seed_dropout,
)

PLANE = torch.zeros(1, 2)


def same_bits(a, b):
    first, second = a.state_dict(), b.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.fixture
def untouched():
    """Fails the test if it changed torch's global generator."""
    before = torch.get_rng_state()
    yield
    assert torch.equal(torch.get_rng_state(), before)


# --- building


@pytest.mark.parametrize("sizes", [(2, 2, 1), (2, 1), (2, 4, 3, 1), (3, 16, 16, 16, 2), (784, 64, 64, 10), (1, 1, 1)])
@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_initial_weights_are_those_of_plain_pytorch(sizes, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        modules = []
        for rows, columns in itertools.pairwise(sizes):
            modules += [nn.Linear(rows, columns), nn.Tanh()]
        plain = nn.Sequential(*modules[:-1], nn.Sigmoid())
    ours = build_mlp(sizes[0], sizes[1:-1], sizes[-1], seed=seed)
    assert [type(module) for module in ours] == [type(module) for module in plain]
    assert same_bits(ours, plain)
    assert all(parameter.requires_grad and parameter.dtype == torch.float32 for parameter in ours.parameters())
    assert ours.training


PLAIN_INITIALISERS = {
    "default": None,
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "he_uniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "he_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "normal": lambda w: nn.init.normal_(w, 0.0, 0.3),
    "zeros": nn.init.zeros_,
    "equal": lambda w: nn.init.constant_(w, 0.3),
}


@pytest.mark.parametrize("name", INITIALISERS)
def test_initialisers_are_those_of_plain_pytorch(name):
    built = build_mlp(2, (4, 3), 1, initialiser=name, initial_scale=0.3, seed=7)
    torch.manual_seed(7)
    plain = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
    initialise = PLAIN_INITIALISERS[name]
    for layer in plain:
        if isinstance(layer, nn.Linear) and initialise is not None:
            initialise(layer.weight)
            nn.init.zeros_(layer.bias)
    assert same_bits(built, plain)


@pytest.mark.parametrize("name", INITIALISERS)
def test_the_code_of_an_initialiser_does_what_it_does(name):
    built = build_mlp(5, (), 3, initialiser=name, initial_scale=1.5, seed=3)[0]
    torch.manual_seed(3)
    layer = nn.Linear(5, 3)
    exec("\n".join(INITIALISERS[name].code(1.5)), {"nn": nn, "layer": layer})
    assert same_bits(built, layer)


@pytest.mark.usefixtures("untouched")
def test_building_leaves_the_global_generator_alone():
    model = build_mlp(2, (8, 8), dropout=0.5)
    seed_dropout(model, 1)
    model(torch.ones(4, 2))


def test_a_generator_given_draws_the_weights():
    generator = torch.Generator().manual_seed(5)
    assert same_bits(build_mlp(generator=generator, seed=1), build_mlp(seed=5))
    assert not same_bits(build_mlp(generator=generator), build_mlp(seed=5))


def test_default_dtype_does_not_leak_in():
    torch.set_default_dtype(torch.float64)
    try:
        assert build_mlp()[0].weight.dtype == torch.float32
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_of_the_table_can_be_built_and_is_read_back(name):
    model = build_mlp(2, (3,), activation=name, output_activation=name)
    hidden, output = read_network(model, PLANE).layers
    assert hidden.activation == output.activation == name
    assert hidden.activation_label == ACTIVATIONS[name].label
    assert hidden.scale_fixed == ACTIVATIONS[name].is_bounded
    x = torch.linspace(-3, 3, 10).reshape(5, 2)
    expected = ACTIVATIONS[name].function(model[0](x).detach().numpy())
    torch.testing.assert_close(dense_activations(model, x)[0].detach(), torch.tensor(expected))


def test_the_chapter_s_network_has_9_parameters():
    assert count_parameters(build_mlp()) == 9
    assert count_parameters(build_mlp(784, (64, 64), 10, activation="relu", output_activation=None)) == 55_050


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"activation": "tan"}, ValueError, "'tan'; there are 'tanh'"),
        ({"output_activation": "soft"}, ValueError, "'soft'"),
        ({"hidden_layers": (2, 0)}, ValueError, r"hidden_layers\[1\] must be a whole number of at least 1, not 0"),
        ({"hidden_layers": (2.0,)}, TypeError, r"hidden_layers\[0\]"),
        ({"in_features": 0}, ValueError, "in_features"),
        ({"dropout": 1.5}, ValueError, "at most 1"),
        (
            {"activation": ("relu", "tanh")},
            ValueError,
            "activation must be one for all hidden layers, or one each: 1, not",
        ),
        ({"dropout": ()}, ValueError, "dropout must be one for all hidden layers, or one each: 1, not 0"),
        ({"seed": -1}, ValueError, "seed"),
        ({"initialiser": "ones"}, ValueError, "'ones'; there are 'default'"),
        ({"initial_scale": 0.0}, ValueError, "above 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, said):
    with pytest.raises(error, match=said):
        build_mlp(**arguments)


def test_each_layer_may_have_an_activation_and_a_dropout_of_its_own():
    model = build_mlp(2, (3, 4, 2), 1, activation=("relu", "identity", "tanh"), dropout=(0.0, 0.5, 0.25), seed=5)
    kinds = [type(module).__name__ for module in model]
    assert kinds == ["Linear", "ReLU", "Linear", "Dropout", "Linear", "Tanh", "Dropout", "Linear", "Sigmoid"]
    assert [module.p for module in model if isinstance(module, Dropout)] == [0.5, 0.25]
    alike = list(build_mlp(2, (3, 4, 2), 1, seed=5).parameters())
    assert all(map(torch.equal, model.parameters(), alike))


# --- dropout


@given(p=st.sampled_from([0.1, 0.5, 0.9]), seed=st.integers(0, 1000), rows=st.integers(1, 40))
def test_dropout_drops_what_pytorch_s_drops(p, seed, rows):
    x = torch.linspace(-1, 1, rows * 7).reshape(rows, 7).requires_grad_()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        expected = nn.Dropout(p)(x)
    ours = Dropout(p, torch.Generator().manual_seed(seed))(x)
    assert torch.equal(ours, expected)
    for result in (ours, expected):
        (gradient,) = torch.autograd.grad(result.sum(), x)
        assert torch.equal(gradient == 0, expected == 0) or (x == 0).any()


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_dropout_of_nothing_and_of_everything(p):
    x = torch.ones(3, 2)
    assert torch.equal(Dropout(p)(x), x * (1 - p))
    assert torch.equal(Dropout(p).eval()(x), x)


def test_dropout_is_not_moved_by_other_draws_and_draws_anew_each_time():
    x = torch.ones(20, 2)
    model, other = build_mlp(2, (16,), dropout=0.5, seed=1), build_mlp(2, (16,), dropout=0.5, seed=1)
    first = model(x)
    torch.rand(10)
    assert torch.equal(first, other(x))
    assert not torch.equal(first, model(x))


@pytest.mark.usefixtures("untouched")
def test_dropout_layers_share_one_generator_also_in_copies():
    model = build_mlp(2, (8, 8, 8), dropout=0.5, seed=3)
    model(torch.ones(4, 2))
    twin = copy.deepcopy(model)
    layers, copies = ([m for m in network if isinstance(m, Dropout)] for network in (model, twin))
    assert len(layers) == len(copies) == 3
    assert {id(layer.generator) for layer in layers} == {id(dropout_generator(model))}
    assert {id(layer.generator) for layer in copies} == {id(dropout_generator(twin))}
    assert dropout_generator(model) is not dropout_generator(twin)
    x = torch.ones(4, 2)
    first = model(x)
    assert torch.equal(first, twin(x))
    assert not torch.equal(first, twin(x))


def test_dropout_survives_torch_save():
    model = build_mlp(2, (8, 8), dropout=0.5)
    model(torch.ones(4, 2))
    stored = io.BytesIO()
    torch.save(model, stored)
    stored.seek(0)
    again = torch.load(stored, weights_only=False)
    assert torch.equal(model(torch.ones(4, 2)), again(torch.ones(4, 2)))


def test_dropout_state_is_no_part_of_the_state_dict():
    assert list(build_mlp(dropout=0.3).state_dict()) == ["0.weight", "0.bias", "3.weight", "3.bias"]
    assert dropout_generator(build_mlp()) is None


def test_dropout_generator_s_state_rewinds_the_masks():
    model = build_mlp(2, (16,), dropout=0.5)
    state = dropout_generator(model).get_state()
    first = model(torch.ones(4, 2))
    dropout_generator(model).set_state(state)
    assert torch.equal(model(torch.ones(4, 2)), first)
    seed_dropout(model, 0)
    assert torch.equal(model(torch.ones(4, 2)), first)


# --- keeping weights

sizes = st.lists(st.integers(1, 5), max_size=3)


@given(before=sizes, after=sizes, dropout=st.sampled_from([0.0, 0.5]))
def test_weights_that_stay_are_kept_and_the_rest_is_fresh(before, after, dropout):
    old, new = build_mlp(2, before, seed=1), build_mlp(2, after, seed=2, dropout=dropout)
    fresh, source = copy.deepcopy(new), copy.deepcopy(old)
    kept = keep_weights(new, old)
    assert same_bits(old, source)
    was, initial = dict(old.named_parameters()), dict(fresh.named_parameters())
    layers_matched = min(len(before), len(after)) + (bool(before) == bool(after))
    assert len(kept) == 2 * layers_matched
    for name, parameter in new.named_parameters():
        expected = initial[name].detach().clone()
        if name in kept:
            origin, block, _ = kept[name]
            assert block == tuple(slice(0, min(pair)) for pair in zip(parameter.shape, was[origin].shape, strict=True))
            expected[block] = was[origin].detach()[block]
        assert torch.equal(parameter, expected)
        assert parameter.requires_grad
        assert parameter.is_leaf


def test_inputs_are_matched_by_number_in_the_first_layers_only():
    old, new = build_mlp(3, (2,), seed=1), build_mlp(2, (2,), seed=2)
    kept = keep_weights(new, old, ([1], [2]))
    assert torch.equal(new[0].weight[:, 1], old[0].weight[:, 2])
    assert torch.equal(new[2].weight, old[2].weight)
    assert kept["0.weight"] == Kept("0.weight", (slice(0, 2), [1]), (slice(0, 2), [2]))
    alone = build_mlp(3, (), seed=3)
    assert keep_weights(alone, old, ([0, 1, 2], [0, 1, 2])) == {}  # what neurons fed is not what inputs feed


def test_same_shape_keeps_everything_and_removing_a_layer_keeps_the_output():
    old = build_mlp(2, (4, 3), seed=1)
    new = build_mlp(2, (4, 3), seed=2)
    keep_weights(new, old)
    assert same_bits(new, old)
    shorter = build_mlp(2, (4,), seed=2)
    kept = keep_weights(shorter, old)
    assert kept["2.weight"] == Kept("4.weight", *[(slice(0, 1), slice(0, 3))] * 2)
    assert torch.equal(shorter[2].weight[:, :3], old[4].weight)
    assert torch.equal(shorter[0].weight, old[0].weight)


def test_layers_are_matched_across_dropout_and_activation():
    old, new = build_mlp(2, (3, 3), seed=1), build_mlp(2, (3, 3), seed=2, dropout=0.2, activation="identity")
    assert {name: kept.source for name, kept in keep_weights(new, old).items() if name.endswith("weight")} == {
        "0.weight": "0.weight",
        "2.weight": "2.weight",
        "4.weight": "4.weight",
    }


def test_a_model_without_linear_modules_is_refused():
    with pytest.raises(ValueError, match="ReLU has none"):
        keep_weights(build_mlp(), nn.ReLU())


# --- reading


def test_a_dense_network_is_read_layer_by_layer():
    graph = read_network(build_mlp(2, (4, 3), dropout=0.1), PLANE)
    assert graph.kind == "dense"
    assert graph.in_features == 2
    assert graph.parameter_count == 12 + 15 + 4
    assert [layer.name for layer in graph.layers] == ["Hidden 1", "Hidden 2", "Output"]
    assert [layer.units for layer in graph.layers] == [4, 3, 1]
    assert [layer.module for layer in graph.layers] == ["0", "3", "6"]
    assert [layer.output_module for layer in graph.layers] == ["2", "5", "7"]
    assert [layer.weight for layer in graph.layers] == ["0.weight", "3.weight", "6.weight"]
    assert [layer.bias for layer in graph.layers] == ["0.bias", "3.bias", "6.bias"]
    assert [layer.weight_shape for layer in graph.layers] == [(4, 2), (3, 4), (1, 3)]
    assert [layer.scale_fixed for layer in graph.layers] == [True, True, True]
    assert [(row.name, row.type, row.detail, row.parameters) for row in graph.modules[:3]] == [
        ("0", "Linear", "2 → 4", 12),
        ("1", "Tanh", "", 0),
        ("2", "Dropout", "p = 0.1", 0),
    ]


def test_nested_sequentials_flatten_and_missing_bias():
    block = nn.Sequential(nn.Linear(4, 3, bias=False), nn.ReLU(), nn.Identity())
    model = nn.Sequential(nn.Flatten(), nn.Sequential(block, nn.Dropout(0.2)), nn.Linear(3, 2), nn.Softmax(dim=1))
    graph = read_network(model, torch.zeros(1, 2, 2))
    hidden, output = graph.layers
    assert (hidden.module, hidden.output_module, hidden.bias) == ("1.0.0", "1.1", None)
    assert (hidden.activation, hidden.activation_label, hidden.output_range) == ("relu", "ReLU", (0.0, math.inf))
    assert (output.activation, output.activation_label) == (None, "Softmax")
    assert not hidden.scale_fixed
    assert output.scale_fixed
    parameters = dict(model.named_parameters())
    for layer in graph.layers:
        assert tuple(parameters[layer.weight].shape) == layer.weight_shape
    assert [row.detail for row in graph.modules] == ["", "2 modules", "3 → 2", "dim=1"]


@pytest.mark.parametrize(
    ("followers", "name", "label"),
    [
        ([], "identity", "linear"),
        ([nn.LeakyReLU()], "leaky_relu", "leaky ReLU"),
        ([nn.LeakyReLU(0.3)], None, "leaky ReLU"),
        ([nn.GELU(approximate="tanh")], None, "GELU"),
        ([nn.ReLU(inplace=True)], "relu", "ReLU"),
        ([nn.Hardswish()], None, "Hardswish"),
        ([nn.Tanh(), nn.Dropout(0.1), nn.Sigmoid()], None, "tanh → sigmoid"),
    ],
)
def test_activation_names_and_labels(followers, name, label):
    (layer,) = read_network(nn.Sequential(nn.Linear(2, 1), *followers), PLANE).layers
    assert (layer.activation, layer.activation_label) == (name, label)


class Doubled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


class Skip(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


SHARED = nn.Linear(2, 2)


@pytest.mark.parametrize(
    "model",
    [
        nn.Linear(2, 1),
        nn.Sequential(),
        nn.Sequential(nn.Tanh()),
        nn.Sequential(nn.Tanh(), nn.Linear(2, 1)),
        nn.Sequential(SHARED, nn.Tanh(), SHARED, nn.Tanh()),
        nn.Sequential(Doubled(2, 1)),
        Skip(nn.Linear(2, 2), nn.Tanh()),
        nn.Sequential(Skip(nn.Linear(2, 2)), nn.Linear(2, 1)),
        nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1)),
        nn.Sequential(nn.Linear(2, 2), nn.PReLU(), nn.Linear(2, 1)),
        nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 1)),
        nn.Sequential(nn.Linear(3, 1)),
        nn.Sequential(nn.Flatten(0), nn.Linear(2, 1)),
        nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(2, 1))),
        nn.Sequential(prune.identity(nn.Linear(2, 1), "weight")),
        nn.Sequential(nn.LazyLinear(1)),
    ],
    ids=lambda model: repr(model).replace("\n", "")[:40],
)
def test_anything_else_is_a_list_of_modules(model):
    graph = read_network(model, PLANE)
    assert graph.kind == "module"
    assert graph.layers == ()


def test_images_need_a_flatten_to_be_dense():
    images = torch.zeros(1, 1, 2, 2)
    assert read_network(nn.Sequential(nn.Linear(4, 1)), images).kind == "module"
    assert read_network(nn.Sequential(nn.Flatten(), nn.Linear(4, 1)), images).kind == "dense"


def test_module_rows_of_a_model_of_one_s_own():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3))
            self.conv = nn.Conv2d(1, 8, 3)
            self.table = nn.Embedding(10, 4)
            self.body = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
            self.later = nn.LazyLinear(1)

    graph = read_network(Own(), PLANE)
    assert [(row.name, row.type, row.detail, row.parameters) for row in graph.modules] == [
        ("", "Own", "parameters of its own", 3),
        ("conv", "Conv2d", "1 → 8, kernel 3 × 3", 80),
        ("table", "Embedding", "10 × 4", 40),
        ("body", "Sequential", "2 modules", 6),
        ("later", "LazyLinear", "not yet run", 0),
    ]
    assert graph.parameter_count == sum(row.parameters for row in graph.modules)


def test_a_lone_module_has_a_row():
    (row,) = read_network(nn.Linear(2, 1), PLANE).modules
    assert (row.name, row.type, row.detail, row.parameters) == ("", "Linear", "2 → 1", 3)


@pytest.mark.usefixtures("untouched")
def test_reading_runs_and_changes_nothing():
    model = build_mlp(dropout=0.5).train()
    before = copy.deepcopy(model.state_dict())
    read_network(model, PLANE)
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_dense_activations_end_with_the_output_also_where_a_module_is_shared():
    act = nn.Tanh()
    model = nn.Sequential(nn.Linear(2, 3), act, nn.Sequential(nn.Linear(3, 2), act), nn.Linear(2, 1))
    x = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    assert read_network(model, PLANE).kind == "dense"
    first, second, output = dense_activations(model, x)
    assert torch.equal(output, model(x))
    assert torch.equal(first, torch.tanh(model[0](x)))
    assert torch.equal(second, torch.tanh(model[2][0](first)))


@pytest.mark.parametrize("model", [nn.Linear(2, 1), nn.Sequential(nn.Tanh())])
def test_dense_activations_of_something_else_are_refused(model):
    with pytest.raises(ValueError, match="Sequential of Linear modules"):
        dense_activations(model, PLANE)


# --- asking


def test_frozen_and_shared_parameters_are_counted_once_or_not_at_all():
    layer = nn.Linear(3, 2)
    model = nn.Sequential(layer, layer)
    assert count_parameters(model) == 8
    layer.bias.requires_grad_(requires_grad=False)
    assert count_parameters(model) == 6


def test_lazy_models_cannot_be_counted_yet():
    model = nn.Sequential(nn.LazyLinear(4))
    with pytest.raises(ValueError, match="one batch"):
        count_parameters(model)
    model(PLANE)
    assert count_parameters(model) == 12


@pytest.mark.parametrize(("cuda", "mps", "best"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_the_best_device_is_chosen(monkeypatch, cuda, mps, best):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert get_device() == torch.device(best)
