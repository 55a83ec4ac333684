"""DAPT scripts: events, their times in all of TTML's ways, their languages, what they represent."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.errors import ScriptError
from audiodesc.judge.findings import ScriptLine
from audiodesc.judge.script import Script, read

ROOT = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"\n'
    ' xmlns:ttp="http://www.w3.org/ns/ttml#parameter"\n'
    ' xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata"\n'
    ' ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0/content" xml:lang="en"{more}>\n'
    "<body{body}>\n{events}\n</body></tt>"
)
FIRST_LINE = 6


def dapt(folder: Path, events: str, more: str = "", body: str = "") -> Script:
    path = folder / "script.ttml"
    path.write_text(ROOT.format(events=events, more=more, body=body), "utf-8")
    return read(path)


def times(folder: Path, attributes: str, more: str = "") -> tuple[int, int]:
    (line,) = dapt(folder, f"<div {attributes}><p>Rain falls.</p></div>", more).lines
    return line.start_ms, line.end_ms


def test_an_event_is_a_line(tmp_path: Path) -> None:
    event = (
        '<div begin="10s" end="13s" xml:id="a1">\n<ttm:desc>Scene 1</ttm:desc>\n'
        "<p>Rain <span>falls</span>.<br/>A\ndog barks.</p></div>"
    )
    assert dapt(tmp_path, event).lines == (ScriptLine(10_000, 13_000, "Rain falls. A dog barks.", FIRST_LINE + 2),)


@pytest.mark.parametrize(
    ("attributes", "span"),
    [
        ('begin="00:01:02.5" end="00:01:04"', (62_500, 64_000)),
        ('begin="1h" end="3600500ms"', (3_600_000, 3_600_500)),
        ('begin="1.5m" dur="2s"', (90_000, 92_000)),
        ('begin="10s" dur="5s" end="12s"', (10_000, 12_000)),
        ('begin="10s"', (10_000, 10_000)),
        ('begin="00:00:01:12" end="60f"', (1_400, 2_000)),
    ],
)
def test_times(tmp_path: Path, attributes: str, span: tuple[int, int]) -> None:
    assert times(tmp_path, attributes) == span


def test_frames_and_ticks_go_by_the_files_own_rates(tmp_path: Path) -> None:
    assert times(tmp_path, 'begin="25f" end="50f"', ' ttp:frameRate="25"') == (1_000, 2_000)
    film = ' ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"'
    assert times(tmp_path, 'begin="24f" end="48f"', film) == (1_001, 2_002)
    assert times(tmp_path, 'begin="100t" end="300t"', ' ttp:tickRate="100"') == (1_000, 3_000)


def test_inner_times_count_from_the_outer(tmp_path: Path) -> None:
    nested = '<div begin="10s" end="20s"><div begin="1s"><p begin="2s" end="4s">Rain.</p></div></div>'
    (line,) = dapt(tmp_path, nested, body=' begin="100s"').lines
    assert (line.start_ms, line.end_ms) == (113_000, 115_000)
    clipped = '<div begin="10s" end="12s"><p begin="1s" end="9s">Rain.</p></div>'
    assert dapt(tmp_path, clipped).lines[0].end_ms == 12_000


def test_a_line_is_as_long_as_what_is_heard_of_it(tmp_path: Path) -> None:
    event = '<div begin="25s" end="28s"><p> <span begin="0.3s" end="2.7s">The sails billow.</span> </p></div>'
    (line,) = dapt(tmp_path, event).lines
    assert (line.start_ms, line.end_ms) == (25_300, 27_700)


def test_of_two_languages_the_scripts_own_is_judged(tmp_path: Path) -> None:
    event = '<div begin="1s" end="3s"><p xml:lang="fr">La pluie.</p><p xml:lang="en-GB">Rain.</p></div>'
    assert [line.text for line in dapt(tmp_path, event).lines] == ["Rain."]
    assert [line.text for line in dapt(tmp_path, event.replace("en-GB", "de")).lines] == ["La pluie."]


def test_dialogue_is_no_description(tmp_path: Path) -> None:
    heard = '<div begin="1s" end="3s" daptm:represents="audio.dialogue"><p>Hello.</p></div>'
    seen = '<div begin="4s" end="6s" daptm:represents="visual.nonText"><p>Rain.</p></div>'
    assert [line.text for line in dapt(tmp_path, heard + seen).lines] == ["Rain."]
    with pytest.raises(ScriptError, match="only what is heard"):
        dapt(tmp_path, heard)


def test_faults_have_their_line(tmp_path: Path) -> None:
    events = '<div begin="1s" end="3s"><p>Rain.</p></div>\n<div begin="soon" end="9s"><p>Wind.</p></div>\n'
    empty = '<div begin="9s" end="10s">\n<p/></div>'
    found = dapt(tmp_path, events + empty).faults
    assert [(fault.rule, fault.line) for fault in found] == [
        ("unreadable", FIRST_LINE + 1),
        ("empty-line", FIRST_LINE + 3),
    ]


def test_events_may_stand_in_any_order(tmp_path: Path) -> None:
    events = '<div begin="9s" end="10s"><p>Last.</p></div><div begin="1s" end="2s"><p>First.</p></div>'
    assert [line.text for line in dapt(tmp_path, events).lines] == ["First.", "Last."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROOT.format(events="<div><p>Rain.</div>", more="", body=""), f"line {FIRST_LINE}: broken XML"),
        ('<!DOCTYPE tt [<!ENTITY a "b">]>\n' + ROOT.format(events="<div>&a;</div>", more="", body=""), "line 1"),
        (ROOT.format(events="<div>" * 200 + "</div>" * 200, more="", body=""), "nested too deep"),
        (ROOT.format(events="", more="", body=""), "holds no line"),
    ],
)
def test_hostile_and_broken_xml_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "script.ttml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScriptError, match=message):
        read(path)
