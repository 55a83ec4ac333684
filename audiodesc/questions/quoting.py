"""Words of the film and of people in a prompt: as JSON, so that they are quotations and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from audiodesc.core.formatting import UNSEEN
from audiodesc.narration.failures import in_one_line

LONGEST: Final = 500
"""Characters of one quotation; a question may be longer."""

_MARKS: Final = re.compile(r"[<>]|\[(?=/?[A-Z_]+\])")
"""What models' own marks begin and end with: <|im_end|>, </s>, [INST]."""


def quoted(value: Any, longest: int = LONGEST) -> str:
    """A text, or a dict of texts, as JSON in one line, in which no model's mark is left: their signs are escaped, which
    means the same in JSON."""
    cut = {name: _cut(text, longest) for name, text in value.items()} if isinstance(value, dict) else None
    plain = json.dumps(_cut(value, longest) if cut is None else cut, ensure_ascii=False)
    return _MARKS.sub(lambda found: f"\\u{ord(found[0]):04x}", plain)


def _cut(text: str, longest: int) -> str:
    plain = in_one_line(UNSEEN.sub(" ", text))
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
