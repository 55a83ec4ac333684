"""On scripts that people wrote: what was really over dialogue is found and nothing else, and style rules keep quiet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from judge.human import HUMANS, MOST, OTHER_LANGUAGES, fired

from audiodesc import check
from audiodesc.core.intervals import joined, without
from audiodesc.judge import Criteria, Judgement
from audiodesc.judge.material import Material
from audiodesc.judge.rules import RULES
from audiodesc.judge.timing_rules import reach
from audiodesc.model import Span
from audiodesc.planning.costs import REST_MS, USABLE_MS, WAIT_MS
from audiodesc.scripts import read_script
from audiodesc.settings import CheckSettings, DialogueSettings, Settings
from audiodesc.subtitles import read_file

pytestmark = pytest.mark.media

STOPPED = ("Modal dialogs, a lecture", "Plan 9, the trailer")

CLEAN = [name for name, human in HUMANS.items() if human.captions and name not in STOPPED]
"""Those whose player does not stop the film."""

OVER = [193_500, 402_800, 416_000, 425_100, 465_000, 480_000]
EDGES = [26_100, 354_500]
"""Elephants Dream: where a cue of the one file overlaps a cue of the other; at the edges it is under the end of "Emo?",
which stands for 2.5 s, and over the last 188 ms of "Good."."""

QUICK = Settings(check=CheckSettings(picture=False))


def errors(judgement: Judgement, *but: str) -> list[tuple[str, int]]:
    return [
        (one.rule, one.span.start_ms)
        for one in judgement.findings
        if one.severity == "error" and one.rule not in but and one.span
    ]


def rests(name: str, media: Path) -> Iterator[tuple[Span, bool, int]]:
    """The usable parts of pauses without a line: where, whether a line is in the pause, and how long till the next."""
    human = HUMANS[name]
    material = Material(read_script(media / human.script).lines, Criteria(), read_file(media / human.captions)[0])
    lines = joined([reach(line, material) for line in material.lines])
    for pause in (gap.span for gap in material.pauses):
        for rest in without([pause], lines):
            later = [line.span.start_ms for line in material.lines if line.span.start_ms >= rest.start_ms]
            if rest.duration_ms >= USABLE_MS and later:
                yield rest, rest != pause, later[0] - rest.start_ms


def test_how_long_people_rest_is_what_rests_says(media: Path) -> None:
    """The figures in the docstring of `audiodesc.planning.starts`, and that both its limits lie above them."""
    found = [one for name in CLEAN for one in rests(name, media)]
    left = [rest.duration_ms for rest, is_used, _ in found if is_used]
    empty = [rest.duration_ms for rest, is_used, _ in found if not is_used]
    *waits, longest = sorted(wait for _, _, wait in found)
    assert (len(CLEAN), len(found), len(empty)) == (9, 13, 3)
    assert [round(max(one) / 100) for one in (left, empty, waits)] == [55, 48, 84]
    assert round(longest / 1000) == 30
    assert max(left) <= REST_MS
    assert waits[-1] <= WAIT_MS


def test_each_style_rule_fires_on_few_lines(media: Path) -> None:
    lines, counts = fired(media)
    assert lines == 173
    too_often = {rule: count / lines for rule, count in counts.items() if RULES[rule].on and count > MOST * lines}
    assert too_often == {}


def test_elephants_dream_overlaps_eight_times(media: Path) -> None:
    judgement = HUMANS["Elephants Dream"].judged(media)
    assert judgement.pace.lines == 63
    assert errors(judgement, "does-not-fit") == [("over-dialogue", ms) for ms in OVER]
    assert [one.span.start_ms for one in judgement.findings if one.rule == "cue-edge" and one.span] == EDGES


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
    right = check(
        media / "bbb-rabbit-ad/descriptions.vtt", film, settings=Settings(dialogue=DialogueSettings(hear=False))
    )
    wrong = check(
        media / "bbb-rabbit-ad/incorrect-descriptions.vtt",
        film,
        settings=Settings(dialogue=DialogueSettings(hear=False)),
    )
    assert right.findings == wrong.findings == ()
    for judgement in (right, wrong):
        assert "true and tell what matters was not checked" in judgement.statement


def test_a_yawn_may_be_heard_as_speech(media: Path) -> None:
    """A known fault: who listens to the rabbit's yawn is told of a voice."""
    judgement = check(media / "bbb-rabbit-ad/descriptions.vtt", media / "bbb-rabbit-ad/video.mp4", settings=QUICK)
    assert {one.rule for one in judgement.findings} == {"over-speech"}
