"""Writes the tables of `subtitles.md`: the formats, what cues are, and what came of other projects' files.

    python docs/make_subtitles.py

With AUDIODESC_MEDIA naming the folder of those files, their tables are made anew; without it they stay as they are. The
examples of cues stand here; the list of what must be refused is that of the tests.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from subtitles.corpora import Outcome, files, name_of, outcome  # noqa: E402

from audiodesc.subtitles.cues import cues_of  # noqa: E402
from audiodesc.subtitles.formats import FORMATS  # noqa: E402
from audiodesc.subtitles.source import RawCue  # noqa: E402

PAGE = Path(__file__).parent / "subtitles.md"
CUES = (
    "Come here.",
    "MARY: Come here.",
    "- Who is it?\n- Me.",
    ">> TOM: Hello.",
    "[door slams]",
    "(SIGHS)",
    "(Come here)",
    "(Open the door)",
    "[The king is dead]",
    "[I love you]",
    "[speaking French]",
    "[whispers] Come here.",
    "[news broadcast playing]",
    "♪♪",
    "♪ [theme music] ♪",
    "♪ la la ♪",
    "# la la #",
    "# la la",
    "la la ♪",
    "*applause*",
    "（拍手）",
    "[guitar] ♪ la la ♪",
    "♪ la la ♪ Stop that!",
    "♪ MARY: Stop that! ♪",
)


def tables(media: Path | None) -> dict[str, str]:
    """The tables by the names of their places in the page; those of files only where there is a folder."""
    made = {"kinds": _kinds()}
    if media:
        found = {name_of(path): outcome(path) for path in files(media)}
        made |= {"corpora": _corpora(found), "refused": _refused(found)}
    return made


def filled(page: str, made: dict[str, str]) -> str:
    """The page with these tables in their places."""
    for name, table in made.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        page = place.sub(partial(_between, table), page)
    return page


def _between(table: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}{table}\n{marks[2]}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([_row(*head), _row(*("---" for _ in head)), *rows])


def _kinds() -> str:
    rows = []
    for text in CUES:
        ((cue,), _) = cues_of([RawCue(0, 1, text)])
        rows.append(_row(f"`{text.replace(chr(10), ' ⏎ ')}`", cue.kind, cue.speaker))
    return _table(("cue", "is", "speaker"), rows)


def _corpora(found: dict[str, Outcome]) -> str:
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for name, one in found.items():
        groups[_format(one), name.partition("/")[0]].append(one)
    rows = [_row(form, corpus, *_counts(groups[form, corpus])) for form, corpus in sorted(groups, key=_place)]
    total = _row("all", "", *_counts(list(found.values())))
    return _table(("format", "corpus", "files", "read", "of these with notes", "refused", "cues"), [*rows, total])


def _format(one: Outcome) -> str:
    return one.form if one.form != "none" else "no known format"


def _place(group: tuple[str, str]) -> tuple[int, str]:
    labels = [form.label for form in FORMATS.values()]
    return labels.index(group[0]) if group[0] in labels else len(labels), group[1]


def _counts(outcomes: list[Outcome]) -> tuple[int, ...]:
    refused = sum(bool(one.fault) for one in outcomes)
    noted = sum(bool(one.notes) for one in outcomes)
    return len(outcomes), len(outcomes) - refused, noted, refused, sum(len(one.cues) for one in outcomes)


def _refused(found: dict[str, Outcome]) -> str:
    rows = [_row(f"`{name}`", _reason(name, one.fault)) for name, one in found.items() if one.fault]
    return _table(("file", "reason given"), rows)


def _reason(name: str, fault: str) -> str:
    return fault.replace(f"{name.partition('/')[2]}, ", "")


if __name__ == "__main__":
    named = os.environ.get("AUDIODESC_MEDIA")
    PAGE.write_text(filled(PAGE.read_text("utf-8"), tables(Path(named) if named else None)), "utf-8")
