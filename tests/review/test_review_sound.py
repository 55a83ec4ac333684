"""What is heard of a line: its length in the voice, and its place and level in the mix."""

from __future__ import annotations

import io
import shutil
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from review.waiting import wait_for

from audiodesc.media.clips import cut
from audiodesc.model import Samples
from audiodesc.project import open_project
from audiodesc.project.saved import saved_settings
from audiodesc.review.film_sound import stretch
from audiodesc.review.state import Review
from audiodesc.speak import profile, voice
from audiodesc.speak.lexicon import Entry, read_lexicon

LINES = "/api/v1/lines"


def sound(content: bytes) -> tuple[Samples, int]:
    with wave.open(io.BytesIO(content)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32767)
        samples: Samples = raw.reshape(-1, file.getnchannels()).T
        return samples, int(file.getframerate())


def lines(page: TestClient) -> list[dict[str, Any]]:
    return [view["line"] for view in page.get(LINES).json()["lines"]]


def measure(page: TestClient, id: str, text: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = page.post(f"{LINES}/{id}/measure", json={"text": text, **more}).json()
    return made


def test_the_excerpt_is_what_was_rendered(page: TestClient, folder: Path) -> None:
    """The mixed track of the render, which is AAC, has the same sound there."""
    for line in (lines(page)[0], lines(page)[5], lines(page)[-1]):
        answer = page.get(f"{LINES}/{line['id']}/mixed.wav", params={"before_ms": 1_000, "after_ms": 1_000})
        found, rate = sound(answer.content)
        start_ms = int(answer.headers["x-start-ms"])
        assert int(answer.headers["x-line-start-ms"]) == line["start_ms"]
        whole = cut(folder / "sample.ad.m4a", start_ms, start_ms + found.shape[1] * 1000 // rate)
        size = min(found.shape[1], whole.samples.shape[1])
        rendered = whole.samples[:, :size]
        off = found[:, :size] - rendered
        assert np.sqrt(np.mean(off**2)) < 0.05 * np.sqrt(np.mean(rendered**2))


def test_a_line_is_measured_and_heard_in_its_own_voice(page: TestClient, review: Review) -> None:
    line = lines(page)[2]
    address = f"{LINES}/{line['id']}"
    voices = page.get("/api/v1/voices").json()
    assert voices["film"] == "espeak-en-gb"
    assert {"name": "espeak-de", "language": "de-DE"} in voices["voices"]
    assert [one["language"][:2] for one in voices["voices"][:2]] == ["en", "en"]
    before = (sound(page.get(f"{address}/voice.wav").content), sound(page.get(f"{address}/mixed.wav").content))
    length_ms = measure(page, line["id"], line["text"])["length_ms"]
    page.patch(address, json={"voice": "espeak-de"})
    expected = voice(profile("espeak-de")).say(line["text"], 1.0).samples
    (own, rate), (mix, _) = (
        sound(page.get(f"{address}/voice.wav").content),
        sound(page.get(f"{address}/mixed.wav").content),
    )
    assert own.shape[1] == len(expected)
    assert own.shape != before[0][0].shape
    assert mix.shape != before[1][0].shape or np.abs(mix - before[1][0]).max() > 0.05
    now_ms = measure(page, line["id"], line["text"])["length_ms"]
    assert now_ms == -(-len(expected) * 1000 // rate) != length_ms
    assert page.get(address).json()["length_ms"] == now_ms
    assert review.length(line["text"]) == length_ms


def test_the_narration_is_in_its_place(reader: TestClient) -> None:
    line = lines(reader)[2]
    address = f"{LINES}/{line['id']}/mixed.wav"
    with_line, rate = sound(reader.get(address).content)
    other, _ = sound(reader.get(address, params={"text": "Oh."}).content)
    size = min(with_line.shape[1], other.shape[1])
    differs = np.flatnonzero(np.abs(with_line[:, :size] - other[:, :size]).max(axis=0) > 0.01)
    begins_ms = 2_000 + differs[0] * 1000 / rate
    assert abs(begins_ms - 2_000 - 2_000) < 400  # the lead, then the line (the film goes down 300 ms before)


def test_a_client_drops_its_own_older_request_for_a_line_and_nobody_elses(page: TestClient, review: Review) -> None:
    id = lines(page)[2]["id"]

    def answers(path: str, *clients: str) -> list[int]:
        busy, asked = Event(), []
        review.voicing.ask(("test", ""), busy.wait)
        with ThreadPoolExecutor(2) as pool:
            for client in clients:
                before = set(review.voicing._wanted.values())
                asked.append(pool.submit(page.get, f"{LINES}/{id}/{path}", params={"text": "Dawn.", "client": client}))
                wait_for(lambda before=before: set(review.voicing._wanted.values()) - before)  # type: ignore[misc]
            busy.set()
            return [one.result().status_code for one in asked]

    assert answers("mixed.wav", "a", "b") == [200, 200]
    assert answers("mixed.wav", "", "") == [200, 200]
    assert answers("mixed.wav", "a", "a") == [503, 200]
    assert answers("voice.wav", "", "") == [200, 200]


@pytest.mark.parametrize(("first", "stop"), [(0, 48_000), (480_123, 500_000), (3_300_000, 3_500_000)])
def test_a_stretch_of_the_film_is_that_of_the_whole(page: TestClient, review: Review, first: int, stop: int) -> None:
    feed = review.need_film().feed
    whole = np.concatenate(list(feed.blocks()), axis=1)[:, first:stop]
    found = stretch(feed, first, stop)
    assert found.shape == whole.shape
    assert np.abs(found - whole).max() < 1e-3


def test_a_text_is_measured_where_it_would_stand(reader: TestClient) -> None:
    line = lines(reader)[0]
    short = measure(reader, line["id"], "Dawn.")
    long = measure(reader, line["id"], "Dawn. " * 60)
    assert short["fits"] is True
    assert short["rate"] == 1.0
    assert long["fits"] is False
    assert long["reason"]
    assert [one["fault"] for one in (short, long)] == ["", ""]  # both can be spoken
    assert 0 < short["length_ms"] < short["room_ms"] < long["length_ms"]
    clip, rate = sound(reader.get(short["voice"]).content)
    assert abs(clip.shape[1] * 1000 / rate - short["length_ms"]) < 2
    assert (
        reader.get(f"{LINES}/{line['id']}/voice.wav", params={"text": "Dawn."}).content
        == reader.get(short["voice"]).content
    )


def test_a_new_line_over_dialogue_does_not_fit(page: TestClient, review: Review) -> None:
    speech = review.need_film().speech[0]
    found = measure(page, "new", "A gull.", start_ms=speech.start_ms + 200)
    assert (found["fits"], found["reason"], found["fault"]) == (False, "dialogue there", "")


@pytest.mark.parametrize("text", ["", " ", "?!", "\u0000", "a" * 2_999])
def test_what_cannot_be_spoken_is_said_in_one_line(reader: TestClient, text: str) -> None:
    made = measure(reader, "new", text)
    assert made["fault"] or made["length_ms"] is not None


def test_a_word_is_said_right_from_now_on_by_a_render_too(page: TestClient, folder: Path) -> None:
    before = measure(page, "new", "Siobhan waits.")
    made = page.post("/api/v1/lexicon", json={"words": "Siobhan", "say": "shiv-awn"}).json()
    after = measure(page, "new", "Siobhan waits.")
    assert [one["words"] for one in made["entries"]] == ["Siobhan"]
    assert page.get(made["clip"]).status_code == 200
    assert page.get(before["voice"]).content != page.get(after["voice"]).content
    with open_project(folder) as project:
        lexicon = saved_settings(project).voice.lexicon
    assert lexicon
    assert "shiv-awn" in Path(lexicon).read_text("utf-8")
    page.delete("/api/v1/lexicon", params={"words": "siobhan"})
    assert measure(page, "new", "Siobhan waits.")["voice"] == before["voice"]


def said(page: TestClient, words: str, say: str, case: bool = False) -> list[tuple[str, str]]:
    """The lexicon after an entry."""
    answer = page.post("/api/v1/lexicon", json={"words": words, "say": say, "case": case})
    assert answer.status_code == 200, answer.text
    return [(one["words"], one["say"]) for one in answer.json()["entries"]]


def test_a_word_is_in_the_lexicon_once_however_it_is_typed(page: TestClient) -> None:
    assert said(page, "Zo\u00eb  Ray", "zoh") == [("Zo\u00eb Ray", "zoh")]
    assert said(page, " Zoe\u0308 Ray ", "zoh-ee") == [("Zo\u00eb Ray", "zoh-ee")]
    assert said(page, "zo\u00cb RAY", "zoo") == [("zo\u00cb RAY", "zoo")]


def test_words_of_one_case_alone_stand_beside_the_others_and_go_alone(page: TestClient) -> None:
    said(page, "us", "uhs")
    assert said(page, "US", "you ess", case=True) == [("us", "uhs"), ("US", "you ess")]
    assert said(page, "US", "the states", case=True) == [("us", "uhs"), ("US", "the states")]
    left = page.delete("/api/v1/lexicon", params={"words": "us"}).json()["entries"]
    assert [one["words"] for one in left] == ["US"]


def test_words_of_several_pages_at_once_are_all_kept(page: TestClient) -> None:
    words = [f"name{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda word: page.post("/api/v1/lexicon", json={"words": word, "say": "x"}), words))
    assert {one["words"] for one in page.get("/api/v1/lexicon").json()["entries"]} == set(words)


def test_the_lexicon_of_a_folder_that_was_moved_still_holds(page: TestClient, folder: Path, tmp_path: Path) -> None:
    said(page, "Siobhan", "shiv-awn")
    shutil.copytree(folder.parent, tmp_path / "elsewhere")
    shutil.rmtree(folder.parent)
    with open_project(tmp_path / "elsewhere" / folder.name) as project:
        lexicon = saved_settings(project).voice.lexicon
    assert lexicon
    assert read_lexicon(Path(lexicon)).entries == (Entry("Siobhan", "shiv-awn"),)


def test_a_word_that_no_voice_says_changes_nothing(page: TestClient) -> None:
    for wrong in ({"words": "A", "say": ""}, {"words": "A", "ipa": "9"}, {"words": "", "say": "b"}):
        answer = page.post("/api/v1/lexicon", json=wrong)
        assert answer.status_code == 422
        assert "\n" not in answer.json()["detail"]
    assert page.get("/api/v1/lexicon").json()["entries"] == []
