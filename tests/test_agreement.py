"""`check` finds in the script that `make` wrote what the report of `make` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from films import write_srt
from stories import write_script

from audiodesc import check, describe, render
from audiodesc.judge import Judgement
from audiodesc.judge.output import as_json
from audiodesc.project import Result
from audiodesc.report import as_plain
from audiodesc.report.model import Report
from audiodesc.settings import CheckSettings, DescriberSettings, DialogueSettings, Settings
from audiodesc.subtitles import read_file

DEAF = Settings(dialogue=DialogueSettings(hear=False), describer=DescriberSettings(name="basic"))
OURS = Settings(describer=DescriberSettings(name="basic"))
FILMS = {
    "plan 9": ("enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4", "enable-a11y-plan9/plan-9-trailer.en.vtt", 300),
    "sintel": ("sintel-trailer/sintel_trailer_854x480.mp4", "sintel-trailer/sintel.vtt", 1_500),
    "sintel, longer": ("sintel-trailer/sintel_trailer_854x480.mp4", "sintel-trailer/sintel.vtt", 3_000),
}
"""Film, subtitles, and by how much these linger."""

SPOKEN_ONLY = {
    "googlework": "googlework/googlework_short.mp4",
    "bunny": "bbb-moviepy/big_buck_bunny_0_30.webm",
    "chrome": "chrome-clip/chrome.mp4",
    "rabbit, 5.1": "bbb-rabbit-ad/video.mp4",
}


def lingering(subs: Path, folder: Path, longer_ms: int) -> Path:
    """The subtitles, each so much longer where the next allows that, as for slow readers."""
    cues = read_file(subs)[0]
    ends = [
        min(one.span.end_ms + longer_ms, max(one.span.end_ms, after.span.start_ms - 80))
        for one, after in pairwise(cues)
    ]
    ends.append(cues[-1].span.end_ms + longer_ms)
    rows = [(cue.span.start_ms, end, cue.text) for cue, end in zip(cues, ends, strict=True)]
    return write_srt(folder / "lingering.srt", rows)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make` found out about the films so far, a folder for each. `check` has none of it."""
    return tmp_path_factory.mktemp("known")


def begun(known: Path, film: Path, folder: Path) -> Path:
    """The folder of a project that has as its cache what is known of the film."""
    hidden, cache = folder / ".audiodesc", known / film.stem
    hidden.mkdir(parents=True)
    cache.mkdir(exist_ok=True)
    (hidden / "cache").symlink_to(cache)
    return folder


def found(content: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [(one["start_ms"], one["end_ms"], one["rule"], one["severity"], one["words"]) for one in content["findings"]]


def both(
    film: Path, subs: Path | None, folder: Path, known: Path, settings: Settings = OURS
) -> tuple[Report, Judgement]:
    """What `make` says of its script, and what `check` does; the same by all that a pipeline sees.

    Where `basic` has nothing to read, a person's line in the first pause is judged.
    """
    draft = made = describe(film, subs, begun(known, film, folder / "out"), settings)
    if not made.spoken:
        start_s = made.report.gaps[0].start_ms / 1000
        row = (f"00:{start_s:06.3f}", f"00:{start_s + 1:06.3f}", "Rain falls.")
        script = write_script(folder / "person.vtt", [row])
        made = render(film, script, subs, begun(known, film, folder / "person"), settings)
    return draft.report, agreed(made, made.files["script"], subs, settings)


def agreed(made: Result, script: Path, subs: Path | None, settings: Settings) -> Judgement:
    judgement = check(script, made.film.path, subs, settings=settings)
    ours, theirs = as_plain(made.report.check), as_json(judgement)
    assert found(theirs) == found(ours)
    for mine, one in zip(ours["findings"], theirs["findings"], strict=True):
        assert mine["message"].startswith(one["message"])  # only `make` knows why it is silent
    same = ("counts", "pace", "judged", "not_judged", "statement")
    assert {name: theirs[name] for name in same} == {name: ours[name] for name in same}
    return judgement


@pytest.mark.parametrize("settings", [OURS, DEAF], ids=["heard", "as written"])
def test_they_agree_on_the_sample(sample: tuple[Path, Path], tmp_path: Path, known: Path, settings: Settings) -> None:
    """`basic` only reads: where there is nothing to read, a pause stays empty, which is all that is found."""
    _, judgement = both(*sample, tmp_path, known, settings)
    assert judgement.count("error") == 0
    assert {one.rule for one in judgement.findings if one.severity == "warning"} <= {"empty-pause"}


def test_lines_under_subtitles_that_linger_are_no_error(sample: tuple[Path, Path], tmp_path: Path, known: Path) -> None:
    """A person's lines, less than a second behind the speech of three subtitles that stand a second longer."""
    subs = lingering(sample[1], tmp_path, 1_000)
    rows = [
        ("00:11.900", "00:13.000", "Rain."),
        ("00:35.600", "00:36.600", "Dusk."),
        ("00:51.400", "00:52.500", "Snow."),
    ]
    script = write_script(tmp_path / "person.vtt", rows)
    made = render(sample[0], script, subs, begun(known, sample[0], tmp_path / "out"), OURS)
    judgement = agreed(made, made.files["script"], subs, OURS)
    hints = [one.span.start_ms for one in judgement.findings if one.rule == "under-subtitle" and one.span]
    assert hints == [line.start_ms for line in made.report.dialogue.lines_under_subtitles]
    assert hints == [11_900, 35_600, 51_400]
    assert judgement.exit_code() == 0
    as_written = check(
        made.files["script"], sample[0], subs, settings=replace(DEAF, check=CheckSettings(picture=False))
    )
    assert [one.rule for one in as_written.findings if one.severity == "error"] == ["over-dialogue"] * 3


def test_they_agree_on_subtitles_that_were_moved(sample: tuple[Path, Path], tmp_path: Path, known: Path) -> None:
    late = [(cue.span.start_ms + 6_000, cue.span.end_ms + 6_000, cue.text) for cue in read_file(sample[1])[0]]
    subs = write_srt(tmp_path / "late.srt", late)
    _, judgement = both(
        sample[0],
        subs,
        tmp_path,
        known,
        Settings(dialogue=DialogueSettings(sync=True), describer=DescriberSettings(name="basic")),
    )
    assert judgement.count("error") == 0


def test_they_agree_on_a_film_without_subtitles(sample: tuple[Path, Path], tmp_path: Path, known: Path) -> None:
    both(sample[0], None, tmp_path, known)


@pytest.mark.media
@pytest.mark.parametrize("name", FILMS)
def test_they_agree_on_real_films_with_subtitles_that_linger(
    media: Path, tmp_path: Path, known: Path, name: str
) -> None:
    film, subs, longer_ms = FILMS[name]
    both(media / film, lingering(media / subs, tmp_path, longer_ms), tmp_path, known)


@pytest.mark.media
@pytest.mark.parametrize("name", SPOKEN_ONLY)
def test_they_agree_on_real_films_by_what_is_heard(media: Path, tmp_path: Path, known: Path, name: str) -> None:
    report, _ = both(media / SPOKEN_ONLY[name], None, tmp_path, known)
    empty = [one for one in report.check.findings if one.rule == "empty-pause"]
    assert all("a line was planned" in one.message for one in empty)
