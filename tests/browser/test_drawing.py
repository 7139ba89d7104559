"""Points painted on the map by mouse, finger, pen and keyboard are the data in Python."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.agreement import colours_of, settle, show_points, wait_for_present
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value
from tests.browser.view import MAP

# Without noise the points lie on two circles: what is painted in between is on its own.
N = 40
TRAINER = f"""
import numpy as np
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(n_samples={N}, noise=0.0, test_share=0.0)
trainer
"""
ROWS = "np.column_stack([trainer.dataset.x_train, trainer.dataset.y_train]).tolist()"
COUNT = "len(trainer.dataset.x_train)"
OUTPUTS = "list(trainer.model.parameters())[-1].shape[0]"

# Shares of the map, from its upper left corner: outside of the circles.
CORNERS = [(0.06, 0.08), (0.92, 0.05), (0.9, 0.93), (0.05, 0.9)]
HERE, THERE = CORNERS[0], CORNERS[2]


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER, "trainer") as notebook:
        yield notebook


@pytest.fixture
def view(notebook):
    """The view of a trainer fresh from its constructor, ready to be drawn in."""
    view = fresh_view(notebook)
    start(view)
    return view


def start(view):
    view.click("draw")
    area(view).wait_for()
    area(view).scroll_into_view_if_needed()


def area(view):
    return view.root.get_by_role("application")


def tool(view, name):
    return view.root.get_by_role("radiogroup", name="Draw with").get_by_role("radio", name=name, exact=True)


def side(view):
    """Of the map, in CSS pixels."""
    return area(view).bounding_box()["width"]


def on_page(view, share):
    box = area(view).bounding_box()
    return box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"]


def on_plane(notebook, share):
    (x_low, x_high), (y_low, y_high) = notebook.value("[trainer._data['x_range'], trainer._data['y_range']]")
    x, y = share
    return np.array([x_low + x * (x_high - x_low), y_high - y * (y_high - y_low)])


def pixels_between(notebook, view, place, share):
    """How far a place on the plane is from a share of the map, in CSS pixels."""
    low, high = on_plane(notebook, (0, 1)), on_plane(notebook, (1, 0))
    return np.hypot(*((np.asarray(place) - on_plane(notebook, share)) / (high - low) * side(view)))


def click(view, share):
    view.page.mouse.click(*on_page(view, share))


@contextmanager
def pressed(view, share):
    view.page.mouse.move(*on_page(view, share))
    view.page.mouse.down()
    yield
    view.page.mouse.up()


def drag(view, *shares):
    with pressed(view, shares[0]):
        for share in shares[1:]:
            view.page.mouse.move(*on_page(view, share), steps=12)


def painted(notebook, count):
    """Wait for so many points beside those that were there before; returns x, y and class of each, oldest first."""
    wait_for_value(notebook, COUNT, N + count)
    return np.array(notebook.value(ROWS))[:count][::-1]


def test_a_click_paints_the_very_point_in_the_chosen_class(notebook, view):
    before = np.array(notebook.value(ROWS))
    click(view, HERE)
    (point,) = painted(notebook, 1)
    assert point[2] == 0
    assert pixels_between(notebook, view, point[:2], HERE) < 1
    tool(view, "class 1").click()
    click(view, THERE)
    *_, other = painted(notebook, 2)
    assert other[2] == 1
    assert pixels_between(notebook, view, other[:2], THERE) < 1
    assert np.array_equal(np.array(notebook.value(ROWS))[-N:], before)
    assert notebook.value("[trainer.dataset.name, trainer.dataset.parameters, trainer.features]") == [
        "drawing",
        None,
        ["x1", "x2"],
    ]
    expect(view.slider("Noise")).to_be_disabled()


def test_a_drag_paints_points_along_its_way_and_none_beside_the_map(notebook, view):
    way = [(0.1, 0.06), (0.8, 0.06)]
    drag(view, *way, (1.3, 0.06))
    wait_for_value(notebook, COUNT, lambda count: count > N + 10)
    view.wait_for("(root) => !root.querySelector('[aria-label=\"Undo stroke\"]').disabled")
    wait_for_value(notebook, "trainer.status", "idle")
    points = np.array(notebook.value(ROWS))[:-N]
    low, high = on_plane(notebook, (0, 1)), on_plane(notebook, (1, 0))
    shares = (points[:, :2] - low) / (high - low)
    assert ((shares >= 0) & (shares <= 1)).all()
    # They are strewn around it: a stroke looks like data.
    assert (np.abs(1 - shares[:, 1] - 0.06) * side(view) < 12).all()
    assert shares[:, 0].min() < 0.15
    assert shares[:, 0].max() > 0.9
    assert len(np.unique(points[:, 1])) > len(points) / 2


def test_painting_while_the_network_trains_loses_no_point_and_does_not_stop_it(notebook, view):
    notebook.execute("trainer.speed = None")
    view.click("Play")
    view.wait_for_epoch(2)
    area(view).scroll_into_view_if_needed()
    spots = [(0.05 + 0.07 * index, 0.04) for index in range(12)]
    places = [on_page(view, spot) for spot in spots]
    for index, place in enumerate(places):
        if index == 4:
            area(view).press("2")
        elif index == 8:
            view.click("New class")
        view.page.mouse.click(*place)
    points = painted(notebook, len(spots))
    assert points[:, 2].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert max(pixels_between(notebook, view, p[:2], s) for p, s in zip(points, spots, strict=True)) < 1
    view.wait_for_epoch(notebook.value("trainer.epoch") + 5)
    assert view.status == "running"
    view.click("Pause")
    view.wait_for_status("paused")
    assert notebook.value(OUTPUTS) == 3
    assert notebook.value("trainer.history.last_epoch == trainer.epoch")


def test_a_new_class_gives_the_network_another_output_until_there_are_eight(notebook, view):
    assert notebook.value("trainer.loss_fn") == "bce"
    for index in range(2, 8):
        expect(view.button("New class")).to_be_enabled()
        view.click("New class")
        expect(tool(view, f"class {index}")).to_be_checked()
        click(view, (0.1 * index, 0.05))
        wait_for_value(notebook, OUTPUTS, index + 1)
        view.root.get_by_role("button", name=f"Output neuron {index + 1}").wait_for()
    assert notebook.value("[trainer.loss_fn, trainer.dataset.class_names]") == ["cross_entropy", list("01234567")]
    expect(view.button("New class")).to_have_count(0)
    assert painted(notebook, 6)[:, 2].tolist() == [2, 3, 4, 5, 6, 7]


def test_the_eraser_takes_what_it_passes_and_nothing_else(notebook, view):
    before = np.array(notebook.value(ROWS))
    tool(view, "Eraser").click()
    # Straight through the middle, where points of both circles are.
    drag(view, (0.02, 0.5), (0.98, 0.5))
    wait_for_value(notebook, COUNT, lambda count: count < N - 1)
    low, high = on_plane(notebook, (0, 1)), on_plane(notebook, (1, 0))
    away = np.abs(1 - (before[:, 1] - low[1]) / (high[1] - low[1]) - 0.5) * side(view)
    wait_for_value(notebook, COUNT, lambda count: count <= (away > 9).sum())
    left = {tuple(row) for row in notebook.value(ROWS)}
    assert {tuple(row) for row in before[away > 13]} <= left <= {tuple(row) for row in before[away > 9]}


def test_what_would_leave_no_data_is_not_erased_and_that_is_said(notebook, view):
    view.click("Clear")
    click(view, HERE)
    wait_for_value(notebook, COUNT, 1)
    tool(view, "Eraser").click()
    click(view, HERE)
    view.root.get_by_role("alert").filter(has_text="one training sample at least must stay").wait_for()
    assert notebook.value(COUNT) == 1


@pytest.mark.parametrize("by", ["button", "Control+z"])
def test_undo_takes_back_one_stroke_after_the_other(notebook, view, by):
    undo = view.button("Undo stroke")
    expect(undo).to_be_disabled()
    sources, outputs = notebook.sources, notebook.value(OUTPUTS)
    drag(view, HERE, (0.5, 0.08))
    wait_for_value(notebook, COUNT, lambda count: count > N + 5)
    wait_for_value(notebook, "trainer._data['can_undo']", True)
    first = notebook.value(COUNT)
    view.click("New class")
    click(view, THERE)
    wait_for_value(notebook, "trainer.dataset.n_classes", 3)
    many = notebook.value(COUNT)
    tool(view, "Eraser").click()
    click(view, THERE)
    wait_for_value(notebook, COUNT, many - 1)
    for count in (many, many - 1, N):
        expect(undo).to_be_enabled()
        undo.click() if by == "button" else area(view).press(by)
        wait_for_value(notebook, COUNT, count)
    assert many - 1 >= first
    assert notebook.value(f"[trainer.dataset.name, {OUTPUTS}]") == ["circles", outputs]
    expect(undo).to_be_disabled()
    # One more is nobody's: not the notebook's either.
    area(view).press("Control+z")
    assert notebook.sources == sources
    assert notebook.value(COUNT) == N


def test_clear_makes_the_next_stroke_replace_all_points(notebook, view):
    settle(view)
    full = view.pixels()
    clear = view.button("Clear")
    clear.click()
    expect(clear).to_have_attribute("aria-pressed", "true")
    view.root.get_by_text("The next stroke replaces all points").wait_for()
    settle(view)
    # What is about to go is pale; nothing has gone.
    assert not np.array_equal(view.pixels(), full)
    assert notebook.value(COUNT) == N
    clear.click()
    expect(clear).to_have_attribute("aria-pressed", "false")
    settle(view)
    assert np.array_equal(view.pixels(), full)
    clear.click()
    click(view, HERE)
    wait_for_value(notebook, COUNT, 1)
    expect(clear).to_have_attribute("aria-pressed", "false")
    click(view, THERE)
    wait_for_value(notebook, COUNT, 2)
    assert notebook.value(f"[trainer.dataset.class_names, {OUTPUTS}]") == [["0", "1"], 1]
    view.click("Undo stroke")
    view.click("Undo stroke")
    wait_for_value(notebook, "[len(trainer.dataset.x_train), trainer.dataset.name]", [N, "circles"])


class Touch:
    """Fingers, as the browser's own protocol has them: all that a real one brings about happens."""

    def __init__(self, view):
        self._session = view.page.context.new_cdp_session(view.page)

    def __call__(self, kind, *places):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        self._session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    def close(self):
        self._session.detach()


