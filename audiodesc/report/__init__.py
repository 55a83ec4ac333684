"""The report of a run: as a type (`model`), as JSON, and as a page (`html`).

`schema.json` beside this file is the JSON's schema.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiodesc.core.files import read_whole
from audiodesc.errors import InputError
from audiodesc.report.model import Report

if TYPE_CHECKING:
    from pydantic import ValidationError

LARGEST = 100_000_000
"""Bytes. The report of a film of four hours has a tenth of it."""

AGAIN = "make it again with `audiodesc make` or `render`"
"""The remedy for a report that cannot be used."""


def to_json(report: Report) -> str:
    """The report as text, which ends with a newline. What is not a number is null."""
    text = json.dumps(as_plain(report), ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "replace").decode()  # file names may hold bytes that are no text


def from_json(content: str | bytes, name: str = "the text") -> Report:
    """A report from its JSON, of this version or an older one.

    Raises InputError, which calls it `name`, for anything else.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Report).validate_json(content)
    except ValidationError as error:
        raise _damaged(error, name) from error


def read_report(path: Path) -> Report:
    """The report in a file. Raises InputError for what cannot be read, or is none."""
    try:
        content = read_whole(path, LARGEST)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error
    return from_json(content, str(path))


def _damaged(error: ValidationError, name: str) -> InputError:
    """Names the first of the faults, in one line."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    if any(one["loc"] == ("schema_version",) and one["type"] == "less_than_equal" for one in faults):
        return InputError(f"{name} was written by a newer audiodesc", "update audiodesc to read it")
    where = ".".join(map(str, faults[0]["loc"]))
    fault = " ".join(f"{where}: {faults[0]['msg']}".removeprefix(": ").split())
    return InputError(f"{name} is not a report of audiodesc, or it is damaged ({fault:.200})", AGAIN)


def as_plain(value: Any, *, measured: bool = False) -> Any:
    """The report, or a part of one, in what JSON holds: dicts, lists, text, numbers; None for what is no number.

    `measured` says of a part whether sound was made; the report itself knows it.
    """
    measured = value.is_measured if isinstance(value, Report) else measured
    if is_dataclass(value):
        found = {one.name: getattr(value, one.name) for one in fields(value) if not _is_absent(one, value, measured)}
        return as_plain(found, measured=measured)
    if isinstance(value, Mapping):
        return {name: as_plain(inner, measured=measured) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(inner, measured=measured) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_absent(one: Field[Any], value: Any, measured: bool) -> bool:
    absent = one.metadata.get("absent")
    if absent == "where unmeasured":
        return not measured
    return absent == "where None" and getattr(value, one.name) is None
