"""The page says what the report says, whatever the texts hold, and needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import LOUDNESS, change, check, cue, film, finding, known, long_film, note, report, segment, waveform

from audiodesc.core.formatting import exact, plain, signed
from audiodesc.report.html import page
from audiodesc.report.model import Report

XML = "{http://www.w3.org/1999/xhtml}"
HOSTILE = [
    "<script>document.title='owned'</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "'\"><a href='javascript:alert(1)'>x</a>",
    "{{ 7 * 7 }}{% raw %}",
    "]]>--><!--",
    "&lt;b&gt; &amp; &#0;",
    "\u202egnol oot\u202c",
    "\x00\x07\x1b[31m\x85\udcff\uffff",
    "ש\u200fלום \u2067x",
]


def shown(content: Report, track: str = "story.ad.m4a", folder: str = "story.ad", script: str = "s.vtt") -> str:
    wave = waveform(content.film.duration_ms, [])
    return page(content, wave, wave, {"track": track, "script": script}, folder)


def tree(text: str) -> ElementTree.Element:
    """The page is written so that a parser of XML reads it too, and that one forgives nothing."""
    return ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>"))  # noqa: S314


def first(root: ElementTree.Element, name: str) -> ElementTree.Element:
    found = root.find(name)
    assert found is not None
    return found


def table(root: ElementTree.Element, caption: str) -> list[list[str]]:
    [found] = [one for one in root.iter("table") if "".join(first(one, "caption").itertext()).startswith(caption)]
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in found.iter("tr")]


FILES = {"track": "story.ad.m4a", "script": "story.ad.vtt"}
STORY = report(
    60_000,
    [
        segment((0, 4_000), "A ferry waits.", (1_000, 3_000)),
        segment((10_000, 11_000), "Night falls over the harbour.", None, "it does not fit"),
        segment((20_000, 21_000), "", None, "nothing to tell"),
        segment((30_000, 39_000), "She walks away.", (31_234, 34_567), depth_db=0.0),
    ],
    [cue(4_000, 9_000, "Hello.")],
    [note("the cover was left out"), note("?", "look", 5_000)],
)


def test_each_line_is_in_the_table_with_its_times_and_levels() -> None:
    assert table(tree(shown(STORY)), "Spoken lines") == [
        ["No.", "From", "To", "Line", "Speed ×", "Level LUFS", "Above the film LU", "Film lowered dB", "Listen"],
        ["1", "0:01.000", "0:03.000", "A ferry waits.", "1.05", "−23.4", "15.6", "−9.0", "Hear 1"],
        ["2", "0:31.234", "0:34.567", "She walks away.", "1.05", "−23.4", "15.6", "0.0", "Hear 2"],
    ]


def test_what_was_left_out_and_the_notes_are_told() -> None:
    root = tree(shown(STORY))
    assert table(root, "Lines that are not spoken")[1:] == [
        ["1", "0:10.000", "0:11.000", "Night falls over the harbour.", "it does not fit"]
    ]
    assert ["".join(item.itertext()) for item in root.iter("li")] == ["the cover was left out", "0:05: ?"]


def test_a_line_left_out_past_the_end_is_not_in_the_picture_and_leads_nowhere() -> None:
    late = segment((70_000, 70_000), "Too late.", None, "past the film's end")
    root = tree(shown(replace(STORY, segments=(*STORY.segments, late))))
    ids = {one.get("id") for one in root.iter()}
    inner = [one.get("href", "")[1:] for one in root.iter("a") if one.get("href", "").startswith("#")]
    assert set(inner) <= ids
    assert "not-1" in inner
    assert table(root, "Lines that are not spoken")[-1][0] == "2"


def test_the_pauses_left_empty_are_told_with_why() -> None:
    gaps = tuple(replace(gap, why=f"reason {n}") for n, gap in enumerate(STORY.gaps, 1))
    assert table(tree(shown(replace(STORY, gaps=gaps))), "Pauses in which nothing is said") == [
        ["No.", "From", "To", "Why"],
        ["2", "0:10.000", "0:11.000", "reason 2"],
        ["3", "0:20.000", "0:21.000", "reason 3"],
    ]
    assert "not known: a person placed the lines" in table(tree(shown(STORY)), "Pauses in which")[1]


def test_the_check_is_told_with_its_statement() -> None:
    found = [finding("error", "no times"), finding("info", "slow", "She walks slowly.", start_ms=31_234, end_ms=34_567)]
    root = tree(shown(replace(STORY, check=check(*found, statement="Not evaluated.", rule="nobody listened"))))
    assert table(root, "What the check found")[1:] == [
        ["1", "", "error", "no times: mend it", ""],
        ["2", "0:31.234", "hint", "slow: mend it", "She walks slowly."],
    ]
    text = "".join(root.itertext())
    assert "1 error, 0 warnings, 1 hint in what is said" in text
    assert "Not evaluated." in text
    assert "rule (nobody listened)" in text
    assert "What the check found" not in shown(STORY)


def rows_of(content: Report, number: int) -> dict[str, str]:
    """The page's lists of names and values: 0 is the summary, 1 the dialogue."""
    found = list(tree(shown(content)).iter("dl"))[number]
    return {"".join(row[0].itertext()): "".join(row[1].itertext()) for row in found}


