"""A script format: one line of text for each line of the script, with start, end and words between tabs.

As a script: `python own_script_format.py FILE` prints the lines of a file.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

HEAD = "#tabs"
ROW = re.compile(r"(\d+)[.,](\d{3})\t(\d+)[.,](\d{3})\t(.+)")


@dataclass(frozen=True)
class Options:
    """`--option tabs.mark=,` writes the seconds with a comma."""

    mark: Literal[".", ","] = "."


class Format:
    """Its entry in the table of script formats."""

    name = "tabs"
    summary = "start, end and words between tabs"
    needs = "nothing"
    options = Options
    suffixes = (".tabs",)

    def availability(self) -> Availability:
        return AVAILABLE

    def sniff(self, source: Source) -> bool:
        return source.text.startswith(HEAD)

    def read(self, source: Source, options: Options) -> ScriptFile:
        lines, faults = [], []
        for number, row in enumerate(source.text.splitlines(), 1):
            if match := ROW.fullmatch(row):
                start, start_ms, end, end_ms, words = match.groups()
                times = (int(start) * 1000 + int(start_ms), int(end) * 1000 + int(end_ms))
                lines.append(ScriptLine(*times, words.strip(), number))
            elif row.strip() and not row.startswith("#"):
                faults.append(Fault("unread", "is no line with two times and words", number, row[:60]))
        return ScriptFile(tuple(lines), tuple(faults))

    def write(self, document: ScriptDocument, options: Options) -> str:
        def time(ms: int) -> str:
            return f"{ms // 1000}{options.mark}{ms % 1000:03d}"

        rows = (
            f"{time(line.span.start_ms)}\t{time(line.span.end_ms)}\t{' '.join(line.text.split())}\n"
            for line in document.spoken
        )
        return f"{HEAD}\n{''.join(rows)}"


FORMAT = Format()


def main() -> None:
    from audiodesc.errors import ScriptError
    from audiodesc.subtitles.source import Source, no_rate

    path = Path(sys.argv[1])
    raw = path.read_bytes()
    script = FORMAT.read(Source(path, raw, raw.decode(), no_rate, ScriptError), Options())
    for line in script.lines:
        print(f"{line.start_ms / 1000:.3f} {line.text}")


if __name__ == "__main__":
    main()
