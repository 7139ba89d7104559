"""Recordings as bytes: every bit comes back, what is rounded is near, and nonsense is refused in words."""

from __future__ import annotations

import json
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnwidgets.widgets._recorded_format import FINEST, Recorded, RecordedFrame, decode, encode

DTYPES = [np.uint8, np.int16, np.float32, np.float64]
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
HEADERS = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.floats(-1e300, 1e300))


@st.composite
def parts(draw):
    """Names, dtypes and shapes of the arrays of a stretch."""
    names = draw(st.lists(st.text(max_size=5), unique=True, max_size=3))
    return [(name, draw(st.sampled_from(DTYPES)), draw(SHAPES)) for name in names]


@st.composite
def stretches(draw):
    """Frames with the same arrays, of any values: NaN of every kind and infinity among them."""
    kinds, past = draw(parts()), draw(st.none() | st.integers(0, 2))
    return [
        RecordedFrame(
            draw(HEADERS) | {"epoch": number, "parts": []},
            {name: draw(arrays.arrays(dtype, shape)) for name, dtype, shape in kinds},
            past,
        )
        for number in range(draw(st.integers(1, 4)))
    ]


PASTS = [{"network": {"version": -1}, "data": {"points": bytes(range(number)), "x": [1, None]}} for number in (3, 0, 9)]


def bits(parts):
    return {name: (array.dtype, array.shape, array.tobytes()) for name, array in parts.items()}


@given(st.lists(stretches(), min_size=1, max_size=3), st.data())
def test_whatever_is_recorded_comes_back_bit_by_bit(runs, data):
    frames = [frame for run in runs for frame in run]
    stands = data.draw(st.integers(0, len(frames) - 1))
    rows = {"steps": data.draw(arrays.arrays(np.float64, (3, 7))), "epochs": np.zeros((0, 5))}
    found = decode(encode(Recorded(frames, stands, rows, PASTS)))
    assert (found.stands, found.pasts, bits(found.rows)) == (stands, PASTS, bits(rows))
    assert [(frame.header, frame.past) for frame in found.frames] == [(frame.header, frame.past) for frame in frames]
    assert [bits(frame.arrays) for frame in found.frames] == [bits(frame.arrays) for frame in frames]


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(0, 5))))
def test_what_is_rounded_is_off_by_half_a_multiple_at_most_and_no_number_stays_none(values):
    frames = [RecordedFrame({}, {"a": row, "b": row}) for row in values]
    found = decode(encode(Recorded(frames, 0, {}), rounded=["a"])).frames
    near, same = (np.stack([frame.arrays[name] for frame in found]) for name in ("a", "b"))
    assert same.tobytes() == values.tobytes()
    known = np.isfinite(values)
    assert np.isnan(near[~known]).all()
    assert near.dtype == np.float32
    half = np.abs(values[known].astype(float)).max(initial=0.0) / FINEST / 2
    slack = 1e-7 * np.abs(values[known].astype(float)) + 1e-45  # of float32 itself
    assert (np.abs(near[known].astype(float) - values[known].astype(float)) <= half + slack).all()


def small():
    """A recording with two stretches, and its bytes."""
    frames = [RecordedFrame({"epoch": at}, {"map": np.full((4, 4), at, np.uint8)}) for at in range(3)]
    frames += [RecordedFrame({"epoch": 3}, {"fit": np.ones(5, np.float32)}, 0)]
    return encode(Recorded(frames, 3, {"epochs": np.zeros((2, 5))}, [{"network": {}, "data": {"points": b"abc"}}]))


