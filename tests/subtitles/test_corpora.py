"""Every subtitle file of other projects' tests is read, or refused with a reason that a person accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from subtitles.corpora import REFUSED, files, folder, name_of, outcome
from subtitles.reading import cues_in, timed
from subtitles.written import Timed

from audiodesc.subtitles import read_file

pytestmark = pytest.mark.media

FILES = {name_of(path): path for path in files(folder() or Path("none"))}
CORNERS = re.compile(r"at\s+(\d+) seconds?\s+and\s+(?:be remain visible|remain visible|disappear|stay)\D*(\d+) seconds")
NAMED = re.compile(r"= ([\d.]+)s$")


@pytest.mark.parametrize("name", FILES or ["none"])
def test_a_file_is_read_or_refused_for_a_reason(media: Path, name: str) -> None:
    found = outcome(FILES[name])
    assert found.fault.startswith(REFUSED.get(name, ""))
    assert bool(found.fault) == (name in REFUSED)
    assert [cue.span for cue in found.cues] == sorted(cue.span for cue in found.cues)
    assert all(cue.text.strip() and cue.span.duration_ms for cue in found.cues)
    assert all(len(note.message) < 300 for note in found.notes)


def test_the_list_of_the_refused_names_no_file_that_is_gone(media: Path) -> None:
    assert REFUSED.keys() <= FILES.keys()


# Texts of the W3C's tests say when they are shown


TIMING = [path for name, path in FILES.items() if "__Basic" in name or "__Media" in name]


def test_what_says_when_it_is_shown_is_protected_then(media: Path) -> None:
    told = [
        (cue.span, int(start) * 1000, int(end) * 1000)
        for path in TIMING
        for cue in cues_in(path)
        for start, end in CORNERS.findall(cue.text.replace("\n", " "))
    ]
    assert len(told) > 30
    assert [(span, start, end) for span, start, end in told if span.start_ms > start or span.end_ms < end] == []


def test_what_says_it_is_never_shown_is_no_cue_of_its_own(media: Path) -> None:
    shown = [cue.text for path in TIMING for cue in cues_in(path)]
    assert [text for text in shown if re.match(r"This \w+( sentence)? (must|should) not appear", text)] == []


def test_time_expressions_last_as_long_as_they_say(media: Path) -> None:
    cues = cues_in(media / "imsc-tests-1.0/timing__TimeExpressions001.ttml")
    assert len(cues) == 11
    for cue in cues:
        told = NAMED.search(cue.text)
        assert told
        assert abs(cue.span.duration_ms - float(told[1]) * 1000) <= 1


@pytest.mark.parametrize("name", ["BeginDur001", "BeginEnd001", "BeginEnd003"])
def test_seconds_that_are_named_are_kept(media: Path, name: str) -> None:
    cues = cues_in(media / f"imsc-tests-1.0/timing__{name}.ttml")
    named = [(cue.span, re.search(r"from (\d+)s to (\d+)s", cue.text, re.IGNORECASE)) for cue in cues]
    assert len(named) == 9
    found = [(span, tuple(int(second) * 1000 for second in words.groups())) for span, words in named if words]
    assert len(found) == 7
    assert all((span.start_ms, span.end_ms) == told for span, told in found)


# The same film in several formats


def words(cues: list[Timed]) -> list[Timed]:
    """Times to 10 ms, and letters only: formats have their own marks for slant and colour."""
    return [(start // 10 * 10, end // 10 * 10, re.sub(r"\W", "", text)) for start, end, text in cues]


def said(path: Path) -> list[Timed]:
    return words(timed(read_file(path)[0]))


@pytest.mark.parametrize("suffix", ["srt", "ssa", "ttml"])
@pytest.mark.parametrize("stem", ["example-in", "example-out"])
def test_one_film_is_the_same_in_every_format(media: Path, stem: str, suffix: str) -> None:
    folder = media / "subs-astisub"
    found, expected = said(folder / f"{stem}.{suffix}"), said(folder / f"{stem}.vtt")
    assert [cue[:2] for cue in found] == [cue[:2] for cue in expected]


@pytest.mark.parametrize("stem", ["ttml_example", "ttml_example2", "ttml_example_apple"])
def test_what_pysubs2_makes_of_ttml_has_the_same_times(media: Path, stem: str) -> None:
    folder = media / "subs-pysubs2"
    found, expected = said(folder / f"{stem}.ttml"), said(folder / f"{stem}.ass")
    assert [cue[2] for cue in found] == [cue[2] for cue in expected]
    assert all(abs(a[0] - b[0]) <= 10 >= abs(a[1] - b[1]) for a, b in zip(found, expected, strict=True))


def test_ebu_stl_has_the_times_of_its_twin(media: Path) -> None:
    folder = media / "subs-astisub"
    found, expected = said(folder / "example-in.stl"), said(folder / "example-in.srt")
    assert [cue[2] for cue in found] == [cue[2] for cue in expected]
    assert [cue[:2] for cue in found] == [cue[:2] for cue in expected]


def test_gb2312_and_ascii_of_one_film(media: Path) -> None:
    folder = media / "subs-srt-lib"
    assert [cue[:2] for cue in said(folder / "gb2312.srt")] == [cue[:2] for cue in said(folder / "ascii.srt")]


def test_a_programmes_start_moves_what_follows_it(media: Path) -> None:
    (cue,), (note,) = read_file(media / "subs-ttconv-stl-sandflow/test_tcp_processing.stl")
    assert "before the programme's start" in note.message
    assert cue.span.start_ms < 3_600_000


def test_teletext_blocks_that_go_on_are_one_subtitle(media: Path) -> None:
    assert [cue.text for cue in cues_in(media / "subs-ttconv-stl-sandflow/multi_tti_subtitle.stl")] == ["Foo Bar Baz"]


def test_the_captions_of_a_whole_film_are_within_it(media: Path) -> None:
    # Tears of Steel, 734 s.
    cues = cues_in(media / "subs-libcaption/tos.scc")
    assert len(cues) > 60
    assert 560_000 < cues[-1].span.end_ms < 734_000
