"""A line is heard as it is in the mix, to the sample, by the first program that can play; mistakes are one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audiodesc.cli import playback
from audiodesc.cli.playback import find_line, play, play_file, write
from audiodesc.errors import InputError, OutputError, UsageError
from audiodesc.media.clips import cut
from audiodesc.media.encode import SoundFile

LINES = [(2_000, 3_000), None, (8_000, 9_500)]
NUMBERS = [1, None, 2]


OLD = Path(__file__).parent.parent / "report" / "data" / "make.json"
"""A report of before it had a version: what it has of one, `content` changes."""


def content(**changes: Any) -> dict[str, Any]:
    old: dict[str, Any] = json.loads(OLD.read_text("utf-8"))
    segments = [
        old["segments"][1] | {"line": f"Line at {n}.", "placed": placed and times(*placed), "number": number}
        for n, (placed, number) in enumerate(zip(LINES, NUMBERS, strict=True))
    ]
    return old | {"segments": segments, "files": {"track": track("film.ad.flac")}} | changes


def times(start_ms: Any, end_ms: Any) -> dict[str, Any]:
    return {"start_ms": start_ms, "end_ms": end_ms}


def track(name: Any) -> dict[str, Any]:
    return {"name": name, "fingerprint": "f"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mix of ten seconds, each sample its own number, and its report."""
    folder = tmp_path / "film.ad"
    folder.mkdir()
    with SoundFile(folder / "film.ad.flac", "flac", "stereo") as file:
        file.push((np.tile(np.arange(480_000), (2, 1)) / 2**20).astype(np.float32))
    (folder / "film.ad.json").write_text(json.dumps(content()), "utf-8")
    return folder


@pytest.fixture
def mute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without any program that plays."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def numbers(path: Path) -> tuple[int, int]:
    """The first and the last sample of the mix that a file holds, which holds all between."""
    left = np.rint(cut(path, 0, 60_000).samples[0] * 2**20).astype(int)
    assert (np.diff(left) == 1).all()
    return int(left[0]), int(left[-1])


@pytest.mark.parametrize(
    ("line", "seconds", "first", "stop"),
    [(1, 0.0, 2_000, 3_000), (1, 1.5, 500, 4_500), (1, 3.0, 0, 6_000), (2, 0.25, 7_750, 9_750), (2, 9, 0, 10_000)],
)
def test_it_is_the_stretch_around_the_line(
    folder: Path, tmp_path: Path, line: int, seconds: float, first: int, stop: int
) -> None:
    """Lines that were left out are not counted."""
    heard = find_line(folder, line, seconds)
    assert heard.line.line == f"Line at {2 * line - 2}."
    assert numbers(write(heard, tmp_path / "out.wav")) == (first * 48, stop * 48 - 1)


def test_where_nothing_plays_it_is_written_into_the_folder(folder: Path, mute: None) -> None:
    assert play(find_line(folder, 2)) == folder / "film.line-2.wav"
    assert play(find_line(folder, 2, 0.5)) == folder / "film.line-2.wav"
    assert numbers(folder / "film.line-2.wav") == (7_500 * 48, 10_000 * 48 - 1)


def test_a_file_of_the_users_is_left_alone(folder: Path, mute: None) -> None:
    (folder / "film.line-2.wav").write_text("mine")
    with pytest.raises(OutputError, match="changed since"):
        play(find_line(folder, 2))
    assert (folder / "film.line-2.wav").read_text() == "mine"


def test_what_is_played_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(folder.iterdir())
    played: list[tuple[tuple[int, int], float]] = []

    def listen(path: Path, seconds: float) -> bool:
        played.append((numbers(path), seconds))
        return True

    monkeypatch.setattr(playback, "play_file", listen)
    assert play(find_line(folder, 1, 1.0)) is None
    assert played == [((1_000 * 48, 4_000 * 48 - 1), 3.0)]
    assert sorted(folder.iterdir()) == before


def test_a_file_that_is_there_is_replaced_only_by_force(folder: Path, tmp_path: Path) -> None:
    heard = find_line(folder, 1)
    (tmp_path / "out.wav").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        write(heard, tmp_path / "out.wav")
    assert (tmp_path / "out.wav").read_text() == "mine"
    write(heard, tmp_path / "out.wav", force=True)
    assert numbers(tmp_path / "out.wav")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.ad", "out.wav"]


