"""The whole pipeline, top to bottom: a film and its subtitles in, an audio description out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from audiodesc import cache
from audiodesc.describers import Describer, Wishes, describer
from audiodesc.describers.about import About, read_cast
from audiodesc.describers.models.auto import Permission
from audiodesc.errors import UsageError
from audiodesc.finish import Described, file_names, finish
from audiodesc.gaps import gaps
from audiodesc.lines import read_out, sayer, sights, told
from audiodesc.media.mux import check_copy
from audiodesc.media.probe import probe, programme
from audiodesc.model import AudioTrack, Film, Made, Note, Outcome, Span
from audiodesc.progress import Progress, Stopwatch, silent
from audiodesc.segments import script_segments, segments
from audiodesc.settings import Settings
from audiodesc.shots import VERSION, cuts
from audiodesc.speak import Voice, neural_voice, voice
from audiodesc.speak.lexicon import Lexicon, read_lexicon
from audiodesc.speak.profiles import Profile, default_profile, plain_tag, profile, profiles, speaks
from audiodesc.subtitles import dialogue, read_script
from audiodesc.threads import ahead
from audiodesc.workplace import workplace

LOOK_AHEAD = 8
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
) -> Made:
    """Describe a film: find the pauses, look, write a line for each, speak it, mix it under the sound.

    `subtitles` is a file, or None for the text track inside the film. Results go to `output`, by default the
    folder `<stem>.ad` beside the film. With `sound=False` only the script and the report are written. `ask` puts a
    question to the user, such as whether a model may be fetched; None where there is nobody to answer.

    Raises an `AudiodescError` for everything that a user can act on.

    >>> from audiodesc import make
    >>> made = make("samples/sample.mp4", "samples/sample.srt", output=folder)
    >>> made.report["overlap_ms"]
    0
    >>> made.files["script"].name
    'sample.ad.vtt'
    """
    watch = Stopwatch(progress)
    with watch("probe"):
        source = probe(Path(film))
        track = programme(source, settings.audio_track)
        cues, notes = dialogue(source, Path(subtitles) if subtitles else None)
        profile, language, doubts = narrator(settings, track)
        speaker = voice(profile, fetch=settings.yes)
        lexicon = _lexicon(settings, speaker)
        uncopied = check_copy(source) if sound else ()
    with watch("load"):
        looker, why = _describer(settings, ask, progress)
    with workplace(_folder(source, output)) as place:
        names = file_names(source, settings.track, sound=sound)
        place.claim(list(names.values()), settings.force)
        with watch("shots"):
            changes = _cuts(source, place.store)
        pauses = gaps(cues, source.duration_ms, settings.margin_ms, settings.shortest_ms)
        places = segments(pauses, changes, cues, settings.shortest_ms)
        with watch("describe"):
            say = sayer(speaker, lexicon, place.store)
            seen = ahead(sights(source, places, looker, cues, place.store), LOOK_AHEAD)
            lines = told(seen, looker, say, language, settings.fastest, place.store)
            outcomes = _counted(lines, len(places), "describe", progress)
        doubts = (*why, *doubts, *_doubts(looker, outcomes))
        notes = (*notes, *doubts, *(Note("mux", message) for message in uncopied))
        described = Described(source, track, cues, pauses, outcomes, notes)
        chosen = {"describer": looker.fingerprint, "language": language, **_voice_of(profile, speaker, lexicon)}
        return finish(described, settings, chosen, names, place, watch)


def describe(
    film: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
    *,
    ask: Ask | None = None,
) -> Made:
    """Film -> script only. The voice is asked for each line's length, so that every line fits its pause."""
    return make(film, subtitles, output, settings, progress, sound=False, ask=ask)


