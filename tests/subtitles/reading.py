"""What tests ask of a file that was read."""

from __future__ import annotations

from pathlib import Path

import pytest
from subtitles.written import Timed

from audiodesc.errors import InputError, SubtitleError
from audiodesc.model import Cue
from audiodesc.scripts import read_script
from audiodesc.subtitles import read_file


def cues_in(path: Path) -> tuple[Cue, ...]:
    return read_file(path)[0]


def timed(cues: tuple[Cue, ...]) -> list[Timed]:
    return [(cue.span.start_ms, cue.span.end_ms, cue.text) for cue in cues]


def refusal(path: Path, kind: type[InputError] = SubtitleError) -> str:
    """The one line that names the file."""
    with pytest.raises(kind) as caught:
        (read_file if kind is SubtitleError else read_script)(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert len(message.splitlines()) == 1
    assert caught.value.remedy
    return message


def read_or_refused(path: Path) -> list[Timed] | str:
    """The cues, or "refused" where the refusal is one line that names the file."""
    try:
        return timed(cues_in(path))
    except SubtitleError as error:
        one_line = len(str(error).splitlines()) == 1
        return "refused" if one_line and str(error).startswith(str(path)) else repr(error)


def not_lost(path: Path, start_ms: int, end_ms: int) -> bool:
    """Whether dialogue at this time is protected, or its loss is told: rule 1 hangs on it."""
    try:
        cues, notes = read_file(path)
    except SubtitleError:
        return True
    return bool(notes) or any(cue.span.start_ms <= start_ms and cue.span.end_ms >= end_ms for cue in cues)
