"""Prints one table of speeds, all measured in this run: ratios carry over to other machines, times do not."""

from __future__ import annotations

import argparse
import os
import platform
import statistics

import torch

from tests.benchmarks.engines import CASES, steps_per_second
from tests.benchmarks.live import lab

NETWORKS = {"2-2-1": "", "2-4-2-1": "hidden_layers=(4, 2)", "2-8-8-8-1": "hidden_layers=(8, 8, 8)"}


class Table:
    """Rows of a Markdown table, printed as they come."""

    def __init__(self) -> None:
        print("| what | measured | parts | aim |\n|---|---|---|---|")

    def row(self, what: str, measured: str, parts: str = "", aim: str = "") -> None:
        print(f"| {what} | {measured} | {parts} | {aim} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-browser", action="store_true", help="only what needs none")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, PyTorch {torch.__version__}\n")
    table = Table()
    engines(table)
    if not arguments.no_browser:
        in_browser(table)


def engines(table: Table) -> None:
    for case in CASES:
        rates = steps_per_second(case)
        parts = ", ".join(f"{name} {rate:,.0f} steps/s" for name, rate in rates.items())
        ratios = " and ".join(f"{rates[name] / rates['hand-written']:,.2f}" for name in ("eager", "fused"))
        aim = "≥ 1.3 and ≥ 500, fused ≥ 1,800,000 steps/s" if case is CASES[0] else ""
        table.row(f"eager and fused engine / hand-written loop, {case.name}", ratios, parts, aim)


def in_browser(table: Table) -> None:
    with lab() as measure:
        hidden, shown = measure.shown_over_not()
        table.row(
            "shown live / not shown, unlimited speed",
            f"{shown / hidden:.2f}",
            f"{shown:,.0f} and {hidden:,.0f} steps/s",
            "≥ 0.9",
        )
        for name, setting in NETWORKS.items():
            drawing = measure.drawing(name, setting)
            table.row(
                f"drawing {name}, default speed",
                f"{drawing.rate:.1f} frames/s",
                f"script {drawing.script:.1f} ms a frame (95 %: {drawing.script_p95:.1f}), "
                f"{drawing.bytes / 1000:.1f} kB a frame",
                "≥ 30 frames/s, ≤ 4 ms, ≤ 10 kB (2-2-1)",
            )
        slow = measure.drawing("throttled", "", throttled=True)
        table.row(
            "drawing 2-2-1 over 300 kB/s",
            f"{slow.rate:.1f} frames/s",
            f"from taken to acknowledged {slow.lag_p95:.0f} ms (95 %), "
            f"{slow.bytes / 1000:.1f} kB a frame, {slow.traffic / 1000:.1f} kB with all else the page receives",
            "≥ 15 frames/s, ≤ 200 ms",
        )
        for name, waits in measure.pauses().items():
            ordered = sorted(waits)
            table.row(
                f"Pause, main thread {name}",
                f"{ordered[int(0.95 * len(ordered))]:.0f} ms (95 %)",
                f"median {statistics.median(ordered):.0f} ms, {len(ordered)} clicks",
                "≤ 150 ms",
            )
        alone, beside = measure.cell_slowdown()
        table.row(
            "pure-Python cell while training / alone",
            f"{beside / alone:.2f} × the time",
            f"{beside:.2f} s and {alone:.2f} s",
        )


if __name__ == "__main__":
    main()
