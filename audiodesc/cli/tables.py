"""What the command line shows: tables, and the summary at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.markup import escape
from rich.table import Table

from audiodesc.core.cache import Store
from audiodesc.core.formatting import clock, number_of, seconds
from audiodesc.core.progress import Progress as Show
from audiodesc.core.progress import Stopwatch, silent
from audiodesc.describers import all_describers
from audiodesc.describers.base import DescriberBackend
from audiodesc.dialogue import analyse, analyse_subtitles, choose_programme, read_source
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.judge.output import severity_counts
from audiodesc.media.own_timecode import own_timecode
from audiodesc.media.probe import probe
from audiodesc.media.programme import track_number
from audiodesc.model import AudioTrack, Film, SubtitleTrack
from audiodesc.narration.outcomes import from_to
from audiodesc.project import Result
from audiodesc.report import as_plain, cue_report, gap_report, note_report
from audiodesc.report.dialogue import proof
from audiodesc.report.doubts import doubts_in_short
from audiodesc.report.html.facts import recorded_share
from audiodesc.report.model import Report, Totals
from audiodesc.report.reasons import NOTHING, not_described
from audiodesc.settings import Settings
from audiodesc.speak import all_profiles, engine
from audiodesc.speak.profiles import Profile
from audiodesc.subtitles.tracks import text_track

MOST_MOVED = 20
LONGEST_SHOWN = 400
"""Characters of a line in the summary."""

WITH_IT = "comes with audiodesc"
HERE = "on this disk"
ELSEWHERE = "not on this disk"
MISSING = "what runs it is not installed: see `audiodesc doctor`"

VOICES_NOTE = (
    "Models that are not on this disk: `audiodesc voices --get NAME` asks, and fetches one, once; `--yes` fetches it "
    "unasked. `audiodesc voices --sample NAME TEXT` lets one be heard."
)
DESCRIBERS_NOTE = (
    "Weights that are not on this disk: `audiodesc make FILM --describer NAME --yes` fetches them, once. "
    "`audiodesc doctor` says which of them this computer can run."
)


def gaps_json(
    subs: Path | None, film: Path | None, settings: Settings, show: Show = silent
) -> dict[str, list[dict[str, Any]]]:
    """The cues and the pauses as `make` finds them, and its notes on the dialogue. Without a film nothing is heard, and
    it ends where the last subtitle does.

    Raises UsageError where neither is given, or what only a film's sound can tell is asked of subtitles alone.
    """
    if film:
        source = read_source(film, subs, settings, mixed=False)
        with TemporaryDirectory() as folder:
            found = analyse(source, settings, Store(Path(folder)), Stopwatch(show), picture=False)
    elif subs:
        found = analyse_subtitles(subs, settings)
    else:
        raise UsageError("there is nothing to find pauses in", "give subtitles, or a film with --film, or both")
    known = found.dialogue
    return {
        "cues": [as_plain(cue_report(cue)) for cue in known.cues],
        "gaps": [as_plain(gap_report(gap)) for gap in found.gaps],
        "notes": [as_plain(note_report(note)) for note in known.notes],
    }


def gaps_table(content: dict[str, list[dict[str, Any]]]) -> Table:
    """Start, end and length of each pause."""
    table = _table("from", "to", "seconds", "heard")
    for gap in content["gaps"]:
        lasts = seconds(gap["end_ms"] - gap["start_ms"])
        table.add_row(clock(gap["start_ms"], 1), clock(gap["end_ms"], 1), lasts, gap["kind"])
    return table


def tracks_json(film: Path, settings: Settings) -> list[dict[str, Any]]:
    """The film's sound tracks, then its subtitle tracks; `why` is said of the one that is described, or of those that
    are as one, and of the one that is read where no other is given, "" of the others."""
    source = probe(film)
    taken = choose_programme(source, None, settings)
    parts = taken.track.parts if taken.track else ()
    one = f"as {track_number(source, taken.track)} ({taken.track.layout}): " if taken.track and parts else ""
    why = dict.fromkeys(parts or ((taken.track.index,) if taken.track else ()), one + taken.why)
    languages = (taken.track.language if taken.track else "", settings.voice.language or "")
    if text := text_track(source, None, languages):
        why[text.index] = "it holds the dialogue as text"
    sound = _numbered("sound", source.audio_tracks, why)
    return [*sound, *_numbered("subtitles", source.subtitle_tracks, why), *_timecode(source)]


def _timecode(film: Film) -> Iterator[dict[str, Any]]:
    """What the film itself says of its timecode, if anything."""
    count, is_known = own_timecode(film)
    if is_known:
        yield {"kind": "timecode", "rate": count.rate_name, "start": count.start_code}


def _numbered(kind: str, tracks: Sequence[AudioTrack | SubtitleTrack], why: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "number": nth, **asdict(track), "why": why.get(track.index, "")}
        for nth, track in enumerate(tracks, 1)
    ]


def subtitles_table(content: list[dict[str, Any]]) -> Table:
    """Number, language, what it is, and why it is read."""
    table = _table("subtitles", "language", "codec", "what", "read, because")
    for track in content:
        what = ("default" if track["default"] else "") if track["is_text"] else "pictures, or in no known form"
        what = what if track["is_whole"] or not track["is_text"] else "not all of the dialogue"
        table.add_row(*map(escape, (str(track["number"]), track["language"], track["codec"], what, track["why"])))
    return table


def tracks_table(content: list[dict[str, Any]]) -> Table:
    """Number, language, what it is, and why it is described."""
    table = _table("track", "language", "codec", "channels", "title", "what", "described, because")
    for track in content:
        what = track["role"] or ("default" if track["default"] else "")
        row = (
            str(track["number"]),
            track["language"],
            track["codec"],
            track["layout"],
            track["title"],
            what,
            track["why"],
        )
        table.add_row(*map(escape, row))
    return table


def voices_table() -> Table:
    """All shipped voices."""
    table = _table("voice", "engine", "language", "words/min", "model", "licence", "how it sounds")
    for voice in all_profiles():
        told = (voice.name, voice.engine, voice.language, str(voice.rate_wpm))
        table.add_row(*map(escape, (*told, voice_is(voice), voice.licence, voice.description)))
    return table


def describers_table() -> Table:
    """All describers."""
    table = _table("describer", "weights", "needs", "what it says")
    for entry in all_describers().values():
        table.add_row(*map(escape, (entry.name, weights_are(entry), entry.needs, entry.summary)))
    return table


def prompt_shown(name: str) -> str:
    """What a describer's model is asked about the pictures and for lines, or one text by its own name, with the version
    of the texts. Raises UsageError for another name."""
    from audiodesc.describers.prompts import VERSION, prompt_texts

    texts = prompt_texts()
    asked = all_describers()[name].prompts if name in all_describers() else ((name,) if name in texts else ())
    if not asked:
        with_prompts = [entry.name for entry in all_describers().values() if entry.prompts]
        raise UsageError(f"there is no prompt {name!r}", f"choose one of: {', '.join((*with_prompts, *texts))}")
    return "\n\n".join(f"# {one}, version {VERSION}\n{texts[one].strip()}" for one in asked)


def voice_is(profile: Profile) -> str:
    """Where a shipped voice's model is."""
    maker = engine(profile)
    if not maker.availability().runs:
        return MISSING
    if maker.needs == "nothing":
        return WITH_IT
    return HERE if maker.on_disk(profile) else ELSEWHERE


