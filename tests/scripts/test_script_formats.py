"""One reader for all: `check` and `render` read the same lines of every file, also in formats of other packages."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audiodesc import check
from audiodesc.core import plugins
from audiodesc.errors import ScriptError, UsageError
from audiodesc.scripts import (
    FORMATS,
    ScriptLine,
    check_new_lines,
    document_of,
    read_script,
    script_formats,
    writable,
    write_script,
)

CASES = {"subs-*": 200, "dapt-*": 4, "imsc-*": 250, "*-ad": 2, "ableplayer-*": 25, "popeye": 2, "wai-*": 50,
         "chrome-clip": 1}  # fmt: skip
"""Folders, and how many files of each are read as scripts at least."""

NOT_SPOKEN = {"timing__TimeExpressions001.ttml"}
"""Its lines say a time code, which `check` judges and `render` refuses to speak."""

LARGEST = 300_000
SOUND = {".mp4", ".mkv", ".wav", ".m4a", ".mp3", ".webm", ".flac", ".md", ".json", ".png", ".jpg"}


def judged(path: Path) -> tuple[int, int] | str:
    """How many lines and words `check` judges, or why it refuses the file."""
    try:
        pace = check(path).pace
    except ScriptError as error:
        return str(error)
    return pace.lines, pace.words


def spoken(path: Path) -> tuple[int, int] | str:
    """How many lines and words `render` speaks, or why it refuses the file."""
    try:
        script = read_script(path)
        check_new_lines(script.lines, path)
    except ScriptError as error:
        return str(error)
    lines = script.lines
    assert all(line.start_ms >= 0 and line.text == " ".join(line.text.split()) for line in lines)
    return len(lines), sum(len(line.text.split()) for line in lines)


@pytest.mark.media
@pytest.mark.parametrize("folders", CASES)
def test_check_judges_the_lines_that_render_speaks(media: Path, folders: str) -> None:
    files = [file for folder in media.glob(folders) for file in folder.rglob("*.*") if file.is_file()]
    scripts = [path for path in files if path.suffix.lower() not in SOUND and path.stat().st_size < LARGEST]
    said = {path: spoken(path) for path in scripts}
    assert sum(isinstance(one, tuple) for one in said.values()) >= CASES[folders]
    for path, one in said.items():
        if path.name in NOT_SPOKEN:
            assert "would be spoken with a time code" in str(one)
            assert isinstance(judged(path), tuple)
        else:
            assert judged(path) == one, path


TTML = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en">\n<!-- who made it -->\n<body><div>\n'
    '<p begin="1s" end="3s">Rain falls.</p>\n</div></body></tt>\n'
)


def test_a_comment_of_xml_is_no_cue(tmp_path: Path) -> None:
    """An arrow stands in it too."""
    path = tmp_path / "script.ttml"
    path.write_text(TTML)
    assert read_script(path).lines == (ScriptLine(1_000, 3_000, "Rain falls.", 4),)


@pytest.mark.parametrize("suffix", ["vtt", "srt"])
def test_odd_times_are_read_where_they_can_be_and_are_a_fault(tmp_path: Path, suffix: str) -> None:
    head = "WEBVTT\n\n" if suffix == "vtt" else "\n\n"
    path = tmp_path / f"script.{suffix}"
    path.write_text(f"{head}0:05 -> 0:08\nNight.\n\n00:00:09.000 --> 00:00:10.000\nDay.\n")
    script = read_script(path)
    assert [(line.start_ms, line.end_ms, line.number) for line in script.lines] == [
        (5_000, 8_000, 3),
        (9_000, 10_000, 6),
    ]
    (fault,) = script.faults
    assert (fault.kind, fault.number, fault.words) == ("malformed", 3, "Night.")
    assert fault.message == "no times in '0:05 -> 0:08', which is read as 00:00:05.000 --> 00:00:08.000"
    (finding,) = (one for one in check(path).findings if one.rule == "unreadable")
    assert (finding.line, finding.message) == (3, fault.message)


def test_words_behind_an_empty_line_are_read_and_are_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "script.vtt"
    path.write_text("WEBVTT\n\n00:05.000 --> 00:08.000\n\nNight.\n\nSecond.\n")
    script = read_script(path)
    assert [(line.text, line.number) for line in script.lines] == [("Night.", 3)]
    assert [(fault.kind, fault.number) for fault in script.faults] == [("malformed", 3), ("unread", 7)]


def test_a_number_without_times_is_a_fault_of_srt(tmp_path: Path) -> None:
    path = tmp_path / "script.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nRain.\n\n2\nWind.\n\n3\n00:00:03,000 --> 00:00:04,000\nSun.\n")
    assert ("no times above 'Wind.'", 6) in [(fault.message, fault.number) for fault in read_script(path).faults]


PLUGIN = """
from dataclasses import dataclass
from audiodesc.core.plugins import AVAILABLE
from audiodesc.scripts import ScriptFile, ScriptLine


@dataclass(frozen=True)
class Options:
    title: str = "Script"


class Lines:
    name, summary, needs, options, suffixes = "lines", "a line a row", "nothing", Options, (".lines",)

    def availability(self):
        return AVAILABLE

    def sniff(self, source):
        return source.raw.startswith(b"\\x00LINES")

    def read(self, source, options):
        if b"broken" in source.raw:
            raise KeyError("no such row")
        rows = source.raw.decode().split("\\n")[1:]
        cells = [(n, row.split(" ", 1)) for n, row in enumerate(rows, 2) if row]
        return ScriptFile(tuple(ScriptLine(int(ms), int(ms), text, n) for n, (ms, text) in cells))

    def write(self, document, options):
        rows = [f"{line.span.start_ms} {line.text}" for line in document.spoken]
        return "\\n".join(["\\x00LINES " + options.title, *rows]).encode()
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages: one has a format of its own, one cannot be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for package, code, point in (("linesfmt", PLUGIN, "lines = linesfmt:Lines"), ("badfmt", "1 / 0", "bad = badfmt:x")):
        (tmp_path / f"{package}.py").write_text(code)
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[audiodesc.scripts]\n{point}\n")
        sys.modules.pop(package, None)
    plugins._plugins.cache_clear()
    yield tmp_path
    plugins._plugins.cache_clear()


def test_a_format_of_another_package_is_read_written_and_judged(
    site: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert [name for name in script_formats() if name not in FORMATS] == ["lines"]
    assert sum("badfmt" in message for message in caplog.messages) == 1
    assert "lines" in writable()
    lines = (ScriptLine(1_000, 1_000, "Rain falls.", 2), ScriptLine(9_000, 9_000, "Night.", 3))
    path = tmp_path / "film.lines"
    path.write_bytes(write_script("lines", document_of(lines), {"title": "A film"}))
    assert path.read_bytes().startswith(b"\x00LINES A film\n")
    assert read_script(path).lines == lines
    assert check(path).pace.lines == 2
    with pytest.raises(UsageError, match="did you mean title"):
        write_script("lines", document_of(lines), {"titel": "A film"})


def test_what_another_package_raises_is_one_line(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.lines"
    path.write_bytes(b"\x00LINES broken")
    with pytest.raises(ScriptError, match=r"film\.lines cannot be read as lines \(KeyError: 'no such row'\)"):
        read_script(path)
