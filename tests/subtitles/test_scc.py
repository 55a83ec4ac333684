"""SCC (CEA-608): pop-on, roll-up and paint-on; time codes; what is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hanging import LONG_S, within
from line21 import CR, EDM, ENM, EOC, RCL, RDC, ROW_14, ROW_15, RU2, cc, cc_text
from subtitles.reading import cues_in, refusal, timed
from subtitles.written import scc

from audiodesc.model import Cue
from audiodesc.subtitles import read_file

Write = Callable[..., Path]
FRAME_MS = 34
RU3, TAB_2, ITALICS, ROW_1, CHANNEL_2 = 0x1426, 0x1722, 0x146E, 0x1140, 0x1C25
NOTE, ACCENT = 0x1137, 0x1221


def lines(*sent: tuple[str, list[str]]) -> str:
    """A file from time codes and words."""
    return "\n\n".join(["Scenarist_SCC V1.0", *(f"{code}\t{' '.join(words)}" for code, words in sent)])


def rolled(text: str, rows: int = RU2) -> list[str]:
    return cc(rows, CR, ROW_15) + cc_text(text)


def near(cue: Cue, start_ms: float, end_ms: float, words: int = 6) -> bool:
    """Within the frames that a line of codes takes to send."""
    slack = FRAME_MS * (words + 1)
    return abs(cue.span.start_ms - start_ms) <= slack and abs(cue.span.end_ms - end_ms) <= slack


def test_pop_on_is_shown_when_the_caption_is_ended_not_when_it_is_sent(write: Write) -> None:
    (cue,) = cues_in(write(scc((10_000, 12_000, "Hello\nthere."))))
    assert near(cue, 10_000, 12_000, 1)
    assert cue.text == "Hello\nthere."


def test_pop_on_lasts_until_the_next_replaces_it(write: Write) -> None:
    first, second = cues_in(write(scc((10_000, 12_000, "Hello."), (12_000, 14_000, "Yes."))))
    assert near(first, 10_000, 12_000, 1)
    assert near(second, 12_000, 14_000, 1)


def test_roll_up_is_one_cue_for_each_line_that_is_new(write: Write) -> None:
    path = write(
        lines(
            ("00:00:01:00", rolled("FIRST LINE")),
            ("00:00:03:00", rolled("SECOND LINE")),
            ("00:00:05:00", rolled("THIRD LINE")),
            ("00:00:07:00", cc(EDM)),
        )
    )
    cues = cues_in(path)
    assert [cue.text for cue in cues] == ["FIRST LINE", "SECOND LINE", "THIRD LINE"]
    assert all(
        near(cue, *span) for cue, span in zip(cues, [(1_001, 3_003), (3_003, 5_005), (5_005, 7_007)], strict=True)
    )


def test_roll_up_of_three_rows_tells_who_begins_to_speak(write: Write) -> None:
    path = write(
        lines(
            ("00:00:01:00", rolled(">> MARY: HELLO", RU3)),
            ("00:00:03:00", rolled(">> TOM: GO", RU3)),
            ("00:00:05:00", cc(EDM)),
        )
    )
    assert [(cue.speaker, cue.text) for cue in cues_in(path)] == [("Mary", "HELLO"), ("Tom", "GO")]


def test_what_still_shows_speech_is_no_sound(write: Write) -> None:
    # The row above is still speech, and was said a moment ago.
    path = write(
        lines(("00:00:01:00", rolled("HELLO")), ("00:00:03:00", rolled("[DOOR SLAMS]")), ("00:00:05:00", cc(EDM)))
    )
    assert [cue.kind for cue in cues_in(path)] == ["speech", "speech"]


def test_paint_on_is_shown_as_it_is_sent(write: Write) -> None:
    path = write(
        lines(("00:00:01:00", cc(RDC, ROW_14) + cc_text("FIRST ") + cc_text("LINE")), ("00:00:05:00", cc(EDM)))
    )
    (cue,) = cues_in(path)
    assert near(cue, 1_001, 5_005, 12)
    assert cue.text == "FIRST LINE"


@pytest.mark.parametrize(
    ("code", "start_ms"),
    [
        ("00:10:00:00", 18_000 * 1001 / 30),
        ("00:10:00;00", 17_982 * 1001 / 30),
        ("01:00:00:00", 108_000 * 1001 / 30),
        ("01:00:00;00", 107_892 * 1001 / 30),
    ],
)
def test_a_semicolon_means_drop_frame(write: Write, code: str, start_ms: float) -> None:
    path = write(lines((code, rolled("HELLO")), (code.replace("00:00", "00:05").replace("00;00", "05;00"), cc(EDM))))
    assert abs(cues_in(path)[0].span.start_ms - start_ms) <= FRAME_MS * 7


def test_colours_positions_and_italics_are_not_said_and_special_letters_are(write: Write) -> None:
    words = cc(ENM, RCL, ROW_14, TAB_2, ITALICS) + cc_text("Ole") + cc(ACCENT) + cc_text(" ") + cc(NOTE, EOC)
    (cue,) = cues_in(write(lines(("00:00:01:00", words), ("00:00:03:00", cc(EDM)))))
    assert cue.text == "OlÉ ♪"  # a special letter takes the place of the plain one before it


def test_a_song_and_a_sound_are_told(write: Write) -> None:
    song = cc(ENM, RCL, ROW_14, NOTE) + cc_text(" LA LA ") + cc(NOTE, EOC)
    path = write(lines(("00:00:01:00", song), ("00:00:03:00", cc(EDM)), ("00:00:05:00", rolled("[THUNDER]"))))
    assert [cue.kind for cue in cues_in(path)] == ["lyrics", "sound"]


def test_captions_that_nothing_erases_last_with_a_note(write: Write) -> None:
    (cue,), (note,) = read_file(write(lines(("00:00:01:00", rolled("HELLO")))))
    assert cue.span.duration_ms >= 5_000
    assert "how long" in note.message


@pytest.mark.parametrize("line", ["HELLO", "00:00:02:00", "0:2:0:0\t9420", "00:00:02:00 xyzw 942g"])
def test_a_line_that_cannot_be_read_is_told_by_its_number_and_costs_no_other(write: Write, line: str) -> None:
    content = scc((5_000, 6_000, "Hello.")).replace("\n\n", f"\n\n{line}\n\n", 1)
    cues, notes = read_file(write(content))
    assert [cue.text for cue in cues] == ["Hello."]
    assert any("line 3" in note.message for note in notes)


def test_other_channels_do_not_get_into_the_first(write: Write) -> None:
    other = cc(CHANNEL_2, 0x1C2D, 0x1C60) + cc_text("AUTRE")
    path = write(lines(("00:00:01:00", rolled("HELLO")), ("00:00:02:00", other), ("00:00:05:00", cc(EDM))))
    cues, _ = read_file(path)
    assert "HELLO" in cues[0].text


def test_a_caption_at_the_top_of_the_screen_is_read(write: Write) -> None:
    words = cc(ENM, RCL, ROW_1) + cc_text("Hello.") + cc(EOC)
    assert [text for _, _, text in timed(cues_in(write(lines(("00:00:01:00", words), ("00:00:03:00", cc(EDM))))))] == [
        "Hello."
    ]


@pytest.mark.parametrize(
    "head", ["Scenarist_SCC V1.0", "Scenarist_SCC V1.0\r\n", "Scenarist_SCC V2.0", "\ufeffScenarist_SCC V1.0"]
)
def test_heads(write: Write, head: str) -> None:
    content = scc((5_000, 6_000, "Hello.")).replace("Scenarist_SCC V1.0", head)
    assert [cue.text for cue in cues_in(write(content))] == ["Hello."]


def test_a_file_without_captions_is_refused(write: Write) -> None:
    assert "captions" in refusal(write("Scenarist_SCC V1.0\n\nnothing\n"))


def test_more_than_a_screen_holds_comes_to_an_end(write: Write) -> None:
    screen = cc(ROW_14) + cc_text("LA" * 16) + cc(ROW_15) + cc_text("LA" * 16)
    path = write(lines(("00:00:01:00", cc(RDC) + screen * 300), ("00:00:20:00", cc(EDM))))
    cues = within(LONG_S, lambda: cues_in(path))
    assert cues[0].span.start_ms < 1_500
