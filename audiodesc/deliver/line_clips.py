"""The lines as clips on a timeline: which frames each takes, which samples its file has, and what the file is called.

A timeline counts frames, a line begins at any sample. So a line's file begins where the frame begins that the line
begins in, with the silence from there to the line, and ends with a frame: laid at its frame, it is heard at its sample.
Of a person's recording the file holds up to half a second of the take before and after the line as well (handles), in
whole frames; the timeline takes the frames of the line out of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from urllib.parse import quote

import numpy as np

from audiodesc.core.timecode import Timecode
from audiodesc.deliver.base import Delivery
from audiodesc.media.clips import faded_in, read_wav, wav_length
from audiodesc.media.sound import RATE_HZ
from audiodesc.mix.mixer import place_clip
from audiodesc.model import Samples, SpokenLine
from audiodesc.report import numbers

BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
ROW_ENDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class LineClip:
    """A line on a timeline.

    `number` is the line's in the report; `frame` its first frame, counted from the film's first, and `frames` how many
    it takes; `code` is the timecode of `frame`, `end_code` that of the frame after the last. Its file has `head` frames
    before these and `tail` after them, from `file_code` to `file_end_code`; it begins at sample `first` of the film
    (48 kHz) and has `count` samples, of which the line itself is `sound` samples from `lead` on. `handles` are WAV
    files of the take before and after the line.
    """

    number: int
    id: str
    speech: SpokenLine
    frame: int
    frames: int
    first: int
    count: int
    lead: int
    sound: int
    code: str
    end_code: str
    head: int
    tail: int
    file_code: str
    file_end_code: str
    handles: tuple[Path, Path] | None = None

    @property
    def file_frame(self) -> int:
        """The first frame of the file."""
        return self.frame - self.head

    @property
    def file_frames(self) -> int:
        """How many frames the file has."""
        return self.head + self.frames + self.tail

    @property
    def text(self) -> str:
        """In one line, without control characters."""
        return one_line(self.speech.line.text)

    @property
    def file_name(self) -> str:
        """`0012_01-02-03-04.wav`: legal on every system's disks."""
        return f"{self.number:04}_{re.sub('[:;]', '-', self.file_code)}.wav"

    def samples(self) -> Samples:
        """What its file holds, shape (1, samples)."""
        clip = read_wav(self.speech.clip)
        sound, end = np.pad(clip, (self.lead, self.count - self.lead - len(clip))), self.lead + len(clip)
        if self.handles:
            before, after = (read_wav(path) for path in self.handles)
            before, after = before[max(0, len(before) - self.lead) :], after[: self.count - end]
            sound[self.lead - len(before) : self.lead] = faded_in(before)
            sound[end : end + len(after)] = faded_in(after[::-1])[::-1]
        return sound[None]


def media_url(delivery: Delivery, clip: LineClip) -> str:
    """Where a timeline finds the clip's file: below the folder in which the timeline lies itself."""
    return quote(os.fsencode(f"{delivery.names['lines']}/{clip.file_name}"))


def one_line(text: str) -> str:
    """A text with a space for all breaks and control characters at one place in it; halves of pairs are question
    marks."""
    return whole(BREAKS.sub(" ", text).strip())


def one_row(name: str) -> str:
    """A file's name as it is, but for breaks and control characters, which no row of text holds."""
    return ROW_ENDS.sub(" ", name)


def whole(text: str) -> str:
    """A text that every encoding of Unicode takes: halves of pairs are question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def line_clips(delivery: Delivery) -> tuple[LineClip, ...]:
    """All lines that are heard, in order of time."""
    count, _ = delivery.timecode
    numbered = zip(numbers(delivery.outcomes), delivery.outcomes, strict=True)

    def clip_of(number: int, id: str, speech: SpokenLine) -> LineClip:
        handles = delivery.handles(speech.recording) if speech.recording else None
        return line_clip(number, id, speech, count, handles)

    clips = [clip_of(n or 0, one.segment.id, one.speech) for n, one in numbered if one.speech]
    return tuple(sorted(clips, key=lambda clip: (clip.first + clip.lead, clip.number)))


def line_clip(
    number: int, line_id: str, speech: SpokenLine, count: Timecode, handles: tuple[Path, Path] | None = None
) -> LineClip:
    """A line in its place."""
    start, end = place_clip(speech, RATE_HZ)
    frame = floor(start * count.fps / RATE_HZ)
    after = max(frame + 1, ceil(end * count.fps / RATE_HZ))
    before, behind = (wav_length(path) for path in handles) if handles else (0, 0)
    file_frame = min(frame, max(0, ceil((start - before) * count.fps / RATE_HZ)))
    file_after = max(after, floor((end + behind) * count.fps / RATE_HZ))
    first, last = frame_sample(file_frame, count.fps), frame_sample(file_after, count.fps)
    code, end_code, file_code, file_end_code = (
        count.code(count.start + one) for one in (frame, after, file_frame, file_after)
    )
    return LineClip(
        number=number,
        id=line_id,
        speech=speech,
        frame=frame,
        frames=after - frame,
        first=first,
        count=last - first,
        lead=start - first,
        sound=wav_length(speech.clip),
        code=code,
        end_code=end_code,
        head=frame - file_frame,
        tail=file_after - after,
        file_code=file_code,
        file_end_code=file_end_code,
        handles=handles,
    )


def frame_sample(frame: int, fps: Fraction, rate_hz: int = RATE_HZ) -> int:
    """The first sample that is in a frame or, where that is past the last one, of what follows."""
    return ceil(frame * rate_hz / fps)


def origin(count: Timecode, rate_hz: int = RATE_HZ) -> int:
    """The film's first sample, in samples from midnight."""
    return frame_sample(count.start, count.fps, rate_hz)


def time_reference(sample: int, count: Timecode, rate_hz: int = RATE_HZ) -> int:
    """A sample of the film, in samples from midnight, modulo a day of the timecode."""
    return (origin(count, rate_hz) + sample) % frame_sample(count.day, count.fps, rate_hz)


def tracks(clips: Iterable[LineClip]) -> list[list[LineClip]]:
    """The clips on as few tracks as hold them, so that none lies over another: all on one, unless two lines share a
    frame."""
    made: list[list[LineClip]] = []
    for clip in clips:
        free = (track for track in made if track[-1].frame + track[-1].frames <= clip.frame)
        track = next(free, None)
        if track is None:
            made.append(track := [])
        track.append(clip)
    return made


def with_gaps(track: Sequence[LineClip]) -> Iterator[tuple[int, LineClip]]:
    """Each clip of a track, and how many frames there are before it."""
    at = 0
    for clip in track:
        yield clip.frame - at, clip
        at = clip.frame + clip.frames
