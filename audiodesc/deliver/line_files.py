"""A folder with one WAV file a line, and a table of them; and the narration as one WAV file with a region a line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.line_clips import LineClip, line_clips, time_reference
from audiodesc.media.loudness import Meter
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.wav_chunks import ChunkLoudness, Region, WavFile, WavMetadata
from audiodesc.media.xmp import xmp_packet
from audiodesc.mix.mixer import Narration
from audiodesc.model import Film, Note, Samples
from audiodesc.scripts.csv_sheet import no_formula
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.scripts.sheet import HEADS, head, row_of, sheet_times
from audiodesc.settings import DeliverSettings

HISTORY: Final = "A=PCM,F=48000,W=24,M=mono,T={}\r\n"
OF_THE_FILE: Final = ("number", "file", "file start", "file end")
OF_THE_SOUND: Final = ("speaker", "recorded", "rate", "mix gain (db)")


class Lines(BuiltIn):
    """One WAV file a line, at the level of the voice (-23 LUFS), whatever the mix makes of it. Names and timecodes of
    the files are those of the timelines, which stand beside the extended film where there is one; the table is a script
    too, and its columns of one have times of the film."""

    name = "lines"
    summary = "a folder with a WAV file for each line (48 kHz, 24 bits, with its timecode) and a table of them"
    needs_sound = False

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.lines"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.mkdir()
        clips, document = line_clips(delivery.in_extended()), delivery.document
        known = {line.id: line for line in document.spoken}
        for clip in clips:
            sound = clip.samples()
            about = _about(clip, delivery, document, known.get(clip.id))
            with WavFile(path / clip.file_name, replace(about, loudness=_loudness((sound,)))) as file:
                file.push(sound)
        (path / "lines.csv").write_text(_table(clips, document, known), "utf-8-sig")
        return ()


class WavRegions(BuiltIn):
    """The narration as one WAV file as long as the film, or the part of it: as loud as in the mix or, where none is
    made, each line at the level of the voice."""

    is_extended = True
    name = "wav-regions"
    summary = "the narrator alone as one WAV file (48 kHz, 24 bits), with a region and its text for each line"
    needs_sound = False

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.narration.wav"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        count, document = delivery.timecode[0], delivery.document
        clips, first = line_clips(delivery), delivery.made.start_ms * RATE_HZ // 1000
        about = WavMetadata(
            description="Audio description, the narrator alone",
            originator=document.generator,
            time_reference=time_reference(first, count),
            coding_history=HISTORY.format(document.generator),
            info={
                "INAM": document.title,
                "ICMT": _statement(document),
                "ILNG": document.language,
                "ISFT": document.generator,
            },
            xmp=_xmp(document),
            regions=tuple(Region(clip.first + clip.lead - first, clip.sound, clip.text) for clip in clips),
        )
        with WavFile(path, about) as file:
            file.about = replace(about, loudness=_loudness(_written(_narration(delivery), file)))
        return ()


def _narration(delivery: Delivery) -> Iterable[Samples]:
    """The narrator in blocks of a second, shape (1, samples)."""
    raised, gain_db, ceiling_db = 0.0, 0.0, 0.0
    if delivery.measured:
        mix, levels = delivery.measured.mix, delivery.measured.written.levels
        raised, gain_db = levels.programme_db, mix.narrator_db
        ceiling_db = levels.ceiling_db - raised
    narration = Narration(delivery.spoken, gain_db, ceiling_db)
    first, end = (ms * RATE_HZ // 1000 for ms in (delivery.made.start_ms, delivery.made.end_ms))
    for start in range(first, end, RATE_HZ):
        yield narration.block(start, min(RATE_HZ, end - start))[None] * np.float32(10 ** (raised / 20))


def _written(blocks: Iterable[Samples], file: WavFile) -> Iterable[Samples]:
    for block in blocks:
        file.push(block)
        yield block


def _loudness(blocks: Iterable[Samples]) -> ChunkLoudness:
    meter, size = Meter("mono"), 0
    for block in blocks:
        meter.push(block)
        size += block.shape[1]
    found = meter.result()
    momentary = max(meter.momentary_lufs, default=-math.inf)
    lasting = size >= 3 * RATE_HZ  # shorter sound has no loudness of three seconds, and no range
    return ChunkLoudness(
        found.integrated_lufs,
        found.range_lu if lasting else None,
        found.true_peak_db,
        momentary if momentary > -70 else None,
        found.short_term_lufs if lasting else None,
    )


def _about(clip: LineClip, delivery: Delivery, document: ScriptDocument, line: DocumentLine | None) -> WavMetadata:
    return WavMetadata(
        description=f"Audio description, line {clip.number} of {document.title}",
        originator=document.generator,
        originator_reference=f"line {clip.id}",
        time_reference=time_reference(clip.first, delivery.timecode[0]),
        coding_history=HISTORY.format(document.generator),
        info={
            "INAM": clip.text,
            "IART": _speaker(line),
            "ICMT": _origin(line),
            "ILNG": document.language,
            "IPRD": document.title,
            "ISFT": document.generator,
        },
        regions=(Region(clip.lead, clip.sound, clip.text),),
        xmp=_xmp(document),
    )


def _xmp(document: ScriptDocument) -> bytes:
    return xmp_packet(document.provenance, "narration") if document.provenance else b""


def _statement(document: ScriptDocument) -> str:
    return document.provenance.statement("narration") if document.provenance else ""


def _speaker(line: DocumentLine | None) -> str:
    if line is None:
        return ""
    return "" if line.recording else line.voice


def _origin(line: DocumentLine | None) -> str:
    """Who wrote it and what speaks it, for those who must say so."""
    if line is None:
        return ""
    writer = "written by a person" if line.author == "human" else f"written by a machine ({line.author})"
    speaker = "recorded by a person" if line.recording else f"a synthetic voice ({line.voice})"
    return f"Line {line.id}, {line.state}: {writer}, {speaker}"


def _table(clips: Iterable[LineClip], document: ScriptDocument, known: Mapping[str, DocumentLine]) -> str:
    """The files with the columns of a script, as `render` reads it."""
    form = sheet_times(document, "seconds")
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\r\n")
    rows.writerow((*OF_THE_FILE, *(head(column, form).lower() for column in HEADS), *OF_THE_SOUND))
    for clip in clips:
        line = known.get(clip.id) or DocumentLine(clip.id, clip.speech.span, clip.text)
        cells = (
            *(f"{clip.number}", clip.file_name, clip.file_code, clip.file_end_code),
            *row_of(line, form).values(),
            *(_speaker(line), "yes" if line.recording else "no", f"{line.rate:.2f}", f"{document.line_gain_db:.2f}"),
        )
        rows.writerow(map(no_formula, cells))
    return table.getvalue()
