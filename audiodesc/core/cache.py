"""What a stage made, kept under a key computed from all that it read.

An entry appears whole by one rename, or not at all; one that can be read is never updated. Going on after a kill
needs no code of its own: what is there is not made again.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from audiodesc.core.files import Read, content_hash, identity, read_whole

if TYPE_CHECKING:
    from audiodesc.model import Identity

T = TypeVar("T")

WRONG = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, zlib.error)
"""What reading a value of another form raises."""

LARGEST = 100_000_000
"""Bytes: the speech segments of 24 hours of film take a tenth of it."""

SETTLED_NS = 2_000_000_000
"""A file that changed less than this before it was read is not remembered: the coarsest clock of a disk in use (FAT)
ticks every 2 s, and within a tick another change would leave the same time."""

HASH = re.compile(r"[0-9a-f]{32}")

NO_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


def key(stage: str, version: int, **read: Any) -> str:
    """The name of an entry: the stage with its version, and a hash of everything that the stage read.

    Values may be dataclasses, mappings, sequences, text, numbers, booleans and None. Of a dataclass only the names and
    values of its fields count, not what the class is called: the stage's name and version say which form is meant, so a
    renamed class keeps its entries. Raises TypeError for anything else, a `Path` above all: the same path can hold
    another film tomorrow.
    """
    text = json.dumps(_plain(read), sort_keys=True)
    return f"{stage}.{version}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _any(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"fields()": fields}
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("a mapping in a cache key has names that are not text")
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Fraction):
        return {"Fraction()": [value.numerator, value.denominator]}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be part of a cache key")


class Store:
    """Entries as files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str, suffix: str) -> Path:
        return self.folder / f"{name}{suffix}"

    def add(self, name: str, suffix: str, content: bytes) -> Path:
        """Write an entry whole; one that is there already is left as it is."""
        place = self.path(name, suffix)
        return place if place.is_file() else self.put(name, suffix, content)

    def put(self, name: str, suffix: str, content: bytes) -> Path:
        """Write an entry whole, in the place of one that cannot be used. It is on the disk before it has its name, so
        that no loss of power leaves half of it there."""
        place = self.path(name, suffix)
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f".partial-{os.getpid()}-{get_ident()}{suffix}"
        try:
            partial.write_bytes(content)
            synced(partial)
            partial.replace(place)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return place

    def read_json(self, name: str, form: Callable[[Any], T] = _any) -> T | None:
        """The entry's value as `form` reads it; None where there is none, where a disk fault spoiled it, and where it
        is of another form, of which `form` raises any of `WRONG`."""
        try:
            return form(json.loads(read_whole(self.path(name, ".json"), LARGEST))["value"])
        except (OSError, *WRONG):
            return None

    def put_json(self, name: str, value: Any) -> None:
        """Keep a value in the place of one that `read_json` could not read."""
        self.put(name, ".json", json.dumps({"value": value}).encode())

    def made(self, name: str, form: Callable[[Any], T], make: Callable[[], Any]) -> T:
        """The entry's value as `form` reads it (see `read_json`), made and kept where there is none to be read."""
        found = self.read_json(name, form)
        if found is not None:
            return found
        value = make()
        self.put_json(name, value)
        return form(value)


def synced(path: Path) -> None:
    """Wait until a file's content is on the disk; where a disk knows no such wait, do not."""
    file = os.open(path, os.O_RDWR)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
    finally:
        os.close(file)


def remembered_hash(path: Path, store: Store, show: Read | None = None) -> tuple[str, Identity]:
    """The same, which is found again in the store as long as the file's identity stays what it was.

    Raises OSError as `content_hash` does.
    """
    now = identity(path.stat())
    if found := store.read_json(_memory(now), _hash):
        return found, now
    started_ns = time.time_ns()
    found, read = content_hash(path, show)
    if started_ns - max(read[3:]) > SETTLED_NS:
        store.put_json(_memory(read), found)
    return found, read


def _hash(value: Any) -> str:
    if isinstance(value, str) and HASH.fullmatch(value):
        return value
    raise ValueError("not a hash")


def _memory(of: Identity) -> str:
    return key("content", 1, identity=list(of))
