"""One Jupyter server for JupyterLab, Notebook 7 and Voilà, with a kernel for each version of ipykernel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions, version
from pathlib import Path

from tests.browser.server import ROOT, JupyterServer

# As in Settings > Save Widget State Automatically.
SETTINGS = {"@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True}}


class PlacesServer(JupyterServer):
    """The tests' server, also for places other than JupyterLab."""

    settings = JupyterServer.settings | SETTINGS

    def add_kernel(self, release: str) -> str:
        """Offer a kernel of this release of ipykernel, such as "7.3"; returns its name."""
        name = f"ipykernel-{release}"
        folder = self._home / "data" / "kernels" / name
        if not folder.exists():
            path = [str(ROOT)] if is_installed(release) else [str(installed_apart(release)), str(ROOT)]
            folder.mkdir(parents=True)
            spec = {
                "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": name,
                "language": "python",
                "env": {"PYTHONPATH": os.pathsep.join(path)},
            }
            (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        return name

    def _flags(self) -> list[str]:
        return [*super()._flags(), "--JupyterNotebookApp.expose_app_in_browser=True"]


def is_installed(release: str) -> bool:
    """Whether the environment itself has this release."""
    return f"{version('ipykernel')}.".startswith(f"{release}.")


def version_of(release: str) -> str:
    """The whole version that stands for a release."""
    if is_installed(release):
        return version("ipykernel")
    return next(distributions(path=[str(installed_apart(release))], name="ipykernel")).version


def folder_of(release: str) -> Path:
    """Where a release is kept that the environment does not have: `make clean` removes it, too."""
    return ROOT / ".pytest_cache" / f"ipykernel-{release}"


def installed_apart(release: str) -> Path:
    """The folder of a release of ipykernel, installed there the first time, with nothing but itself."""
    folder = folder_of(release)
    if not (folder / "ipykernel").exists():
        making = folder.with_name(f"{folder.name}-{os.getpid()}")
        uv = Path(sys.executable).with_name("uv")
        program = [str(uv), "pip", "install", "--python", sys.executable]
        if not uv.exists():
            program = [sys.executable, "-m", "pip", "install"]
        asked = [*program, "--quiet", "--no-deps", "--target", str(making), f"ipykernel=={release}.*"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(asked)} failed; without a network, put it into {folder}:\n{done.stderr}")
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    return folder
