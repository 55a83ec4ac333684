"""Whether a line is in the language that was asked for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from audiodesc.core.languages import english_name, identifier, is_tag, primary

LANGUAGES = {
    "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga", "gl",
    "he", "hi", "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "ms", "nb", "nl", "nn", "no", "pl", "pt",
    "ro", "ru", "sk", "sl", "sr", "sv", "ta", "te", "th", "tr", "uk", "ur", "vi", "zh",
}  # fmt: skip
"""The languages that are distinguished, as BCP 47 tags."""

SURE, UNLIKELY, UNLIKELY_IN_PART = 0.7, 0.05, 0.1
"""A line is in another language where that is so likely, and the wanted one no likelier, in no part of it either."""

LIKELY = 0.5
FEWEST_WORDS = 3
FEWEST_SHARE = 0.25
"""Of a line, in the script of its language; the rest may be names that were not transliterated."""

LETTERS_FOR_ONE = 3
"""A character of a script without spaces counts as so many letters; two of them count as a word."""

LONGEST = 2000
"""Characters that are examined."""

_SAME = {"nb": "no", "nn": "no"}
_SCRIPTS = {
    **dict.fromkeys(LANGUAGES, ("LATIN",)),
    **dict.fromkeys(("bg", "ru", "uk"), ("CYRILLIC",)),
    **dict.fromkeys(("ar", "fa", "ur"), ("ARABIC",)),
    **{"bn": ("BENGALI",), "el": ("GREEK",), "he": ("HEBREW",), "hi": ("DEVANAGARI",), "ko": ("HANGUL", "CJK")},
    **{"ja": ("CJK", "HIRAGANA", "KATAKANA"), "ms": ("LATIN", "ARABIC"), "sr": ("CYRILLIC", "LATIN")},
    **{"ta": ("TAMIL",), "te": ("TELUGU",), "th": ("THAI",), "zh": ("CJK",)},
}
"""As the Unicode names of their letters begin."""

_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "THAI")
_OTHER_SCRIPT = re.compile(r"-(?!han[st]\b)[a-z]{4}\b")
_QUOTED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|‘[^’]*(?:’\w[^’]*)*’|«[^»]*»|»[^«]*«|「[^」]*」|『[^』]*』|(?<!\w)'[^']+'(?!\w)"
)
_READ_OUT = re.compile(r"[:：](?:\s.*|$)", re.DOTALL)


def language_name(tag: str) -> str:
    """A BCP 47 tag for a model: "German", "Portuguese (pt-BR)"; a tag that is not known as it is."""
    name = english_name(primary(tag))
    if not is_tag(primary(tag)):
        return f"the language with the tag {tag}"
    return f"{name} ({tag})" if "-" in tag else name


def in_language(text: str, tag: str) -> bool | None:
    """Whether a line is in the language with that BCP 47 tag; None where that is not clear.

    Names, and what is quoted or read out, are ignored. Rather None for a wrong line than False for a right one.
    """
    tag = tag.casefold().replace("_", "-")
    language = _SAME.get(primary(tag), primary(tag))
    own = _own_words(text[:LONGEST])
    scripts = _scripts(own)
    wanted = _SCRIPTS.get(language, tuple(scripts))
    if _OTHER_SCRIPT.search(tag) or _word_count(own) < FEWEST_WORDS or not scripts:
        return None
    if sum(scripts[script] for script in wanted) < FEWEST_SHARE * scripts.total():
        return False
    own = " ".join(word for word in own.split() if any(script in wanted for script in _scripts(word)))
    return _judged(own, language) if _word_count(own) >= FEWEST_WORDS else None


def _judged(own: str, language: str) -> bool | None:
    likely = _likelihoods(own, language)
    if likely.get(language, 0.0) >= LIKELY:
        return True
    wrong = language in likely and likely[language] <= UNLIKELY and max(likely.values()) >= SURE
    return False if wrong and not any(_may_be(part, language) for part in _parts(own.split())) else None


def _may_be(part: str, language: str) -> bool:
    return _likelihoods(part, language).get(language, 1.0) > UNLIKELY_IN_PART


def _parts(words: Sequence[str]) -> Iterator[str]:
    """The halves and the thirds: "She orders spaghetti alla carbonara" is English, if only in its beginning."""
    if len(words) > FEWEST_WORDS:
        for parts in (2, 3):
            for i in range(parts):
                yield " ".join(words[i * len(words) // parts : (i + 1) * len(words) // parts])


def _likelihoods(text: str, language: str) -> dict[str, float]:
    """How likely each language of the table and the wanted one are, together 1; {} where nothing is known."""
    known = {*LANGUAGES, language}
    found: defaultdict[str, float] = defaultdict(float)
    for name, share in identifier().rank(text):
        if name in known:
            found[_SAME.get(name, name)] += share
    all_ = sum(found.values())
    return {name: share / all_ for name, share in found.items()} if all_ else {}


def _own_words(text: str) -> str:
    """Without what is quoted or read out, without digits, and without names: capitals inside a sentence."""
    plain = _READ_OUT.sub("", _QUOTED.sub(" ", text))
    return " ".join(word for word in _not_names(plain.split()) if not any(char.isdigit() for char in word))


def _not_names(words: list[str]) -> Iterator[str]:
    first = True
    for word in words:
        if first or word == word.lower():
            yield word
        first = word[-1] in ".!?…"


def _word_count(text: str) -> int:
    scripts = _scripts(text)
    return len(text.split()) + sum(scripts[script] for script in _WITHOUT_SPACES) // (2 * LETTERS_FOR_ONE)


def _scripts(text: str) -> Counter[str]:
    """How much of a text is in which script, in letters of the Latin one."""
    found: Counter[str] = Counter()
    for char in filter(str.isalpha, text):
        script = unicodedata.name(char, "").split(" ")[0]
        found[script] += LETTERS_FOR_ONE if script in _WITHOUT_SPACES else 1
    return found
