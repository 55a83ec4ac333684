"""What an inspection says of HLS playlists and DASH manifests, and what it does with hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import audiodesc
from inspection.described_films import tones_film
from inspection.streams import DESCRIPTION, OWN, PURPOSE, ROLE, adaptation_set, master, mpd, segments

from audiodesc.errors import FilmError
from audiodesc.inspection import inspect
from audiodesc.inspection.model import Inspection


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stream")
    film = tones_film(folder)
    segments(film, folder)
    film.unlink()
    return folder


def quick(path: Path) -> Inspection:
    return inspect(path, loudness=False)


def named(of: Inspection) -> dict[str, str]:
    return {one.name: one.severity for one in of.findings}


def views(of: Inspection) -> dict[str, tuple[int | None, str]]:
    return {one.player: (one.default, one.automatic) for one in of.players}


def test_the_renditions_of_a_master_playlist(stream: Path) -> None:
    found = inspect(master(stream, OWN, DESCRIPTION))
    own, described = found.of_kind("sound")
    assert (found.kind, found.format) == ("hls", "master")
    assert (own.title, own.default, own.codec, own.layout) == ("English", True, "aac", "mono")
    assert described.description
    assert described.description.certainty == "certain"
    assert [abs((one.end_ms or 0) - 3_000) < 100 for one in found.tracks] == [True] * 3
    assert own.level
    assert described.level
    assert own.level.integrated_lufs == pytest.approx(described.level.integrated_lufs, abs=0.8)
    assert views(found) == {
        "mpv": (1, "no"),
        "VLC": (1, "no"),
        "Apple": (1, "yes"),
        "browsers (hls.js)": (1, "yes"),
    }
    assert named(found) == {}


@pytest.mark.parametrize(
    ("rendition", "expected"),
    [
        (DESCRIPTION.replace("AUTOSELECT=YES", "AUTOSELECT=NO"), {"no-autoselect": "error"}),
        (DESCRIPTION.replace("AUTOSELECT=YES,", ""), {"no-autoselect": "error"}),
        (
            DESCRIPTION.replace('CHARACTERISTICS="public.accessibility.describes-video",', ""),
            {"no-characteristics": "warning", "no-mark": "warning"},
        ),
        (DESCRIPTION.replace('LANGUAGE="en",', ""), {"no-language": "warning"}),
        (DESCRIPTION.replace("sound1", "gone"), {"missing-files": "error"}),
        (DESCRIPTION.replace("English (Audio description)", "English"), {"same-name": "error"}),
        (
            DESCRIPTION.replace("DEFAULT=NO", "DEFAULT=YES"),
            {"default-yes": "error", "two-defaults": "error"},
        ),
    ],
)
def test_what_is_wrong_with_a_rendition(stream: Path, rendition: str, expected: dict[str, str]) -> None:
    assert named(quick(master(stream, OWN, rendition))) == expected


def test_a_rendition_that_is_shorter_than_the_film(stream: Path, tmp_path: Path) -> None:
    for one in stream.iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    playlist = (tmp_path / "sound1.m3u8").read_text()
    cut = playlist.index("#EXTINF", playlist.index("sound1.1.m4s"))
    (tmp_path / "sound1.m3u8").write_text(playlist[:cut] + "#EXT-X-ENDLIST\n")
    found = quick(master(tmp_path, OWN, DESCRIPTION))
    assert named(found) == {"length": "warning", "rendition-length": "warning"}


def test_a_media_playlist_by_itself(stream: Path) -> None:
    found = quick(stream / "sound1.m3u8")
    assert (found.kind, found.format, found.players) == ("hls", "media", ())
    assert [(one.kind, one.codec) for one in found.tracks] == [("sound", "aac")]


def described_mpd(stream: Path, inner: str) -> Inspection:
    own = adaptation_set("sound0", "audio", ROLE.format("main"), more='lang="en"')
    described = adaptation_set("sound1", "audio", inner, more='lang="en"')
    return quick(mpd(stream, adaptation_set("picture", "video"), own, described))


def test_the_adaptation_sets_of_a_manifest(stream: Path) -> None:
    label = "<Label>Audio description</Label>"
    found = described_mpd(stream, ROLE.format("description") + PURPOSE + label)
    own, described = found.of_kind("sound")
    assert (found.kind, found.duration_ms) == ("dash", 3_000)
    assert (own.default, described.default) == (True, False)
    assert (described.codec, described.language, described.title) == ("aac", "en", "Audio description")
    assert (described.start_ms, described.end_ms) == (0, 3_000)
    wanted = {"mpv": (1, "no"), "VLC": (1, "no"), "browsers (dash.js)": (1, "yes"), "televisions": (1, "yes")}
    assert views(found) == wanted
    assert named(found) == {}


@pytest.mark.parametrize(
    ("inner", "expected", "television"),
    [
        (ROLE.format("description"), {"no-accessibility": "warning"}, "no"),
        (PURPOSE, {"no-role": "warning"}, "yes"),
        (ROLE.format("main") + PURPOSE, {"no-role": "warning", "role-main": "error", "two-defaults": "error"}, "yes"),
    ],
)
def test_what_is_wrong_with_an_adaptation_set(
    stream: Path, inner: str, expected: dict[str, str], television: str
) -> None:
    found = described_mpd(stream, inner + "<Label>AD</Label>")
    assert named(found) == expected
    assert views(found)["televisions"][1] == television


def test_a_segment_that_is_not_there(stream: Path) -> None:
    found = quick(mpd(stream, adaptation_set("sound0", "audio", count=40, more='lang="en"')))
    assert named(found)["missing-files"] == "error"


OUTSIDE = ("https://example.com/a.m3u8", "//example.com/a.m3u8", "/etc/passwd", "../secret.m3u8", "..%2fsecret.m3u8",
           "file:///etc/passwd", "link.m3u8", "..\\secret.m3u8", "http://[bad/a.m3u8")  # fmt: skip


@pytest.mark.parametrize("uri", OUTSIDE)
def test_nothing_outside_of_the_folder_is_read(stream: Path, tmp_path: Path, uri: str) -> None:
    (tmp_path / "secret.m3u8").write_text((stream / "sound1.m3u8").read_text())
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "link.m3u8").symlink_to(tmp_path / "secret.m3u8")
    for found in (
        quick(master(folder, f'TYPE=AUDIO,GROUP-ID="a",NAME="AD",LANGUAGE="en",URI="{uri}"')),
        quick(mpd(folder, f'<AdaptationSet contentType="audio"><Representation><BaseURL>{uri}</BaseURL>'
                          "</Representation></AdaptationSet>")),
    ):  # fmt: skip
        assert found.not_followed == (uri,)
        assert [one.end_ms for one in found.of_kind("sound") if one.codec] == []


HOSTILE = {
    "laughs.mpd": '<!DOCTYPE MPD [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><MPD>&b;</MPD>',
    "entity.mpd": '<!DOCTYPE MPD [<!ENTITY a SYSTEM "file:///etc/passwd">]><MPD>&a;</MPD>',
    "cut.mpd": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>',
    "broken.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:x\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_manifest_is_one_line(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.write_text(HOSTILE[name])
    done = audiodesc("inspect", place)
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1
    assert name in done.stderr


@pytest.mark.parametrize(
    "timeline",
    ['<S t="0" d="1" r="999999999999"/>', '<S t="0" d="1000" r="-1"/>', '<S t="x" d="-5"/>', '<S d="0" r="9999999"/>'],
)
def test_a_timeline_without_end_ends(stream: Path, timeline: str) -> None:
    given = adaptation_set("sound0", "audio").replace('<S t="0" d="1000" r="2"/>', timeline)
    found = quick(mpd(stream, given))
    assert [one.kind for one in found.tracks] == ["sound"]


def test_a_playlist_that_is_too_large_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "long.m3u8"
    with place.open("wb") as file:
        file.write(b"#EXTM3U\n")
        file.truncate(20_000_000)
    with pytest.raises(FilmError, match="larger than"):
        inspect(place)


def test_a_folder_of_a_stream_is_its_master_playlist(stream: Path) -> None:
    (stream / "film.mpd").unlink(missing_ok=True)
    master(stream, OWN, DESCRIPTION)
    found = quick(stream)
    assert [Path(one.path).name for one in found.parts] == ["master.m3u8"]
