"""Weights of a model that is named: from this disk, or from the hub where that is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from describers.models.modelfolders import PARTS, model_folder

from audiodesc.core.downloads import Downloads
from audiodesc.describers.models import weights
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.weights import obtain
from audiodesc.errors import InputError, MissingToolError, UsageError

NOWHERE = ModelProfile("mine", "somebody/film-model", licence="MIT", download_gb=3)


def test_what_is_on_this_disk_is_taken_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setattr(weights, "size_to_fetch", lambda profile: pytest.fail("asked for what is on this disk"))
    folder = model_folder(tmp_path / "model")
    profile = ModelProfile("mine", str(folder))
    assert obtain(profile, Downloads()).folder == folder
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(InputError, match="chat = false"):
        obtain(profile, Downloads())
    assert obtain(ModelProfile("mine", str(folder), chat=False), Downloads()).folder == folder
    (folder / PARTS[0]).unlink()
    with pytest.raises(InputError, match="1 of 2 files of weights"):
        obtain(profile, Downloads())


@pytest.mark.parametrize(
    ("offline", "ask", "words"),
    [
        (True, lambda question: True, "leave --offline out"),
        (False, None, "give --yes to fetch 3.0 GB"),
        (False, lambda question: False, "you did not want it"),
    ],
)
def test_a_model_that_is_named_and_refused(
    monkeypatch: pytest.MonkeyPatch, offline: bool, ask: Callable[[str], bool] | None, words: str
) -> None:
    monkeypatch.setattr(weights, "found", lambda profile, **how: None)
    monkeypatch.setattr(weights, "size_to_fetch", lambda profile: 3_000_000_000)
    monkeypatch.setattr(weights, "fetch_weights", lambda *args, **how: pytest.fail("fetched"))
    with pytest.raises(UsageError) as caught:
        obtain(NOWHERE, Downloads(offline=offline, ask=ask))
    assert "the weights of somebody/film-model are not on this disk" in str(caught.value)
    assert words in str(caught.value)


def test_a_hub_that_fails_says_so_for_a_model_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(profile: ModelProfile) -> int:
        raise MissingToolError("the hub cannot be reached", "check the network")

    monkeypatch.setattr(weights, "found", lambda profile, **how: None)
    monkeypatch.setattr(weights, "size_to_fetch", unreachable)
    with pytest.raises(MissingToolError, match="check the network"):
        obtain(NOWHERE, Downloads(yes=True))
