"""A folder for a web site: what is in it, bit for bit what was in the film, and each time where it is shown."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import pytest
import webvtt
from clicking import astray, clicking, heard_by_ffmpeg, seconds
from deliver.web_sites import CHOSEN, CUES, EVIL, EXTENDED, LINES, LONG, script, site
from films import FFMPEG, Sound, clicks, make_film, write_srt
from test_extended import silent_clicks

from audiodesc import pipeline
from audiodesc.core.stops import NO_STOPS
from audiodesc.deliver.web.page import FilmTracks, PageContent, as_page
from audiodesc.deliver.web.tracks import descriptions
from audiodesc.errors import FilmError, UsageError
from audiodesc.media.probe import probe
from audiodesc.media.web_film import check_web_picture, write_web_film
from audiodesc.model import Cue, Span
from audiodesc.project import Result
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.settings import DialogueSettings, RunSettings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Of an MP4 with chapters."""
    return site(tmp_path_factory.mktemp("plain"), chapters=True)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Of a Matroska with FLAC, in two languages, that stops for a line."""
    sounds = [Sound(clicks(12, 2), "stereo", language=one) for one in ("eng", "fra")]
    return site(tmp_path_factory.mktemp("other"), "film.mkv", EXTENDED, [(1_000, LONG)], sounds)


def packets(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as film:
        stream = next(one for one in film.streams if one.type == kind)
        return [bytes(packet) for packet in film.demux(stream) if packet.size]


def shown(path: Path) -> list[tuple[float, float]]:
    """When each cue is shown, in seconds."""
    return [(_seconds(cue.start), _seconds(cue.end)) for cue in webvtt.read(str(path)).captions]


def _seconds(time: str) -> float:
    hours, minutes, rest = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_the_films_are_the_film_bit_for_bit(made: Result) -> None:
    """Of the described one the picture; its sound is the mixed track."""
    folder = made.files["web"]
    for kind in ("video", "audio"):
        assert packets(folder / "film.mp4", kind) == packets(made.film.path, kind)
    assert packets(folder / "described.mp4", "video") == packets(made.film.path, "video")
    track = packets(made.files["track"], "audio")
    assert packets(folder / "described.mp4", "audio") == packets(folder / "described.m4a", "audio") == track


def test_the_described_film_is_marked_and_the_film_is_not(made: Result) -> None:
    marked = {}
    for name in ("film.mp4", "described.mp4"):
        with av.open(str(made.files["web"] / name)) as film:
            sound = film.streams.audio[0]
            is_marked = bool(sound.disposition & av.stream.Disposition.visual_impaired)
            marked[name] = (is_marked, sound.metadata.get("handler_name") == "Audio description")
    assert marked == {"film.mp4": (False, False), "described.mp4": (True, True)}


def test_what_is_played_begins_at_once_and_at_its_sample(made: Result) -> None:
    folder = made.files["web"]
    for name in ("film.mp4", "described.mp4"):
        content = (folder / name).read_bytes()
        assert content.index(b"moov") < content.index(b"mdat")
        assert [one.type for one in av.open(str(folder / name)).streams] == ["video", "audio"]
        late = astray(heard_by_ffmpeg(folder / name, 2)[0], seconds(3, 8, 10))
        assert late == [0, 0, 0], name


def test_the_tracks_have_the_times_of_the_film(made: Result) -> None:
    """No description begins with the film: a player would speak it before it plays."""
    folder = made.files["web"]
    assert shown(folder / "captions.en.vtt") == [(start / 1000, end / 1000) for start, end, _ in CUES]
    assert shown(folder / "chapters.vtt") == [(0, 5), (5, 12)]
    assert [start for start, _ in shown(folder / "descriptions.en-gb.vtt")] == [0.001, 5.0]
    assert "&lt;/script&gt;&lt;b&gt;gone" in (folder / "descriptions.en-gb.vtt").read_text("utf-8")
    text = (folder / "captions.en.vtt").read_text("utf-8")
    assert "\nHello there,\nmy friend.\n" in text
    assert "\nAnna: a &lt; b &amp; c\n" in text
    assert "\n[door slams]\n" in text


def test_nothing_else_lies_there(made: Result) -> None:
    assert sorted(path.name for path in made.files["web"].iterdir()) == [
        "captions.en.vtt", "chapters.vtt", "described.m4a", "described.mp4", "descriptions.en-gb.vtt", "film.mp4",
        "index.html", "player.js", "style.css",
    ]  # fmt: skip


def test_the_page_has_no_script_and_no_style_of_its_own(made: Result) -> None:
    page = (made.files["web"] / "index.html").read_text("utf-8")
    assert re.findall(r"<script[^>]*>", page) == ['<script src="player.js" defer>']
    assert not re.search(r"<style|\sstyle=|\son\w+=\"|https?://(?!cv\.iptc)", page)
    assert "script-src 'self'; style-src 'self'" in page
    assert EVIL.split(" onerror")[0] not in page


def test_a_part_is_on_its_own_clock(made: Result) -> None:
    """From 4 s on the description of 5 s comes after one, and the caption of 9 s after five."""
    settings = replace(CHOSEN, run=RunSettings(part_from="4", part_to="11.5"))
    part = pipeline.render(made.files["script"].parent, settings=settings)
    folder = part.files["web"]
    assert folder.name == "film.00-04_00-11.5.web"
    assert shown(folder / "captions.en.vtt") == [(0, 0.5), (5.0, 5.9), (7.0, 7.5)]
    assert [start for start, _ in shown(folder / "descriptions.en-gb.vtt")] == [1.0]
    assert shown(folder / "chapters.vtt") == [(0, 1), (1, 7.5)]
    for name in ("film.mp4", "described.mp4"):
        assert probe(folder / name).duration_ms == pytest.approx(7_500, abs=110)
        assert astray(heard_by_ffmpeg(folder / name, 2)[0], seconds(4, 5)) in ([0, 0], [1, 1], [-1, -1]), name


def test_an_extended_film_has_tracks_of_its_own(other: Result) -> None:
    """The film is as it is; the described one is longer by its stop, and so are all times behind it."""
    folder = other.files["web"]
    (stop,) = json.loads(other.files["stops"].read_text("utf-8"))["stops"]
    later = stop["length_ms"] / 1000
    assert later > 1
    assert probe(folder / "film.mp4").duration_ms == pytest.approx(12_000, abs=110)
    assert probe(folder / "described.mp4").duration_ms == pytest.approx(12_000 + stop["length_ms"], abs=110)
    plain = shown(folder / "captions.en.vtt")
    assert plain == [(start / 1000, end / 1000) for start, end, _ in CUES]
    moved = [pytest.approx((start + later, end + later)) for start, end in plain]
    assert shown(folder / "captions.en.described.vtt") == moved
    clicks_at = seconds(5, 10)
    assert astray(heard_by_ffmpeg(folder / "film.mp4", 2)[0], clicks_at) == [0, 0]
    late = [place + round(later * 48_000) for place in clicks_at]
    assert astray(heard_by_ffmpeg(folder / "described.mp4", 2)[0], late) == [0, 0]
    assert f'data-stops="[[{stop["film_ms"]}, {stop["length_ms"]}]]"' in (folder / "index.html").read_text("utf-8")


def test_text_tracks_of_the_film_are_there_once_each(tmp_path: Path) -> None:
    """The dialogue is read of the first, which takes its language from there; the second is beside it. Neither keeps
    the marks of its format."""
    cues = [(start, end, text.replace("ANNA", "EVA")) for start, end, text in CUES]
    german = [(3_100, 4_500, "Hallo, <i>mein</i> Freund."), (9_000, 9_900, "EVA: a < b & c")]
    source = make_film(tmp_path / "plain.mkv", 12, sounds=[silent_clicks(12)])
    more = [write_srt(tmp_path / f"{n}.srt", one) for n, one in enumerate((cues, german))]
    inputs: list[str | Path] = [
        "-i",
        source,
        "-i",
        more[0],
        "-i",
        more[1],
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "2",
        "-c",
        "copy",
    ]
    names: list[str | Path] = [
        "-metadata:s:s:0",
        "language=eng",
        "-metadata:s:s:1",
        "language=deu",
        tmp_path / "film.mkv",
    ]
    subprocess.run([FFMPEG, "-loglevel", "error", *inputs, *names], check=True)
    (tmp_path / "mine.vtt").write_text(script(LINES), "utf-8")
    folder = pipeline.render(tmp_path / "film.mkv", tmp_path / "mine.vtt", settings=CHOSEN).files["web"]
    page = (folder / "index.html").read_text("utf-8")
    tracks = re.findall(r'<track kind="(\w+)" srclang="(\S+)" label="([^"]+)" src="(\S+)">', page)
    assert tracks[:3] == [
        ("captions", "en", "English", "captions.en.vtt"),
        ("subtitles", "de", "Deutsch", "subtitles.2.de.vtt"),
        ("descriptions", "en-GB", "Audio description", "descriptions.en-gb.vtt"),
    ]
    assert "\nHallo, mein Freund.\n" in (folder / "subtitles.2.de.vtt").read_text("utf-8")


def test_what_browsers_do_not_have_is_said(other: Result) -> None:
    said = [note.message for note in other.report.notes if note.stage == "web"]
    assert said == [
        "browsers let nobody choose a sound track: 1 other of the film not there",
        "the film's sound (flac) was encoded again as AAC: not every browser plays it",
    ]
    assert probe(other.files["web"] / "film.mp4").audio_tracks[0].language == "eng"


def test_a_film_without_sound_is_on_the_page_too(tmp_path: Path) -> None:
    made = site(tmp_path, sounds=[], lines=[(1_000, "A red wall.")], cues=[])
    folder = made.files["web"]
    assert [one.type for one in av.open(str(folder / "film.mp4")).streams] == ["video"]
    assert [one.type for one in av.open(str(folder / "described.mp4")).streams] == ["video", "audio"]
    assert "<select" not in (folder / "index.html").read_text("utf-8")


def test_a_picture_that_no_browser_plays_is_refused_before_the_work(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.webm", 1)
    (tmp_path / "mine.vtt").write_text(script(LINES), "utf-8")
    with pytest.raises(FilmError, match=r"no browser plays its picture \(vp8\) in an MP4: describe a copy") as found:
        pipeline.render(film, tmp_path / "mine.vtt", settings=CHOSEN)
    assert "\n" not in str(found.value)
    assert not (tmp_path / "film.ad").exists()


def test_a_script_without_a_mix_has_no_site(made: Result) -> None:
    with pytest.raises(UsageError, match="web is made of the mixed sound"):
        pipeline.describe(made.film.path, settings=replace(CHOSEN, dialogue=DialogueSettings(subs=False)))


def test_a_stream_of_television_plays_too(tmp_path: Path) -> None:
    """Its pictures and its AAC are written otherwise in an MP4, and hold the same."""
    source = clicking(tmp_path, ".ts", "aac", 4)
    film = probe(source)
    assert check_web_picture(film) == ""
    write_web_film(film, film.audio_tracks[0], tmp_path / "film.mp4")
    before, after = (astray(heard_by_ffmpeg(path, 1)[0], seconds(1, 2)) for path in (source, tmp_path / "film.mp4"))
    assert before == after
    with av.open(str(tmp_path / "film.mp4")) as made:
        assert sum(1 for _ in made.decode(video=0)) == 40


def test_what_only_some_browsers_play_is_said(tmp_path: Path) -> None:
    source, wide = make_film(tmp_path / "a.mp4", 1), tmp_path / "b.mp4"
    subprocess.run([FFMPEG, "-loglevel", "error", "-i", source, "-pix_fmt", "yuv444p", wide], check=True)
    assert check_web_picture(probe(wide)) == "the picture is H.264 in yuv444p, which only some browsers play"


def document(language: str, *lines: DocumentLine, **more: object) -> ScriptDocument:
    return ScriptDocument("film", language, 60_000, lines, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "own", "words"), [("de-AT", "de", "Transkript"), ("fr", "en", "Transcript")])
def test_the_page_speaks_the_language_of_the_description(language: str, own: str, words: str) -> None:
    """As far as it can; what it says is marked with the language that it is in."""
    line = DocumentLine("1", Span(1_000, 2_000), "Rot.")
    cue = Cue(Span(5_000, 6_000), "Hello.")
    content = document(language, line, cues=(cue,), film_language="en")
    page = as_page(PageContent(content, FilmTracks(), FilmTracks(), (), "descriptions.vtt", NO_STOPS, (64, 48)))
    assert f'<html lang="{own}">' in page
    assert f'id="transcript-head">{words}</h2>' in page
    assert f'lang="{language}"><b lang="{own}">' in page
    assert '<span dir="auto" lang="en">Hello.</span>' in page


def test_a_line_of_no_length_is_noticed_by_players() -> None:
    """As a line that the film stops for may be: each has a second, up to the next."""
    lines = (DocumentLine("1", Span(0, 0), "One."), DocumentLine("2", Span(400, 400), "Two."))
    text = descriptions(document("en", *lines)).decode()
    assert re.findall(r"\S+ --> \S+", text) == [
        "00:00:00.001 --> 00:00:00.400",
        "00:00:00.400 --> 00:00:01.400",
    ]


@pytest.mark.media
@pytest.mark.parametrize(
    "name", ["sintel-trailer/sintel_trailer_854x480.mp4", "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4"]
)
def test_real_films_are_copied_bit_for_bit(media: Path, tmp_path: Path, name: str) -> None:
    """MP3 goes along; Opus does not."""
    script = "WEBVTT\n\n00:00.500 --> 00:02.000\nRain falls.\n\n00:16.000 --> 00:17.000\nRain falls.\n"
    (tmp_path / "mine.vtt").write_text(script, "utf-8")
    made = pipeline.render(media / name, tmp_path / "mine.vtt", output=tmp_path / "out", settings=CHOSEN)
    folder = made.files["web"]
    assert packets(folder / "film.mp4", "video") == packets(media / name, "video")
    assert packets(folder / "described.mp4", "video") == packets(media / name, "video")
    is_copied = packets(folder / "film.mp4", "audio") == packets(media / name, "audio")
    assert is_copied == ("sintel" in name)
