"""What a server takes is found before the film is analysed, and in a run: models, pictures, video, tokens, bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from describers.server.fake import Fake, Reply, Serve, answer, fault

from audiodesc.core.cache import Store
from audiodesc.describers.context import FilmContext, Person
from audiodesc.describers.server import ServerOptions
from audiodesc.describers.server.client import Server
from audiodesc.describers.server.faults import limit_error
from audiodesc.describers.server.limits import evenly
from audiodesc.describers.server.local import LocalServer
from audiodesc.errors import AudiodescError, MissingToolError, UsageError
from audiodesc.model import Frame, Span, VideoClip

PNG = b"\x89PNG\r\n\x1a\n"
CAST = FilmContext("", (Person("Anna", "tall", PNG), Person("Omar", "", PNG)))
CLIP = VideoClip(Span(0, 40_000), tuple(Frame(1000 * n, np.zeros((48, 64, 3), np.uint8)) for n in range(40)))


def kinds(request: dict[str, Any]) -> list[str]:
    return [part["type"] for part in request["messages"][0]["content"]]


def pictures(request: dict[str, Any]) -> int:
    return kinds(request).count("image_url")


def limited(fake: Callable[[], Fake], most: int, words: str, status: int = 400) -> Callable[[int], Reply]:
    """Says red of up to so many pictures."""
    return lambda i: fault(status, words) if pictures(fake().requests[-1]) > most else answer("Red.")


def met(server: Server, folder: Path) -> Server:
    with server.session(Store(folder)):
        return server


def test_a_server_is_tried_with_one_small_picture_and_then_with_as_much_as_it_will_be_sent(
    serve: Serve, tmp_path: Path
) -> None:
    fake = serve(lambda i: answer("Red."))
    server = met(Server(fake.url, "m", FilmContext()), tmp_path)
    assert [pictures(request) for request in fake.requests] == [1, 32]
    assert server.notes() == ()
    assert server.frames.max_frames == 32


def test_what_was_found_is_kept_and_not_asked_for_again(serve: Serve, tmp_path: Path) -> None:
    fake = serve(lambda i: answer("Red."))
    met(Server(fake.url, "m", FilmContext(), video=None), tmp_path)
    before = len(fake.requests)
    server = met(Server(fake.url, "m", FilmContext(), video=None), tmp_path)
    assert len(fake.requests) == before
    assert "video" in server.fingerprint


LIMITS = [
    ("At most 4 image(s) may be provided in one prompt.", 400, 4),
    ("This model supports up to 4 images per request", 400, 4),
    ("too many images", 400, 4),
    ("This model's maximum context length is 4096 tokens. However, you requested 15000 tokens", 400, 4),
    ("The prompt (total length 25938) is too long to fit into the model (context length 4096).", 422, 4),
    ("the request exceeds the available context size", 400, 4),
    ("Request Entity Too Large", 413, 4),
]


@pytest.mark.parametrize(("words", "status", "most"), LIMITS)
def test_a_limit_is_met_with_fewer_frames_and_said_in_the_servers_words(
    serve: Serve, tmp_path: Path, words: str, status: int, most: int
) -> None:
    fake = serve(limited(lambda: fake, most, words, status))
    server = met(Server(fake.url, "m", FilmContext(), parallel=1), tmp_path)
    assert server.frames.max_frames == most
    assert server.frames.min_frames <= most
    assert any(f"at most {most} frames of a clip: {words[:40]}" in note for note in server.notes())
    fake.requests.clear()
    assert list(server.observe([CLIP])) == [(0, "Red.")]
    assert [pictures(request) for request in fake.requests] == [most]


def test_a_limit_that_is_met_during_the_run_holds_from_then_on(serve: Serve) -> None:
    fake = serve(limited(lambda: fake, 10, "At most 10 image(s) may be provided in one prompt."))
    server = Server(fake.url, "m", FilmContext(), parallel=1)
    assert list(server.observe([CLIP, CLIP])) == [(0, "Red."), (1, "Red.")]
    assert [pictures(request) for request in fake.requests] == [32, 10, 10]
    assert len(server.notes()) == 1


def test_parallel_requests_that_meet_one_limit_take_less_once(serve: Serve) -> None:
    fake = serve(limited(lambda: fake, 17, "request too large", 413))
    server = Server(fake.url, "m", FilmContext(), parallel=1)
    assert dict(server.observe([CLIP] * 6)) == dict.fromkeys(range(6), "Red.")
    assert "at most 16 frames" in str(server.notes())


def test_portraits_count_as_pictures_and_are_left_out_where_nothing_else_helps(serve: Serve, tmp_path: Path) -> None:
    fake = serve(limited(lambda: fake, 1, "At most 1 image(s) may be provided in one prompt."))
    server = met(Server(fake.url, "m", CAST, parallel=1), tmp_path)
    assert server.frames.max_frames == 1
    assert any("no portraits of the cast" in note for note in server.notes())
    fake.requests.clear()
    fake.reply = limited(lambda: fake, 12, "At most 12 image(s) may be provided in one prompt.")
    server = met(Server(fake.url, "m", CAST, parallel=1), tmp_path)
    assert server.frames.max_frames == 10


def test_a_server_that_took_less_is_tried_again_by_the_next_run(serve: Serve, tmp_path: Path) -> None:
    fake = serve(limited(lambda: fake, 4, "At most 4 image(s) may be provided in one prompt."))
    assert met(Server(fake.url, "m", FilmContext()), tmp_path).frames.max_frames == 4
    fake.reply = lambda i: answer("Red.")
    assert met(Server(fake.url, "m", FilmContext()), tmp_path).frames.max_frames == 32


def test_what_was_found_holds_while_the_server_does_not_run(serve: Serve, tmp_path: Path) -> None:
    fake = serve(limited(lambda: fake, 4, "At most 4 image(s) may be provided in one prompt."))
    met(Server(fake.url, "m", FilmContext()), tmp_path)
    fake.close()
    assert met(Server(fake.url, "m", FilmContext()), tmp_path).frames.max_frames == 4
    with pytest.raises(MissingToolError, match="cannot be reached"):
        met(Server(fake.url, "other", FilmContext()), tmp_path)


def test_a_short_context_leaves_the_answer_less_room_before_frames_are_left_out(serve: Serve, tmp_path: Path) -> None:
    words = "'max_tokens' is too large: 2048. This model's maximum context length is 4096 tokens"
    fake = serve(lambda i: fault(400, words) if fake.requests[-1]["max_tokens"] > 600 else answer("Red."))
    server = met(Server(fake.url, "m", FilmContext()), tmp_path)
    assert server.frames.max_frames == 32
    assert "at most 512 tokens" in str(server.notes())


@pytest.mark.parametrize(("words", "status", "remedy"), [
    ("At most 0 image(s) may be provided in one prompt.", 400, "--limit-mm-per-prompt"),
    ("This model's maximum context length is 50 tokens", 400, "OLLAMA_CONTEXT_LENGTH"),
    ("Payload too large", 413, "server.max_pixels"),
])  # fmt: skip
def test_a_limit_that_one_frame_is_too_much_for_ends_the_run_with_its_remedy(
    serve: Serve, tmp_path: Path, words: str, status: int, remedy: str
) -> None:
    fake = serve(lambda i: fault(status, words))
    with pytest.raises(UsageError, match=re.escape(words)) as caught:
        met(Server(fake.url, "m", FilmContext()), tmp_path)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (fault(401), "AUDIODESC_API_KEY"),
        (fault(404), "choose one of: small, large"),
        (fault(429, "quota exceeded"), "quota exceeded.*--parallel 1"),
        (fault(500, "out of memory"), "out of memory.*its log"),
        ((200, "<html>"), "does not speak OpenAI's protocol"),
        (answer(""), "no answer about a plain picture .empty"),
        (answer("<think>", "length"), "thoughts alone at 8,192 tokens.*reasoning off"),
    ],
)
def test_each_fault_ends_the_run_before_the_film_is_analysed(
    serve: Serve, tmp_path: Path, reply: Reply, said: str
) -> None:
    fake = serve(lambda i: reply)
    with pytest.raises(AudiodescError, match=said):
        met(Server(fake.url, "m", FilmContext()), tmp_path)


def test_video_is_sent_where_the_server_sees_it(serve: Serve, tmp_path: Path) -> None:
    fake = serve(lambda i: answer("Red."))
    server = met(Server(fake.url, "m", FilmContext(), video=None), tmp_path)
    list(server.observe([CLIP]))
    assert kinds(fake.requests[-1]) == ["video_url", "text"]


@pytest.mark.parametrize(
    "reply", [fault(400, "unknown part video_url"), answer("I see nothing."), fault(500), answer("")]
)
def test_pictures_are_sent_where_it_does_not(serve: Serve, tmp_path: Path, reply: Reply) -> None:
    fake = serve(lambda i: reply if "video_url" in kinds(fake.requests[-1]) else answer("Red."))
    server = met(Server(fake.url, "m", FilmContext(), video=None), tmp_path)
    list(server.observe([CLIP]))
    assert pictures(fake.requests[-1]) == 32
    assert "frames" in server.fingerprint


def test_a_server_that_is_known_to_take_no_video_is_not_sent_any(serve: Serve, tmp_path: Path) -> None:
    fake = serve(lambda i: answer("Red."))
    fake.models = (200, {"object": "list", "data": [{"id": "m", "owned_by": "library"}]})
    met(Server(fake.url, "m", FilmContext(), video=None), tmp_path)
    assert not any("video_url" in kinds(request) for request in fake.requests)


def test_a_model_that_does_not_see_is_noted(serve: Serve, tmp_path: Path) -> None:
    fake = serve(lambda i: answer("I am a text model."))
    assert "may not see pictures" in str(met(Server(fake.url, "m", FilmContext()), tmp_path).notes())
    with pytest.raises(UsageError, match="--no-local-server"):
        met(Server(LocalServer("vLLM", fake.url, "m"), "m", FilmContext()), tmp_path / "other")


@pytest.mark.parametrize(
    ("models", "taken"),
    [(["only"], "only"), (["llama3", "qwen2.5vl:7b"], "qwen2.5vl:7b")],
)
def test_the_model_need_not_be_named_where_only_one_can_be_meant(
    serve: Serve, tmp_path: Path, models: list[str], taken: str
) -> None:
    fake = serve(lambda i: answer("Red."))
    fake.models = (200, {"data": [{"id": name} for name in models]})
    assert met(Server(fake.url, "", FilmContext()), tmp_path).label == f"server, {taken}"
    assert fake.requests[0]["model"] == taken


@pytest.mark.parametrize("models", [[], ["qwen2.5vl:7b", "qwen3-vl:8b"]])
def test_the_model_has_to_be_named_elsewhere(serve: Serve, tmp_path: Path, models: list[str]) -> None:
    fake = serve(lambda i: answer("Red."))
    fake.models = (200, {"data": [{"id": name} for name in models]})
    with pytest.raises(UsageError, match="--model NAME") as caught:
        met(Server(fake.url, "", FilmContext()), tmp_path)
    assert all(name in str(caught.value) for name in models)


def test_frames_tokens_and_pixels_are_options(serve: Serve, tmp_path: Path) -> None:
    fake = serve(lambda i: answer("Red."))
    own = ServerOptions(fps=2, max_frames=3, max_pixels=10_000, observe_tokens=99)
    server = met(Server(fake.url, "m", FilmContext(), own=own), tmp_path)
    assert (server.frames.fps, server.frames.min_frames, server.frames.max_frames) == (2, 3, 3)
    assert server.frames.max_pixels == 10_000
    assert {request["max_tokens"] for request in fake.requests} == {99}


def test_only_words_about_a_limit_are_one() -> None:
    assert limit_error(400, "bad key") is None
    assert limit_error(500, "at 3 o'clock") is None
    limit = limit_error(400, "At most 7 image(s) may be provided")
    assert limit is not None
    assert (limit.limit, limit.count) == ("pictures", 7)


def test_frames_are_left_out_evenly() -> None:
    assert evenly([1, 2, 3], 3) == [1, 2, 3]
    assert evenly(list(range(9)), 3) == [0, 4, 8]
    assert evenly(list(range(9)), 1) == [4]


def test_vllm_is_told_to_take_all_frames_of_a_video(serve: Serve, tmp_path: Path) -> None:
    fake = serve(lambda i: answer("Red."))
    fake.models = (200, {"data": [{"id": "m", "owned_by": "vllm"}]})
    met(Server(fake.url, "m", FilmContext(), video=None), tmp_path)
    assert fake.requests[-1]["media_io_kwargs"] == {"video": {"num_frames": -1}}


@pytest.mark.parametrize("owner", ["library", "organization_owner"])
def test_a_context_that_is_cut_in_silence_is_met_by_what_stood_at_the_beginning(
    serve: Serve, tmp_path: Path, owner: str
) -> None:
    """Ollama and LM Studio answer what is too long all the same."""
    fake = serve(lambda i: answer("Red, birch." if pictures(fake.requests[-1]) <= 9 else "Red."))
    fake.models = (200, {"data": [{"id": "m", "owned_by": owner}]})
    server = met(Server(fake.url, "m", FilmContext()), tmp_path)
    assert server.frames.max_frames == 8
    assert "at most 8 frames of a clip: it leaves out the beginning" in str(server.notes())
    assert "OLLAMA_CONTEXT_LENGTH" in str(server.notes())
    assert "tokens:" not in str(server.notes())


@pytest.mark.parametrize("said", [("Red.", "Red."), ("Red, birch.", "Red, birch.")])
def test_nothing_is_concluded_from_a_model_that_does_not_repeat_the_word(
    serve: Serve, tmp_path: Path, said: tuple[str, str]
) -> None:
    fake = serve(lambda i: answer(said[pictures(fake.requests[-1]) > 1]))
    fake.models = (200, {"data": [{"id": "m", "owned_by": "library"}]})
    server = met(Server(fake.url, "m", FilmContext()), tmp_path)
    assert (server.frames.max_frames, server.notes()) == (32, ())


def test_the_word_is_not_in_questions_about_the_film(serve: Serve) -> None:
    fake = serve(lambda i: answer("A man."))
    list(Server(fake.url, "m", FilmContext()).observe([CLIP]))
    assert "birch" not in str(fake.requests)


def test_a_long_name_of_a_model_is_asked_for_whole_and_cut_in_messages(serve: Serve, tmp_path: Path) -> None:
    name = "a-vl/" + "x" * 150
    fake = serve(lambda i: answer("Red."))
    fake.models = (200, {"data": [{"id": name}]})
    assert met(Server(fake.url, "", FilmContext()), tmp_path).label == f"server, {name[:100]}"
    assert {request["model"] for request in fake.requests} == {name}
    fake.models = (200, {"data": [{"id": name}, {"id": f"{name}2"}]})
    with pytest.raises(UsageError) as caught:
        met(Server(fake.url, "", FilmContext()), tmp_path)
    assert f"one of: {name[:100]}, {name[:100]}" in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_a_list_that_is_shown_to_nobody_leaves_it_to_the_trial(serve: Serve, tmp_path: Path, status: int) -> None:
    fake = serve(lambda i: answer("Red."))
    fake.models = (status, {"error": {"message": "forbidden"}})
    assert met(Server(fake.url, "m", FilmContext()), tmp_path).label == "server, m"
    with pytest.raises(UsageError, match="AUDIODESC_API_KEY"):
        met(Server(fake.url, "", FilmContext()), tmp_path)


@pytest.mark.parametrize("passing", [fault(429), fault(500)])
def test_a_fault_that_passes_does_not_say_that_no_video_is_taken(serve: Serve, tmp_path: Path, passing: Reply) -> None:
    fake = serve(lambda i: passing if "video_url" in kinds(fake.requests[-1]) else answer("Red."))
    assert "frames" in met(Server(fake.url, "m", FilmContext(), video=None), tmp_path).fingerprint
    fake.reply = lambda i: answer("Red.")
    assert "video" in met(Server(fake.url, "m", FilmContext(), video=None), tmp_path).fingerprint
    fake.close()
    assert "video" in met(Server(fake.url, "m", FilmContext(), video=None), tmp_path).fingerprint


@pytest.mark.parametrize("gone", [True, False])
def test_a_run_that_asks_nothing_needs_neither_the_server_nor_the_key(
    serve: Serve, tmp_path: Path, *, gone: bool
) -> None:
    fake = serve(limited(lambda: fake, 4, "At most 4 image(s) may be provided in one prompt."))
    fake.models = (200, {"data": [{"id": "only"}]})
    first = met(Server(fake.url, "", FilmContext()), tmp_path)
    fake.models = (401, {})
    fake.reply = lambda i: fault(401)
    if gone:
        fake.close()
    second = met(Server(fake.url, "", FilmContext()), tmp_path)
    assert (second.fingerprint, second.frames) == (first.fingerprint, first.frames)
