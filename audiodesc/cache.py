"""What a stage made, kept under a key computed from all that it read.

An entry appears whole by one rename, or not at all; entries are added, never updated. Going on after a kill
needs no code of its own: what is there is not made again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from threading import get_ident
from typing import Any


def key(stage: str, version: int, **read: Any) -> str:
    """The name of an entry: the stage with its version, and a hash of everything that the stage read.

    Values may be dataclasses, mappings, sequences, text, numbers, booleans and None.
    Raises TypeError for anything else, a `Path` above all: the same path can hold another film tomorrow.
    """
    text = json.dumps(_plain(read), sort_keys=True)
    return f"{stage}.{version}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {f"{type(value).__name__}()": fields}
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
        if place.exists():
            return place
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f".partial-{os.getpid()}-{get_ident()}{suffix}"
        try:
            partial.write_bytes(content)
            partial.replace(place)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return place

    def read_json(self, name: str) -> Any | None:
        """The entry's value, or None where there is none (or a disk fault spoiled it)."""
        try:
            return json.loads(self.path(name, ".json").read_text("utf-8"))["value"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def add_json(self, name: str, value: Any) -> None:
        """Keep a value; where one is kept already, that one stays."""
        if self.read_json(name) is None:
            self.path(name, ".json").unlink(missing_ok=True)
            self.add(name, ".json", json.dumps({"value": value}).encode())
