"""Next-generation audio: the EBU ADM Renderer makes our mix of it, and the film as it was."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from clicking import heard_in_file
from deliver.humming import LINES, SECONDS, Humming, film_sound, power_db
from films import RATE, Sound, make_film
from lxml import etree
from numpy.typing import NDArray
from receiving import channels
from rendering import read_adm, rendered
from stories import write_script

from audiodesc import pipeline
from audiodesc.deliver.adm import AdmFile
from audiodesc.errors import FilmError
from audiodesc.media.adm import DESCRIBED, PACKS, PLAIN, UNDUCKED, AdmScene, ProgrammeLoudness, axml, azimuth, chna
from audiodesc.media.sound import channel_names
from audiodesc.media.wav_chunks import WavFile, WavMetadata, append_chunk
from audiodesc.media.wav_metadata import read_metadata
from audiodesc.mix.mixer import narrator_channels, to_stereo
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, RunSettings, Settings, SoundSettings

COUNTS = {"mono": 1, "stereo": 2, "5.1": 6}
CLOSE = 2e-6
"""Six steps of 24 bits: what two roundings and the narrator's share in six digits may come to."""

Described = Callable[..., Result]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    """A film with a sound of that layout and rate, described by a hum; each made once."""

    @cache
    def render(
        layout: str | None = "stereo", rate: int = RATE, pan: float = 0.0, raised: float = 1.0, part: bool = False
    ) -> Result:
        folder = tmp_path_factory.mktemp("film")
        sounds = [Sound(raised * film_sound(COUNTS[layout], rate), layout, rate, "pcm_f32le")] if layout else []
        film = make_film(folder / "film.mkv", SECONDS, sounds=sounds, fps=2)
        chosen = Settings(
            sound=SoundSettings(pan=pan),
            deliver=DeliverSettings(track="wav", also=("adm",)),
            run=RunSettings(part_from="00:00:03", part_to="00:00:06") if part else RunSettings(),
        )
        return pipeline.render(film, write_script(folder / "s.vtt", LINES), settings=chosen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: Humming())
        yield render


CASES = {
    "mono": ("mono", 0.0, 1.0),
    "stereo": ("stereo", 0.0, 1.0),
    "stereo, to the left": ("stereo", -0.4, 1.0),
    "stereo, over full scale": ("stereo", 0.0, 17.0),
    "5.1": ("5.1", 0.0, 1.0),
}


@pytest.mark.parametrize("case", CASES)
def test_rendered_to_stereo_it_is_our_mix(described: Described, tmp_path: Path, case: str) -> None:
    """And so is the film in the programme without description, and with the complementary object chosen. Raised by 17
    (25 dB), the film is over full scale, and the limiter takes mix and film down."""
    layout, pan, raised = CASES[case]
    made = described(layout, RATE, pan, raised)
    path, ours = made.files["adm"], heard_in_file(made.files["track"])
    wanted = [("0+2+0", DESCRIBED, []), ("0+2+0", PLAIN, []), ("0+2+0", DESCRIBED, [UNDUCKED])]
    mixed, film, chosen = rendered(path, wanted, tmp_path)
    matrix = np.eye(2) if layout == "stereo" else to_stereo(layout)
    assert np.abs(mixed - matrix @ ours).max() < CLOSE
    tracks, count = channels(path) / 2**23, len(ours)
    assert np.abs(film - matrix @ tracks[count : 2 * count]).max() < CLOSE
    if raised == 1:
        assert np.abs(tracks[count : 2 * count] - film_sound(count)).max() < CLOSE
        assert np.abs(chosen - film - matrix @ spread(tracks[-1], layout, pan)).max() < CLOSE
        assert power_db(tracks[-1]) > -30
    else:
        assert -2 < 20 * np.log10(np.abs(film).max()) < -1


def spread(narrator: NDArray[np.float64], layout: str, pan: float) -> NDArray[np.float64]:
    """The narrator in the channels that our mix puts him in."""
    names = channel_names(layout)
    shares = narrator_channels(names, pan)
    return np.outer([shares.get(name, 0.0) for name in names], narrator)


