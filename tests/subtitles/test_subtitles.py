"""Subtitle files and tracks of any kind: read whole, or refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from films import make_film
from hypothesis import given, settings
from hypothesis import strategies as st
from subtitles.reading import cues_in, refusal, timed
from subtitles.written import HOUR, WRITERS, Timed, ass, microdvd, srt, ssa, vtt

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.media.probe import probe
from audiodesc.model import Film, Note, VideoTrack
from audiodesc.scripts import ScriptLine, document_of, read_script, write_script
from audiodesc.subtitles import film_cues, format_of, frame_rate, read_file
from audiodesc.subtitles.source import GARBLED

Write = Callable[..., Path]
FORMATS: dict[str, Callable[..., str]] = {"srt": srt, "vtt": vtt, "ass": ass, "ssa": ssa}
"""Those that may hold any cue: others know no length, or no hundredths."""

every_format = pytest.mark.parametrize("form", FORMATS)
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
    path = write(FORMATS[form]((1_000, 9_000, said)).encode("gb2312"))
    cues, (note,) = read_file(path)
    assert timed(cues) == [(1_000, 9_000, said)]
    assert note.stage == "dialogue"
    assert path.name in note.message
    assert "gb" in note.message


WORDS = st.lists(st.sampled_from(["Hello", "you", "there", "Où", "不", "it's", "No!"]), min_size=1, max_size=5).map(
    " ".join
)
TIMES = st.integers(0, 20 * HOUR // 10).map(lambda tens: tens * 10)
CUES = st.lists(
    st.tuples(TIMES, st.integers(100, 9_000).map(lambda n: n * 10), WORDS).map(lambda c: (c[0], c[0] + c[1], c[2])),
    min_size=1,
    max_size=3,  # more that overlap each other are captions that roll
    unique_by=lambda cue: cue[2],
)


@every_format
@given(cues=CUES)
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
def test_cues_that_end_before_they_begin_are_protected_with_a_note(write: Write, form: str) -> None:
    path = write(FORMATS[form]((5_000, 4_000, "back"), (26_000, 26_000, "flash"), (37_000, 38_000, "stays")))
    cues, notes = read_file(path)
    assert timed(cues) == [(4_000, 10_000, "back"), (26_000, 31_000, "flash"), (37_000, 38_000, "stays")]
    assert [("back" in note.message, "flash" in note.message) for note in notes] == [(True, False), (False, True)]


@every_format
def test_a_file_of_nothing_but_such_cues_is_read(write: Write, form: str) -> None:
    assert timed(cues_in(write(FORMATS[form]((5_000, 4_000, "back"))))) == [(4_000, 10_000, "back")]


@every_format
def test_a_cue_without_text_is_none(write: Write, form: str) -> None:
    assert timed(cues_in(write(FORMATS[form]((1_000, 2_000, ""), (3_000, 4_000, "Yes."))))) == [(3_000, 4_000, "Yes.")]


@every_format
def test_kinds_are_told_in_every_format(write: Write, form: str) -> None:
    cues = cues_in(write(FORMATS[form]((1_000, 2_000, "[thunder]"), (3_000, 4_000, "♪ la la ♪"), (5_000, 6_000, "Hi"))))
    assert [cue.kind for cue in cues] == ["sound", "lyrics", "speech"]


# Every format there is

SECONDS = st.integers(1, 7_000)
APART = (
    st.lists(SECONDS, min_size=2, max_size=12, unique=True)
    .map(sorted)
    .map(lambda at: [(a * 1000, b * 1000) for a, b in zip(at[::2], at[1::2], strict=False)])
)
FRAME_MS = 34
"""What SCC's clock is right to: a frame of 1001/30 ms."""


@pytest.mark.parametrize("name", WRITERS)
@given(spans=APART)
@settings(max_examples=15)
def test_what_any_format_holds_comes_back_in_its_time(
    tmp_path_factory: pytest.TempPathFactory, name: str, spans: list[tuple[int, int]]
) -> None:
    cues = [(start, end, f"Line {i}\nand more.") for i, (start, end) in enumerate(spans)]
    path = tmp_path_factory.mktemp("subs") / "film.srt"
    path.write_bytes(WRITERS[name](*cues))
    found, notes = read_file(path, Fraction(25))
    assert notes == ()
    assert [cue.text for cue in found] == [text for _, _, text in cues]
    slack = FRAME_MS if name == "scc" else 0
    for cue, (start, end, _) in zip(found, cues, strict=True):
        assert abs(cue.span.start_ms - start) <= slack
        assert abs(cue.span.end_ms - end) <= slack


@pytest.mark.parametrize("name", WRITERS)
def test_each_is_told_by_its_content(write: Write, name: str) -> None:
    path = write(WRITERS[name]((1_000, 2_000, "Hello.")), "film.mp4")
    assert format_of(path) == {"ssa": "ass"}.get(name, name)


