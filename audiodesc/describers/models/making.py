"""What a user asked for -> a describer with its weights on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.core.progress import Progress
from audiodesc.describers.models.auto import Refusal, obtain, refusals
from audiodesc.describers.models.checking import has_template
from audiodesc.describers.models.profiles import ModelProfile, read_profile, shipped
from audiodesc.describers.models.video_model import Model, VideoModel
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.describers import DescriberOptions

ANY = "model"
"""The describer's name for a model without a profile."""


def make(wishes: DescriberOptions) -> VideoModel:
    """The describer for a user's wishes, its weights fetched where that is allowed.

    Raises UsageError for a name that is not known and where weights may not be fetched, and what `obtain` raises.
    """
    refusal = refusals(wishes.permission, wishes.ask)
    eyes = _model(_profile(wishes.name, wishes.model), refusal, wishes.progress)
    teller = wishes.teller or eyes.profile.teller
    same = not teller or teller == eyes.profile.name
    pen = eyes if same else _model(_profile(teller, ""), refusal, wishes.progress)
    if eyes.profile.prompt == "none":
        raise UsageError(f"{eyes.profile.name} sees no pictures", "give it as --teller, and another as --describer")
    return VideoModel(eyes, pen, wishes.about)


def _profile(name: str, model: str) -> ModelProfile:
    """The profile of that name or in that file; `model` puts other weights in its place."""
    if name.endswith(".toml"):
        profile = read_profile(Path(name))
    elif name in shipped():
        profile = shipped()[name]
    elif name in (ANY, ""):
        if not model:
            raise UsageError("the describer model needs a model", "give --model REPOSITORY or FOLDER")
        return ModelProfile(name=model, repository=model)
    elif "/" in name:
        return ModelProfile(name=name, repository=name)
    else:
        raise UsageError(f"there is no model {name!r}", f"choose one of: {', '.join(shipped())}; or give a folder")
    return replace(profile, repository=model, revision="main") if model else profile


def _model(profile: ModelProfile, refusal: Refusal, progress: Progress) -> Model:
    """With its weights on disk. One without a profile and without a form for conversations is a base model."""
    if profile.name != profile.repository:
        return Model(profile, obtain(profile, refusal, progress))
    weights = obtain(replace(profile, chat=False), refusal, progress)
    return Model(replace(profile, chat=has_template(weights.folder)), weights)
