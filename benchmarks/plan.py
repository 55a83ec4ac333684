"""Processor time of the choice of where to speak in made films of 3 hours, and how it compares with where people spoke.

    python benchmarks/plan.py [--media FOLDER]

FOLDER holds real captions with human descriptions (see `HUMAN`).
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

from audiodesc.model import Cue, Gap, Segment, Span
from audiodesc.planning import plan
from audiodesc.planning.assign import Assumed, Candidate, Option, assign, measured
from audiodesc.planning.costs import LINES
from audiodesc.planning.gaps import SHORTEST_MS, gaps
from audiodesc.scripts import read_script
from audiodesc.subtitles import read_file

HOUR_MS = 3_600_000
TALK = {"no dialogue": 0, "half of it dialogue": 6_000, "three quarters dialogue": 9_000}
"""How many ms of each 12 s somebody speaks."""

SHOT_MS = (2_000, 5_000, 15_000)
NEAR_MS = 2_000
WORD_MS = 350
HUMAN = {
    "elephantsdream-videojs/captions.en.vtt": "elephantsdream-videojs/descriptions.en.vtt",
    "ableplayer-blocks4all/blocks4all_captions_en.vtt": "ableplayer-blocks4all/blocks4all_descriptions_en.vtt",
    "ableplayer-deadline/deadline_captions_en.vtt": "ableplayer-deadline/deadline_descriptions_en.vtt",
} | {
    f"wai-perspectives/{film}/{film}_ad.en.vtt": f"wai-perspectives/{film}/{film}_ad_desc.en.vtt"
    for film in ("captions", "contrast", "controls", "customizable", "layout")
}
"""Captions, and the descriptions that a person spoke in their pauses."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Where to speak: how long it takes, how often, and where people do.")
    parser.add_argument("--media", type=Path, help="the folder of real captions and descriptions")
    given = parser.parse_args()
    print("| a film of 3 h, shots of 5 s | pauses | lines | `plan` | `assign` |\n| --- | --- | --- | --- | --- |")
    for name, talk_ms in TALK.items():
        _timed(name, talk_ms)
    print("\n| lines a minute, 10 min | shots | sparse | normal | full |\n| --- | --- | --- | --- | --- |")
    for name, talk_ms in TALK.items():
        for shot_ms in SHOT_MS:
            _counted(name, talk_ms, shot_ms)
    if given.media:
        print("\n| density | lines | a minute | begin by a person's | people's lines | by one of ours | in a window |")
        print(f"|{' --- |' * 7}")
        for density in LINES:
            _compared(given.media, density)


def _film(talk_ms: int, shot_ms: int, end_ms: int) -> tuple[list[Cue], list[int], tuple[Gap, ...]]:
    chance = random.Random(1)
    cuts = [0]
    while cuts[-1] < end_ms:
        cuts.append(cuts[-1] + 400 + int(chance.expovariate(1 / shot_ms)))
    cues = [Cue(Span(at, at + talk_ms), "") for at in range(3_000, end_ms, 12_000) if talk_ms]
    return cues, cuts[1:-1], gaps(cues, end_ms)


def _timed(name: str, talk_ms: int) -> None:
    cues, cuts, pauses = _film(talk_ms, 5_000, 3 * HOUR_MS)
    started = time.process_time()
    segments = plan(pauses, cuts, cues, SHORTEST_MS).segments
    planned = time.process_time()
    chance = random.Random(1)
    options = [_option(segment, chance) for segment in segments]
    offered = time.process_time()
    assign(options, pauses, cuts)
    ended = time.process_time()
    print(f"| {name} | {len(pauses)} | {len(segments)} | {planned - started:.2f} s | {ended - offered:.2f} s |")


def _option(segment: Segment, chance: random.Random) -> Option:
    """Up to four lines of 3 to 25 words, the longest first; the shortest was told."""
    texts = sorted((" ".join(["word"] * chance.randint(3, 25)) for _ in range(4)), key=len, reverse=True)
    room_ms = segment.gap.span.duration_ms
    some: tuple[Candidate, ...] = measured(
        texts, room_ms, lambda text, rate: int(len(text.split()) * WORD_MS / rate), 1.15
    )
    return Option(segment, some, Assumed(some[-1].text, segment.wanted_ms))


def _counted(name: str, talk_ms: int, shot_ms: int) -> None:
    cues, cuts, pauses = _film(talk_ms, shot_ms, HOUR_MS // 6)
    counts = [len(plan(pauses, cuts, cues, SHORTEST_MS, density).segments) / 10 for density in LINES]
    print(f"| {name} | {shot_ms // 1000} s | {' | '.join(f'{count:.1f}' for count in counts)} |")


def _compared(media: Path, density: str) -> None:
    ours, theirs, begun, met, held, minutes = 0, 0, 0, 0, 0, 0.0
    for captions, descriptions in HUMAN.items():
        cues, people = read_file(media / captions)[0], [raw.start_ms for raw in read_script(media / descriptions).lines]
        end_ms = max(*people, *(cue.span.end_ms for cue in cues)) + 6_000
        segments = plan(gaps(cues, end_ms), (), cues, SHORTEST_MS, density).segments  # type: ignore[arg-type]
        starts = [segment.wanted_ms for segment in segments]
        ours, theirs, minutes = ours + len(starts), theirs + len(people), minutes + end_ms / 60_000
        begun += sum(_near(start, [Span(one, one) for one in people]) for start in starts)
        met += sum(_near(one, [Span(start, start) for start in starts]) for one in people)
        held += sum(_near(one, [segment.gap.span for segment in segments]) for one in people)
    print(
        f"| {density} | {ours} | {ours / minutes:.1f} | {begun / ours:.0%} | {theirs} "
        f"| {met / theirs:.0%} | {held / theirs:.0%} |"
    )


def _near(time_ms: int, spans: Sequence[Span]) -> bool:
    return any(span.start_ms - NEAR_MS <= time_ms <= span.end_ms + NEAR_MS for span in spans)


if __name__ == "__main__":
    main()
