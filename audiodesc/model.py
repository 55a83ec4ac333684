"""The data, in the order in which it is made. What one package alone makes and measures is defined there.

Times are int milliseconds on the film's clock, which a player shows and subtitles are timed against. Spans are
half-open. All values are frozen and checked where they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CueKind = Literal["speech", "sound", "lyrics", "on_screen", "unsure"]
"""What a cue holds; "unsure": nothing but sound in which speech may be that is not detected."""

GapKind = Literal["silence", "sound", "music"]
LineState = Literal["draft", "edited", "approved"]
"""What a person has done with a line: nothing, changed it, or agreed to it as it is."""

TrackRole = Literal["", "hearing", "description", "commentary", "effects"]
"""What a sound track is besides the film's own sound; "effects" has no dialogue."""

Samples = NDArray[np.float32]
"""Sound: float32, full scale ±1, shape (channels, samples)."""

Identity = tuple[int, int, int, int, int]
"""Which file it is: device, inode, bytes, and in ns when content and inode changed last."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open stretch of time, `0 <= start_ms <= end_ms`."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms <= self.end_ms:
            raise ValueError(f"not a span: {self.start_ms}–{self.end_ms} ms")

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    def overlap_ms(self, other: Span) -> int:
        """How long both last at once, in ms; 0 where they only touch."""
        return max(0, min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms))


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The picture; `pixel_aspect` is a pixel's width over its height. The last frame stands from `end_ms` (None: not
    known) to the film's end."""

    index: int
    codec: str
    width: int
    height: int
    pixel_aspect: float = 1.0
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One sound track; `index` is the stream's number in the file, `language` an ISO 639 code or "".

    `codec` is "" where nothing here can decode it. `original`: in the language of the production. `empty`: nothing
    was found in it where it was sampled. `channel` is FFmpeg's name of a mono track's channel ("FL", "FC"; "NONE" where
    the file says nothing), "" for others. `parts` are the indices of mono tracks that are channels of this one, in the
    order of its `layout`; where that is mono, they are mixed. It has sound from `start_ms` to `end_ms` (None: not
    known). `turns` are the indices of tracks, itself among them, each of which begins where the one before ends.
    """

    index: int
    codec: str
    rate_hz: int
    layout: str
    language: str
    title: str
    default: bool
    role: TrackRole = ""
    original: bool = False
    empty: bool = False
    channel: str = ""
    parts: tuple[int, ...] = ()
    start_ms: int | None = None
    end_ms: int | None = None
    turns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """One subtitle track inside the film. `is_text` is false for picture subtitles (PGS, VobSub, DVB), `is_whole` for
    tracks that do not hold all dialogue: forced ones, descriptions, commentary."""

    index: int
    codec: str
    language: str
    is_text: bool
    is_whole: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """Where timestamps start anew: `shift_s` (seconds) is added to those from byte `byte` of the file on; in the film
    that is at `at_ms`."""

    byte: int
    shift_s: Fraction
    at_ms: int


@dataclass(frozen=True, slots=True)
class Film:
    """A film on disk.

    `zero_s` is where the film's clock starts on the file's timeline, in seconds: 0 for containers that count from their
    beginning (MP4, Matroska), the first timestamp for transport streams, and for what was cut out of a live stream.
    `duration_ms` is that of the picture or of the sound, whichever ends later. `discontinuities` are in order.
    `fingerprint` stands for the content in cache keys; until all of it was read (`media.opening.with_content`), for
    the file. `identity` is of the file that was probed; None for a film that is none on disk.
    """

    path: Path
    fingerprint: str
    container: str
    duration_ms: int
    zero_s: Fraction
    video: VideoTrack
    audio_tracks: tuple[AudioTrack, ...]
    subtitle_tracks: tuple[SubtitleTrack, ...]
    discontinuities: tuple[Discontinuity, ...] = ()
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle. `speaker` says all of it ("": not known, or several do); `speakers` are all who are named."""

    span: Span
    text: str
    kind: CueKind = "speech"
    speaker: str = ""
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a narrator may speak; `kind` says what is in the sound besides silence."""

    span: Span
    kind: GapKind = "silence"


@dataclass(frozen=True, slots=True)
class Segment:
    """Where to speak (`gap`), what to look at (`watch`), and how many words there is time for.

    `wanted_ms` is where the narrator should begin, inside the gap, and `until_ms` the latest start (None: planning
    chooses): what the line says is seen from the one to the other. `known_speakers` are all named speakers before the
    gap, as they first spoke. `written` is where a person's script has the line, None where no person wrote it.
    """

    gap: Gap
    watch: Span
    wanted_ms: int
    max_words: int
    dialogue_before: tuple[Cue, ...] = ()
    dialogue_after: tuple[Cue, ...] = ()
    known_speakers: tuple[str, ...] = ()
    written: Span | None = None
    until_ms: int | None = None
    line_id: str = ""

    @property
    def id(self) -> str:
        """That of its line, which has one where it is in a project or two begin at once; else it comes from the
        content, so that one gap more does not rename all later ones."""
        return self.line_id or f"{self.wanted_ms:09d}"


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of the film: RGB, uint8, shape (height, width, 3), turned upright."""

    time_ms: int
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class VideoClip:
    """What a describer looks at: frames in order of time, and the subtitles of that span. `spoken_ms` is when the line
    about it is to begin (None: at the end), `cuts` where shots begin inside the span."""

    span: Span
    frames: tuple[Frame, ...]
    cues: tuple[Cue, ...] = ()
    spoken_ms: int | None = None
    cuts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """Which frames of each segment a describer wants: `fps` a second, evenly, at least `min_frames` and at most
    `max_frames`, of `max_pixels` pixels at most. With `bars` the film's black bars stay, for titles in them."""

    fps: float
    min_frames: int
    max_frames: int
    max_pixels: int
    bars: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """What a describer saw, in its own form; where it gave no answer, `facts` is "" and `failure` says why. `again` is
    what it saw at a second look at other frames, "" where there was none; `missed` why that gave no answer."""

    segment: Segment
    facts: str
    failure: str = ""
    again: str = ""
    missed: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A text for a segment; "" means that nothing is worth saying. `author` is a fingerprint or "human"."""

    segment: Segment
    text: str
    author: str


@dataclass(frozen=True, slots=True)
class Take:
    """A text as sound: 48 kHz mono float32, shape (samples,), silence trimmed at both ends."""

    samples: Samples
    rate: float

    @property
    def duration_ms(self) -> int:
        """Rounded up, so that what fits by this number fits."""
        return -(-len(self.samples) * 1000 // 48_000)


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line as sound in its place: `clip` is a WAV file (48 kHz, mono), `span` where it is heard, `rate` the voice's
    speed, 1 being natural; at the span's end the film stops for `stop_ms`, in which the rest is heard. `recording` is a
    person's, by its name, "" for a synthetic voice; `voice` the name of the line's own voice, "" for the narrator's."""

    line: Line
    clip: Path
    span: Span
    rate: float
    stop_ms: int = 0
    recording: str = ""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a segment: the line that is spoken, or `reason`, why nothing is.

    `failure`: why the describer gave no answer, about the picture where there are no facts, else for the line. `origin`
    is what wrote the text that a person edited, "" for one that a person wrote; `note` what one remarked on the line.
    """

    segment: Segment
    facts: str
    text: str
    author: str
    speech: SpokenLine | None = None
    reason: str = ""
    failure: str = ""
    origin: str = ""
    state: LineState = "draft"
    note: str = ""

    @property
    def moved(self) -> bool:
        """Whether a person's line begins at another time than it was written for."""
        written = self.segment.written
        return bool(self.speech and written and self.speech.span.start_ms != written.start_ms)


@dataclass(frozen=True, slots=True)
class Note:
    """What went wrong, or was left out, without stopping the film."""

    stage: str
    message: str
    span: Span | None = None
