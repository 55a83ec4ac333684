"""Documents that are ZIP archives of XML (docx, xlsx): opened only where they are what they say, and no bomb."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from audiodesc.errors import AudiodescError

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

LARGEST = 100_000_000
"""Bytes unpacked, pictures among them; the script of a film of four hours has a twentieth of it."""

MOST_TAGS = 3_000_000
"""Of XML in all parts: each takes up to 300 bytes of memory when it is read. That script has 350,000 in Word."""

MOST_PARTS = 2_000
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
ENCRYPTED = 0x1


def has_part(raw: bytes, part: str) -> bool:
    """Whether these bytes are an archive with such a part."""
    if not raw.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return part in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return part.split("/")[0].encode() + b"/" in raw


def checked(source: Source) -> io.BytesIO:
    """The document, once every part of it was unpacked within limits and declares no entities.

    Raises the source's error for a damaged or encrypted archive, and one that unpacks to more than any script.
    """
    with library_faults(source, "is damaged", "save it anew"), zipfile.ZipFile(io.BytesIO(source.raw)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
            raise source.refusal("unpacks to more than any script", "give a document without pictures")
        if any(part.flag_bits & ENCRYPTED for part in parts):
            raise source.refusal("has a password", "save it without one")
        left, tags = LARGEST, 0
        for part in parts:
            data = _checked_part(source, archive, part, left)
            left -= len(data)
            tags += data.count(b"<")
            if tags > MOST_TAGS:
                raise source.refusal("unpacks to more than any script", "give a document with the script alone")
    return io.BytesIO(source.raw)


@contextmanager
def library_faults(source: Source, fault: str, remedy: str) -> Iterator[None]:
    """Whatever a library raises for a damaged document is raised as the source's error, in one line."""
    try:
        yield
    except AudiodescError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0][:100]
        raise source.refusal(f"{fault} ({why})", remedy) from error


def _checked_part(source: Source, archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> bytes:
    """What a part really unpacks to."""
    with archive.open(part) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise source.refusal("unpacks to more than any script", "give a document without pictures")
    if part.filename.endswith((".xml", ".rels")) and DOCTYPE.search(data.replace(b"\0", b"")):
        raise source.refusal(f"declares entities in {part.filename[:60]}", "save it anew: documents need none")
    return data
