"""On real films and subtitles, the plan costs no more than a choice that looks at one pause at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from planning.pricing import SHORTEST_MS, begins, by_pause, price

from audiodesc.media.probe import probe
from audiodesc.media.shots import Shots, shots
from audiodesc.model import Cue, Gap
from audiodesc.planning import plan
from audiodesc.planning.costs import LINES
from audiodesc.planning.gaps import gaps as find_gaps
from audiodesc.subtitles import read_file

PAIRS = [
    ("enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4", "enable-a11y-plan9/plan-9-trailer.en.vtt"),
    ("sintel-trailer/sintel_trailer_854x480.mp4", "sintel-trailer/sintel.vtt"),
    ("popeye/popeye_p3_pgs.mkv", "popeye/popeye_p3.eng.srt"),
    ("popeye/popeye_p2_vobsub.mkv", "popeye/popeye_p2.eng.srt"),
    ("his-girl-friday/friday.mp4", "his-girl-friday/friday.vtt"),
]


def check_real(gaps: Sequence[Gap], seen: Shots, cues: Sequence[Cue]) -> list[bool]:
    """For each density whether the plan is the cheaper choice; it is never the dearer one."""
    cheaper = []
    ends_ms = max((cue.span.end_ms for cue in cues), default=0)
    for density in LINES if gaps else ():
        made = plan(gaps, seen.cuts, cues, SHORTEST_MS, density, seen.still)
        assert made.cost == price(begins(made.segments), gaps, seen.cuts, density, seen.still, ends_ms)
        alone = price(tuple(by_pause(gaps, seen.cuts)), gaps, seen.cuts, density, seen.still, ends_ms)
        assert made.cost <= alone
        cheaper.append(made.cost < alone)
    return cheaper


def test_the_sample_film_is_planned_as_a_describer_would(sample: tuple[Path, Path]) -> None:
    film, subtitles = probe(sample[0]), sample[1]
    cues, seen = read_file(subtitles)[0], shots(film)
    gaps = find_gaps(cues, film.duration_ms)
    assert all(check_real(gaps, seen, cues))
    made = plan(gaps, seen.cuts, cues, SHORTEST_MS, still=seen.still)
    assert [len(verdict.starts_ms) for verdict in made.verdicts] == [1] * 7  # every pause tells something
    scenes = [cut for cut in seen.cuts if any(gap.span.start_ms < cut < gap.span.end_ms - 3_000 for gap in gaps)]
    assert set(scenes) <= set(begins(made.segments))  # a new place is told when it is seen


@pytest.mark.media
@pytest.mark.parametrize(("film", "subtitles"), PAIRS)
def test_the_plan_of_a_real_film_costs_no_more_than_each_pause_by_itself(
    media: Path, film: str, subtitles: str
) -> None:
    source = probe(media / film)
    cues = read_file(media / subtitles)[0]
    check_real(find_gaps(cues, source.duration_ms), shots(source), cues)


@pytest.mark.media
def test_the_plan_of_any_real_subtitles_costs_no_more_than_each_pause_by_itself(media: Path) -> None:
    found = [*media.glob("wai-perspectives/*/*.vtt"), *media.glob("ableplayer-*/*captions*.vtt")]
    found += media.glob("elephantsdream-videojs/captions.*.vtt")
    assert len(found) > 50
    cheaper = []
    for path in found:
        cues = read_file(path)[0]
        cheaper += check_real(find_gaps(cues, max(cue.span.end_ms for cue in cues) + 5_000), Shots(()), cues)
    assert sum(cheaper) > 0.7 * len(cheaper)  # the rest are films of few pauses, of which any choice takes all
