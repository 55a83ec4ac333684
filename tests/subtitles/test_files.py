"""Subtitle files and scripts: told apart by content, read whole, refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.export.webvtt import webvtt_text
from audiodesc.model import Cue, Gap, Line, Note, Segment, Span, Speech
from audiodesc.subtitles.files import read_file, read_script
from audiodesc.subtitles.kinds import Raw

Timed = tuple[int, int, str]
HOUR = 3_600_000


def clock(ms: int, point: str = ".") -> str:
    return f"{ms // HOUR:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def srt(*cues: Timed) -> str:
    return "\n".join(
        f"{i}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n" for i, (start, end, text) in enumerate(cues, 1)
    )


def vtt(*cues: Timed) -> str:
    return "WEBVTT\n\n" + "\n".join(f"{clock(start)} --> {clock(end)}\n{text}\n" for start, end, text in cues)


def short_clock(ms: int) -> str:
    return f"{ms // HOUR}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000 // 10:02}"


def ass(*cues: Timed, lines: str = "", version: str = "4.00+", style: str = "") -> str:
    plus = "+" if version.endswith("+") else ""
    first, layer = ("Layer", "0") if plus else ("Marked", "Marked=0")
    events = "".join(
        f"Dialogue: {layer},{short_clock(start)},{short_clock(end)},Default,,0,0,0,,{text}\n"
        for start, end, text in cues
    )
    return (
        f"[Script Info]\nTitle: A film\nScriptType: v{version}\n\n"
        f"[V4{plus} Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour\n"
        f"{style}Style: Default,Arial,20,&H00FFFFFF\n\n"
        f"[Events]\nFormat: {first}, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n{events}{lines}"
    )


def ssa(*cues: Timed) -> str:
    return ass(*cues, version="4.00")


FORMATS: dict[str, Callable[..., str]] = {"srt": srt, "vtt": vtt, "ass": ass, "ssa": ssa}
every_format = pytest.mark.parametrize("form", FORMATS)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "film.srt") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


Write = Callable[..., Path]


def cues_in(path: Path) -> tuple[Cue, ...]:
    return read_file(path)[0]


def timed(cues: tuple[Cue, ...]) -> list[Timed]:
    return [(cue.span.start_ms, cue.span.end_ms, cue.text) for cue in cues]


def refusal(path: Path, kind: type[InputError] = SubtitleError) -> str:
    """The one line that names the file."""
    with pytest.raises(kind) as caught:
        (read_file if kind is SubtitleError else read_script)(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert len(message.splitlines()) == 1
    assert caught.value.remedy
    return message


def read_or_refused(path: Path) -> list[Timed] | str:
    """The cues, or "refused" where the refusal is one line that names the file."""
    try:
        return timed(cues_in(path))
    except SubtitleError as error:
        one_line = len(str(error).splitlines()) == 1
        return "refused" if one_line and str(error).startswith(str(path)) else repr(error)


def not_lost(path: Path, start_ms: int, end_ms: int) -> bool:
    """Whether dialogue at this time is protected, or its loss is told: rule 1 hangs on it."""
    try:
        cues, notes = read_file(path)
    except SubtitleError:
        return True
    return bool(notes) or any(cue.span.start_ms <= start_ms and cue.span.end_ms >= end_ms for cue in cues)


TWO: list[Timed] = [(1_000, 2_000, "Hello."), (61_250, 3_723_500, "How are you?")]


@every_format
@pytest.mark.parametrize("name", ["film.srt", "film.vtt", "film.ass", "film.txt", "film.mp4", "film", "film.xml"])
def test_a_format_is_known_by_its_content_whatever_the_name(write: Write, form: str, name: str) -> None:
    cues, notes = read_file(write(FORMATS[form](*TWO), name))
    assert timed(cues) == TWO
    assert notes == ()


@every_format
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_newlines(write: Write, form: str, encoding: str, newline: str) -> None:
    text = FORMATS[form]((1_000, 2_000, "Où es-tu ?"), (3_000, 4_000, "你好"))
    cues, notes = read_file(write(text.replace("\n", newline).encode(encoding)))
    assert timed(cues) == [(1_000, 2_000, "Où es-tu ?"), (3_000, 4_000, "你好")]
    assert notes == ()


@every_format
def test_a_guessed_encoding_is_told(write: Write, form: str) -> None:
    said = "你好，你今天过得怎么样？我很好，谢谢。我们去吃饭吧，时间不早了。"
    path = write(FORMATS[form]((1_000, 2_000, said)).encode("gb2312"))
    cues, (note,) = read_file(path)
    assert timed(cues) == [(1_000, 2_000, said)]
    assert note.stage == "dialogue"
    assert path.name in note.message
    assert "gb" in note.message


WORDS = st.lists(st.sampled_from(["Hello", "you", "there", "Où", "不", "it's", "No!"]), min_size=1, max_size=5).map(
    " ".join
)
TIMES = st.integers(0, 20 * HOUR // 10).map(lambda tens: tens * 10)
CUES = st.lists(
    st.tuples(TIMES, st.integers(1, 9_000).map(lambda n: n * 10), WORDS).map(lambda c: (c[0], c[0] + c[1], c[2])),
    min_size=1,
    max_size=8,
)


@every_format
@given(cues=CUES)
@settings(deadline=None)
def test_whatever_is_written_is_read_in_order_of_time(
    tmp_path_factory: pytest.TempPathFactory, form: str, cues: list[Timed]
) -> None:
    path = tmp_path_factory.mktemp("subs") / "film.txt"
    path.write_text(FORMATS[form](*cues), "utf-8")
    found, notes = read_file(path)
    assert sorted(timed(found)) == sorted(cues)
    assert [cue.span for cue in found] == sorted(cue.span for cue in found)
    assert notes == ()


@every_format
def test_cues_that_overlap_contain_each_other_or_last_for_hours_stay(write: Write, form: str) -> None:
    cues = [(0, 5 * HOUR, "a"), (1_000, 3_000, "b"), (2_000, 4_000, "c"), (2_000, 4_000, "c")]
    assert timed(cues_in(write(FORMATS[form](*cues)))) == cues


@every_format
def test_cues_that_are_never_shown_are_left_out_with_a_note(write: Write, form: str) -> None:
    path = write(FORMATS[form]((5_000, 4_000, "back"), (6_000, 6_000, "flash"), (7_000, 8_000, "stays")))
    cues, notes = read_file(path)
    assert timed(cues) == [(7_000, 8_000, "stays")]
    assert [("back" in note.message, "flash" in note.message) for note in notes] == [(True, False), (False, True)]


@every_format
def test_a_file_of_nothing_but_such_cues_is_refused(write: Write, form: str) -> None:
    assert "holds no subtitle" in refusal(write(FORMATS[form]((5_000, 4_000, "back"))))


@every_format
def test_a_cue_without_text_is_none(write: Write, form: str) -> None:
    assert timed(cues_in(write(FORMATS[form]((1_000, 2_000, ""), (3_000, 4_000, "Yes."))))) == [(3_000, 4_000, "Yes.")]


@every_format
def test_kinds_are_told_in_every_format(write: Write, form: str) -> None:
    cues = cues_in(write(FORMATS[form]((1_000, 2_000, "[thunder]"), (3_000, 4_000, "♪ la la ♪"), (5_000, 6_000, "Hi"))))
    assert [cue.kind for cue in cues] == ["sound", "lyrics", "speech"]


# SRT


def test_tags_are_taken_out_of_srt(write: Write) -> None:
    text = '<i>Tom</i> and <font color="#ff0000">Jerry</font>\n{\\an8}<b>run</b> <u>off</u>, 1 < 2'
    assert timed(cues_in(write(srt((1_000, 2_000, text))))) == [(1_000, 2_000, "Tom and Jerry\nrun off, 1 < 2")]


def test_entities_in_srt_are_characters(write: Write) -> None:
    assert timed(cues_in(write(srt((1_000, 2_000, "Tom &amp; I&#39;m"))))) == [(1_000, 2_000, "Tom & I'm")]


def test_srt_is_read_without_numbers_with_points_and_with_positions(write: Write) -> None:
    text = (
        "00:00:01.5 --> 00:00:02.250\nHello\n\n"
        "00:00:03,000-->00:00:04,000  X1:100 X2:200 Y1:100 Y2:200\nWorld\n\n\n\n"
        "7\n00:00:05,000 --> 00:00:06,000\n1984\n\n"
        "8\n00:00:07,000 --> 00:00:08,000\n42"
    )
    assert timed(cues_in(write(text))) == [
        (1_500, 2_250, "Hello"),
        (3_000, 4_000, "World"),
        (5_000, 6_000, "1984"),
        (7_000, 8_000, "42"),
    ]


def test_an_empty_line_inside_a_subtitle_is_no_end(write: Write) -> None:
    (cue,) = cues_in(write(srt((1_000, 2_000, "One.\n\nTwo."))))
    assert cue.text.split() == ["One.", "Two."]


def test_a_subtitle_that_begins_before_the_film_is_protected_from_its_start(write: Write) -> None:
    (cue,) = cues_in(write("1\n-00:00:01,000 --> 00:00:02,000\nHello\n"))
    assert cue.span == Span(0, 2_000)


@pytest.mark.parametrize(
    "time",
    [
        "00:00:03 --> 00:00:04",
        "00:03,000 --> 00:04,000",
        "00:00:03:000 --> 00:00:04:000",
        "00:00:03,000 -->",
        "00:00:O3,000 --> 00:00:O4,000",
    ],
)
def test_a_subtitle_whose_time_is_broken_is_not_lost_in_silence(write: Write, time: str) -> None:
    path = write(f"{srt((1_000, 2_000, 'Hello'))}\n2\n{time}\nWorld\n\n3\n00:00:05,000 --> 00:00:06,000\nBye\n")
    assert not_lost(path, 3_000, 4_000)


@pytest.mark.parametrize("text", ["{Come here!}", "{whispers} {Come here!}"])
def test_words_in_braces_are_not_lost_in_silence(write: Write, text: str) -> None:
    assert not_lost(write(srt((1_000, 2_000, "Hello"), (3_000, 4_000, text))), 3_000, 4_000)


@pytest.mark.parametrize(
    "text", ["[Script Info]", "http://www.w3.org/ns/ttml", "12:30:45: target in sight", "[1][2] go"]
)
def test_what_is_said_does_not_make_it_another_format(write: Write, text: str) -> None:
    path = write(srt((1_000, 2_000, "Hello"), (3_000, 4_000, text), (5_000, 6_000, "WEBVTT")))
    assert [cue.span.start_ms for cue in cues_in(path)] == [1_000, 3_000, 5_000]


# WebVTT

FULL_VTT = """WEBVTT - a film
Kind: captions
Language: en
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000

