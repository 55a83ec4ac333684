"""The film with the described track, as MP4 and as Matroska: what other programs find in it, and what players take."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsers import chromium
from clicking import CLICK_AT, ClickingVoice, astray, clicking, heard_by_ffmpeg, heard_by_us, seconds, shifted
from deliver.containers import FONT, Found, boxes, ffmpeg, mediainfo, mkvmerge, packets, rich_film, said_by, tracks
from films import RATE
from npm_files import npm_file
from stories import CUES, SCRIPT, make_story, write_script

from audiodesc import pipeline
from audiodesc.deliver.described_film import MKV, MP4
from audiodesc.errors import FilmError, UsageError
from audiodesc.media.containers import not_held
from audiodesc.media.described_tracks import Description
from audiodesc.media.encode import SoundFile
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, DialogueSettings, RunSettings, Settings, StopSettings, VoiceSettings
from audiodesc.subtitles.tracks import read_track

BOTH = DeliverSettings(also=("mp4", "mkv"))
DEAF = DialogueSettings(hear=False)
GERMAN = Settings(deliver=BOTH, voice=VoiceSettings(name="espeak-de"), dialogue=DEAF)
TITLE = "Audiodeskription"
LINES = [text for _, _, text in SCRIPT]
SOURCES, ROWS = [".mkv", ".mp4"], ["mkv", "mp4"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Both rows of both films, by the suffix of the film."""
    found = {}
    for suffix in SOURCES:
        folder = tmp_path_factory.mktemp("rich")
        folder.chmod(0o755)
        film, script = rich_film(folder, suffix), write_script(folder / "mine.vtt", SCRIPT)
        found[suffix] = pipeline.render(film, script, folder / "story.srt", folder / "out", GERMAN)
    return found


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("suffix", SOURCES)
def test_the_description_is_the_last_track_and_no_default(made: dict[str, Result], suffix: str, row: str) -> None:
    found = tracks(made[suffix].files[row])
    kinds = ["video", "audio", "audio", "subtitle", *(["subtitle"] if suffix == ".mkv" else []), "subtitle", "audio"]
    assert [one.kind for one in found] == kinds
    sounds = [one for one in found if one.kind == "audio"]
    german, french = ("ger", "fre") if row == "mkv" else ("deu", "fra")
    assert [one.language for one in sounds] == [german, french, german]
    assert [one.title for one in sounds] == ["Deutsch", "Français", TITLE]
    assert ["default" in one.flags for one in sounds] == [True, False, False]
    assert "visual_impaired" in found[-1].flags
    text = found[-2]
    assert (text.language, text.title) == (german, TITLE)
    assert "descriptions" in text.flags
    assert "default" not in text.flags
    own = [one for one in found if one.kind == "subtitle"][:-1]
    assert ["default" in one.flags for one in own] == ["default" in one.flags for one in texts_of(made[suffix])]


def texts_of(made: Result) -> list[Found]:
    return [one for one in tracks(made.film.path) if one.kind == "subtitle"]


@pytest.mark.parametrize("row", ["film", *ROWS])
@pytest.mark.parametrize("suffix", SOURCES)
def test_every_packet_of_the_film_is_there(made: dict[str, Result], suffix: str, row: str) -> None:
    before, after = packets(made[suffix].film.path), packets(made[suffix].files[row])
    assert len(before) == 4  # picture, two sounds, the cover
    assert len(after) == len(before) + 1
    primed = suffix == ".mp4" and row == "mkv"  # Matroska has no place for what is before the film's zero
    for one in before:
        assert one in after or (primed and one[1:] in after)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("suffix", SOURCES)
def test_what_is_not_in_tracks_is_there(made: dict[str, Result], suffix: str, row: str) -> None:
    import av

    with av.open(str(made[suffix].files[row])) as film:
        chapters = [(round(c["start"] * c["time_base"], 3), c["metadata"]["title"]) for c in film.chapters()]  # type: ignore[operator]
        assert chapters == [(0, "One"), (5, "Two")]
        said = {name.lower(): value for name, value in film.metadata.items()}
        assert said["title"] == "A film"
        assert said["timecode"] == "10:00:00:00"
        fonts = [bytes(file.data or b"") for file in film.streams.attachments if file.mimetype == "font/ttf"]
        assert fonts == ([FONT] if (suffix, row) == (".mkv", "mkv") else [])
    lost = [note.message for note in made[suffix].report.notes]
    assert any("the file “font.ttf” inside it" in line for line in lost) == (suffix == ".mkv")


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("suffix", SOURCES)
def test_texts_are_the_films_and_the_script(made: dict[str, Result], suffix: str, row: str) -> None:
    film = probe(made[suffix].files[row])
    *own, script = film.subtitle_tracks
    assert {track.codec for track in film.subtitle_tracks} <= ({"mov_text"} if row == "mp4" else {"subrip", "ass"})
    for track in own:
        assert [cue.text for cue in read_track(film, track)[0]] == [text for _, _, text in CUES]
    cues = read_track(film, script)[0]
    assert [cue.text for cue in cues] == LINES
    assert [cue.span.start_ms for cue in cues] == [one.span.start_ms for one in made[suffix].spoken]


