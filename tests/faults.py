"""What can go wrong around a run, and what must hold then: one list, whose tests are one suite, `pytest -m fault`.

A test names its fault: `@pytest.mark.fault("full disk")`. That each fault has a test, and each name is in the list, is
itself a test (tests/unit/test_fault_list.py). Mistakes in the training itself, which a diagnosis names, are others:
tests/unit/faults.py.
"""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    # -- from the browser ---------------------------------------------------------------------------
    "hostile messages": "Whatever comes from a browser is done or refused in one sentence; what is refused changes "
    "nothing, nothing runs code, hangs or piles up, and the trainer trains and pauses.",
    "messages of others": "While another widget says a thousand things a second, Pause works, the picture goes on, and "
    "in the end it is that of the run.",
    "hidden tab": "What is played pauses by itself and says so, what a cell asked for goes on; nothing piles up, and "
    "who comes back sees the present with whole curves.",
    "many trainers": "Twenty trainers in one page are all shown; those in sight are drawn, each can be paused, and the "
    "kernel says less than a server lets through; closed, they leave no thread.",
    "page loaded again": "The picture comes back from traits alone, and goes on with a run under way.",
    "views come and go": "Several views of a trainer, and none, show the same run; nothing is drawn that nobody sees.",
    "late module": "A widget whose module comes later than its host waits for it has missed nothing, and works.",
    "slow link": "Frames become coarser and rarer, and none is far behind.",
    "impatient clicks": "Hundreds of clicks on Play and Pause, resets and rewinds at any moment, are all carried out "
    "in their order, and the last one decides.",
    # -- the kernel ---------------------------------------------------------------------------------
    "closed comm": "A view that is gone in the middle of a frame, by whomever, ends neither a run nor a thread in "
    "trouble, and prints nothing.",
    "kernel interrupted": "An interrupt ends the cell and leaves the run.",
    "kernel restarted": "Views say that Python is gone, and a cell that is run again replaces them.",
    "busy kernel": "Pause works while a cell runs.",
    "process ends": "An interpreter can be left with a run under way.",
    "verbs of several threads": "Verbs that are called in several threads at once are all carried out, one by one.",
    "closed by a callback": "A callback, an observer or a function that a cell registered may close the trainer.",
    # -- the user's code ----------------------------------------------------------------------------
    "model raises": "The error is said under the picture and raised in the cell that waits; weights are kept, and "
    "training goes on when the model does.",
    "out of memory": "As of a model that raises, in a step or in the picture alone; with a smaller batch it goes on.",
    "not finite": "A loss that is no number stops the run before that step, and one can go back.",
    "callback raises": "The run stops, says in which function, and can go on.",
    "observer raises": "It is said in the widget; the run goes on.",
    # -- files --------------------------------------------------------------------------------------
    "full disk": "The error of the system is raised, an older file is untouched, and nothing is left beside it.",
    "damaged file": "A file that was cut or changed anywhere is read as it was or refused in a sentence that names it.",
    "newer file": "What a newer version has written is refused with the advice to upgrade, and changes nothing.",
    "damaged text": "A configuration that was cut or changed is refused in a sentence, and changes nothing.",
    "damaged recording": "It is refused in words, and the last picture is shown instead.",
}
"""By name, what must hold."""
