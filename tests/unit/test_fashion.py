"""Fashion-MNIST: where it is looked for, what is said of files that are amiss, and what a failed download leaves."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.server
import socket
import threading
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets
import torchvision.datasets.utils

from nnwidgets import fashion, load_fashion_mnist
from nnwidgets._idx import read_idx, write_idx
from tests.fashion_subset import make

FOLDER = Path("FashionMNIST", "raw")
STEMS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
INSTALLED = fashion._DEBIAN
BUNDLED = "6,000 of the 60,000 training images and 1,000 of the 10,000 test images, which come with nnwidgets"


@pytest.fixture(scope="module")
def blank():
    """Data as large as the real ones, of which only the labels and one pixel are something."""
    parts = []
    for count in fashion.FULL:
        x, y = np.zeros((count, 28, 28), np.uint8), (np.arange(count) % 10).astype(np.uint8)
        x[3, 4, 5] = 200
        parts += [x, y]
    return dict(zip(STEMS, parts, strict=True))


@pytest.fixture(scope="module")
def packed(blank, tmp_path_factory):
    """A folder with them, compressed."""
    folder = tmp_path_factory.mktemp("packed")
    for stem, values in blank.items():
        write_idx(folder / f"{stem}.gz", values)
    return folder


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Neither a package nor a network, unless a test says so."""
    monkeypatch.setattr(fashion, "_DEBIAN", tmp_path / "no-package")

    def unreachable(url):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(fashion, "_reach", unreachable)


