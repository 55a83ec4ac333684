"""Marks that nobody sees change nothing; brackets and notes of any script are what they stand for."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from audiodesc.model import Cue
from audiodesc.subtitles.cues import cues_of
from audiodesc.subtitles.kinds import kind, plain_brackets
from audiodesc.subtitles.source import INVISIBLE, JOINERS, RawCue, without_invisible

SEEN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"


def only(text: str) -> Cue:
    ((cue,), _) = cues_of([RawCue(1000, 60_000, text)])
    return cue


@pytest.mark.parametrize(
    "mark", ["\u200e", "\u200f", "\u202b", "\u2067", "\u200b", "\ufeff", "\u00ad", "\u2060", "\ufe0f"]
)
@pytest.mark.parametrize("text", ["[door slams]", "♪ la la ♪", "MARY: Come here.", "- Who?\n- Me.", "(SIGHS)"])
def test_a_cue_is_the_same_with_invisible_marks(mark: str, text: str) -> None:
    marked = "\n".join(f"{mark}{line}{mark}" for line in text.split("\n"))
    assert only(marked) == only(text)
    assert only(mark.join(text)) == only(text)


def test_all_format_characters_are_known() -> None:
    known = {chr(code) for code in INVISIBLE} | set(JOINERS) | set(SEEN)
    formats = {chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Cf"}
    assert not {one for one in formats - known if not 0x13430 <= ord(one) <= 0x1345F}


@pytest.mark.parametrize("text", ["می‌خواهم", "क्‍ष", "👩‍🚀 hello"])
def test_letters_keep_the_joiners_that_they_need(text: str) -> None:
    assert without_invisible(text) == text


@pytest.mark.parametrize("text", ["\u200d[door slams]", "[door slams]\u200c", "[\u200ddoor slams\u200c]"])
def test_joiners_that_join_nothing_are_gone(text: str) -> None:
    assert only(text).text == "[door slams]"


@pytest.mark.parametrize(
    "text",
    [
        *("（拍手）", "［音楽］", "【音乐】", "〔笑い〕", "（ドアが閉まる音）", "［雷鳴］", "[רעש]", "{laughter}"),
        *("*applause*", "*Spannende Musik*", "* Türklingel *", "**Musik**", "** applause **"),
    ],
)
def test_sounds_in_other_brackets(text: str) -> None:
    assert kind(text) == "sound"
    assert only(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "≪行こう≫",
        "*Come here*",
        "*applause* Thank you!",
        "5 * 3 * 2",
        "* Come * here",
        "（田中）こんにちは",
        "**Come here**",
        "* applause * Thank you!",
        "（本音）",
    ],
)
def test_speech_in_them(text: str) -> None:
    assert kind(text) == "speech"


@pytest.mark.parametrize("text", ["（拍手）", "#a\n# b #", "¶ a ¶", "*a* {b}", "** a ** b"])
def test_plain_text_is_letter_by_letter_the_same(text: str) -> None:
    assert len(plain_brackets(text)) == len(text)


def test_songs_that_are_nearly_all_that_is_said_are_speech() -> None:
    sung = [RawCue(n * 2000, n * 2000 + 1500, f"♪ Line {n} of them ♪") for n in range(6)]
    cues, notes = cues_of([*sung, RawCue(20_000, 21_000, "Bravo!")])
    assert {cue.kind for cue in cues} == {"speech"}
    assert "marked as songs" in notes[0].message
    cues, notes = cues_of([*sung, RawCue(20_000, 30_000, "Bravo!")])
    assert [cue.kind for cue in cues] == ["lyrics"] * 6 + ["speech"]
    assert notes == ()


def test_a_text_that_nobody_could_say_in_its_time_lasts_longer() -> None:
    text = "I never told you what they did there."
    ((cue,), _) = cues_of([RawCue(1000, 1001, text)])
    assert 1500 <= cue.span.duration_ms <= 3500
    ((cue,), _) = cues_of([RawCue(1000, 2500, text)])
    assert cue.span.duration_ms == 1500
    ((cue,), _) = cues_of([RawCue(1000, 1001, "[door slams]")])
    assert cue.span.duration_ms == 1
