"""With what normalisations work: recomputed from what went in, they must give what came out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.anatomy.normalisation import moments_of

SHAPES = {1: (4, 6, 5), 2: (4, 6, 5, 7), 3: (4, 6, 3, 4, 5)}


def randomised(module):
    generator = torch.Generator().manual_seed(5)
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.is_floating_point():
            tensor.data = torch.rand(tensor.shape, generator=generator) + 0.5
    return module


def given(shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(3)) * 2 + 1


def run(module, x, sample=0):
    """What came out, and the moments of a copy that ran before."""
    kept = {name: buffer.clone() for name, buffer in module.named_buffers()}
    with torch.no_grad():
        y = module(x)
    moments = moments_of(module, x, y, sample, training=module.training)
    for name, buffer in module.named_buffers():
        buffer.copy_(kept[name])
    return y, moments


def normalised(x, moments):
    """`x` is (units, numbers)."""
    scaled = (x - moments.mean[:, None]) / np.sqrt(moments.variance[:, None] + moments.epsilon)
    if moments.weight is not None:
        scaled = scaled * moments.weight[:, None]
    return scaled if moments.bias is None else scaled + moments.bias[:, None]


def check(moments, x, y, by, running=False):
    """`x` and `y` are what belongs to each unit, (units, numbers)."""
    assert (moments.by, moments.units, moments.running) == (by, len(x), running)
    for mean, variance, numbers in (
        (moments.mean_in, moments.variance_in, x),
        (moments.mean_out, moments.variance_out, y),
    ):
        np.testing.assert_allclose(mean, numbers.mean(axis=1), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(variance, numbers.var(axis=1), rtol=1e-4, atol=1e-5)
    arrays = [value for value in vars(moments).values() if isinstance(value, np.ndarray)]
    assert all(array.shape == (moments.units,) and array.dtype == np.float32 for array in arrays)


def by_channel(tensor):
    return tensor.transpose(0, 1).reshape(tensor.shape[1], -1).double().numpy()


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize(
    "options", [{}, {"affine": False}, {"track_running_stats": False}], ids=["usual", "plain", "without running"]
)
def test_batch_norm(axes, training, options):
    module = randomised((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[axes - 1](6, **options)).train(training)
    x = given(SHAPES[axes])
    y, moments = run(module, x)
    x, y = by_channel(x), by_channel(y)
    check(moments, x, y, "channel", running=not training and "track_running_stats" not in options)
    np.testing.assert_allclose(normalised(x, moments), y, rtol=1e-3, atol=1e-4)


def test_batch_norm_of_vectors():
    module = randomised(nn.BatchNorm1d(6)).eval()
    x = given((9, 6))
    y, moments = run(module, x)
    check(moments, by_channel(x), by_channel(y), "channel", running=True)
    assert moments.mean.tolist() == module.running_mean.tolist()
    assert moments.weight.tolist() == module.weight.tolist()


@pytest.mark.parametrize("running", [False, True])
def test_instance_norm_is_of_the_sample(running):
    module = randomised(nn.InstanceNorm2d(6, affine=True, track_running_stats=running)).eval()
    x = given(SHAPES[2])
    y, moments = run(module, x, sample=2)
    x, y = (tensor[2].reshape(6, -1).double().numpy() for tensor in (x, y))
    check(moments, x, y, "channel", running)
    np.testing.assert_allclose(normalised(x, moments), y, rtol=1e-3, atol=1e-4)


def test_instance_norm_without_a_batch():
    module = nn.InstanceNorm1d(6).eval()
    x = given((6, 9))
    y, moments = run(module, x)
    check(moments, x.double().numpy(), y.double().numpy(), "channel")


def test_group_norm_is_of_the_sample():
    module = randomised(nn.GroupNorm(3, 6))
    x = given(SHAPES[2])
    y, moments = run(module, x, sample=3)
    x, y = (tensor[3].reshape(6, -1).double().numpy() for tensor in (x, y))
    check(moments, x, y, "channel")
    assert moments.mean[0] == moments.mean[1] != moments.mean[2]
    np.testing.assert_allclose(normalised(x, moments), y, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", [nn.LayerNorm, nn.RMSNorm])
def test_layer_norm_is_of_each_position(kind):
    module = kind(8)
    x = given((4, 5, 8))
    y, moments = run(module, x, sample=1)
    x, y = x[1].double().numpy(), y[1].double().numpy()
    check(moments, x, y, "sample")
    assert moments.weight is None
    np.testing.assert_allclose(normalised(x, moments), y, rtol=1e-3, atol=1e-4)


def test_rms_norm_takes_no_mean_away():
    _, moments = run(nn.RMSNorm(8), given((4, 8)))
    assert not moments.mean.any()
    assert moments.mean_in.all()
    assert moments.epsilon == torch.finfo(torch.float32).eps


def test_layer_norm_of_vectors_and_of_several_axes():
    x = given((4, 8))
    y, moments = run(nn.LayerNorm(8), x)
    check(moments, x.double().numpy(), y.double().numpy(), "sample")
    x = given((4, 2, 3, 5))
    y, moments = run(nn.LayerNorm((3, 5)), x, sample=2)
    check(moments, x[2].reshape(2, 15).double().numpy(), y[2].reshape(2, 15).double().numpy(), "sample")


def test_a_class_of_its_own_that_moves_the_axes_is_not_told():
    x = torch.zeros(2, 8, 3, 3)
    assert moments_of(nn.LayerNorm(8), x, x, 0, training=False) is None


def test_other_modules_are_not_told():
    x = torch.zeros(2, 3)
    assert moments_of(nn.ReLU(), x, x, 0, training=False) is None
    assert moments_of(nn.LocalResponseNorm(2), x, x, 0, training=False) is None


def test_there_are_no_more_units_than_can_be_seen():
    x = given((1, 5000, 3))
    _, moments = run(nn.LayerNorm(3), x)
    assert moments.units == len(moments.mean) == len(moments.variance_out) == 4096


def test_half_precision():
    module = nn.BatchNorm2d(6).half().eval()
    x = given(SHAPES[2]).half()
    y, moments = run(module, x)
    check(moments, by_channel(x), by_channel(y), "channel", running=True)
