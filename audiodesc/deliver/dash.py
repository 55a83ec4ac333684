"""The described film for DASH players (ISO/IEC 23009-1): a folder with a manifest, and each track in segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from audiodesc.core.languages import is_same, is_tag, tag
from audiodesc.core.track_titles import track_title
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.film_segments import DOLBY, FilmTexts, check_segments, dolby_as_aac, film_segments, film_texts
from audiodesc.deliver.mpd import (
    AUDIO_PURPOSE,
    ISOFF_LIVE,
    AdaptationSet,
    Descriptor,
    Picture,
    Presentation,
    Sound,
    Timeline,
    channels,
    highest_rate,
    to_mpd,
)
from audiodesc.deliver.mpd_dvb import as_dvb
from audiodesc.media.cmaf import Cmaf, CmafTrack
from audiodesc.media.cmaf_text import SCALE, write_text_segments
from audiodesc.media.cmaf_tracks import Row, segment_name
from audiodesc.media.mux import DESCRIBED
from audiodesc.media.sound import channel_names
from audiodesc.model import AudioTrack, Film, Note
from audiodesc.settings import DeliverSettings, Settings

MANIFEST: Final = "manifest.mpd"

FOR_SIGHT: Final = Descriptor(AUDIO_PURPOSE, "1")
FOR_HEARING: Final = Descriptor(AUDIO_PURPOSE, "2")

COPIED: Final = {"aac", "flac", "opus", "mp3", *DOLBY}
"""Codecs of sound, as FFmpeg names them, that go into segments as they are."""

FIRST, OTHER, LAST = 3, 2, 1
"""Priorities: of what is played where nobody asks for anything else, of other tracks, of descriptions."""

Form = Literal["plain", "broadcast-mix"]
DESCRIPTION_ROLES: Final[dict[Form, str]] = {"plain": "description", "broadcast-mix": "alternate"}


@dataclass(frozen=True)
class DashOptions:
    """`form` is how described sound is marked: `plain` has the role of ISO/IEC 23009-1, 5.8.5.5 (`description`),
    `broadcast-mix` that which televisions of DVB know (`alternate`; ETSI TS 103 285, 6.1.2, table 4). Both say its
    purpose in TV-Anytime's classification, as ETSI TS 103 285 asks for; browsers' players read that too."""

    form: Form = "plain"


class Dash(BuiltIn):
    """A static MPD of one period and CMAF segments: picture, every sound, the described one, which is not played
    unasked, and captions and descriptions as WebVTT inside segments too: FFmpeg and mpv play nothing of a
    presentation that has them as plain files."""

    name = "dash"
    summary = "a folder for DASH players: the film in segments, described sound and texts as tracks of their own"
    options = DashOptions
    is_alignable = True

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.dash"

    def check(self, film: Film, settings: Settings) -> Iterator[Note]:
        yield from (Note(self.name, line) for line in check_segments(film, settings, COPIED))

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return film.path.stat().st_size

    def write(self, delivery: Delivery, path: Path) -> list[Note]:
        path.mkdir()
        with delivery.watch("segments"):
            made, lines = film_segments(delivery, path, copied=COPIED)
            sounds = [*made.tracks[1:], *dolby_as_aac(delivery, made, path)]
        known = film_texts(delivery)
        texts = _texts(delivery, known, path, _cuts(made))
        heard = _first_is_widest([_sound(delivery, track) for track in sorted(sounds, key=_last)])
        sets = (_picture(delivery, made.picture), *heard, *texts)
        shown = Presentation(delivery.document.title, _lasts_s(made), sets)
        if delivery.options.form == "broadcast-mix":
            shown, why = as_dvb(shown)
            lines += why
        (path / MANIFEST).write_bytes(to_mpd(shown))
        return [Note(self.name, line) for line in (*lines, *known.lost)]


def _last(track: CmafTrack) -> tuple[bool, int]:
    """The order of sounds: the described one behind those of the film."""
    return track.index == DESCRIBED, track.index


def _lasts_s(made: Cmaf) -> Fraction:
    """When the last of the tracks ends, in seconds."""
    ends = ((track.segments[-1], track.timescale) for track in made.tracks)
    return max(Fraction(last.start + last.duration, scale) for last, scale in ends)


def _picture(delivery: Delivery, track: CmafTrack) -> AdaptationSet:
    pixel = Fraction(delivery.film.video.pixel_aspect).limit_denominator(1_000)
    picture = Picture(track.width, track.height, track.frame_rate, pixel)
    return replace(_track(track, ("main",), FIRST), picture=picture)


def _sound(delivery: Delivery, track: CmafTrack) -> AdaptationSet:
    known = next((one for one in delivery.film.audio_tracks if one.index == track.index), None)
    if known:
        layout, language, label = known.layout, _spoken(delivery, known), known.title
    else:
        layout, language, label = _described_layout(delivery), delivery.language, track_title(delivery.language)
    names = channel_names(layout)
    if len(names) != track.channels:  # it was mixed down where it was encoded
        names = channel_names("mono" if track.channels == 1 else "stereo")
    roles, accessibility, priority = _marks(delivery, known)
    return replace(
        _track(track, roles, priority),
        language=_language(language),
        label=label,
        accessibility=accessibility,
        sound=Sound(track.rate_hz, channels(names, track.codecs.split(".")[0])),
    )


def _spoken(delivery: Delivery, track: AudioTrack) -> str:
    """The language of a sound of the film. Where that of the main one is not known it is the narrator's: else a player
    that looks for this language would play the description unasked."""
    is_main = delivery.track is not None and track.index == delivery.track.index
    return track.language or (delivery.language if is_main else "")


def _first_is_widest(sounds: Sequence[AdaptationSet]) -> list[AdaptationSet]:
    """The same, the main sound with no lower rate than descriptions: mpv plays the sound of the highest one."""
    most = max((one.bandwidth for one in sounds if one.priority == LAST), default=0)
    return [replace(one, bandwidth=max(most, one.bandwidth)) if one.priority == FIRST else one for one in sounds]


def _described_layout(delivery: Delivery) -> str:
    return delivery.measured.mix.source.layout if delivery.measured else "mono"


def _track(track: CmafTrack, roles: tuple[str, ...], priority: int) -> AdaptationSet:
    sizes, durations = ([getattr(one, name) for one in track.segments] for name in ("size", "duration"))
    folder = Path(track.init).parent.name
    return AdaptationSet(
        kind=track.kind,
        name=folder,
        mime_type=f"{track.kind}/mp4",
        codecs=track.codecs,
        bandwidth=highest_rate(sizes, durations, track.timescale),
        segments=Timeline(
            track.timescale, tuple(durations), track.init, f"{folder}/{SEGMENT}", track.segments[0].start
        ),
        roles=roles,
        priority=priority,
    )


SEGMENT: Final = segment_name(0).replace("00000", "$Number%05d$")


def _marks(delivery: Delivery, track: AudioTrack | None) -> tuple[tuple[str, ...], tuple[Descriptor, ...], int]:
    """The roles of a sound, its purpose, and its priority; None is the described one."""
    if track is None or track.role == "description":
        return (DESCRIPTION_ROLES[delivery.options.form],), (FOR_SIGHT,), LAST
    if delivery.track and track.index == delivery.track.index:
        return ("main",), (), FIRST
    if track.role == "commentary":
        return ("commentary",), (), OTHER
    if track.role == "hearing":
        return ("alternate",), (FOR_HEARING,), OTHER
    own = delivery.track.language if delivery.track else ""
    is_dub = own and track.language and not is_same(own, track.language)
    return ("dub",) if is_dub and not track.original else ("alternate",), (), OTHER


def _texts(delivery: Delivery, known: FilmTexts, path: Path, cuts: Sequence[int]) -> Iterator[AdaptationSet]:
    """Captions and descriptions, written as WebVTT in segments."""
    roles = {"captions": "caption", "subtitles": "subtitle"}
    rows = [(roles[one.kind], one.language, one.label if one.language else "", one.texts) for one in known.captions]
    if known.spoken:
        rows.append(("description", delivery.language, track_title(delivery.language), tuple(known.spoken)))
    for number, (role, language, label, texts) in enumerate(rows, 1):
        written = write_text_segments(texts, path / f"text-{number}", cuts, language)
        yield _text(f"text-{number}", written, role, _language(language), label)


def _text(folder: str, rows: Sequence[Row], role: str, language: str, label: str) -> AdaptationSet:
    starts, durations, sizes = zip(*rows, strict=True)
    return AdaptationSet(
        kind="text",
        name=folder,
        mime_type="application/mp4",
        codecs="wvtt",
        bandwidth=highest_rate(sizes, durations, SCALE),
        segments=Timeline(SCALE, durations, f"{folder}/init.mp4", f"{folder}/{SEGMENT}", starts[0]),
        language=language,
        label=label,
        roles=(role,),
        priority=LAST if role == "description" else OTHER,
        profiles=(ISOFF_LIVE,),
    )


def _cuts(made: Cmaf) -> list[int]:
    """Where the picture is cut, in ms, and the end of all."""
    scale, segments = made.picture.timescale, made.picture.segments
    cuts = {round(Fraction(one.start * 1000, scale)) for one in segments[1:]}
    return sorted({0, *cuts, -(-_lasts_s(made) * 1000 // 1)})


def _language(name: str) -> str:
    """The BCP 47 tag, "" where there is none."""
    return known if is_tag(known := tag(name)) else ""
