"""The subtitle files of other projects' tests, and what is to come of each: read, or refused with a reason.

They are in the folder that AUDIODESC_MEDIA names; without it there are none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from audiodesc.errors import SubtitleError
from audiodesc.model import Cue, Note
from audiodesc.subtitles import format_of, read_file
from audiodesc.subtitles.formats import FORMATS

NO_FORMAT = "is not subtitles in a known format"
NO_CUE = "holds no subtitle"
PICTURES = "is TTML whose subtitles are pictures"

REFUSED = {
    "imsc-tests-1.0/altText__altText1.ttml": PICTURES,
    "imsc-tests-1.0/aspectRatio__aspectRatio3.ttml": PICTURES,
    "imsc-tests-1.0/aspectRatio__aspectRatio4.ttml": PICTURES,
    "imsc-tests-1.0/aspectRatio__aspectRatio6.ttml": PICTURES,
    "imsc-tests-1.0/structure__Structure002.ttml": NO_CUE,
    "subs-astisub/broken-1-in.vtt": NO_FORMAT,
    "subs-pysubs2/subtitle_with_attached_fonts_no_events.ass": NO_CUE,
    "subs-pysubs2/subtitle_with_attached_images_aegisub.ass": NO_CUE,
    "subs-pysubs2/subtitle_with_attached_images_pysubs2_ref.ass": NO_CUE,
    "subs-vttjs/cue-times__incorrect-delimiter.vtt": NO_CUE,
    "subs-vttjs/cue-times__min-mid-digits.vtt": NO_CUE,
    "subs-vttjs/cue-times__min-top-digits.vtt": NO_CUE,
    "subs-vttjs/cue-times__minimum-spots-over-sixty.vtt": NO_CUE,
    "subs-vttjs/cue-times__missing-separator.vtt": NO_CUE,
    "subs-webvtt-py/invalid_format.sbv": NO_FORMAT,
    "subs-webvtt-py/invalid_format1.srt": NO_FORMAT,
    "subs-webvtt-py/invalid_format2.srt": NO_FORMAT,
    "subs-webvtt-py/invalid_format3.srt": NO_FORMAT,
    "subs-webvtt-py/invalid_format4.srt": NO_CUE,
    "subs-webvtt-py/no_captions.vtt": NO_CUE,
    "subs-wpt-webvtt/signature-bom.vtt": NO_CUE,
    "subs-wpt-webvtt/signature-space-no-newline.vtt": NO_CUE,
    "subs-wpt-webvtt/signature-tab-no-newline.vtt": NO_CUE,
    "subs-wpt-webvtt/signature-timings.vtt": NO_CUE,
}
"""Each was looked at: broken on purpose, without a cue, or of pictures."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: cues and notes, or the fault for which it was refused; `form` is what people call it."""

    form: str
    cues: tuple[Cue, ...] = ()
    notes: tuple[Note, ...] = ()
    fault: str = ""


def folder() -> Path | None:
    named = os.environ.get("AUDIODESC_MEDIA")
    return Path(named) if named and Path(named).is_dir() else None


def files(media: Path) -> list[Path]:
    """Every subtitle file of the corpora, in order."""
    corpora = sorted([*media.glob("subs-*"), *media.glob("imsc-tests-*")])
    return [path for corpus in corpora for path in sorted(corpus.iterdir()) if path.suffix != ".md"]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def outcome(path: Path) -> Outcome:
    """Frames are of 25 a second. Whatever is raised besides a refusal goes through."""
    try:
        form = FORMATS[format_of(path)].label
    except SubtitleError:
        form = "none"
    try:
        cues, notes = read_file(path, Fraction(25))
    except SubtitleError as error:
        return Outcome(form, fault=error.fault.removeprefix(f"{path} "))
    return Outcome(form, cues, notes)
