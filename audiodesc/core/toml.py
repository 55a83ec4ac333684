"""TOML files that a user gives: read whole and bounded, keys and types checked, one line for each fault; and job files,
which hold choices, with the JSON schema of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar

from audiodesc.core.choices import Field, built, choices, fault, fields
from audiodesc.core.files import read_whole
from audiodesc.errors import InputError, UsageError

LARGEST: Final = 1_000_000
"""Bytes: a lexicon of 20,000 names."""

DEEP: Final = re.compile(
    r"""(?<![\w\\-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){12}""", re.ASCII
)
"""A key of more than 12 parts: the time to parse one grows with their square, minutes for a file of 40 kB. No key that
is known has as many."""

TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", dict: "a table", list: "a list",
}  # fmt: skip


def read_toml(path: Path, wanted: str, form: str) -> dict[str, Any]:
    """The tables of a TOML file in UTF-8.

    Raises InputError, which names the file and, where it is no TOML, the line, with the remedy `wanted` for what cannot
    be read, and `form` for what is no TOML.
    """
    try:
        return parsed(read_whole(path, LARGEST))
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a name with a zero, or nested without end
        raise InputError(f"{path}: not TOML: {error}", form) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", wanted) from error


def parsed(content: bytes) -> dict[str, Any]:
    """The tables of TOML in UTF-8, in a time that its size bounds. Raises ValueError where it is none or a key has more
    than 12 parts, RecursionError where it is nested without end."""
    text = content.decode("utf-8-sig")
    if deep := DEEP.search(text):
        raise ValueError(f"a key has more than 12 parts (at line {text.count(chr(10), 0, deep.start()) + 1})")
    return tomllib.loads(text)


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


G = TypeVar("G")
FORM = "write [group] and key = value as `audiodesc config` prints them"


def read_job(path: Path, group: type[G]) -> dict[str, Any]:
    """The values that a job file gives, by the names of groups and keys as `built` takes them.

    Raises InputError for a file that cannot be read or is no TOML, and UsageError, which names the file and the key,
    for a key that does not exist (with the nearest one) and a value of a wrong type or out of range.
    """
    return job_values(read_toml(path, "give a file that can be read", FORM), group, str(path))


def job_values(table: Mapping[str, Any], group: Any, name: str) -> dict[str, Any]:
    """The same of what was read of a job file already, which errors call `name`."""
    return _read(table, group, name, group)


def _read(table: Mapping[str, Any], group: Any, file: str, root: Any, above: str = "") -> dict[str, Any]:
    known = {field.name: field for field in fields(group)}
    found = {}
    for name, value in table.items():
        if name not in known:
            raise UsageError(f"{file}: there is no {above}{name}", _nearest(name, known, above, root))
        field, key = known[name], f"{above}{name}"
        if (field.group or not field.choice) and not isinstance(value, Mapping):
            raise UsageError(f"{file}: {key} is {value!r:.60}", f"write it as a table: [{key}]")
        if field.group:
            found[name] = _read(value, field.group, file, root, f"{key}.")
            continue
        found[name] = _plain(value)
        if remedy := fault(field, found[name]):
            raise UsageError(f"{file}: {key} is {value!r:.60}", remedy)
    return found


def _plain(value: Any) -> Any:
    """A value of TOML as settings have it: a list is a tuple; the options of backends are text, which these read."""
    if isinstance(value, Mapping):
        return {name: _as_texts(table) for name, table in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _as_texts(table: Any) -> Any:
    """The options of one backend."""

    def text(value: Any) -> Any:
        return (
            str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value
        )

    return {key: text(value) for key, value in table.items()} if isinstance(table, Mapping) else table


def _nearest(name: str, known: Mapping[str, Field], above: str, root: Any) -> str:
    """The remedy for a key that does not exist: one like it, of that name in another group first, or all of these."""
    elsewhere = [".".join(path) for path, _, _ in choices(root) if path[-1] == name]
    near = elsewhere or [f"{above}{one}" for one in get_close_matches(name, known, n=1)]
    if not near:
        every = {path[-1]: ".".join(path) for path, _, _ in choices(root)}
        near = [every[one] for one in get_close_matches(name, every, n=1)]
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"


def settings_of(group: type[G], *given: Mapping[str, Any]) -> G:
    """The group with the values that are given, the later before the earlier."""
    made: G = built(group, laid_over(*given))
    return made


def laid_over(*given: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of values as one, the later before the earlier."""
    values: dict[str, Any] = {}
    for one in given:
        values = _laid_over(values, one)
    return values


def _laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name for name in under.keys() & over if isinstance(under[name], Mapping) and isinstance(over[name], Mapping)
    }
    return {**under, **over, **{name: _laid_over(under[name], over[name]) for name in both}}


def as_toml(settings: Any) -> str:
    """A job file with all choices that have a value, which reads back as the same settings."""
    text = "\n".join(_tables(settings, "")).lstrip("\n") + "\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:  # the name of a file may hold bytes that are no text
        raise UsageError("a name that is no text cannot be written as TOML", "give the file another name") from error
    return text


def _tables(group: Any, name: str) -> Iterator[str]:
    import tomli_w

    inner = [field for field in fields(group.__class__) if field.group or not field.choice]
    if name:
        yield f"\n[{name}]"
    for field in fields(group.__class__):
        value = getattr(group, field.name)
        if field.choice and value is not None:
            yield f"# {field.choice.meaning}"
            yield tomli_w.dumps({field.name: value}).rstrip("\n")
    for field in inner:
        value, path = getattr(group, field.name), f"{name}.{field.name}" if name else field.name
        if field.group:
            yield from _tables(value, path)
        elif value:
            yield "\n" + tomli_w.dumps({path: value}).rstrip("\n")


def schema(group: type[Any]) -> dict[str, Any]:
    """The JSON schema of a job file; keys that do not exist are not valid."""
    from pydantic import TypeAdapter

    made = TypeAdapter(group).json_schema()
    for table in (made, *made["$defs"].values()):
        table["additionalProperties"] = False
    return made
