"""The deliverable `dash`: what is in its folder, every click at its sample, and what it says of each track."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from clicking import astray, ffmpeg
from commandline import audiodesc
from dash_films import (
    CLICKS,
    CUTS,
    IN,
    SECONDS,
    SPOKEN,
    clicking_film,
    cues,
    described,
    manifest,
    marks,
    packets,
    read,
    samples,
    segments,
    sets,
)
from films import FFMPEG, RATE, Sound, clicks, make_film, tone
from numpy.typing import NDArray
from stories import CUES, SCRIPT, make_story, write_script

from audiodesc.deliver.mpd import ISOFF_LIVE
from audiodesc.deliver.mpd_dvb import PROFILES
from audiodesc.pipeline import render
from audiodesc.settings import DeliverSettings, RunSettings, Settings

TICK = RATE // 1000
"""Matroska's time stamps are whole milliseconds."""

DASH = Settings(deliver=DeliverSettings(also=("dash",)))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose name no address holds as it is."""
    return clicking_film(tmp_path_factory.mktemp("film") / "Käse & Brot #1.mp4")


@pytest.fixture(scope="module")
def made(film: Path) -> Path:
    return described(film, film.parent / "out", DASH).files["dash"]


def places(seconds: list[float] | tuple[float, ...]) -> list[int]:
    return [round(second * RATE) for second in seconds]


def test_the_manifest_is_valid_and_lists_every_track(made: Path) -> None:
    assert made.name == "Käse & Brot #1.dash"
    root = read((made / "manifest.mpd").read_bytes())
    assert root.get("type") == "static"
    assert root.findtext(".//m:Title", namespaces=IN) == "Käse & Brot #1"
    said = {
        name: (one.get("contentType"), one.get("lang"), one.findtext("m:Label", namespaces=IN), marks(one))
        for name, one in sets(made).items()
    }
    assert said == {
        "video": ("video", None, None, [("Role", "main")]),
        "audio-1": ("audio", "en", None, [("Role", "main")]),
        "description": ("audio", "en", "Audio description", [("Accessibility", "1"), ("Role", "description")]),
        "text-1": ("text", "en", "Audio description", [("Role", "description")]),
    }
    assert {path.name for path in made.iterdir()} == {"manifest.mpd", *said}


def test_what_is_played_unasked(made: Path) -> None:
    found = sets(made)
    priority = {name: int(one.get("selectionPriority")) for name, one in found.items()}
    assert priority["audio-1"] > priority["description"]
    rates = {name: int(one.find("m:Representation", IN).get("bandwidth")) for name, one in found.items()}
    assert rates["audio-1"] >= rates["description"]


def test_every_click_is_at_its_sample(made: Path) -> None:
    for name, wanted in (("audio-1", CLICKS), ("description", sorted([*CLICKS, *SPOKEN]))):
        heard = samples(segments(made, name))
        assert SECONDS * RATE <= heard.shape[1] < (SECONDS + 0.1) * RATE
        for channel in heard:
            assert astray(channel, places(wanted), 2_000) == [0] * len(wanted)


@pytest.mark.parametrize("program", [FFMPEG, shutil.which("ffmpeg") or FFMPEG])
def test_ffmpeg_hears_every_click_as_it_does_in_a_presentation_of_its_own(
    film: Path, made: Path, tmp_path: Path, program: str
) -> None:
    """FFmpeg 5.1 hears each at its sample; 9.0 loses frames between segments, of its own presentations two each."""
    place = tmp_path / "copy"
    place.symlink_to(made)  # FFmpeg does not escape the folder's name in the XML that it reads
    own = tmp_path / "own.mpd"
    copy = ["-map", "0", "-c", "copy", "-f", "dash", "-seg_duration", "6", str(own)]
    subprocess.run([program, "-loglevel", "error", "-i", str(film), *copy], check=True)
    wanted = [places(CLICKS), places(sorted([*CLICKS, *SPOKEN]))]
    known = astray(heard_in_manifest(program, own, 0), wanted[0], 2_500)
    for track in (0, 1):
        found = astray(heard_in_manifest(program, place / "manifest.mpd", track), wanted[track], 2_500)
        assert np.abs(found).max() <= np.abs(known).max()


def heard_in_manifest(program: str, path: Path, track: int) -> NDArray[np.float32]:
    """A channel of a sound on the manifest's clock."""
    play = ["-map", f"0:a:{track}", "-af", f"aresample={RATE}:async=1:min_hard_comp=0.05:first_pts=0", "-f", "f32le"]
    command = [program, "-loglevel", "error", "-copyts", "-i", str(path), *play, "-"]
    done = subprocess.run(command, check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<f4")[::2]


def test_segments_end_where_the_pictures_end(made: Path) -> None:
    ends: dict[str, list[float]] = {}
    for name, one in sets(made).items():
        (template,) = one.iterfind(".//m:SegmentTemplate", IN)
        scale, at = int(template.get("timescale")), 0
        ends[name] = []
        for row in template.iter("{*}S"):
            assert int(row.get("t", at)) == at
            for _ in range(int(row.get("r", 0)) + 1):
                at += int(row.get("d"))
                ends[name].append(at / scale)
    assert ends["video"][:-1] == list(CUTS)
    for name, found in ends.items():
        assert found == pytest.approx([*CUTS, SECONDS], abs=0.03), name


def test_each_segment_is_played_alone(made: Path) -> None:
    for name in ("video", "audio-1", "description"):
        init, *parts = segments(made, name)
        counts = []
        for part in parts:
            with av.open(BytesIO(init + part), "r") as file:
                frames = list(file.decode(file.streams[0]))
                counts.append(sum(getattr(frame, "samples", 1) for frame in frames))
                assert not isinstance(frames[0], av.VideoFrame) or frames[0].key_frame
        wanted = [150, 150, 25] if name == "video" else [6 * RATE, 6 * RATE, RATE]
        assert counts == pytest.approx(wanted, abs=0 if name == "video" else 2_048), name


def test_the_tracks_are_copied_bit_for_bit(film: Path, made: Path) -> None:
    for index, name in enumerate(("video", "audio-1")):
        assert packets(BytesIO(b"".join(segments(made, name)))) == packets(str(film), index)


@pytest.fixture(scope="module")
def surround(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in 5.1 with four more sounds, and of it the part from 0:02 to 0:10 in DVB's form."""
    folder, small = tmp_path_factory.mktemp("surround"), tone(SECONDS, 440, 0.01, 2)
    others = [
        Sound(small, "stereo", codec="aac", language="fra", default=False),
        Sound(small, "stereo", codec="ac3", language="eng", default=False),
        Sound(small, "stereo", codec="mp2", language="eng", default=False),
    ]
    sounds = [Sound(clicks(SECONDS, 6), "5.1", codec="ac3", language="eng"), *others]
    film = make_film(folder / "surround.mkv", SECONDS, sounds=sounds, fps=25, gop=25)
    run = RunSettings(part_from="0:02", part_to="0:10")
    settings = replace(DASH, run=run, options={"dash": {"form": "broadcast-mix"}})
    made = described(film, folder / "out", settings)
    notes = [note.message for note in made.report.notes if note.stage == "dash"]
    assert notes == [
        "track 1 (ac3) is there as AAC too, for browsers",
        "track 3 (ac3) is there as AAC too, for browsers",
        "track 4 (mp2) is encoded as AAC: few players know it in segments",
    ]
    return made.files["dash"]


def test_a_part_of_a_film_in_surround_with_other_sounds(surround: Path) -> None:
    root = read((surround / "manifest.mpd").read_bytes())
    said = {
        name: (one.get("lang"), marks(one), one.find("m:AudioChannelConfiguration", IN).get("value"))
        for name, one in sets(surround).items()
        if one.get("contentType") == "audio"
    }
    assert said == {
        "audio-1": ("en", [("Role", "main")], "F801"),
        "audio-1-aac": ("en", [("Role", "main")], "6"),
        "audio-2": ("fr", [("Role", "dub")], "2"),
        "audio-3": ("en", [("Role", "alternate")], "A000"),
        "audio-3-aac": ("en", [("Role", "alternate")], "2"),
        "audio-4": ("en", [("Role", "alternate")], "2"),
        "description": ("en", [("Accessibility", "1"), ("Role", "alternate")], "6"),
    }
    assert root.get("mediaPresentationDuration").startswith("PT8.0")
    for name in ("description", "audio-1-aac"):
        heard = samples(segments(surround, name))
        assert heard.shape[0] == 6
        assert astray(heard[0], places([n + 0.5 for n in range(8)]), 2_000) == [0] * 8
    heard = samples(segments(surround, "description"))
    assert astray(heard[2], places([8.2 - 2]), 2_000) == [0]
    first = int(sets(surround)["audio-1"].find(".//m:S", IN).get("t"))  # a frame that begins after 0:02
    original = samples(segments(surround, "audio-1"))
    wanted = [place - first for place in places([n + 0.5 for n in range(1, 7)])]
    assert np.abs(astray(original[0], wanted, 2_000)).max() <= TICK


def test_it_names_the_profile_of_dvb_where_it_is_within_it(surround: Path, made: Path) -> None:
    named = {one: manifest(one).get("profiles").split(",") for one in (surround, made)}
    assert named[made] == [ISOFF_LIVE]
    assert named[surround] == [*PROFILES, ISOFF_LIVE]
    assert {one.get("profiles") for one in sets(surround).values()} == {None, ISOFF_LIVE}
    assert sets(surround)["text-1"].get("profiles") == ISOFF_LIVE


def test_a_film_without_sound_and_with_captions(tmp_path: Path) -> None:
    film = make_story(tmp_path, layout=None)
    script = write_script(tmp_path / "mine.vtt", SCRIPT)
    made = render(film, script, tmp_path / "story.srt", tmp_path / "out", DASH).files["dash"]
    read((made / "manifest.mpd").read_bytes())
    found = sets(made)
    assert {name: [value for kind, value in marks(one) if kind == "Role"] for name, one in found.items()} == {
        "video": ["main"],
        "description": ["description"],
        "text-1": ["caption"],
        "text-2": ["description"],
    }
    assert found["description"].find("m:AudioChannelConfiguration", IN).get("value") == "1"
    assert found["text-1"].find("m:Label", IN) is None  # nobody knows its language
    assert cues(made, "text-1") == [(float(start), float(end), text) for start, end, text in CUES]
    starts = [start for start, _, _ in cues(made, "text-2")]
    assert starts == [500, 7400, 13300]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--option", "dash.form=receiver-mix"], 2, "dash.form is 'receiver-mix'"),
        ([], 3, "its picture is mpeg4, which is not played from CMAF segments"),
    ],
)
def test_what_cannot_be_made_is_one_line_before_the_work(
    tmp_path: Path, options: list[str], code: int, said: str
) -> None:
    film, script = tmp_path / "film.avi", write_script(tmp_path / "mine.vtt", SCRIPT)
    ffmpeg("-f", "lavfi", "-i", "color=s=160x120:d=15:r=10", "-c:v", "mpeg4", film)
    done = audiodesc("render", film, "--script", script, "--deliver", "dash", "-o", tmp_path / "out", *options)
    assert done.returncode == code
    assert said in done.stderr.splitlines()[-1]
    assert not list((tmp_path / "out").glob("*.*"))