def weights_are(entry: DescriberBackend) -> str:
    """Where a describer's weights are; the network is not used. "" for one that is named on the command line."""
    if entry.needs.startswith("nothing"):
        return WITH_IT
    try:
        on_disk = entry.on_disk()
    except AudiodescError:
        return MISSING
    if on_disk is None:
        return ""
    return HERE if on_disk else ELSEWHERE


def run_summary(made: Result) -> str:
    """The end of a run, for a person."""
    report, name = made.report, made.film.path.name
    notes = [note.message for note in report.notes]
    nothing = next((note for note in notes if note.startswith(NOTHING)), "")
    moved = [outcome for outcome in made.outcomes if outcome.moved]
    lines = [
        f"{not_described(name, nothing) if nothing else f'{name}: {_spoken(report.totals)}'}.",
        *_stops(report),
        *_proven(report),
        f"Check: {severity_counts(report.check.counts)} in what is said and where; the report has them.",
        *doubts_in_short(report.doubts or ()),
        *(
            f"Left out at {clock(one.segment.wanted_ms, 1)}: {one.reason}. “{_short(one.text)}”"
            for one in made.left_out
        ),
        *(f"Moved {from_to(outcome)}: “{_short(outcome.text)}”" for outcome in moved[:MOST_MOVED]),
    ]
    if len(moved) > MOST_MOVED:
        lines.append(f"{len(moved) - MOST_MOVED} more lines were moved; the report has them.")
    lines += [f"Note: {note}" for note in notes if note != nothing]
    lines += [f"  {kind:<10} {path}" for kind, path in made.files.items()]
    return "\n".join(lines)


def _stops(report: Report) -> Iterator[str]:
    """How often and how long the film stops for lines."""
    if report.stops:
        total_ms = sum(stop.length_ms for stop in report.stops)
        often = number_of(len(report.stops), "time")
        length = clock(report.film.duration_ms + total_ms)
        yield f"The film stops {often} for lines, {seconds(total_ms)} s in all: extended it lasts {length}."


def _proven(report: Report) -> Iterator[str]:
    """What a person speaks, what was left empty, and what the narrator speaks over."""
    if share := recorded_share(report):
        yield f"A person's voice: {share}."
    if empty := report.totals.usable_pauses_left_empty:
        yield f"{number_of(empty, 'pause')} {'was' if empty == 1 else 'were'} left empty; the report says why."
    if report.is_measured and report.overlap_ms is None:
        yield "Narration over dialogue: not known, without subtitles and without listening."
    elif report.is_measured:
        over = " ".join((f"{report.overlap_ms} ms", proof(report.dialogue))).strip()
        yield f"Narration over dialogue, measured in the sound: {over}."
    by_times = sum(line.under_ms for line in report.dialogue.lines_under_subtitles)
    if under_ms := report.under_subtitles_ms if report.is_measured else by_times:
        yield f"{under_ms} ms lie under a subtitle in which nobody is heard; the report names the lines."
    if over_ms := sum(line.over_ms for line in report.dialogue.lines_over_lyrics):
        yield f"{over_ms} ms are spoken over songs whose lyrics have subtitles; the report names the lines."


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _spoken(totals: Totals) -> str:
    return (
        f"{number_of(totals.lines, 'line')} in {number_of(totals.usable_pauses, 'pause')}, "
        f"{seconds(totals.seconds_spoken * 1000, 0)} s spoken at {totals.words_per_minute} words a minute"
    )


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