def test_the_layout_is_that_of_the_table():
    plain = zlib.decompress(small())
    (length,) = struct.unpack("<I", plain[:4])
    about = json.loads(plain[4 : 4 + length])
    start = -(-(4 + length) // 8) * 8
    assert not any(plain[4 + length : start])
    assert [part["name"] for stretch in about["stretches"] for part in stretch["parts"]] == ["map", "fit"]
    assert [stretch["past"] for stretch in about["stretches"]] == [None, 0]
    assert about["pasts"][0]["data"]["points"] == {"base64": "YWJj"}
    assert plain[start : start + 48] == bytes(16) + b"\1" * 32
    assert plain[start + 48 : start + 68] == b"\0" * 10 + b"\x80" * 5 + b"\x3f" * 5
    assert len(plain) == start + 68 + 2 * 5 * 8


def test_what_changes_little_takes_hardly_any_place():
    random = np.random.default_rng(0)
    first = random.integers(0, 256, 5_000).astype(np.uint8)
    frames = [RecordedFrame({}, {"map": first + (np.arange(5_000) % 500 == at)}) for at in range(50)]
    assert len(encode(Recorded(frames, 0, {}))) < 5_000 + 50 * 60


@pytest.mark.fault("damaged recording")
@given(st.integers(0, len(small()) - 1))
def test_a_recording_that_was_cut_is_refused(length):
    with pytest.raises(ValueError, match="recording"):
        decode(small()[:length])


@pytest.mark.fault("damaged recording")
@given(st.integers(0, 2**20), st.integers(1, 255), st.booleans())
def test_a_recording_that_was_changed_is_read_or_refused_but_never_fails_otherwise(place, change, inside):
    data = bytearray(zlib.decompress(small()) if inside else small())
    data[place % len(data)] ^= change
    if not inside:
        with pytest.raises(ValueError, match="recording"):
            decode(bytes(data))
        return
    with suppress(ValueError):
        assert len(decode(zlib.compress(bytes(data))).frames) in (4, 5)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data):
    for nonsense in (data, zlib.compress(data)):
        with pytest.raises(ValueError, match=r"."):
            decode(nonsense)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.text(max_size=3) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def packed(about, planes=b""):
    text = json.dumps(about).encode()
    return zlib.compress(struct.pack("<I", len(text)) + text + b"\0" * (-(4 + len(text)) % 8) + planes)


@given(st.sampled_from(["format", "stands", "stretches", "rows", "pasts"]), VALUES)
def test_strange_values_are_refused_in_words(name, value):
    about = {"format": 1, "stands": 0, "stretches": [], "rows": [], "pasts": []}
    with pytest.raises(ValueError, match="recording"):
        decode(packed(about | {name: value}))


@given(st.sampled_from(["name", "dtype", "shape", "scale"]), VALUES)
def test_strange_parts_are_read_or_refused_in_words(name, value):
    part = {"name": "a", "dtype": "float32", "shape": [2], "scale": None} | {name: value}
    stretch = {"headers": [{}], "parts": [part], "past": None}
    about = {"format": 1, "stands": 0, "stretches": [stretch], "rows": [], "pasts": []}
    try:
        decode(packed(about, bytes(8)))
    except ValueError as error:
        assert "recording" in str(error)  # noqa: PT017


@pytest.mark.fault("damaged recording")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format 2"),
        ({"stands": 1}, "number 1"),
        ({"stands": -1}, "number -1"),
        ({"stretches": [{"headers": [{}], "parts": [], "past": 0}]}, "lacks a network"),
        ({"rows": [{"name": "epochs", "dtype": "float64", "shape": [10**9, 10**9], "scale": None}]}, "was cut"),
        ({"rows": [{"name": "epochs", "dtype": "object", "shape": [1], "scale": None}]}, "kind"),
    ],
)
def test_a_recording_that_cannot_be_says_why(change, said):
    about = {"format": 1, "stands": 0, "stretches": [{"headers": [{}], "parts": [], "past": None}]}
    about |= {"rows": [], "pasts": []}
    assert decode(packed(about)).stands == 0
    with pytest.raises(ValueError, match=said):
        decode(packed(about | change))


def test_more_than_it_says_is_refused():
    about = {"format": 1, "stands": 0, "stretches": [{"headers": [{}], "parts": [], "past": None}]}
    with pytest.raises(ValueError, match="more in it"):
        decode(packed(about | {"rows": [], "pasts": []}, b"abc"))
    with pytest.raises(ValueError, match="follows"):
        decode(small() + b"abc")


@pytest.mark.fault("damaged recording")
def test_what_inflates_without_end_is_refused(monkeypatch):
    from nnwidgets.widgets import _recorded_format

    monkeypatch.setattr(_recorded_format, "MOST_INFLATED", 2**16)
    with pytest.raises(ValueError, match="too large"):
        decode(zlib.compress(bytes(2**20)))


def test_other_arrays_are_not_recorded():
    with pytest.raises(TypeError, match="int64"):
        encode(Recorded([RecordedFrame({}, {"a": np.zeros(2, np.int64)})], 0, {}))


def test_writing_ends_where_it_is_asked_to():
    class StopError(Exception):
        pass

    def check():
        raise StopError

    with pytest.raises(StopError):
        encode(Recorded([RecordedFrame({}, {})], 0, {}), check=check)
