"""Files -> a judgement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audiodesc.judge.findings import Judgement
from audiodesc.judge.judging import judge
from audiodesc.judge.script import read
from audiodesc.judge.yardstick import Yardstick
from audiodesc.model import Cue, Film, Span
from audiodesc.progress import Progress, silent
from audiodesc.subtitles import read_file


def check(
    script: str | Path,
    film: str | Path | None = None,
    subs: str | Path | None = None,
    yardstick: Yardstick | None = None,
    *,
    picture: bool = True,
    sound: bool = True,
    cuts: Sequence[int] | None = None,
    heard: Sequence[Span] | None = None,
    progress: Progress = silent,
) -> Judgement:
    """Judge a description script: WebVTT, SRT, DAPT, or another format that subtitles are read from.

    `film` gives the length, its own text track where no `subs` are given, with `picture` its cuts, unless these are
    known: `cuts` (ms), and with `sound` where speech is heard in it, unless that is known: `heard`. Without subtitles
    the dialogue is what is heard, as in `make`. Raises an InputError for a file that cannot be read at all, UsageError
    for a yardstick that names what does not exist.
    """
    told = read(Path(script))
    source = _film(Path(film)) if film else None
    cues, notes = _dialogue(source, Path(subs) if subs else None)
    if heard is None and source and sound:
        heard = _heard(source, progress)
    if cues is None and heard is not None:
        cues, notes = (), (*notes, "the dialogue is what is heard in the film's sound")
    if cuts is None and source and picture and cues is not None:
        progress("shots", 0, 0)
        cuts = _cuts(source)
    doubts = _doubts(cues, heard, source) if cues and heard and source else ()
    return judge(
        told.lines,
        cues,
        yardstick,
        name=str(script),
        duration_ms=source.duration_ms if source else None,
        cuts=cuts,
        heard=heard,
        faults=told.faults,
        notes=(*told.notes, *notes, *doubts),
    )


def _film(path: Path) -> Film:
    from audiodesc.media.probe import probe

    return probe(path)


def _dialogue(film: Film | None, subs: Path | None) -> tuple[tuple[Cue, ...] | None, tuple[str, ...]]:
    """The dialogue, None where it is not known, and what is to be said of it."""
    if film is None:
        if subs is None:
            return None, ()
        cues, notes = read_file(subs)
        return cues, tuple(note.message for note in notes)
    from audiodesc.subtitles import dialogue
    from audiodesc.subtitles.tracks import text_track

    if subs is None and text_track(film) is None:
        return None, (f"{film.path.name} has no subtitle track with text",)
    cues, notes = dialogue(film, subs)
    return cues, tuple(note.message for note in notes)


def _cuts(film: Film) -> tuple[int, ...]:
    from audiodesc.shots import cuts

    return cuts(film)


def _heard(film: Film, progress: Progress) -> tuple[Span, ...] | None:
    """Where speech is heard; None for a film without sound."""
    from audiodesc.hearing import heard, listen
    from audiodesc.media.programme import programme

    track = programme(film).track
    return heard(listen(film, track, progress), film.duration_ms).speech if track else None


def _doubts(cues: Sequence[Cue], heard: Sequence[Span], film: Film) -> tuple[str, ...]:
    """Whether the subtitles match the speech: what is judged by those that do not means little."""
    from audiodesc.sync import alignment, refusal

    refused = refusal("the subtitles", alignment(cues, heard, film.duration_ms))
    return (f"{refused.fault}: what is said of dialogue is in doubt",) if refused else ()
