"""A folder to put on a web site: the film with and without description, its tracks, a transcript, and a page that plays
them without any other host."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audiodesc.core.formatting import number_of
from audiodesc.core.languages import is_tag, iso_639, tag
from audiodesc.core.stops import NO_STOPS, Stops
from audiodesc.core.track_titles import track_title
from audiodesc.deliver.aac_tracks import as_aac
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.marking import mark
from audiodesc.deliver.sound import described_m4a
from audiodesc.deliver.web.page import FilmTracks, PageContent, as_page, page_files, page_tracks, page_words
from audiodesc.deliver.web.tracks import (
    Text,
    WebTrack,
    as_webvtt,
    caption_tracks,
    descriptions,
    on_page,
    picture_subtitles,
    with_stops,
)
from audiodesc.media.web_film import check_web_picture, film_chapters, is_web_sound, write_web_film
from audiodesc.model import AudioTrack, Film, Note
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import writable_text
from audiodesc.settings import DeliverSettings, Settings


@dataclass(frozen=True)
class WebOptions:
    """`title` is the page's heading; the film's name where it is empty."""

    title: str = ""


class WebSite(BuiltIn):
    """The page shows the film as it is, and the described one, which stops where there are stops, when it is asked for.
    Times of the page are those of the film, or of the part of it."""

    name = "web"
    summary = "a folder for a web site: a page that plays the film with captions and descriptions"
    options = WebOptions
    is_alignable = True

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.web"

    def check(self, film: Film, settings: Settings) -> Iterator[Note]:
        for message in (check_web_picture(film), *picture_subtitles(film)):
            if message:
                yield Note("web", message)

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return 2 * film.path.stat().st_size

    def write(self, delivery: Delivery, path: Path) -> Iterator[Note]:
        path.mkdir()
        with delivery.watch("mux"):
            yield from _films(delivery, path)
            document = on_page(delivery.document, delivery.part)
            document = replace(document, title=delivery.options.title.strip() or document.title)
            tracks, lost = caption_tracks(delivery, document)
            if document.cues and tracks and tracks[0].language:
                document = replace(document, film_language=tracks[0].language)
            page = as_page(_content(delivery, path, tracks, document))
        for name, text in {**page_files(), "index.html": page}.items():
            (path / name).write_text(text, "utf-8")
        for message in lost:
            yield Note("web", message)


def _films(delivery: Delivery, path: Path) -> Iterator[Note]:
    """The film with its own sound, the described one, and the described sound alone."""
    film, track, part, stops = delivery.film, delivery.track, delivery.part, delivery.stops
    if left := len(film.audio_tracks) - (track is not None):
        yield Note("web", f"browsers let nobody choose a sound track: {number_of(left, 'other')} of the film not there")
    own: AudioTrack | Path | None = track
    if track and not is_web_sound(track):
        own = as_aac(delivery, track, path.with_name(f"{path.name}.m4a"))
        yield Note("web", f"the film's sound ({track.codec}) was encoded again as AAC: not every browser plays it")
    write_web_film(film, own, path / "film.mp4", iso_639(track.language) if track else "", part=part)
    if isinstance(own, Path):
        own.unlink()
    sound, language = described_m4a(delivery), iso_639(delivery.language)
    title = track_title(delivery.language)
    write_web_film(film, sound, path / "described.mp4", language, title=title, stops=stops, part=part)
    mark(delivery, path / "described.mp4", "mix")
    shutil.copyfile(sound, path / "described.m4a")


def _content(delivery: Delivery, path: Path, tracks: Sequence[WebTrack], document: ScriptDocument) -> PageContent:
    """What the page shows; its tracks are written."""
    part, words = delivery.part, page_words(document.language)
    stops = delivery.stops.after(part.start_ms) if part else delivery.stops
    chapters = [
        (span, writable_text(title) or words["chapter"].format(number=number))
        for number, (span, title) in enumerate(film_chapters(delivery.film, part), 1)
    ]
    write = partial(_tracks, path, tracks, chapters, words["captions"])
    plain = write(NO_STOPS)
    described = write(stops) if stops else plain
    language = tag(document.language).lower()
    name = f"descriptions.{language}.vtt" if is_tag(language) else "descriptions.vtt"
    (path / name).write_bytes(descriptions(document))
    picture = delivery.film.video
    size = (round(picture.width * picture.pixel_aspect), picture.height)
    return PageContent(document, plain, described, chapters, name, stops, size)


def _tracks(path: Path, tracks: Sequence[WebTrack], chapters: Sequence[Text], unnamed: str, stops: Stops) -> FilmTracks:
    """The tracks of the film, written, or of the described one, where that stops."""
    infix = "described" if stops else ""
    named = page_tracks(tracks, unnamed, infix)
    for one, track in zip(named, tracks, strict=True):
        (path / one.file).write_text(as_webvtt(with_stops(track.texts, stops)), "utf-8")
    if not chapters:
        return FilmTracks(named)
    file = ".".join(filter(None, ("chapters", infix, "vtt")))
    (path / file).write_text(as_webvtt(with_stops(chapters, stops)), "utf-8")
    return FilmTracks(named, file)
