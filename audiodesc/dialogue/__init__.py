"""A film and its subtitles -> programme track, dialogue, gaps and cuts: all that is known before anything is described.

This is the only way to them: `make`, `describe`, `render`, `check` and `gaps` take all of it, `tracks` the track.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import av
import numpy as np

from audiodesc.core import cache
from audiodesc.core.progress import Progress, Stopwatch
from audiodesc.dialogue.combine import Dialogue, as_given, combine
from audiodesc.dialogue.merge import DialogueCue
from audiodesc.dialogue.subtitle_source import Subtitles, in_reach, of_file, read_subtitles, shifted_subtitles
from audiodesc.dialogue.vad import VERSION, activity, detect, packed, unpacked
from audiodesc.dialogue.vad.segments import THRESHOLD, Activity, SpeechSegments, Together, speech_segments, together
from audiodesc.dialogue.vad.silero import FRAME_MS
from audiodesc.errors import FilmError, SubtitleError
from audiodesc.media import programme as programmes
from audiodesc.media import shots
from audiodesc.media.discontinuities import discontinuity_notes
from audiodesc.media.opening import of_unchanged, open_film
from audiodesc.media.probe import probe
from audiodesc.media.programme import Programme
from audiodesc.media.sound import RATE_HZ, float_form, from_frame
from audiodesc.media.sound_faults import Faults, fault_notes, sound_faults
from audiodesc.media.track_extents import end_notes
from audiodesc.model import AudioTrack, Cue, Film, Gap, Note, Samples, Span
from audiodesc.planning.gaps import gaps, whole
from audiodesc.settings import PlanSettings, Settings
from audiodesc.subtitles import language_of

WINDOWS = 20
WINDOW_S = 10
"""Speech is looked for in so many windows of so many seconds, evenly over the film."""

FAR_MORE = 4
LEAST_S = 2.0
"""Another track is the programme where it has FAR_MORE times as much speech in these windows, and LEAST_S of it."""

MOST_PEERS = 7
"""Other sound tracks in which speech is detected: each costs as much as the first."""

SPOKEN = "people speak in it, and hardly in the others"


@dataclass(frozen=True, slots=True)
class FilmSource:
    """A film, the sound track that is described and why, and the subtitles as they are given."""

    film: Film
    programme: Programme
    subtitles: Subtitles

    @property
    def track(self) -> AudioTrack | None:
        return self.programme.track

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is worth knowing of the film and of the choice of the track."""
        return tuple(_source_notes(self.film, self.programme))


@dataclass(frozen=True, slots=True)
class FilmAnalysis:
    """What is known of a film, or of subtitles alone (no `source`), before anything is described.

    `gaps` are those in which lines may be planned. `cuts` (ms) and `still`, where the picture stands still, are empty
    where the picture was not analysed. `duration_ms` is the film's, or that of the subtitles.
    """

    dialogue: Dialogue
    duration_ms: int
    gaps: tuple[Gap, ...]
    source: FilmSource | None = None
    cuts: tuple[int, ...] = ()
    still: tuple[Span, ...] = ()

    def gaps_for_script(self, plan: PlanSettings) -> tuple[Gap, ...]:
        """The gaps of any length, for lines that a person placed."""
        return whole(gaps(self.dialogue.cues, self.duration_ms, plan.margin_ms, 1, self.dialogue.protected))


def read_source(
    film: Path, subtitles: Path | None, settings: Settings, *, mixed: bool = True, optional: bool = False
) -> FilmSource:
    """The film with its programme track and its subtitles: a file, or None for the film's own.

    With `mixed` the track must be one that can be mixed. Where subtitles are `optional`, the film's own that cannot be
    read are left aside with a note. Raises FilmError, SubtitleError or UsageError for what cannot be used.
    """
    probed = probe(film)
    programme = choose_programme(probed, subtitles, settings, mixed=mixed)
    language = settings.voice.language or ""
    given = read_subtitles(probed, programme.track, subtitles, settings.dialogue, language, optional=optional)
    return FilmSource(probed, programme, given)


def choose_programme(film: Film, subtitles: Path | None, settings: Settings, *, mixed: bool = True) -> Programme:
    """The sound track that is described, and why. Without `mixed`, and where no speech is to be detected, one that
    cannot be mixed is taken too. Raises FilmError or UsageError."""
    chosen, language = settings.dialogue, settings.voice.language or ""
    spoken = language_of(film, subtitles, chosen.subs_track, language) if chosen.subs else ""
    try:
        return spoken_programme(film, chosen.audio_track, language=language, subtitles=spoken, hear=chosen.hear)
    except FilmError:
        if mixed or chosen.hear:
            raise
        return Programme(next(iter(film.audio_tracks), None), "")


def analyse(
    source: FilmSource, settings: Settings, store: cache.Store, watch: Stopwatch, *, picture: bool = True
) -> FilmAnalysis:
    """Dialogue and gaps of a film and, with `picture`, its cuts and where its picture stands still.

    Results are cached in `store`, by the film's fingerprint. Raises SubtitleError for subtitles that are late, early,
    or of another film, and FilmError for a film that was changed meanwhile.
    """
    film, plan = source.film, settings.plan
    known = dialogue(source, settings, store, watch)
    found = gaps(known.cues, film.duration_ms, plan.margin_ms, plan.shortest_ms, known.avoided)
    analysis = FilmAnalysis(known, film.duration_ms, found, source)
    return with_picture(analysis, film, store, watch) if picture else analysis


