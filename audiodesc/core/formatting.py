"""Times, counts and levels as people read them, written in one way everywhere; and texts from outside on their way to a
terminal or a page, without what these obey or nobody sees."""

from __future__ import annotations

import re
import shlex


def clock(ms: float, decimals: int = 0) -> str:
    """A moment: minutes and seconds, with hours where there are any, and parts of a second where they are asked for:
    4:05, 1:04:05, 4:05.3."""
    whole, part = divmod(_parts(ms, decimals), 10**decimals)
    hours = f"{whole // 3600}:{whole // 60 % 60:02}" if whole >= 3600 else f"{whole // 60}"
    return f"{hours}:{whole % 60:02}{_fraction(part, decimals)}"


def seconds(ms: float, decimals: int = 1) -> str:
    """How long something lasts, in seconds: 3.7."""
    whole, part = divmod(_parts(ms, decimals), 10**decimals)
    return f"{whole}{_fraction(part, decimals)}"


def _parts(ms: float, decimals: int) -> int:
    """Seconds, tenths or less, rounded; a half goes up."""
    return int((round(ms) * 10**decimals + 500) // 1000)


def _fraction(part: int, decimals: int) -> str:
    return f".{part:0{decimals}}" if decimals else ""


def number_of(count: int, noun: str) -> str:
    """1 line, 2 lines; for nouns whose plural has an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""Control characters but tab and newline, what turns the direction of text, what has no width, and halves of pairs."""

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of text, in Arabic and Hebrew subtitles for good reasons, elsewhere to deceive. The
page finds each text's direction from its letters instead."""


def plain(text: str) -> str:
    """The text without marks of direction; what no page may hold is shown as �."""
    return UNWRITABLE.sub("\ufffd", DIRECTIONS.sub("", text))


def exact(ms: float) -> str:
    """A moment to the millisecond."""
    return clock(ms, 3)


def shortest(ms: float) -> str:
    """A moment to the millisecond, with no more digits than are needed: 0:22.7, 1:04."""
    return exact(ms).rstrip("0").rstrip(".") if round(ms) % 1000 else clock(ms)


def address(ms: float) -> str:
    """Seconds, as an address has them: no more digits than are needed."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def signed(value: float | None, digits: int = 1) -> str:
    """A level with a true minus sign; what could not be measured is a dash."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


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