STYLE
::cue(v) { color: red }

REGION
id:fred
width:40%

NOTE one line

NOTE
of several
lines

intro
00:01.000 --> 00:02.000 align:start position:10%,line-left line:-1 size:50% region:fred
Hello

2
00:00:03.000 --> 00:00:04.000
<v Anna Maria>Hi <c.red>there</c>, <00:00:03.500><i>you</i></v>

NOTE between cues

00:00:05.000\t-->\t00:00:06.000
one
two
"""


def test_identifiers_settings_notes_styles_and_regions_are_no_dialogue(write: Write) -> None:
    cues = cues_in(write(FULL_VTT))
    assert timed(cues) == [(1_000, 2_000, "Hello"), (3_000, 4_000, "Hi there, you"), (5_000, 6_000, "one\ntwo")]
    assert [cue.speaker for cue in cues] == ["", "Anna Maria", ""]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("&lt;i&gt;not a tag&lt;/i&gt;", "<i>not a tag</i>"),
        ("it&#39;s", "it's"),
        ("&amp;amp;", "&amp;"),
        ("R&B", "R&B"),
    ],
)
def test_entities_in_webvtt_are_characters(write: Write, raw: str, text: str) -> None:
    assert timed(cues_in(write(vtt((1_000, 2_000, raw))))) == [(1_000, 2_000, text)]


@pytest.mark.parametrize("head", ["WEBVTT\n", "\ufeffWEBVTT\n\n", "\n\nWEBVTT\n\n", "WEBVTT\t\n\n", "WEBVTT\n\n\n\n"])
def test_heads_of_webvtt(write: Write, head: str) -> None:
    assert timed(cues_in(write(f"{head}00:01.000 --> 00:02.000\nHi"))) == [(1_000, 2_000, "Hi")]


def test_a_hundred_hours_are_a_hundred_hours(write: Write) -> None:
    assert timed(cues_in(write(vtt((100 * HOUR, 123 * HOUR, "Hi"))))) == [(100 * HOUR, 123 * HOUR, "Hi")]


@pytest.mark.parametrize(
    "time", ["00:03,000 --> 00:04,000", "00:00:03 --> 00:00:04", "00:03.000 -> 00:04.000", "00:03.000 --> 00:0x.000"]
)
def test_a_cue_whose_time_is_broken_is_not_lost_in_silence(write: Write, time: str) -> None:
    path = write(f"{vtt((1_000, 2_000, 'Hello'))}\n{time}\nWorld\n\n00:05.000 --> 00:06.000\nBye\n")
    assert not_lost(path, 3_000, 4_000)


# ASS and SSA


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


# What is refused

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
TTML = "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p begin='1s' end='2s'>{}</p></div></body></tt>"
OLD_TTML = (
    '<tt xmlns="http://www.w3.org/2006/10/ttaf1"><body><div>\n'
    '<p begin="00:00:01.000" end="00:00:02.000">Hello</p>\n'
    '<p begin="00:00:03.000" end="00:00:04.000">\nWorld</p>\n</div></body></tt>'
)
REFUSED = {
    "empty": "",
    "blank": " \n\r\n\t",
    "prose": "Dear diary,\ntoday it rained.\n",
    "header only": "WEBVTT\n\n",
    "notes only": "WEBVTT\n\nNOTE nothing here\n",
    "no events": ass(),
    "tags only": srt((1_000, 2_000, "<i></i>")),
    "ttml": TTML.format("Hello"),
    "billion laughs": f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY l0 "ha">{LAUGHS}]>{TTML.format("&l11;")}',
    "old ttml": OLD_TTML,
    "sami": "<SAMI><BODY><SYNC Start=1000><P>Hello</SAMI>",
    "json": '{"info": {}, "styles": {}, "events": []}',
    "microdvd": "{10}{20}Hello\n{30}{40}World\n",
    "nested json": "[" * 100_000,
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_what_is_not_subtitles_is_refused_in_one_line(write: Write, content: str, kind: type[InputError]) -> None:
    refusal(write(content), kind)


@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_binary_huge_missing_and_a_folder_are_refused_in_one_line(
    write: Write, tmp_path: Path, kind: type[InputError]
) -> None:
    refusal(write(bytes(range(256)) * 50, "film.mp4"), kind)
    refusal(tmp_path / "none.srt", kind)
    refusal(tmp_path, kind)
    huge = write(b"1\n", "huge.srt")
    with huge.open("r+b") as file:
        file.truncate(50_000_001)
    refusal(huge, kind)


@pytest.mark.parametrize("name", ["billion laughs", "ttml", "sami", "json"])
def test_what_is_not_read_is_not_parsed_either(write: Write, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def parsed(*_: Any, **__: Any) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(pysubs2.SSAFile, "from_string", parsed)
    monkeypatch.setattr(pysubs2.SSAFile, "from_file", parsed)
    refusal(write(REFUSED[name]))


@pytest.mark.parametrize("name", ["none such.srt", "none\nsuch.srt", "ünlesbar.srt", "none  such.srt"])
def test_the_file_is_named_on_one_line_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    with pytest.raises(SubtitleError) as caught:
        read_file(tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1
    assert name.replace("\n", " ") in str(caught.value)


@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 12), st.text(max_size=4)), max_size=4),
)
@settings(deadline=None)
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, form: str, damage: list[tuple[int, int, str]]
) -> None:
    text = FORMATS[form](*TWO)
    for at, lost, added in damage:
        text = text[:at] + added + text[at + lost :]
    path = tmp_path_factory.mktemp("damaged") / "film.srt"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = read_or_refused(path)
    assert found
    assert isinstance(found, list) or found == "refused"


# Scripts


@every_format
def test_a_script_may_be_of_any_format_and_is_in_order(write: Write, form: str) -> None:
    path = write(FORMATS[form]((61_000, 62_000, "He runs."), (1_000, 2_000, "A man.")))
    assert read_script(path)[0] == (Raw(1_000, 2_000, "A man."), Raw(61_000, 62_000, "He runs."))


@every_format
def test_a_line_of_a_script_needs_no_length(write: Write, form: str) -> None:
    path = write(FORMATS[form]((5_000, 5_000, "He runs."), (9_000, 8_000, "He stops.")))
    assert [(line.start_ms, line.text) for line in read_script(path)[0]] == [(5_000, "He runs."), (9_000, "He stops.")]


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_a_line_that_was_broken_in_two_is_one(write: Write, form: str) -> None:
    (line,), _ = read_script(write(FORMATS[form]((1_000, 2_000, "A man\n  walks  in."))))
    assert line.text == "A man walks in."


def test_a_script_is_said_as_it_is_written(write: Write) -> None:
    said = ["[door] He opens.", "NARRATOR: He opens.", "♪ ♪", "(He opens.)"]
    path = write(vtt(*((i * 1_000, i * 1_000 + 500, text) for i, text in enumerate(said))))
    assert [line.text for line in read_script(path)[0]] == said


def test_a_script_without_a_line_is_refused(write: Write) -> None:
    assert "holds no line" in refusal(write(vtt((1_000, 2_000, "<i> </i>"))), ScriptError)


def test_a_script_in_the_encoding_of_windows_is_said_right(write: Write) -> None:
    said = "Une femme âgée, très élégante, s'arrête près de la fenêtre où brûle une lumière."
    assert [line.text for line in read_script(write(srt((1_000, 2_000, said)).encode("cp1252")))[0]] == [said]


def spoken(start_ms: int, text: str) -> Speech:
    span = Span(start_ms, start_ms + 900)
    return Speech(Line(Segment(Gap(span), span, start_ms, 9), text, "x"), Path("none.wav"), span, 1.0)


TEXTS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30)


@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=4))
@settings(deadline=None)
def test_the_script_that_is_written_is_the_script_that_is_read(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("script") / "film.ad.vtt"
    path.write_text(webvtt_text(spoken(i * 1_000, text) for i, text in enumerate(texts)), "utf-8")
    assert [(line.start_ms, line.text) for line in read_script(path)[0]] == [
        (i * 1_000, " ".join(text.split())) for i, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    "text", ["A --> B", "WEBVTT", "NOTE a bird", "1 < 2 & 3 > 2", "<i>", "&amp;", "STYLE", "00:01.000 --> 00:02.000"]
)
def test_no_text_breaks_the_script(write: Write, text: str) -> None:
    path = write(webvtt_text([spoken(1_000, text), spoken(3_000, "Yes.")]))
    assert [line.text for line in read_script(path)[0]] == [text, "Yes."]


def test_notes_are_of_the_dialogue(write: Write) -> None:
    _, notes = read_file(write(srt((2_000, 1_000, "back"), (3_000, 4_000, "a"))))
    assert [type(note) for note in notes] == [Note]
    assert {note.stage for note in notes} == {"dialogue"}
