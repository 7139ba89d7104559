"""What all tests share."""

from __future__ import annotations

import os
from typing import Any

import hypothesis
import pytest

BROWSER = "tests/browser/"
# These open files, or servers of their own, and share no JupyterLab with the others in the browser.
PAGES = tuple(f"{BROWSER}test_{name}.py" for name in ("course", "export_notebook", "hosts", "page", "places"))

# Figures are drawn into memory; set before anything imports matplotlib.
os.environ["MPLBACKEND"] = "Agg"

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("nnwidgets", deadline=None, print_blob=True)
hypothesis.settings.load_profile("nnwidgets")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests in JupyterLab to one worker, which makes one after the other, and the others out by files."""
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            shares = nodeid.startswith(BROWSER) and not nodeid.startswith(PAGES)
            return BROWSER if shares else nodeid.split("::", maxsplit=1)[0]

    return ByPlace(config, log)
