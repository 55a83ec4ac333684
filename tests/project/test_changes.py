"""A script that was changed: which line became which, by construction."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.project.changes import Change, changes
from audiodesc.project.editing import Edit
from audiodesc.scripts import ScriptLine


def line(start_s: float, text: str, id: str = "", reason: str = "") -> ScriptLine:
    return ScriptLine(round(start_s * 1000), round(start_s * 1000) + 1_500, text, 0, id=id, reason=reason)


def known(*lines: ScriptLine) -> list[tuple[str, ScriptLine]]:
    return [(one.id or f"{one.start_ms:09d}", one) for one in lines]


FERRY, NIGHT, WALK = line(0.5, "A ferry waits at the pier."), line(7.4, "Night falls."), line(13.3, "She walks away.")
BEFORE = known(FERRY, NIGHT, WALK)
F, N, W = (id for id, _ in BEFORE)


def done(after: list[ScriptLine], before: list[tuple[str, ScriptLine]] = BEFORE) -> list[tuple[str, str, str]]:
    """(id, text before, text after) of each change; "" for none."""
    made = changes(before, after)
    return [(c.id, c.before.text if c.before else "", c.after.text if c.after else "") for c in made]


def test_what_nobody_changed_is_no_change() -> None:
    assert changes(BEFORE, [FERRY, NIGHT, WALK]) == ()
    assert changes(BEFORE, [WALK, FERRY, NIGHT]) == ()
    assert changes(BEFORE, [replace(one, end_ms=one.end_ms + 200, number=9) for _, one in BEFORE]) == ()


def test_a_text_a_time_a_new_line_and_one_that_is_gone() -> None:
    after = [replace(FERRY, text="A ferry waits."), replace(NIGHT, start_ms=8_000, end_ms=9_000), line(10, "Rain.")]
    first, second, third, fourth = changes(BEFORE, after)
    assert (first.id, first.edit(3)) == (F, Edit(F, text="A ferry waits.", base=3))
    assert second.edit(3) == Edit(N, start_ms=8_000, end_ms=9_000, base=3)
    assert third.edit(3) == Edit(text="Rain.", start_ms=10_000, end_ms=11_500)
    assert fourth.edit(3) == Edit(W, deleted=True, base=3)
    assert [str(one) for one in (first, second, third, fourth)] == [
        "line 000000500 at 0:00.500: “A ferry waits at the pier.” is now “A ferry waits.”",
        "line 000007400 at 0:07.400: moved from 0:07.400 to 0:08.000",
        "a new line at 0:10.000: “Rain.”",
        "line 000013300 was deleted: “She walks away.”",
    ]


def test_ids_win_over_texts_and_times() -> None:
    swapped = [replace(FERRY, text=WALK.text, id=F), replace(WALK, text=FERRY.text, id=W), replace(NIGHT, id=N)]
    assert done(swapped) == [(F, FERRY.text, WALK.text), (W, WALK.text, FERRY.text)]


def test_an_editor_that_numbers_the_lines_anew_is_no_trouble() -> None:
    after = [replace(one, id=str(n)) for n, one in enumerate([FERRY, replace(NIGHT, text="Night falls early."), WALK])]
    assert done(after) == [(N, NIGHT.text, "Night falls early.")]


def test_a_whole_file_that_was_moved_moves_each_line() -> None:
    after = [replace(one, start_ms=one.start_ms + 2_000, end_ms=one.end_ms + 2_000) for _, one in BEFORE]
    made = changes(BEFORE, after)
    assert [one.id for one in made] == [F, N, W]
    assert [one.edit().start_ms for one in made] == [2_500, 9_400, 15_300]
    assert all(one.edit().text is None for one in made)


def test_the_same_text_at_several_times_is_told_apart_by_time() -> None:
    before = known(*(line(start, "He waits.") for start in (1, 20, 40)))
    after = [line(1.2, "He waits."), line(40, "He waits.")]
    made = changes(before, after)
    assert [(c.id, c.after and c.after.start_ms) for c in made] == [("000001000", 1_200), ("000020000", None)]


def test_a_line_that_is_split_keeps_its_id_where_it_began() -> None:
    whole = line(20, "The door opens. A man in a long coat steps in.", "x")
    for id in ("x", ""):
        parts = [line(20, "The door opens.", id), line(23, "A man in a long coat steps in.", id)]
        assert done(parts, [("x", whole)]) == [("x", whole.text, parts[0].text), ("", "", parts[1].text)]


def test_two_lines_that_became_one() -> None:
    one, two = line(20, "The door opens.", "x"), line(23, "A man steps in.", "y")
    whole = line(20, "The door opens. A man steps in.")
    assert done([whole], [("x", one), ("y", two)]) == [("x", one.text, whole.text), ("y", two.text, "")]


def test_a_line_that_was_changed_and_moved_is_known_by_its_words() -> None:
    after = [FERRY, replace(NIGHT, text="Night falls slowly.", start_ms=8_200, end_ms=9_900), WALK]
    (change,) = changes(BEFORE, after)
    assert change.edit() == Edit(N, text="Night falls slowly.", start_ms=8_200, end_ms=9_900)


def test_other_words_at_another_time_are_another_line() -> None:
    assert done([FERRY, line(9.9, "A dog barks at the moon."), WALK]) == [
        ("", "", "A dog barks at the moon."),
        (N, NIGHT.text, ""),
    ]


def test_a_line_that_could_not_be_spoken_and_is_a_line_again_is_to_be_tried() -> None:
    before = [("x", line(5, "Over dialogue.", "x", "dialogue there"))]
    (again,) = changes(before, [line(5, "Over dialogue.", "x")])
    assert again.is_revived
    assert again.edit(2) == Edit("x", text="Over dialogue.", base=2)
    assert "to be spoken again: “Over dialogue.”" in str(again)
    assert changes(before, [line(5, "Over dialogue.", "x", "dialogue there")]) == ()
    (shorter,) = changes(before, [line(5, "Over.", "x", "dialogue there")])
    assert shorter.edit() == Edit("x", text="Over.")
    (gone,) = changes(before, [])
    assert gone.edit().deleted


def test_to_merge_deletes_nothing() -> None:
    made = changes(BEFORE, [line(10, "Rain.")], merge=True)
    assert [(c.id, c.after and c.after.text) for c in made] == [("", "Rain.")]


TEXTS = st.text("abc ", min_size=1, max_size=6).filter(str.strip)
LINES = st.builds(line, st.integers(0, 200), TEXTS)


def played(before: list[tuple[str, ScriptLine]], made: tuple[Change, ...]) -> list[tuple[int, str]]:
    """The lines after the changes, by hand."""
    lines = dict(before)
    for n, change in enumerate(made):
        if change.after is None:
            del lines[change.id]
        else:
            lines[change.id or f"new {n}"] = change.after
    return sorted((one.start_ms, one.text) for one in lines.values())


@given(st.lists(LINES, max_size=12), st.lists(LINES, max_size=12))
def test_whatever_was_changed_the_edits_give_the_file_as_it_is(old: list[ScriptLine], new: list[ScriptLine]) -> None:
    before = [(f"id {n}", one) for n, one in enumerate(old)]
    made = changes(before, new)
    assert played(before, made) == sorted((one.start_ms, one.text) for one in new)
    ids = [change.id for change in made if change.id]
    assert len(ids) == len(set(ids))
