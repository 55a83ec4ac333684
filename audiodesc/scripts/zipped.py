"""Documents that are ZIP archives of XML (docx, xlsx): opened only where they are what they say, and no bomb."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

LARGEST = 100_000_000
"""Bytes unpacked; the script of a film of four hours has a hundredth of it."""

MOST_PARTS = 2_000
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
ENCRYPTED = 0x1
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How old Office documents begin, and new ones with a password."""


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
    try:
        with zipfile.ZipFile(io.BytesIO(source.raw)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
                raise source.refusal("unpacks to more than any script", "give a document without pictures")
            if any(part.flag_bits & ENCRYPTED for part in parts):
                raise source.refusal("has a password", "save it without one")
            left = LARGEST
            for part in parts:
                left -= _check(source, archive, part, left)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise source.refusal(f"is damaged ({error})", "save it anew") from error
    return io.BytesIO(source.raw)


def _check(source: Source, archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    """How many bytes a part really unpacks to."""
    with archive.open(part) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise source.refusal("unpacks to more than any script", "give a document without pictures")
    if part.filename.endswith((".xml", ".rels")) and DOCTYPE.search(data.replace(b"\0", b"")):
        raise source.refusal(f"declares entities in {part.filename[:60]}", "save it anew: documents need none")
    return len(data)
