"""A user's options -> the models that observe and write, their weights on this disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audiodesc.describers.base import DescriberOptions
from audiodesc.describers.models.checking import answers_about_video, has_template, read_json
from audiodesc.describers.models.profiles import ModelProfile, read_profile, shipped
from audiodesc.describers.models.video_model import LocalModel, VideoModel
from audiodesc.describers.models.weights import obtain
from audiodesc.errors import AudiodescError, UsageError


def video_model(profile: ModelProfile, options: DescriberOptions) -> VideoModel:
    """The describer that observes with the model of a profile, its weights fetched where that is allowed.

    Raises UsageError where the model reads no video, where the writer model is not known, and where weights may not be
    fetched; and what `obtain` raises.
    """
    observer = _on_disk(profile, options)
    if observer.profile.prompt == "none":
        raise UsageError(
            f"{observer.profile.name} sees no pictures", "give it as --writer-model, and another as --describer"
        )
    if options.writer_server:
        from audiodesc.describers.server.writer import other_server

        elsewhere = other_server(options, profile.writer_model)
        return VideoModel(observer, observer, options.context, elsewhere=elsewhere, film_s=options.film_s)
    writer, remark = _writer(observer, options)
    remarks = (remark,) if remark else ()
    return VideoModel(observer, writer, options.context, remarks=remarks, film_s=options.film_s)


def _writer(observer: LocalModel, options: DescriberOptions) -> tuple[LocalModel, str]:
    """The model that the user names, else that of the profile; where that cannot be had, the one that observes, unless
    it was trained on fields alone, and why."""
    name = options.writer_model or observer.profile.writer_model
    if name in ("", observer.profile.name):
        return observer, ""
    try:
        return _on_disk(_writer_profile(name), options, sees=None), ""
    except AudiodescError as error:
        if options.writer_model or observer.profile.prompt == "fields":
            raise
        remark = f"{observer.profile.name} writes the lines itself, for {name} cannot be had ({error})"
        return observer, f"{remark}; --writer-model names another, --writer-server one of a server"


def line_model(name: str, options: DescriberOptions) -> VideoModel:
    """A model that only writes lines of what another observed. Raises what `video_model` raises."""
    writer = _on_disk(_writer_profile(name), options)
    return VideoModel(writer, writer, options.context)


def _writer_profile(name: str) -> ModelProfile:
    """The profile of that name or at that path, or one for a repository or folder."""
    if name.endswith(".toml"):
        return read_profile(Path(name))
    if name in shipped():
        return shipped()[name]
    if "/" in name:
        return ModelProfile(name=name, repository=name)
    raise UsageError(f"there is no model {name!r}", f"choose one of: {', '.join(shipped())}; or give a folder")


def _on_disk(profile: ModelProfile, options: DescriberOptions, *, sees: bool | None = True) -> LocalModel:
    """The model with its weights on disk. One without a profile and without a chat template is a base model, and one
    that is only to write (`sees` is None) may be a model of text alone."""
    if profile.name != profile.repository:
        return LocalModel(profile, obtain(profile, options.downloads, options.progress, sees=profile.sees))
    weights = obtain(replace(profile, chat=False), options.downloads, options.progress, sees=sees)
    profile = replace(profile, chat=has_template(weights.folder))
    if sees is None and not answers_about_video(read_json(weights.folder / "config.json")):
        profile = replace(profile, prompt="none")
    return LocalModel(profile, weights)
