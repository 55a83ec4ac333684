"""Films with everything in them that a copy may lose, and what other programs find in a file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Disposition
from films import FFMPEG
from PIL import Image
from stories import make_story

CHAPTERS = ";FFMETADATA1\ntitle=A film\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n"
    for start, end, title in ((0, 5_000, "One"), (5_000, 16_000, "Two"))
)
FONT = b"a font"


def ffmpeg(*arguments: object) -> None:
    subprocess.run([FFMPEG, "-y", "-loglevel", "error", *map(str, arguments)], check=True, capture_output=True)


def rich_film(folder: Path, suffix: str) -> Path:
    """A film with two sounds (German, the original and default one; French, a dub), subtitles, chapters, a cover, a
    timecode, a title, and in Matroska a second text and a font."""
    story, film, is_mkv = make_story(folder), folder / f"rich{suffix}", suffix == ".mkv"
    chapters, cover, font = folder / "chapters.txt", folder / "cover.png", folder / "font.ttf"
    chapters.write_text(CHAPTERS)
    font.write_bytes(FONT)
    Image.new("RGB", (64, 64), "red").save(cover)
    inputs = ["-i", story, "-i", folder / "story.srt", "-i", chapters]
    tracks = ["-map", "0:v", "-map", "0:a", "-map", "0:a", "-map", "1:s"]
    codecs = ["-c", "copy", "-c:a:0", "flac" if is_mkv else "copy", "-c:a:1", "ac3"]
    said = ["-map_metadata", "2", "-map_chapters", "2", "-timecode", "10:00:00:00"]
    for place, language, title in (("a:0", "deu", "Deutsch"), ("a:1", "fra", "Français"), ("s:0", "deu", "Dialog")):
        said += [f"-metadata:s:{place}", f"language={language}", f"-metadata:s:{place}", f"title={title}"]
        said += [f"-metadata:s:{place}", f"handler_name={title}"]
    marks = ["-disposition:a:0", "default+original", "-disposition:a:1", "dub", "-disposition:s:0", "0"]
    if is_mkv:
        files = ["-attach", font, "-metadata:s:t:0", "mimetype=font/ttf"]
        files += ["-attach", cover, "-metadata:s:t:1", "mimetype=image/png"]
        more = ["-map", "1:s", "-c:s:0", "srt", "-c:s:1", "ass", "-metadata:s:s:1", "language=deu"]
        ffmpeg(*inputs, *files, *tracks, *more[:2], *codecs, *more[2:], *said, *marks, film)
    else:
        more = ["-map", "3:v", "-c:s", "mov_text", "-disposition:v:1", "attached_pic"]
        ffmpeg(*inputs, "-i", cover, *tracks, *more[:2], *codecs, *more[2:], *said, *marks, film)
    return film


@dataclass(frozen=True)
class Found:
    """A track as PyAV finds it."""

    kind: str
    codec: str
    language: str
    title: str
    flags: frozenset[str]


def tracks(path: Path) -> list[Found]:
    """Of picture, sound and text; covers are none."""
    with av.open(str(path)) as film:
        shown = [s for s in film.streams if s.type in ("video", "audio", "subtitle")]
        return [_found(s) for s in shown if not s.disposition & Disposition.attached_pic]


def _found(stream: av.stream.Stream) -> Found:
    said, flags = stream.metadata, {str(flag.name) for flag in Disposition if stream.disposition & flag}
    codec = stream.codec_context.codec.canonical_name if stream.codec_context else ""
    title = said.get("title") or said.get("name") or ""
    return Found(stream.type, codec, said.get("language", ""), title, frozenset(flags))


def packets(path: Path) -> list[list[str]]:
    """The hashes of the packets of each track of picture and sound, and of each cover."""
    with av.open(str(path)) as film:
        found: dict[int, list[str]] = {s.index: [] for s in film.streams if s.type in ("video", "audio")}
        for packet in film.demux(*[film.streams[index] for index in found]):
            if packet.size:
                found[packet.stream_index].append(hashlib.sha256(bytes(packet)).hexdigest()[:16])
        return list(found.values())


def boxes(content: bytes, *path: str) -> Iterator[bytes]:
    """What is in the boxes on a path of types."""
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", content, at + 8), 16
        if kind.decode("latin-1") == path[0]:
            inner = content[at + head : at + size]
            yield from boxes(inner, *path[1:]) if path[1:] else [inner]
        at += size


def said_by(program: str, *arguments: object, as_nobody: bool = False) -> str:
    """What a program that nobody here wrote says; a test is skipped where it is missing."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    user = {"user": 65_534, "group": 65_534, "extra_groups": []} if as_nobody and os.geteuid() == 0 else {}
    done = subprocess.run(
        [program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
        **user,  # type: ignore[call-overload]
    )
    return str(done.stdout)


def mkvmerge(path: Path) -> Any:
    return json.loads(said_by("mkvmerge", "-J", path))


def mediainfo(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(said_by("mediainfo", "--Output=JSON", path))["media"]["track"]
    return found
