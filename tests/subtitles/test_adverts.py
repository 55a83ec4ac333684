"""Advertisements in subtitles are known by what they say; where nobody is heard under them they are no dialogue."""

from __future__ import annotations

import pytest

from audiodesc.dialogue.combine import as_given, combine
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.dialogue.vad.segments import SpeechSegments
from audiodesc.model import Cue, Span
from audiodesc.settings import DialogueSettings
from audiodesc.subtitles.vocabulary import adverts

FILM_MS = 60_000
SAID = [Cue(Span(10_000 + 5_000 * n, 13_000 + 5_000 * n), f"This is line {n}.") for n in range(8)]
SPEECH = tuple(cue.span for cue in SAID)
ADVERT = Cue(Span(1_000, 7_000), "Support us and become VIP member\nto remove all ads from www.OpenSubtitles.org")


@pytest.mark.parametrize(
    "text",
    [
        ADVERT.text,
        "Subtitles by nobody\nwww.example.com",
        "Synced and corrected by me",
        "Untertitel von Stephanie Geiges",
        "Sous-titrage : Éclair, par Jean",
        "-== http://example.org ==-",
        "Downloaded from\nEXAMPLE.MX",
        "from example .com",
        "Advertise your product or brand here",
    ],
)
def test_advertisements(text: str) -> None:
    assert adverts([Cue(Span(0, 1_000), text), *SAID]) == [Cue(Span(0, 1_000), text)]


@pytest.mark.parametrize(
    "text",
    [
        "Come by tomorrow.",
        "He ran by the net.",
        "I was taken by you.",
        "3.5 to 1",
        "Follow me. To the boat.",
        "Hush. Me too.",
    ],
)
def test_speech(text: str) -> None:
    assert adverts([Cue(Span(0, 1_000), text), *SAID]) == []


def test_names_of_makers_are_looked_for_at_the_ends_only() -> None:
    middle = Cue(Span(28_500, 29_000), "It was corrected by hand.")
    assert adverts([*SAID[:4], middle, *SAID[4:]]) == []


@pytest.mark.parametrize("is_heard", [True, False])
def test_under_an_advertisement_nobody_may_be_heard(is_heard: bool) -> None:
    speech = (Span(2_000, 3_000), *SPEECH) if is_heard else SPEECH
    detected = SpeechSegments(speech, speech, (), speech)
    found = combine(Subtitles((ADVERT, *SAID), "film.srt"), detected, FILM_MS, DialogueSettings(), "normal")
    assert (ADVERT.text in [cue.text for cue in found.cues]) == is_heard
    assert any("an advertisement" in note.message for note in found.notes) == (not is_heard)


def test_where_nobody_listens_it_is_kept_with_a_note() -> None:
    found = as_given(Subtitles((ADVERT, *SAID), "film.srt"), DialogueSettings(hear=False))
    assert ADVERT in found.cues
    assert any("looks like an advertisement" in note.message for note in found.notes)
