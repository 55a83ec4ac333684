"""The addresses of the sound of a line: measured while it is typed, alone, and in the mix; how words are said."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeVar, cast

from annotated_types import Ge, Le, MaxLen
from fastapi import Path as InPath
from fastapi import Query
from starlette.responses import FileResponse, Response

from audiodesc.media.clips import is_clip
from audiodesc.narration.outcomes import estimate_of
from audiodesc.narration.place import fitting
from audiodesc.narration.voice import Speak
from audiodesc.planning import script_segments
from audiodesc.planning.fit import Fitted
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Snapshot
from audiodesc.project.standing import rooms
from audiodesc.review.answers import Name, Number, TimeMs
from audiodesc.review.dependencies import NEW, Id, Opened
from audiodesc.review.excerpts import Excerpt, excerpt, placed_near, wav
from audiodesc.review.problems import NotReadyError, not_found
from audiodesc.review.pronouncing import LexiconView, entries_of, said_right, unsaid
from audiodesc.review.routing import routes_of
from audiodesc.review.state import Review
from audiodesc.review.voicing import Dropped, Key, length_of
from audiodesc.speak import all_profiles, is_ready
from audiodesc.speak.lexicon import Entry
from audiodesc.speak.profiles import speaks

T = TypeVar("T")
Said = Annotated[str | None, Query(max_length=3_000)]
Around = Annotated[int, Ge(0), Le(60_000)]
CLIP: Final = re.compile(r"say\.\d+-[0-9a-f]{32}")
WAV: Final = "audio/wav"


@dataclass(frozen=True, slots=True)
class Measure:
    """A text while it is typed; a newer one of the same line and `client` makes an older one drop. Without a client
    nothing is dropped."""

    text: Annotated[str, MaxLen(3_000)]
    start_ms: TimeMs | None = None
    client: Name = ""
    number: Number = 0


@dataclass(frozen=True, slots=True)
class MeasuredText:
    """How long the voice takes, and whether that fits, with the `reason` where it does not; `voice` is the address of
    its sound. `fault`: why it is not spoken at all."""

    dropped: bool = False
    length_ms: int | None = None
    rate: float | None = None
    fits: bool | None = None
    room_ms: int | None = None
    voice: str = ""
    reason: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class VoiceView:
    """A voice, and the language that it speaks (BCP 47)."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Voices:
    """The film's voice, and those that lines can have instead, those of its language first."""

    film: str
    voices: tuple[VoiceView, ...]


router = routes_of("sound")


@router.post("/lines/{id}/measure")
async def measure(review: Opened, id: Id, wanted: Measure) -> MeasuredText:
    """Have a text spoken, and measure it."""
    known = review.need_film()
    made = await _voiced(review, _key("measure", wanted.client, id), lambda: measured(review, known, id, wanted))
    return made or MeasuredText(dropped=True)


@router.get("/clips/{name}", response_class=FileResponse)
def clip(review: Opened, name: Annotated[str, InPath(max_length=100)]) -> Response:
    """The voice alone."""
    stem = name.removesuffix(".wav")
    path = review.store.path(stem, ".wav")
    if not CLIP.fullmatch(stem) or not is_clip(path):
        raise not_found("there is no such clip")
    return FileResponse(path, media_type=WAV)


@router.get("/lines/{id}/voice.wav", response_class=Response)
async def voice(review: Opened, id: Id, text: Said = None) -> Response:
    """The voice alone, of a line or of another text for it."""
    known, line = review.need_film(), _line(review.project.snapshot(), id)
    path = await _voiced(review, _key("voice", "", id), lambda: _clip(known, line, text or line.text))
    if path is None:
        raise NotReadyError("the server ends")
    return FileResponse(path, media_type=WAV)


