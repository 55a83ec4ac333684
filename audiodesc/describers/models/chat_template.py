"""Whether a model's chat template ends, within limits of time and memory.

A template comes with the model and is a program. transformers runs it in a sandbox where it can touch nothing, but for
as long, and with as much memory, as it likes. So each template is first rendered once by this module as a script, in a
process with limits. Its standard input is JSON: template, conversations, seconds, bytes, characters. Exit code 0 means
that rendering ended within them, also with a fault of the template: that is found where it is used.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGEST = 200_000
"""Characters of a template; the longest published ones have some 20,000."""

SECONDS, WAIT_S, BYTES = 5, 60, 1 << 30
"""Limits of processor time, wall clock and memory, process included: published templates take a small part of each."""

MOST_ANSWERED = 1_000_000
"""Characters of the rendered text, from a question of a few hundred."""

ENDLESS = 10
"""Exit code of the script where a template does not end within the limits."""

TEXT = "What is seen from 0.0 to 4.0 seconds? " * 12


def check_templates(folder: Path, *owners: Any) -> None:
    """Raise InputError for a template of a processor or tokenizer that does not end, or needs too much memory."""
    for template in {text for owner in owners for text in _templates(owner)}:
        if len(template) > LONGEST:
            _refuse(folder, f"has {len(template):,} characters")
        if not _ends(template):
            _refuse(folder, "comes to no end within reason")


def _refuse(folder: Path, fault: str) -> None:
    from audiodesc.errors import InputError  # not at the top: the script below runs without the package

    raise InputError(f"{folder}: its chat template {fault}", "choose another model")


def _templates(owner: Any) -> Iterator[str]:
    """One, or several by name, or none."""
    own = getattr(owner, "chat_template", None)
    for template in own.values() if isinstance(own, dict) else [own]:
        if isinstance(template, str):
            yield template


def _conversations() -> list[list[dict[str, Any]]]:
    """Conversations in the forms that `questions` builds: with video, with video and portrait, and of text alone."""
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
            [sys.executable, "-I", __file__],
            input=json.dumps(asked).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    """The script; returns its exit code."""
    asked = json.load(sys.stdin)
    _limit(asked["seconds"], asked["bytes"])
    try:
        length = max(len(_rendered(asked["template"], messages)) for messages in asked["conversations"])
    except MemoryError:
        return ENDLESS
    except Exception:  # whatever a template raises
        return 0
    return ENDLESS if length > asked["characters"] else 0


def _limit(seconds: int, most_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: only the other side's clock
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def _rendered(template: str, messages: Any) -> str:
    """As transformers renders it."""
    import jinja2
    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        tags = {"generation"}  # noqa: RUF012 (as jinja2 has it)

        def parse(self, parser: Any) -> Any:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def refuse(message: str) -> None:
        raise jinja2.TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = lambda value, **_: json.dumps(value)
    environment.globals |= {"raise_exception": refuse, "strftime_now": lambda form: "1 January 2026"}
    marks = {f"{name}_token": f"<{name}>" for name in ("bos", "eos", "pad", "unk")}
    given = {"messages": messages, "tools": None, "documents": None, "add_generation_prompt": True}
    return environment.from_string(template).render(**given, **marks, enable_thinking=False)


if __name__ == "__main__":
    sys.exit(main())
