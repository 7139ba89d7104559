"""Flow control by a fake clock: how many frames are under way, when the next may be made, how fine, for whom."""

from __future__ import annotations

from math import inf

import pytest

from nnwidgets.widgets import _channel
from nnwidgets.widgets._channel import (
    BLIND_INTERVAL,
    COARSER,
    FRAME_INTERVAL,
    FRAME_SHARE,
    LEISURE_SHARE,
    RAREST,
    Channel,
    ViewState,
)


class World:
    """A channel, its clock, and whether a cell is running."""

    def __init__(self):
        self.now, self.busy = 1000.0, False
        self.channel = Channel(lambda: self.now, lambda: self.busy)

    def look(self, view="a", *, visible=True, focus=None, map_size=80, tile_size=24):
        return self.channel.look(view, visible=visible, focus=focus, map_size=map_size, tile_size=tile_size)

    def send(self, cost=0.0):
        return self.channel.count(cost)

    def ack(self, number=None):
        self.channel.acknowledge(self.channel.sent if number is None else number)

    def wait(self, seconds):
        self.now += seconds

    @property
    def due_in(self):
        return self.channel.next_frame() - self.now

    def stream(self, seconds, delay):
        """Send frames when they are due, each acknowledged after `delay`, with a view that keeps saying it is there."""
        end, under_way, sent, heartbeat = self.now + seconds, [], 0, self.now
        while self.now < end:
            self.now += 0.005
            if self.now >= heartbeat:
                self.look()
                heartbeat += 1.0
            while under_way and under_way[0][0] <= self.now:
                self.ack(under_way.pop(0)[1])
            if self.now >= self.channel.next_frame():
                under_way.append((self.now + delay, self.send()))
                sent += 1
                assert len(under_way) <= 2
        return sent


@pytest.fixture
def world():
    return World()


@pytest.fixture
def shown():
    world = World()
    world.look()
    return world


# --- how many and when


def test_nothing_is_made_while_there_is_no_view(world):
    assert world.channel.next_frame() == inf


def test_a_view_gets_its_first_frame_at_once(shown):
    assert shown.due_in <= 0


def test_frames_keep_their_distance(shown):
    shown.send()
    shown.ack()
    assert shown.due_in == pytest.approx(FRAME_INTERVAL)


def test_late_frames_do_not_slow_the_rate_down(shown):
    shown.send()
    for _ in range(10):
        shown.ack()
        shown.wait(FRAME_INTERVAL + 0.01)
        shown.send()
        shown.ack()
        assert shown.due_in < FRAME_INTERVAL
        shown.now = shown.channel.next_frame()
        shown.send()


def test_a_stall_is_made_up_for_at_the_pace_of_a_screen(shown):
    shown.stream(0.5, delay=0.001)
    shown.now = shown.channel.next_frame() + 0.05
    shown.send()
    shown.ack()
    gaps = []
    for _ in range(6):
        gaps.append(shown.due_in)
        shown.now = shown.channel.next_frame()
        shown.send()
        shown.ack()
    assert gaps[0] == pytest.approx(_channel.SOONEST)
    assert sum(gaps) == pytest.approx(6 * FRAME_INTERVAL - 0.05)
    assert gaps[-1] == pytest.approx(FRAME_INTERVAL)


def test_frames_after_a_standstill_begin_anew(shown):
    shown.send()
    shown.ack()
    shown.wait(0.6)
    shown.send()
    shown.ack()
    assert shown.due_in == pytest.approx(FRAME_INTERVAL)


def send_in_a_hurry(world, waited, *, frames=30):
    """Frames when they are due, of a training kept waiting for a share of its time; returns the last interval."""
    world.send()
    world.ack()
    for _ in range(frames):
        before = world.now
        world.now = world.channel.next_frame()
        world.look()
        world.channel.worked(waited(world.now - before), hurried=True)
        world.send()
        world.ack()
    return world.channel.interval


def test_a_training_that_waits_for_a_processor_gets_rarer_frames_until_it_works(shown):
    assert send_in_a_hurry(shown, lambda _: 0.002) == pytest.approx(0.002 / FRAME_SHARE, rel=0.01)
    assert send_in_a_hurry(shown, lambda _: 0.0) == FRAME_INTERVAL


