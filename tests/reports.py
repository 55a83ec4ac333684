"""Reports and waveforms made from nothing, whose right picture is known by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from audiodesc.judge.rules import Pace, Severity
from audiodesc.mix.measure import Waveform, bins
from audiodesc.model import CueKind, Span, VideoTrack
from audiodesc.report.dialogue import Basis, CueChange, MovedPiece, ReportDialogue, SoundFaults, SubtitleSync
from audiodesc.report.measured import Measurement, MixSound, ReportLoudness
from audiodesc.report.model import (
    SCHEMA_VERSION,
    Check,
    LineSound,
    Report,
    ReportCue,
    ReportDuck,
    ReportFilm,
    ReportFinding,
    ReportGap,
    ReportNote,
    ReportSegment,
    Totals,
)

Times = tuple[int, int]


def segment(
    pause: Times, line: str, placed: Times | None, reason: str = "", depth_db: float = -9.0, number: int | None = None
) -> ReportSegment:
    """One segment of the report, with the levels of its line."""
    start_ms, end_ms = placed or pause
    duck = ReportDuck(down_from_ms=start_ms - 300, down_ms=start_ms, up_from_ms=end_ms, up_ms=end_ms + 500)
    sound = LineSound(
        start_ms=start_ms,
        end_ms=end_ms,
        depth_db=depth_db,
        level_lufs=-23.4,
        film_lufs=-30.0,
        ducked_lufs=-39.0,
        ratio_lu=15.6,
        duck=duck,
    )
    return ReportSegment(
        id=f"{pause[0]:09}",
        number=number,
        start_ms=pause[0],
        end_ms=pause[1],
        kind="silence",
        watch=Span(*pause),
        wanted_ms=pause[0],
        written=None,
        max_words=20,
        facts="",
        line=line,
        author="model",
        placed=Span(*placed) if placed else None,
        rate=1.05 if placed else None,
        reason=reason,
        sound=sound if placed else None,
    )


def curve(lines: Sequence[Times], depth_db: float = -9.0) -> tuple[tuple[float, float], ...]:
    """The corners of the film's gain: 0.3 s down, 0.5 s up."""
    return tuple(
        (ms, db)
        for start, end in lines
        for ms, db in ((start - 300, 0.0), (start, depth_db), (end, depth_db), (end + 500, 0.0))
    )


def report(
    duration_ms: int,
    segments: Sequence[ReportSegment] = (),
    cues: Sequence[ReportCue] = (),
    notes: Sequence[ReportNote] = (),
    **other: Any,
) -> Report:
    """A report as `audiodesc.report` and `audiodesc.report.sound` make it; `other` are its fields."""
    placed = [(one.placed.start_ms, one.placed.end_ms) for one in segments if one.placed]
    made = Report(
        schema_version=SCHEMA_VERSION,
        made_by="audiodesc 0.1.0",
        versions={},
        film=film("story.mp4", duration_ms),
        settings={"voice": "espeak-en-gb", "describer": "basic 1", "language": "en"},
        totals=Totals(
            lines=len(placed),
            left_out=sum(1 for one in segments if one.line and not one.placed),
            words=0,
            words_per_minute=150,
            seconds_spoken=sum(end - start for start, end in placed) / 1000,
            lines_per_minute_of_film=0.0,
            usable_pauses=len(segments),
            usable_pauses_left_empty=len(segments) - len(placed),
        ),
        notes=tuple(notes),
        cues=tuple(cues),
        gaps=tuple(ReportGap(start_ms=one.start_ms, end_ms=one.end_ms, kind="silence") for one in segments),
        segments=tuple(segments),
        dialogue=known(),
        sound_faults=SoundFaults(undecoded_packets=0, undecoded=(), splices=(), spliced=0, silence_ms=0.0, cut_ms=0.0),
        check=check(),
        overlap_ms=0,
        under_subtitles_ms=0,
        narration_heard_ms=0,
        loudness=LOUDNESS,
        sound=MixSound(layout="stereo", rate_hz=48_000, bits=None, narrator={"FL": 0.7, "FR": 0.7}),
        gain_curve=curve(placed),
    )
    return replace(made, **other)


def film(name: str, duration_ms: int) -> ReportFilm:
    """A film without a track of sound."""
    return ReportFilm(
        name=name,
        fingerprint="f",
        duration_ms=duration_ms,
        container="mov",
        video=VideoTrack(0, "h264", 640, 360),
        audio_tracks=(),
        subtitle_tracks=(),
    )


