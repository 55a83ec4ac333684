"""The mix as a file of its own: each click at its sample, and what each file says of itself, read by others."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clicking import CLICK_AT, ClickingVoice, astray, heard_by_ffmpeg, heard_in_file, seconds
from films import RATE, Sound, clicks, make_film
from lxml import etree
from stories import write_script
from wavinfo import WavInfoReader

from audiodesc import pipeline
from audiodesc.deliver import DELIVERABLES, wanted_rows
from audiodesc.deliver.sound import check_sound
from audiodesc.errors import AudiodescError, FilmError, UsageError
from audiodesc.media.loudness import Meter
from audiodesc.model import AudioTrack
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, RunSettings, Settings, SoundSettings

LENGTH = 5
KINDS = ("wav", "flac", "aac", "ac3", "eac3", "opus", "mp2")
SUFFIXES = {"aac": "m4a", "eac3": "ec3"}
PACKET = {"aac": 1024, "ac3": 1536, "eac3": 1536, "mp2": 1152}
LATE = {"ac3": 256, "eac3": 256, "mp2": 481}
"""So many samples of such a file are faded in."""

SPOKEN = [round(1.1 * RATE) + CLICK_AT, round(3.1 * RATE) + CLICK_AT]
Make = Callable[..., Result]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A film with a click in each second, described by a voice that clicks at 1.2 s and 3.2 s."""

    def made(
        layout: str | None, *also: str, rate: int = RATE, bits: Any = 24, sound_of: Any = None, **choices: Any
    ) -> Result:
        folder = tmp_path_factory.mktemp("clicks")
        channels = av.AudioLayout(layout).nb_channels if layout else 0
        heard = 0.3 * clicks(LENGTH, channels, rate) if sound_of is None else sound_of
        sounds = [Sound(heard, layout, rate, "flac")] if layout else []
        film = make_film(folder / "film.mkv", LENGTH, sounds=sounds, fps=25)
        lines = [("00:01.100", "00:01.500", "One."), ("00:03.100", "00:03.500", "Two.")]
        script = write_script(folder / "mine.vtt", lines)
        deliver = DeliverSettings(also=also, bits=bits, timecode_rate="25", timecode_start="10:00:00:00")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: ClickingVoice())
            return pipeline.render(film, script, settings=Settings(deliver=deliver, **choices))

    return made


ALL = tuple(f"mix-{kind}" for kind in KINDS)


@pytest.fixture(scope="module")
def stereo(make: Make) -> Result:
    return make("stereo", *ALL)


@pytest.fixture(scope="module")
def surround(make: Make) -> Result:
    return make("5.1(side)", *(name for name in ALL if name != "mix-mp2"))