def test_a_finger_paints_and_neither_scrolls_nor_is_disturbed_by_another(notebook, view):
    touch = Touch(view)
    at, to, elsewhere = (on_page(view, share) for share in ((0.1, 0.06), (0.1, 0.5), (0.9, 0.06)))
    scrolled = "(root) => root.getBoundingClientRect().top"
    top = view.root.evaluate(scrolled)
    touch("Start", at)
    for share in np.linspace(0, 1, 8):
        touch("Move", (at[0], at[1] + share * (to[1] - at[1])))
    touch("Start", to, elsewhere)
    touch("Move", to, (elsewhere[0], elsewhere[1] + 40))
    touch("End", to)
    touch("End")
    touch.close()
    wait_for_value(notebook, COUNT, lambda count: count >= N + 10)
    points = np.array(notebook.value(ROWS))[:-N]
    assert min(pixels_between(notebook, view, point[:2], (0.1, 0.06)) for point in points) < 1
    # Along the way of the first finger alone.
    low, high = on_plane(notebook, (0, 1)), on_plane(notebook, (1, 0))
    assert (np.abs((points[:, 0] - low[0]) / (high[0] - low[0]) - 0.1) * side(view) < 12).all()
    assert view.root.evaluate(scrolled) == top


def test_a_pen_paints(notebook, view):
    session = view.page.context.new_cdp_session(view.page)
    x, y = on_page(view, HERE)
    for kind in ("mousePressed", "mouseReleased"):
        event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1, "pointerType": "pen"}
        session.send("Input.dispatchMouseEvent", event)
    session.detach()
    (point,) = painted(notebook, 1)
    assert pixels_between(notebook, view, point[:2], HERE) < 1


