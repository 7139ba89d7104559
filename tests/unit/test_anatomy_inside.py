"""Open layers: every tensor as it was at that moment, against hooks and plain PyTorch; and nothing is left behind."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.captured import captured
from nnwidgets.anatomy.examples import example
from nnwidgets.anatomy.inside import look_inside
from nnwidgets.anatomy.trace import trace
from nnwidgets.widgets._anatomy_settings import EXAMPLES
from tests import vectors


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def opened(model, given, key, *, training=False, gradients=None, **asked):
    arguments = Arguments.of(given)
    graph = trace(model, arguments, training=training)
    return look_inside(model, arguments, graph, {"selected": key, **asked}, training=training, gradients=gradients)


def pictures_of(inside, role, name=""):
    return [each for each in inside.pictures if each.role == role and each.name.endswith(name)]


def picture_of(inside, role, name=""):
    return pictures_of(inside, role, name)[0]


def check(picture, tensor):
    """Whether all of it is there, number by number."""
    assert picture.lows is None
    np.testing.assert_array_equal(picture.values.reshape(tensor.shape), tensor.detach().float().numpy())


# -- what was there at that time --------------------------------------------------------------------


class InPlace(nn.Module):
    """Each output is changed by what comes after."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.norm = nn.BatchNorm2d(3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.norm(self.conv(x)))
        x += 1
        x.mul_(2)
        x[:, 0] = 5
        return functional.relu(x - 3, inplace=True)


def test_an_output_is_as_it_was_before_others_changed_it():
    model, x = InPlace().eval(), torch.randn(2, 2, 6, 6)
    with torch.no_grad():
        conv = model.conv(x)
        norm = model.norm(conv)
        relu = norm.clone().relu()
        plus = relu + 1
        twice = plus * 2
        written = twice.clone()
        written[:, 0] = 5
    expected = {
        "conv": (x, conv),
        "norm": (conv, norm),
        "relu": (norm, relu),
        ":add_": (relu, plus),
        ":mul_": (plus, twice),
        ":sub": (written, written - 3),
        ":relu": (written - 3, (written - 3).relu()),
    }
    graph = trace(model, Arguments.of(x))
    names = {node.key for node in graph.leaves}
    for key, (given, gave) in expected.items():
        assert key in names
        inside = opened(model, x, key, sample=2)
        check(picture_of(inside, "output"), gave[1])
        check(picture_of(inside, "input"), given[1])


def test_writing_into_a_part_shows_the_whole():
    model, x = InPlace().eval(), torch.randn(1, 2, 6, 6)
    graph = trace(model, Arguments.of(x))
    key = next(node.key for node in graph.leaves if "setitem" in node.key)
    found = captured(model, Arguments.of(x), graph, key)
    assert found.heard
    assert (found.inputs[0][1][:, 0] != 5).any()


def test_a_buffer_that_comes_out_is_as_it_was_then():
    """It is put back afterwards."""

    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.zeros(1))

        def forward(self, x):
            self.count += x.sum()
            return self.count

    model = nn.Sequential(Counter(), nn.ReLU())
    check(picture_of(opened(model, torch.ones(1, 3), "0"), "output"), torch.tensor([3.0]))
    assert model[0].count == 0


def test_all_that_hooks_see_is_there():
    """Of each module of a residual network, bit by bit."""
    model, x, _ = example("residual")
    seen = {}

    def hook(name):
        def see(_, args, output):
            seen.setdefault(name, []).append((args[0].clone(), output.clone()))

        return see

    plain = copy.deepcopy(model)
    for name, module in plain.named_modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
        module.register_forward_hook(hook(name))
    with torch.no_grad():
        plain(x)
    graph = trace(model, Arguments.of(x))
    modules = [node for node in graph.nodes if node.kind in ("module", "container")]
    assert len(modules) > 20
    for node in modules:
        given, gave = seen[node.name][node.call - 1]
        found = captured(model, Arguments.of(x), graph, node.key)
        assert torch.equal(found.inputs[0][1], given), node.key
        assert torch.equal(found.outputs[0][1], gave), node.key


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_node_of_the_examples_opens(name):
    model, x, _ = example(name)
    graph = trace(model, Arguments.of(x))
    for node in graph.nodes:
        inside = look_inside(model, Arguments.of(x), graph, {"selected": node.key, "sample": 2})
        assert inside.pictures, node.key
        assert inside.note == "", node.key
        if node.kind not in ("parameter", "input", "output"):
            shapes = [
                each.shape for each in inside.pictures if each.role == "output" and each.name.startswith("output")
            ]
            assert shapes[: len(node.outputs)][0] == node.outputs[0].shape, node.key


