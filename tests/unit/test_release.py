"""What speaks against a release is seen: each check is given something that it must object to."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile

import pytest

from hatch_build import description
from tests.release import contents, metadata, tree
from tests.release.__main__ import archives

INFO = "nnwidgets-0.1.0.dist-info"
LOG = "# Changelog\n\n## 0.1.0 (2027-01-31)\n\n- All of it.\n"
PLACED = "nnwidgets-0.1.0.data/data/etc/jupyter/jupyter_server_config.d/nnwidgets.json"
COMMITTED = {"nnwidgets/__init__.py", "js/src/widgets/planar.ts", "README.md", ".ci/run"}
TOLD = """Metadata-Version: 2.4
Name: nnwidgets
Version: {version}
License-Expression: BSD-3-Clause AND MIT
Classifier: Framework :: Jupyter
Provides-Extra: export
Requires-Dist: nbconvert; extra == 'export'
Provides-Extra: lab
Requires-Dist: jupyterlab; extra == 'lab'
Provides-Extra: docs
Requires-Dist: sphinx; extra == 'docs'
Provides-Extra: dev
Requires-Dist: pytest; extra == 'dev'
Description-Content-Type: text/markdown

# nnwidgets
"""


@pytest.fixture
def repository(tmp_path):
    """A checkout in which all is ready."""
    for name, text in {
        "nnwidgets/_version.py": '__version__ = "0.1.0"\n',
        "CHANGELOG.md": LOG,
        "js/src/widgets/planar.ts": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    commit(tmp_path)
    return tmp_path


def commit(repository):
    tree.git(repository, "add", "--all")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false")
    tree.git(repository, *who, "commit", "--quiet", "--message", "All of it")


def test_what_is_committed_and_told_may_be_released(repository):
    assert tree.objections(repository) == []


def test_what_is_not_committed_is_not_released(repository):
    (repository / "notes.txt").write_text("", encoding="utf-8")
    assert tree.objections(repository) == ["the tree is not clean: commit, or remove, notes.txt"]


@pytest.mark.parametrize(
    ("log", "objection"),
    [
        (LOG.replace("0.1.0", "0.1.1"), "has no section"),
        (LOG.replace("2027-01-31", "unreleased"), "unreleased"),
        (LOG.replace("- All of it.", ""), "is empty"),
        (LOG.replace("- All of it.", "## 0.0.9\n\n- Something else."), "is empty"),
    ],
)
def test_what_the_changelog_does_not_tell_is_not_released(repository, log, objection):
    (repository / "CHANGELOG.md").write_text(log, encoding="utf-8")
    commit(repository)
    (said,) = tree.objections(repository)
    assert objection in said
    assert "0.1.0" in said


@pytest.mark.parametrize("tag", ["0.1.0", "v0.1.0"])
def test_a_version_is_released_once(repository, tag):
    tree.git(repository, "tag", tag)
    assert tree.objections(repository) == [
        f"there is a release {tag} already: nnwidgets/_version.py wants another version"
    ]


def wheel_of(folder, **changed):
    """A wheel with all that it must have, and what is changed of that: None is missing."""
    files = dict.fromkeys(("nnwidgets/__init__.py", PLACED, *contents.bundles(folder)), b"")
    files |= {f"{INFO}/{name}": b"" for name in ("RECORD", "WHEEL", "licenses/LICENSE")}
    files |= {f"{INFO}/licenses/nnwidgets/data/fashion_mnist/LICENSE": b""}
    files |= {f"{INFO}/METADATA": TOLD.format(version=tree.version()).encode()} | changed
    path = folder / "nnwidgets-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            if content is not None:
                wheel.writestr(name, content)
    return path


def test_a_wheel_with_what_it_must_have_is_good(repository):
    assert contents.wheel_objections(wheel_of(repository), COMMITTED, repository) == []


@pytest.mark.parametrize(
    ("name", "content", "objection"),
    [
        ("nnwidgets/static/planar.js", None, "lacks nnwidgets/static/planar.js"),
        ("nnwidgets/static/third-party-licenses.txt", None, "lacks nnwidgets/static/third-party-licenses.txt"),
        (PLACED, None, "lacks nnwidgets-0.1.0.data"),
        ("nnwidgets/static/old.js", b"", "has nnwidgets/static/old.js, which nobody needs there"),
        ("tests/test_it.py", b"", "has tests/test_it.py, which nobody needs there"),
        ("nnwidgets/static/planar.js.map", b"", "which was left by a program"),
        ("nnwidgets/__pycache__/it.pyc", b"", "which was left by a program"),
        ("nnwidgets/__init__.py", b"HERE = '/home/somebody/nnwidgets'", "a path of some machine: /home/somebody"),
        ("nnwidgets/__init__.py", b"https://cdn.jsdelivr.net/npm/", "the address of a registry"),
    ],
)
def test_a_wheel_with_too_much_or_too_little_is_not(repository, name, content, objection):
    said = contents.wheel_objections(wheel_of(repository, **{name: content}), COMMITTED, repository)
    assert any(objection in each for each in said), said


def test_an_sdist_has_what_a_checkout_has(repository):
    names = {*COMMITTED, *contents.bundles(repository), "PKG-INFO", ".gitignore", "docs/_build/index.html"}
    path = repository / "nnwidgets-0.1.0.tar.gz"
    with tarfile.open(path, "w:gz") as sdist:
        for name in names - {"README.md", ".ci/run"}:
            sdist.addfile(tarfile.TarInfo(f"nnwidgets-0.1.0/{name}"), io.BytesIO())
    assert contents.sdist_objections(path, COMMITTED, repository) == [
        "nnwidgets-0.1.0.tar.gz has docs/_build/index.html, which nobody needs there",
        "nnwidgets-0.1.0.tar.gz lacks README.md",
    ]


def test_what_grows_is_seen(repository, monkeypatch):
    wheel = wheel_of(repository)
    monkeypatch.setitem(contents.LARGEST, "wheel", 1)
    (said,) = contents.size_objections(wheel, wheel)
    assert said.startswith("wheel: ")


@pytest.mark.parametrize(
    ("of", "to", "objection"),
    [
        (f"Version: {tree.version()}", "Version: 0.0.0", "calls itself 0.0.0"),
        (" AND MIT", "", "says another licence"),
        ("Framework :: Jupyter", "Framework :: Slate", "a classifier that no index knows: Framework :: Slate"),
        ("Provides-Extra: docs\n", "Provides-Extra: more\n", "has no extra docs"),
        ("Provides-Extra: docs\n", "Provides-Extra: docs\nProvides-Extra: all\n", "has an extra all"),
        ("Requires-Dist: jupyterlab; extra == 'lab'\n", "", "does not bring jupyterlab"),
        ("Description-Content-Type: text/markdown\n", "Description-Content-Type: text/x-rst\n", "twine would not take"),
        ("# nnwidgets", "[Page 1](notebooks/01-play.ipynb)", "links to notebooks/01-play.ipynb"),
    ],
)
def test_metadata_that_no_index_should_have_are_seen(repository, of, to, objection):
    told = TOLD.format(version=tree.version())
    assert of in told
    if "x-rst" in to:
        told = told.replace("# nnwidgets", "`open")
    wheel = wheel_of(repository, **{f"{INFO}/METADATA": told.replace(of, to).encode()})
    said = metadata.objections(wheel)
    assert any(objection in each for each in said), said


def test_a_folder_with_anything_else_is_refused(tmp_path):
    (tmp_path / "nnwidgets-0.1.0.tar.gz").touch()
    with pytest.raises(
        SystemExit, match=r"must hold one sdist and one wheel, and nothing else; it holds nnwidgets-0\.1\.0"
    ):
        archives(tmp_path)


def test_the_description_has_no_pictures_and_no_links_that_lead_nowhere():
    readme = (
        "# A\n\n![Picture](a/b.png)\n\n[Page](a/b.ipynb), [here](#a), [there](https://example.org/), `f(x)[0](y)`.\n"
    )
    assert description(readme) == "# A\n\nPage, here, [there](https://example.org/), `f(x)[0](y)`.\n"
