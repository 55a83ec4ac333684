"""What is known of the film before it is watched: a context, and the cast with looks and portraits.

A cast file is TOML:

    [[person]]
    name = "Anna Berg"
    looks = "grey plait, red raincoat"   # may be left out
    portrait = "anna.jpg"                # may be left out; a path beside the file, PNG or JPEG, at most 5 MB
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from audiodesc.core.files import read_whole
from audiodesc.core.toml import read_toml
from audiodesc.errors import InputError

LARGEST_PORTRAIT = 5_000_000
"""Bytes."""

_MAGIC: tuple[tuple[bytes, Literal["png", "jpeg"]], ...] = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"))
_KEYS = ("name", "looks", "portrait")
_FORM = 'write [[person]], then name = "…", looks = "…", portrait = "….jpg"'


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the film; `looks` is a line or "", `portrait` the content of a PNG or JPEG file."""

    name: str
    looks: str = ""
    portrait: bytes | None = None


@dataclass(frozen=True, slots=True)
class FilmContext:
    """What is known of the film before it is watched."""

    text: str = ""
    cast: tuple[Person, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Stands for all of it, pictures included."""
        people = [[one.name, one.looks, one.portrait and hashlib.sha256(one.portrait).hexdigest()] for one in self.cast]
        return hashlib.sha256(json.dumps([self.text, people]).encode()).hexdigest()[:16]


def picture_kind(content: bytes) -> Literal["png", "jpeg"] | None:
    """What a picture file is by its first bytes; None for anything but PNG and JPEG."""
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)


def read_cast(path: Path) -> tuple[Person, ...]:
    """The people of a cast file, in its order. Raises InputError, which names the file, the fault and the remedy."""
    table = read_toml(path, "give a cast file", _FORM)
    people = table.get("person")
    if not isinstance(people, list) or not people or len(table) > 1:
        raise InputError(f"{path}: a cast file holds [[person]] tables and nothing else", _FORM)
    cast = tuple(_person(path, number, entry) for number, entry in enumerate(people, 1))
    names = [person.name for person in cast]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise InputError(f"{path}: {twice!r} is listed twice", "keep one [[person]] for each name")
    return cast


def _person(path: Path, number: int, entry: Any) -> Person:
    where = f"{path}: person {number}"
    if not isinstance(entry, Mapping):
        raise InputError(f"{where} is not a table", _FORM)
    if unknown := [key for key in entry if key not in _KEYS]:
        raise InputError(f"{where}: unknown key {unknown[0]!r}", f"use only {', '.join(_KEYS)}")
    if wrong := [key for key in entry if not isinstance(entry[key], str)]:
        raise InputError(f"{where}: {wrong[0]} is not text", f'write {wrong[0]} = "…"')
    name = " ".join(entry.get("name", "").split())
    if not name:
        raise InputError(f"{where} has no name", 'write name = "…"')
    portrait = entry.get("portrait")
    content = None if portrait is None else _portrait(where, path.parent / portrait)
    return Person(name, " ".join(entry.get("looks", "").split()), content)


def _portrait(where: str, path: Path) -> bytes:
    if not path.is_file():
        raise InputError(f"{where}: there is no portrait {path}", "give its path as seen from the cast file's folder")
    try:
        content = read_whole(path, LARGEST_PORTRAIT)
    except OSError as error:
        raise InputError(
            f"{where}: {path} cannot be read: {error.strerror}", "give a PNG or JPEG of at most 5 MB"
        ) from error
    if picture_kind(content) is None:
        raise InputError(f"{where}: {path} is neither PNG nor JPEG", "save the portrait as PNG or JPEG")
    return content