def test_frames_do_not_become_rarer_than_a_picture_may_be_for_that(shown):
    assert send_in_a_hurry(shown, lambda elapsed: 0.5 * elapsed) == RAREST


def test_a_new_run_knows_nothing_of_what_the_last_one_lost(shown):
    send_in_a_hurry(shown, lambda elapsed: 0.5 * elapsed)
    shown.channel.begin()
    assert shown.channel.interval == FRAME_INTERVAL


def test_a_hurried_run_may_be_a_little_early_with_a_frame_so_as_not_to_go_on_for_a_moment(shown):
    shown.send()
    shown.ack()
    usual = shown.channel.next_frame()
    assert shown.channel.next_look() == usual
    shown.channel.worked(0.0, hurried=True)
    assert usual - shown.channel.next_frame() == pytest.approx(_channel.EARLY * FRAME_INTERVAL)
    assert shown.channel.next_look() == usual


def test_an_acknowledgement_that_comes_in_time_changes_nothing_for_the_steps_under_way(shown):
    shown.stream(0.5, delay=0.001)
    shown.send()
    shown.send()
    assert shown.channel.next_frame() == shown.now + _channel.STALLED_AFTER
    expected = shown.channel.next_look()
    assert expected == pytest.approx(shown.now + FRAME_INTERVAL)
    shown.wait(0.02)
    assert shown.channel.next_look() == expected
    shown.ack()
    assert shown.channel.next_frame() == expected


def test_an_acknowledgement_that_is_late_is_waited_for(shown):
    shown.send()
    shown.send()
    shown.wait(FRAME_INTERVAL + 0.001)
    assert shown.channel.next_look() == shown.channel.next_frame()
    assert shown.due_in > 0.5


def test_nobody_looks_so_there_is_nothing_to_ask_again(world):
    assert world.channel.next_look() == inf


def test_a_paced_training_has_time_for_frames(shown):
    for _ in range(30):
        shown.look()
        shown.channel.worked(0.0, hurried=False)
        shown.now = shown.channel.next_frame()
        shown.send(cost=0.003)
        shown.ack()
    assert shown.channel.interval == FRAME_INTERVAL
    shown.channel.worked(0.0, hurried=True)
    assert shown.channel.interval == pytest.approx(0.003 / FRAME_SHARE, rel=0.01)


def test_the_time_for_which_an_acknowledgement_was_held_back_says_nothing_of_the_link(shown):
    for _ in range(10):
        shown.wait(1.0)
        shown.look()
        number = shown.send()
        shown.wait(0.3)
        shown.channel.acknowledge(number, 0.28)
    assert shown.channel.wish().map_size == 80


def test_at_most_two_frames_are_under_way(shown):
    shown.send()
    shown.wait(FRAME_INTERVAL)
    assert shown.due_in <= 0
    shown.send()
    shown.wait(FRAME_INTERVAL)
    assert shown.due_in > 0.5
    shown.ack(1)
    assert shown.due_in <= 0


def test_an_acknowledgement_stands_for_all_frames_before_it(shown):
    shown.send()
    shown.send()
    shown.ack(2)
    assert shown.channel.acknowledged == 2
    shown.ack(1)
    assert shown.channel.acknowledged == 2


def test_an_acknowledgement_of_what_was_never_sent_opens_nothing(shown):
    shown.send()
    shown.ack(10**9)
    assert shown.channel.acknowledged == 1
    shown.send()
    shown.send()
    assert shown.due_in > 0.5


def test_pictures_that_are_costly_to_make_are_made_less_often(shown):
    for _ in range(20):
        shown.send(cost=0.02)
        shown.ack()
    assert shown.due_in == pytest.approx(0.02 / LEISURE_SHARE, rel=0.05)


def test_a_link_that_does_not_deliver_gets_one_frame_a_second(shown):
    shown.send()
    shown.send()
    assert shown.due_in == pytest.approx(1.0)
    for _ in range(5):
        shown.now = shown.channel.next_frame()
        shown.look()
        shown.send()
        assert shown.due_in == pytest.approx(1.0)
    shown.ack()
    assert shown.due_in == pytest.approx(FRAME_INTERVAL)


def test_pictures_that_views_asked_for_in_between_do_not_put_the_next_ones_off(shown):
    for _ in range(50):
        shown.send()
        shown.ack()
    assert shown.due_in == pytest.approx(FRAME_INTERVAL)


