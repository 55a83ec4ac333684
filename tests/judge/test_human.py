"""On scripts that people wrote: what was really over dialogue is found and nothing else, and style rules keep quiet."""

from __future__ import annotations

from pathlib import Path

import pytest
from human import HUMANS, MOST, OTHER_LANGUAGES, fired

from audiodesc.judge import Judgement, check
from audiodesc.judge.rules import RULES

pytestmark = pytest.mark.media

OVER = [26_100, 193_500, 354_500, 402_800, 416_000, 425_100, 465_000, 480_000]
"""Elephants Dream: where a cue of the one file overlaps a cue of the other."""


def errors(judgement: Judgement, *but: str) -> list[tuple[str, int]]:
    return [
        (one.rule, one.span.start_ms)
        for one in judgement.findings
        if one.severity == "error" and one.rule not in but and one.span
    ]


def test_each_style_rule_fires_on_few_lines(media: Path) -> None:
    lines, counts = fired(media)
    assert lines == 173
    too_often = {rule: count / lines for rule, count in counts.items() if RULES[rule].on and count > MOST * lines}
    assert too_often == {}


def test_elephants_dream_overlaps_eight_times(media: Path) -> None:
    judgement = HUMANS["Elephants Dream"].judged(media)
    assert judgement.pace.lines == 63
    assert errors(judgement, "does-not-fit") == [("over-dialogue", ms) for ms in OVER]


def test_elephants_dream_has_one_line_that_nobody_can_speak(media: Path) -> None:
    (finding,) = (one for one in HUMANS["Elephants Dream"].judged(media).findings if one.rule == "does-not-fit")
    assert finding.words == "Proog takes the ear-piece off the hook."  # 7 words in the 1.2 s before the next caption
    assert finding.line == 94


@pytest.mark.parametrize("name", [name for name, human in HUMANS.items() if human.spoken])
def test_what_was_really_spoken_has_no_error(media: Path, name: str) -> None:
    assert errors(HUMANS[name].judged(media)) == []


@pytest.mark.parametrize("script", OTHER_LANGUAGES)
def test_english_rules_say_nothing_of_other_languages(media: Path, script: str) -> None:
    judgement = check(media / script)
    assert judgement.language == ""
    assert not [one for one in judgement.findings if RULES[one.rule].group == "style"]


def test_whether_a_description_is_true_cannot_be_told(media: Path) -> None:
    film = media / "bbb-rabbit-ad/video.mp4"
    right = check(media / "bbb-rabbit-ad/descriptions.vtt", film, sound=False)
    wrong = check(media / "bbb-rabbit-ad/incorrect-descriptions.vtt", film, sound=False)
    assert right.findings == wrong.findings == ()
    for judgement in (right, wrong):
        assert "true and tell what matters was not checked" in judgement.statement


def test_a_yawn_may_be_heard_as_speech(media: Path) -> None:
    """A known fault: who listens to the rabbit's yawn is told of a voice."""
    judgement = check(media / "bbb-rabbit-ad/descriptions.vtt", media / "bbb-rabbit-ad/video.mp4", picture=False)
    assert {one.rule for one in judgement.findings} == {"over-speech"}
