"""The ledger of a series: a TOML file that a person can edit, read and checked.

    [series]
    name = "Harbour Lights"
    voice = "kokoro-en-gb"           # of all episodes that name none
    language = "en-GB"
    lexicon = "names.toml"           # a path beside the ledger

    [[person]]
    name = "Anna Berg"
    looks = "grey plait, red raincoat"
    portrait = "anna.jpg"            # a path beside the ledger
    aliases = ["Annie"]
    first_episode = 1

    [[term]]
    text = "Siobhan"
    say = "shiv-awn"                 # or ipa = "…"; a note alone is only for the describer
    note = "the harbour master's boat"

    [[episode]]
    number = 1
    film = "e01.mp4"
    summary = "Anna comes home."

What the program added has two keys more: `learned`, the number of the episode, and `check`, a hash of the values as
they were written. Where the hash does not fit any more, a person has changed the entry, and it is a person's from then
on. Later episodes alone are given what was learned, so that an episode that is made again is given the same as before;
what a person wrote is given to all. `ignore = true` keeps an entry from being given, or learned again.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audiodesc.core.toml import TYPE_NAMES, is_a, read_toml
from audiodesc.errors import InputError
from audiodesc.speak.lexicon import Entry, entry_of

FOLDER: Final = "series"
"""The folder of all ledgers, in that of the batch."""

LONGEST_NAME: Final = 40
"""Characters of a series' name that are in the name of its file."""

MARKS: Final = ("learned", "looks_learned", "check", "ignore")
"""Keys that say whose an entry is, and are no values of it."""

FORM: Final = "write [series], [[person]], [[term]] and [[episode]] as the file's first lines say"

_KEYS: Final[Mapping[str, Mapping[str, type]]] = {
    "series": {"name": str, "voice": str, "language": str, "lexicon": str},
    "person": {"name": str, "looks": str, "portrait": str, "aliases": list, "first_episode": float},
    "term": {"text": str, "say": str, "ipa": str, "case": bool, "note": str},
    "episode": {"number": float, "film": str, "output": str, "summary": str},
}
_MARKS: Final[Mapping[str, type]] = {"learned": float, "looks_learned": float, "check": str, "ignore": bool}
_NAMED: Final = {"person": "name", "term": "text", "episode": "number"}


@dataclass(frozen=True, slots=True)
class LedgerPerson:
    """A person of the series; `portrait` is a whole path, or None. Episodes before `first_episode` are not given it.
    `learned` and `looks_learned` are the numbers of the episodes that it comes from, None where a person wrote it."""

    name: str
    looks: str = ""
    portrait: Path | None = None
    aliases: tuple[str, ...] = ()
    first_episode: float = float("-inf")
    ignore: bool = False
    learned: float | None = None
    looks_learned: float | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase: how it is spoken (None: as the voice does), and a note on it for the describer."""

    text: str
    spoken: Entry | None = None
    note: str = ""
    ignore: bool = False
    learned: float | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode; `output` is where its results are, "" where a person wrote the entry."""

    number: float
    film: str = ""
    output: str = ""
    summary: str = ""
    ignore: bool = False
    learned: float | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of a series. `learned` is the episode of which voice and language are, None where a person chose
    them; `lexicon` is a whole path, or None."""

    path: Path
    name: str = ""
    voice: str = ""
    language: str = ""
    lexicon: Path | None = None
    learned: float | None = None
    people: tuple[LedgerPerson, ...] = ()
    terms: tuple[Term, ...] = ()
    episodes: tuple[Episode, ...] = ()

    @property
    def files(self) -> Path:
        """The folder of the casts, lexicons and portraits that episodes are given."""
        return self.path.with_suffix(".files")


def ledger_path(folder: Path, series: str) -> Path:
    """Where the ledger of a series is, in the folder of a batch. No two series have the same, also where a disk does
    not distinguish capitals; nothing in a name leads out of the folder."""
    name = unicodedata.normalize("NFC", series)
    plain = re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:LONGEST_NAME].rstrip("-")
    digest = hashlib.sha256(series.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return folder / FOLDER / f"{plain or 'series'}-{digest}.toml"


def as_text(name: str) -> str:
    """A path or name as the ledger has it: of a file's name whose bytes are no text, what they are."""
    return name.encode("utf-8", "backslashreplace").decode()


def is_given(learned: float | None, number: float) -> bool:
    """Whether an episode of that number is given what another added: a person's work always, and what is earlier."""
    return learned is None or learned < number


def people_for(ledger: Ledger, number: float) -> list[LedgerPerson]:
    """The people whom an episode of that number is given."""
    known = [one for one in ledger.people if not one.ignore and is_given(one.learned, number)]
    return [one for one in known if one.first_episode <= number]


