"""When to send a frame, and how fine: flow control between the training and the browsers.

The browser acknowledges what it drew. At most two frames are under way; none is made while nobody
can see one. An acknowledgement that does not come has two causes that want different answers: a
cell keeps the main thread busy and no message is handled (then the picture goes on, slowly, on our
own clock), or the link is slow (then frames are made coarser, and we wait).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from nnwidgets._limits import pace

Focus = tuple[int, int]

FRAME_INTERVAL = 0.029  # seconds; a little less than the 30 ms after which the browser asks again
SOONEST = 0.016  # seconds from one frame to the next where a stall is made up for: a screen shows no more
CATCH_UP = 0.06  # seconds of a stall that are made up for
STANDSTILL = 0.5  # seconds after which it is no stall: the frames begin anew
IN_FLIGHT = 2
STALLED_AFTER = 1.0
BLIND_INTERVAL = 0.2  # between frames while a cell keeps acknowledgements from being read
SLOW_INTERVAL = 1.0  # between frames while the link does not deliver
HIDDEN_AFTER = 2.0
MOST_VIEWS = 64  # that are known at a time: who has most to say makes up names
SILENT_AFTER = 3.0  # a view says every second that it is there
ABANDONED_AFTER = 10.0
LATE = 0.15  # seconds from a frame to its acknowledgement that make the next ones coarser
PROMPT = 0.1  # and under which they get finer again
COARSER = (1.0, 0.8, 0.6, 0.45)
FRAME_SHARE = 0.03  # of a hurried training's time that may be lost to frames, as long as they are not too rare
LEISURE_SHARE = 0.3  # of any training's time that may go into making frames
EARLY = 0.1  # of the interval in a hurried run: compiled code is not to go on for as little as that
RAREST = 0.15


@dataclass
class ViewState:
    """One view of the widget in a browser, as it last described itself."""

    visible: bool = False
    focus: Focus | None = None
    map_size: int = 80
    tile_size: int = 24
    heard: float = -inf
    wants: frozenset[str] = frozenset()  # of panels that are open
    lasting: bool = False  # whether the picture stays for a while


@dataclass
class Channel:
    """Flow control of one widget. Any thread may call it; it never blocks for long.

    Args:
        clock: seconds, monotonic.
        cell_is_running: whether the main thread is busy with a cell.
        rhythm: seconds from one frame to the next, where nothing is slow.
        rarest: seconds between frames of a hurried training that are rare enough, as long as making them is cheap.
    """

    clock: Callable[[], float]
    cell_is_running: Callable[[], bool]
    rhythm: float = FRAME_INTERVAL
    rarest: float = RAREST
    views: dict[str, ViewState] = field(default_factory=dict)
    sent: int = 0
    told: int = 0  # the last frame that was on its way in full; pictures that fail have numbers, too
    acknowledged: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._had_views = False
        self._alone_since = self.clock()
        self._sent_at = -inf
        self._beat = -inf  # when the last frame was due
        self._heard_at = -inf
        self._cost = 0.0
        self._hurried = False
        self._waited = 0.0
        self._loss = 0.0
        self._seen_at = self.clock()
        self._level = 0
        self._level_since = self.clock()
        self._sent_times: dict[int, float] = {}

    # -- what the browser says --------------------------------------------------------------------

    def look(
        self, view: str, *, visible: bool, focus: Focus | None, map_size: int, tile_size: int,
        wants: frozenset[str] = frozenset(),
    ) -> bool:  # fmt: skip
        """A view describes itself. Returns whether it wants another picture than before."""
        now = self.clock()
        with self._lock:
            before = self.views.get(view)
            state = ViewState(visible, focus, map_size, tile_size, now, wants)
            gone = [name for name, other in self.views.items() if other.visible and now - other.heard > ABANDONED_AFTER]
            for name in gone:
                del self.views[name]
            self.views[view] = state
            if len(self.views) > MOST_VIEWS:
                del self.views[min(self.views, key=lambda name: self.views[name].heard)]
            self._heard_at = now
            if visible:
                self._seen_at = now
            self._had_views = True
            if before is None or not visible:
                return visible
            same = (before.visible, before.focus, before.map_size, before.tile_size) == (
                visible, focus, map_size, tile_size,
            )  # fmt: skip
            return not same or not wants <= before.wants

    def leave(self, view: str) -> None:
        """A view is gone for good."""
        with self._lock:
            self.views.pop(view, None)

    def acknowledge(self, number: int, held: float = 0.0) -> None:
        """A view has drawn frame `number`, `held` seconds before it said so."""
        now = self.clock()
        with self._lock:
            self.acknowledged = max(self.acknowledged, min(number, self.sent))
            self._heard_at = self._seen_at = now
            sent_at = self._sent_times.get(number)
            for old in [n for n in self._sent_times if n <= number]:
                del self._sent_times[old]
            if sent_at is not None:
                self._adapt(now, now - sent_at - held)

    def _adapt(self, now: float, delay: float) -> None:
        """Coarser when frames take long to arrive, finer again after three good seconds."""
        if delay > LATE and now - self._level_since > 0.5 and not self.cell_is_running():
            if self._level < len(COARSER) - 1:
                self._level += 1
            self._level_since = now
        elif delay > PROMPT:
            self._level_since = max(self._level_since, now - 1.0)
        elif self._level and now - self._level_since > 3.0:
            self._level -= 1
            self._level_since = now

    def sees(self, view: str) -> bool:
        """Whether somebody looks at this view, as far as it has said."""
        with self._lock:
            state = self.views.get(view)
            return state is not None and state.visible and self.clock() - state.heard < ABANDONED_AFTER

    @property
    def had_views(self) -> bool:
        """Whether a view has ever spoken."""
        return self._had_views

    # -- what the training asks -------------------------------------------------------------------

    def begin(self) -> None:
        """A run begins: whoever started it has a moment to bring a view up."""
        with self._lock:
            self._waited = self._loss = 0.0
            self._seen_at = max(self._seen_at, self.clock())

    def worked(self, waited: float, *, hurried: bool) -> None:
        """The training made steps, as fast as it can if `hurried`; others had the processor for `waited` seconds."""
        with self._lock:
            self._hurried = hurried
            self._waited += waited

    def is_seen(self) -> bool:
        """Whether somebody can, or may, see the widget."""
        now = self.clock()
        with self._lock:
            silent = not any(view.visible for view in self.views.values())
            if self.cell_is_running() and not (self.views and silent):
                # Nothing can be heard from a view now, nor may there be one yet.
                self._seen_at = now
            # One that is visible and says nothing may be on a busy machine, or in a page that is loaded again.
            patience = HIDDEN_AFTER if silent else ABANDONED_AFTER
            return now - self._seen_at < (patience if self.views else SILENT_AFTER)

    def is_abandoned(self) -> bool:
        """Whether there were views, and all are gone: closed, or visible when last heard of, long ago."""
        now = self.clock()
        with self._lock:
            there = any(not view.visible or now - view.heard < SILENT_AFTER for view in self.views.values())
            if there or not self._had_views or self.cell_is_running():
                self._alone_since = now
            return now - self._alone_since > ABANDONED_AFTER

    def next_frame(self) -> float:
        """When the next frame may be made, on the clock; infinity while there is nobody."""
        with self._lock:
            now = self.clock()
            if not self._visible(now):
                return inf
            if self.sent - self.acknowledged < IN_FLIGHT:
                slack = EARLY * self._interval if self._hurried else 0.0
                soonest = max(self._beat + self._interval - slack, self._beat + pace(0.0))
                return max(soonest, self._sent_at + SOONEST)
            stalled_at = self._sent_at + STALLED_AFTER
            if self.cell_is_running() and now - self._heard_at > STALLED_AFTER:
                return self._sent_at + pace(BLIND_INTERVAL)
            return max(stalled_at, self._sent_at + pace(SLOW_INTERVAL))

    def next_look(self) -> float:
        """When to ask again whether a frame is due: no later than one may be that an acknowledgement is to allow."""
        due, usual = self.next_frame(), self._beat + self.interval
        return due if due == inf or usual <= self.clock() else usual

    @property
    def interval(self) -> float:
        """Seconds between frames, as long as they are acknowledged in time.

        Where processors are few, drawing in the browser takes them from a training in a hurry: then
        frames become rarer, until what they take, and keep it from, is a small share of its time.
        """
        with self._lock:
            return self._interval

    @property
    def _interval(self) -> float:
        unhurried = max(pace(self.rhythm), self._cost / LEISURE_SHARE)
        return max(unhurried, min(self._loss / FRAME_SHARE, self.rarest)) if self._hurried else unhurried

    def follows(self, want: str) -> bool:
        """Whether a visible view has a panel open that shows this."""
        with self._lock:
            return any(want in view.wants for view in self._seen(self.clock()))

    def wanted(self) -> frozenset[str]:
        """What the panels of all visible views show, whether or not it is their turn."""
        with self._lock:
            return frozenset().union(*(view.wants for view in self._seen(self.clock())))

    def wish(self, *, lasting: bool = False) -> ViewState:
        """What the visible views want, together; on a slow link less, unless the picture is to last.

        The maps get coarser, and what panels show comes with every second, third or fourth frame only.
        """
        with self._lock:
            now = self.clock()
            shown = self._seen(now) or list(self.views.values())
            if not shown:
                return ViewState(lasting=lasting)
            focused = [v for v in shown if v.focus is not None]
            focus = max(focused, key=lambda v: v.heard).focus if focused else None
            level = 0 if lasting else self._level
            factor, has_turn = COARSER[level], self.sent % (level + 1) == 0
            return ViewState(
                visible=True,
                focus=focus,
                map_size=int(max(v.map_size for v in shown) * factor),
                tile_size=int(max(v.tile_size for v in shown) * factor),
                heard=now,
                wants=frozenset().union(*(v.wants for v in shown)) if has_turn else frozenset(),
                lasting=lasting,
            )

    def count(self, cost: float) -> int:
        """Number the frame about to be sent, which took `cost` seconds to make."""
        with self._lock:
            now = self.clock()
            if self.sent - self.acknowledged >= IN_FLIGHT:
                # The oldest is given up waiting for; the next one still has to wait for this one.
                self.acknowledged = self.sent - IN_FLIGHT + 1
            self.sent += 1
            # The interval runs from when this frame was due, so that late wake-ups do not add up.
            due = self._beat + self._interval
            self._beat = max(due, now - CATCH_UP) if 0.0 <= now - due < STANDSTILL else now
            self._sent_at = now
            if not self.cell_is_running():  # otherwise the answer may wait for the cell, and says nothing of the link
                self._sent_times[self.sent] = now
            self._cost = 0.7 * self._cost + 0.3 * cost
            self._loss = 0.7 * self._loss + 0.3 * (cost + self._waited)
            self._waited = 0.0
            return self.sent

    def _visible(self, now: float) -> bool:
        return bool(self._seen(now))

    def _seen(self, now: float) -> list[ViewState]:
        """The views that are visible, and have said so lately (where they could be heard)."""
        patience = inf if self.cell_is_running() else SILENT_AFTER
        return [view for view in self.views.values() if view.visible and now - view.heard < patience]