@pytest.mark.parametrize("suffix", SOURCES)
def test_mkvmerge_finds_the_flags(made: dict[str, Result], suffix: str) -> None:
    found = mkvmerge(made[suffix].files["mkv"])
    assert (found["warnings"], found["errors"]) == ([], [])
    *_, text, described = said = [one["properties"] for one in found["tracks"]]
    sounds = [one["properties"] for one in found["tracks"] if one["type"] == "audio"]
    assert [one["default_track"] for one in sounds] == [True, False, False]
    assert [one["language"] for one in sounds] == ["ger", "fre", "ger"]
    assert [one.get("language_ietf") for one in sounds] == ["de", "fr", "de-DE"]
    assert described["flag_visual_impaired"] is True
    assert described["track_name"] == TITLE
    assert text["flag_text_descriptions"] is True
    assert text["default_track"] is False
    assert [one.get("flag_original") for one in sounds] == [True if suffix == ".mkv" else None, False, None]
    assert not any(one.get("flag_visual_impaired") for one in said[:-1])
    covers = [one for one in found["attachments"] if one["content_type"] == "image/png"]
    assert [one["file_name"] for one in covers] == ["cover.png"]


@pytest.mark.parametrize("suffix", SOURCES)
def test_mediainfo_and_exiftool_find_the_marks_of_apple(made: dict[str, Result], suffix: str) -> None:
    film = made[suffix].files["mp4"]
    sounds = [one for one in mediainfo(film) if one["@type"] == "Audio"]
    assert [one["Default"] for one in sounds] == ["Yes", "No", "No"]
    assert [one["AlternateGroup"] for one in sounds] == ["1"] * 3
    assert [one["Language"] for one in sounds] == ["de", "fr", "de"]
    assert sounds[-1]["extra"]["tagc"] == "public.accessibility.describes-video"
    assert not any("tagc" in one.get("extra", {}) for one in sounds[:-1])
    assert sounds[-1]["Title"].split(" / ")[0] == TITLE
    texts = [one for one in mediainfo(film) if one["@type"] == "Text"]
    own = ["Yes" if "default" in one.flags else "No" for one in texts_of(made[suffix])]
    assert [one["Default"] for one in texts] == [*own, "No"]
    assert TITLE in said_by("exiftool", "-a", "-ee", film)


@pytest.mark.parametrize("suffix", SOURCES)
def test_the_boxes_of_mp4(made: dict[str, Result], suffix: str) -> None:
    """By ISO/IEC 14496-12: kinds in the user data of the track, the flags and groups in its header."""
    content = made[suffix].files["mp4"].read_bytes()
    kinds = [next(boxes(track, "mdia", "hdlr"))[8:12] for track in boxes(content, "moov", "trak")]
    every = list(boxes(content, "moov", "trak"))
    sounds, texts = ([t for t, kind in zip(every, kinds, strict=True) if kind == one] for one in (b"soun", b"sbtl"))
    heads = [next(boxes(track, "tkhd")) for track in sounds]
    assert [head[3] & 1 for head in heads] == [1, 0, 0]
    assert {head[34:36] for head in heads} == {b"\0\1"}
    role = b"\0\0\0\0urn:mpeg:dash:role:2011\0description\0"
    assert list(boxes(sounds[-1], "udta", "kind")) == [role]
    assert list(boxes(sounds[-1], "udta", "tagc")) == [b"public.accessibility.describes-video"]
    assert list(boxes(sounds[-1], "udta", "name")) == [TITLE.encode()]
    assert next(boxes(sounds[-1], "mdia", "hdlr"))[24:] == TITLE.encode() + b"\0"
    assert list(boxes(sounds[-1], "mdia", "elng")) == [b"\0\0\0\0de-DE\0"]
    assert list(boxes(sounds[0], "mdia", "elng")) == []
    assert b"\0\0\0\0about:html-kind\0descriptions\0" in boxes(texts[-1], "udta", "kind")
    own = [int("default" in one.flags) for one in texts_of(made[suffix])]
    assert [next(boxes(track, "tkhd"))[3] & 1 for track in texts] == [*own, 0]


