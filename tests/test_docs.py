"""What the documents say holds."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import make_layout
import pytest

from audiodesc import pipeline

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_docstrings_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    results = doctest.run_docstring_examples.__globals__["DocTestRunner"]()
    for test in doctest.DocTestFinder(recurse=False).find(pipeline.make, "make", globs={"folder": tmp_path}):
        results.run(test)
    assert results.summarize().failed == 0
    assert results.tries > 0


def test_the_page_of_the_layout_is_what_its_script_makes() -> None:
    assert make_layout.PAGE.read_text("utf-8") == make_layout.page(), "run docs/make_layout.py"


def test_every_module_says_in_a_sentence_what_it_is_for() -> None:
    for row in re.findall(r"^\| `.*", make_layout.page(), re.MULTILINE):
        assert re.fullmatch(r"\| `\w+\.py` \| \S.{10,} \|", row), row


def test_the_layout_in_the_readme_names_no_file_that_is_gone() -> None:
    layout = README.split("## Layout")[1].split("## ")[0]
    names = re.findall(r"`([\w/.]+)`", "".join(re.findall(r"^\| (`.*?) \|", layout, re.MULTILINE)))
    assert names
    for name in names:
        assert (ROOT / "audiodesc" / name).exists(), name


def test_every_describer_and_exit_code_is_documented() -> None:
    from audiodesc import errors
    from audiodesc.describers import DESCRIBERS

    for name in DESCRIBERS:
        assert f"| `{name}` |" in README
    codes = {getattr(errors, name).exit_code for name in dir(errors) if name.endswith("Error")} - {1}
    for code in codes:
        assert f"\n| {code} | " in README


def test_no_link_in_the_readme_is_dead() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_no_two_test_files_have_one_name() -> None:
    """pytest takes the one for the other."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