def test_what_the_sound_changed_of_the_dialogue_is_counted() -> None:
    """One subtitle is 0.3 s longer, one 0.5 s longer and 0.1 s shorter; 2 s of speech have none."""
    changed = [change(4_000, 9_000, 300, 0), change(10_000, 12_000, 500, -100), change(15_000, 17_000, None, None)]
    assert rows_of(replace(STORY, dialogue=known(*changed, verdict="off", moved=2)), 1) == {
        "Known from": "the subtitles and the film's sound",
        "Subtitles against the sound": "late or early",
        "Moved to their speech": "in 2 pieces",
        "Heard longer than they stand": "2 subtitles, 0.8 s in all",
        "Heard shorter than they stand": "1 subtitle, 0.1 s in all",
        "Speech without a subtitle": "1 place, 2.0 s in all",
        "Never spoken over": "speech",
    }
    assert rows_of(replace(STORY, dialogue=known(sources=())), 1)["Known from"].startswith("not known")


@pytest.mark.parametrize(
    ("fingerprint", "name"),
    [
        ("basic/2 rapidocr/3.10.0 PP-OCRv6_det_small", "basic"),
        ("human", "human"),
        ("server 5f3ab1 qwen2.5-vl frames prompts/3 about/0", "server"),
        ("Qwen/Qwen2.5-VL-3B-Instruct@66285546d2b8 chat 200 x@y", "Qwen/Qwen2.5-VL-3B-Instruct"),
    ],
)
def test_the_describer_of_an_older_report_is_named_without_its_fingerprint(fingerprint: str, name: str) -> None:
    assert rows_of(replace(STORY, settings={**STORY.settings, "describer": fingerprint}), 0)["Describer"] == name


def test_the_describer_is_named_as_it_calls_itself() -> None:
    settings = {**STORY.settings, "describer": "server 5f3ab1 m frames", "describer_label": "server, m"}
    assert rows_of(replace(STORY, settings=settings), 0)["Describer"] == "server, m"


def test_the_seconds_spoken_are_rounded_as_in_the_summary() -> None:
    """9.87 s are 10."""
    totals = replace(STORY.totals, seconds_spoken=9.87)
    assert rows_of(replace(STORY, totals=totals), 0)["Lines spoken"] == "2, 10 s in all"


