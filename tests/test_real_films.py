"""Real films go through the whole of `make`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from films import FFMPEG
from stories import write_script

from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import length, read_sound
from audiodesc.pipeline import describe, make, render

pytestmark = pytest.mark.media

MUSIC = "WEBVTT\n\n00:00.000 --> 00:10.000\n[music]\n"
FILMS = {
    "plan 9": ("enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4", "enable-a11y-plan9/plan-9-trailer.en.vtt", ".mp4"),
    "sintel": ("sintel-trailer/sintel_trailer_854x480.mp4", "sintel-trailer/sintel.vtt", ".mp4"),
    "popeye, PGS": ("popeye/popeye_p3_pgs.mkv", "popeye/popeye_p3.eng.srt", ".mkv"),
    "popeye, VobSub": ("popeye/popeye_p2_vobsub.mkv", "popeye/popeye_p2.eng.srt", ".mkv"),
    "nasa, text inside": ("nasa/nasa_13013.mp4", None, ".mp4"),
    "his girl friday": ("his-girl-friday/friday.mp4", "his-girl-friday/friday.vtt", ".mp4"),
    "bbb, WebM": ("bbb-moviepy/big_buck_bunny_0_30.webm", MUSIC, ".mkv"),
    "bbb, 5.1": ("bbb-rabbit-ad/video.mp4", MUSIC, ".mp4"),
    "bbb, silent": ("bbb-rabbit-ad/silent.mp4", MUSIC, ".mp4"),
    "butter, Ogg": ("mozilla-butter/tedglobal.ogv", MUSIC, ".mkv"),
    "googlework, late picture": ("googlework/googlework_short.mp4", MUSIC, ".mp4"),
}


@pytest.mark.parametrize("name", FILMS)
def test_a_real_film_is_described(media: Path, tmp_path: Path, name: str) -> None:
    film, subs, suffix = FILMS[name]
    if subs == MUSIC:
        (tmp_path / "music.vtt").write_text(MUSIC, "utf-8")
        subtitles: Path | None = tmp_path / "music.vtt"
    else:
        subtitles = media / subs if subs else None
    gaps = describe(media / film, subtitles, tmp_path / "draft").report.gaps
    times = [f"00:{gap.start_ms / 1000:06.3f}" for gap in gaps]
    script = write_script(tmp_path / "mine.vtt", [(time, time, "Rain falls.") for time in times])
    if not gaps:
        assert set(make(media / film, subtitles, tmp_path / "out").files) == {"script", "report"}
        return
    made = render(media / film, script, subtitles, tmp_path / "out")
    assert made.spoken
    assert made.report.overlap_ms == 0
    assert made.files["film"].suffix == suffix
    after = probe(made.files["film"])
    before = made.film
    assert [t.codec for t in after.audio_tracks[:-1]] == [t.codec for t in before.audio_tracks]
    assert len(after.subtitle_tracks) == len(before.subtitle_tracks)
    assert abs(after.duration_ms - before.duration_ms) <= 25
    command = [FFMPEG, "-v", "error", "-i", made.files["film"], "-map", "0:v", "-map", "0:a", "-f", "null", "-"]
    played = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Invalid" not in played.stderr


def test_the_original_sound_of_a_described_film_is_unchanged(media: Path, tmp_path: Path) -> None:
    film, subs, _ = FILMS["sintel"]
    made = make(media / film, media / str(subs), tmp_path / "out")
    for path in (made.film.path, made.files["film"]):
        source = probe(path)
        track = programme(source).track
        assert track is not None
        sound = np.concatenate(list(read_sound(source, track)), axis=1)
        assert sound.shape[1] == length(source)
        if path == made.film.path:
            original = sound
    assert np.array_equal(original, sound)


def test_picture_subtitles_alone_are_refused_with_the_option(media: Path) -> None:
    from audiodesc.errors import SubtitleError

    with pytest.raises(SubtitleError, match="--subs"):
        make(media / "popeye/popeye_p3_pgs.mkv")
