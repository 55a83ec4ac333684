"""What a cue is, and who speaks: by its words, its marks and its place."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from dataclasses import replace

import pytest
from hanging import LONG_S
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.intervals import joined
from audiodesc.model import Cue, Span
from audiodesc.subtitles.cues import cues_of
from audiodesc.subtitles.kinds import (
    ass_kind,
    is_sign,
    kind,
    plain_brackets,
    split_speaker,
    top_kind,
    without_doubtful_signs,
)
from audiodesc.subtitles.source import INVISIBLE, JOINERS, RawCue, without_invisible


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
    done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, timeout=LONG_S)
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


SEEN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"


def only(text: str) -> Cue:
    ((cue,), _) = cues_of([RawCue(1000, 60_000, text)])
    return cue


@pytest.mark.parametrize(
    "mark", ["\u200e", "\u200f", "\u202b", "\u2067", "\u200b", "\ufeff", "\u00ad", "\u2060", "\ufe0f"]
)
@pytest.mark.parametrize("text", ["[door slams]", "♪ la la ♪", "MARY: Come here.", "- Who?\n- Me.", "(SIGHS)"])
def test_a_cue_is_the_same_with_invisible_marks(mark: str, text: str) -> None:
    marked = "\n".join(f"{mark}{line}{mark}" for line in text.split("\n"))
    assert only(marked) == only(text)
    assert only(mark.join(text)) == only(text)


def test_all_format_characters_are_known() -> None:
    known = {chr(code) for code in INVISIBLE} | set(JOINERS) | set(SEEN)
    formats = {chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Cf"}
    assert not {one for one in formats - known if not 0x13430 <= ord(one) <= 0x1345F}


@pytest.mark.parametrize("text", ["می‌خواهم", "क्‍ष", "👩‍🚀 hello"])
def test_letters_keep_the_joiners_that_they_need(text: str) -> None:
    assert without_invisible(text) == text


@pytest.mark.parametrize("text", ["\u200d[door slams]", "[door slams]\u200c", "[\u200ddoor slams\u200c]"])
def test_joiners_that_join_nothing_are_gone(text: str) -> None:
    assert only(text).text == "[door slams]"


@pytest.mark.parametrize(
    "text",
    [
        *("（拍手）", "［音楽］", "【音乐】", "〔笑い〕", "（ドアが閉まる音）", "［雷鳴］", "[רעש]", "{laughter}"),
        *(
            "(笑)",
            "(泣)",
            "（電話の着信音）",
            "（电话响）",
            "[門鈴聲]",
            "[叹气]",
            "(전화벨 소리)",
            "[תשואות]",
            "(hlasitý smích)",
        ),
        *("((applause))", "(( door slams ))", "[[music]]", "（（拍手））", "([door slams])"),
        *("*applause*", "*Spannende Musik*", "* Türklingel *", "**Musik**", "** applause **"),
    ],
)
def test_sounds_in_other_brackets(text: str) -> None:
    assert kind(text) == "sound"
    assert only(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "≪行こう≫",
        "((I said no))",
        "((applause)) Thank you!",
        "(applause) (I said no)",
        "*Come here*",
        "*applause* Thank you!",
        "5 * 3 * 2",
        "* Come * here",
        "（田中）こんにちは",
        "**Come here**",
        "* applause * Thank you!",
        "（本音）",
        "（小声）",
        "（泣かないで）",
        "（咳嗽药呢）",
        "(목소리)",
    ],
)
def test_speech_in_them(text: str) -> None:
    assert kind(text) == "speech"


@pytest.mark.parametrize("text", ["（拍手）", "#a\n# b #", "¶ a ¶", "*a* {b}", "** a ** b"])
def test_plain_text_is_letter_by_letter_the_same(text: str) -> None:
    assert len(plain_brackets(text)) == len(text)


def test_songs_that_are_nearly_all_that_is_said_are_speech() -> None:
    sung = [RawCue(n * 2000, n * 2000 + 1500, f"♪ Line {n} of them ♪") for n in range(6)]
    cues, notes = cues_of([*sung, RawCue(20_000, 21_000, "Bravo!")])
    assert {cue.kind for cue in cues} == {"speech"}
    assert "marked as songs" in notes[0].message
    cues, notes = cues_of([*sung, RawCue(20_000, 30_000, "Bravo!")])
    assert [cue.kind for cue in cues] == ["lyrics"] * 6 + ["speech"]
    assert notes == ()


def test_a_text_that_nobody_could_say_in_its_time_lasts_longer() -> None:
    text = "I never told you what they did there."
    ((cue,), _) = cues_of([RawCue(1000, 1001, text)])
    assert 1500 <= cue.span.duration_ms <= 3500
    ((cue,), _) = cues_of([RawCue(1000, 2500, text)])
    assert cue.span.duration_ms == 1500
    ((cue,), _) = cues_of([RawCue(1000, 1001, "[door slams]")])
    assert cue.span.duration_ms == 1


@pytest.mark.parametrize(
    "style", ["Signs", "sign", "TS", "Title", "EpisodeTitle", "On-Screen", "main_signs", "TL-Note"]
)
def test_styles_that_are_named_for_signs(style: str) -> None:
    assert is_sign(style) or ass_kind(style, "", "", "Cafe") == "on_screen"


@pytest.mark.parametrize("style", ["Default", "Subtitle", "Designs", "Italics", "Main", "Mats", "Entitled", "Assigned"])
def test_styles_that_are_not(style: str) -> None:
    assert ass_kind(style, "", "", "Come here") is None


@pytest.mark.parametrize("style", ["Song", "OP", "ED", "ED2", "OP-romaji", "Karaoke", "Lyrics EN", "insert-song"])
def test_styles_that_are_named_for_songs(style: str) -> None:
    assert ass_kind(style, "", "", "la la") == "lyrics"


@pytest.mark.parametrize("style", ["Ed", "Opal", "Operator", "Edward", "Shop", "Red"])
def test_names_that_only_begin_like_songs(style: str) -> None:
    assert ass_kind(style, "", "", "Come here") is None


@pytest.mark.parametrize("text", [r"{\k20}la", r"{\K20}la", r"{\kf20}la", r"{\ko20}la"])
def test_syllables_that_are_timed_are_sung(text: str) -> None:
    assert ass_kind("Default", "", "", text) == "lyrics"


@pytest.mark.parametrize("text", [r"{\pos(1,2)\clip(0,0,9,9)}A", r"{\move(1,2,3,4)\frz30}A", r"{\pos(1,2)\fax-0.2}A"])
def test_what_is_placed_and_shaped_is_a_sign(text: str) -> None:
    assert ass_kind("Default", "", "", text) == "on_screen"


@pytest.mark.parametrize("text", [r"{\pos(1,2)}A", r"{\frz30}A", r"{\i1}A", "A"])
def test_what_is_only_placed_or_only_slanted_is_not(text: str) -> None:
    assert ass_kind("Default", "", "", text) is None


def test_who_is_named_speaks_whatever_the_style() -> None:
    assert ass_kind("Signs", "Anna", "", "Come here") is None
    assert ass_kind("Default", "Sign", "", "Cafe") == "on_screen"


@pytest.mark.parametrize(
    "shown", ["TOKYO, 1964", "Tokyo Station", "Tokyo 1964", "Museum of Modern Art", "КАФЕ", "POLICE"]
)
def test_titles_at_the_top(shown: str) -> None:
    assert top_kind(rf"{{\an8}}{shown}", shown) == "on_screen"
    assert top_kind(shown, shown) is None
    assert top_kind(rf"{{\an2}}{shown}", shown) is None


@pytest.mark.parametrize(
    "shown",
    [
        "Come here!",
        "Come here",
        "Come",
        "- HELLO",
        ">> HELLO",
        "♪ LA",
        "",
        "I saw him.",
        "I DON'T KNOW.",
        "I DON'T KNOW",
        "NO!",
        "NO",
        "STOP! NOW",
        "“Come home now.”",
        "“Keep out”",
        "«Défense d'entrer»",
        "Can you get me",
        "I do not",
        "Oh my God",
        "Yes Sir",
        "We are off to see him",
        "Then off to see Mary",
        "그는 집에 갔어",
        "彼は 家に",
        "1964",
    ],
)
def test_speech_at_the_top(shown: str) -> None:
    assert top_kind(rf"{{\an8}}{shown}", shown) is None


TITLE = RawCue(0, 1, "TOKYO", kind="on_screen")


@pytest.mark.parametrize(
    ("lines", "is_sign"),
    [
        (["Hello.", "Who is it?", "Me."], True),
        (["Hello.", "Who is it?", "Me.", "NO!", "Yes."], True),
        (["HELLO.", "WHO IS IT?", "Me."], False),
        (["Hello.", "Who is it?", "Me.", "NO!", "YES!"], False),
        (["hello", "who is it?", "me."], False),
    ],
)
def test_no_sign_is_told_where_speech_looks_like_one(lines: list[str], is_sign: bool) -> None:
    spoken = [RawCue(0, 1, line) for line in lines]
    assert without_doubtful_signs([TITLE, *spoken]) == [TITLE if is_sign else replace(TITLE, kind=None), *spoken]


def test_songs_keep_their_kind() -> None:
    song = RawCue(0, 1, "LA", kind="lyrics")
    assert without_doubtful_signs([song, RawCue(0, 1, "HELLO")])[0] == song


@pytest.mark.parametrize(
    ("text", "said", "speaker", "names"),
    [
        ("MARY: Hello.", "Hello.", "Mary", ("Mary",)),
        ("- MARY: Hello.", "Hello.", "Mary", ("Mary",)),
        ("MARY (whispering): Hello.", "Hello.", "Mary", ("Mary",)),
        ("MARY [V.O.]: Hello.", "Hello.", "Mary", ("Mary",)),
        ("(Mary): Hello.", "Hello.", "Mary", ("Mary",)),
        ("[ANNA]: Hello.", "Hello.", "Anna", ("Anna",)),
        ("МАРИЯ: Привет.", "Привет.", "Мария", ("Мария",)),
        ("MAN #1: Hello.", "Hello.", "Man #1", ("Man #1",)),
        (">>> TOM & JERRY: Hello.", "Hello.", "Tom & Jerry", ("Tom & Jerry",)),
        (">> Hello.", "Hello.", "", ()),
        ("MARY: Hello.\nHow are you?", "Hello.\nHow are you?", "Mary", ("Mary",)),
    ],
)
def test_one_name_is_taken_out_of_the_text(text: str, said: str, speaker: str, names: tuple[str, ...]) -> None:
    assert split_speaker(text, "") == (said, speaker, names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("MARY: Hi.\nTOM: Yes.", ("Mary", "Tom")),
        ("- MARY: Hi.\n- TOM: Yes.", ("Mary", "Tom")),
        ("- MARY: Hi.\n- Yes.", ("Mary",)),
        ("Hi.\nTOM: Yes.", ("Tom",)),
        ("- Hi.\n- Yes.", ()),
    ],
)
def test_with_two_voices_the_text_tells_them_apart(text: str, names: tuple[str, ...]) -> None:
    assert split_speaker(text, "") == (text, "", names)


def test_turns_become_dashes_where_there_are_several() -> None:
    assert split_speaker(">> Hi.\n>> Yes.", "") == ("- Hi.\n- Yes.", "", ())


@pytest.mark.parametrize(
    "text",
    [
        "I SAID: come here.",
        "AND THE WINNER IS: you.",
        "THE PRICE OF ALL THE TEA: low.",
        "12: a number",
        "Tomorrow: rain.",
        "MARY:",
        "X: y",
        "10:30",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert split_speaker(text, "") == (text, "", ())


def test_names_that_the_format_gives_are_kept() -> None:
    assert split_speaker("Hi.", "Anna") == ("Hi.", "Anna", ("Anna",))
    assert split_speaker("Anna: Hi.\nBob: Yes.", "", ("Anna", "Bob")) == ("Anna: Hi.\nBob: Yes.", "", ("Anna", "Bob"))
    assert split_speaker("Hi.", "", ("Anna",)) == ("Hi.", "Anna", ("Anna",))


@given(st.text(alphabet="AB:-> ()[]\n.ab", max_size=30))
def test_nothing_that_is_said_is_lost(text: str) -> None:
    said, speaker, names = split_speaker(text, "")
    assert bool(said) == bool(text)
    lost = sum(map(str.isalpha, text)) - sum(map(str.isalpha, said))
    assert lost <= 30 + 30 if speaker or names else lost == 0
