"""For each rule a script that breaks it, and one that differs in that alone and does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audiodesc.core.style import BROKEN
from audiodesc.judge import Criteria, Judgement, judge
from audiodesc.judge.rules import RULES
from audiodesc.model import Cue, Span
from audiodesc.scripts import ScriptLine, read_script
from audiodesc.scripts.known_voices import with_known_voices


def at(start_s: float, end_s: float, text: str = "A man waits at the gate.", number: int = 0) -> ScriptLine:
    return ScriptLine(round(start_s * 1000), round(end_s * 1000), text, number)


def said(start_s: float, end_s: float, text: str = "So there it is.", **about: Any) -> Cue:
    return Cue(Span(round(start_s * 1000), round(end_s * 1000)), text, **about)


OPENING = at(1, 4, "A man in a grey coat waits at the gate.")
"""Breaks no rule, and names somebody."""


@dataclass(frozen=True)
class Case:
    """A script, as lines or, where only the file shows the fault, as text; and what is known of its film."""

    lines: tuple[ScriptLine, ...] = ()
    text: str = ""
    cues: tuple[Cue, ...] | None = None
    known: Mapping[str, Any] = field(default_factory=dict)

    def judged(self, rule: str, folder: Path, **choices: Any) -> Judgement:
        """By the rule, whether a profile has it or not."""
        criteria = Criteria(enable=(rule,), **choices)
        if not self.text:
            return judge(self.lines, self.cues, criteria, **self.known)
        path = folder / "script.vtt"
        path.write_text(self.text, "utf-8")
        script = with_known_voices(read_script(path))
        return judge(script.lines, self.cues, criteria, faults=script.faults, **self.known)


def lines(*rows: ScriptLine, cues: tuple[Cue, ...] | None = None, **known: Any) -> Case:
    return Case(rows, cues=cues, known=known)


def vtt(*blocks: str) -> Case:
    return Case(text="\n\n".join(("WEBVTT", "00:00:01.000 --> 00:00:03.000\nA man waits at the gate.", *blocks)))


def dapt(script_type: str) -> Case:
    return Case(
        text='<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
        'xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata" '
        'ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0/content" xml:lang="en" '
        f'daptm:scriptType="{script_type}" daptm:scriptRepresents="visual" daptm:represents="visual.nonText">'
        '<body><div xml:id="a" begin="1s" end="4s"><p>A man waits at the gate.</p></div></body></tt>'
    )


DIALOGUE = (said(7, 9), said(300, 303))
TWELVE = "A man in a long grey coat waits alone at the gate."
TALK = (said(0, 1), said(7, 9), said(20, 21.5))
LATER = (said(30, 32, "Where is she?"), said(140, 142, "Listen, Anna!"))
WET = "Rain falls on the roof."

PLANTED: Mapping[str, tuple[Case, Case]] = {
    "over-dialogue": (lines(at(5, 7.101), cues=DIALOGUE), lines(at(5, 7.1), cues=DIALOGUE)),
    "over-speech": (
        lines(at(5, 8), cues=(), heard=[Span(7_700, 9_000)]),
        lines(at(5, 8), cues=(), heard=[Span(8_000, 9_000)]),
    ),
    "does-not-fit": (lines(at(5, 6.5, TWELVE), cues=DIALOGUE), lines(at(5, 6.5, "A man waits."), cues=DIALOGUE)),
    "out-of-order": (lines(at(30, 33), at(20, 23, WET)), lines(at(20, 23), at(30, 33, WET))),
    "overlapping-lines": (lines(at(5, 9), at(7, 10, WET)), lines(at(5, 7), at(7, 10, WET))),
    "past-end": (lines(at(100, 103), duration_ms=90_000), lines(at(80, 83), duration_ms=90_000)),
    "empty-line": (
        vtt("00:00:05.000 --> 00:00:08.000"),
        vtt("00:00:05.000 --> 00:00:08.000\nRain falls on the roof."),
    ),
    "unreadable": (
        vtt("00:05 -> 00:08\nRain falls on the roof."),
        vtt("00:05.000 --> 00:08.000\nRain falls on the roof."),
    ),
    "dapt": (dapt("description"), dapt("preRecording")),
    "cue-edge": (
        lines(at(6, 9), cues=(said(4, 6.3, "Oh no."),)),
        lines(at(6.3, 9), cues=(said(4, 6.3, "Oh no."),)),
    ),
    "under-subtitle": (
        lines(at(8, 10), cues=(said(6, 8),), heard=[], subtitles=(said(6, 9),)),
        lines(at(9, 11), cues=(said(6, 8),), heard=[], subtitles=(said(6, 9),)),
    ),
    "fast-line": (
        lines(at(5, 7, "A man in a grey overcoat waits alone by the gate.")),
        lines(at(5, 7, "A man waits at the gate.")),
    ),
    "fast-overall": (
        lines(*(at(5 * n, 5 * n + 2, "A man walks on to a big red gate.") for n in range(40))),
        lines(*(at(5 * n, 5 * n + 4, "A man walks on to a big red gate.") for n in range(40))),
    ),
    "lines-close": (
        lines(at(5, 5.851, "A man waits alone."), at(6.1, 9, WET)),
        lines(at(5, 5.85, "A man waits alone."), at(6.1, 9, WET)),
    ),
    "empty-pause": (
        lines(at(2, 5), at(22.001, 25, WET), cues=TALK, duration_ms=30_000, cuts=[12_000]),
        lines(at(2, 5), at(22, 25, WET), cues=TALK, duration_ms=30_000, cuts=[12_000]),
    ),
    "long-silence": (lines(at(5, 8), at(130, 133, WET)), lines(at(5, 8), at(120, 123, WET))),
    "unknown-voice": (
        vtt("00:00:05.000 --> 00:00:08.000\n<v espeak-enn>Rain falls on the roof."),
        vtt("00:00:05.000 --> 00:00:08.000\n<v espeak-en-gb>Rain falls on the roof."),
    ),
    "pronoun-alone": (lines(at(5, 7, "He sits up.")), lines(at(5, 8, "A boy in a red cap sits up."))),
    "early-name": (
        lines(at(60, 62, "Anna waves."), cues=LATER),
        lines(at(60, 63, "A woman in a red coat waves."), at(145, 147, "Anna waves."), cues=LATER),
    ),
    "constant-terms": (
        lines(at(5, 8, "An elevator opens."), at(20, 23, "Anna leaves the lift.")),
        lines(at(5, 8, "An elevator opens."), at(20, 23, "Anna leaves the elevator.")),
    ),
    "repeats-dialogue": (
        lines(at(5, 8, "The last ferry leaves."), cues=(said(10, 12, "So! The last ferry leaves."),)),
        lines(at(5, 8, "A ship casts off."), cues=(said(10, 12, "So! The last ferry leaves."),)),
    ),
    "repeats-line": (
        lines(at(5, 8, "Rain falls."), at(10, 13), at(20, 23, "Rain falls.")),
        lines(at(5, 8, "Rain falls."), at(10, 13), at(20, 23, "The gutter overflows.")),
    ),
    **{
        rule: (lines(OPENING, at(6, 9, RULES[rule].bad)), lines(OPENING, at(6, 9, RULES[rule].good))) for rule in BROKEN
    },
}
