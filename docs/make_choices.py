"""Writes `choices.md`: every choice with its option, key, default and range, from where they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audiodesc.core.choices import Field, choices, range_of
from audiodesc.settings import Settings

PAGE = Path(__file__).with_name("choices.md")

HEAD = """# Choices

Each choice can be given on the command line, in a job file, and in Python; its name, range and default are the same.
Made by `docs/make_choices.py`.

    audiodesc make film.mp4 --margin 200 --duck -12

In a file for `--config`, written as TOML by groups; `audiodesc config` prints one with all choices:

```toml
[plan]
margin_ms = 200

[sound.ducking]
depth_db = -12

[options.my-voice]     # options of a backend from another package, by its name
speed = "1.1"
```

    audiodesc make film.mp4 --config job.toml --margin 150

The command line wins over the file, and the file over the defaults. A key that does not exist, and a value out of
range, is an error that names the file and the key. A file may hold choices that a command does not take: one file
serves `make`, `render` and `check`. `audiodesc config --schema` prints the JSON schema of such a file, for editors.

In Python:

```python
from audiodesc.settings import PlanSettings, Settings

settings = Settings(plan=PlanSettings(margin_ms=200))
```

On the command line, options of a backend are given as `--option my-voice.speed=1.1`.
"""


def page() -> str:
    """The page: a table for each group."""
    groups: dict[str, list[tuple[str, Field]]] = {}
    for path, _, field in choices(Settings):
        groups.setdefault(".".join(path[:-1]), []).append((path[-1], field))
    return HEAD + "".join(_section(name, rows) for name, rows in groups.items())


def _section(name: str, rows: list[tuple[str, Field]]) -> str:
    body = "".join(f"| `{key}` | `{_option(field)}` | {_default(field)} | {_what(field)} |\n" for key, field in rows)
    return f"\n## `[{name}]`\n\n| key | option | default | what |\n|---|---|---|---|\n{body}"


def _option(field: Field) -> str:
    option = field.choice.option if field.choice else ""
    return f"{option} {field.metavar}".strip().replace("|", "\\|")


def _default(field: Field) -> str:
    if field.default in (None, "", ()):
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _what(field: Field) -> str:
    return " ".join(_sentences(field)).replace("|", "\\|")


def _sentences(field: Field) -> Iterator[str]:
    if field.choice:
        yield field.choice.meaning
    if field.range:
        yield f"From {range_of(field)}." if " to " in range_of(field) else f"{range_of(field)}."


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