def test_loudness_is_stated_before_and_after() -> None:
    assert table(tree(shown(STORY)), "Loudness") == [
        ["Measure", "Unit", "Before", "After"],
        ["Integrated", "LUFS", "−23.0", "–"],
        ["Dialogue", "LUFS", "−24.0", "–"],
        ["Short-term maximum", "LUFS", "−20.0", "−20.0"],
        ["Range", "LU", "8.0", "8.0"],
        ["True peak", "dBTP", "−1.5", "−1.5"],
    ]


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        (
            {"profile": "a85", "target_lufs": -24.0, "gate": "programme", "ceiling_db": -2.0, "reached": True},
            "Loudness: a85, wanted at −24.0 LUFS, at most −2.0 dBTP: reached",
        ),
        (
            {"profile": "streaming", "target_lufs": -27.0, "gate": "dialogue", "ceiling_db": -2.0, "reached": False},
            "Loudness: streaming, wanted the dialogue at −27.0 LUFS, at most −2.0 dBTP: not reached",
        ),
        (
            {"profile": "source", "target_lufs": None, "gate": "programme", "ceiling_db": -1.0, "reached": True},
            "Loudness: source, as the film came in, at most −1.0 dBTP",
        ),
    ],
)
def test_what_the_loudness_is_held_against_is_stated(goal: dict[str, Any], text: str) -> None:
    root = tree(shown(replace(STORY, loudness=replace(LOUDNESS, **goal))))
    assert next("".join(one.itertext()) for one in root.iter("caption")) == text


@pytest.mark.parametrize(("peak_db", "rows"), [(-1.04, [["True peak of the AAC", "dBTP", "–", "−1.0"]]), (None, [])])
def test_the_peak_of_the_aac_has_a_row_where_there_is_one(peak_db: float | None, rows: list[list[str]]) -> None:
    root = tree(shown(replace(STORY, loudness=replace(LOUDNESS, decoded_true_peak_db=peak_db))))
    assert [row for row in table(root, "Loudness") if "AAC" in row[0]] == rows


def test_levels_that_were_not_measured_have_no_column() -> None:
    bare = tuple(replace(one, sound=None) for one in STORY.segments)
    rows = table(tree(shown(replace(STORY, segments=bare, gain_curve=()))), "Spoken lines")
    assert rows[0] == ["No.", "From", "To", "Line", "Speed ×", "Listen"]


@pytest.mark.parametrize(("overlap", "text"), [(0, "0 ms"), (130, "130 ms"), (None, "not known")])
def test_the_first_rule_comes_first(overlap: int | None, text: str) -> None:
    root = tree(shown(replace(STORY, overlap_ms=overlap)))
    first = next(root.iter("dl"))[0]
    assert "".join(first.itertext()).startswith("Narration over dialogue" + text)


@pytest.mark.parametrize(("under_ms", "is_told"), [(340, True), (0, False)])
def test_what_lies_under_subtitles_is_told(under_ms: int, is_told: bool) -> None:
    text = "".join(next(tree(shown(replace(STORY, under_subtitles_ms=under_ms))).iter("dl")).itertext())
    assert (f"Under subtitles in which nobody is heard{under_ms} ms" in text) == is_told


def test_the_picture_leads_to_the_table_and_back() -> None:
    root = tree(shown(STORY))
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    inner = [one.get("href", "").removeprefix("#") for one in root.iter("a") if one.get("href", "").startswith("#")]
    assert set(inner) <= set(ids)
    assert {"line-1", "line-2", "left-1", "at-1", "at-2", "not-1"} <= set(inner)
    for element in root.iter():
        for name in (element.get("aria-labelledby") or "").split():
            assert name in ids


def test_each_row_of_the_picture_has_a_title_and_a_description() -> None:
    pictures = [one for one in tree(shown(STORY)).iter("g") if one.get("role") == "img"]
    assert len(pictures) == 2
    assert [one.findtext("title") for one in pictures] == ["0:00 to 0:30", "0:30 to 1:00"]
    assert pictures[0].findtext("desc") == (
        "Spoken lines: 1. Lines left out: 1. Pauses: 3. Seconds of dialogue: 5 of 30."
    )


def test_a_line_can_be_heard_from_two_seconds_before_it() -> None:
    root = tree(shown(STORY, "a #b?.ad.m4a"))
    links = [one.get("href", "") for one in root.iter("a") if (one.text or "")[:4] == "Hear"]
    assert [unquote(link) for link in links] == ["./a #b?.ad.m4a#t=0,5", "./a #b?.ad.m4a#t=29.234,36.567"]
    assert all(link.count("#") == 1 and "?" not in link for link in links)