def put(packed, root, stems=STEMS, end=".gz"):
    """Lay files where torchvision has them, compressed or not."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for stem in stems:
        content = (packed / f"{stem}.gz").read_bytes()
        (folder / f"{stem}{end}").write_bytes(content if end else gzip.decompress(content))
    return folder


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def is_full(data):
    assert (len(data.x_train), len(data.x_test)) == fashion.FULL
    assert data.x_train[3, 0, 4, 5] == 200
    assert data.parameters["source"] == "full"
    return True


# --- where it comes from


def test_the_part_that_comes_along_is_balanced_and_says_what_it_is():
    data = load_fashion_mnist("somewhere", source="bundled")
    assert np.bincount(data.y_train.ravel().astype(int)).tolist() == [600] * 10
    assert np.bincount(data.y_test.ravel().astype(int)).tolist() == [100] * 10
    assert (data.shape, data.x_train.dtype, data.scale) == ((1, 28, 28), np.uint8, 255.0)
    assert data.x_train.max() == 255
    assert data.notice == f"{BUNDLED}."
    assert (data.name, data.label) == ("fashion_mnist", "Fashion-MNIST")
    assert data.parameters == {"name": "fashion_mnist", "source": "bundled", "root": "somewhere"}
    parameters = dict(data.parameters)
    del parameters["name"]
    assert load_fashion_mnist(**parameters).same_as(data)
    assert data.class_names == fashion.FASHION_CLASSES
    assert not Path("somewhere").exists()


@pytest.mark.parametrize("end", ["", ".gz"], ids=["unpacked", "packed"])
def test_a_folder_of_torchvision_comes_first(packed, tmp_path, end):
    put(packed, tmp_path, end=end)
    data = load_fashion_mnist(tmp_path)
    assert is_full(data)
    assert data.notice == ""
    assert data.parameters == {"name": "fashion_mnist", "source": "full", "root": str(tmp_path)}
    assert data.tensor("x_train").data_ptr() == data.x_train.ctypes.data
    assert load_fashion_mnist(tmp_path, source="full", download=False).same_as(data)


def test_then_the_package_of_debian(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(fashion, "_DEBIAN", packed)
    assert is_full(load_fashion_mnist(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()


def test_the_part_is_made_of_the_full_data_as_it_is_said(packed, tmp_path, blank):
    make(packed, tmp_path)
    chosen = read_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", (1000,))
    assert np.bincount(chosen).tolist() == [100] * 10
    assert len(set(chosen[-40:].tolist())) == 10  # a run that does not shuffle ends each epoch with all classes


@pytest.mark.skipif(not INSTALLED.is_dir(), reason="needs the full data, Debian's dataset-fashion-mnist")
def test_the_full_data_are_what_they_are_and_the_part_is_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr(fashion, "_DEBIAN", INSTALLED)
    data = load_fashion_mnist(tmp_path, source="full")
    assert np.bincount(data.y_train.ravel().astype(int)).tolist() == [6000] * 10
    assert np.bincount(data.y_test.ravel().astype(int)).tolist() == [1000] * 10
    assert data.class_names[int(data.y_train[0, 0])] == "Boot"
    assert data.x_train.mean() / 255 == pytest.approx(0.2860, abs=1e-4)
    make(INSTALLED, tmp_path)
    for stem in STEMS:
        bundled, again = (folder / f"{stem}.gz" for folder in (fashion._HERE, tmp_path))
        assert gzip.decompress(bundled.read_bytes()) == gzip.decompress(again.read_bytes())


def test_the_part_is_small_and_has_its_licence():
    assert sum(path.stat().st_size for path in fashion._HERE.iterdir()) < 4e6
    licence = (fashion._HERE / "LICENSE").read_text(encoding="utf-8")
    assert "Copyright © 2017 Zalando SE" in licence
    assert "MIT" in licence


@pytest.mark.parametrize("source", ["half", None, ""])
def test_another_source_is_refused(source):
    with pytest.raises(ValueError, match="source must be one of 'auto', 'full', 'bundled', not"):
        load_fashion_mnist(source=source)


# --- files that are amiss


def cut(folder):
    path = folder / STEMS[0]
    path.write_bytes(path.read_bytes()[:1000])


def cut_header(folder):
    (folder / STEMS[2]).write_bytes(b"\0\0\x08\x03\0\0")


def empty(folder):
    (folder / STEMS[1]).write_bytes(b"")


def other_magic(folder):
    path = folder / STEMS[3]
    path.write_bytes(b"\0\0\x0d\x01" + path.read_bytes()[4:])


def web_page(folder):
    (folder / STEMS[0]).write_bytes(b"<!DOCTYPE html><title>404</title>")


def too_many(folder):
    with (folder / STEMS[1]).open("ab") as file:
        file.write(b"\0")


def other_size(folder):
    write_idx(folder / STEMS[2], np.zeros((10_000, 32, 32), np.uint8))


def gigantic(folder):
    (folder / STEMS[0]).write_bytes(b"\0\0\x08\x03" + b"\xff" * 12)


def wrong_label(folder):
    y = (np.arange(60_000) % 10).astype(np.uint8)
    y[17] = 10
    write_idx(folder / STEMS[1], y)


def missing(folder):
    (folder / STEMS[3]).unlink()


def a_folder(folder):
    (folder / STEMS[3]).unlink()
    (folder / STEMS[3]).mkdir()


AMISS = {
    cut: "train-images-idx3-ubyte is cut off: it has 984 of 47,040,000 values",
    cut_header: "t10k-images-idx3-ubyte is cut off: it has 6 bytes, and its header alone 16",
    empty: "train-labels-idx1-ubyte is cut off: it has 0 bytes, and its header alone 8",
    other_magic: "t10k-labels-idx1-ubyte is no IDX file of bytes: it begins with 0x00000d01, not 0x00000801",
    web_page: "train-images-idx3-ubyte is no IDX file of bytes: it begins with 0x3c21444f, not 0x00000803",
    too_many: "train-labels-idx1-ubyte has more than the 60,000 values that its header says",
    other_size: "t10k-images-idx3-ubyte holds 10,000 × 32 × 32 bytes, not 10,000 × 28 × 28",
    gigantic: "train-images-idx3-ubyte holds 4,294,967,295 × 4,294,967,295 × 4,294,967,295 bytes, not 60,000 × 28 × 28",
    wrong_label: "train-labels-idx1-ubyte has the label 10 for image 17; they go from 0 to 9",
    missing: "t10k-labels-idx1-ubyte is not there",
    a_folder: "t10k-labels-idx1-ubyte is not there",
}


@pytest.mark.parametrize("damage", AMISS, ids=[damage.__name__ for damage in AMISS])
def test_a_file_that_is_amiss_is_passed_over_and_named(packed, tmp_path, monkeypatch, damage):
    folder = put(packed, tmp_path, end="")
    damage(folder)
    reason = f"{folder}/{AMISS[damage]}"
    data = load_fashion_mnist(tmp_path, download=False)
    assert len(data.x_train) == 6000
    assert data.notice.startswith(f"{BUNDLED}: the full data could not be had ({reason}")
    with pytest.raises(OSError, match="Fashion-MNIST cannot be had in full: ") as caught:
        load_fashion_mnist(tmp_path, source="full", download=False)
    assert reason in str(caught.value)
    monkeypatch.setattr(fashion, "_DEBIAN", packed)
    data = load_fashion_mnist(tmp_path)
    assert is_full(data)
    assert data.notice == f"Passed over: {reason}."


def test_a_file_in_a_damaged_archive_is_named(packed, tmp_path):
    path = put(packed, tmp_path) / f"{STEMS[0]}.gz"
    content = path.read_bytes()
    damages = {"cut": content[:-30], "no archive": b"nothing", "bits": content[:900] + b"\xff" * 50 + content[950:]}
    damages["checksum"] = content[:-8] + b"\0\0\0\0" + content[-4:]
    for damage in damages.values():
        path.write_bytes(damage)
        assert f"({path} is damaged or cut off: " in load_fashion_mnist(tmp_path, download=False).notice


@pytest.mark.parametrize("end", ["", ".gz"], ids=["unpacked", "packed"])
def test_an_archive_and_its_unpacked_file_help_each_other_out(packed, tmp_path, end):
    folder = put(packed, tmp_path, end="")
    put(packed, tmp_path, [STEMS[0]])
    (folder / f"{STEMS[0]}{end}").write_bytes(b"damaged")
    data = load_fashion_mnist(tmp_path)
    assert is_full(data)
    assert data.notice == ""


def test_a_file_that_cannot_be_read_is_passed_over(packed, tmp_path, monkeypatch):
    put(packed, tmp_path)

    def unreadable(path, shape):
        if path.is_relative_to(tmp_path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read_idx(path, shape)

    monkeypatch.setattr(fashion, "read_idx", unreadable)
    notice = load_fashion_mnist(tmp_path, download=False).notice
    assert f"no permission for {tmp_path / FOLDER / STEMS[0]}.gz" in notice


def test_without_files_and_network_the_part_comes_with_the_reason_and_the_remedy(tmp_path):
    root = tmp_path / "deep" / "data"
    data = load_fashion_mnist(root)
    assert data.notice == (
        f"{BUNDLED}: the full data could not be had (download: no network). "
        f"With network they are loaded into {root / FOLDER}; or put its four files there."
    )
    assert data.parameters["source"] == "bundled"
    assert everything(tmp_path) == []  # no folder either
    data = load_fashion_mnist(root, download=False)
    assert f"(they are not in {root / FOLDER}, and download=False)" in data.notice
    with pytest.raises(OSError, match=r"cannot be had in full: download: no network\. With network"):
        load_fashion_mnist(root, source="full")


# --- the network, as torchvision uses it


class Server(http.server.ThreadingHTTPServer):
    """Hands out the files of a folder; `spoil` says what of them, None for silence."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.asked, self.spoil = folder, [], lambda name, content: content
        self.released = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.answer(head=True)

    def do_GET(self):
        self.answer(head=False)

    def answer(self, *, head):
        name = self.path.strip("/")
        self.server.asked.append(name)
        content = (self.server.folder / name).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not head:
            sent = self.server.spoil(name, content)
            if sent is None:
                self.server.released.wait(30)
            else:
                self.wfile.write(sent)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(packed, monkeypatch):
    """Torchvision's server, with data that are as large as the real ones."""
    monkeypatch.undo()  # the network is there
    monkeypatch.setattr(fashion, "_DEBIAN", packed / "no-package")
    serving = Server(packed)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    digests = [hashlib.md5((packed / f"{stem}.gz").read_bytes()).hexdigest() for stem in STEMS]
    real = torchvision.datasets.FashionMNIST
    monkeypatch.setattr(real, "mirrors", [f"http://127.0.0.1:{serving.server_port}/"])
    monkeypatch.setattr(real, "resources", [(f"{stem}.gz", md5) for stem, md5 in zip(STEMS, digests, strict=True)])
    yield serving
    serving.released.set()
    serving.shutdown()
    serving.server_close()
    thread.join()


