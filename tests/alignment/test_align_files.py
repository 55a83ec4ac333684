"""A described track in any form comes out as the files of this film, in sync all along; or is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import pytest
import soxr
from alignment.described import (
    CLICK_EVERY_S,
    Mono,
    astray_ms,
    coded,
    film_of,
    lines,
    music,
    narrated,
    with_clicks,
    write_wav,
)
from clicking import heard_by_us, heard_in_file
from commandline import audiodesc
from films import RATE, Sound, make_film

from audiodesc import align, alignment
from audiodesc.deliver import DELIVERABLES
from audiodesc.deliver.base import BuiltIn
from audiodesc.errors import InputError, OutputError, UsageError
from audiodesc.project.folder import HIDDEN
from audiodesc.project.project import made_project
from audiodesc.settings import Settings

SECONDS = 40.0
SPANS = lines(SECONDS)
IN_SYNC_MS = 20.0
WAV = Settings(deliver=replace(Settings().deliver, track="wav"))


@dataclass(frozen=True)
class Made:
    film: Path
    sound: Mono
    described: Mono


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    sound = with_clicks(music(SECONDS))
    film = film_of(tmp_path_factory.mktemp("films") / "film.mkv", sound)
    return Made(film, sound, with_clicks(narrated(music(SECONDS), SPANS)))


def pal_of(sound: Mono) -> Mono:
    return np.asarray(soxr.resample(sound, 25, 24), np.float32)


FORMS: dict[str, Callable[[Path, Mono], Path]] = {
    "mp3 of 48 kbit/s, mono": lambda folder, sound: coded(folder / "ad.mp3", sound, "-b:a", "48k"),
    "half as loud": lambda folder, sound: write_wav(folder / "ad.wav", sound * 0.5),
    "aac of 44.1 kHz": lambda folder, sound: coded(folder / "ad.m4a", sound, "-ar", 44_100, "-ac", 2, "-b:a", "64k"),
    "1.3 s late": lambda folder, sound: write_wav(folder / "ad.wav", np.concatenate([music(1.3, 9), sound])),
    "PAL": lambda folder, sound: coded(folder / "ad.flac", pal_of(sound)),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_click_is_in_its_place(made: Made, tmp_path: Path, form: str) -> None:
    result = align(FORMS[form](tmp_path, made.described), made.film, tmp_path / "out", WAV)
    track = heard_in_file(result.files["track"])
    assert track.shape == (2, round(SECONDS * RATE))
    away = astray_ms(track[0], [(0, SECONDS)])
    assert len(away) == int(SECONDS / CLICK_EVERY_S)
    assert max(map(abs, away)) < IN_SYNC_MS
    assert np.mean(np.abs(away) < 1) > 0.9
    quiet = slice(round(0.2 * RATE), round(0.9 * RATE))  # no narrator and no click
    level_db = 20 * np.log10(np.std(track[0, quiet]) / np.std(made.sound[quiet]))
    assert abs(level_db) < 1
    narrations = [(span.start_ms / 1000, span.end_ms / 1000) for span in result.narrated.spans]
    assert len(narrations) == len(SPANS)
    assert np.abs(np.array(narrations) - np.array(SPANS)).max() < 0.5


def test_where_the_track_lacks_a_scene_the_films_own_sound_is_heard(made: Made, tmp_path: Path) -> None:
    shorter = np.concatenate([made.described[: 14 * RATE], made.described[24 * RATE :]])
    result = align(write_wav(tmp_path / "ad.wav", shorter), made.film, tmp_path / "out", WAV)
    track, own = heard_in_file(result.files["track"]), heard_by_us(made.film)
    (gap,) = result.alignment.undescribed
    assert abs(gap.start_ms - 14_000) < 300
    assert abs(gap.end_ms - 24_000) < 300
    inside = slice(15 * RATE, 23 * RATE)
    assert np.abs(track[:, inside] - own[:, inside]).max() < 1e-6  # sample for sample
    assert max(map(abs, astray_ms(track[0], [(0, SECONDS)]))) < 1
    steps = np.abs(np.diff(track[0, 13 * RATE : 25 * RATE]))
    assert steps.max() <= np.abs(np.diff(own[0])).max() * 1.1  # no click at a join


def test_the_film_keeps_its_tracks_and_the_new_one_is_marked(made: Made, tmp_path: Path) -> None:
    result = align(write_wav(tmp_path / "ad.wav", made.described), made.film, tmp_path / "out")
    assert set(result.files) == {"script", "track", "film", "alignment"}
    with av.open(str(made.film)) as source, av.open(str(result.files["film"])) as copy:
        assert [stream.type for stream in copy.streams] == ["video", "audio", "audio"]
        assert copy.streams[2].disposition & av.stream.Disposition.visual_impaired
        assert not copy.streams[2].disposition & av.stream.Disposition.default
        assert copy.streams[2].metadata["language"] == "eng"
        before, after = ([bytes(p) for p in file.demux(file.streams[1]) if p.size] for file in (source, copy))
    assert before == after
    assert max(map(abs, astray_ms(heard_by_us(result.files["film"])[0], [(0, SECONDS)]))) < 1
    script = result.files["script"].read_text("utf-8")
    assert script.count("Narration, not transcribed") == len(SPANS)
    assert "-->" not in script


def test_the_marked_track_of_a_film_is_taken(made: Made, tmp_path: Path) -> None:
    other = np.concatenate([music(2.5, 9), made.described])
    plain = np.concatenate([music(2.5, 9), made.sound])
    sounds = [Sound(plain[None], "mono", language="eng"), Sound(other[None], "mono", language="eng", default=False)]
    film = make_film(tmp_path / "described.mkv", SECONDS + 2.5, sounds=sounds, fps=2)
    result = align(film, made.film, tmp_path / "out", track=2)
    assert abs(result.alignment.pieces[0].offset_s + 2.5) < 0.001
    assert len(result.narrated.spans) == len(SPANS)


def test_films_of_other_channels(made: Made, tmp_path: Path) -> None:
    film = film_of(tmp_path / "film.mkv", made.sound[: 20 * RATE], "5.1")
    result = align(write_wav(tmp_path / "ad.wav", made.described[: 20 * RATE]), film, tmp_path / "out", WAV)
    track = heard_in_file(result.files["track"])
    assert track.shape == (2, 20 * RATE)
    assert max(map(abs, astray_ms(track[0], [(0, 20)]))) < 1


def test_the_words_are_a_draft(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever recognises speech: here it says how long each clip is."""
    monkeypatch.setattr(alignment, "transcriber", lambda place, language: lambda clip: f"A line of {clip.stem}.")
    also = replace(Settings().deliver, also=("csv",))
    result = align(
        write_wav(tmp_path / "ad.wav", made.described), made.film, tmp_path / "out", Settings(deliver=also), asr="here"
    )
    script = result.files["script"].read_text("utf-8")
    assert script.count("-->") == script.count("A line of") == len(SPANS)
    table = result.files["csv"].read_text("utf-8-sig")
    assert table.count("draft") == len(SPANS)
    assert table.count("transcribed from the described track") == len(SPANS)


