"""The addresses of the project as a whole and its film: facts, timeline, waveform, stills, the film to be played."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Le
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from audiodesc.core import cache
from audiodesc.media.stills import stills
from audiodesc.model import Cue, Gap, LineState, Span
from audiodesc.project.saved import FILM, job_of
from audiodesc.project.status import STATES
from audiodesc.review.answers import TimeMs
from audiodesc.review.dependencies import Opened, Playing, Who
from audiodesc.review.files import result_path
from audiodesc.review.places import place_id
from audiodesc.review.playing import Playback, Player
from audiodesc.review.problems import NotReadyError, not_found
from audiodesc.review.routing import routes_of
from audiodesc.review.state import Review
from audiodesc.scripts.srt_webvtt import cue_time

AT_ONCE: Final = 2
"""Stills that are decoded at a time."""

DECODING: Final = BoundedSemaphore(AT_ONCE)
STEP_MS: Final = 100
"""Stills are kept by the time to this step."""

Media = Literal["film", "proxy", "track", "narration", "ducked"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames are numbered at this rate (as a fraction) from `start`."""

    rate: str
    start: int
    drops: bool


@dataclass(frozen=True, slots=True)
class ProjectView:
    """The project as a whole, with an `id` that no other of this computer has, whatever it is called. What hangs on the
    film is empty until `state` is "ready"."""

    id: str
    title: str
    folder: str
    author: str
    duration_ms: int
    fps: float
    timecode: Rate | None
    language: str
    film_language: str
    voice: str
    wpm: int
    fastest: float
    state: Literal["opening", "ready", "failed"]
    fault: str
    change: int
    counts: Mapping[LineState, int]
    settings: Mapping[str, Any]
    playback: Playback
    mix: str
    narration: str
    recordings: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn over the film; `ducking` has [ms, dB] of each corner of the film's gain in the last render."""

    duration_ms: int
    dialogue: tuple[Cue, ...]
    voices: tuple[Span, ...]
    gaps: tuple[Gap, ...]
    cuts: tuple[int, ...]
    ducking: tuple[tuple[float, float], ...]
    captions: bool


router = routes_of("film")


@router.get("/project")
def project(review: Opened, player: Playing, who: Who) -> ProjectView:
    """The project as a whole."""
    return _project(review, player, who)


@router.get("/timeline")
def timeline(review: Opened) -> Timeline:
    """What is drawn over the film."""
    known, report = review.need_film(), review.report()
    dialogue = known.found.dialogue
    return Timeline(
        duration_ms=known.film.duration_ms,
        dialogue=tuple(cue for cue in dialogue.cues if cue.text),
        voices=tuple(dialogue.voices),
        gaps=known.on.gaps,
        cuts=known.found.cuts,
        ducking=(report.gain_curve if report else None) or (),
        captions=bool(dialogue.texts),
    )


@router.get("/captions.vtt", response_class=Response)
def captions(review: Opened) -> Response:
    """The film's subtitles, at the times at which they are heard."""
    blocks = ["WEBVTT"]
    for cue in review.need_film().found.dialogue.texts:
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines = "\n".join(line for line in text.splitlines() if line.strip())
        blocks.append(f"{cue_time(cue.span.start_ms)} --> {cue_time(cue.span.end_ms)}\n{lines}")
    return Response("\n\n".join(blocks) + "\n", media_type="text/vtt")


@router.get("/peaks", response_class=Response)
def peaks(
    player: Playing,
    level: Annotated[int, Ge(0), Le(20)] = 0,
    start_ms: TimeMs = 0,
    end_ms: TimeMs | None = None,
) -> Response:
    """The waveform: the lowest and the highest sample of each bin, as int8, one pair after the other."""
    levels = player.waveform()
    if levels is None:
        raise NotReadyError("the waveform is being made")
    one = levels[min(level, len(levels) - 1)]
    first = min(start_ms // one.bin_ms, len(one.bins))
    stop = len(one.bins) if end_ms is None else max(first, -(-end_ms // one.bin_ms))
    about = {"X-Bin-Ms": str(one.bin_ms), "X-Bins": str(len(one.bins)), "X-Levels": str(len(levels))}
    headers = about | {"X-Complete": "1", "X-First-Bin": str(first)}
    return Response(one.bins[first:stop].tobytes(), media_type="application/octet-stream", headers=headers)


@router.get("/thumbnails/{time_ms}.jpg", response_class=Response)
def thumbnail(review: Opened, time_ms: Annotated[int, InPath(ge=0, le=999_999_999)]) -> Response:
    """A still of the film."""
    known = review.need_film()
    at = min(time_ms, known.film.duration_ms) // STEP_MS * STEP_MS
    name = cache.key("thumbnail", 1, film=known.film.fingerprint, at=at)
    path = review.store.path(name, ".jpg")
    if not path.is_file():
        with DECODING:
            still = next(iter(stills(known.film, [Span(at, min(at + 1_000, known.film.duration_ms))])), None)
        if still is None:
            raise not_found("there is no picture then")
        review.store.add(name, ".jpg", still.jpeg)
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/media/{kind}", response_class=FileResponse)
def media(review: Opened, player: Playing, kind: Media) -> Response:
    """The film, its copy for browsers, or what was made of it; in ranges."""
    if kind == "film":
        return FileResponse(review.need_film().film.path)
    if kind == "proxy":
        path = player.proxy()
        if path is None:
            raise NotReadyError("the copy for browsers is not made")
        return FileResponse(path, media_type="video/mp4")
    return FileResponse(result_path(review, kind))


def _project(review: Review, player: Player, who: str) -> ProjectView:
    known, snapshot, report = review.known, review.project.snapshot(), review.report()
    states = Counter(line.state for line in snapshot.standing)
    code, track = (known.timecode, known.source.track) if known else (None, None)
    made = report.files if report else {}
    return ProjectView(
        id=place_id(review.folder),
        title=str((review.project.fact(FILM) or {}).get("name", "")) or review.folder.resolve().name,
        folder=review.folder.resolve().name,
        author=who,
        duration_ms=known.film.duration_ms if known else 0,
        fps=float(code.fps) if code else 25.0,
        timecode=Rate(str(code.fps), code.start, code.drops) if code else None,
        language=known.narrator.language if known else "",
        film_language=track.language if track else "",
        voice=known.narrator.profile.name if known else "",
        wpm=known.narrator.profile.rate_wpm if known else 0,
        fastest=known.on.fastest if known else 1.0,
        state=review.state,
        fault=review.fault,
        change=snapshot.number,
        counts={state: states[state] for state in STATES},
        settings=job_of(known.settings) if known else {},
        playback=player.playback() if known else Playback("", False, "", "none"),
        mix="/api/v1/media/track" if "track" in made else "",
        narration="/api/v1/media/narration" if "narration" in made else "",
        recordings=True,
    )
