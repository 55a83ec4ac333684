"""The folder for HLS: playlists by the rules of RFC 8216 and Apple, and segments with everything at its sample."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from subprocess import run

import numpy as np
import pytest
from clicking import astray, ffmpeg, seconds
from films import FFMPEG, RATE, Sound, clicks, make_film, write_srt
from hls_films import LINES, SECONDS, SPOKEN, clicking_film, described
from numpy.typing import NDArray
from test_extended import CUES, EXTENDED, SCRIPT, silent_clicks, stops_of

from audiodesc import pipeline
from audiodesc.deliver.hls_playlists import Rendition, distinct, media_playlist
from audiodesc.deliver.segmented_texts import write_segments
from audiodesc.errors import FilmError
from audiodesc.model import Span
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,"]*)(?:,|$)')
DESCRIBES = '"public.accessibility.describes-video"'


def tags(playlist: Path, name: str) -> list[dict[str, str]]:
    """The attributes of each tag of that name."""
    lines = [line for line in playlist.read_text("utf-8").splitlines() if line.startswith(f"#{name}:")]
    return [dict(ATTRIBUTE.findall(line.partition(":")[2])) for line in lines]


def lengths(playlist: Path) -> list[float]:
    return [float(length) for length in re.findall(r"^#EXTINF:([0-9.]+),$", playlist.read_text("utf-8"), re.M)]


def played(playlist: Path, track: int) -> NDArray[np.float32]:
    """All channels, mixed, of a sound of a master playlist, as the `ffmpeg` program plays it."""
    filters = f"aresample={RATE}:async=1:min_hard_comp=0.05:first_pts=0"
    play = ["-map", f"0:a:{track}", "-af", filters, "-ac", "1", "-f", "f32le"]
    formats = ["-allowed_extensions", "ALL", "-extension_picky", "0", "-copyts"]
    done = run([FFMPEG, "-loglevel", "error", *formats, "-i", playlist, *play, "-"], check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<f4")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return described(clicking_film(tmp_path_factory.mktemp("hls")))


@pytest.fixture(scope="module")
def folder(made: Result) -> Path:
    return made.files["hls"]


def test_the_description_is_a_rendition_that_is_chosen_only_where_a_user_asks(folder: Path) -> None:
    """Apple's HLS authoring specification, 2.12 to 2.15."""
    original, description = (one for one in tags(folder / "master.m3u8", "EXT-X-MEDIA") if one["TYPE"] == "AUDIO")
    assert (original["DEFAULT"], original["AUTOSELECT"], original["LANGUAGE"]) == ("YES", "YES", '"en"')
    assert "CHARACTERISTICS" not in original
    assert (description["DEFAULT"], description["AUTOSELECT"]) == ("NO", "YES")
    assert description["CHARACTERISTICS"] == DESCRIBES
    assert (description["NAME"], description["LANGUAGE"]) == ('"Audio description"', '"en"')
    assert original["GROUP-ID"] == description["GROUP-ID"]
    assert original["CHANNELS"] == description["CHANNELS"] == '"2"'


def test_texts_are_renditions_too_and_descriptions_are_never_chosen_unasked(folder: Path) -> None:
    captions, texts = (one for one in tags(folder / "master.m3u8", "EXT-X-MEDIA") if one["TYPE"] == "SUBTITLES")
    assert (captions["DEFAULT"], captions["AUTOSELECT"], captions["FORCED"]) == ("NO", "YES", "NO")
    assert "transcribes-spoken-dialog" in captions["CHARACTERISTICS"]
    assert "describes-music-and-sound" in captions["CHARACTERISTICS"]
    assert (texts["DEFAULT"], texts["AUTOSELECT"], texts["FORCED"]) == ("NO", "NO", "NO")
    assert texts["CHARACTERISTICS"] == DESCRIBES


