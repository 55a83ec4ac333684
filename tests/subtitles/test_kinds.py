"""What a cue is, who speaks, and which cues can be used."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.intervals import joined
from audiodesc.model import Cue, Span
from audiodesc.subtitles.cues import cues_of
from audiodesc.subtitles.kinds import kind
from audiodesc.subtitles.source import RawCue, without_invisible


def read(*raw: RawCue) -> tuple[Cue, ...]:
    return cues_of(raw)[0]


def one(text: str, speaker: str = "") -> Cue:
    (cue,) = read(RawCue(1_000, 2_000, text, speaker))
    return cue


@pytest.mark.parametrize(
    "text",
    [
        "[door slams]",
        "(wind howls)",
        "  [ thunder ]  ",
        "- [knocking]",
        "– (glass breaks)",
        "[phone rings].",
        "(gunshot)!",
        "[a car\nstops]",
        "[rain]\n[thunder]",
        "- [rain]\n- (thunder)",
        "[]",
    ],
)
def test_all_in_brackets_is_a_sound(text: str) -> None:
    assert kind(text) == "sound"


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        "[whispers] Come here.",
        "Come here. [whispers]",
        "(laughs) No! (laughs)",
        "- [door opens]\n- Who is there?",
        "[unclosed",
        "unopened]",
        "(a] b",
        "1984",
        "...",
        "?",
    ],
)
def test_all_else_is_speech(text: str) -> None:
    assert kind(text) == "speech"


@pytest.mark.parametrize(
    "text",
    [
        "♪ La la la ♪",
        "♫ La\nla ♫",
        "# Happy birthday to you #",
        "# la la",
        "# la la\n# la la la #",
        "la la ♪",
        "¶ la la ¶",
        "â™ª la la â™ª",
        "[♪ La la la ♪]",
        "[♪ La la la]",
        "♪ [softly] La la ♪",
    ],
)
def test_words_between_notes_are_a_song(text: str) -> None:
    assert kind(text) == "lyrics"


@pytest.mark.parametrize(
    "text",
    [
        " ♪♪ ",
        "♪",
        "[♪]",
        "[♪♪♪]",
        "# #",
        "♪ [theme music] ♪",
        "♪ [theme music]",
        "♪ [Mahler] ♪",
        "♪ [humming] ♪",
        "(humming)♪",
        "[♪ waltz ♪]",
        "♪ ♪ [door slams]",
    ],
)
def test_notes_without_words_are_music(text: str) -> None:
    # A voice that is heard in them is no song.
    assert kind(text) == "sound"


@pytest.mark.parametrize("text", ["[speaking Russian]", "(speaks French)", "[man speaking Spanish]"])
def test_a_note_that_somebody_speaks_is_dialogue(text: str) -> None:
    # There are voices in the film's sound here: a narrator may not speak over them.
    assert kind(text) != "sound"


@pytest.mark.parametrize("text", ["[a] " * 40 + "x", "[a]" + " " * 3_000 + "x", "x♪" + " " * 3_000 + "x", "- " * 3_000])
def test_no_text_takes_long(text: str) -> None:
    # In a process of its own, as nothing can interrupt a regular expression.
    program = "import sys; from audiodesc.subtitles.kinds import kind; print(kind(sys.stdin.read()))"
    done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, timeout=5)
    assert done.stdout == "speech\n"


@given(st.text(alphabet="[]()♪# -–.!\nab", max_size=10))
def test_nothing_with_words_outside_brackets_is_a_sound(text: str) -> None:
    if kind(text) == "sound":
        assert not re.search("[ab]", re.sub(r"\[[^\[\]]*\]|\([^()]*\)", "", text))


@pytest.mark.parametrize(
    ("text", "speaker", "said"),
    [
        ("JOHN: Hello.", "John", "Hello."),
        (">> JOHN: Hello.", "John", "Hello."),
        ("DR. WHO: Run!", "Dr. Who", "Run!"),
        ("MAN 2: Stop.", "Man 2", "Stop."),
        ("ÉMILE: Oui.", "Émile", "Oui."),
        ("JEAN-LUC:\nMake it so.", "Jean-Luc", "Make it so."),
        ("JOHN'S MOTHER: Dinner!", "John's Mother", "Dinner!"),
    ],
)
def test_a_speaker_in_capitals_is_taken_from_the_text(text: str, speaker: str, said: str) -> None:
    assert (one(text).speaker, one(text).text) == (speaker, said)


@pytest.mark.parametrize("text", ["Look: a bird!", "It is 10:30 now.", "NO WAY", "John: Hello.", "A: yes", "WHAT:"])
def test_what_only_looks_like_a_speaker_stays_in_the_text(text: str) -> None:
    assert (one(text).speaker, one(text).text) == ("", text)


def test_a_speaker_that_the_file_names_stays() -> None:
    assert (one("JOHN: Hello.", "Anna").speaker, one("JOHN: Hello.", "Anna").text) == ("Anna", "JOHN: Hello.")


def test_what_a_named_speaker_does_can_be_a_sound() -> None:
    cue = one("JOHN: [sighs]")
    assert (cue.kind, cue.speaker) == ("sound", "John")


def test_cues_come_in_order_of_time() -> None:
    cues = read(RawCue(5_000, 6_000, "c"), RawCue(1_000, 9_000, "b"), RawCue(1_000, 2_000, "a"))
    assert [cue.text for cue in cues] == ["a", "b", "c"]


TIMES = st.integers(-9_000, 90_000)


@given(st.lists(st.tuples(TIMES, TIMES, st.text(max_size=5)), max_size=9))
def test_no_cue_with_text_is_lost_unless_it_is_over_before_the_film(raw: list[tuple[int, int, str]]) -> None:
    cues, notes = cues_of(RawCue(*one) for one in raw)
    with_text = [(start, end) for start, end, text in raw if without_invisible(text).strip()]
    usable = [(start, end) for start, end in with_text if end > max(0, start)]
    reversed_ = [start for start, end in with_text if end <= start >= 0]
    spans = [(cue.span.start_ms, cue.span.end_ms) for cue in cues]
    assert spans == sorted(spans)
    shown = joined(cue.span for cue in cues)
    assert all(any(a.start_ms <= max(0, start) and end <= a.end_ms for a in shown) for start, end in usable)
    assert all(any(a <= start and end >= start + 5_000 for a, end in spans) for start in reversed_)
    assert len(cues) <= len(usable) + len(reversed_)
    assert len(notes) == len(with_text) - len(usable)


def test_a_cue_that_begins_before_the_film_is_cut_to_it() -> None:
    assert read(RawCue(-500, 700, "a"))[0].span == Span(0, 700)


@pytest.mark.parametrize(("start", "end"), [(-2_000, -1_000), (-5, 0), (-1_000, -2_000), (-5, -5)])
def test_what_is_over_before_the_film_is_left_out_with_a_note(start: int, end: int) -> None:
    cues, notes = cues_of([RawCue(start, end, "Hello"), RawCue(3_000, 4_000, "a")])
    assert [cue.text for cue in cues] == ["a"]
    (note,) = notes
    assert note.stage == "dialogue"
    assert str(start) in note.message
    assert "Hello" in note.message


@pytest.mark.parametrize(
    ("start", "end", "text", "span"),
    [
        (62_000, 61_000, "Hello", (61_000, 67_000)),  # near: both times and all between
        (62_000, 52_000, "Hello", (52_000, 67_000)),
        (62_000, 51_999, "Hello", (62_000, 67_000)),  # far: the end is a slip of the pen
        (62_000, 62_000, "Hello", (62_000, 67_000)),
        (62_000, 61_000, "a" * 80, (61_000, 70_000)),  # ten letters a second
        (0, 0, "Hello", (0, 5_000)),
        (1_000, -500, "Hello", (0, 6_000)),
    ],
)
def test_what_ends_before_it_begins_is_protected_while_it_may_be_said(
    start: int, end: int, text: str, span: tuple[int, int]
) -> None:
    (cue,), (note,) = cues_of([RawCue(start, end, text)])
    assert (cue.span.start_ms, cue.span.end_ms) == span
    assert cue.kind == "speech"
    assert f"at {start} ms ends before it begins" in note.message


@pytest.mark.parametrize("text", ["", "  ", "\n\n\t"])
def test_an_empty_cue_is_left_out_without_a_word(text: str) -> None:
    assert cues_of([RawCue(1_000, 2_000, text)]) == ((), ())


def test_a_long_text_is_cut_in_its_note_and_stays_on_one_line() -> None:
    (note,) = cues_of([RawCue(2_000, 1_000, "a line\n" * 200)])[1]
    assert len(note.message) < 150
    assert "\n" not in note.message


# What must never be lost: speech

MARKS = st.text(alphabet="[]()♪# -–.!>:\nabAB", max_size=12)


@given(MARKS)
def test_whatever_stands_beside_speech_is_speech(marks: str) -> None:
    assert kind(f"{marks}\nCome here.") == "speech"
    assert kind(f"Come here.\n{marks}") == "speech"


@pytest.mark.parametrize(
    "text",
    [
        "♪ la la ♪ Stop that! ♪ la la ♪",
        "♪ la la ♪\n- Stop that!",
        "♪\n- Who is there?\n♪",
        "♪ MARY: Stop that! ♪",
        "♪ la la\nStop that!",
        "[music]\nStop that!",
        "[music] ♪ la ♪ Stop!",
        "#1 is the best #",
        "#MeToo",
    ],
)
def test_where_a_song_meets_speech_it_is_speech(text: str) -> None:
    assert kind(text) == "speech"


@pytest.mark.parametrize(
    "text",
    ["♪ Where are you", "♪ Where are you\n♪ my love", "[guitar] ♪ la la ♪", "♪ la ♪ ♪ la ♪", "♪ Where\nare you ♪"],
)
def test_lines_that_each_begin_with_a_note_are_a_song(text: str) -> None:
    assert kind(text) == "lyrics"


@pytest.mark.parametrize(
    "text",
    [
        "[Screen reader voicing instructions]",
        "[lector de pantalla dando instrucciones]",
        "[in French]",
        "[foreign language]",
        "[IN RUSSIAN]",
        "[indistinct]",
        "[inaudible dialogue]",
        "[man on TV]",
        "[over the radio]",
        "[crosstalk]",
        "[people arguing]",
        "(PRAYS)",
        "[counting]",
        "[voix au loin]",
        "[Stimmengewirr]",
        "[Cancel, button.]",
        "[Come here, now]",
        "[I love you]",
        "[give me that]",
        "[스크린 리더가 가르치는 음성을 내다]",
        "[разговор]",
        "♪ [singing in French] ♪",
        "# [singing in French] #",
        "♪ la la ♪ [Come here]",
        "[Obama addressing crowd]",
        "[news broadcast playing]",
        "[radio playing news report]",
        "[swears]",
        "[greets them]",
        "[rapping]",
        "[crowd clamoring]",
        "[laughing and shouting]",
        "[смех и разговор]",
    ],
)
def test_a_bracket_that_may_be_a_voice_is_speech(text: str) -> None:
    assert kind(text) == "speech"


@pytest.mark.parametrize(
    "text",
    ["(Laughs)", "(Door slams)", "(SIGHS)", "[SIGHS]", "[blocks clattering]", "[음악]", "[音楽]", "[موسيقى]", "[смех]"],
)
def test_words_for_sounds_are_sounds(text: str) -> None:
    assert kind(text) == "sound"


@pytest.mark.parametrize(
    "text",
    [
        "(Come here)",
        "(Mary)",
        "(It was me)",
        "(NO)",
        "(STOP)",
        "(HELP)",
        "(it is too late)",
        "(WHO ARE THEY)",
        "(come here now)",
        "(Open the door)",
        "[The king is dead]",
        "[Come here]",
        "[Get out]",
        "[Where is Mary]",
        "[Run]",
        "[1984]",
        "[Él ha muerto]",
        "[Marie est morte]",
        "[Mort aux rois]",
    ],
)
def test_what_is_said_in_brackets_is_no_sound_for_them(text: str) -> None:
    assert kind(text) == "speech"


@pytest.mark.parametrize(("hint", "text", "expected"), [("on_screen", "CAFE", "on_screen"), ("lyrics", "la", "lyrics")])
def test_what_the_format_says_is_taken(hint: str, text: str, expected: str) -> None:
    assert read(RawCue(0, 1, text, kind=hint))[0].kind == expected  # type: ignore[arg-type]


def test_the_format_is_not_believed_where_somebody_is_named_or_speech_is_seen() -> None:
    assert read(RawCue(0, 1, "ANNA: Come!", kind="on_screen"))[0].kind == "speech"
    assert read(RawCue(0, 1, "[thunder]", kind="speech"))[0].kind == "speech"
    assert read(RawCue(0, 1, "[thunder]", kind="on_screen"))[0].kind == "sound"


def test_a_cue_after_a_thousand_hours_is_left_out_with_a_note_and_an_endless_one_is_cut() -> None:
    hours = 3_600_000
    cues, (note,) = cues_of([RawCue(10**15, 10**16, "never"), RawCue(0, 10**16, "a")])
    assert [cue.span for cue in cues] == [Span(0, 1000 * hours)]
    assert "never" in note.message
