"""Reports and waveforms made from nothing, whose right picture is known by construction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from audiodesc.mix.measure import Waveform, bins

Times = tuple[int, int]


def segment(pause: Times, line: str, placed: Times | None, reason: str = "", depth_db: float = -9.0) -> dict[str, Any]:
    """One segment of the report, with the levels of its line."""
    sound = {"depth_db": depth_db, "level_lufs": -23.4, "film_lufs": -30.0, "ratio_lu": 15.6} if placed else None
    return {
        "start_ms": pause[0],
        "end_ms": pause[1],
        "kind": "silence",
        "line": line,
        "author": "model",
        "placed": {"start_ms": placed[0], "end_ms": placed[1]} if placed else None,
        "rate": 1.05 if placed else None,
        "reason": reason,
        "sound": sound,
    }


def curve(lines: Sequence[Times], depth_db: float = -9.0) -> list[list[float]]:
    """The corners of the film's gain: 0.3 s down, 0.5 s up."""
    return [
        [ms, db]
        for start, end in lines
        for ms, db in ((start - 300, 0.0), (start, depth_db), (end, depth_db), (end + 500, 0.0))
    ]


def report(
    duration_ms: int,
    segments: Sequence[dict[str, Any]] = (),
    cues: Sequence[dict[str, Any]] = (),
    notes: Sequence[dict[str, Any]] = (),
    **other: Any,
) -> dict[str, Any]:
    """A report as `audiodesc.report.build` and `audiodesc.project.publish` make it."""
    placed = [(s["placed"]["start_ms"], s["placed"]["end_ms"]) for s in segments if s["placed"]]
    measured = {"integrated_lufs": -23.0, "range_lu": 8.0, "true_peak_db": -1.5}
    return {
        "made_by": "audiodesc 0.1.0",
        "film": {"name": "story.mp4", "duration_ms": duration_ms},
        "settings": {"voice": "espeak-en-gb", "describer": "basic 1", "language": "en"},
        "totals": {
            "lines": len(placed),
            "left_out": sum(1 for s in segments if s["line"] and not s["placed"]),
            "seconds_spoken": sum(end - start for start, end in placed) / 1000,
            "words_per_minute": 150,
            "usable_pauses": len(segments),
            "usable_pauses_left_empty": len(segments) - len(placed),
        },
        "notes": list(notes),
        "cues": list(cues),
        "gaps": [{"start_ms": s["start_ms"], "end_ms": s["end_ms"], "kind": "silence"} for s in segments],
        "segments": list(segments),
        "overlap_ms": 0,
        "loudness": {"before": measured, "after": measured | {"integrated_lufs": None}, "dialogue_lufs": -24.0},
        "gain_curve": curve(placed),
        "check": check(),
        "dialogue": known(),
    } | other


def check(*findings: dict[str, Any], statement: str = "No fault found.", **not_judged: str) -> dict[str, Any]:
    """What a check found, as the report has it."""
    counts = {kind: sum(one["severity"] == kind for one in findings) for kind in ("error", "warning", "info")}
    return {"counts": counts, "findings": list(findings), "not_judged": not_judged, "statement": statement}


def finding(severity: str, message: str, words: str = "", **times: int) -> dict[str, Any]:
    return {"severity": severity, "message": message, "advice": "mend it", "words": words} | times


def known(
    *changed: dict[str, int | None],
    verdict: str = "in sync",
    moved: int = 0,
    sources: Sequence[str] = ("subtitles", "sound"),
) -> dict[str, Any]:
    """How the dialogue is known, as the report has it."""
    aligned = {"verdict": verdict, "score": 0.9, "beyond_chance": 9.0, "moved": [{}] * moved}
    return {
        "known_from": list(sources),
        "protected": ["speech"],
        "subtitles": aligned if len(sources) == 2 else None,
        "changed_by_sound": list(changed),
    }


def change(start_ms: int, end_ms: int, earlier_ms: int | None, later_ms: int | None) -> dict[str, int | None]:
    return {"start_ms": start_ms, "end_ms": end_ms, "earlier_ms": earlier_ms, "later_ms": later_ms}


def cue(start_ms: int, end_ms: int, text: str, kind: str = "speech") -> dict[str, Any]:
    return {"start_ms": start_ms, "end_ms": end_ms, "text": text, "kind": kind, "speaker": ""}


def waveform(duration_ms: int, loud: Sequence[Times], level: float = 0.5) -> Waveform:
    """Sound of that level in the spans, silence elsewhere; symmetrical about zero."""
    count, bin_us = bins(duration_ms)
    high = np.zeros(count, np.float32)
    for start, end in loud:
        high[start * 1000 // bin_us : -(-end * 1000 // bin_us)] = level
    return Waveform(-high, high, bin_us)


def long_film(hours: float, lines_per_minute: int = 5) -> tuple[dict[str, Any], Waveform, Waveform]:
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
    spoken = waveform(duration, [(s["placed"]["start_ms"], s["placed"]["end_ms"]) for s in segments if s["placed"]], 1)
    voice = Waveform(-spoken.high * wave[0] * 0.6, spoken.high * wave[1] * 0.6, mixed.bin_us)
    notes = [{"stage": "mux", "message": "the cover picture was left out"}]
    found = check(finding("warning", "it could be shorter", "She crosses the square.", start_ms=2_000), many="why not")
    more = {"check": found, "dialogue": known(change(3_000, 4_000, 200, -100), change(9_000, 9_500, None, None))}
    return report(duration, segments, cues, notes, **more), Waveform(-wave[0], wave[1], mixed.bin_us), voice
