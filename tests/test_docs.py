"""What the documents say holds."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import make_layout
import pytest

from audiodesc import pipeline

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


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
    rows = re.findall(r"^\| `.*", make_layout.page(), re.MULTILINE)
    assert rows
    for row in rows:
        assert re.fullmatch(r"\| `\w+\.py` \| \S.{10,} \|", row), row


def test_the_packages_that_the_page_lists_are_those_that_stand() -> None:
    table = (DOCS / "how.md").read_text("utf-8").split("## Packages")[1]
    names = set(re.findall(r"`([\w.]+)/?`", "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))))
    stand = {path.name for path in (ROOT / "audiodesc").iterdir() if path.is_dir() or path.suffix == ".py"}
    assert names == {name for name in stand if not name.startswith("__") and name not in {"py.typed", "voices"}}


def test_every_describer_and_exit_code_is_documented() -> None:
    from audiodesc import errors
    from audiodesc.describers import DESCRIBERS

    page = (DOCS / "describers.md").read_text("utf-8")
    for name in DESCRIBERS:
        assert f"| `{name}` |" in page
    codes = {getattr(errors, name).exit_code for name in dir(errors) if name.endswith("Error")} - {1}
    for code in codes:
        assert f"\n| {code} | " in (DOCS / "results.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_is_dead(page: Path) -> None:
    text = page.read_text("utf-8")
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in re.findall("^#+ (.*)", text, re.M)
    }
    for target in re.findall(r"\]\(([^):]+)\)", text):
        path, _, anchor = target.partition("#")
        assert (page.parent / path).exists(), target
        assert path or anchor in headings, target


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent == DOCS], ids=lambda page: page.name)
def test_every_page_is_in_the_site_and_in_the_readme(page: Path) -> None:
    index = (DOCS / "index.md").read_text("utf-8").splitlines()
    assert page.stem == "index" or page.stem in index
    if page.stem not in {"index", "api", "layout"}:
        assert f"docs/{page.name})" in (ROOT / "README.md").read_text("utf-8")


def test_no_two_test_files_have_one_name() -> None:
    """pytest takes the one for the other."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
