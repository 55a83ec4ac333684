"""Writes `layout.md`: every module of the package, with the first sentence of its docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).with_name("layout.md")
PACKAGE = Path(__file__).parent.parent / "audiodesc"

HEAD = """# Every module, and what it is for

Made by `docs/make_layout.py` from the modules' own first sentences.
"""


def page() -> str:
    """The page, folder by folder."""
    folders = sorted({path.parent for path in PACKAGE.rglob("*.py")})
    return HEAD + "".join(map(_section, folders))


def _section(folder: Path) -> str:
    name = folder.relative_to(PACKAGE.parent).as_posix()
    return f"\n## `{name}/`\n\n| module | what |\n|---|---|\n{_rows(folder)}"


def _rows(folder: Path) -> str:
    return "".join(f"| `{path.name}` | {sentence} |\n" for path, sentence in _modules(folder))


def _modules(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        yield path, docstring.split("\n\n")[0].replace("\n", " ").replace("|", r"\|").removesuffix(".")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
