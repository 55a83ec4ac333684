"""iXML (Gallery Software, version 3.01): what a sound file is of, its timecode, and what each of its channels is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audiodesc.core.timecode import Timecode
from audiodesc.media.sound import channel_names

if TYPE_CHECKING:
    from lxml.etree import _Element

VERSION: Final = "3.01"

NAMES: Final = {
    **{"FL": "L", "FR": "R", "FC": "C", "LFE": "LFE", "BL": "Lb", "BR": "Rb", "SL": "Ls", "SR": "Rs", "BC": "Cs"},
    **{"FLC": "Lc", "FRC": "Rc"},
}
"""What a sound engineer calls a channel, by FFmpeg's name."""

FIVE: Final = {"FL": "L", "FR": "R", "FC": "C", "LFE": "LFE", "BL": "Ls", "BR": "Rs", "SL": "Ls", "SR": "Rs"}

FUNCTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "mono": {"FC": "MIX"},
    "stereo": {"FL": "L-MIX", "FR": "R-MIX"},
    "3.0": {"FL": "L-LCR", "FC": "C-LCR", "FR": "R-LCR"},
    "4.0": {"FL": "L-LCRS", "FC": "C-LCRS", "FR": "R-LCRS", "BC": "S-LCRS"},
    **{layout: {name: f"{short}-5.1" for name, short in FIVE.items()} for layout in ("5.1", "5.1(side)")},
}
"""The functions of iXML's dictionary, by layout and channel; its 7.1 is one with five speakers in front."""


@dataclass(frozen=True, slots=True)
class SoundScene:
    """What a sound file is of. `first` is its first sample, in samples from midnight; `bits` the word length."""

    project: str
    scene: str
    source: str
    note: str
    language: str
    layout: str
    rate_hz: int
    bits: int
    first: int
    timecode: Timecode


def ixml(of: SoundScene) -> bytes:
    """The document, for the chunk `iXML`. iXML has no place for a language: it is in NOTE and in USER."""
    from lxml import etree

    rate = f"{of.timecode.fps.numerator}/{of.timecode.fps.denominator}"
    root = etree.Element("BWFXML")
    said = f"{of.note}; language {of.language}" if of.language else of.note
    about = {"IXML_VERSION": VERSION, "PROJECT": of.project, "SCENE": of.scene, "TAPE": of.source, "NOTE": said}
    _add(root, {**about, "USER": f"LANGUAGE={of.language}" if of.language else ""})
    speed = {
        "NOTE": "",
        "MASTER_SPEED": rate,
        "CURRENT_SPEED": rate,
        "TIMECODE_RATE": rate,
        "TIMECODE_FLAG": "DF" if of.timecode.drops else "NDF",
        "FILE_SAMPLE_RATE": str(of.rate_hz),
        "AUDIO_BIT_DEPTH": str(of.bits),
        "DIGITIZER_SAMPLE_RATE": str(of.rate_hz),
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": str(of.first >> 32),
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": str(of.first & 0xFFFF_FFFF),
        "TIMESTAMP_SAMPLE_RATE": str(of.rate_hz),
    }
    _add(etree.SubElement(root, "SPEED"), speed)
    _add_tracks(etree.SubElement(root, "TRACK_LIST"), of.layout, channel_names(of.layout))
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add_tracks(tracks: _Element, layout: str, channels: Sequence[str]) -> None:
    from lxml import etree

    _add(tracks, {"TRACK_COUNT": str(len(channels))})
    functions = FUNCTIONS.get(layout, {})
    for number, channel in enumerate(channels, 1):
        name = "Mono" if layout == "mono" else NAMES.get(channel, channel)
        places = {"CHANNEL_INDEX": str(number), "INTERLEAVE_INDEX": str(number)}
        _add(etree.SubElement(tracks, "TRACK"), {**places, "NAME": name, "FUNCTION": functions.get(channel, "")})


def _add(to: _Element, texts: Mapping[str, str]) -> None:
    """A child for each text, without what XML does not take; none where there is no text."""
    from lxml import etree

    for name, text in texts.items():
        if text:
            etree.SubElement(to, name).text = "".join(one for one in text if one.isprintable())
