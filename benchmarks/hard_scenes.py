"""Scenes in which speech is easily missed: sound in which each moment of speech is known, and subtitles for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spoken import LINES, PER_MS, Mono, english, film_sound, pink, speech_in

from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Cue, Span
from audiodesc.speak import voice
from audiodesc.speak.profiles import Profile

Channels = NDArray[np.float32]
"""Shape (channels, samples)."""

SPEECH_DB = -26.0
"""RMS of the speech, where it is, in dBFS."""

PAUSES_S = (1.8, 4.5)
SOFT_DB = -22.0
LOWER_DB = -12.0
"""How far soft lines are below the others, and how far in noise."""

LINES_SAID = 14
RECORDED = (("googlework/googlework_short.mp4", 21.7, 34.8), ("mozilla-butter/tedglobal.ogv", 0.0, 30.0))
"""An interview and a talk: film, from, to, in seconds."""


@dataclass(frozen=True)
class Scene:
    """Sound of shape (channels, samples) at 48 kHz, when somebody speaks in it, and its subtitles, if it has any.

    `clear` says that a listener hears the speech without effort; `settings` are those of the run. `beside` is the sound
    of another track of the film.
    """

    kind: str
    samples: Channels
    layout: str
    speech: tuple[Span, ...]
    subtitles: tuple[Cue, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    clear: bool = True
    beside: Channels | None = None

    @property
    def duration_ms(self) -> int:
        return int(self.samples.shape[1]) // PER_MS


@dataclass(frozen=True)
class Base:
    """Lines placed in silence; `lines` are when and what, one for each line."""

    samples: Mono
    speech: tuple[Span, ...]
    lines: tuple[Cue, ...]


def made(style: str = "") -> Base:
    """LINES in the built-in English voices in turn; `style` is a variant of eSpeak's, such as "whisper"."""
    voices = [_styled(profile, style) for profile in english()]
    texts = [LINES[number % len(LINES)] for number in range(LINES_SAID)]
    takes = [(voice(voices[n % len(voices)]).say(text, 1.0).samples, text) for n, text in enumerate(texts)]
    return _placed(takes)


