"""A description script, ours or a person's, judged by the rules of the craft.

`judge` judges what is given as data and reads no file; `audiodesc.check` reads the files first. How a judgement is
shown is in `output` (table, summary, JSON, SARIF, JUnit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from audiodesc.core.cache import Store
from audiodesc.core.languages import primary, tag
from audiodesc.core.progress import Progress, Stopwatch, silent
from audiodesc.dialogue import FilmSource, analyse, analyse_subtitles, read_source, with_picture
from audiodesc.dialogue.combine import Dialogue
from audiodesc.dialogue.subtitle_source import hint
from audiodesc.errors import SubtitleError
from audiodesc.judge.language_rules import (
    check_early_names,
    check_pronouns,
    check_repeats,
    check_style,
    check_terms,
    is_english,
)
from audiodesc.judge.material import Material
from audiodesc.judge.rules import RULES, Criteria, Finding, Judgement, Need, criteria_of, in_file
from audiodesc.judge.timing_rules import (
    check_empty_pauses,
    check_long_silences,
    check_placement,
    check_separation,
    check_speed,
    is_without_durations,
    measured_lines,
    too_short_cues,
)
from audiodesc.judge.wcag import conformance_statement
from audiodesc.media.own_timecode import count_of
from audiodesc.model import Cue, Note, Span
from audiodesc.scripts import Fault, ScriptLine, read_script
from audiodesc.scripts.known_voices import with_known_voices
from audiodesc.scripts.lines import as_sentence
from audiodesc.settings import Settings
from audiodesc.subtitles import frame_rate
from audiodesc.subtitles.source import no_rate

__all__ = ["Criteria", "Finding", "Judgement", "judge", "with_reasons"]

CHECKS: Final[tuple[Callable[[Material], Iterator[Finding]], ...]] = (
    check_placement,
    check_speed,
    check_separation,
    check_empty_pauses,
    check_long_silences,
    check_style,
    check_pronouns,
    check_repeats,
    check_early_names,
    check_terms,
)
"""Each yields the findings of one or several rules of `RULES`."""

NO_SUBTITLES = "no subtitles were given"
NOT_ANALYSED = "nobody listened to the film's sound"

RANKS = {rule: rank for rank, rule in enumerate(RULES)}


def judge(
    lines: Iterable[ScriptLine],
    cues: Sequence[Cue] | None = None,
    criteria: Criteria | None = None,
    *,
    name: str = "",
    duration_ms: int | None = None,
    cuts: Sequence[int] | None = None,
    heard: Sequence[Span] | None = None,
    subtitles: Sequence[Cue] | None = None,
    faults: Sequence[Fault] = (),
    notes: Sequence[str] = (),
) -> Judgement:
    """Judge a script's lines, in the order of the file.

    What is None is not known, and the rules that need it are named as not judged. `cues` is the film's dialogue, empty
    where all of it is in `heard`; `cuts` are the times of its cuts in ms, `heard` the spans in which its sound has
    speech, both in order. Where `cues` stand at the times at which they are heard, `subtitles` are the same at those
    that were given. `faults` are those of the file: they break rules too, or become notes. `notes` are handed on.
    """
    material = Material(tuple(lines), criteria or Criteria(), cues, duration_ms, cuts, heard, subtitles)
    language = _language(material)
    unjudged = _unjudged(material, language)
    judged = tuple(name for name, rule in RULES.items() if material.criteria.wants(rule) and name not in unjudged)
    checked = chain(in_file(faults), *(check(material) for check in CHECKS))
    remarks = (as_sentence(fault, Path(name)) for fault in faults if fault.kind == "remark")
    judgement = Judgement(
        script=name,
        profile=material.criteria.profile,
        language=language,
        findings=tuple(sorted((one for one in checked if one.rule in judged), key=_order)),
        pace=measured_lines(material),
        statement="",
        judged=judged,
        unjudged=unjudged,
        notes=(*remarks, *notes, *_doubts(material)),
    )
    pauses = None if material.cues is None else len(material.pauses)
    text = conformance_statement(judgement, extended=material.criteria.extended, pauses=pauses)
    return replace(judgement, statement=text)


def with_reasons(judgement: Judgement, why: Callable[[Span], str]) -> Judgement:
    """The judgement with a reason behind each finding of an empty pause for which there is one."""
    findings = [
        replace(one, message=f"{one.message}; {reason}")
        if one.rule == "empty-pause" and one.span and (reason := why(one.span))
        else one
        for one in judgement.findings
    ]
    return replace(judgement, findings=tuple(findings))


def _order(finding: Finding) -> tuple[Span, int, int]:
    return finding.span or Span(0, 0), finding.line, RANKS[finding.rule]


def _language(material: Material) -> str:
    """The language that was chosen; else "en", or "" for words that are not English."""
    if material.criteria.language:
        return tag(material.criteria.language)
    return "en" if is_english([line.text for line in material.lines]) else ""


def _unjudged(material: Material, language: str) -> dict[str, str]:
    """The rules that are wanted and cannot be judged, and why."""
    lacking = _lacking(material, language)
    reasons = {
        name: next((why for need, why in lacking.items() if need in rule.needs), "")
        for name, rule in RULES.items()
        if material.criteria.wants(rule)
    }
    return {name: why for name, why in reasons.items() if why}


def _lacking(material: Material, language: str) -> Mapping[Need, str]:
    """What rules need and is not there, and why; the reason that counts most comes first."""
    is_english_text = primary(language) == "en"
    lacking: dict[Need, str] = {
        "English": "" if is_english_text else "words are judged in English only",
        "playback without stops": "the film waits while a line is spoken" if material.criteria.extended else "",
        "film": "the film was not given" if material.duration_ms is None else "",
        "subtitle times": NOT_ANALYSED if material.subtitles is None else "" if material.subtitles else NO_SUBTITLES,
        "voice activity": NOT_ANALYSED if material.heard is None else "",
        "words of dialogue": "" if material.cues else NO_SUBTITLES,
        "dialogue": NO_SUBTITLES if material.cues is None else "",
        "cuts": "the film's cuts are not known" if material.cuts is None else "",
    }
    return {need: why for need, why in lacking.items() if why}


def _doubts(material: Material) -> Iterator[str]:
    """What makes a judgement as a whole doubtful."""
    if is_without_durations(material) and not material.criteria.extended:
        yield (
            f"{len(too_short_cues(material))} of {len(material.lines)} cues are far too short for their words: if the "
            "player stops the film while a line is spoken, judge with --extended"
        )


DEFAULT = Settings()
Name = TypeVar("Name", bound=str)


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
    code = partial(count_of, source.film, settings.deliver) if source else None
    read = with_known_voices(read_script(Path(script), rate, encoding, settings.options, code))
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


def check_lines(
    scripts: Mapping[Name, Sequence[ScriptLine]],
    film: Path | None = None,
    subs: Path | None = None,
    settings: Settings = DEFAULT,
    *,
    progress: Progress = silent,
) -> dict[Name, Judgement]:
    """Judge scripts of one film that are read already, by their names, as `check` does; the film is analysed once."""
    if film is None:
        known, cuts, duration_ms = analyse_subtitles(subs, settings).dialogue, None, None
    else:
        source = read_source(film, subs, settings, mixed=False, optional=True)
        known, cuts = _of_film(source, settings, progress, picture=settings.check.picture)
        duration_ms = source.film.duration_ms
    criteria = criteria_of(settings)
    return {
        name: judged(lines, known, criteria, name=name, duration_ms=duration_ms, cuts=cuts)
        for name, lines in scripts.items()
    }


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
    source: FilmSource, settings: Settings, progress: Progress, *, picture: bool
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
