"""What a file's name says of the line that is recorded in it: take, timecode, number; or the line's id itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TAKE = re.compile(r"(?:(?<=[\W_])|(?<=\d))(?:take|retake|tk|ver|v|t)[\s_.-]*(\d{1,3})$|\s*\((\d{1,3})\)$", re.I)
CODE = re.compile(r"(?<!\d)(\d{2})([-_.:;h])(\d{2})[-_.:;m](\d{2})[-_.:;s](\d{2,3})(?!\d)")
TOKENS = re.compile(r"[^\s_.()\[\]+,-]+")
NUMBER = re.compile(r"(line|zeile|cue|ad|no|nr|l|n|#)?0*(\d{1,5})", re.I)
MOST_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of a file, without its suffix, says. `take` is 1 where it names none; `code` is a timecode as
    "01:02:03:04", "" for none; `numbers` are what may be the line's number, the likeliest first; `rest` is the name
    without the take."""

    rest: str
    take: int
    code: str
    numbers: tuple[int, ...]


def read_name(stem: str) -> Name:
    """The name taken apart: "0012_01-02-03-04_take2" is number 12 at 01:02:03:04, take 2."""
    found = TAKE.search(stem)
    take, rest = (int(found[1] or found[2]), stem[: found.start()].rstrip(" _.-")) if found else (1, stem)
    timed = CODE.search(rest)
    code = ":".join(timed[n] for n in (1, 3, 4, 5)) if timed else ""
    without = f"{rest[: timed.start()]} {rest[timed.end() :]}" if timed else rest
    return Name(rest, take, code, tuple(_numbers(without)))


def _numbers(text: str) -> Iterator[int]:
    """One number where the name says which; else all that there are."""
    tokens = TOKENS.findall(text)
    found = [(token, match) for token in tokens if (match := NUMBER.fullmatch(token))]
    first = [match for token, match in found if token == tokens[0]]
    named = [match for _, match in found if match[1]]
    padded = [match for token, match in found if len(token) == 4 and token.startswith("0")]
    for likely in (first, named, padded):
        if len({match[2] for match in likely}) == 1:
            yield int(likely[0][2])
            return
    yield from dict.fromkeys(int(match[2]) for _, match in found)


def id_in(rest: str, ids: Mapping[str, str]) -> str:
    """The longest id that stands in a name between its parts, "" for none; `ids` are by their lower case."""
    places = [(token.start(), token.end()) for token in TOKENS.finditer(rest)][:MOST_TOKENS]
    spans = [(0, len(rest)), *((start, end) for start, _ in places for _, end in places if start < end)]
    for start, end in sorted(spans, key=lambda span: span[0] - span[1]):
        if found := ids.get(rest[start:end].casefold()):
            return found
    return ""
