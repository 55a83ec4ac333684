"""Presets: what each makes, that a user's own options win, and what is held against it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from commandline import audiodesc
from films import Sound, make_film
from inspection.described_films import DESCRIPTION_HZ, OWN_HZ, Given, arranged, tone, tones_film

from audiodesc import presets
from audiodesc.deliver import deliverables
from audiodesc.errors import UsageError
from audiodesc.inspection import inspect
from audiodesc.inspection.against import against
from audiodesc.media.wav_chunks import WavFile, WavMetadata
from audiodesc.presets import PRESETS, layers, preset

FOLDER = Path(presets.__file__).parent


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_what_there_is_and_where_it_is_from(name: str) -> None:
    chosen = preset(name)
    assert set(chosen.deliverables) <= deliverables().keys()
    assert chosen.deliverables
    assert chosen.title
    assert chosen.cannot_promise
    assert all(source.startswith(("https://", "http://")) for source in chosen.sources)


def test_every_file_is_a_preset() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(PRESETS)


def config(*arguments: object) -> dict[str, dict[str, object]]:
    done = audiodesc("config", *arguments)
    assert done.returncode == 0, done.stderr
    return tomllib.loads(done.stdout)


def test_a_preset_sets_what_the_user_does_not(tmp_path: Path) -> None:
    given = config("--deliver-for", "bbc")
    assert given["sound"]["loudness"] == "r128"
    assert given["options"]["package"] == {"name": "{title}_{lang}_AD_{rate}"}
    assert given["deliver"]["also"] == ["mix-wav", "receiver-mix", "package"]
    own = config(
        "--deliver-for", "bbc", "--loudness", "a85", "--deliver", "edl", "--deliver", "mix-wav", "--bits", "16"
    )
    assert own["sound"]["loudness"] == "a85"
    assert own["deliver"]["also"] == ["mix-wav", "receiver-mix", "package", "edl"]
    assert own["deliver"]["bits"] == 16
    named = config("--deliver-for", "bbc", "--option", "package.name=mine")
    assert named["options"]["package"] == {"name": "mine"}
    job = tmp_path / "job.toml"
    job.write_text('[sound]\nloudness = "streaming"\n[deliver]\nalso = ["docx"]\n')
    filed = config("--deliver-for", "bbc", "--config", job)
    assert filed["sound"]["loudness"] == "streaming"
    assert filed["deliver"]["also"] == ["mix-wav", "receiver-mix", "package", "docx"]


def test_a_preset_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="netflix, amazon"):
        layers("hulu", [])
    done = audiodesc("config", "--deliver-for", "hulu")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert audiodesc("inspect", "nothing.wav", "--against", "hulu").returncode == 2


def loud_wav(place: Path, dbfs: float, seconds: float = 10, channels: int = 2) -> Path:
    """1 kHz in two channels: as many LUFS as dBFS (EBU Tech 3341, case 1)."""
    with WavFile(place, WavMetadata(info={"INAM": "Audio description", "ILNG": "eng"}), channels) as file:
        file.push(tone(1_000, seconds, 10 ** (dbfs / 20), channels))
    return place


def outcomes(path: Path, name: str, film: Path | None = None) -> dict[str, str]:
    return {one.name: one.outcome for one in against(inspect(path), name, film).checks}


@pytest.mark.parametrize(
    ("dbfs", "loudness"), [(-23, "pass"), (-23.4, "pass"), (-22.4, "fail"), (-24, "fail"), (-40, "fail")]
)
def test_the_loudness_of_a_mix(tmp_path: Path, dbfs: float, loudness: str) -> None:
    found = outcomes(loud_wav(tmp_path / "film.wav", dbfs), "ard")
    assert found == {
        "loudness": loudness,
        "true peak": "pass",
        "container": "pass",
        "sample rate": "pass",
        "word length": "pass",
        "channels": "pass",
    }


def test_a_true_peak_above_the_ceiling(tmp_path: Path) -> None:
    assert outcomes(loud_wav(tmp_path / "film.wav", -1.5), "amazon")["true peak"] == "fail"
    assert outcomes(loud_wav(tmp_path / "film.wav2.wav", -2.5), "amazon")["true peak"] == "pass"


def test_what_cannot_be_checked_is_said(tmp_path: Path) -> None:
    sound = loud_wav(tmp_path / "film.wav", -27)
    report = against(inspect(sound), "amazon")
    found = {one.name: one for one in report.checks}
    assert found["dialogue loudness"].outcome == "not checkable"
    assert "−27.0 LUFS" in found["dialogue loudness"].found
    assert found["length"].outcome == "not checkable"
    assert report.exit_code == 0
    unmeasured = against(inspect(sound, loudness=False), "ard")
    assert {one.name: one.outcome for one in unmeasured.checks}["loudness"] == "not checkable"


def test_the_length_against_the_film(tmp_path: Path) -> None:
    film = tones_film(tmp_path)  # 3 s
    assert outcomes(loud_wav(tmp_path / "near.wav", -27, 4.5), "amazon", film)["length"] == "pass"
    assert outcomes(loud_wav(tmp_path / "far.wav", -27, 5.5), "amazon", film)["length"] == "fail"


def test_the_marks_that_a_preset_needs(tmp_path: Path) -> None:
    tones = tones_film(tmp_path)
    own, described = Given(OWN_HZ, "default"), Given(DESCRIPTION_HZ, "visual_impaired", "eng", "Audio description")
    film = arranged(tones, tmp_path / "film.mp4", [own, described])
    assert outcomes(film, "web") == dict.fromkeys(("length", "language", "title", "default", "marks"), "pass")
    assert outcomes(film, "apple")["marks"] == "fail"
    first = arranged(tones, tmp_path / "first.mkv", [described, own])
    assert outcomes(first, "web")["default"] == "fail"


def test_a_folder_is_judged_by_what_is_handed_over(tmp_path: Path) -> None:
    loud_wav(tmp_path / "film.mix.wav", -23)
    loud_wav(tmp_path / "film.ad.wav", -40)
    report = against(inspect(tmp_path), "ard")
    assert {Path(one.path).name for one in report.checks} == {"film.mix.wav"}
    assert report.exit_code == 0
    (tmp_path / "film.mix.wav").unlink()
    assert against(inspect(tmp_path), "ard").exit_code == 8


def test_the_command_ends_with_code_8_where_a_check_fails(tmp_path: Path) -> None:
    right, wrong = loud_wav(tmp_path / "right.wav", -23), loud_wav(tmp_path / "wrong.wav", -30)
    assert audiodesc("inspect", right, "--against", "ard").returncode == 0
    done = audiodesc("inspect", wrong, "--against", "ard")
    assert done.returncode == 8
    assert "−30.0 LUFS" in done.stdout
    assert "Not promised" in done.stdout
    told = json.loads(audiodesc("inspect", wrong, "--against", "ard", "--json").stdout)
    assert told["qc"]["preset"] == "ard"
    assert [one["name"] for one in told["qc"]["checks"] if one["outcome"] == "fail"] == ["loudness"]
    assert told["inspection"]["schema"] == 1
    silent = tmp_path / "film.srt"
    silent.write_text("1\n00:00:01,000 --> 00:00:02,000\nA door opens.\n")
    assert audiodesc("inspect", silent, "--against", "ard").returncode == 8


def test_what_a_preset_makes_passes_its_checks(tmp_path: Path) -> None:
    sound = Sound(tone(OWN_HZ, channels=2), "stereo", codec="aac", language="eng")
    film = make_film(tmp_path / "film.mp4", 3, sounds=[sound])
    script = tmp_path / "mine.srt"
    script.write_text("1\n00:00:00,500 --> 00:00:02,500\nA door opens.\n")
    spoken = ("--script", script, "--no-hear", "-q")
    made = audiodesc("render", film, *spoken, "--deliver-for", "ard", "-o", tmp_path / "film.ad")
    assert made.returncode == 0, made.stderr
    judged = audiodesc("inspect", tmp_path / "film.ad", "--against", "ard", "--film", film)
    assert judged.returncode == 0, judged.stdout
    assert "film.mix.wav" in judged.stdout
    assert (tmp_path / "film.ad" / "film.package.zip").exists()
    exported = audiodesc("export", tmp_path / "film.ad", "--deliver-for", "apple", "-q")
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "film.ad" / "film.described.mp4").exists()
    assert audiodesc("inspect", tmp_path / "film.ad", "--against", "apple").returncode == 0


def test_the_loudness_of_dialogue_is_that_of_the_run_that_made_the_file(tmp_path: Path) -> None:
    sound = Sound(tone(OWN_HZ, channels=2), "stereo", codec="aac", language="eng")
    film = make_film(tmp_path / "film.mp4", 3, sounds=[sound])
    script = tmp_path / "mine.srt"
    script.write_text("1\n00:00:00,500 --> 00:00:02,500\nA door opens.\n")
    made = audiodesc("render", film, "--script", script, "--no-hear", "-q", "--deliver-for", "netflix")
    assert made.returncode == 0, made.stderr
    mix, report = tmp_path / "film.ad" / "film.mix.wav", tmp_path / "film.ad" / "film.ad.json"

    def judged(share: float, dialogue: float | None, whole: float) -> str:
        content = json.loads(report.read_text())
        content["loudness"] |= {"dialogue_share": share}
        content["loudness"]["after"] |= {"dialogue_lufs": dialogue, "integrated_lufs": whole}
        report.write_text(json.dumps(content))
        return outcomes(mix, "netflix")["dialogue loudness"]

    assert [judged(0.5, level, -24.0) for level in (-29.0, -27.0, -25.0)] == ["pass"] * 3
    assert [judged(0.5, level, -27.0) for level in (-29.1, -24.9, None)] == ["fail"] * 3
    assert [judged(0.1, -27.0, level) for level in (-26.0, -24.0, -22.0)] == ["pass"] * 3
    assert [judged(0.1, -27.0, level) for level in (-26.1, -21.9)] == ["fail"] * 2
    with mix.open("ab") as file:
        file.write(bytes(2))
    assert judged(0.5, -27.0, -24.0) == "not checkable"
