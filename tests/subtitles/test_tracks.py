"""Text tracks inside films."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Stream
from films import FFMPEG, make_film, write_srt
from hypothesis import given
from hypothesis import strategies as st
from line21 import EDM, ENM, EOC, RCL, ROW_14, cc, cc_text, channel, words
from subtitles.reading import timed
from subtitles.written import ttml

from audiodesc.core.speech_rate import SHORTEST_MS
from audiodesc.errors import SubtitleError, UsageError
from audiodesc.media.probe import probe
from audiodesc.model import Cue, Film, Note, Span, SubtitleTrack, VideoTrack
from audiodesc.subtitles import film_cues
from audiodesc.subtitles.source import RawCue
from audiodesc.subtitles.tracks import codec_of, merged, read_track, text_track

CUES = [(1_000, 2_000, "<i>Where</i> are you?\nHere."), (2_500, 3_000, "[door opens]"), (3_000, 3_900, "ANNA: No.")]
READ = (
    Cue(Span(1_000, 2_000), "Where are you?\nHere."),
    Cue(Span(2_500, 3_000), "[door opens]", "sound"),
    Cue(Span(3_000, 3_900), "No.", "speech", "Anna", ("Anna",)),
)


def film_with(*tracks: SubtitleTrack) -> Film:
    return Film(Path("film.mkv"), "f", "matroska", 4_000, Fraction(0), VideoTrack(0, "h264", 160, 120), (), tracks)


def with_text(folder: Path, suffix: str = ".mkv", codec: str = "srt", *options: str) -> Path:
    """A film of 4 s with CUES inside."""
    plain, subs = make_film(folder / f"plain{suffix}", 4), write_srt(folder / "subs.srt", CUES)
    film = folder / f"film{suffix}"
    inputs: list[str | Path] = ["-loglevel", "error", "-i", plain, "-i", subs, "-map", "0", "-map", "1"]
    subprocess.run([FFMPEG, *inputs, "-c", "copy", "-c:s", codec, *options, film], check=True)
    return film


Sample = tuple[int, int, bytes]
"""From when to when, in ms, and what is in it."""


def with_samples(folder: Path, tag: bytes, handler: bytes, *samples: Sample) -> Path:
    """An MP4 of 4 s with these samples in a text track of that kind."""
    film = folder / f"{tag.decode()}.mp4"
    with av.open(str(with_text(folder, ".mp4", "mov_text"))) as source, av.open(str(film), "w") as sink:
        streams = {stream.index: sink.add_stream_from_template(stream) for stream in source.streams}
        text = streams[source.streams.subtitles[0].index]
        for packet in source.demux():
            if packet.pts is not None and packet.stream.type != "subtitle":
                packet.stream = streams[packet.stream.index]
                sink.mux(packet)
        for start, end, data in samples:
            sink.mux(packed(data, text, start, end - start))
    film.write_bytes(film.read_bytes().replace(b"tx3g", tag).replace(b"sbtl", handler))
    return film


def packed(data: bytes, stream: Stream, start_ms: int, lasts_ms: int) -> av.Packet[Any]:
    packet = av.Packet(data)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = start_ms
    packet.duration = lasts_ms
    return packet


def in_transport_stream(folder: Path, document: bytes) -> Path:
    """A transport stream of 4 s whose clock starts at 1.4 s, with a document in a packet of private data."""
    film = folder / "film.ts"
    with av.open(str(make_film(folder / "plain.ts", 4))) as source, av.open(str(film), "w") as sink:
        video, data = sink.add_stream_from_template(source.streams.video[0]), sink.add_data_stream()
        packets = [packet for packet in source.demux(video=0) if packet.pts is not None]
        first = av.Packet(document)
        first.stream, first.time_base, first.pts, first.dts = data, packets[0].time_base, packets[0].pts, packets[0].dts
        sink.mux(first)
        for packet in packets:
            packet.stream = video
            sink.mux(packet)
    return film


def box(name: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + name + content


def vttc(text: str) -> bytes:
    """A cue of WebVTT as ISO/IEC 14496-30 has it."""
    return box(b"vttc", box(b"sttg", b"line:1") + box(b"payl", text.encode()))


def cdat(*words: str) -> bytes:
    """Words of CEA-608 as QuickTime has them."""
    return box(b"cdat", bytes.fromhex("".join(words)))


def read(film: Path) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    opened = probe(film)
    track = text_track(opened)
    assert track is not None
    return read_track(opened, track)


def copied(film: Path, out: Path) -> Path:
    """The film in another container, its packets as they are."""
    with av.open(str(film)) as source, av.open(str(out), "w") as sink:
        streams = {stream.index: sink.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.pts is not None:
                packet.stream = streams[packet.stream.index]
                sink.mux(packet)
    return out


def without_lengths(film: Path) -> Path:
    """The film again, with packets of text that do not say how long they last."""
    out = film.with_stem("lengthless")
    with av.open(str(film)) as source, av.open(str(out), "w") as sink:
        streams = {stream.index: sink.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.pts is not None:
                if packet.stream.type == "subtitle":
                    packet.duration = 0
                packet.stream = streams[packet.stream.index]
                sink.mux(packet)
    return out


@pytest.mark.parametrize(
    ("tracks", "index"),
    [
        ([], None),
        ([SubtitleTrack(2, "pgs", "", False, default=True), SubtitleTrack(3, "subrip", "", True)], 3),
        ([SubtitleTrack(2, "subrip", "", True, is_whole=False, default=True), SubtitleTrack(3, "ass", "", True)], 3),
        ([SubtitleTrack(2, "pgs", "", False), SubtitleTrack(3, "subrip", "", True, is_whole=False)], None),
    ],
)
def test_a_whole_text_track_is_taken(tracks: list[SubtitleTrack], index: int | None) -> None:
    taken = text_track(film_with(*tracks))
    assert (taken and taken.index) == index


def with_titles(folder: Path, suffix: str, *titles: str) -> Path:
    """A film of 4 s with a text track of each title, in order after the picture; the first is the default one unless
    a title ends with "*"."""
    plain, film = make_film(folder / f"plain{suffix}", 4), folder / f"film{suffix}"
    subs = write_srt(folder / "subs.srt", CUES)
    command: list[str | Path] = [FFMPEG, "-loglevel", "error", "-i", plain, "-i", subs, "-map", "0:v"]
    default = next((n for n, title in enumerate(titles) if title.endswith("*")), 0)
    for n, title in enumerate(titles):
        key = "title" if suffix == ".mkv" else "handler_name"
        command += ["-map", "1", f"-metadata:s:s:{n}", f"{key}={title.rstrip('*')}"]
        command += [f"-disposition:s:{n}", "default" if n == default else "0"]
    codec = "srt" if suffix == ".mkv" else "mov_text"
    subprocess.run([*command, "-c", "copy", "-c:s", codec, film], check=True)
    return film


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize(
    ("titles", "index"),
    [
        (["", ""], 1),
        (["", "*"], 2),
        (["English", "Deutsch*"], 2),
        (["Signs & Songs", "English"], 2),
        (["English", "Signs & Songs*"], 1),
        (["Forced", "Commentary", "English", "English SDH"], 3),
        (["Director's commentary", "English"], 2),
        (["Forcés", "Français"], 2),
        (["Full (dialogue, signs and songs)", "Signs"], 1),
        (["Signs", "Songs*"], 2),  # nothing else is there
        (["Signs & Songs"], 1),
        (["Designs", "Songbook of Mary*"], 2),
    ],
)
def test_a_track_that_is_called_signs_or_songs_is_not_the_dialogue(
    tmp_path: Path, titles: list[str], index: int, suffix: str
) -> None:
    taken = text_track(probe(with_titles(tmp_path, suffix, *titles)))
    assert taken
    assert taken.index == index


def test_the_note_names_the_track_that_was_taken_and_the_one_that_was_not(tmp_path: Path) -> None:
    _, (note, *_) = film_cues(probe(with_titles(tmp_path, ".mkv", "Signs & Songs", "English")), None)
    assert "taken from track 2" in note.message
    assert "not from track 1 (“Signs & Songs”)" in note.message


def test_captions_in_capitals_in_a_film_tell_no_title(tmp_path: Path) -> None:
    plain, film = make_film(tmp_path / "plain.mkv", 4), tmp_path / "film.mkv"
    subs = write_srt(tmp_path / "subs.srt", [(1_000, 2_000, "{\\an8}TOKYO"), (2_000, 3_000, "HELLO.")])
    command = [FFMPEG, "-loglevel", "error", "-i", plain, "-i", subs, "-map", "0:v", "-map", "1"]
    subprocess.run([*command, "-c", "copy", film], check=True)
    assert [cue.kind for cue in read(film)[0]] == ["speech", "speech"]


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".mkv", "srt"),
        (".mkv", "ass"),
        (".mkv", "webvtt"),
        (".webm", "webvtt"),
        (".mp4", "mov_text"),
        (".mov", "mov_text"),
        (".mp4", "ttml"),  # stpp
    ],
)
def test_text_inside_a_film_is_read(tmp_path: Path, suffix: str, codec: str) -> None:
    film = probe(with_text(tmp_path, suffix, codec))
    track = text_track(film)
    assert track is not None
    assert read_track(film, track) == (READ, ())


def test_times_are_on_the_films_clock(tmp_path: Path) -> None:
    film = probe(with_text(tmp_path))
    later = replace(film, zero_s=film.zero_s + Fraction(1, 2))
    cues, _ = read_track(later, film.subtitle_tracks[0])
    assert [(cue.span.start_ms, cue.span.end_ms) for cue in cues] == [(500, 1_500), (2_000, 2_500), (2_500, 3_400)]


def test_a_cue_of_no_length_lasts_until_the_next_and_five_seconds_at_most(tmp_path: Path) -> None:
    film = probe(without_lengths(with_text(tmp_path)))
    track = text_track(film)
    assert track is not None
    cues, (note,) = read_track(film, track)
    assert [(cue.span.start_ms, cue.span.end_ms) for cue in cues] == [
        (1_000, 2_500),
        (2_500, 3_500),  # one second at least
        (3_000, 3_000 + SHORTEST_MS),
    ]
    assert "up to 5 s" in note.message


def test_a_track_without_text_is_refused_by_number(tmp_path: Path) -> None:
    plain, subs = make_film(tmp_path / "plain.mkv", 4), write_srt(tmp_path / "subs.srt", [(1_000, 2_000, "<i> </i>")])
    command = [FFMPEG, "-loglevel", "error", "-i", plain, "-i", subs, "-map", "0", "-map", "1", "-c:v", "copy"]
    subprocess.run([*command, tmp_path / "film.mkv"], check=True)
    film = probe(tmp_path / "film.mkv")
    with pytest.raises(SubtitleError, match="track 1 holds no subtitle") as caught:
        read_track(film, film.subtitle_tracks[0])
    assert "--subs" in caught.value.remedy


def test_webvtt_in_mp4_is_known_by_its_boxes(tmp_path: Path) -> None:
    film = with_samples(
        tmp_path,
        b"wvtt",
        b"text",
        (0, 1_000, box(b"vtte", b"")),
        (1_000, 2_000, vttc("<v Mary>Hi <i>you</i> &amp; me")),
        (2_000, 2_500, vttc("<v Mary>Hi <i>you</i> &amp; me") + vttc("Yes.")),
        (2_500, 3_000, box(b"vtte", b"")),
    )
    cues, notes = read(film)
    assert timed(cues) == [(1_000, 2_500, "Hi you & me"), (2_000, 2_500, "Yes.")]
    assert [cue.speaker for cue in cues] == ["Mary", ""]
    assert notes == ()


def test_captions_in_mp4_are_shown_when_they_are_ended(tmp_path: Path) -> None:
    words = cc(ENM, RCL, ROW_14) + cc_text("Hello.") + cc(EOC)
    film = with_samples(
        tmp_path, b"c608", b"clcp", (1_000, 1_400, cdat(*words)), (3_000, 3_067, cdat(*cc(EDM))), (3_100, 3_200, cdat())
    )
    (cue,), notes = read(film)
    assert cue.text == "Hello."
    assert abs(cue.span.start_ms - (1_000 + (len(words) - 2) * 1001 / 30)) < 34
    assert abs(cue.span.end_ms - 3_000) < 34
    assert notes == ()


def test_captions_of_the_second_field_are_another_channel(tmp_path: Path) -> None:
    first = "".join(words(RCL, ROW_14, "Hello.", EOC))
    second = "".join(channel(3, RCL, ROW_14, "Hola.", EOC))
    both = box(b"cdat", bytes.fromhex(first)) + box(b"cdt2", bytes.fromhex(second))
    (cue,), notes = read(with_samples(tmp_path, b"c608", b"clcp", (1_000, 1_400, both), (3_000, 3_067, cdat(*cc(EDM)))))
    assert cue.text == "Hello."
    assert [note.message for note in notes] == ["closed captions: CC1 is read, not CC3"]


def test_captions_that_quicktime_has_in_a_track_of_its_own(tmp_path: Path) -> None:
    # One word in each frame, as such tracks are; FFmpeg writes the boxes.
    burst = words(RCL, ROW_14, "Hello.", EOC)
    starts = [round(at * 1001 / 30) for at in range(20, 20 + len(burst))]
    samples = [(start, start + 33, cdat(word)) for start, word in zip(starts, burst, strict=True)]
    source = with_samples(tmp_path, b"c608", b"clcp", *samples, (3_000, 3_033, cdat(cc(EDM)[0])))
    film = copied(source, tmp_path / "film.mov")
    assert b"c608" in film.read_bytes()
    assert timed(read(film)[0]) == [(starts[-2], 3_000, "Hello.")]


@pytest.mark.parametrize("sample_ms", [0, 2_000])
def test_documents_count_from_the_films_start_or_from_their_sample(tmp_path: Path, sample_ms: int) -> None:
    # Where a document's times are over before its sample begins, they can only be counted from there.
    film = with_samples(tmp_path, b"stpp", b"subt", (sample_ms, 4_000, ttml((500, 1_500, "Hello.")).encode()))
    assert timed(read(film)[0]) == [(sample_ms + 500, sample_ms + 1_500, "Hello.")]


def test_a_document_that_spans_two_samples_is_said_once(tmp_path: Path) -> None:
    document = ttml((1_000, 3_000, "Hello.")).encode()
    film = with_samples(tmp_path, b"stpp", b"subt", (0, 2_000, document), (2_000, 4_000, document))
    assert timed(read(film)[0]) == [(1_000, 3_000, "Hello.")]


def test_a_damaged_sample_is_told_and_costs_no_other(tmp_path: Path) -> None:
    good, bad = ttml((1_000, 2_000, "Hello.")).encode(), b"<tt xmlns="
    cues, (note,) = read(with_samples(tmp_path, b"stpp", b"subt", (0, 2_000, good), (2_000, 4_000, bad)))
    assert timed(cues) == [(1_000, 2_000, "Hello.")]
    assert "2000 ms" in note.message


def test_an_xml_bomb_inside_a_film_makes_nothing(tmp_path: Path) -> None:
    bomb = ttml((500, 1_500, "&a;")).replace("?>", "?><!DOCTYPE tt [<!ENTITY a 'b'>]>", 1).encode()
    with pytest.raises(SubtitleError, match="holds no subtitle"):
        read(with_samples(tmp_path, b"stpp", b"subt", (0, 4_000, bomb)))


def test_documents_in_a_transport_stream_are_found(tmp_path: Path) -> None:
    cues, _ = read(in_transport_stream(tmp_path, ttml((1_000, 2_000, "Hello."), (3_000, 4_000, "[thunder]")).encode()))
    assert timed(cues) == [(1_000, 2_000, "Hello."), (3_000, 4_000, "[thunder]")]


def test_where_a_streams_clock_begins_anew_its_documents_go_on_too(tmp_path: Path) -> None:
    """Two streams of 4 s joined byte for byte, each with a document that counts from its own start."""
    (tmp_path / "second").mkdir()
    film = in_transport_stream(tmp_path, ttml((1_000, 2_000, "Hello.")).encode())
    other = in_transport_stream(tmp_path / "second", ttml((500, 1_500, "Again.")).encode())
    film.write_bytes(film.read_bytes() + other.read_bytes())
    assert timed(read(film)[0]) == [(1_000, 2_000, "Hello."), (4_500, 5_500, "Again.")]


def test_data_that_is_no_text_is_no_track(tmp_path: Path) -> None:
    assert text_track(probe(in_transport_stream(tmp_path, b"\x47 none of ours" * 50))) is None


@pytest.mark.parametrize(
    ("codec", "is_text", "said"),
    [("hdmv_pgs_subtitle", False, "pictures only (hdmv_pgs_subtitle)"), ("", False, "teletext"), (None, False, "no ")],
)
def test_a_film_without_text_is_refused_with_what_it_has(
    codec: str | None, is_text: bool, said: str, tmp_path: Path
) -> None:
    tracks = () if codec is None else (SubtitleTrack(2, codec, "", is_text),)
    film = replace(probe(make_film(tmp_path / "film.mkv", 1)), subtitle_tracks=tracks)
    with pytest.raises(SubtitleError, match="--subs") as caught:
        film_cues(film, None)
    assert said in caught.value.fault


ARABIC, ENGLISH, GERMAN = (
    SubtitleTrack(2, "subrip", "ara", True),
    SubtitleTrack(3, "subrip", "eng", True),
    SubtitleTrack(4, "subrip", "ger", True),
)
PICTURES = SubtitleTrack(5, "hdmv_pgs_subtitle", "fra", False)


def chosen(*tracks: SubtitleTrack, languages: tuple[str, ...] = (), wanted: int | str | None = None) -> int | None:
    taken = text_track(film_with(*tracks), wanted, languages)
    return taken.index if taken else None


@pytest.fixture
def untitled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films that are not on the disk have no titles."""
    monkeypatch.setattr("audiodesc.subtitles.tracks.partial_tracks", lambda film: {})


