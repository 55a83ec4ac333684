"""What a model answers -> a line, without what models put around it."""

from __future__ import annotations

import re

_LABEL = re.compile(
    r"^(?:(?:the |my )?(?:audio[ -]?description|description|AD|line(?: \d+)?|narrat(?:or|ion)|(?:final )?answer|output)"
    r"|here(?:['’]s| is)[^:.]{0,60}|audiodes[ck]ri(?:ption|pción|zione)|beschreibung|descripción)"
    r"(?: \([^)]*\))?\s*[:：]\s*",
    re.IGNORECASE,
)
_MARKER = re.compile(r"^\s*(?:#+\s+|>\s*|[-+•–—*]\s+|\d[.)]\s+)+")
_NEXT = re.compile(r"\n\s*\n|\n(?=\s*(?:[-+•–—*]|\d[.)])\s)")
_COUNT = re.compile(r"\s*\((?:\d+ words?|word count\b[^)]*)\)\s*$", re.IGNORECASE)
_SKIP = re.compile(r"\W*(?:(?i:skip|silence|none)\W*$|SKIP\b(?!\s+[a-z]))")
_REFUSAL = re.compile(
    r"(?:(?:I['’]m |I am )?(?:very )?sorry\b|I apologi[sz]e\b|unfortunately\b|as an AI\b|I\b)[^.]{0,40}\b"
    r"(?:can(?:no|['’])t|(?:am|['’]m) (?:unable|not able)|won['’]t) (?:to )?"
    r"(?:assist|help|describe|provide|identify|comply|view|fulfil|recogni[sz]e)\b(?!.*\b(?:but|however)\b)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("‘", "’"), ("'", "'"), ("「", "」"))
_WHOLE = re.compile(r"[.!?…。！？।؟۔][\"'“”’»」)\]]*$")
_SENTENCE = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\b[A-Z])[.!?…][\"”’»)]*(?=\s+[^a-z\s])")
_LEFT_HANGING = re.compile(r"(?:[,;:–—-]|\b(?:a|an|the|and|or|of|to|with|in|on|at|by|for|from|his|her|their))$")


LONGEST_LETTERS = 20_000
"""Of an answer: one that is longer is of a model that fell into a loop."""

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")


def without_thinking(answer: str) -> str:
    """What follows a reasoning model's thoughts; "" where it never came to an end with them."""
    return re.sub(r"<think(?:ing)?>.*", "", re.split(r"</think(?:ing)?>", answer)[-1], flags=re.DOTALL).strip()


def seen(answer: str) -> str:
    """The facts in an answer to a look; "" for a refusal and for an answer without end."""
    text = _CONTROLS.sub(" ", without_thinking(answer))
    return "" if len(text) > LONGEST_LETTERS or _REFUSAL.match(text) else text


def clean(answer: str) -> str:
    """The line in an answer, without what models put around it; "" for SKIP, a refusal or half a sentence."""
    text = re.sub(r"\*\*|__|`+\w*\n|`+", "", seen(answer))
    line = next((line for part in _NEXT.split(text) if (line := _bare(part))), "")
    return "" if _SKIP.match(line) else _whole_sentences(line)


def _bare(part: str) -> str:
    text = _COUNT.sub("", " ".join(_MARKER.sub("", part).split()))
    for _ in range(2):  # a label in quotes, quotes after a label
        text = re.sub(r"^\*(.*)\*$", r"\1", _LABEL.sub("", text)).strip()
        for start, end in _QUOTES:
            inner = text[1:-1]
            if len(text) > 1 and text[0] == start and text[-1] == end and start not in inner and end not in inner:
                text = inner.strip()
    return text


def _whole_sentences(text: str) -> str:
    if _WHOLE.search(text):
        return text
    ends = [found.end() for found in _SENTENCE.finditer(text)]
    if ends:
        return text[: ends[-1]]
    return "" if _LEFT_HANGING.search(text) else text
