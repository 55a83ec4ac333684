"""EBU STL (EBU Tech 3264), open and teletext, by ttconv."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from audiodesc.model import Note
from audiodesc.subtitles.cues import with_ends
from audiodesc.subtitles.source import RawCue, ReadResult, Source, captured_log
from audiodesc.subtitles.ttml import paragraphs, text_cues

HEAD, BLOCK = 1024, 128
MOST_BLOCKS = 20_000
EXTENSION, COMMENT = 3, 15
NUMBER, TIMES, IN, OUT = slice(1, 3), slice(5, 13), slice(5, 9), slice(9, 13)
LAST = 0xFF
MOST_JOINED = 5
TEXT = 16
HARD_SPACE = b"\xa0"
"""ttconv drops blanks beside codes for colours and slant, and so joins words; not these."""

TTCONV_ERRORS = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError, OverflowError)


def read_stl(source: Source) -> ReadResult:
    """Times are counted from the programme's start where the head gives one.

    Blocks that cannot be read, and comments, are left out; a block is named by its number, the first being 1.
    """
    blocks = [source.raw[at : at + BLOCK] for at in range(HEAD, len(source.raw), BLOCK)]
    if len(blocks) > MOST_BLOCKS:
        raise source.refusal(f"holds {len(blocks)} text blocks, more than any film", "give one film's subtitles")
    data = _data_file(source)
    stretch, notes = _time_scale(source, data, blocks)
    odd = {
        (_code_ms(data, block[IN], stretch), _code_ms(data, _second_later(block[IN]), stretch)): block[OUT]
        for block in blocks
        if _is_odd(block)
    }
    notes += _process(source, data, [_with_end(block) if _is_odd(block) else block for block in blocks])
    raw = [cue for pieces in paragraphs(data.get_document()) for cue in text_cues(pieces, stretch)]
    raw = [
        replace(cue, end_ms=_code_ms(data, out, stretch)) if (out := odd.get((cue.start_ms, cue.end_ms))) else cue
        for cue in raw
    ]
    started, left_out = _from_programme_start(source, raw, _start_ms(data, stretch))
    ended, untold = with_ends(started)
    return ended, notes + left_out + untold


def _data_file(source: Source) -> Any:
    from ttconv.stl.datafile import DataFile

    try:
        with captured_log("ttconv"):
            return DataFile(source.raw[:HEAD])
    except (struct.error, *TTCONV_ERRORS) as error:
        raise source.refusal(f"is EBU STL with a broken head ({error})", "export it anew") from error


def _is_odd(block: bytes) -> bool:
    """Whether a subtitle ends before it begins, or when: ttconv leaves it out, and it may be said."""
    return len(block) == BLOCK and block[OUT] <= block[IN] and all(map(_is_time, (block[IN], block[OUT])))


def _is_time(code: bytes) -> bool:
    return code[0] < 24 and code[1] < 60 and code[2] < 60


def _with_end(block: bytes) -> bytes:
    """The block with an end of a second later, by which it is known again."""
    return block[: OUT.start] + _second_later(block[IN]) + block[OUT.stop :]


def _second_later(code: bytes) -> bytes:
    hours, minutes, seconds, frames = code
    whole = (hours * 60 + minutes) * 60 + seconds + 1
    return bytes([whole // 3600 % 24, whole // 60 % 60, whole % 60, frames])


def _time_scale(source: Source, data: Any, blocks: list[bytes]) -> tuple[Fraction, list[Note]]:
    """What to multiply ttconv's times with. It takes every rate with a fraction for drop-frame, which exists at
    29.97 only, and there a count of 30 may be without drops too."""
    if data.gsi.DFC not in (b"STL25.01", b"STL30.01", b"STL24.01", b"STL23.01", b"STL50.01"):
        data.fps = source.rate() or Fraction(25)
        shown = data.gsi.DFC.decode("ascii", "replace")
        unknown = [source.note(f"its frame rate {shown!r} is not known: {float(data.fps):.3f} fps are taken")]
    else:
        unknown = []
    if data.fps.denominator == 1 or (data.fps == Fraction(30_000, 1001) and not _counts_all(blocks)):
        return Fraction(1), unknown
    data.fps = Fraction(round(data.fps))
    return Fraction(1001, 1000), unknown


def _counts_all(blocks: list[bytes]) -> bool:
    """Whether a time code occurs that drop-frame leaves out: the first two frames of most minutes."""
    return any(
        frame < 2 and second == 0 and minute % 10
        for block in blocks
        if len(block) == BLOCK
        for _, minute, second, frame in (block[IN], block[OUT])
    )


def _process(source: Source, data: Any, blocks: list[bytes]) -> list[Note]:
    """Give ttconv the blocks; a note for each that it could not use."""
    whole = [(number, block) for number, block in enumerate(blocks, 1) if len(block) == BLOCK]
    message = f"text block {len(blocks)}: cut short: what is said is not protected"
    notes = [source.note(message)] if len(whole) < len(blocks) else []
    for number, block in _separated(
        [one for one in whole if one[1][COMMENT] != 1 and not 0xEF < one[1][EXTENSION] < LAST]
    ):
        data.last_end_time = None  # ttconv cuts cues that overlap, and joins neighbours of one number
        data.last_sn = None
        with captured_log("ttconv") as said:
            fault = _block_fault(data, block)
        faults = [fault] if fault else [text for text in said if "Unknown character" not in text]
        if faults:
            notes.append(source.note(f"text block {number}: {faults[0]}: what is said is not protected"))
    return notes


def _separated(blocks: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The blocks, where none goes on in one of another subtitle (ttconv would take that one's time for both), nor in
    more than fill a screen."""
    joined = 0
    for (number, block), (_, following) in pairwise([*blocks, (0, b"")]):
        joined = joined + 1 if block[EXTENSION] != LAST else 0
        if joined >= MOST_JOINED or block[NUMBER] != following[NUMBER] or block[TIMES] != following[TIMES]:
            block = block[:EXTENSION] + bytes([LAST]) + block[EXTENSION + 1 :]
            joined = 0
        yield number, block


