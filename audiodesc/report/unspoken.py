"""A film in which no line is spoken: why that is likely so, and what helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from audiodesc.core.formatting import seconds
from audiodesc.core.plurals import number_of
from audiodesc.model import Gap, Outcome
from audiodesc.settings import Settings

NOTHING = "no line is spoken"
"""How the message begins."""


def not_described(film: str, message: str) -> str:
    """What the message says, as a sentence about the film."""
    return f"{film} was not described: {message.removeprefix(NOTHING).lstrip(': ')}"


def unspoken(gaps: Sequence[Gap], outcomes: Sequence[Outcome], settings: Settings, describer: str) -> Iterator[str]:
    """The message; none where a line is spoken.

    `gaps` are the pauses that may be used, `describer` is a fingerprint or "human".
    """
    if any(outcome.speech for outcome in outcomes):
        return
    left_out = [outcome.reason for outcome in outcomes if outcome.text]
    if left_out:
        yield f"{NOTHING}: {_left_out(left_out)}"
    elif not gaps:
        yield f"{NOTHING}: {_no_pause(settings)}"
    elif outcomes:
        yield f"{NOTHING}: {_saw_nothing(len(outcomes), describer)}"
    else:
        yield (
            f"{NOTHING}: in {number_of(len(gaps), 'pause')} nothing seemed to call for a line, as the report tells of "
            "each; --density full speaks more often"
        )


def _saw_nothing(looks: int, describer: str) -> str:
    """The describer was silent each time it looked; `basic` does no more than read."""
    why = " (basic only reads the text on the screen)" if describer.startswith("basic/") else ""
    return (
        f"the describer saw nothing that it was sure of in {number_of(looks, 'look')}{why}; another may see more "
        "(--describer, see `audiodesc describers`), or write the lines yourself: `audiodesc gaps` lists the pauses, "
        "`audiodesc render` speaks"
    )


def _left_out(reasons: Sequence[str]) -> str:
    """All lines fell out: the reason that most of them have."""
    (reason, count), *others = Counter(reasons).most_common()
    whole = "the only line is" if len(reasons) == 1 else f"all {len(reasons)} lines are"
    most = f"{count} of them: " if others else ""
    return f"{whole} left out ({most}{reason}); write shorter ones, move them, or let the voice be faster (--fastest)"


def _no_pause(settings: Settings) -> str:
    shortest, margin = seconds(settings.shortest_ms), seconds(settings.margin_ms, 2)
    protects = {"--protect-lyrics": settings.protect_lyrics, "--protect-sounds": settings.protect_sounds}
    given = " or ".join(name for name, is_given in protects.items() if is_given)
    free = f", or leave out {given}" if given else ""
    return (
        f"the dialogue leaves no pause of {shortest} s with {margin} s of silence before and after it; try a smaller "
        f"--shortest or --margin{free}; else only an extended description, which stops the film, has room"
    )
