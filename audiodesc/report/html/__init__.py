"""The report as a page to look at: one HTML file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

from jinja2 import Environment

from audiodesc.core.formatting import address, clock, exact, shell, signed
from audiodesc.core.pages import environment
from audiodesc.judge.output import severity_counts
from audiodesc.media.stills import Still
from audiodesc.mix.measure import Waveform, step
from audiodesc.report.extended import in_extended
from audiodesc.report.html import facts
from audiodesc.report.html.picture import STRIPS, picture
from audiodesc.report.model import Report

BEFORE_MS = 2_000
"""How much is heard before and after a line by the link beside it."""

TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def page(
    report: Report,
    mixed: Waveform,
    narration: Waveform,
    files: Mapping[str, str],
    folder: str,
    stills: Mapping[int, Still] | None = None,
) -> str:
    """The page of a report with what was measured, and of the sound that goes with it.

    `files` are the names of what lies beside the page, by kind ("track", "script"); `folder` is the name of the folder
    that all are in. `stills` are pictures of the film, by the number of the line.
    """
    lines = facts.spoken(report)
    summary, report = facts.summary(report), in_extended(report)
    left_out = facts.left_out(report)
    rows = picture(report, lines, left_out, mixed, narration)
    return (
        _environment()
        .get_template("page.html")
        .render(
            film=report.film.name,
            summary=summary,
            loudness=facts.loudness(report.loudness) if report.loudness else [],
            wanted=facts.wanted(report.loudness) if report.loudness else "",
            columns=[
                column for column in facts.COLUMNS if any(getattr(line, column.field) is not None for line in lines)
            ],
            lines=lines,
            left_out=left_out,
            marked={(mark.is_spoken, mark.line.number) for row in rows for mark in row.marks if mark.first},
            doubts=report.doubts or (),
            doubted=facts.DOUBTS,
            empty=facts.empty_pauses(report, lines),
            findings=facts.findings(report.check),
            counted=severity_counts(report.check.counts),
            statement=report.check.statement,
            unjudged=facts.unjudged(report.check),
            dialogue=facts.dialogue_facts(report.dialogue),
            notes=report.notes,
            provenance=report.provenance,
            rows=rows,
            frames=stills or {},
            strips=STRIPS,
            coarse=" coarse" if step((report.part or report.film).duration_ms) > 1 else "",
            begins_ms=report.part.start_ms if report.part else None,
            extended=bool(report.stops),
            curve=bool(report.gain_curve),
            language=report.language if TAG.fullmatch(report.language) else "",
            folder=shell(folder),
            script=files["script"],
            addresses={kind: "./" + quote(name, safe="", errors="surrogateescape") for kind, name in files.items()},
            before_ms=BEFORE_MS,
        )
    )


@cache
def _environment() -> Environment:
    return environment(__name__, "style.css", clock=clock, exact=exact, address=address, signed=signed)
