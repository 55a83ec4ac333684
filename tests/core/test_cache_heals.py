"""An entry of another form, cut short or empty is made anew: never a traceback, never another film's answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from audiodesc.core.cache import WRONG, Store
from audiodesc.dialogue.vad import packed, unpacked
from audiodesc.dialogue.vad.segments import Activity
from audiodesc.media import sound_faults as faults
from audiodesc.media.loudness import Loudness
from audiodesc.media.shots import Shots, as_shots
from audiodesc.mix import measure as metering
from audiodesc.model import Span
from audiodesc.narration.candidates import as_texts
from audiodesc.narration.observe import as_text

MEASURED = {"programme": asdict(Loudness(-23.0, 5.0, -20.0, -1.0)), "momentary": [-20.5, -21.0]}
FORMS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "heard": (unpacked, packed(Activity(bytes(range(100)), bytes(7)))),
    "cuts": (as_shots, asdict(Shots((1_000, 2_000), (Span(0, 900),)))),
    "listen": (metering._as_measured, MEASURED),
    "faults": (faults._as_faults, asdict(faults.Faults(3, (Span(0, 900),), (), 0, 0.0, 0.0))),
    "look": (as_text, "THE LAST FERRY"),
    "tell": (as_texts, ["A ferry.", "A boat."]),
}
OTHERS: list[Any] = [
    *(0, -1, 1.5, True, "", "x", "eJw=", "AAAA", [], [1], ["a", 1], [[]], {}, {"value": 1}, {"cuts": 5}),
    *(
        {"cuts": [1.5], "still": []},
        {"cuts": [-1], "still": []},
        {"cuts": [], "still": [1]},
        {"cuts": None, "still": None},
    ),
    *({"cuts": [], "still": [{"start_ms": 5, "end_ms": 1}]}, {"cuts": [], "still": [{"start_ms": "0", "end_ms": 1}]}),
    *(
        {"cuts": [], "still": [{"start_ms": 0}]},
        {"programme": {}, "momentary": []},
        {"programme": [], "momentary": [1]},
    ),
    *(MEASURED | {"momentary": "loud"}, MEASURED | {"momentary": [None]}, MEASURED | {"programme": None}),
    MEASURED | {"programme": {**MEASURED["programme"], "more": 1.0}},  # type: ignore[dict-item]
]


def fits(form: Callable[[Any], Any], value: Any) -> bool:
    try:
        form(value)
    except WRONG:
        return False
    return True


@pytest.mark.parametrize("stage", FORMS)
def test_a_value_of_another_form_is_made_anew(tmp_path: Path, stage: str) -> None:
    form, good = FORMS[stage]
    others = [value for value in OTHERS if not fits(form, value)]
    assert len(others) > len(OTHERS) // 2
    store = Store(tmp_path)
    made: list[Any] = []

    def make() -> Any:
        made.append(good)
        return good

    for value in others:
        store.put_json("entry", value)
        made.clear()
        found = store.made("entry", form, make)
        assert made == [good], value
        again = store.made("entry", form, make)
        assert made == [good]
        assert repr(found) == repr(again) == repr(form(json.loads(json.dumps(good))))


@pytest.mark.parametrize("stage", FORMS)
def test_an_entry_that_is_cut_anywhere_is_made_anew(tmp_path: Path, stage: str) -> None:
    form, good = FORMS[stage]
    store = Store(tmp_path)
    store.put_json("entry", good)
    whole = store.path("entry", ".json").read_bytes()
    for length in range(len(whole)):
        store.path("entry", ".json").write_bytes(whole[:length])
        assert store.read_json("entry", form) is None
    for byte in range(0, len(whole), 7):  # a bit that fell over: read as another value of that form, or not at all
        store.path("entry", ".json").write_bytes(whole[:byte] + bytes([whole[byte] ^ 1]) + whole[byte + 1 :])
        store.read_json("entry", form)
    assert store.made("entry", form, lambda: good) is not None


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"value": ' * 50_000, b'{"value": 1e999999}', b'{"value": NaN}'])
def test_json_that_no_run_wrote_is_made_anew(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    for form, good in FORMS.values():
        store.put("entry", ".json", content)
        assert store.made("entry", form, partial(deepcopy, good)) is not None


def test_what_was_heard_of_a_shorter_film_is_not_what_was_heard() -> None:
    whole = packed(Activity(bytes(100), bytes(7)))
    assert unpacked(whole, 3_200 - 1).probabilities == bytes(100)
    with pytest.raises(ValueError, match="100 frames"):
        unpacked(whole, 3_201)


@pytest.mark.parametrize("levels", [bytes(6), bytes(8)])
def test_levels_that_do_not_go_with_the_frames_are_made_anew(levels: bytes) -> None:
    with pytest.raises(ValueError, match="100 frames"):
        unpacked(packed(Activity(bytes(100), levels)))


def test_an_entry_that_unpacks_to_more_than_any_film_is_not_unpacked() -> None:
    with pytest.raises(ValueError, match="longer than any film"):
        unpacked(packed(Activity(bytes(50_000_000))))
