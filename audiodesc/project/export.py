"""A project's folder -> its script in any format, from the report: no sound is made, and nothing is measured."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from audiodesc.core.part import part_name, part_of
from audiodesc.core.timecode import Timecode
from audiodesc.deliver import DELIVERABLES
from audiodesc.deliver.document import script_document
from audiodesc.errors import FilmError, InputError, OutputError, UsageError
from audiodesc.media.own_timecode import film_timecode
from audiodesc.media.probe import probe
from audiodesc.model import Span
from audiodesc.project.folder import hold_folder, output_errors
from audiodesc.project.opened import open_project
from audiodesc.project.parts import part_report
from audiodesc.project.saved import save_settings, saved_settings
from audiodesc.project.script_files import published_scripts, written_scripts
from audiodesc.report import read_report
from audiodesc.report.model import Report, ReportSegment
from audiodesc.scripts import ScriptFormat, ScriptLine, read_script, writable, writable_format, write_script
from audiodesc.scripts.formats import ALIASES
from audiodesc.settings import DeliverSettings, Settings

REPORT = ".ad.json"
NEAR_MS = 40
DEFAULT = Settings()


def export(
    folder: str | Path,
    names: Sequence[str],
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    *,
    force: bool = False,
) -> dict[str, Path]:
    """Write the script that a run left in `folder` in these formats; give back the files by format.

    They go to `output`, by default the folder itself, as `<stem>.ad.<suffix>`. The film, where it lies beside the
    folder, is asked for its timecode alone; `settings.deliver` has another. With a part in `settings.run` they have the
    lines that begin in it. Raises UsageError for a format that is not written and for what is no part, InputError for a
    folder without a report, OutputError for files that are there and are not ours, unless `force`.
    """
    formats = {name: _format(name) for name in dict.fromkeys(ALIASES.get(name, name) for name in names)}
    if not formats:
        raise UsageError("no format is named", f"choose some of: {', '.join(writable())}")
    folder = Path(folder)
    path = report_in(folder)
    report = read_report(path)
    timecode = _timecode(report, folder, settings.deliver)
    part = part_of(settings.run.part_from, settings.run.part_to, report.film.duration_ms, timecode[0])
    report = part_report(report, part) if part else report
    document = script_document(report, timecode, _film_language(report))
    stem = path.name.removesuffix(REPORT)
    files = {name: part_name(f"{stem}.ad{one.suffixes[0]}", part) for name, one in formats.items()}
    contents = {files[name]: write_script(name, document, settings.options.get(name, {})) for name in formats}
    target = Path(output) if output else folder
    if target.exists() and target.samefile(folder):
        _publish(folder, contents, report, force=force)
        if not part:
            _deliver_again(folder, formats)
    else:
        _write(target, contents, force=force)
    return {name: target / file for name, file in files.items()}


def report_in(folder: Path) -> Path:
    """The report of a folder. Raises InputError where there is none, or more than one."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", "give the folder that `audiodesc make` wrote, such as film.ad")
    reports = sorted(folder.glob(f"*{REPORT}"))
    if len(reports) != 1:
        raise InputError(f"{folder} holds {len(reports)} reports ({REPORT}), not one", "give the folder of one film")
    return reports[0]


def _format(name: str) -> ScriptFormat:
    if name in DELIVERABLES:
        raise UsageError(f"{name} is made of a run's sound", f"use `audiodesc render … --deliver {name}`")
    return writable_format(name)


def _timecode(report: Report, folder: Path, chosen: DeliverSettings) -> tuple[Timecode, bool]:
    """As the user says now, or said to the run; else the film's own, where that lies beside the folder."""
    start = chosen.timecode_start or _text(report.settings, "timecode_start")
    rate: Any = chosen.timecode_rate or _text(report.settings, "timecode_rate")
    wanted = replace(chosen, timecode_start=start, timecode_rate=rate)
    for place in (folder.absolute().parent, folder):
        path = place / report.film.name
        if path.is_file():
            try:
                film = probe(path)
            except FilmError:
                continue
            if abs(film.duration_ms - report.film.duration_ms) <= NEAR_MS:
                return film_timecode(film, wanted)
    if rate or start:
        raise InputError(
            f"{report.film.name} does not lie beside {folder}, so that its frames are not known",
            "put it there, or leave out the timecode",
        )
    return Timecode(), False


def _text(settings: Mapping[str, object], name: str) -> str | None:
    value = settings.get(name)
    return value if isinstance(value, str) else None


def _film_language(report: Report) -> str:
    """That of the film's own sound, "" where its tracks have several."""
    tracks = [one for one in report.film.audio_tracks if not one.role]
    languages = {one.language for one in tracks if one.default} or {one.language for one in tracks}
    return next(iter(languages)) if len(languages) == 1 else ""


def _publish(folder: Path, contents: Mapping[str, bytes], report: Report, *, force: bool) -> None:
    """Into the project's own folder, where files that somebody changed are known, and what one changes is read."""
    with hold_folder(folder) as place:
        place.claim(contents, force)
        partial = {name: place.partial(name) for name in contents}
        for name, content in contents.items():
            partial[name].write_bytes(content)
        with suppress(InputError), open_project(folder) as project:
            script = next(iter(project.scripts(f"{Path(report.film.name).stem}.ad.vtt")), None)
            lines = [(one.id, _script_line(one)) for one in report.segments if one.line]
            written_scripts(project, script.number if script else 0, lines, read_script, partial)
            place.publish(partial)
            published_scripts(project, contents)
            return
        place.publish(partial)


def _script_line(segment: ReportSegment) -> ScriptLine:
    span = segment.placed or segment.written or Span(segment.wanted_ms, segment.wanted_ms)
    return ScriptLine(span.start_ms, span.end_ms, segment.line, id=segment.id, reason=segment.reason)


def _deliver_again(folder: Path, formats: Iterable[str]) -> None:
    """Have later runs of the project write these formats too, so that they say what is spoken."""
    with suppress(InputError), open_project(folder) as project:
        settings = saved_settings(project)
        also = tuple(dict.fromkeys((*settings.deliver.also, *(name for name in formats if name != "webvtt"))))
        save_settings(project, replace(settings, deliver=replace(settings.deliver, also=also)))


def _write(folder: Path, contents: Mapping[str, bytes], *, force: bool) -> None:
    """Into any folder, each file whole; all are there or, where one cannot be, none new."""
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            path = folder / name
            if os.path.lexists(path) and not force and not _is(path, content):
                raise OutputError(f"{path} is there already", "give another folder with -o, or --force to replace it")
        with _partials(folder, contents) as partials:
            for name, partial in partials.items():
                partial.replace(folder / name)


@contextmanager
def _partials(folder: Path, contents: Mapping[str, bytes]) -> Iterator[dict[str, Path]]:
    partials = {name: folder / f".{name}.{os.getpid()}.partial" for name in contents}
    try:
        for name, partial in partials.items():
            partial.write_bytes(contents[name])
        yield partials
    finally:
        for partial in partials.values():
            partial.unlink(missing_ok=True)


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content
