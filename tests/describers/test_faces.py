from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn import GREY, clip, disc, noise, plain

from audiodesc.describers.faces import counted, heights
from audiodesc.describers.glimpses import glimpses
from audiodesc.media.frames import clips
from audiodesc.media.probe import probe
from audiodesc.model import Clip, Frame, FrameRequest, Span

ONE = FrameRequest(fps=0, min_frames=3, max_frames=3, max_pixels=854 * 480, glimpses=True)


def at(film: Path, start_ms: int) -> Clip:
    (clip,) = clips(probe(film), [Span(start_ms, start_ms + 500)], ONE)
    return clip


@pytest.mark.media
def test_a_face_close_by(media: Path) -> None:
    (glimpse,) = glimpses(at(media / "mozilla-butter" / "tedglobal.ogv", 5400))
    assert counted(heights(glimpse)) == (1, 1)


@pytest.mark.media
def test_two_faces_at_different_distances(media: Path) -> None:
    (glimpse,) = glimpses(at(media / "enable-a11y-plan9" / "plan-9-trailer-enscribe--av1.mp4", 29_000))
    assert len(heights(glimpse)) == 2


@pytest.mark.media
def test_a_face_in_two_frames_of_three_is_none(media: Path) -> None:
    frames = at(media / "mozilla-butter" / "tedglobal.ogv", 5400).frames
    gone = Frame(frames[1].time_ms, np.zeros_like(frames[1].image))
    (glimpse,) = glimpses(Clip(Span(0, 10_000), (frames[0], gone, frames[2])))
    assert heights(glimpse) == ()


@pytest.mark.media
@pytest.mark.parametrize("start_ms", range(0, 60_000, 3000))
def test_a_cartoon_has_no_faces(media: Path, start_ms: int) -> None:
    (glimpse,) = glimpses(at(media / "popeye" / "popeye_p2_vobsub.mkv", start_ms))
    assert heights(glimpse) == ()


@pytest.mark.parametrize("picture", [plain(GREY), noise(1), disc(plain(GREY), (400, 240), 120)])
def test_no_face_where_there_is_none(picture: np.ndarray) -> None:
    (glimpse,) = glimpses(clip(picture))
    assert heights(glimpse) == ()


@pytest.mark.parametrize(("seen", "expected"), [((), (0, 0)), ((0.5, 0.2), (2, 1)), ((0.2,), (1, 0))])
def test_near_faces_are_counted_too(seen: tuple[float, ...], expected: tuple[int, int]) -> None:
    assert counted(seen) == expected
