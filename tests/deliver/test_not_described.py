"""A film in which no line is spoken is not called a described one."""

from __future__ import annotations

from pathlib import Path

import pytest
from films import write_srt
from stories import SCRIPT, make_story, write_script

from audiodesc.cli.playback import find_line
from audiodesc.cli.tables import run_summary
from audiodesc.errors import InputError
from audiodesc.pipeline import describe, render
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings


def test_a_described_film_is_withdrawn_once_no_line_is_spoken_in_it(tmp_path: Path) -> None:
    """What is called a description and has none misleads; what a person changed is kept."""
    film, out = make_story(tmp_path), tmp_path / "out"
    script = write_script(tmp_path / "mine.vtt", SCRIPT)
    deliver = DeliverSettings(track="flac", stems=True)
    render(film, script, tmp_path / "story.srt", out, Settings(deliver=deliver))
    render(film, script, tmp_path / "story.srt", out)
    first = {path.name for path in out.iterdir()}
    assert {"story.ad.mp4", "story.ad.m4a", "story.ad.flac", "story.ducked.wav", "story.ad.html"} <= first
    (out / "story.ad.flac").write_bytes(b"changed")
    write_script(script, [("00:05.500", "00:06.500", "Over it."), ("00:12.000", "00:12.500", "This too.")])
    nothing = render(film, script, tmp_path / "story.srt", out)
    assert (nothing.spoken, set(nothing.files)) == ((), {"script", "report"})
    left = {path.name for path in out.iterdir()} - {".audiodesc"}
    assert left == {"story.ad.vtt", "story.ad.json", "story.ad.flac"}
    assert run_summary(nothing).startswith("story.mp4 was not described: all 2 lines are left out")
    with pytest.raises(InputError, match="no line is spoken"):
        find_line(out, 1)


def test_a_draft_without_a_line_withdraws_nothing(tmp_path: Path) -> None:
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    made = render(film, write_script(tmp_path / "mine.vtt", SCRIPT), subs)
    everything = write_srt(tmp_path / "all.srt", [(0, 15_900, "It never ends.")])
    draft = describe(film, everything, settings=Settings(dialogue=DialogueSettings(hear=False)))
    assert draft.spoken == ()
    assert made.files["film"].exists()