def recorded(media: Path) -> Base | None:
    """What people say in films, parted where it is quiet for a moment, with longer pauses; None without the films."""
    takes = []
    for path, start_s, end_s in RECORDED:
        if not (media / path).is_file():
            return None
        sound = film_sound(media / path)[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        for span in speech_in(sound, -22, 140):
            if 400 <= span.duration_ms <= 4000:
                text = "word " * max(1, span.duration_ms // 400)
                takes.append((_faded(sound[span.start_ms * PER_MS : span.end_ms * PER_MS]), text.strip()))
    return _placed(takes[:LINES_SAID])


def _placed(takes: Sequence[tuple[Mono, str]], seed: int = 3) -> Base:
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
    return Base(np.concatenate(parts), tuple(speech), tuple(said))


def _styled(profile: Profile, style: str) -> Profile:
    return replace(profile, voice=f"{profile.voice.split('+')[0]}+{style}") if style else profile


def _faded(samples: Mono) -> Mono:
    """Without clicks at its ends."""
    ramp = np.linspace(0, 1, min(480, len(samples) // 4), dtype=np.float32)
    out = samples.copy()
    out[: len(ramp)] *= ramp
    out[-len(ramp) :] *= ramp[::-1]
    return out


def _behind(background: Mono, count: int, below_db: float) -> Mono:
    """A background as long, so far below the speech (both as RMS)."""
    out = np.resize(background, count)
    return np.asarray(out * (10 ** ((SPEECH_DB - below_db) / 20) / np.sqrt(np.square(out).mean())), np.float32)


def channels(base: Base, music: Mono) -> Iterator[Scene]:
    """The lines in other channels than the middle, with music around them that is 4 dB below them in each channel."""
    said, count = base.samples, len(base.samples)
    near, far, loud = (
        _behind(music, count, 4),
        _behind(np.roll(music, 7 * RATE_HZ), count, 4),
        _behind(music, count, -6),
    )
    none = np.zeros(count, np.float32)
    mixes = {
        "stereo: middle": (said + near, said + far),
        "stereo: right inverted": (said + near, near - said),
        "stereo: sides, music 6 dB above in the middle": (said + loud, loud - said),
        "stereo: left alone": (said + near, far),
        "5.1: centre": (near, far, said, none, near / 2, far / 2),
        "5.1: front left alone": (said + near, far, near, none, near, far),
        "5.1: LFE alone": (near, far, near, said, near, far),
        "5.1: one surround alone": (near, far, near, none, said + far / 2, near / 2),
        "5.1: surrounds, one inverted": (near, far, near, none, said + near / 2, near / 2 - said),
    }
    for kind, mix in mixes.items():
        yield Scene(kind, np.stack(mix), "stereo" if len(mix) == 2 else "5.1", base.speech)
    yield Scene("another track", np.stack([near, far]), "stereo", base.speech, beside=np.stack([said, said]))


def hard(base: Base, music: Mono) -> Iterator[Scene]:
    """Speech that is hard to hear, and subtitles that are of little help."""
    count = len(base.samples)
    for below_db in (10, 5, 0):
        yield _mono(f"music {below_db} dB below", base, _behind(music, count, below_db), clear=below_db > 0)
    soft, kept = _softened(base, SOFT_DB)
    room = _behind(pink(RATE_HZ * 20), count, 45)
    yield _mono("soft lines, no subtitles", soft, room)
    yield replace(_mono("soft lines without subtitles, the rest in sync", soft, room), subtitles=kept)
    lower, _ = _softened(base, LOWER_DB)
    noise = _behind(music, count, 14)
    for late_ms, trust in ((0, False), (200, False), (300, False), (380, False), (-300, False), (600, True)):
        late = f"{abs(late_ms) / 1000:g} s {'late' if late_ms > 0 else 'early'}" if late_ms else "in sync"
        kind = f"lower lines, subtitles {late}{', --trust-subs' if trust else ''}"
        yield replace(
            _mono(kind, lower, noise, clear=False),
            subtitles=tuple(_moved(cue, late_ms) for cue in base.lines),
            settings={"trust_subs": trust},
        )
    moments = tuple(replace(cue, span=Span(cue.span.start_ms, cue.span.start_ms + 1)) for cue in base.lines)
    yield replace(_mono("subtitles of 1 ms", base, _behind(music, count, 10)), subtitles=moments)
    sung = tuple(replace(cue, text=f"♪ {cue.text} ♪") for cue in base.lines)
    yield replace(_mono("all dialogue marked as lyrics", base, _behind(music, count, 10)), subtitles=sung)


def _moved(cue: Cue, late_ms: int) -> Cue:
    return replace(cue, span=Span(cue.span.start_ms + late_ms, cue.span.end_ms + late_ms))


def _softened(base: Base, by_db: float) -> tuple[Base, tuple[Cue, ...]]:
    """Every third line lower, and the cues of the others."""
    samples = base.samples.copy()
    for cue in base.lines[1::3]:
        samples[cue.span.start_ms * PER_MS : cue.span.end_ms * PER_MS] *= np.float32(10 ** (by_db / 20))
    return replace(base, samples=samples), tuple(cue for n, cue in enumerate(base.lines) if n % 3 != 1)


def _mono(kind: str, base: Base, background: Mono, *, clear: bool = True) -> Scene:
    return Scene(kind, (base.samples + background)[np.newaxis], "mono", base.speech, clear=clear)


def whispered() -> Iterator[Scene]:
    """eSpeak's whispers under pink noise."""
    base = made("whisper")
    for below_db in (20, 15, 10):
        noise = _behind(pink(RATE_HZ * 20), len(base.samples), below_db)
        yield _mono(f"whispers, noise {below_db} dB below", base, noise, clear=False)
