"""Text from outside on its way to a terminal: what a terminal obeys, or nobody sees, is spelled out."""

from __future__ import annotations

import re
import shlex

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""Control characters but tab and newline, what turns the direction of text, what has no width, and halves of pairs."""


def visible(text: str) -> str:
    """The text with each such character as its number: \\x1b, \\u202e."""
    return UNSEEN.sub(lambda found: _number(ord(found[0])), text)


def visible_json(text: str) -> str:
    """JSON with each such character as JSON spells it, which changes nothing of what it says."""
    return UNSEEN.sub(lambda found: _units(found[0]), text)


def visible_toml(text: str) -> str:
    """TOML with each such character as TOML spells it, which changes nothing of what it says."""
    return UNSEEN.sub(lambda found: f"\\U{ord(found[0]):08x}", text)


def shell(name: str) -> str:
    """A file's name as a shell takes it for one word and no program takes it for an option."""
    name = f"./{name}" if name.startswith("-") else name
    if not UNSEEN.search(name) and "\n" not in name and "\t" not in name:
        return shlex.quote(name)
    raw = name.encode("utf-8", "surrogateescape")
    inner = "".join(chr(byte) if 32 <= byte < 127 and chr(byte) not in "\\'" else f"\\x{byte:02x}" for byte in raw)
    return f"$'{inner}'"


def _number(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _units(character: str) -> str:
    """UTF-16, as JSON has it."""
    raw = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[i : i + 2].hex()}" for i in range(0, len(raw), 2))
