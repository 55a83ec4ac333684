"""Texts with times as a track: one at a time, and read back as they are by FFmpeg."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from films import FFMPEG
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.media.text_track import MOST_AT_ONCE, one_at_a_time, write_text_track
from audiodesc.model import Span

TEXTS = st.lists(
    st.tuples(st.builds(lambda at, lasts: Span(at, at + lasts), st.integers(0, 50), st.integers(0, 30)), st.text("ab")),
    max_size=MOST_AT_ONCE,
)


@given(TEXTS)
def test_at_every_moment_all_is_shown_that_was_and_nothing_twice(texts: list[tuple[Span, str]]) -> None:
    made = one_at_a_time([(span, text or "x") for span, text in texts])
    assert all(one.end_ms <= after.start_ms for (one, _), (after, _) in pairwise(made))
    for ms in range(90):
        wanted = sorted(text or "x" for span, text in texts if span.start_ms <= ms < span.end_ms)
        [shown] = [text for span, text in made if span.start_ms <= ms < span.end_ms] or [""]
        assert sorted(filter(None, shown.split("\n"))) == wanted


@pytest.mark.parametrize(("container", "suffix"), [("mp4", ".mp4"), ("matroska", ".mkv")])
def test_ffmpeg_reads_what_is_written(tmp_path: Path, container: str, suffix: str) -> None:
    texts = [(Span(500, 1_500), "Zażółć,\njaźń"), (Span(1_000, 2_000), "彼女 <b>&</b>"), (Span(9_000, 9_040), "هو")]
    path = tmp_path / f"text{suffix}"
    write_text_track(texts, path, container)
    read = subprocess.run([FFMPEG, "-v", "error", "-i", path, "-f", "srt", "-"], capture_output=True, check=True).stdout
    cues = [block.split("\n", 2)[1:] for block in read.decode("utf-8").strip().split("\n\n")]
    assert [times for times, _ in cues] == [
        "00:00:00,500 --> 00:00:01,000",
        "00:00:01,000 --> 00:00:01,500",
        "00:00:01,500 --> 00:00:02,000",
        "00:00:09,000 --> 00:00:09,040",
    ]
    assert "jaźń" in cues[1][1]
    assert "彼女" in cues[1][1]
    assert cues[3][1] == "هو"


def test_very_many_texts_at_once_are_written_in_linear_time() -> None:
    texts = [(Span(n, 1_000_000 - n), "word " * 10) for n in range(20_000)]
    made = one_at_a_time(texts)
    assert max(text.count("word") for _, text in made) == 10 * MOST_AT_ONCE
