"""The recording that the tests of the front end read is one that is written today."""

from __future__ import annotations

import base64
import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets.widgets._recorded_format import Recorded, RecordedFrame, encode

FIXTURE = Path(__file__).parents[2] / "js" / "test" / "fixtures" / "recording.json"
HOW = f"UPDATE=1 python -m pytest -n0 {Path(__file__).relative_to(Path(__file__).parents[2])}"


def frame(epoch: int, past: int | None) -> RecordedFrame:
    """Numbers that go up and down over all of their bytes; the last frames have a part more."""
    arrays: dict[str, NDArray[Any]] = {
        "parameters": np.array([epoch - 2.5, -1e-30 * epoch, 1e20 / (epoch + 1)], np.float32),
        "map": np.array([[255, 128 - epoch], [epoch % 2, 7]], np.uint8),
        "counts": np.array([np.pi**epoch, np.nan]),
        "space0_grid": np.array([[-300 * epoch, 32767]], np.int16),
        "fit": np.array([0.125 * epoch, -3, np.nan, 2.75], np.float32),
    }
    if epoch > 2:
        arrays["gradients"] = np.array([epoch], np.float32)
    return RecordedFrame({"type": "frame", "epoch": epoch, "step": 10 * epoch, "loss": 1 / (epoch + 1)}, arrays, past)


FRAMES = [frame(epoch, None if epoch else 0) for epoch in range(5)]
ROWS = {"steps": np.arange(14.0).reshape(2, 7), "epochs": np.arange(20.0).reshape(4, 5)}
PASTS = [{"network": {"version": -1_000_001}, "data": {"points": b"\x01\x02\xff"}, "way": None}]
RECORDED = Recorded(FRAMES, 3, ROWS, PASTS)


def texts(values: NDArray[Any]) -> list[str]:
    """Each number as it is written exactly; of float32 as the double that it is."""
    return [repr(float(value)) for value in values.reshape(-1)]


def written() -> dict[str, object]:
    return {
        "note": f"written by {HOW}",
        "base64": base64.b64encode(encode(RECORDED, rounded={"fit"})).decode(),
        "frames": [
            {"header": each.header, "arrays": {name: texts(values) for name, values in each.arrays.items()}}
            for each in FRAMES
        ],
        "rows": {name: texts(values) for name, values in ROWS.items()},
    }


def test_the_fixture_is_what_is_written_today() -> None:
    now = written()
    if os.environ.get("UPDATE"):
        FIXTURE.parent.mkdir(exist_ok=True)
        FIXTURE.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    known = json.loads(FIXTURE.read_text(encoding="utf-8"))

    # Other versions of zlib write the same in other bytes.
    def plain(about: dict[str, object]) -> bytes:
        return zlib.decompress(base64.b64decode(str(about.pop("base64"))))

    assert plain(known) == plain(now), f"the format has changed; {HOW} writes the fixture anew"
    assert known == now