def test_the_script_as_spoken_is_one_click_away() -> None:
    root = tree(shown(STORY, script="a #b?.ad.spoken.vtt"))
    links = {one.text: one.get("href", "") for one in root.iter("a")}
    assert unquote(links["a #b?.ad.spoken.vtt"]) == "./a #b?.ad.spoken.vtt"
    assert not set("#?") & set(links["a #b?.ad.spoken.vtt"])


def test_a_film_without_lines_says_so() -> None:
    text = shown(report(5_000))
    assert "No line is spoken in this film." in text
    assert "Left out</h2>" not in text
    tree(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_only_text(text: str) -> None:
    """Put wherever a text can come from outside, it changes no element of the page."""
    content = report(
        30_000,
        [segment((0, 4_000), text, (1_000, 3_000)), segment((5_000, 9_000), text, None, text)],
        [cue(10_000, 11_000, text)],
        [note(text, text)],
        film=film(text, 30_000),
        settings={"voice": text, "describer": text, "language": text},
        check=check(finding("error", text, text), statement=text, **{text: text}),
    )
    harmless = report(
        30_000,
        [segment((0, 4_000), "x", (1_000, 3_000)), segment((5_000, 9_000), "x", None, "x")],
        [cue(10_000, 11_000, "x")],
        [note("x", "x")],
        film=film("x", 30_000),
        settings={"voice": "x", "describer": "x", "language": "x"},
        check=check(finding("error", "x", "x"), statement="x", x="x"),
    )
    page_text = shown(content, text, text)
    page_text.encode("utf-8")
    root = tree(page_text)
    assert [one.tag for one in root.iter()] == [one.tag for one in tree(shown(harmless, "x", "x")).iter()]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page_text)
    assert [row[3] for row in table(root, "Spoken lines")[1:]] == [" ".join(plain(text).split())]
    for link in root.iter("a"):
        assert link.get("href", "").startswith(("#", "./"))


@settings(max_examples=60)
@given(text=st.text(st.characters(), max_size=40))
def test_any_text_can_stand_on_the_page(text: str) -> None:
    content = report(10_000, [segment((0, 4_000), text or "x", (1_000, 3_000))])
    assert table(tree(shown(content)), "Spoken lines")[1][3] == " ".join(plain(text or "x").split())


def test_nothing_but_its_own_style_may_be_loaded() -> None:
    text = shown(STORY)
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    [style] = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "<script" not in text
    assert not re.findall(r"\s(?:src|style|on\w+)=|https?:|url\(|@import", text)


def test_the_same_report_gives_the_same_page() -> None:
    assert shown(STORY) == shown(STORY)


def test_the_page_of_a_film_of_four_hours_is_small() -> None:
    """1200 lines of the usual length, 2400 cues, sound that never rests."""
    text = page(*long_film(4), FILES, "story.ad")
    assert len(text.encode()) < 1_000_000
    assert len(table(tree(text), "Spoken lines")) > 1150


@pytest.mark.parametrize(("ms", "text"), [(0, "0:00.000"), (59_999, "0:59.999"), (3_600_001, "1:00:00.001")])
def test_times_of_lines_are_exact(ms: int, text: str) -> None:
    assert exact(ms) == text


@pytest.mark.parametrize(
    ("value", "text"), [(-9.04, "−9.0"), (-0.01, "0.0"), (0.0, "0.0"), (15.66, "15.7"), (None, "–")]
)
def test_levels(value: float | None, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("folder", "command"),
    [("My Film.ad", "'My Film.ad'"), ("a b;touch x.ad", "'a b;touch x.ad'"), ("-x.ad", "./-x.ad"), ("ü.ad", "'ü.ad'")],
)
def test_the_command_to_hear_a_line_is_quoted_for_a_shell(folder: str, command: str) -> None:
    root = tree(shown(STORY, folder=folder))
    assert f"audiodesc listen {command} --line 1" in {"".join(code.itertext()) for code in root.iter("code")}