def episode_number(episodes: Sequence[Episode], number: float, output: str) -> float:
    """The number of an episode in its ledger: the one in the list or, where another has that, one right after it."""
    others = {one.number for one in episodes if one.output and one.output != output}
    own = next((one for one in episodes if one.output == output), None)
    if own and 0 <= own.number - number < 0.5 and own.number not in others:
        return own.number
    return next(one for k in range(len(others) + 1) if (one := round(number + k / 1000, 3)) not in others)


def entry_check(entry: Mapping[str, Any]) -> str:
    """The hash of an entry's values."""
    values = {key: value for key, value in entry.items() if key not in MARKS}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:8]


def is_unchanged(entry: Mapping[str, Any]) -> bool:
    """Whether the program wrote an entry as it stands."""
    return entry.get("learned") is not None and entry.get("check") == entry_check(entry)


def is_listed(name: str, known: Iterable[tuple[str, Sequence[str]]]) -> bool:
    """Whether somebody of that name is among `known` (name, aliases): by the whole name, an alias, or by the first or
    last name of one of them alone."""
    wanted, people = _folded(name), [(_folded(one), {_folded(other) for other in aliases}) for one, aliases in known]
    if any(wanted == one or wanted in aliases for one, aliases in people):
        return True
    return " " not in wanted and sum(wanted in (one.split()[0], one.split()[-1]) for one, _ in people if one) == 1


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def read_ledger(path: Path) -> Ledger:
    """The ledger in a file. Raises InputError, which names the file, the line or the entry, the fault and the
    remedy."""
    return ledger_of(path, read_toml(path, "allow yourself to read it", "correct that line; nothing was changed"))


def ledger_of(path: Path, tables: Mapping[str, Any]) -> Ledger:
    """The ledger of what was read of a file. Unknown keys are left alone."""
    series = tables.get("series", {})
    _check(path, "[series]", "series", series)
    lists: dict[str, list[Any]] = {kind: _entries(path, kind, tables.get(kind, [])) for kind in _NAMED}
    return Ledger(
        path=path,
        name=series.get("name", ""),
        voice=series.get("voice", "").strip(),
        language=series.get("language", "").strip(),
        lexicon=path.parent / series["lexicon"] if series.get("lexicon") else None,
        learned=_learned(series),
        people=tuple(_person(path, one) for one in lists["person"]),
        terms=tuple(_term(path, one) for one in lists["term"]),
        episodes=tuple(_episode(one) for one in lists["episode"]),
    )


def _entries(path: Path, kind: str, found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise InputError(f"{path}: {kind} is no list", f"write each as [[{kind}]]")
    for number, one in enumerate(found, 1):
        where = f"{kind} {number}"
        _check(path, where, kind, one)
        if one.get(_NAMED[kind]) is None or str(one[_NAMED[kind]]).strip() == "":
            raise InputError(f"{path}: {where} has no {_NAMED[kind]}", FORM)
    return found


def _check(path: Path, where: str, kind: str, entry: Any) -> None:
    if not isinstance(entry, Mapping):
        raise InputError(f"{path}: {where} is no table", FORM)
    for key, wanted in (*_KEYS[kind].items(), *_MARKS.items()):
        value = entry.get(key)
        if value is not None and not is_a(value, wanted):
            raise InputError(f"{path}: {where}: {key} is {value!r:.60}", f"give {TYPE_NAMES[wanted]}")
        if wanted is list and not all(isinstance(one, str) for one in value or ()):
            raise InputError(f"{path}: {where}: {key} holds what is no text", f'write {key} = ["…"]')


def _learned(entry: Mapping[str, Any]) -> float | None:
    return float(entry["learned"]) if is_unchanged(entry) else None


def _person(path: Path, entry: Mapping[str, Any]) -> LedgerPerson:
    learned = _learned(entry)
    looks_learned = entry.get("looks_learned", learned) if is_unchanged(entry) else None
    return LedgerPerson(
        name=" ".join(entry["name"].split()),
        looks=" ".join(entry.get("looks", "").split()),
        portrait=path.parent / entry["portrait"] if entry.get("portrait") else None,
        aliases=tuple(entry.get("aliases", ())),
        first_episode=float(entry.get("first_episode", "-inf")),
        ignore=entry.get("ignore", False),
        learned=learned,
        looks_learned=looks_learned,
    )


def _term(path: Path, entry: Mapping[str, Any]) -> Term:
    spoken = {key: entry[key] for key in ("say", "ipa", "case") if key in entry}
    made = entry_of(entry["text"], spoken, str(path)) if spoken.keys() & {"say", "ipa"} else None
    note = " ".join(entry.get("note", "").split())
    return Term(" ".join(entry["text"].split()), made, note, entry.get("ignore", False), _learned(entry))


def _episode(entry: Mapping[str, Any]) -> Episode:
    values = {key: entry[key] for key in ("film", "output", "ignore") if key in entry}
    summary = " ".join(entry.get("summary", "").split())
    return Episode(float(entry["number"]), summary=summary, learned=_learned(entry), **values)
