"""A description script, ours or a person's, judged by the rules of the craft.

`judge` judges what is given as data and reads no file; `audiodesc.check` reads the files first. How a judgement is
shown is in `output` (table, summary, JSON, SARIF, JUnit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from audiodesc.core.languages import tag
from audiodesc.core.style import BROKEN
from audiodesc.judge.language_rules import alone, changing_terms, early_names, english, is_english, repeats
from audiodesc.judge.material import Material
from audiodesc.judge.rules import RULES, Finding, Judgement, Yardstick, in_file
from audiodesc.judge.timing_rules import far_too_short, hard, measured, pace, says_no_speed
from audiodesc.judge.wcag import statement
from audiodesc.model import Cue, Span
from audiodesc.scripts.lines import Fault, ScriptLine, told

__all__ = ["Finding", "Judgement", "Yardstick", "explained", "judge"]

NO_SUBTITLES = "no subtitles were given"
UNHEARD = "nobody listened to the film's sound"
WAITS = "the film waits while a line is spoken"

RANKS = {rule: rank for rank, rule in enumerate(RULES)}


def judge(
    lines: Iterable[ScriptLine],
    cues: Sequence[Cue] | None = None,
    yardstick: Yardstick | None = None,
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
    that were given. `faults` are those of the file; `notes` are handed on.
    """
    material = Material(tuple(lines), yardstick or Yardstick(), cues, duration_ms, cuts, heard, subtitles)
    language = _language(material)
    unjudged = dict(_unjudged(material, language))
    wanted = [rule for rule in RULES.values() if material.yardstick.wants(rule)]
    judged = tuple(rule.name for rule in wanted if rule.name not in unjudged)
    findings = sorted((one for one in (*in_file(faults), *_all(material)) if one.rule in judged), key=_order)
    remarks = (told(fault, Path(name)) for fault in faults if fault.kind == "remark")
    judgement = Judgement(
        script=name,
        profile=material.yardstick.profile,
        language=language,
        findings=tuple(findings),
        pace=measured(material),
        statement="",
        judged=judged,
        unjudged={rule.name: unjudged[rule.name] for rule in wanted if rule.name in unjudged},
        notes=(*remarks, *notes, *_doubts(material)),
    )
    pauses = None if material.cues is None else len(material.pauses)
    return replace(judgement, statement=statement(judgement, extended=material.yardstick.extended, pauses=pauses))


def explained(judgement: Judgement, why: Callable[[Span], str]) -> Judgement:
    """The judgement with a reason behind each finding of an empty pause for which there is one."""
    told = [
        replace(one, message=f"{one.message}; {reason}")
        if one.rule == "empty-pause" and one.span and (reason := why(one.span))
        else one
        for one in judgement.findings
    ]
    return replace(judgement, findings=tuple(told))


def _all(material: Material) -> Iterator[Finding]:
    yield from hard(material)
    yield from pace(material)
    yield from english(material)
    yield from alone(material)
    yield from repeats(material)
    yield from early_names(material)
    yield from changing_terms(material)


def _order(finding: Finding) -> tuple[Span, int, int]:
    return finding.span or Span(0, 0), finding.line, RANKS[finding.rule]


def _language(material: Material) -> str:
    """As told; else "en", or "" for words that are not English."""
    if material.yardstick.language:
        return tag(material.yardstick.language)
    return "en" if is_english([line.text for line in material.lines]) else ""


def _unjudged(material: Material, language: str) -> Iterator[tuple[str, str]]:
    """The rules that cannot be judged, and why."""
    if material.cues is None:
        without = ("over-dialogue", "cue-edge", "empty-pause", "repeats-dialogue", "early-name")
        yield from ((rule, NO_SUBTITLES) for rule in without)
    elif material.cuts is None:
        yield "empty-pause", "the film's cuts are not known"
    if material.cues is not None and not material.cues:
        yield from ((rule, NO_SUBTITLES) for rule in ("repeats-dialogue", "early-name"))
    if material.heard is None:
        yield "over-speech", UNHEARD
    if not material.subtitles:
        yield "under-subtitle", NO_SUBTITLES if material.subtitles is not None else UNHEARD
    if material.duration_ms is None:
        yield "past-end", "the film was not given"
    if material.yardstick.extended:
        yield from ((rule, WAITS) for rule in ("over-dialogue", "over-speech", "does-not-fit", "fast-line"))
        yield from ((rule, WAITS) for rule in ("under-subtitle", "cue-edge"))
        yield from ((rule, WAITS) for rule in ("fast-overall", "lines-close", "overlapping-lines"))
    if language.casefold().replace("_", "-").split("-")[0] not in ("en", "eng"):
        why = "words are judged in English only"
        yield from ((rule, why) for rule in (*BROKEN, "pronoun-alone", "constant-terms"))


def _doubts(material: Material) -> Iterator[str]:
    """What makes a judgement as a whole doubtful."""
    short = len(far_too_short(material))
    if says_no_speed(material) and not material.yardstick.extended:
        yield (
            f"{short} of {len(material.lines)} cues are far too short for their words: if the player stops the film "
            "while a line is spoken, judge with --extended"
        )
