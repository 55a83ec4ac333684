"""The addresses of a person's recordings: a take comes in from the page, and is the line's from then on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated, Final

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from audiodesc.project import Edit
from audiodesc.project.folder import HIDDEN
from audiodesc.project.recorded import RecordedLine, recorded_lines
from audiodesc.recordings.kept import keep_all, kept
from audiodesc.recordings.matching import Take
from audiodesc.recordings.wanted import WantedLine
from audiodesc.review.answers import Changed, Number
from audiodesc.review.dependencies import SOURCE, Id, Opened, Who
from audiodesc.review.problems import ProblemError, not_found
from audiodesc.review.routing import routes_of
from audiodesc.review.state import Review

BEGINS: Final = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"FORM", b"ID3", b"\xff\xfb", b"\xff\xf1")
"""Of files of sound, as far as browsers record or people send them: WAV, FLAC, Ogg, WebM, AIFF, MP3, AAC."""

MP4: Final = b"ftyp"
FIRST: Final = 12
"""Bytes by which a kind is known."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a take did, and what was found in it."""

    changed: Changed
    recording: RecordedLine


router = routes_of("recordings")


@router.post("/lines/{id}/recordings", status_code=HTTPStatus.CREATED)
async def record(
    review: Opened,
    id: Id,
    request: Request,
    who: Who,
    name: Annotated[str, Query(max_length=200)] = "take.wav",
    number: Annotated[int, Query(ge=1, le=999)] = 1,
    base: Annotated[Number | None, Query()] = None,
) -> Recorded:
    """A take of a line: the body is a file of sound. It is copied into the project, and spoken in the voice's place."""
    with TemporaryDirectory(prefix="audiodesc-") as folder:
        path = Path(folder) / _file_name(name)
        await _received(request.stream(), path)
        return await run_in_threadpool(_keep, review, Take(id, path, number, path.name), who, base)


@router.get("/recordings")
def recordings(review: Opened) -> list[RecordedLine]:
    """The lines that have a recording, and what was found in them."""
    return list(recorded_lines(review.project))


@router.get("/lines/{id}/recording.wav", response_class=FileResponse)
def recording(review: Opened, id: Id) -> Response:
    """A line's recording."""
    line = next((one for one in review.project.lines() if one.id == id), None)
    one = kept(review.folder / HIDDEN, line.recording) if line and line.recording else None
    if one is None:
        raise not_found(f"line {id!r:.60} has no recording")
    return FileResponse(one.path, media_type="audio/wav")


def _file_name(name: str) -> str:
    """A name that is that of a file and nothing else, for people."""
    plain = "".join(character for character in PurePath(name).name if character.isprintable()).strip(". ")
    return plain[-100:] or "take.wav"


async def _received(stream: AsyncIterator[bytes], path: Path) -> None:
    """Write what comes in, as soon as its beginning shows that it is sound. Raises ProblemError where it is none."""
    start, is_known = b"", False
    with path.open("wb") as file:
        async for part in stream:
            if not is_known:
                start += part
                if len(start) < FIRST:
                    continue
                _check(start)
                part, is_known = start, True
            file.write(part)
    if not is_known:
        _check(start)


def _check(start: bytes) -> None:
    if not (start.startswith(BEGINS) or start[4:8] == MP4) or len(start) < FIRST:
        fault = "it is no recording that can be read"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, fault, "send WAV, FLAC, Ogg, WebM, MP4 or MP3")


def _keep(review: Review, take: Take, who: str, base: int | None) -> Recorded:
    line = next((one for one in review.project.lines() if one.id == take.line), None)
    if line is None:
        raise not_found(f"there is no line {take.line!r:.60}")
    wanted = {line.id: WantedLine(line.id, 0, line.start_ms, line.text)}
    ((_, one, why),) = keep_all({line.id: take}, wanted, review.folder / HIDDEN)
    if one is None:
        fault = why.replace(str(take.path), take.path.name)
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault, "record it again")
    entries = review.project.edit([Edit(line.id, recording=one.name, base=base)], who, SOURCE)
    found = next(one for one in recorded_lines(review.project) if one.id == line.id)
    return Recorded(review.changed(entries), found)
