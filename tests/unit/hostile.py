"""What a browser might say that nobody has written a widget for: random and malformed messages, from a seed.

They come in as a kernel brings them: as text that is parsed, in the dict of a comm's message. What is answered is
packed as a kernel would pack it.
"""

from __future__ import annotations

import copy
import json
import math
import random
import sys
import warnings
from collections import Counter

import comm
from jupyter_client.session import json_packer

RAN: list[str] = []
"""Grows when a text of a message is run."""

CODE = "__import__('tests.unit.hostile').unit.hostile.RAN.append('a message')"
LONG = "x" * 50_000

ODD = (
    None, True, False, 0, -1, 2, 0.5, 1e308, -1e308, 1e-308, 2**31, 2**63, -(2**63), 2**64, 10**30, 10**400, -(10**400),
    math.nan, math.inf, -math.inf, "", "0", "nan", LONG, CODE, f"lambda: {CODE}", "{0.__class__}", "%s%n", "../../etc",
    "__class__", "__init__", "__proto__", "constructor", "_loop", "\0", "\ud83e", "🧠", "<script>alert(1)</script>",
    [], [[]], [None], [0] * 3000, [1, 2], [math.nan, 1], [[1e308, -1e308]], ["tanh"], [CODE], {}, {"a": 1}, {"": []},
    {"__class__": "x"}, {"name": CODE}, {"type": "play"}, {"buffer": {"py/reduce": [CODE]}},
)  # fmt: skip
BYTES = (b"", b"\0", b"\x80\x04cposix\nsystem\n.", b"\xff" * 5000)

COMMANDS = [
    {"type": "play"},
    {"type": "pause"},
    {"type": "step", "unit": "batch", "n": 1},
    {"type": "reset", "seed": None},
    {"type": "rewind", "epoch": 0},
    {"type": "preview", "epoch": 0},
    {"type": "pin", "name": "one"},
    {"type": "unpin", "name": "one"},
    {"type": "edit", "network_version": 0, "layer": 0, "unit": 0, "input": 0, "value": 0.5, "gesture": 1},
    {"type": "freeze", "network_version": 0, "layer": 0, "unit": 0, "input": None, "frozen": True},
    {"type": "undo_edit"},
    {"type": "request_full"},
    {"type": "ack", "number": 1, "held": 0.0, "drawn": 1.0},
    {"type": "look", "view": "a", "visible": True, "focus": [0, 1], "map_size": 8, "tile_size": 8, "wants": []},
    {"type": "leave", "view": "a"},
    {"type": "export", "per": "epoch", "ask": "word"},
    {"type": "read", "view": "a", "what": "code"},
]
OF_PLANES = [
    {"type": "paint", "stroke": 1, "label": 0, "points": [[0.1, 0.2]], "axes": [0, 1], "clear": False},
    {"type": "erase", "stroke": 2, "points": [[0.1, 0.2]], "axes": [0, 1], "reach": [0.01, 0.01]},
    {"type": "undo"},
    {"type": "preset", "name": "xor"},
    {"type": "configure", "text": "nnw1.abc"},
    {"type": "trace"},
]
OF_IMAGES = [
    {"type": "gallery", "wrong": False, "actual": 1, "predicted": None, "others": False},
    {"type": "choose", "image": 3},
    {"type": "show_image", "source": "drawn", "name": "mine", "pixels": "AAAA"},
]
OF_FUNCTIONS = [
    {"type": "draw_function", "points": [[0.1, 0.2], [0.3, 0.4]]},
    {"type": "undo"},
    {"type": "sweep"},
    {"type": "stop_sweep"},
]
SAID = {
    "planes": COMMANDS + OF_PLANES,
    "perceptrons": [*COMMANDS, *OF_PLANES, {"type": "to_mistake"}],
    "images": COMMANDS + OF_IMAGES,
    "functions": COMMANDS + OF_FUNCTIONS,
}
"""A message of each type that views of a kind of trainer send, by the name that it has for that in `_inbox`."""


class Wire:
    """A widget's comm, with somebody at the other end who notes what arrives.

    Attributes:
        refusals: what was said to be refused.
        arrived: how many messages of each type came back.
        size: of all of them, in bytes.
    """

    def __init__(self, widget):
        self.widget, self.comm = widget, widget.comm
        self.refusals, self.arrived, self.size = [], Counter(), 0
        comm.get_comm_manager().register_comm(self.comm)  # a comm that leads nowhere is in no list
        self.comm.publish_msg = self._take

    def _take(self, kind, data=None, buffers=None, **_):
        data = data or {}
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the packer's, of what is no JSON
            self.size += len(json_packer(data)) + sum(len(buffer) for buffer in buffers or ())
        said = data.get("content")
        name = said.get("type") if isinstance(said, dict) else data.get("method", kind)
        self.arrived[name] += 1
        if name in ("refused", "failed"):
            self.refusals.append(said)

    def say(self, data, buffers=()):
        """A message comes in; returns whether it does, for what is no JSON does not."""
        try:
            data = json.loads(json.dumps(data))
        except (RecursionError, ValueError):
            return False
        content = {"comm_id": self.comm.comm_id, "data": data}
        message = {"header": {"msg_type": "comm_msg"}, "parent_header": {}, "metadata": {}, "content": content}
        comm.get_comm_manager().comm_msg(None, None, message | {"buffers": [memoryview(each) for each in buffers]})
        return True