def test_a_main_sound_of_unknown_language_is_no_reason_to_play_the_description(tmp_path: Path) -> None:
    """Late sound too: it begins when it is heard."""
    sound = Sound(clicks(8, 1), "mono", codec="flac", start_s=0.3)
    film = make_film(tmp_path / "late.mkv", 9, sounds=[sound], fps=25, gop=50)
    made = described(film, tmp_path / "out", DASH).files["dash"]
    main, description = (sets(made)[name] for name in ("audio-1", "description"))
    assert main.get("lang") == description.get("lang") == "en"
    assert main.find(".//m:S", IN).get("t") == str(round(0.3 * RATE))
    assert astray(samples(segments(made, "description"))[0], places([0.8, 1.2, 1.8]), 2_000) == [0, 0, 0]


@pytest.mark.skipif(not shutil.which("mpv"), reason="mpv is not installed")
def test_mpv_plays_the_main_sound(made: Path) -> None:
    place = made.parent / "for mpv"  # it does not escape a folder's name either
    place.symlink_to(made)
    command = ["mpv", "--no-config", "--vo=null", "--ao=null", "--length=0.1", str(place / "manifest.mpd")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    listed = [line.split("--aid=") for line in done.stdout.splitlines() if "--aid=" in line]
    assert [(line[0].strip().startswith("(+)"), line[1][0]) for line in listed] == [(True, "1"), (False, "2")]


@pytest.mark.media
@pytest.mark.parametrize(
    "name",
    [
        "sintel-trailer/sintel_trailer_854x480.mp4",
        "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4",
        "popeye/popeye_p2_pgs.mkv",
    ],
)
def test_real_films_are_copied_bit_for_bit(media: Path, tmp_path: Path, name: str) -> None:
    """H.264 with MP3, AV1 with Opus, and HEVC without sound."""
    lines = [(f"00:{at:02}.000", f"00:{at:02}.700", "Rain.") for at in range(1, 26, 4)]
    script = write_script(tmp_path / "mine.vtt", lines)
    result = render(media / name, script, output=tmp_path / "out", settings=DASH)
    made = result.files["dash"]
    read((made / "manifest.mpd").read_bytes())
    tracks = {"video": result.film.video.index} | {f"audio-{one.index}": one.index for one in result.film.audio_tracks}
    assert set(tracks) | {"description"} <= set(sets(made))
    for track, index in tracks.items():
        assert packets(BytesIO(b"".join(segments(made, track)))) == packets(str(media / name), index)
