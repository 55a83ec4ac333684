"""The XML that a WAV file carries: iXML (production data) and `axml` (the Audio Definition Model, ITU-R BS.2088)."""

from __future__ import annotations

import os
from pathlib import Path

from audiodesc.core.files import opened
from audiodesc.media.wav_metadata import LONGEST, chunks

NAMES = (b"iXML", b"axml", b"chna")


def raw_chunks(path: Path) -> dict[str, bytes]:
    """Those of NAMES that the file has, by name; one that is too long counts as not there. Raises OSError."""
    found: dict[str, bytes] = {}
    with os.fdopen(opened(path), "rb") as file:
        size = file.seek(0, 2)
        for name, at, length in chunks(file, size):
            if name in NAMES and length <= LONGEST:
                file.seek(at)
                found.setdefault(name.decode(), file.read(length))
    return found
