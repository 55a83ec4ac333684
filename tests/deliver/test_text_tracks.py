"""Text that goes into no container as it is comes into the described film as plain text, where the film then is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from line21 import EDM, ENM, EOC, RCL, ROW_14, cc, cc_text
from stories import write_script
from subtitles.test_tracks import cdat, vttc, with_samples
from subtitles.written import ttml
from test_extended import EXTENDED, stops_of

from audiodesc import pipeline
from audiodesc.media.probe import probe
from audiodesc.settings import RunSettings, StopSettings
from audiodesc.subtitles.tracks import read_track

SCRIPT = [("00:00.100", "00:00.400", "A man in a green coat walks slowly along the harbour.")]
SAMPLES = {
    "stpp": (b"subt", [(0, 4_000, ttml((500, 1_500, "Hello."), (2_000, 3_000, "Bye.")).encode())]),
    "wvtt": (b"text", [(500, 1_500, vttc("Hello.")), (1_500, 2_000, b"\0\0\0\x08vtte"), (2_000, 3_000, vttc("Bye."))]),
}


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("how", ["as it is", "extended", "part"])
def test_timed_text_of_mp4_is_written_again(tmp_path: Path, kind: str, how: str) -> None:
    handler, samples = SAMPLES[kind]
    film = with_samples(tmp_path, kind.encode(), handler, *samples)
    chosen = {
        "as it is": replace(EXTENDED, stops=StopSettings()),
        "extended": EXTENDED,
        "part": replace(EXTENDED, stops=StopSettings(), run=RunSettings(part_from="1.5")),
    }[how]
    lines = SCRIPT if how == "extended" else [("00:03.200", "00:03.900", "Snow.")]
    made = pipeline.render(film, write_script(tmp_path / "mine.vtt", lines), None, tmp_path / "out", chosen)
    assert len(made.spoken) == 1
    written = probe(made.files["film"])
    assert written.path.suffix == ".mp4"
    [track] = written.subtitle_tracks
    cues, _ = read_track(written, track)
    wanted = {
        "as it is": [(500, 1_500, "Hello."), (2_000, 3_000, "Bye.")],
        "part": [(500, 1_500, "Bye.")],
    }
    if how == "extended":
        later = stops_of(made).total_ms
        assert later > 1_000
        wanted[how] = [(500 + later, 1_500 + later, "Hello."), (2_000 + later, 3_000 + later, "Bye.")]
    assert [(cue.span.start_ms, cue.span.end_ms, cue.text) for cue in cues] == wanted[how]
    told = [note.message for note in made.report.notes if note.stage == "mux"]
    assert f"track 1 ({'ttml' if kind == 'stpp' else kind}) was written again as plain text (mov_text)" in told
    assert not [line for line in told if "not copied" in line]


def test_captions_in_a_track_of_their_own_are_written_again(tmp_path: Path) -> None:
    words = cc(ENM, RCL, ROW_14) + cc_text("Hello.") + cc(EOC)
    samples = [(1_000, 1_400, cdat(*words)), (3_000, 3_067, cdat(*cc(EDM)))]
    film = with_samples(tmp_path, b"c608", b"clcp", *samples)
    before, _ = read_track(probe(film), probe(film).subtitle_tracks[0])
    made = pipeline.render(film, write_script(tmp_path / "mine.vtt", SCRIPT), None, tmp_path / "out", EXTENDED)
    written, stops = probe(made.files["film"]), stops_of(made)
    assert written.path.suffix == ".mp4"
    assert stops
    [cue], _ = read_track(written, written.subtitle_tracks[0])
    assert (cue.text, cue.span) == ("Hello.", stops.extended(before[0].span))
