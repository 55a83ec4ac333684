"""A person's take: it is the project's and is heard in the mix; what is no sound is refused at its first bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from audiodesc.media.clips import wav_bytes
from audiodesc.project import open_project

LINES = "/api/v1/lines"


def words(seconds: float = 1.5) -> bytes:
    """Something that is loud and changes, as speech does."""
    time = np.arange(int(48_000 * seconds)) / 48_000
    return wav_bytes(
        (0.3 * np.sin(2 * np.pi * 220 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))).astype(np.float32)
    )


def test_a_take_is_the_lines_from_then_on(page: TestClient, folder: Path) -> None:
    line = page.get(LINES).json()["lines"][3]["line"]
    before = page.get(f"{LINES}/{line['id']}/mixed.wav").content
    made = page.post(f"{LINES}/{line['id']}/recordings", content=words(), params={"name": "../../<b>take</b>.wav"})
    assert made.status_code == 201
    view = made.json()["changed"]["lines"][0]
    assert view["line"]["recording"]
    assert abs(view["length_ms"] - 1_500) < 60
    with open_project(folder) as project:
        assert next(one for one in project.lines() if one.id == line["id"]).recording == view["line"]["recording"]
    assert page.get(f"{LINES}/{line['id']}/mixed.wav").content != before
    assert page.get(f"{LINES}/{line['id']}/recording.wav").headers["content-type"] == "audio/wav"
    assert page.get("/api/v1/recordings").json()[0]["file"] == "b>.wav"
    page.patch(f"{LINES}/{line['id']}", json={"recording": ""})
    assert page.get("/api/v1/recordings").json() == []


@pytest.mark.parametrize("content", [b"", b"MZ" * 1_000, b"<html>" * 100, b"RIFF", b"RIFF\0\0\0\0WAVE" + b"x" * 99])
def test_what_is_no_sound_is_refused(page: TestClient, content: bytes) -> None:
    id = page.get(LINES).json()["lines"][0]["line"]["id"]
    answer = page.post(f"{LINES}/{id}/recordings", content=content)
    assert answer.status_code in (415, 422)
    assert "/tmp" not in answer.text  # noqa: S108
    assert page.get("/api/v1/recordings").json() == []


def test_a_gigabyte_is_refused_by_its_name_alone(page: TestClient) -> None:
    id = page.get(LINES).json()["lines"][0]["line"]["id"]
    answer = page.post(f"{LINES}/{id}/recordings", content=b"RIFF", headers={"Content-Length": "1000000000"})
    assert answer.status_code == 413


def test_a_take_of_no_line(page: TestClient) -> None:
    assert page.post(f"{LINES}/nothing/recordings", content=words()).status_code == 404
