"""Script, film and subtitles -> a judgement. What `make` speaks is judged by the same dialogue, so that both agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.core.cache import Store
from audiodesc.core.progress import Progress, Stopwatch, silent
from audiodesc.dialogue.resolve import Dialogue, dialogue, hint, of_file, subtitles_if_any
from audiodesc.dialogue.vad.tracks import spoken_programme
from audiodesc.errors import SubtitleError
from audiodesc.judge import Criteria, Judgement, judge
from audiodesc.judge.rules import criteria_of
from audiodesc.media.probe import probe
from audiodesc.media.shots import cuts as find_cuts
from audiodesc.model import Film, Note
from audiodesc.scripts import Fault, ScriptLine, read_script
from audiodesc.settings import Settings
from audiodesc.subtitles import frame_rate, language_of
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
    source = probe(Path(film)) if film else None
    rate = (lambda: frame_rate(source)) if source else no_rate
    read = read_script(Path(script), rate, hint(settings.dialogue), settings.options)
    known = _known(source, Path(subs) if subs else None, settings, progress)
    if cuts is None and source and settings.check.picture and known.is_known:
        progress("shots", 0, 0)
        cuts = find_cuts(source)
    return judged(
        read.lines,
        known,
        criteria or criteria_of(settings),
        name=str(script),
        duration_ms=source.duration_ms if source else None,
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
        heard=known.voices if known.heard else None,
        subtitles=known.given if known.heard else None,
        faults=faults,
        notes=notes,
    )


def _known(film: Film | None, subs: Path | None, settings: Settings, progress: Progress) -> Dialogue:
    """When people speak, as far as the files say."""
    if film is None:
        return of_file(subs, settings.dialogue)
    chosen, language = settings.dialogue, settings.voice.language or ""
    track = next(iter(film.audio_tracks), None)
    if chosen.hear:  # else it need not be one that can be heard
        spoken = language_of(film, subs, chosen.subs_track, language) if chosen.subs else ""
        track = spoken_programme(film, chosen.audio_track, language=language, subtitles=spoken).track
    given = subtitles_if_any(film, track, subs, chosen, language)
    with TemporaryDirectory() as folder:
        store, watch = Store(Path(folder)), Stopwatch(progress)
        try:
            return dialogue(film, track, given, chosen, settings.plan.density, store, watch)
        except SubtitleError as error:
            trusting = replace(chosen, trust_subs=True)
            known = dialogue(film, track, given, trusting, settings.plan.density, store, watch)
            doubt = Note("dialogue", f"what is said of dialogue is in doubt: {error.remedy}")
            return replace(known, notes=(*known.notes, doubt))
