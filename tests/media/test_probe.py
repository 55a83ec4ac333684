from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from films import FFMPEG, Sound, clicks, make_film, silence

from audiodesc.errors import FilmError, UsageError
from audiodesc.media.probe import probe, role
from audiodesc.media.programme import programme


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".mov", ".webm", ".avi"])
@pytest.mark.parametrize(("picture_s", "sound_s"), [(3, 5), (5, 3)])
def test_it_lasts_as_long_as_its_picture_or_its_sound(
    tmp_path: Path, suffix: str, picture_s: int, sound_s: int
) -> None:
    codec = {".webm": "libopus", ".ts": "aac", ".avi": "pcm_s16le"}.get(suffix, "aac")
    sound = Sound(silence(sound_s), "mono", codec=codec)
    film = probe(make_film(tmp_path / f"film{suffix}", picture_s, sounds=[sound]))
    assert abs(film.duration_ms - 5000) <= 45  # a packet, and AAC begins 21 ms before the picture in a stream
    assert film.video.end_ms is not None
    assert abs(film.video.end_ms - 1000 * picture_s) <= (25 if suffix == ".ts" else 1)


def test_a_stream_that_begins_at_a_later_time_stamp_begins_at_zero(tmp_path: Path) -> None:
    early = make_film(tmp_path / "early.ts", 3, sounds=[Sound(clicks(3), "mono", codec="ac3")])
    late = tmp_path / "late.ts"
    command = [FFMPEG, "-loglevel", "error", "-i", early, "-c", "copy", "-output_ts_offset", "900", late]
    subprocess.run(command, check=True)
    film = probe(late)
    assert film.zero_s > 890
    assert abs(film.duration_ms - 3000) <= 100


def test_variable_frame_rate(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.5, 0.55, 2.0, 2.9]
    film = probe(make_film(tmp_path / "film.mkv", times=times))
    assert 2900 <= film.duration_ms <= 3100


def test_languages_and_the_default_track(tmp_path: Path) -> None:
    tracks = [
        Sound(silence(1), "mono", language="deu", default=False),
        Sound(silence(1, 2), "stereo", language="eng"),
    ]
    film = probe(make_film(tmp_path / "film.mkv", 1, sounds=tracks))
    assert [track.language for track in film.audio_tracks] == ["deu", "eng"]
    assert [track.layout for track in film.audio_tracks] == ["mono", "stereo"]
    assert programme(film).track == film.audio_tracks[1]
    assert programme(film, 1).track == film.audio_tracks[0]
    with pytest.raises(UsageError, match="2 sound tracks, not 3"):
        programme(film, 3)


def test_without_sound_there_is_no_programme(tmp_path: Path) -> None:
    assert programme(probe(make_film(tmp_path / "film.mp4", 1))).track is None


@pytest.mark.parametrize(
    "content", [b"", b"not a film", b"\0" * 5000, b"#EXTM3U\n#EXTINF:1,\nhttp://example.org/a.ts\n"]
)
def test_what_is_no_film_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(FilmError) as caught:
        probe(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_playlist_is_not_followed_to_a_film(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.ts", 1)
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{film.name}\n#EXT-X-ENDLIST\n")
    with pytest.raises(FilmError):
        probe(playlist)


def test_a_name_like_an_address_is_a_file_name() -> None:
    with pytest.raises(FilmError, match="does not exist"):
        probe(Path("http://127.0.0.1/film.mp4"))
    with pytest.raises(FilmError, match="does not exist"):
        probe(Path("concat:a.ts|b.ts"))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_film_cut_short_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    whole = make_film(tmp_path / f"whole{suffix}", 60, sounds=[Sound(clicks(60), "mono", codec="pcm_s16le")])
    content = whole.read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FilmError, match="copy it again"):
        probe(cut)


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    from audiodesc.media.encode import SoundFile

    with SoundFile(tmp_path / "sound.m4a", "m4a", "mono") as file:
        file.push(silence(1))
    with pytest.raises(FilmError, match="no picture"):
        probe(tmp_path / "sound.m4a")


DESCRIPTIONS = [
    *(
        "Audio Description",
        "English AD",
        "AD",
        "[AD] English 2.0",
        "English Descriptive Audio",
        "DVS",
        "Described video",
    ),
    *(
        "Audiodescription",
        "Audiodeskription (Hörfilm)",
        "Hoerfilm",
        "Bildbeschreibung",
        "Audiodescripción",
        "Audiovision",
    ),
    *("Audiodescrizione", "Audiodescrição", "Synstolkning", "Syntolkat", "Kuvailutulkkaus", "Audiodeskrypcja"),
    *("Zvukový popis pro nevidomé", "Komentář pro nevidomé", "Аудиодескрипция", "Тифлокомментарий", "音声解説"),
    *("화면해설", "口述影像", "Français (malvoyants)", "English for the visually impaired", "audio_description"),
    *(
        "English for the blind",
        "For blind viewers",
        "Für Blinde und Sehbehinderte",
        "Blindenfassung",
        "English (blind)",
    ),
    *("English - Blind", "Blind & partially sighted", "Description", "English descriptions 2.0", "Description track"),
]
COMMENTARIES = [
    *("Director's Commentary", "Commentary with cast and crew", "Kommentar des Regisseurs", "Commentaire audio"),
    *("Comentarios del director", "Commento del regista", "Kommenttiraita", "Komentarz", "Комментарии", "コメンタリー"),
]
OWN = [
    *("", "English", "Surround 5.1", "Stereo", "Original", "Deutsch DD 5.1", "SoundHandler", "Advert-free", "Adagio"),
    *("Blindspotting theme (stereo)", "Blind Guardian live 2.0", "Sound of a blind man", "Product description music"),
    *("Blinded by the light", "Blinding Lights", "Love Is Blindness"),
    *("Core Media Audio", "ad hoc mix", "Radio edit", "Français VF", "日本語"),
]


@pytest.mark.parametrize("title", DESCRIPTIONS)
def test_a_description_is_known_by_its_name(title: str) -> None:
    assert role([], title) == "description"


@pytest.mark.parametrize("title", COMMENTARIES)
def test_a_commentary_is_known_by_its_name(title: str) -> None:
    assert role([], title) == "commentary"


@pytest.mark.parametrize("title", OWN)
def test_the_films_own_sound_is_nothing_else(title: str) -> None:
    assert role(["default", "original", "dub"], title) == ""


@pytest.mark.parametrize("title", ["M&E", "Music and Effects", "Isolated Score", "Clean effects"])
def test_sound_without_dialogue(title: str) -> None:
    assert role([], title) == "effects"


@pytest.mark.parametrize(
    ("flag", "kind"),
    [
        ("visual_impaired", "description"),
        ("descriptions", "description"),
        ("comment", "commentary"),
        ("hearing_impaired", "hearing"),
        ("clean_effects", "effects"),
    ],
)
def test_a_flag_says_more_than_a_name(flag: str, kind: str) -> None:
    assert role([flag], "English") == kind
    assert role([flag, "default"], "English") == kind
