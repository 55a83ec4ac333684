"""What a run needs to be repeated from the folder alone is kept, and no secret with it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from stories import make_story

from audiodesc.core.files import content_hash
from audiodesc.core.toml import job_values, settings_of
from audiodesc.errors import InputError
from audiodesc.media.probe import probe
from audiodesc.project.project import Project, made_project
from audiodesc.project.saved import (
    job_of,
    save_run,
    save_settings,
    saved_film,
    saved_job,
    saved_settings,
    saved_subtitles,
)
from audiodesc.settings import (
    DeliverSettings,
    DescriberSettings,
    DialogueSettings,
    Ducking,
    RunSettings,
    Settings,
    SoundSettings,
    VoiceSettings,
)

CHOSEN = Settings(
    dialogue=DialogueSettings(hear=False, subs_track=2, encoding="cp1250"),
    describer=DescriberSettings(name="gemma-4", context="A film."),
    voice=VoiceSettings(language="de", fastest=1.3),
    sound=SoundSettings(ducking=Ducking(depth_db=-12.0), pan=0.5),
    deliver=DeliverSettings(also=("srt", "docx"), track="flac"),
    options={"espeak": {"pitch": "50"}},
)


@pytest.mark.parametrize("settings", [Settings(), CHOSEN])
def test_the_choices_come_back(settings: Settings) -> None:
    job = json.loads(json.dumps(job_of(settings)))
    assert settings_of(Settings, job_values(job, Settings, "film.ad")) == settings


def test_what_counts_for_one_run_and_what_is_secret_is_not_kept() -> None:
    settings = Settings(
        describer=DescriberSettings(
            model="m", server="https://ada:hunter2@example.org:8443/v1", writer_server="http://10.0.0.7/token-4711/v1"
        ),
        options={"mine": {"api_key": "abc123", "Token": "def456", "voice": "low"}},
        run=RunSettings(force=True, author="Ada", renew=("000000500",)),
    )
    job = job_of(settings)
    kept = json.dumps(job)
    secrets = ("hunter2", "example.org", "4711", "abc123", "def456", "000000500")
    assert not [secret for secret in secrets if secret in kept]
    assert job["describer"]["model"] == "m"
    assert job["options"] == {"mine": {"voice": "low"}}
    assert "run" not in job


@pytest.fixture
def project(tmp_path: Path) -> Project:
    film = make_story(tmp_path)
    (tmp_path / "story.ad/.audiodesc").mkdir(parents=True)
    made = made_project(tmp_path / "story.ad")
    fingerprint, _ = content_hash(film)
    save_run(made, replace(probe(film), fingerprint=fingerprint), tmp_path / "story.srt", CHOSEN)
    return made


def moved(project: Project, to: Path) -> Project:
    """The folder in another place."""
    project.close()
    to.mkdir()
    shutil.move(project.folder, to)
    return made_project(to / "story.ad")


def test_film_and_subtitles_are_where_they_were(project: Project, tmp_path: Path) -> None:
    assert saved_film(project) == tmp_path / "story.mp4"
    assert saved_subtitles(project) == tmp_path / "story.srt"
    assert saved_settings(project) == CHOSEN


def test_both_are_found_where_all_was_moved_together(project: Project, tmp_path: Path) -> None:
    project = moved(project, tmp_path / "new")
    for name in ("story.mp4", "story.srt"):
        shutil.move(tmp_path / name, tmp_path / "new")
    assert saved_film(project) == tmp_path / "new/story.mp4"
    assert saved_subtitles(project) == tmp_path / "new/story.srt"


def test_a_film_of_another_name_is_found_by_its_content(project: Project, tmp_path: Path) -> None:
    project = moved(project, tmp_path / "new")
    other = bytearray((tmp_path / "story.mp4").read_bytes())
    other[-1] ^= 1
    (tmp_path / "new/another.mp4").write_bytes(other)
    shutil.move(tmp_path / "story.mp4", tmp_path / "new/renamed.mp4")
    assert saved_film(project) == tmp_path / "new/renamed.mp4"


@pytest.mark.parametrize("place", ["story.ad/names.toml", "words/names.toml"])
def test_a_lexicon_is_found_where_all_was_copied_together(project: Project, tmp_path: Path, place: str) -> None:
    lexicon = tmp_path / "one" / place
    shutil.copytree(project.folder, tmp_path / "one/story.ad")
    lexicon.parent.mkdir(exist_ok=True)
    lexicon.write_text('"Siobhan" = "shiv-awn"')
    with made_project(tmp_path / "one/story.ad") as first:
        save_settings(first, replace(CHOSEN, voice=replace(CHOSEN.voice, lexicon=str(lexicon))))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    for _ in range(2):  # while that which it was copied from is there, and when it is not
        with made_project(tmp_path / "two/story.ad") as copied:
            assert saved_settings(copied).voice.lexicon == str(tmp_path / "two" / place)
        shutil.rmtree(tmp_path / "one", ignore_errors=True)


def test_a_lexicon_of_an_older_version_is_found_in_the_moved_folder(project: Project, tmp_path: Path) -> None:
    (project.folder / "names.toml").write_text('"Siobhan" = "shiv-awn"')
    whole = str(project.folder / "names.toml")
    project.put_facts({"job": {"voice": {"lexicon": whole}}})
    assert saved_settings(project).voice.lexicon == whole
    project = moved(project, tmp_path / "new")
    assert saved_settings(project).voice.lexicon == str(tmp_path / "new/story.ad/names.toml")


def test_a_file_that_a_choice_names_and_that_is_gone_is_still_named(project: Project, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.toml")
    project.put_facts({"job": {"voice": {"lexicon": gone, "name": "espeak-de"}}})
    assert saved_settings(project).voice == VoiceSettings(lexicon=gone, name="espeak-de")


def test_what_is_gone_is_asked_for(project: Project, tmp_path: Path) -> None:
    for name in ("story.mp4", "story.srt"):
        (tmp_path / name).unlink()
    with pytest.raises(InputError, match=r"story\.mp4.*--film"):
        saved_film(project)
    with pytest.raises(InputError, match=r"story\.srt.*--subs"):
        saved_subtitles(project)


def test_choices_of_another_version_are_left_out(project: Project) -> None:
    project.put_facts({"job": {"plan": {"margin_mm": 3, "margin_ms": 200, "density": "huge"}, "gone": {"x": 1}}})
    assert saved_job(project) == {"plan": {"margin_ms": 200}}
