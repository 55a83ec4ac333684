"""The pronunciation lexicon: how names are spoken, whichever voice speaks.

A TOML file of words and phrases:

    "Siobhan" = "shiv-awn"                      # spelled as it sounds
    "Nguyen" = { ipa = "ŋwiən" }                # in IPA, for voices that take it
    "US" = { say = "U S", case = true }         # only as it is written here, not "us"

An entry stands for whole words in any case; of entries that fit at a place the longest is taken, and nothing is
looked up in what was put in. "Siobhan's" is Siobhan and an s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tomli_w

from audiodesc.core.toml import check_table, read_toml
from audiodesc.errors import InputError

IPA_START, IPA_END = "\ue1a0", "\ue1a1"
"""A text for a voice may hold IPA between these two (private) characters."""

LONGEST = 200
"""Characters of an entry's words, and of what is spoken for them: longer than any name."""

_REMEDY = 'write entries like "Siobhan" = "shiv-awn", or "Siobhan" = { ipa = "ʃɪˈvɔːn" }'
_IPA_PART = re.compile(f"{IPA_START}([^{IPA_START}{IPA_END}]*){IPA_END}")
_IN_WORD = r"[\w\u0300-\u036f]"
_APOSTROPHES = "['’ʼ]"
# What dictionaries write around and between sounds, and other signs for the same sound
_NO_SOUND = str.maketrans(dict.fromkeys("/[].·‿͜͡"))
_SAME_SOUND = str.maketrans({"g": "ɡ", "'": "ˈ", ":": "ː", "ʧ": "tʃ", "ʤ": "dʒ", "ʦ": "ts", "ʣ": "dz"})
_VOICELESS, _HISSING = "ptkfθ", "szʃʒ"


@dataclass(frozen=True, slots=True)
class Entry:
    """Some words and what is spoken for them: a spelling, or IPA."""

    words: str
    say: str = ""
    ipa: str = ""
    case: bool = False

    @property
    def key(self) -> tuple[str, bool]:
        """The same of two that a lexicon cannot both hold."""
        return (self.words if self.case else self.words.casefold()), self.case


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries, in the order of their file; `path` is for messages."""

    entries: tuple[Entry, ...] = ()
    path: str = ""

    @property
    def fingerprint(self) -> str:
        """What the pronunciations depend on; "" where there are none."""
        return repr([(e.words, e.say, e.ipa, e.case) for e in self.entries]) if self.entries else ""

    def spoken(self, text: str) -> str:
        """The text for a voice: words that have an entry are replaced, IPA standing between the two marks.

        A text without such words stays as it is, but for marks, which it has no right to.
        """
        plain = text.replace(IPA_START, "").replace(IPA_END, "")
        if not self.entries:
            return plain
        pattern, entries = _pattern(self.entries)
        replaced, count = pattern.subn(
            lambda match: _replacement(entries[(match.lastindex or 0) - 1], match), unicodedata.normalize("NFC", plain)
        )
        return replaced if count else plain

    def check(self, takes_ipa: Callable[[str], bool]) -> None:
        """Raises InputError for the first entry whose IPA a voice does not take; see `Voice.takes_ipa`."""
        for entry in self.entries:
            if entry.ipa and not takes_ipa(entry.ipa):
                raise _fault(self.path, entry.words, _why_not(entry.ipa, takes_ipa), _spell_it(entry.words))


def read_lexicon(path: Path) -> Lexicon:
    """The lexicon in a file. Raises InputError, which names the file, the entry, the fault and the remedy."""
    table = read_toml(path, "give the path of a lexicon", _REMEDY)
    entries: dict[tuple[str, bool], Entry] = {}
    for words, value in table.items():
        entry = entry_of(words, value, str(path))
        if other := entries.get(entry.key):
            raise _fault(str(path), words, f"is there already, as {other.words!r}", "remove one")
        entries[entry.key] = entry
    return Lexicon(tuple(entries.values()), str(path))


def entry_of(words: str, value: Any, path: str) -> Entry:
    """An entry as a file of that path has it: words, and text or a table. Raises InputError, as `read_lexicon` does."""
    try:
        return _entry(words, value)
    except ValueError as error:
        raise _fault(path, words, str(error), _REMEDY) from error


def lexicon_text(entries: Iterable[Entry]) -> str:
    """The file of these entries, for `read_lexicon`. Of two with the same words, letter by letter, it holds the last:
    TOML knows no other."""
    return tomli_w.dumps({one.words: _value(one) for one in entries})


def _value(entry: Entry) -> dict[str, Any]:
    made: dict[str, Any] = {"ipa": entry.ipa} if entry.ipa else {"say": entry.say}
    return made | ({"case": True} if entry.case else {})


def has_ipa(text: str) -> bool:
    """Whether a text for a voice holds IPA between the marks."""
    return _IPA_PART.search(text) is not None


def split_ipa(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a text for a voice, in order, each with whether it is IPA."""
    for number, part in enumerate(_IPA_PART.split(text)):
        if part:
            yield part, bool(number % 2)


