"""Backends from this package and from others: tables of entries, whether an entry can run, and its own options.

A table is a typed dict, name to entry, that its package writes down. `with_plugins` adds what other packages register
as entry points of the table's group. A plug-in that cannot be imported costs one warning, not the run.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import isfunction
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from audiodesc.errors import UsageError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend can run on this machine; where it cannot, `reason` says why and `remedy` what to do."""

    runs: bool = True
    reason: str = ""
    remedy: str = ""


AVAILABLE: Final = Availability()


@runtime_checkable
class Backend(Protocol):
    """What an entry of every table says of itself. A class attribute will do for each of the four values."""

    @property
    def name(self) -> str:
        """What the user types. Letters, digits and hyphens."""

    @property
    def summary(self) -> str:
        """What it does, in one line."""

    @property
    def needs(self) -> str:
        """What it needs besides the base installation, in one line; "nothing" where that is so."""

    @property
    def options(self) -> type[Any] | None:
        """Its own options: a frozen dataclass whose fields have defaults; None where it has none."""

    def availability(self) -> Availability:
        """Whether it can run here. Quick, without network, and imports nothing heavy."""


B = TypeVar("B", bound=Backend)
Options = TypeVar("Options")


def with_plugins(table: Mapping[str, B], group: str, protocol: Any = Backend) -> Mapping[str, B]:
    """The entries of `table` and, after them, those that installed packages register under `group`.

    An entry point names a module-level object, or a class that is made without arguments, of the table's `protocol`
    and calls itself as the entry point does. One whose import fails, that lacks a member or has one of a wrong kind, or
    that has the name of an entry that stands already, is skipped with one warning of the logger "audiodesc".
    """
    found = dict(table)
    for name, entry in _plugins(group, protocol):
        if name in table:
            _warn_of_twin(group, name)
        else:
            found[name] = entry
    return found


@cache
def _plugins(group: str, protocol: Any) -> tuple[tuple[str, Any], ...]:
    """Each is imported, and warned of, once a process."""
    found: dict[str, Any] = {}
    for point in entry_points(group=group):
        if (entry := _loaded(point, protocol)) is not None and found.setdefault(point.name, entry) is not entry:
            _warn_of_twin(group, point.name)
    return tuple(found.items())


@cache
def _warn_of_twin(group: str, name: str) -> None:
    """Once a process."""
    log.warning("the %s plug-in %r is ignored: there is one of that name already", group, name)


def _loaded(point: EntryPoint, protocol: type[Any]) -> Backend | None:
    package = point.dist.name if point.dist else point.value
    try:
        entry = point.load()
        entry = entry() if isinstance(entry, type) else entry
        fault = _fault(entry, point.name, protocol)
    except Exception as error:  # whatever a stranger's module raises must not stop the run
        fault = f"cannot be loaded ({f'{type(error).__name__}: {error}'.splitlines()[0]})"
    if not fault:
        return entry  # type: ignore[no-any-return]
    log.warning("the plug-in %r of package %s %s: it is ignored", point.name, package, fault)
    return None


def _fault(entry: Any, name: str, protocol: type[Any]) -> str:
    """What is wrong with a stranger's entry, as the rest of a sentence; "" for nothing."""
    members = {key: value for kind in protocol.__mro__ for key, value in vars(kind).items() if not key.startswith("_")}
    if lacking := sorted(key for key in members if not hasattr(entry, key)):
        return f"has no {' and no '.join(lacking)}"
    if entry.name != name:
        return f"calls itself {entry.name!r}"
    if not isinstance(entry.summary, str) or not isinstance(entry.needs, str):
        return "has a summary or needs that are no text"
    if entry.options is not None and not (isinstance(entry.options, type) and is_dataclass(entry.options)):
        return "has options that are no dataclass"
    methods = (key for key, value in members.items() if isfunction(value) and not callable(getattr(entry, key)))
    return next((f"has a {method} that cannot be called" for method in methods), "")


def backend(table: Mapping[str, B], name: str, kind: str) -> B:
    """The entry of that name; `kind` is what the table holds ("describer"). Raises UsageError, which lists all."""
    if name not in table:
        raise UsageError(f"there is no {kind} {name!r}", f"choose one of: {', '.join(sorted(table))}")
    return table[name]


def own_options(entry: Backend, given: Mapping[str, Any]) -> Any:
    """The options that a user gave to an entry, as a value of its `options`; None where it has none.

    Raises UsageError where it has none and some are given, and as `options_of` does.
    """
    if entry.options is None:
        if given:
            raise UsageError(f"{entry.name} has no options of its own", f"leave out {entry.name}.{next(iter(given))}")
        return None
    return options_of(entry, entry.options, given)


def options_of(entry: Backend, options: type[Options], given: Mapping[str, Any]) -> Options:
    """The entry's own options with the values that a user gave, by name; text is read as what each field is.

    Raises UsageError for a name that the entry does not have (with the nearest), and for a value of a wrong type or out
    of range.
    """
    from pydantic import TypeAdapter, ValidationError

    known = [field.name for field in fields(options)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"it has: {', '.join(known) or 'none'}"
            raise UsageError(f"{entry.name} has no option {name!r}", remedy)
    try:
        return TypeAdapter(options).validate_python(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "option"
        raise UsageError(f"{entry.name}.{where} is {given.get(where)!r}", first["msg"].lower()) from None
