"""What a reader of an explorer can do and see: all controls of a view, and all numbers on screen."""

from __future__ import annotations

import ast
import importlib
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playwright.sync_api import Locator, expect

import nnwidgets
from tests.browser.view import View

NAMES = tuple(name for name in nnwidgets.__all__ if name.endswith("Explorer"))
TOOLS = ("Reset", "PyTorch code", "Presentation", "More", "Close", "Copy")

Shown = float | str | tuple[float, float] | None
"""What a number should be: a value; its bounds; None where there is none, or words; or the words."""

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile(r"^(.+?)\s*[·×]\s*10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)$")


def read_numbers(view: View) -> dict[str, list[str]]:
    """The texts of all numbers on screen, by their names."""
    found: dict[str, list[str]] = view.root.evaluate(
        """(root) => {
          const found = {};
          for (const element of root.querySelectorAll("[data-n]"))
            (found[element.getAttribute("data-n")] ??= []).push(element.textContent);
          return found;
        }"""
    )
    return found


def agree(text: str, value: Shown) -> bool:
    """Whether a text says a value, to the decimals that it has."""
    text = text.replace("\u2009", "").replace("\u200b", "").replace("\u00a0", " ").strip()
    if isinstance(value, str):
        return text == value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return not re.search(r"\d", text)
    low, high = value if isinstance(value, tuple) else (float(value), float(value))
    plain = text.replace("−", "-").replace(",", "").lstrip("+")
    for sign, holds in (("<", float.__lt__), (">", float.__gt__), ("≥", float.__ge__)):
        if plain.startswith(sign):
            return holds(abs(low), float(plain[1:].strip()))
    share = 100.0 if plain.endswith("%") else 1.0
    plain = plain.rstrip("% ")
    if "∞" in plain or "inf" in plain:
        return math.isinf(low) and (low < 0) == plain.startswith("-")
    power = _POWER.match(plain)
    mantissa, exponent = (power[1], int(power[2].translate(_SUPERSCRIPTS))) if power else (plain, 0)
    if not re.fullmatch(r"-?\d+(\.\d+)?", mantissa):
        return False
    decimals = len(mantissa.partition(".")[2])
    number = float(mantissa) * 10.0**exponent / share
    tolerance = 0.5000001 * 10.0 ** (exponent - decimals) / share + 1e-9 * max(abs(low), abs(high))
    return low - tolerance <= number <= high + tolerance


class Explored:
    """One explorer on screen, and what it should show by an independent computation."""

    def __init__(self, view: View, name: str) -> None:
        self.view = view
        self.name = name
        self.module: Any = importlib.import_module(f"tests.browser.expected.{name.removesuffix('Explorer').lower()}")
        made = getattr(nnwidgets, name)()
        self.defaults: Mapping[str, Any] = made._about["defaults"]
        self.needs_kernel: bool = made._NEEDS_KERNEL
        made.close()

    def settle(self) -> None:
        """Wait until what Python computes for it is that of its settings; others need none of it."""
        if self.needs_kernel:
            self.view.wait_for("(root) => root.querySelector('[data-settled=true]')")

    def miss_kernel(self) -> None:
        """Wait until it has noticed that there is no kernel, where it needs one."""
        if self.needs_kernel:
            self.view.wait_for("(root) => root.querySelector('[data-alone]')")

    def open_call(self) -> None:
        """Show the call that makes the widget as it is, to read the settings from."""
        self.view.click("More")
        self.view.root.get_by_role("menuitem", name="This state as Python…").click()
        expect(self.view.root.locator(".nnw-text pre")).to_contain_text(self.name)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings, as the browser has them: what its call says."""
        call = ast.parse(self.view.root.locator(".nnw-text pre").inner_text(), mode="eval").body
        assert isinstance(call, ast.Call)
        given = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        return {**self.defaults, **given}

    def check(self, after: str) -> None:
        """All numbers on screen are what they should be, and no others are there."""
        settings, shown = self.settings, read_numbers(self.view)
        expected: Mapping[str, Shown] = self.module.numbers(settings)
        wrong = {
            name: (texts, expected.get(name, "is not expected"))
            for name, texts in shown.items()
            if name not in expected or not all(agree(text, expected[name]) for text in texts)
        }
        assert not wrong, (after, settings, wrong)
        missing = set(getattr(self.module, "ALWAYS", ())) - shown.keys()
        assert not missing, (after, settings, missing)
        assert "NaN" not in self.view.root.inner_text(), (after, settings)

    def check_all(self) -> None:
        """Use every control, and check after each."""
        tried = []
        for label, use in self.controls():
            use()
            tried.append(label)
            self.check(label)
        assert len(tried) > 5, tried

    def controls(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Every control of the view that can be seen, with three ways to use it."""
        dice = random.Random(self.name)
        root = self.view.root
        for slider in _each(root.locator("input[type=range]:not(:disabled)")):
            low, high, step = (float(slider.get_attribute(name) or 1) for name in ("min", "max", "step"))
            for _ in range(3):
                position = low + step * dice.randint(0, round((high - low) / step))
                yield f"{_name(slider)} at {position:g}", _fill(slider, f"{position:.10g}")
        for handle in _each(root.locator("svg [role=slider]")):
            for key in dice.sample(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Shift+ArrowUp", "PageUp"], 3):
                yield f"{_name(handle)} {key}", _press(handle, key)
        for select in _each(root.locator("select:not(:disabled)")):
            options = [str(option.get_attribute("value")) for option in select.locator("option").all()]
            for option in dice.sample(options, min(3, len(options))):
                yield f"{_name(select)} {option}", _select(select, option)
        for choice in _each(root.locator("input[type=radio]:not(:disabled), input[type=checkbox]:not(:disabled)")):
            yield _name(choice), choice.click
        for button in _each(root.locator("button[aria-pressed]:not(:disabled), svg [role=button]")):
            if _name(button) not in TOOLS:
                yield _name(button), button.click


def _each(locator: Locator) -> Iterator[Locator]:
    """Those that are visible: what is pressed may take others away."""
    for index in range(locator.count()):
        one = locator.nth(index)
        if one.count() and one.is_visible():
            yield one


def _name(locator: Locator) -> str:
    return locator.get_attribute("aria-label") or locator.inner_text().strip()


def _fill(slider: Locator, value: str) -> Callable[[], None]:
    return lambda: slider.fill(value)


def _press(handle: Locator, key: str) -> Callable[[], None]:
    return lambda: handle.press(key)


def _select(select: Locator, option: str) -> Callable[[], None]:
    return lambda: select.select_option(option) and None  # type: ignore[func-returns-value]