def test_the_keyboard_alone_draws(notebook):
    view = fresh_view(notebook)
    keyboard, door = view.page.keyboard, view.button("draw")
    door.focus()
    keyboard.press("Enter")
    expect(area(view)).to_be_focused()
    # From the middle; an arrow is a short step, with Shift a long one.
    middle = side(view) / 2
    for key in ("ArrowLeft", "Shift+ArrowUp", "Shift+ArrowUp", "2", "Space"):
        keyboard.press(key)
    (point,) = painted(notebook, 1)
    spot = ((middle - 5) / (2 * middle), (middle - 50) / (2 * middle))
    assert point[2] == 1
    assert pixels_between(notebook, view, point[:2], spot) < 1
    view.root.get_by_role("status").filter(has_text="class 1 at (").wait_for()
    # A class that there is not yet; then the eraser, by its key and by Delete.
    for key in ("ArrowRight", "3", "Enter"):
        keyboard.press(key)
    assert painted(notebook, 2)[:, 2].tolist() == [1, 2]
    wait_for_value(notebook, OUTPUTS, 3)
    keyboard.press("Delete")
    painted(notebook, 0)
    keyboard.press("Control+z")
    painted(notebook, 2)
    keyboard.press("e")
    expect(tool(view, "Eraser")).to_be_checked()
    keyboard.press("Space")
    painted(notebook, 0)
    keyboard.press("Escape")
    area(view).wait_for(state="detached")
    expect(door).to_be_focused()
    assert notebook.page.evaluate("() => testing.notebook.mode") == "command"
    assert len(notebook.sources) == 2


