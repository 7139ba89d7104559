"""A real JupyterLab on this machine, alone with itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.browser.serving import Serving, free_port

ROOT = Path(__file__).parents[2]
ANSWER_TIMEOUT = 15.0

# What would be in the way of a test: questions, news, and saving at times of its own.
SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}

CRASH = re.compile(r"terminate called|Fatal Python error|Segmentation fault")
# The server complains of its own when a page, or a kernel, goes away while it is being talked to, and where it lists a
# kernel, in traits, that is just starting.
SERVERS_OWN = re.compile(r"/(tornado|zmq|jupyter_server|jupyter_client|jupyterlab|asyncio|concurrent|traitlets)/")
# What a kernel says that is told to end: while it still starts, for ending begins with an interrupt; and where it would
# still publish its status, or an array, when its sockets are closed.
_LAST_WORDS = (
    r"KeyboardInterrupt|zmq\.error\.ZMQError: Socket operation on non-socket|"
    r"RuntimeError: zmq gc socket requested during shutdown"
)
ENDING = re.compile(rf"^Traceback .*\n(?: .*\n)+(?:{_LAST_WORDS})\s*$", re.MULTILINE)


class JupyterServer:
    """A `jupyter lab` process with folders of its own, whose kernels run the same interpreter.

        with JupyterServer() as server:
            print(server.url, server.folder)

    Args:
        python: the interpreter, if not this one: of an environment that has JupyterLab and nnwidgets of its own, and
            knows nothing of this checkout.

    Attributes:
        folder: where the notebooks are.
        port: where it listens, on 127.0.0.1.
        settings: of JupyterLab, by their plugins.
    """

    settings = SETTINGS

    def __init__(self, python: Path | None = None) -> None:
        self._python = python
        self._home = Path(tempfile.mkdtemp(prefix="nnwidgets-lab-"))
        self.folder = self._home / "notebooks"
        self.folder.mkdir()
        self.port = free_port()
        self._write_settings()
        command = [self._python or sys.executable, "-m", "jupyterlab", *self._flags()]
        try:
            self._serving = Serving("JupyterLab", command, self.folder, self._environment(), "is running at:")
        except RuntimeError:
            shutil.rmtree(self._home, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._serving.pid

    @property
    def log(self) -> str:
        """The last lines that the server and its kernels printed."""
        return self._serving.log

    def forget_log(self) -> None:
        """Let `log` and `disasters` begin anew."""
        self._serving.forget_log()

    def disasters(self) -> list[str]:
        """What the log holds that no log should hold: exceptions in kernels, and crashes."""
        records = re.split(r"^(?=\[[A-Z])", self.log, flags=re.MULTILINE)
        return [record for record in records if is_disaster(record)]

    def reset(self, *, keep: str | None = None) -> None:
        """End all kernels, running or not, but that of the notebook `keep`; forget what was set in the browser."""
        for session in self._request("GET", "api/sessions"):
            if session["path"] != keep:
                self._request("DELETE", f"api/sessions/{session['id']}")
        self._write_settings()

    def close(self) -> None:
        """End the server and its kernels, and remove its folders."""
        self._serving.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _request(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT) as answer:
            return json.loads(answer.read() or b"null")

    def _write_settings(self) -> None:
        shutil.rmtree(self._home / "settings", ignore_errors=True)
        for name, values in self.settings.items():
            path = self._home / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values), encoding="utf-8")

    def _flags(self) -> list[str]:
        flags = [
            f"--ServerApp.root_dir={self.folder}",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.password=",
            "--ServerApp.disable_check_xsrf=True",
            "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True",
            "--no-browser",
        ]
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        return [*flags, "--allow-root"] if is_root else flags

    def _environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        # Tests draw without a screen; kernels are to draw as they do for everybody.
        environment.pop("MPLBACKEND", None)
        path = [] if self._python else [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
        return environment | {
            "IPYTHONDIR": str(self._home / "ipython"),
            "JUPYTERLAB_SETTINGS_DIR": str(self._home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self._home / "workspaces"),
            "JUPYTER_CONFIG_DIR": str(self._home / "config"),
            "JUPYTER_DATA_DIR": str(self._home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self._home / "runtime"),
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONUNBUFFERED": "1",
        }


def is_disaster(record: str) -> bool:
    record = ENDING.sub("", record)
    if CRASH.search(record):
        return True
    places = re.findall(r'^ *File "([^"]+)", line', record, flags=re.MULTILINE)
    return any(not SERVERS_OWN.search(place) for place in places)
