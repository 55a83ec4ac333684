"""Choices as they are declared: fields of frozen dataclasses, each with its type, range, default, option and help.

A group of choices is a `Group` whose fields are annotated with a `Choice`. From that one place come the check
of the values, the options of the commands, the keys of a job file and the JSON schema.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Interval

from audiodesc.errors import UsageError

NAMES = {str: "text", int: "a whole number", float: "a number", bool: "True or False", NoneType: "None"}
UNITS = {"_ms": " ms", "_s": " s", "_db": " dB", "_lu": " LU", "_wpm": " words a minute", "_min": " minutes"}
"""The unit of a number, by the end of its field's name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How a choice is offered: its option on the command line, with what the value is called where that is no list of
    names ("--margin MS"; an option `--no-…` turns off what is on by default), and a sentence of help. Type, range and
    default are the field's.

    `reported`: the report has the value; not where it may hold a password, or changes no result. `needs` is the field
    of its group without which it has no effect.
    """

    usage: str
    help: str
    reported: bool = True
    needs: str = ""

    @property
    def option(self) -> str:
        """The option's name."""
        return self.usage.partition(" ")[0]

    @property
    def opposite(self) -> str:
        """The option that takes it back: a project and a job file keep what was chosen."""
        name = self.option.removeprefix("--")
        return f"--{name.removeprefix('no-')}" if name.startswith("no-") else f"--no-{name}"

    @property
    def meaning(self) -> str:
        """The help as it is said of the value: of what its option turns off, what false means."""
        off = self.option.startswith("--no-")
        return f"false: {self.help[:1].lower()}{self.help[1:]}" if off else self.help

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """The field's JSON schema with its meaning as the description."""
        return {**handler(schema), "description": self.meaning}


class Group:
    """What a group of choices is, besides a frozen dataclass: its values are checked where it is made.

    `title` is its heading in the help; `in_report`: the report has its choices.
    """

    __slots__ = ()
    title: ClassVar[str] = ""
    in_report: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check(self)


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
    def metavar(self) -> str:
        """What the value of its option is called; "" for a flag."""
        usage = self.choice.usage if self.choice else ""
        return usage.partition(" ")[2] or "|".join(map(str, self.names))

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
    if get_origin(plain) in (Union, UnionType):  # the range may be that of one of its members
        members = [get_args(one) if get_origin(one) is Annotated else (one,) for one in get_args(plain)]
        metadata += [one for member in members for one in member[1:]]
        plain = Union[tuple(member[0] for member in members)]  # noqa: UP007 — a tuple of types
    made = field.default_factory
    default = field.default if made is dataclasses.MISSING else made()
    within = next((one for one in metadata if isinstance(one, Interval)), None)
    return Field(field.name, plain, default, within, next((one for one in metadata if isinstance(one, Choice)), None))


def choices(group: Any, *above: str) -> Iterator[tuple[tuple[str, ...], str, Field]]:
    """(names of the groups and of the field, title of the group, field) of each choice of a group, in order."""
    for field in fields(group):
        if field.group:
            yield from choices(field.group, *above, field.name)
        elif field.choice:
            yield (*above, field.name), group.title, field


def built(group: Any, given: Mapping[str, Any]) -> Any:
    """A group with the values that are given by name, of groups in it as tables; the others have their defaults."""
    values = dict(given)
    for field in fields(group):
        if field.group and field.name in values:
            values[field.name] = built(field.group, values[field.name])
    return group(**values)


def check(choices: Any) -> None:
    """Raise UsageError where a value of a group is of another type than its field, out of range, or no name it knows.

    The error names the class and the field. A whole number is a number; True and False are none.
    """
    for field in fields(choices.__class__):
        value = getattr(choices, field.name)
        if remedy := fault(field, value):
            raise UsageError(f"{type(choices).__name__}: {field.name} is {said(field, value)}", remedy)


def check_needed(group: Any, given: Mapping[str, Any]) -> None:
    """Raise UsageError for a choice that was given, by groups and names, and has no effect: another of its group that
    it needs is off in what was chosen with it."""
    known = {field.name: field for field in fields(group.__class__)}
    for name, value in given.items():
        field = known.get(name)
        if field and field.group:
            check_needed(getattr(group, name), value)
        elif field and field.choice and field.choice.needs and not getattr(group, field.choice.needs):
            needed = known[field.choice.needs].choice
            option = needed.option if needed else ""
            raise UsageError(f"{field.choice.option} without {option}", f"give {option} too, or leave it out")


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
    numbers = f"give {range_of(field)}, or " if field.range else ""
    return "" if is_named else f"{numbers}choose one of: {', '.join(map(str, names))}"


def _out_of_range(field: Field, value: float) -> str:
    least, most = _ends(field)
    if least <= value <= most:
        return ""
    meant = f"; did you mean {-value:g}?" if least <= -value <= most else ""
    return f"give {range_of(field)}{meant}"


def range_of(field: Field) -> str:
    """The numbers that are right, with their unit."""
    least, most = _ends(field)
    unit = next((unit for end, unit in UNITS.items() if field.name.endswith(end)), "")
    return f"{least:,g} to {most:,g}{unit}" if most < math.inf else f"{least:,g}{unit} or more"


def _ends(field: Field) -> tuple[float, float]:
    within: Any = field.range
    return within.ge, math.inf if within.le is None else within.le


def reported(settings: Any) -> dict[str, Any]:
    """The choices of all groups beside each other, as the report has them: without those that it is not to have.

    The `name` of a group stands under the group's own name; a group in a group is a table.
    """
    found: dict[str, Any] = {}
    for one in fields(settings.__class__):
        if one.group and one.group.in_report:
            values = dict(_reported(getattr(settings, one.name)))
            found |= {one.name if name == "name" else name: value for name, value in values.items()}
    return found


def _reported(group: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(group.__class__):
        value = getattr(group, field.name)
        if field.group:
            yield field.name, dict(_reported(value))
        elif field.choice and field.choice.reported:
            yield field.name, list(value) if isinstance(value, tuple) else value


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
        return f"a tuple of {_said(get_args(hint)[0])} (in TOML a list)"
    if origin in (dict, Mapping):
        return "a table"
    return NAMES.get(hint, getattr(hint, "__name__", str(hint)))
