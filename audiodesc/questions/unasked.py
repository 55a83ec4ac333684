"""What is known around a moment without a model, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from audiodesc.core.formatting import clock
from audiodesc.describers.base import Describer
from audiodesc.describers.basic.texts import parse_facts
from audiodesc.footage import Footage
from audiodesc.model import Gap, Segment, Span
from audiodesc.narration.failures import in_one_line
from audiodesc.narration.observe import observations
from audiodesc.questions.around import Around
from audiodesc.search.documents import documents

NEAR_MS = 15_000
"""So long before the moment dialogue and lines are still around it."""

MOST = 6
"""Of each kind, the last ones."""

NOT_ASKED = "No model was asked."
NOTHING = "Nothing is known around {start} to {end}."


def known_text(
    footage: Footage, known: Around, describer: Describer | None = None, *, spoilers: bool = False
) -> tuple[str, bool]:
    """Sentences of what is known, and whether there is anything; a `describer` looks at the moment first."""
    dated = sorted(_sentences(footage, known, describer, spoilers), key=lambda one: one[0])
    said = list(dict.fromkeys(sentence for _, sentence in dated))
    if known.people:
        said.append(f"People whom the description knows by then: {'; '.join(map(in_one_line, known.people))}.")
    start, end = clock(known.moment.start_ms), clock(known.moment.end_ms)
    first = f"{NOT_ASKED} What is known around {start} to {end}:" if said else f"{NOT_ASKED} {NOTHING}"
    return "\n".join([first.format(start=start, end=end), *said]), bool(said)


def _sentences(
    footage: Footage, known: Around, describer: Describer | None, spoilers: bool
) -> Iterator[tuple[int, str]]:
    """Each with when it is shown or said, in ms."""
    near_ms = known.moment.start_ms - NEAR_MS
    seen = observed(footage, known.moment, describer) if describer else ""
    read = [(text.span, text.text) for text in parse_facts(seen).texts]
    for span, text in (*known.texts, *read):
        yield span.start_ms, f"On the screen stands “{in_one_line(text)}” ({clock(span.start_ms)})."
    if seen and not read and describer:
        yield known.moment.start_ms, f"{describer.label} sees: {in_one_line(seen)}"
    for span, text in _noted(footage, known.moment, spoilers):
        yield span.start_ms, f"The describer noted ({clock(span.start_ms)}): {in_one_line(text)}"
    for cue in [cue for cue in known.dialogue if cue.span.end_ms > near_ms][-MOST:]:
        who = f"{in_one_line(cue.speaker)} says" if cue.speaker else "It is said"
        what = who if cue.kind == "speech" else "In the sound"
        yield cue.span.start_ms, f"{what}: “{in_one_line(cue.text)}” ({clock(cue.span.start_ms)})."
    for line in [line for line in known.lines if line.start_ms > near_ms][-MOST:]:
        yield line.start_ms, f"The description says: “{in_one_line(line.text)}” ({clock(line.start_ms)})."


def observed(footage: Footage, moment: Span, describer: Describer) -> str:
    """What a describer sees in a moment, "" where it gives no answer; kept in the film's store."""
    segment = Segment(Gap(moment), moment, moment.start_ms, 1)
    cuts = footage.found.cuts
    (seen,) = observations(footage.film, [segment], describer, footage.cues, footage.store, 1.0, cuts)
    return seen.facts


def _noted(footage: Footage, moment: Span, spoilers: bool) -> Iterator[tuple[Span, str]]:
    """What describers saw before, as far as none of it comes later than the moment."""
    for one in documents(footage.project) if footage.project else ():
        if one.kind == "observation" and one.span.overlap_ms(moment) and (spoilers or one.span.end_ms <= moment.end_ms):
            yield one.span, " ".join(one.texts.values())