def leave_by(notebook, way):
    return {
        "Done": lambda view: view.click("Done"),
        "Escape on the map": lambda view: area(view).press("Escape"),
        "Escape among the tools": lambda view: tool(view, "class 0").press("Escape"),
        "the thumbnail": lambda view: view.click("draw"),
        "another set": lambda view: view.click("moons"),
        "a cell": lambda _: notebook.execute("trainer.dataset = 'moons'"),
    }[way]


@pytest.mark.parametrize(
    "way", ["Done", "Escape on the map", "Escape among the tools", "the thumbnail", "another set", "a cell"]
)
def test_drawing_ends_with(notebook, view, way):
    door = view.button("draw")
    expect(door).to_have_attribute("aria-pressed", "true")
    leave_by(notebook, way)(view)
    area(view).wait_for(state="detached")
    expect(door).to_have_attribute("aria-pressed", "false")
    expect(view.root.get_by_role("radiogroup", name="Draw with")).to_have_count(0)
    other = way in {"another set", "a cell"}
    wait_for_value(notebook, "trainer.dataset.name", "moons" if other else "circles")
    if not other:
        expect(door).to_be_focused()
    # What the mouse does over the map is painting no more.
    x, y = on_page_of(view, view.root.locator(MAP))
    view.page.mouse.click(x, y)
    settle(view)
    assert notebook.value("len(trainer._loop.journal)") == other


