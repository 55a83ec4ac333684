"""Descriptions that people wrote, with the captions of the same film, in the folder of real films."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audiodesc import check
from audiodesc.judge import Criteria, Judgement
from audiodesc.judge.rules import RULES


@dataclass(frozen=True)
class Human:
    """A script, its captions, and whether its cues are as long as somebody really spoke."""

    script: str
    captions: str = ""
    spoken: bool = False

    def judged(self, media: Path, criteria: Criteria | None = None) -> Judgement:
        return check(media / self.script, None, media / self.captions if self.captions else None, criteria)


WAI = ("captions", "contrast", "controls", "customizable", "layout")
HUMANS = {
    "Elephants Dream": Human("elephantsdream-videojs/descriptions.en.vtt", "elephantsdream-videojs/captions.en.vtt"),
    **{
        f"W3C Perspectives, {film}": Human(
            f"wai-perspectives/{film}/{film}_ad_desc.en.vtt", f"wai-perspectives/{film}/{film}_ad.en.vtt", True
        )
        for film in WAI
    },
    "Blocks4All": Human(
        "ableplayer-blocks4all/blocks4all_descriptions_en.vtt", "ableplayer-blocks4all/blocks4all_captions_en.vtt"
    ),
    "Deadline": Human(
        "ableplayer-deadline/deadline_descriptions_en.vtt", "ableplayer-deadline/deadline_captions_en.vtt"
    ),
    "World Wide Access": Human("ableplayer-wwa/wwa_description_en.vtt", "ableplayer-wwa/wwa_captions_en.vtt"),
    "Modal dialogs, a lecture": Human(
        "enable-a11y-dialog/dialog-document__html5--desc.vtt", "enable-a11y-dialog/dialog-document__html5.vtt"
    ),
    "Plan 9, the trailer": Human(
        "enable-a11y-plan9/plan-9-trailer--ad.en.vtt", "enable-a11y-plan9/plan-9-trailer.en.vtt"
    ),
    "Chrome, an advert": Human("chrome-clip/descriptions.vtt"),
    "Big Buck Bunny, a clip": Human("bbb-rabbit-ad/descriptions.vtt"),
}
OTHER_LANGUAGES = (
    *(f"wai-perspectives/{film}/{film}_ad_desc.{tag}.vtt" for film in WAI for tag in ("fr", "id")),
    *(f"ableplayer-wwa/wwa_description_{tag}.vtt" for tag in ("de", "es", "fr", "ja")),
)
MOST = 0.03
"""A style rule that fires on a greater share of these lines is wrong, or off unless somebody asks for it."""

ALL_STYLE = Criteria(enable=tuple(name for name, rule in RULES.items() if rule.group == "style"), language="en")


def fired(media: Path) -> tuple[int, Counter[str]]:
    """How many lines there are, and on how many of them each style rule fires."""
    judgements = [human.judged(media, ALL_STYLE) for human in HUMANS.values()]
    return sum(one.pace.lines for one in judgements), Counter(rule for one in judgements for rule in _rules(one))


def _rules(judgement: Judgement) -> Iterator[str]:
    """Each rule once for each line."""
    yield from (
        rule for rule, _ in {(one.rule, one.line) for one in judgement.findings if RULES[one.rule].group == "style"}
    )
