"""The project as a whole, its film, what is drawn of it, the script as text, and work in the background."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient
from films import Sound, click_places, clicks, make_film
from hanging import LONG_S
from review.waiting import wait_for

from audiodesc.core.cache import Store
from audiodesc.core.progress import silent
from audiodesc.media.probe import probe
from audiodesc.mix.measure import feed
from audiodesc.project import Edit, open_project
from audiodesc.project.folder import hold_folder
from audiodesc.review.proxy import make_proxy, unplayable
from audiodesc.review.state import Review
from audiodesc.review.waveform import waveform


def test_the_project_says_what_the_page_shows(reader: TestClient) -> None:
    found = reader.get("/api/v1/project").json()
    assert (found["state"], found["title"], found["duration_ms"], found["fps"]) == ("ready", "sample.mp4", 71_292, 24.0)
    assert (found["voice"], found["language"], found["author"]) == ("espeak-en-gb", "en-gb", "ann")
    assert found["playback"] == {"film": "/api/v1/media/film", "playable": True, "why": "", "proxy": "none"}


def test_the_timeline_has_what_was_found(reader: TestClient) -> None:
    found = reader.get("/api/v1/timeline").json()
    assert len(found["dialogue"]) == 8  # as the sample's subtitles
    assert found["cuts"]
    assert found["ducking"]
    vtt = reader.get("/api/v1/captions.vtt").text
    assert vtt.startswith("WEBVTT\n")
    assert vtt.count(" --> ") == 8


def test_the_film_comes_in_ranges(reader: TestClient, rendered: Path) -> None:
    content = rendered.with_name("sample.mp4").read_bytes()
    part = reader.get("/api/v1/media/film", headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, content[1000:2000])
    track = reader.get("/api/v1/media/track", headers={"Range": "bytes=-10"})
    assert track.content == (rendered / "sample.ad.m4a").read_bytes()[-10:]


def test_a_still_is_a_picture_of_the_film(reader: TestClient) -> None:
    answer = reader.get("/api/v1/thumbnails/30000.jpg")
    assert answer.content.startswith(b"\xff\xd8")
    assert reader.get("/api/v1/thumbnails/999999998.jpg").status_code in (200, 404)


def test_each_level_of_the_waveform_holds_the_one_before(reader: TestClient) -> None:
    answer = reader.get("/api/v1/peaks", params={"level": 0})
    finest = np.frombuffer(answer.content, np.int8).reshape(-1, 2)
    assert len(finest) == int(answer.headers["x-bins"]) == -(-71_292 // 10)
    coarse = np.frombuffer(reader.get("/api/v1/peaks", params={"level": 1}).content, np.int8).reshape(-1, 2)
    for number, (low, high) in enumerate(coarse[:50]):
        part = finest[number * 4 : number * 4 + 4]
        assert (low, high) == (part[:, 0].min(), part[:, 1].max())
    some = reader.get("/api/v1/peaks", params={"level": 0, "start_ms": 1_000, "end_ms": 2_000})
    assert some.content == finest[100:200].tobytes()


def test_a_click_is_in_its_bin(tmp_path: Path) -> None:
    sound = clicks(4)
    film = probe(make_film(tmp_path / "film.mkv", 4, sounds=[Sound(sound, "mono")]))
    levels = waveform(feed(film, film.audio_tracks[0], None, None), Store(tmp_path), silent)
    loud = set(np.flatnonzero(np.abs(levels[0].bins.astype(int)).max(axis=1) > 30).tolist())
    assert {place * 100 // 48_000 for place in click_places(sound)} <= loud


def test_what_browsers_do_not_play_has_a_copy_on_the_same_clock(tmp_path: Path) -> None:
    sound = clicks(4)
    film = probe(make_film(tmp_path / "film.mkv", 4, sounds=[Sound(sound, "mono")]))
    track = film.audio_tracks[0]
    assert unplayable(film, track)
    path = make_proxy(film, track, Store(tmp_path / "cache"), silent)
    copy = probe(path)
    assert unplayable(copy, copy.audio_tracks[0]) == ""
    assert abs(copy.duration_ms - film.duration_ms) <= 100
    whole = np.concatenate(list(feed(copy, copy.audio_tracks[0], 48_000, None).blocks()), axis=1)
    for place in click_places(sound):
        found = np.abs(whole[0, max(0, place - 480) : place + 480])
        assert found.max() > 0.3 * np.abs(whole[0]).max()
    with av.open(str(path)) as container:
        packets = [one for one in container.demux(video=0) if one.pts is not None and one.time_base]
        keys = [float((one.pts or 0) * (one.time_base or 0)) for one in packets if one.is_keyframe]
    assert all(later - before <= 1.1 for before, later in pairwise(keys))
    assert len(keys) >= 4


def test_the_text_is_the_lines_and_its_changes_are_edits(page: TestClient, folder: Path) -> None:
    script = page.get("/api/v1/script").json()
    lines = page.get("/api/v1/lines").json()["lines"]
    assert script["text"].count(" --> ") == len(lines)
    first, second = (view["line"]["text"] for view in lines[:2])
    wanted = script["text"].replace(first, "Only this.").replace(second, "And this.")
    shown = page.post("/api/v1/script/check", json=script | {"text": wanted}).json()
    assert len(shown["told"]) == 2
    assert page.get("/api/v1/script").json() == script
    made = page.put("/api/v1/script", json=script | {"text": wanted}).json()
    assert [view["line"]["text"] for view in made["changed"]["lines"]] == ["Only this.", "And this."]
    page.post("/api/v1/undo", json={})
    assert page.get("/api/v1/script").json()["text"] == script["text"]


def test_a_comment_before_a_new_line_stays_there_and_comes_with_the_edits(page: TestClient, folder: Path) -> None:
    script = page.get("/api/v1/script").json()
    first = script["text"].index("\n\n") + 2
    new = "NOTE\nfor the mixer\n\n00:00:00.100 --> 00:00:00.900\nA bell.\n\n"
    wanted = script["text"][:first] + new + script["text"][first:]
    made = page.put("/api/v1/script", json=script | {"text": wanted}).json()
    text = page.get("/api/v1/script").json()["text"]
    id = made["changed"]["lines"][0]["line"]["id"]
    assert text.index("for the mixer") < text.index(id) < text.index("A bell.") < text.index(" --> ", first + len(new))


def test_a_text_that_would_lose_words_is_refused_with_its_line(page: TestClient) -> None:
    script = page.get("/api/v1/script").json()
    answer = page.put("/api/v1/script", json=script | {"text": script["text"] + "\n00:01:00.000 > 1\nLost words.\n"})
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["number"] > 13
    assert page.get("/api/v1/script").json() == script


def test_a_text_on_an_older_state_is_a_conflict(page: TestClient, folder: Path) -> None:
    script = page.get("/api/v1/script").json()
    line = page.get("/api/v1/lines").json()["lines"][0]["line"]
    with open_project(folder) as other:
        other.edit([Edit(line["id"], text="Theirs.")], "kim", "command line")
    wanted = script["text"].replace(line["text"], "Mine.")
    answer = page.put("/api/v1/script", json=script | {"text": wanted})
    assert answer.status_code == 409
    assert "Theirs." in page.get("/api/v1/script").json()["text"]


LONG = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + "a" * 30_000


@pytest.mark.parametrize("text", ["", "nonsense", "WEBVTT\n\n\x00 --> \n", LONG])
def test_a_text_that_is_no_script_loses_nothing(page: TestClient, text: str) -> None:
    script = page.get("/api/v1/script").json()
    answer = page.put("/api/v1/script", json={"text": text, "change": script["change"]})
    assert answer.status_code in (400, 422)
    assert page.get("/api/v1/script").json()["text"] == script["text"]


def test_an_edit_is_rendered_with_its_progress(page: TestClient, review: Review, folder: Path) -> None:
    seen: list[Any] = []
    review.events.send = lambda event, data: seen.append((event, data))  # type: ignore[method-assign]
    line = page.get("/api/v1/lines").json()["lines"][0]["line"]
    page.patch(f"/api/v1/lines/{line['id']}", json={"text": "Dawn over the sea."})
    assert page.get("/api/v1/render").json()["edited"] == [line["id"]]
    started = page.post("/api/v1/render", json={"also": ["csv"]})
    assert started.status_code == 202
    assert page.post("/api/v1/render", json={}).status_code == 409
    wait_for(lambda: not review.jobs.running("render"), 2 * LONG_S)
    job = page.get("/api/v1/jobs").json()["jobs"][-1]
    assert (job["state"], job["fault"]) == ("done", "")
    assert "Dawn over the sea." in (folder / "sample.ad.vtt").read_text("utf-8")
    assert not page.get("/api/v1/render").json()["stale"]
    assert {"sample.ad.csv", "sample.ad.m4a"} <= {one["name"] for one in page.get("/api/v1/files").json()["files"]}
    stages = [data.stage for event, data in seen if event == "job"]
    assert "mix" in stages
    assert page.get("/report").headers["content-type"].startswith("text/html")
    assert page.get("/api/v1/exports/docx").content.startswith(b"PK")


def test_files_and_scripts_can_be_taken_away_while_a_render_holds_the_project(page: TestClient, folder: Path) -> None:
    track = (folder / "sample.ad.m4a").read_bytes()
    with hold_folder(folder):
        assert page.get("/api/v1/files/track").content == track
        assert page.get("/report").status_code == 200
        assert page.get("/api/v1/exports/docx").content.startswith(b"PK")
        assert page.get("/api/v1/exports/webvtt").content == (folder / "sample.ad.vtt").read_bytes()


def test_a_render_that_cannot_be_done_says_why(page: TestClient, review: Review) -> None:
    page.post("/api/v1/render", json={"also": ["nothing"]})
    wait_for(lambda: not review.jobs.running("render"))
    job = page.get("/api/v1/jobs").json()["jobs"][-1]
    assert job["state"] == "failed"
    assert "nothing" in job["fault"]
    assert "\n" not in job["fault"]
