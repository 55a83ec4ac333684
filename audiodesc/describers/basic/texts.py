"""Texts read from the picture: which can be spoken, in what form they are kept, and which become a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, cast

from audiodesc.core.languages import primary
from audiodesc.describers.base import LineRequest
from audiodesc.model import Cue, Span

ALIKE = 0.9
MOST_LETTERS = 160
FEWEST_LETTERS = 3
LONGEST_WORD = 28
SPOKEN_AS_LETTERS = frozenset({"FBI", "CIA", "USA", "UFO", "VIP", "NASA", "BBC", "AIDS"})

_MARKS = frozenset(" .,:;!?¡¿'’‘\"“”«»&-–—/()+%$€£#*·…°@")
_ADDRESS = re.compile(r"https?:|www\.|@\w", re.IGNORECASE)
_VOWELS = frozenset("aeiouyæøœ")

TextPosition = Literal["open", "low", "corner"]
"""Where a text is: "low" in the middle of the lower third, as subtitles are, "corner" as a logo is."""

_TEXT = re.compile(r"(?:(low|corner) )?text from (\d+)\.(\d{3}) to (\d+)\.(\d{3}) s, (\d+) % high: (.+)")

AT_ONCE_MS = 1500
"""A text shown within this time of a cue with the same words is that cue, burnt in or read aloud."""

CAPTION_WORDS = 6

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")

LABELS: Mapping[str, str] = {
    "en": "Text on screen: {}",
    "de": "Text im Bild: {}",
    "fr": "Texte à l’écran : {}",
    "es": "Texto en pantalla: {}",
}


def readable(text: str) -> bool:
    """Whether it can be read aloud: enough Latin letters, in words, no strange signs, no web address."""
    letters = [char for char in text if char.isalpha()]
    return (
        len(letters) >= FEWEST_LETTERS
        and len(text) <= MOST_LETTERS
        and all(_latin(char) for char in letters)
        and all(char.isalnum() or char in _MARKS for char in text)
        and 3 * len(letters) >= 2 * sum(not char.isspace() and not char.isdecimal() for char in text)
        and not _ADDRESS.search(text)
        and any(_is_word(word) for word in plain_words(text))
        and all(len(word) < 4 or _is_word(word) or word.isdecimal() for word in plain_words(text))
    )


def _latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN ")


def _is_word(word: str) -> bool:
    """At least two letters, a vowel among them, no letter three times in a row, and no run of words."""
    plain = _plain(word)
    return 1 < len(plain) <= LONGEST_WORD and any(c in _VOWELS for c in plain) and not re.search(r"(.)\1\1", plain)


def _plain(text: str) -> str:
    """Lower case without accents."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parted if not unicodedata.combining(char))


def plain_words(text: str) -> list[str]:
    """The words in lower case without accents and punctuation."""
    return re.findall(r"[^\W_]+", _plain(text))


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same, except for a letter in ten, spaces and punctuation; never a digit."""
    first, second = "".join(plain_words(one)), "".join(plain_words(other))
    if first == second:
        return True
    if re.sub(r"\D", "", first) != re.sub(r"\D", "", second):
        return False
    match = SequenceMatcher(None, first, second, autojunk=False)
    return match.real_quick_ratio() >= ALIKE and match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE


def within(text: str, longer: str) -> bool:
    """Whether the longer text says the shorter one too, or all but a few letters of it."""
    some, all_ = plain_words(text), plain_words(longer)
    if f" {' '.join(some)} " in f" {' '.join(all_)} " or alike(text, longer):
        return True
    squashed = "".join(some)
    return len(squashed) >= 8 and squashed in "".join(all_)


def as_spoken(text: str) -> str:
    """For a narrator: words in capitals become names, abbreviations stay, and a full stop at the end goes."""
    tidy = re.sub(r"\s+[-–—·*]\s*|\s*[-–—]\s+", ", ", " ".join(text.split())).strip(" .,:;-–—·…")
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", lambda found: _as_name(found[0]), tidy)


def _as_name(word: str) -> str:
    abbreviation = word in SPOKEN_AS_LETTERS or not any(char in _VOWELS for char in _plain(word))
    return word if abbreviation or not word.isupper() or len(word) == 1 else word.capitalize()


@dataclass(frozen=True, slots=True)
class ScreenText:
    """Words on the picture, in one line, and the span in which they are visible; `height` of letters is in per cent of
    the picture's."""

    span: Span
    text: str
    place: TextPosition = "open"
    height: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """All texts that can be read, in order of time."""

    texts: tuple[ScreenText, ...] = ()


def format_facts(facts: Facts) -> str:
    """One line for each text; "" for none. `parse_facts` gives the same facts back."""
    return "\n".join(_lines(facts))


