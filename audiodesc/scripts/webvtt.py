"""Scripts as WebVTT: read with all faults in their places, and written as descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape, unescape
from typing import TYPE_CHECKING

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine, backwards, fault_in
from audiodesc.scripts.places import Row, blocks, is_timing, parted, timing_places

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

TIME = re.compile(r"(?:(\d{2,6}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
NO_CUE = re.compile(r"WEBVTT|NOTE(?:\s|$)|STYLE\s*$|REGION\s*$")
HEAD = re.compile(r"WEBVTT(?:[ \t\n]|$)")
OUTSIDE = "text outside of any cue is never spoken"


class WebVtt:
    """WebVTT, and SRT in a file that is called .vtt."""

    name = "webvtt"
    summary = "WebVTT descriptions"
    needs = "nothing"
    options = None
    suffixes = (".vtt",)
    sniff = None

    def availability(self) -> Availability:
        return AVAILABLE

    def read(self, source: Source, options: None = None) -> ScriptFile:
        """A cue is a line. Times that are odd are read where they can be, with a fault; `number` is the line in which
        the times stand."""
        from audiodesc.subtitles import read_raw

        raw, _ = read_raw(source, "webvtt" if source.text.lstrip().startswith("WEBVTT") else "srt")
        rows = list(source.lines())
        places = timing_places([(one.start_ms, one.end_ms) for one in raw], rows)
        cues = [
            ScriptLine(one.start_ms, one.end_ms, " ".join(one.text.split()), n)
            for one, n in zip(raw, places, strict=True)
        ]
        lines = tuple(cue for cue in cues if cue.text)
        return ScriptFile(lines, (*_faults(source.text, rows, lines), *backwards(lines)))

    def write(self, lines: Iterable[ScriptLine], options: None = None) -> str:
        """A cue for each line, from its first to its last sound."""
        import webvtt

        captions = [
            webvtt.Caption(clock(line.start_ms), clock(line.end_ms), escape(" ".join(line.text.split()), quote=False))
            for line in lines
        ]
        return str(webvtt.WebVTT(captions=captions).content) + "\n"


def clock(ms: int, point: str = ".") -> str:
    """A time as WebVTT has it, and with a comma SRT: 00:04:05.300."""
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _faults(text: str, rows: Sequence[Row], lines: Iterable[ScriptLine]) -> Iterator[Fault]:
    """What players leave out of a file, or read otherwise than it is read here."""
    if not HEAD.match(text):
        yield Fault("malformed", "the file does not begin with WEBVTT", 1)
    read = {line.number: line for line in lines}
    late = False  # the words of the cue before stand behind an empty line
    for block in blocks(rows):
        starts = [n for n, (_, row) in enumerate(block) if is_timing(row)]
        if not starts and not late and not NO_CUE.match(block[0][1]):
            yield Fault("unread", OUTSIDE, block[0][0], block[0][1].strip())
        late = late and not starts and bool(NO_CUE.match(block[0][1]))
        for timing, said in parted(block, starts):
            words = _words(said)
            late = not words and timing[0] in read
            yield from _of_cue(timing, words, read)


def _of_cue(timing: Row, words: str, read: Mapping[int, ScriptLine]) -> Iterator[Fault]:
    number, row = timing
    line = read.get(number)
    start, _, rest = row.partition("-->")
    times = [TIME.fullmatch(time) for time in (start.strip(), *rest.split()[:1])]
    if len(times) != 2 or None in times:
        yield no_times(timing, words, line)
    elif line and not words:
        yield fault_in(line, "malformed", "an empty line parts the cue from its words")
    elif not line and words:
        yield Fault("unread", "a cue that cannot be read", number, words)
    elif not line:
        start_ms, end_ms = (_ms(time) for time in times if time)
        yield fault_in(ScriptLine(start_ms, end_ms, "", number), "empty", "a cue without words")


def no_times(timing: Row, words: str, line: ScriptLine | None) -> Fault:
    """The fault of a line of times that is not written as it should be; `line` is what was read of it all the same."""
    number, row = timing
    shown = f"no times in {row.strip()[:60]!r}"
    if line is None:
        return Fault("unread", shown, number, words)
    return Fault(
        "malformed", f"{shown}, which is read as {clock(line.start_ms)} --> {clock(line.end_ms)}", number, words
    )


def _words(said: list[str]) -> str:
    import webvtt

    return " ".join(unescape(webvtt.Caption(text=said).text).split())


def _ms(time: re.Match[str]) -> int:
    hours, minutes, seconds, ms = (int(part or 0) for part in time.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