def test_a_cell_that_keeps_acknowledgements_from_being_read_does_not_stop_the_picture(shown):
    shown.send()
    shown.send()
    shown.busy = True
    shown.wait(1.1)
    assert shown.due_in <= 0
    frames = 0
    for _ in range(500):
        shown.wait(0.01)
        if shown.due_in <= 0:
            shown.send()
            frames += 1
    assert frames == pytest.approx(5 / BLIND_INTERVAL, abs=2)


def test_acknowledgements_that_come_while_a_cell_runs_keep_the_full_rate(shown):
    shown.busy = True
    assert shown.stream(3.0, delay=0.01) > 85


def test_full_rate_on_a_good_link(shown):
    assert shown.stream(3.0, delay=0.01) > 85


# --- for whom


@pytest.mark.parametrize("visible", [True, False])
def test_a_view_gets_frames_only_while_it_can_be_seen(world, visible):
    assert world.look(visible=visible) is visible
    assert (world.channel.next_frame() == inf) is not visible


def test_a_hidden_view_that_appears_wants_a_picture(world):
    world.look(visible=False)
    assert world.look(visible=True)
    assert not world.look(visible=True)


@pytest.mark.parametrize("change", [{"focus": (0, 1)}, {"map_size": 40}, {"tile_size": 32}])
def test_a_view_that_looks_elsewhere_wants_another_picture(shown, change):
    assert shown.look(**change)
    assert not shown.look(**change)


def test_a_view_that_falls_silent_gets_nothing_more(shown):
    shown.wait(2.9)
    assert shown.channel.next_frame() < inf
    shown.wait(0.2)
    assert shown.channel.next_frame() == inf


def test_a_view_that_cannot_be_heard_for_a_cell_still_gets_frames(shown):
    shown.busy = True
    shown.wait(30)
    assert shown.channel.next_frame() < inf


def test_one_of_two_views_is_enough(shown):
    shown.look("b")
    shown.look("a", visible=False)
    assert shown.channel.next_frame() < inf
    shown.channel.leave("b")
    assert shown.channel.next_frame() == inf


# --- is anybody there?


def test_a_run_just_begun_is_given_time_to_be_looked_at(world):
    world.wait(100)
    assert not world.channel.is_seen()
    world.channel.begin()
    assert world.channel.is_seen()
    world.wait(2.5)
    assert world.channel.is_seen()
    world.wait(1)
    assert not world.channel.is_seen()


def test_hidden_for_two_seconds_is_unseen(shown):
    assert shown.channel.is_seen()
    shown.look(visible=False)
    shown.wait(1.9)
    assert shown.channel.is_seen()
    shown.wait(0.2)
    assert not shown.channel.is_seen()


def test_an_unheard_view_may_be_there_while_a_cell_runs(shown):
    shown.busy = True
    shown.wait(60)
    assert shown.channel.is_seen()
    shown.busy = False
    shown.wait(2.9)
    assert shown.channel.is_seen()
    shown.wait(_channel.ABANDONED_AFTER - 2.8)
    assert not shown.channel.is_seen()


def test_a_visible_view_that_is_slow_to_say_so_is_waited_for(shown):
    shown.wait(_channel.SILENT_AFTER + 1)
    assert shown.channel.is_seen()
    shown.look()
    shown.wait(_channel.SILENT_AFTER + 1)
    assert shown.channel.is_seen()
    shown.channel.leave("a")
    assert not shown.channel.is_seen()


def test_a_view_known_to_be_hidden_is_unseen_also_while_a_cell_runs(shown):
    shown.look(visible=False)
    shown.busy = True
    shown.wait(2.1)
    assert not shown.channel.is_seen()


def test_a_hidden_view_is_no_abandoned_one(shown):
    shown.look(visible=False)
    shown.wait(1000)
    assert not shown.channel.is_abandoned()


def test_abandoned_are_those_whose_views_are_gone_for_some_time(world):
    assert not world.channel.is_abandoned()
    world.wait(1000)
    assert not world.channel.is_abandoned()  # there never was a view
    world.look()
    assert not world.channel.is_abandoned()
    world.channel.leave("a")
    assert not world.channel.is_abandoned()
    world.wait(_channel.ABANDONED_AFTER + 0.1)
    assert world.channel.is_abandoned()
    world.look()
    assert not world.channel.is_abandoned()


# --- how fine


