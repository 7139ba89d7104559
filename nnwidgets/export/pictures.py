"""Pictures of widgets from their saved state, for where no JavaScript runs: on GitHub, in a PDF, on paper.

Nothing of a notebook is run for them: a trainer's picture is drawn from what its network had put out when it was
saved, an explorer is made anew from its settings.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnwidgets._percent import percent
from nnwidgets.export.states import Arrays, Saved, frame_arrays, is_recording, ours_in, saved

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200
_CSS_DPI = 100  # where an inch of a figure is as many CSS pixels
_GAP = 24  # pixels between pictures of one box
_STANDS_IN = "This picture stands in where no JavaScript runs."
_NO_PICTURE = "There is no picture of it where no JavaScript runs"


@dataclass(frozen=True)
class Picture:
    """A widget without JavaScript: what can be seen of it, and what it is, in words.

    Attributes:
        text: what it is, and how it stands.
        png: a picture at twice the pixels that it is shown with; None where there is none.
    """

    text: str
    png: bytes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that the picture is shown with, in CSS pixels."""
        assert self.png is not None
        width, height = (int.from_bytes(self.png[at : at + 4], "big") for at in (16, 20))  # as PNG's header says
        return width * _CSS_DPI // DPI, height * _CSS_DPI // DPI


def picture(model_id: str, states: Mapping[str, Any], kept: bytes | None = None) -> Picture:
    """The picture of a widget, or of those of ours in a box.

    Args:
        model_id: of the widget.
        states: of all widgets of a notebook, as ipywidgets saves them.
        kept: a picture that was taken when it was displayed, for what cannot be drawn.

    Example:
        >>> picture("17", {}).text
        'A widget that was not saved with the notebook.'
    """
    found = [_of_one(entry) for _, entry in ours_in(model_id, states)]
    if not found:
        entry = saved(states.get(model_id))
        if entry is None:
            return Picture("A widget that was not saved with the notebook.")
        return Picture(f"{entry.kind or 'A widget'}, which needs a running kernel.")
    pngs = [each.png for each in found if each.png is not None]
    if kept is not None and not pngs and _is_png(kept):
        return Picture(f"{model_name(model_id, states)}. {_STANDS_IN}", kept)
    return Picture("\n".join(each.text for each in found), _stacked(pngs))


def model_name(model_id: str, states: Mapping[str, Any]) -> str:
    """What a widget is called."""
    entry = saved(states.get(model_id))
    return entry.kind if entry is not None and entry.kind else "a widget"


def _is_png(data: bytes) -> bool:
    return data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) > 24


def _of_one(entry: Saved) -> Picture:
    text = entry.kind
    try:
        from nnwidgets.export.explorer_pictures import EXPLORERS, explorer_figure
        from nnwidgets.export.trainer_pictures import TRAINERS, trainer_figure

        if entry.kind in TRAINERS:
            header, arrays = _moment(entry.traits)
            text = f"{entry.kind}, {_told(entry.traits, header)}"
            png = as_png(trainer_figure(entry.kind, entry.traits, header, arrays))
        elif entry.kind in EXPLORERS:
            png = as_png(explorer_figure(entry.kind, entry.traits))
        else:
            return Picture(f"{text}. {_NO_PICTURE}.")
    except LookupError as error:
        return Picture(f"{text}. {_NO_PICTURE}: {_reason(error)}.")
    except Exception as error:  # noqa: BLE001 (whatever a strange state leads to, the rest of the page is made)
        return Picture(f"{text}. {_NO_PICTURE}: its saved state cannot be drawn ({_reason(error)}).")
    return Picture(f"{text}. {_STANDS_IN}", png)


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    said = said if " " in said else f"{type(error).__name__} {said}".rstrip()  # a KeyError names the key alone
    return said.splitlines()[0].rstrip(".")[:200]


# -- trainers ---------------------------------------------------------------------------------------


def _moment(traits: Mapping[str, Any]) -> tuple[Mapping[str, Any], Arrays]:
    """Header and arrays of where the run stood: the frame of the last pause, or else the recording's last."""
    snapshot, recorded = traits.get("_snapshot"), traits.get("_recorded")
    if isinstance(snapshot, Mapping):
        return snapshot, frame_arrays(snapshot["parts"], snapshot["buffer"])
    if not isinstance(recorded, bytes) or not recorded:
        raise LookupError("it was not saved with the notebook how the run stood")
    from nnwidgets.widgets._recorded_format import decode

    run = decode(recorded)
    frame = run.frames[run.stands]
    return frame.header, {**frame.arrays, **run.rows}


def _told(traits: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """How the run stood, in words."""
    words = "recorded run" if is_recording(traits.get("_recorded")) else "as its run stood"
    numbers = [f"epoch {int(header['epoch']):,}"]
    for name in ("loss", "accuracy", "test_loss", "test_accuracy"):
        value = header.get(name)
        if isinstance(value, int | float) and math.isfinite(value):
            shown = percent(value, 1) if name.endswith("accuracy") else f"{value:.3g}"
            numbers.append(f"{name.replace('_', ' ')} {shown}")
    return f"{words}: {', '.join(numbers)}" + (", diverged" if header.get("status") == "diverged" else "")


# -- pictures ---------------------------------------------------------------------------------------


def as_png(figure: Figure) -> bytes:
    """A figure as PNG at twice the pixels that it is shown with, in 256 colours, which make it a third as large."""
    from PIL import Image

    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, bbox_inches="tight", pil_kwargs={"compress_level": 0})  # read at once
    return _packed(Image.open(file).convert("RGB"))


def _packed(image: Any) -> bytes:
    file = io.BytesIO()
    image.quantize(256).save(file, format="PNG", optimize=True)
    return file.getvalue()


def _stacked(pngs: list[bytes]) -> bytes | None:
    """Pictures one below the other, as one; None where there are none."""
    if len(pngs) < 2:
        return pngs[0] if pngs else None
    from PIL import Image

    images = [Image.open(io.BytesIO(png)).convert("RGB") for png in pngs]
    width, height = max(image.width for image in images), sum(image.height + _GAP for image in images) - _GAP
    whole, top = Image.new("RGB", (width, height), "white"), 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height + _GAP
    return _packed(whole)
