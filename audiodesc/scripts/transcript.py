"""A transcript: dialogue, sounds and description of the whole film in one document, speakers named, for who reads
instead: in braille, by screen reader, to search (WCAG 1.2.1 and 1.2.3, media alternative)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final, Literal

from audiodesc.core.formatting import clock
from audiodesc.core.languages import is_same, is_tag, primary, tag
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.model import Cue
from audiodesc.scripts.direction import is_right_to_left
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import writable_text

PART_MS = 300_000
"""Five minutes of film stand under a heading of their own."""

NEAR_MS = 2_000
"""Cues of one speaker that follow each other as soon are one paragraph."""

EntryKind = Literal["dialogue", "sound", "lyrics", "on_screen", "description"]
LABELS: Final = {
    "ar": "وصف", "cs": "Popis", "da": "Beskrivelse", "de": "Beschreibung", "en": "Description", "es": "Descripción",
    "fi": "Kuvailu", "fr": "Description", "he": "תיאור", "hu": "Leírás", "it": "Descrizione", "ja": "解説",
    "ko": "해설", "nl": "Beschrijving", "no": "Beskrivelse", "pl": "Opis", "pt": "Descrição", "ru": "Описание",
    "sv": "Beskrivning", "tr": "Betimleme", "uk": "Опис", "zh": "描述",
}  # fmt: skip
"""What stands before a description, by its language; in others it is English."""

UNKNOWN = "speech without subtitles"


@dataclass(frozen=True, slots=True)
class Entry:
    """A paragraph: what it is, since when (ms), who says it ("" where that is not known), and the words."""

    kind: EntryKind
    start_ms: int
    end_ms: int
    speaker: str
    text: str


def entries(document: ScriptDocument) -> list[Entry]:
    """The whole film in order of time: what is said and heard, and the lines that are spoken."""
    found = [_of_cue(cue) for cue in document.cues]
    found += [
        Entry("description", line.span.start_ms, line.span.end_ms, "", writable_text(line.text))
        for line in document.spoken
    ]
    made: list[Entry] = []
    for entry in sorted(found, key=lambda entry: entry.start_ms):
        if made and _goes_on(made[-1], entry):
            before = made.pop()
            entry = Entry(before.kind, before.start_ms, entry.end_ms, before.speaker, f"{before.text} {entry.text}")
        made.append(entry)
    return made


def _of_cue(cue: Cue) -> Entry:
    kinds: dict[str, EntryKind] = {"sound": "sound", "lyrics": "lyrics", "on_screen": "on_screen"}
    text = writable_text(cue.text)
    kind = kinds.get(cue.kind, "dialogue") if text else "sound"
    return Entry(kind, cue.span.start_ms, cue.span.end_ms, writable_text(cue.speaker), text or UNKNOWN)


def _goes_on(before: Entry, entry: Entry) -> bool:
    """Whether an entry is part of the paragraph before: the same speaker, or one more stretch of unknown speech."""
    if (
        before.kind != entry.kind
        or entry.start_ms - before.end_ms > NEAR_MS
        or entry.start_ms // PART_MS != (before.start_ms // PART_MS)
    ):
        return False
    return entry.kind == "dialogue" and bool(entry.speaker) and before.speaker == entry.speaker


def parts_of(document: ScriptDocument) -> Iterator[tuple[str, list[Entry]]]:
    """The entries under the headings of their parts."""
    for part, those in groupby(entries(document), lambda entry: entry.start_ms // PART_MS):
        yield f"{clock(part * PART_MS)} – {clock((part + 1) * PART_MS)}", list(those)


@dataclass(frozen=True, slots=True)
class Words:
    """What the document says of itself: the label of descriptions, and the languages as tags ("" where unknown)."""

    label: str
    language: str
    label_language: str
    film_language: str


def words_of(document: ScriptDocument) -> Words:
    own = document.language if is_tag(document.language) else ""
    label = LABELS.get(primary(own) if own else "en")
    film = tag(document.film_language) if document.film_language else ""
    return Words(label or LABELS["en"], own, own if label else "en", film if is_tag(film) else "")


def _title(document: ScriptDocument) -> str:
    return writable_text(f"{document.title}: transcript" if document.title else "Transcript")


def shown(entry: Entry) -> str:
    """The words with the marks of their kind."""
    marks = {"sound": "[{}]", "lyrics": "♪ {} ♪", "on_screen": "[{}]"}
    text = entry.text.strip("♪[] ") if entry.kind in marks else entry.text
    return marks.get(entry.kind, "{}").format(text or entry.text)


STYLE = (
    "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#111;"
    "background:#fff;overflow-wrap:anywhere}h2{margin-top:2.5rem;border-top:1px solid #767676;padding-top:1rem}"
    ".description{border-inline-start:.25rem solid #555;padding-inline-start:.75rem}.sound,.lyrics{font-style:italic}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#111}}"
)


def as_html(document: ScriptDocument) -> str:
    """A page with headings and its languages, without scripts."""
    words, title = words_of(document), escape(_title(document))
    direction = ' dir="rtl"' if is_right_to_left("".join(line.text for line in document.spoken[:1])) else ""
    parts = "\n".join(
        f"<section>\n<h2>{escape(head)}</h2>\n" + "\n".join(_html(entry, words) for entry in those) + "\n</section>"
        for head, those in parts_of(document)
    )
    language = f' lang="{escape(words.language)}"' if words.language else ""
    return (
        f'<!DOCTYPE html>\n<html{language}{direction}>\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{_meta(document)}<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{parts}\n</main>\n"
        f"{_footer(document)}</body>\n</html>\n"
    )


def _meta(document: ScriptDocument) -> str:
    """Who wrote the lines, for machines."""
    rows = (f'<meta name="{name}" content="{escape(text)}">\n' for name, text in document.facts.items())
    return "".join(rows)


def _footer(document: ScriptDocument) -> str:
    return (
        f'<footer lang="en" dir="ltr">\n<p>{escape(document.statement)}</p>\n</footer>\n' if document.statement else ""
    )


def _html(entry: Entry, words: Words) -> str:
    lead = words.label if entry.kind == "description" else entry.speaker
    labelled = entry.kind == "description" and words.label_language != words.language
    lead_language = f' lang="{words.label_language}"' if labelled else ""
    language = ""
    if entry.kind != "description" and words.film_language and not is_same(words.film_language, words.language):
        language = f' lang="{escape(words.film_language)}"'
    if entry.text == UNKNOWN:
        language = ' lang="en"'
    before = f"<b{lead_language}>{escape(lead)}:</b> " if lead else ""
    return f'<p class="{entry.kind}" dir="auto"{language}>{before}{escape(shown(entry))}</p>'


MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])|^(\s*)([-+=]|\d+[.)])(?=\s|$)")


def _plain(text: str) -> str:
    """The text as Markdown takes it for nothing but text."""
    return MARKS.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}{found[3][:-1]}\\{found[3][-1]}", text)


def as_markdown(document: ScriptDocument) -> str:
    """CommonMark."""
    words, blocks = words_of(document), [f"# {_plain(_title(document))}"]
    for head, those in parts_of(document):
        blocks.append(f"## {head}")
        for entry in those:
            lead = words.label if entry.kind == "description" else entry.speaker
            before = f"**{_plain(lead)}:** " if lead else ""
            text = _plain(shown(entry))
            blocks.append(before + (f"*{text}*" if entry.kind in ("sound", "lyrics") else text))
    blocks += ["---", _plain(document.statement)] if document.statement else []
    return "\n\n".join(blocks) + "\n"


def as_docx(document: ScriptDocument) -> bytes:
    """A Word document with headings."""
    from audiodesc.scripts.docx_xml import SMALL, as_bytes, content, label, new_document

    words = words_of(document)
    made = new_document(document, _title(document), landscape=False)
    label(made, _title(document), "Title")
    for head, those in parts_of(document):
        label(made, head, "Heading 1")
        for entry in those:
            lead = words.label if entry.kind == "description" else entry.speaker
            content(made, shown(entry), SMALL, lead)
    if document.statement:
        label(made, document.statement, SMALL)
    return as_bytes(made)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Written only."""

    name: str
    summary: str
    suffixes: tuple[str, ...]
    form: Literal["html", "md", "docx"]
    needs: str = "nothing"
    options: None = None
    sniff: None = None
    read: None = None

    def availability(self) -> Availability:
        return AVAILABLE

    def write(self, document: ScriptDocument, options: None = None) -> str | bytes:
        """The whole film."""
        if self.form == "docx":
            return as_docx(document)
        return as_html(document) if self.form == "html" else as_markdown(document)


WHAT = "dialogue, sounds and description of the whole film, to read"
TRANSCRIPTS: Final[Sequence[Transcript]] = (
    Transcript("transcript", f"{WHAT}: a web page", (".transcript.html",), "html"),
    Transcript("transcript-md", f"{WHAT}: Markdown", (".transcript.md",), "md"),
    Transcript("transcript-docx", f"{WHAT}: Word", (".transcript.docx",), "docx"),
)