# -- nothing is left ----------------------------------------------------------------------------------


class Drawing(nn.Module):
    """It drops, counts batches, remembers, and its hooks count."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout(0.5)
        self.last = nn.Linear(4, 2)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        self.latest = x
        return self.last(self.drop(self.norm(self.first(x))))


def fingerprint(model):
    """Everything of it that could be changed."""
    tensors = [(name, value.tolist(), value._version) for name, value in model.state_dict(keep_vars=True).items()]
    modules = [(name, module.training, sorted(vars(module))) for name, module in model.named_modules()]
    return tensors, modules, [(p.requires_grad, p.grad.tolist(), p.grad._version) for p in model.parameters()]


@pytest.mark.parametrize("key", ["first", "norm", "drop", "last", ":output"])
@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_the_model_is_left_as_it_was(key, training):
    model, x = Drawing(), torch.randn(5, 3)
    model.norm.eval()
    model(x).sum().backward()
    before, state = fingerprint(model), torch.get_rng_state()
    opened(model, x, key, training=training)
    assert fingerprint(model) == before
    assert torch.equal(torch.get_rng_state(), state)
    assert model.calls == 1
    assert model.latest is x
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in model.modules())


def test_the_same_dropout_is_seen_before_and_behind():
    model, x = Drawing(), torch.randn(5, 3)
    behind, before = (opened(model, x, key, training=True) for key in ("drop", "last"))
    np.testing.assert_array_equal(picture_of(behind, "output").values, picture_of(before, "input").values)
    assert not picture_of(behind, "output").values.all()


def test_the_forward_ends_where_nothing_more_is_wanted():
    class Late(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.reached = nn.Linear(2, 2), []

        def forward(self, x):
            x = self.first(x)
            self.reached.append(1)
            return x.relu()

    model = Late()
    arguments = Arguments.of(torch.zeros(1, 2))
    graph = trace(model, arguments)
    reached = model.reached
    reached.clear()
    captured(model, arguments, graph, "first")
    assert reached == []


# -- what cannot be seen ------------------------------------------------------------------------------


class Failing(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.spare = nn.Linear(2, 3), nn.Linear(4, 2), nn.Linear(1, 1)

    def forward(self, x):
        return self.second(self.first(x))


def test_what_ran_before_an_error_opens_and_the_rest_says_why():
    model, x = Failing(), torch.randn(2, 2)
    check(picture_of(opened(model, x, "first"), "output"), model.first(x)[0])
    inside = opened(model, x, "second")
    assert "Linear 'second' raised" in inside.note
    check(picture_of(inside, "input"), model.first(x)[0])
    assert not pictures_of(inside, "output")
    check(picture_of(inside, "weight", "second.weight"), model.second.weight)


def test_a_layer_that_did_not_run_shows_its_weights():
    class Spare(Failing):
        def forward(self, x):
            return self.first(x)

    model = Spare()
    inside = opened(model, torch.zeros(1, 2), "spare")
    assert inside.note == "It did not run with this input."
    check(picture_of(inside, "weight", "spare.weight"), model.spare.weight)


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(KeyError, match="first"):
        opened(Drawing(), torch.zeros(2, 3), "firsd")


def test_lazy_layers_open_once_they_are_made():
    inside = opened(nn.Sequential(nn.LazyLinear(2), nn.ReLU()), torch.randn(3, 4), "0")
    assert picture_of(inside, "output").values.shape == (1, 1, 2)
    assert not pictures_of(inside, "weight")
    assert "no values before its first batch" in inside.note


# -- what is asked for --------------------------------------------------------------------------------


def test_samples_and_channels_beyond_the_last_are_the_last():
    model, x = nn.Sequential(nn.Conv2d(2, 3, 3)), torch.randn(4, 2, 5, 5)
    inside = opened(model, x, "0", sample=99, channel=99, pixel=[99, 99], first=99, tensor="output")
    with torch.no_grad():
        y = model(x)
    check(picture_of(inside, "output"), y[3])
    assert picture_of(inside, "weight", "0.weight").index == (2, None, None, None)
    assert (inside.pixel.channel, inside.pixel.row, inside.pixel.column) == (2, 2, 2)
    assert inside.asked["sample"] == 99
    assert inside.channels == 3


def test_a_page_of_maps_and_a_part_of_a_matrix():
    model, x = nn.Sequential(nn.Conv2d(1, 100, 1), nn.Flatten(), nn.Linear(1600, 300)), torch.randn(1, 1, 4, 4)
    inside = opened(model, x, "0", tensor="output", first=64)
    output = picture_of(inside, "output")
    assert (output.first, output.shown, output.tiles) == (64, 36, 100)
    check(output, model[0](x)[0, 64:])
    inside = opened(model, x, "2", tensor="2.weight", window=[10, 20, 100, 50])
    check(picture_of(inside, "weight", "2.weight"), model[2].weight[10:30, 100:150])
    assert picture_of(opened(model, x, "2"), "weight", "2.weight").lows is not None


def test_gradients_are_the_parameters_own_or_those_given():
    model, x = nn.Sequential(nn.Linear(2, 3)), torch.randn(4, 2)
    assert not pictures_of(opened(model, x, "0"), "gradient")
    model(x).sum().backward()
    inside = opened(model, x, "0")
    check(picture_of(inside, "gradient", "weight"), model[0].weight.grad)
    assert [(each.role, each.name) for each in inside.spreads] == [
        ("weight", "0.weight"),
        ("gradient", "0.weight"),
        ("weight", "0.bias"),
        ("gradient", "0.bias"),
        ("output", "output"),
        ("input", "input"),
    ]
    inside = opened(model, x, "0", gradients={"0.bias": torch.ones(3)})
    assert [each.name for each in pictures_of(inside, "gradient")] == ["0.bias"]


def test_what_was_found_before_is_used_again():
    model, x = nn.Sequential(nn.Linear(2, 3)), torch.randn(4, 2)
    arguments = Arguments.of(x)
    graph = trace(model, arguments)
    found = captured(model, arguments, graph, "0")
    with torch.no_grad():
        expected = model(x)
    inside = look_inside(model, Arguments.of(x * 100), graph, {"selected": "0"}, found=found)
    check(picture_of(inside, "output"), expected[0])


# -- kinds --------------------------------------------------------------------------------------------


def test_a_small_dense_layer_is_there_as_a_whole():
    model, x = nn.Sequential(nn.Linear(3, 2)), torch.randn(4, 3)
    inside = opened(model, x, "0", sample=3)
    assert (inside.kind, inside.channels) == ("dense", 2)
    check(picture_of(inside, "weight", "weight"), model[0].weight)
    check(picture_of(inside, "weight", "bias"), model[0].bias)
    check(picture_of(inside, "input"), x[2])
    check(picture_of(inside, "output"), model(x)[2])
    assert picture_of(inside, "weight", "weight").axes == ("", "neuron", "input")
    spread = next(each for each in inside.spreads if each.role == "output")
    assert spread.size == 8
    assert spread.mean == pytest.approx(model(x).mean().item(), rel=1e-5)


def test_a_convolution_has_its_kernels_and_its_own_map():
    model, x = nn.Sequential(nn.Conv2d(3, 8, 5, padding=2, stride=2)), torch.randn(2, 3, 200, 200)
    inside = opened(model, x, "0", channel=5, pixel=[0, 7], sample=2)
    assert (inside.kind, inside.channels) == ("convolution", 8)
    with torch.no_grad():
        y = model(x)
    maps, own = pictures_of(inside, "output")
    assert (maps.tiles, maps.axes, maps.grid) == (8, ("channel", "row", "column"), (50, 50))
    np.testing.assert_allclose(maps.values, functional.avg_pool2d(y[1], 2).numpy(), rtol=1e-4, atol=1e-5)
    assert own.index == (1, 5, None, None)
    check(own, y[1, 5])
    kernels = picture_of(inside, "weight", "0.weight")
    check(kernels, model[0].weight[5])
    assert kernels.axes == ("input channel", "row", "column")
    assert sum(inside.pixel.sums) + inside.pixel.bias == pytest.approx(y[1, 5, 0, 7].item(), abs=1e-4)


def test_maps_that_are_exact_are_not_sent_twice():
    inside = opened(nn.Sequential(nn.Conv2d(1, 4, 3)), torch.randn(1, 1, 9, 9), "0", channel=3)
    assert len(pictures_of(inside, "output")) == 1


@pytest.mark.parametrize(
    ("layer", "shape", "kernel"),
    [
        (nn.Conv1d(2, 4, 3), (2, 2, 9), lambda weight: weight[1]),
        (nn.Conv3d(2, 4, 3), (2, 2, 6, 7, 8), lambda weight: weight[1, :, 1]),
        (nn.ConvTranspose2d(2, 4, 3), (2, 2, 6, 7), lambda weight: weight[:, 1]),
    ],
    ids=["one axis", "three axes", "transposed"],
)
def test_other_convolutions(layer, shape, kernel):
    model, x = nn.Sequential(layer), torch.randn(shape)
    inside = opened(model, x, "0", channel=1, pixel=[0, 1], sample=2)
    y = model(x)[1]
    y = y[:, y.shape[1] // 2] if y.ndim == 4 else y
    check(picture_of(inside, "output"), y)
    check(picture_of(inside, "weight", "0.weight"), kernel(layer.weight))
    assert picture_of(inside, "output").tiles == 4
    is_apart = isinstance(layer, nn.Conv1d)
    assert (inside.pixel is not None) == is_apart
    assert is_apart == (inside.note == "")


def test_a_convolution_as_a_function_is_taken_apart():
    class Function(nn.Module):
        def __init__(self):
            super().__init__()
            self.kernel = nn.Parameter(torch.randn(4, 1, 3, 3))

        def forward(self, x):
            return functional.conv2d(x, self.kernel, padding=1, groups=2).relu()

    x = torch.randn(2, 2, 5, 5)
    model = Function()
    inside = opened(model, x, ":conv2d", channel=3, pixel=[0, 0])
    assert (inside.kind, inside.channels, inside.pixel.channels) == ("convolution", 4, 1)
    check(picture_of(inside, "weight"), model.kernel[3])
    assert len(pictures_of(inside, "input")) == 1
    value = functional.conv2d(x, model.kernel, padding=1, groups=2)[0, 3, 0, 0]
    assert sum(inside.pixel.sums) == pytest.approx(value.item(), abs=1e-5)


def test_normalisation_has_moments_and_buffers():
    model, x = nn.Sequential(nn.BatchNorm2d(3)), torch.randn(4, 3, 5, 5) * 3 + 1
    inside = opened(model, x, "0")
    assert (inside.kind, inside.channels, inside.moments.running) == ("normalisation", 3, True)
    assert [each.name for each in pictures_of(inside, "buffer")] == ["0.running_mean", "0.running_var"]
    assert not opened(model, x, "0", training=True).moments.running


def test_layer_norm_of_sequences_first_is_of_the_sample():
    class Sequences(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(4)

        def forward(self, x):
            return self.norm(x.transpose(0, 1)) * 1

    x = torch.randn(3, 5, 4)
    moments = opened(Sequences(), x, "norm", sample=2).moments
    np.testing.assert_allclose(moments.mean, x[1].mean(dim=1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("axes", [0, 1], ids=["a token each", "tokens"])
def test_embeddings_name_the_rows_they_look_up(axes):
    model, x = nn.Sequential(nn.Embedding(9, 4)), torch.randint(0, 9, (3, 5)[: axes + 1])
    inside = opened(model, x, "0", sample=2, channel=99)
    assert (inside.kind, inside.channels) == ("embedding", 9)
    check(picture_of(inside, "weight"), model[0].weight)
    output = picture_of(inside, "output")
    check(output, model(x)[1])
    assert output.row_labels == tuple(map(str, x[1].reshape(-1).tolist()))
    assert output.rows == (5 if axes else 1)


@pytest.mark.parametrize("batch_first", [False, True], ids=["sequence first", "batch first"])
def test_recurrent_layers_by_gates_and_time(batch_first):
    model, x = nn.LSTM(3, 2, 2, batch_first=batch_first), torch.randn(4, 6, 3)
    inside = opened(nn.Sequential(model), x, "0", sample=3)
    assert inside.kind == "recurrent"
    output, states = model(x)
    pictures = pictures_of(inside, "output")
    check(pictures[0], output[2] if batch_first else output[:, 2])
    assert pictures[0].axes == ("", "position", "unit")
    check(pictures[1], states[0][:, 2])
    assert pictures[1].axes == ("", "layer", "unit")
    weight = picture_of(inside, "weight", "weight_ih_l0")
    check(weight, model.weight_ih_l0)
    assert weight.row_labels == ("i[0]", "i[1]", "f[0]", "f[1]", "g[0]", "g[1]", "o[0]", "o[1]")
    assert picture_of(inside, "weight", "weight_hh_l1").row_labels[:2] == ("i[0]", "i[1]")


def test_gates_of_other_cells():
    inside = opened(nn.Sequential(nn.GRUCell(3, 2)), torch.randn(4, 3), "0")
    assert picture_of(inside, "weight", "weight_hh").row_labels == ("r[0]", "r[1]", "z[0]", "z[1]", "n[0]", "n[1]")
    inside = opened(nn.Sequential(nn.RNN(3, 2)), torch.randn(4, 5, 3), "0")
    assert picture_of(inside, "weight", "weight_hh_l0").row_labels == ()


@pytest.mark.parametrize("need", ["in a layer", "alone"])
def test_attention_by_head(need):
    class Alone(nn.Module):
        def __init__(self):
            super().__init__()
            self.self_attn = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x):
            return self.self_attn(x, x, x)[0] + x

    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) if need == "in a layer" else Alone()
    x = torch.randn(3, 5, 8)
    inside = opened(model.eval(), x, "self_attn", sample=2)
    assert (inside.kind, inside.channels) == ("attention", 2)
    heads = inside.pictures[0]
    assert (heads.name, heads.axes) == ("attention", ("head", "query", "key"))
    expected = model.self_attn(x, x, x, average_attn_weights=False)[1][1]
    np.testing.assert_allclose(heads.values, expected.detach().numpy(), atol=1e-6)
    assert len(pictures_of(inside, "input")) == 1


def test_the_attention_function_by_head():
    class Plain(nn.Module):
        def forward(self, q):
            return functional.scaled_dot_product_attention(q, q, q, is_causal=True) * 1

    q = torch.randn(2, 3, 4, 5)
    inside = opened(Plain(), q, ":scaled_dot_product_attention", sample=2)
    assert (inside.kind, inside.channels) == ("attention", 3)
    weights = torch.from_numpy(inside.pictures[0].values)
    expected = functional.scaled_dot_product_attention(q, q, q, is_causal=True)[1]
    torch.testing.assert_close(weights @ q[1], expected)


class Ends(nn.Module):
    """Several inputs and outputs, one without samples, and a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.randn(5))
        self.register_buffer("shift", torch.randn(5))

    def forward(self, x, mask):
        y = (x * self.scale + self.shift) * mask
        return {"y": y, "sum": [y.sum(), y.sum(dim=0)]}


