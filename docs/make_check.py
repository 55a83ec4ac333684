"""Writes the tables of `check.md`: the rules, and what each of them caught.

    python docs/make_check.py

With AUDIODESC_MEDIA naming the folder of real films, the tables of human scripts are made anew; without it they stay as
they are. The planted scripts and the list of human ones are those of the tests.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from judge.human import HUMANS, MOST, fired  # noqa: E402
from judge.planted import PLANTED  # noqa: E402

from audiodesc.judge.rules import (  # noqa: E402
    FOUND,
    RULES,
    Group,
    Rule,
)

PAGE = Path(__file__).parent / "check.md"
PROFILES = ("plain", "itc", "dcmp", "netflix")
TITLES: dict[Group, str] = {"hard": "Hard", "pace": "Pace", "style": "Style"}


def tables(media: Path | None) -> dict[str, str]:
    """The tables by the names of their places in the page; those of human scripts only where there is a folder."""
    made = {"rules": "\n\n".join(map(_rules, TITLES)), "planted": _planted(), "codes": _codes()}
    if media:
        made |= {"rates": _rates(media), "humans": _humans(media)}
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


def _table(head: tuple[str, ...], rows: Iterator[str]) -> str:
    return "\n".join([_row(*head), _row(*("---" for _ in head)), *rows])


def _rules(group: Group) -> str:
    head = ("rule", "severity", "on in", "not", "but", "what to do", "source")
    rows = (_rule(rule) for rule in RULES.values() if rule.group == group)
    return f"### {TITLES[group]}\n\n{_table(head, rows)}"


def _rule(rule: Rule) -> str:
    on = [profile for profile in PROFILES if profile in rule.on]
    where = "all" if len(on) == len(PROFILES) else ", ".join(on) or "none: `--enable` it"
    return _row(f"`{rule.name}`", rule.severity, where, rule.bad, rule.good, rule.advice, rule.source)


def _planted() -> str:
    return _table(("rule", "planted fault", "the same without it"), map(_caught, RULES))


def _caught(rule: str) -> str:
    with TemporaryDirectory() as folder:
        bad, good = (case.judged(rule, Path(folder)) for case in PLANTED[rule])
    found = [sum(one.rule == rule for one in judgement.findings) for judgement in (bad, good)]
    return _row(f"`{rule}`", "caught" if found[0] else "**missed**", "**found**" if found[1] else "quiet")


def _codes() -> str:
    rows = [
        _row(0, "no error; with `--strict`, no warning either"),
        _row(2, "an option, profile or rule that does not exist"),
        _row(3, "a file that cannot be read at all"),
        _row(FOUND, "errors or, with `--strict`, warnings"),
    ]
    return _table(("code", "means"), iter(rows))


def _rates(media: Path) -> str:
    lines, counts = fired(media)
    rows = (
        _row(f"`{rule.name}`", counts[rule.name], f"{counts[rule.name] / lines:.1%}", "" if rule.on else "off")
        for rule in RULES.values()
        if rule.group == "style"
    )
    head = ("rule", f"of {lines} lines", "share", f"above {MOST:.0%}: off unless enabled")
    return _table(head, rows)


def _humans(media: Path) -> str:
    head = ("script", "lines", "words/min", "over dialogue", "do not fit", "other errors", "warnings", "hints")
    return _table(head, (_human(name, media) for name in HUMANS))


def _human(name: str, media: Path) -> str:
    judgement = HUMANS[name].judged(media)
    over, long = (sum(one.rule == rule for one in judgement.findings) for rule in ("over-dialogue", "does-not-fit"))
    known = over if "over-dialogue" in judgement.judged else "not known"
    other = judgement.count("error") - over - long
    pace = judgement.pace
    soft = (judgement.count("warning"), judgement.count("info"))
    return _row(name, pace.lines, pace.wpm or "–", known, long, other, *soft)


if __name__ == "__main__":
    named = os.environ.get("AUDIODESC_MEDIA")
    PAGE.write_text(filled(PAGE.read_text("utf-8"), tables(Path(named) if named else None)), "utf-8")
