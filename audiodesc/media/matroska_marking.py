"""What Matroska says of a track and FFmpeg does not write: its language as a BCP 47 tag."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import Final

from audiodesc.media.matroska_flags import tracks_element

CRC_32: Final = b"\xbf\x84"
BOTH: Final = re.compile(rb"\x22\xb5\x9c(.)\[([a-z]{3})\|([A-Za-z0-9-]{1,60})\]\]", re.DOTALL)


def both_languages(code: str, tag: str) -> str:
    """A text to be given to FFmpeg as a track's language, of which `with_tags` makes two elements: the `code` of three
    letters ("": not known), and the `tag`. It is as long as these two are."""
    return f"[{code or 'und'}|{tag}]]"


def with_tags(path: Path) -> None:
    """Put both languages in the place of each text of `both_languages` that was written. Nothing in the file moves."""
    with path.open("r+b") as file:
        start, end = tracks_element(file, path.stat().st_size)
        file.seek(start)
        said = BOTH.sub(_two_elements, file.read(end - start))
        file.seek(start)
        file.write(_checked(said))


def _two_elements(match: re.Match[bytes]) -> bytes:
    size, code, tag = match.groups()
    if size[0] != 0x80 | (len(match[0]) - 4):
        return match[0]
    return b"\x22\xb5\x9c\x83" + code + b"\x22\xb5\x9d" + bytes([0x80 | len(tag)]) + tag


def _checked(content: bytes) -> bytes:
    """The content of an element with its checksum, where it has one, as it is now."""
    if not content.startswith(CRC_32):
        return content
    return CRC_32 + struct.pack("<I", zlib.crc32(content[6:])) + content[6:]