def refused(described: Path, film: Path, output: Path, settings: Settings | None = None) -> str:
    with pytest.raises((InputError, UsageError, OutputError)) as error:
        align(described, film, output, settings)
    assert "\n" not in str(error.value)
    assert not (output / "film.ad.mkv").exists()
    return str(error.value)


def test_what_is_no_track_of_this_film_is_refused(made: Made, tmp_path: Path) -> None:
    output = tmp_path / "out"
    other = write_wav(tmp_path / "other.wav", narrated(music(SECONDS, 5), SPANS))
    assert "is not a described track of film.mkv" in refused(other, made.film, output)
    silent = write_wav(tmp_path / "silent.wav", np.zeros(20 * RATE, np.float32))
    assert "is silent" in refused(silent, made.film, output)
    short = write_wav(tmp_path / "short.wav", made.described[: 3 * RATE])
    assert "3.0 s of sound" in refused(short, made.film, output)
    little = write_wav(tmp_path / "little.wav", np.concatenate([made.described[: 9 * RATE], music(60, 8)]))
    assert "of it is found" in refused(little, made.film, output)
    (tmp_path / "text.mp3").write_text("no sound\n" * 100)
    assert "text.mp3" in refused(tmp_path / "text.mp3", made.film, output)
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    assert "list.m3u8" in refused(tmp_path / "list.m3u8", made.film, output)
    mute = make_film(tmp_path / "mute.mkv", 12)
    assert "no sound" in refused(short, mute, output)
    assert "holds no sound" in refused(mute, made.film, output)
    assert not output.exists()


