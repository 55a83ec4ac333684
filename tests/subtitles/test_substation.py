"""ASS and SSA."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hanging import LONG_S, within
from reading import cues_in, not_lost, read_or_refused, timed
from written import ass

from audiodesc.subtitles import read_file

Write = Callable[..., Path]


def test_overrides_breaks_and_hard_spaces_of_ass(write: Write) -> None:
    text = r"{\i1\pos(10,20)}Hello{\i0}\Nthere,\hyou{a remark}"
    assert timed(cues_in(write(ass((1_000, 2_000, text))))) == [(1_000, 2_000, "Hello\nthere, you")]


def test_comments_and_drawings_of_ass_are_no_dialogue(write: Write) -> None:
    lines = (
        "Comment: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,a remark\n"
        r"Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0 100 100{\p0}" + "\n"
    )
    assert timed(cues_in(write(ass((1_000, 2_000, "Hello"), lines=lines)))) == [(1_000, 2_000, "Hello")]


def test_words_behind_a_drawing_are_not_lost_in_silence(write: Write) -> None:
    path = write(ass((1_000, 2_000, "Hello"), (3_000, 4_000, r"{\p1}m 0 0 l 9 9{\p0}Come here!")))
    assert not_lost(path, 3_000, 4_000)


def test_commas_in_the_text_and_the_name_of_who_speaks(write: Write) -> None:
    lines = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,Yes, no, well\n"
    (cue,) = cues_in(write(ass(lines=lines)))
    assert (cue.text, cue.speaker) == ("Yes, no, well", "Anna")


@pytest.mark.parametrize(
    "style", ["Style: Odd,Arial,20,\n", "Style: Odd,Arial,big,&H00FFFFFF\n", "Style: Odd\n", "Style:\n"]
)
def test_a_broken_style_is_no_reason_to_crash(write: Write, style: str) -> None:
    path = write(ass((1_000, 2_000, "Hello"), style=style))
    assert read_or_refused(path) in ([(1_000, 2_000, "Hello")], "refused")


@pytest.mark.parametrize("line", ["Dialogue: 0,x,0:00:04.00,Default,,0,0,0,,World\n", "Dialogue: 0,0:00:03.00\n"])
def test_an_event_that_is_broken_is_not_lost_in_silence(write: Write, line: str) -> None:
    assert not_lost(write(ass((1_000, 2_000, "Hello"), lines=line)), 3_000, 4_000)


def styled(style: str, text: str, name: str = "", effect: str = "") -> str:
    return f"Dialogue: 0,0:00:03.00,0:00:04.00,{style},{name},0,0,0,{effect},{text}\n"


def kinds(path: Path) -> list[str]:
    return [cue.kind for cue in cues_in(path)]


@pytest.mark.parametrize(
    "line",
    [
        styled("Signs", "CAFE"),
        styled("Sign - door", "Cafe"),
        styled("EpisodeTitle", "The Beginning"),
        styled("Default", "Cafe", name="Sign"),
        styled("Default", r"{\pos(1,2)\frz30}Cafe"),
        styled("Default", r"{\move(1,2,3,4)}{\clip(0,0,9,9)}Cafe"),
    ],
)
def test_signs_are_on_screen(write: Write, line: str) -> None:
    assert kinds(write(ass((1_000, 2_000, "Hello."), lines=line))) == ["speech", "on_screen"]


@pytest.mark.parametrize(
    "line",
    [styled("OP", "la"), styled("ED2", "la"), styled("Song lyrics", "la"), styled("Default", r"{\k20}la{\k30}la")],
)
def test_songs_are_lyrics(write: Write, line: str) -> None:
    assert kinds(write(ass((1_000, 2_000, "Hello."), lines=line))) == ["speech", "lyrics"]


@pytest.mark.parametrize(
    "line",
    [
        styled("Signs", "Come here!", name="Anna"),
        styled("Default", r"{\pos(1,2)}Come here!"),
        styled("Subtitle", "Come here!"),
        styled("Ed", "Come here!"),
        styled("Top", r"{\an8}Come here!"),
        styled("Designs", "Come here!"),
    ],
)
def test_what_may_be_said_is_speech(write: Write, line: str) -> None:
    assert kinds(write(ass((1_000, 2_000, "Hello."), lines=line))) == ["speech", "speech"]


def test_a_file_of_signs_only_has_a_style_of_that_name_for_all(write: Write) -> None:
    assert kinds(write(ass(lines=styled("Title", "Hello.") + styled("Title", "Who is it?")))) == ["speech", "speech"]


def test_a_format_line_may_order_the_fields_in_its_way(write: Write) -> None:
    text = (
        "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nStyle: Default,Arial\n\n"
        "[Events]\nFormat: Start, End, Name, Style, Text\nDialogue: 0:00:01.00,0:00:02.00,Anna,Default,Yes, well\n"
    )
    (cue,) = cues_in(write(text))
    assert (cue.span.start_ms, cue.span.end_ms, cue.speaker, cue.text) == (1_000, 2_000, "Anna", "Yes, well")


def test_an_event_that_is_broken_costs_no_other(write: Write) -> None:
    broken = "Dialogue: 0,x,0:00:04.00,Default,,0,0,0,,World\n"
    cues, (note,) = read_file(write(ass((1_000, 2_000, "Hello"), lines=broken + styled("Default", "Yes."))))
    assert [cue.text for cue in cues] == ["Hello", "Yes."]
    assert "line 12" in note.message


@pytest.mark.parametrize("text", ["{" * 50_000, r"{\an8" * 50_000, r"{\p1}" * 50_000, "{}" * 50_000])
def test_every_event_comes_to_an_end(write: Write, text: str) -> None:
    path = write(ass((1_000, 2_000, text), (3_000, 4_000, "Hello.")))
    within(LONG_S, lambda: read_or_refused(path))
