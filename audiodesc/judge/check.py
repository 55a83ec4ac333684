"""Script, film and subtitles -> a judgement. What `make` speaks is judged by the same dialogue, so that both agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.core.cache import Store
from audiodesc.core.progress import Progress, Stopwatch, silent
from audiodesc.dialogue.analyse import Source, analyse, analyse_subtitles, read_source, with_picture
from audiodesc.dialogue.combine import Dialogue
from audiodesc.dialogue.subtitle_source import hint
from audiodesc.errors import SubtitleError
from audiodesc.judge import Criteria, Judgement, judge
from audiodesc.judge.rules import criteria_of
from audiodesc.model import Note
from audiodesc.scripts import Fault, ScriptLine, read_script
from audiodesc.settings import Settings
from audiodesc.subtitles import frame_rate
from audiodesc.subtitles.source import no_rate

DEFAULT = Settings()


def check(
    script: str | Path,
    film: str | Path | None = None,
    subs: str | Path | None = None,
    criteria: Criteria | None = None,
    settings: Settings = DEFAULT,
    *,
    cuts: Sequence[int] | None = None,
    progress: Progress = silent,
) -> Judgement:
    """Judge a description script: WebVTT, SRT, DAPT, or another format that subtitles are read from.

    `film` gives the length, its cuts unless these are known (`cuts`, ms), and when people speak: by its sound and by
    `subs`, or its own text track, as in `make` with the same settings of the dialogue. Subtitles that `make` refuses
    are used at their times, with a note. `criteria`: those of the settings, where None.

    Raises an InputError for a file that cannot be read at all, UsageError for what does not exist or needs a film.
    """
    subtitles = Path(subs) if subs else None
    source = read_source(Path(film), subtitles, settings, mixed=False, optional=True) if film else None
    rate = (lambda: frame_rate(source.film)) if source else no_rate
    encoding = hint(settings.dialogue, source.track if source else None)
    read = read_script(Path(script), rate, encoding, settings.options)
    if source:
        known, found = _of_film(source, settings, progress, picture=settings.check.picture and cuts is None)
        cuts = found if cuts is None else cuts
    else:
        known = analyse_subtitles(subtitles, settings).dialogue
    return judged(
        read.lines,
        known,
        criteria or criteria_of(settings),
        name=str(script),
        duration_ms=source.film.duration_ms if source else None,
        cuts=cuts,
        faults=read.faults,
        notes=[note.message for note in known.notes],
    )


def judged(
    lines: Iterable[ScriptLine],
    known: Dialogue,
    criteria: Criteria,
    *,
    name: str = "",
    duration_ms: int | None = None,
    cuts: Sequence[int] | None = None,
    faults: Sequence[Fault] = (),
    notes: Sequence[str] = (),
) -> Judgement:
    """Judge lines by the dialogue as it is known; see `judge`. What is protected is the dialogue's, too."""
    return judge(
        lines,
        [cue for cue in known.cues if cue.text or cue.kind == "unsure"] if known.is_known else None,
        replace(criteria, protected=known.protected),
        name=name,
        duration_ms=duration_ms,
        cuts=cuts,
        heard=known.voices if known.detected else None,
        subtitles=known.given if known.detected else None,
        faults=faults,
        notes=notes,
    )


def _of_film(
    source: Source, settings: Settings, progress: Progress, *, picture: bool
) -> tuple[Dialogue, tuple[int, ...] | None]:
    """The dialogue and, with `picture`, the cuts, where anything tells when people speak."""
    with TemporaryDirectory() as folder:
        store, watch = Store(Path(folder)), Stopwatch(progress)
        try:
            found = analyse(source, settings, store, watch, picture=False)
        except SubtitleError as error:
            trusting = replace(settings, dialogue=replace(settings.dialogue, trust_subs=True))
            found = analyse(source, trusting, store, watch, picture=False)
            doubt = Note("dialogue", f"what is said of dialogue is in doubt: {error.remedy}")
            found = replace(found, dialogue=replace(found.dialogue, notes=(*found.dialogue.notes, doubt)))
        if not (picture and found.dialogue.is_known):
            return found.dialogue, None
        return found.dialogue, with_picture(found, source.film, store, watch).cuts
