"""A configuration as one line of text: `nnw1.` and compressed JSON. Reading it parses data and runs nothing."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnwidgets import __version__
from nnwidgets.datasets import Dataset
from nnwidgets.widgets._text_limits import LONGEST, check_size, check_texts

VERSION = 1
_LARGEST = 4 * 2**20  # bytes that a text may unfold to
_MOST_SAID = 200  # characters of a text that are repeated in a message

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

# What each text of this version says; what came later, it may say.
_SAID = (
    "format", "dataset", "hidden_layers", "activation", "dropout", "initialiser", "initial_scale", "loss_fn",
    "optimizer", "optimizer_options", "learning_rate", "schedule", "batch_size", "l1", "l2", "seed", "features",
    "standardise", "axes", "speed", "stop_when", "threads", "engine", "panels", "controls", "lesson",
)  # fmt: skip
_SAID_OF_GENERATED = ("name", "n_samples", "noise", "test_share", "seed", "n_classes")
_SAID_OF_OWN = (*_ARRAYS, "name", "label", "class_names", "feature_names", "plane")


def encode(config: dict[str, Any], dataset: Dataset | None) -> str:
    """A configuration as text, with the data where they are nobody's but the user's.

    Raises:
        ValueError: it asks for more than a text may, or the data make it too long to be pasted anywhere.
    """
    try:
        _check_sizes(config, dataset)
    except ValueError as error:
        raise ValueError(f"{error}; write a file with trainer.save(path) and share that") from None
    content = config if dataset is None else config | {"dataset": _data_as_plain(dataset)}
    if not content.get("frozen"):
        content = {name: value for name, value in content.items() if name != "frozen"}
    plain = json.dumps(content, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()
    _check_length(len(plain), _LARGEST, "when unfolded")
    packer = zlib.compressobj(9, zdict=_USUAL)
    packed = packer.compress(plain) + packer.flush()
    text = f"nnw{VERSION}." + base64.urlsafe_b64encode(packed).decode().rstrip("=")
    _check_length(len(text), LONGEST, "that can be pasted")
    return text


def _check_length(length: int, most: int, what: str) -> None:
    if length > most:
        raise ValueError(
            f"with data and frozen weights the text would have {length:,} characters, more than the {most:,} {what}; "
            "write a file with trainer.save(path) and share that"
        )


def decode(text: object) -> tuple[dict[str, Any], Dataset | None]:
    """What `encode` was given.

    Raises:
        TypeError: it is no text.
        ValueError: it is cut, changed, something else, or of a newer version; it leaves something out, or asks for
            more than a text may.
    """
    content = _unpacked(text)
    data = content.get("dataset")
    if not isinstance(data, dict):
        raise ValueError("this configuration says nothing about its data")  # noqa: TRY004 (the text is one)
    _check_said(content, _SAID, "")
    is_own = "x_train" in data
    said = _SAID_OF_OWN if is_own else _SAID_OF_GENERATED
    _check_said(data, said, "of the data ")
    _check_known(data, said, "of the data ")
    dataset = _data_from_plain(data) if is_own else None
    _check_sizes(content, dataset)
    return (content | {"dataset": None} if is_own else content), dataset


def check_known(config: dict[str, Any], settings: Sequence[str]) -> None:
    """Refuse, with a `ValueError`, a configuration that says something besides `settings`."""
    _check_known(config, (*_SAID, *settings), "")


def shortened(error: object) -> str:
    """What an error says; it may repeat a text of any length."""
    said = str(error)
    return said if len(said) <= 2 * _MOST_SAID else f"{said[:_MOST_SAID]}…"


def _check_said(content: dict[str, Any], names: Sequence[str], of: str) -> None:
    missing = [name for name in names if name not in content]
    if missing:
        raise ValueError(f"this configuration does not say {of}what {' and '.join(map(repr, missing))} shall be")


def _check_known(content: dict[str, Any], names: Sequence[str], of: str) -> None:
    unknown = sorted(content.keys() - set(names))
    if unknown:
        raise ValueError(
            f"this configuration says {of}what {shortened(repr(unknown[0]))} shall be, which nnwidgets {__version__} "
            "does not know; a newer one may, which comes with: pip install -U nnwidgets"
        )


def _check_sizes(content: dict[str, Any], dataset: Dataset | None) -> None:
    if dataset is None:
        check_size(content, 2, content["dataset"]["n_samples"])
    else:
        check_size(content, dataset.x_train.shape[1], len(dataset.x_train) + len(dataset.x_test))
        check_texts([dataset.name, dataset.label, *dataset.class_names, *dataset.feature_names])


class _NumberError(ValueError):
    """A number that JSON, or a computer, does not have."""


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NumberError(f"this configuration has the number {text[:20]}, and all must be finite")
    return number


def _countable(text: str) -> int:
    if len(text) > _DIGITS:
        raise _NumberError(f"this configuration has a number of {len(text)} digits, too large for anything")
    return int(text)


_DIGITS = 18
_NUMBERS: dict[str, Any] = {"parse_float": _finite, "parse_int": _countable, "parse_constant": _finite}


def _unpacked(text: object) -> dict[str, Any]:
    if not isinstance(text, str):
        raise TypeError(f"a configuration is text, as trainer.share() gives it; got {type(text).__name__}")
    match = re.fullmatch(r"nnw(\d{1,4})\.([\w-]*)", re.sub(r"[\s'\"]+", "", text[: 3 * LONGEST]), re.ASCII)
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
    if len(body) > LONGEST:
        raise ValueError(f"this configuration has {len(body):,} characters; a text may have at most {LONGEST:,}")
    try:
        unpacker = zlib.decompressobj(zdict=_USUAL)
        plain = unpacker.decompress(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), _LARGEST)
        whole = unpacker.eof and not unpacker.unused_data
        content = json.loads(plain, **_NUMBERS) if whole else None
    except _NumberError:
        raise
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
        return Dataset(
            plain["name"],
            arrays["x_train"],
            arrays["y_train"],
            arrays["x_test"],
            arrays["y_test"],
            tuple(plain["class_names"]),
            tuple(plain["feature_names"]),
            plain["label"],
            plane=plain["plane"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the data of this configuration cannot be read: {shortened(error)}") from None
