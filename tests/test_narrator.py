"""A voice that was asked for speaks, and what speaks against it is told."""

from __future__ import annotations

import pytest

from audiodesc.narrator import narrator
from audiodesc.settings import Settings


def test_a_voice_of_another_language_is_told() -> None:
    profile, language, (note,) = narrator(Settings(voice="espeak-de", language="en-GB"), None)
    assert (profile.name, language) == ("espeak-de", "en-gb")
    assert "speaks de-DE, and the description is in en-gb" in note.message
    assert "--voice" in note.message


@pytest.mark.parametrize("language", [None, "de", "deu", "de-AT"])
def test_of_a_voice_of_the_right_language_nothing_is_told(language: str | None) -> None:
    assert narrator(Settings(voice="espeak-de", language=language), None)[2] == ()
