"""Why each pause is used or not, and why no line at all is spoken."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from audiodesc.core.formatting import clock, number_of, seconds
from audiodesc.model import Gap, Outcome, Span
from audiodesc.planning import Verdict
from audiodesc.planning.costs import WAIT_MS
from audiodesc.report.model import ReportGap
from audiodesc.settings import DialogueSettings, PlanSettings, StopSettings


def explained_gaps(verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> Iterator[ReportGap]:
    """Where lines were planned in each gap, where they are spoken in it, and why it is used or not."""
    begins = [verdict.gap.span.start_ms for verdict in verdicts]
    planned: list[list[Outcome]] = [[] for _ in verdicts]
    spoken: list[list[Outcome]] = [[] for _ in verdicts]
    for outcome in outcomes:
        for times, time_ms in ((planned, outcome.segment.wanted_ms), (spoken, _start_ms(outcome))):
            number = bisect_right(begins, time_ms) - 1
            if number >= 0 and time_ms <= verdicts[number].gap.span.end_ms:  # else in a pause too short for a plan
                times[number].append(outcome)
    at = {outcome.segment.wanted_ms: outcome for outcome in outcomes}
    for verdict, wanted, heard in zip(verdicts, planned, spoken, strict=True):
        span = verdict.gap.span
        yield ReportGap(
            start_ms=span.start_ms,
            end_ms=span.end_ms,
            kind=verdict.gap.kind,
            planned_ms=tuple(outcome.segment.wanted_ms for outcome in wanted),
            spoken_ms=tuple(outcome.speech.span.start_ms for outcome in heard if outcome.speech),
            why=_why(verdict, wanted, heard) or f"{verdict.reason}{_described_later(verdict, at)}",
        )


def _start_ms(outcome: Outcome) -> int:
    """When its line is spoken, −1 where it is not."""
    return outcome.speech.span.start_ms if outcome.speech else -1


def silence_reason(span: Span, outcomes: Sequence[Outcome]) -> str:
    """Why no line describes in time what is seen in a span, where one was planned to; else ""."""
    near = (one for one in outcomes if span.start_ms <= one.segment.wanted_ms < span.end_ms + WAIT_MS)
    return next(filter(None, map(_failed, near)), "")


def _failed(outcome: Outcome) -> str:
    """What became of a line that is not said when it was planned."""
    planned = f"a line was planned at {clock(outcome.segment.wanted_ms, 1)}"
    if outcome.speech:
        start_ms = outcome.speech.span.start_ms
        return f"{planned}, and is said at {clock(start_ms, 1)}" if start_ms > outcome.segment.wanted_ms else ""
    if outcome.text:
        return f"{planned}, and is left out: {outcome.reason}"
    return f"{planned}, but {outcome.reason if outcome.failure else 'the describer saw nothing worth saying'}"


def _why(verdict: Verdict, planned: Sequence[Outcome], spoken: Sequence[Outcome]) -> str:
    """What the lines themselves changed; "" where it went as planned."""
    if spoken and not planned:
        return f"the line planned at {clock(spoken[0].segment.wanted_ms, 1)} is said here: it needs the room"
    if verdict.starts_ms and not planned:
        return "what was seen up to here is described while it is seen, or there was nothing to describe"
    if spoken or not planned:
        return ""
    if moved := [outcome.speech for outcome in planned if outcome.speech]:
        return f"the line planned here is said at {clock(moved[-1].span.start_ms, 1)}"
    if left_out := [outcome for outcome in planned if outcome.text]:
        return f"the line planned here is left out: {left_out[-1].reason}"
    if failed := [outcome for outcome in planned if outcome.failure]:
        return failed[-1].reason
    first, last = planned[0].segment.watch, planned[-1].segment.watch
    watched = f"{clock(first.start_ms, 1)} to {clock(last.end_ms, 1)}"
    return f"the describer saw nothing worth saying (watched {watched})"


def _described_later(verdict: Verdict, at: Mapping[int, Outcome]) -> str:
    """Which line describes what is seen in a pause that is not used, if it is spoken."""
    if verdict.described_ms is None:
        return ""
    line = at.get(verdict.described_ms)
    if line and line.speech:
        return f"; the line at {clock(line.speech.span.start_ms, 1)} describes it"
    return f"; a line was planned at {clock(verdict.described_ms, 1)} to describe it, but is not spoken"


NOTHING = "no line is spoken"
"""How the message begins."""

CROSSES = "it is heard across the border of this part: it is in the whole film"
"""Why a line is left out of a part."""


def not_described(film: str, message: str) -> str:
    """What the message says, as a sentence about the film."""
    return f"{film} was not described: {message.removeprefix(NOTHING).lstrip(': ')}"


def unspoken(
    gaps: Sequence[Gap],
    outcomes: Sequence[Outcome],
    plan: PlanSettings,
    dialogue: DialogueSettings,
    limits: str,
    stops: StopSettings = StopSettings(),  # noqa: B008 — it is frozen
) -> Iterator[str]:
    """The message; none where a line is spoken.

    `gaps` are the pauses that may be used, `limits` what the describer cannot do by its nature, or "".
    """
    if any(outcome.speech for outcome in outcomes):
        return
    left_out = [outcome.reason for outcome in outcomes if outcome.text]
    if left_out:
        yield f"{NOTHING}: {_left_out(left_out)}"
    elif not gaps:
        yield f"{NOTHING}: {_no_pause(plan, dialogue, stops)}"
    elif any(outcome.failure for outcome in outcomes):
        yield f"{NOTHING}: the describer gave no answer in {_unanswered(outcomes)}; run again"
    elif outcomes:
        yield f"{NOTHING}: {_saw_nothing(len(outcomes), limits)}"
    else:
        yield (
            f"{NOTHING}: in {number_of(len(gaps), 'pause')} nothing seemed to call for a line, as the report says of "
            "each; --density full speaks more often"
        )


def _unanswered(outcomes: Sequence[Outcome]) -> str:
    """Such as "1 of 4 looks and 2 of 3 lines"."""
    looks = sum(1 for one in outcomes if one.failure and not one.facts)
    lines = sum(1 for one in outcomes if one.failure and one.facts)
    asked = sum(1 for one in outcomes if one.facts)
    counts = ((looks, number_of(len(outcomes), "look")), (lines, number_of(asked, "line")))
    return " and ".join(f"{count} of {total}" for count, total in counts if count)


def _saw_nothing(looks: int, limits: str) -> str:
    """The describer was silent in each segment."""
    why = f" ({limits})" if limits else ""
    return (
        f"the describer saw nothing that it was sure of in {number_of(looks, 'look')}{why}; another may see more "
        "(--describer, see `audiodesc describers`), or write the lines yourself: `audiodesc gaps` lists the pauses, "
        "`audiodesc render` speaks"
    )


def _left_out(reasons: Sequence[str]) -> str:
    """All lines fell out: the reason that most of them have."""
    (reason, count), *others = Counter("in doubt" if _is_doubt(one) else one for one in reasons).most_common()
    whole = "the only line is" if len(reasons) == 1 else f"all {len(reasons)} lines are"
    most = f"{count} of them: " if others else ""
    remedy = "write shorter ones, move them, or let the voice be faster (--fastest)"
    if reason == "in doubt":
        remedy = "give --doubt mark to speak them all the same, or choose another describer (--describer)"
    elif reason == CROSSES:
        remedy = "move --from or --to"
    return f"{whole} left out ({most}{reason}); {remedy}"


def _is_doubt(reason: str) -> bool:
    """Whether a line is left out because nothing in it was seen."""
    return reason.startswith("in doubt (")


def _no_pause(plan: PlanSettings, dialogue: DialogueSettings, stops: StopSettings) -> str:
    shortest, margin = seconds(plan.shortest_ms), seconds(plan.margin_ms, 2)
    protects = {"--protect-lyrics": dialogue.protect_lyrics, "--protect-sounds": dialogue.protect_sounds}
    given = " or ".join(name for name, is_given in protects.items() if is_given)
    free = f", or leave out {given}" if given else ""
    room = "else only an extended description, which stops the film, has room (--extended)"
    if stops.extended:
        room = "for a line that you write the film stops between two subtitles (`audiodesc render`)"
    return (
        f"the dialogue leaves no pause of {shortest} s with {margin} s of silence before and after it; try a smaller "
        f"--shortest or --margin{free}; {room}"
    )
