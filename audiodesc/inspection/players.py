"""What players make of the sounds of a file: which one each takes unasked, and whether the description can be chosen
and is taken for who has asked for description.

The rules are those of public sources, each named in its view. Those of mpv, VLC and Chromium are held against the
programs themselves by the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audiodesc.inspection.model import Answer, Inspection, PlayerView, Track

MPV: Final = "mpv 0.35, player/loadfile.c: compare_track"
VLC: Final = "VLC 3, src/input/es_out.c: EsOutSelect; priorities of modules/demux (mp4, mkv, ts)"
CHROMIUM: Final = "Chromium, media/filters/ffmpeg_demuxer.cc; as measured with 156"
FIREFOX: Final = "Firefox, dom/media/MediaFormatReader.cpp: track 0 of each kind"
APPLE_FILE: Final = "QuickTime File Format (track header, alternate groups); Apple Support HT204657"
APPLE_HLS: Final = "Apple, HLS Authoring Specification, 2.12 to 2.15; RFC 8216bis, 4.4.6.1"
DVB_TS: Final = "ETSI EN 300 468, 6.4.11 and annex J; ISO/IEC 13818-1, 2.6.18"
DVB_DASH: Final = "ETSI TS 103 285, 6.1.2; ETSI TS 102 796 (HbbTV)"
HLS_JS: Final = "hls.js, docs/API.md: audioPreference"
DASH_JS: Final = "dash.js, MediaController: initial track by role main; settings by accessibility"
VLC_ADAPTIVE: Final = "VLC 3, modules/demux/adaptive: as measured"
MPV_HOW: Final = "listed by title (key #); no setting asks for description, only --aid or --alang"
VLC_HOW: Final = "listed by title (Audio, Audio Track); no setting asks for description, only a language"


@dataclass(frozen=True, slots=True)
class _Sounds:
    """The sounds of a file in order, and those of them that are description."""

    format: str
    all: tuple[Track, ...]
    described: tuple[Track, ...]

    @property
    def is_described(self) -> bool:
        return bool(self.described)

    def any_says(self, where: str) -> bool:
        return any(mark.where == where and mark.describes for one in self.described for mark in one.marks)


def players_of(of: Inspection) -> tuple[PlayerView, ...]:
    """What players make of a film or a playlist; nothing of what has no sound, and of the playlist of a
    single rendition."""
    sounds = _Sounds(of.format, of.of_kind("sound"), of.descriptions)
    rules: dict[str, tuple[Callable[[_Sounds], Iterator[PlayerView]], ...]] = {
        "film": (_mpv, _vlc, _apple_file, _browsers, _television_file),
        "hls": (_mpv_hls, _vlc_hls, _apple_hls, _browsers_hls),
        "dash": (_desktop_dash, _browsers_dash, _television_dash),
    }
    is_played = bool(sounds.all) and of.format != "media"
    return tuple(view for rule in rules.get(of.kind, ()) for view in rule(sounds)) if is_played else ()


def _first(tracks: Sequence[Track]) -> Track:
    return tracks[0]


def _flagged(sounds: _Sounds) -> tuple[Track, str]:
    """The first sound that is flagged as default, else the first; and the rule in words."""
    if found := next((one for one in sounds.all if one.default), None):
        return found, "the first sound that is flagged as default"
    return _first(sounds.all), "the first sound, for none is flagged as default"


def _by_hand(sounds: _Sounds) -> Answer:
    return "yes" if sounds.is_described else "no"


def _mpv(sounds: _Sounds) -> Iterator[PlayerView]:
    taken, why = _flagged(sounds)
    yield PlayerView("mpv", taken.number, why, _by_hand(sounds), "no", MPV_HOW, MPV)


def _vlc(sounds: _Sounds) -> Iterator[PlayerView]:
    if sounds.format == "MPEG-TS":
        taken = max(sounds.all, key=lambda one: (_ts_priority(one), -one.number))
        why = "the first sound whose audio type is not set, or whose supplementary descriptor says main"
    else:
        taken, why = _flagged(sounds)
    yield PlayerView("VLC", taken.number, why, _by_hand(sounds), "no", VLC_HOW, VLC)


def _ts_priority(one: Track) -> int:
    """As VLC ranks the sounds of a transport stream: 1 for what is said to be main, −1 for what is to be mixed."""
    if supplementary := one.says("supplementary audio"):
        if "to be mixed" in supplementary:
            return -1
        return int(supplementary.startswith("main"))
    return int(one.says("audio_type").startswith("0x00"))


def _apple_file(sounds: _Sounds) -> Iterator[PlayerView]:
    if unplayed := _unplayed("Apple", sounds.format, APPLE_FILE):
        yield unplayed
        return
    taken, why = _flagged(sounds)
    why = why.replace("flagged as default", "enabled")
    tagged = sounds.any_says("tagc") and all(one.language for one in sounds.described)
    answer, how = _by_itself(
        tagged,
        "tagged public.accessibility.describes-video, with its language: taken where Audio Descriptions is on",
        "listed by language; without the tag describes-video and a language it is not taken by itself",
    )
    yield PlayerView("Apple", taken.number, why, _by_hand(sounds), answer, how, APPLE_FILE)


def _by_itself(is_taken: bool, if_so: str, if_not: str) -> tuple[Answer, str]:
    """Whether the description is taken by itself for who asked for it in the settings, and how or why not."""
    return ("yes", if_so) if is_taken else ("no", if_not)


UNPLAYED: Final = {
    "Chromium": {"MPEG-TS", "MXF", "avi", "asf", "flv", "mpeg"},
    "Firefox": {"MPEG-TS", "MXF", "avi", "asf", "flv", "mpeg"},
    "Apple": {"Matroska/WebM", "MXF", "avi", "asf", "flv", "ogg"},
}
"""Containers that a player opens from no file."""


def _unplayed(player: str, format: str, source: str) -> PlayerView | None:
    if format not in UNPLAYED[player]:
        return None
    why = f"it does not play {format}"
    return PlayerView(player, None, why, "no", "no", why, source)


def _browsers(sounds: _Sounds) -> Iterator[PlayerView]:
    first = _first(sounds.all)
    enabled = next((one for one in sounds.all if one.default), first) if sounds.format == "MP4/MOV" else first
    for name, taken, why, source in (
        ("Chromium", enabled, "the first sound; in MP4 the first that is enabled", CHROMIUM),
        ("Firefox", first, "the first sound, whatever is flagged", FIREFOX),
    ):
        is_it = sounds.is_described and taken.is_description
        answer, how = _by_itself(
            is_it,
            "the description is that sound",
            "a page cannot switch the sounds of one file (audioTracks is off): use HLS, DASH or a file of its own",
        )
        view = PlayerView(name, taken.number, why, answer, answer, how, source)
        yield _unplayed(name, sounds.format, source) or view


def _television_file(sounds: _Sounds) -> Iterator[PlayerView]:
    if sounds.format != "MPEG-TS":
        why = "no public rule says which sound of such a file a television takes"
        selectable: Answer = "unknown"
        yield PlayerView("televisions", None, why, selectable, "unknown", why, DVB_DASH)
        return
    main = [one for one in sounds.all if not one.is_description]
    taken = _first(main or sounds.all)
    signalled = sounds.any_says("audio_type") or sounds.any_says("supplementary audio")
    answer, how = _by_itself(
        signalled,
        "audio type 3 or the supplementary audio descriptor says description: taken where the receiver is set to it",
        "neither audio type 3 nor a supplementary audio descriptor: a receiver sees no description",
    )
    yield PlayerView("televisions", taken.number, "the first sound that is no description", answer, answer, how, DVB_TS)


def _hls_default(sounds: _Sounds) -> tuple[Track, str]:
    if found := next((one for one in sounds.all if one.default), None):
        return found, "the rendition with DEFAULT=YES"
    return _first(sounds.all), "the first rendition, for none has DEFAULT=YES"


def _mpv_hls(sounds: _Sounds) -> Iterator[PlayerView]:
    """FFmpeg takes a track that its MP4 header enables for a default, whatever the playlist says."""
    flagged = [one for one in sounds.all if one.default or one.says("track header")]
    taken = _first(flagged or sounds.all)
    why = "the first rendition with DEFAULT=YES, or whose MP4 header enables its track; else the first"
    yield PlayerView("mpv", taken.number, why, _by_hand(sounds), "no", MPV_HOW, MPV)


def _vlc_hls(sounds: _Sounds) -> Iterator[PlayerView]:
    taken = next((one for one in sounds.all if one.default), sounds.all[-1])
    why = "the rendition with DEFAULT=YES" if taken.default else "the last rendition, for none has DEFAULT=YES"
    yield PlayerView("VLC", taken.number, why, _by_hand(sounds), "no", VLC_HOW, VLC_ADAPTIVE)


def _apple_hls(sounds: _Sounds) -> Iterator[PlayerView]:
    taken, why = _hls_default(sounds)
    chosen = any(one.says("AUTOSELECT") == "YES" and one.language for one in sounds.described)
    tagged = sounds.any_says("CHARACTERISTICS")
    answer, how = _by_itself(
        chosen and tagged,
        "describes-video, AUTOSELECT=YES and a language: taken where Audio Descriptions is on",
        "it is not taken by itself without CHARACTERISTICS describes-video, AUTOSELECT=YES and LANGUAGE",
    )
    yield PlayerView("Apple", taken.number, why, _by_hand(sounds), answer, how, APPLE_HLS)


def _browsers_hls(sounds: _Sounds) -> Iterator[PlayerView]:
    taken, why = _hls_default(sounds)
    tagged = sounds.any_says("CHARACTERISTICS")
    answer, how = _by_itself(
        tagged,
        "hls.js takes it where the page sets audioPreference to these characteristics",
        "without CHARACTERISTICS a page cannot tell it from the others but by its name",
    )
    yield PlayerView("browsers (hls.js)", taken.number, why, _by_hand(sounds), answer, how, HLS_JS)


def _dash_default(sounds: _Sounds) -> tuple[Track, str]:
    if found := next((one for one in sounds.all if one.default), None):
        return found, "the adaptation set with Role main"
    return _first(sounds.all), "the first adaptation set, for none has Role main"


def _desktop_dash(sounds: _Sounds) -> Iterator[PlayerView]:
    highest = max(sounds.all, key=lambda one: (int(one.says("bandwidth") or 0), -one.number))
    why = "the adaptation set of sound with the highest bandwidth, else the first, whatever its role"
    yield PlayerView("mpv", highest.number, why, _by_hand(sounds), "no", MPV_HOW, MPV)
    why = "the first adaptation set of sound, whatever its role"
    yield PlayerView("VLC", sounds.all[0].number, why, _by_hand(sounds), "no", VLC_HOW, VLC_ADAPTIVE)


def _browsers_dash(sounds: _Sounds) -> Iterator[PlayerView]:
    taken, why = _dash_default(sounds)
    signalled = sounds.any_says("Role") or sounds.any_says("Accessibility")
    answer, how = _by_itself(
        signalled,
        "dash.js and shaka-player take it where the page prefers this role or accessibility",
        "without Role or Accessibility a page cannot tell it from the others but by its label",
    )
    yield PlayerView("browsers (dash.js)", taken.number, why, _by_hand(sounds), answer, how, DASH_JS)


def _television_dash(sounds: _Sounds) -> Iterator[PlayerView]:
    taken, why = _dash_default(sounds)
    signalled = sounds.any_says("Accessibility")
    answer, how = _by_itself(
        signalled,
        "Accessibility says AudioPurposeCS 1: taken where the receiver is set to description",
        "televisions look for Accessibility AudioPurposeCS 1, which it lacks",
    )
    yield PlayerView("televisions", taken.number, why, answer, answer, how, DVB_DASH)
