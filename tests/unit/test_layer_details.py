import pytest
from torch import nn

from nnwidgets._layer_details import detail_of

CASES = {
    "linear": (nn.Linear(3, 2), "3 → 2"),
    "lazy": (nn.LazyLinear(2), "not yet run"),
    "conv": (nn.Conv2d(1, 8, 3), "1 → 8, kernel 3 × 3"),
    "conv with steps": (nn.Conv2d(4, 8, (3, 1), 2, groups=4), "4 → 8, kernel 3 × 1, stride 2, groups 4"),
    "conv with holes": (nn.Conv1d(4, 8, 3, dilation=2), "4 → 8, kernel 3, dilation 2"),
    "uneven": (nn.ConvTranspose2d(4, 8, 2, stride=(2, 1)), "4 → 8, kernel 2 × 2, stride 2 × 1"),
    "embedding": (nn.Embedding(9, 4), "9 × 4"),
    "dropout": (nn.Dropout1d(0.25), "p = 0.25"),
    "batch norm": (nn.BatchNorm2d(64), "64 channels"),
    "group norm": (nn.GroupNorm(2, 8), "8 channels, 2 groups"),
    "layer norm": (nn.LayerNorm((3, 4)), "3 × 4 features"),
    "attention": (nn.MultiheadAttention(8, 2), "8 features, 2 heads"),
    "lstm": (nn.LSTM(3, 4, 2, bidirectional=True), "3 → 4, 2 layers, both ways"),
    "cell": (nn.GRUCell(3, 4), "3 → 4"),
    "pool": (nn.MaxPool2d(3, 2), "kernel 3 × 3, stride 2"),
    "adaptive": (nn.AdaptiveAvgPool2d(1), "to 1 × 1"),
    "to one axis": (nn.AdaptiveAvgPool2d((None, 2)), "to None × 2"),
    "flatten": (nn.Flatten(), ""),
    "flatten later": (nn.Flatten(2), "from axis 2"),
    "flatten some": (nn.Flatten(1, 2), "axes 1 to 2"),
    "gelu": (nn.GELU(), ""),
    "gelu by tanh": (nn.GELU("tanh"), "tanh"),
    "in place": (nn.ReLU(inplace=True), "in place"),
    "plain": (nn.ReLU(), ""),
    "one": (nn.Sequential(nn.ReLU()), "1 module"),
    "two": (nn.Sequential(nn.ReLU(), nn.ReLU()), "2 modules"),
    "any other": (nn.LeakyReLU(0.2), "negative_slope=0.2"),
    "long": (nn.FractionalMaxPool2d(2, output_ratio=0.5), ""),
    "cut": (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), "scale_factor=2.0, mode='bilinea…"),
}


@pytest.mark.parametrize("name", CASES)
def test_detail(name):
    module, expected = CASES[name]
    assert detail_of(module) == expected
