"""Captions as a text: JSON Lines, CSV, or a page with thumbnails."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from audiodesc.captions import sheet
from audiodesc.captions.values import Caption, as_json, caption_in
from audiodesc.core.cache import WRONG
from audiodesc.core.files import read_whole
from audiodesc.core.formatting import visible_json
from audiodesc.errors import InputError, UsageError
from audiodesc.media.stills import Still
from audiodesc.model import Span

Form = Literal["jsonl", "csv", "html"]

SUFFIXES: Final[Mapping[str, Form]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".html": "html",
    ".htm": "html",
}

LARGEST = 2_000_000_000
"""Bytes of JSON Lines that are read."""

Stills = Mapping[tuple[str, Span], Still]
"""Pictures by the film, as it is named, and the caption's span."""


def form_of(output: Path | None, wanted: str) -> Form:
    """The form that is wanted, else that of the file's suffix, else JSON Lines. Raises UsageError for another."""
    forms: Mapping[str, Form] = {form: form for form in SUFFIXES.values()}
    if wanted and wanted not in forms:
        raise UsageError(f"there is no form {wanted!r:.40}", f"choose one of: {', '.join(forms)}")
    if wanted:
        return forms[wanted]
    if output is None:
        return "jsonl"
    if form := SUFFIXES.get(output.suffix.lower()):
        return form
    raise UsageError(
        f"{output} has no suffix that says what it is to be", "name it .jsonl, .csv or .html, or give --as"
    )


def rendered(captions: Sequence[Caption], form: Form, stills: Stills | None = None) -> str:
    """All captions in a form; `stills` are for the page."""
    if form == "html":
        from audiodesc.captions.page import page

        return page(captions, stills or {})
    return sheet.written(captions) if form == "csv" else "".join(f"{json_line(one)}\n" for one in captions)


def json_line(caption: Caption) -> str:
    """A caption as JSON in one line."""
    return visible_json(json.dumps(as_json(caption), ensure_ascii=False))


def read_captions(path: Path) -> tuple[Caption, ...]:
    """The captions in a file of JSON Lines. Raises InputError, which names the line, for one that cannot be read."""
    try:
        lines = read_whole(path, LARGEST).decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"{path}: cannot be read: {why}", "give what `audiodesc caption` wrote") from error
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(caption_in(json.loads(line)))
            except WRONG as error:
                fault = f"{path}: line {number} is no caption ({error!s:.60})"
                raise InputError(fault, "give what `audiodesc caption` wrote") from error
    return tuple(found)
