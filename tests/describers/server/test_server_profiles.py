"""A model's profile applies behind a server too: its question, frames, tokens, decoding and writer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from describers.server.fake import Fake, Serve, answer, fault, text_of

from audiodesc.core.cache import Store
from audiodesc.describers import describer
from audiodesc.describers.base import DescriberOptions, LineRequest, StoryRequest
from audiodesc.describers.models.profiles import shipped
from audiodesc.describers.server import ServerOptions
from audiodesc.describers.server import writer as writers
from audiodesc.describers.server.address import KEY, WRITER_KEY
from audiodesc.describers.server.client import Server
from audiodesc.describers.server.writer import WantedWriter
from audiodesc.errors import UsageError
from audiodesc.model import Frame, Span, VideoClip

CLIP = VideoClip(Span(0, 9000), tuple(Frame(1000 * n, np.zeros((48, 64, 3), np.uint8)) for n in range(9)))
REQUEST = LineRequest("A man waits.", 9, "en")
FIELDS = '{"subjects": [{"appearance": "A man in a red coat", "action": "waits", "is_main_subject": true}]}'


def served(serve: Serve, *models: str, said: str = "Red.") -> Fake:
    fake = serve(lambda i: answer(said))
    fake.models = (200, {"data": [{"id": name, "owned_by": "vllm"} for name in models]})
    return fake


def asked(name: str, folder: Path, **options: object) -> Server:
    """The describer of that name, tried."""
    made = describer(name, DescriberOptions(**{"video": False, **options})).describer  # type: ignore[arg-type]
    assert isinstance(made, Server)
    with made.session(Store(folder)):
        return made


def test_the_narrator_is_asked_its_own_question_with_its_own_frames(serve: Serve, tmp_path: Path) -> None:
    narrator = shipped()["qwen-narrator"]
    fake = served(serve, "other", narrator.repository)
    made = asked("qwen-narrator", tmp_path, server=fake.url)
    assert made.label == f"server, {narrator.repository}"
    assert made.frames == narrator.frames
    fake.requests.clear()
    list(made.observe([CLIP]))
    assert "one fluent paragraph" in text_of(fake.requests[0])
    assert fake.requests[0]["max_tokens"] == narrator.observe_tokens
    assert "narrator" in made.fingerprint


def test_a_profile_of_ones_own_says_how_a_server_is_asked(serve: Serve, tmp_path: Path) -> None:
    fake = served(serve, "mine")
    path = tmp_path / "mine.toml"
    path.write_text(
        'repository = "a/b"\nmax_frames = 5\ntemperature = 0.6\ntop_k = 20\nobserve_tokens = 77\n'
        "repetition_penalty = 1.1\n",
        "utf-8",
    )
    made = asked(str(path), tmp_path, server=fake.url)
    list(made.observe([CLIP]))
    request = fake.requests[-1]
    assert (request["model"], request["temperature"], request["top_k"], request["max_tokens"]) == ("mine", 0.6, 20, 77)
    assert request["repetition_penalty"] == 1.1
    assert made.frames.max_frames == 5


def test_what_the_user_says_comes_before_the_profile(serve: Serve, tmp_path: Path) -> None:
    fake = served(serve, "a", "b")
    own = {"server": {"max_frames": "7", "observe_tokens": "99"}}
    made = asked("qwen-narrator", tmp_path, server=fake.url, model="b", own=own)
    assert (made.label, made.frames.max_frames) == ("server, b", 7)
    assert fake.requests[-1]["max_tokens"] == 99


def test_any_model_by_its_name_is_asked_the_usual_question(serve: Serve, tmp_path: Path) -> None:
    fake = served(serve, "a", "b")
    made = asked("model", tmp_path, server=fake.url, model="b")
    assert (made.label, made.frames.max_frames) == ("server, b", 32)


def test_facts_in_fields_reach_the_writer_as_text(serve: Serve, tmp_path: Path) -> None:
    fake = served(serve, shipped()["skycaptioner"].repository, said=FIELDS)
    made = asked("skycaptioner", tmp_path, server=fake.url)
    ((_, facts),) = made.observe([CLIP])
    assert facts == FIELDS
    fake.reply = lambda i: answer("A man waits.")
    made.write_lines(LineRequest(FIELDS, 9, "en"))
    prompt = text_of(fake.requests[-1])
    assert "A man in a red coat" in prompt
    assert "is_main_subject" not in prompt
    assert any("writes the lines itself" in note for note in made.notes())


def test_the_profiles_writer_writes_where_the_server_has_it(serve: Serve, tmp_path: Path) -> None:
    writer = shipped()["qwen2.5-vl-7b"].repository
    fake = served(serve, shipped()["skycaptioner"].repository, writer)
    made = asked("skycaptioner", tmp_path, server=fake.url)
    made.write_lines(LineRequest(FIELDS, 9, "en"))
    assert fake.requests[-1]["model"] == writer
    assert writer in made.fingerprint


def test_another_writer_of_the_server(serve: Serve, tmp_path: Path) -> None:
    fake = served(serve, "sees", "writes")
    made = asked("server", tmp_path, server=fake.url, model="sees", writer_model="writes")
    made.write_lines(REQUEST)
    assert [request["model"] for request in fake.requests][-2:] == ["sees", "writes"]


def test_a_writer_of_another_server(serve: Serve, tmp_path: Path) -> None:
    fake, other = served(serve, "sees"), served(serve, "writes")
    made = asked("server", tmp_path, server=fake.url, writer_model="writes", writer_server=other.url)
    list(made.observe([CLIP]))
    made.write_lines(REQUEST)
    assert {request["model"] for request in fake.requests} == {"sees"}
    assert {request["model"] for request in other.requests} == {"writes"}
    address = f"{other.url}/other"
    elsewhere = asked("server", tmp_path, server=fake.url, writer_model="writes", writer_server=address)
    assert made.fingerprint != elsewhere.fingerprint


@pytest.mark.parametrize(
    ("keys", "sent", "written"),
    [
        ({KEY: "k1"}, "Bearer k1", "Bearer none"),
        ({WRITER_KEY: "k2"}, "Bearer none", "Bearer k2"),
        ({KEY: "k1", WRITER_KEY: "k2"}, "Bearer k1", "Bearer k2"),
    ],
)
def test_each_of_two_servers_is_sent_its_own_key_alone(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], sent: str, written: str
) -> None:
    for name, key in keys.items():
        monkeypatch.setenv(name, key)
    fake, other = served(serve, "sees"), served(serve, "writes")
    made = asked("server", tmp_path, server=fake.url, writer_server=other.url)
    list(made.observe([CLIP]))
    made.write_lines(REQUEST)
    assert {headers["authorization"] for headers in fake.headers} == {sent}
    assert {headers["authorization"] for headers in other.headers} == {written}


@pytest.mark.parametrize("key", ["", "k2"])
def test_a_writers_server_that_wants_another_key_is_told_with_the_writers_variable(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(WRITER_KEY, key)
    fake, other = served(serve, "sees"), serve(lambda i: fault(401))
    with pytest.raises(UsageError, match=f"{'refuses the' if key else 'asks for a'} key.*{WRITER_KEY}"):
        asked("server", tmp_path, server=fake.url, writer_server=other.url, writer_model="w")


def test_the_writer_of_another_server_is_the_profiles_or_its_only_one(serve: Serve, tmp_path: Path) -> None:
    fake, writer = served(serve, shipped()["qwen-narrator"].repository), shipped()["qwen3.5-4b"].repository
    several, one = served(serve, "a", writer, "b"), served(serve, "pen")
    made = asked("qwen-narrator", tmp_path, server=fake.url, writer_server=several.url)
    made.write_lines(REQUEST)
    assert several.requests[-1]["model"] == writer
    assert several.requests[-1]["top_k"] == shipped()["qwen3.5-4b"].top_k
    assert made.notes() == ()
    asked("qwen-narrator", tmp_path, server=fake.url, writer_server=one.url).write_lines(REQUEST)
    assert one.requests[-1]["model"] == "pen"
    two = served(serve, "a", "b")
    with pytest.raises(UsageError, match="the server has 2 models: give --writer-model NAME; one of: a, b"):
        asked("qwen-narrator", tmp_path, server=fake.url, writer_server=two.url)
    with pytest.raises(UsageError, match="what --writer-server holds is no address"):
        asked("qwen-narrator", tmp_path, server=fake.url, writer_server="two")


def test_a_writer_on_a_server_that_was_met_is_not_needed_again_before_it_writes(serve: Serve, tmp_path: Path) -> None:
    fake, other = served(serve, "sees"), served(serve, "writes")
    made = asked("server", tmp_path, server=fake.url, writer_server=other.url)
    assert len(other.requests) == 1
    other.models = (500, {})
    again = asked("server", tmp_path, server=fake.url, writer_server=other.url)
    assert again.fingerprint == made.fingerprint
    assert len(other.requests) == 1


def test_the_narrator_itself_writes_where_the_server_has_no_other(serve: Serve, tmp_path: Path) -> None:
    narrator, writer = shipped()["qwen-narrator"].repository, shipped()["qwen3.5-4b"].repository
    made = asked("qwen-narrator", tmp_path / "a", server=served(serve, narrator).url)
    assert any(f"{narrator} writes the lines itself: the server has no {writer}" in note for note in made.notes())
    fake = served(serve, narrator, writer)
    made = asked("qwen-narrator", tmp_path / "b", server=fake.url)
    made.write_lines(LineRequest("The camera pans. A Black man waits.", 9, "en"))
    assert fake.requests[-1]["model"] == writer
    assert "A man waits." in text_of(fake.requests[-1])
    assert "camera pans" not in text_of(fake.requests[-1])


class Here:
    """A writer on this machine."""

    fingerprint = "here/1"
    takes_wishes = True

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        return (f"{request.facts} Here.",)

    def summarise(self, request: StoryRequest) -> str:
        return ""


def test_a_writer_that_runs_here(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, names = served(serve, "sees"), []

    def wanted(options: DescriberOptions, own: ServerOptions, prefers: str = "") -> WantedWriter:
        def here(name: str) -> Here:
            names.append(name)
            return Here()

        return WantedWriter(options.writer_model, here)

    monkeypatch.setattr(writers, "wanted_writer", wanted)
    made = asked("server", tmp_path, server=fake.url, writer_model="qwen2.5-32b")
    assert made.write_lines(REQUEST) == ("A man waits. Here.",)
    assert names == ["qwen2.5-32b"]
    assert "here/1" in made.fingerprint


def test_a_model_that_sees_nothing_only_writes(serve: Serve) -> None:
    with pytest.raises(UsageError, match="sees no pictures"):
        describer("qwen2.5-32b", DescriberOptions(server="http://127.0.0.1:9/v1"))


def test_basic_is_basic_with_a_server_too(serve: Serve) -> None:
    assert describer("basic", DescriberOptions(server="http://127.0.0.1:9/v1")).describer.label == "basic"
