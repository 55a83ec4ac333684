"""A ladder that FFmpeg made gets the description as a rendition, in sync with what it has; others are refused."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import run

import numpy as np
import pytest
from browsers import PLAYS_UNASKED, chromium
from clicking import astray, ffmpeg, seconds
from films import FFMPEG, RATE
from hls_films import HLS_JS, SPOKEN, clicking_film, described
from npm_files import npm_file
from numpy.typing import NDArray
from playing import heard, listen, page_with, served

from audiodesc.deliver.hls_ladder import read_ladder
from audiodesc.errors import AudiodescError, InputError, UsageError
from audiodesc.media.probe import probe
from audiodesc.settings import RunSettings, Settings, StopSettings

NARRATOR = [round(time * RATE) for time in SPOKEN]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clicking_film(tmp_path_factory.mktemp("film"))


def ladder_of(film: Path, folder: Path, kind: str, *, seconds: int = 4, streams: str = "") -> Path:
    """Two variants and a group of sounds, by FFmpeg."""
    folder.mkdir()
    streams = streams or "v:0,agroup:aud v:1,agroup:aud a:0,agroup:aud,language:en,default:yes"
    maps = ["-map", "0:v", "-map", "0:v", "-map", "0:a"]
    hls = ["-f", "hls", "-hls_time", seconds, "-hls_playlist_type", "vod", "-hls_segment_type", kind]
    names = ["-master_pl_name", "master.m3u8", "-var_stream_map", streams, folder / "s%v/index.m3u8"]
    ffmpeg("-i", film, *maps, "-c", "copy", "-b:v", "500k", *hls, *names)
    return folder / "master.m3u8"


@pytest.fixture(scope="module", params=["fmp4", "mpegts"])
def ladder(film: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The master playlist of a ladder beside which the description was copied, as its note says."""
    master = ladder_of(film, tmp_path_factory.mktemp(request.param) / "ladder", request.param)
    before = {path: path.read_bytes() for path in master.parent.rglob("*") if path.is_file()}
    made = described(film, options={"ladder": str(master)})
    (note,) = [one.message for one in made.report.notes if one.stage == "hls"]
    assert note == f"copy master.ad.m3u8 and the folder description into {master.parent}; nothing there is replaced"
    assert {path: path.read_bytes() for path in master.parent.rglob("*") if path.is_file()} == before
    shutil.copytree(made.files["hls"], master.parent, dirs_exist_ok=True)
    shutil.rmtree(made.files["hls"].parent)
    return master


def test_one_line_a_group_is_added_and_no_other_changed(ladder: Path) -> None:
    before = ladder.read_text("utf-8").splitlines(keepends=True)
    after = ladder.with_name("master.ad.m3u8").read_text("utf-8").splitlines(keepends=True)
    (added,) = [line for line in after if line not in before]
    assert [line for line in after if line != added] == before
    assert 'TYPE=AUDIO,GROUP-ID="group_aud",LANGUAGE="en",NAME="Audio description",DEFAULT=NO,AUTOSELECT=YES' in added
    assert 'CHARACTERISTICS="public.accessibility.describes-video"' in added


def test_its_segments_end_where_those_of_the_ladder_end(ladder: Path) -> None:
    def ends(playlist: Path) -> NDArray[np.float64]:
        return np.cumsum([float(one) for one in re.findall(r"#EXTINF:([0-9.]+)", playlist.read_text())])

    mine, theirs = ends(ladder.parent / "description/index.m3u8"), ends(ladder.parent / "s0/index.m3u8")
    assert mine == pytest.approx(theirs, abs=0.02)
    assert len(mine) == 5


def test_each_click_is_as_far_from_the_picture_as_in_the_film(ladder: Path) -> None:
    """As `ffmpeg` plays it: both sounds on the clock of the ladder, whose picture begins at its own time."""
    master = ladder.with_name("master.ad.m3u8")
    probed = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0"]
    if not shutil.which("ffprobe"):
        pytest.skip("ffprobe is not installed")
    times = run([*probed, str(ladder.parent / "s0/index.m3u8")], check=True, capture_output=True, text=True).stdout
    begin_s = min(float(one.strip(",")) for one in times.split())
    filters = f"aresample={RATE}:async=1:min_hard_comp=0.05:first_pts={round(begin_s * RATE)}"
    for track, places in ((0, seconds(*range(20))), (1, [*seconds(*range(20)), *NARRATOR])):
        play = ["-map", f"0:a:{track}", "-af", filters, "-ac", "1", "-f", "f32le"]
        formats = ["-allowed_extensions", "ALL", "-extension_picky", "0", "-copyts"]
        command = [FFMPEG, "-loglevel", "error", *formats, "-i", str(master), *play, "-"]
        samples = np.frombuffer(run(command, check=True, capture_output=True).stdout, "<f4")
        assert np.abs(astray(samples, places)).max() <= 48, track


