"""A report -> of what its description is made, and by whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from audiodesc.core.provenance import Content, Maker, Provenance
from audiodesc.describers.basic import BASIC
from audiodesc.speak.espeak import ESPEAK

if TYPE_CHECKING:
    from audiodesc.report.model import Report, ReportSegment

HUMAN = "human"
BY_RULES = {BASIC.name, ESPEAK.name}
"""What describes or speaks without a trained model of language or voice. All else, also of other packages, counts as
trained: too much is said rather than too little."""

FOLDERS = re.compile(r"(?:(?<=[ ,])|^)[/~\\][^ ,]*[/\\]")
"""The folders of a model that was given by its path: they may name a person."""

HEAD = re.compile(r"[^\[{]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProvenance:
    """Who wrote and who speaks the lines that are heard: in words, and by the IPTC's term for each kind of file."""

    statement: str
    digital_source_type: Mapping[str, str]
    of: Provenance


def provenance(report: Report) -> Provenance:
    """What the report says of its lines that are heard or, where no sound was made, are to be."""
    spoken = report.spoken
    own = [one for one in spoken if one.author != HUMAN]
    approved = sum(1 for one in own if one.state == "approved")
    edited = sum(1 for one in spoken if one.author == HUMAN and one.origin)
    voices = _voices(report, spoken)
    return Provenance(
        generator=report.made_by,
        describer=_describer(report, spoken),
        describer_kind=_kind({one.origin or one.author for one in spoken} - {HUMAN}),
        untouched=len(own) - approved,
        approved=approved,
        edited=edited,
        by_person=len(spoken) - len(own) - edited,
        voice=", ".join(_voice(name, of) for name, of in voices.items()),
        voice_kind=_kind(set(voices.values())),
        recorded=sum(1 for one in spoken if one.recording),
    )


def provenance_report(report: Report) -> ReportProvenance:
    """The same as it stands in the report."""
    of = provenance(report)
    terms = {content: of.term(content) for content in get_args(Content)}
    return ReportProvenance(statement=of.statement("mix"), digital_source_type=terms, of=of)


def _describer(report: Report, spoken: tuple[ReportSegment, ...]) -> str:
    """What wrote the lines: the describer's label, and the program of others of which a line is left."""
    wrote = dict.fromkeys(one.origin or one.author for one in spoken if (one.origin or one.author) != HUMAN)
    names = [_named(one, report) for one in wrote]
    return ", ".join(dict.fromkeys(names))


def _named(fingerprint: str, report: Report) -> str:
    head = fingerprint.partition(" ")[0]
    if fingerprint != report.describer or not report.describer_label:
        return FOLDERS.sub("", head)
    label = FOLDERS.sub("", report.describer_label)
    _, slash, version = head.rpartition("/")
    return f"{label} {version}" if slash and version.isdigit() else label


def _voices(report: Report, spoken: tuple[ReportSegment, ...]) -> dict[str, str]:
    """The fingerprints of the voices that speak lines, by name: the film's, unless all lines have others, first."""
    of = {report.voice: str(report.settings.get("voice_fingerprint") or "")}
    others = {name: str(by) for name, by in dict(report.settings.get("line_voices") or {}).items()}
    by_voice = [one for one in spoken if not one.recording]
    return others if by_voice and all(one.voice for one in by_voice) else of | others


def _voice(name: str, fingerprint: str) -> str:
    """The voice's name, and its engine with its version."""
    match = HEAD.match(fingerprint)
    engine = " ".join(match[0].split()) if match else ""
    name = FOLDERS.sub("", name)
    return f"{name}, {engine}" if engine else name


def _kind(fingerprints: set[str]) -> Maker:
    """That of the makers of these fingerprints: a model where one of them is."""
    heads = {re.split(r"[ /]", one, maxsplit=1)[0] for one in fingerprints}
    return "rules" if heads and heads <= BY_RULES else "model"
