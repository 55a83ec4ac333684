"""`audiodesc find --look` and `--like`, and `index --to` with `find --in`, as a person gives them, against servers that
know the right answers by construction."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from commandline import audiodesc
from describers.server.fake import Fake, answer, text_of
from films import make_film
from numpy.typing import NDArray
from PIL import Image

COLOURS = {"red": (220, 0, 0), "blue": (0, 0, 220), "green": (0, 200, 0)}
SHOTS = ((0, "red"), (2, "blue"), (4, "green"), (6, "red"), (8, ""))


def picture(time: float) -> NDArray[np.uint8]:
    name = next(name for (_, name), (end, _) in pairwise(SHOTS) if time < end)
    return np.full((120, 160, 3), COLOURS[name], np.uint8)


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Red, blue, green and red again, two seconds each."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return make_film(tmp_path / "film.mp4", 8.0, picture)


@pytest.fixture
def server() -> Iterator[Fake]:
    """A model that says yes to the colour of the first picture, and is unsure of purple."""

    def reply(_: int) -> Any:
        request = fake.requests[-1]
        text = text_of(request)
        if "code word" in text:
            return answer("Red, birch.")
        if '"purple"' in text:
            return answer("unsure")
        return answer("yes 0.5-1.5" if wanted(request) == colour(request) else "no")

    fake = Fake(reply)
    yield fake
    fake.close()


def wanted(request: dict[str, Any]) -> str:
    """The colour that the question names, or that of the portrait."""
    lines = [line for line in text_of(request).splitlines() if line.startswith('"')]
    return str(json.loads(lines[0])) if lines else shown(pictures(request)[0])


def colour(request: dict[str, Any]) -> str:
    return shown(pictures(request)[-1])


def pictures(request: dict[str, Any]) -> list[bytes]:
    parts = request["messages"][0]["content"]
    return [base64.b64decode(one["image_url"]["url"].partition(",")[2]) for one in parts if one["type"] == "image_url"]


def shown(content: bytes) -> str:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return ("blue", "green", "red")[int(image.mean(axis=(0, 1)).argmax())]


def asked(server: Fake) -> int:
    return sum("stretch of a film" in text_of(one) for one in server.requests)


def test_what_is_looked_for_is_found_with_its_time_and_its_cost(film: Path, server: Fake) -> None:
    at = ("--server", server.url, "--model", "small", "--video", "no")
    done = audiodesc("find", film, "--look", "red", *at)
    assert (done.returncode, asked(server)) == (0, 4)
    assert "4 questions about" in done.stderr
    rows = done.stdout.splitlines()
    assert "0:00.5–0:01.5" in rows[1]
    assert "0:06.5–0:07.5" in rows[2]
    assert "look: yes" in rows[1]
    again = audiodesc("find", "--look", "red", film, *at, "--json")
    assert [hit["span"] for hit in json.loads(again.stdout)["hits"]] == [[500, 1500], [6500, 7500]]
    assert "nothing has to be asked" in again.stderr
    assert asked(server) == 4


def test_the_unsure_are_apart(film: Path, server: Fake) -> None:
    at = ("--server", server.url, "--model", "small", "--video", "no")
    done = audiodesc("find", film, "--look", "purple", "--to", "4", *at)
    assert "Nothing was found.\nUnsure:\n" in done.stdout
    assert "0:00.0–0:04.0" in done.stdout
    assert asked(server) == 2


def test_a_portrait_is_shown_before_the_frames(film: Path, server: Fake, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), COLOURS["green"]).save(out, "PNG")
    (tmp_path / "who.png").write_bytes(out.getvalue())
    at = ("--server", server.url, "--model", "small", "--video", "no")
    found = json.loads(audiodesc("find", film, "--like", tmp_path / "who.png", *at, "--json").stdout)
    assert [hit["span"] for hit in found["hits"]] == [[4500, 5500]]
    refused = audiodesc("find", film, "--like", film, *at)
    assert refused.returncode == 3
    assert "film.mp4: the portrait" in refused.stderr


def test_the_page_shows_the_seen_and_the_unsure_with_pictures_and_a_moment_is_played(
    film: Path, server: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("--server", server.url, "--model", "small", "--video", "no")
    path = film.with_name("found.html")
    assert audiodesc("find", film, "--look", "red", "--html", path, *at).returncode == 0
    page = path.read_text("utf-8")
    assert "<title>Found: red</title>" in page
    assert page.count("data:image/jpeg") == 2
    assert "0:00.5–0:01.5" in page
    assert "Unsure" not in page
    assert audiodesc("find", film, "--look", "purple", "--html", path, "--force", *at).returncode == 0
    page = path.read_text("utf-8")
    assert "<h2>Unsure</h2>" in page
    assert page.count("data:image/jpeg") == 1
    played: list[tuple[Path, int, int]] = []

    def play(place: Path, start_ms: int, end_ms: int) -> bool:
        played.append((place, start_ms, end_ms))
        return True

    monkeypatch.setattr("audiodesc.cli.playback.play_moment", play)
    assert audiodesc("find", film, "--look", "red", "--play", "2", *at).returncode == 0
    assert played == [(film, 3_500, 10_500)]


def test_a_large_look_needs_a_word_where_nobody_can_be_asked(
    film: Path, server: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audiodesc.search.looking.ASK_ABOVE", 3)
    at = ("--server", server.url, "--model", "small", "--video", "no")
    done = audiodesc("find", film, "--look", "red", *at)
    assert (done.returncode, asked(server)) == (2, 0)
    assert "4 questions about" in done.stderr
    assert "--yes" in done.stderr
    assert audiodesc("find", film, "--look", "red", "--first", "3", *at).returncode == 0
    assert asked(server) == 3
    assert audiodesc("find", film, "--look", "red", "--yes", *at).returncode == 0
    assert asked(server) == 4


def test_a_film_that_cannot_be_read_costs_only_itself(film: Path, server: Fake, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    at = ("--server", server.url, "--model", "small", "--video", "no")
    found = json.loads(audiodesc("find", "--look", "blue", tmp_path / "bad.mp4", film, *at, "--json").stdout)
    assert [hit["span"] for hit in found["hits"]] == [[2500, 3500]]
    assert "bad.mp4" in found["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("find",), "nothing is asked"),
        (("find", "red", "--first", "3"), "--first is for --look"),
        (("find", "--look", "red", "--first", "0"), "--first is 0"),
        (("find", "--look", "", "film.ad"), "--look is empty"),
        (("find", "--look", " ", "--like", "who.png"), "--look is empty"),
        (("find", "--like", "", "film.ad"), "--like is empty"),
        (("find", "red", "film.srt"), "film.srt is a file of text, not a film"),
        (("find", "--look", "red", "film.srt"), "film.srt is a file of text, not a film"),
        (("index", "film.srt"), "film.srt is a file of text, not a film"),
        (("find", "--look", "red", "nowhere"), "nowhere is not there"),
        (("find", "--look", "red", "."), "holds no described film"),
        (("find", "--look", "red", "--in", "opensearch", "http://x"), "leave one of them out"),
        (("find", "red", "--in", "solr", "http://x"), "--in opensearch URL"),
        (("find", "red", ".", "--in", "opensearch", "http://x"), "leave one of them out"),
        (("index", ".", "--to", "opensearch", "nonsense"), "no address of a server"),
    ],
)
def test_what_cannot_be_meant_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = audiodesc(*arguments, cwd=tmp_path)
    assert done.returncode in (2, 3)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_a_model_it_says_what_is_needed(film: Path) -> None:
    done = audiodesc("find", film, "--look", "red", "--describer", "basic")
    assert done.returncode == 2
    assert "give --describer or --server" in done.stderr
