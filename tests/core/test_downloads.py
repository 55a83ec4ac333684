"""What may be downloaded, and who is asked; and a file from a server that fails in each way."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audiodesc.core import fetching
from audiodesc.core.downloads import Downloads
from audiodesc.core.fetching import PinnedFile, cache_folder, fetch_files, is_whole
from audiodesc.errors import MissingToolError, OutputError, UsageError

CONTENT = bytes(range(256)) * 12_000


def refusal(downloads: Downloads, size_bytes: int, estimated: float = 0.0) -> str:
    return downloads.refusal("somebody/small", "MIT", lambda: size_bytes, estimated)


def test_a_small_download_needs_no_word() -> None:
    assert refusal(Downloads(), 1_000_000_000) == ""
    assert "--offline" in refusal(Downloads(offline=True), 1)


def test_the_hosts_size_counts_and_not_the_estimate() -> None:
    assert refusal(Downloads(), 1_000_000_001) == "give --yes to fetch 1.0 GB"
    assert refusal(Downloads(yes=True), 1_000_000_001) == ""


def test_a_host_is_not_asked_for_what_is_refused_anyway() -> None:
    assert Downloads().refusal("a", "MIT", lambda: pytest.fail("asked"), 3e9) == "give --yes to fetch 3.0 GB"
    assert Downloads(offline=True).refusal("a", "MIT", lambda: pytest.fail("asked")).startswith("leave --offline out")


def test_a_no_holds_for_all_that_follow() -> None:
    questions: list[str] = []

    def no(question: str) -> bool:
        questions.append(question)
        return False

    downloads = Downloads(ask=no)
    assert refusal(downloads, 2_000_000_000) == refusal(downloads, 3_000_000_000) == "you did not want it fetched"
    assert questions == ["fetch 2.0 GB from somebody/small (licence: MIT)?"]


def test_a_host_that_cannot_be_reached_is_tried_once() -> None:
    def unreachable() -> int:
        raise MissingToolError("the hub cannot be reached", "check the network")

    downloads = Downloads(yes=True)
    with pytest.raises(MissingToolError):
        downloads.refusal("a", "MIT", unreachable)
    assert "cannot be reached" in refusal(downloads, 1)


def test_above_a_limit_of_its_own_a_small_download_is_asked_for() -> None:
    def asked(downloads: Downloads) -> str:
        return downloads.refusal("a", "MIT", lambda: 120_575_669, ask_above=0)

    questions: list[str] = []
    assert asked(Downloads()) == "give --yes to fetch 121 MB"
    assert asked(Downloads(yes=True)) == ""
    assert asked(Downloads(ask=lambda question: not questions.append(question))) == ""  # type: ignore[func-returns-value]
    assert questions == ["fetch 121 MB from a (licence: MIT)?"]


Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """The address of a server that gives one answer after the other, the last for ever; and the ranges asked for."""
    ranges: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers[min(len(ranges), len(answers) - 1)]
            ranges.append(self.headers.get("Range", ""))
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/model.onnx", ranges
    finally:
        server.shutdown()
        server.server_close()


def give(handler: BaseHTTPRequestHandler, content: bytes = CONTENT, stop: int | None = None) -> None:
    """The content, or what is left of it; the connection breaks after `stop` bytes."""
    start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    handler.send_header("Content-Length", str(len(content) - start))
    handler.end_headers()
    handler.wfile.write(content[start:stop])


def cut(handler: BaseHTTPRequestHandler) -> None:
    start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    give(handler, stop=start + 1_000_000)


def whole(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    handler.wfile.write(CONTENT)


def refuse(code: int) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def pinned(url: str) -> PinnedFile:
    return PinnedFile(url, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def content(folder: Path) -> bytes:
    assert [path.name for path in folder.iterdir() if path.name != ".lock"] == ["model.onnx"]
    return (folder / "model.onnx").read_bytes()


def test_a_file_is_fetched_once(tmp_path: Path) -> None:
    shown: list[tuple[str, int, int]] = []
    with serving(give) as (url, ranges):
        for _ in range(2):
            fetch_files(tmp_path / "cache", (pinned(url),), lambda *progress: shown.append(progress))
    assert content(tmp_path / "cache") == CONTENT
    assert ranges == [""]
    assert shown[-1] == ("fetch", 3, 3)


def test_a_connection_that_breaks_is_resumed(tmp_path: Path) -> None:
    with serving(cut, cut, give) as (url, ranges):
        fetch_files(tmp_path, (pinned(url),))
    assert content(tmp_path) == CONTENT
    assert ranges == ["", "bytes=1000000-", "bytes=2000000-"]


def test_a_run_that_was_stopped_is_resumed_by_the_next(tmp_path: Path) -> None:
    with serving(cut, refuse(503), refuse(503), give) as (url, ranges):
        with pytest.raises(
            MissingToolError, match=r"model.onnx cannot be fetched from 127.0.0.1:\d+ \(it answers 503\)"
        ):
            fetch_files(tmp_path, (pinned(url),))
        assert not is_whole(tmp_path, pinned(url))
        fetch_files(tmp_path, (pinned(url),))
    assert content(tmp_path) == CONTENT
    assert ranges[-1] == "bytes=1000000-"


def test_a_server_without_ranges_gives_it_anew(tmp_path: Path) -> None:
    (tmp_path / ".model.onnx.partial").write_bytes(b"x" * 1000)
    with serving(whole) as (url, _):
        fetch_files(tmp_path, (pinned(url),))
    assert content(tmp_path) == CONTENT


@pytest.mark.parametrize("left", [b"", b"wrong" * 100, CONTENT[:1_000_000], CONTENT * 2])
def test_what_is_left_of_another_file_is_thrown_away_in_the_end(left: bytes, tmp_path: Path) -> None:
    (tmp_path / ".model.onnx.partial").write_bytes(left)
    with serving(give) as (url, _):
        if left.startswith(b"wrong"):
            with pytest.raises(MissingToolError, match="not the file that is wanted"):
                fetch_files(tmp_path, (pinned(url),))
        fetch_files(tmp_path, (pinned(url),))
    assert content(tmp_path) == CONTENT


def test_another_content_is_refused(tmp_path: Path) -> None:
    with (
        serving(lambda handler: give(handler, CONTENT[:-1] + b"x")) as (url, _),
        pytest.raises(MissingToolError, match=f"not the file that is wanted .*not with {pinned(url).sha256[:8]}"),
    ):
        fetch_files(tmp_path, (pinned(url),))
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("code", [404, 403])
def test_a_server_that_has_it_not_is_asked_once(code: int, tmp_path: Path) -> None:
    with (
        serving(refuse(code)) as (url, ranges),
        pytest.raises(MissingToolError, match=f"it answers {code}.*check the network"),
    ):
        fetch_files(tmp_path, (pinned(url),))
    assert ranges == [""]


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with serving(give) as (url, _):
        pass
    with pytest.raises(MissingToolError, match=r"cannot be fetched from 127.0.0.1.*ConnectError"):
        fetch_files(tmp_path, (pinned(url),))


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.2)
    over = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        over.wait(5)

    with serving(silent) as (url, _):
        with pytest.raises(MissingToolError, match="ReadTimeout"):
            fetch_files(tmp_path, (pinned(url),))
        over.set()


def test_a_full_disk(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / ".model.onnx.partial").symlink_to(full)
    with (
        serving(give) as (url, _),
        pytest.raises(OutputError, match=r"no room left in .*: make room"),
    ):
        fetch_files(tmp_path, (pinned(url),))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="set XDG_CACHE_HOME to another folder"):
        fetch_files(tmp_path / "file" / "cache", (pinned("http://127.0.0.1:9/model.onnx"),))


def test_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("kokoro") == tmp_path / "audiodesc" / "kokoro"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder("kokoro").relative_to(tmp_path).parts[-2:] == ("audiodesc", "kokoro")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "gopher://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(UsageError, match="the proxy that the environment names cannot be used: mend or unset"):
        fetch_files(tmp_path, (pinned("http://files.test/model.onnx"),))


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_not_blamed_on_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "certificates.pem"
    if content:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(UsageError, match=r"certificates that the environment names.*SSL_CERT_FILE"):
        fetch_files(tmp_path / "cache", (pinned("https://127.0.0.1:9/model.onnx"),))
