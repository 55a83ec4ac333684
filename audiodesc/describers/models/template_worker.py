"""A process that renders a chat template once, within limits of time and memory; `template.py` says why.

Standard input is JSON: the template, the conversations, the most seconds, bytes and characters. It ends with 0 for
whatever comes to an end within them, faults of the template too: those are found where it is used.
"""

from __future__ import annotations

import json
import sys
from typing import Any

ENDLESS = 10  # exit code


def main() -> int:
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
