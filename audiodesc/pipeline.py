"""The whole pipeline, top to bottom: a film and its subtitles in, an audio description out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from audiodesc.core import cache
from audiodesc.core.languages import of_texts
from audiodesc.core.progress import Progress, Stopwatch, counted, silent
from audiodesc.deliver import file_names, wanted
from audiodesc.deliver.sound import check_sound
from audiodesc.describers import describer
from audiodesc.describers.base import Describer, DescriberOptions, Downloads
from audiodesc.describers.context import FilmContext, read_cast
from audiodesc.dialogue.resolve import dialogue, hint, read_subtitles, subtitles_if_any
from audiodesc.dialogue.vad.tracks import spoken_programme
from audiodesc.media.discontinuities import discontinuity_notes
from audiodesc.media.mux import check_copy
from audiodesc.media.opening import of_unchanged, with_content
from audiodesc.media.probe import probe
from audiodesc.media.programme import Programme, name
from audiodesc.media.shots import VERSION, Shots, as_shots, shots
from audiodesc.media.track_extents import end_notes
from audiodesc.model import Film, Note, Outcome
from audiodesc.narration.observe import observe
from audiodesc.narration.voice import cached_voice, choose_voice, noise_notes
from audiodesc.narration.write import place_lines, place_script_lines, write_lines
from audiodesc.planning.gaps import gaps, whole
from audiodesc.planning.plan import plan, script_segments
from audiodesc.project.folder import workplace
from audiodesc.project.naming import moved, outdated, script_name
from audiodesc.project.ownership import check_film
from audiodesc.project.publish import Described, Result, finish
from audiodesc.scripts import notes as script_notes
from audiodesc.scripts import read_script, to_speak
from audiodesc.settings import Settings, VoiceSettings
from audiodesc.speak import Voice, voice
from audiodesc.speak.lexicon import Lexicon, read_lexicon
from audiodesc.speak.profiles import Profile
from audiodesc.subtitles import frame_rate, language_of

DEFAULT = Settings()

Ask = Callable[[str], bool]
"""A question that is answered with yes or no."""


def make(
    film: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
    *,
    sound: bool = True,
    ask: Ask | None = None,
) -> Result:
    """Describe a film: find the pauses, look, write a line for each, speak it, mix it under the sound.

    `subtitles` is a file, or None for the film's own (a text track, or closed captions); where there is none the
    dialogue is what is heard. Results go to `output`, by default the folder `<stem>.ad` beside the film. With
    `sound=False` only the script and the report are written. `ask` puts a question to the user, such as whether a model
    may be fetched; None where there is nobody to answer.

    Raises an `AudiodescError` for everything that a user can act on.

    >>> from audiodesc import make
    >>> made = make("samples/sample.mp4", "samples/sample.srt", output=folder)
    >>> made.report.overlap_ms
    0
    >>> made.files["script"].name
    'sample.ad.vtt'
    """
    watch = Stopwatch(progress)
    with watch("probe"):
        source = probe(Path(film))
        taken = _programme(source, settings, subtitles)
        track = taken.track
        path, wanted_language = Path(subtitles) if subtitles else None, settings.voice.language or ""
        given = read_subtitles(source, track, path, settings.dialogue, wanted_language)
        profile, language, doubts = choose_voice(
            settings.voice, track, subtitles=of_texts(cue.text for cue in given.cues)
        )
        speaker = voice(profile, fetch=settings.run.yes)
        lexicon = _lexicon(settings.voice, speaker)
        rows = wanted(settings, sound=sound)
        uncopied = check_copy(source) if sound else ()
        if sound:
            check_sound(track, settings.sound, settings.deliver.track)
    with watch("load"):
        looker, why = _describer(settings, ask, progress)
    with workplace(_folder(source, output)) as place:
        script = script_name(place.folder, source.path.stem)
        names = file_names(rows, source, settings, script)
        place.claim(list(names.values()), settings.run.force)
        with watch("hash"):
            source = with_content(source, place.store, progress)
        if not settings.run.force:
            check_film(place.folder / names["report"], source)
        said = dialogue(source, track, given, settings.dialogue, settings.plan.density, place.store, watch)
        with watch("shots"):
            changes = _shots(source, place.store)
        pauses = gaps(said.cues, source.duration_ms, settings.plan.margin_ms, settings.plan.shortest_ms, said.avoided)
        planned = plan(
            pauses, changes.cuts, said.texts, settings.plan.shortest_ms, settings.plan.density, changes.still
        )
        with watch("look"):
            observed = observe(source, planned.segments, pauses, said.texts, looker, place.store, progress)
        with watch("describe"):
            speak = cached_voice(speaker, lexicon, place.store)
            drafts = write_lines(observed, looker, speak, language, settings.voice.fastest, place.store, progress)
            outcomes = tuple(place_lines(drafts, pauses, changes.cuts, speak, settings.voice.fastest))
        doubts = (*why, *doubts, *_doubts(looker, outcomes), *noise_notes(outcomes))
        notes = (*_said_of(source, taken), *said.notes, *doubts, *(Note("mux", message) for message in uncopied))
        limits = f"{looker.label} {looker.limits}" if looker.limits else ""
        described = Described(source, track, said, pauses, outcomes, notes, changes.cuts, planned.verdicts, limits)
        old = outdated(place.folder, source.path.stem, script) if sound else ()
        chosen = {
            "describer": looker.fingerprint,
            "describer_label": looker.label,
            "language": language,
            **_sound_of(source, taken),
            **_voice_of(profile, speaker, lexicon),
        }
        return finish(described, settings, chosen, rows, names, place, watch, old)


def describe(
    film: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
    *,
    ask: Ask | None = None,
) -> Result:
    """Film -> script only. The voice is asked for each line's length, so that every line fits its pause."""
    return make(film, subtitles, output, settings, progress, sound=False, ask=ask)


