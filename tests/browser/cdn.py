"""The network of a page that plain nbconvert writes: what it loads comes from npm, as a CDN would hand it out."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from playwright.sync_api import Route

import hatch_build

# Whatever the host: a package with the range of its versions, and a file in it.
PACKAGED = re.compile(r"/(?P<package>(?:@[\w-]+/)?[\w-]+@[^/]+)/(?P<file>[\w./-]+\.js)$")
# One CDN has names of its own. The package has it as it was written, the CDN made small: the same code.
REQUIRE_JS = re.compile(r"/require\.js/(?P<version>[\d.]+)/require\.min\.js$")


def cdn(folder: Path) -> Callable[[Route], bool]:
    """What answers a request for a file of an npm package, and says whether it did; packages are kept in a folder.

    Of a range of versions it takes the newest, which is what a reader gets. They are no dependencies of the front end:
    npm would install another 131 packages wherever nnwidgets is built.
    """

    @cache
    def archive_of(package: str) -> Path:
        own = folder / re.sub(r"\W+", "-", package)
        own.mkdir(exist_ok=True)
        npm = hatch_build.machine_npm() or hatch_build.npm_from_pypi()
        assert npm is not None, "there is no npm, although the front end was built"
        hatch_build.run(npm, ["pack", package, "--silent", "--prefer-offline", "--pack-destination", str(own)])
        return next(own.iterdir())

    def answer(route: Route) -> bool:
        address = route.request.url
        if address.startswith("file:"):
            return False
        if found := PACKAGED.search(address):
            package, file = found["package"], found["file"]
        elif found := REQUIRE_JS.search(address):
            package, file = f"requirejs@{found['version']}", "require.js"
        else:
            return False
        with tarfile.open(archive_of(package)) as archive:
            content = archive.extractfile(f"package/{file}")
            assert content is not None, address
            route.fulfill(body=content.read(), content_type="text/javascript")
        return True

    return answer