def test_ends_operations_and_parameters():
    model = Ends()
    x, mask = torch.randn(3, 5), torch.ones(3, 5)
    given = {"x": x, "mask": mask}
    graph = trace(model, Arguments.of(given))
    keys = [node.key for node in graph.nodes]
    y = x * model.scale + model.shift
    check(picture_of(opened(model, given, ":input['x']", sample=2), "input"), x[1])
    check(picture_of(opened(model, given, ":output['y']", sample=2), "output"), y[1])
    check(picture_of(opened(model, given, ":output['sum'][0]"), "output"), y.sum())
    inside = opened(model, given, ":output['sum'][1]")
    check(picture_of(inside, "output"), y.sum(dim=0))
    assert "has no axis of 3 samples" in inside.note
    product = next(key for key in keys if key.startswith(":mul"))
    check(picture_of(opened(model, given, product, sample=3), "output"), (x * model.scale)[2])
    for name, tensor in (("scale", model.scale), ("shift", model.shift)):
        key = next(node.key for node in graph.nodes if node.kind == "parameter" and node.name.endswith(name))
        inside = opened(model, given, key)
        check(inside.pictures[0], tensor)
        assert inside.pictures[0].name == name


def test_shared_parameters_have_the_name_they_have_there():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(6, 4), nn.Linear(4, 6, bias=False)
            self.head.weight = self.table.weight

        def forward(self, x):
            return self.head(self.table(x))

    model, x = Tied(), torch.randint(0, 6, (2, 3))
    assert picture_of(opened(model, x, "table"), "weight").name == "table.weight"
    inside = opened(model, x, "head", gradients={"table.weight": torch.ones(6, 4)})
    assert [each.name for each in inside.pictures[:2]] == ["head.weight", "head.weight"]
    assert inside.pictures[1].role == "gradient"