def _entry(words: str, value: Any) -> Entry:
    table = {"say": value} if isinstance(value, str) else value
    if not isinstance(table, dict):
        raise ValueError("must be text or a table")
    if unknown := sorted(table.keys() - {"say", "ipa", "case"}):
        raise ValueError(f"unknown key {unknown[0]!r} (words with a dot or a space stand in quotes)")
    check_table(table, {"say": str, "ipa": str, "case": bool})
    if max(len(words), *(len(table.get(key, "")) for key in ("say", "ipa"))) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    say, ipa = _clean(table.get("say", "")), _sounds(table.get("ipa", ""))
    if bool(say) == bool(ipa):
        raise ValueError("needs something to be said: text, or ipa, and not both")
    if not (clean := _clean(words)):
        raise ValueError("has no words")
    return Entry(clean, say, ipa, table.get("case", False))


def _clean(text: str) -> str:
    """Composed, with single spaces and without characters that are no text."""
    shown = (" " if unicodedata.category(c) in ("Cc", "Co", "Cs", "Cn") else c for c in text)
    return " ".join(unicodedata.normalize("NFC", "".join(shown)).split())


def _sounds(ipa: str) -> str:
    """IPA in one form. Raises ValueError for a character that is no sign of a sound."""
    sounds = _clean(ipa).translate(_NO_SOUND).translate(_SAME_SOUND)
    for sign in sounds:
        if (unicodedata.category(sign)[0] not in "LM" and sign not in " ˞") or sign.isupper():
            raise ValueError(f"{sign!r} is no IPA")
    return sounds if not sounds or "ˈ" in sounds else f"ˈ{sounds}"


@cache
def _pattern(entries: tuple[Entry, ...]) -> tuple[re.Pattern[str], tuple[Entry, ...]]:
    """One group for each entry, in the order of the entries that come with it: longest first."""
    ordered = tuple(sorted(entries, key=lambda entry: (-len(entry.words), not entry.case)))
    words = "|".join(f"({_words(entry)})" for entry in ordered)
    return re.compile(rf"(?<!{_IN_WORD})(?:{words})(?:{_APOSTROPHES}s)?(?!{_IN_WORD})"), ordered


def _words(entry: Entry) -> str:
    escaped = r"\s+".join(re.escape(word) for word in entry.words.split())
    escaped = re.sub(_APOSTROPHES, _APOSTROPHES, escaped)
    return escaped if entry.case else f"(?i:{escaped})"


def _replacement(entry: Entry, match: re.Match[str]) -> str:
    possessive = match[0][len(match[match.lastindex or 0]) :]
    if entry.say:
        return entry.say + possessive
    return f"{IPA_START}{entry.ipa}{_possessive_sound(entry.ipa) if possessive else ''}{IPA_END}"


def _possessive_sound(ipa: str) -> str:
    """As English has it: Ruth's, Siobhan's, Alice's."""
    last = ipa.rstrip("ː")[-1:]
    return "ɪz" if last in _HISSING else "s" if last in _VOICELESS else "z"


def _why_not(ipa: str, takes_ipa: Callable[[str], bool]) -> str:
    taken = max((n for n in range(1, len(ipa) + 1) if takes_ipa(ipa[:n])), default=0)
    return f"the voice cannot speak {ipa[taken]!r} of the IPA {ipa!r}" if taken else "the voice takes no IPA"


def _spell_it(words: str) -> str:
    return f'spell it as it sounds ("{words}" = "…"), or choose another voice'


def _fault(path: str, words: str, fault: str, remedy: str) -> InputError:
    name = words if len(words) <= LONGEST else f"{words[:40]}…"
    return InputError(f'{path}: "{name}": {fault}', remedy)
