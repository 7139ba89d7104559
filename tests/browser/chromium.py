"""Finds a Chromium for the browser tests, or gets one.

Usage:
    python -m tests.browser.chromium            print where it is
    python -m tests.browser.chromium --install  get one if there is none
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGES = ("chromium", "chromium-browser")


def find() -> str | None:
    """The path of a Chromium that starts: the machine's, or else Playwright's own."""
    candidates = [shutil.which(command) for command in COMMANDS] + [*APPLICATIONS]
    return next((path for path in candidates if path and starts(path)), None) or playwrights()


def launch(playwright: Playwright) -> Browser:
    """Start it, for programs that are not tests."""
    return playwright.chromium.launch(executable_path=find(), args=arguments())


def arguments() -> list[str]:
    """What Chromium is started with: no sandbox as root, and none of its calls home."""
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--no-sandbox", *flags] if is_root else flags


def install() -> str | None:
    """Get a Chromium from Playwright, or else from the machine's package manager."""
    if run(sys.executable, "-m", "playwright", "install", "chromium"):
        if not find():
            run(*as_root(), sys.executable, "-m", "playwright", "install-deps", "chromium")
        if path := find():
            return path
    if shutil.which("apt-get") and run(*as_root(), "apt-get", "update"):
        for package in PACKAGES:
            run(*as_root(), "apt-get", "install", "--yes", "--no-install-recommends", package)
            if path := find():
                return path
    return None


def playwrights() -> str | None:
    """The Chromium that Playwright downloaded, if it did."""
    # Asked in another process: a test may have Playwright running in this one, and there can be only one.
    program = "from playwright.sync_api import sync_playwright as s; print(s().start().chromium.executable_path)"
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    path = asked.stdout.strip()
    return path if path and starts(path) else None


def starts(path: str) -> bool:
    """Whether it is there and finds its libraries."""
    if not Path(path).exists():
        return False
    return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0


def as_root() -> list[str]:
    """How to run a command as root without being asked for a password."""
    if hasattr(os, "geteuid") and os.geteuid() != 0 and shutil.which("sudo"):
        return ["sudo", "--non-interactive"]
    return []


def run(*command: str) -> bool:
    """Run a command; whether it went well."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print("$", *command, flush=True)
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def main() -> None:
    path = find()
    if path is None and "--install" in sys.argv[1:]:
        print("The browser tests need Chromium, and there is none here.")
        path = install()
    if path is None:
        sys.exit("There is no Chromium. Install one, such that `chromium` or `google-chrome` starts it.")
    print(f"Chromium: {path}")


if __name__ == "__main__":
    main()
