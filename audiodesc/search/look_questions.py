"""What is looked for in a film -> the questions to a model, and its answers -> yes, no or unsure, with the time.

The texts are in `looking.toml`. What is looked for is data: it stands in the question as a JSON string.
"""

from __future__ import annotations

import io
import json
import re
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from audiodesc.core.files import read_whole
from audiodesc.core.formatting import UNSEEN
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.context import LARGEST_PORTRAIT, picture_kind
from audiodesc.describers.prompts import filled
from audiodesc.describers.queries import Reply, check_answers
from audiodesc.errors import InputError, UsageError
from audiodesc.footage.answers import SpanQuery
from audiodesc.model import Span

TEXTS: Final[Mapping[str, str]] = tomllib.loads(files("audiodesc.search").joinpath("looking.toml").read_text("utf-8"))

LONGEST: Final = 500
"""Characters of what is looked for."""

ANSWER_TOKENS: Final = 32
"""Of an answer in words: a word and two times."""

CHOICES: Final = "ABC"
"""The letters for yes, no and unsure."""

YES_FROM: Final = 0.6
"""From this share of the first letter on the answer is yes."""

UNSURE_FROM: Final = 0.3
"""From this share on, of the first letter or of the third, it is unsure; below, no."""

SHORTEST_MS: Final = 500
"""What is seen at one moment only is taken to be seen for so long."""

LARGEST_PICTURE: Final = 50_000_000
"""Pixels of a portrait: a small file may unfold to any size."""

PORTRAIT_SIDE: Final = 768
"""Pixels: it is sent with every question, and models see no more of it."""

PERSON: Final = "the person"
"""What the portrait is called where the model is shown it."""

Verdict = Literal["yes", "no", "unsure"]

_VERDICTS: Final = re.compile(
    r"\b(?:(?P<unsure>unsure|not (?:sure|certain|clear)|uncertain|unclear|maybe|perhaps|possibly|can(?:no|')t tell)"
    r"|(?P<yes>yes)|(?P<no>no))\b",
    re.IGNORECASE,
)
_TIME = r"(?:(\d{1,2}):)?(\d{1,4}(?:[.,]\d{1,3})?)"
_RANGE: Final = re.compile(rf"{_TIME}\s*s?(?:ec\w*)?\s*(?:-|–|—|to|and|until|till|through)\s*{_TIME}", re.IGNORECASE)
_MOMENT: Final = re.compile(rf"\bat\s+(?:about\s+)?{_TIME}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: a text, the person of a portrait (the content of a PNG or JPEG file), or that person as the
    text has it."""

    text: str = ""
    portrait: bytes | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of a span: `span` is where it is seen, as far as the model says so, else all of it; `share` how
    likely yes is, None where that is not known."""

    verdict: Verdict
    span: Span
    share: float | None = None


def sought_of(text: str = "", portrait: Path | None = None) -> Sought:
    """What a user looks for. Raises UsageError for nothing and for too much, InputError for a picture that is none."""
    words = " ".join(UNSEEN.sub(" ", text).split())
    if len(words) > LONGEST:
        raise UsageError(f"what is looked for has {len(words):,} characters", f"say it in {LONGEST} at most")
    if not words and portrait is None:
        raise UsageError("nothing is looked for", 'say what, as --look "a man in a yellow raincoat"')
    return Sought(words, None if portrait is None else read_portrait(portrait))


def read_portrait(path: Path) -> bytes:
    """A picture of a person as the model is shown it: a JPEG of at most `PORTRAIT_SIDE` pixels a side, upright, without
    what a camera writes beside the picture. Raises InputError, which names the file, the fault and the remedy."""
    from PIL import Image, ImageOps

    remedy = "give a PNG or JPEG of at most 5 MB"
    try:
        content = read_whole(path, LARGEST_PORTRAIT)
    except OSError as error:
        raise InputError(f"{path}: the portrait cannot be read: {error.strerror or error}", remedy) from error
    if picture_kind(content) is None:
        raise InputError(f"{path}: the portrait is neither PNG nor JPEG", "save it as PNG or JPEG")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if picture.width * picture.height > LARGEST_PICTURE:
                raise InputError(
                    f"{path}: the portrait has {picture.width} × {picture.height} pixels", "make it smaller"
                )
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: the portrait is damaged", "save it again as PNG or JPEG") from error
    upright.thumbnail((PORTRAIT_SIDE, PORTRAIT_SIDE))
    made = io.BytesIO()
    upright.save(made, "JPEG", quality=92)
    return made.getvalue()


def questions(sought: Sought, spans: tuple[Span, ...], describer: Describer) -> tuple[SpanQuery, ...]:
    """One for each span, as that describer is asked. Raises UsageError for one that cannot be asked, or that takes no
    portrait where there is one."""
    by = check_answers(describer, describer.label)
    if sought.portrait is not None and not by.takes_portraits:
        raise UsageError(f"{describer.label} takes no portraits", "say in words how the person looks, with --look")
    choices = CHOICES if by.gives_shares else ""
    portraits = () if sought.portrait is None else ((PERSON, sought.portrait),)
    tokens = 1 if choices else ANSWER_TOKENS
    return tuple(
        SpanQuery(_question(sought, span, bool(choices), by.query_kind == "base"), span, portraits, (), choices, tokens)
        for span in spans
    )


def _question(sought: Sought, span: Span, letters: bool, base: bool) -> str:
    seconds, text = f"{span.duration_ms / 1000:.1f}", json.dumps(sought.text, ensure_ascii=False)
    if base:
        return filled(TEXTS["base" if letters else "base_words"].strip(), seconds=seconds, wanted=text)
    kind = "text" if sought.portrait is None else "both" if sought.text else "portrait"
    asked = filled(TEXTS[kind].strip(), wanted=text)
    form = TEXTS["letters" if letters else "words"].strip()
    return filled(TEXTS["question"].strip(), seconds=seconds, sought=asked, form=form)


def judged(answer: Reply, span: Span) -> Judged | Failure:
    """What an answer about a span says. A `Failure` where there is none of the words in it."""
    if len(answer.shares) == len(CHOICES):
        yes, _, unsure = answer.shares
        verdict: Verdict = "yes" if yes >= YES_FROM else "unsure" if max(yes, unsure) >= UNSURE_FROM else "no"
        return Judged(verdict, span, yes)
    found = _VERDICTS.search(answer.text)
    if found is None:
        return Failure("unreadable", words=answer.text[:200])
    if found["no"]:
        return Judged("no", span)
    return Judged("yes" if found["yes"] else "unsure", _seen_in(answer.text[found.end() :], span))


def _seen_in(text: str, span: Span) -> Span:
    """The times in an answer, which count from the span's start, on the film's clock; the span where they are none."""
    moments = [(_ms(one[1], one[2]), _ms(one[3], one[4])) for one in _RANGE.finditer(text)]
    moments = moments or [(ms, ms) for one in _MOMENT.finditer(text) for ms in [_ms(one[1], one[2])]]
    inside = [(start, end) for start, end in moments if 0 <= start <= end and start < span.duration_ms]
    if not inside:
        return span
    start = min(start for start, _ in inside)
    end = min(max(max(end for _, end in inside), start + SHORTEST_MS), span.duration_ms)
    return Span(span.start_ms + start, span.start_ms + end)


def _ms(minutes: str | None, seconds: str) -> int:
    return round(int(minutes or 0) * 60_000 + float(seconds.replace(",", ".")) * 1000)
