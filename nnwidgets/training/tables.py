"""The rows of a history as tables for others: data frames, and text with commas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

STEP_COLUMNS = (
    "step", "loss", "loss_min", "loss_max", "accuracy", "accuracy_min", "accuracy_max",
)  # fmt: skip
EPOCH_COLUMNS = (
    "epoch", "step", "running_loss", "running_accuracy", "test_loss", "test_accuracy",
)  # fmt: skip
_WHOLE = ("epoch", "step")


def columns_of(per: str) -> tuple[str, ...]:
    """The names of the columns of the rows per "epoch" or per "step"; raises `ValueError` for anything else."""
    if per not in ("epoch", "step"):
        raise ValueError(f'per must be "epoch" or "step"; got {per!r}')
    return EPOCH_COLUMNS if per == "epoch" else STEP_COLUMNS


def as_frame(rows: Array, per: str) -> pd.DataFrame:
    """Rows as a `pandas.DataFrame`, its index the epoch or the step."""
    names = columns_of(per)
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_pandas() needs pandas: pip install pandas") from error
    frame = pd.DataFrame(rows, columns=list(names))
    return frame.astype({name: "int64" for name in _WHOLE if name in names}).set_index(per)


def as_csv(runs: Iterable[tuple[str, Array]], per: str) -> str:
    """The rows of named runs as CSV, with a header and a column `run`; what was not measured is left empty."""
    names = columns_of(per)
    whole = [name in _WHOLE for name in names]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("run", *names))
    for run, rows in runs:
        columns = [
            rows[:, index].astype(np.int64).tolist()
            if is_whole
            else ["" if value != value else value for value in rows[:, index].tolist()]  # noqa: PLR0124 - NaN
            for index, is_whole in enumerate(whole)
        ]
        # Not by the iterator alone: between two rows others may want the interpreter.
        writer.writerows((run, *row) for row in zip(*columns, strict=True))
    return text.getvalue()
