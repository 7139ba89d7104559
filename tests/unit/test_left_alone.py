"""Running a module beside the reader's own work leaves random numbers, and all that is the module's, as they are."""

from __future__ import annotations

import threading

import torch
from torch import nn
from torch.nn import functional

from nnwidgets.training.backprop import record_pass
from nnwidgets.training.left_alone import may_draw


class Meanwhile(nn.Module):
    """While it runs, another thread, as that of a cell, does something."""

    def __init__(self, does, last=nn.Identity()):  # noqa: B008
        super().__init__()
        self.first, self.last, self.does = nn.Linear(2, 1), last, does

    def forward(self, x):
        thread = threading.Thread(target=self.does)
        thread.start()
        thread.join()
        return self.last(self.first(x))


def test_a_seed_that_is_set_meanwhile_counts():
    x, y = torch.randn(3, 2), torch.rand(3, 1)
    record_pass(Meanwhile(lambda: torch.manual_seed(3)), x, y, nn.MSELoss(), 0.1)
    assert torch.equal(torch.rand(4), torch.rand(4, generator=torch.Generator().manual_seed(3)))


def test_what_the_module_itself_draws_is_drawn_again_by_whoever_is_next():
    x, y = torch.randn(3, 2), torch.rand(3, 1)
    for model in (nn.Sequential(nn.Linear(2, 4), nn.Dropout(), nn.Linear(4, 1)), Meanwhile(int, nn.Dropout())):
        state = torch.get_rng_state()
        found = record_pass(model, x, y, nn.MSELoss(), 0.1)
        assert torch.equal(torch.get_rng_state(), state)
        assert found.loss == nn.MSELoss()(model(x), y).item()  # of the same random numbers
        assert not torch.equal(torch.get_rng_state(), state)


def test_all_that_draws_is_known_by_its_name():
    drawing = {
        schema.name.removeprefix("aten::")
        for schema in torch._C._jit_get_all_schemas()
        if schema.name.startswith("aten::") and any("Generator" in str(each.type) for each in schema.arguments)
    }
    assert len(drawing) > 20
    unknown = {name for name in drawing - {"seed", "initial_seed", "manual_seed"} if not may_draw(named(name))}
    assert not unknown
    assert all(map(may_draw, (functional.dropout1d, functional.gumbel_softmax, torch.rand_like, torch.pca_lowrank)))
    assert not any(map(may_draw, (functional.linear, torch.tanh, functional.normalize, functional.layer_norm)))


def named(name):
    def function():
        """Nothing but a name."""

    function.__name__ = name
    return function
