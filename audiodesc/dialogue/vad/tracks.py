"""Speech on several sound tracks: which of them is the programme, and which others count beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import av
import numpy as np

from audiodesc.core.intervals import without
from audiodesc.dialogue.vad import activity
from audiodesc.dialogue.vad.segments import THRESHOLD, Activity, SpeechSegments, levels_at, speech_segments
from audiodesc.dialogue.vad.silero import FRAME_MS
from audiodesc.errors import FilmError
from audiodesc.media.opening import open_film
from audiodesc.media.programme import Programme, number, peers, programme
from audiodesc.media.sound import RATE_HZ, float_form, from_frame
from audiodesc.model import AudioTrack, Film, Samples, Span

WINDOWS = 20
WINDOW_S = 10
"""Speech is looked for in so many windows of so many seconds, evenly over the film."""

FAR_MORE = 4
LEAST_S = 2.0
"""Another track is the programme where it has FAR_MORE times as much speech in these windows, and LEAST_S of it."""

SAME = 0.7
MORE = 0.1
MORE_MS = 3000
"""A track in which this share of the programme's speech is heard too, and MORE than the programme has (by MORE_MS at
least), is the same film with a voice more: a description, or a commentary, that nobody hears with the programme."""

TOLD = "people speak in it, and hardly in the others"


def spoken_programme(
    film: Film, wanted: int | str | None = None, *, language: str = "", subtitles: str = "", hear: bool = True
) -> Programme:
    """As `audiodesc.media.programme.programme`; of tracks of equal standing, with `hear`, one in which people speak."""
    taken = programme(film, wanted, language=language, subtitles=subtitles)
    others = peers(film, taken.track) if taken.track and wanted is None and hear else ()
    if not taken.track or not others:
        return taken
    speech_s = {track: sampled_speech_s(film, track) for track in (taken.track, *others)}
    most = max(speech_s, key=lambda track: speech_s[track])
    if speech_s[most] < max(LEAST_S, FAR_MORE * speech_s[taken.track]):
        return taken
    if most == taken.track:
        return taken
    return replace(programme(film, number(film, most)), why=TOLD)


def sampled_speech_s(film: Film, track: AudioTrack) -> float:
    """For how long speech is detected in WINDOWS of a track; 0 for one that cannot be read."""
    try:
        return sum(_speech_s(blocks, layout) for blocks, layout in _windows(film, track))
    except FilmError:
        return 0.0


def _speech_s(blocks: Sequence[Samples], layout: str) -> float:
    frames = sum(block.shape[1] for block in blocks) * 1000 // RATE_HZ // FRAME_MS
    found = np.frombuffer(activity(blocks, layout, frames).probabilities, np.uint8)
    return float((found >= THRESHOLD * 255).sum()) * FRAME_MS / 1000


def _windows(film: Film, track: AudioTrack) -> Iterator[tuple[list[Samples], str]]:
    """The sound of each window, and its layout; of several mono streams one after the other."""
    layout = "mono" if track.parts else track.layout
    count = min(WINDOWS, -(-film.duration_ms // (WINDOW_S * 1000)))
    for index in track.parts or (track.index,):
        for place in range(count):
            start_s = (place + 0.5) * film.duration_ms / 1000 / count - WINDOW_S / 2
            yield _window(film, index, layout, max(0.0, start_s)), layout


def _window(film: Film, index: int, layout: str, start_s: float) -> list[Samples]:
    blocks: list[Samples] = []
    resampler = av.AudioResampler(float_form(layout), layout, RATE_HZ)
    with open_film(film) as container:
        stream = container.streams[index]
        assert isinstance(stream, av.AudioStream)  # noqa: S101 — the probe listed it as one
        container.seek(round((start_s + float(film.zero_s)) * 1_000_000))
        left = WINDOW_S * RATE_HZ
        for packet in container.demux(stream):
            for block in _decoded(packet, resampler):
                blocks.append(block)
                left -= block.shape[1]
            if left <= 0:
                break
    return blocks


def _decoded(packet: av.Packet[av.AudioStream], resampler: av.AudioResampler) -> list[Samples]:
    try:
        return [from_frame(made) for frame in packet.decode() for made in resampler.resample(frame)]
    except (av.error.FFmpegError, ValueError):  # damaged, or of another form than before
        return []


@dataclass(frozen=True, slots=True)
class Together:
    """The programme's activity with that of other tracks; `counted` are those that have speech which the programme
    does not have, `aside` those that are the same film with a voice more."""

    activity: Activity
    counted: tuple[AudioTrack, ...] = ()
    aside: tuple[AudioTrack, ...] = ()


def together(own: Activity, others: Sequence[tuple[AudioTrack, Activity]], duration_ms: int) -> Together:
    """What is heard on the programme and on the tracks beside it. Those that are aside count where it is silent."""
    programme_ = speech_segments(own, duration_ms)
    silent = levels_at(own, len(own.probabilities)) == 0
    values, levels = np.frombuffer(own.probabilities, np.uint8), np.frombuffer(own.levels, np.uint8)
    counted, aside = [], []
    for track, found in others:
        other = speech_segments(found, duration_ms)
        more = list(without(other.clear, programme_.possible))
        theirs = np.frombuffer(found.probabilities, np.uint8)
        if _is_same(programme_, other, more):
            aside.append(track)
            theirs = np.where(silent, theirs, 0).astype(np.uint8)
        elif more:
            counted.append(track)
        values = np.maximum(values, theirs)
        levels = np.maximum(levels, np.frombuffer(found.levels, np.uint8)) if track not in aside else levels
    return Together(Activity(values.tobytes(), levels.tobytes()), tuple(counted), tuple(aside))


def _is_same(own: SpeechSegments, other: SpeechSegments, more: Sequence[Span]) -> bool:
    own_ms = sum(span.duration_ms for span in own.clear)
    common_ms = own_ms - sum(span.duration_ms for span in without(own.clear, other.clear))
    more_ms = sum(span.duration_ms for span in more)
    return own_ms > 0 and common_ms >= SAME * own_ms and more_ms >= max(MORE_MS, MORE * own_ms)
