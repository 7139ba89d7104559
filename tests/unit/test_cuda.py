"""On a GPU: the same run to rounding, all that can be seen and done there, and the way back to the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets import PlanarTrainer
from nnwidgets.training.insight import WANTS
from tests.unit.plain import PATIENCE, bits, small_data
from tests.unit.test_inbox import LOOK, tell

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")


def train(trainer, epochs):
    trainer.train(epochs=epochs)
    trainer.wait(PATIENCE)
    return trainer


@pytest.fixture
def on_gpu(make):
    def make_trainer(*arguments, **settings):
        return make(*arguments, **{"device": "cuda"} | settings)

    return make_trainer


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"optimizer": "adam", "hidden_layers": (4, 3), "dropout": 0.3},
        {
            "features": ("x1", "x2", "x1*x2"),
            "standardise": True,
            "l2": 0.01,
            "schedule": {"name": "cosine", "T_max": 4},
        },
    ],
    ids=["default", "dropout", "features and penalty"],
)
def test_the_same_run_as_on_the_cpu_but_for_rounding(make, on_gpu, settings):
    ours, theirs = train(on_gpu(**settings), 4), train(make(**settings), 4)
    assert {p.device.type for p in ours.model.parameters()} == {"cuda"}
    assert ours.history.steps[:, 1] == pytest.approx(theirs.history.steps[:, 1], rel=1e-3, abs=1e-5)
    for on_cuda, on_cpu in zip(ours.model.parameters(), theirs.model.parameters(), strict=True):
        assert torch.allclose(on_cuda.cpu(), on_cpu, rtol=1e-3, atol=1e-4)


def test_a_run_that_diverges_leaves_the_gpu_of_use(on_gpu):
    trainer = on_gpu(activation="relu", learning_rate=1e30)
    assert train(trainer, 5).status == "diverged"
    assert trainer.diagnosis[0].kind == "diverged"
    trainer.learning_rate = 0.1
    trainer.reset()
    assert train(trainer, 1).epoch == 1
    assert torch.ones(3, device="cuda").sum().item() == 3


def test_outputs_that_are_no_probabilities_are_refused_and_leave_the_gpu_of_use(on_gpu):
    model = nn.Sequential(nn.Linear(2, 1))
    nn.init.constant_(model[0].bias, 5.0)
    with pytest.raises(ValueError, match=r"binary cross-entropy needs outputs between 0 and 1"):
        on_gpu(model=model, loss_fn="bce")
    assert torch.ones(3, device="cuda").sum().item() == 3


def test_the_chosen_engine_is_the_eager_one(on_gpu):
    trainer = train(on_gpu(engine="auto"), 2)
    assert {p.device.type for p in trainer.model.parameters()} == {"cuda"}
    assert trainer.epoch == 2


@pytest.mark.parametrize(
    ("data", "hidden"),
    [("circles", (4, 4, 3)), ("rings", (5, 2)), ("plane", (6,))],
    ids=["two classes", "several classes", "values"],
)
def test_everything_is_seen_there(on_gpu, monkeypatch, data, hidden):
    frames, answers = [], []

    def send(_, content, buffers=None):
        {"frame": frames, "here": []}.get(content["type"], answers).append(content)

    monkeypatch.setattr(PlanarTrainer, "send", send)
    trainer = on_gpu(small_data(data, 40, test_share=0.25), hidden_layers=hidden)
    tell(trainer, {**LOOK, "wants": list(WANTS)})
    train(trainer, 3)
    train(trainer, 2)
    tell(trainer, {**LOOK, "wants": list(WANTS), "map_size": 24})
    names = {part["name"] for frame in frames for part in frame["parts"]}
    assert {"parameters", "map", "tiles", "space0_planes"} <= names
    assert answers == []
    gradients = trainer.gradients()
    assert all(bool(g.isfinite().all()) for g in gradients.values())
    assert trainer.figure() is not None
    if data != "plane":
        assert trainer.confusion_matrix().sum() == len(trainer.dataset.x_train)


def test_a_past_is_seen_and_gone_back_to_bit_by_bit(on_gpu):
    trainer = train(on_gpu(hidden_layers=(3,)), 3)
    before = {name: bits(value) for name, value in trainer.model.state_dict().items()}
    train(trainer, 4)
    trainer.preview(3)
    trainer.preview(None)
    trainer.rewind(3)
    assert {name: bits(value) for name, value in trainer.model.state_dict().items()} == before
    assert {p.device.type for p in trainer.model.parameters()} == {"cuda"}


def test_weights_are_edited_held_and_undone(on_gpu):
    trainer = train(on_gpu(), 2)
    before = trainer.model[0].weight.detach().clone()
    trainer.edit("0.weight", 1.5, (0, 1))
    assert trainer.model[0].weight[0, 1] == 1.5
    trainer.freeze("0.weight", (0, 1))
    train(trainer, 2)
    assert trainer.model[0].weight[0, 1] == 1.5
    assert trainer.model[0].weight[1, 1] != before[1, 1]
    trainer.unfreeze("0.weight")
    assert not trainer.frozen
    trainer.edit("0.weight", 0.0)
    trainer.undo_edit()
    assert trainer.model[0].weight[0, 1] == 1.5


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x) + 0.01 * torch.randn(len(x), 1, device=x.device))


def test_a_preview_draws_no_random_numbers_of_the_gpu(on_gpu):
    trainer = train(on_gpu(model=Noisy(), loss_fn="bce"), 4)
    on_cuda, on_cpu = torch.cuda.get_rng_state(), torch.get_rng_state()
    trainer.preview(2)
    trainer.preview(None)
    assert torch.equal(torch.cuda.get_rng_state(), on_cuda)
    assert torch.equal(torch.get_rng_state(), on_cpu)


def test_a_file_of_it_is_read_where_there_is_no_gpu(on_gpu, tmp_path):
    trainer = train(on_gpu(hidden_layers=(3,)), 3)
    trainer.save(tmp_path / "run.nnw")
    loaded = PlanarTrainer.load(tmp_path / "run.nnw")
    try:
        assert {p.device.type for p in loaded.model.parameters()} == {"cpu"}
        for ours, theirs in zip(loaded.model.parameters(), trainer.model.parameters(), strict=True):
            assert bits(ours) == bits(theirs)
        train(loaded, 1)
        assert loaded.epoch == 4
        assert np.isfinite(loaded.history.steps[:, 1]).all()
    finally:
        loaded.close()


def test_a_shared_configuration_runs_on_the_device_of_whoever_takes_it(on_gpu):
    trainer = train(on_gpu(hidden_layers=(3,)), 1)
    other = PlanarTrainer.from_text(trainer.share(), device="cuda")
    try:
        assert {p.device.type for p in other.model.parameters()} == {"cuda"}
        train(other, 1)
        assert other.history.steps[:, 1] == pytest.approx(trainer.history.steps[:, 1], rel=1e-3)
    finally:
        other.close()
