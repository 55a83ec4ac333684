from __future__ import annotations

import hashlib
import struct
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from films import FFMPEG, RATE, Sound, click_places, clicks, make_film, silence, tone
from numpy.typing import NDArray
from PIL import Image

from audiodesc.errors import FilmError, OutputError
from audiodesc.media.containers import check_copy, film_suffix
from audiodesc.media.copy_losses import losses
from audiodesc.media.described_tracks import Description
from audiodesc.media.encode import SoundFile
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import length, read_sound


def described(path: Path, folder: Path) -> Path:
    """The film with a track of clicks added."""
    film = probe(path)
    suffix = film_suffix(film)
    m4a, mka = folder / "t.m4a", folder / "t.mka"
    with SoundFile(m4a, "m4a", "mono", matroska=mka) as file:
        file.push(clicks(film.duration_ms / 1000)[:, : length(film)])
    out = folder / f"out{suffix}"
    add_track(film, Description(m4a if suffix == ".mp4" else mka, "deu"), programme(film).track, out)
    return out


def packets(path: Path, kind: str, number: int = 0) -> list[str]:
    with av.open(str(path)) as film:
        stream = [s for s in film.streams if s.type == kind][number]
        return [hashlib.sha256(bytes(p)).hexdigest() for p in film.demux(stream) if p.size]


