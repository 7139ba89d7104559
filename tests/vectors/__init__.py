"""Numbers that Python, the browser and PyTorch must agree on.

Each module here has a `make()` that computes them with PyTorch, or in another way than the package does; the files
beside them hold what it gave. `tests/unit` compares the package's Python with a file, `js/test` its TypeScript.

python -m tests.vectors          # writes all files anew
python -m tests.vectors softmax  # one of them
"""

from __future__ import annotations

import json
import math
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in HERE.glob("[a-z]*.py")))


def made(name: str) -> Any:
    """What the file of that name should hold; infinities are floats, as in `stored`."""
    return _numbers(_plain(import_module(f"tests.vectors.{name}").make()))


def stored(name: str) -> Any:
    """What it holds; infinities are floats again."""
    return _numbers(json.loads((HERE / f"{name}.json").read_text()))


def write(name: str) -> None:
    """Bring the file up to date."""
    text = json.dumps(_plain(made(name)), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    (HERE / f"{name}.json").write_text(text + "\n")


def same(one: Any, other: Any, tolerance: float = 1e-9) -> bool:
    """Whether two of them agree: numbers within a relative tolerance, all else exactly."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    return bool(one == other)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "tolist"):  # arrays and scalars of NumPy, tensors
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    return value


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return float(np.float64(value)) if value in ("inf", "-inf", "nan") else value
