"""DAPT as a format of scripts: it is read by `dapt` and written by `dapt_write`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.errors import ScriptError
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import ScriptFile, first

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source


@dataclass(frozen=True, slots=True)
class Options:
    """`--option dapt.audio=all`: which lines have their sound in the file: those that a person recorded, all, or
    none."""

    audio: Literal["recorded", "all", "none"] = "recorded"


class Dapt:
    """W3C's format for scripts. What represents sound only is no line; see `audiodesc.scripts.dapt`."""

    name = "dapt"
    summary = "W3C DAPT, a profile of TTML2: with the film's gain as mixed, and recordings"
    needs = "nothing"
    options = Options
    suffixes = (".ttml", ".dapt", ".xml")

    def availability(self) -> Availability:
        return AVAILABLE

    def sniff(self, source: Source) -> bool:
        from audiodesc.scripts.dapt import is_dapt

        return is_dapt(source.text)

    def read(self, source: Source, options: Options | None = None) -> ScriptFile:
        """Faults are those of the specification too."""
        from audiodesc.scripts.dapt import is_only_audio, parsed, read_lines
        from audiodesc.scripts.dapt_conformance import conformance

        root = parsed(source.text, source.path, ScriptError)
        broken = conformance(root, source.text)
        if is_only_audio(root):
            fault = f"represents only sound, no description{first(broken)}"
            raise source.refusal(fault, "give the script of the description")
        script = read_lines(root)
        return ScriptFile(script.lines, (*broken, *script.faults))

    def write(self, document: ScriptDocument, options: Options | None = None) -> bytes:
        """The lines that are spoken: a preRecording script or, with sound in it, one as recorded."""
        from audiodesc.scripts.dapt_write import script_as_dapt

        return script_as_dapt(document, (options or Options()).audio)
