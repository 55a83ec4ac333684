"""Documents for tests of formats: lines in ten scripts and with everything that formats stumble over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audiodesc.core.timecode import Timecode, timecode
from audiodesc.model import Cue, Span
from audiodesc.scripts import DocumentLine, ScriptDocument, ScriptLine, read_script, write_script

TEXTS = (
    "Schnee fällt auf die Straße, über die ein Mädchen läuft.",
    "Zażółć gęślą jaźń: łódź płynie pod mostem.",
    "يتساقط الثلج على الشارع الهادئ.",
    "雪が静かな通りに降り、少女が走る。",
    "שלג יורד על הרחוב השקט.",
    "Снег падает на тихую улицу.",
    "Χιόνι πέφτει στον ήσυχο δρόμο.",
    "조용한 거리에 눈이 내린다.",
    "शांत सड़क पर बर्फ गिरती है।",
    "หิมะตกบนถนนที่เงียบสงบ",
    "“Quotes”, 'single', \"double\" and «guillemets»; a sign: <EXIT> & more.",
    "An arrow --> points to the door.",
    "=1+1",
    "+49 is dialled.",
    "-5 °C stands on a board.",
    "@home glows in neon.",
    "'=2+2 in quotes",
    "| a bar, – a dash",
    "- and another, with 3; 4, 5 | 6",
    "007",
    "🎬 A clapperboard 👩🏽‍🚀 falls.",
    " ".join(f"word{n}" for n in range(400)),
)


def document(*texts: str, count: Timecode | None = None) -> ScriptDocument:
    """A line every five seconds, with all that a format may carry."""
    cue = Cue(Span(200, 900), "Wer ist da? <b>", speaker="NORA & ELIAS")
    lines = [
        DocumentLine(
            id=f"{n * 5_000 + 1_234:09d}",
            span=Span(n * 5_000 + 1_234, n * 5_000 + 3_456),
            text=text,
            gap=Span(n * 5_000 + 1_000, n * 5_000 + 4_900),
            before=cue,
            author="model 1.0" if n % 2 else "human",
            state=("draft", "edited", "approved")[n % 3],
            voice="en-us (eSpeak)",
            note="spoken slowly; =SUM(A1)" if n % 4 == 0 else "",
        )
        for n, text in enumerate(texts or TEXTS)
    ]
    cues = (cue, Cue(Span(3_500, 4_200), "[door slams]", kind="sound"), Cue(Span(4_300, 4_800), "", kind="speech"))
    made = ScriptDocument("A film", "de", 5_400_000, tuple(lines), cues, film_language="ger", generator="audiodesc 0")
    return replace(made, timecode=count, in_timecode=True) if count else made


def through(folder: Path, name: str, made: ScriptDocument, suffix: str = "", **options: str) -> tuple[ScriptLine, ...]:
    """What is read of what is written."""
    path = folder / f"film.ad.{suffix or name}"
    path.write_bytes(write_script(name, made, options))
    return read_script(path).lines


DROP = timecode("29.97df", "01:00:00;00")
