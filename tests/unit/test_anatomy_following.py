"""NetworkAnatomy around a reader's own loop: when it is measured, in which thread, and what steps change."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from nnwidgets import NetworkAnatomy
from nnwidgets.widgets._anatomy_pace import SHARE, Pace
from tests.unit.anatomy_widgets import Moody, stopped
from tests.unit.background import tell
from tests.unit.plain import PATIENCE, Gate, maker

make = maker(NetworkAnatomy)
clock = stopped()


class Loop:
    """A training with one parameter group, that is followed."""

    def __init__(self, make, clock, cost=0.0, **settings):
        torch.manual_seed(1)
        self.model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        self.x = torch.rand(6, 3)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.anatomy = make(self.model, input=self.x, **settings)
        self.anatomy.wait(PATIENCE)
        self.anatomy._bench.pace = Pace(clock)
        self.seen, self.threads = [], []

        def look(change):
            clock.now += cost
            self.threads.append(threading.current_thread())
            self.seen.append(change.new)

        self.anatomy.observe(look, "_numbers")

    def step(self, *, gradients=True):
        self.optimizer.zero_grad()
        loss = self.model(self.x).square().mean()
        loss.backward()
        self.before = [each.detach().clone() for each in self.model.parameters()]
        self.optimizer.step()
        if not gradients:
            self.optimizer.zero_grad()
        self.anatomy.step(loss)
        return loss.item()

    @property
    def steps(self):
        return [each["step"] for each in self.seen]


# -- when ------------------------------------------------------------------------------------------


def test_steps_are_measured_in_their_own_thread_at_their_time(make, clock):
    loop = Loop(make, clock, cost=0.03)
    with loop.anatomy as entered:
        assert entered is loop.anatomy
        assert loop.anatomy.status == "following"
        for _ in range(5):
            loss = loop.step()
            clock.now += 0.01
        assert loop.steps == [1]  # at once; the next one 2 seconds later
        assert not loop.seen[0]["settled"]
        clock.now += 0.03 / SHARE - 0.055
        loop.step()
        assert loop.steps == [1]
        clock.now += 0.01
        loop.step()  # due: the weights before the next one are noted
        assert loop.steps == [1]
        last = loop.step()
        assert loop.steps == [1, 8]
        assert loop.seen[-1]["loss"] == pytest.approx(last)
        loss = loop.step()
    assert loop.steps == [1, 8, 9]
    assert loop.seen[-1]["loss"] == pytest.approx(loss)
    assert loop.seen[-1]["settled"]
    assert set(loop.threads) == {threading.current_thread()}
    assert (loop.anatomy.status, loop.anatomy.step_count) == ("ready", 9)
    assert 0 < loop.seen[-1]["share"] < 0.1


def test_slow_steps_are_all_measured(make, clock):
    loop = Loop(make, clock, cost=0.001)
    with loop.anatomy:
        for _ in range(4):
            loop.step()
            clock.now += 10
    assert loop.steps == [1, 2, 3, 4, 4]


def test_what_a_view_asks_for_is_there_after_the_next_step(make, clock):
    loop = Loop(make, clock)
    with loop.anatomy:
        loop.step()
        thread = threading.Thread(target=loop.anatomy.set_state, args=({"selected": "2"},))
        thread.start()
        thread.join(PATIENCE)
        assert loop.anatomy._opened_0 is None
        assert loop.anatomy._bench._thread is None
        loop.step()
        assert loop.anatomy._opened_0["asked"]["selected"] == "2"
        assert loop.steps == [1, 2]
        loop.step()
        assert loop.steps == [1, 2]
        tell(loop.anatomy, "refresh")
        loop.step()
        assert loop.steps == [1, 2, 4]
        loop.anatomy.selected = "0"
        loop.anatomy.wait(PATIENCE)  # which this thread has to do itself
        assert loop.anatomy._opened_1["asked"]["selected"] == "0"


# -- what ------------------------------------------------------------------------------------------


def rms(tensor):
    return tensor.detach().square().mean().sqrt().item()


def test_updates_are_those_of_the_last_single_step(make, clock):
    loop = Loop(make, clock)
    with loop.anatomy:
        for _ in range(3):
            loop.step()
        clock.now += 1
        loop.step()
        loop.step()
        nodes = loop.anatomy._anatomy["nodes"]
        by_key = {nodes[row["node"]]["key"]: row for row in loop.seen[-1]["rows"]}
        weight, bias = loop.model[0].weight, loop.model[0].bias
        change = torch.cat([(weight - loop.before[0]).flatten(), bias - loop.before[1]])
        everything = torch.cat([weight.flatten(), bias])
        assert by_key["0"]["update"] in (
            pytest.approx(rms(change) / rms(everything), rel=1e-4),
            pytest.approx(rms(weight - loop.before[0]) / rms(weight), rel=1e-4),
        )
        assert by_key["0"]["gradients"] > 0
        update = by_key["0"]["update"]
        loop.step()
        loop.anatomy.selected = "2"
        loop.step()  # not known for just this step: the last one still holds
        assert loop.steps == [1, 5, 7]
        assert next(row for row in loop.seen[-1]["rows"] if nodes[row["node"]]["key"] == "0")[
            "update"
        ] == pytest.approx(update, rel=0.02)


def test_gradients_that_are_gone_at_the_step_are_said_to_be(make, clock):
    loop = Loop(make, clock, selected="0")
    with loop.anatomy:
        loop.step(gradients=False)
        assert not loop.seen[-1]["has_gradients"]
        assert "before zero_grad()" in loop.anatomy._opened_0["note"]
        clock.now += 1
        loop.step()
        loop.step()
        assert loop.seen[-1]["has_gradients"]
        assert loop.anatomy._opened_0["note"] == ""


@pytest.mark.parametrize("loss", [None, 0.25, torch.tensor(0.25), torch.tensor([0.25]), float("nan")], ids=str)
def test_a_loss_may_be_a_number_or_a_tensor(make, clock, loss):
    loop = Loop(make, clock)
    with loop.anatomy:
        loop.anatomy.step(loss)
    assert loop.seen[-1]["loss"] == (0.25 if loss is not None and float(loss) == 0.25 else None)


def test_a_loss_that_is_none_is_refused(make, clock):
    loop = Loop(make, clock)
    with loop.anatomy:
        for loss in (torch.ones(2), "0.1", [1]):
            with pytest.raises(TypeError, match="loss must be a number"):
                loop.anatomy.step(loss)
    assert loop.anatomy.step_count == 0


def test_training_is_the_same_whether_it_is_followed_or_not(make, clock):
    def trained(follow):
        torch.manual_seed(3)
        model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.4), nn.Linear(8, 2))
        optimizer = torch.optim.Adam(model.parameters())
        anatomy = make(model, input=torch.rand(4, 3), training=True, selected="1")
        anatomy.wait(PATIENCE)
        torch.manual_seed(4)

        def loop():
            for _ in range(5):
                optimizer.zero_grad()
                model(torch.rand(7, 3)).square().mean().backward()
                optimizer.step()
                if follow:
                    anatomy.step()
                    anatomy._bench.pace.hurry()

        if follow:
            with anatomy:
                loop()
        else:
            loop()
        return {name: each.clone() for name, each in model.state_dict().items()}, torch.rand(1)

    (followed, drawn), (alone, too) = trained(True), trained(False)
    assert torch.equal(drawn, too)
    for name, value in followed.items():
        assert torch.equal(value, alone[name]), name


# -- how it begins and ends ------------------------------------------------------------------------


def ended(loop, error, steps):
    def train():
        with loop.anatomy:
            for _ in range(steps):
                loop.step()
            raise error

    with pytest.raises(error):
        train()


def test_an_exception_leaves_the_block_with_what_was_reached(make, clock):
    loop = Loop(make, clock)
    ended(loop, ZeroDivisionError, steps=3)
    assert loop.anatomy.status == "ready"
    assert loop.steps == [1, 3]
    assert loop.seen[-1]["settled"]
    with loop.anatomy:
        loop.step()
    assert loop.anatomy.step_count == 4


def test_an_interrupt_leaves_it_as_well(make, clock):
    loop = Loop(make, clock)
    ended(loop, KeyboardInterrupt, steps=1)
    assert loop.anatomy.status == "ready"


def test_an_interrupt_in_a_measurement_does_not_lock_anything(make, clock):
    loop = Loop(make, clock)
    interrupted = []

    def interrupt(*_):
        if not interrupted:
            interrupted.append(1)
            raise KeyboardInterrupt

    loop.anatomy.selected = "0"
    loop.anatomy.wait(PATIENCE)
    with loop.anatomy:
        handle = loop.model[0].register_forward_hook(interrupt)
        with pytest.raises(KeyboardInterrupt):
            loop.anatomy.step()
        handle.remove()
    assert interrupted
    assert loop.anatomy.status == "ready"
    loop.anatomy.refresh()
    assert loop.anatomy.output("0").shape == (6, 4)


def test_what_does_not_go_together_is_refused(make, clock):
    loop = Loop(make, clock)
    with pytest.raises(RuntimeError, match="inside of `with anatomy:`"):
        loop.anatomy.step()
    with loop.anatomy:
        with pytest.raises(RuntimeError, match="followed already"):
            loop.anatomy.__enter__()
        loop.step()
        assert loop.anatomy.status == "following"
    assert loop.anatomy.status == "ready"
    with pytest.raises(RuntimeError, match="inside of `with anatomy:`"):
        loop.anatomy.step()
    loop.anatomy.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.anatomy.__enter__()


def test_closing_it_within_the_loop_does_not_end_the_loop(make, clock):
    loop = Loop(make, clock)
    with loop.anatomy:
        loop.step()
        loop.anatomy.close()
        loop.step()
    assert (loop.anatomy.status, loop.anatomy.step_count, loop.steps) == ("closed", 2, [1])


def test_a_model_that_cannot_be_shown_does_not_end_the_loop(make, clock):
    loop = Loop(make, clock)
    broken = nn.Linear(5, 2)
    with loop.anatomy:
        loop.step()
        mended, loop.model[2] = loop.model[2], broken
        clock.now += 10
        loop.anatomy.step()
        loop.anatomy.step()
        assert "Linear" in loop.anatomy._trouble
        loop.model[2] = mended
        clock.now += 10
        loop.anatomy.step()
        loop.anatomy.step()
        assert loop.anatomy._trouble == ""
    assert loop.anatomy.status == "ready"


def test_a_model_that_works_again_within_the_loop_is_shown(make, clock):
    model = nn.Sequential(nn.Linear(2, 2), Moody(2, 2))
    anatomy = make(model, input=torch.ones(1, 2))
    with anatomy:
        anatomy._bench.pace.hurry()
        anatomy.step()
        assert "not today" in anatomy._trouble
        model[1].fails = False
        anatomy._bench.pace.hurry()
        anatomy.step()
        assert anatomy._trouble == ""
    assert anatomy.status == "ready"


def test_another_layer_within_the_loop_is_seen(make, clock):
    loop = Loop(make, clock)
    with loop.anatomy:
        loop.step()
        loop.model.append(nn.Linear(2, 1))
        clock.now += 10
        loop.anatomy.step()
        loop.anatomy.step()
        assert loop.anatomy._anatomy["parameter_count"] == 26 + 3
        assert loop.anatomy.parameter_count == 29
        loop.model[0].weight.requires_grad_(False)
        clock.now += 10
        loop.anatomy.step()
        loop.anatomy.step()
        assert loop.anatomy._anatomy["frozen"] == 12


@pytest.mark.parametrize("to", [torch.bfloat16, "meta", "cuda"], ids=str)
def test_device_and_kinds_of_numbers_may_change_within_the_loop(make, clock, to):
    if to == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no CUDA GPU")
    loop = Loop(make, clock)
    with loop.anatomy:
        loop.step()
        loop.model.to(to)
        clock.now += 10
        for _ in range(3):
            loop.anatomy.step()
        assert loop.anatomy._anatomy["parameters"][0]["dtype"] == ("bfloat16" if to is torch.bfloat16 else "float32")
        assert loop.anatomy._numbers["step"] == 2
        if to == "cuda":
            assert loop.anatomy._trouble == ""
    assert loop.anatomy.step_count == 4
    assert loop.anatomy.status in ("ready", "error")


def test_a_loop_begins_when_the_thread_has_done_its_work(make):
    gate = Gate()
    held = [gate]

    class Slow(nn.Linear):
        def forward(self, x):
            held[0]()
            return super().forward(x)

    anatomy = make(Slow(2, 2), input=torch.ones(1, 2))
    gate.wait()
    entered = threading.Event()

    def follow():
        with anatomy:
            entered.set()
            anatomy.step()

    thread = threading.Thread(target=follow)
    thread.start()
    assert not entered.is_set()
    gate.open()
    thread.join(PATIENCE)
    assert entered.is_set()
    assert anatomy._numbers["step"] == 1


def test_before_anything_was_read_the_loop_reads_it_itself(make):
    model = nn.Linear(2, 2)
    anatomy = make(model, input=torch.ones(1, 2))
    with anatomy:
        assert anatomy._anatomy is not None
        anatomy.step()
    assert anatomy._numbers["step"] == 1


def test_cells_after_the_loop_are_no_steps_of_it(make, clock):
    loop = Loop(make, clock)
    with loop.anatomy:
        loop.step()
    with torch.no_grad():
        loop.model[0].weight.zero_()
    loop.anatomy._cell_ended()
    loop.anatomy.wait(PATIENCE)
    assert (loop.steps[-1], loop.seen[-1]["loss"]) == (None, None)
    assert [row["update"] for row in loop.seen[-2]["rows"]] != [None, None]
    assert [row["update"] for row in loop.seen[-1]["rows"]] == [None, None]
