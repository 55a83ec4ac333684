"""How words are said in a project: a lexicon beside its results, which a render reads too."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from audiodesc.errors import OutputError, UsageError
from audiodesc.project.saved import save_settings, saved_film, saved_settings
from audiodesc.review.state import Review
from audiodesc.review.voicing import length_of
from audiodesc.speak.lexicon import Entry, entry_of, lexicon_text, read_lexicon


@dataclass(frozen=True, slots=True)
class LexiconView:
    """The project's pronunciations, and the address of how the last one sounds."""

    entries: tuple[Entry, ...]
    clip: str = ""


def lexicon_path(review: Review) -> Path:
    """Where the lexicon of the project lies."""
    return review.folder.resolve() / f"{saved_film(review.project).stem}.lexicon.toml"


def entries_of(review: Review) -> tuple[Entry, ...]:
    """The entries of the lexicon that was chosen, else of the project's own, which a run without it leaves as it is.

    Raises InputError for one that cannot be read.
    """
    chosen, own = saved_settings(review.project).voice.lexicon, lexicon_path(review)
    path = Path(chosen) if chosen else own if own.is_file() else None
    return read_lexicon(path).entries if path else ()


def said_right(review: Review, wanted: Entry) -> LexiconView:
    """Have words spoken so from now on, in the place of what was said for them before; with how they sound. Raises
    InputError for what no voice can say."""
    asked = {"say": wanted.say, "ipa": wanted.ipa, "case": wanted.case}
    entry = entry_of(wanted.words, asked, lexicon_path(review).name)
    with review.pronouncing:
        others = [one for one in entries_of(review) if one.key != entry.key and one.words != entry.words]
        entries = _write(review, [*others, entry])
    known = review.need_film()
    try:
        path = known.on.speak(entry.words, 1.0)
    except ValueError:  # words alone, such as a single letter, may be silent
        return LexiconView(entries)
    review.voicing.knows(known.on.speak, entry.words, length_of(path))
    return LexiconView(entries, f"/api/v1/clips/{path.name}")


def unsaid(review: Review, words: str) -> LexiconView:
    """Have words spoken as before: those that are written so or, where there are none, so in another case. Raises
    UsageError for words that have no entry."""
    with review.pronouncing:
        entries = entries_of(review)
        gone = [one for one in entries if one.words == words]
        gone = gone or [one for one in entries if one.words.casefold() == words.strip().casefold()]
        if not gone:
            raise UsageError(f"there is no entry for {words!r:.60}", "see the list")
        return LexiconView(_write(review, [one for one in entries if one not in gone]))


def _write(review: Review, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Write the file whole, read it back, and let all that is spoken go by it; a wrong entry leaves all as it was."""
    known, path = review.need_film(), lexicon_path(review)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(lexicon_text(entries), "utf-8")
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
