"""What a user can choose of the rules, with the numbers of the craft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from audiodesc.errors import UsageError
from audiodesc.judge.findings import Profile, Rule
from audiodesc.judge.rules import RULES
from audiodesc.model import CueKind
from audiodesc.planning.gaps import MARGIN_MS
from audiodesc.planning.pacing import USABLE_MS


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How strictly a script is judged.

    `profile`: whose style rules: itc, dcmp, netflix, or plain, those that most guides share.
    `disable`, `enable`: names of rules, laid over the profile.
    `language`: BCP 47 tag of the script; "" to tell by its words. Words are judged in English only.
    `fastest_wpm`: the most words a minute that a listener is asked to follow (160–180 is usual, 200 the most).
    `usable_ms`: the shortest pause that counts as usable (under about 2 s may be unusable, WCAG).
    `silent_min`: how many minutes may pass without description while there are usable pauses.
    `margin_ms`: silence kept around dialogue where pauses are counted.
    `protected`: the kinds of cues that nobody should speak over; songs and sounds may be spoken over. Where a dialogue
    is judged by (see `audiodesc.check`), it says which.
    `extended`: the player stops the film while a line is spoken, so that rules of place and speed do not hold.
    """

    profile: str = "plain"
    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    language: str = ""
    fastest_wpm: int = 200
    usable_ms: int = USABLE_MS
    silent_min: float = 2.0
    margin_ms: int = MARGIN_MS
    protected: tuple[CueKind, ...] = ("speech", "on_screen")
    extended: bool = False

    def __post_init__(self) -> None:
        _known("profile", (self.profile,), get_args(Profile))
        _known("rule", (*self.disable, *self.enable), tuple(RULES))
        _between("words a minute", self.fastest_wpm, 60, 400)
        _between("ms for a usable pause", self.usable_ms, 300, 60_000)
        _between("minutes without description", self.silent_min, 0.1, 600)
        _between("ms of margin", self.margin_ms, 0, 10_000)

    def wants(self, rule: Rule) -> bool:
        """Whether a rule is judged. Disabling wins over enabling."""
        if rule.name in self.disable:
            return False
        return rule.name in self.enable or self.profile in rule.on


def _known(kind: str, names: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"there is no {kind} {name!r}", f"choose one of: {', '.join(known)}")


def _between(what: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"{value:g} {what}", f"give {least:g} to {most:g}")