@pytest.mark.parametrize("name", WRITERS)
def test_kinds_are_told_in_each(write: Write, name: str) -> None:
    cues, _ = read_file(
        write(WRITERS[name]((1_000, 2_000, "[thunder]"), (3_000, 4_000, "# la la #"), (5_000, 6_000, "ANNA: Hi"))),
        Fraction(25),
    )
    assert [(cue.kind, cue.speaker) for cue in cues] == [("sound", ""), ("lyrics", ""), ("speech", "Anna")]


# What is refused

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
TTML = "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p begin='1s' end='2s'>{}</p></div></body></tt>"
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is empty"),
    "blank": (" \n\r\n\t", "is empty"),
    "prose": ("Dear diary,\ntoday it rained.\n", "known format"),
    "header only": ("WEBVTT\n\n", "holds no"),
    "notes only": ("WEBVTT\n\nNOTE nothing here\n", "holds no"),
    "no events": (ass(), "holds no"),
    "tags only": (srt((1_000, 2_000, "<i></i>")), "holds no"),
    "no body": ("<tt xmlns='http://www.w3.org/ns/ttml'><head/></tt>", "holds no"),
    "billion laughs": (
        f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY l0 "ha">{LAUGHS}]>{TTML.format("&l11;")}',
        "line 1",
    ),
    "a web page": ("<!DOCTYPE html><html><body>Hello</body></html>", "<html>"),
    "json": ('{"info": {}, "styles": {}, "events": []}', "known format"),
    "nested json": ("[" * 100_000, "known format"),
    "frames without a rate": ("{10}{20}Hello\n{30}{40}World\n", "frames"),
    "scc without captions": ("Scenarist_SCC V1.0\n\nnothing\n", "captions"),
    "pgs": (b"PG\0\0\0\1\0\0\0\0\x16\0\x13" + b"\0" * 50, "pictures"),
    "vobsub": (b"\0\0\1\xba\x44" + b"\0" * 50, "pictures"),
    "vobsub's index": ("# VobSub index file, v7\nsize: 720x576\n", "pictures"),
    "bdn": ('<?xml version="1.0"?><BDN Version="0.93"></BDN>', "pictures"),
    "ttml of pictures": (
        "<tt xmlns='http://www.w3.org/ns/ttml' xmlns:smpte='http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt'>"
        "<body><div begin='1s' end='2s' smpte:backgroundImage='#a'/></body></tt>",
        "pictures",
    ),
    "zip": (b"PK\3\4\x14\0\0\0", "unpack"),
    "matroska": (b"\x1a\x45\xdf\xa3\x01\0\0\0", "Matroska"),
    "mp4": (b"\0\0\0\x20ftypisom\0\0\2\0", "MP4"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_what_is_not_subtitles_is_refused_in_one_line(write: Write, name: str, kind: type[InputError]) -> None:
    content, reason = REFUSED[name]
    assert reason in refusal(write(content), kind)


HUGE = {
    "srt": "".join(f"{i}\n00:00:01,000 --> 00:00:02,000\na\n\n" for i in range(25_000)),
    "ttml": TTML.format("</p><p begin='1s' end='2s'>a" * 25_000),
    "microdvd": "{1}{2}a\n" * 25_000,
    "blank lines": srt((1_000, 2_000, "Hello.")) + "\n" * 300_000,
    "scc": "Scenarist_SCC V1.0\n\n00:00:01:00\t" + "9420 " * 200_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_more_than_any_film_has_is_refused(write: Write, name: str) -> None:
    assert "more" in refusal(write(HUGE[name]))


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


@pytest.mark.parametrize("name", ["none such.srt", "none\nsuch.srt", "ünlesbar.srt", "none  such.srt"])
def test_the_file_is_named_on_one_line_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    with pytest.raises(SubtitleError) as caught:
        read_file(tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1
    assert name.replace("\n", " ") in str(caught.value)


# Scripts


def spoken(path: Path) -> list[tuple[int, int, str]]:
    return [(line.start_ms, line.end_ms, line.text) for line in read_script(path).lines]


def line(start_ms: int, text: str) -> ScriptLine:
    return ScriptLine(start_ms, start_ms + 900, text)


@every_format
def test_a_script_may_be_of_any_format(write: Write, form: str) -> None:
    path = write(FORMATS[form]((61_000, 62_000, "He runs."), (1_000, 2_000, "A man.")))
    assert sorted(spoken(path)) == [(1_000, 2_000, "A man."), (61_000, 62_000, "He runs.")]


@every_format
def test_a_line_of_a_script_needs_no_length(write: Write, form: str) -> None:
    path = write(FORMATS[form]((5_000, 5_000, "He runs."), (9_000, 8_000, "He stops.")))
    assert [(start_ms, text) for start_ms, _, text in spoken(path)] == [(5_000, "He runs."), (9_000, "He stops.")]


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_a_line_that_was_broken_in_two_is_one(write: Write, form: str) -> None:
    (line,) = read_script(write(FORMATS[form]((1_000, 2_000, "A man\n  walks  in.")))).lines
    assert line.text == "A man walks in."


def test_a_script_is_said_as_it_is_written(write: Write) -> None:
    said = ["[door] He opens.", "NARRATOR: He opens.", "♪ ♪", "(He opens.)"]
    path = write(vtt(*((i * 1_000, i * 1_000 + 500, text) for i, text in enumerate(said))))
    assert [line.text for line in read_script(path).lines] == said


def test_a_script_without_a_line_is_refused(write: Write) -> None:
    assert "holds no line" in refusal(write(vtt((1_000, 2_000, "<i> </i>"))), ScriptError)


def test_a_script_in_the_encoding_of_windows_is_said_right(write: Write) -> None:
    said = "Une femme âgée, très élégante, s'arrête près de la fenêtre où brûle une lumière."
    assert [line.text for line in read_script(write(srt((1_000, 2_000, said)).encode("cp1252"))).lines] == [said]


TEXTS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30).filter(
    lambda text: not GARBLED.search(text)  # is read as the note that it was
)


@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=4))
def test_the_script_that_is_written_is_the_script_that_is_read(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("script") / "film.ad.vtt"
    path.write_bytes(write_script("webvtt", document_of([line(i * 1_000, text) for i, text in enumerate(texts)])))
    assert [(one.start_ms, one.text) for one in read_script(path).lines] == [
        (i * 1_000, " ".join(text.split())) for i, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    "text", ["A --> B", "WEBVTT", "NOTE a bird", "1 < 2 & 3 > 2", "<i>", "&amp;", "STYLE", "00:01.000 --> 00:02.000"]
)
def test_no_text_breaks_the_script(write: Write, text: str) -> None:
    path = write(write_script("webvtt", document_of([line(1_000, text), line(3_000, "Yes.")])))
    assert [line.text for line in read_script(path).lines] == [text, "Yes."]


def test_notes_are_of_the_dialogue(write: Write) -> None:
    _, notes = read_file(write(srt((2_000, 1_000, "back"), (3_000, 4_000, "a"))))
    assert [type(note) for note in notes] == [Note]
    assert {note.stage for note in notes} == {"dialogue"}


HELLO, BYE = (1_000, 2_000, "Hello."), (58_000, 59_000, "Bye.")


def film(seconds: int = 60) -> Film:
    return Film(Path("film.mkv"), "f", "matroska", seconds * 1000, Fraction(0), VideoTrack(0, "h264", 160, 120), (), ())


@pytest.fixture(autouse=True)
def no_time_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no film on disk whose time code could be asked."""
    monkeypatch.setattr("audiodesc.subtitles.start_code", lambda film: "")


def later(cue: Timed, hours: int) -> Timed:
    return cue[0] + hours * HOUR, cue[1] + hours * HOUR, cue[2]


def test_a_file_that_fits_the_film_is_taken_as_it_is(write: Write) -> None:
    cues, notes = film_cues(film(), write(srt(HELLO, BYE)))
    assert timed(cues) == [HELLO, BYE]
    assert notes == ()


@pytest.mark.parametrize("hours", [1, 10])
def test_a_time_code_that_begins_at_a_whole_hour_is_moved_with_a_note(write: Write, hours: int) -> None:
    cues, (note,) = film_cues(film(), write(srt(later(HELLO, hours), later(BYE, hours))))
    assert timed(cues) == [HELLO, BYE]
    assert f"{hours:02}:00:00:00" in note.message


def test_a_late_first_subtitle_of_a_long_film_stays(write: Write) -> None:
    cues, notes = film_cues(film(7_200), write(srt(later(HELLO, 1))))
    assert timed(cues) == [later(HELLO, 1)]
    assert notes == ()


def test_what_fits_neither_way_stays_with_a_doubt(write: Write) -> None:
    one = (20_000, 21_000, "Hello.")  # at 0:00 it would be a subtitle zero
    cues, (note,) = film_cues(film(), write(srt(one, later(BYE, 1))))
    assert timed(cues) == [one, later(BYE, 1)]
    assert "another film" in note.message


def test_an_endless_subtitle_is_told(write: Write) -> None:
    (note,) = film_cues(film(120), write(srt((1_000, 62_000, "For ever."))))[1]
    assert "longer than a minute" in note.message


@pytest.mark.parametrize("fps", [24, 25, 30])
def test_frames_are_counted_at_the_films_own_rate(write: Write, tmp_path: Path, fps: int) -> None:
    made = probe(make_film(tmp_path / "film.mkv", 4, fps=fps))
    assert frame_rate(made) == fps
    assert timed(film_cues(made, write(microdvd((1_000, 2_000, "Hello."), fps=fps)))[0]) == [HELLO]


def test_a_film_is_not_opened_for_its_rate_where_none_is_needed(write: Write) -> None:
    assert timed(film_cues(film(), write(srt(HELLO)))[0]) == [HELLO]  # there is no such film on disk