def both(path: Path, channels: int) -> list[np.ndarray]:
    rate = RATE
    return [heard_in_file(path), heard_by_ffmpeg(path, channels, rate=rate)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_click_is_at_its_sample(stereo: Result, kind: str) -> None:
    path = stereo.files[f"mix-{kind}"]
    assert path.name == f"film.mix.{SUFFIXES.get(kind, kind)}"
    for heard in both(path, 2):
        assert len(heard) == 2
        for channel in heard:
            assert astray(channel, [*seconds(*range(LENGTH)), *SPOKEN]) == [0] * (LENGTH + 2)
        assert 0 <= heard.shape[1] - LENGTH * RATE < PACKET.get(kind, 1)


SURROUND = {
    "wav": "5.1(side)",
    "flac": "5.1(side)",
    "aac": "5.1",
    "ac3": "5.1(side)",
    "eac3": "5.1(side)",
    "opus": "5.1",
}
"""What FFmpeg calls the channels of each."""


@pytest.mark.parametrize("kind", SURROUND)
def test_each_channel_of_surround_is_in_its_place(surround: Result, kind: str) -> None:
    path = surround.files[f"mix-{kind}"]
    for heard in both(path, 6):
        for number, channel in enumerate(heard):
            if number != 3:  # a coder's LFE carries no clicks
                assert astray(channel, seconds(*range(LENGTH))) == [0] * LENGTH
            assert (astray(channel, SPOKEN) == [0, 0]) == (number == 2)
    with av.open(str(path)) as file:
        assert file.streams.audio[0].layout.name == SURROUND[kind]


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_sound_of_other_rates_becomes_48_khz_where_a_codec_wants_it(make: Make, rate: int) -> None:
    made = make("mono", *ALL, rate=rate)
    for kind in KINDS:
        path = made.files[f"mix-{kind}"]
        with av.open(str(path)) as file:
            assert file.streams.audio[0].rate == (rate if kind in ("wav", "flac", "aac") else RATE)
        for heard in (heard_by_ffmpeg(path, 1), *([heard_in_file(path)] if kind in (*LATE, "opus") else [])):
            assert np.abs(astray(heard[0], [*seconds(*range(LENGTH)), *SPOKEN])).max() <= 1


def test_a_film_without_sound_gives_the_narrator_in_silence(make: Make) -> None:
    made = make(None, *ALL)
    for kind in KINDS:
        for heard in both(made.files[f"mix-{kind}"], 1):
            assert astray(heard[0], SPOKEN) == [0, 0]
            assert np.abs(heard[0, :RATE]).max() < 1e-3


def test_a_part_begins_with_its_first_sample_and_says_when_that_is(make: Make) -> None:
    made = make("stereo", *ALL, run=RunSettings(part_from="1", part_to="4"))
    for kind in KINDS:
        for heard in both(made.files[f"mix-{kind}"], 2):
            assert astray(heard[0], [*seconds(0, 1, 2), *(place - RATE for place in SPOKEN)]) == [0] * 5
            assert 0 <= heard.shape[1] - 3 * RATE < PACKET.get(kind, 1)
    bext = WavInfoReader(str(made.files["mix-wav"])).bext
    assert bext.time_reference == (36_000 + 1) * RATE


def test_bext_and_ixml_say_what_the_file_is(stereo: Result) -> None:
    path, sound = stereo.files["mix-wav"], json.loads(stereo.files["report"].read_text("utf-8"))["loudness"]["after"]
    info = WavInfoReader(str(path))
    assert info.bext.version == 2
    assert info.bext.description.startswith("Audio description, full mix; film; language en")
    assert info.bext.originator.startswith("audiodesc")
    assert info.bext.time_reference == 36_000 * RATE
    assert "A=PCM,F=48000,W=24,M=stereo,T=audiodesc" in info.bext.coding_history
    assert info.bext.loudness_value == pytest.approx(sound["integrated_lufs"], abs=0.01)
    assert info.bext.loudness_range == pytest.approx(sound["range_lu"], abs=0.01)
    assert info.bext.max_true_peak == pytest.approx(sound["true_peak_db"], abs=0.01)
    assert info.bext.max_shortterm_loudness == pytest.approx(sound["short_term_lufs"], abs=0.01)
    assert info.bext.max_shortterm_loudness < info.bext.max_momentary_loudness < info.bext.max_true_peak
    assert info.ixml.project == "film"
    assert [(one.name, one.function) for one in info.ixml.track_list] == [("L", "L-MIX"), ("R", "R-MIX")]
    raw = path.read_bytes()
    at = raw.index(b"iXML")
    document = etree.fromstring(raw[at + 8 : at + 8 + int.from_bytes(raw[at + 4 : at + 8], "little")])
    assert document.findtext("SPEED/TIMECODE_RATE") == "25/1"
    assert document.findtext("SPEED/TIMECODE_FLAG") == "NDF"
    since = int(document.findtext("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") or 0)
    assert since == 36_000 * RATE
    assert "LANGUAGE=en" in (document.findtext("USER") or "")


def test_surround_in_wav_names_its_channels_for_engineers(surround: Result) -> None:
    tracks = list(WavInfoReader(str(surround.files["mix-wav"])).ixml.track_list)
    assert [one.name for one in tracks] == ["L", "R", "C", "LFE", "Ls", "Rs"]
    assert [one.function for one in tracks] == ["L-5.1", "R-5.1", "C-5.1", "LFE-5.1", "Ls-5.1", "Rs-5.1"]


def media_info(path: Path) -> dict[str, str]:
    if not (program := shutil.which("mediainfo")):
        pytest.skip("mediainfo is not installed")
    told = subprocess.run([program, "--Full", "--Output=JSON", path], check=True, capture_output=True)
    return dict(json.loads(told.stdout)["media"]["track"][1])


@pytest.mark.parametrize("kind", ["ac3", "eac3"])
def test_ac3_is_a_service_for_the_visually_impaired_at_the_level_of_the_mix(make: Make, kind: str) -> None:
    film = make("stereo", f"mix-{kind}", sound=SoundSettings(loudness="a85"))
    told = media_info(film.files[f"mix-{kind}"])
    assert told["ServiceKind"] == "VI"
    assert told["extra"]["dialnorm"] == "-24"  # type: ignore[index]


def refused(fault: type[AudiodescError], text: str, make: Make, layout: str, also: str, **options: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiodesc.pipeline.analyse", lambda *given: pytest.fail("the work began"))
        with pytest.raises(fault, match=text):
            make(layout, also, options=options)


def test_dialnorm_is_known_before_the_mix_is_measured(make: Make) -> None:
    noise = (0.05 * np.random.default_rng(2).standard_normal((1, LENGTH * RATE))).astype(np.float32)
    film = make("mono", "mix-ac3", sound_of=noise)
    after = json.loads(film.files["report"].read_text("utf-8"))["loudness"]["after"]["integrated_lufs"]
    assert float(media_info(film.files["mix-ac3"])["extra"]["dialnorm"]) == pytest.approx(after, abs=1.0)  # type: ignore[index]
    assert not [note for note in film.report.notes if "dialnorm" in note.message]


@pytest.mark.parametrize(
    ("also", "layout", "text"),
    [
        ("mix-mp2", "5.1(side)", r"MP2 holds no sound of the layout 5\.1\(side\): give --downmix stereo"),
        ("mix-opus", "2.1", r"OPUS holds no sound of the layout 2\.1"),
    ],
)
def test_channels_that_a_codec_cannot_hold_are_one_line_before_the_work(
    make: Make, also: str, layout: str, text: str
) -> None:
    refused(FilmError, text, make, layout, also)


@pytest.mark.parametrize("name", ["mix-ac3", "mix-eac3"])
def test_ac3_holds_six_channels(name: str) -> None:
    track = AudioTrack(1, "flac", RATE, "7.1", "", "", True)
    with pytest.raises(FilmError, match=rf"{name} cannot be made: .* holds no sound of the layout 7\.1"):
        check_sound([DELIVERABLES[name]], track, Settings())
    check_sound([DELIVERABLES[name]], track, Settings(sound=SoundSettings(downmix="stereo")))


@pytest.mark.parametrize(
    ("also", "kbps", "text"),
    [
        ("mix-ac3", "300", "there is no ac3 of 300 kb/s: choose one of: 32, 40"),
        ("mix-mp2", "384", "there is no mp2 of 384 kb/s: choose one of: 64, 96, 112, 128, 160, 192$"),
        ("mix-opus", "600", "600 kb/s do not hold mono sound as libopus"),
    ],
)
def test_a_bit_rate_that_there_is_not_is_one_line_before_the_work(make: Make, also: str, kbps: str, text: str) -> None:
    refused(UsageError, text, make, "mono", also, **{also: {"kbps": kbps}})


def test_a_bit_rate_that_is_asked_for(make: Make) -> None:
    chosen = {"mix-mp2": {"kbps": "384"}, "mix-ac3": {"kbps": "448"}}
    made = make("stereo", "mix-mp2", "mix-ac3", options=chosen)
    for name, kbps in (("mix-mp2", 384), ("mix-ac3", 448)):
        size = made.files[name].stat().st_size
        assert size * 8 / (LENGTH * 1000) == pytest.approx(kbps, rel=0.02)


def test_mix_alone_is_broadcast_wav_at_the_word_length_of_the_track(make: Make) -> None:
    chosen = DeliverSettings(also=("mix",), track="wav", bits=16)
    assert list(wanted_rows(Settings(deliver=chosen), sound=True))[-1] == "mix-wav"
    made = make("mono", "mix", bits=16)
    with av.open(str(made.files["mix-wav"])) as file:
        assert file.streams.audio[0].codec_context.name == "pcm_s16le"


@pytest.mark.parametrize("kind", ["flac", "aac", "opus"])
def test_title_and_language_are_where_the_container_has_a_place(stereo: Result, kind: str) -> None:
    with av.open(str(stereo.files[f"mix-{kind}"])) as file:
        said = {name.lower(): text for name, text in {**file.metadata, **file.streams.audio[0].metadata}.items()}
    assert said["title"] == "Audio description"
    assert said["language"] == "eng"
    assert "voice" in said["comment"]


@pytest.mark.parametrize("name", ["mix-wav", "mix-aac"])
def test_xmp_says_what_the_file_is_made_of(stereo: Result, name: str) -> None:
    if not (program := shutil.which("exiftool")):
        pytest.skip("exiftool is not installed")
    told = subprocess.run([program, "-json", "-XMP:all", stereo.files[name]], check=True, capture_output=True)
    assert "audiodesc" in json.loads(told.stdout)[0]["CreatorTool"]


def test_loud_sound_stays_under_the_ceiling_in_every_lossy_file(make: Make) -> None:
    noise = 0.9 * np.sign(np.random.default_rng(1).standard_normal((2, LENGTH * RATE))).astype(np.float32)
    made = make("stereo", *ALL, sound_of=noise)
    notes = " ".join(note.message for note in made.report.notes)
    for kind in ("aac", "ac3", "eac3", "opus", "mp2"):
        meter = Meter("stereo")
        meter.push(heard_in_file(made.files[f"mix-{kind}"]))
        assert meter.result().true_peak_db <= -1.0 + 0.1 or f"the {SUFFIXES.get(kind, kind).upper()} peaks" in notes