@pytest.mark.parametrize(
    ("layout", "loudspeakers", "pan"),
    [("5.0", "0+5+0", 0.0), ("5.1(side)", "0+5+0", 0.5), ("5.1", "0+5+0", -0.8), ("7.1", "0+7+0", 1.0)],
)
def test_rendered_to_its_own_loudspeakers_it_is_our_mix(
    tmp_path: Path, layout: str, loudspeakers: str, pan: float
) -> None:
    """BS.2051 has an LFE in each, and the sides before the back."""
    names = channel_names(layout)
    scene = AdmScene("tones", layout, RATE, RATE, pan)
    film, narrator = film_sound(len(names))[:, :RATE], film_sound(9)[8:, :RATE]
    with AdmFile(
        WavFile(tmp_path / "a.wav", WavMetadata(chna=chna(scene)), 2 * len(names) + 1), layout, pan, -1
    ) as file:
        for start in range(0, RATE, 7_000):
            block = slice(start, start + 7_000)
            file.push(np.concatenate([0.5 * film, film, narrator])[:, block])
    append_chunk(tmp_path / "a.wav", b"axml", axml(scene))
    [mixed] = rendered(tmp_path / "a.wav", [(loudspeakers, DESCRIBED, [])], tmp_path)
    sides = ["SL", "SR"] if "SL" in names else ["BL", "BR"]
    order = ["FL", "FR", "FC", "LFE", *dict.fromkeys([*sides, *(name for name in names if name[0] in "SB")])]
    wanted = 0.5 * film + spread(narrator[0], layout, pan)
    assert len(mixed) == len(order)
    for name, channel in zip(order, mixed, strict=True):
        assert np.abs(channel - (wanted[names.index(name)] if name in names else 0)).max() < CLOSE


def test_a_film_at_44_kHz_comes_at_48(described: Described, tmp_path: Path) -> None:  # noqa: N802
    made = described("stereo", 44_100)
    about = read_metadata(made.files["adm"])
    assert (about.rate_hz, about.bits, about.channels, about.samples) == (RATE, 24, 5, SECONDS * RATE)
    [film] = rendered(made.files["adm"], [("0+2+0", PLAIN, [])], tmp_path)
    assert np.abs(film - film_sound(2))[:, 4_800:-4_800].max() < 1e-4


def test_what_the_file_says(described: Described) -> None:
    made = described("stereo")
    path = made.files["adm"]
    read = read_adm(path)
    assert (read["rate"], read["channels"], read["samples"]) == (RATE, 5, SECONDS * RATE)
    with_description, without = read["programmes"]
    assert (with_description["id"], without["id"]) == (DESCRIBED, PLAIN)
    assert with_description["name"] == "film, with audio description"
    assert with_description["language"] == "eng"
    assert with_description["objects"] == [["AO_1001", "AO_1002"], ["AO_1003"]]
    assert without["objects"] == [["AO_1004"]]
    objects = read["objects"]
    assert objects["AO_1001"]["complements"] == ["AO_1002"]
    assert [name for name, one in objects.items() if one["interact"]] == ["AO_1003"]
    assert {name: one["tracks"] for name, one in objects.items()} == {
        "AO_1001": [1, 2],
        "AO_1002": [3, 4],
        "AO_1003": [5],
        "AO_1004": [3, 4],
    }
    found = made.report.loudness
    assert found is not None
    assert with_description["lufs"] == [pytest.approx(found.after.integrated_lufs, abs=0.01)]
    assert without["lufs"] == [pytest.approx(loudness(film_sound(2)), abs=0.1)]
    assert without["peak"] == [pytest.approx(20 * np.log10(0.05), abs=0.1)]
    assert read_metadata(path).metadata.description.startswith("Audio description as objects")


def loudness(samples: NDArray[np.float32]) -> float:
    return float(pyloudnorm.Meter(RATE).integrated_loudness(samples.T))


