"""TOML files that a user gives: read whole and bounded, their keys and types checked, one line for each fault."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from audiodesc.core.files import read_whole
from audiodesc.errors import InputError

LARGEST: Final = 1_000_000
"""Bytes: a lexicon of 20,000 names."""

TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", dict: "a table", list: "a list",
}  # fmt: skip


def read_toml(path: Path, wanted: str, form: str) -> dict[str, Any]:
    """The tables of a TOML file in UTF-8.

    Raises InputError, which names the file and, where it is no TOML, the line, with the remedy `wanted` for what cannot
    be read, and `form` for what is no TOML.
    """
    try:
        return tomllib.loads(read_whole(path, LARGEST).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a name with a zero, or nested without end
        raise InputError(f"{path}: not TOML: {error}", form) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", wanted) from error


def check_table(table: Mapping[str, Any], types: Mapping[str, type], required: Collection[str] = ()) -> None:
    """Raise ValueError for keys that are missing, unknown or of another type; a whole number is a number, too."""
    if missing := sorted(set(required) - table.keys()):
        raise ValueError(f"{', '.join(missing)} missing")
    for key, value in table.items():
        if key not in types:
            raise ValueError(f"unknown key {key!r}")
        if not is_a(value, types[key]):
            raise ValueError(f"{key} must be {TYPE_NAMES[types[key]]}, not {value!r:.60}")


def is_a(value: Any, kind: type) -> bool:
    """Whether a value is of a TOML type. True and False are no numbers, though Python counts them as such."""
    return type(value) is kind or (kind is float and type(value) is int)
