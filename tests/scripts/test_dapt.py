"""DAPT scripts: events, their times in all of TTML's ways, their languages, what they represent."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc import check
from audiodesc.errors import ScriptError
from audiodesc.scripts import ScriptFile, ScriptLine, check_new_lines, notes, read_script

ROOT = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"\n'
    ' xmlns:ttp="http://www.w3.org/ns/ttml#parameter"\n'
    ' xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata"\n'
    ' ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0/content" xml:lang="en"{more}\n'
    ' daptm:scriptType="preRecording" daptm:scriptRepresents="audio visual" daptm:represents="visual.nonText">\n'
    "<body{body}>\n{events}\n</body></tt>"
)
FIRST_LINE = 7


def dapt(folder: Path, events: str, more: str = "", body: str = "") -> ScriptFile:
    path = folder / "script.ttml"
    path.write_text(ROOT.format(events=events, more=more, body=body), "utf-8")
    return read_script(path)


def times(folder: Path, attributes: str, more: str = "") -> tuple[int, int]:
    (line,) = dapt(folder, f"<div {attributes}><p>Rain falls.</p></div>", more).lines
    return line.start_ms, line.end_ms


def test_an_event_is_a_line(tmp_path: Path) -> None:
    event = (
        '<div begin="10s" end="13s" xml:id="a1">\n<ttm:desc>Scene 1</ttm:desc>\n'
        "<p>Rain <span>falls</span>.<br/>A\ndog barks.</p></div>"
    )
    assert dapt(tmp_path, event).lines == (
        ScriptLine(10_000, 13_000, "Rain falls. A dog barks.", FIRST_LINE + 2, "a1"),
    )


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


@pytest.mark.parametrize("code", ["d800", "dfff", "0", "1f", "ffff"])
def test_an_id_holds_nothing_that_no_file_may_hold(tmp_path: Path, code: str) -> None:
    (line,) = dapt(tmp_path, f'<div begin="1s" xml:id="ad-a_{code}_b"><p>Rain falls.</p></div>').lines
    assert line.id == "ab"


def test_dialogue_is_no_description(tmp_path: Path) -> None:
    heard = '<div begin="1s" end="3s" daptm:represents="audio.dialogue"><p>Hello.</p></div>'
    seen = '<div begin="4s" end="6s" daptm:represents="visual.nonText"><p>Rain.</p></div>'
    assert [line.text for line in dapt(tmp_path, heard + seen).lines] == ["Rain."]
    with pytest.raises(ScriptError, match="only sound"):
        dapt(tmp_path, heard)


def test_faults_have_their_line(tmp_path: Path) -> None:
    events = '<div begin="1s" end="3s"><p>Rain.</p></div>\n<div begin="soon" end="9s"><p>Wind.</p></div>\n'
    empty = '<div begin="9s" end="10s">\n<p/></div>'
    found = dapt(tmp_path, events + empty).faults
    assert [(fault.kind, fault.number) for fault in found] == [
        ("malformed", FIRST_LINE + 1),
        ("empty", FIRST_LINE + 3),
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
        read_script(path)


WHOLE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
    ' xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata"'
    ' ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0/content" xml:lang="en"'
    ' daptm:scriptType="asRecorded" daptm:scriptRepresents="visual.nonText visual.text"'
    ' daptm:represents="visual.nonText" daptm:langSrc="zxx">\n'
    "<head><metadata><daptm:daptOriginTimecode>10:00:00:24</daptm:daptOriginTimecode>"
    '<ttm:agent type="character" xml:id="nora"><ttm:name type="alias">NORA</ttm:name></ttm:agent></metadata>'
    '<resources><data xml:id="take" type="audio/wave">UklGRg==</data></resources></head>\n'
    '<body><div xml:id="a" begin="1s" end="3s" ttm:agent="nora" daptm:onScreen="ON">'
    '<ttm:desc daptm:descType="scene">1</ttm:desc>'
    '<p>Rain.<audio><source src="#take"/></audio></p></div></body></tt>'
)
"""A script that keeps to all of it."""


def broken(folder: Path, text: str) -> list[str]:
    path = folder / "script.ttml"
    path.write_text(text, "utf-8")
    return [fault.message for fault in read_script(path).faults if fault.kind == "nonconforming"]


def test_a_script_that_keeps_to_its_specification_has_no_fault(tmp_path: Path) -> None:
    assert broken(tmp_path, WHOLE) == []


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ('encoding="UTF-8"', 'encoding="ISO-8859-1"', "UTF-8"),
        ("dapt1.0/content", "dapt0.9/content", "contentProfiles"),
        (' xml:lang="en"', ' xml:lang="en" ttp:profile="x"', "ttp:profile"),
        (' xml:lang="en"', ' xml:lang="en" ttp:timeBase="smpte"', "timeBase"),
        (' xml:lang="en"', ' xml:lang="en" ttp:dropMode="dropNTSC"', "ttp:dropMode is given, which DAPT prohibits"),
        (' xml:lang="en"', "", "xml:lang is missing"),
        (' xml:lang="en"', ' xml:lang="#1"', "xml:lang is '#1'"),
        ('"asRecorded"', '"description"', "scriptType is 'description'"),
        (' daptm:scriptType="asRecorded"', "", "scriptType is missing"),
        ('"asRecorded"', '"preRecording"', "with recordings it is asRecorded"),
        ("visual.nonText visual.text", "visual.nonText, visual.text", "'visual.nonText,'"),
        (' daptm:scriptRepresents="visual.nonText visual.text"', "", "scriptRepresents is missing"),
        ("visual.nonText visual.text", "audio visual.text", "the event represents 'visual.nonText'"),
        (' daptm:represents="visual.nonText"', "", "does not say what it represents"),
        (' daptm:represents="visual.nonText"', ' daptm:represents="visual.picture"', "no content descriptor"),
        ('langSrc="zxx"', 'langSrc=""', "langSrc is empty"),
        ('langSrc="zxx"', 'langSrc="#1"', "langSrc is '#1'"),
        ('onScreen="ON"', 'onScreen="YES"', "onScreen"),
        ('descType="scene"', 'descType="mood"', "descType"),
        ("10:00:00:24<", "10:00:00:30<", "frame 30"),
        ("10:00:00:24<", "10:00<", "HH:MM:SS:FF"),
        ("<ttm:agent ", "<daptm:daptOriginTimecode>10:00:00:00</daptm:daptOriginTimecode><ttm:agent ", "a second"),
        (' xml:id="nora"', "", "without xml:id"),
        ('type="character"', 'type="part"', "type of a ttm:agent"),
        ("</ttm:agent>", '<ttm:actor agent="eve"/></ttm:agent>', "'eve', which is not declared"),
        ('ttm:agent="nora"', 'ttm:agent="elias"', "'elias', which is not declared"),
        ("<audio>", '<audio xml:lang="fr">', "the recording is in 'fr'"),
        ('<source src="#take"/>', "", "without a source"),
        ('src="#take"', 'src="#other"', "no such recording"),
        ('src="#take"', 'src="take.wav"', "without its type"),
        (' type="audio/wave"', "", "embedded data without its type"),
        ("UklGRg==", "", "without content"),
        ("UklGRg==", "not base64!", "no base64"),
        ('end="3s"', 'end="00:00:03:12"', "no clock time with frames"),
    ],
)
def test_each_demand_of_the_specification_is_checked(tmp_path: Path, was: str, now: str, message: str) -> None:
    assert was in WHOLE
    found = broken(tmp_path, WHOLE.replace(was, now, 1))
    assert any(message in one for one in found), found


def test_what_is_allowed_is_no_fault(tmp_path: Path) -> None:
    for was, now in (
        ('descType="scene"', 'descType="x-mood"'),
        ('="visual.nonText" daptm:langSrc', '="visual.text.title" daptm:langSrc'),
        ('="visual.nonText" daptm:langSrc', '="visual.nonText.x-ours" daptm:langSrc'),
        ("dapt1.0/content", "dapt1.0/content http://www.w3.org/ns/ttml/profile/imsc1.2/text"),
        ('src="#take"', 'src="take.wav" type="audio/wave"'),
    ):
        assert was in WHOLE
        assert broken(tmp_path, WHOLE.replace(was, now, 1)) == []


def test_a_recording_in_the_file_is_not_spoken(tmp_path: Path) -> None:
    """Its letters are no words, neither for the judge nor for a voice."""
    path = tmp_path / "script.ttml"
    inner = '<audio><source><data type="audio/wave">UklGRg==</data></source></audio>'
    path.write_text(WHOLE.replace('<audio><source src="#take"/></audio>', inner), "utf-8")
    assert [(line.start_ms, line.text) for line in read_script(path).lines] == [(1_000, "Rain.")]


def test_a_transcript_and_a_translation_are_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "script.ttml"
    more = (
        '<div xml:id="b" begin="4s" end="6s" daptm:represents="audio.dialogue"><p>Hello.</p></div>'
        '<div xml:id="c" begin="7s" end="9s"><p xml:lang="de">Wind weht.</p><p>Wind blows.</p></div></body>'
    )
    path.write_text(WHOLE.replace("</body>", more), "utf-8")
    script = read_script(path)
    assert [line.text for line in script.lines] == ["Rain.", "Wind blows."]
    check_new_lines(script.lines, path)
    assert check(path).pace.lines == 2


def test_a_line_without_a_time_is_given_none(tmp_path: Path) -> None:
    path = tmp_path / "script.ttml"
    untimed = '<div xml:id="b"><p>A gull circles.</p></div></body>'
    path.write_text(WHOLE.replace("</body>", untimed), "utf-8")
    script = read_script(path)
    assert [line.text for line in script.lines] == ["Rain."]
    assert [fault.message for fault in script.faults] == ["no time tells when to speak 'A gull circles.'"]
    assert any("no time" in note.message for note in notes(script.faults, path))
    path.write_text(WHOLE.replace(' begin="1s" end="3s"', ""), "utf-8")
    with pytest.raises(ScriptError, match="no time tells when to speak 'Rain"):
        read_script(path)


@pytest.mark.media
def test_the_consortiums_own_cases(media: Path) -> None:
    """What is invalid is refused with the reason, or judged to be so; in what is valid nothing of the kind is found."""
    cases = sorted((media / "dapt-tests").glob("*.xml"))
    assert len(cases) == 29
    for case in cases:
        reasons = _reasons(case)
        if case.name.startswith("valid"):
            assert [one for one in reasons if "no time tells" not in one] == [], case.name
        else:
            assert reasons, case.name


def _reasons(case: Path) -> list[str]:
    """What is found, less that a file is empty or no description, which valid ones are too."""
    try:
        return [fault.message for fault in read_script(case).faults if fault.kind == "nonconforming"]
    except ScriptError as error:
        fault = error.fault.removeprefix(str(case))
        for known in (" holds no line that can be read", " represents only sound, no description"):
            fault = fault.removeprefix(known)
        return [one for one in fault.strip(" ()").split("; ") if one]
