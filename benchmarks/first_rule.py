"""The first rule, attacked: how much known speech lies in the pauses found, in scenes in which it is easily missed.

    python benchmarks/first_rule.py [MEDIA] [--quick] [--only KIND]

MEDIA, or the environment's AUDIODESC_MEDIA, is the folder of real films that the tests use: with it people's recorded
speech and real music are used too. Prints a table in Markdown: a minute of processor time without, three with it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hard_scenes import Base, Scene, channels, hard, made, recorded, whispered
from spoken import Mono, backgrounds

from audiodesc.dialogue.combine import Dialogue, combine
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.dialogue.vad import activity
from audiodesc.dialogue.vad.segments import Activity, speech_segments, together
from audiodesc.dialogue.vad.silero import FRAME_MS
from audiodesc.errors import SubtitleError
from audiodesc.model import AudioTrack, Cue, Span
from audiodesc.planning.gaps import gaps
from audiodesc.settings import DialogueSettings
from audiodesc.subtitles import read_file

MOST_OVER_MS = 20
MOST_LOST = 0.25
MUSICS = ("soft chords", "pop music", "pink noise")
TRACK = AudioTrack(2, "flac", 48_000, "stereo", "", "", False)
HEAD = (
    "| kind | heard without effort | scenes | speech, s | over speech, ms: all | worst | pauses lost: mean | worst "
    "| with `--density full`: over speech, ms | pauses lost |"
)


@dataclass(frozen=True)
class Result:
    """Of one scene: speech, and speech in pauses that are used, in ms; the share of usable pauses that is not used."""

    speech_ms: int
    over_ms: int
    lost: float
    over_full_ms: int
    lost_full: float


def main() -> int:
    given = _arguments()
    found: defaultdict[tuple[str, bool], list[Result]] = defaultdict(list)
    refused = 0
    for scene in _scenes(given.media, given.quick):
        if given.only not in scene.kind:
            continue
        try:
            found[scene.kind, scene.clear].append(_result(scene))
        except SubtitleError:
            refused += 1
    print(f"{HEAD}\n|{' --- |' * 10}")
    for (kind, clear), results in found.items():
        if results:
            print(_row(kind, clear, results))
    clear_ones = [one for (_, clear), results in found.items() if clear for one in results]
    kept = sum(one.over_ms <= MOST_OVER_MS for one in clear_ones)
    both = sum(one.over_ms <= MOST_OVER_MS and one.lost <= MOST_LOST for one in clear_ones)
    print(
        f"\n- Of {len(clear_ones)} scenes that are heard without effort {kept} have at most {MOST_OVER_MS} ms of "
        f"speech in a pause, {both} of them at no more than {MOST_LOST:.0%} of the pauses.\n- Subtitles were refused "
        f"in {refused} scenes, of which nothing is made."
    )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speech that is easily missed, and how much of it lies in a pause.")
    parser.add_argument("media", nargs="?", type=Path, default=os.environ.get("AUDIODESC_MEDIA"), help="real films")
    parser.add_argument("--quick", action="store_true", help="made speech in one kind of music alone")
    parser.add_argument("--only", default="", metavar="KIND", help="the kinds with this in their name")
    given = parser.parse_args()
    given.media = Path(given.media or ".")
    return given


def _scenes(media: Path, quick: bool) -> Iterator[Scene]:
    bases: Sequence[Base | None] = (made(), None if quick else recorded(media))
    chosen = MUSICS[:1] if quick else MUSICS
    musics: dict[str, Mono] = {name: music for name, music in backgrounds(media) if name in chosen}
    for base in (one for one in bases if one):
        for music in musics.values():
            yield from channels(base, music)
            yield from hard(base, music)
    if not quick:
        yield from whispered()


def _result(scene: Scene) -> Result:
    own = _activity(scene.samples, scene.layout)
    if scene.beside is not None:
        own = together(own, [(TRACK, _activity(scene.beside, scene.layout))], scene.duration_ms).activity
    found = speech_segments(own, scene.duration_ms)
    given = Subtitles(_read(scene.subtitles), "scene.srt")
    ways = [combine(given, found, scene.duration_ms, DialogueSettings(**scene.settings), "normal")] * 2
    if found.unsure and not given.cues:
        ways[1] = combine(given, found, scene.duration_ms, DialogueSettings(**scene.settings), "full")
    numbers = [number for way in ways for number in _measured(way, scene)]
    return Result(_total_ms(scene.speech), int(numbers[0]), numbers[1], int(numbers[2]), numbers[3])


def _activity(samples: Mono, layout: str) -> Activity:
    blocks = (samples[:, at : at + 48_000] for at in range(0, samples.shape[1], 48_000))
    return activity(blocks, layout, -(-(samples.shape[1] // 48) // FRAME_MS))


def _read(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """As they come out of a file."""
    if not cues:
        return ()
    times = [f"{_time(cue.span.start_ms)} --> {_time(cue.span.end_ms)}\n{cue.text}" for cue in cues]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scene.srt"
        path.write_text("\n\n".join(f"{n}\n{text}" for n, text in enumerate(times, 1)) + "\n", "utf-8")
        return read_file(path)[0]


def _time(ms: int) -> str:
    return f"00:{ms // 60_000:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def _measured(known: Dialogue, scene: Scene) -> tuple[float, float]:
    used = [gap.span for gap in gaps(known.cues, scene.duration_ms, kinds=known.avoided)]
    wanted = [gap.span for gap in gaps([Cue(span, "") for span in scene.speech], scene.duration_ms)]
    return _common_ms(scene.speech, used), 1 - _common_ms(wanted, used) / _total_ms(wanted)


def _row(kind: str, clear: bool, results: Sequence[Result]) -> str:
    count = len(results)
    cells = (
        kind,
        "yes" if clear else "no",
        count,
        f"{sum(one.speech_ms for one in results) / 1000:.0f}",
        sum(one.over_ms for one in results),
        max(one.over_ms for one in results),
        f"{sum(one.lost for one in results) / count:.0%}",
        f"{max(one.lost for one in results):.0%}",
        sum(one.over_full_ms for one in results),
        f"{sum(one.lost_full for one in results) / count:.0%}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _total_ms(spans: Iterable[Span]) -> int:
    return sum(span.duration_ms for span in spans)


def _common_ms(some: Iterable[Span], others: Sequence[Span]) -> int:
    return sum(one.overlap_ms(other) for one in some for other in others)


if __name__ == "__main__":
    sys.exit(main())