def render(
    film: str | Path,
    script: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
) -> Made:
    """Voice and mix a script that a person wrote or changed. Only changed lines are voiced again.

    Each line is spoken where it stands; with `subtitles` (a file) none is spoken over dialogue. The script
    itself is never written to. Raises an `AudiodescError` for everything that a user can act on.
    """
    watch = Stopwatch(progress)
    with watch("probe"):
        source = probe(Path(film))
        track = programme(source, settings.audio_track)
        cues, notes = dialogue(source, Path(subtitles)) if subtitles else ((), ())
        raw, faults = read_script(Path(script))
        profile, language, doubts = narrator(settings, track)
        speaker = voice(profile, fetch=settings.yes)
        lexicon = _lexicon(settings, speaker)
        uncopied = check_copy(source)
    with workplace(_folder(source, output)) as place:
        names = file_names(source, settings.track, sound=True)
        if (place.folder / names["script"]).resolve() == Path(script).resolve():
            del names["script"]
        place.claim(list(names.values()), settings.force)
        pauses = gaps(cues, source.duration_ms, settings.margin_ms, shortest_ms=1)
        places = script_segments([Span(r.start_ms, max(r.start_ms, r.end_ms)) for r in raw], pauses, cues)
        with watch("speak"):
            say = sayer(speaker, lexicon, place.store)
            lines = read_out(list(zip(raw, places, strict=True)), say, settings.fastest)
            outcomes = _counted(lines, len(raw), "speak", progress)
        notes = (*notes, *faults, *doubts, *(Note("mux", message) for message in uncopied))
        usable = tuple(gap for gap in pauses if gap.span.duration_ms >= settings.shortest_ms)
        described = Described(source, track, cues, usable, outcomes, notes)
        chosen = {"describer": "human", "language": language, **_voice_of(profile, speaker, lexicon)}
        return finish(described, settings, chosen, names, place, watch)


def narrator(settings: Settings, track: AudioTrack | None) -> tuple[Profile, str, tuple[Note, ...]]:
    """The voice's profile, the language of the description (BCP 47), and what is to be said of the choice.

    A voice that was asked for speaks its own language; otherwise the film's language is taken, or English where it
    is not known or no voice speaks it. Of the voices that speak it a neural one is taken if its model is on this
    disk and can be used. Raises UsageError where a language is asked for that no voice speaks.
    """
    if settings.voice not in (None, "auto"):
        chosen = profile(settings.voice)
        return chosen, plain_tag(settings.language or chosen.language), ()
    wanted = plain_tag(settings.language or (track.language if track else "") or "en")
    neural, why = neural_voice(wanted)
    chosen = neural or default_profile(wanted)
    taken = Note("speak", f"the voice {chosen.name} speaks: {why}")
    if speaks(chosen, wanted):
        return chosen, wanted, (taken,)
    if settings.language:
        known = ", ".join(sorted({one.language for one in profiles()}))
        raise UsageError(f"no voice speaks {settings.language!r}", f"choose one of: {known}; or give --voice")
    return (
        chosen,
        chosen.language,
        (Note("speak", f"no voice speaks the film's language ({wanted}): English is spoken"), taken),
    )


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


def _lexicon(settings: Settings, speaker: Voice) -> Lexicon:
    """Raises InputError where the lexicon has IPA and the voice takes none."""
    lexicon = read_lexicon(Path(settings.lexicon)) if settings.lexicon else Lexicon()
    lexicon.check(speaker.takes_ipa)
    return lexicon


def _describer(settings: Settings, ask: Ask | None, progress: Progress) -> tuple[Describer, tuple[Note, ...]]:
    """Who looks, and, where nobody named it, why it is this one."""
    cast = read_cast(Path(settings.cast)) if settings.cast else ()
    wishes = Wishes(
        server=settings.server or "",
        model=settings.model or "",
        parallel=settings.parallel,
        video=settings.video,
        about=About(settings.context, cast),
        teller=settings.teller or "",
        permission=Permission(yes=settings.yes, offline=settings.offline),
        ask=ask,
        progress=progress,
    )
    taken = describer(settings.describer, wishes)
    return taken.describer, (Note("describe", taken.why),) if taken.why else ()


def _folder(film: Film, output: str | Path | None) -> Path:
    return Path(output) if output else film.path.with_name(f"{film.path.stem}.ad")


def _cuts(film: Film, store: cache.Store) -> tuple[int, ...]:
    name = cache.key("cuts", VERSION, film=film.fingerprint)
    found = store.read_json(name)
    if found is None:
        found = cuts(film)
        store.add_json(name, found)
    return tuple(found)


def _counted(outcomes: Iterable[Outcome], total: int, stage: str, progress: Progress) -> tuple[Outcome, ...]:
    done = []
    for outcome in outcomes:
        done.append(outcome)
        progress(stage, len(done), total)
    return tuple(done)
