"""Names, docstrings, messages and help use the terms of the glossary, and none of those that it replaces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
PROMPTS = {"describers/prompts.py"}
"""What is said to models: changed only for better lines."""

ALLOWED: dict[str, set[str]] = {"core/style.py": {"lane"}}
"""Places where a replaced term is another thing: file -> the words."""

NOT_AS_NAMES = {
    "heard",
    "hearing",
    "look",
    "looks",
    "offer",
    "rest",
    "room",
    "settle",
    "settled",
    "sight",
    "tell",
    "teller",
}
"""Words that are plain English in a sentence, but not the name of a thing here."""


def replaced() -> list[str]:
    """The third column of the glossary."""
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]*)\|$", GLOSSARY, re.MULTILINE)[1:]
    return [word.strip() for row in rows for word in row.split(",") if word.strip() and not row.startswith("-")]


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of each docstring and each message: literals with a space in them, f-strings included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, word) of each word in the name of a class or function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            for word in re.findall(r"[a-z]+|[A-Z][a-z]*", node.name):
                yield node.lineno, word.lower()


def modules() -> list[Path]:
    return sorted(path for path in (ROOT / "audiodesc").rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT / "audiodesc").as_posix())
def test_no_replaced_term_is_used(path: Path) -> None:
    file = path.relative_to(ROOT / "audiodesc").as_posix()
    tree = ast.parse(path.read_text("utf-8"))
    words = [word for word in replaced() if word not in ALLOWED.get(file, set())]
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    found = [(line, match[0]) for line, text in texts(tree) if file not in PROMPTS for match in pattern.finditer(text)]
    found += [(line, word) for line, word in names(tree) if word in NOT_AS_NAMES or word in words]
    assert not found


def test_the_glossary_has_each_term_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]*\|$", GLOSSARY, re.MULTILINE)
    terms = [term.strip(" `") for row in rows for term in re.split("[;,]", row)]
    assert len(terms) > 30
    assert len(terms) == len(set(terms))


def test_the_table_is_read() -> None:
    assert {"utterance", "told", "pictures a second"} <= set(replaced())
