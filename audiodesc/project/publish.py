"""What was described -> the files that a user gets, or what is there already."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from json import loads
from pathlib import Path
from typing import Any

from audiodesc.core import cache
from audiodesc.core.formatting import number_of
from audiodesc.core.languages import iso_639
from audiodesc.core.progress import Stopwatch
from audiodesc.dialogue.basis import provenance
from audiodesc.dialogue.resolve import Dialogue
from audiodesc.errors import StrictError
from audiodesc.judge import Yardstick, explained, spoken_lines
from audiodesc.judge.check import judged
from audiodesc.judge.output import as_json
from audiodesc.media.encode import FORMATS
from audiodesc.media.frames import Still, stills
from audiodesc.media.mux import film_suffix
from audiodesc.media.opening import check_unchanged
from audiodesc.media.sound_faults import as_report
from audiodesc.mix.levels import SoundSettings, loudness_profile, share, target
from audiodesc.mix.measure import feed, measure
from audiodesc.mix.mixdown import planned
from audiodesc.mix.streaming import Measured, Places, copy_name, track_suffix, write_film, write_sound
from audiodesc.model import AudioTrack, Cue, Film, Gap, Note, Outcome, SpokenLine
from audiodesc.planning.gaps import protected
from audiodesc.planning.plan import Verdict
from audiodesc.project.folder import Workplace
from audiodesc.project.ownership import film_at
from audiodesc.report.build import numbers, over_lyrics, report, to_json, under_subtitles
from audiodesc.report.html import page
from audiodesc.report.reasons import account, not_described, silence, unspoken
from audiodesc.report.sound import measurements, shortfalls
from audiodesc.scripts.webvtt import webvtt_text
from audiodesc.settings import Settings

RESULT = 8
"""Version of what is written: raise it when the same lines give another mix, film, report or page."""


@dataclass(frozen=True, slots=True)
class Described:
    """A film with its lines in place, before any sound is made of it. What a person wrote has no verdicts."""

    film: Film
    track: AudioTrack | None
    dialogue: Dialogue
    gaps: tuple[Gap, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    cuts: tuple[int, ...]
    verdicts: tuple[Verdict, ...] = ()

    @property
    def cues(self) -> tuple[Cue, ...]:
        return self.dialogue.cues

    @property
    def spoken(self) -> list[SpokenLine]:
        return [outcome.speech for outcome in self.outcomes if outcome.speech]


@dataclass(frozen=True, slots=True)
class Result:
    """What `make`, `describe` and `render` give back.

    `outcomes` holds every segment, in order; `files` maps a kind ("script", "track", "film", "narration",
    "ducked", "page", "report") to its path; `report` is the content of the report file.
    """

    film: Film
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    files: Mapping[str, Path]
    report: Mapping[str, Any]

    @property
    def spoken(self) -> tuple[SpokenLine, ...]:
        """The lines that are heard, in order."""
        return tuple(outcome.speech for outcome in self.outcomes if outcome.speech)

    @property
    def left_out(self) -> tuple[Outcome, ...]:
        """What was to be said and is not: lines that did not fit or could not be voiced."""
        return tuple(outcome for outcome in self.outcomes if outcome.text and not outcome.speech)


def file_names(film: Film, chosen: SoundSettings, script: str, *, sound: bool) -> dict[str, str]:
    """The name of each result; `script` is the script's."""
    stem = film.path.stem
    written = {"script": script, "report": f"{stem}.ad.json"}
    if not sound:
        return written
    stems = {"ducked": f"{stem}.ducked.wav"} if chosen.stems else {}
    return written | {
        "track": f"{stem}.ad{track_suffix(chosen.track)}",
        "film": f"{stem}.ad{film_suffix(film)}",
        "narration": f"{stem}.narration.flac",
        "page": f"{stem}.ad.html",
        **stems,
    }


