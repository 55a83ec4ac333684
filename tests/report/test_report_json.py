"""The report is the same after it was written and read; what is none is refused in one line."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import make_schema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from audiodesc.errors import InputError
from audiodesc.report import as_plain, from_json, read_report, to_json
from audiodesc.report.model import SCHEMA_VERSION, Report

DATA = Path(__file__).parent / "data"
OLD = {path.stem: path for path in sorted(DATA.glob("*.json"))}
"""Of the sample film, as they were written before there was a version: `make`; `describe`, without sound; `render` of a
person's script; and the same (`deaf`) where nothing told when people speak."""

SCHEMA = Draft202012Validator(json.loads(make_schema.SCHEMA.read_text("utf-8")))


def old(name: str = "make", **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(OLD[name].read_text("utf-8"))
    return content | changes


def read(content: Any) -> Report:
    return from_json(json.dumps(content), "film.ad.json")


@pytest.mark.parametrize("name", OLD)
def test_a_report_without_a_version_opens_and_keeps_all_it_says(name: str) -> None:
    found = read_report(OLD[name])
    assert found.schema_version == 0
    written = json.loads(to_json(found))
    assert written.pop("schema_version") == 0
    assert written == old(name)
    assert list(written) == list(old(name))


@pytest.mark.parametrize("name", OLD)
def test_what_is_written_is_read_as_it_was(name: str) -> None:
    report = replace(read_report(OLD[name]), schema_version=SCHEMA_VERSION)
    assert from_json(to_json(report)) == report
    assert to_json(from_json(to_json(report))) == to_json(report)
    assert to_json(report).endswith("}\n")


@pytest.mark.parametrize("name", OLD)
def test_it_is_what_the_schema_says(name: str) -> None:
    SCHEMA.validate(json.loads(to_json(read_report(OLD[name]))))


def test_the_schema_is_that_of_the_types() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)
    assert make_schema.SCHEMA.read_text("utf-8") == make_schema.schema(), "run docs/make_schema.py"


def test_where_no_sound_was_made_nothing_is_said_of_it() -> None:
    plain = as_plain(read_report(OLD["describe"]))
    assert not plain.keys() & {"overlap_ms", "under_subtitles_ms", "loudness", "sound", "gain_curve"}
    assert all("sound" not in segment for segment in plain["segments"])
    unknown = as_plain(read_report(OLD["deaf"]))
    assert unknown["overlap_ms"] is None
    assert {segment["sound"] is None for segment in unknown["segments"]} == {False}


@pytest.mark.parametrize("number", [-math.inf, math.inf, math.nan])
def test_what_is_no_number_is_null_however_deep(number: float) -> None:
    report = replace(read(old()), settings={"a": number, "b": [{"c": (number, 1.5)}]})
    assert json.loads(to_json(report))["settings"] == {"a": None, "b": [{"c": [None, 1.5]}]}


def test_the_loudness_of_silence_is_null() -> None:
    loudness = old()["loudness"]
    silent = loudness | {"before": dict.fromkeys(loudness["before"])}
    found = read(old(loudness=silent))
    assert found.loudness
    assert found.loudness.before.integrated_lufs is None
    assert json.loads(to_json(found))["loudness"] == silent


def test_any_text_can_be_written_as_utf_8() -> None:
    report = read(old())
    named = replace(report, film=replace(report.film, name=b"caf\xe9 \xe9.mp4".decode("utf-8", "surrogateescape")))
    text = to_json(replace(named, made_by="Où ? 「駅」"))
    assert json.loads(text.encode("utf-8"))["film"]["name"] == "caf? ?.mp4"
    assert "「駅」" in text
    assert from_json(text).made_by == "Où ? 「駅」"


def changed(path: str, value: Any) -> dict[str, Any]:
    """The report with a value at a path such as segments.0.placed."""
    content = old()
    *before, last = path.split(".")
    inner: Any = content
    for name in before:
        inner = inner[int(name) if isinstance(inner, list) else name]
    inner[int(last) if isinstance(inner, list) else last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("film", 3),
        ("film.duration_ms", "71292"),
        ("film.duration_ms", -1),
        ("film.duration_ms", 10**400),
        ("film.duration_ms", 71.5),
        ("film.duration_ms", True),
        ("film.audio_tracks.0.role", "dance"),
        ("segments.0.placed", {"start_ms": 4_101, "end_ms": 1_625}),
        ("segments.0.placed", {"start_ms": 1_625}),
        ("segments.0.rate", math.nan),
        ("loudness.before.integrated_lufs", -math.inf),
        ("gain_curve.0", [1, 2, 3]),
        ("cues.0.kind", "noise"),
        ("check.findings.0.severity", "dreadful"),
        ("files", []),
        ("seconds.mix", None),
        ("notes.0", "\x1b[31m"),
        ("schema_version", "1"),
    ],
)
def test_a_hostile_report_is_one_line_that_names_the_file_the_fault_and_the_remedy(path: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        read(changed(path, value))
    assert caught.value.fault.startswith("film.ad.json is not a report of audiodesc, or it is damaged (")
    assert path.removesuffix(".0") in caught.value.fault or "JSON" in caught.value.fault
    assert "\n" not in str(caught.value)
    assert caught.value.remedy == "make it again with `audiodesc make` or `render`"


@pytest.mark.parametrize("name", old())
def test_a_report_that_lacks_a_part_is_refused_by_its_name(name: str) -> None:
    content = old()
    del content[name]
    if name in {"seconds", "files", "film_at", "key", *MEASURED}:
        read(content)
    else:
        with pytest.raises(InputError, match=rf"\({name}: Field required\)"):
            read(content)


MEASURED = ("overlap_ms", "under_subtitles_ms", "narration_heard_ms", "loudness", "sound", "gain_curve")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"film": ' * 50_000])
def test_what_is_no_json_is_no_report(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ad.json").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.ad\.json is not a report of audiodesc"):
        read_report(tmp_path / "a.ad.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_any_other_json_is_refused(content: Any) -> None:
    with pytest.raises(InputError):
        read(content)


def test_a_newer_report_asks_for_a_newer_program() -> None:
    with pytest.raises(InputError) as caught:
        read({"schema_version": SCHEMA_VERSION + 1, "film": "in another form"})
    assert str(caught.value) == "film.ad.json was written by a newer audiodesc: update audiodesc to read it"


def test_keys_that_are_not_known_are_passed_over() -> None:
    assert read(old(more={"a": 1})) == read(old())


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.ad\.json cannot be read \(No such file"):
        read_report(tmp_path / "none.ad.json")
