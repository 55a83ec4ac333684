"""A report read back from its JSON, of this version or an older one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.core.files import read_whole
from audiodesc.errors import InputError
from audiodesc.report.model import Report

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

LARGEST = 100_000_000
"""Bytes. The report of a film of four hours has a tenth of it."""

ENDING = ".ad.json"
"""The end of a report's name, after the film's without its own ending."""

AGAIN = "make it again with `audiodesc make` or `render`"
"""The remedy for a report that cannot be used."""


def from_json(content: str | bytes, name: str = "the text") -> Report:
    """A report from its JSON, of this version or an older one.

    Raises InputError, which calls it `name`, for anything else.
    """
    from pydantic import ValidationError

    try:
        return _reader().validate_json(content)
    except ValidationError as error:
        raise _damaged(error, name) from error


@cache
def _reader() -> TypeAdapter[Report]:
    """Made once: it takes longer than to read a report."""
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def read_report(path: Path) -> Report:
    """The report in a file. Raises InputError for what cannot be read, or is none."""
    try:
        return from_json(read_whole(path, LARGEST), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error


def report_in(folder: Path) -> Path:
    """The report of a folder. Raises InputError where there is none, or more than one."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", "give the folder that `audiodesc make` wrote, such as film.ad")
    reports = sorted(folder.glob(f"*{ENDING}"))
    if len(reports) != 1:
        raise InputError(f"{folder} holds {len(reports)} reports ({ENDING}), not one", "give the folder of one film")
    return reports[0]


def _damaged(error: ValidationError, name: str) -> InputError:
    """Names the first of the faults, in one line."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    if any(one["loc"] == ("schema_version",) and one["type"] == "less_than_equal" for one in faults):
        return InputError(f"{name} was written by a newer audiodesc", "update audiodesc to read it")
    where = ".".join(map(str, faults[0]["loc"]))
    fault = " ".join(f"{where}: {faults[0]['msg']}".removeprefix(": ").split())
    return InputError(f"{name} is not a report of audiodesc, or it is damaged ({fault:.200})", AGAIN)