MP4BOX = (
    "mp4box@2.4.1",
    "sha512-0HGX7nXoDIX6FKLVl4a3wtYjBlwqsN3xuQC3GXzNtKp98FXUOhDSq623azsz8DG5ptd9ZXcXodDkgbdMZOjWvw==",
)
READS = """
const file = require(process.argv[1]).createFile(), bytes = require("fs").readFileSync(process.argv[2]);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const shown = track => [track.type, track.language.replace(/[^A-Za-z-]/g, ""), track.alternate_group, track.kind.value];
file.onReady = info => console.log("tracks " + JSON.stringify(info.tracks.map(shown)));
file.onError = error => console.log("error " + error);
buffer.fileStart = 0;
file.appendBuffer(buffer);
file.flush();
"""


def test_gpac_reads_the_same(made: dict[str, Result]) -> None:
    """Its parser for JavaScript, mp4box.js, by which web players read MP4."""
    npm_file(*MP4BOX, "dist/styp-CouZUj9h.cjs")
    said = said_by("node", "-e", READS, npm_file(*MP4BOX, "dist/mp4box.all.cjs"), made[".mkv"].files["mp4"])
    assert "error" not in said
    found = json.loads(said.split("tracks ")[1])
    assert found[1:3] == [["audio", "deu", 1, ""], ["audio", "fra", 1, "dub"]]
    described = ["audio", "de-DE", 1, "description"]
    assert found.count(described) == 1
    assert found[found.index(described) - 1] == ["subtitles", "de-DE", 3, "description"]


MPV = ("--no-config", "--no-video", "--ao=null", "--vo=null", "--untimed", "--length=0.2", "--msg-level=all=info")


@pytest.mark.parametrize("asked", ["", "--alang=deu", "--slang=deu"])
@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("suffix", SOURCES)
def test_mpv_takes_the_films_own_sound(made: dict[str, Result], suffix: str, row: str, asked: str) -> None:
    said = said_by("mpv", *MPV, *([asked] if asked else []), made[suffix].files[row])
    sounds = re.findall(r"^ (...) Audio +--aid=(\d)", said, re.MULTILINE)
    assert [mark for mark, _ in sounds] == ["(+)", "   ", "   "], said
    texts = re.findall(r"^ (...) Subs +--sid=(\d)", said, re.MULTILINE)
    assert texts[-1][0] == "   ", said


@pytest.mark.parametrize("asked", ["", "--audio-language=ger"])
@pytest.mark.parametrize("row", ROWS)
def test_vlc_takes_the_films_own_sound(made: dict[str, Result], row: str, asked: str, tmp_path: Path) -> None:
    """Which it has is seen by the codec: the film's are FLAC and AC-3, the description is AAC."""
    film = tmp_path / "film"
    shutil.copyfile(made[".mkv"].files[row], film)
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    options = ["-vv", "-I", "dummy", "--aout=adummy", "--no-video", "--play-and-exit", "--run-time=1", "--no-spu"]
    said = said_by("cvlc", *options, *([asked] if asked else []), film, as_nobody=True)
    assert set(re.findall(r"killing decoder fourcc `(\S+)'", said)) == {"flac"}, said[-2000:]


AUDIO_TRACKS = """bytes => new Promise((done, failed) => {
  const film = document.createElement("video");
  film.onloadeddata = () => done(Array.from(film.audioTracks, one => [one.kind, one.label, one.language, one.enabled]));
  film.onerror = () => failed(film.error.message);
  film.src = "data:video/mp4;base64," + bytes;
})"""


def test_chromium_plays_the_films_own_sound(made: dict[str, Result]) -> None:
    with chromium("--enable-blink-features=AudioVideoTracks") as browser:
        tab = browser.new_page()
        found: Any = tab.evaluate(AUDIO_TRACKS, base64.b64encode(made[".mp4"].files["mp4"].read_bytes()).decode())
    assert [one[3] for one in found] == [True] + [False] * (len(found) - 1)
    assert found[0][1:3] == ["Deutsch", "deu"]


PICTURE = "-f lavfi -i color=s=64x64:d=2:r=10"
REFUSED = {
    "prores.mov": (
        f"{PICTURE} -c:v prores_ks",
        "track 0 (video, prores)",
        "give --deliver mkv",
    ),
    "sound.mkv": (
        f"{PICTURE} -f lavfi -i sine=d=2 -c:v libx264 -c:a tta",
        "track 1 (audio, tta)",
        "give --deliver mkv; or give --option mp4.only=true, which leaves out the film's own sounds",
    ),
}


