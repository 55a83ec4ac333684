"""Real films as CMAF: every packet of every track is there, as it was, or the film is refused in one line."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import av
import pytest
from cmaf_parts import check_whole, whole

from audiodesc.errors import FilmError
from audiodesc.media.cmaf import segment_film
from audiodesc.media.probe import probe

pytestmark = pytest.mark.media

FILMS = [
    "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4",
    "sintel-trailer/sintel_trailer_854x480.mp4",
    "popeye/popeye_p3_pgs.mkv",
    "popeye/popeye_p2_vobsub.mkv",
    "nasa/nasa_13013.mp4",
    "his-girl-friday/friday.mp4",
    "bbb-rabbit-ad/video.mp4",
    "bbb-rabbit-ad/silent.mp4",
    "chrome-clip/chrome.mp4",
    "googlework/googlework_short.mp4",
]


def contents(path: Path, index: int) -> Iterator[str]:
    with av.open(str(path)) as file:
        for packet in file.demux(file.streams[index]):
            if packet.size and not (packet.is_discard and (packet.pts or 0) >= 0):
                yield sha256(bytes(packet)).hexdigest()


@pytest.mark.parametrize("name", FILMS)
def test_every_packet_of_a_real_film_is_there(media: Path, tmp_path: Path, name: str) -> None:
    film = probe(media / name)
    made = segment_film(film, tmp_path)
    check_whole(tmp_path, made)
    assert made.left_out == ()
    assert [one.index for one in made.tracks] == [film.video.index, *(one.index for one in film.audio_tracks)]
    for track in made.tracks:
        assert list(contents(whole(tmp_path, track), 0)) == list(contents(film.path, track.index))


@pytest.mark.parametrize("name", ["bbb-moviepy/big_buck_bunny_0_30.webm", "mozilla-butter/tedglobal.ogv"])
def test_a_picture_that_segments_do_not_hold_is_refused(media: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(FilmError, match=r"its picture is (vp8|theora), which is not played from CMAF"):
        segment_film(probe(media / name), tmp_path)