def _block_fault(data: Any, block: bytes) -> str:
    if not all(map(_is_time, (block[IN], block[OUT]))):
        return "no time of day"
    try:
        data.process_tti_block(block[:TEXT] + block[TEXT:].replace(b" ", HARD_SPACE))
    except TTCONV_ERRORS as error:
        data.is_in_extension = False
        return f"broken ({error})"
    return ""


def _start_ms(data: Any, stretch: Fraction) -> int:
    """When the programme starts on the file's clock; 0 where the head does not say."""
    digits = data.gsi.TCP.decode("ascii", "replace")
    if not (digits.isascii() and digits.isdigit()):
        return 0
    return _code_ms(data, bytes(int(digits[i : i + 2]) for i in range(0, 8, 2)), stretch)


def _code_ms(data: Any, code: bytes, stretch: Fraction) -> int:
    from ttconv.time_code import SmpteTimeCode

    seconds_in: Fraction = SmpteTimeCode(*code, data.get_fps()).to_temporal_offset()
    return round(seconds_in * stretch * 1000)


def _from_programme_start(source: Source, raw: list[RawCue], start_ms: int) -> tuple[list[RawCue], list[Note]]:
    moved = [RawCue(one.start_ms - start_ms, one.end_ms - start_ms, one.text) for one in raw]
    kept = [one for one in moved if one.end_ms > 0]
    if not kept and raw:
        return raw, [source.note("all of it lies before the programme start that it gives, which is ignored")]
    if len(kept) == len(raw):
        return kept, []
    return kept, [source.note(f"{len(raw) - len(kept)} subtitles lie before the programme's start and are left out")]
