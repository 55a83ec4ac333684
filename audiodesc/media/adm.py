"""What a BW64 file of next-generation audio says of its tracks: the Audio Definition Model, as `axml` and `chna`.

After ITU-R BS.2076 and, for the film's channels, the common definitions of BS.2094; `chna` after BS.2088. Two
programmes: with description, of the film as it lies under the narrator (whose complementary object is the film as it
is) and the narrator as an object that a listener may turn off, turn up and down, and move; and without, of the film as
it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import atan, degrees, isfinite, pi, sqrt, tan
from typing import TYPE_CHECKING, Final

from audiodesc.media.sound import channel_names

if TYPE_CHECKING:
    from audiodesc.core.xml import Element

EBU_CORE: Final = "urn:ebu:metadata-schema:ebuCore_2016"
UID = struct.Struct("<H12s14s11sx")

PACKS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "mono": ("AP_00010001", {"FC": "0003"}),
    "stereo": ("AP_00010002", {"FL": "0001", "FR": "0002"}),
    **dict.fromkeys(
        ("5.0", "5.0(side)"),
        (
            "AP_0001000c",
            {"FL": "0001", "FR": "0002", "FC": "0003", "BL": "0005", "BR": "0006", "SL": "0005", "SR": "0006"},
        ),
    ),
    **dict.fromkeys(
        ("5.1", "5.1(side)"),
        (
            "AP_00010003",
            {"FL": "0001", "FR": "0002", "FC": "0003", "LFE": "0004"}
            | {"BL": "0005", "BR": "0006", "SL": "0005", "SR": "0006"},
        ),
    ),
    "7.1": (
        "AP_0001000f",
        {"FL": "0001", "FR": "0002", "FC": "0003", "LFE": "0004"}
        | {"SL": "000a", "SR": "000b", "BL": "001c", "BR": "001d"},
    ),
}
"""The pack of BS.2094 for each layout (FFmpeg's name), and its channel for each of the film's."""

NARRATOR: Final = "AP_00031001"
LOWEST_DB, HIGHEST_DB = -12.0, 6.0
"""How far a listener may turn the narrator down and up."""

FURTHEST: Final = 110
"""How far to either side, in degrees, a listener may move him: to the surround loudspeakers."""

DESCRIBED, PLAIN = "APR_1001", "APR_1002"
DUCKED, UNDUCKED, NARRATION, FILM = (f"AO_{1001 + number}" for number in range(4))
"""The audioObjects: UNDUCKED is the complement of DUCKED, and FILM the same sound in the programme without
description: a renderer leaves out all complements that nobody chose, in every programme."""


@dataclass(frozen=True, slots=True)
class ProgrammeLoudness:
    """What was measured of a programme (ITU-R BS.1770), in LUFS, LU and dBTP; what is not finite is left out, and
    all of it for silence."""

    integrated_lufs: float
    range_lu: float
    true_peak_db: float
    short_term_lufs: float
    dialogue_lufs: float


@dataclass(frozen=True, slots=True)
class AdmScene:
    """What the tracks are: the film in its layout (FFmpeg's name) as it lies under the narrator, the same as it is, and
    the narrator, who stands at `pan` from −1 (left) to 1 (right). `languages` are those of the narrator and of the
    film (ISO 639-2), "" where it is not known. `loudness` is measured, by the id of the programme; `narration_lufs` of
    the narrator alone."""

    title: str
    layout: str
    rate_hz: int
    samples: int
    pan: float
    languages: tuple[str, str] = ("", "")
    loudness: Mapping[str, ProgrammeLoudness] = field(default_factory=dict)
    narration_lufs: float | None = None

    @property
    def channels(self) -> int:
        """Of the film."""
        return len(channel_names(self.layout))


def azimuth(layout: str, pan: float) -> float:
    """The narrator's azimuth in degrees (positive is left) at which a renderer after ITU-R BS.2127 gives him the shares
    of the channels that our mix gives him; 0 in mono."""
    channels, side = channel_names(layout), -1 if pan > 0 else 1
    if not {"FL", "FR"} <= set(channels) or not pan:
        return 0.0
    if "FC" not in channels:
        return side * degrees(atan(tan(pi / 6) * tan(abs(pan) * pi / 4)))
    if abs(pan) == 1:
        return side * 30.0
    share = tan(abs(pan) * pi / 2)
    return side * degrees(atan(share / (2 + sqrt(3) * share)))


def chna(scene: AdmScene) -> bytes:
    """The content of the chunk: which track each audioTrackUID is, and of which format."""
    rows = list(_uids(scene))
    said = struct.pack("<HH", len({track for track, _, _, _ in rows}), len(rows))
    return said + b"".join(UID.pack(track, *(text.encode("ascii") for text in texts)) for track, *texts in rows)


def axml(scene: AdmScene) -> bytes:
    """The XML document."""
    from lxml import etree

    root = etree.Element(f"{{{EBU_CORE}}}ebuCoreMain", nsmap={None: EBU_CORE})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    model = _add(_add(_add(root, "coreMetadata"), "format"), "audioFormatExtended")
    _programmes(model, scene)
    _contents(model, scene)
    _objects(model, scene)
    _narrator(model, scene)
    for _, uid, form, pack in _uids(scene):
        track = _add(model, "audioTrackUID", UID=uid, sampleRate=scene.rate_hz, bitDepth=24)
        _refer(track, audioTrackFormat=[form], audioPackFormat=[pack])
    etree.indent(root)
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _uids(scene: AdmScene) -> Iterable[tuple[int, str, str, str]]:
    """(track, audioTrackUID, audioTrackFormat, audioPackFormat) of each, object by object."""
    pack, known = PACKS[scene.layout]
    count, number = scene.channels, 0
    forms = [f"AT_0001{known[name]}_01" for name in channel_names(scene.layout)]
    film, other = [(form, pack) for form in forms], [("AT_00031001_01", NARRATOR)]
    for first, tracks in ((1, film), (count + 1, film), (2 * count + 1, other), (count + 1, film)):
        for at, (form, of) in enumerate(tracks, first):
            number += 1
            yield at, f"ATU_{number:08X}", form, of


def _programmes(model: Element, scene: AdmScene) -> None:
    lasting = {"start": _time(Fraction(0)), "end": _time(Fraction(scene.samples, scene.rate_hz))}
    narrator, film = scene.languages
    for number, name, language, contents in (
        (DESCRIBED, "with audio description", narrator, ["ACO_1001", "ACO_1002"]),
        (PLAIN, "without audio description", film, ["ACO_1003"]),
    ):
        about = {"audioProgrammeID": number, "audioProgrammeName": f"{_text(scene.title)}, {name}"}
        programme = _add(model, "audioProgramme", **about, audioProgrammeLanguage=language, **lasting)
        _refer(programme, audioContent=contents)
        if (loud := scene.loudness.get(number)) and isfinite(loud.integrated_lufs):
            _loudness(
                programme,
                integratedLoudness=loud.integrated_lufs,
                loudnessRange=loud.range_lu,
                maxTruePeak=loud.true_peak_db,
                maxShortTerm=loud.short_term_lufs,
                dialogueLoudness=loud.dialogue_lufs,
            )


def _contents(model: Element, scene: AdmScene) -> None:
    narrator, film = scene.languages
    for number, name, language, objects, kind, value in (
        ("ACO_1001", "The film's sound, under the narrator", film, [DUCKED, UNDUCKED], {"mixedContentKind": 2}, 2),
        ("ACO_1002", "Audio description", narrator, [NARRATION], {"dialogueContentKind": 4}, 1),
        ("ACO_1003", "The film's sound", film, [FILM], {"mixedContentKind": 1}, 2),
    ):
        content = _add(
            model, "audioContent", audioContentID=number, audioContentName=name, audioContentLanguage=language
        )
        _refer(content, audioObject=objects)
        if number == "ACO_1002" and scene.narration_lufs is not None:
            _loudness(content, integratedLoudness=scene.narration_lufs)
        _add(content, "dialogue", str(value), **kind)


def _objects(model: Element, scene: AdmScene) -> None:
    uids = [uid for _, uid, _, _ in _uids(scene)]
    pack, count = PACKS[scene.layout][0], scene.channels
    for number, name, packs, tracks, complements in (
        (DUCKED, "Film, ducked", [pack], uids[:count], [UNDUCKED]),
        (UNDUCKED, "Film, as it is", [pack], uids[count : 2 * count], []),
        (NARRATION, "Narrator", [NARRATOR], uids[2 * count : 2 * count + 1], []),
        (FILM, "Film", [pack], uids[2 * count + 1 :], []),
    ):
        is_narrator = number == NARRATION
        one = _add(
            model,
            "audioObject",
            audioObjectID=number,
            audioObjectName=name,
            start=_time(Fraction(0)),
            duration=_time(Fraction(scene.samples, scene.rate_hz)),
            dialogue=1 if is_narrator else 2,
            interact=int(is_narrator),
            disableDucking=1,
        )
        _refer(one, audioPackFormat=packs, audioComplementaryObject=complements)
        for uid in tracks:
            _add(one, "audioTrackUIDRef", uid)
        if is_narrator:
            _interaction(one)


def _interaction(one: Element) -> None:
    """What a listener may do with the narrator. Gains are linear, as in every version of the recommendation."""
    allowed = _add(one, "audioObjectInteraction", onOffInteract=1, gainInteract=1, positionInteract=1)
    for bound, gain_db, place in (("min", LOWEST_DB, -FURTHEST), ("max", HIGHEST_DB, FURTHEST)):
        _add(allowed, "gainInteractionRange", f"{10 ** (gain_db / 20):.6f}", bound=bound)
        _add(allowed, "positionInteractionRange", f"{place:.1f}", coordinate="azimuth", bound=bound)


def _narrator(model: Element, scene: AdmScene) -> None:
    """The format of the narrator: an object that stays where it is."""
    kind = {"typeLabel": "0003", "typeDefinition": "Objects"}
    pack = _add(model, "audioPackFormat", audioPackFormatID=NARRATOR, audioPackFormatName="Narrator", **kind)
    _refer(pack, audioChannelFormat=["AC_00031001"])
    ids = {"audioChannelFormatID": "AC_00031001", "audioChannelFormatName": "Narrator"}
    block = _add(
        _add(model, "audioChannelFormat", **ids, **kind), "audioBlockFormat", audioBlockFormatID="AB_00031001_00000001"
    )
    for coordinate, value in (("azimuth", azimuth(scene.layout, scene.pan)), ("elevation", 0.0), ("distance", 1.0)):
        _add(block, "position", f"{value + 0.0:.6f}", coordinate=coordinate)
    form = {"formatLabel": "0001", "formatDefinition": "PCM"}
    ids = {"audioStreamFormatID": "AS_00031001", "audioStreamFormatName": "PCM_Narrator"}
    stream = _add(model, "audioStreamFormat", **ids, **form)
    _refer(stream, audioChannelFormat=["AC_00031001"], audioTrackFormat=["AT_00031001_01"])
    ids = {"audioTrackFormatID": "AT_00031001_01", "audioTrackFormatName": "PCM_Narrator"}
    _refer(_add(model, "audioTrackFormat", **ids, **form), audioStreamFormat=["AS_00031001"])


def _loudness(parent: Element, **values: float) -> None:
    found = {name: value for name, value in values.items() if isfinite(value)}
    if found:
        measured = _add(parent, "loudnessMetadata", loudnessMethod="ITU-R BS.1770")
        for name, value in found.items():
            _add(measured, name, f"{value:.2f}")


def _refer(parent: Element, **ids: Sequence[str]) -> None:
    for name, of in ids.items():
        for one in of:
            _add(parent, f"{name}IDRef", one)


def _add(parent: Element, name: str, text: str | None = None, **attributes: object) -> Element:
    """A new element in another, without attributes that say nothing."""
    from lxml import etree

    given = {key: str(value) for key, value in attributes.items() if value != ""}
    made = etree.SubElement(parent, f"{{{EBU_CORE}}}{name}", given)
    made.text = text
    return made


def _text(text: str) -> str:
    """Without what XML does not take."""
    return "".join(one for one in text if one.isprintable() and not 0xD800 <= ord(one) <= 0xDFFF)


def _time(seconds: Fraction) -> str:
    """hh:mm:ss.zzzzz"""
    whole = round(seconds * 100_000)
    return f"{whole // 360_000_000:02}:{whole // 6_000_000 % 60:02}:{whole // 100_000 % 60:02}.{whole % 100_000:05}"