def finish(
    described: Described,
    settings: Settings,
    chosen: Mapping[str, Any],
    names: Mapping[str, str],
    place: Workplace,
    watch: Stopwatch,
    outdated: Collection[str] = (),
) -> Result:
    """Write the files of these names, the report last; or, where they are all there from before, nothing.

    `chosen` goes into the report's settings. Of the `outdated` files those that nobody changed are removed. Raises
    StrictError at the end where lines were left out, or none is spoken, and the settings are strict.

    Of a film in which no line is spoken only the script and the report are written: a track or a film that is called a
    description and has none would mislead whoever chooses it. Those of an earlier run are removed.
    """
    told = asdict(settings) | dict(chosen)
    why = list(unspoken(described.gaps, described.outcomes, settings, told["describer"]))
    if why:
        kept = file_names(described.film, settings.sound, names["script"], sound=False)
        outdated = [*outdated, *_misleading(described.film, names, kept)]
        uncopied = [note for note in described.notes if note.stage != "mux"]  # no film is written
        described = replace(described, notes=(*(Note("speak", message) for message in why), *uncopied))
        names = kept
    for name in (
        "server",
        "strict",
        "force",
        "yes",
        "offline",
        "trust_subs",
    ):  # an address may hold a password; the others change no result
        del told[name]
    content = _content(described, settings, told)
    check_unchanged(described.film)
    key = cache.key("result", RESULT, content=content, names=names)
    made = _already(described, names, key, place) or _write(described, settings, content, names, key, place, watch)
    place.withdraw(outdated)
    if settings.strict and why:
        raise StrictError(not_described(str(described.film.path), why[0]), f"see {made.files['report']}")
    if left_out := settings.strict and len(made.left_out):
        raise StrictError(
            f"{described.film.path}: {number_of(left_out, 'line')} {'was' if left_out == 1 else 'were'} left out",
            f"see the reasons in {made.files['report']}",
        )
    return made


def _misleading(film: Film, names: Mapping[str, str], kept: Mapping[str, str]) -> Iterator[str]:
    """The names of what an earlier run may have made with lines; none where no sound was asked for."""
    if "track" in names:
        stem = film.path.stem
        tracks = [f"{stem}.ad{track_suffix(kind)}" for kind in FORMATS]
        yield from (name for name in (*names.values(), *tracks, f"{stem}.ducked.wav") if name not in kept.values())


def _content(described: Described, settings: Settings, told: Mapping[str, Any]) -> dict[str, Any]:
    """The report, with why each pause is used or not, and what `check` finds in the lines."""
    content = report(described.film, told, described.cues, described.gaps, described.outcomes, described.notes)
    if described.verdicts:
        why = account(described.verdicts, described.outcomes)
        content["gaps"] = [gap | one for gap, one in zip(content["gaps"], why, strict=True)]
    known = described.dialogue
    judgement = judged(
        spoken_lines(described.spoken),
        known,
        Yardstick(language=told["language"], margin_ms=settings.margin_ms),
        duration_ms=described.film.duration_ms,
        cuts=described.cuts,
    )
    judgement = explained(judgement, lambda span: silence(span, described.outcomes))
    dialogue = provenance(known) | {
        "lines_under_subtitles": under_subtitles(known.subtitles, described.outcomes),
        "lines_over_lyrics": over_lyrics(known.given, described.outcomes),
    }
    return content | {"dialogue": dialogue, "sound_faults": as_report(known.faults), "check": as_json(judgement)}


def _already(described: Described, names: Mapping[str, str], key: str, place: Workplace) -> Result | None:
    if not all(place.is_ours(name) for name in names.values()):
        return None
    content = loads((place.folder / names["report"]).read_text("utf-8"))
    if content.get("key") != key:
        return None
    files = {kind: place.folder / name for kind, name in names.items()}
    if any(place.hash(names[kind]) != made["fingerprint"] for kind, made in content["files"].items()):
        return None  # a run was stopped between two renames
    return Result(described.film, described.outcomes, described.notes, files, content)