def test_only_the_description_is_heard(tmp_path: Path) -> None:
    """Of a film whose own sound MP4 does not hold: then nothing is refused."""
    film = tmp_path / "film.mkv"
    ffmpeg(*REFUSED["sound.mkv"][0].split(), film)
    script = write_script(tmp_path / "mine.vtt", [("00:00.700", "00:01.300", "Snow.")])
    options = {"mp4": {"only": "true", "text": "false"}, "mkv": {"only": "true"}}
    made = pipeline.render(film, script, None, tmp_path / "out", Settings(deliver=BOTH, dialogue=DEAF, options=options))
    *picture, described = tracks(made.files["mp4"])
    assert [one.kind for one in picture] == ["video"]
    assert described.flags >= {"default", "visual_impaired"}
    assert [one.kind for one in tracks(made.files["mkv"])] == ["video", "subtitle", "audio"]
    assert tracks(made.files["mkv"])[-1].flags >= {"default", "visual_impaired"}
    told = [note.message for note in made.report.notes if note.stage == "mux"]
    assert not [line for line in told if "lost" in line or "not copied" in line]


@pytest.mark.parametrize("name", REFUSED)
def test_a_codec_that_the_container_does_not_hold_is_one_line_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    options, track, remedy = REFUSED[name]
    ffmpeg(*options.split(), tmp_path / name)
    script = write_script(tmp_path / "mine.vtt", [("00:00.700", "00:01.300", "Snow.")])
    monkeypatch.setattr("audiodesc.pipeline.analyse", lambda *given: pytest.fail("the work began"))
    with pytest.raises(FilmError) as raised:
        pipeline.render(tmp_path / name, script, None, tmp_path / "out", Settings(deliver=BOTH, dialogue=DEAF))
    assert str(raised.value) == f"{tmp_path / name}: {track} does not go into MP4: {remedy}"
    assert not (tmp_path / "out").exists()


def test_an_option_that_there_is_not_is_refused(tmp_path: Path) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "mine.vtt", SCRIPT)
    with pytest.raises(UsageError, match="mp4 has no option 'onyl': did you mean only"):
        pipeline.render(film, script, None, tmp_path / "out", Settings(deliver=BOTH, options={"mp4": {"onyl": "true"}}))


def test_the_only_sound_of_a_film_that_stops(tmp_path: Path) -> None:
    film = make_story(tmp_path)
    script = write_script(
        tmp_path / "mine.vtt", [("00:07.200", "00:09.000", " ".join(["Night falls on the old pier."] * 5))]
    )
    settings = replace(
        GERMAN,
        deliver=DeliverSettings(also=("mp4",)),
        stops=StopSettings(extended=True),
        options={"mp4": {"only": "yes"}},
    )
    made = pipeline.render(film, script, tmp_path / "story.srt", tmp_path / "out", settings)
    later_ms = sum(one.stop_ms for one in made.spoken)
    assert later_ms > 1_000
    copy = probe(made.files["mp4"])
    assert copy.duration_ms == pytest.approx(made.film.duration_ms + later_ms, abs=60)
    assert [one.kind for one in tracks(copy.path)] == ["video", "subtitle", "audio"]
    assert tracks(copy.path)[-1].flags >= {"default", "visual_impaired"}
    told = [note.message for note in made.report.notes if "encoded again as AAC" in note.message]
    assert len(told) == 1  # of `film`, which has the other sound too


def test_pcm_in_mp4_is_noted(tmp_path: Path) -> None:
    ffmpeg(*f"{PICTURE} -f lavfi -i sine=d=2 -c:v libx264 -c:a pcm_s16le".split(), tmp_path / "film.mov")
    film, settings = probe(tmp_path / "film.mov"), Settings(deliver=BOTH, dialogue=DEAF)
    [note] = MP4.check(film, settings)
    assert note.message.startswith("track 1 (pcm_s16le): few players play PCM in MP4")
    assert list(MKV.check(film, settings)) == []
    assert list(MP4.check(film, replace(settings, options={"mp4": {"only": "true"}}))) == []


