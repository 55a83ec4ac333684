"""The dialogue of a film whose track and subtitles are given."""

from __future__ import annotations

from audiodesc.core.cache import Store
from audiodesc.core.progress import Stopwatch, silent
from audiodesc.dialogue import FilmSource, dialogue
from audiodesc.dialogue.combine import Dialogue
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.media.programme import Programme
from audiodesc.model import AudioTrack, Film
from audiodesc.settings import DialogueSettings, Settings


def dialogue_of(
    film: Film, track: AudioTrack | None, given: Subtitles, settings: DialogueSettings, store: Store
) -> Dialogue:
    source = FilmSource(film, Programme(track, ""), given)
    return dialogue(source, Settings(dialogue=settings), store, Stopwatch(silent))