def with_picture(analysis: FilmAnalysis, film: Film, store: cache.Store, watch: Stopwatch) -> FilmAnalysis:
    """The same with cuts, and where the picture stands still."""
    name = cache.key("cuts", shots.VERSION, film=film.fingerprint)
    with watch("shots"):
        seen = store.made(name, shots.as_shots, lambda: asdict(of_unchanged(film, shots.shots(film))))
    return replace(analysis, cuts=seen.cuts, still=seen.still)


def analyse_subtitles(path: Path | None, settings: Settings) -> FilmAnalysis:
    """Dialogue and gaps by a subtitle file alone, to a margin after its last cue; nothing is known without one.

    Raises UsageError where settings ask for what only a film's sound can tell.
    """
    known, plan = as_given(of_file(path, settings.dialogue), settings.dialogue), settings.plan
    end_ms = max((cue.span.end_ms for cue in known.cues), default=0) + plan.margin_ms
    return FilmAnalysis(known, end_ms, gaps(known.cues, end_ms, plan.margin_ms, plan.shortest_ms, known.avoided))


def dialogue(source: FilmSource, settings: Settings, store: cache.Store, watch: Stopwatch) -> Dialogue:
    """Subtitles and detected speech as one. Without detection, or without sound, the subtitles as they are. Where the
    sound cannot be decoded somebody may speak: that is dialogue too. With the density "full" what may be speech is
    none.

    Raises SubtitleError for subtitles that are late, early, or of another film, and where none is left in the film.
    """
    film, track, faults = source.film, source.track, Faults()
    if track:
        with watch("hear"):
            faults = sound_faults(film, track, store)
    given = shifted_subtitles(source.subtitles, settings.dialogue.shift_s, film.duration_ms)
    source = replace(source, subtitles=given)
    return _with_faults(_subtitled_or_detected(source, settings, store, watch), faults)


def _with_faults(found: Dialogue, faults: Faults) -> Dialogue:
    if faults == Faults():
        return found
    undecoded = [DialogueCue(Cue(span, ""), None) for span in faults.unheard]
    spoken = sorted((*found.spoken, *undecoded), key=lambda one: one.cue.span) if undecoded else found.spoken
    return replace(found, spoken=tuple(spoken), notes=(*found.notes, *fault_notes(faults)), faults=faults)


def _subtitled_or_detected(source: FilmSource, settings: Settings, store: cache.Store, watch: Stopwatch) -> Dialogue:
    film, track, chosen = source.film, source.track, settings.dialogue
    given, is_outside = in_reach(source.subtitles, film, chosen, detected=bool(chosen.hear and track))
    if not (chosen.hear and track):
        return as_given(given, chosen)
    with watch("hear"):
        sound, notes = _detected(film, track, store, watch.progress, peers=chosen.audio_track is None)
    given = replace(given, notes=(*given.notes, *notes))
    found = combine(given, sound, film.duration_ms, chosen, settings.plan.density)
    aligned = found.alignment
    if is_outside and aligned and not (found.moved or aligned.verdict == "in sync"):
        fault = f"{given.name}: no subtitle lies in the film, and the speech that is heard does not tell their place"
        raise SubtitleError(fault, "move them by --shift")
    return found


def _detected(
    film: Film, track: AudioTrack, store: cache.Store, show: Progress, *, peers: bool
) -> tuple[SpeechSegments, tuple[Note, ...]]:
    """Speech on the programme and, with `peers`, on tracks of equal standing."""
    others = programmes.peers(film, track)[:MOST_PEERS] if peers else ()
    besides = [(one, _cached_activity(film, one, store, show)) for one in others]
    found = together(_cached_activity(film, track, store, show), besides, film.duration_ms)
    return speech_segments(found.activity, film.duration_ms), tuple(_peer_notes(film, found))


def _peer_notes(film: Film, found: Together) -> Iterator[Note]:
    for track in found.counted:
        which = programmes.name(film, track)
        yield Note("dialogue", f"speech on sound track {which} is dialogue too: it may be heard with the first")
    for track in found.aside:
        which = programmes.name(film, track)
        yield Note("dialogue", f"sound track {which} has the same dialogue and a voice more: that voice is not counted")


def _cached_activity(film: Film, track: AudioTrack, store: cache.Store, show: Progress) -> Activity:
    key = cache.key("heard", VERSION, film=film.fingerprint, track=track)
    return store.made(
        key,
        lambda kept: unpacked(kept, film.duration_ms),
        lambda: packed(of_unchanged(film, detect(film, track, show))),
    )


def _source_notes(film: Film, programme: Programme) -> Iterator[Note]:
    if programme.track and len(film.audio_tracks) > 1:
        named = programmes.name(film, programme.track)
        yield Note("probe", f"the film's sound is taken from track {named}: {programme.why}")
    for message in programme.notes:
        yield Note("probe", message)
    yield from discontinuity_notes(film)
    yield from end_notes(film, programme.track)


def spoken_programme(
    film: Film, wanted: int | str | None = None, *, language: str = "", subtitles: str = "", hear: bool = True
) -> Programme:
    """As `audiodesc.media.programme.programme`; of tracks of equal standing, with `hear`, one in which people speak."""
    taken = programmes.programme(film, wanted, language=language, subtitles=subtitles)
    others = programmes.peers(film, taken.track) if taken.track and wanted is None and hear else ()
    if not taken.track or not others:
        return taken
    speech_s = {track: sampled_speech_s(film, track) for track in (taken.track, *others)}
    most = max(speech_s, key=lambda track: speech_s[track])
    if speech_s[most] < max(LEAST_S, FAR_MORE * speech_s[taken.track]):
        return taken
    if most == taken.track:
        return taken
    return replace(programmes.programme(film, programmes.track_number(film, most)), why=SPOKEN)


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
