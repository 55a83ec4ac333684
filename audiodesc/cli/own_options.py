"""Options that are no choices: those of commands that take none, and several that a command takes as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from audiodesc.cli.options import Debug, as_command, keyword
from audiodesc.settings import Settings


def without_choices(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes no choices. A parameter that is a dataclass stands for an option for each of its fields."""
    flat = grouped(command)

    def run(debug: bool = False, **given: Any) -> None:
        flat(**given)

    offered = inspect.signature(flat).parameters.values()
    return as_command(run, command, [*offered, keyword("debug", Debug, False)])


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of those of its parameters that are dataclasses, `Settings` aside."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())
    groups: dict[str, Any] = {
        one.name: one.annotation for one in own if is_dataclass(one.annotation) and one.annotation is not Settings
    }

    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    offered = [option for one in own for option in (_of_fields(one.annotation) if one.name in groups else [one])]
    return as_command(run, command, offered)


def _of_fields(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [keyword(field.name, hints[field.name], field.default) for field in fields(group)]