def _write(
    described: Described,
    settings: Settings,
    content: dict[str, Any],
    names: Mapping[str, str],
    key: str,
    place: Workplace,
    watch: Stopwatch,
) -> Result:
    partial = {kind: place.partial(name) for kind, name in names.items()}
    partial["script"].write_text(webvtt_text(described.spoken), "utf-8")
    if "track" in partial:
        measured, lost = _sound(described, settings.sound, content["settings"]["language"], partial, place, watch)
        content = measurements(content, measured, settings.sound, dialogue_known=described.dialogue.is_known)
        content["notes"] = [*content["notes"], *_silent(described, content), *_short(measured, settings.sound)]
        content["notes"] += [{"stage": "mux", "message": message} for message in lost]
        written = measured.written
        folder = place.folder.resolve().name
        with watch("stills"):
            pictures = _stills(described)
        shown = page(content, written.mixed, written.narration, names, folder, pictures)
        partial["page"].write_text(shown, "utf-8")
    content["notes"] = [*content["notes"], *_kept(place.kept(names.values()))]
    content = content | {
        "seconds": {stage: round(seconds, 2) for stage, seconds in watch.seconds.items()},
        "files": {
            kind: {"name": names[kind], "fingerprint": place.written_hash(path)}
            for kind, path in partial.items()
            if kind != "report"
        },
        "film_at": film_at(described.film),
        "key": key,
    }
    partial["report"].write_text(to_json(content), "utf-8")
    place.claim(list(names.values()), settings.force)  # again: somebody may have edited one meanwhile
    check_unchanged(described.film)
    order = sorted(partial, key=lambda kind: kind == "report")  # it vouches for the others
    place.publish({names[kind]: partial[kind] for kind in order})
    files = {kind: place.folder / name for kind, name in names.items()}
    return Result(described.film, described.outcomes, described.notes, files, content)


def _stills(described: Described) -> dict[int, Still]:
    """A picture for each line that is heard, by its number: of what was watched, or of when a person's is spoken."""
    numbered = zip(numbers(described.outcomes), described.outcomes, strict=True)
    heard = [(number, one) for number, one in numbered if number and one.speech]
    spans = [one.speech.span if one.segment.written and one.speech else one.segment.watch for _, one in heard]
    made = zip(heard, stills(described.film, spans), strict=True)
    return {number: still for (number, _), still in made if still}


def _kept(kept: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"stage": "mux", "message": f"{name} was changed, or made by someone else: it is kept as {other}"}
        for name, other in kept.items()
        if other
    ]


def _silent(described: Described, content: Mapping[str, Any]) -> list[dict[str, str]]:
    if described.track and content["loudness"]["before"]["integrated_lufs"] == -math.inf:
        return [{"stage": "listen", "message": "the film's sound is silent from beginning to end"}]
    return []


def _short(measured: Measured, chosen: SoundSettings) -> list[dict[str, str]]:
    return [{"stage": "mix", "message": message} for message in shortfalls(measured, chosen)]


def _sound(
    described: Described,
    chosen: SoundSettings,
    language: str,
    partial: Mapping[str, Path],
    place: Workplace,
    watch: Stopwatch,
) -> tuple[Measured, tuple[str, ...]]:
    """What was measured, and what the film's copy has lost. `language` (BCP 47) is what the narrator speaks."""
    film, track = described.film, described.track
    files = {**partial, "aac": place.partial(copy_name(film, chosen.track, film.path.stem))}
    profile = loudness_profile(chosen.loudness)
    source = feed(film, track, profile.rate_hz, chosen.downmix)
    speech = protected([cue for cue in described.cues if cue.kind == "speech"], film.duration_ms, 0)
    with watch("listen"):
        before = measure(source, speech, place.store, watch.progress)
    with watch("mix"):
        goal = target(profile, share(speech, film.duration_ms))
        sound = planned(source, before, described.spoken, speech, goal, chosen)
        sound = replace(sound, language=iso_639(language))
        dialogue = protected(described.cues, film.duration_ms, 0, described.dialogue.protected)
        places = Places(dialogue, speech, protected(described.dialogue.subtitles, film.duration_ms, 0))
        measured = write_sound(sound, before, profile.ceiling_db, places, files, chosen.track, watch.progress)
    with watch("mux"):
        lost = write_film(film, track, files, sound.language)
    return measured, lost
