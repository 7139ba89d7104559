"""Prints one table of speeds, all measured in this run: ratios carry over to other machines, times do not."""

from __future__ import annotations

import argparse
import os
import platform
import statistics

import torch

from tests.benchmarks.anatomy import MODELS, STEPS, following, opening
from tests.benchmarks.engines import CASES, ensemble_seconds, pauses, steps_per_second
from tests.benchmarks.images import alone, batches_per_second
from tests.benchmarks.live import Lab, lab

AIMS = {
    CASES[0]: "≥ 1.3 and ≥ 500, fused ≥ 1,800,000 steps/s",
    CASES[4]: "fused ≥ 150,000 steps/s",
}
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
    parser.add_argument("--images", action="store_true", help="only what is about images")
    parser.add_argument("--anatomy", action="store_true", help="only what is about NetworkAnatomy")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, PyTorch {torch.__version__}\n")
    table = Table()
    if not arguments.images:
        anatomy(table)
    if arguments.anatomy:
        return
    if not arguments.images:
        engines(table)
    images(table)
    if not arguments.no_browser:
        with lab() as measure:
            images_shown(table, measure)
            if not arguments.images:
                in_browser(table, measure)


def engines(table: Table) -> None:
    for case in CASES:
        rates = steps_per_second(case)
        if case is CASES[0]:
            hand_written = rates["hand-written"]
        parts = ", ".join(f"{name} {rate:,.0f} steps/s" for name, rate in rates.items())
        ratios = " and ".join(f"{rates[name] / rates['hand-written']:,.2f}" for name in ("eager", "fused"))
        table.row(f"eager and fused engine / hand-written loop, {case.name}", ratios, parts, AIMS.get(case, ""))
    seconds = ensemble_seconds()
    table.row(
        "1,000 networks × 50 epochs, 2-2-1, SGD",
        f"{seconds:.1f} s",
        f"the hand-written loop would take {1000 * 50 * 100 / hand_written / 60:,.0f} minutes",
        "≤ 4 s on two cores",
    )
    waits = sorted(pauses())
    table.row(
        "Pause of the fused engine, not shown, unlimited speed",
        f"{waits[int(0.95 * len(waits))]:.1f} ms (95 %)",
        f"median {statistics.median(waits):.1f} ms, longest {waits[-1]:.1f} ms",
        "≤ 20 ms",
    )


def anatomy(table: Table) -> None:
    for name, made in MODELS.items():
        shown, all_there = opening(made)
        table.row(
            f"anatomy: {name} is there, its weights measured", f"{shown:.2f} s", f"all of it {all_there:.2f} s", "≤ 3 s"
        )
    found = following(16, 64)
    table.row(
        "anatomy: following a training of ResNet-18, 16 × 3 × 64 × 64",
        f"{100 * found.share:.2f} % of its time",
        f"step with / without {found.median:.4f} (median of {STEPS}), {1000 * found.step:,.0f} ms a step, "
        f"shown {found.shown} times",
        "≤ 2 %",
    )


def images(table: Table) -> None:
    ratio, textbook, ours = batches_per_second()
    table.row(
        "images: trainer / textbook's loop with DataLoader",
        f"{ratio:.1f}",
        f"{ours:,.0f} and {textbook:,.0f} batches/s",
        "≥ 7",
    )
    seconds, megabytes = alone()
    table.row("images: first picture, data on disk", f"{seconds:.2f} s", "", "≤ 2 s")
    table.row("images: memory above importing PyTorch, after an epoch", f"{megabytes:.0f} MB", "", "≤ 300 MB")


def images_shown(table: Table, measure: Lab) -> None:
    ratio, shown, hidden = measure.shown_over_not("FashionTrainer()", epochs=2, rounds=11, height=2400)
    table.row(
        "images: shown live, all of it in sight / not shown",
        f"{ratio:.2f}",
        f"{shown:,.0f} and {hidden:,.0f} batches/s",
        "≥ 0.9",
    )


def in_browser(table: Table, measure: Lab) -> None:
    for engine, epochs, least in (("eager", 25, 0.9), ("fused", 20_000, 0.95)):
        ratio, shown, hidden = measure.shown_over_not(f"PlanarTrainer(engine={engine!r})", epochs)
        table.row(
            f"shown live / not shown, unlimited speed, {engine} engine",
            f"{ratio:.2f}",
            f"{shown:,.0f} and {hidden:,.0f} steps/s",
            f"≥ {least}",
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
    for name, throttled in (("", False), (" over 300 kB/s", True)):
        drawing = measure.drawing(name, NETWORKS["2-8-8-8-1"], throttled=throttled, everything=True)
        table.row(
            f"drawing 2-8-8-8-1 with everything open{name}",
            f"{drawing.rate:.1f} frames/s",
            f"script {drawing.script:.1f} ms a frame (95 %: {drawing.script_p95:.1f}), "
            f"{drawing.bytes / 1000:.1f} kB a frame, from taken to acknowledged {drawing.lag_p95:.0f} ms (95 %)",
            "≤ 6 ms, ≤ 60 kB",
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
    for engine, aim in (("eager", ""), ("fused", "≥ 0.9 and ≥ 0.9")):
        training, cell, rate, seconds = measure.beside_a_cell(engine)
        table.row(
            f"{engine} engine and a pure-Python cell: speed together / alone",
            f"{training:.2f} and {cell:.2f}",
            f"alone {rate:,.0f} steps/s and {seconds:.2f} s",
            aim,
        )


if __name__ == "__main__":
    main()
