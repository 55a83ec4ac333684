"""What readers say about a file."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from audiodesc.errors import ScriptError
from audiodesc.model import Note
from audiodesc.subtitles.source import MOST_NOTES, Source, captured_log, limited_notes

SOURCE = Source(Path("dir/film.srt"), b"", "one\ntwo\n\nfour two", error=ScriptError)


def test_a_note_names_the_file_and_the_line() -> None:
    assert SOURCE.note("odd", 3) == Note("dialogue", "film.srt, line 3: odd")
    assert SOURCE.note("odd").message == "film.srt: odd"


def test_what_is_lost_is_shown_in_short() -> None:
    message = SOURCE.lost(2, "no times in", "a" * 1_000).message
    assert message.startswith("film.srt, line 2: no times in 'aaa")
    assert len(message) < 150


def test_a_refusal_is_of_the_kind_that_is_asked_for() -> None:
    with pytest.raises(ScriptError, match=r"dir/film\.srt is odd: mend it"):
        raise SOURCE.refusal("is odd", "mend it")


def test_lines_are_counted_from_one() -> None:
    assert list(SOURCE.lines())[:2] == [(1, "one"), (2, "two")]
    assert [SOURCE.line_of("two"), SOURCE.line_of("four"), SOURCE.line_of("none")] == [2, 4, 0]


@pytest.mark.parametrize("count", [0, 1, MOST_NOTES, MOST_NOTES + 1, 1_000])
def test_no_more_notes_than_anybody_reads_and_how_many_there_are(count: int) -> None:
    notes = [Note("dialogue", str(i)) for i in range(count)]
    kept = limited_notes(notes)
    assert kept[:MOST_NOTES] == notes[:MOST_NOTES]
    assert len(kept) == min(count, MOST_NOTES + 1)
    assert count <= MOST_NOTES or str(count - MOST_NOTES) in kept[-1].message


def test_what_a_library_logs_is_kept_from_the_terminal(caplog: pytest.LogCaptureFixture) -> None:
    with captured_log("a.library") as said:
        logging.getLogger("a.library").warning("odd %s", 1)
        logging.getLogger("a.library.inside").error("worse")
        logging.getLogger("a.library").info("fine")
    logging.getLogger("a.library").warning("later")
    assert said == ["odd 1", "worse"]
    assert caplog.messages == ["later"]
