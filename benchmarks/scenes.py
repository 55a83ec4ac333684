"""Scenes in which speech is easily missed: sound in which each moment of speech is known, and subtitles for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spoken import LINES, PER_MS, RATE_HZ, Mono, english, film_sound, pink, speech_in

from audiodesc.model import Cue, Span
from audiodesc.speak import voice
from audiodesc.speak.profiles import Profile

Channels = NDArray[np.float32]
"""Shape (channels, samples)."""

SPEECH_DB = -26.0
"""RMS of the speech, where it is, in dBFS."""

PAUSES_S = (1.8, 4.5)
SOFT_DB = -22.0
"""How far soft lines are below the others."""

RECORDED = (
    ("recorded: interview", "googlework/googlework_short.mp4", 21.7, 34.8),
    ("recorded: talk", "mozilla-butter/tedglobal.ogv", 0.0, 30.0),
)


@dataclass(frozen=True)
class Scene:
    """Sound of shape (channels, samples) at 48 kHz, when somebody speaks in it, and its subtitles, if it has any.

    `clear` says that a listener hears the speech without effort; `settings` are those of the run. `tracks` are sound
    tracks of the same film beside the first.
    """

    kind: str
    samples: Channels
    layout: str
    speech: tuple[Span, ...]
    cues: tuple[Cue, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    clear: bool = True

    @property
    def duration_ms(self) -> int:
        return self.samples.shape[1] // PER_MS


@dataclass(frozen=True)
class Spoken:
    """Lines placed in silence; `lines` are when and what, one for each line."""

    samples: Mono
    speech: tuple[Span, ...]
    lines: tuple[Cue, ...]


def lines(count: int = 16, seed: int = 3, style: str = "") -> Spoken:
    """So many LINES in the built-in English voices in turn; `style` is a variant of eSpeak's, such as "whisper"."""
    voices = [_styled(profile, style) for profile in english()]
    takes = [(voice(voices[n % len(voices)]).say(LINES[n % len(LINES)], 1.0).samples, LINES[n % len(LINES)])
             for n in range(count)]  # fmt: skip
    return placed(takes, seed)


