"""What a model is asked by an evaluation: the texts of `prompts.toml`, with lines, questions and choices as JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from audiodesc.core.formatting import plain


def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(files("audiodesc.evaluation").joinpath("prompts.toml").read_text("utf-8"))


_TEXTS: Final = _shipped()

VERSION: Final[int] = _TEXTS["version"]
"""Part of what an evaluation says of itself: numbers of other prompts are not comparable."""

PROMPTS: Final[Mapping[str, str]] = {
    f"{part}.{name}": text.strip() for part in ("judge", "questions") for name, text in _TEXTS[part].items()
}
"""Each prompt by its name, such as "judge.score", as it stands in the file."""


def filled(name: str, data: Mapping[str, Any]) -> str:
    """The prompt of that name with the data in it, as JSON on one line: no text in it can end it, or begin a line."""
    return PROMPTS[name].replace("{data}", json.dumps(_plain(data), ensure_ascii=False))


def _plain(value: Any) -> Any:
    """Without characters that nobody sees or no request may hold."""
    if isinstance(value, str):
        return " ".join(plain(value).split())
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
