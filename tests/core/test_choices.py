"""What a user may choose, and what is said about a wrong choice."""

from __future__ import annotations

import ast
import dataclasses
import math
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import make_choices
import pytest

import audiodesc
from audiodesc.core.choices import choices, fields, reported
from audiodesc.errors import UsageError
from audiodesc.media.encode import FORMATS
from audiodesc.mix.levels import PROFILES
from audiodesc.planning.costs import LINES
from audiodesc.settings import (
    DeliverSettings,
    Density,
    DescriberSettings,
    DialogueSettings,
    Ducking,
    LoudnessName,
    PlanSettings,
    RunSettings,
    Settings,
    SoundSettings,
    TrackFormat,
    VoiceSettings,
)

GROUPS = (*(field.group for field in fields(Settings) if field.group), Ducking)


def test_the_defaults_are_those_of_the_craft() -> None:
    chosen = Settings()
    assert (chosen.plan.margin_ms, chosen.plan.shortest_ms, chosen.voice.fastest) == (150, 1_200, 1.15)
    assert chosen.sound.ducking == Ducking(
        depth_db="usual", ratio_lu=7, cap_db=-24, down_ms=300, up_ms=500, ahead_ms=0, hold_ms=1_000
    )
    assert (chosen.sound.loudness, chosen.deliver.track, chosen.deliver.bits) == ("source", "m4a", 24)
    assert (chosen.run.strict, chosen.run.force) == (False, False)
    dialogue = chosen.dialogue
    assert (dialogue.hear, dialogue.sync, dialogue.shift_s, dialogue.trust_subs) == (True, False, 0, False)


@pytest.mark.parametrize(
    ("group", "chosen"),
    [
        (PlanSettings, {"margin_ms": 0}),
        (PlanSettings, {"margin_ms": 10_000}),
        (PlanSettings, {"shortest_ms": 300}),
        (PlanSettings, {"shortest_ms": 60_000}),
        (VoiceSettings, {"fastest": 1}),
        (VoiceSettings, {"fastest": 2}),
        (DialogueSettings, {"shift_s": -86_400}),
        (DialogueSettings, {"sync": True}),
        (DialogueSettings, {"hear": False}),
        (DescriberSettings, {"parallel": 1_000}),
        (DeliverSettings, {"track": "flac", "bits": 16}),
        (DeliverSettings, {"track": "wav", "bits": 24}),
        (DeliverSettings, {"stems": True}),
        (SoundSettings, {"loudness": "r128"}),
        (SoundSettings, {"loudness": "a85"}),
        (SoundSettings, {"loudness": "streaming"}),
        (SoundSettings, {"pan": -1}),
        (SoundSettings, {"pan": 1}),
        (SoundSettings, {"downmix": "stereo"}),
    ],
)
def test_what_may_be_chosen(group: Any, chosen: dict[str, Any]) -> None:
    made = group(**chosen)
    assert {name: getattr(made, name) for name in chosen} == chosen