def test_a_download_is_put_where_torchvision_finds_it(server, tmp_path):
    root = tmp_path / "deep" / "data"
    data = load_fashion_mnist(root)
    assert is_full(data)
    assert data.notice == ""
    assert everything(root) == sorted(["FashionMNIST", str(FOLDER), *(str(FOLDER / stem) for stem in STEMS)])
    assert len(torchvision.datasets.FashionMNIST(root, download=False)) == 60_000
    count = len(server.asked)
    assert load_fashion_mnist(root).same_as(data)
    assert len(server.asked) == count  # once is enough


def test_a_download_mends_a_damaged_file(server, packed, tmp_path):
    cut(put(packed, tmp_path, end=""))
    data = load_fashion_mnist(tmp_path)
    assert is_full(data)
    assert data.notice.startswith("Passed over: ")
    assert load_fashion_mnist(tmp_path).notice == ""


SPOILT = {
    "cut": lambda name, content: content[: len(content) // 2] if "t10k-images" in name else content,
    "changed": lambda name, content: bytes(len(content)) if "train-labels" in name else content,
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_download_that_fails_half_way_leaves_nothing(server, tmp_path, how):
    server.spoil = SPOILT[how]
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    data = load_fashion_mnist(tmp_path)
    assert len(data.x_train) == 6000
    assert "could not be had (download: " in data.notice
    assert "corrupted" in data.notice
    assert everything(tmp_path) == ["kept"]
    with pytest.raises(OSError, match="cannot be had in full: download: "):
        load_fashion_mnist(tmp_path / "new", source="full")
    assert everything(tmp_path) == ["kept"]
    server.spoil = lambda name, content: content
    assert is_full(load_fashion_mnist(tmp_path))  # it can be tried again


def test_a_server_that_falls_silent_half_way_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fashion, "_PATIENCE", 0.2)
    server.spoil = lambda name, content: None if "t10k-images" in name else content
    data = load_fashion_mnist(tmp_path / "data")
    assert "could not be had (download: no answer within 0.2 s)" in data.notice
    assert not (tmp_path / "data").exists()
    assert socket.getdefaulttimeout() is None


def test_a_server_that_never_answers_is_given_up(monkeypatch, tmp_path, server):
    monkeypatch.setattr(fashion, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [f"http://127.0.0.1:{port}/"])
        assert "(download: no answer within 0.2 s)" in load_fashion_mnist(tmp_path / "data").notice


def test_a_name_that_is_looked_up_for_ever_is_given_up(monkeypatch, tmp_path, server):
    monkeypatch.setattr(fashion, "_PATIENCE", 0.2)

    def look_up(*arguments, **options):
        server.released.wait(30)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert "(download: no answer within 0.2 s)" in load_fashion_mnist(tmp_path / "data").notice


def test_a_name_that_is_unknown_is_no_network(monkeypatch, tmp_path, server):
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", ["http://nowhere.invalid/"])

    def unknown(*arguments, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "(download: no network)" in load_fashion_mnist(tmp_path / "data").notice


def test_a_refused_connection_and_a_missing_file_are_told_apart(monkeypatch, tmp_path, server):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    real = torchvision.datasets.FashionMNIST
    monkeypatch.setattr(Handler, "do_HEAD", lambda handler: handler.send_error(404))
    assert "(download: HTTP Error 404: Not Found)" in load_fashion_mnist(tmp_path / "data").notice
    monkeypatch.setattr(real, "mirrors", [f"http://127.0.0.1:{port}/"])
    assert "(download: no network)" in load_fashion_mnist(tmp_path / "data").notice


# --- disks


def half_way(error):
    """Torchvision's download of a file, of which the third fails with a part on the disk."""
    files = []

    def download(url, download_root, filename, md5):
        files.append(filename)
        Path(download_root, filename).write_bytes(b"part")
        if len(files) == 3:
            raise error

    return download


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on the disk"),
        (RuntimeError("File not found or corrupted."), "corrupted"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "no network"),
        (EOFError("Compressed file ended"), "Compressed file ended"),
    ],
)
def test_a_failure_half_way_leaves_nothing(monkeypatch, tmp_path, error, reason):
    monkeypatch.setattr(fashion, "_reach", lambda url: None)
    monkeypatch.setattr(torchvision.datasets.mnist, "download_and_extract_archive", half_way(error))
    notice = load_fashion_mnist(tmp_path / "data").notice
    assert "(download: " in notice
    assert reason in notice
    assert everything(tmp_path) == []


def test_an_interrupted_download_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(fashion, "_reach", lambda url: None)
    monkeypatch.setattr(torchvision.datasets.mnist, "download_and_extract_archive", half_way(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        load_fashion_mnist(tmp_path / "data")
    assert everything(tmp_path) == []
    assert socket.getdefaulttimeout() is None


def test_a_root_that_cannot_be_written_to_gives_the_part(monkeypatch, tmp_path):
    def denied(path, *arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", denied)
    assert f"(download: no permission for {tmp_path / 'data'})" in load_fashion_mnist(tmp_path / "data").notice


def test_a_root_that_is_a_file_gives_the_part(tmp_path):
    (tmp_path / "data").write_text("mine", encoding="utf-8")
    data = load_fashion_mnist(tmp_path / "data")
    assert len(data.x_train) == 6000
    assert "could not be had (download: " in data.notice
    assert everything(tmp_path) == ["data"]
