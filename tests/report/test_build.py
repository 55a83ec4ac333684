"""The report says what was said where, and counts what it says."""

from __future__ import annotations

from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

from audiodesc.dialogue.combine import Dialogue
from audiodesc.dialogue.merge import DialogueCue
from audiodesc.judge import judge
from audiodesc.model import (
    AudioTrack,
    Cue,
    Film,
    Gap,
    Line,
    Note,
    Outcome,
    Segment,
    Span,
    SpokenLine,
    SubtitleTrack,
    VideoTrack,
)
from audiodesc.report import as_plain, report, to_json, totals
from audiodesc.report.model import Report, Totals

FILM = Film(
    Path("films") / "story.mp4",
    "abc",
    "mov",
    120_000,
    Fraction(0),
    VideoTrack(0, "h264", 480, 270),
    (AudioTrack(1, "aac", 48_000, "stereo", "eng", "Main", True),),
    (SubtitleTrack(2, "mov_text", "eng", True),),
)
GAPS = (Gap(Span(0, 5_000)), Gap(Span(10_000, 15_000), "sound"), Gap(Span(20_000, 25_000)))
CUES = (Cue(Span(5_000, 10_000), "Where are you?", "speech", "Anna"),)


def outcome(gap: Gap, text: str, spoken: Span | None = None, reason: str = "") -> Outcome:
    segment = Segment(gap, Span(max(0, gap.span.start_ms - 1_000), gap.span.end_ms), gap.span.start_ms + 500, 12)
    line = Line(segment, text, "model")
    speech = SpokenLine(line, Path("clip.wav"), spoken, 1.1) if spoken else None
    return Outcome(segment, "facts", text, "model", speech, reason)


OUTCOMES = (
    outcome(GAPS[0], "A ferry waits at the pier.", Span(500, 3_500)),
    outcome(GAPS[1], "Night falls over the harbour.", None, "it does not fit"),
    outcome(GAPS[2], "", None, "nothing to tell"),
)


DIALOGUE = Dialogue(tuple(DialogueCue(cue, cue.span) for cue in CUES), ("speech",), detected=True)


def made(notes: tuple[Note, ...] = (), dialogue: Dialogue = DIALOGUE) -> Report:
    return report(FILM, {"voice": "v", "margin_ms": 150}, dialogue, GAPS, OUTCOMES, notes, judge([]))


def test_the_film_is_named_without_where_it_lies() -> None:
    film = made().film
    assert (film.name, film.fingerprint, film.duration_ms) == ("story.mp4", "abc", 120_000)
    assert film.audio_tracks[0].language == "eng"
    assert film.subtitle_tracks[0].codec == "mov_text"
    assert "films" not in to_json(made())


def test_what_was_used_is_named_with_its_version() -> None:
    content = made()
    assert content.made_by == f"audiodesc {version('audiodesc')}"
    assert content.versions["av"] == version("av")
    assert content.settings == {"voice": "v", "margin_ms": 150}
    assert (content.voice, content.describer, content.language) == ("v", "", "")


def test_cues_gaps_and_notes_are_told_with_their_times() -> None:
    content = as_plain(made((Note("dialogue", "a doubt"), Note("mix", "a hole", Span(1, 2)))))
    assert content["cues"] == [
        {"start_ms": 5_000, "end_ms": 10_000, "kind": "speech", "speaker": "Anna", "text": "Where are you?"}
    ]
    assert content["gaps"][1] == {"start_ms": 10_000, "end_ms": 15_000, "kind": "sound"}
    assert content["notes"] == [
        {"stage": "dialogue", "message": "a doubt"},
        {"stage": "mix", "message": "a hole", "start_ms": 1, "end_ms": 2},
    ]


def test_a_line_is_told_with_its_place_or_with_why_it_has_none() -> None:
    spoken, left_out, silent = as_plain(made())["segments"]
    assert spoken == {
        "id": "000000500",
        "number": 1,
        "wanted_ms": 500,
        "written": None,
        "start_ms": 0,
        "end_ms": 5_000,
        "kind": "silence",
        "watch": {"start_ms": 0, "end_ms": 5_000},
        "max_words": 12,
        "facts": "facts",
        "line": "A ferry waits at the pier.",
        "author": "model",
        "placed": {"start_ms": 500, "end_ms": 3_500},
        "rate": 1.1,
        "reason": "",
    }
    assert (left_out["placed"], left_out["rate"], left_out["reason"]) == (None, None, "it does not fit")
    assert (silent["line"], silent["reason"]) == ("", "nothing to tell")
    assert [one.line for one in made().spoken] == ["A ferry waits at the pier."]
    assert [one.line for one in made().left_out] == ["Night falls over the harbour."]


def test_totals_are_what_can_be_counted_by_hand() -> None:
    """6 words in 3 s; 1 line in 2 minutes; the second and the third pause stay empty."""
    assert totals(FILM, GAPS, OUTCOMES) == Totals(
        lines=1,
        left_out=1,
        words=6,
        words_per_minute=120,
        seconds_spoken=3.0,
        lines_per_minute_of_film=0.5,
        usable_pauses=3,
        usable_pauses_left_empty=2,
    )
    assert made().totals == totals(FILM, GAPS, OUTCOMES)


def test_of_nothing_spoken_nothing_is_counted() -> None:
    counts = totals(FILM, (), ())
    assert set(as_plain(counts).values()) == {0}


def test_two_lines_in_one_pause_leave_none_empty() -> None:
    gap = (Gap(Span(0, 9_000)),)
    both = (outcome(gap[0], "One.", Span(0, 1_000)), outcome(gap[0], "Two.", Span(4_000, 5_000)))
    assert totals(FILM, gap, both).usable_pauses_left_empty == 0
