"""What all tests share."""

from __future__ import annotations

import os
from typing import Any

import hypothesis
import pytest

BROWSER = "tests/browser/"
# These open files, or servers of their own, and share no JupyterLab with the others in the browser.
PAGES = tuple(f"{BROWSER}test_{name}.py" for name in ("course", "docs", "export_notebook", "hosts", "page", "places"))
# What takes longest of the others.
LONG = (*PAGES, "tests/unit/test_packaging.py")

# Figures are drawn into memory; set before anything imports matplotlib.
os.environ["MPLBACKEND"] = "Agg"

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("nnwidgets", deadline=None, print_blob=True)
hypothesis.settings.load_profile("nnwidgets")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give files out: of tests in JupyterLab to one worker, of others to the rest; who has no more helps the others.

    What takes long comes first: at the end nobody should wait for it.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.split("::", maxsplit=1)[0]

        def _assign_work_unit(self, node: Any) -> None:
            in_lab = [file for file in self.workqueue if file.startswith(BROWSER) and file not in PAGES]
            others = sorted((file for file in self.workqueue if file not in in_lab), key=lambda file: file not in LONG)
            files = in_lab + others[::-1] if node is self.nodes[0] else others + in_lab[::-1]
            self.workqueue.move_to_end(files[0], last=False)
            super()._assign_work_unit(node)

    return ByPlace(config, log)