# -- size ---------------------------------------------------------------------------------------------


def bytes_of(inside):
    arrays = [
        value
        for part in (*inside.pictures, inside.pixel, inside.moments)
        if part is not None
        for value in vars(part).values()
        if isinstance(value, np.ndarray)
    ]
    return sum(array.nbytes for array in arrays)


def check_size(inside):
    assert bytes_of(inside) <= 1_500_000
    for picture in inside.pictures:
        assert picture.shown <= 64
        assert picture.values.size <= 2**16


def test_a_hundred_million_parameters_send_no_more_than_they_show():
    model = nn.Sequential(nn.Embedding(20_000, 1024), nn.Linear(1024, 80_000))
    model[1].weight.grad = torch.zeros(1, 1).expand(80_000, 1024)
    assert sum(parameter.numel() for parameter in model.parameters()) > 100e6
    arguments = Arguments.of(torch.randint(0, 20_000, (1, 2)))
    graph = trace(model, arguments)
    for key, tensor in (("0", "0.weight"), ("1", "")):
        check_size(look_inside(model, arguments, graph, {"selected": key, "tensor": tensor}))


def test_large_convolutions_and_many_tensors():
    model, x = nn.Sequential(nn.Conv2d(64, 256, 5)), torch.randn(1, 64, 70, 70)
    arguments = Arguments.of(x)
    graph = trace(model, arguments)
    found = captured(model, arguments, graph, "0")
    for tensor in ("", "output", "input", "0.weight"):
        inside = look_inside(model, arguments, graph, {"selected": "0", "tensor": tensor, "pixel": [3, 3]}, found=found)
        check_size(inside)
    assert inside.pixel is not None
    inside = opened(nn.Sequential(nn.LSTM(300, 256, 6)), torch.randn(2, 1, 300), "0")
    check_size(inside)
    assert "8 more of its tensors are not shown." in inside.note


