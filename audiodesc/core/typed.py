"""Choices held against the types that they are declared with, for those who give them in Python."""

from __future__ import annotations

import dataclasses
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from audiodesc.errors import UsageError

NAMES = {str: "text", int: "a whole number", float: "a number", bool: "True or False", NoneType: "None"}


def check_types(choices: Any) -> None:
    """Raise UsageError, which names the class and the field, where a field of a dataclass is of a type that it is not
    declared with. A whole number is a number; True and False are none."""
    kind = type(choices)
    hints = get_type_hints(kind)
    for field in dataclasses.fields(choices):
        value, hint = getattr(choices, field.name), hints[field.name]
        if not _fits(value, hint):
            raise UsageError(
                f"{kind.__name__}: {field.name} is {value!r:.60} ({type(value).__name__})", f"give {_said(hint)}"
            )


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is Literal:  # which of them, the class itself says better
        return type(value) in {type(one) for one in get_args(hint)}
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    return isinstance(value, hint)


def _said(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(dict.fromkeys(_said(one) for one in get_args(hint)))
    if get_origin(hint) is Literal:
        return ", ".join(map(repr, get_args(hint)))
    return NAMES.get(hint, getattr(hint, "__name__", str(hint)))