def deep(levels, inner=None, *, of=list):
    """So many lists, or dicts, in each other."""
    for _ in range(levels):
        inner = [inner] if of is list else {"x": inner}
    return inner


class Attacker:
    """Makes messages from a seed.

    Args:
        seed: of the random numbers.
        said: a message of each type that is understood.
        settings: names and values of what can be set.
        traits: the names of all that travels, writable or not.
    """

    def __init__(self, seed, said, settings, traits):
        self._random = random.Random(seed)
        self._said, self._settings, self._traits = said, list(settings.items()), list(traits)

    def messages(self, count):
        """So many, each with its buffers."""
        makers = [self._of_no_sense, *3 * [self._spoilt], self._state, self._envelope]
        if self._settings:
            makers += 2 * [self._setting]
        for _ in range(count):
            yield self._random.choice(makers)()

    def odd(self):
        """Some value that was not meant."""
        if self._random.random() < 0.05:
            return deep(self._random.choice((5, 40, 200, 900)), of=self._random.choice((list, dict)))
        return copy.deepcopy(self._random.choice(ODD))

    def buffers(self):
        """Bytes that nobody wants, now and then."""
        many = self._random.choice((0, 0, 0, 1, 3))
        return [self._random.choice(BYTES) for _ in range(many)]

    def _custom(self, content):
        return {"method": "custom", "content": content}, self.buffers()

    def _of_no_sense(self):
        if self._random.random() < 0.5:
            return self._custom(self.odd())
        return self._custom({"type": self.odd(), "value": self.odd()})

    def _spoilt(self):
        """One that is understood, with fields that are missing, or of other types, or of another message."""
        content = copy.deepcopy(self._random.choice(self._said))
        if content["type"] == "play" and self._random.random() < 0.9:
            content["type"] = "pause"
        for name in [name for name in content if name != "type"]:
            chance = self._random.random()
            if chance < 0.15:
                del content[name]
            elif chance < 0.5:
                content[name] = self.bent(content[name])
        if self._random.random() < 0.2:
            content |= {self._random.choice(("x", "self", "_", LONG[:500], "\ud83e")): self.odd()}
        return self._custom(content)

    def bent(self, value):
        """Something like this value, or nothing like it."""
        if isinstance(value, list) and value and self._random.random() < 0.5:
            bent = copy.deepcopy(value)
            at = self._random.randrange(len(bent))
            bent[at] = self.bent(bent[at])
            return bent * self._random.choice((1, 1, 2, 500))
        if isinstance(value, int | float) and self._random.random() < 0.5:
            return value * self._random.choice((-1, 3, 1e9, 1e300, math.nan))
        if isinstance(value, str) and self._random.random() < 0.5:
            return self._random.choice((value[:-1], value * 3, value.upper(), value + "\ud83e", CODE + value))
        return self.odd()

    def _setting(self):
        name, value = self._random.choice(self._settings)
        return self._custom({"type": "set", "name": name, "value": self.bent(value)})

    def _state(self):
        names = self._random.sample(self._traits, self._random.choice((1, 1, 1, 2, 5)))
        settings = dict(self._settings)
        state = {name: self.bent(settings[name]) if name in settings else self.odd() for name in names}
        return {"method": "update", "state": state, "buffer_paths": []}, self.buffers()

    def _envelope(self):
        return self._random.choice(
            (
                {"method": self.odd()},
                {},
                self.odd(),
                {"method": "custom"},
                {"method": "update"},
                {"method": "update", "state": self.odd()},
                {"method": "update", "state": {}, "buffer_paths": self.odd()},
                {"method": "update", "state": {"layout": {}}, "buffer_paths": [["layout", "x"], ["y"], []]},
                {"method": "update", "state": {"a": 1}, "buffer_paths": [["a", "b", "c"]]},
                {"method": "echo_update", "state": {}},
                {"method": "_handle_msg", "content": CODE},
            )
        ), self.buffers()


class Listener:
    """Hears of whatever this process would run or open, while it is told to listen."""

    def __init__(self):
        self.is_listening, self.heard = False, []
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if self.is_listening and (event in _NEVER or (event == "compile" and "hostile.RAN" in str(arguments[0]))):
            self.heard.append((event, str(arguments)[:200]))

    def __enter__(self):
        self.is_listening, self.heard = True, []
        return self

    def __exit__(self, *_):
        self.is_listening = False


_NEVER = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect", "shutil.rmtree", "os.remove")