def test_a_number_of_too_many_products_says_so():
    inside = opened(nn.Sequential(nn.Conv2d(256, 2, 9)), torch.randn(1, 256, 9, 9), "0", pixel=[0, 0])
    assert inside.pixel is None
    assert "more than 16,384 products" in inside.note


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "googlenet", "mobilenet_v3_small"])
def test_the_layers_of_known_models_open(name):
    """One of each kind, the last."""
    model = torchvision.models.get_model(name, weights=None).eval()
    arguments = Arguments.of(torch.randn(1, 3, 64, 64))
    graph = trace(model, arguments)
    for node in {node.type: node for node in graph.leaves}.values():
        inside = look_inside(model, arguments, graph, {"selected": node.key})
        assert inside.pictures, node.key
        assert inside.note == ("It did not run with this input." if node.kind == "idle" else ""), node.key
        check_size(inside)


# -- what is recorded for the browser's tests -------------------------------------------------------


_SLACK = 3  # numbers that may fall to one side of a border or to the other


def alike(made, stored, place=""):
    """The same shape; numbers agree to what may differ from processor to processor."""
    if isinstance(made, dict):
        assert made.keys() == stored.keys(), place
        for name, value in made.items():
            if name == "zeros":  # what cancels out in theory may leave some rounding
                assert abs(value - stored[name]) <= _SLACK, place
            else:
                alike(value, stored[name], f"{place}.{name}")
    elif isinstance(made, list):
        assert len(made) == len(stored), place
        slack = _SLACK if place.endswith("counts") else 0
        for index, (one, other) in enumerate(zip(made, stored, strict=True)):
            if slack and isinstance(one, int):
                assert abs(one - other) <= slack, place
            else:
                alike(one, other, f"{place}[{index}]")
    elif isinstance(made, float):
        assert made == pytest.approx(stored, rel=2e-3, abs=1e-5), place
    else:
        assert made == stored, place


def test_the_recorded_layers_are_up_to_date():
    alike(vectors.made("anatomy_inside"), vectors.stored("anatomy_inside"))
    assert (vectors.HERE / "anatomy_inside.json").stat().st_size < 400_000
