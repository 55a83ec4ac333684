"""Describers that are video-language models on this machine, through transformers: one for each profile."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audiodesc.core.environment import models_command
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions, Readiness
from audiodesc.describers.models.attention import described
from audiodesc.describers.models.cpu_time import LONGEST_OFFERED, film_s, shown_time, speed_here
from audiodesc.describers.models.hardware import missing_package, this_machine
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.describers.models.user_cache import is_refused, keep_refusal, pace
from audiodesc.describers.models.weights import download_refusal, found
from audiodesc.describers.prompts import LINE_PROMPTS
from audiodesc.errors import UsageError

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from audiodesc.describers.models.video_model import VideoModel

EXAMPLE_S: Final = 600.0
"""Of film, for an estimate where there is none."""


class LocalModelBackend(DescriberBackend):
    """What all describers that run a model on this machine have in common."""

    options = None

    @property
    def install(self) -> str:
        return models_command()

    def hardware(self) -> str:
        return str(this_machine())

    def attention(self) -> str:
        return described(this_machine())

    def availability(self) -> Availability:
        missing = missing_package()
        return Availability(False, f"{missing} is not installed", models_command()) if missing else AVAILABLE

    def behind_server(self, options: DescriberOptions) -> DescriberOptions:
        return options

    def remarks(self, options: DescriberOptions) -> Sequence[str]:
        machine = this_machine()
        return list(filter(None, [machine.remark, _serving() if machine.gpu else ""]))


@dataclass(frozen=True)
class ProfiledModel(LocalModelBackend):
    """The describer that runs the model of a shipped profile."""

    profile: ModelProfile
    rank: int

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def summary(self) -> str:
        return f"{self.profile.summary} ({self.profile.repository})"

    @property
    def needs(self) -> str:
        memory_gb = self.profile.memory_gb
        gpu = f"a GPU with {memory_gb:g} GB" if memory_gb else "a GPU, or patience"
        writer = shipped().get(self.profile.writer_model)
        more = f", and {writer.download_gb:g} GB of {writer.name}, which writes" if writer else ""
        return f"the extra models; {gpu}; {self.profile.download_gb:g} GB of weights{more}"

    @property
    def prompts(self) -> Sequence[str]:
        if self.profile.prompt == "none":
            return LINE_PROMPTS
        return (f"observe.{self.profile.prompt if self.profile.chat else 'base'}", *LINE_PROMPTS)

    @property
    def auto_rank(self) -> int:
        return self.rank

    def behind_server(self, options: DescriberOptions) -> DescriberOptions:
        return replace(options, profile=self.name)

    def on_disk(self) -> bool:
        return found(self.profile) is not None

    def unfit(self, options: DescriberOptions) -> str:
        if not self.profile.auto or self.profile.prompt == "none":
            return "taken only when it is named"
        machine = this_machine()
        if machine.fault:
            return machine.fault
        if self.profile.memory_gb > machine.free_gb:
            return f"needs {self.profile.memory_gb:g} GB of GPU memory"
        if not machine.gpu and 0 < machine.ram_gb < self.profile.ram_gb:
            return f"needs {self.profile.ram_gb:g} GB of free memory"
        return ""

    def readiness(self, options: DescriberOptions) -> Readiness:
        """Weights on this disk, else a download."""
        if self.on_disk():
            return Readiness(reason="on this disk")
        if not this_machine().gpu:
            return self._offered(options)
        against = download_refusal(self.profile, options.downloads)
        return (
            Readiness(False, f"not on this disk: {against}")
            if against
            else Readiness(True, "to be fetched", download=True)
        )

    def _offered(self, options: DescriberOptions) -> Readiness:
        """Without a GPU it is never fetched unasked: what it takes and how long is said in the question. A model that
        takes too long for the film is not offered."""
        profile, named = self.profile, f"--describer {self.name}"
        size = f"{profile.download_gb:g} GB, licence: {profile.licence}"
        if not options.downloads.can_ask:
            refused = "leave --offline out and " if options.downloads.offline else ""
            how_long = "`audiodesc doctor` estimates how long it takes here"
            return Readiness(False, f"not on this disk: {refused}give {named} to fetch it ({size}); {how_long}")
        if is_refused(self.name):
            return Readiness(False, f"not on this disk, and you did not want it: {named} fetches it ({size})")
        length_s = options.film_s or EXAMPLE_S
        film = "this film" if options.film_s else "ten minutes of film"
        takes_s = self.film_takes_s(length_s)
        if takes_s is None:
            return Readiness(False, f"not on this disk: give {named} to fetch it ({size})")
        takes = f"about {shown_time(takes_s)} for {film} on this processor (an estimate)"
        if takes_s > LONGEST_OFFERED * length_s:
            return Readiness(False, f"not on this disk, and needs {takes}, so it is not offered: {named} fetches it")
        needs = f"{takes} and {profile.ram_gb:g} GB of memory"
        remark = f"There is no GPU. {self.name} needs {needs}; basic only reads text on the screen: "
        against = download_refusal(profile, options.downloads, remark)
        if against:
            if options.downloads.declined:
                keep_refusal(self.name)
            return Readiness(False, f"not on this disk: {against}")
        return Readiness(True, f"to be fetched; it needs {takes}", download=True)

    def film_takes_s(self, length_s: float) -> float | None:
        machine = this_machine()
        if machine.gpu or machine.fault or not self.profile.active_parameters:
            return None
        if measured := self._pace():
            return measured * length_s
        return film_s(self.profile, length_s, speed_here(machine))

    def _pace(self) -> float | None:
        """Seconds a second of film, where this model, which is on the disk, has run here before."""
        weights = found(self.profile)
        return pace(weights.name) if weights else None

    def create(self, options: DescriberOptions, own: Any) -> Describer:
        made = _video_model(self.profile.with_weights(options.model), options)
        takes_s = None if options.model or not options.film_s else self.film_takes_s(options.film_s)
        if takes_s:
            how = "as long as earlier runs took here" if self._pace() else "an estimate"
            log.info("%s needs about %s for this film on this processor (%s)", self.name, shown_time(takes_s), how)
        return made


class AnyModel(LocalModelBackend):
    """The describer that runs a model by its name on the hub, its folder, or a user's own profile."""

    name = "model"
    prompts = ("observe.plain", *LINE_PROMPTS)
    summary = "what any video-text-to-text model that transformers knows sees; base models too"
    needs = "the extra models; --model REPOSITORY|FOLDER"

    def on_disk(self) -> None:
        """The user says which model."""

    def requested(self, options: DescriberOptions) -> bool:
        return bool(options.model)

    def create(self, options: DescriberOptions, own: Any) -> Describer:
        from audiodesc.describers.models.profiles import read_profile

        if options.profile:
            return _video_model(read_profile(Path(options.profile)).with_weights(options.model), options)
        if not options.model:
            raise UsageError("the describer model needs a model", "give --model REPOSITORY or FOLDER")
        return _video_model(ModelProfile(name=options.model, repository=options.model), options)


def _serving() -> str:
    """That the model could run behind a server that is installed; "" where none is."""
    from audiodesc.describers.server.serve import GAIN, server_tool

    tool = server_tool()
    return f"{tool.stem} is installed: --serve runs the model behind it, estimated {GAIN} as fast" if tool else ""


def _video_model(profile: ModelProfile, options: DescriberOptions) -> VideoModel:
    from audiodesc.describers.models.from_options import video_model

    return video_model(profile, options)


MODELS: Final[Mapping[str, ProfiledModel]] = {
    name: ProfiledModel(profile, rank=len(shipped()) - number)
    for number, (name, profile) in enumerate(shipped().items())
}
"""One for each shipped profile, best first."""

ANY_MODEL: Final = AnyModel()
