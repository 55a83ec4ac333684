"""A film described by a server that fails in each way that servers do: what is spoken, said, and asked for again.

No line is lost without a word: each segment has a line or a reason, and each failure stands in the report's notes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from describers.server.fake import Fake, Reply, answer, fault
from stories import make_story

from audiodesc.describers.server import chat
from audiodesc.describers.server.limits import QUESTION
from audiodesc.errors import AudiodescError
from audiodesc.pipeline import make
from audiodesc.project import Result
from audiodesc.settings import DescriberSettings, Settings

LINES = ["A ferry waits.", "Snow falls.", "A gull lands.", "The lamp goes out.", "Waves roll in.", "A door opens."]
LOOP = "The man walks along the street and " * 40
LONG = "The old man in the grey coat lifts the heavy lamp and walks along the pier past the white ferry to the gate."
ENDLESS = ", and ".join(f"a man with {thing} walks along the pier" for thing in ("a lamp", "a rope", "a dog", "a map"))
PICTURES = "At most 1 image(s) may be provided in one prompt."
CONTEXT = "This model's maximum context length is 4096 tokens. However, you requested 15000 tokens"


@dataclass
class Model:
    """A model that sees a ferry and tells a line after the other; `wrong` is asked first, and None lets it pass."""

    wrong: Callable[[dict[str, Any]], Reply | None] = lambda request: None
    looks: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    server: Fake | None = None

    def reply(self, _: int) -> Reply:
        assert self.server
        with self.lock:
            request = self.server.requests[-1]
            text = str(request["messages"][0]["content"][-1]["text"])
            if text != QUESTION:
                (self.looks if is_look(request) else self.lines).append(text)
            if (wrong := self.wrong(request)) is not None:
                return wrong
            if text == QUESTION:
                return answer("Red.")
            return answer("1. A white ferry at a pier." if is_look(request) else LINES[len(self.lines) % len(LINES)])


def is_look(request: dict[str, Any]) -> bool:
    return len(request["messages"][0]["content"]) > 1


def is_trial(request: dict[str, Any]) -> bool:
    return bool(request["messages"][0]["content"][-1]["text"] == QUESTION)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    monkeypatch.setattr(chat, "RETRIES", 1)
    made = Model()
    made.server = Fake(made.reply)
    yield made
    made.server.close()


def described(folder: Path, model: Model, share: float = 1.0, **options: str) -> Result:
    assert model.server
    chosen = DescriberSettings(server=model.server.url, model="m", parallel=1, video="no", failed_share=share)
    film = folder / "story.mp4" if (folder / "story.mp4").is_file() else make_story(folder)
    return make(film, folder / "story.srt", settings=Settings(describer=chosen, options={"server": options}))


def notes(made: Result) -> str:
    return "\n".join(note.message for note in made.report.notes)


def first_look(model: Model, reply: Reply) -> Callable[[dict[str, Any]], Reply | None]:
    """Wrong about the first clip, however often it is asked."""
    return lambda request: (
        reply if is_look(request) and not is_trial(request) and model.looks[-1] == model.looks[0] else None
    )


def none_is_lost(made: Result) -> None:
    assert made.report.segments
    for segment in made.report.segments:
        assert segment.placed or segment.reason


NO_ANSWERS = [
    pytest.param(answer("1. A white ferry at", "length"), "cut off at 8,192 tokens", id="cut"),
    pytest.param(answer(None), "empty", id="null"),
    pytest.param(answer(""), "empty", id="empty"),
    pytest.param(answer(LOOP, "length"), "repeated without end", id="loop"),
    pytest.param(answer("", reasoning_content="I see a ferry."), "thoughts alone", id="thoughts"),
    pytest.param(answer("I'm sorry, but I can't describe that."), "refused", id="refused"),
]


IN_OTHER_WORDS = [
    pytest.param(answer("1. A white ferry at", "MAX_TOKENS"), "cut off at 8,192 tokens", id="cut, Gemini's word"),
    pytest.param(answer("<|im_end|>"), "empty", id="a mark alone"),
    pytest.param(answer("```\n{}\n```"), "empty", id="empty JSON"),
    pytest.param(
        answer("\n".join(f"{n}. A man walks on." for n in range(150)), "length"), "repeated without end", id="counting"
    ),
    pytest.param(answer("[THINK]I see a ferry."), "thoughts alone", id="thoughts in brackets"),
    pytest.param(answer("", reasoning_details=[{"text": "A ferry."}]), "thoughts alone", id="thoughts, OpenRouter's"),
    pytest.param(answer("I don't see any image attached."), "refused", id="no picture"),
]


@pytest.mark.parametrize(("reply", "said"), NO_ANSWERS + IN_OTHER_WORDS)
def test_a_look_without_an_answer_is_counted_and_asked_for_by_the_next_run(
    tmp_path: Path, model: Model, reply: Reply, said: str
) -> None:
    model.wrong = first_look(model, reply)
    made = described(tmp_path, model)
    none_is_lost(made)
    looks = len(set(model.looks))
    assert f"1 of {looks} looks gave no answer: 1 {said}" in notes(made)
    assert any(said in segment.reason for segment in made.report.segments)
    failed, model.wrong = model.looks[0], lambda request: None
    model.looks.clear()
    mended = described(tmp_path, model)
    assert model.looks == [failed]
    assert "gave no answer" not in notes(mended)
    assert sum(1 for one in mended.report.segments if one.placed) > sum(1 for one in made.report.segments if one.placed)


@pytest.mark.parametrize(("reply", "said"), NO_ANSWERS)
def test_a_line_without_an_answer_is_counted_and_asked_for_by_the_next_run(
    tmp_path: Path, model: Model, reply: Reply, said: str
) -> None:
    model.wrong = lambda request: reply if not is_look(request) and model.lines[-1] == model.lines[0] else None
    made = described(tmp_path, model)
    none_is_lost(made)
    assert f"lines gave no answer: 1 {said}" in notes(made)
    model.wrong = lambda request: None
    model.looks.clear()
    model.lines.clear()
    mended = described(tmp_path, model)
    assert (model.looks, bool(model.lines)) == ([], True)
    assert "gave no answer" not in notes(mended)


@pytest.mark.parametrize(("reply", "said"), NO_ANSWERS)
def test_too_many_looks_without_an_answer_end_the_run_with_a_remedy(
    tmp_path: Path, model: Model, reply: Reply, said: str
) -> None:
    model.wrong = lambda request: reply if is_look(request) and not is_trial(request) else None
    with pytest.raises(AudiodescError, match=said) as caught:
        described(tmp_path, model, share=0.25)
    assert caught.value.remedy


def test_lines_that_are_too_long_are_tried_and_shorter_ones_asked_for(tmp_path: Path, model: Model) -> None:
    model.wrong = lambda request: answer(LONG) if not is_look(request) and "too long" not in model.lines[-1] else None
    made = described(tmp_path, model)
    none_is_lost(made)
    assert any(segment.placed for segment in made.report.segments)
    shorter = [text for text in model.lines if "Write shorter ones" in text]
    assert shorter
    assert all(f"Your line was:\n{LONG}" in text for text in shorter)
    assert all(re.search(r" is \d+\.\d s too long: at most \d+ words", text) for text in shorter)
    nothing_is_asked_again(tmp_path, model, made)


def test_lines_that_stay_too_long_are_left_out_with_their_text_and_the_reason(tmp_path: Path, model: Model) -> None:
    model.wrong = lambda request: None if is_look(request) or is_trial(request) else answer(ENDLESS)
    made = described(tmp_path, model)
    assert any("Write shorter ones" in text for text in model.lines)
    assert made.report.segments
    for segment in made.report.segments:
        assert segment.placed is None
        assert segment.line == ENDLESS
        assert re.match(r"it takes \d+\.\d s,? and ", segment.reason)
    nothing_is_asked_again(tmp_path, model, made)


def nothing_is_asked_again(folder: Path, model: Model, made: Result) -> None:
    """A line that is too long is an answer, which was paid for: the next run has it, and says the same of it."""
    model.looks.clear()
    model.lines.clear()
    again = described(folder, model)
    assert (model.looks, model.lines) == ([], [])
    said = [(segment.line, segment.reason, segment.placed) for segment in made.report.segments]
    assert [(segment.line, segment.reason, segment.placed) for segment in again.report.segments] == said


@pytest.mark.parametrize("during", [False, True])
@pytest.mark.parametrize(
    ("words", "status", "most"), [(PICTURES, 400, 1), (CONTEXT, 400, 2), ("Payload too large", 413, 2)]
)
def test_a_server_that_takes_less_is_sent_less_and_that_is_said(
    tmp_path: Path, model: Model, words: str, status: int, most: int, during: bool
) -> None:
    def wrong(request: dict[str, Any]) -> Reply | None:
        pictures = sum(part["type"] == "image_url" for part in request["messages"][0]["content"])
        return fault(status, words) if pictures > most and not (during and is_trial(request)) else None

    model.wrong = wrong
    made = described(tmp_path, model)
    none_is_lost(made)
    assert all(segment.facts for segment in made.report.segments)
    assert f"the server is sent at most {most} frames of a clip: {words[:30]}" in notes(made)
    assert len(made.report.notes) == len(set(made.report.notes))
    model.looks.clear()
    described(tmp_path, model)
    assert model.looks == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(fault(429, "quota exceeded"), "allows no more requests: quota exceeded", id="429"),
        pytest.param(fault(500, "out of memory"), "the server fails: out of memory", id="500"),
        pytest.param((200, "<html>"), "does not speak OpenAI's protocol", id="garbage"),
        pytest.param((200, {"choices": [None]}), "does not speak OpenAI's protocol", id="null choice"),
        pytest.param(fault(401), "AUDIODESC_API_KEY", id="key"),
        pytest.param(fault(404), "has no model 'm'", id="model"),
        pytest.param((200, {"error": {"message": "No auth", "code": 401}}), "AUDIODESC_API_KEY", id="key, status 200"),
        pytest.param((200, {"error": "model 'm' not found"}), "has no model 'm'", id="model, status 200"),
    ],
)
def test_a_server_that_fails_ends_the_run_and_what_it_answered_is_kept(
    tmp_path: Path, model: Model, reply: Reply, said: str
) -> None:
    model.wrong = lambda request: reply if not is_trial(request) and len(set(model.looks)) > 1 else None
    with pytest.raises(AudiodescError, match=said) as caught:
        described(tmp_path, model)
    assert caught.value.remedy
    answered, model.wrong = model.looks[0], lambda request: None
    model.looks.clear()
    none_is_lost(described(tmp_path, model))
    assert model.looks
    assert answered not in model.looks


def test_a_server_that_is_slow_ends_the_run_and_the_time_can_be_set(tmp_path: Path, model: Model) -> None:
    waited = threading.Event()

    def wrong(request: dict[str, Any]) -> Reply | None:
        waited.wait(0.0 if is_trial(request) else 1.5)
        return None

    model.wrong = wrong
    with pytest.raises(AudiodescError, match=r"no whole answer within 1 s.*server\.timeout_s"):
        described(tmp_path, model, timeout_s="1")
    waited.set()
    none_is_lost(described(tmp_path, model, timeout_s="60"))


def test_a_line_that_is_too_much_for_the_context_is_lost_and_the_run_goes_on(tmp_path: Path, model: Model) -> None:
    model.wrong = lambda request: (
        fault(400, CONTEXT) if not is_look(request) and model.lines[-1] == model.lines[0] else None
    )
    made = described(tmp_path, model)
    none_is_lost(made)
    assert "lines gave no answer: 1 cut off at the model's context" in notes(made)
    assert any(segment.placed for segment in made.report.segments)


def test_a_cast_file_that_goes_during_the_run_costs_nothing(tmp_path: Path, model: Model) -> None:
    cast = tmp_path / "cast.toml"
    cast.write_text('[[person]]\nname = "Anna"\nlooks = "tall"\n')
    model.wrong = lambda request: cast.unlink(missing_ok=True)
    assert model.server
    film = make_story(tmp_path)
    chosen = DescriberSettings(server=model.server.url, model="m", parallel=1, video="no", cast=str(cast))
    made = make(film, tmp_path / "story.srt", settings=Settings(describer=chosen))
    assert not cast.exists()
    assert any(segment.placed for segment in made.report.segments)
