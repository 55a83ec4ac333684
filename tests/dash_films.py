"""Films as DASH: made, and read back segment by segment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from clicking import ClickingVoice
from films import RATE, Sound, clicks, make_film
from lxml import etree
from numpy.typing import NDArray
from stories import write_script

from audiodesc import pipeline
from audiodesc.deliver.mpd import NAMESPACE
from audiodesc.media.sound import from_frame
from audiodesc.project import Result
from audiodesc.settings import Settings

IN = {"m": NAMESPACE}
SECONDS = 13
CUTS = (6, 12)
"""Seconds at which the picture is cut, which has a key frame every two."""

LINES = [("00:01.100", "00:01.500", "One."), ("00:08.100", "00:08.500", "Two.")]
SPOKEN = (1.2, 8.2)
"""When the voice clicks, in seconds."""


def flash(time: float) -> NDArray[np.uint8]:
    """White for the two pictures around each half second past a whole one, else black."""
    return np.full((120, 160, 3), 255 if round(time * 25) % 25 in (12, 13) else 0, np.uint8)


def clicking_film(path: Path, layout: str = "stereo", codec: str = "aac") -> Path:
    """A click, and a flash, half a second past each second, and clicks 0.1 s before and behind each cut."""
    channels = av.AudioLayout(layout).nb_channels
    samples = clicks(SECONDS, channels)
    for cut in CUTS:
        for place in (cut * RATE - 4800, cut * RATE + 4800):
            samples[:, place] = 0.9
    sound = Sound(samples, layout, codec=codec, language="eng")
    return make_film(path, SECONDS, flash, [sound], fps=25, gop=50, b_frames=2)


CLICKS = sorted([n + 0.5 for n in range(SECONDS)] + [cut + side for cut in CUTS for side in (-0.1, 0.1)])


def described(film: Path, output: Path, settings: Settings) -> Result:
    """The film described by a voice that clicks."""
    script = write_script(film.with_suffix(".vtt"), LINES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: ClickingVoice())
        return pipeline.render(film, script, output=output, settings=settings)


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(__file__).parent / "deliver/mpd.xsd"))


def read(content: bytes) -> etree._Element:
    """The root of an MPD, which the schema finds nothing wrong with."""
    root = etree.fromstring(content)
    schema().assertValid(root)
    return root


def manifest(folder: Path) -> etree._Element:
    """The root of the manifest."""
    return etree.parse(folder / "manifest.mpd").getroot()


def sets(folder: Path) -> dict[str, etree._Element]:
    """The adaptation sets by the names of their representations."""
    found = manifest(folder).iterfind(".//m:AdaptationSet", IN)
    return {one.find("m:Representation", IN).get("id"): one for one in found}


def segments(folder: Path, name: str) -> list[bytes]:
    """The init segment and the media segments, by the names and the number that the manifest has."""
    (template,) = sets(folder)[name].iterfind(".//m:SegmentTemplate", IN)
    count = sum(int(one.get("r", 0)) + 1 for one in template.iter("{*}S"))
    files = [template.get("initialization")]
    files += [template.get("media").replace("$Number%05d$", f"{number:05}") for number in range(1, count + 1)]
    assert {path.name for path in (folder / name).iterdir()} == {Path(file).name for file in files}
    return [(folder / file).read_bytes() for file in files]


def samples(parts: Sequence[bytes]) -> NDArray[np.float32]:
    """What is heard of an init segment and media segments, from the first one's time on."""
    with av.open(BytesIO(b"".join(parts)), "r") as file:
        return np.concatenate([from_frame(frame) for frame in file.decode(audio=0)], axis=1)


def packets(source: BytesIO | str, index: int = 0) -> list[bytes]:
    """The packets of a track, as they are coded."""
    with av.open(source, "r") as file:
        return [bytes(one) for one in file.demux(file.streams[index]) if one.size]


def marks(one: etree._Element) -> list[tuple[str, str]]:
    """The roles and purposes of an adaptation set."""
    names = ("Accessibility", "Role")
    return [(child.tag.split("}")[1], child.get("value")) for child in one if child.tag.split("}")[1] in names]


def cues(folder: Path, name: str) -> list[tuple[float, float, str]]:
    """The cues of a track of text: start and end in ms, and the text."""
    found: dict[bytes, tuple[float, float, str]] = {}
    with av.open(BytesIO(b"".join(segments(folder, name))), "r") as file:
        for packet in file.demux(file.streams[0]):
            data = bytes(packet)
            while data:
                size, kind = int.from_bytes(data[:4]), data[4:8]
                if kind == b"vttc":
                    number, text = data[16:20], data[28:size].decode()
                    start, end = (packet.pts or 0), (packet.pts or 0) + (packet.duration or 0)
                    before = found.get(number)
                    assert before is None or before[1:] == (start, text)
                    found[number] = (before[0] if before else start, end, text)
                data = data[size:]
    return list(found.values())
