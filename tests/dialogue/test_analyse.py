"""One film and the same options give the same track, dialogue and gaps to every command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from films import FFMPEG, Sound, make_film, silence, write_srt

from audiodesc import Settings, check, describe, render
from audiodesc.cli.tables import gaps_json, tracks_json
from audiodesc.core.cache import Store
from audiodesc.core.progress import Stopwatch, silent
from audiodesc.dialogue import analyse, analyse_subtitles, read_source
from audiodesc.dialogue.combine import Dialogue
from audiodesc.report import as_plain, cue_report
from audiodesc.settings import DescriberSettings, PlanSettings, RunSettings, VoiceSettings

GERMAN = Settings(
    voice=VoiceSettings(language="de"), describer=DescriberSettings(name="basic"), run=RunSettings(offline=True)
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 s, with sound and subtitles in English (the default) and in German, which are at other times."""
    folder = tmp_path_factory.mktemp("film")
    sounds = [Sound(silence(12), "mono", language=tag, default=tag == "eng") for tag in ("eng", "ger")]
    plain = make_film(folder / "plain.mkv", 12, sounds=sounds)
    english = write_srt(folder / "en.srt", [(1_000, 2_000, "Hello."), (9_000, 10_000, "Goodbye.")])
    german = write_srt(folder / "de.srt", [(2_000, 4_000, "Guten Tag."), (8_000, 9_500, "Auf Wiedersehen.")])
    given = [part for path in (plain, english, german) for part in ("-i", str(path))]
    tags = ["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger", "-disposition:s:0", "default"]
    out = folder / "two.mkv"
    maps = ["-map", "0", "-map", "1", "-map", "2", "-c", "copy", *tags, str(out)]
    subprocess.run([FFMPEG, "-v", "error", *given, *maps], check=True)
    return out


def test_all_commands_have_the_same_dialogue_and_gaps(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "mine.vtt"
    script.write_text("WEBVTT\n\n00:05.000 --> 00:06.500\nEin Schiff.\n", "utf-8")
    described = describe(film, output=tmp_path / "described", settings=GERMAN).report
    rendered = render(film, script, output=tmp_path / "rendered", settings=GERMAN).report
    judged: list[Dialogue] = []
    monkeypatch.setattr("audiodesc.judge.judged", lambda lines, known, *_, **__: judged.append(known))
    check(script, film, settings=GERMAN)
    listed = gaps_json(None, film, GERMAN)

    assert [cue["text"] for cue in listed["cues"]] == ["Guten Tag.", "Auf Wiedersehen."]
    assert listed["cues"] == [as_plain(cue) for cue in described.cues] == [as_plain(cue) for cue in rendered.cues]
    assert listed["cues"] == [as_plain(cue_report(cue)) for cue in judged[0].cues]
    spans = [(gap["start_ms"], gap["end_ms"]) for gap in listed["gaps"]]
    assert spans == [(0, 1_850), (4_150, 7_850), (9_650, 12_000)]
    assert spans == [(gap.start_ms, gap.end_ms) for gap in described.gaps]
    assert spans == [(gap.start_ms, gap.end_ms) for gap in rendered.gaps]


def test_tracks_names_what_the_others_take(film: Path) -> None:
    rows = tracks_json(film, GERMAN)
    assert [(row["kind"], row["language"]) for row in rows if row["why"]] == [("sound", "ger"), ("subtitles", "ger")]
    source = read_source(film, None, GERMAN)
    assert source.track
    assert source.track.language == "ger"
    assert source.subtitles.cues[0].text == "Guten Tag."


def test_without_the_picture_it_is_not_decoded(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("the picture is decoded")

    monkeypatch.setattr("audiodesc.media.shots.shots", decoded)
    source = read_source(film, None, GERMAN, mixed=False)
    found = analyse(source, GERMAN, Store(tmp_path), Stopwatch(silent), picture=False)
    assert (found.cuts, found.still) == ((), ())
    with pytest.raises(AssertionError):
        analyse(source, GERMAN, Store(tmp_path), Stopwatch(silent))


def test_subtitles_alone_end_a_margin_after_the_last(tmp_path: Path) -> None:
    path = write_srt(tmp_path / "mine.srt", [(2_000, 4_000, "Hello.")])
    found = analyse_subtitles(path, Settings(plan=PlanSettings(margin_ms=500)))
    assert found.duration_ms == 4_500
    assert [(gap.span.start_ms, gap.span.end_ms) for gap in found.gaps] == [(0, 1_500)]
    assert not analyse_subtitles(None, Settings()).dialogue.is_known
