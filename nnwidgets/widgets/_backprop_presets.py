"""Settings of a `BackpropExplorer` worth seeing; each of them says all that decides about the pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ONE: dict[str, Any] = {
    "hidden_layers": (2,),
    "activation": "tanh",
    "loss_fn": "bce",
    "n_outputs": 1,
    "inputs": ((0.8, -0.5),),
    "targets": ((1.0,),),
    "sample": 1,
    "learning_rate": 0.5,
    "weights": (0.6, -0.9, -0.7, 0.4, 0.1, -0.2, -1.1, 0.8, 0.2),
    "seed": 0,
    "step": 1,
    "beside": "",
}
_BATCH = {
    **_ONE,
    "inputs": ((0.8, -0.5), (-0.6, 0.9), (0.3, 0.7), (-0.4, -0.8)),
    "targets": ((1.0,), (0.0,), (1.0,), (0.0,)),
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "one sample, 2-2-1": _ONE,
    "paths meet: 2-2-2-1": {
        **_ONE,
        "hidden_layers": (2, 2),
        "weights": (0.6, -0.9, -0.7, 0.4, 0.1, -0.2, 1.2, -0.8, 0.5, 0.9, 0.1, -0.3, -1.1, 0.8, 0.2),
    },
    "three classes": {
        **_ONE,
        "hidden_layers": (3,),
        "loss_fn": "cross_entropy",
        "n_outputs": 3,
        "targets": ((2.0,),),
        "weights": (),
        "seed": 2,
    },
    "vanishing: six sigmoid layers": {
        **_ONE,
        "hidden_layers": (4, 4, 4, 4, 4, 4),
        "activation": "sigmoid",
        "weights": (),
        "seed": 46,
        "beside": "relu",
    },
    "ReLU: a dead neuron": {
        **_BATCH,
        "activation": "relu",
        "weights": (0.6, -0.9, -0.7, 0.4, 0.1, -1.2, -1.1, 0.8, 0.2),
    },
    "a mini-batch of four": _BATCH,
}
