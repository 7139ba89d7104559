"""What a tensor is made by that was changed in place, as a whole or in part."""

import torch
from torch import nn

from tests.unit.traced_models import Model, anatomy, edges, keys, linear, traced


def test_in_place_operations_are_what_makes_a_tensor():
    def forward(s, x):
        h = s.a(x)
        h += x
        return s.c(s.b(h)) * h

    graph = anatomy(forward, a=linear(), b=nn.ReLU(inplace=True), c=linear())
    assert edges(graph) == {
        (":input", "a"), ("a", ":add_"), (":input", ":add_"), (":add_", "b"), ("b", "c"), ("b", ":mul"), ("c", ":mul"),
        (":mul", ":output"),
    }  # fmt: skip
    assert graph.find("b").output_bytes == graph.find(":add_").output_bytes == 0


def test_what_is_written_into_a_view_reaches_the_whole():
    def forward(s, x):
        out = torch.zeros(3, 4)
        out[:, 0] = s.a(x)[:, 0]
        out[:, 1:].copy_(s.b(x)[:, 1:])
        return out

    graph = anatomy(forward, a=linear(), b=linear())
    found = edges(graph)
    assert {(":zeros", ":setitem"), (":setitem", ":output"), (":copy_", ":output")} <= found
    assert {("a", ":getitem"), (":getitem", ":setitem"), ("b", ":getitem#3"), (":getitem#3", ":copy_")} <= found
    assert (":zeros", ":output") not in found


def test_what_is_written_into_one_half_does_not_reach_the_other():
    def forward(s, x):
        left, right = s.a(x).chunk(2, 1)
        left.mul_(s.b(x)[:, :2])
        return s.c(left), s.d(right)

    graph = anatomy(forward, a=linear(), b=linear(), c=linear(2), d=linear(2))
    assert {(":mul_", "c"), (":chunk", "d")} <= edges(graph)
    assert (":mul_", "d") not in edges(graph)


def test_of_a_tensor_that_is_wholly_overwritten_nothing_is_left():
    def forward(s, x):
        h = s.a(x)
        h[:2].copy_(s.b(x)[:2])
        h[2:].copy_(s.b(x)[2:])
        return h

    assert ("a", ":output") not in edges(anatomy(forward, a=linear(), b=linear()))


def test_a_view_sees_what_its_base_becomes():
    def forward(s, x):
        base = s.a(x)
        view = base.view(4, 3)
        base.mul_(2)
        return view + 1

    assert (":mul_", ":add") in edges(anatomy(forward, a=linear()))


def test_an_output_argument_is_what_a_function_makes():
    def forward(s, x):
        out = torch.empty(3, 4)
        torch.mul(s.a(x), 2, out=out)
        return out

    graph = anatomy(forward, a=linear())
    assert edges(graph) == {(":input", "a"), ("a", ":mul"), (":mul", ":output")}
    assert keys(graph) == [":input", "a", ":mul", ":output"]


def test_a_buffer_that_is_written_to_passes_on_what_it_got():
    def forward(s, x):
        s.cache[:3] = s.a(x)
        return s.b(s.cache[:3])

    model = Model(forward, a=linear(), b=linear())
    model.register_buffer("cache", torch.zeros(5, 4))
    graph = traced(model)
    assert {("cache", ":setitem"), ("a", ":setitem"), (":setitem", ":getitem"), (":getitem", "b")} <= edges(graph)


def test_inference_mode_inside():
    def forward(s, x):
        with torch.inference_mode():
            h = s.a(x)
            h.add_(1)
            return s.b(h).relu_()

    graph = anatomy(forward, a=linear(), b=linear())
    assert edges(graph) == {(":input", "a"), ("a", ":add_"), (":add_", "b"), ("b", ":relu_"), (":relu_", ":output")}
