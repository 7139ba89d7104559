"""Models on a GPU are told as those on the CPU; only here are the GPU's own ways of an LSTM and of attention seen."""

import pytest
import torch
from torch import nn

from tests.unit.traced_models import traced

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

STEPS = torch.ones(2, 5, 4)
LAYERS = {
    "lstm": nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True),
    "projected": nn.LSTM(4, 3, proj_size=2, batch_first=True),
    "gru": nn.GRU(4, 3, batch_first=True),
    "rnn": nn.RNN(4, 3, batch_first=True),
    "encoder": nn.TransformerEncoderLayer(4, 2, 8, batch_first=True),
    "bilinear": nn.Sequential(nn.Conv1d(5, 5, 3), nn.ConvTranspose1d(5, 4, 3), nn.BatchNorm1d(4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_the_same_on_a_gpu(name):
    model = LAYERS[name]
    here = traced(model, STEPS)
    there = traced(model.cuda(), STEPS)
    model.cpu()
    assert here.failed is there.failed is None
    assert there.pairs == here.pairs
    assert there.multiply_adds == here.multiply_adds > 0
    assert [(n.key, n.inputs, n.outputs, n.count) for n in there.nodes] == [
        (n.key, n.inputs, n.outputs, n.count) for n in here.nodes
    ]


def test_the_gpus_random_numbers_are_left_alone():
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)).cuda()
    state = torch.cuda.get_rng_state()
    assert traced(model, STEPS, training=True).failed is None
    assert torch.equal(torch.cuda.get_rng_state(), state)