def on_page_of(view, locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_what_is_painted_is_on_the_map_as_if_it_had_always_been_there(notebook, view):
    tool(view, "class 1").click()
    click(view, HERE)
    painted(notebook, 1)
    view.click("New class")
    click(view, THERE)
    # The points of a stroke scatter: it stays so far away that none lies over the point that is looked at.
    drag(view, (0.7, 0.93), (0.4, 0.93))
    wait_for_value(notebook, COUNT, lambda count: count > N + 5)
    view.root.get_by_role("button", name="Output neuron 3").wait_for()
    tool(view, "class 0").click()
    click(view, CORNERS[3])
    wait_for_value(notebook, "trainer.dataset.y_train[-1].tolist()", [0])
    view.click("Done")
    wait_for_present(notebook, view)
    settle(view)
    pixels = view.pixels()
    _, classes = colours_of(view)
    for share, index in ((HERE, 1), (THERE, 2), (CORNERS[3], 0)):
        height, width = pixels.shape[:2]
        seen = pixels[round(share[1] * height), round(share[0] * width), :3].astype(float)
        assert np.argmin(np.abs(classes - seen).sum(axis=1)) == index
        assert np.abs(classes[index] - seen).max() < 3
    # A view that has never seen a stroke shows the same.
    notebook.run_cell(1)
    other = notebook.widget(1)
    other.wait_for_frame(1)
    assert other.width == view.width
    for shown in (view, other):
        wait_for_present(notebook, shown)
        settle(shown)
    assert np.array_equal(view.pixels(), other.pixels())
    show_points(view, False)
    assert not np.array_equal(view.pixels(), other.pixels())
    notebook.clear_outputs(1)


def test_what_is_painted_in_one_view_can_be_undone_in_another(notebook, view):
    notebook.run_cell(1)
    other = notebook.widget(1)
    other.wait_for_frame(1)
    area(view).scroll_into_view_if_needed()
    click(view, HERE)
    painted(notebook, 1)
    start(other)
    click(other, THERE)
    painted(notebook, 2)
    area(view).scroll_into_view_if_needed()
    click(view, CORNERS[1])
    points = painted(notebook, 3)
    for point, share in zip(points, (HERE, THERE, CORNERS[1]), strict=True):
        assert pixels_between(notebook, view, point[:2], share) < 1
    other.click("Undo stroke")
    assert np.array_equal(painted(notebook, 2), points[:2])
    view.click("Undo stroke")
    assert np.array_equal(painted(notebook, 1), points[:1])
    notebook.clear_outputs(1)


def test_a_drawing_makes_the_round_trip_over_pandas(notebook, view):
    view.click("New class")
    drag(view, HERE, (0.5, 0.08))
    wait_for_value(notebook, COUNT, lambda count: count > N + 5)
    view.click("Done")
    settle(view)
    notebook.execute("drawn = trainer.dataset; frame = drawn.to_pandas(); trainer.dataset = 'xor'")
    wait_for_value(notebook, "trainer.dataset.name", "xor")
    notebook.execute("trainer.dataset = frame")
    assert notebook.value(f"[len(frame), frame['class'].nunique()] == [{COUNT}, 3]")
    for part in ("x_train", "y_train", "class_names"):
        assert notebook.value(f"np.array_equal(trainer.dataset.{part}, drawn.{part})"), part
    view.root.get_by_role("button", name="Output neuron 3").wait_for()
    expect(view.root.get_by_role("listitem")).to_have_text(["0", "1", "2"])


def test_a_page_opened_again_shows_the_drawing_and_can_undo_it(notebook, view):
    view.click("New class")
    click(view, HERE)
    painted(notebook, 1)
    tool(view, "class 1").click()
    click(view, THERE)
    points = painted(notebook, 2)
    view.click("Done")
    wait_for_present(notebook, view)
    settle(view)
    pixels = view.pixels()
    notebook.reload()
    view.wait_for_frame(1)
    wait_for_present(notebook, view)
    settle(view)
    assert np.array_equal(view.pixels(), pixels)
    # Drawing goes on where it was left.
    start(view)
    expect(tool(view, "class 2")).to_be_visible()
    click(view, CORNERS[1])
    assert np.array_equal(painted(notebook, 3)[:2], points)
    for count in (2, 1, 0):
        expect(view.button("Undo stroke")).to_be_enabled()
        view.click("Undo stroke")
        painted(notebook, count)
    assert notebook.value("trainer.dataset.name") == "circles"
