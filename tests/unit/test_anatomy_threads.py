"""Models that are looked at in one thread while others draw random numbers, or look at them too."""

import random
import threading

import torch
from torch import nn

from tests.unit.traced_models import Busy, Model, linear, randomness, standing, traced


def test_nothing_is_left_by_another_thread():
    busy = Busy()
    before, drawn = standing(busy), randomness()
    thread = threading.Thread(target=traced, args=(busy,), kwargs={"training": True})
    thread.start()
    thread.join()
    assert standing(busy) == before
    assert randomness() == drawn


def test_numbers_that_the_main_thread_draws_meanwhile_stay_its_own():
    begun, drawn = threading.Event(), threading.Event()

    def forward(s, x):
        begun.set()
        drawn.wait(10)
        return s.a(x)

    thread = threading.Thread(target=traced, args=(Model(forward, a=linear()),))
    random.seed(3)
    first, second = random.random(), random.random()
    random.seed(3)
    thread.start()
    begun.wait(10)
    assert random.random() == first
    drawn.set()
    thread.join()
    assert random.random() == second


def test_random_numbers_of_another_thread_stay_its_own():
    draws, drawn = threading.Event(), threading.Event()

    def forward(s, x):
        x = x + torch.rand(4)
        draws.set()
        drawn.wait(10)
        return s.a(x)

    def other():
        draws.wait(10)
        found.append(torch.rand(3).tolist())
        drawn.set()

    found = []
    model = Model(forward, a=linear())
    torch.manual_seed(5)
    thread = threading.Thread(target=other)
    thread.start()
    graph = traced(model)
    thread.join()
    assert graph.failed is None
    torch.manual_seed(5)
    torch.rand(4)  # of the forward
    assert found == [torch.rand(3).tolist()]


def test_many_threads_at_once_see_the_same():
    model = nn.Sequential(linear(), nn.BatchNorm1d(4), nn.Dropout(0.5), Busy())
    before = standing(model)
    expected = traced(model)
    found = []
    threads = [threading.Thread(target=lambda: found.append(traced(model))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6
    assert standing(model) == before
