"""Job files: what is read and what is written is the same; a mistake is one line that names the file and the key."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from audiodesc.core.choices import Field, choices, fields
from audiodesc.core.formatting import visible_toml
from audiodesc.core.toml import as_toml, read_job, schema, settings_of
from audiodesc.errors import InputError, UsageError
from audiodesc.settings import Settings

JOBS = Draft202012Validator(schema(Settings))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def value_of(field: Field) -> st.SearchStrategy[Any]:
    """Any value that the field may have."""
    if field.name == "encoding":
        return st.sampled_from([None, "cp1250"])
    ways: list[st.SearchStrategy[Any]] = [st.sampled_from(field.names)] if field.names else []
    least = field.range.ge if field.range else None
    most = field.range.le if field.range else None
    for kind in field.kinds:
        if kind is bool:
            ways.append(st.booleans())
        elif kind is int:
            ways.append(st.integers(least, most or 10**9))  # type: ignore[arg-type]
        elif kind is float:
            ways.append(st.floats(least, most, allow_nan=False, allow_infinity=False))  # type: ignore[arg-type]
        elif kind is str:
            ways.append(TEXT)
        elif kind is type(None):
            ways.append(st.none())
    return st.one_of(ways) if ways else st.lists(TEXT, max_size=3).map(tuple)


@st.composite
def any_settings(draw: st.DrawFn) -> Settings:
    tables: dict[str, Any] = {}
    for path, _, field in choices(Settings):
        if draw(st.booleans()):
            table = tables
            for name in path[:-1]:
                table = table.setdefault(name, {})
            table[path[-1]] = draw(value_of(field))
    own = draw(st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT, max_size=2), max_size=2))
    tables["options"] = {name: table for name, table in own.items() if table}  # no options are not written
    try:
        return settings_of(Settings, tables)
    except UsageError:  # choices that do not go together
        assume(False)
        raise


@given(chosen=any_settings())
@settings(deadline=None)
def test_what_is_written_reads_back_as_the_same(tmp_path_factory: pytest.TempPathFactory, chosen: Settings) -> None:
    path = tmp_path_factory.mktemp("job") / "job.toml"
    for text in (as_toml(chosen), visible_toml(as_toml(chosen))):
        path.write_text(text, "utf-8")
        assert settings_of(Settings, read_job(path, Settings)) == chosen
        JOBS.validate(tomllib.loads(text))


def test_the_written_file_says_what_each_choice_is() -> None:
    text = as_toml(Settings())
    assert "# Silence kept before and after dialogue.\nmargin_ms = 150\n" in text
    assert "# false: do not listen for speech: believe the subtitles alone.\nhear = true\n" in text


def job(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "job.toml"
    path.write_text(text, "utf-8")
    return path


PARTS = "[plan]\nmargin_ms = 200\n[sound.ducking]\ndepth_db = -12\n[options.mine]\nnumber = 3\non = true\n"


def test_any_choice_may_be_given_and_the_later_wins(tmp_path: Path) -> None:
    path = job(
        tmp_path, "[plan]\nmargin_ms = 200\n[sound.ducking]\ndepth_db = -12\n[options.mine]\nnumber = 3\non = true\n"
    )
    given = read_job(path, Settings)
    chosen = settings_of(Settings, given, {"plan": {"shortest_ms": 900}, "sound": {"ducking": {"depth_db": -6.0}}})
    assert (chosen.plan.margin_ms, chosen.plan.shortest_ms) == (200, 900)
    assert (chosen.sound.ducking.depth_db, chosen.sound.ducking.hold_ms) == (-6.0, 1_000)
    assert chosen.options == {"mine": {"number": "3", "on": "true"}}


@pytest.mark.parametrize(
    ("text", "fault", "remedy"),
    [
        ("[plan]\nmargn_ms = 3", "there is no plan.margn_ms", "did you mean plan.margin_ms?"),
        ("[voice]\nmargin_ms = 3", "there is no voice.margin_ms", "did you mean plan.margin_ms?"),
        ("margin_ms = 3", "there is no margin_ms", "did you mean plan.margin_ms?"),
        ("[pln]\n", "there is no pln", "did you mean plan?"),
        ("[sound.duking]\n", "there is no sound.duking", "did you mean sound.ducking?"),
        ("[xyz]\n", "there is no xyz", "there are: dialogue, plan, "),
        ("[plan]\nmargin_ms = -3", "plan.margin_ms is -3", "give 0 to 10,000 ms; did you mean 3?"),
        ('[plan]\nmargin_ms = "x"', "plan.margin_ms is 'x'", "give a whole number"),
        ("[plan]\nmargin_ms = true", "plan.margin_ms is True", "give a whole number"),
        ('[plan]\ndensity = "some"', "plan.density is 'some'", "choose one of: sparse, normal, full"),
        ("[sound.ducking]\ndepth_db = 12", "sound.ducking.depth_db is 12", "give -60 to 0 dB; did you mean -12?"),
        ('[sound.ducking]\ndepth_db = "x"', "sound.ducking.depth_db is 'x'", "give -60 to 0 dB, or choose one of: "),
        ("[check]\ndisable = 3", "check.disable is 3", "give a tuple of text (in TOML a list)"),
        ("plan = 3", "plan is 3", "write it as a table: [plan]"),
        ("[options]\nmine = 3", "options is {'mine': 3}", "give a table"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(tmp_path: Path, text: str, fault: str, remedy: str) -> None:
    path = job(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_job(path, Settings)
    assert caught.value.fault == f"{path}: {fault}"
    assert caught.value.remedy.startswith(remedy)
    assert "\n" not in str(caught.value)
    if "pln" not in text:
        with pytest.raises(ValidationError):
            JOBS.validate(tomllib.loads(text))


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"job.toml: not TOML: .*line 2.*audiodesc config"):
        read_job(job(tmp_path, "[plan]\nmargin_ms = x\n"), Settings)
    with pytest.raises(InputError, match="cannot be read"):
        read_job(tmp_path / "none.toml", Settings)


def test_choices_that_do_not_go_together_are_told_wherever_they_were_given(tmp_path: Path) -> None:
    given = read_job(job(tmp_path, "[dialogue]\nsync = true\n"), Settings)
    with pytest.raises(UsageError, match="--no-hear"):
        settings_of(Settings, given, {"dialogue": {"hear": False}})


def test_a_name_that_is_no_text_is_not_written() -> None:
    with pytest.raises(UsageError, match="cannot be written as TOML"):
        as_toml(settings_of(Settings, {"voice": {"lexicon": "\udcff.toml"}}))


def test_the_schema_has_every_choice_with_its_range_and_help() -> None:
    made = schema(Settings)
    for path, _, field in choices(Settings):
        table: Any = made
        for name in path[:-1]:
            table = made["$defs"][table["properties"][name]["$ref"].rpartition("/")[2]]
        told = table["properties"][path[-1]]
        assert field.choice
        assert told["description"] == field.choice.meaning
        if field.range and "anyOf" not in told:
            assert (told["minimum"], told.get("maximum", math.inf)) == (
                field.range.ge,
                math.inf if field.range.le is None else field.range.le,
            )
    assert {field.name for field in fields(Settings)} == set(made["properties"])