@pytest.mark.usefixtures("untitled")
@pytest.mark.parametrize(
    ("languages", "index"),
    [
        ((), 2),
        (("eng", ""), 3),
        (("English",), 3),
        (("deu", "en"), 4),
        (("fra", "de-AT"), 4),
        (("", "en-GB"), 3),
        (("fra", "ita"), 2),
    ],
)
def test_the_track_in_the_sounds_language_or_else_the_descriptions(languages: tuple[str, ...], index: int) -> None:
    assert chosen(ARABIC, ENGLISH, GERMAN, languages=languages) == index


@pytest.mark.usefixtures("untitled")
def test_a_default_track_of_another_language_is_not_read() -> None:
    arabic = replace(ARABIC, default=True)
    assert chosen(arabic, ENGLISH, languages=("eng",)) == 3
    assert chosen(arabic, ENGLISH, languages=("ita",)) == 2
    assert chosen(ARABIC, ENGLISH, replace(ENGLISH, index=9, default=True), languages=("eng",)) == 9


@pytest.mark.parametrize(
    ("wanted", "index"), [(1, 2), ("2", 3), ("3", 4), ("de", 4), ("German", 4), ("ara", 2), ("en-US", 3)]
)
def test_the_track_that_is_asked_for(wanted: int | str, index: int) -> None:
    assert chosen(ARABIC, ENGLISH, GERMAN, PICTURES, languages=("eng",), wanted=wanted) == index