BEFORE = Measurement(integrated_lufs=-23.0, range_lu=8.0, short_term_lufs=-20.0, true_peak_db=-1.5, dialogue_lufs=-24.0)
LOUDNESS = ReportLoudness(
    profile="source",
    gate="programme",
    target_lufs=None,
    ceiling_db=-1.0,
    reached=True,
    before=BEFORE,
    after=replace(BEFORE, integrated_lufs=None, dialogue_lufs=None),
    dialogue_lufs=-24.0,
    dialogue_share=0.3,
    narrator_db=0.0,
    programme_db=0.0,
    decoded_true_peak_db=None,
)


def check(*findings: ReportFinding, statement: str = "No fault found.", **not_judged: str) -> Check:
    """What a check found, as the report has it."""
    severities: tuple[Severity, ...] = ("error", "warning", "info")
    return Check(
        script="",
        profile="plain",
        language="en",
        counts={kind: sum(one.severity == kind for one in findings) for kind in severities},
        pace=Pace(0, 0, 0, 0, 0, 0.0),
        findings=findings,
        judged=(),
        not_judged=not_judged,
        notes=(),
        statement=statement,
    )


def finding(severity: Severity, message: str, words: str = "", **times: int) -> ReportFinding:
    return ReportFinding(
        rule="rule", severity=severity, line=None, words=words, message=message, advice="mend it", source="", **times
    )


def known(
    *changed: CueChange,
    verdict: Any = "in sync",
    moved: int = 0,
    sources: Any = ("subtitles", "sound"),
) -> ReportDialogue:
    """How the dialogue is known, as the report has it."""
    pieces = tuple(MovedPiece(from_ms=0, rate=1.0, shift_ms=0) for _ in range(moved))
    aligned = SubtitleSync(verdict=verdict, score=0.9, beyond_chance=9.0, moved=pieces)
    return ReportDialogue(
        known_from=tuple(sources),
        protected=("speech",),
        subtitles=aligned if len(sources) == 2 else None,
        basis=Basis(subtitles=0, detection=False, less_sure=()),
        changed_by_sound=changed,
        lines_under_subtitles=(),
        lines_over_lyrics=(),
    )


def change(start_ms: int, end_ms: int, earlier_ms: int | None, later_ms: int | None) -> CueChange:
    return CueChange(start_ms=start_ms, end_ms=end_ms, earlier_ms=earlier_ms, later_ms=later_ms)


def cue(start_ms: int, end_ms: int, text: str, kind: CueKind = "speech") -> ReportCue:
    return ReportCue(start_ms=start_ms, end_ms=end_ms, text=text, kind=kind, speaker="")


def note(message: str, stage: str = "mux", start_ms: int | None = None) -> ReportNote:
    return ReportNote(stage=stage, message=message, start_ms=start_ms, end_ms=start_ms)


def waveform(duration_ms: int, loud: Sequence[Times], level: float = 0.5) -> Waveform:
    """Sound of that level in the spans, silence elsewhere; symmetrical about zero."""
    count, bin_us = bins(duration_ms)
    high = np.zeros(count, np.float32)
    for start, end in loud:
        high[start * 1000 // bin_us : -(-end * 1000 // bin_us)] = level
    return Waveform(-high, high, bin_us)


def long_film(hours: float, lines_per_minute: int = 5) -> tuple[Report, Waveform, Waveform]:
    """A film whose sound never rests, with lines of the usual length and dialogue between them."""
    rng = np.random.default_rng(1)
    duration = round(hours * 3_600_000)
    step = 60_000 // lines_per_minute
    segments, cues = [], []
    for n, start in enumerate(range(2_000, duration - step, step)):
        text = "She crosses the empty square, stops at the fountain and looks up at the clock on the tower."
        long = int(rng.integers(2_000, 4_500))
        fits = n % 40 != 7
        segments.append(segment((start, start + 5_000), f"{text} {n}", (start + 200, start + long) if fits else None,
                                "" if fits else "it does not fit: 6.1 s are needed, and there are 5.0 s"))  # fmt: skip
        cues += [cue(start + 5_200, start + 6_900, "Where have you been?"), cue(start + 7_000, start + 9_000, "Away.")]
    mixed, voice = waveform(duration, []), waveform(duration, [])
    size = len(mixed.high)
    wave = rng.gamma(2.0, 0.12, (2, size)).clip(0, 1).astype(np.float32)
    spoken = waveform(duration, [(one.placed.start_ms, one.placed.end_ms) for one in segments if one.placed], 1)
    voice = Waveform(-spoken.high * wave[0] * 0.6, spoken.high * wave[1] * 0.6, mixed.bin_us)
    notes = [note("the cover picture was left out")]
    found = check(finding("warning", "it could be shorter", "She crosses the square.", start_ms=2_000), many="why not")
    more = {"check": found, "dialogue": known(change(3_000, 4_000, 200, -100), change(9_000, 9_500, None, None))}
    return report(duration, segments, cues, notes, **more), Waveform(-wave[0], wave[1], mixed.bin_us), voice