def recorded(media: Path, path: str, start_s: float, end_s: float, seed: int = 3) -> Spoken:
    """What people say in a film, parted where it is quiet for a moment, with longer pauses."""
    sound = film_sound(media / path)[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    takes = []
    for span in speech_in(sound, -22, 140):
        if span.duration_ms >= 400:
            takes.append((_faded(sound[span.start_ms * PER_MS : span.end_ms * PER_MS]), f"line {len(takes)}"))
    return placed(takes[:14], seed)


def placed(takes: Sequence[tuple[Mono, str]], seed: int) -> Spoken:
    random = np.random.default_rng(seed)
    parts: list[Mono] = [np.zeros(2 * RATE_HZ, np.float32)]
    speech: list[Span] = []
    said: list[Cue] = []
    at = len(parts[0])
    for samples, text in takes:
        level = samples * np.float32(10 ** (SPEECH_DB / 20) / np.sqrt(np.square(samples).mean()))
        found = [Span(s.start_ms + at // PER_MS, s.end_ms + at // PER_MS) for s in speech_in(level)]
        speech += found
        said.append(Cue(Span(found[0].start_ms, found[-1].end_ms), text))
        pause = np.zeros(round(random.uniform(*PAUSES_S) * 1000) * PER_MS, np.float32)
        parts += [level, pause]
        at += len(level) + len(pause)
    return Spoken(np.concatenate(parts), tuple(speech), tuple(said))


def _styled(profile: Profile, style: str) -> Profile:
    return replace(profile, voice=f"{profile.voice.split('+')[0]}+{style}") if style else profile


def _faded(samples: Mono) -> Mono:
    """Without clicks at its ends."""
    ramp = np.linspace(0, 1, min(480, len(samples) // 4), dtype=np.float32)
    out = samples.copy()
    out[: len(ramp)] *= ramp
    out[-len(ramp) :] *= ramp[::-1]
    return out


def behind(background: Mono, count: int, db: float) -> Mono:
    """A background as long, at that RMS in dBFS."""
    out = np.resize(background, count)
    return np.asarray(out * (10 ** (db / 20) / np.sqrt(np.square(out).mean())), np.float32)


def channels(base: Spoken, music: Mono) -> Iterator[Scene]:
    """The same lines in other channels than the middle, with music around them."""
    voice_, count = base.samples, len(base.samples)
    near, far = (behind(music, count, SPEECH_DB - 4), behind(np.roll(music, 7 * RATE_HZ), count, SPEECH_DB - 4))
    loud = behind(music, count, SPEECH_DB + 6)
    none = np.zeros(count, np.float32)
    stereo = {
        "middle": (voice_ + near, voice_ + far),
        "left, right inverted": (voice_ + near, near - voice_),
        "sides, under loud music in the middle": (voice_ + loud, loud - voice_),
        "left only": (voice_ + near, far),
    }
    surround = {
        "5.1: centre": (near, far, voice_, none, near / 2, far / 2),
        "5.1: front left only": (voice_ + near, far, near, none, near, far),
        "5.1: low frequencies (LFE) only": (near, far, near, voice_, near, far),
        "5.1: one surround only": (near, far, near, none, voice_ + far / 2, near / 2),
        "5.1: surrounds, one inverted": (near, far, near, none, voice_ + near / 2, near / 2 - voice_),
    }
    for kind, made in (stereo | surround).items():
        yield Scene(kind, np.stack(made), "stereo" if len(made) == 2 else "5.1", base.speech)


def hard(base: Spoken, music: Mono) -> Iterator[Scene]:
    """Speech that is hard to hear, and subtitles that are of little help."""
    count = len(base.samples)
    for over_db in (10, 5, 0):
        yield _mono(
            f"music {over_db} dB below speech", base, behind(music, count, SPEECH_DB - over_db), clear=over_db > 0
        )
    soft, kept = softened(base)
    bed = behind(pink(RATE_HZ * 20), count, SPEECH_DB - 45)
    yield replace(_mono("soft lines without subtitles, others in sync", soft, bed), cues=kept)
    yield _mono("soft lines, no subtitles at all", soft, bed)
    noise = behind(music, count, SPEECH_DB - 5)
    for kind, late_ms, settings in (
        ("subtitles in sync", 0, {}),
        ("subtitles 0.2 s late", 200, {}),
        ("subtitles 0.3 s late", 300, {}),
        ("subtitles 0.38 s late", 380, {}),
        ("subtitles 0.3 s early", -300, {}),
        ("subtitles 0.6 s late, --trust-subs", 600, {"trust_subs": True}),
    ):
        late = tuple(
            replace(cue, span=Span(cue.span.start_ms + late_ms, cue.span.end_ms + late_ms)) for cue in soft.lines
        )
        yield replace(_mono(kind, soft, noise), cues=late, settings=settings, clear=False)
    sung = tuple(replace(cue, text=f"♪ {cue.text} ♪", kind="lyrics") for cue in base.lines)
    yield replace(_mono("all dialogue marked as lyrics", base, behind(music, count, SPEECH_DB - 10)), cues=sung)


def softened(base: Spoken) -> tuple[Spoken, tuple[Cue, ...]]:
    """Every third line lower by SOFT_DB, and the cues of the others."""
    samples = base.samples.copy()
    for cue in base.lines[1::3]:
        samples[cue.span.start_ms * PER_MS : cue.span.end_ms * PER_MS] *= np.float32(10 ** (SOFT_DB / 20))
    return replace(base, samples=samples), tuple(cue for n, cue in enumerate(base.lines) if n % 3 != 1)


def _mono(kind: str, base: Spoken, background: Mono, *, clear: bool = True) -> Scene:
    return Scene(kind, (base.samples + background)[np.newaxis], "mono", base.speech, clear=clear)


def whispered() -> Iterator[Scene]:
    """eSpeak's whispers under pink noise."""
    base = lines(style="whisper")
    for over_db in (15, 10):
        noise = behind(pink(RATE_HZ * 20), len(base.samples), SPEECH_DB - over_db)
        yield _mono(f"whispers, pink noise {over_db} dB below", base, noise, clear=over_db > 10)
