"""Subtitle files of every format, written from cues whose times are known: (start in ms, end in ms, text).

All times are whole seconds or, where a test says so, on the format's own grid.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from line21 import EDM, ENM, EOC, RCL, ROW_14, ROW_15, cc, cc_text

Timed = tuple[int, int, str]
HOUR = 3_600_000


def clock(ms: int, point: str = ".") -> str:
    return f"{ms // HOUR:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def srt(*cues: Timed) -> str:
    return "\n".join(
        f"{i}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n" for i, (start, end, text) in enumerate(cues, 1)
    )


def vtt(*cues: Timed) -> str:
    return "WEBVTT\n\n" + "\n".join(f"{clock(start)} --> {clock(end)}\n{text}\n" for start, end, text in cues)


def short_clock(ms: int) -> str:
    return f"{ms // HOUR}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000 // 10:02}"


def broken(text: str) -> str:
    return text.replace("\n", "\\N")


def ass(*cues: Timed, lines: str = "", version: str = "4.00+", style: str = "") -> str:
    plus = "+" if version.endswith("+") else ""
    first, layer = ("Layer", "0") if plus else ("Marked", "Marked=0")
    events = "".join(
        f"Dialogue: {layer},{short_clock(start)},{short_clock(end)},Default,,0,0,0,,{broken(text)}\n"
        for start, end, text in cues
    )
    return (
        f"[Script Info]\nTitle: A film\nScriptType: v{version}\n\n"
        f"[V4{plus} Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour\n"
        f"{style}Style: Default,Arial,20,&H00FFFFFF\n\n"
        f"[Events]\nFormat: {first}, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n{events}{lines}"
    )


def ssa(*cues: Timed) -> str:
    return ass(*cues, version="4.00")


def piped(text: str) -> str:
    return text.replace("\n", "|")


def microdvd(*cues: Timed, fps: int = 25) -> str:
    return "".join(f"{{{a * fps // 1000}}}{{{b * fps // 1000}}}{piped(text)}\n" for a, b, text in cues)


def mpl2(*cues: Timed) -> str:
    return "".join(f"[{start // 100}][{end // 100}]{piped(text)}\n" for start, end, text in cues)


def with_clears(cues: tuple[Timed, ...]) -> list[tuple[int, str]]:
    """When each text begins; "" where a cue ends before the next begins."""
    shown = []
    for (start, end, text), (following, _, _) in pairwise([*cues, (10**12, 0, "")]):
        shown.append((start, text))
        if end < following:
            shown.append((end, ""))
    return shown


def tmplayer(*cues: Timed) -> str:
    return "".join(f"{clock(ms)[:8]}:{piped(text)}\n" for ms, text in with_clears(cues))


def sami(*cues: Timed) -> str:
    syncs = "".join(
        f"<SYNC Start={ms}><P Class=ENCC>{text.replace(chr(10), '<br>') or '&nbsp;'}\n"
        for ms, text in with_clears(cues)
    )
    head = '<HEAD><STYLE TYPE="text/css"><!-- P { color: white } --></STYLE></HEAD>'
    return f"<SAMI>\n{head}\n<BODY>\n{syncs}</BODY>\n</SAMI>\n"


def sbv(*cues: Timed) -> str:
    return "\n".join(f"{clock(start)[1:]},{clock(end)[1:]}\n{text}\n" for start, end, text in cues)


def ttml(*cues: Timed, root: str = "", head: str = "") -> str:
    paragraphs = "\n".join(
        f'<p begin="{clock(start)}" end="{clock(end)}">{text.replace(chr(10), "<br/>")}</p>'
        for start, end, text in cues
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" '
        'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" '
        'xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="en"'
        f"{root}>\n<head>{head}</head>\n<body><div>\n{paragraphs}\n</div></body></tt>"
    )


def stl_head(dfc: str = "STL25.01", dsc: str = "0", tcp: str = "00000000", cct: str = "00") -> bytes:
    """The GSI block of EBU Tech 3264: rate, teletext ("1") or open ("0"), start of the programme, characters."""
    head = f"850{dfc}{dsc}{cct}09".ljust(16 + 208).encode()
    head += b"260101260101" + b"00" + b"00001" + b"00001" + b"001" + b"40" + b"23" + b"1" + tcp.encode() + tcp.encode()
    return head.ljust(1024)


def stl_code(ms: int, fps: int) -> bytes:
    return bytes([ms // HOUR, ms // 60_000 % 60, ms // 1000 % 60, ms % 1000 * fps // 1000])


def stl_block(
    number: int, start: bytes, end: bytes, text: bytes, cumulative: int = 0, comment: int = 0, extension: int = 0xFF
) -> bytes:
    """A TTI block."""
    head = bytes([0]) + number.to_bytes(2, "little") + bytes([extension, cumulative]) + start + end
    return head + bytes([20, 2, comment]) + text.ljust(112, b"\x8f")


def stl(*cues: Timed, fps: int = 25, **head: str) -> bytes:
    blocks = [
        stl_block(i, stl_code(a, fps), stl_code(b, fps), text.encode("latin-1").replace(b"\n", b"\x8a"))
        for i, (a, b, text) in enumerate(cues)
    ]
    return stl_head(**head) + b"".join(blocks)


def scc_code(ms: int, words_before: int = 0) -> str:
    """Non-drop-frame time code of the frame at that time, less the words that are sent before."""
    frames = round(ms * 30 / 1001) - words_before
    return f"{frames // 108_000:02}:{frames // 1800 % 60:02}:{frames // 30 % 60:02}:{frames % 30:02}"


def scc(*cues: Timed) -> str:
    """Pop-on captions; each is shown by the first of two words, and erased by one."""
    lines = []
    for i, (start, end, text) in enumerate(cues):
        rows = text.split("\n")
        words = cc(ENM, RCL)
        for row, line in zip((ROW_14, ROW_15)[-len(rows) :], rows, strict=True):
            words += cc(row) + cc_text(line)
        lines.append(f"{scc_code(start, len(words))}\t{' '.join(words + cc(EOC))}")
        if i + 1 == len(cues) or cues[i + 1][0] > end:
            lines.append(f"{scc_code(end)}\t{' '.join(cc(EDM))}")
    return "Scenarist_SCC V1.0\n\n" + "\n\n".join(lines) + "\n"


def encoded(write: Callable[..., str]) -> Callable[..., bytes]:
    return lambda *cues: write(*cues).encode()


WRITERS: dict[str, Callable[..., bytes]] = {
    "srt": encoded(srt),
    "webvtt": encoded(vtt),
    "ass": encoded(ass),
    "ssa": encoded(ssa),
    "microdvd": encoded(microdvd),
    "mpl2": encoded(mpl2),
    "tmplayer": encoded(tmplayer),
    "sami": encoded(sami),
    "sbv": encoded(sbv),
    "ttml": encoded(ttml),
    "stl": stl,
    "scc": encoded(scc),
}
