"""An evaluation as a page: one HTML file that needs nothing else, with the worst lines side by side and frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from audiodesc.core.formatting import exact
from audiodesc.core.pages import environment
from audiodesc.evaluation.model import SYSTEMS, Evaluation, Line
from audiodesc.evaluation.output import (
    BY_ITSELF,
    ROWS,
    coverage_sentence,
    fact,
    interval,
    missing,
    number,
    shown_systems,
)
from audiodesc.media.probe import probe
from audiodesc.media.stills import Still, stills
from audiodesc.project.output_file import check_free, write_whole

MOST_LINES = 50
"""Rows of a table of lines: more of them nobody reads, and each has a frame."""

MOST_OWN = 300
"""Lines of ours that are shown one by one: those of half an hour, or more."""

WORST_BY = "rouge_l"
"""The measure by which lines are the worst: of those that every cue has, CIDEr is 0 for most."""


def page(evaluation: Evaluation, frames: Mapping[int, Still] | None = None) -> str:
    """The page; `frames` are pictures of the film by the number of the line."""
    return (
        _environment()
        .get_template("page.html")
        .render(
            found=evaluation,
            coverage=coverage_sentence(evaluation.coverage, evaluation.window_s) if evaluation.coverage else "",
            systems=[(one, SYSTEMS[one]) for one in shown_systems(evaluation)],
            scores=[score for score in evaluation.scores if score.values],
            missing=missing(evaluation),
            facts=[(title, [fact(getattr(one, name)) for one in _facts(evaluation)]) for name, title in ROWS],
            by_itself=[title for system, title in BY_ITSELF.items() if system in evaluation.facts],
            worst=worst(evaluation),
            empty=without_line(evaluation)[:MOST_LINES],
            empty_count=len(without_line(evaluation)),
            own=evaluation.own[:MOST_OWN],
            has_actions=any(one.actions is not None for one in evaluation.own),
            titles={score.measure: score.title.partition(",")[0] for score in evaluation.scores},
            worst_by=next((score.title for score in evaluation.scores if score.measure == WORST_BY), ""),
            frames=frames or {},
        )
    )


def worst(evaluation: Evaluation) -> list[Line]:
    """The human cues that have a line, the least alike first: at most `MOST_LINES`."""
    said = [line for line in evaluation.lines if line.ours]
    return sorted(said, key=lambda line: (line.scores.get(WORST_BY, 0), line.number))[:MOST_LINES]


def without_line(evaluation: Evaluation) -> list[Line]:
    """The human cues for which nothing is said."""
    return [line for line in evaluation.lines if not line.ours]


def frames_of(evaluation: Evaluation) -> dict[int, Still]:
    """A picture of the film for each line that the page shows, by its number; none where no film is known. Raises
    FilmError for one that cannot be opened."""
    lines = [line for line in (*worst(evaluation), *without_line(evaluation)[:MOST_LINES]) if line.span]
    if not evaluation.film or not lines:
        return {}
    film = probe(Path(evaluation.film))
    made = stills(film, [line.span for line in lines if line.span])
    return {line.number: still for line, still in zip(lines, made, strict=True) if still}


def write_page(evaluation: Evaluation, path: Path, *, force: bool = False) -> None:
    """Write the page. Raises what `write_whole` raises, and FilmError for a film that cannot be opened."""
    check_free(path, force=force)
    content = page(evaluation, frames_of(evaluation)).encode("utf-8", "replace")
    write_whole(path, lambda partial: partial.write_bytes(content), force=force)


def _facts(evaluation: Evaluation) -> Sequence[Any]:
    return [evaluation.facts[system] for system in BY_ITSELF if system in evaluation.facts]


@cache
def _environment() -> Environment:
    return environment(__name__, "style.css", exact=exact, number=number, interval=interval, short="{:g}".format)