@pytest.mark.parametrize("wanted", [0, 5, "ja", "", "9" * 5000, "-1"])
def test_a_track_that_is_not_there_lists_those_that_are(wanted: int | str) -> None:
    with pytest.raises(UsageError, match=r"1 \(ara\), 2 \(eng\), 3 \(ger\), 4 \(fra\)"):
        chosen(ARABIC, ENGLISH, GERMAN, PICTURES, wanted=wanted)
    with pytest.raises(UsageError, match="leave --subs-track out"):
        chosen(wanted=wanted)


@pytest.mark.parametrize("wanted", [4, "fr"])
def test_pictures_that_are_asked_for_are_no_text(wanted: int | str) -> None:
    with pytest.raises(SubtitleError, match=r"4 \(fra\) is no text \(hdmv_pgs_subtitle\)"):
        chosen(ARABIC, ENGLISH, GERMAN, PICTURES, wanted=wanted)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"<?xml version='1.0'?><tt xmlns='http://www.w3.org/ns/ttml'>", "ttml"),
        (b"\xef\xbb\xbf<tt:tt>", "ttml"),
        (b"\0\0\0\x08vtte", "wvtt"),
        (b"\0\0\0\x20vttcpayl", "wvtt"),
        (b"<html>", ""),
        (b"\0\0\0\x08free", ""),
        (b"Hello", ""),
        (b"", ""),
    ],
)
def test_what_a_packet_without_a_name_holds(data: bytes, form: str) -> None:
    assert codec_of(data) == form


def test_a_cue_that_goes_on_or_is_told_again_is_one() -> None:
    assert merged([RawCue(0, 2, "a"), RawCue(2, 4, "a"), RawCue(3, 4, "a"), RawCue(9, 10, "a")]) == [
        RawCue(0, 4, "a"),
        RawCue(9, 10, "a"),
    ]


def test_cues_of_two_voices_or_texts_stay_two() -> None:
    raw = [RawCue(0, 2, "a", "Mary"), RawCue(1, 2, "a", "Tom"), RawCue(1, 3, "b")]
    assert merged(raw) == raw


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.sampled_from("ab")), max_size=9))
def test_joining_protects_the_same_moments(parts: list[tuple[int, int, str]]) -> None:
    raw = [RawCue(start, start + lasts, text) for start, lasts, text in parts]

    def moments(cues: list[RawCue]) -> set[tuple[str, int]]:
        return {(one.text, moment) for one in cues for moment in range(one.start_ms, one.end_ms)}

    assert moments(merged(raw)) == moments(raw)
