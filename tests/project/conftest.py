"""Projects of the short film with a story, rendered once for all tests, each of which works on a copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import SCRIPT, make_story, write_script

from audiodesc import render
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
TWO = [("00:00.500", "00:03.000", "A ferry."), ("00:07.400", "00:10.000", "Night falls.")]


def rendered(folder: Path, script: list[tuple[str, str, str]]) -> Path:
    """A folder with the film, its subtitles and the project of a person's script, `story.ad`."""
    render(make_story(folder), write_script(folder / "mine.vtt", script), folder / "story.srt", settings=QUICK)
    return folder


@pytest.fixture(scope="session")
def three_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rendered(tmp_path_factory.mktemp("three"), SCRIPT)


@pytest.fixture(scope="session")
def two_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rendered(tmp_path_factory.mktemp("two"), TWO)