@pytest.mark.parametrize(
    ("name", "error"), [("a.mp3", UsageError), ("none/a.wav", OutputError), ("b.wav", OutputError)]
)
def test_names_that_cannot_be_written(folder: Path, tmp_path: Path, name: str, error: type[Exception]) -> None:
    (tmp_path / "b.wav").mkdir()
    with pytest.raises(error):
        write(find_line(folder, 1), tmp_path / name, force=True)


@pytest.mark.parametrize(("line", "seconds"), [(0, 3.0), (3, 3.0), (-1, 3.0), (1, -1.0), (1, 61.0), (1, float("nan"))])
def test_numbers_that_mean_nothing(folder: Path, line: int, seconds: float) -> None:
    with pytest.raises(UsageError):
        find_line(folder, line, seconds)


def broken(**changes: Any) -> str:
    return json.dumps(content(**changes))


def broken_line(**changes: Any) -> str:
    return broken(segments=[content()["segments"][0] | changes])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a report"),
        ("[1]", "not a report"),
        ("[" * 100_000, "not a report"),
        (b"\xff\xfe", "not a report"),
        (broken_line(placed=times(-5, 3)), "not a report"),
        (broken_line(placed=times(5, 3)), "not a report"),
        (broken_line(placed=times("1", 3)), "not a report"),
        (broken_line(line=7), "not a report"),
        (broken(files={"track": track("../film.ad/film.ad.flac")}), "not a report"),
        (broken(files={"track": track(["a"])}), "not a report"),
        (broken(files={}), "a script alone"),
        (broken(files={"track": track("gone.flac")}), "gone.flac does not exist"),
        (broken(files={}, segments=[]), "no line is spoken"),
    ],
)
def test_a_report_that_is_none(folder: Path, text: str | bytes, message: str) -> None:
    (folder / "film.ad.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        find_line(folder, 1)
    assert caught.value.remedy


def test_a_mix_that_was_deleted_is_made_again(folder: Path) -> None:
    (folder / "film.ad.flac").unlink()
    with pytest.raises(InputError, match=r"film\.ad\.flac does not exist") as caught:
        find_line(folder, 1)
    assert caught.value.remedy == "make it again with `audiodesc make` or `render`"


def test_a_folder_of_no_film_or_of_two(folder: Path, tmp_path: Path) -> None:
    for place, message in ((tmp_path / "none", "not a folder"), (tmp_path, "holds 0 reports")):
        with pytest.raises(InputError, match=message):
            find_line(place, 1)
    (folder / "other.ad.json").write_text("{}")
    with pytest.raises(InputError, match="holds 2 reports"):
        find_line(folder, 1)


def program(folder: Path, name: str, does: str) -> None:
    """A program of that name that writes down what it was given, then does that."""
    file = folder / name
    file.write_text(f'#!/bin/sh\necho {name} "$@" >> {folder}/played\n{does}\n')
    file.chmod(0o755)


def played(folder: Path) -> list[str]:
    return (folder / "played").read_text().splitlines() if (folder / "played").exists() else []


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds all the programs there are, but for the shell's own."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_without_a_program_nothing_is_played(path: Path) -> None:
    assert not play_file(path / "a.wav", 1.0)


def test_the_first_that_can_plays_it(path: Path) -> None:
    program(path, "pw-play", "exit 1")
    program(path, "aplay", "exit 0")
    program(path, "ffplay", "exit 0")
    assert play_file(path / "a.wav", 1.0)
    assert played(path) == [f"pw-play {path}/a.wav", f"aplay -q {path}/a.wav"]


def test_where_all_fail_nothing_is_played(path: Path) -> None:
    program(path, "paplay", "exit 1")
    (path / "aplay").write_text("no program")
    (path / "aplay").chmod(0o755)
    assert not play_file(path / "a.wav", 1.0)


def test_a_program_that_hangs_is_stopped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "paplay", "while :; do :; done")
    monkeypatch.setattr(playback, "PATIENCE_S", 0.1)
    assert not play_file(path / "a.wav", 0.1)


def test_a_name_is_never_taken_for_an_option(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path)
    program(path, "paplay", "exit 0")
    assert play_file(Path("-v.wav"), 1.0)
    assert played(path) == [f"paplay {path}/-v.wav"]
