"""Makes `sample.mp4` and `sample.srt`, a film of about a minute, from nothing: `python samples/make_sample.py`.

Pictures are drawn, music is computed, and the dialogue is spoken by two of the built-in voices, so that every
moment of speech is known exactly. The same machine makes the same file each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysubs2
import scenes
import sounds
from moviepy import AudioArrayClip, VideoClip
from numpy.typing import NDArray
from scenes import Clock
from sounds import RATE_HZ, Sound

from audiodesc.speak import profile, voice

FPS = 24
LINGER_MS = 150  # how long a subtitle stays after its last sound
# name of a voice, and how far to the right it is heard (0–1)
VOICES = {"NORA": ("espeak-en-gb-f", 0.44), "ELIAS": ("espeak-en-gb-scotland", 0.56)}


@dataclass(frozen=True)
class Pause:
    """Seconds without speech; `name` is how a scene finds it."""

    seconds: float
    name: str = ""


@dataclass(frozen=True)
class Says:
    speaker: str
    text: str


@dataclass(frozen=True)
class Scene:
    """`music_db` is the level of the chords against their natural one, or None for no music."""

    draw: Callable[[Clock], NDArray[np.uint8]]
    ambience: Callable[[float, int], Sound]
    music_db: float | None
    beats: tuple[Pause | Says, ...]


@dataclass(frozen=True)
class Spoken:
    """A line in its place: seconds from the film's start, and its sound (48 kHz, mono)."""

    speaker: str
    text: str
    start_s: float
    samples: NDArray[np.float32]

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.samples) / RATE_HZ


@dataclass(frozen=True)
class Placed:
    """A scene with its times: `marks` are relative to `start_s`."""

    scene: Scene
    start_s: float
    end_s: float
    marks: dict[str, float]
    spoken: tuple[Spoken, ...]


STORY = (
    Scene(scenes.sunrise, sounds.sea, 0.0, (Pause(7.5),)),
    Scene(
        scenes.kitchen,
        sounds.room,
        None,
        (
            Pause(1.2),
            Says("NORA", "The last ferry leaves at six, Dad."),
            Pause(4.2, "packs"),
            Says("ELIAS", "Take the lantern. It gets dark early there."),
            Pause(0.7),
            Says("NORA", "Keep it. Put it in the window for me."),
            Pause(4.6, "leaves"),
        ),
    ),
    Scene(
        scenes.street,
        sounds.wind,
        -5.0,
        (
            Pause(4.3),
            Says("ELIAS", "Dear Nora. I still light the lantern, every night."),
            Pause(5.4, "dark"),
            Says("ELIAS", "Tomorrow, the ferry sails for the last time."),
            Pause(0.9),
        ),
    ),
    Scene(
        scenes.train,
        sounds.rails,
        None,
        (Pause(3.4), Says("NORA", "Wait for me, Dad. I am on my way."), Pause(1.2)),
    ),
    Scene(
        scenes.pier,
        sounds.sea,
        -3.0,
        (
            Pause(6.5),
            Says("NORA", "Am I too late for the last ferry?"),
            Pause(0.6),
            Says("ELIAS", "No. You were on it."),
            Pause(5.0, "home"),
        ),
    ),
    Scene(scenes.end, sounds.sea, 0.0, (Pause(3.4),)),
)


def main(folder: Path) -> None:
    placed = list(timeline(STORY))
    write_subtitles(placed, folder / "sample.srt")
    film = VideoClip(lambda now: frame(placed, now), duration=placed[-1].end_s)
    film = film.with_audio(AudioArrayClip(mixed(placed), fps=RATE_HZ))
    partial = folder / "sample.partial.mp4"
    film.write_videofile(
        str(partial),
        fps=FPS,
        codec="libx264",
        preset="slow",
        audio_codec="aac",
        audio_fps=RATE_HZ,
        audio_bitrate="128k",
        threads=2,  # the coder's choice of bits depends on it
        pixel_format="yuv420p",
        ffmpeg_params=["-crf", "22", "-g", "96", "-movflags", "+faststart", "-fflags", "+bitexact"],
        logger=None,
    )
    partial.replace(folder / "sample.mp4")


def timeline(story: tuple[Scene, ...]) -> Iterator[Placed]:
    """Scenes one after another, each ending on a frame."""
    start = 0.0
    for scene in story:
        now, marks, spoken = start, {}, []
        for beat in scene.beats:
            if isinstance(beat, Pause):
                marks[beat.name] = now - start
                now += beat.seconds
            else:
                spoken.append(Spoken(beat.speaker, beat.text, now, say(beat)))
                now = spoken[-1].end_s
        end = np.ceil(now * FPS) / FPS
        yield Placed(scene, start, float(end), marks, tuple(spoken))
        start = float(end)


def say(line: Says) -> NDArray[np.float32]:
    return voice(profile(VOICES[line.speaker][0])).say(line.text, 1.0).samples


def frame(placed: list[Placed], now: float) -> NDArray[np.uint8]:
    # half a frame on, so that rounding never shows a frame of the scene before
    here = next((p for p in placed if now + 0.5 / FPS < p.end_s), placed[-1])
    talks = tuple((s.speaker, s.start_s - here.start_s, s.end_s - here.start_s) for s in here.spoken)
    return here.scene.draw(Clock(max(0.0, now - here.start_s), here.end_s - here.start_s, here.marks, talks))


def mixed(placed: list[Placed]) -> Sound:
    """The whole film's sound. Speech is the loudest thing in it, at about −23 LUFS."""
    film = np.zeros((round(placed[-1].end_s * RATE_HZ), 2))
    for number, here in enumerate(placed):
        length = here.end_s - here.start_s
        add(film, here.start_s, here.scene.ambience(length, number))
        if here.scene.music_db is not None:
            add(film, here.start_s, sounds.gain_db(sounds.music(length), here.scene.music_db))
        for line in here.spoken:
            right = VOICES[line.speaker][1]
            add(film, line.start_s, np.outer(line.samples, np.sqrt([1 - right, right])))
    return film


def add(film: Sound, start_s: float, sound: Sound) -> None:
    begin = round(start_s * RATE_HZ)
    film[begin : begin + len(sound)] += sound[: len(film) - begin]


def write_subtitles(placed: list[Placed], path: Path) -> None:
    lines = [line for here in placed for line in here.spoken]
    nexts = [later.start_s for _, later in pairwise(lines)] + [placed[-1].end_s]
    subtitles = pysubs2.SSAFile()
    for line, following in zip(lines, nexts, strict=True):
        end_ms = min(round(line.end_s * 1000) + LINGER_MS, round(following * 1000) - 40)
        text = f"{line.speaker}: {line.text}"
        subtitles.append(pysubs2.SSAEvent(round(line.start_s * 1000), end_ms, two_lines(text)))
    subtitles.save(str(path))


def two_lines(text: str) -> str:
    """Broken near the middle where a line would be longer than 37 characters."""
    if len(text) <= 37:
        return text
    spaces = [place for place, character in enumerate(text) if character == " "]
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle]}\\N{text[middle + 1 :]}"


if __name__ == "__main__":
    main(Path(__file__).parent)
