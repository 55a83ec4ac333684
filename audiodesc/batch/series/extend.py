"""A ledger is written on: entries are added at its end, and those that the program wrote for the same episode are
renewed where they stand. All else stays letter by letter, with comments and keys that mean nothing here."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomli_w

from audiodesc.batch.series.ledger import (
    Ledger,
    entry_check,
    episode_number,
    is_listed,
    is_unchanged,
    ledger_of,
    read_ledger,
)
from audiodesc.batch.series.prepare import kept_portrait
from audiodesc.batch.series.whole_files import locked, write_whole
from audiodesc.core.files import read_whole
from audiodesc.core.toml import LARGEST
from audiodesc.errors import InputError, OutputError
from audiodesc.speak.lexicon import Entry

MOST_TRIES: Final = 20
"""How often a ledger that somebody else changes meanwhile is read anew."""

MOST_LISTED: Final = 1_000
"""People, and terms, that are added to a ledger in all: it stays readable for people, and for `read_toml`."""

HEAD: Final = """\
# What the episodes of a series share: change it as you like.
# [[person]] name, looks, portrait (a file beside this one), aliases; [[term]] text, say or ipa, note;
# [[episode]] number, film, summary; [series] voice, language, lexicon (a file beside this one).
# `learned` is the episode that an entry comes from, and later ones are given it. An entry that you change or add is
# yours: it is given to all episodes and never changed here. `ignore = true` keeps an entry from being used or added
# again.

[series]
"""


@dataclass(frozen=True, slots=True)
class LearnedPerson:
    """A person whom an episode names; `portrait` is the content of a PNG or JPEG file."""

    name: str
    looks: str = ""
    portrait: bytes | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What an episode adds. `number` is its number in the list; `output` sets it apart from others of that number."""

    number: float
    film: str
    output: str
    summary: str = ""
    voice: str = ""
    language: str = ""
    people: tuple[LearnedPerson, ...] = ()
    terms: tuple[Entry, ...] = ()


def extend(path: Path, series: str, learned: Learned) -> None:
    """Write what an episode adds into the ledger of a series; made where it is not there. The same again changes
    nothing, not even the file's time.

    Raises InputError for a file that cannot be used, which is left as it is; BusyError, and OutputError.
    """
    with locked(path):
        for _ in range(MOST_TRIES):
            before = _content(path)
            if before:
                read_ledger(path)  # with the errors that name the line
            made = extended(before.decode(), path, series, learned).encode()
            if made == before:
                return
            if _content(path) == before:  # else a person saved it meanwhile
                write_whole(path, made)
                return
    raise OutputError(f"{path} changes all the time", "close the program that writes it, and run the batch again")


def _content(path: Path) -> bytes:
    try:
        return read_whole(path, LARGEST)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", "allow yourself to read it") from error


class _Text:
    """The text of a ledger and what it says, which are changed together."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tables: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))

    def append(self, kind: str, values: Mapping[str, Any]) -> None:
        """Add an entry to a list of tables."""
        self.text += f"{_break(self.text)}\n[[{kind}]]\n{tomli_w.dumps(values)}"
        self.tables.setdefault(kind, []).append(dict(values))

    def renew(self, kind: str, entry: dict[str, Any], values: Mapping[str, Any]) -> None:
        """Put an entry in the place of one that the program wrote; one among whose lines a person wrote stays."""
        old, new = (f"[[{kind}]]\n{tomli_w.dumps(one)}" for one in (entry, values))
        if self.text.count(old) == 1:
            self.text = self.text.replace(old, new)
            entry.clear()
            entry.update(values)

    def head(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Put keys in the place of others that the program wrote in [series], or right below that line."""
        before, after = tomli_w.dumps(old), tomli_w.dumps(new)
        if old and self.text.count(before) == 1:
            self.text = self.text.replace(before, after)
        elif not old and (found := _SERIES.search(self.text)):
            self.text = f"{self.text[: found.end()]}{_break(found[0])}{after}{self.text[found.end() :]}"
        else:
            return
        table = self.tables["series"]
        for key in old:
            del table[key]
        table.update(new)


_SERIES: Final = re.compile(r"^[ \t]*\[[ \t]*series[ \t]*\][ \t]*(?:#[^\n]*)?(?:\n|\Z)", re.MULTILINE)


def _break(text: str) -> str:
    return "" if not text or text.endswith("\n") else "\n"


