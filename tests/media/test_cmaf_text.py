"""WebVTT in segments: what is shown when, over their cuts too."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import av

from audiodesc.media.cmaf_text import write_text_segments
from audiodesc.media.text_track import Text
from audiodesc.model import Span

A, B, C = (Span(500, 2_000), "A <b> & c"), (Span(1_500, 7_000), "Two\nlines"), (Span(7_000, 12_000), "Zuletzt")


def shown(folder: Path, number: int | None = None) -> list[tuple[int, int, list[str]]]:
    """Start and end in ms, and the cues of each sample of all segments, or of one of them."""
    files = sorted(folder.glob("*.m4s"))
    parts = [folder / "init.mp4", *(files if number is None else files[number - 1 : number])]
    with av.open(BytesIO(b"".join(part.read_bytes() for part in parts)), "r") as file:
        return [
            (one.pts or 0, (one.pts or 0) + (one.duration or 0), cues_in(bytes(one)))
            for one in file.demux(file.streams[0])
            if one.size
        ]


def cues_in(data: bytes) -> list[str]:
    """Of each cue its number and its text."""
    found = []
    while data:
        size, kind = int.from_bytes(data[:4]), data[4:8]
        if kind == b"vttc":
            assert data[12:16] == b"vsid"
            assert data[24:28] == b"payl"
            found.append(f"{int.from_bytes(data[16:20])}: {data[28:size].decode()}")
        else:
            assert data[:size] == b"\0\0\0\x08vtte"
        data = data[size:]
    return found


def written(folder: Path, texts: list[Text]) -> Path:
    rows = write_text_segments(texts, folder / "text", (0, 6_000, 10_000), "de-AT")
    sizes = [path.stat().st_size for path in sorted((folder / "text").glob("*.m4s"))]
    assert rows == ((0, 6_000, sizes[0]), (6_000, 4_000, sizes[1]))
    return folder / "text"


def test_each_stretch_has_the_cues_that_are_shown_in_it(tmp_path: Path) -> None:
    first, second = "0: A &lt;b&gt; &amp; c", "1: Two\nlines"
    assert shown(written(tmp_path, [A, B, C])) == [
        (0, 500, []),
        (500, 1_500, [first]),
        (1_500, 2_000, [first, second]),
        (2_000, 6_000, [second]),
        (6_000, 7_000, [second]),
        (7_000, 10_000, ["2: Zuletzt"]),
    ]


def test_a_segment_is_read_alone(tmp_path: Path) -> None:
    folder = written(tmp_path, [A, B, C])
    assert [row[:2] for row in shown(folder, 2)] == [(6_000, 7_000), (7_000, 10_000)]


def test_what_lies_outside_is_left_out(tmp_path: Path) -> None:
    outside = [(Span(10_000, 11_000), "late"), (Span(3_000, 3_000), "none")]
    assert shown(written(tmp_path, outside)) == [(0, 6_000, []), (6_000, 10_000, [])]


def test_the_language_is_in_the_header(tmp_path: Path) -> None:
    with av.open(str(written(tmp_path, [A]) / "init.mp4")) as file:
        assert file.streams[0].metadata["language"] == "deu"