def test_hls_js_plays_the_description_in_sync(ladder: Path) -> None:
    script = npm_file(*HLS_JS)
    with served(ladder.parent) as address, chromium(PLAYS_UNASKED) as browser:
        tab = page_with(browser, address, script)
        tab.evaluate(
            """async address => {
              window.hls = new Hls({audioPreference: {characteristics: 'public.accessibility.describes-video'}});
              hls.loadSource(address);
              hls.attachMedia(video);
              await new Promise(done => video.readyState > 2 ? done() : video.oncanplay = done);
            }""",
            f"{address}/master.ad.m3u8",
        )
        assert tab.evaluate("hls.audioTracks[hls.audioTrack].name") == "Audio description"
        begin_s = tab.evaluate("video.buffered.start(0)")  # FFmpeg's pictures begin late in fMP4, by their reordering
        listen(tab)
        times = [time - begin_s for time in heard(tab, 12.2 + begin_s, 1.6) if time - begin_s < 13.8]
        assert times == pytest.approx([12.5, SPOKEN[1], 13.5], abs=0.06)


Change = Callable[[Path], object]


def changed(name: str, old: str, new: str) -> Change:
    """In a playlist of the ladder."""

    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return change


def linked(folder: Path) -> None:
    """A variant's playlist that is a link to a file elsewhere."""
    (folder / "s0/index.m3u8").rename(folder.parent / "elsewhere.m3u8")
    (folder / "s0/index.m3u8").symlink_to(folder.parent / "elsewhere.m3u8")


MASTER, FIRST, SECOND = "master.m3u8", "s0/index.m3u8", "s1/index.m3u8"
KEY = '#EXT-X-KEY:METHOD=AES-128,URI="key.bin"\n#EXTINF'
SESSION_KEY = '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k"\n#EXT-X-MEDIA'
REFUSED: dict[str, tuple[Change, str]] = {
    "not there": (lambda folder: (folder / MASTER).unlink(), "is not there"),
    "a variant is not there": (lambda folder: (folder / SECOND).unlink(), "is not there"),
    "no playlist": (lambda folder: (folder / MASTER).write_bytes(bytes(range(256))), "is not an HLS playlist"),
    "too large": (lambda folder: (folder / MASTER).write_bytes(b"#EXTM3U\n" + bytes(5 << 20)), "cannot be read"),
    "no variants": (lambda folder: shutil.copy(folder / FIRST, folder / MASTER), "lists segments and not variants"),
    "an address": (changed(MASTER, "s0/index.m3u8", "https://example.org/s0.m3u8"), "not in its folder"),
    "another host": (changed(MASTER, "s0/index.m3u8", "//example.org/s0.m3u8"), "not in its folder"),
    "a file address": (changed(MASTER, "s0/index.m3u8", "file:///etc/passwd"), "not in its folder"),
    "above": (changed(MASTER, "s0/index.m3u8", "../../s0/index.m3u8"), "not in its folder"),
    "above, in other words": (changed(MASTER, "s0/index.m3u8", "s0/%2e%2e/%2e%2e/x.m3u8"), "not in its folder"),
    "the root": (changed(MASTER, "s0/index.m3u8", "/etc/passwd"), "not in its folder"),
    "a link": (linked, "not in its folder"),
    "a rendition elsewhere": (changed(MASTER, "s2/index.m3u8", "http://[x/a.m3u8"), "not in its folder"),
    "a segment elsewhere": (changed(FIRST, "index0.m4s", "../../film.mp4"), "not in its folder"),
    "a header elsewhere": (changed(FIRST, "init_0.mp4", "/etc/passwd"), "not in its folder"),
    "a segment is not there": (lambda folder: (folder / "s0/index0.m4s").unlink(), "cannot be read"),
    "no film": (lambda folder: (folder / "s0/index0.m4s").write_bytes(b"x" * 99), "first segment cannot be read"),
    "live": (changed(FIRST, "#EXT-X-ENDLIST", ""), "is a live playlist"),
    "live sound": (changed("s2/index.m3u8", "#EXT-X-ENDLIST", ""), "is a live playlist"),
    "encrypted": (changed(SECOND, "#EXTINF", KEY), "is encrypted"),
    "encrypted sound": (changed("s2/index.m3u8", "#EXTINF", KEY), "is encrypted"),
    "session key": (
        changed(MASTER, "#EXT-X-MEDIA", '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k"\n#EXT-X-MEDIA'),
        "is encr",
    ),
    "other lengths": (changed(SECOND, "4.0000", "4.5000"), "has variants of other segment lengths"),
    "a segment less": (changed(SECOND, "#EXTINF:4.000000,\nindex4.m4s\n", ""), "has variants of other segment lengths"),
    "another film": (lambda folder: [changed(n, "4.0000", "8.0000")(folder) for n in (FIRST, SECOND)], "lasts 40.0 s"),
    "in pieces": (changed(FIRST, "index1.m4s", "index1.m4s\n#EXT-X-DISCONTINUITY"), "has discontinuities"),
    "sound inside": (changed(MASTER, ',AUDIO="group_aud"', ""), "has sound inside of its variants"),
    "no segments": (lambda folder: (folder / FIRST).write_text("#EXTM3U\n#EXT-X-ENDLIST\n"), "names no segments"),
    "a length of nothing": (changed(FIRST, "#EXTINF:4.000000", "#EXTINF:nan"), "a segment has no length"),
}


