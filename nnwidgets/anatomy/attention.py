"""The weights of an attention, head by head: what each position of one sample heeds."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional

MOST_WEIGHTS = 2**26  # of all heads of a sample; more are not worked out
_FUNCTION = "scaled_dot_product_attention"
_ORDER = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
_SIGNATURE = inspect.signature(torch.nn.MultiheadAttention.forward)


def is_attention(called: Any) -> bool:
    """Whether a module or a function is an attention whose weights can be worked out."""
    return isinstance(called, torch.nn.MultiheadAttention) or getattr(called, "__name__", "") == _FUNCTION


def heads_of(called: Any, args: Sequence[Any], kwargs: Mapping[str, Any], sample: int, samples: int) -> torch.Tensor:
    """The weights of one sample, `(heads, queries, keys)`; without dropout, also where it trains.

    Args:
        called: an `nn.MultiheadAttention`, or `F.scaled_dot_product_attention`.
        args: what it was called with, by position.
        kwargs: and by name.
        sample: which one, from 0.
        samples: how many there are.

    Raises:
        ValueError: there are too many weights, or tensors of another kind; the message says so.
    """
    with torch.no_grad():
        if isinstance(called, torch.nn.MultiheadAttention):
            return _of_module(called, args, kwargs, sample)
        return _of_function(args, kwargs, sample, samples)


def _check_size(heads: int, queries: int, keys: int) -> None:
    if heads * queries * keys > MOST_WEIGHTS:
        raise ValueError(f"the weights of {heads} heads, {queries} × {keys} each, are too many to be worked out")


# -- the module -----------------------------------------------------------------------------------


def _of_module(
    module: torch.nn.MultiheadAttention, args: Sequence[Any], kwargs: Mapping[str, Any], sample: int
) -> torch.Tensor:
    given = _SIGNATURE.bind(module, *args, **kwargs)
    given.apply_defaults()
    asked = given.arguments
    if any(asked[name].is_nested for name in _ORDER[:3]):
        raise ValueError("the weights of nested tensors are not worked out")
    query, key, value = (_one(asked[name], sample, first=module.batch_first) for name in _ORDER[:3])
    _check_size(module.num_heads, len(query), len(key))
    padding, mask = asked["key_padding_mask"], asked["attn_mask"]
    if padding is not None and padding.ndim > 1:
        padding = padding[sample : sample + 1]
    if mask is not None and mask.ndim > 2:
        mask = mask[sample * module.num_heads : (sample + 1) * module.num_heads]
    if padding is not None and query.ndim > 2 > padding.ndim:
        padding = padding[None]
    _, weights = functional.multi_head_attention_forward(
        query, key, value, module.embed_dim, module.num_heads, module.in_proj_weight, module.in_proj_bias,
        module.bias_k, module.bias_v, module.add_zero_attn, 0.0, module.out_proj.weight, module.out_proj.bias,
        training=False, key_padding_mask=padding, need_weights=True, attn_mask=mask,
        use_separate_proj_weight=not module._qkv_same_embed_dim, q_proj_weight=module.q_proj_weight,
        k_proj_weight=module.k_proj_weight, v_proj_weight=module.v_proj_weight, average_attn_weights=False,
        is_causal=False,
    )  # fmt: skip
    assert weights is not None
    return weights.reshape(-1, *weights.shape[-2:])


def _one(tensor: torch.Tensor, sample: int, *, first: bool) -> torch.Tensor:
    """The sample as `(positions, 1, features)`; where there are no samples the tensor is all there is."""
    if tensor.ndim < 3:
        return tensor.unsqueeze(1)
    return tensor[sample : sample + 1].transpose(0, 1) if first else tensor[:, sample : sample + 1]


# -- the function ---------------------------------------------------------------------------------


def _of_function(args: Sequence[Any], kwargs: Mapping[str, Any], sample: int, samples: int) -> torch.Tensor:
    given = dict(zip(_ORDER, args, strict=False)) | dict(kwargs)
    query, key, mask = given["query"], given["key"], given.get("attn_mask")
    place = _place(query, sample, samples)
    if mask is not None:
        mask = mask.expand(*query.shape[:-1], key.shape[-2])[place]
    if query.ndim > 2 and len(key) == 1:  # one for all
        key = key.expand(len(query), *key.shape[1:])
    query, key = query[place], key[place]
    _check_size(math.prod(query.shape[:-2]), query.shape[-2], key.shape[-2])
    if given.get("enable_gqa"):
        key = key.repeat_interleave(len(query) // len(key), dim=0)
    scale = given.get("scale")
    logits = query.float() @ key.float().transpose(-2, -1)
    logits *= 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if given.get("is_causal"):
        allowed = torch.ones(logits.shape[-2:], dtype=torch.bool, device=logits.device).tril()
        logits = logits.masked_fill(~allowed, -math.inf)
    if mask is not None:
        logits = logits.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else logits + mask
    weights: torch.Tensor = logits.softmax(dim=-1)
    return weights.reshape(-1, *weights.shape[-2:])


def _place(query: torch.Tensor, sample: int, samples: int) -> Any:
    """Where along the first axis the sample's heads are.

    That axis is of samples; or of samples × heads, where there are three; or of samples × parts, such as windows, where
    there are more, of which the first part is taken.
    """
    if query.ndim < 3:
        return slice(None)
    each, rest = divmod(len(query), samples)
    if rest or not each:
        return slice(None) if query.ndim == 3 else 0
    return slice(sample * each, (sample + 1) * each) if query.ndim == 3 else sample * each
