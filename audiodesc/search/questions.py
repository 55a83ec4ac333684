"""A question as people type it -> what is to be found: words, "exact phrases", prefixes*, -without, OR, field:word.

All that means nothing else is words: quotes without an end, brackets, SQL, the index's own syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from audiodesc.errors import UsageError
from audiodesc.search.documents import FIELDS, Field
from audiodesc.search.words import pattern_of, words_of

LONGEST: Final = 1_000
"""Characters of a question."""

MOST: Final = 32
"""Words and phrases of a question."""

MOST_OF_PHRASE: Final = 64

_PART = re.compile(
    rf"(?P<without>(?<!\S)-)?(?:(?<![^\s-])(?P<field>{'|'.join(FIELDS)}):)?"
    r'(?:"(?P<phrase>[^"]*)"(?P<star>\*)?|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that stand beside each other, folded, in a field or (None) in any; `prefix`: the last one may go on."""

    words: tuple[str, ...]
    field: Field | None = None
    prefix: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in a folded text."""
        return pattern_of(self.words, prefix=self.prefix)

    @property
    def match(self) -> str:
        """It in FTS5's syntax, in which a word in quotes is nothing but a word."""
        quoted = " ".join(self.words)  # no word has a quote: that is no letter
        return f'{f"{{{self.field}}} : " if self.field else ""}"{quoted}"{" *" if self.prefix else ""}'


@dataclass(frozen=True, slots=True)
class Question:
    """`text` is as it was typed. A moment is found that has one of each of `all_of`, and none of `none_of`."""

    text: str
    all_of: tuple[tuple[Wanted, ...], ...]
    none_of: tuple[Wanted, ...] = ()

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        return tuple(one for several in self.all_of for one in several)

    @property
    def is_plain(self) -> bool:
        """Whether it is words and nothing else, so that what means the same may answer it too."""
        signs = any(one.field or one.prefix for one in self.wanted) or '"' in self.text
        return not (signs or self.none_of)

    @property
    def match(self) -> str:
        """The question in FTS5's syntax."""
        every = " AND ".join(f"({' OR '.join(one.match for one in several)})" for several in self.all_of)
        without = " OR ".join(one.match for one in self.none_of)
        return f"({every}) NOT ({without})" if without else every

    def match_in(self, field: Field) -> str:
        """The same, of all that is in one field alone."""
        return f"{{{field}}} : ({self.match})"


def question_of(text: str) -> Question:
    """What a question wants. Raises UsageError for one that is too long, or in which there is no word to find."""
    if len(text) > LONGEST:
        raise UsageError(f"the question has {len(text):,} characters", f"ask with {LONGEST:,} at most")
    all_of: list[tuple[Wanted, ...]] = []
    none_of: list[Wanted] = []
    joins = False
    for part in _PART.finditer(text):
        if part["word"] == "OR" and not part["without"]:
            joins = bool(all_of)
            continue
        for wanted in _wanted(part):
            if part["without"]:
                none_of.append(wanted)
            elif joins:
                all_of[-1] = (*all_of[-1], wanted)
            else:
                all_of.append((wanted,))
        joins = False
    if not all_of:
        raise UsageError(f"there is no word to find in {text!r:.60}", 'give one or more, as "red coat"')
    if sum(map(len, all_of)) + len(none_of) > MOST:
        raise UsageError(f"the question has more than {MOST} words", "ask with fewer")
    return Question(text, tuple(all_of), tuple(none_of))


def _wanted(part: re.Match[str]) -> Iterator[Wanted]:
    field = cast("Field | None", part["field"] and part["field"].lower())
    typed = part["phrase"] if part["phrase"] is not None else part["word"]
    words = words_of(typed)
    if len(words) > MOST_OF_PHRASE:
        raise UsageError(f"a phrase of the question has more than {MOST_OF_PHRASE} words", "ask with fewer")
    if words:
        yield Wanted(words, field, prefix=bool(part["star"]) or (part["word"] or "").endswith("*"))