@router.get("/lines/{id}/mixed.wav", response_class=Response)
async def mixed(
    review: Opened,
    id: Id,
    text: Said = None,
    start_ms: TimeMs | None = None,
    before_ms: Around = 2_000,
    after_ms: Around = 2_000,
    version: Annotated[str, MaxLen(100)] = "",
    client: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """A line, or another text in its place, as a render would mix it. A newer request for the same line by the same
    `client` makes an older one drop; without a client nothing is dropped."""
    known, snapshot = review.need_film(), review.project.snapshot()
    line = _wanted(_line(snapshot, id), text, start_ms)

    def work() -> Excerpt:
        outcomes = placed_near(known, review.folder, snapshot, line)
        return excerpt(known, review.before(), outcomes, id, (before_ms, after_ms), review.report())

    made = await _voiced(review, _key("mixed", client, id), work)
    if made is None:
        raise NotReadyError("a newer one was asked for")
    return Response(wav(made.samples, made.rate_hz), media_type=WAV, headers=_places(made))


@router.get("/voices")
def voices(review: Opened) -> Voices:
    """The voices that a line can have: those that can speak here."""
    known = review.need_film()
    ready = sorted(filter(is_ready, all_profiles()), key=lambda one: not speaks(one, known.narrator.language))
    return Voices(known.narrator.profile.name, tuple(VoiceView(one.name, one.language) for one in ready))


@router.get("/lexicon", tags=["lexicon"])
def lexicon(review: Opened) -> LexiconView:
    """How words are spoken in this project."""
    return LexiconView(entries_of(review))


@router.post("/lexicon", tags=["lexicon"])
def say(review: Opened, wanted: Entry) -> LexiconView:
    """Say a word right from now on."""
    return said_right(review, wanted)


@router.delete("/lexicon", tags=["lexicon"])
def unsay(review: Opened, words: Annotated[str, Query(max_length=200)]) -> LexiconView:
    """Say it as before."""
    return unsaid(review, words)


def _key(what: str, client: str, id: str) -> Key:
    """Under which a newer request drops an older one: one of its own where no client is named."""
    return f"{what} {client or secrets.token_hex(8)}", id


async def _voiced(review: Review, key: Key, work: Callable[[], T]) -> T | None:
    """What the thread with the voice makes; None where a newer one came."""
    made = await asyncio.wrap_future(review.voicing.ask(key, work))
    return None if isinstance(made, Dropped) else cast("T", made)


def measured(review: Review, known: KnownFilm, id: str, wanted: Measure) -> MeasuredText:
    """A text in the voice, where it would stand. On the thread with the voice."""
    text = " ".join(wanted.text.split())
    if not text:
        return MeasuredText(length_ms=0, fault="it has no words")
    snapshot = review.project.snapshot()
    line = next((one for one in snapshot.standing if one.id == id), None)
    start_ms = wanted.start_ms if wanted.start_ms is not None else line.start_ms if line else None
    made = MeasuredText()
    try:
        if start_ms is not None:
            there = replace(line or ProjectLine(NEW, 0, 0, text), start_ms=start_ms, end_ms=start_ms, text=text)
            made = _fitted(review, known, snapshot, there)
        return _with_length(made, review, known.on.speaker(line.voice if line else ""), text)
    except (ValueError, OSError) as error:
        return MeasuredText(fault=str(error).splitlines()[0])


def _with_length(made: MeasuredText, review: Review, speak: Speak, text: str) -> MeasuredText:
    """With the length at the natural rate: estimated where the text is spoken at another, or at none, and the voice
    knows; it is measured when nobody waits."""
    about_ms = estimate_of(speak)(text, 1.0) if made.rate != 1.0 and made.fits is not None else None
    if about_ms is not None and review.voicing.length(speak, text) is None:
        clip = speak(text, made.rate) if made.rate else None
        return replace(made, length_ms=about_ms, voice=f"/api/v1/clips/{clip.name}" if clip else "")
    clip = speak(text, 1.0)
    length_ms = length_of(clip)
    review.voicing.knows(speak, text, length_ms)
    return replace(made, length_ms=length_ms, voice=f"/api/v1/clips/{clip.name}")


def _fitted(review: Review, known: KnownFilm, snapshot: Snapshot, line: ProjectLine) -> MeasuredText:
    """Whether a line fits where it stands, as a render fits it."""
    lines = [one for one in snapshot.standing if one.id != line.id]
    lines = sorted([*lines, line], key=lambda one: (one.start_ms, one.id))
    number = lines.index(line)
    room = list(rooms(lines[: number + 2], known.on.gaps, review.line_length))[number]
    if room is None:
        return MeasuredText(fits=False, reason="dialogue there")
    (segment,) = script_segments([line.span], known.on.gaps, ())
    fitted = fitting([line.text], room, segment, known.on.in_voice(line.voice))
    room_ms = room.end_ms - line.start_ms
    if isinstance(fitted, Fitted):
        return MeasuredText(fits=True, rate=fitted.rate, room_ms=room_ms)
    return MeasuredText(fits=False, room_ms=room_ms, reason=fitted.reason)


def _clip(known: KnownFilm, line: ProjectLine, text: str) -> str:
    try:
        return str(known.on.speaker(line.voice)(" ".join(text.split()), 1.0))
    except ValueError as error:
        raise not_found(f"it cannot be spoken ({str(error).splitlines()[0]})") from error


def _line(snapshot: Snapshot, id: str) -> ProjectLine:
    found = next((one for one in snapshot.standing if one.id == id), None)
    if found is None:
        raise not_found(f"there is no line {id}")
    return found


def _wanted(line: ProjectLine, text: str | None, start_ms: int | None) -> ProjectLine:
    """A line as it would be with another text or start."""
    said = " ".join((text or "").split()) or line.text
    start = line.start_ms if start_ms is None else start_ms
    if (said, start) == (line.text, line.start_ms):
        return line
    return replace(line, text=said, start_ms=start, end_ms=start, is_touched=True, reason="")


def _places(made: Excerpt) -> dict[str, str]:
    headers = {"X-Start-Ms": str(made.start_ms)}
    if made.line:
        headers |= {"X-Line-Start-Ms": str(made.line.start_ms), "X-Line-End-Ms": str(made.line.end_ms)}
    return headers
