"""The learners of the classroom benchmark say and hear what a view does."""

from __future__ import annotations

import asyncio

from tests.benchmarks.classroom import CELL, LIMITS
from tests.benchmarks.learner import Learner
from tests.browser.server import JupyterServer
from tests.unit.plain import apart


def test_a_learner_without_a_browser_trains_pauses_and_is_limited(jupyter_server: JupyterServer) -> None:
    async def lesson() -> Learner:
        learner = Learner(jupyter_server.url, "classroom")
        try:
            await learner.start(CELL)
            await learner.train()
            await learner.press("pause", "paused")
            for code in LIMITS.values():
                await learner.execute(code)
            await learner.train()
            await learner.press("pause", "paused")
        finally:
            await learner.close()
        return learner

    learner = apart(lambda: asyncio.run(lesson()))
    assert learner.failure == ""
    assert learner.lost == 0
    assert len(learner.heard.frames) >= 2
    assert learner.heard.epochs[-1][1] > learner.heard.epochs[0][1]