@pytest.fixture(scope="module")
def good(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ladder_of(film, tmp_path_factory.mktemp("good") / "ladder", "fmp4").parent


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_description_can_be_put_beside_is_refused(film: Path, good: Path, tmp_path: Path, case: str) -> None:
    change, message = REFUSED[case]
    folder = tmp_path / "ladder"
    shutil.copytree(good, folder)
    change(folder)
    with pytest.raises(InputError) as caught:
        read_ladder(folder / MASTER, probe(film), Settings())
    assert message in caught.value.fault
    assert "\n" not in f"{caught.value}"


def test_a_ladder_is_of_a_whole_film_that_does_not_stop(film: Path, good: Path) -> None:
    for settings in (Settings(stops=StopSettings(extended=True)), Settings(run=RunSettings(part_from="0:05"))):
        with pytest.raises(UsageError, match="a ladder"):
            read_ladder(good / MASTER, probe(film), settings)


def test_it_is_refused_before_any_work(film: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(film, tmp_path / "film.mp4"))
    with pytest.raises(InputError, match="is not there"):
        described(copy, options={"ladder": str(tmp_path / "none.m3u8")})
    assert not (tmp_path / "film.ad/film.hls").exists()
    assert not list(tmp_path.rglob("*.m4s"))


def test_damaged_playlists_are_one_line(film: Path, good: Path, tmp_path: Path) -> None:
    """Bytes, lines and numbers of the playlists changed at random."""
    chance, source = np.random.default_rng(16), probe(film)
    folder = tmp_path / "ladder"
    shutil.copytree(good, folder)
    begun = {name: (folder / name).read_bytes() for name in (MASTER, FIRST, SECOND)}
    for _ in range(60):
        for name, content in begun.items():
            (folder / name).write_bytes(content)
        name = list(begun)[chance.integers(3)]
        damaged = bytearray(begun[name])
        for at in chance.integers(0, len(damaged), 6):
            damaged[at] = chance.integers(256) if chance.random() < 0.5 else damaged[chance.integers(len(damaged))]
        (folder / name).write_bytes(damaged)
        with suppress(AudiodescError):
            assert read_ladder(folder / MASTER, source, Settings()).ends[-1] == pytest.approx(20, abs=1)


def test_two_groups_of_sounds_both_get_it_and_names_stay_apart(film: Path, tmp_path: Path) -> None:
    streams = "v:0,agroup:a v:1,agroup:b a:0,agroup:a,language:en,default:yes a:1,agroup:b,language:en,default:yes"
    folder = tmp_path / "ladder"
    folder.mkdir()
    hls = ["-f", "hls", "-hls_time", 6, "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    names = ["-master_pl_name", MASTER, "-var_stream_map", streams, folder / "s%v/index.m3u8"]
    maps = ["-map", "0:v", "-map", "0:v", "-map", "0:a", "-map", "0:a"]
    ffmpeg("-i", film, *maps, "-c", "copy", "-b:v", "500k", *hls, *names)
    changed(MASTER, "audio_2", "Audio description")(folder)
    lines = (folder / MASTER).read_text("utf-8").splitlines()
    late = [line for line in lines if line.startswith("#EXT-X-MEDIA:")]
    (folder / MASTER).write_text("\n".join([*(line for line in lines if line not in late), *late]), "utf-8")
    made = described(Path(shutil.copy(film, tmp_path / "film.mp4")), options={"ladder": str(folder / MASTER)})
    text = (made.files["hls"] / "master.ad.m3u8").read_text("utf-8")
    added = text.splitlines()[-2:]
    assert text.startswith((folder / MASTER).read_text("utf-8"))
    assert [re.findall(r'GROUP-ID="([^"]*)"', line) for line in added] == [["group_a"], ["group_b"]]
    assert [re.findall(r'NAME="([^"]*)"', line) for line in added] == [["Audio description 2"], ["Audio description"]]
