"""Well-known models, against PyTorch's hooks, what torchvision says of them, and torchinfo.

Those of torchvision are built without drawing weights, and run on the meta device, which computes shapes only.
"""

import copy
import math
from collections import Counter

import pytest
import torch
import torchinfo
from torch import nn
from torchvision import models

from nnwidgets.anatomy.arguments import Arguments, argument_tensors, tensors_with_paths
from nnwidgets.anatomy.trace import trace
from nnwidgets.networks import count_parameters
from tests.unit.traced_models import edges, traced

CONVOLUTIONAL = (
    "alexnet", "vgg11_bn", "resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "densenet121", "squeezenet1_1",
    "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x1_0", "mnasnet0_5", "efficientnet_b0", "efficientnet_v2_s",
    "regnet_y_400mf", "regnet_x_400mf",
)  # fmt: skip
OTHERS = (
    "googlenet", "inception_v3", "convnext_tiny", "vit_b_16", "vit_b_32", "swin_t", "swin_v2_t", "maxvit_t",
)  # fmt: skip
_built = {}


@pytest.fixture
def blank(monkeypatch):
    """Builds models whose weights are not drawn."""
    for name in dir(nn.init):
        if name.endswith("_") and not name.startswith("_"):
            monkeypatch.setattr(nn.init, name, lambda tensor, *_, **__: tensor)

    def build(name):
        if name not in _built:
            others = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
            _built[name] = models.get_model(name, **others).eval().to("meta")
        weights = next(iter(models.get_model_weights(name)))
        size = weights.transforms().crop_size[0]
        return _built[name], torch.zeros(1, 3, size, size, device="meta"), weights.meta

    return build


def _heard(model, arguments):
    """All calls of modules in the order in which they begin, with the shapes of what goes in and comes out."""
    calls, open_calls, counts = [], [], Counter()

    def before(module, args, kwargs, name):
        counts[name] += 1
        key = name if counts[name] == 1 else f"{name}#{counts[name]}"
        call = [key, type(module).__name__, _shapes(argument_tensors(args, kwargs)), None]
        calls.append(call)
        open_calls.append(call)

    def after(module, args, output):
        open_calls.pop()[3] = _shapes(tensors_with_paths(output))

    handles = []
    for name, module in model.named_modules():
        if name:
            handles += [
                module.register_forward_pre_hook(
                    lambda module, args, kwargs, name=name: before(module, args, kwargs, name), with_kwargs=True
                ),
                module.register_forward_hook(after),
            ]
    try:
        with torch.no_grad():
            output = model(*arguments.args, **arguments.kwargs)
    finally:
        for handle in handles:
            handle.remove()
    return calls, _shapes(tensors_with_paths(output))


def _shapes(tensors):
    return [tuple(tensor.shape) for _, tensor in tensors]


def _agrees_with_hooks(model, graph, arguments):
    """Every call that a hook hears of is told, in order, with its shapes."""
    calls, outputs = _heard(model, arguments)
    mine = [
        [node.key, node.type, [s.shape for s in node.inputs], [s.shape for s in node.outputs]]
        for node in graph.nodes
        if node.kind in ("module", "container")
    ]
    assert mine == calls
    assert [node.outputs[0].shape for node in graph.nodes if node.kind == "output"] == outputs


def _is_whole(graph, model):
    """What holds for any model."""
    assert graph.failed is None
    assert graph.parameter_count == count_parameters(model)
    assert sum(node.fresh for node in graph.leaves) == graph.parameter_count + graph.frozen
    assert graph.multiply_adds == sum(node.multiply_adds for node in graph.leaves if node.kind != "loop")
    keys = [node.key for node in graph.nodes]
    assert len(set(keys)) == len(keys)
    leaves = set(graph.leaves)
    for one, other in zip(graph.edges[::2], graph.edges[1::2], strict=True):
        assert graph.nodes[one] in leaves
        assert graph.nodes[other] in leaves
        assert one < other or graph.nodes[graph.nodes[one].parent].kind == "loop"
    further = {}
    for one, other in graph.pairs:
        further.setdefault(one, []).append(other)
    waiting, reached = [node.key for node in graph.nodes if node.kind in ("input", "parameter")], set()
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += further.get(key, [])
    assert reached >= {node.key for node in graph.leaves if node.kind in ("module", "output")}


@pytest.mark.parametrize("name", CONVOLUTIONAL + OTHERS)
def test_torchvision_says_the_same(blank, name):
    model, x, said = blank(name)
    graph = traced(model, x)
    assert graph.multiply_adds / 1e9 == pytest.approx(said["_ops"], abs=0.00051)
    assert sum(parameter.count for parameter in graph.parameters) - _auxiliary(model) == said["num_params"]
    _is_whole(graph, model)
    _agrees_with_hooks(model, graph, Arguments.of(x))
    assert graph.parameter_bytes == 4 * sum(p.numel() for p in model.parameters())


