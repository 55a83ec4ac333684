"""A script as a Word document: the row of this format. It is written by `docx_write` and read by `docx_read`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import ScriptFile

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source


@dataclass(frozen=True, slots=True)
class Options:
    """`--option docx.times=timecode`: how times are written."""

    times: Literal["auto", "clock", "timecode"] = "auto"


class Docx:
    """Word's, which LibreOffice and others read and write too."""

    name = "docx"
    summary = "Word, for describers and voice artists: a table in large type"
    needs = "nothing"
    options = Options
    suffixes = (".docx", ".docm")

    def availability(self) -> Availability:
        return AVAILABLE

    def sniff(self, source: Source) -> bool:
        from audiodesc.scripts.zipped import has_part

        return has_part(source.raw, "word/document.xml")

    def read(self, source: Source, options: Options | None = None) -> ScriptFile:
        """The rows of all tables that have the columns In and Text. Tracked changes count as accepted."""
        from audiodesc.scripts.docx_read import read_document

        return read_document(source)

    def write(self, document: ScriptDocument, options: Options | None = None) -> bytes:
        """A table for each ten minutes under a heading, with those lines that are not spoken too."""
        from audiodesc.scripts.docx_write import script_as_docx

        return script_as_docx(document, (options or Options()).times)
