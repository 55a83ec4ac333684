"""Which tracks are description, how sure that is, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from audiodesc.core.languages import is_same
from audiodesc.inspection.model import Inspection, Track, Verdict
from audiodesc.media.probe import COMMENTARY, DESCRIPTION, EFFECTS

OTHER_MARKS: Final = {
    "comment", "clean_effects", "hearing_impaired", "karaoke", "dub", "lyrics", "FlagCommentary", "FlagHearingImpaired",
    "commentary", "captions",
}  # fmt: skip
"""What marks a sound as something else."""

NAMED: Final = re.compile(r"(?:^|[._-])ad(?:$|[._-])", re.IGNORECASE)
"""A part of a file's name, as in film.ad.m4a."""

LIKE_LENGTH_MS: Final = 2_000
"""A sound that is as long as the film to so much may be the film with a narrator in it."""


def with_verdicts(of: Inspection) -> Inspection:
    """The same, each track with a verdict where there is any sign of description."""
    sounds = of.of_kind("sound")
    alone = Path(of.path).stem if of.kind in ("sound", "film") and len(sounds) == 1 else ""
    return replace(of, tracks=tuple(replace(one, description=_verdict(one, sounds, alone)) for one in of.tracks))


def _verdict(track: Track, sounds: Sequence[Track], alone: str) -> Verdict | None:
    """`alone` is the name of the file in which a sound is the only one."""
    if track.kind not in ("sound", "text"):
        return None
    describing = [mark for mark in track.marks if mark.describes]
    own = [mark for mark in describing if mark.where != "disposition"]  # FFmpeg's are made of them
    marks = tuple(f"{mark.where} says {mark.value}" for mark in own or describing)
    called = f"it is called “{track.title}”" if DESCRIPTION.search(track.title) else ""
    if marks:
        return Verdict("certain", (*marks, *([called] if called else ())))
    if called:
        return Verdict("likely", (called,))
    if track.kind == "text":
        return None
    if alone and (DESCRIPTION.search(alone) or NAMED.search(alone)):
        return Verdict("likely", (f"the file is called {alone}",))
    return _possible(track, sounds)


def _possible(track: Track, sounds: Sequence[Track]) -> Verdict | None:
    """A second sound in the language of the first, as long as that, and nothing says that it is something else."""
    first = sounds[0]
    is_other = COMMENTARY.search(track.title) or EFFECTS.search(track.title)
    marked = any(mark.value in OTHER_MARKS or (mark.where in OTHER_MARKS and mark.value == "1") for mark in track.marks)
    if track is first or track.default or is_other or marked or not is_same(track.language, first.language):
        return None
    if track.channels != first.channels and first.channels <= 2:
        return None
    if None not in (track.end_ms, first.end_ms) and abs((track.end_ms or 0) - (first.end_ms or 0)) > LIKE_LENGTH_MS:
        return None
    return Verdict("possible", (f"it is a second sound in {track.language}, and nothing says what it is",))
