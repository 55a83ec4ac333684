"""What a conformance report can say of a description: WCAG 2, 1.2.3 (A), 1.2.5 (AA), 1.2.7 (AAA).

A check sees a script and times, not the film: it can show that a criterion is missed, and where; it cannot show that
what matters in the picture is described. The statement says which of the two it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audiodesc.core.formatting import number_of
from audiodesc.judge.rules import Finding, Judgement, Pace

LOST = ("over-dialogue", "over-speech", "does-not-fit", "overlapping-lines", "past-end", "unreadable")
"""Faults by which a listener loses a description or the dialogue."""

BROKEN = ("empty-line", "unreadable")
"""Faults of the file, where they are in no line that has words and a time."""

DECISIVE = ("over-dialogue", "does-not-fit")
"""Without these nothing can be said of 1.2.5."""

BOTH = "1.2.5 Audio Description (Prerecorded, AA) and, by it, 1.2.3 (A)"
EXTENDED = "1.2.7 Extended Audio Description (Prerecorded, AAA)"
FEWEST, SPARSE = 2, 0.5
"""With fewer lines, or fewer a minute, a film is hardly described, and times say nothing of it: people give 3.4 to
7.5 a minute."""

SHOWN = 6
"""So many places are named; the findings have them all."""


def conformance_statement(judgement: Judgement, *, extended: bool, pauses: int | None = None) -> str:
    """A paragraph: what is met as far as a check can show, what is not and where, what a person must judge.

    `extended`: the player stops the film while a line is spoken. `pauses` is how many pauses of the dialogue are long
    enough to be used, None where that is not known.
    """
    full = pauses == 0 and not extended
    if not judgement.pace.lines:
        return _undescribed(full)
    return " ".join(
        (
            _opening(judgement.pace, extended),
            _without_pauses(judgement) if full else _in_the_pauses(judgement, extended),
            _NO_ROOM if full else _extended(judgement, extended),
            *_beyond(judgement),
        )
    )


_NO_ROOM = f"Not evaluated: {EXTENDED}; only a description for which the film waits would have room."


def _undescribed(full: bool) -> str:
    none = "The film has no audio description that can be read"
    if not full:
        return f"{none}. Does not support {BOTH}, nor {EXTENDED}."
    needed = "whether anything that matters is only seen, so that one is needed, a person must judge"
    return f"{none}, and its dialogue leaves no usable pause for one. Not evaluated: {BOTH}; {needed}. {_NO_ROOM}"


def _without_pauses(judgement: Judgement) -> str:
    """1.2.5 where no line could have been spoken in a pause."""
    why = "; ".join(("the dialogue leaves no usable pause", *_faults(judgement)))
    return f"Not evaluated: {BOTH}; {why}. Whether anything that matters is only seen, a person must judge."


def _is_sparse(pace: Pace) -> bool:
    return pace.lines < FEWEST or pace.lines_per_minute < SPARSE


def _too_few(pace: Pace) -> str:
    return f"{number_of(pace.lines, 'line')} in all {'is' if pace.lines == 1 else 'are'} too few to judge by times"


def _opening(pace: Pace, extended: bool) -> str:
    speed = "" if extended or not pace.wpm else f", {pace.wpm} words a minute in the time of its cues"
    lines = f"{number_of(pace.lines, 'line')} ({pace.lines_per_minute:g} a minute{speed})"
    return f"The film has an audio description of {lines}."


def _in_the_pauses(judgement: Judgement, extended: bool) -> str:
    """1.2.5 and, by it, 1.2.3."""
    if _lines_lost(judgement) >= judgement.pace.lines:
        return f"Does not support {BOTH}: {'; '.join(_faults(judgement))}."
    if faults := "; ".join(_faults(judgement)):
        return f"Partially supports {BOTH} at best: {faults}."
    open_ = next((rule for rule in DECISIVE if rule not in judgement.judged), "")
    if open_ and not extended:
        why = judgement.unjudged.get(open_, f"the rule {open_} was switched off")
        return f"Not evaluated: {BOTH}; {why}, so that it is open whether the lines stand in the pauses."
    if _is_sparse(judgement.pace):
        return f"Not evaluated: {BOTH}; {_too_few(judgement.pace)}. Whether more is needed, a person must judge."
    seen = "" if "empty-pause" in judgement.judged else "; whether usable pauses are empty was not judged"
    times = "as far as times can show: no line is lost and none hides dialogue"
    far = "if the film waits for each line" if extended else times
    return f"No fault found against {BOTH}, {far}{seen}. Whether it is supported, a person must judge."


def _faults(judgement: Judgement) -> Iterator[str]:
    """What speaks against 1.2.5, and where."""
    if lost := _lost(judgement):
        lines = _lines_lost(judgement)
        all_ = "all " if lines == judgement.pace.lines > 1 else ""
        how = "without room, over dialogue or past the film's end"
        yield f"{all_}{number_of(lines, 'line')} lost, {how} ({_places(lost)})"
    if broken := [one for one in _of(judgement, *BROKEN) if not (one.span and one.words)]:
        yield f"{number_of(len(broken), 'fault')} in the file itself ({_places(broken)})"
    if empty := _of(judgement, "empty-pause"):
        yield (
            "usable pauses, or long rests of them, are empty while the picture changes, and no line follows soon, "
            f"which is failure F113 where the change matters ({_places(empty)})"
        )


def _lost(judgement: Judgement) -> list[Finding]:
    """What is wrong with lines that have words and a time."""
    return [finding for finding in _of(judgement, *LOST) if finding.span and finding.words]


def _lines_lost(judgement: Judgement) -> int:
    return len({(finding.line, finding.span) for finding in _lost(judgement)})


def _extended(judgement: Judgement, extended: bool) -> str:
    """1.2.7."""
    if extended and _lost(judgement):
        return f"Partially supports {EXTENDED} at best: lines are lost."
    if extended and _is_sparse(judgement.pace):
        return f"Not evaluated: {EXTENDED}; {_too_few(judgement.pace)}."
    if extended:
        return (
            f"No fault found against {EXTENDED}, if the player stops the film while a line is spoken, as was assumed "
            "here: a person must judge."
        )
    if tight := _of(judgement, *DECISIVE):
        lines = number_of(len(tight), "line")
        return f"Does not support {EXTENDED}: the film does not wait, and there is too little room for {lines}."
    return f"Not evaluated: {EXTENDED}; the film does not wait, and whether its pauses are enough, a person must judge."


def _beyond(judgement: Judgement) -> Iterator[str]:
    """What is left to a person."""
    if silent := _of(judgement, "long-silence"):
        yield f"Long stretches have no line ({_places(silent)}): a person must judge whether anything is missed there."
    if "over-speech" not in judgement.judged:
        yield "Speech that has no subtitle was not looked for."
    yield "Whether the lines are true and tell what matters was not checked: no program can vouch for that."


def _of(judgement: Judgement, *rules: str) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.rule in rules]


def _places(findings: Sequence[Finding]) -> str:
    places = list(dict.fromkeys(_place(finding) for finding in findings))
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return f"at {', '.join(places[:SHOWN])}{more}"


def _place(finding: Finding) -> str:
    if finding.span is None:
        return f"line {finding.line}"
    seconds = finding.span.start_ms // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
