"""A notebook open in a browser, with hands to work it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import nbformat
from playwright.sync_api import Error, Page, expect

from tests.browser.server import JupyterServer
from tests.browser.view import View
from tests.browser.watch import Watch

PAGE_SCRIPT = Path(__file__).with_name("page.js")
TIMEOUT = 30.0  # seconds; a bound on waiting for what should come, never a measure
CALL_TIMEOUT = 120.0  # the same for what takes as long as a cell takes

# What cannot be JSON arrives as something near it: tensors and arrays as lists, the rest as its repr.
_TO_JSON = "__import__('json').dumps(({}), default=lambda o: o.tolist() if hasattr(o, 'tolist') else repr(o))"

_CLEAN = """
import ipywidgets
ipywidgets.Widget.close_all()
get_ipython().reset(new_session=False)
"""

# What ipykernel prints, at any time later and under any cell, of a subshell that a page has left. Where the warning is
# due while a function runs that knows no builtins, as those of named tuples, Python cannot import what prints it.
_KERNELS_OWN = re.compile(
    r"^Task was destroyed but it is pending!\ntask: <.*Kernel\.shell_main.*>\n?"
    r"|^Exception ignored in: <coroutine object Kernel\.shell_main .*>\n"
    r"Traceback.*\n(?:[ ].*\n)+KeyError: '__import__'\n?"
    r"|^.*RuntimeWarning: coroutine 'Kernel\.shell_main' was never awaited\n(?:[ ].*\n)?(?:RuntimeWarning: .*\n?)?",
    re.MULTILINE,
)


# What JupyterLab shows, for good, in place of a widget that was restored just as it gave up waiting for it, 2 s after
# the page began to show it; and what it then writes on the console.
GIVEN_UP = "Error displaying widget: model not found"
GIVEN_UP_ON_CONSOLE = "widget model not found"
# What it writes there for each change of a widget when there is no kernel to tell it to.
NOBODY_TO_TELL = "Could not send widget sync message"


def without_kernels_own(text: str) -> str:
    """What was printed to standard error, less what the kernel says of itself."""
    return _KERNELS_OWN.sub("", text)


class CellError(AssertionError):
    """A cell, or an expression evaluated in the kernel, raised."""

    def __init__(self, name: str, message: str, trace: Sequence[str] = ()) -> None:
        super().__init__("\n".join([f"{name}: {message}", *trace]))
        self.name = name
        self.message = message


class Notebook:
    """One notebook in one page; make it with `Notebook.open`, or with the fixture `open_notebook`."""

    def __init__(self, page: Page, path: str) -> None:
        self.page = page
        self.path = path
        # Uncaught in the code of widgets.
        self.errors: list[str] = []
        page.on("pageerror", self._note_error)

    @classmethod
    def open(
        cls,
        page: Page,
        server: JupyterServer,
        name: str,
        sources: Sequence[str],
        *,
        url: str | None = None,
        workspace: str | None = None,
    ) -> Self:
        """Write a notebook of code cells, open it in JupyterLab, and wait until its kernel is ready.

        Args:
            page: an empty page, or one where JupyterLab is there already, perhaps with a notebook of this name.
            server: who serves it.
            name: of the notebook, without folder and ending; notebooks of one name share a kernel.
            sources: of its cells.
            url: where the browser finds the server, when not directly.
            workspace: of JupyterLab, which gives a page another one, and loads it anew, if its own is open elsewhere.
        """
        path = f"{name}.ipynb"
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
        nbformat.write(notebook, server.folder / path)
        if page.url == "about:blank":
            page.set_default_timeout(TIMEOUT * 1000)
            page.add_init_script(path=PAGE_SCRIPT)
            place = "lab" if workspace is None else f"lab/workspaces/{workspace}"
            page.goto(f"{url or server.url}/{place}?reset")  # and nothing of what was open before
        opened = cls(page, path)
        page.wait_for_function("() => window.jupyterapp")
        opened._call("reread", path)
        opened._wait_until_ready()
        return opened

    def clean(self) -> bool:
        """Close the widgets of the kernel and empty its namespace; False if it is busy with a cell and cannot."""
        if any(self.is_running(index) for index in range(len(self.sources))):
            return False
        self.execute(_CLEAN)
        return True

    def close(self, *, keep: bool = False) -> None:
        """Close all that is open in the page, but for the notebook if it is to be kept; JupyterLab stays."""
        self.page.remove_listener("pageerror", self._note_error)
        self._call("close", keep)

    def _wait_until_ready(self, *, idle: bool = True) -> None:
        self.page.wait_for_function("() => window.jupyterapp")
        self._call("open", self.path, idle)
        if idle:
            self._call("idle")

    def _note_error(self, error: Error) -> None:
        # Widgets come as blobs; JupyterLab has errors of its own, such as when a kernel is restarted.
        if "blob:" in (error.stack or ""):
            self.errors.append(f"{error.name}: {error.message}\n{error.stack}")

    def _call(self, name: str, *arguments: Any) -> Any:
        """Call a function of page.js, and wait for what it promises."""
        script = "([name, given, limit]) => window.testing.bounded(name, given, limit)"
        return self.page.evaluate(script, [name, list(arguments), CALL_TIMEOUT * 1000])

    # -- cells ------------------------------------------------------------------------------------

    def run_cell(self, index: int, *, wait: bool = True, raises: bool = False) -> str:
        """Run a cell; returns its text output.

        Args:
            index: of the cell, from 0.
            wait: until it has run. Without, only until the kernel was told; then "" is returned.
            raises: whether it may raise; otherwise that is a `CellError`.
        """
        if not wait:
            self.page.evaluate("(index) => void window.testing.run(index)", index)
            self.wait_until_running(index)
            return ""
        self._call("run", index)
        return self.text(index, raises=raises)

    def run_all(self, *, wait: bool = True) -> None:
        """Run all cells, as Run > Run All Cells does."""
        if not wait:
            self.page.evaluate("() => void window.testing.command('notebook:run-all-cells')")
            return
        self._call("command", "notebook:run-all-cells")
        for index in range(len(self.sources)):
            self.text(index)

    def add_cell(self, source: str) -> int:
        """Append a code cell; returns its index."""
        index: int = self._call("add", source)
        return index

    def add_and_run(self, source: str, *, wait: bool = True, raises: bool = False) -> str:
        """Append a code cell and run it; returns its text output."""
        return self.run_cell(self.add_cell(source), wait=wait, raises=raises)

    def wait_until_running(self, index: int) -> None:
        """Wait until the kernel is at work on a cell, or is done with it."""
        self.page.wait_for_function("(index) => /^\\[(\\*|\\d+)\\]/.test(window.testing.promptOf(index))", arg=index)

    def wait_until_done(self, index: int) -> str:
        """Wait until a cell has run; returns its text output."""
        self.page.wait_for_function("(index) => /^\\[\\d+\\]/.test(window.testing.promptOf(index))", arg=index)
        return self.text(index)

    def is_running(self, index: int) -> bool:
        """Whether a cell waits for the kernel or is run by it."""
        running: bool = self._call("isRunning", index)
        return running

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """The outputs of a cell, as a notebook file would hold them."""
        outputs: list[dict[str, Any]] = self._call("outputs", index)
        return outputs

    def text(self, index: int, *, raises: bool = False) -> str:
        """What a cell printed, and the text of what it displayed."""
        parts = []
        for output in self.outputs(index):
            if output["output_type"] == "error":
                if not raises:
                    raise CellError(output["ename"], output["evalue"], output["traceback"])
                parts.append(f"{output['ename']}: {output['evalue']}")
            elif output["output_type"] == "stream":
                parts.append("".join(output["text"]))
            else:
                parts.append("".join(output["data"].get("text/plain", "")))
        return "\n".join(part.rstrip("\n") for part in parts)

    def complaints(self) -> list[str]:
        """What stands under the cells as printed to standard error."""
        outputs = [output for index in range(len(self.sources)) for output in self.outputs(index)]
        texts = ["".join(output["text"]) for output in outputs if output.get("name") == "stderr"]
        return [text for text in map(without_kernels_own, texts) if text.strip()]

    def clear_outputs(self, index: int) -> None:
        """Clear the output of a cell: its views are gone, its widgets are not."""
        self._call("select", index)
        self._call("command", "notebook:clear-cell-output")

    @property
    def sources(self) -> list[str]:
        """The sources of all cells, as they are now."""
        sources: list[str] = self._call("sources")
        return sources

    # -- the kernel -------------------------------------------------------------------------------

    def value(self, expression: str) -> Any:
        """What a Python expression is in the kernel: plain data as it is, tensors as lists, the rest as its repr.

        It is no cell, so nothing happens that happens when a cell ends. It waits for a running cell;
        `watch` does not.
        """
        answer = self._call("evaluate", _TO_JSON.format(expression))
        if answer["status"] != "ok":
            raise CellError(answer["ename"], answer["evalue"], answer.get("traceback", ()))
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    def execute(self, code: str) -> None:
        """Have the kernel execute statements without a cell."""
        answer = self._call("execute", code)
        if answer["status"] != "ok":
            raise CellError(answer["ename"], answer["evalue"], answer.get("traceback", ()))

    def watch(self, expression: str) -> Watch:
        """Hear of every new value of an expression, also while a cell runs. Begin before the cell does."""
        watch = Watch()
        self.execute(watch.program(expression))
        return watch

    def wait_until_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self._call("idle")

    def interrupt(self) -> None:
        """Kernel > Interrupt Kernel."""
        self.page.evaluate("() => window.testing.kernel.interrupt()")

    def restart_kernel(self) -> None:
        """Kernel > Restart Kernel, without the question."""
        self._call("restart")

    # -- the page ---------------------------------------------------------------------------------

    def widget(self, index: int = 0, *, nth: int = 0, selector: str = ".nnw") -> View:
        """The view in the output of a cell; `nth` where there are several."""
        cell = self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
        return View(self.page, cell.locator(f".jp-OutputArea {selector}").nth(nth))

    def create_output_view(self, index: int = 0, *, selector: str = ".nnw") -> View:
        """A second view of a cell's output, as Create New View for Cell Output makes it."""
        self._call("select", index)
        self._call("command", "notebook:create-output-view")
        return View(self.page, self.page.locator(f".jp-LinkedOutputView {selector}").first)

    def close_others(self) -> None:
        """Close what is open beside the notebook: a second view, which JupyterLab may open again with the page."""
        self._call("closeOthers")

    def save(self) -> None:
        """File > Save Notebook."""
        self._call("select", 0)
        self._call("command", "docmanager:save")

    def reload(self, *, wait: bool = True) -> None:
        """Save the notebook and load the page again, as after F5; the kernel lives on.

        Args:
            wait: until the kernel is idle; while a cell runs it is not.
        """
        self.save()
        self.page.reload()
        if wait:
            self.wait_for_widgets()
        else:
            self._wait_until_ready(idle=False)

    def wait_for_widgets(self) -> None:
        """After a page was loaded again, as soon as the kernel is idle: all widgets are there, or it is loaded anew."""
        for _ in range(2):
            self._wait_until_ready(idle=True)
            if not self._has_given_up():
                return
            self.page.reload()
        self._wait_until_ready(idle=True)

    def _has_given_up(self) -> bool:
        """Whether JupyterLab shows that it did not wait long enough for a widget; it says so when it has loaded."""
        outputs = self.page.locator(".jp-Notebook .jp-OutputArea-output")
        expect(outputs.filter(has_text=re.compile(r"^Loading widget\.\.\.$"))).to_have_count(0, timeout=TIMEOUT * 1000)
        return outputs.filter(has_text=GIVEN_UP).count() > 0

    def set_theme(self, theme: str) -> None:
        """Change to "JupyterLab Light" or "JupyterLab Dark"."""
        self._call("setTheme", theme)

    def set_output_width(self, width: int, index: int = 0) -> None:
        """Make the page so wide that the view in the output of a cell is `width` pixels wide."""
        view = self.widget(index)
        view.root.wait_for()
        # A scroll bar may come or go with the first change.
        for _ in range(3):
            size = self.page.viewport_size
            assert size is not None
            before = view.width
            missing = width - before
            if not missing:
                return
            size["width"] += missing
            self.page.set_viewport_size(size)
            # JupyterLab lays its panels out a moment after the page: measured before that, the next change is too much.
            view.wait_for("(root, before) => Math.round(root.getBoundingClientRect().width) !== before", before)
        assert view.width == width
