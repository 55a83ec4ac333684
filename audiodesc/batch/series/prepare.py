"""A job and a ledger -> the job as the next episode is made: with what earlier ones added, and a person wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import tomli_w

from audiodesc.batch.model import FilmJob
from audiodesc.batch.series.ledger import Ledger, as_text, episode_number, is_given, is_listed, people_for
from audiodesc.batch.series.whole_files import write_once
from audiodesc.core.files import read_whole
from audiodesc.describers.context import LARGEST_PORTRAIT, Person, picture_kind, read_cast
from audiodesc.errors import InputError
from audiodesc.speak.lexicon import Entry, lexicon_text, read_lexicon

MOST_STORY: Final = 2_000
"""Characters of the summaries of earlier episodes; the latest count."""

MOST_NOTES: Final = 1_000
"""Characters of notes on terms, and of other names of people."""

MOST_CAST: Final = 60
"""People of the ledger that a film is given: a describer reads all of them with each question."""


def with_ledger(job: FilmJob, ledger: Ledger) -> FilmJob:
    """The job of an episode with the people, terms, voice, language and story so far of its series; what it names
    itself stands before that.

    The files of its cast and lexicon are written beside the ledger under names that stand for their content, so that
    the same knowledge gives the same job. Raises InputError for files that cannot be used, and OutputError.
    """
    number = episode_number(ledger.episodes, job.episode, as_text(job.output))
    describer, voice = dict(job.choices.get("describer", {})), dict(job.choices.get("voice", {}))
    same_voice = _set_voice(voice, ledger, number)
    if cast := _cast_file(describer.get("cast"), ledger, number):
        describer["cast"] = str(cast)
    if lexicon := _lexicon_file(voice.get("lexicon"), ledger, number, ipa=same_voice):
        voice["lexicon"] = str(lexicon)
    if story := " ".join(_story(ledger, number)):
        own = str(describer.get("context") or "")
        about = f"An episode of the series {ledger.name or job.series}."
        describer["context"] = " ".join(filter(None, (own, about, story)))
    choices = {**job.choices, **({"describer": describer} if describer else {}), **({"voice": voice} if voice else {})}
    return replace(job, choices=choices) if choices != job.choices else job


def _set_voice(voice: dict[str, Any], ledger: Ledger, number: float) -> bool:
    """Give the job the series' voice and language where it names neither, or the same; whether the voice is the
    series' then."""
    named, language = voice.get("name"), voice.get("language")
    if named not in (None, "auto"):
        return bool(named == ledger.voice)
    if not is_given(ledger.learned, number) or language not in (None, ledger.language):
        return False
    if ledger.language:
        voice["language"] = ledger.language
    if ledger.voice:
        voice["name"] = ledger.voice
    return bool(ledger.voice)


def _cast_file(own: Any, ledger: Ledger, number: float) -> Path | None:
    """The cast of the job and of the ledger as one file; None where the ledger adds nothing."""
    before = read_cast(Path(own)) if own else ()
    merged = merged_cast(before, ledger, number)
    if merged == before:
        return None
    tables = [_person_table(one, ledger.files) for one in merged]
    return _kept(ledger.files, "cast", ".toml", tomli_w.dumps({"person": tables}).encode())


def merged_cast(before: Sequence[Person], ledger: Ledger, number: float) -> tuple[Person, ...]:
    """A job's own cast, filled up from the ledger, and then the ledger's other people: those whom a person wrote down
    first."""
    known = people_for(ledger, number)
    by_name: dict[str, Person] = {}
    for one in sorted(known, key=lambda one: one.learned is not None):
        looks = one.looks if is_given(one.looks_learned, number) else ""
        by_name.setdefault(one.name, Person(one.name, looks, _portrait(one.portrait)))
    filled = tuple(_filled(one, by_name.get(one.name)) for one in before)
    listed = [(one.name, ()) for one in before]
    more = [one for one in by_name.values() if not is_listed(one.name, listed)]
    return (*filled, *more[:MOST_CAST])


def _filled(person: Person, known: Person | None) -> Person:
    if known is None:
        return person
    return Person(person.name, person.looks or known.looks, person.portrait or known.portrait)


def _portrait(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        content = read_whole(path, LARGEST_PORTRAIT)
    except OSError as error:
        raise InputError(
            f"the portrait {path} cannot be read: {error.strerror}", "correct its path in the ledger of the series"
        ) from error
    if picture_kind(content) is None:
        raise InputError(f"{path} is neither PNG nor JPEG", "save the portrait as PNG or JPEG")
    return content


def _person_table(person: Person, folder: Path) -> dict[str, str]:
    table = {"name": person.name} | ({"looks": person.looks} if person.looks else {})
    if person.portrait:
        table["portrait"] = kept_portrait(folder, person.portrait).name
    return table


def kept_portrait(folder: Path, content: bytes) -> Path:
    """A portrait in the folder of a ledger's files."""
    return _kept(folder, "portrait", ".png" if picture_kind(content) == "png" else ".jpg", content)


def _kept(folder: Path, kind: str, suffix: str, content: bytes) -> Path:
    path = folder / f"{kind}-{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    write_once(path, content)
    return path


def _lexicon_file(own: Any, ledger: Ledger, number: float, *, ipa: bool) -> Path | None:
    """The lexicon of the job and of the ledger as one file; None where the ledger adds nothing. Without `ipa` another
    voice than the series' speaks, which may take none: entries in IPA are left out."""
    entries: dict[tuple[str, bool], Entry] = {}
    before = read_lexicon(Path(own)).entries if own else ()
    series = read_lexicon(ledger.lexicon).entries if ledger.lexicon else ()
    known = [one for one in ledger.terms if one.spoken and not one.ignore and is_given(one.learned, number)]
    terms = [one.spoken for one in sorted(known, key=lambda one: one.learned is None) if one.spoken]
    for entry in (*series, *terms):
        if ipa or not entry.ipa:
            entries[entry.key] = entry
    merged = {one.key: one for one in before} | {
        key: entry for key, entry in entries.items() if key not in {one.key for one in before}
    }
    if len(merged) == len(before):
        return None
    ordered = [*(one for key, one in merged.items() if key in entries), *before]  # of two with the same words the
    return _kept(ledger.files, "lexicon", ".toml", lexicon_text(ordered).encode())  # last counts: the job's own


def _story(ledger: Ledger, number: float) -> Iterator[str]:
    """What the describer is given of the series: earlier episodes, terms, other names."""
    earlier = [
        one for one in ledger.episodes if one.summary and not one.ignore and one.number < number
    ]  # also of a person's: the summary of a later one says too much
    texts: list[str] = []
    for one in sorted(earlier, key=lambda one: one.number, reverse=True):
        text = f"Episode {one.number:g}: {one.summary}"
        if sum(map(len, texts)) + len(text) > MOST_STORY:
            break
        texts.insert(0, text)
    if texts:
        yield f"Earlier episodes: {' '.join(texts)}"
    terms = [f"{one.text}: {one.note}." for one in ledger.terms if one.note and not one.ignore]
    names = [
        f"{one.name} is also called {', '.join(one.aliases)}." for one in people_for(ledger, number) if one.aliases
    ]
    yield from _bounded([*terms, *names], MOST_NOTES)


def _bounded(texts: Sequence[str], most: int) -> Iterator[str]:
    for text in texts:
        most -= len(text)
        if most < 0:
            return
        yield text


def choices_of(job: FilmJob, group: str) -> Mapping[str, Any]:
    """What a job chooses in a group of settings; empty where it chooses nothing there."""
    found = job.choices.get(group) or {}
    return found if isinstance(found, Mapping) else {}
