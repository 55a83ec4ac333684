"""Laws of the overlay: undone edits leave no trace, and edits of different lines do not meet, in whatever order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.errors import UsageError
from audiodesc.model import Gap, Segment, Span
from audiodesc.narration.failures import in_one_line
from audiodesc.project.editing import Edit
from audiodesc.project.history import Entry, standing
from audiodesc.project.lines import DraftLine, ProjectLine, apply
from audiodesc.project.project import Project, made_project

STARTS = [1_000, 5_000, 9_000, 13_000]
IDS = [f"{start:09d}" for start in STARTS]
MEMORY = Path("/dev/shm")  # noqa: S108 — where it exists: to wait for the disk would take most of the time
TEXTS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12).filter(str.strip)
EDITS = st.builds(
    Edit,
    id=st.sampled_from(IDS),
    text=st.none() | TEXTS,
    start_ms=st.none() | st.integers(0, 20_000),
    state=st.sampled_from([None, "draft", "edited", "approved"]),
    locked=st.sampled_from([None, True, False]),
    note=st.none() | TEXTS,
    deleted=st.sampled_from([None, True, False]),
)
NEW = st.builds(Edit, text=TEXTS, start_ms=st.integers(0, 20_000))


def drafts() -> list[DraftLine]:
    return [
        DraftLine(id, Segment(Gap(Span(s, s + 3_000)), Span(0, s), s, 8, line_id=id), "", "model", (), "Draft.", s, s)
        for id, s in zip(IDS, STARTS, strict=True)
    ]


@contextmanager
def project() -> Iterator[Project]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
        (Path(place) / ".audiodesc").mkdir()
        with made_project(Path(place)) as made:
            made.keep_drafts(drafts(), "model")
            yield made


def edit_all(project: Project, edits: Iterable[Edit]) -> None:
    """One after the other, without those that a locked line refuses."""
    for edit in edits:
        with suppress(UsageError):
            project.edit([edit])


def shown(lines: tuple[ProjectLine, ...]) -> list[ProjectLine]:
    """What a user sees: versions only count changes."""
    return [replace(line, version=0) for line in lines]


@settings(max_examples=40, deadline=None)
@given(st.lists(EDITS | NEW, max_size=8))
def test_edits_that_are_undone_leave_everything_as_before(edits: list[Edit]) -> None:
    with project() as mine:
        before = shown(mine.lines())
        edit_all(mine, edits)
        if list(standing(mine.history())):
            mine.undo(to=0)
        assert shown(mine.lines()) == before


@settings(max_examples=40, deadline=None)
@given(st.lists(EDITS | NEW, min_size=1, max_size=8), st.data())
def test_undo_to_a_number_gives_the_lines_of_then(edits: list[Edit], data: st.DataObject) -> None:
    with project() as mine:
        moments = [(mine.history()[-1].number, shown(mine.lines()))]
        for edit in edits:
            edit_all(mine, [edit])
            moments.append((mine.history()[-1].number, shown(mine.lines())))
        number, then = data.draw(st.sampled_from(moments))
        if any(entry.number > number for entry in standing(mine.history())):
            mine.undo(to=number)
        assert shown(mine.lines()) == then


@settings(max_examples=40, deadline=None)
@given(st.lists(EDITS, max_size=8), st.randoms())
def test_the_order_of_edits_of_different_lines_does_not_matter(edits: list[Edit], random: object) -> None:
    """Those of one line keep theirs."""
    of_line = [list(group) for _, group in groupby(sorted(edits, key=lambda one: one.id), key=lambda one: one.id)]
    mixed: list[Edit] = []
    queues = [list(group) for group in of_line]
    while any(queues):
        queue = random.choice([one for one in queues if one])  # type: ignore[attr-defined]
        mixed.append(queue.pop(0))
    with project() as one, project() as other:
        edit_all(one, (edit for group in of_line for edit in group))
        edit_all(other, mixed)
        assert shown(one.lines()) == shown(other.lines())


@settings(max_examples=40, deadline=None)
@given(st.lists(EDITS | NEW, max_size=8))
def test_what_a_person_touched_stands_whatever_is_renewed(edits: list[Edit]) -> None:
    with project() as mine:
        edit_all(mine, edits)
        touched = [line for line in shown(mine.snapshot().lines) if line.is_touched]
        mine.keep_drafts([replace(one, text="Anew.", author="other") for one in drafts()], "other")
        after = shown(mine.snapshot().lines)
        assert [line for line in after if line.is_touched] == touched
        assert all(line.text == "Anew." for line in after if not line.is_touched)


@settings(max_examples=40, deadline=None)
@given(st.lists(EDITS | NEW, max_size=8))
def test_history_told_from_its_beginning_gives_the_lines(edits: list[Edit]) -> None:
    with project() as mine:
        edit_all(mine, edits)
        told: dict[str, ProjectLine] = {}
        entry: Entry
        for entry in mine.history():
            if entry.after:
                assert entry.before is None or told.get(entry.id, entry.before) == entry.before
                told[entry.id] = entry.after
        assert shown(apply(drafts(), told)) == shown(mine.snapshot().lines)


@settings(max_examples=60, deadline=None)
@given(st.lists(EDITS, max_size=6), EDITS)
def test_a_locked_line_is_heard_as_it_was_until_it_is_unlocked(edits: list[Edit], last: Edit) -> None:
    def heard(line: ProjectLine) -> tuple[object, ...]:
        return line.text, line.start_ms, line.end_ms, line.deleted

    with project() as mine:
        edit_all(mine, edits)
        before = {line.id: line for line in mine.snapshot().lines}[last.id]
        mine.edit([Edit(last.id, locked=True)])
        edit_all(mine, [last])
        after = {line.id: line for line in mine.snapshot().lines}[last.id]
        assert heard(after) == heard(before) or not after.locked
        mine.edit([Edit(last.id, locked=False)])
        mine.edit([last])
        free = {line.id: line for line in mine.snapshot().lines}[last.id]
        assert free.text == (before.text if last.text is None else in_one_line(last.text))