def render(
    film: str | Path,
    script: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
) -> Result:
    """Voice and mix a script that a person wrote or changed. Only changed lines are voiced again.

    Each line is spoken where it stands, and none over the dialogue that is heard or in `subtitles` (a file, or None for
    the film's own, if it has any). The script itself is never written to: as it is spoken it stands in
    `<stem>.ad.vtt` or, where that is the script that was given, in `<stem>.ad.spoken.vtt`. Raises an
    `AudiodescError` for everything that a user can act on.
    """
    watch = Stopwatch(progress)
    with watch("probe"):
        source = probe(Path(film))
        taken = _programme(source, settings, subtitles)
        track = taken.track
        path, wanted_language = Path(subtitles) if subtitles else None, settings.voice.language or ""
        given = subtitles_if_any(source, track, path, settings.dialogue, wanted_language)
        read = read_script(Path(script), lambda: frame_rate(source), hint(settings.dialogue, track))
        written, faults = to_speak(read, Path(script)), script_notes(read.faults, Path(script))
        profile, language, doubts = choose_voice(settings.voice, track, script=of_texts(line.text for line in written))
        speaker = voice(profile, fetch=settings.run.yes)
        lexicon = _lexicon(settings.voice, speaker)
        rows = wanted(settings, sound=True)
        uncopied = check_copy(source)
        check_sound(track, settings.sound, settings.deliver.track)
    with workplace(_folder(source, output)) as place:
        spoken = script_name(place.folder, source.path.stem, Path(script))
        names = file_names(rows, source, settings, spoken)
        place.claim(list(names.values()), settings.run.force)
        with watch("hash"):
            source = with_content(source, place.store, progress)
        if not settings.run.force:
            check_film(place.folder / names["report"], source)
        said = dialogue(source, track, given, settings.dialogue, settings.plan.density, place.store, watch)
        if track and not said.is_known:
            faults = (*faults, Note("dialogue", "nothing tells when people speak: a line may lie over dialogue"))
        pauses = whole(gaps(said.cues, source.duration_ms, settings.plan.margin_ms, 1, said.protected))
        places = script_segments([line.span for line in written], pauses, said.texts)
        with watch("speak"):
            speak = cached_voice(speaker, lexicon, place.store)
            script_lines = list(zip(written, places, strict=True))
            lines = place_script_lines(script_lines, speak, settings.voice.fastest, pauses, source.duration_ms)
            outcomes = counted(lines, len(written), "speak", progress)
        with watch("shots"):
            changes = _shots(source, place.store)
        doubts = (*faults, *doubts, *moved(outcomes, spoken), *noise_notes(outcomes))
        notes = (*_said_of(source, taken), *said.notes, *doubts, *(Note("mux", message) for message in uncopied))
        usable = tuple(gap for gap in pauses if gap.span.duration_ms >= settings.plan.shortest_ms)
        described = Described(source, track, said, usable, outcomes, notes, changes.cuts)
        old = outdated(place.folder, source.path.stem, spoken, Path(script))
        chosen = {
            "describer": "human",
            "language": language,
            **_sound_of(source, taken),
            **_voice_of(profile, speaker, lexicon),
        }
        return finish(described, settings, chosen, rows, names, place, watch, old)