def check_master(master: Path) -> None:
    """What RFC 8216 and Apple's validator ask of any master playlist."""
    text = master.read_text("utf-8")
    assert text.startswith("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
    renditions = tags(master, "EXT-X-MEDIA")
    groups = {one["GROUP-ID"] for one in renditions}
    for group in groups:
        inside = [one for one in renditions if one["GROUP-ID"] == group]
        assert len({one["NAME"] for one in inside}) == len(inside)
        assert sum(one["DEFAULT"] == "YES" for one in inside) <= 1
        automatic = [(one.get("LANGUAGE"), one.get("CHARACTERISTICS")) for one in inside if one["AUTOSELECT"] == "YES"]
        assert len(set(automatic)) == len(automatic)
        assert all(one["AUTOSELECT"] == "YES" for one in inside if one["DEFAULT"] == "YES")
    variants = tags(master, "EXT-X-STREAM-INF")
    assert {one[kind] for one in variants for kind in ("AUDIO", "SUBTITLES") if kind in one} == groups
    for variant in variants:
        assert int(variant["AVERAGE-BANDWIDTH"]) <= int(variant["BANDWIDTH"])
        assert {"CODECS", "RESOLUTION", "FRAME-RATE", "VIDEO-RANGE"} <= variant.keys()
    own = [{name: value for name, value in one.items() if name not in ("URI", "CHANNELS")} for one in renditions]
    for group in {one["AUDIO"] for one in variants}:
        assert [{**one, "GROUP-ID": ""} for one in own if one["GROUP-ID"] == group] == [
            {**one, "GROUP-ID": ""} for one in own if one["GROUP-ID"] == variants[0]["AUDIO"]
        ]
    playlists = [master.parent / one["URI"].strip('"') for one in renditions]
    for playlist in (master.parent / text.splitlines()[-1], *playlists):
        check_playlist(playlist)


def check_playlist(playlist: Path) -> None:
    lines = playlist.read_text("utf-8").splitlines()
    assert lines[:2] == ["#EXTM3U", "#EXT-X-VERSION:7"]
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert {"#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-INDEPENDENT-SEGMENTS"} <= set(lines)
    (target,) = (int(line.partition(":")[2]) for line in lines if line.startswith("#EXT-X-TARGETDURATION:"))
    assert all(length < target + 0.5 for length in lengths(playlist))
    names = [line for line in lines if not line.startswith("#")]
    assert len(names) == len(lengths(playlist))
    assert all((playlist.parent / name).is_file() for name in names)
    assert ("#EXT-X-MAP" in playlist.read_text()) == names[0].endswith(".m4s")


def test_the_playlists_are_by_the_rules(folder: Path) -> None:
    check_master(folder / "master.m3u8")
    (variant,) = tags(folder / "master.m3u8", "EXT-X-STREAM-INF")
    assert variant["CODECS"] == '"avc1.4d400a,mp4a.40.2"'
    assert (variant["RESOLUTION"], variant["FRAME-RATE"]) == ("160x120", "10.000")
    assert lengths(folder / "video/index.m3u8") == [6, 6, 6, 2]
    for sound in ("audio-1", "description"):
        ends = np.cumsum(lengths(folder / sound / "index.m3u8"))
        assert ends == pytest.approx([6, 12, 18, 20], abs=0.5 * 1024 / RATE + 0.00002)
        assert ends[-1] == pytest.approx(SECONDS, abs=0.0001)
    sizes = [sum(one.stat().st_size for one in (folder / name).glob("*.m4s")) for name in ("video", "description")]
    assert int(variant["AVERAGE-BANDWIDTH"]) >= (sum(sizes)) * 8 // SECONDS


def test_every_click_is_at_its_sample(folder: Path) -> None:
    film, narrator = seconds(*range(SECONDS)), [round(time * RATE) for time in SPOKEN]
    for track, places in ((0, film), (1, film + narrator)):
        heard = played(folder / "master.m3u8", track)
        assert 0 <= len(heard) - SECONDS * RATE <= 2 * 1024  # `ffmpeg` plays the last frame to its end
        assert astray(heard, places) == [0] * len(places)
    original = played(folder / "master.m3u8", 0)
    assert np.abs(original[narrator[0] - 500 : narrator[0] + 500]).max() < 0.02


def test_each_text_is_in_every_segment_in_which_it_is_shown(tmp_path: Path) -> None:
    texts = [(Span(1_000, 13_000), "a < b\n\nc"), (Span(6_000, 7_000), "d")]
    rows = write_segments(texts, [6, 12, 18], tmp_path / "texts")  # type: ignore[list-item]
    found = [(tmp_path / "texts" / name).read_text("utf-8") for name, _ in rows]
    assert all(one.startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n") for one in found)
    assert [one.count("-->") for one in found] == [1, 2, 1]
    assert found[2].endswith("\n00:00:01.000 --> 00:00:13.000\na &lt; b\nc\n")


def test_no_two_renditions_are_alike() -> None:
    twins = [Rendition("AUDIO", "a", 'The "film"\n', "en", f"{n}/index.m3u8") for n in range(3)]
    given = [replace(twins[0], is_default=True), *twins[1:]]
    made = [one.tag() for one in distinct(given)]
    assert [re.findall(r'NAME="[^"]*"', one)[0] for one in made] == [
        'NAME="The ”film”"',
        'NAME="The ”film” 2"',
        'NAME="The ”film” 3"',
    ]
    assert ["AUTOSELECT=YES" in one for one in made] == [True, False, False]


def test_lengths_add_up_to_the_end() -> None:
    from fractions import Fraction

    ends = [Fraction(n * 1024 * 281, 44_100) for n in range(1, 500)]
    text = media_playlist([(f"{n}.m4s", end) for n, end in enumerate(ends)], "init.mp4")
    total = sum(float(length) for length in re.findall(r"#EXTINF:([0-9.]+)", text))
    assert total == pytest.approx(float(ends[-1]), abs=0.00002)


def of(made: Result, name: str) -> Path:
    return made.files["hls"] / name


def test_films_of_other_forms(tmp_path: Path) -> None:
    """MKV with a commentary in the film's language, at 44.1 kHz; without sound; one whose sound HLS does not hold."""
    sounds = [
        Sound(clicks(8, 1, 44_100), "mono", 44_100, "aac", language="ger"),
        Sound(clicks(8, 1, 44_100), "mono", 44_100, "aac", language="ger", default=False),
    ]
    two = described(make_film(tmp_path / "two.mkv", 8, sounds=sounds), lines=LINES[:1])
    check_master(of(two, "master.m3u8"))
    assert np.abs(astray(played(of(two, "master.m3u8"), 1), seconds(*range(8)))).max() <= 1
    names = [one["NAME"] for one in tags(of(two, "master.m3u8"), "EXT-X-MEDIA") if one["TYPE"] == "AUDIO"]
    assert names[:2] == ['"Deutsch"', '"Deutsch 2"']
    silent = described(make_film(tmp_path / "silent.mp4", 8), lines=LINES[:1])
    check_master(of(silent, "master.m3u8"))
    (only,) = (one for one in tags(of(silent, "master.m3u8"), "EXT-X-MEDIA") if one["TYPE"] == "AUDIO")
    assert (only["DEFAULT"], only["CHARACTERISTICS"]) == ("NO", DESCRIBES)


@pytest.mark.parametrize("codec", ["pcm_s16le", "libmp3lame", "alac"])
def test_sound_that_few_players_know_is_encoded(tmp_path: Path, codec: str) -> None:
    film = make_film(tmp_path / "film.mkv", 8, sounds=[Sound(clicks(8), "mono", codec=codec)])
    made = described(film, lines=LINES[:1])
    check_master(of(made, "master.m3u8"))
    (variant,) = tags(of(made, "master.m3u8"), "EXT-X-STREAM-INF")
    assert variant["CODECS"].endswith(',mp4a.40.2"')
    assert any(one.message.endswith("is encoded as AAC: few HLS players know it") for one in made.report.notes)
    assert np.abs(astray(played(of(made, "master.m3u8"), 0), seconds(*range(8)))).max() <= 1


def test_a_film_with_ac3_has_a_variant_without_it(tmp_path: Path) -> None:
    """Chromium plays no AC-3, and leaves out a variant that has it, whatever else is in that."""
    sounds = [Sound(clicks(8, 6), "5.1", codec="ac3", language="eng"), Sound(clicks(8), "mono", language="ger")]
    made = described(make_film(tmp_path / "film.mkv", 8, sounds=sounds), lines=LINES[:1])
    check_master(of(made, "master.m3u8"))
    first, second = tags(of(made, "master.m3u8"), "EXT-X-STREAM-INF")
    assert first["CODECS"].split(",")[1:] == ["mp4a.40.2", 'fLaC"']
    assert second["CODECS"].split(",")[1:] == ["ac-3", "fLaC", 'mp4a.40.2"']
    renditions = [one for one in tags(of(made, "master.m3u8"), "EXT-X-MEDIA") if one["TYPE"] == "AUDIO"]
    assert [one["URI"].split("/")[0].strip('"') for one in renditions] == [
        *("audio-1-aac", "audio-2", "description"),
        *("audio-1", "audio-2", "description"),
    ]
    both = [lengths(of(made, f"{name}/index.m3u8")) for name in ("audio-1-aac", "audio-1")]
    assert both[0] == pytest.approx(both[1], abs=0.1)
    assert astray(played(of(made, "master.m3u8"), 0), seconds(*range(8))) == [0] * 8


def test_a_film_that_stops_for_lines(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", 14, sounds=[silent_clicks(14)], fps=25, b_frames=2)
    (tmp_path / "mine.vtt").write_text(SCRIPT, "utf-8")
    settings = replace(EXTENDED, deliver=DeliverSettings(track="wav", also=("hls",)))
    made = pipeline.render(film, tmp_path / "mine.vtt", write_srt(tmp_path / "film.srt", CUES), settings=settings)
    check_master(of(made, "master.m3u8"))
    stops = stops_of(made)
    for name in ("video", "audio-1", "description"):
        assert sum(lengths(of(made, f"{name}/index.m3u8"))) == pytest.approx(14 + stops.total_ms / 1000, abs=0.1)
    places = [stops.extended_ms(ms) * 48 for ms in range(500, 14_000, 1_000)]
    assert np.abs(astray(played(of(made, "master.m3u8"), 0), places)).max() <= 1


def test_a_part_of_a_film(tmp_path: Path) -> None:
    made = described(clicking_film(tmp_path), part=("00:00:10", "00:00:18"))
    (master,) = made.files["hls"].glob("master.m3u8")
    check_master(master)
    for name in ("video", "audio-1", "description"):
        assert sum(lengths(of(made, f"{name}/index.m3u8"))) == pytest.approx(8, abs=0.21)
    narrator = round((SPOKEN[1] - 10) * RATE)
    assert astray(played(master, 1), [narrator, *seconds(*range(8))]) == [0] * 9


def test_a_picture_that_hls_does_not_hold_is_refused_before_any_work(tmp_path: Path) -> None:
    old = tmp_path / "old.mkv"
    ffmpeg("-i", make_film(tmp_path / "film.mkv", 3), "-c:v", "mpeg2video", old)
    with pytest.raises(FilmError, match="its picture is mpeg2video, which is not played from CMAF"):
        described(old)
    assert not list(tmp_path.glob("old.ad/old.*"))
