"""Choices as they are declared: fields of frozen dataclasses, each with its type, range, default, option and help.

A group of choices is a frozen dataclass whose fields are annotated with a `Choice`. From that one place come the check
of the values, the options of the commands, the keys of a job file and the JSON schema.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Interval

from audiodesc.errors import UsageError

NAMES = {str: "text", int: "a whole number", float: "a number", bool: "True or False", NoneType: "None"}
UNITS = {"_ms": " ms", "_s": " s", "_db": " dB", "_lu": " LU", "_wpm": " words a minute", "_min": " minutes"}
"""The unit of a number, by the end of its field's name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How a choice is offered: its option on the command line with what the value is called ("--margin MS"; an option
    `--no-…` turns off what is on by default), and one sentence of help. Type, range and default are the field's.

    `reported`: the report has the value; not where it may hold a password, or changes no result.
    """

    usage: str
    help: str
    reported: bool = True

    @property
    def option(self) -> str:
        """The option's name."""
        return self.usage.partition(" ")[0]

    @property
    def metavar(self) -> str:
        """What its value is called; "" for a flag."""
        return self.usage.partition(" ")[2]

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """The field's JSON schema with the help as its description."""
        return {**handler(schema), "description": self.help}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a group: its name, its type without metadata, its default, its range and its choice.

    `choice` is None where the field is a group itself.
    """

    name: str
    hint: Any
    default: Any
    range: Interval | None
    choice: Choice | None

    @property
    def group(self) -> Any:
        """The group that the field holds; None where it holds a value."""
        return self.hint if dataclasses.is_dataclass(self.hint) and isinstance(self.hint, type) else None

    @property
    def kinds(self) -> tuple[Any, ...]:
        """The types of which a value may be: the members of a union, else the one type."""
        return get_args(self.hint) if get_origin(self.hint) in (Union, UnionType) else (self.hint,)

    @property
    def names(self) -> tuple[Any, ...]:
        """The values of its literals; () where it has none."""
        return tuple(one for kind in self.kinds if get_origin(kind) is Literal for one in get_args(kind))


@cache
def fields(group: Any) -> tuple[Field, ...]:
    """The fields of a group, in order."""
    hints = get_type_hints(group, include_extras=True)
    return tuple(_field(one, hints[one.name]) for one in dataclasses.fields(group))


def _field(field: dataclasses.Field[Any], hint: Any) -> Field:
    plain, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    made = field.default_factory
    default = field.default if made is dataclasses.MISSING else made()
    within = next((one for one in metadata if isinstance(one, Interval)), None)
    return Field(field.name, plain, default, within, next((one for one in metadata if isinstance(one, Choice)), None))


def check(choices: Any) -> None:
    """Raise UsageError where a value of a group is of another type than its field, out of range, or no name it knows.

    The error names the class and the field. A whole number is a number; True and False are none.
    """
    for field in fields(choices.__class__):
        value = getattr(choices, field.name)
        if remedy := fault(field, value):
            raise UsageError(f"{type(choices).__name__}: {field.name} is {said(field, value)}", remedy)


def said(field: Field, value: Any) -> str:
    """The value as an error shows it, with its type where that is wrong."""
    return f"{value!r:.60}" if _fits(value, field.hint) else f"{value!r:.60} ({type(value).__name__})"


def fault(field: Field, value: Any) -> str:
    """What should be given instead of the value; "" where it is right."""
    if not _fits(value, field.hint):
        return f"give {_said(field.hint)}"
    names, is_number = field.names, isinstance(value, int | float) and not isinstance(value, bool)
    if field.range and is_number and value not in names:
        return _out_of_range(field, value)
    is_named = value is None or value in names or not names or (is_number and float in field.kinds)
    return "" if is_named else f"choose one of: {', '.join(map(str, names))}"


def _out_of_range(field: Field, value: float) -> str:
    least, most = _ends(field)
    if least <= value <= most:
        return ""
    unit = next((unit for end, unit in UNITS.items() if field.name.endswith(end)), "")
    meant = f"; did you mean {-value:g}?" if least <= -value <= most else ""
    return f"give {least:,g} to {most:,g}{unit}{meant}" if most < 1e9 else f"give {least:,g}{unit} or more"


def _ends(field: Field) -> tuple[float, float]:
    within: Any = field.range
    return within.ge, float("inf") if within.le is None else within.le


def reported(settings: Any) -> dict[str, Any]:
    """The choices of all groups beside each other, as the report has them: without those that it is not to have. The
    `name` of a group stands under the group's own; a group in a group is a table."""
    found: dict[str, Any] = {}
    for one in fields(settings.__class__):
        if one.group:
            found |= {
                one.name if name == "name" else name: value for name, value in _reported(getattr(settings, one.name))
            }
    return found


def _reported(group: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(group.__class__):
        value = getattr(group, field.name)
        if field.group:
            yield field.name, dict(_reported(value))
        elif field.choice and field.choice.reported:
            yield field.name, value


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if origin is Literal:  # which of them: `fault` says it better
        return type(value) in {type(one) for one in get_args(hint)}
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if origin in (dict, Mapping):
        key, inner = get_args(hint)
        return isinstance(value, Mapping) and all(_fits(k, key) and _fits(v, inner) for k, v in value.items())
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool)
    return isinstance(value, hint)


def _said(hint: Any) -> str:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_said(one) for one in get_args(hint)))
    if origin is Literal:
        return ", ".join(map(repr, get_args(hint)))
    if origin is tuple:
        return f"a tuple of {_said(get_args(hint)[0])}s"
    if origin in (dict, Mapping):
        return "a table"
    return NAMES.get(hint, getattr(hint, "__name__", str(hint)))
