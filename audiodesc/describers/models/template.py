"""Whether a chat template comes to an end.

It came with a model and is a program. transformers runs it where it can touch nothing, but for as long as it likes and
with as much memory: so it is first run once elsewhere, in a process that has limits.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audiodesc.describers.models import template_worker
from audiodesc.errors import InputError

LONGEST = 200_000
"""Characters: the longest of published ones have some 20,000."""

SECONDS, WAIT_S, BYTES = 5, 60, 1 << 30
"""Of processor time and of the clock, and of memory: an honest one takes 0.2 s and 30 MB, with the process."""

MOST_ANSWERED = 1_000_000
"""Characters that may come of a question of a few hundred."""

TEXT = "What is seen from 0.0 to 4.0 seconds? " * 12


def check_templates(folder: Path, *owners: Any) -> None:
    """Raise InputError for a template, of a processor or a tokenizer, that has no end or needs too much memory."""
    for template in {text for owner in owners for text in _templates(owner)}:
        if len(template) > LONGEST:
            _refuse(folder, f"has {len(template):,} characters")
        if not _ends(template):
            _refuse(folder, "comes to no end within reason")


def _refuse(folder: Path, fault: str) -> None:
    raise InputError(f"{folder}: its chat template {fault}", "choose another model")


def _templates(owner: Any) -> Iterator[str]:
    """One, or several by name, or none."""
    own = getattr(owner, "chat_template", None)
    for template in own.values() if isinstance(own, dict) else [own]:
        if isinstance(template, str):
            yield template


def _conversations() -> list[list[dict[str, Any]]]:
    """In the forms in which `questions` asks: with video, with a portrait too, and of text alone."""
    words, video = {"type": "text", "text": TEXT}, {"type": "video", "video": "frames"}
    portrait = [{"type": "text", "text": "Portrait of Anna:"}, {"type": "image", "image": "portrait"}]
    contents: list[Any] = [[video, words], [*portrait, video, words], [words], TEXT]
    return [[{"role": "user", "content": content}] for content in contents]


def _ends(template: str) -> bool:
    asked = {
        "template": template,
        "conversations": _conversations(),
        "seconds": SECONDS,
        "bytes": BYTES,
        "characters": MOST_ANSWERED,
    }
    try:
        done = subprocess.run(  # noqa: S603 (no shell; the template goes through a pipe)
            [sys.executable, "-I", template_worker.__file__],
            input=json.dumps(asked).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
