"""The manifest: valid by the schema, and each value where players look for it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from dash_films import IN, read
from lxml import etree

from audiodesc.deliver.mpd import (
    AUDIO_PURPOSE,
    CHANNEL_CONFIGURATION,
    DOLBY_CHANNELS,
    ISOFF_LIVE,
    AdaptationSet,
    Descriptor,
    Picture,
    Presentation,
    Sound,
    Timeline,
    channels,
    duration,
    to_mpd,
)
from audiodesc.deliver.mpd_dvb import PROFILES, as_dvb

PICTURE = AdaptationSet(
    kind="video",
    name="video",
    mime_type="video/mp4",
    codecs="avc1.640028",
    bandwidth=900_000,
    segments=Timeline(25, (100, 100, 100, 50), "video/init.mp4", "video/$Number%05d$.m4s"),
    roles=("main",),
    picture=Picture(720, 576, Fraction(25), Fraction(16, 15)),
)
SOUND = AdaptationSet(
    kind="audio",
    name="description",
    mime_type="audio/mp4",
    codecs="mp4a.40.2",
    bandwidth=128_000,
    segments=Timeline(48_000, (192_000, 192_512, 96_000), "d/init.mp4", "d/$Number%05d$.m4s", 480),
    language="de-AT",
    label="Hörfilm <Max & Moritz>\x07",
    roles=("description",),
    accessibility=(Descriptor(AUDIO_PURPOSE, "1"),),
    sound=Sound(48_000, Descriptor(CHANNEL_CONFIGURATION, "2")),
)
TEXT = AdaptationSet(
    kind="text",
    name="text-1",
    mime_type="application/mp4",
    codecs="wvtt",
    bandwidth=20,
    segments=Timeline(1000, (4000, 4000, 4000, 2000), "t/init.mp4", "t/$Number%05d$.m4s"),
    roles=("caption",),
    profiles=(ISOFF_LIVE,),
)
FILM = Presentation("Käse & Brot", Fraction(14), (PICTURE, SOUND, TEXT))


def test_it_is_valid_and_says_what_it_was_given() -> None:
    root = read(to_mpd(FILM))
    assert root.attrib == {
        "profiles": ISOFF_LIVE,
        "type": "static",
        "mediaPresentationDuration": "PT14S",
        "maxSegmentDuration": "PT4.010667S",
        "minBufferTime": "PT4.010667S",
    }
    assert root.findtext(".//m:Title", namespaces=IN) == "Käse & Brot"
    picture, sound, text = root.findall(".//m:AdaptationSet", IN)
    assert [one.get("contentType") for one in (picture, sound, text)] == ["video", "audio", "text"]
    shape = [picture.get(name) for name in ("width", "height", "sar", "par", "frameRate")]
    assert shape == ["720", "576", "16:15", "4:3", "25"]
    assert (sound.get("lang"), sound.get("mimeType")) == ("de-AT", "audio/mp4")
    assert sound.findtext("m:Label", namespaces=IN) == "Hörfilm <Max & Moritz>"
    said = [(one.tag.split("}")[1], one.get("schemeIdUri"), one.get("value")) for one in sound if one.get("value")]
    assert said == [
        ("AudioChannelConfiguration", "urn:mpeg:mpegB:cicp:ChannelConfiguration", "2"),
        ("Accessibility", "urn:tva:metadata:cs:AudioPurposeCS:2007", "1"),
        ("Role", "urn:mpeg:dash:role:2011", "description"),
    ]
    assert (text.get("profiles"), text.get("lang")) == (ISOFF_LIVE, None)


def test_segments_as_a_timeline() -> None:
    picture, sound, _ = read(to_mpd(FILM)).findall(".//m:SegmentTemplate", IN)
    assert picture.attrib == {
        "timescale": "25",
        "initialization": "video/init.mp4",
        "media": "video/$Number%05d$.m4s",
        "startNumber": "1",
    }
    assert [dict(one.attrib) for one in picture.iter("{*}S")] == [{"t": "0", "d": "100", "r": "2"}, {"d": "50"}]
    assert [dict(one.attrib) for one in sound.iter("{*}S")] == [
        {"t": "480", "d": "192000"},
        {"d": "192512"},
        {"d": "96000"},
    ]


@pytest.mark.parametrize("broken", [replace(PICTURE, name="a b"), replace(PICTURE, language="not a language")])
def test_the_schema_finds_faults(broken: AdaptationSet) -> None:
    with pytest.raises(etree.DocumentInvalid):
        read(to_mpd(replace(FILM, sets=(broken,))))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(0), "PT0S"),
        (Fraction(90 * 60), "PT5400S"),
        (Fraction(100), "PT100S"),
        (Fraction(1, 3), "PT0.333334S"),
        (Fraction(5, 2), "PT2.5S"),
    ],
)
def test_durations(seconds: Fraction, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("layout", "codec", "wanted"),
    [
        (["FC"], "mp4a", (CHANNEL_CONFIGURATION, "1")),
        (["FL", "FR"], "mp4a", (CHANNEL_CONFIGURATION, "2")),
        (["FL", "FR", "FC", "LFE", "BL", "BR"], "mp4a", (CHANNEL_CONFIGURATION, "6")),
        (["FL", "FR", "FC", "LFE", "SL", "SR"], "fLaC", (CHANNEL_CONFIGURATION, "6")),
        (["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"], "Opus", (CHANNEL_CONFIGURATION, "12")),
        (["FL", "FR"], "ac-3", (DOLBY_CHANNELS, "A000")),
        (["FL", "FR", "FC", "LFE", "SL", "SR"], "ec-3", (DOLBY_CHANNELS, "F801")),
        (["FL", "FR", "TFL", "TFR"], "mp4a", None),
        (["FL", "FR", "TFL", "TFR"], "ec-3", None),
    ],
)
def test_which_channels_a_sound_has(layout: list[str], codec: str, wanted: tuple[str, str] | None) -> None:
    assert channels(layout, codec) == (Descriptor(*wanted) if wanted else None)


def test_the_profile_of_dvb_is_named_where_all_is_within_it() -> None:
    made, why = as_dvb(FILM)
    assert (made.profiles, why) == ((*PROFILES, ISOFF_LIVE), [])
    read(to_mpd(made))


LONG = replace(PICTURE, segments=Timeline(1, (16, 4), "video/init.mp4", "video/$Number%05d$.m4s"))
MANY = replace(PICTURE, segments=Timeline(90_000, tuple(range(90_000, 110_000)), "v/init.mp4", "v/$Number%05d$.m4s"))


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        ((replace(PICTURE, codecs="av01.0.05M.08"), SOUND), "video is av01.0.05M.08"),
        ((replace(PICTURE, codecs="avc1.640033"), SOUND), "video is H.264 of level 5.1"),
        ((PICTURE, replace(SOUND, codecs="fLaC")), "description is fLaC"),
        ((PICTURE, replace(SOUND, sound=Sound(48_000))), "description has channels without a name"),
        ((LONG, SOUND), "a segment of 16.0 s is longer than 15 s"),
        ((PICTURE, *(replace(SOUND, name=f"a{n}") for n in range(16))), "there are 17 tracks, more than 16"),
        ((MANY, SOUND), "more than 256"),
    ],
)
def test_why_a_presentation_is_not_within_the_profile_of_dvb(sets: tuple[AdaptationSet, ...], reason: str) -> None:
    film = replace(FILM, sets=sets)
    made, (line,) = as_dvb(film)
    assert made == film
    assert reason in line
