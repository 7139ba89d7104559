"""The weights of attentions, against what PyTorch itself gives, and against the formula."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from nnwidgets.anatomy import attention
from nnwidgets.anatomy.attention import heads_of, is_attention

N, L, S, E, H = 3, 4, 5, 8, 2


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def expected_of(module, *args, **kwargs):
    with torch.no_grad():
        return module(*args, **kwargs, need_weights=True, average_attn_weights=False)[1]


@pytest.mark.parametrize("batch_first", [False, True], ids=["sequence first", "batch first"])
@pytest.mark.parametrize(
    "options",
    [{}, {"kdim": 6, "vdim": 7}, {"add_bias_kv": True}, {"add_zero_attn": True}, {"bias": False}],
    ids=["usual", "other sizes", "bias of keys", "zero attention", "no bias"],
)
def test_cross_attention(batch_first, options):
    module = nn.MultiheadAttention(E, H, batch_first=batch_first, dropout=0.5, **options).eval()
    shapes = [(N, L, E), (N, S, options.get("kdim", E)), (N, S, options.get("vdim", E))]
    q, k, v = (torch.randn(shape if batch_first else (shape[1], shape[0], shape[2])) for shape in shapes)
    expected = expected_of(module, q, k, v)
    for sample in range(N):
        found = heads_of(module, (q, k), {"value": v, "need_weights": False}, sample, N)
        torch.testing.assert_close(found, expected[sample])


def test_self_attention_with_masks():
    module = nn.MultiheadAttention(E, H, batch_first=True).eval()
    x = torch.randn(N, L, E)
    padding = torch.tensor([[False] * 4, [False, False, False, True], [False, True, True, True]])
    mask = nn.Transformer.generate_square_subsequent_mask(L)
    each = mask.repeat(N * H, 1, 1) + torch.randn(N * H, L, L)
    for given in ({"key_padding_mask": padding}, {"attn_mask": mask}, {"attn_mask": each}, {"attn_mask": mask < 0}):
        expected = expected_of(module, x, x, x, **given)
        for sample in range(N):
            torch.testing.assert_close(heads_of(module, (x, x, x), given, sample, N), expected[sample])
    causal = heads_of(module, (x, x, x), {"attn_mask": mask, "is_causal": True, "need_weights": False}, 0, N)
    assert not causal.triu(1).any()


def test_without_a_batch():
    module = nn.MultiheadAttention(E, H, batch_first=True).eval()
    x, padding = torch.randn(L, E), torch.tensor([False, False, True, True])
    torch.testing.assert_close(heads_of(module, (x, x, x), {}, 0, L), expected_of(module, x, x, x))
    found = heads_of(module, (x, x, x), {"key_padding_mask": padding}, 0, L)
    torch.testing.assert_close(found, expected_of(module, x, x, x, key_padding_mask=padding))


def test_a_training_module_draws_nothing():
    module = nn.MultiheadAttention(E, H, dropout=0.9).train()
    x, state = torch.randn(L, N, E), torch.get_rng_state()
    found = heads_of(module, (x, x, x), {}, 1, N)
    assert torch.equal(state, torch.get_rng_state())
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(H, L))


def check_function(args, kwargs, sample, samples, place):
    """The weights times the values must be what PyTorch gives there."""
    value = args[2]
    found = heads_of(functional.scaled_dot_product_attention, args, kwargs, sample, samples)
    output = functional.scaled_dot_product_attention(*args, **kwargs)[place]
    values = value[place]
    if kwargs.get("enable_gqa"):
        values = values.repeat_interleave(len(output) // len(values), dim=0)
    torch.testing.assert_close(found @ values.reshape(-1, *values.shape[-2:]), output.reshape(-1, *output.shape[-2:]))
    return found


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"scale": 0.1},
        {"attn_mask": torch.arange(L * S).reshape(L, S) % 3 > 0},
        {"attn_mask": torch.linspace(-1, 1, N * H * L * S).reshape(N, H, L, S)},
        {"attn_mask": torch.linspace(-1, 1, N * S).reshape(N, 1, 1, S)},
        {"is_causal": True},
    ],
    ids=["plain", "scaled", "bools", "each its own", "of keys", "causal"],
)
def test_the_function_by_head(kwargs):
    q, k, v = torch.randn(N, H, L, E), torch.randn(N, H, S, E), torch.randn(N, H, S, E)
    for sample in range(N):
        found = check_function((q, k, v), kwargs, sample, N, sample)
        assert found.shape == (H, L, S)


def test_queries_in_groups():
    q, k, v = torch.randn(N, 4, L, E), torch.randn(N, 2, L, E), torch.randn(N, 2, L, E)
    found = check_function((q, k, v, None, 0.0, True), {"enable_gqa": True}, 1, N, 1)
    assert found.shape == (4, L, L)


def test_three_axes_are_samples_or_heads_of_samples():
    q, k, v = torch.randn(N, L, E), torch.randn(N, S, E), torch.randn(N, S, E)
    assert check_function((q, k, v), {}, 2, N, 2).shape == (1, L, S)
    q, k, v = torch.randn(N * H, L, E), torch.randn(N * H, S, E), torch.randn(N * H, S, E)
    assert check_function((q, k, v), {}, 2, N, slice(4, 6)).shape == (H, L, S)
    assert check_function((q, k, v), {}, 0, 4, slice(None)).shape == (N * H, L, S)


def test_one_key_for_all_samples():
    q, k, v = torch.randn(N, H, L, E), torch.randn(1, H, S, E), torch.randn(1, H, S, E)
    found = heads_of(functional.scaled_dot_product_attention, (q, k, v), {}, 2, N)
    torch.testing.assert_close(found @ v[0], functional.scaled_dot_product_attention(q, k, v)[2])


def test_windows_of_a_sample_give_the_first():
    q, k, v = (torch.randn(N * 2, H, L, E) for _ in range(3))
    assert check_function((q, k, v), {}, 1, N, 2).shape == (H, L, L)


def test_without_samples_or_heads():
    q, k, v = torch.randn(L, E), torch.randn(S, E), torch.randn(S, E)
    assert check_function((q, k, v), {}, 0, 1, slice(None)).shape == (1, L, S)


def test_too_many_weights_are_refused(monkeypatch):
    monkeypatch.setattr(attention, "MOST_WEIGHTS", H * L * L - 1)
    x = torch.randn(N, L, E)
    module = nn.MultiheadAttention(E, H, batch_first=True)
    with pytest.raises(ValueError, match="2 heads, 4 × 4 each, are too many"):
        heads_of(module, (x, x, x), {}, 0, N)


def test_nested_tensors_are_refused():
    module = nn.MultiheadAttention(E, H, batch_first=True).eval()
    nested = torch.nested.nested_tensor([torch.randn(2, E), torch.randn(3, E)], layout=torch.jagged)
    with pytest.raises(ValueError, match="nested"):
        heads_of(module, (nested, nested, nested), {}, 0, 2)


def test_what_is_an_attention():
    assert is_attention(nn.MultiheadAttention(E, H))
    assert is_attention(functional.scaled_dot_product_attention)
    assert not is_attention(nn.Linear(1, 1))
