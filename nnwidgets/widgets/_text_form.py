"""A configuration as one line of text: `nnw1.` and compressed JSON. Reading it parses data and runs nothing."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from typing import Any

import numpy as np

from nnwidgets.datasets import Dataset

VERSION = 1
LONGEST = 100_000
"""Characters that a text may have: what can still be pasted into a message."""
_LARGEST = 16 * 2**20  # bytes that a text may unfold to

# What a usual configuration says, so that only what is said differently costs anything. It belongs to the version:
# a text that was made with another one cannot be read.
_USUAL = (
    b'{"name":"data","label":"data","class_names":["0","1"],"feature_names":["x1","x2"],"plane":null,"x_train":"'
    b'"y_train":"","x_test":"","y_test":"","name":"xor","name":"moons","name":"spiral","name":"gaussians",'
    b'"activation":"relu","optimizer":"adam","optimizer_options":{"momentum":0.9},"learning_rate":0.01,'
    b'"stop_when":{"epoch":100,"loss":0.1,"accuracy":0.95,"patience":20},"initialiser":"xavier_uniform",'
    b'{"activation":"tanh","axes":[0,1],"batch_size":5,"controls":null,"dataset":{"n_classes":2,"n_samples":500,'
    b'"name":"circles","noise":0.1,"seed":0,"test_share":0.0},"dropout":0.0,"engine":"auto","features":null,'
    b'"format":1,"hidden_layers":[2],"initial_scale":0.5,"initialiser":"default","l1":0.0,"l2":0.0,'
    b'"learning_rate":0.1,"lesson":"","loss_fn":"bce","optimizer":"sgd","optimizer_options":{},"panels":null,'
    b'"schedule":{},"seed":0,"speed":30.0,"standardise":null,"stop_when":{},"threads":1}'
)
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def encode(config: dict[str, Any], dataset: Dataset | None) -> str:
    """A configuration as text, with the data where they are nobody's but the user's.

    Raises:
        ValueError: the data make it too long to be pasted anywhere.
    """
    content = config if dataset is None else config | {"dataset": _data_as_plain(dataset)}
    plain = json.dumps(content, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()
    packer = zlib.compressobj(9, zdict=_USUAL)
    packed = packer.compress(plain) + packer.flush()
    text = f"nnw{VERSION}." + base64.urlsafe_b64encode(packed).decode().rstrip("=")
    if len(text) > LONGEST:
        raise ValueError(
            f"with the data the text would have {len(text):,} characters, more than the {LONGEST:,} that can be "
            "pasted; write a file with trainer.save(path) and share that"
        )
    return text


def decode(text: object) -> tuple[dict[str, Any], Dataset | None]:
    """What `encode` was given.

    Raises:
        TypeError: it is no text.
        ValueError: it is cut, changed, something else, or of a newer version.
    """
    content = _unpacked(text)
    data = content.get("dataset")
    if not isinstance(data, dict):
        raise ValueError("the configuration says nothing about its data")  # noqa: TRY004 (the text is one)
    if "x_train" not in data:
        return content, None
    return content | {"dataset": None}, _data_from_plain(data)


def _unpacked(text: object) -> dict[str, Any]:
    if not isinstance(text, str):
        raise TypeError(f"a configuration is text, as trainer.share() gives it; got {type(text).__name__}")
    match = re.fullmatch(r"nnw(\d{1,4})\.([\w-]*)", re.sub(r"[\s'\"]+", "", text[: 2 * LONGEST]), re.ASCII)
    if match is None:
        raise ValueError(
            f"this is no configuration of nnwidgets, which is one line that begins with 'nnw{VERSION}.'; got "
            f"{text[:40]!r}"
        )
    version, body = int(match[1]), match[2]
    if version > VERSION:
        raise ValueError(
            f"this configuration is of a newer version of nnwidgets (nnw{version}, known: nnw{VERSION}); upgrade with: "
            "pip install -U nnwidgets"
        )
    try:
        unpacker = zlib.decompressobj(zdict=_USUAL)
        plain = unpacker.decompress(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), _LARGEST)
        whole = unpacker.eof and not unpacker.unused_data
        content = json.loads(plain) if whole else None
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        return content
    raise ValueError(
        f"this configuration is cut or changed: copy all of it, from 'nnw{VERSION}.' to the end of the line"
    )


def _data_as_plain(dataset: Dataset) -> dict[str, Any]:
    arrays = {name: base64.b64encode(getattr(dataset, name).astype("<f4").tobytes()).decode() for name in _ARRAYS}
    return arrays | {
        "name": dataset.name,
        "label": dataset.label,
        "class_names": list(dataset.class_names),
        "feature_names": list(dataset.feature_names),
        "plane": dataset.plane,
    }


def _data_from_plain(plain: dict[str, Any]) -> Dataset:
    try:
        columns = len(plain["feature_names"])
        arrays = {
            name: np.frombuffer(base64.b64decode(plain[name]), "<f4").reshape(-1, columns if name[0] == "x" else 1)
            for name in _ARRAYS
        }
        plane = plain["plane"]
        if plane is not None:
            axes, x_range, y_range = map(tuple, plane)
            plane = (axes, x_range, y_range)
        return Dataset(
            plain["name"],
            arrays["x_train"],
            arrays["y_train"],
            arrays["x_test"],
            arrays["y_test"],
            tuple(plain["class_names"]),
            tuple(plain["feature_names"]),
            plain["label"],
            plane=plane,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the data of this configuration cannot be read: {error}") from None
