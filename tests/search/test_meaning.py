"""What means the same is found by a model whose vectors are known by construction; nothing unsafe is loaded."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("sentence_transformers")

import numpy as np
from commandline import audiodesc
from search.filmstock import write
from search.tiny_embedding import make_embedding

from audiodesc.core.downloads import Downloads
from audiodesc.errors import InputError, UsageError
from audiodesc.project.editing import Edit
from audiodesc.project.project import open_project
from audiodesc.search import embedding as module
from audiodesc.search.embedding import Embedding, Vectors, check_embedding, open_embedding
from audiodesc.search.finding import answer, find
from audiodesc.search.index import OF_FOLDER
from audiodesc.search.vectors import packed

LINES = ("A crimson anorak.", "A puppy in a red coat.", "The vessel at midnight.", "Nothing is here.")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_embedding(tmp_path_factory.mktemp("embedding") / "tiny")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "films"
    write(place / "one.ad", *LINES)
    before = time.time_ns() - 60_000_000_000
    os.utime(place / "one.ad/.audiodesc/project.sqlite", ns=(before, before))
    return place


def test_what_means_the_same_is_found(folder: Path, model: Path) -> None:
    found = find("scarlet jacket", folder, embedding=str(model))
    assert [hit.line for hit in found[:2]] == [LINES[0], LINES[1]]
    assert found[0].similarity == pytest.approx(1, abs=0.02)
    assert found[1].similarity == pytest.approx(2 / 6**0.5, abs=0.02)  # two of its three meanings
    assert find("scarlet jacket", folder) == ()
    assert find("ferry darkness", folder, embedding=str(model))[0].line == LINES[2]


def test_what_has_the_words_and_the_meaning_comes_first(folder: Path, model: Path) -> None:
    found = find("red coat", folder, embedding=str(model))
    assert [hit.line for hit in found[:2]] == [LINES[1], LINES[0]]
    assert [bool(hit.reasons[0].marks) for hit in found[:2]] == [True, False]


def test_a_question_of_more_than_words_is_answered_by_words(folder: Path, model: Path) -> None:
    found = answer('"red coat"', [folder], embedding=str(model))
    assert [hit.line for hit in found.hits] == [LINES[1]]
    assert "only words were searched" in found.notes[0]
    assert answer("coat", [folder]).notes == ("only words were searched: --embedding NAME searches by meaning too",)


def test_vectors_are_made_once_and_anew_for_what_changed(
    folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    before = Embedding.documents

    def counting(self: Embedding, texts: Sequence[str]) -> Vectors:
        asked.extend(texts)
        return before(self, texts)

    monkeypatch.setattr(Embedding, "documents", counting)
    find("ferry", folder, embedding=str(model))
    assert len(asked) == len(LINES)
    find("ferry", folder, embedding=str(model))
    assert len(asked) == len(LINES)
    with open_project(folder / "one.ad") as project:
        project.edit([Edit("000030000", text="A hound sprints.")])
    assert find("dog runs", folder, embedding=str(model))[0].line == "A hound sprints."
    assert asked[len(LINES) :] == ["A hound sprints"]


def test_another_models_vectors_are_made_anew(folder: Path, model: Path, tmp_path: Path) -> None:
    find("ferry", folder, embedding=str(model))
    other = shutil.copytree(model, tmp_path / "other")
    find("ferry", folder, embedding=str(other))
    with closing(sqlite3.connect(folder / OF_FOLDER)) as connection:
        (identity,) = connection.execute("SELECT value FROM facts WHERE name = 'model'").fetchone()
        (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    assert identity.startswith("other@")
    assert count == len(LINES)


def test_vectors_are_within_half_a_step_of_what_they_were() -> None:
    vector = np.random.default_rng(1).normal(size=384).astype(np.float32)
    vector /= np.linalg.norm(vector)
    back = np.frombuffer(packed(vector), np.int8) / 127
    assert float(np.abs(back - vector).max()) <= 0.5 / 127 + 1e-6


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def of_another_class(folder: Path) -> None:
    parts = json.loads((folder / "modules.json").read_text())
    parts[1]["type"] = "subprocess.Popen"
    (folder / "modules.json").write_text(json.dumps(parts))


def with_a_part_that_names_classes(folder: Path) -> None:
    parts = json.loads((folder / "modules.json").read_text())
    parts[1]["type"] = "sentence_transformers.models.Dense"
    (folder / "modules.json").write_text(json.dumps(parts))


def from_elsewhere(folder: Path) -> None:
    parts = json.loads((folder / "modules.json").read_text())
    parts[1]["path"] = "../elsewhere"
    (folder / "modules.json").write_text(json.dumps(parts))


def with_code(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text()) | {"auto_map": {"AutoModel": "evil.Evil"}}
    (folder / "config.json").write_text(json.dumps(config))


def not_json(folder: Path) -> None:
    (folder / "modules.json").write_text("[[[")


@pytest.mark.parametrize(
    "spoil", [pickled, of_another_class, with_a_part_that_names_classes, from_elsewhere, with_code, not_json]
)
def test_what_could_run_a_program_is_not_loaded(model: Path, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder = shutil.copytree(model, tmp_path / "spoilt")
    check_embedding(folder)
    spoil(folder)
    with pytest.raises(InputError) as refused:
        open_embedding(str(folder), Downloads())
    assert str(folder) in str(refused.value)


def test_nothing_is_fetched_unless_it_is_allowed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_size", lambda hub, profile: 80_000_000)
    for downloads, remedy in (
        (Downloads(offline=True), "leave --offline out"),
        (Downloads(), "give --yes to fetch 80 MB"),
    ):
        with pytest.raises(UsageError, match=remedy):
            find("ferry", folder, embedding="sentence-transformers/all-MiniLM-L6-v2", downloads=downloads)


def test_the_command_line_searches_by_meaning(folder: Path, model: Path) -> None:
    done = audiodesc("find", "scarlet jacket", folder, "--embedding", model, "--limit", 1, "--json")
    assert done.returncode == 0, done.stderr
    (hit,) = json.loads(done.stdout)["hits"]
    assert hit["line"] == LINES[0]
    assert hit["similarity"] == pytest.approx(1, abs=0.02)
    shown = audiodesc("find", "scarlet jacket", folder, "--embedding", model, "--limit", 1)
    assert "meaning: 1.00" in shown.stdout
