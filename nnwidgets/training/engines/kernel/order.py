"""The order of an epoch's samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnwidgets.training.engines.kernel.compiling import compiled


@compiled()
def shuffle(order: Any, state: Any, seed: Any) -> None:
    """`torch.randperm(len(order))` from a CPU generator seeded with `seed`: a Mersenne twister, modulo what is left.

    `state` is `(624,)` uint32, to work in.
    """
    value = np.uint32(seed & 0xFFFFFFFF)
    state[0] = value
    for index in range(1, 624):
        value = np.uint32(np.uint32(1812433253) * (value ^ (value >> np.uint32(30))) + np.uint32(index))
        state[index] = value
    for index in range(len(order)):
        order[index] = index
    drawn = 624
    for index in range(len(order) - 1):
        if drawn == 624:
            _twist(state)
            drawn = 0
        value = state[drawn]
        drawn += 1
        value ^= value >> np.uint32(11)
        value ^= (value << np.uint32(7)) & np.uint32(0x9D2C5680)
        value ^= (value << np.uint32(15)) & np.uint32(0xEFC60000)
        value ^= value >> np.uint32(18)
        other = index + np.int64(np.uint32(value) % np.uint32(len(order) - index))
        order[index], order[other] = order[other], order[index]


@compiled()
def _twist(state: Any) -> None:
    for index in range(624):
        following = index + 1 if index < 623 else 0
        far = index + 397 if index < 227 else index - 227
        mixed = (state[index] & np.uint32(0x80000000)) | (state[following] & np.uint32(0x7FFFFFFF))
        odd = np.uint32(0x9908B0DF) if mixed & np.uint32(1) else np.uint32(0)
        state[index] = state[far] ^ np.uint32(mixed >> np.uint32(1)) ^ odd
