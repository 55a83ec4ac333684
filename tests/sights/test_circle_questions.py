"""The trained model answers through the product what is asked of its film: a question, a search by looking, a caption.

Of four stretches of ten seconds each has a circle of another colour or way; the same film backwards has other answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers")

from commandline import audiodesc
from sights.circles import KINDS, Kind, circle_film
from sights.test_circles import MODEL, Behind

import audiodesc as package
from audiodesc.captions.values import Wanted
from audiodesc.settings import DescriberSettings, DialogueSettings, Settings

ORDER = (KINDS[0], KINDS[3], KINDS[1], KINDS[2])
"""Red to the left, blue to the right, red to the right, blue to the left."""

STRETCH_S = 10


@pytest.fixture(scope="module", params=["forwards here", "backwards here", "forwards server"])
def case(request: pytest.FixtureRequest) -> str:
    """Which film, and where the model is: on this machine, or behind a server that is sent pictures and words alone."""
    return str(request.param)


@pytest.fixture(scope="module")
def kinds(case: str) -> tuple[Kind, ...]:
    return ORDER if "forwards" in case else tuple(kind.back for kind in reversed(ORDER))


@pytest.fixture(scope="module")
def film(kinds: tuple[Kind, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("circles")
    (folder / "circles.toml").write_text(
        f'repository = "{MODEL}"\nfps = 1.0\nmin_frames = 8\nmax_frames = 8\nmax_pixels = 12_544\n', "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        times = [(STRETCH_S * number, STRETCH_S * (number + 1), kind) for number, kind in enumerate(kinds)]
        yield circle_film(folder / "film.mp4", times)


@pytest.fixture(scope="module")
def settings(film: Path, case: str) -> Iterator[Settings]:
    behind = Behind() if "server" in case else None
    yield Settings(
        dialogue=DialogueSettings(hear=False),
        describer=DescriberSettings(
            name=str(film.with_name("circles.toml")),
            server=behind.server.url if behind else None,
            model="circles" if behind else None,
            parallel=1,
            video="no",
        ),
    )
    if behind:
        behind.server.close()


def test_a_question_is_answered_by_what_is_seen_at_its_time(
    film: Path, kinds: tuple[Kind, ...], settings: Settings
) -> None:
    for number, kind in enumerate(kinds):
        start, end = STRETCH_S * number, STRETCH_S * (number + 1)
        colour = package.ask(film, "What colour is the circle?", start=start, end=end, settings=settings)
        way = package.ask(film, "Which way does it move?", at=end - 1, settings=settings)
        assert (colour.text.rstrip("."), way.text.rstrip(".")) == (kind.colour, kind.way)
        assert colour.is_seen


def test_what_cannot_be_seen_is_said_to_be_so(film: Path, settings: Settings) -> None:
    answer = package.ask(film, "What is the name of the dog?", at=15, settings=settings)
    assert not answer.is_seen
    assert answer.text == "That cannot be seen here."


def test_a_conversation_goes_on_about_the_same_moment(film: Path, kinds: tuple[Kind, ...], settings: Settings) -> None:
    with package.Conversation(film, settings) as talk:
        assert kinds[1].colour in talk.ask("What colour is the circle?", start=10, end=20).text
        assert kinds[1].way in talk.ask("Which way does it move?").text


def test_a_choice_is_answered_with_its_letter(film: Path, kinds: tuple[Kind, ...], settings: Settings) -> None:
    for number, kind in enumerate(kinds):
        span: dict[str, Any] = {"start": STRETCH_S * number, "end": STRETCH_S * (number + 1), "settings": settings}
        choices = ("red", "blue", "none of these")
        answer = package.ask(film, "What colour is the circle?", choices=choices, **span)
        assert choices["ABC".index(answer.letter)] == kind.colour
        if settings.describer.server is None:
            assert answer.shares["ABC".index(answer.letter)] == max(answer.shares) > 0.5


@pytest.mark.parametrize("wanted", ["a red circle", "a blue circle", "a cat"])
def test_looking_finds_the_stretches_in_which_it_is_seen(
    film: Path, kinds: tuple[Kind, ...], settings: Settings, wanted: str
) -> None:
    described = ["--describer", str(film.with_name("circles.toml")), "--json", "--yes"]
    if settings.describer.server:
        described += ["--server", settings.describer.server, "--model", "circles", "--video", "no", "--parallel", "1"]
    done = audiodesc("find", "--look", wanted, film, *described)
    assert not done.returncode, done.stderr
    spans = {tuple(hit["span"]) for hit in json.loads(done.stdout)["hits"]}
    right = [number for number, kind in enumerate(kinds) if wanted == f"a {kind.colour} circle"]
    seen = {number for number in range(4) for start, end in spans if start <= (number * 10 + 5) * 1000 < end}
    assert sorted(seen) == right


@pytest.mark.parametrize("style", ["line", "short", "dense", "fields"])
def test_captions_say_what_is_seen(film: Path, kinds: tuple[Kind, ...], settings: Settings, style: Any) -> None:
    made = package.caption(film, Wanted(style=style, every_ms=STRETCH_S * 1000), settings=settings)
    if style == "fields":
        subjects = [one.fields.subjects[0] for one in made if one.fields]
        assert [(one.appearance, one.action) for one in subjects] == [
            (f"{kind.colour} circle", f"moves {kind.way}") for kind in kinds
        ]
    else:
        assert [one.text for one in made] == [kind.line for kind in kinds]
