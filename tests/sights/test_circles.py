"""The trained model names what moves where, through the product's own code; shown backwards, it says the other way."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("transformers")

from describers.server.fake import Fake, Reply, answer
from sights.circles import KINDS, Kind, circle_film, clip, picture

from audiodesc import make
from audiodesc.describers.base import Failure, LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.questions import Question
from audiodesc.describers.models.video_model import LocalModel, VideoModel, _load
from audiodesc.describers.models.weights import Weights
from audiodesc.describers.queries import FollowUp
from audiodesc.describers.rules import broken_rules
from audiodesc.describers.server.limits import QUESTION
from audiodesc.media.frames import clips
from audiodesc.media.probe import probe
from audiodesc.model import Frame, Span, VideoClip
from audiodesc.project import Result
from audiodesc.settings import DescriberSettings, PlanSettings, Settings
from audiodesc.subtitles import read_file

MODEL = Path(__file__).parent / "model"
PROFILE = ModelProfile("circles", str(MODEL), fps=1.0, min_frames=8, max_frames=8, max_pixels=112 * 112)
SPAN = Span(60_000, 68_000)


@pytest.fixture(scope="module")
def describer() -> VideoModel:
    model = LocalModel(PROFILE, Weights(MODEL, "circles", "1"))
    return VideoModel(model, model, FilmContext())


def shown(pictures: Any) -> VideoClip:
    return VideoClip(SPAN, tuple(Frame(60_000 + 1000 * i, image) for i, image in enumerate(pictures)))


def seen(describer: VideoModel, *made: VideoClip) -> list[str | Failure]:
    return [facts for _, facts in sorted(describer.observe(made))]


def test_every_kind_is_named_and_the_other_way_when_shown_backwards(describer: VideoModel) -> None:
    there = seen(describer, *(shown(clip(kind)) for kind in KINDS))
    back = seen(describer, *(shown(clip(kind)[::-1]) for kind in KINDS))
    assert there == [kind.line for kind in KINDS]
    assert back == [kind.back.line for kind in KINDS]


def test_noise_and_light_change_nothing(describer: VideoModel) -> None:
    random = np.random.default_rng(77)

    def worn(kind: Kind) -> VideoClip:
        steps = np.linspace(random.uniform(0, 0.2), random.uniform(0.8, 1), 8)
        height = random.uniform(0.4, 0.6)
        frames = np.stack([picture(kind, step, height=height) for step in steps])
        noisy = frames + random.normal(0, 8, frames.shape) + random.uniform(-20, 20)
        return shown(np.clip(noisy, 0, 255).astype(np.uint8))

    kinds = [kind for kind in KINDS for _ in range(3)]
    assert seen(describer, *map(worn, kinds)) == [kind.line for kind in kinds]


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_is_made_of_its_own_facts_and_not_of_what_was_told(describer: VideoModel, kind: Kind) -> None:
    told = tuple(other.line for other in KINDS if other != kind)[:4]
    assert describer.write_lines(LineRequest(kind.line, 12, "en", told)) == (kind.line,)
    assert broken_rules(kind.line, LineRequest(kind.line, 12, "en", told)) == ()


def test_the_model_sees_what_h264_left_of_it(describer: VideoModel, tmp_path: Path) -> None:
    stretches = [(8.0 * i, 8.0 * (i + 1), kind) for i, kind in enumerate(KINDS)]
    film = probe(circle_film(tmp_path / "film.mp4", stretches))
    spans = [Span(round(start * 1000), round(end * 1000)) for start, end, _ in stretches]
    assert seen(describer, *clips(film, spans, PROFILE.frames)) == [kind.line for kind in KINDS]


SAID = ((300, 6_000, "What do you see?"), (12_000, 18_000, "And now?"), (24_000, 30_000, "Go on."))
WATCHED = (0.0, 8.65, 20.65, 32.65)
"""Seconds: a line begins with its pause, and watches from where the last one stopped to 2.5 s past its start."""


def made(folder: Path, kinds: tuple[Kind, ...], server: str | None = None) -> Result:
    """All of `make`, from the H.264 film to the script; the model runs here, or behind a server."""
    folder.mkdir()
    stretches = list(zip(WATCHED[:-1], WATCHED[1:], kinds, strict=True))
    film = circle_film(folder / "film.mp4", [*stretches, (32.65, 34.0, kinds[-1])])
    times = [f"00:00:{start // 1000:02},{start % 1000:03} --> 00:00:{end // 1000:02},000" for start, end, _ in SAID]
    subs = "\n\n".join(f"{n}\n{time}\n{SAID[n - 1][2]}" for n, time in enumerate(times, 1))
    (folder / "film.srt").write_text(subs, "utf-8")
    (folder / "circles.toml").write_text(
        f'repository = "{MODEL}"\nfps = 1.0\nmin_frames = 8\nmax_frames = 8\nmax_pixels = 12_544\n', "utf-8"
    )
    settings = Settings(
        plan=PlanSettings(shortest_ms=3_000),
        describer=DescriberSettings(
            name=str(folder / "circles.toml"),
            server=server,
            model="circles" if server else None,
            parallel=1,
            video="no",
        ),
    )
    return make(film, folder / "film.srt", settings=settings)


def test_from_the_film_to_the_words_of_the_script(tmp_path: Path) -> None:
    kinds = (KINDS[0], KINDS[3], KINDS[1])
    there = made(tmp_path / "there", kinds)
    back = made(tmp_path / "back", tuple(kind.back for kind in kinds))
    watched = [(outcome.segment.watch.start_ms, outcome.segment.watch.end_ms) for outcome in there.outcomes]
    assert watched == [(round(a * 1000), round(b * 1000)) for a, b in pairwise(WATCHED)]
    assert [cue.text for cue in read_file(there.files["script"])[0]] == [kind.line for kind in kinds]
    assert [cue.text for cue in read_file(back.files["script"])[0]] == [kind.back.line for kind in kinds]
    assert there.report.overlap_ms == back.report.overlap_ms == 0


class Behind:
    """The trained model behind a server: it is given the pictures and the words of a request, and nothing else."""

    def __init__(self) -> None:
        self.runner = _load(LocalModel(PROFILE, Weights(MODEL, "circles", "1")))
        self.server = Fake(self.reply)
        self.frames: list[int] = []

    def reply(self, _: int) -> Reply:
        request = self.server.requests[-1]
        first, *rest = request["messages"]
        *shown, question = first["content"]
        if question["text"] == QUESTION:
            return answer("Red, birch.")
        pairs = zip(rest[::2], rest[1::2], strict=True)
        followed = tuple(FollowUp(said["content"], asked["content"]) for said, asked in pairs)
        times = [float(part["text"].removesuffix(" s:")) for part in shown if part["type"] == "text"]
        pictures = [self.picture(part["image_url"]["url"]) for part in shown if part["type"] == "image_url"]
        frames = tuple(Frame(round(1000 * t), image) for t, image in zip(times, pictures, strict=True))
        if frames:
            self.frames.append(len(frames))
        asked = Question(question["text"], frames, follow_ups=followed)
        return answer(self.runner.ask(asked, request["max_tokens"]))

    @staticmethod
    def picture(url: str) -> Any:
        content = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_COLOR)
        assert image is not None
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def test_from_the_film_to_the_words_of_the_script_through_a_server_with_the_profile(tmp_path: Path) -> None:
    kinds = (KINDS[2], KINDS[1], KINDS[3])
    behind = Behind()
    try:
        there = made(tmp_path / "there", kinds, behind.server.url)
    finally:
        behind.server.close()
    assert [cue.text for cue in read_file(there.files["script"])[0]] == [kind.line for kind in kinds]
    assert behind.frames == [8, 8, 8]
    assert there.report.overlap_ms == 0
