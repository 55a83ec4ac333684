"""Options of backends on the command line: `--option NAME.KEY=VALUE`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from audiodesc.errors import UsageError


def backend_options(given: list[str] | tuple[str, ...]) -> dict[str, Any]:
    """`NAME.KEY=VALUE` of each, as tables. Raises UsageError for one that is written otherwise."""
    tables: dict[str, dict[str, str]] = {}
    for one in given:
        key, equals, value = one.partition("=")
        name, dot, key = key.rpartition(".")
        if not (name and dot and key and equals):
            raise UsageError(f"--option is {one!r}", "give it as NAME.KEY=VALUE, NAME being that of the backend")
        tables.setdefault(name, {})[key] = value
    return {"options": tables} if tables else {}


def check_backends(options: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise UsageError for options that no backend has: they may be a slip, and would count for nothing."""
    from audiodesc.core.plugins import Backend, own_options
    from audiodesc.deliver import deliverables
    from audiodesc.describers import all_describers
    from audiodesc.scripts.formats import script_formats
    from audiodesc.speak import all_engines

    known: dict[str, Backend] = {**deliverables(), **script_formats(), **all_engines(), **all_describers()}
    for name, given in options.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known))}"
            raise UsageError(f"there is no backend {name!r} to give options to", remedy)
        own_options(known[name], given)