def test_views_together_get_the_finest_that_one_of_them_wants(shown):
    shown.look("b", map_size=120, tile_size=16)
    shown.look("c", visible=False, map_size=200, tile_size=64, focus=(3, 3))
    wish = shown.channel.wish()
    assert (wish.map_size, wish.tile_size, wish.focus) == (120, 24, None)


def test_of_two_neurons_the_one_pointed_at_last_is_in_focus(shown):
    shown.look("a", focus=(0, 0))
    shown.wait(0.1)
    shown.look("b", focus=(0, 1))
    assert shown.channel.wish().focus == (0, 1)


def test_without_a_view_the_picture_is_the_ordinary_one(world):
    wish, ordinary = world.channel.wish(), ViewState()
    assert (wish.map_size, wish.tile_size, wish.focus) == (ordinary.map_size, ordinary.tile_size, ordinary.focus)


def test_a_slow_link_gets_coarser_pictures_and_finer_ones_when_it_recovers(shown):
    sizes = [80 * factor for factor in COARSER]
    shown.stream(1.0, delay=0.2)
    assert shown.channel.wish().map_size == sizes[1]
    shown.stream(5.0, delay=0.2)
    assert shown.channel.wish().map_size == sizes[-1]
    assert shown.channel.wish().tile_size == int(24 * COARSER[-1])
    shown.stream(3.5, delay=0.01)
    assert shown.channel.wish().map_size == sizes[-2]
    shown.stream(20.0, delay=0.01)
    assert shown.channel.wish().map_size == 80


def test_a_tolerable_link_is_left_as_it_is(shown):
    shown.stream(10.0, delay=0.12)
    assert shown.channel.wish().map_size == 80
    shown.stream(3.0, delay=0.2)
    coarse = shown.channel.wish().map_size
    shown.stream(10.0, delay=0.12)
    assert shown.channel.wish().map_size == coarse < 80


def test_acknowledgements_that_waited_for_a_cell_say_nothing_of_the_link(shown):
    shown.busy = True
    for _ in range(30):
        shown.wait(BLIND_INTERVAL)
        shown.send()
    shown.busy = False
    for number in range(1, 31):
        shown.wait(0.1)
        shown.ack(number)
    assert shown.channel.wish().map_size == 80


def test_a_view_that_fell_silent_no_longer_has_a_say():
    world = World()
    world.look("old page", focus=(0, 1), map_size=160)
    world.wait(_channel.SILENT_AFTER + 0.1)
    world.look("new page", map_size=72)
    wish = world.channel.wish()
    assert (wish.focus, wish.map_size) == (None, 72)
    world.wait(_channel.ABANDONED_AFTER + 0.1)
    world.look("new page", map_size=72)
    assert set(world.channel.views) == {"new page"}


def test_panels_of_all_visible_views_are_wanted_together(world):
    look = {"visible": True, "focus": None, "map_size": 80, "tile_size": 24}
    world.channel.look("a", **look, wants=frozenset({"errors"}))
    world.channel.look("b", **look, wants=frozenset({"gradients", "parameters"}))
    world.channel.look("c", **look | {"visible": False}, wants=frozenset({"activations"}))
    assert world.channel.wish().wants == {"errors", "gradients", "parameters"}
    assert world.channel.follows("parameters")
    assert not world.channel.follows("activations")
    world.channel.leave("b")
    assert world.channel.wish().wants == {"errors"}
    assert not world.channel.follows("parameters")


def test_a_panel_that_opens_wants_another_picture_and_one_that_closes_does_not(world):
    look = {"visible": True, "focus": None, "map_size": 80, "tile_size": 24}
    world.channel.look("a", **look)
    assert world.channel.look("a", **look, wants=frozenset({"errors"}))
    assert not world.channel.look("a", **look, wants=frozenset({"errors"}))
    assert not world.channel.look("a", **look)


def test_on_a_slow_link_panels_come_with_some_frames_only_but_with_one_that_lasts(world):
    world.channel.look("a", visible=True, focus=None, map_size=80, tile_size=24, wants=frozenset({"errors"}))
    for level in range(4):
        world.channel._level = level
        wanted = []
        for _ in range(12):
            wanted.append(bool(world.channel.wish().wants))
            assert world.channel.wish(lasting=True).wants
            world.channel.count(0.0)
        assert wanted.count(True) == 12 // (level + 1)
