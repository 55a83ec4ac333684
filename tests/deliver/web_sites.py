"""Web sites of made films, for tests: hostile names and texts, and a server that gives parts of files as browsers ask
for them."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from films import FFMPEG, Sound, make_film, write_srt
from test_extended import silent_clicks

from audiodesc import pipeline
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings, StopSettings, VoiceSettings

EVIL = "</script><img src=//evil.example/x onerror=\"document.title='owned'\"> & \u202e"
"""What somebody may write anywhere."""

CUES = [(3_000, 4_500, "Hello there,\nmy friend."), (9_000, 9_900, "ANNA: a < b & c"), (11_000, 11_800, "[door slams]")]
LINES = [(0, "A red wall."), (5_000, "</script><b>gone")]
LONG = "A man in a green coat walks slowly along the harbour, looking for something that he lost."
CHOSEN = Settings(
    dialogue=DialogueSettings(hear=False),
    voice=VoiceSettings(name="espeak-en-gb"),
    deliver=DeliverSettings(also=("web",)),
    options={"web": {"title": EVIL}},
)
EXTENDED = replace(CHOSEN, stops=StopSettings(extended=True))
CHAPTERS = ";FFMETADATA1\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n"
    for start, end, title in ((0, 5_000, "One & <b>two</b>"), (5_000, 12_000, ""))
)


def with_chapters(film: Path) -> Path:
    """The film with two chapters, of which one has no title."""
    place = film.rename(film.with_stem("plain"))
    (film.parent / "chapters.txt").write_text(CHAPTERS, "utf-8")
    more: list[str | Path] = ["-i", film.parent / "chapters.txt", "-map", "0", "-map_chapters", "1", "-c", "copy", film]
    subprocess.run([FFMPEG, "-y", "-loglevel", "error", "-i", place, *more], check=True)
    return film


def script(lines: Sequence[tuple[int, str]]) -> str:
    return "WEBVTT\n\n" + "\n".join(
        f"00:{ms // 1000:02}.{ms % 1000:03} --> 00:{ms // 1000 + 2:02}.{ms % 1000:03}\n"
        + text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        + "\n"
        for ms, text in lines
    )


def site(
    folder: Path,
    name: str = "film.mp4",
    settings: Settings = CHOSEN,
    lines: Sequence[tuple[int, str]] = LINES,
    sounds: Sequence[Sound] | None = None,
    cues: Sequence[tuple[int, int, str]] = CUES,
    chapters: bool = False,
) -> Result:
    """A film of twelve seconds with lines, rendered; its site is at `files["web"]`."""
    film = make_film(folder / name, 12, sounds=[silent_clicks(12)] if sounds is None else sounds, fps=10)
    film = with_chapters(film) if chapters else film
    (folder / "mine.vtt").write_text(script(lines), "utf-8")
    subtitles = write_srt(folder / "film.srt", cues) if cues else None
    return pipeline.render(film, folder / "mine.vtt", subtitles, settings=settings)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on a folder."""
    from starlette.applications import Starlette
    from starlette.staticfiles import StaticFiles

    app = Starlette()
    app.mount("/", StaticFiles(directory=folder, html=True))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listening.close()
