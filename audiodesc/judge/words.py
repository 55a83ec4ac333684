"""What a line's words show: the rules of style that can be seen in text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from audiodesc.core.style import BROKEN, QUOTED, own_words, said_in, says, telling
from audiodesc.judge.findings import Finding, ScriptLine
from audiodesc.judge.material import Material
from audiodesc.judge.rules import found

RECENT = 6
"""A line that says one of so many before it again is a repeat; later it may be told again."""

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
    """Told by the commonest words; True where there are too few Latin words to tell."""
    tokens = [token for text in texts for token in text.lower().split()]
    letters = [char for token in tokens for char in token if char.isalpha()]
    if sum(char.isascii() for char in letters) < len(letters) / 2:
        return False
    if len(tokens) < FEWEST_TOKENS:
        return True
    return sum(token.strip(".,;:!?\"'()") in ENGLISH for token in tokens) >= SHARE * len(tokens)


def english(material: Material) -> Iterator[Finding]:
    """The rules whose words are known."""
    for line in material.lines:
        own = own_words(line.text)
        for rule, seen in BROKEN.items():
            if hit := seen.search(own):
                yield found(rule, f"{hit[0].strip(' .;:,!?') or hit[0]!r}", line)


def alone(material: Material) -> Iterator[Finding]:
    """Lines that begin with a pronoun where nobody was described for a long time."""
    before: ScriptLine | None = None
    for line in material.lines:
        opening = BROKEN["pronoun-first"].search(own_words(line.text))
        since = line.span.start_ms - before.span.end_ms if before else None
        if opening and opening[0].strip().lower() not in ("it", "its") and (since is None or since > ALONE_MS):
            who = "the first line" if since is None else f"the first line for {since // 1000} s"
            yield found("pronoun-alone", f"{opening[0].strip()!r} begins {who}", line)
        before = line


def repeats(material: Material) -> Iterator[Finding]:
    """Lines that say what the listener has just heard: in a line before, or in the dialogue."""
    cues = [cue for cue in material.cues or () if cue.kind != "sound"]
    starts = [cue.span.start_ms for cue in cues]
    for i, line in enumerate(material.lines):
        earlier = material.lines[max(0, i - RECENT) : i]
        if told := next((one.text for one in earlier if len(telling(line.text)) > 1 and says(one.text, line.text)), ""):
            yield found("repeats-line", f"the listener has just heard {told[:60]!r}", line)
        near = cues[
            bisect_left(starts, line.span.start_ms - BESIDE_MS) : bisect_right(starts, line.span.end_ms + BESIDE_MS)
        ]
        quoted = QUOTED.findall(line.text) if SAYING.search(line.text) else []
        if text := said_in(" ".join(cue.text for cue in near), [line.text, *quoted]):
            yield found("repeats-dialogue", f"the dialogue says {text[:60]!r}", line)