CASES = {
    "mp4": (".mp4", Sound(clicks(4), "mono", codec="aac", language="deu"), 0.0),
    "mp4 late picture": (".mp4", Sound(clicks(4), "mono", codec="aac", language="deu"), 0.4),
    "mp4 late sound": (".mp4", Sound(clicks(3), "mono", codec="aac", start_s=0.7, language="deu"), 0.0),
    "mov": (".mov", Sound(clicks(4), "mono", codec="aac", language="deu"), 0.0),
    "mkv": (".mkv", Sound(clicks(4), "mono", codec="flac", language="deu"), 0.0),
    "mkv late picture": (".mkv", Sound(clicks(4), "mono", codec="libopus", language="deu"), 0.4),
    "webm": (".webm", Sound(clicks(4), "mono", codec="libopus", language="deu"), 0.0),
    "ts": (".ts", Sound(clicks(4), "mono", codec="ac3", language="deu"), 0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_the_added_track_keeps_to_the_sample_and_the_rest_is_copied(tmp_path: Path, case: str) -> None:
    suffix, sound, video_start = CASES[case]
    source = make_film(tmp_path / f"film{suffix}", 4, sounds=[sound], video_start_s=video_start)
    out = described(source, tmp_path)
    assert out.suffix == (".mp4" if suffix in (".mp4", ".mov") else ".mkv")
    film = probe(out)
    assert packets(out, "audio") == packets(source, "audio")
    if suffix != ".ts":  # Matroska stores H.264 in another framing than a transport stream
        assert packets(out, "video") == packets(source, "video")
    heard = np.concatenate(list(read_sound(film, film.audio_tracks[-1])), axis=1)[0]
    original = np.concatenate(list(read_sound(film, film.audio_tracks[0])), axis=1)[0]
    before = probe(source)
    original_before = np.concatenate(list(read_sound(before, before.audio_tracks[0])), axis=1)[0]
    seconds = length(before) // RATE
    assert click_places(heard)[:seconds] == [second * RATE + RATE // 2 for second in range(seconds)]
    tolerance = RATE // 1000 if suffix == ".ts" else 0
    moved = np.array(click_places(original)) - np.array(click_places(original_before))
    assert np.abs(moved).max() <= tolerance


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_another_program_hears_the_clicks_in_the_same_place(tmp_path: Path, suffix: str) -> None:
    out = described(make_film(tmp_path / f"film{suffix}", 4, sounds=[Sound(silence(4), "mono")]), tmp_path)
    command = [FFMPEG, "-loglevel", "error", "-i", out, "-map", "0:a:1", "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    assert click_places(np.frombuffer(raw, "<f4")) == [second * RATE + RATE // 2 for second in range(4)]


def test_mp4_is_tagged_as_description_and_not_default(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mp4", 2, sounds=[Sound(silence(2), "mono", codec="aac", language="deu")])
    with av.open(str(described(source, tmp_path))) as film:
        original, added = film.streams.audio
        flags = {flag.name for flag in av.stream.Disposition if added.disposition & flag}
        assert flags == {"visual_impaired", "descriptions"}
        assert [added.metadata[name] for name in ("handler_name", "name")] == ["Audiodeskription"] * 2
        assert added.metadata["language"] == "deu"
        assert original.disposition & av.stream.Disposition.default
    content = (tmp_path / "out.mp4").read_bytes()
    assert b"urn:mpeg:dash:role:2011\0description\0" in content


def test_matroska_keeps_one_default_track_its_names_and_the_flag(tmp_path: Path) -> None:
    sound = Sound(silence(2), "mono", language="fra")
    source = make_film(tmp_path / "film.mkv", 2, sounds=[sound], language="fra")
    with av.open(str(described(source, tmp_path))) as film:
        default = [s.index for s in film.streams.audio if s.disposition & av.stream.Disposition.default]
        assert default == [1]
        assert [s.metadata.get("language") for s in film.streams] == ["fre", "fre", "ger"]
        assert film.streams[2].metadata["title"] == "Audiodeskription"
        assert film.streams[2].disposition & av.stream.Disposition.visual_impaired
    assert b"\x55\xac\x81\x01" in (tmp_path / "out.mkv").read_bytes()  # FlagVisualImpaired = 1


def test_what_does_not_fit_into_mp4_becomes_matroska(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mov", 1, sounds=[Sound(silence(1), "mono", codec="adpcm_ima_qt")])
    assert film_suffix(probe(source)) == ".mkv"


def test_a_film_without_sound_gets_its_first_track(tmp_path: Path) -> None:
    out = described(make_film(tmp_path / "film.mp4", 2), tmp_path)
    assert len(probe(out).audio_tracks) == 1


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_pictures_that_are_stored_out_of_order_are_all_there(tmp_path: Path, suffix: str) -> None:
    """In Matroska the first packets of a track with B-frames have no decoding time."""

    def clock(time: float) -> NDArray[np.uint8]:
        return np.full((120, 160, 3), 20 + int(time * 40), np.uint8)

    sound = Sound(clicks(4), "mono", codec="aac")
    source = make_film(tmp_path / f"film{suffix}", 4, clock, [sound], gop=40, b_frames=2)
    out = described(source, tmp_path)
    if suffix != ".ts":
        assert packets(out, "video") == packets(source, "video")
    with av.open(str(source)) as before, av.open(str(out)) as after:
        shown = [
            [(round(frame.time, 2), round(frame.to_ndarray(format="gray").mean())) for frame in film.decode(video=0)]
            for film in (before, after)
        ]
    zero = [round(shown[0][0][0] - 0.0, 2), shown[1][0][0]]
    assert len(shown[0]) == len(shown[1]) == 40
    assert [grey for _, grey in shown[0]] == [grey for _, grey in shown[1]]
    assert [round(t - zero[0], 1) for t, _ in shown[0]] == [round(t - zero[1], 1) for t, _ in shown[1]]


def test_a_cover_goes_along(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", 2, sounds=[Sound(silence(2), "mono")])
    cover = tmp_path / "cover.png"
    Image.new("RGB", (64, 64), "red").save(cover)
    command = [FFMPEG, "-loglevel", "error", "-i", film, "-attach", cover, "-metadata:s:t", "mimetype=image/png"]
    subprocess.run([*command, "-c", "copy", tmp_path / "covered.mkv"], check=True)
    source = tmp_path / "covered.mkv"
    assert check_copy(probe(source)) == ()
    out = described(source, tmp_path)
    assert probe(out).duration_ms == 2000
    assert packets(out, "video", 1) == [hashlib.sha256(cover.read_bytes()).hexdigest()]
    with av.open(str(out)) as copy:
        assert copy.streams[-1].metadata["filename"] == "cover.png"


def test_one_default_sound_track_in_matroska(tmp_path: Path) -> None:
    tracks = [Sound(silence(2), "mono"), Sound(silence(2), "mono")]
    out = described(make_film(tmp_path / "film.mkv", 2, sounds=tracks), tmp_path)
    with av.open(str(out)) as film:
        assert [bool(s.disposition & av.stream.Disposition.default) for s in film.streams.audio] == [True, False, False]


def entry(path: Path, number: int = 0) -> str:
    with av.open(str(path)) as film:
        return film.streams[number].codec_context.codec_tag


@pytest.mark.parametrize(
    ("codec", "tag"), [("libx265", "hvc1"), ("libx265", "hev1"), ("libx265", "dvh1"), ("libx264", "avc3")]
)
def test_the_name_of_a_sample_entry_is_kept(tmp_path: Path, codec: str, tag: str) -> None:
    """FFmpeg's own choice is hev1 and avc1."""
    plain = make_film(tmp_path / "plain.mp4", 1)
    source = tmp_path / "film.mp4"
    command = [FFMPEG, "-loglevel", "error", "-i", plain, "-c:v", codec, "-tag:v", tag, source]
    subprocess.run(command, check=True, capture_output=True)
    assert entry(source) == tag
    assert lost(source, tmp_path) == ()
    assert entry(tmp_path / "out.mp4") == tag


def lost(source: Path, folder: Path) -> tuple[str, ...]:
    """What the copy of a film is said to have lost."""
    film = probe(source)
    m4a, mka = folder / "t.m4a", folder / "t.mka"
    with SoundFile(m4a, "m4a", "mono", matroska=mka) as file:
        file.push(silence(film.duration_ms / 1000)[:, : length(film)])
    suffix = film_suffix(film)
    return add_track(film, Description(m4a if suffix == ".mp4" else mka), None, folder / f"out{suffix}")


@pytest.mark.parametrize("codec", ["pcm_s16be", "pcm_s16le", "pcm_s24le"])
def test_pcm_of_a_camera_goes_where_players_know_it(tmp_path: Path, codec: str) -> None:
    source = make_film(tmp_path / "film.mov", 1, sounds=[Sound(clicks(1), "mono", codec=codec)])
    out = described(source, tmp_path)
    assert out.suffix == ".mkv"
    assert packets(out, "audio") == packets(source, "audio")


def test_pcm_of_an_mp4_stays_as_it_is(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mp4", 1, sounds=[Sound(clicks(1), "mono", codec="pcm_s16le")])
    assert entry(source, 1) == "ipcm"
    assert described(source, tmp_path).suffix == ".mp4"
    assert entry(tmp_path / "out.mp4", 1) == "ipcm"


def late_track(path: Path, *, late: list[str]) -> Path:
    """A transport stream of 30 s, in whose last half another track is there."""
    first = make_film(path.with_name("first.ts"), 15, sounds=[Sound(tone(15), "mono", codec="aac")], fps=25)
    second = path.with_name("second.ts")
    command = [FFMPEG, "-loglevel", "error", "-i", first, *late, "-muxdelay", "0", "-output_ts_offset", "15", second]
    subprocess.run(command, check=True)
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return path


LATE_SOUND = ["-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy", "-c:a:1", "ac3", "-ar:a:1", "48000"]


def test_a_track_that_begins_later_than_ffmpeg_looks_is_copied_in_its_form(tmp_path: Path) -> None:
    source = late_track(tmp_path / "film.ts", late=LATE_SOUND)
    with av.open(str(source)) as film:
        assert film.streams.audio[1].codec_context.sample_rate == 0
    assert check_copy(probe(source)) == ()
    out = described(source, tmp_path)
    assert probe(out).audio_tracks[1].rate_hz == 48_000
    assert packets(out, "audio", 1)


def test_a_track_of_unknown_form_is_left_out_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audiodesc.media import remux as trial

    monkeypatch.setattr(trial, "_form", lambda film, stream: None)
    source = late_track(tmp_path / "film.ts", late=LATE_SOUND)
    notes = check_copy(probe(source))
    assert len(notes) == 1
    assert notes[0].startswith("track 2 (ac3) does not go into matroska")
    assert len(probe(described(source, tmp_path)).audio_tracks) == 2


def test_a_second_picture_of_unknown_size_is_left_out_with_a_note(tmp_path: Path) -> None:
    later = ["-map", "0:v", "-map", "0:a", "-map", "0:v", "-c", "copy"]
    source = late_track(tmp_path / "film.ts", late=later)
    film = probe(source)
    assert film.video.index == 0
    assert [note for note in check_copy(film) if "(h264) does not go" in note]
    assert probe(described(source, tmp_path)).duration_ms == pytest.approx(30_000, abs=200)


def test_a_picture_that_no_container_takes_is_one_line_that_names_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audiodesc.media import remux as trial

    def refuses(*given: object, tagged: bool) -> None:
        raise ValueError("no tag found for it")

    monkeypatch.setattr(trial, "add_copy", refuses)
    source = make_film(tmp_path / "film.mkv", 1)
    with pytest.raises(FilmError) as raised:
        check_copy(probe(source))
    assert str(source) in raised.value.fault
    assert "MKV" in raised.value.remedy
    assert "\n" not in str(raised.value)


def test_an_error_of_the_output_is_not_said_of_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audiodesc.media import mux

    def refuses(*given: object, **more: object) -> None:
        raise av.error.ArgumentError(22, "Invalid argument")

    monkeypatch.setattr(mux, "add_described", refuses)
    source = make_film(tmp_path / "film.mkv", 1, sounds=[Sound(silence(1), "mono")])
    with pytest.raises(OutputError, match=r"out\.mkv cannot be written") as caught:
        described(source, tmp_path)
    assert "damaged" not in str(caught.value)


def test_packets_that_cannot_be_written_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audiodesc.media import mux

    refused = iter([False, False, False, True])
    whole = mux._refuses
    monkeypatch.setattr(mux, "_refuses", lambda out, packet: next(refused, False) or whole(out, packet))
    source = make_film(tmp_path / "film.mkv", 2, sounds=[Sound(silence(2), "mono")])
    (line,) = lost(source, tmp_path)
    assert line.startswith("1 packet of the ")
    assert line.endswith(" could not be written")


def test_packets_that_overlap_are_counted(tmp_path: Path) -> None:
    """Two streams joined byte for byte, the second with its sound half a second too early."""
    sound = Sound(tone(4), "mono", codec="mp2")
    first = make_film(tmp_path / "first.ts", 4, sounds=[sound])
    later = tmp_path / "later.ts"
    command = [FFMPEG, "-loglevel", "error", "-i", first, "-c", "copy", "-muxdelay", "0", "-muxpreload", "0"]
    subprocess.run([*command, "-output_ts_offset", "3.5", later], check=True)
    source = tmp_path / "film.ts"
    source.write_bytes(first.read_bytes() + later.read_bytes())
    (line,) = lost(source, tmp_path)
    assert line.endswith("packets of the film's track 1 overlap others and are not in its copy")
    assert 18 <= int(line.split()[0]) <= 22  # half a second of packets of 24 ms


def test_fonts_inside_a_film_go_along(tmp_path: Path) -> None:
    font, plain = tmp_path / "font.ttf", make_film(tmp_path / "plain.mkv", 1, sounds=[Sound(silence(1), "mono")])
    font.write_bytes(b"a font")
    source = tmp_path / "film.mkv"
    command: list[str | Path] = ["-i", plain, "-c", "copy", "-attach", font]
    command += ["-metadata:s:t", "mimetype=font/ttf", source]
    subprocess.run([FFMPEG, "-loglevel", "error", *command], check=True)
    assert check_copy(probe(source)) == ()
    assert lost(source, tmp_path) == ()
    with av.open(str(tmp_path / "out.mkv")) as film:
        assert [(file.name, file.data) for file in film.streams.attachments] == [("font.ttf", b"a font")]


DOLBY_VISION = struct.pack(">I4s", 32, b"dvvC") + bytes.fromhex("0100100d10") + bytes(19)
"""Profile 8, level 1, with metadata beside the base layer, as in ISO/IEC 14496-12 boxes of Dolby's."""


def with_dolby_vision(plain: Path, path: Path) -> Path:
    """An MP4 whose header is behind its pictures, with this box at the end of its first sample entry."""
    content = bytearray(plain.read_bytes())
    boxes = [content.index(name) - 4 for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1")]
    assert content.index(b"mdat") < boxes[0]  # else what is said of its places would be wrong
    end = boxes[-1] + struct.unpack_from(">I", content, boxes[-1])[0]
    for at in boxes:
        struct.pack_into(">I", content, at, struct.unpack_from(">I", content, at)[0] + len(DOLBY_VISION))
    path.write_bytes(content[:end] + DOLBY_VISION + content[end:])
    return path


def test_the_configuration_of_dolby_vision_is_kept(tmp_path: Path) -> None:
    plain = tmp_path / "plain.mp4"
    command: list[str | Path] = ["-i", make_film(tmp_path / "h264.mp4", 1), "-c:v", "libx265", "-tag:v", "hvc1", plain]
    subprocess.run([FFMPEG, "-loglevel", "error", *command], check=True, capture_output=True)
    source = with_dolby_vision(plain, tmp_path / "film.mp4")
    assert lost(source, tmp_path) == ()
    assert DOLBY_VISION[:13] in (tmp_path / "out.mp4").read_bytes()
    assert any("dvvC" in line for line in losses(probe(source), plain, [0]))