def test_what_cannot_be_made_is_refused_before_work(made: Made, tmp_path: Path) -> None:
    described = write_wav(tmp_path / "ad.wav", made.described)
    for name in ("narration", "ducked", "page", "lines", "report"):
        wanted = Settings(deliver=replace(Settings().deliver, also=(name,)))
        assert f"{name} needs the narrator alone" in refused(described, made.film, tmp_path / "out", wanted)
    wanted = Settings(deliver=replace(Settings().deliver, also=("docx",)))
    assert "--asr" in refused(described, made.film, tmp_path / "out", wanted)
    assert not (tmp_path / "out").exists()


def test_files_of_others_stay(made: Made, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "film.ad.m4a").write_text("mine")
    described = write_wav(tmp_path / "ad.wav", made.described)
    assert "made by someone else" in refused(described, made.film, output)
    assert (output / "film.ad.m4a").read_text() == "mine"


def test_a_project_is_left_to_its_own_runs(made: Made, tmp_path: Path) -> None:
    (tmp_path / "out" / HIDDEN).mkdir(parents=True)
    with made_project(tmp_path / "out"):
        pass
    described = write_wav(tmp_path / "ad.wav", made.described)
    assert "is a project" in refused(described, made.film, tmp_path / "out")


def test_the_command_says_what_it_found(made: Made, tmp_path: Path) -> None:
    described = write_wav(tmp_path / "ad.wav", np.concatenate([music(1.25, 9), made.described]))
    done = audiodesc("align", described, made.film, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "offset -1.250 s" in done.stdout
    again = audiodesc("align", described, made.film, "-o", tmp_path / "out", "--json", "-q")
    found = json.loads(again.stdout)
    assert found == json.loads((tmp_path / "out" / "film.align.json").read_text("utf-8"))
    assert abs(found["pieces"][0]["described_start_s"] - 1.25) < 0.001
    other = audiodesc("align", write_wav(tmp_path / "other.wav", music(40, 5)), made.film, "-o", tmp_path / "none")
    assert other.returncode == 3
    assert len(other.stderr.strip().splitlines()[-1]) > 0
    assert not (tmp_path / "none").exists()


def test_every_deliverable_of_the_whole_sound_is_written(made: Made, tmp_path: Path) -> None:
    names = [name for name, row in DELIVERABLES.items() if isinstance(row, BuiltIn) and row.is_alignable]
    assert {"track", "film", "script", "mp4", "mkv", "web", "hls", "dash", "mix-wav"} <= set(names)
    film = film_of(tmp_path / "film.mkv", made.sound[: 20 * RATE])
    described = coded(tmp_path / "ad.mp3", made.described[: 20 * RATE])
    with_all = Settings(deliver=replace(Settings().deliver, also=tuple(names)))
    result = align(described, film, tmp_path / "out", with_all)
    assert set(result.files) == {*names, "alignment"}


@pytest.mark.media
def test_a_film_that_a_person_described(media: Path, tmp_path: Path) -> None:
    """Fourteen seconds in 5.1, and in stereo under a narrator who is 20 dB louder."""
    folder = media / "bbb-rabbit-ad"
    result = align(folder / "video-with-voiceover.mp4", folder / "video.mp4", tmp_path / "out")
    (piece,) = result.alignment.pieces
    assert piece.rate == 1.0
    assert abs(piece.offset_s) < 0.01
    spans = [(span.start_ms / 1000, span.end_ms / 1000) for span in result.narrated.spans]
    assert np.abs(np.array(spans) - [(0.3, 3.6), (4.3, 6.9), (10.6, 12.4)]).max() < 0.4
    assert "is not a described track" in refused(folder / "moon-speech.mp3", folder / "video.mp4", tmp_path / "none")