@pytest.mark.parametrize(
    ("group", "chosen", "named"),
    [
        (PlanSettings, {"margin_ms": -1}, "-1"),
        (PlanSettings, {"margin_ms": 10_001}, "10001"),
        (PlanSettings, {"shortest_ms": 299}, "299"),
        (PlanSettings, {"shortest_ms": 60_001}, "60001"),
        (VoiceSettings, {"fastest": 0.99}, "0.99"),
        (VoiceSettings, {"fastest": 2.01}, "2.01"),
        (VoiceSettings, {"fastest": math.nan}, "nan"),
        (VoiceSettings, {"fastest": math.inf}, "inf"),
        (DialogueSettings, {"shift_s": 86_401}, "86401"),
        (DialogueSettings, {"shift_s": math.nan}, "nan"),
        (DescriberSettings, {"parallel": 0}, "0"),
        (DeliverSettings, {"track": "mp3"}, "'mp3'"),
        (DeliverSettings, {"track": ""}, "''"),
        (DeliverSettings, {"bits": 20}, "20"),
        (DeliverSettings, {"bits": 32}, "32"),
        (SoundSettings, {"loudness": "loud"}, "'loud'"),
        (SoundSettings, {"pan": 1.01}, "1.01"),
        (SoundSettings, {"pan": math.nan}, "nan"),
        (SoundSettings, {"downmix": "5.1"}, "'5.1'"),
    ],
)
def test_a_wrong_choice_is_named_with_what_may_be_given(group: Any, chosen: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        group(**chosen)
    (field,) = chosen
    assert f"{group.__name__}: {field} is {named}" in caught.value.fault
    assert caught.value.remedy.startswith(("give", "choose"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("group", "name", "known"),
    [
        (DeliverSettings, "track", ("m4a", "flac", "wav")),
        (SoundSettings, "loudness", ("source", "r128", "a85", "streaming")),
        (SoundSettings, "downmix", ("stereo",)),
        (PlanSettings, "density", ("sparse", "normal", "full")),
    ],
)
def test_an_unknown_name_lists_the_known_ones(group: Any, name: str, known: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        group(**{name: "none such"})
    assert all(one in caught.value.remedy for one in known)


def test_the_names_are_those_of_the_tables() -> None:
    assert get_args(TrackFormat) == tuple(FORMATS)
    assert get_args(LoudnessName) == tuple(PROFILES)
    assert get_args(Density) == tuple(LINES)


def test_subtitles_are_not_moved_to_speech_that_is_not_heard() -> None:
    with pytest.raises(UsageError, match="--no-hear"):
        DialogueSettings(sync=True, hear=False)


def test_models_are_not_both_fetched_and_not() -> None:
    with pytest.raises(UsageError, match="--offline"):
        RunSettings(yes=True, offline=True)


def test_settings_are_values() -> None:
    chosen = Settings(voice=VoiceSettings(fastest=1.2))
    assert chosen == Settings(voice=VoiceSettings(fastest=1.2))
    assert chosen != Settings()
    assert dataclasses.replace(Settings(), run=RunSettings(strict=True)).run.strict
    assert pickle.loads(pickle.dumps(chosen)) == chosen  # noqa: S301
    with pytest.raises(dataclasses.FrozenInstanceError):
        chosen.voice.fastest = 3  # type: ignore[misc]


def test_changed_settings_are_checked_again() -> None:
    with pytest.raises(UsageError):
        dataclasses.replace(VoiceSettings(), fastest=9)


@pytest.mark.parametrize(
    ("given", "remedy"),
    [({"subs": False, "hear": False}, "--no-hear"), ({"subs": False, "subs_track": "en"}, "--subs-track")],
)
def test_subtitles_that_are_chosen_and_not_used(given: dict[str, Any], remedy: str) -> None:
    with pytest.raises(UsageError, match=remedy):
        DialogueSettings(**given)


def a_wrong_value(hint: str) -> list[object]:
    wrong: list[object] = [Path("a"), b"a", [], object(), 1j]
    if "bool" not in hint:
        wrong.append(True)
    if "None" not in hint and "Optional" not in hint:
        wrong.append(None)
    if not any(kind in hint for kind in ("str", "Literal", "Mapping")):
        wrong.append("1")
    if "float" not in hint:
        wrong.append(1.0)
    if "int" not in hint and "float" not in hint and "Literal[24" not in hint:
        wrong.append(1)
    return wrong


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [(kind, field.name, str(field.hint)) for kind in (Settings, *GROUPS) for field in fields(kind)],
)
def test_a_value_of_another_type_is_named_with_its_field(kind: type, name: str, hint: str) -> None:
    for value in a_wrong_value(hint):
        with pytest.raises(UsageError) as caught:
            kind(**{name: value})
        assert f"{kind.__name__}: {name} is " in caught.value.fault
        assert caught.value.remedy.startswith("give ")


def test_a_whole_number_is_a_number() -> None:
    assert VoiceSettings(fastest=1).fastest == DialogueSettings(shift_s=1).shift_s == 1
    assert DialogueSettings(audio_track="de").audio_track == "de"
    assert Ducking(depth_db=-3).depth_db == -3


def test_the_report_has_what_changes_the_result_and_no_password() -> None:
    told = reported(
        Settings(describer=DescriberSettings(server="https://me:secret@example.org/v1"), voice=VoiceSettings("amy"))
    )
    assert told["voice"] == "amy"
    assert (told["margin_ms"], told["ducking"]["hold_ms"]) == (150, 1_000)
    assert not {"server", "strict", "force", "yes", "offline", "trust_subs", "options"} & set(told)


def test_the_page_of_the_choices_is_what_its_script_makes() -> None:
    assert make_choices.PAGE.read_text("utf-8") == make_choices.page(), "run docs/make_choices.py"


def written(tree: ast.AST) -> Iterator[tuple[str, Any]]:
    """(name, literal) of each default of a parameter and of a field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            every = [*node.posonlyargs, *node.args]
            pairs = [*zip(every[len(every) - len(node.defaults) :], node.defaults, strict=True)]
            pairs += [(arg, value) for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value]
            yield from ((arg.arg, _literal(value)) for arg, value in pairs)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, _literal(node.value)


def _literal(value: ast.AST) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None


def test_no_default_is_written_twice() -> None:
    """A parameter of the name of a choice has no literal default, or another one than the choice: it is derived."""
    defaults = {path[-1]: field.default for path, _, field in choices(Settings)}
    package = Path(audiodesc.__file__).parent
    twice = [
        (path.relative_to(package).as_posix(), name, value)
        for path in package.rglob("*.py")
        if path.name != "settings.py"
        for name, value in written(ast.parse(path.read_text("utf-8")))
        if value not in (None, "", ()) and not isinstance(value, bool) and defaults.get(name) == value
    ]
    assert twice == []
