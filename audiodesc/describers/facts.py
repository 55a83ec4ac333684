"""What the describer `basic` saw in a clip, and the readable lines in which it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

Place = Literal["open", "low", "corner"]
"""Where words stand: "low" in the middle of the lower third, as subtitles do, "corner" as a logo does."""

Light = Literal["", "black", "white", "from bright to dark", "from dark to bright"]
Change = Literal["", "darker", "brighter"]
Movement = Literal["", "none", "fast"]

_TEXT = re.compile(r"(?:(low|corner) )?text at (\d+)\.(\d{3}) s, (\d+) % high: (.+)")
_VALUE = re.compile(r"(light|change|colour|faces|near faces|movement): (.+)")


@dataclass(frozen=True, slots=True)
class Words:
    """Words on the picture at `time_ms`, in one line; `height` of letters is in per cent of the picture's."""

    time_ms: int
    text: str
    place: Place = "open"
    height: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """`change` is of place: the picture ends in quite another light and quite other colours than it began.

    `colour` is an English name that nearly the whole picture has turned to, or "".

    `near` of the `faces` are close. All but `words` is about the clip's end, where the line will be heard.
    """

    words: tuple[Words, ...] = ()
    light: Light = ""
    change: Change = ""
    colour: str = ""
    faces: int = 0
    near: int = 0
    movement: Movement = ""


def written(facts: Facts) -> str:
    """One line `kind: value` for each fact; "" for none. `read` gives the same facts back."""
    return "\n".join(_lines(facts))


def _lines(facts: Facts) -> Iterator[str]:
    for words in facts.words:
        place = "" if words.place == "open" else f"{words.place} "
        time = f"{words.time_ms // 1000}.{words.time_ms % 1000:03d} s"
        yield f"{place}text at {time}, {words.height} % high: {words.text}"
    values = {
        "light": facts.light,
        "change": facts.change,
        "colour": facts.colour,
        "faces": facts.faces,
        "near faces": facts.near,
        "movement": facts.movement,
    }
    yield from (f"{kind}: {value}" for kind, value in values.items() if value)


def read(text: str) -> Facts:
    """The facts from their lines; a line of no known kind is passed over."""
    lines = text.split("\n")
    values = {found[1]: found[2] for line in lines if (found := _VALUE.fullmatch(line))}
    return Facts(
        words=tuple(_words(found) for line in lines if (found := _TEXT.fullmatch(line))),
        light=cast(Light, _known(values.get("light", ""), get_args(Light))),
        change=cast(Change, _known(values.get("change", ""), get_args(Change))),
        colour=values.get("colour", ""),
        faces=_count(values.get("faces", "")),
        near=_count(values.get("near faces", "")),
        movement=cast(Movement, _known(values.get("movement", ""), get_args(Movement))),
    )


def _words(found: re.Match[str]) -> Words:
    time_ms = int(found[2]) * 1000 + int(found[3])
    return Words(time_ms, found[5], cast(Place, found[1] or "open"), int(found[4]))


def _known(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else ""


def _count(value: str) -> int:
    return int(value) if value.isdecimal() else 0
