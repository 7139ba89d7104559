"""The extension of Jupyter's server: it is found, and has small messages sent at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import nnwidgets
from nnwidgets.server_extension import send_at_once
from tests.unit.plain import apart


def test_a_connection_sends_at_once_from_its_opening_on():
    class Handler:
        def __init__(self):
            self.said = []

        def set_nodelay(self, value):
            self.said.append(("nodelay", value))

        async def open(self, kernel_id):
            self.said.append(("open", kernel_id))

    send_at_once(Handler)
    handler = Handler()
    apart(lambda: asyncio.run(handler.open("a kernel")))
    assert handler.said == [("nodelay", True), ("open", "a kernel")]


def test_the_server_finds_it_where_the_package_is_installed():
    config = json.loads((Path(nnwidgets.__file__).parent / "jupyter_server_config.json").read_text())
    (name,) = config["ServerApp"]["jpserver_extensions"]
    installed = Path(sys.prefix, "etc/jupyter/jupyter_server_config.d/nnwidgets.json")
    assert json.loads(installed.read_text()) == config
    code = (
        "import logging, sys\n"
        "from jupyter_server.extension.manager import ExtensionManager\n"
        "from jupyter_server.services.kernels.websocket import KernelWebsocketHandler as handler\n"
        "manager = ExtensionManager(); before = handler.open\n"
        f"assert manager.add_extension({name!r}, enabled=True)\n"
        "point = next(iter(manager.extensions[next(iter(manager.extensions))].extension_points.values()))\n"
        "point.load(None)\n"
        "assert handler.open is not before\n"
        "assert 'torch' not in sys.modules, 'the server must stay light'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
