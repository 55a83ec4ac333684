"""Measures the pauses found against human describers, against speech that is known, and subtitles against films.

    python benchmarks/gaps.py [MEDIA] [--only humans|edges|matches|cost …]

MEDIA, or the environment's AUDIODESC_MEDIA, is the folder of real films that the tests use. Prints tables in Markdown;
about ten minutes. `cost` needs no folder; `edges` works without it, on fewer backgrounds.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cost import cost
from edges import edges
from matches import matches

from audiodesc.dialogue.merge import merge_speech
from audiodesc.dialogue.sync import alignment
from audiodesc.dialogue.vad import detect
from audiodesc.dialogue.vad.segments import SpeechSegments, speech_segments
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.model import Cue, Span
from audiodesc.planning.gaps import MARGIN_MS, gaps
from audiodesc.subtitles import read_file

HEAD = (
    "| film | human cues | clear of captions | inside a pause: cues | sound | both "
    "| share of their time: cues | sound | both | pauses, s: cues | sound | both |"
)
WAI = ("captions", "contrast", "controls", "customizable", "layout")
CLEAN = {
    **{
        f"wai {name}": (f"wai-perspectives/{name}/{name}_ad.en.vtt", f"wai-perspectives/{name}/{name}_ad_desc.en.vtt")
        for name in WAI
    },
    "elephantsdream": ("elephantsdream-videojs/captions.en.vtt", "elephantsdream-videojs/descriptions.en.vtt"),
    "deadline": ("ableplayer-deadline/deadline_captions_en.vtt", "ableplayer-deadline/deadline_descriptions_en.vtt"),
    "blocks4all": (
        "ableplayer-blocks4all/blocks4all_captions_en.vtt",
        "ableplayer-blocks4all/blocks4all_descriptions_en.vtt",
    ),
}
"""Films of which there is text only: captions, and descriptions as they were spoken."""

FILMS = {
    "sintel": ("sintel-trailer/sintel_trailer_854x480.mp4", "sintel-trailer/sintel.vtt", ""),
    "his girl friday": ("his-girl-friday/friday.mp4", "his-girl-friday/friday.vtt", ""),
    "plan 9 (pauses the film)": (
        "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4",
        "enable-a11y-plan9/plan-9-trailer.en.vtt",
        "enable-a11y-plan9/plan-9-trailer--ad.en.vtt",
    ),
    "chrome (no captions)": ("chrome-clip/chrome.mp4", "", "chrome-clip/descriptions.vtt"),
    "rabbit (no captions)": ("bbb-rabbit-ad/video.mp4", "", "bbb-rabbit-ad/descriptions.vtt"),
    "big buck bunny (no speech)": ("bbb-moviepy/big_buck_bunny_0_30.webm", "", ""),
    "tedglobal (no captions)": ("mozilla-butter/tedglobal.ogv", "", ""),
    "googlework (no captions)": ("googlework/googlework_short.mp4", "", ""),
}
"""Films with sound: film, captions, descriptions."""


def main() -> int:
    given = _arguments()
    for name in given.only or TABLES:
        print(f"\n## {name}\n", flush=True)
        for line in TABLES[name](given.media):
            print(line, flush=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pauses, speech edges and subtitles, measured on real and made films.")
    parser.add_argument("media", nargs="?", type=Path, default=os.environ.get("AUDIODESC_MEDIA"), help="real films")
    parser.add_argument("--only", action="append", choices=TABLES, help="may be given again")
    given = parser.parse_args()
    given.media = Path(given.media or ".")
    if not (given.media / "wai-perspectives").is_dir() and not set(given.only or TABLES) <= {"edges", "cost"}:
        raise SystemExit(f"{given.media} does not hold the films: give their folder, or set AUDIODESC_MEDIA")
    return given


def humans(media: Path) -> Iterator[str]:
    """Do the pauses found hold what human describers said in theirs?"""
    yield f"{HEAD}\n|{' --- |' * 12}"
    outside: list[str] = []
    for name, (captions, descriptions) in CLEAN.items():
        cues, human = _cues(media, captions), _cues(media, descriptions)
        duration_ms = max(cue.span.end_ms for cue in (*cues, *human))
        outside += _outside(name, cues, human, duration_ms)
        yield _row(name, cues, None, human, duration_ms)
    for name, (path, captions, descriptions) in FILMS.items():
        film = probe(media / path)
        track = programme(film).track
        sound = speech_segments(detect(film, track), film.duration_ms) if track else None
        yield _row(name, _cues(media, captions), sound, _cues(media, descriptions), film.duration_ms)
    yield "\n" + "\n".join(outside)


def _outside(name: str, cues: Sequence[Cue], human: Sequence[Cue], duration_ms: int) -> Iterator[str]:
    """The cues that stand clear of captions and in no pause found, each with the room between captions."""
    pauses = [gap.span for gap in gaps(cues, duration_ms)]
    rooms = [gap.span for gap in gaps(cues, duration_ms, margin_ms=0, shortest_ms=1)]
    for one in _clear(cues, human):
        if not _inside(pauses, one.span):
            room_ms = sum(room.duration_ms for room in rooms if room.overlap_ms(one.span))
            yield f"- {name}: in no pause is {one.text!r}, {one.span.duration_ms} ms in {room_ms} ms between captions."


def _clear(cues: Sequence[Cue], human: Sequence[Cue]) -> list[Cue]:
    return [one for one in human if not any(one.span.overlap_ms(cue.span) for cue in cues if cue.kind == "speech")]


def _cues(media: Path, path: str) -> tuple[Cue, ...]:
    return read_file(media / path)[0] if path else ()


def _row(name: str, cues: Sequence[Cue], sound: SpeechSegments | None, human: Sequence[Cue], duration_ms: int) -> str:
    clear = _clear(cues, human)
    ways = (
        cues or None,
        _heard((), sound, duration_ms) if sound else None,
        _heard(cues, sound, duration_ms) if sound and cues else None,
    )
    found = [None if way is None else [gap.span for gap in gaps(way, duration_ms)] for way in ways]
    cells: list[str] = [name, str(len(human)), str(len(clear))]
    cells += [_cell(pauses, clear, lambda ps, cs: str(sum(_inside(ps, one.span) for one in cs))) for pauses in found]
    cells += [_cell(pauses, clear, _share) for pauses in found]
    cells += ["—" if p is None else f"{sum(span.duration_ms for span in p) / 1000:.1f}" for p in found]
    return f"| {' | '.join(cells)} |"


def _heard(cues: Sequence[Cue], sound: SpeechSegments, duration_ms: int) -> list[Cue]:
    in_time = alignment(cues, sound.clear, duration_ms).verdict == "in sync"
    return [one.cue for one in merge_speech(cues, sound, trims=in_time)]


def _cell(
    pauses: Sequence[Span] | None, clear: Sequence[Cue], measure: Callable[[Sequence[Span], Sequence[Cue]], str]
) -> str:
    return measure(pauses, clear) if pauses is not None and clear else "—"


def _inside(pauses: Sequence[Span], span: Span) -> bool:
    """Describers need no margin: a pause counts from the dialogue before it to the dialogue after it."""
    return any(p.start_ms - MARGIN_MS <= span.start_ms and span.end_ms <= p.end_ms + MARGIN_MS for p in pauses)


def _share(pauses: Sequence[Span], clear: Sequence[Cue]) -> str:
    used = sum(one.span.duration_ms for one in clear)
    found = sum(one.span.overlap_ms(pause) for one in clear for pause in pauses)
    return f"{100 * found / max(1, used):.0f} %"


TABLES: dict[str, Callable[[Path], Iterator[str]]] = {
    "humans": humans,
    "edges": edges,
    "matches": matches,
    "cost": cost,
}

if __name__ == "__main__":
    sys.exit(main())