def _auxiliary(model):
    """Parameters of classifiers that only a training uses: torchvision counts none where its weights have none."""
    if type(model).__name__ == "GoogLeNet":
        return sum(p.numel() for part in (model.aux1, model.aux2) for p in part.parameters())
    return 0


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_torchinfo_says_the_same(blank, name):
    """It counts biases and weights of normalisations as multiply–adds, once for each number of an output or sample."""
    model, x, _ = blank(name)
    graph = traced(model, x)
    info = torchinfo.summary(copy.deepcopy(model), input_data=x, verbose=0, device="meta")
    extra = sum(_extra(model.get_submodule(node.name), node) for node in graph.leaves if node.kind == "module")
    assert info.total_params == graph.parameter_count
    assert info.total_mult_adds == graph.multiply_adds + extra
    mine = [node for node in graph.leaves if node.kind == "module" and node.call == 1 and node.count]
    rows = [each for each in info.summary_list if each.is_leaf_layer and each.num_params]
    assert [each.class_name for each in rows] == [node.type for node in mine]
    assert [tuple(each.output_size) for each in rows] == [node.outputs[0].shape for node in mine]
    assert [each.num_params for each in rows] == [node.count for node in mine]


def _extra(module, node):
    if isinstance(module, nn.BatchNorm2d):
        return 2 * module.num_features
    if getattr(module, "bias", None) is None:
        return 0
    return math.prod(node.outputs[0].shape)


def test_a_residual_network_on_one_screen(blank):
    model, x, _ = blank("resnet50")
    graph = traced(model, x)
    first = [graph.nodes[number].key for number in graph.inside(-1)]
    assert first == [
        ":input", "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", ":flatten",
        "fc", ":output",
    ]  # fmt: skip
    assert graph.first_unfolded(rows=20) == ()
    assert graph.first_unfolded(rows=29) == ("layer1", "layer2", "layer3", "layer4")
    given = {one for one, other in edges(graph) if other == "layer1.0:add_"}
    assert given == {"layer1.0.bn3", "layer1.0.downsample.1"}
    taken = {other for one, other in edges(graph) if one == "maxpool"}
    assert taken == {"layer1.0.conv1", "layer1.0.downsample.0"}


def test_a_dense_network_gives_each_layer_all_before(blank):
    model, x, _ = blank("densenet121")
    given = {one for one, other in edges(traced(model, x)) if other == "features.denseblock1.denselayer3:cat"}
    assert given == {
        "features.pool0", "features.denseblock1.denselayer1.conv2", "features.denseblock1.denselayer2.conv2"
    }  # fmt: skip


def test_classifiers_for_training_only_are_idle_in_evaluation(blank):
    model, x, _ = blank("inception_v3")
    assert [node.key for node in traced(model, x).nodes if node.kind == "idle"] == ["AuxLogits"]


def test_classifiers_for_training_run_in_training(blank):
    model, *_ = blank("inception_v3")
    graph = trace(model, Arguments.of(torch.zeros(2, 3, 299, 299, device="meta")), training=True)
    assert [node.key for node in graph.nodes if node.kind == "output"] == [":output.logits", ":output.aux_logits"]
    assert not [node for node in graph.nodes if node.kind == "idle"]
    _is_whole(graph, model)


def _segmentation():
    return models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None), torch.rand(1, 3, 64, 64)


def _detection():
    model = models.detection.fasterrcnn_mobilenet_v3_large_320_fpn(
        weights=None, weights_backbone=None, min_size=64, max_size=64, box_detections_per_img=5
    )
    return model, [torch.rand(3, 60, 48), torch.rand(3, 40, 60)]


def _encoder_decoder():
    model = nn.Transformer(8, 2, 2, 2, 16, batch_first=True)
    return model, {"src": torch.rand(2, 5, 8), "tgt": torch.rand(2, 4, 8), "tgt_mask": torch.ones(4, 4).triu(1).bool()}


def _encoder():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
    return nn.TransformerEncoder(layer, 3, norm=nn.LayerNorm(8), enable_nested_tensor=False), torch.rand(2, 5, 8)


def _recurrent():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(9, 4)
            self.lstm = nn.LSTM(4, 4, 2, batch_first=True, bidirectional=True)
            self.gru = nn.GRU(8, 4, batch_first=True)
            self.cell = nn.RNNCell(4, 4)
            self.head = nn.Linear(4, 9)
            self.head.weight = self.embedding.weight

        def forward(self, tokens):
            states, (last, _) = self.lstm(self.embedding(tokens))
            states, _ = self.gru(states)
            return self.head(self.cell(states[:, -1], last[-1]))

    return Model(), torch.randint(9, (2, 5))


WHOLE = {
    "segmentation": _segmentation, "detection": _detection, "encoder and decoder": _encoder_decoder,
    "encoder": _encoder, "recurrent": _recurrent,
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_models_that_run_on_real_numbers(name):
    torch.manual_seed(0)
    model, given = WHOLE[name]()
    model.eval()
    arguments = Arguments.of(given)
    graph = trace(model, arguments)
    if name == "detection":  # the proposals of weights without sense may come to nothing
        assert (graph.failed, graph.parameter_count) == (None, count_parameters(model))
        assert [node.key for node in graph.nodes if node.kind == "output"][:3] == [
            ":output[0]['boxes']", ":output[0]['labels']", ":output[0]['scores']"
        ]  # fmt: skip
    else:
        _is_whole(graph, model)
        _agrees_with_hooks(model, graph, arguments)


def test_outputs_of_a_segmentation_are_named():
    model, x = _segmentation()
    graph = traced(model.eval(), x)
    assert [node.key for node in graph.nodes if node.kind == "output"] == [":output['out']"]
