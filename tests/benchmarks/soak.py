"""Trains with a view for an hour, and looks whether memory stays where it is, in the kernel and in the browser.

Usage:
    python -m tests.benchmarks.soak                      an hour; `make soak` does the same
    python -m tests.benchmarks.soak --minutes 10 --made "PlanarTrainer(speed=None)" --csv curve.csv

It prints a line a minute and ends with what each kind of memory moved by after the first minutes, in which caches fill;
more than 20 MB is a failure. What counts are the bytes that a process has for itself (where the system tells them,
without those of libraries) and the heap of scripts once collected.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.benchmarks.live import open_everything
from tests.browser import chromium
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.view import View

FLAT = 20.0  # MB that memory may move by
WARM_UP = 1 / 12  # of the time
KINDS = ("kernel", "heap", "renderer")
COLUMNS = ("minutes", "epoch", "frame", *KINDS)
Row = dict[str, float]

_MADE = "import os, nnwidgets\nfrom nnwidgets import *\ntrainer = {made}\ntrainer"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--made", default="PlanarTrainer()", help="the expression that makes the trainer")
    parser.add_argument("--everything", action="store_true", help="with every panel open")
    parser.add_argument("--csv", type=Path, help="a file for the curve")
    given = parser.parse_args()
    with training(given.made, everything=given.everything) as (notebook, view, browser):
        rows = list(measured(notebook, view, browser, given.minutes))
    if given.csv:
        with given.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    moved = movements(rows)
    print("\nmoved by, after the first minutes: " + ", ".join(f"{kind} {moved[kind]:.1f} MB" for kind in KINDS))
    if any(by > FLAT for by in moved.values()):
        sys.exit(f"that is more than {FLAT:.0f} MB")


@contextmanager
def training(made: str, *, everything: bool) -> Iterator[tuple[Notebook, View, Browser]]:
    """A trainer that somebody played and looks at, in a JupyterLab of its own."""
    with JupyterServer() as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            notebook = Notebook.open(page, server, "soak", [_MADE.format(made=made)])
            notebook.run_cell(0)
            view = notebook.widget(0)
            view.wait_for_frame(0)
            if everything:
                open_everything(notebook, view)
            view.click("Play")
            view.wait_for_epoch(1)
            yield notebook, view, browser
        finally:
            browser.close()


def measured(notebook: Notebook, view: View, browser: Browser, minutes: float) -> Iterator[Row]:
    """Memory once a minute, in MB; at the end the run must still be under way and drawn."""
    kernel: int = notebook.value("os.getpid()")
    page, whole = notebook.page.context.new_cdp_session(notebook.page), browser.new_browser_cdp_session()
    print("".join(f"{name:>11}" for name in COLUMNS))
    started, number = time.monotonic(), 0
    while number <= minutes:
        notebook.page.wait_for_timeout(max(0.0, 1000 * (started + 60 * number - time.monotonic())))
        assert view.status == "running", view.status
        row = {
            "minutes": (time.monotonic() - started) / 60,
            "epoch": view.epoch,
            "frame": view.frame,
            "kernel": own(kernel),
            "heap": heap(notebook.page, page),
            "renderer": sum(renderers(whole)),
        }
        print("".join(f"{row[name]:>11,.1f}" for name in COLUMNS), flush=True)
        yield row
        number += 1
    view.wait_for_frame()


def heap(page: Page, session: CDPSession) -> float:
    """The memory of scripts that is in use, MB."""
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def renderers(session: CDPSession) -> Iterator[float]:
    """The memory of each process that shows pages, MB."""
    for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
        if process["type"] == "renderer":
            yield own(process["id"])


def own(process: int) -> float:
    """The memory of a process, MB; on Linux without mapped files, which count or not as others map them, too."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return psutil.Process(process).memory_full_info().uss / 1e6
    (kilobytes,) = re.findall(r"^RssAnon:\s+(\d+) kB$", status, flags=re.MULTILINE)
    return int(kilobytes) * 1024 / 1e6


def movements(rows: list[Row]) -> Row:
    """By how much each kind of memory moved once the caches were full, MB."""
    warm = [row for row in rows if row["minutes"] >= WARM_UP * rows[-1]["minutes"]]
    return {kind: max(row[kind] for row in warm) - min(row[kind] for row in warm) for kind in KINDS}


if __name__ == "__main__":
    main()