@pytest.mark.parametrize("layout", [None, "mono", "5.1"])
def test_films_of_other_sounds(tmp_path: Path, layout: str | None) -> None:
    film, script = make_story(tmp_path, layout=layout), write_script(tmp_path / "mine.vtt", SCRIPT)
    made = pipeline.render(
        film, script, tmp_path / "story.srt", tmp_path / "out", Settings(deliver=BOTH, dialogue=DEAF)
    )
    for row in ROWS:
        *_, described = found = [one for one in tracks(made.files[row]) if one.kind == "audio"]
        assert len(found) == (2 if layout else 1)
        assert (described.title, "visual_impaired" in described.flags) == ("Audio description", True)
        assert probe(made.files[row]).audio_tracks[-1].layout == (layout or "mono")


def test_a_part_has_its_part_of_the_script(tmp_path: Path) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "mine.vtt", SCRIPT)
    part = replace(GERMAN, run=RunSettings(part_from="6", part_to="12"))
    made = pipeline.render(film, script, tmp_path / "story.srt", tmp_path / "out", part)
    for row in ROWS:
        copy = probe(made.files[row])
        [cue] = read_track(copy, copy.subtitle_tracks[-1])[0]
        assert cue.text == LINES[1]
        assert cue.span.start_ms == made.spoken[0].span.start_ms - 6_000
        assert copy.duration_ms == pytest.approx(6_000, abs=60)


CLICKING = {"mp4": (".mp4", "aac", 0.0), "mkv": (".mkv", "flac", 0.0), "mkv, late": (".mkv", "flac", 0.3)}
SPOKEN = [round(1.1 * RATE) + CLICK_AT, round(3.1 * RATE) + CLICK_AT]


@pytest.mark.parametrize("case", CLICKING)
def test_every_click_is_at_its_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """In the description, and in the film's own sound, which in Matroska has times in ms."""
    suffix, codec, late = CLICKING[case]
    monkeypatch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: ClickingVoice())
    script = write_script(tmp_path / "s.vtt", [("00:01.100", "00:01.500", "One."), ("00:03.100", "00:03.500", "Two.")])
    film = clicking(tmp_path, suffix, codec)
    film = shifted(film, tmp_path / f"late{suffix}", late) if late else film
    made = pipeline.render(film, script, output=tmp_path / "out", settings=Settings(deliver=BOTH, dialogue=DEAF))
    places = seconds(*range(4 if late else 5), shift=late)
    for row in ROWS:
        path, tick = made.files[row], 1 if row == "mp4" else RATE // 1000
        for described in (heard_by_us(path), heard_by_ffmpeg(path, 1, 1)):
            assert astray(described[0], SPOKEN) == [0, 0]
            assert np.abs(astray(described[0], places)).max() <= 1
        for own in (heard_by_us(path, 0), heard_by_ffmpeg(path, 1)):
            assert np.abs(astray(own[0], places)).max() <= tick


REAL = {
    "sintel": ("sintel-trailer/sintel_trailer_854x480.mp4", ROWS),
    "plan 9, AV1": ("enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4", ROWS),
    "popeye, PGS": ("popeye/popeye_p3_pgs.mkv", ["mkv"]),
    "popeye, VobSub": ("popeye/popeye_p2_vobsub.mkv", ROWS),
    "nasa, text inside": ("nasa/nasa_13013.mp4", ROWS),
    "bbb, WebM": ("bbb-moviepy/big_buck_bunny_0_30.webm", ["mkv"]),
    "bbb, 5.1": ("bbb-rabbit-ad/video.mp4", ROWS),
    "butter, Ogg": ("mozilla-butter/tedglobal.ogv", ["mkv"]),
}


@pytest.mark.media
@pytest.mark.parametrize("name", REAL)
def test_every_track_of_a_real_film_is_there_bit_for_bit(media: Path, tmp_path: Path, name: str) -> None:
    """Of Matroska all but what lies before the film's zero, for which it has no place."""
    path, rows = REAL[name]
    film = probe(media / path)
    with SoundFile(tmp_path / "t.m4a", "m4a", "mono", matroska=tmp_path / "t.mka") as file:
        file.push(np.zeros((1, 48_000), np.float32))
    before = packets(film.path)
    for row in rows:
        added = Description(tmp_path / ("t.m4a" if row == "mp4" else "t.mka"), "en")
        out = tmp_path / f"out.{row}"
        lost = add_track(film, added, film.audio_tracks[0] if film.audio_tracks else None, out)
        assert not [line for line in lost if "overlap" in line or "could not" in line]
        after = packets(out)
        assert len(after) == len(before) + 1
        for one in before:
            assert one in after or (row == "mkv" and film.container.startswith("mov") and one[1:] in after)
    for row in set(ROWS) - set(rows):
        assert not_held(film, {"mp4": "mp4", "mkv": "matroska"}[row])
