"""Lets Jupyter's server pass the messages of kernels on at once.

It leaves Nagle's algorithm on: a small message waits until the browser has confirmed the one before,
which it may put off for 40 ms. A picture that is sent thirty times a second then arrives two at a
time. Installing the package enables this extension, where it is installed beside the server.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    try:
        from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
    except ImportError:
        server.log.debug("nnwidgets: this Jupyter server keeps its connections to kernels elsewhere")
    else:
        send_at_once(KernelWebsocketHandler)


def send_at_once(handler: Any) -> None:
    """Have a class of tornado's `WebSocketHandler` send small messages without delay, from its `open` on."""
    opened = handler.open

    async def open(self: Any, *arguments: Any, **keywords: Any) -> None:  # noqa: A001
        self.set_nodelay(True)
        await opened(self, *arguments, **keywords)

    handler.open = open