def test_a_film_without_sound_and_a_part(described: Described) -> None:
    silent = read_adm(described(None).files["adm"])
    assert silent["channels"] == 3
    assert silent["programmes"][1]["lufs"] == []  # silence has none
    part = read_adm(described(part=True).files["adm"])
    assert part["samples"] == 3 * RATE
    assert [len(one["lufs"]) for one in part["programmes"]] == [1, 0]  # of the film, the whole was measured


def test_channels_that_no_pack_has_are_refused_before_the_work(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", 2, sounds=[Sound(film_sound(4)[:, : 2 * RATE], "quad")])
    chosen = Settings(deliver=DeliverSettings(track="wav", also=("adm",)))
    with pytest.raises(FilmError, match=r"adm cannot be made: .* quad"):
        pipeline.render(film, write_script(tmp_path / "s.vtt", LINES), settings=chosen)
    assert not (tmp_path / "film.ad").exists()


@pytest.mark.skipif(not shutil.which("mediainfo"), reason="mediainfo is not here")
def test_mediainfo_takes_it_for_description(described: Described) -> None:
    told = subprocess.run(["mediainfo", described("5.1").files["adm"]], capture_output=True, text=True, check=True)
    lines = [re.sub(r" +: ", ": ", line).strip() for line in told.stdout.splitlines()]
    assert "Number of programmes: 2" in lines
    assert "Mode: Visually Impaired" in lines
    assert not [line for line in lines if "error" in line.lower() or "conformance" in line.lower()]


@pytest.mark.parametrize("pan", [0.0, 0.3, -0.7, 1.0, -1.0])
@pytest.mark.parametrize("layout", PACKS)
def test_the_narrator_stays_between_left_and_right(layout: str, pan: float) -> None:
    assert -30 - 1e-9 <= azimuth(layout, pan) <= 30 + 1e-9
    assert azimuth(layout, pan) * pan <= 0  # positive is left


def test_hostile_titles_and_long_films() -> None:
    title = '</audioProgramme><!DOCTYPE x [<!ENTITY y "z">]> & \x07 \ud83d \u202e'
    loud = {DESCRIBED: ProgrammeLoudness(-23.0, 5.0, -1.0, float("-inf"), float("nan"))}
    scene = AdmScene(title, "5.1(side)", RATE, 5 * 3600 * RATE + 1, 0.0, loudness=loud)
    root = etree.fromstring(axml(scene))
    programmes = root.findall(".//{*}audioProgramme")
    assert [one.get("end") for one in programmes] == ["05:00:00.00002"] * 2
    assert str(programmes[0].get("audioProgrammeName")).startswith("</audioProgramme>")
    assert [one.tag.split("}")[1] for one in programmes[0].find("{*}loudnessMetadata")] == [
        "integratedLoudness",
        "loudnessRange",
        "maxTruePeak",
    ]
    assert len(chna(scene)) == 4 + 40 * 19


def test_past_four_gib_it_is_bw64(tmp_path: Path) -> None:
    """A hole on the disk stands for the most of its sound; nothing of the file is held in memory."""
    path, scene = tmp_path / "a.wav", AdmScene("long", "mono", RATE, 500_000_000, 0.0)
    click = np.zeros((3, 1_000), np.float32)
    click[:, 7] = 0.5
    with WavFile(path, WavMetadata(chna=chna(scene)), 3) as file:
        file.push(click)
        hole = 9 * (scene.samples - 2_000)
        file._size += hole
        file._file.seek(hole, 1)
        file.push(click)
    append_chunk(path, b"axml", axml(scene))
    with path.open("rb") as start:
        head = start.read(48)
    assert (head[:4], head[4:8], head[12:16]) == (b"BW64", b"\xff" * 4, b"ds64")
    assert path.stat().st_size > 2**32
    assert int.from_bytes(head[20:28], "little") == path.stat().st_size - 8
    assert read_metadata(path).samples == scene.samples
    read = read_adm(path)
    assert (read["samples"], len(read["programmes"])) == (scene.samples, 2)
