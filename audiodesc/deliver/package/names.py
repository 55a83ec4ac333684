"""Names by a template, for every system: `{title}_{lang}_AD_{rate}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

from audiodesc.core.formatting import plain

FIELDS: Final = ("title", "lang", "rate", "layout", "loudness", "kind")
ILLEGAL: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
"""What no name may hold on Windows, and what nobody sees."""

RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
"""Names of devices on Windows, whatever follows a dot."""

MOST_BYTES: Final = 120
"""Of a title or another field in UTF-8: a system takes 255 for a name with all that follows."""

MOST_TEMPLATE: Final = 100


def check_template(template: str) -> None:
    """Raises ValueError for one that is not made of known fields in braces and of what every system takes."""
    for text, field in _parsed(template):
        if found := ILLEGAL.search(text):
            raise ValueError(f"no name may hold {found[0]!r} on Windows: leave it out")
        if field is not None and field not in FIELDS:
            raise ValueError(f"there is no field {{{field}}}: it may have {', '.join(f'{{{one}}}' for one in FIELDS)}")
    if not template.strip(" ."):
        raise ValueError("a name is needed, such as {title}_{lang}_AD")
    if len(template) > MOST_TEMPLATE:
        raise ValueError(f"it is longer than {MOST_TEMPLATE} characters: shorten it")


def _parsed(template: str) -> Iterator[tuple[str, str | None]]:
    """Stretches of text, each with the field behind it. Raises ValueError for braces that do not match, and for what
    Python's own templates can do besides."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"its braces do not match ({error})") from None
    for text, field, form, conversion in parts:
        if form or conversion:
            raise ValueError(f"a field is a name in braces, such as {{{FIELDS[0]}}}")
        yield text, field


def filled(template: str, values: Mapping[str, str]) -> str:
    """The name: what no name may hold is replaced by an underscore, and fields that are too long are cut.

    Raises ValueError as `check_template` does.
    """
    check_template(template)
    known = {name: _cut(plain(ILLEGAL.sub("_", text)).strip()) for name, text in values.items()}
    made = "".join(text + (known[field] if field is not None else "") for text, field in _parsed(template))
    made = made.strip().rstrip(". ") or "_"
    return f"_{made}" if RESERVED.fullmatch(made) else made


def is_legal(name: str) -> bool:
    """Whether every system takes the name of a file."""
    return not (ILLEGAL.search(name) or RESERVED.fullmatch(name) or name != name.rstrip(". "))


def _cut(text: str) -> str:
    return text.encode("utf-8", "replace")[:MOST_BYTES].decode("utf-8", "ignore")