def _programme(film: Film, settings: Settings, subtitles: str | Path | None) -> Programme:
    path, chosen, language = Path(subtitles) if subtitles else None, settings.dialogue, settings.voice.language or ""
    spoken = language_of(film, path, chosen.subs_track, language) if chosen.subs else ""
    return spoken_programme(film, chosen.audio_track, language=language, subtitles=spoken, hear=chosen.hear)


def _sound_of(film: Film, taken: Programme) -> dict[str, dict[str, str] | None]:
    """The sound track that was taken, and why, for the report."""
    return {"programme": {"track": name(film, taken.track), "why": taken.why} if taken.track else None}


def _said_of(film: Film, taken: Programme) -> Iterator[Note]:
    if taken.track and len(film.audio_tracks) > 1:
        yield Note("probe", f"the film's sound is taken from track {name(film, taken.track)}: {taken.why}")
    for message in taken.notes:
        yield Note("probe", message)
    yield from discontinuity_notes(film)
    yield from end_notes(film, taken.track)


def _doubts(looker: Describer, outcomes: Iterable[Outcome]) -> Iterator[Note]:
    for outcome in outcomes:
        for doubt in looker.doubts(outcome.facts):
            yield Note("look", doubt, outcome.segment.watch)


def _voice_of(profile: Profile, speaker: Voice, lexicon: Lexicon) -> dict[str, str]:
    """What stands behind a name can change: the report, and the key of the result, need the fingerprints too."""
    return {
        "voice": profile.name,
        "voice_fingerprint": speaker.fingerprint,
        "lexicon_fingerprint": lexicon.fingerprint,
    }


def _lexicon(settings: VoiceSettings, speaker: Voice) -> Lexicon:
    """Raises InputError where the lexicon has IPA and the voice takes none."""
    lexicon = read_lexicon(Path(settings.lexicon)) if settings.lexicon else Lexicon()
    lexicon.check(speaker.takes_ipa)
    return lexicon


def _describer(settings: Settings, ask: Ask | None, progress: Progress) -> tuple[Describer, tuple[Note, ...]]:
    """Who looks, and, where nobody named it, why it is this one."""
    chosen = settings.describer
    cast = read_cast(Path(chosen.cast)) if chosen.cast else ()
    options = DescriberOptions(
        server=chosen.server or "",
        model=chosen.model or "",
        parallel=chosen.parallel,
        video=chosen.video,
        context=FilmContext(chosen.context, cast),
        writer_model=chosen.writer_model or "",
        downloads=Downloads(settings.run.yes, settings.run.offline, ask),
        own=settings.options,
        progress=progress,
    )
    taken = describer(chosen.name, options)
    return taken.describer, (Note("describe", taken.why),) if taken.why else ()


def _folder(film: Film, output: str | Path | None) -> Path:
    return Path(output) if output else film.path.with_name(f"{film.path.stem}.ad")


def _shots(film: Film, store: cache.Store) -> Shots:
    name = cache.key("cuts", VERSION, film=film.fingerprint)
    return store.made(name, as_shots, lambda: asdict(of_unchanged(film, shots(film))))
