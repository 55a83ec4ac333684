"""A text as its words are compared: in one case, without accents, and letter by letter where a script has no spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese; and Korean, whose words have particles at their ends."""

VERSION: Final = f"1 {unicodedata.unidata_version}"
"""Changes when the same text is compared in another form."""

_EACH = re.compile(f"([{UNSPACED}])")
_IS_UNSPACED = re.compile(f"[{UNSPACED}]")
_ACCENTS = re.compile("[\u0300-\u036f]")


def is_plain(text: str) -> bool:
    """Whether only its case is to be folded: it is ASCII, but for the dots between texts."""
    return text.isascii() or text.replace("·", "").isascii()


def folded(text: str) -> str:
    """In lower case and compatible forms, without accents: "Straße" and "STRASSE" are one, and so are é and e."""
    if is_plain(text):
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain))


class _Parts(dict[int, str]):
    """What a character is in a row of words: itself, or a space where it is part of no word."""

    def __missing__(self, code: int) -> str:
        kind = unicodedata.category(chr(code))
        self[code] = chr(code) if kind[0] in "LN" or kind in ("Co", "Mn", "Mc") else " "
        return self[code]


_PARTS = _Parts()


def spaced(text: str) -> str:
    """A folded text as the words of which it is, with spaces between them; each letter of a script without spaces is
    one."""
    return _EACH.sub(r" \1 ", text.translate(_PARTS))


def as_indexed(text: str) -> str:
    """As it is given to the index, which reads plain text as `spaced` does."""
    return text if is_plain(text) else spaced(folded(text))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded: what stands between signs and spaces, or each letter of a script without spaces."""
    return tuple(spaced(folded(text)).split())


@lru_cache(maxsize=256)
def pattern_of(words: tuple[str, ...], *, prefix: bool = False) -> re.Pattern[str]:
    """Finds these words beside each other in a folded text; with `prefix` the last may be the beginning of one."""
    found = "".join(
        (r"[\W_]*" if _IS_UNSPACED.match(word) or _IS_UNSPACED.match(before) else r"[\W_]+") + re.escape(word)
        for before, word in pairwise(words)
    )
    first, last = words[0], words[-1]
    begin = "" if _IS_UNSPACED.match(first) else r"(?<![^\W_])"
    end = "" if prefix or _IS_UNSPACED.match(last) else r"(?![^\W_])"
    return re.compile(f"{begin}{re.escape(first)}{found}{end}")


def marked_in(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[tuple[int, int], ...]:
    """Where the patterns find something in a text as it is written, from and to, in order and apart."""
    whole, places = _placed(text)
    found: list[tuple[int, int]] = []
    for pattern in patterns:
        found += [(places[one.start()], places[one.end() - 1] + 1) for one in pattern.finditer(whole) if one[0]]
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return tuple(apart)


def _placed(text: str) -> tuple[str, Sequence[int]]:
    """A text folded letter by letter, and where each of these letters stands in it."""
    if is_plain(text):
        return text.lower(), range(len(text))
    plain, places = [], []
    for place, char in enumerate(text):
        for one in folded(char):
            plain.append(one)
            places.append(place)
    return "".join(plain), places