def _lines(facts: Facts) -> Iterator[str]:
    for shown in facts.texts:
        place = "" if shown.place == "open" else f"{shown.place} "
        span = f"{_seconds(shown.span.start_ms)} to {_seconds(shown.span.end_ms)} s"
        yield f"{place}text from {span}, {shown.height} % high: {shown.text}"


def _seconds(time_ms: int) -> str:
    return f"{time_ms // 1000}.{time_ms % 1000:03d}"


def parse_facts(text: str) -> Facts:
    """The facts from their lines; lines of another form are ignored."""
    if "text from " not in text:
        return Facts()
    found = (_TEXT.fullmatch(line) for line in text.split("\n"))
    return Facts(tuple(_screen_text(one) for one in found if one))


def _screen_text(found: re.Match[str]) -> ScreenText:
    start_ms, end_ms = (int(found[i]) * 1000 + int(found[i + 1]) for i in (2, 4))
    return ScreenText(
        Span(start_ms, max(start_ms, end_ms)), found[7], cast(TextPosition, found[1] or "open"), int(found[6])
    )


def moments(facts: Facts) -> list[tuple[Span, Facts]]:
    """The facts split by when they are visible, in order: texts visible together, with when all of them are."""
    apart: list[tuple[Span, tuple[ScreenText, ...]]] = []
    for shown in sorted(facts.texts, key=lambda shown: shown.span):
        span, others = apart[-1] if apart else (shown.span, ())
        start, end = max(span.start_ms, shown.span.start_ms), min(span.end_ms, shown.span.end_ms)
        if others and start < end:
            apart[-1] = Span(start, end), (*others, shown)
        else:
            apart.append((shown.span, (shown,)))
    return [(span, Facts(texts)) for span, texts in apart]


def text_candidates(facts: Facts, request: LineRequest) -> tuple[str, ...]:
    """The lines that fit, richest first."""
    captions = [left for shown in facts.texts if (left := _without_repeats(shown, request))]
    lines = dict.fromkeys(_combined(captions, request.language))
    return tuple(line for line in lines if len(line.split()) <= request.max_words)


def _combined(captions: Sequence[ScreenText], language: str) -> Iterator[str]:
    """All captions, then without the smallest, then with no label."""
    left = list(captions)
    while left:
        yield text_line([shown.text for shown in left], language)
        left.remove(min(reversed(left), key=lambda shown: shown.height))
    if captions:
        yield bare_line([shown.text for shown in captions])


def _without_repeats(shown: ScreenText, request: LineRequest) -> ScreenText | None:
    """The text without the sentences that an earlier line said; None for no text, a logo, or what the dialogue says."""
    if shown.place == "corner" or (shown.place == "low" and not is_caption(shown.text)):
        return None
    if any(_is_dialogue(shown, cue) for cue in (*request.dialogue_before, *request.dialogue_after)):
        return None
    left = " ".join(part for part in _SENTENCE_END.split(shown.text) if not is_repeated(part, request.previous_lines))
    return replace(shown, text=left) if readable(left) and not is_repeated(left, request.previous_lines) else None


def is_caption(text: str) -> bool:
    """Whether words at a subtitle's place name a place or a time rather than what somebody says."""
    long = [word for word in text.split() if len(word) > 3]
    return (
        len(text.split()) <= CAPTION_WORDS
        and text[-1].isalnum()
        and all(not word[0].islower() for word in long)
        and (len(long) > 1 or bool(re.search(r"\b\d{4}\b", text)))
    )


def _is_dialogue(shown: ScreenText, cue: Cue) -> bool:
    moment = Span(max(0, shown.span.start_ms - AT_ONCE_MS), shown.span.end_ms + AT_ONCE_MS)
    if shown.place != "low" and not moment.overlap_ms(cue.span):
        return False
    return within(shown.text, cue.text) or (len(plain_words(cue.text)) > 1 and within(cue.text, shown.text))


def is_repeated(text: str, lines: Sequence[str]) -> bool:
    """Whether one of the lines says the text, or most of it, whatever its label."""
    return any(_repeats(text, line) for line in lines)


def _repeats(text: str, line: str) -> bool:
    parts = [part for part in re.split(r"[.?!:]\s+", line.strip(" .?!")) if len(plain_words(part)) > 1]
    return within(text, line) or any(alike(text, part) or within(part, text) for part in parts)


def text_line(captions: Sequence[str], language: str) -> str:
    """One statement with all captions, each closed by its own sign or a full stop.

    In a language (a BCP 47 tag) without a label it is the captions alone.
    """
    label = LABELS.get(primary(language), "{}")
    return label.format(bare_line(captions))


def bare_line(captions: Sequence[str]) -> str:
    """The captions without a label, for a gap that is too short for it."""
    return " ".join(caption if caption[-1] in "?!" else f"{caption}." for caption in map(as_spoken, captions))
