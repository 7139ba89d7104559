"""The drawing of a model for print."""

from __future__ import annotations

import pytest
import torch
from matplotlib.patches import PathPatch, Rectangle
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.examples import example
from nnwidgets.anatomy.trace import trace
from nnwidgets.figures.anatomy import MOST_ROWS, anatomy_figure


def drawn(graph, unfolded=None):
    """Its texts, bars and arcs."""
    ax = anatomy_figure(graph, unfolded).axes[0]
    texts = [text.get_text() for text in ax.texts]
    return (
        texts,
        [p for p in ax.patches if isinstance(p, Rectangle)],
        [p for p in ax.patches if isinstance(p, PathPatch)],
    )


@pytest.fixture
def residual():
    model, x, _ = example("residual")
    return trace(model, Arguments.of(x))


def test_names_shapes_counts_and_totals(residual):
    texts, bars, _ = drawn(residual, ["stage1"])
    assert texts[0] == "ResidualNetwork"
    assert texts[1].startswith(f"{residual.parameter_count:,} parameters · ")
    for text in ("conv1", "Conv2d", "8 × 28 × 28", "576", "3.61 M", "stage2", "3,680", "output"):
        assert text in texts
    assert "downsample" not in texts
    with_counts = [node for node in residual.nodes if node.key in ("stem", "stage2", "stage3", "fc")]
    with_counts += [node for node in residual.nodes if node.key.startswith("stage1.") and node.count]
    assert len(bars) == sum(bool(node.count) + bool(node.multiply_adds) for node in with_counts)


def test_bars_are_in_proportion_and_inside(residual):
    _, bars, _ = drawn(residual, [])
    assert max(bar.get_x() + bar.get_width() for bar in bars) < 8
    counts = {node.key: node.count for node in residual.nodes}
    first = min(bar.get_x() for bar in bars)
    widths = sorted(bar.get_width() for bar in bars if bar.get_x() == first)
    assert widths[-2] / widths[-1] == pytest.approx(counts["stage2"] / counts["stage3"], rel=1e-6)


def test_a_branch_is_an_arc_when_it_goes_past_others(residual):
    assert not drawn(residual, [])[2]
    assert len(drawn(residual, ["stage1"])[2]) == 1
    every = [node.key for node in residual.nodes]
    assert len(drawn(residual, every)[2]) == 5


def test_no_more_rows_than_fit(residual):
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(60)])
    texts, bars, _ = drawn(trace(model, Arguments.of(torch.zeros(1, 2))))
    assert f"… {62 - MOST_ROWS} more rows" in texts
    assert len(bars) == 2 * (MOST_ROWS - 1)
    height = anatomy_figure(residual, [node.key for node in residual.nodes]).get_size_inches()[1]
    assert height < 11


def test_shared_weights_are_in_brackets():
    model, x, _ = example("transformer")
    texts, *_ = drawn(trace(model, Arguments.of(x)), [])
    assert "(64,000)" in texts
    assert "in brackets: shared with a layer above" in texts


def test_what_raised_and_what_did_not_run():
    class Failing(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.third = nn.Linear(2, 3), nn.Linear(4, 2), nn.Linear(2, 2)

        def forward(self, x):
            return self.third(self.second(self.first(x)))

    texts, *_ = drawn(trace(Failing(), Arguments.of(torch.zeros(1, 2))))
    assert "raised" in texts
    assert "did not run" in texts


def test_the_output_of_a_cell_is_fed_back():
    model, x, _ = example("recurrent")
    assert drawn(trace(model, Arguments.of(x)))[0][0] == type(model).__name__


def test_dollars_in_names_are_dollars():
    model = nn.Sequential()
    model.add_module("a$b$", nn.Linear(1, 1))
    figure = anatomy_figure(trace(model, Arguments.of(torch.zeros(1, 1))))
    figure.canvas.draw()
    assert "a$b$" in [text.get_text() for text in figure.axes[0].texts]
