"""What is measured inside the library, each in a process of its own: `python jobs.py JOB ARGUMENT…`.

A job prints one JSON object. Its `seconds` leave out the start of Python, the imports, and what the other
side of the comparison is given ready-made too.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from audiodesc.core.cache import Store
from audiodesc.core.progress import silent
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.model import AudioTrack, Cue, Film, SpokenLine
from audiodesc.planning.gaps import gaps, protected

if TYPE_CHECKING:
    from audiodesc.settings import LoudnessName

OVERLAYS = 10
"""Lines that are overlaid with pydub; the time for the others is estimated from them."""

DUCK_DB = -9.0


@dataclass(frozen=True, slots=True)
class Told:
    """A film with a script that is voiced and in its places."""

    film: Film
    track: AudioTrack | None
    cues: tuple[Cue, ...]
    spoken: Sequence[SpokenLine]


def material(sample: str, minutes: str, lines: str, folder: str) -> dict[str, Any]:
    """Make a film of that many minutes; where its files are."""
    from material import make_material

    made = make_material(Path(sample), int(minutes), int(lines), Path(folder))
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(made).items()}


def voice(film: str, subtitles: str, script: str, store: str) -> dict[str, Any]:
    """Voice the script: the clips are in the store afterwards. `seconds` holds for an empty store."""
    started = perf_counter()
    told = _told(film, subtitles, script, store)
    seconds = perf_counter() - started
    return {"seconds": seconds, "clips": [[str(s.clip), s.span.start_ms] for s in told.spoken]}


def mix(
    film: str, subtitles: str, script: str, store: str, folder: str, loudness: LoudnessName = "source"
) -> dict[str, Any]:
    """Loudness and mix, to a WAV of 24 bits and the narration; without the AAC for a film."""
    from audiodesc.deliver.sound import SoundOrder, write_sound
    from audiodesc.mix import plan_mix
    from audiodesc.mix.levels import loudness_profile, share, target
    from audiodesc.mix.measure import feed, measure
    from audiodesc.mix.streaming import Places
    from audiodesc.settings import DeliverSettings, SoundSettings

    told, chosen, profile = _told(film, subtitles, script, store), SoundSettings(loudness), loudness_profile(loudness)
    files = {"track": Path(folder, "ours.wav"), "narration": Path(folder, "narration.flac")}
    length_ms = told.film.duration_ms
    dialogue = protected(told.cues, length_ms, 0)
    speech = protected([cue for cue in told.cues if cue.kind == "speech"], length_ms, 0)
    with tempfile.TemporaryDirectory(dir=folder) as empty:
        started = perf_counter()
        source = feed(told.film, told.track, profile.rate_hz, None)
        heard = measure(source, speech, Store(Path(empty)), silent)
        sound = plan_mix(
            source, heard, told.spoken, speech, target(profile, share(speech, length_ms)), chosen, DeliverSettings()
        )
        measured = write_sound(
            sound, heard, profile.ceiling_db, Places(dialogue, speech), SoundOrder(files, "wav"), silent
        )
        seconds = perf_counter() - started
    written = measured.written
    if written.overlap_ms or not written.heard_ms or not measured.reached:
        raise SystemExit(f"heard for {written.heard_ms} ms, over dialogue for {written.overlap_ms} ms, or too far off")
    return {"seconds": seconds, "peak_mb": _peak_mb(), "track_mb": files["track"].stat().st_size / 1e6}


def cuts(film: str) -> dict[str, Any]:
    """Key frames and cuts."""
    from audiodesc.media import shots

    source = probe(Path(film))
    started = perf_counter()
    found = shots.shots(source).cuts
    return {"seconds": perf_counter() - started, "cuts": len(found)}


def pydub(decoded: str, clips: str, out: str) -> dict[str, Any]:
    """Overlay the first lines with pydub, and write the result; the film's sound is a WAV already."""
    from pydub import AudioSegment

    lines = json.loads(Path(clips).read_text("utf-8"))
    few = [(AudioSegment.from_wav(path), start) for path, start in lines[:OVERLAYS]]
    started = perf_counter()
    film = AudioSegment.from_wav(decoded)
    read = perf_counter()
    for clip, start in few:
        film = film.overlay(clip, position=start, gain_during_overlay=DUCK_DB)
    laid = perf_counter()
    film.export(out, format="wav").close()
    written = perf_counter()
    once, each = (read - started) + (written - laid), (laid - read) / len(few)
    seconds = once + each * len(lines)
    return {"seconds": seconds, "once": once, "each": each, "overlaid": len(few), "peak_mb": _peak_mb()}


def _told(film: str, subtitles: str, script: str, store: str) -> Told:
    """The script read out as `audiodesc render` does it; clips that are in the store are not made again."""
    from audiodesc.narration.place import Stage, place_script_lines
    from audiodesc.narration.voice import cached_voice
    from audiodesc.planning import script_segments
    from audiodesc.scripts import read_script
    from audiodesc.settings import VoiceSettings
    from audiodesc.speak import default_profile
    from audiodesc.speak import voice as voice_of
    from audiodesc.speak.lexicon import Lexicon
    from audiodesc.subtitles import read_file

    source, cues, raw = probe(Path(film)), read_file(Path(subtitles))[0], read_script(Path(script)).lines
    places = script_segments([line.span for line in raw], gaps(cues, source.duration_ms), cues)
    say = cached_voice(voice_of(default_profile("en")), Lexicon(), Store(Path(store)))
    outcomes = place_script_lines(list(zip(raw, places, strict=True)), Stage(say, VoiceSettings().fastest))
    spoken = [outcome.speech for outcome in outcomes if outcome.speech]
    return Told(source, programme(source).track, cues, spoken)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "material": material,
    "voice": voice,
    "mix": mix,
    "cuts": cuts,
    "pydub": pydub,
}


if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](*sys.argv[2:])))
