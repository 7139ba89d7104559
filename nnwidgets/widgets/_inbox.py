"""What a view may say, and what is done about it. Nothing here waits, computes or trusts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from nnwidgets._checks import real, whole
from nnwidgets._painting import erased, painted
from nnwidgets.training import commands as c
from nnwidgets.training.perceptron import steps_to_mistake
from nnwidgets.widgets._listening import shortened

if TYPE_CHECKING:
    from nnwidgets.widgets._base import Trainer
    from nnwidgets.widgets.planar import PlanarTrainer

_Content = dict[str, Any]


def handle(trainer: Trainer, content: object) -> None:
    """Carry out one message; what is wrong with it is said to the view, never raised."""
    kind = content.get("type") if isinstance(content, dict) else None
    handler = (_HANDLERS | _OWN[trainer._SPEAKS]).get(kind) if isinstance(kind, str) else None
    if handler is None or not isinstance(content, dict):
        trainer._refuse("message", f"unknown message {kind!r}")
        return
    try:
        handler(trainer, content)
    except Exception as error:  # noqa: BLE001 (whatever it is, the reader is told)
        trainer._refuse(str(kind), error)


def _set(trainer: Trainer, content: _Content) -> None:
    name, value = content.get("name"), content.get("value")
    if not isinstance(name, str) or name not in trainer._browser_settings:
        raise traitlets.TraitError(f"{name!r} cannot be set from a view")

    def take() -> None:
        try:
            setattr(trainer, name, tuple(value) if isinstance(value, list) else value)
        except Exception as error:  # noqa: BLE001
            trainer.send({"type": "refused", "name": name, "message": shortened(error)})

    def take_newest() -> None:
        if trainer._asked[name] is content:  # a slider that is dragged has gone on since
            with trainer._heeding():
                take()

    if name in trainer._laborious_settings:
        trainer._asked[name] = content
        trainer._tell(c.Do(take_newest, f"Setting {name}"))
    else:
        take()


def _step(trainer: Trainer, content: _Content) -> None:
    trainer.step(content.get("n", 1), content.get("unit", "batch"))


def _reset(trainer: Trainer, content: _Content) -> None:
    trainer.reset(content.get("seed"))


def _rewind(trainer: Trainer, content: _Content) -> None:
    trainer.rewind(content.get("epoch", 0))


def _preview(trainer: Trainer, content: _Content) -> None:
    trainer.preview(content.get("epoch"))


def _paint(trainer: PlanarTrainer, content: _Content) -> None:
    points, label, clear = content.get("points"), content.get("label"), content.get("clear") is True
    trainer._draw(content, lambda data, axes, plane: painted(data, points, label, axes, plane, clear=clear))


def _erase(trainer: PlanarTrainer, content: _Content) -> None:
    points, reach = content.get("points"), content.get("reach")
    trainer._draw(content, lambda data, axes, plane: erased(data, points, reach, axes, plane))


def _undo(trainer: PlanarTrainer, _: _Content) -> None:
    trainer._undo()


def _export(trainer: Trainer, content: _Content) -> None:
    trainer._export(content.get("per"), content.get("ask"))


def _read(trainer: PlanarTrainer, content: _Content) -> None:
    view, what = content.get("view"), content.get("what")
    if not isinstance(view, str) or not isinstance(what, str | None):
        raise TypeError(f"there is no text {what!r}")
    trainer._read(view[:64], what)


def _request_full(trainer: Trainer, content: _Content) -> None:
    asked = trainer._asked
    asked["picture"] = content
    if content.get("missed") is True:
        asked["words"] = content

    def draw() -> None:
        if asked["picture"] is content:  # those who have asked meanwhile are answered together
            if asked.pop("words", None) is not None:
                trainer._say_again()
            trainer._publisher.send_picture(full=True)

    trainer._tell(c.Do(draw, "Drawing"))


def _ack(trainer: Trainer, content: _Content) -> None:
    held = real("held", content.get("held"), 0.0, 60_000.0)
    trainer._channel.acknowledge(whole("number", content.get("number"), 0, None), held / 1000)
    _look_again(trainer)


def _look(trainer: Trainer, content: _Content) -> None:
    focus = content.get("focus")
    if focus is not None:
        layer, unit = focus
        focus = (whole("focus layer", layer, 0, None), whole("focus unit", unit, 0, None))
    view = content.get("view")
    if not isinstance(view, str) or not view:
        raise TypeError("view must be a text")
    another = trainer._channel.look(
        view[:64],
        visible=content.get("visible") is True,
        focus=focus,
        map_size=whole("map_size", content.get("map_size"), 8, 200),
        tile_size=whole("tile_size", content.get("tile_size"), 8, 64),
        wants=_wants(trainer, content.get("wants", [])),
    )
    trainer._publisher.give_way()
    _look_again(trainer)
    trainer.send({"type": "here", "number": trainer._channel.told})
    if another and trainer.status not in ("running", "closed"):
        trainer._tell(c.Do(lambda: trainer._publisher.send_picture(full=False), "Drawing"))


def _wants(trainer: Trainer, names: object) -> frozenset[str]:
    known = trainer._WANTS
    if not isinstance(names, list) or not all(name in known for name in names):
        raise ValueError(f"wants must be a list of {', '.join(map(repr, known))}; got {names!r}")
    return frozenset(names)


def _look_again(trainer: Trainer) -> None:
    if trainer._loop is not None:
        trainer._loop.look_again()


def _leave(trainer: Trainer, content: _Content) -> None:
    trainer._channel.leave(str(content.get("view"))[:64])


_Handlers = dict[str, Callable[[Any, _Content], None]]
_HANDLERS: _Handlers = {
    "set": _set,
    "play": lambda trainer, _: trainer.play(),
    "pause": lambda trainer, _: trainer.pause(),
    "step": _step,
    "reset": _reset,
    "rewind": _rewind,
    "preview": _preview,
    "edit": lambda trainer, content: trainer._edit_place(content),
    "freeze": lambda trainer, content: trainer._freeze_place(content),
    "undo_edit": lambda trainer, _: trainer.undo_edit(),
    "pin": lambda trainer, content: trainer.pin(content.get("name")),
    "unpin": lambda trainer, content: trainer.unpin(content.get("name")),
    "export": _export,
    "read": _read,
    "request_full": _request_full,
    "ack": _ack,
    "look": _look,
    "leave": _leave,
}
_OF_PLANES: _Handlers = {
    "paint": _paint,
    "erase": _erase,
    "undo": _undo,
    "preset": lambda trainer, content: trainer._begin_preset(content.get("name")),
    "configure": lambda trainer, content: trainer._begin_text(content.get("text")),
    "trace": lambda trainer, _: trainer._show_step(),
}
_OWN: dict[str, _Handlers] = {
    "planes": _OF_PLANES,
    "perceptrons": _OF_PLANES | {"to_mistake": lambda trainer, _: trainer._tell(c.StepBy(steps_to_mistake))},
    "images": {
        "gallery": lambda trainer, content: trainer._show_gallery(content),
        "choose": lambda trainer, content: trainer._choose(content),
        "show_image": lambda trainer, content: trainer._show_own(content),
    },
    "functions": {
        "draw_function": lambda trainer, content: trainer._draw_function(content),
        "undo": _undo,
        "preset": lambda trainer, content: trainer._begin_preset(content.get("name")),
        "sweep": lambda trainer, _: trainer.sweep(),
        "stop_sweep": lambda trainer, _: trainer.stop_sweep(),
    },
}
"""What views of one kind of trainer say besides what all of them do, by the name that it has for that."""
