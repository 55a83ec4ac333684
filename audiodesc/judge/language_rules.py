"""Rules of words: style as far as text shows it, repeats, names used too early, terms not kept to."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from audiodesc.core.formatting import clock
from audiodesc.core.style import BROKEN, QUOTED, TERMS, own_words, said_in, says, telling
from audiodesc.judge.material import Material
from audiodesc.judge.rules import Finding, finding
from audiodesc.model import Cue
from audiodesc.scripts.lines import ScriptLine

RECENT = 6
"""A line that says one of so many before it again is a repeat; later it may be said again."""

BESIDE_MS = 25_000
"""Dialogue so near is what a listener has in the ear."""

ALONE_MS = 60_000
"""After so long without description a pronoun stands for nobody."""

SAYING = re.compile(
    r"\b(?:says?|asks?|shouts?|whispers?|repl(?:y|ies)|mouths?|calls?|cr(?:y|ies)|yells?|adds?)\b", re.IGNORECASE
)
"""Without such a word, a quotation is what something reads."""

FEWEST_TOKENS = 30
ENGLISH = {"the", "a", "an", "and", "of", "to", "in", "on", "at", "is", "are", "his", "her", "he", "she", "it", "with"}
SHARE = 0.15
"""Of English text, a quarter to a half are such words; of other languages, hardly any."""


def is_english(texts: Sequence[str]) -> bool:
    """By the commonest words; True where there are too few Latin words to decide."""
    tokens = [token for text in texts for token in text.lower().split()]
    letters = [char for token in tokens for char in token if char.isalpha()]
    if sum(char.isascii() for char in letters) < len(letters) / 2:
        return False
    if len(tokens) < FEWEST_TOKENS:
        return True
    return sum(token.strip(".,;:!?\"'()") in ENGLISH for token in tokens) >= SHARE * len(tokens)


def check_style(material: Material) -> Iterator[Finding]:
    """The rules whose words are known."""
    for line in material.lines:
        own = own_words(line.text)
        for rule, seen in BROKEN.items():
            if hit := seen.search(own):
                yield finding(rule, f"{hit[0].strip(' .;:,!?') or hit[0]!r}", line)


def check_pronouns(material: Material) -> Iterator[Finding]:
    """Lines that begin with a pronoun where nobody was described for a long time."""
    before: ScriptLine | None = None
    for line in material.lines:
        opening = BROKEN["pronoun-first"].search(own_words(line.text))
        since = line.span.start_ms - before.span.end_ms if before else None
        if opening and opening[0].strip().lower() not in ("it", "its") and (since is None or since > ALONE_MS):
            who = "the first line" if since is None else f"the first line for {since // 1000} s"
            yield finding("pronoun-alone", f"{opening[0].strip()!r} begins {who}", line)
        before = line


def check_repeats(material: Material) -> Iterator[Finding]:
    """Lines that say what the listener has just heard: in a line before, or in the dialogue."""
    cues = [cue for cue in material.cues or () if cue.kind != "sound"]
    starts = [cue.span.start_ms for cue in cues]
    for i, line in enumerate(material.lines):
        earlier = material.lines[max(0, i - RECENT) : i]
        if heard := next(
            (one.text for one in earlier if len(telling(line.text)) > 1 and says(one.text, line.text)), ""
        ):
            yield finding("repeats-line", f"the listener has just heard {heard[:60]!r}", line)
        near = cues[
            bisect_left(starts, line.span.start_ms - BESIDE_MS) : bisect_right(starts, line.span.end_ms + BESIDE_MS)
        ]
        quoted = QUOTED.findall(line.text) if SAYING.search(line.text) else []
        if text := said_in(" ".join(cue.text for cue in near), [line.text, *quoted]):
            yield finding("repeats-dialogue", f"the dialogue says {text[:60]!r}", line)


EARLY_MS = 5_000
"""A name may be used so long before the dialogue says it: the same moment, for a listener."""

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
WITHIN = re.compile(r"(?<=[\w,;] )[A-Z][^\W\d_]+")
CALLED = re.compile(
    r"(?:^|[,.!?…] |\b(?:[Hh]ey|[Hh]ello|[Hh]i|[Ll]isten|[Oo]h|[Nn]o|[Yy]es) )([A-Z][^\W\d_]{2,})(?=[,.!?…]|$)"
)
NO_NAMES = {"mom", "mum", "mommy", "mummy", "dad", "daddy", "papa", "mama", "sir", "madam", "god", "lord", "jesus"}
FEWEST_TIMES = 3
SHORTEST_NAME = 5


def check_early_names(material: Material) -> Iterator[Finding]:
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
                yield finding("early-name", f"the dialogue first says {name!r} at {clock(first_said[name])}", line)


def _texts(material: Material, cues: Sequence[Cue]) -> Iterator[str]:
    yield from (line.text for line in material.lines)
    yield from (cue.text for cue in cues)


def _first_said(cues: Sequence[Cue]) -> dict[str, int]:
    first: dict[str, int] = {}
    for cue in cues:
        for word in WORD.findall(re.sub(r"['’]s\b", "", cue.text)):
            first.setdefault(word, cue.span.start_ms)
    return first


def check_terms(material: Material) -> Iterator[Finding]:
    """The first line that has another word for a thing, and names spelled in two ways."""
    for pair in TERMS:
        firsts = [_first_use(re.compile(rf"\b{term}\b", re.IGNORECASE), material.lines) for term in pair]
        used = sorted((use for use in firsts if use), key=lambda use: use[0].span)
        if len(used) == 2:
            yield finding("constant-terms", f"{used[1][1]!r} here and {used[0][1]!r} before", used[1][0])
    yield from _misspelled(material)


def _first_use(term: re.Pattern[str], lines: Sequence[ScriptLine]) -> tuple[ScriptLine, str] | None:
    return next(((line, hit[0]) for line in lines if (hit := term.search(line.text))), None)


def _misspelled(material: Material) -> Iterator[Finding]:
    """Rare names a letter away from one that is used often, and that no dialogue says."""
    counts = Counter(name for line in material.lines for name in WITHIN.findall(line.text))
    said = {word for cue in material.cues or () for word in WORD.findall(cue.text)}
    often = [name for name, times in counts.items() if times >= FEWEST_TIMES and len(name) >= SHORTEST_NAME]
    for line in material.lines:
        for name in WITHIN.findall(line.text):
            known = next((other for other in often if _a_letter_apart(name, other)), "")
            if known and counts[name] == 1 and name not in said:
                yield finding("constant-terms", f"{name!r} is {known!r} elsewhere", line)


def _a_letter_apart(one: str, other: str) -> bool:
    """Whether one letter was changed, left out or put in; not an s at the end."""
    if one == other or abs(len(one) - len(other)) > 1 or f"{one}s" == other or f"{other}s" == one:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, of = one[start:], other[start:]
    return rest[1:] == of[1:] or rest[1:] == of or rest == of[1:]
