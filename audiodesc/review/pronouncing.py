"""How words are said in a project: a lexicon beside its results, which a render reads too."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from audiodesc.errors import OutputError, UsageError
from audiodesc.project.saved import save_settings, saved_film, saved_settings
from audiodesc.review.answers import Name
from audiodesc.review.state import Review
from audiodesc.review.voicing import length_of
from audiodesc.settings import Settings
from audiodesc.speak.lexicon import Entry, read_lexicon


@dataclass(frozen=True, slots=True)
class SaidRight:
    """How words are spoken: spelled as they sound, or in IPA."""

    words: Name
    say: Name = ""
    ipa: Name = ""
    case: bool = False


@dataclass(frozen=True, slots=True)
class LexiconView:
    """The project's pronunciations, and the address of how the last one sounds."""

    entries: tuple[Entry, ...]
    clip: str = ""


def lexicon_path(review: Review) -> Path:
    """Where the lexicon of the project lies."""
    return review.folder.resolve() / f"{saved_film(review.project).stem}.lexicon.toml"


def entries_of(review: Review) -> tuple[Entry, ...]:
    """The entries that hold, whichever file has them. Raises InputError for one that cannot be read."""
    path = _used(saved_settings(review.project), review)
    return read_lexicon(path).entries if path else ()


def _used(settings: Settings, review: Review) -> Path | None:
    """The file that is read: the choice's or, where that is gone, the project's own."""
    own = lexicon_path(review)
    chosen = Path(settings.voice.lexicon) if settings.voice.lexicon else None
    if chosen and chosen.is_file():
        return chosen
    return own if own.is_file() else None


def said_right(review: Review, wanted: SaidRight) -> LexiconView:
    """Have words spoken so from now on; with how they sound. Raises InputError for what no voice can say."""
    entry = Entry(wanted.words.strip(), wanted.say.strip(), wanted.ipa.strip(), wanted.case)
    kept = [one for one in entries_of(review) if not _same(one, entry)]
    entries = _write(review, [*kept, entry])
    known = review.need_film()
    clip = ""
    try:
        path = known.on.speak(entry.words, 1.0)
        review.voicing.knows(known.on.speak, entry.words, length_of(path))
        clip = f"/api/v1/clips/{path.name}"
    except ValueError:
        clip = ""
    return LexiconView(entries, clip)


def unsaid(review: Review, words: str) -> LexiconView:
    """Have words spoken as before. Raises UsageError for words that have no entry."""
    entries = entries_of(review)
    kept = [one for one in entries if one.words.casefold() != words.strip().casefold()]
    if len(kept) == len(entries):
        raise UsageError(f"there is no entry for {words!r:.60}", "see the list")
    return LexiconView(_write(review, kept))


def _same(one: Entry, other: Entry) -> bool:
    if one.case != other.case:
        return False
    return one.words == other.words if one.case else one.words.casefold() == other.words.casefold()


def _write(review: Review, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Write the file whole, read it back, and let all that is spoken go by it; a wrong entry leaves all as it was."""
    known, path = review.need_film(), lexicon_path(review)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(tomli_w.dumps({one.words: _value(one) for one in entries}), "utf-8")
        lexicon = read_lexicon(partial)
        lexicon.check(known.narrator.voice.takes_ipa)
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})", "make room, or allow it") from error
    finally:
        partial.unlink(missing_ok=True)
    settings = saved_settings(review.project)
    if settings.voice.lexicon != str(path):
        save_settings(review.project, replace(settings, voice=replace(settings.voice, lexicon=str(path))))
    review.speak_by(lexicon)
    return lexicon.entries


def _value(entry: Entry) -> dict[str, Any]:
    made: dict[str, Any] = {"ipa": entry.ipa} if entry.ipa else {"say": entry.say}
    return made | ({"case": True} if entry.case else {})
