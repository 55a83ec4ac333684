"""The tracks of a described film: those that are added and those of the film, each marked as players look for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from audiodesc.core.languages import is_tag, iso_639, tag
from audiodesc.core.track_titles import track_title
from audiodesc.media.containers import MP4
from audiodesc.media.covers import is_cover
from audiodesc.media.matroska_flags import matroska_tracks
from audiodesc.media.matroska_marking import both_languages, with_tags
from audiodesc.media.mp4_marking import DESCRIBES_VIDEO, NO_MARKS, Marks, add_marks, track_marks
from audiodesc.media.remux import add_copy, named
from audiodesc.model import AudioTrack, Film

DESCRIPTIONS = ("about:html-kind", "descriptions")
"""The kind of a text track that is to be spoken, as HTML calls it."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is added to a film: the file of its mixed `sound`, and of the script as a text track (`texts`), None for no
    such track; `language` is that of both, a BCP 47 tag or a code. `tags` are added to the film's own, and in Matroska
    to the track's. `only`: the sound is the film's only one, and so the default one."""

    sound: Path
    language: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    texts: Path | None = None
    only: bool = False

    @property
    def title(self) -> str:
        return track_title(self.language)

    @property
    def tag(self) -> str:
        return tag(self.language)


def film_marks(film: Film, source: InputContainer) -> Mapping[int, Marks]:
    """What the film says of its tracks and FFmpeg does not read, by their indices."""
    names = set(film.container.split(","))
    if names & MP4:
        known = track_marks(film.path)
        return {stream.index: known[stream.id] for stream in source.streams if stream.id in known}
    if "matroska" in names:
        tags = [tag(track.language) for track in matroska_tracks(film.path) if track.kind]
        own = [s.index for s in source.streams if s.type in ("video", "audio", "subtitle") and not is_cover(s)]
        if len(tags) == len(own):
            return {index: Marks(one) for index, one in zip(own, tags, strict=True) if is_tag(one)}
    return {}


def add_described(out: OutputContainer, mixed: Stream, added: Description, *, default: bool) -> Stream:
    """The track of the mixed sound. It is called what it is, in its language."""
    stream = _added(out, mixed, added, dict(added.tags) if out.format.name != "mp4" else {})
    stream.disposition = Disposition.visual_impaired | (Disposition.default if default else Disposition(0))
    return stream


def add_texts(out: OutputContainer, texts: Stream, added: Description) -> Stream:
    """The track of the script, which no player shows unasked."""
    stream = _added(out, texts, added, {})
    stream.disposition = Disposition.descriptions
    return stream


def add_film_track(
    out: OutputContainer, source: Stream, film: Film, original: AudioTrack | None, marks: Marks, *, tagged: bool
) -> Stream:
    """A track that is copied. Of the sounds only the `original` is a default one, where that is known."""
    stream = add_copy(out, source, film, tagged=tagged)
    _in_language(stream, out, marks.language or tag(source.metadata.get("language", "")))
    if source.type == "audio" and original:
        stream.disposition = source.disposition & ~Disposition.default
        whole = source.index in original.parts and out.format.name == "mp4" and source.disposition & Disposition.default
        if source.index == original.index or whole:  # two default tracks made players play both
            stream.disposition |= Disposition.default
    return stream


def add_again(out: OutputContainer, encoded: Stream, source: Stream, marks: Marks) -> Stream:
    """A track that was encoded again, called and marked as it was; it is not the default one where it is sound."""
    stream = out.add_stream_from_template(encoded, opaque=True)
    if out.format.name == "mp4" and stream.codec_context and encoded.codec_context and encoded.type == "video":
        stream.codec_context.codec_tag = encoded.codec_context.codec_tag
    stream.metadata.clear()
    stream.metadata.update(named(source))
    _in_language(stream, out, marks.language or tag(source.metadata.get("language", "")))
    stream.disposition = source.disposition & ~(Disposition.default if source.type == "audio" else Disposition(0))
    return stream


def place_of(out: OutputContainer, stream: Stream) -> int:
    """The place of a track among those that are no covers, which MP4 has elsewhere."""
    return sum(not is_cover(one) for one in list(out.streams)[: stream.index])


def finish_tracks(place: Path, container: str, marks: Mapping[int, Marks]) -> None:
    """Write what FFmpeg does not into a film that is written: marks by the places of its tracks, and, in Matroska,
    languages as tags."""
    if container == "mp4":
        add_marks(place, {number: one for number, one in marks.items() if one != NO_MARKS})
    else:
        with_tags(place)


def described_marks(added: Description) -> Marks:
    """What MP4 says of the mixed sound beside what FFmpeg writes."""
    return Marks(_more_than_code(added.tag), (DESCRIBES_VIDEO,))


def text_marks(added: Description) -> Marks:
    """The same of the script."""
    return Marks(_more_than_code(added.tag), kinds=(DESCRIPTIONS,), disabled=True)


def copied_marks(marks: Marks, track: Stream) -> Marks:
    """The same of a track that is copied."""
    disabled = track.type == "subtitle" and not track.disposition & Disposition.default
    return replace(marks, language=_more_than_code(marks.language), disabled=disabled)


def _more_than_code(tag: str) -> str:
    """A tag that says more than the code of three letters, "" for any other."""
    return tag if "-" in tag else ""


def _added(out: OutputContainer, source: Stream, added: Description, more: dict[str, str]) -> Stream:
    stream = out.add_stream_from_template(source, opaque=True)
    stream.metadata.clear()
    names = {"title": added.title, **({"handler_name": added.title} if out.format.name == "mp4" else {})}
    stream.metadata.update(more | names)
    _in_language(stream, out, added.tag)
    return stream


def _in_language(stream: Stream, out: OutputContainer, tag: str) -> None:
    """Have all tracks name their languages in one way: players that are asked for "deu" pass over "ger"."""
    if is_tag(tag) and out.format.name == "matroska":
        stream.metadata["language"] = both_languages(iso_639(tag, bibliographic=True), tag)
    elif is_tag(tag) and (code := iso_639(tag)):
        stream.metadata["language"] = code
