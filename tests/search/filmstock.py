"""Made projects of films whose every word is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from audiodesc.model import Gap, Segment, Span
from audiodesc.project.lines import DraftLine
from audiodesc.project.project import Project, made_project
from audiodesc.project.timeline import TIMELINE

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SHOTS = 40
SHOT_MS = 15_000


def draft(start_ms: int, text: str, facts: str = "", author: str = "model") -> DraftLine:
    """A line of 1.5 s, of which the two seconds before were looked at."""
    watch = Span(max(0, start_ms - 2_000), start_ms + 1_000)
    segment = Segment(Gap(Span(start_ms, start_ms + 3_000)), watch, start_ms, 9, line_id=f"{start_ms:09d}")
    return DraftLine(segment.id, segment, facts, author, (text,), text, start_ms, start_ms + 1_500)


def made(folder: Path, drafts: Sequence[DraftLine], facts: Mapping[str, object] | None = None) -> Project:
    """A project, opened, of a film that is called `film.mp4` if the facts do not say otherwise."""
    (folder / ".audiodesc").mkdir(parents=True)
    project = made_project(folder)
    project.keep_drafts(drafts, "model")
    project.put_facts({"film": {"name": "film.mp4"}, **(facts or {})})
    return project


def write(folder: Path, *lines: str, film: str = "film.mp4") -> Path:
    """A project of these lines, half a minute apart."""
    drafts = [draft(30_000 * number, line) for number, line in enumerate(lines, 1)]
    made(folder, drafts, {"film": {"name": film}}).close()
    return folder


def number(count: int) -> str:
    """As one word that no other number begins with: 40 is fourzero."""
    return "".join(NUMBERS[int(digit)] for digit in f"{count:02d}")


def forty_shots(folder: Path) -> Path:
    """A film of 40 shots. Shot N, from 0 on, has a line, what was seen, a text on screen or not, and what is said."""
    drafts, cues = [], []
    for shot in range(SHOTS):
        at, name = shot * SHOT_MS + 5_000, number(shot)
        seen = f"A crate{name} stands in the yard{name}."
        shown = f"text from {at / 1000:.3f} to {at / 1000 + 2:.3f} s, 8 % high: EXIT{name.upper()}"
        drafts.append(draft(at, f"Walker{name} lifts the lantern{name} slowly.", shown if shot % 4 == 3 else seen))
        cues.append([at + 3_000, at + 5_000, "speech", f"Speaker{name}", f"Bring me the letter{name}, please!"])
    cuts = list(range(SHOT_MS, SHOTS * SHOT_MS, SHOT_MS))
    timeline = {"cues": cues, "cuts": cuts, "language": "en", "duration_ms": SHOTS * SHOT_MS}
    made(folder, drafts, {TIMELINE: timeline}).close()
    return folder


def hundred_questions() -> list[tuple[str, int]]:
    """Questions about the film of 40 shots, each with the number of the only shot that answers it."""
    asked: list[tuple[str, int]] = []
    for shot in range(SHOTS):
        name = number(shot)
        kinds = (
            f"walker{name}",
            f'"LIFTS THE LANTERN{name}"',
            f"who:speaker{name}",
            f"said:letter{name} lifts",
            f"text:exit{name}" if shot % 4 == 3 else f"yard{name} crate{name}",
            f"bring walker{name[:-1]}* lantern{name}",
            f"lantern{name} OR nowhere",
            f"slowly letter{name} -goodbye",
        )
        asked += [(kinds[kind % len(kinds)], shot) for kind in range(shot, shot + 3)]
    return asked[:100]
