"""A sound is played by the first program that can."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.cli import player


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
    assert not player.play(path / "a.wav", 1.0)


def test_the_first_that_can_plays_it(path: Path) -> None:
    program(path, "pw-play", "exit 1")
    program(path, "aplay", "exit 0")
    program(path, "ffplay", "exit 0")
    assert player.play(path / "a.wav", 1.0)
    assert played(path) == [f"pw-play {path}/a.wav", f"aplay -q {path}/a.wav"]


def test_where_all_fail_nothing_is_played(path: Path) -> None:
    program(path, "paplay", "exit 1")
    (path / "aplay").write_text("no program")
    (path / "aplay").chmod(0o755)
    assert not player.play(path / "a.wav", 1.0)


def test_a_program_that_hangs_is_stopped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "paplay", "while :; do :; done")
    monkeypatch.setattr(player, "PATIENCE_S", 0.1)
    assert not player.play(path / "a.wav", 0.1)


def test_a_name_is_never_taken_for_an_option(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path)
    program(path, "paplay", "exit 0")
    assert player.play(Path("-v.wav"), 1.0)
    assert played(path) == [f"paplay {path}/-v.wav"]
