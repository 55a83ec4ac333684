"""How much known speech is missed, and how much pause is lost, in noise and music."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from spoken import Known, Mono, backgrounds, blocks, lines_and_pauses, mixed

from audiodesc.dialogue.merge import merge_speech
from audiodesc.dialogue.vad import probabilities
from audiodesc.dialogue.vad.segments import Activity, SpeechSegments, speech_segments
from audiodesc.dialogue.vad.silero import FRAME_MS, Forward, Probabilities, audio_chunks, levelled, mono_mixes
from audiodesc.model import Cue, Span
from audiodesc.planning.gaps import gaps

HEAD = (
    "| background | speech above it | level | not heard | in a pause found | pause lost "
    "| one hearing: not heard | in a pause found | pause lost |"
)
OVER_DB = (20, 10, 5)
LEVELS_DB = (-40, -55)


def edges(media: Path) -> Iterator[str]:
    """The table's lines, and how far heard edges lie from the true ones."""
    known = lines_and_pauses()
    speech_s, pause_s = _total_ms(known.speech) / 1000, _total_ms(_pauses(known.speech, known)) / 1000
    yield f"{speech_s:.0f} s of speech in {len(known.speech)} stretches, {pause_s:.0f} s of usable pauses; in ms:\n"
    yield f"{HEAD}\n|{' --- |' * 9}"
    starts, ends = [], []
    for name, background in backgrounds(media):
        for over_db, level_db in [(over, -23) for over in OVER_DB] + [(10, level) for level in LEVELS_DB]:
            sound = mixed(known, background, over_db, level_db)
            both = _heard(probabilities(blocks(sound), "mono"), known)
            starts += _away([s.start_ms for s in known.speech], [s.start_ms for s in both.speech])
            ends += _away([s.end_ms for s in known.speech], [s.end_ms for s in both.speech])
            cells = (*_cells(both, known), *_cells(_heard(_one_hearing(sound), known), known))
            yield f"| {name} | {over_db} dB | {level_db} dBFS | {' | '.join(cells)} |"
    yield f"\n- speech is heard from {_spread(starts)} on, and up to {_spread(ends)}, against when it is spoken."


def _heard(values: Probabilities, known: Known) -> SpeechSegments:
    return speech_segments(Activity(bytes(np.rint(values * 255).astype(np.uint8))), known.duration_ms)


def _one_hearing(sound: Mono) -> Probabilities:
    """As the model is used elsewhere: forwards only."""
    ear = Forward()
    return np.concatenate(
        [ear.run(levelled(one, one, one, 0, 0)) for one in audio_chunks(mono_mixes(blocks(sound), "mono"))]
        or [np.zeros(0, np.float32)]
    )


def _cells(found: SpeechSegments, known: Known) -> tuple[str, str, str]:
    pauses, wanted = _pauses([one.cue.span for one in merge_speech((), found)], known), _pauses(known.speech, known)
    missed = _total_ms(known.speech) - _common_ms(known.speech, found.speech)
    lost = _total_ms(wanted) - _common_ms(wanted, pauses)
    return f"{missed}", f"{_common_ms(known.speech, pauses)}", f"{lost} ({100 * lost / _total_ms(wanted):.0f} %)"


def _pauses(speech: Iterable[Span], known: Known) -> list[Span]:
    return [gap.span for gap in gaps([Cue(span, "") for span in speech], known.duration_ms)]


def _total_ms(spans: Iterable[Span]) -> int:
    return sum(span.duration_ms for span in spans)


def _common_ms(some: Iterable[Span], others: Sequence[Span]) -> int:
    return sum(one.overlap_ms(other) for one in some for other in others)


def _away(true_ms: Sequence[int], heard_ms: Sequence[int]) -> list[int]:
    """How far the nearest heard edge is from each true one, where one is near."""
    nearest = [min(heard_ms, key=lambda one: abs(one - true), default=1 << 40) - true for true in true_ms]
    return [away for away in nearest if abs(away) <= 10 * FRAME_MS]


def _spread(away_ms: Sequence[int]) -> str:
    low, middle, high = np.percentile(away_ms, (5, 50, 95))
    return f"{middle:+.0f} ms (90 % from {low:+.0f} to {high:+.0f})"
