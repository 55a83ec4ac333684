"""TTML, IMSC and EBU-TT, by ttconv."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, ElementTree

from audiodesc.model import CueKind, Note
from audiodesc.subtitles.ending import lasting
from audiodesc.subtitles.kinds import Raw, Read
from audiodesc.subtitles.source import Source, overheard
from audiodesc.subtitles.timed import Piece, cues, paragraphs
from audiodesc.subtitles.ttmltime import refuse_zero, settle
from audiodesc.subtitles.xmltext import read_tree
from audiodesc.subtitles.xmltree import PARAMETER, Document, Told

MARKED = re.compile("\ue000([0-9]{1,9})\ue000")
ROLES: dict[str, CueKind] = {"sound": "sound", "music": "sound", "lyrics": "lyrics", "title": "on_screen"}
FAULTS = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError, AssertionError)
SAID = {
    "Bad begin": "an unreadable begin",
    "Bad end": "an unreadable end",
    "Bad dur": "an unreadable duration",
    "bad timeContainer": "an unknown time container",
    "Frame count": "more frames than a second has",
}


def read_ttml(source: Source) -> Read:
    """Times as the file's own clock, rates and containers give them; who speaks by `ttm:agent`.

    Styles and regions are not asked whether they show a text: what is hidden may be heard.
    """
    document, notes = read_tree(source)
    if document.root is None:
        raise source.refusal("is TTML without a body", "export it anew")
    refuse_zero(source, document.root)
    if document.root.get(f"{PARAMETER}timeBase") == "clock":  # which ttconv refuses
        document.root.set(f"{PARAMETER}timeBase", "media")
        notes.append(source.note("its times are of a clock: they are read as times of day, and count from 0:00"))
    settle(document.root)
    model, said = _model(source, document.root)
    raw: list[Raw] = []
    unseen = dict(enumerate(document.told))
    for pieces in paragraphs(model):
        raw += _told(document, pieces, unseen)
    if document.has_pictures:
        if not any(one.text.strip() for one in raw):
            raise source.refusal("is TTML whose subtitles are pictures", "give its text profile, or SRT or WebVTT")
        notes.append(source.note("it holds pictures too: what is said in them is not protected"))
    notes += [source.note(f"odd time {was!r} is read as {now!r}", line) for line, was, now in document.mended]
    notes += [
        source.note("a paragraph that is never shown: it is not protected", told.line) for told in unseen.values()
    ]
    ended, untold = lasting(raw)
    return ended, notes + said + untold


def _model(source: Source, root: Element) -> tuple[Any, list[Note]]:
    from ttconv.imsc.reader import to_model

    try:
        with overheard("ttconv") as said:
            model = to_model(ElementTree(root))
    except FAULTS as error:
        raise source.refusal(f"is broken TTML ({error})", "mend it, or export it anew") from error
    if model is None:
        raise source.refusal("is no TTML that can be read", "mend it, or export it anew")
    return model, [note for text in said if (note := _note(source, text))]


def _note(source: Source, said: str) -> Note | None:
    """What ttconv says about a time; its other remarks are on styles."""
    fault = next((fault for start, fault in SAID.items() if said.startswith(start)), "")
    value = said.partition("value: ")[2]
    line = source.line_of(f'"{value}"') if value else 0
    return source.note(f"{fault} {value[:40]!r}" if value else fault, line) if fault else None


def _told(document: Document, pieces: list[Piece], unseen: dict[int, Told]) -> list[Raw]:
    """The cues of a paragraph, with what it says of itself; one that has cues, or no text, is taken out of `unseen`."""
    mark = next((match for piece in pieces if (match := MARKED.search(piece.text))), None)
    bare = [replace(piece, text=MARKED.sub("", piece.text)) for piece in pieces]
    found = cues(bare)
    if not mark:
        return found
    told = document.told[int(mark.group(1))]
    if found or not any(piece.text.strip() for piece in bare):
        del unseen[int(mark.group(1))]
    names = tuple(document.agents[agent] for agent in told.agents if agent in document.agents)
    kind = next((ROLES[role] for role in told.role.split() if role in ROLES), None)
    speaker = names[0] if len(names) == 1 else ""
    return [replace(cue, speaker=speaker, names=names, kind=kind) for cue in found]
