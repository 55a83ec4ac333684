"""Names and terms over a whole script: told too early, or not kept to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from audiodesc.core.formatting import clock
from audiodesc.judge.findings import Finding, ScriptLine
from audiodesc.judge.material import Material
from audiodesc.judge.rules import found
from audiodesc.model import Cue

EARLY_MS = 5_000
"""A name may be told so long before the dialogue says it: the same moment, for a listener."""

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
WITHIN = re.compile(r"(?<=[\w,;] )[A-Z][^\W\d_]+")
CALLED = re.compile(
    r"(?:^|[,.!?…] |\b(?:[Hh]ey|[Hh]ello|[Hh]i|[Ll]isten|[Oo]h|[Nn]o|[Yy]es) )([A-Z][^\W\d_]{2,})(?=[,.!?…]|$)"
)
NO_NAMES = {"mom", "mum", "mommy", "mummy", "dad", "daddy", "papa", "mama", "sir", "madam", "god", "lord", "jesus"}
FEWEST_TIMES = 3
SHORTEST_NAME = 5

TERMS: tuple[tuple[str, str], ...] = (
    (r"elevators?", r"(?:the|a) lifts?"),
    (r"flashlights?", r"torch(?:es)?"),
    (r"trucks?", r"lorr(?:y|ies)"),
    (r"sidewalks?", r"pavements?"),
    (r"cell ?phones?", r"mobile phones?"),
    (r"couch(?:es)?", r"sofas?"),
    (r"gray", r"grey"),
    (r"color(?:s|ed|ful)?", r"colour(?:s|ed|ful)?"),
    (r"pajamas", r"pyjamas"),
    (r"mustaches?", r"moustaches?"),
)
"""Words for one thing, of which a script should choose one."""


def early_names(material: Material) -> Iterator[Finding]:
    """The first use of each name that the dialogue says only later.

    Only names by which somebody is called, or that the subtitles give a speaker; what is also a common word in the
    script or the dialogue is taken for none.
    """
    cues = [cue for cue in material.cues or () if cue.kind != "sound"]
    first_said = _first_said(cues)
    called = {name for cue in cues for name in (*CALLED.findall(cue.text), *WORD.findall(cue.speaker))}
    small = {word for text in _texts(material, cues) for word in WORD.findall(text) if word.islower()}
    names = {name for name in called if name in first_said and name.lower() not in small | NO_NAMES}
    for line in material.lines:
        for name in sorted(names.intersection(WORD.findall(re.sub(r"['’]s\b", "", line.text)))):
            names.remove(name)
            if first_said[name] > line.span.end_ms + EARLY_MS:
                yield found("early-name", f"the dialogue first says {name!r} at {clock(first_said[name])}", line)


def _texts(material: Material, cues: Sequence[Cue]) -> Iterator[str]:
    yield from (line.text for line in material.lines)
    yield from (cue.text for cue in cues)


def _first_said(cues: Sequence[Cue]) -> dict[str, int]:
    first: dict[str, int] = {}
    for cue in cues:
        for word in WORD.findall(re.sub(r"['’]s\b", "", cue.text)):
            first.setdefault(word, cue.span.start_ms)
    return first


def changing_terms(material: Material) -> Iterator[Finding]:
    """The first line that has another word for a thing, and names spelled in two ways."""
    for pair in TERMS:
        firsts = [_first_use(re.compile(rf"\b{term}\b", re.IGNORECASE), material.lines) for term in pair]
        used = sorted((use for use in firsts if use), key=lambda use: use[0].span)
        if len(used) == 2:
            yield found("constant-terms", f"{used[1][1]!r} here and {used[0][1]!r} before", used[1][0])
    yield from _misspelled(material)


def _first_use(term: re.Pattern[str], lines: Sequence[ScriptLine]) -> tuple[ScriptLine, str] | None:
    return next(((line, hit[0]) for line in lines if (hit := term.search(line.text))), None)


def _misspelled(material: Material) -> Iterator[Finding]:
    """Rare names a letter away from one that is told often, and that no dialogue says."""
    counts = Counter(name for line in material.lines for name in WITHIN.findall(line.text))
    said = {word for cue in material.cues or () for word in WORD.findall(cue.text)}
    often = [name for name, times in counts.items() if times >= FEWEST_TIMES and len(name) >= SHORTEST_NAME]
    for line in material.lines:
        for name in WITHIN.findall(line.text):
            known = next((other for other in often if _a_letter_apart(name, other)), "")
            if known and counts[name] == 1 and name not in said:
                yield found("constant-terms", f"{name!r} is {known!r} elsewhere", line)


def _a_letter_apart(one: str, other: str) -> bool:
    """Whether one letter was changed, left out or put in; not an s at the end."""
    if one == other or abs(len(one) - len(other)) > 1 or f"{one}s" == other or f"{other}s" == one:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, of = one[start:], other[start:]
    return rest[1:] == of[1:] or rest[1:] == of or rest == of[1:]