def extended(text: str, path: Path, series: str, learned: Learned) -> str:
    """The text of a ledger with what an episode adds. Raises InputError where tables are written so that none can be
    added."""
    ledger = _Text(text or f"{HEAD}{tomli_w.dumps({'name': series})}")
    known = ledger_of(path, ledger.tables)
    number = episode_number(known.episodes, learned.number, learned.output)
    _set_voice(ledger, learned, number)
    _add_people(ledger, known, learned, number, path)
    _add_terms(ledger, known, learned, number)
    _add_episode(ledger, learned, number)
    try:
        says = tomllib.loads(ledger.text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        says = None
    if _plain_text(says) != _plain_text(ledger.tables):
        raise InputError(
            f"{path}: nothing can be added to its lists", "write each as [[person]], [[term]], [[episode]]"
        )
    return ledger.text


def _plain_text(tables: Any) -> str:
    """As text, in which what is no number is equal to itself."""
    return json.dumps(tables, sort_keys=True, default=str)


def _set_voice(ledger: _Text, learned: Learned, number: float) -> None:
    """The voice and language of the first episode that was made, unless a person chose one of them."""
    table = ledger.tables.get("series", {})
    values = {key: value for key, value in (("voice", learned.voice), ("language", learned.language)) if value}
    ours = is_unchanged(table) and table["learned"] == number
    taken = table.get("voice") or table.get("language") or table.get("learned") is not None
    if not values or (taken and not ours):
        return
    old = {key: table[key] for key in ("voice", "language", "learned", "check") if key in table} if ours else {}
    others = {key: value for key, value in table.items() if key not in old}
    check = entry_check(others | values)
    ledger.head(old, values | {"learned": _plain(number), "check": check})


def _add_people(ledger: _Text, known: Ledger, learned: Learned, number: float, path: Path) -> None:
    names: list[tuple[str, Sequence[str]]] = [(one.name, one.aliases) for one in known.people]
    for person in learned.people:
        listed = next((one for one in ledger.tables.get("person", []) if one["name"] == person.name), None)
        if listed is not None:
            _renew_person(ledger, listed, person, number)
        elif len(names) < MOST_LISTED and not is_listed(person.name, names):
            values: dict[str, Any] = {"name": person.name} | ({"looks": person.looks} if person.looks else {})
            if person.portrait:
                kept = kept_portrait(path.with_suffix(".files"), person.portrait)
                values["portrait"] = f"{kept.parent.name}/{kept.name}"
            ledger.append("person", _marked(values | {"first_episode": _plain(number)}, number))
            names.append((person.name, ()))


def _renew_person(ledger: _Text, entry: dict[str, Any], person: LearnedPerson, number: float) -> None:
    """Give looks to a person who has none, or other looks where this same episode gave them before."""
    looks = entry.get("looks")
    if not person.looks or looks == person.looks or entry.get("ignore") or not is_unchanged(entry):
        return
    first = entry["learned"]
    if looks is None or entry.get("looks_learned", first) == number:
        later = {} if first == number else {"looks_learned": _plain(number)}
        ledger.renew("person", entry, _marked({**_values(entry), "looks": person.looks, **later}, first))


def _add_terms(ledger: _Text, known: Ledger, learned: Learned, number: float) -> None:
    listed = {one.text.casefold() for one in known.terms}
    for entry in learned.terms:
        values: dict[str, Any] = {"text": entry.words} | ({"ipa": entry.ipa} if entry.ipa else {"say": entry.say})
        values = _marked(values | ({"case": True} if entry.case else {}), number)
        before = next((one for one in ledger.tables.get("term", []) if one["text"] == entry.words), None)
        if before is not None:
            if is_unchanged(before) and before["learned"] == number and not before.get("ignore") and before != values:
                ledger.renew("term", before, values)
        elif len(listed) < MOST_LISTED and entry.words.casefold() not in listed:
            ledger.append("term", values)
            listed.add(entry.words.casefold())


def _add_episode(ledger: _Text, learned: Learned, number: float) -> None:
    def is_it(entry: Mapping[str, Any]) -> bool:
        return bool(entry.get("output") == learned.output or (not entry.get("output") and entry["number"] == number))

    values = {"number": _plain(number), "film": learned.film, "output": learned.output, "summary": learned.summary}
    values = _marked(values, number)
    entry = next((one for one in ledger.tables.get("episode", []) if is_it(one)), None)
    if entry is None:
        ledger.append("episode", values)
    elif is_unchanged(entry) and entry != values and not entry.get("ignore"):
        ledger.renew("episode", entry, values)


def _values(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("learned", "check")}


def _marked(values: Mapping[str, Any], number: float) -> dict[str, Any]:
    return {**values, "learned": _plain(number), "check": entry_check(values)}


def _plain(number: float) -> int | float:
    """A whole number as one, which is how people write episodes."""
    return int(number) if float(number).is_integer() else number
